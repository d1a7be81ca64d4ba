/*
 * derive - the obligations of one case, from the engine into a list, and
 * between such a list and the rows that the store keeps.
 */
#include "inside.h"

#include <string.h>

static void take(void *context, const struct obligation *obligation)
{
        struct duties *duties = context;
        struct duty *duty;

        if (duties->count == duties->capacity) {
                size_t capacity = duties->capacity == 0 ? 8 : duties->capacity * 2;
                struct duty *list = arena_room(duties->rows, capacity, sizeof *list);
                if (list == NULL) {
                        duties->failed = true;
                        return;
                }
                if (duties->count > 0)
                        memcpy(list, duties->list, duties->count * sizeof *list);
                duties->list = list;
                duties->capacity = capacity;
        }
        duty = &duties->list[duties->count++];
        duty->obligation = *obligation;
        duty->item = obligation->item != NULL ? *obligation->item : (struct item){0};
        duty->fresh = false;
}

/* The case wakes as well on the first day that a line names and that has not come: the clock was set back since it was
 * recorded, and when it is put right nothing else would say that the case has to be looked at. */
static int32_t wake_at_line(const struct dossier *dossier, int32_t as_of, int32_t wake)
{
        for (size_t i = 0; i < dossier->count; i++) {
                const struct record *record = &dossier->records[i];
                if (!record->is_retraction && record->fact.on > as_of && (wake == CIVIL_NONE || record->fact.on < wake))
                        wake = record->fact.on;
        }
        return wake;
}

enum status duties_derive(const struct derive_input *input, struct arena *work, struct arena *rows,
                          struct duties *ret_duties)
{
        struct duties *duties = ret_duties;
        enum status status;

        *duties = (struct duties){.rows = rows, .as_of = input->as_of, .wake = CIVIL_NONE};
        status = casefile_stand(input->ruleset, input->dossier->records, input->dossier->count, input->known_at,
                                input->as_of, work, &duties->casefile);
        if (status == STATUS_OK && input->open_only)
                status = obligation_derive_open(input->ruleset, &duties->casefile, input->as_of, work, take, duties);
        else if (status == STATUS_OK)
                status = obligation_derive_wake(input->ruleset, &duties->casefile, input->as_of, work, take, duties,
                                                &duties->wake);
        if (status == STATUS_OK && !input->open_only)
                duties->wake = wake_at_line(input->dossier, input->as_of, duties->wake);
        if (duties->failed)
                status = STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < duties->count; i++)
                if (duties->list[i].obligation.item != NULL)
                        duties->list[i].obligation.item = &duties->list[i].item;
        return status;
}

int duty_order(const struct duty *a, const struct duty *b)
{
        const struct obligation *x = &a->obligation;
        const struct obligation *y = &b->obligation;
        int order;

        if (x->rule != y->rule)
                return x->rule < y->rule ? -1 : 1;
        order = strcmp(x->item == NULL ? "" : a->item.key, y->item == NULL ? "" : b->item.key);
        if (order != 0)
                return order;
        return x->started < y->started ? -1 : x->started > y->started;
}

bool duty_same(const struct obligation *a, const struct obligation *b)
{
        return a->version == b->version && a->state == b->state && a->opens == b->opens && a->due == b->due &&
               a->nominal == b->nominal && a->plan_by == b->plan_by && a->provisional == b->provisional &&
               a->met_on == b->met_on && a->ended_on == b->ended_on && a->booked == b->booked &&
               a->booked_late == b->booked_late && a->paused == b->paused && a->used_days == b->used_days &&
               a->limit_days == b->limit_days && a->missing == b->missing && a->done == b->done &&
               a->needed == b->needed && a->counting == b->counting;
}

void duty_to_row(const struct lexicon *lexicon, const struct dossier *dossier, const struct duty *duty, int32_t as_of,
                 struct store_obligation *ret_row)
{
        const struct obligation *from = &duty->obligation;

        *ret_row = (struct store_obligation){
                .case_id = dossier->case_id,
                .rule = lexicon->rule_words[from->rule],
                .started = from->started,
                .state = (int32_t)from->state,
                .due = from->due,
                .opens = from->opens,
                .nominal = from->nominal,
                .plan_by = from->plan_by,
                .met_on = from->met_on,
                .ended_on = from->ended_on,
                .booked = from->booked,
                .version = from->version->in_force_from,
                .used_days = from->used_days,
                .limit_days = from->limit_days,
                .done = from->done,
                .needed = from->needed,
                .missing = from->missing == VOCABULARY_NONE ? 0 : lexicon->attribute_words[from->missing],
                .as_of = as_of,
                .provisional = from->provisional,
                .booked_late = from->booked_late,
                .paused = from->paused,
                .counting = from->counting,
        };
        memcpy(ret_row->ref, dossier->ref, strnlen(dossier->ref, CASE_REF_MAX));
        if (from->item != NULL)
                memcpy(ret_row->item, from->item->key, strnlen(from->item->key, ITEM_KEY_MAX));
}

/* The version of a rule that begins on a day. */
static const struct rule_version *version_of(const struct rule *rule, int32_t from)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].in_force_from == from)
                        return &rule->versions[i];
        return NULL;
}

bool duty_from_row(const struct lexicon *lexicon, const struct store_obligation *row, int32_t as_of,
                   struct duty *ret_duty)
{
        uint16_t rule = lexicon_rule(lexicon, row->rule);
        const struct rule_version *version =
                rule == VOCABULARY_NONE ? NULL : version_of(&lexicon->ruleset->rules[rule], row->version);
        struct obligation *to = &ret_duty->obligation;

        if (version == NULL)
                return false;
        *to = (struct obligation){
                .rule = rule,
                .version = version,
                .state = (enum obligation_state)row->state,
                .started = row->started,
                .opens = row->opens,
                .due = row->due,
                .nominal = row->nominal,
                .plan_by = row->plan_by,
                .provisional = row->provisional,
                .met_on = row->met_on,
                .ended_on = row->ended_on,
                .booked = row->booked,
                .booked_late = row->booked_late,
                .paused = row->paused,
                .used_days = row->used_days,
                .limit_days = row->limit_days,
                .missing = row->missing == 0 ? VOCABULARY_NONE : lexicon_attribute(lexicon, row->missing),
                .done = row->done,
                .needed = row->needed,
                .counting = row->counting,
        };
        /* Rows are not written again for days that merely pass. */
        if (row->counting)
                to->used_days += as_of - row->as_of;
        ret_duty->item = (struct item){.key = row->item, .kind = lexicon->ruleset->rules[rule].per};
        if (row->item[0] != '\0')
                to->item = &ret_duty->item;
        return true;
}
