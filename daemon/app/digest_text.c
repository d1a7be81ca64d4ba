/*
 * digest_text.c - the text part of a digest.
 *
 * Made for a telephone and for a mail program that shows plain text in whatever
 * type it likes: each duty is a short block, its reference first, and nothing
 * depends on columns meeting, though in a fixed type they do. Lines of a block
 * begin with two spaces, which also keeps Outlook from joining them. The
 * sentences of this file are the only prose that a message can hold.
 */
#include <string.h>

#include "digest_model.h"
#include "mappad/civil.h"

#define REFERENCE_COLUMNS 10 /* wider references stand on a line of their own */
#define INDENT 2
#define GAP 2
#define DAY_COLUMNS 15  /* "Tue 21 Mar 2023" */
#define DAYS_COLUMNS 12 /* "in 2999 days" */
#define MINUTES_DAY 1440
#define MINUTE_MS 60000

static const char *const headings[DIGEST_GROUP_COUNT] = {
        [DIGEST_OVERDUE] = "OVERDUE", [DIGEST_BOOKED_LATE] = "BOOKED LATE",     [DIGEST_DUE_SOON] = "DUE SOON",
        [DIGEST_MOVED] = "MOVED",     [DIGEST_DATA] = "TO CHECK IN THE RECORD", [DIGEST_SETTLED] = "SETTLED MEANWHILE",
};

static const char *const advice[DIGEST_GROUP_COUNT] = {
        [DIGEST_OVERDUE] = "Do it now or on the first possible day, and record it. A booking alone does not end it.",
        [DIGEST_BOOKED_LATE] = "Booked for a day after the legal date. Find an earlier day.",
        [DIGEST_DUE_SOON] =
                "Book a day on or before the plan-by date. The legal date does not move for weekends or holidays.",
        [DIGEST_MOVED] =
                "The record, the rules or the holidays have changed these dates. Check that bookings still fit.",
        [DIGEST_DATA] = "A duty can be missed while this stands. Complete or correct the record.",
        [DIGEST_SETTLED] = "Raised since the last message, and met, ended or put right before this one was written.",
};

static const char *doubt_sentence(enum digest_doubt doubt)
{
        switch (doubt) {
        case DIGEST_DOUBT_NONE:
                return "Something in the record is doubtful.";
        case DIGEST_DOUBT_MISSING:
                return "A fact is missing; without it the date cannot be worked out.";
        case DIGEST_DOUBT_FLAGGED:
                return "What is recorded contradicts a rule.";
        case DIGEST_DOUBT_UNKNOWN_WORD:
                return "A recorded line uses a word that the rules no longer know.";
        case DIGEST_DOUBT_BOOKING_PASSED:
                return "The booked day has passed and nothing was recorded.";
        case DIGEST_DOUBT_CALENDAR:
                return "Holidays are published for less than 12 months to come.";
        case DIGEST_DOUBT_NO_ROUTE:
                return "An alert had nobody to go to; the contacts file has a gap.";
        case DIGEST_DOUBT_MAIL_FAILED:
                return "A message could not be delivered; see mappactl status.";
        case DIGEST_DOUBT_RULES:
                return "Rules, holidays or contacts changed unseen; see mappactl rules history.";
        }
        return "";
}

/* Adds the words of a text from a column on, going on at indent in new lines, and ends the line. */
static void put_wrapped(struct digest_writer *writer, const char *text, size_t column, size_t indent)
{
        bool first = true;

        while (*text != '\0') {
                size_t length = strcspn(text, " ");
                const char *word = arena_copy(writer->arena, text, length);
                size_t columns = word == NULL ? 0 : digest_columns(word);

                if (word == NULL) {
                        writer->failed = true;
                        return;
                }
                if (!first && column + 1 + columns > DIGEST_WIDTH) {
                        digest_put_times(writer, "\n", 1);
                        digest_put_times(writer, " ", indent);
                        column = indent;
                } else if (!first) {
                        digest_put(writer, " ");
                        column++;
                }
                digest_put(writer, word);
                column += columns;
                text += length + strspn(text + length, " ");
                first = false;
        }
        digest_put_times(writer, "\n", 1);
}

/* Pads what was written since start to a number of columns, and one gap. */
static void pad(struct digest_writer *writer, size_t start, size_t columns)
{
        size_t written = writer->used - start;

        digest_put_times(writer, " ", GAP + (written < columns ? columns - written : 0));
}

static void put_days(struct digest_writer *writer, int32_t due, int32_t today)
{
        if (due == today) {
                digest_put(writer, "today");
        } else if (due > today) {
                digest_put(writer, "in ");
                digest_put_counted(writer, (uint64_t)((int64_t)due - today), "day");
        } else {
                digest_put_counted(writer, (uint64_t)((int64_t)today - due), "day");
                digest_put(writer, " over");
        }
}

static void put_booking(struct digest_writer *writer, const struct digest_row *row)
{
        if (row->booked != CIVIL_NONE) {
                digest_put(writer, "booked ");
                digest_put_day(writer, row->booked);
        } else if (row->bookable) {
                digest_put(writer, "not booked");
        }
}

/* "due Tue 21 Mar 2023   1 day over    not booked", then the day to plan for. */
static void put_dates(struct digest_writer *writer, const struct digest_row *row, int32_t today, size_t indent)
{
        size_t start;

        digest_put_times(writer, " ", indent);
        start = writer->used;
        digest_put(writer, "due ");
        digest_put_day(writer, row->due);
        digest_put(writer, row->provisional ? "*" : "");
        pad(writer, start, sizeof("due ") - 1 + DAY_COLUMNS + 1);
        start = writer->used;
        put_days(writer, row->due, today);
        if (row->booked != CIVIL_NONE || row->bookable)
                pad(writer, start, DAYS_COLUMNS);
        put_booking(writer, row);
        digest_put_times(writer, "\n", 1);
        if (row->plan_by == CIVIL_NONE)
                return;
        digest_put_times(writer, " ", indent);
        digest_put(writer, "plan by ");
        digest_put_day(writer, row->plan_by);
        digest_put_times(writer, "\n", 1);
}

static void put_move(struct digest_writer *writer, const struct digest_row *row, size_t indent)
{
        digest_put_times(writer, " ", indent);
        digest_put(writer, "was due ");
        digest_put_day(writer, row->was_due);
        digest_put_times(writer, "\n", 1);
}

static void put_row(struct digest_writer *writer, const struct digest_model *model, const struct digest_row *row,
                    size_t width)
{
        const size_t indent = INDENT + width + GAP;
        const char *reference = row->reference == NULL ? "-" : row->reference;
        const size_t columns = digest_columns(reference);

        digest_put_times(writer, " ", INDENT);
        digest_put(writer, reference);
        if (columns > width) {
                digest_put_times(writer, "\n", 1);
                digest_put_times(writer, " ", indent);
        } else {
                digest_put_times(writer, " ", GAP + width - columns);
        }
        if (row->duty != NULL)
                put_wrapped(writer, row->duty, indent, indent);
        if (row->group == DIGEST_DATA || row->doubt != DIGEST_DOUBT_NONE) {
                digest_put_times(writer, " ", row->duty == NULL ? 0 : indent);
                put_wrapped(writer, doubt_sentence(row->doubt), indent, indent);
        } else if (row->duty == NULL) {
                put_wrapped(writer, "A duty", indent, indent);
        }
        if (row->missed) {
                digest_put_times(writer, " ", indent);
                put_wrapped(writer, "Missed: it was not done, and can no longer be.", indent, indent);
        }
        if (row->due != CIVIL_NONE && row->group != DIGEST_SETTLED)
                put_dates(writer, row, model->options->today, indent);
        if (row->was_due != CIVIL_NONE)
                put_move(writer, row, indent);
        if (row->owner != NULL) {
                digest_put_times(writer, " ", indent);
                digest_put(writer, "with ");
                put_wrapped(writer, row->owner, indent + sizeof("with ") - 1, indent);
        }
}

static size_t reference_width(const struct digest_model *model)
{
        size_t width = 1;

        for (size_t i = 0; i < model->count; i++) {
                size_t columns = model->rows[i]->reference == NULL ? 0 : digest_columns(model->rows[i]->reference);

                if (columns > width && columns <= REFERENCE_COLUMNS)
                        width = columns;
        }
        return width;
}

static void put_group_head(struct digest_writer *writer, const struct digest_model *model, enum digest_group group)
{
        digest_put_times(writer, "\n", 1);
        digest_put(writer, headings[group]);
        digest_put(writer, " (");
        digest_put_number(writer, model->counts[group]);
        digest_put(writer, ")");
        digest_put_times(writer, "\n", 1);
        put_wrapped(writer, advice[group], 0, 0);
}

static void put_rows(struct digest_writer *writer, const struct digest_model *model)
{
        const size_t width = reference_width(model);

        for (size_t i = 0; i < model->count && i < DIGEST_ROWS_SHOWN; i++) {
                if (i == 0 || model->rows[i]->group != model->rows[i - 1]->group)
                        put_group_head(writer, model, model->rows[i]->group);
                digest_put_times(writer, "\n", 1);
                put_row(writer, model, model->rows[i], width);
        }
        if (model->count <= DIGEST_ROWS_SHOWN)
                return;
        digest_put_times(writer, "\n", 1);
        digest_put(writer, "And ");
        digest_put_number(writer, model->count - DIGEST_ROWS_SHOWN);
        put_wrapped(writer, "more than fit here: mappactl overdue, mappactl due and mappactl alerts list all.", 10, 0);
}

static void put_counts_only(struct digest_writer *writer, const struct digest_model *model)
{
        for (size_t group = 0; group < DIGEST_GROUP_COUNT; group++)
                if (model->counts[group] > 0)
                        put_group_head(writer, model, (enum digest_group)group);
        if (model->count > 0) {
                digest_put_times(writer, "\n", 1);
                put_wrapped(writer,
                            "Messages here carry numbers alone: mappactl overdue and mappactl due list the cases.", 0,
                            0);
        }
}

static void put_instant(struct digest_writer *writer, int64_t ms)
{
        int64_t minutes = ms / MINUTE_MS - (ms % MINUTE_MS < 0);
        int64_t day = minutes / MINUTES_DAY - (minutes % MINUTES_DAY < 0);
        uint64_t of_day = (uint64_t)(minutes - day * MINUTES_DAY);

        digest_put_day(writer, civil_add_days(0, day));
        digest_put(writer, of_day / 60 < 10 ? " 0" : " ");
        digest_put_number(writer, of_day / 60);
        digest_put(writer, of_day % 60 < 10 ? ":0" : ":");
        digest_put_number(writer, of_day % 60);
        digest_put(writer, " UTC");
}

static void put_downtime(struct digest_writer *writer, const struct digest_downtime *downtime)
{
        digest_put_times(writer, "\n", 1);
        digest_put(writer, "The service was not watching");
        digest_put_times(writer, "\n", 1);
        digest_put(writer, "  from ");
        put_instant(writer, downtime->from_ms);
        digest_put_times(writer, "\n", 1);
        digest_put(writer, "  to   ");
        put_instant(writer, downtime->until_ms);
        digest_put(writer, ".");
        digest_put_times(writer, "\n", 1);
        put_wrapped(writer, "What was reached in that time is in this message.", 0, 0);
}

static bool any_provisional(const struct digest_model *model)
{
        for (size_t i = 0; i < model->count && i < DIGEST_ROWS_SHOWN; i++)
                if (model->rows[i]->provisional && model->rows[i]->due != CIVIL_NONE)
                        return true;
        return false;
}

static void put_head(struct digest_writer *writer, const struct digest_model *model)
{
        const struct digest_options *options = model->options;

        if (model->marking[0] != '\0') {
                digest_put(writer, model->marking);
                digest_put_times(writer, "\n", 2);
        }
        digest_put(writer, options->title);
        digest_put(writer, options->urgent ? ", urgent" : "");
        digest_put(writer, ", ");
        digest_put_day(writer, options->today);
        digest_put(writer, ":");
        digest_put_times(writer, "\n", 1);
        digest_put_counts(writer, model);
        digest_put(writer, ".");
        digest_put_times(writer, "\n", 1);
        if (options->has_downtime)
                put_downtime(writer, &options->downtime);
        if (model->count > 0)
                return;
        digest_put_times(writer, "\n", 1);
        put_wrapped(writer, "For you nothing is overdue, booked late, due soon, moved or doubtful.", 0, 0);
        if (options->heartbeat)
                put_wrapped(writer, "The service is watching; this message comes so that silence is never a question.",
                            0, 0);
}

static void put_foot(struct digest_writer *writer, const struct digest_model *model)
{
        digest_put_times(writer, "\n", 1);
        if (!model->options->counts_only && any_provisional(model))
                put_wrapped(writer, "* The holidays around this day are not published yet; it may change.", 0, 2);
        if (!model->options->counts_only && model->count > 0)
                put_wrapped(writer, "Details: mappactl show REFERENCE.", 0, 0);
        put_wrapped(writer, "Replies are not read. Ask the unit to change who receives this.", 0, 0);
        if (model->marking[0] != '\0') {
                digest_put_times(writer, "\n", 1);
                digest_put(writer, model->marking);
                digest_put_times(writer, "\n", 1);
        }
}

const char *digest_text(const struct digest_model *model, struct arena *arena)
{
        struct digest_writer writer = {.arena = arena};

        put_head(&writer, model);
        if (model->options->counts_only)
                put_counts_only(&writer, model);
        else
                put_rows(&writer, model);
        put_foot(&writer, model);
        return digest_finish(&writer);
}
