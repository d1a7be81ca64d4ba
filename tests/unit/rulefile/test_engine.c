/*
 * test_engine - whatever the engine is asked, it says so when memory runs out, at
 * each allocation that the question makes, and answers as ever once there is
 * enough.
 *
 * What is right is said on paper in tests/rulefile/engine/duties.test, whose
 * histories are those that are asked about here, and in the tests of the rules. The
 * folder is found from the top of the tree, where make runs tests.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/engine/setting.h"
#include "mappad/difference.h"
#include "mappad/forecast.h"
#include "mappad/report.h"
#include "mappad/rulefile.h"
#include "mappad/suite.h"
#include "mappad/survey.h"

#include "law_edits.h"
#include "starving.h"

#define FOLDER "tests/rulefile/engine"
#define RECORDS_MAX 64
#define TOLD_MAX ((size_t)1 << 18)

/* One question: of whom it is asked, and what was told. */
struct inquiry {
        const struct ruleset *ruleset, *other;  /* the law, and the law as it was edited */
        const struct record *records;
        size_t count;
        const struct casefile *casefile, *other_casefile;
        int32_t as_of;
        size_t at;              /* which rule, attribute, record or way is asked about */
        struct arena *work;     /* a second one: a derivation gives back what its rows would lie in */
        char *told;
        size_t used;
};

__attribute__((format(printf, 2, 3))) static void tell(struct inquiry *inquiry, const char *format, ...)
{
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(inquiry->told + inquiry->used, TOLD_MAX - inquiry->used, format, arguments);
        va_end(arguments);
        assert_true(length >= 0 && (size_t)length < TOLD_MAX - inquiry->used);
        inquiry->used += (size_t)length;
}

static void hear_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        (void)obligation;
        tell(context, "%s %d %d %d %d\n", stage->stage->at, stage->repeat, stage->day, stage->reached, stage->quiet);
}

static void hear_obligation(void *context, const struct obligation *one)
{
        tell(context, "%u %s %s %d %d %d %d %d %d %d/%d %d\n", one->rule, one->item == NULL ? "" : one->item->key,
             obligation_state_word(one->state), one->started, one->opens, one->due, one->plan_by, one->met_on, one->ended_on,
             one->used_days, one->limit_days, one->missing);
        ladder_stages(((struct inquiry *)context)->ruleset, one, ((struct inquiry *)context)->as_of, hear_stage, context);
}

/* ---- questions ---- */

static enum status ask_standing(struct inquiry *inquiry, struct arena *arena)
{
        struct casefile casefile;
        enum status status = casefile_stand(inquiry->ruleset, inquiry->records, inquiry->count, INSTANT_LATEST, inquiry->as_of, arena,
                                            &casefile);

        if (status == STATUS_OK)
                tell(inquiry, "%zu %zu\n", casefile.fact_count, casefile.item_count);
        return status;
}

static enum status ask_all(struct inquiry *inquiry, struct arena *arena)
{
        return obligation_derive(inquiry->ruleset, inquiry->casefile, inquiry->as_of, arena, hear_obligation, inquiry);
}

static enum status ask_open(struct inquiry *inquiry, struct arena *arena)
{
        return obligation_derive_open(inquiry->ruleset, inquiry->casefile, inquiry->as_of, arena, hear_obligation, inquiry);
}

static enum status ask_wake(struct inquiry *inquiry, struct arena *arena)
{
        int32_t wake = 0;
        enum status status =
                obligation_derive_wake(inquiry->ruleset, inquiry->casefile, inquiry->as_of, arena, hear_obligation, inquiry, &wake);

        tell(inquiry, "wake %d\n", wake);
        return status;
}

static enum status ask_state(struct inquiry *inquiry, struct arena *arena)
{
        for (size_t i = 0; i <= inquiry->casefile->item_count; i++) {
                const struct item *item = i == 0 ? NULL : &inquiry->casefile->items[i - 1];
                const struct value *values = casefile_state(inquiry->ruleset, inquiry->casefile, item, inquiry->as_of, arena);
                const int32_t *rows = values == NULL ? NULL
                                                     : casefile_rows(inquiry->ruleset, inquiry->casefile, item, inquiry->as_of, arena);

                if (rows == NULL)
                        return STATUS_NO_MEMORY;
                for (size_t a = 0; a < inquiry->ruleset->vocabulary.attribute_count; a++)
                        tell(inquiry, "%" PRIx64 " %d %d\n", values[a].bits, values[a].day, rows[a]);
        }
        return STATUS_OK;
}

static enum status ask_admission(struct inquiry *inquiry, struct arena *arena)
{
        for (int force = 0; force < 2; force++) {
                struct admission admission = casefile_admit(inquiry->ruleset, inquiry->records, inquiry->at,
                                                            &inquiry->records[inquiry->at], force != 0, arena);

                if (admission.code == REFUSAL_NO_MEMORY)
                        return STATUS_NO_MEMORY;
                tell(inquiry, "%d %d %zu %d\n", (int)admission.code, admission.forced, admission.flag_count, admission.due);
        }
        return STATUS_OK;
}

static void hear_survey(void *context, const struct survey_row *row)
{
        tell(context, "%u %s %s %" PRIu64 "\n", row->rule, row->item == NULL ? "" : row->item->key, absence_word(row->why.absence),
             row->obligations);
}

static enum status ask_survey(struct inquiry *inquiry, struct arena *arena)
{
        return case_survey(inquiry->ruleset, inquiry->casefile, inquiry->as_of, arena, hear_survey, inquiry);
}

static struct trace_subject subject_of(const struct inquiry *inquiry, size_t item)
{
        return (struct trace_subject){.ruleset = inquiry->ruleset,
                                      .casefile = inquiry->casefile,
                                      .item = item == 0 ? NULL : &inquiry->casefile->items[item - 1]};
}

static enum status ask_absence(struct inquiry *inquiry, struct arena *arena)
{
        uint16_t kind = inquiry->ruleset->rules[inquiry->at].per;
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i <= inquiry->casefile->item_count; i++) {
                struct trace_subject subject = subject_of(inquiry, i);
                struct absence_answer answer;

                if (kind != (subject.item == NULL ? VOCABULARY_NONE : subject.item->kind))
                        continue;
                status = rule_absence(&subject, (uint16_t)inquiry->at, inquiry->as_of, arena, &answer);
                if (status == STATUS_OK)
                        tell(inquiry, "%s %d\n", absence_word(answer.absence), answer.attribute);
        }
        return status;
}

static void hear_trace(void *context, const struct trace *trace)
{
        tell(context, "%d %d %zu %zu %d %d\n", (int)trace->start, trace->reckoning.due, trace->pause_count, trace->heritage_count,
             trace->use.from, trace->date);
        hear_obligation(context, trace->obligation);
}

static enum status ask_trace(struct inquiry *inquiry, struct arena *arena)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i <= inquiry->casefile->item_count; i++) {
                struct trace_subject subject = subject_of(inquiry, i);

                status = obligation_trace(&subject, (uint16_t)inquiry->at, inquiry->as_of, arena, hear_trace, inquiry);
        }
        return status;
}

static enum status ask_origin(struct inquiry *inquiry, struct arena *arena)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i <= inquiry->casefile->item_count; i++) {
                struct trace_subject subject = subject_of(inquiry, i);
                struct attribute_origin origin;

                status = attribute_trace(&subject, (uint16_t)inquiry->at, inquiry->as_of, arena, &origin);
                if (status == STATUS_OK)
                        tell(inquiry, "%d %d %d\n", origin.since, origin.always, origin.fact == NULL);
        }
        return status;
}

static void hear_hit(void *context, const struct report_hit *hit)
{
        tell(context, "%u %u %u %d\n", hit->cell.table, hit->cell.row, hit->cell.column, hit->day);
}

static void hear_problem(void *context, const struct report_problem *problem)
{
        tell(context, "%d %u %u %u %" PRIu64 "\n", (int)problem->fault, problem->cell.table, problem->cell.row, problem->cell.column,
             problem->found);
}

/* What is hidden of a period and of a span, looked at together. */
static enum status hide_report(struct inquiry *inquiry, const struct report *report, struct report_shown *shown, struct arena *arena)
{
        struct report_hidden *hidden = arena_array(arena, 2 * report->table_count, sizeof *hidden);
        struct report_hiding *hiding = report_hide_begin(&inquiry->ruleset->vocabulary, report, shown, 2, 3, arena);
        enum status status = hidden == NULL || hiding == NULL ? STATUS_NO_MEMORY : STATUS_OK;

        shown[0].hidden = hidden;
        shown[1].hidden = hidden + report->table_count;
        for (bool done = false; status == STATUS_OK && !done;)
                status = report_hide_next(hiding, &done);
        for (size_t i = 0; status == STATUS_OK && i < 2 * report->table_count * (REPORT_BANDS_MAX + 1); i++)
                tell(inquiry, "%" PRIx64 "\n", hidden[i / (REPORT_BANDS_MAX + 1)].rows[i % (REPORT_BANDS_MAX + 1)]);
        return status;
}

static enum status count_report(struct inquiry *inquiry, const struct report *report, struct arena *arena)
{
        struct report_sums *sums = report_sums_new(report, false, arena);
        struct report_span span = {civil_add_months(inquiry->as_of, -6) + 1, civil_add_months(inquiry->as_of, -3),
                                   report_sums_new(report, true, arena)};
        struct report_period period = {.ruleset = inquiry->ruleset,
                                       .report = report,
                                       .first = civil_add_months(inquiry->as_of, -12) + 1,
                                       .last = inquiry->as_of,
                                       .spans = &span,
                                       .span_count = 1};

        if (sums == NULL || span.sums == NULL || report_count(&period, inquiry->casefile, arena, sums, hear_hit, inquiry) != STATUS_OK)
                return STATUS_NO_MEMORY;
        report_check(report, sums, hear_problem, inquiry);
        struct report_shown shown[] = {{period.first, period.last, sums, NULL}, {span.first, span.last, span.sums, NULL}};
        return hide_report(inquiry, report, shown, arena);
}

static enum status ask_report(struct inquiry *inquiry, struct arena *arena)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < inquiry->ruleset->report_count; i++)
                status = count_report(inquiry, &inquiry->ruleset->reports[i], arena);
        return status;
}

static void hear_difference(void *context, const struct difference *one)
{
        tell(context, "%s %s %x %zu\n", one->rule, one->item == NULL ? "" : one->item, one->changes, one->stage_count);
        for (size_t i = 0; i < one->stage_count; i++)
                tell(context, "%s: %s > %s\n", one->stages[i].at, one->stages[i].before, one->stages[i].after);
}

/* With neither, with words, with mailboxes that moved, with both. */
static enum status ask_difference(struct inquiry *inquiry, struct arena *arena)
{
        bool words = (inquiry->at & 1) != 0;
        static const struct readdressed moved[] = {{.agency = true, .name = "a"}, {.agency = false, .name = "chair"}};
        struct difference_question question = {.before = {.ruleset = inquiry->ruleset, .casefile = inquiry->casefile},
                                               .after = {.ruleset = inquiry->other, .casefile = inquiry->other_casefile},
                                               .as_of = inquiry->as_of,
                                               .words = words,
                                               .readdressed = {moved, inquiry->at & 2}};
        struct difference_sink sink = {words ? hear_difference : NULL, inquiry};
        struct difference_tally tally;
        enum status status = difference_tally_init(&tally, inquiry->ruleset, inquiry->other, arena);

        if (status == STATUS_OK)
                status = difference_derive(&question.before, inquiry->as_of, inquiry->work, arena);
        if (status == STATUS_OK)
                status = difference_derive(&question.after, inquiry->as_of, inquiry->work, arena);
        if (status == STATUS_OK)
                status = difference_count(&tally, &question, arena, &sink);
        for (size_t i = 0; status == STATUS_OK && i < CHANGE_COUNT; i++)
                tell(inquiry, "%s %" PRIu64 "\n", change_word((enum change)i), tally.counts.changes[i]);
        return status;
}

/* The other way round. */
static enum status ask_undone(struct inquiry *inquiry, struct arena *arena)
{
        struct inquiry undone = *inquiry;
        enum status status;

        undone.ruleset = inquiry->other;
        undone.casefile = inquiry->other_casefile;
        undone.other = inquiry->ruleset;
        undone.other_casefile = inquiry->casefile;
        status = ask_difference(&undone, arena);
        inquiry->used = undone.used;
        return status;
}

static enum status ask_amendments(struct inquiry *inquiry, struct arena *arena)
{
        struct amendments amendments;
        enum status status = amendments_find(inquiry->ruleset, inquiry->other, arena, &amendments);

        for (size_t i = 0; status == STATUS_OK && i < amendments.count; i++)
                tell(inquiry, "%s %s\n", amendment_word(amendments.list[i].kind), amendments.list[i].name);
        for (size_t r = 0; status == STATUS_OK && r < inquiry->ruleset->rule_count; r++) {
                const char *reason =
                        amendments_reason(&amendments, inquiry->ruleset->rules[r].id, inquiry->as_of - 365, inquiry->as_of, arena);

                if (reason == NULL)
                        return STATUS_NO_MEMORY;
                tell(inquiry, "%s\n", reason);
        }
        return status;
}

static void hear_appointment(void *context, const struct forecast_entry *one)
{
        tell(context, "%d %u %s %d %d %d %d\n", (int)one->kind, one->rule, one->item == NULL ? "" : one->item, one->started, one->due,
             one->held, one->moved);
}

/* The weeks that follow, a fortnight of them without meetings. */
static enum status ask_forecast(struct inquiry *inquiry, struct arena *arena)
{
        struct forecast_gap gap = {civil_add_days(inquiry->as_of, 21), civil_add_days(inquiry->as_of, 34)};
        struct forecast_question question = {inquiry->ruleset, INSTANT_LATEST, inquiry->as_of, civil_add_days(inquiry->as_of, 181),
                                             &gap, 1};
        struct forecast_history history = {inquiry->records, inquiry->count, NULL, 0};
        struct forecast_outlet outlet = {inquiry->work, arena, hear_appointment, inquiry};
        bool cut = true;
        enum status status = forecast_case(&question, &history, &outlet, &cut);

        tell(inquiry, "%d\n", cut);
        return status;
}

/* The rules are as loaded; only where their plan is kept is another place. */
static enum status ask_plan(struct inquiry *inquiry, struct arena *arena)
{
        struct ruleset ruleset = *inquiry->ruleset;

        ruleset.arena = *arena;
        const enum status status = ruleset_prepare(&ruleset);
        *arena = ruleset.arena;
        return status;
}

/* ---- asking with too little memory ---- */

typedef enum status (*question_fn)(struct inquiry *inquiry, struct arena *arena);

/* Whether a question is answered if one allocation fails, and all after it; what it told is kept. */
static bool ask(struct inquiry *inquiry, question_fn question, int allocations)
{
        struct arena arena;
        enum status status;

        arena_init(&arena, malloc, free);
        inquiry->used = 0;
        inquiry->told[0] = '\0';
        allocations_left = allocations;
        status = question(inquiry, &arena);
        allocations_left = -1;
        arena_fini(&arena);
        assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        return status == STATUS_OK;
}

static void ask_with_enough(struct inquiry *inquiry, question_fn question)
{
        assert_true(ask(inquiry, question, -1));
}

/* At each allocation from the first to the last: never half an answer. */
static void ask_with_too_little(struct inquiry *inquiry, question_fn question)
{
        static char full[TOLD_MAX];

        ask_with_enough(inquiry, question);
        memcpy(full, inquiry->told, inquiry->used + 1);
        for (int allocations = 0; !ask(inquiry, question, allocations);)
                allocations++;
        assert_string_equal(inquiry->told, full);
}

/* ---- the law and its cases ---- */

static struct ruleset *load(bool edited)
{
        static const char *const names[] = {"10-law.cfg", "20-rules.cfg", "30-report.cfg"};
        static char texts[3][32768];
        struct rulefile_text files[3];
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        size_t found = 0;

        for (size_t i = 0; i < 3; i++) {
                char path[128];
                FILE *stream;

                (void)snprintf(path, sizeof path, FOLDER "/%s", names[i]);
                stream = fopen(path, "r");
                assert_non_null(stream);
                texts[i][fread(texts[i], 1, sizeof texts[i] - 256, stream)] = '\0';
                (void)fclose(stream);
                for (size_t e = 0; edited && e < sizeof edits / sizeof edits[0]; e++) {
                        char *at = strstr(texts[i], edits[e][0]);
                        size_t old = strlen(edits[e][0]), new = strlen(edits[e][1]);

                        found += at != NULL;
                        if (at == NULL)
                                continue;
                        memmove(at + new, at + old, strlen(at + old) + 1);
                        memcpy(at, edits[e][1], new);
                }
                files[i] = (struct rulefile_text){names[i], texts[i], strlen(texts[i])};
        }
        assert_int_equal(found, edited ? sizeof edits / sizeof edits[0] : 0);
        diagnostics_init(&diagnostics);
        if (rulefile_load_text(files, 3, &diagnostics, &ruleset) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        diagnostics_fini(&diagnostics);
        assert_non_null(ruleset);
        return ruleset;
}

static uint64_t number_of(const struct suite_test *test, const char *id)
{
        for (size_t i = 0; id != NULL && i < test->history_count; i++)
                if (test->history[i].id != NULL && strcmp(test->history[i].id, id) == 0)
                        return i + 1;
        return 0;
}

static size_t make_records(const struct suite_test *test, struct record *records)
{
        assert_true(test->history_count <= RECORDS_MAX);
        for (size_t i = 0; i < test->history_count; i++) {
                records[i] = test->history[i].record;
                records[i].fact.seq = i + 1;
                records[i].refers = number_of(test, test->history[i].target_id);
                records[i].recorded_at = INSTANT_ALWAYS;
        }
        return test->history_count;
}

static struct ruleset *law, *edited_law;
static struct suite *suite;

static int load_once(void **state)
{
        const char *path = FOLDER "/duties.test";
        struct diagnostics diagnostics;

        (void)state;
        law = load(false);
        edited_law = load(true);
        diagnostics_init(&diagnostics);
        if (suite_load(&path, 1, law, &diagnostics, &suite) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        diagnostics_fini(&diagnostics);
        return suite == NULL ? -1 : 0;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(law);
        ruleset_free(edited_law);
        suite_free(suite);
        return 0;
}

/* How often a question is asked: of each of what. */
enum scope { ONCE, OF_RULES, OF_ATTRIBUTES, OF_RECORDS, WAYS };

static const struct { question_fn question; enum scope scope; } questions[] = {
        {ask_standing, ONCE},       {ask_all, ONCE},         {ask_open, ONCE},         {ask_wake, ONCE},
        {ask_state, ONCE},          {ask_survey, ONCE},      {ask_report, ONCE},       {ask_forecast, ONCE},
        {ask_admission, OF_RECORDS},
        {ask_absence, OF_RULES},    {ask_trace, OF_RULES},   {ask_origin, OF_ATTRIBUTES}, {ask_difference, WAYS},
        {ask_undone, WAYS},
};

static size_t times(const struct inquiry *inquiry, enum scope scope)
{
        const size_t counts[] = {[ONCE] = 1,
                                 [OF_RULES] = inquiry->ruleset->rule_count,
                                 [OF_ATTRIBUTES] = inquiry->ruleset->vocabulary.attribute_count,
                                 [OF_RECORDS] = inquiry->count,
                                 [WAYS] = 4};

        return counts[scope];
}

/* Of the rules those that the test is about; all where it is about no one. */
static bool is_asked(const struct suite_test *test, enum scope scope, size_t at)
{
        bool named = scope != OF_RULES || test->rule_count == 0;

        for (size_t i = 0; i < test->rule_count; i++)
                named = named || test->rules[i] == at;
        return named;
}

static void ask_everything(const struct suite_test *test, int32_t as_of, void (*asked)(struct inquiry *inquiry, question_fn question))
{
        static char told[TOLD_MAX];
        struct record records[RECORDS_MAX];
        struct casefile casefile, other;
        struct arena arena, work;
        struct inquiry inquiry = {.ruleset = law,
                                  .other = edited_law,
                                  .records = records,
                                  .count = make_records(test, records),
                                  .casefile = &casefile,
                                  .other_casefile = &other,
                                  .as_of = as_of,
                                  .work = &work,
                                  .told = told};

        arena_init(&arena, malloc, free);
        arena_init(&work, malloc, free);
        assert_int_equal(casefile_stand(law, records, inquiry.count, INSTANT_LATEST, CIVIL_MAX, &arena, &casefile), STATUS_OK);
        assert_int_equal(casefile_stand(edited_law, records, inquiry.count, INSTANT_LATEST, CIVIL_MAX, &arena, &other), STATUS_OK);
        for (size_t q = 0; q < sizeof questions / sizeof questions[0]; q++)
                for (inquiry.at = 0; inquiry.at < times(&inquiry, questions[q].scope); inquiry.at++)
                        if (is_asked(test, questions[q].scope, inquiry.at))
                                asked(&inquiry, questions[q].question);
        arena_fini(&arena);
        arena_fini(&work);
}

/* Of the law alone, whatever the case. */
static void too_little_memory_to_compare_laws_is_said(void **state)
{
        static char told[TOLD_MAX];
        struct inquiry inquiry = {.ruleset = law, .other = edited_law, .as_of = civil_from_date((struct civil){2023, 4, 20}), .told = told};

        (void)state;
        ask_with_too_little(&inquiry, ask_amendments);
        ask_with_too_little(&inquiry, ask_plan);
        inquiry.as_of = civil_from_date((struct civil){2021, 4, 20}); /* before any of the holidays */
        ask_with_too_little(&inquiry, ask_amendments);
        inquiry.ruleset = edited_law;
        inquiry.other = law;
        ask_with_too_little(&inquiry, ask_amendments);
}

static void too_little_memory_is_said_and_enough_answers_as_ever(void **state)
{
        (void)state;
        for (size_t i = 0; i < suite->test_count; i++) {
                const struct suite_test *test = &suite->tests[i];

                ask_everything(test, test->days[test->day_count - 1].on, ask_with_too_little);
        }
}

/* Before there is a case, on the eve of its events, on the days that the test asks about, and long after. */
static void every_question_has_an_answer_on_every_day(void **state)
{
        (void)state;
        for (size_t i = 0; i < suite->test_count; i++) {
                const struct suite_test *test = &suite->tests[i];

                for (size_t d = 0; d < test->day_count; d++)
                        ask_everything(test, test->days[d].on, ask_with_enough);
                for (size_t e = 0; e < test->history_count; e++) {
                        ask_everything(test, civil_add_days(test->history[e].record.fact.on, -1), ask_with_enough);
                        ask_everything(test, civil_add_days(test->history[e].record.fact.on, 4000), ask_with_enough);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(too_little_memory_to_compare_laws_is_said),
                cmocka_unit_test(every_question_has_an_answer_on_every_day),
                cmocka_unit_test(too_little_memory_is_said_and_enough_answers_as_ever),
        };

        return cmocka_run_group_tests(tests, load_once, unload);
}
