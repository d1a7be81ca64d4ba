/*
 * export - the record, what is owed and the log of accesses, for other programs: lines of JSON or CSV.
 *
 * An exported event is a line that import takes. Who recorded it and when is the
 * record's own that it comes from, and becomes the new record's own when it is
 * recorded there; with --times a line says when, for commands that read files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

#define EVENTS_PAGE "5000"
#define OBLIGATIONS_PAGE "10000"
#define ACCESSES_PAGE "1000"

/* A row as it is to be written. */
typedef bool (*row_fn)(const json_t *row, struct wire_buffer *out);

struct pages {
        const char *target;    /* where the rows are asked for */
        const char *name;      /* of their array */
        const char *parameter; /* that takes "next" */
        const char *size;
        row_fn write;
        json_int_t erased; /* rows that the daemon left out */
};

static const char *const event_keys[] = {"seq", "case", "event",  "on",  "item",     "fields",   "id",   "recorded_at",
                                         "uid", "user", "forced", "why", "retracts", "replaces", "hash", NULL};

static void put_json(struct wire_buffer *out, const char *key, const json_t *value)
{
        if (value == NULL || json_is_null(value))
                return;
        wire_put_key(out, key);
        if (!json_write(value, out))
                out->failed = true;
}

/* An event as import takes it. */
static void put_event(const json_t *row, struct wire_buffer *out)
{
        const char *key;
        json_t *value;
        put_json(out, "case", json_object_get(row, "case"));
        put_json(out, "event", json_object_get(row, "event"));
        put_json(out, "on", json_object_get(row, "on"));
        put_json(out, "item", json_object_get(row, "item"));
        json_object_foreach(json_object_get(row, "fields"), key, value)
        {
                wire_put_text(out, ",");
                wire_put_string(out, key);
                wire_put_text(out, ":");
                out->failed = !json_write(value, out) || out->failed;
        }
        if (json_is_true(json_object_get(row, "forced")))
                put_json(out, "force", json_object_get(row, "forced"));
        put_json(out, "replaces", json_object_get(row, "refers_key"));
}

static void put_line(const json_t *row, struct wire_buffer *out)
{
        wire_put_text(out, "{");
        if (json_is_integer(json_object_get(row, "retracts")))
                put_json(out, "retract", json_object_get(row, "refers_key"));
        else
                put_event(row, out);
        put_json(out, "id", json_object_get(row, "key"));
        put_json(out, "why", json_object_get(row, "why"));
}

static bool write_line(const json_t *row, struct wire_buffer *out)
{
        put_line(row, out);
        wire_put_text(out, "}\n");
        return !out->failed;
}

static bool write_line_with_times(const json_t *row, struct wire_buffer *out)
{
        put_line(row, out);
        put_json(out, "recorded-at", json_object_get(row, "recorded_at"));
        wire_put_text(out, "}\n");
        return !out->failed;
}

static bool write_event_csv(const json_t *row, struct wire_buffer *out)
{
        csv_write(event_keys, row, out);
        return !out->failed;
}

static bool write_row(const json_t *row, struct wire_buffer *out)
{
        bool good = json_write(row, out);
        wire_put_text(out, "\n");
        return good && !out->failed;
}

static bool write_obligation_csv(const json_t *row, struct wire_buffer *out)
{
        csv_write(obligation_keys, row, out);
        return !out->failed;
}

/* ---- page by page ---- */

static bool take_next(const json_t *answer, char next[static 256])
{
        const json_t *value = json_object_get(answer, "next");
        next[0] = '\0';
        if (json_is_integer(value))
                snprintf(next, 256, "%lld", (long long)json_integer_value(value));
        else if (json_is_string(value))
                snprintf(next, 256, "%s", json_string_value(value));
        return next[0] != '\0';
}

static enum outcome write_page(const struct pages *pages, const json_t *answer, struct wire_buffer *out)
{
        const json_t *rows = json_object_get(answer, pages->name);
        for (size_t i = 0; i < json_array_size(rows); i++) {
                if (!pages->write(json_array_get(rows, i), out))
                        return out_of_memory();
                if (!output_drain(out, false))
                        return OUTCOME_REFUSED;
        }
        return OUTCOME_OK;
}

static enum outcome pour(struct pages *pages, struct http *http, struct wire_buffer *out)
{
        char next[256] = "", asked[256];
        enum outcome outcome;
        bool more;
        do {
                struct wire_buffer target;
                json_t *answer = NULL;
                wire_buffer_init(&target);
                wire_put_text(&target, pages->target);
                target_query(&target, "limit", pages->size);
                if (next[0] != '\0')
                        target_query(&target, pages->parameter, next);
                outcome = target_end(&target) ? http_ask(http, target.data, NULL, &answer) : out_of_memory();
                wire_buffer_fini(&target);
                outcome = http_needs(outcome, (struct http_need){pages->name, JSON_ARRAY}, &answer);
                if (outcome == OUTCOME_OK)
                        outcome = write_page(pages, answer, out);
                pages->erased += json_integer_value(json_object_get(answer, "erased"));
                memcpy(asked, next, sizeof asked);
                more = take_next(answer, next);
                /* A page that has itself behind it would be asked for without end. */
                if (outcome == OUTCOME_OK && more && strcmp(next, asked) == 0)
                        outcome = http_not_understood();
                json_decref(answer);
        } while (outcome == OUTCOME_OK && more);
        if (outcome == OUTCOME_OK && !output_drain(out, true))
                outcome = OUTCOME_REFUSED;
        return outcome;
}

static enum outcome run_events(const struct arguments *arguments)
{
        bool csv = arguments_has(arguments, "--csv"), times = arguments_has(arguments, "--times");
        struct pages pages = {.target = "/v1/events",
                              .name = "events",
                              .parameter = "after",
                              .size = EVENTS_PAGE,
                              .write = csv     ? write_event_csv
                                       : times ? write_line_with_times
                                               : write_line};
        struct wire_buffer out;
        if (csv && times)
                return usage_error(arguments, "CSV has the times always; --times is for lines of JSON");
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&out);
        if (csv)
                csv_write(event_keys, NULL, &out);
        outcome = pour(&pages, http, &out);
        if (outcome == OUTCOME_OK && pages.erased > 0)
                complain(pages.erased == 1 ? "%lld line was erased and is left out"
                                           : "%lld lines were erased and are left out",
                         (long long)pages.erased);
        wire_buffer_fini(&out);
        http_close(http);
        return outcome;
}

static enum outcome run_obligations(const struct arguments *arguments)
{
        bool csv = arguments_has(arguments, "--csv");
        const char *states = arguments_value(arguments, "--state");
        struct wire_buffer target, out;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&target);
        wire_buffer_init(&out);
        wire_put_text(&target, "/v1/obligations");
        target_query(&target, "state", states != NULL ? states : "all");
        outcome = axes_put(arguments, http, &target);
        if (outcome == OUTCOME_OK && !target_end(&target))
                outcome = out_of_memory();
        if (outcome == OUTCOME_OK && csv)
                csv_write(obligation_keys, NULL, &out);
        struct pages pages = {.target = target.data,
                              .name = "obligations",
                              .parameter = "cursor",
                              .size = OBLIGATIONS_PAGE,
                              .write = csv ? write_obligation_csv : write_row};
        if (outcome == OUTCOME_OK)
                outcome = pour(&pages, http, &out);
        wire_buffer_fini(&target);
        wire_buffer_fini(&out);
        http_close(http);
        return outcome;
}

static bool write_access_csv(const json_t *row, struct wire_buffer *out)
{
        csv_write(access_keys, row, out);
        return !out->failed;
}

static enum outcome run_accesses(const struct arguments *arguments)
{
        bool csv = arguments_has(arguments, "--csv");
        struct pages pages = {.target = "/v1/access",
                              .name = "accesses",
                              .parameter = "before",
                              .size = ACCESSES_PAGE,
                              .write = csv ? write_access_csv : write_row};
        struct wire_buffer out;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&out);
        if (csv)
                csv_write(access_keys, NULL, &out);
        outcome = pour(&pages, http, &out);
        wire_buffer_fini(&out);
        http_close(http);
        return outcome;
}

const struct command export_commands[] = {
        {"export events",
         "",
         "the record, one event a line, as import takes it",
         0,
         0,
         run_events,
         {{"--times", NULL, "say when each line was recorded, for evaluate and explain with a file"},
          {"--csv", NULL, "CSV for spreadsheets, with who recorded what and when"},
          SOCKET_OPTION}},
        {"export obligations",
         "",
         "what is and was owed, one obligation a line",
         0,
         0,
         run_obligations,
         {{"--state", "STATE[,STATE...]", "only these states; default all"},
          AXES_OPTIONS,
          {"--csv", NULL, "CSV for spreadsheets"},
          SOCKET_OPTION}},
        {"export access",
         "",
         "the log of accesses, one line each, newest first",
         0,
         0,
         run_accesses,
         {{"--csv", NULL, "CSV for spreadsheets"}, SOCKET_OPTION}},
        {0},
};
