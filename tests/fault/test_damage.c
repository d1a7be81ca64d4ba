/*
 * A record whose bits have changed, or that was cut short: it is refused with a sentence, or what changed is found when
 * everything is verified, or it meant nothing, and then the record says what it said. What was told of it, alerts and
 * messages, is in no chain: there a word may read otherwise.
 */
#include "scenario.h"

#include <fcntl.h>

static char expected[WORLD_TEXT];
static char *whole;
static size_t whole_size;

/* A record as it lies when nobody serves it, and what it says. */
static void make(struct scenario *scenario)
{
        char path[128];
        FILE *file;

        scenario_init(scenario);
        for (; scenario->step < SCENARIO_STEPS; scenario->step++)
                assert_int_equal(scenario_try(scenario), STATUS_OK);
        snprintf(expected, sizeof expected, "%s", scenario_end(scenario));
        app_close(scenario->world.app, scenario->world.now);
        scenario->world.app = NULL;
        snprintf(path, sizeof path, "%s/mappad.db", scenario->world.directory);
        file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        whole_size = (size_t)ftell(file);
        rewind(file);
        whole = malloc(whole_size);
        assert_non_null(whole);
        assert_int_equal(fread(whole, 1, whole_size, file), whole_size);
        fclose(file);
}

static void put_back(const struct scenario *scenario, const char *bytes, size_t size)
{
        static const char *const beside[] = {"-wal", "-shm"};
        char path[128];

        for (size_t i = 0; i < 2; i++) {
                snprintf(path, sizeof path, "%s/mappad.db%s", scenario->world.directory, beside[i]);
                (void)unlink(path);
        }
        snprintf(path, sizeof path, "%s/mappad.db", scenario->world.directory);
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(file >= 0);
        assert_int_equal(write(file, bytes, size), size);
        close(file);
}

enum damage { DAMAGE_BIT, DAMAGE_BYTES, DAMAGE_CUT, DAMAGES };

/* Writes a damaged copy; where the damage is. */
static long damage(const struct scenario *scenario, struct course *course)
{
        char *copy = malloc(whole_size);
        long at = course_chance(course, (long)whole_size);
        enum damage kind = (enum damage)course_chance(course, DAMAGES);
        size_t size = whole_size;

        assert_non_null(copy);
        memcpy(copy, whole, whole_size);
        if (kind == DAMAGE_BIT)
                copy[at] ^= (char)(1 << course_chance(course, 8));
        for (size_t i = 0; kind == DAMAGE_BYTES && i < 40 && (size_t)at + i < whole_size; i++)
                copy[(size_t)at + i] = (char)course_chance(course, 256);
        if (kind == DAMAGE_CUT)
                size = course_chance(course, 2) == 0 ? (size_t)at : (size_t)at / 4096 * 4096;
        put_back(scenario, copy, size);
        free(copy);
        return at;
}

/* The lines that the chains, or what is derived of them, answer for: those that begin with a digit, a seal, an erasure,
 * what was looked at, an obligation that is open. */
static const char *answered_for(const char *end, char kept[static WORLD_TEXT])
{
        static const char *const told[] = {"stage ", "moved ", "booked-late ", "booking-passed ", "constraint ", "alert ", "unevaluable "};

        kept[0] = '\0';
        for (const char *line = end; *line != '\0'; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL)) {
                bool kind = strstr(line, "@sea.example") != NULL && strcspn(line, "@") < strcspn(line, "\n");
                for (size_t i = 0; i < sizeof told / sizeof *told; i++)
                        kind = kind || strncmp(line, told[i], strlen(told[i])) == 0;
                if (!kind)
                        strncat(kept, line, strcspn(line, "\n") + 1);
        }
        return kept;
}

/* Whether it was refused, found, or meant nothing. */
static void judge(struct scenario *scenario, const struct course *course, long at)
{
        enum status status = scenario_open(scenario);

        if (status != STATUS_OK) {
                assert_true(strlen(scenario->world.problem) > 20);
                return;
        }
        /* What was refused while it was read is a status too. */
        static char was[WORLD_TEXT], is[WORLD_TEXT];
        if (scenario_findings(scenario) == 0 &&
            !scenario_same(answered_for(expected, was), answered_for(scenario_end(scenario), is)))
                fail_msg("seed %llu, byte %ld: nothing was found", (unsigned long long)course->seed, at);
        app_abandon(scenario->world.app);
        scenario->world.app = NULL;
}

static void damage_is_refused_or_found_or_means_nothing(void **state)
{
        static struct scenario scenario;
        struct course course;

        (void)state;
        make(&scenario);
        course_begin(&course, "bits flipped, bytes overwritten, the file cut", 1, 60);
        while (course_next(&course)) {
                long at = damage(&scenario, &course);

                scenario.quietly = scenario.hasty = true;
                judge(&scenario, &course, at);
                course.faults++;
        }
        course_end(&course);
        put_back(&scenario, whole, whole_size);
        free(whole);
        scenario_fini(&scenario);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(damage_is_refused_or_found_or_means_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
