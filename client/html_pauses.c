/*
 * html_pauses - when the clock of each duty of a case stood still: asked of the
 * explanations, which alone know, and put beside the duty as "pauses".
 *
 * One question for each duty that is drawn and may have stood still; where every day
 * since the beginning was used none is asked.
 */
#include "html_case.h"

#include <string.h>

#include "mappad/civil.h"

static bool ran_on(const json_t *row, int32_t until)
{
        const json_t *used = json_object_get(row, "used_days");

        return json_is_integer(used) && json_integer_value(used) >= (json_int_t)until - case_day(row, "started");
}

static bool holds(const json_t *pauses, const json_t *pause)
{
        size_t index;
        json_t *other;

        json_array_foreach(pauses, index, other) if (json_equal(other, pause)) return true;
        return false;
}

/* The days that the steps of an explanation list, first and last of each stretch, once. */
static json_t *gather(const json_t *explanation)
{
        json_t *pauses = json_array();
        size_t index;
        json_t *step;

        json_array_foreach(json_object_get(explanation, "steps"), index, step)
        {
                const json_t *paused = json_object_get(json_object_get(step, "operands"), "paused");

                for (size_t i = 0; pauses != NULL && i < json_array_size(paused); i++)
                        if (!holds(pauses, json_array_get(paused, i)) &&
                            json_array_append(pauses, json_array_get(paused, i)) != 0) {
                                json_decref(pauses);
                                pauses = NULL;
                        }
        }
        return pauses;
}

static enum outcome ask(struct http *http, const char *axes, json_t *row)
{
        static const char *const keys[] = {"rule", "item", "started"};
        struct wire_buffer target;
        json_t *explanation = NULL;

        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/cases/");
        target_segment(&target, member_text(row, "case"));
        wire_put_text(&target, "/explain");
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                if (member_text(row, keys[i])[0] != '\0')
                        target_query(&target, keys[i], member_text(row, keys[i]));
        wire_put_text(&target, axes[0] == '?' ? "&" : "");
        wire_put_text(&target, axes[0] == '?' ? axes + 1 : "");
        enum outcome outcome = target_end(&target) ? http_ask(http, target.data, NULL, &explanation) : out_of_memory();
        if (outcome == OUTCOME_OK) {
                json_t *pauses = gather(explanation);

                if (pauses == NULL || json_object_set_new(row, "pauses", pauses) != 0)
                        outcome = out_of_memory();
        }
        json_decref(explanation);
        wire_buffer_fini(&target);
        return outcome;
}

enum outcome html_case_pauses(const struct arguments *arguments, const json_t *answer)
{
        const json_t *obligations = json_object_get(answer, "obligations");
        size_t skip, index;
        json_t *row;
        struct http *http;
        struct wire_buffer axes;

        case_drawn(obligations, &skip);
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&axes);
        outcome = axes_put(arguments, http, &axes);
        if (outcome == OUTCOME_OK && !target_end(&axes))
                outcome = out_of_memory();
        json_array_foreach(obligations, index, row)
        {
                if (case_day(row, "started") == CIVIL_NONE)
                        continue;
                if (skip > 0)
                        skip--;
                else if (outcome == OUTCOME_OK && !ran_on(row, case_until(answer, row)))
                        outcome = ask(http, axes.data, row);
        }
        wire_buffer_fini(&axes);
        http_close(http);
        return outcome;
}
