/*
 * bench_clips - the twenty rules in CLIPS 6.30: cases and events asserted over its C interface, then run.
 *
 * Usage: bench_clips TWENTY.CLP CASES BATCH ROUNDS. BATCH cases are in working memory at a time. The answers are compared
 * with the bare loop's before any time is printed. What is timed: asserting, running, and forgetting; neither reading the
 * rules nor making the caseload. Date arithmetic is C, as everybody's is, so that what is measured is the matching.
 */
#include <clips.h>
#undef FALSE
#undef TRUE
#include <stdlib.h>
#include <string.h>

#include "mappad/civil.h"
#include "measure.h"
#include "twenty.h"

#define TODAY 20543 /* 2026-03-31 */
#define SEED 20260331

struct partner {
        void *clips;
        void *case_template, *event_template;
        void *words[LOAD_KINDS];
        struct answers answers;
};

/* CLIPS hands its functions an environment and nothing else. */
static struct partner partner;

static long long add_months(void *clips)
{
        return civil_add_months((int32_t)EnvRtnLong(clips, 1), (int)EnvRtnLong(clips, 2));
}

static void owe(void *clips)
{
        int32_t due = (int32_t)EnvRtnLong(clips, 3);

        answers_add(&partner.answers, (struct answer){.casefile = (uint32_t)EnvRtnLong(clips, 1),
                                                      .rule = (uint8_t)EnvRtnLong(clips, 2),
                                                      .due = due,
                                                      .state = answer_state(due, TODAY)});
}

static void *find_template(const char *name)
{
        void *found = EnvFindDeftemplate(partner.clips, name);
        if (found == NULL)
                measure_fail("CLIPS: no template %s", name);
        return found;
}

static void start(const char *rules)
{
        partner.clips = CreateEnvironment();
        if (partner.clips == NULL ||
            EnvDefineFunction2(partner.clips, "add-months", 'g', PTIEF add_months, "add_months", "22i") == 0 ||
            EnvDefineFunction2(partner.clips, "owe", 'v', PTIEF owe, "owe", "33i") == 0 ||
            EnvLoad(partner.clips, rules) != 1)
                measure_fail("CLIPS cannot load %s", rules);
        partner.case_template = find_template("case");
        partner.event_template = find_template("event");
        for (size_t i = 0; i < LOAD_KINDS; i++)
                partner.words[i] = EnvAddSymbol(partner.clips, caseload_word((enum load_kind)i));
}

static void put_number(void *fact, const char *slot, long long number)
{
        DATA_OBJECT value = {.type = INTEGER, .value = EnvAddLong(partner.clips, number)};
        EnvPutFactSlot(partner.clips, fact, slot, &value);
}

static void assert_fact(void *fact)
{
        EnvAssignFactSlotDefaults(partner.clips, fact);
        if (EnvAssert(partner.clips, fact) == NULL)
                measure_fail("CLIPS asserts nothing");
}

static void assert_event(const struct load_event *event, size_t index)
{
        void *fact = EnvCreateFact(partner.clips, partner.event_template);
        DATA_OBJECT kind = {.type = SYMBOL, .value = partner.words[event->kind]};

        put_number(fact, "case", (long long)index);
        EnvPutFactSlot(partner.clips, fact, "kind", &kind);
        put_number(fact, "on", event->on);
        put_number(fact, "eid", event->eid);
        put_number(fact, "value", event->kind == LOAD_RELDATE ? event->date : event->value);
        assert_fact(fact);
}

static void assert_case(const struct caseload *caseload, size_t index)
{
        const struct load_case *one = &caseload->cases[index];
        void *fact = EnvCreateFact(partner.clips, partner.case_template);

        put_number(fact, "id", (long long)index);
        put_number(fact, "category", one->category);
        put_number(fact, "opened", one->opened);
        put_number(fact, "of-age", civil_add_months(one->born, 216));
        put_number(fact, "window", civil_add_months(one->born, 210));
        assert_fact(fact);
        for (uint32_t e = caseload->first[index]; e < caseload->first[index + 1]; e++)
                if (caseload->events[e].on <= TODAY)
                        assert_event(&caseload->events[e], index);
}

static void run(const struct caseload *caseload, size_t batch)
{
        DATA_OBJECT today = {.type = INTEGER};

        answers_clear(&partner.answers);
        for (size_t i = 0; i < caseload->count; i += batch) {
                EnvReset(partner.clips);
                today.value = EnvAddLong(partner.clips, TODAY);
                EnvSetDefglobalValue(partner.clips, "today", &today);
                for (size_t c = i; c < i + batch && c < caseload->count; c++)
                        assert_case(caseload, c);
                EnvRun(partner.clips, -1);
        }
}

int main(int argc, char **argv)
{
        struct measure times = {.name = "clips"};
        struct answers wanted = {0};

        if (argc != 5)
                measure_fail("usage: bench_clips TWENTY.CLP CASES BATCH ROUNDS");
        struct caseload caseload = caseload_make((size_t)strtoul(argv[2], NULL, 10), SEED, TODAY);
        size_t rounds = (size_t)strtoul(argv[4], NULL, 10);
        start(argv[1]);
        twenty_run(&caseload, TODAY, &wanted);
        for (size_t round = 0; round < rounds; round++) {
                double begun = measure_cpu();
                run(&caseload, (size_t)strtoul(argv[3], NULL, 10));
                measure_add(&times, measure_cpu() - begun);
                if (answers_differ(&wanted, "the loop", &partner.answers, "CLIPS") != 0)
                        return 1;
        }
        measure_print(&times);
        caseload_free(&caseload);
        answers_free(&wanted);
        answers_free(&partner.answers);
        return 0;
}
