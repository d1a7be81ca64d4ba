/*
 * forecast - the command: appointments of the weeks to come, and what they would be if.
 */
#include "forecast.h"

#include <stdlib.h>
#include <string.h>

#include "html_pages.h"
#include "plot_report.h"
#include "record.h"

#define IF_WORDS_MAX 40 /* of one supposed event */

/* ---- what is supposed ---- */

/* Only read: what it is called with says what it takes. */
static const struct command supposing = {"forecast --if",
                                         "\"CASE EVENT [--on DATE] [FIELD=VALUE ...]\"",
                                         "",
                                         2,
                                         IF_WORDS_MAX,
                                         NULL,
                                         {{"--on", "DATE", ""}, {"--item", "KEY", ""}, {"--force", NULL, ""}}};

/* Takes one "CASE EVENT --on DATE field=value" apart, and appends it as a line; without a body it is only judged. */
static enum outcome take_supposed(const char *text, int32_t today, struct wire_buffer *body)
{
        char *copy = strdup(text), *words[IF_WORDS_MAX + 1], *rest = copy, *word;
        struct arguments arguments;
        int count = 0;

        if (copy == NULL)
                return out_of_memory();
        while ((word = strsep(&rest, " \t\n")) != NULL)
                if (word[0] != '\0' && count <= IF_WORDS_MAX)
                        words[count++] = word;
        bool good = arguments_parse(&supposing, count, words, &arguments);
        enum outcome outcome = good && record_is_event(&arguments) ? OUTCOME_OK : OUTCOME_USAGE;
        if (outcome == OUTCOME_OK && body != NULL) {
                int32_t on = arguments_day(&arguments, "--on");

                if (!record_event(&arguments, on != CIVIL_NONE ? on : today, body))
                        outcome = out_of_memory();
        }
        if (good)
                arguments_fini(&arguments);
        free(copy);
        return outcome;
}

static enum outcome take_all_supposed(const struct arguments *arguments, int32_t today, struct wire_buffer *body)
{
        enum outcome outcome = OUTCOME_OK;
        const char *text;

        for (size_t n = 0; outcome == OUTCOME_OK && (text = arguments_nth(arguments, "--if", n), text != NULL); n++)
                outcome = take_supposed(text, today, body);
        return outcome;
}

/* The lines of what is supposed; its day, if none is said, is that of the question. */
static enum outcome put_supposed(const struct arguments *arguments, struct http *http, struct wire_buffer *body)
{
        int32_t today = arguments_day(arguments, "--as-of");
        enum outcome outcome = today == CIVIL_NONE ? ask_today(http, &today) : OUTCOME_OK;

        if (outcome == OUTCOME_OK)
                outcome = take_all_supposed(arguments, today, body);
        return body->failed ? out_of_memory() : outcome;
}

/* ---- the question ---- */

/* whole: with what is asked "what if". */
static enum outcome put_question(const struct arguments *arguments, struct http *http, bool whole,
                                 struct wire_buffer *target)
{
        static const struct option_parameter parameters[] = {{"--weeks", "weeks"}, {NULL, NULL}};
        struct wire_buffer days;

        wire_put_text(target, "/v1/reports/forecast");
        wire_put_text(target, whole && arguments_has(arguments, "--cases") ? "/cases" : "");
        target_options(target, arguments, parameters);
        wire_buffer_init(&days);
        for (size_t n = 0; whole && arguments_nth(arguments, "--closed", n) != NULL; n++) {
                wire_put_text(&days, n == 0 ? "" : ",");
                wire_put_text(&days, arguments_nth(arguments, "--closed", n));
        }
        if (days.length > 0 && target_end(&days))
                target_query(target, "closed", days.data);
        enum outcome outcome = days.failed ? out_of_memory() : OUTCOME_OK;
        wire_buffer_fini(&days);
        return outcome == OUTCOME_OK ? axes_put(arguments, http, target) : outcome;
}

/* The body is NULL unless something is supposed. */
static enum outcome ask(const struct arguments *arguments, struct http *http, const struct wire_buffer *body,
                        bool whole, json_t **ret_answer)
{
        struct wire_buffer target;

        wire_buffer_init(&target);
        enum outcome outcome = put_question(arguments, http, whole, &target);
        if (outcome == OUTCOME_OK)
                outcome = target_end(&target) ? http_ask(http, target.data, body, ret_answer) : out_of_memory();
        wire_buffer_fini(&target);
        return http_needs(outcome, (struct http_need){"weeks", JSON_ARRAY}, ret_answer);
}

static enum outcome write_forecast(const struct arguments *arguments, enum format format, const json_t *forecast,
                                   const json_t *plain)
{
        struct wire_buffer out;
        struct plot weeks;
        bool good = true;

        wire_buffer_init(&out);
        switch (format) {
        case FORMAT_JSON:
                good = json_write(forecast, &out);
                wire_put_text(&out, "\n");
                break;
        case FORMAT_CSV:
                forecast_csv(forecast, &out);
                break;
        case FORMAT_TABLE:
                if (page_asked(arguments))
                        good = html_forecast(arguments, forecast, plain, &out);
                else
                        good = forecast_text(arguments, forecast, plain, &out);
                if (!page_asked(arguments) && plot_asked(arguments) && plot_of_weeks(forecast, &weeks))
                        plot_text(&weeks, &out);
                break;
        }
        return output_end(&out, good);
}

static enum outcome run_forecast(const struct arguments *arguments)
{
        bool supposed = arguments_has(arguments, "--if");
        bool what_if = supposed || arguments_has(arguments, "--closed");
        enum format format;
        struct wire_buffer body;
        json_t *forecast = NULL, *plain = NULL;

        if (!format_read(arguments, &format))
                return OUTCOME_USAGE;
        if (supposed && arguments_has(arguments, "--cases"))
                return usage_error(arguments, "--if lists the appointments of its cases by itself; leave --cases out");
        struct http *http = NULL;
        enum outcome outcome = take_all_supposed(arguments, CIVIL_NONE, NULL);
        if (outcome == OUTCOME_OK)
                outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&body);
        outcome = supposed ? put_supposed(arguments, http, &body) : OUTCOME_OK;
        if (outcome == OUTCOME_OK)
                outcome = ask(arguments, http, supposed ? &body : NULL, true, &forecast);
        if (outcome == OUTCOME_OK && what_if && format == FORMAT_TABLE)
                outcome = ask(arguments, http, NULL, false, &plain);
        if (outcome == OUTCOME_OK)
                outcome = write_forecast(arguments, format, forecast, plain);
        json_decref(forecast);
        json_decref(plain);
        wire_buffer_fini(&body);
        http_close(http);
        return outcome;
}

const struct command forecast_commands[] = {
        {"forecast",
         "",
         "the appointments that fall due in the weeks to come, and what they would be if",
         0,
         0,
         run_forecast,
         {{"--weeks", "WEEKS", "how many weeks, the present one among them; 26 if not given"},
          {"--closed", "FROM..TO", "if nothing could be held on these days"},
          {"--if", "EVENT", "if that were recorded: \"CASE EVENT --on DATE FIELD=VALUE\" (role writer)"},
          {"--cases", NULL, "each appointment with its case (reads cases)"},
          AXES_OPTIONS,
          FORMAT_OPTIONS,
          HTML_OPTIONS,
          PLOT_OPTION,
          SOCKET_OPTION}},
        {0},
};
