/*
 * model_derive - a case as of the model's day, derived from all of its records. What was
 * derived last is kept, since several ask for it: it is of just those records, rules and
 * that day, or it is derived again.
 */
#include "model_inside.h"

#include <stdlib.h>
#include <string.h>

struct model_kept *model_keep(void)
{
        struct model_kept *kept = model_must(own_calloc(1, sizeof *kept));

        arena_init(&kept->work, own_malloc, own_free);
        arena_init(&kept->rows, own_malloc, own_free);
        return kept;
}

void model_forget(struct model_kept *kept)
{
        arena_fini(&kept->work);
        arena_fini(&kept->rows);
        own_free(kept);
}

static void take(void *context, const struct obligation *obligation)
{
        struct model_kept *kept = context;
        struct derivation *derivation = &kept->derivation;

        if (derivation->count == derivation->capacity) {
                size_t capacity = derivation->capacity == 0 ? 64 : derivation->capacity * 2;
                struct derived *list = model_must(arena_array(&kept->rows, capacity, sizeof *list));
                if (derivation->count > 0)
                        memcpy(list, derivation->list, derivation->count * sizeof *list);
                derivation->list = list;
                derivation->capacity = capacity;
        }
        struct derived *derived = &derivation->list[derivation->count++];
        *derived = (struct derived){.obligation = *obligation};
        if (obligation->item != NULL)
                derived->item = *obligation->item;
}

static void derive(const struct model *model, const struct model_case *casefile)
{
        struct model_kept *kept = casefile->kept;
        struct derivation *derivation = &kept->derivation;

        arena_reset(&kept->work);
        arena_reset(&kept->rows);
        *derivation = (struct derivation){.count = 0};
        if (casefile_stand(model->ruleset, casefile->records, casefile->count, INSTANT_LATEST, model->as_of, &kept->work,
                           &derivation->standing) != STATUS_OK ||
            obligation_derive(model->ruleset, &derivation->standing, model->as_of, &kept->work, take, kept) != STATUS_OK)
                exit(2);
        for (size_t i = 0; i < derivation->count; i++)
                if (derivation->list[i].obligation.item != NULL)
                        derivation->list[i].obligation.item = &derivation->list[i].item;
        kept->ruleset = model->ruleset;
        kept->count = casefile->count;
        kept->as_of = model->as_of;
}

void model_derive(struct model *model, struct model_case *casefile, struct derivation *derivation)
{
        const struct model_kept *kept = casefile->kept;

        arena_reset(&model->work);
        if (kept->ruleset != model->ruleset || kept->count != casefile->count || kept->as_of != model->as_of)
                derive(model, casefile);
        *derivation = kept->derivation;
        derivation->model = model;
        derivation->casefile = casefile;
}
