/*
 * The disk is full, once or for a while, or an operation or a reading fails: at each
 * of their moments. The application says so, lives on, and once the disk is well
 * again the same work comes to the same end: nothing that was answered is lost,
 * nothing is raised or sent twice, nothing that was erased is left.
 */
#define SCENARIO_IN_STEPS /* the others have rules that change at once */
#include "scenario.h"

#define MANY 1000000

static const char *expected;
static long writes, reads; /* moments of undisturbed work */

/* Reads go on while nothing can be written, once the day has begun. */
static void assert_reads(struct scenario *scenario)
{
        struct app_alert_filter filter = {.limit = 1};
        bool more;

        scenario->world.used = 0;
        assert_int_equal(app_alerts(scenario->world.app, &filter, world_hear, &scenario->world, &more), STATUS_OK);
}

static void assert_failed_as_told(struct scenario *scenario, const struct course *course, enum status status)
{
        if (!faulty.fired)
                fail_msg("%s %ld: step %d failed by itself: %s", course->kind, course->n, (int)scenario->step, status_phrase(status));
        if (faulty.kind != FAULTY_DISK_FULL)
                return;
        assert_true(status == STATUS_DISK_FULL || status == STATUS_IO);
        if (faulty.lasting && scenario->world.app != NULL)
                assert_reads(scenario);
}

/* Mends what failed in this step; in a long run there is often another fault ahead. */
static void go_on(struct course *course, enum faulty_kind kind, bool lasting)
{
        if (!faulty.fired)
                return;
        long again = course_again(course);
        faulty_mend();
        if (again > 0)
                faulty_arm(kind, again, lasting);
}

static void disturb(enum faulty_kind kind, bool lasting, const char *what)
{
        struct course course;

        course_begin(&course, what, 17, kind == FAULTY_READ ? reads : writes);
        while (course_next(&course)) {
                struct scenario scenario;

                scenario_init(&scenario);
                scenario.hasty = !course_verifies(&course);
                faulty_arm(kind, course.n, lasting);
                while (scenario.step < SCENARIO_STEPS) {
                        enum status status = scenario_try(&scenario);

                        if (status == STATUS_OK)
                                scenario.step++;
                        else
                                assert_failed_as_told(&scenario, &course, status);
                        if (status != STATUS_OK || !lasting)
                                go_on(&course, kind, lasting);
                }
                go_on(&course, kind, lasting);
                faulty_mend();
                assert_same_end(&scenario, expected, what, course.n);
                scenario_fini(&scenario);
        }
        course_end(&course);
}

static void a_disk_that_is_full_once(void **state)
{
        (void)state;
        disturb(FAULTY_DISK_FULL, false, "the disk is full once");
}

static void a_disk_that_stays_full_until_it_is_cleared(void **state)
{
        (void)state;
        disturb(FAULTY_DISK_FULL, true, "the disk is full, until it is cleared");
}

static void a_write_that_fails(void **state)
{
        (void)state;
        disturb(FAULTY_WRITE, false, "a write, sync, open or delete fails");
}

static void a_read_that_fails(void **state)
{
        (void)state;
        disturb(FAULTY_READ, false, "a reading fails");
}

/* ---- an erasure whose rest cannot be taken out of the files ---- */

static uint32_t nothing_more(uint32_t below)
{
        (void)below;
        return 0; /* of what was not synced nothing is there */
}

static void until(struct scenario *scenario, enum scenario_step step)
{
        scenario_init(scenario);
        for (; scenario->step < step; scenario->step++)
                assert_int_equal(scenario_try(scenario), STATUS_OK);
}

static struct app_erase_view erase_while_the_record_cannot_grow(struct scenario *scenario)
{
        struct world *world = &scenario->world;
        struct app_erase_request request = {.ref = SCENARIO_GONE, .by = {.uid = 1000, .name = "clerk"}};
        struct app_erase_view view;
        struct wire_problem problem;
        char confirm[APP_CONFIRM_SIZE];

        assert_int_equal(app_erase(world->app, world->now, &request, &view, &problem), STATUS_OK);
        memcpy(confirm, view.confirm, sizeof confirm);
        request.confirm = confirm;
        request.why = "its time has come";
        faulty_arm(FAULTY_DISK_FULL, 1, true);
        faulty.file = "mappad.db"; /* the log has room: it was written before */
        assert_int_equal(app_erase(world->app, world->now, &request, &view, &problem), STATUS_OK);
        return view;
}

/* What is done is answered as done, and says what is not; the rest is tried again until it is. */
static void an_erasure_that_is_done_is_answered_as_done(void **state)
{
        struct scenario scenario;
        struct app_erase_view view;

        (void)state;
        until(&scenario, SCENARIO_ERASE);
        view = erase_while_the_record_cannot_grow(&scenario);
        assert_int_equal(view.erasure, 1);
        assert_false(view.scrubbed);
        assert_true(scenario_leaks(&scenario));
        assert_int_not_equal(app_sync(scenario.world.app, scenario_later(&scenario)), STATUS_OK); /* which is said */
        faulty_mend();
        assert_int_equal(app_sync(scenario.world.app, scenario_later(&scenario)), STATUS_OK);
        assert_false(scenario_leaks(&scenario));
        scenario_fini(&scenario);
}

/* A line of the log of accesses is on the disk within its second, although the erasure before it is not through. */
static void lines_of_the_log_wait_for_no_erasure(void **state)
{
        struct scenario scenario;

        (void)state;
        until(&scenario, SCENARIO_ERASE);
        faulty.remember = true;
        assert_false(erase_while_the_record_cannot_grow(&scenario).scrubbed);
        assert_int_not_equal(scenario_look(&scenario, "L-1", "look=2"), STATUS_OK);
        faulty.dead = true;
        app_abandon(scenario.world.app);
        scenario.world.app = NULL;
        faulty.dead = false;
        faulty_mend();
        faulty_lose(nothing_more);
        faulty.remember = false;
        assert_int_equal(scenario_open(&scenario), STATUS_OK);
        assert_int_equal(scenario_looks(&scenario) & 2U, 2);
        assert_false(scenario_leaks(&scenario)); /* whoever opens the record goes through with it */
        scenario_fini(&scenario);
}

static long moments(enum faulty_kind kind)
{
        faulty_arm(kind, MANY, false);
        (void)scenario_undisturbed();
        long count = MANY - faulty.countdown;
        faulty_mend();
        return count;
}

static int begin(void **state)
{
        static char end[WORLD_TEXT];

        (void)state;
        faulty_begin();
        writes = moments(FAULTY_WRITE);
        reads = moments(FAULTY_READ);
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
                cmocka_unit_test(an_erasure_that_is_done_is_answered_as_done),
                cmocka_unit_test(lines_of_the_log_wait_for_no_erasure),
        };

        return cmocka_run_group_tests(tests, begin, NULL);
}
