/*
 * digest.c - rows are put in order and counted; the subject; words and numbers.
 *
 * Every text that can reach a message passes through digest_put, which lets no
 * control byte through: a title that slipped in a line break could otherwise
 * forge a line of the digest.
 */
#include "mappad/digest.h"

#include <stdlib.h>
#include <string.h>

#include "digest_model.h"
#include "mappad/civil.h"

#define WRITER_FIRST 1024
#define NUMBER_SIZE 24 /* digits of 2^64 and a NUL */

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

/* Adds bytes as they are: our own words, line breaks among them. */
static void put_raw(struct digest_writer *writer, const char *text, size_t length)
{
        if (!writer->failed && writer->used + length + 1 > writer->room)
                grow(writer, length);
        if (writer->failed)
                return;
        memcpy(writer->bytes + writer->used, text, length);
        writer->used += length;
}

void digest_put(struct digest_writer *writer, const char *text)
{
        for (; *text != '\0'; text++) {
                unsigned char c = (unsigned char)*text;

                put_raw(writer, c < ' ' || c == 0x7f ? "?" : text, 1);
        }
}

void digest_put_times(struct digest_writer *writer, const char *text, size_t times)
{
        for (size_t i = 0; i < times; i++)
                put_raw(writer, text, strlen(text));
}

void digest_put_number(struct digest_writer *writer, uint64_t number)
{
        char digits[NUMBER_SIZE];
        size_t first = sizeof(digits);

        do {
                digits[--first] = (char)('0' + number % 10);
                number /= 10;
        } while (number > 0);
        put_raw(writer, digits + first, sizeof(digits) - first);
}

void digest_put_counted(struct digest_writer *writer, uint64_t number, const char *noun)
{
        digest_put_number(writer, number);
        digest_put(writer, " ");
        digest_put(writer, noun);
        if (number != 1)
                digest_put(writer, "s");
}

void digest_put_day(struct digest_writer *writer, int32_t day)
{
        static const char *const weekdays[] = {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};
        static const char *const months[] = {" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
                                             " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "};
        struct civil date = civil_to_date(day);

        digest_put(writer, weekdays[civil_weekday(day)]);
        digest_put_number(writer, (uint64_t)date.day);
        digest_put(writer, months[date.month - 1]);
        digest_put_number(writer, (uint64_t)date.year);
}

const char *digest_finish(struct digest_writer *writer)
{
        put_raw(writer, "", 1);
        return writer->failed ? NULL : writer->bytes;
}

size_t digest_columns(const char *text)
{
        size_t columns = 0;

        /* A byte 10xxxxxx continues a character of UTF-8. */
        for (; *text != '\0'; text++)
                columns += ((unsigned char)*text & 0xc0) != 0x80;
        return columns;
}

void digest_put_counts(struct digest_writer *writer, const struct digest_model *model)
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
                if (model->counts[group] == 0)
                        continue;
                digest_put(writer, any ? ", " : "");
                digest_put_number(writer, model->counts[group]);
                digest_put(writer, words[group]);
                any = true;
        }
        if (!any)
                digest_put(writer, "nothing due");
}

/* NULL sorts first, so that what concerns no case stands at the head of its group. */
static int compare_texts(const char *one, const char *other)
{
        if (one == NULL || other == NULL)
                return (one != NULL) - (other != NULL);
        return strcmp(one, other);
}

static int compare_rows(const void *one, const void *other)
{
        const struct digest_row *a = *(const struct digest_row *const *)one,
                                *b = *(const struct digest_row *const *)other;
        int order;

        if (a->group != b->group)
                return a->group < b->group ? -1 : 1;
        if (a->due != b->due)
                return a->due < b->due ? -1 : 1;
        order = compare_texts(a->reference, b->reference);
        if (order == 0)
                order = compare_texts(a->duty, b->duty);
        if (order == 0 && a->doubt != b->doubt)
                order = a->doubt < b->doubt ? -1 : 1;
        /* Equal in all that is printed but for these: the order is then that of the caller's array. */
        return order != 0 ? order : (a > b) - (a < b);
}

static const char *bare_marking(const char *marking, struct arena *arena)
{
        size_t length = marking == NULL ? 0 : strlen(marking);

        if (length >= 2 && marking[0] == '[' && marking[length - 1] == ']')
                return arena_copy(arena, marking + 1, length - 2);
        return marking == NULL ? "" : marking;
}

static const char *write_subject(const struct digest_model *model, struct arena *arena)
{
        struct digest_writer writer = {.arena = arena};

        if (model->marking[0] != '\0') {
                digest_put(&writer, "[");
                digest_put(&writer, model->marking);
                digest_put(&writer, "] ");
        }
        digest_put(&writer, model->options->title);
        digest_put(&writer, model->options->urgent ? ", urgent: " : ": ");
        digest_put_counts(&writer, model);
        return digest_finish(&writer);
}

enum status digest_write(const struct digest_options *options, const struct digest_row *rows, size_t count,
                         struct arena *arena, struct digest_message *ret_message)
{
        struct digest_model model = {.options = options, .count = count};
        struct digest_message message;

        model.marking = bare_marking(options->marking, arena);
        model.rows = arena_array(arena, count, sizeof(*model.rows));
        if (model.rows == NULL || model.marking == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < count; i++) {
                model.rows[i] = &rows[i];
                model.counts[rows[i].group]++;
        }
        qsort(model.rows, count, sizeof(*model.rows), compare_rows);
        message.subject = write_subject(&model, arena);
        message.text = digest_text(&model, arena);
        if (message.subject == NULL || message.text == NULL)
                return STATUS_NO_MEMORY;
        *ret_message = message;
        return STATUS_OK;
}
