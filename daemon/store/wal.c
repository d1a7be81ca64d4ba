/*
 * wal - the write-ahead log in long pieces.
 *
 * SQLite appends each page of a commit with two calls, 24 bytes of head and the page. A hundred events that share a
 * commit are some five hundred pages: the calls cost as much as the hash chain and the engine together. Here what is
 * appended is held until the page that ends the commit has come, or no more fits.
 *
 * Invariant: nothing is held when SQLite lets others look at a commit. The page that ends one writes all that is held,
 * and so does whatever is done with the file but appending and reading. A write that fails is a commit that fails: what
 * was held is forgotten, since SQLite takes all of it back. After anything else that fails it need not: of a statement
 * that cannot read it undoes that statement alone, and the transaction goes on with what is held. So what is held is
 * read where it is, and forgotten by nothing but a write.
 */
#include "wal.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HELD_MAX (64 * 1024)
#define HEAD_SIZE 24 /* of a page in the log; its bytes 4 to 7 are 0 but for a page that ends a commit */

struct wal {
        sqlite3_file base;
        unsigned char *held;  /* HELD_MAX bytes, from the first append on */
        size_t length;        /* of what is held ... */
        sqlite3_int64 start;  /* ... and where it goes */
        sqlite3_int64 end;    /* of the log, as far as it was appended to by this connection */
        bool after_head;      /* a head is held whose page is to come ... */
        bool ends;            /* ... and ends the commit */
        sqlite3_file *behind; /* the file itself, in the same piece of memory */
};

static sqlite3_vfs *usual;

static struct wal *wal_of(sqlite3_file *file)
{
        return (struct wal *)(void *)file;
}

static void forget(struct wal *wal)
{
        wal->length = 0;
        wal->after_head = false;
}

/* What cannot be written is held still. */
static int let_go(struct wal *wal)
{
        int rc = SQLITE_OK;

        if (wal->length > 0)
                rc = wal->behind->pMethods->xWrite(wal->behind, wal->held, (int)wal->length, wal->start);
        if (rc == SQLITE_OK)
                forget(wal);
        return rc;
}

static int let_go_or_forget(struct wal *wal)
{
        int rc = let_go(wal);

        forget(wal);
        return rc;
}

/* A head at the end of the log, or the page after it. */
static bool appends(const struct wal *wal, int size, sqlite3_int64 offset)
{
        return offset == wal->end && (wal->after_head || size == HEAD_SIZE) && size <= HELD_MAX;
}

static bool have_room(struct wal *wal)
{
        if (wal->held == NULL)
                wal->held = malloc(HELD_MAX);
        return wal->held != NULL;
}

static void hold(struct wal *wal, const void *bytes, size_t size)
{
        if (wal->length == 0)
                wal->start = wal->end;
        memcpy(wal->held + wal->length, bytes, size);
        wal->length += size;
        wal->end += (sqlite3_int64)size;
}

static int hold_head(struct wal *wal, const unsigned char *bytes)
{
        static const unsigned char none[4];

        hold(wal, bytes, HEAD_SIZE);
        wal->after_head = true;
        wal->ends = memcmp(bytes + 4, none, sizeof none) != 0;
        return SQLITE_OK;
}

static int hold_page(struct wal *wal, const void *bytes, size_t size)
{
        hold(wal, bytes, size);
        wal->after_head = false;
        return wal->ends ? let_go_or_forget(wal) : SQLITE_OK;
}

static int wal_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
        struct wal *wal = wal_of(file);
        bool after_head = wal->after_head, held = appends(wal, size, offset) && have_room(wal);
        int rc = SQLITE_OK;

        if (!held || wal->length + (size_t)size > HELD_MAX)
                rc = let_go_or_forget(wal);
        if (rc != SQLITE_OK)
                return rc;
        if (held)
                return after_head ? hold_page(wal, bytes, (size_t)size) : hold_head(wal, bytes);
        /* A log begins anew at 0; what is written within it does not move its end. */
        if (offset == 0 || offset + size > wal->end)
                wal->end = offset + size;
        return wal->behind->pMethods->xWrite(wal->behind, bytes, size, offset);
}

/* A page that is held is read where it is. Head and page together, which the end of a commit may want, need not be. */
static int wal_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
        struct wal *wal = wal_of(file);
        sqlite3_int64 until = offset + size;
        int rc = SQLITE_OK;

        if (wal->length > 0 && offset >= wal->start && until <= wal->end) {
                memcpy(bytes, wal->held + (offset - wal->start), (size_t)size);
                return SQLITE_OK;
        }
        if (wal->length > 0 && until > wal->start)
                rc = let_go(wal);
        return rc == SQLITE_OK ? wal->behind->pMethods->xRead(wal->behind, bytes, size, offset) : rc;
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
        struct wal *wal = wal_of(file);
        int rc = let_go(wal);

        return rc == SQLITE_OK ? wal->behind->pMethods->xTruncate(wal->behind, size) : rc;
}

static int wal_sync(sqlite3_file *file, int flags)
{
        struct wal *wal = wal_of(file);
        int rc = let_go(wal);

        return rc == SQLITE_OK ? wal->behind->pMethods->xSync(wal->behind, flags) : rc;
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
        struct wal *wal = wal_of(file);
        int rc = let_go(wal);

        return rc == SQLITE_OK ? wal->behind->pMethods->xFileSize(wal->behind, ret_size) : rc;
}

/* What is held at the end belongs to no commit. */
static int wal_close(sqlite3_file *file)
{
        struct wal *wal = wal_of(file);

        free(wal->held);
        return wal->behind->pMethods->xClose(wal->behind);
}

static int wal_control(sqlite3_file *file, int what, void *argument)
{
        struct wal *wal = wal_of(file);

        return wal->behind->pMethods->xFileControl(wal->behind, what, argument);
}

static int wal_sector(sqlite3_file *file)
{
        struct wal *wal = wal_of(file);

        return wal->behind->pMethods->xSectorSize(wal->behind);
}

static int wal_device(sqlite3_file *file)
{
        struct wal *wal = wal_of(file);

        return wal->behind->pMethods->xDeviceCharacteristics(wal->behind);
}

/* SQLite asks for no locks of a log. */
static const sqlite3_io_methods methods = {
        .iVersion = 1,
        .xClose = wal_close,
        .xRead = wal_read,
        .xWrite = wal_write,
        .xTruncate = wal_truncate,
        .xSync = wal_sync,
        .xFileSize = wal_size,
        .xFileControl = wal_control,
        .xSectorSize = wal_sector,
        .xDeviceCharacteristics = wal_device,
};

/* Files of other kinds are the usual file system's own. */
static int wal_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
        struct wal *wal = wal_of(file);
        int rc;

        (void)vfs;
        if ((flags & SQLITE_OPEN_WAL) == 0)
                return usual->xOpen(usual, name, file, flags, ret_flags);
        *wal = (struct wal){.behind = (sqlite3_file *)(void *)(wal + 1), .end = -1};
        rc = usual->xOpen(usual, name, wal->behind, flags, ret_flags);
        if (rc == SQLITE_OK)
                wal->base.pMethods = &methods;
        return rc;
}

const char *wal_vfs(void)
{
        static sqlite3_vfs vfs;
        sqlite3_vfs *found = sqlite3_vfs_find(NULL);

        if (found == usual)
                return found == NULL ? NULL : vfs.zName;
        if (usual != NULL) /* it is in SQLite's list, whose links are not to be written over */
                (void)sqlite3_vfs_unregister(&vfs);
        vfs = *found;
        vfs.zName = "mappad";
        vfs.szOsFile += (int)sizeof(struct wal);
        vfs.xOpen = wal_open;
        usual = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? found : NULL;
        return usual == NULL ? NULL : vfs.zName;
}
