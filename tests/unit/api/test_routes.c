/*
 * test_routes - the table of routes: who may use what. With the argument --list it prints the table, for the test
 * that holds it against the contract.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/api.h"

static void only_readers_read_only_writers_write_only_admins_rule(void **state)
{
        struct api_route_row row;
        size_t count = 0;

        (void)state;
        for (; api_route(count, &row); count++) {
                assert_true(row.role != ROLE_NONE);
                /* Prometheus asks for its own path. */
                assert_true(strncmp(row.pattern, "/v1/", 4) == 0 || strcmp(row.pattern, "/metrics") == 0);
                assert_true(strlen(row.help) > 0);
                /* What changes something is a POST, and needs more than reading; nobody reads by POST what readers may. */
                assert_true(!row.writes || strcmp(row.method, "POST") == 0);
                assert_true(strcmp(row.method, "GET") == 0 || row.role > ROLE_READER);
        }
        assert_true(count >= 10);
        assert_false(api_route(SIZE_MAX, &row));
}

static void each_role_may_what_its_row_allows_and_no_more(void **state)
{
        struct api_route_row row;

        (void)state;
        for (size_t i = 0; api_route(i, &row); i++) {
                assert_false(api_allows(&row, ROLE_NONE));
                for (enum role role = ROLE_READER; role <= ROLE_ADMIN; role++)
                        assert_true(api_allows(&row, role) == (role >= row.role));
        }
}

static void no_two_rows_are_for_the_same_request(void **state)
{
        struct api_route_row one, other;

        (void)state;
        for (size_t i = 0; api_route(i, &one); i++)
                for (size_t k = i + 1; api_route(k, &other); k++)
                        assert_false(strcmp(one.method, other.method) == 0 && strcmp(one.pattern, other.pattern) == 0);
}

int main(int count, char **arguments)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_readers_read_only_writers_write_only_admins_rule),
                cmocka_unit_test(each_role_may_what_its_row_allows_and_no_more),
                cmocka_unit_test(no_two_rows_are_for_the_same_request),
        };
        struct api_route_row row;

        if (count == 2 && strcmp(arguments[1], "--list") == 0) {
                for (size_t i = 0; api_route(i, &row); i++)
                        printf("%s %s %s %s\n", row.method, row.pattern, role_word(row.role), row.writes ? "writes" : "reads");
                return 0;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
