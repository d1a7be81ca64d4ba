/*
 * setting - the settings of a rule version, each as the text that a person would
 * write.
 *
 * One row of a table a setting. A setting that is not here would be edited
 * unnoticed, so a rule version gets a row with each member it gets.
 */
#include "setting.h"

#include <string.h>

#include "phrase.h"
#include "mappad/ensure.h"

/* What a row writes. */
struct writing {
        struct phrase phrase;
        const struct ruleset *ruleset;
        const struct rule_version *version;
};

typedef void (*setting_fn)(struct writing *writing);

static const struct vocabulary *words_of(const struct writing *writing)
{
        return &writing->ruleset->vocabulary;
}

static void put_optional(struct phrase *phrase, const char *text)
{
        phrase_put(phrase, text == NULL ? "" : text);
}

static void put_match(struct writing *writing, const struct event_match *match)
{
        const struct event_type *type = &words_of(writing)->events[match->event];

        phrase_put(&writing->phrase, type->name);
        if (match->where.count > 0) {
                phrase_put(&writing->phrase, " where ");
                phrase_put_where(&writing->phrase, type, match->where);
        }
}

static void put_period_row(struct writing *writing, const struct period_row *row)
{
        struct phrase *phrase = &writing->phrase;

        phrase_put_period(phrase, row->is);
        phrase_put_guard(phrase, words_of(writing), row->when, row->unless);
        if (row->in_force_from != CIVIL_MIN) {
                phrase_put(phrase, " from ");
                phrase_put_day(phrase, row->in_force_from);
        }
        if (row->in_force_until != CIVIL_MAX) {
                phrase_put(phrase, " until ");
                phrase_put_day(phrase, row->in_force_until);
        }
}

static void put_two_digits(struct phrase *phrase, uint8_t number)
{
        phrase_put(phrase, number < 10 ? "0" : "");
        phrase_put_number(phrase, number);
}

static void put_month_day(struct phrase *phrase, uint8_t month, uint8_t day)
{
        put_two_digits(phrase, month);
        phrase_put(phrase, "-");
        put_two_digits(phrase, day);
}

static void put_clock(struct writing *writing)
{
        const struct rule_version *version = writing->version;
        struct phrase *phrase = &writing->phrase;

        switch (version->clock) {
        case CLOCK_EVERY:
        case CLOCK_WITHIN:
                for (size_t i = 0; i < version->period_count; i++) {
                        phrase_put(phrase, i == 0 ? "" : "; ");
                        put_period_row(writing, &version->periods[i]);
                }
                return;
        case CLOCK_BY_DATE:
                phrase_put(phrase, words_of(writing)->attributes[version->by_date].name);
                return;
        case CLOCK_BY_DAY:
                put_month_day(phrase, version->by_month, version->by_day);
                return;
        case CLOCK_QUOTA:
                phrase_put_number(phrase, (uint32_t)version->quota);
                phrase_put(phrase,
                           version->quota_period == QUOTA_YEAR ? " in each year from " : " in each quarter from ");
                put_month_day(phrase, version->year_month, version->year_day);
                return;
        }
}

static void put_period(struct writing *writing, struct period period)
{
        if (period.count > 0)
                phrase_put_period(&writing->phrase, period);
}

static void put_lead(struct writing *writing)
{
        put_period(writing, writing->version->lead);
}

static void put_opens(struct writing *writing)
{
        put_period(writing, writing->version->opens);
}

static void put_grace(struct writing *writing)
{
        put_period(writing, writing->version->grace);
}

static void put_from(struct writing *writing)
{
        const struct rule_version *version = writing->version;

        if (version->clock != CLOCK_WITHIN)
                return;
        switch (version->trigger) {
        case TRIGGER_EVENT:
                put_match(writing, &version->from);
                return;
        case TRIGGER_CHANGE:
                phrase_put(&writing->phrase, "change of ");
                phrase_put(&writing->phrase, words_of(writing)->attributes[version->change].name);
                return;
        case TRIGGER_START:
                phrase_put(&writing->phrase, "start");
                return;
        }
}

static void put_applies(struct writing *writing)
{
        phrase_put_condition(&writing->phrase, words_of(writing), writing->version->applies);
}

static void put_unless(struct writing *writing)
{
        phrase_put_condition(&writing->phrase, words_of(writing), writing->version->applies_unless);
}

static void put_runs(struct writing *writing)
{
        if (writing->version->has_runs)
                phrase_put_condition(&writing->phrase, words_of(writing), writing->version->runs);
}

static void put_on_pause(struct writing *writing)
{
        if (!writing->version->has_runs)
                return;
        switch (writing->version->on_pause) {
        case PAUSE_CONTINUE:
                phrase_put(&writing->phrase, "continue");
                return;
        case PAUSE_CARRY:
                phrase_put(&writing->phrase, "carry");
                return;
        case PAUSE_RESTART:
                phrase_put(&writing->phrase, "restart");
                return;
        }
}

static void put_needs(struct writing *writing)
{
        for (size_t i = 0; i < writing->version->need_count; i++)
                phrase_join(&writing->phrase, ", ", words_of(writing)->attributes[writing->version->needs[i]].name);
}

static void put_met_by(struct writing *writing)
{
        for (size_t i = 0; i < writing->version->met_by_count; i++) {
                phrase_put(&writing->phrase, i == 0 ? "" : "; ");
                put_match(writing, &writing->version->met_by[i]);
        }
}

static void put_missed_if(struct writing *writing)
{
        phrase_put_condition(&writing->phrase, words_of(writing), writing->version->missed_if);
}

static void put_attribute(struct writing *writing, uint16_t attribute)
{
        if (attribute != VOCABULARY_NONE)
                phrase_put(&writing->phrase, words_of(writing)->attributes[attribute].name);
}

static void put_booked_by(struct writing *writing)
{
        put_attribute(writing, writing->version->booked_by);
}

static void put_sooner(struct writing *writing)
{
        put_attribute(writing, writing->version->sooner);
}

static void put_follows(struct writing *writing)
{
        for (size_t i = 0; i < writing->version->follow_count; i++)
                phrase_join(&writing->phrase, ", ", writing->ruleset->rules[writing->version->follows[i]].id);
}

static void put_stage(struct phrase *phrase, const struct stage *stage)
{
        phrase_put(phrase, stage->at);
        for (size_t i = 0; i < stage->to_count; i++) {
                phrase_put(phrase, i == 0 ? " to " : ", ");
                phrase_put(phrase, stage->to[i]);
        }
        if (stage->again.count > 0) {
                phrase_put(phrase, " again ");
                phrase_put_period(phrase, stage->again);
                phrase_put(phrase, " times ");
                phrase_put_number(phrase, (uint32_t)stage->times);
        }
        phrase_put(phrase, stage->urgent ? " urgent" : "");
}

static void put_alerts(struct writing *writing)
{
        for (size_t i = 0; i < writing->version->stage_count; i++) {
                phrase_put(&writing->phrase, i == 0 ? "" : "; ");
                put_stage(&writing->phrase, &writing->version->stages[i]);
        }
}

static void put_yes(struct writing *writing, bool truth)
{
        phrase_put(&writing->phrase, truth ? "yes" : "no");
}

static void put_enabled(struct writing *writing)
{
        put_yes(writing, writing->version->enabled);
}

static void put_tentative(struct writing *writing)
{
        put_yes(writing, writing->version->tentative);
}

static void put_milestone(struct writing *writing)
{
        put_yes(writing, writing->version->milestone);
}

static void put_urgent(struct writing *writing)
{
        put_yes(writing, writing->version->urgent);
}

static void put_in_force(struct writing *writing)
{
        const struct rule_version *version = writing->version;

        if (version->in_force_from != CIVIL_MIN) {
                phrase_put(&writing->phrase, "from ");
                phrase_put_day(&writing->phrase, version->in_force_from);
        }
        if (version->in_force_until != CIVIL_MAX) {
                phrase_join(&writing->phrase, " ", "until ");
                phrase_put_day(&writing->phrase, version->in_force_until);
        }
}

static void put_title(struct writing *writing)
{
        put_optional(&writing->phrase, writing->version->title);
}

static void put_source(struct writing *writing)
{
        put_optional(&writing->phrase, writing->version->source);
}

static void put_basis(struct writing *writing)
{
        put_optional(&writing->phrase, writing->version->basis);
}

static void put_authority(struct writing *writing)
{
        put_optional(&writing->phrase, writing->version->authority);
}

static void put_strength(struct writing *writing)
{
        switch (writing->version->strength) {
        case STRENGTH_MUST:
                phrase_put(&writing->phrase, "must");
                return;
        case STRENGTH_SHOULD:
                phrase_put(&writing->phrase, "should");
                return;
        case STRENGTH_EXPECTED:
                phrase_put(&writing->phrase, "expected");
                return;
        }
}

static const struct {
        const char *name;
        setting_fn write;
} settings[] = {
        {"clock", put_clock},         {"lead", put_lead},           {"opens", put_opens},
        {"grace", put_grace},         {"from", put_from},           {"in-force", put_in_force},
        {"enabled", put_enabled},     {"applies", put_applies},     {"unless", put_unless},
        {"runs", put_runs},           {"on-pause", put_on_pause},   {"needs", put_needs},
        {"met-by", put_met_by},       {"missed-if", put_missed_if}, {"booked-by", put_booked_by},
        {"sooner", put_sooner},       {"follows", put_follows},     {"tentative", put_tentative},
        {"milestone", put_milestone}, {"strength", put_strength},   {"urgent", put_urgent},
        {"alerts", put_alerts},       {"title", put_title},         {"source", put_source},
        {"basis", put_basis},         {"authority", put_authority},
};

size_t setting_count(void)
{
        return sizeof settings / sizeof settings[0];
}

const char *setting_name(size_t setting)
{
        return settings[setting].name;
}

const char *setting_text(size_t setting, const struct ruleset *ruleset, const struct rule_version *version,
                         struct arena *arena)
{
        struct writing writing = {.phrase = phrase_begin(arena), .ruleset = ruleset, .version = version};

        if (setting == SETTING_CLOCK) {
                phrase_put(&writing.phrase, setting_clock_word(version));
                phrase_put(&writing.phrase, " ");
        }
        settings[setting].write(&writing);
        return phrase_end(&writing.phrase);
}

const char *setting_clock_word(const struct rule_version *version)
{
        switch (version->clock) {
        case CLOCK_EVERY:
                return "every";
        case CLOCK_WITHIN:
                return "within";
        case CLOCK_BY_DATE:
        case CLOCK_BY_DAY:
                return "by";
        case CLOCK_QUOTA:
                return "at-least";
        }
        ENSURE(false);
}

const char *setting_clock_text(const struct ruleset *ruleset, const struct rule_version *version, struct arena *arena)
{
        struct writing writing = {.phrase = phrase_begin(arena), .ruleset = ruleset, .version = version};

        put_clock(&writing);
        return phrase_end(&writing.phrase);
}
