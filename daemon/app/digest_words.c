/*
 * digest_words.c - the sentences and the fields.
 *
 * Every text that can reach a message passes through digest_put, which lets no
 * control byte and, in HTML, no markup through: a title that slipped in a line
 * break or a tag could otherwise forge a line of the digest.
 */
#include "digest_words.h"

#include <string.h>

#include "digest_model.h"
#include "mappad/casefile.h"
#include "mappad/civil.h"

#define WRITER_FIRST 1024
#define NUMBER_SIZE 24 /* digits of 2^64 and a NUL */
#define MINUTES_DAY 1440
#define MINUTE_MS 60000

static const char *const templates[SAY_COUNT] = {
        [SAY_SUBJECT_MARKING] = "[{marking}] ",
        [SAY_SUBJECT] = "{sender}: {counts}",
        [SAY_SUBJECT_URGENT] = "{sender}, urgent: {counts}",
        [SAY_MARKING] = "{marking}",
        [SAY_HEAD] = "{sender}, {today}",
        [SAY_HEAD_URGENT] = "{sender}, urgent, {today}",
        [SAY_COUNTS] = "{counts}.",
        [SAY_DOWN] = "The service was not watching",
        [SAY_DOWN_FROM] = "from {unwatched-from}",
        [SAY_DOWN_UNTIL] = "to   {unwatched-until}.",
        [SAY_DOWN_WHOLE] = "The service was not watching from {unwatched-from} to {unwatched-until}.",
        [SAY_DOWN_MORE] = "And more often since.",
        [SAY_DOWN_TOLD] = "What was reached in that time is in this message.",
        [SAY_NOTHING] =
                "For you nothing is overdue, booked late or due soon, and no duty that was raised for you stands open.",
        [SAY_NOTHING_NEW] = "Nothing new was raised for you. What was raised in earlier messages and still stands:",
        [SAY_WATCHING] = "The service is watching; this message comes so that silence is never a question.",

        [SAY_HEADING_OVERDUE] = "OVERDUE ({count})",
        [SAY_HEADING_BOOKED_LATE] = "BOOKED LATE ({count})",
        [SAY_HEADING_DUE_SOON] = "DUE SOON ({count})",
        [SAY_HEADING_MOVED] = "MOVED ({count})",
        [SAY_HEADING_DATA] = "TO CHECK IN THE RECORD ({count})",
        [SAY_HEADING_SETTLED] = "SETTLED MEANWHILE ({count})",
        [SAY_ADVICE_OVERDUE] =
                "Do it now or on the first possible day, and record it. A booking alone does not end it.",
        [SAY_ADVICE_BOOKED_LATE] = "Booked for a day after the legal date. Find an earlier day.",
        [SAY_ADVICE_DUE_SOON] =
                "Book a day on or before the plan-by date. The legal date does not move for weekends or holidays.",
        [SAY_ADVICE_MOVED] =
                "The record, the rules or the holidays have changed these dates. Check that bookings still fit.",
        [SAY_ADVICE_DATA] = "A duty can be missed while this stands. Complete or correct the record.",
        [SAY_ADVICE_SETTLED] =
                "Raised since the last message, and met, ended or put right before this one was written.",

        [SAY_STILL_OVERDUE] = "STILL OVERDUE ({count})",
        [SAY_STILL_BOOKED_LATE] = "STILL BOOKED LATE ({count})",
        [SAY_STILL_DUE_SOON] = "STILL DUE SOON ({count})",
        [SAY_STILL_DATA] = "STILL TO CHECK IN THE RECORD ({count})",
        [SAY_ADVICE_STILL_OVERDUE] = "Raised in an earlier message and not settled since. Do it now, and record it.",
        [SAY_ADVICE_STILL_BOOKED_LATE] =
                "Raised in an earlier message, and still booked for a day after the legal date. Find an earlier day.",
        [SAY_ADVICE_STILL_DUE_SOON] =
                "Raised in an earlier message and still open. Do it on or before the plan-by date.",
        [SAY_ADVICE_STILL_DATA] =
                "Raised in an earlier message and not put right since. Complete or correct the record.",

        [SAY_DOUBT_NONE] = "Something in the record is doubtful.",
        [SAY_DOUBT_MISSING] = "A fact is missing; without it the date cannot be worked out.",
        [SAY_DOUBT_FLAGGED] = "What is recorded contradicts a rule.",
        [SAY_DOUBT_UNKNOWN_WORD] = "A recorded line uses a word that the rules no longer know.",
        [SAY_DOUBT_BOOKING_PASSED] = "The booked day has passed and nothing was recorded.",
        [SAY_DOUBT_CALENDAR] = "Holidays are published for less than 12 months to come.",
        [SAY_DOUBT_NO_ROUTE] = "An alert had nobody to go to; the contacts file has a gap.",
        [SAY_DOUBT_MAIL_FAILED] = "Mail was refused, or fails again and again; see mappactl outbox.",
        [SAY_DOUBT_RULES] = "Rules, holidays or contacts changed unseen; see mappactl rules history.",

        [SAY_COLUMN_CASE] = "Case and duty",
        [SAY_COLUMN_DATES] = "Dates",
        [SAY_REFERENCE] = "{reference}",
        [SAY_DUTY] = "{duty}",
        [SAY_NO_DUTY] = "A duty",
        [SAY_MISSED] = "Missed: it was not done, and can no longer be.",
        [SAY_ACKNOWLEDGED] = "Acknowledged, and open all the same.",
        [SAY_DUE] = "due {due}",
        [SAY_DUE_PROVISIONAL] = "due {due}*",
        [SAY_TODAY] = "today",
        [SAY_IN_DAYS] = "in {days}",
        [SAY_OVER] = "{days} over",
        [SAY_PLAN_BY] = "plan by {plan-by}",
        [SAY_WAS_DUE] = "was due {was-due}",
        [SAY_BOOKED] = "booked {booked}",
        [SAY_NOT_BOOKED] = "not booked",
        [SAY_MORE] = "And {more} more than fit here: mappactl overdue, mappactl due and mappactl alerts list all.",
        [SAY_NUMBERS_ALONE] = "Messages here carry numbers alone: mappactl overdue and mappactl due list the cases.",
        [SAY_PROVISIONAL] = "* The holidays around this day are not published yet; it may change.",
        [SAY_DETAILS] = "Details: mappactl show REFERENCE.",
        [SAY_DIARY] = "The calendar attached has {dates}: open it to bring your diary in line.",
        [SAY_DIARY_GONE] = "Met, ended or without a date now, to be taken out: {gone}.",
        [SAY_REPLIES] = "Replies are not read. Ask the unit to change who receives this.",

        [SAY_EVENT] = "{reference} {duty}: due {due}",
        [SAY_EVENT_GONE] = "Not due any more: {reference} {duty}",
        [SAY_EVENT_TEXT] = "The legal date is {due}; it does not move for weekends or holidays.",
        [SAY_EVENT_PLAN] = "The last working day for it is {plan-by}.",
        [SAY_EVENT_GONE_TEXT] = "Met, ended or without a date now: take this entry out.",
};

/* ---- bytes ---- */

static void grow(struct digest_writer *writer, size_t more)
{
        size_t room = writer->room == 0 ? WRITER_FIRST : writer->room;
        char *bytes;

        while (room < writer->used + more + 1)
                room *= 2;
        bytes = arena_alloc(writer->arena, room);
        if (bytes == NULL) {
                writer->failed = true;
                return;
        }
        if (writer->used > 0)
                memcpy(bytes, writer->bytes, writer->used);
        writer->bytes = bytes;
        writer->room = room;
}

void digest_bytes(struct digest_writer *writer, const char *bytes, size_t length)
{
        if (!writer->failed && writer->used + length + 1 > writer->room)
                grow(writer, length);
        if (writer->failed)
                return;
        memcpy(writer->bytes + writer->used, bytes, length);
        writer->used += length;
}

void digest_raw(struct digest_writer *writer, const char *bytes)
{
        digest_bytes(writer, bytes, strlen(bytes));
}

void digest_repeat(struct digest_writer *writer, char byte, size_t times)
{
        for (size_t i = 0; i < times; i++)
                digest_bytes(writer, &byte, 1);
}

static void put_character(struct digest_writer *writer, const char *at)
{
        unsigned char c = (unsigned char)*at;

        if (c < ' ' || c == 0x7f)
                digest_bytes(writer, "?", 1);
        else if (writer->html && c == '&')
                digest_raw(writer, "&amp;");
        else if (writer->html && c == '<')
                digest_raw(writer, "&lt;");
        else if (writer->html && c == '>')
                digest_raw(writer, "&gt;");
        else if (writer->html && c == '"')
                digest_raw(writer, "&quot;");
        else
                digest_bytes(writer, at, 1);
}

void digest_put(struct digest_writer *writer, const char *text)
{
        for (; *text != '\0'; text++)
                put_character(writer, text);
}

const char *digest_finish(struct digest_writer *writer)
{
        digest_bytes(writer, "", 1);
        return writer->failed ? NULL : writer->bytes;
}

/* ---- numbers and days ---- */

static void put_number(struct digest_writer *writer, uint64_t number)
{
        char digits[NUMBER_SIZE];
        size_t first = sizeof(digits);

        do {
                digits[--first] = (char)('0' + number % 10);
                number /= 10;
        } while (number > 0);
        digest_bytes(writer, digits + first, sizeof(digits) - first);
}

static void put_counted(struct digest_writer *writer, uint64_t number, const char *noun)
{
        put_number(writer, number);
        digest_put(writer, " ");
        digest_put(writer, noun);
        if (number != 1)
                digest_put(writer, "s");
}

static void put_day(struct digest_writer *writer, int32_t day)
{
        static const char *const weekdays[] = {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};
        static const char *const months[] = {" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
                                             " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "};
        struct civil date = civil_to_date(day);

        digest_put(writer, weekdays[civil_weekday(day)]);
        put_number(writer, (uint64_t)date.day);
        digest_put(writer, months[date.month - 1]);
        put_number(writer, (uint64_t)date.year);
}

static void put_instant(struct digest_writer *writer, int64_t ms)
{
        int64_t minutes = ms / MINUTE_MS - (ms % MINUTE_MS < 0);
        int64_t day = minutes / MINUTES_DAY - (minutes % MINUTES_DAY < 0);
        uint64_t of_day = (uint64_t)(minutes - day * MINUTES_DAY);

        put_day(writer, civil_add_days(0, day));
        digest_put(writer, of_day / 60 < 10 ? " 0" : " ");
        put_number(writer, of_day / 60);
        digest_put(writer, of_day % 60 < 10 ? ":0" : ":");
        put_number(writer, of_day % 60);
        digest_put(writer, " UTC");
}

/* ---- fields ---- */

/* Whatever was put into its place: what is no reference is not printed. */
static void put_reference(struct digest_writer *writer, const struct digest_scope *scope)
{
        const char *text = scope->row->reference.text;

        digest_put(writer, casefile_reference_valid(text) ? text : "-");
}

/* A title may be as long as its author likes; a message is for reading. */
static void put_duty(struct digest_writer *writer, const struct digest_scope *scope)
{
        const char *title = scope->row->duty == NULL ? "" : scope->row->duty->title;
        size_t columns = 0;

        for (; *title != '\0'; title++) {
                columns += ((unsigned char)*title & 0xc0) != 0x80;
                if (columns > DIGEST_DUTY_COLUMNS) {
                        digest_put(writer, "...");
                        return;
                }
                put_character(writer, title);
        }
}

static void put_due(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_day(writer, scope->row->due);
}

static void put_plan_by(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_day(writer, scope->row->plan_by);
}

static void put_was_due(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_day(writer, scope->row->was_due);
}

static void put_booked(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_day(writer, scope->row->booked);
}

/* Days between today and the legal date, either way. */
static void put_days(struct digest_writer *writer, const struct digest_scope *scope)
{
        int64_t days = (int64_t)scope->row->due - scope->model->options->today;

        put_counted(writer, (uint64_t)(days < 0 ? -days : days), "day");
}

static void put_count(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_number(writer, (scope->standing ? scope->model->standing : scope->model->counts)[scope->group]);
}

static void put_more(struct digest_writer *writer, const struct digest_scope *scope)
{
        size_t shown = scope->model->count < DIGEST_ROWS_SHOWN ? scope->model->count : DIGEST_ROWS_SHOWN;

        put_number(writer, scope->model->counted - shown);
}

/* "1 overdue, 2 due soon"; whether there was something to say. */
static bool put_groups(struct digest_writer *writer, const size_t counts[static DIGEST_GROUP_COUNT], const char *before)
{
        static const char *const words[DIGEST_GROUP_COUNT] = {
                [DIGEST_OVERDUE] = " overdue",
                [DIGEST_BOOKED_LATE] = " booked late",
                [DIGEST_DUE_SOON] = " due soon",
                [DIGEST_MOVED] = " moved",
                [DIGEST_DATA] = " to check in the record",
                [DIGEST_SETTLED] = " settled meanwhile",
        };
        bool any = false;

        for (size_t group = 0; group < DIGEST_GROUP_COUNT; group++) {
                if (counts[group] == 0)
                        continue;
                digest_put(writer, any ? ", " : before);
                put_number(writer, counts[group]);
                digest_put(writer, words[group]);
                any = true;
        }
        return any;
}

static void put_counts(struct digest_writer *writer, const struct digest_scope *scope)
{
        const struct digest_model *model = scope->model;

        if (model->counted == 0)
                digest_put(writer, "nothing due");
        else if (!put_groups(writer, model->counts, ""))
                digest_put(writer, "nothing new");
        (void)put_groups(writer, model->standing, "; still ");
}

static void put_sender(struct digest_writer *writer, const struct digest_scope *scope)
{
        digest_put(writer, scope->model->options->title);
}

static void put_marking(struct digest_writer *writer, const struct digest_scope *scope)
{
        digest_put(writer, scope->model->marking);
}

static void put_today(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_day(writer, scope->model->options->today);
}

static void put_unwatched_from(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_instant(writer, scope->downtime->from_ms);
}

static void put_unwatched_until(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_instant(writer, scope->downtime->until_ms);
}

static void put_dates(struct digest_writer *writer, const struct digest_scope *scope)
{
        put_counted(writer, scope->model->options->diary.count, "date");
}

static void put_gone(struct digest_writer *writer, const struct digest_scope *scope)
{
        const struct digest_diary *diary = &scope->model->options->diary;
        uint64_t gone = 0;

        for (size_t i = 0; i < diary->count; i++)
                gone += diary->events[i].gone;
        put_number(writer, gone);
}

/* All that can stand in braces. */
static const struct printable {
        const char *name;
        enum digest_kind kind;
        void (*put)(struct digest_writer *writer, const struct digest_scope *scope);
} fields[] = {
        {"reference", KIND_REFERENCE, put_reference},
        {"duty", KIND_DUTY, put_duty},
        {"due", KIND_DATE, put_due},
        {"plan-by", KIND_DATE, put_plan_by},
        {"was-due", KIND_DATE, put_was_due},
        {"today", KIND_DATE, put_today},
        {"booked", KIND_BOOKING, put_booked},
        {"days", KIND_NUMBER, put_days},
        {"count", KIND_NUMBER, put_count},
        {"counts", KIND_NUMBER, put_counts},
        {"more", KIND_NUMBER, put_more},
        {"dates", KIND_NUMBER, put_dates},
        {"gone", KIND_NUMBER, put_gone},
        {"sender", KIND_SENDER, put_sender},
        {"marking", KIND_MARKING, put_marking},
        {"unwatched-from", KIND_INSTANT, put_unwatched_from},
        {"unwatched-until", KIND_INSTANT, put_unwatched_until},
};
#define FIELD_COUNT (sizeof fields / sizeof *fields)

const char *digest_template(enum digest_say say)
{
        return say < SAY_COUNT ? templates[say] : NULL;
}

const char *digest_field_name(size_t index)
{
        return index < FIELD_COUNT ? fields[index].name : NULL;
}

const char *digest_field_kind(size_t index)
{
        static const char *const words[KIND_COUNT] = {
                [KIND_REFERENCE] = "reference", [KIND_DUTY] = "duty",       [KIND_DATE] = "date",
                [KIND_BOOKING] = "booking",     [KIND_NUMBER] = "number",   [KIND_SENDER] = "sender",
                [KIND_MARKING] = "marking",     [KIND_INSTANT] = "instant",
        };

        return index < FIELD_COUNT ? words[fields[index].kind] : NULL;
}

/* ---- templates ---- */

static void put_field(struct digest_writer *writer, const char *name, size_t length, const struct digest_scope *scope)
{
        for (size_t i = 0; i < FIELD_COUNT; i++)
                if (strlen(fields[i].name) == length && memcmp(fields[i].name, name, length) == 0)
                        fields[i].put(writer, scope);
}

void digest_say(struct digest_writer *writer, enum digest_say say, const struct digest_scope *scope)
{
        for (const char *at = templates[say]; *at != '\0'; at++) {
                if (*at != '{') {
                        put_character(writer, at);
                        continue;
                }
                size_t length = strcspn(at + 1, "}");
                put_field(writer, at + 1, length, scope);
                at += length + 1;
        }
}

const char *digest_said(struct arena *arena, enum digest_say say, const struct digest_scope *scope)
{
        struct digest_writer writer = {.arena = arena};

        digest_say(&writer, say, scope);
        return digest_finish(&writer);
}

_Static_assert(SAY_HEADING_SETTLED - SAY_HEADING_OVERDUE == DIGEST_SETTLED, "a heading for each group, in order");
_Static_assert(SAY_ADVICE_SETTLED - SAY_ADVICE_OVERDUE == DIGEST_SETTLED, "and advice");
_Static_assert(SAY_ADVICE_STILL_DATA - SAY_ADVICE_STILL_OVERDUE == SAY_STILL_DATA - SAY_STILL_OVERDUE, "as many");
_Static_assert(SAY_DOUBT_RULES - SAY_DOUBT_NONE == DIGEST_DOUBT_RULES, "a sentence for each doubt, in order");

/* Of what was raised before. That a date moved, or that something was settled, is said once. */
static enum digest_say still(enum digest_group group, enum digest_say of_overdue)
{
        switch (group) {
        case DIGEST_OVERDUE:
                break;
        case DIGEST_BOOKED_LATE:
                return (enum digest_say)(of_overdue + SAY_STILL_BOOKED_LATE - SAY_STILL_OVERDUE);
        case DIGEST_DUE_SOON:
        case DIGEST_MOVED:
        case DIGEST_SETTLED:
                return (enum digest_say)(of_overdue + SAY_STILL_DUE_SOON - SAY_STILL_OVERDUE);
        case DIGEST_DATA:
                return (enum digest_say)(of_overdue + SAY_STILL_DATA - SAY_STILL_OVERDUE);
        }
        return of_overdue;
}

enum digest_say digest_heading(const struct digest_scope *scope)
{
        return scope->standing ? still(scope->group, SAY_STILL_OVERDUE)
                               : (enum digest_say)(SAY_HEADING_OVERDUE + scope->group);
}

enum digest_say digest_advice(const struct digest_scope *scope)
{
        return scope->standing ? still(scope->group, SAY_ADVICE_STILL_OVERDUE)
                               : (enum digest_say)(SAY_ADVICE_OVERDUE + scope->group);
}

enum digest_say digest_doubt_says(enum digest_doubt doubt)
{
        return (enum digest_say)(SAY_DOUBT_NONE + doubt);
}

enum digest_say digest_days_say(const struct digest_scope *scope)
{
        int32_t today = scope->model->options->today;

        if (scope->row->due == today)
                return SAY_TODAY;
        return scope->row->due > today ? SAY_IN_DAYS : SAY_OVER;
}
