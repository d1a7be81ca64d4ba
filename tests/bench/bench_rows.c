/*
 * bench_rows - the rows that the daemon wrote, written by a program that does nothing else: SQLite with
 * the daemon's settings, tables and indexes, statements prepared, values at hand.
 *
 *   bench_rows record OURS THEIRS FIRST NAME
 *           one transaction an event, for each event of THEIRS (the daemon's file, which may be open) with a
 *           number from FIRST on, brings OURS to the same rows
 *   bench_rows ceiling OURS THEIRS FIRST NAME
 *           the same rows twice: one transaction an event for the first half of the events (NAME-one), a hundred
 *           events a transaction for the second (NAME-hundred); "count" says how many events each had
 *   bench_rows bulk OURS THEIRS BATCH NAME
 *           OURS is made anew: every row of THEIRS, BATCH events a transaction; bulk-cpu is the processor's time
 *   bench_rows read - THEIRS STATE NAME
 *           nothing is written: how long reading the rows of a list takes
 *
 * All rows are read from THEIRS before the clock starts; bench.py compares the files afterwards. Of one event
 * the rows are: the line of the record, obligations put and removed, the wake of the
 * case, alerts with their marks and routes, and the counters. Each event must be of a case of its own.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

#define SET_UP                                                                                                         \
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"                              \
        "PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"                    \
        "PRAGMA secure_delete = ON;"                                                                                   \
        "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000; PRAGMA journal_size_limit = 16777216;"                        \
        "PRAGMA wal_autocheckpoint = 4000"
#define VALUES_MAX 24

/* One statement to run, with its values; stmt NULL: commit here. */
struct write {
        sqlite3_stmt *stmt;
        sqlite3_value *values[VALUES_MAX];
        int count;
};

struct script {
        struct write *list;
        size_t count, capacity;
        sqlite3 *ours, *theirs;
};

static void check(sqlite3 *db, int rc, const char *what)
{
        if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
                measure_fail("%s: %s", what, sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *stmt = NULL;
        check(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), sql);
        return stmt;
}

static struct write *add(struct script *script, sqlite3_stmt *stmt)
{
        if (script->count == script->capacity) {
                script->capacity = script->capacity == 0 ? 1024 : script->capacity * 2;
                script->list = realloc(script->list, script->capacity * sizeof *script->list);
                if (script->list == NULL)
                        measure_fail("no memory for rows");
        }
        script->list[script->count] = (struct write){.stmt = stmt};
        return &script->list[script->count++];
}

static void add_row(struct script *script, sqlite3_stmt *to, sqlite3_stmt *from)
{
        struct write *write = add(script, to);
        write->count = sqlite3_column_count(from);
        for (int i = 0; i < write->count; i++)
                write->values[i] = sqlite3_value_dup(sqlite3_column_value(from, i));
}

/* Every row of a question becomes a run of a statement. */
static size_t add_rows(struct script *script, sqlite3_stmt *from, int64_t key, sqlite3_stmt *to)
{
        size_t before = script->count;
        int rc;

        sqlite3_reset(from);
        if (sqlite3_bind_parameter_count(from) > 0)
                sqlite3_bind_int64(from, 1, key);
        while ((rc = sqlite3_step(from)) == SQLITE_ROW)
                add_row(script, to, from);
        check(sqlite3_db_handle(from), rc, sqlite3_sql(from));
        return script->count - before;
}

static bool same_row(sqlite3_stmt *a, sqlite3_stmt *b)
{
        for (int i = 0; i < sqlite3_column_count(a); i++) {
                int size = sqlite3_column_bytes(a, i);
                if (sqlite3_column_type(a, i) != sqlite3_column_type(b, i) || sqlite3_column_bytes(b, i) != size ||
                    (size > 0 && memcmp(sqlite3_column_blob(a, i), sqlite3_column_blob(b, i), (size_t)size) != 0))
                        return false;
        }
        return true;
}

/* Rows of one question in one of the two files that the other does not have alike. */
static void add_different(struct script *script, const char *question, int64_t key, sqlite3 *from, sqlite3_stmt *to)
{
        sqlite3 *other = from == script->ours ? script->theirs : script->ours;
        sqlite3_stmt *mine = prepare(from, question);
        sqlite3_bind_int64(mine, 1, key);
        while (sqlite3_step(mine) == SQLITE_ROW) {
                sqlite3_stmt *theirs = prepare(other, question);
                bool there = false;
                sqlite3_bind_int64(theirs, 1, key);
                while (!there && sqlite3_step(theirs) == SQLITE_ROW)
                        there = same_row(mine, theirs);
                if (!there)
                        add_row(script, to, mine);
                sqlite3_finalize(theirs);
        }
        sqlite3_finalize(mine);
}

#define OBLIGATION "SELECT case_id, rule, item, started, state, due, ref, rest FROM obligation WHERE case_id = ?"
#define OBLIGATION_KEYS "SELECT case_id, rule, item, started FROM obligation WHERE case_id = ?"

#define RAISING "SELECT case_id FROM raising WHERE case_id = ?"

/* A question about the alerts that are not in OURS yet: those of an event have no index. */
static sqlite3_stmt *prepare_new(const struct script *script, const char *question)
{
        sqlite3_stmt *last = prepare(script->ours, "SELECT max(id) FROM alert");
        sqlite3_stmt *stmt = prepare(script->theirs, question);

        check(script->ours, sqlite3_step(last), "alerts");
        sqlite3_bind_int64(stmt, 2, sqlite3_column_int64(last, 0));
        sqlite3_finalize(last);
        return stmt;
}

static void plan_record(struct script *script, int64_t first)
{
        sqlite3 *ours = script->ours, *theirs = script->theirs;
        sqlite3_stmt *events = prepare(theirs, "SELECT seq, case_id FROM event WHERE seq >= ? ORDER BY seq");
        sqlite3_stmt *event = prepare(theirs, "SELECT * FROM event WHERE seq = ?");
        sqlite3_stmt *alert = prepare_new(script, "SELECT * FROM alert WHERE id > ?2 AND seq = ?1");
        sqlite3_stmt *route = prepare_new(script, "SELECT r.* FROM alert a CROSS JOIN route r ON r.alert = a.id"
                                                  " WHERE a.id > ?2 AND a.seq = ?1");
        sqlite3_stmt *put_event = prepare(ours, "INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
        sqlite3_stmt *put_alert = prepare(ours, "INSERT INTO alert VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
        sqlite3_stmt *put_route = prepare(ours, "INSERT INTO route VALUES (?,?,?,?)");
        sqlite3_stmt *put_mark = prepare(ours, "INSERT INTO mark VALUES (?,?,?,?,?,?,?,?,?)");
        sqlite3_stmt *put =
                prepare(ours, "INSERT INTO obligation (case_id, rule, item, started, state, due, ref, rest)"
                              " VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"
                              " ON CONFLICT (case_id, rule, item, started) DO UPDATE SET state = excluded.state,"
                              " due = excluded.due, rest = excluded.rest");
        sqlite3_stmt *drop =
                prepare(ours, "DELETE FROM obligation WHERE case_id = ? AND rule = ? AND item = ? AND started = ?");
        sqlite3_stmt *wake = prepare(ours, "UPDATE casefile SET wake = ?2 WHERE id = ?1");
        sqlite3_stmt *wait = prepare(ours, "INSERT INTO raising VALUES (?)");
        sqlite3_stmt *told = prepare(ours, "DELETE FROM raising WHERE case_id = ?");
        sqlite3_stmt *tally =
                prepare(ours, "INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount");

        sqlite3_bind_int64(events, 1, first);
        while (sqlite3_step(events) == SQLITE_ROW) {
                int64_t seq = sqlite3_column_int64(events, 0), case_id = sqlite3_column_int64(events, 1);
                add_rows(script, event, seq, put_event);
                add_different(script, OBLIGATION_KEYS, case_id, ours, drop);
                add_different(script, OBLIGATION, case_id, theirs, put);
                add_different(script, "SELECT id, wake FROM casefile WHERE id = ?", case_id, theirs, wake);
                add_different(script, RAISING, case_id, ours, told);
                add_different(script, RAISING, case_id, theirs, wait);
                add_rows(script, alert, seq, put_alert);
                add_different(script, "SELECT * FROM mark WHERE case_id = ?", case_id, theirs, put_mark);
                add_rows(script, route, seq, put_route);
                add_different(script, "SELECT * FROM tally WHERE ? > 0", 1, theirs, tally);
                add(script, NULL);
        }
        check(theirs, sqlite3_finalize(events), "events");
        sqlite3_stmt *reads[] = {event, alert, route};
        for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
                sqlite3_finalize(reads[i]);
}

static const char *const bulk_tables[] = {"meta",     "tally", "word",     "person", "casefile", "edition",
                                          "in_force", "sweep", "downtime", "outbox", "letter",   "alert",
                                          "mark",     "route", "carried",  "scoped", "scoped_case", "obligation",
                                          "raising",  NULL};

static sqlite3_stmt *inserter(struct script *script, const char *table, sqlite3_stmt *from)
{
        char sql[256];
        int size = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);

        for (int i = 1; i < sqlite3_column_count(from); i++)
                size += snprintf(sql + size, sizeof sql - (size_t)size, ",?");
        snprintf(sql + size, sizeof sql - (size_t)size, ")");
        return prepare(script->ours, sql);
}

static void copy_schema(struct script *script)
{
        sqlite3_stmt *schema = prepare(
                script->theirs, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
                                " ORDER BY rowid");
        while (sqlite3_step(schema) == SQLITE_ROW)
                check(script->ours,
                      sqlite3_exec(script->ours, (const char *)sqlite3_column_text(schema, 0), NULL, NULL, NULL),
                      "schema");
        sqlite3_finalize(schema);
}

/* Rows case by case, as they were recorded; the tables that hang on no case come first. */
static void plan_bulk(struct script *script, int64_t batch)
{
        char sql[128];
        sqlite3_stmt *events =
                prepare(script->theirs, "SELECT * FROM event INDEXED BY event_seq WHERE seq > 0 ORDER BY seq");
        sqlite3_stmt *put = NULL;
        int64_t count = 0;

        copy_schema(script);
        for (size_t i = 0; bulk_tables[i] != NULL; i++) {
                bool derived = strcmp(bulk_tables[i], "obligation") == 0; /* by case, as it was written */
                snprintf(sql, sizeof sql, "SELECT * FROM %s%s", bulk_tables[i],
                         derived ? " ORDER BY case_id, rule, item, started" : "");
                sqlite3_stmt *rows = prepare(script->theirs, sql);
                sqlite3_stmt *to = inserter(script, bulk_tables[i], rows);
                size_t written = 0;
                while (sqlite3_step(rows) == SQLITE_ROW) {
                        add_row(script, to, rows);
                        if (++written % (size_t)batch == 0)
                                add(script, NULL);
                }
                check(script->theirs, sqlite3_finalize(rows), bulk_tables[i]);
        }
        put = inserter(script, "event", events);
        while (sqlite3_step(events) == SQLITE_ROW) {
                add_row(script, put, events);
                if (++count % batch == 0)
                        add(script, NULL);
        }
        add(script, NULL);
        check(script->theirs, sqlite3_finalize(events), "events");
}

/* Leaves out all commits of the second half but each hundredth; gives where that begins, and how many events it has. */
static size_t group_second_half(struct script *script, size_t *ret_events)
{
        size_t events = 0, seen = 0, half = 0, kept = 0;

        for (size_t i = 0; i < script->count; i++)
                events += script->list[i].stmt == NULL;
        for (size_t i = 0; i < script->count; i++) {
                bool ends = script->list[i].stmt == NULL;
                seen += ends;
                if (ends && seen > events / 2 && (seen - events / 2) % 100 != 0 && seen != events)
                        continue;
                if (ends && seen == events / 2)
                        half = kept + 1;
                script->list[kept++] = script->list[i];
        }
        script->count = kept;
        *ret_events = events;
        return half;
}

static size_t run(struct script *script)
{
        sqlite3_stmt *begin = prepare(script->ours, "BEGIN IMMEDIATE"), *commit = prepare(script->ours, "COMMIT");
        bool open = false;
        size_t commits = 0;

        for (size_t i = 0; i < script->count; i++) {
                struct write *write = &script->list[i];
                if (!open) {
                        check(script->ours, sqlite3_step(begin), "BEGIN");
                        sqlite3_reset(begin);
                        open = true;
                }
                if (write->stmt == NULL) {
                        check(script->ours, sqlite3_step(commit), "COMMIT");
                        sqlite3_reset(commit);
                        open = false;
                        commits++;
                        continue;
                }
                for (int v = 0; v < write->count; v++)
                        sqlite3_bind_value(write->stmt, v + 1, write->values[v]);
                check(script->ours, sqlite3_step(write->stmt), sqlite3_sql(write->stmt));
                sqlite3_reset(write->stmt);
        }
        sqlite3_finalize(begin);
        sqlite3_finalize(commit);
        return commits;
}

static int run_ceiling(struct script *script, const char *name)
{
        char names[2][64];
        size_t events = 0, half = group_second_half(script, &events);
        struct script parts[2] = {*script, *script};

        parts[0].count = half;
        parts[1].list += half;
        parts[1].count -= half;
        for (int i = 0; i < 2; i++) {
                struct measure times = {.name = names[i]};
                snprintf(names[i], sizeof names[i], "%s-%s", name, i == 0 ? "one" : "hundred");
                double start = measure_now();
                (void)run(&parts[i]);
                measure_add(&times, measure_now() - start);
                measure_print(&times);
        }
        measure_count("events-one", (double)(events / 2));
        measure_count("events-hundred", (double)(events - events / 2));
        return 0;
}

/* The rows of a list in its order, every column looked at. */
static int read_list(const char *path, int64_t state, const char *name)
{
        struct measure times = {.name = name};
        sqlite3 *db = NULL;
        int64_t rows = 0, bytes = 0;

        if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
                measure_fail("cannot open %s", path);
        check(db, sqlite3_exec(db, "PRAGMA query_only = ON; PRAGMA cache_size = -2000", NULL, NULL, NULL), "set-up");
        double start = measure_now();
        sqlite3_stmt *list = prepare(db, "SELECT case_id, ref, rule, item, started, state, due, rest FROM obligation"
                                         " WHERE state = ? ORDER BY due, ref");
        sqlite3_bind_int64(list, 1, state);
        while (sqlite3_step(list) == SQLITE_ROW) {
                rows++;
                for (int i = 0; i < sqlite3_column_count(list); i++)
                        bytes += sqlite3_column_type(list, i) == SQLITE_INTEGER ? sqlite3_column_int64(list, i) & 7
                                                                                : sqlite3_column_bytes(list, i);
        }
        check(db, sqlite3_finalize(list), "list");
        measure_add(&times, measure_now() - start);
        measure_count("rows", (double)rows);
        measure_count("bytes", (double)bytes);
        measure_print(&times);
        sqlite3_close(db);
        return 0;
}

int main(int argc, char **argv)
{
        struct script script = {0};

        if (argc == 6 && strcmp(argv[1], "read") == 0)
                return read_list(argv[3], strtoll(argv[4], NULL, 10), argv[5]);
        if (argc != 6 ||
            (strcmp(argv[1], "record") != 0 && strcmp(argv[1], "ceiling") != 0 && strcmp(argv[1], "bulk") != 0))
                measure_fail("usage: bench_rows record|ceiling|bulk|read OURS THEIRS FIRST|BATCH|STATE NAME");
        struct measure times = {.name = argv[5]};
        bool bulk = strcmp(argv[1], "bulk") == 0, ceiling = strcmp(argv[1], "ceiling") == 0;
        if (bulk)
                unlink(argv[2]);
        if (sqlite3_open(argv[2], &script.ours) != SQLITE_OK ||
            sqlite3_open_v2(argv[3], &script.theirs, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
                measure_fail("cannot open %s and %s", argv[2], argv[3]);
        check(script.ours, sqlite3_exec(script.ours, SET_UP, NULL, NULL, NULL), "set-up");
        check(script.theirs, sqlite3_exec(script.theirs, "BEGIN", NULL, NULL, NULL), "snapshot");
        if (bulk)
                plan_bulk(&script, strtoll(argv[4], NULL, 10));
        else
                plan_record(&script, strtoll(argv[4], NULL, 10));
        check(script.theirs, sqlite3_exec(script.theirs, "COMMIT", NULL, NULL, NULL), "snapshot");
        if (ceiling)
                return run_ceiling(&script, argv[5]);
        struct measure used = {.name = "bulk-cpu"};
        double start = measure_now(), start_cpu = measure_cpu();
        size_t commits = run(&script);
        measure_add(&times, measure_now() - start);
        measure_add(&used, measure_cpu() - start_cpu);
        if (bulk)
                measure_print(&used);
        measure_count("commits", (double)commits);
        measure_count("writes", (double)(script.count - commits));
        measure_print(&times);
        return 0;
}
