/*
 * holidays - the calendar, united from all files that say something of it.
 *
 * A local overlay adds holidays to a shipped list. So: holidays unite, and a day
 * named in two files keeps its first name; spans must meet or overlap and widen;
 * the working week must be the same wherever it is stated; the first name stays.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/civil.h"

enum { CAL_NAME, CAL_WEEK, CAL_COVERS, CAL_HOLIDAYS, CAL_KEYS };
static const struct cfg_key calendar_keys[CAL_KEYS] = {
        [CAL_NAME] = {"name", CFG_TEXT, 0},
        [CAL_WEEK] = {"working-week", CFG_TEXTS, 0},
        [CAL_COVERS] = {"covers", CFG_GROUP, 0},
        [CAL_HOLIDAYS] = {"holidays", CFG_GROUPS, 0},
};

enum { SPAN_FROM, SPAN_UNTIL, SPAN_KEYS };
static const struct cfg_key span_keys[SPAN_KEYS] = {
        [SPAN_FROM] = {"from", CFG_TEXT, CFG_REQUIRED},
        [SPAN_UNTIL] = {"until", CFG_TEXT, CFG_REQUIRED},
};

enum { DAY_ON, DAY_NAME, DAY_KEYS };
static const struct cfg_key day_keys[DAY_KEYS] = {
        [DAY_ON] = {"on", CFG_TEXT, CFG_REQUIRED},
        [DAY_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
};

/* A holiday and where it was read. */
struct entry {
        struct holiday holiday;
        const struct cfg_file *file;
        const struct cfg_node *node;
        size_t order;
};

struct uniting {
        struct build *build;
        const struct cfg_file *file;
        const struct cfg_node *week, *span; /* the first that states one */
        const struct cfg_file *week_file;
        struct entry *entries;
        size_t count;
};

static bool week_read(struct uniting *uniting, const struct cfg_node *node, uint8_t *ret_week)
{
        static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
        uint8_t week = 0;

        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                int day = vocabulary_word(days, 7, cfg_text(element));
                char hint[CFG_HINT_SIZE];

                if (day < 0) {
                        cfg_error(uniting->file, element,
                                  "\"%s\" is no day of the week: mon, tue, wed, thu, fri, sat, sun%s",
                                  cfg_text(element),
                                  cfg_hint(uniting->build->diagnostics, cfg_text(element), days, 7, hint));
                        return false;
                }
                if ((week & 1U << day) != 0) {
                        cfg_error(uniting->file, element, "\"%s\" is listed twice", cfg_text(element));
                        return false;
                }
                week |= (uint8_t)(1U << day);
        }
        *ret_week = week;
        if (week == 0)
                cfg_error(uniting->file, node, "a working week has at least one day");
        return week != 0;
}

static void unite_week(struct uniting *uniting, const struct cfg_node *node)
{
        struct calendar *calendar = &uniting->build->ruleset->calendar;
        uint8_t week;

        if (node == NULL || !week_read(uniting, node, &week))
                return;
        if (uniting->week != NULL && week != calendar->working_week) {
                cfg_error(uniting->file, node, "this working week differs from that at %s:%d", uniting->week_file->name,
                          cfg_line(uniting->week));
                return;
        }
        calendar->working_week = week;
        uniting->week = node;
        uniting->week_file = uniting->file;
}

static void unite_span(struct uniting *uniting, const struct cfg_node *node)
{
        struct calendar *calendar = &uniting->build->ruleset->calendar;
        const struct cfg_node *found[SPAN_KEYS];
        int32_t from, until;

        if (node == NULL || !cfg_group(uniting->file, node, span_keys, SPAN_KEYS, found) ||
            !build_in_force(uniting->file, node, &from, &until))
                return;
        if (uniting->span == NULL) {
                uniting->span = node;
                calendar->covers_from = from;
                calendar->covers_until = until;
                return;
        }
        if (from > civil_add_days(calendar->covers_until, 1) || calendar->covers_from > civil_add_days(until, 1)) {
                cfg_error(uniting->file, node,
                          "days between this span and that of an earlier file are covered by neither");
                return;
        }
        calendar->covers_from = from < calendar->covers_from ? from : calendar->covers_from;
        calendar->covers_until = until > calendar->covers_until ? until : calendar->covers_until;
}

static void take_holidays(struct uniting *uniting, const struct cfg_node *node)
{
        for (size_t i = 0; i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                const struct cfg_node *found[DAY_KEYS];
                struct entry *entry = &uniting->entries[uniting->count];

                if (!cfg_group(uniting->file, element, day_keys, DAY_KEYS, found) ||
                    !build_day(uniting->file, found[DAY_ON], &entry->holiday.on))
                        continue;
                entry->holiday.name = build_text(uniting->build, found[DAY_NAME]);
                entry->file = uniting->file;
                entry->node = element;
                entry->order = uniting->count;
                if (entry->holiday.name != NULL)
                        uniting->count++;
        }
}

static int by_day(const void *a, const void *b)
{
        const struct entry *left = a, *right = b;

        if (left->holiday.on != right->holiday.on)
                return left->holiday.on < right->holiday.on ? -1 : 1;
        return left->order < right->order ? -1 : 1;
}

/* The same day twice in one file is a slip; in two files it is an overlay that says what is known. */
static bool repeats(const struct entry *entry, const struct entry *first)
{
        if (entry->holiday.on != first->holiday.on)
                return false;
        if (entry->file == first->file)
                cfg_error(entry->file, entry->node, "this day is listed already, on line %d", cfg_line(first->node));
        else if (strcmp(entry->holiday.name, first->holiday.name) != 0)
                cfg_warning(entry->file, entry->node, "this day is called \"%s\" at %s:%d; that name stays",
                            first->holiday.name, first->file->name, cfg_line(first->node));
        return true;
}

static void settle(struct uniting *uniting)
{
        struct calendar *calendar = &uniting->build->ruleset->calendar;
        struct holiday *holidays = build_array(uniting->build, uniting->count, sizeof(*holidays));
        size_t count = 0, first = 0;

        if (holidays == NULL)
                return;
        if (uniting->count > 1)
                qsort(uniting->entries, uniting->count, sizeof(*uniting->entries), by_day);
        for (size_t i = 0; i < uniting->count; i++) {
                const struct entry *entry = &uniting->entries[i];

                if (i > 0 && repeats(entry, &uniting->entries[first]))
                        continue;
                first = i;
                holidays[count++] = entry->holiday;
                if (uniting->span != NULL && !calendar_covers(calendar, entry->holiday.on))
                        cfg_warning(entry->file, entry->node,
                                    "this holiday lies outside the days that \"covers\" spans");
        }
        if (uniting->span == NULL && uniting->count > 0 && !uniting->build->unread)
                cfg_warning(
                        uniting->entries[0].file, uniting->entries[0].node,
                        "no calendar says which days it \"covers\", so no date is called provisional, however far it "
                        "lies behind the last holiday");
        calendar_settle(calendar, holidays, count);
}

void resolve_calendar(struct build *build)
{
        struct uniting uniting = {.build = build};
        struct calendar *calendar = &build->ruleset->calendar;
        const struct cfg_node *found[CAL_KEYS];
        size_t most = 0;
        bool named = false;

        for (size_t i = 0; i < build->source_count; i++)
                for (size_t j = 0; build->sources[i].top[TOP_CALENDAR] != NULL &&
                                   j < cfg_member_count(build->sources[i].top[TOP_CALENDAR]);
                     j++)
                        if (cfg_is(cfg_member(build->sources[i].top[TOP_CALENDAR], j), CFG_GROUPS))
                                most += cfg_count(cfg_member(build->sources[i].top[TOP_CALENDAR], j));
        uniting.entries = build_scratch(build, most, sizeof(*uniting.entries));
        for (size_t i = 0; i < build->source_count && build->status == STATUS_OK; i++) {
                uniting.file = &build->sources[i].file;
                if (build->sources[i].top[TOP_CALENDAR] == NULL)
                        continue;
                cfg_group(uniting.file, build->sources[i].top[TOP_CALENDAR], calendar_keys, CAL_KEYS, found);
                if (found[CAL_NAME] != NULL && !named) {
                        calendar->name = build_text(build, found[CAL_NAME]);
                        named = true;
                }
                unite_week(&uniting, found[CAL_WEEK]);
                unite_span(&uniting, found[CAL_COVERS]);
                take_holidays(&uniting, found[CAL_HOLIDAYS]);
        }
        if (build->status == STATUS_OK)
                settle(&uniting);
}
