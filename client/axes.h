/*
 * axes - which day, which state of the record, which rules: the options that
 * every question to the daemon about the caseload has.
 */
#ifndef MAPPACTL_AXES_H
#define MAPPACTL_AXES_H

#include "http.h"
#include "mappad/rule.h"

#define AXES_OPTIONS                                                                                                   \
        {"--as-of", "DATE", "as of another day than today"},                                                           \
                {"--known-at", "INSTANT", "as the record was known then"},                                             \
        {                                                                                                              \
                "--rules", "DIGEST|DIR", "under other rules: of a digest, of a folder, or \"then\""                    \
        }

/* Purpose: append what --as-of, --known-at and --rules say. Rules of a folder are read here, so that their mistakes
 * are named, and handed over to the daemon; they come into force by nothing that is asked under them.
 * Errors: said; OUTCOME_REFUSED, OUTCOME_UNREACHABLE. */
enum outcome axes_put(const struct arguments *arguments, struct http *http, struct wire_buffer *target);
/* Purpose: the whole of a command that asks one thing along the axes: connect, axes_put, end the target, ask, hang
 * up. Errors: as axes_put, http_open and http_ask. */
enum outcome axes_fetch(const struct arguments *arguments, struct wire_buffer *target, json_t **ret_answer);
/* Purpose: the same, with an answer that comes in pieces. Errors: as http_pour. */
enum outcome axes_pour(const struct arguments *arguments, struct wire_buffer *target, stream_fn sink, void *context);
/* Purpose: whether any of them was given. */
bool axes_given(const struct arguments *arguments);
/* Purpose: append ", as known at ..." and ", under rules ..." of an answer, as far as they were asked for. */
void axes_put_words(struct wire_buffer *out, const struct arguments *arguments, const json_t *answer);

/* Purpose: append "rules": [{"name", "text"} ...] of a rule set. False when memory ran out. */
bool axes_put_rules(struct wire_buffer *body, const struct ruleset *ruleset);

#endif
