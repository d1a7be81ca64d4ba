/*
 * trial_compare - what is owed on a day against what a test expects.
 *
 * Expected and actual obligations are paired by case, rule and item: first those
 * that agree in everything, then the rest by how much they agree in, so that a
 * difference is shown between two that are meant to be one.
 */
#include <stdio.h>
#include <string.h>

#include "trial_parts.h"

#define TEXT_SIZE 512

/* A difference about an obligation. */
static struct difference *differ_about(struct trial *trial, enum difference_kind kind, int line, const char *case_ref,
                                       uint16_t rule)
{
        struct difference *difference = trial_differ(trial, kind, line);
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

bool trial_field_agrees(const struct trial *trial, const struct suite_expectation *expected,
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
                if (trial_field_agrees(trial, expected, obligation, field))
                        continue;
                struct difference *difference =
                        differ_about(trial, DIFFERENCE_FIELD, expected->line, owed->case_ref, obligation->rule);
                if (difference == NULL)
                        return;
                suite_value_format(trial->ruleset, field, expected->values[field], wanted);
                suite_value_format(trial->ruleset, field, suite_field_value(obligation, field, trial->day->on), found);
                difference->item = item_key(obligation);
                difference->field = suite_field_name(field);
                difference->expected = field == SUITE_TITLE ? expected->title : trial_keep(trial, "%s", wanted);
                difference->actual = field == SUITE_TITLE ? obligation->version->title : trial_keep(trial, "%s", found);
        }
}

/* ---- stages ---- */

/* The stages of one obligation, against those expected of it. */
struct ladder_trial {
        struct trial *trial;
        const struct suite_expectation *expected;
        const struct owed *owed;
        bool *seen; /* by expected stage */
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
        return trial_keep(trial, "%s on %s%s", reached ? "reached" : "not reached", date, more);
}

/* "to unit, $lead-agency"; NULL, which is noted, without memory. */
static const char *recipients_text(struct trial *trial, const char *const *to, size_t count)
{
        size_t size = sizeof("to nobody"), used;
        for (size_t i = 0; i < count; i++)
                size += strlen(to[i]) + 2;
        char *text = arena_alloc(&trial->arena, size);
        if (text == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return NULL;
        }
        used = (size_t)snprintf(text, size, "to %s", count == 0 ? "nobody" : to[0]);
        for (size_t i = 1; i < count; i++)
                used += (size_t)snprintf(text + used, size - used, ", %s", to[i]);
        return text;
}

static void stage_differs(struct ladder_trial *ladder, const struct ladder_stage *actual, const char *expected,
                          const char *found)
{
        struct trial *trial = ladder->trial;
        const struct obligation *obligation = &ladder->owed->obligation;
        struct difference *difference =
                differ_about(trial, DIFFERENCE_FIELD, ladder->expected->line, ladder->owed->case_ref, obligation->rule);
        if (difference == NULL)
                return;
        difference->item = item_key(obligation);
        difference->expected = expected;
        difference->actual = found;
        if (actual->repeat > 0)
                difference->field =
                        trial_keep(trial, "stage \"%s\", repeat %d", actual->stage->at, (int)actual->repeat);
        else
                difference->field = trial_keep(trial, "stage \"%s\"", actual->stage->at);
}

static void compare_stage(struct ladder_trial *ladder, const struct suite_stage *expected,
                          const struct ladder_stage *actual)
{
        struct trial *trial = ladder->trial;
        const struct obligation *obligation = &ladder->owed->obligation;
        int32_t day = expected->day != CIVIL_NONE ? expected->day : actual->day;
        trial->assertions += 1U + (expected->day != CIVIL_NONE) + expected->quiet_named + expected->to_named;
        if (day != actual->day || expected->reached != actual->reached)
                stage_differs(ladder, actual, stage_text(trial, expected->day, expected->reached, ""),
                              stage_text(trial, actual->day, actual->reached, ""));
        else if (expected->reached && expected->day != CIVIL_NONE && trial->coverage != NULL)
                coverage_stage(trial->coverage, obligation,
                               (size_t)(obligation->version - trial->ruleset->rules[obligation->rule].versions),
                               actual->stage);
        if (expected->quiet_named && expected->quiet != actual->quiet)
                stage_differs(ladder, actual, expected->quiet ? "quiet" : "not quiet",
                              actual->quiet ? "quiet" : "not quiet");
        if (expected->to_named && !same_recipients(expected, actual->stage))
                stage_differs(ladder, actual, recipients_text(trial, expected->to, expected->to_count),
                              recipients_text(trial, actual->stage->to, actual->stage->to_count));
}

static void see_stage(void *context, const struct obligation *obligation, const struct ladder_stage *actual)
{
        struct ladder_trial *ladder = context;
        (void)obligation;
        for (size_t i = 0; i < ladder->expected->stage_count; i++) {
                const struct suite_stage *expected = &ladder->expected->stages[i];
                if (ladder->seen[i] || expected->repeat != actual->repeat ||
                    strcmp(expected->at, actual->stage->at) != 0)
                        continue;
                ladder->seen[i] = true;
                compare_stage(ladder, expected, actual);
                return;
        }
        ladder->trial->assertions++;
        if (actual->reached)
                stage_differs(ladder, actual, NULL, stage_text(ladder->trial, actual->day, true, ""));
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
                        stage_differs(&ladder, &none, stage_text(trial, stage->day, stage->reached, ""), NULL);
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
                if (!trial_field_agrees(trial, expected, &owed->obligation, (enum suite_field)i))
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
                like += (expected->named >> i & 1) != 0 &&
                        trial_field_agrees(trial, expected, &owed->obligation, (enum suite_field)i);
        return like;
}

static void pair_up(struct trial *trial, const struct suite_expectation *expected, struct owed *owed)
{
        owed->claimed = true;
        trial->assertions++;
        compare_fields(trial, expected, owed);
        compare_stages(trial, expected, owed);
        if (trial->coverage != NULL)
                trial_note_coverage(trial, expected, &owed->obligation);
}

static const char *sketch(struct trial *trial, const struct obligation *obligation)
{
        char text[TEXT_SIZE] = "", value[SUITE_VALUE_SIZE];
        static const enum suite_field shown[] = {SUITE_STATE,  SUITE_STARTED,  SUITE_DUE,
                                                 SUITE_MET_ON, SUITE_ENDED_ON, SUITE_MISSING};
        size_t used = 0;
        for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
                int32_t number = suite_field_value(obligation, shown[i], trial->day->on);
                if (number == SUITE_NONE)
                        continue;
                suite_value_format(trial->ruleset, shown[i], number, value);
                used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s = \"%s\";", used > 0 ? " " : "",
                                         suite_field_name(shown[i]), value);
        }
        return trial_keep(trial, "%s", text);
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
        return trial_keep(trial, "%s", text);
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

void trial_compare_day(struct trial *trial)
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
        trial->assertions++; /* nothing else is owed */
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
