/*
 * query_words - what a list of obligations is asked for, in words: states, rules,
 * attributes and the cursor. Words that are none are refused by name.
 */
#include "mappad/nearest.h"
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool query_next_word(const char **list, char *word, size_t size)
{
        const char *start = *list;
        size_t length = strcspn(start, ",");

        if (*start == '\0')
                return false;
        snprintf(word, size, "%.*s", (int)length, start);
        *list = start[length] == ',' ? start + length + 1 : start + length;
        return true;
}

static const char *nearest_state(const char *word)
{
        const char *words[OBLIGATION_STATE_COUNT];

        for (int s = 0; s < OBLIGATION_STATE_COUNT; s++)
                words[s] = obligation_state_word((enum obligation_state)s);
        return nearest_word(word, words, OBLIGATION_STATE_COUNT);
}

static bool parse_states(struct app_query *query, struct wire_problem *problem)
{
        const char *list = query->filter.states;
        char word[64];

        query->states = APP_STATES_OPEN;
        if (list == NULL)
                return true;
        query->states = 0;
        while (query_next_word(&list, word, sizeof word)) {
                unsigned found = strcmp(word, "open") == 0  ? APP_STATE_BIT(OBLIGATION_OPEN)
                                 : strcmp(word, "all") == 0 ? APP_STATES_ALL
                                                            : 0;
                for (int s = 0; s < OBLIGATION_STATE_COUNT; s++)
                        if (strcmp(word, obligation_state_word((enum obligation_state)s)) == 0)
                                found |= APP_STATE_BIT(s);
                if (found == 0) {
                        wire_problem_set(problem, "unknown-value", "state", "no state is called \"%s\"", word);
                        problem->nearest = nearest_state(word);
                        return false;
                }
                query->states |= found;
        }
        return true;
}

static const char *nearest_rule(struct app_query *query, const char *word)
{
        const struct ruleset *ruleset = query_rules(query);
        const char **ids = arena_array(&query->arena, ruleset->rule_count, sizeof *ids);

        for (size_t i = 0; ids != NULL && i < ruleset->rule_count; i++)
                ids[i] = ruleset->rules[i].id;
        return ids == NULL ? NULL : nearest_word(word, ids, ruleset->rule_count);
}

static bool parse_rules(struct app_query *query, struct wire_problem *problem)
{
        const struct ruleset *ruleset = query_rules(query);
        const char *list = query->filter.rule;
        char word[128];

        if (list == NULL)
                return true;
        query->rule_wanted = arena_array(&query->arena, ruleset->rule_count + 1, sizeof *query->rule_wanted);
        if (query->rule_wanted == NULL)
                return false;
        while (query_next_word(&list, word, sizeof word)) {
                uint16_t rule = ruleset_rule(ruleset, word);
                if (rule == VOCABULARY_NONE) {
                        wire_problem_set(problem, "unknown-value", "rule", "no rule is called \"%s\"", word);
                        problem->nearest = nearest_rule(query, word);
                        return false;
                }
                query->rule_wanted[rule] = true;
        }
        return true;
}

/* The attributes by which any rule in use routes alerts: the words of these are agencies. */
static void mark_routes(struct app_query *query, const struct rule_version *version)
{
        for (size_t i = 0; i < version->stage_count; i++)
                for (size_t j = 0; j < version->stages[i].to_count; j++) {
                        const char *to = version->stages[i].to[j];
                        uint16_t index = VOCABULARY_NONE;

                        if (to[0] == '$')
                                index = vocabulary_attribute(&query_rules(query)->vocabulary, to + 1);
                        if (index != VOCABULARY_NONE)
                                query->routes[index] = true;
                }
}

static bool is_agency(const struct app_query *query, const char *word, const char **ret_nearest)
{
        const struct vocabulary *vocabulary = &query_rules(query)->vocabulary;

        for (size_t a = 0; a < vocabulary->attribute_count; a++) {
                const struct attribute *attribute = &vocabulary->attributes[a];

                if (!query->routes[a])
                        continue;
                if (vocabulary_word(attribute->values, attribute->value_count, word) >= 0)
                        return true;
                if (*ret_nearest == NULL)
                        *ret_nearest = nearest_word(word, attribute->values, attribute->value_count);
        }
        return false;
}

static bool parse_agencies(struct app_query *query, const struct app_attribute_filter *filter,
                           struct wire_problem *problem)
{
        const struct ruleset *ruleset = query_rules(query);
        const char *list = filter->values, *nearest = NULL;
        char word[128];

        query->routes = arena_array(&query->arena, ruleset->vocabulary.attribute_count + 1, sizeof *query->routes);
        if (query->routes == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        if (ruleset->rules[i].versions[j].enabled)
                                mark_routes(query, &ruleset->rules[i].versions[j]);
        while (query_next_word(&list, word, sizeof word)) {
                if (is_agency(query, word, &nearest))
                        continue;
                wire_problem_set(problem, "unknown-value", filter->name, "no alert is routed to an agency \"%s\"",
                                 word);
                problem->nearest = nearest;
                return false;
        }
        return true;
}

bool query_mask(const struct vocabulary *vocabulary, const struct app_attribute_filter *filter, uint16_t *ret_attribute,
                uint64_t *ret_mask, struct wire_problem *problem)
{
        uint16_t attribute = vocabulary_attribute(vocabulary, filter->name);
        const char *list = filter->values;
        char word[128];

        *ret_attribute = attribute;
        *ret_mask = 0;
        if (attribute == VOCABULARY_NONE) {
                wire_problem_set(problem, "unknown-filter", filter->name, "no attribute is called \"%s\"",
                                 filter->name);
                return false;
        }
        while (query_next_word(&list, word, sizeof word)) {
                const struct attribute *found = &vocabulary->attributes[attribute];
                int value = vocabulary_word(found->values, found->value_count, word);
                if (strcmp(word, "unset") == 0)
                        *ret_mask |= VALUE_UNSET;
                else if (strcmp(word, "set") == 0)
                        *ret_mask |= VALUE_ANY_SET;
                else if (value >= 0)
                        *ret_mask |= VALUE_BIT(value);
                else {
                        wire_problem_set(problem, "unknown-value", filter->name, "\"%s\" is no value of %s%s", word,
                                         filter->name,
                                         found->kind == VALUE_DATE ? ", a date: \"set\" or \"unset\"" : "");
                        wire_problem_suggest(problem, word, found->values, found->value_count);
                        return false;
                }
        }
        return true;
}

static bool parse_attribute(struct app_query *query, size_t index, struct wire_problem *problem)
{
        const struct app_attribute_filter *filter = &query->filter.attributes[index];
        const struct vocabulary *vocabulary = &query_rules(query)->vocabulary;

        query->attributes[index] = VOCABULARY_NONE;
        if (strcmp(filter->name, "agency") == 0 && vocabulary_attribute(vocabulary, filter->name) == VOCABULARY_NONE)
                return parse_agencies(query, filter, problem);
        return query_mask(vocabulary, filter, &query->attributes[index], &query->masks[index], problem);
}

/* A day number and the underscore behind it. */
static bool parse_day(const char **text, int32_t *ret_day)
{
        char *end = NULL;
        long day = strtol(*text, &end, 10);

        if (end == *text || *end != '_' || day < INT32_MIN || day > INT32_MAX)
                return false;
        *ret_day = (int32_t)day;
        *text = end + 1;
        return true;
}

static bool parse_cursor(struct app_query *query, struct wire_problem *problem)
{
        const char *text = query->filter.cursor;
        int32_t due = 0, started = 0;

        if (query->filter.cursor == NULL || query->filter.cursor[0] == '\0')
                return true;
        if (!parse_day(&text, &due) || !parse_day(&text, &started) ||
            sscanf(text, "%32[A-Z0-9-]_%65[a-z0-9-]_%32[A-Za-z0-9-]", query->place.ref, query->place_rule,
                   query->place.key) < 2) {
                wire_problem_set(problem, "bad-cursor", "cursor", "this is no cursor that was given out");
                return false;
        }
        query->place.duty.obligation.due = due;
        query->place.duty.obligation.started = started;
        query->has_place = true;
        return true;
}

bool query_understand(struct app_query *query, struct wire_problem *problem)
{
        if (!parse_states(query, problem) || !parse_rules(query, problem) || !parse_cursor(query, problem))
                return false;
        for (size_t i = 0; i < query->filter.attribute_count; i++)
                if (!parse_attribute(query, i, problem))
                        return false;
        return true;
}
