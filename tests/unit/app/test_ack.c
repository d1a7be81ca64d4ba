/*
 * An acknowledgement silences repeats of one stage of one date to one role, for
 * a time, and nothing else: whoever it concerns cannot switch an escalation off.
 * Dates are from paper: 8 weeks after Monday 2023-01-02 is Monday 2023-02-27;
 * overdue on the 28th, again on 7, 14 and 21 March, two weeks after on the 13th.
 */
#include "world.h"

#include <sqlite3.h>

/* Of whom the contacts say who may acknowledge. */
static const char guarded[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                              "agencies = ( { name = \"north\"; spoc = [\"north@sea.example\"]; acknowledged-by = [\"pilots\"]; },\n"
                              "  { name = \"south\"; spoc = [\"south@sea.example\"]; } );\n"
                              "roles = ( { name = \"unit\"; mailboxes = [\"unit@sea.example\"]; acknowledged-by = [\"clerks\", \"clerks-2\"]; },\n"
                              "  { name = \"chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";

static bool in_group(void *context, const char *group)
{
        const char *mine = context;

        return mine != NULL && strcmp(mine, group) == 0;
}

struct ask {
        uint64_t alert;
        const char *role, *why, *until, *group;
};

/* "": it was given; else the code of the refusal. */
static const char *acknowledge(struct world *world, struct ask ask)
{
        static char code[64];
        struct wire_problem problem = {.code = "?"};
        uint64_t id = 0;
        struct app_ack_request request = {.alert = ask.alert,
                                          .role = ask.role,
                                          .why = ask.why == NULL ? "the keeper is on his way" : ask.why,
                                          .until = ask.until == NULL ? CIVIL_NONE : world_day(ask.until),
                                          .by = {.uid = 1000, .name = "clerk"},
                                          .member = in_group,
                                          .context = (void *)(uintptr_t)ask.group};
        enum status status = app_acknowledge(world->app, world->now, &request, &id, &problem);

        assert_true(status == STATUS_OK || status == STATUS_INVALID);
        snprintf(code, sizeof code, "%s", status == STATUS_OK ? "" : problem.code);
        assert_int_equal(status == STATUS_OK, id != 0);
        return code;
}
#define assert_acknowledged(world, ...) assert_string_equal(acknowledge(world, (struct ask){.alert = __VA_ARGS__}), "")
#define assert_refused(world, expected, ...) assert_string_equal(acknowledge(world, (struct ask){.alert = __VA_ARGS__}), expected)

static void count_alert(void *context, const struct app_alert *alert)
{
        struct world *world = context;

        world_say(world, "%llu:%zu ", (unsigned long long)alert->id, alert->ack_count);
}

static const char *unacknowledged(struct world *world)
{
        struct app_alert_filter filter = {.limit = 1000, .unacknowledged = true};
        bool more = true;

        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(app_alerts(world->app, &filter, count_alert, world, &more), STATUS_OK);
        assert_false(more);
        return world->text;
}

/* The duty is overdue since today; gives the number of the alert that says so. */
static uint64_t overdue(struct world *world, const char *contacts)
{
        world_init(world, WORLD_LAW, "2023-01-02");
        if (contacts != world_contacts) {
                world_crash(world);
                world->contacts = contacts;
                world_open(world);
        }
        world_recorded(world, WORLD_LIT);
        world_live(world, "2023-02-28");
        (void)world_heard(world);
        (void)world_post(world);
        return world->heard;
}

static void repeats_of_that_stage_to_that_role_are_kept_back_until_its_last_day(void **state)
{
        struct world world;

        (void)state;
        assert_acknowledged(&world, overdue(&world, world_contacts), .role = "unit");
        world_live(&world, "2023-03-07");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*1 > north; not unit\n");
        assert_null(strstr(world_post(&world), "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: 1 overdue"));
        world_live(&world, "2023-03-13");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks after\" > chair\n");
        /* 14 days after 28 February is 14 March, that day included. */
        world_live(&world, "2023-03-14");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*2 > north; not unit\n");
        world_live(&world, "2023-03-21");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*3 > unit, north\n");
        world_fini(&world);
}

static void it_ends_when_it_says_and_may_then_be_given_again(void **state)
{
        struct world world;
        uint64_t alert;

        (void)state;
        alert = overdue(&world, world_contacts);
        assert_acknowledged(&world, alert, .until = "2023-03-06"); /* unit is the only one it may be for */
        assert_refused(&world, "already-acknowledged", alert);
        world_live(&world, "2023-03-06");
        assert_refused(&world, "already-acknowledged", alert);
        world_live(&world, "2023-03-07");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*1 > unit, north\n");
        assert_acknowledged(&world, alert);
        assert_refused(&world, "already-acknowledged", world.heard); /* the repeat is the same stage */
        world_live(&world, "2023-03-14");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"2 weeks after\" > chair\n"
                             "stage L-1 inspection due 2023-02-27 \"overdue\"*2 > north; not unit\n");
        world_fini(&world);
}

static void a_repeat_that_all_have_acknowledged_is_raised_and_nobody_is_written_to(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "buoy-check",
                "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };"
                " alerts = ( { at = \"overdue\"; to = \"unit\"; again = \"2 days\"; times = 2; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, law, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        world_live(&world, "2023-01-13"); /* due on Thursday the 12th */
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-12 \"overdue\" > unit\n");
        assert_acknowledged(&world, world.heard);
        (void)world_post(&world);
        world_live(&world, "2023-01-17");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-12 \"overdue\"*1 > ; not unit\n"
                             "stage L-1 buoy-check/B1 due 2023-01-12 \"overdue\"*2 > ; not unit\n");
        /* Of no repeat, but of what stands, on Sunday the 15th. */
        const char *told = strstr(world_post(&world), "overdue");
        assert_true(told != NULL && strstr(told + 1, "overdue") == NULL);
        assert_non_null(strstr(world.text, "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: nothing new; still 1 overdue\n"));
        world_fini(&world);
}

/* What was passed over while nobody watched still reaches those who have acknowledged nothing. */
static void downtime_swallows_no_escalation(void **state)
{
        struct world world;

        (void)state;
        assert_acknowledged(&world, overdue(&world, world_contacts), .until = "2023-03-28");
        world_crash(&world);
        world_at(&world, "2023-03-20", 12);
        world_open(&world);
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*2 > north, chair; not unit\n");
        world_fini(&world);
}

#define AGAIN_LAW(stages)                                                                                                                \
        "rules = (" WORLD_RULE(                                                                                                          \
                "buoy-check",                                                                                                            \
                "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };"     \
                " alerts = ( " stages " );") ");"
#define AGAIN_OVERDUE "{ at = \"overdue\"; to = [\"unit\", \"chair\"]; again = \"6 days\"; times = 2; }"
#define AGAIN_WEEK "{ at = \"1 week after\"; to = \"unit\"; }"

/* The buoy is due on 12 January: overdue on the 13th, again on the 19th, which is also one week after. Of two stages of
 * one day the one written later speaks for both. */
static void whom_another_stage_of_the_day_names_is_told(void **state)
{
        static const char *const laws[] = {AGAIN_LAW(AGAIN_OVERDUE "," AGAIN_WEEK), AGAIN_LAW(AGAIN_WEEK "," AGAIN_OVERDUE)};
        static const char *const heard[] = {"stage L-1 buoy-check/B1 due 2023-01-12 \"1 week after\" > unit, chair\n",
                                            "stage L-1 buoy-check/B1 due 2023-01-12 \"overdue\"*1 > chair, unit\n"};
        struct world world;

        (void)state;
        for (int i = 0; i < 2; i++) {
                world_init(&world, laws[i], "2023-01-02");
                world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
                world_live(&world, "2023-01-13");
                (void)world_heard(&world);
                assert_acknowledged(&world, world.heard, .role = "unit");
                world_live(&world, "2023-01-19");
                assert_heard(&world, heard[i]);
                world_fini(&world);
        }
}

static void another_stage_that_repeats_is_another_matter(void **state)
{
        static const char law[] = AGAIN_LAW(AGAIN_OVERDUE ", { at = \"3 days after\"; to = \"unit\"; again = \"2 days\"; times = 1; }");
        struct world world;

        (void)state;
        world_init(&world, law, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        world_live(&world, "2023-01-13");
        (void)world_heard(&world);
        assert_acknowledged(&world, world.heard, .role = "unit");
        world_live(&world, "2023-01-19");
        assert_heard(&world, "stage L-1 buoy-check/B1 due 2023-01-12 \"3 days after\" > unit\n"
                             "stage L-1 buoy-check/B1 due 2023-01-12 \"3 days after\"*1 > unit\n"
                             "stage L-1 buoy-check/B1 due 2023-01-12 \"overdue\"*1 > chair; not unit\n");
        world_fini(&world);
}

static void a_watch_that_stands_in_for_nobody_may_be_acknowledged_too(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, "{'case':'L-1','event':'classed','class':'2','on':'2023-01-02'}\n"
                               "{'case':'L-1','event':'lit','on':'2023-01-02'}\n");
        world_live(&world, "2023-02-28");
        (void)world_heard(&world);
        assert_acknowledged(&world, world.heard);
        world_live(&world, "2023-03-07");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*1 > ; not unit\n");
        world_fini(&world);
}

static void another_date_is_another_matter(void **state)
{
        struct world world;
        uint64_t alert;

        (void)state;
        alert = overdue(&world, world_contacts);
        assert_acknowledged(&world, alert);
        /* A week of darkness comes to light: the date was 6 March, and its breach is told to all. */
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-13'}\n{'case':'L-1','event':'lit','on':'2023-02-20'}");
        assert_refused(&world, "closed", alert);
        world_live(&world, "2023-03-14");
        assert_heard(&world, "moved L-1 inspection due 2023-03-06 was 2023-02-27 > unit, north\n"
                             "stage L-1 inspection due 2023-03-06 \"overdue\" > unit, north\n"
                             "stage L-1 inspection due 2023-03-06 \"overdue\"*1 > unit, north\n");
        world_fini(&world);
}

/* A warning whose date moved by paused days alone is not given again, so it can still be acknowledged. */
static void paused_days_leave_a_warning_standing(void **state)
{
        struct world world;

        (void)state;
        world_init(&world, WORLD_LAW, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-02-13");
        (void)world_heard(&world);
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-13'}");
        world_live(&world, "2023-02-16");
        assert_acknowledged(&world, world.heard);
        world_fini(&world);
}

/* Warned on 30 January, four weeks before, and each week after that. Two dark days move the date from 27 February to 1
 * March, and the second repeat from the 13th to Wednesday the 15th: what is acknowledged then is acknowledged for the
 * date as it stands then. */
static void what_is_acknowledged_after_a_pause_is_of_the_date_as_it_stands(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "inspection",
                "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\"; needs = [\"lamp\"];"
                " every = \"8 weeks after\"; met-by = { event = \"visited\"; };"
                " alerts = ( { at = \"4 weeks before\"; to = \"unit\"; again = \"1 week\"; times = 3; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, law, "2023-01-02");
        world_recorded(&world, WORLD_LIT);
        world_live(&world, "2023-02-06");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"4 weeks before\" > unit\n"
                             "stage L-1 inspection due 2023-02-27 \"4 weeks before\"*1 > unit\n");
        world_live(&world, "2023-02-09");
        world_recorded(&world, "{'case':'L-1','event':'darkened','on':'2023-02-07'}\n{'case':'L-1','event':'lit','on':'2023-02-09'}");
        world_live(&world, "2023-02-10");
        assert_acknowledged(&world, 2, .until = "2023-02-18");
        assert_refused(&world, "already-acknowledged", 2);
        assert_refused(&world, "already-acknowledged", 1); /* the same stage, told of the same date */
        assert_string_equal(unacknowledged(&world), "");
        world_live(&world, "2023-02-15");
        assert_heard(&world, "stage L-1 inspection due 2023-03-01 \"4 weeks before\"*2 > ; not unit\n");
        world_live(&world, "2023-02-22");
        assert_heard(&world, "stage L-1 inspection due 2023-03-01 \"4 weeks before\"*3 > unit\n");
        world_fini(&world);
}

/* Twenty roles whose names are longer together than a line: each may be acknowledged for, and is named. */
static void any_number_of_roles_may_be_acknowledged_for(void **state)
{
        static const char form[] = "keepers-of-the-light-at-the-harbour-number-%02d";
        char law[4096], contacts[4096], name[64], to[2048] = "", roles[3072] = "";
        struct world world;

        (void)state;
        for (int i = 0; i < 20; i++) {
                snprintf(name, sizeof name, form, i);
                snprintf(to + strlen(to), sizeof to - strlen(to), "%s\"%s\"", i == 0 ? "" : ", ", name);
                snprintf(roles + strlen(roles), sizeof roles - strlen(roles),
                         ", { name = \"%s\"; mailboxes = [\"unit@sea.example\"]; acknowledged-by = [\"clerks\"]; }", name);
        }
        snprintf(law, sizeof law,
                 "rules = ( { id = \"buoy-check\"; title = \"Buoy\"; source = \"tests\"; basis = \"invented\"; strength = \"must\";"
                 " per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };"
                 " alerts = ( { at = \"overdue\"; to = [%s]; } ); } );", to);
        snprintf(contacts, sizeof contacts,
                 "title = \"Sea office\"; watch = \"unit\"; roles = ( { name = \"unit\"; mailboxes = [\"unit@sea.example\"]; }%s );", roles);
        world_init(&world, law, "2023-01-02");
        assert_int_equal(app_reload(world.app, world.now, world_rules(&world, law, contacts), world.problem), STATUS_OK);
        world_recorded(&world, "{'case':'L-1','event':'buoy-laid','item':'B1','on':'2023-01-02'}");
        world_live(&world, "2023-01-13");
        assert_non_null(strstr(world_heard(&world), name));
        assert_acknowledged(&world, world.heard, .role = name, .group = "clerks");
        assert_refused(&world, "unknown-value", world.heard, .role = "keepers", .group = "clerks");
        world_fini(&world);
}

/* A milestone is closed when it is told of, and a miss is; they can be acknowledged all the same. */
static void what_is_told_when_it_closes_may_be_acknowledged(void **state)
{
        static const char law[] = "rules = (" WORLD_FEAST "," WORLD_RULE(
                "rounds", "applies = { lamp = \"set\"; }; at-least = 1; in-each = \"quarter\"; met-by = { event = \"visited\"; };"
                          " alerts = ( { at = \"due\"; to = \"unit\"; } );") ");";
        struct world world;

        (void)state;
        world_init(&world, law, "2023-01-01");
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-01-01'}\n"
                               "{'case':'L-1','event':'feast-set','feast':'2023-01-10','on':'2023-01-01'}");
        world_live(&world, "2023-01-10");
        assert_heard(&world, "stage L-1 feast due 2023-01-10 \"1 week before\" > unit\nstage L-1 feast due 2023-01-10 \"due\" > unit\n");
        assert_acknowledged(&world, world.heard);
        assert_refused(&world, "closed", world.heard - 1); /* the warning is over */
        world_live(&world, "2023-04-01");
        assert_heard(&world, "stage L-1 rounds due 2023-03-31 \"due\" > unit\nmissed L-1 rounds due 2023-03-31 > unit\n");
        assert_refused(&world, "closed", world.heard - 1);
        assert_acknowledged(&world, world.heard);
        assert_refused(&world, "already-acknowledged", world.heard);
        world_fini(&world);
}

static void refusals_say_what_is_wrong(void **state)
{
        char long_reason[502];
        struct world world;
        uint64_t alert;

        (void)state;
        alert = overdue(&world, world_contacts);
        memset(long_reason, 'x', 501);
        long_reason[501] = '\0';
        assert_refused(&world, "unknown-alert", 4711);
        assert_refused(&world, "unknown-alert", UINT64_MAX);
        assert_refused(&world, "unknown-value", alert, .role = "chair");    /* who was not told */
        assert_refused(&world, "unknown-value", alert, .role = "no\nbody");
        assert_refused(&world, "forbidden", alert, .role = "north");        /* the contacts name nobody who may */
        assert_refused(&world, "bad-why", alert, .why = "");
        assert_refused(&world, "bad-why", alert, .why = "   ");
        assert_refused(&world, "bad-why", alert, .why = "two\nlines");
        assert_refused(&world, "bad-why", alert, .why = "\xff");
        assert_refused(&world, "bad-why", alert, .why = long_reason);
        assert_refused(&world, "bad-date", alert, .until = "2023-02-27");
        assert_refused(&world, "bad-date", alert, .until = "2023-03-29"); /* 28 days after 28 February is the 28th */
        world_live(&world, "2023-03-01");
        world_recorded(&world, "{'case':'L-1','event':'visited','on':'2023-03-01'}");
        assert_refused(&world, "closed", alert);
        world_fini(&world);
}

static void limits_are_those_that_were_set(void **state)
{
        struct world world;
        uint64_t alert;

        (void)state;
        alert = overdue(&world, world_contacts);
        app_ack_limits(world.app, (struct app_ack_limits){3, 5});
        assert_refused(&world, "bad-date", alert, .until = "2023-03-06");
        assert_acknowledged(&world, alert);
        world_live(&world, "2023-03-03"); /* three days */
        assert_refused(&world, "already-acknowledged", alert);
        world_live(&world, "2023-03-04");
        assert_acknowledged(&world, alert, .until = "2023-03-09");
        world_fini(&world);
}

static void only_those_whom_the_contacts_name_may_speak_for_a_role(void **state)
{
        struct world world;
        uint64_t alert;

        (void)state;
        alert = overdue(&world, guarded);
        assert_refused(&world, "forbidden", alert);
        assert_refused(&world, "forbidden", alert, .role = "unit", .group = "pilots");
        assert_refused(&world, "forbidden", alert, .role = "north", .group = "clerks");
        assert_acknowledged(&world, alert, .group = "clerks-2");
        assert_acknowledged(&world, alert, .group = "pilots"); /* the agency's own */
        world_live(&world, "2023-03-07");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*1 > ; not north, unit\n");
        world_fini(&world);
}

static void without_contacts_whoever_may_ask_says_for_whom(void **state)
{
        struct world world;
        uint64_t alert;

        (void)state;
        alert = overdue(&world, NULL);
        assert_refused(&world, "missing-field", alert); /* unit or north */
        assert_acknowledged(&world, alert, .role = "north");
        world_live(&world, "2023-03-07");
        assert_heard(&world, "stage L-1 inspection due 2023-02-27 \"overdue\"*1 > unit; not north\n");
        world_fini(&world);
}

/* ---- the record ---- */

static void read_ack(void *context, const struct app_ack *ack)
{
        struct world *world = context;
        char until[CIVIL_TEXT_SIZE];

        world_say(world, "%llu of alert %llu for %s by %u %s until %s%s: %s\n", (unsigned long long)ack->id,
                  (unsigned long long)ack->alert, ack->role, ack->uid, ack->user, world_date(ack->until, until),
                  ack->in_force ? "" : " (ended)", ack->why);
}

static const char *acks_of(struct world *world, const char *ref)
{
        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(app_case_acks(world->app, world->now, ref, read_ack, world), STATUS_OK);
        return world->text;
}

static void each_is_on_the_record_for_ever(void **state)
{
        struct world world;
        char first[128], both[256];
        uint64_t alert;

        (void)state;
        alert = overdue(&world, world_contacts);
        assert_acknowledged(&world, alert, .until = "2023-03-01");
        snprintf(first, sizeof first, "1 of alert %llu for unit by 1000 clerk until 2023-03-01", (unsigned long long)alert);
        snprintf(both, sizeof both, "%s: the keeper is on his way\n", first);
        assert_string_equal(acks_of(&world, "L-1"), both);
        assert_string_equal(acks_of(&world, "L-2"), "");
        world_crash(&world);
        world_at(&world, "2023-03-10", 12);
        world_open(&world);
        assert_acknowledged(&world, alert, .why = "storm");
        snprintf(both, sizeof both,
                 "%s (ended): the keeper is on his way\n2 of alert %llu for unit by 1000 clerk until 2023-03-24: storm\n", first,
                 (unsigned long long)alert);
        assert_string_equal(acks_of(&world, "L-1"), both);
        world_fini(&world);
}

/* Alerts 1 to 3 warn and say that it is due; 4 says that it is overdue, 5 repeats that, 6 is two weeks after. */
static void the_list_of_what_nobody_has_seen_holds_what_stands(void **state)
{
        struct world world;

        (void)state;
        assert_int_equal(overdue(&world, world_contacts), 4);
        assert_string_equal(unacknowledged(&world), "1:0 2:0 3:0 4:0 ");
        assert_acknowledged(&world, 4, .until = "2023-03-08");
        assert_string_equal(unacknowledged(&world), "1:0 2:0 3:0 ");
        world_live(&world, "2023-03-08");
        assert_string_equal(unacknowledged(&world), "1:0 2:0 3:0 "); /* the repeat is covered */
        world_live(&world, "2023-03-09");
        assert_string_equal(unacknowledged(&world), "1:0 2:0 3:0 4:1 5:0 ");
        world_recorded(&world, "{'case':'L-1','event':'visited','on':'2023-03-09'}");
        assert_string_equal(unacknowledged(&world), "");
        world_fini(&world);
}

/* Years of alerts about what was settled long ago: a look is bounded, and says where to go on. */
static void a_look_through_years_of_alerts_comes_in_pages(void **state)
{
        static const char years[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20100)"
                                    " INSERT INTO alert (kind, raised_ms, case_id, rule, item, started, due, day, repeat, state, flags, heard_by)"
                                    " SELECT 0, 0, 1, (SELECT id FROM word WHERE text = 'inspection'), '', 1, 2, 3, 0, 4, 0, 'unit' FROM n";
        struct app_alert_filter filter = {.limit = 1000, .unacknowledged = true, .newest_first = true};
        struct world world;
        char path[128];
        sqlite3 *db = NULL;
        uint64_t last = 0;
        bool more = false;

        (void)state;
        assert_int_equal(overdue(&world, world_contacts), 4);
        world_crash(&world);
        snprintf(path, sizeof path, "%s/mappad.db", world.directory);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, years, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        world_open(&world);
        filter.ret_last = &last;
        world.used = 0;
        assert_int_equal(app_alerts(world.app, &filter, count_alert, &world, &more), STATUS_OK);
        assert_true(more);
        assert_int_equal(world.used, 0);
        assert_int_equal(last, 4 + 20100 - APP_ALERTS_LOOKED + 1);
        filter.before = last;
        assert_int_equal(app_alerts(world.app, &filter, count_alert, &world, &more), STATUS_OK);
        assert_false(more);
        assert_string_equal(world.text, "4:0 3:0 2:0 1:0 ");
        world_fini(&world);
}

/* ---- in the midst of a sweep ---- */

#define MANY 2100 /* more than one step */

static void take_repeats(void *context, const struct app_alert *alert)
{
        struct world *world = context;

        if (alert->stage != NULL && alert->repeat == 1 &&
            (strcmp(alert->case_ref, "L-0010") == 0 || strcmp(alert->case_ref, "L-2090") == 0))
                world_say(world, "%s > %s\n", alert->case_ref, alert->to);
        world->heard = alert->id;
}

/* The order of commits decides: what a step has raised is told, what a later one raises is not. */
static void an_acknowledgement_between_the_steps_of_a_sweep_holds_for_the_rest(void **state)
{
        static const char law[] = "rules = (" WORLD_RULE(
                "buoy-check",
                "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; }; met-by = { event = \"buoy-checked\"; };"
                " alerts = ( { at = \"overdue\"; to = [\"unit\", \"chair\"]; again = \"2 days\"; times = 2; } );") ");";
        struct app_sweep_result result = {.more = false};
        struct app_alert_filter filter = {.limit = 1000};
        struct world world;
        bool more = true;

        (void)state;
        world_init(&world, law, "2023-01-02");
        for (int i = 0; i < MANY; i++) {
                char line[128];
                snprintf(line, sizeof line, "{'case':'L-%04d','event':'buoy-laid','item':'B1','on':'2023-01-02'}", i);
                world_recorded(&world, line);
        }
        world_live(&world, "2023-01-14"); /* overdue on the 13th: alerts 1 .. MANY, by case */
        world_at(&world, "2023-01-15", 9);
        assert_int_equal(app_sweep(world.app, world.now, (struct sweep_slot){world.now.today, 450}, &result), STATUS_OK);
        assert_true(result.more);
        assert_acknowledged(&world, 11, .role = "unit");   /* L-0010, looked at already */
        assert_acknowledged(&world, 2091, .role = "unit"); /* L-2090, still to come */
        assert_int_equal(world_try_sweep(&world, world.now.today), STATUS_OK);
        world.used = 0;
        for (filter.after = MANY; more; filter.after = world.heard)
                assert_int_equal(app_alerts(world.app, &filter, take_repeats, &world, &more), STATUS_OK);
        assert_string_equal(world.text, "L-0010 > unit, chair\nL-2090 > chair\n");
        world_fini(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(repeats_of_that_stage_to_that_role_are_kept_back_until_its_last_day),
                cmocka_unit_test(it_ends_when_it_says_and_may_then_be_given_again),
                cmocka_unit_test(a_repeat_that_all_have_acknowledged_is_raised_and_nobody_is_written_to),
                cmocka_unit_test(downtime_swallows_no_escalation),
                cmocka_unit_test(whom_another_stage_of_the_day_names_is_told),
                cmocka_unit_test(another_stage_that_repeats_is_another_matter),
                cmocka_unit_test(a_watch_that_stands_in_for_nobody_may_be_acknowledged_too),
                cmocka_unit_test(another_date_is_another_matter),
                cmocka_unit_test(paused_days_leave_a_warning_standing),
                cmocka_unit_test(what_is_acknowledged_after_a_pause_is_of_the_date_as_it_stands),
                cmocka_unit_test(any_number_of_roles_may_be_acknowledged_for),
                cmocka_unit_test(what_is_told_when_it_closes_may_be_acknowledged),
                cmocka_unit_test(refusals_say_what_is_wrong),
                cmocka_unit_test(limits_are_those_that_were_set),
                cmocka_unit_test(only_those_whom_the_contacts_name_may_speak_for_a_role),
                cmocka_unit_test(without_contacts_whoever_may_ask_says_for_whom),
                cmocka_unit_test(each_is_on_the_record_for_ever),
                cmocka_unit_test(the_list_of_what_nobody_has_seen_holds_what_stands),
                cmocka_unit_test(a_look_through_years_of_alerts_comes_in_pages),
                cmocka_unit_test(an_acknowledgement_between_the_steps_of_a_sweep_holds_for_the_rest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
