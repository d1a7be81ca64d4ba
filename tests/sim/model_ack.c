/*
 * model_ack - what may be acknowledged, and what was.
 */
#include "model_inside.h"

#include <stdlib.h>
#include <string.h>

/* The nominal date under which a stage was told. */
static int32_t told_nominal(const struct model_case *casefile, const struct model_ack *ack)
{
        for (size_t i = 0; i < casefile->mark_count; i++) {
                const struct model_mark *mark = &casefile->marks[i];
                if (mark->told && mark->started == ack->started && mark->due == ack->due && mark->repeat == ack->repeat &&
                    strcmp(mark->what, ack->what) == 0 && strcmp(mark->rule, ack->rule) == 0 && strcmp(mark->item, ack->item) == 0)
                        return mark->nominal;
        }
        return CIVIL_NONE;
}

/* An acknowledgement is for the date as it stands when it is given, which paused days may have moved since it was told. */
const char *model_may_acknowledge(struct model *model, struct model_ack *ack, bool breach, bool reached)
{
        struct model_case *casefile = model_case_of(model, ack->ref);
        struct model_mark then = {.due = ack->due, .nominal = told_nominal(casefile, ack)};
        struct derivation derivation;
        int32_t due = ack->due;
        bool stands = reached; /* a milestone on its day is closed, unless the record was corrected */

        model_derive(model, casefile, &derivation);
        for (size_t i = 0; i < derivation.count; i++) {
                const struct obligation *o = &derivation.list[i].obligation;
                if (!open_now(o) || o->started != ack->started || strcmp(rule_of(model, o), ack->rule) != 0 ||
                    strcmp(item_of(o), ack->item) != 0)
                        continue;
                due = o->due;
                stands = !reached && (o->due == ack->due || (!breach && carried(&then, o->due, o->nominal)));
        }
        if (!stands)
                return "closed";
        ack->told_due = ack->due;
        ack->due = due;
        for (size_t i = 0; i < model->ack_count; i++) {
                const struct model_ack *old = &model->acks[i];
                if (old->until >= model->as_of && old->started == ack->started &&
                    (old->due == ack->due || old->told_due == ack->due) &&
                    strcmp(old->ref, ack->ref) == 0 && strcmp(old->rule, ack->rule) == 0 && strcmp(old->item, ack->item) == 0 &&
                    strcmp(old->what, ack->what) == 0 && strcmp(old->role, ack->role) == 0)
                        return "already-acknowledged";
        }
        return "";
}

void model_acknowledged(struct model *model, const struct model_ack *ack)
{
        if (model->ack_count == model->ack_capacity) {
                model->ack_capacity = model->ack_capacity == 0 ? 32 : model->ack_capacity * 2;
                model->acks = model_must(own_realloc(model->acks, model->ack_capacity * sizeof *model->acks));
        }
        model->acks[model->ack_count++] = *ack;
}
