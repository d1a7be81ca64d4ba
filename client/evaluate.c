/*
 * evaluate - obligations and stages of a file of events, without a daemon.
 *
 * Rules and events in, JSON lines out. A line that is refused is named on
 * standard error and the others count; the exit status tells that there was one.
 */
#include <stdlib.h>

#include "offline.h"
#include "output.h"

struct evaluation {
        struct offline offline;
        struct wire_buffer out;
        struct arena scratch;
        const char *case_ref; /* the case in hand */
        int32_t as_of;
        int64_t known_at;
        bool closed_too;
        bool stages;
};

static void print_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct evaluation *evaluation = context;
        wire_stage_write(&evaluation->out, evaluation->offline.ruleset, evaluation->case_ref, obligation, stage);
        wire_put_text(&evaluation->out, "\n");
}

static void print_obligation(void *context, const struct obligation *obligation)
{
        struct evaluation *evaluation = context;
        if (evaluation->stages) {
                ladder_stages(evaluation->offline.ruleset, obligation, evaluation->as_of, print_stage, evaluation);
                return;
        }
        wire_obligation_write(&evaluation->out, evaluation->offline.ruleset, evaluation->case_ref, obligation,
                              evaluation->as_of);
        wire_put_text(&evaluation->out, "\n");
}

static enum status derive_case(struct evaluation *evaluation, const struct roll_case *one)
{
        struct casefile casefile;
        arena_reset(&evaluation->scratch);
        evaluation->case_ref = one->ref;
        enum status status = casefile_stand(evaluation->offline.ruleset, one->records, one->count, evaluation->known_at,
                                            evaluation->as_of, &evaluation->scratch, &casefile);
        if (status != STATUS_OK)
                return status;
        if (evaluation->closed_too)
                return obligation_derive(evaluation->offline.ruleset, &casefile, evaluation->as_of,
                                         &evaluation->scratch, print_obligation, evaluation);
        return obligation_derive_open(evaluation->offline.ruleset, &casefile, evaluation->as_of, &evaluation->scratch,
                                      print_obligation, evaluation);
}

static enum outcome derive_all(struct evaluation *evaluation)
{
        for (;;) {
                const struct roll_case *one;
                enum outcome outcome = docket_next(evaluation->offline.docket, &one);
                if (outcome != OUTCOME_OK)
                        return outcome;
                if (one == NULL)
                        break;
                if (derive_case(evaluation, one) != STATUS_OK || evaluation->out.failed)
                        return out_of_memory();
                if (!output_drain(&evaluation->out, false))
                        return OUTCOME_REFUSED;
        }
        return output_drain(&evaluation->out, true) ? OUTCOME_OK : OUTCOME_REFUSED;
}

static enum outcome run(const struct arguments *arguments, bool stages)
{
        struct evaluation evaluation = {.stages = stages, .closed_too = arguments_has(arguments, "--all")};
        if (!offline_when(arguments, &evaluation.as_of, &evaluation.known_at))
                return OUTCOME_USAGE;
        arena_init(&evaluation.scratch, heap_grow, free);
        wire_buffer_init(&evaluation.out);
        enum outcome outcome = offline_load(&evaluation.offline, arguments, arguments->words[0]);
        if (outcome == OUTCOME_OK)
                outcome = derive_all(&evaluation);
        if (outcome == OUTCOME_OK && docket_refused(evaluation.offline.docket) > 0)
                outcome = OUTCOME_REFUSED;
        wire_buffer_fini(&evaluation.out);
        arena_fini(&evaluation.scratch);
        offline_fini(&evaluation.offline);
        return outcome;
}

static enum outcome run_evaluate(const struct arguments *arguments)
{
        return run(arguments, false);
}

static enum outcome run_stages(const struct arguments *arguments)
{
        return run(arguments, true);
}

#define QUESTION_OPTIONS                                                                                               \
        {"--rules", "DIR", "rules to use; may be repeated"}, {"--as-of", "DATE", "the day asked about"},               \
                {"--known-at", "INSTANT", "count only what was recorded by then"},                                     \
        {                                                                                                              \
                "--all", NULL, "closed obligations too"                                                                \
        }

const struct command evaluate_commands[] = {
        {"evaluate",
         "FILE.ndjson",
         "obligations that follow from a file of events",
         1,
         1,
         run_evaluate,
         {QUESTION_OPTIONS}},
        {"stages",
         "FILE.ndjson",
         "stages of the obligations of a file of events",
         1,
         1,
         run_stages,
         {QUESTION_OPTIONS}},
        {0},
};
