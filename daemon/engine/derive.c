/*
 * derive - every obligation of a case as of a day (obligation.h).
 *
 * Builds the views that the rules look at (the case, and each item of a kind
 * that some rule is `per`), lets recurring rules settle what they inherit from
 * each other, and gives the answers rule by rule.
 */
#include "course.h"
#include "mappad/ensure.h"
#include "sequence.h"

/* A view, the rules that may have answers of it that are wanted, and its recurring series. */
struct outlook {
        struct view view;
        uint64_t *rules;             /* a set, as of the sieve; NULL: there is nothing to look at */
        struct every_series **every; /* by rule, NULL without; NULL: there are none at all */
};

struct derivation_run {
        const struct ruleset *ruleset;
        const struct casefile *casefile;
        struct outlet *outlet;
        struct outlook *outlooks; /* the case, then each item */
};

static bool is_wanted(const struct outlet *outlet, size_t index)
{
        return outlet->rules == NULL || outlet->rules[index];
}

/* Whether an open obligation of a rule is possible in a state, that of the last day. Of all rules that outlast nothing
 * open ones end when their version's conditions no longer hold. */
static bool may_be_open(const struct plan_rule *rule, const uint64_t *words)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (guard_holds(&rule->versions[i].open, words))
                        return true;
        return false;
}

/* Of a word of rules those that are wanted. */
static uint64_t wanted_of(const struct outlet *outlet, uint64_t rules, size_t word)
{
        for (uint64_t left = outlet->rules != NULL ? rules : 0; left != 0; left &= left - 1) {
                size_t bit = (size_t)__builtin_ctzll(left);
                if (!outlet->rules[word * 64 + bit])
                        rules &= ~RULE_BIT(bit);
        }
        return rules;
}

/* Of a word of rules those that may have something open, or that outlast their conditions. Of some the sieve told. */
static uint64_t open_of(const struct plan *plan, const struct view *view, uint64_t rules, size_t word)
{
        const uint64_t *now = view->segments[view->segment_count - 1].words;
        uint64_t known = plan->sieve.outlasting[word] | (view->item == NULL ? plan->sieve.told[word] : 0);
        for (uint64_t left = rules & ~known; left != 0; left &= left - 1) {
                size_t bit = (size_t)__builtin_ctzll(left);
                if (!may_be_open(&plan->rules[word * 64 + bit], now))
                        rules &= ~RULE_BIT(bit);
        }
        return rules;
}

/* Keeps of what the sieve lets through the rules that are wanted and, if nothing else is, may have something open. */
static void sift(const struct outlet *outlet, const struct outlook *outlook)
{
        const struct plan *plan = outlet->ruleset->plan;
        sieve_rules(&plan->sieve, &outlook->view, outlet->open_only, outlook->rules);
        for (size_t w = 0; w < plan->sieve.words; w++) {
                uint64_t rules = wanted_of(outlet, outlook->rules[w], w);
                outlook->rules[w] = outlet->open_only ? open_of(plan, &outlook->view, rules, w) : rules;
        }
}

/* Whether a rule, or one that may inherit from it, is among those that are asked. */
static bool is_needed(const struct plan *plan, const struct outlook *outlook, size_t index)
{
        const uint64_t *heirs = &plan->heirs[index * plan->sieve.words];
        for (size_t w = 0; w < plan->sieve.words; w++)
                if ((heirs[w] & outlook->rules[w]) != 0)
                        return true;
        return false;
}

/* Builds the recurring series. Where only open ones are wanted, a plain rule's is not looked at as a whole. */
static bool build_series(const struct derivation_run *run, struct outlook *outlook)
{
        const struct plan *plan = run->ruleset->plan;
        struct arena *arena = run->outlet->arena;
        size_t count = run->outlet->open_only ? plan->related_count : plan->recurring_count;
        for (size_t r = 0; r < count; r++) {
                uint16_t i = plan->recurring[r];
                struct course course;
                if (!is_needed(plan, outlook, i))
                        continue;
                if (outlook->every == NULL)
                        outlook->every = arena_array(arena, run->ruleset->rule_count, sizeof *outlook->every);
                if (outlook->every == NULL)
                        return false;
                if (!course_init(&course, &outlook->view, i, false, arena))
                        return false;
                if (!course.ever)
                        continue;
                outlook->every[i] = every_build(&course, arena);
                if (outlook->every[i] == NULL)
                        return false;
        }
        return outlook->every == NULL || every_resolve(outlook->every, plan, arena);
}

/* Whether some rule that is asked for is about the items of a kind. A disabled one has no answers, but its items are
 * looked at once more on the days on which something changes with them. */
static bool is_looked_at(const struct outlet *outlet, uint16_t kind)
{
        const struct plan *plan = outlet->ruleset->plan;
        const uint64_t *about = outlet->wants_wake ? plan->about : plan->sieve.kinds;
        for (size_t w = 0; w < plan->sieve.words; w++)
                for (uint64_t left = about[kind * plan->sieve.words + w]; left != 0; left &= left - 1)
                        if (is_wanted(outlet, w * 64 + (size_t)__builtin_ctzll(left)))
                                return true;
        return false;
}

static enum status outlook_build(const struct derivation_run *run, struct outlook *outlook, const struct item *item)
{
        const struct ruleset *ruleset = run->ruleset;
        struct arena *arena = run->outlet->arena;
        int32_t as_of = run->outlet->as_of;
        if (item != NULL && (item->begins > as_of || !is_looked_at(run->outlet, item->kind)))
                return STATUS_OK;
        enum status status = item == NULL ? view_build(ruleset, run->casefile, NULL, as_of, arena, &outlook->view)
                                          : view_build_item(&run->outlooks[0].view, item, as_of, arena, &outlook->view);
        if (status != STATUS_OK)
                return status;
        outlet_wake(run->outlet, outlook->view.next_change);
        if (outlook->view.segment_count == 0)
                return STATUS_OK;
        outlook->rules = arena_array(arena, ruleset->plan->sieve.words, sizeof *outlook->rules);
        if (outlook->rules == NULL)
                return STATUS_NO_MEMORY;
        sift(run->outlet, outlook);
        return build_series(run, outlook) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The answers of the clocks of a rule held over a view, but of the recurring ones. */
static bool answer_course(struct outlet *outlet, const struct course *course, unsigned clocks)
{
        if (!course->ever)
                return true;
        if ((clocks & CLOCK_BIT(CLOCK_WITHIN)) != 0)
                within_answer(outlet, course);
        if ((clocks & CLOCK_BIT(CLOCK_BY_DATE)) != 0)
                by_date_answer(outlet, course);
        if ((clocks & CLOCK_BIT(CLOCK_QUOTA)) != 0)
                quota_answer(outlet, course);
        return (clocks & CLOCK_BIT(CLOCK_BY_DAY)) == 0 || by_day_answer(outlet, course);
}

/* What is open of a plain rule; there is one clock, of three kinds. */
static bool answer_plain(struct outlet *outlet, const struct view *view, uint16_t index, unsigned clock)
{
        struct course course;
        if (!course_init(&course, view, index, true, outlet->arena))
                return false;
        if (clock == CLOCK_BIT(CLOCK_EVERY)) {
                ENSURE(course.ever); /* it applies on the last day */
                return every_answer_alone(outlet, &course);
        }
        if (!course.ever)
                return true;
        if (clock == CLOCK_BIT(CLOCK_WITHIN))
                within_answer(outlet, &course);
        else
                by_date_answer(outlet, &course);
        return true;
}

/* The answers of the recurring series, if there is one, then those of other clocks. */
static bool answer_clocks(struct outlet *outlet, const struct outlook *outlook, uint16_t index, unsigned clocks)
{
        struct course course;
        if (outlook->every != NULL && outlook->every[index] != NULL)
                every_answer(outlet, outlook->every[index]);
        if (clocks == CLOCK_BIT(CLOCK_EVERY))
                return true;
        return course_init(&course, &outlook->view, index, outlet->open_only, outlet->arena) &&
               answer_course(outlet, &course, clocks);
}

/* The answers of one clock come by started; those of several are put in that order. */
static bool answer_rule(struct outlet *outlet, const struct outlook *outlook, uint16_t index)
{
        const struct plan_rule *rule = &outlet->ruleset->plan->rules[index];
        struct sequence sequence;
        if (outlet->open_only && rule->plain)
                return answer_plain(outlet, &outlook->view, index, rule->clocks);
        if ((rule->clocks & (rule->clocks - 1)) == 0)
                return answer_clocks(outlet, outlook, index, rule->clocks);
        sequence_begin(&sequence, outlet);
        bool good = answer_clocks(outlet, outlook, index, rule->clocks);
        return sequence_end(&sequence) && good;
}

/* The answers of a rule of each item that it is about. */
static bool answer_items(struct derivation_run *run, uint16_t index)
{
        for (size_t i = 1; i <= run->casefile->item_count; i++) {
                const struct outlook *outlook = &run->outlooks[i];
                if (outlook->rules != NULL && (outlook->rules[RULE_WORD(index)] & RULE_BIT(index)) != 0 &&
                    !answer_rule(run->outlet, outlook, index))
                        return false;
        }
        return true;
}

/* The answers of a rule that may have some, of the case or of its items. */
static bool answer_everywhere(struct derivation_run *run, uint16_t index)
{
        if (run->ruleset->rules[index].per == VOCABULARY_NONE)
                return answer_rule(run->outlet, &run->outlooks[0], index);
        return answer_items(run, index);
}

/* Of a word of rules those that may have some answer, of the case or of its items. */
static uint64_t left_of(const struct derivation_run *run, size_t word)
{
        uint64_t left = 0;
        for (size_t i = 0; i <= run->casefile->item_count; i++)
                left |= run->outlooks[i].rules != NULL ? run->outlooks[i].rules[word] : 0;
        return left;
}

/* The answers of every rule that may have some. */
static bool answer_all(struct derivation_run *run)
{
        const struct plan *plan = run->ruleset->plan;
        const struct view *view = &run->outlooks[0].view;
        for (size_t w = 0; w < plan->sieve.words; w++) {
                uint64_t alone = run->outlet->open_only ? plan->alone[w] : 0;
                for (uint64_t left = left_of(run, w); left != 0; left &= left - 1) {
                        size_t bit = (size_t)__builtin_ctzll(left);
                        uint16_t index = (uint16_t)(w * 64 + bit);
                        bool good = (alone & RULE_BIT(bit)) != 0
                                            ? answer_plain(run->outlet, view, index, plan->rules[index].clocks)
                                            : answer_everywhere(run, index);
                        if (!good)
                                return false;
                }
        }
        return true;
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
        return answer_all(run) ? STATUS_OK : STATUS_NO_MEMORY;
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
                values[i] = state_value(view_state(&view, view.segment_count - 1), (uint16_t)i);
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
                                  ? state_row(view_state(&view, view.segment_count - 1), &derivation, (uint16_t)i)
                                  : -1;
        return rows;
}
