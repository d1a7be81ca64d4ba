/*
 * outbox.c - the app's outbox, as the mail room asks it.
 *
 * The only file of this room that calls the app: everything else is tested
 * against an outbox in memory.
 */
#include "mappad/mail.h"

#define PAGE 32 /* rows of one question; the room asks on while it has places */

static enum status due(void *context, struct moment moment, struct app_outbox_place after, app_message_fn sink,
                       void *sink_context)
{
        return app_outbox_due(context, moment, &after, PAGE, sink, sink_context);
}

static enum status letter(void *context, const struct app_message *message, app_message_fn sink, void *sink_context)
{
        return app_outbox_letter(context, message, sink, sink_context);
}

static enum status report(void *context, struct app_report told)
{
        return app_outbox_report(context, told);
}

struct mail_outbox mail_outbox_of(struct app *app)
{
        return (struct mail_outbox){.context = app, .due = due, .letter = letter, .report = report};
}
