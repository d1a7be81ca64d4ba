/*
 * Lines that are recorded: an id is taken once and found again, and many at a time
 * are what they would be one by one.
 */
#include "shelf.h"

static void a_clients_id_is_taken_once(void **state)
{
        struct shelf shelf;
        struct store_line line = {.on = 19000, .recorded_ms = 1, .client = "a", .case_id = 1, .type = 1, .person = 1};
        struct store_gap gap = {.from = ""};
        uint64_t case_id = 0, seq = 0;

        (void)state;
        shelf_init(&shelf);
        shelf_record(&shelf, "L-1", "a");
        assert_int_equal(store_find_client(shelf.store, "a", &gap, &case_id, &seq), STATUS_OK);
        assert_int_equal(seq, 1);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_line_add(shelf.store, &line, &(struct store_origin){"L-1", 1000, "clerk"}), STATUS_INVALID);
        store_rollback(shelf.store);
        assert_int_equal(store_next_seq(shelf.store), 2);
        shelf_fini(&shelf);
}

/* By one statement for 32, and one for each that is left: numbers and chain are those of lines recorded one by one. */
static void lines_recorded_together_are_those_recorded_one_by_one(void **state)
{
        struct store_origin origins[70];
        struct store_line lines[70];
        char apart[65], together[65], clients[70][16];
        struct shelf one, many;
        uint64_t bad = 0;

        (void)state;
        shelf_init(&one);
        shelf_init(&many);
        shelf_record(&many, "L-1", "c0");
        for (int i = 0; i < 70; i++) {
                snprintf(clients[i], sizeof clients[i], "c%d", i);
                shelf_record(&one, "L-1", clients[i]);
                lines[i] = (struct store_line){
                        .on = 19000, .recorded_ms = 1000, .case_id = 1, .type = 1, .person = 1, .client = clients[i]};
                origins[i] = (struct store_origin){"L-1", 1000, "clerk"};
        }
        assert_int_equal(store_begin(many.store), STATUS_OK);
        assert_int_equal(store_lines_add(many.store, lines + 1, origins + 1, 69), STATUS_OK);
        assert_int_equal(store_commit(many.store), STATUS_OK);
        assert_int_equal(store_next_seq(many.store), 71);
        store_chain_head(one.store, apart);
        store_chain_head(many.store, together);
        assert_string_equal(apart, together);
        assert_int_equal(shelf_verify(&many, &bad), STATUS_OK);
        assert_int_equal(bad, 0);
        for (int i = 0; i < 40; i++) { /* the last of these is taken */
                snprintf(clients[i], sizeof clients[i], "d%d", i);
                lines[i].client = i == 39 ? "c7" : clients[i];
        }
        assert_int_equal(store_begin(many.store), STATUS_OK);
        assert_int_equal(store_lines_add(many.store, lines, origins, 40), STATUS_INVALID);
        store_rollback(many.store);
        store_chain_head(many.store, together);
        assert_string_equal(apart, together);
        shelf_fini(&many);
        shelf_fini(&one);
}

static uint64_t found(struct shelf *shelf, const char *client, struct store_gap *gap)
{
        uint64_t case_id = 7, seq = 7;

        assert_int_equal(store_find_client(shelf->store, client, gap, &case_id, &seq), STATUS_OK);
        assert_int_equal(case_id == 0, seq == 0);
        return seq;
}

static void ids_are_found_beside_a_stretch_that_has_none(void **state)
{
        struct store_gap gap = {.from = ""};
        struct shelf shelf;

        (void)state;
        shelf_init(&shelf);
        assert_int_equal(found(&shelf, "m", &gap), 0); /* of an empty record: all from there on are none */
        assert_string_equal(gap.from, "m");
        assert_string_equal(gap.until, "");
        shelf_record(&shelf, "L-1", "d");
        shelf_record(&shelf, "L-1", "h");
        gap = (struct store_gap){.from = ""};
        assert_int_equal(found(&shelf, "d", &gap), 1);
        assert_string_equal(gap.from, "");
        assert_int_equal(found(&shelf, "g", &gap), 0);
        assert_int_equal(found(&shelf, "e", &gap), 0);
        assert_string_equal(gap.from, "e"); /* grown */
        assert_string_equal(gap.until, "h");
        assert_int_equal(found(&shelf, "ee", &gap), 0);
        assert_int_equal(found(&shelf, "d", &gap), 1); /* its ends are looked up */
        assert_int_equal(found(&shelf, "h", &gap), 2);
        assert_string_equal(gap.from, "e"); /* what is found leaves it alone */
        assert_int_equal(found(&shelf, "c", &gap), 0);
        assert_string_equal(gap.until, "d"); /* another one */
        assert_int_equal(found(&shelf, "x", &gap), 0);
        assert_string_equal(gap.from, "x");
        assert_string_equal(gap.until, "");
        assert_int_equal(found(&shelf, "h", &gap), 2);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_clients_id_is_taken_once),
                cmocka_unit_test(lines_recorded_together_are_those_recorded_one_by_one),
                cmocka_unit_test(ids_are_found_beside_a_stretch_that_has_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
