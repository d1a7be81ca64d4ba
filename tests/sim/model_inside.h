/*
 * model_inside - what the files of the model share.
 */
#ifndef SIM_MODEL_INSIDE_H
#define SIM_MODEL_INSIDE_H

#include "model.h"

/* An obligation of a derivation, with its item kept. */
struct derived {
        struct obligation obligation;
        struct item item;
        bool fresh; /* it was not there when the case was last looked at */
};

struct derivation {
        struct model *model;
        struct model_case *casefile;
        struct casefile standing;
        struct derived *list;
        size_t count, capacity;
};

static inline const char *rule_of(const struct model *model, const struct obligation *obligation)
{
        return model->ruleset->rules[obligation->rule].id;
}

static inline const char *item_of(const struct obligation *obligation)
{
        return obligation->item == NULL ? "" : obligation->item->key;
}

static inline bool open_now(const struct obligation *obligation)
{
        return !obligation_state_closed(obligation->state);
}

/* What was last derived of a case, and of what. */
struct model_kept {
        struct arena work, rows;
        struct derivation derivation;
        const struct ruleset *ruleset;
        size_t count; /* of records */
        int32_t as_of;
};

/* Whether paused days alone lead from one date to the other. */
static inline bool carried(const struct model_mark *then, int32_t due, int32_t nominal)
{
        return then->due != CIVIL_NONE && then->due < due && nominal != CIVIL_NONE && then->nominal == nominal;
}

/* Purpose: derive a case as of the model's day, unless that was done of the same records, rules and day. Owns: the case, until
 * it is derived again. */
void model_derive(struct model *model, struct model_case *casefile, struct derivation *derivation);
/* Purpose: room for what is derived of a case. Owns: the caller, until it is forgotten. */
struct model_kept *model_keep(void);
void model_forget(struct model_kept *kept);
/* Purpose: memory that is there, or the end. */
void *model_must(void *memory);

/* ---- model_circle.c: who hears ---- */

/* Purpose: add whom a stage names; mark NULL: whatever was acknowledged. */
void model_add_circle(struct derivation *derivation, const struct obligation *obligation, const struct stage *stage,
                      const struct model_mark *mark, struct model_circle *circle);
/* Purpose: whoever is told by one stage is not silenced by another; where there is nobody at all, somebody watches. */
void model_close_circle(struct model_circle *circle);
/* Purpose: all whom the ladder names, escalations apart. */
struct model_circle model_whole_circle(struct derivation *derivation, const struct obligation *obligation);

#endif
