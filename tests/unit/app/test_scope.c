/*
 * Who sees which cases, below the socket: bits that are kept with what is recorded, and every question by them. What is
 * hidden must not show in any answer, and what is kept must be what a fresh look at the record says.
 */
#include "world.h"

#include "mappad/app_export.h"
#include "mappad/app_change.h"
#include "mappad/app_report.h"
#include "mappad/app_routes.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"

/* Lighthouses of class 1 are shut off; the north sees its own, and buoys that it has laid in waters of others. */
#define WORDS(weeks) \
        "items = ( { name = \"buoy\"; } );\n" \
        "attributes = ( { name = \"class\"; values = [\"1\", \"2\"]; }, { name = \"keeper\"; values = [\"north\", \"south\"]; },\n" \
        "  { name = \"seas\"; type = \"set\"; values = [\"north\", \"south\", \"west\"]; },\n" \
        "  { name = \"owner\"; scope = \"buoy\"; values = [\"north\", \"south\"]; } );\n" \
        "events = ( { name = \"classed\"; fields = ( { name = \"class\"; required = true; }, { name = \"keeper\"; } ); },\n" \
        "  { name = \"joined\"; fields = ( { name = \"sea\"; values = [\"north\", \"south\", \"west\"]; required = true; } ); adds = { seas = \"$sea\"; }; },\n" \
        "  { name = \"left\"; fields = ( { name = \"sea\"; values = [\"north\", \"south\", \"west\"]; required = true; } ); removes = { seas = \"$sea\"; }; },\n" \
        "  { name = \"buoy-laid\"; new-item = \"buoy\"; fields = ( { name = \"owner\"; } ); }, { name = \"buoy-checked\"; item = \"buoy\"; }, { name = \"visited\"; } );\n" \
        "calendar = { name = \"sea\"; working-week = [\"mon\"]; covers = { from = \"2000-01-01\"; until = \"2060-12-31\"; }; };\n" \
        "rules = (" WORLD_RULE("visit", "applies = { class = \"set\"; }; every = \"" weeks " weeks after\"; met-by = { event = \"visited\"; };" \
                                        " alerts = ( { at = \"overdue\"; to = \"unit\"; } );") "," \
        WORLD_RULE("buoy-check", "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };" \
                                 " alerts = ( { at = \"overdue\"; to = \"unit\"; } );") ");"
static const char words[] = WORDS("8"), later[] = WORDS("10");
static const char standing[] = "access = { compartments = ( { group = \"a\"; when = { class = \"1\"; }; hides-counts = true; } );\n"
                             "  agencies = ( { group = \"b\"; agency = \"north\"; cases = [\"keeper\", \"seas\"]; items = \"owner\"; },\n"
                             "               { group = \"c\"; agency = \"south\"; cases = \"keeper\"; } ); };";
enum { SHUT = 1, NORTH = 2, SOUTH = 4 };
static const struct sight outside = {.hidden = SHUT, .uncounted = SHUT}, north = {.within = NORTH, .hidden = SHUT, .uncounted = SHUT},
                          both = {.within = NORTH | SOUTH}, all = {0};

static struct app_rules rules_of(struct world *world)
{
        struct rulefile_text text = {"words", world->law, strlen(world->law)};
        struct diagnostics problems;
        struct ruleset *ruleset = NULL;

        diagnostics_init(&problems);
        if (rulefile_load_text(&text, 1, &problems, &ruleset) != STATUS_OK) {
                diagnostics_print(&problems, stderr);
                fail_msg("the rules were refused");
        }
        diagnostics_fini(&problems);
        return (struct app_rules){.ruleset = ruleset, .scopes = world_scopes(world->access, ruleset), .release = world_release};
}

static void open_world(struct world *world)
{
        struct app_rules rules = rules_of(world);

        assert_int_equal(app_open(&world->settings, rules, world->now, &world->app, world->problem), STATUS_OK);
}

static void begin(struct world *world, const char *scopes)
{
        *world = (struct world){.access = scopes, .law = words};
        world_directory(world->directory);
        world->settings = (struct app_settings){
                .state_directory = world->directory, .test_clock = true, .sweeps = {{0, 450}}, .sweep_count = 1};
        world_at(world, "2023-01-02", 9);
        open_world(world);
        world_recorded(world, "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n"
                              "{'case':'L-2','event':'classed','class':'1','keeper':'north','on':'2023-01-02','id':'shut'}\n"
                              "{'case':'L-3','event':'classed','class':'2','keeper':'south','on':'2023-01-02'}\n"
                              "{'case':'L-3','event':'buoy-laid','item':'B1','owner':'north','on':'2023-01-02'}\n"
                              "{'case':'L-3','event':'buoy-laid','item':'B2','owner':'south','on':'2023-01-02'}\n"
                              "{'case':'L-4','event':'classed','class':'2','on':'2023-01-02'}\n"
                              "{'case':'L-4','event':'joined','sea':'north','on':'2023-01-02'}");
}

/* ---- what each question tells ---- */

static const char *listed(struct world *world, struct sight sight, const char *states, uint64_t limit)
{
        struct app_obligation_filter filter = app_obligation_filter_all();

        filter.sight = sight;
        filter.states = states;
        filter.limit = limit;
        world_list(world, &filter);
        return world->text;
}

static const char *cases(struct world *world, struct sight sight, int32_t as_of)
{
        const struct app_axes axes = {.as_of = as_of, .known_at = INSTANT_LATEST, .sight = sight};
        struct app_page page = {"", 1}; /* one a page, so that every cursor is tried */
        char after[33] = "";
        bool more = true;

        world->used = 0;
        world->text[0] = '\0';
        while (more) {
                struct app_cases *cases = NULL;
                struct app_case found;
                enum app_row row = APP_WORKING;

                page.after = after;
                assert_int_equal(app_cases_begin(world->app, world->now, &axes, &page, &cases), STATUS_OK);
                while (row != APP_END) {
                        assert_int_equal(app_cases_next(cases, &row, &found), STATUS_OK);
                        if (row != APP_ROW)
                                continue;
                        world_say(world, "%s ", found.ref);
                        snprintf(after, sizeof after, "%s", found.ref);
                }
                more = app_cases_more(cases);
                app_cases_free(cases);
        }
        return world->text;
}

static const char *heard(struct world *world, struct sight sight)
{
        struct app_alert_filter filter = {.limit = 1000, .sight = sight};
        bool more = false;

        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(app_alerts(world->app, &filter, world_hear, world, &more), STATUS_OK);
        assert_false(more);
        return world->text;
}

static uint64_t exported(struct world *world, struct sight sight)
{
        const struct app_export_question question = {.limit = 1000, .sight = sight};
        struct app_export *export = NULL;
        struct wire_buffer buffer;
        enum app_row row = APP_WORKING;
        uint64_t count = 0;

        wire_buffer_init(&buffer);
        assert_int_equal(app_export_begin(world->app, &question, &export), STATUS_OK);
        for (; row != APP_END; count += row == APP_ROW)
                assert_int_equal(app_export_next(export, &buffer, &row), STATUS_OK);
        app_export_free(export);
        wire_buffer_fini(&buffer);
        return count;
}

static struct app_certificate_totals certified(struct world *world, struct sight sight)
{
        const struct app_certificate_question question = {
                .as_of = CIVIL_NONE, .known_at = INSTANT_LATEST, .answers = "all", .sight = sight};
        struct app_certificate *certificate = NULL;
        struct app_certificate_row row;
        struct wire_problem problem;
        enum app_row kind = APP_WORKING;

        assert_int_equal(app_certificate_begin(world->app, world->now, &question, &certificate, &problem), STATUS_OK);
        while (kind != APP_END) {
                assert_int_equal(app_certificate_next(certificate, &kind, &row), STATUS_OK);
                assert_true(kind != APP_ROW || sight_whole(sight) || strcmp(row.case_ref, "L-2") != 0);
        }
        struct app_certificate_totals totals = *app_certificate_totals(certificate);
        app_certificate_free(certificate);
        assert_string_equal(totals.problem, "");
        totals.by_rule = NULL;
        return totals;
}

/* What is kept is what a fresh look says, lists of scopes included. */
static void assert_kept(struct world *world)
{
        struct app_verify_heads heads = {NULL, NULL, NULL};
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row row = APP_WORKING;
        bool wait = false;

        assert_int_equal(app_verify_begin(world->app, world->now, &heads, &verify, &problem), STATUS_OK);
        while (row != APP_END) {
                assert_int_equal(app_verify_next(verify, &row, &finding, &wait), STATUS_OK);
                if (wait)
                        app_verify_wait(verify);
                if (row == APP_ROW)
                        fail_msg("%s %lld: %s", finding.table, (long long)finding.row, finding.what);
        }
        app_verify_free(verify);
}

/* ---- tests ---- */

static void each_question_tells_of_what_is_in_sight_and_counts_nothing_else(void **state)
{
        struct world world;

        (void)state;
        begin(&world, standing);
        assert_string_equal(cases(&world, all, CIVIL_NONE), "L-1 L-2 L-3 L-4 ");
        assert_string_equal(cases(&world, outside, CIVIL_NONE), "L-1 L-3 L-4 ");
        assert_string_equal(cases(&world, north, CIVIL_NONE), "L-1 L-4 ");
        assert_string_equal(cases(&world, north, world_day("2023-01-01")), "");
        assert_string_equal(cases(&world, both, CIVIL_NONE), "L-1 L-2 L-3 L-4 ");
        assert_string_equal(listed(&world, north, NULL, 0), "L-3 buoy-check due-soon 2023-01-12\n"
                                                            "L-1 visit open 2023-02-27\nL-4 visit open 2023-02-27\n");
        assert_string_equal(listed(&world, north, "all", 0), "L-1 visit open 2023-02-27\nL-4 visit open 2023-02-27\n");
        assert_string_equal(listed(&world, outside, "open", 0), listed(&world, outside, "all", 0));
        assert_null(strstr(listed(&world, outside, NULL, 0), "L-2"));
        assert_int_equal(exported(&world, all), 7);
        assert_int_equal(exported(&world, outside), 6);
        assert_int_equal(exported(&world, north), 3);
        assert_int_equal(certified(&world, all).cases, 4);
        assert_int_equal(certified(&world, outside).cases, 3);
        assert_int_equal(certified(&world, north).cases, 2);
        world_live(&world, "2023-03-06");
        assert_string_equal(heard(&world, north), "stage L-1 visit due 2023-02-27 \"overdue\" > unit\n"
                                                  "stage L-4 visit due 2023-02-27 \"overdue\" > unit\n");
        assert_null(strstr(heard(&world, outside), "L-2"));
        assert_non_null(strstr(heard(&world, all), "L-2"));
        assert_kept(&world);
        world_fini(&world);
}

static void attributes_of_a_case_are_not_for_whoever_sees_an_item_of_it(void **state)
{
        struct app_obligation_filter filter = app_obligation_filter_all();
        struct world world;

        (void)state;
        begin(&world, standing);
        filter.sight = north;
        filter.attributes[filter.attribute_count++] = (struct app_attribute_filter){"keeper", "south"};
        world_list(&world, &filter);
        assert_string_equal(world.text, "");
        filter.attributes[0].values = "north,south";
        world_list(&world, &filter);
        assert_string_equal(world.text, "L-1 visit open 2023-02-27\n");
        world_fini(&world);
}

static void a_page_of_one_scope_goes_on_where_the_one_before_ended(void **state)
{
        struct app_obligation_filter filter = app_obligation_filter_all();
        struct wire_problem problem;
        char cursor[APP_CURSOR_SIZE] = "", seen[256] = "";
        struct world world;

        (void)state;
        begin(&world, standing);
        filter.sight = north;
        filter.limit = 1;
        do {
                struct app_query *query = NULL;
                struct app_obligation found;
                enum app_row row = APP_WORKING;

                filter.cursor = cursor[0] == '\0' ? NULL : cursor;
                assert_int_equal(app_query_obligations(world.app, world.now, &filter, &query, &problem), STATUS_OK);
                while (row != APP_END) {
                        assert_int_equal(app_query_next(query, &row, &found), STATUS_OK);
                        if (row == APP_ROW)
                                snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", found.case_ref);
                }
                snprintf(cursor, sizeof cursor, "%s", app_query_cursor(query));
                app_query_free(query);
        } while (cursor[0] != '\0');
        assert_string_equal(seen, "L-3 L-1 L-4 ");
        world_fini(&world);
}

static void what_is_recorded_moves_a_case_in_and_out_of_sight(void **state)
{
        static const struct {
                const char *line, *north, *outside;
        } steps[] = {
                {"{'case':'L-4','event':'left','sea':'north','on':'2023-01-02'}", "L-1 ", "L-1 L-3 L-4 "},
                {"{'case':'L-3','event':'joined','sea':'north','on':'2023-01-02'}", "L-1 L-3 ", "L-1 L-3 L-4 "},
                {"{'case':'L-3','event':'joined','sea':'west','on':'2023-01-02'}", "L-1 L-3 ", "L-1 L-3 L-4 "},
                {"{'case':'L-1','event':'classed','class':'1','on':'2023-01-02','id':'mistake'}", "L-3 ", "L-3 L-4 "},
                {"{'retract':'mistake','why':'x'}", "L-1 L-3 ", "L-1 L-3 L-4 "},
                {"{'case':'L-2','event':'classed','class':'2','on':'2023-01-02'}", "L-1 L-2 L-3 ", "L-1 L-2 L-3 L-4 "},
                {"{'case':'L-2','event':'classed','class':'2','keeper':'south','on':'2023-01-02'}", "L-1 L-3 ", "L-1 L-2 L-3 L-4 "},
        };
        struct world world;

        (void)state;
        begin(&world, standing);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
                world_recorded(&world, steps[i].line);
                assert_string_equal(cases(&world, north, CIVIL_NONE), steps[i].north);
                assert_string_equal(cases(&world, outside, CIVIL_NONE), steps[i].outside);
                assert_kept(&world);
        }
        world_fini(&world);
}

/* As somebody of that sight; the code of the refusal, or "". */
static const char *record_as(struct world *world, struct sight sight, const char *line, bool dry_run)
{
        struct app_actor actor = {.uid = 1000, .name = "clerk", .sight = sight};
        struct app_batch *batch = NULL;
        char text[512];

        for (size_t i = 0; i <= strlen(line); i++)
                text[i] = line[i] == '\'' ? '"' : line[i];
        assert_int_equal(app_batch_new(world->app, world->now, actor, dry_run, &batch), STATUS_OK);
        assert_int_equal(app_batch_add_body(batch, text, strlen(text)), STATUS_OK);
        app_submit(world->app, batch, world_done, world);
        app_flush(world->app, world->now);
        return world->code;
}

static void nothing_is_recorded_of_a_case_out_of_sight_and_no_word_says_that_there_is_one(void **state)
{
        static const struct {
                const char *hidden, *unknown, *code; /* a line about a hidden case, and the same about none */
        } lines[] = {
                {"{'case':'L-2','event':'visited','on':'2023-01-02'}", "{'case':'L-9','event':'visited','on':'2023-01-02'}", "unknown-case"},
                {"{'case':'L-2','event':'visited','on':'2023-01-02','id':'shut'}", "{'case':'L-9','event':'visited','on':'2023-01-02','id':'free'}",
                 "unknown-case"},
                {"{'case':'L-2','event':'buoy-checked','item':'B9','on':'2023-01-02'}", "{'case':'L-9','event':'buoy-checked','item':'B9','on':'2023-01-02'}",
                 "unknown-case"},
                {"{'case':'L-2','event':'nothing','on':'2023-01-02','id':'shut'}", "{'case':'L-9','event':'nothing','on':'2023-01-02','id':'free'}",
                 "unknown-event"},
                {"{'retract':'shut','why':'x'}", "{'retract':'free','why':'x'}", "not-standing"},
                {"{'retract':2,'why':'x'}", "{'retract':999,'why':'x'}", "not-standing"},
                {"{'case':'L-1','event':'visited','on':'2023-01-02','replaces':'shut','why':'x'}",
                 "{'case':'L-1','event':'visited','on':'2023-01-02','replaces':'free','why':'x'}", "not-standing"},
        };
        struct world world;

        (void)state;
        begin(&world, standing);
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                for (int dry = 0; dry < 2; dry++) {
                        assert_string_equal(record_as(&world, outside, lines[i].hidden, dry == 1), lines[i].code);
                        assert_string_equal(record_as(&world, outside, lines[i].unknown, dry == 1), lines[i].code);
                }
        /* an id is taken once in the record, and that much is said */
        assert_string_equal(record_as(&world, outside, "{'case':'L-1','event':'visited','on':'2023-01-02','id':'shut'}", true),
                            "id-taken");
        assert_int_equal(exported(&world, all), 7);
        assert_string_equal(record_as(&world, outside, "{'case':'L-1','event':'visited','on':'2023-01-02'}", false), "");
        /* outside of one that does not hide counts a case may be begun, unless the reference is taken */
        const struct sight loose = {.hidden = SHUT};
        assert_string_equal(record_as(&world, loose, "{'case':'L-9','event':'visited','on':'2023-01-02'}", false), "");
        assert_string_equal(record_as(&world, loose, "{'case':'L-2','event':'visited','on':'2023-01-02'}", false), "unknown-case");
        assert_kept(&world);
        world_fini(&world);
}

static void other_scopes_have_every_case_looked_at_anew(void **state)
{
        static const char other[] = "access = { agencies = ( { group = \"b\"; agency = \"south\"; cases = \"keeper\"; },\n"
                                    "  { group = \"a\"; agency = \"west\"; cases = \"seas\"; } ); };";
        struct world world;

        (void)state;
        begin(&world, NULL);
        assert_string_equal(cases(&world, outside, CIVIL_NONE), "L-1 L-2 L-3 L-4 "); /* no bits, nothing to hide */
        world.access = standing;
        assert_int_equal(app_reload(world.app, world.now, rules_of(&world), world.problem), STATUS_OK);
        assert_string_equal(cases(&world, outside, CIVIL_NONE), "L-1 L-3 L-4 ");
        assert_kept(&world);
        world_crash(&world); /* and it is known at the next start by which scopes they were found */
        open_world(&world);
        assert_string_equal(cases(&world, north, CIVIL_NONE), "L-1 L-4 ");
        app_close(world.app, world.now);
        world.access = other;
        open_world(&world);
        assert_string_equal(cases(&world, (struct sight){.within = 1}, CIVIL_NONE), "L-3 ");
        assert_string_equal(cases(&world, (struct sight){.within = 2}, CIVIL_NONE), "");
        assert_string_equal(listed(&world, (struct sight){.within = 1}, NULL, 0),
                            "L-3 buoy-check due-soon 2023-01-12\nL-3 buoy-check due-soon 2023-01-12\nL-3 visit open 2023-02-27\n");
        assert_kept(&world);
        world.access = NULL;
        assert_int_equal(app_reload(world.app, world.now, rules_of(&world), world.problem), STATUS_OK);
        assert_string_equal(cases(&world, (struct sight){.hidden = UINT64_MAX >> 1}, CIVIL_NONE), "L-1 L-2 L-3 L-4 ");
        assert_kept(&world);
        world_fini(&world);
}

static bool step(struct world *world)
{
        bool more = false;

        assert_int_equal(app_turn_over(world->app, world->now, &more), STATUS_OK);
        return more;
}

/* Rules take a case a step. */
static void begin_in_steps(struct world *world)
{
        begin(world, NULL);
        app_close(world->app, world->now);
        world->settings.change.at_once = world->settings.change.step = 1;
        open_world(world);
}

static void reload(struct world *world, const char *law)
{
        world->law = law;
        assert_int_equal(app_reload(world->app, world->now, rules_of(world), world->problem), STATUS_OK);
}

static void whoever_is_to_be_out_of_sight_waits_for_no_steps(void **state)
{
        struct world world;

        (void)state;
        for (int coming = 0; coming < 3; coming++) {
                begin_in_steps(&world);
                if (coming > 0) {
                        reload(&world, later);
                        assert_non_null(app_coming(world.app));
                        for (int i = 0; i < 2; i++)
                                assert_true(step(&world));
                }
                /* Under the rules in force, under those that were coming. */
                world.access = standing;
                reload(&world, coming == 2 ? later : words);
                assert_null(app_coming(world.app));
                assert_string_equal(cases(&world, outside, CIVIL_NONE), "L-1 L-3 L-4 ");
                assert_kept(&world);
                while (step(&world))
                        ;
                assert_string_equal(cases(&world, outside, CIVIL_NONE), "L-1 L-3 L-4 ");
                assert_kept(&world);
                world_fini(&world);
        }
}

/* Two changes of rules, the second with other scopes while dates of the first are still to be told: each is told once, as
 * when both were at once. */
static void before_other_scopes_and_rules_come_moved_dates_are_told(void **state)
{
        struct world world;
        char at_once[WORLD_TEXT];

        (void)state;
        for (int steps = 0; steps < 2; steps++) {
                if (steps == 0)
                        begin(&world, NULL);
                else
                        begin_in_steps(&world);
                reload(&world, later);
                while (steps > 0 && app_coming(world.app) != NULL)
                        assert_true(step(&world));
                world.access = standing;
                reload(&world, words);
                assert_false(step(&world));
                assert_string_equal(cases(&world, outside, CIVIL_NONE), "L-1 L-3 L-4 ");
                assert_kept(&world);
                if (steps == 0)
                        snprintf(at_once, sizeof at_once, "%s", heard(&world, all));
                else
                        assert_string_equal(heard(&world, all), at_once);
                assert_true(strstr(at_once, "moved") != NULL);
                world_fini(&world);
        }
}

static void one_case_is_unknown_to_whoever_does_not_see_it(void **state)
{
        const struct app_axes axes = {.as_of = CIVIL_NONE, .known_at = INSTANT_LATEST, .sight = outside};
        struct app_explain_question question = {.case_ref = "L-2", .rule = "visit", .started = CIVIL_NONE, .as_of = CIVIL_NONE,
                                                .known_at = INSTANT_LATEST, .sight = outside};
        struct app_query *query = NULL;
        struct wire_problem hidden, unknown;
        struct wire_buffer buffer;
        struct app_case found;
        struct world world;
        bool is_hidden = false;

        (void)state;
        begin(&world, standing);
        wire_buffer_init(&buffer);
        assert_int_equal(app_case_one(world.app, world.now, &axes, "L-2", &found), STATUS_OK);
        assert_null(found.ref);
        assert_int_equal(app_query_case_obligations(world.app, world.now, &axes, "L-2", &query, &hidden), STATUS_INVALID);
        assert_int_equal(app_query_case_obligations(world.app, world.now, &axes, "L-8", &query, &unknown), STATUS_INVALID);
        assert_string_equal(hidden.message, "nothing was ever recorded of \"L-2\"");
        assert_string_equal(unknown.message, "nothing was ever recorded of \"L-8\"");
        assert_int_equal(app_explain(world.app, world.now, &question, &buffer, &hidden), STATUS_INVALID);
        assert_string_equal(hidden.code, "unknown-case");
        assert_int_equal(buffer.length, 0);
        assert_int_equal(app_case_hidden(world.app, "L-2", outside, &is_hidden), STATUS_OK);
        assert_true(is_hidden);
        assert_int_equal(app_case_hidden(world.app, "L-8", outside, &is_hidden), STATUS_OK);
        assert_false(is_hidden);
        wire_buffer_fini(&buffer);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_question_tells_of_what_is_in_sight_and_counts_nothing_else),
                cmocka_unit_test(attributes_of_a_case_are_not_for_whoever_sees_an_item_of_it),
                cmocka_unit_test(a_page_of_one_scope_goes_on_where_the_one_before_ended),
                cmocka_unit_test(what_is_recorded_moves_a_case_in_and_out_of_sight),
                cmocka_unit_test(nothing_is_recorded_of_a_case_out_of_sight_and_no_word_says_that_there_is_one),
                cmocka_unit_test(other_scopes_have_every_case_looked_at_anew),
                cmocka_unit_test(whoever_is_to_be_out_of_sight_waits_for_no_steps),
                cmocka_unit_test(before_other_scopes_and_rules_come_moved_dates_are_told),
                cmocka_unit_test(one_case_is_unknown_to_whoever_does_not_see_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
