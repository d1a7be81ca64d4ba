/*
 * http - questions to the daemon over its UNIX socket. The only home of libcurl here.
 */
#ifndef MAPPACTL_HTTP_H
#define MAPPACTL_HTTP_H

#include <jansson.h>

#include "command.h"
#include "mappad/wire.h"

#define DEFAULT_SOCKET "/run/mappad/mappad.sock"
#define BODY_MAX (1u << 20)     /* bytes of one request's body: the daemon's limit unless configured otherwise */

struct http;

/* Purpose: get ready to talk to the daemon that --socket, $MAPPAD_SOCKET or the default names; nothing is
 * connected yet. Errors: said, and *ret_http is NULL: OUTCOME_USAGE when what is given as socket or purpose can be
 * none. */
enum outcome http_open(const struct arguments *arguments, struct http **ret_http);
void http_close(struct http *http);

/* Purpose: let http_try wait for an answer no longer than so many milliseconds (at most five minutes, the default). */
void http_hurry(struct http *http, uint64_t ms);

/* Purpose: one question. body NULL: GET, else POST of length bytes (which may be 0).
 * Shape: *ret_answer is the JSON of a success, for json_decref; NULL otherwise.
 * Errors: said on standard error: OUTCOME_REFUSED with every problem that the daemon names,
 * OUTCOME_UNREACHABLE when there was no answer. */
enum outcome http_ask(struct http *http, const char *target, const struct wire_buffer *body, json_t **ret_answer);

/* Purpose: the same, but a refusal is not said: *ret_status tells, *ret_answer is the answer whatever it is. */
enum outcome http_try(struct http *http, const char *target, const struct wire_buffer *body, long *ret_status,
                      json_t **ret_answer);
/* Purpose: send a question without waiting for its answer, and wait for it later; nothing else is asked meanwhile. What
 * it records must have ids, since it may be sent twice.
 * Shape: the body stays as it is until http_end, which must follow what was begun. Errors: said, as by http_try. */
enum outcome http_begin(struct http *http, const char *target, const struct wire_buffer *body);
enum outcome http_end(struct http *http, long *ret_status, json_t **ret_answer);

/* Purpose: say that an answer is not what was asked for: it lacks what each such answer has. OUTCOME_UNREACHABLE. */
enum outcome http_not_understood(void);
/* A member that each answer of a kind has, and of which type it is; JSON_TRUE: true or false. */
struct http_need { const char *member; json_type type; };
/* Purpose: refuse as not understood a success that lacks such a member, or has something else for it, and say which;
 * what is no success stays as it is. *answer is freed, and NULL, when it is refused. */
enum outcome http_needs(enum outcome outcome, struct http_need need, json_t **answer);
/* Purpose: after OUTCOME_UNREACHABLE: whether the system keeps this user from the socket; whether the question may have
 * arrived, and been acted upon, though no answer came. */
bool http_forbidden(const struct http *http);
bool http_arrived(const struct http *http);
/* Purpose: one question whose answer is no JSON, and begins so. Owns: the text, whole, for wire_buffer_fini; empty
 * on failure. Errors: as http_ask. */
enum outcome http_text(struct http *http, const char *target, const char *begins, struct wire_buffer *ret_text);
/* Purpose: say what an error answer says. line_names gives the caller's name for a line number (NULL: itself). */
typedef uint64_t (*line_name_fn)(const void *context, uint64_t line);
void http_say_refusal(const json_t *answer, line_name_fn line_names, const void *context);

/* Purpose: follow a stream until it ends or the sink says false; last_event_id 0: none. *ret_status is the status of
 * the answer, 0 when there was none. An end is OUTCOME_OK however it came, since a stream has none of its own.
 * Errors: as http_ask; OUTCOME_REFUSED also when sink stopped it, without a word. */
typedef bool (*stream_fn)(void *context, const char *bytes, size_t length);
enum outcome http_stream(struct http *http, const char *target, uint64_t last_event_id, stream_fn sink, void *context,
                         long *ret_status);

/* Purpose: one question whose answer comes in pieces. body NULL: GET, else POST of length bytes (which may be 0).
 * Errors: said on standard error, as http_ask; OUTCOME_REFUSED also when sink stopped it, without a word. */
enum outcome http_pour(struct http *http, const char *target, const struct wire_buffer *body, stream_fn sink,
                       void *context);

/* Purpose: the whole of a command that asks one thing: connect, end the target, ask, hang up.
 * Errors: as http_open and http_ask. */
enum outcome http_fetch(const struct arguments *arguments, struct wire_buffer *target, json_t **ret_answer);

/* An option of a command and the parameter of a target that it becomes. A table of them ends with NULL. */
struct option_parameter { const char *option, *parameter; };

/* Purpose: append each option of the table that was given. */
void target_options(struct wire_buffer *target, const struct arguments *arguments,
                    const struct option_parameter *table);
/* Purpose: build a target: append "?" or "&", name, "=" and the value with what is special escaped;
 * append a path segment escaped. */
void target_query(struct wire_buffer *target, const char *name, const char *value);
void target_segment(struct wire_buffer *target, const char *segment);
/* Purpose: append a member to the object that a body is, which was begun by "{". A value of NULL: it has none. */
void body_put(struct wire_buffer *body, const char *key, const char *value);
/* Purpose: end a text with NUL. False when memory ran out. */
bool target_end(struct wire_buffer *target);

#endif
