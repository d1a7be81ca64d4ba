/*
 * test_load - a sound rule file becomes the structs the engine reads, to the bit;
 * and whatever allocation fails, nothing leaks and nothing half made is given out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../daemon/rulefile/build.h"
#include "mappad/civil.h"
#include "mappad/rulefile.h"

static const char vocabulary_text[] =
        "items = ( { name = \"order\"; label = \"Order\"; }, { name = \"action\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\", \"3\"]; label = \"Level\"; },\n"
        "  { name = \"place\"; values = [\"custody\", \"hospital\", \"community\"]; },\n"
        "  { name = \"ends\"; type = \"date\"; }, { name = \"booked\"; type = \"date\"; }, { name = \"review-by\"; type = \"date\"; },\n"
        "  { name = \"agencies\"; type = \"set\"; values = [\"police\", \"probation\"]; },\n"
        "  { name = \"order-ends\"; type = \"date\"; scope = \"order\"; } );\n"
        "derived = ( { name = \"status\"; values = [\"managed\", \"exited\"]; cases = (\n"
        "    { is = \"exited\"; when = { level = \"1\"; }; unless = { place = \"custody\"; }; after = \"ends\"; },\n"
        "    { is = \"exited\"; count = { event = \"vote\"; latest = \"member\"; where = { vote = \"leave\"; }; at-least = 2; };\n"
        "      in-force = { from = \"2020-01-01\"; until = \"2021-12-31\"; }; },\n"
        "    { is = \"managed\"; when = { level = [\"set\"]; }; } ); } );\n"
        "events = ( { name = \"registered\"; label = \"Registered\"; fields = ( { name = \"level\"; required = true; }, { name = \"ends\"; },\n"
        "      { name = \"review-by\"; }, { name = \"booked\"; }, { name = \"agencies\"; } ); },\n"
        "  { name = \"placed\"; fields = ( { name = \"to\"; values = [\"hospital\", \"custody\"]; }, { name = \"note\"; type = \"token\"; } );\n"
        "    sets = ( { place = \"$to\"; }, { ends = \"2030-01-01\"; when = { to = \"custody\"; }; } ); clears = [\"booked\", \"ends\"];\n"
        "    adds = { agencies = [\"police\"]; }; removes = { agencies = [\"police\", \"probation\"]; }; },\n"
        "  { name = \"released\"; requires = { place = [\"custody\", \"hospital\"]; }; unless = { level = \"unset\"; }; sets = { place = \"community\"; }; },\n"
        "  { name = \"meeting\"; item = \"action?\"; fields = ( { name = \"kind\"; values = [\"full\", \"paper\"]; } ); },\n"
        "  { name = \"vote\"; fields = ( { name = \"member\"; type = \"token\"; }, { name = \"vote\"; values = [\"stay\", \"leave\"]; } ); },\n"
        "  { name = \"order-made\"; new-item = \"order\"; fields = ( { name = \"order-ends\"; } ); },\n"
        "  { name = \"order-varied\"; item = \"order\"; fields = ( { name = \"order-ends\"; } ); } );\n";

#define HEAD(id) "{ id = \"" id "\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"must\"; "

static const char rules_text[] =
        "rules = (\n"
        HEAD("review") "in-force = { from = \"2022-04-01\"; }; applies = { level = \"2\"; status = \"managed\"; }; unless = { ends = \"unset\"; };\n"
        "  runs = { place = \"community\"; level = \"set\"; }; on-pause = \"carry\"; grace = \"5 working days after\"; needs = [\"place\", \"ends\"];\n"
        "  every = \"16 weeks after\"; met-by = ( { event = \"meeting\"; where = { kind = \"full\"; }; }, { event = \"vote\"; } );\n"
        "  missed-if = { status = [\"exited\", \"unset\"]; }; booked-by = \"booked\"; sooner = \"review-by\"; follows = \"deep-review\"; urgent = true;\n"
        "  alerts = ( { at = \"2 weeks before\"; to = \"unit\"; }, { at = \"overdue\"; to = [\"unit\", \"$agencies\"]; again = \"1 week\"; times = 8; urgent = true; } ); },\n"
        HEAD("review") "in-force = { until = \"2022-03-31\"; }; every = \"1 years after\"; met-by = { event = \"meeting\"; }; },\n"
        HEAD("deep-review") "every = ( { is = \"8 weeks after\"; when = { level = \"3\"; }; }, { is = \"1 months beginning with\"; } ); met-by = { event = \"meeting\"; }; },\n"
        HEAD("first") "within = \"4 weeks beginning with\"; from = { event = \"placed\"; where = { to = \"custody\"; }; }; met-by = { event = \"meeting\"; }; },\n"
        HEAD("moved") "within = \"3 working days after\"; from = { change = \"place\"; }; met-by = { event = \"meeting\"; }; },\n"
        HEAD("begun") "within = \"10 days after\"; from = \"start\"; enabled = false; milestone = true; },\n"
        HEAD("order-end") "per = \"order\"; by = \"order-ends\"; lead = \"7 clear days before\"; opens = \"6 months before\"; tentative = true; met-by = { event = \"order-varied\"; }; },\n"
        HEAD("report") "by = \"10-31\"; opens = \"7 months before\"; met-by = { event = \"meeting\"; }; },\n"
        HEAD("board") "at-least = 3; in-each = \"year\"; year-starts = \"04-01\"; met-by = { event = \"meeting\"; }; },\n"
        HEAD("quarterly") "at-least = 1; in-each = \"quarter\"; met-by = { event = \"meeting\"; }; } );\n"
        "constraints = ( { id = \"span\"; severity = \"refuse\"; event = \"order-made\"; between = [\"on\", \"order-ends\"]; at-least = \"5 years beginning with\"; says = \"Too short.\"; },\n"
        "  { id = \"odd\"; severity = \"flag\"; never = { level = \"1\"; status = \"managed\"; }; says = \"Odd.\"; },\n"
        "  { id = \"late\"; severity = \"flag\"; event = \"registered\"; date = \"booked\"; not-after-due = [\"review\", \"board\"]; says = \"Late.\"; } );\n"
        "calendar = { name = \"Test\"; working-week = [\"mon\", \"tue\"]; covers = { from = \"2024-01-01\"; until = \"2024-12-31\"; };\n"
        "  holidays = ( { on = \"2024-12-26\"; name = \"Boxing Day\"; }, { on = \"2024-12-25\"; name = \"Christmas Day\"; } ); };\n";

static const char overlay_text[] =
        "calendar = { covers = { from = \"2025-01-01\"; until = \"2025-06-30\"; }; holidays = ( { on = \"2024-12-25\"; name = \"Christmas Day\"; },\n"
        "  { on = \"2025-04-18\"; name = \"Good Friday\"; } ); };\n";

static const struct rulefile_text texts[] = {
        { "a.cfg", vocabulary_text, sizeof(vocabulary_text) - 1 },
        { "b.cfg", rules_text, sizeof(rules_text) - 1 },
        { "c.cfg", overlay_text, sizeof(overlay_text) - 1 },
};

/* One rule set for all tests that only look. */
static struct ruleset *ruleset;

static int load_once(void **state)
{
        struct diagnostics diagnostics;
        enum status status;

        (void)state;
        diagnostics_init(&diagnostics);
        status = rulefile_load_text(texts, 3, &diagnostics, &ruleset);
        diagnostics_print(&diagnostics, stdout);
        if (diagnostics.warning_count != 0)
                status = STATUS_INVALID;
        diagnostics_fini(&diagnostics);
        return status == STATUS_OK ? 0 : -1;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(ruleset);
        return 0;
}

static int32_t day(const char *text)
{
        int32_t number;

        assert_true(civil_parse(text, strlen(text), &number));
        return number;
}

static uint16_t attribute(const char *name)
{
        uint16_t index = vocabulary_attribute(&ruleset->vocabulary, name);

        assert_int_not_equal(index, VOCABULARY_NONE);
        return index;
}

static const struct event_type *event(const char *name)
{
        uint16_t index = vocabulary_event(&ruleset->vocabulary, name);

        assert_int_not_equal(index, VOCABULARY_NONE);
        return &ruleset->vocabulary.events[index];
}

static const struct rule *rule(const char *id)
{
        uint16_t index = ruleset_rule(ruleset, id);

        assert_int_not_equal(index, VOCABULARY_NONE);
        return &ruleset->rules[index];
}

static void assert_term(struct condition condition, size_t index, const char *name, uint64_t mask)
{
        assert_true(index < condition.count);
        assert_int_equal(condition.terms[index].subject, attribute(name));
        assert_true(condition.terms[index].mask == mask);
}

static void assert_period(struct period period, int32_t count, enum period_unit unit, enum period_phrase phrase)
{
        assert_int_equal(period.count, count);
        assert_int_equal(period.unit, unit);
        assert_int_equal(period.phrase, phrase);
}

static void attributes_come_before_derived_ones(void **state)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;

        (void)state;
        assert_int_equal(vocabulary->attribute_count, 8);
        assert_string_equal(vocabulary->attributes[0].name, "level");
        assert_string_equal(vocabulary->attributes[0].label, "Level");
        assert_int_equal(vocabulary->attributes[0].value_count, 3);
        assert_int_equal(vocabulary->attributes[2].kind, VALUE_DATE);
        assert_int_equal(vocabulary->attributes[5].kind, VALUE_SET);
        assert_int_equal(vocabulary->attributes[6].scope, 0);
        assert_true(vocabulary->attributes[7].derived);
        assert_int_equal(vocabulary->attributes[7].scope, VOCABULARY_NONE);
}

static void decision_tables_keep_their_rows_in_order(void **state)
{
        const struct attribute *status = &ruleset->vocabulary.attributes[attribute("status")];

        (void)state;
        assert_int_equal(status->row_count, 3);
        assert_int_equal(status->rows[0].is, 1);
        assert_term(status->rows[0].when, 0, "level", VALUE_BIT(0));
        assert_term(status->rows[0].unless, 0, "place", VALUE_BIT(0));
        assert_int_equal(status->rows[0].threshold, THRESHOLD_AFTER);
        assert_int_equal(status->rows[0].threshold_date, attribute("ends"));
        assert_int_equal(status->rows[0].count.event, VOCABULARY_NONE);
        assert_int_equal(status->rows[1].count.event, event("vote") - ruleset->vocabulary.events);
        assert_int_equal(status->rows[1].count.latest, 0);
        assert_int_equal(status->rows[1].count.at_least, 2);
        assert_int_equal(status->rows[1].count.where.terms[0].subject, 1);
        assert_true(status->rows[1].count.where.terms[0].mask == VALUE_BIT(1));
        assert_int_equal(status->rows[1].in_force_from, day("2020-01-01"));
        assert_int_equal(status->rows[1].in_force_until, day("2021-12-31"));
        assert_int_equal(status->rows[2].in_force_from, CIVIL_MIN);
        assert_term(status->rows[2].when, 0, "level", VALUE_ANY_SET);
}

static void fields_carry_attributes_of_their_name(void **state)
{
        const struct event_type *registered = event("registered");

        (void)state;
        assert_string_equal(registered->label, "Registered");
        assert_int_equal(registered->field_count, 5);
        assert_int_equal(registered->fields[0].attribute, attribute("level"));
        assert_true(registered->fields[0].required);
        assert_false(registered->fields[1].required);
        assert_int_equal(registered->fields[4].kind, VALUE_SET);
        assert_int_equal(registered->effect_count, 5);
        assert_int_equal(registered->effects[0].from_field, 0);
        assert_int_equal(event("placed")->fields[1].kind, VALUE_TOKEN);
        assert_int_equal(event("placed")->fields[1].attribute, VOCABULARY_NONE);
}

/* The field lists hospital before custody, the attribute the other way round: bits must not be copied. */
static void a_field_with_words_of_its_own_is_spread(void **state)
{
        const struct event_type *placed = event("placed");

        (void)state;
        assert_int_equal(placed->effect_count, 7);
        assert_int_equal(placed->effects[0].kind, EFFECT_CLEAR);
        assert_int_equal(placed->effects[0].attribute, attribute("booked"));
        assert_int_equal(placed->effects[1].kind, EFFECT_CLEAR);
        assert_int_equal(placed->effects[2].kind, EFFECT_SET);
        assert_int_equal(placed->effects[2].from_field, VOCABULARY_NONE);
        assert_true(placed->effects[2].constant.bits == VALUE_BIT(1));
        assert_true(placed->effects[2].when.terms[0].mask == VALUE_BIT(0));
        assert_true(placed->effects[3].constant.bits == VALUE_BIT(0));
        assert_true(placed->effects[3].when.terms[0].mask == VALUE_BIT(1));
        assert_int_equal(placed->effects[4].constant.day, day("2030-01-01"));
        assert_int_equal(placed->effects[5].kind, EFFECT_ADD);
        assert_int_equal(placed->effects[6].kind, EFFECT_REMOVE);
        assert_true(placed->effects[6].constant.bits == (VALUE_BIT(0) | VALUE_BIT(1)));
}

static void events_say_how_they_use_items(void **state)
{
        (void)state;
        assert_int_equal(event("order-made")->item_use, ITEM_USE_BEGINS);
        assert_int_equal(event("order-varied")->item_use, ITEM_USE_NAMES);
        assert_int_equal(event("meeting")->item_use, ITEM_USE_MAY_NAME);
        assert_int_equal(event("meeting")->item_kind, 1);
        assert_int_equal(event("vote")->item_use, ITEM_USE_NONE);
        assert_term(event("released")->needs, 0, "place", VALUE_BIT(0) | VALUE_BIT(1));
        assert_term(event("released")->unless, 0, "level", VALUE_UNSET);
}

static void rules_are_sorted_and_versions_by_their_first_day(void **state)
{
        const struct rule *review = rule("review");

        (void)state;
        assert_int_equal(ruleset->rule_count, 9);
        for (size_t i = 1; i < ruleset->rule_count; i++)
                assert_true(strcmp(ruleset->rules[i - 1].id, ruleset->rules[i].id) < 0);
        assert_int_equal(review->version_count, 2);
        assert_int_equal(review->versions[0].in_force_from, CIVIL_MIN);
        assert_int_equal(review->versions[0].in_force_until, day("2022-03-31"));
        assert_int_equal(review->versions[1].in_force_from, day("2022-04-01"));
        assert_true(review->versions[1].dated);
        assert_int_equal(review->versions[1].line, 2);
        assert_string_equal(review->versions[1].file, "b.cfg");
}

static void every_setting_of_a_recurring_rule_arrives(void **state)
{
        const struct rule_version *version = &rule("review")->versions[1];

        (void)state;
        assert_int_equal(version->strength, STRENGTH_MUST);
        assert_true(version->enabled);
        assert_true(version->urgent);
        assert_int_equal(version->clock, CLOCK_EVERY);
        assert_term(version->applies, 1, "status", VALUE_BIT(0));
        assert_term(version->applies_unless, 0, "ends", VALUE_UNSET);
        assert_true(version->has_runs);
        assert_term(version->runs, 0, "place", VALUE_BIT(2) | VALUE_UNSET);     /* needed */
        assert_term(version->runs, 1, "level", VALUE_ANY_SET);                  /* not needed */
        assert_int_equal(version->on_pause, PAUSE_CARRY);
        assert_period(version->grace, 5, PERIOD_WORKING_DAYS, PERIOD_AFTER);
        assert_int_equal(version->need_count, 2);
        assert_int_equal(version->needs[1], attribute("ends"));
        assert_false(version->period_is_table);
        assert_period(version->periods[0].is, 16, PERIOD_WEEKS, PERIOD_AFTER);
        assert_int_equal(version->met_by_count, 2);
        assert_int_equal(version->met_by[0].where.count, 1);
        assert_int_equal(version->met_by[1].where.count, 0);
        assert_term(version->missed_if, 0, "status", VALUE_BIT(1) | VALUE_UNSET);
        assert_int_equal(version->booked_by, attribute("booked"));
        assert_int_equal(version->sooner, attribute("review-by"));
        assert_int_equal(version->follow_count, 1);
        assert_string_equal(ruleset->rules[version->follows[0]].id, "deep-review");
        assert_null(version->authority);
}

static void ladders_keep_words_and_repeats(void **state)
{
        const struct rule_version *version = &rule("review")->versions[1];

        (void)state;
        assert_int_equal(version->stage_count, 2);
        assert_string_equal(version->stages[0].at, "2 weeks before");
        assert_int_equal(version->stages[0].kind, STAGE_BEFORE);
        assert_int_equal(version->stages[0].again.count, 0);
        assert_int_equal(version->stages[1].kind, STAGE_OVERDUE);
        assert_int_equal(version->stages[1].to_count, 2);
        assert_string_equal(version->stages[1].to[1], "$agencies");
        assert_period(version->stages[1].again, 1, PERIOD_WEEKS, PERIOD_BARE);
        assert_int_equal(version->stages[1].times, 8);
        assert_true(version->stages[1].urgent);
}

static void every_clock_is_told_apart(void **state)
{
        (void)state;
        assert_int_equal(rule("deep-review")->versions[0].period_count, 2);
        assert_true(rule("deep-review")->versions[0].period_is_table);
        assert_int_equal(rule("first")->versions[0].trigger, TRIGGER_EVENT);
        assert_true(rule("first")->versions[0].from.where.terms[0].mask == VALUE_BIT(1));
        assert_int_equal(rule("moved")->versions[0].trigger, TRIGGER_CHANGE);
        assert_int_equal(rule("moved")->versions[0].change, attribute("place"));
        assert_int_equal(rule("begun")->versions[0].trigger, TRIGGER_START);
        assert_true(rule("begun")->versions[0].milestone);
        assert_false(rule("begun")->versions[0].enabled);
        assert_int_equal(rule("begun")->versions[0].booked_by, VOCABULARY_NONE);
}

static void fixed_dates_and_quotas_arrive(void **state)
{
        const struct rule_version *ends = &rule("order-end")->versions[0], *report = &rule("report")->versions[0];
        const struct rule_version *board = &rule("board")->versions[0];

        (void)state;
        assert_int_equal(rule("order-end")->per, 0);
        assert_int_equal(ends->clock, CLOCK_BY_DATE);
        assert_int_equal(ends->by_date, attribute("order-ends"));
        assert_period(ends->lead, 7, PERIOD_DAYS, PERIOD_CLEAR_BEFORE);
        assert_period(ends->opens, 6, PERIOD_MONTHS, PERIOD_BEFORE);
        assert_true(ends->tentative);
        assert_int_equal(report->clock, CLOCK_BY_DAY);
        assert_int_equal(report->by_month, 10);
        assert_int_equal(report->by_day, 31);
        assert_int_equal(report->by_date, VOCABULARY_NONE);
        assert_int_equal(board->clock, CLOCK_QUOTA);
        assert_int_equal(board->quota, 3);
        assert_int_equal(board->year_month, 4);
        assert_int_equal(rule("quarterly")->versions[0].quota_period, QUOTA_QUARTER);
        assert_int_equal(rule("quarterly")->versions[0].year_month, 1);
        assert_int_equal(rule("quarterly")->versions[0].year_day, 1);
}

static void constraints_name_what_they_ask(void **state)
{
        const struct constraint *constraints = ruleset->constraints;

        (void)state;
        assert_int_equal(ruleset->constraint_count, 3);
        assert_int_equal(constraints[0].kind, CONSTRAINT_BETWEEN);
        assert_int_equal(constraints[0].severity, SEVERITY_REFUSE);
        assert_int_equal(constraints[0].from.kind, DATE_ON);
        assert_int_equal(constraints[0].until.kind, DATE_FIELD);
        assert_period(constraints[0].at_least, 5, PERIOD_YEARS, PERIOD_BEGINNING_WITH);
        assert_int_equal(constraints[1].kind, CONSTRAINT_NEVER);
        assert_int_equal(constraints[1].event, VOCABULARY_NONE);
        assert_int_equal(constraints[2].kind, CONSTRAINT_NOT_AFTER_DUE);
        assert_int_equal(constraints[2].date_field, 3);
        assert_string_equal(ruleset->rules[constraints[2].rules[1]].id, "board");
}

static void calendars_of_several_files_unite(void **state)
{
        const struct calendar *calendar = &ruleset->calendar;

        (void)state;
        assert_string_equal(calendar->name, "Test");
        assert_int_equal(calendar->working_week, 3);
        assert_int_equal(calendar->covers_from, day("2024-01-01"));
        assert_int_equal(calendar->covers_until, day("2025-06-30"));
        assert_int_equal(calendar->holiday_count, 3);
        assert_int_equal(calendar->holidays[0].on, day("2024-12-25"));
        assert_string_equal(calendar->holidays[2].name, "Good Friday");
}

static enum status load_quietly(const struct rulefile_text *list, size_t count, struct ruleset **ret_ruleset)
{
        struct diagnostics diagnostics;
        enum status status;

        diagnostics_init(&diagnostics);
        status = rulefile_load_text(list, count, &diagnostics, ret_ruleset);
        diagnostics_fini(&diagnostics);
        return status;
}

static void the_digest_goes_by_names_and_contents(void **state)
{
        struct rulefile_text moved[3], renamed[3];
        struct ruleset *same = NULL, *other = NULL;

        (void)state;
        memcpy(moved, texts, sizeof(texts));
        memcpy(renamed, texts, sizeof(texts));
        moved[0].name = "elsewhere/a.cfg";
        renamed[0].name = "aa.cfg";
        assert_int_equal(load_quietly(moved, 3, &same), STATUS_OK);
        assert_int_equal(load_quietly(renamed, 3, &other), STATUS_OK);
        assert_int_equal(strlen(ruleset->digest), 64);
        assert_string_equal(same->digest, ruleset->digest);
        assert_string_not_equal(other->digest, ruleset->digest);
        ruleset_free(same);
        ruleset_free(other);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
        static const struct { const char *bytes; size_t length; } wrong[] = {
                { "\xef\xbb\xbfitems = ();\n", 15 }, { "items = ();\n\0", 13 }, { "# \xff\n", 4 }, { "# \xed\xa0\x80\n", 6 },
                { "items = ( { name = \"a\"; label = \"\xe2\x80\xae\"; } );\n", 42 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
                struct rulefile_text text = { "x.cfg", wrong[i].bytes, wrong[i].length };
                struct ruleset *none = NULL;

                assert_int_equal(load_quietly(&text, 1, &none), STATUS_INVALID);
                assert_null(none);
        }
}

static void folders_are_read_in_byte_order_of_names(void **state)
{
        char folder[] = "/tmp/mappad-rules-XXXXXX", path[128];
        static const char *const names[] = { "b.cfg", "a.cfg", ".hidden.cfg", "note.txt" };
        static const char *const contents[] = { "events = ( { name = \"e\"; fields = ( { name = \"x\"; } ); } );\n",
                                                "attributes = ( { name = \"x\"; values = [\"1\"]; } );\n", "nonsense", "nonsense" };
        const char *paths[1] = { folder };
        struct diagnostics diagnostics;
        struct ruleset *loaded = NULL;

        (void)state;
        assert_non_null(mkdtemp(folder));
        for (size_t i = 0; i < 4; i++) {
                FILE *stream;

                snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
                stream = fopen(path, "w");
                assert_non_null(stream);
                fputs(contents[i], stream);
                fclose(stream);
        }
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_load(paths, 1, &diagnostics, &loaded), STATUS_OK);
        assert_int_equal(loaded->vocabulary.event_count, 1);
        ruleset_free(loaded);
        for (size_t i = 0; i < 4; i++) {
                snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
                unlink(path);
        }
        loaded = NULL;
        assert_int_equal(rulefile_load(paths, 1, &diagnostics, &loaded), STATUS_INVALID);
        assert_string_equal(diagnostics.entries[0].sentence, "this folder holds no *.cfg file");
        rmdir(folder);
        assert_int_equal(rulefile_load(paths, 1, &diagnostics, &loaded), STATUS_INVALID);
        assert_null(loaded);
        diagnostics_fini(&diagnostics);
}

static void all_mistakes_of_all_files_are_told_at_once(void **state)
{
        static const struct rulefile_text wrong[] = {
                { "a.cfg", "items = ( { nme = \"x\"; } );\n", 28 }, { "b.cfg", "items = (", 9 },
                { "c.cfg", "rules = ( { id = \"x\"; every = \"1 week\"; met-by = { event = \"y\"; }; } );\n", 70 },
        };
        struct diagnostics diagnostics;
        struct ruleset *none = NULL;

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_load_text(wrong, 3, &diagnostics, &none), STATUS_INVALID);
        assert_int_equal(diagnostics.error_count, 3);
        assert_int_equal(diagnostics.warning_count, 2); /* of a rule that says nothing of itself, and of what may be called "y" */
        diagnostics_fini(&diagnostics);
}

/* The heap fails at the nth block and from then on. */
static size_t blocks_left;

static void *grow_until(size_t size)
{
        if (blocks_left == 0)
                return NULL;
        blocks_left--;
        return malloc(size);
}

static void whatever_allocation_fails_nothing_is_given_out(void **state)
{
        struct rulefile_input input = { .texts = texts, .count = 3 };
        enum status status = STATUS_NO_MEMORY;
        size_t blocks;

        (void)state;
        for (blocks = 0; status != STATUS_OK; blocks++) {
                struct diagnostics diagnostics;
                struct ruleset *loaded = NULL;

                assert_true(blocks < 1000);
                diagnostics_init(&diagnostics);
                blocks_left = blocks;
                status = build_ruleset(&input, &diagnostics, grow_until, &loaded);
                assert_true((status == STATUS_OK) == (loaded != NULL));
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
                assert_int_equal(diagnostics.error_count, 0);
                ruleset_free(loaded);
                diagnostics_fini(&diagnostics);
        }
        assert_true(blocks > 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(attributes_come_before_derived_ones),
                cmocka_unit_test(decision_tables_keep_their_rows_in_order),
                cmocka_unit_test(fields_carry_attributes_of_their_name),
                cmocka_unit_test(a_field_with_words_of_its_own_is_spread),
                cmocka_unit_test(events_say_how_they_use_items),
                cmocka_unit_test(rules_are_sorted_and_versions_by_their_first_day),
                cmocka_unit_test(every_setting_of_a_recurring_rule_arrives),
                cmocka_unit_test(ladders_keep_words_and_repeats),
                cmocka_unit_test(every_clock_is_told_apart),
                cmocka_unit_test(fixed_dates_and_quotas_arrive),
                cmocka_unit_test(constraints_name_what_they_ask),
                cmocka_unit_test(calendars_of_several_files_unite),
                cmocka_unit_test(the_digest_goes_by_names_and_contents),
                cmocka_unit_test(bytes_that_are_no_text_are_refused),
                cmocka_unit_test(folders_are_read_in_byte_order_of_names),
                cmocka_unit_test(all_mistakes_of_all_files_are_told_at_once),
                cmocka_unit_test(whatever_allocation_fails_nothing_is_given_out),
        };

        return cmocka_run_group_tests(tests, load_once, unload);
}
