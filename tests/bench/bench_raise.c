/*
 * bench_raise - one sweep that raises whatever waits for it, to durable alerts.
 *
 * Usage: bench_raise STATE-DIRECTORY RULES TODAY. Opens the record, lets the day begin, and sweeps it to the end;
 * prints how long the sweep took and how many alerts it raised.
 */
#include <stdio.h>

#include "mappad/app.h"
#include "mappad/app_query.h"
#include "mappad/rulefile.h"
#include "measure.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

int main(int argc, char **argv)
{
        struct measure whole = {.name = "raise"}, work = {.name = "raise-cpu"};
        struct app_settings settings = {.test_clock = true, .sweeps = {{0, 450}}, .sweep_count = 1};
        struct app_sweep_result result = {.more = true};
        struct app_rules rules = {0};
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        struct moment moment = {0};
        struct app *app = NULL;
        char problem[APP_PROBLEM_SIZE];
        uint64_t raised = 0;

        if (argc != 4 || !civil_parse(argv[3], 10, &moment.today))
                measure_fail("usage: bench_raise STATE-DIRECTORY RULES TODAY");
        moment.ms = moment.today * DAY_MS + DAY_MS / 2;
        settings.state_directory = argv[1];
        diagnostics_init(&diagnostics);
        if (rulefile_load((const char *const *)&argv[2], 1, &diagnostics, &ruleset) != STATUS_OK)
                measure_fail("%s is not understood", argv[2]);
        rules.ruleset = ruleset;
        if (app_open(&settings, rules, moment, &app, problem) != STATUS_OK)
                measure_fail("%s", problem);
        double start = measure_now(), start_cpu = measure_cpu();
        while (result.more) {
                if (app_sweep(app, moment, (struct sweep_slot){moment.today, 450}, &result) != STATUS_OK)
                        measure_fail("the sweep failed");
                raised += result.raised;
        }
        measure_add(&whole, measure_now() - start);
        measure_add(&work, measure_cpu() - start_cpu);
        app_close(app, moment);
        measure_print(&whole);
        measure_print(&work);
        measure_count("raised", (double)raised);
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
        return 0;
}
