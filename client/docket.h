/*
 * docket - the record that a file of events makes, one case at a time, in memory
 * that does not grow with the file.
 *
 * Lines are admitted as if one after another in the order of the file. What a line
 * may say depends on those before it of its own case, and on whether its id was
 * used before anywhere. So lines are sorted by case, and each case is heard by
 * itself (roll.h); ids are looked through in an order of their own. The memory is
 * that of the largest case.
 */
#ifndef MAPPACTL_DOCKET_H
#define MAPPACTL_DOCKET_H

#include "command.h"
#include "roll.h"

struct docket;

/* Who hears of lines that were refused, and of those that break constraints which only flag (NULL: nobody), in the
 * order of the file. */
struct docket_sink {
        void (*refused)(void *context, uint64_t number, const struct wire_problem *problem);
        void (*flagged)(void *context, uint64_t number, const struct admission *admission);
        void *context;
};

/* Purpose: read every line of a file ("-": standard input) and tell what becomes of it. name: the file in messages.
 * Owns: rule set and sink outlive it; docket_close whatever comes back. Errors: said; OUTCOME_REFUSED. */
enum outcome docket_open(const struct ruleset *ruleset, const char *path, const char *name,
                         const struct docket_sink *sink, struct docket **ret_docket);
void docket_close(struct docket *docket);

/* Purpose: how many lines were refused; the latest day on which something was true (CIVIL_NONE: there is no event). */
uint64_t docket_refused(const struct docket *docket);
int32_t docket_last_day(const struct docket *docket);

/* Purpose: the next case in byte order of the references, NULL after the last. Owns: valid until the next call.
 * Errors: said. */
enum outcome docket_next(struct docket *docket, const struct roll_case **ret_case);

#endif
