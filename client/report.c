/*
 * report - the reports that the rules declare: figures of a year, and the cases
 * behind them.
 */
#include "html_pages.h"
#include "plot_report.h"
#include "report.h"
#include "seal.h"

#include <stdlib.h>
#include <string.h>

/* ---- CSV ---- */

static const char *const figure_keys[] = {"report", "year", "table", "row", "column", "figure", "previous", NULL};

/* One figure as a line; false without memory. */
static bool put_line(const json_t *report, const char *const place[3], json_t *const figures[2],
                     struct wire_buffer *out)
{
        json_t *row = json_pack("{s:O?,s:O?,s:s,s:s,s:s,s:O?,s:O?}", "report", json_object_get(report, "report"),
                                "year", json_object_get(json_object_get(report, "period"), "year"), "table", place[0],
                                "row", place[1], "column", place[2], "figure", figures[0], "previous", figures[1]);

        if (row == NULL)
                return false;
        csv_write(figure_keys, row, out);
        json_decref(row);
        return true;
}

static bool put_csv_table(const json_t *report, const json_t *table, struct wire_buffer *out)
{
        const json_t *columns = json_object_get(table, "columns");
        size_t r, c;
        json_t *row, *column;

        json_array_foreach(json_object_get(table, "rows"), r, row) json_array_foreach(columns, c, column)
        {
                const char *const place[] = {member_text(table, "table"), member_text(row, "row"),
                                             member_text(column, "column")};
                json_t *const figures[] = {json_array_get(json_object_get(row, "figures"), c),
                                           json_array_get(json_object_get(row, "previous"), c)};
                if (!put_line(report, place, figures, out))
                        return false;
        }
        return true;
}

static bool put_rate(const json_t *report, const json_t *rate, struct wire_buffer *out)
{
        static const char *const parts[] = {"of", "over", "per", "value"};
        bool good = true;

        for (size_t i = 0; good && i < sizeof parts / sizeof *parts; i++) {
                const char *const place[] = {member_text(rate, "rate"), parts[i], ""};
                json_t *const figures[] = {json_object_get(rate, parts[i]), NULL};
                good = put_line(report, place, figures, out);
        }
        return good;
}

/* A trend is a line a quarter and part. */
static bool put_trend(const json_t *report, const json_t *trend, struct wire_buffer *out)
{
        static const char *const parts[] = {"of", "over", "value"};
        const json_t *quarters = json_object_get(json_object_get(report, "trends"), "quarters");
        size_t index;
        json_t *quarter;
        bool good = true;

        json_array_foreach(quarters, index, quarter) for (size_t i = 0; good && i < sizeof parts / sizeof *parts; i++)
        {
                const char *const place[] = {member_text(trend, "trend"), member_text(quarter, "quarter"), parts[i]};
                json_t *const figures[] = {json_array_get(json_object_get(trend, parts[i]), index), NULL};

                if (json_is_array(json_object_get(trend, parts[i])))
                        good = put_line(report, place, figures, out);
        }
        return good;
}

bool report_csv(const json_t *report, struct wire_buffer *out)
{
        size_t index;
        json_t *part;

        csv_write(figure_keys, NULL, out);
        json_array_foreach(json_object_get(report, "tables"), index,
                           part) if (!put_csv_table(report, part, out)) return false;
        json_array_foreach(json_object_get(report, "rates"), index,
                           part) if (!put_rate(report, part, out)) return false;
        json_array_foreach(json_object_get(json_object_get(report, "trends"), "lines"), index,
                           part) if (!put_trend(report, part, out)) return false;
        return true;
}

/* ---- the command ---- */

/* "--input population=942000 --input other=3" is "input=population:942000,other:3". */
enum outcome report_put_inputs(const struct arguments *arguments, struct wire_buffer *target)
{
        struct wire_buffer list;
        const char *input;

        wire_buffer_init(&list);
        for (size_t n = 0; (input = arguments_nth(arguments, "--input", n), input != NULL); n++) {
                const char *equals = strchr(input, '='); /* each has one */

                wire_put_text(&list, n == 0 ? "" : ",");
                wire_put(&list, input, (size_t)(equals - input));
                wire_put_text(&list, ":");
                wire_put_text(&list, equals + 1);
        }
        if (list.length > 0 && target_end(&list))
                target_query(target, "input", list.data);
        enum outcome outcome = list.failed ? out_of_memory() : OUTCOME_OK;
        wire_buffer_fini(&list);
        return outcome;
}

static enum outcome put_question(const struct arguments *arguments, struct wire_buffer *target)
{
        static const struct option_parameter options[] = {{"--year", "year"},
                                                          {"--from", "from"},
                                                          {"--to", "to"},
                                                          {"--suppress-below", "suppress-below"},
                                                          {NULL, NULL}};

        wire_put_text(target, "/v1/reports/");
        target_segment(target, arguments->words[0]);
        wire_put_text(target, arguments_has(arguments, "--cases") ? "/cases" : "");
        if (arguments->count > 1)
                target_query(target, "year", arguments->words[1]);
        target_options(target, arguments, options);
        return report_put_inputs(arguments, target);
}

static enum outcome write_report(const struct arguments *arguments, enum format format, const json_t *report)
{
        bool compared = arguments_has(arguments, "--against");
        struct wire_buffer out;
        bool good = true;

        wire_buffer_init(&out);
        switch (format) {
        case FORMAT_JSON:
                good = json_write(report, &out);
                wire_put_text(&out, "\n");
                break;
        case FORMAT_CSV:
                if (compared)
                        report_compared_csv(report, &out);
                else
                        good = report_csv(report, &out);
                break;
        case FORMAT_TABLE:
                if (compared)
                        report_compared_text(report, &out);
                else if (page_asked(arguments))
                        html_report(arguments, report, NULL, &out);
                else
                        report_text(arguments, report, NULL, &out);
                if (!compared && !page_asked(arguments) && plot_asked(arguments))
                        plot_report_text(report, &out);
                break;
        }
        return output_end(&out, good);
}

/* What does not come out is said one by one, after the figures, and fails the command. */
enum outcome report_say_problems(const json_t *report)
{
        const json_t *problems = json_object_get(report, "problems");
        json_int_t found = json_integer_value(json_object_get(report, "problems_found"));
        size_t index;
        json_t *problem;

        if (json_is_true(json_object_get(report, "adds_up")))
                return OUTCOME_OK;
        if (json_array_size(problems) == 0) {
                complain("this report does not add up: %lld check%s, whose figures are hidden", (long long)found,
                         found == 1 ? " fails" : "s fail");
                return OUTCOME_REFUSED;
        }
        json_array_foreach(problems, index, problem) complain("this report does not add up: %s", value_text(problem));
        if (found > (json_int_t)json_array_size(problems))
                complain("and %lld more", (long long)(found - (json_int_t)json_array_size(problems)));
        return OUTCOME_REFUSED;
}

/* Asks for the report; with --against once more as it was known then, and *ret_report is what differs. */
static enum outcome ask(const struct arguments *arguments, struct http *http, struct wire_buffer *target,
                        json_t **ret_report)
{
        const char *against = arguments_value(arguments, "--against");
        json_t *now = NULL, *then = NULL;
        enum outcome outcome = target_end(target) ? http_ask(http, target->data, NULL, &now) : out_of_memory();

        if (outcome == OUTCOME_OK && against != NULL) {
                target->length--; /* the NUL */
                target_query(target, "known-at", against);
                outcome = target_end(target) ? http_ask(http, target->data, NULL, &then) : out_of_memory();
        }
        if (outcome == OUTCOME_OK && against == NULL) {
                *ret_report = now;
                return OUTCOME_OK;
        }
        if (outcome == OUTCOME_OK && strcmp(member_text(now, "under"), member_text(then, "under")) != 0) {
                complain("other rules came into force meanwhile; ask again");
                outcome = OUTCOME_REFUSED;
        }
        if (outcome == OUTCOME_OK) {
                *ret_report = report_compare(then, now);
                outcome = *ret_report == NULL ? out_of_memory() : OUTCOME_OK;
        }
        json_decref(now);
        json_decref(then);
        return outcome;
}

static bool options_agree(const struct arguments *arguments)
{
        static const char *const sealing[] = {"--why", "--force", "--whole"};

        for (size_t i = 0; i < sizeof sealing / sizeof *sealing; i++)
                if (arguments_has(arguments, sealing[i])) {
                        usage_error(arguments, "%s goes with %s alone", sealing[i], i == 2 ? "--as-sealed" : "--seal");
                        return false;
                }
        static const char *const pairs[][3] = {
                {"--year", "--from", "ask for a year, or for other days"},
                {"--cases", "--suppress-below", "one names the cases, so that the other would hide nothing"},
                {"--against", "--html", "a page shows a report, not what changed in it"},
                {"--against", "--plot", "a plot shows a report, not what changed in it"},
                {"--against", "--known-at",
                 "one asks what changed since then up to now, the other what was known then"}};

        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
                if (arguments_has(arguments, pairs[i][0]) && arguments_has(arguments, pairs[i][1])) {
                        usage_error(arguments, "%s and %s do not go together: %s", pairs[i][0], pairs[i][1],
                                    pairs[i][2]);
                        return false;
                }
        if (arguments->count > 1 && (arguments_has(arguments, "--year") || arguments_has(arguments, "--from"))) {
                usage_error(arguments, "\"%s\" is a year already; ask for it once", arguments->words[1]);
                return false;
        }
        return true;
}

static bool year_once(const struct arguments *arguments)
{
        if (arguments->count < 2 || !arguments_has(arguments, "--year"))
                return true;
        usage_error(arguments, "the year is given twice: after the report, and by --year");
        return false;
}

static enum outcome show_cases(const struct arguments *arguments, enum format format, struct http *http,
                               struct wire_buffer *target)
{
        if (!target_end(target))
                return out_of_memory();
        return format == FORMAT_TABLE ? report_show_cases(arguments, http, target->data)
                                      : report_pour_cases(http, target->data, format);
}

static enum outcome show_report(const struct arguments *arguments, enum format format, struct http *http,
                                struct wire_buffer *target)
{
        json_t *report = NULL;
        enum outcome outcome = ask(arguments, http, target, &report);

        if (outcome == OUTCOME_OK)
                outcome = write_report(arguments, format, report);
        if (outcome == OUTCOME_OK && !arguments_has(arguments, "--against"))
                outcome = report_say_problems(report);
        json_decref(report);
        return outcome;
}

static enum outcome run_report(const struct arguments *arguments)
{
        enum format format;
        struct wire_buffer target;

        if (!format_read(arguments, &format) || !year_once(arguments) || !arguments_word(arguments, 1, "YEAR", "year"))
                return OUTCOME_USAGE;
        if (seal_asked(arguments))
                return seal_run(arguments, format);
        if (!options_agree(arguments))
                return OUTCOME_USAGE;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&target);
        outcome = put_question(arguments, &target);
        if (outcome == OUTCOME_OK)
                outcome = axes_put(arguments, http, &target);
        if (outcome == OUTCOME_OK && arguments_has(arguments, "--cases") && !arguments_has(arguments, "--against"))
                outcome = show_cases(arguments, format, http, &target);
        else if (outcome == OUTCOME_OK)
                outcome = show_report(arguments, format, http, &target);
        wire_buffer_fini(&target);
        http_close(http);
        return outcome;
}

const struct command report_commands[] = {
        {"report",
         "REPORT [YEAR]",
         "the figures of a report that the rules declare, such as annual",
         1,
         2,
         run_report,
         {{"--year", "YEAR", "2022-23, its quarter 2022-23-Q3, or 2022; the last that is over if not given"},
          {"--from", "DATE", "other days, from this one"},
          {"--to", "DATE", "to this one"},
          {"--cases", NULL, "who is behind each figure (reads cases)"},
          {"--input", "NAME=NUMBER", "a number that the record cannot know, such as population=942000"},
          {"--against", "INSTANT", "what was recorded after it changed; with --cases who came and went"},
          {"--seal", "YEAR", "freeze the figures of a year that is over under their hash (admin)"},
          {"--why", "TEXT", "why it is sealed again, or as it is; without personal data"},
          {"--force", NULL, "seal also what does not add up; --why says why"},
          {"--as-sealed", "[=SEAL]", "exactly as it was sealed: the last version, v1, v2 ..., or by its hash"},
          {"--whole", NULL, "with the small numbers that the seal hides (admin)"},
          {"--against-sealed", "[=SEAL]", "what later records changed since, and which (reads cases)"},
          {"--suppress-below", "NUMBER", "hide smaller figures, and what would give them away"},
          AXES_OPTIONS,
          FORMAT_OPTIONS,
          HTML_OPTIONS,
          PLOT_OPTION,
          SOCKET_OPTION}},
        {0},
};
