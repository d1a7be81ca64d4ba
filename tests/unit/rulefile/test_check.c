/*
 * test_check - what is well formed and cannot be meant is warned of, and what can
 * be meant is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/civil.h"
#include "mappad/rulefile.h"

static const char words[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\", \"3\"]; }, { name = \"place\"; values = [\"in\", \"out\"]; }, { name = \"ends\"; type = \"date\"; } );\n"
        "derived = ( { name = \"status\"; values = [\"here\", \"gone\"]; cases = ( { is = \"gone\"; when = { level = \"1\"; }; }, { is = \"here\"; when = { level = \"set\"; }; } ); } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; }, { name = \"ends\"; } ); },\n"
        "  { name = \"in\"; sets = { place = \"in\"; }; }, { name = \"out\"; sets = { place = \"out\"; }; },\n"
        "  { name = \"met\"; }, { name = \"order\"; new-item = \"order\"; } );\n"
        "constraints = ( { id = \"all\"; severity = \"flag\"; never = { status = \"gone\"; place = \"in\"; ends = \"set\"; }; says = \"Used.\"; },\n"
        "  { id = \"met\"; severity = \"flag\"; event = \"met\"; never = { level = \"1\"; }; says = \"Used.\"; } );\n";

struct claim { const char *what; const char *rule; const char *warning; /* NULL: none */ };

#define RULE(body) "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; " body " } );\n"
#define MET "met-by = { event = \"met\"; };"
#define CALENDAR "calendar = { working-week = [\"mon\"]; covers = { from = \"2020-01-01\"; until = \"2027-12-31\"; }; };\n"
#define MUST(body) "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"must\"; " body " } );\n"
#define UNIT(at) "{ at = \"" at "\"; to = \"unit\"; }"
#define LADDER(stages) RULE("every = \"16 weeks after\"; " MET " alerts = ( " stages " );")

static const struct claim claims[] = {
        { "a sound rule", RULE("applies = { status = \"here\"; level = \"2\"; }; every = \"1 years after\"; " MET), NULL },
        { "two attributes a table holds apart", RULE("applies = { status = \"here\"; level = \"1\"; }; every = \"1 years after\"; " MET), "never applies" },
        { "unless takes all away", RULE("applies = { level = \"2\"; }; unless = { status = \"here\"; }; every = \"1 years after\"; " MET), "never applies" },
        { "unless that takes nothing away", RULE("applies = { level = \"2\"; }; unless = { level = \"3\"; }; every = \"1 years after\"; " MET), "never excludes" },
        { "a clock that never runs", RULE("applies = { level = \"2\"; }; runs = { status = \"gone\"; }; on-pause = \"carry\"; every = \"1 years after\"; " MET), "never runs" },
        { "runs over a fact nobody needs", RULE("runs = { place = \"out\"; }; on-pause = \"carry\"; every = \"1 years after\"; " MET), "in silence" },
        { "runs over a needed fact", RULE("runs = { place = \"out\"; }; needs = \"place\"; on-pause = \"carry\"; every = \"1 years after\"; " MET), NULL },
        { "applies over a place", RULE("applies = { place = \"out\"; }; every = \"1 years after\"; " MET), "back and forth" },
        { "applies over a place for a single duty", RULE("applies = { place = \"out\"; }; within = \"1 weeks after\"; from = \"start\"; " MET), NULL },
        { "met by what begins the item", RULE("per = \"order\"; every = \"1 weeks after\"; met-by = { event = \"order\"; };"), "can never be met" },
        { "a row behind one that always fits", RULE("every = ( { is = \"1 weeks after\"; }, { is = \"2 weeks after\"; when = { level = \"2\"; }; } ); " MET), "never reached: that on line 1" },
        { "a row for a state in which the rule does not apply", RULE("applies = { level = \"2\"; }; every = ( { is = \"1 weeks after\"; when = { status = \"gone\"; }; }, { is = \"2 weeks after\"; } ); " MET), "never fits while" },
        { "a warning longer than the period", LADDER("{ at = \"20 weeks before\"; to = \"unit\"; }"), "before anything" },
        { "a ladder out of order", LADDER("{ at = \"2 weeks before\"; to = \"unit\"; }, { at = \"6 weeks before\"; to = \"unit\"; }"), "out of order" },
        { "a ladder in order in other units", LADDER("{ at = \"1 months before\"; to = \"unit\"; }, { at = \"2 weeks before\"; to = \"unit\"; }, { at = \"due\"; to = \"unit\"; }, { at = \"1 week after\"; to = \"unit\"; }"), NULL },
        { "a stage to nobody", LADDER("{ at = \"due\"; to = []; }"), "tells nobody" },
        { "overdue in a quota", RULE("at-least = 1; in-each = \"year\"; " MET " alerts = ( { at = \"overdue\"; to = \"unit\"; } );"), "never reached" },
        { "overdue in a milestone", RULE("by = \"ends\"; milestone = true; alerts = ( { at = \"overdue\"; to = \"unit\"; } );"), "is reached only where its day was past when" },
        { "a stage that a day off brings forward in a milestone", RULE("by = \"ends\"; milestone = true; alerts = ( { at = \"6 days before\"; to = \"unit\"; again = \"1 week\"; times = 1; } );"), NULL },
        { "a stage before a window of working days, which a week may hold few of", RULE("by = \"ends\"; opens = \"1 clear working days before\"; " MET " alerts = ( { at = \"2 days before\"; to = \"unit\"; } );"), NULL },
        { "a stage of more working days than the period has days", LADDER("{ at = \"200 working days before\"; to = \"unit\"; }"), "before anything" },
        { "a stage before a window of days", RULE("by = \"ends\"; opens = \"4 days before\"; " MET " alerts = ( { at = \"6 days before\"; to = \"unit\"; } );"), "before anything" },
        { "inheriting a month", "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; every = \"3 months after\"; follows = \"y\"; " MET " },\n"
          " { id = \"y\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; every = \"8 weeks after\"; " MET " } );\n", "follows nothing" },
        { "a day between two versions", "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; in-force = { until = \"2026-06-30\"; }; every = \"16 weeks after\"; " MET " },\n"
          " { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; in-force = { from = \"2026-07-02\"; }; every = \"12 weeks after\"; " MET " } );\n", "in force from 2026-07-01 to 2026-07-01" },
        { "two versions that meet", "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; in-force = { until = \"2026-06-30\"; }; every = \"16 weeks after\"; " MET " },\n"
          " { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; in-force = { from = \"2026-07-01\"; }; every = \"12 weeks after\"; " MET " } );\n", NULL },
        { "an attribute nobody asks about", "attributes = ( { name = \"idle\"; values = [\"a\"]; } ); events = ( { name = \"idle\"; fields = ( { name = \"idle\"; } ); } );\n", "nothing asks about \"idle\"" },
        { "an attribute nobody sets", "attributes = ( { name = \"idle\"; values = [\"a\"]; } );\n", "no event sets \"idle\"" },
        { "an event without use", "events = ( { name = \"idle\"; } );\n", "changes nothing" },
        { "an item nobody begins", "items = ( { name = \"idle\"; } );\n", "no event begins" },
        { "a value no row gives", "derived = ( { name = \"d\"; values = [\"a\", \"b\"]; cases = ( { is = \"a\"; } ); } );\n" RULE("applies = { d = \"a\"; }; every = \"1 weeks after\"; " MET), "never \"b\"" },
        { "a hidden row of a table", "derived = ( { name = \"d\"; values = [\"a\", \"b\"]; cases = ( { is = \"a\"; when = { level = [\"1\", \"2\"]; }; },\n { is = \"b\"; when = { level = \"2\"; place = \"in\"; }; } ); } );\n" RULE("applies = { d = [\"a\", \"b\"]; }; every = \"1 weeks after\"; " MET), "that on line 1 fits first" },
        { "a row behind two that leave nothing over", "derived = ( { name = \"d\"; values = [\"a\", \"b\"]; cases = ( { is = \"a\"; when = { level = [\"1\", \"unset\"]; }; }, { is = \"b\"; when = { level = [\"2\", \"3\"]; }; }, { is = \"a\"; when = { place = \"in\"; }; } ); } );\n" RULE("applies = { d = \"a\"; }; every = \"1 weeks after\"; " MET), "those before it" },
        { "a row behind two that leave a value over", "derived = ( { name = \"d\"; values = [\"a\", \"b\"]; cases = ( { is = \"a\"; when = { level = [\"1\", \"unset\"]; }; }, { is = \"b\"; when = { level = \"2\"; }; }, { is = \"a\"; when = { place = \"in\"; }; } ); } );\n" RULE("applies = { d = \"a\"; }; every = \"1 weeks after\"; " MET), NULL },
        { "a row behind two of which one waits for a date", "derived = ( { name = \"d\"; values = [\"a\", \"b\"]; cases = ( { is = \"a\"; when = { place = \"in\"; }; after = \"ends\"; }, { is = \"b\"; when = { place = [\"out\", \"unset\"]; }; }, { is = \"b\"; } ); } );\n" RULE("applies = { d = \"a\"; }; every = \"1 weeks after\"; " MET), NULL },
        { "a row behind two limited in time", "derived = ( { name = \"d\"; values = [\"a\", \"b\"]; cases = ( { is = \"a\"; when = { place = \"in\"; }; in-force = { until = \"2024-12-31\"; }; }, { is = \"b\"; when = { place = [\"out\", \"unset\"]; }; }, { is = \"b\"; } ); } );\n" RULE("applies = { d = \"a\"; }; every = \"1 weeks after\"; " MET), NULL },
        { "periods for all levels and one more", RULE("applies = { level = [\"2\", \"3\"]; }; every = ( { is = \"1 weeks after\"; when = { level = \"2\"; }; }, { is = \"2 weeks after\"; when = { level = \"3\"; }; }, { is = \"3 weeks after\"; } ); " MET), "those before it" },
        { "periods for one level and the rest", RULE("applies = { level = [\"2\", \"3\"]; }; every = ( { is = \"1 weeks after\"; when = { level = \"2\"; }; }, { is = \"3 weeks after\"; } ); " MET), NULL },
        { "an unless in a row that excludes nothing", "derived = ( { name = \"d\"; values = [\"a\"]; cases = ( { is = \"a\"; when = { level = \"2\"; }; unless = { level = \"3\"; }; } ); } );\n" RULE("applies = { d = \"a\"; }; every = \"1 weeks after\"; " MET), "of this row never excludes" },
        { "a trigger that takes the case out of the rule", RULE("applies = { place = \"in\"; }; within = \"1 weeks after\"; from = { event = \"out\"; }; " MET), "starts nothing" },
        { "a trigger that brings the case into the rule", RULE("applies = { place = \"out\"; }; within = \"1 weeks after\"; from = { event = \"out\"; }; " MET), NULL },
        { "a trigger whose own field contradicts the rule", RULE("applies = { status = \"here\"; }; within = \"1 weeks after\"; from = { event = \"put\"; where = { level = \"1\"; }; }; " MET), "starts nothing" },
        { "a trigger whose field may be absent", RULE("applies = { status = \"here\"; }; within = \"1 weeks after\"; from = { event = \"put\"; where = { level = [\"1\", \"unset\"]; }; }; " MET), NULL },
        { "a constraint that its own event rules out", "constraints = ( { id = \"c\"; severity = \"flag\"; says = \"C.\"; event = \"in\"; never = { place = \"out\"; }; } );\n", "itself leaves no case" },
        { "a constraint on what an event leaves open", "constraints = ( { id = \"c\"; severity = \"flag\"; says = \"C.\"; event = \"in\"; never = { level = \"1\"; }; } );\n", NULL },
        { "an event that nothing allows", "events = ( { name = \"e\"; requires = { status = \"here\"; level = \"1\"; }; clears = \"level\"; } );\n", "always refused" },
        { "an event whose unless excludes nothing", "events = ( { name = \"e\"; requires = { level = \"2\"; }; unless = { status = \"gone\"; }; clears = \"level\"; } );\n", "of \"e\" never excludes" },
        { "a fact needed in vain", RULE("applies = { level = \"2\"; }; needs = \"level\"; every = \"1 weeks after\"; " MET), "in vain" },
        { "a fact needed and perhaps unknown", RULE("applies = { level = \"2\"; }; needs = \"place\"; every = \"1 weeks after\"; " MET), NULL },
        { "missed if the case is where the rule applies", RULE("applies = { level = [\"2\", \"3\"]; }; missed-if = { level = \"2\"; }; every = \"1 weeks after\"; " MET), "never asked" },
        { "missed if the case leaves the rule downwards", RULE("applies = { level = [\"2\", \"3\"]; }; missed-if = { level = \"1\"; }; every = \"1 weeks after\"; " MET), NULL },
        { "missed if a date is cleared in the same place", RULE("applies = { place = \"in\"; }; missed-if = { place = \"in\"; }; by = \"ends\"; " MET), NULL },
        { "missed if the impossible holds", RULE("applies = { level = \"2\"; }; missed-if = { status = \"here\"; level = \"1\"; }; every = \"1 weeks after\"; " MET), "never holds" },
        { "a milestone that repeats its day", RULE("by = \"ends\"; milestone = true; alerts = ( { at = \"due\"; to = \"unit\"; again = \"1 week\"; times = 2; } );"), "is repeated only where its day was past" },
        { "a milestone that repeats a warning", RULE("by = \"ends\"; milestone = true; alerts = ( { at = \"2 weeks before\"; to = \"unit\"; again = \"1 week\"; times = 2; } );"), NULL },
        { "overdue of a tentative date", RULE("by = \"ends\"; tentative = true; " MET " alerts = ( { at = \"overdue\"; to = \"unit\"; } );"), "nothing is late" },
        { "overdue before a tentative date", RULE("by = \"ends\"; tentative = true; lead = \"2 weeks before\"; opens = \"3 weeks before\"; " MET " alerts = ( { at = \"overdue\"; to = \"unit\"; } );"), NULL },
        { "applies over the state of an item that only ends", "attributes = ( { name = \"order-state\"; scope = \"order\"; values = [\"on\", \"off\"]; } ); events = ( { name = \"order-on\"; new-item = \"order\"; sets = { order-state = \"on\"; }; }, { name = \"order-off\"; item = \"order\"; sets = { order-state = \"off\"; }; } );\n"
          "rules = ( { id = \"x\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"should\"; per = \"order\"; applies = { order-state = \"on\"; }; every = \"1 weeks after\"; met-by = { event = \"order-off\"; }; } );\n", NULL },
        { "what must be done without alerts", MUST("every = \"16 weeks after\"; " MET), "nobody is told when it is overdue: \"alerts\" has no stage" },
        { "what must be done with no stage", MUST("every = \"16 weeks after\"; " MET " alerts = ();"), "nobody is told when it is overdue: \"alerts\" has no stage" },
        { "what must be done, told of beforehand", MUST("every = \"16 weeks after\"; " MET " alerts = ( " UNIT("6 weeks before") ", " UNIT("due") " );"), "is past by then" },
        { "what must be done, told of when it is late", MUST("every = \"16 weeks after\"; " MET " alerts = ( " UNIT("overdue") " );"), NULL },
        { "what must be done, told of a week late", MUST("every = \"16 weeks after\"; " MET " alerts = ( " UNIT("1 week after") " );"), NULL },
        { "what must be done, told of again when it is late", MUST("every = \"16 weeks after\"; " MET " alerts = ( { at = \"2 weeks before\"; to = \"unit\"; again = \"1 week\"; times = 3; } );"), NULL },
        { "what must be done, told of again up to its day", MUST("every = \"16 weeks after\"; " MET " alerts = ( { at = \"2 weeks before\"; to = \"unit\"; again = \"1 week\"; times = 2; } );"), "is past by then" },
        { "what must be done, told to nobody when it is late", MUST("every = \"16 weeks after\"; " MET " alerts = ( { at = \"overdue\"; to = []; } );"), "tells nobody" },
        { "what must be done so often a year without alerts", MUST("at-least = 1; in-each = \"year\"; " MET), "add a stage such as { at = \"due\"" },
        { "what must be done so often a year, told of beforehand", MUST("at-least = 1; in-each = \"year\"; " MET " alerts = ( " UNIT("opens") " );"), NULL },
        { "a milestone without alerts", MUST("by = \"ends\"; milestone = true;"), NULL },
        { "a tentative date without alerts", MUST("by = \"ends\"; tentative = true; " MET), NULL },
        { "a tentative date with a lead and without alerts", MUST("by = \"ends\"; tentative = true; lead = \"2 weeks before\"; opens = \"3 weeks before\"; " MET), "when it is overdue" },
        { "what must be done, and is switched off", MUST("enabled = false; every = \"16 weeks after\"; " MET), NULL },
        { "a version that begins two centuries late", CALENDAR RULE("in-force = { from = \"2226-04-01\"; }; every = \"1 week after\"; " MET), "more than 20 years after the calendar ends" },
        { "a version that begins when the calendar has ended", CALENDAR RULE("in-force = { from = \"2047-12-31\"; }; every = \"1 week after\"; " MET), NULL },
        { "a version that begins late where no calendar ends", RULE("in-force = { from = \"2226-04-01\"; }; every = \"1 week after\"; " MET), NULL },
        { "a version that ended before anything", RULE("in-force = { until = \"1826-04-01\"; }; every = \"1 week after\"; " MET), "before any event" },
        { "a version that ended long ago", RULE("in-force = { until = \"1900-01-01\"; }; every = \"1 week after\"; " MET), NULL },
        { "a period that reaches the last year", RULE("within = \"8099 years after\"; from = \"start\"; " MET), NULL },
        { "a constraint nobody can break", "constraints = ( { id = \"c\"; severity = \"flag\"; says = \"C.\"; never = { status = \"here\"; level = \"1\"; }; } );\n", "never be broken" },
        { "a constraint always broken", "constraints = ( { id = \"c\"; severity = \"flag\"; says = \"C.\"; between = [\"on\", \"ends\"]; at-least = \"3 weeks after\"; at-most = \"2 weeks after\"; } );\n", "always broken" },
};

static void check_claim(const struct claim *claim)
{
        struct rulefile_text texts[2] = { { "words.cfg", words, sizeof(words) - 1 }, { "x.cfg", claim->rule, strlen(claim->rule) } };
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        size_t fitting = 0;

        diagnostics_init(&diagnostics);
        if (rulefile_load_text(texts, 2, &diagnostics, &ruleset) == STATUS_OK)
                assert_int_equal(rulefile_check(ruleset, &diagnostics), STATUS_OK);
        for (size_t i = 0; i < diagnostics.count; i++)
                fitting += claim->warning != NULL && strstr(diagnostics.entries[i].sentence, claim->warning) != NULL;
        if (diagnostics.count != (claim->warning != NULL) || fitting != diagnostics.count) {
                print_error("%s\n", claim->what);
                diagnostics_print(&diagnostics, stdout);
        }
        assert_non_null(ruleset);
        assert_int_equal(diagnostics.count, claim->warning != NULL);
        assert_int_equal(fitting, diagnostics.count);
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
}

static void each_doubtful_rule_gives_its_one_warning(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++)
                check_claim(&claims[i]);
}

struct found { size_t count; int32_t anchors[8], days[8], others[8]; };

static void note(void *context, const struct ambiguity *ambiguity)
{
        struct found *found = context;

        assert_true(found->count < 8);
        assert_string_equal(ambiguity->setting, "every");
        found->anchors[found->count] = ambiguity->anchor;
        found->days[found->count] = ambiguity->day;
        found->others[found->count++] = ambiguity->other;
}

/* By hand, six months on from the days of 2023: 31 March, 31 May, 31 October and 31 December reach months of thirty
 * days; 30 and 31 August reach February 2024, which has 29, so 29 August has its corresponding date. */
static void every_day_that_hangs_on_the_month_end_is_listed(void **state)
{
        static const char text[] = RULE("every = \"6 months after\"; " MET);
        static const char *const anchors[] = { "2023-03-31", "2023-05-31", "2023-08-30", "2023-08-31", "2023-10-31", "2023-12-31" };
        static const char *const days[] = { "2023-09-30", "2023-11-30", "2024-02-29", "2024-02-29", "2024-04-30", "2024-06-30" };
        struct rulefile_text texts[2] = { { "words.cfg", words, sizeof(words) - 1 }, { "x.cfg", text, sizeof(text) - 1 } };
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        struct found found = { 0 };

        (void)state;
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_load_text(texts, 2, &diagnostics, &ruleset), STATUS_OK);
        rulefile_ambiguities(ruleset, civil_from_date((struct civil){ 2023, 1, 1 }), civil_from_date((struct civil){ 2023, 12, 31 }),
                             note, &found);
        assert_int_equal(found.count, 6);
        for (size_t i = 0; i < 6; i++) {
                char line[CIVIL_TEXT_SIZE];

                civil_format(found.anchors[i], line);
                assert_string_equal(line, anchors[i]);
                civil_format(found.days[i], line);
                assert_string_equal(line, days[i]);
                assert_true(found.others[i] > found.days[i]);
        }
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_doubtful_rule_gives_its_one_warning),
                cmocka_unit_test(every_day_that_hangs_on_the_month_end_is_listed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
