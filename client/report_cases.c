/*
 * report_cases - the cases behind a report, so that memory does not grow with them: for programs written as they come,
 * for people put under their tables (report_behind.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "html_pages.h"
#include "plot_report.h"
#include "report.h"
#include "rows.h"
#include "scratch.h"

static const char *const case_keys[] = {"table", "row", "column", "case", "on", NULL};

/* The list as it is being written. */
struct pouring {
        bool json;
        uint64_t count;
        struct wire_buffer out;
};

static bool put_case(void *context, const json_t *row)
{
        struct pouring *pouring = context;

        if (pouring->json) {
                wire_put_text(&pouring->out, pouring->count++ > 0 ? ",\n" : "\n");
                if (!json_write(row, &pouring->out))
                        return false;
        } else {
                csv_write(case_keys, row, &pouring->out);
        }
        return output_drain(&pouring->out, false);
}

/* What the answer says besides: its other members behind the list. */
static bool put_rest(struct pouring *pouring, json_t *report)
{
        const char *key;
        json_t *value;

        if (!pouring->json)
                return true;
        wire_put_text(&pouring->out, "]");
        json_object_foreach(report, key, value)
        {
                if (strcmp(key, "cases") == 0)
                        continue;
                wire_put_key(&pouring->out, key);
                if (!json_write(value, &pouring->out))
                        return false;
        }
        wire_put_text(&pouring->out, "}\n");
        return true;
}

static enum outcome end_list(struct pouring *pouring, const struct rows *rows)
{
        json_t *report = rows_answer(rows);

        if (report == NULL)
                return out_of_memory();
        enum outcome outcome = output_end(&pouring->out, put_rest(pouring, report));
        wire_buffer_init(&pouring->out);
        if (outcome == OUTCOME_OK)
                outcome = report_say_problems(report);
        json_decref(report);
        return outcome;
}

enum outcome report_pour_cases(struct http *http, const char *target, enum format format)
{
        struct pouring pouring = {.json = format == FORMAT_JSON};
        struct rows rows;

        wire_buffer_init(&pouring.out);
        rows_init(&rows, "cases", put_case, &pouring);
        if (pouring.json)
                wire_put_text(&pouring.out, "{\"cases\":[");
        else
                csv_write(case_keys, NULL, &pouring.out);
        enum outcome outcome = http_pour(http, target, NULL, rows_take, &rows);
        if (outcome == OUTCOME_OK)
                outcome = end_list(&pouring, &rows);
        rows_fini(&rows);
        wire_buffer_fini(&pouring.out);
        return outcome;
}

/* ---- for people ---- */

static enum outcome write_behind(const struct arguments *arguments, const json_t *report, struct report_behind *behind)
{
        struct wire_buffer out;

        wire_buffer_init(&out);
        if (page_asked(arguments))
                html_report(arguments, report, behind, &out);
        else
                report_text(arguments, report, behind, &out);
        if (!page_asked(arguments) && plot_asked(arguments))
                plot_report_text(report, &out);
        errno = report_behind_error(behind);
        if (errno == 0)
                return output_end(&out, true);
        wire_buffer_fini(&out);
        return scratch_failed();
}

/* All has come. */
static enum outcome show_behind(const struct arguments *arguments, const struct rows *rows,
                                struct report_behind *behind)
{
        json_t *report = rows_answer(rows);
        enum outcome outcome = report == NULL ? out_of_memory() : OUTCOME_OK;

        if (outcome == OUTCOME_OK && !report_behind_sort(behind, report, !page_asked(arguments)))
                outcome = scratch_failed();
        if (outcome == OUTCOME_OK)
                outcome = write_behind(arguments, report, behind);
        if (outcome == OUTCOME_OK)
                outcome = report_say_problems(report);
        json_decref(report);
        return outcome;
}

/* Takes in one; a rows_fn. What cannot be kept is said here, where it is known why. */
static bool keep_case(void *behind, const json_t *row)
{
        if (report_behind_take(behind, row))
                return true;
        scratch_failed();
        return false;
}

enum outcome report_show_cases(const struct arguments *arguments, struct http *http, const char *target)
{
        struct report_behind *behind = report_behind_new();
        struct rows rows;

        if (behind == NULL)
                return out_of_memory();
        rows_init(&rows, "cases", keep_case, behind);
        enum outcome outcome = http_pour(http, target, NULL, rows_take, &rows);
        if (outcome == OUTCOME_OK)
                outcome = show_behind(arguments, &rows, behind);
        rows_fini(&rows);
        report_behind_free(behind);
        return outcome;
}
