/*
 * request - what a request asks, read where evhttp holds it, and who asks it.
 */
#include <poll.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "conn.h"

enum http_method http_request_method(const struct http_request *request)
{
        switch ((int)evhttp_request_get_command(request->req)) {
        case EVHTTP_REQ_GET:
                return HTTP_GET;
        case EVHTTP_REQ_HEAD:
                return HTTP_HEAD;
        case EVHTTP_REQ_POST:
                return HTTP_POST;
        default:
                return HTTP_OTHER;
        }
}

const char *http_request_path(const struct http_request *request)
{
        const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->req);
        const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);

        return path == NULL ? "" : path;
}

const char *http_request_query(const struct http_request *request)
{
        const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->req);

        return uri == NULL ? NULL : evhttp_uri_get_query(uri);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
        return evhttp_find_header(evhttp_request_get_input_headers(request->req), name);
}

const char *http_request_body(struct http_request *request, size_t *ret_length)
{
        struct evbuffer *input = evhttp_request_get_input_buffer(request->req);
        const unsigned char *bytes = evbuffer_pullup(input, -1); /* it was joined when it arrived */

        *ret_length = bytes == NULL ? 0 : evbuffer_get_length(input);
        return bytes == NULL ? "" : (const char *)bytes;
}

const struct peer *http_request_peer(const struct http_request *request)
{
        return &request->conn->peer;
}

void http_request_watch(struct http_request *request, http_gone_fn gone, void *context)
{
        request->gone = gone;
        request->gone_context = context;
}

bool http_request_left(const struct http_request *request)
{
        struct pollfd client = {.fd = bufferevent_getfd(request->conn->bev)};

        return poll(&client, 1, 0) > 0 && (client.revents & (POLLHUP | POLLERR)) != 0;
}

void http_request_add_header(struct http_request *request, struct http_header header)
{
        if (evhttp_add_header(evhttp_request_get_output_headers(request->req), header.name, header.value) != 0)
                request->spoilt = true;
}
