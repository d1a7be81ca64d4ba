/*
 * room - what the handlers of daemon/api share. Private to daemon/api.
 */
#ifndef API_ROOM_H
#define API_ROOM_H

#include "mappad/api.h"
#include "mappad/app_access.h"
#include "mappad/app_alert.h"
#include "mappad/app_law.h"
#include "mappad/app_query.h"
#include "query.h"

#define API_PARAMETERS_MAX 12
#define API_DETAIL_SIZE 256             /* of what is logged of a question, if it is not its parameters */
#define API_CASES_LIMIT 100             /* cases and alerts of a page when no limit is asked for */

/* For want of what somebody was refused. */
enum api_denial { API_DENIED_STRANGER, API_DENIED_ROLE, API_DENIED_SIGHT, API_DENIED_CASE };
#define API_DENIALS 4

struct event_base;
struct api_listing;
struct api_previewing;
struct api_listener;
struct api_backing;
struct page;
struct event;

struct api {
        struct event_base *base;
        struct app *app;
        struct api_host host;
        struct http_server *server;
        struct api_listing *listings;   /* long answers on their way */
        struct api_previewing *previews;        /* comparisons on their way */
        struct api_listener *listeners; /* open alert streams */
        size_t listener_count;
        struct api_listener *next_told; /* whose turn it is to be told; NULL: the first one's */
        size_t untold;                  /* how many are to be told yet */
        uint64_t alerts_logged;         /* a line each, of pieces that follow each other */
        struct event *telling;          /* goes on with them in the next turn of the loop */
        struct event *beat;             /* runs only while there are streams */
        struct api_listener *next_beaten; /* who is told next that the daemon lives; NULL: all were */
        struct event *beating;          /* goes on with them in the next turn of the loop */
        uint64_t denied[API_DENIALS];   /* requests refused to whoever asked, since the start */
        uint32_t denied_told;           /* of these, lines written in the present minute */
        uint32_t denied_untold;         /* and those that were too many for it */
        struct event *hush;             /* ends that minute */
        struct api_backing *backing;    /* a backup on its way, or NULL */
        struct page *pages;             /* lists that are kept as text, or NULL */
        bool verifying;                 /* a check of the record is running: one at a time */
};

/* One request as a handler sees it. Lives during the call only. */
struct api_call {
        struct api *api;
        struct http_request *request;
        struct moment now;
        const char *parameter;          /* what {x} of the path stands for, or NULL */
        const struct query *query;
        const char *shows;              /* the word that its answer is logged under; NULL: it is not */
        const char *detail;             /* what is logged of the question; NULL: its parameters as they were sent */
        struct book *law;               /* what "rules" asks for; NULL: nothing but those in force */
};

typedef void (*api_handle_fn)(const struct api_call *call);

struct api_route {
        enum http_method method;
        const char *pattern;
        enum role role;
        enum permit_reach reach;        /* how much of the caseload its answer tells of */
        bool writes;
        bool attributes;                /* the rule set's attributes are parameters too */
        api_handle_fn handle;
        const char *parameters[API_PARAMETERS_MAX];
        const char *help;
        const char *shows;              /* what its answer is in the log of accesses; NULL: nothing of a case */
};

/* parameters.c: whether a path is of a pattern, and what its {x} stands for; whether a route takes a parameter;
 * whether it takes all of a question's. */
bool route_fits(const char *pattern, const struct query_path *path, const char **ret_parameter);
bool route_knows(const struct api_route *route, const char *name);
bool route_parameters_known(const struct vocabulary *vocabulary, const struct api_route *route,
                            const struct query *query, struct wire_problem *ret_problem);
/* Purpose: the rules that a question asks for by digest, or those of the time that "known-at" names. */
MUST_CHECK enum status route_law(const struct api *api, const struct api_route *route, const struct query *query,
                                 struct book **ret_law, struct wire_problem *ret_problem);

/* Purpose: the routes, in the order in which they are tried (table.c). */
#define API_ROUTES 44
extern const struct api_route api_table[API_ROUTES];

/* What an answer shows. */
struct api_shown {
        const char *what;               /* NULL: the route's word */
        const char *case_ref;           /* the one case; NULL: not about one */
        int64_t rows;                   /* -1: not known yet */
        int code;                       /* of the answer; 0: 200 */
};
/* Purpose: whether the purpose that came along can be kept; else the request is answered. */
bool api_purpose_good(struct http_request *request);
/* Purpose: log what is to be shown, and hear when that is durable. */
MUST_CHECK enum status api_log(const struct api_call *call, const struct api_shown *shown, app_access_done_fn done,
                               void *context);
/* Who asked, kept for the line that says how far a long answer came: the request may be gone by then. */
struct api_trace { uint32_t uid; char user[64]; char purpose[APP_PURPOSE_MAX + 1]; };
void api_trace(const struct api_call *call, struct api_trace *ret_trace);
/* Purpose: log the end of a long answer; nobody waits for it. */
void api_log_end(struct api *api, const struct api_trace *trace, const struct api_shown *shown);
/* Purpose: answer with JSON once the log says so, else refuse. Owns: what buffer holds, which is empty then. */
void api_show(const struct api_call *call, const struct api_shown *shown, struct wire_buffer *buffer);
/* Purpose: answer with JSON; a failed buffer becomes a 503. Owns: the memory of a long answer goes with it, the buffer
 * is empty then. */
void api_reply(struct http_request *request, int code, struct wire_buffer *buffer);
/* Purpose: answer with an error of the contract's form. */
void api_refuse(struct http_request *request, int code, const struct wire_problem *problem);
struct api_fault {
        int code;                       /* of HTTP */
        const char *word;               /* for programs */
        const char *field;              /* NULL: about no field */
};
__attribute__((format(printf, 3, 4)))
void api_error(struct http_request *request, struct api_fault fault, const char *format, ...);
/* Purpose: answer that the world failed; STATUS_INVALID is a 400 with the problem (which may be NULL). */
void api_failed(struct http_request *request, enum status status, const struct wire_problem *problem);
/* Purpose: the code for a refused event: what is no JSON at all is 400; what was understood and is not allowed 422. */
int api_refusal_code(const struct wire_problem *problem);
/* Purpose: the code for a refusal by its word, of a table that a row without a word ends: the code of that row is for
 * every other word. */
struct api_word_code { const char *word; int code; };
int api_code_of(const struct wire_problem *problem, const struct api_word_code *codes);
/* Purpose: the code for a status. */
int api_code(enum status status);

/* Purpose: append "key": and a value that may be absent. */
void api_put_text(struct wire_buffer *buffer, const char *key, const char *text);
void api_put_number(struct wire_buffer *buffer, const char *key, int64_t number);
void api_put_date(struct wire_buffer *buffer, const char *key, int32_t day);
void api_put_instant(struct wire_buffer *buffer, const char *key, int64_t ms, int64_t none);
void api_put_bool(struct wire_buffer *buffer, const char *key, bool truth);
/* Purpose: append "key": number, or null for 0, which is no number of a record. */
void api_put_seq(struct wire_buffer *buffer, const char *key, uint64_t seq);
/* Purpose: append the object of open obligations by state. */
void api_put_open32(struct wire_buffer *buffer, const uint32_t open[APP_OPEN_STATES]);
void api_put_open64(struct wire_buffer *buffer, const uint64_t open[APP_OPEN_STATES]);
/* Purpose: the body as an object without members that are not among names; NULL after answering. An empty body is an
 * empty object. */
struct json_t *api_read_body(const struct api_call *call, const char *const *names, size_t count);
/* Purpose: who is asking, and which cases they see. Owns: as long as the request. */
struct app_actor api_actor(const struct api_call *call);
struct sight api_sight(const struct api_call *call);
/* Purpose: count and log that somebody was refused; case_ref: the case it was about, or NULL. */
void api_denied(struct api *api, const struct http_request *request, enum api_denial denial, const char *case_ref);
/* Purpose: answer that a route is not for whoever asks; needed: the role it is for. */
void api_refuse_peer(struct api *api, struct http_request *request, enum permit_verdict verdict, enum role needed);
/* Purpose: let the log hear of refusals again. */
void api_minute_ended(int fd, short what, void *arg);
/* Purpose: how many were refused, for whatever reason, since the start. */
uint64_t api_denied_count(const struct api *api);
/* Purpose: count and log that a case was asked for, if there is one and it is out of sight; NULL is nothing. */
void api_note_case(const struct api_call *call, const char *case_ref);
/* Purpose: answer that something failed; of a case that is out of sight, which is answered as one that there is not,
 * count and log it. */
void api_failed_about(const struct api_call *call, enum status status, const struct wire_problem *problem,
                      const char *case_ref);
/* Purpose: append an acknowledgement as an object. */
void api_put_ack(struct wire_buffer *buffer, const struct app_ack *ack);
/* Purpose: what "as-of", "known-at" and "rules" ask for. Errors: false with *ret_problem. */
bool api_take_axes(const struct api_call *call, struct app_axes *ret_axes, struct wire_problem *ret_problem);
/* Purpose: append "as_of", "known_at" (null: everything) and "under", the digest of rules: what an answer is about. */
void api_put_axes(struct wire_buffer *buffer, int32_t as_of, int64_t known_at, const struct ruleset *ruleset);
/* Purpose: the case of the path, and the axes. false after answering. */
bool api_take_case(const struct api_call *call, struct app_axes *ret_axes);
/* Purpose: append the members of the case of the path: what is known of it, its obligations, record (both_times: also
 * when and by whom a line was undone) and acknowledgements. Errors: STATUS_INVALID "unknown-case"; of the store. */
MUST_CHECK enum status api_put_case(const struct api_call *call, const struct app_axes *axes, bool both_times,
                                    struct wire_buffer *buffer, struct wire_problem *ret_problem);
/* Purpose: end the object and answer with it, once the log says that the case was shown. Owns: what buffer holds. */
void api_answer_case(const struct api_call *call, enum status status, const struct wire_problem *problem,
                     struct wire_buffer *buffer);
/* Purpose: append a message of the outbox, a line of the log of accesses, each without braces. */
void api_put_message(struct wire_buffer *buffer, const struct app_outbox_row *row);
void api_put_access(struct wire_buffer *buffer, const struct app_access_line *line);
/* Purpose: append an alert as an object. */
void api_put_alert(struct wire_buffer *buffer, const struct app_alert *alert);

/* Purpose: what a list of obligations is asked for. Shape: texts are those of the request. Errors: false with
 * *problem. */
bool api_take_filter(const struct api_call *call, struct app_obligation_filter *filter, struct wire_problem *problem);

void api_events(const struct api_call *call);
void api_retract(const struct api_call *call);
void api_export(const struct api_call *call);
void api_obligations(const struct api_call *call);
void api_feed(const struct api_call *call);
void api_cases(const struct api_call *call);
void api_case(const struct api_call *call);
void api_case_history(const struct api_call *call);
void api_subject_access(const struct api_call *call);
void api_erase(const struct api_call *call);
void api_erasures(const struct api_call *call);
void api_erasure(const struct api_call *call);
void api_retention(const struct api_call *call);
void api_alerts(const struct api_call *call);
void api_alert_stream(const struct api_call *call);
void api_ack(const struct api_call *call);
void api_routes(const struct api_call *call);
void api_outbox(const struct api_call *call);
void api_outbox_retry(const struct api_call *call);
void api_outbox_retry_failed(const struct api_call *call);
void api_rules(const struct api_call *call);
void api_status(const struct api_call *call);
void api_metrics(const struct api_call *call);
void api_explain(const struct api_call *call);
void api_certificate(const struct api_call *call);
void api_report(const struct api_call *call);
void api_report_cases(const struct api_call *call);
void api_forecast(const struct api_call *call);
void api_forecast_cases(const struct api_call *call);
void api_forecast_supposed(const struct api_call *call);
void api_report_seal(const struct api_call *call);
void api_seals(const struct api_call *call);
void api_seal_content(const struct api_call *call);
void api_seal_whole(const struct api_call *call);
void api_seal_changes(const struct api_call *call);
void api_reload(const struct api_call *call);
void api_rules_diff(const struct api_call *call);
void api_rules_accept(const struct api_call *call);
void api_rules_history(const struct api_call *call);
void api_editions(const struct api_call *call);
void api_verify(const struct api_call *call);
void api_access_log(const struct api_call *call);
void api_backup(const struct api_call *call);
void api_rules_hand_over(const struct api_call *call);

/* What becomes of a preview: its differences as lines, or its counts alone, as a refusal to reload. */
enum api_preview_form { API_PREVIEW_LINES, API_PREVIEW_REFUSAL };
struct api_preview_order {
        enum api_preview_form form;
        uint64_t limit;                 /* lines of differences; 0: all */
        bool outdated;                  /* a digest was accepted, and it is another */
        struct wire_buffer problems;    /* warnings as a JSON array; taken over */
};
/* Purpose: begin a preview and see to it that the request is answered. Owns: what the request gives, in any case. */
struct app_preview_request;
void api_preview(const struct api_call *call, struct app_preview_request *request, struct api_preview_order *order);
/* Purpose: append "problems": [...] of diagnostics. */
void api_put_problems(struct wire_buffer *buffer, const struct diagnostics *problems);
/* Purpose: give back rules that a host read. */
void api_release(struct app_rules *rules);

/* Purpose: begin and end what streams need: the listener for new alerts and the beat. */
MUST_CHECK enum status api_streams_open(struct api *api);
void api_streams_close(struct api *api);
/* Purpose: give up long answers that are still on their way. */
void api_listings_close(struct api *api);
void api_previews_close(struct api *api);
void api_backup_close(struct api *api);

#endif
