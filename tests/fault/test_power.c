/*
 * Power is lost at some write: of what was not synced, some is there and some is
 * not, and a write may be torn. Whatever was answered is in the record when the
 * power is back, and the work goes on to the same end.
 */
#include "scenario.h"

#define MANY 1000000

static uint64_t seed;

static uint32_t random_below(uint32_t below)
{
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(seed >> 33) % below;
}

static void look_for(void *context, const struct app_event *event)
{
        char *ids = context;
        size_t used = strlen(ids);

        if (event->id != NULL)
                snprintf(ids + used, 256 - used, "%s ", event->id);
}

/* What was answered is there. */
static void assert_answered(struct scenario *scenario)
{
        char ids[256] = "";
        bool found;

        for (int i = 1; i <= 5; i++) {
                char ref[16];
                snprintf(ref, sizeof ref, "L-%d", i);
                struct app_event_sink sink = {look_for, ids};
                assert_int_equal(app_case_events(scenario->world.app, ref, INSTANT_LATEST, &sink, &found), STATUS_OK);
        }
        for (int i = 1; i <= 5; i++) {
                char first[4] = {'a', (char)('0' + i), ' ', '\0'}, second[4] = {'b', (char)('0' + i), ' ', '\0'};
                if (scenario->step > SCENARIO_FIRST)
                        assert_non_null(strstr(ids, first));
                if (scenario->step > SCENARIO_SECOND && i < 5)
                        assert_non_null(strstr(ids, second));
        }
}

/* Lines of the log of accesses were on the disk before the next step. */
static void assert_logged(struct scenario *scenario)
{
        unsigned looks = scenario_looks(scenario);

        if (scenario->step > SCENARIO_LOOK_1)
                assert_true((looks & 1U) != 0);
        if (scenario->step > SCENARIO_LOOK_2)
                assert_true((looks & 2U) != 0);
        if (scenario->step > SCENARIO_ERASE)
                assert_false(scenario_leaks(scenario));
}

static void power_fails(struct scenario *scenario)
{
        char path[128];

        faulty.dead = true;
        if (scenario->world.app != NULL)
                app_abandon(scenario->world.app);
        scenario->world.app = NULL;
        faulty.dead = false;
        faulty_mend();
        faulty_lose(random_below);
        snprintf(path, sizeof path, "%s/mappad.db-shm", scenario->world.directory);
        (void)unlink(path); /* lies in memory */
        if (scenario->step == SCENARIO_OPEN)
                return;
        assert_int_equal(scenario_open(scenario), STATUS_OK);
        assert_answered(scenario);
        assert_logged(scenario);
}

static void power_lost_at_any_write_loses_nothing_that_was_answered(void **state)
{
        static char expected[WORLD_TEXT];
        struct course course;

        (void)state;
        faulty_begin();
        faulty_arm(FAULTY_WRITE, MANY, false);
        snprintf(expected, sizeof expected, "%s", scenario_undisturbed());
        course_begin(&course, "power is lost", 13, MANY - faulty.countdown);
        faulty_mend();
        faulty.remember = true;
        while (course_next(&course)) {
                struct scenario scenario;

                seed = (uint64_t)course.n + course.seed;
                scenario_init(&scenario);
                scenario.hasty = !course_verifies(&course);
                faulty_arm(FAULTY_WRITE, course.n, true);
                while (scenario.step < SCENARIO_STEPS) {
                        enum status status = scenario_try(&scenario);

                        if (faulty.fired) {
                                long again = course_again(&course);
                                if (status == STATUS_OK)
                                        scenario.step++; /* it was answered before the lights went out */
                                power_fails(&scenario);
                                if (again > 0)
                                        faulty_arm(FAULTY_WRITE, again, true);
                                continue;
                        }
                        assert_int_equal(status, STATUS_OK);
                        scenario.step++;
                }
                faulty_mend();
                assert_same_end(&scenario, expected, "power lost at write", course.n);
                scenario_fini(&scenario);
                faulty_forget(NULL);
        }
        faulty.remember = false;
        course_end(&course);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(power_lost_at_any_write_loses_nothing_that_was_answered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
