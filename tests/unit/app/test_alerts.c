/*
 * Nothing is lost, nothing is said twice: when which stage is raised, under
 * every way in which dates move and facts are mended. Dates are from paper:
 * 2023-01-02 is a Monday, 8 weeks after it is Monday 2023-02-27.
 */
#include "world.h"

static void each_stage_is_raised_on_its_day_and_once(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-01-29");
        assert_heard(&world, "");
        world_live(&world, "2023-01-30");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n");
        world_live(&world, "2023-02-27");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks before\" > unit, north\n"
                             "stage L-1 inspection due 2023-02-27 \"due\" > north\n");
        world_live(&world, "2023-04-30");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\" > unit, north\n"
                             "stage L-1 inspection due 2023-02-27 \"overdue\"*1 > unit, north\n"
                             "stage L-1 inspection due 2023-02-27 \"2 weeks after\" > chair\n"
                             "stage L-1 inspection due 2023-02-27 \"overdue\"*2 > unit, north\n"
                             "stage L-1 inspection due 2023-02-27 \"overdue\"*3 > unit, north\n");
        world_fini(&world);
}

static void after_downtime_the_highest_stage_speaks_for_all(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_sweep(&world, "2023-01-02");
        world_crash(&world);
        world_at(&world, "2023-03-20", 12);
        world_open(&world);
        /* overdue on 28 February, again on 7, 14 and 21 March; two weeks after on the 13th */
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*2 > unit, north, chair\n");
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        world_live(&world, "2023-03-21");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*3 > unit, north\n");
        world_fini(&world);
}

#define HUNDREDS 700

struct hundreds {
        struct world *world;
        size_t count;
};

static void hear_one_of_hundreds(void *context, const struct app_alert *alert)
{
        struct hundreds *hundreds = context;
        char expected[128];

        hundreds->count++;
        snprintf(expected, sizeof expected, "stage L-%04zu inspection due 2023-02-27 \"overdue\"*2 > unit, north, chair\n",
                 hundreds->count);
        hundreds->world->used = 0;
        world_hear(hundreds->world, alert);
        assert_string_equal(hundreds->world->text, expected);
}

/* What a step of a sweep raises is written together. Of each case six stages are passed beside the one that is raised. */
static void hundreds_in_one_step_are_raised_as_one_is(void **state)
{
        struct world world;
        struct hundreds hundreds = {.world = &world};
        struct app_alert_filter filter = {.limit = 1000};
        char lines[50 * 160];
        size_t used = 0;
        bool more = false;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        for (int i = 1; i <= HUNDREDS; i++) {
                used += (size_t)snprintf(lines + used, sizeof lines - used,
                                         "{'case':'L-%04d','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n"
                                         "{'case':'L-%04d','event':'lit','on':'2023-01-02'}\n",
                                         i, i);
                if (i % 50 == 0)
                        world_recorded(&world, lines);
                used = i % 50 == 0 ? 0 : used;
        }
        world_crash(&world);
        world_at(&world, "2023-03-20", 12);
        world_open(&world);
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_int_equal(app_alerts(world.app, &filter, hear_one_of_hundreds, &hundreds, &more), STATUS_OK);
        assert_int_equal(hundreds.count, HUNDREDS);
        assert_false(more);
        world_at(&world, "2023-03-20", 14);
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_heard(&world, "");
        world_fini(&world);
}

static void old_history_raises_only_where_each_open_obligation_stands(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-03-01");
        world_recorded(&world, "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2021-01-04'}\n"
                               "{'case':'L-1','event':'lit','on':'2021-01-04'}\n"
                               "{'case':'L-1','event':'feast-set','feast':'2021-06-01','on':'2021-01-04'}\n"
                               "{'case':'L-1','event':'visited','on':'2021-09-01'}\n"
                               "{'case':'L-1','event':'visited','on':'2023-01-11'}\n");
        /* 8 weeks after 11 January is 8 March; two weeks before that was 22 February. */
        assert_heard(&world, "stage L-1 inspection due 2023-03-08 \"2 weeks before\" > unit, north\n");
        world_sweep(&world, "2023-03-01");
        assert_heard(&world, "");
        world_recorded(&world, "{'case':'L-2','event':'feast-set','feast':'2023-02-20','on':'2023-02-01'}\n");
        assert_heard(&world, "");
        world_fini(&world);
}

static void a_milestone_is_told_of_on_its_day_also_after_downtime(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'feast-set','feast':'2023-01-20','on':'2023-01-02'}\n"
                               "{'case':'L-2','event':'feast-set','feast':'2023-01-04','on':'2023-01-02'}\n");
        assert_heard(&world, "stage L-2 feast due 2023-01-04 \"1 week before\" > unit\n");
        world_live(&world, "2023-01-04");
        assert_heard(&world, "stage L-2 feast due 2023-01-04 \"due\" > unit\n");
        world_crash(&world);
        world_at(&world, "2023-02-10", 12);
        world_open(&world);
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_heard(&world, "stage L-1 feast due 2023-01-20 \"due\" > unit\n");
        world_live(&world, "2023-02-12");
        assert_heard(&world, "");
        world_fini(&world);
}

static void a_stage_raised_by_an_event_after_midnight_is_not_repeated_by_the_sweep(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-01-29");
        (void)world_post(&world); /* heartbeats of the Sundays */
        world_at(&world, "2023-01-30", 0);
        world_recorded(&world, "{'case':'L-1','event':'noted','on':'2023-01-29'}");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n");
        assert_string_equal(world_post(&world), "");
        /* yesterday's sweep, late; then today's */
        assert_int_equal(world_try_sweep(&world, world.now.today - 1), STATUS_OK);
        world_sweep(&world, "2023-01-30");
        assert_heard(&world, "");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n");
        world_fini(&world);
}

static void a_late_sweep_leaves_the_new_day_to_its_own(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT "{'case':'L-1','event':'visit-booked','next-visit':'2023-01-29','on':'2023-01-02'}\n"
                                   "{'case':'L-2','event':'feast-set','feast':'2023-01-30','on':'2023-01-02'}\n");
        world_live(&world, "2023-01-28");
        assert_heard(&world, "stage L-2 feast due 2023-01-30 \"1 week before\" > unit\n");
        world_at(&world, "2023-01-30", 1);
        assert_int_equal(world_try_sweep(&world, world.now.today - 1), STATUS_OK);
        assert_heard(&world, "");
        world_sweep(&world, "2023-01-30");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n"
                             "booking-passed L-1 inspection due 2023-02-27 booked 2023-01-29 > unit, north\n"
                             "stage L-2 feast due 2023-01-30 \"due\" > unit\n");
        world_fini(&world);
}

static void paused_days_move_the_date_and_repeat_nothing(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-02-13");
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-13'}");
        (void)world_heard(&world);
        world_live(&world, "2023-02-20");
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-02-20'}");
        /* dark from 13 to 19 February, seven days */
        world_obligations(&world, "inspection");
        assert_string_equal(world.text, "L-1 inspection due-soon 2023-03-06\n");
        world_live(&world, "2023-03-05");
        assert_heard(&world, "");
        world_live(&world, "2023-03-07");
        assert_heard(&world, "stage L-1 inspection due 2023-03-06 \"due\" > north\n"
                             "stage L-1 inspection due 2023-03-06 \"overdue\" > unit, north\n");
        world_fini(&world);
}

/* A date does not move later by itself once it is overdue. When a pause is recorded that was before, whoever was told of a
 * breach hears that it was none, and of the breach of the right date. */
static void a_pause_found_out_after_the_breach_takes_it_back(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-02-28");
        (void)world_heard(&world);
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-13'}\n{'case':'L-1','event':'lit','on':'2023-02-20'}");
        assert_heard(&world, "moved L-1 inspection due 2023-03-06 was 2023-02-27 > unit, north\n");
        world_live(&world, "2023-03-08");
        assert_heard(&world, "stage L-1 inspection due 2023-03-06 \"overdue\" > unit, north\n");
        world_fini(&world);
}

static void a_date_moved_otherwise_is_announced_again(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-02'}");
        world_live(&world, "2023-02-01");
        assert_heard(&world, "stage L-1 licence due 2023-05-01 \"opens\" > unit\n");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-06-01','on':'2023-02-01'}");
        assert_heard(&world, "moved L-1 licence due 2023-06-01 was 2023-05-01 > unit\n");
        world_live(&world, "2023-03-01");
        assert_heard(&world, "stage L-1 licence due 2023-06-01 \"opens\" > unit\n");
        world_fini(&world);
}

static void a_date_that_moves_there_and_back_is_told_of_each_time(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-03-01','on':'2023-01-02'}");
        assert_heard(&world, "stage L-1 licence due 2023-03-01 \"opens\" > unit\n");
        for (int turn = 0; turn < 2; turn++) {
                world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-03-02','on':'2023-01-02'}");
                assert_heard(&world, turn == 0 ? "moved L-1 licence due 2023-03-02 was 2023-03-01 > unit\n"
                                                 "stage L-1 licence due 2023-03-02 \"opens\" > unit\n"
                                               : "moved L-1 licence due 2023-03-02 was 2023-03-01 > unit\n");
                assert_int_equal(world_retract(&world, world.last_seq), STATUS_OK);
                assert_heard(&world, "moved L-1 licence due 2023-03-01 was 2023-03-02 > unit\n");
        }
        world_fini(&world);
}

static void keep_says(void *context, const struct app_alert *alert)
{
        struct world *world = context;

        world->heard = alert->id;
        if (alert->kind == ALERT_MOVED)
                world_say(world, "%s", alert->says);
}

static const char *cause_of_move(struct world *world)
{
        struct app_alert_filter filter = {.after = world->heard, .limit = 1000};
        bool more = false;

        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(app_alerts(world->app, &filter, keep_says, world, &more), STATUS_OK);
        return world->text;
}

static void a_move_names_what_moved_it(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-03-01','on':'2023-01-02'}");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-03-02','on':'2023-01-02'}");
        assert_string_equal(cause_of_move(&world), "event 2 (licensed, 2023-01-02)");
        assert_int_equal(world_retract(&world, 2), STATUS_OK);
        assert_string_equal(cause_of_move(&world), "event 3 retracts event 2 (licensed, 2023-01-02)");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-03-05','on':'2023-01-01',"
                               "'replaces':1,'why':'a slip'}");
        assert_string_equal(cause_of_move(&world), "event 4 (licensed, 2023-01-01) in place of event 1 (licensed, 2023-01-02)");
        /* Of a batch, the lines about that case. */
        world_recorded(&world, "{'case':'L-2','event':'lit','on':'2023-01-02'}\n{'case':'L-1','event':'lit','on':'2023-01-02'}\n"
                               "{'case':'L-1','event':'licensed','licence-ends':'2023-03-06','on':'2023-01-02'}\n"
                               "{'case':'L-1','event':'noted','on':'2023-01-02'}\n{'case':'L-1','event':'noted','on':'2023-01-02'}");
        assert_string_equal(cause_of_move(&world),
                            "event 6 (lit, 2023-01-02); event 7 (licensed, 2023-01-02); event 8 (noted, 2023-01-02); and 1 more");
        world_fini(&world);
}

static void a_corrected_beginning_is_told_of_as_a_move(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        world_live(&world, "2023-01-09");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-12 \"3 days before\" > unit\n");
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-06','replaces':1,'why':'wrong day'}");
        assert_heard(&world, "moved L-1 buoy-check/B1 due 2023-01-16 was 2023-01-12 > unit\n");
        world_live(&world, "2023-01-17");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-16 \"3 days before\" > unit\n"
                             "stage L-1 buoy-check/B1 due 2023-01-16 \"overdue\" > unit\n");
        world_fini(&world);
}

static void what_is_closed_in_the_same_batch_raises_nothing(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-03-10");
        world_recorded(&world, WORLD_LIT "{'case':'L-1','event':'visited','on':'2023-03-10'}");
        assert_heard(&world, "");
        world_live(&world, "2023-04-06");
        assert_heard(&world, "");
        world_live(&world, "2023-04-07"); /* four weeks before Friday 5 May */
        assert_heard(&world, "stage L-1 inspection due 2023-05-05 \"4 weeks before\" > unit\n");
        world_fini(&world);
}

static void retracting_what_met_it_says_what_is_new_only(void **state)
{
        struct world world;
        uint64_t visit;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-02-27");
        world_recorded(&world, "{'case':'L-1','event':'visited','on':'2023-02-27'}");
        visit = world.last_seq;
        (void)world_heard(&world);
        world_live(&world, "2023-03-02");
        assert_heard(&world, "");
        assert_int_equal(world_retract(&world, visit), STATUS_OK);
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\" > unit, north\n");
        world_live(&world, "2023-03-06");
        assert_heard(&world, "");
        world_fini(&world);
}

static void a_late_booking_speaks_when_it_is_booked_and_never_again(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_recorded(&world, "{'case':'L-1','event':'visit-booked','next-visit':'2023-03-20','on':'2023-01-02'}");
        assert_heard(&world, "booked-late L-1 inspection due 2023-02-27 booked 2023-03-20 > unit, north\n");
        world_live(&world, "2023-01-10");
        /* Two days of darkness move the date by paused days alone; still too late, and known. */
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-01-09'}\n{'case':'L-1','event':'lit','on':'2023-01-10'}");
        assert_heard(&world, "");
        world_recorded(&world, "{'case':'L-1','event':'visit-booked','next-visit':'2023-03-21','on':'2023-01-10'}");
        assert_heard(&world, "booked-late L-1 inspection due 2023-02-28 booked 2023-03-21 > unit, north\n");
        world_fini(&world);
}

static void a_booking_in_time_is_quiet_until_it_has_passed(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT "{'case':'L-1','event':'visit-booked','next-visit':'2023-02-15','on':'2023-01-02'}");
        world_live(&world, "2023-02-15");
        assert_heard(&world, "");
        world_live(&world, "2023-02-26");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks before\" > unit, north\n"
                             "booking-passed L-1 inspection due 2023-02-27 booked 2023-02-15 > unit, north\n");
        world_fini(&world);
}

static void a_missing_fact_is_told_once(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}");
        assert_heard(&world, "unevaluable L-1 inspection due 2023-02-27 lacks lamp > unit\n");
        world_live(&world, "2023-01-20");
        assert_heard(&world, "");
        world_fini(&world);
}

/* Holidays are published until 31 December 2060: a year before that it is still enough. */
static void a_calendar_that_covers_less_than_a_year_is_told_of_once_a_month(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2059-12-30");
        world_live(&world, "2059-12-31");
        assert_heard(&world, "");
        world_live(&world, "2060-01-01");
        assert_heard(&world, "calendar calendar > unit\n");
        world_live(&world, "2060-01-31");
        assert_heard(&world, "");
        world_live(&world, "2060-02-02");
        assert_heard(&world, "calendar calendar > unit\n");
        world_fini(&world);
}

/* One week before Sunday 1 January 2023 is a Sunday: the
 * warning comes on the Friday before it, the breach on the very day. */
static void warnings_come_on_the_last_working_day_and_breaches_when_they_are(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "buoy-check",
                "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };"
                " alerts = ( { at = \"1 week before\"; to = \"unit\"; }, { at = \"due\"; to = \"unit\"; }, { at = \"overdue\"; to = \"unit\"; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, law, "2022-12-22");
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2022-12-22'}"); /* due on 1 January */
        world_live(&world, "2022-12-22");
        assert_heard(&world, "");
        world_live(&world, "2022-12-23");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-01 \"1 week before\" > unit\n");
        world_live(&world, "2022-12-31");
        assert_heard(&world, "");
        world_live(&world, "2023-01-01");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-01 \"due\" > unit\n");
        world_live(&world, "2023-01-02");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-01 \"overdue\" > unit\n");
        world_fini(&world);
}

static void two_flags_of_one_event_are_two_alerts(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-01-02'}\n"
                               "{'case':'L-1','event':'classed','class':'1','keeper':'south','on':'2023-01-02'}");
        assert_int_equal(world.warnings, 2);
        assert_heard(&world, "constraint L-1 never-dark-1 > unit\nconstraint L-1 south-is-2 > unit\n");
        world_fini(&world);
}

static void two_stages_of_one_day_lose_nobody(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "buoy-check",
                "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };"
                " alerts = ( { at = \"3 days before\"; to = \"unit\"; }, { at = \"2 days before\"; to = \"chair\"; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, law, "2023-01-06");
        /* Due Monday the 16th: three and two days before are Friday the 13th, and Saturday, which moves to that Friday. */
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-06'}");
        world_live(&world, "2023-01-20");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-16 \"2 days before\" > chair, unit\n");
        world_fini(&world);
}

static void other_rules_raise_at_the_next_sweep_and_repeat_nothing(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT "{'case':'L-1','event':'licensed','licence-ends':'2023-03-01','on':'2023-01-02'}");
        world_live(&world, "2023-01-30");
        (void)world_heard(&world);
        /* The licence is law no more; the inspection has lost a stage and got another. */
        static const char law[] = "rules = (" WORLD_RULE(
                "inspection",
                "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\"; needs = [\"lamp\"];"
                " every = \"8 weeks after\"; met-by = { event = \"visited\"; }; booked-by = \"next-visit\";"
                " alerts = ( { at = \"5 weeks before\"; to = \"chair\"; }, { at = \"2 weeks before\"; to = \"unit\"; } );") ");";
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, law, world_contacts), world.problem), STATUS_OK);
        assert_heard(&world, "");
        world_live(&world, "2023-01-31");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"5 weeks before\" > chair\n");
        world_live(&world, "2023-02-15");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks before\" > unit\n");
        /* Back to the old law: what was told under it is told. */
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, world_contacts), world.problem), STATUS_OK);
        world_live(&world, "2023-02-16");
        assert_heard(&world, "stage L-1 licence due 2023-03-01 \"2 weeks before\" > unit\n");
        world_fini(&world);
}

static void another_period_moves_announced_dates_and_says_so(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-01-30");
        (void)world_heard(&world);
        static const char law[] = "rules = (" WORLD_RULE(
                "inspection",
                "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\"; needs = [\"lamp\"];"
                " every = \"10 weeks after\"; met-by = { event = \"visited\"; };"
                " alerts = ( { at = \"4 weeks before\"; to = \"unit\"; } );") ");";
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, law, world_contacts), world.problem), STATUS_OK);
        assert_heard(&world, "moved L-1 inspection due 2023-03-13 was 2023-02-27 > unit\n");
        world_live(&world, "2023-02-13");
        assert_heard(&world, "stage L-1 inspection due 2023-03-13 \"4 weeks before\" > unit\n");
        world_fini(&world);
}

static void a_line_that_rules_cannot_read_is_told_once_and_counted(void **state)
{
        struct world world;
        struct app_status told;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'noted','mark':'X1','on':'2023-01-02'}");
        world_crash(&world);
        static const char other[] =
                "attributes = ( { name = \"lamp\"; values = [\"lit\"]; } ); events = ( { name = \"lit\"; sets = { lamp = \"lit\"; }; } );";
        struct rulefile_text text = {"other", other, sizeof other - 1};
        struct ruleset *ruleset = NULL;
        struct diagnostics problems;
        diagnostics_init(&problems);
        assert_int_equal(rulefile_load_text(&text, 1, &problems, &ruleset), STATUS_OK);
        diagnostics_fini(&problems);
        assert_int_equal(
                app_open(&world.settings, (struct app_rules){.ruleset = ruleset, .release = world_release}, world.now,
                         &world.app, world.problem),
                STATUS_OK);
        for (int day = 2; day < 5; day++)
                assert_int_equal(world_try_sweep(&world, world.now.today + day), STATUS_OK);
        assert_string_equal(world_heard(&world), "unknown-word L-1 noted > \n");
        assert_int_equal(app_status(world.app, world.now, &told), STATUS_OK);
        assert_int_equal(told.unknown_events, 1);
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, world_contacts), world.problem), STATUS_OK);
        assert_int_equal(app_status(world.app, world.now, &told), STATUS_OK);
        assert_int_equal(told.unknown_events, 0);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_stage_is_raised_on_its_day_and_once),
                cmocka_unit_test(after_downtime_the_highest_stage_speaks_for_all),
                cmocka_unit_test(hundreds_in_one_step_are_raised_as_one_is),
                cmocka_unit_test(old_history_raises_only_where_each_open_obligation_stands),
                cmocka_unit_test(a_milestone_is_told_of_on_its_day_also_after_downtime),
                cmocka_unit_test(a_stage_raised_by_an_event_after_midnight_is_not_repeated_by_the_sweep),
                cmocka_unit_test(a_late_sweep_leaves_the_new_day_to_its_own),
                cmocka_unit_test(paused_days_move_the_date_and_repeat_nothing),
                cmocka_unit_test(a_pause_found_out_after_the_breach_takes_it_back),
                cmocka_unit_test(a_date_moved_otherwise_is_announced_again),
                cmocka_unit_test(a_date_that_moves_there_and_back_is_told_of_each_time),
                cmocka_unit_test(a_move_names_what_moved_it),
                cmocka_unit_test(a_corrected_beginning_is_told_of_as_a_move),
                cmocka_unit_test(what_is_closed_in_the_same_batch_raises_nothing),
                cmocka_unit_test(retracting_what_met_it_says_what_is_new_only),
                cmocka_unit_test(a_late_booking_speaks_when_it_is_booked_and_never_again),
                cmocka_unit_test(a_booking_in_time_is_quiet_until_it_has_passed),
                cmocka_unit_test(a_missing_fact_is_told_once),
                cmocka_unit_test(a_calendar_that_covers_less_than_a_year_is_told_of_once_a_month),
                cmocka_unit_test(warnings_come_on_the_last_working_day_and_breaches_when_they_are),
                cmocka_unit_test(two_flags_of_one_event_are_two_alerts),
                cmocka_unit_test(two_stages_of_one_day_lose_nobody),
                cmocka_unit_test(other_rules_raise_at_the_next_sweep_and_repeat_nothing),
                cmocka_unit_test(another_period_moves_announced_dates_and_says_so),
                cmocka_unit_test(a_line_that_rules_cannot_read_is_told_once_and_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
