/*
 * What is left of a case that was erased: the chains hold, nothing of its content
 * is in the files, and nothing passes for erased that was not.
 */
#include "mappad/store_access.h"
#include "mappad/store_ack.h"
#include "mappad/store_diary.h"
#include "mappad/store_erase.h"
#include "mappad/store_held.h"
#include "mappad/store_verify.h"
#include "shelf.h"

#define OURS "GULL-77"      /* the case that is erased */
#define OTHER "GULL-77-B"   /* one whose reference begins the same way */
#define TOKEN "KITTIWAKE-9" /* in a field of ours */
#define ITEM "ORDER-TERN"
#define REASON "entered by the wrong gannet"

struct seen {
        char text[4096];
        size_t used;
};

static void note(void *context, const struct store_finding *finding)
{
        struct seen *seen = context;

        seen->used += (size_t)snprintf(seen->text + seen->used, sizeof seen->text - seen->used, "%s %llu: %s\n", finding->table,
                                       (unsigned long long)finding->row, finding->what);
        assert_true(seen->used < sizeof seen->text);
}

static const char *check(struct shelf *shelf, struct store_verify_result *ret_result)
{
        static struct seen seen;
        const struct store_verify_known known = {.window = 0};
        struct store_verify *verify = NULL;
        bool more = true;

        seen = (struct seen){.used = 0};
        assert_int_equal(store_verify_new(shelf->store, &known, note, &seen, &verify), STATUS_OK);
        while (more)
                assert_int_equal(store_verify_step(verify, 3, &more), STATUS_OK);
        *ret_result = *store_verify_result(verify);
        store_verify_free(verify);
        return seen.text;
}

static const char *findings(struct shelf *shelf)
{
        struct store_verify_result result;

        return check(shelf, &result);
}

static uint64_t id_of(struct shelf *shelf, const char *ref)
{
        uint64_t id = 0;

        assert_int_equal(store_case_id(shelf->store, ref, false, &id), STATUS_OK);
        return id;
}

static void record(struct shelf *shelf, const char *ref, const char *client)
{
        struct store_line line = {.on = 19000, .recorded_ms = 1000, .client = client, .item = ITEM, .why = REASON};
        struct store_field field = {.kind = STORE_TOKEN};
        uint8_t packed[STORE_FIELD_PACKED_MAX];

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_case_id(shelf->store, ref, true, &line.case_id), STATUS_OK);
        assert_int_equal(store_intern(shelf->store, "lit", &line.type), STATUS_OK);
        assert_int_equal(store_intern(shelf->store, "token", &field.name), STATUS_OK);
        snprintf(field.token, sizeof field.token, "%s", TOKEN);
        line.fields_size = store_field_pack(&field, packed);
        line.fields = packed;
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &line.person), STATUS_OK);
        assert_int_equal(store_line_add(shelf->store, &line, &(struct store_origin){ref, 1000, "clerk"}), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

static void look_at(struct shelf *shelf, const char *what, const char *ref, const char *detail)
{
        struct store_access access = {.at_ms = 5, .uid = 1000, .user = "clerk", .what = what, .rows = 1, .ref = ref, .detail = detail};

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &access.person), STATUS_OK);
        if (ref != NULL)
                access.case_id = id_of(shelf, ref);
        assert_int_equal(store_access_add(shelf->store, &access), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

/* An alert about a case with its mark, its acknowledgement and the message that told of it. */
static void tell(struct shelf *shelf, const char *ref, uint64_t *ret_message)
{
        struct store_mark mark = {.case_id = id_of(shelf, ref), .rule = 1, .item = ITEM, .started = 19000, .stage = 1, .due = 19100};
        struct store_alert alert = {.kind = 0, .case_id = mark.case_id, .rule = 1, .item = ITEM, .started = 19000, .due = 19100,
                                    .old_due = CIVIL_NONE, .plan_by = CIVIL_NONE, .booked = CIVIL_NONE, .day = 19050, .stage = 1,
                                    .says = REASON};
        struct store_ack ack = {.name = "unit", .until = 19200, .why = REASON};
        struct store_message message = {.recipient = "a@example.org", .message_id = ref, .subject = "1 due", .text = "of " OURS ", " OTHER};
        struct store_diary_key key = {mark.case_id, 1, ITEM, 19000};
        struct store_diary_entry entry = {.due = 19100, .plan_by = CIVIL_NONE};
        uint64_t id = 0;

        message.message_id = strcmp(ref, OURS) == 0 ? "first@x" : "second@x";
        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_alert_add(shelf->store, &alert, &mark.alert), STATUS_OK);
        assert_int_equal(store_mark_add(shelf->store, &mark), STATUS_OK);
        assert_int_equal(store_route_add(shelf->store, mark.alert, &(struct store_route){.name = "unit"}, STORE_WAITS), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 1000, "clerk", &ack.person), STATUS_OK);
        ack.alert = mark.alert;
        ack.key = mark;
        assert_int_equal(store_ack_add(shelf->store, &ack, &id), STATUS_OK);
        assert_int_equal(store_message_add(shelf->store, &message, ret_message), STATUS_OK);
        assert_int_equal(store_message_carries(shelf->store, *ret_message, &mark.alert, 1), STATUS_OK);
        assert_int_equal(store_diary_add(shelf->store, &key, &entry), STATUS_OK);
        assert_int_equal(store_diary_copy(shelf->store, "a@example.org", &entry), STATUS_OK);
        message.id = *ret_message;
        message.state = STORE_MESSAGE_SENT;
        assert_int_equal(store_message_update(shelf->store, &message), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
}

/* Two cases, each with lines, alerts, messages, dates and looks; ours has the first line and the last. */
static void fill(struct shelf *shelf)
{
        uint64_t message = 0;

        shelf_init(shelf);
        for (int i = 0; i < 9; i++) {
                char client[32];
                snprintf(client, sizeof client, "puffin-%d", i);
                record(shelf, i % 2 == 0 ? OURS : OTHER, client);
        }
        tell(shelf, OURS, &message);
        tell(shelf, OTHER, &message);
        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_message_shows(shelf->store, message, id_of(shelf, OURS)), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        look_at(shelf, "case", OURS, NULL);
        look_at(shelf, "case", OTHER, "case=" OTHER);
        look_at(shelf, "list", NULL, "cursor=19000," OURS "&limit=2");
        look_at(shelf, "list", NULL, "cursor=19000," OTHER);
}

static void erase(struct shelf *shelf, const char *ref, uint64_t expected)
{
        struct store_erasure erasure = {.at_ms = 9000, .user = "root", .why = "six years", .ref = ref, .case_id = id_of(shelf, ref)};
        bool done = false;

        assert_int_equal(store_begin(shelf->store), STATUS_OK);
        assert_int_equal(store_person(shelf->store, 0, "root", &erasure.person), STATUS_OK);
        assert_int_equal(store_erase(shelf->store, &erasure), STATUS_OK);
        assert_int_equal(erasure.seq, expected);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        assert_int_equal(store_scrub(shelf->store, &done), STATUS_OK);
        assert_true(done);
}

/* How often a text stands in the database file or its log, as a word of its own. */
static int times_in_files(const struct shelf *shelf, const char *text)
{
        static const char *const ends[] = {"", "-wal"};
        int times = 0;

        for (size_t i = 0; i < 2; i++) {
                char path[160], *bytes = NULL;
                size_t size = 0;
                snprintf(path, sizeof path, "%s%s", shelf->path, ends[i]);
                FILE *file = fopen(path, "rb");
                if (file == NULL)
                        continue;
                fseek(file, 0, SEEK_END);
                size = (size_t)ftell(file);
                rewind(file);
                bytes = malloc(size + 1);
                assert_non_null(bytes);
                assert_int_equal(fread(bytes, 1, size, file), size);
                fclose(file);
                bytes[size] = '\0';
                for (size_t at = 0; at + strlen(text) <= size; at++)
                        times += memcmp(bytes + at, text, strlen(text)) == 0 && bytes[at + strlen(text)] != '-';
                free(bytes);
        }
        return times;
}

static void nothing_of_it_is_left_and_the_chains_hold(void **state)
{
        struct shelf shelf;
        struct store_verify_result result;
        struct store_erase_view view;
        char before[65], after[65];

        (void)state;
        fill(&shelf);
        assert_string_equal(findings(&shelf), "");
        assert_int_equal(store_erase_look(shelf.store, id_of(&shelf, OURS), &view), STATUS_OK);
        assert_int_equal(view.lines, 5);
        assert_int_equal(view.first, 1);
        assert_int_equal(view.last, 9);
        assert_int_equal(view.alerts, 1);
        assert_int_equal(view.acks, 1);
        assert_int_equal(view.messages, 2); /* one that carried its alert, one that showed it */
        assert_int_equal(view.dates, 1);
        assert_int_equal(view.accesses, 1);
        assert_int_equal(view.waiting, 0);
        store_chain_head(shelf.store, before);
        assert_true(times_in_files(&shelf, OURS) > 0 && times_in_files(&shelf, TOKEN) > 0);

        erase(&shelf, OURS, 1);
        store_chain_head(shelf.store, after);
        assert_string_equal(after, before);
        assert_string_equal(check(&shelf, &result), "");
        assert_int_equal(result.lines, 9);
        assert_int_equal(result.erased, 5);
        assert_int_equal(id_of(&shelf, OURS), 0);
        assert_int_equal(times_in_files(&shelf, OURS), 0);
        assert_int_equal(times_in_files(&shelf, "puffin-0"), 0);

        /* The next line goes on where the chain ended, also of a store that was opened anew. */
        shelf_close(&shelf);
        shelf_open(&shelf);
        record(&shelf, OTHER, "puffin-9");
        assert_int_equal(store_next_seq(shelf.store), 11);
        assert_string_equal(findings(&shelf), "");

        /* The other case goes too, and now nothing has what both had. */
        assert_true(times_in_files(&shelf, TOKEN) > 0 && times_in_files(&shelf, OTHER) > 0);
        erase(&shelf, OTHER, 2);
        assert_string_equal(check(&shelf, &result), "");
        assert_int_equal(result.erased, 10);
        assert_int_equal(times_in_files(&shelf, TOKEN), 0);
        assert_int_equal(times_in_files(&shelf, OTHER), 0);
        assert_int_equal(times_in_files(&shelf, ITEM), 0);
        assert_int_equal(times_in_files(&shelf, REASON), 0);
        shelf_fini(&shelf);
}

/* Questions are logged as they came: what stands before a reference may be written with digits and capitals. */
static void it_goes_from_questions_as_they_came(void **state)
{
        struct shelf shelf;

        (void)state;
        fill(&shelf);
        look_at(&shelf, "list", NULL, "state=open&cursor=2%2C19000%2C" OURS "%2Creview");
        look_at(&shelf, "list", NULL, "cursor=%20" OURS);
        look_at(&shelf, "list", NULL, "cursor=2%2C19000%2C" OTHER "%2Creview");
        erase(&shelf, OURS, 1);
        assert_int_equal(times_in_files(&shelf, OURS), 0);
        assert_true(times_in_files(&shelf, "%2C" OTHER) > 0);
        assert_string_equal(findings(&shelf), "");
        shelf_fini(&shelf);
}

static void it_is_no_case_any_more(void **state)
{
        struct shelf shelf;
        struct store_case cases[4];
        size_t count = 0;
        uint64_t number = 0;

        (void)state;
        fill(&shelf);
        erase(&shelf, OURS, 1);
        assert_int_equal(store_cases_by_ref(shelf.store, "", cases, 4, &count), STATUS_OK);
        assert_int_equal(count, 1);
        assert_string_equal(cases[0].ref, OTHER);
        assert_int_equal(store_cases_by_id(shelf.store, 0, cases, 4, &count), STATUS_OK);
        assert_int_equal(count, 1);
        assert_int_equal(store_case_count(shelf.store, &number), STATUS_OK);
        assert_int_equal(number, 1);
        assert_int_equal(store_case_last(shelf.store, &number), STATUS_OK);
        assert_int_equal(number, 2);
        /* The same reference is another case, and an id can be given again. */
        record(&shelf, OURS, "puffin-0");
        assert_int_equal(id_of(&shelf, OURS), 3);
        assert_string_equal(findings(&shelf), "");
        shelf_fini(&shelf);
}

static void the_guards_open_for_nothing_else(void **state)
{
        static const struct {
                const char *script, *said;
        } rows[] = {
                {"UPDATE casefile SET ref = 'erased-1' WHERE id = 2", "casefile.ref is fixed"},
                {"UPDATE casefile SET ref = 'X-1' WHERE id = 1", "casefile.ref is fixed"},
                {"UPDATE event SET why = 'x' WHERE case_id = 1 AND seq = 1", "event is append-only"},
                {"UPDATE event SET recorded_ms = 1 WHERE case_id = 1 AND seq = 1", "event is append-only"},
                {"UPDATE event SET hash = zeroblob(32) WHERE case_id = 1 AND seq = 1", "event is append-only"},
                {"UPDATE event SET item = NULL WHERE case_id = 2", "event is append-only"},
                {"DELETE FROM event WHERE case_id = 1", "event is append-only"},
                {"UPDATE alert SET says = 'x' WHERE case_id = 1", "alert is append-only"},
                {"UPDATE alert SET says = NULL WHERE case_id = 2", "alert is append-only"},
                {"UPDATE ack SET name = 'x' WHERE case_id = 1", "ack is append-only"},
                {"UPDATE ack SET why = '(erased)' WHERE case_id = 2", "ack is append-only"},
                {"UPDATE letter SET body = 'x' WHERE message = 1", "letter is append-only"},
                {"DELETE FROM mark WHERE case_id = 2", "mark is append-only"},
                {"UPDATE access SET rows = 7 WHERE seq = 1", "access is append-only"},
                {"UPDATE access SET detail = 'x' WHERE seq = 2", "access is append-only"},
                {"UPDATE erasure SET why = 'x'", "erasure is append-only"},
                {"DELETE FROM redacted", "redacted is append-only"},
        };
        struct shelf shelf;

        (void)state;
        fill(&shelf);
        erase(&shelf, OURS, 1);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (strcmp(shelf_past(&shelf, rows[i].script), rows[i].said) != 0)
                        fail_msg("%s: %s", rows[i].script, shelf_past(&shelf, rows[i].script));
        shelf_fini(&shelf);
}

#define UNGUARDED "PRAGMA ignore_check_constraints = ON; DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete;" \
        " DROP TRIGGER access_no_update; DROP TRIGGER erasure_no_update; DROP TRIGGER erasure_no_delete;" \
        " DROP TRIGGER redacted_no_update; DROP TRIGGER redacted_no_delete; DROP TRIGGER casefile_ref; "
/* Of access 2 with the detail "x", after the hash that stands there. */
#define FORGED_2 "x'939181cfa6316c4e4af5957b5cb1dde78a96f496597205c42663bdd4d5c994ab'"
#define LINE_OF_OURS(n) "event " #n ": this line is not what was recorded\n"
#define LINES_OF_OURS LINE_OF_OURS(1) LINE_OF_OURS(3) LINE_OF_OURS(5) LINE_OF_OURS(7) LINE_OF_OURS(9)

static void what_passes_for_erased_and_was_not_is_found(void **state)
{
        static const struct {
                const char *script, *found;
        } rows[] = {
                {"", ""},
                /* a line of a case that nobody erased */
                {"UPDATE event SET type = (SELECT id FROM word WHERE text = '(erased)'), on_day = 0, item = NULL, fields = NULL,"
                 " client = NULL, why = NULL WHERE seq = 4",
                 LINE_OF_OURS(4)},
                /* content put back into one that was, or hidden in it */
                {"UPDATE event SET why = 'x' WHERE seq = 5", LINE_OF_OURS(5)},
                {"UPDATE event SET type = 1 WHERE seq = 5", LINE_OF_OURS(5)},
                /* what is left, altered */
                {"UPDATE event SET recorded_ms = 1001 WHERE seq = 5",
                 "erasure 1: what is left of the lines is not what this erasure left\n" LINES_OF_OURS},
                {"UPDATE event SET hash = zeroblob(32) WHERE seq = 9",
                 "erasure 1: what is left of the lines is not what this erasure left\n" LINES_OF_OURS},
                {"DELETE FROM event WHERE seq = 9",
                 "erasure 1: what is left of the lines is not what this erasure left\n" LINE_OF_OURS(1) LINE_OF_OURS(3) LINE_OF_OURS(5)
                         LINE_OF_OURS(7) "event 9: this line is gone\n"},
                /* the erasure itself */
                {"UPDATE erasure SET why = 'seven years'", "erasure 1: this erasure is not what was recorded\n" LINES_OF_OURS},
                {"DELETE FROM redacted; DELETE FROM erasure", LINES_OF_OURS "access 1: this line is not what was recorded\n"
                                                                            "access 3: this line is not what was recorded\n"},
                {"UPDATE casefile SET ref = 'GULL-78' WHERE id = 1",
                 "erasure 1: the case is not called as this erasure left it\n" LINES_OF_OURS "access 1: this line is not what was recorded\n"
                 "access 5: this line is not what was recorded\n"},
                /* the log of accesses where it was changed */
                {"UPDATE access SET rows = 9 WHERE seq = 1", "access 1: this line is not what was recorded\n"},
                {"UPDATE access SET detail = 'x' WHERE seq = 3", "access 3: this line is not what was recorded\n"},
                {"DELETE FROM redacted WHERE access = 3", "erasure 1: the lines of accesses that this erasure changed are not those\n"
                                                          "access 3: this line is not what was recorded\n"},
                {"UPDATE access SET what = 'case' WHERE seq = 5", "erasure 1: the log of accesses does not tell of this erasure\n" LINES_OF_OURS
                                                                  "access 5: this line is not what was recorded\n"},
                /* a line altered under an erasure that is none */
                {"UPDATE access SET detail = 'x' WHERE seq = 2; INSERT INTO redacted (access, erasure, hash) VALUES (2, 7, " FORGED_2 ")",
                 "access 2: this line is not what was recorded\n"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct shelf shelf;
                char script[512];

                fill(&shelf);
                erase(&shelf, OURS, 1);
                snprintf(script, sizeof script, UNGUARDED "%s", rows[i].script);
                assert_string_equal(shelf_past(&shelf, script), "");
                if (strcmp(findings(&shelf), rows[i].found) != 0)
                        fail_msg("%s: %s", rows[i].script, findings(&shelf));
                shelf_fini(&shelf);
        }
}

static void all_or_nothing(void **state)
{
        struct shelf shelf;
        struct store_erasure erasure = {.at_ms = 9000, .user = "root", .why = "six years", .ref = OURS};

        (void)state;
        fill(&shelf);
        erasure.case_id = id_of(&shelf, OURS);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 0, "root", &erasure.person), STATUS_OK);
        assert_int_equal(store_erase(shelf.store, &erasure), STATUS_OK);
        store_rollback(shelf.store);
        assert_int_equal(id_of(&shelf, OURS), 1);
        assert_string_equal(findings(&shelf), "");
        erase(&shelf, OURS, 1);
        assert_string_equal(findings(&shelf), "");
        shelf_fini(&shelf);
}

static void a_reader_of_an_older_view_delays_the_end(void **state)
{
        struct shelf shelf;
        struct store *reader = NULL;
        struct store_erasure erasure = {.at_ms = 9000, .user = "root", .why = "six years", .ref = OURS};
        bool done = true;

        (void)state;
        fill(&shelf);
        erasure.case_id = id_of(&shelf, OURS);
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        assert_int_equal(store_begin(shelf.store), STATUS_OK);
        assert_int_equal(store_person(shelf.store, 0, "root", &erasure.person), STATUS_OK);
        assert_int_equal(store_erase(shelf.store, &erasure), STATUS_OK);
        assert_int_equal(store_commit(shelf.store), STATUS_OK);
        assert_int_equal(store_scrub(shelf.store, &done), STATUS_OK);
        assert_false(done);
        store_close(reader);
        assert_int_equal(store_scrub(shelf.store, &done), STATUS_OK);
        assert_true(done);
        assert_int_equal(times_in_files(&shelf, OURS), 0);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_of_it_is_left_and_the_chains_hold),
                cmocka_unit_test(it_goes_from_questions_as_they_came),
                cmocka_unit_test(it_is_no_case_any_more),
                cmocka_unit_test(the_guards_open_for_nothing_else),
                cmocka_unit_test(what_passes_for_erased_and_was_not_is_found),
                cmocka_unit_test(all_or_nothing),
                cmocka_unit_test(a_reader_of_an_older_view_delays_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
