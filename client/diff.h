/*
 * diff - the two ways of comparing: a file of events here, or the daemon's
 * caseload there.
 */
#ifndef MAPPACTL_DIFF_H
#define MAPPACTL_DIFF_H

#include "comparison.h"
#include "http.h"
#include "mappad/contacts.h"
#include "mappad/rulefile.h"

#define DIFF_SHOWN 50 /* differences shown unless asked otherwise */

/* Rules and contacts of one side, as files say them. */
struct diff_side {
        const char *rules;              /* directory or file; NULL: not given */
        const char *contacts;           /* NULL: not given */
        struct ruleset *ruleset;
        struct contacts *contact_list;  /* over a file */
        struct wire_buffer contact_text; /* over the daemon's caseload: it is the daemon that reads it */
};

struct diff {
        struct diff_side before, after;
        const char *facts;              /* NULL: the daemon's caseload */
        int32_t as_of;                  /* CIVIL_NONE: not given */
        uint64_t limit;                 /* 0: all */
        struct comparison *comparison;
};

/* Purpose: compare over a file of events. Says what is wrong; OUTCOME_REFUSED also when lines were refused. */
enum outcome diff_file(struct diff *diff);
/* Purpose: compare over the daemon's caseload. A side that is not given is what is in force, or what the daemon's files
 * say now. */
enum outcome diff_daemon(struct diff *diff, struct http *http);

#endif
