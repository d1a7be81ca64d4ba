/*
 * amendment - what one rule set says differently from another.
 *
 * Both sides are sorted (rules by id, versions and holidays by day), so each is
 * one merge. Words have no order that matters and are looked up by name.
 */
#include "mappad/amendment.h"

#include <string.h>

#include "phrase.h"
#include "setting.h"
#include "mappad/ensure.h"

/* The list while it grows. */
struct gathering {
        const struct ruleset *before, *after;
        struct arena *arena;
        struct amendment *list;
        size_t count, capacity;
        bool failed;
};

const char *amendment_word(enum amendment_kind kind)
{
        static const char *const words[AMENDMENT_KIND_COUNT] = {
                [AMENDMENT_RULE_ADDED] = "rule-added",           [AMENDMENT_RULE_REMOVED] = "rule-removed",
                [AMENDMENT_VERSION_ADDED] = "version-added",     [AMENDMENT_VERSION_REMOVED] = "version-removed",
                [AMENDMENT_RULE_CHANGED] = "rule-changed",       [AMENDMENT_HOLIDAY_ADDED] = "holiday-added",
                [AMENDMENT_HOLIDAY_REMOVED] = "holiday-removed", [AMENDMENT_CALENDAR_CHANGED] = "calendar-changed",
                [AMENDMENT_WORD_ADDED] = "word-added",           [AMENDMENT_WORD_REMOVED] = "word-removed",
                [AMENDMENT_WORD_CHANGED] = "word-changed",
        };

        return words[kind];
}

static void add(struct gathering *gathering, struct amendment amendment)
{
        if (gathering->count == gathering->capacity) {
                size_t capacity = gathering->capacity == 0 ? 16 : gathering->capacity * 2;
                struct amendment *list = arena_array(gathering->arena, capacity, sizeof *list);

                if (list == NULL) {
                        gathering->failed = true;
                        return;
                }
                if (gathering->count > 0)
                        memcpy(list, gathering->list, gathering->count * sizeof *list);
                gathering->list = list;
                gathering->capacity = capacity;
        }
        gathering->list[gathering->count++] = amendment;
}

/* Adds a changed setting if its texts differ. */
static void add_changed(struct gathering *gathering, struct amendment amendment)
{
        if (amendment.before == NULL || amendment.after == NULL)
                gathering->failed = true;
        else if (strcmp(amendment.before, amendment.after) != 0)
                add(gathering, amendment);
}

/* ---- rules ---- */

static const char *title_of(const struct rule *rule)
{
        return rule->versions[rule->version_count - 1].title;
}

static const char *clock_of(struct gathering *gathering, const struct ruleset *ruleset, const struct rule *rule)
{
        const char *text =
                setting_text(SETTING_CLOCK, ruleset, &rule->versions[rule->version_count - 1], gathering->arena);

        gathering->failed = text == NULL;
        return text;
}

static void compare_settings(struct gathering *gathering, const struct rule *rule, const struct rule_version *before,
                             const struct rule_version *after)
{
        struct amendment amendment = {.kind = AMENDMENT_RULE_CHANGED,
                                      .name = rule->id,
                                      .title = title_of(rule),
                                      .day = after->dated ? after->in_force_from : CIVIL_NONE};
        const char *word = setting_clock_word(after);
        size_t first = SETTING_CLOCK;

        /* Of the same clock only the period is worth showing. */
        if (strcmp(setting_clock_word(before), word) == 0) {
                amendment.setting = word;
                amendment.before = setting_clock_text(gathering->before, before, gathering->arena);
                amendment.after = setting_clock_text(gathering->after, after, gathering->arena);
                add_changed(gathering, amendment);
                first = SETTING_CLOCK + 1;
        }
        for (size_t i = first; i < setting_count() && !gathering->failed; i++) {
                struct arena_mark mark = arena_mark(gathering->arena);

                amendment.setting = setting_name(i);
                amendment.before = setting_text(i, gathering->before, before, gathering->arena);
                amendment.after = setting_text(i, gathering->after, after, gathering->arena);
                if (amendment.before != NULL && amendment.after != NULL &&
                    strcmp(amendment.before, amendment.after) == 0)
                        arena_rewind(gathering->arena, mark);
                else
                        add_changed(gathering, amendment);
        }
}

static void add_version(struct gathering *gathering, const struct rule *rule, const struct rule_version *version,
                        enum amendment_kind kind)
{
        const struct ruleset *ruleset = kind == AMENDMENT_VERSION_ADDED ? gathering->after : gathering->before;
        ENSURE(version != NULL);
        const char *text = setting_text(SETTING_CLOCK, ruleset, version, gathering->arena);

        gathering->failed = gathering->failed || text == NULL;
        add(gathering, (struct amendment){.kind = kind,
                                          .name = rule->id,
                                          .title = version->title,
                                          .before = kind == AMENDMENT_VERSION_ADDED ? NULL : text,
                                          .after = kind == AMENDMENT_VERSION_ADDED ? text : NULL,
                                          .day = version->in_force_from});
}

static void compare_versions(struct gathering *gathering, const struct rule *before, const struct rule *after)
{
        size_t a = 0, b = 0;

        if (before->version_count == 1 && after->version_count == 1) {
                compare_settings(gathering, after, &before->versions[0], &after->versions[0]);
                return;
        }
        while (a < before->version_count || b < after->version_count) {
                const struct rule_version *old = a < before->version_count ? &before->versions[a] : NULL;
                const struct rule_version *new = b < after->version_count ? &after->versions[b] : NULL;

                if (new == NULL || (old != NULL && old->in_force_from < new->in_force_from)) {
                        add_version(gathering, before, old, AMENDMENT_VERSION_REMOVED);
                        a++;
                } else if (old == NULL || new->in_force_from < old->in_force_from) {
                        add_version(gathering, after, new, AMENDMENT_VERSION_ADDED);
                        b++;
                } else {
                        compare_settings(gathering, after, old, new);
                        a++;
                        b++;
                }
        }
}

static void compare_rules(struct gathering *gathering)
{
        const struct ruleset *before = gathering->before, *after = gathering->after;
        size_t a = 0, b = 0;

        while ((a < before->rule_count || b < after->rule_count) && !gathering->failed) {
                int order = a == before->rule_count  ? 1
                            : b == after->rule_count ? -1
                                                     : strcmp(before->rules[a].id, after->rules[b].id);

                if (order == 0)
                        compare_versions(gathering, &before->rules[a], &after->rules[b]);
                else if (order < 0)
                        add(gathering, (struct amendment){.kind = AMENDMENT_RULE_REMOVED,
                                                          .name = before->rules[a].id,
                                                          .title = title_of(&before->rules[a]),
                                                          .before = clock_of(gathering, before, &before->rules[a]),
                                                          .day = CIVIL_NONE});
                else
                        add(gathering, (struct amendment){.kind = AMENDMENT_RULE_ADDED,
                                                          .name = after->rules[b].id,
                                                          .title = title_of(&after->rules[b]),
                                                          .after = clock_of(gathering, after, &after->rules[b]),
                                                          .day = CIVIL_NONE});
                a += order <= 0;
                b += order >= 0;
        }
}

/* ---- the calendar ---- */

static void compare_holidays(struct gathering *gathering)
{
        const struct calendar *before = &gathering->before->calendar, *after = &gathering->after->calendar;
        size_t a = 0, b = 0;

        while (a < before->holiday_count || b < after->holiday_count) {
                const struct holiday *old = a < before->holiday_count ? &before->holidays[a] : NULL;
                const struct holiday *new = b < after->holiday_count ? &after->holidays[b] : NULL;
                bool removed = old != NULL && (new == NULL || old->on < new->on);
                bool added = new != NULL && (old == NULL || new->on < old->on);

                if (removed)
                        add(gathering,
                            (struct amendment){.kind = AMENDMENT_HOLIDAY_REMOVED, .name = old->name, .day = old->on});
                if (added)
                        add(gathering,
                            (struct amendment){.kind = AMENDMENT_HOLIDAY_ADDED, .name = new->name, .day = new->on});
                a += !added;
                b += !removed;
        }
}

static const char *week_of(const struct calendar *calendar, struct arena *arena)
{
        static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
        struct phrase phrase = phrase_begin(arena);

        for (size_t i = 0; i < 7; i++)
                if ((calendar->working_week & (1U << i)) != 0)
                        phrase_join(&phrase, ", ", names[i]);
        return phrase_end(&phrase);
}

static const char *span_of(const struct calendar *calendar, struct arena *arena)
{
        struct phrase phrase = phrase_begin(arena);

        phrase_put_day(&phrase, calendar->covers_from);
        phrase_put(&phrase, " to ");
        phrase_put_day(&phrase, calendar->covers_until);
        return phrase_end(&phrase);
}

static void compare_calendars(struct gathering *gathering)
{
        const struct calendar *before = &gathering->before->calendar, *after = &gathering->after->calendar;
        struct amendment amendment = {.kind = AMENDMENT_CALENDAR_CHANGED, .name = after->name, .day = CIVIL_NONE};

        amendment.setting = "working-week";
        amendment.before = week_of(before, gathering->arena);
        amendment.after = week_of(after, gathering->arena);
        add_changed(gathering, amendment);
        amendment.setting = "covers";
        amendment.before = span_of(before, gathering->arena);
        amendment.after = span_of(after, gathering->arena);
        add_changed(gathering, amendment);
        compare_holidays(gathering);
}

/* ---- words ---- */

enum sort { SORT_ITEM, SORT_ATTRIBUTE, SORT_EVENT, SORT_CONSTRAINT };
#define SORT_COUNT 4

static const char *const sort_words[SORT_COUNT] = {"item", "attribute", "event", "constraint"};

static size_t words_in(const struct ruleset *ruleset, enum sort sort)
{
        const size_t counts[SORT_COUNT] = {ruleset->vocabulary.item_count, ruleset->vocabulary.attribute_count,
                                           ruleset->vocabulary.event_count, ruleset->constraint_count};

        return counts[sort];
}

static const char *word_at(const struct ruleset *ruleset, enum sort sort, size_t index)
{
        switch (sort) {
        case SORT_ITEM:
                return ruleset->vocabulary.items[index].name;
        case SORT_ATTRIBUTE:
                return ruleset->vocabulary.attributes[index].name;
        case SORT_EVENT:
                return ruleset->vocabulary.events[index].name;
        case SORT_CONSTRAINT:
                return ruleset->constraints[index].id;
        }
        ENSURE(false);
}

static const char *definition_at(const struct ruleset *ruleset, enum sort sort, size_t index, struct arena *arena)
{
        switch (sort) {
        case SORT_ATTRIBUTE:
                return setting_attribute(&ruleset->vocabulary, &ruleset->vocabulary.attributes[index], arena);
        case SORT_EVENT:
                return setting_event(&ruleset->vocabulary, &ruleset->vocabulary.events[index], arena);
        case SORT_CONSTRAINT:
                return setting_constraint(ruleset, &ruleset->constraints[index], arena);
        case SORT_ITEM:
                return "";
        }
        ENSURE(false);
}

/* Most words keep their place, so it is looked at first. */
static size_t find_word(const struct ruleset *ruleset, enum sort sort, const char *name, size_t likely)
{
        size_t count = words_in(ruleset, sort);
        size_t i = 0;

        if (likely < count && strcmp(word_at(ruleset, sort, likely), name) == 0)
                return likely;
        while (i < count && strcmp(word_at(ruleset, sort, i), name) != 0)
                i++;
        return i;
}

static void compare_word(struct gathering *gathering, enum sort sort, size_t index)
{
        const char *name = word_at(gathering->after, sort, index);
        size_t old = find_word(gathering->before, sort, name, index);
        struct arena_mark mark = arena_mark(gathering->arena);
        struct amendment amendment = {.name = name, .setting = sort_words[sort], .day = CIVIL_NONE};

        if (old == words_in(gathering->before, sort)) {
                amendment.kind = AMENDMENT_WORD_ADDED;
                add(gathering, amendment);
                return;
        }
        amendment.kind = AMENDMENT_WORD_CHANGED;
        amendment.before = definition_at(gathering->before, sort, old, gathering->arena);
        amendment.after = definition_at(gathering->after, sort, index, gathering->arena);
        if (amendment.before != NULL && amendment.after != NULL && strcmp(amendment.before, amendment.after) == 0)
                arena_rewind(gathering->arena, mark);
        else
                add_changed(gathering, amendment);
}

static void compare_words(struct gathering *gathering, enum sort sort)
{
        size_t before = words_in(gathering->before, sort), after = words_in(gathering->after, sort);

        for (size_t i = 0; i < after && !gathering->failed; i++)
                compare_word(gathering, sort, i);
        for (size_t i = 0; i < before && !gathering->failed; i++) {
                const char *name = word_at(gathering->before, sort, i);

                if (find_word(gathering->after, sort, name, i) == after)
                        add(gathering, (struct amendment){.kind = AMENDMENT_WORD_REMOVED,
                                                          .name = name,
                                                          .setting = sort_words[sort],
                                                          .day = CIVIL_NONE});
        }
}

enum status amendments_find(const struct ruleset *before, const struct ruleset *after, struct arena *arena,
                            struct amendments *ret_amendments)
{
        struct gathering gathering = {.before = before, .after = after, .arena = arena};
        size_t law;

        compare_rules(&gathering);
        compare_calendars(&gathering);
        law = gathering.count;
        for (int sort = 0; sort < SORT_COUNT; sort++)
                compare_words(&gathering, (enum sort)sort);
        if (gathering.failed)
                return STATUS_NO_MEMORY;
        *ret_amendments = (struct amendments){gathering.list, gathering.count, gathering.count > law};
        return STATUS_OK;
}

/* ---- which of them moved a date ---- */

#define REASON_HOLIDAYS_SHOWN 3

/* Settings that set a date by themselves, as against those that tell whom it is owed by and who hears of it. */
static bool moves_dates(const struct amendment *amendment)
{
        static const char *const movers[] = {"clock",    "every",  "within", "by",       "at-least",
                                             "lead",     "opens",  "grace",  "from",     "runs",
                                             "on-pause", "sooner", "needs",  "in-force", "follows"};

        for (size_t i = 0; i < sizeof movers / sizeof movers[0]; i++)
                if (strcmp(amendment->setting, movers[i]) == 0)
                        return true;
        return false;
}

static const char *reason_of_rule(const struct amendment *amendment, struct arena *arena)
{
        static const char *const bare[] = {"every", "within", "by", "at-least"};
        struct phrase phrase = phrase_begin(arena);
        bool shown = false;

        for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++)
                shown = shown || strcmp(amendment->setting, bare[i]) == 0;
        phrase_put(&phrase, "rule changed: ");
        phrase_put(&phrase, shown ? "" : amendment->setting);
        phrase_put(&phrase, shown ? "" : " ");
        phrase_put(&phrase, amendment->before[0] == '\0' ? "(none)" : amendment->before);
        phrase_put(&phrase, " -> ");
        phrase_put(&phrase, amendment->after[0] == '\0' ? "(none)" : amendment->after);
        return phrase_end(&phrase);
}

/* Holidays within the days that count, the first few of them by date; NULL in *ret_reason if there is none. */
static bool reason_of_calendar(const struct amendments *amendments, int32_t first, int32_t last, struct phrase *phrase)
{
        size_t found = 0;

        for (size_t i = 0; i < amendments->count; i++) {
                const struct amendment *one = &amendments->list[i];
                bool holiday = one->kind == AMENDMENT_HOLIDAY_ADDED || one->kind == AMENDMENT_HOLIDAY_REMOVED;

                if (!holiday || one->day < first || one->day > last)
                        continue;
                if (++found > REASON_HOLIDAYS_SHOWN)
                        continue;
                phrase_put(phrase, found == 1 ? "calendar: " : ", ");
                phrase_put_day(phrase, one->day);
                phrase_put(phrase, one->kind == AMENDMENT_HOLIDAY_ADDED ? " added" : " removed");
        }
        if (found > REASON_HOLIDAYS_SHOWN) {
                phrase_put(phrase, " and ");
                phrase_put_number(phrase, (uint32_t)(found - REASON_HOLIDAYS_SHOWN));
                phrase_put(phrase, " more");
        }
        return found > 0;
}

static const struct amendment *find_amendment(const struct amendments *amendments, const char *rule, bool movers)
{
        for (size_t i = 0; i < amendments->count; i++) {
                const struct amendment *one = &amendments->list[i];

                if (one->kind == AMENDMENT_RULE_CHANGED && strcmp(one->name, rule) == 0 &&
                    (!movers || moves_dates(one)))
                        return one;
        }
        return NULL;
}

/* Whether a rule has a version more or less. */
static bool versions_changed(const struct amendments *amendments, const char *rule)
{
        for (size_t i = 0; i < amendments->count; i++) {
                const struct amendment *one = &amendments->list[i];

                if ((one->kind == AMENDMENT_VERSION_ADDED || one->kind == AMENDMENT_VERSION_REMOVED) &&
                    strcmp(one->name, rule) == 0)
                        return true;
        }
        return false;
}

const char *amendments_reason(const struct amendments *amendments, const char *rule, int32_t first, int32_t last,
                              struct arena *arena)
{
        const struct amendment *moved = find_amendment(amendments, rule, true);
        struct phrase phrase = phrase_begin(arena);

        if (moved != NULL)
                return reason_of_rule(moved, arena);
        if (reason_of_calendar(amendments, first, last, &phrase))
                return phrase_end(&phrase);
        moved = find_amendment(amendments, rule, false);
        if (moved != NULL)
                return reason_of_rule(moved, arena);
        if (versions_changed(amendments, rule))
                phrase_put(&phrase, "versions of the rule");
        for (size_t i = 0; i < amendments->count; i++)
                if (amendments->list[i].kind == AMENDMENT_CALENDAR_CHANGED)
                        phrase_join(&phrase, ", ", amendments->list[i].setting);
        if (phrase.used == 0 && !phrase.failed)
                phrase_put(&phrase, amendments->words ? "what events and attributes mean" : "other rules");
        phrase_put(&phrase, " changed");
        return phrase_end(&phrase);
}
