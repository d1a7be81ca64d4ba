/*
 * mail.c - the pump: what is due goes out, what ended is reported.
 *
 * A place is a message in our hands. It is chosen, and reported as under way;
 * when the commit of the turn is over it is ready, and waits for a connection,
 * also when that failed: what people wait for leaves even though the disk is full,
 * and is perhaps sent twice should the process end meanwhile. Its transfer may end
 * at any time in the event loop, and the end is kept in the place and told
 * to the outbox in a later turn. Until then the place stays taken, so that the
 * same message cannot be started again before its end is on record. Choosing
 * and reporting are done for many at a time and together, because each commit waits
 * for the disk, and nothing is sent meanwhile. A letter is read when it is chosen.
 */
#include "mappad/mail.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "mappad/mailbox.h"
#include "message.h"
#include "relay.h"
#include "transport.h"

#define LOOK_AGAIN_MS 5000 /* how soon to look whether a place has become free for a message that waits */
#define NO_MEMORY_WAIT_MS 1000
#define AMBIGUOUS_WORDS "may have been sent: "
#define ROWS_LOOKED_AT_MAX 256 /* of one turn; the next looks on from there */
#define PLACES 128             /* messages in our hands ... */
#define BYTES_MAX (4U << 20)   /* ... and at how many bytes of them, not yet begun, no further one is chosen */
#define AGAIN_PLACES_MAX 64    /* of these, messages that failed before */
#define ENDS_HELD_US 50000     /* ends are reported when more is chosen, or when the first has waited for so long */

enum place_state { PLACE_FREE, PLACE_CHOSEN, PLACE_READY, PLACE_UNDER_WAY, PLACE_ENDED, PLACE_STATES };

struct place {
        struct mail *mail;
        enum place_state state;
        uint64_t id;
        uint64_t turn;     /* in which order they were chosen */
        uint32_t attempts; /* made before this one */
        bool ambiguous;    /* it may have been taken by an earlier attempt */
        char recipient[MAILBOX_MAX + 1];
        char message_id[MESSAGE_ID_MAX + 1];
        struct octets text;        /* chosen and ready */
        size_t bytes;              /* of it */
        struct transfer *transfer; /* under way */
        struct attempt_end end;    /* ended */
        char answer[TRANSPORT_ANSWER_SIZE];
};

struct mail {
        struct relay relay;
        struct mail_outbox outbox;
        struct transport *transport;
        struct event *held; /* runs while an end is held back */
        bool tell_ends;     /* it has been held back for long enough */
        void (*tell)(void *context, const struct mail_attempt *attempt);
        void *tell_context;
        bool starved;                         /* something could not be asked, reported or started: wait a little */
        struct app_outbox_place looked_until; /* where the next look at the outbox goes on */
        bool seen;                            /* the last look found messages, if only such as have to wait */
        bool hurried;                         /* it found none, though some were due, and was to look again at once */
        uint64_t turns;
        size_t bytes; /* of what is chosen or ready */
        size_t counts[PLACE_STATES];
        struct place places[PLACES];
};

/* One question to the outbox. */
struct round {
        struct mail *mail;
        size_t seen; /* in this page */
        size_t looked_at;
};

static void enter(struct place *place, enum place_state state)
{
        place->mail->counts[place->state]--;
        place->mail->counts[state]++;
        place->state = state;
}

/* It is not ours to hold any more: it is under way, or will not go. */
static void unload(struct place *place)
{
        octets_fini(&place->text);
        place->mail->bytes -= place->bytes;
        place->bytes = 0;
}

static void leave(struct place *place)
{
        unload(place);
        enter(place, PLACE_FREE);
}

static bool has_room(const struct mail *mail)
{
        return mail->counts[PLACE_FREE] > 0 && mail->bytes < BYTES_MAX;
}

size_t mail_under_way(const struct mail *mail)
{
        return mail->counts[PLACE_UNDER_WAY];
}

static void start_ready(struct mail *mail);

/* ---- reporting ---- */

static bool report(struct mail *mail, const struct place *place, struct app_report told)
{
        const struct mail_attempt attempt = {.report = &told,
                                             .recipient = place->recipient,
                                             .message_id = place->message_id,
                                             .attempts = place->attempts + 1};

        if (mail->outbox.report(mail->outbox.context, told) != STATUS_OK) {
                mail->starved = true;
                return false;
        }
        if (mail->tell != NULL)
                mail->tell(mail->tell_context, &attempt);
        return true;
}

/* As if it had never been chosen. */
static bool report_untried(struct mail *mail, const struct place *place)
{
        struct app_report told = {.id = place->id, .verdict = VERDICT_UNTRIED, .clears = !place->ambiguous};

        if (mail->outbox.report(mail->outbox.context, told) == STATUS_OK)
                return true;
        mail->starved = true;
        return false;
}

static void report_end(struct mail *mail, struct place *place, struct moment moment)
{
        struct verdict verdict = verdict_of(place->end);
        struct app_report told = {.id = place->id,
                                  .verdict = verdict.verdict,
                                  .clears = !place->ambiguous && verdict.verdict != VERDICT_AMBIGUOUS,
                                  .answer = place->answer};
        char words[sizeof(AMBIGUOUS_WORDS) + TRANSPORT_ANSWER_SIZE];

        if (verdict.verdict == VERDICT_UNTRIED) {
                if (report_untried(mail, place))
                        leave(place);
                return;
        }
        if (verdict.verdict == VERDICT_AMBIGUOUS) {
                snprintf(words, sizeof(words), "%s%s", AMBIGUOUS_WORDS, place->answer);
                told.answer = words;
        }
        if (verdict.verdict == VERDICT_RETRY || verdict.verdict == VERDICT_AMBIGUOUS)
                told.retry_ms =
                        moment.ms + backoff_ms(verdict.backoff, place->attempts + 1, mail->relay.seed ^ place->id);
        if (report(mail, place, told))
                leave(place);
}

static void report_ends(struct mail *mail, struct moment moment)
{
        mail->tell_ends = false;
        event_del(mail->held);
        for (size_t i = 0; mail->counts[PLACE_ENDED] > 0 && i < PLACES; i++)
                if (mail->places[i].state == PLACE_ENDED)
                        report_end(mail, &mail->places[i], moment);
}

static void on_done(void *context, struct attempt_end end, const char *answer)
{
        struct place *place = context;
        struct mail *mail = place->mail;
        const struct timeval soon = {.tv_usec = ENDS_HELD_US};

        enter(place, PLACE_ENDED);
        place->transfer = NULL;
        place->end = end;
        memcpy(place->answer, answer, strlen(answer) + 1);
        if (mail->counts[PLACE_ENDED] == 1 && event_add(mail->held, &soon) != 0)
                mail->tell_ends = true;
        /* Nothing waits for a connection that became free but what is ready, and that need not wait for a turn. */
        start_ready(mail);
}

static void held_long_enough(evutil_socket_t socket, short what, void *context)
{
        struct mail *mail = context;

        (void)socket;
        (void)what;
        mail->tell_ends = true;
}

/* ---- choosing ---- */

/* Why a message must not leave, or NULL. The outbox is not trusted: it was written under earlier settings. */
static const char *objection(const struct mail *mail, const struct app_message *message)
{
        if (!mailbox_valid(message->recipient))
                return "refused here: the recipient is no mailbox";
        if (!mailbox_allowed(message->recipient, (const char *const *)mail->relay.allow_domains,
                             mail->relay.allow_domain_count))
                return "refused here: the recipient lies outside allow-domains";
        if (!message_id_valid(message->message_id))
                return "refused here: the Message-ID is not valid";
        return NULL;
}

static void copy_text(char *target, size_t size, const char *text)
{
        size_t length = strnlen(text, size - 1);

        memcpy(target, text, length);
        target[length] = '\0';
}

static void occupy(struct place *place, const struct app_message *message)
{
        place->id = message->id;
        place->turn = ++place->mail->turns;
        place->attempts = message->attempts;
        place->ambiguous = message->ambiguous;
        copy_text(place->recipient, sizeof(place->recipient), message->recipient);
        copy_text(place->message_id, sizeof(place->message_id), message->message_id);
        place->text = (struct octets){.bytes = NULL};
}

static void write_letter(void *context, const struct app_message *message)
{
        struct place *place = context;
        const struct relay *relay = &place->mail->relay;

        message_write(message, (struct message_sender){relay->from, relay->from_name}, &place->text);
}

static bool prepare(struct mail *mail, struct place *place, const struct app_message *message)
{
        const struct app_report marked = {.id = message->id, .verdict = VERDICT_UNDER_WAY};

        return mail->outbox.letter(mail->outbox.context, message, write_letter, place) == STATUS_OK &&
               !place->text.failed && mail->outbox.report(mail->outbox.context, marked) == STATUS_OK;
}

static void choose(struct mail *mail, struct place *place, const struct app_message *message)
{
        const char *why_not = objection(mail, message);

        occupy(place, message);
        if (why_not != NULL) {
                report(mail, place,
                       (struct app_report){.id = message->id, .verdict = VERDICT_PERMANENT, .answer = why_not});
                return;
        }
        if (prepare(mail, place, message)) {
                place->bytes = place->text.used;
                mail->bytes += place->bytes;
                enter(place, PLACE_CHOSEN);
                return;
        }
        mail->starved = true;
        octets_fini(&place->text);
}

/* A place for a message, or NULL: it or another one for its recipient is in our hands, or there is no room. */
static struct place *place_for(struct mail *mail, const struct app_message *message)
{
        struct place *found = NULL;
        size_t again = 0;

        for (size_t i = 0; i < PLACES; i++) {
                struct place *place = &mail->places[i];

                if (place->state == PLACE_FREE) {
                        found = place;
                        continue;
                }
                if (place->id == message->id || mailbox_same(place->recipient, message->recipient))
                        return NULL;
                again += place->attempts > 0;
        }
        return message->attempts > 0 && again >= AGAIN_PLACES_MAX ? NULL : found;
}

static void on_message(void *context, const struct app_message *message)
{
        struct round *round = context;
        struct place *place;

        round->seen++;
        round->looked_at++;
        round->mail->seen = true;
        /* What finds no room is met again by the next look. */
        if (round->mail->starved || !has_room(round->mail))
                return;
        place = place_for(round->mail, message);
        if (place != NULL)
                choose(round->mail, place, message);
        round->mail->looked_until = (struct app_outbox_place){message->next_ms, message->id};
}

/* How many that never failed are ready; the others may have to wait, and must not keep them out. */
static size_t fresh_and_ready(const struct mail *mail)
{
        size_t count = 0;

        for (size_t i = 0; i < PLACES; i++)
                count += mail->places[i].attempts == 0 && mail->places[i].state == PLACE_READY;
        return count;
}

/* Each look goes on where the last one ended, so that many messages for mailboxes that are stuck hide nothing. */
static void look(struct mail *mail, struct moment moment)
{
        struct round round = {.mail = mail};
        bool from_the_start = mail->looked_until.id == 0;

        mail->seen = false;
        while (!mail->starved && has_room(mail) && round.looked_at < ROWS_LOOKED_AT_MAX) {
                round.seen = 0;
                if (mail->outbox.due(mail->outbox.context, moment, mail->looked_until, on_message, &round) != STATUS_OK)
                        mail->starved = true;
                if (round.seen > 0)
                        continue;
                mail->looked_until = (struct app_outbox_place){0};
                if (from_the_start)
                        return;
                from_the_start = true;
        }
}

/* ---- starting ---- */

static void start(struct mail *mail, struct place *place)
{
        place->transfer = transport_send(mail->transport, place->recipient, &place->text, on_done, place);
        if (place->transfer == NULL) {
                mail->starved = true;
                return;
        }
        unload(place);
        enter(place, PLACE_UNDER_WAY);
}

/* The next to go. One that failed before does not take the last connection: it may be stuck again, and others wait. */
static struct place *next_ready(struct mail *mail)
{
        bool last = mail->counts[PLACE_UNDER_WAY] + 1 == mail->relay.connections && mail->relay.connections > 1;
        struct place *next = NULL;

        for (size_t i = 0; i < PLACES; i++) {
                struct place *place = &mail->places[i];

                if (place->state == PLACE_READY && !(last && place->attempts > 0) &&
                    (next == NULL || place->turn < next->turn))
                        next = place;
        }
        return next;
}

static void start_ready(struct mail *mail)
{
        while (!mail->starved && mail->counts[PLACE_READY] > 0 &&
               mail->counts[PLACE_UNDER_WAY] < mail->relay.connections) {
                struct place *place = next_ready(mail);

                if (place == NULL)
                        return;
                start(mail, place);
        }
}

void mail_go(struct mail *mail)
{
        for (size_t i = 0; mail->counts[PLACE_CHOSEN] > 0 && i < PLACES; i++)
                if (mail->places[i].state == PLACE_CHOSEN)
                        enter(&mail->places[i], PLACE_READY);
        start_ready(mail);
}

/* ---- the door ---- */

enum status mail_open(const struct mail_options *options, struct event_base *base, struct mail_outbox outbox,
                      struct mail **ret_mail, char ret_problem[static MAIL_PROBLEM_SIZE])
{
        enum status status = STATUS_NO_MEMORY;
        struct mail *mail;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return STATUS_NO_MEMORY;
        mail = calloc(1, sizeof(*mail));
        if (mail == NULL)
                goto out;
        *mail = (struct mail){.outbox = outbox, .tell = options->tell, .tell_context = options->tell_context};
        status = relay_init(&mail->relay, options, ret_problem);
        if (status != STATUS_OK)
                goto out;
        for (size_t i = 0; i < PLACES; i++)
                mail->places[i].mail = mail;
        mail->counts[PLACE_FREE] = PLACES;
        mail->held = evtimer_new(base, held_long_enough, mail);
        mail->transport = transport_new(&mail->relay, base);
        if (mail->transport == NULL || mail->held == NULL)
                status = STATUS_NO_MEMORY;
        else
                *ret_mail = mail;
out:
        if (status != STATUS_OK) {
                if (mail != NULL) {
                        transport_free(mail->transport);
                        if (mail->held != NULL)
                                event_free(mail->held);
                        relay_fini(&mail->relay);
                }
                free(mail);
                curl_global_cleanup();
        }
        return status;
}

void mail_kick(struct mail *mail, struct moment moment)
{
        const bool idle = mail->counts[PLACE_UNDER_WAY] == 0;
        const bool want_more = fresh_and_ready(mail) < mail->relay.connections;

        mail->starved = false;
        if (idle || want_more || mail->tell_ends)
                report_ends(mail, moment);
        if (want_more || idle)
                look(mail, moment);
        if (mail->counts[PLACE_FREE] == PLACES)
                transport_rest(mail->transport);
}

int64_t mail_next_wake(struct mail *mail, struct moment moment, int64_t outbox_ms)
{
        if (mail->starved)
                return moment.ms + NO_MEMORY_WAIT_MS;
        if (outbox_ms > moment.ms || mail->seen)
                mail->hurried = false;
        if (outbox_ms > moment.ms)
                return outbox_ms;
        /* Written in this turn, after the look. */
        if (!mail->seen && !mail->hurried) {
                mail->hurried = true;
                return moment.ms;
        }
        /* What is due and was not started waits for a place; the end of a transfer is a turn of its own. */
        return moment.ms + LOOK_AGAIN_MS;
}

/* What was not begun is as if it had never been chosen. A message whose text was handed over may have been taken;
 * whether it was is no longer to be learnt. */
static void cut(struct mail *mail, struct place *place, struct moment moment)
{
        enum smtp_phase phase = place->state == PLACE_UNDER_WAY ? transport_cut(place->transfer) : SMTP_PHASE_SESSION;

        if (phase == SMTP_PHASE_WHOLE)
                report(mail, place,
                       (struct app_report){.id = place->id,
                                           .verdict = VERDICT_AMBIGUOUS,
                                           .retry_ms = moment.ms,
                                           .answer = AMBIGUOUS_WORDS "cut here after the text"});
        else /* if that fails it stays marked as one that may have been taken, which loses nothing */
                (void)report_untried(mail, place);
        place->transfer = NULL;
        leave(place);
}

void mail_close(struct mail *mail, struct moment moment)
{
        if (mail == NULL)
                return;
        report_ends(mail, moment);
        for (size_t i = 0; i < PLACES; i++)
                if (mail->places[i].state == PLACE_CHOSEN || mail->places[i].state == PLACE_READY ||
                    mail->places[i].state == PLACE_UNDER_WAY)
                        cut(mail, &mail->places[i], moment);
        transport_free(mail->transport);
        event_free(mail->held);
        relay_fini(&mail->relay);
        free(mail);
        curl_global_cleanup();
}
