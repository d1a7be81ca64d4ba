/*
 * ack - acknowledgements, for those who raise and those who list. Private to daemon/app.
 */
#ifndef APP_ACK_INSIDE_H
#define APP_ACK_INSIDE_H

#include "inside.h"
#include "mappad/app_ack.h"
#include "mappad/store_ack.h"

/* Acknowledgements with their texts kept in an arena. */
struct ack_list {
        struct store_ack *list;
        size_t count, capacity;
        struct arena *arena;
};
/* Purpose: a sink for store_acks_of and its like; context is a struct ack_list. */
MUST_CHECK enum status ack_keep(void *context, const struct store_ack *ack);

/* Purpose: the same for those outside, as of a day. Texts are those of the row. */
struct app_ack ack_of(const struct store_ack *row, int32_t day);

/* Purpose: whether one was given to an alert, or to another of the same stage and due date. */
bool ack_covers(const struct store_ack *ack, const struct store_alert *alert);
/* Purpose: read those given to an alert or to others of the same obligation. */
MUST_CHECK enum status acks_about(struct app *app, const struct store_alert *alert, struct ack_list *list);

/* Whether what an alert told of is still so. */
enum standing { STANDING_YES, STANDING_SETTLED, STANDING_MOVED };
/* Purpose: find out, as of the day up to which the cases are brought. *ret_due: the date now, for STANDING_MOVED. */
MUST_CHECK enum status alert_standing(struct app *app, const struct store_alert *alert, enum standing *ret_standing,
                                      int32_t *ret_due);

#endif
