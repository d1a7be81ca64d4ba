/*
 * transport.c - connections to the relay, by libcurl on libevent.
 *
 * libcurl connects, greets, encrypts and logs in (CURLOPT_CONNECT_ONLY), and
 * carries bytes. What is said about a message is ours (dialogue.c): from the end of a
 * text until its verdict libcurl's own SMTP waits in poll(), and so would everything
 * else in this process, as long as a relay takes to think. Here nothing waits. On QUIT
 * libcurl waits, too; the socket is closed for reading the moment it writes one.
 * Without TLS it connects to loopback addresses alone, whatever a name resolved to. A
 * connection carries one message after another.
 */
#include "transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "transfer.h"

#define IPV4_LOOPBACK 127U

/* ---- what libcurl tells while it connects ---- */

static bool begins(const char *text, size_t length, const char *word)
{
        return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* Whether the first word is this one. */
static bool says(const char *text, size_t length, const char *word)
{
        size_t size = strlen(word);

        return begins(text, length, word) &&
               (length == size || text[size] == ' ' || text[size] == '\r' || text[size] == '\n');
}

/* The first line of the answer to EHLO is the relay's name and greeting; each other one a word and its parameters.
 * Source: RFC 5321 4.1.1.1. */
static void note_offer(struct transfer *transfer, const char *words, size_t length)
{
        transfer->offers.pipelining |= transfer->named && says(words, length, "PIPELINING");
        transfer->offers.size |= transfer->named && says(words, length, "SIZE");
        transfer->named = true;
}

/* Each line of each reply. libcurl's own record of the code is overwritten by the answer to QUIT; ours is not. */
static size_t on_reply(char *line, size_t size, size_t count, void *context)
{
        struct transfer *transfer = context;
        size_t length = size * count;
        bool last;
        int code = dialogue_code(line, length, &last);

        if (transfer->quitting || code == 0)
                return length;
        transfer->reply = code;
        dialogue_keep(transfer->answer, line, length);
        if (transfer->greeting && length > 4)
                note_offer(transfer, line + 4, length - 4);
        return length;
}

/* Each command that went out. Only its first word is looked at; credentials pass by unread. What was offered before
 * STARTTLS counts no more. Source: RFC 3207 4.2. */
static int on_debug(CURL *easy, curl_infotype type, char *text, size_t length, void *context)
{
        struct transfer *transfer = context;

        (void)easy;
        if (type != CURLINFO_HEADER_OUT)
                return 0;
        transfer->greeting = begins(text, length, "EHLO ");
        if (transfer->greeting) {
                transfer->offers = (struct dialogue_offers){.pipelining = false};
                transfer->named = false;
        }
        if (begins(text, length, "QUIT\r\n")) {
                transfer->quitting = true;
                if (transfer->socket != CURL_SOCKET_BAD)
                        shutdown(transfer->socket, SHUT_RD);
        }
        return 0;
}

/* ---- sockets ---- */

static bool address_is_loopback(const struct curl_sockaddr *address)
{
        if (address->family == AF_INET) {
                struct sockaddr_in v4;

                memcpy(&v4, &address->addr, sizeof(v4));
                return ntohl(v4.sin_addr.s_addr) >> 24 == IPV4_LOOPBACK;
        }
        if (address->family == AF_INET6) {
                struct sockaddr_in6 v6;

                /* libcurl has room for a sockaddr_in6 behind the declared member. */
                memcpy(&v6, (const char *)address + offsetof(struct curl_sockaddr, addr), sizeof(v6));
                return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
        }
        return false;
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
        struct transport *transport = context;
        int *place = NULL;

        (void)purpose;
        for (size_t i = 0; i < SOCKETS_MAX && place == NULL; i++)
                if (transport->sockets[i] < 0)
                        place = &transport->sockets[i];
        if (place == NULL || (transport->relay->plain && !address_is_loopback(address)))
                return CURL_SOCKET_BAD;
        *place = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        return *place;
}

static int on_close_socket(void *context, curl_socket_t item)
{
        struct transport *transport = context;

        for (size_t i = 0; i < SOCKETS_MAX; i++)
                if (transport->sockets[i] == item)
                        transport->sockets[i] = -1;
        return close(item);
}

/* ---- libcurl on the event loop ---- */

/* libcurl has connected, or could not. */
static void end_connecting(struct transfer *transfer, CURLcode code)
{
        struct dialogue *dialogue = &transfer->dialogue;
        curl_off_t taken_us = 0;
        int64_t left_ms = transfer->transport->relay->timeout_ms;

        curl_easy_setopt(transfer->easy, CURLOPT_VERBOSE, 0L);
        if (code == CURLE_OK)
                code = curl_easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &transfer->socket);
        if (code == CURLE_OK && transfer->socket == CURL_SOCKET_BAD)
                code = CURLE_COULDNT_CONNECT;
        curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &taken_us);
        left_ms -= taken_us / 1000;
        if (code == CURLE_OK &&
            !transfer_open(transfer, transfer->recipient, &transfer->message, left_ms > 0 ? left_ms : 1))
                code = CURLE_OUT_OF_MEMORY;
        transfer->connected = code == CURLE_OK;
        if (transfer->connected)
                return;
        dialogue->end = (struct attempt_end){.curl = (int)code, .reply = transfer->reply, .phase = SMTP_PHASE_SESSION};
        if (transfer->reply < 400 || transfer->answer[0] == '\0') {
                const char *words = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);

                dialogue_keep(transfer->answer, words, strlen(words));
        }
        memcpy(dialogue->answer, transfer->answer, sizeof(dialogue->answer));
        dialogue->ended = true;
        transfer_finish(transfer);
}

static void collect(struct transport *transport)
{
        struct CURLMsg *message;
        int left;

        for (;;) {
                char *private_data = NULL;
                CURLcode code;

                message = transport->multi == NULL ? NULL : curl_multi_info_read(transport->multi, &left);
                if (message == NULL)
                        return;
                if (message->msg != CURLMSG_DONE)
                        continue;
                code = message->data.result;
                curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_data);
                end_connecting((struct transfer *)(void *)private_data, code);
        }
}

static void on_socket_event(evutil_socket_t socket, short what, void *context)
{
        struct transport *transport = context;
        int action = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
        int running;

        curl_multi_socket_action(transport->multi, socket, action, &running);
        collect(transport);
}

static void on_timer_event(evutil_socket_t socket, short what, void *context)
{
        struct transport *transport = context;
        int running;

        (void)socket;
        (void)what;
        if (transport->multi == NULL)
                return;
        curl_multi_socket_action(transport->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        collect(transport);
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
        struct transport *transport = context;
        struct timeval after = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

        (void)multi;
        if (timeout_ms < 0)
                evtimer_del(transport->timer);
        else
                evtimer_add(transport->timer, &after);
        return 0;
}

static void note_socket(CURL *easy, curl_socket_t socket)
{
        char *private_data = NULL;

        if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private_data) == CURLE_OK && private_data != NULL)
                ((struct transfer *)(void *)private_data)->socket = socket;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context)
{
        struct transport *transport = context;
        struct event *event = socket_context;
        short events = (short)(((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
                               ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0) | EV_PERSIST);

        if (event != NULL)
                event_free(event);
        if (what == CURL_POLL_REMOVE) {
                curl_multi_assign(transport->multi, socket, NULL);
                return 0;
        }
        note_socket(easy, socket);
        event = event_new(transport->base, socket, events, on_socket_event, transport);
        curl_multi_assign(transport->multi, socket, event);
        /* Without an event the transfer would sleep until its timeout, which ends it: late, but not lost. */
        if (event != NULL)
                event_add(event, NULL);
        return 0;
}

static bool wake(struct transport *transport)
{
        if (transport->multi != NULL)
                return true;
        transport->multi = curl_multi_init();
        if (transport->multi == NULL)
                return false;
        curl_multi_setopt(transport->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(transport->multi, CURLMOPT_SOCKETDATA, transport);
        curl_multi_setopt(transport->multi, CURLMOPT_TIMERFUNCTION, on_timer);
        curl_multi_setopt(transport->multi, CURLMOPT_TIMERDATA, transport);
        curl_multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, (long)transport->relay->connections);
        return true;
}

/* ---- the door ---- */

struct transport *transport_new(const struct relay *relay, struct event_base *base)
{
        struct transport *transport = calloc(1, sizeof(*transport));

        if (transport == NULL)
                return NULL;
        *transport = (struct transport){.relay = relay, .base = base};
        for (size_t i = 0; i < SOCKETS_MAX; i++)
                transport->sockets[i] = -1;
        transport->timer = evtimer_new(base, on_timer_event, transport);
        if (transport->timer != NULL)
                return transport;
        free(transport);
        return NULL;
}

void transport_rest(struct transport *transport)
{
        if (transport->multi == NULL)
                return;
        while (transport->idle != NULL)
                transfer_leave(transport->idle);
        for (size_t i = 0; i < SOCKETS_MAX; i++)
                if (transport->sockets[i] >= 0)
                        shutdown(transport->sockets[i], SHUT_RD);
        curl_multi_cleanup(transport->multi);
        transport->multi = NULL;
        evtimer_del(transport->timer);
}

void transport_free(struct transport *transport)
{
        if (transport == NULL)
                return;
        transport_rest(transport);
        event_free(transport->timer);
        free(transport);
}

static bool set_security(CURL *easy, const struct relay *relay)
{
        bool fine = curl_easy_setopt(easy, CURLOPT_USE_SSL,
                                     relay->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL) == CURLE_OK;

        fine = fine && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
        if (relay->ca_file != NULL) {
                /* The system's folder of authorities would be trusted beside the file. */
                fine = fine && curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
                fine = fine && curl_easy_setopt(easy, CURLOPT_CAINFO, relay->ca_file) == CURLE_OK;
        }
        if (relay->user != NULL) {
                fine = fine && curl_easy_setopt(easy, CURLOPT_USERNAME, relay->user) == CURLE_OK;
                fine = fine && curl_easy_setopt(easy, CURLOPT_PASSWORD, relay->secret) == CURLE_OK;
        }
        return fine;
}

static bool set_hooks(CURL *easy, struct transfer *transfer)
{
        bool fine = curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK;

        fine = fine && curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK;
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer->transport);
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->transport);
        return fine;
}

static bool set_session(CURL *easy, const struct relay *relay)
{
        bool fine = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK;

        fine = fine && curl_easy_setopt(easy, CURLOPT_URL, relay->url) == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK;
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)relay->connect_timeout_ms);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)relay->timeout_ms);
        return fine;
}

static struct transfer *transfer_new(struct transport *transport)
{
        struct transfer *transfer = calloc(1, sizeof(*transfer));

        if (transfer == NULL)
                return NULL;
        *transfer = (struct transfer){.transport = transport, .socket = CURL_SOCKET_BAD};
        transfer->easy = curl_easy_init();
        if (transfer->easy != NULL && transfer_arm(transfer) && set_hooks(transfer->easy, transfer) &&
            set_session(transfer->easy, transport->relay) && set_security(transfer->easy, transport->relay) &&
            curl_multi_add_handle(transport->multi, transfer->easy) == CURLM_OK)
                return transfer;
        transfer_free(transfer);
        return NULL;
}

/* A connection that is still there, or NULL. */
static struct transfer *take_idle(struct transport *transport)
{
        while (transport->idle != NULL) {
                struct transfer *transfer = transport->idle;
                char byte;

                if (recv(transfer->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
                    (errno == EAGAIN || errno == EWOULDBLOCK)) {
                        transport->idle = transfer->next;
                        return transfer;
                }
                transfer_drop_idle(transfer);
        }
        return NULL;
}

struct transfer *transport_send(struct transport *transport, const char *recipient, struct octets *message,
                                transport_done_fn done, void *context)
{
        struct transfer *transfer = wake(transport) ? take_idle(transport) : NULL;
        bool fresh = transfer == NULL;

        if (fresh && transport->multi != NULL)
                transfer = transfer_new(transport);
        if (transfer == NULL)
                return NULL;
        if (!fresh && !transfer_open(transfer, recipient, message, transport->relay->timeout_ms)) {
                transfer_free(transfer);
                return NULL;
        }
        transfer->reused = !fresh;
        if (fresh) {
                snprintf(transfer->recipient, sizeof(transfer->recipient), "%s", recipient);
                transfer->message = *message;
                *message = (struct octets){.bytes = NULL};
        }
        transfer->done = done;
        transfer->context = context;
        return transfer;
}

enum smtp_phase transport_cut(struct transfer *transfer)
{
        enum smtp_phase phase = transfer->connected ? transfer->dialogue.end.phase : SMTP_PHASE_SESSION;

        /* Nothing more may go out, no leave either: a relay that was just given DATA would take it for the text. */
        if (transfer->socket != CURL_SOCKET_BAD)
                shutdown(transfer->socket, SHUT_RDWR);
        transfer_free(transfer);
        return phase;
}
