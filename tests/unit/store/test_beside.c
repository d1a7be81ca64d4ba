/*
 * What is derived a second time lies beside what is in force, is seen by nobody, and changes places with it.
 */
#include "shelf.h"

#include "mappad/store_beside.h"
#include "mappad/store_verify.h"

static struct store_obligation row_of(uint64_t case_id, int32_t due, uint64_t scope)
{
        struct store_obligation row = {.case_id = case_id, .rule = 1, .started = 19000, .state = 1, .due = due, .opens = 19000,
                                       .nominal = due, .plan_by = due, .met_on = CIVIL_NONE, .ended_on = CIVIL_NONE,
                                       .booked = CIVIL_NONE, .version = CIVIL_NONE, .as_of = 19000, .scope = scope};

        snprintf(row.ref, sizeof row.ref, "L-%u", (unsigned)case_id);
        return row;
}

static enum status say_row(void *context, const struct store_obligation *row)
{
        char *text = context;
        size_t used = strlen(text);

        snprintf(text + used, 256 - used, "%s:%d ", row->ref, row->due);
        return STATUS_OK;
}

static const char *in_force(struct store *store, uint64_t case_id, char text[256])
{
        text[0] = '\0';
        assert_int_equal(store_obligations_of(store, case_id, say_row, text), STATUS_OK);
        return text;
}

static const char *beside(struct store *store, uint64_t case_id, char text[256])
{
        text[0] = '\0';
        assert_int_equal(store_beside_of(store, case_id, say_row, text), STATUS_OK);
        return text;
}

/* The list of one scope. */
static const char *within(struct store *store, uint64_t bit, char text[256])
{
        const struct store_place from = {.due = CIVIL_MIN, .within = bit};
        struct store_obligation row;
        bool found = true;

        text[0] = '\0';
        assert_int_equal(store_list_begin(store, 1, &from), STATUS_OK);
        while (found) {
                assert_int_equal(store_list_next(store, 1, &row, &found), STATUS_OK);
                if (found)
                        assert_int_equal(say_row(text, &row), STATUS_OK);
        }
        return text;
}

/* Two cases due on day 100 in scope 1, and beside it on day 50, of which the second lies in scope 2. */
static void fill(struct shelf *shelf)
{
        struct store *store = shelf->store;

        shelf_record(shelf, "L-1", NULL);
        shelf_record(shelf, "L-2", NULL);
        assert_int_equal(store_begin(store), STATUS_OK);
        for (uint64_t id = 1; id <= 2; id++) {
                struct store_obligation now = row_of(id, 100, 1), then = row_of(id, 50, id);
                const struct store_beside_case kept = {.wake = 20000 + (int32_t)id, .scope = id, .waits = id == 1, .unread = id};
                assert_int_equal(store_obligation_put(store, &now, NULL), STATUS_OK);
                assert_int_equal(store_case_scope(store, id, 1), STATUS_OK);
                assert_int_equal(store_case_wake(store, id, (struct store_waking){19500, false}), STATUS_OK);
                assert_int_equal(store_beside_put(store, &then), STATUS_OK);
                assert_int_equal(store_beside_case(store, id, &kept), STATUS_OK);
        }
        assert_int_equal(store_commit(store), STATUS_OK);
}

static void change_places(struct store *store)
{
        assert_int_equal(store_begin(store), STATUS_OK);
        assert_int_equal(store_beside_change_places(store), STATUS_OK);
        assert_int_equal(store_commit(store), STATUS_OK);
}

static void nobody_sees_what_lies_beside_until_both_change_places(void **state)
{
        struct shelf shelf;
        struct store *reader = NULL;
        struct store_waking waking;
        uint64_t ids[4], unread = 0;
        size_t count = 0;
        int32_t first = 0;
        char text[256];

        (void)state;
        shelf_init(&shelf);
        fill(&shelf);
        assert_string_equal(in_force(shelf.store, 2, text), "L-2:100 ");
        assert_string_equal(beside(shelf.store, 2, text), "L-2:50 ");
        assert_string_equal(within(shelf.store, 1, text), "L-1:100 L-2:100 ");
        assert_string_equal(within(shelf.store, 2, text), "");
        assert_int_equal(store_first_wake(shelf.store, &first), STATUS_OK);
        assert_int_equal(first, 19500);
        assert_int_equal(store_beside_waking(shelf.store, 20001, ids, 4, &count), STATUS_OK);
        assert_int_equal(count, 1);
        assert_int_equal(store_beside_unread(shelf.store, &unread), STATUS_OK);
        assert_int_equal(unread, 3);
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        assert_string_equal(in_force(reader, 2, text), "L-2:100 ");
        change_places(shelf.store);
        /* Whoever reads sees what there was until they look anew. */
        assert_string_equal(in_force(reader, 1, text), "L-1:100 ");
        assert_string_equal(within(reader, 1, text), "L-1:100 L-2:100 ");
        store_reader_end(reader);
        assert_int_equal(store_reader_begin(reader), STATUS_OK);
        assert_string_equal(in_force(reader, 1, text), "L-1:50 ");
        store_close(reader);
        assert_string_equal(in_force(shelf.store, 2, text), "L-2:50 ");
        assert_string_equal(beside(shelf.store, 2, text), "L-2:100 ");
        assert_string_equal(within(shelf.store, 1, text), "L-1:50 ");
        assert_string_equal(within(shelf.store, 2, text), "L-2:50 ");
        assert_int_equal(store_first_wake(shelf.store, &first), STATUS_OK);
        assert_int_equal(first, 20001);
        assert_int_equal(store_case_waking(shelf.store, 1, &waking), STATUS_OK);
        assert_true(waking.wake == 20001 && waking.waits);
        shelf_fini(&shelf);
}

static void forgetting_leaves_the_entries_of_what_is_in_force(void **state)
{
        struct shelf shelf;
        struct store_obligation row = row_of(2, 50, 2), same = row_of(1, 100, 3);
        bool missing = false;
        char text[256] = "";

        (void)state;
        shelf_init(&shelf);
        fill(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_beside_forget(shelf.store, 2, say_row, text), STATUS_OK);
        assert_string_equal(text, "L-2:50 ");
        assert_int_equal(store_scoped_missing(shelf.store, &row, &missing), STATUS_OK);
        assert_true(missing);
        assert_int_equal(store_scoped_case_missing(shelf.store, "L-2", 2, &missing), STATUS_OK);
        assert_true(missing);
        assert_int_equal(store_scoped_case_missing(shelf.store, "L-2", 1, &missing), STATUS_OK);
        assert_false(missing);
        /* The very entry of a row in force, and one of its own. */
        assert_int_equal(store_beside_forget(shelf.store, 1, say_row, text), STATUS_OK);
        assert_int_equal(store_beside_put(shelf.store, &same), STATUS_OK);
        assert_int_equal(store_beside_forget(shelf.store, 1, say_row, text), STATUS_OK);
        same.scope = 1;
        assert_int_equal(store_scoped_missing(shelf.store, &same, &missing), STATUS_OK);
        assert_false(missing);
        same.scope = 2;
        assert_int_equal(store_scoped_missing(shelf.store, &same, &missing), STATUS_OK);
        assert_true(missing);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_string_equal(in_force(shelf.store, 1, text), "L-1:100 ");
        shelf_fini(&shelf);
}

static void note(void *context, const struct store_finding *finding)
{
        snprintf(context, 256, "%s: %s", finding->table, finding->what);
}

/* What a check of the schema and the file finds last. */
static const char *found(struct store *store, char text[256])
{
        struct store_check *check = NULL;

        text[0] = '\0';
        assert_int_equal(store_check_start(store, &check), STATUS_OK);
        assert_int_equal(store_check_tell(check, note, text), STATUS_OK);
        store_check_free(check);
        return text;
}

static void a_file_is_sound_however_often_they_changed_places(void **state)
{
        struct shelf shelf;
        char text[256];

        (void)state;
        shelf_init(&shelf);
        fill(&shelf);
        for (int times = 1; times <= 3; times++) {
                change_places(shelf.store);
                assert_string_equal(found(shelf.store, text), "");
                shelf_close(&shelf);
                shelf_open(&shelf);
                assert_string_equal(found(shelf.store, text), "");
                assert_string_equal(in_force(shelf.store, 1, text), times % 2 == 1 ? "L-1:50 " : "L-1:100 ");
        }
        /* What is amiss still shows. */
        assert_string_equal(shelf_past(&shelf, "DROP INDEX obligation_beside_case"), "");
        assert_string_equal(found(shelf.store, text), "schema: obligation_beside_case is gone from the schema");
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_sees_what_lies_beside_until_both_change_places),
                cmocka_unit_test(forgetting_leaves_the_entries_of_what_is_in_force),
                cmocka_unit_test(a_file_is_sound_however_often_they_changed_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
