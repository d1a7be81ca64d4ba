/*
 * alerts - what was raised, and what is being raised.
 *
 * Following is by the number of the last alert seen: a connection that broke is
 * made again from there, so that nothing is missed and nothing shown twice.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "list.h"

#define SHOWN 50
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

/* An alert as it is known again: numbers come anew after a backup was restored, instants do not. */
struct landmark {
        uint64_t id; /* 0: none */
        char raised_at[32];
};

struct following {
        enum format format;
        uint64_t last_id;            /* of the last alert shown */
        struct landmark seen;        /* the last alert in sight up to that */
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

static struct landmark landmark_of(const json_t *alert)
{
        struct landmark landmark = {.id = (uint64_t)json_integer_value(json_object_get(alert, "id"))};
        snprintf(landmark.raised_at, sizeof(landmark.raised_at), "%s", member_text(alert, "raised_at"));
        return landmark;
}

/* Alerts of a page, oldest first, that were not shown. */
static enum outcome show_alert(struct following *following, const json_t *alert)
{
        uint64_t id = (uint64_t)json_integer_value(json_object_get(alert, "id"));
        struct wire_buffer out;
        if (id <= following->last_id)
                return OUTCOME_OK;
        following->last_id = id;
        following->seen = landmark_of(alert);
        if (!wanted(following, alert))
                return OUTCOME_OK;
        wire_buffer_init(&out);
        bool good = write_line(following, alert, &out) && !out.failed;
        bool written = good && output_drain(&out, true);
        wire_buffer_fini(&out);
        following->broken = !written;
        return written ? OUTCOME_OK : OUTCOME_REFUSED;
}

static void say_unread(const struct following *following)
{
        complain("something of the stream is not understood; mappactl alerts --after %llu shows what was raised since",
                 (unsigned long long)following->last_id);
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
        else if (data.length > 0)
                say_unread(following);
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
        if (pending->length > EVENT_MAX) {
                say_unread(following);
                pending->length = 0;
        }
        return good;
}

/* A page of alerts with numbers below one, the newest first. *ret_status as of a stream. */
static enum outcome ask_page(struct http *http, uint64_t below, int limit, long *ret_status, json_t **ret_answer)
{
        char target[96];
        snprintf(target, sizeof(target), "/v1/alerts?order=newest&limit=%d&before=%llu", limit,
                 (unsigned long long)below);
        enum outcome outcome = http_try(http, target, NULL, ret_status, ret_answer);
        if (outcome != OUTCOME_OK || *ret_status < 400)
                return outcome;
        http_say_refusal(*ret_answer, NULL, NULL);
        return OUTCOME_REFUSED;
}

/* The latest alert in sight with a number below one. */
static enum outcome ask_below(struct http *http, uint64_t below, long *ret_status, struct landmark *ret_landmark)
{
        json_t *answer = NULL;
        enum outcome outcome = ask_page(http, below, 1, ret_status, &answer);
        *ret_landmark = landmark_of(json_array_get(json_object_get(answer, "alerts"), 0));
        json_decref(answer);
        return outcome;
}

/* Whether one is no later than another; a sweep raises many at one instant. */
static bool is_until(const struct landmark *one, const struct landmark *other)
{
        int order = strcmp(one->raised_at, other->raised_at);
        return order < 0 || (order == 0 && one->id <= other->id);
}

/* The latest alert in sight that was raised no later than one. */
static enum outcome ask_until(struct http *http, const struct landmark *seen, long *ret_status,
                              struct landmark *ret_landmark)
{
        uint64_t below = INT64_MAX;
        bool found = false;
        enum outcome outcome = OUTCOME_OK;
        while (outcome == OUTCOME_OK && !found) {
                json_t *answer = NULL;
                outcome = ask_page(http, below, SHOWN, ret_status, &answer);
                const json_t *alerts = json_object_get(answer, "alerts");
                *ret_landmark = (struct landmark){.id = 0};
                found = json_array_size(alerts) == 0;
                for (size_t i = 0; i < json_array_size(alerts) && !found; i++) {
                        *ret_landmark = landmark_of(json_array_get(alerts, i));
                        found = is_until(ret_landmark, seen);
                }
                below = ret_landmark->id;
                json_decref(answer);
        }
        return outcome;
}

/* Whether there are fewer alerts than were seen, as far as whoever asks is told how many there are. */
static enum outcome ask_fewer(struct http *http, uint64_t seen, long *ret_status, bool *ret_fewer)
{
        json_t *answer = NULL;
        enum outcome outcome = http_try(http, "/v1/status", NULL, ret_status, &answer);
        const json_t *last = json_object_get(answer, "last_alert_id");
        *ret_fewer = json_is_integer(json_object_get(answer, "cases")) && (uint64_t)json_integer_value(last) < seen;
        if (outcome == OUTCOME_OK && *ret_status >= 400) {
                http_say_refusal(answer, NULL, NULL);
                outcome = OUTCOME_REFUSED;
        }
        json_decref(answer);
        return outcome;
}

/* Before the stream is asked for again: a restored record counts its alerts on from the backup, so that what was raised
 * since lies below the number that was seen last. Where the last one is not to be found as it was, the place is that
 * behind all in sight which were raised no later. It may only have gone out of sight: then nothing is shown twice. */
static enum outcome find_place(struct following *following, struct http *http, long *ret_status)
{
        const struct landmark seen = following->seen;
        struct landmark now;
        enum outcome outcome = ask_below(http, seen.id + 1, ret_status, &now);
        bool other = now.id == seen.id && strcmp(now.raised_at, seen.raised_at) != 0;
        if (outcome != OUTCOME_OK || (now.id == seen.id && !other))
                return outcome;
        if (!other)
                outcome = ask_fewer(http, seen.id, ret_status, &other);
        if (outcome == OUTCOME_OK)
                outcome = ask_until(http, &seen, ret_status, &now);
        if (outcome != OUTCOME_OK)
                return outcome;
        if (other)
                complain("the record is another than before, as after a backup was restored: from here on stands what "
                         "was raised after alert %llu, as it now is",
                         (unsigned long long)now.id);
        following->seen = now;
        following->last_id = now.id;
        return OUTCOME_OK;
}

static enum outcome follow(struct following *following, struct http *http)
{
        unsigned wait_s = 1;
        bool ever = false;
        for (;;) {
                uint64_t before = following->last_id;
                long status = 0;
                wire_buffer_reset(&following->pending);
                enum outcome outcome = ever ? find_place(following, http, &status) : OUTCOME_OK;
                if (outcome == OUTCOME_OK)
                        outcome = http_stream(http, "/v1/alerts/stream", following->last_id, take_bytes, following,
                                              &status);
                /* What can pass is waited for, but not before there was a stream at all. */
                bool passes = ever && !following->broken && (status == 0 || status >= 500);
                if (outcome != OUTCOME_OK && !passes)
                        return outcome;
                if (status == 200 && (!ever || following->last_id != before))
                        wait_s = 1;
                ever = ever || status == 200;
                complain("%strying again in %u s", outcome == OUTCOME_OK ? "the connection ended; " : "", wait_s);
                sleep(wait_s);
                wait_s = wait_s * 2 < RETRY_MAX_S ? wait_s * 2 : RETRY_MAX_S;
        }
}

/* What was raised so far, the newest last. */
static enum outcome show_past(const struct arguments *arguments, struct http *http, json_t **ret_answer)
{
        static const struct option_parameter options[] = {{"--case", "case"}, {"--rule", "rule"}, {NULL, NULL}};
        const char *after = arguments_value(arguments, "--after");
        struct paging paging = {.name = "alerts",
                                .parameter = after != NULL ? "after" : "before",
                                .from = after,
                                .wanted = arguments_number(arguments, "--limit", SHOWN)};
        struct wire_buffer target;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/alerts");
        target_query(&target, "order", after != NULL ? "oldest" : "newest");
        target_options(&target, arguments, options);
        if (arguments_has(arguments, "--unacked"))
                target_query(&target, "unacked", "1");
        enum outcome outcome = target_end(&target) ? OUTCOME_OK : out_of_memory();
        paging.target = target.data;
        if (outcome == OUTCOME_OK)
                outcome = paging_fetch(http, &paging, ret_answer);
        if (outcome == OUTCOME_OK && after == NULL) {
                json_t *turned = rows_turned(json_object_get(*ret_answer, "alerts"));
                if (turned == NULL || json_object_set_new(*ret_answer, "alerts", turned) != 0)
                        outcome = out_of_memory();
        }
        wire_buffer_fini(&target);
        return outcome;
}

static bool write_page(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *alerts = json_object_get(answer, "alerts");
        if (format == FORMAT_CSV) {
                put_csv_rows(alert_keys, alerts, out);
                return true;
        }
        if (json_array_size(alerts) == 0) {
                wire_put_text(out, "No alerts.\n");
                return true;
        }
        bool good = put_table(alert_columns, alerts, out);
        if (json_is_true(json_object_get(answer, "more")))
                wire_put_text(out, "There are more: --limit N, or --after NUMBER to go on after a number.\n");
        return good;
}

/* Before following: the last alert there is, so that the stream begins behind it. Whoever is not told how many there
 * are goes by the last that they see. */
static enum outcome ask_last(struct http *http, uint64_t *ret_id)
{
        json_t *answer = NULL;
        enum outcome outcome = http_ask(http, "/v1/status", NULL, &answer);
        bool told = outcome != OUTCOME_OK || json_is_integer(json_object_get(answer, "cases"));
        const json_t *last = answer;

        if (!told) {
                json_decref(answer);
                answer = NULL;
                outcome = http_ask(http, "/v1/alerts?limit=1", NULL, &answer);
                last = json_array_get(json_object_get(answer, "alerts"), 0);
        }
        *ret_id = (uint64_t)json_integer_value(json_object_get(last, told ? "last_alert_id" : "id"));
        json_decref(answer);
        return outcome;
}

static enum outcome run_follow(const struct arguments *arguments, struct http *http, struct following *following)
{
        uint64_t last = 0;
        long status = 0;
        enum outcome outcome = ask_last(http, &last);
        following->last_id = arguments_number(arguments, "--after", last);
        if (outcome == OUTCOME_OK)
                outcome = ask_below(http, following->last_id + 1, &status, &following->seen);
        if (outcome == OUTCOME_OK && following->format == FORMAT_CSV) {
                struct wire_buffer out;
                wire_buffer_init(&out);
                csv_write(alert_keys, NULL, &out);
                outcome = output_drain(&out, true) ? OUTCOME_OK : OUTCOME_REFUSED;
                wire_buffer_fini(&out);
        }
        return outcome == OUTCOME_OK ? follow(following, http) : outcome;
}

static enum outcome run_alerts(const struct arguments *arguments)
{
        struct following following = {.case_ref = arguments_value(arguments, "--case"),
                                      .rule = arguments_value(arguments, "--rule")};
        json_t *answer = NULL;
        if (!format_read(arguments, &following.format))
                return OUTCOME_USAGE;
        static const char *const backwards[] = {"--unacked", "--limit"};
        for (size_t i = 0; i < sizeof(backwards) / sizeof(backwards[0]); i++)
                if (arguments_has(arguments, "--follow") && arguments_has(arguments, backwards[i]))
                        return usage_error(arguments, "%s looks back; it does not go with --follow", backwards[i]);
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        if (arguments_has(arguments, "--follow")) {
                outcome = run_follow(arguments, http, &following);
        } else {
                outcome = show_past(arguments, http, &answer);
                if (outcome == OUTCOME_OK && json_array_size(json_object_get(answer, "alerts")) == 0)
                        outcome = case_recorded(arguments, http);
                if (outcome == OUTCOME_OK)
                        outcome = write_answer(answer, following.format, write_page);
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
          {"--after", "NUMBER", "those after this number, the oldest first"},
          {"--limit", "N", "so many at most (default 50)"},
          {"--case", "CASE", "only of this case"},
          {"--rule", "RULE", "only of this rule"},
          {"--unacked", NULL, "only those that still stand and that nobody has acknowledged"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
