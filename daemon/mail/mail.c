/*
 * mail.c - the pump: what is due goes out, what ended is reported.
 *
 * A place is a message on its way. Its transfer may end at any time in the
 * event loop; the end is kept in the place and told to the outbox in the next
 * turn, when the time is known. Between the two the place stays taken, so that
 * the same message cannot be started again before its end is on record.
 */
#include "mappad/mail.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/mailbox.h"
#include "message.h"
#include "relay.h"
#include "transport.h"

#define LOOK_AGAIN_MS 5000 /* how soon to look whether a place has become free for a message that waits */
#define NO_MEMORY_WAIT_MS 1000
#define AMBIGUOUS_WORDS "may have been sent: "
#define ROWS_LOOKED_AT_MAX 1024 /* of one turn; many messages for one stuck mailbox must not cost every turn */

enum place_state { PLACE_FREE, PLACE_UNDER_WAY, PLACE_ENDED };

struct place {
        enum place_state state;
        uint64_t id;
        uint32_t attempts; /* made before this one */
        char recipient[MAILBOX_MAX + 1];
        char message_id[MESSAGE_ID_MAX + 1];
        struct transfer *transfer; /* under way */
        struct attempt_end end;    /* ended */
        char answer[TRANSPORT_ANSWER_SIZE];
};

struct mail {
        struct relay relay;
        struct mail_outbox outbox;
        struct transport *transport;
        void (*tell)(void *context, const struct mail_attempt *attempt);
        void *tell_context;
        bool starved; /* something could not be asked, reported or started: wait a little */
        struct place places[MAIL_CONNECTIONS_MAX];
};

/* One question to the outbox. */
struct round {
        struct mail *mail;
        struct moment moment;
        uint64_t last; /* highest id seen */
        size_t seen;   /* in this page */
        size_t looked_at;
};

static size_t count_places(const struct mail *mail, enum place_state state)
{
        size_t count = 0;

        for (size_t i = 0; i < mail->relay.connections; i++)
                count += mail->places[i].state == state;
        return count;
}

size_t mail_under_way(const struct mail *mail)
{
        return count_places(mail, PLACE_UNDER_WAY);
}

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

static void report_end(struct mail *mail, struct place *place, struct moment moment)
{
        struct verdict verdict = verdict_of(place->end);
        struct app_report told = {.id = place->id, .verdict = verdict.verdict, .answer = place->answer};
        char words[sizeof(AMBIGUOUS_WORDS) + TRANSPORT_ANSWER_SIZE];

        if (verdict.verdict == VERDICT_AMBIGUOUS) {
                snprintf(words, sizeof(words), "%s%s", AMBIGUOUS_WORDS, place->answer);
                told.answer = words;
        }
        if (verdict.verdict == VERDICT_RETRY || verdict.verdict == VERDICT_AMBIGUOUS)
                told.retry_ms =
                        moment.ms + backoff_ms(verdict.backoff, place->attempts + 1, mail->relay.seed ^ place->id);
        if (report(mail, place, told))
                place->state = PLACE_FREE;
}

static void report_ends(struct mail *mail, struct moment moment)
{
        for (size_t i = 0; i < mail->relay.connections; i++)
                if (mail->places[i].state == PLACE_ENDED)
                        report_end(mail, &mail->places[i], moment);
}

static void on_done(void *context, struct attempt_end end, const char *answer)
{
        struct place *place = context;

        place->state = PLACE_ENDED;
        place->transfer = NULL;
        place->end = end;
        memcpy(place->answer, answer, strlen(answer) + 1);
}

/* ---- starting ---- */

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
        *place = (struct place){.id = message->id, .attempts = message->attempts};
        copy_text(place->recipient, sizeof(place->recipient), message->recipient);
        copy_text(place->message_id, sizeof(place->message_id), message->message_id);
}

static void start(struct mail *mail, struct place *place, const struct app_message *message)
{
        struct octets octets = {.bytes = NULL};
        const char *why_not = objection(mail, message);

        occupy(place, message);
        if (why_not != NULL) {
                report(mail, place,
                       (struct app_report){.id = message->id, .verdict = VERDICT_PERMANENT, .answer = why_not});
                return;
        }
        message_write(message, (struct message_sender){mail->relay.from, mail->relay.from_name}, &octets);
        if (!octets.failed)
                place->transfer = transport_send(mail->transport, place->recipient, &octets, on_done, place);
        if (place->transfer != NULL)
                place->state = PLACE_UNDER_WAY;
        else
                mail->starved = true;
        octets_fini(&octets);
}

static bool is_taken(const struct mail *mail, const struct app_message *message)
{
        for (size_t i = 0; i < mail->relay.connections; i++) {
                const struct place *place = &mail->places[i];

                if (place->state == PLACE_FREE)
                        continue;
                if (place->id == message->id || mailbox_same(place->recipient, message->recipient))
                        return true;
        }
        return false;
}

/* A message that failed before does not take the last place: it may be stuck again, and others wait. */
static struct place *place_for(struct mail *mail, const struct app_message *message)
{
        size_t free_places = count_places(mail, PLACE_FREE);

        if (free_places == 0 || (message->attempts > 0 && mail->relay.connections > 1 && free_places == 1))
                return NULL;
        for (size_t i = 0; i < mail->relay.connections; i++)
                if (mail->places[i].state == PLACE_FREE)
                        return &mail->places[i];
        return NULL;
}

static void on_message(void *context, const struct app_message *message)
{
        struct round *round = context;
        struct place *place;

        round->seen++;
        round->looked_at++;
        if (message->id > round->last)
                round->last = message->id;
        if (round->mail->starved || is_taken(round->mail, message))
                return;
        place = place_for(round->mail, message);
        if (place != NULL)
                start(round->mail, place, message);
}

static void start_due(struct mail *mail, struct moment moment)
{
        struct round round = {.mail = mail, .moment = moment};

        while (!mail->starved && count_places(mail, PLACE_FREE) > 0 && round.looked_at < ROWS_LOOKED_AT_MAX) {
                round.seen = 0;
                if (mail->outbox.due(mail->outbox.context, moment, round.last, on_message, &round) != STATUS_OK)
                        mail->starved = true;
                if (round.seen == 0)
                        return;
        }
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
        mail->transport = transport_new(&mail->relay, base);
        if (mail->transport == NULL)
                status = STATUS_NO_MEMORY;
        else
                *ret_mail = mail;
out:
        if (status != STATUS_OK) {
                if (mail != NULL)
                        relay_fini(&mail->relay);
                free(mail);
                curl_global_cleanup();
        }
        return status;
}

void mail_kick(struct mail *mail, struct moment moment)
{
        mail->starved = false;
        report_ends(mail, moment);
        start_due(mail, moment);
        if (count_places(mail, PLACE_FREE) == mail->relay.connections)
                transport_rest(mail->transport);
}

int64_t mail_next_wake(const struct mail *mail, struct moment moment, int64_t outbox_ms)
{
        if (mail->starved || count_places(mail, PLACE_ENDED) > 0)
                return moment.ms + NO_MEMORY_WAIT_MS;
        if (outbox_ms > moment.ms)
                return outbox_ms;
        /* What is due and was not started waits for a place; the end of a transfer is a turn of its own. */
        return moment.ms + LOOK_AGAIN_MS;
}

/* A message whose text was handed over may have been taken; whether it was is no longer to be learnt. */
static void cut(struct mail *mail, struct place *place, struct moment moment)
{
        enum smtp_phase phase = transport_cut(place->transfer);

        place->transfer = NULL;
        if (phase == SMTP_PHASE_WHOLE)
                report(mail, place,
                       (struct app_report){.id = place->id,
                                           .verdict = VERDICT_AMBIGUOUS,
                                           .retry_ms = moment.ms,
                                           .answer = AMBIGUOUS_WORDS "cut here after the text"});
        place->state = PLACE_FREE;
}

void mail_close(struct mail *mail, struct moment moment)
{
        if (mail == NULL)
                return;
        report_ends(mail, moment);
        for (size_t i = 0; i < mail->relay.connections; i++)
                if (mail->places[i].state == PLACE_UNDER_WAY)
                        cut(mail, &mail->places[i], moment);
        transport_free(mail->transport);
        relay_fini(&mail->relay);
        free(mail);
        curl_global_cleanup();
}
