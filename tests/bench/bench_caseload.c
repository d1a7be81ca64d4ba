/*
 * bench_caseload - the caseload as files, and what the bare loop answers.
 *
 * Usage: bench_caseload CASES DIRECTORY DAY. Writes events.ndjson (as mappad takes it),
 * plain.db (tables that anybody would make, with the index that the question needs) and
 * answers-loop (case,rule,due,state on DAY, sorted).
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mappad/civil.h"
#include "measure.h"
#include "twenty.h"

#define TODAY 20543 /* 2026-03-31 */
#define SEED 20260331

static const char schema[] =
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE TABLE casefile (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, category INTEGER NOT NULL,"
        " born TEXT NOT NULL, opened TEXT NOT NULL) STRICT;"
        "CREATE TABLE event (eid INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, on_day TEXT NOT NULL,"
        " kind INTEGER NOT NULL, value ANY) STRICT; BEGIN";

static void run(sqlite3 *db, const char *sql)
{
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
                measure_fail("plain.db: %s", sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *stmt = NULL;
        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                measure_fail("plain.db: %s", sqlite3_errmsg(db));
        return stmt;
}

static void bind_day(sqlite3_stmt *stmt, int column, int32_t day)
{
        char text[CIVIL_TEXT_SIZE];
        civil_format(day, text);
        sqlite3_bind_text(stmt, column, text, -1, SQLITE_TRANSIENT);
}

static void insert(sqlite3 *db, sqlite3_stmt *stmt)
{
        if (sqlite3_step(stmt) != SQLITE_DONE)
                measure_fail("plain.db: %s", sqlite3_errmsg(db));
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
}

static void insert_case(sqlite3 *db, sqlite3_stmt *stmt, const struct load_case *one, size_t index)
{
        char ref[LOAD_REF_SIZE];
        caseload_ref(index, ref);
        sqlite3_bind_int64(stmt, 1, (sqlite3_int64)index + 1);
        sqlite3_bind_text(stmt, 2, ref, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(stmt, 3, one->category);
        bind_day(stmt, 4, one->born);
        bind_day(stmt, 5, one->opened);
        insert(db, stmt);
}

static void insert_event(sqlite3 *db, sqlite3_stmt *stmt, const struct load_event *event, size_t index)
{
        sqlite3_bind_int64(stmt, 1, event->eid);
        sqlite3_bind_int64(stmt, 2, (sqlite3_int64)index + 1);
        bind_day(stmt, 3, event->on);
        sqlite3_bind_int(stmt, 4, event->kind);
        if (event->kind == LOAD_RELDATE)
                bind_day(stmt, 5, event->date);
        else if (event->kind == LOAD_LEVEL || event->kind == LOAD_ORDER)
                sqlite3_bind_int(stmt, 5, event->value);
        insert(db, stmt);
}

static void write_plain(const struct caseload *caseload, const char *path)
{
        sqlite3 *db = NULL;
        unlink(path);
        if (sqlite3_open(path, &db) != SQLITE_OK)
                measure_fail("cannot make %s", path);
        run(db, schema);
        sqlite3_stmt *cases = prepare(db, "INSERT INTO casefile VALUES (?, ?, ?, ?, ?)");
        sqlite3_stmt *events = prepare(db, "INSERT INTO event VALUES (?, ?, ?, ?, ?)");
        for (size_t i = 0; i < caseload->count; i++) {
                insert_case(db, cases, &caseload->cases[i], i);
                for (uint32_t e = caseload->first[i]; e < caseload->first[i + 1]; e++)
                        insert_event(db, events, &caseload->events[e], i);
        }
        sqlite3_finalize(cases);
        sqlite3_finalize(events);
        run(db, "CREATE INDEX event_by_case ON event (case_id, on_day, eid, kind, value); COMMIT; ANALYZE");
        sqlite3_close(db);
}

int main(int argc, char **argv)
{
        char path[4096];
        int32_t day = 0;
        struct answers answers = {0};

        if (argc != 4 || !civil_parse(argv[3], 10, &day))
                measure_fail("usage: bench_caseload CASES DIRECTORY DAY");
        struct caseload caseload = caseload_make((size_t)strtoul(argv[1], NULL, 10), SEED, TODAY);
        snprintf(path, sizeof path, "%s/events.ndjson", argv[2]);
        FILE *lines = fopen(path, "w");
        if (lines == NULL)
                measure_fail("cannot write %s", path);
        caseload_write_lines(&caseload, lines);
        if (fclose(lines) != 0)
                measure_fail("cannot write %s", path);
        snprintf(path, sizeof path, "%s/plain.db", argv[2]);
        write_plain(&caseload, path);
        snprintf(path, sizeof path, "%s/answers-loop", argv[2]);
        twenty_run(&caseload, day, &answers);
        answers_write(&answers, path);
        measure_count("lines", (double)(caseload.first[caseload.count] + caseload.count));
        caseload_free(&caseload);
        answers_free(&answers);
        return 0;
}
