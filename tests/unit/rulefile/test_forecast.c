/*
 * Forecasts of one case, each day worked out on paper: 16 weeks are 112 days, the day of the
 * meeting not counted.
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
#include "mappad/forecast.h"

/* Written with ' for ", which text_ready turns into it. Without a calendar Monday to Friday are worked. */
static const char words[] =
        "items = ( { name = 'order'; } );\n"
        "attributes = ( { name = 'level'; values = ['1', '2']; }, { name = 'place'; values = ['in', 'out']; },\n"
        "  { name = 'next-meeting'; type = 'date'; }, { name = 'release'; type = 'date'; },\n"
        "  { name = 'way'; values = ['begins', 'paper', 'sits', 'ends', 'off', 'often']; }, { name = 'sat-on'; type = 'date'; } );\n"
        "events = ( { name = 'levelled'; fields = ( { name = 'level'; required = true; } ); },\n"
        "  { name = 'moved'; fields = ( { name = 'place'; required = true; } ); },\n"
        "  { name = 'booked'; fields = ( { name = 'next-meeting'; required = true; } ); },\n"
        "  { name = 'planned'; fields = ( { name = 'release'; required = true; } ); },\n"
        "  { name = 'met'; clears = ['next-meeting']; fields = ( { name = 'kind'; values = ['paper', 'full', 'long']; "
        "   required = true; }, { name = 'chair'; values = ['a', 'b']; } ); },\n"
        "  { name = 'sent'; fields = ( { name = 'way'; required = true; } ); },\n"
        "  { name = 'sat'; fields = ( { name = 'sat-on'; required = true; }, { name = 'clerk'; type = 'token'; required = true; },\n"
        "   { name = 'outcome'; values = ['agreed', 'put-off']; required = true; }, { name = 'note'; values = ['a', 'b']; } ); } );\n"
        "rules = (\n"
        "  { id = 'check'; title = 'Check'; source = 'Guidance'; basis = 'Checked.'; strength = 'must'; per = 'order';\n"
        "    within = '26 weeks after'; from = 'start'; met-by = { event = 'order-ended'; }; booked-by = 'next-meeting'; },\n"
        "  { id = 'hearing'; title = 'Hearing'; source = 'Guidance'; basis = 'Before.'; strength = 'must';\n"
        "    by = 'release'; opens = '6 months before'; booked-by = 'next-meeting';\n"
        "    met-by = { event = 'met'; where = { kind = ['full', 'long']; }; }; },\n"
        "  { id = 'review'; title = 'Review'; source = 'Guidance'; basis = 'Often.'; strength = 'must';\n"
        "    applies = { level = '2'; }; runs = { place = 'out'; }; on-pause = 'continue'; needs = ['place'];\n"
        "    every = '16 weeks after'; booked-by = 'next-meeting';\n"
        "    met-by = { event = 'met'; where = { kind = ['paper', 'long']; }; }; },\n"
        "  { id = 'ending'; title = 'Ending'; source = 'Guidance'; basis = 'Until July.'; strength = 'must'; applies = { way = 'ends'; };\n"
        "    in-force = { until = '2023-06-30'; }; every = '8 weeks after'; booked-by = 'next-meeting'; met-by = { event = 'met'; }; },\n"
        "  { id = 'ending'; title = 'Ended'; source = 'Guidance'; basis = 'From July on.'; strength = 'must'; applies = { way = 'ends'; };\n"
        "    in-force = { from = '2023-07-01'; }; every = '8 weeks after'; met-by = { event = 'met'; }; },\n"
        "  { id = 'minutes'; title = 'Minutes'; source = 'Guidance'; basis = 'Soon.'; strength = 'must';\n"
        "    within = '2 weeks after'; from = { change = 'sat-on'; }; booked-by = 'next-meeting'; met-by = { event = 'met'; }; },\n"
        "  { id = 'off'; title = 'Off'; source = 'Guidance'; basis = 'Not yet.'; strength = 'must'; enabled = false;\n"
        "    applies = { way = 'off'; }; every = '2 weeks after'; booked-by = 'next-meeting'; met-by = { event = 'met'; }; },\n"
        "  { id = 'often'; title = 'Often'; source = 'Guidance'; basis = 'Often.'; strength = 'must'; applies = { way = 'often'; };\n"
        "    every = '2 days after'; booked-by = 'next-meeting'; met-by = { event = 'met'; }; },\n"
        "  { id = 'opening'; title = 'Opening'; source = 'Guidance'; basis = 'Soon.'; strength = 'must';\n"
        "    applies = { way = 'begins'; }; every = '4 weeks after'; booked-by = 'next-meeting'; met-by = { event = 'order-made'; }; },\n"
        "  { id = 'paper'; title = 'Paper'; source = 'Guidance'; basis = 'Often.'; strength = 'must'; applies = { way = 'paper'; };\n"
        "    every = '4 weeks after'; booked-by = 'next-meeting'; met-by = { event = 'met'; where = { kind = 'paper'; }; }; },\n"
        "  { id = 'sitting'; title = 'Sitting'; source = 'Guidance'; basis = 'Often.'; strength = 'must'; applies = { way = 'sits'; };\n"
        "    every = '8 weeks after'; booked-by = 'next-meeting'; met-by = { event = 'sat'; where = { outcome = 'put-off'; }; }; },\n"
        "  { id = 'unbooked'; title = 'Unbooked'; source = 'Guidance'; basis = 'Often.'; strength = 'must';\n"
        "    applies = { level = '2'; }; every = '1 week after'; met-by = { event = 'met'; }; } );\n";

/* Of orders, in a file of their own. */
static const char order_words[] =
        "attributes = ( { name = 'order-kind'; values = ['long', 'short']; scope = 'order'; } );\n"
        "events = ( { name = 'order-made'; new-item = 'order'; fields = ( { name = 'order-kind'; } ); },\n"
        "  { name = 'order-ended'; item = 'order'; },\n"
        "  { name = 'order-heard'; item = 'order'; fields = ( { name = 'result'; values = ['kept', 'varied', 'ended']; required = true; } ); } );\n"
        "rules = (\n"
        "  { id = 'hear-long'; title = 'Long'; source = 'Guidance'; basis = 'Soon.'; strength = 'must'; per = 'order';\n"
        "    applies = { order-kind = 'long'; }; within = '4 weeks after'; from = 'start'; booked-by = 'next-meeting';\n"
        "    met-by = { event = 'order-heard'; where = { result = ['kept', 'ended']; }; }; },\n"
        "  { id = 'hear-other'; title = 'Other'; source = 'Guidance'; basis = 'Soon.'; strength = 'must'; per = 'order';\n"
        "    applies = { order-kind = 'short'; }; within = '4 weeks after'; from = 'start'; booked-by = 'next-meeting';\n"
        "    met-by = { event = 'order-heard'; where = { result = 'kept'; }; }; },\n"
        "  { id = 'hear-out'; title = 'Out'; source = 'Guidance'; basis = 'Soon.'; strength = 'must'; per = 'order';\n"
        "    applies = { order-kind = 'long'; }; within = '8 weeks after'; from = 'start'; booked-by = 'next-meeting';\n"
        "    met-by = { event = 'order-heard'; where = { result = 'ended'; }; }; } );\n";

static char text[sizeof words], order_text[sizeof order_words];
static struct ruleset *ruleset;

static int set_up(void **state)
{
        struct rulefile_text texts[] = {{"orders.cfg", order_text, sizeof order_words - 1}, {"words.cfg", text, sizeof words - 1}};
        struct rulefile_input input = {.texts = texts, .count = 2};
        struct diagnostics diagnostics;

        (void)state;
        for (size_t i = 0; i < sizeof words; i++)
                text[i] = (char)(words[i] == '\'' ? '"' : words[i]);
        for (size_t i = 0; i < sizeof order_words; i++)
                order_text[i] = (char)(order_words[i] == '\'' ? '"' : order_words[i]);
        diagnostics_init(&diagnostics);
        if (build_ruleset(&input, &diagnostics, malloc, &ruleset) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        diagnostics_fini(&diagnostics);
        return ruleset == NULL;
}

static int tear_down(void **state)
{
        (void)state;
        ruleset_free(ruleset);
        return 0;
}

static int32_t day(const char *date)
{
        int32_t number = CIVIL_NONE;

        assert_true(civil_parse(date, strlen(date), &number));
        return number;
}

/* One event: its word, its day, the number of its value (0: the first declared; -1: none), the date that it carries. */
struct happening { const char *event, *on; int value; const char *date, *item; };

#define EVENTS_MAX 8
struct tale { struct record records[EVENTS_MAX]; struct value fields[EVENTS_MAX][2]; size_t count; };

static void tell_tale(const struct happening *happenings, struct tale *tale)
{
        memset(tale, 0, sizeof *tale);
        for (; tale->count < EVENTS_MAX && happenings[tale->count].event != NULL; tale->count++) {
                const struct happening *happening = &happenings[tale->count];
                struct value *fields = tale->fields[tale->count];

                fields[0] = fields[1] = (struct value){VALUE_UNSET, CIVIL_NONE, NULL};
                if (happening->date != NULL)
                        fields[0] = (struct value){VALUE_BIT(0), day(happening->date), NULL};
                else if (happening->value >= 0)
                        fields[0].bits = VALUE_BIT(happening->value);
                tale->records[tale->count].recorded_at = INSTANT_ALWAYS;
                tale->records[tale->count].fact =
                        (struct fact){.type = vocabulary_event(&ruleset->vocabulary, happening->event),
                                      .on = day(happening->on), .item = happening->item, .fields = fields,
                                      .seq = tale->count + 1};
        }
}

struct page { char text[2000]; size_t used; };

static void put_day(struct page *page, const char *before, int32_t number)
{
        char date[CIVIL_TEXT_SIZE] = "none";

        if (number != CIVIL_NONE)
                civil_format(number, date);
        page->used += (size_t)snprintf(page->text + page->used, sizeof page->text - page->used, "%s%s", before, date);
}

static void put_entry(void *context, const struct forecast_entry *entry)
{
        static const char *const kinds[] = {"owed", "projected", "overdue", "later", "paused", "unevaluable"};
        struct page *page = context;

        page->used += (size_t)snprintf(page->text + page->used, sizeof page->text - page->used, "%s%s %s",
                                       page->used == 0 ? "" : "; ", kinds[entry->kind], ruleset->rules[entry->rule].id);
        put_day(page, " ", entry->due);
        put_day(page, " held ", entry->held);
        if (entry->booked != CIVIL_NONE)
                put_day(page, entry->booked_late ? " late " : " booked ", entry->booked);
        page->used += (size_t)snprintf(page->text + page->used, sizeof page->text - page->used, "%s%s",
                                       entry->moved ? " moved" : "", entry->too_late ? " too late" : "");
}

/* What is asked beside the usual: 26 weeks from Mon 3 Apr 2023 on, up to Sun 1 Oct 2023. */
struct asked { const char *first, *gap_first, *gap_last; const struct happening *supposed; };

static void expect(const struct happening *happenings, struct asked asked, const char *expected)
{
        static const struct happening nothing[] = {{NULL, NULL, 0, NULL, NULL}};
        struct tale recorded, supposed;
        struct forecast_gap gap = {0, 0};
        struct forecast_question question = {ruleset, INSTANT_LATEST, day("2023-04-03"), day("2023-10-01"), &gap, 0};
        struct page page = {.used = 0};
        struct arena work, rows;
        bool cut = true;

        if (asked.first != NULL)
                question.first = day(asked.first);
        if (asked.gap_first != NULL) {
                gap = (struct forecast_gap){day(asked.gap_first), day(asked.gap_last)};
                question.gap_count = 1;
        }
        tell_tale(happenings, &recorded);
        tell_tale(asked.supposed == NULL ? nothing : asked.supposed, &supposed);
        struct forecast_history history = {recorded.records, recorded.count, supposed.records, supposed.count};
        arena_init(&work, malloc, free);
        arena_init(&rows, malloc, free);
        struct forecast_outlet outlet = {&work, &rows, put_entry, &page};
        assert_int_equal(forecast_case(&question, &history, &outlet, &cut), STATUS_OK);
        assert_false(cut);
        assert_string_equal(page.text, expected);
        arena_fini(&work);
        arena_fini(&rows);
}

/* Level 2 and in the community since Mon 2 Jan 2023: due Mon 24 Apr 2023. */
#define LEVEL_2 {"levelled", "2023-01-02", 1, NULL, NULL}, {"moved", "2023-01-02", 1, NULL, NULL}
#define END {NULL, NULL, 0, NULL, NULL}
static const struct happening level_2[] = {LEVEL_2, END};

static void what_recurs_is_projected_from_the_day_it_is_held(void **state)
{
        static const struct happening booked[] = {LEVEL_2, {"booked", "2023-03-01", 0, "2023-04-20", NULL}, END};
        static const struct happening late[] = {LEVEL_2, {"booked", "2023-03-01", 0, "2023-05-08", NULL}, END};
        static const struct happening sunday[] = {{"levelled", "2023-01-01", 1, NULL, NULL}, {"moved", "2023-01-01", 1, NULL, NULL}, END};

        (void)state;
        expect(level_2, (struct asked){NULL, NULL, NULL, NULL},
               "owed review 2023-04-24 held 2023-04-24; projected review 2023-08-14 held 2023-08-14");
        expect(booked, (struct asked){NULL, NULL, NULL, NULL},
               "owed review 2023-04-24 held 2023-04-20 booked 2023-04-20; projected review 2023-08-10 held 2023-08-10");
        expect(late, (struct asked){NULL, NULL, NULL, NULL},
               "owed review 2023-04-24 held 2023-05-08 late 2023-05-08; projected review 2023-08-28 held 2023-08-28");
        /* Due Sun 23 Apr, held on the Friday before; then due Fri 11 Aug. */
        expect(sunday, (struct asked){NULL, NULL, NULL, NULL},
               "owed review 2023-04-23 held 2023-04-21; projected review 2023-08-11 held 2023-08-11");
        /* Wed 3 May: overdue, and held at once. */
        expect(level_2, (struct asked){"2023-05-03", NULL, NULL, NULL},
               "overdue review 2023-04-24 held 2023-05-03; projected review 2023-08-23 held 2023-08-23");
}

static void days_without_meetings_move_them_before_or_after(void **state)
{
        static const struct happening booked[] = {LEVEL_2, {"booked", "2023-03-01", 0, "2023-04-18", NULL}, END};

        (void)state;
        expect(level_2, (struct asked){NULL, "2023-04-17", "2023-05-14", NULL},
               "owed review 2023-04-24 held 2023-04-14 moved; projected review 2023-08-04 held 2023-08-04");
        /* No day is left from today on: held on Mon 15 May, three weeks late. */
        expect(level_2, (struct asked){NULL, "2023-04-03", "2023-05-14", NULL},
               "owed review 2023-04-24 held 2023-05-15 moved too late; projected review 2023-09-04 held 2023-09-04");
        /* A booking that falls into them is void, and there is still time after them. */
        expect(booked, (struct asked){NULL, "2023-04-17", "2023-04-21", NULL},
               "owed review 2023-04-24 held 2023-04-24 booked 2023-04-18 moved; projected review 2023-08-14 held 2023-08-14");
        expect(level_2, (struct asked){NULL, "2023-08-01", "2023-08-31", NULL},
               "owed review 2023-04-24 held 2023-04-24; projected review 2023-08-14 held 2023-07-31 moved");
}

static void what_is_supposed_counts_from_its_day_on(void **state)
{
        static const struct happening nobody[] = {END};
        static const struct happening lowered[] = {{"levelled", "2023-04-10", 0, NULL, NULL}, END};
        static const struct happening raised[] = {{"levelled", "2023-06-05", 1, NULL, NULL}, {"moved", "2023-06-05", 1, NULL, NULL}, END};
        static const struct happening inside[] = {{"levelled", "2023-01-02", 1, NULL, NULL}, {"moved", "2023-01-02", 0, NULL, NULL}, END};
        static const struct happening out[] = {{"moved", "2023-05-01", 1, NULL, NULL}, END};
        static const struct happening in[] = {{"moved", "2023-04-10", 0, NULL, NULL}, END};
        static const struct happening planned[] = {{"planned", "2023-01-02", 0, "2023-12-01", NULL}, END};
        static const struct happening sooner[] = {{"planned", "2023-04-03", 0, "2023-09-01", NULL}, END};

        (void)state;
        expect(level_2, (struct asked){NULL, NULL, NULL, lowered}, "");
        expect(nobody, (struct asked){NULL, NULL, NULL, raised}, "projected review 2023-09-25 held 2023-09-25");
        /* As if the clock ran from tomorrow on: Tue 4 Apr + 112 days. */
        expect(inside, (struct asked){NULL, NULL, NULL, NULL}, "paused review 2023-07-25 held none");
        /* Out on 1 May, the clock begins to run then: 1 May + 112 days = 21 Aug. */
        expect(inside, (struct asked){NULL, NULL, NULL, out},
               "owed review 2023-08-21 held 2023-08-21");
        /* In on 10 April: what is due on the 24th stands still by then, and is no more to be seen in a week. */
        expect(level_2, (struct asked){NULL, NULL, NULL, in}, "paused review 2023-04-24 held none");
        expect(planned, (struct asked){NULL, NULL, NULL, NULL}, "later hearing 2023-12-01 held none");
        /* The date moved today: that of December is owed no more. */
        expect(planned, (struct asked){NULL, NULL, NULL, sooner}, "owed hearing 2023-09-01 held 2023-09-01");
}

static void one_meeting_meets_all_that_it_can(void **state)
{
        static const struct happening both[] = {LEVEL_2, {"planned", "2023-01-02", 0, "2023-04-24", NULL}, END};
        static const struct happening order[] = {{"order-made", "2022-12-05", -1, NULL, "a"},
                                                 {"order-made", "2022-12-12", -1, NULL, "b"}, END};

        (void)state;
        /* A long one, since full meets the hearing alone and paper the review alone; the review would otherwise be projected
         * from another day. */
        expect(both, (struct asked){NULL, NULL, NULL, NULL},
               "owed hearing 2023-04-24 held 2023-04-24; owed review 2023-04-24 held 2023-04-24; projected review 2023-08-14 held 2023-08-14");
        /* 26 weeks are 182 days: 5 Dec 2022 to 5 Jun 2023. Each order is ended by itself. */
        expect(order, (struct asked){NULL, NULL, NULL, NULL},
               "owed check 2023-06-05 held 2023-06-05; owed check 2023-06-12 held 2023-06-12");
}

/* The ways in which an obligation may be met, in the order of the attribute. */
enum { BEGINS, PAPER, SITS, ENDS, OFF, OFTEN };
#define USUAL (struct asked){NULL, NULL, NULL, NULL}

static void a_clock_that_stands_still_has_no_week_though_a_meeting_of_another_duty_meets_it(void **state)
{
        static const struct happening inside[] = {{"levelled", "2023-01-02", 1, NULL, NULL}, {"moved", "2023-01-02", 0, NULL, NULL},
                                                  {"planned", "2023-01-02", 0, "2023-05-01", NULL}, END};
        static const struct happening twice[] = {{"levelled", "2023-01-02", 1, NULL, NULL}, {"moved", "2023-01-02", 0, NULL, NULL},
                                                 {"sent", "2023-03-27", ENDS, NULL, NULL}, END};

        (void)state;
        /* Counted from the meeting on it would seem to fall due on 1 May + 1 + 112 days, Tue 22 Aug; as of today, on Tue 25 Jul. */
        expect(inside, USUAL, "owed hearing 2023-05-01 held 2023-05-01; paused review 2023-07-25 held 2023-05-01");
        /* The review that begins with the first meeting stands still as well. The second meets it, and nobody could have said when. */
        expect(twice, USUAL,
               "owed ending 2023-05-22 held 2023-05-22; paused review 2023-07-25 held 2023-05-22; projected ending 2023-07-17 held 2023-07-17");
}

static void what_cannot_be_met_by_one_meeting_has_two(void **state)
{
        static const struct happening paper[] = {
                {"sent", "2023-03-27", PAPER, NULL, NULL}, {"planned", "2023-01-02", 0, "2023-05-01", NULL}, END};

        (void)state;
        /* Every 28 days by paper alone, from Mon 27 Mar on; the hearing between must not be by paper, though it is open already. */
        expect(paper, USUAL,
               "owed paper 2023-04-24 held 2023-04-24; owed hearing 2023-05-01 held 2023-05-01; "
               "projected paper 2023-05-22 held 2023-05-22; projected paper 2023-06-19 held 2023-06-19; "
               "projected paper 2023-07-17 held 2023-07-17; projected paper 2023-08-14 held 2023-08-14; "
               "projected paper 2023-09-11 held 2023-09-11");
}

static void what_is_held_carries_all_that_its_event_must(void **state)
{
        static const struct happening sits[] = {{"sent", "2023-02-27", SITS, NULL, NULL}, END};

        (void)state;
        /* Every 56 days from Mon 27 Feb on. The day of each sitting is a field of it, and begins the 14 days of its minutes. */
        expect(sits, USUAL,
               "owed sitting 2023-04-24 held 2023-04-24; projected minutes 2023-05-08 held 2023-05-08; "
               "projected sitting 2023-06-19 held 2023-06-19; projected minutes 2023-07-03 held 2023-07-03; "
               "projected sitting 2023-08-14 held 2023-08-14; projected minutes 2023-08-28 held 2023-08-28");
}

static void nothing_follows_what_cannot_be_made_up_or_booked(void **state)
{
        static const struct happening begins[] = {{"sent", "2023-04-03", BEGINS, NULL, NULL}, END};
        static const struct happening both[] = {LEVEL_2, {"sent", "2023-04-03", BEGINS, NULL, NULL}, END};
        static const struct happening ends[] = {{"sent", "2023-03-27", ENDS, NULL, NULL}, END};
        static const struct happening off[] = {{"sent", "2023-03-27", OFF, NULL, NULL}, END};
        static const struct happening no_place[] = {{"levelled", "2023-01-02", 1, NULL, NULL}, END};
        static const struct happening nothing[] = {END};

        (void)state;
        /* 3 Apr + 28 days; which order would be made nobody knows. */
        expect(begins, USUAL, "owed opening 2023-05-01 held 2023-05-01");
        expect(both, USUAL,
               "owed review 2023-04-24 held 2023-04-24; owed opening 2023-05-01 held 2023-05-01; projected review 2023-08-14 held 2023-08-14");
        /* 27 Mar + 56 days, and again: the second began in May, as the first version has it. The third is not by booking any more. */
        expect(ends, USUAL, "owed ending 2023-05-22 held 2023-05-22; projected ending 2023-07-17 held 2023-07-17");
        expect(off, USUAL, "");
        /* A clock runs while what it needs to know is unknown: 2 Jan + 112 days. */
        expect(no_place, USUAL, "unevaluable review 2023-04-24 held none");
        expect(nothing, USUAL, "");
}

static void what_has_no_working_day_left_is_held_when_it_is_due(void **state)
{
        static const struct happening often[] = {{"sent", "2023-03-31", OFTEN, NULL, NULL}, END};
        static const struct happening over[] = {{"sent", "2023-04-12", OFF, NULL, NULL}, END};

        (void)state;
        /* That of Fri 7 Apr is due again on the Sunday, and a meeting on the Friday is the one before. */
        expect(often, (struct asked){NULL, NULL, NULL, over},
               "overdue often 2023-04-02 held 2023-04-03; projected often 2023-04-05 held 2023-04-05; "
               "projected often 2023-04-07 held 2023-04-07; projected often 2023-04-09 held 2023-04-09; "
               "projected often 2023-04-11 held 2023-04-11");
}

static void each_item_has_a_meeting_of_its_own(void **state)
{
        static const struct happening orders[] = {{"order-made", "2022-12-05", -1, NULL, "a"},
                                                  {"order-made", "2022-12-05", -1, NULL, "b"}, END};

        (void)state;
        /* 5 Dec 2022 + 182 days. */
        expect(orders, USUAL, "owed check 2023-06-05 held 2023-06-05; owed check 2023-06-05 held 2023-06-05");
}

/* What another order asks of its hearing stands in nobody's way. */
static void one_hearing_of_an_item_meets_all_that_it_can_of_it(void **state)
{
        static const struct happening orders[] = {{"order-made", "2023-03-27", 0, NULL, "a"},
                                                  {"order-made", "2023-04-03", 1, NULL, "b"}, END};

        (void)state;
        /* Of a: 27 Mar + 28 and 56 days, both met by one that ends it. Of b: 3 Apr + 28 days. The checks: + 182 days. */
        expect(orders, USUAL,
               "owed hear-long 2023-04-24 held 2023-04-24; owed hear-out 2023-05-22 held 2023-04-24; "
               "owed hear-other 2023-05-01 held 2023-05-01; owed check 2023-09-25 held 2023-09-25; later check 2023-10-02 held none");
}

static void days_without_meetings_may_leave_no_other(void **state)
{
        static const struct happening today[] = {
                {"levelled", "2023-04-03", 1, NULL, NULL}, {"moved", "2023-04-03", 1, NULL, NULL}, END};

        (void)state;
        expect(level_2, (struct asked){NULL, "2023-04-03", "9999-12-31", NULL}, "owed review 2023-04-24 held none moved too late");
        /* As from 3 Apr on. */
        expect(level_2, (struct asked){NULL, "1583-01-01", "2023-05-14", NULL},
               "owed review 2023-04-24 held 2023-05-15 moved too late; projected review 2023-09-04 held 2023-09-04");
        expect(level_2, (struct asked){NULL, "1583-01-01", "9999-12-31", NULL}, "owed review 2023-04-24 held none moved too late");
        expect(level_2, (struct asked){"2023-05-03", "2023-05-01", "2023-12-31", NULL}, "overdue review 2023-04-24 held none moved");
        /* 3 Apr + 112 days is 24 Jul. Before the days in question there is only the day on which it began. */
        expect(today, (struct asked){NULL, "2023-04-04", "2023-07-30", NULL}, "owed review 2023-07-24 held 2023-07-31 moved too late");
}

static void count_entry(void *context, const struct forecast_entry *entry)
{
        (void)entry;
        ++*(size_t *)context;
}

/* One order more than appointments that are looked at. */
static void a_case_of_too_many_appointments_is_cut_and_says_so(void **state)
{
        enum { ORDERS_MAX = FORECAST_APPOINTMENTS_MAX + 1 };
        static struct record records[ORDERS_MAX];
        static char keys[ORDERS_MAX][8];
        static const struct value no_kind = {VALUE_UNSET, CIVIL_NONE, NULL};
        struct forecast_question question = {ruleset, INSTANT_LATEST, day("2023-04-03"), day("2023-10-01"), NULL, 0};
        struct forecast_history history = {records, ORDERS_MAX, NULL, 0};
        struct arena work, rows;
        size_t told = 0;
        bool cut = false;

        (void)state;
        for (size_t i = 0; i < ORDERS_MAX; i++) {
                (void)snprintf(keys[i], sizeof keys[i], "o%zu", i);
                records[i].recorded_at = INSTANT_ALWAYS;
                records[i].fact = (struct fact){.type = vocabulary_event(&ruleset->vocabulary, "order-made"),
                                                .on = day("2022-12-05"), .item = keys[i], .fields = &no_kind, .seq = i + 1};
        }
        arena_init(&work, malloc, free);
        arena_init(&rows, malloc, free);
        struct forecast_outlet outlet = {&work, &rows, count_entry, &told};
        assert_int_equal(forecast_case(&question, &history, &outlet, &cut), STATUS_OK);
        assert_true(cut);
        assert_int_equal(told, ORDERS_MAX);
        arena_fini(&work);
        arena_fini(&rows);
}

static size_t blocks_left;

static void *grow(size_t size)
{
        if (blocks_left == 0)
                return NULL;
        blocks_left--;
        return malloc(size);
}

static void without_memory_it_says_so(void **state)
{
        static const struct happening out[] = {{"moved", "2023-05-01", 1, NULL, NULL}, END};
        struct forecast_question question = {ruleset, INSTANT_LATEST, day("2023-04-03"), day("2023-10-01"), NULL, 0};
        enum status status = STATUS_NO_MEMORY;
        struct tale recorded, supposed;

        (void)state;
        tell_tale(level_2, &recorded);
        tell_tale(out, &supposed);
        struct forecast_history history = {recorded.records, recorded.count, supposed.records, supposed.count};
        for (size_t blocks = 0; status != STATUS_OK; blocks++) {
                struct page page = {.used = 0};
                struct arena work, rows;
                bool cut = false;

                assert_true(blocks < 1000);
                arena_init(&work, grow, free);
                arena_init(&rows, grow, free);
                struct forecast_outlet outlet = {&work, &rows, put_entry, &page};
                blocks_left = blocks;
                status = forecast_case(&question, &history, &outlet, &cut);
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
                arena_fini(&work);
                arena_fini(&rows);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_recurs_is_projected_from_the_day_it_is_held),
                cmocka_unit_test(days_without_meetings_move_them_before_or_after),
                cmocka_unit_test(what_is_supposed_counts_from_its_day_on),
                cmocka_unit_test(one_meeting_meets_all_that_it_can),
                cmocka_unit_test(a_clock_that_stands_still_has_no_week_though_a_meeting_of_another_duty_meets_it),
                cmocka_unit_test(what_cannot_be_met_by_one_meeting_has_two),
                cmocka_unit_test(what_is_held_carries_all_that_its_event_must),
                cmocka_unit_test(nothing_follows_what_cannot_be_made_up_or_booked),
                cmocka_unit_test(what_has_no_working_day_left_is_held_when_it_is_due),
                cmocka_unit_test(each_item_has_a_meeting_of_its_own),
                cmocka_unit_test(one_hearing_of_an_item_meets_all_that_it_can_of_it),
                cmocka_unit_test(days_without_meetings_may_leave_no_other),
                cmocka_unit_test(a_case_of_too_many_appointments_is_cut_and_says_so),
                cmocka_unit_test(without_memory_it_says_so),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
