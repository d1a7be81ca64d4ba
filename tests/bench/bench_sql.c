/*
 * bench_sql - the same question in SQL, from a plain SQLite file to the list.
 *
 * Usage: bench_sql PLAIN.DB QUESTION.SQL DAY ANSWERS. One round: the file is opened, asked, read to the end
 * and closed. Writes the sorted list to ANSWERS.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "mappad/civil.h"
#include "measure.h"

static char *read_file(const char *path)
{
        FILE *file = fopen(path, "r");
        char *text = calloc(1, 1 << 16);
        if (file == NULL || text == NULL || fread(text, 1, (1 << 16) - 1, file) == 0)
                measure_fail("cannot read %s", path);
        fclose(file);
        return text;
}

static void ask(sqlite3 *db, const char *question, const char *day, struct answers *answers)
{
        sqlite3_stmt *stmt = NULL;
        int rc;

        if (sqlite3_prepare_v2(db, question, -1, &stmt, NULL) != SQLITE_OK)
                measure_fail("question: %s", sqlite3_errmsg(db));
        sqlite3_bind_text(stmt, 1, day, -1, SQLITE_STATIC);
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
                struct answer answer = {
                        .casefile = (uint32_t)strtoul((const char *)sqlite3_column_text(stmt, 0) + 2, NULL, 10),
                        .rule = (uint8_t)sqlite3_column_int(stmt, 1),
                        .state = sqlite3_column_text(stmt, 3)[0]};
                if (!civil_parse((const char *)sqlite3_column_text(stmt, 2), 10, &answer.due))
                        measure_fail("question: no date");
                answers_add(answers, answer);
        }
        if (rc != SQLITE_DONE)
                measure_fail("question: %s", sqlite3_errmsg(db));
        sqlite3_finalize(stmt);
}

int main(int argc, char **argv)
{
        struct answers answers = {0};
        struct measure times = {.name = "sql"};
        sqlite3 *db = NULL;

        if (argc != 5)
                measure_fail("usage: bench_sql PLAIN.DB QUESTION.SQL DAY ANSWERS");
        char *question = read_file(argv[2]);
        double start = measure_cpu();
        if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
            sqlite3_exec(db, "PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY", NULL, NULL, NULL) != SQLITE_OK)
                measure_fail("cannot open %s", argv[1]);
        ask(db, question, argv[3], &answers);
        sqlite3_close(db);
        measure_add(&times, measure_cpu() - start);
        answers_write(&answers, argv[4]);
        measure_print(&times);
        answers_free(&answers);
        free(question);
        return 0;
}
