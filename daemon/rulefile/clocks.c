/*
 * clocks - which clock a rule has, the settings that go with it, and those alone.
 *
 * The table of the language's section on clocks is a table here. A setting that
 * does not go with the rule's clock would be ignored by the engine, so it is
 * refused, and the sentence names the clock.
 */
#include <string.h>

#include "mappad/civil.h"
#include "rule_keys.h"

#define E (1U << CLOCK_EVERY)
#define W (1U << CLOCK_WITHIN)
#define D (1U << CLOCK_BY_DATE)
#define Y (1U << CLOCK_BY_DAY)
#define Q (1U << CLOCK_QUOTA)

/* Settings that go with some clocks only. */
static const struct {
        enum rule_key key;
        unsigned int clocks;
} fitting[] = {
        {RULE_RUNS, E | W}, {RULE_ON_PAUSE, E | W}, {RULE_GRACE, E | W},  {RULE_FROM, W},
        {RULE_LEAD, D | Y}, {RULE_OPENS, D | Y},    {RULE_TENTATIVE, D},  {RULE_MILESTONE, W | D | Y},
        {RULE_IN_EACH, Q},  {RULE_YEAR_STARTS, Q},  {RULE_SOONER, E | W}, {RULE_FOLLOWS, E},
};

#undef E
#undef W
#undef D
#undef Y
#undef Q

static const char *clock_words(enum clock_kind clock)
{
        switch (clock) {
        case CLOCK_EVERY:
                return "\"every\"";
        case CLOCK_WITHIN:
                return "\"within\"";
        case CLOCK_BY_DATE:
                return "\"by\" a date attribute";
        case CLOCK_BY_DAY:
                return "\"by\" a day of the year";
        case CLOCK_QUOTA:
                return "\"at-least\" and \"in-each\"";
        }
        return "";
}

/* "MM-DD" by its look; whether there is such a day is asked later. */
static bool looks_like_day(const char *text)
{
        return text[0] >= '0' && text[0] <= '9';
}

static bool settings_fit(const struct rule_draft *draft)
{
        bool clean = true;

        for (size_t i = 0; i < sizeof(fitting) / sizeof(*fitting); i++) {
                const struct cfg_node *node = draft->found[fitting[i].key];

                if (node == NULL || (fitting[i].clocks & 1U << draft->version.clock) != 0)
                        continue;
                cfg_error(draft->file, node, "\"%s\" does not go with a rule that has %s", cfg_name(node),
                          clock_words(draft->version.clock));
                clean = false;
        }
        return clean;
}

bool rule_choose_clock(struct rule_draft *draft)
{
        static const struct {
                enum rule_key key;
                enum clock_kind clock;
        } clocks[] = {
                {RULE_EVERY, CLOCK_EVERY},
                {RULE_WITHIN, CLOCK_WITHIN},
                {RULE_BY, CLOCK_BY_DATE},
                {RULE_AT_LEAST, CLOCK_QUOTA},
        };
        const struct cfg_node *first = NULL;

        for (size_t i = 0; i < sizeof(clocks) / sizeof(*clocks); i++) {
                const struct cfg_node *node = draft->found[clocks[i].key];

                if (node != NULL && first != NULL) {
                        cfg_error(draft->file, node, "a rule has one clock: \"%s\" and \"%s\" do not go together",
                                  cfg_name(first), cfg_name(node));
                        return false;
                }
                if (node == NULL)
                        continue;
                first = node;
                draft->version.clock = clocks[i].clock;
        }
        if (first == NULL) {
                /* A setting that is misspelt or wrongly typed has been reported and may be the clock. */
                if (draft->clean)
                        cfg_error(draft->file, draft->node,
                                  "the rule \"%s\" has no clock: \"every\", \"within\", \"by\" or \"at-least\"",
                                  draft->id);
                return false;
        }
        if (draft->version.clock == CLOCK_BY_DATE && looks_like_day(cfg_text(first)))
                draft->version.clock = CLOCK_BY_DAY;
        draft->clean &= settings_fit(draft);
        return true;
}

/* "MM-DD" that every year has. */
bool build_day_of_year(const struct cfg_file *file, const struct cfg_node *node, uint8_t *ret_month, uint8_t *ret_day)
{
        const char *text = cfg_text(node);
        bool formed = strlen(text) == 5 && text[2] == '-';
        int month, day;

        for (size_t i = 0; formed && i < 5; i++)
                formed = i == 2 || (text[i] >= '0' && text[i] <= '9');
        month = formed ? 10 * (text[0] - '0') + (text[1] - '0') : 0;
        day = formed ? 10 * (text[3] - '0') + (text[4] - '0') : 0;
        if (month == 2 && day == 29) {
                cfg_error(file, node, "02-29 is no day that every year has");
                return false;
        }
        if (month < 1 || month > 12 || day < 1 || day > civil_month_length(2023, month)) {
                cfg_error(file, node, "\"%s\" is no day of the year: write MM-DD", text);
                return false;
        }
        *ret_month = (uint8_t)month;
        *ret_day = (uint8_t)day;
        return true;
}

/* What can ever change: an attribute that some event or row sets. */
static bool change_read(struct build *build, struct rule_draft *draft, const struct cfg_node *node)
{
        struct rule_version *version = &draft->version;

        version->trigger = TRIGGER_CHANGE;
        version->change = view_attribute(build, draft->file, node, cfg_text(node), &draft->view);
        if (version->change == VOCABULARY_NONE)
                return false;
        if ((build->attribute_marks[version->change].reachable & VALUE_ANY_SET) != 0)
                return true;
        cfg_error(draft->file, node, "this rule never starts: no event makes \"%s\" set", cfg_text(node));
        return false;
}

static bool trigger_group_read(struct build *build, struct rule_draft *draft, const struct cfg_node *group)
{
        static const struct cfg_key keys[] = {{"change", CFG_TEXT, CFG_REQUIRED}};
        const struct cfg_node *found[1];
        bool by_change = false, by_event = false;

        for (size_t i = 0; i < cfg_member_count(group); i++) {
                by_change |= strcmp(cfg_name(cfg_member(group, i)), "change") == 0;
                by_event |= strcmp(cfg_name(cfg_member(group, i)), "event") == 0;
        }
        if (by_change && by_event) {
                cfg_error(draft->file, group, "\"from\" names an event or a change, not both");
                return false;
        }
        if (by_change)
                return cfg_group(draft->file, group, keys, 1, found) && change_read(build, draft, found[0]);
        draft->version.trigger = TRIGGER_EVENT;
        return match_read(build, draft->file, group, draft->per, &draft->version.from);
}

static bool trigger_read(struct build *build, struct rule_draft *draft)
{
        const struct cfg_node *node = draft->found[RULE_FROM];

        if (node == NULL) {
                cfg_error(draft->file, draft->node, "\"within\" needs \"from\": an event, a change, or \"start\"");
                return false;
        }
        if (cfg_is(node, CFG_GROUP))
                return trigger_group_read(build, draft, node);
        draft->version.trigger = TRIGGER_START;
        if (cfg_is(node, CFG_TEXT) && strcmp(cfg_text(node), "start") == 0)
                return true;
        if (cfg_is(node, CFG_TEXT))
                cfg_error(draft->file, node,
                          "\"from\" cannot be \"%s\"; it is \"start\", { event = ...; } or { change = ...; }",
                          cfg_text(node));
        else
                cfg_error(draft->file, node,
                          "\"from\" is %s; it must be \"start\", { event = ...; } or { change = ...; }",
                          cfg_kind(node));
        return false;
}

/* Whether `earlier` reaches at least as far back as `later` from every day of a leap-year cycle. */
static bool reaches_back(const struct calendar *calendar, struct period earlier, struct period later)
{
        int32_t first = civil_from_date((struct civil){2023, 1, 1});

        for (int32_t day = first; day < first + 1461; day++)
                if (period_from(earlier, calendar, day) > period_from(later, calendar, day))
                        return false;
        return true;
}

/* Lead shorter than opens, so that no window opens after its due date. */
static bool lead_fits(const struct build *build, const struct rule_draft *draft)
{
        const struct period *lead = &draft->version.lead, *opens = &draft->version.opens;

        if (lead->count == 0 || opens->count == 0)
                return true;
        if (lead->unit == opens->unit && lead->phrase == opens->phrase
                    ? lead->count < opens->count
                    : reaches_back(&build->ruleset->calendar, *opens, *lead))
                return true;
        cfg_error(draft->file, draft->found[RULE_LEAD],
                  "\"lead\" must be shorter than \"opens\", or the window opens after the due date");
        return false;
}

static bool opens_within_year(const struct build *build, const struct rule_draft *draft)
{
        const struct rule_version *version = &draft->version;

        for (int year = 2024; version->opens.count > 0 && year < 2052; year++) {
                int32_t day = civil_from_date((struct civil){year, version->by_month, version->by_day});
                int32_t before = civil_from_date((struct civil){year - 1, version->by_month, version->by_day});

                if (period_from(version->opens, &build->ruleset->calendar, day) > before)
                        continue;
                cfg_error(draft->file, draft->found[RULE_OPENS],
                          "\"opens\" must be shorter than a year, or one event would serve two years");
                return false;
        }
        return true;
}

static bool by_read(struct build *build, struct rule_draft *draft)
{
        struct rule_version *version = &draft->version;
        const struct cfg_node *node = draft->found[RULE_BY];
        bool clean;

        version->by_date = VOCABULARY_NONE;
        version->tentative = cfg_bool(draft->found[RULE_TENTATIVE], false);
        if (version->clock == CLOCK_BY_DAY) {
                clean = build_day_of_year(draft->file, node, &version->by_month, &version->by_day);
        } else {
                version->by_date = view_date(build, draft->file, node, &draft->view);
                clean = version->by_date != VOCABULARY_NONE;
                if (clean && (build->attribute_marks[version->by_date].reachable & VALUE_ANY_SET) == 0) {
                        cfg_error(draft->file, node, "this rule never has a date: no event makes \"%s\" set",
                                  cfg_text(node));
                        clean = false;
                }
        }
        clean &= period_read(draft->file, draft->found[RULE_LEAD], PERIOD_USE_BACK, &version->lead);
        clean &= period_read(draft->file, draft->found[RULE_OPENS], PERIOD_USE_BACK, &version->opens);
        if (!clean || !lead_fits(build, draft))
                return false;
        return version->clock != CLOCK_BY_DAY || opens_within_year(build, draft);
}

#define QUOTA_MAX 10000

static bool quota_read(struct rule_draft *draft)
{
        static const char *const spans[] = {"year", "quarter"};
        struct rule_version *version = &draft->version;
        const struct cfg_node *starts = draft->found[RULE_YEAR_STARTS];
        bool clean = cfg_int(draft->file, draft->found[RULE_AT_LEAST], 1, QUOTA_MAX, &version->quota);
        int span;

        version->year_month = version->year_day = 1;
        if (draft->found[RULE_IN_EACH] == NULL) {
                cfg_error(draft->file, draft->node, "\"at-least\" needs \"in-each\": \"year\" or \"quarter\"");
                return false;
        }
        span = build_choice(draft->file, draft->found[RULE_IN_EACH], spans, 2);
        version->quota_period = span == 1 ? QUOTA_QUARTER : QUOTA_YEAR;
        if (starts != NULL && !build_day_of_year(draft->file, starts, &version->year_month, &version->year_day))
                return false;
        if (version->year_day > 28) {
                cfg_error(draft->file, starts, "\"year-starts\" must be a day that every month has: at most the 28th");
                return false;
        }
        return clean && span >= 0;
}

bool rule_read_clock(struct build *build, struct rule_draft *draft)
{
        struct rule_version *version = &draft->version;
        bool clean;

        switch (version->clock) {
        case CLOCK_EVERY:
                return period_table_read(build, draft->file, draft->found[RULE_EVERY], &draft->view, version);
        case CLOCK_WITHIN:
                clean = period_table_read(build, draft->file, draft->found[RULE_WITHIN], &draft->view, version);
                return trigger_read(build, draft) && clean;
        case CLOCK_BY_DATE:
        case CLOCK_BY_DAY:
                return by_read(build, draft);
        case CLOCK_QUOTA:
                return quota_read(draft);
        }
        return false;
}
