/*
 * coverage - what of a rule set the tests reached (coverage.h).
 *
 * One mark for each thing there is to reach. What cannot be, as far as the
 * vocabulary tells, is not asked for; what a test file declares unreachable is
 * neither, unless a test reaches it.
 */
#include "coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"
#include "roll.h"

#define WHAT_SIZE 160

struct version_marks {
        bool reached;
        bool *stages;
        bool *rows;
        bool endings[OBLIGATION_STATE_COUNT];
};

struct coverage {
        const struct ruleset *ruleset;
        struct arena arena;
        struct version_marks **rules; /* by rule, then version */
        bool **tables;                /* by attribute, then row */
        bool *constraints;
};

static bool make_rule(struct coverage *coverage, size_t index)
{
        const struct rule *rule = &coverage->ruleset->rules[index];
        struct version_marks *marks = arena_array(&coverage->arena, rule->version_count, sizeof(*marks));
        coverage->rules[index] = marks;
        for (size_t i = 0; marks != NULL && i < rule->version_count; i++) {
                marks[i].stages = arena_array(&coverage->arena, rule->versions[i].stage_count, sizeof(bool));
                marks[i].rows = arena_array(&coverage->arena, rule->versions[i].period_count, sizeof(bool));
                if (marks[i].stages == NULL || marks[i].rows == NULL)
                        return false;
        }
        return marks != NULL;
}

struct coverage *coverage_new(const struct ruleset *ruleset)
{
        struct coverage *coverage = malloc(sizeof(*coverage));
        if (coverage == NULL)
                return NULL;
        *coverage = (struct coverage){.ruleset = ruleset};
        arena_init(&coverage->arena, heap_grow, free);
        size_t attributes = ruleset->vocabulary.attribute_count;
        coverage->rules = arena_array(&coverage->arena, ruleset->rule_count, sizeof(*coverage->rules));
        coverage->tables = arena_array(&coverage->arena, attributes, sizeof(*coverage->tables));
        coverage->constraints = arena_array(&coverage->arena, ruleset->constraint_count, sizeof(bool));
        bool room = coverage->rules != NULL && coverage->tables != NULL && coverage->constraints != NULL;
        for (size_t i = 0; room && i < ruleset->rule_count; i++)
                room = make_rule(coverage, i);
        for (size_t i = 0; room && i < attributes; i++) {
                coverage->tables[i] =
                        arena_array(&coverage->arena, ruleset->vocabulary.attributes[i].row_count, sizeof(bool));
                room = coverage->tables[i] != NULL;
        }
        if (room)
                return coverage;
        coverage_free(coverage);
        return NULL;
}

void coverage_free(struct coverage *coverage)
{
        if (coverage == NULL)
                return;
        arena_fini(&coverage->arena);
        free(coverage);
}

void coverage_obligation(struct coverage *coverage, const struct obligation *obligation, size_t version,
                         bool state_named, int32_t row)
{
        struct version_marks *marks = &coverage->rules[obligation->rule][version];
        marks->reached = true;
        if (state_named)
                marks->endings[obligation->state] = true;
        if (row >= 0)
                marks->rows[row] = true;
}

void coverage_stage(struct coverage *coverage, const struct obligation *obligation, size_t version,
                    const struct stage *stage)
{
        coverage->rules[obligation->rule][version].stages[stage - obligation->version->stages] = true;
}

void coverage_row(struct coverage *coverage, size_t attribute, int32_t row)
{
        if (row >= 0)
                coverage->tables[attribute][row] = true;
}

void coverage_constraint(struct coverage *coverage, const struct constraint *constraint)
{
        coverage->constraints[constraint - coverage->ruleset->constraints] = true;
}

/* ---- the report ---- */

struct report {
        const struct coverage *coverage;
        const struct suite *suite;
        coverage_gap_fn sink;
        void *context;
        struct coverage_sum *sum;
};

/* One thing there is to reach. */
struct goal {
        enum coverage_kind kind;
        bool reached;
        bool told; /* a greater gap was given already: this one is only counted */
        const char *file;
        int line;
        const char *subject;
        uint16_t rule; /* as in struct suite_exclusion */
        int state;
        const char *stage;
        uint16_t attribute;
        int32_t row;
};

static bool excludes(const struct suite_exclusion *exclusion, const struct goal *goal)
{
        if (goal->attribute != VOCABULARY_NONE)
                return exclusion->attribute == goal->attribute && exclusion->row == goal->row;
        if (exclusion->rule != goal->rule || exclusion->rule == VOCABULARY_NONE)
                return false;
        if (goal->kind == COVERAGE_ENDINGS)
                return exclusion->state == goal->state;
        return goal->kind == COVERAGE_STAGES && exclusion->stage != NULL && strcmp(exclusion->stage, goal->stage) == 0;
}

static const struct suite_exclusion *find_exclusion(const struct suite *suite, const struct goal *goal)
{
        for (size_t i = 0; i < suite->exclusion_count; i++)
                if (excludes(&suite->exclusions[i], goal))
                        return &suite->exclusions[i];
        return NULL;
}

static void describe(const struct goal *goal, char what[static WHAT_SIZE])
{
        switch (goal->kind) {
        case COVERAGE_RULES:
                snprintf(what, WHAT_SIZE, "the rule");
                return;
        case COVERAGE_VERSIONS:
                snprintf(what, WHAT_SIZE, "the version that stands here");
                return;
        case COVERAGE_STAGES:
                snprintf(what, WHAT_SIZE, "the stage \"%s\"", goal->stage);
                return;
        case COVERAGE_ENDINGS:
                snprintf(what, WHAT_SIZE, "the ending \"%s\"",
                         obligation_state_word((enum obligation_state)goal->state));
                return;
        case COVERAGE_PERIOD_ROWS:
                snprintf(what, WHAT_SIZE, "row %d of its periods", (int)goal->row);
                return;
        case COVERAGE_DECISION_ROWS:
                snprintf(what, WHAT_SIZE, "row %d of its table", (int)goal->row);
                return;
        case COVERAGE_CONSTRAINTS:
                snprintf(what, WHAT_SIZE, "the constraint");
                return;
        case COVERAGE_KIND_COUNT:
                break;
        }
        ENSURE(false);
}

static void count(struct report *report, const struct goal *goal)
{
        const struct suite_exclusion *exclusion = find_exclusion(report->suite, goal);
        char what[WHAT_SIZE];
        struct coverage_gap gap = {
                .file = goal->file, .line = goal->line, .subject = goal->subject, .kind = goal->kind, .what = what};
        if (exclusion != NULL && !goal->reached) {
                report->sum->excluded++;
                return;
        }
        describe(goal, what);
        report->sum->all[goal->kind]++;
        report->sum->covered[goal->kind] += goal->reached;
        if (exclusion != NULL) {
                gap.contradicted = true;
                gap.file = exclusion->file;
                gap.line = exclusion->line;
                report->sum->contradicted++;
                report->sink(report->context, &gap);
        } else if (!goal->reached && !goal->told) {
                report->sink(report->context, &gap);
        }
}

static void count_version(struct report *report, size_t index, size_t which, bool rule_reached)
{
        const struct rule *rule = &report->coverage->ruleset->rules[index];
        const struct rule_version *version = &rule->versions[which];
        const struct version_marks *marks = &report->coverage->rules[index][which];
        struct goal goal = {.kind = COVERAGE_VERSIONS,
                            .reached = marks->reached,
                            .told = !rule_reached,
                            .file = version->file,
                            .line = version->line,
                            .subject = rule->id,
                            .rule = (uint16_t)index,
                            .state = -1,
                            .attribute = VOCABULARY_NONE};
        count(report, &goal);
        goal.told = !marks->reached;
        for (size_t i = 0; i < version->stage_count; i++) {
                goal.kind = COVERAGE_STAGES;
                goal.stage = version->stages[i].at;
                goal.reached = marks->stages[i];
                goal.line = version->stages[i].line;
                count(report, &goal);
        }
        goal.line = version->line;
        for (int state = OBLIGATION_MET; state < OBLIGATION_STATE_COUNT; state++) {
                goal.kind = COVERAGE_ENDINGS;
                goal.state = state;
                goal.reached = marks->endings[state];
                if (goal.reached ||
                    suite_ending_possible(report->coverage->ruleset, version, (enum obligation_state)state))
                        count(report, &goal);
        }
        for (size_t i = 0; version->period_is_table && i < version->period_count; i++) {
                goal.kind = COVERAGE_PERIOD_ROWS;
                goal.row = (int32_t)i + 1;
                goal.reached = marks->rows[i];
                goal.line = version->periods[i].line;
                count(report, &goal);
        }
}

static void count_rule(struct report *report, size_t index)
{
        const struct rule *rule = &report->coverage->ruleset->rules[index];
        bool reached = false;
        for (size_t i = 0; i < rule->version_count; i++)
                reached |= report->coverage->rules[index][i].reached;
        struct goal goal = {.kind = COVERAGE_RULES,
                            .reached = reached,
                            .file = rule->versions[0].file,
                            .line = rule->versions[0].line,
                            .subject = rule->id,
                            .rule = (uint16_t)index,
                            .state = -1,
                            .attribute = VOCABULARY_NONE};
        count(report, &goal);
        for (size_t i = 0; i < rule->version_count; i++)
                count_version(report, index, i, reached);
}

static void count_table(struct report *report, size_t index)
{
        const struct attribute *attribute = &report->coverage->ruleset->vocabulary.attributes[index];
        for (size_t i = 0; i < attribute->row_count; i++) {
                struct goal goal = {.kind = COVERAGE_DECISION_ROWS,
                                    .reached = report->coverage->tables[index][i],
                                    .file = attribute->rows[i].file,
                                    .line = attribute->rows[i].line,
                                    .subject = attribute->name,
                                    .rule = VOCABULARY_NONE,
                                    .state = -1,
                                    .attribute = (uint16_t)index,
                                    .row = (int32_t)i + 1};
                count(report, &goal);
        }
}

static void count_constraint(struct report *report, size_t index)
{
        const struct constraint *constraint = &report->coverage->ruleset->constraints[index];
        struct goal goal = {.kind = COVERAGE_CONSTRAINTS,
                            .reached = report->coverage->constraints[index],
                            .file = constraint->file,
                            .line = constraint->line,
                            .subject = constraint->id,
                            .rule = VOCABULARY_NONE,
                            .state = -1,
                            .attribute = VOCABULARY_NONE};
        count(report, &goal);
}

void coverage_report(const struct coverage *coverage, const struct suite *suite, coverage_gap_fn sink, void *context,
                     struct coverage_sum *ret_sum)
{
        struct report report = {coverage, suite, sink, context, ret_sum};
        *ret_sum = (struct coverage_sum){0};
        for (size_t i = 0; i < coverage->ruleset->rule_count; i++)
                count_rule(&report, i);
        for (size_t i = 0; i < coverage->ruleset->vocabulary.attribute_count; i++)
                count_table(&report, i);
        for (size_t i = 0; i < coverage->ruleset->constraint_count; i++)
                count_constraint(&report, i);
}

const char *coverage_kind_word(enum coverage_kind kind)
{
        static const char *const words[COVERAGE_KIND_COUNT] = {[COVERAGE_RULES] = "rules",
                                                               [COVERAGE_VERSIONS] = "versions",
                                                               [COVERAGE_STAGES] = "stages",
                                                               [COVERAGE_ENDINGS] = "endings",
                                                               [COVERAGE_PERIOD_ROWS] = "period rows",
                                                               [COVERAGE_DECISION_ROWS] = "decision rows",
                                                               [COVERAGE_CONSTRAINTS] = "constraints"};
        ENSURE(kind >= 0 && kind < COVERAGE_KIND_COUNT);
        return words[kind];
}

const char *coverage_kind_key(enum coverage_kind kind)
{
        switch (kind) {
        case COVERAGE_PERIOD_ROWS:
                return "period_rows";
        case COVERAGE_DECISION_ROWS:
                return "decision_rows";
        case COVERAGE_RULES:
        case COVERAGE_VERSIONS:
        case COVERAGE_STAGES:
        case COVERAGE_ENDINGS:
        case COVERAGE_CONSTRAINTS:
        case COVERAGE_KIND_COUNT:
                break;
        }
        return coverage_kind_word(kind);
}

unsigned int coverage_permille(const struct coverage_sum *sum)
{
        size_t covered = 0, all = 0;
        for (int i = 0; i < COVERAGE_KIND_COUNT; i++) {
                covered += sum->covered[i];
                all += sum->all[i];
        }
        return all == 0 ? 1000 : (unsigned int)(covered * 1000 / all);
}
