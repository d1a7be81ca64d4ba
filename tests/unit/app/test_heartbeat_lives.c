/*
 * With many cases a heartbeat is gathered in steps, between which everybody goes on: what it says is what one pass in
 * the transaction of the letters would have found. That pass is the other way to the same letters: it is taken by a
 * process that was started anew after all that went on, and has few cases by its settings.
 */
#include "sundays.h"

#include "mappad/app_ack.h"
#include "mappad/app_erase.h"

#define DEEDS 30
#define BUOYS 60
#define LIGHTS 10
#define LIVES 40

/* ---- deeds ---- */

static uint64_t seed;

static unsigned drawn(unsigned below)
{
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (unsigned)(seed >> 33) % below;
}

static const char *a_day(struct world *world, unsigned back)
{
        static char texts[4][CIVIL_TEXT_SIZE];
        static unsigned turn;
        char *text = texts[turn++ % 4];

        civil_format(world->now.today - (int32_t)drawn(back), text);
        return text;
}

static void acknowledge(struct world *world)
{
        const struct app_ack_request request = {.alert = 1 + drawn(80),
                                                .role = drawn(2) == 0 ? "unit" : "north",
                                                .why = "on the way",
                                                .until = CIVIL_NONE,
                                                .by = {.uid = 1000, .name = "clerk"}};
        struct wire_problem problem;
        uint64_t ack = 0;

        world->status = app_acknowledge(world->app, world->now, &request, &ack, &problem); /* refused in both alike, too */
}

static void erase(struct world *world, const char *ref)
{
        struct app_erase_request request = {.ref = ref, .force = true, .by = {.uid = 1000, .name = "clerk"}};
        struct app_erase_view view;
        struct wire_problem problem;

        if (app_erase(world->app, world->now, &request, &view, &problem) != STATUS_OK)
                return;
        request.why = "no longer needed";
        request.confirm = view.confirm;
        world->status = app_erase(world->app, world->now, &request, &view, &problem); /* refused in both alike, too */
}

static const char absent_chair[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                                   "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; },\n"
                                   "  { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"
                                   "roles = ( { name = \"unit\"; mailboxes = [\"unit@sea.example\", \"two@sea.example\"]; },\n"
                                   "  { name = \"chair\"; mailboxes = [\"north@sea.example\"]; } );\n";

static unsigned contacts_came;

static void buoy_moves(struct world *world)
{
        unsigned buoy = drawn(BUOYS);

        switch (drawn(3)) {
        case 0:
                say(world, "{'case':'C-%u','event':'buoy-checked','item':'B1','on':'%s'}\n", buoy, a_day(world, 3));
                break;
        case 1:
                say(world, "{'case':'C-%u','event':'buoy-laid','item':'B2','on':'%s'}\n", buoy, a_day(world, 20));
                break;
        default:
                say(world, "{'case':'D-%u','event':'buoy-laid','item':'B1','on':'%s'}\n", buoy, a_day(world, 20));
        }
}

static void light_moves(struct world *world)
{
        unsigned light = drawn(LIGHTS);

        switch (drawn(4)) {
        case 0:
                say(world, "{'case':'L-%u','event':'%s','on':'%s'}\n", light, drawn(2) == 0 ? "darkened" : "lit", a_day(world, 30));
                break;
        case 1:
                say(world, "{'case':'L-%u','event':'visited','on':'%s'}\n", light, a_day(world, 5));
                break;
        case 2:
                say(world, "{'case':'L-%u','event':'visit-booked','next-visit':'2023-0%u-20','on':'%s'}\n", light, 1 + drawn(9),
                    a_day(world, 5));
                break;
        default:
                say(world, "{'case':'L-%u','event':'licensed','licence-ends':'2023-0%u-0%u','on':'%s'}\n", light, 1 + drawn(4),
                    1 + drawn(9), a_day(world, 9));
        }
}

static void anything(struct world *world, unsigned number)
{
        char ref[8];

        (void)number;
        switch (drawn(12)) {
        case 0:
        case 1:
        case 2:
                buoy_moves(world);
                break;
        case 3:
        case 4:
        case 5:
                light_moves(world);
                break;
        case 6:
                (void)world_retract(world, 1 + drawn(100));
                break;
        case 7:
                snprintf(ref, sizeof ref, "%c-%u", drawn(4) == 0 ? 'L' : 'C', drawn(BUOYS));
                erase(world, ref);
                break;
        case 8:
                if (drawn(3) == 0 && contacts_came++ < 2)
                        contacts_come(world, contacts_came == 1 ? absent_chair : world_contacts);
                break;
        default:
                acknowledge(world);
        }
}

static struct letters a_life(uint64_t number, bool at_once, unsigned *ret_calls)
{
        struct play play = {.sunday = "2023-01-14", .at_once = at_once, .deed = anything, .deeds = DEEDS};
        struct letters letters;
        struct world world;

        begin(&world, "2023-01-02");
        seed = number;
        contacts_came = 0;
        for (unsigned i = 0; i < BUOYS; i++)
                say(&world, "{'case':'C-%u','event':'buoy-laid','item':'B1','on':'%s'}\n", i, a_day(&world, 9));
        for (unsigned i = 0; i < LIGHTS; i++) {
                say(&world, "{'case':'L-%u','event':'classed','class':'2','keeper':'%s','on':'2022-10-01'}\n", i,
                    i % 2 == 0 ? "north" : "south");
                if (i != 4)
                        say(&world, "{'case':'L-%u','event':'lit','on':'%s'}\n", i, a_day(&world, 60));
        }
        letters = sunday(&world, &play);
        *ret_calls = play.calls;
        world_fini(&world);
        return letters;
}

static void steps_tell_what_one_pass_would_tell(void **state)
{
        unsigned stood = 0;

        (void)state;
        for (uint64_t number = 1; number <= LIVES; number++) {
                unsigned in_steps = 0, at_once = 0;
                struct letters found = a_life(number, false, &in_steps), wanted = a_life(number, true, &at_once);

                assert_string_equal(found.subjects, wanted.subjects);
                if (found.hash != wanted.hash)
                        fail_msg("life %llu: texts differ", (unsigned long long)number);
                assert_true(found.count >= 4);
                assert_int_equal(at_once, 2);
                assert_true(in_steps > BUOYS / 2);
                stood += strstr(found.subjects, "still") != NULL;
        }
        assert_int_equal(stood, LIVES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(steps_tell_what_one_pass_would_tell)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
