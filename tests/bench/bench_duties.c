/*
 * bench_duties - four duties with pauses, as the shipped law has them, in memory: the engine beside a
 * bare loop.
 *
 * Answers are compared before any time is printed. Usage: bench_duties RULES CASES ROUNDS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duties_loop.h"
#include "mappad/obligation.h"
#include "mappad/rulefile.h"
#include "measure.h"

#define TODAY 20543 /* 2026-03-31 */

/* Names of the workload's rules, in the order of enum bare_rule. */
static const char *const rule_names[] = {"community-initial", "level-2-review", "level-3-review", "pre-release"};
static const char *const event_names[] = {"sentenced", "level-set", "released", "recalled", "meeting-held", "exited"};

struct subject {
        struct ruleset *ruleset;
        uint16_t types[6];
        enum bare_rule kinds[64];
        struct record *records;
        struct value *values;
};

/* Fields of every event, spread out as the engine takes them. */
static void translate(struct subject *subject, const struct workload *workload)
{
        const struct vocabulary *vocabulary = &subject->ruleset->vocabulary;
        size_t count = workload->first[workload->case_count];
        subject->records = calloc(count, sizeof *subject->records);
        subject->values = calloc(count * 2, sizeof *subject->values);
        if (subject->records == NULL || subject->values == NULL)
                exit(1);
        for (size_t i = 0; i < count; i++) {
                const struct work_event *event = &workload->events[i];
                const struct event_type *type = &vocabulary->events[subject->types[event->kind]];
                struct value *values = &subject->values[2 * i];
                values[0] = values[1] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
                if (event->kind == WORK_SENTENCED)
                        values[vocabulary_field(type, "location")].bits = VALUE_BIT(event->value);
                if (event->kind == WORK_LEVEL)
                        values[0].bits = VALUE_BIT(event->value - 1);
                if (event->date != WORK_NO_DATE)
                        values[vocabulary_field(type, "release-date")] =
                                (struct value){VALUE_BIT(0), event->date, NULL};
                subject->records[i] = (struct record){
                        .fact = {.type = subject->types[event->kind], .on = event->on, .fields = values, .seq = i + 1},
                        .recorded_at = INSTANT_ALWAYS};
        }
}

struct adder {
        const struct subject *subject;
        size_t casefile;
        struct bare_sum sum;
};

static void add(void *context, const struct obligation *obligation)
{
        struct adder *adder = context;
        if (!obligation_state_closed(obligation->state))
                bare_add(&adder->sum, adder->casefile, adder->subject->kinds[obligation->rule], obligation->due, TODAY);
}

typedef enum status (*derive_fn)(const struct ruleset *, const struct casefile *, int32_t, struct arena *,
                                 obligation_fn, void *);

static void engine_run(const struct subject *subject, const struct workload *workload, derive_fn derive,
                       struct bare_sum *ret_sum)
{
        struct adder adder = {.subject = subject};
        struct arena arena;
        arena_init(&arena, malloc, free);
        for (size_t i = 0; i < workload->case_count; i++) {
                const struct record *records = &subject->records[workload->first[i]];
                size_t count = workload->first[i + 1] - workload->first[i];
                struct casefile casefile;
                adder.casefile = i;
                if (casefile_stand(subject->ruleset, records, count, INSTANT_LATEST, TODAY, &arena, &casefile) !=
                            STATUS_OK ||
                    derive(subject->ruleset, &casefile, TODAY, &arena, add, &adder) != STATUS_OK)
                        exit(1);
                arena_reset(&arena);
        }
        arena_fini(&arena);
        *ret_sum = adder.sum;
}

static void load(struct subject *subject, const char *path)
{
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        if (rulefile_load(&path, 1, &diagnostics, &subject->ruleset) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                exit(1);
        }
        diagnostics_fini(&diagnostics);
        for (size_t i = 0; i < 6; i++)
                subject->types[i] = vocabulary_event(&subject->ruleset->vocabulary, event_names[i]);
        for (enum bare_rule i = BARE_INITIAL; i <= BARE_RELEASE; i++)
                subject->kinds[ruleset_rule(subject->ruleset, rule_names[i])] = i;
}

int main(int argc, char **argv)
{
        struct subject subject = {0};
        struct bare_sum engine, whole, bare;
        struct measure loop_times = {.name = "duties-loop"}, open_times = {.name = "duties-engine-open"},
                       all_times = {.name = "duties-engine-all"};

        if (argc != 4)
                measure_fail("usage: bench_duties RULES CASES ROUNDS");
        struct workload workload = workload_make((size_t)strtoul(argv[2], NULL, 10), 20260331, TODAY);
        size_t rounds = (size_t)strtoul(argv[3], NULL, 10);
        load(&subject, argv[1]);
        translate(&subject, &workload);
        for (size_t round = 0; round < rounds; round++) {
                double start = measure_cpu();
                bare_run(&workload, TODAY, &bare);
                measure_add(&loop_times, measure_cpu() - start);
                start = measure_cpu();
                engine_run(&subject, &workload, obligation_derive_open, &engine);
                measure_add(&open_times, measure_cpu() - start);
                start = measure_cpu();
                engine_run(&subject, &workload, obligation_derive, &whole);
                measure_add(&all_times, measure_cpu() - start);
                if (memcmp(&engine, &bare, sizeof engine) != 0 || memcmp(&whole, &bare, sizeof whole) != 0)
                        measure_fail("the engine and the loop differ on the four duties");
        }
        measure_print(&loop_times);
        measure_print(&open_times);
        measure_print(&all_times);
        ruleset_free(subject.ruleset);
        workload_free(&workload);
        free(subject.records);
        free(subject.values);
        return 0;
}
