/*
 * evaluate - obligations and stages of a file of events, without a daemon.
 *
 * Rules and events in, JSON lines out. A line that is refused is named on
 * standard error and the others count; the exit status tells that there was one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "mappad/rulefile.h"
#include "output.h"
#include "roll.h"

struct evaluation {
        struct ruleset *ruleset;
        struct roll *roll;
        struct wire_buffer out;
        struct arena scratch;
        const char *path;     /* of the events, as messages name it */
        const char *case_ref; /* the case in hand */
        int32_t as_of;
        int64_t known_at;
        bool closed_too;
        bool stages;
        uint64_t refused;
};

static bool read_question(const struct arguments *arguments, struct evaluation *evaluation)
{
        const char *as_of = arguments_value(arguments, "--as-of");
        const char *known_at = arguments_value(arguments, "--known-at");
        if (arguments_value(arguments, "--rules") == NULL || as_of == NULL) {
                usage_error(arguments, "%s is missing", as_of == NULL ? "--as-of DATE" : "--rules DIR");
                return false;
        }
        if (!civil_parse(as_of, strlen(as_of), &evaluation->as_of)) {
                usage_error(arguments, "--as-of takes a date that exists, written YYYY-MM-DD, not \"%s\"", as_of);
                return false;
        }
        evaluation->known_at = INSTANT_LATEST;
        if (known_at != NULL && !wire_instant_parse(known_at, strlen(known_at), &evaluation->known_at)) {
                usage_error(arguments, "--known-at takes an instant such as 2026-03-30T07:30:00Z, not \"%s\"",
                            known_at);
                return false;
        }
        evaluation->closed_too = arguments_has(arguments, "--all");
        evaluation->path = strcmp(arguments->words[0], "-") == 0 ? "standard input" : arguments->words[0];
        return true;
}

static bool load_rules(const struct arguments *arguments, struct ruleset **ret_ruleset)
{
        struct diagnostics diagnostics;
        const char **paths = calloc(arguments->option_count, sizeof(*paths));
        size_t count = 0;
        if (paths == NULL)
                return out_of_memory() == OUTCOME_OK;
        for (const char *path; (path = arguments_nth(arguments, "--rules", count)) != NULL;)
                paths[count++] = path;
        diagnostics_init(&diagnostics);
        enum status status = rulefile_load(paths, count, &diagnostics, ret_ruleset);
        if (diagnostics.error_count > 0)
                diagnostics_print(&diagnostics, stderr);
        else if (status != STATUS_OK)
                complain("the rules could not be loaded: %s", status_phrase(status));
        diagnostics_fini(&diagnostics);
        free(paths);
        return status == STATUS_OK;
}

static void report_line(const struct evaluation *evaluation, uint64_t number, const struct wire_problem *problem)
{
        fprintf(stderr, "%s:%llu: refused: %s", evaluation->path, (unsigned long long)number, problem->message);
        if (problem->nearest != NULL)
                fprintf(stderr, "; did you mean \"%s\"?", problem->nearest);
        if (problem->field[0] != '\0')
                fprintf(stderr, " (%s)", problem->field);
        fputc('\n', stderr);
}

static void report_flags(const struct evaluation *evaluation, uint64_t number, const struct admission *admission)
{
        for (size_t i = 0; i < admission->flag_count; i++)
                fprintf(stderr, "%s:%llu: warning: %s: %s\n", evaluation->path, (unsigned long long)number,
                        admission->flags[i]->id, admission->flags[i]->says);
}

/* Every line of the file into the roll. */
static enum outcome read_events(struct evaluation *evaluation, const char *path)
{
        struct lines lines;
        const char *text;
        size_t length;
        enum status status = STATUS_OK;
        if (!lines_open(&lines, path)) {
                complain("%s: %s", evaluation->path, strerror(errno));
                return OUTCOME_REFUSED;
        }
        while (status == STATUS_OK && lines_next(&lines, &text, &length)) {
                enum roll_answer answer;
                struct wire_problem problem;
                struct admission admission;
                if (line_blank(text, length))
                        continue;
                status = roll_add(evaluation->roll, lines.number, text, length, &answer, &problem, &admission);
                if (status == STATUS_OK && answer == ROLL_REFUSED) {
                        report_line(evaluation, lines.number, &problem);
                        evaluation->refused++;
                } else if (status == STATUS_OK && answer == ROLL_ACCEPTED) {
                        report_flags(evaluation, lines.number, &admission);
                }
        }
        int error = lines.error;
        lines_close(&lines);
        if (status != STATUS_OK)
                return out_of_memory();
        if (error != 0) {
                complain("%s: %s", evaluation->path, strerror(error));
                return OUTCOME_REFUSED;
        }
        return OUTCOME_OK;
}

static void print_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct evaluation *evaluation = context;
        wire_stage_write(&evaluation->out, evaluation->ruleset, evaluation->case_ref, obligation, stage);
        wire_put_text(&evaluation->out, "\n");
}

static void print_obligation(void *context, const struct obligation *obligation)
{
        struct evaluation *evaluation = context;
        if (evaluation->stages) {
                ladder_stages(evaluation->ruleset, obligation, evaluation->as_of, print_stage, evaluation);
                return;
        }
        wire_obligation_write(&evaluation->out, evaluation->ruleset, evaluation->case_ref, obligation,
                              evaluation->as_of);
        wire_put_text(&evaluation->out, "\n");
}

static enum status derive_case(struct evaluation *evaluation, const struct roll_case *one)
{
        struct casefile casefile;
        arena_reset(&evaluation->scratch);
        evaluation->case_ref = one->ref;
        enum status status = casefile_stand(evaluation->ruleset, one->records, one->count, evaluation->known_at,
                                            evaluation->as_of, &evaluation->scratch, &casefile);
        if (status != STATUS_OK)
                return status;
        if (evaluation->stages || evaluation->closed_too)
                return obligation_derive(evaluation->ruleset, &casefile, evaluation->as_of, &evaluation->scratch,
                                         print_obligation, evaluation);
        return obligation_derive_open(evaluation->ruleset, &casefile, evaluation->as_of, &evaluation->scratch,
                                      print_obligation, evaluation);
}

static enum outcome derive_all(struct evaluation *evaluation)
{
        size_t count;
        struct roll_case *const *cases = roll_cases(evaluation->roll, &count);
        for (size_t i = 0; i < count; i++) {
                if (derive_case(evaluation, cases[i]) != STATUS_OK || evaluation->out.failed)
                        return out_of_memory();
                if (!output_drain(&evaluation->out, false))
                        return OUTCOME_REFUSED;
        }
        return output_drain(&evaluation->out, true) ? OUTCOME_OK : OUTCOME_REFUSED;
}

static enum outcome run(const struct arguments *arguments, bool stages)
{
        struct evaluation evaluation = {.stages = stages};
        enum outcome outcome = OUTCOME_REFUSED;
        if (!read_question(arguments, &evaluation))
                return OUTCOME_USAGE;
        arena_init(&evaluation.scratch, heap_grow, free);
        wire_buffer_init(&evaluation.out);
        if (!load_rules(arguments, &evaluation.ruleset))
                goto out;
        evaluation.roll = roll_new(evaluation.ruleset);
        outcome = evaluation.roll != NULL ? read_events(&evaluation, arguments->words[0]) : out_of_memory();
        if (outcome == OUTCOME_OK)
                outcome = derive_all(&evaluation);
        if (outcome == OUTCOME_OK && evaluation.refused > 0)
                outcome = OUTCOME_REFUSED;
out:
        wire_buffer_fini(&evaluation.out);
        arena_fini(&evaluation.scratch);
        roll_free(evaluation.roll);
        ruleset_free(evaluation.ruleset);
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
