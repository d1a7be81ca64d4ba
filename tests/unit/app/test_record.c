/*
 * Recording: batches are whole or not there, a repeated id is one event, a dry
 * run leaves no trace, and what was answered is on disk.
 */
#include "world.h"

#define LIT "{'case':'L-1','event':'lit','on':'2023-01-02'}"
#define CLASSED "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}"

static uint64_t events(struct world *world)
{
        struct app_status status;

        assert_int_equal(app_status(world->app, world->now, &status), STATUS_OK);
        return status.events;
}

static void what_was_answered_survives_a_crash(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, CLASSED "\n" LIT);
        assert_int_equal(world.recorded, 2);
        assert_int_equal(world.changed, 1);
        world_crash(&world);
        world_open(&world);
        assert_int_equal(events(&world), 2);
        world_obligations(&world, NULL);
        assert_string_equal(world.text, "L-1 inspection open 2023-02-27\n");
        world_fini(&world);
}

static void what_waits_at_a_crash_is_answered_and_not_there(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        app_submit(world.app, world_batch(&world, LIT, false), world_done, &world);
        assert_true(app_waiting(world.app));
        world_crash(&world);
        assert_int_equal(world.status, STATUS_IO);
        world_open(&world);
        assert_int_equal(events(&world), 0);
        world_fini(&world);
}

static void a_repeated_id_is_one_event(void **state)
{
        static const char line[] = "{'case':'L-1','event':'lit','on':'2023-01-02','id':'a-1'}";
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, line);
        world_recorded(&world, line);
        assert_int_equal(world.repeated, 1);
        assert_int_equal(world.last_seq, 1);
        assert_int_equal(events(&world), 1);
        /* also when it was retracted, and whatever else the line says */
        assert_int_equal(world_retract(&world, 1), STATUS_OK);
        world_recorded(&world, "{'case':'L-2','event':'no-such','on':'2023-01-02','id':'a-1'}");
        assert_int_equal(events(&world), 2);
        /* twice in one batch */
        world_recorded(
                &world,
                "{'case':'L-1','event':'lit','on':'2023-01-02','id':'b'}\n{'case':'L-1','event':'lit','on':'2023-01-02','id':'b'}");
        assert_int_equal(world.recorded, 1);
        assert_int_equal(world.repeated, 1);
        world_fini(&world);
}

/* What a line with a known id says against what has it: the first thing that is another. */
static const struct {
        const char *line, *conflict; /* of line 1 */
} conflict_rows[] = {
        {"{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a'}", ""},
        {"{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a','force':true,'why':'again'}", ""},
        {"{'case':'L-2','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a'}", "1:1 case "},
        {"{'case':'L-9','event':'classed','class':'1','keeper':'north','on':'2023-01-01','id':'a'}", "1:1 case "},
        {"{'case':'L-1','event':'lit','on':'2023-01-02','id':'a'}", "1:1 event "},
        {"{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-01','id':'a'}", "1:1 on "},
        {"{'case':'L-1','event':'classed','class':'1','keeper':'north','on':'2023-01-02','id':'a'}", "1:1 class "},
        {"{'case':'L-1','event':'classed','class':'2','keeper':'south','on':'2023-01-02','id':'a'}", "1:1 keeper "},
        {"{'case':'L-1','event':'classed','class':'2','on':'2023-01-02','id':'a'}", "1:1 keeper "},
        {"{'retract':'b','why':'x','id':'a'}", "1:1 retract "},
        {"{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a','replaces':'b','why':'x'}", "1:1 replaces "},
        {"{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a','replaces':'none','why':'x'}", "1:1 replaces "},
        {"{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a','replaces':99,'why':'x'}", "1:1 replaces "},
        {"{'retract':'none','why':'x','id':'d'}", "1:4 retract "},
        {"{'case':'L-1','event':'no-such','on':'2023-01-02','id':'a'}", ""}, /* it is not understood, so nothing is known of it */
        {"{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02','id':'b'}", ""},
        {"{'case':'L-1','event':'buoy-laid','item':'B2','on':'2023-01-02','id':'b'}", "1:2 item "},
        {"{'case':'L-1','event':'noted','mark':'m-1','on':'2023-01-02','id':'c'}", ""},
        {"{'case':'L-1','event':'noted','mark':'m-2','on':'2023-01-02','id':'c'}", "1:3 mark "},
        {"{'case':'L-1','event':'noted','on':'2023-01-02','id':'c'}", "1:3 mark "},
        {"{'retract':'c','why':'other words','id':'d'}", ""},
        {"{'retract':3,'why':'x','id':'d'}", ""},
        {"{'retract':2,'why':'x','id':'d'}", "1:4 retract "},
        {"{'case':'L-1','event':'lit','on':'2023-01-02','id':'d'}", "1:4 event "},
        {"{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-02','id':'e','replaces':'f','why':'x'}", ""},
        {"{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-02','id':'e','replaces':5,'why':'x'}", ""},
        {"{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-02','id':'e','replaces':1,'why':'x'}", "1:6 replaces "},
        {"{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-02','id':'e'}", "1:6 replaces "},
        {"{'case':'L-1','event':'licensed','licence-ends':'2023-05-02','on':'2023-01-02','id':'e'}", "1:6 licence-ends "},
};

#define CONFLICT_RECORD                                                                                                          \
        "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02','id':'a'}\n"                             \
        "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02','id':'b'}\n"                                            \
        "{'case':'L-1','event':'noted','mark':'m-1','on':'2023-01-02','id':'c'}\n"                                               \
        "{'retract':'c','why':'x','id':'d'}\n"                                                                                   \
        "{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-01','id':'f'}\n"                             \
        "{'case':'L-1','event':'licensed','licence-ends':'2023-05-01','on':'2023-01-02','id':'e','replaces':'f','why':'x'}\n"

static void try_or_record(struct world *world, const char *body, bool dry_run)
{
        app_submit(world->app, world_batch(world, body, dry_run), world_done, world);
        app_flush(world->app, world->now);
}

static void a_repeat_that_says_something_else_is_skipped_and_told(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, CONFLICT_RECORD);
        assert_string_equal(world.conflicts, "");
        for (size_t i = 0; i < 2 * sizeof conflict_rows / sizeof *conflict_rows; i++) {
                try_or_record(&world, conflict_rows[i / 2].line, i % 2 == 0);
                assert_int_equal(world.status, STATUS_OK);
                assert_int_equal(world.repeated, 1);
                assert_string_equal(world.conflicts, conflict_rows[i / 2].conflict);
                assert_int_equal(events(&world), 6);
        }
        world_fini(&world);
}

static void and_is_refused_where_that_is_asked_for(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world.strict = true;
        world_recorded(&world, CONFLICT_RECORD);
        for (size_t i = 0; i < 2 * sizeof conflict_rows / sizeof *conflict_rows; i++) {
                bool refused = conflict_rows[i / 2].conflict[0] != '\0';

                try_or_record(&world, conflict_rows[i / 2].line, i % 2 == 0);
                assert_int_equal(world.status, refused ? STATUS_INVALID : STATUS_OK);
                assert_string_equal(world.code, refused ? "id-conflict" : "");
                assert_int_equal(world.repeated, refused ? 0 : 1);
                assert_string_equal(world.conflicts, "");
                assert_int_equal(events(&world), 6);
        }
        world_fini(&world);
}

/* As the record has them not yet, and in a trial never will. */
static void two_lines_of_one_batch_conflict_likewise(void **state)
{
        char body[4096];
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        for (size_t i = 0; i < sizeof conflict_rows / sizeof *conflict_rows; i++) {
                char conflict[64];
                const char *expected = conflict_rows[i].conflict;

                snprintf(conflict, sizeof conflict, "%s%s", expected[0] == '\0' ? "" : "7", expected[0] == '\0' ? "" : expected + 1);
                snprintf(body, sizeof body, CONFLICT_RECORD "%s", conflict_rows[i].line);
                try_or_record(&world, body, true);
                assert_int_equal(world.status, STATUS_OK);
                assert_string_equal(world.conflicts, conflict);
        }
        assert_int_equal(events(&world), 0);
        snprintf(body, sizeof body, CONFLICT_RECORD "%s", conflict_rows[2].line);
        try_or_record(&world, body, false);
        assert_string_equal(world.conflicts, "7:1 case ");
        assert_int_equal(events(&world), 6);
        world_fini(&world);
}

static void a_refused_id_may_come_again(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(world_record(&world, "{'case':'L-1','event':'buoy-checked','item':'B1','on':'2023-01-02','id':'a-1'}"),
                         STATUS_INVALID);
        assert_string_equal(world.code, "item-unknown");
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-01-02','id':'a-1'}");
        assert_int_equal(world.repeated, 0);
        assert_int_equal(events(&world), 1);
        world_fini(&world);
}

static void a_dry_run_leaves_no_trace(void **state)
{
        struct world world;
        struct app_status before, after;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-03-10");
        world_recorded(&world, CLASSED);
        (void)world_heard(&world);
        assert_int_equal(app_status(world.app, world.now, &before), STATUS_OK);
        app_submit(world.app,
                   world_batch(&world, LIT "\n{'case':'L-9','event':'classed','class':'1','keeper':'south','on':'2023-01-02'}", true),
                   world_done, &world);
        app_flush(world.app, world.now);
        assert_int_equal(world.status, STATUS_OK);
        assert_int_equal(world.recorded, 2);
        assert_int_equal(app_status(world.app, world.now, &after), STATUS_OK);
        assert_memory_equal(before.open, after.open, sizeof before.open);
        assert_int_equal(before.events, after.events);
        assert_int_equal(before.cases, after.cases);
        assert_string_equal(before.chain_head, after.chain_head);
        assert_heard(&world, "");
        world_fini(&world);
}

/* A trial that is asked for so much of what would change leaves no trace. */
static void assert_tried(struct world *world, const char *body, enum app_changed wanted, struct world *tried)
{
        struct app_batch *batch = world_batch(world, body, true);
        struct app_status before, after;

        app_batch_want(batch, wanted);
        assert_int_equal(app_status(world->app, world->now, &before), STATUS_OK);
        app_submit(world->app, batch, world_done, tried);
        app_flush(world->app, world->now);
        assert_int_equal(app_status(world->app, world->now, &after), STATUS_OK);
        assert_string_equal(before.chain_head, after.chain_head);
        assert_int_equal(before.cases, after.cases);
}

static void assert_same_said(const struct world *tried, const struct world *world)
{
        assert_int_equal(tried->status, world->status);
        assert_string_equal(tried->code, world->code);
        assert_int_equal(tried->problems, world->problems);
        assert_int_equal(tried->warnings, world->warnings);
        assert_int_equal(tried->recorded, world->recorded);
        assert_int_equal(tried->repeated, world->repeated);
        assert_int_equal(tried->last_seq, world->last_seq);
}

/* Lines that speak of each other: what a trial says of them is what recording them says, however much of what would
 * change it is asked for. */
static void a_dry_run_says_what_recording_says(void **state)
{
        static const char *const bodies[] = {
                /* an id twice; the second whatever else it says */
                "{'case':'T-1','event':'lit','on':'2023-01-02','id':'b'}\n{'case':'T-1','event':'no-such','id':'b'}",
                /* replaced and retracted by id and by number, in one body */
                ("{'case':'T-1','event':'classed','class':'1','keeper':'south','on':'2023-01-02','id':'c'}\n"
                 "{'case':'T-1','event':'classed','class':'2','keeper':'south','on':'2023-01-03','replaces':'c','why':'x'}"),
                "{'case':'T-2','event':'lit','on':'2023-01-02','id':'d'}\n{'retract':'d','why':'a mistake'}",
                "{'case':'T-2','event':'lit','on':'2023-01-02'}\n{'retract':6,'why':'a mistake'}",
                /* what does not stand any more, is of another case, or is not there yet */
                "{'case':'T-3','event':'lit','on':'2023-01-02','id':'e'}\n{'retract':'e','why':'x'}\n{'retract':'e','why':'x'}",
                "{'case':'T-3','event':'lit','on':'2023-01-02','id':'f'}\n{'case':'T-4','event':'lit','on':'2023-01-02','replaces':'f','why':'x'}",
                "{'retract':'g','why':'x'}\n{'case':'T-3','event':'lit','on':'2023-01-02','id':'g'}",
                "{'case':'T-3','event':'lit','on':'2023-01-02'}\n{'retract':9,'why':'a later one'}",
                /* items, and a line that is refused once more */
                "{'case':'T-5','event':'buoy-laid','item':'B1','on':'2022-01-02','id':'h'}\n{'case':'T-5','event':'buoy-checked','item':'B1','on':'2022-02-02','id':'h'}",
                "{'case':'T-6','event':'buoy-laid','item':'B1','on':'2022-01-02'}\n{'case':'T-6','event':'buoy-laid','item':'B1','on':'2022-01-02'}",
        };
        struct world world, rows, counts, none;
        size_t changed = 0;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-03-10");
        for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
                assert_tried(&world, bodies[i], APP_CHANGED_ROWS, &rows);
                assert_tried(&world, bodies[i], APP_CHANGED_COUNTS, &counts);
                assert_tried(&world, bodies[i], APP_CHANGED_NONE, &none);
                (void)world_record(&world, bodies[i]);
                assert_same_said(&rows, &world);
                assert_same_said(&counts, &world);
                assert_same_said(&none, &world);
                assert_int_equal(rows.changed, world.changed);
                assert_int_equal(rows.summed, world.changed);
                assert_int_equal(counts.changed, 0);
                assert_int_equal(counts.summed, world.changed);
                assert_int_equal(none.changed + none.summed, 0);
                changed += world.changed;
        }
        assert_true(changed > 0);
        assert_int_equal(events(&world), 8);
        world_fini(&world);
}

/* Three batches in one transaction: the refused one in the middle leaves nothing and costs the others nothing. */
static void a_refused_batch_leaves_nothing_and_costs_nothing(void **state)
{
        struct world world, second, third;
        struct app_status status;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        app_submit(world.app, world_batch(&world, CLASSED "\n" LIT, false), world_done, &world);
        app_submit(world.app,
                   world_batch(&world,
                               "{'case':'L-2','event':'buoy-laid','item':'B1','on':'2022-01-02'}\n"
                               "{'case':'L-2','event':'buoy-laid','item':'B1','on':'2022-01-02'}",
                               false),
                   world_done, &second);
        app_submit(world.app, world_batch(&world, "{'case':'L-3','event':'buoy-laid','item':'B1','on':'2022-12-30'}", false), world_done,
                   &third);
        app_flush(world.app, world.now);
        assert_int_equal(world.status, STATUS_OK);
        assert_int_equal(second.status, STATUS_INVALID);
        assert_string_equal(second.code, "item-taken");
        assert_int_equal(third.status, STATUS_OK);
        assert_int_equal(third.last_seq, 3);
        assert_heard(&world, "");
        assert_int_equal(app_status(world.app, world.now, &status), STATUS_OK);
        assert_int_equal(status.cases, 2);
        assert_int_equal(status.open[OBLIGATION_OPEN] + status.open[OBLIGATION_DUE_SOON], 2);
        world_fini(&world);
}

/* Requests of one line have no savepoint of their own, but for the case that one begins: refused ones leave nothing. */
static void a_refused_line_leaves_nothing_and_costs_nothing(void **state)
{
        static const char checked[] = "{'case':'%s','event':'buoy-checked','item':'B1','on':'2023-01-02'}";
        struct world world, unknown_item, new_case, last;
        struct app_status status;
        char line[128];

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, CLASSED);
        app_submit(world.app, world_batch(&world, LIT, false), world_done, &world);
        snprintf(line, sizeof line, checked, "L-1");
        app_submit(world.app, world_batch(&world, line, false), world_done, &unknown_item);
        snprintf(line, sizeof line, checked, "L-2");
        app_submit(world.app, world_batch(&world, line, false), world_done, &new_case);
        app_submit(world.app, world_batch(&world, "{'case':'L-3','event':'buoy-laid','item':'B1','on':'2022-12-30'}", false), world_done,
                   &last);
        app_flush(world.app, world.now);
        assert_int_equal(world.status, STATUS_OK);
        assert_int_equal(unknown_item.status, STATUS_INVALID);
        assert_string_equal(unknown_item.code, "item-unknown");
        assert_int_equal(new_case.status, STATUS_INVALID);
        assert_string_equal(new_case.code, "item-unknown");
        assert_int_equal(last.status, STATUS_OK);
        assert_int_equal(last.last_seq, 3);
        assert_int_equal(app_status(world.app, world.now, &status), STATUS_OK);
        assert_int_equal(status.cases, 2);
        world_fini(&world);
}

static void cached_answers_and_derived_ones_agree(void **state)
{
        struct world world;
        struct app_query *query = NULL;
        struct wire_problem problem;
        enum app_row row = APP_WORKING;
        struct app_obligation found;
        size_t count = 0;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, CLASSED "\n" LIT "\n{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        world_live(&world, "2023-02-27");
        const struct app_axes axes = {.as_of = CIVIL_NONE, .known_at = INSTANT_LATEST};
        world_obligations(&world, NULL);
        assert_string_equal(world.text, "L-1 buoy-check overdue 2023-01-12\nL-1 inspection due-soon 2023-02-27\n");
        assert_int_equal(app_query_case_obligations(world.app, world.now, &axes, "L-1", &query, &problem),
                         STATUS_OK);
        while (row != APP_END) {
                assert_int_equal(app_query_next(query, &row, &found), STATUS_OK);
                count += row == APP_ROW;
        }
        app_query_free(query);
        assert_int_equal(count, 2);
        world_fini(&world);
}

/* A derived list is put together case by case as they were recorded; its order does not show it. */
static void a_derived_list_is_in_the_order_of_the_cached_one(void **state)
{
        static const char overdue[] = "L-10 buoy-check overdue 2023-01-12\nL-5 buoy-check overdue 2023-01-12\n"
                                      "L-5 buoy-check overdue 2023-01-12\nL-2 buoy-check overdue 2023-01-14\n"
                                      "L-1 inspection due-soon 2023-02-27\nL-5 inspection due-soon 2023-02-27\n";
        struct world world;
        char cached[sizeof world.text];

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-04");
        world_recorded(&world, "{'case':'L-5','event':'classed','class':'1','keeper':'north','on':'2023-01-02'}\n"
                               "{'case':'L-5','event':'lit','on':'2023-01-02'}\n"
                               "{'case':'L-5','event':'buoy-laid','item':'B2','on':'2023-01-02'}\n"
                               "{'case':'L-5','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n"
                               "{'case':'L-2','event':'buoy-laid','item':'B1','on':'2023-01-04'}\n"
                               "{'case':'L-10','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n" CLASSED "\n" LIT);
        world_live(&world, "2023-02-27");
        world_obligations(&world, NULL);
        assert_string_equal(world.text, overdue);
        memcpy(cached, world.text, sizeof cached);
        world_live(&world, "2023-02-28");
        struct app_obligation_filter filter = app_obligation_filter_all();
        filter.as_of = world.now.today - 1;
        world_list(&world, &filter);
        assert_string_equal(world.text, cached);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_answered_survives_a_crash),
                cmocka_unit_test(what_waits_at_a_crash_is_answered_and_not_there),
                cmocka_unit_test(a_repeated_id_is_one_event),
                cmocka_unit_test(a_repeat_that_says_something_else_is_skipped_and_told),
                cmocka_unit_test(and_is_refused_where_that_is_asked_for),
                cmocka_unit_test(two_lines_of_one_batch_conflict_likewise),
                cmocka_unit_test(a_refused_id_may_come_again),
                cmocka_unit_test(a_dry_run_leaves_no_trace),
                cmocka_unit_test(a_dry_run_says_what_recording_says),
                cmocka_unit_test(a_refused_batch_leaves_nothing_and_costs_nothing),
                cmocka_unit_test(a_refused_line_leaves_nothing_and_costs_nothing),
                cmocka_unit_test(cached_answers_and_derived_ones_agree),
                cmocka_unit_test(a_derived_list_is_in_the_order_of_the_cached_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
