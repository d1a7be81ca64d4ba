/*
 * digest_text.c - the text part of a digest.
 *
 * Made for a telephone and for a mail program that shows plain text in whatever
 * type it likes: each duty is a short block, its reference first, and nothing
 * depends on columns meeting, though in a fixed type they do. Lines of a block
 * begin with two spaces, which also keeps Outlook from joining them.
 */
#include <string.h>

#include "digest_model.h"
#include "mappad/civil.h"

#define REFERENCE_COLUMNS 10 /* wider references stand on a line of their own */
#define INDENT 2
#define GAP 2
#define DAY_COLUMNS 15  /* "Tue 21 Mar 2023" */
#define DAYS_COLUMNS 12 /* "in 2999 days" */

/* Where words begin and where they go on in further lines. */
struct place {
        size_t column, indent;
};

/* Adds the words of a text, going on in new lines, and ends the line. */
static void put_wrapped(struct digest_writer *writer, const char *text, struct place place)
{
        size_t column = place.column;
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
                        digest_raw(writer, "\n");
                        digest_repeat(writer, ' ', place.indent);
                        column = place.indent;
                } else if (!first) {
                        digest_raw(writer, " ");
                        column++;
                }
                digest_put(writer, word);
                column += columns;
                text += length + strspn(text + length, " ");
                first = false;
        }
        digest_raw(writer, "\n");
}

static void say_wrapped(struct digest_writer *writer, enum digest_say say, const struct digest_scope *scope,
                        struct place place)
{
        const char *text = digest_said(writer->arena, say, scope);

        writer->failed = writer->failed || text == NULL;
        if (text != NULL)
                put_wrapped(writer, text, place);
}

static void say_line(struct digest_writer *writer, enum digest_say say, const struct digest_scope *scope, size_t indent)
{
        digest_repeat(writer, ' ', indent);
        digest_say(writer, say, scope);
        digest_raw(writer, "\n");
}

/* Pads what was written since start to a number of columns, and one gap. */
static void pad(struct digest_writer *writer, size_t start, size_t columns)
{
        size_t written = writer->used - start;

        digest_repeat(writer, ' ', GAP + (written < columns ? columns - written : 0));
}

/* "due Tue 21 Mar 2023   1 day over    not booked", then the day to plan for. */
static void put_dates(struct digest_writer *writer, const struct digest_scope *scope, size_t indent)
{
        const struct digest_row *row = scope->row;
        enum digest_say booking;
        bool has_booking = digest_booking_say(row, &booking);
        size_t start;

        digest_repeat(writer, ' ', indent);
        start = writer->used;
        digest_say(writer, row->provisional ? SAY_DUE_PROVISIONAL : SAY_DUE, scope);
        pad(writer, start, sizeof("due ") - 1 + DAY_COLUMNS + 1);
        start = writer->used;
        digest_say(writer, digest_days_say(scope), scope);
        if (has_booking) {
                pad(writer, start, DAYS_COLUMNS);
                digest_say(writer, booking, scope);
        }
        digest_raw(writer, "\n");
        if (row->plan_by != CIVIL_NONE)
                say_line(writer, SAY_PLAN_BY, scope, indent);
}

static void put_row(struct digest_writer *writer, const struct digest_scope *scope, size_t width)
{
        const struct digest_row *row = scope->row;
        const size_t indent = INDENT + width + GAP;
        const struct place block = {indent, indent};
        const size_t start = writer->used + INDENT;
        bool doubtful = row->group == DIGEST_DATA || row->doubt != DIGEST_DOUBT_NONE;

        digest_repeat(writer, ' ', INDENT);
        digest_say(writer, SAY_REFERENCE, scope);
        if (writer->used - start > width) {
                digest_raw(writer, "\n");
                digest_repeat(writer, ' ', indent);
        } else {
                digest_repeat(writer, ' ', GAP + width - (writer->used - start));
        }
        if (row->duty != NULL || !doubtful)
                say_wrapped(writer, row->duty != NULL ? SAY_DUTY : SAY_NO_DUTY, scope, block);
        if (doubtful) {
                digest_repeat(writer, ' ', row->duty == NULL ? 0 : indent);
                say_wrapped(writer, digest_doubt_says(row->doubt), scope, block);
        }
        if (row->missed) {
                digest_repeat(writer, ' ', indent);
                say_wrapped(writer, SAY_MISSED, scope, block);
        }
        if (row->acknowledged) {
                digest_repeat(writer, ' ', indent);
                say_wrapped(writer, SAY_ACKNOWLEDGED, scope, block);
        }
        if (row->due != CIVIL_NONE && row->group != DIGEST_SETTLED)
                put_dates(writer, scope, indent);
        if (row->was_due != CIVIL_NONE)
                say_line(writer, SAY_WAS_DUE, scope, indent);
}

static size_t reference_width(const struct digest_model *model)
{
        size_t width = 1;

        for (size_t i = 0; i < model->count; i++) {
                size_t columns = strlen(model->rows[i]->reference.text);

                if (columns > width && columns <= REFERENCE_COLUMNS)
                        width = columns;
        }
        return width;
}

static void put_group_head(struct digest_writer *writer, const struct digest_scope *scope)
{
        digest_raw(writer, "\n");
        say_line(writer, digest_heading(scope), scope, 0);
        say_wrapped(writer, digest_advice(scope), scope, (struct place){0, 0});
}

static void put_rows(struct digest_writer *writer, const struct digest_model *model)
{
        const size_t width = reference_width(model);
        struct digest_scope scope = {.model = model};

        for (size_t i = 0; i < model->count && i < DIGEST_ROWS_SHOWN; i++) {
                if (digest_begins(model->rows[i], &scope)) {
                        scope.group = model->rows[i]->group;
                        scope.standing = model->rows[i]->standing;
                        put_group_head(writer, &scope);
                }
                scope.row = model->rows[i];
                digest_raw(writer, "\n");
                put_row(writer, &scope, width);
        }
        if (model->counted <= DIGEST_ROWS_SHOWN)
                return;
        digest_raw(writer, "\n");
        say_wrapped(writer, SAY_MORE, &scope, (struct place){0, 0});
}

static void put_counts_only(struct digest_writer *writer, const struct digest_model *model)
{
        struct digest_scope scope;

        for (size_t i = 0; digest_part(model, i, &scope); i++)
                if ((scope.standing ? model->standing : model->counts)[scope.group] > 0)
                        put_group_head(writer, &scope);
        if (model->counted > 0) {
                digest_raw(writer, "\n");
                say_wrapped(writer, SAY_NUMBERS_ALONE, &scope, (struct place){0, 0});
        }
}

/* Each time by itself: what lay between two of them was watched. */
static void put_downtimes(struct digest_writer *writer, const struct digest_model *model)
{
        const struct digest_options *options = model->options;
        struct digest_scope scope = {.model = model};

        if (options->downtime_count == 0)
                return;
        digest_raw(writer, "\n");
        say_line(writer, SAY_DOWN, &scope, 0);
        for (size_t i = 0; i < options->downtime_count; i++) {
                scope.downtime = &options->downtimes[i];
                say_line(writer, SAY_DOWN_FROM, &scope, INDENT);
                say_line(writer, SAY_DOWN_UNTIL, &scope, INDENT);
        }
        if (options->downtimes_more)
                say_line(writer, SAY_DOWN_MORE, &scope, INDENT);
        say_wrapped(writer, SAY_DOWN_TOLD, &scope, (struct place){0, 0});
}

static void put_head(struct digest_writer *writer, const struct digest_model *model)
{
        const struct digest_options *options = model->options;
        const struct digest_scope scope = {.model = model};
        const struct place margin = {0, 0};
        enum digest_say say;

        if (model->marking[0] != '\0') {
                say_line(writer, SAY_MARKING, &scope, 0);
                digest_raw(writer, "\n");
        }
        say_line(writer, options->urgent ? SAY_HEAD_URGENT : SAY_HEAD, &scope, 0);
        say_line(writer, SAY_COUNTS, &scope, 0);
        put_downtimes(writer, model);
        for (size_t i = 0; digest_lead_say(model, i, &say); i++) {
                digest_raw(writer, i == 0 ? "\n" : "");
                say_wrapped(writer, say, &scope, margin);
        }
}

static void put_foot(struct digest_writer *writer, const struct digest_model *model)
{
        const struct digest_scope scope = {.model = model};
        const struct place margin = {0, 0};
        enum digest_say say;

        digest_raw(writer, "\n");
        for (size_t i = 0; digest_foot_say(model, i, &say); i++)
                say_wrapped(writer, say, &scope, say == SAY_PROVISIONAL ? (struct place){0, 2} : margin);
        if (model->marking[0] != '\0') {
                digest_raw(writer, "\n");
                say_line(writer, SAY_MARKING, &scope, 0);
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
