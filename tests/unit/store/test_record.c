/*
 * The record: append-only whoever tries, chained, numbered without a gap, and
 * what is remembered beside the rows goes back with them.
 */
#include "shelf.h"

static void triggers_refuse_to_change_or_remove_what_was_recorded(void **state)
{
        static const struct {
                const char *script, *said;
        } tries[] = {
                {"UPDATE event SET on_day = 1", "event is append-only"},
                {"DELETE FROM event", "event is append-only"},
                {"INSERT OR REPLACE INTO event SELECT * FROM event", "event is append-only"},
                {"UPDATE word SET text = 'dark'", "word is append-only"},
                {"DELETE FROM word", "word is append-only"},
                {"UPDATE person SET uid = 0", "person is append-only"},
                {"DELETE FROM person", "person is append-only"},
                {"UPDATE casefile SET ref = 'X-1'", "casefile.ref is fixed"},
                {"DELETE FROM casefile", "casefile is append-only"},
                {"UPDATE alert SET kind = 1", "alert is append-only"},
                {"DELETE FROM alert", "alert is append-only"},
                {"UPDATE mark SET alert = NULL", "mark is append-only"},
                {"DELETE FROM mark", "mark is append-only"},
                {"UPDATE in_force SET rules = ''", "in_force is append-only"},
                {"DELETE FROM in_force", "in_force is append-only"},
        };
        struct shelf shelf;
        struct store_alert alert = {.item = "",
                                    .started = CIVIL_NONE,
                                    .due = CIVIL_NONE,
                                    .old_due = CIVIL_NONE,
                                    .plan_by = CIVIL_NONE,
                                    .booked = CIVIL_NONE,
                                    .day = 19000};
        struct store_mark mark = {.item = "", .started = CIVIL_NONE, .due = CIVIL_NONE, .nominal = CIVIL_NONE};
        struct store_change change = {.at_ms = 1, .rules = "a", .contacts = "b", .seal = "c"};
        uint64_t bad = 9;

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_alert_add(shelf.store, &alert, &mark.alert), STATUS_OK);
        assert_int_equal(store_mark_add(shelf.store, &mark), STATUS_OK);
        assert_int_equal(store_change_add(shelf.store, &change), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
                char script[256];
                snprintf(script, sizeof script, "PRAGMA recursive_triggers = ON; %s", tries[i].script);
                assert_string_equal(shelf_past(&shelf, script), tries[i].said);
        }
        assert_int_equal(shelf_verify(&shelf, &bad), STATUS_OK);
        assert_int_equal(bad, 0);
        shelf_fini(&shelf);
}

static void the_chain_shows_what_was_altered(void **state)
{
        static const struct {
                const char *script;
                uint64_t bad;
        } tampered[] = {
                {"UPDATE event SET on_day = 19001 WHERE seq = 2", 2},
                {"UPDATE event SET forced = 1 WHERE seq = 3", 3},
                {"UPDATE event SET recorded_ms = 1001 WHERE seq = 1", 1},
                {"UPDATE event SET client = 'x' WHERE seq = 4", 4},
                {"UPDATE event SET hash = zeroblob(32) WHERE seq = 2", 2},
                {"DELETE FROM event WHERE seq = 2", 2},
                {"DELETE FROM event WHERE seq = 4", 4},
                {"UPDATE event SET case_id = 2 WHERE seq = 1", 1},
                {"UPDATE word SET text = 'dim'", 1},
                {"UPDATE person SET name = 'other'", 1},
                {"UPDATE casefile SET ref = 'L-9' WHERE ref = 'L-2'", 2},
        };

        (void)state;
        for (size_t i = 0; i < sizeof tampered / sizeof *tampered; i++) {
                struct shelf shelf;
                uint64_t bad = 0;
                char script[1024];

                shelf_init(&shelf);
                for (int line = 0; line < 4; line++)
                        shelf_record(&shelf, line % 2 == 0 ? "L-1" : "L-2", NULL);
                assert_int_equal(shelf_verify(&shelf, &bad), STATUS_OK);
                assert_int_equal(bad, 0);
                snprintf(script, sizeof script,
                         "DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete; DROP TRIGGER word_no_update;"
                         " DROP TRIGGER person_no_update; DROP TRIGGER casefile_ref; %s",
                         tampered[i].script);
                assert_string_equal(shelf_past(&shelf, script), "");
                if (strstr(script, "SET text") != NULL || strstr(script, "SET ref") != NULL) {
                        shelf_close(&shelf); /* words are read when the file is opened */
                        shelf_open(&shelf);
                }
                assert_int_equal(shelf_verify(&shelf, &bad), STATUS_OK);
                if (bad != tampered[i].bad)
                        fail_msg("%s: found at %llu", tampered[i].script, (unsigned long long)bad);
                shelf_fini(&shelf);
        }
}

static void numbers_and_head_outlive_the_process(void **state)
{
        struct shelf shelf;
        char before[65], after[65];

        (void)state;
        shelf_init(&shelf);
        store_chain_head(shelf.store, before);
        assert_string_equal(before, "0000000000000000000000000000000000000000000000000000000000000000");
        shelf_record(&shelf, "L-1", "a");
        shelf_record(&shelf, "L-2", NULL);
        store_chain_head(shelf.store, before);
        assert_int_equal(store_next_seq(shelf.store), 3);
        shelf_close(&shelf);
        shelf_open(&shelf);
        store_chain_head(shelf.store, after);
        assert_string_equal(before, after);
        assert_int_equal(store_next_seq(shelf.store), 3);
        shelf_fini(&shelf);
}

/* Adds a line, a word and a tally in the transaction in hand. */
static void add(struct shelf *shelf, const char *word)
{
        struct store_line line = {.on = 19000, .recorded_ms = 1, .case_id = 1, .person = 1};

        assert_int_equal(store_intern(shelf->store, word, &line.type), STATUS_OK);
        assert_int_equal(store_line_add(shelf->store, &line, &(struct store_origin){"L-1", 1000, "clerk"}), STATUS_OK);
        store_tally_add(shelf->store, 3, 10);
}

static void a_savepoint_undone_takes_everything_back(void **state)
{
        struct shelf shelf;
        char kept[65], head[65];
        uint64_t bad = 1;

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        add(&shelf, "first");
        store_chain_head(shelf.store, kept);
        assert_int_equal(store_savepoint(shelf.store), STATUS_OK);
        add(&shelf, "second");
        assert_int_equal(store_undo(shelf.store), STATUS_OK);
        store_chain_head(shelf.store, head);
        assert_string_equal(head, kept);
        assert_int_equal(store_next_seq(shelf.store), 3);
        assert_int_equal(store_tally(shelf.store, 3), 10);
        assert_int_equal(store_word(shelf.store, "second"), 0);
        assert_int_not_equal(store_word(shelf.store, "first"), 0);
        assert_int_equal(store_savepoint(shelf.store), STATUS_OK);
        add(&shelf, "third");
        assert_int_equal(store_release(shelf.store), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(shelf_verify(&shelf, &bad), STATUS_OK);
        assert_int_equal(bad, 0);
        shelf_close(&shelf);
        shelf_open(&shelf);
        assert_int_equal(store_next_seq(shelf.store), 4);
        assert_int_equal(store_tally(shelf.store, 3), 20);
        assert_int_equal(store_word(shelf.store, "second"), 0);
        shelf_fini(&shelf);
}

static void a_transaction_rolled_back_takes_everything_back(void **state)
{
        struct shelf shelf;
        char kept[65], head[65];

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        store_chain_head(shelf.store, kept);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        add(&shelf, "first");
        store_rollback(shelf.store);
        store_rollback(shelf.store); /* once more does no harm */
        store_chain_head(shelf.store, head);
        assert_string_equal(head, kept);
        assert_int_equal(store_next_seq(shelf.store), 2);
        assert_int_equal(store_tally(shelf.store, 3), 0);
        assert_int_equal(store_word(shelf.store, "first"), 0);
        shelf_fini(&shelf);
}

static void readers_keep_their_snapshot(void **state)
{
        struct shelf shelf;
        struct store *reader = NULL;
        uint64_t count = 0;

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_meta_put(shelf.store, &(struct store_meta){.as_of = 19000}), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        shelf_record(&shelf, "L-2", NULL);
        assert_int_equal(store_case_count(reader, &count), STATUS_OK);
        assert_int_equal(count, 1);
        store_reader_end(reader);
        assert_int_equal(store_reader_begin(reader), STATUS_OK);
        assert_int_equal(store_case_count(reader, &count), STATUS_OK);
        assert_int_equal(count, 2);
        assert_int_not_equal(store_case_id(reader, "L-3", true, &count), STATUS_OK); /* it may not write */
        store_close(reader);
        shelf_fini(&shelf);
}

static void words_are_numbered_densely_and_found_among_many(void **state)
{
        struct shelf shelf;
        char text[32];
        uint32_t word = 0;

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        for (uint32_t i = 1; i <= 3000; i++) {
                snprintf(text, sizeof text, "word-%u", i);
                assert_int_equal(store_intern(shelf.store, text, &word), STATUS_OK);
                assert_int_equal(word, i);
        }
        assert_int_equal(store_intern(shelf.store, "word-7", &word), STATUS_OK);
        assert_int_equal(word, 7);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        shelf_close(&shelf);
        shelf_open(&shelf);
        assert_int_equal(store_word_count(shelf.store), 3000);
        assert_string_equal(store_text(shelf.store, 2999), "word-2999");
        assert_string_equal(store_text(shelf.store, 3001), "");
        assert_int_equal(store_word(shelf.store, "no such"), 0);
        shelf_fini(&shelf);
}

static enum status count_mark(void *context, const struct store_mark *mark)
{
        *(size_t *)context += mark->alert == 0 ? 1 : 100;
        return STATUS_OK;
}

static void a_mark_stands_as_it_was_made(void **state)
{
        struct shelf shelf;
        struct store_mark mark = {.case_id = 1, .rule = 2, .item = "", .started = 19000, .stage = 3, .due = 19050, .nominal = 19050};
        size_t count = 0;
        bool there = true;

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_marked(shelf.store, &mark, &there), STATUS_OK);
        assert_false(there);
        for (int i = 0; i < 2; i++)
                assert_int_equal(store_mark_add(shelf.store, &mark), STATUS_OK);
        mark.due = 19051; /* each part of the key tells marks apart */
        assert_int_equal(store_mark_add(shelf.store, &mark), STATUS_OK);
        mark.repeat = 1;
        assert_int_equal(store_mark_add(shelf.store, &mark), STATUS_OK);
        mark.item = "B1";
        assert_int_equal(store_mark_add(shelf.store, &mark), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        mark.item = "";
        assert_int_equal(store_marks_of(shelf.store, &mark, count_mark, &count), STATUS_OK);
        assert_int_equal(count, 3);
        shelf_fini(&shelf);
}

/* The numbers of the lines handed over, and after how many of them it is enough. */
struct heard {
        uint64_t seqs[8], cases[8];
        size_t count, enough;
};

static bool hear(void *context, const struct store_line *line)
{
        struct heard *heard = context;

        assert_true(heard->count < 8);
        heard->cases[heard->count] = line->case_id;
        heard->seqs[heard->count++] = line->seq;
        assert_int_equal(line->on, 19000);
        assert_int_equal(line->refers, 0);
        return heard->count < heard->enough;
}

static void lines_are_handed_over_case_by_case_until_it_is_enough(void **state)
{
        struct shelf shelf;
        struct heard all = {.enough = 8}, rest = {.enough = 8}, first = {.enough = 2}, none = {.enough = 8};

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-2", NULL); /* cases are numbered as they come */
        shelf_record(&shelf, "L-1", NULL);
        shelf_record(&shelf, "L-2", "mine");
        shelf_record(&shelf, "L-3", NULL);
        assert_int_equal(store_lines_each(shelf.store, 0, hear, &all), STATUS_OK);
        assert_int_equal(all.count, 4);
        const uint64_t seqs[] = {1, 3, 2, 4}, cases[] = {1, 1, 2, 3};
        assert_memory_equal(all.seqs, seqs, sizeof seqs);
        assert_memory_equal(all.cases, cases, sizeof cases);
        assert_int_equal(store_lines_each(shelf.store, 1, hear, &rest), STATUS_OK);
        assert_int_equal(rest.count, 2);
        assert_int_equal(rest.seqs[0], 2);
        assert_int_equal(store_lines_each(shelf.store, 0, hear, &first), STATUS_OK);
        assert_int_equal(first.count, 2);
        assert_int_equal(store_lines_each(shelf.store, 3, hear, &none), STATUS_OK);
        assert_int_equal(none.count, 0);
        shelf_fini(&shelf);
}

#define SEVERAL 70 /* twice as many as one statement writes, and some */

/* The nth of the alerts, with a mark and routes of its own. */
static void add_several(struct shelf *shelf, uint64_t after)
{
        struct store_alert alerts[SEVERAL];
        struct store_mark marks[SEVERAL];
        struct store_routing routes[2 * SEVERAL];
        char says[SEVERAL][16];

        for (size_t i = 0; i < SEVERAL; i++) {
                uint64_t id = after + i + 1;
                snprintf(says[i], sizeof says[i], "says %zu", i);
                alerts[i] = (struct store_alert){.id = id, .case_id = 1, .item = "", .started = 19000 + (int32_t)i, .due = CIVIL_NONE,
                                                 .old_due = CIVIL_NONE, .plan_by = CIVIL_NONE, .booked = CIVIL_NONE, .day = 19000,
                                                 .says = i % 2 == 0 ? says[i] : NULL};
                marks[i] = (struct store_mark){.case_id = 1, .item = "", .started = 19000 + (int32_t)i, .due = CIVIL_NONE,
                                               .nominal = CIVIL_NONE, .alert = id};
                routes[2 * i] = (struct store_routing){id, {.kind = 1, .name = "unit"}, STORE_WAITS};
                routes[2 * i + 1] = (struct store_routing){id, {.kind = 2, .name = "north"}, STORE_AT_ONCE};
        }
        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_alerts_add(shelf->store, alerts, SEVERAL), STATUS_OK);
        assert_int_equal(store_marks_add(shelf->store, marks, SEVERAL), STATUS_OK);
        assert_int_equal(store_marks_add(shelf->store, marks, SEVERAL), STATUS_OK);
        assert_int_equal(store_routes_add(shelf->store, routes, 2 * SEVERAL), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

/* Alerts come in the order of their numbers and say what they were given. */
static enum status check_several(void *context, const struct store_alert *alert, bool *stop)
{
        size_t i = (*(size_t *)context)++;
        char says[16];

        (void)stop;
        snprintf(says, sizeof says, "says %zu", i);
        assert_int_equal(alert->id, i + 2);
        assert_int_equal(alert->started, 19000 + (int32_t)i);
        if (i % 2 == 0)
                assert_string_equal(alert->says, says);
        else
                assert_null(alert->says);
        return STATUS_OK;
}

static void several_rows_are_written_as_one_by_one(void **state)
{
        struct shelf shelf;
        struct store_route routes[4];
        uint64_t first = 0, last = 0;
        size_t count = 0;

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_alert_add(shelf.store, &(struct store_alert){.id = 77, .item = "", .day = 19000}, &first), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(first, 1);
        add_several(&shelf, first);
        assert_int_equal(store_alerts_after(shelf.store, first, check_several, &count), STATUS_OK);
        assert_int_equal(count, SEVERAL);
        assert_int_equal(store_alert_last(shelf.store, &last), STATUS_OK);
        assert_int_equal(last, SEVERAL + 1);
        for (uint64_t id = 2; id <= last; id++) {
                struct store_mark key = {.case_id = 1, .item = "", .started = 19000 + (int32_t)id - 2};
                size_t marks = 0;
                assert_int_equal(store_marks_of(shelf.store, &key, count_mark, &marks), STATUS_OK);
                assert_int_equal(marks, 100);
                assert_int_equal(store_routes_of(shelf.store, id, routes, 4, &count), STATUS_OK);
                assert_int_equal(count, 2);
                assert_string_equal(routes[0].name, "unit");
                assert_string_equal(routes[1].name, "north");
        }
        shelf_fini(&shelf);
}

/* The cases whose lines a walk of those that wait gives, as digits, each once. */
static const char *walked(struct shelf *shelf, const struct store_raising *raising, char text[static 16])
{
        struct store_line line;
        uint64_t before = 0;
        size_t length = 0;
        bool row = true;

        assert_int_equal(store_walk_raising(shelf->store, raising->after, raising->last), STATUS_OK);
        assert_int_equal(store_walk_next(shelf->store, STORE_WALK_RAISING, &line, &row), STATUS_OK);
        while (row) {
                assert_true(line.case_id >= before);
                if (line.case_id != before)
                        text[length++] = (char)('0' + line.case_id);
                before = line.case_id;
                assert_int_equal(store_walk_next(shelf->store, STORE_WALK_RAISING, &line, &row), STATUS_OK);
        }
        store_walk_end(shelf->store, STORE_WALK_RAISING);
        text[length] = '\0';
        return text;
}

/* The same of marks, one a case, of which others are added on the way. */
static const char *marked_cases(struct shelf *shelf, const struct store_raising *raising, char text[static 16])
{
        struct store_mark mark;
        size_t length = 0;
        bool row = true;

        assert_int_equal(store_marks_raising(shelf->store, raising->after, raising->last), STATUS_OK);
        assert_int_equal(store_marks_next(shelf->store, &mark, &row), STATUS_OK);
        while (row) {
                struct store_mark other = {.case_id = mark.case_id, .rule = 9, .item = "", .due = 19001, .nominal = CIVIL_NONE};
                assert_string_equal(mark.item, "X");
                text[length++] = (char)('0' + mark.case_id);
                assert_int_equal(store_marks_next(shelf->store, &mark, &row), STATUS_OK);
                assert_int_equal(store_mark_add(shelf->store, &other), STATUS_OK);
        }
        store_marks_end(shelf->store);
        text[length] = '\0';
        return text;
}

/* Seven cases, of which 2, 3, 5 and 7 wait. */
static void fill_raising(struct shelf *shelf)
{
        static const uint64_t waiting[] = {7, 3, 2, 5, 3};

        for (char ref[] = "L-1"; ref[2] <= '7'; ref[2]++)
                for (int i = 0; i < 2; i++)
                        shelf_record(shelf, ref, NULL);
        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
                assert_int_equal(store_case_wake(shelf->store, waiting[i], (struct store_waking){19000, true}), STATUS_OK);
        assert_int_equal(store_case_wake(shelf->store, 4, (struct store_waking){19000, false}), STATUS_OK);
        for (uint64_t id = 1; id <= 7; id++) {
                struct store_mark mark = {.case_id = id, .rule = 2, .item = "X", .due = 19050, .nominal = CIVIL_NONE};
                assert_int_equal(store_mark_add(shelf->store, &mark), STATUS_OK);
        }
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

static void cases_that_wait_are_taken_in_steps(void **state)
{
        struct shelf shelf;
        struct store_raising raising = {.after = 0};
        struct store_waking waking;
        char text[16];

        (void)state;
        shelf_init(&shelf);
        fill_raising(&shelf);
        shelf_close(&shelf); /* who waits is known of the file */
        shelf_open(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_raising(shelf.store, &raising, 2), STATUS_OK);
        assert_int_equal(raising.count, 2);
        assert_int_equal(raising.last, 3);
        assert_string_equal(walked(&shelf, &raising, text), "23");
        assert_string_equal(marked_cases(&shelf, &raising, text), "23");
        assert_int_equal(store_raised(shelf.store, &raising), STATUS_OK);
        assert_int_equal(store_raising_add(shelf.store, 2), STATUS_OK); /* it stays, and this sweep is past it */
        raising.after = raising.last;
        assert_int_equal(store_raising(shelf.store, &raising, 3), STATUS_OK);
        assert_int_equal(raising.count, 2);
        assert_int_equal(raising.last, 7);
        assert_string_equal(walked(&shelf, &raising, text), "57");
        assert_int_equal(store_raised(shelf.store, &raising), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_case_waking(shelf.store, 2, &waking), STATUS_OK);
        assert_true(waking.waits);
        assert_int_equal(waking.wake, 19000);
        assert_int_equal(store_case_waking(shelf.store, 5, &waking), STATUS_OK);
        assert_false(waking.waits);
        shelf_fini(&shelf);
}

/* What is known of the cases that wait goes back with a transaction that is undone. */
static void cases_wait_again_when_a_step_is_undone(void **state)
{
        struct shelf shelf;
        struct store_raising raising = {.after = 0};
        char text[16];

        (void)state;
        shelf_init(&shelf);
        fill_raising(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_raising(shelf.store, &raising, 9), STATUS_OK);
        assert_int_equal(store_raised(shelf.store, &raising), STATUS_OK);
        raising.after = 0;
        assert_int_equal(store_raising(shelf.store, &raising, 9), STATUS_OK);
        assert_int_equal(raising.count, 0);
        assert_int_equal(store_raising(shelf.store, &raising, 9), STATUS_OK);
        assert_int_equal(raising.count, 0);
        store_rollback(shelf.store);
        assert_int_equal(store_raising(shelf.store, &raising, 9), STATUS_OK);
        assert_int_equal(raising.count, 4);
        assert_string_equal(walked(&shelf, &raising, text), "2357");
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(triggers_refuse_to_change_or_remove_what_was_recorded),
                cmocka_unit_test(the_chain_shows_what_was_altered),
                cmocka_unit_test(numbers_and_head_outlive_the_process),
                cmocka_unit_test(a_savepoint_undone_takes_everything_back),
                cmocka_unit_test(a_transaction_rolled_back_takes_everything_back),
                cmocka_unit_test(readers_keep_their_snapshot),
                cmocka_unit_test(words_are_numbered_densely_and_found_among_many),
                cmocka_unit_test(a_mark_stands_as_it_was_made),
                cmocka_unit_test(lines_are_handed_over_case_by_case_until_it_is_enough),
                cmocka_unit_test(several_rows_are_written_as_one_by_one),
                cmocka_unit_test(cases_that_wait_are_taken_in_steps),
                cmocka_unit_test(cases_wait_again_when_a_step_is_undone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
