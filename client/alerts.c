/*
 * alerts - what was raised, and what is being raised.
 *
 * Following is by the number of the last alert seen: a connection that broke is
 * made again from there, so that nothing is missed and nothing shown twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "list.h"

#define SHOWN_DEFAULT "50"
#define RETRY_MAX_S 30u
#define EVENT_MAX 65536 /* bytes of one event of the stream */

static const char *const alert_keys[] = {
        "id",     "kind",  "raised_at", "case", "rule",  "title",  "item", "started", "due", "old_due", "plan_by",
        "booked", "stage", "repeat",    "day",  "state", "urgent", "says", "subject", "seq", "to",      NULL};

static enum colour id_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "id");
        return COLOUR_NONE;
}

static enum colour raised_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "raised_at"));
        return COLOUR_NONE;
}

static enum colour what_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *kind = member_text(row, "kind"), *stage = member_text(row, "stage");
        int64_t repeat = json_integer_value(json_object_get(row, "repeat"));
        put_clean(cell, strcmp(kind, "stage") == 0 ? stage : kind);
        if (repeat > 0) {
                wire_put_text(cell, ", repeat ");
                wire_put_number(cell, repeat);
        }
        if (strcmp(kind, "moved") == 0) {
                wire_put_text(cell, " from ");
                put_day(cell, member_text(row, "old_due"));
        }
        bool late = strcmp(member_text(row, "state"), "overdue") == 0 || strcmp(kind, "booked-late") == 0 ||
                    strcmp(kind, "missed") == 0;
        return late ? COLOUR_RED : COLOUR_YELLOW;
}

static enum colour about_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "case");
        if (member_text(row, "item")[0] != '\0') {
                wire_put_text(cell, " ");
                put_member(cell, row, "item");
        }
        return COLOUR_NONE;
}

static enum colour due_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "due"));
        return COLOUR_NONE;
}

static enum colour duty_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *title = member_text(row, "title"), *says = member_text(row, "says");
        put_clean(cell, title[0] != '\0' ? title : member_text(row, "rule"));
        if (says[0] != '\0') {
                wire_put_text(cell, cell->length > 0 ? ": " : "");
                put_clean(cell, says);
        }
        return COLOUR_NONE;
}

/* Who hears of it, and who does not because of an earlier acknowledgement. */
static enum colour to_cell(const json_t *row, struct wire_buffer *cell)
{
        const json_t *silenced = json_object_get(row, "silenced");
        put_member(cell, row, "to");
        for (size_t i = 0; i < json_array_size(silenced); i++) {
                const json_t *one = json_array_get(silenced, i);
                wire_put_text(cell, cell->length > 0 ? "; not " : "not ");
                put_member(cell, one, "role");
                wire_put_text(cell, " (ack ");
                put_member(cell, one, "ack");
                wire_put_text(cell, ")");
        }
        return COLOUR_NONE;
}

/* For whom it was acknowledged; what has run out is said to have. */
static enum colour acked_cell(const json_t *row, struct wire_buffer *cell)
{
        const json_t *acks = json_object_get(row, "acks");
        for (size_t i = 0; i < json_array_size(acks); i++) {
                const json_t *ack = json_array_get(acks, i);
                wire_put_text(cell, i > 0 ? ", " : "");
                put_member(cell, ack, "role");
                wire_put_text(cell, json_is_true(json_object_get(ack, "in_force")) ? "" : " (ended)");
        }
        return COLOUR_NONE;
}

static const struct column alert_columns[] = {
        {"No.", id_cell}, {"Raised", raised_cell},      {"What", what_cell}, {"Case", about_cell}, {"Due", due_cell},
        {"To", to_cell},  {"Acknowledged", acked_cell}, {"Duty", duty_cell}, {NULL, NULL},
};

struct following {
        enum format format;
        uint64_t last_id;            /* of the last alert shown */
        struct wire_buffer pending;  /* bytes of the stream that make no whole event so far */
        bool broken;                 /* standard output takes no more */
        const char *case_ref, *rule; /* only these, or NULL */
};

static bool wanted(const struct following *following, const json_t *alert)
{
        return (following->case_ref == NULL || strcmp(following->case_ref, member_text(alert, "case")) == 0) &&
               (following->rule == NULL || strcmp(following->rule, member_text(alert, "rule")) == 0);
}

/* One alert of the stream as a line; a table cannot be aligned with what is still to come. */
static bool write_line(const struct following *following, const json_t *alert, struct wire_buffer *out)
{
        if (following->format == FORMAT_JSON) {
                bool good = json_write(alert, out);
                wire_put_text(out, "\n");
                return good;
        }
        if (following->format == FORMAT_CSV) {
                csv_write(alert_keys, alert, out);
                return true;
        }
        for (const struct column *column = alert_columns; column->write != NULL; column++) {
                struct wire_buffer cell;
                wire_buffer_init(&cell);
                (void)column->write(alert, &cell);
                wire_put(&cell, "", 1);
                if (!cell.failed && cell.length > 1) {
                        wire_put_text(out, column != alert_columns ? "  " : "");
                        put_clean(out, cell.data);
                }
                wire_buffer_fini(&cell);
        }
        wire_put_text(out, "\n");
        return true;
}

/* Alerts of a page, oldest first, that were not shown. */
static enum outcome show_alert(struct following *following, const json_t *alert)
{
        uint64_t id = (uint64_t)json_integer_value(json_object_get(alert, "id"));
        struct wire_buffer out;
        if (id <= following->last_id)
                return OUTCOME_OK;
        following->last_id = id;
        if (!wanted(following, alert))
                return OUTCOME_OK;
        wire_buffer_init(&out);
        bool good = write_line(following, alert, &out) && !out.failed;
        bool written = good && output_drain(&out, true);
        wire_buffer_fini(&out);
        following->broken = !written;
        return written ? OUTCOME_OK : OUTCOME_REFUSED;
}

/* The data of one event: its "data:" lines, joined. Comments and other fields say nothing that is needed. */
static bool take_event(struct following *following, const char *text, size_t length)
{
        struct wire_buffer data;
        wire_buffer_init(&data);
        for (size_t at = 0; at < length;) {
                const char *end = memchr(text + at, '\n', length - at);
                size_t size = end != NULL ? (size_t)(end - text) - at : length - at;
                size_t keep = size > 0 && text[at + size - 1] == '\r' ? size - 1 : size;
                if (keep > 5 && memcmp(text + at, "data:", 5) == 0) {
                        bool space = text[at + 5] == ' ';
                        wire_put(&data, text + at + 5 + space, keep - 5 - space);
                }
                at += size + 1;
        }
        bool good = true;
        json_t *alert = data.length > 0 && !data.failed ? json_loadb(data.data, data.length, 0, NULL) : NULL;
        if (alert != NULL)
                good = show_alert(following, alert) == OUTCOME_OK;
        json_decref(alert);
        wire_buffer_fini(&data);
        return good;
}

/* The end of the first whole event: an empty line. 0: there is none. */
static size_t event_end(const char *text, size_t length)
{
        for (size_t i = 0; i + 1 < length; i++) {
                if (text[i] == '\n' && text[i + 1] == '\n')
                        return i + 2;
                if (i + 2 < length && text[i] == '\n' && text[i + 1] == '\r' && text[i + 2] == '\n')
                        return i + 3;
        }
        return 0;
}

static bool take_bytes(void *context, const char *bytes, size_t length)
{
        struct following *following = context;
        struct wire_buffer *pending = &following->pending;
        wire_put(pending, bytes, length);
        size_t done = 0, end;
        bool good = !pending->failed;
        while (good && (end = event_end(pending->data + done, pending->length - done)) > 0) {
                good = take_event(following, pending->data + done, end);
                done += end;
        }
        if (done > 0)
                memmove(pending->data, pending->data + done, pending->length - done);
        pending->length -= done;
        /* An event longer than any alert is not one of ours: start over rather than grow. */
        if (pending->length > EVENT_MAX)
                pending->length = 0;
        return good;
}

static enum outcome follow(struct following *following, struct http *http)
{
        unsigned wait_s = 1;
        bool ever = false;
        for (;;) {
                uint64_t before = following->last_id;
                long status = 0;
                wire_buffer_reset(&following->pending);
                if (!http_stream(http, "/v1/alerts/stream", following->last_id, take_bytes, following, &status))
                        return OUTCOME_REFUSED;
                if (status >= 400 && status < 500) {
                        complain("the daemon refuses the stream with status %ld", status);
                        return OUTCOME_REFUSED;
                }
                if (status == 200 && (!ever || following->last_id != before))
                        wait_s = 1;
                ever = ever || status == 200;
                fflush(stdout);
                fprintf(stderr, "mappactl: the connection ended; trying again in %u s\n", wait_s);
                sleep(wait_s);
                wait_s = wait_s * 2 < RETRY_MAX_S ? wait_s * 2 : RETRY_MAX_S;
        }
}

/* One page of what was raised so far, from a number on (NULL: the end). */
struct paging {
        const struct arguments *arguments;
        const struct following *following;
        char from[32]; /* "": from the end */
        bool oldest_first;
};

static enum outcome ask_page(const struct paging *paging, struct http *http, uint64_t limit, json_t **ret_answer)
{
        struct wire_buffer target;
        char text[32];
        snprintf(text, sizeof(text), "%" PRIu64, limit);
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/alerts");
        target_query(&target, "limit", text);
        target_query(&target, "order", paging->oldest_first ? "oldest" : "newest");
        if (paging->from[0] != '\0')
                target_query(&target, paging->oldest_first ? "after" : "before", paging->from);
        if (paging->following->case_ref != NULL)
                target_query(&target, "case", paging->following->case_ref);
        if (paging->following->rule != NULL)
                target_query(&target, "rule", paging->following->rule);
        if (arguments_has(paging->arguments, "--unacked"))
                target_query(&target, "unacked", "1");
        enum outcome outcome = target_end(&target) ? http_ask(http, target.data, NULL, ret_answer) : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

/* Adds a page to those before it and sets out for the next; false when memory ran out. */
static bool take_page(struct paging *paging, json_t *all, const json_t *page)
{
        json_t *rows = json_object_get(page, "alerts");
        bool good = paging->oldest_first ? json_array_extend(all, rows) == 0 : true;
        for (size_t i = 0; !paging->oldest_first && good && i < json_array_size(rows); i++)
                good = json_array_insert(all, 0, json_array_get(rows, i)) == 0;
        snprintf(paging->from, sizeof(paging->from), "%lld",
                 (long long)json_integer_value(json_object_get(page, "next")));
        return good;
}

/* What was raised so far, the newest last. A page may be short though there are more: then the next is asked for. */
static enum outcome show_past(const struct arguments *arguments, struct http *http, struct following *following,
                              json_t **ret_answer)
{
        const char *limit = arguments_value(arguments, "--limit"), *after = arguments_value(arguments, "--after");
        struct paging paging = {.arguments = arguments, .following = following, .oldest_first = after != NULL};
        uint64_t wanted = strtoull(limit != NULL ? limit : SHOWN_DEFAULT, NULL, 10);
        json_t *all = json_array();
        bool more = true;
        enum outcome outcome = all != NULL ? OUTCOME_OK : out_of_memory();
        snprintf(paging.from, sizeof(paging.from), "%.31s", after != NULL ? after : "");
        while (outcome == OUTCOME_OK && more) {
                json_decref(*ret_answer);
                *ret_answer = NULL;
                outcome = ask_page(&paging, http, wanted - json_array_size(all), ret_answer);
                if (outcome == OUTCOME_OK && !take_page(&paging, all, *ret_answer))
                        outcome = out_of_memory();
                more = json_is_true(json_object_get(*ret_answer, "more")) && json_array_size(all) < wanted;
        }
        if (outcome == OUTCOME_OK && json_object_set(*ret_answer, "alerts", all) != 0)
                outcome = out_of_memory();
        json_decref(all);
        return outcome;
}

static enum outcome write_page(const json_t *answer, enum format format)
{
        const json_t *alerts = json_object_get(answer, "alerts");
        size_t count = json_array_size(alerts);
        struct wire_buffer out;
        wire_buffer_init(&out);
        bool good = true;
        if (format == FORMAT_JSON) {
                good = json_write(answer, &out);
                wire_put_text(&out, "\n");
        } else if (format == FORMAT_CSV) {
                csv_write(alert_keys, NULL, &out);
                for (size_t i = 0; i < count; i++)
                        csv_write(alert_keys, json_array_get(alerts, i), &out);
        } else if (count == 0) {
                wire_put_text(&out, "No alerts.\n");
        } else {
                struct table *table = table_new(alert_columns);
                good = table != NULL;
                for (size_t i = 0; good && i < count; i++)
                        good = table_add(table, json_array_get(alerts, i));
                if (good)
                        table_write(table, output_coloured(), &out);
                table_free(table);
                if (json_is_true(json_object_get(answer, "more")))
                        wire_put_text(&out, "There are more: --limit N, or --after N to go on after a number.\n");
        }
        return output_end(&out, good);
}

/* Before following: the last alert there is, so that the stream begins behind it. */
static enum outcome ask_last(struct http *http, uint64_t *ret_id)
{
        json_t *answer = NULL;
        enum outcome outcome = http_ask(http, "/v1/status", NULL, &answer);
        *ret_id = (uint64_t)json_integer_value(json_object_get(answer, "last_alert_id"));
        json_decref(answer);
        return outcome;
}

static enum outcome run_follow(const struct arguments *arguments, struct http *http, struct following *following)
{
        const char *after = arguments_value(arguments, "--after");
        enum outcome outcome = OUTCOME_OK;
        if (after != NULL)
                following->last_id = strtoull(after, NULL, 10);
        else
                outcome = ask_last(http, &following->last_id);
        if (outcome == OUTCOME_OK && following->format == FORMAT_CSV) {
                struct wire_buffer out;
                wire_buffer_init(&out);
                csv_write(alert_keys, NULL, &out);
                outcome = output_drain(&out, true) ? OUTCOME_OK : OUTCOME_REFUSED;
                wire_buffer_fini(&out);
        }
        return outcome == OUTCOME_OK ? follow(following, http) : outcome;
}

static bool number_or_none(const char *text)
{
        return text == NULL || is_number(text);
}

static enum outcome run_alerts(const struct arguments *arguments)
{
        struct following following = {.case_ref = arguments_value(arguments, "--case"),
                                      .rule = arguments_value(arguments, "--rule")};
        json_t *answer = NULL;
        if (!format_read(arguments, &following.format))
                return OUTCOME_USAGE;
        if (!number_or_none(arguments_value(arguments, "--after")) ||
            !number_or_none(arguments_value(arguments, "--limit")))
                return usage_error(arguments, "--after and --limit take whole numbers");
        if (arguments_has(arguments, "--follow") && arguments_has(arguments, "--unacked"))
                return usage_error(arguments, "--unacked looks back; it does not go with --follow");
        struct http *http = http_open(arguments);
        if (http == NULL)
                return OUTCOME_REFUSED;
        enum outcome outcome;
        if (arguments_has(arguments, "--follow")) {
                outcome = run_follow(arguments, http, &following);
        } else {
                outcome = show_past(arguments, http, &following, &answer);
                if (outcome == OUTCOME_OK)
                        outcome = write_page(answer, following.format);
        }
        json_decref(answer);
        wire_buffer_fini(&following.pending);
        http_close(http);
        return outcome;
}

const struct command alert_commands[] = {
        {"alerts",
         "",
         "alerts, the newest last",
         0,
         0,
         run_alerts,
         {{"--follow", NULL, "show new ones as they are raised, until interrupted"},
          {"--after", "N", "those after this number, the oldest first"},
          {"--limit", "N", "so many at most (default " SHOWN_DEFAULT ")"},
          {"--case", "CASE", "only of this case"},
          {"--rule", "ID", "only of this rule"},
          {"--unacked", NULL, "only those that still stand and that nobody has acknowledged"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
