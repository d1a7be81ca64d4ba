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

/* What may have been acknowledged, of one obligation, as of a day: an alert, or another of a stage and due date. */
struct ack_matter { uint64_t alert; uint32_t stage; int32_t due, today; };
/* Purpose: whether an acknowledgement is of that, and holds. Shape: it is of the same obligation; alert 0: of the stage
 * and date alone; stage 0: of the alert alone. */
bool ack_holds(const struct store_ack *ack, const struct ack_matter *matter);
/* Purpose: read those given to an alert or to others of the same obligation. */
MUST_CHECK enum status acks_about(struct app *app, const struct store_alert *alert, struct ack_list *list);

/* Purpose: whether an alert is in sight: that its case is, and, of one about mail, that every case is counted, since a
 * case out of sight may be all that it came of. Pure. */
bool alert_seen(struct sight sight, const struct store_alert *alert);

/* Whether what an alert told of is still so. */
enum standing { STANDING_YES, STANDING_SETTLED, STANDING_MOVED };
/* Purpose: find out, as of the day up to which the cases are brought. *ret_due: the date that it has now, or the
 * alert's own where it told of none, or of something that is not open. */
MUST_CHECK enum status alert_standing(struct app *app, const struct store_alert *alert, enum standing *ret_standing,
                                      int32_t *ret_due);

#endif
