/*
 * arguments - splits the words of a call by the table of its command, and says
 * on standard error what was wrong.
 *
 * Options may stand anywhere, as "--name value" or "--name=value"; "--" ends
 * them. Nothing that the table does not list is accepted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "mappad/nearest.h"
#include "mappad/wire.h"

#define SENTENCE_SIZE 1024

static void vcomplain(const char *format, va_list arguments)
{
        char sentence[SENTENCE_SIZE], clean[SENTENCE_SIZE];
        int length = vsnprintf(sentence, sizeof(sentence), format, arguments);
        if (length < 0)
                sentence[0] = '\0';
        wire_clean(sentence, strlen(sentence), clean, sizeof(clean));
        fflush(stdout);
        fprintf(stderr, "mappactl: %s\n", clean);
}

void complain(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vcomplain(format, arguments);
        va_end(arguments);
}

enum outcome usage_error(const struct arguments *arguments, const char *format, ...)
{
        va_list list;
        va_start(list, format);
        vcomplain(format, list);
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
        if (row->value != NULL && value == NULL) {
                if (*at + 1 >= count) {
                        usage_error(arguments, "%s needs a value: %s", row->name, row->value);
                        return false;
                }
                value = words[++*at];
        }
        arguments->options[2 * arguments->option_count] = row->name;
        arguments->options[2 * arguments->option_count + 1] = value;
        arguments->option_count++;
        return true;
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
        for (int i = 0; good && i < count; i++) {
                if (!options_over && strcmp(words[i], "--") == 0)
                        options_over = true;
                else if (!options_over && words[i][0] == '-' && words[i][1] != '\0')
                        good = take_option(&arguments, count, words, &i);
                else
                        arguments.words[arguments.count++] = words[i];
        }
        if (good && (arguments.count < command->least || arguments.count > command->most)) {
                usage_error(&arguments, "%s; it is called as: mappactl %s %s",
                            arguments.count < command->least ? "an argument is missing"
                                                             : "there are too many arguments",
                            command->name, command->usage);
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
