/*
 * offline - rules and events from files, for the commands that need no daemon.
 */
#ifndef MAPPACTL_OFFLINE_H
#define MAPPACTL_OFFLINE_H

#include "command.h"
#include "docket.h"
#include "mappad/rulefile.h"

/* A rule set and the record that a file of events makes under it. */
struct offline {
        struct ruleset *ruleset;
        struct docket *docket;
        const char *path;       /* of the events, as messages name it */
};

/* Purpose: load the rules of every --rules. Errors: false after saying what is wrong. */
bool offline_rules(const struct arguments *arguments, struct ruleset **ret_ruleset);
/* Purpose: load the rules of every --rules and read the events of a path ("-": standard input).
 * Shape: zeroed before; offline_fini whatever comes back. Errors: OUTCOME_REFUSED after saying what is wrong; refused
 * lines are said and counted, and are no error here. */
enum outcome offline_load(struct offline *offline, const struct arguments *arguments, const char *path);
void offline_fini(struct offline *offline);

/* Purpose: the case of a reference, or NULL. Shape: no case was asked for before. Owns: as docket_next.
 * Errors: said. */
enum outcome offline_case(const struct offline *offline, const char *ref, const struct roll_case **ret_case);

/* Purpose: say that there is no rule of this name, and the nearest that there is: OUTCOME_REFUSED. */
enum outcome no_such_rule(const struct ruleset *ruleset, const char *id);

/* Purpose: --as-of (which must be given) and --known-at. Errors: false after saying so. */
bool offline_when(const struct arguments *arguments, int32_t *ret_as_of, int64_t *ret_known_at);

#endif
