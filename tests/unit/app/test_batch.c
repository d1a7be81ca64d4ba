/*
 * Batches of many lines: they are written together, and nobody can tell.
 */
#include "world.h"

#define CASES 6
#define LINES 5000

/* What is owed at once of a class 1 lighthouse, and a flag, since it is dark; and corrections that move what was told of. */
static const char *const rounds[] = {
        "{'case':'L-%d','event':'classed','class':'1','keeper':'north','on':'2023-01-02'}\n"
        "{'case':'L-%d','event':'lit','on':'2023-01-02'}\n"
        "{'case':'L-%d','event':'licensed','licence-ends':'2023-03-01','on':'2023-01-02'}\n"
        "{'case':'L-%d','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n",
        "{'case':'L-%d','event':'darkened','on':'2023-02-01'}\n"
        "{'case':'L-%d','event':'lit','on':'2023-02-08'}\n"
        "{'case':'L-%d','event':'licensed','licence-ends':'2023-03-10','on':'2023-03-02'}\n"
        "{'case':'L-%d','event':'buoy-laid','item':'B2','on':'2023-03-01'}\n"};

static size_t say_case(char *to, size_t room, const char *form, int number)
{
        int length;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        length = snprintf(to, room, form, number, number, number, number);
#pragma GCC diagnostic pop
        assert_true(length > 0 && (size_t)length < room);
        return (size_t)length;
}

/* Every case in a batch of its own, or all of them in one. */
static void record_round(struct world *world, const char *form, bool together)
{
        char lines[CASES * 512];
        size_t used = 0;

        for (int number = 1; number <= CASES; number++) {
                used += say_case(lines + used, sizeof lines - used, form, number);
                if (!together)
                        world_recorded(world, lines + (used = 0));
        }
        if (together)
                world_recorded(world, lines);
}

static void many_cases_raise_what_each_does_by_itself(void **state)
{
        static const char *const wanted[] = {"stage L-6 licence due 2023-03-01 \"overdue\"", "moved L-6 inspection due 2023-03-06"};
        struct world apart, together;
        char said[sizeof apart.text];

        (void)state;
        world_init(&apart, WORLD_LAW, "2023-03-20");
        world_init(&together, WORLD_LAW, "2023-03-20");
        for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
                record_round(&apart, rounds[i], false);
                record_round(&together, rounds[i], true);
                memcpy(said, world_heard(&apart), sizeof said);
                assert_heard(&together, said);
                assert_non_null(strstr(said, wanted[i]));
                world_obligations(&apart, NULL);
                memcpy(said, apart.text, sizeof said);
                world_obligations(&together, NULL);
                assert_string_equal(together.text, said);
        }
        world_fini(&together);
        world_fini(&apart);
}

/* Lines with ids, of as many cases; behind them what refers to the first and to the last of them. */
static char *long_batch(void)
{
        static const char tail[] = "{'case':'L-0','event':'lit','on':'2023-01-02','id':'i0'}\n"
                                   "{'case':'L-4999','event':'lit','on':'2023-01-02','id':'i4999'}\n"
                                   "{'case':'L-0','event':'lit','on':'2023-01-01','replaces':1,'why':'a day early'}\n"
                                   "{'case':'L-4999','event':'lit','on':'2023-01-01','replaces':5000,'why':'a day early'}\n"
                                   "{'retract':'i1','why':'another tower'}\n"
                                   "{'retract':'i4998','why':'another tower'}\n";
        size_t used = 0, room = LINES * 80 + sizeof tail;
        char *lines = malloc(room);

        assert_non_null(lines);
        for (int i = 0; i < LINES; i++)
                used += (size_t)snprintf(lines + used, room - used, "{'case':'L-%d','event':'lit','on':'2023-01-02','id':'i%d'}\n", i, i);
        memcpy(lines + used, tail, sizeof tail);
        return lines;
}

static void lines_know_those_before_them_whether_these_are_written_or_not(void **state)
{
        struct world world;
        char *lines = long_batch();

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        app_submit(world.app, world_batch(&world, lines, true), world_done, &world);
        app_flush(world.app, world.now);
        assert_int_equal(world.status, STATUS_OK);
        assert_int_equal(world.recorded, LINES + 4);
        assert_int_equal(world.repeated, 2);
        world_recorded(&world, lines);
        assert_int_equal(world.recorded, LINES + 4);
        assert_int_equal(world.repeated, 2);
        assert_int_equal(world.last_seq, LINES + 4);
        assert_int_equal(world_retract(&world, 2), STATUS_INVALID); /* it was */
        assert_int_equal(world_retract(&world, LINES - 1), STATUS_INVALID);
        *strstr(lines, "\n{'case':'L-0','event':'lit','on':'2023-01-01'") = '\0'; /* all that have ids, again */
        world_recorded(&world, lines);
        assert_int_equal(world.repeated, LINES + 2);
        assert_int_equal(world.last_seq, LINES);
        world_fini(&world);
        free(lines);
}

/* A line is none of those before it: not the first, when there are none, and not the last. */
static void a_line_that_replaces_itself_replaces_nothing(void **state)
{
        static const char itself[] = "{'case':'L-1','event':'lit','on':'2023-01-01','replaces':1,'why':'a day early'}";
        static const char last[] = WORLD_LIT "{'case':'L-1','event':'lit','on':'2023-01-01','replaces':3,'why':'a day early'}";
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        assert_int_equal(world_record(&world, itself), STATUS_INVALID);
        assert_string_equal(world.code, "not-standing");
        assert_int_equal(world_record(&world, last), STATUS_INVALID);
        assert_string_equal(world.code, "not-standing");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(many_cases_raise_what_each_does_by_itself),
                cmocka_unit_test(lines_know_those_before_them_whether_these_are_written_or_not),
                cmocka_unit_test(a_line_that_replaces_itself_replaces_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
