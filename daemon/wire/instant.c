/*
 * instant - RFC 3339 instants as milliseconds since 1970 UTC.
 *
 * Arithmetic on civil days; no C library time function, no zone but the offset
 * that is written in the text.
 */
#include <string.h>

#include "mappad/wire.h"

#define MS_PER_DAY INT64_C(86400000)

/* Two digits of a number at most max, or -1. */
static int two_digits(const char *text, int max)
{
        if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
                return -1;
        int number = (text[0] - '0') * 10 + (text[1] - '0');
        return number <= max ? number : -1;
}

/* "HH:MM:SS" in milliseconds of the day, or -1. */
static int64_t time_of_day(const char *text)
{
        int hour = two_digits(text, 23);
        int minute = two_digits(text + 3, 59);
        int second = two_digits(text + 6, 60);
        if (hour < 0 || minute < 0 || second < 0 || text[2] != ':' || text[5] != ':')
                return -1;
        return ((hour * INT64_C(60) + minute) * 60 + second) * 1000;
}

/* ".123456" after the seconds: its length, 0 if there is none, -1 if it is wrong. */
static int fraction(const char *text, size_t length, int64_t *ret_ms)
{
        *ret_ms = 0;
        if (length == 0 || text[0] != '.')
                return 0;
        int64_t scale = 100;
        size_t at = 1;
        for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
                *ret_ms += (text[at] - '0') * scale;
                scale /= 10;
        }
        return at == 1 || at > 10 ? -1 : (int)at;
}

/* "Z" or "+01:00", the whole rest of the text, in milliseconds. */
static bool offset(const char *text, size_t length, int64_t *ret_ms)
{
        *ret_ms = 0;
        if (length == 1)
                return text[0] == 'Z' || text[0] == 'z';
        if (length != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
                return false;
        int hour = two_digits(text + 1, 23);
        int minute = two_digits(text + 4, 59);
        if (hour < 0 || minute < 0)
                return false;
        int64_t ms = (hour * INT64_C(60) + minute) * 60000;
        *ret_ms = text[0] == '-' ? -ms : ms;
        return true;
}

bool wire_instant_parse(const char *text, size_t length, int64_t *ret_ms)
{
        int32_t day;
        if (length < 20 || (text[10] != 'T' && text[10] != 't') || !civil_parse(text, 10, &day))
                return false;
        int64_t of_day = time_of_day(text + 11);
        if (of_day < 0)
                return false;
        int64_t thousandths;
        int decimals = fraction(text + 19, length - 19, &thousandths);
        if (decimals < 0)
                return false;
        size_t zone = 19 + (size_t)decimals;
        int64_t east;
        if (!offset(text + zone, length - zone, &east))
                return false;
        *ret_ms = day * MS_PER_DAY + of_day + thousandths - east;
        return true;
}

void wire_instant_format(int64_t ms, char text[static WIRE_INSTANT_SIZE])
{
        int64_t first = CIVIL_MIN * MS_PER_DAY;
        int64_t last = (CIVIL_MAX + INT64_C(1)) * MS_PER_DAY - 1;
        ms = ms < first ? first : ms > last ? last : ms;
        int64_t of_day = ms % MS_PER_DAY;
        if (of_day < 0)
                of_day += MS_PER_DAY;
        civil_format((int32_t)((ms - of_day) / MS_PER_DAY), text);
        int64_t parts[] = {of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60, of_day % 1000};
        memcpy(text + 10, "T00:00:00.000Z", 15);
        for (size_t i = 0; i < 3; i++) {
                text[11 + 3 * i] = (char)('0' + parts[i] / 10);
                text[12 + 3 * i] = (char)('0' + parts[i] % 10);
        }
        text[20] = (char)('0' + parts[3] / 100);
        text[21] = (char)('0' + parts[3] / 10 % 10);
        text[22] = (char)('0' + parts[3] % 10);
}
