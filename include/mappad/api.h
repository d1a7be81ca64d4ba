/*
 * api - the routes of the socket.
 *
 * One table says which methods and paths there are, who may use them and what
 * parameters they take; handlers ask the application and write JSON. The
 * contract is docs/openapi.yaml.
 */
#ifndef MAPPAD_API_H
#define MAPPAD_API_H

#include "mappad/app_alert.h"
#include "mappad/contacts.h"
#include "mappad/diagnostics.h"
#include "mappad/http.h"
#include "mappad/moment.h"
#include "mappad/permit.h"
#include "mappad/rulefile.h"

struct api;

/* What only the daemon knows of itself. Texts live until the next question. */
struct api_facts {
        const char *version;
        const char *time_zone;
        int64_t started_ms;
        int64_t loaded_ms;              /* rules in force since */
        int64_t last_sweep_ms;          /* INT64_MIN: none yet */
        int64_t next_sweep_ms;          /* the earliest not done: at or before now while one is at work or in trouble */
        int64_t sweep_us;               /* work of the last sweep since the start; -1: none yet */
        uint64_t mail_attempts[APP_VERDICTS];   /* since the start, by how they ended */
        struct http_times turns;        /* of the loop, since the start */
        const char *trouble;            /* why day, sweep or outbox could not be dealt with; NULL: they could */
        const char *reload_failure;     /* why the last reload was refused; NULL: it was not */
        const char *awaiting;           /* seal of what the last reload read and nobody has accepted; or NULL */
};

/* A reload: what is asked, and what came of it. */
struct api_reload {
        const char *accept;             /* seal whose effect the caller has seen; NULL: none */
        struct app_actor by;
        bool waits;                     /* out: the files say something else than what is in force and than accept, and
                                           nothing was changed */
        char seal[65];                  /* out: of what the files say */
        struct app_rules rules;         /* out, if waits: what they say, for a preview; the caller's, by its release */
};

/* Rules and contacts as somebody sent them. */
struct api_texts {
        const struct rulefile_text *rules; size_t rule_count;   /* none: those in force */
        const struct rulefile_text *contacts;                   /* NULL: those in force */
};

/* What the routes need from whoever wires the daemon. */
struct api_host {
        struct moment (*now)(void *context);
        void (*facts)(void *context, struct api_facts *ret_facts);
        /* Reads everything anew and puts it in force, or waits. STATUS_INVALID: refused, problems say why; in any case
         * they hold the warnings. */
        enum status (*reload)(void *context, struct api_reload *reload, struct diagnostics *problems);
        /* Reads and checks rules and contacts, as the files say them now (texts NULL) or as they were sent, and changes
         * nothing. *ret_rules is the caller's, by its release; what was not sent is NULL in it. Status as reload. */
        enum status (*read)(void *context, const struct api_texts *texts, struct app_rules *ret_rules,
                            struct diagnostics *problems);
        enum status (*identify)(void *context, int fd, struct peer *ret_peer);
        void *context;
        struct http_memory memory;
        log_fn log;
        void *log_context;
        int64_t (*stopwatch_us)(void);          /* see http.h */
        int64_t (*worked_us)(void);
};

/* Purpose: make the routes and their server on a base. Owns: nothing of what is given; app outlives it.
 * Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status api_new(struct event_base *base, struct app *app, const struct api_host *host,
                               const struct http_limits *limits, struct api **ret_api);
/* Purpose: release it; clients that still wait are cut off. NULL is nothing. */
void api_free(struct api *api);
/* Purpose: a turn of the loop has ended. While too many snapshots are held, or the store's log has become too long, the
 * long answer whose client has left its socket full for longest, for more than five seconds in all, or a tenth of one
 * where nothing can be recorded else, is broken off: one in a turn. */
void api_turn(struct api *api);
/* Purpose: the server beneath, for listening, limits and the end. */
struct http_server *api_server(struct api *api);

/* One row of the table of routes, for documents and tests. */
struct api_route_row {
        const char *method;
        const char *pattern;            /* "/v1/cases/{ref}" */
        struct permit_need need;        /* role, and how much of the caseload it tells of */
        bool writes;
        const char *help;
        const char *shows;              /* its word in the log of accesses; NULL: shows nothing of a case */
};
/* Purpose: the nth row; false past the last. */
bool api_route(size_t index, struct api_route_row *ret_row);

#endif
