/*
 * What comes of a change in steps is what comes of a change at once, whatever happens between the steps: generated
 * histories, MAPPAD_HISTORIES of them from MAPPAD_SEED on.
 */
#include <stdlib.h>

#include "mappad/app_erase.h"
#include "turning.h"

static const char *const accesses[] = {
        "access = { compartments = ( { group = \"a\"; when = { class = \"1\"; }; } );\n"
        "  agencies = ( { group = \"b\"; agency = \"north\"; cases = \"keeper\"; } ); };",
        "access = { agencies = ( { group = \"b\"; agency = \"south\"; cases = \"keeper\"; } ); };"};
enum { WAYS = 2 * LAWS }; /* a law under one access or the other */
/* Everything that is derived. Words have numbers of their own in each record. */
static const char *const derived[] = {
        "SELECT o.state, o.due, o.ref, w.text, o.item, o.started, o.scope FROM obligation o JOIN word w ON w.id = o.rule"
        " ORDER BY o.ref, w.text, o.item, o.started",
        "SELECT s.bit, s.state, s.due, s.ref, w.text, s.item, s.started FROM scoped s JOIN word w ON w.id = s.rule"
        " ORDER BY s.ref, w.text, s.item, s.started, s.bit",
        "SELECT bit, ref FROM scoped_case ORDER BY ref, bit",
        "SELECT id, ref, wake, scope FROM casefile ORDER BY id",
        "SELECT case_id FROM raising ORDER BY case_id",
        "SELECT which, amount FROM tally WHERE which < 7 ORDER BY which",
};

/* Each takes half a second of processor time; `make torture` goes through others. */
#define HISTORIES 6

enum deed { RECORDED, MORNING, ERASED, CHANGED };
struct journal_entry {
        enum deed deed;
        int number; /* of a case, or of a way: a law and an access */
        char text[160];
};
struct life {
        struct world world;
        uint64_t chance;
        int law, coming; /* -1: nothing is to come */
        unsigned buoys, counted;
        struct journal_entry journal[600];
        size_t count;
        char heard[WORLD_TEXT];
};

static uint32_t chance(struct life *life, uint32_t below)
{
        life->chance = life->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(life->chance >> 33) % below;
}

static struct journal_entry *note(struct life *life, enum deed deed, int number)
{
        assert_true(life->count < sizeof life->journal / sizeof *life->journal);
        life->journal[life->count] = (struct journal_entry){.deed = deed, .number = number};
        return &life->journal[life->count++];
}

static void open_life(struct life *life, bool steps)
{
        *life = (struct life){.chance = life->chance, .coming = -1};
        struct world *world = &life->world;
        world->law = laws[0];
        world->access = accesses[0];
        world_directory(world->directory);
        world->settings = (struct app_settings){
                .state_directory = world->directory, .test_clock = true, .sweeps = {{0, 450}}, .sweep_count = 1};
        if (steps)
                world->settings.change.at_once = world->settings.change.step = 1;
        world_at(world, "2023-01-02", 9);
        world_open(world);
}

static void hear(struct life *life)
{
        size_t used = strlen(life->heard);

        snprintf(life->heard + used, sizeof life->heard - used, "%s", world_heard(&life->world));
}

static void erase(struct life *life, int number)
{
        struct app_erase_view view;
        struct wire_problem problem;
        char ref[8];

        snprintf(ref, sizeof ref, "L-%d", number);
        struct app_erase_request request = {.ref = ref, .force = true, .by = {.uid = 1000, .name = "clerk"}};
        if (app_erase(life->world.app, life->world.now, &request, &view, &problem) != STATUS_OK)
                return;
        request.why = "no longer needed";
        request.confirm = view.confirm;
        assert_int_equal(app_erase(life->world.app, life->world.now, &request, &view, &problem), STATUS_OK);
}

static void take_up(struct world *world, int way)
{
        world->law = laws[way % LAWS];
        world->access = accesses[way / LAWS];
}

static void do_again(struct life *life, const struct journal_entry *entry)
{
        struct world *world = &life->world;

        switch (entry->deed) {
        case RECORDED:
                (void)world_record(world, entry->text);
                break;
        case MORNING:
                world->now.today++;
                world->now.ms += DAY_MS;
                assert_int_equal(world_try_sweep(world, world->now.today), STATUS_OK);
                break;
        case ERASED:
                erase(life, entry->number);
                break;
        case CHANGED:
                take_up(world, entry->number);
                reload(world, entry->number % LAWS);
                break;
        }
        hear(life);
}

/* Whether what was to come has come into force, in whatever way. */
static void notice(struct life *life)
{
        if (life->coming < 0 || app_coming(life->world.app) != NULL)
                return;
        note(life, CHANGED, life->coming);
        life->law = life->coming;
        life->coming = -1;
}

static void record_something(struct life *life)
{
        static const char *const events[] = {"'event':'lit'",
                                             "'event':'darkened'",
                                             "'event':'visited'",
                                             "'event':'classed','class':'1','keeper':'south'",
                                             "'event':'classed','class':'2','keeper':'north'",
                                             "'event':'visit-booked','next-visit':'2023-04-01'",
                                             "'event':'licensed','licence-ends':'2023-05-01'",
                                             "'event':'feast-set','feast':'2023-02-20'"};
        struct journal_entry *entry = note(life, RECORDED, 0);
        char on[CIVIL_TEXT_SIZE];
        unsigned number = 1 + chance(life, 6), what = chance(life, 10);

        civil_format(life->world.now.today - (int32_t)chance(life, 4), on);
        if (what == 8)
                snprintf(entry->text, sizeof entry->text, "{'case':'L-%u','event':'buoy-laid','item':'B%u','on':'%s'}", number,
                         ++life->buoys, on);
        else if (what == 9)
                snprintf(entry->text, sizeof entry->text, "{'case':'L-%u','event':'buoy-checked','item':'B%u','on':'%s'}", number,
                         life->buoys, on);
        else
                snprintf(entry->text, sizeof entry->text, "{'case':'L-%u',%s,'on':'%s'}", number, events[what], on);
        (void)world_record(&life->world, entry->text);
}

static void ask_for_a_law(struct life *life)
{
        /* A law under the access in force, in steps; now and then any, at once. */
        int number = chance(life, 4) > 0 ? life->law / LAWS * LAWS + (int)chance(life, LAWS) : (int)chance(life, WAYS);

        take_up(&life->world, number);
        reload(&life->world, number % LAWS);
        life->coming = number == life->law ? -1 : number;
}

/* Killed, and started with the files of what is in force, of what was to come, or of something else. */
static void kill_and_start(struct life *life)
{
        int number = chance(life, 3) > 0 && life->coming >= 0 ? life->coming : (int)chance(life, WAYS);

        world_crash(&life->world);
        take_up(&life->world, number);
        life->coming = number == life->law ? -1 : number;
        world_open(&life->world);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is erased before it was told of is told of no more. */
static bool erased(const struct life *life, const char *line)
{
        char ref[8];

        for (size_t i = 0; i < life->count; i++) {
                snprintf(ref, sizeof ref, " L-%d ", life->journal[i].number);
                if (life->journal[i].deed == ERASED && strstr(line, ref) != NULL)
                        return true;
        }
        return false;
}

/* The lines of a text in order: dates of a change in steps are told in between. */
static void sort_lines(const struct life *life, char *text)
{
        char *lines[2000], *copy = strdup(text), *rest_of = copy;
        size_t count = 0, used = 0;

        for (char *line = strtok_r(copy, "\n", &rest_of); line != NULL; line = strtok_r(NULL, "\n", &rest_of))
                if (!erased(life, line))
                        lines[count++] = line;
        qsort(lines, count, sizeof *lines, by_text);
        text[0] = '\0';
        for (size_t i = 0; i < count; i++)
                used += (size_t)snprintf(text + used, WORLD_TEXT - used, "%s\n", lines[i]);
        free(copy);
}

/* What is refused as a whole leaves nothing: neither rows nor counts. */
static void have_something_refused(struct life *life)
{
        char lines[200], on[CIVIL_TEXT_SIZE];

        civil_format(life->world.now.today, on);
        snprintf(lines, sizeof lines,
                 "{'case':'L-%u','event':'buoy-laid','item':'B99','on':'%s'}\n{'case':'L-1','event':'sunk','on':'%s'}\n",
                 1 + chance(life, 6), on, on);
        (void)world_record(&life->world, lines);
}

static void say_counts(void *context, const struct app_rule_count *row)
{
        char *text = context;

        for (unsigned state = 0; state < APP_OPEN_STATES; state++)
                if (row->open[state] > 0)
                        snprintf(text + strlen(text), 1000 - strlen(text), "%s %u %llu\n", row->rule, state,
                                 (unsigned long long)row->open[state]);
}

/* One case a step: what happens in between falls on cases that were counted, and on others. */
static void count_by_rule(struct life *life)
{
        char counted[1000] = "";
        bool all = false;

        assert_int_equal(app_census_count(life->world.app, life->world.now, &all), STATUS_OK);
        app_census(life->world.app, say_counts, counted);
        if (!all) {
                assert_string_equal(counted, "");
                return;
        }
        char *lines = dump(&life->world, "SELECT w.text, o.state, count(*) FROM obligation o JOIN word w ON w.id = o.rule GROUP BY 1, 2");
        sort_lines(life, counted);
        sort_lines(life, lines);
        assert_string_equal(counted, lines);
        free(lines);
        life->counted++;
}

static void live(struct life *life)
{
        uint32_t what = chance(life, 41);

        if (what < 8) {
                record_something(life);
        } else if (what < 12) {
                note(life, MORNING, 0);
                do_again(life, &life->journal[life->count - 1]);
        } else if (what == 12 && chance(life, 3) == 0) {
                note(life, ERASED, 1 + (int)chance(life, 6));
                erase(life, life->journal[life->count - 1].number);
        } else if (what == 13) {
                kill_and_start(life);
        } else if (what < 16) {
                ask_for_a_law(life);
        } else if (what == 16) {
                assert_sound(&life->world);
        } else if (what == 17) {
                have_something_refused(life);
        } else if (what < 26) {
                count_by_rule(life);
        } else {
                (void)step(&life->world);
        }
        notice(life);
        hear(life);
}

static void compare(struct life *steps, struct life *once, unsigned seed)
{
        sort_lines(steps, steps->heard);
        sort_lines(steps, once->heard);
        if (strcmp(steps->heard, once->heard) != 0)
                print_error("seed %u\n", seed);
        assert_string_equal(steps->heard, once->heard);
        for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
                char *a = dump(&steps->world, derived[i]), *b = dump(&once->world, derived[i]);
                if (strcmp(a, b) != 0)
                        print_error("seed %u, %s\n", seed, derived[i]);
                assert_string_equal(a, b);
                free(a);
                free(b);
        }
        assert_dump(&steps->world, rest, "");
        assert_sound(&steps->world);
}

static unsigned number_of(const char *variable, unsigned otherwise)
{
        const char *text = getenv(variable);

        return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

/* How many changes came into force in a history. */
static unsigned live_through(unsigned seed)
{
        static struct life steps, once;
        unsigned changes = 0;

        steps.chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        open_life(&steps, true);
        for (int i = 0; i < 330; i++)
                live(&steps);
        assert_true(steps.counted > 0);
        while (step(&steps.world))
                ;
        notice(&steps);
        note(&steps, MORNING, 0);
        do_again(&steps, &steps.journal[steps.count - 1]);

        open_life(&once, false);
        for (size_t i = 0; i < steps.count; i++) {
                changes += steps.journal[i].deed == CHANGED;
                do_again(&once, &steps.journal[i]);
        }
        compare(&steps, &once, seed);
        world_fini(&steps.world);
        world_fini(&once.world);
        return changes;
}

static void any_order_of_steps_ends_as_a_change_at_once(void **state)
{
        unsigned first = number_of("MAPPAD_SEED", 1), histories = number_of("MAPPAD_HISTORIES", HISTORIES), changes = 0;

        (void)state;
        for (unsigned seed = first; seed < first + histories; seed++)
                changes += live_through(seed);
        print_message("# %u histories: %u changes of rules came into force\n", histories, changes);
        assert_true(changes > histories);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(any_order_of_steps_ends_as_a_change_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
