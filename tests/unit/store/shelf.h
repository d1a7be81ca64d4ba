/*
 * shelf - what the tests of the store stand on: a directory, a store in it, and
 * a plain SQLite connection beside it that does what no caller of the store can.
 */
#ifndef TEST_SHELF_H
#define TEST_SHELF_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "mappad/civil.h"
#include "mappad/store_alert.h"
#include "mappad/store_cache.h"
#include "mappad/store_change.h"
#include "mappad/store_record.h"
#include "mappad/store_verify.h"

struct shelf {
        char directory[64];
        char path[128];
        struct store *store;
        char problem[STORE_PROBLEM_SIZE];
};

static inline void shelf_directory(struct shelf *shelf)
{
        *shelf = (struct shelf){.store = NULL};
        snprintf(shelf->directory, sizeof shelf->directory, "/tmp/mappad-test-XXXXXX");
        assert_non_null(mkdtemp(shelf->directory));
        snprintf(shelf->path, sizeof shelf->path, "%s/mappad.db", shelf->directory);
}

static inline enum status shelf_try(struct shelf *shelf)
{
        shelf->problem[0] = '\0';
        return store_open(shelf->path, &shelf->store, shelf->problem);
}

static inline void shelf_open(struct shelf *shelf)
{
        if (shelf_try(shelf) != STATUS_OK)
                fail_msg("not opened: %s", shelf->problem);
}

static inline void shelf_init(struct shelf *shelf)
{
        shelf_directory(shelf);
        shelf_open(shelf);
}

static inline void shelf_close(struct shelf *shelf)
{
        store_close(shelf->store);
        shelf->store = NULL;
}

static inline void shelf_fini(struct shelf *shelf)
{
        char path[512];
        DIR *folder;

        shelf_close(shelf);
        folder = opendir(shelf->directory);
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
                snprintf(path, sizeof path, "%s/%s", shelf->directory, entry->d_name);
                if (entry->d_name[0] != '.')
                        (void)unlink(path);
        }
        closedir(folder);
        (void)rmdir(shelf->directory);
}

/* Runs a script past the store; gives what SQLite says, "" for nothing. */
static inline const char *shelf_past(const struct shelf *shelf, const char *script)
{
        static char said[256];
        sqlite3 *db = NULL;
        char *message = NULL;

        assert_int_equal(sqlite3_open(shelf->path, &db), SQLITE_OK);
        (void)sqlite3_exec(db, script, NULL, NULL, &message);
        snprintf(said, sizeof said, "%s", message == NULL ? "" : message);
        sqlite3_free(message);
        sqlite3_close(db);
        return said;
}

/* Records one line of a case in a transaction of its own. */
static inline void shelf_record(struct shelf *shelf, const char *ref, const char *client)
{
        struct store_line line = {.on = 19000, .recorded_ms = 1000, .client = client};
        uint32_t word = 0;

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_case_id(shelf->store, ref, true, &line.case_id), STATUS_OK);
        assert_int_equal(store_intern(shelf->store, "lit", &word), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &line.person), STATUS_OK);
        line.type = word;
        assert_int_equal(store_line_add(shelf->store, &line, &(struct store_origin){ref, 1000, "clerk"}), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

static inline void shelf_note_bad(void *context, const struct store_finding *finding)
{
        uint64_t *bad = context;

        if (*bad == 0 || (finding->row != 0 && finding->row < *bad))
                *bad = finding->row == 0 ? 1 : finding->row;
}

/* The first number at which what is stored is not what was recorded (a gap, too), or 0. */
static inline enum status shelf_verify(struct shelf *shelf, uint64_t *ret_bad)
{
        struct store_verify_known none = {0};
        struct store_verify *verify = NULL;
        bool more = true;
        enum status status;

        *ret_bad = 0;
        status = store_verify_new(shelf->store, &none, shelf_note_bad, ret_bad, &verify);
        while (status == STATUS_OK && more)
                status = store_verify_step(verify, 1000, &more);
        store_verify_free(verify);
        return status;
}

#endif
