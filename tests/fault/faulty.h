/*
 * faulty - a file system for SQLite that fails when it is told to.
 *
 * It stands before the real one. The Nth operation fails, once or until it is
 * mended; a process dies (nothing that comes after has any effect); power is
 * lost (of what was not synced, some of the writes are there and some are not,
 * and one may be torn). Nothing is really synced, so that a test can afford
 * thousands of runs.
 */
#ifndef TEST_FAULTY_H
#define TEST_FAULTY_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum faulty_kind { FAULTY_DISK_FULL, FAULTY_WRITE, FAULTY_READ, FAULTY_KILL };

/* What SQLite asks of a file system; all up to the mark change it. */
enum faulty_call { FAULTY_CALL_WRITE, FAULTY_CALL_TRUNCATE, FAULTY_CALL_SYNC, FAULTY_CALL_OPEN, FAULTY_CALL_DELETE, FAULTY_CALL_MAP,
                   FAULTY_CALL_READ, FAULTY_CALL_SIZE, FAULTY_CALLS };

/* A write since the last sync: what it put there, what was there, how long the file was. */
struct faulty_write {
        char path[192];
        sqlite3_int64 offset, size_before;
        int length; /* -1: the file was cut to offset */
        unsigned char *now, *before;
        struct faulty_write *older;
};

static struct {
        sqlite3_vfs vfs;
        sqlite3_vfs *real;
        long countdown; /* operations until one fails; 0: none will */
        enum faulty_kind kind;
        bool lasting; /* from then on everything of that kind fails */
        bool fired;
        const char *file;            /* how the name of the one file ends that this is about; NULL: any */
        uint64_t done[FAULTY_CALLS]; /* calls that failed, by what they were */
        bool dead;     /* the process is gone: nothing has any effect */
        bool remember; /* keep what is not synced */
        struct faulty_write *writes;
} faulty;

struct faulty_file {
        sqlite3_file base;
        sqlite3_file *real;
        char path[192];
};

/* Whether a call about a file (NULL: it is not known which) is one of those that are counted. */
static inline bool faulty_meant(enum faulty_call call, const char *path)
{
        size_t length = path == NULL ? 0 : strlen(path), end = faulty.file == NULL ? 0 : strlen(faulty.file);

        if ((call >= FAULTY_CALL_READ) != (faulty.kind == FAULTY_READ))
                return false;
        return faulty.file == NULL || (length >= end && strcmp(path + length - end, faulty.file) == 0);
}

/* Whether this call fails. */
static inline bool faulty_now(enum faulty_call call, const char *path)
{
        if (faulty.dead)
                return true;
        if (!faulty_meant(call, path))
                return false;
        if (!(faulty.fired && faulty.lasting)) {
                if (faulty.countdown == 0 || --faulty.countdown > 0)
                        return false;
                if (faulty.kind == FAULTY_KILL)
                        (void)kill(getpid(), SIGKILL);
                faulty.fired = true;
        }
        faulty.done[call]++;
        return true;
}

static inline sqlite3_file *faulty_real(sqlite3_file *file)
{
        return ((struct faulty_file *)file)->real;
}

static inline const char *faulty_path(sqlite3_file *file)
{
        return ((struct faulty_file *)file)->path;
}

static inline void faulty_forget(const char *path)
{
        struct faulty_write **at = &faulty.writes;

        while (*at != NULL) {
                struct faulty_write *write = *at;
                if (path != NULL && strcmp(write->path, path) != 0) {
                        at = &write->older;
                        continue;
                }
                *at = write->older;
                free(write->now);
                free(write->before);
                free(write);
        }
}

static inline void faulty_note(struct faulty_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
        struct faulty_write *write;

        if (!faulty.remember)
                return;
        write = calloc(1, sizeof *write);
        if (write == NULL)
                abort();
        snprintf(write->path, sizeof write->path, "%s", file->path);
        write->offset = offset;
        write->length = length;
        (void)file->real->pMethods->xFileSize(file->real, &write->size_before);
        if (length < 0) { /* cut: what lies behind is kept */
                sqlite3_int64 rest = write->size_before > offset ? write->size_before - offset : 0;
                write->before = calloc(1, (size_t)rest + 1);
                (void)file->real->pMethods->xRead(file->real, write->before, (int)rest, offset);
        } else {
                write->before = calloc(1, (size_t)length + 1);
                write->now = malloc((size_t)length + 1);
                if (write->before == NULL || write->now == NULL)
                        abort();
                memcpy(write->now, bytes, (size_t)length);
                (void)file->real->pMethods->xRead(file->real, write->before, length, offset);
        }
        write->older = faulty.writes;
        faulty.writes = write;
}

static inline int faulty_close(sqlite3_file *file)
{
        int rc = faulty_real(file)->pMethods->xClose(faulty_real(file));

        free(faulty_real(file));
        return rc;
}

static inline int faulty_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
        if (faulty_now(FAULTY_CALL_READ, faulty_path(file)))
                return SQLITE_IOERR_READ;
        return faulty_real(file)->pMethods->xRead(faulty_real(file), bytes, length, offset);
}

static inline int faulty_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
        if (faulty_now(FAULTY_CALL_WRITE, faulty_path(file)))
                return faulty.kind == FAULTY_DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
        faulty_note((struct faulty_file *)file, bytes, length, offset);
        return faulty_real(file)->pMethods->xWrite(faulty_real(file), bytes, length, offset);
}

static inline int faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
        if (faulty_now(FAULTY_CALL_TRUNCATE, faulty_path(file)))
                return SQLITE_IOERR_TRUNCATE;
        faulty_note((struct faulty_file *)file, NULL, -1, size);
        return faulty_real(file)->pMethods->xTruncate(faulty_real(file), size);
}

static inline int faulty_sync(sqlite3_file *file, int flags)
{
        (void)flags;
        if (faulty_now(FAULTY_CALL_SYNC, faulty_path(file)))
                return SQLITE_IOERR_FSYNC;
        faulty_forget(((struct faulty_file *)file)->path);
        return SQLITE_OK;
}

static inline int faulty_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
        if (faulty_now(FAULTY_CALL_SIZE, faulty_path(file)))
                return SQLITE_IOERR_FSTAT;
        return faulty_real(file)->pMethods->xFileSize(faulty_real(file), ret_size);
}

static inline int faulty_lock(sqlite3_file *file, int lock)
{
        return faulty_real(file)->pMethods->xLock(faulty_real(file), lock);
}

static inline int faulty_unlock(sqlite3_file *file, int lock)
{
        return faulty_real(file)->pMethods->xUnlock(faulty_real(file), lock);
}

static inline int faulty_reserved(sqlite3_file *file, int *ret_locked)
{
        return faulty_real(file)->pMethods->xCheckReservedLock(faulty_real(file), ret_locked);
}

static inline int faulty_control(sqlite3_file *file, int what, void *argument)
{
        return faulty_real(file)->pMethods->xFileControl(faulty_real(file), what, argument);
}

static inline int faulty_sector(sqlite3_file *file)
{
        return faulty_real(file)->pMethods->xSectorSize(faulty_real(file));
}

static inline int faulty_device(sqlite3_file *file)
{
        return faulty_real(file)->pMethods->xDeviceCharacteristics(faulty_real(file));
}

static inline int faulty_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret_map)
{
        if (faulty.dead || (extend && faulty_now(FAULTY_CALL_MAP, faulty_path(file))))
                return SQLITE_IOERR_SHMMAP;
        return faulty_real(file)->pMethods->xShmMap(faulty_real(file), region, size, extend, ret_map);
}

static inline int faulty_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
        return faulty_real(file)->pMethods->xShmLock(faulty_real(file), offset, count, flags);
}

static inline void faulty_shm_barrier(sqlite3_file *file)
{
        faulty_real(file)->pMethods->xShmBarrier(faulty_real(file));
}

static inline int faulty_shm_unmap(sqlite3_file *file, int remove)
{
        return faulty_real(file)->pMethods->xShmUnmap(faulty_real(file), faulty.dead ? 0 : remove);
}

static const sqlite3_io_methods faulty_methods = {
        .iVersion = 2,
        .xClose = faulty_close,
        .xRead = faulty_read,
        .xWrite = faulty_write,
        .xTruncate = faulty_truncate,
        .xSync = faulty_sync,
        .xFileSize = faulty_size,
        .xLock = faulty_lock,
        .xUnlock = faulty_unlock,
        .xCheckReservedLock = faulty_reserved,
        .xFileControl = faulty_control,
        .xSectorSize = faulty_sector,
        .xDeviceCharacteristics = faulty_device,
        .xShmMap = faulty_shm_map,
        .xShmLock = faulty_shm_lock,
        .xShmBarrier = faulty_shm_barrier,
        .xShmUnmap = faulty_shm_unmap,
};

static inline int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *opened, int flags, int *ret_flags)
{
        struct faulty_file *file = (struct faulty_file *)opened;
        int rc;

        (void)vfs;
        memset(file, 0, sizeof *file);
        if (faulty_now(FAULTY_CALL_OPEN, name))
                return SQLITE_CANTOPEN;
        file->real = calloc(1, (size_t)faulty.real->szOsFile);
        if (file->real == NULL)
                return SQLITE_NOMEM;
        snprintf(file->path, sizeof file->path, "%s", name == NULL ? "" : name);
        rc = faulty.real->xOpen(faulty.real, name, file->real, flags, ret_flags);
        if (rc != SQLITE_OK || file->real->pMethods == NULL) {
                free(file->real);
                return rc;
        }
        file->base.pMethods = &faulty_methods;
        return SQLITE_OK;
}

static inline int faulty_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
        (void)vfs;
        (void)sync;
        if (faulty_now(FAULTY_CALL_DELETE, name))
                return SQLITE_IOERR_DELETE;
        faulty_forget(name);
        return faulty.real->xDelete(faulty.real, name, 0);
}

/* Purpose: stand before the real file system, for every database opened from now on. */
static inline void faulty_begin(void)
{
        if (faulty.real != NULL)
                return;
        faulty.real = sqlite3_vfs_find(NULL);
        faulty.vfs = *faulty.real;
        faulty.vfs.zName = "faulty";
        faulty.vfs.szOsFile = (int)sizeof(struct faulty_file);
        faulty.vfs.xOpen = faulty_open;
        faulty.vfs.xDelete = faulty_delete;
        if (sqlite3_vfs_register(&faulty.vfs, 1) != SQLITE_OK)
                abort();
}

/* Purpose: let the nth operation (from 1) of a kind fail, once or lastingly. n 0: mended. */
static inline void faulty_arm(enum faulty_kind kind, long n, bool lasting)
{
        faulty.kind = kind;
        faulty.countdown = n;
        faulty.lasting = lasting;
        faulty.fired = false;
        faulty.file = NULL;
}

static inline void faulty_mend(void)
{
        faulty.countdown = 0;
        faulty.fired = faulty.lasting = false;
        faulty.file = NULL;
}

/* Puts the files back to what was synced, then repeats of each write nothing, a part or all of it. */
static inline void faulty_lose(uint32_t (*random)(uint32_t below))
{
        struct faulty_write *forward = NULL;

        for (struct faulty_write *write = faulty.writes, *older; write != NULL; write = older) {
                int file = open(write->path, O_RDWR);
                older = write->older;
                if (file >= 0) {
                        sqlite3_int64 rest = write->length < 0 ? write->size_before - write->offset : write->length;
                        if (rest > 0 && pwrite(file, write->before, (size_t)rest, write->offset) < 0)
                                abort();
                        if (ftruncate(file, write->size_before) != 0)
                                abort();
                        close(file);
                }
                write->older = forward; /* the list now begins with the oldest */
                forward = write;
        }
        faulty.writes = forward;
        for (struct faulty_write *write = forward; write != NULL; write = write->older) {
                uint32_t chance = random(4); /* 0, 1: lost; 2: torn; 3: there */
                int file = chance < 2 ? -1 : open(write->path, O_RDWR);
                if (file < 0)
                        continue;
                if (write->length < 0 && ftruncate(file, write->offset) != 0)
                        abort();
                if (write->length > 0 &&
                    pwrite(file, write->now, chance == 2 ? random((uint32_t)write->length) : (size_t)write->length, write->offset) < 0)
                        abort();
                close(file);
        }
        faulty_forget(NULL);
}

#endif
