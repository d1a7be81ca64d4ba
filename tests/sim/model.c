/*
 * model - see model.h.
 */
#include "model_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *model_must(void *memory)
{
        if (memory == NULL) {
                fputs("no memory\n", stderr);
                exit(2);
        }
        return memory;
}

void model_init(struct model *model, const struct ruleset *ruleset, int32_t day)
{
        *model = (struct model){.ruleset = ruleset, .as_of = day, .told_until = day, .began = day};
        arena_init(&model->work, own_malloc, own_free);
}

void model_fini(struct model *model)
{
        for (size_t i = 0; i < model->case_count; i++) {
                model_forget(model->cases[i].kept);
                own_free(model->cases[i].records);
                own_free(model->cases[i].rows);
                own_free(model->cases[i].ended);
                own_free(model->cases[i].marks);
        }
        own_free(model->cases);
        own_free(model->acks);
        own_free(model->lines);
        own_free(model->swept);
        arena_fini(&model->work);
}

struct model_case *model_case_of(struct model *model, const char *ref)
{
        for (size_t i = 0; i < model->case_count; i++)
                if (strcmp(model->cases[i].ref, ref) == 0)
                        return &model->cases[i];
        model->cases = model_must(own_realloc(model->cases, (model->case_count + 1) * sizeof *model->cases));
        struct model_case *casefile = &model->cases[model->case_count++];
        *casefile = (struct model_case){.kept = model_keep()};
        snprintf(casefile->ref, sizeof casefile->ref, "%s", ref);
        return casefile;
}

void model_add(struct model_case *casefile, const struct record *record)
{
        if (casefile->count == casefile->capacity) {
                casefile->capacity = casefile->capacity == 0 ? 32 : casefile->capacity * 2;
                casefile->records = model_must(own_realloc(casefile->records, casefile->capacity * sizeof *casefile->records));
        }
        casefile->records[casefile->count++] = *record;
}

/* ---- lines ---- */

static void expect(struct model *model, const struct model_telling *telling)
{
        if (model->line_count == model->line_capacity) {
                model->line_capacity = model->line_capacity == 0 ? 64 : model->line_capacity * 2;
                model->lines = model_must(own_realloc(model->lines, model->line_capacity * sizeof *model->lines));
        }
        model_write(telling, model->lines[model->line_count++]);
}

/* ---- what was told ---- */

static struct model_mark mark_of(const struct model *model, const struct obligation *obligation, const char *what)
{
        struct model_mark mark = {.started = obligation->started, .due = obligation->due, .nominal = obligation->nominal};

        snprintf(mark.rule, sizeof mark.rule, "%s", rule_of(model, obligation));
        snprintf(mark.item, sizeof mark.item, "%s", item_of(obligation));
        snprintf(mark.what, sizeof mark.what, "%s", what);
        return mark;
}

static void remember(struct model_case *casefile, struct model_mark mark, bool told)
{
        mark.told = told;
        if (casefile->mark_count == casefile->mark_capacity) {
                casefile->mark_capacity = casefile->mark_capacity == 0 ? 64 : casefile->mark_capacity * 2;
                casefile->marks = model_must(own_realloc(casefile->marks, casefile->mark_capacity * sizeof *casefile->marks));
        }
        casefile->marks[casefile->mark_count++] = mark;
}

/* Whether this was told, or passed over, before. A date moved by paused days alone repeats nothing; but a breach is told of
 * each date, since once it is overdue no pause moves a date. */
static bool known(const struct model *model, const struct model_case *casefile, const struct model_mark *mark, bool breach)
{
        for (size_t i = 0; i < casefile->mark_count; i++) {
                const struct model_mark *then = &casefile->marks[i];
                if (then->started != mark->started || then->repeat != mark->repeat || strcmp(then->what, mark->what) != 0 ||
                    strcmp(then->rule, mark->rule) != 0 || strcmp(then->item, mark->item) != 0)
                        continue;
                if (then->due == mark->due || model->planted || (!breach && carried(then, mark->due, mark->nominal)))
                        return true;
        }
        return false;
}

static struct model_telling telling_of(const struct model_case *casefile, const struct model_mark *mark, const char *kind)
{
        return (struct model_telling){.kind = kind,
                                      .ref = casefile->ref,
                                      .rule = mark->rule,
                                      .item = mark->item,
                                      .started = mark->started,
                                      .due = mark->due,
                                      .was_due = CIVIL_NONE,
                                      .booked = CIVIL_NONE};
}

/* ---- stages ---- */

struct climb {
        struct ladder_stage list[256];
        size_t count;
        int32_t until;
};

static void climb_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct climb *climb = context;

        (void)obligation;
        if (!stage->reached || stage->quiet || stage->day > climb->until)
                return;
        if (climb->count == sizeof climb->list / sizeof *climb->list)
                exit(2);
        climb->list[climb->count++] = *stage;
}

static struct model_mark stage_mark(const struct model *model, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct model_mark mark = mark_of(model, obligation, stage->stage->at);

        mark.repeat = stage->repeat;
        return mark;
}

static bool is_breach(const struct ladder_stage *stage)
{
        return stage->stage->kind == STAGE_OVERDUE || stage->stage->kind == STAGE_AFTER;
}

static void look_at_ladder(struct model *model, struct derivation *derivation, const struct obligation *obligation, int32_t until)
{
        struct model_case *casefile = derivation->casefile;
        struct climb climb = {.until = until};
        size_t best = 0;

        ladder_stages(model->ruleset, obligation, model->as_of, climb_stage, &climb);
        for (size_t i = 1; i < climb.count; i++)
                if (climb.list[i].day >= climb.list[best].day)
                        best = i;
        if (climb.count == 0)
                return;
        struct model_mark mark = stage_mark(model, obligation, &climb.list[best]);
        if (known(model, casefile, &mark, is_breach(&climb.list[best])))
                return;
        struct model_telling telling = telling_of(casefile, &mark, "stage");
        telling.what = mark.what;
        telling.repeat = mark.repeat;
        for (size_t i = 0; i < climb.count; i++) {
                struct model_mark lower = stage_mark(model, obligation, &climb.list[i]);
                if (i != best && known(model, casefile, &lower, is_breach(&climb.list[i])))
                        continue;
                if (i == best || is_breach(&climb.list[i]) || climb.list[i].day == climb.list[best].day)
                        model_add_circle(derivation, obligation, climb.list[i].stage, &lower, &telling.circle);
                remember(casefile, lower, i == best);
        }
        model_close_circle(&telling.circle);
        expect(model, &telling);
}

/* ---- bookings and missing facts ---- */

static void look_at_booking(struct model *model, struct derivation *derivation, const struct obligation *obligation, int32_t until)
{
        struct model_mark mark = mark_of(model, obligation, "booked-late");
        struct model_telling telling;
        const struct value *state;
        uint16_t attribute = obligation->version->booked_by;

        if (attribute == VOCABULARY_NONE)
                return;
        mark.repeat = obligation->booked;
        if (obligation->booked_late && !known(model, derivation->casefile, &mark, false)) {
                telling = telling_of(derivation->casefile, &mark, "booked-late");
                telling.booked = obligation->booked;
                telling.circle = model_whole_circle(derivation, obligation);
                expect(model, &telling);
                remember(derivation->casefile, mark, true);
        }
        state = model_must(
                (void *)(uintptr_t)casefile_state(model->ruleset, &derivation->standing, obligation->item, model->as_of, &model->work));
        mark = mark_of(model, obligation, "booking-passed");
        mark.repeat = state[attribute].day;
        telling = telling_of(derivation->casefile, &mark, "booking-passed");
        telling.booked = state[attribute].day;
        mark.due = CIVIL_NONE;
        if (obligation->booked != CIVIL_NONE || telling.booked == CIVIL_NONE || telling.booked >= model->as_of ||
            telling.booked >= until || telling.booked < obligation->started || telling.booked < obligation->opens ||
            known(model, derivation->casefile, &mark, false))
                return;
        telling.circle = model_whole_circle(derivation, obligation);
        expect(model, &telling);
        remember(derivation->casefile, mark, true);
}

static void look_at_missing(struct model *model, struct model_case *casefile, const struct obligation *obligation)
{
        char what[48];
        struct model_mark mark;
        struct model_telling telling;

        snprintf(what, sizeof what, "lacks %s",
                 obligation->missing == VOCABULARY_NONE ? "" : model->ruleset->vocabulary.attributes[obligation->missing].name);
        mark = mark_of(model, obligation, what);
        telling = telling_of(casefile, &mark, "unevaluable");
        telling.what = what;
        mark.due = CIVIL_NONE;
        if (known(model, casefile, &mark, false))
                return;
        model_close_circle(&telling.circle);
        expect(model, &telling);
        remember(casefile, mark, true);
}

/* ---- what closed ---- */

static bool of_the_end(const struct obligation *obligation)
{
        return obligation->state == OBLIGATION_REACHED || obligation->state == OBLIGATION_MISSED;
}

/* Closed since the last sweep; or by what was recorded just now, no more than 28 days late. */
static bool news(const struct derivation *derivation, const struct obligation *obligation, bool recorded)
{
        const struct model *model = derivation->model;
        const struct model_case *casefile = derivation->casefile;

        if (obligation->ended_on >= model->told_until)
                return true;
        if (!recorded || obligation->ended_on < model->began || obligation->ended_on + 28 < model->as_of)
                return false;
        for (size_t i = 0; i < casefile->ended_count; i++)
                if (casefile->ended[i].started == obligation->started && casefile->ended[i].state == obligation->state &&
                    strcmp(casefile->ended[i].rule, rule_of(model, obligation)) == 0 &&
                    strcmp(casefile->ended[i].item, item_of(obligation)) == 0)
                        return false;
        return true;
}

/* Missed, and no stage from "overdue" on was told of, or passed over, for that date. */
static void look_at_miss(struct model *model, struct derivation *derivation, const struct obligation *obligation, int32_t until)
{
        struct model_case *casefile = derivation->casefile;
        struct climb climb = {.until = CIVIL_MAX};
        const struct rule_version *version = obligation->version;
        struct model_mark mark = mark_of(model, obligation, "missed");
        struct model_telling telling = telling_of(casefile, &mark, "missed");

        if (obligation->ended_on > until || version->stage_count == 0 || known(model, casefile, &mark, false))
                return;
        for (size_t m = 0; m < casefile->mark_count; m++) {
                const struct model_mark *then = &casefile->marks[m];
                for (size_t s = 0; s < version->stage_count; s++)
                        if ((version->stages[s].kind == STAGE_OVERDUE || version->stages[s].kind == STAGE_AFTER) &&
                            strcmp(then->what, version->stages[s].at) == 0 && then->due == mark.due && then->started == mark.started &&
                            strcmp(then->rule, mark.rule) == 0 && strcmp(then->item, mark.item) == 0)
                                return;
        }
        ladder_stages(model->ruleset, obligation, model->as_of, climb_stage, &climb);
        telling.circle = model_whole_circle(derivation, obligation);
        for (size_t i = 0; i < climb.count; i++)
                if (is_breach(&climb.list[i]))
                        model_add_circle(derivation, obligation, climb.list[i].stage, NULL, &telling.circle);
        expect(model, &telling);
        remember(casefile, mark, true);
}

static void look(struct model *model, struct derivation *derivation, int32_t until, bool recorded)
{
        for (size_t i = 0; i < derivation->count; i++) {
                const struct obligation *obligation = &derivation->list[i].obligation;
                bool closed = of_the_end(obligation) && news(derivation, obligation, recorded);

                if (closed && obligation->state == OBLIGATION_MISSED)
                        look_at_miss(model, derivation, obligation, until);
                if (open_now(obligation) || (closed && obligation->state == OBLIGATION_REACHED))
                        look_at_ladder(model, derivation, obligation, until);
                if (open_now(obligation))
                        look_at_booking(model, derivation, obligation, until);
                if (obligation->state == OBLIGATION_UNEVALUABLE)
                        look_at_missing(model, derivation->casefile, obligation);
        }
}

/* ---- dates that moved ---- */

static bool same_duty(const struct model *model, const struct model_row *row, const struct obligation *obligation)
{
        return strcmp(row->rule, rule_of(model, obligation)) == 0 && strcmp(row->item, item_of(obligation)) == 0;
}

/* Where an obligation is now: under its own start; under the day on which its date was changed; or, if it has never been,
 * in the only new one of its rule and item. */
static const struct obligation *whither(const struct derivation *derivation, const struct model_row *row)
{
        const struct model *model = derivation->model;
        const struct obligation *only = NULL;
        int32_t changed = CIVIL_NONE;
        bool known_still = false;
        size_t fresh = 0;

        for (size_t i = 0; i < derivation->count; i++) {
                const struct obligation *obligation = &derivation->list[i].obligation;
                if (!same_duty(model, row, obligation))
                        continue;
                if (obligation->started == row->started && open_now(obligation))
                        return obligation;
                if (obligation->started == row->started) {
                        known_still = true;
                        changed = obligation->state == OBLIGATION_MOVED ? obligation->ended_on : CIVIL_NONE;
                }
                if (open_now(obligation) && derivation->list[i].fresh) {
                        only = obligation;
                        fresh++;
                }
        }
        for (size_t i = 0; changed != CIVIL_NONE && i < derivation->count; i++) {
                const struct obligation *obligation = &derivation->list[i].obligation;
                if (same_duty(model, row, obligation) && obligation->started == changed && open_now(obligation))
                        return obligation;
        }
        return known_still || fresh != 1 ? NULL : only;
}

static bool must_hear(const struct model_case *casefile, const struct model_row *row, const struct obligation *now)
{
        bool exactly = false, by_pause = false, of_the_new = false;

        if (now->nominal != CIVIL_NONE && now->nominal == row->nominal && now->due > row->due && row->state != OBLIGATION_OVERDUE)
                return false;
        for (size_t i = 0; i < casefile->mark_count; i++) {
                const struct model_mark *then = &casefile->marks[i];
                bool still = now->started == row->started && (then->due == now->due || carried(then, now->due, now->nominal));
                if (!then->told || then->due == CIVIL_NONE || then->started != row->started || strcmp(then->rule, row->rule) != 0 ||
                    strcmp(then->item, row->item) != 0)
                        continue;
                exactly = exactly || then->due == row->due;
                by_pause = by_pause || (carried(then, row->due, row->nominal) && !still);
                of_the_new = of_the_new || (now->started == row->started && then->due == now->due);
        }
        return exactly || (by_pause && !of_the_new);
}

/* Nobody expects what other rules move, so all of it is told; of the plan-by date alone, to those who know the due date. */
static bool ruled_away(const struct model_case *casefile, const struct model_row *row, const struct obligation *now)
{
        if (row->due != now->due)
                return true;
        for (size_t i = 0; i < casefile->mark_count; i++) {
                const struct model_mark *then = &casefile->marks[i];
                if (then->told && then->started == row->started && then->due == row->due && strcmp(then->rule, row->rule) == 0 &&
                    strcmp(then->item, row->item) == 0)
                        return now->plan_by != row->plan_by && now->plan_by != CIVIL_NONE;
        }
        return false;
}

static void tell_moves(struct derivation *derivation)
{
        struct model *model = derivation->model;
        struct model_case *casefile = derivation->casefile;

        for (size_t i = 0; i < casefile->row_count; i++) {
                const struct model_row *row = &casefile->rows[i];
                const struct obligation *now = whither(derivation, row);

                if (now == NULL || row->due == CIVIL_NONE || now->due == CIVIL_NONE)
                        continue;
                if (model->ruling ? !ruled_away(casefile, row, now) : row->due == now->due || !must_hear(casefile, row, now))
                        continue;
                struct model_mark mark = mark_of(model, now, "moved");
                struct model_telling telling = telling_of(casefile, &mark, "moved");
                telling.was_due = row->due != now->due ? row->due : CIVIL_NONE;
                telling.circle = model_whole_circle(derivation, now);
                mark.repeat = (int64_t)++model->moves;
                expect(model, &telling);
                remember(casefile, mark, true);
        }
}

/* ---- what happens ---- */

static void note_fresh(struct derivation *derivation)
{
        const struct model_case *casefile = derivation->casefile;

        for (size_t i = 0; i < derivation->count; i++) {
                struct derived *derived = &derivation->list[i];
                derived->fresh = true;
                for (size_t r = 0; r < casefile->row_count; r++)
                        if (casefile->rows[r].started == derived->obligation.started &&
                            same_duty(derivation->model, &casefile->rows[r], &derived->obligation))
                                derived->fresh = false;
        }
}

static void keep_rows(struct derivation *derivation)
{
        struct model_case *casefile = derivation->casefile;

        casefile->rows = model_must(own_realloc(casefile->rows, (derivation->count + 1) * sizeof *casefile->rows));
        casefile->row_count = 0;
        for (size_t i = 0; i < derivation->count; i++) {
                const struct obligation *obligation = &derivation->list[i].obligation;
                struct model_row *row = &casefile->rows[casefile->row_count];
                if (!open_now(obligation))
                        continue;
                casefile->row_count++;
                *row = (struct model_row){.started = obligation->started,
                                          .due = obligation->due,
                                          .nominal = obligation->nominal,
                                          .plan_by = obligation->plan_by,
                                          .state = obligation->state};
                snprintf(row->rule, sizeof row->rule, "%s", rule_of(derivation->model, obligation));
                snprintf(row->item, sizeof row->item, "%s", item_of(obligation));
        }
}

static void keep_ended(struct derivation *derivation)
{
        struct model_case *casefile = derivation->casefile;

        casefile->ended = model_must(own_realloc(casefile->ended, (derivation->count + 1) * sizeof *casefile->ended));
        casefile->ended_count = 0;
        for (size_t i = 0; i < derivation->count; i++) {
                const struct obligation *obligation = &derivation->list[i].obligation;
                struct model_row *row = &casefile->ended[casefile->ended_count];
                if (!of_the_end(obligation))
                        continue;
                casefile->ended_count++;
                *row = (struct model_row){.started = obligation->started, .state = obligation->state};
                snprintf(row->rule, sizeof row->rule, "%s", rule_of(derivation->model, obligation));
                snprintf(row->item, sizeof row->item, "%s", item_of(obligation));
        }
}

/* Derives a case as of the model's day and tells of the dates that moved. */
static void see(struct model *model, struct model_case *casefile, struct derivation *derivation)
{
        model_derive(model, casefile, derivation);
        note_fresh(derivation);
        tell_moves(derivation);
        keep_rows(derivation);
}

int32_t model_swept_until(const struct model *model)
{
        return model->swept_count == 0 ? CIVIL_NONE : model->swept[model->swept_count - 1];
}

static void note_swept(struct model *model, int32_t day)
{
        if (model->swept_count == model->swept_capacity) {
                model->swept_capacity = model->swept_capacity == 0 ? 64 : model->swept_capacity * 2;
                model->swept = model_must(own_realloc(model->swept, model->swept_capacity * sizeof *model->swept));
        }
        model->swept[model->swept_count++] = day;
        model->told_until = day;
}

/* Sweeps of days that have not been are none. */
static void forget_swept(struct model *model, int32_t day)
{
        while (model->swept_count > 0 && model->swept[model->swept_count - 1] > day)
                model->swept_count--;
        model->told_until = model->swept_count == 0 ? model->began : model_swept_until(model);
}

void model_advance(struct model *model, int32_t day)
{
        struct derivation derivation;

        if (day == model->as_of)
                return;
        if (day < model->as_of)
                forget_swept(model, day);
        model->as_of = day;
        for (size_t i = 0; i < model->case_count; i++) {
                see(model, &model->cases[i], &derivation);
                keep_ended(&derivation);
        }
}

void model_recorded(struct model *model, struct model_case *casefile)
{
        struct derivation derivation;

        see(model, casefile, &derivation);
        look(model, &derivation, CIVIL_MAX, true);
        keep_ended(&derivation);
}

void model_raised(struct model *model, int32_t slot_day)
{
        struct derivation derivation;

        for (size_t i = 0; i < model->case_count; i++) {
                model_derive(model, &model->cases[i], &derivation);
                look(model, &derivation, slot_day, false);
        }
}

void model_swept(struct model *model, int32_t slot_day)
{
        model_raised(model, slot_day);
        note_swept(model, slot_day);
}

void model_ruled(struct model *model, const struct ruleset *ruleset, int32_t day)
{
        struct derivation derivation;

        model->ruleset = ruleset;
        model->as_of = day;
        model->ruling = true;
        for (size_t i = 0; i < model->case_count; i++) {
                see(model, &model->cases[i], &derivation);
                keep_ended(&derivation);
        }
        model->ruling = false;
}

void model_open(struct model *model, model_open_fn sink, void *context)
{
        struct derivation derivation;

        for (size_t i = 0; i < model->case_count; i++) {
                model_derive(model, &model->cases[i], &derivation);
                for (size_t d = 0; d < derivation.count; d++)
                        if (open_now(&derivation.list[d].obligation))
                                sink(context, model->cases[i].ref, &derivation.list[d].obligation);
        }
}
