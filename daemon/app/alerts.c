/*
 * alerts - what was raised, for lists and for the stream (app_alert.h).
 */
#include "ack.h"

#include <stdlib.h>
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

#define SILENCED_MAX ANNOUNCEMENT_ROUTES

struct alert_walk {
        struct app *app;
        struct arena arena; /* of one alert at a time */
        struct app_silenced silenced[SILENCED_MAX];
        size_t silenced_count;
        const struct app_alert_filter *filter;
        app_alert_fn sink;
        void *context;
        uint64_t count, looked, last;
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

bool alert_seen(struct sight sight, const struct store_alert *alert)
{
        bool of_mail = alert->kind == ALERT_NO_CONTACT || alert->kind == ALERT_DELIVERY;

        return sight_sees(sight, alert->scope) && (!of_mail || sight_counts_all(sight));
}

static bool wanted(const struct alert_walk *walk, const struct app_alert *alert)
{
        const struct app_alert_filter *filter = walk->filter;

        if (filter->case_ref != NULL && (alert->case_ref == NULL || strcmp(filter->case_ref, alert->case_ref) != 0))
                return false;
        return filter->rule == NULL || (alert->rule != NULL && strcmp(filter->rule, alert->rule) == 0);
}

/* ---- acknowledgements ---- */

static enum status keep_silenced(void *context, const char *name, uint64_t ack)
{
        struct alert_walk *walk = context;
        const char *copy = arena_copy(&walk->arena, name, strlen(name));

        if (copy == NULL)
                return STATUS_NO_MEMORY;
        if (walk->silenced_count < SILENCED_MAX)
                walk->silenced[walk->silenced_count++] = (struct app_silenced){copy, ack};
        return STATUS_OK;
}

/* Adds to an alert who acknowledged it, and whom an earlier acknowledgement kept it from. */
static enum status add_acks(struct alert_walk *walk, struct app_alert *alert)
{
        struct ack_list list = {.arena = &walk->arena};
        struct app_ack *acks = NULL;
        enum status status;

        walk->silenced_count = 0;
        status = store_silenced_of(walk->app->store, alert->id, keep_silenced, walk);
        if (status == STATUS_OK)
                status = store_acks_of_alert(walk->app->store, alert->id, ack_keep, &list);
        if (status == STATUS_OK && list.count > 0) {
                acks = arena_array(&walk->arena, list.count, sizeof *acks);
                status = acks == NULL ? STATUS_NO_MEMORY : STATUS_OK;
        }
        for (size_t i = 0; acks != NULL && i < list.count; i++)
                acks[i] = ack_of(&list.list[i], walk->app->meta.as_of);
        alert->silenced = walk->silenced;
        alert->silenced_count = walk->silenced_count;
        alert->acks = acks;
        alert->ack_count = acks == NULL ? 0 : list.count;
        return status;
}

/* Whether an alert still stands and has no acknowledgement that holds, of any role. */
static enum status look_unacknowledged(struct alert_walk *walk, const struct store_alert *row, bool *ret_so)
{
        const struct ack_matter matter = {row->id, row->stage, row->due, walk->app->meta.as_of};
        struct ack_list list = {.arena = &walk->arena};
        enum standing standing = STANDING_YES;
        int32_t due = CIVIL_NONE;
        enum status status = alert_standing(walk->app, row, &standing, &due);

        *ret_so = false;
        if (status != STATUS_OK || standing != STANDING_YES)
                return status;
        status = acks_about(walk->app, row, &list);
        for (size_t i = 0; status == STATUS_OK && i < list.count; i++)
                if (ack_holds(&list.list[i], &matter))
                        return STATUS_OK;
        *ret_so = true;
        return status;
}

static enum status see_alert(void *context, const struct store_alert *row, bool *stop)
{
        struct alert_walk *walk = context;
        struct app_alert alert = alert_of(walk->app, row);
        enum status status = STATUS_OK;
        bool fits = true;

        if (walk->filter->newest_first && row->id <= walk->filter->after) {
                *stop = true;
                return STATUS_OK;
        }
        if ((walk->filter->unacknowledged || !sight_whole(walk->filter->sight)) && walk->looked == APP_ALERTS_LOOKED) {
                walk->more = *stop = true;
                return STATUS_OK;
        }
        if (walk->filter->before != 0 && row->id >= walk->filter->before) {
                *stop = true;
                return STATUS_OK;
        }
        walk->looked++;
        if (!alert_seen(walk->filter->sight, row) || !wanted(walk, &alert)) {
                walk->last = row->id;
                return STATUS_OK;
        }
        arena_reset(&walk->arena);
        if (walk->filter->unacknowledged)
                status = look_unacknowledged(walk, row, &fits);
        if (status != STATUS_OK || !fits) {
                walk->last = row->id;
                return status;
        }
        if (walk->count == walk->filter->limit) {
                walk->more = true;
                *stop = true;
                return STATUS_OK;
        }
        walk->count++;
        walk->last = row->id;
        status = add_acks(walk, &alert);
        if (status == STATUS_OK)
                walk->sink(walk->context, &alert);
        return status;
}

enum status app_last_alert(struct app *app, uint64_t *ret_id)
{
        return store_alert_last(app->store, ret_id);
}

enum status app_alerts(struct app *app, const struct app_alert_filter *filter, app_alert_fn sink, void *context,
                       bool *ret_more)
{
        struct alert_walk walk = {.app = app, .filter = filter, .sink = sink, .context = context};
        enum status status;

        arena_init(&walk.arena, malloc, free);
        if (filter->newest_first)
                status = store_alerts_before(app->store, filter->before == 0 ? UINT64_MAX >> 1 : filter->before,
                                             see_alert, &walk);
        else
                status = store_alerts_after(app->store, filter->after, see_alert, &walk);
        arena_fini(&walk.arena);
        *ret_more = walk.more;
        if (filter->ret_last != NULL)
                *filter->ret_last = walk.last;
        return status;
}

struct hiding {
        struct sight sight;
        bool hidden;
};

static enum status look_hidden(void *context, const struct store_alert *row, bool *stop)
{
        struct hiding *hiding = context;

        hiding->hidden = !alert_seen(hiding->sight, row);
        *stop = true;
        return STATUS_OK;
}

enum status app_alert_hidden(struct app *app, uint64_t id, struct sight sight, bool *ret_hidden)
{
        struct hiding hiding = {.sight = sight};
        bool found = false;
        enum status status = store_alert_get(app->store, id, look_hidden, &hiding, &found);

        *ret_hidden = hiding.hidden;
        return status;
}

enum status alert_give(struct app *app, uint64_t id, app_alert_fn sink, void *context)
{
        const struct app_alert_filter any = {.limit = 1};
        struct alert_walk walk = {.app = app, .filter = &any, .sink = sink, .context = context};
        bool found = false;
        enum status status;

        arena_init(&walk.arena, malloc, free);
        status = store_alert_get(app->store, id, see_alert, &walk, &found);
        arena_fini(&walk.arena);
        return status;
}
