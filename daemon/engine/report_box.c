/*
 * report_box - see report_box.h.
 */
#include "report_box.h"

#include <string.h>

#include "mappad/ensure.h"

/* What a side is about, in the upper half of its axis; the lower says which one. */
enum about {
        ABOUT_ATTRIBUTE = 1,
        ABOUT_FIELD,
        ABOUT_EVENT,
        ABOUT_RULE,
        ABOUT_OUTCOME,
        ABOUT_ROW,
        ABOUT_COLUMN,
        ABOUT_WORDS
};

/* Beside the name of an axis, of a set: what it holds one of; and all that it holds is among the values. */
#define AXIS_HOLDS UINT64_C(1)
#define AXIS_LACKS UINT64_C(2)
#define AXIS_SET (AXIS_HOLDS | AXIS_LACKS)

static uint64_t axis_of(enum about about, uint64_t which)
{
        return (uint64_t)about << 48 | which << 2;
}

/* FNV-1a, of numbers one after another. */
static uint64_t mix(uint64_t hash, uint64_t number)
{
        return (hash ^ number) * UINT64_C(1099511628211);
}

static void insert_side(struct box *box, size_t at, struct box_side side)
{
        if (box->side_count == BOX_SIDES_MAX) { /* such a box is like no other */
                box->population = mix(mix(box->population, side.axis), side.values);
                return;
        }
        memmove(&box->sides[at + 1], &box->sides[at], (box->side_count - at) * sizeof *box->sides);
        box->sides[at] = side;
        box->side_count++;
}

static void remove_side(struct box *box, size_t at)
{
        box->side_count--;
        memmove(&box->sides[at], &box->sides[at + 1], (box->side_count - at) * sizeof *box->sides);
}

/* Narrows one side, which all others stay beside; sides are sorted by axis. */
static void narrow(struct box *box, uint64_t axis, uint64_t values)
{
        size_t at = 0;

        while (at < box->side_count && box->sides[at].axis < axis)
                at++;
        if (at < box->side_count && box->sides[at].axis == axis)
                box->sides[at].values &= values;
        else
                insert_side(box, at, (struct box_side){axis, values});
}

/* A set holds one of these as well as one of those: two sides, unless one of them says the other. They are sorted by
 * their values. */
static void narrow_holder(struct box *box, uint64_t axis, uint64_t values)
{
        size_t at = 0;

        while (at < box->side_count && box->sides[at].axis <= axis) {
                const struct box_side *side = &box->sides[at];

                if (side->axis == axis && (side->values & ~values) == 0)
                        return;
                if (side->axis == axis && (values & ~side->values) == 0)
                        remove_side(box, at);
                else
                        at++;
        }
        while (at > 0 && box->sides[at - 1].axis == axis && box->sides[at - 1].values > values)
                at--;
        insert_side(box, at, (struct box_side){axis, values});
}

/* A set holds nothing where it lacks all words, and something where it does not. */
static void narrow_set(struct box *box, uint64_t axis, uint64_t values, bool lacks)
{
        if (values == VALUE_UNSET) {
                values = ~values;
                lacks = !lacks;
        }
        if (lacks)
                narrow(box, axis | AXIS_LACKS, ~values);
        else
                narrow_holder(box, axis | AXIS_HOLDS, values);
}

/* A condition that is no plain list of values: a side of its own, by its words. */
static void narrow_by_words(struct box *box, struct condition condition, uint64_t hash)
{
        for (size_t i = 0; i < condition.count; i++)
                hash = mix(mix(hash, condition.terms[i].subject), condition.terms[i].mask);
        narrow(box, axis_of(ABOUT_WORDS, hash & UINT64_C(0x3fffffffffff)), 1);
}

/* One attribute is as asked, or is not. */
static void narrow_by_attribute(struct box *box, const struct vocabulary *vocabulary, struct term term, bool lacks)
{
        uint64_t axis = axis_of(ABOUT_ATTRIBUTE, term.subject);

        if (vocabulary->attributes[term.subject].kind == VALUE_SET)
                narrow_set(box, axis, term.mask, lacks);
        else
                narrow(box, axis, lacks ? ~term.mask : term.mask);
}

static void narrow_by_state(struct box *box, const struct vocabulary *vocabulary, struct condition when,
                            struct condition unless)
{
        for (size_t i = 0; i < when.count; i++)
                narrow_by_attribute(box, vocabulary, when.terms[i], false);
        if (unless.count == 1)
                narrow_by_attribute(box, vocabulary, unless.terms[0], true);
        else if (unless.count > 1)
                narrow_by_words(box, unless, 1);
}

static void narrow_by_fields(struct box *box, const struct vocabulary *vocabulary, struct condition where,
                             uint16_t event)
{
        for (size_t i = 0; i < where.count; i++) {
                struct term term = where.terms[i];
                uint64_t axis = axis_of(ABOUT_FIELD, (uint64_t)event << 16 | term.subject);

                if (vocabulary->events[event].fields[term.subject].kind == VALUE_SET)
                        narrow_set(box, axis, term.mask, false);
                else
                        narrow(box, axis, term.mask);
        }
}

/* Events of several types with conditions on their fields are no plain list: they are known by their words. */
static void narrow_by_events(struct box *box, const struct vocabulary *vocabulary, const struct report_table *table)
{
        uint64_t types = 0;

        for (size_t i = 0; i < table->event_count; i++) {
                types |= UINT64_C(1) << (table->events[i].event % 64);
                if (table->event_count > 1 && table->events[i].where.count > 0)
                        narrow_by_words(box, table->events[i].where, mix(2, table->events[i].event));
        }
        narrow(box, axis_of(ABOUT_EVENT, 0), types);
        if (table->event_count == 1)
                narrow_by_fields(box, vocabulary, table->events[0].where, table->events[0].event);
}

/* Whether one of the tables before the given one counts a rule. */
static bool counted_before(const struct report *report, size_t table, uint16_t rule)
{
        for (size_t t = 0; t < table; t++)
                for (size_t i = 0; i < report->tables[t].rule_count; i++)
                        if (report->tables[t].rules[i] == rule)
                                return true;
        return false;
}

/* Position of a rule among those that the report's tables count; it is one of them. The last of very many share one. */
static unsigned rule_place(const struct report *report, uint16_t rule)
{
        unsigned place = 0;

        for (size_t t = 0;; t++) {
                ENSURE(t < report->table_count);
                for (size_t i = 0; i < report->tables[t].rule_count; i++) {
                        if (report->tables[t].rules[i] == rule)
                                return place < 63 ? place : 63;
                        place += !counted_before(report, t, report->tables[t].rules[i]);
                }
        }
}

static uint64_t rules_of(const struct report *report, const struct report_table *table, uint64_t bits)
{
        uint64_t rules = 0;

        for (size_t i = 0; i < table->rule_count; i++)
                if (((bits >> i) & 1) != 0)
                        rules |= UINT64_C(1) << rule_place(report, table->rules[i]);
        return rules;
}

static void narrow_by_band(struct box *box, const struct vocabulary *vocabulary, const struct report *report,
                           const struct report_table *table, const struct report_band *band)
{
        uint16_t event = table->counts == REPORT_EVENTS ? table->events[0].event : table->explained.event;

        narrow_by_state(box, vocabulary, band->when, band->unless);
        narrow_by_fields(box, vocabulary, band->where, event);
        if (table->counts == REPORT_OBLIGATIONS) {
                narrow(box, axis_of(ABOUT_RULE, 0), rules_of(report, table, band->rules));
                narrow(box, axis_of(ABOUT_OUTCOME, 0), band->outcomes);
        }
        if (band->days_from > box->days_from)
                box->days_from = band->days_from;
        if (band->days_until < box->days_until)
                box->days_until = band->days_until;
}

/* A case that counts once makes of the cells a table of its own: its sums are those of the cells and count no one
 * thing. */
static struct box box_of_case(uint64_t population, struct report_cell cell, int32_t first, int32_t last)
{
        struct box box = {.population = mix(population, cell.table + 1u), .first = first, .last = last};

        narrow(&box, axis_of(ABOUT_ROW, 0), cell.row == REPORT_ALL ? UINT64_MAX : UINT64_C(1) << cell.row);
        narrow(&box, axis_of(ABOUT_COLUMN, 0), cell.column == REPORT_ALL ? UINT64_MAX : UINT64_C(1) << cell.column);
        return box;
}

struct box box_of(const struct vocabulary *vocabulary, const struct report *report, struct report_cell cell,
                  int32_t first, int32_t last)
{
        const struct report_table *table = &report->tables[cell.table];
        bool one_day =
                table->counts == REPORT_CASES_ON_DAY || (table->counts == REPORT_ITEMS_ON_DAY && !table->begun_within);
        int32_t day = !one_day ? 0 : table->first_day ? first : last;
        struct box box = {.adds_up = true, .days_from = INT32_MIN, .days_until = INT32_MAX};
        uint64_t population = mix(mix(mix(17, table->counts), table->eve), mix(table->item, (uint32_t)day));

        if (table->each_case)
                return box_of_case(population, cell, first, last);
        box.population = population;
        box.first = one_day ? 0 : first;
        box.last = one_day ? 0 : last;
        narrow_by_state(&box, vocabulary, table->when, table->unless);
        if (table->counts == REPORT_EVENTS)
                narrow_by_events(&box, vocabulary, table);
        if (table->counts == REPORT_OBLIGATIONS) {
                narrow(&box, axis_of(ABOUT_RULE, 0), rules_of(report, table, UINT64_MAX));
                narrow(&box, axis_of(ABOUT_OUTCOME, 0), table->outcomes);
        }
        if (cell.row != REPORT_ALL)
                narrow_by_band(&box, vocabulary, report, table, &table->rows[cell.row]);
        if (cell.column != REPORT_ALL)
                narrow_by_band(&box, vocabulary, report, table, &table->columns[cell.column]);
        return box;
}

/* ---- two boxes ---- */

bool box_same_but_days(const struct box *a, const struct box *b)
{
        if (a->population != b->population || a->days_from != b->days_from || a->days_until != b->days_until ||
            a->side_count != b->side_count)
                return false;
        for (size_t i = 0; i < a->side_count; i++)
                if (a->sides[i].axis != b->sides[i].axis || a->sides[i].values != b->sides[i].values)
                        return false;
        return true;
}

bool box_same(const struct box *a, const struct box *b)
{
        return a->first == b->first && a->last == b->last && box_same_but_days(a, b);
}

/* Compares spans; adds to *ways where the part is narrower. false: it is not inside. */
static bool span_within(int32_t from, int32_t until, int32_t part_from, int32_t part_until, size_t *ways)
{
        if (part_from < from || part_until > until)
                return false;
        *ways += part_from > from || part_until < until;
        return true;
}

/* Whether a box has the side, or one with some of its values alone. */
static bool has_side(const struct box *box, const struct box_side *wanted, bool exactly)
{
        for (size_t i = 0; i < box->side_count && box->sides[i].axis <= wanted->axis; i++) {
                const struct box_side *side = &box->sides[i];

                if (side->axis == wanted->axis &&
                    (exactly ? side->values == wanted->values : (side->values & ~wanted->values) == 0))
                        return true;
        }
        return false;
}

/* What the whole has no side for holds all values; both sides of a set are one way to be narrower. */
static bool sides_within(const struct box *whole, const struct box *part, size_t *ways, uint64_t *axis)
{
        uint64_t last = 0;

        for (size_t w = 0; w < whole->side_count; w++)
                if (!has_side(part, &whole->sides[w], false))
                        return false;
        for (size_t p = 0; p < part->side_count && *ways < 2; p++) {
                if (has_side(whole, &part->sides[p], true))
                        continue;
                *axis = part->sides[p].axis & ~AXIS_SET;
                if (box_axis_overlaps(part->sides[p].axis))
                        *axis |= AXIS_SET;
                *ways += *axis != last;
                last = *axis;
        }
        return true;
}

bool box_within(const struct box *whole, const struct box *part, uint64_t *ret_axis)
{
        uint64_t axis = 0;
        size_t ways = 0;

        if (whole->population != part->population ||
            !span_within(whole->first, whole->last, part->first, part->last, &ways))
                return false;
        axis = ways > 0 ? BOX_AXIS_TIME : axis;
        if (!span_within(whole->days_from, whole->days_until, part->days_from, part->days_until, &ways))
                return false;
        axis = axis == 0 && ways > 0 ? BOX_AXIS_DAYS : axis;
        if (!sides_within(whole, part, &ways, &axis) || ways != 1)
                return false;
        *ret_axis = axis;
        return true;
}

static uint64_t values_on(const struct box *box, uint64_t axis)
{
        for (size_t i = 0; i < box->side_count; i++)
                if (box->sides[i].axis == axis)
                        return box->sides[i].values;
        return UINT64_MAX;
}

/* Whether a box holds, of a set, nothing but what the other lacks. */
static bool holds_lacking(const struct box *holder, const struct box *other, uint64_t set)
{
        uint64_t left = values_on(other, set | AXIS_LACKS);

        for (size_t i = 0; i < holder->side_count; i++)
                if (holder->sides[i].axis == (set | AXIS_HOLDS) && (holder->sides[i].values & left) == 0)
                        return true;
        return false;
}

bool box_axis_overlaps(uint64_t axis)
{
        return axis > BOX_AXIS_DAYS && (axis & AXIS_SET) != 0;
}

bool box_apart(const struct box *a, const struct box *b, uint64_t axis)
{
        if (axis == BOX_AXIS_TIME)
                return a->last < b->first || b->last < a->first;
        if (axis == BOX_AXIS_DAYS)
                return a->days_until < b->days_from || b->days_until < a->days_from;
        if (box_axis_overlaps(axis))
                return holds_lacking(a, b, axis & ~AXIS_SET) || holds_lacking(b, a, axis & ~AXIS_SET);
        return (values_on(a, axis) & values_on(b, axis)) == 0;
}
