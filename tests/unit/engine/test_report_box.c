/*
 * What figures of reports count, as sets on paper: which are the same, which is a part of which, which have nothing in
 * common.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../daemon/engine/report_box.h"

/* Plain attributes, and a set after them; two events, the first with a plain field and a set. */
enum { PLAIN = BOX_SIDES_MAX + 1, MARKS = PLAIN };
enum { KIND, TAGS };
enum { MET, BROKE };
static const struct attribute attributes[] = {[MARKS] = {.kind = VALUE_SET}};
static const struct field met_fields[] = {[KIND] = {.kind = VALUE_ENUM}, [TAGS] = {.kind = VALUE_SET}};
static const struct field broke_fields[] = {[KIND] = {.kind = VALUE_ENUM}};
static const struct event_type events[] = {[MET] = {.fields = met_fields, .field_count = 2},
                                           [BROKE] = {.fields = broke_fields, .field_count = 1}};
static const struct vocabulary vocabulary = {
        .attributes = attributes, .attribute_count = MARKS + 1, .events = events, .event_count = 2};

#define A VALUE_BIT(0)
#define B VALUE_BIT(1)
#define C VALUE_BIT(2)

/* A condition of terms that last as long as the function they are written in. */
#define TERMS(...) ((const struct term[]){__VA_ARGS__})
#define ALL_OF(...) ((struct condition){TERMS(__VA_ARGS__), sizeof TERMS(__VA_ARGS__) / sizeof(struct term)})

static struct box box_of_table(struct report_table table)
{
        struct report report = {.tables = &table, .table_count = 1};

        return box_of(&vocabulary, &report, (struct report_cell){0, REPORT_ALL, REPORT_ALL}, 0, 364);
}

static struct box box_when(struct condition when)
{
        return box_of_table((struct report_table){.when = when});
}

static struct box box_unless(struct condition unless)
{
        return box_of_table((struct report_table){.unless = unless});
}

/* Those of a table that are in one of its rows. */
static struct box box_in_row(struct condition table_when, struct condition row_when)
{
        struct report_band row = {.when = row_when, .days_from = INT32_MIN, .days_until = INT32_MAX};
        struct report_table table = {.when = table_when, .rows = &row, .row_count = 1};
        struct report report = {.tables = &table, .table_count = 1};

        return box_of(&vocabulary, &report, (struct report_cell){0, 0, REPORT_ALL}, 0, 364);
}

static struct box everybody(void)
{
        return box_of_table((struct report_table){.title = "no condition at all"});
}

static void expect_same(struct box a, struct box b)
{
        assert_true(box_same(&a, &b) && box_same(&b, &a));
}

static void expect_different(struct box a, struct box b)
{
        assert_false(box_same(&a, &b) || box_same(&b, &a));
}

/* The way in which the part is narrower than the whole, which it has to be in one way alone. */
static uint64_t way_into(struct box whole, struct box part)
{
        uint64_t axis = 0;

        assert_true(box_within(&whole, &part, &axis));
        assert_false(box_within(&part, &whole, &axis));
        return axis;
}

static void expect_beside(struct box whole, struct box other)
{
        uint64_t axis;

        assert_false(box_within(&whole, &other, &axis));
}

/* Whether two parts of all are apart, along the way in which the first is narrower. */
static bool are_apart(struct box a, struct box b)
{
        uint64_t axis = way_into(everybody(), a);

        assert_int_equal(box_apart(&a, &b, axis), box_apart(&b, &a, axis));
        return box_apart(&a, &b, axis);
}

/* ---- plain values and sets ---- */

static void plain_values_are_apart_where_none_is_in_both(void **state)
{
        struct box a = box_when(ALL_OF({0, A})), b = box_when(ALL_OF({0, B})), not_a = box_unless(ALL_OF({0, A}));
        struct box a_or_b = box_when(ALL_OF({0, A | B})), other = box_when(ALL_OF({1, A}));

        (void)state;
        assert_true(are_apart(a, b));
        assert_true(are_apart(a, not_a));
        assert_false(are_apart(a_or_b, b));
        assert_false(are_apart(a, other)); /* the other says nothing of it */
        assert_false(box_axis_overlaps(way_into(everybody(), a)));
        assert_int_equal(way_into(a_or_b, a), way_into(everybody(), a));
        expect_same(box_in_row(ALL_OF({0, A | B}), ALL_OF({0, B | C})), b);
        expect_beside(a, b);
        expect_beside(everybody(), box_when(ALL_OF({0, A}, {1, A}))); /* narrower in two ways */
}

/* Who has one of A and B and, besides, one of A, B and C has one of A and B, and that is all there is to it. */
static void of_two_sides_of_a_set_the_wider_says_nothing(void **state)
{
        struct condition narrow = ALL_OF({MARKS, A | B}), wide = ALL_OF({MARKS, A | B | C});

        (void)state;
        expect_same(box_in_row(narrow, wide), box_when(narrow));
        expect_same(box_in_row(wide, narrow), box_when(narrow));
        expect_same(box_in_row(narrow, narrow), box_when(narrow));
        way_into(box_when(wide), box_when(narrow));
}

/* Who has A may have B too: to have one of A and B and one of B and C is more than either, and is not to have B. The other
 * conditions stay where they are. */
static void a_set_may_hold_one_of_these_and_one_of_those(void **state)
{
        struct condition ab = ALL_OF({MARKS, A | B}, {0, A | B | C}), bc = ALL_OF({MARKS, B | C}, {0, A | B | C});
        struct box both = box_in_row(ab, bc);

        (void)state;
        expect_same(both, box_in_row(bc, ab));
        expect_same(both, box_when(ALL_OF({MARKS, B | C}, {0, A | B | C}, {MARKS, A | B})));
        expect_different(both, box_when(ALL_OF({MARKS, B}, {0, A | B | C})));
        assert_true(box_axis_overlaps(way_into(box_when(ab), both)));
        assert_true(box_axis_overlaps(way_into(box_when(bc), both)));
        way_into(both, box_when(ALL_OF({MARKS, B}, {0, A | B | C})));
        assert_false(are_apart(box_when(ALL_OF({MARKS, A})), box_when(ALL_OF({MARKS, B}))));
        /* C is narrower than the second and says nothing of the first */
        expect_same(box_in_row(ALL_OF({MARKS, A | B}, {MARKS, B | C}), ALL_OF({MARKS, C})),
                    box_when(ALL_OF({MARKS, C}, {MARKS, A | B})));
}

/* "unset" of a set: it holds none of all its words. Who lacks A has nothing in common with who holds no other. */
static void a_set_that_is_unset_lacks_every_word(void **state)
{
        struct condition none = ALL_OF({MARKS, VALUE_UNSET}), any = ALL_OF({MARKS, VALUE_ANY_SET});
        struct box a = box_when(ALL_OF({MARKS, A})), a_or_b = box_when(ALL_OF({MARKS, A | B}));
        struct box no_a = box_unless(ALL_OF({MARKS, A}));

        (void)state;
        expect_same(box_when(none), box_unless(any));
        expect_same(box_when(any), box_unless(none));
        expect_different(box_when(any), box_unless(any));
        assert_true(are_apart(box_when(none), a));
        assert_true(are_apart(box_when(none), box_when(any)));
        assert_true(are_apart(a, no_a));
        assert_false(are_apart(a_or_b, no_a)); /* with a B */
        assert_false(are_apart(box_when(none), no_a));
        way_into(no_a, box_when(none));
        way_into(box_when(any), a);
        /* who holds B and lacks A is narrower than all in one way: this set */
        assert_true(box_axis_overlaps(
                way_into(everybody(), box_of_table((struct report_table){.when = ALL_OF({MARKS, B}), .unless = ALL_OF({MARKS, A})}))));
}

/* ---- what is no list of values ---- */

/* Not both of two is no list of values of either: it is the same as itself, and may have to do with all else. */
static void an_exception_of_several_terms_is_known_by_its_words(void **state)
{
        struct box not_both = box_unless(ALL_OF({0, A}, {1, B})), again = box_unless(ALL_OF({0, A}, {1, B}));
        struct box others = box_unless(ALL_OF({0, A}, {1, C})), marks = box_unless(ALL_OF({MARKS, A}, {MARKS, B}));

        (void)state;
        expect_same(not_both, again);
        expect_different(not_both, others);
        expect_different(not_both, box_unless(ALL_OF({0, A})));
        assert_false(are_apart(not_both, others));
        assert_false(are_apart(not_both, box_when(ALL_OF({0, A}))));
        expect_beside(box_unless(ALL_OF({0, A})), not_both); /* it is wider */
        assert_false(are_apart(marks, box_unless(ALL_OF({MARKS, A}, {MARKS, C}))));
}

/* More conditions than a box has sides: such a one is compared whole, and is no part of anything else. */
static void a_box_of_too_many_sides_is_like_itself_alone(void **state)
{
        struct term terms[PLAIN], others[PLAIN];
        struct condition when = {terms, PLAIN}, other = {others, PLAIN}, fewer = {terms, BOX_SIDES_MAX};

        (void)state;
        for (uint16_t i = 0; i < PLAIN; i++)
                terms[i] = others[i] = (struct term){i, A | B};
        others[PLAIN - 1].mask = A;
        expect_same(box_when(when), box_when(when));
        expect_different(box_when(when), box_when(other));
        expect_beside(box_when(when), box_when(other)); /* though it is one */
        expect_beside(box_when(fewer), box_when(when));
        assert_int_equal(way_into(box_when((struct condition){terms, BOX_SIDES_MAX - 1}), box_when(fewer)),
                         way_into(everybody(), box_when(ALL_OF({BOX_SIDES_MAX - 1, A | B}))));
}

/* ---- events, their fields, their days ---- */

static struct box box_of_events(const struct event_match *matches, size_t count)
{
        return box_of_table((struct report_table){.counts = REPORT_EVENTS, .events = matches, .event_count = count});
}

static struct box box_of_meetings(struct condition where)
{
        struct event_match match = {MET, where};

        return box_of_events(&match, 1);
}

/* All events of one type, some of them, and those in a row of some. */
static void fields_of_one_event_narrow_as_attributes_do(void **state)
{
        struct box all = box_of_meetings((struct condition){NULL, 0}), tagged = box_of_meetings(ALL_OF({TAGS, A | B}));
        struct box untagged = box_of_meetings(ALL_OF({TAGS, VALUE_UNSET})), any = box_of_meetings(ALL_OF({TAGS, VALUE_ANY_SET}));
        struct report_band row = {.where = ALL_OF({TAGS, B | C}), .days_from = INT32_MIN, .days_until = INT32_MAX};
        struct event_match match = {MET, ALL_OF({TAGS, A | B})};
        struct report_table table = {.counts = REPORT_EVENTS, .events = &match, .event_count = 1, .rows = &row, .row_count = 1};
        struct report report = {.tables = &table, .table_count = 1};
        struct box in_row = box_of(&vocabulary, &report, (struct report_cell){0, 0, REPORT_ALL}, 0, 364);
        uint64_t axis = way_into(all, tagged);

        (void)state;
        assert_true(box_axis_overlaps(axis));
        assert_int_equal(way_into(tagged, in_row), axis);
        expect_same(in_row, box_of_meetings(ALL_OF({TAGS, B | C}, {TAGS, A | B})));
        assert_true(box_apart(&untagged, &tagged, axis) && box_apart(&any, &untagged, axis));
        assert_false(box_apart(&any, &tagged, axis));
        assert_false(box_axis_overlaps(way_into(all, box_of_meetings(ALL_OF({KIND, A})))));
        assert_int_not_equal(way_into(all, box_of_meetings(ALL_OF({KIND, A}))), axis);
}

/* Meetings of kind A and all breaches: what is asked of one type is not asked of the other. */
static void events_of_several_types_are_known_by_their_words(void **state)
{
        const struct event_match plain[] = {{MET, {NULL, 0}}, {BROKE, {NULL, 0}}};
        const struct event_match some[] = {{MET, ALL_OF({KIND, A})}, {BROKE, {NULL, 0}}};
        const struct event_match others[] = {{MET, {NULL, 0}}, {BROKE, ALL_OF({KIND, A})}};
        struct box all = box_of_events(plain, 2);

        (void)state;
        expect_same(box_of_events(some, 2), box_of_events(some, 2));
        expect_different(box_of_events(some, 2), box_of_events(others, 2));
        assert_int_not_equal(way_into(all, box_of_events(some, 2)), way_into(all, box_of_events(others, 2)));
        assert_int_equal(way_into(all, box_of_events(plain, 1)), way_into(all, box_of_events(&plain[1], 1)));
        /* the meetings of kind A are narrower in their type and in their kind */
        expect_beside(all, box_of_events(some, 1));
}

/* ---- obligations ---- */

enum { MANY = 2 * REPORT_RULES_MAX };

static struct report_table table_of_rules(const uint16_t *rules, size_t count, const struct report_band *rows, size_t row_count)
{
        return (struct report_table){.counts = REPORT_OBLIGATIONS, .rules = rules, .rule_count = count, .outcomes = UINT32_MAX,
                                     .rows = rows, .row_count = row_count};
}

static struct box box_of_rule(const struct report *report, uint16_t table, uint8_t row)
{
        return box_of(&vocabulary, report, (struct report_cell){table, row, REPORT_ALL}, 0, 364);
}

/*
 * The first table counts rules 0 to 63, the second 60 to 123: 60 to 63 are known from the first, so that 64 is the 65th.
 * Each of the first 63 has a place of its own; all after them share one, and are taken for the same.
 */
static void the_rules_of_two_tables_are_the_same_where_they_are_and_the_last_of_many_share_a_place(void **state)
{
        uint16_t rules[MANY];
        struct report_band first[] = {{.rules = 1, .outcomes = UINT32_MAX}, {.rules = UINT64_C(1) << 61, .outcomes = UINT32_MAX}};
        struct report_band second[] = {{.rules = 2, .outcomes = UINT32_MAX}, {.rules = 16, .outcomes = UINT32_MAX},
                                       {.rules = 32, .outcomes = UINT32_MAX}};
        struct report_table tables[] = {table_of_rules(rules, 64, first, 2), table_of_rules(rules + 60, 64, second, 3)};
        struct report report = {.tables = tables, .table_count = 2};

        (void)state;
        for (uint16_t i = 0; i < MANY; i++)
                rules[i] = i;
        expect_same(box_of_rule(&report, 0, 1), box_of_rule(&report, 1, 0)); /* both of rule 61 */
        expect_different(box_of_rule(&report, 0, 0), box_of_rule(&report, 0, 1));
        expect_different(box_of_rule(&report, 0, 1), box_of_rule(&report, 1, 1));
        expect_same(box_of_rule(&report, 1, 1), box_of_rule(&report, 1, 2)); /* of 64 and of 65 */
}

/* 40 rules, and 40 of which 38 are the same: 42 in all, each with a place of its own. */
static void a_rule_of_two_tables_takes_one_place(void **state)
{
        uint16_t rules[MANY];
        struct report_band rows[] = {{.rules = UINT64_C(1) << 38, .outcomes = UINT32_MAX},
                                     {.rules = UINT64_C(1) << 39, .outcomes = UINT32_MAX}};
        struct report_table tables[] = {table_of_rules(rules, 40, NULL, 0), table_of_rules(rules + 2, 40, rows, 2)};
        struct report report = {.tables = tables, .table_count = 2};

        (void)state;
        for (uint16_t i = 0; i < MANY; i++)
                rules[i] = i;
        expect_different(box_of_rule(&report, 1, 0), box_of_rule(&report, 1, 1));
}

/* How late something is, and the days of which it is, are ways to be narrower, too; together they are two. */
static void days_are_ways_to_be_narrower(void **state)
{
        struct report_band row = {.days_from = 1, .days_until = 27}, late = {.days_from = 28, .days_until = INT32_MAX};
        struct report_table table = {.counts = REPORT_CASES_WITHIN, .rows = &row, .row_count = 1, .columns = &late, .column_count = 1};
        struct report report = {.tables = &table, .table_count = 1};
        struct report_cell all = {0, REPORT_ALL, REPORT_ALL}, cell = {0, 0, REPORT_ALL}, other = {0, REPORT_ALL, 0};
        struct box year = box_of(&vocabulary, &report, all, 0, 364), next = box_of(&vocabulary, &report, all, 365, 729);
        struct box quarter = box_of(&vocabulary, &report, all, 0, 90), new = box_of(&vocabulary, &report, cell, 0, 364);
        struct box old = box_of(&vocabulary, &report, other, 0, 364), late_quarter = box_of(&vocabulary, &report, other, 0, 90);

        (void)state;
        assert_int_equal(way_into(year, quarter), BOX_AXIS_TIME);
        assert_int_equal(way_into(year, new), BOX_AXIS_DAYS);
        assert_int_equal(way_into(quarter, late_quarter), BOX_AXIS_DAYS);
        expect_beside(year, late_quarter);
        expect_beside(year, next);
        expect_beside(new, old);
        assert_true(box_apart(&new, &old, BOX_AXIS_DAYS) && box_apart(&old, &new, BOX_AXIS_DAYS));
        assert_false(box_apart(&year, &old, BOX_AXIS_DAYS));
        assert_true(box_apart(&year, &next, BOX_AXIS_TIME) && box_apart(&next, &quarter, BOX_AXIS_TIME));
        assert_false(box_apart(&year, &quarter, BOX_AXIS_TIME));
        assert_true(box_same_but_days(&year, &next) && box_same_but_days(&year, &quarter));
        assert_false(box_same_but_days(&year, &new) || box_same_but_days(&year, &old));
        assert_false(box_axis_overlaps(BOX_AXIS_TIME) || box_axis_overlaps(BOX_AXIS_DAYS));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(plain_values_are_apart_where_none_is_in_both),
                cmocka_unit_test(of_two_sides_of_a_set_the_wider_says_nothing),
                cmocka_unit_test(a_set_may_hold_one_of_these_and_one_of_those),
                cmocka_unit_test(a_set_that_is_unset_lacks_every_word),
                cmocka_unit_test(an_exception_of_several_terms_is_known_by_its_words),
                cmocka_unit_test(a_box_of_too_many_sides_is_like_itself_alone),
                cmocka_unit_test(fields_of_one_event_narrow_as_attributes_do),
                cmocka_unit_test(events_of_several_types_are_known_by_their_words),
                cmocka_unit_test(the_rules_of_two_tables_are_the_same_where_they_are_and_the_last_of_many_share_a_place),
                cmocka_unit_test(a_rule_of_two_tables_takes_one_place),
                cmocka_unit_test(days_are_ways_to_be_narrower),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
