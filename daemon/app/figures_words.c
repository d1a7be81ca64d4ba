/*
 * figures_words - the words of a report: its name and its inputs as they are asked
 * for, and the sentences about what does not come out. Its days: figures_period.c.
 */
#include <string.h>

#include "figures.h"
#include "query.h"

#define NAMES_MAX 64 /* candidates of a hint */

bool figures_report(const struct ruleset *ruleset, const char *name, const struct report **ret_report,
                    struct wire_problem *problem)
{
        const char *names[NAMES_MAX];
        uint16_t index = report_find(ruleset, name);
        size_t count = 0;

        if (index != VOCABULARY_NONE) {
                *ret_report = &ruleset->reports[index];
                return true;
        }
        for (; count < ruleset->report_count && count < NAMES_MAX; count++)
                names[count] = ruleset->reports[count].name;
        wire_problem_set(problem, "unknown-report", "report", "the rules declare no report \"%s\"", name);
        wire_problem_suggest(problem, name, names, count);
        return false;
}

/* ---- inputs ---- */

static bool input_take(const struct report *report, char *word, struct app_figures_input *inputs,
                       struct wire_problem *problem)
{
        const char *names[NAMES_MAX];
        char *colon = strchr(word, ':');
        uint64_t number = 0;
        size_t count = 0, length;

        if (colon != NULL)
                *colon = '\0';
        uint16_t index = report_input(report, word);
        if (index == VOCABULARY_NONE) {
                for (; count < report->input_count && count < NAMES_MAX; count++)
                        names[count] = report->inputs[count].name;
                wire_problem_set(problem, "unknown-value", "input", "the report \"%s\" has no input \"%s\"",
                                 report->name, word);
                wire_problem_suggest(problem, word, names, count);
                return false;
        }
        length = colon == NULL ? 0 : strlen(colon + 1);
        for (size_t i = 0; i < length && i < 16; i++)
                number = number * 10 + (uint64_t)(colon[1 + i] - '0');
        if (length == 0 || length > 12 || strspn(colon + 1, "0123456789") != length || number == 0) {
                wire_problem_set(problem, "bad-input", "input",
                                 "the input \"%s\" is a whole number of at most 12 digits, more than 0, such as 942000",
                                 word);
                return false;
        }
        if (inputs[index].given) {
                wire_problem_set(problem, "bad-input", "input", "the input \"%s\" is given twice", word);
                return false;
        }
        inputs[index] = (struct app_figures_input){true, number};
        return true;
}

bool figures_inputs(const struct report *report, const char *list, struct app_figures_input *inputs,
                    struct wire_problem *problem)
{
        char word[128];

        while (list != NULL && query_next_word(&list, word, sizeof word))
                if (!input_take(report, word, inputs, problem))
                        return false;
        return true;
}

/* ---- what does not come out ---- */

static void put_cell(const struct report *report, struct report_cell cell, struct wire_buffer *out)
{
        const struct report_table *table = &report->tables[cell.table];

        wire_put_text(out, table->name);
        if (cell.row != REPORT_ALL) {
                wire_put_text(out, " ");
                wire_put_text(out, table->rows[cell.row].name);
        }
        if (cell.column != REPORT_ALL) {
                wire_put_text(out, " ");
                wire_put_text(out, table->columns[cell.column].name);
        }
}

/* "the total of snapshot category-3" */
static void put_sum(const struct report *report, const struct report_problem *problem, struct wire_buffer *out)
{
        wire_put_text(out, "the total of ");
        put_cell(report, problem->cell, out);
        wire_put_text(out, " is ");
        wire_put_number(out, (int64_t)problem->found);
        wire_put_text(out, ", and its cells add up to ");
        wire_put_number(out, (int64_t)problem->expected);
}

static void put_more(const struct report *report, const struct report_problem *problem, struct wire_buffer *out)
{
        put_cell(report, problem->cell, out);
        wire_put_text(out, " is ");
        wire_put_number(out, (int64_t)problem->found);
        wire_put_text(out, ", more than the ");
        wire_put_number(out, (int64_t)problem->expected);
        wire_put_text(out, " of ");
        put_cell(report, problem->whole, out);
}

void app_figures_sentence(const struct report *report, const struct report_problem *problem, struct wire_buffer *out)
{
        switch (problem->fault) {
        case REPORT_FAULT_SUM:
                put_sum(report, problem, out);
                break;
        case REPORT_FAULT_OUTSIDE:
                put_cell(report, problem->cell, out);
                wire_put_text(out, " counts ");
                wire_put_number(out, (int64_t)problem->found);
                wire_put_text(out, " that are in no row and column of it");
                break;
        case REPORT_FAULT_NEVER:
                put_cell(report, problem->cell, out);
                wire_put_text(out, " is ");
                wire_put_number(out, (int64_t)problem->found);
                wire_put_text(out, ", and nobody can be in it");
                break;
        case REPORT_FAULT_PART:
                put_more(report, problem, out);
                wire_put_text(out, ", of which it is a part");
                break;
        case REPORT_FAULT_INVARIANT:
                wire_put_text(out, problem->invariant->name);
                wire_put_text(out, ": ");
                put_more(report, problem, out);
                wire_put_text(out, "; ");
                wire_put_text(out, problem->invariant->says);
                break;
        }
}
