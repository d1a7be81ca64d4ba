/*
 * What closed before anybody could be told that it was late, and what was
 * recorded late: told once, to whom it concerns, and history is left alone.
 */
#include "world.h"

/* The clock stands on Monday 9 January and the day's sweep is over, when Friday's feast is written down. */
static void what_is_recorded_late_is_told_all_the_same(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-01-02'}\n");
        world_live(&world, "2023-01-09");
        assert_heard(&world, "");
        world_recorded(&world, "{'case':'L-1','event':'feast-set','feast':'2023-01-06','on':'2023-01-06'}\n");
        assert_heard(&world, "stage L-1 feast due 2023-01-06 \"due\" > unit\n");
        world_recorded(&world, "{'case':'L-1','event':'noted','on':'2023-01-09'}\n");
        world_sweep(&world, "2023-01-09");
        world_live(&world, "2023-03-01");
        assert_heard(&world, "");
        /* 28 days back are news, 29 are history. */
        world_recorded(&world, "{'case':'L-2','event':'feast-set','feast':'2023-02-01','on':'2023-01-20'}\n"
                               "{'case':'L-3','event':'feast-set','feast':'2023-01-31','on':'2023-01-20'}\n");
        assert_heard(&world, "stage L-2 feast due 2023-02-01 \"due\" > unit\n");
        world_fini(&world);
}

/* Twice a quarter, told two weeks before and on the last day; and a survey that the licence of a dark lamp ends. */
#define MISSABLE                                                                                                                         \
        "rules = (" WORLD_RULE("rounds", "applies = { lamp = \"set\"; }; at-least = 1; in-each = \"quarter\";" \
                                         " met-by = { event = \"visited\"; };" \
                                         " alerts = ( { at = \"2 weeks before\"; to = \"unit\"; }," \
                                         " { at = \"due\"; to = [\"unit\", \"$keeper\"]; urgent = true; } );") \
        "," WORLD_RULE("survey", "applies = { lamp = \"lit\"; }; by = \"licence-ends\"; missed-if = { lamp = \"dark\"; };" \
                                 " met-by = { event = \"renewed\"; };" \
                                 " alerts = ( { at = \"2 weeks before\"; to = \"unit\"; }, { at = \"overdue\"; to = \"unit\"; again = \"1 week\"; times = 3; }," \
                                 " { at = \"1 week after\"; to = \"chair\"; } );") \
        "," WORLD_RULE("silent", "applies = { lamp = \"set\"; }; at-least = 1; in-each = \"quarter\";" \
                                 " met-by = { event = \"visited\"; };") ");"
#define KEPT "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-01'}\n" \
             "{'case':'L-1','event':'lit','on':'2023-01-01'}\n"

/* The quarter ends on 31 March; whoever heard of it hears on 1 April that nothing came. */
static void a_quota_that_was_missed_is_told_once(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, MISSABLE, "2023-01-01");
        world_recorded(&world, KEPT);
        world_live(&world, "2023-03-31");
        assert_heard(&world, "stage L-1 rounds due 2023-03-31 \"2 weeks before\" > unit\n"
                             "stage L-1 rounds due 2023-03-31 \"due\" > unit, north\n");
        world_post(&world);
        world_live(&world, "2023-04-01");
        assert_heard(&world, "missed L-1 rounds due 2023-03-31 > unit, north\n");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n"
                                                "north@sea.example: [OFFICIAL-SENSITIVE] Sea office, urgent: 1 overdue\n");
        world_recorded(&world, "{'case':'L-1','event':'noted','on':'2023-04-01'}\n");
        world_live(&world, "2023-05-01");
        assert_heard(&world, "");
        /* Held after all on 30 March, and written down late: nobody was late, and nothing more is said. */
        world_recorded(&world, "{'case':'L-1','event':'visited','on':'2023-03-30'}\n");
        assert_heard(&world, "");
        world_fini(&world);
}

static void what_ended_before_its_date_is_told_as_missed(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, MISSABLE, "2023-01-01");
        world_recorded(&world, KEPT "{'case':'L-1','event':'licensed','licence-ends':'2023-02-28','on':'2023-01-01'}\n");
        world_live(&world, "2023-02-06");
        assert_heard(&world, "");
        /* The lamp went out on Saturday the 4th, which is written down on Monday. */
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-04'}\n");
        assert_heard(&world, "missed L-1 survey due 2023-02-28 > unit\n");
        world_sweep(&world, "2023-02-06");
        assert_heard(&world, "");
        world_fini(&world);
}

/* Overdue on 1 March, a week after on the 7th: what was told is not told again when it ends. */
static void a_miss_that_was_told_as_overdue_is_not_told_again(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, MISSABLE, "2023-01-01");
        world_recorded(&world, KEPT "{'case':'L-1','event':'licensed','licence-ends':'2023-02-28','on':'2023-01-01'}\n");
        world_live(&world, "2023-03-02");
        assert_heard(&world, "stage L-1 survey due 2023-02-28 \"2 weeks before\" > unit\n"
                             "stage L-1 survey due 2023-02-28 \"overdue\" > unit\n");
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-03-02'}\n");
        world_live(&world, "2023-03-10");
        assert_heard(&world, "");
        world_fini(&world);
}

/* Nobody watched from 20 February to 20 March, and the lamp went out on 10 March: those who would have heard of the
 * breach and a week later of its age hear of the miss. */
static void a_miss_in_a_downtime_tells_those_who_would_have_heard(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, MISSABLE, "2023-01-01");
        world_recorded(&world, KEPT "{'case':'L-1','event':'licensed','licence-ends':'2023-02-28','on':'2023-01-01'}\n");
        world_live(&world, "2023-02-20");
        assert_heard(&world, "stage L-1 survey due 2023-02-28 \"2 weeks before\" > unit\n");
        world_crash(&world);
        world_at(&world, "2023-03-20", 6);
        world_open(&world);
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-03-10'}\n");
        assert_heard(&world, "stage L-1 rounds due 2023-03-31 \"2 weeks before\" > unit\n"
                             "missed L-1 survey due 2023-02-28 > unit, chair\n");
        world_fini(&world);
}

static void take_text(void *context, const struct app_message *message)
{
        char *text = context;

        snprintf(text, WORLD_TEXT, "%s", message->text);
        assert_non_null(message->text);
}

/* The letter says that it cannot be done any more, and names no day to plan for. */
static void a_letter_says_that_it_was_missed(void **state)
{
        static char text[WORLD_TEXT];
        struct world world;

        (void)state;
        world_init(&world, MISSABLE, "2023-01-01");
        world_recorded(&world, KEPT);
        world_live(&world, "2023-03-31");
        world_post(&world);
        world_live(&world, "2023-04-01");
        assert_int_equal(world_letters(world.app, world.now, 1, take_text, text), STATUS_OK);
        assert_non_null(strstr(text, "OVERDUE (1)\n"));
        assert_non_null(strstr(text, "rounds\n       Missed: it was not done, and can no longer be.\n"
                                     "       due Fri 31 Mar 2023   1 day over\n"));
        assert_null(strstr(text, "plan by"));
        world_fini(&world);
}

/* What was missed and put right before the letter is written is settled. */
static void a_letter_asks_whether_it_is_still_missed(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, MISSABLE, "2023-01-01");
        world_recorded(&world, KEPT "{'case':'L-1','event':'licensed','licence-ends':'2023-02-28','on':'2023-01-01'}\n");
        world_live(&world, "2023-01-10");
        world_post(&world);
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-01-10'}\n");
        assert_heard(&world, "missed L-1 survey due 2023-02-28 > unit\n");
        world_recorded(&world, "{'case':'L-1','event':'renewed','on':'2023-01-09'}\n");
        assert_string_equal(world_post(&world), "");
        world_sweep(&world, "2023-01-11");
        assert_string_equal(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 settled meanwhile\n");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_recorded_late_is_told_all_the_same),
                cmocka_unit_test(a_quota_that_was_missed_is_told_once),
                cmocka_unit_test(what_ended_before_its_date_is_told_as_missed),
                cmocka_unit_test(a_miss_that_was_told_as_overdue_is_not_told_again),
                cmocka_unit_test(a_miss_in_a_downtime_tells_those_who_would_have_heard),
                cmocka_unit_test(a_letter_says_that_it_was_missed),
                cmocka_unit_test(a_letter_asks_whether_it_is_still_missed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
