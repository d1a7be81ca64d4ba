/*
 * list - obligations as rows, for every command that shows some.
 */
#ifndef MAPPACTL_LIST_H
#define MAPPACTL_LIST_H

#include "axes.h"
#include "output.h"
#include "table.h"

/* Options that every command with an answer has. */
#define SOCKET_OPTION { "--socket", "PATH", "socket of the daemon" }, \
        { "--purpose", "TEXT", "why this is asked, for the log of accesses" }
#define FORMAT_OPTIONS { "--json", NULL, "JSON for programs" }, { "--csv", NULL, "CSV for spreadsheets" }

/* Columns of obligations by due date, of a case's closed ones, and of those that are no more; the keys of the contract,
 * for CSV, and those of the log of accesses. */
extern const struct column open_columns[];
extern const struct column closed_columns[];
extern const struct column gone_columns[];
extern const char *const obligation_keys[];
extern const char *const access_keys[];
/* Columns of the record of a case; of acknowledgements. */
extern const struct column event_columns[];
extern const struct column ack_columns[];
extern const struct column item_columns[];
/* Purpose: append what an attribute of a case is, as people read it: days with their weekday, words of a list. */
void put_attribute(struct wire_buffer *out, const json_t *attributes, const char *name);
/* Purpose: append since when there is a case: "since Mon 5 Jan 2026", "not begun" on a day before it. */
void put_since(struct wire_buffer *out, const json_t *answer);

/* Rows as they come in, page by page. */
struct list {
        enum format format;
        const struct column *columns;
        const char *const *keys;
        const char *name;               /* of the array in the answer: "obligations" */
        const char *page;               /* rows to ask for at a time; NULL: 1000 */
        bool counted_only;              /* rows are counted and not kept; nothing is written */
        struct table *table;            /* FORMAT_TABLE */
        struct wire_buffer out;
        json_t *head;                   /* first answer without its rows */
        size_t count;
};

/* Purpose: ask for target page by page (cursor, "next") and take in every row.
 * Shape: for JSON one object is written, as the daemon's but with all rows and without "next". */
enum outcome list_fetch(struct list *list, struct http *http, const char *target);
/* Purpose: write what is still to be written. */
enum outcome list_finish(struct list *list);
void list_fini(struct list *list);

/* Purpose: write a whole answer, as JSON if that is its format; the writer appends it for people or as CSV and is
 * false when memory ran out. show_answer asks first: one question (body NULL: GET, else POST), whose answer has such
 * a member. */
typedef bool (*writer_fn)(const json_t *answer, enum format format, struct wire_buffer *out);
enum outcome write_answer(const json_t *answer, enum format format, writer_fn writer);
enum outcome show_answer(const struct arguments *arguments, const char *target, const struct wire_buffer *body,
                         struct http_need need, writer_fn writer);
/* Purpose: append rows as a table (false when memory ran out); append rows as CSV under their keys. */
bool put_table(const struct column *columns, const json_t *rows, struct wire_buffer *out);
void put_csv_rows(const char *const *keys, const json_t *rows, struct wire_buffer *out);

/* A list with a limit: pages of it until there are so many rows. */
struct paging {
        const char *target;             /* with its filters */
        const char *name;               /* of the array in the answer */
        const char *parameter;          /* that says where a page begins: "before", "after" */
        const char *from;               /* where the first one does; NULL: at the end that comes first */
        uint64_t wanted;                /* rows, at least 1 */
};
/* Purpose: ask page by page. Shape: *ret_answer, NULL before, is the last answer with all rows, for json_decref. */
enum outcome paging_fetch(struct http *http, const struct paging *paging, json_t **ret_answer);
/* Purpose: rows in the other order: lists come newest first, and people read the latest at the end. Owns: the caller.
 * NULL: no memory. */
json_t *rows_turned(const json_t *rows);

/* Purpose: append what --where options name, "level=2,3" each. taken are the parameters that the target has besides
 * attributes, then NULL. Errors: false after saying that it is a wrong call. */
bool target_where(const struct arguments *arguments, const char *const *taken, struct wire_buffer *target);

/* Purpose: after an empty answer: whether the case that --case names, if it is given, is one of which anything was
 * recorded, at --known-at if that is given. One question, as of `show`. Errors: said, in the words and with the outcome
 * of `show`: a case that the caller may not see is refused as one that there is not. */
enum outcome case_recorded(const struct arguments *arguments, struct http *http);

/* Purpose: the daemon's today, from /v1/status. */
enum outcome ask_today(struct http *http, int32_t *ret_day);

#endif
