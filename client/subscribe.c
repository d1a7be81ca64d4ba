/*
 * subscribe - open duties for a program that shows dates.
 */
#include <string.h>

#include "files.h"
#include "http.h"
#include "list.h"

#define ENTRY "BEGIN:VEVENT" /* begins each duty of a calendar */

static const struct option_parameter filters[] = {
        {"--rule", "rule"}, {"--agency", "agency"}, {"--role", "role"}, {"--case", "case"}, {NULL, NULL}};

static const char *const taken[] = {"rule", "case", "role", "due-before", "due-after", "booked", NULL};

static enum outcome fetch(const struct arguments *arguments, const char *target)
{
        const char *path = arguments_value(arguments, "--output");
        struct wire_buffer text;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);

        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = http_text(http, target, "BEGIN:VCALENDAR", &text);
        bool empty = outcome == OUTCOME_OK && memmem(text.data, text.length, ENTRY, sizeof(ENTRY) - 1) == NULL;
        /* A file of before is emptied all the same: it may be served, and hold a case that was erased since. */
        if (outcome == OUTCOME_OK && path != NULL && !file_replace(path, text.data, text.length))
                outcome = OUTCOME_REFUSED;
        if (outcome == OUTCOME_OK && empty)
                outcome = case_recorded(arguments, http);
        if (outcome == OUTCOME_OK && path == NULL && !output_drain(&text, true))
                outcome = OUTCOME_REFUSED;
        wire_buffer_fini(&text);
        http_close(http);
        return outcome;
}

static enum outcome run_calendar(const struct arguments *arguments)
{
        struct wire_buffer target;
        enum outcome outcome = OUTCOME_USAGE;

        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/calendar.ics");
        target_options(&target, arguments, filters);
        if (target_where(arguments, taken, &target))
                outcome = target_end(&target) ? fetch(arguments, target.data) : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

const struct command calendar_commands[] = {
        {"calendar",
         "",
         "open duties as a calendar (iCalendar)",
         0,
         0,
         run_calendar,
         {{"--agency", "NAME[,...]", "cases that an agency is told of"},
          {"--role", "NAME", "duties whose ladder names this role"},
          {"--rule", "ID[,...]", "only these rules"},
          {"--case", "CASE", "only this case"},
          {"--where", "NAME=VALUE[,...]", "only cases whose attribute has one of the values; may be repeated"},
          {"--output", "FILE", "write it into a file, which is replaced as a whole"},
          SOCKET_OPTION}},
        {0},
};
