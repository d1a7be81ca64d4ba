/*
 * survey - one answer a rule (survey.h).
 *
 * First every pair of rule and item gets a slot; then the ordinary derivation,
 * whose answers come in the same order, fills those that have an obligation;
 * then the others are asked why they have none. A pair cannot be left out.
 */
#include "mappad/survey.h"

#include <string.h>

#include "course.h"
#include "mappad/ensure.h"

static const char *const absence_words[ABSENCE_COUNT] = {
        [ABSENCE_NONE] = "",
        [ABSENCE_NO_CASE] = "no-case",
        [ABSENCE_NO_ITEM] = "no-item",
        [ABSENCE_DISABLED] = "disabled",
        [ABSENCE_NOT_IN_FORCE] = "not-in-force",
        [ABSENCE_CONDITION] = "does-not-apply",
        [ABSENCE_UNLESS] = "excluded",
        [ABSENCE_NOT_TRIGGERED] = "not-triggered",
        [ABSENCE_NO_DATE] = "no-date",
        [ABSENCE_NO_PERIOD] = "no-period",
        [ABSENCE_BEFORE_PERIOD] = "before-period",
};

const char *absence_word(enum absence absence)
{
        return absence_words[absence];
}

/* ---- urgency ---- */

static const int8_t urgency[OBLIGATION_STATE_COUNT] = {
        [OBLIGATION_OVERDUE] = 0, [OBLIGATION_UNEVALUABLE] = 1, [OBLIGATION_DUE_SOON] = 2, [OBLIGATION_OPEN] = 3,
        [OBLIGATION_PAUSED] = 4,  [OBLIGATION_PENDING] = 5,     [OBLIGATION_MISSED] = 6,   [OBLIGATION_MET_LATE] = 7,
        [OBLIGATION_LAPSED] = 8,  [OBLIGATION_MOVED] = 9,       [OBLIGATION_MET] = 10,     [OBLIGATION_REACHED] = 11,
};

static int order_of(int32_t a, int32_t b)
{
        return a < b ? -1 : a > b;
}

/* The day a closed obligation closed on. */
static int32_t closed_on(const struct obligation *obligation)
{
        return obligation->met_on != CIVIL_NONE ? obligation->met_on : obligation->ended_on;
}

static int32_t due_or_never(const struct obligation *obligation)
{
        return obligation->due != CIVIL_NONE ? obligation->due : CIVIL_MAX;
}

int obligation_urgency(const struct obligation *a, const struct obligation *b)
{
        bool closed = obligation_state_closed(a->state);
        int order = order_of(closed, obligation_state_closed(b->state));
        if (order == 0 && closed)
                order = order_of(closed_on(b), closed_on(a));
        if (order == 0)
                order = order_of(urgency[a->state], urgency[b->state]);
        if (order == 0 && !closed)
                order = order_of(due_or_never(a), due_or_never(b));
        return order != 0 ? order : order_of(b->started, a->started);
}

/* ---- why there is none ---- */

static bool any_enabled(const struct rule *rule)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].enabled)
                        return true;
        return false;
}

static const struct rule_version *version_in_force(const struct rule *rule, int32_t day)
{
        for (size_t i = 0; i < rule->version_count; i++) {
                const struct rule_version *version = &rule->versions[i];
                if (version->enabled && day >= version->in_force_from && day <= version->in_force_until)
                        return version;
        }
        return NULL;
}

static void blame(const struct term *term, struct state state, struct absence_answer *answer)
{
        answer->attribute = term->subject;
        answer->wanted = term->mask;
        answer->found = state_value(state, term->subject);
}

/* Whether the version's conditions exclude the state, and which word of them does. */
static bool excluded(const struct rule_version *version, struct state state, struct absence_answer *answer)
{
        for (size_t i = 0; i < version->applies.count; i++) {
                const struct term *term = &version->applies.terms[i];
                if ((state_bits(state, term->subject) & term->mask) != 0)
                        continue;
                answer->absence = ABSENCE_CONDITION;
                blame(term, state, answer);
                return true;
        }
        if (state_fits(version->applies, version->applies_unless, state))
                return false;
        answer->absence = ABSENCE_UNLESS;
        blame(&version->applies_unless.terms[0], state, answer);
        return true;
}

/* Why a rule that applies has nothing to answer. false: no memory. */
static bool judge_clock(const struct view *view, uint16_t rule, struct arena *arena, struct absence_answer *answer)
{
        struct course course;
        switch (answer->version->clock) {
        case CLOCK_EVERY:
                answer->absence = ABSENCE_NO_PERIOD;
                return true;
        case CLOCK_WITHIN:
                if (!course_init(&course, view, rule, false, arena))
                        return false;
                answer->absence = course.ever && within_triggered(&course) ? ABSENCE_NO_PERIOD : ABSENCE_NOT_TRIGGERED;
                return true;
        case CLOCK_BY_DATE:
                answer->absence = ABSENCE_NO_DATE;
                answer->attribute = answer->version->by_date;
                return true;
        case CLOCK_BY_DAY:
        case CLOCK_QUOTA:
                answer->absence = ABSENCE_BEFORE_PERIOD;
                return true;
        }
        ENSURE(false);
}

static bool judge(const struct view *view, uint16_t index, struct arena *arena, struct absence_answer *ret_answer)
{
        const struct rule *rule = &view->ruleset->rules[index];
        struct absence_answer answer = {.attribute = VOCABULARY_NONE, .found = {VALUE_UNSET, CIVIL_NONE, NULL}};
        bool good = true;
        answer.version = version_in_force(rule, view->as_of);
        if (view->segment_count == 0)
                answer.absence = ABSENCE_NO_CASE;
        else if (!any_enabled(rule))
                answer.absence = ABSENCE_DISABLED;
        else if (answer.version == NULL)
                answer.absence = ABSENCE_NOT_IN_FORCE;
        else if (!excluded(answer.version, view_state(view, view->segment_count - 1), &answer))
                good = judge_clock(view, index, arena, &answer);
        *ret_answer = answer;
        return good;
}

enum status rule_absence(const struct trace_subject *subject, uint16_t rule, int32_t day, struct arena *arena,
                         struct absence_answer *ret_answer)
{
        struct arena_mark mark = arena_mark(arena);
        struct view view;
        enum status status = view_build(subject->ruleset, subject->casefile, subject->item, day, arena, &view);
        if (status == STATUS_OK && !judge(&view, rule, arena, ret_answer))
                status = STATUS_NO_MEMORY;
        arena_rewind(arena, mark);
        return status;
}

/* ---- the survey ---- */

struct slot {
        struct survey_row row;
        struct obligation best;
};

struct survey {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        int32_t as_of;
        struct arena *arena;
        struct slot *slots;
        size_t slot_count;
        size_t at; /* slot of the last obligation that came */
};

static bool exists(const struct survey *survey, const struct item *item, uint16_t kind)
{
        return item->kind == kind && item->begins <= survey->as_of;
}

/* Fills in the slots of a rule, or only counts them where there are none. */
static size_t rule_slots(const struct survey *survey, uint16_t rule, struct slot *slots)
{
        uint16_t kind = survey->ruleset->rules[rule].per;
        size_t count = 0;
        for (size_t i = 0; kind != VOCABULARY_NONE && i < survey->casefile->item_count; i++) {
                if (!exists(survey, &survey->casefile->items[i], kind))
                        continue;
                if (slots != NULL)
                        slots[count].row = (struct survey_row){.rule = rule, .item = &survey->casefile->items[i]};
                count++;
        }
        if (count == 0 && slots != NULL)
                slots[0].row = (struct survey_row){.rule = rule};
        return count > 0 ? count : 1;
}

static bool make_slots(struct survey *survey)
{
        size_t count = 0;
        for (size_t r = 0; r < survey->ruleset->rule_count; r++)
                survey->slot_count += rule_slots(survey, (uint16_t)r, NULL);
        survey->slots = arena_array(survey->arena, survey->slot_count, sizeof *survey->slots);
        if (survey->slots == NULL)
                return false;
        for (size_t r = 0; r < survey->ruleset->rule_count; r++)
                count += rule_slots(survey, (uint16_t)r, &survey->slots[count]);
        return true;
}

/* Obligations come by rule, item: the order of the slots. */
static void take(void *context, const struct obligation *obligation)
{
        struct survey *survey = context;
        while (survey->slots[survey->at].row.rule != obligation->rule ||
               survey->slots[survey->at].row.item != obligation->item) {
                survey->at++;
                ENSURE(survey->at < survey->slot_count);
        }
        struct slot *slot = &survey->slots[survey->at];
        if (slot->row.obligations++ > 0 && obligation_urgency(&slot->best, obligation) <= 0)
                return;
        slot->best = *obligation;
        slot->row.obligation = &slot->best;
}

/* Asks every empty slot of the case, or of one item, why it is empty. */
static enum status ask_why(struct survey *survey, const struct item *item)
{
        struct view view;
        bool built = false, good = true;
        for (size_t i = 0; good && i < survey->slot_count; i++) {
                struct survey_row *row = &survey->slots[i].row;
                if (row->obligation != NULL || row->item != item)
                        continue;
                if (item == NULL && survey->ruleset->rules[row->rule].per != VOCABULARY_NONE) {
                        row->why = (struct absence_answer){.absence = ABSENCE_NO_ITEM, .attribute = VOCABULARY_NONE};
                        continue;
                }
                if (!built && view_build(survey->ruleset, survey->casefile, item, survey->as_of, survey->arena,
                                         &view) != STATUS_OK)
                        return STATUS_NO_MEMORY;
                built = true;
                good = judge(&view, row->rule, survey->arena, &row->why);
        }
        return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status survey_run(struct survey *survey)
{
        if (!make_slots(survey))
                return STATUS_NO_MEMORY;
        enum status status =
                obligation_derive(survey->ruleset, survey->casefile, survey->as_of, survey->arena, take, survey);
        if (status == STATUS_OK)
                status = ask_why(survey, NULL);
        for (size_t i = 0; status == STATUS_OK && i < survey->casefile->item_count; i++)
                status = ask_why(survey, &survey->casefile->items[i]);
        return status;
}

enum status case_survey(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                        struct arena *arena, survey_fn sink, void *context)
{
        struct survey survey = {.ruleset = ruleset, .casefile = casefile, .as_of = as_of, .arena = arena};
        struct arena_mark mark = arena_mark(arena);
        enum status status = survey_run(&survey);
        for (size_t i = 0; status == STATUS_OK && i < survey.slot_count; i++)
                sink(context, &survey.slots[i].row);
        arena_rewind(arena, mark);
        return status;
}
