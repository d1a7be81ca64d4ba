/*
 * trial - runs one test of rules (trial.h).
 *
 * The history goes through the same admission as a file of events
 * (trial_history.c); what is then owed on each day is held against what was
 * expected (trial_compare.c).
 */
#include "trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"
#include "trial_parts.h"

#define TEXT_SIZE 512

void trial_init(struct trial *trial, const struct ruleset *ruleset, struct coverage *coverage)
{
        *trial = (struct trial){.base = ruleset, .coverage = coverage};
        arena_init(&trial->arena, heap_grow, free);
        arena_init(&trial->scratch, heap_grow, free);
}

void trial_fini(struct trial *trial)
{
        suite_variant_free(trial->variant);
        arena_fini(&trial->arena);
        arena_fini(&trial->scratch);
        free(trial->owed);
}

/* ---- differences ---- */

__attribute__((format(printf, 2, 3))) const char *trial_keep(struct trial *trial, const char *format, ...)
{
        char text[TEXT_SIZE];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        const char *copy = arena_copy(&trial->arena, text, strlen(text));
        if (copy == NULL)
                trial->status = STATUS_NO_MEMORY;
        return copy;
}

struct difference *trial_differ(struct trial *trial, enum difference_kind kind, int line)
{
        struct difference *difference = arena_alloc(&trial->arena, sizeof(*difference));
        if (difference == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return NULL;
        }
        *difference = (struct difference){.kind = kind, .line = line, .on = CIVIL_NONE};
        *trial->tail = difference;
        trial->tail = &difference->next;
        return difference;
}

/* ---- days ---- */

/* The row of a period table that an obligation's period was read from, or -1. */
static int32_t period_row(struct trial *trial, const struct obligation *obligation)
{
        const struct rule_version *version = obligation->version;
        if (!version->period_is_table)
                return -1;
        const struct value *values =
                casefile_state(trial->ruleset, trial->casefile, obligation->item, obligation->started, &trial->scratch);
        if (values == NULL) {
                trial->status = STATUS_NO_MEMORY;
                return -1;
        }
        for (size_t i = 0; i < version->period_count; i++) {
                const struct period_row *row = &version->periods[i];
                if (obligation->started >= row->in_force_from && obligation->started <= row->in_force_until &&
                    condition_holds(row->when, values) && !condition_excludes(row->unless, values))
                        return (int32_t)i;
        }
        return -1;
}

void trial_note_coverage(struct trial *trial, const struct suite_expectation *expected,
                         const struct obligation *obligation)
{
        size_t version = (size_t)(obligation->version - trial->ruleset->rules[obligation->rule].versions);
        bool state = (expected->named >> SUITE_STATE & 1) != 0 &&
                     trial_field_agrees(trial, expected, obligation, SUITE_STATE);
        int32_t row = obligation->due != CIVIL_NONE ? period_row(trial, obligation) : -1;
        coverage_obligation(trial->coverage, obligation, version, state, row);
}

/* Rows of decision tables that decide on the day, for the case and each of its items. */
static void note_rows(struct trial *trial)
{
        size_t attributes = trial->ruleset->vocabulary.attribute_count;
        for (size_t i = 0; i <= trial->casefile->item_count; i++) {
                const struct item *item = i > 0 ? &trial->casefile->items[i - 1] : NULL;
                if (item != NULL && item->begins > trial->day->on)
                        continue;
                const int32_t *rows =
                        casefile_rows(trial->ruleset, trial->casefile, item, trial->day->on, &trial->scratch);
                if (rows == NULL) {
                        trial->status = STATUS_NO_MEMORY;
                        return;
                }
                for (size_t a = 0; a < attributes; a++)
                        coverage_row(trial->coverage, a, rows[a]);
        }
}

static bool compared(const struct suite_test *test, uint16_t rule)
{
        for (size_t i = 0; i < test->rule_count; i++)
                if (test->rules[i] == rule)
                        return true;
        return test->rule_count == 0;
}

static void take_obligation(void *context, const struct obligation *obligation)
{
        struct trial *trial = context;
        if (!compared(trial->test, obligation->rule) ||
            (trial->day->open_only && obligation_state_closed(obligation->state)))
                return;
        if (trial->owed_count == trial->owed_capacity) {
                size_t larger = trial->owed_capacity * 2 + 16;
                struct owed *moved = reallocarray(trial->owed, larger, sizeof(*moved));
                if (moved == NULL) {
                        trial->status = STATUS_NO_MEMORY;
                        return;
                }
                trial->owed = moved;
                trial->owed_capacity = larger;
        }
        trial->owed[trial->owed_count++] = (struct owed){*obligation, trial->case_ref, false};
}

static void derive_case(struct trial *trial, const struct roll_case *one, int64_t known_at)
{
        struct casefile *casefile = arena_alloc(&trial->scratch, sizeof(*casefile));
        enum status status = STATUS_NO_MEMORY;
        trial->case_ref = one->ref;
        if (casefile != NULL)
                status = casefile_stand(trial->ruleset, one->records, one->count, known_at, trial->day->on,
                                        &trial->scratch, casefile);
        trial->casefile = casefile;
        if (status == STATUS_OK)
                status = obligation_derive(trial->ruleset, casefile, trial->day->on, &trial->scratch, take_obligation,
                                           trial);
        if (status != STATUS_OK)
                trial->status = status;
        else if (trial->coverage != NULL)
                note_rows(trial);
}

static void run_day(struct trial *trial, struct roll *roll, const struct suite_day *day)
{
        int64_t known_at = INSTANT_LATEST;
        size_t count;
        struct roll_case *const *cases = roll_cases(roll, &count);
        trial->day = day;
        trial->owed_count = 0;
        arena_reset(&trial->scratch);
        if (day->known_at != NULL)
                ENSURE(trial_read_instant(day->known_at, true, &known_at));
        for (size_t i = 0; i < count && trial->status == STATUS_OK; i++)
                derive_case(trial, cases[i], known_at);
        if (trial->status == STATUS_OK)
                trial_compare_day(trial);
}

/* ---- one test ---- */

/* The rule set with the rules that the test enables; that of the test before, if they are the same. */
static enum status choose_ruleset(struct trial *trial, const struct suite_test *test)
{
        bool same = trial->variant != NULL && trial->enabled_count == test->enable_count &&
                    memcmp(trial->enabled, test->enable, test->enable_count * sizeof(*test->enable)) == 0;
        trial->ruleset = trial->base;
        if (test->enable_count == 0)
                return STATUS_OK;
        if (!same) {
                suite_variant_free(trial->variant);
                trial->variant = NULL;
                enum status status = suite_variant(trial->base, test->enable, test->enable_count, &trial->variant);
                if (status != STATUS_OK)
                        return status;
                trial->enabled = test->enable;
                trial->enabled_count = test->enable_count;
        }
        trial->ruleset = trial->variant;
        return STATUS_OK;
}

enum status trial_run(struct trial *trial, const struct suite_test *test)
{
        arena_reset(&trial->arena);
        trial->differences = NULL;
        trial->tail = &trial->differences;
        trial->test = test;
        trial->status = choose_ruleset(trial, test);
        if (trial->status != STATUS_OK)
                return trial->status;
        struct roll *roll = roll_new(trial->ruleset);
        if (roll == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < test->history_count && trial->status == STATUS_OK; i++)
                trial_admit_entry(trial, roll, i);
        for (size_t i = 0; i < test->day_count && trial->status == STATUS_OK; i++)
                run_day(trial, roll, &test->days[i]);
        roll_free(roll);
        return trial->status;
}
