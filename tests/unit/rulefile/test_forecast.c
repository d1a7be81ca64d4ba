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
        "  { name = 'next-meeting'; type = 'date'; }, { name = 'release'; type = 'date'; } );\n"
        "events = ( { name = 'levelled'; fields = ( { name = 'level'; required = true; } ); },\n"
        "  { name = 'moved'; fields = ( { name = 'place'; required = true; } ); },\n"
        "  { name = 'booked'; fields = ( { name = 'next-meeting'; required = true; } ); },\n"
        "  { name = 'planned'; fields = ( { name = 'release'; required = true; } ); },\n"
        "  { name = 'met'; clears = ['next-meeting']; fields = ( { name = 'kind'; values = ['paper', 'full', 'long']; "
        "   required = true; }, { name = 'chair'; values = ['a', 'b']; } ); },\n"
        "  { name = 'order-made'; new-item = 'order'; }, { name = 'order-ended'; item = 'order'; } );\n"
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
        "  { id = 'unbooked'; title = 'Unbooked'; source = 'Guidance'; basis = 'Often.'; strength = 'must';\n"
        "    applies = { level = '2'; }; every = '1 week after'; met-by = { event = 'met'; }; } );\n";

static char text[sizeof words];
static struct ruleset *ruleset;

static int set_up(void **state)
{
        struct rulefile_text texts[] = {{"words.cfg", text, sizeof words - 1}};
        struct rulefile_input input = {.texts = texts, .count = 1};
        struct diagnostics diagnostics;

        (void)state;
        for (size_t i = 0; i < sizeof words; i++)
                text[i] = (char)(words[i] == '\'' ? '"' : words[i]);
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
                cmocka_unit_test(without_memory_it_says_so),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
