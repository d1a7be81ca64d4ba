/*
 * checkpoint - the write-ahead log is copied back beside the loop.
 *
 * Copying 4,000 pages takes some 60 ms, most of them waiting for the disk: nobody would be answered meanwhile. So a
 * thread copies, over a connection of its own, while commits go on being appended. A log begins anew only when all
 * of it was copied and the next commit comes; so the few pages that were added during the thread's last pass are
 * copied by the writer, between two of its commits. Without a thread (a simulation, a client) the writer copies all.
 *
 * Invariant: the thread has nothing in common with the caller but a flag, read when it is done, and how far it came,
 * read after that. What is durable does not depend on it: SQLite syncs the log before it copies, and the file after. Of
 * a log of which some may be missing on the disk nothing is copied: a power cut would have the rest played over it.
 */
#include "checkpoint.h"
#include "rewrite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

/* So few pages that the writer copies them itself, in about a millisecond. */
#define REST_PAGES 250
/* Whoever writes faster than the disk takes copies waits for it at so many times the limit, 48 MB, in looks between
 * which others are served, and within the commit at so many, 64 MB. */
#define LOG_LONG 3
#define LOG_PATIENCE 4
/* What is left free beside what the file has still to take up, where the log is too long: half a megabyte. */
#define ROOM_BYTES 524288
/* What is cut off the log's file at a time, in one or two milliseconds: half a gigabyte takes 150, or 600 where it is
 * still on its way to the disk. */
#define CUT_BYTES 4194304
/* A look at a pass is four naps of half a millisecond. After so many of them the commit waits instead: a disk that does
 * not answer is to stop the loop, where the watchdog sees it. */
#define NAP_NS 500000
#define NAPS_A_LOOK 4
#define LOOKS_MOST 2500

struct checkpoint {
        struct store connection; /* of the thread while it runs */
        pthread_t thread;
        bool running;
        atomic_bool done;
        int reached; /* how far the thread's pass came, and how it ended; read when it was joined */
        int rc;
        int seen;      /* pages of the log after the last commit */
        int begun;     /* pages of the log when the last pass began; 0: none of this log has */
        int copied;    /* pages of it that are in the file, as far as is known */
        int before;    /* what the thread takes for copied when it begins */
        int looks;     /* at the present pass, by writers that wait for it */
        bool outlived; /* the log began anew while a pass was under way */
};

static void copy_here(struct store *store)
{
        int pages = 0, copied = 0;

        store_note_doubt(store,
                         sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &copied));
        if (store->checkpoint != NULL)
                store->checkpoint->copied = copied;
}

/* A file of so many pages: a header, and one before each of them. */
static int64_t log_bytes(int pages)
{
        return LOG_HEADER_SIZE + (int64_t)pages * (LOG_PAGE_SIZE + LOG_FRAME_SIZE);
}

static sqlite3_file *log_file(const struct store *store, sqlite3_int64 *ret_size)
{
        sqlite3_file *log = NULL;

        if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || log == NULL ||
            log->pMethods == NULL || log->pMethods->xFileSize(log, ret_size) != SQLITE_OK)
                return NULL;
        return log;
}

/* What the file of the log has beyond the last commit is of an earlier one or of what was undone: nobody reads there,
 * and whoever would write is here. */
bool checkpoint_cut(struct store *store)
{
        int64_t least = log_bytes(store->log_pages > store->log_kept ? store->log_pages : store->log_kept);
        sqlite3_int64 size = 0;
        sqlite3_file *log;

        /* What a transaction under way has written lies beyond the last commit. */
        if (store->log_kept == 0 || store_doubted(store) || sqlite3_txn_state(store->db, "main") == SQLITE_TXN_WRITE)
                return false;
        log = log_file(store, &size);
        if (log == NULL || size <= least)
                return false;
        size = size - least > CUT_BYTES ? size - CUT_BYTES : least;
        return log->pMethods->xTruncate(log, size) == SQLITE_OK && size > least;
}

/* SQLite syncs what a pass copied only if nothing was written meanwhile; else all of it would be left to whoever copies
 * the rest, which is the writer. */
static int sync_file(sqlite3 *db)
{
        sqlite3_file *file = NULL;
        int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

        return rc == SQLITE_OK ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : rc;
}

static void *copy(void *context)
{
        struct checkpoint *checkpoint = context;
        int pages = 0, copied = 0;

        checkpoint->rc = sqlite3_wal_checkpoint_v2(checkpoint->connection.db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages,
                                                   &copied);
        if (checkpoint->rc == SQLITE_OK && copied != checkpoint->before)
                checkpoint->rc = sync_file(checkpoint->connection.db);
        checkpoint->reached = checkpoint->rc == SQLITE_OK ? copied : 0;
        atomic_store(&checkpoint->done, true);
        return NULL;
}

static void join(struct store *store)
{
        struct checkpoint *checkpoint = store->checkpoint;

        if (!checkpoint->running)
                return;
        (void)pthread_join(checkpoint->thread, NULL);
        store_note_doubt(store, checkpoint->rc);
        checkpoint->running = false;
        checkpoint->copied = checkpoint->outlived ? 0 : checkpoint->reached;
        checkpoint->outlived = false;
}

/* Without a thread nothing is lost: the writer copies. */
static void begin_pass(struct store *store, int pages)
{
        struct checkpoint *checkpoint = store->checkpoint;

        checkpoint->begun = pages;
        checkpoint->looks = 0;
        checkpoint->before = checkpoint->copied;
        atomic_store(&checkpoint->done, false);
        checkpoint->running = pthread_create(&checkpoint->thread, NULL, copy, checkpoint) == 0;
        if (!checkpoint->running)
                copy_here(store);
}

static void note_length(struct checkpoint *checkpoint, int pages)
{
        if (pages < checkpoint->seen) {
                checkpoint->begun = checkpoint->copied = 0;
                checkpoint->outlived = checkpoint->running;
        }
        checkpoint->seen = pages;
}

int checkpoint_pages(uint64_t free_bytes)
{
        uint64_t quarter = free_bytes / 4 / LOG_PAGE_SIZE;

        if (quarter < LOG_PAGES_FEW)
                return LOG_PAGES_FEW;
        return quarter < LOG_PAGES ? (int)quarter : LOG_PAGES;
}

int checkpoint_kept(uint64_t free_bytes)
{
        uint64_t sixteenth = free_bytes / 16 / LOG_PAGE_SIZE / LOG_KEPT_STEP * LOG_KEPT_STEP;
        int least = checkpoint_pages(free_bytes);

        if (sixteenth < (uint64_t)least)
                return least;
        return sixteenth < LOG_KEPT_PAGES ? (int)sixteenth : LOG_KEPT_PAGES;
}

uint64_t checkpoint_free(const char *path)
{
        struct statvfs disk;

        return statvfs(path, &disk) != 0 ? UINT64_MAX : (uint64_t)disk.f_bavail * disk.f_frsize;
}

/* While the log has hardly begun the disk is not asked. */
static void find_limits(struct store *store, int pages)
{
        uint64_t free_bytes;

        store->log_limit = LOG_PAGES;
        if (pages < LOG_PAGES_FEW)
                return;
        free_bytes = checkpoint_free(store->path);
        store->log_limit = checkpoint_pages(free_bytes);
        store->log_kept = checkpoint_kept(free_bytes);
}

void checkpoint_grew(struct store *store, int pages)
{
        struct checkpoint *checkpoint = store->checkpoint;
        bool late;

        if (checkpoint != NULL)
                note_length(checkpoint, pages);
        find_limits(store, pages);
        (void)checkpoint_cut(store);
        if (pages < store->log_limit || store_doubted(store))
                return;
        late = checkpoint != NULL && checkpoint->running && pages >= LOG_PATIENCE * store->log_limit &&
               pages - checkpoint->begun >= store->log_limit;
        if (checkpoint != NULL && checkpoint->running && !atomic_load(&checkpoint->done) && !late)
                return;
        if (checkpoint != NULL)
                join(store);
        if (store_doubted(store))
                return;
        if (checkpoint == NULL || late || pages - checkpoint->copied <= REST_PAGES)
                copy_here(store);
        /* A snapshot that somebody holds lets a pass come no further than itself: it is not tried at every commit, and
         * never by the writer, who would wait for all that it kept back. */
        else if (checkpoint->begun == 0 || pages - checkpoint->begun > REST_PAGES)
                begin_pass(store, pages);
}

/* Whether the file can take up all that the log holds of it, and some more can be written. */
static bool has_room(const struct store *store)
{
        struct statvfs disk;
        struct stat file;
        sqlite3_stmt *stmt = NULL;
        int64_t pages = 0;

        if (statvfs(store->path, &disk) != 0 || stat(store->path, &file) != 0 ||
            sqlite3_prepare_v2(store->db, "PRAGMA page_count", -1, &stmt, NULL) != SQLITE_OK)
                return true;
        if (sqlite3_step(stmt) == SQLITE_ROW)
                pages = sqlite3_column_int64(stmt, 0);
        (void)sqlite3_finalize(stmt);
        int64_t growth = pages * LOG_PAGE_SIZE - (int64_t)file.st_size;
        return (int64_t)disk.f_bavail * (int64_t)disk.f_frsize >= (growth > 0 ? growth : 0) + ROOM_BYTES;
}

/* What the log's file has beyond the log is room that the record needs. */
static void cut_file(struct store *store)
{
        sqlite3_int64 size = 0;
        int64_t used = rewrite_log_bytes(store, &store->log_pages);
        sqlite3_file *log = used < 0 ? NULL : log_file(store, &size);

        if (log != NULL && size > used)
                (void)log->pMethods->xTruncate(log, used);
}

bool checkpoint_cramped(struct store *store)
{
        if (store->checkpoint == NULL || store_log_times(store) < LOG_LONG || store_doubted(store) || has_room(store))
                return false;
        join(store);
        if (store_doubted(store))
                return false;
        cut_file(store);
        copy_here(store);
        return store->checkpoint->copied < store->log_pages && !has_room(store);
}

void checkpoint_forget(struct store *store)
{
        if (store->checkpoint != NULL)
                store->checkpoint->begun = store->checkpoint->copied = 0;
}

int store_log_times(const struct store *store)
{
        return store->log_limit == 0 ? 0 : store->log_pages / store->log_limit;
}

bool store_log_await(struct store *store)
{
        struct checkpoint *checkpoint = store->checkpoint;
        const struct timespec nap = {.tv_nsec = NAP_NS};

        if (checkpoint == NULL || !checkpoint->running || store_log_times(store) < LOG_LONG)
                return false;
        if (++checkpoint->looks > LOOKS_MOST) {
                join(store);
                return false;
        }
        for (int naps = 0; naps < NAPS_A_LOOK && !atomic_load(&checkpoint->done); naps++)
                (void)nanosleep(&nap, NULL);
        return !atomic_load(&checkpoint->done);
}

enum status store_checkpoint_aside(struct store *store)
{
        struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
        enum status status = STATUS_NO_MEMORY;

        if (checkpoint == NULL)
                return status;
        checkpoint->connection.lock = -1;
        status = store_connect_reader(&checkpoint->connection, store);
        /* A connection that has read nothing knows of no log. */
        if (status == STATUS_OK &&
            sqlite3_exec(checkpoint->connection.db, "PRAGMA synchronous = FULL; SELECT count(*) FROM meta", NULL, NULL,
                         NULL) != SQLITE_OK)
                status = STATUS_IO;
        if (status == STATUS_OK) {
                store->checkpoint = checkpoint;
                return STATUS_OK;
        }
        (void)sqlite3_close(checkpoint->connection.db);
        free(checkpoint);
        return status;
}

void checkpoint_wait(struct store *store)
{
        if (store->checkpoint != NULL)
                join(store);
}

void checkpoint_stop(struct store *store)
{
        struct checkpoint *checkpoint = store->checkpoint;

        if (checkpoint == NULL)
                return;
        /* What begins after an interrupt is not broken off by it, and is waited for. */
        if (checkpoint->running)
                sqlite3_interrupt(checkpoint->connection.db);
        join(store);
        (void)sqlite3_close(checkpoint->connection.db);
        free(checkpoint);
        store->checkpoint = NULL;
}
