/*
 * Reports from their text to their figures: what each setting does, counted over
 * a few cases by hand. The corpus says what is refused; here it works, or there is
 * no memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../daemon/rulefile/build.h"
#include "mappad/civil.h"
#include "mappad/report.h"

/* Written with ' for ", which texts_ready turns into it. */
static const char words[] =
        "items = ( { name = 'task'; } );\n"
        "attributes = ( { name = 'level'; values = ['1', '2', '3']; }, "
        "{ name = 'place'; values = ['in', 'out']; }, "
        "{ name = 'task-state'; scope = 'task'; values = ['open', 'done']; } );\n"
        "events = ( { name = 'levelled'; fields = ( { name = 'level'; required = true; } ); },\n"
        "           { name = 'moved'; fields = ( { name = 'place'; required = true; } ); },\n"
        "           { name = 'breached'; fields = ( { name = 'result'; values = ['cautioned', 'convicted']; "
        "   } ); sets = { level = '1'; }; },\n"
        "           { name = 'met'; },\n"
        "           { name = 'task-set'; new-item = 'task'; sets = { task-state = 'open'; }; },\n"
        "           { name = 'task-done'; item = 'task'; sets = { task-state = 'done'; }; },\n"
        "           { name = 'said'; fields = ( { name = 'duty'; values = ['review']; required = true; }, "
        "   { name = 'cause'; values = ['ill', 'away']; } ); } );\n"
        "rules = ( { id = 'review'; title = 'Review'; source = 'Guidance'; basis = 'Often.'; strength = 'must';\n"
        "            applies = { level = ['2', '3']; }; every = '16 weeks after'; met-by = { event = 'met'; };\n"
        "            alerts = ( { at = 'overdue'; to = 'unit'; } ); } );\n";

#define LEVELS "rows = ( { name = 'two'; label = 'Two'; when = { level = '2'; }; }, " \
        "{ name = 'three'; label = 'Three'; when = { level = '3'; }; } ); "
enum { ON_LAST, ON_FIRST, WITHIN, BREACHES, BREACHED, BY_RESULT, REVIEWS, CAUSES, TASKS, TABLES };
static const char reports[] =
        "reports = ( { name = 'yearly'; title = 'Yearly'; source = 'Guidance'; basis = 'Once a year.'; "
        "   year-starts = '04-01'; suppress-below = 3;\n"
        "  inputs = ( { name = 'people'; label = 'People'; } ); notes = ( { name = 'a'; text = 'All of them.'; } );\n"
        "  tables = (\n"
        "  { name = 'on-last'; title = 'Last'; counts = 'cases-on-day'; when = { level = ['2', '3']; }; notes = 'a'; " LEVELS "},\n"
        "  { name = 'on-first'; title = 'First'; counts = 'cases-on-day'; on = 'first-day'; "
        "   when = { level = ['2', '3']; }; " LEVELS "},\n"
        "  { name = 'within'; title = 'Within'; counts = 'cases-within'; when = { level = ['2', '3']; }; " LEVELS
        "    columns = ( { name = 'out'; label = 'Out'; when = { place = 'out'; }; }, { name = 'other'; "
        "   label = 'Other'; unless = { place = 'out'; }; } ); },\n"
        "  { name = 'breaches'; title = 'Breaches'; counts = 'events'; events = { event = 'breached'; }; "
        "   state-of = 'eve'; when = { level = ['2', '3']; }; " LEVELS "},\n"
        "  { name = 'breached'; title = 'Who'; counts = 'events'; events = ( { event = 'breached'; } ); once-a-case = true; },\n"
        "  { name = 'by-result'; title = 'Result'; counts = 'events'; events = { event = 'breached'; }; totals = false;\n"
        "    rows = ( { name = 'all-of-them'; label = 'All'; }, { name = 'convicted'; label = 'Convicted'; "
        "   part-of = 'all-of-them'; where = { result = 'convicted'; }; } ); },\n"
        "  { name = 'reviews'; title = 'Reviews'; counts = 'obligations'; rules = 'review'; outcomes = ['met', 'met-late', 'overdue'];\n"
        "    columns = ( { name = 'in-time'; label = 'In time'; outcomes = 'met'; }, { name = 'not'; "
        "   label = 'Not'; outcomes = ['met-late', 'overdue']; }, "
        "   { name = 'median'; label = 'Median'; measure = 'median'; days = { from = 1; }; }, "
        "   { name = 'worst'; label = 'Worst'; measure = 'worst'; days = { from = 1; }; } ); },\n"
        "  { name = 'causes'; title = 'Causes'; counts = 'obligations'; rules = 'review'; outcomes = ['met-late', 'missed', 'overdue'];\n"
        "    explained = { event = 'said'; rule = 'duty'; };\n"
        "    columns = ( { name = 'ill'; label = 'Ill'; where = { cause = 'ill'; }; }, { name = 'away'; label = 'Away'; "
        "   where = { cause = 'away'; }; }, { name = 'none'; label = 'None'; where = { cause = 'unset'; }; } ); },\n"
        "  { name = 'tasks'; title = 'Tasks'; counts = 'items-on-day'; item = 'task'; when = { task-state = 'open'; };\n"
        "    columns = ( { name = 'new'; label = 'New'; days = { until = 27; }; }, { name = 'old'; label = 'Old'; "
        "   days = { from = 28; }; } ); } );\n"
        "  period = 'quarter'; trend-quarters = 4;\n"
        "  trends = ( { name = 'worst'; label = 'Worst'; of = { table = 'reviews'; column = 'worst'; }; },\n"
        "             { name = 'in-time'; label = 'In time'; of = { table = 'reviews'; column = 'in-time'; }; "
        "   over = { table = 'reviews'; }; per = 100; } );\n"
        "  rates = ( { name = 'share'; label = 'Share'; of = { table = 'reviews'; column = 'in-time'; }; "
        "   over = { table = 'reviews'; }; per = 100; },\n"
        "            { name = 'each'; label = 'Each'; of = { table = 'on-last'; }; input = 'people'; per = 1000; } );\n"
        "  invariants = ( { name = 'held'; says = 'so it is'; part = { table = 'on-last'; row = 'two'; }; "
        "   whole = { table = 'within'; row = 'two'; }; } ); } );\n";

/* Of orders, each with duties and excuses of its own, and of plans that are made at a level. */
static const char order_words[] =
        "items = ( { name = 'order'; }, { name = 'badge'; } );\n"
        "attributes = ( { name = 'release'; type = 'date'; }, { name = 'order-ends'; type = 'date'; scope = 'order'; },\n"
        "  { name = 'order-kind'; values = ['long', 'short']; scope = 'order'; } );\n"
        "events = ( { name = 'ordered'; new-item = 'order'; fields = ( { name = 'order-kind'; } ); },\n"
        "  { name = 'to-end'; item = 'order'; fields = ( { name = 'order-ends'; } ); }, { name = 'varied'; item = 'order'; },\n"
        "  { name = 'badged'; new-item = 'badge'; }, { name = 'closed'; clears = ['level']; },\n"
        "  { name = 'planned'; fields = ( { name = 'release'; } ); },\n"
        "  { name = 'excused'; item = 'order?'; fields = ( { name = 'duty'; values = ['vary', 'lapse', 'plan']; required = true; },\n"
        "    { name = 'reason'; values = ['ill', 'lost']; } ); } );\n"
        "rules = ( { id = 'lapse'; title = 'Lapse'; source = 'Guidance'; basis = 'Then.'; strength = 'must'; per = 'order';\n"
        "    by = 'order-ends'; met-by = { event = 'varied'; }; },\n"
        "  { id = 'plan'; title = 'Plan'; source = 'Guidance'; basis = 'Before.'; strength = 'must'; applies = { level = 'set'; };\n"
        "    by = 'release'; needs = ['release']; missed-if = { place = 'in'; }; met-by = { event = 'met'; }; },\n"
        "  { id = 'vary'; title = 'Vary'; source = 'Guidance'; basis = 'Often.'; strength = 'must'; per = 'order';\n"
        "    every = '4 weeks after'; met-by = { event = 'varied'; }; } );\n";
enum { DUTIES, PLANS, LAPSES, ORDERS, EVER, EXCUSES };
static const char order_reports[] =
        "reports = ( { name = 'orders'; title = 'Orders'; source = 'Guidance'; basis = 'Once a year.'; trend-quarters = 2;\n"
        "  tables = ( { name = 'duties'; title = 'Duties'; counts = 'obligations'; rules = ['lapse', 'vary']; outcomes = ['met-late', 'overdue'];\n"
        "    explained = { event = 'excused'; rule = 'duty'; };\n"
        "    rows = ( { name = 'lapse'; label = 'Lapse'; rules = 'lapse'; }, { name = 'vary'; label = 'Vary'; rules = 'vary'; } );\n"
        "    columns = ( { name = 'ill'; label = 'Ill'; where = { reason = 'ill'; }; }, { name = 'lost'; label = 'Lost'; where = { reason = 'lost'; }; },\n"
        "      { name = 'none'; label = 'None'; where = { reason = 'unset'; }; }, { name = 'median'; label = 'Median'; measure = 'median'; },\n"
        "      { name = 'worst'; label = 'Worst'; measure = 'worst'; } ); },\n"
        "  { name = 'plans'; title = 'Plans'; counts = 'obligations'; rules = 'plan'; outcomes = ['missed', 'overdue'];\n"
        "    rows = ( { name = 'two'; label = 'Two'; when = { level = '2'; }; },\n"
        "      { name = 'inside'; label = 'Inside'; part-of = 'two'; when = { place = 'in'; }; } );\n"
        "    columns = ( { name = 'late'; label = 'Late'; days = { from = 1; }; }, { name = 'not'; label = 'Not'; days = { until = 0; }; },\n"
        "      { name = 'worst'; label = 'Worst'; measure = 'worst'; } ); },\n"
        "  { name = 'lapses'; title = 'Lapses'; counts = 'obligations'; item = 'order'; rules = 'lapse'; outcomes = 'overdue';\n"
        "    rows = ( { name = 'long'; label = 'Long'; when = { order-kind = 'long'; }; }, { name = 'short'; label = 'Short'; when = { order-kind = 'short'; }; } ); },\n"
        "  { name = 'orders'; title = 'Orders'; counts = 'items-on-day'; item = 'order'; begun-within = true; },\n"
        "  { name = 'ever'; title = 'Ever'; counts = 'cases-within'; when = { level = 'set'; }; },\n"
        "  { name = 'excuses'; title = 'Excuses'; counts = 'events'; events = { event = 'excused'; }; } );\n"
        "  trends = ( { name = 'orders'; label = 'Orders'; of = { table = 'orders'; }; }, { name = 'ever'; label = 'Ever'; of = { table = 'ever'; }; },\n"
        "    { name = 'excuses'; label = 'Excuses'; of = { table = 'excuses'; }; } ); } );\n";

static char words_text[sizeof words], reports_text[sizeof reports], order_words_text[sizeof order_words],
        order_reports_text[sizeof order_reports];
static const struct rulefile_text texts[] = {{"words.cfg", words_text, sizeof words - 1},
                                             {"reports.cfg", reports_text, sizeof reports - 1},
                                             {"order-words.cfg", order_words_text, sizeof order_words - 1},
                                             {"order-reports.cfg", order_reports_text, sizeof order_reports - 1}};
#define TEXTS (sizeof texts / sizeof *texts)

/* Which of the reports is asked for. */
enum { YEARLY, OF_ORDERS };
static uint16_t asked = YEARLY;

static void quote(const char *from, char *to)
{
        for (; *from != '\0'; from++)
                *to++ = *from == '\'' ? '"' : *from;
}

static int texts_ready(void **state)
{
        (void)state;
        quote(words, words_text);
        quote(reports, reports_text);
        quote(order_words, order_words_text);
        quote(order_reports, order_reports_text);
        return 0;
}

static size_t blocks_left = SIZE_MAX;

static void *grow(size_t size)
{
        if (blocks_left == 0)
                return NULL;
        blocks_left--;
        return malloc(size);
}

static struct ruleset *load(void)
{
        struct rulefile_input input = {.texts = texts, .count = TEXTS};
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;

        diagnostics_init(&diagnostics);
        blocks_left = SIZE_MAX;
        if (build_ruleset(&input, &diagnostics, grow, &ruleset) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        diagnostics_fini(&diagnostics);
        assert_non_null(ruleset);
        return ruleset;
}

static int32_t day(const char *text)
{
        int32_t number = CIVIL_NONE;

        assert_true(civil_parse(text, strlen(text), &number));
        return number;
}

/* One event of a case: its word, its day, the number of its value (0: the first declared; -1: none), or the date that it
 * carries, as 20220901. An excuse says which duty and why: 10 is the second and the first. */
struct happening { const char *event, *on; int value; const char *item; };

/* At level 2 from the start and still; at 3 for a month; a breach that took somebody from 2 to 1; a case that was
 * over before; a review held in time on 1 August (due 6 September) and one never held. */
static const struct happening cases[][8] = {
        {{"levelled", "2022-01-10", 1, NULL}, {"moved", "2022-01-10", 1, NULL}, {"levelled", "2022-06-01", 2, NULL}, {"levelled", "2022-07-01", 1, NULL}},
        {{"levelled", "2022-05-17", 1, NULL}, {"met", "2022-08-01", -1, NULL}, {"breached", "2022-09-01", 1, NULL}, {"breached", "2022-10-01", 0, NULL}},
        {{"levelled", "2020-01-01", 2, NULL}, {"levelled", "2022-03-31", 0, NULL}, {"breached", "2022-03-31", 1, NULL}},
};

static int32_t day_of(int number)
{
        return civil_from_date((struct civil){number / 10000, number / 100 % 100, number % 100});
}

static enum status count_span(const struct ruleset *ruleset, const struct happening *happenings, struct arena *arena,
                              struct report_sums *sums, const struct report_span *span)
{
        struct report_period period = {ruleset, &ruleset->reports[asked], day("2022-04-01"), day("2023-03-31"), span,
                                       span != NULL};
        struct record records[8];
        struct value fields[8][2];
        struct casefile casefile;
        size_t number = 0;

        memset(records, 0, sizeof records);
        for (; number < 8 && happenings[number].event != NULL; number++) {
                const struct happening *happening = &happenings[number];

                /* "said" names its only duty first. */
                bool said = strcmp(happening->event, "said") == 0;
                bool is_day = happening->value > 10000000;
                fields[number][0] = fields[number][1] =
                        (struct value){happening->value < 0 || is_day ? VALUE_UNSET : VALUE_BIT(happening->value), CIVIL_NONE, NULL};
                if (said)
                        fields[number][0].bits = VALUE_BIT(0);
                if (is_day)
                        fields[number][0] = (struct value){VALUE_BIT(0), day_of(happening->value), NULL};
                if (strcmp(happening->event, "excused") == 0) {
                        fields[number][0].bits = VALUE_BIT(happening->value / 10);
                        fields[number][1].bits = VALUE_BIT(happening->value % 10);
                }
                records[number].recorded_at = INSTANT_ALWAYS;
                records[number].fact = (struct fact){.type = vocabulary_event(&ruleset->vocabulary, happening->event),
                                                     .on = day(happening->on),
                                                     .item = happening->item,
                                                     .fields = fields[number], .seq = number + 1};
        }
        enum status status = casefile_stand(ruleset, records, number, INSTANT_LATEST, period.last, arena, &casefile);
        return status == STATUS_OK ? report_count(&period, &casefile, arena, sums, NULL, NULL) : status;
}

static enum status count(const struct ruleset *ruleset, const struct happening *happenings, struct arena *arena, struct report_sums *sums)
{
        return count_span(ruleset, happenings, arena, sums, NULL);
}

static void expect(const struct ruleset *ruleset, const struct report_sums *sums, uint16_t table, const char *figures)
{
        const struct report *report = &ruleset->reports[asked];
        char found[200] = "";
        size_t used = 0;

        for (uint8_t row = 0; row < report->tables[table].row_count; row++)
                for (uint8_t column = 0; column < report->tables[table].column_count; column++)
                        used += (size_t)snprintf(
                                found + used, sizeof found - used, "%llu ",
                                (unsigned long long)report_figure(report, sums, (struct report_cell){table, row, column}));
        snprintf(found + used, sizeof found - used, "= %llu, outside %llu", (unsigned long long)sums[table].total,
                 (unsigned long long)sums[table].outside);
        assert_string_equal(found, figures);
}

static void ignore(void *context, const struct report_problem *problem)
{
        (void)problem;
        ++*(size_t *)context;
}

static void every_way_of_counting_counts_what_it_says(void **state)
{
        struct ruleset *ruleset = load();
        struct arena arena, sums_arena;
        size_t problems = 0;

        (void)state;
        arena_init(&arena, malloc, free);
        arena_init(&sums_arena, malloc, free);
        struct report_sums *sums = report_sums_new(&ruleset->reports[0], false, &sums_arena);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(count(ruleset, cases[i], &arena, sums), STATUS_OK);
        expect(ruleset, sums, ON_LAST, "1 0 = 1, outside 0");
        expect(ruleset, sums, ON_FIRST, "1 0 = 1, outside 0");
        expect(ruleset, sums, WITHIN, "1 1 1 0 = 3, outside 0");
        expect(ruleset, sums, BREACHES, "1 0 = 1, outside 0");
        expect(ruleset, sums, BREACHED, "1 = 1, outside 0");
        expect(ruleset, sums, BY_RESULT, "2 1 = 2, outside 0");
        /* First case: 10 January and every 112 days, 2 May, then as each was not met: the one that is overdue stays.
         * Second: met on 1 August before 6 September; the next one lapses when the level falls. */
        expect(ruleset, sums, REVIEWS, "1 1 333 333 = 2, outside 0");
        report_check(&ruleset->reports[0], sums, ignore, &problems);
        assert_int_equal(problems, 0);
        arena_fini(&sums_arena);
        arena_fini(&arena);
        ruleset_free(ruleset);
}

/* A review due every 112 days from 10 January 2022. First: 2 May 2022, held on 12 May, so next due on 1 September 2022
 * and held then, and on 22 December, held on 2 January 2023; the one after is due on 24 April 2023. Second: due on 2
 * May, ended with the level on 5 May. Third: due on 2 May, never held, which is 333 days up to 31 March 2023. What is
 * said on the due day explains nothing, and on the day after it does. Of the tasks on the last day one is 211 days old,
 * one 28 and one 27. */
static const struct happening late[][8] = {
        {{"levelled", "2022-01-10", 1, NULL}, {"said", "2022-05-02", 0, NULL}, {"met", "2022-05-12", -1, NULL},
         {"met", "2022-09-01", -1, NULL}, {"met", "2023-01-02", -1, NULL}, {"said", "2023-01-20", 1, NULL}},
        {{"levelled", "2022-01-10", 1, NULL}, {"said", "2022-05-03", 0, NULL}, {"levelled", "2022-05-05", 0, NULL}},
        {{"levelled", "2022-01-10", 1, NULL}, {"task-set", "2022-09-01", -1, "a"}, {"task-set", "2023-03-04", -1, "b"},
         {"task-set", "2023-03-03", -1, "c"}, {"task-set", "2022-05-01", -1, "d"}, {"task-done", "2022-06-01", -1, "d"}},
};

/* What is hidden of one period, by table. */
static struct report_hidden *hide(const struct ruleset *ruleset, const struct report_sums *sums, uint64_t below, struct arena *arena)
{
        const struct report *report = &ruleset->reports[asked];
        struct report_hidden *hidden = arena_array(arena, report->table_count, sizeof *hidden);
        struct report_shown *shown = arena_alloc(arena, sizeof *shown);
        bool done = false;

        *shown = (struct report_shown){day("2022-04-01"), day("2023-03-31"), sums, hidden};
        struct report_hiding *hiding = report_hide_begin(&ruleset->vocabulary, report, shown, 1, below, arena);
        while (!done)
                assert_int_equal(report_hide_next(hiding, &done), STATUS_OK);
        return hidden;
}

static void what_is_late_is_measured_and_explained_and_what_is_open_has_an_age(void **state)
{
        struct ruleset *ruleset = load();
        const struct report *report = &ruleset->reports[0];
        struct arena arena, sums_arena;

        (void)state;
        arena_init(&arena, malloc, free);
        arena_init(&sums_arena, malloc, free);
        struct report_sums *sums = report_sums_new(report, false, &sums_arena);
        struct report_span span = {day("2022-04-01"), day("2022-06-30"), report_sums_new(report, true, &sums_arena)};
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(count_span(ruleset, late[i], &arena, sums, &span), STATUS_OK);
        /* The one that ended is missed, and not among the outcomes of this table: 10, 11 and 333. */
        expect(ruleset, sums, REVIEWS, "1 3 11 333 = 4, outside 0");
        expect(ruleset, sums, CAUSES, "1 1 2 = 4, outside 0");
        expect(ruleset, sums, TASKS, "1 2 = 3, outside 0");
        /* The first quarter as seen from the end of the year: 10 and 333. */
        expect(ruleset, span.sums, REVIEWS, "0 2 333 333 = 2, outside 0");
        assert_int_equal(report_measured(report, span.sums, (struct report_cell){REVIEWS, 0, 2}), 2);
        assert_int_equal(report_measured(report, span.sums, (struct report_cell){REVIEWS, REPORT_ALL, 3}), 2);
        assert_null(span.sums[CAUSES].cells); /* no trend is made of it */
        struct report_hidden *hidden = hide(ruleset, span.sums, 3, &sums_arena);
        assert_true(report_is_hidden(&hidden[REVIEWS], (struct report_cell){REVIEWS, 0, 2}));
        hidden = hide(ruleset, sums, 2, &sums_arena);
        assert_true(report_is_hidden(&hidden[REVIEWS], (struct report_cell){REVIEWS, 0, 0}));
        assert_true(report_is_hidden(&hidden[REVIEWS], (struct report_cell){REVIEWS, 0, 2})); /* goes with its line */
        hidden = hide(ruleset, sums, 1, &sums_arena);
        assert_false(report_is_hidden(&hidden[REVIEWS], (struct report_cell){REVIEWS, 0, 2}));
        arena_fini(&sums_arena);
        arena_fini(&arena);
        ruleset_free(ruleset);
}

/* Orders a and b of 4 Apr 2022, each to be varied every 28 days: 2 May. That of a is late by 10 days, then in time on 9 Jun,
 * then due on 7 Jul and not varied, 267 days up to 31 Mar 2023; that of b never, 333 days. a has an excuse of its own for
 * the first and the last time. The one for the whole case comes after a's next was due, so that it is b's alone. */
static const struct happening excused[] = {
        {"ordered", "2022-04-04", 0, "a"}, {"ordered", "2022-04-04", 1, "b"}, {"varied", "2022-05-12", -1, "a"},
        {"excused", "2022-05-20", 0, "a"}, {"varied", "2022-06-09", -1, "a"}, {"excused", "2022-06-20", 1, NULL},
        {"excused", "2022-07-10", 0, "a"}, {"excused", "2022-08-01", 20, NULL}};
/* A plan for 1 Sep that ended in custody on 1 Aug, which is missed and not late. Plans for 1 Jun, never made: 303 days. One
 * of which nobody knows for when is due on no day of the year. */
static const struct happening plans[][8] = {
        {{"levelled", "2022-05-01", 1, NULL}, {"moved", "2022-05-01", 0, NULL}, {"planned", "2022-05-01", 20220901, NULL}, {"closed", "2022-08-01", -1, NULL}},
        {{"levelled", "2022-05-01", 2, NULL}, {"moved", "2022-05-01", 0, NULL}, {"planned", "2022-05-01", 20220601, NULL}},
        {{"levelled", "2022-05-01", 1, NULL}, {"moved", "2022-05-01", 0, NULL}, {"planned", "2022-05-01", 20220601, NULL}},
        {{"levelled", "2022-05-01", 1, NULL}, {"moved", "2022-05-01", 0, NULL}},
};

/* The part "inside" goes beyond its whole, level 2 on the due day: it counts in no sum there, and is measured in none. */
static void each_duty_has_its_own_excuse_and_a_part_counts_in_no_sum(void **state)
{
        struct ruleset *ruleset = load();
        struct arena arena, sums_arena;

        (void)state;
        asked = OF_ORDERS;
        const struct report *report = &ruleset->reports[asked];
        arena_init(&arena, malloc, free);
        arena_init(&sums_arena, malloc, free);
        struct report_sums *sums = report_sums_new(report, false, &sums_arena);
        struct report_span span = {day("2022-04-01"), day("2022-06-30"), report_sums_new(report, true, &sums_arena)};
        assert_int_equal(count_span(ruleset, excused, &arena, sums, &span), STATUS_OK);
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(count_span(ruleset, plans[i], &arena, sums, &span), STATUS_OK);
        expect(ruleset, sums, DUTIES, "0 0 0 0 0 2 1 0 267 333 = 3, outside 0");
        expect(ruleset, sums, PLANS, "1 0 303 2 1 303 = 1, outside 0");
        assert_int_equal(report_measured(report, sums, (struct report_cell){PLANS, 1, 2}), 3);
        assert_int_equal(report_measured(report, sums, (struct report_cell){PLANS, REPORT_ALL, 2}), 1);
        assert_int_equal(report_measured(report, sums, (struct report_cell){PLANS, 1, 0}), 2);
        struct report_hidden *hidden = hide(ruleset, sums, 5, &sums_arena);
        assert_false(report_is_hidden(&hidden[DUTIES], (struct report_cell){DUTIES, 0, 4})); /* of nobody there is nothing to hide */
        assert_true(report_is_hidden(&hidden[DUTIES], (struct report_cell){DUTIES, 1, 4}));
        expect(ruleset, sums, EVER, "4 = 4, outside 0");
        expect(ruleset, span.sums, EVER, "4 = 4, outside 0");
        expect(ruleset, sums, EXCUSES, "4 = 4, outside 0");
        expect(ruleset, span.sums, EXCUSES, "2 = 2, outside 0");
        asked = YEARLY;
        arena_fini(&sums_arena);
        arena_fini(&arena);
        ruleset_free(ruleset);
}

/* Orders of 1 Jun 2022 that are to end on 1 Jul and, by a mistake, on 15 May, before it began: overdue by 273 and 320 days;
 * both to be varied by 29 Jun, 275 days. What is excused is another duty. */
static const struct happening ending[] = {
        {"ordered", "2022-06-01", 0, "c"}, {"ordered", "2022-06-01", 1, "d"}, {"to-end", "2022-06-01", 20220701, "c"},
        {"to-end", "2022-06-01", 20220515, "d"}, {"excused", "2022-07-10", 20, NULL}, {NULL, NULL, 0, NULL}};
/* One before the year, one after its first quarter, and what is none. */
static const struct happening others[] = {
        {"ordered", "2022-03-01", 0, "e"}, {"ordered", "2022-10-01", 0, "f"}, {"badged", "2022-04-10", -1, "g"}, {NULL, NULL, 0, NULL}};

static void a_table_of_items_sees_each_as_it_is(void **state)
{
        struct ruleset *ruleset = load();
        struct arena arena, sums_arena;

        (void)state;
        asked = OF_ORDERS;
        arena_init(&arena, malloc, free);
        arena_init(&sums_arena, malloc, free);
        struct report_sums *sums = report_sums_new(&ruleset->reports[asked], false, &sums_arena);
        struct report_span span = {day("2022-04-01"), day("2022-06-30"), report_sums_new(&ruleset->reports[asked], true, &sums_arena)};
        assert_int_equal(count_span(ruleset, ending, &arena, sums, &span), STATUS_OK);
        expect(ruleset, sums, DUTIES, "0 0 2 320 320 0 0 2 275 275 = 4, outside 0");
        expect(ruleset, sums, LAPSES, "1 1 = 2, outside 0");
        assert_int_equal(count_span(ruleset, others, &arena, sums, &span), STATUS_OK);
        assert_int_equal(count_span(ruleset, excused, &arena, sums, &span), STATUS_OK);
        /* a, b, c, d and f; those of the first quarter without f. */
        expect(ruleset, sums, ORDERS, "5 = 5, outside 0");
        expect(ruleset, span.sums, ORDERS, "4 = 4, outside 0");
        asked = YEARLY;
        arena_fini(&sums_arena);
        arena_fini(&arena);
        ruleset_free(ruleset);
}

static void the_settings_of_a_report_arrive(void **state)
{
        struct ruleset *ruleset = load();
        const struct report *report = &ruleset->reports[0];

        (void)state;
        assert_int_equal(ruleset->report_count, 2);
        assert_int_equal(report_find(ruleset, "yearly"), 0);
        assert_int_equal(report_find(ruleset, "yealry"), VOCABULARY_NONE);
        assert_int_equal(report->year_month * 100 + report->year_day, 401);
        assert_int_equal(report->suppress_below, 3);
        assert_int_equal(report->table_count, TABLES);
        assert_string_equal(report->tables[ON_LAST].notes.names[0], "a");
        assert_int_equal(report->tables[BY_RESULT].rows[1].part_of, 0);
        assert_false(report->tables[BY_RESULT].totals);
        assert_int_equal(report->rates[0].of.column, 0);
        assert_int_equal(report->rates[0].over.row, REPORT_ALL);
        assert_true(report->rates[1].by_input);
        assert_int_equal(report->invariants[0].whole.table, WITHIN);
        assert_true(report->quarterly);
        assert_int_equal(report->trend_quarters, 4);
        assert_int_equal(report->trend_count, 2);
        assert_int_equal(report->trends[0].per, 0);
        assert_int_equal(report->trends[1].over.column, REPORT_ALL);
        assert_true(report->tables[REVIEWS].trended);
        assert_false(report->tables[TASKS].trended);
        assert_int_equal(report->tables[REVIEWS].counted, 2);
        ruleset_free(ruleset);
}

static void whatever_allocation_fails_nothing_is_given_out(void **state)
{
        struct rulefile_input input = {.texts = texts, .count = 2};
        enum status status = STATUS_NO_MEMORY;
        size_t blocks;

        (void)state;
        for (blocks = 0; status != STATUS_OK; blocks++) {
                struct diagnostics diagnostics;
                struct ruleset *loaded = NULL;

                assert_true(blocks < 1000);
                diagnostics_init(&diagnostics);
                blocks_left = blocks;
                status = build_ruleset(&input, &diagnostics, grow, &loaded);
                assert_true((status == STATUS_OK) == (loaded != NULL));
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
                assert_int_equal(diagnostics.error_count, 0);
                ruleset_free(loaded);
                diagnostics_fini(&diagnostics);
        }
        assert_true(blocks > 3);
}

/* Small blocks, so that every array is one of its own. */
static void without_memory_a_case_is_not_counted_and_says_so(void **state)
{
        struct ruleset *ruleset = load();
        struct arena sums_arena;
        enum status status = STATUS_NO_MEMORY;

        (void)state;
        arena_init(&sums_arena, malloc, free);
        for (size_t blocks = 0; status != STATUS_OK; blocks++) {
                struct arena arena;

                assert_true(blocks < 1000);
                arena_init(&arena, grow, free);
                blocks_left = SIZE_MAX;
                struct report_sums *sums = report_sums_new(&ruleset->reports[0], false, &sums_arena);
                blocks_left = blocks;
                status = count(ruleset, cases[1], &arena, sums);
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
                arena_fini(&arena);
        }
        blocks_left = SIZE_MAX;
        arena_fini(&sums_arena);
        ruleset_free(ruleset);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_way_of_counting_counts_what_it_says),
                cmocka_unit_test(what_is_late_is_measured_and_explained_and_what_is_open_has_an_age),
                cmocka_unit_test(each_duty_has_its_own_excuse_and_a_part_counts_in_no_sum),
                cmocka_unit_test(a_table_of_items_sees_each_as_it_is),
                cmocka_unit_test(the_settings_of_a_report_arrive),
                cmocka_unit_test(whatever_allocation_fails_nothing_is_given_out),
                cmocka_unit_test(without_memory_a_case_is_not_counted_and_says_so),
        };

        return cmocka_run_group_tests(tests, texts_ready, NULL);
}
