/*
 * command - what a command of mappactl is: a row of a table.
 *
 * A command file exports one table; main.c joins them. Options are rows too, so
 * that parsing, help and the refusal of unknown ones are written once.
 */
#ifndef MAPPACTL_COMMAND_H
#define MAPPACTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome { OUTCOME_OK = 0, OUTCOME_REFUSED = 1, OUTCOME_USAGE = 2, OUTCOME_UNREACHABLE = 3 };

#define OPTIONS_MAX 24          /* options of one command */
#define ARGUMENTS_UNLIMITED 1000000

struct option_row {
        const char *name;       /* with its hyphens; NULL ends a table */
        const char *value;      /* what its value is called in help; "[=VALUE]": may be left out; NULL: it takes none.
                                 * those of a kind of value (values.h), as DATE or N, are judged with the call */
        const char *help;
};

/* Options and arguments as given. */
struct arguments {
        const struct command *command;
        const char **words;             /* positional arguments */
        size_t count;
        const char **options;           /* name, value, name, value ...; names from the table, NULL for flags */
        size_t option_count;            /* pairs */
        bool help;                      /* it was asked for; the rest is as far as it was read */
};

struct command {
        const char *name;               /* one word or two: "rules check"; NULL ends a table */
        const char *usage;              /* positional arguments, for help */
        const char *help;               /* one line */
        size_t least, most;             /* positional arguments */
        enum outcome (*run)(const struct arguments *arguments);
        struct option_row options[OPTIONS_MAX];
};

/* Purpose: the tables, one a file. */
extern const struct command evaluate_commands[];
extern const struct command explain_commands[];
extern const struct command certificate_commands[];
extern const struct command report_commands[];
extern const struct command forecast_commands[];
extern const struct command seal_commands[];
extern const struct command rules_commands[];
extern const struct command list_commands[];
extern const struct command calendar_commands[];
extern const struct command history_commands[];
extern const struct command record_commands[];
extern const struct command export_commands[];
extern const struct command alert_commands[];
extern const struct command ack_commands[];
extern const struct command route_commands[];
extern const struct command outbox_commands[];
extern const struct command service_commands[];
extern const struct command diff_commands[];
extern const struct command change_commands[];
extern const struct command verify_commands[];
extern const struct command access_commands[];
extern const struct command subject_commands[];
extern const struct command erase_commands[];
extern const struct command retention_commands[];
extern const struct command backup_commands[];
extern const struct command restore_commands[];
extern const struct command watch_commands[];

/* Purpose: split words into options and arguments of a command, up to the first that asks for help. Owns: two arrays,
 * freed by arguments_fini. Errors: false after saying on standard error what is wrong. */
bool arguments_parse(const struct command *command, int count, char **words, struct arguments *ret_arguments);
void arguments_fini(struct arguments *arguments);
/* Purpose: whether a word is --help or -h. */
bool asks_for_help(const char *word);
/* Purpose: whether an option was given; its last value; the nth value (from 0), NULL after the last. */
bool arguments_has(const struct arguments *arguments, const char *name);
const char *arguments_value(const struct arguments *arguments, const char *name);
const char *arguments_nth(const struct arguments *arguments, const char *name, size_t n);

/* Purpose: whether the nth argument, if there is one, is of a kind of value (values.h), which is what people call it.
 * Errors: false after saying that it is a wrong call. */
bool arguments_word(const struct arguments *arguments, size_t n, const char *kind, const char *what);
/* Purpose: the same of a case reference. */
bool arguments_case(const struct arguments *arguments, size_t n);
/* Purpose: values of options that a table calls DATE, INSTANT, N or NUMBER; what is given back without the option is
 * CIVIL_NONE, or as told. */
int32_t arguments_day(const struct arguments *arguments, const char *name);
int64_t arguments_instant(const struct arguments *arguments, const char *name, int64_t otherwise);
uint64_t arguments_number(const struct arguments *arguments, const char *name, uint64_t otherwise);
/* Purpose: whether a text is a number as the record gives them: 1 to 18 digits, at least 1. */
bool is_number(const char *text);

/* Purpose: how a wrong call of a command ends, which was said: monitoring plugins have exit statuses and a line of
 * their own. */
enum outcome wrong_call(const struct command *command);
/* Purpose: print a sentence to standard error, complain with the program's name before it; foreign bytes are made
 * printable. */
void say_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Purpose: the same for a wrong call: OUTCOME_USAGE, and where help is to be found. */
enum outcome usage_error(const struct arguments *arguments, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#endif
