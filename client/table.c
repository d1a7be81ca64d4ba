/*
 * table - lays out rows (table.h).
 *
 * Cells are made printable as they come in: what a daemon sends is no more
 * trusted to drive a terminal than what anybody else sends.
 */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX 16
#define CELL_MAX 400 /* bytes of one cell */

struct cell {
        char *text;
        enum colour colour;
};

struct table {
        const struct column *columns;
        size_t width;               /* columns */
        struct cell *cells;         /* width a row */
        size_t count, capacity;     /* rows */
        size_t widest[COLUMNS_MAX]; /* display width of each column */
};

/* Ranges of characters that take no column, or two; enough of them for names in any script. */
struct range {
        uint32_t first, last;
};
static const struct range no_column[] = {
        {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
static const struct range two_columns[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                           {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                           {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};

static bool within(const struct range *ranges, size_t count, uint32_t code)
{
        for (size_t i = 0; i < count; i++)
                if (code >= ranges[i].first && code <= ranges[i].last)
                        return true;
        return false;
}

/* How many columns the character at the beginning of a text takes, and its bytes. */
static size_t width_of(const char *text, size_t length, size_t *ret_bytes)
{
        uint32_t code = 0;
        size_t step = wire_utf8_length(text, length, &code);
        *ret_bytes = step > 0 ? step : 1;
        if (within(two_columns, sizeof(two_columns) / sizeof(two_columns[0]), code))
                return 2;
        return within(no_column, sizeof(no_column) / sizeof(no_column[0]), code) ? 0 : 1;
}

size_t display_width(const char *text)
{
        size_t width = 0, length = strlen(text), bytes = 0;
        for (size_t at = 0; at < length; at += bytes)
                width += width_of(text + at, length - at, &bytes);
        return width;
}

size_t display_fitting(const char *text, size_t columns)
{
        size_t width = 0, length = strlen(text), at = 0, bytes = 0;
        for (; at < length; at += bytes) {
                width += width_of(text + at, length - at, &bytes);
                if (width > columns)
                        break;
        }
        return at;
}

struct table *table_new(const struct column *columns)
{
        struct table *table = calloc(1, sizeof(*table));
        if (table == NULL)
                return NULL;
        table->columns = columns;
        for (; table->width < COLUMNS_MAX && columns[table->width].write != NULL; table->width++)
                table->widest[table->width] = display_width(columns[table->width].heading);
        return table;
}

void table_free(struct table *table)
{
        if (table == NULL)
                return;
        for (size_t i = 0; i < table->count * table->width; i++)
                free(table->cells[i].text);
        free(table->cells);
        free(table);
}

static bool fill_cell(struct table *table, size_t column, const json_t *row, struct cell *cell)
{
        struct wire_buffer raw;
        char clean[CELL_MAX];
        wire_buffer_init(&raw);
        cell->colour = table->columns[column].write(row, &raw);
        wire_clean(raw.length > 0 ? raw.data : "", raw.length, clean, sizeof(clean));
        bool failed = raw.failed;
        wire_buffer_fini(&raw);
        cell->text = failed ? NULL : strdup(clean);
        if (cell->text == NULL)
                return false;
        size_t width = display_width(clean);
        if (width > table->widest[column])
                table->widest[column] = width;
        return true;
}

bool table_add(struct table *table, const json_t *row)
{
        if (table->count == table->capacity) {
                size_t capacity = table->capacity > 0 ? table->capacity * 2 : 64;
                struct cell *cells = reallocarray(table->cells, capacity * table->width, sizeof(*cells));
                if (cells == NULL)
                        return false;
                table->cells = cells;
                table->capacity = capacity;
        }
        struct cell *cells = table->cells + table->count * table->width;
        memset(cells, 0, table->width * sizeof(*cells));
        table->count++;
        for (size_t i = 0; i < table->width; i++)
                if (!fill_cell(table, i, row, &cells[i]))
                        return false;
        return true;
}

size_t table_count(const struct table *table)
{
        return table->count;
}

static void write_cell(const struct table *table, size_t column, struct cell cell, struct wire_buffer *out)
{
        static const char *const starts[] = {"", "\033[31m", "\033[33m", "\033[32m", "\033[2m"};
        wire_put_text(out, starts[cell.colour]);
        wire_put_text(out, cell.text);
        wire_put_text(out, cell.colour != COLOUR_NONE ? "\033[0m" : "");
        if (column + 1 == table->width) {
                /* An empty last cell would leave the blanks before it at the end of the line. */
                while (out->length > 0 && out->data[out->length - 1] == ' ')
                        out->length--;
                wire_put_text(out, "\n");
                return;
        }
        for (size_t i = display_width(cell.text); i < table->widest[column] + 2; i++)
                wire_put_text(out, " ");
}

void table_write(const struct table *table, bool coloured, struct wire_buffer *out)
{
        for (size_t i = 0; i < table->width; i++) {
                char heading[CELL_MAX];
                snprintf(heading, sizeof(heading), "%s", table->columns[i].heading);
                write_cell(table, i, (struct cell){heading, coloured ? COLOUR_DIM : COLOUR_NONE}, out);
        }
        for (size_t i = 0; i < table->count * table->width; i++) {
                struct cell cell = table->cells[i];
                if (!coloured)
                        cell.colour = COLOUR_NONE;
                write_cell(table, i % table->width, cell, out);
        }
}

/* ---- for programs ---- */

static void csv_cell(const char *text, struct wire_buffer *out)
{
        size_t length = strlen(text);
        char *clean = malloc(length + 1);
        if (clean == NULL) {
                out->failed = true;
                return;
        }
        wire_clean(text, length, clean, length + 1);
        bool quoted = strpbrk(clean, ",\"") != NULL;
        wire_put_text(out, quoted ? "\"" : "");
        for (const char *c = clean; *c != '\0'; c++)
                wire_put(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
        wire_put_text(out, quoted ? "\"" : "");
        free(clean);
}

static void put_scalar(const json_t *value, struct wire_buffer *text)
{
        if (json_is_string(value))
                wire_put_text(text, json_string_value(value));
        else if (json_is_integer(value))
                wire_put_number(text, json_integer_value(value));
        else if (json_is_boolean(value))
                wire_put_bool(text, json_is_true(value));
        else if (json_is_array(value) || json_is_object(value))
                wire_put_text(text, "?");
}

static void put_list(const json_t *value, const char *between, struct wire_buffer *text)
{
        size_t index;
        json_t *element;
        json_array_foreach(value, index, element)
        {
                wire_put_text(text, index > 0 ? between : "");
                put_scalar(element, text);
        }
}

/* "level=2 agencies=police,prison": what a member holds has no blanks, and its words are parted as --where takes
 * them. */
static void put_members(const json_t *value, struct wire_buffer *text)
{
        const char *key;
        json_t *member;
        bool first = true;
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
                wire_put_text(text, first ? "" : " ");
                wire_put_text(text, key);
                wire_put_text(text, "=");
                if (json_is_array(member))
                        put_list(member, ",", text);
                else
                        put_scalar(member, text);
                first = false;
        }
}

static void put_value(const json_t *value, struct wire_buffer *text)
{
        if (json_is_array(value))
                put_list(value, " ", text);
        else if (json_is_object(value))
                put_members(value, text);
        else
                put_scalar(value, text);
}

void csv_write(const char *const *keys, const json_t *row, struct wire_buffer *out)
{
        for (size_t i = 0; keys[i] != NULL; i++) {
                struct wire_buffer text;
                wire_buffer_init(&text);
                if (row == NULL)
                        wire_put_text(&text, keys[i]);
                else
                        put_value(json_object_get(row, keys[i]), &text);
                wire_put(&text, "", 1);
                wire_put_text(out, i > 0 ? "," : "");
                if (text.failed)
                        out->failed = true;
                else
                        csv_cell(text.data, out);
                wire_buffer_fini(&text);
        }
        wire_put_text(out, "\r\n");
}

/* jansson leaves a DEL as it is, which a terminal would obey; it can stand in strings alone. */
static void put_dumped(const char *text, struct wire_buffer *out)
{
        for (const char *del; (del = strchr(text, 0x7f)) != NULL; text = del + 1) {
                wire_put(out, text, (size_t)(del - text));
                wire_put_text(out, "\\u007f");
        }
        wire_put_text(out, text);
}

bool json_write(const json_t *value, struct wire_buffer *out)
{
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
        if (text == NULL)
                return false;
        put_dumped(text, out);
        free(text);
        return !out->failed;
}

bool format_read(const struct arguments *arguments, enum format *ret_format)
{
        bool json = arguments_has(arguments, "--json"), csv = arguments_has(arguments, "--csv");
        if (json && csv) {
                usage_error(arguments, "--json and --csv exclude each other");
                return false;
        }
        if (!format_agrees(arguments))
                return false;
        *ret_format = json ? FORMAT_JSON : csv ? FORMAT_CSV : FORMAT_TABLE;
        return true;
}

bool output_coloured(void)
{
        const char *no_colour = getenv("NO_COLOR");
        const char *terminal = getenv("TERM");
        return isatty(STDOUT_FILENO) == 1 && (no_colour == NULL || no_colour[0] == '\0') &&
               (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* ---- cells ---- */

const char *value_text(const json_t *value)
{
        const char *text = json_string_value(value);
        return text != NULL ? text : "";
}

const char *member_text(const json_t *row, const char *key)
{
        return value_text(json_object_get(row, key));
}

void put_clean(struct wire_buffer *cell, const char *text)
{
        char clean[CELL_MAX];
        wire_clean(text, strlen(text), clean, sizeof(clean));
        wire_put_text(cell, clean);
}

void put_clean_whole(struct wire_buffer *out, const char *text, size_t length)
{
        char *clean = malloc(length + 1);
        if (clean == NULL) {
                out->failed = true;
                return;
        }
        wire_clean(text, length, clean, length + 1);
        wire_put_text(out, clean);
        free(clean);
}

void put_member(struct wire_buffer *cell, const json_t *row, const char *key)
{
        const json_t *value = json_object_get(row, key);
        struct wire_buffer text;
        if (!json_is_string(value) && !json_is_array(value) && !json_is_object(value)) {
                put_value(value, cell);
                return;
        }
        wire_buffer_init(&text);
        put_value(value, &text);
        wire_put(&text, "", 1);
        if (text.failed)
                cell->failed = true;
        else
                put_clean(cell, text.data);
        wire_buffer_fini(&text);
}

enum colour cell_seq(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "seq");
        return COLOUR_NONE;
}

enum colour cell_user(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, member_text(row, "user")[0] != '\0' ? "user" : "uid");
        return COLOUR_NONE;
}

void put_day(struct wire_buffer *cell, const char *date)
{
        static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        int32_t day;
        char text[32];
        if (!civil_parse(date, strlen(date), &day)) {
                put_clean(cell, date);
                return;
        }
        struct civil civil = civil_to_date(day);
        snprintf(text, sizeof(text), "%s %d %s %d", days[civil_weekday(day)], civil.day, months[civil.month - 1],
                 civil.year);
        wire_put_text(cell, text);
}

void put_time(struct wire_buffer *cell, const char *instant)
{
        int64_t ms;
        char text[WIRE_INSTANT_SIZE];
        if (!wire_instant_parse(instant, strlen(instant), &ms)) {
                put_clean(cell, instant);
                return;
        }
        wire_instant_format(ms, text);
        text[10] = '\0';
        text[16] = '\0';
        put_day(cell, text);
        wire_put_text(cell, " ");
        wire_put_text(cell, text + 11);
        wire_put_text(cell, " UTC");
}
