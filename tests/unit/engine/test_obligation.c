/*
 * Obligations on dates from paper, under a law made up of the fewest words that
 * show each clock: a place that pauses, a level that decides, meetings that meet.
 * Wider comparison, feature by feature, is done against the independent
 * statement of the language in tests/oracle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/obligation.h"

enum { PLACE, LEVEL, PLANNED, CHAIR_DATE, ATTRIBUTES };
enum { MOVED, LEVELLED, MET, PLAN_SET, EVENTS };

static const char *const places[] = {"in", "out"};
static const char *const levels[] = {"2", "3"};
static const struct attribute attributes[ATTRIBUTES] = {
        [PLACE] = {.name = "place", .kind = VALUE_ENUM, .scope = VOCABULARY_NONE, .values = places, .value_count = 2},
        [LEVEL] = {.name = "level", .kind = VALUE_ENUM, .scope = VOCABULARY_NONE, .values = levels, .value_count = 2},
        [PLANNED] = {.name = "planned", .kind = VALUE_DATE, .scope = VOCABULARY_NONE},
        [CHAIR_DATE] = {.name = "chair-date", .kind = VALUE_DATE, .scope = VOCABULARY_NONE},
};
#define CARRIES(what, value_kind, words, n) \
        {.name = #what, .kind = value_kind, .attribute = what, .values = words, .value_count = n}
#define CARRIED(what) {.kind = EFFECT_SET, .attribute = what, .from_field = 0}
static const struct field moved_fields[] = {CARRIES(PLACE, VALUE_ENUM, places, 2)};
static const struct field level_fields[] = {CARRIES(LEVEL, VALUE_ENUM, levels, 2)};
static const struct field plan_fields[] = {CARRIES(PLANNED, VALUE_DATE, NULL, 0)};
static const struct field met_fields[] = {CARRIES(CHAIR_DATE, VALUE_DATE, NULL, 0)};
static const struct effect moved_effects[] = {CARRIED(PLACE)};
static const struct effect level_effects[] = {CARRIED(LEVEL)};
static const struct effect plan_effects[] = {CARRIED(PLANNED)};
static const struct effect met_effects[] = {
        {.kind = EFFECT_CLEAR, .attribute = CHAIR_DATE, .from_field = VOCABULARY_NONE}, CARRIED(CHAIR_DATE)};
#define EVENT(word, what, n) \
        {.name = word, .item_kind = VOCABULARY_NONE, .fields = what##_fields, .field_count = 1, \
         .effects = what##_effects, .effect_count = n}
static const struct event_type events[EVENTS] = {
        [MOVED] = EVENT("moved", moved, 1),
        [LEVELLED] = EVENT("levelled", level, 1),
        [MET] = EVENT("met", met, 2),
        [PLAN_SET] = EVENT("plan-set", plan, 1),
};

static const struct term out_term = {PLACE, VALUE_BIT(1)};
static const struct term in_term = {PLACE, VALUE_BIT(0)};
static const struct term level2_term = {LEVEL, VALUE_BIT(0)};
static const struct term level3_term = {LEVEL, VALUE_BIT(1)};
static const struct event_match met_match = {MET, {NULL, 0}};
static const uint16_t follows_2[] = {1};
static const uint16_t follows_3[] = {0};

static struct period_row weeks16 = {.is = {16, PERIOD_WEEKS, PERIOD_AFTER}, .in_force_from = CIVIL_MIN, .in_force_until = CIVIL_MAX};
static struct period_row weeks8 = {.is = {8, PERIOD_WEEKS, PERIOD_AFTER}, .in_force_from = CIVIL_MIN, .in_force_until = CIVIL_MAX};

static struct rule_version versions[3];
static const struct rule rules[3] = {
        {.id = "a-level-2", .per = VOCABULARY_NONE, .versions = &versions[0], .version_count = 1},
        {.id = "b-level-3", .per = VOCABULARY_NONE, .versions = &versions[1], .version_count = 1},
        {.id = "c-planned", .per = VOCABULARY_NONE, .versions = &versions[2], .version_count = 1},
};
static struct ruleset ruleset;

static int32_t day(const char *text)
{
        int32_t number = CIVIL_NONE;
        assert_true(civil_parse(text, strlen(text), &number));
        return number;
}

static struct rule_version review(const struct term *level, struct period_row *row, const uint16_t *follows)
{
        return (struct rule_version){.title = "review", .enabled = true, .in_force_from = CIVIL_MIN,
                                     .in_force_until = CIVIL_MAX, .applies = {level, 1}, .has_runs = true,
                                     .runs = {&out_term, 1}, .clock = CLOCK_EVERY, .periods = row, .period_count = 1,
                                     .met_by = &met_match, .met_by_count = 1, .booked_by = VOCABULARY_NONE,
                                     .sooner = CHAIR_DATE, .follows = follows, .follow_count = 1};
}

static int setup(void **state)
{
        (void)state;
        versions[0] = review(&level2_term, &weeks16, follows_2);
        versions[1] = review(&level3_term, &weeks8, follows_3);
        versions[2] = (struct rule_version){.title = "planning", .enabled = true, .in_force_from = CIVIL_MIN,
                                            .in_force_until = CIVIL_MAX, .applies = {&in_term, 1},
                                            .clock = CLOCK_BY_DATE, .by_date = PLANNED,
                                            .opens = {6, PERIOD_MONTHS, PERIOD_BEFORE}, .met_by = &met_match,
                                            .met_by_count = 1, .booked_by = VOCABULARY_NONE,
                                            .sooner = VOCABULARY_NONE};
        ruleset = (struct ruleset){.vocabulary = {.attributes = attributes, .attribute_count = ATTRIBUTES,
                                                  .events = events, .event_count = EVENTS},
                                   .calendar = calendar_plain, .rules = rules, .rule_count = 3};
        arena_init(&ruleset.arena, malloc, free);
        assert_int_equal(ruleset_prepare(&ruleset), STATUS_OK);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        arena_fini(&ruleset.arena);
        return 0;
}

/* A line of a history: event, day, and the value its field carries ("" for none). */
struct line { uint16_t event; const char *on; const char *value; };

static struct value value_of(uint16_t event, const char *text)
{
        if (text[0] == '\0')
                return (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
        if (event == MOVED)
                return (struct value){VALUE_BIT(strcmp(text, "out") == 0), CIVIL_NONE, NULL};
        if (event == LEVELLED)
                return (struct value){VALUE_BIT(strcmp(text, "3") == 0), CIVIL_NONE, NULL};
        return (struct value){VALUE_BIT(0), day(text), NULL};
}

struct expected { const char *as_of, *rule, *state, *started, *due; int used, limit; };

struct answers { struct obligation list[32]; size_t count; };

static void keep(void *context, const struct obligation *obligation)
{
        struct answers *answers = context;
        assert_true(answers->count < 32);
        answers->list[answers->count++] = *obligation;
}

static void record_all(const struct line *lines, size_t count, struct record *records, struct value *values)
{
        memset(records, 0, count * sizeof *records);
        for (size_t i = 0; i < count; i++) {
                values[i] = value_of(lines[i].event, lines[i].value);
                records[i].fact = (struct fact){.type = lines[i].event, .on = day(lines[i].on), .fields = &values[i],
                                                .seq = i + 1};
                records[i].recorded_at = INSTANT_ALWAYS;
        }
}

static void derive(const struct line *lines, size_t count, int32_t as_of, struct answers *ret_answers)
{
        struct arena arena;
        struct record records[32];
        struct value values[32];
        struct casefile casefile;
        arena_init(&arena, malloc, free);
        record_all(lines, count, records, values);
        assert_int_equal(casefile_stand(&ruleset, records, count, INSTANT_LATEST, as_of, &arena, &casefile), STATUS_OK);
        ret_answers->count = 0;
        assert_int_equal(obligation_derive(&ruleset, &casefile, as_of, &arena, keep, ret_answers), STATUS_OK);
        arena_fini(&arena);
}

/* Checks that some obligation of a rule that started on a day is as expected. */
static void expect(const struct line *lines, size_t count, struct expected expected)
{
        struct answers answers;
        derive(lines, count, day(expected.as_of), &answers);
        for (size_t i = 0; i < answers.count; i++) {
                const struct obligation *o = &answers.list[i];
                if (strcmp(rules[o->rule].id, expected.rule) != 0 || o->started != day(expected.started))
                        continue;
                char due[CIVIL_TEXT_SIZE];
                civil_format(o->due, due);
                assert_string_equal(due, expected.due);
                assert_string_equal(obligation_state_word(o->state), expected.state);
                if (expected.used >= 0) {
                        assert_int_equal(o->used_days, expected.used);
                        assert_int_equal(o->limit_days, expected.limit);
                }
                return;
        }
        fail_msg("no obligation of %s started on %s", expected.rule, expected.started);
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Domain reference 4.6: held Mon 9 Jan 2023, recalled 20 Mar (day 70), released again 3 Apr. */
static const struct line recall[] = {{MOVED, "2022-11-01", "out"}, {LEVELLED, "2022-11-01", "2"}, {MET, "2023-01-09", ""},
                                     {MOVED, "2023-03-20", "in"}, {MOVED, "2023-04-03", "out"}};

static void a_stopped_clock_goes_on_where_it_stopped(void **state)
{
        (void)state;
        expect(recall, COUNT(recall), (struct expected){"2023-04-10", "a-level-2", "open", "2023-01-09", "2023-05-15", 77, 112});
}

static void a_carried_clock_never_stops(void **state)
{
        (void)state;
        versions[0].on_pause = PAUSE_CARRY;
        expect(recall, COUNT(recall), (struct expected){"2023-04-10", "a-level-2", "due-soon", "2023-01-09", "2023-05-01", 91, 112});
}

static void a_restarted_clock_begins_anew(void **state)
{
        (void)state;
        versions[0].on_pause = PAUSE_RESTART;
        expect(recall, COUNT(recall), (struct expected){"2023-04-10", "a-level-2", "open", "2023-01-09", "2023-07-24", 7, 112});
}

static void a_paused_clock_is_due_as_if_it_ran_again_tomorrow(void **state)
{
        (void)state;
        /* 69 running days are used up to Sun 19 Mar; 43 remain from Tue 28 Mar on. */
        expect(recall, COUNT(recall), (struct expected){"2023-03-27", "a-level-2", "paused", "2023-01-09", "2023-05-09", 69, 112});
}

/* Domain reference 4.7: level 2 to 3 is the earlier of the old date and change + 56 days; 3 to 2 is last meeting + 112. */
static void raising_a_level_never_postpones(void **state)
{
        (void)state;
        const struct line lines[] = {{MOVED, "2023-01-01", "out"}, {LEVELLED, "2023-01-01", "2"}, {MET, "2023-01-09", ""},
                                     {LEVELLED, "2023-04-24", "3"}};
        expect(lines, 4, (struct expected){"2023-04-24", "b-level-3", "due-soon", "2023-04-24", "2023-05-01", 105, 112});
}

static void raising_a_level_early_shortens(void **state)
{
        (void)state;
        const struct line lines[] = {{MOVED, "2023-01-01", "out"}, {LEVELLED, "2023-01-01", "2"}, {MET, "2023-01-09", ""},
                                     {LEVELLED, "2023-01-23", "3"}};
        expect(lines, 4, (struct expected){"2023-01-23", "b-level-3", "open", "2023-01-23", "2023-03-20", -1, -1});
}

static void lowering_a_level_counts_from_the_last_review(void **state)
{
        (void)state;
        const struct line lines[] = {{MOVED, "2023-01-01", "out"}, {LEVELLED, "2023-01-01", "3"}, {MET, "2023-01-09", ""},
                                     {LEVELLED, "2023-01-30", "2"}};
        expect(lines, 4, (struct expected){"2023-02-01", "a-level-2", "open", "2023-01-30", "2023-05-01", 23, 112});
}

static void a_chairs_earlier_date_is_the_due_date(void **state)
{
        (void)state;
        const struct line lines[] = {{MOVED, "2023-01-01", "out"}, {LEVELLED, "2023-01-01", "2"}, {MET, "2023-01-09", "2023-02-06"}};
        expect(lines, 3, (struct expected){"2023-02-07", "a-level-2", "overdue", "2023-01-09", "2023-02-06", 29, 28});
}

static void day_112_is_in_time_and_day_113_is_late(void **state)
{
        (void)state;
        const struct line in_time[] = {{MOVED, "2022-09-05", "out"}, {LEVELLED, "2022-09-05", "2"}, {MET, "2022-12-26", ""}};
        const struct line late[] = {{MOVED, "2022-09-05", "out"}, {LEVELLED, "2022-09-05", "2"}, {MET, "2022-12-27", ""}};
        expect(in_time, 3, (struct expected){"2022-12-31", "a-level-2", "met", "2022-09-05", "2022-12-26", 112, 112});
        expect(late, 3, (struct expected){"2022-12-31", "a-level-2", "met-late", "2022-09-05", "2022-12-26", 113, 112});
}

/* Domain reference 4.3. */
static void the_window_opens_six_months_before_release(void **state)
{
        (void)state;
        const struct line lines[] = {{MOVED, "2022-06-01", "in"}, {PLAN_SET, "2022-06-01", "2023-08-31"}};
        expect(lines, 2, (struct expected){"2023-02-27", "c-planned", "pending", "2022-06-01", "2023-08-31", -1, -1});
        expect(lines, 2, (struct expected){"2023-02-28", "c-planned", "open", "2022-06-01", "2023-08-31", -1, -1});
        expect(lines, 2, (struct expected){"2023-09-01", "c-planned", "overdue", "2022-06-01", "2023-08-31", -1, -1});
}

static void a_moved_release_date_moves_the_duty(void **state)
{
        (void)state;
        const struct line lines[] = {{MOVED, "2022-06-01", "in"}, {PLAN_SET, "2022-06-01", "2023-08-31"},
                                     {PLAN_SET, "2023-05-01", "2023-07-15"}, {MET, "2023-02-01", ""}};
        expect(lines, 4, (struct expected){"2023-05-02", "c-planned", "moved", "2022-06-01", "2023-08-31", -1, -1});
        expect(lines, 4, (struct expected){"2023-05-02", "c-planned", "met", "2023-05-01", "2023-07-15", -1, -1});
}

/* On the last day that there is it is still in time; a day on which it would be overdue never comes. */
static void nothing_changes_after_the_last_day(void **state)
{
        const struct line lines[] = {{MOVED, "9999-06-01", "in"}, {PLAN_SET, "9999-06-01", "9999-12-31"}};
        struct value values[2];
        struct record records[2];
        struct answers answers = {.count = 0};
        struct casefile casefile;
        struct arena arena;
        int32_t wake = 0;
        (void)state;
        expect(lines, 2, (struct expected){"9999-12-31", "c-planned", "due-soon", "9999-06-01", "9999-12-31", -1, -1});
        arena_init(&arena, malloc, free);
        record_all(lines, 2, records, values);
        assert_int_equal(casefile_stand(&ruleset, records, 2, INSTANT_LATEST, day("9999-12-10"), &arena, &casefile), STATUS_OK);
        assert_int_equal(obligation_derive_wake(&ruleset, &casefile, day("9999-12-10"), &arena, keep, &answers, &wake), STATUS_OK);
        assert_int_equal(wake, CIVIL_NONE);
        arena_fini(&arena);
}

/* ---- what is open, with closed ones and without ---- */

static struct period_row months6 = {.is = {6, PERIOD_MONTHS, PERIOD_AFTER}, .in_force_from = CIVIL_MIN, .in_force_until = CIVIL_MAX};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
        *seed = *seed * 1664525u + 1013904223u;
        return (*seed >> 8) % below;
}

/* Rules whose past matters to what is open, and rules for which it does not. */
static void choose_rules(uint32_t *seed)
{
        for (int i = 0; i < 2; i++) {
                versions[i].periods = draw(seed, 2) == 0 ? &weeks8 : &months6;
                versions[i].follow_count = draw(seed, 2);
                versions[i].has_runs = draw(seed, 2) == 0;
                versions[i].sooner = draw(seed, 2) == 0 ? CHAIR_DATE : VOCABULARY_NONE;
                versions[i].clock = draw(seed, 3) == 0 ? CLOCK_WITHIN : CLOCK_EVERY;
                versions[i].trigger = (enum trigger_kind)draw(seed, 3);
                versions[i].from = (struct event_match){(uint16_t)draw(seed, EVENTS), {NULL, 0}};
                versions[i].change = LEVEL;
                if (versions[i].clock == CLOCK_WITHIN)
                        versions[i].follow_count = 0;
        }
        versions[2].in_force_from = draw(seed, 3) == 0 ? day("2023-01-15") : CIVIL_MIN;
        assert_int_equal(ruleset_prepare(&ruleset), STATUS_OK);
}

/* Out of how many days: of few, many events share theirs. */
static size_t draw_history(uint32_t *seed, uint32_t days, struct record *records, struct value *values)
{
        size_t count = 1 + draw(seed, 14);
        for (size_t i = 0; i < count; i++) {
                uint16_t event = (uint16_t)draw(seed, EVENTS);
                values[i] = (struct value){VALUE_BIT(draw(seed, 2)), CIVIL_NONE, NULL};
                if (event == MET && draw(seed, 3) > 0)
                        values[i] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
                else if (event == MET || event == PLAN_SET)
                        values[i] = (struct value){VALUE_BIT(0), day("2022-06-01") + (int32_t)draw(seed, 700), NULL};
                records[i] = (struct record){.fact = {.type = event, .on = day("2022-06-01") + (int32_t)draw(seed, days),
                                                      .fields = &values[i], .seq = i + 1},
                                             .recorded_at = INSTANT_ALWAYS};
        }
        return count;
}

static void same_as_wished(const struct answers *all, const struct answers *open, const struct obligation_wish *wish)
{
        size_t n = 0;
        for (size_t i = 0; i < all->count; i++) {
                const struct obligation *a = &all->list[i], *b = &open->list[n];
                if (wish->open_only && obligation_state_closed(a->state))
                        continue;
                if (wish->rules != NULL && !wish->rules[a->rule])
                        continue;
                assert_true(n++ < open->count);
                assert_true(a->rule == b->rule && a->version == b->version && a->state == b->state &&
                            a->started == b->started && a->opens == b->opens && a->due == b->due &&
                            a->nominal == b->nominal && a->plan_by == b->plan_by && a->paused == b->paused &&
                            a->used_days == b->used_days && a->limit_days == b->limit_days && a->missing == b->missing &&
                            a->counting == b->counting && a->provisional == b->provisional &&
                            a->met_on == b->met_on && a->ended_on == b->ended_on);
        }
        assert_int_equal(n, open->count);
}

static void open_ones_and_those_of_some_rules_are_the_same_without_the_others(void **state)
{
        uint32_t seed = 20231106;
        (void)state;
        for (int round = 0; round < 3000; round++) {
                struct record records[16];
                struct value values[16];
                struct casefile casefile;
                struct answers all = {.count = 0}, open = {.count = 0}, some = {.count = 0};
                bool wished[16];
                struct arena arena;
                arena_init(&arena, malloc, free);
                if (round % 10 == 0)
                        choose_rules(&seed);
                size_t count = draw_history(&seed, round % 2 == 0 ? 500 : 30, records, values);
                int32_t as_of = day("2022-06-01") + (int32_t)draw(&seed, 700);
                assert_int_equal(casefile_stand(&ruleset, records, count, INSTANT_LATEST, as_of, &arena, &casefile), STATUS_OK);
                assert_int_equal(obligation_derive(&ruleset, &casefile, as_of, &arena, keep, &all), STATUS_OK);
                assert_int_equal(obligation_derive_open(&ruleset, &casefile, as_of, &arena, keep, &open), STATUS_OK);
                same_as_wished(&all, &open, &(struct obligation_wish){as_of, true, NULL});
                assert_true(ruleset.rule_count <= sizeof wished / sizeof *wished);
                for (size_t i = 0; i < ruleset.rule_count; i++)
                        wished[i] = draw(&seed, 2) == 1;
                const struct obligation_wish wish = {as_of, draw(&seed, 2) == 1, wished};
                assert_int_equal(obligation_derive_some(&ruleset, &casefile, &wish, &arena, keep, &some), STATUS_OK);
                same_as_wished(&all, &some, &wish);
                arena_fini(&arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(open_ones_and_those_of_some_rules_are_the_same_without_the_others, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_stopped_clock_goes_on_where_it_stopped, setup, teardown),
                cmocka_unit_test_setup_teardown(a_carried_clock_never_stops, setup, teardown),
                cmocka_unit_test_setup_teardown(a_restarted_clock_begins_anew, setup, teardown),
                cmocka_unit_test_setup_teardown(a_paused_clock_is_due_as_if_it_ran_again_tomorrow, setup, teardown),
                cmocka_unit_test_setup_teardown(raising_a_level_never_postpones, setup, teardown),
                cmocka_unit_test_setup_teardown(raising_a_level_early_shortens, setup, teardown),
                cmocka_unit_test_setup_teardown(lowering_a_level_counts_from_the_last_review, setup, teardown),
                cmocka_unit_test_setup_teardown(a_chairs_earlier_date_is_the_due_date, setup, teardown),
                cmocka_unit_test_setup_teardown(day_112_is_in_time_and_day_113_is_late, setup, teardown),
                cmocka_unit_test_setup_teardown(the_window_opens_six_months_before_release, setup, teardown),
                cmocka_unit_test_setup_teardown(a_moved_release_date_moves_the_duty, setup, teardown),
                cmocka_unit_test_setup_teardown(nothing_changes_after_the_last_day, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
