/*
 * table - rows of JSON objects as a table for people, CSV for spreadsheets or
 * JSON for programs.
 */
#ifndef MAPPACTL_TABLE_H
#define MAPPACTL_TABLE_H

#include <jansson.h>

#include "command.h"
#include "mappad/wire.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };
enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_YELLOW, COLOUR_GREEN, COLOUR_DIM };

/* A column for people: what it is called and how a row fills it. Returns the cell's colour. */
typedef enum colour (*cell_fn)(const json_t *row, struct wire_buffer *cell);
struct column {
        const char *heading;
        cell_fn write;          /* NULL ends a list of columns */
};

struct table;

/* Purpose: an empty table. Errors: NULL when memory ran out. */
struct table *table_new(const struct column *columns);
void table_free(struct table *table);
/* Purpose: add a row. Errors: false when memory ran out. */
bool table_add(struct table *table, const json_t *row);
size_t table_count(const struct table *table);
/* Purpose: append the table with its headings, columns aligned by display width, the last one not filled up. */
void table_write(const struct table *table, bool coloured, struct wire_buffer *out);

/* Purpose: a CSV line (RFC 4180): the keys themselves (row NULL), or their values in a row.
 * Shape: keys end with NULL; null gives an empty cell, a list its words by blanks, an object its
 * members as name=value by blanks, words of a list in it by commas. */
void csv_write(const char *const *keys, const json_t *row, struct wire_buffer *out);
/* Purpose: one JSON value, in ASCII, so that a terminal is safe from it. False when memory ran out. */
bool json_write(const json_t *value, struct wire_buffer *out);

/* Purpose: columns that a text takes on a terminal. Shape: UTF-8. */
size_t display_width(const char *text);
/* Purpose: how many bytes of a text fit into so many columns; a character is whole or not there. */
size_t display_fitting(const char *text, size_t columns);
/* Purpose: what --json and --csv ask for. Errors: false after saying so when both are given, or what format_agrees
 * refuses. */
bool format_read(const struct arguments *arguments, enum format *ret_format);
/* Purpose: whether --html, --plot and --marking go with each other and with the rest. Errors: said (html_pages.c). */
bool format_agrees(const struct arguments *arguments);
/* Purpose: whether standard output is a terminal that colours are welcome on. */
bool output_coloured(void);

/* Purpose: members of an object for people: a text ("" for null), a date such as "Tue 21 Mar 2023", an
 * instant such as "Tue 21 Mar 2023 07:30 UTC", a number. Foreign bytes are made printable. */
const char *member_text(const json_t *row, const char *key);
const char *value_text(const json_t *value);
void put_clean(struct wire_buffer *cell, const char *text);
/* Purpose: the same of a text of any length, which is not cut. */
void put_clean_whole(struct wire_buffer *out, const char *text, size_t length);
void put_member(struct wire_buffer *cell, const json_t *row, const char *key);
/* Purpose: columns of several tables: the number of a line of the record, and who wrote it, by name if it has one. */
enum colour cell_seq(const json_t *row, struct wire_buffer *cell);
enum colour cell_user(const json_t *row, struct wire_buffer *cell);
void put_day(struct wire_buffer *cell, const char *date);
void put_time(struct wire_buffer *cell, const char *instant);

#endif
