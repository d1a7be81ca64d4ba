/*
 * reader - connections that see the record as it stood when they began.
 *
 * One that is given back is kept for the next question, with what it sees as long
 * as that is the latest: a transaction of ours ends it, but for one that only adds to
 * the log of accesses, until the write-ahead log must begin anew. How many are out at a time
 * is bounded, since each holds pages and keeps the log from shrinking.
 */
#include "inside.h"

enum status reader_take(struct app *app, struct store **ret_reader)
{
        enum status status = STATUS_OK;

        if (app->readers == APP_READERS_MAX)
                return STATUS_LIMIT;
        if (app->readers == 0)
                app->undisturbed = !store_in_transaction(app->store);
        if (app->idle_reader == NULL) {
                status = store_reader_open(app->store, ret_reader);
        } else {
                *ret_reader = app->idle_reader;
                app->idle_reader = NULL;
                if (!app->idle_sees)
                        status = store_reader_begin(*ret_reader);
                app->idle_sees = false;
        }
        if (*ret_reader != NULL)
                app->readers++;
        return status;
}

void reader_give(struct app *app, struct store *reader)
{
        if (reader == NULL)
                return;
        app->readers--;
        if (app->idle_reader != NULL) {
                store_reader_end(reader);
                store_close(reader);
                return;
        }
        app->idle_reader = reader;
        /* SQLite ends the snapshot itself after some failures. */
        app->idle_sees = app->undisturbed && store_in_transaction(reader);
        if (!app->idle_sees)
                store_reader_end(reader);
}

void reader_disturb(struct app *app)
{
        app->undisturbed = false;
        if (app->idle_sees)
                store_reader_end(app->idle_reader);
        app->idle_sees = false;
}
