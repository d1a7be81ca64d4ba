/*
 * What letters put into people's diaries: a date once, with a name that stays; a
 * moved one moves, a met one leaves, whatever happened in between.
 */
#include "world.h"

#define LAID(reference, on) "{'case':'" reference "','event':'buoy-laid','item':'B1','on':'" on "'}\n"
#define LICENSED(on, ends) "{'case':'A-1','event':'licensed','licence-ends':'" ends "','on':'" on "'}\n"
/* Inspected every 8 weeks: the first time by Monday 27 February. */
#define LIT_AND_CLASSED                                                                                                                  \
        "{'case':'L-1','event':'lit','on':'2023-01-02'}\n{'id':'c1','case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n"
#define NAMES_MAX 64

static char names[NAMES_MAX][96]; /* of events, in the order in which they were met; a test reads their index */
static size_t name_count;

static size_t name_index(const char *name)
{
        for (size_t i = 0; i < name_count; i++)
                if (strcmp(names[i], name) == 0)
                        return i;
        assert_true(name_count < NAMES_MAX && strlen(name) < sizeof names[0]);
        snprintf(names[name_count], sizeof names[0], "%s", name);
        return name_count++;
}

/* The value of a property of the event that begins at text, unfolded; "" if it has none. */
static const char *property(const char *text, const char *name, char value[static 512])
{
        const char *end = strstr(text, "END:VEVENT"), *at = strstr(text, name);
        size_t used = 0;

        value[0] = '\0';
        if (at == NULL || at > end)
                return value;
        for (at += strlen(name); *at != '\n' || at[1] == ' '; at++) {
                if (*at == '\n')
                        at++;
                else
                        value[used++] = *at;
                assert_true(used < 511);
        }
        value[used] = '\0';
        return value;
}

/* A line for each event: recipient, name, sequence, status, first day, day after the last, words. */
static void read_calendar(void *context, const struct app_message *message)
{
        static const char head[] = "BEGIN:VCALENDAR\nPRODID:-//mappad//mappad//EN\nVERSION:2.0\nMETHOD:PUBLISH\nBEGIN:VEVENT\n";
        struct world *world = context;
        char value[6][512];
        const char *at = message->calendar;

        assert_int_equal(app_outbox_report(world->app, (struct app_report){.id = message->id, .verdict = VERDICT_SENT}), STATUS_OK);
        if (at == NULL)
                return;
        assert_int_equal(strncmp(at, head, sizeof head - 1), 0);
        assert_string_equal(at + strlen(at) - 14, "END:VCALENDAR\n");
        while ((at = strstr(at, "BEGIN:VEVENT")) != NULL) {
                world_say(world, "%.*s #%zu.%s %s %s-%s %s\n", (int)strcspn(message->recipient, "@"), message->recipient,
                          name_index(property(at, "\nUID:", value[0])), property(at, "\nSEQUENCE:", value[1]),
                          property(at, "\nSTATUS:", value[2]), property(at, "\nDTSTART;VALUE=DATE:", value[3]),
                          property(at, "\nDTEND;VALUE=DATE:", value[4]), property(at, "\nSUMMARY:", value[5]));
                at++;
        }
}

/* What the letters that wait now do to diaries; they are sent. */
static const char *diaries(struct world *world)
{
        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(world_letters(world->app, world->now, 1000, read_calendar, world), STATUS_OK);
        app_flush(world->app, world->now);
        return world->text;
}
#define assert_diaries(world, expected) assert_string_equal(diaries(world), expected)

static void begin(struct world *world, const char *day)
{
        name_count = 0;
        world_init(world, WORLD_LAW, day);
}

static void a_date_comes_and_leaves_when_it_is_met(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02")); /* within 10 days: Thursday 12 January, told of 3 days before */
        world_sweep(&world, "2023-01-09");
        assert_diaries(&world, "unit #0.0 CONFIRMED 20230112-20230113 C-1 buoy-check: due Thu 12 Jan 2023\n");
        world_at(&world, "2023-01-10", 12);
        world_recorded(&world, "{'case':'C-1','event':'buoy-checked','item':'B1','on':'2023-01-10'}\n");
        assert_diaries(&world, ""); /* good news makes no message */
        world_live(&world, "2023-01-15"); /* a Sunday: the heartbeat takes it along */
        assert_diaries(&world, "unit #0.1 CANCELLED 20230112-20230113 Not due any more: C-1 buoy-check\n");
        world_live(&world, "2023-01-22");
        assert_diaries(&world, "");
        world_fini(&world);
}

static void a_moved_date_moves_under_its_name_in_each_diary(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-02-13");
        world_recorded(&world, LIT_AND_CLASSED);
        world_sweep(&world, "2023-02-13");
        assert_diaries(&world, "unit #0.0 CONFIRMED 20230227-20230228 L-1 inspection: due Mon 27 Feb 2023\n"
                               "north #0.0 CONFIRMED 20230227-20230228 L-1 inspection: due Mon 27 Feb 2023\n");
        /* It began four days later: another obligation in the place of the first, due on Friday 3 March. */
        world_recorded(&world,
                       "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-06','replaces':'c1','why':'misread'}\n");
        world_sweep(&world, "2023-02-14");
        assert_diaries(&world, "unit #0.1 CONFIRMED 20230303-20230304 L-1 inspection: due Fri 3 Mar 2023\n"
                               "north #0.1 CONFIRMED 20230303-20230304 L-1 inspection: due Fri 3 Mar 2023\n");
        world_fini(&world);
}

static void a_date_given_anew_moves_and_a_weekend_is_shown_from_friday_on(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-06-01");
        world_recorded(&world, LICENSED("2023-06-01", "2023-07-30")); /* a Sunday */
        world_sweep(&world, "2023-06-01");
        assert_diaries(&world, "unit #0.0 CONFIRMED 20230728-20230731 A-1 licence: due Sun 30 Jul 2023\n");
        world_at(&world, "2023-06-05", 9);
        world_recorded(&world, LICENSED("2023-06-05", "2023-08-02"));
        world_sweep(&world, "2023-06-06");
        assert_diaries(&world, "unit #0.1 CONFIRMED 20230802-20230803 A-1 licence: due Wed 2 Aug 2023\n");
        world_at(&world, "2023-06-07", 9);
        world_recorded(&world, LICENSED("2023-06-07", "2023-07-30"));
        world_sweep(&world, "2023-06-08");
        assert_diaries(&world, "unit #0.2 CONFIRMED 20230728-20230731 A-1 licence: due Sun 30 Jul 2023\n");
        world_fini(&world);
}

/* Dates that paused days move are not announced: they move in the diary with the next letter. */
static void a_date_that_a_pause_moved_moves_with_the_next_letter(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-02-13");
        world_recorded(&world, LIT_AND_CLASSED);
        world_sweep(&world, "2023-02-13");
        (void)diaries(&world);
        world_at(&world, "2023-02-14", 9);
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-14'}\n");
        world_at(&world, "2023-02-16", 9);
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-02-16'}\n"); /* dark for two days */
        assert_diaries(&world, "");
        world_live(&world, "2023-02-19"); /* the heartbeat of Sunday */
        assert_diaries(&world, "north #0.1 CONFIRMED 20230301-20230302 L-1 inspection: due Wed 1 Mar 2023\n"
                               "unit #0.1 CONFIRMED 20230301-20230302 L-1 inspection: due Wed 1 Mar 2023\n");
        world_fini(&world);
}

static void what_left_by_mistake_comes_back_under_its_name(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-07"); /* nothing yet: three days before is the 9th */
        world_live(&world, "2023-01-09");
        assert_diaries(&world, "unit #0.0 CONFIRMED 20230112-20230113 C-1 buoy-check: due Thu 12 Jan 2023\n");
        world_at(&world, "2023-01-10", 12);
        world_recorded(&world, "{'case':'C-1','event':'buoy-checked','item':'B1','on':'2023-01-10'}\n" LAID("C-2", "2023-01-03"));
        world_sweep(&world, "2023-01-11");
        assert_diaries(&world, "unit #1.0 CONFIRMED 20230113-20230114 C-2 buoy-check: due Fri 13 Jan 2023\n"
                               "unit #0.1 CANCELLED 20230112-20230113 Not due any more: C-1 buoy-check\n");
        assert_int_equal(world_retract(&world, 2), STATUS_OK); /* it was not checked */
        world_sweep(&world, "2023-01-13"); /* overdue: its day is past, and it is in no diary now */
        assert_diaries(&world, "");
        world_fini(&world);
}

/* A record of the wrong case took it out; with the next letter, whatever that is about, it is there again. */
static void what_was_met_by_mistake_comes_back_with_the_next_letter(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-10");
        world_recorded(&world, LAID("C-1", "2023-01-10"));
        world_live(&world, "2023-01-17"); /* due on the 20th, told of three days before */
        assert_diaries(&world, "unit #0.0 CONFIRMED 20230120-20230121 C-1 buoy-check: due Fri 20 Jan 2023\n");
        world_at(&world, "2023-01-17", 12);
        world_recorded(&world, "{'case':'C-1','event':'buoy-checked','item':'B1','on':'2023-01-17'}\n" LAID("C-2", "2023-01-08"));
        world_sweep(&world, "2023-01-18");
        assert_diaries(&world, "unit #1.0 CONFIRMED 20230118-20230119 C-2 buoy-check: due Wed 18 Jan 2023\n"
                               "unit #0.1 CANCELLED 20230120-20230121 Not due any more: C-1 buoy-check\n");
        assert_int_equal(world_retract(&world, 2), STATUS_OK);
        world_sweep(&world, "2023-01-19"); /* C-2 is overdue */
        assert_diaries(&world, "unit #1.0 CONFIRMED 20230118-20230119 C-2 buoy-check: due Wed 18 Jan 2023\n"
                               "unit #0.2 CONFIRMED 20230120-20230121 C-1 buoy-check: due Fri 20 Jan 2023\n");
        world_fini(&world);
}

static void a_day_that_is_past_is_put_into_no_new_diary(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-02-13");
        world_recorded(&world, LIT_AND_CLASSED);
        world_sweep(&world, "2023-02-13");
        (void)diaries(&world);
        world_sweep(&world, "2023-03-13"); /* two weeks after: the chair hears of it for the first time */
        assert_diaries(&world, "unit #0.0 CONFIRMED 20230227-20230228 L-1 inspection: due Mon 27 Feb 2023\n"
                               "north #0.0 CONFIRMED 20230227-20230228 L-1 inspection: due Mon 27 Feb 2023\n");
        world_fini(&world);
}

static void a_crash_repeats_the_same_calendar_and_no_sequence(void **state)
{
        static const char gone[] = "unit #0.1 CANCELLED 20230112-20230113 Not due any more: C-1 buoy-check\n";
        struct world world;

        (void)state;
        begin(&world, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        (void)diaries(&world);
        world_at(&world, "2023-01-10", 9);
        world_recorded(&world, "{'case':'C-1','event':'buoy-checked','item':'B1','on':'2023-01-10'}\n");
        world_live(&world, "2023-01-15");
        world.used = 0;
        assert_int_equal(world_letters(world.app, world.now, 1000, read_calendar, &world), STATUS_OK);
        assert_string_equal(world.text, gone);
        world_crash(&world); /* sent, and nobody wrote down that it was */
        world_open(&world);
        assert_diaries(&world, gone);
        world_fini(&world);
}

static void with_counts_only_there_is_no_calendar(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-02");
        world_crash(&world);
        world.settings.counts_only = true;
        world_open(&world);
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        assert_diaries(&world, "");
        world_fini(&world);
}

static void count_events(void *context, const struct app_message *message)
{
        size_t *count = context;

        for (const char *at = message->calendar; at != NULL && (at = strstr(at, "BEGIN:VEVENT")) != NULL; at++)
                ++*count;
}

/* The same of each of 500 cases. */
static void crowd(struct world *world, const char *event, const char *on)
{
        char lines[8192];

        for (int first = 1; first <= 500; first += 100) {
                size_t used = 0;
                for (int i = first; i < first + 100; i++)
                        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                                 "{'case':'C-%d','event':'%s','item':'B1','on':'%s'}\n", i, event, on);
                world_recorded(world, lines);
        }
}

/* So many dates that one calendar does not hold them. Of those it took, each leaves when it is met. */
static void a_calendar_is_bounded(void **state)
{
        struct world world;
        size_t events = 0;

        (void)state;
        begin(&world, "2023-01-02");
        crowd(&world, "buoy-laid", "2023-01-02");
        world_sweep(&world, "2023-01-09");
        assert_int_equal(world_letters(world.app, world.now, 1000, count_events, &events), STATUS_OK);
        assert_int_equal(events, 400);
        (void)world_post(&world);
        crowd(&world, "buoy-checked", "2023-01-09");
        world_live(&world, "2023-01-15");
        events = 0;
        assert_int_equal(world_letters(world.app, world.now, 1000, count_events, &events), STATUS_OK);
        assert_int_equal(events, 400);
        (void)world_post(&world);
        world_live(&world, "2023-01-22");
        events = 0;
        assert_int_equal(world_letters(world.app, world.now, 1000, count_events, &events), STATUS_OK);
        assert_int_equal(events, 0);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_date_comes_and_leaves_when_it_is_met),
                cmocka_unit_test(a_moved_date_moves_under_its_name_in_each_diary),
                cmocka_unit_test(a_date_given_anew_moves_and_a_weekend_is_shown_from_friday_on),
                cmocka_unit_test(a_date_that_a_pause_moved_moves_with_the_next_letter),
                cmocka_unit_test(what_left_by_mistake_comes_back_under_its_name),
                cmocka_unit_test(what_was_met_by_mistake_comes_back_with_the_next_letter),
                cmocka_unit_test(a_day_that_is_past_is_put_into_no_new_diary),
                cmocka_unit_test(a_crash_repeats_the_same_calendar_and_no_sequence),
                cmocka_unit_test(with_counts_only_there_is_no_calendar),
                cmocka_unit_test(a_calendar_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
