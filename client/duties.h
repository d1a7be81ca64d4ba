/*
 * duties - the obligations of one case, parted and in the order of their days.
 */
#ifndef MAPPACTL_DUTIES_H
#define MAPPACTL_DUTIES_H

#include "table.h"

/* Purpose: whether an obligation of an answer is met or has ended. */
bool duty_closed(const json_t *row);
/* Purpose: those that are closed by the day on which they were, or those that are owed by their due date, the ones that
 * lack it last; of one day as the answer has them. Owns: the caller. NULL: no memory. */
json_t *duties_by_day(const json_t *obligations, bool closed);

#endif
