/*
 * search - best-first search for a history (search.h).
 */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "roll.h"
#include "search_parts.h"

#define STATES_MAX 200000 /* tried before giving up: a few seconds */
#define SCORES 128
#define SEEN_SLOTS (1U << 19) /* more than twice the states */

/* A history: that of its parent and one move more. */
struct node {
        struct node *parent, *next;
        size_t move;
        unsigned int depth, lack;
};

struct frontier {
        struct node *first[SCORES], *last[SCORES];
        uint64_t *seen; /* signatures of states, open addressing; 0: free */
        size_t states;
};

struct search *search_new(const struct search_goal *goal)
{
        struct search *search = malloc(sizeof(*search));
        if (search == NULL)
                return NULL;
        *search = (struct search){.goal = goal};
        arena_init(&search->arena, heap_grow, free);
        arena_init(&search->scratch, heap_grow, free);
        if (search_learn(search))
                return search;
        search_free(search);
        return NULL;
}

void search_free(struct search *search)
{
        if (search == NULL)
                return;
        arena_fini(&search->arena);
        arena_fini(&search->scratch);
        free(search);
}

/* ---- states ---- */

/* A state of the case, or of the item that the rule is about. */
struct situation {
        struct casefile casefile;
        const struct item *item;
        const struct value *values;
};

static bool look(struct search *search, const struct record *records, size_t count, int32_t day,
                 struct situation *situation)
{
        const struct ruleset *ruleset = search->goal->ruleset;
        uint16_t per = ruleset->rules[search->goal->rule].per;
        *situation = (struct situation){.item = NULL};
        if (casefile_stand(ruleset, records, count, INSTANT_LATEST, day, &search->scratch, &situation->casefile) !=
            STATUS_OK)
                return false;
        for (size_t i = 0; i < situation->casefile.item_count; i++)
                if (situation->casefile.items[i].kind == per)
                        situation->item = &situation->casefile.items[i];
        situation->values = casefile_state(ruleset, &situation->casefile, situation->item, day, &search->scratch);
        return situation->values != NULL;
}

/* Terms that do not hold, those left out about which the event that is still to come (or NULL) decides. */
static unsigned int lacking_terms(const struct condition *condition, const struct value *values,
                                  const struct event_type *coming)
{
        unsigned int lack = 0;
        for (size_t i = 0; i < condition->count; i++) {
                bool decides = false;
                for (size_t e = 0; coming != NULL && e < coming->effect_count; e++)
                        decides |= coming->effects[e].attribute == condition->terms[i].subject;
                lack += !decides && (values[condition->terms[i].subject].bits & condition->terms[i].mask) == 0;
        }
        return lack;
}

static bool period_fits(const struct rule_version *version, const struct value *values, int32_t day)
{
        for (size_t i = 0; i < version->period_count; i++)
                if (day >= version->periods[i].in_force_from && day <= version->periods[i].in_force_until &&
                    condition_holds(version->periods[i].when, values) &&
                    !condition_excludes(version->periods[i].unless, values))
                        return true;
        return version->period_count == 0;
}

static bool triggered(const struct search *search, const struct situation *situation)
{
        const struct rule_version *version = search->goal->version;
        if (version->clock != CLOCK_WITHIN || version->trigger == TRIGGER_START)
                return true;
        if (version->trigger == TRIGGER_CHANGE)
                return situation->values[version->change].bits != VALUE_UNSET;
        for (size_t i = 0; i < situation->casefile.fact_count; i++) {
                const struct fact *fact = &situation->casefile.facts[i];
                if (fact->type == version->from.event && condition_holds(version->from.where, fact->fields))
                        return true;
        }
        return false;
}

/* The event that is to start the clock and has not happened yet; NULL: none is wanted. */
static const struct event_type *coming(const struct search *search, bool triggered)
{
        const struct rule_version *version = search->goal->version;
        if (triggered || version->trigger != TRIGGER_EVENT)
                return NULL;
        return &search->goal->ruleset->vocabulary.events[version->from.event];
}

/* How much is missing for the rule to have an obligation. A trigger that leads from one place to another, where the
 * rule applies in the second, asks first for the place that it requires: whoever is in custody already is no nearer
 * to a recall. */
static unsigned int lacking(const struct search *search, const struct situation *situation)
{
        const struct search_goal *goal = search->goal;
        const struct rule_version *version = goal->version;
        const struct value *values = situation->values;
        bool started = triggered(search, situation);
        const struct event_type *trigger = coming(search, started);
        unsigned int lack =
                lacking_terms(&version->applies, values, trigger) + condition_excludes(version->applies_unless, values);
        if (version->has_runs)
                lack += lacking_terms(&version->runs, values, trigger);
        if (trigger != NULL)
                lack += lacking_terms(&trigger->needs, values, NULL);
        for (size_t i = 0; i < version->need_count; i++)
                lack += values[version->needs[i]].bits == VALUE_UNSET;
        lack += !period_fits(version, values, goal->day);
        if (version->clock == CLOCK_BY_DATE)
                lack += values[version->by_date].bits == VALUE_UNSET || values[version->by_date].day != goal->target;
        lack += !started;
        return lack + (goal->ruleset->rules[goal->rule].per != VOCABULARY_NONE && situation->item == NULL);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
        return (hash ^ value) * UINT64_C(1099511628211);
}

/* What makes two histories the same for the search. */
static uint64_t signature(const struct search *search, const struct situation *situation)
{
        const struct vocabulary *vocabulary = &search->goal->ruleset->vocabulary;
        uint64_t hash = UINT64_C(14695981039346656037);
        for (size_t i = 0; i < vocabulary->attribute_count; i++)
                if (search->relevant[i])
                        hash = mix(mix(hash, situation->values[i].bits), (uint64_t)(uint32_t)situation->values[i].day);
        for (size_t i = 0; i < situation->casefile.item_count; i++)
                hash = mix(hash, 1000 + situation->casefile.items[i].kind);
        for (size_t i = 0; i < situation->casefile.fact_count; i++) {
                const struct fact *fact = &situation->casefile.facts[i];
                if (!search->counted[fact->type])
                        continue;
                hash = mix(hash, 2000 + fact->type);
                for (size_t f = 0; f < vocabulary->events[fact->type].field_count; f++)
                        hash = mix(hash, fact->fields[f].bits);
        }
        return (hash ^ hash >> 29) | 1;
}

/* ---- the search ---- */

static size_t unroll(const struct search *search, const struct node *node, struct record *records)
{
        size_t count = node->depth;
        for (; node->parent != NULL; node = node->parent)
                records[node->depth - 1] =
                        (struct record){.fact = search->moves[node->move], .recorded_at = INSTANT_ALWAYS};
        for (size_t i = 0; i < count; i++)
                records[i].fact.seq = i + 1;
        return count;
}

/* False if the state was seen before. */
static bool see(struct frontier *frontier, uint64_t mark)
{
        size_t at = mark & (SEEN_SLOTS - 1);
        while (frontier->seen[at] != 0 && frontier->seen[at] != mark)
                at = (at + 1) & (SEEN_SLOTS - 1);
        bool fresh = frontier->seen[at] == 0;
        frontier->seen[at] = mark;
        return fresh;
}

static void push(struct frontier *frontier, struct node *node)
{
        unsigned int score = node->depth + 3 * node->lack;
        score = score < SCORES ? score : SCORES - 1;
        if (frontier->last[score] != NULL)
                frontier->last[score]->next = node;
        else
                frontier->first[score] = node;
        frontier->last[score] = node;
}

static struct node *pop(struct frontier *frontier)
{
        for (size_t i = 0; i < SCORES; i++) {
                struct node *node = frontier->first[i];
                if (node == NULL)
                        continue;
                frontier->first[i] = node->next;
                if (node->next == NULL)
                        frontier->last[i] = NULL;
                return node;
        }
        return NULL;
}

struct found {
        const struct search_goal *goal;
        bool there;
};

static void take(void *context, const struct obligation *obligation)
{
        struct found *found = context;
        if (obligation->rule == found->goal->rule && obligation->due != CIVIL_NONE &&
            obligation->state != OBLIGATION_UNEVALUABLE && obligation->state != OBLIGATION_MET &&
            (obligation->started == found->goal->day || found->goal->version->clock == CLOCK_QUOTA ||
             found->goal->version->clock == CLOCK_BY_DAY))
                found->there = true;
}

/* Whether the rule has its obligation. */
static bool reached(struct search *search, const struct situation *situation)
{
        struct found found = {.goal = search->goal};
        bool later = search->goal->version->clock == CLOCK_QUOTA || search->goal->version->clock == CLOCK_BY_DAY;
        int32_t day = civil_add_days(search->goal->day, later ? SEARCH_AHEAD : 0);
        if (obligation_derive(search->goal->ruleset, &situation->casefile, day, &search->scratch, take, &found) !=
            STATUS_OK)
                search->failed = true;
        return found.there;
}

static bool admitted(struct search *search, const struct record *records, size_t count, const struct record *candidate)
{
        struct admission admission =
                casefile_admit(search->goal->ruleset, records, count, candidate, false, &search->scratch);
        search->failed |= admission.code == REFUSAL_NO_MEMORY;
        return admission.code == REFUSAL_NONE && admission.flag_count == 0;
}

/* Tries one move; returns the node if it made the obligation. */
static struct node *try_move(struct search *search, struct frontier *frontier, struct node *parent, size_t move)
{
        struct record records[SEARCH_DEPTH_MAX];
        struct situation situation;
        size_t count = unroll(search, parent, records);
        arena_reset(&search->scratch);
        frontier->states++;
        records[count] = (struct record){.fact = search->moves[move], .recorded_at = INSTANT_ALWAYS};
        records[count].fact.seq = count + 1;
        if (!admitted(search, records, count, &records[count]))
                return NULL;
        if (!look(search, records, count + 1, search->goal->day, &situation)) {
                search->failed = true;
                return NULL;
        }
        if (!see(frontier, signature(search, &situation)))
                return NULL;
        struct node *node = arena_alloc(&search->arena, sizeof(*node));
        if (node == NULL) {
                search->failed = true;
                return NULL;
        }
        *node = (struct node){
                .parent = parent, .move = move, .depth = parent->depth + 1, .lack = lacking(search, &situation)};
        if (search->best == NULL || node->lack < search->best->lack)
                search->best = node;
        if (node->lack == 0 && reached(search, &situation))
                return node;
        push(frontier, node);
        return NULL;
}

static struct node *run(struct search *search, struct frontier *frontier)
{
        struct node *root = arena_alloc(&search->arena, sizeof(*root));
        if (root == NULL) {
                search->failed = true;
                return NULL;
        }
        push(frontier, root);
        for (struct node *node = pop(frontier); node != NULL && !search->failed; node = pop(frontier)) {
                for (size_t i = 0; i < search->move_count && node->depth < SEARCH_DEPTH_MAX; i++) {
                        struct node *end = try_move(search, frontier, node, i);
                        if (end != NULL || search->failed)
                                return end;
                        if (frontier->states >= STATES_MAX)
                                return NULL;
                }
        }
        return NULL;
}

enum status search_history(struct search *search, const struct record **ret_records, size_t *ret_count)
{
        struct frontier frontier = {.seen = calloc(SEEN_SLOTS, sizeof(*frontier.seen))};
        struct record *records = arena_array(&search->arena, SEARCH_DEPTH_MAX, sizeof(*records));
        struct node *end = NULL;
        if (frontier.seen != NULL && records != NULL)
                end = run(search, &frontier);
        else
                search->failed = true;
        free(frontier.seen);
        if (search->failed)
                return STATUS_NO_MEMORY;
        *ret_records = records;
        *ret_count = end != NULL ? unroll(search, end, records) : 0;
        return STATUS_OK;
}

/* ---- what is missing ---- */

static void say(char *text, size_t size, const char *what, const char *name)
{
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s \"%s\"", used > 0 ? "; " : "", what, name);
}

/* "\"applies\" asks that \"level\" be 2 or 3" */
static void say_term(char *text, size_t size, const char *what, const struct attribute *attribute, uint64_t mask)
{
        say(text, size, what, attribute->name);
        size_t used = strlen(text);
        const char *before = " be ";
        for (size_t i = 0; i < attribute->value_count && used < size && mask != VALUE_ANY_SET; i++) {
                if ((mask & VALUE_BIT(i)) == 0)
                        continue;
                used += (size_t)snprintf(text + used, size - used, "%s%s", before, attribute->values[i]);
                before = " or ";
        }
        if ((mask == VALUE_ANY_SET || mask == VALUE_UNSET || attribute->kind == VALUE_DATE) && used < size)
                snprintf(text + used, size - used, mask == VALUE_UNSET ? " be unset" : " be set");
}

void search_lack(const struct search *search, char *text, size_t size)
{
        const struct search_goal *goal = search->goal;
        const struct rule_version *version = goal->version;
        const struct attribute *attributes = goal->ruleset->vocabulary.attributes;
        struct search again = *search;
        struct record records[SEARCH_DEPTH_MAX];
        struct situation situation;
        size_t count = search->best != NULL ? unroll(search, search->best, records) : 0;
        text[0] = '\0';
        if (!look(&again, records, count, goal->day, &situation))
                return;
        for (size_t i = 0; i < version->applies.count; i++) {
                const struct term *term = &version->applies.terms[i];
                if ((situation.values[term->subject].bits & term->mask) == 0)
                        say_term(text, size, "\"applies\" asks that", &attributes[term->subject], term->mask);
        }
        if (condition_excludes(version->applies_unless, situation.values))
                say(text, size, "\"unless\" excludes it by", attributes[version->applies_unless.terms[0].subject].name);
        for (size_t i = 0; version->has_runs && i < version->runs.count; i++)
                if ((situation.values[version->runs.terms[i].subject].bits & version->runs.terms[i].mask) == 0)
                        say_term(text, size, "\"runs\" asks that", &attributes[version->runs.terms[i].subject],
                                 version->runs.terms[i].mask & ~VALUE_UNSET);
        for (size_t i = 0; i < version->need_count; i++)
                if (situation.values[version->needs[i]].bits == VALUE_UNSET)
                        say(text, size, "nothing sets", attributes[version->needs[i]].name);
        if (version->clock == CLOCK_BY_DATE && situation.values[version->by_date].bits == VALUE_UNSET)
                say(text, size, "nothing sets", attributes[version->by_date].name);
        if (!triggered(search, &situation))
                say(text, size, "there is no event",
                    version->trigger == TRIGGER_EVENT ? goal->ruleset->vocabulary.events[version->from.event].name
                                                      : attributes[version->change].name);
        if (text[0] == '\0')
                snprintf(text, size, "every condition can be met, and yet no duty of its own begins on that day");
}

/* ---- single steps ---- */

/* How many relevant attributes differ, those that `runs` looks at left out. */
static unsigned int side_effects(const struct search *search, const struct value *before, const struct value *after)
{
        const struct rule_version *version = search->goal->version;
        unsigned int count = 0;
        for (size_t i = 0; i < search->goal->ruleset->vocabulary.attribute_count; i++) {
                bool asked = false;
                for (size_t t = 0; t < version->runs.count; t++)
                        asked |= version->runs.terms[t].subject == i;
                count += !asked && (before[i].bits != after[i].bits || before[i].day != after[i].day);
        }
        return count;
}

/* How much an event says and does. */
static unsigned int spoken(const struct search *search, const struct fact *fact)
{
        const struct event_type *event = &search->goal->ruleset->vocabulary.events[fact->type];
        unsigned int count = (unsigned int)event->effect_count;
        for (size_t i = 0; i < event->field_count; i++)
                count += fact->fields[i].bits != VALUE_UNSET;
        return count;
}

enum status search_step(struct search *search, const struct record *records, size_t count, enum search_step step,
                        struct record *ret_record)
{
        struct record all[SEARCH_DEPTH_MAX + 4];
        const struct rule_version *version = search->goal->version;
        int32_t day = ret_record->fact.on;
        unsigned int least = UINT32_MAX;
        memcpy(all, records, count * sizeof(*all));
        ret_record->fact.seq = 0;
        for (size_t i = 0; i < search->move_count && !search->failed; i++) {
                struct situation before, after;
                arena_reset(&search->scratch);
                all[count] = (struct record){.fact = search->moves[i], .recorded_at = INSTANT_ALWAYS};
                all[count].fact.seq = count + 1;
                all[count].fact.on = day;
                if (!admitted(search, all, count, &all[count]))
                        continue;
                if (!look(search, all, count, day, &before) || !look(search, all, count + 1, day, &after)) {
                        search->failed = true;
                        continue;
                }
                bool running = condition_holds(version->runs, after.values);
                if (running != (step == SEARCH_RESUME) || !condition_holds(version->applies, after.values) ||
                    condition_excludes(version->applies_unless, after.values))
                        continue;
                /* Of events that change nothing else, the one that says least. */
                unsigned int effects =
                        1000 * side_effects(search, before.values, after.values) + spoken(search, &all[count].fact);
                if (effects < least) {
                        least = effects;
                        *ret_record = all[count];
                }
        }
        return search->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The least that an event which fits a match can say. */
static bool fill_match(struct search *search, const struct event_match *match, int32_t day, struct value *fields)
{
        const struct event_type *event = &search->goal->ruleset->vocabulary.events[match->event];
        for (size_t i = 0; i < event->field_count; i++) {
                const struct field *field = &event->fields[i];
                uint64_t mask = field->required ? VALUE_ANY_SET : VALUE_UNSET;
                for (size_t t = 0; t < match->where.count; t++)
                        if (match->where.terms[t].subject == i)
                                mask = match->where.terms[t].mask;
                fields[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
                if ((mask & VALUE_UNSET) != 0)
                        continue;
                if (field->kind == VALUE_DATE)
                        fields[i] = (struct value){VALUE_BIT(0), civil_add_months(day, 120), NULL};
                else if (field->kind == VALUE_TOKEN)
                        fields[i] = (struct value){VALUE_BIT(0), CIVIL_NONE, "T1"};
                for (size_t v = 0; v < field->value_count && fields[i].bits == VALUE_UNSET; v++)
                        if ((mask & VALUE_BIT(v)) != 0)
                                fields[i].bits = VALUE_BIT(v);
        }
        return condition_holds(match->where, fields);
}

enum status search_met(struct search *search, const struct record *records, size_t count, struct record *ret_record)
{
        const struct search_goal *goal = search->goal;
        uint16_t per = goal->ruleset->rules[goal->rule].per;
        int32_t day = ret_record->fact.on;
        ret_record->fact.seq = 0;
        for (size_t i = 0; i < goal->version->met_by_count; i++) {
                const struct event_match *match = &goal->version->met_by[i];
                const struct event_type *event = &goal->ruleset->vocabulary.events[match->event];
                struct value *fields = arena_array(&search->arena, event->field_count, sizeof(*fields));
                if (fields == NULL)
                        return STATUS_NO_MEMORY;
                if (!fill_match(search, match, day, fields))
                        continue;
                struct record record = {.fact = {.type = match->event,
                                                 .on = day,
                                                 .seq = count + 1,
                                                 .fields = event->field_count > 0 ? fields : NULL},
                                        .recorded_at = INSTANT_ALWAYS};
                if (event->item_use == ITEM_USE_NAMES ||
                    (event->item_use == ITEM_USE_MAY_NAME && event->item_kind == per))
                        record.fact.item = search_key(search, event->item_kind);
                arena_reset(&search->scratch);
                if (event->item_use != ITEM_USE_BEGINS && admitted(search, records, count, &record)) {
                        *ret_record = record;
                        break;
                }
        }
        return search->failed ? STATUS_NO_MEMORY : STATUS_OK;
}
