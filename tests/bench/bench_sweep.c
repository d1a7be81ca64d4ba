/*
 * bench_sweep - a sweep that finds nothing to raise, beside one durable transaction on the same file.
 *
 * Usage: bench_sweep STATE-DIRECTORY RULES TODAY COUNT. The first sweep takes what waits; then COUNT more, each
 * at a later minute of the same day, and as many bare transactions of one row. Besides the time it prints how many
 * instructions SQLite's machine ran for one of the sweeps, which is the same on any day and any computer.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "mappad/app.h"
#include "mappad/rulefile.h"
#include "mappad/store.h"
#include "measure.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static uint64_t steps;

static int count_step(void *context)
{
        (void)context;
        steps++;
        return 0;
}

/* Called by SQLite for each connection that is opened. */
static int count_steps(sqlite3 *db, const char **problem, const void *api)
{
        (void)problem;
        (void)api;
        sqlite3_progress_handler(db, 1, count_step, NULL);
        return SQLITE_OK;
}

static double sweep(struct app *app, struct moment moment, int32_t minute)
{
        struct app_sweep_result result = {.more = true};
        double start = measure_now();

        while (result.more)
                if (app_sweep(app, moment, (struct sweep_slot){moment.today, minute}, &result) != STATUS_OK)
                        measure_fail("the sweep failed");
        return measure_now() - start;
}

static double write_row(struct store *store)
{
        struct store_meta meta;
        bool found = false;
        double start = measure_now();

        if (store_begin(store) != STATUS_OK || store_meta_get(store, &meta, &found) != STATUS_OK)
                measure_fail("the transaction failed");
        meta.seen_ms++;
        if (store_meta_put(store, &meta) != STATUS_OK || store_commit(store) != STATUS_OK)
                measure_fail("the transaction failed");
        return measure_now() - start;
}

int main(int argc, char **argv)
{
        struct measure sweep_times = {.name = "sweep"}, row_times = {.name = "sweep-row"};
        struct app_settings settings = {.test_clock = true, .sweeps = {{0, 450}}, .sweep_count = 1};
        struct app_rules rules = {0};
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        struct moment moment = {0};
        struct app *app = NULL;
        struct store *store = NULL;
        char problem[APP_PROBLEM_SIZE];

        if (argc != 5 || !civil_parse(argv[3], 10, &moment.today))
                measure_fail("usage: bench_sweep STATE-DIRECTORY RULES TODAY COUNT");
        moment.ms = moment.today * DAY_MS + DAY_MS / 2;
        sqlite3_auto_extension((void (*)(void))count_steps);
        settings.state_directory = argv[1];
        diagnostics_init(&diagnostics);
        if (rulefile_load((const char *const *)&argv[2], 1, &diagnostics, &ruleset) != STATUS_OK)
                measure_fail("%s is not understood", argv[2]);
        rules.ruleset = ruleset;
        if (app_open(&settings, rules, moment, &app, problem) != STATUS_OK)
                measure_fail("%s", problem);
        (void)sweep(app, moment, 700);
        sqlite3_reset_auto_extension();
        steps = 0;
        (void)sweep(app, moment, 701);
        measure_count("sweep-steps", (double)steps);
        for (int i = 0; i < strtol(argv[4], NULL, 10); i++)
                measure_add(&sweep_times, sweep(app, moment, 702 + i));
        app_close(app, moment);
        char path[4096];
        snprintf(path, sizeof path, "%s/mappad.db", argv[1]);
        if (store_open(path, &store, problem) != STATUS_OK)
                measure_fail("%s", problem);
        (void)write_row(store);
        for (int i = 0; i < strtol(argv[4], NULL, 10); i++)
                measure_add(&row_times, write_row(store));
        store_close(store);
        measure_print(&sweep_times);
        measure_print(&row_times);
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
        return 0;
}
