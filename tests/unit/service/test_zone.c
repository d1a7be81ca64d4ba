/*
 * test_zone - local days and hours across the changes of the clock. Expected instants are from paper: in
 * 2023 London goes from GMT to BST on 26 March at 01:00 UTC and back on 29 October at 01:00 UTC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mappad/civil.h"
#include "mappad/wallclock.h"
#include "mappad/wire.h"

static int64_t at(const char *instant)
{
        int64_t ms = 0;

        assert_true(wire_instant_parse(instant, strlen(instant), &ms));
        return ms;
}

static int32_t day_of(const char *date)
{
        int32_t day = 0;

        assert_true(civil_parse(date, strlen(date), &day));
        return day;
}

static uint16_t minutes_of(const char *time)
{
        return (uint16_t)(((time[0] - '0') * 10 + time[1] - '0') * 60 + (time[3] - '0') * 10 + time[4] - '0');
}

static const struct {
        const char *why, *instant, *date;
} days[] = {
        {"the last moment before London's spring day", "2023-03-25T23:59:59.999Z", "2023-03-25"},
        {"its first", "2023-03-26T00:00:00Z", "2023-03-26"},
        {"its last comes an hour early", "2023-03-26T22:59:59.999Z", "2023-03-26"},
        {"the day after", "2023-03-26T23:00:00Z", "2023-03-27"},
        {"the last moment before the autumn day", "2023-10-28T22:59:59.999Z", "2023-10-28"},
        {"its first", "2023-10-28T23:00:00Z", "2023-10-29"},
        {"its last comes 25 hours later", "2023-10-29T23:59:59.999Z", "2023-10-29"},
        {"the day after", "2023-10-30T00:00:00Z", "2023-10-30"},
        {"before 1970", "1969-12-31T23:30:00Z", "1970-01-01"},         /* British Standard Time, UTC+1 all year */
};

static void an_instant_has_its_local_day(void **state)
{
        (void)state;
        assert_int_equal(wallclock_zone("Europe/London"), STATUS_OK);
        for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
                if (wallclock_day(at(days[i].instant)) != day_of(days[i].date))
                        fail_msg("%s: %s is not %s", days[i].why, days[i].instant, days[i].date);
        assert_int_equal(wallclock_day(INT64_MIN), CIVIL_MIN);
        assert_int_equal(wallclock_day(INT64_MAX), CIVIL_MAX);
}

static const struct {
        const char *why, *date, *time, *instant;
} times[] = {
        {"a winter morning", "2023-03-25", "07:30", "2023-03-25T07:30:00Z"},
        {"before the gap", "2023-03-26", "00:59", "2023-03-26T00:59:00Z"},
        {"the first minute of the gap", "2023-03-26", "01:00", "2023-03-26T01:00:00Z"},
        {"in the gap: the first instant after it", "2023-03-26", "01:30", "2023-03-26T01:00:00Z"},
        {"the last minute of the gap", "2023-03-26", "01:59", "2023-03-26T01:00:00Z"},
        {"the end of the gap", "2023-03-26", "02:00", "2023-03-26T01:00:00Z"},
        {"after the gap", "2023-03-26", "02:30", "2023-03-26T01:30:00Z"},
        {"that morning", "2023-03-26", "07:30", "2023-03-26T06:30:00Z"},
        {"a summer morning", "2023-03-27", "07:30", "2023-03-27T06:30:00Z"},
        {"the last summer morning", "2023-10-28", "07:30", "2023-10-28T06:30:00Z"},
        {"midnight before the fold", "2023-10-29", "00:00", "2023-10-28T23:00:00Z"},
        {"before the fold", "2023-10-29", "00:59", "2023-10-28T23:59:00Z"},
        {"the fold begins: the first of two", "2023-10-29", "01:00", "2023-10-29T00:00:00Z"},
        {"in the fold: the first of two", "2023-10-29", "01:30", "2023-10-29T00:30:00Z"},
        {"the fold ends", "2023-10-29", "02:00", "2023-10-29T02:00:00Z"},
        {"that morning", "2023-10-29", "07:30", "2023-10-29T07:30:00Z"},
        {"the last minute", "2023-10-29", "23:59", "2023-10-29T23:59:00Z"},
};

static void a_local_time_comes_at_its_instant(void **state)
{
        (void)state;
        assert_int_equal(wallclock_zone("Europe/London"), STATUS_OK);
        for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
                if (wallclock_instant(day_of(times[i].date), minutes_of(times[i].time)) != at(times[i].instant))
                        fail_msg("%s: %s %s", times[i].why, times[i].date, times[i].time);
}

static const uint16_t morning[] = {450};
static const uint16_t nights[] = {70, 90, 100, 450};    /* 01:10, 01:30, 01:40, 07:30 */

static void check_slot(struct wallclock_slot slot, const char *date, const char *time, const char *instant)
{
        assert_int_equal(slot.day, day_of(date));
        assert_int_equal(slot.minutes, minutes_of(time));
        assert_true(slot.ms == at(instant));
}

static void sweeps_keep_their_local_hour_across_both_changes(void **state)
{
        const struct wallclock_schedule schedule = {morning, 1};

        (void)state;
        assert_int_equal(wallclock_zone("Europe/London"), STATUS_OK);
        check_slot(wallclock_next(&schedule, at("2023-03-25T07:30:00Z")), "2023-03-26", "07:30", "2023-03-26T06:30:00Z");
        check_slot(wallclock_next(&schedule, at("2023-03-25T07:29:59.999Z")), "2023-03-25", "07:30", "2023-03-25T07:30:00Z");
        check_slot(wallclock_previous(&schedule, at("2023-03-26T06:29:59.999Z")), "2023-03-25", "07:30", "2023-03-25T07:30:00Z");
        check_slot(wallclock_previous(&schedule, at("2023-03-26T06:30:00Z")), "2023-03-26", "07:30", "2023-03-26T06:30:00Z");
        check_slot(wallclock_next(&schedule, at("2023-10-28T06:30:00Z")), "2023-10-29", "07:30", "2023-10-29T07:30:00Z");
        check_slot(wallclock_previous(&schedule, at("2023-10-29T07:29:59.999Z")), "2023-10-28", "07:30", "2023-10-28T06:30:00Z");
}

static void slots_in_a_gap_and_in_a_fold_come_once(void **state)
{
        const struct wallclock_schedule schedule = {nights, 4};

        (void)state;
        assert_int_equal(wallclock_zone("Europe/London"), STATUS_OK);
        /* Three times of the gap come together, at its end; looking back the last of them stands for all. */
        check_slot(wallclock_next(&schedule, at("2023-03-26T00:59:59.999Z")), "2023-03-26", "01:10", "2023-03-26T01:00:00Z");
        check_slot(wallclock_previous(&schedule, at("2023-03-26T01:00:00Z")), "2023-03-26", "01:40", "2023-03-26T01:00:00Z");
        check_slot(wallclock_next(&schedule, at("2023-03-26T01:00:00Z")), "2023-03-26", "07:30", "2023-03-26T06:30:00Z");
        /* Nothing happens in the second hour from one to two. */
        check_slot(wallclock_previous(&schedule, at("2023-10-29T00:40:00Z")), "2023-10-29", "01:40", "2023-10-29T00:40:00Z");
        check_slot(wallclock_next(&schedule, at("2023-10-29T00:40:00Z")), "2023-10-29", "07:30", "2023-10-29T07:30:00Z");
        check_slot(wallclock_previous(&schedule, at("2023-10-29T01:40:00Z")), "2023-10-29", "01:40", "2023-10-29T00:40:00Z");
}

static void every_day_of_twenty_years_has_every_slot_once(void **state)
{
        static const char *const zones[] = {"Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"};
        const struct wallclock_schedule schedule = {morning, 1};
        const int32_t first = day_of("2015-01-01"), last = day_of("2034-12-31");

        (void)state;
        for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
                assert_int_equal(wallclock_zone(zones[z]), STATUS_OK);
                int64_t ms = wallclock_instant(first, 449);

                for (int32_t day = first; day <= last; day++) {
                        struct wallclock_slot next = wallclock_next(&schedule, ms);
                        struct wallclock_slot back = wallclock_previous(&schedule, next.ms);

                        assert_int_equal(next.day, day);
                        assert_int_equal(wallclock_day(next.ms), day);
                        assert_int_equal(back.day, day);
                        assert_in_range(next.ms - ms, day == first ? 1 : 23 * 3600000, 25 * 3600000);
                        ms = next.ms;
                }
        }
}

static void a_day_that_a_zone_skips_comes_with_the_next(void **state)
{
        const struct wallclock_schedule schedule = {morning, 1};

        (void)state;
        /* Samoa went from 29 December 2011 (UTC-10) to 31 December (UTC+14) at 2011-12-30T10:00Z. */
        assert_int_equal(wallclock_zone("Pacific/Apia"), STATUS_OK);
        assert_true(wallclock_instant(day_of("2011-12-30"), 450) == at("2011-12-30T10:00:00Z"));
        assert_int_equal(wallclock_day(at("2011-12-30T09:59:59Z")), day_of("2011-12-29"));
        assert_int_equal(wallclock_day(at("2011-12-30T10:00:00Z")), day_of("2011-12-31"));
        check_slot(wallclock_next(&schedule, at("2011-12-30T10:00:00Z")), "2011-12-31", "07:30", "2011-12-30T17:30:00Z");
}

static void what_is_no_zone_is_refused_and_changes_nothing(void **state)
{
        static const char *const names[] = {"", "Europe/Nowhere", "Europe", "/usr/share/zoneinfo/Europe/London",
                "../zoneinfo/Europe/London",
                                            "zone.tab", "Europe/London\n", "Europe London", ":Europe/London", "GMT0BST,M3.5.0/1,M10.5.0",
                                            "Europe/Londonaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

        (void)state;
        assert_int_equal(wallclock_zone("Europe/London"), STATUS_OK);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                if (wallclock_zone(names[i]) != STATUS_INVALID)
                        fail_msg("\"%s\" was taken for a zone", names[i]);
        assert_int_equal(wallclock_day(at("2023-07-01T23:00:00Z")), day_of("2023-07-02"));
}

/* In a file system of its own, where the database is gone or torn; 0 when all was well, 77 when it could not be tried. */
static int without_database(const unsigned char *whole, size_t length)
{
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("none", "/usr/share/zoneinfo", "tmpfs", 0, NULL) != 0)
                return 77;
        if (wallclock_zone("Europe/London") != STATUS_INVALID || mkdir("/usr/share/zoneinfo/Europe", 0755) != 0)
                return 1;
        for (size_t size = 0; size <= length; size++) {
                int fd = open("/usr/share/zoneinfo/Europe/London", O_WRONLY | O_CREAT | O_TRUNC, 0644);
                enum status wanted = size == length ? STATUS_OK : STATUS_INVALID;

                if (fd < 0 || write(fd, whole, size) != (ssize_t)size || close(fd) != 0)
                        return 2;
                if (wallclock_zone("Europe/London") != wanted)
                        return 3;
        }
        return 0;
}

static void a_database_that_is_gone_or_torn_is_refused(void **state)
{
        unsigned char whole[8192];
        int status = 0, fd = open("/usr/share/zoneinfo/Europe/London", O_RDONLY);
        ssize_t length = fd < 0 ? -1 : read(fd, whole, sizeof whole);

        (void)state;
        assert_in_range(length, 500, sizeof whole - 1);
        close(fd);
        pid_t child = fork();
        if (child == 0)
                _exit(without_database(whole, (size_t)length));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
                skip();
        assert_int_equal(WEXITSTATUS(status), 0);
}

/* The minute that clocks show: in a gap it jumps, in a fold it comes twice. */
static void an_instant_has_its_local_minute(void **state)
{
        static const struct {
                const char *instant;
                int minute;
        } minutes[] = {
                {"2023-01-15T07:30:00Z", 450}, {"2023-07-15T07:30:00Z", 510}, {"2023-03-26T00:59:59Z", 59}, {"2023-03-26T01:00:00Z", 120},
                {"2023-10-29T00:59:59Z", 119}, {"2023-10-29T01:00:00Z", 60},  {"2023-10-29T23:59:59Z", 1439}, {"1969-12-31T23:30:00Z", 30},
        };

        (void)state;
        assert_int_equal(wallclock_zone("Europe/London"), STATUS_OK);
        for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++)
                if (wallclock_minute(at(minutes[i].instant)) != minutes[i].minute)
                        fail_msg("%s is %d", minutes[i].instant, wallclock_minute(at(minutes[i].instant)));
        assert_in_range(wallclock_minute(INT64_MIN), 0, 1439);
        assert_in_range(wallclock_minute(INT64_MAX), 0, 1439);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_instant_has_its_local_day),
                cmocka_unit_test(an_instant_has_its_local_minute),
                cmocka_unit_test(a_local_time_comes_at_its_instant),
                cmocka_unit_test(sweeps_keep_their_local_hour_across_both_changes),
                cmocka_unit_test(slots_in_a_gap_and_in_a_fold_come_once),
                cmocka_unit_test(every_day_of_twenty_years_has_every_slot_once),
                cmocka_unit_test(a_day_that_a_zone_skips_comes_with_the_next),
                cmocka_unit_test(what_is_no_zone_is_refused_and_changes_nothing),
                cmocka_unit_test(a_database_that_is_gone_or_torn_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
