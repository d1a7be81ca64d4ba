/*
 * diff_file - two rule sets over one file of events.
 *
 * Lines are admitted under the old rules, as they once were; the new ones read
 * what was recorded. Cases are compared one by one, and nothing of a case is
 * kept but what was counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "docket.h"
#include "mappad/wire_difference.h"
#include "output.h"
#include "translate.h"

struct run {
        struct diff *diff;
        struct docket *docket;
        struct arena whole;      /* of the comparison */
        struct arena work, rows; /* of one case */
        struct amendments amendments;
        struct readdressed_list readdressed;
        struct difference_tally tally;
        const struct translation *translation;
        struct wire_buffer line;
        const char *case_ref;
        uint64_t shown, left_out;
        char before[65], after[65];
        bool stopped;
};

static void say_refused(void *context, uint64_t number, const struct wire_problem *problem)
{
        const struct run *run = context;

        complain("%s:%llu: refused: %s%s%s%s", run->diff->facts, (unsigned long long)number, problem->message,
                 problem->nearest != NULL ? "; did you mean \"" : "", problem->nearest != NULL ? problem->nearest : "",
                 problem->nearest != NULL ? "\"?" : "");
}

static bool give_line(struct run *run)
{
        wire_put_text(&run->line, "\n");
        run->stopped = run->stopped || run->line.failed ||
                       !comparison_take(run->diff->comparison, run->line.data, run->line.length);
        wire_buffer_reset(&run->line);
        return !run->stopped;
}

static void give_difference(void *context, const struct difference *difference)
{
        struct run *run = context;

        if (run->diff->limit != 0 && run->shown == run->diff->limit) {
                run->left_out++;
                return;
        }
        run->shown++;
        wire_difference_write(&run->line, run->case_ref, difference);
        (void)give_line(run);
}

static enum status stand(const struct ruleset *ruleset, const struct record *records, size_t count, struct run *run,
                         struct casefile *ret_casefile)
{
        return casefile_stand(ruleset, records, count, INSTANT_LATEST, run->diff->as_of, &run->work, ret_casefile);
}

static enum status compare_case(struct run *run, const struct roll_case *one)
{
        const struct diff *diff = run->diff;
        struct casefile old, new;
        struct record *records = NULL;
        size_t unreadable = 0;
        struct difference_question question = {.before = {.ruleset = diff->before.ruleset, .casefile = &old},
                                               .after = {.ruleset = diff->after.ruleset, .casefile = &new},
                                               .as_of = diff->as_of,
                                               .words = run->amendments.words,
                                               .readdressed = run->readdressed};
        struct difference_sink sink = {give_difference, run};

        arena_reset(&run->work);
        arena_reset(&run->rows);
        run->case_ref = one->ref;
        enum status status = translate(run->translation, one->records, one->count, &run->work, &records, &unreadable);
        if (status == STATUS_OK)
                status = stand(diff->before.ruleset, one->records, one->count, run, &old);
        if (status == STATUS_OK)
                status = stand(diff->after.ruleset, records, one->count, run, &new);
        if (status == STATUS_OK)
                status = difference_derive(&question.before, diff->as_of, &run->work, &run->rows);
        if (status == STATUS_OK)
                status = difference_derive(&question.after, diff->as_of, &run->work, &run->rows);
        run->tally.counts.unreadable += unreadable;
        return status == STATUS_OK ? difference_count(&run->tally, &question, &run->rows, &sink) : status;
}

static enum status prepare(struct run *run)
{
        const struct diff *diff = run->diff;
        const struct ruleset *before = diff->before.ruleset, *after = diff->after.ruleset;
        enum status status = amendments_find(before, after, &run->whole, &run->amendments);

        if (status == STATUS_OK)
                status = contacts_differences(diff->before.contact_list, diff->after.contact_list, diff->as_of,
                                              &run->whole, &run->readdressed);
        if (status == STATUS_OK)
                status = difference_tally_init(&run->tally, before, after, &run->whole);
        if (status == STATUS_OK)
                status = rulefile_seal(before, diff->before.contact_list, run->before);
        if (status == STATUS_OK)
                status = rulefile_seal(after, diff->after.contact_list, run->after);
        run->translation = translation_new(before, after, &run->whole);
        return status == STATUS_OK && run->translation == NULL ? STATUS_NO_MEMORY : status;
}

static bool give_head(struct run *run)
{
        struct wire_comparison head = {.as_of = run->diff->as_of,
                                       .before = run->before,
                                       .after = run->after,
                                       .amendments = &run->amendments,
                                       .readdressed = &run->readdressed};

        wire_comparison_open(&run->line, &head);
        wire_put_key(&run->line, "problems");
        wire_put_text(&run->line, "[]}");
        return give_line(run);
}

static bool give_tail(struct run *run)
{
        wire_put_text(&run->line, "{");
        wire_put_key(&run->line, "digest");
        wire_put_string(&run->line, run->after);
        wire_put_key(&run->line, "in_force");
        wire_put_bool(&run->line, strcmp(run->before, run->after) == 0);
        wire_put_key(&run->line, "left_out");
        wire_put_number(&run->line, (int64_t)run->left_out);
        wire_tally_append(&run->line, &run->tally);
        wire_put_text(&run->line, "}");
        return give_line(run);
}

static enum outcome compare_all(struct run *run)
{
        const struct roll_case *one = NULL;

        do {
                enum outcome outcome = docket_next(run->docket, &one);

                if (outcome != OUTCOME_OK)
                        return outcome;
                if (one != NULL && compare_case(run, one) != STATUS_OK)
                        return out_of_memory();
        } while (one != NULL && !run->stopped);
        return run->stopped ? OUTCOME_REFUSED : OUTCOME_OK;
}

static enum outcome compare(struct run *run)
{
        enum outcome outcome;

        /* The last day on which something was true, unless a day was asked for. */
        if (run->diff->as_of == CIVIL_NONE)
                run->diff->as_of = docket_last_day(run->docket);
        if (run->diff->as_of == CIVIL_NONE) {
                complain("%s holds no event; --as-of DATE says which day is meant", run->diff->facts);
                return OUTCOME_REFUSED;
        }
        if (prepare(run) != STATUS_OK)
                return out_of_memory();
        if (!give_head(run))
                return OUTCOME_REFUSED;
        outcome = compare_all(run);
        if (outcome != OUTCOME_OK)
                return outcome;
        if (!give_tail(run) || comparison_end(run->diff->comparison) != OUTCOME_OK)
                return OUTCOME_REFUSED;
        return docket_refused(run->docket) > 0 ? OUTCOME_REFUSED : OUTCOME_OK;
}

enum outcome diff_file(struct diff *diff)
{
        struct run run = {.diff = diff};
        struct docket_sink sink = {.refused = say_refused, .context = &run};
        enum outcome outcome;

        arena_init(&run.whole, heap_grow, free);
        arena_init(&run.work, heap_grow, free);
        arena_init(&run.rows, heap_grow, free);
        wire_buffer_init(&run.line);
        outcome = docket_open(diff->before.ruleset, diff->facts, diff->facts, &sink, &run.docket);
        if (outcome == OUTCOME_OK)
                outcome = compare(&run);
        docket_close(run.docket);
        wire_buffer_fini(&run.line);
        arena_fini(&run.whole);
        arena_fini(&run.work);
        arena_fini(&run.rows);
        return outcome;
}
