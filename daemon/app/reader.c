/*
 * reader - connections that see the record as it stood when they began.
 *
 * Some that are given back are kept for the next questions, with what they see as long
 * as that is the latest: a transaction of ours ends it, but for one that only adds to
 * the log of accesses, until the write-ahead log must begin anew. How many are out at a time
 * is bounded, since each holds pages and keeps the log from shrinking.
 */
#include "inside.h"
#include "mappad/app_query.h"

/* How many times as long as it should be the store's log is. */
#define LOG_PRESSED 3
#define LOG_CHOKED 8

enum app_room app_snapshot_room(const struct app *app)
{
        int times = store_log_times(app->store);

        if (app->readers == 0)
                return APP_ROOM_FREE;
        if (app->disk_full || times >= LOG_CHOKED)
                return APP_ROOM_CHOKED;
        return app->readers == APP_READERS_MAX || times >= LOG_PRESSED ? APP_ROOM_PRESSED : APP_ROOM_FREE;
}

int app_snapshot_haste(const struct app *app)
{
        int times = store_log_times(app->store);

        return times <= LOG_PRESSED ? 0 : times >= LOG_CHOKED ? LOG_CHOKED - LOG_PRESSED : times - LOG_PRESSED;
}

bool app_snapshot_late(const struct app *app)
{
        return app->late != NULL;
}

enum status reader_take(struct app *app, struct store **ret_reader)
{
        bool late = app_snapshot_room(app) == APP_ROOM_CHOKED;
        enum status status = STATUS_OK;

        if (app->readers == APP_READERS_MAX)
                return STATUS_LIMIT;
        if (app->readers == 0)
                app->undisturbed = !store_in_transaction(app->store);
        if (app->idle_count == 0) {
                status = store_reader_open(app->store, ret_reader);
        } else {
                struct idle_reader idle = app->idle[--app->idle_count];
                *ret_reader = idle.reader;
                if (!idle.sees)
                        status = store_reader_begin(*ret_reader);
        }
        if (*ret_reader != NULL)
                app->readers++;
        if (late)
                app->late = *ret_reader;
        return status;
}

void reader_give(struct app *app, struct store *reader)
{
        if (reader == NULL)
                return;
        app->readers--;
        if (app->late == reader)
                app->late = NULL;
        if (app->idle_count == APP_READERS_KEPT) {
                store_reader_end(reader);
                store_close(reader);
                return;
        }
        /* SQLite ends the snapshot itself after some failures. */
        struct idle_reader idle = {reader, app->undisturbed && store_in_transaction(reader)};
        if (!idle.sees)
                store_reader_end(reader);
        app->idle[app->idle_count++] = idle;
}

void reader_disturb(struct app *app)
{
        app->undisturbed = false;
        for (size_t i = 0; i < app->idle_count; i++) {
                if (app->idle[i].sees)
                        store_reader_end(app->idle[i].reader);
                app->idle[i].sees = false;
        }
}

void reader_keep(struct app *app, size_t count)
{
        while (app->idle_count > count)
                store_close(app->idle[--app->idle_count].reader);
        for (size_t i = 0; i < app->idle_count; i++)
                (void)store_rest(app->idle[i].reader);
}
