/*
 * transport.c - SMTP by libcurl's multi interface on libevent.
 *
 * libcurl does the protocol; this file settles what it leaves open. It follows
 * the commands that go out, because the end of a transfer means different
 * things before and after the text was handed over. It never lets libcurl wait:
 * on QUIT libcurl blocks until the server answers, so the socket is closed for
 * reading the moment QUIT is written. And without TLS it connects to loopback
 * addresses alone, whatever a name resolved to.
 */
#include "transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "mappad/mailbox.h"

#define SOCKETS_MAX (4 * MAIL_CONNECTIONS_MAX) /* two address families tried at once, and closing ones */
#define IPV4_LOOPBACK 127U

struct transport {
        const struct relay *relay;
        struct event_base *base;
        struct event *timer;
        CURLM *multi;             /* NULL at rest */
        int sockets[SOCKETS_MAX]; /* every open socket, -1 for a free place */
};

struct transfer {
        struct transport *transport;
        CURL *easy;
        struct curl_slist *recipients;
        struct octets message;
        size_t handed_over;
        curl_socket_t socket;
        enum smtp_phase phase;
        bool quitting; /* QUIT went out: replies are no longer to us */
        int reply;
        char answer[TRANSPORT_ANSWER_SIZE];
        char error[CURL_ERROR_SIZE];
        transport_done_fn done;
        void *context;
};

/* ---- what libcurl tells during a transfer ---- */

static size_t on_read(char *buffer, size_t size, size_t count, void *context)
{
        struct transfer *transfer = context;
        size_t left = transfer->message.used - transfer->handed_over;
        size_t length = size * count < left ? size * count : left;

        memcpy(buffer, transfer->message.bytes + transfer->handed_over, length);
        transfer->handed_over += length;
        if (transfer->handed_over == transfer->message.used)
                transfer->phase = SMTP_PHASE_WHOLE;
        return length;
}

static void keep_answer(struct transfer *transfer, const char *text, size_t length)
{
        size_t used = 0;

        while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == '\n'))
                length--;
        for (; used < length && used < sizeof(transfer->answer) - 1; used++)
                transfer->answer[used] = text[used] >= ' ' && text[used] <= '~' ? text[used] : '?';
        transfer->answer[used] = '\0';
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* Each line of each reply. libcurl's own record of the code is overwritten by the answer to QUIT; ours is not. */
static size_t on_reply(char *line, size_t size, size_t count, void *context)
{
        struct transfer *transfer = context;
        size_t length = size * count;

        if (transfer->quitting || length < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]))
                return length;
        transfer->reply = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        keep_answer(transfer, line, length);
        return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
        (void)bytes;
        (void)context;
        return size * count;
}

static bool begins(const char *text, size_t length, const char *word)
{
        return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* Each command that went out. Only its first word is looked at; credentials pass by unread. */
static int on_debug(CURL *easy, curl_infotype type, char *text, size_t length, void *context)
{
        struct transfer *transfer = context;

        (void)easy;
        if (type != CURLINFO_HEADER_OUT)
                return 0;
        if (begins(text, length, "MAIL FROM:")) {
                transfer->phase = SMTP_PHASE_MAIL;
        } else if (begins(text, length, "RCPT TO:")) {
                transfer->phase = SMTP_PHASE_RCPT;
        } else if (transfer->phase == SMTP_PHASE_RCPT && begins(text, length, "DATA\r\n")) {
                transfer->phase = SMTP_PHASE_DATA;
        } else if (begins(text, length, "QUIT\r\n")) {
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

static void transfer_free(struct transfer *transfer)
{
        if (transfer->easy != NULL)
                curl_easy_cleanup(transfer->easy);
        curl_slist_free_all(transfer->recipients);
        octets_fini(&transfer->message);
        free(transfer);
}

static void transfer_drop(struct transfer *transfer)
{
        curl_multi_remove_handle(transfer->transport->multi, transfer->easy);
        transfer_free(transfer);
}

/* libcurl keeps a connection on which sending failed, if it does not look dead. Its server would read the next message
 * as more text of the one that broke off. */
static void break_off(const struct transfer *transfer)
{
        const struct transport *transport = transfer->transport;

        for (size_t i = 0; i < SOCKETS_MAX; i++)
                if (transport->sockets[i] >= 0 && transport->sockets[i] == transfer->socket)
                        shutdown(transport->sockets[i], SHUT_RDWR);
}

static void end_transfer(struct transfer *transfer, CURLcode code)
{
        struct attempt_end end = {.curl = (int)code, .reply = transfer->reply, .phase = transfer->phase};
        transport_done_fn done = transfer->done;
        void *context = transfer->context;
        char answer[TRANSPORT_ANSWER_SIZE];
        bool refused = verdict_of(end).verdict == VERDICT_PERMANENT || transfer->reply >= 400;

        if (code != CURLE_OK && !(refused && transfer->answer[0] != '\0')) {
                const char *words = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);

                keep_answer(transfer, words, strlen(words));
                break_off(transfer);
        }
        memcpy(answer, transfer->answer, sizeof(answer));
        transfer_drop(transfer);
        done(context, end, answer);
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
                end_transfer((struct transfer *)(void *)private_data, code);
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
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
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

static bool set_message(CURL *easy, const struct relay *relay, const struct transfer *transfer)
{
        bool fine = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK;

        fine = fine && curl_easy_setopt(easy, CURLOPT_URL, relay->url) == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_MAIL_FROM, relay->from) == CURLE_OK;
        fine = fine && curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->recipients) == CURLE_OK;
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->message.used);
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)relay->connect_timeout_ms);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)relay->timeout_ms);
        return fine;
}

static bool set_up(struct transfer *transfer, const char *recipient)
{
        transfer->recipients = curl_slist_append(NULL, recipient);
        transfer->easy = curl_easy_init();
        if (transfer->recipients == NULL || transfer->easy == NULL)
                return false;
        return set_hooks(transfer->easy, transfer) &&
               set_message(transfer->easy, transfer->transport->relay, transfer) &&
               set_security(transfer->easy, transfer->transport->relay);
}

struct transfer *transport_send(struct transport *transport, const char *recipient, struct octets *message,
                                transport_done_fn done, void *context)
{
        struct transfer *transfer = calloc(1, sizeof(*transfer));

        if (transfer == NULL)
                return NULL;
        *transfer = (struct transfer){.transport = transport,
                                      .message = *message,
                                      .socket = CURL_SOCKET_BAD,
                                      .done = done,
                                      .context = context};
        if (wake(transport) && set_up(transfer, recipient) &&
            curl_multi_add_handle(transport->multi, transfer->easy) == CURLM_OK) {
                *message = (struct octets){.bytes = NULL};
                return transfer;
        }
        transfer->message = (struct octets){.bytes = NULL};
        transfer_free(transfer);
        return NULL;
}

enum smtp_phase transport_cut(struct transfer *transfer)
{
        enum smtp_phase phase = transfer->phase;

        /* libcurl ends whatever it is in with the end of a text, and a relay that has just been given DATA would
         * take that for an empty message, or a part of the text for the whole. Nothing more may go out. */
        if (transfer->socket != CURL_SOCKET_BAD)
                shutdown(transfer->socket, SHUT_RDWR);
        transfer_drop(transfer);
        return phase;
}
