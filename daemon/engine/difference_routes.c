/*
 * difference_routes - who hears of a stage, on one side and on the other.
 *
 * Names are compared as sets. States are only worked out where a route hangs on
 * an attribute.
 */
#include "difference.h"

#include <string.h>

#include "phrase.h"
#include "mappad/ensure.h"

#define NAMES_MAX 128 /* names of one stage: its own and 62 values of each attribute; more are not told apart */

/* One name that is told. */
struct name {
        bool agency;
        const char *text;
};
struct names {
        struct name list[NAMES_MAX];
        size_t count;
};

/* One side of the question, and its state once somebody asked. */
struct hearing {
        const struct difference_side *side;
        const struct obligation *obligation;
        const struct value *state;
};

static const struct stage *stage_at(const struct rule_version *version, const char *at)
{
        for (size_t i = 0; i < version->stage_count; i++)
                if (strcmp(version->stages[i].at, at) == 0)
                        return &version->stages[i];
        return NULL;
}

static bool same_words(const struct stage *a, const struct stage *b)
{
        if (a->to_count != b->to_count)
                return false;
        for (size_t i = 0; i < a->to_count; i++)
                if (strcmp(a->to[i], b->to[i]) != 0)
                        return false;
        return true;
}

static bool same_ladder(const struct rule_version *before, const struct rule_version *after)
{
        if (before->stage_count != after->stage_count)
                return false;
        for (size_t i = 0; i < before->stage_count; i++)
                if (strcmp(before->stages[i].at, after->stages[i].at) != 0 ||
                    !same_words(&before->stages[i], &after->stages[i]))
                        return false;
        return true;
}

/* Sorted, each once. */
static void add_name(struct names *names, struct name name)
{
        size_t at = names->count;

        while (at > 0) {
                int order = strcmp(names->list[at - 1].text, name.text);

                if (order == 0 && names->list[at - 1].agency == name.agency)
                        return;
                if (order < 0 || (order == 0 && !names->list[at - 1].agency))
                        break;
                at--;
        }
        if (names->count == NAMES_MAX)
                return;
        memmove(&names->list[at + 1], &names->list[at], (names->count - at) * sizeof names->list[0]);
        names->list[at] = name;
        names->count++;
}

static bool take_state(struct hearing *hearing, int32_t as_of, struct arena *arena)
{
        const struct difference_side *side = hearing->side;

        if (hearing->state == NULL)
                hearing->state = casefile_state(side->ruleset, side->casefile, hearing->obligation->item, as_of, arena);
        return hearing->state != NULL;
}

static bool gather(struct hearing *hearing, const struct stage *stage, int32_t as_of, struct arena *arena,
                   struct names *names)
{
        const struct vocabulary *vocabulary = &hearing->side->ruleset->vocabulary;

        names->count = 0;
        for (size_t i = 0; stage != NULL && i < stage->to_count; i++) {
                uint16_t index;

                if (stage->to[i][0] != '$') {
                        add_name(names, (struct name){false, stage->to[i]});
                        continue;
                }
                index = vocabulary_attribute(vocabulary, stage->to[i] + 1);
                ENSURE(index != VOCABULARY_NONE);
                if (!take_state(hearing, as_of, arena))
                        return false;
                for (size_t v = 0; v < vocabulary->attributes[index].value_count; v++)
                        if ((hearing->state[index].bits & VALUE_BIT(v)) != 0)
                                add_name(names, (struct name){true, vocabulary->attributes[index].values[v]});
        }
        return true;
}

static bool same_names(const struct names *a, const struct names *b)
{
        if (a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (a->list[i].agency != b->list[i].agency || strcmp(a->list[i].text, b->list[i].text) != 0)
                        return false;
        return true;
}

static bool any_readdressed(const struct difference_question *question, const struct names *names)
{
        for (size_t i = 0; i < question->readdressed.count; i++)
                for (size_t n = 0; n < names->count; n++)
                        if (question->readdressed.list[i].agency == names->list[n].agency &&
                            strcmp(question->readdressed.list[i].name, names->list[n].text) == 0)
                                return true;
        return false;
}

static const char *by_comma(const struct names *names, struct arena *arena)
{
        struct phrase phrase = phrase_begin(arena);

        for (size_t i = 0; i < names->count; i++)
                phrase_join(&phrase, ", ", names->list[i].text);
        return phrase_end(&phrase);
}

struct comparing {
        const struct difference_question *question;
        struct arena *arena;
        struct hearing before, after;
        struct difference_stage *stages;
        size_t count;
        struct names old, new;
};

static bool compare_stage(struct comparing *comparing, const char *at)
{
        const struct difference_question *question = comparing->question;
        const struct stage *old = stage_at(comparing->before.obligation->version, at);
        const struct stage *new = stage_at(comparing->after.obligation->version, at);
        struct difference_stage *stage = &comparing->stages[comparing->count];

        if (!gather(&comparing->before, old, question->as_of, comparing->arena, &comparing->old) ||
            !gather(&comparing->after, new, question->as_of, comparing->arena, &comparing->new))
                return false;
        stage->at = at;
        stage->readdressed = any_readdressed(question, &comparing->old) || any_readdressed(question, &comparing->new);
        if (!stage->readdressed && same_names(&comparing->old, &comparing->new))
                return true;
        stage->before = by_comma(&comparing->old, comparing->arena);
        stage->after = by_comma(&comparing->new, comparing->arena);
        comparing->count++;
        return stage->before != NULL && stage->after != NULL;
}

enum status difference_routes(const struct difference_question *question, struct arena *arena,
                              struct difference *difference)
{
        const struct rule_version *before = difference->before->version, *after = difference->after->version;
        struct comparing *comparing;

        if (!question->words && question->readdressed.count == 0 && same_ladder(before, after))
                return STATUS_OK;
        comparing = arena_alloc(arena, sizeof *comparing);
        if (comparing == NULL)
                return STATUS_NO_MEMORY;
        comparing->question = question;
        comparing->arena = arena;
        comparing->before = (struct hearing){.side = &question->before, .obligation = difference->before};
        comparing->after = (struct hearing){.side = &question->after, .obligation = difference->after};
        comparing->stages = arena_array(arena, before->stage_count + after->stage_count + 1, sizeof *comparing->stages);
        if (comparing->stages == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < after->stage_count; i++)
                if (!compare_stage(comparing, after->stages[i].at))
                        return STATUS_NO_MEMORY;
        for (size_t i = 0; i < before->stage_count; i++)
                if (stage_at(after, before->stages[i].at) == NULL && !compare_stage(comparing, before->stages[i].at))
                        return STATUS_NO_MEMORY;
        if (comparing->count > 0)
                difference->changes |= CHANGE_BIT(CHANGE_RECIPIENTS);
        difference->stages = comparing->stages;
        difference->stage_count = comparing->count;
        return STATUS_OK;
}
