/*
 * zone - from instants to civil days and back, by the system's time zone database.
 *
 * The process keeps one zone, chosen once at start. Going from an instant to a
 * local date and time is the C library's work; the way back is a search over
 * it, because a local time may come twice or never. No rule about summer time
 * is written here.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mappad/civil.h"
#include "mappad/ensure.h"
#include "mappad/wallclock.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define SECONDS_PER_DAY 86400
#define SECONDS_PER_HOUR 3600
#define SECONDS_PER_MINUTE 60
#define MS_PER_SECOND 1000
/* No place on earth is further from UTC than this, and 14 h is the most in use. */
#define OFFSET_MAX ((int64_t)16 * SECONDS_PER_HOUR)

/* A name may have slashes, but leads nowhere outside the database. */
static bool zone_name_sound(const char *name)
{
        size_t length = strlen(name);

        if (length == 0 || length > WALLCLOCK_ZONE_MAX || name[0] == '/' || strstr(name, "..") != NULL)
                return false;
        for (size_t i = 0; i < length; i++)
                if (!isalnum((unsigned char)name[i]) && strchr("_+-/", name[i]) == NULL)
                        return false;
        return true;
}

#define ZONE_FILE_MAX 65536 /* the longest in use has under 4,000 bytes */
#define ZONE_HEADER 44

static size_t big_endian(const unsigned char *bytes)
{
        return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* Length of the header at bytes and of what it announces, its times having so many bytes; 0 if it is none. */
static size_t zone_block(const unsigned char *bytes, size_t length, size_t time_size)
{
        size_t counts[6];

        if (length < ZONE_HEADER || memcmp(bytes, "TZif", 4) != 0)
                return 0;
        for (size_t i = 0; i < 6; i++)
                counts[i] = big_endian(bytes + 20 + 4 * i);
        size_t utc = counts[0], standard = counts[1], leaps = counts[2], times = counts[3], types = counts[4];
        return ZONE_HEADER + times * (time_size + 1) + types * 6 + counts[5] + leaps * (time_size + 4) + standard + utc;
}

/* Whether a file is whole (RFC 8536): one block in version 1; after it, from version 2 on, another and a last line. */
static bool zone_whole(const unsigned char *bytes, size_t length)
{
        size_t first = zone_block(bytes, length, 4);

        if (first == 0 || first > length)
                return false;
        if (bytes[4] == '\0')
                return first == length;
        size_t second = zone_block(bytes + first, length - first, 8);
        if (second == 0 || second > length - first)
                return false;
        const unsigned char *line = bytes + first + second;
        size_t left = length - first - second;
        return left >= 2 && line[0] == '\n' && memchr(line + 1, '\n', left - 1) == line + left - 1;
}

/* The C library takes UTC for a zone that it does not find or cannot read, so look first. */
static bool zone_file_sound(const char *name)
{
        char path[sizeof ZONE_DIRECTORY + WALLCLOCK_ZONE_MAX];
        unsigned char bytes[ZONE_FILE_MAX];

        snprintf(path, sizeof path, ZONE_DIRECTORY "%s", name);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return false;
        ssize_t got = read(fd, bytes, sizeof bytes);
        close(fd);
        return got > 0 && zone_whole(bytes, (size_t)got);
}

enum status wallclock_zone(const char *name)
{
        char value[WALLCLOCK_ZONE_MAX + 2];

        if (!zone_name_sound(name) || !zone_file_sound(name))
                return STATUS_INVALID;
        snprintf(value, sizeof value, ":%s", name);
        if (unsetenv("TZDIR") != 0 || setenv("TZ", value, 1) != 0)
                return STATUS_NO_MEMORY;
        tzset();
        return STATUS_OK;
}

static int64_t floor_seconds(int64_t ms)
{
        return ms / MS_PER_SECOND - (ms % MS_PER_SECOND < 0 ? 1 : 0);
}

/* Local date and time as if they were UTC: seconds since 1970. */
static int64_t local_seconds(int64_t seconds)
{
        time_t instant = (time_t)seconds;
        struct tm local;

        ENSURE(localtime_r(&instant, &local) != NULL);
        return seconds + local.tm_gmtoff;
}

int32_t wallclock_minute(int64_t ms)
{
        int64_t seconds = floor_seconds(ms);
        const int64_t first = (int64_t)CIVIL_MIN * SECONDS_PER_DAY;
        const int64_t last = (int64_t)CIVIL_MAX * SECONDS_PER_DAY;

        if (seconds <= first || seconds >= last)
                return 0;
        int64_t of_day = local_seconds(seconds) % SECONDS_PER_DAY;
        return (int32_t)((of_day + (of_day < 0 ? SECONDS_PER_DAY : 0)) / SECONDS_PER_MINUTE);
}

int32_t wallclock_day(int64_t ms)
{
        int64_t seconds = floor_seconds(ms);
        const int64_t first = (int64_t)CIVIL_MIN * SECONDS_PER_DAY;
        const int64_t last = (int64_t)CIVIL_MAX * SECONDS_PER_DAY;

        if (seconds <= first)
                return CIVIL_MIN;
        if (seconds >= last)
                return CIVIL_MAX;
        int64_t local = local_seconds(seconds);
        return (int32_t)(local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0 ? 1 : 0));
}

/* The first second in (before, after] at which the offset is that of `after`. */
static int64_t transition_between(int64_t before, int64_t after)
{
        int64_t wanted = local_seconds(after) - after;

        while (after - before > 1) {
                int64_t middle = before + (after - before) / 2;

                if (local_seconds(middle) - middle == wanted)
                        after = middle;
                else
                        before = middle;
        }
        return after;
}

/* The first second of [first, end) at which local time is at or past target, the offset being
 * the same throughout; end if there is none. */
static int64_t crossing_within(int64_t first, int64_t end, int64_t target)
{
        int64_t crossing = target - (local_seconds(first) - first);

        if (crossing <= first)
                return first;
        return crossing < end ? crossing : end;
}

int64_t wallclock_instant(int32_t day, uint16_t minutes)
{
        int64_t target = (int64_t)day * SECONDS_PER_DAY + (int64_t)minutes * 60;
        int64_t hour = target - OFFSET_MAX;

        /* One offset holds in an hour, or one change of it lies within. */
        for (; hour < target + OFFSET_MAX; hour += SECONDS_PER_HOUR) {
                int64_t end = hour + SECONDS_PER_HOUR;
                int64_t change = end;

                if (local_seconds(hour) - hour != local_seconds(end) - end)
                        change = transition_between(hour, end);
                int64_t found = crossing_within(hour, change, target);
                if (found < change)
                        return found * MS_PER_SECOND;
                if (change < end) {
                        found = crossing_within(change, end, target);
                        if (found < end)
                                return found * MS_PER_SECOND;
                }
        }
        return hour * MS_PER_SECOND;
}

/* A zone may skip a whole day (Samoa, 2011-12-30), so look a day further than seems needed. */
#define DAYS_AROUND 2

static struct wallclock_slot slot_of(int32_t day, uint16_t minutes)
{
        return (struct wallclock_slot){.day = day, .minutes = minutes, .ms = wallclock_instant(day, minutes)};
}

struct wallclock_slot wallclock_next(const struct wallclock_schedule *schedule, int64_t ms)
{
        int32_t today = wallclock_day(ms);

        ENSURE(schedule->count > 0);
        for (int32_t day = today - 1; day <= today + DAYS_AROUND; day++)
                for (size_t i = 0; i < schedule->count; i++) {
                        struct wallclock_slot slot = slot_of(day, schedule->minutes[i]);

                        if (slot.ms > ms)
                                return slot;
                }
        return (struct wallclock_slot){.day = CIVIL_MAX, .ms = WALLCLOCK_NEVER};
}

struct wallclock_slot wallclock_previous(const struct wallclock_schedule *schedule, int64_t ms)
{
        int32_t today = wallclock_day(ms);

        ENSURE(schedule->count > 0);
        for (int32_t day = today + 1; day >= today - DAYS_AROUND; day--)
                for (size_t i = schedule->count; i-- > 0;) {
                        struct wallclock_slot slot = slot_of(day, schedule->minutes[i]);

                        if (slot.ms <= ms)
                                return slot;
                }
        return (struct wallclock_slot){.day = CIVIL_MIN, .ms = INT64_MIN};
}
