/*
 * Other rules that come into force in steps: everybody is answered under the old until the new are whole, and what comes
 * of it is what comes of a change at once, whatever happens between the steps.
 */
#include "world.h"

#include <sqlite3.h>

#include "mappad/app_change.h"
#include "mappad/app_erase.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"

#define INSPECTION_EVERY(weeks)                                                                                          \
        WORLD_RULE("inspection", "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\";" \
                                 " needs = [\"lamp\"]; every = \"" weeks " weeks after\"; met-by = { event = \"visited\"; };"  \
                                 " booked-by = \"next-visit\"; alerts = ( { at = \"3 weeks before\"; to = \"chair\"; },"       \
                                 " { at = \"overdue\"; to = [\"unit\", \"$keeper\"]; } );")
#define BUOY_SOON                                                                                          \
        WORLD_RULE("buoy-check", "per = \"buoy\"; within = \"5 days after\"; from = { event = \"buoy-laid\"; };" \
                                 " met-by = { event = \"buoy-checked\"; }; alerts = ( { at = \"overdue\"; to = \"unit\"; urgent = true; } );")
/* Dates move, a duty goes, another comes. */
static const char *const laws[] = {WORLD_LAW, "rules = (" INSPECTION_EVERY("6") "," BUOY_SOON "," WORLD_FEAST ");",
                                   "rules = (" INSPECTION_EVERY("10") "," WORLD_BUOY "," WORLD_LICENCE ");"};
enum { LAWS = sizeof laws / sizeof *laws };
static const char access_of[] = "access = { compartments = ( { group = \"a\"; when = { class = \"1\"; }; } );\n"
                                "  agencies = ( { group = \"b\"; agency = \"north\"; cases = \"keeper\"; } ); };";

static struct app_rules law(struct world *world, int number)
{
        return world_rules(world, laws[number], world->contacts);
}

static void reload(struct world *world, int number)
{
        assert_int_equal(app_reload(world->app, world->now, law(world, number), world->problem), STATUS_OK);
}

static bool step(struct world *world)
{
        bool more = false;

        assert_int_equal(app_turn_over(world->app, world->now, &more), STATUS_OK);
        return more;
}

static struct app_turnover standing(struct world *world)
{
        struct app_turnover now;

        assert_int_equal(app_turnover_now(world->app, &now), STATUS_OK);
        return now;
}

static void in_steps(struct world *world, const char *day)
{
        world_init(world, laws[0], day);
        app_close(world->app, world->now);
        world->settings.change.at_once = 1;
        world->settings.change.step = 1;
        world_open(world);
}

/* ---- what is kept ---- */

static char *dump(const struct world *world, const char *sql)
{
        char path[128], *text = calloc(1, 1 << 20);
        sqlite3_stmt *stmt = NULL;
        sqlite3 *db = NULL;
        size_t used = 0;

        snprintf(path, sizeof path, "%s/mappad.db", world->directory);
        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW)
                for (int i = 0; i < sqlite3_column_count(stmt); i++) {
                        const unsigned char *value = sqlite3_column_text(stmt, i);
                        used += (size_t)snprintf(text + used, (1u << 20) - used, "%s%c", value == NULL ? "-" : (const char *)value,
                                                 i + 1 == sqlite3_column_count(stmt) ? '\n' : ' ');
                }
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        return text;
}

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
/* Nothing of this is left when a change is over. */
static const char rest[] = "SELECT 'row', ref FROM obligation_beside UNION ALL SELECT 'waits', case_id FROM raising_beside"
                           " UNION ALL SELECT 'unread', case_id FROM unread_beside"
                           " UNION ALL SELECT 'case', ref FROM casefile WHERE wake_beside IS NOT NULL OR scope_beside <> 0"
                           " UNION ALL SELECT 'note', beside || beside_rules FROM meta WHERE beside <> 0 OR beside_rules <> ''"
                           " UNION ALL SELECT 'tally', which FROM tally WHERE which BETWEEN 7 AND 12 AND amount <> 0";

static void assert_dump(const struct world *world, const char *sql, const char *expected)
{
        char *text = dump(world, sql);

        assert_string_equal(text, expected);
        free(text);
}

static void assert_sound(struct world *world)
{
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;

        assert_int_equal(app_verify_begin(world->app, world->now, &(struct app_verify_heads){.events = NULL}, &verify, &problem),
                         STATUS_OK);
        while (kind != APP_END) {
                assert_int_equal(app_verify_next(verify, &kind, &finding, &wait), STATUS_OK);
                if (kind == APP_ROW)
                        fail_msg("%s %llu: %s", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(verify);
        }
        app_verify_free(verify);
}

/* ---- stories ---- */

#define THREE_LIT                                                                                                          \
        WORLD_LIT "{'case':'L-2','event':'classed','class':'2','on':'2023-01-02'}\n{'case':'L-2','event':'lit','on':'2023-01-02'}\n" \
                  "{'case':'L-3','event':'classed','class':'2','on':'2023-01-02'}\n{'case':'L-3','event':'lit','on':'2023-01-02'}\n"
#define DUES "SELECT ref, date(due * 86400, 'unixepoch') FROM obligation ORDER BY ref"

static void everybody_is_answered_under_the_old_until_the_new_is_whole(void **state)
{
        struct world world;
        struct app_turnover now;
        char old[65];

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        snprintf(old, sizeof old, "%s", app_ruleset(world.app)->digest);
        reload(&world, 1);
        assert_non_null(app_coming(world.app));
        for (unsigned done = 0; done < 3; done++) {
                now = standing(&world);
                assert_true(now.under_way && !now.settles);
                assert_int_equal(now.cases, done);
                assert_int_equal(now.all, 3);
                assert_string_equal(now.before, old);
                assert_string_equal(app_ruleset(world.app)->digest, old);
                assert_dump(&world, DUES, "L-1 2023-02-27\nL-2 2023-02-27\nL-3 2023-02-27\n");
                assert_sound(&world);
                assert_true(step(&world));
        }
        /* The step that derives the last case finds nothing else to do. */
        now = standing(&world);
        assert_true(now.settles);
        assert_null(app_coming(world.app));
        assert_string_not_equal(app_ruleset(world.app)->digest, old);
        assert_string_equal(now.after, app_ruleset(world.app)->digest);
        assert_dump(&world, DUES, "L-1 2023-02-13\nL-2 2023-02-13\nL-3 2023-02-13\n");
        assert_sound(&world);
        assert_heard(&world, "");
        assert_true(step(&world));
        assert_heard(&world, "moved L-1 inspection due 2023-02-13 was 2023-02-27 > chair, unit, north\n");
        assert_true(step(&world));
        assert_false(step(&world));
        assert_heard(&world, "moved L-2 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n"
                             "moved L-3 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

static void what_changes_meanwhile_is_derived_again(void **state)
{
        struct world world;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        reload(&world, 1);
        assert_true(step(&world));
        assert_true(step(&world));
        /* One that was derived, one that was not, one that is new. */
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-01'}\n"
                               "{'case':'L-3','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n"
                               "{'case':'L-4','event':'buoy-laid','item':'B1','on':'2023-01-02'}\n");
        while (step(&world))
                ;
        assert_dump(&world, "SELECT o.ref, w.text, date(o.due * 86400, 'unixepoch') FROM obligation o JOIN word w ON w.id = o.rule"
                            " ORDER BY 1, 2",
                    "L-1 buoy-check 2023-01-06\nL-1 inspection 2023-02-13\nL-2 inspection 2023-02-13\nL-3 buoy-check 2023-01-07\nL-3 inspection 2023-02-13\n"
                    "L-4 buoy-check 2023-01-07\n");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

/* The date that the change gave is told before the one that the visit gives. */
static void a_case_that_changes_is_told_of_the_change_first(void **state)
{
        struct world world;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT "{'case':'L-2','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        reload(&world, 1);
        while (!standing(&world).settles)
                assert_true(step(&world));
        assert_heard(&world, "");
        world_recorded(&world, "{'case':'L-2','event':'darkened','on':'2023-01-02'}");
        assert_heard(&world, "moved L-2 buoy-check/B1 due 2023-01-07 was 2023-01-12 > unit\n"
                             "moved L-2 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        while (step(&world))
                ;
        assert_heard(&world, "moved L-1 inspection due 2023-02-13 was 2023-02-27 > chair, unit, north\n"
                             "moved L-3 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        assert_dump(&world, rest, "");
        world_fini(&world);
}

static void another_change_takes_the_place_of_one_that_is_under_way(void **state)
{
        struct world world;
        struct app_turnover now;

        (void)state;
        in_steps(&world, "2023-01-02");
        world_recorded(&world, THREE_LIT);
        reload(&world, 1);
        assert_true(step(&world));
        assert_true(step(&world));
        /* The same again is on its way already. */
        reload(&world, 1);
        assert_int_equal(standing(&world).cases, 2);
        reload(&world, 2);
        assert_int_equal(standing(&world).cases, 0);
        while (step(&world))
                ;
        assert_dump(&world, DUES, "L-1 2023-03-13\nL-2 2023-03-13\nL-3 2023-03-13\n");
        assert_heard(&world, "moved L-1 inspection due 2023-03-13 was 2023-02-27 > chair, unit, north\n"
                             "moved L-2 inspection due 2023-03-13 was 2023-02-27 > chair, unit\n"
                             "moved L-3 inspection due 2023-03-13 was 2023-02-27 > chair, unit\n");
        /* Back to what is in force: nothing is to come, and what was derived goes away. */
        reload(&world, 0);
        assert_true(step(&world));
        reload(&world, 2);
        now = standing(&world);
        assert_true(now.under_way && app_coming(world.app) == NULL);
        assert_string_equal(now.before, now.after);
        while (step(&world))
                ;
        assert_dump(&world, rest, "");
        assert_heard(&world, "");
        assert_dump(&world, DUES, "L-1 2023-03-13\nL-2 2023-03-13\nL-3 2023-03-13\n");
        /* While dates are still being told: the next change waits for its turn. */
        reload(&world, 0);
        while (!standing(&world).settles)
                assert_true(step(&world));
        reload(&world, 1);
        assert_true(standing(&world).settles);
        while (step(&world))
                ;
        assert_heard(&world, "moved L-1 inspection due 2023-02-27 was 2023-03-13 > unit, north\n"
                             "moved L-2 inspection due 2023-02-27 was 2023-03-13 > unit\n"
                             "moved L-3 inspection due 2023-02-27 was 2023-03-13 > unit\n"
                             "moved L-1 inspection due 2023-02-13 was 2023-02-27 > chair, unit, north\n"
                             "moved L-2 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n"
                             "moved L-3 inspection due 2023-02-13 was 2023-02-27 > chair, unit\n");
        assert_dump(&world, rest, "");
        assert_sound(&world);
        world_fini(&world);
}

/* ---- any order of things ---- */

enum deed { RECORDED, MORNING, ERASED, CHANGED };
struct journal_entry {
        enum deed deed;
        int number; /* of a case or a law */
        char text[160];
};
struct life {
        struct world world;
        uint64_t chance;
        int law, coming; /* -1: nothing is to come */
        unsigned buoys;
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
        world->access = access_of;
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
                reload(world, entry->number);
                break;
        }
        hear(life);
}

/* Whether the rules that were to come have come into force, in whatever way. */
static void notice(struct life *life)
{
        struct app_rules rules;
        bool come;

        if (life->coming < 0)
                return;
        rules = law(&life->world, life->coming);
        come = strcmp(rules.ruleset->digest, app_ruleset(life->world.app)->digest) == 0;
        world_release(rules);
        if (!come)
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
        int number = (int)chance(life, LAWS);

        reload(&life->world, number);
        life->coming = number == life->law ? -1 : number;
}

/* Killed, and started with the files of what is in force, of what was to come, or of something else. */
static void kill_and_start(struct life *life)
{
        int number = chance(life, 3) > 0 && life->coming >= 0 ? life->coming : (int)chance(life, LAWS);

        world_crash(&life->world);
        life->world.law = laws[number];
        life->coming = number == life->law ? -1 : number;
        world_open(&life->world);
}

static void live(struct life *life)
{
        uint32_t what = chance(life, 32);

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
        } else {
                (void)step(&life->world);
        }
        notice(life);
        hear(life);
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

static void any_order_of_steps_ends_as_a_change_at_once(void **state)
{
        static struct life steps, once;
        unsigned changes = 0;

        (void)state;
        for (unsigned seed = 1; seed <= 12; seed++) {
                steps.chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
                open_life(&steps, true);
                for (int i = 0; i < 260; i++)
                        live(&steps);
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
        }
        print_message("%u changes came into force\n", changes);
        assert_true(changes > 12);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(everybody_is_answered_under_the_old_until_the_new_is_whole),
                cmocka_unit_test(what_changes_meanwhile_is_derived_again),
                cmocka_unit_test(a_case_that_changes_is_told_of_the_change_first),
                cmocka_unit_test(another_change_takes_the_place_of_one_that_is_under_way),
                cmocka_unit_test(any_order_of_steps_ends_as_a_change_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
