/*
 * bench_twenty - the twenty rules in memory: the engine beside the bare loop.
 *
 * Usage: bench_twenty RULES CASES ROUNDS [once]. Both make the same list; it is compared
 * before any time is printed. "once": one round of the engine alone, for a profiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caseload.h"
#include "mappad/obligation.h"
#include "mappad/rulefile.h"
#include "measure.h"
#include "twenty.h"

#define TODAY 20543 /* 2026-03-31 */
#define SEED 20260331

struct subject {
        struct ruleset *ruleset;
        uint16_t opened, types[LOAD_KINDS];
        struct record *records;
        struct value *values; /* not yet given to a record */
        struct value *last;   /* of the record made last */
        size_t count;
};

static void add_fields(struct subject *subject, struct record *record)
{
        const struct event_type *type = &subject->ruleset->vocabulary.events[record->fact.type];

        subject->last = subject->values;
        subject->values += type->field_count;
        for (size_t i = 0; i < type->field_count; i++)
                subject->last[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        record->fact.fields = subject->last;
}

static void set_field(const struct subject *subject, const struct record *record, const char *name, struct value value)
{
        const struct event_type *type = &subject->ruleset->vocabulary.events[record->fact.type];

        subject->last[vocabulary_field(type, name)] = value;
}

static struct record *add_record(struct subject *subject, uint16_t type, int32_t on, uint64_t seq)
{
        struct record *record = &subject->records[subject->count++];

        *record = (struct record){.fact = {.type = type, .on = on, .seq = seq}, .recorded_at = INSTANT_ALWAYS};
        add_fields(subject, record);
        return record;
}

static void translate_case(struct subject *subject, const struct caseload *caseload, size_t index)
{
        const struct load_case *one = &caseload->cases[index];
        uint32_t first = caseload->first[index], count = caseload->first[index + 1] - first;
        struct record *record = add_record(subject, subject->opened, one->opened, 1);

        set_field(subject, record, "category", (struct value){VALUE_BIT(one->category - 1), CIVIL_NONE, NULL});
        if (caseload_of_age(one) != LOAD_NO_DATE)
                set_field(subject, record, "of-age-on", (struct value){VALUE_BIT(0), caseload_of_age(one), NULL});
        for (uint32_t n = 0; n < count; n++) { /* in the order of recording */
                uint32_t at = first + n;
                while (caseload->events[at].eid != first + 1 + n)
                        at = at == first + n ? at + 1 : at - 2;
                const struct load_event *event = &caseload->events[at];
                record = add_record(subject, subject->types[event->kind], event->on, n + 2);
                if (event->kind == LOAD_LEVEL)
                        set_field(subject, record, "level",
                                  (struct value){VALUE_BIT(event->value - 1), CIVIL_NONE, NULL});
                if (event->kind == LOAD_RELDATE)
                        set_field(subject, record, "release-date", (struct value){VALUE_BIT(0), event->date, NULL});
                if (event->kind == LOAD_ORDER)
                        set_field(subject, record, "order-ends", (struct value){VALUE_BIT(0), event->date, NULL});
        }
}

static void translate(struct subject *subject, const struct caseload *caseload, const char *rules)
{
        struct diagnostics diagnostics;
        size_t count = caseload->first[caseload->count] + caseload->count;

        diagnostics_init(&diagnostics);
        if (rulefile_load(&rules, 1, &diagnostics, &subject->ruleset) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                exit(1);
        }
        diagnostics_fini(&diagnostics);
        subject->opened = vocabulary_event(&subject->ruleset->vocabulary, "opened");
        for (size_t i = 0; i < LOAD_KINDS; i++)
                subject->types[i] = vocabulary_event(&subject->ruleset->vocabulary, caseload_word((enum load_kind)i));
        subject->records = calloc(count, sizeof *subject->records);
        subject->values = calloc(count * 2, sizeof *subject->values);
        if (subject->records == NULL || subject->values == NULL)
                measure_fail("no memory");
        for (size_t i = 0; i < caseload->count; i++)
                translate_case(subject, caseload, i);
}

/* Where the obligations of a case go. */
struct collector {
        struct answers *answers;
        uint32_t casefile;
};

static void collect(void *context, const struct obligation *obligation)
{
        struct collector *collector = context;
        uint8_t state = 0;

        if (obligation->state == OBLIGATION_OVERDUE)
                state = 'O';
        else if (obligation->state == OBLIGATION_DUE_SOON)
                state = 'S';
        else if (obligation->state == OBLIGATION_OPEN)
                state = 'U';
        else
                return;
        answers_add(collector->answers, (struct answer){.casefile = collector->casefile,
                                                        .rule = (uint8_t)(obligation->rule + 1),
                                                        .state = state,
                                                        .due = obligation->due});
}

static void engine_run(const struct subject *subject, const struct caseload *caseload, struct answers *answers)
{
        struct collector collector = {.answers = answers};
        struct arena arena;

        answers_clear(answers);
        arena_init(&arena, malloc, free);
        for (size_t i = 0; i < caseload->count; i++) {
                const struct record *records = &subject->records[caseload->first[i] + i];
                size_t count = caseload->first[i + 1] - caseload->first[i] + 1;
                struct casefile casefile;
                collector.casefile = (uint32_t)i;
                if (casefile_stand(subject->ruleset, records, count, INSTANT_LATEST, TODAY, &arena, &casefile) !=
                            STATUS_OK ||
                    obligation_derive_open(subject->ruleset, &casefile, TODAY, &arena, collect, &collector) !=
                            STATUS_OK)
                        measure_fail("no memory");
                arena_reset(&arena);
        }
        arena_fini(&arena);
}

static void report(const struct caseload *caseload, const struct answers *answers)
{
        uint32_t after = 0, late = 0, by_rule[21] = {0};

        for (uint32_t i = 0; i < caseload->first[caseload->count]; i++) {
                after += caseload->events[i].on > TODAY;
                late += caseload->events[i].eid != i + 1;
        }
        for (size_t i = 0; i < answers->count; i++)
                by_rule[answers->list[i].rule]++;
        measure_count("events", caseload->first[caseload->count]);
        measure_count("events-after-the-day", after);
        measure_count("events-out-of-order", late);
        measure_count("answers", (double)answers->count);
        for (int rule = 1; rule <= 20; rule++)
                fprintf(stderr, "R%02d %u%s", rule, by_rule[rule], rule % 10 == 0 ? "\n" : "  ");
}

int main(int argc, char **argv)
{
        if (argc < 4)
                measure_fail("usage: bench_twenty RULES CASES ROUNDS [once]");
        struct caseload caseload = caseload_make((size_t)strtoul(argv[2], NULL, 10), SEED, TODAY);
        size_t rounds = (size_t)strtoul(argv[3], NULL, 10);
        struct subject subject = {0};
        struct answers loop = {0}, engine = {0};
        struct measure loop_times = {.name = "twenty-loop"}, engine_times = {.name = "twenty-engine"};

        translate(&subject, &caseload, argv[1]);
        if (argc > 4) {
                engine_run(&subject, &caseload, &engine);
                return 0;
        }
        for (size_t round = 0; round < rounds; round++) {
                double start = measure_cpu();
                twenty_run(&caseload, TODAY, &loop);
                measure_add(&loop_times, measure_cpu() - start);
                start = measure_cpu();
                engine_run(&subject, &caseload, &engine);
                measure_add(&engine_times, measure_cpu() - start);
        }
        if (answers_differ(&loop, "the loop", &engine, "the engine"))
                return 1;
        report(&caseload, &loop);
        measure_print(&loop_times);
        measure_print(&engine_times);
        return 0;
}
