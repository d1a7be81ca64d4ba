/*
 * verify - whether what is kept is what was recorded, of the running daemon or of a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "mappad/app_verify.h"
#include "verify.h"

static void put_line(struct wire_buffer *out, const char *label, const char *text)
{
        char left[40];
        snprintf(left, sizeof(left), "%-16s ", label);
        wire_put_text(out, left);
        put_clean(out, text);
        wire_put_text(out, "\n");
}

static void put_count(struct wire_buffer *out, const char *label, const json_t *answer, const char *key)
{
        char number[32];
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(json_object_get(answer, key)));
        put_line(out, label, number);
}

static void put_findings(struct wire_buffer *out, const json_t *answer)
{
        size_t index;
        const json_t *finding;
        const json_t *found = json_object_get(answer, "found");
        json_array_foreach(json_object_get(answer, "findings"), index, finding)
        {
                char row[32] = "";
                if (json_is_integer(json_object_get(finding, "row")))
                        snprintf(row, sizeof(row), " %lld",
                                 (long long)json_integer_value(json_object_get(finding, "row")));
                put_clean(out, member_text(finding, "table"));
                wire_put_text(out, row);
                wire_put_text(out, ": ");
                put_clean(out, member_text(finding, "what"));
                wire_put_text(out, "\n");
        }
        if ((size_t)json_integer_value(found) > json_array_size(json_object_get(answer, "findings")))
                put_count(out, "Found in all", answer, "found");
}

static bool put_verdict(const json_t *answer, enum format format, struct wire_buffer *out)
{
        (void)format;
        put_findings(out, answer);
        put_count(out, "Events", answer, "events");
        if (json_integer_value(json_object_get(answer, "erased")) > 0)
                put_count(out, "Of these erased", answer, "erased");
        put_count(out, "Accesses", answer, "accesses");
        put_count(out, "Seals", answer, "seals");
        if (json_is_true(json_object_get(answer, "derived"))) {
                put_count(out, "Cases", answer, "cases");
                put_count(out, "Obligations", answer, "obligations");
        } else {
                put_line(out, "Obligations",
                         "not compared: the rules that they are of were not kept, or cannot be read any more");
        }
        if (member_text(answer, "head")[0] != '\0')
                put_line(out, "Head", member_text(answer, "head"));
        if (member_text(answer, "access_head")[0] != '\0')
                put_line(out, "Access head", member_text(answer, "access_head"));
        if (member_text(answer, "seal_head")[0] != '\0')
                put_line(out, "Seal head", member_text(answer, "seal_head"));
        wire_put_text(out, json_is_true(json_object_get(answer, "verified"))
                                   ? "Everything is as it was recorded.\n"
                                   : "This is not what was recorded, or not what follows from it.\n");
        return true;
}

/* The answer, and whether it is a good one. */
static enum outcome tell(const struct arguments *arguments, const json_t *answer)
{
        bool json = arguments_has(arguments, "--json");
        enum outcome outcome = write_answer(answer, json ? FORMAT_JSON : FORMAT_TABLE, put_verdict);
        if (outcome == OUTCOME_OK && !json_is_true(json_object_get(answer, "verified")))
                outcome = OUTCOME_REFUSED;
        return outcome;
}

/* ---- of the daemon ---- */

static enum outcome verify_daemon(const struct arguments *arguments)
{
        static const struct option_parameter parameters[] = {
                {"--head", "head"}, {"--access-head", "access-head"}, {"--seal-head", "seal-head"}, {NULL, NULL}};
        struct wire_buffer target, nothing;
        json_t *answer = NULL;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&target);
        wire_buffer_init(&nothing);
        wire_put_text(&target, "/v1/verify");
        target_options(&target, arguments, parameters);
        outcome = target_end(&target) ? http_ask(http, target.data, &nothing, &answer) : out_of_memory();
        outcome = http_needs(outcome, (struct http_need){"verified", JSON_TRUE}, &answer);
        if (outcome == OUTCOME_OK)
                outcome = tell(arguments, answer);
        json_decref(answer);
        wire_buffer_fini(&target);
        wire_buffer_fini(&nothing);
        http_close(http);
        return outcome;
}

/* ---- of a file ---- */

static json_t *finding_json(const struct app_finding *finding)
{
        json_t *row = finding->row == 0 ? json_null() : json_integer((json_int_t)finding->row);
        return json_pack("{s:s, s:o, s:s}", "table", finding->table, "row", row, "what", finding->what);
}

static json_t *text_or_null(const char *text)
{
        return text[0] == '\0' ? json_null() : json_string(text);
}

/* The same form as the daemon's answer. */
static json_t *totals_json(const struct app_verify_totals *totals, json_t *findings)
{
        char day[CIVIL_TEXT_SIZE] = "";
        if (totals->as_of != CIVIL_NONE)
                civil_format(totals->as_of, day);
        return json_pack("{s:O, s:I, s:I, s:I, s:o, s:I, s:o, s:I, s:o, s:o, s:b, s:I, s:I, s:b}", "findings", findings,
                         "found", (json_int_t)totals->findings, "events", (json_int_t)totals->lines, "erased",
                         (json_int_t)totals->erased, "head", text_or_null(totals->events_head), "accesses",
                         (json_int_t)totals->accesses, "access_head", text_or_null(totals->accesses_head), "seals",
                         (json_int_t)totals->seals, "seal_head", text_or_null(totals->seals_head), "as_of",
                         text_or_null(day), "derived", totals->derived, "cases", (json_int_t)totals->cases,
                         "obligations", (json_int_t)totals->obligations, "verified", totals->findings == 0);
}

static enum status look_through(struct app_verify *verify, json_t *findings)
{
        enum app_row kind = APP_WORKING;
        enum status status = STATUS_OK;
        while (status == STATUS_OK && kind != APP_END) {
                struct app_finding finding;
                bool wait;
                status = app_verify_next(verify, &kind, &finding, &wait);
                if (status == STATUS_OK && kind == APP_ROW &&
                    json_array_append_new(findings, finding_json(&finding)) != 0)
                        status = STATUS_NO_MEMORY;
                if (status == STATUS_OK && wait)
                        app_verify_wait(verify);
        }
        return status;
}

enum outcome verify_file(const char *path, const struct app_verify_heads *heads, json_t **ret_answer)
{
        char problem[APP_PROBLEM_SIZE] = "";
        struct app_verify *verify = NULL;
        json_t *findings = json_array();
        enum status status = app_verify_file(path, heads, &verify, problem);
        *ret_answer = NULL;
        if (status == STATUS_OK)
                status = findings == NULL ? STATUS_NO_MEMORY : look_through(verify, findings);
        if (status == STATUS_OK)
                *ret_answer = totals_json(app_verify_totals(verify), findings);
        if (status != STATUS_OK)
                complain("%s", problem[0] != '\0' ? problem : status_phrase(status));
        json_decref(findings);
        app_verify_free(verify);
        return status != STATUS_OK ? OUTCOME_REFUSED : *ret_answer == NULL ? out_of_memory() : OUTCOME_OK;
}

void verify_say_copy(const char *path, const json_t *answer)
{
        json_int_t events = json_integer_value(json_object_get(answer, "events"));

        printf("%s\n%lld event%s, head %s\n", path, (long long)events, events == 1 ? "" : "s",
               member_text(answer, "head"));
}

static enum outcome run_verify(const struct arguments *arguments)
{
        struct app_verify_heads heads = {arguments_value(arguments, "--head"),
                                         arguments_value(arguments, "--access-head"),
                                         arguments_value(arguments, "--seal-head")};
        json_t *answer = NULL;
        if (arguments->count == 0)
                return verify_daemon(arguments);
        enum outcome outcome = verify_file(arguments->words[0], &heads, &answer);
        if (outcome == OUTCOME_OK)
                outcome = tell(arguments, answer);
        json_decref(answer);
        return outcome;
}

const struct command verify_commands[] = {
        {"verify",
         "[FILE]",
         "whether what is kept is what was recorded: chains, what is derived, the database itself",
         0,
         1,
         run_verify,
         {{"--head", "NUMBER:HASH", "a head noted earlier: nothing up to it may have changed"},
          {"--access-head", "NUMBER:HASH", "the same of the log of accesses"},
          {"--seal-head", "NUMBER:HASH", "the same of the sealed reports"},
          {"--json", NULL, "JSON for programs"},
          SOCKET_OPTION}},
        {0},
};
