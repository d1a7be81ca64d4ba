/*
 * raise_event - alerts that an event gives rise to by itself: a date that moved
 * after it had been announced, a constraint that was flagged; and alerts about
 * the service.
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

/* What somebody has heard of an obligation's dates. */
struct heard {
        struct announced_date old, now;
        bool old_date; /* the date it had, by itself ... */
        bool by_pause; /* ... or as an earlier one that paused days moved there, and not to where it is now */
        bool new_date; /* the date it has now */
};

static enum status take_heard(void *context, const struct store_mark *mark)
{
        struct heard *heard = context;
        struct announced_date then = {mark->due, mark->nominal};

        if (mark->alert == 0 || mark->due == CIVIL_NONE)
                return STATUS_OK;
        if (then.due == heard->old.due)
                heard->old_date = true;
        else if (announced_for(then, heard->old) && !announced_for(then, heard->now))
                heard->by_pause = true;
        if (then.due == heard->now.due)
                heard->new_date = true;
        return STATUS_OK;
}

static bool same_item(const struct duty *duty, const struct store_obligation *old)
{
        return strcmp(duty->obligation.item == NULL ? "" : duty->item.key, old->item) == 0;
}

static bool same_duty(const struct refresh *refresh, const struct duty *duty, const struct store_obligation *old)
{
        return refresh->app->book->lexicon->rule_words[duty->obligation.rule] == old->rule && same_item(duty, old);
}

/* The one open obligation of that rule and item that there was no row of; NULL: none, or several. */
static const struct duty *successor(const struct refresh *refresh, const struct store_obligation *old)
{
        const struct duty *found = NULL;

        for (size_t i = 0; i < refresh->duties->count; i++) {
                const struct duty *duty = &refresh->duties->list[i];
                if (obligation_state_closed(duty->obligation.state) || !duty->fresh || !same_duty(refresh, duty, old))
                        continue;
                if (found != NULL)
                        return NULL;
                found = duty;
        }
        return found;
}

/* Where the obligation of a row is now: the same one with another date; when its date attribute was given another
 * value, the one that began on the day it was given; when the day it started was corrected, so that it has never
 * been, the one that is in its place. NULL: nowhere, or not by a move. */
static const struct duty *moved_to(const struct refresh *refresh, const struct store_obligation *old)
{
        const struct duties *duties = refresh->duties;
        int32_t moved_on = CIVIL_NONE;
        bool known = false;

        for (size_t i = 0; i < duties->count; i++) {
                const struct obligation *duty = &duties->list[i].obligation;
                if (duty->started != old->started || !same_duty(refresh, &duties->list[i], old))
                        continue;
                known = true;
                if (!obligation_state_closed(duty->state))
                        return &duties->list[i];
                if (duty->state == OBLIGATION_MOVED)
                        moved_on = duty->ended_on;
        }
        for (size_t i = 0; moved_on != CIVIL_NONE && i < duties->count; i++) {
                const struct obligation *duty = &duties->list[i].obligation;
                if (duty->started == moved_on && !obligation_state_closed(duty->state) &&
                    same_duty(refresh, &duties->list[i], old))
                        return &duties->list[i];
        }
        return known ? NULL : successor(refresh, old);
}

/* Whether a move is news. Paused days alone are none, but once overdue a date does not move by them: then the record
 * was corrected, and whoever heard of the breach hears of that. What an event moved is said to those who had heard of
 * the date; what other rules moved is always said, since nobody recorded anything that would let them expect it. A
 * plan-by date alone moves by holidays, and is said if its due date had been announced. */
static enum status must_tell(const struct refresh *refresh, const struct store_obligation *old,
                             const struct obligation *duty, bool *ret_must)
{
        struct store_mark key = {
                .case_id = old->case_id, .rule = old->rule, .item = old->item, .started = old->started};
        struct heard heard = {.old = {old->due, old->nominal}, .now = {CIVIL_NONE, CIVIL_NONE}};
        bool paused = duty->nominal != CIVIL_NONE && duty->nominal == old->nominal && duty->due > old->due;
        bool moved = duty->due != old->due, changed = refresh->app->change != NULL;
        enum status status = STATUS_OK;

        *ret_must = false;
        if (old->due == CIVIL_NONE || duty->due == CIVIL_NONE)
                return STATUS_OK;
        if (changed && moved) {
                *ret_must = true;
                return STATUS_OK;
        }
        if (!moved && (!changed || duty->plan_by == old->plan_by || duty->plan_by == CIVIL_NONE))
                return STATUS_OK;
        if (paused && old->state != (int32_t)OBLIGATION_OVERDUE)
                return STATUS_OK;
        if (moved && duty->started == old->started)
                heard.now = (struct announced_date){duty->due, duty->nominal};
        status = store_marks_of(refresh->app->store, &key, take_heard, &heard);
        *ret_must = heard.old_date || (heard.by_pause && !heard.new_date);
        return status;
}

#define MOVED_SENTENCE_SIZE 512

static int32_t later_of(int32_t a, int32_t b)
{
        return a > b ? a : b;
}

/* What moved, if that is not in the alert's dates, and why. NULL: no memory. */
static const char *moved_sentence(const struct refresh *refresh, const struct store_obligation *old,
                                  const struct obligation *duty)
{
        struct app *app = refresh->app;
        struct change_question question = {.rule = app->book->rules.ruleset->rules[duty->rule].id,
                                           .first = old->started < duty->started ? old->started : duty->started,
                                           .last = later_of(old->due, duty->due)};
        bool recorded = app->change == NULL && refresh->seq != 0;
        const char *reason = recorded ? cause_of(refresh) : change_reason(app, &question);
        char before[CIVIL_TEXT_SIZE], after[CIVIL_TEXT_SIZE], sentence[MOVED_SENTENCE_SIZE];

        if (reason == NULL || duty->due != old->due || old->plan_by == CIVIL_NONE)
                return reason;
        civil_format(old->plan_by, before);
        civil_format(duty->plan_by, after);
        snprintf(sentence, sizeof sentence, "plan-by %s instead of %s: %s", after, before, reason);
        return arena_copy(&app->work, sentence, strlen(sentence));
}

enum status raise_moved(const struct refresh *refresh, const struct store_obligation *old)
{
        struct app *app = refresh->app;
        const struct duty *now = moved_to(refresh, old);
        const struct obligation *duty = now == NULL ? NULL : &now->obligation;
        struct announcement announcement = {.app = app};
        const struct value *state = NULL;
        uint64_t last = 0;
        bool must = false;
        bool raised = false;
        enum status status = duty == NULL ? STATUS_OK : must_tell(refresh, old, duty, &must);

        if (status != STATUS_OK || !must)
                return status;
        status = store_alert_last(app->store, &last);
        if (status != STATUS_OK)
                return status;
        /* A date may move there and back again: each move is told of, once, since the row moves in the same
         * transaction. The alert of the move before is written, so that no two have the same number here. */
        announcement.mark = (struct store_mark){.case_id = old->case_id,
                                                .rule = old->rule,
                                                .item = old->item,
                                                .started = duty->started,
                                                .due = duty->due,
                                                .nominal = duty->nominal,
                                                .stage = app->book->lexicon->words[WORD_MOVED],
                                                .repeat = (int64_t)last + 1};
        announcement.alert = (struct store_alert){.kind = ALERT_MOVED,
                                                  .raised_ms = refresh->moment.ms,
                                                  .case_id = old->case_id,
                                                  .rule = old->rule,
                                                  .item = old->item,
                                                  .started = duty->started,
                                                  .due = duty->due,
                                                  .old_due = duty->due != old->due ? old->due : CIVIL_NONE,
                                                  .plan_by = duty->plan_by,
                                                  .booked = duty->booked,
                                                  .day = app_day(app, refresh->moment),
                                                  .state = (int)duty->state,
                                                  .urgent = duty->version->urgent,
                                                  .provisional = duty->provisional,
                                                  .seq = refresh->seq,
                                                  .says = moved_sentence(refresh, old, duty)};
        state = casefile_state(app->book->rules.ruleset, &refresh->duties->casefile, duty->item, refresh->duties->as_of,
                               &app->work);
        if (announcement.alert.says == NULL || state == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < duty->version->stage_count; i++)
                if (duty->version->stages[i].kind != STAGE_AFTER)
                        announce_to(&announcement, &duty->version->stages[i], state);
        status = announce(&announcement, &raised);
        /* Its mark is among those that the stages of the new date, and a move after it, are held against. */
        return status == STATUS_OK ? raised_write(app) : status;
}

enum status raise_constraint(const struct refresh *refresh, const struct constraint *constraint, int32_t due,
                             uint64_t seq)
{
        struct app *app = refresh->app;
        bool raised = false;
        struct announcement announcement = {
                .app = app,
                .watch = true,
                .mark = {.case_id = refresh->dossier->case_id,
                         .rule = store_word(app->store, constraint->id),
                         .item = "",
                         .started = CIVIL_NONE,
                         .due = CIVIL_NONE,
                         .nominal = CIVIL_NONE,
                         .stage = app->book->lexicon->words[WORD_CONSTRAINT],
                         .repeat = (int64_t)seq},
                .alert = {.kind = ALERT_CONSTRAINT,
                          .raised_ms = refresh->moment.ms,
                          .case_id = refresh->dossier->case_id,
                          .item = "",
                          .started = CIVIL_NONE,
                          .due = due,
                          .old_due = CIVIL_NONE,
                          .plan_by = CIVIL_NONE,
                          .booked = CIVIL_NONE,
                          .day = app_day(app, refresh->moment),
                          .seq = seq,
                          .says = constraint->says,
                          .subject_id = constraint->id},
        };

        return announce(&announcement, &raised);
}

static const char *service_sentence(enum alert_kind kind)
{
        switch (kind) {
        case ALERT_CALENDAR:
                return "holidays are published for less than 12 months to come";
        case ALERT_NO_CONTACT:
                return "a route leads to nobody";
        case ALERT_DELIVERY:
                return "messages cannot be delivered";
        case ALERT_RULES:
                return "rules, calendar or contacts changed and nobody had seen the effect";
        case ALERT_STAGE:
        case ALERT_BOOKED_LATE:
        case ALERT_MOVED:
        case ALERT_BOOKING_PASSED:
        case ALERT_UNEVALUABLE:
        case ALERT_CONSTRAINT:
        case ALERT_UNKNOWN_WORD:
        case ALERT_MISSED:
                return NULL;
        }
        return NULL;
}

enum status raise_service(struct app *app, struct moment moment, const struct service_alert *alert)
{
        bool raised = false;
        struct announcement announcement = {
                .app = app,
                .watch = true,
                .mark = {.item = alert->about == NULL ? "" : alert->about,
                         .started = CIVIL_NONE,
                         .due = alert->due,
                         .nominal = CIVIL_NONE,
                         .stage = app->book->lexicon->words[alert->word],
                         .repeat = alert->repeat},
                .alert = {.kind = alert->kind,
                          .raised_ms = moment.ms,
                          .item = "",
                          .started = CIVIL_NONE,
                          .due = alert->due,
                          .old_due = CIVIL_NONE,
                          .plan_by = CIVIL_NONE,
                          .booked = CIVIL_NONE,
                          .day = app_day(app, moment),
                          .urgent = alert->urgent,
                          .says = service_sentence(alert->kind),
                          .subject_id = alert->about},
        };

        return announce(&announcement, &raised);
}
