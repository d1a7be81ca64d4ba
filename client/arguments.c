/*
 * arguments - splits the words of a call by the table of its command, and says
 * on standard error what was wrong.
 *
 * Options may stand anywhere, as "--name value" or "--name=value", one whose value
 * may be left out as "--name" or "--name=value"; "--" ends them. Nothing that the
 * table does not list is accepted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "mappad/civil.h"
#include "mappad/nearest.h"
#include "mappad/wire.h"
#include "values.h"

#define WHO "mappactl: "
#define SENTENCE_SIZE 1024

__attribute__((format(printf, 2, 0))) static void vsay(const char *who, const char *format, va_list arguments)
{
        char sentence[SENTENCE_SIZE], clean[SENTENCE_SIZE];
        int length = vsnprintf(sentence, sizeof(sentence), format, arguments);
        if (length < 0)
                sentence[0] = '\0';
        wire_clean(sentence, strlen(sentence), clean, sizeof(clean));
        fflush(stdout);
        fprintf(stderr, "%s%s\n", who, clean);
}

void say_line(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsay("", format, arguments);
        va_end(arguments);
}

void complain(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsay(WHO, format, arguments);
        va_end(arguments);
}

enum outcome usage_error(const struct arguments *arguments, const char *format, ...)
{
        va_list list;
        va_start(list, format);
        vsay(WHO, format, list);
        va_end(list);
        fprintf(stderr, "Try \"mappactl help %s\".\n", arguments->command->name);
        return OUTCOME_USAGE;
}

static const struct option_row *find_option(const struct command *command, const char *name, size_t length)
{
        for (const struct option_row *row = command->options; row->name != NULL; row++)
                if (strlen(row->name) == length && memcmp(row->name, name, length) == 0)
                        return row;
        return NULL;
}

/* Such a value stands in brackets. */
static bool value_optional(const struct option_row *row)
{
        return row->value != NULL && row->value[0] == '[';
}

static void unknown_option(const struct arguments *arguments, const char *word)
{
        const char *names[OPTIONS_MAX];
        size_t count = 0;
        for (const struct option_row *row = arguments->command->options; row->name != NULL; row++)
                names[count++] = row->name;
        const char *nearest = nearest_word(word, names, count);
        usage_error(arguments, "there is no option \"%s\"%s%s%s", word, nearest != NULL ? "; did you mean \"" : "",
                    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/* ---- values ---- */

/* What a value has to be, by the word that the tables call it. */
static bool value_good(const struct arguments *arguments, const struct option_row *row, const char *value)
{
        const struct value_form *kind = value_form_find(row->value);
        if (kind == NULL || kind->good(value))
                return true;
        usage_error(arguments, "%s takes %s, not \"%s\"", row->name, kind->wanted, value);
        return false;
}

bool arguments_word(const struct arguments *arguments, size_t n, const char *kind, const char *what)
{
        const struct value_form *wanted = value_form_find(kind);
        if (n >= arguments->count || wanted->good(arguments->words[n]))
                return true;
        usage_error(arguments, "\"%s\" is no %s: it takes %s", arguments->words[n], what, wanted->wanted);
        return false;
}

bool arguments_case(const struct arguments *arguments, size_t n)
{
        return arguments_word(arguments, n, "CASE", "case reference");
}

int32_t arguments_day(const struct arguments *arguments, const char *name)
{
        const char *text = arguments_value(arguments, name);
        int32_t day = CIVIL_NONE;
        return text != NULL && civil_parse(text, strlen(text), &day) ? day : CIVIL_NONE;
}

int64_t arguments_instant(const struct arguments *arguments, const char *name, int64_t otherwise)
{
        const char *text = arguments_value(arguments, name);
        int64_t ms = otherwise;
        return text != NULL && wire_instant_parse(text, strlen(text), &ms) ? ms : otherwise;
}

uint64_t arguments_number(const struct arguments *arguments, const char *name, uint64_t otherwise)
{
        const char *text = arguments_value(arguments, name);
        return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* ---- words ---- */

/* One word that begins with "--". *at is its place, moved on when the next word is its value. */
static bool take_option(struct arguments *arguments, int count, char **words, int *at)
{
        const char *word = words[*at];
        const char *equals = strchr(word, '=');
        size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
        const struct option_row *row = find_option(arguments->command, word, length);
        const char *value = equals != NULL ? equals + 1 : NULL;
        if (row == NULL) {
                unknown_option(arguments, word);
                return false;
        }
        if (row->value == NULL && value != NULL) {
                usage_error(arguments, "%s takes no value", row->name);
                return false;
        }
        if (row->value != NULL && value == NULL && !value_optional(row)) {
                if (*at + 1 >= count) {
                        usage_error(arguments, "%s needs a value: %s", row->name, row->value);
                        return false;
                }
                value = words[++*at];
        }
        if (value != NULL && !value_good(arguments, row, value))
                return false;
        arguments->options[2 * arguments->option_count] = row->name;
        arguments->options[2 * arguments->option_count + 1] = value;
        arguments->option_count++;
        return true;
}

bool asks_for_help(const char *word)
{
        return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

bool arguments_parse(const struct command *command, int count, char **words, struct arguments *ret_arguments)
{
        struct arguments arguments = {.command = command};
        size_t room = (size_t)count + 1;
        arguments.words = calloc(room, sizeof(*arguments.words));
        arguments.options = calloc(room, 2 * sizeof(*arguments.options));
        bool good = arguments.words != NULL && arguments.options != NULL;
        bool options_over = false;
        if (!good)
                complain("out of memory");
        for (int i = 0; good && !arguments.help && i < count; i++) {
                if (!options_over && strcmp(words[i], "--") == 0)
                        options_over = true;
                else if (!options_over && asks_for_help(words[i]))
                        arguments.help = true;
                else if (!options_over && words[i][0] == '-' && words[i][1] != '\0')
                        good = take_option(&arguments, count, words, &i);
                else
                        arguments.words[arguments.count++] = words[i];
        }
        if (good && !arguments.help && (arguments.count < command->least || arguments.count > command->most)) {
                usage_error(&arguments, "%s; it is called as: mappactl %s%s%s",
                            arguments.count < command->least ? "an argument is missing"
                                                             : "there are too many arguments",
                            command->name, command->usage[0] != '\0' ? " " : "", command->usage);
                good = false;
        }
        if (!good)
                arguments_fini(&arguments);
        else
                *ret_arguments = arguments;
        return good;
}

void arguments_fini(struct arguments *arguments)
{
        free(arguments->words);
        free(arguments->options);
        *arguments = (struct arguments){0};
}

const char *arguments_nth(const struct arguments *arguments, const char *name, size_t n)
{
        for (size_t i = 0; i < arguments->option_count; i++)
                if (strcmp(arguments->options[2 * i], name) == 0 && n-- == 0)
                        return arguments->options[2 * i + 1];
        return NULL;
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
        for (size_t i = arguments->option_count; i > 0; i--)
                if (strcmp(arguments->options[2 * (i - 1)], name) == 0)
                        return arguments->options[2 * (i - 1) + 1];
        return NULL;
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
        for (size_t i = 0; i < arguments->option_count; i++)
                if (strcmp(arguments->options[2 * i], name) == 0)
                        return true;
        return false;
}
