/*
 * seal - sealing a report, printing it as it was sealed, listing and exporting seals.
 *
 * What is printed as sealed was seen to have the hash by which it is named, here as
 * well as by the daemon. As JSON it is the very bytes that have that hash.
 */
#include "seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "html_pages.h"
#include "mappad/app_sealed.h"
#include "report.h"

#define PAGE "100"
#define HASH_SHOWN 12 /* digits of a hash in a table */

/* ---- which one ---- */

static const char *year_of(const struct arguments *arguments)
{
        return arguments->count > 1 ? arguments->words[1] : arguments_value(arguments, "--year");
}

static bool is_hash(const char *text)
{
        size_t digits = strspn(text, "0123456789abcdef");

        return digits >= APP_SEALED_DIGITS_MIN && text[digits] == '\0';
}

/* "/v1/seals/annual:2022-23:v2", or by its hash. */
static enum outcome put_name(const struct arguments *arguments, const char *option, struct wire_buffer *target)
{
        const char *seal = arguments_value(arguments, option), *year = year_of(arguments);
        char name[256];

        wire_put_text(target, "/v1/seals/");
        if (seal != NULL && is_hash(seal)) {
                target_segment(target, seal);
                return OUTCOME_OK;
        }
        if (seal != NULL && (seal[0] != 'v' || !is_number(seal + 1)))
                return usage_error(arguments,
                                   "\"%s\" is no seal: write a version, such as v2, or %d digits of its hash", seal,
                                   APP_SEALED_DIGITS_MIN);
        if (seal != NULL && year == NULL)
                return usage_error(arguments, "%s of which year? Write it after the report, or by --year", seal);
        if (strlen(arguments->words[0]) + strlen(year != NULL ? year : "") + strlen(seal != NULL ? seal : "") > 200)
                return usage_error(arguments, "no seal has such a name");
        snprintf(name, sizeof name, "%s%s%s%s%s", arguments->words[0], year != NULL ? ":" : "",
                 year != NULL ? year : "", seal != NULL ? ":" : "", seal != NULL ? seal : "");
        target_segment(target, name);
        return OUTCOME_OK;
}

/* The bytes that were hashed; NULL: no memory. Owns: free. */
static char *canonical(const json_t *content)
{
        return json_dumps(content, JSON_COMPACT | JSON_SORT_KEYS);
}

static enum outcome check_hash(const json_t *answer)
{
        const json_t *seal = json_object_get(answer, "seal");
        char digest[STORE_DIGEST_SIZE];
        char *text = canonical(json_object_get(answer, "content"));
        bool hashed = text != NULL && store_seal_digest(text, digest) == STATUS_OK;

        free(text);
        if (!hashed)
                return out_of_memory();
        if (strcmp(digest, member_text(seal, "hash")) == 0)
                return OUTCOME_OK;
        complain("what came is not what was sealed: its hash is %s, and that of the seal %s", digest,
                 member_text(seal, "hash"));
        return OUTCOME_REFUSED;
}

static enum outcome fetch(struct http *http, const char *name, json_t **ret_answer)
{
        enum outcome outcome = http_ask(http, name, NULL, ret_answer);

        return outcome == OUTCOME_OK ? check_hash(*ret_answer) : outcome;
}

/* A hash names a seal of any report. */
static enum outcome check_report(const struct arguments *arguments, const json_t *answer)
{
        const json_t *seal = json_object_get(answer, "seal");
        const char *report = member_text(seal, "report"), *period = member_text(seal, "period");
        const char *year = year_of(arguments);

        if (strcmp(report, arguments->words[0]) == 0 && (year == NULL || strcmp(year, period) == 0))
                return OUTCOME_OK;
        complain("this seal is of another report: %s %s", report, period);
        return OUTCOME_REFUSED;
}

/* ---- sealing ---- */

static void put_body(const struct arguments *arguments, struct wire_buffer *body)
{
        const char *why = arguments_value(arguments, "--why");

        wire_put_text(body, "{");
        if (why != NULL) {
                wire_put_key(body, "why");
                wire_put_string(body, why);
        }
        if (arguments_has(arguments, "--force")) {
                wire_put_key(body, "force");
                wire_put_bool(body, true);
        }
        wire_put_text(body, "}\n");
}

static void put_seal(const json_t *seal, struct wire_buffer *out)
{
        wire_put_text(out, "Sealed as version ");
        put_member(out, seal, "version");
        wire_put_text(out, " on ");
        put_time(out, member_text(seal, "sealed_at"));
        wire_put_text(out, " by ");
        put_member(out, seal, member_text(seal, "user")[0] != '\0' ? "user" : "uid");
        if (json_is_object(json_object_get(seal, "head"))) {
                wire_put_text(out, ", of the record up to event ");
                put_member(out, json_object_get(seal, "head"), "seq");
        }
        wire_put_text(out, ".\n");
        if (json_is_true(json_object_get(seal, "forced")))
                wire_put_text(out, "It does not add up, and was sealed all the same.\n");
        if (member_text(seal, "why")[0] != '\0') {
                wire_put_text(out, "Why: ");
                put_member(out, seal, "why");
                wire_put_text(out, "\n");
        }
        wire_put_text(out, "Hash: ");
        put_member(out, seal, "hash");
        wire_put_text(out, "\n");
}

static bool write_seal(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *seal = json_object_get(answer, "seal");

        (void)format;
        put_member(out, seal, "report");
        wire_put_text(out, " ");
        put_member(out, seal, "period");
        wire_put_text(out, "\n");
        put_seal(seal, out);
        return !out->failed;
}

static enum outcome run_sealing(const struct arguments *arguments)
{
        struct wire_buffer target, body;

        wire_buffer_init(&target);
        wire_buffer_init(&body);
        wire_put_text(&target, "/v1/reports/");
        target_segment(&target, arguments->words[0]);
        wire_put_text(&target, "/seal");
        target_query(&target, "year", arguments_value(arguments, "--seal"));
        if (arguments_value(arguments, "--suppress-below") != NULL)
                target_query(&target, "suppress-below", arguments_value(arguments, "--suppress-below"));
        enum outcome outcome = report_put_inputs(arguments, &target);
        put_body(arguments, &body);
        if (outcome == OUTCOME_OK && (!target_end(&target) || body.failed))
                outcome = out_of_memory();
        if (outcome == OUTCOME_OK)
                outcome =
                        show_answer(arguments, target.data, &body, (struct http_need){"seal", JSON_OBJECT}, write_seal);
        wire_buffer_fini(&target);
        wire_buffer_fini(&body);
        return outcome;
}

/* ---- as it was sealed ---- */

/* To a terminal in ASCII, which is harmless there; else the bytes that have the hash, and nothing after them. */
static bool put_content(const json_t *content, struct wire_buffer *out)
{
        char *text = isatty(STDOUT_FILENO) ? NULL : canonical(content);
        bool good = text != NULL;

        if (text != NULL) {
                wire_put_text(out, text);
        } else if (isatty(STDOUT_FILENO)) {
                good = json_write(content, out);
                wire_put_text(out, "\n");
        }
        free(text);
        return good;
}

static enum outcome write_sealed(const struct arguments *arguments, enum format format, const json_t *answer)
{
        const json_t *content = json_object_get(answer, "content");
        struct wire_buffer out;
        bool good = true;

        wire_buffer_init(&out);
        switch (format) {
        case FORMAT_JSON:
                good = put_content(content, &out);
                break;
        case FORMAT_CSV:
                good = report_csv(content, &out);
                break;
        case FORMAT_TABLE:
                if (page_asked(arguments)) {
                        html_report(arguments, content, NULL, &out);
                        break;
                }
                report_text(arguments, content, NULL, &out);
                put_seal(json_object_get(answer, "seal"), &out);
                break;
        }
        return output_end(&out, good);
}

static enum outcome run_as_sealed(const struct arguments *arguments, enum format format)
{
        bool whole = arguments_has(arguments, "--whole");
        struct wire_buffer target;
        json_t *answer = NULL;

        wire_buffer_init(&target);
        enum outcome outcome = put_name(arguments, "--as-sealed", &target);
        wire_put_text(&target, whole ? "/whole" : "");
        if (outcome == OUTCOME_OK)
                outcome = http_fetch(arguments, &target, &answer);
        /* The name of a seal is the hash of what every reader may see. */
        if (outcome == OUTCOME_OK && !whole)
                outcome = check_hash(answer);
        if (outcome == OUTCOME_OK)
                outcome = check_report(arguments, answer);
        if (outcome == OUTCOME_OK)
                outcome = write_sealed(arguments, format, answer);
        if (outcome == OUTCOME_OK)
                outcome = report_say_problems(json_object_get(answer, "content"));
        json_decref(answer);
        wire_buffer_fini(&target);
        return outcome;
}

/* ---- against the seal ---- */

static enum outcome write_compared(enum format format, const json_t *compared)
{
        struct wire_buffer out;
        bool good = true;

        wire_buffer_init(&out);
        switch (format) {
        case FORMAT_JSON:
                good = json_write(compared, &out);
                wire_put_text(&out, "\n");
                break;
        case FORMAT_CSV:
                good = seal_compared_csv(compared, &out);
                break;
        case FORMAT_TABLE:
                good = seal_compared_text(compared, &out);
                break;
        }
        return output_end(&out, good);
}

/* A figure that differs, and no later record or erasure says why, is something to be told of. */
static enum outcome say_unexplained(const json_t *compared)
{
        json_int_t count = json_integer_value(json_object_get(compared, "unexplained"));

        if (count == 0)
                return OUTCOME_OK;
        complain("%lld of these figures %s by more or less than what was recorded since explains: \"mappactl "
                 "verify\" looks at the record",
                 (long long)count, count == 1 ? "differs" : "differ");
        return OUTCOME_REFUSED;
}

/* The changes of the very seal that came, though another version be sealed meanwhile. */
static enum outcome fetch_changes(struct http *http, const json_t *sealed, json_t **ret_now)
{
        const json_t *seal = json_object_get(sealed, "seal");
        struct wire_buffer target;
        char name[256];

        wire_buffer_init(&target);
        snprintf(name, sizeof name, "%.100s:%.100s:v%lld", member_text(seal, "report"), member_text(seal, "period"),
                 (long long)json_integer_value(json_object_get(seal, "version")));
        wire_put_text(&target, "/v1/seals/");
        target_segment(&target, name);
        wire_put_text(&target, "/changes");
        enum outcome outcome = target_end(&target) ? http_ask(http, target.data, NULL, ret_now) : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

static enum outcome compare(const struct arguments *arguments, struct http *http, const char *name, enum format format)
{
        json_t *sealed = NULL, *now = NULL, *compared = NULL;
        enum outcome outcome = fetch(http, name, &sealed);

        if (outcome == OUTCOME_OK)
                outcome = check_report(arguments, sealed);
        if (outcome == OUTCOME_OK)
                outcome = fetch_changes(http, sealed, &now);
        if (outcome == OUTCOME_OK) {
                compared = seal_compare(sealed, now);
                outcome = compared == NULL ? out_of_memory() : write_compared(format, compared);
        }
        if (outcome == OUTCOME_OK)
                outcome = say_unexplained(compared);
        json_decref(sealed);
        json_decref(now);
        json_decref(compared);
        return outcome;
}

static enum outcome run_against(const struct arguments *arguments, enum format format)
{
        struct wire_buffer target;

        wire_buffer_init(&target);
        enum outcome outcome = put_name(arguments, "--against-sealed", &target);
        if (outcome == OUTCOME_OK && !target_end(&target))
                outcome = out_of_memory();
        struct http *http = NULL;
        if (outcome == OUTCOME_OK)
                outcome = http_open(arguments, &http);
        if (outcome == OUTCOME_OK)
                outcome = compare(arguments, http, target.data, format);
        http_close(http);
        wire_buffer_fini(&target);
        return outcome;
}

/* ---- the options of the command `report` ---- */

static const char *const deeds[] = {"--seal", "--as-sealed", "--against-sealed"};
#define DEED_COUNT (sizeof deeds / sizeof deeds[0])

bool seal_asked(const struct arguments *arguments)
{
        for (size_t i = 0; i < DEED_COUNT; i++)
                if (arguments_has(arguments, deeds[i]))
                        return true;
        return false;
}

static bool options_agree(const struct arguments *arguments)
{
        /* What else each of them takes, beside format, socket and purpose. */
        static const char *const others[][2] = {{"--cases", ""},     {"--against", ""},
                                                {"--as-of", ""},     {"--known-at", ""},
                                                {"--rules", ""},     {"--seal", ""},
                                                {"--from", ""},      {"--to", ""},
                                                {"--year", "ax"},    {"--input", "s"},
                                                {"--why", "s"},      {"--force", "s"},
                                                {"--whole", "a"},    {"--suppress-below", "s"},
                                                {"--as-sealed", ""}, {"--against-sealed", ""},
                                                {"--html", "a"},     {"--marking", "a"},
                                                {"--plot", ""}};
        static const char marks[] = {'s', 'a', 'x'};
        size_t deed = 0;

        while (deed + 1 < DEED_COUNT && !arguments_has(arguments, deeds[deed]))
                deed++;
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
                if (strcmp(others[i][0], deeds[deed]) != 0 && strchr(others[i][1], marks[deed]) == NULL &&
                    arguments_has(arguments, others[i][0])) {
                        usage_error(arguments, "%s and %s do not go together", deeds[deed], others[i][0]);
                        return false;
                }
        if (deed == 0 && arguments->count > 1)
                usage_error(arguments, "--seal is followed by the year that is sealed; no other stands beside it");
        else if (arguments_has(arguments, "--force") && !arguments_has(arguments, "--why"))
                usage_error(arguments, "--force needs --why: why it is sealed as it is");
        else
                return true;
        return false;
}

enum outcome seal_run(const struct arguments *arguments, enum format format)
{
        if (!options_agree(arguments))
                return OUTCOME_USAGE;
        if (arguments_has(arguments, "--seal"))
                return run_sealing(arguments);
        return arguments_has(arguments, "--as-sealed") ? run_as_sealed(arguments, format)
                                                       : run_against(arguments, format);
}

/* ---- which there are ---- */

/* Appends every seal to rows, newest first. */
static enum outcome fetch_all(struct http *http, json_t *rows)
{
        json_int_t before = 0;
        enum outcome outcome;

        do {
                struct wire_buffer target;
                json_t *answer = NULL;
                char number[32];

                snprintf(number, sizeof number, "%lld", (long long)before);
                wire_buffer_init(&target);
                wire_put_text(&target, "/v1/seals");
                target_query(&target, "limit", PAGE);
                if (before != 0)
                        target_query(&target, "before", number);
                outcome = target_end(&target) ? http_ask(http, target.data, NULL, &answer) : out_of_memory();
                json_int_t next = json_integer_value(json_object_get(answer, "next"));
                const json_t *seals = json_object_get(answer, "seals");
                /* Pages that lead nowhere further would be asked for without end. */
                bool leads = next == 0 || (json_array_size(seals) > 0 && (before == 0 || next < before));
                if (outcome == OUTCOME_OK && (!json_is_array(seals) || !leads))
                        outcome = http_not_understood();
                else if (outcome == OUTCOME_OK && json_array_extend(rows, (json_t *)(uintptr_t)seals) != 0)
                        outcome = out_of_memory();
                before = next;
                json_decref(answer);
                wire_buffer_fini(&target);
        } while (outcome == OUTCOME_OK && before != 0);
        return outcome;
}

#define CELL(name, key)                                                                                                \
        static enum colour name(const json_t *row, struct wire_buffer *cell)                                           \
        {                                                                                                              \
                put_member(cell, row, key);                                                                            \
                return COLOUR_NONE;                                                                                    \
        }
CELL(report_cell, "report")
CELL(period_cell, "period")
CELL(version_cell, "version")
CELL(why_cell, "why")

static enum colour sealed_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "sealed_at"));
        wire_put_text(cell, " by ");
        put_member(cell, row, member_text(row, "user")[0] != '\0' ? "user" : "uid");
        return COLOUR_NONE;
}

static enum colour event_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, json_object_get(row, "head"), "seq");
        return COLOUR_NONE;
}

static enum colour sound_cell(const json_t *row, struct wire_buffer *cell)
{
        bool forced = json_is_true(json_object_get(row, "forced"));

        wire_put_text(cell, forced ? "no" : "yes");
        return forced ? COLOUR_RED : COLOUR_NONE;
}

static enum colour hash_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *hash = member_text(row, "hash");

        wire_put(cell, hash, strnlen(hash, HASH_SHOWN));
        return COLOUR_NONE;
}

static const struct column columns[] = {
        {"Report", report_cell}, {"Period", period_cell},     {"Version", version_cell},
        {"Sealed", sealed_cell}, {"Up to event", event_cell}, {"Adds up", sound_cell},
        {"Hash", hash_cell},     {"Why", why_cell},           {NULL, NULL},
};
static const char *const keys[] = {"seq",       "report", "period", "version", "hash",   "under", "known_at",
                                   "sealed_at", "uid",    "user",   "hides",   "forced", "why",   NULL};

static enum outcome write_list(const json_t *rows, enum format format)
{
        struct wire_buffer out;
        bool good = true;

        wire_buffer_init(&out);
        switch (format) {
        case FORMAT_JSON:
                wire_put_text(&out, "{\"seals\":");
                good = json_write(rows, &out);
                wire_put_text(&out, "}\n");
                break;
        case FORMAT_CSV:
                put_csv_rows(keys, rows, &out);
                break;
        case FORMAT_TABLE:
                if (json_array_size(rows) == 0)
                        wire_put_text(&out, "No report was ever sealed.\n");
                else
                        good = put_table(columns, rows, &out);
                break;
        }
        return output_end(&out, good);
}

static enum outcome run_seals(const struct arguments *arguments)
{
        enum format format;

        if (!format_read(arguments, &format))
                return OUTCOME_USAGE;
        struct http *http = NULL;
        json_t *rows = json_array();
        enum outcome outcome = http_open(arguments, &http);

        if (outcome == OUTCOME_OK)
                outcome = rows == NULL ? out_of_memory() : fetch_all(http, rows);
        if (outcome == OUTCOME_OK)
                outcome = write_list(rows, format);
        json_decref(rows);
        http_close(http);
        return outcome;
}

/* ---- for other programs ---- */

/* One seal with what it holds, on a line. */
static enum outcome export_one(struct http *http, const json_t *row, struct wire_buffer *out)
{
        json_t *answer = NULL;
        char name[300];

        snprintf(name, sizeof name, "/v1/seals/%.100s:%.100s:v%lld", member_text(row, "report"),
                 member_text(row, "period"), (long long)json_integer_value(json_object_get(row, "version")));
        enum outcome outcome = fetch(http, name, &answer);
        if (outcome == OUTCOME_OK) {
                char *text = canonical(answer);
                wire_put_text(out, text == NULL ? "" : text);
                wire_put_text(out, "\n");
                outcome = text == NULL ? out_of_memory() : output_drain(out, false) ? OUTCOME_OK : OUTCOME_REFUSED;
                free(text);
        }
        json_decref(answer);
        return outcome;
}

static enum outcome run_export(const struct arguments *arguments)
{
        struct wire_buffer out;
        struct http *http = NULL;
        json_t *rows = json_array();
        enum outcome outcome = http_open(arguments, &http);

        if (outcome == OUTCOME_OK)
                outcome = rows == NULL ? out_of_memory() : fetch_all(http, rows);

        wire_buffer_init(&out);
        for (size_t left = json_array_size(rows); outcome == OUTCOME_OK && left > 0; left--)
                outcome = export_one(http, json_array_get(rows, left - 1), &out);
        if (outcome == OUTCOME_OK && !output_drain(&out, true))
                outcome = OUTCOME_REFUSED;
        wire_buffer_fini(&out);
        json_decref(rows);
        http_close(http);
        return outcome;
}

const struct command seal_commands[] = {
        {"seals", "", "reports that were sealed, newest first", 0, 0, run_seals, {FORMAT_OPTIONS, SOCKET_OPTION}},
        {"export seals",
         "",
         "sealed reports with all they hold, one a line, oldest first",
         0,
         0,
         run_export,
         {SOCKET_OPTION}},
        {0},
};
