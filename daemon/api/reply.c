/*
 * reply - answers in the forms of the contract.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

#define JSON "application/json"

/* From so many bytes on an answer is handed over and not copied. */
#define TAKEN_FROM 4096

static void free_bytes(const void *bytes, size_t length, void *context)
{
        (void)bytes;
        (void)length;
        free(context);
}

/* The memory of a buffer as a piece of an answer. */
static struct http_piece give_away(struct wire_buffer *buffer)
{
        struct wire_buffer given = *buffer;

        wire_buffer_init(buffer);
        return (struct http_piece){given.data, given.length, free_bytes, given.data};
}

static void give_all(struct http_request *request, int code, struct wire_buffer *buffer)
{
        const struct http_piece piece = give_away(buffer);

        http_reply_pieces(request, code, JSON, &piece, 1);
}

static void refuse_for_memory(struct http_request *request)
{
        static const char no_memory[] = "{\"error\":{\"code\":\"no-memory\","
                                        "\"message\":\"there is not enough memory for the answer\"}}\n";

        http_reply(request, 503, JSON, no_memory, sizeof no_memory - 1);
}

void api_reply(struct http_request *request, int code, struct wire_buffer *buffer)
{
        wire_put(buffer, "\n", 1);
        if (buffer->failed)
                refuse_for_memory(request);
        else if (buffer->length < TAKEN_FROM)
                http_reply(request, code, JSON, buffer->data, buffer->length);
        else
                give_all(request, code, buffer);
}

static void drop_text(const void *bytes, size_t length, void *context)
{
        (void)bytes;
        (void)length;
        page_text_drop(context);
}

void api_reply_page(struct http_request *request, struct wire_buffer *beginning, struct page_text *text)
{
        if (beginning->failed) {
                page_text_drop(text);
                refuse_for_memory(request);
                return;
        }
        const struct http_piece pieces[] = {give_away(beginning), {text->bytes, text->length, drop_text, text}};
        http_reply_pieces(request, 200, JSON, pieces, sizeof pieces / sizeof *pieces);
}

void api_refuse(struct http_request *request, int code, const struct wire_problem *problem)
{
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"error\":");
        wire_problem_write(&buffer, problem, 0);
        wire_put_text(&buffer, "}");
        api_reply(request, code, &buffer);
        wire_buffer_fini(&buffer);
}

void api_error(struct http_request *request, struct api_fault fault, const char *format, ...)
{
        struct wire_problem problem;
        char message[WIRE_MESSAGE_SIZE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        wire_problem_set(&problem, fault.word, fault.field == NULL ? "" : fault.field, "%s", message);
        api_refuse(request, fault.code, &problem);
}

int api_code(enum status status)
{
        switch (status) {
        case STATUS_OK:
                return 200;
        case STATUS_INVALID:
                return 400;
        case STATUS_DISK_FULL:
                return 507;
        case STATUS_NO_MEMORY:
        case STATUS_LIMIT:
                return 503;
        case STATUS_IO:
        case STATUS_CORRUPT:
                return 500;
        }
        return 500;
}

static const char *status_word(enum status status)
{
        switch (status) {
        case STATUS_DISK_FULL:
                return "disk-full";
        case STATUS_NO_MEMORY:
                return "no-memory";
        case STATUS_LIMIT:
                return "overloaded";
        case STATUS_CORRUPT:
                return "corrupt";
        case STATUS_OK:
        case STATUS_IO:
        case STATUS_INVALID:
                return "internal";
        }
        return "internal";
}

void api_failed(struct http_request *request, enum status status, const struct wire_problem *problem)
{
        if (status == STATUS_INVALID && problem != NULL)
                api_refuse(request,
                           strcmp(problem->code, "unknown-case") == 0 || strcmp(problem->code, "unknown-digest") == 0
                                   ? 404
                                   : 400,
                           problem);
        else
                api_error(request, (struct api_fault){api_code(status), status_word(status), NULL}, "%s",
                          status_phrase(status));
}

struct sight api_sight(const struct api_call *call)
{
        return http_request_peer(call->request)->sight;
}

void api_put_text(struct wire_buffer *buffer, const char *key, const char *text)
{
        wire_put_key(buffer, key);
        wire_put_string(buffer, text);
}

void api_put_number(struct wire_buffer *buffer, const char *key, int64_t number)
{
        wire_put_key(buffer, key);
        wire_put_number(buffer, number);
}

void api_put_date(struct wire_buffer *buffer, const char *key, int32_t day)
{
        wire_put_key(buffer, key);
        wire_put_date(buffer, day);
}

void api_put_instant(struct wire_buffer *buffer, const char *key, int64_t ms, int64_t none)
{
        wire_put_key(buffer, key);
        if (ms == none)
                wire_put_text(buffer, "null");
        else
                wire_put_instant(buffer, ms);
}

void api_put_bool(struct wire_buffer *buffer, const char *key, bool truth)
{
        wire_put_key(buffer, key);
        wire_put_bool(buffer, truth);
}

void api_put_seq(struct wire_buffer *buffer, const char *key, uint64_t seq)
{
        wire_put_key(buffer, key);
        if (seq == 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, (int64_t)seq);
}

void api_put_open64(struct wire_buffer *buffer, const uint64_t open[APP_OPEN_STATES])
{
        wire_put_key(buffer, "open");
        wire_put_text(buffer, "{");
        for (int i = 0; i < APP_OPEN_STATES; i++)
                api_put_number(buffer, obligation_state_word((enum obligation_state)i), (int64_t)open[i]);
        wire_put_text(buffer, "}");
}

void api_put_open32(struct wire_buffer *buffer, const uint32_t open[APP_OPEN_STATES])
{
        uint64_t wide[APP_OPEN_STATES];

        for (int i = 0; i < APP_OPEN_STATES; i++)
                wide[i] = open[i];
        api_put_open64(buffer, wide);
}

bool api_take_axes(const struct api_call *call, struct app_axes *ret_axes, struct wire_problem *ret_problem)
{
        *ret_axes = (struct app_axes){
                .as_of = CIVIL_NONE, .known_at = INSTANT_LATEST, .law = call->law, .sight = api_sight(call)};
        return query_take_day(call->query, "as-of", &ret_axes->as_of, ret_problem) &&
               query_take_instant(call->query, "known-at", &ret_axes->known_at, ret_problem);
}

void api_put_axes(struct wire_buffer *buffer, int32_t as_of, int64_t known_at, const struct ruleset *ruleset)
{
        api_put_date(buffer, "as_of", as_of);
        api_put_instant(buffer, "known_at", known_at, INSTANT_LATEST);
        api_put_text(buffer, "under", ruleset->digest);
}

int api_code_of(const struct wire_problem *problem, const struct api_word_code *codes)
{
        while (codes->word != NULL && strcmp(problem->code, codes->word) != 0)
                codes++;
        return codes->code;
}
