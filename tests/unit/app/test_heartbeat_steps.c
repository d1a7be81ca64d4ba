/*
 * With many cases a heartbeat is gathered in steps, between which everybody goes on: what it comes to when contacts, rules
 * or the clock are others before its end, when more is settled than was kept in store, and when nobody ever pauses.
 */
#include "sundays.h"

#include "mappad/app_change.h"
#include "mappad/app_turn.h"

#define BUOYS 60
#define CROWD 450

static unsigned checked; /* of the crowd */

static void check_some(struct world *world, unsigned number)
{
        (void)number;
        for (unsigned i = 0; i < checked; i++)
                say(world, "{'case':'C-%03u','event':'buoy-checked','item':'B1','on':'2023-01-15'}\n", i);
}

static struct letters a_crowd(bool at_once, unsigned *ret_calls)
{
        struct play play = {.sunday = "2023-01-14", .at_once = at_once, .deed = check_some, .deeds = 1, .after = CROWD - 5};
        struct letters letters;
        struct world world;

        begin(&world, "2023-01-05");
        lay(&world, CROWD);
        letters = sunday(&world, &play);
        *ret_calls = play.calls;
        world_fini(&world);
        return letters;
}

/* Those that were checked would have been shown: others are shown in their places, known or to be found again. */
static void the_next_move_up_where_what_was_to_be_shown_is_settled(void **state)
{
        const struct {
                unsigned checked;
                bool known;
                const char *standing;
        } rows[] = {{40, true, "still 410 due soon"}, {100, false, "still 350 due soon"}, {300, false, "still 150 due soon"}};

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                unsigned calls = 0, at_once = 0;

                checked = rows[i].checked;
                struct letters found = a_crowd(false, &calls), wanted = a_crowd(true, &at_once);

                assert_non_null(strstr(found.subjects, rows[i].standing));
                assert_int_equal(found.shown, checked == 300 ? 150 : 200);
                assert_string_equal(found.subjects, wanted.subjects);
                assert_true(found.hash == wanted.hash);
                assert_int_equal(at_once, 2);
                assert_true(rows[i].known ? calls < CROWD + 10 : calls > 2 * CROWD - 10);
        }
}

/* A Sunday after nine buoys were laid, with what is played between its steps. */
static struct letters nine_on_sunday(struct world *world, struct play *play)
{
        begin(world, "2023-01-05");
        lay(world, 9);
        return sunday(world, play);
}

static const char other_chair[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                                  "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; },\n"
                                  "  { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"
                                  "roles = ( { name = \"unit\"; mailboxes = [\"chair@sea.example\"]; },\n"
                                  "  { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";

static void others_are_meant(struct world *world, unsigned number)
{
        if (number == 3)
                contacts_come(world, other_chair);
}

/* Gathered for the unit; told to whoever is meant when it is told. */
static void other_contacts_have_it_gathered_anew(void **state)
{
        struct play play = {.sunday = "2023-01-14", .deed = others_are_meant, .deeds = 5};
        struct letters letters;
        struct world world;

        (void)state;
        letters = nine_on_sunday(&world, &play);
        assert_string_equal(letters.subjects, "north@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing due\n"
                                              "south@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing due\n"
                                              "chair@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing new; still 9 due soon\n");
        world_fini(&world);
}

/* Whoever reloads for ever keeps no letters back: in the end they are found by one pass. */
static void others_are_meant_again_and_again(struct world *world, unsigned number)
{
        contacts_come(world, number % 2 == 0 ? other_chair : world_contacts);
}

static void contacts_that_come_for_ever_keep_no_letters_back(void **state)
{
        struct play play = {.sunday = "2023-01-14", .deed = others_are_meant_again_and_again, .deeds = 3};
        struct letters letters;
        struct world world;

        (void)state;
        letters = nine_on_sunday(&world, &play);
        assert_int_equal(play.calls, 5);
        assert_non_null(strstr(letters.subjects, "chair@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing new; still 9 due soon\n"));
        world_fini(&world);
}

/* Nobody is told by mail any more. */
static void contacts_are_taken_away(struct world *world, unsigned number)
{
        if (number == 3)
                contacts_come(world, NULL);
}

static void without_contacts_the_sweep_ends_and_nothing_is_gathered(void **state)
{
        struct play play = {.sunday = "2023-01-14", .deed = contacts_are_taken_away, .deeds = 4};
        struct letters letters;
        struct world world;

        (void)state;
        letters = nine_on_sunday(&world, &play);
        assert_int_equal(letters.count, 0);
        assert_int_equal(app_last_sweep(world.app).day, world.now.today);
        assert_false(gathered(&world).under_way);
        world_fini(&world);
}

static void a_crash(struct world *world, unsigned number)
{
        if (number != 3)
                return;
        world_crash(world);
        world_open(world);
}

static void a_crash_between_steps_has_it_gathered_anew(void **state)
{
        struct play play = {.sunday = "2023-01-14", .deed = a_crash, .deeds = 5};
        struct letters letters;
        struct world world;

        (void)state;
        letters = nine_on_sunday(&world, &play);
        assert_int_equal(letters.count, 4);
        assert_unit_told(letters, "nothing new; still 9 due soon");
        world_fini(&world);
}

/* A breach that is recorded while what stands is gathered waits for nothing. */
static void lay_one_that_is_over(struct world *world, unsigned number)
{
        if (number != 2)
                return;
        world_recorded(world, "{'case':'D-1','event':'buoy-laid','item':'B1','on':'2023-01-01'}\n");
        world->used = 0;
        assert_int_equal(app_outbox_due(world->app, world->now, 0, 1000, world_read_message, world), STATUS_OK);
        assert_non_null(strstr(world->text, "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n"));
}

static void what_is_urgent_does_not_wait_for_what_stands(void **state)
{
        struct play play = {.sunday = "2023-01-14", .deed = lay_one_that_is_over, .deeds = 5};
        struct letters letters;
        struct world world;

        (void)state;
        letters = nine_on_sunday(&world, &play);
        assert_non_null(strstr(letters.subjects, "nothing new; still 1 overdue, 9 due soon"));
        world_fini(&world);
}

/* The breach that the sweep itself finds is told by the step that finds it: due on the 14th. */
static void what_the_sweep_finds_urgent_does_not_wait_either(void **state)
{
        struct letters letters = {.hash = 0};
        struct world world;
        bool more = true;

        (void)state;
        begin(&world, "2023-01-05");
        world_recorded(&world, "{'case':'D-1','event':'buoy-laid','item':'B1','on':'2023-01-04'}\n");
        lay(&world, 9);
        next_day(&world, "2023-01-14");
        assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_true(more);
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n");
        while (more)
                assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_int_equal(world_letters(world.app, world.now, 5000, take, &letters), STATUS_OK);
        assert_unit_told(letters, "nothing new; still 1 overdue, 9 due soon");
        world_fini(&world);
}

/* Every step is followed by ten that move and one that is new. */
static void many_move(struct world *world, unsigned number)
{
        for (unsigned i = 0; i < 10; i++)
                say(world, "{'case':'C-%03u','event':'buoy-laid','item':'B%u','on':'2023-01-05'}\n", (number * 7 + i * 11) % BUOYS,
                    2 + number);
        say(world, "{'case':'E-%03u','event':'buoy-laid','item':'B1','on':'2023-01-05'}\n", number);
}

static void whoever_records_without_a_pause_keeps_no_letters_back(void **state)
{
        struct letters letters = {.hash = 0};
        struct world world;
        unsigned calls = 0;
        bool more = true;

        (void)state;
        begin(&world, "2023-01-05");
        lay(&world, BUOYS);
        next_day(&world, "2023-01-14");
        while (more && calls <= BUOYS) {
                assert_int_equal(a_step(&world, &more), STATUS_OK);
                if (more)
                        many_move(&world, calls++);
        }
        assert_true(calls < BUOYS);
        assert_int_equal(world_letters(world.app, world.now, 5000, take, &letters), STATUS_OK);
        assert_int_equal(letters.count, 4);
        world_fini(&world);
}

/* ---- the clock ---- */

/* Until so many cases were looked at. */
static void gather_some(struct world *world, uint64_t cases)
{
        bool more = true;

        while (gathered(world).cases < cases && more)
                assert_int_equal(a_step(world, &more), STATUS_OK);
        assert_true(more);
        assert_true(gathered(world).under_way);
        assert_int_equal(gathered(world).all, 9);
}

static void set_clock(struct world *world, int32_t days, int32_t minute)
{
        world->now.today += days;
        world->now.minute = minute;
        world->now.ms = world->now.today * DAY_MS + minute * INT64_C(60000);
}

static void a_clock_that_is_set_back_leaves_nothing_standing(void **state)
{
        const struct {
                int32_t days, minute;
        } back[] = {{0, 400}, {-1, 1000}, {-3, 540}};
        struct letters letters;
        struct world world;
        bool more = true;

        (void)state;
        for (size_t i = 0; i < sizeof back / sizeof *back; i++) {
                letters = (struct letters){.hash = 0};
                begin(&world, "2023-01-05");
                lay(&world, 9);
                next_day(&world, "2023-01-14");
                gather_some(&world, 4);
                set_clock(&world, back[i].days, back[i].minute);
                assert_int_equal(app_advance(world.app, world.now, &more), STATUS_OK);
                assert_false(gathered(&world).under_way);
                set_clock(&world, -back[i].days, 540);
                for (more = true; more;)
                        assert_int_equal(a_step(&world, &more), STATUS_OK);
                assert_int_equal(world_letters(world.app, world.now, 5000, take, &letters), STATUS_OK);
                assert_unit_told(letters, "nothing new; still 9 due soon");
                world_fini(&world);
        }
}

/* A stopwatch by which every look at the time ends a step. */
static int64_t slow_us(void)
{
        static int64_t now_us;

        return now_us += 30000;
}

#define OTHER_LAW "rules = (" WORLD_INSPECTION "," WORLD_BUOY "," WORLD_LICENCE ");"

static bool changing(struct world *world)
{
        struct app_turnover now;

        assert_int_equal(app_turnover_now(world->app, &now), STATUS_OK);
        return now.under_way;
}

/* It had raised one of three breaches: that is told, and other rules come, although the sweep is not to be yet. */
static void a_sweep_that_still_raised_keeps_nobody_waiting_either(void **state)
{
        struct world world;
        bool more = true;

        (void)state;
        begin(&world, "2023-01-04");
        app_close(world.app, world.now);
        world.settings.stopwatch_us = slow_us;
        world_open(&world);
        for (unsigned i = 0; i < 3; i++)
                say(&world, "{'case':'C-%u','event':'buoy-laid','item':'B1','on':'2023-01-04'}\n", i);
        next_day(&world, "2023-01-14");
        assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_true(more);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "");
        set_clock(&world, 0, 400);
        assert_int_equal(app_advance(world.app, world.now, &more), STATUS_OK);
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, OTHER_LAW, world_contacts), world.problem), STATUS_OK);
        for (unsigned turns = 0; changing(&world) && turns < 100; turns++)
                assert_int_equal(app_turn_over(world.app, world.now, &more), STATUS_OK);
        assert_false(changing(&world));
        set_clock(&world, 0, 540);
        for (more = true; more;)
                assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_non_null(strstr(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 2 overdue\n"));
        world_fini(&world);
}

static void a_clock_that_is_set_by_less_goes_on(void **state)
{
        struct world world;

        (void)state;
        begin(&world, "2023-01-05");
        lay(&world, 9);
        next_day(&world, "2023-01-14");
        gather_some(&world, 4);
        set_clock(&world, 0, 451);
        assert_int_equal(gathered(&world).cases, 4);
        set_clock(&world, 0, 700);
        assert_int_equal(gathered(&world).cases, 4);
        world_fini(&world);
}

static const char away_on_monday[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                                     "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; },\n"
                                     "  { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"
                                     "roles = ( { name = \"unit\"; mailboxes = [\"unit@sea.example\"]; deputy = \"deputy@sea.example\";\n"
                                     "    absent = ( { from = \"2023-01-16\"; until = \"2023-01-16\"; } ); },\n"
                                     "  { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";

/* Of another day somebody else is meant. */
static void what_another_day_says_is_gathered_anew(void **state)
{
        struct letters letters = {.hash = 0};
        struct app_sweep_result result = {.more = true};
        struct world world;

        (void)state;
        begin(&world, "2023-01-05");
        contacts_come(&world, away_on_monday);
        lay(&world, 9);
        next_day(&world, "2023-01-14");
        gather_some(&world, 4);
        set_clock(&world, 1, 10);
        while (result.more)
                assert_int_equal(app_sweep(world.app, world.now, (struct sweep_slot){world.now.today - 1, 450}, &result), STATUS_OK);
        assert_int_equal(world_letters(world.app, world.now, 5000, take, &letters), STATUS_OK);
        /* Of the tenth day they are overdue from the next sweep on: it is the state that is of today. */
        assert_non_null(strstr(letters.subjects, "deputy@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing new; still 9 overdue\n"));
        world_fini(&world);
}

/* ---- other rules ---- */

/* They come into force between two steps, since nobody waits for what is gathered. */
static void rules_that_come_between_steps_have_it_gathered_anew(void **state)
{
        struct letters letters = {.hash = 0};
        struct world world;
        bool more = true;

        (void)state;
        begin(&world, "2023-01-05");
        lay(&world, 9);
        next_day(&world, "2023-01-14");
        gather_some(&world, 4);
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, OTHER_LAW, world_contacts), world.problem), STATUS_OK);
        for (unsigned turns = 0; changing(&world) && turns < 100; turns++)
                assert_int_equal(app_turn_over(world.app, world.now, &more), STATUS_OK);
        assert_false(changing(&world));
        for (more = true; more;)
                assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_int_equal(world_letters(world.app, world.now, 5000, take, &letters), STATUS_OK);
        assert_unit_told(letters, "nothing new; still 9 due soon");
        world_fini(&world);
}

/* What they raise is raised before anybody is told what stands. D-1 is overdue since Friday; the others are due today. */
static void what_rules_raise_that_come_between_steps_is_told(void **state)
{
        static const char without[] = "rules = (" WORLD_INSPECTION "," WORLD_LICENCE ");";
        struct letters letters = {.hash = 0};
        struct world world;
        bool more = true;

        (void)state;
        world_init(&world, without, "2023-01-05");
        app_close(world.app, world.now);
        stepping(&world, 1);
        lay(&world, 8);
        say(&world, "{'case':'D-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n");
        next_day(&world, "2023-01-14");
        gather_some(&world, 4);
        world.law = WORLD_LAW;
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, world_contacts), world.problem), STATUS_OK);
        for (unsigned turns = 0; changing(&world) && turns < 100; turns++)
                assert_int_equal(app_turn_over(world.app, world.now, &more), STATUS_OK);
        for (more = true; more;)
                assert_int_equal(a_step(&world, &more), STATUS_OK);
        assert_int_equal(world_letters(world.app, world.now, 5000, take, &letters), STATUS_OK);
        assert_unit_told(letters, "8 due soon; still 1 overdue");
        assert_non_null(strstr(world_post(&world), "urgent: 1 overdue"));
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_next_move_up_where_what_was_to_be_shown_is_settled),
                cmocka_unit_test(other_contacts_have_it_gathered_anew),
                cmocka_unit_test(contacts_that_come_for_ever_keep_no_letters_back),
                cmocka_unit_test(without_contacts_the_sweep_ends_and_nothing_is_gathered),
                cmocka_unit_test(a_crash_between_steps_has_it_gathered_anew),
                cmocka_unit_test(what_is_urgent_does_not_wait_for_what_stands),
                cmocka_unit_test(what_the_sweep_finds_urgent_does_not_wait_either),
                cmocka_unit_test(whoever_records_without_a_pause_keeps_no_letters_back),
                cmocka_unit_test(a_clock_that_is_set_back_leaves_nothing_standing),
                cmocka_unit_test(a_sweep_that_still_raised_keeps_nobody_waiting_either),
                cmocka_unit_test(a_clock_that_is_set_by_less_goes_on),
                cmocka_unit_test(what_another_day_says_is_gathered_anew),
                cmocka_unit_test(rules_that_come_between_steps_have_it_gathered_anew),
                cmocka_unit_test(what_rules_raise_that_come_between_steps_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
