/* exchange - see exchange.h. */
#include "exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure.h"

void exchange_open(struct exchange *exchange, const char *socket_path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        *exchange = (struct exchange){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .capacity = 1 << 16};
        exchange->in = malloc(exchange->capacity);
        snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
        if (exchange->fd < 0 || exchange->in == NULL ||
            connect(exchange->fd, (struct sockaddr *)&address, sizeof address) != 0)
                measure_fail("cannot connect to %s: %s", socket_path, strerror(errno));
}

void exchange_close(struct exchange *exchange)
{
        close(exchange->fd);
        free(exchange->in);
}

static void send_all(int fd, const char *bytes, size_t length)
{
        while (length > 0) {
                ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
                if (sent < 0 && errno == EINTR)
                        continue;
                if (sent <= 0)
                        measure_fail("send: %s", strerror(errno));
                bytes += sent;
                length -= (size_t)sent;
        }
}

void exchange_send(struct exchange *exchange, const char *path, const char *body, size_t length)
{
        char head[1024];
        int size =
                snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: mappad\r\n", body == NULL ? "GET" : "POST", path);

        if (body != NULL)
                size += snprintf(head + size, sizeof head - (size_t)size,
                                 "Content-Type: application/%s\r\nContent-Length: %zu\r\n",
                                 memchr(body, '\n', length) == NULL ? "json" : "x-ndjson", length);
        size += snprintf(head + size, sizeof head - (size_t)size, "\r\n");
        exchange->length = exchange->body = exchange->end = exchange->chunk = 0;
        if (body != NULL && length <= sizeof head - (size_t)size) { /* one segment, as a client would */
                memcpy(head + size, body, length);
                send_all(exchange->fd, head, (size_t)size + length);
                return;
        }
        send_all(exchange->fd, head, (size_t)size);
        if (body != NULL)
                send_all(exchange->fd, body, length);
}

static void read_head(struct exchange *exchange)
{
        char *end = memmem(exchange->in, exchange->length, "\r\n\r\n", 4);
        if (end == NULL)
                return;
        *end = '\0';
        exchange->body = (size_t)(end - exchange->in) + 4;
        exchange->chunk = exchange->body;
        exchange->status = (int)strtol(exchange->in + 9, NULL, 10);
        const char *length = strcasestr(exchange->in, "\r\ncontent-length:");
        if (length != NULL)
                exchange->end = exchange->body + strtoul(length + 17, NULL, 10);
        else if (strcasestr(exchange->in, "\r\ntransfer-encoding: chunked") == NULL)
                measure_fail("an answer without a length");
}

/* Whether the chunk of size 0 has come. */
static bool chunks_complete(struct exchange *exchange)
{
        while (exchange->chunk < exchange->length) {
                char *line = exchange->in + exchange->chunk;
                char *end = memmem(line, exchange->length - exchange->chunk, "\r\n", 2);
                if (end == NULL)
                        return false;
                size_t size = strtoul(line, NULL, 16), next = (size_t)(end - exchange->in) + 2 + size + 2;
                if (next > exchange->length)
                        return false;
                if (size == 0)
                        return true;
                exchange->chunk = next;
        }
        return false;
}

bool exchange_take(struct exchange *exchange)
{
        if (exchange->capacity - exchange->length < 1 << 15) {
                exchange->capacity *= 2;
                exchange->in = realloc(exchange->in, exchange->capacity);
                if (exchange->in == NULL)
                        measure_fail("no memory for an answer");
        }
        ssize_t got = recv(exchange->fd, exchange->in + exchange->length, exchange->capacity - exchange->length - 1, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
                return false;
        if (got <= 0)
                measure_fail("the server has gone");
        exchange->length += (size_t)got;
        exchange->in[exchange->length] = '\0';
        if (exchange->body == 0)
                read_head(exchange);
        if (exchange->body == 0)
                return false;
        return exchange->end != 0 ? exchange->length >= exchange->end : chunks_complete(exchange);
}

void exchange_ask(struct exchange *exchange, const char *path, const char *body, size_t length, int expected)
{
        exchange_send(exchange, path, body, length);
        while (!exchange_take(exchange))
                ;
        if (exchange->status != expected)
                measure_fail("%s answered %d: %.300s", path, exchange->status, exchange->in + exchange->body);
}

size_t exchange_body(struct exchange *exchange, const char **ret_body)
{
        size_t at = exchange->body, to = exchange->body;

        *ret_body = exchange->in + exchange->body;
        if (exchange->end != 0)
                return exchange->end - exchange->body;
        while (true) {
                char *after = NULL;
                size_t size = strtoul(exchange->in + at, &after, 16);
                size_t data = (size_t)(strstr(after, "\r\n") - exchange->in) + 2;
                if (size == 0)
                        return to - exchange->body;
                memmove(exchange->in + to, exchange->in + data, size);
                to += size;
                at = data + size + 2;
        }
}
