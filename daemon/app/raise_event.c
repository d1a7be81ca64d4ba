/*
 * raise_event - alerts that an event gives rise to by itself: a date that moved
 * after it had been announced, a constraint that was flagged; and alerts about
 * the service.
 */
#include "inside.h"

#include <string.h>

static enum status was_announced(void *context, const struct store_mark *mark)
{
        struct store_mark *key = context;

        if (mark->alert != 0 && mark->due == key->due)
                key->alert = mark->alert;
        return STATUS_OK;
}

static bool same_item(const struct duty *duty, const struct store_obligation *old)
{
        return strcmp(duty->obligation.item == NULL ? "" : duty->item.key, old->item) == 0;
}

/* Where the obligation of a row is now: the same one with another date, or, when its date attribute was
 * given another value, the one that began on the day it was given. NULL: nowhere, or not by a move. */
static const struct duty *moved_to(const struct refresh *refresh, const struct store_obligation *old)
{
        const struct lexicon *lexicon = refresh->app->book->lexicon;
        const struct duties *duties = refresh->duties;
        int32_t moved_on = CIVIL_NONE;

        for (size_t i = 0; i < duties->count; i++) {
                const struct obligation *duty = &duties->list[i].obligation;
                if (lexicon->rule_words[duty->rule] != old->rule || !same_item(&duties->list[i], old) ||
                    duty->started != old->started)
                        continue;
                if (!obligation_state_closed(duty->state))
                        return &duties->list[i];
                if (duty->state == OBLIGATION_MOVED)
                        moved_on = duty->ended_on;
        }
        for (size_t i = 0; moved_on != CIVIL_NONE && i < duties->count; i++) {
                const struct obligation *duty = &duties->list[i].obligation;
                if (lexicon->rule_words[duty->rule] == old->rule && same_item(&duties->list[i], old) &&
                    duty->started == moved_on && !obligation_state_closed(duty->state))
                        return &duties->list[i];
        }
        return NULL;
}

enum status raise_moved(const struct refresh *refresh, const struct store_obligation *old)
{
        struct app *app = refresh->app;
        const struct duty *now = moved_to(refresh, old);
        const struct obligation *duty = now == NULL ? NULL : &now->obligation;
        struct store_mark key = {.case_id = old->case_id,
                                 .rule = old->rule,
                                 .item = old->item,
                                 .started = old->started,
                                 .due = old->due};
        struct announcement announcement = {.app = app};
        const struct value *state = NULL;
        bool raised = false;
        enum status status;

        if (duty == NULL || old->due == CIVIL_NONE || duty->due == CIVIL_NONE || duty->due == old->due)
                return STATUS_OK;
        if (duty->nominal != CIVIL_NONE && duty->nominal == old->nominal && duty->due > old->due)
                return STATUS_OK; /* paused days alone */
        status = store_marks_of(app->store, &key, was_announced, &key);
        if (status != STATUS_OK || key.alert == 0)
                return status;
        announcement.mark = (struct store_mark){.case_id = old->case_id,
                                                .rule = old->rule,
                                                .item = old->item,
                                                .started = duty->started,
                                                .due = duty->due,
                                                .nominal = duty->nominal,
                                                .stage = app->book->lexicon->words[WORD_MOVED],
                                                .repeat = old->due};
        announcement.alert = (struct store_alert){.kind = ALERT_MOVED,
                                                  .raised_ms = refresh->moment.ms,
                                                  .case_id = old->case_id,
                                                  .rule = old->rule,
                                                  .item = old->item,
                                                  .started = duty->started,
                                                  .due = duty->due,
                                                  .old_due = old->due,
                                                  .plan_by = duty->plan_by,
                                                  .booked = duty->booked,
                                                  .day = app_day(app, refresh->moment),
                                                  .state = (int)duty->state,
                                                  .urgent = duty->version->urgent,
                                                  .provisional = duty->provisional,
                                                  .seq = refresh->seq,
                                                  .says = refresh->seq != 0 ? "the record changed"
                                                                            : "the rules or the calendar changed"};
        state = casefile_state(app->book->rules.ruleset, &refresh->duties->casefile, duty->item, refresh->duties->as_of,
                               &app->work);
        for (size_t i = 0; i < duty->version->stage_count; i++)
                if (duty->version->stages[i].kind != STAGE_AFTER)
                        announce_to(&announcement, &duty->version->stages[i], state);
        return announce(&announcement, &raised);
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
        case ALERT_STAGE:
        case ALERT_BOOKED_LATE:
        case ALERT_MOVED:
        case ALERT_BOOKING_PASSED:
        case ALERT_UNEVALUABLE:
        case ALERT_CONSTRAINT:
        case ALERT_UNKNOWN_WORD:
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
