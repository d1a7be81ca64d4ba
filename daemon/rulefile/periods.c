/*
 * periods - "16 weeks after", alone or as a decision table.
 *
 * A period that counts the wrong way for its setting is refused with the phrase
 * that setting takes: a lead that counts forward would be a silent absurdity.
 */
#include "build.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "mappad/civil.h"
#include "mappad/nearest.h"

#define HINT_SIZE 48

static bool counts_as(enum period_phrase phrase, enum period_use use)
{
        switch (phrase) {
        case PERIOD_AFTER:
                return use == PERIOD_USE_ONWARD || use == PERIOD_USE_STAGE;
        case PERIOD_BEGINNING_WITH:
                return use == PERIOD_USE_ONWARD;
        case PERIOD_BEFORE:
                return use == PERIOD_USE_BACK || use == PERIOD_USE_STAGE;
        case PERIOD_CLEAR_BEFORE:
                return use == PERIOD_USE_BACK || use == PERIOD_USE_STAGE;
        case PERIOD_BARE:
                return use == PERIOD_USE_BARE;
        }
        return false;
}

static const char *phrases(enum period_use use)
{
        switch (use) {
        case PERIOD_USE_ONWARD:
                return "\"... after\" or \"... beginning with\"";
        case PERIOD_USE_BACK:
                return "\"... before\" or \"... clear ... before\"";
        case PERIOD_USE_STAGE:
                return "\"... before\" or \"... after\"";
        case PERIOD_USE_BARE:
                return "a bare length such as \"1 week\"";
        }
        return "";
}

/* What is nearly a word of periods: "4 Weeks after", "2 months bevore". */
static const char *nearly(const char *text, char hint[static HINT_SIZE])
{
        static const char *const words[] = {"day",   "days",    "week",  "weeks", "month",     "months", "year",
                                            "years", "working", "clear", "after", "beginning", "with",   "before"};
        const size_t count = sizeof(words) / sizeof(words[0]);
        char word[HINT_SIZE];

        hint[0] = '\0';
        for (const char *at = strchr(text, ' '); at != NULL && hint[0] == '\0'; at = strchr(at + 1, ' ')) {
                size_t length = strcspn(at + 1, " ");
                const char *nearest = NULL;
                bool known = length == 0;

                snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : sizeof(word) - 1), at + 1);
                for (size_t i = 0; i < count; i++)
                        known = known || strcmp(words[i], word) == 0;
                if (!known)
                        nearest = nearest_word(word, words, count);
                if (nearest != NULL)
                        snprintf(hint, HINT_SIZE, "; did you mean \"%s\"?", nearest);
        }
        return hint;
}

/* A date is never before the first day of the calendar nor after its last. A period that leads there from every day of
 * an event has lost its meaning, and an explanation of it would be nonsense. */
static bool reaches_a_day(const struct cfg_file *file, const struct cfg_node *node, struct period period)
{
        bool back = period.phrase == PERIOD_BEFORE || period.phrase == PERIOD_CLEAR_BEFORE;
        int32_t from = back ? CIVIL_MAX : civil_from_date((struct civil){EVENTS_SINCE, 1, 1});
        int32_t end = back ? CIVIL_MIN : CIVIL_MAX;
        char first[CIVIL_TEXT_SIZE], last[CIVIL_TEXT_SIZE];

        if (period_from(period, &calendar_plain, from) != end)
                return true;
        civil_format(from, first);
        civil_format(end, last);
        cfg_error(file, node, "\"%s\" reaches no day: even from %s it leads %spast %s, the %s day that there is",
                  cfg_text(node), first, back ? "back " : "", last, back ? "first" : "last");
        return false;
}

bool period_read(const struct cfg_file *file, const struct cfg_node *node, enum period_use use,
                 struct period *ret_period)
{
        enum period_problem problem;
        struct period period = {0};
        const char *text = cfg_text(node);
        char hint[HINT_SIZE];

        if (node == NULL)
                return true;
        problem = period_parse(text, &period);
        if (problem == PERIOD_NO_PHRASE && use == PERIOD_USE_BARE)
                problem = PERIOD_FINE;
        if (problem == PERIOD_NO_PHRASE) {
                cfg_error(file, node, "\"%s\" does not say how it counts: \"%s\" takes %s", text, cfg_name(node),
                          phrases(use));
                return false;
        }
        if (problem != PERIOD_FINE && strstr(text, "  ") != NULL) {
                cfg_error(file, node, "\"%s\": one space stands between the words of a period", text);
                return false;
        }
        if (problem != PERIOD_FINE) {
                cfg_error(file, node, "\"%s\": %s%s", text, period_problem_sentence(problem), nearly(text, hint));
                return false;
        }
        if (!counts_as(period.phrase, use)) {
                cfg_error(file, node, "\"%s\" counts the wrong way: \"%s\" takes %s", text, cfg_name(node),
                          phrases(use));
                return false;
        }
        if (!reaches_a_day(file, node, period))
                return false;
        *ret_period = period;
        return true;
}

enum { ROW_IS, ROW_WHEN, ROW_UNLESS, ROW_IN_FORCE, ROW_COUNT };
static const struct cfg_key row_keys[ROW_COUNT] = {
        [ROW_IS] = {"is", CFG_TEXT, CFG_REQUIRED},
        [ROW_WHEN] = {"when", CFG_GROUP, 0},
        [ROW_UNLESS] = {"unless", CFG_GROUP, 0},
        [ROW_IN_FORCE] = {"in-force", CFG_GROUP, 0},
};

static bool row_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                     const struct view *view, struct period_row *row)
{
        const struct cfg_node *found[ROW_COUNT];
        struct view excluding = *view;
        bool clean = cfg_group(file, node, row_keys, ROW_COUNT, found);

        excluding.only_possible = false;
        row->file = file->name;
        row->line = cfg_line(node);
        clean &= period_read(file, found[ROW_IS], PERIOD_USE_ONWARD, &row->is);
        clean &= condition_read(build, file, found[ROW_WHEN], view, &row->when);
        clean &= condition_read(build, file, found[ROW_UNLESS], &excluding, &row->unless);
        clean &= build_in_force(file, found[ROW_IN_FORCE], &row->in_force_from, &row->in_force_until);
        return clean;
}

bool period_table_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                       const struct view *view, struct rule_version *version)
{
        bool is_text = cfg_is(node, CFG_TEXT), clean = true;
        size_t count = cfg_count(node);
        struct period_row *rows;

        if (count == 0) {
                cfg_error(file, node, "\"%s\" has no row, so there is never an obligation", cfg_name(node));
                return false;
        }
        rows = build_array(build, count, sizeof(*rows));
        if (rows == NULL)
                return false;
        for (size_t i = 0; !is_text && i < count; i++)
                clean &= row_read(build, file, cfg_element(node, i), view, &rows[i]);
        if (is_text) {
                rows[0] = (struct period_row){.in_force_from = CIVIL_MIN,
                                              .in_force_until = CIVIL_MAX,
                                              .file = file->name,
                                              .line = cfg_line(node)};
                clean = period_read(file, node, PERIOD_USE_ONWARD, &rows[0].is);
        }
        version->periods = rows;
        version->period_count = count;
        version->period_is_table = !is_text;
        return clean;
}
