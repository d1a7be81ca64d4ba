/*
 * standing - whether what an alert told of is still so.
 *
 * An alert never changes; its obligation does. One that was met, or whose date
 * moved, has nothing left that anybody could acknowledge: the alerts of the new
 * date speak for themselves.
 */
#include "ack.h"

#include <string.h>

struct looking {
        const struct store_alert *alert;
        struct store_obligation now;
        bool found;
        int32_t nominal; /* of the alert's date; CIVIL_NONE: not known */
};

/* The open obligation that an alert is about. */
static enum status find_row(struct app *app, struct looking *looking)
{
        const struct store_alert *alert = looking->alert;
        struct store_obligation key = {.case_id = alert->case_id, .rule = alert->rule, .started = alert->started};

        if (strlen(alert->item) >= sizeof key.item)
                return STATUS_OK;
        memcpy(key.item, alert->item, strlen(alert->item) + 1);
        return store_obligation_get(app->store, &key, &looking->now, &looking->found);
}

static enum status see_mark(void *context, const struct store_mark *mark)
{
        struct looking *looking = context;

        if (mark->alert == looking->alert->id)
                looking->nominal = mark->nominal;
        return STATUS_OK;
}

/* Whether the date is the one that was told, or moved by paused days alone, which repeats no warning. A breach is told
 * of each date. */
static enum status same_date(struct app *app, struct looking *looking, bool *ret_same)
{
        const struct store_alert *alert = looking->alert;
        struct store_mark key = {
                .case_id = alert->case_id, .rule = alert->rule, .item = alert->item, .started = alert->started};
        enum status status;

        *ret_same = alert->due == looking->now.due;
        if (*ret_same || alert->day > alert->due)
                return STATUS_OK;
        status = store_marks_of(app->store, &key, see_mark, looking);
        *ret_same = announced_for((struct announced_date){alert->due, looking->nominal},
                                  (struct announced_date){looking->now.due, looking->now.nominal});
        return status;
}

/* What is told when it closes: a miss, and a milestone on its day. */
static bool of_the_end(const struct store_alert *alert)
{
        return alert->kind == ALERT_MISSED || (alert->kind == ALERT_STAGE && alert->state == (int)OBLIGATION_REACHED);
}

enum status alert_standing(struct app *app, const struct store_alert *alert, enum standing *ret_standing,
                           int32_t *ret_due)
{
        struct looking looking = {.alert = alert, .nominal = CIVIL_NONE};
        enum alert_kind kind = (enum alert_kind)alert->kind;
        bool dated = kind == ALERT_STAGE || kind == ALERT_BOOKED_LATE || kind == ALERT_MOVED;
        bool same = true;
        enum status status = STATUS_OK;

        *ret_standing = STANDING_YES;
        *ret_due = alert->due;
        if (alert->rule == 0)
                return STATUS_OK;
        status = find_row(app, &looking);
        if (status == STATUS_OK && looking.found && dated)
                status = same_date(app, &looking, &same);
        if (of_the_end(alert)) /* it is closed, unless the record was corrected */
                *ret_standing = looking.found ? STANDING_SETTLED : STANDING_YES;
        else if (!looking.found || (kind == ALERT_BOOKED_LATE && !looking.now.booked_late) ||
                 (kind == ALERT_BOOKING_PASSED && looking.now.booked != CIVIL_NONE) ||
                 (kind == ALERT_UNEVALUABLE && looking.now.state != (int32_t)OBLIGATION_UNEVALUABLE))
                *ret_standing = STANDING_SETTLED;
        else if (!same)
                *ret_standing = STANDING_MOVED;
        if (looking.found && dated)
                *ret_due = looking.now.due;
        return status;
}
