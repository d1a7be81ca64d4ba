/*
 * Sealed reports: a chain of their own, named by what they hold, versions that
 * only grow, and nothing of a transaction that was undone.
 */
#include "mappad/store_seal.h"
#include "shelf.h"


static uint64_t add(struct shelf *shelf, const char *period, const char *content, const char *whole)
{
        struct store_seal seal = {.report = "annual", .period = period, .content = content, .whole = whole, .rules = "abc",
                                  .known_ms = 5, .at_ms = 6, .uid = 1000, .user = "clerk", .why = "the board asked"};
        uint64_t seq = 0;

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_last_line(shelf->store, &seal.head), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &seal.person), STATUS_OK);
        assert_int_equal(store_seal_add(shelf->store, &seal, &seq), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        return seq;
}

/* What a seal says, kept beyond the call. */
struct told {
        int count;
        uint64_t seq, head;
        uint32_t version;
        bool hides, salted;
        char digest[STORE_DIGEST_SIZE], content[128], whole[128], user[16], why[32];
        uint8_t salt[STORE_SALT_SIZE];
};

static void copy(char *to, size_t size, const char *text)
{
        snprintf(to, size, "%s", text == NULL ? "-" : text);
}

static enum status tell(void *context, const struct store_seal *seal)
{
        struct told *told = context;

        told->count++;
        told->seq = seal->seq;
        told->head = seal->head.seq;
        told->version = seal->version;
        told->hides = seal->hides;
        told->salted = seal->salt != NULL;
        if (seal->salt != NULL)
                memcpy(told->salt, seal->salt, sizeof told->salt);
        copy(told->digest, sizeof told->digest, seal->digest);
        copy(told->content, sizeof told->content, seal->content);
        copy(told->whole, sizeof told->whole, seal->whole);
        copy(told->user, sizeof told->user, seal->user);
        copy(told->why, sizeof told->why, seal->why);
        return STATUS_OK;
}

static struct told get(struct shelf *shelf, uint64_t seq)
{
        struct told told = {.count = 0};
        bool found = false;

        assert_int_equal(store_seal_get(shelf->store, seq, tell, &told, &found), STATUS_OK);
        assert_int_equal(found, told.count == 1);
        return told;
}

static void note(void *context, const struct store_finding *finding)
{
        char *text = context;
        size_t used = strlen(text);

        if (strcmp(finding->table, "database") != 0)
                snprintf(text + used, 1024 - used, "%s %llu: %s\n", finding->table, (unsigned long long)finding->row, finding->what);
}

static const char *check(struct shelf *shelf, struct store_verify_known known, struct store_verify_result *ret_result)
{
        static char text[1024];
        struct store_verify *verify = NULL;
        bool more = true;

        text[0] = '\0';
        assert_int_equal(store_verify_new(shelf->store, &known, note, text, &verify), STATUS_OK);
        while (more)
                assert_int_equal(store_verify_step(verify, 2, &more), STATUS_OK);
        *ret_result = *store_verify_result(verify);
        store_verify_free(verify);
        return text;
}

/* ---- what is kept ---- */

static void a_seal_is_named_by_what_it_holds(void **state)
{
        struct shelf shelf;
        struct told told;
        char digest[STORE_DIGEST_SIZE];

        (void)state;
        shelf_init(&shelf);
        /* FIPS 180-4, the example of one block. */
        assert_int_equal(store_seal_digest("abc", digest), STATUS_OK);
        assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for (int i = 0; i < 3; i++)
                shelf_record(&shelf, "L-1", NULL);
        assert_int_equal(add(&shelf, "2022-23", "abc", NULL), 1);
        told = get(&shelf, 1);
        assert_string_equal(told.digest, digest);
        assert_string_equal(told.content, "abc");
        assert_string_equal(told.whole, "-");
        assert_string_equal(told.user, "clerk");
        assert_string_equal(told.why, "the board asked");
        assert_false(told.hides || told.salted);
        assert_int_equal(told.head, 3);
        assert_int_equal(get(&shelf, 2).count, 0);
        assert_int_equal(get(&shelf, UINT64_MAX).count, 0);
        shelf_fini(&shelf);
}

static void versions_only_grow_and_are_found_by_each_name(void **state)
{
        struct shelf shelf;
        struct told told = {.count = 0};
        uint64_t seq = 9, count = 9, found[2];

        (void)state;
        shelf_init(&shelf);
        add(&shelf, "2022-23", "abc", NULL);
        add(&shelf, "2022-23", "abcd", NULL);
        add(&shelf, "2021-22", "abc", NULL);
        assert_int_equal(get(&shelf, 2).version, 2);
        assert_int_equal(get(&shelf, 3).version, 1);
        assert_int_equal(store_seal_versions(shelf.store, "annual", "2022-23", &count), STATUS_OK);
        assert_int_equal(count, 2);
        assert_int_equal(store_seal_of(shelf.store, "annual", "2022-23", 2, &seq), STATUS_OK);
        assert_int_equal(seq, 2);
        assert_int_equal(store_seal_of(shelf.store, "annual", "2022-23", 3, &seq), STATUS_OK);
        assert_int_equal(seq, 0);
        assert_int_equal(store_seal_latest(shelf.store, "annual", &seq), STATUS_OK);
        assert_int_equal(seq, 3);
        assert_int_equal(store_seal_latest(shelf.store, "reviews", &seq), STATUS_OK);
        assert_int_equal(seq, 0);
        /* Two of one content are one name, of which the last is meant. */
        assert_int_equal(store_seal_find(shelf.store, "ba7816bf", found), STATUS_OK);
        assert_true(found[0] == 3 && found[1] == 0);
        assert_int_equal(store_seal_find(shelf.store, "00000000", found), STATUS_OK);
        assert_true(found[0] == 0 && found[1] == 0);
        assert_int_equal(store_seals(shelf.store, UINT64_MAX, 10, tell, &told), STATUS_OK);
        assert_int_equal(told.count, 3);
        assert_int_equal(told.seq, 1);
        assert_string_equal(told.content, "-");
        told.count = 0;
        assert_int_equal(store_seals(shelf.store, 3, 1, tell, &told), STATUS_OK);
        assert_true(told.count == 1 && told.seq == 2);
        shelf_fini(&shelf);
}

/* With the same number hidden in two seals nobody can tell from their hashes that it is the same. */
static void what_is_hidden_is_salted(void **state)
{
        struct shelf shelf;
        struct told one, two;

        (void)state;
        shelf_init(&shelf);
        add(&shelf, "2022-23", "*", "3");
        add(&shelf, "2022-23", "*", "3");
        one = get(&shelf, 1);
        two = get(&shelf, 2);
        assert_true(one.hides && one.salted && two.salted);
        assert_string_equal(one.whole, "3");
        assert_memory_not_equal(one.salt, two.salt, sizeof one.salt);
        assert_string_equal(one.digest, two.digest);
        shelf_fini(&shelf);
}

static void a_seal_that_is_undone_leaves_no_trace(void **state)
{
        struct shelf shelf;
        struct store_seal seal = {.report = "annual", .period = "2022-23", .content = "x", .rules = "abc", .user = "clerk"};
        struct store_verify_result result;
        uint64_t seq = 0;

        (void)state;
        shelf_init(&shelf);
        add(&shelf, "2022-23", "abc", NULL);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 0, "clerk", &seal.person), STATUS_OK);
        assert_int_equal(store_seal_add(shelf.store, &seal, &seq), STATUS_OK);
        assert_int_equal(seq, 2);
        store_rollback(shelf.store);
        assert_int_equal(add(&shelf, "2022-23", "abd", NULL), 2);
        shelf_close(&shelf);
        shelf_open(&shelf);
        assert_int_equal(add(&shelf, "2022-23", "abe", NULL), 3);
        assert_string_equal(check(&shelf, (struct store_verify_known){.window = 0}, &result), "");
        assert_int_equal(result.seals, 3);
        shelf_fini(&shelf);
}

static void seals_are_never_altered(void **state)
{
        struct shelf shelf;

        (void)state;
        shelf_init(&shelf);
        add(&shelf, "2022-23", "abc", NULL);
        assert_string_equal(shelf_past(&shelf, "UPDATE seal SET why = NULL"), "seal is append-only");
        assert_string_equal(shelf_past(&shelf, "DELETE FROM seal"), "seal is append-only");
        assert_string_equal(shelf_past(&shelf, "PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO seal SELECT * FROM seal"),
                            "seal is append-only");
        shelf_fini(&shelf);
}

/* ---- what is found ---- */

#define UNGUARDED "PRAGMA ignore_check_constraints = ON; DROP TRIGGER seal_no_update; DROP TRIGGER seal_no_delete;" \
        " DROP TRIGGER event_no_update; "
#define ALTERED "this line is not what was recorded\n"

static void each_altered_seal_is_named(void **state)
{
        static const struct {
                const char *script, *found;
        } rows[] = {
                {"", ""},
                {"UPDATE seal SET content = 'abx' WHERE seq = 2", "seal 2: its name is not the hash of what it holds\nseal 2: " ALTERED},
                {"UPDATE seal SET content = '*', digest = (SELECT digest FROM seal WHERE seq = 4) WHERE seq = 2", "seal 2: " ALTERED},
                {"UPDATE seal SET why = 'another' WHERE seq = 1", "seal 1: " ALTERED},
                {"UPDATE seal SET why = NULL WHERE seq = 1", "seal 1: " ALTERED},
                {"UPDATE seal SET whole = '4' WHERE seq = 4", "seal 4: " ALTERED},
                {"UPDATE seal SET salt = zeroblob(32) WHERE seq = 4", "seal 4: " ALTERED},
                {"UPDATE seal SET salt = NULL, whole = NULL WHERE seq = 4", "seal 4: " ALTERED},
                {"UPDATE seal SET rules = 'abd' WHERE seq = 3", "seal 3: " ALTERED},
                {"UPDATE seal SET at_ms = 7 WHERE seq = 3", "seal 3: " ALTERED},
                {"UPDATE seal SET known_ms = 7 WHERE seq = 3", "seal 3: " ALTERED},
                {"UPDATE seal SET period = '2020-21' WHERE seq = 3", "seal 3: " ALTERED},
                {"UPDATE seal SET forced = 1 WHERE seq = 3", "seal 3: " ALTERED},
                {"UPDATE seal SET forced = 2 WHERE seq = 3", "seal 3: a value lies outside what is ever recorded\nseal 3: " ALTERED},
                {"UPDATE seal SET version = version + 4294967296 WHERE seq = 3", "seal 3: a value lies outside what is ever recorded\n"},
                {"UPDATE seal SET hash = zeroblob(32) WHERE seq = 2", "seal 2: " ALTERED},
                {"UPDATE seal SET head = 2 WHERE seq = 3", "seal 3: the record that it was counted from is not the one there is\nseal 3: " ALTERED},
                {"DELETE FROM seal WHERE seq = 1", "seal 1: this line is gone\n"},
                {"DELETE FROM seal WHERE seq = 3", "seal 3: this line is gone\n"},
                {"DELETE FROM seal WHERE seq >= 3", "seal 3: this line is gone, or some after it are\n"},
                {"DELETE FROM tally WHERE which = 102", "tally 0: the count of what was recorded is gone or cannot be\n"},
                {"INSERT INTO seal SELECT 5, report, period, 9, digest, content, salt, whole, rules, head, head_hash, known_ms, at_ms, person,"
                 " forced, why, hash FROM seal WHERE seq = 1", "seal 5: " ALTERED "seal 5: this line was never counted as recorded\n"},
                {"UPDATE event SET hash = zeroblob(32) WHERE seq = 3",
                 "event 3: " ALTERED "seal 3: the record that it was counted from is not the one there is\n"
                 "seal 4: the record that it was counted from is not the one there is\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct shelf shelf;
                struct store_verify_result result;
                char script[512];

                shelf_init(&shelf);
                add(&shelf, "2022-23", "abc", NULL); /* of a record of which nothing is recorded */
                shelf_record(&shelf, "L-1", NULL);
                add(&shelf, "2022-23", "abd", NULL);
                shelf_record(&shelf, "L-1", NULL);
                shelf_record(&shelf, "L-2", NULL);
                add(&shelf, "2021-22", "abe", NULL);
                add(&shelf, "2021-22", "*", "3");
                snprintf(script, sizeof script, UNGUARDED "%s", rows[i].script);
                assert_string_equal(shelf_past(&shelf, script), "");
                const char *found = check(&shelf, (struct store_verify_known){.window = 0}, &result);
                if (strcmp(found, rows[i].found) != 0)
                        fail_msg("%s: %s", rows[i].script, found);
                shelf_fini(&shelf);
        }
}

static void a_head_that_was_noted_is_met_or_named(void **state)
{
        struct shelf shelf;
        struct store_verify_result result, later;

        (void)state;
        shelf_init(&shelf);
        add(&shelf, "2022-23", "abc", NULL);
        add(&shelf, "2022-23", "abd", NULL);
        assert_string_equal(check(&shelf, (struct store_verify_known){.window = 0}, &result), "");
        assert_int_equal(result.seals_head.seq, 2);
        add(&shelf, "2022-23", "abe", NULL);
        struct store_verify_known known = {.seals = result.seals_head};
        assert_string_equal(check(&shelf, known, &later), "");
        assert_true(later.seals_known);
        known.seals.hash[3] ^= 1;
        assert_string_equal(check(&shelf, known, &later), "seal 2: this line is not the one whose hash was noted\n");
        known.seals.seq = 4;
        assert_string_equal(check(&shelf, known, &later),
                            "seal 4: the chain ends before this line, whose hash was noted: what came last is gone\n");
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_seal_is_named_by_what_it_holds),
                cmocka_unit_test(versions_only_grow_and_are_found_by_each_name),
                cmocka_unit_test(what_is_hidden_is_salted),
                cmocka_unit_test(a_seal_that_is_undone_leaves_no_trace),
                cmocka_unit_test(seals_are_never_altered),
                cmocka_unit_test(each_altered_seal_is_named),
                cmocka_unit_test(a_head_that_was_noted_is_met_or_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
