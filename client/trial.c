/*
 * trial - runs one test of rules (trial.h).
 *
 * The history goes through the same admission as a file of events. Expected and
 * actual obligations are paired by case, rule and item: first those that agree in
 * everything, then the rest in their order, so that a difference is shown between
 * two obligations that are meant to be one.
 */
#include "trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"

#define TEXT_SIZE 512

void trial_init(struct trial *trial, const struct ruleset *ruleset, struct coverage *coverage)
{
        *trial = (struct trial){.base = ruleset, .coverage = coverage};
        arena_init(&trial->arena, heap_grow, free);
        arena_init(&trial->scratch, heap_grow, free);
}

void trial_fini(struct trial *trial)
{
        suite_variant_free(trial->variant);
        arena_fini(&trial->arena);
        arena_fini(&trial->scratch);
        free(trial->owed);
}

/* ---- differences ---- */

__attribute__((format(printf, 2, 3))) static const char *keep(struct trial *trial, const char *format, ...)
{
        char text[TEXT_SIZE];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        const char *copy = arena_copy(&trial->arena, text, strlen(text));
        if (copy == NULL)
                trial->status = STATUS_NO_MEMORY;
        return copy;
}

static struct difference *differ(struct trial *trial, enum difference_kind kind, int line)
{
        struct difference *difference = arena_alloc(&trial->arena, sizeof(*difference));
        if (difference == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return NULL;
        }
        *difference = (struct difference){.kind = kind, .line = line, .on = CIVIL_NONE};
        *trial->tail = difference;
        trial->tail = &difference->next;
        return difference;
}

/* A difference about an obligation. */
static struct difference *differ_about(struct trial *trial, enum difference_kind kind, int line, const char *case_ref,
                                       uint16_t rule)
{
        struct difference *difference = differ(trial, kind, line);
        if (difference == NULL)
                return NULL;
        difference->on = trial->day->on;
        difference->case_ref = case_ref;
        difference->rule = trial->ruleset->rules[rule].id;
        return difference;
}

/* ---- one pair ---- */

static const char *item_key(const struct obligation *obligation)
{
        return obligation->item != NULL ? obligation->item->key : NULL;
}

static bool same_text(const char *a, const char *b)
{
        return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool field_agrees(const struct trial *trial, const struct suite_expectation *expected,
                         const struct obligation *obligation, enum suite_field field)
{
        if ((expected->named & UINT32_C(1) << field) == 0)
                return true;
        if (field == SUITE_TITLE)
                return strcmp(expected->title, obligation->version->title) == 0;
        return expected->values[field] == suite_field_value(obligation, field, trial->day->on);
}

static void compare_fields(struct trial *trial, const struct suite_expectation *expected, const struct owed *owed)
{
        const struct obligation *obligation = &owed->obligation;
        char wanted[SUITE_VALUE_SIZE], found[SUITE_VALUE_SIZE];
        for (int i = 0; i < SUITE_FIELD_COUNT; i++) {
                enum suite_field field = (enum suite_field)i;
                trial->assertions += (expected->named >> field) & 1;
                if (field_agrees(trial, expected, obligation, field))
                        continue;
                struct difference *difference =
                        differ_about(trial, DIFFERENCE_FIELD, expected->line, owed->case_ref, obligation->rule);
                if (difference == NULL)
                        return;
                suite_value_format(trial->ruleset, field, expected->values[field], wanted);
                suite_value_format(trial->ruleset, field, suite_field_value(obligation, field, trial->day->on), found);
                difference->item = item_key(obligation);
                difference->field = suite_field_name(field);
                difference->expected = field == SUITE_TITLE ? expected->title : keep(trial, "%s", wanted);
                difference->actual = field == SUITE_TITLE ? obligation->version->title : keep(trial, "%s", found);
        }
}

/* ---- stages ---- */

/* The stages of one obligation, against those expected of it. */
struct ladder_trial {
        struct trial *trial;
        const struct suite_expectation *expected;
        const struct owed *owed;
        bool *seen;                     /* by expected stage */
};

static bool same_recipients(const struct suite_stage *expected, const struct stage *stage)
{
        if (expected->to_count != stage->to_count)
                return false;
        for (size_t i = 0; i < stage->to_count; i++)
                if (strcmp(expected->to[i], stage->to[i]) != 0)
                        return false;
        return true;
}

static const char *stage_text(struct trial *trial, int32_t day, bool reached, const char *more)
{
        char date[CIVIL_TEXT_SIZE] = "some day";
        if (day != CIVIL_NONE)
                civil_format(day, date);
        return keep(trial, "%s on %s%s", reached ? "reached" : "not reached", date, more);
}

static void stage_differs(struct ladder_trial *ladder, int line, const struct ladder_stage *actual, const char *expected,
                          const char *found)
{
        struct trial *trial = ladder->trial;
        const struct obligation *obligation = &ladder->owed->obligation;
        struct difference *difference =
                differ_about(trial, DIFFERENCE_FIELD, line, ladder->owed->case_ref, obligation->rule);
        if (difference == NULL)
                return;
        difference->item = item_key(obligation);
        difference->expected = expected;
        difference->actual = found;
        if (actual->repeat > 0)
                difference->field = keep(trial, "stage \"%s\", repeat %d", actual->stage->at, (int)actual->repeat);
        else
                difference->field = keep(trial, "stage \"%s\"", actual->stage->at);
}

static void compare_stage(struct ladder_trial *ladder, const struct suite_stage *expected, const struct ladder_stage *actual)
{
        struct trial *trial = ladder->trial;
        const struct obligation *obligation = &ladder->owed->obligation;
        int32_t day = expected->day != CIVIL_NONE ? expected->day : actual->day;
        trial->assertions += 1U + (expected->day != CIVIL_NONE) + expected->quiet_named + expected->to_named;
        if (day != actual->day || expected->reached != actual->reached)
                stage_differs(ladder, expected->line, actual, stage_text(trial, expected->day, expected->reached, ""),
                              stage_text(trial, actual->day, actual->reached, ""));
        else if (expected->reached && expected->day != CIVIL_NONE && trial->coverage != NULL)
                coverage_stage(trial->coverage, obligation,
                               (size_t)(obligation->version - trial->ruleset->rules[obligation->rule].versions),
                               actual->stage);
        if (expected->quiet_named && expected->quiet != actual->quiet)
                stage_differs(ladder, expected->line, actual, expected->quiet ? "quiet" : "not quiet",
                              actual->quiet ? "quiet" : "not quiet");
        if (expected->to_named && !same_recipients(expected, actual->stage))
                stage_differs(ladder, expected->line, actual, "to as listed", "to others, see the rule");
}

static void see_stage(void *context, const struct obligation *obligation, const struct ladder_stage *actual)
{
        struct ladder_trial *ladder = context;
        (void)obligation;
        for (size_t i = 0; i < ladder->expected->stage_count; i++) {
                const struct suite_stage *expected = &ladder->expected->stages[i];
                if (ladder->seen[i] || expected->repeat != actual->repeat || strcmp(expected->at, actual->stage->at) != 0)
                        continue;
                ladder->seen[i] = true;
                compare_stage(ladder, expected, actual);
                return;
        }
        ladder->trial->assertions++;
        if (actual->reached)
                stage_differs(ladder, ladder->expected->line, actual, NULL, stage_text(ladder->trial, actual->day, true, ""));
}

static void compare_stages(struct trial *trial, const struct suite_expectation *expected, const struct owed *owed)
{
        if (!expected->stages_named)
                return;
        struct ladder_trial ladder = {.trial = trial, .expected = expected, .owed = owed};
        ladder.seen = arena_array(&trial->scratch, expected->stage_count, sizeof(*ladder.seen));
        if (ladder.seen == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return;
        }
        ladder_stages(trial->ruleset, &owed->obligation, trial->day->on, see_stage, &ladder);
        for (size_t i = 0; i < expected->stage_count; i++) {
                const struct suite_stage *stage = &expected->stages[i];
                struct stage named = {.at = stage->at};
                struct ladder_stage none = {.stage = &named, .repeat = stage->repeat};
                if (!ladder.seen[i])
                        stage_differs(&ladder, stage->line, &none, stage_text(trial, stage->day, stage->reached, ""), NULL);
        }
}

/* ---- pairing ---- */

static bool same_identity(const struct suite_expectation *expected, const struct owed *owed)
{
        const struct obligation *obligation = &owed->obligation;
        if (owed->claimed || expected->rule != obligation->rule || strcmp(expected->case_ref, owed->case_ref) != 0)
                return false;
        return !expected->item_named || same_text(expected->item, item_key(obligation));
}

static bool agrees(const struct trial *trial, const struct suite_expectation *expected, const struct owed *owed)
{
        if (!same_identity(expected, owed))
                return false;
        for (int i = 0; i < SUITE_FIELD_COUNT; i++)
                if (!field_agrees(trial, expected, &owed->obligation, (enum suite_field)i))
                        return false;
        return true;
}

/* How well an obligation answers to an expectation; 0: not at all. */
static int likeness(const struct trial *trial, const struct suite_expectation *expected, const struct owed *owed)
{
        if (!same_identity(expected, owed))
                return 0;
        int like = 1;
        for (int i = 0; i < SUITE_FIELD_COUNT; i++)
                like += (expected->named >> i & 1) != 0 && field_agrees(trial, expected, &owed->obligation, (enum suite_field)i);
        return like;
}

static void note_coverage(struct trial *trial, const struct suite_expectation *expected, const struct obligation *obligation);

static void pair_up(struct trial *trial, const struct suite_expectation *expected, struct owed *owed)
{
        owed->claimed = true;
        trial->assertions++;
        compare_fields(trial, expected, owed);
        compare_stages(trial, expected, owed);
        if (trial->coverage != NULL)
                note_coverage(trial, expected, &owed->obligation);
}

static const char *sketch(struct trial *trial, const struct obligation *obligation)
{
        char text[TEXT_SIZE] = "", value[SUITE_VALUE_SIZE];
        static const enum suite_field shown[] = {SUITE_STATE, SUITE_STARTED, SUITE_DUE, SUITE_MET_ON, SUITE_ENDED_ON,
                                                 SUITE_MISSING};
        size_t used = 0;
        for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
                int32_t number = suite_field_value(obligation, shown[i], trial->day->on);
                if (number == SUITE_NONE)
                        continue;
                suite_value_format(trial->ruleset, shown[i], number, value);
                used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s = \"%s\";", used > 0 ? " " : "",
                                         suite_field_name(shown[i]), value);
        }
        return keep(trial, "%s", text);
}

static const char *sketch_expected(struct trial *trial, const struct suite_expectation *expected)
{
        char text[TEXT_SIZE] = "", value[SUITE_VALUE_SIZE];
        size_t used = 0;
        for (int i = SUITE_STATE; i < SUITE_FIELD_COUNT && used < sizeof(text) - 2 * SUITE_VALUE_SIZE; i++) {
                if ((expected->named >> i & 1) == 0)
                        continue;
                suite_value_format(trial->ruleset, (enum suite_field)i, expected->values[i], value);
                used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s = \"%s\";", used > 0 ? " " : "",
                                         suite_field_name((enum suite_field)i), value);
        }
        return keep(trial, "%s", text);
}

static void pair_rest(struct trial *trial, const struct suite_expectation *expected)
{
        struct owed *best = NULL;
        int most = 0;
        for (size_t i = 0; i < trial->owed_count; i++) {
                int like = likeness(trial, expected, &trial->owed[i]);
                if (like > most) {
                        best = &trial->owed[i];
                        most = like;
                }
        }
        if (best != NULL) {
                pair_up(trial, expected, best);
                return;
        }
        trial->assertions++;
        struct difference *difference =
                differ_about(trial, DIFFERENCE_MISSING, expected->line, expected->case_ref, expected->rule);
        if (difference == NULL)
                return;
        difference->item = expected->item;
        difference->expected = sketch_expected(trial, expected);
}

static void compare_day(struct trial *trial)
{
        const struct suite_day *day = trial->day;
        bool *paired = arena_array(&trial->scratch, day->expectation_count, sizeof(*paired));
        if (paired == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return;
        }
        for (size_t i = 0; i < day->expectation_count; i++)
                for (size_t j = 0; j < trial->owed_count && !paired[i]; j++)
                        if (agrees(trial, &day->expectations[i], &trial->owed[j])) {
                                paired[i] = true;
                                pair_up(trial, &day->expectations[i], &trial->owed[j]);
                        }
        for (size_t i = 0; i < day->expectation_count; i++)
                if (!paired[i])
                        pair_rest(trial, &day->expectations[i]);
        trial->assertions++;            /* nothing else is owed */
        for (size_t i = 0; i < trial->owed_count; i++) {
                const struct owed *owed = &trial->owed[i];
                if (owed->claimed)
                        continue;
                struct difference *difference =
                        differ_about(trial, DIFFERENCE_UNEXPECTED, day->line, owed->case_ref, owed->obligation.rule);
                if (difference == NULL)
                        return;
                difference->item = item_key(&owed->obligation);
                difference->actual = sketch(trial, &owed->obligation);
        }
}

/* ---- days ---- */

/* The row of a period table that an obligation's period was read from, or -1. */
static int32_t period_row(struct trial *trial, const struct obligation *obligation)
{
        const struct rule_version *version = obligation->version;
        if (!version->period_is_table)
                return -1;
        const struct value *values =
                casefile_state(trial->ruleset, trial->casefile, obligation->item, obligation->started, &trial->scratch);
        if (values == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return -1;
        }
        for (size_t i = 0; i < version->period_count; i++) {
                const struct period_row *row = &version->periods[i];
                if (obligation->started >= row->in_force_from && obligation->started <= row->in_force_until &&
                    condition_holds(row->when, values) && !condition_excludes(row->unless, values))
                        return (int32_t)i;
        }
        return -1;
}

static void note_coverage(struct trial *trial, const struct suite_expectation *expected, const struct obligation *obligation)
{
        size_t version = (size_t)(obligation->version - trial->ruleset->rules[obligation->rule].versions);
        bool state = (expected->named >> SUITE_STATE & 1) != 0 && field_agrees(trial, expected, obligation, SUITE_STATE);
        int32_t row = obligation->due != CIVIL_NONE ? period_row(trial, obligation) : -1;
        coverage_obligation(trial->coverage, obligation, version, state, row);
}

/* Rows of decision tables that decide on the day, for the case and each of its items. */
static void note_rows(struct trial *trial)
{
        size_t attributes = trial->ruleset->vocabulary.attribute_count;
        for (size_t i = 0; i <= trial->casefile->item_count; i++) {
                const struct item *item = i > 0 ? &trial->casefile->items[i - 1] : NULL;
                if (item != NULL && item->begins > trial->day->on)
                        continue;
                const int32_t *rows = casefile_rows(trial->ruleset, trial->casefile, item, trial->day->on, &trial->scratch);
                if (rows == NULL) {
                        trial->status = STATUS_NO_MEMORY;
                        return;
                }
                for (size_t a = 0; a < attributes; a++)
                        coverage_row(trial->coverage, a, rows[a]);
        }
}

static bool compared(const struct suite_test *test, uint16_t rule)
{
        for (size_t i = 0; i < test->rule_count; i++)
                if (test->rules[i] == rule)
                        return true;
        return test->rule_count == 0;
}

static void take_obligation(void *context, const struct obligation *obligation)
{
        struct trial *trial = context;
        if (!compared(trial->test, obligation->rule) ||
            (trial->day->open_only && obligation_state_closed(obligation->state)))
                return;
        if (trial->owed_count == trial->owed_capacity) {
                size_t larger = trial->owed_capacity * 2 + 16;
                struct owed *moved = reallocarray(trial->owed, larger, sizeof(*moved));
                if (moved == NULL) {
                        trial->status = STATUS_NO_MEMORY;
                        return;
                }
                trial->owed = moved;
                trial->owed_capacity = larger;
        }
        trial->owed[trial->owed_count++] = (struct owed){*obligation, trial->case_ref, false};
}

/* A day alone means all that was recorded on it, UTC. */
static bool read_instant(const char *text, bool end_of_day, int64_t *ret_ms)
{
        int32_t day;
        if (wire_instant_parse(text, strlen(text), ret_ms))
                return true;
        if (!civil_parse(text, strlen(text), &day))
                return false;
        *ret_ms = ((int64_t)day + end_of_day) * INT64_C(86400000) - end_of_day;
        return true;
}

static void derive_case(struct trial *trial, const struct roll_case *one, int64_t known_at)
{
        struct casefile *casefile = arena_alloc(&trial->scratch, sizeof(*casefile));
        enum status status = STATUS_NO_MEMORY;
        trial->case_ref = one->ref;
        if (casefile != NULL)
                status = casefile_stand(trial->ruleset, one->records, one->count, known_at, trial->day->on,
                                        &trial->scratch, casefile);
        trial->casefile = casefile;
        if (status == STATUS_OK)
                status = obligation_derive(trial->ruleset, casefile, trial->day->on, &trial->scratch, take_obligation, trial);
        if (status != STATUS_OK)
                trial->status = status;
        else if (trial->coverage != NULL)
                note_rows(trial);
}

static void run_day(struct trial *trial, struct roll *roll, const struct suite_day *day)
{
        int64_t known_at = INSTANT_LATEST;
        size_t count;
        struct roll_case *const *cases = roll_cases(roll, &count);
        trial->day = day;
        trial->owed_count = 0;
        arena_reset(&trial->scratch);
        if (day->known_at != NULL)
                ENSURE(read_instant(day->known_at, true, &known_at));
        for (size_t i = 0; i < count && trial->status == STATUS_OK; i++)
                derive_case(trial, cases[i], known_at);
        if (trial->status == STATUS_OK)
                compare_day(trial);
}

void trial_check_instants(const struct suite *suite, struct diagnostics *diagnostics)
{
        static const char *const phrase = "\"%s\" is no instant such as 2026-03-30T07:30:00Z, and no day that exists";
        int64_t ms;
        for (size_t i = 0; i < suite->test_count; i++) {
                const struct suite_test *test = &suite->tests[i];
                for (size_t j = 0; j < test->history_count; j++) {
                        const char *text = test->history[j].recorded_at;
                        if (text != NULL && !read_instant(text, false, &ms))
                                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, test->file, test->history[j].line, phrase, text);
                }
                for (size_t j = 0; j < test->day_count; j++) {
                        const char *text = test->days[j].known_at;
                        if (text != NULL && !read_instant(text, true, &ms))
                                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, test->file, test->days[j].line, phrase, text);
                }
        }
}

/* ---- the history ---- */

static const struct suite_refusal *find_refusal(const struct suite_refusal *list, size_t count, size_t entry,
                                                const struct constraint *constraint)
{
        for (size_t i = 0; i < count; i++)
                if (list[i].entry == entry && (constraint == NULL || list[i].constraint == constraint))
                        return &list[i];
        return NULL;
}

static void entry_differs(struct trial *trial, int line, const char *field, const char *expected, const char *actual)
{
        struct difference *difference = differ(trial, DIFFERENCE_ENTRY, line);
        if (difference == NULL)
                return;
        difference->field = field;
        difference->expected = expected;
        difference->actual = actual;
}

static void judge_refusal(struct trial *trial, size_t entry, const struct wire_problem *problem,
                          const struct admission *admission)
{
        const struct suite_test *test = trial->test;
        const struct suite_refusal *expected = find_refusal(test->refused, test->refused_count, entry, NULL);
        const struct constraint *constraint =
                strcmp(problem->code, "constraint") == 0 ? admission->constraint : NULL;
        const char *message = keep(trial, "refused (%s): %s", problem->code, problem->message);
        trial->assertions++;
        if (expected == NULL) {
                entry_differs(trial, test->history[entry].line, NULL, "recorded", message);
                return;
        }
        if (expected->code != NULL && strcmp(expected->code, problem->code) != 0)
                entry_differs(trial, expected->line, NULL, keep(trial, "refused (%s)", expected->code), message);
        else if (expected->constraint != NULL && expected->constraint != constraint)
                entry_differs(trial, expected->line, NULL, keep(trial, "refused by %s", expected->constraint->id), message);
        else if (expected->says != NULL && strstr(problem->message, expected->says) == NULL)
                entry_differs(trial, expected->line, NULL, keep(trial, "refused, saying \"%s\"", expected->says), message);
}

static void judge_admission(struct trial *trial, size_t entry, const struct admission *admission)
{
        const struct suite_test *test = trial->test;
        const struct suite_refusal *refused = find_refusal(test->refused, test->refused_count, entry, NULL);
        trial->assertions++;
        if (refused != NULL)
                entry_differs(trial, refused->line, NULL, "refused", "recorded");
        for (size_t i = 0; i < admission->flag_count; i++) {
                const struct constraint *constraint = admission->flags[i];
                const struct suite_refusal *flag = find_refusal(test->flagged, test->flagged_count, entry, constraint);
                trial->assertions++;
                if (flag == NULL)
                        entry_differs(trial, test->history[entry].line, NULL, "recorded without a warning",
                                      keep(trial, "warned of (%s): %s", constraint->id, constraint->says));
                else if (flag->says != NULL && strstr(constraint->says, flag->says) == NULL)
                        entry_differs(trial, flag->line, NULL, keep(trial, "warned of, saying \"%s\"", flag->says),
                                      keep(trial, "warned of (%s): %s", constraint->id, constraint->says));
        }
        for (size_t i = 0; i < test->flagged_count; i++) {
                bool there = test->flagged[i].entry != entry;
                for (size_t j = 0; j < admission->flag_count; j++)
                        there |= admission->flags[j] == test->flagged[i].constraint;
                if (!there)
                        entry_differs(trial, test->flagged[i].line, NULL,
                                      keep(trial, "warned of (%s)", test->flagged[i].constraint->id),
                                      "recorded without that warning");
        }
}

static void admit_entry(struct trial *trial, struct roll *roll, size_t entry)
{
        const struct suite_fact *fact = &trial->test->history[entry];
        struct wire_line line = {.is_retraction = fact->is_retraction, .case_ref = fact->case_ref, .record = fact->record,
                                 .id = fact->id, .force = fact->force, .target_id = fact->target_id, .why = fact->why};
        struct wire_problem problem;
        struct admission admission;
        enum roll_answer answer;
        line.record.fact.seq = entry + 1;
        line.record.recorded_at = INSTANT_ALWAYS;
        if (fact->recorded_at != NULL)
                ENSURE(read_instant(fact->recorded_at, false, &line.record.recorded_at));
        trial->status = roll_add_line(roll, &line, &answer, &problem, &admission);
        if (trial->status != STATUS_OK)
                return;
        if (answer == ROLL_REFUSED)
                judge_refusal(trial, entry, &problem, &admission);
        else
                judge_admission(trial, entry, &admission);
}

/* ---- one test ---- */

/* The rule set with the rules that the test enables; that of the test before, if they are the same. */
static enum status choose_ruleset(struct trial *trial, const struct suite_test *test)
{
        bool same = trial->variant != NULL && trial->enabled_count == test->enable_count &&
                    memcmp(trial->enabled, test->enable, test->enable_count * sizeof(*test->enable)) == 0;
        trial->ruleset = trial->base;
        if (test->enable_count == 0)
                return STATUS_OK;
        if (!same) {
                suite_variant_free(trial->variant);
                trial->variant = NULL;
                enum status status = suite_variant(trial->base, test->enable, test->enable_count, &trial->variant);
                if (status != STATUS_OK)
                        return status;
                trial->enabled = test->enable;
                trial->enabled_count = test->enable_count;
        }
        trial->ruleset = trial->variant;
        return STATUS_OK;
}

enum status trial_run(struct trial *trial, const struct suite_test *test)
{
        arena_reset(&trial->arena);
        trial->differences = NULL;
        trial->tail = &trial->differences;
        trial->test = test;
        trial->status = choose_ruleset(trial, test);
        if (trial->status != STATUS_OK)
                return trial->status;
        struct roll *roll = roll_new(trial->ruleset);
        if (roll == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < test->history_count && trial->status == STATUS_OK; i++)
                admit_entry(trial, roll, i);
        for (size_t i = 0; i < test->day_count && trial->status == STATUS_OK; i++)
                run_day(trial, roll, &test->days[i]);
        roll_free(roll);
        return trial->status;
}
