/*
 * bench_client - who asks the daemon (or its partner) over the socket.
 *
 *   bench_client get SOCKET PATH COUNT NAME [FILE]
 *           one connection asks COUNT times; the body of the last answer goes to FILE. "#" in PATH stands for a year,
 *           another one each time, so that no two questions are the same
 *   bench_client record SOCKET LINES FIRST COUNT CLIENTS NAME
 *           lines FIRST .. of a file, each a request of its own, from CLIENTS connections that each wait for
 *           their answer
 *   bench_client import SOCKET LINES NAME
 *           the whole file in bodies just under 1 MiB; how much changes is asked for as mappactl asks for it, by counts
 *
 * Each request's time is kept: "quantile NAME p50 p99 min max count", and "time NAME seconds" for the whole.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>

#include "exchange.h"
#include "measure.h"

#define CLIENTS_MAX 512
#define BODY_MAX (1000 << 10)
#define YEAR_FIRST 3000
#define YEARS 7000

static int by_size(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return x < y ? -1 : x > y;
}

static void print_quantiles(const char *name, double *times, size_t count)
{
        qsort(times, count, sizeof *times, by_size);
        printf("quantile %s %.9f %.9f %.9f %.9f %zu\n", name, times[count / 2], times[count * 99 / 100], times[0],
               times[count - 1], count);
}

/* The path of the nth question. */
static void path_of(const char *path, size_t n, char *ret_path, size_t size)
{
        size_t length = strcspn(path, "#");

        if (path[length] == '#')
                snprintf(ret_path, size, "%.*s%zu%s", (int)length, path, YEAR_FIRST + n, path + length + 1);
        else
                snprintf(ret_path, size, "%s", path);
}

static int get(const char *socket_path, const char *path, size_t count, const char *name, const char *keep)
{
        double *times = calloc(count, sizeof *times);
        struct exchange exchange;
        const char *body = NULL;
        char asked[512];

        if (times == NULL || count == 0 || count >= YEARS)
                measure_fail("nothing to ask, or too much");
        exchange_open(&exchange, socket_path);
        path_of(path, count, asked, sizeof asked);
        exchange_ask(&exchange, asked, NULL, 0, 200); /* the first opens what is opened once */
        for (size_t i = 0; i < count; i++) {
                path_of(path, i, asked, sizeof asked);
                double start = measure_now();
                exchange_ask(&exchange, asked, NULL, 0, 200);
                times[i] = measure_now() - start;
        }
        size_t length = exchange_body(&exchange, &body);
        FILE *file = keep == NULL ? NULL : fopen(keep, "w");
        if (keep != NULL && (file == NULL || fwrite(body, 1, length, file) != length || fclose(file) != 0))
                measure_fail("cannot write %s", keep);
        measure_count("body-bytes", (double)length);
        print_quantiles(name, times, count);
        exchange_close(&exchange);
        free(times);
        return 0;
}

/* Lines of a file. */
struct lines {
        const char *text, *end;
};

static struct lines open_lines(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat file;
        if (fd < 0 || fstat(fd, &file) != 0 || file.st_size == 0)
                measure_fail("cannot read %s", path);
        const char *text = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (text == MAP_FAILED)
                measure_fail("cannot read %s", path);
        return (struct lines){text, text + file.st_size};
}

static const char *next_line(struct lines *lines, size_t *ret_length)
{
        const char *line = lines->text, *end = memchr(line, '\n', (size_t)(lines->end - line));
        if (end == NULL)
                measure_fail("the file has too few lines");
        *ret_length = (size_t)(end - line);
        lines->text = end + 1;
        return line;
}

struct client {
        struct exchange exchange;
        double since;
};

/* What is recorded, and how long each took. */
struct load {
        struct lines lines;
        size_t sent, answered, count;
        double *times;
};

static void record_next(struct load *load, struct client *client)
{
        size_t length = 0;
        const char *line = next_line(&load->lines, &length);

        client->since = measure_now();
        exchange_send(&client->exchange, "/v1/events", line, length);
        load->sent++;
}

static void record_all(struct load *load, struct client *clients, size_t client_count)
{
        struct epoll_event events[CLIENTS_MAX];
        int poll = epoll_create1(EPOLL_CLOEXEC);

        for (size_t i = 0; i < client_count; i++) {
                events[0] = (struct epoll_event){.events = EPOLLIN, .data.ptr = &clients[i]};
                if (epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].exchange.fd, &events[0]) != 0)
                        measure_fail("epoll");
                if (load->sent < load->count)
                        record_next(load, &clients[i]);
        }
        while (load->answered < load->count) {
                int ready = epoll_wait(poll, events, CLIENTS_MAX, -1);
                for (int i = 0; i < ready; i++) {
                        struct client *client = events[i].data.ptr;
                        if (!exchange_take(&client->exchange))
                                continue;
                        if (client->exchange.status != 201)
                                measure_fail("recording answered %d: %.300s", client->exchange.status,
                                             client->exchange.in + client->exchange.body);
                        load->times[load->answered++] = measure_now() - client->since;
                        if (load->sent < load->count)
                                record_next(load, client);
                }
        }
}

static int record(char **words)
{
        static struct client clients[CLIENTS_MAX];
        size_t first = strtoul(words[2], NULL, 10), client_count = strtoul(words[4], NULL, 10), length = 0;
        struct load load = {.lines = open_lines(words[1]), .count = strtoul(words[3], NULL, 10)};

        load.times = calloc(load.count, sizeof *load.times);
        if (load.times == NULL || load.count == 0 || client_count == 0 || client_count > CLIENTS_MAX)
                measure_fail("bad counts");
        for (size_t i = 0; i < first; i++)
                next_line(&load.lines, &length);
        for (size_t i = 0; i < client_count; i++)
                exchange_open(&clients[i].exchange, words[0]);
        struct measure whole = {.name = words[5]};
        double start = measure_now();
        record_all(&load, clients, client_count);
        measure_add(&whole, measure_now() - start);
        measure_print(&whole);
        print_quantiles(words[5], load.times, load.count);
        for (size_t i = 0; i < client_count; i++)
                exchange_close(&clients[i].exchange);
        free(load.times);
        return 0;
}

static int import(const char *socket_path, const char *path, const char *name)
{
        struct lines lines = open_lines(path);
        struct measure whole = {.name = name};
        struct exchange exchange;

        exchange_open(&exchange, socket_path);
        double start = measure_now();
        while (lines.text < lines.end) {
                size_t length = (size_t)(lines.end - lines.text);
                if (length > BODY_MAX)
                        length = (size_t)((const char *)memrchr(lines.text, '\n', BODY_MAX) + 1 - lines.text);
                exchange_ask(&exchange, "/v1/events?changed=counts", lines.text, length, 201);
                lines.text += length;
        }
        measure_add(&whole, measure_now() - start);
        measure_print(&whole);
        exchange_close(&exchange);
        return 0;
}

int main(int argc, char **argv)
{
        if (argc >= 6 && strcmp(argv[1], "get") == 0)
                return get(argv[2], argv[3], strtoul(argv[4], NULL, 10), argv[5], argc > 6 ? argv[6] : NULL);
        if (argc == 8 && strcmp(argv[1], "record") == 0)
                return record(argv + 2);
        if (argc == 5 && strcmp(argv[1], "import") == 0)
                return import(argv[2], argv[3], argv[4]);
        measure_fail("usage: bench_client get|record|import ...");
}
