/*
 * mapping - what the columns of a spreadsheet mean: which events a row becomes.
 *
 * A mapping file is in the syntax of rule files and is read as strictly. It knows
 * nothing of the vocabulary: whether an event or a field exists is for whoever
 * records it to say. Dates are read by a format that is written down, never by
 * what a value looks like.
 */
#ifndef MAPPAD_MAPPING_H
#define MAPPAD_MAPPING_H

#include <stdint.h>

#include "mappad/diagnostics.h"
#include "mappad/status.h"

#define MAPPING_EVENTS_MAX 64           /* events of one row */
#define MAPPING_FIELDS_MAX 64           /* fields of one event */
#define MAPPING_CODES_MAX 4096          /* codes of one list */
#define MAPPING_FORMATS_MAX 8           /* date formats of one column */
#define MAPPING_FORMAT_MAX 32           /* bytes of a date format */

/* How the bytes of a sheet are characters. */
enum mapping_encoding { MAPPING_UTF8, MAPPING_WINDOWS_1252 };
/* What becomes of an event that another row states in the same words. */
enum mapping_duplicates { MAPPING_REFUSE, MAPPING_ONCE, MAPPING_EACH };

/* A code and what it means; a list of codes by name. */
struct mapping_code { const char *code, *is; };
struct mapping_codes {
        const char *name;
        const struct mapping_code *list; size_t count;
};

/* How the dates of a column are written; any two of them agree. */
struct mapping_formats { const char *const *list; size_t count; };

/* Where a value comes from: a column or a constant. */
struct mapping_source {
        const char *column;             /* NULL: value */
        const char *value;              /* NULL: column; both NULL: there is none */
        struct mapping_formats dates;   /* none: it is no date */
        const struct mapping_codes *codes;      /* NULL: taken as it is */
        char split;                     /* between the elements of a list; 0: it is none */
        bool optional;                  /* an empty cell is no value */
        int line;                       /* of the mapping file */
};
/* A field of an event, and where it comes from. */
struct mapping_field { const char *name; struct mapping_source source; };

struct mapping_event {
        struct mapping_source event, case_ref, on, item, id, why;
        const struct mapping_field *fields; size_t field_count;
        const char *const *only_if; size_t only_if_count;       /* columns; none: on, or a field that has a column */
        enum mapping_duplicates duplicates;
};

struct mapping {
        char separator;
        enum mapping_encoding encoding;
        uint32_t header_row;            /* from 1 */
        const struct mapping_event *events; size_t event_count;
};

/* Purpose: read a mapping file. Owns: *ret_mapping is freed by mapping_free.
 * Errors: STATUS_INVALID when the diagnostics hold an error; STATUS_NO_MEMORY. */
MUST_CHECK enum status mapping_load(const char *path, struct diagnostics *diagnostics, struct mapping **ret_mapping);
/* Purpose: the same from a text. */
MUST_CHECK enum status mapping_load_text(const char *name, const char *text, size_t length,
                                         struct diagnostics *diagnostics, struct mapping **ret_mapping);
void mapping_free(struct mapping *mapping);

/* Purpose: whether a cell states a code, capitals and the kind and number of blanks aside. */
bool mapping_states_code(const char *text, const struct mapping_code *code);
/* Purpose: the code of a list that a cell states in that way; NULL: none, or several that mean different things.
 * One that is written just so comes first. */
const struct mapping_code *mapping_find_code(const struct mapping_codes *codes, const char *text);

/* Purpose: whether a text is a date format: each of the day (DD: two digits, D: one or two), the month (MM, M, or MON:
 * Jan or January) and the year (YYYY, or YY: 1969 to 2068) once. Digits of a time (hh, mm, ss) are passed over;
 * anything else but a further Y stands for itself. */
bool mapping_format_valid(const char *format);
/* Purpose: whether no text is one date by the one and another date by the other. Shape: both are valid. Where numbers
 * touch, those that are of the same parts but for the length of the year agree, and those that have other characters.
 * Example: DD/MM/YYYY and D MON YY agree, D/M/YYYY and M/D/YY do not, nor do DDMMYYhhmm and DDMMYYYYhh. */
bool mapping_formats_agree(const char *one, const char *other);

/* The better before the worse. */
enum mapping_reading {
        MAPPING_DATE,                   /* a date */
        MAPPING_DATE_BOTH,              /* a date, and with day and month exchanged another one */
        MAPPING_OTHER_WAY,              /* none, but one with day and month exchanged, which is given */
        MAPPING_NO_DATE
};
/* Purpose: read a date by a format. Example: "25/12/2022" by "MM/DD/YYYY" is none, and the other way 2022-12-25. */
enum mapping_reading mapping_read_date(const char *format, const char *text, int32_t *ret_day);
/* Purpose: the same by whichever of the formats reads it best; *ret_format is that one, unless none does. */
enum mapping_reading mapping_read_any(const struct mapping_formats *formats, const char *text, int32_t *ret_day,
                                      const char **ret_format);

/* Where a format has its year. Of formats that agree, those that have it in the same place have day and month in the
 * same order, too: a date says of another of its kind alone which is which. */
enum mapping_order { MAPPING_BY_NAME, MAPPING_YEAR_FIRST, MAPPING_YEAR_LATER, MAPPING_ORDERS };
/* Purpose: which of these a format is. Example: D/M/YY is MAPPING_YEAR_LATER, D MON YY MAPPING_BY_NAME. */
enum mapping_order mapping_order_of(const char *format);

#endif
