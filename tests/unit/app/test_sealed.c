/*
 * What may be sealed, under which names it is found, and that nothing is given out
 * that is not what was sealed.
 */
#include "mappad/app_sealed.h"
#include "world.h"

#include <sqlite3.h>

/* Tries to seal; the code of the refusal, "" when it was sealed. */
static const char *seal(struct world *world, struct app_sealing sealing)
{
        static struct wire_problem problem;
        uint64_t seq = 0;
        enum status status;

        problem = (struct wire_problem){.code = ""};
        sealing.by = (struct app_actor){.uid = 1000, .name = "clerk"};
        sealing.rules = "none";
        sealing.content = sealing.content == NULL ? "{}" : sealing.content;
        status = app_seal_report(world->app, world->now, &sealing, &seq, &problem);
        assert_true(status == STATUS_OK || status == STATUS_INVALID);
        assert_int_equal(seq != 0, status == STATUS_OK);
        return status == STATUS_OK ? "" : problem.code;
}

static enum status tell(void *context, const struct store_seal *seal)
{
        snprintf(context, 64, "%llu %s %s v%u%s", (unsigned long long)seal->seq, seal->report, seal->period, (unsigned)seal->version,
                 seal->forced ? " forced" : "");
        return STATUS_OK;
}

/* What a name finds, or the code of the refusal. */
static const char *find(struct world *world, const char *name)
{
        static char told[64];
        static struct wire_problem problem;
        enum status status = app_sealed_find(world->app, name, tell, told, &problem);

        assert_true(status == STATUS_OK || status == STATUS_INVALID);
        return status == STATUS_OK ? told : problem.code;
}

static void what_may_be_sealed(void **state)
{
        struct app_sealing year = {.report = "yearly", .period = "2022", .adds_up = true};
        struct app_sealing wrong = {.report = "wrong", .period = "2022"};
        struct world world;
        char longest[WIRE_WHY_MAX + 2];

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        year.why = "";
        assert_string_equal(seal(&world, year), "bad-why");
        year.why = "two\nlines";
        assert_string_equal(seal(&world, year), "bad-why");
        memset(longest, 'x', sizeof longest - 1);
        longest[sizeof longest - 1] = '\0';
        year.why = longest;
        assert_string_equal(seal(&world, year), "bad-why");
        year.why = longest + 1;
        assert_string_equal(seal(&world, year), "");
        year.why = NULL;
        assert_string_equal(seal(&world, year), "already-sealed");
        year.why = "late records";
        assert_string_equal(seal(&world, year), "");
        assert_string_equal(seal(&world, wrong), "does-not-add-up");
        wrong.why = "a reason alone is not enough";
        assert_string_equal(seal(&world, wrong), "does-not-add-up");
        wrong.force = true;
        wrong.why = NULL;
        assert_string_equal(seal(&world, wrong), "missing-field");
        wrong.why = "as it is";
        assert_string_equal(seal(&world, wrong), "");
        assert_string_equal(find(&world, "wrong"), "3 wrong 2022 v1 forced");
        wrong.adds_up = true; /* force that nothing needed is not noted */
        assert_string_equal(seal(&world, wrong), "");
        assert_string_equal(find(&world, "wrong"), "4 wrong 2022 v2");
        world_fini(&world);
}

static void each_name_finds_its_seal(void **state)
{
        static const struct {
                const char *name, *found;
        } rows[] = {
                {"yearly", "3 yearly 2021 v1"},
                {"yearly:2022", "2 yearly 2022 v2"},
                {"yearly:2022:v1", "1 yearly 2022 v1"},
                {"yearly:2022:v2", "2 yearly 2022 v2"},
                {"yearly:2022:v3", "unknown-seal"},
                {"yearly:2020", "unknown-seal"},
                {"yearly:", "unknown-seal"},
                {"monthly", "unknown-seal"},
                {"", "unknown-seal"},
                {"yearly:2022:2", "bad-seal"},
                {"yearly:2022:", "bad-seal"},
                {"yearly:2022:v", "bad-seal"},
                {"yearly:2022:v99999999999", "bad-seal"},
                {"00000000", "unknown-seal"},
        };
        struct app_sealing sealing = {.report = "yearly", .period = "2022", .adds_up = true, .why = "tests"};
        struct world world;
        char digest[STORE_DIGEST_SIZE];

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        sealing.content = "{\"n\":1}";
        assert_string_equal(seal(&world, sealing), "");
        sealing.content = "{\"n\":2}";
        assert_string_equal(seal(&world, sealing), "");
        sealing.period = "2021";
        assert_string_equal(seal(&world, sealing), "");
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                assert_string_equal(find(&world, rows[i].name), rows[i].found);
        assert_int_equal(store_seal_digest("{\"n\":1}", digest), STATUS_OK);
        assert_string_equal(find(&world, digest), "1 yearly 2022 v1");
        digest[8] = '\0';
        assert_string_equal(find(&world, digest), "1 yearly 2022 v1");
        digest[7] = '\0';
        assert_string_equal(find(&world, digest), "unknown-seal"); /* too short for a hash: taken for a report */
        assert_int_equal(store_seal_digest("{\"n\":2}", digest), STATUS_OK);
        assert_string_equal(find(&world, digest), "3 yearly 2021 v1"); /* of two with the same content the last */
        world_fini(&world);
}

static void what_is_not_what_was_sealed_is_not_given_out(void **state)
{
        struct app_sealing sealing = {.report = "yearly", .period = "2022", .adds_up = true, .whole = "{\"n\":1}"};
        struct world world;
        char path[300], *said = NULL;
        sqlite3 *db = NULL;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_string_equal(seal(&world, sealing), "");
        assert_string_equal(find(&world, "yearly"), "1 yearly 2022 v1");
        snprintf(path, sizeof path, "%s/mappad.db", world.directory);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "DROP TRIGGER seal_no_update; UPDATE seal SET whole = 'x'", NULL, NULL, &said), SQLITE_OK);
        sqlite3_close(db);
        assert_string_equal(find(&world, "yearly"), "damaged-seal");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_may_be_sealed),
                cmocka_unit_test(each_name_finds_its_seal),
                cmocka_unit_test(what_is_not_what_was_sealed_is_not_given_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
