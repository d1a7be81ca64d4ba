/*
 * sealed - sealing a report, giving it back as it was, and what later records changed.
 *
 * What is sealed is the answer to the question about the report, as canonical JSON
 * (RFC 8785: no spaces, members in the order of their names), with the instant and
 * the line of the record at which it was counted. It names no case.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sealed.h"

static const struct api_word_code codes[] = {{"unknown-seal", 404},   {"unknown-digest", 404},
                                             {"already-sealed", 409}, {"does-not-add-up", 409},
                                             {"not-over", 409},       {"missing-field", 422},
                                             {"bad-why", 422},        {"wrong-type", 422},
                                             {"damaged-seal", 500},   {NULL, 400}};

void sealed_fail(struct http_request *request, enum status status, const struct wire_problem *problem)
{
        if (status == STATUS_INVALID)
                api_refuse(request, api_code_of(problem, codes), problem);
        else
                api_failed(request, status, NULL);
}

/* ---- what a seal is ---- */

static void put_hex(struct wire_buffer *buffer, const char *key, const uint8_t *bytes, size_t length)
{
        static const char digits[] = "0123456789abcdef";

        wire_put_key(buffer, key);
        wire_put_text(buffer, bytes == NULL ? "null" : "\"");
        for (size_t i = 0; bytes != NULL && i < length; i++) {
                char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
                wire_put(buffer, pair, sizeof pair);
        }
        wire_put_text(buffer, bytes == NULL ? "" : "\"");
}

static void put_line(struct wire_buffer *buffer, const struct store_head *head)
{
        wire_put_key(buffer, "head");
        if (head->seq == 0) {
                wire_put_text(buffer, "null");
                return;
        }
        wire_put_text(buffer, "{");
        put_hex(buffer, "hash", head->hash, STORE_HASH_SIZE);
        api_put_seq(buffer, "seq", head->seq);
        wire_put_text(buffer, "}");
}

void sealed_put(struct wire_buffer *buffer, const struct store_seal *seal)
{
        wire_put_text(buffer, "{");
        api_put_seq(buffer, "seq", seal->seq);
        api_put_text(buffer, "report", seal->report);
        api_put_text(buffer, "period", seal->period);
        api_put_number(buffer, "version", seal->version);
        api_put_text(buffer, "hash", seal->digest);
        api_put_text(buffer, "under", seal->rules);
        put_line(buffer, &seal->head);
        api_put_instant(buffer, "known_at", seal->known_ms, INSTANT_ALWAYS);
        api_put_instant(buffer, "sealed_at", seal->at_ms, INSTANT_ALWAYS);
        api_put_number(buffer, "uid", seal->uid);
        api_put_text(buffer, "user", seal->user);
        api_put_bool(buffer, "hides", seal->hides);
        api_put_bool(buffer, "forced", seal->forced);
        api_put_text(buffer, "why", seal->why);
        wire_put_text(buffer, "}");
}

void sealed_name(const struct store_seal *seal, char ret_name[static API_DETAIL_SIZE])
{
        snprintf(ret_name, API_DETAIL_SIZE, "%.100s:%.100s:v%u", seal->report, seal->period, (unsigned)seal->version);
}

/* ---- sealing ---- */

struct sealing {
        struct api *api;
        struct app_figures *figures;
        json_t *body;
        int64_t known_ms;
        struct api_trace by;
};

static void release_sealing(void *context)
{
        struct sealing *sealing = context;

        app_figures_free(sealing->figures);
        json_decref(sealing->body);
        free(sealing);
}

static void put_nothing(void *context, struct wire_buffer *buffer)
{
        (void)context;
        (void)buffer;
}

static enum status count_on(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct sealing *sealing = context;
        struct app_figures_row row;

        (void)buffer;
        return app_figures_next(sealing->figures, ret_kind, &row);
}

/* The figures as canonical JSON. NULL: no memory. Owns: free. */
static char *canonical(const struct sealing *sealing)
{
        const struct app_figures_answer *answer = app_figures_answer(sealing->figures);
        char known_at[WIRE_INSTANT_SIZE], *text = NULL;
        struct wire_buffer buffer;
        json_t *content;

        wire_buffer_init(&buffer);
        report_put_head(&buffer, sealing->figures);
        put_line(&buffer, app_figures_head(sealing->figures));
        report_put_tail(&buffer, answer);
        content = buffer.failed ? NULL : json_loadb(buffer.data, buffer.length, JSON_REJECT_DUPLICATES, NULL);
        wire_buffer_fini(&buffer);
        wire_instant_format(sealing->known_ms, known_at);
        if (content != NULL && json_object_set_new(content, "known_at", json_string(known_at)) == 0)
                text = json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(content);
        return text;
}

static enum status give_sealed(void *context, const struct store_seal *seal)
{
        struct wire_buffer *buffer = context;

        wire_put_text(buffer, "{\"seal\":");
        sealed_put(buffer, seal);
        wire_put_text(buffer, "}");
        return STATUS_OK;
}

static void answer_sealed(struct api *api, struct http_request *request, uint64_t seq)
{
        struct wire_buffer buffer;
        enum status status;

        wire_buffer_init(&buffer);
        status = app_sealed_get(api->app, seq, give_sealed, &buffer);
        if (status == STATUS_OK)
                api_reply(request, 201, &buffer);
        else
                api_failed(request, status, NULL);
        wire_buffer_fini(&buffer);
}

/* A refusal because of the figures says each thing that is wrong with them. */
static void refuse_figures(const struct app_figures_answer *answer, struct http_request *request,
                           const struct wire_problem *refusal)
{
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"error\":");
        wire_problem_write(&buffer, refusal, 0);
        wire_put_key(&buffer, "problems");
        wire_put_text(&buffer, "[");
        wire_problem_write(&buffer, refusal, 0);
        for (size_t i = 0; i < answer->problem_count; i++) {
                struct wire_problem problem;

                wire_problem_set(&problem, refusal->code, "", "%s", answer->problems[i]);
                wire_put_text(&buffer, ",");
                wire_problem_write(&buffer, &problem, 0);
        }
        wire_put_text(&buffer, "]");
        api_put_number(&buffer, "problem_total", (int64_t)answer->problems_found + 1);
        wire_put_text(&buffer, "}");
        api_reply(request, api_code_of(refusal, codes), &buffer);
        wire_buffer_fini(&buffer);
}

static enum status seal(struct sealing *sealing, const char *content, const char *whole, uint64_t *ret_seq,
                        struct wire_problem *problem)
{
        const struct app_figures_answer *answer = app_figures_answer(sealing->figures);
        struct app_sealing what = {.report = answer->report->name,
                                   .period = answer->now.year,
                                   .content = content,
                                   .whole = whole,
                                   .rules = app_figures_ruleset(sealing->figures)->digest,
                                   .head = *app_figures_head(sealing->figures),
                                   .known_ms = sealing->known_ms,
                                   .adds_up = answer->problems_found == 0,
                                   .force = json_is_true(json_object_get(sealing->body, "force")),
                                   .why = json_string_value(json_object_get(sealing->body, "why")),
                                   .by = {.uid = sealing->by.uid, .name = sealing->by.user}};

        return app_seal_report(sealing->api->app, sealing->api->host.now(sealing->api->host.context), &what, ret_seq,
                               problem);
}

/* All is counted: make the texts, and seal them. */
static void finish_sealing(void *context, struct http_request *request)
{
        struct sealing *sealing = context;
        const struct app_figures_answer *answer = app_figures_answer(sealing->figures);
        bool hides = answer->suppressed_below > 0;
        struct wire_problem problem = {.code = "internal"};
        char *content = canonical(sealing), *whole = NULL;
        uint64_t seq = 0;
        enum status status = content == NULL ? STATUS_NO_MEMORY : STATUS_OK;

        if (status == STATUS_OK && hides) {
                app_figures_unhide(sealing->figures);
                whole = canonical(sealing);
                status = whole == NULL ? STATUS_NO_MEMORY : STATUS_OK;
        }
        if (status == STATUS_OK)
                status = seal(sealing, content, whole, &seq, &problem);
        if (status == STATUS_OK)
                answer_sealed(sealing->api, request, seq);
        else if (status == STATUS_INVALID && strcmp(problem.code, "does-not-add-up") == 0)
                refuse_figures(answer, request, &problem);
        else
                sealed_fail(request, status, &problem);
        free(content);
        free(whole);
}

static bool take_reason(const json_t *body, struct wire_problem *problem)
{
        const json_t *why = json_object_get(body, "why"), *force = json_object_get(body, "force");

        if (why != NULL && !json_is_string(why))
                wire_problem_set(problem, "wrong-type", "why", "\"why\" must be a text");
        else if (force != NULL && !json_is_boolean(force))
                wire_problem_set(problem, "wrong-type", "force", "\"force\" must be true or false");
        else
                return true;
        return false;
}

static bool is_over(const struct app_figures *figures, struct wire_problem *problem)
{
        const struct app_figures_year *year = &app_figures_answer(figures)->now;

        if (year->last == year->until)
                return true;
        wire_problem_set(problem, "not-over", "year", "the year %s is not over; it is sealed when it is", year->year);
        return false;
}

static enum status begin_sealing(const struct api_call *call, struct sealing *sealing, struct wire_problem *problem)
{
        struct app_figures_question question;
        enum status status;

        if (!take_reason(sealing->body, problem) || !report_take_question(call, &question, problem))
                return STATUS_INVALID;
        if (question.year == NULL) {
                wire_problem_set(problem, "missing", "year", "\"year\" is missing: a seal is of one period");
                return STATUS_INVALID;
        }
        sealing->api = call->api;
        sealing->known_ms = call->now.ms;
        api_trace(call, &sealing->by);
        status = app_figures_begin(call->api->app, call->now, &question, &sealing->figures, problem);
        if (status == STATUS_OK && !is_over(sealing->figures, problem))
                return STATUS_INVALID;
        return status;
}

void api_report_seal(const struct api_call *call)
{
        static const char *const names[] = {"why", "force"};
        struct wire_problem problem = {.code = "internal"};
        json_t *body = api_read_body(call, names, 2);
        struct sealing *sealing;

        if (body == NULL)
                return;
        sealing = calloc(1, sizeof *sealing);
        if (sealing == NULL) {
                json_decref(body);
                api_failed(call->request, STATUS_NO_MEMORY, NULL);
                return;
        }
        sealing->body = body;
        enum status status = begin_sealing(call, sealing, &problem);
        if (status != STATUS_OK) {
                release_sealing(sealing);
                sealed_fail(call->request, status, &problem);
                return;
        }
        listing_gather(call, (struct listing_maker){put_nothing, count_on, release_sealing, NULL}, finish_sealing,
                       sealing);
}

/* ---- as it was sealed ---- */

struct shown {
        struct wire_buffer buffer;
        char name[API_DETAIL_SIZE];
};

static enum status give_content(void *context, const struct store_seal *seal)
{
        struct shown *shown = context;

        wire_put_text(&shown->buffer, "{\"seal\":");
        sealed_put(&shown->buffer, seal);
        wire_put_text(&shown->buffer, ",\"content\":");
        wire_put_text(&shown->buffer, seal->content);
        wire_put_text(&shown->buffer, "}");
        return STATUS_OK;
}

static enum status give_whole(void *context, const struct store_seal *seal)
{
        struct shown *shown = context;

        sealed_name(seal, shown->name);
        wire_put_text(&shown->buffer, "{\"seal\":");
        sealed_put(&shown->buffer, seal);
        put_hex(&shown->buffer, "salt", seal->salt, STORE_SALT_SIZE);
        wire_put_text(&shown->buffer, ",\"content\":");
        wire_put_text(&shown->buffer, seal->whole == NULL ? seal->content : seal->whole);
        wire_put_text(&shown->buffer, "}");
        return STATUS_OK;
}

void api_seal_content(const struct api_call *call)
{
        struct wire_problem problem = {.code = "internal"};
        struct shown shown = {.name = ""};
        enum status status;

        wire_buffer_init(&shown.buffer);
        status = app_sealed_find(call->api->app, call->parameter, give_content, &shown, &problem);
        if (status == STATUS_OK)
                api_reply(call->request, 200, &shown.buffer);
        else
                sealed_fail(call->request, status, &problem);
        wire_buffer_fini(&shown.buffer);
}

void api_seal_whole(const struct api_call *call)
{
        struct wire_problem problem = {.code = "internal"};
        struct shown shown = {.name = ""};
        struct api_call asked = *call;
        enum status status;

        wire_buffer_init(&shown.buffer);
        status = app_sealed_find(call->api->app, call->parameter, give_whole, &shown, &problem);
        asked.detail = shown.name;
        if (status == STATUS_OK)
                api_show(&asked, &(struct api_shown){.rows = 1}, &shown.buffer);
        else
                sealed_fail(call->request, status, &problem);
        wire_buffer_fini(&shown.buffer);
}

/* ---- which there are ---- */

struct page {
        struct wire_buffer buffer;
        uint64_t limit, count, last;
};

static enum status put_one(void *context, const struct store_seal *seal)
{
        struct page *page = context;

        /* One more than asked for says whether there are more. */
        if (page->count++ == page->limit)
                return STATUS_OK;
        wire_put_text(&page->buffer, page->count == 1 ? "" : ",");
        sealed_put(&page->buffer, seal);
        page->last = seal->seq;
        return STATUS_OK;
}

void api_seals(const struct api_call *call)
{
        struct page page = {.limit = API_CASES_LIMIT};
        struct wire_problem problem;
        uint64_t before = INT64_MAX;

        if (!query_take_number(call->query, "before", INT64_MAX, &before, &problem) ||
            !query_take_limit(call->query, APP_LIMIT_MAX, &page.limit, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&page.buffer);
        wire_put_text(&page.buffer, "{\"seals\":[");
        enum status status = app_sealed_list(call->api->app, before, page.limit + 1, put_one, &page);
        wire_put_text(&page.buffer, "]");
        api_put_seq(&page.buffer, "next", page.count > page.limit ? page.last : 0);
        wire_put_text(&page.buffer, "}");
        if (status == STATUS_OK)
                api_reply(call->request, 200, &page.buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&page.buffer);
}
