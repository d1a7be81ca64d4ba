/*
 * suite_field - the fields of an obligation by name and number.
 *
 * Every field but the title is one number: a day, a count, a truth, or the
 * index of a word. So that expecting, comparing and showing are each written
 * once.
 */
#include <stdio.h>
#include <string.h>

#include "mappad/ensure.h"
#include "suite_read.h"

static const struct {
        const char *name;
        enum suite_kind kind;
} fields[SUITE_FIELD_COUNT] = {
        [SUITE_TITLE] = {"title", SUITE_KIND_TEXT},
        [SUITE_STATE] = {"state", SUITE_KIND_STATE},
        [SUITE_STARTED] = {"started", SUITE_KIND_DATE},
        [SUITE_OPENS] = {"opens", SUITE_KIND_DATE},
        [SUITE_DUE] = {"due", SUITE_KIND_DATE},
        [SUITE_PLAN_BY] = {"plan-by", SUITE_KIND_DATE},
        [SUITE_PROVISIONAL] = {"provisional", SUITE_KIND_TRUTH},
        [SUITE_MET_ON] = {"met-on", SUITE_KIND_DATE},
        [SUITE_ENDED_ON] = {"ended-on", SUITE_KIND_DATE},
        [SUITE_BOOKED] = {"booked", SUITE_KIND_DATE},
        [SUITE_BOOKED_LATE] = {"booked-late", SUITE_KIND_TRUTH},
        [SUITE_PAUSED] = {"paused", SUITE_KIND_TRUTH},
        [SUITE_USED_DAYS] = {"used-days", SUITE_KIND_NUMBER},
        [SUITE_LIMIT_DAYS] = {"limit-days", SUITE_KIND_NUMBER},
        [SUITE_DAYS_LEFT] = {"days-left", SUITE_KIND_NUMBER},
        [SUITE_VERSION] = {"version", SUITE_KIND_DATE},
        [SUITE_STRENGTH] = {"strength", SUITE_KIND_STRENGTH},
        [SUITE_MISSING] = {"missing", SUITE_KIND_ATTRIBUTE},
        [SUITE_DONE] = {"done", SUITE_KIND_NUMBER},
        [SUITE_NEEDED] = {"needed", SUITE_KIND_NUMBER},
};

const char *suite_field_name(enum suite_field field)
{
        return fields[field].name;
}

enum suite_kind suite_field_kind(enum suite_field field)
{
        return fields[field].kind;
}

const char *suite_strength_word(enum strength strength)
{
        static const char *const words[] = {
                [STRENGTH_MUST] = "must", [STRENGTH_SHOULD] = "should", [STRENGTH_EXPECTED] = "expected"};
        return words[strength];
}

static int32_t count_or_none(int32_t count)
{
        return count < 0 ? SUITE_NONE : count;
}

int32_t suite_field_value(const struct obligation *obligation, enum suite_field field, int32_t as_of)
{
        bool no_days = obligation->due == CIVIL_NONE || obligation_state_closed(obligation->state);
        switch (field) {
        case SUITE_TITLE:
                return 0;
        case SUITE_STATE:
                return (int32_t)obligation->state;
        case SUITE_STARTED:
                return obligation->started;
        case SUITE_OPENS:
                return obligation->opens;
        case SUITE_DUE:
                return obligation->due;
        case SUITE_PLAN_BY:
                return obligation->plan_by;
        case SUITE_PROVISIONAL:
                return obligation->provisional;
        case SUITE_MET_ON:
                return obligation->met_on;
        case SUITE_ENDED_ON:
                return obligation->ended_on;
        case SUITE_BOOKED:
                return obligation->booked;
        case SUITE_BOOKED_LATE:
                return obligation->booked_late;
        case SUITE_PAUSED:
                return obligation->paused;
        case SUITE_USED_DAYS:
                return count_or_none(obligation->used_days);
        case SUITE_LIMIT_DAYS:
                return count_or_none(obligation->limit_days);
        case SUITE_DAYS_LEFT:
                return no_days ? SUITE_NONE : obligation->due - as_of;
        case SUITE_VERSION:
                return obligation->version->dated && obligation->version->in_force_from != CIVIL_MIN
                               ? obligation->version->in_force_from
                               : SUITE_NONE;
        case SUITE_STRENGTH:
                return (int32_t)obligation->version->strength;
        case SUITE_MISSING:
                return obligation->missing == VOCABULARY_NONE ? SUITE_NONE : obligation->missing;
        case SUITE_DONE:
                return count_or_none(obligation->done);
        case SUITE_NEEDED:
                return count_or_none(obligation->needed);
        case SUITE_FIELD_COUNT:
                break;
        }
        ENSURE(false);
}

void suite_value_format(const struct ruleset *ruleset, enum suite_field field, int32_t value,
                        char text[static SUITE_VALUE_SIZE])
{
        const char *word = "none";
        if (value == SUITE_NONE) {
                snprintf(text, SUITE_VALUE_SIZE, "%s", word);
                return;
        }
        switch (fields[field].kind) {
        case SUITE_KIND_DATE:
                civil_format(value, text);
                return;
        case SUITE_KIND_NUMBER:
                snprintf(text, SUITE_VALUE_SIZE, "%d", (int)value);
                return;
        case SUITE_KIND_TRUTH:
                word = value != 0 ? "true" : "false";
                break;
        case SUITE_KIND_STATE:
                word = obligation_state_word((enum obligation_state)value);
                break;
        case SUITE_KIND_STRENGTH:
                word = suite_strength_word((enum strength)value);
                break;
        case SUITE_KIND_ATTRIBUTE:
                word = ruleset->vocabulary.attributes[value].name;
                break;
        case SUITE_KIND_TEXT:
                break;
        }
        snprintf(text, SUITE_VALUE_SIZE, "%s", word);
}
