/*
 * bench_shipped - the shipped law in memory: the engine beside a bare loop for the rules that both state, and with every
 * rule.
 *
 * Usage: bench_shipped RULES EVENTS.NDJSON COPIES DAY ROUNDS [once|both]. The lines of a case stand together, oldest first. The caseload is
 * held COPIES times over, each copy in memory of its own, so that a small one makes a large one. Answers are compared before any
 * time is printed. "once": one round of the engine with every rule, for a profiler; "both": likewise
 * with those alone that both state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/civil.h"
#include "mappad/obligation.h"
#include "mappad/rulefile.h"
#include "mappad/wire.h"
#include "measure.h"
#include "shipped_loop.h"

/* In the order of enum shipped_rule and enum shipped_kind. */
static const char *const rule_names[SHIPPED_RULES] = {
        "community-initial-meeting", "level-2-review",           "level-3-review",        "pre-release-meeting",
        "pre-discharge-meeting",     "notification-end",         "registration-category-end", "sentence-category-end",
        "sentence-end-decision",     "registration-end-decision", "lifetime-review"};
static const struct {
        const char *name;
        enum shipped_kind kind;
        const char *word, *date; /* the fields that the loop reads; NULL: none */
} kinds[] = {
        {"category-set", SHIPPED_CATEGORY, "category", NULL},
        {"level-set", SHIPPED_LEVEL, "level", NULL},
        {"sentenced", SHIPPED_SENTENCED, "disposal", "sentence-ends"},
        {"registered", SHIPPED_REGISTERED, "registration-term", "registration-ends"},
        {"first-notified", SHIPPED_NOTIFIED_FIRST, NULL, NULL},
        {"meeting-held", SHIPPED_MEETING, "meeting-level", NULL},
        {"release-planned", SHIPPED_RELEASE_PLANNED, NULL, "release-date"},
        {"discharge-expected", SHIPPED_DISCHARGE_EXPECTED, NULL, "discharge-date"},
        {"released", SHIPPED_RELEASED, NULL, NULL},
        {"recalled", SHIPPED_RECALLED, NULL, "release-date"},
        {"transferred-out", SHIPPED_CLOSED, NULL, NULL},
        {"died", SHIPPED_CLOSED, NULL, NULL},
};

struct subject {
        struct ruleset *ruleset;
        int32_t today;
        struct record *records;
        size_t count, capacity;
        struct shipped_load load;
        bool *both;                     /* by rule: the loop states it, too */
        uint8_t *numbers;               /* by rule: its number in the loop, or 0 */
        struct arena texts;
};

static void *need(void *memory)
{
        if (memory == NULL)
                measure_fail("no memory");
        return memory;
}

static void load_rules(struct subject *subject, const char *path)
{
        struct diagnostics diagnostics;

        diagnostics_init(&diagnostics);
        if (rulefile_load(&path, 1, &diagnostics, &subject->ruleset) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                exit(1);
        }
        diagnostics_fini(&diagnostics);
        subject->both = need(calloc(subject->ruleset->rule_count, sizeof *subject->both));
        subject->numbers = need(calloc(subject->ruleset->rule_count, sizeof *subject->numbers));
        for (size_t i = 0; i < SHIPPED_RULES; i++) {
                uint16_t rule = ruleset_rule(subject->ruleset, rule_names[i]);
                if (rule == VOCABULARY_NONE)
                        measure_fail("no rule %s in %s", rule_names[i], path);
                subject->both[rule] = true;
                subject->numbers[rule] = (uint8_t)(i + 1);
        }
}

/* The number of the word that a field has, from 1; 0 without. */
static uint8_t word_of(const struct event_type *type, const struct fact *fact, const char *field)
{
        uint64_t bits = field == NULL ? VALUE_UNSET : fact->fields[vocabulary_field(type, field)].bits;
        uint8_t word = 0;

        while (bits != VALUE_UNSET && (bits & VALUE_BIT(word)) == 0)
                word++;
        return bits == VALUE_UNSET ? 0 : (uint8_t)(word + 1);
}

static struct shipped_event pack(const struct subject *subject, const struct fact *fact)
{
        const struct event_type *type = &subject->ruleset->vocabulary.events[fact->type];
        struct shipped_event event = {.on = fact->on, .kind = SHIPPED_OTHER, .date = SHIPPED_NO_DATE};

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                if (strcmp(type->name, kinds[i].name) != 0)
                        continue;
                event.kind = (uint8_t)kinds[i].kind;
                event.value = word_of(type, fact, kinds[i].word);
                if (kinds[i].date != NULL && fact->fields[vocabulary_field(type, kinds[i].date)].bits != VALUE_UNSET)
                        event.date = fact->fields[vocabulary_field(type, kinds[i].date)].day;
                if (kinds[i].kind == SHIPPED_REGISTERED)
                        event.youth = word_of(type, fact, "age-class") == 2;
        }
        return event;
}

static void add_line(struct subject *subject, const struct wire_line *line)
{
        if (subject->count == subject->capacity) {
                subject->capacity = subject->capacity == 0 ? 1 << 15 : subject->capacity * 2;
                subject->records = need(realloc(subject->records, subject->capacity * sizeof *subject->records));
                subject->load.events =
                        need(realloc(subject->load.events, subject->capacity * sizeof *subject->load.events));
                subject->load.first = need(realloc(subject->load.first, (subject->capacity + 1) * sizeof(uint32_t)));
        }
        subject->records[subject->count] = line->record;
        subject->records[subject->count].fact.seq = subject->count + 1;
        subject->load.events[subject->count++] = pack(subject, &line->record.fact);
}

static void read_lines(struct subject *subject, const char *path)
{
        struct wire_reader reader = {.ruleset = subject->ruleset, .last_day = CIVIL_MAX};
        FILE *file = fopen(path, "r");
        char text[4096], last[CASE_REF_MAX + 1] = "";
        struct wire_problem problem;
        struct wire_line line;

        if (file == NULL)
                measure_fail("cannot read %s", path);
        while (fgets(text, sizeof text, file) != NULL) {
                if (wire_event_parse(&reader, text, strlen(text), &subject->texts, &line, &problem) != STATUS_OK)
                        measure_fail("%s: %s", path, problem.message);
                if (line.record.fact.on > subject->today)
                        continue;
                if (strcmp(last, line.case_ref) != 0) {
                        add_line(subject, &line);
                        subject->load.first[subject->load.count++] = (uint32_t)subject->count - 1;
                        snprintf(last, sizeof last, "%s", line.case_ref);
                        continue;
                }
                add_line(subject, &line);
        }
        subject->load.first[subject->load.count] = (uint32_t)subject->count;
        fclose(file);
}

/* Fields of a record in memory of their own. */
static void own_fields(struct subject *subject, struct record *record)
{
        size_t count = subject->ruleset->vocabulary.events[record->fact.type].field_count;
        struct value *fields = need(arena_array(&subject->texts, count, sizeof *fields));

        if (count > 0)
                memcpy(fields, record->fact.fields, count * sizeof *fields);
        record->fact.fields = fields;
}

static void copy_all(struct subject *subject, size_t copies)
{
        size_t events = subject->count, cases = subject->load.count;

        subject->records = need(realloc(subject->records, copies * events * sizeof *subject->records));
        subject->load.events = need(realloc(subject->load.events, copies * events * sizeof *subject->load.events));
        subject->load.first = need(realloc(subject->load.first, (copies * cases + 1) * sizeof(uint32_t)));
        for (size_t copy = 1; copy < copies; copy++) {
                memcpy(&subject->records[copy * events], subject->records, events * sizeof *subject->records);
                memcpy(&subject->load.events[copy * events], subject->load.events, events * sizeof *subject->load.events);
                for (size_t i = 0; i < events; i++)
                        own_fields(subject, &subject->records[copy * events + i]);
                for (size_t i = 0; i < cases; i++)
                        subject->load.first[copy * cases + i] = (uint32_t)(copy * events) + subject->load.first[i];
        }
        subject->count = copies * events;
        subject->load.count = copies * cases;
        subject->load.first[subject->load.count] = (uint32_t)subject->count;
}

/* Where the obligations of a case go. */
struct collector {
        const struct subject *subject;
        struct answers *answers; /* NULL: they are counted alone */
        uint32_t casefile;
        size_t count;
};

static void collect(void *context, const struct obligation *obligation)
{
        struct collector *collector = context;
        const struct subject *subject = collector->subject;
        bool evaluable = obligation->state != OBLIGATION_UNEVALUABLE;
        uint8_t state = SHIPPED_UNEVALUABLE;

        collector->count++;
        if (collector->answers == NULL)
                return;
        if (evaluable)
                state = obligation->state == OBLIGATION_PENDING ? SHIPPED_PENDING
                                                                : answer_state(obligation->due, subject->today);
        answers_add(collector->answers, (struct answer){.casefile = collector->casefile,
                                                        .rule = subject->numbers[obligation->rule],
                                                        .state = state,
                                                        .due = evaluable ? obligation->due : 0});
}

/* Every case by the engine; with answers: the rules alone that the loop states. The number of answers. */
static size_t engine_run(const struct subject *subject, struct answers *answers)
{
        struct collector collector = {.subject = subject, .answers = answers};
        struct obligation_wish wish = {.as_of = subject->today, .open_only = true};
        struct arena arena;

        wish.rules = answers != NULL ? subject->both : NULL;
        if (answers != NULL)
                answers_clear(answers);
        arena_init(&arena, malloc, free);
        for (size_t i = 0; i < subject->load.count; i++) {
                uint32_t first = subject->load.first[i], count = subject->load.first[i + 1] - first;
                struct casefile casefile;
                collector.casefile = (uint32_t)i;
                if (casefile_stand(subject->ruleset, &subject->records[first], count, INSTANT_LATEST, subject->today, &arena,
                                   &casefile) != STATUS_OK ||
                    obligation_derive_some(subject->ruleset, &casefile, &wish, &arena, collect, &collector) != STATUS_OK)
                        measure_fail("no memory");
                arena_reset(&arena);
        }
        arena_fini(&arena);
        return collector.count;
}

static size_t rules_enabled(const struct ruleset *ruleset)
{
        size_t count = 0;

        for (size_t i = 0; i < ruleset->rule_count; i++)
                count += ruleset->rules[i].versions[0].enabled;
        return count;
}

static void measure_all(const struct subject *subject, size_t rounds)
{
        struct measure loop_times = {.name = "shipped-loop"}, both_times = {.name = "shipped-both"},
                       all_times = {.name = "shipped-all"};
        struct answers loop = {0}, engine = {0};
        size_t all = 0;

        for (size_t round = 0; round < rounds; round++) {
                double start = measure_cpu();
                shipped_run(&subject->load, subject->today, &loop);
                measure_add(&loop_times, measure_cpu() - start);
                start = measure_cpu();
                engine_run(subject, &engine);
                measure_add(&both_times, measure_cpu() - start);
                start = measure_cpu();
                all = engine_run(subject, NULL);
                measure_add(&all_times, measure_cpu() - start);
                if (answers_differ(&loop, "the loop", &engine, "the engine") != 0)
                        exit(1);
        }
        measure_count("cases", (double)subject->load.count);
        measure_count("events", (double)subject->count);
        measure_count("rules-both", SHIPPED_RULES);
        measure_count("rules", (double)rules_enabled(subject->ruleset));
        measure_count("answers-both", (double)loop.count);
        measure_count("answers-all", (double)all);
        measure_print(&loop_times);
        measure_print(&both_times);
        measure_print(&all_times);
        answers_free(&loop);
        answers_free(&engine);
}

int main(int argc, char **argv)
{
        struct subject subject = {0};
        struct answers answers = {0};

        if (argc < 6 || !civil_parse(argv[4], 10, &subject.today))
                measure_fail("usage: bench_shipped RULES EVENTS.NDJSON COPIES DAY ROUNDS [once]");
        arena_init(&subject.texts, malloc, free);
        load_rules(&subject, argv[1]);
        read_lines(&subject, argv[2]);
        copy_all(&subject, (size_t)strtoul(argv[3], NULL, 10));
        if (argc > 6)
                engine_run(&subject, strcmp(argv[6], "both") == 0 ? &answers : NULL);
        else
                measure_all(&subject, (size_t)strtoul(argv[5], NULL, 10));
        answers_free(&answers);
        ruleset_free(subject.ruleset);
        arena_fini(&subject.texts);
        free(subject.records);
        free(subject.load.first);
        free(subject.load.events);
        free(subject.both);
        free(subject.numbers);
        return 0;
}
