/*
 * reports - what the readers of report definitions share. Private to daemon/rulefile.
 */
#ifndef RULEFILE_REPORTS_H
#define RULEFILE_REPORTS_H

#include "build.h"
#include "mappad/report.h"

/* One report while it is read. */
struct report_reading {
        struct build *build;
        const struct cfg_file *file;
        struct report *report;
        struct report_table *tables;    /* those of the report, once they are read */
        struct view view;               /* what conditions on the state of a case see */
};

/* Names that are looked up in the order of writing; get gives the nth. */
struct named {
        const char *what;               /* "column", for sentences */
        const char *of;                 /* "in the table \"snapshot\""; "" without */
        const char *(*get)(const void *list, size_t index);
        const void *list;
        size_t count;
};

/* Purpose: the name of an element: a word, and none of those read before it. NULL after reporting. */
char *named_read(const struct report_reading *reading, const struct cfg_node *node, const struct named *before);
/* Purpose: the index of a name, or -1 after reporting it with the nearest one. */
int named_find(const struct report_reading *reading, const struct cfg_node *node, const struct named *among);
/* Purpose: the names under "notes", each of them declared. Absent: none. Returns whether all is well. */
bool notes_read(const struct report_reading *reading, const struct cfg_node *node, struct report_notes *ret_notes);
/* Purpose: room for the elements of a list; NULL, with the reason kept, where there are none or too many. */
void *report_list(const struct report_reading *reading, const struct cfg_node *node, size_t most, size_t size);

/* Purpose: read the tables of a report, whose notes are known (reports_tables.c). */
void report_tables_read(struct report_reading *reading, const struct cfg_node *node);

/* Purpose: which events explain the obligations of a table whose rules are known; absent: none do
 * (reports_days.c). Returns whether all is well. */
bool explained_read(const struct report_reading *reading, const struct cfg_node *node, struct report_table *table);
/* Purpose: how many days late, or old, what falls into a row or column is; absent: however many. */
bool band_days_read(const struct report_reading *reading, const struct cfg_node *node, struct report_band *band);
/* Purpose: report measures that would need too much room: of each row it is kept how many were late by so many days.
 * Shape: tables and trends are read. */
void measures_check(const struct report_reading *reading, const struct cfg_node *node);
/* Purpose: whether a column, named at a node, counts; reports a measure. Shape: -1 is no column. */
bool column_counts(const struct report_reading *reading, const struct cfg_node *node, const struct report_table *table,
                   int column);

/* Purpose: read the trends of a report, whose tables are known (reports_trends.c). */
void trends_read(struct report_reading *reading, const struct cfg_node *node, const struct cfg_node *quarters);
/* Purpose: read a cell, a sum, or all of a table: "{ table = "snapshot"; row = "level-2"; }". Returns whether it is
 * one. measured: it may be a measure. */
bool cell_read(const struct report_reading *reading, const struct cfg_node *node, bool measured,
               struct report_cell *ret_cell);

/* Purpose: names for lookups. */
struct named named_rows(const struct report_table *table, char of[static CFG_HINT_SIZE]);
struct named named_columns(const struct report_table *table, char of[static CFG_HINT_SIZE]);

#endif
