/*
 * app - the application's life: opening, transactions, rest, closing. What waits to
 * be written is in queue.c, rules that take the place of others are in change.c.
 *
 * Whoever submitted something hears of it only after the commit that holds it,
 * and listeners of alerts after that. What is remembered beside the rows moves
 * with the transaction.
 */
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "mappad/app_turn.h"
#include "mappad/ensure.h"
#include "mappad/rulefile.h"
#include "turnover.h"

struct book *book_hold(struct book *book)
{
        book->holders++;
        return book;
}

void book_drop(struct book *book)
{
        while (book != NULL && --book->holders == 0) {
                struct book *base = book->base;

                lexicon_free(book->lexicon);
                if (book->rules.release != NULL)
                        book->rules.release(book->rules);
                free(book);
                book = base;
        }
}

int32_t app_day(const struct app *app, struct moment moment)
{
        return app->meta.as_of != CIVIL_NONE && app->meta.as_of == moment.today + 1 ? app->meta.as_of : moment.today;
}

static void begin_anew(struct app *app)
{
        app->raised_first = app->raised_last = 0;
        app->meta_written = false;
        app->more_follows = false;
        app->stirred = true;
}

enum status app_begin(struct app *app)
{
        enum status status = app->start_unnoted ? STATUS_DISK_FULL : sync_recover(app);

        begin_anew(app);
        app_look_again(app);
        reader_disturb(app);
        return status == STATUS_OK ? store_begin(app->store) : status;
}

enum status app_begin_aside(struct app *app)
{
        begin_anew(app);
        if (store_log_full(app->store))
                reader_disturb(app);
        return store_begin_lightly(app->store);
}

enum status app_rollback(struct app *app, enum status why)
{
        app->withheld = quiet_ever(app); /* to be looked for: whatever was told is told no more ... */
        app->looked_at = 0;              /* ... and the numbers of alerts may be used for others */
        store_rollback(app->store);
        census_rollback(&app->census);
        app->raised_first = app->raised_last = 0;
        app->meta_written = false;
        app->disk_full = why == STATUS_DISK_FULL;
        return why;
}

enum status app_commit(struct app *app)
{
        enum status status = store_commit(app->store);

        sync_doubt(app);
        if (status != STATUS_OK)
                return app_rollback(app, status);
        app->disk_full = false;
        census_commit(&app->census);
        if (app->meta_written)
                app->meta = app->meta_next;
        app->meta_written = false;
        if (app->raised_last != 0) {
                app->unheard_first = app->unheard_first == 0 ? app->raised_first : app->unheard_first;
                app->unheard_last = app->raised_last;
        }
        app->raised_first = app->raised_last = 0;
        return STATUS_OK;
}

void app_tell(struct app *app)
{
        uint64_t first = app->unheard_first, last = app->unheard_last;

        app->unheard_first = app->unheard_last = 0;
        if (last != 0 && app->listener != NULL)
                app->listener(app->listener_context, first, last);
}

enum status app_put_meta(struct app *app, const struct store_meta *meta)
{
        enum status status = store_meta_put(app->store, meta);

        if (status == STATUS_OK) {
                app->meta_next = *meta;
                app->meta_written = true;
        }
        return status;
}

/* ---- opening ---- */

static void problem_set(char problem[static APP_PROBLEM_SIZE], const char *sentence)
{
        snprintf(problem, APP_PROBLEM_SIZE, "%s", sentence);
}

const char *app_failing(const struct app *app, enum status status)
{
        if (app->store == NULL || status == STATUS_NO_MEMORY || store_problem(app->store)[0] == '\0')
                return status_phrase(status);
        return store_problem(app->store);
}

enum status book_new(struct app *app, struct app_rules rules, struct book **ret_book)
{
        struct book *book = calloc(1, sizeof *book);
        enum status status;

        if (book == NULL)
                return STATUS_NO_MEMORY;
        book->rules = rules;
        book->holders = 1;
        book->number = ++app->books;
        status = rulefile_seal(rules.ruleset, rules.contacts, book->seal);
        if (status == STATUS_OK)
                status = lexicon_new(app->store, rules.ruleset, &book->lexicon);
        if (status != STATUS_OK) {
                free(book);
                return status;
        }
        *ret_book = book;
        return STATUS_OK;
}

void book_forget(struct book *book)
{
        if (book == NULL)
                return;
        book->rules.release = NULL;
        book_drop(book);
}

/* Reads the last moment known to be watched from the small file beside the database. */
static int64_t read_watching(struct app *app)
{
        char text[32] = "";
        ssize_t size = app->watching < 0 ? -1 : pread(app->watching, text, sizeof text - 1, 0);

        return size <= 0 ? 0 : strtoll(text, NULL, 10);
}

void app_watching(struct app *app, struct moment moment)
{
        char text[32];
        int length = snprintf(text, sizeof text, "%020lld\n", (long long)moment.ms);

        /* Until the start is noted the file says since when nobody watched. */
        if (app->watching < 0 || app->start_unnoted)
                return;
        /* What cannot be written now may be written the next time; nothing else depends on it. */
        if (pwrite(app->watching, text, (size_t)length, 0) != length)
                return;
}

enum status app_unwatched(struct app *app, int64_t from_ms, struct moment until)
{
        enum status status = app_begin(app);

        if (status == STATUS_OK)
                status = store_downtime_add(
                        app->store,
                        &(struct store_downtime){.from_ms = from_ms, .until_ms = until.ms, .orderly = true});
        return status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
}

static enum status check_meta(struct app *app, struct moment moment, bool found, char problem[static APP_PROBLEM_SIZE])
{
        if (!found) {
                app->meta = (struct store_meta){
                        .created_ms = moment.ms, .test_clock = app->settings.test_clock, .as_of = CIVIL_NONE};
                return STATUS_OK;
        }
        if (app->meta.test_clock != app->settings.test_clock) {
                problem_set(problem,
                            app->meta.test_clock
                                    ? "this state directory was made under a test clock; it takes no other"
                                    : "this state directory belongs to the real clock; it takes no test clock");
                return STATUS_INVALID;
        }
        if (app->meta.as_of != CIVIL_NONE && moment.today < app->meta.as_of - 1) {
                problem_set(problem, "the clock shows a day long before the last one that was lived through");
                return STATUS_INVALID;
        }
        return STATUS_OK;
}

static enum status note_downtime(struct app *app, struct moment moment, bool found)
{
        int64_t watched = read_watching(app);
        int64_t seen = watched > app->meta.seen_ms ? watched : app->meta.seen_ms;

        if (!found || seen == 0 || seen >= moment.ms)
                return STATUS_OK;
        return store_downtime_add(
                app->store,
                &(struct store_downtime){.from_ms = seen, .until_ms = moment.ms, .orderly = app->meta.orderly});
}

/* Everything that opening writes, in one transaction; words of rules that are new among it. */
static enum status note_start(struct app *app, struct app_rules rules, struct moment moment, bool found)
{
        enum status status = app_begin(app);
        struct store_meta meta = app->meta;
        bool in_steps = false;

        if (status == STATUS_OK && app->book == NULL)
                status = book_new(app, rules, &app->book);
        if (status == STATUS_OK)
                status = note_downtime(app, moment, found);
        meta.seen_ms = moment.ms;
        meta.orderly = false;
        if (status == STATUS_OK)
                status = turnover_at_start(app, moment, &in_steps);
        if (status == STATUS_OK && !in_steps)
                status = turnover_before_start(app, moment);
        if (status == STATUS_OK && !in_steps)
                status = change_at_start(app, moment, &meta);
        if (status == STATUS_OK)
                status = scope_settle(app, moment, &meta);
        if (status == STATUS_OK)
                status = app_put_meta(app, &meta);
        if (status == STATUS_OK)
                status = scope_note(app);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status == STATUS_OK)
                scope_committed(app);
        return status;
}

/* Where the disk is full a record whose rules have not changed is served all the same, and the start noted later. */
static enum status note_start_or_wait(struct app *app, struct app_rules rules, struct moment moment, bool found)
{
        enum status status = note_start(app, rules, moment, found);

        if (status != STATUS_DISK_FULL || !found || app->book == NULL)
                return status;
        /* Words of what is to come in steps were taken back with the rest. */
        app->start_unnoted =
                app->turnover->next == NULL && change_none(app) && scope_same(app, app->book->rules.scopes);
        return app->start_unnoted ? STATUS_OK : status;
}

bool app_start_unnoted(const struct app *app)
{
        return app->start_unnoted;
}

enum status app_note_start(struct app *app, struct moment moment)
{
        if (!app->start_unnoted)
                return STATUS_OK;
        app->start_unnoted = false;
        enum status status = note_start(app, app->book->rules, moment, true);
        app->start_unnoted = status != STATUS_OK;
        return status;
}

static enum status open_files(struct app *app, char problem[static APP_PROBLEM_SIZE])
{
        char path[APP_PATH_MAX];

        if (snprintf(path, sizeof path, "%s/mappad.db", app->settings.state_directory) >= (int)sizeof path) {
                problem_set(problem, "the name of the state directory is too long");
                return STATUS_INVALID;
        }
        enum status status = store_open(path, &app->store, problem);
        if (status == STATUS_OK && app->settings.aside)
                status = store_checkpoint_aside(app->store);
        if (status != STATUS_OK)
                return status;
        snprintf(path, sizeof path, "%s/watching", app->settings.state_directory);
        app->watching = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        return STATUS_OK;
}

static void free_app(struct app *app)
{
        if (app == NULL)
                return;
        heartbeat_drop(app);
        reader_keep(app, 0);
        if (app->watching >= 0)
                close(app->watching);
        store_close(app->store);
        census_fini(&app->census);
        turnover_free(app);
        law_clear(app);
        book_drop(app->book);
        arena_fini(&app->work);
        arena_fini(&app->rows);
        arena_fini(&app->raised_texts);
        free(app);
}

enum status app_open(const struct app_settings *settings, struct app_rules rules, struct moment moment,
                     struct app **ret_app, char ret_problem[static APP_PROBLEM_SIZE])
{
        struct app *app = calloc(1, sizeof *app);
        bool found = false;
        enum status status;

        ret_problem[0] = '\0';
        if (app == NULL) {
                problem_set(ret_problem, status_phrase(STATUS_NO_MEMORY));
                return STATUS_NO_MEMORY;
        }
        app->settings = *settings;
        app_ack_limits(app, settings->acks);
        app->watching = -1;
        app->raise_until = CIVIL_MAX;
        app->queue_end = &app->queue;
        app->reports_end = &app->reports;
        app->accesses_end = &app->accesses;
        arena_init(&app->work, malloc, free);
        arena_init(&app->rows, malloc, free);
        arena_init(&app->raised_texts, malloc, free);
        status = open_files(app, ret_problem);
        app->scrub = status == STATUS_OK && store_log_stays(app->store);
        if (status == STATUS_OK)
                status = store_meta_get(app->store, &app->meta, &found);
        if (status == STATUS_OK)
                status = store_scopes_get(app->store, app->scopes_kept);
        if (status == STATUS_OK)
                status = sweep_recall(app);
        if (status == STATUS_OK)
                status = turnover_recall(app, moment);
        if (status == STATUS_OK)
                status = check_meta(app, moment, found, ret_problem);
        if (status == STATUS_OK)
                status = note_start_or_wait(app, rules, moment, found);
        if (status == STATUS_OK)
                status = turnover_take_up(app, moment);
        if (status == STATUS_OK && !app->start_unnoted)
                status = advance_all(app, moment);
        if (status == STATUS_OK) {
                app_watching(app, moment);
                app->withheld = quiet_ever(app);
                app->speak_ms = 1; /* what waited for the rest of an import that a kill ended waits no longer */
                *ret_app = app;
                return STATUS_OK;
        }
        if (ret_problem[0] == '\0')
                problem_set(ret_problem, app_failing(app, status));
        turnover_give_back(app);
        book_forget(app->book);
        app->book = NULL;
        free_app(app);
        return status;
}

/* ---- closing ---- */

static void refuse_queue(struct app *app, enum status status)
{
        while (app->queue != NULL) {
                struct app_batch *batch = app->queue;
                app->queue = batch->next;
                batch_tell(batch, status, app->book->rules.ruleset);
                app_batch_free(batch);
        }
        app->queue_end = &app->queue;
        access_take(app);
        access_tell(app, status);
        while (app->reports != NULL) {
                struct app_mail_report *report = app->reports;
                app->reports = report->next;
                free(report);
        }
        app->reports_end = &app->reports;
}

void app_close(struct app *app, struct moment moment)
{
        if (app == NULL)
                return;
        app_flush(app, moment);
        if (app_begin(app) == STATUS_OK) {
                struct store_meta meta = app->meta;
                meta.seen_ms = moment.ms;
                meta.orderly = true;
                enum status status = app_put_meta(app, &meta);
                status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
                if (status == STATUS_OK)
                        app_tell(app);
        }
        app_watching(app, moment);
        refuse_queue(app, STATUS_IO);
        free_app(app);
}

void app_abandon(struct app *app)
{
        if (app == NULL)
                return;
        refuse_queue(app, STATUS_IO);
        store_rollback(app->store);
        free_app(app);
}

const struct ruleset *app_ruleset(const struct app *app)
{
        return app->book->rules.ruleset;
}

const struct contacts *app_contacts(const struct app *app)
{
        return app->book->rules.contacts;
}

/* ---- rest ---- */

bool app_stirred(struct app *app)
{
        bool stirred = app->stirred;

        app->stirred = false;
        return stirred;
}

bool app_rest(struct app *app)
{
        bool more = store_rest(app->store);

        reader_keep(app, 1);
        arena_fini(&app->work);
        arena_fini(&app->rows);
        arena_fini(&app->raised_texts);
        (void)malloc_trim(0);
        return more;
}

/* ---- time that something took ---- */

/* Long work, such as a sweep, goes in steps, each with a commit of its own. */
#define STEP_US 20000
#define STEP_CALLED_US 1000
#define CALLED_LATELY_US 1000000

int64_t app_stopwatch(const struct app *app)
{
        return app->settings.stopwatch_us == NULL ? 0 : app->settings.stopwatch_us();
}

bool app_step_over(const struct app *app, int64_t began_us)
{
        int64_t now_us = app_stopwatch(app);
        bool called = app->called_us != 0 && now_us - app->called_us < CALLED_LATELY_US;

        return now_us - began_us >= (called ? STEP_CALLED_US : STEP_US);
}
