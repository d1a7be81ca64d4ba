/*
 * difference_tally - how many of which difference, in all and by rule
 * (difference.h).
 */
#include "mappad/difference.h"
#include "mappad/ensure.h"

#include <string.h>

static struct difference_rule rule_row(const struct rule *rule)
{
        return (struct difference_rule){.id = rule->id, .title = rule->versions[rule->version_count - 1].title};
}

enum status difference_tally_init(struct difference_tally *tally, const struct ruleset *before,
                                  const struct ruleset *after, struct arena *arena)
{
        size_t a = 0, b = 0;

        *tally = (struct difference_tally){
                .rules = arena_array(arena, before->rule_count + after->rule_count, sizeof *tally->rules)};
        if (tally->rules == NULL)
                return STATUS_NO_MEMORY;
        while (a < before->rule_count || b < after->rule_count) {
                int order = a == before->rule_count  ? 1
                            : b == after->rule_count ? -1
                                                     : strcmp(before->rules[a].id, after->rules[b].id);

                tally->rules[tally->rule_count++] = rule_row(order < 0 ? &before->rules[a] : &after->rules[b]);
                a += order <= 0;
                b += order >= 0;
        }
        return STATUS_OK;
}

static void count_side(const struct difference_side *side, uint64_t *open, uint64_t *overdue)
{
        for (size_t i = 0; i < side->count; i++) {
                *open += !obligation_state_closed(side->list[i]->state);
                *overdue += side->list[i]->state == OBLIGATION_OVERDUE;
        }
}

void difference_tally_case(struct difference_tally *tally, const struct difference_question *question)
{
        struct difference_counts *counts = &tally->counts;

        counts->cases++;
        count_side(&question->before, &counts->open_before, &counts->overdue_before);
        count_side(&question->after, &counts->open_after, &counts->overdue_after);
}

static struct difference_rule *find_rule(struct difference_tally *tally, const char *id)
{
        size_t low = 0, high = tally->rule_count;

        for (;;) {
                size_t middle = low + (high - low) / 2;

                ENSURE(low < high); /* the rules of both sides are there */
                int order = strcmp(tally->rules[middle].id, id);

                if (order == 0)
                        return &tally->rules[middle];
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
}

void difference_tally_add(struct difference_tally *tally, const struct difference *difference)
{
        struct difference_rule *rule = find_rule(tally, difference->rule);

        for (unsigned i = 0; i < CHANGE_COUNT; i++) {
                if ((difference->changes & CHANGE_BIT(i)) == 0)
                        continue;
                tally->counts.changes[i]++;
                rule->changes[i]++;
        }
}

struct counting {
        struct difference_tally *tally;
        const struct difference_sink *sink;
        bool any;
};

static void count_one(void *context, const struct difference *difference)
{
        struct counting *counting = context;

        counting->any = true;
        difference_tally_add(counting->tally, difference);
        if (counting->sink->sink != NULL)
                counting->sink->sink(counting->sink->context, difference);
}

enum status difference_count(struct difference_tally *tally, const struct difference_question *question,
                             struct arena *arena, const struct difference_sink *sink)
{
        struct counting counting = {.tally = tally, .sink = sink};
        enum status status;

        difference_tally_case(tally, question);
        status = difference_find(question, arena, count_one, &counting);
        tally->counts.cases_changed += counting.any;
        return status;
}
