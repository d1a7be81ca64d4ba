/*
 * options - the command line.
 */
#include <getopt.h>
#include <stdio.h>

#include "daemon.h"

#define CONFIG_DEFAULT "/etc/mappad/mappad.conf"

enum { OPTION_CONFIG = 'c', OPTION_HELP = 'h', OPTION_VERSION = 'V', OPTION_CHECK = 256, OPTION_TEST_CLOCK };

void options_help(void)
{
        fputs("Usage: mappad [--config FILE] [--check] [--test-clock FILE]\n"
              "\n"
              "Reads rules and recorded facts, says what is due, and tells the right people in time.\n"
              "\n"
              "  -c, --config FILE     configuration (" CONFIG_DEFAULT ")\n"
              "      --check           check configuration, rules and contacts, say everything that is wrong, and end\n"
              "      --test-clock FILE take the time from FILE (RFC 3339), which is read again whenever it is\n"
              "                        replaced; only for a state directory that was made so\n"
              "  -h, --help            this text\n"
              "  -V, --version         the version\n"
              "\n"
              "Exit status: 0 all well, 1 something is wrong and was said, 2 the command line was not understood.\n"
              "mappad(8), mappad.conf(5), mappactl(1)\n",
              stdout);
}

bool options_read(int count, char **arguments, struct options *ret_options)
{
        static const struct option known[] = {
                {"config", required_argument, NULL, OPTION_CONFIG},
                {"check", no_argument, NULL, OPTION_CHECK},
                {"test-clock", required_argument, NULL, OPTION_TEST_CLOCK},
                {"help", no_argument, NULL, OPTION_HELP},
                {"version", no_argument, NULL, OPTION_VERSION},
                {NULL, 0, NULL, 0},
        };
        struct options options = {.config = CONFIG_DEFAULT};
        int option;

        while ((option = getopt_long(count, arguments, "c:hV", known, NULL)) != -1) {
                switch (option) {
                case OPTION_CONFIG:
                        options.config = optarg;
                        break;
                case OPTION_CHECK:
                        options.check = true;
                        break;
                case OPTION_TEST_CLOCK:
                        options.test_clock = optarg;
                        break;
                case OPTION_HELP:
                        options.help = true;
                        break;
                case OPTION_VERSION:
                        options.version = true;
                        break;
                default:
                        fputs("mappad --help lists what there is\n", stderr);
                        return false;
                }
        }
        if (optind < count) {
                fprintf(stderr, "mappad takes no arguments besides its options\n");
                return false;
        }
        *ret_options = options;
        return true;
}
