/*
 * verify - checking a file, for the commands that need it sound.
 */
#ifndef MAPPACTL_VERIFY_H
#define MAPPACTL_VERIFY_H

#include <jansson.h>

#include "command.h"

struct app_verify_heads;

/* Purpose: check a file that nobody serves. *ret_answer has the form of the daemon's answer, for json_decref.
 * Errors: OUTCOME_REFUSED after saying why it cannot be looked at at all. */
enum outcome verify_file(const char *path, const struct app_verify_heads *heads, json_t **ret_answer);
/* Purpose: print what a copy that was checked is called, how many events it has, and their head. */
void verify_say_copy(const char *path, const json_t *answer);

#endif
