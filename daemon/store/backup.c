/*
 * backup - SQLite's online backup, a bounded number of pages at a time.
 *
 * It reads over the writing connection: SQLite then carries each write into the
 * copy by itself, where a write over another one would begin the copy anew.
 */
#include "db.h"

#include <stdlib.h>

#include "mappad/store_backup.h"

#define SET_UP_COPY "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL"

struct store_backup {
        struct store copy; /* the file that is written */
        sqlite3_backup *backup;
};

enum status store_backup_begin(struct store *store, const char *path, struct store_backup **ret_backup)
{
        struct store_backup *backup = calloc(1, sizeof *backup);
        int rc;

        if (backup == NULL)
                return STATUS_NO_MEMORY;
        backup->copy.lock = -1;
        rc = sqlite3_open_v2(path, &backup->copy.db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(backup->copy.db, SET_UP_COPY, NULL, NULL, NULL);
        if (rc == SQLITE_OK) {
                backup->backup = sqlite3_backup_init(backup->copy.db, "main", store->db, "main");
                rc = backup->backup == NULL ? sqlite3_extended_errcode(backup->copy.db) : SQLITE_OK;
        }
        if (rc != SQLITE_OK) {
                enum status status = store_failed(&backup->copy, rc, "backup");
                store_backup_free(backup);
                return status;
        }
        *ret_backup = backup;
        return STATUS_OK;
}

enum status store_backup_step(struct store_backup *backup, int pages, bool *ret_done)
{
        int rc = sqlite3_backup_step(backup->backup, pages);

        *ret_done = false;
        if (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
                return STATUS_OK;
        if (rc == SQLITE_DONE) {
                rc = sqlite3_backup_finish(backup->backup);
                backup->backup = NULL;
                *ret_done = rc == SQLITE_OK;
        }
        return rc == SQLITE_OK ? STATUS_OK : store_failed(&backup->copy, rc, "backup");
}

void store_backup_free(struct store_backup *backup)
{
        if (backup == NULL)
                return;
        if (backup->backup != NULL)
                (void)sqlite3_backup_finish(backup->backup);
        (void)sqlite3_close(backup->copy.db);
        free(backup);
}
