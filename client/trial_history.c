/*
 * trial_history - the events of a test, admitted one by one; refusals and
 * warnings against those that the test expects.
 */
#include <string.h>

#include "mappad/ensure.h"
#include "trial_parts.h"

/* A day alone means all that was recorded on it, UTC. */
bool trial_read_instant(const char *text, bool end_of_day, int64_t *ret_ms)
{
        int32_t day;
        if (wire_instant_parse(text, strlen(text), ret_ms))
                return true;
        if (!civil_parse(text, strlen(text), &day))
                return false;
        *ret_ms = ((int64_t)day + end_of_day) * INT64_C(86400000) - end_of_day;
        return true;
}

void trial_check_instants(const struct suite *suite, struct diagnostics *diagnostics)
{
        static const char phrase[] = "\"%s\" is no instant such as 2026-03-30T07:30:00Z, and no day that exists";
        int64_t ms;
        for (size_t i = 0; i < suite->test_count; i++) {
                const struct suite_test *test = &suite->tests[i];
                for (size_t j = 0; j < test->history_count; j++) {
                        const char *text = test->history[j].recorded_at;
                        if (text != NULL && !trial_read_instant(text, false, &ms))
                                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, test->file, test->history[j].line,
                                                phrase, text);
                }
                for (size_t j = 0; j < test->day_count; j++) {
                        const char *text = test->days[j].known_at;
                        if (text != NULL && !trial_read_instant(text, true, &ms))
                                diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, test->file, test->days[j].line, phrase,
                                                text);
                }
        }
}

/* ---- the history ---- */

static const struct suite_refusal *find_refusal(const struct suite_refusal *list, size_t count, size_t entry,
                                                const struct constraint *constraint)
{
        for (size_t i = 0; i < count; i++)
                if (list[i].entry == entry && (constraint == NULL || list[i].constraint == constraint))
                        return &list[i];
        return NULL;
}

static void entry_differs(struct trial *trial, int line, const char *field, const char *expected, const char *actual)
{
        struct difference *difference = trial_differ(trial, DIFFERENCE_ENTRY, line);
        if (difference == NULL)
                return;
        difference->field = field;
        difference->expected = expected;
        difference->actual = actual;
}

static void judge_refusal(struct trial *trial, size_t entry, const struct wire_problem *problem,
                          const struct admission *admission)
{
        const struct suite_test *test = trial->test;
        const struct suite_refusal *expected = find_refusal(test->refused, test->refused_count, entry, NULL);
        const struct constraint *constraint = strcmp(problem->code, "constraint") == 0 ? admission->constraint : NULL;
        const char *message = trial_keep(trial, "refused (%s): %s", problem->code, problem->message);
        trial->assertions++;
        if (expected == NULL) {
                entry_differs(trial, test->history[entry].line, NULL, "recorded", message);
                return;
        }
        if (expected->code != NULL && strcmp(expected->code, problem->code) != 0)
                entry_differs(trial, expected->line, NULL, trial_keep(trial, "refused (%s)", expected->code), message);
        else if (expected->constraint != NULL && expected->constraint != constraint)
                entry_differs(trial, expected->line, NULL, trial_keep(trial, "refused by %s", expected->constraint->id),
                              message);
        else if (expected->says != NULL && strstr(problem->message, expected->says) == NULL)
                entry_differs(trial, expected->line, NULL, trial_keep(trial, "refused, saying \"%s\"", expected->says),
                              message);
        else if (expected->constraint != NULL && trial->coverage != NULL)
                coverage_constraint(trial->coverage, constraint);
        for (size_t i = 0; i < test->flagged_count; i++)
                if (test->flagged[i].entry == entry)
                        entry_differs(trial, test->flagged[i].line, NULL, "recorded with a warning", message);
}

static void judge_admission(struct trial *trial, size_t entry, const struct admission *admission)
{
        const struct suite_test *test = trial->test;
        const struct suite_refusal *refused = find_refusal(test->refused, test->refused_count, entry, NULL);
        trial->assertions++;
        if (refused != NULL)
                entry_differs(trial, refused->line, NULL, "refused", "recorded");
        for (size_t i = 0; i < admission->flag_count; i++) {
                const struct constraint *constraint = admission->flags[i];
                const struct suite_refusal *flag = find_refusal(test->flagged, test->flagged_count, entry, constraint);
                trial->assertions++;
                if (flag == NULL)
                        entry_differs(trial, test->history[entry].line, NULL, "recorded without a warning",
                                      trial_keep(trial, "warned of (%s): %s", constraint->id, constraint->says));
                else if (flag->says != NULL && strstr(constraint->says, flag->says) == NULL)
                        entry_differs(trial, flag->line, NULL,
                                      trial_keep(trial, "warned of, saying \"%s\"", flag->says),
                                      trial_keep(trial, "warned of (%s): %s", constraint->id, constraint->says));
                else if (trial->coverage != NULL)
                        coverage_constraint(trial->coverage, constraint);
        }
        for (size_t i = 0; i < test->flagged_count; i++) {
                bool there = test->flagged[i].entry != entry;
                for (size_t j = 0; j < admission->flag_count; j++)
                        there |= admission->flags[j] == test->flagged[i].constraint;
                if (!there)
                        entry_differs(trial, test->flagged[i].line, NULL,
                                      trial_keep(trial, "warned of (%s)", test->flagged[i].constraint->id),
                                      "recorded without that warning");
        }
}

void trial_admit_entry(struct trial *trial, struct roll *roll, size_t entry)
{
        const struct suite_fact *fact = &trial->test->history[entry];
        struct wire_line line = {.is_retraction = fact->is_retraction,
                                 .case_ref = fact->case_ref,
                                 .record = fact->record,
                                 .id = fact->id,
                                 .force = fact->force,
                                 .target_id = fact->target_id,
                                 .why = fact->why};
        struct wire_problem problem;
        struct admission admission;
        enum roll_answer answer;
        line.record.fact.seq = entry + 1;
        line.record.recorded_at = INSTANT_ALWAYS;
        if (fact->recorded_at != NULL)
                ENSURE(trial_read_instant(fact->recorded_at, false, &line.record.recorded_at));
        trial->status = roll_add_line(roll, &line, &answer, &problem, &admission);
        if (trial->status != STATUS_OK)
                return;
        if (answer == ROLL_REFUSED)
                judge_refusal(trial, entry, &problem, &admission);
        else
                judge_admission(trial, entry, &admission);
}
