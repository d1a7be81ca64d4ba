/*
 * SIGKILL before each call to the file system, while a stage is reached, raised, written into the outbox, handed to a
 * mail server and marked as sent, while a report is sealed and a case erased. Whoever comes after goes on where that
 * one was killed, and the end is the same as if nobody had been.
 *
 * The process that is killed is a child; how far it came, and what it sent, lies in memory that outlives it.
 */
#define SCENARIO_IN_STEPS /* the others have rules that change at once */
#include "scenario.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define MANY 1000000
#define CHILD_FAILED 9

static char expected[WORLD_TEXT];

/* In a process of its own: the steps that are left, with a kill ahead (0: none). */
static void live(struct scenario *scenario, long kill_at)
{
        faulty_arm(FAULTY_KILL, kill_at, false);
        for (; scenario->step < SCENARIO_STEPS; scenario->step++) {
                enum status status = scenario_try(scenario);
                if (status != STATUS_OK) {
                        print_error("step %d: %s\n", (int)scenario->step, status_phrase(status));
                        _exit(CHILD_FAILED);
                }
        }
        faulty_mend();
        if (!scenario_same(expected, scenario_end(scenario)))
                _exit(CHILD_FAILED);
        app_close(scenario->world.app, scenario->world.now);
        _exit(0);
}

/* Whether that one was killed; else it came to the end. */
static bool killed(struct scenario *scenario, long kill_at, const struct course *course)
{
        int status = 0;
        pid_t child;

        scenario->world.app = NULL; /* of the process that is gone */
        child = fork();
        if (child == 0)
                live(scenario, kill_at);
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
                return true;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                fail_msg("killed first at call %ld of %ld: what came after failed (status %d)", course->n, course->moments, status);
        return false;
}

static void killed_at_any_call_it_goes_on(void **state)
{
        struct scenario *scenario = mmap(NULL, sizeof *scenario, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct course course;

        (void)state;
        assert_ptr_not_equal(scenario, MAP_FAILED);
        faulty_begin();
        faulty_arm(FAULTY_WRITE, MANY, false);
        snprintf(expected, sizeof expected, "%s", scenario_undisturbed());
        course_begin(&course, "SIGKILL at a call to the file system", 11, MANY - faulty.countdown);
        faulty_mend();
        while (course_next(&course)) {
                long kill_at = course.n;

                scenario_init(scenario);
                scenario->hasty = !course_verifies(&course);
                while (killed(scenario, kill_at, &course))
                        kill_at = course_again(&course);
                world_remove(scenario->world.directory);
        }
        course_end(&course);
        (void)munmap(scenario, sizeof *scenario);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killed_at_any_call_it_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
