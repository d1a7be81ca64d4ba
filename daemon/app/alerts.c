/*
 * alerts - what was raised, for lists and for the stream (app_alert.h).
 */
#include "inside.h"

#include <string.h>

static const char *const kind_words[] = {
        [ALERT_STAGE] = "stage",
        [ALERT_BOOKED_LATE] = "booked-late",
        [ALERT_MOVED] = "moved",
        [ALERT_BOOKING_PASSED] = "booking-passed",
        [ALERT_UNEVALUABLE] = "unevaluable",
        [ALERT_CONSTRAINT] = "constraint",
        [ALERT_UNKNOWN_WORD] = "unknown-word",
        [ALERT_CALENDAR] = "calendar",
        [ALERT_NO_CONTACT] = "no-contact",
        [ALERT_DELIVERY] = "delivery",
        [ALERT_RULES] = "rules-changed",
        [ALERT_MISSED] = "missed",
};

const char *alert_kind_word(enum alert_kind kind)
{
        return kind_words[kind];
}

struct alert_walk {
        struct app *app;
        const struct app_alert_filter *filter;
        app_alert_fn sink;
        void *context;
        uint64_t count;
        bool more;
};

static struct app_alert alert_of(const struct app *app, const struct store_alert *row)
{
        uint16_t rule = row->rule == 0 ? VOCABULARY_NONE : lexicon_rule(app->book->lexicon, row->rule);
        struct app_alert alert = {.id = row->id,
                                  .kind = (enum alert_kind)row->kind,
                                  .raised_at = row->raised_ms,
                                  .case_ref = row->ref,
                                  .rule = row->rule == 0 ? NULL : store_text(app->store, row->rule),
                                  .item = row->item != NULL && row->item[0] != '\0' ? row->item : NULL,
                                  .started = row->started,
                                  .due = row->due,
                                  .old_due = row->old_due,
                                  .plan_by = row->plan_by,
                                  .booked = row->booked,
                                  .repeat = row->repeat,
                                  .day = row->day,
                                  .state = (enum obligation_state)row->state,
                                  .urgent = row->urgent,
                                  .says = row->says,
                                  .subject_id = row->subject_id,
                                  .seq = row->seq,
                                  .to = row->to};

        if (row->kind == ALERT_STAGE)
                alert.stage = store_text(app->store, row->stage);
        if (rule != VOCABULARY_NONE) {
                const struct rule *found = &app_ruleset(app)->rules[rule];
                alert.title = found->versions[found->version_count - 1].title;
        }
        return alert;
}

static bool wanted(const struct alert_walk *walk, const struct app_alert *alert)
{
        const struct app_alert_filter *filter = walk->filter;

        if (filter->case_ref != NULL && (alert->case_ref == NULL || strcmp(filter->case_ref, alert->case_ref) != 0))
                return false;
        return filter->rule == NULL || (alert->rule != NULL && strcmp(filter->rule, alert->rule) == 0);
}

static enum status see_alert(void *context, const struct store_alert *row, bool *stop)
{
        struct alert_walk *walk = context;
        struct app_alert alert = alert_of(walk->app, row);

        if (walk->filter->newest_first && row->id <= walk->filter->after) {
                *stop = true;
                return STATUS_OK;
        }
        if (!wanted(walk, &alert))
                return STATUS_OK;
        if (walk->count == walk->filter->limit) {
                walk->more = true;
                *stop = true;
                return STATUS_OK;
        }
        walk->count++;
        walk->sink(walk->context, &alert);
        return STATUS_OK;
}

enum status app_alerts(struct app *app, const struct app_alert_filter *filter, app_alert_fn sink, void *context,
                       bool *ret_more)
{
        struct alert_walk walk = {.app = app, .filter = filter, .sink = sink, .context = context};
        enum status status;

        if (filter->newest_first)
                status = store_alerts_before(app->store, filter->before == 0 ? UINT64_MAX >> 1 : filter->before,
                                             see_alert, &walk);
        else
                status = store_alerts_after(app->store, filter->after, see_alert, &walk);
        *ret_more = walk.more;
        return status;
}
