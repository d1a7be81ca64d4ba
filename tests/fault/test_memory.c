/*
 * Memory runs out: at each allocation that a piece of work makes, the libraries'
 * among them. The application says so, lives on, and the same work tried again
 * comes to the same end.
 *
 * The program puts its own malloc before that of libc. Under a sanitizer, which
 * needs that place itself, SQLite's allocations alone fail. Allocations of
 * libical never fail here: it would not survive it, so that the application sees
 * to it that there is memory before it calls libical (digest_calendar.c), and
 * that look can fail.
 */
#include "scenario.h"

#include <dlfcn.h>
#include <libical/ical.h>

#include "mappad/store_alert.h"

#define MANY 100000000

static struct {
        long countdown;
        bool armed, fired;
        bool none;     /* there is no memory at all */
        bool spared;   /* libical is at work ... */
        void *written; /* ... until this is freed */
} memory;

/* Whether this allocation fails. */
static bool fails(void)
{
        if (memory.none)
                return true;
        if (!memory.armed || memory.spared || memory.countdown == 0 || --memory.countdown > 0)
                return false;
        memory.fired = true;
        return true;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(SANITIZED)
static sqlite3_mem_methods real;

static void *give(int size)
{
        return fails() ? NULL : real.xMalloc(size);
}

static void *change(void *block, int size)
{
        return fails() ? NULL : real.xRealloc(block, size);
}

static void take_over(void)
{
        sqlite3_mem_methods methods;

        assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
        methods = real;
        methods.xMalloc = give;
        methods.xRealloc = change;
        assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
}
#else
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
        return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
        return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
        return fails() ? NULL : __libc_realloc(block, size);
}

/* What digest_calendar.c calls first and last of libical for each component that it writes. */
icalcomponent *icalcomponent_new(icalcomponent_kind kind)
{
        icalcomponent *(*next)(icalcomponent_kind) = NULL;

        memory.spared = true;
        memory.written = NULL;
        *(void **)&next = dlsym(RTLD_NEXT, "icalcomponent_new");
        return next(kind);
}

char *icalcomponent_as_ical_string_r(icalcomponent *component)
{
        char *(*next)(icalcomponent *) = NULL;

        *(void **)&next = dlsym(RTLD_NEXT, "icalcomponent_as_ical_string_r");
        memory.written = next(component);
        return memory.written;
}

void icalmemory_free_buffer(void *buffer)
{
        if (buffer == memory.written) {
                memory.spared = false;
                memory.written = NULL; /* libical frees others, and one of them may come to lie there */
        }
        free(buffer);
}

static void take_over(void)
{
}
#endif

static void arm(void)
{
        memory.armed = true;
}

static void disarm(void)
{
        memory.armed = false;
}

static void every_allocation_may_fail(void **state)
{
        static char expected[WORLD_TEXT];
        struct course course;

        (void)state;
        memory.countdown = MANY;
        snprintf(expected, sizeof expected, "%s", scenario_undisturbed_with(arm, disarm));
        course_begin(&course, "an allocation fails", 397, MANY - memory.countdown);
        while (course_next(&course)) {
                struct scenario scenario;

                scenario_init(&scenario);
                scenario.hasty = !course_verifies(&course);
                scenario.arm = arm;
                scenario.disarm = disarm;
                memory.countdown = course.n;
                memory.fired = false;
                while (scenario.step < SCENARIO_STEPS) {
                        enum status status = scenario_try(&scenario);

                        if (status == STATUS_OK)
                                scenario.step++;
                        else
                                assert_true(memory.fired);
                        if (memory.fired) { /* one fails: the step must come right when tried again */
                                memory.fired = false;
                                memory.countdown = course_again(&course);
                        }
                }
                memory.countdown = 0;
                assert_same_end(&scenario, expected, "allocation", course.n);
                scenario_fini(&scenario);
        }
        course_end(&course);
}

/* Also in the process that has just made the tables, which is when statements of SQLite lose their plans. */
static void what_was_begun_is_undone_without_any_memory(void **state)
{
        static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
        char folder[] = "/tmp/mappad-memory-XXXXXX", path[64], problem[512];
        struct store *store = NULL;

        (void)state;
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/mappad.db", folder);
        assert_int_equal(store_open(path, &store, problem), STATUS_OK);
        assert_int_equal(store_begin(store), STATUS_OK);
        assert_int_equal(store_downtime_add(store, &(struct store_downtime){.from_ms = 1, .until_ms = 2}), STATUS_OK);
        memory.none = true;
        store_rollback(store);
        memory.none = false;
        assert_false(store_in_transaction(store));
        store_close(store);
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
                snprintf(path, sizeof path, "%s/mappad.db%s", folder, ends[i]);
                assert_int_equal(unlink(path), 0);
        }
        assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_allocation_may_fail),
                cmocka_unit_test(what_was_begun_is_undone_without_any_memory),
        };

        take_over();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
