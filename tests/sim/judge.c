/*
 * judge - whether what the application did is what the model says.
 */
#include "sim.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_verify.h"

#define OPEN_MAX 4096

/* ---- alerts ---- */

struct telling {
        char (*lines)[MODEL_LINE];
        size_t count, capacity;
        struct sim *sim;
};

/* Takes the names out of "unit, north" into the room given. */
static size_t split_names(const char *to, char names[static MODEL_NAMES][33])
{
        size_t count = 0;

        while (to != NULL && *to != '\0' && count < MODEL_NAMES) {
                size_t length = strcspn(to, ",");
                snprintf(names[count++], 33, "%.*s", (int)length, to);
                to += length + strspn(to + length, ", ");
        }
        return count;
}

/* Keeps a stage that was told, for somebody to acknowledge. */
static void keep_told(struct sim *sim, const struct app_alert *alert)
{
        struct sim_told *told = &sim->told[sim->told_count++ % (sizeof sim->told / sizeof *sim->told)];

        *told = (struct sim_told){.id = alert->id,
                                  .breach = alert->day > alert->due,
                                  .reached = alert->state == OBLIGATION_REACHED,
                                  .as = {.started = alert->started, .due = alert->due, .repeat = alert->repeat}};
        snprintf(told->as.ref, sizeof told->as.ref, "%s", alert->case_ref);
        snprintf(told->as.rule, sizeof told->as.rule, "%s", alert->rule);
        snprintf(told->as.item, sizeof told->as.item, "%s", alert->item == NULL ? "" : alert->item);
        snprintf(told->as.what, sizeof told->as.what, "%s", alert->stage);
        told->role_count = split_names(alert->to, told->roles);
        for (size_t i = 0; i < alert->silenced_count && told->role_count < MODEL_NAMES; i++)
                snprintf(told->roles[told->role_count++], 33, "%s", alert->silenced[i].role);
}

static void hear(void *context, const struct app_alert *alert)
{
        struct telling *told = context;
        struct sim *sim = told->sim;
        struct model_telling telling = {.kind = alert_kind_word(alert->kind),
                                        .ref = alert->case_ref,
                                        .rule = alert->rule,
                                        .item = alert->item == NULL ? "" : alert->item,
                                        .started = alert->started,
                                        .due = alert->due,
                                        .was_due = CIVIL_NONE,
                                        .booked = CIVIL_NONE};
        char lacks[48], names[MODEL_NAMES][33];

        sim->last_alert = alert->id;
        sim->alerts++;
        if ((alert->to == NULL || alert->to[0] == '\0') && alert->silenced_count == 0)
                sim_fail(sim, "alert %llu is told to nobody", (unsigned long long)alert->id);
        if (alert->case_ref == NULL) /* about the service: mail that fails */
                return;
        telling.circle.told_count = split_names(alert->to, names);
        for (size_t i = 0; i < telling.circle.told_count; i++)
                telling.circle.told[i] = names[i];
        for (size_t i = 0; i < alert->silenced_count && i < MODEL_NAMES; i++)
                telling.circle.silenced[telling.circle.silenced_count++] = alert->silenced[i].role;
        sim->silenced += alert->silenced_count;
        sim_remember(sim, alert);
        if (alert->kind == ALERT_STAGE) {
                keep_told(sim, alert);
                telling.what = alert->stage;
                telling.repeat = alert->repeat;
        }
        if (alert->kind == ALERT_MOVED)
                telling.was_due = alert->old_due;
        if (alert->kind == ALERT_BOOKED_LATE || alert->kind == ALERT_BOOKING_PASSED)
                telling.booked = alert->booked;
        if (alert->kind == ALERT_UNEVALUABLE) {
                snprintf(lacks, sizeof lacks, "lacks %s", alert->says == NULL ? "" : alert->says);
                telling.what = lacks;
        }
        if (told->count == told->capacity) {
                told->capacity = told->capacity == 0 ? 64 : told->capacity * 2;
                told->lines = own_realloc(told->lines, told->capacity * sizeof *told->lines);
                if (told->lines == NULL)
                        exit(2);
        }
        model_write(&telling, told->lines[told->count++]);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(a, b);
}

/* Says what is missing and what is too much. */
static void hold_against(struct sim *sim, struct telling *told)
{
        struct model *model = &sim->model;
        size_t m = 0, t = 0;

        while (m < model->line_count || t < told->count) {
                int order = m == model->line_count ? 1 : t == told->count ? -1 : strcmp(model->lines[m], told->lines[t]);
                if (order < 0)
                        sim_fail(sim, "not told: %s", model->lines[m]);
                else if (order > 0)
                        sim_fail(sim, "told, and should not be: %s", told->lines[t]);
                m += order <= 0;
                t += order >= 0;
        }
}

void sim_compare(struct sim *sim)
{
        struct telling told = {.sim = sim};
        struct app_alert_filter filter = {.limit = 1000};
        bool more = !sim->failed;

        while (more && !sim->failed) {
                filter.after = sim->last_alert;
                if (app_alerts(sim->app, &filter, hear, &told, &more) != STATUS_OK)
                        sim_fail(sim, "alerts cannot be read");
        }
        if (told.count > 0)
                qsort(told.lines, told.count, sizeof *told.lines, by_text);
        if (sim->model.line_count > 0)
                qsort(sim->model.lines, sim->model.line_count, sizeof *sim->model.lines, by_text);
        for (size_t i = 0; i < told.count; i++)
                sim_log(sim, "    told: %s", told.lines[i]);
        if (!sim->failed)
                hold_against(sim, &told);
        sim->model.line_count = 0;
        own_free(told.lines);
}

/* ---- obligations ---- */

struct open_list {
        char (*lines)[MODEL_LINE];
        size_t count;
        const struct ruleset *ruleset;
        uint64_t states[APP_OPEN_STATES];
};

static void write_obligation(struct open_list *list, const char *ref, const struct obligation *o)
{
        if (list->count == OPEN_MAX)
                exit(2);
        snprintf(list->lines[list->count++], MODEL_LINE,
                 "%s %s/%s %s started %d opens %d due %d/%d plan %d booked %d%s%s used %d/%d done %d/%d missing %u%s", ref,
                 list->ruleset->rules[o->rule].id, o->item == NULL ? "" : o->item->key, obligation_state_word(o->state), o->started,
                 o->opens, o->due, o->nominal, o->plan_by, o->booked, o->booked_late ? " late" : "", o->paused ? " paused" : "",
                 o->used_days, o->limit_days, o->done, o->needed, o->missing, o->provisional ? " provisional" : "");
        if (o->state < APP_OPEN_STATES)
                list->states[o->state]++;
}

static void take_open(void *context, const char *ref, const struct obligation *obligation)
{
        write_obligation(context, ref, obligation);
}

static void read_cache(struct sim *sim, struct open_list *list)
{
        struct app_obligation_filter filter = app_obligation_filter_all();
        struct app_query *query = NULL;
        struct wire_problem problem;
        struct app_obligation found;
        enum app_row row = APP_WORKING;

        if (app_query_obligations(sim->app, sim->now, &filter, &query, &problem) != STATUS_OK) {
                sim_fail(sim, "obligations cannot be asked for");
                return;
        }
        while (row != APP_END && !sim->failed) {
                if (app_query_next(query, &row, &found) != STATUS_OK)
                        sim_fail(sim, "obligations cannot be read");
                else if (row == APP_ROW)
                        write_obligation(list, found.case_ref, &found.obligation);
        }
        app_query_free(query);
}

static void compare_lists(struct sim *sim, struct open_list *cached, struct open_list *fresh)
{
        qsort(cached->lines, cached->count, sizeof *cached->lines, by_text);
        qsort(fresh->lines, fresh->count, sizeof *fresh->lines, by_text);
        for (size_t i = 0; i < cached->count || i < fresh->count; i++) {
                const char *c = i < cached->count ? cached->lines[i] : "nothing", *f = i < fresh->count ? fresh->lines[i] : "nothing";
                if (strcmp(c, f) == 0)
                        continue;
                sim_fail(sim, "cached:  %s\n    derived: %s", c, f);
                return;
        }
}

/* Takes a check to its end, which frees it: nothing is to be found, and what is derived was looked at. */
static void verify_all(struct sim *sim, struct app_verify *verify)
{
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;

        while (!sim->failed && kind != APP_END) {
                if (app_verify_next(verify, &kind, &finding, &wait) != STATUS_OK)
                        sim_fail(sim, "what is kept cannot be verified");
                else if (kind == APP_ROW)
                        sim_fail(sim, "%s %llu: %s", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(verify);
        }
        if (!sim->failed && !app_verify_totals(verify)->derived)
                sim_fail(sim, "what is derived was not verified");
        app_verify_free(verify);
}

static void verify_kept(struct sim *sim)
{
        struct app_verify *verify = NULL;
        struct wire_problem problem;

        if (app_verify_begin(sim->app, sim->now, &(struct app_verify_heads){.events = NULL}, &verify, &problem) != STATUS_OK)
                sim_fail(sim, "no check begins");
        else
                verify_all(sim, verify);
}

static void verify_file(struct sim *sim, const char *path)
{
        struct app_verify *verify = NULL;
        char problem[APP_PROBLEM_SIZE];

        if (app_verify_file(path, &(struct app_verify_heads){.events = NULL}, &verify, problem) != STATUS_OK)
                sim_fail(sim, "no check begins: %s", problem);
        else
                verify_all(sim, verify);
}

void sim_compare_cache(struct sim *sim)
{
        static char cached_lines[OPEN_MAX][MODEL_LINE], fresh_lines[OPEN_MAX][MODEL_LINE];
        struct open_list cached = {.lines = cached_lines, .ruleset = sim->laws[sim->law]};
        struct open_list fresh = {.lines = fresh_lines, .ruleset = sim->laws[sim->law]};
        struct app_status status;

        if (sim->failed)
                return;
        read_cache(sim, &cached); /* a question brings the day, if nothing else did */
        model_advance(&sim->model, sim_today(sim));
        sim_compare(sim);
        model_open(&sim->model, take_open, &fresh);
        compare_lists(sim, &cached, &fresh);
        if (app_status(sim->app, sim->now, &status) != STATUS_OK)
                sim_fail(sim, "no status");
        if (memcmp(status.open, fresh.states, sizeof fresh.states) != 0)
                sim_fail(sim, "the counters of open obligations are not those of the rows");
        if (status.events != sim->event_count || status.last_seq != sim->event_count || status.cases != sim->model.case_count)
                sim_fail(sim, "%llu events of %llu cases; there were %zu of %zu", (unsigned long long)status.events,
                         (unsigned long long)status.cases, sim->event_count, sim->model.case_count);
        if (status.last_alert_id != sim->last_alert)
                sim_fail(sim, "the last alert is not the last that was heard");
        if (!sim->failed)
                sim_compare_certificate(sim);
        if (!sim->failed && sim_one_in(sim, sim->temper->checks))
                verify_kept(sim);
}

/* ---- the end ---- */

/* Fails if a question has an answer. */
static void none(struct sim *sim, sqlite3 *db, const char *what, const char *sql)
{
        sqlite3_stmt *stmt = NULL;

        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                sim_fail(sim, "%s: %s", sql, sqlite3_errmsg(db));
        else if (sqlite3_step(stmt) == SQLITE_ROW)
                sim_fail(sim, "%s: %s", what, (const char *)sqlite3_column_text(stmt, 0));
        (void)sqlite3_finalize(stmt);
}

/* Each message that counts as sent was seen by the server, and names each case it carries an alert of. */
static void read_letters(struct sim *sim, sqlite3 *db)
{
        sqlite3_stmt *stmt = NULL;
        const char *sql =
                "SELECT o.message_id, o.state, c.ref FROM outbox o LEFT JOIN carried k ON k.message = o.id LEFT JOIN alert a ON a.id = k.alert"
                " LEFT JOIN casefile c ON c.id = a.case_id";

        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                sim_fail(sim, "%s", sqlite3_errmsg(db));
        while (!sim->failed && sqlite3_step(stmt) == SQLITE_ROW) {
                const char *id = (const char *)sqlite3_column_text(stmt, 0), *ref = (const char *)sqlite3_column_text(stmt, 2);
                size_t i = 0;
                while (i < sim->letter_count && strcmp(sim->letters[i].message_id, id) != 0)
                        i++;
                if (i == sim->letter_count || (sqlite3_column_int(stmt, 1) == 1 && sim->letters[i].seen == 0))
                        sim_fail(sim, "%s counts as sent, and no server saw it", id);
                else if (ref != NULL && strstr(sim->letters[i].text, ref) == NULL)
                        sim_fail(sim, "%s carries an alert of %s and does not name it", id, ref);
        }
        (void)sqlite3_finalize(stmt);
}

#define TEXT(number) #number
#define NUMBER(number) TEXT(number)
#define OVERDUE 4 /* a state, and kinds, as they are kept */
#define UNEVALUABLE 4
#define MISSED 11
#define BOOKED_LATE 1
_Static_assert(OVERDUE == OBLIGATION_OVERDUE && UNEVALUABLE == ALERT_UNEVALUABLE && MISSED == ALERT_MISSED &&
                       BOOKED_LATE == ALERT_BOOKED_LATE,
               "as the application has them");
/* Overdue, missed, or urgent and booked for a day that is too late. */
#define BREACH(urgent) \
        "((a.rule IS NOT NULL AND a.state = " NUMBER(OVERDUE) " AND a.kind <> " NUMBER(UNEVALUABLE) ")" \
        " OR a.kind = " NUMBER(MISSED) " OR (a.kind = " NUMBER(BOOKED_LATE) " AND " urgent "))"

static const char *const questions[SIM_QUESTIONS] = {
        [SIM_LETTERS] = "SELECT o.id, o.recipient, o.subject, l.body, l.html FROM outbox o JOIN letter l ON l.message = o.id"
                        " WHERE o.id > ? AND o.created_ms = ? AND o.urgent = 0 ORDER BY o.id",
        [SIM_CALENDARS] = "SELECT o.id, o.recipient, o.created_ms, o.subject, l.calendar FROM outbox o"
                          " JOIN letter l ON l.message = o.id WHERE o.id > ? ORDER BY o.id",
        [SIM_BROUGHT] = "SELECT c.ref, w.text, a.item, a.started FROM carried k JOIN alert a ON a.id = k.alert"
                        " JOIN casefile c ON c.id = a.case_id JOIN word w ON w.id = a.rule WHERE k.message = ?",
        [SIM_WAITING] = "SELECT message_id FROM outbox WHERE state = 0 AND next_ms > ?",
        [SIM_WRITTEN] = "SELECT o.id, o.urgent, o.subject, EXISTS (SELECT 1 FROM carried k JOIN alert a ON a.id = k.alert"
                        " WHERE k.message = o.id AND " BREACH("o.urgent") ") FROM outbox o WHERE o.id > ? ORDER BY o.id",
        [SIM_PENDING] = "SELECT a.id, r.name, r.pending, " BREACH("r.pending = 2") " FROM route r JOIN alert a ON a.id = r.alert"
                        " WHERE r.pending > 0"};

sqlite3_stmt *sim_ask(struct sim *sim, enum sim_question question)
{
        sqlite3_stmt **asked = &sim->asked[question];
        char path[128];

        snprintf(path, sizeof path, "%s/mappad.db", sim->directory);
        if (sim->reader == NULL && sqlite3_open_v2(path, &sim->reader, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
                sim_fail(sim, "the record cannot be read");
                sim_look_away(sim);
                return NULL;
        }
        if (*asked == NULL && sqlite3_prepare_v3(sim->reader, questions[question], -1, SQLITE_PREPARE_PERSISTENT, asked, NULL) != SQLITE_OK)
                sim_fail(sim, "%s", sqlite3_errmsg(sim->reader));
        return *asked;
}

void sim_look_away(struct sim *sim)
{
        for (size_t i = 0; i < SIM_QUESTIONS; i++) {
                (void)sqlite3_finalize(sim->asked[i]);
                sim->asked[i] = NULL;
        }
        sqlite3_close(sim->reader);
        sim->reader = NULL;
}

void sim_reckon(struct sim *sim)
{
        char path[128];
        sqlite3 *db = NULL;

        snprintf(path, sizeof path, "%s/mappad.db", sim->directory);
        verify_file(sim, path);
        if (sqlite3_open(path, &db) != SQLITE_OK)
                sim_fail(sim, "not opened");
        none(sim, db, "an alert waits for nobody to be told", "SELECT alert FROM route WHERE pending > 0");
        none(sim, db, "an alert was for nobody, and nobody had acknowledged it",
             "SELECT a.id FROM alert a WHERE NOT EXISTS (SELECT 1 FROM route r WHERE r.alert = a.id)"
             " AND NOT EXISTS (SELECT 1 FROM silenced s WHERE s.alert = a.id)");
        none(sim, db, "somebody was told and silenced",
             "SELECT s.alert FROM silenced s JOIN route r ON r.alert = s.alert AND r.name = s.name");
        none(sim, db, "an alert was in no message that was sent or given up",
             "SELECT a.id FROM alert a WHERE EXISTS (SELECT 1 FROM route r WHERE r.alert = a.id) AND NOT EXISTS (SELECT 1 FROM carried k JOIN outbox o ON o.id = k.message WHERE k.alert = a.id AND o.state > 0)");
        none(sim, db, "one mailbox was told twice of alert", /* for one name of it */
             sim_tells_apart(sim)
                     ? "SELECT k.alert FROM carried k JOIN outbox o ON o.id = k.message GROUP BY k.alert, o.recipient"
                       " HAVING count(*) > (SELECT count(*) FROM route r WHERE r.alert = k.alert)"
                     : "SELECT k.alert FROM carried k JOIN outbox o ON o.id = k.message GROUP BY k.alert, o.recipient"
                       " HAVING count(*) > 1");
        none(sim, db, "a message was given up and nobody heard",
             "SELECT o.id FROM outbox o WHERE o.state = 2 AND NOT EXISTS"
             " (SELECT 1 FROM mark m JOIN alert a ON a.id = m.alert WHERE a.kind = 9 AND m.repeat = (o.id << 24 | o.attempts))");
        if (!sim->failed)
                read_letters(sim, db);
        if (!sim->failed)
                sim_compare_mailboxes(sim, db);
        sqlite3_close(db);
        if (sim->told_twice > 0)
                sim_fail(sim, "a batch was answered twice");
}
