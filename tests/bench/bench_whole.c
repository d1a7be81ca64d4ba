/*
 * bench_whole - from the daemon's SQLite file to the list of a day, by the application's own door.
 *
 * Usage: bench_whole STATE-DIRECTORY RULES DAY TODAY ANSWERS. A round is a cold start: rules read, record opened,
 * every case derived for DAY, record closed. Beside it, how long reading the events alone takes, and the same
 * start and question without a case to derive. TODAY is a day on which the directory has lived.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "mappad/app_query.h"
#include "mappad/rulefile.h"
#include "mappad/store_record.h"
#include "measure.h"

#define NOON_MS (INT64_C(12) * 3600 * 1000)
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void release(struct app_rules rules)
{
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
}

static void collect(struct answers *answers, const struct app_obligation *one)
{
        const struct obligation *obligation = &one->obligation;
        uint8_t state = obligation->state == OBLIGATION_OVERDUE    ? 'O'
                        : obligation->state == OBLIGATION_DUE_SOON ? 'S'
                        : obligation->state == OBLIGATION_OPEN     ? 'U'
                                                                   : 0;
        if (state != 0)
                answers_add(answers, (struct answer){.casefile = (uint32_t)strtoul(one->case_ref + 2, NULL, 10),
                                                     .rule = (uint8_t)(obligation->rule + 1),
                                                     .state = state,
                                                     .due = obligation->due});
}

static void derive(struct app *app, struct moment moment, int32_t day, struct answers *answers)
{
        struct app_obligation_filter filter = app_obligation_filter_all();
        struct app_query *query = NULL;
        struct wire_problem problem;
        struct app_obligation row;
        enum app_row what = APP_WORKING;

        filter.as_of = day;
        if (app_query_obligations(app, moment, &filter, &query, &problem) != STATUS_OK)
                measure_fail("the question was refused: %s", problem.message);
        while (what != APP_END) {
                if (app_query_next(query, &what, &row) != STATUS_OK)
                        measure_fail("the question failed");
                if (what == APP_ROW)
                        collect(answers, &row);
        }
        app_query_free(query);
}

static double whole(const char *directory, const char *path, int32_t day, struct moment moment, struct answers *answers)
{
        struct app_settings settings = {.state_directory = directory, .test_clock = true};
        struct app_rules rules = {.release = release};
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        struct app *app = NULL;
        char problem[APP_PROBLEM_SIZE];
        double start = measure_cpu();

        diagnostics_init(&diagnostics);
        if (rulefile_load(&path, 1, &diagnostics, &ruleset) != STATUS_OK)
                measure_fail("%s is not understood", path);
        diagnostics_fini(&diagnostics);
        rules.ruleset = ruleset;
        if (app_open(&settings, rules, moment, &app, problem) != STATUS_OK)
                measure_fail("%s", problem);
        if (answers != NULL)
                derive(app, moment, day, answers);
        app_close(app, moment);
        return measure_cpu() - start;
}

static bool count_line(void *context, const struct store_line *line)
{
        (void)line;
        ++*(uint64_t *)context;
        return true;
}

static double read_events(const char *directory)
{
        char path[4096], problem[STORE_PROBLEM_SIZE];
        struct store *store = NULL;
        uint64_t count = 0;

        snprintf(path, sizeof path, "%s/mappad.db", directory);
        double start = measure_cpu();
        if (store_open(path, &store, problem) != STATUS_OK ||
            store_lines_each(store, 0, count_line, &count) != STATUS_OK)
                measure_fail("cannot read %s", path);
        store_close(store);
        if (count == 0)
                measure_fail("no event in %s", path);
        return measure_cpu() - start;
}

int main(int argc, char **argv)
{
        struct measure whole_times = {.name = "whole"}, start_times = {.name = "start-in-process"},
                       read_times = {.name = "read-events"};
        struct answers answers = {0};
        struct moment moment = {0};
        int32_t day = 0;

        if (argc != 6 || !civil_parse(argv[3], 10, &day) || !civil_parse(argv[4], 10, &moment.today))
                measure_fail("usage: bench_whole STATE-DIRECTORY RULES DAY TODAY ANSWERS");
        moment.ms = moment.today * DAY_MS + NOON_MS;
        measure_add(&read_times, read_events(argv[1]));
        measure_add(&start_times, whole(argv[1], argv[2], day, moment, NULL));
        measure_add(&whole_times, whole(argv[1], argv[2], day, moment, &answers));
        answers_write(&answers, argv[5]);
        measure_print(&whole_times);
        measure_print(&start_times);
        measure_print(&read_times);
        answers_free(&answers);
        return 0;
}
