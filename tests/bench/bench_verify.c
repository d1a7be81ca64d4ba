/*
 * bench_verify - what a check of the chain costs beside one plain scan of the table, and a check of everything.
 *
 * Usage: bench_verify FILE. Prints "time scan", "time chain", "time whole" and "count lines". The file is served by nobody.
 * bench_verify fill FILE LINES makes one: lines of 20,000 cases in no order, as years of recording leave them.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_verify.h"
#include "mappad/store_record.h"
#include "mappad/store_verify.h"
#include "measure.h"

#define FILL_CASES 20000u

static void must(enum status status, const char *what)
{
        if (status != STATUS_OK)
                measure_fail("%s: %s", what, status_phrase(status));
}

static void fill_line(struct store *store, uint32_t type, uint32_t person, uint64_t number)
{
        uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15);
        char ref[32], client[32];
        struct store_line line = {.type = type, .person = person, .on = (int32_t)(19000 + number % 700)};
        struct store_field field = {.name = type, .kind = STORE_DAY, .day = 19100};
        uint8_t bytes[STORE_FIELD_PACKED_MAX];

        snprintf(ref, sizeof ref, "M-%05u", (unsigned)(mixed >> 40) % FILL_CASES);
        snprintf(client, sizeof client, "import-%llu", (unsigned long long)number);
        must(store_case_id(store, ref, true, &line.case_id), "case");
        line.recorded_ms = INT64_C(1700000000000) + (int64_t)number;
        line.client = client;
        line.fields = bytes;
        line.fields_size = store_field_pack(&field, bytes);
        must(store_line_add(store, &line, &(struct store_origin){ref, 1000, "clerk"}), "line");
}

static int fill(const char *path, uint64_t lines)
{
        struct store *store = NULL;
        char problem[STORE_PROBLEM_SIZE];
        uint32_t type = 0, person = 0;

        if (store_open(path, &store, problem) != STATUS_OK)
                measure_fail("%s", problem);
        for (uint64_t i = 0; i < lines; i++) {
                if (i % 10000 == 0)
                        must(store_begin(store), "begin");
                must(store_intern(store, "noted", &type), "word");
                must(store_person(store, 1000, "clerk", &person), "person");
                fill_line(store, type, person, i);
                if (i % 10000 == 9999 || i + 1 == lines)
                        must(store_commit(store), "commit");
        }
        store_close(store);
        return 0;
}

/* Every column of every row is fetched. */
static double scan(const char *path, uint64_t *ret_rows)
{
        double begun = measure_cpu();
        sqlite3 *db = NULL;
        sqlite3_stmt *stmt = NULL;
        int64_t sum = 0;
        int rc;

        *ret_rows = 0;
        if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
            sqlite3_prepare_v2(db, "SELECT * FROM event", -1, &stmt, NULL) != SQLITE_OK)
                measure_fail("%s: %s", path, sqlite3_errmsg(db));
        for (rc = sqlite3_step(stmt); rc == SQLITE_ROW; rc = sqlite3_step(stmt), ++*ret_rows)
                for (int column = 0; column < sqlite3_column_count(stmt); column++)
                        sum += sqlite3_column_bytes(stmt, column);
        sqlite3_finalize(stmt);
        sqlite3_close(db);
        if (rc != SQLITE_DONE || sum == 0)
                measure_fail("the scan failed");
        return measure_cpu() - begun;
}

static void count(void *context, const struct store_finding *finding)
{
        (void)finding;
        ++*(uint64_t *)context;
}

static double chain(const char *path, uint64_t *ret_lines)
{
        double begun = measure_cpu();
        struct store_verify_known known = {0};
        struct store_verify *verify = NULL;
        struct store *store = NULL;
        char problem[STORE_PROBLEM_SIZE];
        uint64_t found = 0;
        bool more = true;

        if (store_inspect(path, &store, problem) != STATUS_OK)
                measure_fail("%s", problem);
        must(store_verify_new(store, &known, count, &found, &verify), "verify");
        while (more)
                must(store_verify_step(verify, 4000, &more), "verify");
        *ret_lines = store_verify_result(verify)->lines;
        store_verify_free(verify);
        store_close(store);
        if (found > 0)
                measure_fail("the chain is said to be broken");
        return measure_cpu() - begun;
}

static double whole(const char *path)
{
        double begun = measure_now();
        struct app_verify *verify = NULL;
        struct app_finding finding;
        char problem[APP_PROBLEM_SIZE];
        enum app_row kind = APP_WORKING;
        bool wait = false;

        if (app_verify_file(path, &(struct app_verify_heads){.events = NULL}, &verify, problem) != STATUS_OK)
                measure_fail("%s", problem);
        while (kind != APP_END) {
                must(app_verify_next(verify, &kind, &finding, &wait), "verify");
                if (wait)
                        app_verify_wait(verify);
                if (kind == APP_ROW)
                        measure_fail("%s %llu: %s", finding.table, (unsigned long long)finding.row, finding.what);
        }
        app_verify_free(verify);
        return measure_now() - begun;
}

int main(int argc, char **argv)
{
        struct measure scans = {.name = "scan"}, chains = {.name = "chain"}, wholes = {.name = "whole"};
        uint64_t rows = 0, lines = 0;

        if (argc == 4 && strcmp(argv[1], "fill") == 0)
                return fill(argv[2], strtoull(argv[3], NULL, 10));
        if (argc != 2)
                measure_fail("usage: bench_verify FILE | fill FILE LINES");
        measure_add(&scans, scan(argv[1], &rows));
        measure_add(&chains, chain(argv[1], &lines));
        measure_add(&wholes, whole(argv[1]));
        if (rows != lines)
                measure_fail("the scan saw %llu lines, the check %llu", (unsigned long long)rows, (unsigned long long)lines);
        measure_print(&scans);
        measure_print(&chains);
        measure_print(&wholes);
        measure_count("lines", (double)lines);
        return 0;
}
