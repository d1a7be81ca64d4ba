/*
 * wire_difference - the JSON forms of what a change of rules does.
 */
#include "mappad/wire_difference.h"

static void put_text(struct wire_buffer *buffer, const char *key, const char *text)
{
        wire_put_key(buffer, key);
        wire_put_string(buffer, text);
}

static void put_day(struct wire_buffer *buffer, const char *key, int32_t day)
{
        wire_put_key(buffer, key);
        wire_put_date(buffer, day);
}

static void put_number(struct wire_buffer *buffer, const char *key, uint64_t number)
{
        wire_put_key(buffer, key);
        wire_put_number(buffer, (int64_t)number);
}

static void put_amendment(struct wire_buffer *buffer, const struct amendment *amendment)
{
        wire_put_text(buffer, "{");
        put_text(buffer, "what", amendment_word(amendment->kind));
        put_text(buffer, "name", amendment->name);
        put_text(buffer, "title", amendment->title);
        put_day(buffer, "day", amendment->day == CIVIL_MIN ? CIVIL_NONE : amendment->day);
        put_text(buffer, "setting", amendment->setting);
        put_text(buffer, "before", amendment->before);
        put_text(buffer, "after", amendment->after);
        wire_put_text(buffer, "}");
}

static void put_readdressed(struct wire_buffer *buffer, const struct readdressed *one)
{
        wire_put_text(buffer, "{");
        put_text(buffer, "what", one->agency ? "agency" : "role");
        put_text(buffer, "name", one->name);
        put_day(buffer, "from", one->from);
        put_text(buffer, "before", one->before);
        put_text(buffer, "after", one->after);
        wire_put_text(buffer, "}");
}

void wire_comparison_open(struct wire_buffer *buffer, const struct wire_comparison *comparison)
{
        wire_put_text(buffer, "{");
        put_day(buffer, "as_of", comparison->as_of);
        put_text(buffer, "before", comparison->before);
        put_text(buffer, "after", comparison->after);
        wire_put_key(buffer, "amendments");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < comparison->amendments->count; i++) {
                wire_put_text(buffer, i == 0 ? "" : ",");
                put_amendment(buffer, &comparison->amendments->list[i]);
        }
        wire_put_text(buffer, "]");
        wire_put_key(buffer, "readdressed");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < comparison->readdressed->count; i++) {
                wire_put_text(buffer, i == 0 ? "" : ",");
                put_readdressed(buffer, &comparison->readdressed->list[i]);
        }
        wire_put_text(buffer, "]");
}

static void put_side(struct wire_buffer *buffer, const char *key, const struct obligation *obligation)
{
        wire_put_key(buffer, key);
        if (obligation == NULL) {
                wire_put_text(buffer, "null");
                return;
        }
        wire_put_text(buffer, "{");
        put_text(buffer, "state", obligation_state_word(obligation->state));
        put_day(buffer, "started", obligation->started);
        put_day(buffer, "opens", obligation->opens);
        put_day(buffer, "due", obligation->due);
        put_day(buffer, "plan_by", obligation->plan_by);
        wire_put_key(buffer, "provisional");
        wire_put_bool(buffer, obligation->provisional);
        put_day(buffer, "met_on", obligation->met_on);
        put_day(buffer, "ended_on", obligation->ended_on);
        wire_put_text(buffer, "}");
}

static void put_stages(struct wire_buffer *buffer, const struct difference *difference)
{
        wire_put_key(buffer, "stages");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < difference->stage_count; i++) {
                const struct difference_stage *stage = &difference->stages[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_text(buffer, "at", stage->at);
                put_text(buffer, "before", stage->before);
                put_text(buffer, "after", stage->after);
                wire_put_key(buffer, "readdressed");
                wire_put_bool(buffer, stage->readdressed);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

void wire_difference_write(struct wire_buffer *buffer, const char *case_ref, const struct difference *difference)
{
        bool first = true;

        wire_put_text(buffer, "{");
        put_text(buffer, "case", case_ref);
        put_text(buffer, "rule", difference->rule);
        put_text(buffer, "item", difference->item);
        put_text(buffer, "title", difference->title);
        wire_put_key(buffer, "changes");
        wire_put_text(buffer, "[");
        for (unsigned i = 0; i < CHANGE_COUNT; i++) {
                if ((difference->changes & CHANGE_BIT(i)) == 0)
                        continue;
                wire_put_text(buffer, first ? "" : ",");
                wire_put_string(buffer, change_word((enum change)i));
                first = false;
        }
        wire_put_text(buffer, "]");
        put_side(buffer, "before", difference->before);
        put_side(buffer, "after", difference->after);
        put_stages(buffer, difference);
        wire_put_text(buffer, "}");
}

static void put_changes(struct wire_buffer *buffer, const uint64_t changes[CHANGE_COUNT])
{
        for (unsigned i = 0; i < CHANGE_COUNT; i++)
                put_number(buffer, change_word((enum change)i), changes[i]);
}

void wire_counts_write(struct wire_buffer *buffer, const struct difference_counts *counts)
{
        wire_put_text(buffer, "{");
        put_number(buffer, "cases", counts->cases);
        put_number(buffer, "cases_changed", counts->cases_changed);
        put_number(buffer, "open_before", counts->open_before);
        put_number(buffer, "open_after", counts->open_after);
        put_number(buffer, "overdue_before", counts->overdue_before);
        put_number(buffer, "overdue_after", counts->overdue_after);
        put_number(buffer, "unreadable", counts->unreadable);
        put_changes(buffer, counts->changes);
        wire_put_text(buffer, "}");
}

static bool differs(const struct difference_rule *rule)
{
        for (unsigned i = 0; i < CHANGE_COUNT; i++)
                if (rule->changes[i] > 0)
                        return true;
        return false;
}

void wire_tally_append(struct wire_buffer *buffer, const struct difference_tally *tally)
{
        bool first = true;

        wire_put_key(buffer, "counts");
        wire_counts_write(buffer, &tally->counts);
        wire_put_key(buffer, "rules");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < tally->rule_count; i++) {
                const struct difference_rule *rule = &tally->rules[i];

                if (!differs(rule))
                        continue;
                wire_put_text(buffer, first ? "{" : ",{");
                put_text(buffer, "rule", rule->id);
                put_text(buffer, "title", rule->title);
                put_changes(buffer, rule->changes);
                wire_put_text(buffer, "}");
                first = false;
        }
        wire_put_text(buffer, "]");
}
