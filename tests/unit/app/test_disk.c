/*
 * The disk is full, or a write, a sync, an opening or a reading fails: at each
 * of their moments. The application says so, lives on, and once the disk is well
 * again the same work comes to the same end: nothing that was answered is lost,
 * nothing is raised or sent twice.
 */
#include "scenario.h"

static const char *expected;

static void disturb(enum faulty_kind kind, bool lasting, const char *what)
{
        bool fired = true;

        for (long n = 1; fired; n = faulty_next(n, 17)) {
                struct scenario scenario;

                fired = false;
                scenario_init(&scenario);
                faulty_arm(kind, n, lasting);
                while (scenario.step < SCENARIO_STEPS) {
                        enum status status = scenario_try(&scenario);

                        fired = fired || faulty.fired;
                        if (status == STATUS_OK) {
                                scenario.step++;
                                continue;
                        }
                        if (!faulty.fired)
                                fail_msg("%s %ld: step %d failed by itself: %s", what, n, (int)scenario.step, status_phrase(status));
                        if (kind == FAULTY_DISK_FULL)
                                assert_true(status == STATUS_DISK_FULL || status == STATUS_IO);
                        /* Reads go on while nothing can be written, once the day has begun. */
                        if (kind == FAULTY_DISK_FULL && lasting && scenario.world.app != NULL) {
                                struct app_alert_filter filter = {.limit = 1};
                                bool more;
                                scenario.world.used = 0;
                                assert_int_equal(app_alerts(scenario.world.app, &filter, world_hear, &scenario.world, &more), STATUS_OK);
                        }
                        faulty_mend();
                }
                faulty_mend();
                assert_same_end(&scenario, expected, what, n);
                scenario_fini(&scenario);
        }
}

static void a_disk_that_is_full_once(void **state)
{
        (void)state;
        disturb(FAULTY_DISK_FULL, false, "full once at write");
}

static void a_disk_that_stays_full_until_it_is_cleared(void **state)
{
        (void)state;
        disturb(FAULTY_DISK_FULL, true, "full from write");
}

static void a_write_that_fails(void **state)
{
        (void)state;
        disturb(FAULTY_WRITE, false, "failing write");
}

static void a_read_that_fails(void **state)
{
        (void)state;
        disturb(FAULTY_READ, false, "failing read");
}

static int begin(void **state)
{
        static char end[WORLD_TEXT];

        (void)state;
        faulty_begin();
        snprintf(end, sizeof end, "%s", scenario_undisturbed());
        expected = end;
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_disk_that_is_full_once),
                cmocka_unit_test(a_disk_that_stays_full_until_it_is_cleared),
                cmocka_unit_test(a_write_that_fails),
                cmocka_unit_test(a_read_that_fails),
        };

        return cmocka_run_group_tests(tests, begin, NULL);
}
