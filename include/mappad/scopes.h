/*
 * scopes - compartments and agencies of the configuration in the words of a rule set.
 *
 * What a scope may ask about is what events set, and words alone: a date, or an
 * attribute that is derived, may change by the mere passing of a day, and then a
 * case would come into somebody's sight without anything having been recorded.
 */
#ifndef MAPPAD_SCOPES_H
#define MAPPAD_SCOPES_H

#include "mappad/rule.h"
#include "mappad/settings.h"
#include "mappad/sight.h"

/* Purpose: the scopes of a configuration over the attributes of a rule set; bit n is that of settings->scopes[n].
 * Owns: *ret_scopes is the caller's, to be given to scopes_free; it does not depend on what it was made of.
 * Errors: STATUS_INVALID, with every attribute and value that the rules do not have in diagnostics, its line and the
 * nearest that they have; STATUS_NO_MEMORY. */
MUST_CHECK enum status scopes_make(const struct settings *settings, const struct ruleset *ruleset,
                                   struct diagnostics *diagnostics, struct scopes **ret_scopes);
/* Purpose: release them. NULL is nothing. */
void scopes_free(struct scopes *scopes);

#endif
