/*
 * derive - every obligation of a case as of a day (obligation.h).
 *
 * Builds the views that the rules look at (the case, and each item of a kind
 * that some rule is `per`), lets recurring rules settle what they inherit from
 * each other, and gives the answers rule by rule.
 */
#include "course.h"
#include "sequence.h"

/* A view and the recurring series over it, by rule index (NULL for other rules). */
struct outlook {
        struct view view;
        struct every_series **every;
        bool looked_at; /* some rule is about such a view and something exists */
};

struct derivation_run {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        struct outlet *outlet;
        struct outlook *outlooks; /* the case, then each item */
};

/* Whether an open obligation of a rule is possible. All but those of quotas and days of the year end when their
 * version's conditions no longer hold, so where closed ones are not wanted the last day alone decides. */
static bool may_be_open(const struct outlet *outlet, const struct view *view, uint16_t index)
{
        const struct rule *rule = &view->ruleset->rules[index];
        unsigned clocks = view->ruleset->plan->clocks[index];
        if (!outlet->open_only || (clocks & (CLOCK_BIT(CLOCK_QUOTA) | CLOCK_BIT(CLOCK_BY_DAY))) != 0)
                return true;
        struct state state = view->segments[view->segment_count - 1].state;
        for (size_t i = 0; i < rule->version_count; i++)
                if (state_fits(rule->versions[i].applies, rule->versions[i].applies_unless, state))
                        return true;
        return false;
}

/* Whether answers of a rule are asked for, or others take over days from it. */
static bool is_needed(const struct outlet *outlet, size_t index)
{
        return outlet->rules == NULL || outlet->rules[index] || outlet->ruleset->plan->followed[index];
}

static enum status outlook_build(struct derivation_run *run, struct outlook *outlook, const struct item *item)
{
        const struct ruleset *ruleset = run->ruleset;
        struct arena *arena = run->outlet->arena;
        uint16_t kind = item != NULL ? item->kind : VOCABULARY_NONE;
        if (item != NULL && (item->begins > run->outlet->as_of || !ruleset->plan->wanted[kind]))
                return STATUS_OK;
        enum status status = view_build(ruleset, run->casefile, item, run->outlet->as_of, arena, &outlook->view);
        if (status != STATUS_OK)
                return status;
        outlook->every = arena_array(arena, ruleset->rule_count, sizeof *outlook->every);
        if (outlook->every == NULL)
                return STATUS_NO_MEMORY;
        outlook->looked_at = outlook->view.segment_count > 0;
        outlet_wake(run->outlet, outlook->view.next_change);
        for (size_t r = 0; outlook->looked_at && r < ruleset->plan->recurring_count; r++) {
                uint16_t i = ruleset->plan->recurring[r];
                if (ruleset->rules[i].per != kind || !is_needed(run->outlet, i))
                        continue;
                if (!ruleset->plan->followed[i] && !may_be_open(run->outlet, &outlook->view, i))
                        continue;
                struct course course;
                if (!course_init(&course, &outlook->view, i, run->outlet->open_only, arena))
                        return STATUS_NO_MEMORY;
                if (!course.ever)
                        continue;
                outlook->every[i] = every_build(&course, arena);
                if (outlook->every[i] == NULL)
                        return STATUS_NO_MEMORY;
        }
        return outlook->looked_at && !every_resolve(outlook->every, ruleset->plan, arena) ? STATUS_NO_MEMORY
                                                                                          : STATUS_OK;
}

/* Whether a rule has a clock beside `every` whose answers are wanted. */
static bool answers_otherwise(const struct derivation_run *run, const struct outlook *outlook, uint16_t index)
{
        return (run->ruleset->plan->clocks[index] & ~CLOCK_BIT(CLOCK_EVERY)) != 0 &&
               may_be_open(run->outlet, &outlook->view, index);
}

/* The answers of the recurring series, if there is one, then those of other clocks if they are wanted. */
static bool answer_clocks(struct derivation_run *run, const struct outlook *outlook, uint16_t index, bool otherwise)
{
        unsigned clocks = run->ruleset->plan->clocks[index];
        struct course course;
        if (outlook->every[index] != NULL)
                every_answer(run->outlet, outlook->every[index]);
        if (!otherwise)
                return true;
        if (!course_init(&course, &outlook->view, index, run->outlet->open_only, run->outlet->arena))
                return false;
        if (!course.ever)
                return true;
        if ((clocks & CLOCK_BIT(CLOCK_WITHIN)) != 0)
                within_answer(run->outlet, &course);
        if ((clocks & CLOCK_BIT(CLOCK_BY_DATE)) != 0)
                by_date_answer(run->outlet, &course);
        if ((clocks & CLOCK_BIT(CLOCK_QUOTA)) != 0)
                quota_answer(run->outlet, &course);
        return (clocks & CLOCK_BIT(CLOCK_BY_DAY)) == 0 || by_day_answer(run->outlet, &course);
}

/* The answers of one clock come by started; those of several are put in that order. */
static bool answer_rule(struct derivation_run *run, const struct outlook *outlook, uint16_t index)
{
        unsigned clocks = run->ruleset->plan->clocks[index];
        struct sequence sequence;
        if (!outlook->looked_at)
                return true;
        bool otherwise = answers_otherwise(run, outlook, index);
        if (!otherwise && outlook->every[index] == NULL)
                return true;
        if ((clocks & (clocks - 1)) == 0)
                return answer_clocks(run, outlook, index, otherwise);
        sequence_begin(&sequence, run->outlet);
        bool good = answer_clocks(run, outlook, index, otherwise);
        return sequence_end(&sequence) && good;
}

/* The next day on which a version of a rule, or a row of its table, comes into or goes out of force. */
static void wake_at_boundary(struct derivation_run *run)
{
        const struct plan *plan = run->ruleset->plan;
        for (size_t i = 0; i < plan->boundary_count; i++)
                outlet_wake(run->outlet, plan->boundaries[i]);
}

static enum status run_all(struct derivation_run *run)
{
        const struct casefile *casefile = run->casefile;
        run->outlooks = arena_array(run->outlet->arena, casefile->item_count + 1, sizeof *run->outlooks);
        if (run->outlooks == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i <= casefile->item_count; i++) {
                enum status status = outlook_build(run, &run->outlooks[i], i > 0 ? &casefile->items[i - 1] : NULL);
                if (status != STATUS_OK)
                        return status;
        }
        if (run->outlet->wants_wake)
                wake_at_boundary(run);
        for (size_t r = 0; r < run->ruleset->plan->asked_count; r++) {
                uint16_t rule = run->ruleset->plan->asked[r], per = run->ruleset->rules[rule].per;
                if (run->outlet->rules != NULL && !run->outlet->rules[rule])
                        continue;
                for (size_t i = 0; i <= casefile->item_count; i++) {
                        uint16_t kind = i > 0 ? casefile->items[i - 1].kind : VOCABULARY_NONE;
                        if (kind == per && !answer_rule(run, &run->outlooks[i], rule))
                                return STATUS_NO_MEMORY;
                }
        }
        return STATUS_OK;
}

enum status derive_into(struct outlet *outlet, const struct casefile *casefile)
{
        struct derivation_run run = {.ruleset = outlet->ruleset, .casefile = casefile, .outlet = outlet};
        struct arena_mark mark = arena_mark(outlet->arena);
        enum status status = run_all(&run);
        arena_rewind(outlet->arena, mark);
        return status;
}

enum status obligation_derive(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                              struct arena *arena, obligation_fn sink, void *context)
{
        struct outlet outlet = {.ruleset = ruleset,
                                .as_of = as_of,
                                .arena = arena,
                                .sink = sink,
                                .context = context,
                                .wake = CIVIL_MAX + 1};
        return derive_into(&outlet, casefile);
}

enum status obligation_derive_open(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                                   struct arena *arena, obligation_fn sink, void *context)
{
        struct outlet outlet = {.ruleset = ruleset,
                                .as_of = as_of,
                                .arena = arena,
                                .sink = sink,
                                .context = context,
                                .open_only = true,
                                .wake = CIVIL_MAX + 1};
        return derive_into(&outlet, casefile);
}

enum status obligation_derive_some(const struct ruleset *ruleset, const struct casefile *casefile,
                                   const struct obligation_wish *wish, struct arena *arena, obligation_fn sink,
                                   void *context)
{
        struct outlet outlet = {.ruleset = ruleset,
                                .as_of = wish->as_of,
                                .arena = arena,
                                .sink = sink,
                                .context = context,
                                .open_only = wish->open_only,
                                .rules = wish->rules,
                                .wake = CIVIL_MAX + 1};
        return derive_into(&outlet, casefile);
}

enum status obligation_derive_wake(const struct ruleset *ruleset, const struct casefile *casefile, int32_t as_of,
                                   struct arena *arena, obligation_fn sink, void *context, int32_t *ret_wake)
{
        struct outlet outlet = {.ruleset = ruleset,
                                .as_of = as_of,
                                .arena = arena,
                                .sink = sink,
                                .context = context,
                                .wants_wake = true,
                                .wake = CIVIL_MAX + 1};
        enum status status = derive_into(&outlet, casefile);
        if (status == STATUS_OK)
                *ret_wake = outlet.wake > CIVIL_MAX ? CIVIL_NONE : outlet.wake;
        return status;
}

const struct value *casefile_state(const struct ruleset *ruleset, const struct casefile *casefile,
                                   const struct item *item, int32_t day, struct arena *arena)
{
        struct view view;
        size_t count = ruleset->vocabulary.attribute_count;
        struct value *values = arena_array(arena, count, sizeof *values);
        if (values == NULL || view_build(ruleset, casefile, item, day, arena, &view) != STATUS_OK)
                return NULL;
        for (size_t i = 0; i < count; i++) {
                values[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
                if (view.segment_count == 0)
                        continue;
                struct state state = view.segments[view.segment_count - 1].state;
                values[i] = (struct value){state.bits[i], state.days[i], NULL};
        }
        return values;
}

const int32_t *casefile_rows(const struct ruleset *ruleset, const struct casefile *casefile, const struct item *item,
                             int32_t day, struct arena *arena)
{
        struct view view;
        size_t count = ruleset->vocabulary.attribute_count, happened = 0;
        int32_t *rows = arena_array(arena, count, sizeof *rows);
        if (rows == NULL || view_build(ruleset, casefile, item, day, arena, &view) != STATUS_OK)
                return NULL;
        while (happened < casefile->fact_count && casefile->facts[happened].on <= day)
                happened++;
        struct derivation derivation = {
                .ruleset = ruleset, .item = item, .facts = casefile->facts, .fact_count = happened, .day = day};
        for (size_t i = 0; i < count; i++)
                rows[i] = view.segment_count > 0
                                  ? state_row(view.segments[view.segment_count - 1].state, &derivation, (uint16_t)i)
                                  : -1;
        return rows;
}
