/*
 * generate - which boundary tests a rule needs (generate.h).
 *
 * One history that makes the rule apply is found; every test is that history
 * moved to another day, with an event more where one is met or paused. What the
 * tests expect is what the engine answers, which the file says at its head.
 */
#include "generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate_parts.h"
#include "mappad/suite.h"
#include "offline.h"
#include "output.h"
#include "roll.h"

#define LACK_SIZE 400
#define WINDOW_DAYS 1461 /* anchors looked through for a holiday: a cycle of leap years */
#define FIRST_YEAR 2022  /* of the tests, where the rule is in force then */
#define PAUSE_DAYS 10

/* The history as found, and the days it was found for. */
struct base {
        struct search *search;
        struct search_goal goal;
        const struct record *records;
        size_t count;
};

/* ---- scenarios ---- */

struct gathering {
        struct generation *generation;
        struct obligation *list;
        size_t count, capacity;
};

static void gather(void *context, const struct obligation *obligation)
{
        struct gathering *gathering = context;
        if (obligation->rule != gathering->generation->rule)
                return;
        if (gathering->count == gathering->capacity) {
                size_t larger = gathering->capacity * 2 + 8;
                struct obligation *list = arena_array(&gathering->generation->arena, larger, sizeof(*list));
                if (list == NULL) {
                        gathering->generation->failed = true;
                        return;
                }
                if (gathering->count > 0)
                        memcpy(list, gathering->list, gathering->count * sizeof(*list));
                gathering->list = list;
                gathering->capacity = larger;
        }
        gathering->list[gathering->count++] = *obligation;
}

struct obligation *generation_answers(struct generation *generation, const struct scenario *scenario, int32_t day,
                                      size_t *ret_count)
{
        struct gathering gathering = {.generation = generation};
        struct arena scratch;
        struct casefile *casefile = arena_alloc(&generation->arena, sizeof(*casefile));
        *ret_count = 0;
        arena_init(&scratch, heap_grow, free);
        if (casefile == NULL ||
            casefile_stand(generation->ruleset, scenario->records, scenario->count, INSTANT_LATEST, day,
                           &generation->arena, casefile) != STATUS_OK ||
            obligation_derive(generation->ruleset, casefile, day, &scratch, gather, &gathering) != STATUS_OK)
                generation->failed = true;
        arena_fini(&scratch);
        *ret_count = gathering.count;
        return gathering.list;
}

void scenario_ask(struct scenario *scenario, int32_t day)
{
        size_t at = 0;
        while (at < scenario->day_count && scenario->days[at] < day)
                at++;
        if (scenario->day_count == SCENARIO_DAYS_MAX || (at < scenario->day_count && scenario->days[at] == day))
                return;
        memmove(&scenario->days[at + 1], &scenario->days[at], (scenario->day_count - at) * sizeof(*scenario->days));
        scenario->days[at] = day;
        scenario->day_count++;
}

/* The history as found, moved to another day and, for a rule with a date, to another date. */
static bool move_base(struct generation *generation, const struct base *base, int32_t day, int32_t target,
                      struct scenario *scenario)
{
        const struct vocabulary *vocabulary = &generation->ruleset->vocabulary;
        scenario->count = base->count;
        scenario->day_count = 0;
        for (size_t i = 0; i < base->count; i++) {
                struct record *record = &scenario->records[i];
                size_t fields = vocabulary->events[base->records[i].fact.type].field_count;
                *record = base->records[i];
                record->fact.on = day;
                struct value *values = arena_array(&generation->arena, fields, sizeof(*values));
                if (values == NULL)
                        return !(generation->failed = true);
                for (size_t f = 0; f < fields; f++) {
                        values[f] = base->records[i].fact.fields[f];
                        if (values[f].bits == VALUE_UNSET || values[f].day == CIVIL_NONE)
                                continue;
                        values[f].day = base->goal.target != CIVIL_NONE && values[f].day == base->goal.target
                                                ? target
                                                : civil_add_days(values[f].day, day - base->goal.day);
                }
                record->fact.fields = fields > 0 ? values : NULL;
        }
        return true;
}

/* The answer that began last, by a day; false if there is none with a due date. */
static bool latest(struct generation *generation, const struct scenario *scenario, int32_t day,
                   struct obligation *ret_answer)
{
        size_t count;
        const struct obligation *answers = generation_answers(generation, scenario, day, &count);
        if (answers == NULL || count == 0 || answers[count - 1].due == CIVIL_NONE)
                return false;
        *ret_answer = answers[count - 1];
        return true;
}

static void name(struct scenario *scenario, const char *what, const char *which, int32_t day)
{
        char text[CIVIL_TEXT_SIZE];
        civil_format(day, text);
        snprintf(scenario->name, sizeof(scenario->name), "%s%s%s: %s", which, which[0] != '\0' ? ", " : "", text, what);
}

static void ask_around(struct scenario *scenario, const struct obligation *answer)
{
        if (answer->opens > answer->started) {
                scenario_ask(scenario, answer->opens - 1);
                scenario_ask(scenario, answer->opens);
        }
        if (answer->due - 1 >= answer->started)
                scenario_ask(scenario, answer->due - 1);
        scenario_ask(scenario, answer->due >= answer->started ? answer->due : answer->started);
        scenario_ask(scenario, civil_add_days(answer->due, 1) >= answer->started ? civil_add_days(answer->due, 1)
                                                                                 : answer->started);
}

/* Day before, day itself, day after: of one that nobody meets. */
static bool boundary(struct generation *generation, const struct base *base, const char *which, int32_t day,
                     int32_t target)
{
        struct scenario scenario;
        struct obligation answer;
        arena_reset(&generation->arena);
        if (!move_base(generation, base, day, target, &scenario) || !latest(generation, &scenario, day, &answer))
                return false;
        name(&scenario, "the day before, the day itself, the day after", which, target != CIVIL_NONE ? target : day);
        ask_around(&scenario, &answer);
        generation_write(generation, &scenario);
        return true;
}

/* Met on a day counted from the due date. */
static void closing(struct generation *generation, const struct base *base, const int32_t days[2], int32_t offset,
                    const char *what)
{
        struct scenario scenario;
        struct obligation answer;
        struct record *record;
        arena_reset(&generation->arena);
        if (!move_base(generation, base, days[0], days[1], &scenario) ||
            !latest(generation, &scenario, days[0], &answer))
                return;
        record = &scenario.records[scenario.count];
        record->fact.on = civil_add_days(answer.due, offset);
        if (record->fact.on < answer.started)
                return;
        if (search_met(base->search, scenario.records, scenario.count, record) != STATUS_OK)
                generation->failed = true;
        if (record->fact.seq == 0)
                return;
        scenario.count++;
        name(&scenario, what, "", days[1] != CIVIL_NONE ? days[1] : days[0]);
        scenario_ask(&scenario, record->fact.on);
        generation_write(generation, &scenario);
}

/* A pause that begins on a day counted from the start or from the due date, and lasts ten days. */
static void pausing(struct generation *generation, const struct base *base, int32_t day, bool from_due, int32_t offset)
{
        struct scenario scenario;
        struct obligation answer;
        char what[100];
        arena_reset(&generation->arena);
        if (!move_base(generation, base, day, CIVIL_NONE, &scenario) || !latest(generation, &scenario, day, &answer))
                return;
        int32_t begins = civil_add_days(from_due ? answer.due : answer.started, offset);
        for (int step = SEARCH_PAUSE; step <= SEARCH_RESUME; step++) {
                struct record *record = &scenario.records[scenario.count];
                record->fact.on = step == SEARCH_PAUSE ? begins : civil_add_days(begins, PAUSE_DAYS);
                if (search_step(base->search, scenario.records, scenario.count, (enum search_step)step, record) !=
                    STATUS_OK)
                        generation->failed = true;
                if (record->fact.seq == 0)
                        return;
                scenario.count++;
                scenario_ask(&scenario, record->fact.on);
        }
        scenario_ask(&scenario, civil_add_days(begins, PAUSE_DAYS - 1));
        snprintf(what, sizeof(what), "a pause of %d days from %s %s", PAUSE_DAYS,
                 offset == 0  ? "the very day"
                 : offset > 0 ? "the day after"
                              : "the day before",
                 from_due ? "it is due" : "it starts");
        name(&scenario, what, "", day);
        if (latest(generation, &scenario, civil_add_days(begins, PAUSE_DAYS), &answer) &&
            answer.due >= civil_add_days(begins, PAUSE_DAYS)) {
                scenario_ask(&scenario, answer.due);
                scenario_ask(&scenario, civil_add_days(answer.due, 1));
        }
        generation_write(generation, &scenario);
}

/* ---- days to try ---- */

static int32_t date(int year, int month, int day)
{
        int length = civil_month_length(year, month);
        return civil_from_date((struct civil){year, month, day < length ? day : length});
}

/* The year of the first tests: one in which the rule is in force. */
static int first_year(const struct rule_version *version)
{
        int from = civil_to_date(version->in_force_from).year, until = civil_to_date(version->in_force_until).year;
        if (from >= FIRST_YEAR)
                return from + 1;
        return until < FIRST_YEAR + 6 && until - 6 >= from ? until - 6 : FIRST_YEAR;
}

static int leap_year(int year)
{
        while (civil_month_length(year, 2) < 29)
                year++;
        return year;
}

/* A holiday beside another day that is not worked. */
static bool in_cluster(const struct calendar *calendar, int32_t day)
{
        return calendar_holiday(calendar, day) != NULL &&
               (!calendar_works(calendar, day - 1) || !calendar_works(calendar, day + 1));
}

/* ---- by clock ---- */

/* The first anchor whose due date falls into a cluster of holidays, or on any day not worked; CIVIL_NONE. */
static int32_t holiday_anchor(struct generation *generation, const struct base *base, int32_t from)
{
        const struct calendar *calendar = &generation->ruleset->calendar;
        struct scenario scenario;
        struct obligation answer;
        int32_t second_best = CIVIL_NONE;
        for (int32_t day = from; day < from + WINDOW_DAYS; day++) {
                arena_reset(&generation->arena);
                if (!move_base(generation, base, day, CIVIL_NONE, &scenario) ||
                    !latest(generation, &scenario, day, &answer))
                        continue;
                if (in_cluster(calendar, answer.due))
                        return day;
                if (second_best == CIVIL_NONE && !calendar_works(calendar, answer.due))
                        second_best = day;
        }
        return second_best;
}

static void generate_anchored(struct generation *generation, const struct base *base)
{
        int year = first_year(generation->version), leap = leap_year(year);
        int32_t ordinary[2] = {date(year, 3, 15), CIVIL_NONE};
        boundary(generation, base, "an ordinary day", ordinary[0], CIVIL_NONE);
        boundary(generation, base, "the end of a month of 31 days", date(year, 1, 31), CIVIL_NONE);
        boundary(generation, base, "the end of August", date(year, 8, 31), CIVIL_NONE);
        boundary(generation, base, "the end of a month of 30 days", date(year, 11, 30), CIVIL_NONE);
        boundary(generation, base, "the end of February", date(year, 2, 28), CIVIL_NONE);
        boundary(generation, base, "the leap day", date(leap, 2, 29), CIVIL_NONE);
        int32_t holiday = holiday_anchor(generation, base, date(year, 1, 1));
        if (holiday != CIVIL_NONE)
                boundary(generation, base, "due among days that are not worked", holiday, CIVIL_NONE);
        if (!generation->version->milestone) {
                closing(generation, base, ordinary, -1, "met on the day before it is due");
                closing(generation, base, ordinary, 0, "met on the day it is due");
                closing(generation, base, ordinary, 1, "met on the day after");
        }
        for (int offset = -1; generation->version->has_runs && offset <= 1; offset++) {
                if (offset >= 0)
                        pausing(generation, base, ordinary[0], false, offset);
                pausing(generation, base, ordinary[0], true, offset);
        }
}

/* A day well before the window of a date opens. */
static int32_t well_before(const struct generation *generation, int32_t target)
{
        const struct rule_version *version = generation->version;
        int32_t day = target;
        if (version->opens.count > 0)
                day = period_from(version->opens, &generation->ruleset->calendar, target);
        else if (version->lead.count > 0)
                day = period_from(version->lead, &generation->ruleset->calendar, target);
        return civil_add_days(day, -generation->ahead);
}

static void generate_dated(struct generation *generation, const struct base *base)
{
        const struct calendar *calendar = &generation->ruleset->calendar;
        int year = first_year(generation->version) + 1, leap = leap_year(year);
        struct {
                const char *which;
                int32_t target;
        } targets[] = {{"an ordinary date", date(year, 7, 13)},
                       {"the end of August", date(year, 8, 31)},
                       {"the end of a month of 31 days", date(year, 3, 31)},
                       {"the end of a month of 30 days", date(year, 9, 30)},
                       {"the end of February", date(year, 2, 28)},
                       {"the leap day", date(leap, 2, 29)},
                       {"a date among days that are not worked", CIVIL_NONE}};
        for (int32_t day = date(year, 1, 1); day < date(year + 4, 1, 1) && targets[6].target == CIVIL_NONE; day++)
                if (in_cluster(calendar, day))
                        targets[6].target = day;
        if (targets[6].target == CIVIL_NONE)
                targets[6].target = date(year, 1, 1) + 6 - (int32_t)civil_weekday(date(year, 1, 1));
        for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
                boundary(generation, base, targets[i].which, well_before(generation, targets[i].target),
                         targets[i].target);
        int32_t days[2] = {well_before(generation, targets[0].target), targets[0].target};
        if (generation->version->milestone)
                return;
        closing(generation, base, days, -1, "met on the day before it is due");
        closing(generation, base, days, 0, "met on the day it is due");
        closing(generation, base, days, 1, "met on the day after");
}

/* A duty of every year, or a quota: two runs of it, unmet, then met at the last moment and too late. */
static void generate_yearly(struct generation *generation, const struct base *base)
{
        struct scenario scenario;
        size_t count;
        arena_reset(&generation->arena);
        if (!move_base(generation, base, base->goal.day, CIVIL_NONE, &scenario))
                return;
        const struct obligation *answers =
                generation_answers(generation, &scenario, civil_add_days(base->goal.day, SEARCH_AHEAD), &count);
        struct obligation first[2];
        size_t kept = count < 2 ? count : 2;
        if (answers == NULL || kept == 0)
                return;
        memcpy(first, answers, kept * sizeof(*first));
        for (size_t i = 0; i < kept; i++) {
                scenario.day_count = 0;
                scenario_ask(&scenario, civil_add_days(first[i].started, -1));
                scenario_ask(&scenario, first[i].started);
                ask_around(&scenario, &first[i]);
                name(&scenario, "the day before, the day itself, the day after", "due", first[i].due);
                generation_write(generation, &scenario);
        }
        int32_t needed = generation->version->clock == CLOCK_QUOTA ? generation->version->quota : 1;
        for (int32_t late = 0; late <= 1 && !generation->version->milestone && needed < 60; late++) {
                scenario.count = base->count;
                scenario.day_count = 0;
                for (int32_t n = 0; n < needed; n++) {
                        struct record *record = &scenario.records[scenario.count];
                        record->fact.on = n + 1 < needed ? first[0].started : civil_add_days(first[0].due, late);
                        if (search_met(base->search, scenario.records, scenario.count, record) != STATUS_OK)
                                generation->failed = true;
                        if (record->fact.seq == 0)
                                return;
                        scenario.count++;
                }
                scenario_ask(&scenario, first[0].due);
                scenario_ask(&scenario, civil_add_days(first[0].due, 1));
                name(&scenario, late != 0 ? "met on the day after" : "met on the last day", "due", first[0].due);
                generation_write(generation, &scenario);
        }
}

static void generate_all(struct generation *generation, const struct base *base)
{
        generation_begin(generation);
        switch (generation->version->clock) {
        case CLOCK_EVERY:
        case CLOCK_WITHIN:
                generate_anchored(generation, base);
                break;
        case CLOCK_BY_DATE:
                generate_dated(generation, base);
                break;
        case CLOCK_BY_DAY:
        case CLOCK_QUOTA:
                generate_yearly(generation, base);
                break;
        }
        generation_end(generation);
}

/* ---- the command ---- */

/* A history that leads to the rule. A date may have to lie years ahead of the day on which it is recorded: a
 * constraint can refuse a shorter term. */
static enum status find_base(struct generation *generation, struct base *base)
{
        static const int32_t aheads[] = {60, 2200};
        bool dated = generation->version->clock == CLOCK_BY_DATE;
        int year = first_year(generation->version);
        enum status status = STATUS_OK;

        base->count = 0;
        for (size_t i = 0; status == STATUS_OK && base->count == 0 && i < (dated ? 2 : 1); i++) {
                search_free(base->search);
                generation->ahead = aheads[i];
                base->goal.day = date(year, 1, 3);
                if (dated) {
                        base->goal.target = date(year + 1, 7, 13);
                        base->goal.day = well_before(generation, base->goal.target);
                }
                base->search = search_new(&base->goal);
                status = base->search != NULL ? search_history(base->search, &base->records, &base->count)
                                              : STATUS_NO_MEMORY;
        }
        return status;
}

static enum outcome find_and_generate(struct generation *generation)
{
        struct base base = {.goal = {.ruleset = generation->ruleset,
                                     .rule = generation->rule,
                                     .version = generation->version,
                                     .target = CIVIL_NONE}};
        char lack[LACK_SIZE];
        enum status status = find_base(generation, &base);
        enum outcome outcome = OUTCOME_REFUSED;
        if (status == STATUS_OK && base.count > 0) {
                generate_all(generation, &base);
                if (!generation->failed)
                        outcome = output_drain(&generation->out, true) ? OUTCOME_OK : OUTCOME_REFUSED;
        } else if (status == STATUS_OK) {
                search_lack(base.search, lack, sizeof(lack));
                complain("no history was found that makes \"%s\" apply: %s",
                         generation->ruleset->rules[generation->rule].id, lack);
        }
        if (status != STATUS_OK || generation->failed || generation->out.failed)
                outcome = out_of_memory();
        search_free(base.search);
        return outcome;
}

enum outcome generate_tests(const struct ruleset *ruleset, const char *rule)
{
        struct generation generation = {.ruleset = ruleset, .rule = ruleset_rule(ruleset, rule)};
        struct ruleset *variant = NULL;
        if (generation.rule == VOCABULARY_NONE)
                return no_such_rule(ruleset, rule);
        const struct rule *meant = &ruleset->rules[generation.rule];
        for (size_t i = 0; i < meant->version_count; i++)
                generation.enabled_here |= !meant->versions[i].enabled;
        if (generation.enabled_here) {
                if (suite_variant(ruleset, &generation.rule, 1, &variant) != STATUS_OK)
                        return out_of_memory();
                generation.ruleset = variant;
        }
        meant = &generation.ruleset->rules[generation.rule];
        generation.version = &meant->versions[meant->version_count - 1];
        arena_init(&generation.arena, heap_grow, free);
        wire_buffer_init(&generation.out);
        enum outcome outcome = find_and_generate(&generation);
        wire_buffer_fini(&generation.out);
        arena_fini(&generation.arena);
        suite_variant_free(variant);
        return outcome;
}
