/*
 * signals - when the process hears of the signals that are meant for it.
 *
 * SIGTERM and SIGINT ask for the end, SIGHUP for the files to be read anew. They come into the turns of the loop
 * (loop_on_signal) and wait at all other times: a start is broken off between two of its steps, and what is being
 * closed is closed, however many come.
 */
#ifndef MAPPAD_SIGNALS_H
#define MAPPAD_SIGNALS_H

#include <stdbool.h>

/* Purpose: until something is opened: who asks for the end has it at once, with status 0, and SIGHUP waits. Whatever
 * was blocked or ignored by whoever started the process is so no more. */
void signals_begin(void);
/* Purpose: let them wait from now on. Threads that are begun while they do never hear of them. */
void signals_hold(void);
/* Purpose: let them come, those that have waited at once; whoever calls this listens. */
void signals_release(void);
/* Purpose: whether somebody has asked for the end and waits. */
bool signals_end_waits(void);

#endif
