/*
 * ack - giving an acknowledgement, and reading those that were given (app_ack.h).
 *
 * Who may speak for a role is said by the contacts alone and asked here, in one
 * place: nobody is let off by being an administrator.
 */
#include "ack.h"

#include <string.h>

#define ACK_DAYS 14
#define ACK_DAYS_MAX 28
#define NAMES_MAX (2 * ANNOUNCEMENT_ROUTES) /* of one alert: those who are told, and those who are not */

void app_ack_limits(struct app *app, struct app_ack_limits limits)
{
        app->settings.acks = (struct app_ack_limits){limits.days > 0 ? limits.days : ACK_DAYS,
                                                     limits.days_max > 0 ? limits.days_max : ACK_DAYS_MAX};
}

/* ---- reading ---- */

enum status ack_keep(void *context, const struct store_ack *ack)
{
        struct ack_list *acks = context;
        struct store_ack *kept;

        if (acks->count == acks->capacity) {
                size_t capacity = acks->capacity == 0 ? 8 : acks->capacity * 2;
                struct store_ack *list = arena_array(acks->arena, capacity, sizeof *list);
                if (list == NULL)
                        return STATUS_NO_MEMORY;
                if (acks->count > 0)
                        memcpy(list, acks->list, acks->count * sizeof *list);
                acks->list = list;
                acks->capacity = capacity;
        }
        kept = &acks->list[acks->count];
        *kept = *ack;
        kept->name = arena_copy(acks->arena, ack->name, strlen(ack->name));
        kept->user = arena_copy(acks->arena, ack->user, strlen(ack->user));
        kept->why = arena_copy(acks->arena, ack->why, strlen(ack->why));
        kept->key.item = arena_copy(acks->arena, ack->key.item, strlen(ack->key.item));
        if (kept->name == NULL || kept->user == NULL || kept->why == NULL || kept->key.item == NULL)
                return STATUS_NO_MEMORY;
        acks->count++;
        return STATUS_OK;
}

bool ack_holds(const struct store_ack *ack, const struct ack_matter *matter)
{
        bool same_stage = matter->stage != 0 && ack->key.stage == matter->stage;

        /* One that was given when paused days had moved the date is also of the date that was told. */
        return ack->until >= matter->today &&
               (ack->alert == matter->alert ||
                (same_stage && (ack->key.due == matter->due || ack->told_due == matter->due)));
}

enum status acks_about(struct app *app, const struct store_alert *alert, struct ack_list *list)
{
        struct store_mark key = {
                .case_id = alert->case_id, .rule = alert->rule, .item = alert->item, .started = alert->started};

        if (alert->stage == 0)
                return store_acks_of_alert(app->store, alert->id, ack_keep, list);
        return store_acks_of(app->store, &key, ack_keep, list);
}

struct app_ack ack_of(const struct store_ack *row, int32_t day)
{
        return (struct app_ack){.id = row->id,
                                .alert = row->alert,
                                .role = row->name,
                                .at_ms = row->at_ms,
                                .until = row->until,
                                .in_force = row->until >= day,
                                .uid = row->uid,
                                .user = row->user,
                                .why = row->why};
}

struct giving {
        int32_t today;
        app_ack_fn sink;
        void *context;
};

static enum status give_ack(void *context, const struct store_ack *row)
{
        const struct giving *giving = context;
        struct app_ack ack = ack_of(row, giving->today);

        giving->sink(giving->context, &ack);
        return STATUS_OK;
}

enum status app_ack_one(struct app *app, struct moment moment, uint64_t id, app_ack_fn sink, void *context)
{
        struct giving giving = {app_day(app, moment), sink, context};
        bool found = false;
        enum status status = store_ack_get(app->store, id, give_ack, &giving, &found);

        return status == STATUS_OK && !found ? STATUS_CORRUPT : status;
}

enum status app_case_acks(struct app *app, struct moment moment, const char *ref, app_ack_fn sink, void *context)
{
        struct giving giving = {app_day(app, moment), sink, context};
        uint64_t id = 0;
        enum status status = store_case_id(app->store, ref, false, &id);

        return status == STATUS_OK && id != 0 ? store_acks_of_case(app->store, id, give_ack, &giving) : status;
}

/* ---- giving one ---- */

struct acknowledging {
        struct app *app;
        const struct app_ack_request *request;
        struct wire_problem *problem;
        int32_t today;
        struct arena *arena;
        struct store_alert alert;
        int32_t due;                  /* the date that it has now */
        const char *names[NAMES_MAX]; /* whom the alert was for */
        size_t name_count;
        struct store_ack ack;
};

static enum status refuse(const struct acknowledging *acknowledging, const char *code, const char *field,
                          const char *sentence)
{
        wire_problem_set(acknowledging->problem, code, field, "%s", sentence);
        return STATUS_INVALID;
}

static enum status add_name(struct acknowledging *acknowledging, const char *text, size_t length)
{
        char *name = arena_copy(acknowledging->arena, text, length);

        if (name == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < acknowledging->name_count; i++)
                if (strcmp(acknowledging->names[i], name) == 0)
                        return STATUS_OK; /* a role and an agency */
        if (acknowledging->name_count < NAMES_MAX)
                acknowledging->names[acknowledging->name_count++] = name;
        return STATUS_OK;
}

static enum status take_alert(void *context, const struct store_alert *alert, bool *stop)
{
        struct acknowledging *acknowledging = context;
        const char *to = alert->to == NULL ? "" : alert->to;

        *stop = true;
        acknowledging->alert = *alert;
        acknowledging->alert.item = arena_copy(acknowledging->arena, alert->item, strlen(alert->item));
        acknowledging->alert.to = arena_copy(acknowledging->arena, to, strlen(to));
        return acknowledging->alert.item == NULL || acknowledging->alert.to == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Without contacts nobody was on the way to being told, and the text alone says whom it was for. */
static enum status add_named(struct acknowledging *acknowledging)
{
        const char *to = acknowledging->alert.to;
        enum status status = STATUS_OK;

        while (status == STATUS_OK && *to != '\0') {
                size_t length = strcspn(to, ",");
                status = add_name(acknowledging, to, length);
                to += length + strspn(to + length, ", ");
        }
        return status;
}

/* Whom the alert was for. */
static enum status add_routes(struct acknowledging *acknowledging)
{
        struct store_route routes[ANNOUNCEMENT_ROUTES];
        size_t count = 0;
        enum status status = store_routes_of(acknowledging->app->store, acknowledging->alert.id, routes,
                                             ANNOUNCEMENT_ROUTES, &count);

        if (status == STATUS_OK && count == 0)
                return add_named(acknowledging);
        for (size_t i = 0; status == STATUS_OK && i < count; i++)
                status = add_name(acknowledging, routes[i].name, strlen(routes[i].name));
        return status;
}

static enum status take_silenced(void *context, const char *name, uint64_t ack)
{
        (void)ack;
        return add_name(context, name, strlen(name));
}

static enum status find_alert(struct acknowledging *acknowledging)
{
        struct store *store = acknowledging->app->store;
        uint64_t id = acknowledging->request->alert;
        bool found = false;
        enum status status = store_alert_get(store, id, take_alert, acknowledging, &found);

        found = found && alert_seen(acknowledging->request->by.sight, &acknowledging->alert);
        if (status == STATUS_OK && found)
                status = add_routes(acknowledging);
        if (status == STATUS_OK && found)
                status = store_silenced_of(store, id, take_silenced, acknowledging);
        if (status != STATUS_OK || found)
                return status;
        wire_problem_set(acknowledging->problem, "unknown-alert", "alert", "there is no alert %llu",
                         (unsigned long long)id);
        return STATUS_INVALID;
}

/* Whether this person may speak for a name, in each sense that it has. */
static bool may_speak_for(const struct acknowledging *acknowledging, const char *name)
{
        static const enum contact_kind kinds[] = {CONTACT_ROLE, CONTACT_AGENCY};
        const struct app_ack_request *request = acknowledging->request;
        const struct contacts *contacts = app_contacts(acknowledging->app);
        bool any = false, watches;

        if (contacts == NULL)
                return true;
        watches = strcmp(name, contacts_watch(contacts)) == 0;
        for (size_t k = 0; k < 2; k++) {
                struct contact_groups groups = {NULL, 0};
                bool member = false;
                if (!contacts_groups(contacts, kinds[k], name, acknowledging->today, &groups))
                        continue;
                for (size_t i = 0; i < groups.count && !member; i++)
                        member = request->member != NULL && request->member(request->context, groups.names[i]);
                if (!member && (groups.count > 0 || !watches || kinds[k] != CONTACT_ROLE))
                        return false;
                any = true;
        }
        return any;
}

static enum status no_role(const struct acknowledging *acknowledging, const char *name)
{
        if (name == NULL)
                return refuse(
                        acknowledging, "forbidden", "role",
                        "you may acknowledge for none of those to whom this alert was told; \"acknowledged-by\" in "
                        "the contacts says who may");
        wire_problem_set(
                acknowledging->problem, "forbidden", "role",
                "you may not acknowledge for \"%s\"; \"acknowledged-by\" of its entry in the contacts says who may",
                name);
        return STATUS_INVALID;
}

static enum status choose_only(struct acknowledging *acknowledging)
{
        const char *found = NULL;

        for (size_t i = 0; i < acknowledging->name_count; i++) {
                if (!may_speak_for(acknowledging, acknowledging->names[i]))
                        continue;
                if (found != NULL) {
                        wire_problem_set(acknowledging->problem, "missing-field", "role",
                                         "say for whom: this alert was told to \"%s\", \"%s\" and perhaps others",
                                         found, acknowledging->names[i]);
                        return STATUS_INVALID;
                }
                found = acknowledging->names[i];
        }
        acknowledging->ack.name = found;
        return found == NULL ? no_role(acknowledging, NULL) : STATUS_OK;
}

static enum status choose_role(struct acknowledging *acknowledging)
{
        const char *role = acknowledging->request->role;
        char shown[80];

        if (role == NULL)
                return choose_only(acknowledging);
        for (size_t i = 0; i < acknowledging->name_count; i++) {
                if (strcmp(acknowledging->names[i], role) != 0)
                        continue;
                acknowledging->ack.name = acknowledging->names[i];
                return may_speak_for(acknowledging, role) ? STATUS_OK : no_role(acknowledging, role);
        }
        wire_clean(role, strlen(role), shown, sizeof shown);
        wire_problem_set(acknowledging->problem, "unknown-value", "role", "this alert was not for \"%s\"", shown);
        wire_problem_suggest(acknowledging->problem, shown, acknowledging->names, acknowledging->name_count);
        return STATUS_INVALID;
}

static enum status check_standing(struct acknowledging *acknowledging)
{
        enum standing standing = STANDING_YES;
        char day[CIVIL_TEXT_SIZE] = "no date";
        enum status status = alert_standing(acknowledging->app, &acknowledging->alert, &standing, &acknowledging->due);

        if (status != STATUS_OK || standing == STANDING_YES)
                return status;
        if (standing == STANDING_SETTLED)
                return refuse(acknowledging, "closed", "alert", "what this alert told of is settled");
        if (acknowledging->due != CIVIL_NONE)
                civil_format(acknowledging->due, day);
        wire_problem_set(acknowledging->problem, "closed", "alert",
                         "the date that this alert told of has moved to %s; the alerts of that date count", day);
        return STATUS_INVALID;
}

static enum status check_first(struct acknowledging *acknowledging)
{
        const struct store_alert *alert = &acknowledging->alert;
        /* One that was given before paused days moved the date does not hold for repeats under the new one. */
        struct ack_matter matter = {.alert = alert->stage == 0 || acknowledging->due == alert->due ? alert->id : 0,
                                    .stage = alert->stage,
                                    .due = acknowledging->due,
                                    .today = acknowledging->today};
        struct ack_list list = {.arena = acknowledging->arena};
        char day[CIVIL_TEXT_SIZE];
        enum status status = acks_about(acknowledging->app, alert, &list);

        for (size_t i = 0; status == STATUS_OK && i < list.count; i++) {
                const struct store_ack *ack = &list.list[i];
                if (!ack_holds(ack, &matter) || strcmp(ack->name, acknowledging->ack.name) != 0)
                        continue;
                civil_format(ack->until, day);
                wire_problem_set(acknowledging->problem, "already-acknowledged", "alert",
                                 "\"%s\" has acknowledged this already: number %llu, by %s, until %s", ack->name,
                                 (unsigned long long)ack->id, ack->user, day);
                return STATUS_INVALID;
        }
        return status;
}

static enum status take_reason(struct acknowledging *acknowledging)
{
        const char *why = acknowledging->request->why;

        if (!wire_reason_check(why == NULL ? "" : why, acknowledging->problem))
                return STATUS_INVALID;
        acknowledging->ack.why = why;
        return STATUS_OK;
}

static enum status take_until(struct acknowledging *acknowledging)
{
        const struct app_ack_limits *limits = &acknowledging->app->settings.acks;
        int32_t until = acknowledging->request->until, today = acknowledging->today;
        char day[CIVIL_TEXT_SIZE];

        if (until == CIVIL_NONE)
                until = civil_add_days(today, limits->days);
        acknowledging->ack.until = until;
        if (until >= today && until <= civil_add_days(today, limits->days_max))
                return STATUS_OK;
        civil_format(civil_add_days(today, limits->days_max), day);
        wire_problem_set(acknowledging->problem, "bad-date", "until",
                         "an acknowledgement holds until today at least and until %s at most", day);
        return STATUS_INVALID;
}

static enum status write(struct acknowledging *acknowledging, struct moment moment, uint64_t *ret_id)
{
        struct app *app = acknowledging->app;
        const struct store_alert *alert = &acknowledging->alert;
        struct store_ack *ack = &acknowledging->ack;
        enum status status = app_begin(app);

        ack->alert = alert->id;
        ack->at_ms = moment.ms;
        ack->key = (struct store_mark){.case_id = alert->case_id,
                                       .rule = alert->rule,
                                       .item = alert->item,
                                       .started = alert->started,
                                       .stage = alert->stage,
                                       .repeat = alert->repeat,
                                       .due = acknowledging->due};
        if (status == STATUS_OK)
                status = store_person(app->store, acknowledging->request->by.uid, acknowledging->request->by.name,
                                      &ack->person);
        if (status == STATUS_OK)
                status = heartbeat_leave(app, alert->case_id);
        if (status == STATUS_OK)
                status = store_ack_add(app->store, ack, ret_id);
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}

enum status app_acknowledge(struct app *app, struct moment moment, const struct app_ack_request *request,
                            uint64_t *ret_id, struct wire_problem *ret_problem)
{
        struct acknowledging acknowledging = {
                .app = app, .request = request, .problem = ret_problem, .arena = &app->rows};
        enum status status;

        app_flush(app, moment); /* what was recorded before counts, and what it raised */
        status = advance_all(app, moment);
        acknowledging.today = app_day(app, moment);
        arena_reset(&app->rows);
        if (status == STATUS_OK)
                status = find_alert(&acknowledging);
        if (status == STATUS_OK)
                status = take_reason(&acknowledging);
        if (status == STATUS_OK)
                status = take_until(&acknowledging);
        if (status == STATUS_OK)
                status = choose_role(&acknowledging);
        if (status == STATUS_OK)
                status = check_standing(&acknowledging);
        if (status == STATUS_OK)
                status = check_first(&acknowledging);
        return status == STATUS_OK ? write(&acknowledging, moment, ret_id) : status;
}
