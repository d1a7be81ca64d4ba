/*
 * rows - see rows.h.
 *
 * Brackets are counted outside of texts. What stands in the list goes row by row
 * to whoever wants it, all else stays.
 */
#include "rows.h"

#include <string.h>

#define LIST_DEPTH 2 /* brackets open in the list and outside of its rows: the answer's and its own */

void rows_init(struct rows *rows, const char *name, rows_fn take, void *context)
{
        *rows = (struct rows){.name = name, .take = take, .context = context};
        wire_buffer_init(&rows->rest);
        wire_buffer_init(&rows->row);
}

void rows_fini(struct rows *rows)
{
        wire_buffer_fini(&rows->rest);
        wire_buffer_fini(&rows->row);
}

/* Whether the list is what comes next: its name was the last that was read. */
static bool list_begins(const struct rows *rows)
{
        size_t length = strlen(rows->name), end = rows->rest.length;
        const char *data = rows->rest.data;

        return rows->depth == LIST_DEPTH - 1 && end > length + 3 && data[end - 1] == ':' && data[end - 2] == '"' &&
               memcmp(data + end - 2 - length, rows->name, length) == 0 && data[end - 3 - length] == '"';
}

static bool end_row(struct rows *rows)
{
        json_t *row =
                rows->row.failed ? NULL : json_loadb(rows->row.data, rows->row.length, JSON_REJECT_DUPLICATES, NULL);
        bool good = row != NULL && rows->take(rows->context, row);

        if (row == NULL)
                complain("the daemon's answer is not understood");
        json_decref(row);
        wire_buffer_reset(&rows->row);
        return good;
}

static void put(struct rows *rows, char byte)
{
        wire_put(rows->in_list ? &rows->row : &rows->rest, &byte, 1);
}

static void open_bracket(struct rows *rows, char byte)
{
        bool begins = byte == '[' && list_begins(rows);

        put(rows, byte);
        rows->depth++;
        rows->in_list = rows->in_list || begins;
}

static bool close_bracket(struct rows *rows, char byte)
{
        rows->in_list = rows->in_list && rows->depth > LIST_DEPTH;
        put(rows, byte);
        rows->depth -= rows->depth > 0;
        return !rows->in_list || rows->depth > LIST_DEPTH || end_row(rows);
}

static bool take_byte(struct rows *rows, char byte)
{
        bool between = rows->in_list && rows->depth == LIST_DEPTH;

        if (rows->in_text) {
                rows->in_text = rows->escaped || byte != '"';
                rows->escaped = !rows->escaped && byte == '\\';
                put(rows, byte);
        } else if (byte == '{' || byte == '[') {
                open_bracket(rows, byte);
        } else if (byte == '}' || byte == ']') {
                return close_bracket(rows, byte);
        } else if (!between) {
                rows->in_text = byte == '"';
                put(rows, byte);
        }
        return true;
}

bool rows_take(void *context, const char *bytes, size_t length)
{
        struct rows *rows = context;

        for (size_t i = 0; i < length && !rows->failed; i++)
                rows->failed = !take_byte(rows, bytes[i]);
        return !rows->failed;
}

json_t *rows_answer(const struct rows *rows)
{
        struct wire_buffer text;
        json_t *answer = NULL;

        wire_buffer_init(&text);
        wire_put(&text, rows->rest.length > 0 ? rows->rest.data : "", rows->rest.length);
        wire_put_text(&text, rows->in_list ? "]}" : "");
        if (!text.failed && !rows->rest.failed)
                answer = json_loadb(text.length > 0 ? text.data : "", text.length, JSON_REJECT_DUPLICATES, NULL);
        wire_buffer_fini(&text);
        return answer;
}
