/*
 * check_tables - rows of decision tables and period tables that decide nothing:
 * hidden by one row before them, or by several together, or for a state that no
 * case comes into.
 */
#include "check.h"

#include "mappad/civil.h"

static const struct condition none = {NULL, 0};

bool check_covers(const struct condition *earlier, const struct condition *later)
{
        for (size_t i = 0; i < earlier->count; i++) {
                bool covered = false;

                for (size_t j = 0; j < later->count; j++)
                        covered |= later->terms[j].subject == earlier->terms[i].subject &&
                                   (later->terms[j].mask & ~earlier->terms[i].mask) == 0;
                if (!covered)
                        return false;
        }
        return true;
}

static bool hides(const struct reach_row *earlier, const struct reach_row *later)
{
        return earlier->certain && earlier->unless->count == 0 && earlier->from <= later->from &&
               earlier->until >= later->until && check_covers(earlier->when, later->when);
}

/* What a table is asked about: the case as it may be when it is asked. */
struct table {
        const struct reach_row *rows;
        size_t count;
        const struct condition *applies, *unless;
        const char *impossible; /* the sentence for a row whose state never comes */
};

static void check_table(struct check *check, const struct table *table)
{
        for (size_t i = 0; i < table->count; i++) {
                const struct reach_row *row = &table->rows[i];
                size_t j = 0;

                while (j < i && !hides(&table->rows[j], row))
                        j++;
                if (j < i)
                        check_warn(check, row->file, row->line, "this row is never reached: that on line %d fits first",
                                   table->rows[j].line);
                else if (!reach_row(check, row, 1, table->applies, table->unless))
                        check_warn(check, row->file, row->line, "%s", table->impossible);
                else if (!reach_row(check, table->rows, i + 1, table->applies, table->unless))
                        check_warn(check, row->file, row->line, "this row is never reached: those before it fit first");
                else if (row->unless->count > 0 && !reach_possible(check, row->when, &none, row->unless))
                        check_warn(check, row->file, row->line, "the \"unless\" of this row never excludes anything");
        }
}

static void check_derived(struct check *check, const struct attribute *attribute, struct reach_row *rows)
{
        struct table table = {rows, attribute->row_count, &none, &none,
                              "this row never fits: no case comes into that state"};

        for (size_t i = 0; i < attribute->row_count; i++) {
                const struct derived_row *row = &attribute->rows[i];

                rows[i] = (struct reach_row){
                        .when = &row->when,
                        .unless = &row->unless,
                        .date = row->threshold == THRESHOLD_NONE ? VOCABULARY_NONE : row->threshold_date,
                        .certain = row->threshold == THRESHOLD_NONE && row->count.event == VOCABULARY_NONE,
                        .from = row->in_force_from,
                        .until = row->in_force_until,
                        .file = row->file,
                        .line = row->line,
                };
        }
        check_table(check, &table);
}

static void check_periods(struct check *check, const struct rule_version *version, struct reach_row *rows)
{
        struct table table = {rows, version->period_count, &version->applies, &version->applies_unless,
                              "this row never fits while the rule applies"};

        for (size_t i = 0; i < version->period_count; i++) {
                const struct period_row *row = &version->periods[i];

                rows[i] = (struct reach_row){
                        .when = &row->when,
                        .unless = &row->unless,
                        .date = VOCABULARY_NONE,
                        .certain = true,
                        .from = row->in_force_from,
                        .until = row->in_force_until,
                        .file = row->file,
                        .line = row->line,
                };
        }
        check_table(check, &table);
}

/* The longest table of a rule set. */
static size_t longest(const struct ruleset *ruleset)
{
        size_t count = 0;

        for (size_t i = 0; i < ruleset->vocabulary.attribute_count; i++)
                if (ruleset->vocabulary.attributes[i].row_count > count)
                        count = ruleset->vocabulary.attributes[i].row_count;
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        if (ruleset->rules[i].versions[j].period_count > count)
                                count = ruleset->rules[i].versions[j].period_count;
        return count;
}

void check_tables(struct check *check)
{
        const struct ruleset *ruleset = check->ruleset;
        struct reach_row *rows = arena_array(&check->arena, longest(ruleset), sizeof(*rows));

        if (rows == NULL) {
                check->status = STATUS_NO_MEMORY;
                return;
        }
        for (size_t i = 0; i < ruleset->vocabulary.attribute_count; i++)
                check_derived(check, &ruleset->vocabulary.attributes[i], rows);
        for (size_t i = 0; i < ruleset->rule_count; i++)
                for (size_t j = 0; j < ruleset->rules[i].version_count; j++)
                        if (ruleset->rules[i].versions[j].period_is_table)
                                check_periods(check, &ruleset->rules[i].versions[j], rows);
}
