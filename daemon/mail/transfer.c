/*
 * transfer.c - messages over one connection, one after another.
 *
 * Bytes go to and fro between libcurl and the dialogue, as far as the relay takes and
 * gives them; the loop and a deadline do the waiting. Whoever waits for an end hears it
 * once, and never from within his own call.
 */
#include "transfer.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define HEARD_AT_ONCE 4096

void transfer_free(struct transfer *transfer)
{
        if (transfer->io != NULL)
                event_free(transfer->io);
        if (transfer->deadline != NULL)
                event_free(transfer->deadline);
        if (transfer->easy != NULL) {
                curl_multi_remove_handle(transfer->transport->multi, transfer->easy);
                curl_easy_cleanup(transfer->easy);
        }
        dialogue_fini(&transfer->dialogue);
        octets_fini(&transfer->message);
        free(transfer);
}

/* Nothing is waited for. */
static void take_leave(struct transfer *transfer)
{
        static const char quit[] = "QUIT\r\n";
        size_t written;

        (void)curl_easy_send(transfer->easy, quit, sizeof(quit) - 1, &written);
}

/* Writes what is to be written, as far as the relay takes it now. */
static void push(struct transfer *transfer)
{
        struct dialogue *dialogue = &transfer->dialogue;

        while (dialogue->left > 0) {
                size_t written = 0;
                CURLcode code = curl_easy_send(transfer->easy, dialogue->out, dialogue->left, &written);

                if (code == CURLE_AGAIN)
                        return;
                if (code != CURLE_OK)
                        dialogue_break(dialogue, CURLE_RECV_ERROR, curl_easy_strerror(code));
                else
                        dialogue_wrote(dialogue, written);
        }
}

/* Reads once; whether there may be more that the loop would not tell of. */
static bool pull(struct transfer *transfer)
{
        char bytes[HEARD_AT_ONCE];
        size_t length = 0;
        CURLcode code = curl_easy_recv(transfer->easy, bytes, sizeof(bytes), &length);

        if (code == CURLE_AGAIN)
                return false;
        if (code != CURLE_OK || length == 0) {
                dialogue_break(&transfer->dialogue, CURLE_RECV_ERROR,
                               code == CURLE_OK ? "the relay closed the connection" : curl_easy_strerror(code));
                return false;
        }
        dialogue_heard(&transfer->dialogue, bytes, length);
        return length == sizeof(bytes) || !transfer->transport->relay->plain;
}

static void on_io(evutil_socket_t socket, short what, void *context);

/* Without an event nothing is heard until the deadline, which ends it: late, but not lost. */
static void watch(struct transfer *transfer)
{
        short wanted = (short)(EV_READ | EV_PERSIST | (transfer->dialogue.left > 0 ? EV_WRITE : 0));

        if (transfer->watched == wanted)
                return;
        if (transfer->watched != 0)
                event_del(transfer->io);
        transfer->watched = 0;
        if (event_assign(transfer->io, transfer->transport->base, transfer->socket, wanted, on_io, transfer) == 0 &&
            event_add(transfer->io, NULL) == 0)
                transfer->watched = wanted;
}

/* Where one that was idle was found closed the others will be, too. */
static void drop_all_idle(struct transport *transport)
{
        while (transport->idle != NULL)
                transfer_drop_idle(transport->idle);
}

/* The connection is kept, or left, before whoever waited is told and begins the next. */
void transfer_finish(struct transfer *transfer)
{
        struct dialogue *dialogue = &transfer->dialogue;
        struct attempt_end end = dialogue->end;
        transport_done_fn done = transfer->done;
        void *context = transfer->context;
        char answer[TRANSPORT_ANSWER_SIZE];

        end.reused = transfer->reused;
        memcpy(answer, dialogue->answer, sizeof(answer));
        evtimer_del(transfer->deadline);
        if (dialogue->usable) {
                dialogue_fini(dialogue);
                watch(transfer);
                transfer->done = NULL;
                transfer->next = transfer->transport->idle;
                transfer->transport->idle = transfer;
        } else {
                if (transfer->connected && end.reply != 0)
                        take_leave(transfer);
                if (verdict_of(end).verdict == VERDICT_UNTRIED)
                        drop_all_idle(transfer->transport);
                transfer_free(transfer);
        }
        done(context, end, answer);
}

/* What an idle connection has to say is that it ends. */
void transfer_drop_idle(struct transfer *transfer)
{
        struct transfer **at = &transfer->transport->idle;

        while (*at != transfer)
                at = &(*at)->next;
        *at = transfer->next;
        transfer_free(transfer);
}

static void on_io(evutil_socket_t socket, short what, void *context)
{
        struct transfer *transfer = context;
        const struct dialogue *dialogue = &transfer->dialogue;
        bool more = (what & EV_READ) != 0;

        (void)socket;
        if (transfer->done == NULL) {
                transfer_drop_idle(transfer);
                return;
        }
        if (!more)
                push(transfer);
        /* What the relay has to say is heard even if it takes no more. */
        while (more && !dialogue->ended) {
                more = pull(transfer);
                push(transfer);
        }
        if (dialogue->ended)
                transfer_finish(transfer);
        else
                watch(transfer);
}

static void on_deadline(evutil_socket_t socket, short what, void *context)
{
        struct transfer *transfer = context;

        (void)socket;
        (void)what;
        if (!transfer->dialogue.ended)
                dialogue_break(&transfer->dialogue, CURLE_OPERATION_TIMEDOUT, "the relay did not answer in time");
        transfer_finish(transfer);
}

/* The first words of a message. What fails at once is told by the loop, like any other end. */
bool transfer_open(struct transfer *transfer, const char *recipient, struct octets *message, int64_t left_ms)
{
        struct timeval left = {.tv_sec = left_ms / 1000, .tv_usec = left_ms % 1000 * 1000};
        const struct timeval at_once = {0};

        if (!dialogue_begin(&transfer->dialogue, transfer->offers, transfer->transport->relay->from, recipient,
                            message))
                return false;
        push(transfer);
        evtimer_add(transfer->deadline, transfer->dialogue.ended ? &at_once : &left);
        watch(transfer);
        return true;
}

bool transfer_arm(struct transfer *transfer)
{
        transfer->io = event_new(transfer->transport->base, -1, 0, on_io, transfer);
        transfer->deadline = evtimer_new(transfer->transport->base, on_deadline, transfer);
        return transfer->io != NULL && transfer->deadline != NULL;
}

void transfer_leave(struct transfer *transfer)
{
        take_leave(transfer);
        transfer_drop_idle(transfer);
}
