/*
 * Acknowledgements are kept as they were given: nobody changes or removes one,
 * not even past the store, and each is found by its alert, obligation and case.
 */
#include "shelf.h"

#include "mappad/store_ack.h"

static uint64_t add_alert(struct shelf *shelf, uint64_t case_id)
{
        struct store_alert alert = {.case_id = case_id,
                                    .item = "",
                                    .started = 100,
                                    .due = 200,
                                    .old_due = CIVIL_NONE,
                                    .plan_by = CIVIL_NONE,
                                    .booked = CIVIL_NONE};
        uint64_t id = 0;

        assert_int_equal(store_alert_add(shelf->store, &alert, &id), STATUS_OK);
        return id;
}

static struct store_ack ack_of(struct shelf *shelf, uint64_t alert, uint64_t case_id, const char *item)
{
        struct store_ack ack = {.alert = alert,
                                .name = "unit",
                                .at_ms = 5,
                                .until = 300,
                                .why = "seen",
                                .key = {.case_id = case_id, .rule = 1, .item = item, .started = 100, .stage = 1, .repeat = 2, .due = 200}};

        assert_int_equal(store_person(shelf->store, 1000, "clerk", &ack.person), STATUS_OK);
        return ack;
}

/* Two cases, three alerts; two acknowledgements of the first case, one about no case. */
static void fill(struct shelf *shelf)
{
        struct store_ack ack;
        uint64_t id = 0;

        shelf_init(shelf);
        shelf_record(shelf, "L-1", NULL);
        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        for (int i = 0; i < 3; i++)
                assert_int_equal(add_alert(shelf, i < 2 ? 1 : 0), i + 1);
        ack = ack_of(shelf, 1, 1, "");
        assert_int_equal(store_ack_add(shelf->store, &ack, &id), STATUS_OK);
        ack = ack_of(shelf, 2, 1, "B1");
        assert_int_equal(store_ack_add(shelf->store, &ack, &id), STATUS_OK);
        ack = ack_of(shelf, 3, 0, "");
        ack.key = (struct store_mark){.item = "", .started = CIVIL_NONE, .due = CIVIL_NONE};
        assert_int_equal(store_ack_add(shelf->store, &ack, &id), STATUS_OK);
        assert_int_equal(id, 3);
        assert_int_equal(store_silenced_add(shelf->store, 2, "unit", 1), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

static char text[512];

static enum status say(void *context, const struct store_ack *ack)
{
        size_t used = strlen(text);

        (void)context;
        snprintf(text + used, sizeof text - used, "%llu:%llu %s %s until %d, %u %s, %s/%d/%d*%d;", (unsigned long long)ack->id,
                 (unsigned long long)ack->alert, ack->name, ack->why, ack->until, ack->uid, ack->user, ack->key.item, ack->key.started,
                 ack->key.due, (int)ack->key.repeat);
        return STATUS_OK;
}

static enum status say_silenced(void *context, const char *name, uint64_t ack)
{
        (void)context;
        snprintf(text, sizeof text, "%s %llu", name, (unsigned long long)ack);
        return STATUS_OK;
}

#define FIRST "1:1 unit seen until 300, 1000 clerk, /100/200*2;"
#define SECOND "2:2 unit seen until 300, 1000 clerk, B1/100/200*2;"

static void each_is_found_by_alert_obligation_and_case(void **state)
{
        struct store_mark key = {.case_id = 1, .rule = 1, .item = "B1", .started = 100};
        struct shelf shelf;
        bool found = false;

        (void)state;
        fill(&shelf);
        shelf_close(&shelf);
        shelf_open(&shelf);
        text[0] = '\0';
        assert_int_equal(store_acks_of_case(shelf.store, 1, say, NULL), STATUS_OK);
        assert_string_equal(text, FIRST SECOND);
        text[0] = '\0';
        assert_int_equal(store_acks_of(shelf.store, &key, say, NULL), STATUS_OK);
        assert_string_equal(text, SECOND);
        text[0] = '\0';
        assert_int_equal(store_acks_of_alert(shelf.store, 1, say, NULL), STATUS_OK);
        assert_int_equal(store_ack_get(shelf.store, 2, say, NULL, &found), STATUS_OK);
        assert_true(found);
        assert_string_equal(text, FIRST SECOND);
        assert_int_equal(store_ack_get(shelf.store, 4, say, NULL, &found), STATUS_OK);
        assert_false(found);
        assert_int_equal(store_silenced_of(shelf.store, 2, say_silenced, NULL), STATUS_OK);
        assert_string_equal(text, "unit 1");
        shelf_fini(&shelf);
}

static void none_is_changed_or_removed(void **state)
{
        struct shelf shelf;

        (void)state;
        fill(&shelf);
        shelf_close(&shelf);
        assert_string_equal(shelf_past(&shelf, "DELETE FROM ack"), "ack is append-only");
        assert_string_equal(shelf_past(&shelf, "UPDATE ack SET until_day = 400"), "ack is append-only");
        assert_string_equal(shelf_past(&shelf, "DELETE FROM silenced"), "silenced is append-only");
        assert_string_equal(shelf_past(&shelf, "UPDATE silenced SET name = 'chair'"), "silenced is append-only");
        shelf_open(&shelf);
        shelf_fini(&shelf);
}

static void what_is_undone_was_never_given(void **state)
{
        struct store_ack ack;
        struct shelf shelf;
        uint64_t id = 0;

        (void)state;
        fill(&shelf);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        ack = ack_of(&shelf, 1, 1, "");
        assert_int_equal(store_ack_add(shelf.store, &ack, &id), STATUS_OK);
        store_rollback(shelf.store);
        text[0] = '\0';
        assert_int_equal(store_acks_of_alert(shelf.store, 1, say, NULL), STATUS_OK);
        assert_string_equal(text, FIRST);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_is_found_by_alert_obligation_and_case),
                cmocka_unit_test(none_is_changed_or_removed),
                cmocka_unit_test(what_is_undone_was_never_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
