/*
 * mappactl - the client of mappad, and the tool of rule authors.
 *
 * This file finds the command among the tables and prints help; what a command
 * does is in the file of its group.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "mappad/nearest.h"

#define COMMANDS_MAX 64
#define HELP_HELP "this list, or what a command takes"
#define OPTION_WIDTH 26 /* of the longest, so that what options do is in one column */
#define NAME_SIZE 80    /* two words as they were typed; longer ones are near nothing */

static const struct command *const tables[] = {
        list_commands,   history_commands,  export_commands,   record_commands,  alert_commands,
        ack_commands,    route_commands,    outbox_commands,   service_commands, change_commands,
        rules_commands,  diff_commands,     evaluate_commands, explain_commands, certificate_commands,
        watch_commands,  verify_commands,   access_commands,   backup_commands,  restore_commands,
        report_commands, forecast_commands, calendar_commands, subject_commands, erase_commands,
        seal_commands,   retention_commands};
#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

/* How many of the words name this command: 0 (not this one), 1 or 2. */
static int words_of(const struct command *command, int count, char **words)
{
        const char *space = strchr(command->name, ' ');
        size_t first = space != NULL ? (size_t)(space - command->name) : strlen(command->name);
        if (count < 1 || strlen(words[0]) != first || memcmp(words[0], command->name, first) != 0)
                return 0;
        if (space == NULL)
                return 1;
        return count >= 2 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

static const struct command *find_command(int count, char **words, int *ret_used)
{
        const struct command *found = NULL;
        *ret_used = 0;
        for (size_t t = 0; t < TABLE_COUNT; t++) {
                for (const struct command *command = tables[t]; command->name != NULL; command++) {
                        int used = words_of(command, count, words);
                        if (used > *ret_used) {
                                found = command;
                                *ret_used = used;
                        }
                }
        }
        return found;
}

static void list_all(FILE *stream)
{
        fprintf(stream,
                "mappactl - deadlines that rule files state\n\nUsage: mappactl COMMAND [OPTION...] [ARGUMENT...]\n\n");
        for (size_t t = 0; t < TABLE_COUNT; t++)
                for (const struct command *command = tables[t]; command->name != NULL; command++)
                        fprintf(stream, "  %-20s %s\n", command->name, command->help);
        fprintf(stream, "  %-20s %s\n\n", "help [COMMAND]", HELP_HELP);
        fprintf(stream, "Exit status: 0 done, 1 refused or found wrong, 2 wrong call, 3 daemon unreachable.\n"
                        "The socket is --socket, else $MAPPAD_SOCKET, else /run/mappad/mappad.sock.\n");
}

/* Whether the command is one of two words, of which this is the first. */
static bool in_group(const struct command *command, const char *word)
{
        size_t length = strlen(word);
        return strncmp(command->name, word, length) == 0 && command->name[length] == ' ';
}

/* Names the commands of two words that begin with this one, a line each; how many there are. */
static size_t list_group(FILE *stream, const char *word, const char *heading)
{
        size_t count = 0;
        for (size_t t = 0; t < TABLE_COUNT; t++)
                for (const struct command *command = tables[t]; command->name != NULL; command++)
                        if (in_group(command, word))
                                fprintf(stream, "%s  %-20s %s\n", count++ == 0 ? heading : "", command->name,
                                        command->help);
        return count;
}

static void help_command(const struct command *command)
{
        printf("Usage: mappactl %s [OPTION...]%s%s\n\n%s\n", command->name, command->usage[0] != '\0' ? " " : "",
               command->usage, command->help);
        for (const struct option_row *row = command->options; row->name != NULL; row++) {
                char left[64];
                snprintf(left, sizeof(left), "%s%s%s", row->name, row->value != NULL && row->value[0] != '[' ? " " : "",
                         row->value != NULL ? row->value : "");
                printf("%s  %-*s %s\n", row == command->options ? "\nOptions:\n" : "", OPTION_WIDTH, left, row->help);
        }
        list_group(stdout, command->name, "\nFurther commands:\n");
}

static const char *nearest_command(const char *word)
{
        const char *names[COMMANDS_MAX] = {"help"};
        size_t count = 1;
        for (size_t t = 0; t < TABLE_COUNT; t++)
                for (const struct command *command = tables[t]; command->name != NULL && count < COMMANDS_MAX;
                     command++)
                        names[count++] = command->name;
        return nearest_word(word, names, count);
}

static enum outcome unknown_command(const char *word)
{
        const char *nearest = nearest_command(word);
        if (nearest != NULL && strcmp(nearest, word) == 0)
                complain("\"%s\" came as one word; without the quotes it is a command: mappactl %s", word, word);
        else if (word[0] == '-')
                complain("\"%s\" stands where a command should; options follow it: mappactl COMMAND [OPTION...]", word);
        else if (nearest != NULL)
                complain("there is no command \"%s\"; did you mean \"%s\"?", word, nearest);
        else
                complain("there is no command \"%s\"; \"mappactl help\" lists them", word);
        return OUTCOME_USAGE;
}

static bool begins_group(const char *word)
{
        for (size_t t = 0; t < TABLE_COUNT; t++)
                for (const struct command *command = tables[t]; command->name != NULL; command++)
                        if (in_group(command, word))
                                return true;
        return false;
}

/* No command begins with these words. A group alone ("export", "export --help") is answered with what is in it; of two
 * words that are none ("exprot events") both together are nearer to what was meant than the first. */
static enum outcome unknown_words(int count, char **words, bool help)
{
        char both[NAME_SIZE];
        bool second = count > 1 && words[1][0] != '-';
        if (begins_group(words[0]) && !second) {
                help |= count > 1 && asks_for_help(words[1]);
                if (!help)
                        complain("\"%s\" is the first word of several commands", words[0]);
                list_group(help ? stdout : stderr, words[0], help ? "Commands:\n" : "");
                return help ? OUTCOME_OK : OUTCOME_USAGE;
        }
        if (!second)
                return unknown_command(words[0]);
        snprintf(both, sizeof(both), "%s %s", words[0], words[1]);
        const char *nearest = nearest_command(both);
        bool two = begins_group(words[0]) || (nearest != NULL && strchr(nearest, ' ') != NULL);
        return unknown_command(two ? both : words[0]);
}

/* "rules chekc": the first word is a command of its own that takes no argument, and begins others of two words. */
static bool unknown_second_word(const struct command *command, const char *word, enum outcome *ret_outcome)
{
        char both[NAME_SIZE];
        if (command->most > 0 || !begins_group(command->name) || word[0] == '-')
                return false;
        snprintf(both, sizeof(both), "%s %s", command->name, word);
        *ret_outcome = unknown_command(both);
        return true;
}

static enum outcome run(int count, char **words)
{
        int used = 0;
        enum outcome outcome;
        bool help = count > 0 && (strcmp(words[0], "help") == 0 || asks_for_help(words[0]));
        if (count > 0 && (strcmp(words[0], "--version") == 0 || strcmp(words[0], "-V") == 0)) {
                printf("mappactl %s\n", MAPPAD_VERSION);
                return OUTCOME_OK;
        }
        if (count == 0) {
                list_all(stderr);
                return OUTCOME_USAGE;
        }
        if (help && count == 1) {
                list_all(stdout);
                return OUTCOME_OK;
        }
        if (help && (strcmp(words[1], "help") == 0 || asks_for_help(words[1]))) {
                printf("Usage: mappactl help [COMMAND]\n\n" HELP_HELP "\n");
                return OUTCOME_OK;
        }
        const struct command *command = find_command(count - help, words + help, &used);
        if (command == NULL)
                return unknown_words(count - help, words + help, help);
        if (count - help > used && unknown_second_word(command, words[help + used], &outcome))
                return outcome;
        struct arguments arguments = {.help = help};
        if (!help && !arguments_parse(command, count - used, words + used, &arguments))
                return wrong_call(command);
        if (arguments.help)
                help_command(command);
        outcome = arguments.help ? OUTCOME_OK : command->run(&arguments);
        arguments_fini(&arguments);
        return outcome;
}

/* Where a standard stream is closed, the next file or socket would take its place, and what is meant for people would
 * be written into it. What stands there instead refuses every reading and every writing. */
static void keep_standard_streams(void)
{
        for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
                if (fcntl(stream, F_GETFD) < 0)
                        (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int count, char **words)
{
        keep_standard_streams();
        setlocale(LC_CTYPE, "");
        /* A reader that went away is an error of writing like any other, and is said. */
        struct sigaction ignore = {.sa_handler = SIG_IGN};
        sigaction(SIGPIPE, &ignore, NULL);
        enum outcome outcome = run(count - 1, words + 1);
        bool wrote = fflush(stdout) == 0 && !ferror(stdout);
        if (!wrote) {
                complain("not everything could be written to standard output");
                if (outcome == OUTCOME_OK)
                        outcome = OUTCOME_REFUSED;
        }
        return (int)outcome;
}
