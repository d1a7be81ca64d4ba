/*
 * From alerts to messages: sweeps in steps and cut short, routes that lead to
 * nobody, contacts that change, letters that must not get lost or be sent twice.
 */
#include "world.h"

#define LAID(reference, on) "{'case':'" reference "','event':'buoy-laid','item':'B1','on':'" on "'}\n"

/* So many cases that a sweep takes three steps, due to be told of on 9 January. */
#define CROWD 4100
#define STEP 2000

static void crowd(struct world *world, const char *on)
{
        char line[128];

        for (int first = 1; first <= CROWD; first += 100) {
                char lines[16384] = "";
                size_t used = 0;
                for (int i = first; i < first + 100 && i <= CROWD; i++) {
                        snprintf(line, sizeof line, "{\"case\":\"C-%d\",\"event\":\"buoy-laid\",\"item\":\"B1\",\"on\":\"%s\"}\n", i, on);
                        used += (size_t)snprintf(lines + used, sizeof lines - used, "%s", line);
                }
                struct app_batch *batch = NULL;
                const struct app_actor clerk = {.uid = 1000, .name = "clerk"};
                assert_int_equal(app_batch_new(world->app, world->now, clerk, false, &batch), STATUS_OK);
                assert_int_equal(app_batch_add_body(batch, lines, used), STATUS_OK);
                app_submit(world->app, batch, world_done, world);
                app_flush(world->app, world->now);
                assert_int_equal(world->status, STATUS_OK);
        }
}

static void count_alert(void *context, const struct app_alert *alert)
{
        struct world *world = context;

        world->used++;
        world->heard = alert->id;
}

static size_t count_heard(struct world *world)
{
        struct app_alert_filter filter = {.limit = 1000};
        bool more = true;

        world->used = 0;
        while (more) {
                filter.after = world->heard;
                assert_int_equal(app_alerts(world->app, &filter, count_alert, world, &more), STATUS_OK);
        }
        return world->used;
}

static enum status step(struct world *world, const char *day, struct app_sweep_result *result)
{
        return app_sweep(world->app, world->now, (struct sweep_slot){world_day(day), 450}, result);
}

static void a_sweep_in_steps_raises_all_and_tells_once(void **state)
{
        struct world world;
        struct app_sweep_result result;
        struct app_status status;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        crowd(&world, "2023-01-02");
        world_at(&world, "2023-01-09", 9);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(step(&world, "2023-01-09", &result), STATUS_OK);
                assert_true(result.ran);
                assert_int_equal(result.more, i < 2);
                assert_int_equal(result.raised, i < 2 ? STEP : CROWD - 2 * STEP);
                assert_int_equal(result.messages, i < 2 ? 0 : 1);
        }
        assert_int_equal(count_heard(&world), CROWD);
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 4100 due soon\n");
        assert_int_equal(app_status(world.app, world.now, &status), STATUS_OK);
        assert_int_equal(status.last_sweep.day, world_day("2023-01-09"));
        world_fini(&world);
}

static void a_sweep_cut_short_by_a_crash_is_taken_up_again(void **state)
{
        struct world world;
        struct app_sweep_result result;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        crowd(&world, "2023-01-02");
        world_at(&world, "2023-01-09", 9);
        for (int steps = 1; steps <= 2; steps++) {
                assert_int_equal(step(&world, "2023-01-09", &result), STATUS_OK);
                world_crash(&world);
                world_open(&world);
        }
        assert_int_equal(step(&world, "2023-01-09", &result), STATUS_OK);
        assert_false(result.more);
        assert_int_equal(result.raised, CROWD - 2 * STEP);
        assert_int_equal(count_heard(&world), CROWD);
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 4100 due soon\n");
        world_fini(&world);
}

/* The hour of another sweep comes between two steps: what has begun to wait behind the steps done is not left out. */
static void another_slot_between_steps_begins_again(void **state)
{
        struct world world;
        struct app_sweep_result result;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-03");
        world_recorded(&world, LAID("A-1", "2023-01-03"));
        crowd(&world, "2023-01-02");
        world_at(&world, "2023-01-09", 9);
        assert_int_equal(step(&world, "2023-01-09", &result), STATUS_OK);
        assert_true(result.more);
        world_at(&world, "2023-01-10", 9); /* A-1, the very first case, waits now */
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_int_equal(count_heard(&world), CROWD + 1);
        world_fini(&world);
}

static void urgent_and_daily_letters_of_one_sweep_are_two_messages(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-06");
        world_recorded(&world, LAID("C-1", "2023-01-02") "{'case':'C-2','event':'buoy-laid','item':'B1','on':'2023-01-06'}\n");
        world_sweep(&world, "2023-01-13"); /* C-1 overdue since today, urgent; C-2 due on Monday, told of on Friday */
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n"
                                                "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n");
        world_fini(&world);
}

static void read_text(void *context, const struct app_message *message)
{
        struct world *world = context;

        if (strcmp(message->recipient, "unit@sea.example") == 0)
                world_say(world, "%s\n%s", message->subject, message->text);
}

/* The letter to the unit that waits now. */
static const char *letter_text(struct world *world)
{
        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(world_letters(world->app, world->now, 1000, read_text, world), STATUS_OK);
        return world->text;
}

static void an_obligation_stands_in_a_letter_once_as_it_is_now(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-02-20");
        world_recorded(&world, WORLD_LIT); /* raised at once: two weeks before, or less */
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks before\" > unit, north\n");
        world_recorded(&world, "{'case':'L-1','event':'visit-booked','next-visit':'2023-03-09','on':'2023-02-20'}\n");
        assert_heard(&world, "booked-late L-1 inspection due 2023-02-27 booked 2023-03-09 > unit, north\n");
        world_sweep(&world, "2023-02-28");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\" > unit, north\n");
        letter_text(&world);
        assert_non_null(strstr(world.text, "[OFFICIAL-SENSITIVE] Sea office: 1 overdue\n"));
        assert_non_null(strstr(world.text, "1 day over    booked Thu 9 Mar 2023\n"));
        assert_null(strstr(strstr(world.text, "L-1") + 1, "L-1"));
        assert_null(strstr(world.text, "BOOKED LATE"));
        world_fini(&world);
}

/* Three times without a watch, of which one is too short to be told: what lay between them was watched. */
static void each_time_without_a_watch_is_told_by_itself_and_once(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-02-20");
        world_recorded(&world, WORLD_LIT);
        world_crash(&world);
        world_at(&world, "2023-02-21", 9);
        world_open(&world);
        world_crash(&world);
        world.now.ms += 59999;
        world_open(&world);
        world_at(&world, "2023-02-23", 9);
        app_watching(world.app, world.now);
        world_crash(&world);
        world_at(&world, "2023-02-24", 15);
        world_open(&world);
        world_sweep(&world, "2023-02-28");
        letter_text(&world);
        assert_non_null(strstr(world.text, "The service was not watching\n"
                                           "  from Mon 20 Feb 2023 09:00 UTC\n"
                                           "  to   Tue 21 Feb 2023 09:00 UTC.\n"
                                           "  from Thu 23 Feb 2023 09:00 UTC\n"
                                           "  to   Fri 24 Feb 2023 15:00 UTC.\n"));
        world_post(&world);
        world_sweep(&world, "2023-03-07");
        letter_text(&world);
        assert_non_null(strstr(world.text, "overdue"));
        assert_null(strstr(world.text, "not watching"));
        world_fini(&world);
}

static void what_was_settled_before_it_could_be_told_is_not_called_overdue(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-03-01");
        world_recorded(&world, WORLD_LIT "{'case':'L-2','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n"
                                               "{'case':'L-2','event':'lit','on':'2023-01-02'}\n");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\" > unit, north\n"
                             "stage L-2 inspection due 2023-02-27 \"overdue\" > unit, north\n");
        world_recorded(&world, "{'case':'L-2','event':'visited','on':'2023-03-01'}\n");
        world_sweep(&world, "2023-03-02");
        letter_text(&world);
        assert_non_null(strstr(world.text, "[OFFICIAL-SENSITIVE] Sea office: 1 overdue, 1 settled meanwhile\n"));
        assert_non_null(strstr(strstr(world.text, "SETTLED MEANWHILE (1)"), "L-2"));
        assert_null(strstr(strstr(world.text, "SETTLED MEANWHILE (1)"), "due "));
        world_fini(&world);
}

static const char no_south[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                               "agencies = ( { name = \"north\"; label = \"North\"; spoc = [\"north@sea.example\"]; },\n"
                               "  { name = \"south\"; label = \"South\"; spoc = [\"south@sea.example\"]; until = \"2022-12-31\"; } );\n"
                               "roles = ( { name = \"unit\"; label = \"Unit\"; mailboxes = [\"unit@sea.example\"]; },\n"
                               "  { name = \"chair\"; label = \"Chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";
#define SOUTH                                                                                                                            \
        "{'case':'L-1','event':'classed','class':'2','keeper':'south','on':'2023-01-02'}\n{'case':'L-1','event':'lit','on':'2023-01-02'}\n"

static void a_route_to_nobody_goes_to_whoever_watches_who_hears_why(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, no_south), world.problem), STATUS_OK);
        world_recorded(&world, SOUTH);
        world_sweep(&world, "2023-02-27");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"due\" > south\nno-contact south > unit\n");
        /* The alert about the route was raised while letters were being written, and is in the letter. */
        assert_string_equal(world_post(&world),
                            "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon, 1 to check in the record\n");
        world_sweep(&world, "2023-02-27");
        assert_heard(&world, "");
        world_fini(&world);
}

static const char nobody[] =
        "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
        "agencies = ( { name = \"north\"; label = \"North\"; spoc = [\"north@sea.example\"]; until = \"2022-12-31\"; },\n"
        "  { name = \"south\"; label = \"South\"; spoc = [\"south@sea.example\"]; until = \"2022-12-31\"; } );\n"
        "roles = ( { name = \"unit\"; label = \"Unit\"; mailboxes = [\"unit@sea.example\"]; until = \"2022-12-31\"; },\n"
        "  { name = \"chair\"; label = \"Chair\"; mailboxes = [\"chair@sea.example\"]; until = \"2022-12-31\"; } );\n";

/* The south's entry ends on 31 January and nobody follows: told on the first sweep after it, then once a month. */
static void a_gap_in_the_contacts_is_told_before_anything_is_on_its_way_there(void **state)
{
        static const char ending[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                                     "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; },\n"
                                     "  { name = \"south\"; spoc = [\"south@sea.example\"]; until = \"2023-01-31\"; } );\n"
                                     "roles = ( { name = \"unit\"; mailboxes = [\"unit@sea.example\"]; },\n"
                                     "  { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, ending), world.problem), STATUS_OK);
        world_live(&world, "2023-01-31");
        assert_heard(&world, "");
        (void)world_post(&world);
        world_sweep(&world, "2023-02-01"); /* a Wednesday: no heartbeat */
        assert_heard(&world, "no-contact south > unit\n");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 to check in the record\n");
        world_live(&world, "2023-02-28");
        assert_heard(&world, "");
        world_live(&world, "2023-03-02");
        assert_heard(&world, "no-contact south > unit\n");
        world_fini(&world);
}

static void what_nobody_can_be_told_waits_until_somebody_can(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, nobody), world.problem), STATUS_OK);
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        assert_string_equal(world_post(&world), "");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, NULL), world.problem), STATUS_OK);
        world_sweep(&world, "2023-01-10");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, world_contacts), world.problem), STATUS_OK);
        world_sweep(&world, "2023-01-11");
        /* and, once, that names meant nobody: there are four, and mappactl alerts has them */
        assert_string_equal(world_post(&world),
                            "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon, 1 to check in the record\n");
        world_fini(&world);
}

static void a_heartbeat_of_an_unwatched_day_is_made_up_for_once(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_live(&world, "2023-01-07");
        assert_string_equal(world_post(&world), "");
        world_crash(&world);
        world_at(&world, "2023-01-10", 9); /* Sunday was the 8th */
        world_open(&world);
        world_sweep(&world, "2023-01-10");
        assert_non_null(strstr(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing due\n"));
        world_live(&world, "2023-01-14");
        assert_string_equal(world_post(&world), "");
        world_fini(&world);
}

static void hear(void *context, uint64_t first, uint64_t last)
{
        struct world *world = context;

        assert_true(first > world->heard && last >= first);
        world->heard = last;
}

static void listeners_hear_of_moves_found_by_other_rules(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "buoy-check", "per = \"buoy\"; within = \"12 days after\"; from = { event = \"buoy-laid\"; };"
                              " met-by = { event = \"buoy-checked\"; }; alerts = ( { at = \"3 days before\"; to = \"unit\"; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        app_listen(world.app, hear, &world);
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        assert_int_equal(world.heard, 1);
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, law, world_contacts), world.problem), STATUS_OK);
        assert_int_equal(world.heard, 2);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_sweep_in_steps_raises_all_and_tells_once),
                cmocka_unit_test(a_sweep_cut_short_by_a_crash_is_taken_up_again),
                cmocka_unit_test(another_slot_between_steps_begins_again),
                cmocka_unit_test(urgent_and_daily_letters_of_one_sweep_are_two_messages),
                cmocka_unit_test(an_obligation_stands_in_a_letter_once_as_it_is_now),
                cmocka_unit_test(each_time_without_a_watch_is_told_by_itself_and_once),
                cmocka_unit_test(a_gap_in_the_contacts_is_told_before_anything_is_on_its_way_there),
                cmocka_unit_test(what_was_settled_before_it_could_be_told_is_not_called_overdue),
                cmocka_unit_test(a_route_to_nobody_goes_to_whoever_watches_who_hears_why),
                cmocka_unit_test(what_nobody_can_be_told_waits_until_somebody_can),
                cmocka_unit_test(a_heartbeat_of_an_unwatched_day_is_made_up_for_once),
                cmocka_unit_test(listeners_hear_of_moves_found_by_other_rules),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
