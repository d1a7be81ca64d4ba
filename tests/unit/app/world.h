/*
 * world - what the tests of the application stand on: a state directory of its
 * own, an invented law (lighthouses and their buoys), contacts, and a clock that
 * is moved by hand.
 *
 * What is told is compared as text, one line an alert, so that a test reads as
 * a story: what was recorded, which day came, what was said to whom.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mappad/app.h"
#include "mappad/app_alert.h"
#include "mappad/app_query.h"
#include "mappad/rulefile.h"
#include "mappad/scopes.h"

#define WORLD_TEXT 65536
#define DAY_MS INT64_C(86400000)

static const char world_vocabulary[] =
        "items = ( { name = \"buoy\"; } );\n"
        "attributes = ( { name = \"lamp\"; values = [\"lit\", \"dark\"]; }, { name = \"class\"; values = [\"1\", \"2\"]; },\n"
        "  { name = \"keeper\"; values = [\"north\", \"south\"]; }, { name = \"next-visit\"; type = \"date\"; },\n"
        "  { name = \"licence-ends\"; type = \"date\"; }, { name = \"feast\"; type = \"date\"; } );\n"
        "events = ( { name = \"lit\"; sets = { lamp = \"lit\"; }; }, { name = \"darkened\"; sets = { lamp = \"dark\"; }; },\n"
        "  { name = \"classed\"; fields = ( { name = \"class\"; required = true; }, { name = \"keeper\"; } ); },\n"
        "  { name = \"visited\"; clears = [\"next-visit\"]; }, { name = \"visit-booked\"; fields = ( { name = \"next-visit\"; required = true; } ); },\n"
        "  { name = \"licensed\"; fields = ( { name = \"licence-ends\"; required = true; } ); }, { name = \"renewed\"; },\n"
        "  { name = \"feast-set\"; fields = ( { name = \"feast\"; required = true; } ); },\n"
        "  { name = \"buoy-laid\"; new-item = \"buoy\"; }, { name = \"buoy-checked\"; item = \"buoy\"; },\n"
        "  { name = \"noted\"; fields = ( { name = \"mark\"; type = \"token\"; } ); } );\n"
        "calendar = { name = \"sea\"; working-week = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"];\n"
        "  covers = { from = \"2000-01-01\"; until = \"2060-12-31\"; }; };\n"
        "constraints = ( { id = \"never-dark-1\"; severity = \"flag\"; never = { class = \"1\"; lamp = \"dark\"; }; says = \"class 1 is never dark\"; },\n"
        "  { id = \"south-is-2\"; severity = \"flag\"; never = { class = \"1\"; keeper = \"south\"; }; says = \"the south keeps class 2\"; } );\n";
#define WORLD_RULE(id, rest)                                                                                                             \
        "{ id = \"" id "\"; title = \"" id "\"; source = \"tests\"; basis = \"invented\"; strength = \"must\"; " rest " }"
/* Every 8 weeks while the lamp is lit, after which the clock goes on where it stopped. */
#define WORLD_INSPECTION \
        WORLD_RULE( \
                "inspection", \
                "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\"; needs = [\"lamp\"];" \
                " every = \"8 weeks after\"; met-by = { event = \"visited\"; }; booked-by = \"next-visit\";" \
                " alerts = ( { at = \"4 weeks before\"; to = \"unit\"; }, { at = \"2 weeks before\"; to = [\"unit\", \"$keeper\"]; }," \
                " { at = \"due\"; to = \"$keeper\"; }, { at = \"overdue\"; to = [\"unit\", \"$keeper\"]; again = \"1 week\"; times = 3; }," \
                " { at = \"2 weeks after\"; to = \"chair\"; } );")
#define WORLD_BUOY                                                                                                                       \
        WORLD_RULE(                                                                                                                      \
                "buoy-check",                                                                                                            \
                "per = \"buoy\"; within = \"10 days after\"; from = { event = \"buoy-laid\"; };"                                         \
                " met-by = { event = \"buoy-checked\"; }; alerts = ( { at = \"3 days before\"; to = \"unit\"; }, { at = \"overdue\"; to = \"unit\"; urgent = true; } );")
#define WORLD_LICENCE                                                                                                                    \
        WORLD_RULE(                                                                                                                      \
                "licence",                                                                                                               \
                "by = \"licence-ends\"; opens = \"3 months before\"; met-by = { event = \"renewed\"; };"                                 \
                " alerts = ( { at = \"opens\"; to = \"unit\"; }, { at = \"2 weeks before\"; to = \"unit\"; }, { at = \"overdue\"; to = \"unit\"; } );")
#define WORLD_FEAST                                                                                                                      \
        WORLD_RULE(                                                                                                                      \
                "feast",                                                                                                                 \
                "by = \"feast\"; milestone = true; alerts = ( { at = \"1 week before\"; to = \"unit\"; }, { at = \"due\"; to = \"unit\"; } );")
#define WORLD_LAW "rules = (" WORLD_INSPECTION "," WORLD_BUOY "," WORLD_LICENCE "," WORLD_FEAST ");"

/* A lighthouse of class 2, lit on Monday 2 January 2023: its inspection is due eight weeks later, on Monday 27 February. */
#define WORLD_LIT                                                                                                                \
        "{'case':'L-1','event':'classed','class':'2','keeper':'north','on':'2023-01-02'}\n"                                      \
        "{'case':'L-1','event':'lit','on':'2023-01-02'}\n"

static const char world_contacts[] = "title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\n"
                                     "agencies = ( { name = \"north\"; label = \"North\"; spoc = [\"north@sea.example\"]; },\n"
                                     "  { name = \"south\"; label = \"South\"; spoc = [\"south@sea.example\"]; } );\n"
                                     "roles = ( { name = \"unit\"; label = \"Unit\"; mailboxes = [\"unit@sea.example\"]; },\n"
                                     "  { name = \"chair\"; label = \"Chair\"; mailboxes = [\"chair@sea.example\"]; } );\n";

struct world {
        char directory[64];
        struct app_settings settings;
        struct app *app;
        struct moment now;
        struct app_rules rules;
        const char *law, *contacts;
        const char *access; /* compartments and agencies, as the configuration has them; NULL: none */
        char text[WORLD_TEXT]; /* what was told last, or what a batch came to */
        size_t used;
        uint64_t heard; /* id of the last alert that was looked at */
        char problem[APP_PROBLEM_SIZE];
        /* of the last batch */
        enum status status;
        uint64_t recorded, repeated, last_seq, warnings, problems, changed, summed;
        bool strict; /* batches are refused for conflicts */
        char conflicts[256]; /* "line:seq field " of each */
        char code[64];
};

static inline void world_say(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void world_say(struct world *world, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        world->used += (size_t)vsnprintf(world->text + world->used, WORLD_TEXT - world->used, format, arguments);
        va_end(arguments);
        assert_true(world->used < WORLD_TEXT);
}

static inline int32_t world_day(const char *text)
{
        int32_t day = CIVIL_NONE;

        assert_true(civil_parse(text, strlen(text), &day));
        return day;
}

/* A directory of its own; in memory where there is such a place, since thousands of them come and go. */
static inline void world_directory(char directory[static 64])
{
        snprintf(directory, 64, "%s/mappad-test-XXXXXX", access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(directory));
}

/* ---- rules ---- */

static inline void world_release(struct app_rules rules)
{
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
        contacts_free((struct contacts *)(uintptr_t)rules.contacts);
        scopes_free((struct scopes *)(uintptr_t)rules.scopes);
}

static inline const struct scopes *world_scopes(const char *access, const struct ruleset *ruleset)
{
        struct diagnostics problems;
        struct settings *settings = NULL;
        struct scopes *scopes = NULL;

        if (access == NULL)
                return NULL;
        diagnostics_init(&problems);
        if (settings_load_text("settings", access, strlen(access), &problems, &settings) != STATUS_OK ||
            scopes_make(settings, ruleset, &problems, &scopes) != STATUS_OK) {
                diagnostics_print(&problems, stderr);
                fail_msg("the settings were refused");
        }
        settings_free(settings);
        diagnostics_fini(&problems);
        return scopes;
}

static inline const struct contacts *world_contacts_of(const char *directory, const char *text)
{
        static const char *const domains[] = {"sea.example"};
        struct diagnostics problems;
        struct contacts *contacts = NULL;
        char path[128];
        FILE *file;

        if (text == NULL)
                return NULL;
        snprintf(path, sizeof path, "%s/contacts.cfg", directory);
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        diagnostics_init(&problems);
        if (contacts_load(path, domains, 1, &problems, &contacts) != STATUS_OK) {
                diagnostics_print(&problems, stderr);
                fail_msg("the contacts were refused");
        }
        diagnostics_fini(&problems);
        return contacts;
}

static inline struct app_rules world_rules(const struct world *world, const char *law, const char *contacts)
{
        struct rulefile_text texts[] = {{"vocabulary", world_vocabulary, sizeof world_vocabulary - 1}, {"law", law, strlen(law)}};
        struct diagnostics problems;
        struct ruleset *ruleset = NULL;

        diagnostics_init(&problems);
        if (rulefile_load_text(texts, 2, &problems, &ruleset) != STATUS_OK) {
                diagnostics_print(&problems, stderr);
                fail_msg("the rules were refused");
        }
        diagnostics_fini(&problems);
        return (struct app_rules){.ruleset = ruleset,
                                  .contacts = world_contacts_of(world->directory, contacts),
                                  .scopes = world_scopes(world->access, ruleset),
                                  .release = world_release};
}

/* ---- life ---- */

static inline void world_at(struct world *world, const char *day, int hour)
{
        world->now.today = world_day(day);
        world->now.ms = world->now.today * DAY_MS + hour * INT64_C(3600000);
}

static inline enum status world_try_open(struct world *world)
{
        struct app_rules rules = world_rules(world, world->law, world->contacts);
        enum status status = app_open(&world->settings, rules, world->now, &world->app, world->problem);

        if (status != STATUS_OK)
                world_release(rules);
        return status;
}

static inline void world_open(struct world *world)
{
        if (world_try_open(world) != STATUS_OK)
                fail_msg("not opened: %s", world->problem);
}

static inline void world_init(struct world *world, const char *law, const char *day)
{
        *world = (struct world){.law = law, .contacts = world_contacts};
        world_directory(world->directory);
        world->settings = (struct app_settings){.state_directory = world->directory,
                                                .test_clock = true,
                                                .sweeps = {{0, 450}},
                                                .sweep_count = 1,
                                                .mail_domain = "sea.example", .mail_from = "office@sea.example"};
        world_at(world, day, 9);
        world_open(world);
}

static inline void world_crash(struct world *world)
{
        app_abandon(world->app);
        world->app = NULL;
}

static inline void world_remove(const char *directory)
{
        char path[512];
        DIR *folder = opendir(directory);

        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
                snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
                if (entry->d_name[0] != '.')
                        (void)unlink(path);
        }
        closedir(folder);
        (void)rmdir(directory);
}

static inline void world_fini(struct world *world)
{
        app_close(world->app, world->now);
        world_remove(world->directory);
}

/* ---- recording ---- */

static inline void world_done(void *context, const struct app_outcome *outcome)
{
        struct world *world = context;

        world->status = outcome->status;
        world->recorded = outcome->recorded;
        world->repeated = outcome->repeated;
        world->last_seq = outcome->last_seq;
        world->warnings = outcome->warning_count;
        world->problems = outcome->problem_total;
        world->changed = outcome->changed_count;
        world->summed = outcome->sum.all;
        world->conflicts[0] = '\0';
        for (size_t i = 0, used = 0; i < outcome->conflict_count; i++)
                used += (size_t)snprintf(world->conflicts + used, sizeof world->conflicts - used, "%llu:%llu %s ",
                                         (unsigned long long)outcome->conflicts[i].line, (unsigned long long)outcome->conflicts[i].seq,
                                         outcome->conflicts[i].field);
        assert_true(outcome->conflict_total >= outcome->conflict_count);
        snprintf(world->code, sizeof world->code, "%s", outcome->problem_count > 0 ? outcome->problems[0].problem.code : "");
}

/* Single quotes stand for double ones, so that a line can be read. */
static inline struct app_batch *world_batch(struct world *world, const char *lines, bool dry_run)
{
        struct app_batch *batch = NULL;
        char *text = strdup(lines);

        assert_non_null(text);
        for (char *c = text; *c != '\0'; c++)
                *c = *c == '\'' ? '"' : *c;
        const struct app_actor clerk = {.uid = 1000, .name = "clerk"};
        assert_int_equal(app_batch_new(world->app, world->now, clerk, dry_run, &batch), STATUS_OK);
        assert_int_equal(app_batch_add_body(batch, text, strlen(text)), STATUS_OK);
        free(text);
        if (world->strict)
                app_batch_refuse_conflicts(batch);
        return batch;
}

static inline enum status world_record(struct world *world, const char *lines)
{
        app_submit(world->app, world_batch(world, lines, false), world_done, world);
        app_flush(world->app, world->now);
        return world->status;
}

static inline void world_recorded(struct world *world, const char *lines)
{
        if (world_record(world, lines) != STATUS_OK)
                fail_msg("refused (%s, %s): %s", status_phrase(world->status), world->code, lines);
}

static inline enum status world_retract(struct world *world, uint64_t seq)
{
        struct app_batch *batch = NULL;

        const struct app_actor clerk = {.uid = 1000, .name = "clerk"};

        assert_int_equal(app_batch_new(world->app, world->now, clerk, false, &batch), STATUS_OK);
        assert_int_equal(app_batch_retract(batch, seq, "a mistake"), STATUS_OK);
        app_submit(world->app, batch, world_done, world);
        app_flush(world->app, world->now);
        return world->status;
}

/* ---- days and what they bring ---- */

static inline enum status world_try_sweep(struct world *world, int32_t day)
{
        struct app_sweep_result result = {.more = true};
        enum status status = STATUS_OK;

        while (status == STATUS_OK && result.more)
                status = app_sweep(world->app, world->now, (struct sweep_slot){day, 450}, &result);
        return status;
}

/* The day comes, and its sweep. */
static inline void world_sweep(struct world *world, const char *day)
{
        world_at(world, day, 9);
        assert_int_equal(world_try_sweep(world, world->now.today), STATUS_OK);
}

/* Every day up to one, each with its sweep. */
static inline void world_live(struct world *world, const char *until)
{
        int32_t last = world_day(until);

        while (world->now.today < last) {
                world->now.today++;
                world->now.ms += DAY_MS;
                assert_int_equal(world_try_sweep(world, world->now.today), STATUS_OK);
        }
}

static inline const char *world_date(int32_t day, char text[static CIVIL_TEXT_SIZE])
{
        snprintf(text, CIVIL_TEXT_SIZE, "-");
        if (day != CIVIL_NONE)
                civil_format(day, text);
        return text;
}

static inline void world_hear(void *context, const struct app_alert *alert)
{
        struct world *world = context;
        char due[CIVIL_TEXT_SIZE], other[CIVIL_TEXT_SIZE];

        world_say(world, "%s", alert_kind_word(alert->kind));
        if (alert->case_ref != NULL)
                world_say(world, " %s", alert->case_ref);
        if (alert->rule != NULL)
                world_say(world, " %s%s%s due %s", alert->rule, alert->item != NULL ? "/" : "", alert->item != NULL ? alert->item : "",
                          world_date(alert->due, due));
        if (alert->stage != NULL)
                world_say(world, " \"%s\"", alert->stage);
        if (alert->kind == ALERT_STAGE && alert->repeat > 0)
                world_say(world, "*%d", alert->repeat);
        if (alert->kind == ALERT_MOVED)
                world_say(world, " was %s", world_date(alert->old_due, other));
        if (alert->kind == ALERT_BOOKED_LATE || alert->kind == ALERT_BOOKING_PASSED)
                world_say(world, " booked %s", world_date(alert->booked, other));
        if (alert->kind == ALERT_UNEVALUABLE)
                world_say(world, " lacks %s", alert->says);
        if (alert->subject_id != NULL)
                world_say(world, " %s", alert->subject_id);
        world_say(world, " > %s", alert->to);
        for (size_t i = 0; i < alert->silenced_count; i++)
                world_say(world, "%s%s", i == 0 ? "; not " : ", ", alert->silenced[i].role);
        world_say(world, "\n");
        world->heard = alert->id;
}

/* What was raised since the last look, a line each. */
static inline const char *world_heard(struct world *world)
{
        struct app_alert_filter filter = {.limit = 1000};
        bool more = true;

        world->used = 0;
        world->text[0] = '\0';
        while (more) {
                filter.after = world->heard;
                assert_int_equal(app_alerts(world->app, &filter, world_hear, world, &more), STATUS_OK);
        }
        return world->text;
}
#define assert_heard(world, expected) assert_string_equal(world_heard(world), expected)

/* Whoever reads letters. */
struct world_reader {
        struct app *app;
        app_message_fn sink;
        void *context;
        enum status status;
};

static inline void world_open_letter(void *context, const struct app_message *message)
{
        struct world_reader *reader = context;

        if (reader->status == STATUS_OK)
                reader->status = app_outbox_letter(reader->app, message, reader->sink, reader->context);
}

/* The messages that are due, each with its letter. */
static inline enum status world_letters(struct app *app, struct moment now, uint64_t limit, app_message_fn sink, void *context)
{
        struct world_reader reader = {app, sink, context, STATUS_OK};
        enum status status = app_outbox_due(app, now, NULL, limit, world_open_letter, &reader);

        return status == STATUS_OK ? reader.status : status;
}

static inline void world_read_message(void *context, const struct app_message *message)
{
        struct world *world = context;

        world_say(world, "%s: %s\n", message->recipient, message->subject);
        assert_int_equal(app_outbox_report(world->app, (struct app_report){.id = message->id, .verdict = VERDICT_SENT}), STATUS_OK);
}

/* What the mail room would send now, a line each; all of it is sent. */
static inline const char *world_post(struct world *world)
{
        world->used = 0;
        world->text[0] = '\0';
        assert_int_equal(app_outbox_due(world->app, world->now, 0, 1000, world_read_message, world), STATUS_OK);
        app_flush(world->app, world->now);
        return world->text;
}

/* The open obligations as the cache has them, and as a fresh derivation (as of today, by another way) says. */
static inline void world_list(struct world *world, const struct app_obligation_filter *filter)
{
        struct app_query *query = NULL;
        struct wire_problem problem;
        enum app_row row = APP_WORKING;
        struct app_obligation found;
        char due[CIVIL_TEXT_SIZE];

        assert_int_equal(app_query_obligations(world->app, world->now, filter, &query, &problem), STATUS_OK);
        world->used = 0;
        world->text[0] = '\0';
        while (row != APP_END) {
                assert_int_equal(app_query_next(query, &row, &found), STATUS_OK);
                if (row == APP_ROW)
                        world_say(world, "%s %s %s %s\n", found.case_ref, app_ruleset(world->app)->rules[found.obligation.rule].id,
                                  obligation_state_word(found.obligation.state), world_date(found.obligation.due, due));
        }
        app_query_free(query);
}

static inline void world_obligations(struct world *world, const char *rule)
{
        struct app_obligation_filter filter = app_obligation_filter_all();

        filter.rule = rule;
        world_list(world, &filter);
}

#endif
