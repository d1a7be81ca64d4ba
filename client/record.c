/*
 * record - the commands that write: record, retract, import.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duties.h"
#include "import.h"
#include "list.h"
#include "record.h"

/* "field=value" to a member; a value with a comma is a list: "a,b", or "a," for a list of one. */
static bool put_field(const char *word, struct wire_buffer *body)
{
        char *copy = strdup(word), *value = copy != NULL ? strchr(copy, '=') : NULL;
        if (value == NULL) {
                free(copy);
                return false;
        }
        *value++ = '\0';
        /* The name is foreign and is written as a string, not as one of our own keys. */
        wire_put_text(body, ",");
        wire_put_string(body, copy);
        wire_put_text(body, ":");
        if (strchr(value, ',') == NULL) {
                wire_put_string(body, value);
                free(copy);
                return true;
        }
        bool first = true;
        wire_put_text(body, "[");
        for (char *rest = value, *element; (element = strsep(&rest, ",")) != NULL;) {
                if (element[0] == '\0')
                        continue;
                wire_put_text(body, first ? "" : ",");
                wire_put_string(body, element);
                first = false;
        }
        wire_put_text(body, "]");
        free(copy);
        return true;
}

static void put_option(const struct arguments *arguments, const char *option, const char *key, struct wire_buffer *body)
{
        const char *value = arguments_value(arguments, option);
        if (value == NULL)
                return;
        wire_put_key(body, key);
        wire_put_string(body, value);
}

/* A number where one is meant, else an id. */
static void put_replaces(const struct arguments *arguments, struct wire_buffer *body)
{
        const char *value = arguments_value(arguments, "--replaces");
        if (value == NULL)
                return;
        wire_put_key(body, "replaces");
        if (is_number(value))
                wire_put_text(body, value);
        else
                wire_put_string(body, value);
}

bool record_event(const struct arguments *arguments, int32_t on, struct wire_buffer *body)
{
        wire_put_text(body, "{");
        wire_put_key(body, "case");
        wire_put_string(body, arguments->words[0]);
        wire_put_key(body, "event");
        wire_put_string(body, arguments->words[1]);
        wire_put_key(body, "on");
        wire_put_date(body, on);
        put_option(arguments, "--item", "item", body);
        put_option(arguments, "--id", "id", body);
        put_option(arguments, "--why", "why", body);
        put_replaces(arguments, body);
        if (arguments_has(arguments, "--force")) {
                wire_put_key(body, "force");
                wire_put_bool(body, true);
        }
        for (size_t i = 2; i < arguments->count; i++)
                if (!put_field(arguments->words[i], body))
                        return false;
        wire_put_text(body, "}\n");
        return true;
}

/* What became of the duties that an event changed. */
enum fate { FATE_OWED, FATE_CLOSED, FATE_GONE };

static enum fate fate_of(const json_t *row)
{
        if (json_is_true(json_object_get(row, "vanished")))
                return FATE_GONE;
        return duty_closed(row) ? FATE_CLOSED : FATE_OWED;
}

static bool write_changed(const json_t *answer, struct wire_buffer *out)
{
        static const struct {
                const char *heading;
                const struct column *columns;
        } parts[] = {[FATE_OWED] = {"\nNow owed\n", open_columns},
                     [FATE_CLOSED] = {"\nNow closed\n", closed_columns},
                     [FATE_GONE] = {"\nNo longer there\n", gone_columns}};
        const json_t *rows = json_object_get(answer, "changed");
        bool good = true;
        for (size_t part = 0; good && part < sizeof(parts) / sizeof(parts[0]); part++) {
                struct table *table = table_new(parts[part].columns);
                good = table != NULL;
                for (size_t i = 0; good && i < json_array_size(rows); i++)
                        if (fate_of(json_array_get(rows, i)) == (enum fate)part)
                                good = table_add(table, json_array_get(rows, i));
                if (good && table_count(table) > 0) {
                        wire_put_text(out, parts[part].heading);
                        table_write(table, output_coloured(), out);
                }
                table_free(table);
        }
        return good;
}

static bool write_recorded(const json_t *answer, enum format format, struct wire_buffer *out)
{
        (void)format;
        int64_t repeated = json_integer_value(json_object_get(answer, "repeated"));
        bool dry = json_is_true(json_object_get(answer, "dry_run"));
        if (dry && repeated == 0)
                wire_put_text(out, "This would be recorded; nothing was.\n");
        else {
                wire_put_text(out, repeated > 0 ? "This was recorded before, as number " : "Recorded as number ");
                put_member(out, answer, "first_seq");
                wire_put_text(out, ".\n");
        }
        const json_t *warnings = json_object_get(answer, "warnings");
        for (size_t i = 0; i < json_array_size(warnings); i++) {
                const json_t *warning = json_array_get(warnings, i);
                wire_put_text(out, "Warning: ");
                put_clean(out, member_text(warning, "constraint"));
                wire_put_text(out, ": ");
                put_clean(out, member_text(warning, "message"));
                wire_put_text(out, "\n");
        }
        return write_changed(answer, out);
}

/* What was typed is one line and needs no number. */
static uint64_t no_line(const void *context, uint64_t line)
{
        (void)context;
        (void)line;
        return 0;
}

/* Send a body and tell what became of it. */
static enum outcome send_one(const struct arguments *arguments, struct http *http, const char *path,
                             const struct wire_buffer *body)
{
        struct wire_buffer target;
        json_t *answer = NULL;
        wire_buffer_init(&target);
        wire_put_text(&target, path);
        if (arguments_has(arguments, "--dry-run"))
                target_query(&target, "dry-run", "1");
        bool json = arguments_has(arguments, "--json");
        long status = 0;
        enum outcome outcome = target_end(&target) && !body->failed
                                       ? http_try(http, target.data, body, &status, &answer)
                                       : out_of_memory();
        if (outcome == OUTCOME_OK && status >= 400) {
                if (answer != NULL)
                        http_say_refusal(answer, no_line, NULL);
                else
                        complain("the daemon refused with status %ld", status);
                outcome = OUTCOME_REFUSED;
        } else if (outcome == OUTCOME_OK && !json_is_integer(json_object_get(answer, "recorded"))) {
                outcome = http_not_understood();
        }
        if (outcome == OUTCOME_UNREACHABLE && http_arrived(http) && !arguments_has(arguments, "--dry-run"))
                complain("it may be recorded all the same: look before you say it again");
        if (outcome == OUTCOME_OK)
                outcome = write_answer(answer, json ? FORMAT_JSON : FORMAT_TABLE, write_recorded);
        json_decref(answer);
        wire_buffer_fini(&target);
        return outcome;
}

bool record_is_event(const struct arguments *arguments)
{
        if (!arguments_case(arguments, 0))
                return false;
        for (size_t i = 2; i < arguments->count; i++) {
                const char *word = arguments->words[i], *equals = strchr(word, '=');
                if (equals != NULL && equals != word && equals[1] != '\0')
                        continue;
                usage_error(arguments, "\"%s\" is not FIELD=VALUE", word);
                return false;
        }
        if (!arguments_has(arguments, "--replaces") || arguments_has(arguments, "--why"))
                return true;
        usage_error(arguments, "--why is missing: what takes the place of an event says why");
        return false;
}

static enum outcome run_record(const struct arguments *arguments)
{
        struct wire_buffer body;
        int32_t on = arguments_day(arguments, "--on");
        if (!record_is_event(arguments))
                return OUTCOME_USAGE;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&body);
        outcome = on == CIVIL_NONE ? ask_today(http, &on) : OUTCOME_OK;
        if (outcome == OUTCOME_OK && !record_event(arguments, on, &body))
                outcome = out_of_memory();
        if (outcome == OUTCOME_OK)
                outcome = send_one(arguments, http, "/v1/events?conflicts=refuse", &body);
        wire_buffer_fini(&body);
        http_close(http);
        return outcome;
}

static enum outcome run_retract(const struct arguments *arguments)
{
        const char *number = arguments->words[0], *why = arguments_value(arguments, "--why");
        char path[64];
        struct wire_buffer body;
        if (!is_number(number))
                return usage_error(arguments, "\"%s\" is not the number of an event", number);
        if (why == NULL)
                return usage_error(arguments, "--why is missing: a retraction says why");
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        snprintf(path, sizeof(path), "/v1/events/%s/retract", number);
        wire_buffer_init(&body);
        wire_put_text(&body, "{");
        put_option(arguments, "--why", "why", &body);
        wire_put_text(&body, "}\n");
        outcome = send_one(arguments, http, path, &body);
        wire_buffer_fini(&body);
        http_close(http);
        return outcome;
}

#define WRITE_OPTIONS                                                                                                  \
        {"--dry-run", NULL, "say what would be answered and record nothing"}, {"--json", NULL, "JSON for programs"},   \
                SOCKET_OPTION

const struct command record_commands[] = {
        {"record",
         "CASE EVENT [FIELD=VALUE...]",
         "record an event (a list as FIELD=a,b; of one: FIELD=a,)",
         2,
         ARGUMENTS_UNLIMITED,
         run_record,
         {{"--on", "DATE", "the day it was true (default: today)"},
          {"--item", "KEY", "the item it is about"},
          {"--id", "ID", "an identifier of your own: a repeat is recognised"},
          {"--force", NULL, "record it although the state of the case forbids it"},
          {"--replaces", "ID", "take the place of an event, by id or number; needs --why"},
          {"--why", "TEXT", "the reason, without personal data"},
          WRITE_OPTIONS}},
        {"retract",
         "NUMBER",
         "retract an event; the record keeps both",
         1,
         1,
         run_retract,
         {{"--why", "TEXT", "the reason, without personal data"}, WRITE_OPTIONS}},
        {"import",
         "FILE",
         "record a file of events, one JSON object a line, or a spreadsheet as CSV",
         1,
         1,
         run_import,
         {{"--mapping", "FILE", "what the columns of a spreadsheet mean"}, WRITE_OPTIONS}},
        {0},
};
