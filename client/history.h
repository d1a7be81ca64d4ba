/*
 * history - both times of a case's lines. Private to client.
 */
#ifndef MAPPACTL_HISTORY_H
#define MAPPACTL_HISTORY_H

#include "command.h"

/* Purpose: whether a word is what a case is called once it is erased; show what is left of it, for administrators.
 * Errors: said. */
bool history_is_erased(const char *word);
enum outcome history_erased_run(const struct arguments *arguments);

#endif
