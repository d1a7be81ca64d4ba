/*
 * Other rules that come into force in steps: everybody is answered under the old until the new are whole.
 */
#include "turning.h"

#define THREE_LIT                                                                                                          \
        WORLD_LIT "{'case':'L-2','event':'classed','class':'2','on':'2023-01-02'}\n{'case':'L-2','event':'lit','on':'2023-01-02'}\n" \
                  "{'case':'L-3','event':'classed','class':'2','on':'2023-01-02'}\n{'case':'L-3','event':'lit','on':'2023-01-02'}\n"
#define DUES "SELECT ref, date(due * 86400, 'unixepoch') FROM obligation ORDER BY ref"
#define LEDGER "SELECT rules, contacts, way, accepted, effect FROM in_force ORDER BY id"

static void everybody_is_answered_under_the_old_until_the_new_is_whole(void **state)
{
        struct world world;
        struct app_turnover now;
        char old[65];

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        snprintf(old, sizeof old, "%s", app_ruleset(world.app)->digest);
        reload(&world, 1);
        assert_non_null(app_coming(world.app));
        for (unsigned done = 0; done < 3; done++) {
                now = standing(&world);
                assert_true(now.under_way && !now.settles);
                assert_int_equal(now.cases, done);
                assert_int_equal(now.all, 3);
                assert_string_equal(now.before, old);
                assert_string_equal(app_ruleset(world.app)->digest, old);
                assert_dump(&world, DUES, "L-1 2023-02-27\nL-2 2023-02-27\nL-3 2023-02-27\n");
                assert_sound(&world);
                assert_true(step(&world));
        }
        /* The step that derives the last case finds nothing else to do. */
        now = standing(&world);
        assert_true(now.settles);
        assert_null(app_coming(world.app));
        assert_string_not_equal(app_ruleset(world.app)->digest, old);
        assert_string_equal(now.after, app_ruleset(world.app)->digest);
        assert_dump(&world, DUES, "L-1 2023-02-13\nL-2 2023-02-13\nL-3 2023-02-13\n");
        assert_sound(&world);
        assert_heard(&world, "");
        assert_true(step(&world));
        assert_heard(&world, "moved L-1 inspection due 2023-02-13 was 2023-02-27 > chair, unit, north\n");
        assert_true(step(&world));
        assert_false(step(&world));
        assert_heard(&world, "moved L-2 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n"
                             "moved L-3 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

/* All three move: the ledger has that of every case once, as if they had been looked at together. */
static void the_ledger_has_the_effect_that_a_change_at_once_has(void **state)
{
        struct world steps, once;
        char *effect;

        (void)state;
        in_steps(&steps, "2023-01-02");
        world_init(&once, laws[0], "2023-01-02");
        world_recorded(&steps, THREE_LIT);
        world_recorded(&once, THREE_LIT);
        reload(&once, 1);
        assert_false(standing(&once).under_way);
        effect = dump(&once, LEDGER);
        assert_non_null(strstr(effect, "\"cases\":3,\"cases_changed\":3,"));
        reload(&steps, 1);
        while (step(&steps))
                ;
        assert_dump(&steps, LEDGER, effect);
        free(effect);
        world_fini(&steps);
        world_fini(&once);
}

static void what_changes_meanwhile_is_derived_again(void **state)
{
        struct world world;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        reload(&world, 1);
        assert_true(step(&world));
        assert_true(step(&world));
        /* One that was derived, one that was not, one that is new. */
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-01'}\n"
                               "{'case':'L-3','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n"
                               "{'case':'L-4','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n");
        while (step(&world))
                ;
        assert_dump(&world, "SELECT o.ref, w.text, date(o.due * 86400, 'unixepoch') FROM obligation o JOIN word w ON w.id = o.rule"
                            " ORDER BY 1, 2",
                    "L-1 buoy-check 2023-01-06\nL-1 inspection 2023-02-13\nL-2 inspection 2023-02-13\nL-3 buoy-check 2023-01-07\nL-3 inspection 2023-02-13\n"
                    "L-4 buoy-check 2023-01-07\n");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

/* The date that the change gave is told before the one that the visit gives. */
static void a_case_that_changes_is_told_of_the_change_first(void **state)
{
        struct world world;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT "{'case':'L-2','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        reload(&world, 1);
        while (!standing(&world).settles)
                assert_true(step(&world));
        assert_heard(&world, "");
        world_recorded(&world, "{'case':'L-2','event':'darkened','on':'2023-01-02'}");
        assert_heard(&world, "moved L-2 buoy-check/B1 due 2023-01-07 was 2023-01-12 > unit\n"
                             "moved L-2 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        while (step(&world))
                ;
        assert_heard(&world, "moved L-1 inspection due 2023-02-13 was 2023-02-27 > chair, unit, north\n"
                             "moved L-3 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        assert_dump(&world, rest, "");
        world_fini(&world);
}

#define LIT(ref) "{'case':'" ref "','event':'classed','class':'2','on':'2023-01-02'}\n{'case':'" ref "','event':'lit','on':'2023-01-02'}\n"
#define A_DAY_EARLY(ref, seq) "{'case':'" ref "','event':'classed','class':'2','on':'2023-01-01','replaces':" seq ",'why':'a day early'}\n"
#define TOLD_TWICE(ref)                                                          \
        "moved " ref " inspection due 2023-02-13 was 2023-02-27 > chair, unit\n" \
        "moved " ref " inspection due 2023-02-12 was 2023-02-13 > chair, unit\n"

/* What a batch of as many cases raises is written together. That the date of the change was told, so that the one after it
 * must be too, is known all the same. */
static void cases_that_change_together_are_told_of_the_change_first(void **state)
{
        struct world world;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, LIT("L-1") LIT("L-2") LIT("L-3") LIT("L-4"));
        reload(&world, 1);
        while (!standing(&world).settles)
                assert_true(step(&world));
        assert_heard(&world, "");
        world_recorded(&world, A_DAY_EARLY("L-1", "1") A_DAY_EARLY("L-2", "3") A_DAY_EARLY("L-3", "5") A_DAY_EARLY("L-4", "7"));
        assert_heard(&world, TOLD_TWICE("L-1") TOLD_TWICE("L-2") TOLD_TWICE("L-3") TOLD_TWICE("L-4"));
        while (step(&world))
                ;
        assert_heard(&world, "");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

static void another_change_takes_the_place_of_one_that_is_under_way(void **state)
{
        struct world world;
        struct app_turnover now;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        reload(&world, 1);
        assert_true(step(&world));
        assert_true(step(&world));
        /* The same again is on its way already. */
        reload(&world, 1);
        assert_int_equal(standing(&world).cases, 2);
        reload(&world, 2);
        assert_int_equal(standing(&world).cases, 0);
        while (step(&world))
                ;
        assert_dump(&world, DUES, "L-1 2023-03-13\nL-2 2023-03-13\nL-3 2023-03-13\n");
        assert_heard(&world, "moved L-1 inspection due 2023-03-13 was 2023-02-27 > chair, unit, north\n"
                             "moved L-2 inspection due 2023-03-13 was 2023-02-27 > chair, unit\n"
                             "moved L-3 inspection due 2023-03-13 was 2023-02-27 > chair, unit\n");
        /* Back to what is in force: nothing is to come, and what was derived goes away. */
        reload(&world, 0);
        assert_true(step(&world));
        reload(&world, 2);
        now = standing(&world);
        assert_true(now.under_way && app_coming(world.app) == NULL);
        assert_string_equal(now.before, now.after);
        while (step(&world))
                ;
        assert_dump(&world, rest, "");
        assert_heard(&world, "");
        assert_dump(&world, DUES, "L-1 2023-03-13\nL-2 2023-03-13\nL-3 2023-03-13\n");
        /* While dates are still being told: the next change waits for its turn. */
        reload(&world, 0);
        while (!standing(&world).settles)
                assert_true(step(&world));
        reload(&world, 1);
        assert_true(standing(&world).settles);
        while (step(&world))
                ;
        assert_heard(&world, "moved L-1 inspection due 2023-02-27 was 2023-03-13 > unit, north\n"
                             "moved L-2 inspection due 2023-02-27 was 2023-03-13 > unit\n"
                             "moved L-3 inspection due 2023-02-27 was 2023-03-13 > unit\n"
                             "moved L-1 inspection due 2023-02-13 was 2023-02-27 > chair, unit, north\n"
                             "moved L-2 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n"
                             "moved L-3 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

/* What is recorded between two steps is made up for by the next: the change comes however much that is. */
static void a_stream_of_events_keeps_no_change_out(void **state)
{
        static const char *const what[] = {"lit", "darkened"};
        struct world world;
        char lines[600];
        unsigned steps = 0, cases = 3;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        reload(&world, 1);
        assert_true(step(&world));
        for (; steps < 20 && !standing(&world).settles; steps++) {
                int used = snprintf(lines, sizeof lines, "{'case':'L-1','event':'%s','on':'2023-01-02'}\n", what[steps % 2]);
                for (unsigned i = 0; i < 5; i++)
                        used += snprintf(lines + used, sizeof lines - (size_t)used,
                                         "{'case':'L-%u','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n", ++cases);
                world_recorded(&world, lines);
                (void)step(&world);
        }
        /* Three cases were there: each step does one more than came. */
        assert_in_range(steps, 1, 3);
        assert_true(standing(&world).settles);
        while (step(&world))
                ;
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

static void assert_step_fails(struct world *world)
{
        bool more = true;

        assert_int_not_equal(app_turn_over(world->app, world->now, &more), STATUS_OK);
        assert_false(more);
}

/* Whoever calls again at once as long as there is more would do so for ever. */
static void a_step_that_fails_is_no_reason_to_go_on_at_once(void **state)
{
        struct world world;
        char path[128];
        sqlite3 *other = NULL;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        reload(&world, 1);
        snprintf(path, sizeof path, "%s/mappad.db", world.directory);
        assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
        for (bool more = true; more; more = step(&world)) {
                assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
                assert_step_fails(&world);
                assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        }
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
        assert_dump(&world, DUES, "L-1 2023-02-13\nL-2 2023-02-13\nL-3 2023-02-13\n");
        assert_dump(&world, rest, "");
        world_fini(&world);
}

#define URGENT_BUOY(days)                                                                                     \
        "rules = (" WORLD_RULE("buoy-check", "per = \"buoy\"; within = \"" days " days after\"; from = { event = \"buoy-laid\"; };" \
                               " met-by = { event = \"buoy-checked\"; }; urgent = true; alerts = ( { at = \"3 days before\"; to = \"unit\"; } );") ");"
#define LAID(ref) "{'case':'" ref "','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n"

/* What is urgent of a change is one message, and what was recorded before it and waits for what follows is in it. */
static void what_waits_for_the_rest_of_an_import_is_told_with_the_dates_that_moved(void **state)
{
        struct world world;
        struct app_batch *piece;
        struct app_rules later;

        (void)state;
        begin_in_steps(&world, URGENT_BUOY("10"), "2023-01-09");
        world_recorded(&world, LAID("L-1") LAID("L-2"));
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 2 due soon\n");
        later = world_rules(&world, URGENT_BUOY("11"), world.contacts);
        assert_int_equal(app_reload(world.app, world.now, later, world.problem), STATUS_OK);
        while (!standing(&world).settles)
                assert_true(step(&world));
        piece = world_batch(&world, LAID("L-3") "{'case':'L-3','event':'buoy-laid','item':'B2','on':'2023-01-01'}\n", false);
        app_batch_more(piece);
        app_submit(world.app, piece, world_done, &world);
        app_flush(world.app, world.now);
        world.now.ms += APP_MORE_MS;
        do {
                assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
                assert_string_equal(world_post(&world), "");
        } while (step(&world));
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 due soon, 2 moved\n");
        assert_int_equal(app_speak(world.app, world.now), STATUS_OK);
        assert_string_equal(world_post(&world), "");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(everybody_is_answered_under_the_old_until_the_new_is_whole),
                cmocka_unit_test(the_ledger_has_the_effect_that_a_change_at_once_has),
                cmocka_unit_test(what_changes_meanwhile_is_derived_again),
                cmocka_unit_test(a_case_that_changes_is_told_of_the_change_first),
                cmocka_unit_test(cases_that_change_together_are_told_of_the_change_first),
                cmocka_unit_test(another_change_takes_the_place_of_one_that_is_under_way),
                cmocka_unit_test(a_stream_of_events_keeps_no_change_out),
                cmocka_unit_test(what_waits_for_the_rest_of_an_import_is_told_with_the_dates_that_moved),
                cmocka_unit_test(a_step_that_fails_is_no_reason_to_go_on_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
