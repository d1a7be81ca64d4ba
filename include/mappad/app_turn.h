/*
 * app_turn - what the loop does with the application, turn by turn (app.h).
 */
#ifndef MAPPAD_APP_TURN_H
#define MAPPAD_APP_TURN_H

#include "mappad/app.h"

/* Purpose: app_flush for a turn of the loop, in which nobody is to wait long for others: whoever only reads is answered
 * first; then batches are run, in order, until a millisecond or twice the time of the last commit has passed, and
 * committed. What is left waits for the next turn. */
void app_turn(struct app *app, struct moment moment);

/* Purpose: whether what was committed last is a piece of an import, and others were said to follow. */
bool app_more_follows(const struct app *app);

/* Purpose: go on with rules that come into force in steps (app_reload), by one step; *ret_more: others may be taken at
 * once. When the last case was derived under them they are in force, and moved dates are told in further steps. Shape:
 * in any turn in which the day has been brought up. Errors: of the store; the step is taken again by the next call. */
MUST_CHECK enum status app_turn_over(struct app *app, struct moment moment, bool *ret_more);

/* Purpose: say of a batch that more of the same follows: the urgent message that it brings about waits, so that the
 * pieces of an import bring one and not one each. It is written with the next transaction in which something else is
 * recorded, by the next sweep, and at the latest APP_MORE_MS after the last such batch and APP_MORE_MOST_MS after the
 * first. */
#define APP_MORE_MS 30000
#define APP_MORE_MOST_MS 300000
void app_batch_more(struct app_batch *batch);

/* Purpose: whether a transaction has begun since this was last asked; and giving back the memory that work took, once
 * there has been none for a while, and a piece of the disk. Returns whether there is more of it, for another call. */
bool app_stirred(struct app *app);
bool app_rest(struct app *app);

/* Purpose: whether the disk was full when the record was opened and the start has still to be noted. Nothing else is
 * written, and nothing is offered to be sent, before app_advance has found room for that. */
bool app_start_unnoted(const struct app *app);

#endif
