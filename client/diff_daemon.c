/*
 * diff_daemon - rules compared over the daemon's caseload.
 *
 * The files go along with the question, so that a draft can be looked at where
 * it is being written, whatever the daemon may read.
 */
#include <stdio.h>

#include "axes.h"
#include "diff.h"
#include "output.h"

static bool put_side(struct wire_buffer *body, const char *key, const struct diff_side *side)
{
        bool good = true;

        if (side->ruleset == NULL && side->contacts == NULL)
                return true;
        wire_put_key(body, key);
        wire_put_text(body, "{");
        if (side->ruleset != NULL)
                good = axes_put_rules(body, side->ruleset);
        if (side->contacts != NULL) {
                wire_put_key(body, "contacts");
                wire_put_string(body, side->contact_text.data);
        }
        wire_put_text(body, "}");
        return good;
}

static void put_target(struct wire_buffer *target, const struct diff *diff)
{
        char number[24], day[CIVIL_TEXT_SIZE];

        wire_put_text(target, "/v1/rules/diff");
        if (diff->limit != 0) {
                snprintf(number, sizeof number, "%llu", (unsigned long long)diff->limit);
                target_query(target, "limit", number);
        }
        if (diff->as_of != CIVIL_NONE) {
                civil_format(diff->as_of, day);
                target_query(target, "as-of", day);
        }
}

enum outcome diff_daemon(struct diff *diff, struct http *http)
{
        struct wire_buffer body, target;
        enum outcome outcome;
        bool good;

        wire_buffer_init(&body);
        wire_buffer_init(&target);
        wire_put_text(&body, "{");
        good = put_side(&body, "before", &diff->before) && put_side(&body, "after", &diff->after);
        wire_put_text(&body, "}");
        put_target(&target, diff);
        outcome = good && !body.failed && target_end(&target)
                          ? http_pour(http, target.data, &body, comparison_take, diff->comparison)
                          : out_of_memory();
        if (outcome == OUTCOME_OK)
                outcome = comparison_end(diff->comparison);
        wire_buffer_fini(&body);
        wire_buffer_fini(&target);
        return outcome;
}
