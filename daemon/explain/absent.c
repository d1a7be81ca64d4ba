/*
 * absent - why nothing is owed, and since when.
 */
#include <string.h>

#include "room.h"

/* The version to tell of where none is in force: the last one, since it is the one that people know. */
static const struct rule_version *version_told(const struct explainer *explainer, const struct absence_answer *why)
{
        return why->version != NULL ? why->version : &explainer->rule->versions[explainer->rule->version_count - 1];
}

static void tell_spans(struct explainer *explainer)
{
        const struct rule *rule = explainer->rule;

        step_begin(explainer, STEP_AUTHORITY);
        say(explainer, "In force: ");
        for (size_t i = 0; i < rule->version_count; i++) {
                const struct rule_version *version = &rule->versions[i];
                say(explainer, "%s", i == 0 ? "" : "; ");
                if (version->in_force_from == CIVIL_MIN)
                        say(explainer, "from the beginning");
                else
                        say(explainer, "from %s", day_text(version->in_force_from).text);
                if (version->in_force_until != CIVIL_MAX)
                        say(explainer, " until %s", day_text(version->in_force_until).text);
                if (!version->enabled)
                        say(explainer, " (switched off)");
        }
        say(explainer, ".");
}

static void tell_nothing_yet(struct explainer *explainer)
{
        const struct explain_question *question = explainer->question;
        int32_t first = CIVIL_NONE;

        for (size_t i = 0; i < question->count; i++) {
                const struct record *record = &question->records[i];
                bool standing = !record->is_retraction && record->recorded_at <= question->known_at;
                if (standing && (first == CIVIL_NONE || record->fact.on < first))
                        first = record->fact.on;
        }
        step_begin(explainer, STEP_FACT);
        if (first == CIVIL_NONE)
                say(explainer, "Nothing of this case was known then");
        else if (first > question->as_of)
                say(explainer, "The first thing recorded of this case is of %s", day_text(first).text);
        else
                say(explainer, "Nothing recorded of this case stands by that day");
}

/* Why there is no item, or not the one that was named. */
static void tell_no_item(struct explainer *explainer)
{
        const char *kind = explainer->vocabulary->items[explainer->rule->per].name, *key = explainer->question->item;
        char keys[ITEM_KEYS_SIZE];

        item_keys(explainer, keys);
        step_begin(explainer, STEP_FACT);
        if (key == NULL)
                say(explainer, "The rule is about each %s, and by that day none had begun", kind);
        else
                say(explainer, "The rule is about each %s, and by that day no %s \"%s\" had begun; %s%s", kind, kind,
                    key, keys[0] != '\0' ? "these had:" : "none had", keys);
        for (size_t i = 0; key != NULL && i < explainer->casefile.item_count; i++) {
                const struct item *item = &explainer->casefile.items[i];
                if (strcmp(item->key, key) != 0)
                        continue;
                say(explainer, "; \"%s\" is of the kind %s", key, explainer->vocabulary->items[item->kind].name);
        }
}

static void say_conclusion(struct explainer *explainer, const struct absence_answer *why)
{
        const char *name =
                why->attribute != VOCABULARY_NONE ? explainer->vocabulary->attributes[why->attribute].name : "";

        switch (why->absence) {
        case ABSENCE_NONE:
                return;
        case ABSENCE_NO_CASE:
                say(explainer, "there is no case on %s", day_text(explainer->question->as_of).text);
                return;
        case ABSENCE_NO_ITEM:
                say(explainer, "there is nothing for it to be about");
                return;
        case ABSENCE_DISABLED:
                say(explainer, "the rule is switched off (enabled = false)");
                return;
        case ABSENCE_NOT_IN_FORCE:
                say(explainer, "the rule is not in force on %s", day_text(explainer->question->as_of).text);
                return;
        case ABSENCE_CONDITION:
                say(explainer, "the rule does not apply, because %s is ", name);
                say_value(explainer, why->attribute, why->found);
                return;
        case ABSENCE_UNLESS:
                say(explainer, "the rule does not apply, excluded because ");
                say_condition(explainer, why->version->applies_unless);
                return;
        case ABSENCE_NOT_TRIGGERED:
                say(explainer, "the rule applies, but nothing that it counts from has happened");
                return;
        case ABSENCE_NO_DATE:
                say(explainer, "the rule applies, but %s is not set", name);
                return;
        case ABSENCE_NO_PERIOD:
                say(explainer, "the rule applies, but no row of its period table fits");
                return;
        case ABSENCE_BEFORE_PERIOD:
                say(explainer, "the rule applies, but it did not when the present %s began",
                    why->version->clock == CLOCK_QUOTA ? "period" : "window");
                return;
        }
}

static void tell_trigger(struct explainer *explainer, const struct rule_version *version)
{
        if (version->clock != CLOCK_WITHIN)
                return;
        step_begin(explainer, STEP_FACT);
        switch (version->trigger) {
        case TRIGGER_EVENT:
                say(explainer, "On no day on which the rule applied was there any ");
                say_match(explainer, &version->from);
                break;
        case TRIGGER_CHANGE:
                say(explainer, "On no day on which the rule applied did %s change",
                    explainer->vocabulary->attributes[version->change].name);
                break;
        case TRIGGER_START:
                say(explainer, "It starts only on the day on which the rule begins to apply");
                break;
        }
        tell_idle_triggers(explainer, version);
}

/* The facts behind a reason. */
static void tell_reason(struct explainer *explainer, const struct absence_answer *why)
{
        int32_t as_of = explainer->question->as_of;

        switch (why->absence) {
        case ABSENCE_NONE:
                return;
        case ABSENCE_NO_CASE:
                tell_nothing_yet(explainer);
                return;
        case ABSENCE_NO_ITEM:
                tell_no_item(explainer);
                return;
        case ABSENCE_DISABLED:
        case ABSENCE_NOT_IN_FORCE:
                tell_spans(explainer);
                return;
        case ABSENCE_CONDITION:
                tell_condition(explainer, why->version->applies, as_of);
                return;
        case ABSENCE_UNLESS:
                tell_condition(explainer, why->version->applies, as_of);
                tell_condition(explainer, why->version->applies_unless, as_of);
                return;
        case ABSENCE_NOT_TRIGGERED:
                tell_condition(explainer, why->version->applies, as_of);
                tell_trigger(explainer, why->version);
                return;
        case ABSENCE_NO_DATE:
                tell_condition(explainer, why->version->applies, as_of);
                tell_attribute(explainer, why->attribute, as_of);
                return;
        case ABSENCE_NO_PERIOD:
                for (size_t i = 0; i < why->version->period_count; i++)
                        tell_condition(explainer, why->version->periods[i].when, as_of);
                return;
        case ABSENCE_BEFORE_PERIOD:
                tell_condition(explainer, why->version->applies, as_of);
                return;
        }
}

void tell_absent(struct explainer *explainer, const struct absence_answer *why)
{
        const struct rule_version *version = version_told(explainer, why);

        tell_law(explainer, version, (struct period){.count = 0});
        tell_reason(explainer, why);
        tell_undone(explainer, version);
        step_begin(explainer, STEP_CONCLUSION);
        say(explainer, "Nothing is owed: ");
        say_conclusion(explainer, why);
        say(explainer, ".");
}
