/*
 * transaction - begin, commit, roll back, one level of savepoint.
 *
 * What is kept in memory beside the rows (next number, head of the chain,
 * counters, dictionary) moves and goes back with them. A COMMIT that fails has
 * either been rolled back by SQLite already or is rolled back here.
 */
#include "checkpoint.h"
#include "db.h"

#include <stdio.h>
#include <string.h>

#include "mappad/ensure.h"

static enum status run(struct store *store, enum sql sql)
{
        struct query query = query_begin(store, sql);

        return query_run(&query);
}

enum status transaction_prepare(struct store *store)
{
        for (int sql = SQL_BEGIN; sql <= SQL_UNDO; sql++) {
                (void)sqlite3_finalize(store->statements[sql]);
                store->statements[sql] = NULL;
                struct query query = query_begin(store, (enum sql)sql);
                if (query.rc != SQLITE_OK)
                        return store_failed(store, query.rc, "prepare");
        }
        return STATUS_OK;
}

static void tail_restore(struct store *store, const struct tail *tail)
{
        store->tail = *tail;
        store->met.id = 0; /* may have been added by what is undone */
        words_truncate(&store->words, tail->word_count);
}

bool store_in_transaction(const struct store *store)
{
        return sqlite3_get_autocommit(store->db) == 0;
}

static enum status begin(struct store *store, bool lightly)
{
        enum status status = STATUS_OK;

        if (store->lightly != lightly) {
                int rc = sqlite3_exec(store->db, lightly ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
                                      NULL, NULL, NULL);
                status = rc == SQLITE_OK ? STATUS_OK : store_failed(store, rc, "synchronous");
        }
        if (status != STATUS_OK)
                return status;
        store->lightly = lightly;
        status = run(store, SQL_BEGIN);
        if (status == STATUS_OK)
                store->committed = store->tail;
        return status;
}

enum status store_begin(struct store *store)
{
        if (checkpoint_cramped(store)) {
                (void)snprintf(store->problem, sizeof store->problem, "the log has no room to be copied back");
                return STATUS_DISK_FULL;
        }
        return begin(store, false);
}

enum status store_begin_lightly(struct store *store)
{
        return begin(store, true);
}

static enum status write_tally(struct store *store, int64_t which, int64_t amount)
{
        struct query query = query_begin(store, SQL_TALLY_PUT);

        query_int(&query, which);
        query_int(&query, amount);
        return which == TALLY_ACCESSES ? query_run_aside(&query) : query_run(&query);
}

static enum status write_counts(struct store *store)
{
        enum status status = STATUS_OK;

        if (store->tail.next_seq != store->committed.next_seq)
                status = write_tally(store, TALLY_LINES, (int64_t)store->tail.next_seq - 1);
        if (status == STATUS_OK && store->tail.next_access != store->committed.next_access)
                status = write_tally(store, TALLY_ACCESSES, (int64_t)store->tail.next_access - 1);
        if (status == STATUS_OK && store->tail.next_seal != store->committed.next_seal)
                status = write_tally(store, TALLY_SEALS, (int64_t)store->tail.next_seal - 1);
        return status;
}

static enum status write_tallies(struct store *store)
{
        for (unsigned which = 0; which < STORE_TALLIES; which++) {
                enum status status;

                if (store->tail.tally[which] == store->committed.tally[which])
                        continue;
                status = write_tally(store, which, store->tail.tally[which]);
                if (status != STATUS_OK)
                        return status;
        }
        return write_counts(store);
}

/* An error of a sync may be of commits before this one, and is told once. */
void store_note_doubt(struct store *store, int rc)
{
        if ((rc & 0xff) == SQLITE_IOERR && rc != SQLITE_IOERR_NOMEM)
                store->doubted = true;
}

enum status store_commit(struct store *store)
{
        enum status status = store_in_transaction(store) ? write_tallies(store) : STATUS_IO;

        if (status == STATUS_OK)
                status = run(store, SQL_COMMIT);
        if (status != STATUS_OK) {
                store_note_doubt(store, sqlite3_extended_errcode(store->db));
                store_rollback(store);
                return status;
        }
        store->committed = store->tail;
        return STATUS_OK;
}

/* After some errors SQLite has ended the transaction by itself; the tail goes back all the same. */
void store_rollback(struct store *store)
{
        if (store_in_transaction(store)) {
                enum status status = run(store, SQL_ROLLBACK);
                /* The statement was prepared when the file was opened, after the last change of its tables, and needs
                 * neither memory nor the disk: it fails only when there is nothing to roll back. */
                ENSURE(status == STATUS_OK || !store_in_transaction(store));
        }
        tail_restore(store, &store->committed);
}

enum status store_sync(struct store *store)
{
        sqlite3_file *log = NULL;
        int rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

        if (rc == SQLITE_OK && log != NULL && log->pMethods != NULL)
                rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
        store_note_doubt(store, rc);
        return rc == SQLITE_OK ? STATUS_OK : store_failed(store, rc, "sync");
}

bool store_doubted(const struct store *store)
{
        return store->doubted;
}

enum status store_savepoint(struct store *store)
{
        store->saved = store->tail;
        return run(store, SQL_SAVEPOINT);
}

enum status store_release(struct store *store)
{
        return run(store, SQL_RELEASE);
}

enum status store_undo(struct store *store)
{
        enum status status;

        if (!store_in_transaction(store)) {
                tail_restore(store, &store->committed);
                return STATUS_IO;
        }
        status = run(store, SQL_UNDO);
        if (status == STATUS_OK)
                status = run(store, SQL_RELEASE);
        if (status == STATUS_OK)
                tail_restore(store, &store->saved);
        return status;
}

/* SQLite's own count of the rows that any statement of this connection changed, so that no writer can forget to be
 * counted. Within a transaction it runs ahead of what others see, and what they see then has no number. */
uint64_t store_written(const struct store *store)
{
        if (store_in_transaction(store))
                return 0;
        return 1 + (uint64_t)(sqlite3_total_changes64(store->db) - store->aside);
}

int64_t store_tally(const struct store *store, unsigned which)
{
        ENSURE(which < STORE_TALLIES);
        return store->tail.tally[which];
}

void store_tally_add(struct store *store, unsigned which, int64_t count)
{
        ENSURE(which < STORE_TALLIES);
        store->tail.tally[which] += count;
}
