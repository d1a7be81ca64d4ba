/*
 * values - what a value on the command line has to be, by the word that the tables of commands call it.
 */
#ifndef MAPPACTL_VALUES_H
#define MAPPACTL_VALUES_H

#include <stdbool.h>

/* A kind of value: what no daemon would take is a wrong call. */
struct value_form {
        const char *word;               /* "DATE"; NULL ends the table */
        bool (*good)(const char *text);
        const char *wanted;             /* behind "takes": "a date that exists, written YYYY-MM-DD" */
};

/* Purpose: the kind of a word of the tables. NULL: any value is for the command or the daemon to judge. */
const struct value_form *value_form_find(const char *word);

#endif
