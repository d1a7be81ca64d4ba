/*
 * fair - who is served first, and when enough was served in a turn of the loop. Private to daemon/api.
 *
 * Whoever lets some time pass after an answer goes before those who ask as fast as they are answered: so the one who
 * asks now and then does not stand in the queue of sixty others. Time in that queue is not counted, else everybody
 * would go first where answers are long, and nobody else would be served. Should those who go first be so many that
 * they alone take all the time, nobody goes first until others were served.
 *
 * A turn serves requests for a millisecond and then ends, so that what was asked is answered and recorded; what else
 * has come by then is served in the next, after those who go first.
 */
#ifndef API_FAIR_H
#define API_FAIR_H

#include <stdbool.h>
#include <stdint.h>

/* Of what turns serve. Units: of a clock that goes on. */
struct fair_turn {
        int64_t began_us;       /* when the first request of the turn came to be served; INT64_MIN: none did */
        bool patient;           /* somebody who goes first was served in it */
};

/* Purpose: a turn in which nothing was served. */
struct fair_turn fair_turn_begin(void);
/* Purpose: whether somebody who took the last answer then and has asked nothing until now goes first with the next
 * question. Example: 20 ms later yes, 19 ms later no. */
bool fair_is_patient(int64_t taken_us, int64_t now_us);
/* Purpose: whether others than those who go first have not been served for so long, a tenth of a second, that nobody is
 * to be put before them. */
bool fair_starves(int64_t usual_us, int64_t now_us);
/* Purpose: note in a turn that a request begins to be served. */
void fair_serve(struct fair_turn *turn, int64_t now_us);
/* Purpose: note that it was, and say whether the turn serves no more: its time is over; or those who go first were all
 * served, which the first of the others tells, and are to be answered. */
bool fair_served(struct fair_turn *turn, int64_t now_us, bool patient);

#endif
