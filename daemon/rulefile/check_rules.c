/*
 * check_rules - rules that never apply, never run or can never be met, and
 * conditions in the wrong setting.
 */
#include "check.h"

static const struct condition none = {NULL, 0};

static void check_applies(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        if (!reach_possible(check, &version->applies, &version->applies_unless, &none)) {
                check_warn(check, version->file, version->line, "\"%s\" never applies: no case comes into that state",
                           rule->id);
                return;
        }
        if (version->applies_unless.count > 0 &&
            !reach_possible(check, &version->applies, &none, &version->applies_unless))
                check_warn(check, version->file, version->line, "the \"unless\" of \"%s\" never excludes anything",
                           rule->id);
        if (version->has_runs && !reach_possible(check, &version->applies, &version->applies_unless, &version->runs))
                check_warn(check, version->file, version->line, "the clock of \"%s\" never runs while the rule applies",
                           rule->id);
}

static bool is_needed(const struct rule_version *version, uint16_t attribute)
{
        for (size_t i = 0; i < version->need_count; i++)
                if (version->needs[i] == attribute)
                        return true;
        return false;
}

/* Whether an attribute may be unset while the rule applies. */
static bool may_be_unset(struct check *check, const struct rule_version *version, uint16_t attribute)
{
        const struct term unset = {attribute, VALUE_UNSET};
        const struct condition missing = {&unset, 1};

        return reach_possible(check, &version->applies, &version->applies_unless, &missing);
}

/* With an attribute that is not needed, an unknown fact stops the clock and nobody is told. */
static void check_runs(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        const struct attribute *attributes = check->ruleset->vocabulary.attributes;

        for (size_t i = 0; i < version->runs.count; i++) {
                const struct term *term = &version->runs.terms[i];

                if ((term->mask & VALUE_UNSET) != 0 || is_needed(version, term->subject) ||
                    !may_be_unset(check, version, term->subject))
                        continue;
                check_warn(check, version->file, version->line,
                           "\"%s\" runs by \"%s\" but does not need it: while it is unset the clock stands still in "
                           "silence",
                           rule->id, attributes[term->subject].name);
        }
}

/* A fact that is known whenever the rule applies need not be asked for. The date of `by` is asked before. */
static void check_needs(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        const struct attribute *attributes = check->ruleset->vocabulary.attributes;

        for (size_t i = 0; i < version->need_count; i++) {
                if (reach_possible(check, &version->applies, &version->applies_unless, &none) &&
                    !may_be_unset(check, version, version->needs[i]))
                        check_warn(check, version->file, version->line,
                                   "\"%s\" needs \"%s\" in vain: while the rule applies it is never unset", rule->id,
                                   attributes[version->needs[i]].name);
        }
}

/* Only a date that is cleared or passes ends an obligation while its rule goes on applying. */
static void check_missed_if(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        bool ends_with_rule = version->clock == CLOCK_EVERY || version->clock == CLOCK_WITHIN;

        if (version->missed_if.count == 0)
                return;
        if (!reach_possible(check, &version->missed_if, &none, &none))
                check_warn(check, version->file, version->line,
                           "the \"missed-if\" of \"%s\" never holds: no case comes into that state", rule->id);
        else if (ends_with_rule && version->applies_unless.count == 0 &&
                 check_covers(&version->applies, &version->missed_if))
                check_warn(check, version->file, version->line,
                           "the \"missed-if\" of \"%s\" is never asked: where it holds the rule applies, and nothing "
                           "ends",
                           rule->id);
}

/* Which constants events set an attribute to. What begins an item sets it once and never back. */
static uint64_t constants_of(const struct vocabulary *vocabulary, uint16_t attribute)
{
        bool of_item = vocabulary->attributes[attribute].scope != VOCABULARY_NONE;
        uint64_t bits = 0;

        for (size_t i = 0; i < vocabulary->event_count; i++)
                for (size_t j = 0; j < vocabulary->events[i].effect_count; j++) {
                        const struct effect *effect = &vocabulary->events[i].effects[j];

                        if (of_item && vocabulary->events[i].item_use == ITEM_USE_BEGINS)
                                continue;
                        if (effect->kind == EFFECT_SET && effect->attribute == attribute &&
                            effect->from_field == VOCABULARY_NONE)
                                bits |= effect->constant.bits;
                }
        return bits;
}

/* An attribute that events of their own switch to and fro, such as a place, pauses a clock rather than ending a duty:
 * in `applies` it
 * would end the obligation each time and start a fresh one. */
static void check_back_and_forth(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;

        if (version->clock != CLOCK_EVERY)
                return;
        for (size_t i = 0; i < version->applies.count; i++) {
                const struct term *term = &version->applies.terms[i];
                const uint64_t constants = check->may[term->subject];

                if (vocabulary->attributes[term->subject].kind != VALUE_ENUM ||
                    vocabulary->attributes[term->subject].derived)
                        continue;
                if ((constants & term->mask) != 0 && (constants & ~term->mask) != 0)
                        check_warn(check, version->file, version->line,
                                   "events set \"%s\" back and forth: in the \"applies\" of \"%s\" it ends the "
                                   "obligation each time; in \"runs\" it would pause it",
                                   vocabulary->attributes[term->subject].name, rule->id);
        }
}

static bool only_beginnings(const struct vocabulary *vocabulary, const struct rule_version *version)
{
        for (size_t i = 0; i < version->met_by_count; i++)
                if (vocabulary->events[version->met_by[i].event].item_use != ITEM_USE_BEGINS)
                        return false;
        return version->met_by_count > 0;
}

/* The event that begins an item comes once, on its first day; nothing of that item can have started before. */
static void check_met(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        bool late = version->clock == CLOCK_EVERY || (version->clock == CLOCK_BY_DATE && version->opens.count == 0) ||
                    (version->clock == CLOCK_QUOTA && version->quota > 1);

        if (rule->per != VOCABULARY_NONE && late && only_beginnings(&check->ruleset->vocabulary, version))
                check_warn(check, version->file, version->line,
                           "\"%s\" can never be met: what meets it begins the item, which is before anything of it is "
                           "owed",
                           rule->id);
}

/* Inheritance counts running days, so only periods in days and weeks take part. */
static void check_follows(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        for (size_t i = 0; version->follow_count > 0 && i < version->period_count; i++) {
                if (period_days(version->periods[i].is) > 0)
                        continue;
                check_warn(check, version->file, version->line,
                           "\"%s\" follows nothing: only periods in days or weeks inherit", rule->id);
                return;
        }
}

#define FAR_YEARS 20 /* beyond the days that the calendar covers: no law is made so long beforehand */

/* A slip of the pen in a year: the version is there, and never counts in anybody's time. */
static void check_in_force(struct check *check, const struct rule *rule, const struct rule_version *version)
{
        int32_t first = civil_from_date((struct civil){EVENTS_SINCE, 1, 1});
        int32_t last = civil_add_months(check->ruleset->calendar.covers_until, FAR_YEARS * 12);
        char day[CIVIL_TEXT_SIZE];

        if (version->in_force_until < first) {
                civil_format(version->in_force_until, day);
                check_warn(check, version->file, version->line,
                           "\"%s\" is in force until %s, before any event: is the year meant?", rule->id, day);
        }
        if (version->in_force_from > last) {
                civil_format(version->in_force_from, day);
                check_warn(check, version->file, version->line,
                           "\"%s\" is in force from %s, more than %d years after the calendar ends: is the year meant?",
                           rule->id, day, FAR_YEARS);
        }
}

/* Days between two versions on which neither is in force: what is triggered then is owed by nobody. */
static void check_gaps(struct check *check, const struct rule *rule)
{
        const struct rule_version *before = NULL;
        char first[CIVIL_TEXT_SIZE], last[CIVIL_TEXT_SIZE];

        for (size_t i = 0; i < rule->version_count; i++) {
                const struct rule_version *version = &rule->versions[i];

                if (!version->enabled)
                        continue;
                if (before != NULL && version->in_force_from > before->in_force_until + 1) {
                        civil_format(before->in_force_until + 1, first);
                        civil_format(version->in_force_from - 1, last);
                        check_warn(check, version->file, version->line,
                                   "no version of \"%s\" is in force from %s to %s: what begins then is not owed",
                                   rule->id, first, last);
                }
                before = version;
        }
}

void check_rules(struct check *check)
{
        const struct ruleset *ruleset = check->ruleset;

        for (size_t i = 0; i < ruleset->rule_count; i++)
                check_gaps(check, &ruleset->rules[i]);
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++) {
                        const struct rule *rule = &ruleset->rules[i];
                        const struct rule_version *version = &rule->versions[j];

                        check_in_force(check, rule, version);
                        check_applies(check, rule, version);
                        check_runs(check, rule, version);
                        check_needs(check, rule, version);
                        check_missed_if(check, rule, version);
                        check_met(check, rule, version);
                        check_follows(check, rule, version);
                        check_ladder(check, rule, version);
                }
        for (uint16_t i = 0; i < ruleset->vocabulary.attribute_count; i++)
                check->may[i] = constants_of(&ruleset->vocabulary, i);
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        check_back_and_forth(check, &ruleset->rules[i], &ruleset->rules[i].versions[j]);
}
