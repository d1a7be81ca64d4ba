/*
 * sound - SQLite's own checks of a file: pages, indexes, constraints, references.
 *
 * They cannot be divided into steps, so they run in a thread of their own, over
 * a connection of its own. It shares with the caller a flag, read when it is
 * done, and what it found, read after that.
 */
#include "db.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mappad/store_verify.h"
#include "shape.h"

#define FOUND_MAX 64
#define SENTENCE_MAX 200

struct found {
        char table[64];
        int64_t row;
        char what[SENTENCE_MAX];
};

struct store_check {
        struct store connection; /* of the thread, until it is joined */
        pthread_t thread;
        bool running;
        atomic_bool done;
        enum status status;
        struct found found[FOUND_MAX];
        size_t count;
};

static struct found *add_found(struct store_check *check)
{
        return check->count == FOUND_MAX ? NULL : &check->found[check->count++];
}

static void take_page(struct store_check *check, sqlite3_stmt *stmt)
{
        const char *said = (const char *)sqlite3_column_text(stmt, 0);
        struct found *found = said == NULL || strcmp(said, "ok") == 0 ? NULL : add_found(check);

        if (found != NULL)
                *found = (struct found){.table = "database"};
        if (found != NULL)
                (void)snprintf(found->what, sizeof found->what, "%.*s", (int)strcspn(said, "\n"), said);
}

static void take_reference(struct store_check *check, sqlite3_stmt *stmt)
{
        const char *table = (const char *)sqlite3_column_text(stmt, 0);
        const char *parent = (const char *)sqlite3_column_text(stmt, 2);
        struct found *found = add_found(check);

        if (found == NULL)
                return;
        found->row = sqlite3_column_int64(stmt, 1);
        (void)snprintf(found->table, sizeof found->table, "%s", table == NULL ? "" : table);
        (void)snprintf(found->what, sizeof found->what, "it refers to a row of %s that is not there",
                       parent == NULL ? "another table" : parent);
}

/* Rules and contacts are kept under the SHA-256 of their text. */
static void take_edition(struct store_check *check, sqlite3_stmt *stmt)
{
        const char *digest = (const char *)sqlite3_column_text(stmt, 0);
        const void *text = sqlite3_column_text(stmt, 1);
        unsigned char hash[EVP_MAX_MD_SIZE];
        char hex[2 * STORE_HASH_SIZE + 1] = "";
        struct found *found;

        if (text != NULL &&
            EVP_Digest(text, (size_t)sqlite3_column_bytes(stmt, 1), hash, NULL, EVP_sha256(), NULL) == 1)
                for (size_t i = 0; i < STORE_HASH_SIZE; i++)
                        (void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
        if (text == NULL || (digest != NULL && strcmp(digest, hex) == 0))
                return;
        found = add_found(check);
        if (found != NULL)
                *found = (struct found){.table = "edition", .what = "a text is not the one that its digest names"};
}

static enum status run(struct store_check *check, const char *sql, void (*take)(struct store_check *, sqlite3_stmt *))
{
        sqlite3_stmt *stmt = NULL;
        int rc = sqlite3_prepare_v2(check->connection.db, sql, -1, &stmt, NULL);

        while (rc == SQLITE_OK || rc == SQLITE_ROW) {
                rc = sqlite3_step(stmt);
                if (rc == SQLITE_ROW)
                        take(check, stmt);
        }
        (void)sqlite3_finalize(stmt);
        return rc == SQLITE_DONE ? STATUS_OK : store_failed(&check->connection, rc, "check");
}

static void take_shape(void *context, const char *name, const char *what)
{
        struct found *found = add_found(context);

        if (found == NULL)
                return;
        *found = (struct found){.table = "schema"};
        (void)snprintf(found->what, sizeof found->what, "%.100s %s", name, what);
}

static void *check_all(void *context)
{
        struct store_check *check = context;

        check->status = shape_check(&check->connection, check->connection.version, take_shape, check);
        if (check->status == STATUS_OK)
                check->status = run(check, "PRAGMA integrity_check(50)", take_page);
        if (check->status == STATUS_OK)
                check->status = run(check, "SELECT digest, body FROM edition", take_edition);
        if (check->status == STATUS_OK)
                check->status = run(check, "PRAGMA foreign_key_check", take_reference);
        atomic_store(&check->done, true);
        return NULL;
}

enum status store_check_start(struct store *store, struct store_check **ret_check)
{
        struct store_check *check = calloc(1, sizeof *check);
        const struct store *of = store->writer != NULL ? store->writer : store;
        enum status status;

        if (check == NULL)
                return STATUS_NO_MEMORY;
        check->connection.lock = -1;
        check->connection.version = store->version;
        status = store_connect_reader(&check->connection, of);
        if (status == STATUS_OK && pthread_create(&check->thread, NULL, check_all, check) != 0)
                status = STATUS_LIMIT;
        check->running = status == STATUS_OK;
        if (status != STATUS_OK) {
                store_check_free(check);
                return status;
        }
        *ret_check = check;
        return STATUS_OK;
}

bool store_check_done(const struct store_check *check)
{
        return atomic_load(&check->done);
}

void store_check_wait(struct store_check *check)
{
        if (check->running)
                (void)pthread_join(check->thread, NULL);
        check->running = false;
}

enum status store_check_tell(struct store_check *check, store_finding_fn sink, void *context)
{
        store_check_wait(check);
        for (size_t i = 0; i < check->count; i++) {
                const struct found *found = &check->found[i];
                sink(context, &(struct store_finding){.table = found->table,
                                                      .row = found->row < 0 ? 0 : (uint64_t)found->row,
                                                      .what = found->what});
        }
        return check->status;
}

void store_check_free(struct store_check *check)
{
        if (check == NULL)
                return;
        /* Again and again: what begins after an interrupt is not broken off by it. */
        while (check->running && !store_check_done(check)) {
                sqlite3_interrupt(check->connection.db);
                (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        store_check_wait(check);
        (void)sqlite3_close(check->connection.db);
        free(check);
}
