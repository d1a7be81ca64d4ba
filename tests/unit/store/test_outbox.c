/*
 * The outbox as rows: how many wait, kept in step with whatever changes it, and
 * of which cases a message tells.
 */
#include "shelf.h"

static void fill(struct shelf *shelf)
{
        shelf_init(shelf);
        shelf_record(shelf, "L-1", NULL);
        shelf_record(shelf, "L-2", NULL);
        shelf_record(shelf, "L-3", NULL);
}

static uint64_t add(struct shelf *shelf, int64_t created_ms)
{
        char message_id[32];
        struct store_message message = {.recipient = "unit@sea.example",
                                        .message_id = message_id,
                                        .subject = "s",
                                        .text = "t",
                                        .created_ms = created_ms,
                                        .next_ms = 1};
        uint64_t id = 0;

        assert_int_equal(store_message_last(shelf->store, &id), STATUS_OK);
        snprintf(message_id, sizeof message_id, "%llu@sea.example", (unsigned long long)id);
        assert_int_equal(store_message_add(shelf->store, &message, &id), STATUS_OK);
        return id;
}

static void set(struct shelf *shelf, uint64_t id, enum store_message_state state, bool ambiguous)
{
        const struct store_message message = {.id = id, .state = (int)state, .ambiguous = ambiguous};

        assert_int_equal(store_message_update(shelf->store, &message), STATUS_OK);
}

static const char *counts(struct shelf *shelf)
{
        static char text[64];
        struct store_outbox_counts found;

        assert_int_equal(store_outbox_count(shelf->store, &found), STATUS_OK);
        snprintf(text, sizeof text, "%d wait, %d perhaps, since %lld", (int)found.waiting, (int)found.ambiguous,
                 found.oldest_ms == INT64_MAX ? -1LL : (long long)found.oldest_ms);
        return text;
}

/* After each step the count is what a fresh connection counts. */
static void assert_counts(struct shelf *shelf, const char *expected)
{
        assert_string_equal(counts(shelf), expected);
        if (store_in_transaction(shelf->store))
                return;
        shelf_close(shelf);
        shelf_open(shelf);
        assert_string_equal(counts(shelf), expected);
}

static void as_many_wait_as_were_written_and_have_not_left(void **state)
{
        struct shelf shelf;
        uint64_t first, second;

        (void)state;
        fill(&shelf);
        assert_counts(&shelf, "0 wait, 0 perhaps, since -1");
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        first = add(&shelf, 100);
        second = add(&shelf, 200);
        assert_counts(&shelf, "2 wait, 0 perhaps, since 100");
        assert_int_equal(store_message_under_way(shelf.store, first), STATUS_OK);
        assert_int_equal(store_message_under_way(shelf.store, first), STATUS_OK); /* it is already */
        assert_int_equal(store_message_under_way(shelf.store, 99), STATUS_OK);    /* there is none */
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_counts(&shelf, "2 wait, 1 perhaps, since 100");
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        set(&shelf, first, STORE_MESSAGE_FAILED, true);
        assert_counts(&shelf, "1 wait, 0 perhaps, since 200");
        set(&shelf, first, STORE_MESSAGE_FAILED, true);
        set(&shelf, second, STORE_MESSAGE_SENT, false);
        assert_counts(&shelf, "0 wait, 0 perhaps, since -1");
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        set(&shelf, first, STORE_MESSAGE_WAITING, true);
        assert_counts(&shelf, "1 wait, 1 perhaps, since 100");
        set(&shelf, first, STORE_MESSAGE_WAITING, false);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_counts(&shelf, "1 wait, 0 perhaps, since 100");
        shelf_fini(&shelf);
}

static void the_count_goes_back_with_the_rows(void **state)
{
        struct shelf shelf;

        (void)state;
        fill(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        (void)add(&shelf, 100);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        (void)add(&shelf, 200);
        assert_string_equal(counts(&shelf), "2 wait, 0 perhaps, since 100");
        assert_int_equal(store_savepoint(shelf.store), STATUS_OK);
        set(&shelf, 1, STORE_MESSAGE_SENT, false);
        assert_string_equal(counts(&shelf), "1 wait, 0 perhaps, since 200");
        assert_int_equal(store_undo(shelf.store), STATUS_OK);
        assert_string_equal(counts(&shelf), "2 wait, 0 perhaps, since 100");
        store_rollback(shelf.store);
        assert_counts(&shelf, "1 wait, 0 perhaps, since 100");
        shelf_fini(&shelf);
}

/* Were the rows counted again, those that are put in past the store would show. */
static void what_waits_is_counted_once(void **state)
{
        struct shelf shelf;

        (void)state;
        fill(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        (void)add(&shelf, 100);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_string_equal(counts(&shelf), "1 wait, 0 perhaps, since 100");
        assert_string_equal(shelf_past(&shelf, "UPDATE outbox SET ambiguous = 1"), "");
        assert_string_equal(counts(&shelf), "1 wait, 0 perhaps, since 100");
        shelf_fini(&shelf);
}

static char told[64];

static enum status tell(void *context, uint64_t case_id)
{
        (void)context;
        snprintf(told + strlen(told), sizeof told - strlen(told), "%d ", (int)case_id);
        return STATUS_OK;
}

/* Three alerts of two cases, one about the service, and two cases that stand, of which one has an alert. */
static void a_message_tells_of_the_cases_of_its_alerts_and_of_those_it_shows(void **state)
{
        static const uint64_t of[] = {2, 1, 2, 0};
        struct shelf shelf;
        uint64_t message, alert = 0;

        (void)state;
        fill(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        message = add(&shelf, 100);
        for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
                assert_int_equal(store_alert_add(shelf.store, &(struct store_alert){.case_id = of[i], .item = ""}, &alert), STATUS_OK);
                assert_int_equal(store_message_carries(shelf.store, message, &alert, 1), STATUS_OK);
        }
        assert_int_equal(store_message_shows(shelf.store, message, 2), STATUS_OK);
        assert_int_equal(store_message_shows(shelf.store, message, 3), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        told[0] = '\0';
        assert_int_equal(store_message_cases(shelf.store, message, tell, NULL), STATUS_OK);
        assert_string_equal(told, "2 1 2 2 3 ");
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(as_many_wait_as_were_written_and_have_not_left),
                cmocka_unit_test(the_count_goes_back_with_the_rows),
                cmocka_unit_test(what_waits_is_counted_once),
                cmocka_unit_test(a_message_tells_of_the_cases_of_its_alerts_and_of_those_it_shows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
