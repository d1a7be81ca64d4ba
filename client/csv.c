/*
 * csv - one row at a time, by a machine of four states (csv.h).
 */
#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum state { STATE_START, STATE_PLAIN, STATE_QUOTED, STATE_CLOSED };

bool csv_init(struct csv *csv, const struct csv_source *source)
{
        *csv = (struct csv){.source = *source};
        wire_buffer_init(&csv->text);
        csv->buffer = malloc(CSV_BUFFER_SIZE);
        csv->starts = calloc(CSV_COLUMNS_MAX, sizeof(*csv->starts));
        csv->cells = calloc(CSV_COLUMNS_MAX, sizeof(*csv->cells));
        return csv->buffer != NULL && csv->starts != NULL && csv->cells != NULL;
}

void csv_fini(struct csv *csv)
{
        free(csv->buffer);
        free(csv->starts);
        free(csv->cells);
        wire_buffer_fini(&csv->text);
        *csv = (struct csv){.count = 0};
}

static void complain_of(struct csv *csv, size_t column, const char *sentence)
{
        csv->source.trouble(csv->source.context, csv->row, column, sentence);
        csv->bad = true;
}

/* ---- bytes ---- */

static bool fill(struct csv *csv)
{
        int64_t got = 0;
        if (csv->over)
                return false;
        got = csv->source.read(csv->source.context, csv->buffer, CSV_BUFFER_SIZE);
        if (got < 0)
                csv->error = errno != 0 ? errno : EIO;
        csv->over = got <= 0;
        csv->at = 0;
        csv->end = got > 0 ? (size_t)got : 0;
        csv->taken += csv->end;
        return !csv->over;
}

static bool next_byte(struct csv *csv, char *ret_byte)
{
        if (csv->at == csv->end && !fill(csv))
                return false;
        *ret_byte = csv->buffer[csv->at++];
        return true;
}

static bool peek_byte(struct csv *csv, char *ret_byte)
{
        if (!next_byte(csv, ret_byte))
                return false;
        csv->at--;
        return true;
}

/* The marks at the beginning of a file: that of UTF-8 is passed over, that of UTF-16 cannot be read. */
static bool pass_mark(struct csv *csv)
{
        if (!fill(csv))
                return true;
        /* A pipe may give them one by one. */
        for (int64_t got = 1; csv->end < 3 && got > 0; csv->end += got > 0 ? (size_t)got : 0) {
                got = csv->source.read(csv->source.context, csv->buffer + csv->end, CSV_BUFFER_SIZE - csv->end);
                csv->taken += got > 0 ? (uint64_t)got : 0;
        }
        const unsigned char *bytes = (const unsigned char *)csv->buffer;
        if (csv->end >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf)
                csv->at = 3;
        bool wide = csv->end >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff));
        if (!wide)
                return true;
        csv->row = 1;
        complain_of(csv, 0, "the file is in UTF-16; save it as CSV in UTF-8");
        return false;
}

/* ---- cells ---- */

/* 0x80 to 0x9f of Windows-1252; 0: no character. */
static const uint16_t windows[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                     0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                     0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                     0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static void put_windows(struct csv *csv, unsigned char byte)
{
        uint32_t code = byte < 0xa0 ? windows[byte - 0x80] : byte;
        if (code == 0) {
                complain_of(csv, csv->count, "a byte is no character of Windows-1252");
                return;
        }
        const char two[] = {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f))};
        const char three[] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                              (char)(0x80 | (code & 0x3f))};
        wire_put(&csv->text, code < 0x800 ? two : three, code < 0x800 ? 2 : 3);
}

static void put(struct csv *csv, char byte)
{
        if ((unsigned char)byte >= 0x80 && csv->source.windows_1252)
                put_windows(csv, (unsigned char)byte);
        else if (byte == '\0')
                complain_of(csv, csv->count, "there is a NUL byte, as in UTF-16; save it as CSV in UTF-8");
        else
                wire_put(&csv->text, &byte, 1);
}

static bool is_utf8(const char *text, size_t length)
{
        while (length > 0) {
                uint32_t code;
                size_t step = (unsigned char)*text < 0x80 ? 1 : wire_utf8_length(text, length, &code);
                if (step == 0)
                        return false;
                text += step;
                length -= step;
        }
        return true;
}

/* How many bytes the blank at the end, or the beginning, of a text has; 0: there is none. Spreadsheets put in the
 * space that does not break, too. */
static size_t blank_before(const char *text, size_t end)
{
        if (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
                return 1;
        return end > 1 && text[end - 2] == '\xc2' && text[end - 1] == '\xa0' ? 2 : 0;
}

static size_t blank_at(const char *text, size_t length)
{
        if (length > 0 && (text[0] == ' ' || text[0] == '\t'))
                return 1;
        return length > 1 && text[0] == '\xc2' && text[1] == '\xa0' ? 2 : 0;
}

/* Ends the cell in hand: what is in the text since its start, without the blanks around it. */
static void end_cell(struct csv *csv, size_t start)
{
        if (csv->count == CSV_COLUMNS_MAX) {
                complain_of(csv, CSV_COLUMNS_MAX, "the row has more columns than are read");
                return;
        }
        const char *text = csv->text.data;
        size_t end = csv->text.length;
        for (size_t blank = 1; end > start && blank > 0; end -= blank)
                blank = blank_before(text + start, end - start);
        for (size_t blank = 1; start < end && blank > 0; start += blank)
                blank = blank_at(text + start, end - start);
        if (end > start && !is_utf8(text + start, end - start))
                complain_of(csv, csv->count,
                            "this is not UTF-8; save the file as CSV in UTF-8, or say encoding = "
                            "\"windows-1252\" in the mapping");
        csv->text.length = end;
        csv->starts[csv->count++] = start;
        wire_put(&csv->text, "", 1);
}

/* A byte outside quotes that ends cell or row; false for any other. */
static bool ends(struct csv *csv, char byte, bool *ret_row)
{
        char next;
        *ret_row = byte == '\n' || byte == '\r';
        if (byte == '\r' && peek_byte(csv, &next) && next == '\n')
                csv->at++;
        return *ret_row || byte == csv->source.separator;
}

static enum state in_cell(struct csv *csv, enum state state, char byte)
{
        switch (state) {
        case STATE_START:
                if (byte == '"')
                        return STATE_QUOTED;
                put(csv, byte);
                return byte == ' ' ? STATE_START : STATE_PLAIN;
        case STATE_PLAIN:
                if (byte == '"')
                        complain_of(csv, csv->count, "a quote stands within a cell that does not begin with one");
                put(csv, byte);
                return STATE_PLAIN;
        case STATE_QUOTED:
                if (byte == '"')
                        return STATE_CLOSED;
                put(csv, byte);
                return STATE_QUOTED;
        case STATE_CLOSED:
                if (byte == '"') {
                        put(csv, byte);
                        return STATE_QUOTED;
                }
                if (byte != ' ')
                        complain_of(csv, csv->count, "something stands behind the quote that ends the cell");
                return STATE_CLOSED;
        }
        return state;
}

/* Reads to the end of the row. False: the file cannot be read on. */
static bool read_row(struct csv *csv, bool *ret_any)
{
        enum state state = STATE_START;
        size_t start = 0;
        char byte;
        while (next_byte(csv, &byte)) {
                bool row = false;
                *ret_any = true;
                if (state != STATE_QUOTED && ends(csv, byte, &row)) {
                        end_cell(csv, start);
                        start = csv->text.length;
                        state = STATE_START;
                        if (row)
                                return true;
                        continue;
                }
                state = in_cell(csv, state, byte);
                if (csv->text.length > CSV_ROW_MAX) {
                        complain_of(csv, csv->count,
                                    state == STATE_QUOTED ? "a quote begins here and does not end"
                                                          : "the row is longer than 1 MiB");
                        return false;
                }
        }
        if (state == STATE_QUOTED) {
                complain_of(csv, csv->count, "a quote begins here and does not end");
                return false;
        }
        if (*ret_any)
                end_cell(csv, start);
        return csv->error == 0;
}

enum csv_answer csv_next(struct csv *csv)
{
        bool any = false;
        if (csv->row == 0 && csv->taken == 0 && !pass_mark(csv))
                return CSV_BROKEN;
        csv->row++;
        csv->count = 0;
        csv->bad = false;
        wire_buffer_reset(&csv->text);
        bool good = read_row(csv, &any);
        if (csv->text.failed)
                return CSV_NO_MEMORY;
        if (!good)
                return CSV_BROKEN;
        if (!any)
                return CSV_END;
        bool empty = true;
        for (size_t i = 0; i < csv->count; i++) {
                csv->cells[i] = csv->text.data + csv->starts[i];
                empty = empty && csv->cells[i][0] == '\0';
        }
        if (empty)
                csv->count = 0;
        return CSV_ROW;
}
