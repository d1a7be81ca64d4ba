/*
 * The outbox: attempts and their ends, what is told of failures, and the list
 * that people see, with trying again by hand.
 */
#include "world.h"

#include "mappad/app_access.h"

#define LAID(reference, on) "{'case':'" reference "','event':'buoy-laid','item':'B1','on':'" on "'}\n"

static void never(void *context, const struct app_message *message)
{
        (void)context;
        fail_msg("offered again: %s", message->message_id);
}

static void a_report_that_was_lost_offers_the_same_message_again(void **state)
{
        struct world world;
        char first[WORLD_TEXT];

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        world.used = 0;
        assert_int_equal(app_outbox_due(world.app, world.now, 0, 10, world_read_message, &world), STATUS_OK);
        memcpy(first, world.text, world.used + 1);
        world_crash(&world); /* sent, but the report was not written down */
        world_open(&world);
        assert_string_equal(world_post(&world), first);
        assert_int_equal(app_outbox_due(world.app, world.now, 0, 10, never, NULL), STATUS_OK);
        world_fini(&world);
}

static void fail_message(void *context, const struct app_message *message)
{
        struct world *world = context;

        world->used++;
        assert_int_equal(app_outbox_report(world->app, (struct app_report){.id = message->id,
                                                                           .verdict = VERDICT_RETRY,
                                                                           .retry_ms = world->now.ms + 60000,
                                                                           .answer = "450 later"}),
                         STATUS_OK);
}

static void the_fifth_failure_is_told_and_tries_go_on(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        (void)world_heard(&world);
        for (int i = 1; i <= 7; i++) {
                world.used = 0;
                assert_int_equal(app_outbox_due(world.app, world.now, 0, 10, fail_message, &world), STATUS_OK);
                assert_int_equal(world.used, 1);
                app_flush(world.app, world.now);
                assert_heard(&world, i == 5 ? "delivery unit@sea.example > unit\n" : "");
                world.now.ms += 60000;
        }
        world_fini(&world);
}

static void read_text(void *context, const struct app_message *message)
{
        struct world *world = context;

        if (strcmp(message->recipient, "unit@sea.example") == 0)
                world_say(world, "%s\n%s", message->subject, message->text);
}

/* A relay that is away fails every message; whoever watches is told of that once, not once for each. */
static void many_messages_that_fail_are_one_line_of_the_digest(void **state)
{
        static const char line[] = "Mail was refused, or fails again and again";
        struct world world;
        const char *digest, *first;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_sweep(&world, "2023-01-08"); /* a Sunday: four mailboxes hear that nothing is due */
        for (int i = 1; i <= 5; i++) {
                world.used = 0;
                assert_int_equal(app_outbox_due(world.app, world.now, 0, 10, fail_message, &world), STATUS_OK);
                assert_int_equal(world.used, 4);
                app_flush(world.app, world.now);
                world.now.ms += 60000;
        }
        world_sweep(&world, "2023-01-09");
        world.used = 0;
        assert_int_equal(world_letters(world.app, world.now, 10, read_text, &world), STATUS_OK);
        digest = world.text;
        assert_non_null(strstr(digest, "1 to check in the record\n"));
        first = strstr(digest, line);
        assert_non_null(first);
        assert_null(strstr(first + 1, line));
        world_fini(&world);
}

static void read_row(void *context, const struct app_outbox_row *row)
{
        struct world *world = context;

        world_say(world, "%s %u %s%s\n", row->recipient, row->attempts, row->last_answer == NULL ? "-" : row->last_answer,
                  row->ambiguous ? " perhaps" : "");
}

static const char *reported(struct world *world, struct app_report report)
{
        const struct app_outbox_filter filter = {
                .states = 1U << OUTBOX_WAITING | 1U << OUTBOX_AMBIGUOUS | 1U << OUTBOX_FAILED | 1U << OUTBOX_SENT, .limit = 10};
        bool more = false;

        assert_int_equal(app_outbox_report(world->app, report), STATUS_OK);
        app_flush(world->app, world->now);
        world->used = 0;
        assert_int_equal(app_outbox_list(world->app, &filter, read_row, world, &more), STATUS_OK);
        return world->text;
}

/* Should the process die while it is under way, the mark is what remains; the end of the attempt takes it back. */
static void a_message_under_way_is_marked_until_its_end_is_known(void **state)
{
        const struct app_report under_way = {.id = 1, .verdict = VERDICT_UNDER_WAY};
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        assert_string_equal(reported(&world, under_way), "unit@sea.example 0 - perhaps\n");
        assert_string_equal(reported(&world, (struct app_report){.id = 1, .verdict = VERDICT_UNTRIED, .clears = true}),
                            "unit@sea.example 0 -\n");
        reported(&world, under_way);
        assert_string_equal(reported(&world, (struct app_report){.id = 1, .verdict = VERDICT_RETRY, .clears = true, .answer = "450 later"}),
                            "unit@sea.example 1 450 later\n");
        assert_string_equal(reported(&world, under_way), "unit@sea.example 1 450 later perhaps\n");
        world_crash(&world);
        world_open(&world);
        assert_string_equal(reported(&world, under_way), "unit@sea.example 1 450 later perhaps\n");
        /* It was ambiguous when it was taken up again, and stays so. */
        assert_string_equal(reported(&world, (struct app_report){.id = 1, .verdict = VERDICT_SENT, .answer = "250 OK"}),
                            "unit@sea.example 2 250 OK perhaps\n");
        assert_string_equal(reported(&world, under_way), "unit@sea.example 2 250 OK perhaps\n");
        world_fini(&world);
}

static void read_access(void *context, const struct app_access_line *line)
{
        world_say(context, "%s %s\n", line->what, line->recipients);
}

static const char *accesses(struct world *world)
{
        struct app_access_walk walk = {.before = INT64_MAX};
        enum app_row kind = APP_ROW;

        world->used = 0;
        world_say(world, "%s", "");
        while (kind != APP_END)
                assert_int_equal(app_access_next(world->app, &walk, read_access, world, &kind), STATUS_OK);
        return world->text;
}

/* The process dies while the message may be on its way, and the server wants no more of it afterwards. */
static void whom_a_message_may_have_reached_before_it_was_refused_is_logged(void **state)
{
        const struct app_report under_way = {.id = 1, .verdict = VERDICT_UNDER_WAY};
        const struct app_report refused = {.id = 1, .verdict = VERDICT_PERMANENT, .answer = "550 no"};
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        reported(&world, under_way);
        assert_string_equal(accesses(&world), "");
        world_crash(&world);
        world_open(&world);
        reported(&world, under_way);
        reported(&world, refused);
        assert_string_equal(accesses(&world), "message-perhaps unit@sea.example\n");
        world_fini(&world);
}

/* One that the server refused from the beginning has reached nobody. */
static void a_message_that_was_only_refused_is_not_logged(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        reported(&world, (struct app_report){.id = 1, .verdict = VERDICT_UNDER_WAY});
        reported(&world, (struct app_report){.id = 1, .verdict = VERDICT_PERMANENT, .answer = "550 no", .clears = true});
        assert_string_equal(accesses(&world), "");
        world_fini(&world);
}

static void say_message(void *context, const struct app_outbox_row *row)
{
        struct world *world = context;
        bool waits = row->state == OUTBOX_WAITING || row->state == OUTBOX_AMBIGUOUS;

        world_say(world, "%llu %s%s*%u%s%s%s; ", (unsigned long long)row->id, outbox_state_word(row->state), row->ambiguous ? "?" : "",
                  row->attempts, row->last_answer != NULL ? " " : "", row->last_answer != NULL ? row->last_answer : "",
                  waits && row->next_ms > world->now.ms ? " later" : "");
        world->heard = row->id;
}

/* Messages newest first, a page at a time; a bar stands between pages. */
static const char *outbox(struct world *world, unsigned states, uint64_t limit)
{
        struct app_outbox_filter filter = {.states = states, .limit = limit};
        uint64_t heard = world->heard;
        bool more = true;

        world->used = 0;
        world->text[0] = '\0';
        while (more) {
                assert_int_equal(app_outbox_list(world->app, &filter, say_message, world, &more), STATUS_OK);
                filter.before = world->heard;
                if (more)
                        world_say(world, "| ");
        }
        world->heard = heard;
        return world->text;
}

static void report(struct world *world, uint64_t id, enum app_verdict verdict, const char *answer)
{
        struct app_report given = {.id = id, .verdict = verdict, .retry_ms = world->now.ms + 3600000, .answer = answer};

        assert_int_equal(app_outbox_report(world->app, given), STATUS_OK);
        app_flush(world->app, world->now);
}

#define ALL_STATES (1U << OUTBOX_WAITING | 1U << OUTBOX_AMBIGUOUS | 1U << OUTBOX_FAILED | 1U << OUTBOX_SENT)

static void the_outbox_is_listed_by_state_and_tried_again_by_hand(void **state)
{
        struct wire_problem problem = {.code = ""};
        struct app_retried retried;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_live(&world, "2023-01-08"); /* four heartbeats */
        report(&world, 1, VERDICT_SENT, "250 taken");
        report(&world, 2, VERDICT_PERMANENT, "550 unknown"); /* which is told at once: the fifth message */
        report(&world, 3, VERDICT_AMBIGUOUS, NULL);
        report(&world, 4, VERDICT_RETRY, "451 later");
        assert_string_equal(outbox(&world, ALL_STATES, 100),
                            "5 waiting*0; 4 waiting*1 451 later later; 3 ambiguous?*1 later; 2 failed*1 550 unknown; 1 sent*1 250 taken; ");
        assert_string_equal(outbox(&world, ALL_STATES, 2),
                            "5 waiting*0; 4 waiting*1 451 later later; | 3 ambiguous?*1 later; 2 failed*1 550 unknown; | 1 sent*1 250 taken; ");
        assert_string_equal(outbox(&world, 1U << OUTBOX_AMBIGUOUS | 1U << OUTBOX_FAILED, 100),
                            "3 ambiguous?*1 later; 2 failed*1 550 unknown; ");
        assert_string_equal(outbox(&world, 1U << OUTBOX_SENT, 100), "1 sent*1 250 taken; ");

        assert_int_equal(app_outbox_retry(world.app, world.now, 1, &retried, &problem), STATUS_INVALID);
        assert_string_equal(problem.code, "sent");
        assert_int_equal(app_outbox_retry(world.app, world.now, 99, &retried, &problem), STATUS_INVALID);
        assert_string_equal(problem.code, "unknown-message");
        assert_int_equal(app_outbox_retry(world.app, world.now, 4, &retried, &problem), STATUS_OK);
        assert_int_equal(app_outbox_retry(world.app, world.now, 3, &retried, &problem), STATUS_OK);
        assert_int_equal(app_outbox_retry_failed(world.app, world.now, &retried), STATUS_OK);
        assert_int_equal(retried.due, 1);
        assert_int_equal(app_outbox_retry_failed(world.app, world.now, &retried), STATUS_OK);
        assert_int_equal(retried.due, 0);
        assert_string_equal(outbox(&world, ALL_STATES, 100),
                            "5 waiting*0; 4 waiting*1 451 later; 3 ambiguous?*1; 2 waiting*1 550 unknown; 1 sent*1 250 taken; ");
        for (uint64_t id = 2; id <= 4; id++)
                report(&world, id, VERDICT_SENT, NULL);
        assert_string_equal(outbox(&world, ALL_STATES, 100), "5 waiting*0; 4 sent*2; 3 sent?*2; 2 sent*2; 1 sent*1 250 taken; ");
        world_fini(&world);
}

/* What was given up and taken up again is counted from the start: only the next fifth failure in a row is told. */
static void a_message_taken_up_by_hand_begins_anew(void **state)
{
        struct wire_problem problem;
        struct app_retried retried;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_live(&world, "2023-01-08");
        report(&world, 2, VERDICT_PERMANENT, "550 unknown");
        (void)world_heard(&world);
        assert_int_equal(app_outbox_retry(world.app, world.now, 2, &retried, &problem), STATUS_OK);
        for (int i = 1; i <= 5; i++) {
                report(&world, 2, VERDICT_RETRY, "450 later");
                assert_heard(&world, i == 5 ? "delivery south@sea.example > unit\n" : "");
        }
        world_fini(&world);
}

/* An alarm that comes once in the life of a message would be silent when the same thing happens again. */
static void each_time_that_a_message_is_given_up_is_told(void **state)
{
        struct wire_problem problem;
        struct app_retried retried;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_live(&world, "2023-01-08");
        for (int round = 1; round <= 3; round++) {
                report(&world, 2, VERDICT_PERMANENT, "550 unknown");
                assert_heard(&world, "delivery south@sea.example > unit\n");
                assert_int_equal(app_outbox_retry(world.app, world.now, 2, &retried, &problem), STATUS_OK);
                for (int i = 1; i <= 5; i++) {
                        report(&world, 2, VERDICT_RETRY, "450 later");
                        assert_heard(&world, i == 5 ? "delivery south@sea.example > unit\n" : "");
                }
        }
        world_fini(&world);
}

#define OFFICE(mailboxes)                                                                                                                \
        "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"                                                              \
        "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; }, { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"   \
        "roles = ( { name = \"unit\"; mailboxes = [" mailboxes "]; }, { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n"

static void meet(struct world *world, const char *contacts)
{
        assert_int_equal(app_reload(world->app, world->now, world_rules(world, WORLD_LAW, contacts), world->problem), STATUS_OK);
        (void)world_post(world); /* that the contacts changed is no news here */
}

/* A mailbox of the unit was misspelt. The letter to it is of no use, however often it is tried: what it told of is told to
 * the right one, and to nobody who knows it. */
static void a_letter_to_a_mailbox_that_is_named_no_more_is_told_to_whoever_is_meant_now(void **state)
{
        static const char both[] = OFFICE("\"wrong@sea.example\", \"unit@sea.example\"");
        static const char right[] = OFFICE("\"right@sea.example\", \"unit@sea.example\"");
        struct wire_problem problem = {.code = ""};
        struct app_retried retried;
        struct world world;
        uint64_t wrong;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        meet(&world, both);
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        world_sweep(&world, "2023-01-09");
        outbox(&world, 1U << OUTBOX_WAITING, 100);
        assert_string_equal(world.text, "2 waiting*0; 1 waiting*0; ");
        wrong = 1;
        report(&world, wrong, VERDICT_PERMANENT, "550 unknown");
        assert_int_equal(app_outbox_retry(world.app, world.now, wrong, &retried, &problem), STATUS_OK);
        assert_int_equal(retried.due * 10 + retried.written, 10); /* it is named as yet */
        report(&world, wrong, VERDICT_PERMANENT, "550 unknown");
        (void)world_post(&world);
        meet(&world, right);
        assert_int_equal(app_outbox_retry(world.app, world.now, wrong, &retried, &problem), STATUS_OK);
        assert_int_equal(retried.due * 10 + retried.written, 1);
        assert_string_equal(world_post(&world), "right@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 due soon\n");
        assert_non_null(strstr(outbox(&world, 1U << OUTBOX_FAILED, 100), "1 failed*2 withdrawn: the contacts name this mailbox no more"));
        assert_int_equal(app_outbox_retry(world.app, world.now, wrong, &retried, &problem), STATUS_INVALID);
        assert_string_equal(problem.code, "told");
        assert_int_equal(app_outbox_retry_failed(world.app, world.now, &retried), STATUS_OK);
        assert_int_equal(retried.due * 10 + retried.written, 0);
        assert_string_equal(world_post(&world), "");
        world_sweep(&world, "2023-01-10");
        assert_null(strstr(world_post(&world), "due soon"));
        world_fini(&world);
}

/* All that were given up: one is tried again, another told anew, urgently as it was. */
static void of_all_that_were_given_up_each_takes_its_way(void **state)
{
        static const char both[] = OFFICE("\"wrong@sea.example\", \"unit@sea.example\"");
        static const char right[] = OFFICE("\"right@sea.example\", \"unit@sea.example\"");
        struct app_retried retried;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-13");
        meet(&world, both);
        world_recorded(&world, LAID("C-1", "2023-01-02")); /* overdue, which is urgent */
        report(&world, 1, VERDICT_PERMANENT, "550 unknown");
        report(&world, 2, VERDICT_PERMANENT, "550 full");
        meet(&world, right);
        assert_int_equal(app_outbox_retry_failed(world.app, world.now, &retried), STATUS_OK);
        assert_int_equal(retried.due * 10 + retried.written, 11);
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n"
                                                "right@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n");
        world_fini(&world);
}

struct page {
        struct app_outbox_place last;
        uint64_t ids[8];
        size_t count;
};

static void turn_page(void *context, const struct app_message *message)
{
        struct page *page = context;

        page->last = (struct app_outbox_place){message->next_ms, message->id};
        page->ids[page->count++] = message->id;
}

static void pages_of_the_outbox_leave_nothing_out(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_live(&world, "2023-01-08"); /* four heartbeats */
        world.used = 0;
        assert_int_equal(app_outbox_due(world.app, world.now, 0, 1, fail_message, &world), STATUS_OK);
        app_flush(world.app, world.now);
        world.now.ms += 3600000; /* the first message comes last by its time, first by its number */
        struct page page = {.count = 0};
        for (int i = 0; i < 5; i++)
                assert_int_equal(app_outbox_due(world.app, world.now, &page.last, 1, turn_page, &page), STATUS_OK);
        assert_int_equal(page.count, 4);
        assert_int_equal(page.ids[0], 2);
        assert_int_equal(page.ids[3], 1);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_report_that_was_lost_offers_the_same_message_again),
                cmocka_unit_test(the_fifth_failure_is_told_and_tries_go_on),
                cmocka_unit_test(many_messages_that_fail_are_one_line_of_the_digest),
                cmocka_unit_test(the_outbox_is_listed_by_state_and_tried_again_by_hand),
                cmocka_unit_test(a_message_taken_up_by_hand_begins_anew),
                cmocka_unit_test(each_time_that_a_message_is_given_up_is_told),
                cmocka_unit_test(a_letter_to_a_mailbox_that_is_named_no_more_is_told_to_whoever_is_meant_now),
                cmocka_unit_test(of_all_that_were_given_up_each_takes_its_way),
                cmocka_unit_test(a_message_under_way_is_marked_until_its_end_is_known),
                cmocka_unit_test(whom_a_message_may_have_reached_before_it_was_refused_is_logged),
                cmocka_unit_test(a_message_that_was_only_refused_is_not_logged),
                cmocka_unit_test(pages_of_the_outbox_leave_nothing_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
