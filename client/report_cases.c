/*
 * report_cases - the cases behind a report for programs, written as they come, so that memory does not grow with them.
 *
 * For people they stand under their tables, and are gathered: there the whole answer is held (report.c).
 */
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "rows.h"

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
