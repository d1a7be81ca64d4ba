/*
 * On heartbeat days (Sundays here) everybody hears what stands: nobody who was told of
 * something that is still open reads that nothing is due.
 */
#include "world.h"

#include "mappad/app_access.h"
#include "mappad/app_ack.h"

#define LAID(reference, on) "{'case':'" reference "','event':'buoy-laid','item':'B1','on':'" on "'}\n"
#define CHECKED(reference, on) "{'case':'" reference "','event':'buoy-checked','item':'B1','on':'" on "'}\n"

struct letter {
        const char *mailbox;
        char subject[256], text[WORLD_TEXT], html[2 * WORLD_TEXT];
        unsigned count;
};

static void take(void *context, const struct app_message *message)
{
        struct letter *letter = context;

        if (message->urgent || strcmp(message->recipient, letter->mailbox) != 0)
                return;
        letter->count++;
        snprintf(letter->subject, sizeof letter->subject, "%s", message->subject);
        assert_true(snprintf(letter->text, sizeof letter->text, "%s", message->text) < (int)sizeof letter->text);
        assert_true(snprintf(letter->html, sizeof letter->html, "%s", message->html) < (int)sizeof letter->html);
}

/* The digest that waits for a mailbox. */
static const struct letter *letter_to(struct world *world, const char *mailbox)
{
        static struct letter letter;

        letter = (struct letter){.mailbox = mailbox};
        assert_int_equal(world_letters(world->app, world->now, 5000, take, &letter), STATUS_OK);
        if (letter.count != 1)
                fail_msg("%u letters to %s", letter.count, mailbox);
        return &letter;
}

static void count_message(void *context, const struct app_message *message)
{
        struct world *world = context;

        (void)message;
        world->used++;
}

static void assert_told(struct world *world, const char *name, const char *counts)
{
        char mailbox[64], subject[256];
        const struct letter *letter;

        snprintf(mailbox, sizeof mailbox, "%s@sea.example", name);
        snprintf(subject, sizeof subject, "[OFFICIAL-SENSITIVE] Sea office: %s", counts);
        letter = letter_to(world, mailbox);
        assert_string_equal(letter->subject, subject);
        assert_true((strstr(letter->text, "For you nothing is overdue") != NULL) == (strcmp(counts, "nothing due") == 0));
        assert_true((strstr(letter->html, "For you nothing is overdue") != NULL) == (strcmp(counts, "nothing due") == 0));
}

static void assert_says(const struct letter *letter, const char *words)
{
        if (strstr(letter->text, words) == NULL)
                fail_msg("the text lacks \"%s\":\n%s", words, letter->text);
        if (strstr(letter->html, words) == NULL)
                fail_msg("the HTML lacks \"%s\":\n%s", words, letter->html);
}

/* Lives up to the day before a Sunday, everything posted; then Sunday comes. */
static void sunday(struct world *world, const char *day)
{
        int32_t last = world_day(day);

        while (world->now.today < last) {
                (void)world_post(world);
                world->now.today++;
                world->now.ms += DAY_MS;
                assert_int_equal(world_try_sweep(world, world->now.today), STATUS_OK);
        }
}

static void what_was_told_stands_until_it_is_settled(void **state)
{
        struct world world;
        const struct letter *letter;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        sunday(&world, "2023-01-05");
        world_recorded(&world, LAID("C-1", "2023-01-05")); /* due on Sunday the 15th, told of on the 12th */
        sunday(&world, "2023-01-08");
        assert_told(&world, "unit", "nothing due"); /* a duty is open, and nobody was told of it yet: it is not due soon */
        sunday(&world, "2023-01-15");
        assert_told(&world, "unit", "nothing new; still 1 due soon");
        assert_told(&world, "north", "nothing due");
        letter = letter_to(&world, "unit@sea.example");
        assert_says(letter, "Nothing new was raised for you. What was raised in earlier messages");
        assert_says(letter, "STILL DUE SOON (1)");
        assert_says(letter, "C-1");
        assert_says(letter, "due Sun 15 Jan 2023");
        assert_says(letter, "today");
        sunday(&world, "2023-01-22"); /* the breach was told of at once, on the 16th */
        assert_told(&world, "unit", "nothing new; still 1 overdue");
        letter = letter_to(&world, "unit@sea.example");
        assert_says(letter, "STILL OVERDUE (1)");
        assert_says(letter, "7 days over");
        world_recorded(&world, CHECKED("C-1", "2023-01-22"));
        sunday(&world, "2023-01-29");
        assert_told(&world, "unit", "nothing due");
        world_fini(&world);
}

static void read_access(void *context, const struct app_access_line *line)
{
        world_say(context, "%s %s\n", line->what, line->recipients);
}

/* What stands is told on the Sunday without an alert of it. */
static void what_is_said_to_stand_is_in_the_log_of_accesses(void **state)
{
        struct app_access_walk walk = {.before = INT64_MAX, .case_ref = "C-1"};
        enum app_row kind = APP_ROW;
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        sunday(&world, "2023-01-05");
        world_recorded(&world, LAID("C-1", "2023-01-05")); /* told of on the 12th, stands on the 15th */
        sunday(&world, "2023-01-15");
        (void)world_post(&world);
        app_flush(world.app, world.now);
        world.used = 0;
        while (kind != APP_END)
                assert_int_equal(app_access_next(world.app, &walk, read_access, &world, &kind), STATUS_OK);
        assert_string_equal(world.text, "message unit@sea.example\nmessage unit@sea.example\n");
        world_fini(&world);
}

static void what_stands_is_told_to_those_it_was_raised_for(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        sunday(&world, "2023-02-05"); /* the first reminder is for the unit alone */
        assert_told(&world, "unit", "nothing new; still 1 due soon");
        assert_told(&world, "north", "nothing due");
        sunday(&world, "2023-02-19");
        assert_told(&world, "unit", "nothing new; still 1 due soon");
        assert_told(&world, "north", "nothing new; still 1 due soon");
        assert_told(&world, "south", "nothing due");
        sunday(&world, "2023-03-12"); /* the chair hears of it on the 13th */
        assert_told(&world, "north", "nothing new; still 1 overdue");
        assert_told(&world, "chair", "nothing due");
        sunday(&world, "2023-04-16"); /* the last repeat was on 21 March */
        assert_told(&world, "unit", "nothing new; still 1 overdue");
        assert_told(&world, "chair", "nothing new; still 1 overdue");
        world_fini(&world);
}

static void what_is_new_is_counted_apart_from_what_stands(void **state)
{
        struct world world;
        const struct letter *letter;
        const char *fresh, *standing;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        sunday(&world, "2023-01-20");
        world_recorded(&world, LAID("C-2", "2023-01-12"));
        world_at(&world, "2023-01-22", 9); /* the reminder of Thursday the 19th, due on the 22nd */
        (void)world_post(&world);
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_told(&world, "unit", "1 due soon; still 1 overdue");
        letter = letter_to(&world, "unit@sea.example");
        fresh = strstr(letter->text, "DUE SOON (1)");
        standing = strstr(letter->text, "STILL OVERDUE (1)");
        assert_true(fresh != NULL && standing != NULL && fresh < standing);
        assert_true(strstr(letter->text, "C-2") < standing && strstr(letter->text, "C-1") > standing);
        assert_null(strstr(letter->text, "Nothing new"));
        world_fini(&world);
}

static const char away[] = "title = \"Sea office\"; watch = \"chair\"; heartbeat = [\"sun\"];\n"
                           "agencies = ( { name = \"north\"; label = \"North\"; spoc = [\"north@sea.example\"]; },\n"
                           "  { name = \"south\"; label = \"South\"; spoc = [\"south@sea.example\"]; until = \"2023-02-24\"; } );\n"
                           "roles = ( { name = \"unit\"; label = \"Unit\"; mailboxes = [\"unit@sea.example\"]; deputy = \"deputy@sea.example\";\n"
                           "    absent = ( { from = \"2023-01-13\"; until = \"2023-01-18\"; } ); },\n"
                           "  { name = \"chair\"; label = \"Chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";

static void a_deputy_hears_what_stands_on_a_day_of_absence(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-05");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, away), world.problem), STATUS_OK);
        world_recorded(&world, LAID("C-1", "2023-01-05")); /* told of on the 12th, to the unit */
        sunday(&world, "2023-01-15");
        assert_told(&world, "deputy", "nothing new; still 1 due soon");
        assert_told(&world, "chair", "nothing due");
        world_fini(&world);
}

static void what_stands_for_nobody_stands_for_whoever_watches(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, away), world.problem), STATUS_OK);
        world_recorded(&world, "{'case':'L-1','event':'classed','class':'2','keeper':'south','on':'2023-01-02'}\n"
                               "{'case':'L-1','event':'lit','on':'2023-01-02'}\n");
        sunday(&world, "2023-02-19");
        assert_told(&world, "south", "nothing new; still 1 due soon");
        assert_told(&world, "chair", "nothing due");
        sunday(&world, "2023-02-26"); /* the south has nobody since the 25th, and nothing was raised since */
        assert_told(&world, "chair", "nothing new; still 1 due soon, 1 to check in the record");
        assert_says(letter_to(&world, "chair@sea.example"), "An alert had nobody to go to");
        world_fini(&world);
}

static void a_date_that_moved_out_of_sight_stands_no_more(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'licensed','licence-ends':'2023-02-03','on':'2023-01-02','id':'e1'}\n");
        sunday(&world, "2023-01-08"); /* opened long ago, told of on the 2nd */
        assert_told(&world, "unit", "nothing new; still 1 due soon");
        /* Of another date, in 2024, nothing was raised; that it moved was told of, once. */
        world_recorded(&world,
                       "{'case':'L-1','event':'licensed','licence-ends':'2024-02-05','on':'2023-01-02','replaces':'e1','why':'misread'}\n");
        sunday(&world, "2023-01-15");
        assert_told(&world, "unit", "nothing due");
        world_fini(&world);
}

static void bookings_that_are_late_or_passed_stand(void **state)
{
        struct world world;
        const struct letter *letter;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT "{'case':'L-1','event':'visit-booked','next-visit':'2023-03-06','on':'2023-01-02'}\n");
        sunday(&world, "2023-01-08"); /* no reminder was reached; that it is booked late was told of */
        assert_told(&world, "unit", "nothing new; still 1 booked late");
        assert_told(&world, "north", "nothing new; still 1 booked late");
        assert_says(letter_to(&world, "north@sea.example"), "booked Mon 6 Mar 2023");
        world_recorded(&world, "{'case':'L-1','event':'visit-booked','next-visit':'2023-01-12','on':'2023-01-08'}\n");
        sunday(&world, "2023-01-15"); /* the 12th passed, and nothing was recorded */
        assert_told(&world, "unit", "nothing new; still 1 to check in the record");
        letter = letter_to(&world, "unit@sea.example");
        assert_says(letter, "STILL TO CHECK IN THE RECORD (1)");
        assert_says(letter, "The booked day has passed and nothing was recorded.");
        assert_says(letter, "booked Thu 12 Jan 2023");
        sunday(&world, "2023-02-05");
        assert_told(&world, "unit", "nothing new; still 1 due soon");
        assert_says(letter_to(&world, "unit@sea.example"), "The booked day has passed and nothing was recorded.");
        world_fini(&world);
}

static void a_fact_that_is_missing_stands(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n");
        sunday(&world, "2023-01-08");
        assert_told(&world, "unit", "nothing new; still 1 to check in the record");
        assert_says(letter_to(&world, "unit@sea.example"), "A fact is missing; without it the date cannot be worked out.");
        assert_told(&world, "north", "nothing due");
        world_fini(&world);
}

static void counts_alone_tell_what_stands(void **state)
{
        struct world world;
        const struct letter *letter;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-05");
        world_crash(&world);
        world.settings.counts_only = true;
        world_open(&world);
        world_recorded(&world, LAID("C-1", "2023-01-05"));
        sunday(&world, "2023-01-15");
        assert_told(&world, "unit", "nothing new; still 1 due soon");
        letter = letter_to(&world, "unit@sea.example");
        assert_says(letter, "STILL DUE SOON (1)");
        assert_null(strstr(letter->text, "C-1"));
        assert_null(strstr(letter->html, "C-1"));
        world_fini(&world);
}

static void a_crowd_that_stands_is_bounded_and_counted(void **state)
{
        struct world world;
        const struct letter *letter;
        size_t shown = 0;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-05");
        for (int first = 0; first < 450; first += 50) {
                char lines[8192] = "";
                size_t used = 0;
                for (int i = first; i < first + 50; i++)
                        used += (size_t)snprintf(lines + used, sizeof lines - used,
                                                 "{'case':'C-%d','event':'buoy-laid','item':'B1','on':'2023-01-05'}\n", i);
                world_recorded(&world, lines);
        }
        sunday(&world, "2023-01-15");
        assert_told(&world, "unit", "nothing new; still 450 due soon");
        letter = letter_to(&world, "unit@sea.example");
        assert_says(letter, "STILL DUE SOON (450)");
        assert_says(letter, "And 250 more");
        for (const char *at = letter->text; (at = strstr(at, "  C-")) != NULL; at++)
                shown++;
        assert_int_equal(shown, 200);
        world_fini(&world);
}

/* The duty is overdue since 28 February; the unit says on that day that it has seen it, for 14 days. */
static void what_was_acknowledged_stands_and_says_so(void **state)
{
        static const char words[] = "Acknowledged, and open all the same.";
        struct app_ack_request request = {
                .role = "unit", .why = "the keeper is on his way", .until = CIVIL_NONE, .by = {.uid = 1000, .name = "clerk"}};
        struct wire_problem problem;
        struct world world;
        uint64_t ack = 0;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        sunday(&world, "2023-02-28");
        (void)world_heard(&world);
        request.alert = world.heard;
        assert_int_equal(app_acknowledge(world.app, world.now, &request, &ack, &problem), STATUS_OK);
        sunday(&world, "2023-03-05");
        assert_told(&world, "unit", "nothing new; still 1 overdue");
        assert_says(letter_to(&world, "unit@sea.example"), words);
        assert_told(&world, "north", "nothing new; still 1 overdue"); /* who did not say so */
        assert_null(strstr(letter_to(&world, "north@sea.example")->text, words));
        sunday(&world, "2023-03-12"); /* the repeat of the 7th was kept from the unit */
        assert_told(&world, "unit", "nothing new; still 1 overdue");
        assert_says(letter_to(&world, "unit@sea.example"), words);
        sunday(&world, "2023-03-19"); /* since the 13th it is two weeks over, and nobody has acknowledged that */
        assert_told(&world, "unit", "nothing new; still 1 overdue");
        assert_null(strstr(letter_to(&world, "unit@sea.example")->text, words));
        world_fini(&world);
}

static void other_days_tell_what_is_new_alone(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, LAID("C-1", "2023-01-02"));
        sunday(&world, "2023-01-17");
        world_recorded(&world, LAID("C-2", "2023-01-10")); /* told of on Tuesday the 17th */
        world_sweep(&world, "2023-01-18");
        assert_told(&world, "unit", "1 due soon");
        world_fini(&world);
}

#define MANY 300

/* More mailboxes than any route means, and one of them named twice, in letters of either case. */
static void everybody_hears_however_many_there_are(void **state)
{
        static char contacts[MANY * 128];
        struct world world;
        int used = snprintf(contacts, sizeof contacts,
                            "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                            "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; },\n"
                            "  { name = \"south\"; spoc = [\"North@Sea.example\"]; } );\nroles = (\n");

        (void)state;
        for (int i = 0; i < MANY; i++)
                used += snprintf(contacts + used, sizeof contacts - (size_t)used,
                                 "  { name = \"a%d\"; mailboxes = [\"a%d@sea.example\"]; },\n", i, i);
        used += snprintf(contacts + used, sizeof contacts - (size_t)used,
                         "  { name = \"unit\"; mailboxes = [\"unit@sea.example\"]; },\n"
                         "  { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n");
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, WORLD_LAW, contacts), world.problem), STATUS_OK);
        world_sweep(&world, "2023-01-08");
        world.used = 0;
        assert_int_equal(app_outbox_due(world.app, world.now, 0, 5000, count_message, &world), STATUS_OK);
        assert_int_equal(world.used, MANY + 3);
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_told_stands_until_it_is_settled),
                cmocka_unit_test(what_is_said_to_stand_is_in_the_log_of_accesses),
                cmocka_unit_test(what_stands_is_told_to_those_it_was_raised_for),
                cmocka_unit_test(what_is_new_is_counted_apart_from_what_stands),
                cmocka_unit_test(a_deputy_hears_what_stands_on_a_day_of_absence),
                cmocka_unit_test(what_stands_for_nobody_stands_for_whoever_watches),
                cmocka_unit_test(a_date_that_moved_out_of_sight_stands_no_more),
                cmocka_unit_test(bookings_that_are_late_or_passed_stand),
                cmocka_unit_test(a_fact_that_is_missing_stands),
                cmocka_unit_test(counts_alone_tell_what_stands),
                cmocka_unit_test(a_crowd_that_stands_is_bounded_and_counted),
                cmocka_unit_test(what_was_acknowledged_stands_and_says_so),
                cmocka_unit_test(everybody_hears_however_many_there_are),
                cmocka_unit_test(other_days_tell_what_is_new_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
