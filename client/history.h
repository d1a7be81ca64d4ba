/*
 * history - both times of a case's lines. Private to client.
 */
#ifndef MAPPACTL_HISTORY_H
#define MAPPACTL_HISTORY_H

#include "list.h"

/* Purpose: whether a word is what a case is called once it is erased; show what is left of it, for administrators.
 * Errors: said. */
bool history_is_erased(const char *word);
enum outcome history_erased_run(const struct arguments *arguments);

/* Purpose: append the history of a case as a page, with the columns that people have on a terminal. */
void html_history(const struct arguments *arguments, const json_t *answer, const struct column *columns,
                  struct wire_buffer *out);

#endif
