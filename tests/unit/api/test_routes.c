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
                assert_true(row.need.role != ROLE_NONE);
                /* Prometheus asks for its own path. */
                assert_true(strncmp(row.pattern, "/v1/", 4) == 0 || strcmp(row.pattern, "/metrics") == 0);
                assert_true(strlen(row.help) > 0);
                /* What changes something is a POST, and needs more than reading; nobody reads by POST what readers may. */
                assert_true(!row.writes || strcmp(row.method, "POST") == 0);
                assert_true(strcmp(row.method, "GET") == 0 || row.need.role > ROLE_READER);
        }
        assert_true(count >= 10);
        assert_false(api_route(SIZE_MAX, &row));
}

/* Who there is: every role with every kind of sight. Bits 0 and 1 are compartments, of which 0 hides counts; 2 is an agency. */
enum { STRICT = 10, LOOSE = 11, AGENCY = 12, READERS = 20, WRITERS = 21, ADMINS = 22 };
static const struct access_policy policy = {
        .readers = {{READERS}, 1}, .writers = {{WRITERS}, 1}, .admins = {{ADMINS}, 1},
        .scopes = {{STRICT, ACCESS_COMPARTMENT, true}, {LOOSE, ACCESS_COMPARTMENT, false}, {AGENCY, ACCESS_AGENCY, false},
                   {(gid_t)-1, ACCESS_AGENCY, false}},
        .scope_count = 4};
static const struct {
        const char *who;
        gid_t groups[3];
        size_t count;
        struct sight sight;
        bool counts, whole, agency; /* what it comes to: every case is counted, is seen; limited to an agency */
} sights[] = {
        {"in every compartment", {STRICT, LOOSE}, 2, {0, 0, 0}, true, true, false},
        {"outside the one that does not hide counts", {STRICT}, 1, {0, 2, 0}, true, false, false},
        {"outside the one that hides counts", {LOOSE}, 1, {0, 1, 1}, false, false, false},
        {"outside both", {0}, 0, {0, 3, 1}, false, false, false},
        {"of an agency, in both", {STRICT, LOOSE, AGENCY}, 3, {4, 0, 0}, false, false, true},
        {"of an agency, outside both", {AGENCY}, 1, {4, 3, 1}, false, false, true},
};

/* What each route tells of, held against the table of the daemon, so that neither changes without the other. */
static const struct {
        const char *route;
        enum permit_reach reach;
} reaches[] = {
        {"POST /v1/events", PERMIT_CHANGES},
        {"GET /v1/events", PERMIT_SEEN},
        {"POST /v1/events/{seq}/retract", PERMIT_CHANGES},
        {"GET /v1/obligations", PERMIT_SEEN},
        {"GET /v1/calendar.ics", PERMIT_SEEN},
        {"GET /v1/cases", PERMIT_SEEN},
        {"GET /v1/cases/{ref}", PERMIT_SEEN},
        {"GET /v1/cases/{ref}/history", PERMIT_SEEN},
        {"GET /v1/cases/{ref}/subject-access", PERMIT_WHOLE},
        {"POST /v1/cases/{ref}/erase", PERMIT_WHOLE},
        {"GET /v1/retention", PERMIT_SEEN},
        {"GET /v1/erasures", PERMIT_WHOLE},
        {"GET /v1/erasures/{seq}", PERMIT_WHOLE},
        {"GET /v1/cases/{ref}/explain", PERMIT_SEEN},
        {"GET /v1/reports/certificate", PERMIT_SEEN},
        {"GET /v1/reports/forecast", PERMIT_SEEN},
        {"POST /v1/reports/forecast", PERMIT_SEEN},
        {"GET /v1/reports/forecast/cases", PERMIT_SEEN},
        {"GET /v1/reports/{report}", PERMIT_SEEN},
        {"GET /v1/reports/{report}/cases", PERMIT_SEEN},
        {"POST /v1/reports/{report}/seal", PERMIT_WHOLE},
        {"GET /v1/seals", PERMIT_COUNTS},
        {"GET /v1/seals/{seal}", PERMIT_COUNTS},
        {"GET /v1/seals/{seal}/changes", PERMIT_WHOLE},
        {"GET /v1/seals/{seal}/whole", PERMIT_WHOLE},
        {"GET /v1/alerts", PERMIT_SEEN},
        {"GET /v1/alerts/stream", PERMIT_SEEN},
        {"POST /v1/alerts/{id}/ack", PERMIT_CHANGES},
        {"GET /v1/routes", PERMIT_CHANGES},
        {"GET /v1/outbox", PERMIT_COUNTS},
        {"POST /v1/outbox/retry", PERMIT_COUNTS},
        {"POST /v1/outbox/{id}/retry", PERMIT_COUNTS},
        {"GET /v1/rules", PERMIT_NOTHING},
        {"POST /v1/rules/diff", PERMIT_WHOLE},
        {"POST /v1/rules/accept", PERMIT_COUNTS},
        {"GET /v1/rules/history", PERMIT_COUNTS},
        {"POST /v1/rules/editions", PERMIT_NOTHING},
        {"GET /v1/rules/editions/{digest}", PERMIT_NOTHING},
        {"GET /v1/status", PERMIT_NOTHING},
        {"GET /v1/access", PERMIT_WHOLE},
        {"POST /v1/backup", PERMIT_WHOLE},
        {"POST /v1/verify", PERMIT_WHOLE},
        {"GET /metrics", PERMIT_NOTHING},
        {"POST /v1/reload", PERMIT_COUNTS},
};

static enum permit_reach reach_of(const struct api_route_row *row)
{
        char name[96];

        snprintf(name, sizeof name, "%s %s", row->method, row->pattern);
        for (size_t i = 0; i < sizeof reaches / sizeof reaches[0]; i++)
                if (strcmp(reaches[i].route, name) == 0)
                        return reaches[i].reach;
        fail_msg("%s is not in the table of this test", name);
        return PERMIT_WHOLE;
}

/* The verdict as a person would give it, from what the row says and who asks. */
static enum permit_verdict expected(const struct api_route_row *row, enum role role, size_t s)
{
        /* being of an agency makes a reader of whom no list names */
        enum role held = role == ROLE_NONE && sights[s].agency ? ROLE_READER : role;

        if (held == ROLE_NONE)
                return PERMIT_STRANGER;
        if (held < row->need.role)
                return PERMIT_ROLE;
        switch (reach_of(row)) {
        case PERMIT_WHOLE:
                return sights[s].whole ? PERMIT_GRANTED : PERMIT_SIGHT;
        case PERMIT_COUNTS:
                return sights[s].counts ? PERMIT_GRANTED : PERMIT_SIGHT;
        case PERMIT_CHANGES:
                return sights[s].agency ? PERMIT_SIGHT : PERMIT_GRANTED;
        case PERMIT_SEEN:
        case PERMIT_NOTHING:
                return PERMIT_GRANTED;
        }
        return PERMIT_SIGHT;
}

static void every_route_by_every_role_and_every_sight(void **state)
{
        static const gid_t lists[] = {[ROLE_NONE] = 99, [ROLE_READER] = READERS, [ROLE_WRITER] = WRITERS, [ROLE_ADMIN] = ADMINS};
        struct api_route_row row;
        size_t asked = 0, count = 0;

        (void)state;
        for (; api_route(count, &row); count++)
                for (enum role role = ROLE_NONE; role <= ROLE_ADMIN; role++)
                        for (size_t s = 0; s < sizeof sights / sizeof sights[0]; s++, asked++) {
                                gid_t groups[4] = {lists[role], sights[s].groups[0], sights[s].groups[1], sights[s].groups[2]};
                                const struct permit_asker asker = {1000, groups, 1 + sights[s].count};
                                struct permit_decision decision = permit_decide(&asker, &policy, row.need);
                                if (decision.verdict != expected(&row, role, s))
                                        fail_msg("%s %s, %s %s: verdict %d", row.method, row.pattern, role_word(role), sights[s].who,
                                                 (int)decision.verdict);
                                assert_memory_equal(&decision.sight, &sights[s].sight, sizeof decision.sight);
                        }
        assert_int_equal(count, sizeof reaches / sizeof reaches[0]);
        assert_int_equal(asked, count * 4 * 6);
}

static void root_may_everything_and_sees_everything(void **state)
{
        static const gid_t agency[] = {AGENCY};
        struct api_route_row row;

        (void)state;
        for (size_t i = 0; api_route(i, &row); i++) {
                struct permit_decision decision = permit_decide(&(struct permit_asker){0, agency, 1}, &policy, row.need);
                assert_int_equal(decision.verdict, PERMIT_GRANTED);
                assert_true(sight_whole(decision.sight) && sight_counts_all(decision.sight));
        }
}

static void what_no_row_says_is_refused(void **state)
{
        static const gid_t admin[] = {ADMINS}, none[] = {(gid_t)-1};
        const struct permit_need nothing = {0};

        (void)state;
        assert_int_equal(permit_decide(&(struct permit_asker){1000, admin, 1}, &policy, nothing).verdict, PERMIT_ROLE);
        assert_int_equal(permit_decide(&(struct permit_asker){1000, admin, 1}, &policy, (struct permit_need){.role = ROLE_READER}).verdict,
                         PERMIT_SIGHT);
        /* a group that the system does not know has no members, whatever a peer claims to be in */
        assert_int_equal(permit_decide(&(struct permit_asker){1000, none, 1}, &policy, nothing).role, ROLE_NONE);
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
                cmocka_unit_test(every_route_by_every_role_and_every_sight),
                cmocka_unit_test(root_may_everything_and_sees_everything),
                cmocka_unit_test(what_no_row_says_is_refused),
                cmocka_unit_test(no_two_rows_are_for_the_same_request),
        };
        static const char *const words[] = {[PERMIT_WHOLE] = "whole", [PERMIT_COUNTS] = "counts", [PERMIT_CHANGES] = "changes",
                                                    [PERMIT_SEEN] = "seen", [PERMIT_NOTHING] = "nothing"};
        struct api_route_row row;

        if (count == 2 && strcmp(arguments[1], "--list") == 0) {
                for (size_t i = 0; api_route(i, &row); i++)
                        printf("%s %s %s %s %s\n", row.method, row.pattern, role_word(row.need.role), words[row.need.reach],
                               row.writes ? "writes" : "reads");
                return 0;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
