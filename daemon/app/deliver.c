/*
 * deliver - from alerts that wait to messages: one per mailbox.
 *
 * Routes become mailboxes on the day of writing, so that an absence or a change
 * of post counts. A route that leads to nobody goes to whoever watches, with an
 * alert of its own; where nobody watches today it goes on waiting. Only what is
 * in a letter counts as told. Messages stand in the outbox in the same transaction.
 *
 * In quiet times (quiet hours, days that are not worked) what can wait goes on waiting. A breach cannot: those to whom
 * a route with one leads are written to, and hear of all that is pending on that route in the same way as it (at once,
 * or for the digest).
 */
#include "heartbeat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_turn.h"
#include "mappad/mailbox.h"
#include "turnover.h"

#define DOWNTIME_TOLD_MS 60000 /* a restart that took less is nothing to tell */
#define DOWNTIMES_TOLD_MAX 16  /* of one message */

/* One mailbox and the alerts for it. */
struct letter {
        const char *mailbox;
        uint64_t *alerts;
        size_t count, capacity;
};

/* The mailbox that an alert says is failing; "": it says nothing of the kind. */
struct failing {
        char mailbox[256];
};

struct post {
        struct app *app;
        const struct delivery *delivery;
        int32_t today;
        bool quiet;          /* only breaches are told */
        uint64_t looked_at;  /* then: alerts up to this one are known to be no breaches */
        bool withheld;       /* something was left to wait because of that */
        bool stuck;          /* something led to nobody, not even to a watch */
        struct arena arena;  /* of all letters */
        struct arena letter; /* of one at a time */
        struct letter *letters;
        size_t letter_count, letter_capacity;
        bool lacking;                     /* of memory, while addressing */
        struct heartbeat_telling telling; /* what stands for each of them; no parts: it is not said */
        uint64_t last;                    /* number of the message written last */
        uint64_t written;
        struct digest_downtime downtimes[DOWNTIMES_TOLD_MAX];
        size_t downtime_count;
        bool downtimes_more;
};

static struct letter *letter_to(struct post *post, const char *mailbox)
{
        for (size_t i = 0; i < post->letter_count; i++)
                if (mailbox_same(post->letters[i].mailbox, mailbox))
                        return &post->letters[i];
        if (post->letter_count == post->letter_capacity) {
                size_t capacity = post->letter_capacity == 0 ? 16 : post->letter_capacity * 2;
                struct letter *letters = arena_array(&post->arena, capacity, sizeof *letters);
                if (letters == NULL)
                        return NULL;
                if (post->letter_count > 0)
                        memcpy(letters, post->letters, post->letter_count * sizeof *letters);
                post->letters = letters;
                post->letter_capacity = capacity;
        }
        post->letters[post->letter_count] = (struct letter){.mailbox = mailbox};
        return &post->letters[post->letter_count++];
}

/* An alert may come by several routes; seal makes one of them. */
static bool enclose(struct post *post, struct letter *letter, uint64_t alert)
{
        if (letter->count == letter->capacity) {
                size_t capacity = letter->capacity == 0 ? 16 : letter->capacity * 2;
                uint64_t *alerts = arena_array(&post->arena, capacity, sizeof *alerts);
                if (alerts == NULL)
                        return false;
                if (letter->count > 0)
                        memcpy(alerts, letter->alerts, letter->count * sizeof *alerts);
                letter->alerts = alerts;
                letter->capacity = capacity;
        }
        letter->alerts[letter->count++] = alert;
        return true;
}

static int by_number(const void *a, const void *b)
{
        const uint64_t *x = a, *y = b;

        return *x < *y ? -1 : *x > *y;
}

/* Puts the alerts of a letter in order, each once. */
static void seal(struct letter *letter)
{
        size_t kept = 0;

        if (letter->count == 0)
                return;
        qsort(letter->alerts, letter->count, sizeof *letter->alerts, by_number);
        for (size_t i = 0; i < letter->count; i++)
                if (kept == 0 || letter->alerts[kept - 1] != letter->alerts[i])
                        letter->alerts[kept++] = letter->alerts[i];
        letter->count = kept;
}

/* The mailboxes that a route means today; of one that means nobody, the watch's, if there is one. */
static enum status resolve(struct post *post, const struct store_route *route, struct recipients *recipients)
{
        const struct contacts *contacts = app_contacts(post->app);
        enum contact_kind kind = route->kind == CONTACT_AGENCY ? CONTACT_AGENCY : CONTACT_ROLE;

        if (contacts_resolve(contacts, kind, route->name, post->today, recipients))
                return STATUS_OK;
        (void)contacts_resolve(contacts, CONTACT_ROLE, contacts_watch(contacts), post->today, recipients);
        return raise_service(post->app, post->delivery->moment,
                             &(struct service_alert){.kind = ALERT_NO_CONTACT,
                                                     .word = WORD_NO_CONTACT,
                                                     .about = route->name,
                                                     .repeat = post->today,
                                                     .due = CIVIL_NONE});
}

static enum status read_failing(void *context, const struct store_alert *alert, bool *stop)
{
        struct failing *failing = context;

        failing->mailbox[0] = '\0';
        if (alert->kind == ALERT_DELIVERY && alert->subject_id != NULL)
                snprintf(failing->mailbox, sizeof failing->mailbox, "%s", alert->subject_id);
        *stop = true;
        return STATUS_OK;
}

/* An urgent word about a mailbox that fails goes to the others; in a digest it stands for all. */
static enum status enclose_alert(struct post *post, const struct recipients *recipients, uint64_t alert, bool *ret_told)
{
        struct failing failing = {.mailbox = ""};
        bool found = false;
        enum status status = post->delivery->pending != STORE_AT_ONCE
                                     ? STATUS_OK
                                     : store_alert_get(post->app->store, alert, read_failing, &failing, &found);

        *ret_told = false;
        for (size_t r = 0; status == STATUS_OK && r < recipients->count; r++) {
                if (mailbox_same(recipients->list[r].mailbox, failing.mailbox))
                        continue;
                struct letter *letter = letter_to(post, recipients->list[r].mailbox);
                if (letter == NULL || !enclose(post, letter, alert))
                        status = STATUS_NO_MEMORY;
                *ret_told = true;
        }
        return status;
}

/* What no letter carries is not told: it waits for the digest, when the mailbox may be well or the route lead
 * elsewhere. */
static enum status enclose_page(struct post *post, const struct store_route *route, const struct recipients *recipients,
                                const struct store_id_page *page)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < page->count; i++) {
                bool told = false;
                status = enclose_alert(post, recipients, page->ids[i], &told);
                if (status == STATUS_OK && !told)
                        status = store_route_waits(post->app->store, page->ids[i], route);
        }
        return status;
}

/* Whether an alert cannot wait for the end of a quiet time. */
static enum status take_breach(void *context, const struct store_alert *alert, bool *stop)
{
        bool *breach = context;
        bool overdue = alert->rule != 0 && alert->state == (int32_t)OBLIGATION_OVERDUE;

        *stop = true;
        *breach = *breach || (overdue && alert->kind != ALERT_UNEVALUABLE) || alert->kind == ALERT_MISSED ||
                  (alert->kind == ALERT_BOOKED_LATE && alert->urgent);
        return STATUS_OK;
}

static enum status has_breach(struct post *post, const struct store_route *route, bool *ret_breach)
{
        struct store_id_page page = {.after = post->looked_at};
        enum status status;

        *ret_breach = false;
        do {
                status = store_route_alerts(post->app->store, route, post->delivery->pending, &page);
                for (size_t i = 0; status == STATUS_OK && !*ret_breach && i < page.count; i++) {
                        bool found = false;
                        status = store_alert_get(post->app->store, page.ids[i], take_breach, ret_breach, &found);
                }
        } while (status == STATUS_OK && page.count > 0 && !*ret_breach);
        return status;
}

/* Puts what is pending on a route into letters and marks it as told; *ret_told: it led to somebody. */
static enum status sort_route(struct post *post, const struct store_route *route, bool *ret_told)
{
        struct store_id_page page = {.after = 0};
        struct recipients *recipients = arena_alloc(&post->arena, sizeof *recipients);
        enum status status = recipients == NULL ? STATUS_NO_MEMORY : resolve(post, route, recipients);

        *ret_told = false;
        if (status != STATUS_OK || recipients->count == 0)
                return status;
        do {
                status = store_route_alerts(post->app->store, route, post->delivery->pending, &page);
                if (status == STATUS_OK)
                        status = enclose_page(post, route, recipients, &page);
        } while (status == STATUS_OK && page.count > 0);
        *ret_told = true;
        return status == STATUS_OK ? store_route_told(post->app->store, route, post->delivery->pending) : status;
}

/* One route, if it may be told now; *more: it led to somebody. */
static enum status look_at_route(struct post *post, const struct store_route *route, bool *more)
{
        bool told = false, now = true;
        enum status status = post->quiet ? has_breach(post, route, &now) : STATUS_OK;

        if (status != STATUS_OK || !now) {
                post->withheld = true;
                return status;
        }
        status = sort_route(post, route, &told);
        post->stuck = post->stuck || !told;
        *more = *more || told;
        return status;
}

/* Routes that lead to nobody raise an alert that is pending itself: so looks are taken until nothing more is told. */
static enum status sort_routes(struct post *post)
{
        enum status status = STATUS_OK;
        bool more = true;

        while (status == STATUS_OK && more) {
                struct store_route route = {.kind = -1};
                bool found = true;

                more = false;
                while (status == STATUS_OK && found) {
                        status = store_route_next(post->app->store, post->delivery->pending, &route, &found);
                        if (status == STATUS_OK && found)
                                status = look_at_route(post, &route, &more);
                }
        }
        return status;
}

static struct digest_options options_of(const struct post *post, const struct heartbeat_part *part)
{
        const struct app_settings *settings = &post->app->settings;
        struct digest_options options = {.title = contacts_title(app_contacts(post->app)),
                                         .marking =
                                                 settings->marking != NULL ? settings->marking : "[OFFICIAL-SENSITIVE]",
                                         .today = post->today,
                                         .counts_only = settings->counts_only,
                                         .urgent = post->delivery->pending == STORE_AT_ONCE,
                                         .heartbeat = part != NULL,
                                         .downtimes = post->downtimes,
                                         .downtime_count = post->downtime_count,
                                         .downtimes_more = post->downtimes_more};

        if (part != NULL)
                memcpy(options.left_out, part->left_out, sizeof options.left_out);
        return options;
}

/* What stands for the mailbox of a letter; NULL when that is not said. */
static const struct heartbeat_part *part_of(const struct post *post, const struct letter *letter)
{
        return heartbeat_part(&post->telling, letter->mailbox);
}

static const char *organizer_of(const struct app *app)
{
        return app->settings.mail_from != NULL ? app->settings.mail_from : "mappad@mappad.invalid";
}

/* What the service itself lacks is said once. */
static bool said_as_new(const struct digest_row *standing, const struct letter_rows *rows)
{
        for (size_t i = 0; standing->duty == NULL && i < rows->count; i++)
                if (rows->rows[i].duty == NULL && rows->rows[i].doubt == standing->doubt &&
                    strcmp(rows->rows[i].reference.text, standing->reference.text) == 0)
                        return true;
        return false;
}

/* The rows of a letter, and after them what stands beside it. */
static bool join(struct post *post, const struct letter_rows *rows, const struct heartbeat_part *part,
                 struct letter_rows *ret_joined)
{
        struct letter_rows joined = {
                .rows = arena_array(&post->letter, rows->count + part->count, sizeof *joined.rows)};

        if (joined.rows == NULL)
                return false;
        if (rows->count > 0)
                memcpy(joined.rows, rows->rows, rows->count * sizeof *rows->rows);
        joined.count = rows->count;
        for (size_t i = 0; i < part->count; i++)
                if (!said_as_new(&part->rows[i], rows))
                        joined.rows[joined.count++] = part->rows[i];
        *ret_joined = joined;
        return true;
}

/* Rows, diary and words of a letter, in the arena of one. */
static enum status compose(struct post *post, const struct letter *letter, struct digest_options *options,
                           struct digest_message *ret_digest)
{
        const struct heartbeat_part *part = part_of(post, letter);
        struct app *app = post->app;
        struct diary_letter diary = {.mailbox = letter->mailbox, .today = post->today};
        enum status status =
                letter_rows(app, (struct letter_alerts){letter->alerts, letter->count}, &post->letter, &diary.rows);

        options->diary = (struct digest_diary){.at_ms = post->delivery->moment.ms, .organizer = organizer_of(app)};
        if (status == STATUS_OK && !options->counts_only)
                status = diary_write(app, &diary, &post->letter, &options->diary);
        if (status == STATUS_OK && part != NULL && !join(post, &diary.rows, part, &diary.rows))
                status = STATUS_NO_MEMORY;
        return status == STATUS_OK ? digest_write(options, diary.rows.rows, diary.rows.count, &post->letter, ret_digest)
                                   : status;
}

/* Cases of which a letter tells that they stand: it carries no alert of theirs. */
static enum status note_standing(struct post *post, const struct heartbeat_part *part, uint64_t message)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && part != NULL && i < part->count; i++) {
                uint64_t case_id = 0;
                if (part->rows[i].reference.text[0] == '\0')
                        continue;
                status = store_case_id(post->app->store, part->rows[i].reference.text, false, &case_id);
                if (status == STATUS_OK && case_id != 0)
                        status = store_message_shows(post->app->store, message, case_id);
        }
        return status;
}

static enum status write_letter(struct post *post, const struct letter *letter)
{
        struct app *app = post->app;
        struct digest_options options = options_of(post, part_of(post, letter));
        struct digest_message digest;
        char message_id[128];

        arena_reset(&post->letter);
        enum status status = compose(post, letter, &options, &digest);
        if (status != STATUS_OK)
                return status;
        /* The instant tells this record from another of the same unit, the number the messages of one instant. */
        snprintf(message_id, sizeof message_id, "%llx.%llx@%s", (unsigned long long)post->delivery->moment.ms,
                 (unsigned long long)post->last + 1,
                 app->settings.mail_domain != NULL ? app->settings.mail_domain : "mappad.invalid");
        struct store_message message = {.state = STORE_MESSAGE_WAITING,
                                        .recipient = letter->mailbox,
                                        .message_id = message_id,
                                        .subject = digest.subject,
                                        .text = digest.text,
                                        .html = digest.html,
                                        .calendar = digest.calendar,
                                        .created_ms = post->delivery->moment.ms,
                                        .next_ms = post->delivery->moment.ms,
                                        .urgent = options.urgent};
        status = store_message_add(app->store, &message, &message.id);
        if (status == STATUS_OK)
                status = store_message_carries(app->store, message.id, letter->alerts, letter->count);
        if (status == STATUS_OK)
                status = note_standing(post, part_of(post, letter), message.id);
        post->last = message.id;
        post->written++;
        return status;
}

/* The times in which nobody watched and that have not been told of, each by itself. */
static enum status find_downtimes(struct post *post)
{
        struct store_downtime rows[DOWNTIMES_TOLD_MAX + 1];
        size_t count = 0;
        enum status status =
                store_downtime_untold(post->app->store, DOWNTIME_TOLD_MS, rows, DOWNTIMES_TOLD_MAX + 1, &count);

        post->downtimes_more = count > DOWNTIMES_TOLD_MAX;
        post->downtime_count = post->downtimes_more ? DOWNTIMES_TOLD_MAX : count;
        for (size_t i = 0; i < post->downtime_count; i++)
                post->downtimes[i] = (struct digest_downtime){rows[i].from_ms, rows[i].until_ms};
        return status;
}

static void address(void *context, const struct contact_step *step)
{
        struct post *post = context;

        if (letter_to(post, step->mailbox) == NULL)
                post->lacking = true;
}

/* A letter to everybody, also to whom there is nothing new to tell. */
static enum status address_everybody(struct post *post)
{
        contacts_everybody(app_contacts(post->app), post->today, address, post);
        return post->lacking ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status post_all(struct post *post)
{
        struct app *app = post->app;
        bool digest = post->delivery->pending == STORE_WAITS && !post->quiet;
        enum status status = STATUS_OK;

        if (post->delivery->heartbeat)
                status = heartbeat_tell(app, post->delivery->moment, &post->arena, &post->telling);
        if (status == STATUS_OK)
                status = sort_routes(post);
        if (status == STATUS_OK && post->delivery->heartbeat)
                status = address_everybody(post);
        for (size_t i = 0; status == STATUS_OK && i < post->letter_count; i++)
                seal(&post->letters[i]);
        if (status == STATUS_OK && post->letter_count > 0)
                status = store_message_last(app->store, &post->last);
        if (status == STATUS_OK && digest)
                status = find_downtimes(post);
        for (size_t i = 0; status == STATUS_OK && i < post->letter_count; i++)
                status = write_letter(post, &post->letters[i]);
        if (status == STATUS_OK && post->downtime_count > 0 && post->letter_count > 0)
                status = store_downtime_told(app->store);
        return status;
}

bool quiet_ever(const struct app *app)
{
        const struct app_quiet *quiet = &app->settings.quiet;

        return quiet->from != quiet->until || quiet->working_days;
}

bool quiet_at(const struct app *app, struct moment moment)
{
        const struct app_quiet *quiet = &app->settings.quiet;
        bool hours = quiet->from != quiet->until;
        bool within = quiet->from < quiet->until ? moment.minute >= quiet->from && moment.minute < quiet->until
                                                 : moment.minute >= quiet->from || moment.minute < quiet->until;

        return (hours && within) || (quiet->working_days && !calendar_works(&app_ruleset(app)->calendar, moment.today));
}

static struct post *post_new(struct app *app, const struct delivery *delivery)
{
        struct post *post = calloc(1, sizeof *post);

        if (post == NULL)
                return NULL;
        post->app = app;
        post->delivery = delivery;
        post->today = app_day(app, delivery->moment);
        post->quiet = quiet_at(app, delivery->moment);
        arena_init(&post->arena, malloc, free);
        arena_init(&post->letter, malloc, free);
        return post;
}

static void post_free(struct post *post)
{
        if (post == NULL)
                return;
        heartbeat_told(&post->telling);
        arena_fini(&post->letter);
        arena_fini(&post->arena);
        free(post);
}

/* Urgent alerts are looked for with every transaction: what was found to be no breach in this quiet time is not read
 * again, unless one leads to nobody, whom it may find later. */
static enum status post_urgent(struct post *post)
{
        struct app *app = post->app;
        uint64_t last = 0;
        enum status status = store_alert_last(app->store, &last);

        post->looked_at = app->looked_at;
        if (status == STATUS_OK)
                status = post_all(post);
        if (status != STATUS_OK)
                return status;
        app->withheld = post->withheld;
        if (post->quiet && !post->stuck)
                app->looked_at = last;
        return STATUS_OK;
}

enum status deliver(struct app *app, const struct delivery *delivery, uint64_t *ret_messages)
{
        enum status status;

        *ret_messages = 0;
        if (app_contacts(app) == NULL)
                return STATUS_OK; /* nobody is told by mail now; what waits goes on waiting */
        struct post *post = post_new(app, delivery);
        if (post == NULL)
                return STATUS_NO_MEMORY;
        status = delivery->pending == STORE_AT_ONCE ? post_urgent(post) : post_all(post);
        *ret_messages = post->written;
        post_free(post);
        return status;
}

enum status deliver_letter(struct app *app, const struct delivery *delivery, const char *mailbox,
                           struct letter_alerts alerts)
{
        struct post *post = post_new(app, delivery);
        struct letter letter = {.mailbox = mailbox};
        enum status status = post == NULL ? STATUS_NO_MEMORY : store_message_last(app->store, &post->last);

        for (size_t i = 0; status == STATUS_OK && i < alerts.count; i++)
                status = enclose(post, &letter, alerts.ids[i]) ? STATUS_OK : STATUS_NO_MEMORY;
        seal(&letter);
        if (status == STATUS_OK)
                status = write_letter(post, &letter);
        post_free(post);
        return status;
}

bool speaks_later(const struct app *app, struct moment moment)
{
        /* One that lies far ahead is of a clock that was set back. */
        return app->speak_ms > moment.ms && app->speak_ms - moment.ms <= APP_MORE_MS;
}

bool app_more_follows(const struct app *app)
{
        return app->more_follows;
}

enum status app_speak(struct app *app, struct moment moment)
{
        uint64_t messages = 0;
        bool late = app->speak_ms != 0 && !speaks_later(app, moment);
        bool heard = app->withheld && !quiet_at(app, moment);
        enum status status;

        /* A sweep speaks when it ends, and so do moved dates that are still being told. */
        if ((!late && !heard) || sweep_raises(app) || turnover_settles(app))
                return STATUS_OK;
        status = advance_all(app, moment);
        if (status == STATUS_OK)
                status = app_begin(app);
        if (status == STATUS_OK)
                status = deliver(app, &(struct delivery){.moment = moment, .pending = STORE_AT_ONCE}, &messages);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status != STATUS_OK)
                return status;
        app->speak_ms = app->held_ms = 0;
        app_tell(app);
        return STATUS_OK;
}
