/*
 * bench_constant - the least an HTTP answer over a UNIX socket can cost: the same library as the
 * daemon's (evhttp), one file's bytes, nothing asked and nothing thought.
 *
 * Usage: bench_constant SOCKET FILE. Writes "ready" when it listens; ends with SIGTERM.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure.h"

struct constant {
        char *bytes;
        size_t length;
};

static void answer(struct evhttp_request *request, void *context)
{
        const struct constant *constant = context;
        struct evbuffer *body = evbuffer_new();

        evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
        evbuffer_add_reference(body, constant->bytes, constant->length, NULL, NULL);
        evhttp_send_reply(request, 200, "OK", body);
        evbuffer_free(body);
}

static void load(struct constant *constant, const char *path)
{
        FILE *file = fopen(path, "r");
        constant->bytes = malloc(1 << 24);
        if (file == NULL || constant->bytes == NULL)
                measure_fail("cannot read %s", path);
        constant->length = fread(constant->bytes, 1, 1 << 24, file);
        fclose(file);
}

int main(int argc, char **argv)
{
        struct constant constant;
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        if (argc != 3)
                measure_fail("usage: bench_constant SOCKET FILE");
        load(&constant, argv[2]);
        unlink(argv[1]);
        snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
        struct event_base *base = event_base_new();
        struct evhttp *http = evhttp_new(base);
        struct evconnlistener *listener =
                evconnlistener_new_bind(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
                                        (struct sockaddr *)&address, sizeof address);
        if (listener == NULL || evhttp_bind_listener(http, listener) == NULL)
                measure_fail("cannot listen on %s", argv[1]);
        evhttp_set_gencb(http, answer, &constant);
        puts("ready");
        fflush(stdout);
        event_base_dispatch(base);
        return 0;
}
