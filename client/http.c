/*
 * http - libcurl on a UNIX socket (http.h).
 *
 * One handle for the life of the command, so that pages and batches share a
 * connection. The sending side is never closed early: a daemon built on evhttp
 * would cut its answer short.
 */
#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "mappad/app_access.h"
#include "output.h"

#define CONNECT_TIMEOUT_MS 5000L
#define ANSWER_TIMEOUT_MS 300000L /* a large import takes its time; a daemon that hangs is noticed all the same */
#define ANSWER_MAX_MIB 256u       /* of an answer; pages keep it far below */
#define STREAM_SILENCE_S 60L      /* a comment comes every 15 seconds */
#define PUSHES 4                  /* pieces of 64 KiB of a body that a socket may take at once */
#define WAIT_MS 1000              /* between two looks at how long an answer takes */
#define UNSENT_MAX 3              /* connections that end before anything is sent and are made once more */

#define PURPOSE_HEADER "Mappad-Purpose: "
#define PURPOSE_SIZE (sizeof PURPOSE_HEADER + APP_PURPOSE_MAX)

struct http {
        CURL *curl;
        CURLM *apart;               /* for questions that are not waited for at once; NULL before the first */
        struct curl_slist *headers; /* of the one that is under way */
        const char *socket;
        char purpose[PURPOSE_SIZE]; /* header that says why; "" without */
        struct curl_slist *plain;   /* headers of a question without a body */
        long answer_ms;             /* how long an answer may take */
        long system_error;          /* errno of the connection that failed, or 0 */
        bool arrived;               /* the last question had a connection */
        bool heard;                 /* something of its answer has come */
        struct wire_buffer answer;
        char error[CURL_ERROR_SIZE];
};

static size_t gather(char *bytes, size_t size, size_t count, void *context)
{
        struct http *http = context;
        struct wire_buffer *answer = &http->answer;
        http->heard = true;
        if (answer->length + size * count > (size_t)ANSWER_MAX_MIB << 20)
                return 0;
        wire_put(answer, bytes, size * count);
        return answer->failed ? 0 : size * count;
}

/* Why it is asked: --purpose, else $MAPPAD_PURPOSE. What the daemon could not keep is a wrong call. */
static enum outcome take_purpose(struct http *http, const struct arguments *arguments)
{
        const char *given = arguments_value(arguments, "--purpose");
        const char *purpose = given != NULL ? given : getenv("MAPPAD_PURPOSE");
        if (purpose == NULL || purpose[0] == '\0')
                return OUTCOME_OK;
        if (!wire_is_line(purpose, APP_PURPOSE_MAX))
                return usage_error(arguments, "%s is one line of at most %d bytes of text",
                                   given != NULL ? "--purpose" : "MAPPAD_PURPOSE", APP_PURPOSE_MAX);
        snprintf(http->purpose, sizeof(http->purpose), PURPOSE_HEADER "%s", purpose);
        http->plain = curl_slist_append(NULL, http->purpose);
        return http->plain != NULL ? OUTCOME_OK : out_of_memory();
}

/* Where the daemon is: --socket, else $MAPPAD_SOCKET, else where it is by default. A path that can be none is a wrong
 * call, and above all never a question over a network: libcurl takes an empty one for no socket at all. */
static enum outcome take_socket(struct http *http, const struct arguments *arguments)
{
        const char *given = arguments_value(arguments, "--socket"), *environment = getenv("MAPPAD_SOCKET");
        const char *path = given != NULL ? given : environment != NULL && environment[0] != '\0' ? environment : NULL;
        http->socket = path != NULL ? path : DEFAULT_SOCKET;
        if (http->socket[0] != '\0' && strlen(http->socket) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
                return OUTCOME_OK;
        return usage_error(arguments, "%s is the path of a socket, of 1 to %zu bytes",
                           given != NULL ? "--socket" : "MAPPAD_SOCKET",
                           sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
}

enum outcome http_open(const struct arguments *arguments, struct http **ret_http)
{
        struct http *http = calloc(1, sizeof(*http));
        *ret_http = NULL;
        if (http != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
                http->curl = curl_easy_init();
        if (http == NULL || http->curl == NULL) {
                http_close(http);
                (void)out_of_memory();
                return OUTCOME_REFUSED; /* in words that an analyser can read */
        }
        http->answer_ms = ANSWER_TIMEOUT_MS;
        enum outcome outcome = take_socket(http, arguments);
        if (outcome == OUTCOME_OK)
                outcome = take_purpose(http, arguments);
        if (outcome == OUTCOME_OK)
                *ret_http = http;
        else
                http_close(http);
        return outcome;
}

void http_hurry(struct http *http, uint64_t ms)
{
        http->answer_ms = ms < ANSWER_TIMEOUT_MS ? (long)ms : ANSWER_TIMEOUT_MS;
}

void http_close(struct http *http)
{
        if (http == NULL)
                return;
        if (http->apart != NULL)
                curl_multi_remove_handle(http->apart, http->curl);
        curl_easy_cleanup(http->curl);
        curl_multi_cleanup(http->apart);
        curl_slist_free_all(http->headers);
        curl_slist_free_all(http->plain);
        wire_buffer_fini(&http->answer);
        free(http);
}

/* What every request has; the connection is kept from the one before. */
static bool prepare(struct http *http, const char *target)
{
        struct wire_buffer url;
        wire_buffer_init(&url);
        wire_put_text(&url, "http://mappad");
        wire_put_text(&url, target);
        bool good = target_end(&url);
        curl_easy_reset(http->curl);
        http->error[0] = '\0';
        http->heard = false;
        good = good && curl_easy_setopt(http->curl, CURLOPT_URL, url.data) == CURLE_OK &&
               curl_easy_setopt(http->curl, CURLOPT_UNIX_SOCKET_PATH, http->socket) == CURLE_OK;
        wire_buffer_fini(&url);
        curl_easy_setopt(http->curl, CURLOPT_ERRORBUFFER, http->error);
        curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, http->plain);
        curl_easy_setopt(http->curl, CURLOPT_PROXY, "");
        curl_easy_setopt(http->curl, CURLOPT_PROTOCOLS_STR, "http");
        curl_easy_setopt(http->curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(http->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
        return good;
}

bool http_forbidden(const struct http *http)
{
        return http->system_error == EACCES || http->system_error == EPERM;
}

static enum outcome unreachable(struct http *http, CURLcode code)
{
        /* libcurl speaks of a port where there is none; what the system said is the reason. */
        http->system_error = 0;
        if (code == CURLE_COULDNT_CONNECT)
                curl_easy_getinfo(http->curl, CURLINFO_OS_ERRNO, &http->system_error);
        http->arrived = code != CURLE_COULDNT_CONNECT;
        complain("the daemon %s at %s: %s%s", http->arrived ? "gave no whole answer" : "cannot be reached",
                 http->socket,
                 http->system_error != 0  ? strerror((int)http->system_error)
                 : http->error[0] != '\0' ? http->error
                                          : curl_easy_strerror(code),
                 http_forbidden(http) ? "; who is in one of its groups may ask, after a new login" : "");
        return OUTCOME_UNREACHABLE;
}

bool http_arrived(const struct http *http)
{
        return http->arrived;
}

enum outcome http_not_understood(void)
{
        complain("the daemon's answer is not understood");
        return OUTCOME_UNREACHABLE;
}

/* The daemon says what is so with 200 and 201, and refuses with what is 400 and more. Anything else is not its word. */
static bool is_refusal(long status)
{
        return status >= 400 && status < 600;
}

static bool is_known(long status)
{
        return status == 200 || status == 201 || is_refusal(status);
}

/* Why an answer was not gathered: here, or for want of one. libcurl calls a head without end a want of memory. */
static enum outcome not_gathered(struct http *http, CURLcode code)
{
        if (http->answer.failed)
                return out_of_memory();
        if (code != CURLE_WRITE_ERROR)
                return unreachable(http, code);
        complain("the daemon's answer is longer than %u MiB", ANSWER_MAX_MIB);
        return OUTCOME_REFUSED;
}

/* Makes it a POST; the headers are freed by the caller when it is done. It goes over a connection of its own: on one
 * that was used before and closes without a word libcurl would send it once more by itself. */
static struct curl_slist *post(struct http *http, const struct wire_buffer *body)
{
        struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
        if (headers != NULL)
                curl_slist_append(headers, "Expect:");
        if (headers != NULL && http->purpose[0] != '\0')
                curl_slist_append(headers, http->purpose);
        curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(http->curl, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(http->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, body->length > 0 ? body->data : "");
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
        return headers;
}

/* Whether a connection was there and ended before anything was sent, as when a daemon is killed that has just taken it:
 * libcurl calls that one that could not be made, but has no error of the system for it. */
static bool unsent(const struct http *http, CURLcode code)
{
        long error = 0;
        curl_easy_getinfo(http->curl, CURLINFO_OS_ERRNO, &error);
        return code == CURLE_COULDNT_CONNECT && (error == 0 || error == ECONNRESET);
}

/* Nobody has seen what was not sent: it is sent over another connection, whatever it asks for. */
static CURLcode send_question(struct http *http)
{
        CURLcode code = curl_easy_perform(http->curl);
        for (int i = 0; i < UNSENT_MAX && unsent(http, code); i++)
                code = curl_easy_perform(http->curl);
        return code;
}

/* A daemon that was killed or replaced while a question was with it: whoever comes next is asked again, once, since to
 * ask changes nothing. What may have been recorded is never sent twice. */
static CURLcode ask(struct http *http, bool again)
{
        CURLcode code = send_question(http), second;
        bool lost = code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;

        if (!again || !lost || http->heard)
                return code;
        second = send_question(http);
        return second == CURLE_COULDNT_CONNECT ? code : second;
}

/* Makes one question of the handle, whose answer is gathered. */
static bool put_question(struct http *http, const char *target, const struct wire_buffer *body)
{
        if (!prepare(http, target))
                return false;
        wire_buffer_reset(&http->answer);
        curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, http->answer_ms);
        curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, gather);
        curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, http);
        http->headers = body != NULL ? post(http, body) : NULL;
        return true;
}

/* The answer, whole, is in the handle. */
static enum outcome gathered(struct http *http, CURLcode code, long *ret_status)
{
        curl_slist_free_all(http->headers);
        http->headers = NULL;
        if (code != CURLE_OK)
                return not_gathered(http, code);
        http->arrived = true;
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, ret_status);
        return OUTCOME_OK;
}

/* One question. */
static enum outcome perform(struct http *http, const char *target, const struct wire_buffer *body, long *ret_status)
{
        if (!put_question(http, target, body))
                return out_of_memory();
        return gathered(http, ask(http, body == NULL), ret_status);
}

static json_t *answer_json(const struct http *http)
{
        return json_loadb(http->answer.length > 0 ? http->answer.data : "", http->answer.length, JSON_REJECT_DUPLICATES,
                          NULL);
}

/* The answer to what was asked, as JSON. */
static enum outcome understood(struct http *http, enum outcome outcome, const long *status, json_t **ret_answer)
{
        *ret_answer = NULL;
        if (outcome != OUTCOME_OK)
                return outcome;
        *ret_answer = answer_json(http);
        if (is_refusal(*status) || (is_known(*status) && json_is_object(*ret_answer)))
                return OUTCOME_OK;
        json_decref(*ret_answer);
        *ret_answer = NULL;
        return http_not_understood();
}

enum outcome http_try(struct http *http, const char *target, const struct wire_buffer *body, long *ret_status,
                      json_t **ret_answer)
{
        return understood(http, perform(http, target, body, ret_status), ret_status, ret_answer);
}

/* ---- a question that is not waited for at once ---- */

/* Sends as much as the socket takes; the rest goes while the answer is waited for. */
static bool push(struct http *http)
{
        int under_way = 1;
        for (int i = 0; i < PUSHES && under_way > 0; i++)
                if (curl_multi_perform(http->apart, &under_way) != CURLM_OK)
                        return false;
        return true;
}

enum outcome http_begin(struct http *http, const char *target, const struct wire_buffer *body)
{
        if (http->apart == NULL)
                http->apart = curl_multi_init();
        if (http->apart == NULL || !put_question(http, target, body))
                return out_of_memory();
        /* What goes in pieces has ids, and is recorded once however often it is sent: it keeps its connection. */
        curl_easy_setopt(http->curl, CURLOPT_FRESH_CONNECT, 0L);
        if (curl_multi_add_handle(http->apart, http->curl) != CURLM_OK)
                return out_of_memory();
        if (push(http))
                return OUTCOME_OK;
        curl_multi_remove_handle(http->apart, http->curl);
        return out_of_memory();
}

/* Waits until it is over. */
static CURLcode wait_over(struct http *http)
{
        CURLcode code = CURLE_OUT_OF_MEMORY;
        int under_way = 1, left;
        while (under_way > 0) {
                if (curl_multi_perform(http->apart, &under_way) != CURLM_OK)
                        return CURLE_OUT_OF_MEMORY;
                if (under_way > 0 && curl_multi_poll(http->apart, NULL, 0, WAIT_MS, NULL) != CURLM_OK)
                        return CURLE_OUT_OF_MEMORY;
        }
        for (const CURLMsg *over = NULL; (over = curl_multi_info_read(http->apart, &left)) != NULL;)
                code = over->data.result;
        return code;
}

enum outcome http_end(struct http *http, long *ret_status, json_t **ret_answer)
{
        CURLcode code = wait_over(http);
        curl_multi_remove_handle(http->apart, http->curl);
        if (unsent(http, code))
                code = send_question(http);
        return understood(http, gathered(http, code, ret_status), ret_status, ret_answer);
}

/* Says what an answer refuses, which is JSON if it is the daemon's own. */
static enum outcome refused(long status, const json_t *answer)
{
        if (answer == NULL)
                complain("the daemon refused with status %ld", status);
        else
                http_say_refusal(answer, NULL, NULL);
        return OUTCOME_REFUSED;
}

/* The same of an answer that was gathered for that alone. */
static enum outcome refused_as_gathered(const struct http *http, long status)
{
        json_t *answer = answer_json(http);
        (void)refused(status, answer);
        json_decref(answer);
        return OUTCOME_REFUSED;
}

/* How many bytes the character at the beginning of a text has; 0 if it is none, or a terminal would obey it. */
static size_t harmless_length(const char *text, size_t length)
{
        uint32_t code = 0;
        size_t size = wire_utf8_length(text, length, &code);
        bool blank = code == '\n' || code == '\t' || (code == '\r' && length > 1 && text[1] == '\n');
        bool control = code < ' ' || (code >= 0x7f && code < 0xa0);
        return control && !blank ? 0 : size;
}

/* A text that begins so, and that a terminal would not obey. */
static bool is_text(const struct wire_buffer *answer, const char *begins)
{
        size_t length = strlen(begins), size = 0;
        if (answer->length < length || memcmp(answer->data, begins, length) != 0)
                return false;
        for (size_t at = 0; at < answer->length; at += size) {
                size = harmless_length(answer->data + at, answer->length - at);
                if (size == 0)
                        return false;
        }
        return true;
}

enum outcome http_text(struct http *http, const char *target, const char *begins, struct wire_buffer *ret_text)
{
        long status = 0;
        enum outcome outcome = perform(http, target, NULL, &status);
        wire_buffer_init(ret_text);
        if (outcome != OUTCOME_OK)
                return outcome;
        if (is_refusal(status))
                return refused_as_gathered(http, status);
        if (!is_known(status) || !is_text(&http->answer, begins))
                return http_not_understood();
        *ret_text = http->answer;
        wire_buffer_init(&http->answer);
        return OUTCOME_OK;
}

enum outcome http_ask(struct http *http, const char *target, const struct wire_buffer *body, json_t **ret_answer)
{
        long status = 0;
        enum outcome outcome = http_try(http, target, body, &status, ret_answer);
        if (outcome != OUTCOME_OK || status < 400)
                return outcome;
        (void)refused(status, *ret_answer);
        json_decref(*ret_answer);
        *ret_answer = NULL;
        return OUTCOME_REFUSED;
}

/* What a file says wrong, as `rules check` and `mappad --check` print it; true if the problem is of that kind. */
static bool say_diagnostic(const json_t *problem)
{
        const char *severity = json_string_value(json_object_get(problem, "severity"));
        const char *file = json_string_value(json_object_get(problem, "file"));
        const char *message = json_string_value(json_object_get(problem, "message"));
        json_int_t line = json_integer_value(json_object_get(problem, "line"));

        if (severity == NULL || message == NULL)
                return false;
        char place[32] = "";
        if (line > 0)
                snprintf(place, sizeof(place), "%lld:", (long long)line);
        if (file != NULL && file[0] != '\0')
                say_line("%s:%s %s: %s", file, place, severity, message);
        else
                complain("%s: %s", severity, message);
        return true;
}

static void say_problem(const json_t *problem, line_name_fn line_names, const void *context)
{
        const char *message = json_string_value(json_object_get(problem, "message"));
        const char *field = json_string_value(json_object_get(problem, "field"));
        const char *nearest = json_string_value(json_object_get(problem, "nearest"));
        uint64_t line = (uint64_t)json_integer_value(json_object_get(problem, "line"));
        char place[32] = "";
        if (say_diagnostic(problem))
                return;
        if (line != 0 && line_names != NULL)
                line = line_names(context, line);
        if (line != 0)
                snprintf(place, sizeof(place), "line %llu: ", (unsigned long long)line);
        complain("%s%s%s%s%s%s%s%s", place, message != NULL ? message : "refused without a reason",
                 nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                 nearest != NULL ? "\"?" : "", field != NULL ? " (" : "", field != NULL ? field : "",
                 field != NULL ? ")" : "");
}

void http_say_refusal(const json_t *answer, line_name_fn line_names, const void *context)
{
        const json_t *problems = json_object_get(answer, "problems");
        size_t count = json_array_size(problems);
        uint64_t total = (uint64_t)json_integer_value(json_object_get(answer, "problem_total"));
        if (count == 0)
                say_problem(json_object_get(answer, "error"), line_names, context);
        for (size_t i = 0; i < count; i++)
                say_problem(json_array_get(problems, i), line_names, context);
        if (total > count && count > 0)
                complain("and %llu more", (unsigned long long)(total - count));
}

/* An answer that is handed on as it comes, and what a refusal says instead. */
struct pouring {
        struct http *http;
        stream_fn sink;
        void *context;
        bool stopped; /* by the sink */
};

static size_t pour(char *bytes, size_t size, size_t count, void *context)
{
        struct pouring *pouring = context;
        long status = 0;
        curl_easy_getinfo(pouring->http->curl, CURLINFO_RESPONSE_CODE, &status);
        if (is_refusal(status))
                return gather(bytes, size, count, pouring->http);
        /* What is nobody's answer is not handed on, and told of at its end. */
        if (!is_known(status))
                return size * count;
        pouring->http->heard = true;
        pouring->stopped = !pouring->sink(pouring->context, bytes, size * count);
        return pouring->stopped ? 0 : size * count;
}

/* Lets it come, as long as it is not silent for so many seconds. */
static CURLcode pour_all(struct pouring *pouring, struct curl_slist *headers, long silence_s, bool again,
                         long *ret_status)
{
        struct http *http = pouring->http;
        wire_buffer_reset(&http->answer);
        if (headers != NULL)
                curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, pour);
        curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, pouring);
        curl_easy_setopt(http->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(http->curl, CURLOPT_LOW_SPEED_TIME, silence_s);
        CURLcode code = ask(http, again);
        curl_slist_free_all(headers);
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, ret_status);
        return code;
}

enum outcome http_stream(struct http *http, const char *target, uint64_t last_event_id, stream_fn sink, void *context,
                         long *ret_status)
{
        struct pouring pouring = {http, sink, context, false};
        char header[64];
        *ret_status = 0;
        if (!prepare(http, target))
                return out_of_memory();
        snprintf(header, sizeof(header), "Last-Event-ID: %llu", (unsigned long long)last_event_id);
        struct curl_slist *headers = curl_slist_append(NULL, header);
        if (headers != NULL && http->purpose[0] != '\0')
                curl_slist_append(headers, http->purpose);
        CURLcode code = pour_all(&pouring, headers, STREAM_SILENCE_S, true, ret_status);
        if (pouring.stopped)
                return OUTCOME_REFUSED;
        if (*ret_status >= 400)
                return refused_as_gathered(http, *ret_status);
        return *ret_status == 0 ? unreachable(http, code) : OUTCOME_OK;
}

enum outcome http_pour(struct http *http, const char *target, const struct wire_buffer *body, stream_fn sink,
                       void *context)
{
        struct pouring pouring = {http, sink, context, false};
        long status = 0;
        if (!prepare(http, target))
                return out_of_memory();
        struct curl_slist *headers = body != NULL ? post(http, body) : NULL;
        CURLcode code = pour_all(&pouring, headers, ANSWER_TIMEOUT_MS / 1000, body == NULL, &status);
        if (pouring.stopped)
                return OUTCOME_REFUSED;
        if (code != CURLE_OK)
                return not_gathered(http, code);
        if (!is_known(status))
                return http_not_understood();
        return is_refusal(status) ? refused_as_gathered(http, status) : OUTCOME_OK;
}

enum outcome http_fetch(const struct arguments *arguments, struct wire_buffer *target, json_t **ret_answer)
{
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome == OUTCOME_OK)
                outcome = target_end(target) ? http_ask(http, target->data, NULL, ret_answer) : out_of_memory();
        http_close(http);
        return outcome;
}
