/*
 * request - what a request asks, read where evhttp holds it, and who asks it.
 */
#include <poll.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "conn.h"

#define DIGITS "0123456789"
#define BLANKS " \t\v\f\r"

static bool is_number(const char *text)
{
        return text[0] != '\0' && text[strspn(text, DIGITS)] == '\0';
}

static bool is_name(const char *text)
{
        return text[0] != '\0' && text[strcspn(text, BLANKS)] == '\0';
}

/* Notes the value of a header that may come once. */
static bool note_once(const struct evkeyval *header, const char *name, const char **value)
{
        if (strcasecmp(header->key, name) != 0)
                return true;
        bool first = *value == NULL;
        *value = header->value;
        return first;
}

bool conn_request_clear(const struct conn *conn, const struct evhttp_request *req)
{
        bool takes_body = req->type != EVHTTP_REQ_HEAD && req->type != EVHTTP_REQ_TRACE;
        const char *length = NULL, *coding = NULL;

        if (conn->sent_nul)
                return false;
        for (const struct evkeyval *at = req->input_headers->tqh_first; at != NULL; at = at->next.tqe_next)
                if (!is_name(at->key) || !note_once(at, "Content-Length", &length) ||
                    !note_once(at, "Transfer-Encoding", &coding))
                        return false;
        if (coding != NULL)
                return length == NULL && takes_body && req->minor > 0 && strcasecmp(coding, "chunked") == 0;
        if (length == NULL)
                return true;
        length += strspn(length, " \t"); /* evhttp passes over blanks alone */
        return is_number(length) && (takes_body || length[strspn(length, "0")] == '\0');
}

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
