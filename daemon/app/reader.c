/*
 * reader - connections that see the record as it stood when they began.
 *
 * One that is given back is kept for the next question; how many are out at a
 * time is bounded, since each holds pages and keeps the log from shrinking.
 */
#include "inside.h"

enum status reader_take(struct app *app, struct store **ret_reader)
{
        enum status status;

        if (app->readers == APP_READERS_MAX)
                return STATUS_LIMIT;
        if (app->idle_reader != NULL) {
                *ret_reader = app->idle_reader;
                app->idle_reader = NULL;
                status = store_reader_begin(*ret_reader);
        } else {
                status = store_reader_open(app->store, ret_reader);
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
        store_reader_end(reader);
        if (app->idle_reader == NULL)
                app->idle_reader = reader;
        else
                store_close(reader);
}
