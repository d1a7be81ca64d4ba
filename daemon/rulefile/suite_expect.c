/*
 * suite_expect - the days of a test, and what must be owed on them.
 *
 * Whatever a test names must exist: the rule, the stage in that rule's ladder,
 * the state, the attribute. A rule that the test cannot see (not among its
 * rules, or shipped disabled and not enabled) is a mistake, since the
 * expectation could never come true.
 */
#include <string.h>

#include "suite_read.h"

/* Settings of an expectation before those that are fields. */
enum { EXPECT_CASE, EXPECT_RULE, EXPECT_ITEM, EXPECT_STAGES, EXPECT_FIELDS };
#define EXPECT_COUNT (EXPECT_FIELDS + SUITE_FIELD_COUNT)

int suite_state(const char *word)
{
        for (int i = 0; i < OBLIGATION_STATE_COUNT; i++)
                if (strcmp(obligation_state_word((enum obligation_state)i), word) == 0)
                        return i;
        return -1;
}

static void report_state(struct suite_reader *reader, const struct cfg_node *node)
{
        const char *words[OBLIGATION_STATE_COUNT];
        for (int i = 0; i < OBLIGATION_STATE_COUNT; i++)
                words[i] = obligation_state_word((enum obligation_state)i);
        suite_unknown(reader, node, "state", words, OBLIGATION_STATE_COUNT);
}

static enum cfg_type field_type(enum suite_kind kind)
{
        switch (kind) {
        case SUITE_KIND_TRUTH:
                return CFG_BOOL;
        case SUITE_KIND_NUMBER:
                return CFG_ANY; /* a whole number, or "none" */
        case SUITE_KIND_TEXT:
        case SUITE_KIND_DATE:
        case SUITE_KIND_STATE:
        case SUITE_KIND_STRENGTH:
        case SUITE_KIND_ATTRIBUTE:
                break;
        }
        return CFG_TEXT;
}

static void fill_keys(struct cfg_key keys[static EXPECT_COUNT])
{
        keys[EXPECT_CASE] = (struct cfg_key){"case", CFG_TEXT, 0};
        keys[EXPECT_RULE] = (struct cfg_key){"rule", CFG_TEXT, 0};
        keys[EXPECT_ITEM] = (struct cfg_key){"item", CFG_TEXT, 0};
        keys[EXPECT_STAGES] = (struct cfg_key){"stages", CFG_GROUPS, 0};
        for (int i = 0; i < SUITE_FIELD_COUNT; i++)
                keys[EXPECT_FIELDS + i] = (struct cfg_key){suite_field_name((enum suite_field)i),
                                                           field_type(suite_field_kind((enum suite_field)i)), 0};
}

static int strength_of(const char *word)
{
        for (int i = STRENGTH_MUST; i <= STRENGTH_EXPECTED; i++)
                if (strcmp(suite_strength_word((enum strength)i), word) == 0)
                        return i;
        return -1;
}

static bool read_strength(struct suite_reader *reader, const struct cfg_node *node, int32_t *ret_value)
{
        static const char *const words[] = {"must", "should", "expected"};
        *ret_value = strength_of(cfg_text(node));
        if (*ret_value >= 0)
                return true;
        suite_unknown(reader, node, "strength", words, sizeof(words) / sizeof(*words));
        return false;
}

static bool read_number(struct suite_reader *reader, const struct cfg_node *node, int32_t *ret_value)
{
        if (cfg_is(node, CFG_INT))
                return cfg_int(reader->file, node, -PERIOD_COUNT_MAX * 400, PERIOD_COUNT_MAX * 400, ret_value);
        cfg_error(reader->file, node, "\"%s\" is %s; it must be a whole number, or \"none\"", cfg_name(node),
                  cfg_kind(node));
        return false;
}

/* The number that stands for a value; false after saying what is wrong. */
static bool read_value(struct suite_reader *reader, const struct cfg_node *node, enum suite_field field,
                       int32_t *ret_value)
{
        enum suite_kind kind = suite_field_kind(field);
        if (kind != SUITE_KIND_TEXT && kind != SUITE_KIND_TRUTH && cfg_text(node) != NULL &&
            strcmp(cfg_text(node), "none") == 0 && field != SUITE_STATE && field != SUITE_STRENGTH) {
                *ret_value = SUITE_NONE;
                return true;
        }
        switch (kind) {
        case SUITE_KIND_TEXT:
                *ret_value = 0;
                return true;
        case SUITE_KIND_DATE:
                return suite_day(reader, node, ret_value);
        case SUITE_KIND_NUMBER:
                return read_number(reader, node, ret_value);
        case SUITE_KIND_TRUTH:
                *ret_value = cfg_bool(node, false);
                return true;
        case SUITE_KIND_STATE:
                *ret_value = suite_state(cfg_text(node));
                if (*ret_value < 0)
                        report_state(reader, node);
                return *ret_value >= 0;
        case SUITE_KIND_STRENGTH:
                return read_strength(reader, node, ret_value);
        case SUITE_KIND_ATTRIBUTE:
                *ret_value = suite_attribute(reader, node);
                return *ret_value != VOCABULARY_NONE;
        }
        return false;
}

static bool among(const uint16_t *list, size_t count, uint16_t one)
{
        for (size_t i = 0; i < count; i++)
                if (list[i] == one)
                        return true;
        return false;
}

static bool ever_enabled(const struct rule *rule)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].enabled)
                        return true;
        return false;
}

/* The rule of an expectation: its own, or the one rule of the test. */
static bool read_rule(struct suite_reader *reader, const struct cfg_node *node, const struct cfg_node *named,
                      const struct suite_test *test, uint16_t *ret_rule)
{
        uint16_t rule = VOCABULARY_NONE;
        if (named != NULL)
                rule = suite_rule(reader, named);
        else if (test->rule_count == 1)
                rule = test->rules[0];
        else if (!reader->rules_broken)
                cfg_error(reader->file, node,
                          "the setting \"rule\" is missing: the test itself does not name exactly one");
        if (rule == VOCABULARY_NONE)
                return false;
        const char *id = reader->ruleset->rules[rule].id;
        if (test->rule_count > 0 && !reader->rules_broken && !among(test->rules, test->rule_count, rule))
                cfg_error(reader->file, named, "this test does not compare the rule \"%s\"; its \"rule\" leaves it out",
                          id);
        else if (!ever_enabled(&reader->ruleset->rules[rule]) && !among(test->enable, test->enable_count, rule))
                cfg_error(reader->file, named != NULL ? named : node,
                          "the rule \"%s\" is switched off in its file; name it in the test's \"enable\"", id);
        *ret_rule = rule;
        return true;
}

enum { STAGE_AT, STAGE_REPEAT, STAGE_DAY, STAGE_REACHED, STAGE_QUIET, STAGE_TO, STAGE_KEYS };
static const struct cfg_key stage_keys[STAGE_KEYS] = {
        [STAGE_AT] = {"stage", CFG_TEXT, CFG_REQUIRED},
        [STAGE_REPEAT] = {"repeat", CFG_INT, 0},
        [STAGE_DAY] = {"day", CFG_TEXT, 0},
        [STAGE_REACHED] = {"reached", CFG_BOOL, 0},
        [STAGE_QUIET] = {"quiet", CFG_BOOL, 0},
        [STAGE_TO] = {"to", CFG_TEXTS, 0},
};

/* The stage as some version of the rule writes it; NULL after saying that there is none. */
static const struct stage *find_stage(struct suite_reader *reader, const struct cfg_node *node, const struct rule *rule)
{
        const char *names[CFG_NAMES_MAX];
        size_t count = 0;
        for (size_t v = 0; v < rule->version_count; v++)
                for (size_t i = 0; i < rule->versions[v].stage_count; i++) {
                        const struct stage *stage = &rule->versions[v].stages[i];
                        if (strcmp(stage->at, cfg_text(node)) == 0)
                                return stage;
                        if (count < CFG_NAMES_MAX)
                                names[count++] = stage->at;
                }
        suite_unknown(reader, node, "stage of this rule", names, count);
        return NULL;
}

static void read_stage(struct suite_reader *reader, const struct cfg_node *node, const struct rule *rule,
                       struct suite_stage *stage)
{
        const struct cfg_node *found[STAGE_KEYS];
        *stage = (struct suite_stage){.line = cfg_line(node), .day = CIVIL_NONE};
        cfg_group(reader->file, node, stage_keys, STAGE_KEYS, found);
        const struct stage *meant = found[STAGE_AT] != NULL ? find_stage(reader, found[STAGE_AT], rule) : NULL;
        stage->at = meant != NULL ? meant->at : "";
        if (found[STAGE_REPEAT] != NULL && meant != NULL) {
                if (meant->again.count == 0)
                        cfg_error(reader->file, found[STAGE_REPEAT], "the stage \"%s\" does not repeat", meant->at);
                else
                        (void)cfg_int(reader->file, found[STAGE_REPEAT], 0, meant->times, &stage->repeat);
        }
        if (found[STAGE_DAY] != NULL)
                (void)suite_day(reader, found[STAGE_DAY], &stage->day);
        stage->reached = cfg_bool(found[STAGE_REACHED], true);
        stage->quiet = cfg_bool(found[STAGE_QUIET], false);
        stage->quiet_named = found[STAGE_QUIET] != NULL;
        stage->to_named = found[STAGE_TO] != NULL;
        const char **to = suite_array(reader, cfg_count(found[STAGE_TO]), sizeof(*to));
        for (size_t i = 0; to != NULL && i < cfg_count(found[STAGE_TO]); i++)
                to[stage->to_count++] = suite_copy(reader, cfg_text_at(found[STAGE_TO], i));
        stage->to = to;
}

static void read_stages(struct suite_reader *reader, const struct cfg_node *node, struct suite_expectation *expectation)
{
        size_t count = cfg_count(node);
        struct suite_stage *stages = suite_array(reader, count, sizeof(*stages));
        for (size_t i = 0; stages != NULL && i < count; i++) {
                const struct cfg_node *one = cfg_element(node, i);
                read_stage(reader, one, &reader->ruleset->rules[expectation->rule], &stages[i]);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(stages[i].at, stages[j].at) == 0 && stages[i].repeat == stages[j].repeat &&
                            stages[i].at[0] != '\0')
                                cfg_error(reader->file, one, "the stage \"%s\" is expected twice", stages[i].at);
        }
        expectation->stages = stages;
        expectation->stage_count = stages != NULL ? count : 0;
        expectation->stages_named = true;
}

static bool read_item(struct suite_reader *reader, const struct cfg_node *node, struct suite_expectation *expectation)
{
        uint16_t per = reader->ruleset->rules[expectation->rule].per;
        if (node == NULL)
                return true;
        expectation->item_named = true;
        if (strcmp(cfg_text(node), "none") == 0)
                return true;
        if (per == VOCABULARY_NONE)
                cfg_error(reader->file, node, "the rule \"%s\" is about the case, not about an item",
                          reader->ruleset->rules[expectation->rule].id);
        expectation->item = suite_item(reader, node);
        return expectation->item != NULL;
}

/* Returns whether it can be compared; what is wrong with it has been said. */
static bool read_expectation(struct suite_reader *reader, const struct cfg_node *node, const char *case_ref,
                             const struct suite_test *test, struct suite_expectation *expectation)
{
        struct cfg_key keys[EXPECT_COUNT];
        const struct cfg_node *found[EXPECT_COUNT];
        *expectation = (struct suite_expectation){.line = cfg_line(node), .case_ref = case_ref};
        fill_keys(keys);
        cfg_group(reader->file, node, keys, EXPECT_COUNT, found);
        if (found[EXPECT_CASE] != NULL)
                expectation->case_ref = suite_case(reader, found[EXPECT_CASE]);
        for (int i = 0; i < SUITE_FIELD_COUNT; i++) {
                const struct cfg_node *value = found[EXPECT_FIELDS + i];
                if (value != NULL && read_value(reader, value, (enum suite_field)i, &expectation->values[i]))
                        expectation->named |= UINT32_C(1) << i;
        }
        expectation->title = suite_text(reader, found[EXPECT_FIELDS + SUITE_TITLE]);
        if (!read_rule(reader, node, found[EXPECT_RULE], test, &expectation->rule))
                return false;
        if (found[EXPECT_STAGES] != NULL)
                read_stages(reader, found[EXPECT_STAGES], expectation);
        return read_item(reader, found[EXPECT_ITEM], expectation) && expectation->case_ref != NULL;
}

/* The case of an expectation must be one that the history is about. */
static void check_case(struct suite_reader *reader, const struct cfg_node *node, const struct suite_test *test,
                       const char *case_ref)
{
        for (size_t i = 0; i < test->history_count; i++)
                if (test->history[i].case_ref != NULL && strcmp(test->history[i].case_ref, case_ref) == 0)
                        return;
        cfg_error(reader->file, node, "no entry of the history is about the case \"%s\"", case_ref);
}

enum { DAY_ON, DAY_KNOWN_AT, DAY_OPEN_ONLY, DAY_EXPECT, DAY_KEYS };
static const struct cfg_key day_keys[DAY_KEYS] = {
        [DAY_ON] = {"day", CFG_TEXT, CFG_REQUIRED},
        [DAY_KNOWN_AT] = {"known-at", CFG_TEXT, 0},
        [DAY_OPEN_ONLY] = {"open-only", CFG_BOOL, 0},
        [DAY_EXPECT] = {"expect", CFG_GROUPS, CFG_REQUIRED},
};

static void read_day(struct suite_reader *reader, const struct cfg_node *node, const char *case_ref,
                     const struct suite_test *test, struct suite_day *day)
{
        const struct cfg_node *found[DAY_KEYS];
        *day = (struct suite_day){.line = cfg_line(node)};
        cfg_group(reader->file, node, day_keys, DAY_KEYS, found);
        if (found[DAY_ON] != NULL)
                (void)suite_day(reader, found[DAY_ON], &day->on);
        day->known_at = suite_text(reader, found[DAY_KNOWN_AT]);
        day->open_only = cfg_bool(found[DAY_OPEN_ONLY], false);
        size_t count = cfg_count(found[DAY_EXPECT]);
        struct suite_expectation *list = suite_array(reader, count, sizeof(*list));
        for (size_t i = 0; list != NULL && i < count && reader->status == STATUS_OK; i++) {
                const struct cfg_node *one = cfg_element(found[DAY_EXPECT], i);
                struct suite_expectation *expectation = &list[day->expectation_count];
                if (!read_expectation(reader, one, case_ref, test, expectation))
                        continue;
                check_case(reader, one, test, expectation->case_ref);
                day->expectation_count++;
        }
        day->expectations = list;
}

void suite_read_days(struct suite_reader *reader, const struct cfg_node *node, const char *case_ref,
                     struct suite_test *test)
{
        size_t count = cfg_count(node);
        struct suite_day *days = suite_array(reader, count, sizeof(*days));
        for (size_t i = 0; days != NULL && i < count && reader->status == STATUS_OK; i++)
                read_day(reader, cfg_element(node, i), case_ref, test, &days[i]);
        test->days = days;
        test->day_count = days != NULL ? count : 0;
}

enum { GONE_RULE, GONE_ENDING, GONE_STAGE, GONE_ATTRIBUTE, GONE_ROW, GONE_WHY, GONE_KEYS };
static const struct cfg_key gone_keys[GONE_KEYS] = {
        [GONE_RULE] = {"rule", CFG_TEXT, 0},   [GONE_ENDING] = {"ending", CFG_TEXT, 0},
        [GONE_STAGE] = {"stage", CFG_TEXT, 0}, [GONE_ATTRIBUTE] = {"attribute", CFG_TEXT, 0},
        [GONE_ROW] = {"row", CFG_INT, 0},      [GONE_WHY] = {"why", CFG_TEXT, CFG_REQUIRED},
};

static bool read_gone_row(struct suite_reader *reader, const struct cfg_node *const *found,
                          struct suite_exclusion *exclusion)
{
        exclusion->attribute = suite_attribute(reader, found[GONE_ATTRIBUTE]);
        if (exclusion->attribute == VOCABULARY_NONE)
                return false;
        const struct attribute *attribute = &reader->ruleset->vocabulary.attributes[exclusion->attribute];
        if (!attribute->derived) {
                cfg_error(reader->file, found[GONE_ATTRIBUTE], "\"%s\" is no decision table", attribute->name);
                return false;
        }
        return cfg_int(reader->file, found[GONE_ROW], 1, (int32_t)attribute->row_count, &exclusion->row);
}

bool suite_read_exclusion(struct suite_reader *reader, const struct cfg_node *node, struct suite_exclusion *exclusion)
{
        const struct cfg_node *found[GONE_KEYS];
        *exclusion = (struct suite_exclusion){
                .line = cfg_line(node), .rule = VOCABULARY_NONE, .state = -1, .attribute = VOCABULARY_NONE};
        exclusion->file = suite_copy(reader, reader->file->name);
        cfg_group(reader->file, node, gone_keys, GONE_KEYS, found);
        exclusion->why = suite_text(reader, found[GONE_WHY]);
        bool of_rule = found[GONE_RULE] != NULL && (found[GONE_ENDING] != NULL) != (found[GONE_STAGE] != NULL);
        bool of_row = found[GONE_ATTRIBUTE] != NULL && found[GONE_ROW] != NULL;
        if (of_rule == of_row) {
                cfg_error(reader->file, node,
                          "name a \"rule\" and its \"ending\" or \"stage\", or an \"attribute\" and its \"row\"");
                return false;
        }
        if (of_row)
                return read_gone_row(reader, found, exclusion);
        exclusion->rule = suite_rule(reader, found[GONE_RULE]);
        if (exclusion->rule == VOCABULARY_NONE)
                return false;
        if (found[GONE_STAGE] != NULL) {
                const struct stage *stage =
                        find_stage(reader, found[GONE_STAGE], &reader->ruleset->rules[exclusion->rule]);
                exclusion->stage = stage != NULL ? stage->at : NULL;
                return stage != NULL;
        }
        exclusion->state = suite_state(cfg_text(found[GONE_ENDING]));
        if (exclusion->state >= 0 && obligation_state_closed((enum obligation_state)exclusion->state))
                return true;
        if (exclusion->state >= 0)
                cfg_error(reader->file, found[GONE_ENDING], "\"%s\" is no ending", cfg_text(found[GONE_ENDING]));
        else
                report_state(reader, found[GONE_ENDING]);
        return false;
}
