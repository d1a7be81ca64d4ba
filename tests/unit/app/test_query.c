/*
 * Lists that are derived: pages join, whatever order the cases lie in, and a page
 * keeps no more rows in memory than it gives.
 */
#include "world.h"

#include "../../../daemon/app/query.h"

#define CASES 1100 /* more than a page holds */
#define A_TIME 50  /* cases recorded together */

/* Licences that end on days which neither rise nor fall with the number of the case. */
static void record_licences(struct world *world, unsigned count)
{
        for (unsigned from = 0; from < count; from += A_TIME) {
                char lines[8000];
                size_t used = 0;
                for (unsigned i = from; i < from + A_TIME && i < count; i++)
                        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                                 "{'case':'L-%04u','event':'licensed','licence-ends':'2023-%02u-%02u','on':'2023-01-02'}\n",
                                                 i, 4 + i % 7, 1 + i * 11 % 28);
                world_recorded(world, lines);
        }
}

/* One page as of a day before today, a line a row at the end of world->text; the most rows that were kept. */
static size_t read_page(struct world *world, const struct app_obligation_filter *filter, char cursor[static APP_CURSOR_SIZE],
                        size_t *ret_given)
{
        struct app_query *query = NULL;
        struct wire_problem problem;
        enum app_row row = APP_WORKING;
        struct app_obligation found;
        size_t most = 0, given = 0;
        char due[CIVIL_TEXT_SIZE];

        assert_int_equal(app_query_obligations(world->app, world->now, filter, &query, &problem), STATUS_OK);
        while (row != APP_END) {
                assert_int_equal(app_query_next(query, &row, &found), STATUS_OK);
                most = query->count > most ? query->count : most;
                if (row != APP_ROW)
                        continue;
                given++;
                world_say(world, "%s %s\n", found.case_ref, world_date(found.obligation.due, due));
        }
        snprintf(cursor, APP_CURSOR_SIZE, "%s", app_query_cursor(query));
        app_query_free(query);
        *ret_given = given;
        return most;
}

static void pages_of_a_derived_list_join_and_keep_only_their_rows(void **state)
{
        struct world world;
        char cursor[APP_CURSOR_SIZE] = "", whole[WORLD_TEXT];
        size_t given = 0, pages = 0;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-10");
        record_licences(&world, 120);
        struct app_obligation_filter filter = app_obligation_filter_all();
        filter.as_of = world_day("2023-01-09");
        world.used = 0;
        (void)read_page(&world, &filter, cursor, &given);
        assert_int_equal(given, 120);
        assert_string_equal(cursor, "");
        memcpy(whole, world.text, world.used + 1);

        world.used = 0;
        filter.limit = 7;
        do {
                filter.cursor = cursor[0] == '\0' ? NULL : cursor;
                assert_true(read_page(&world, &filter, cursor, &given) <= 8); /* and one, to know that there are others */
                pages++;
        } while (cursor[0] != '\0');
        assert_int_equal(pages, 18); /* 17 of 7 and one of 1 */
        assert_string_equal(world.text, whole);
        assert_memory_equal(whole, "L-0000 2023-04-01\n", 18);
        world_fini(&world);
}

/* What a client is promised: that of today without end, anything else in pages of a thousand. */
static void a_client_that_names_no_limit_gets_a_derived_list_in_pages(void **state)
{
        struct world world;
        char cursor[APP_CURSOR_SIZE] = "";
        size_t given = 0;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-10");
        record_licences(&world, CASES);
        struct app_obligation_filter filter = app_obligation_filter_all();
        filter.paged = true;
        world.used = 0;
        (void)read_page(&world, &filter, cursor, &given);
        assert_int_equal(given, CASES);
        filter.as_of = world_day("2023-01-09");
        world.used = 0;
        assert_int_equal(read_page(&world, &filter, cursor, &given), APP_LIMIT_MAX + 1);
        assert_int_equal(given, APP_LIMIT_MAX);
        assert_string_not_equal(cursor, "");
        filter.cursor = cursor;
        filter.limit = 5000;
        world.used = 0;
        (void)read_page(&world, &filter, cursor, &given);
        assert_int_equal(given, CASES - APP_LIMIT_MAX);
        assert_string_equal(cursor, "");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pages_of_a_derived_list_join_and_keep_only_their_rows),
                cmocka_unit_test(a_client_that_names_no_limit_gets_a_derived_list_in_pages),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
