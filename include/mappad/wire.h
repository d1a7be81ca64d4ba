/*
 * wire - the JSON forms of what comes in and of what goes out.
 *
 * In: one event, or the retraction of one, as one JSON text against the words
 * of a rule set. Nothing is ignored: what is not understood is refused with a
 * code, a sentence, the field and the nearest valid word. Out: obligations,
 * stages, events and instants, written by hand into one growing buffer, since
 * a list of a hundred thousand rows must not cost an object each.
 * The room reads no clock and no file and knows nothing of cases recorded.
 */
#ifndef MAPPAD_WIRE_H
#define MAPPAD_WIRE_H

#include "mappad/obligation.h"

#define WIRE_LINE_MAX 65536             /* bytes of one event line; the longest sensible one has about 2,000 */
#define WIRE_MEMBERS_MAX 128            /* members of one object */
#define WIRE_WHY_MAX 500                /* bytes of a reason: UTF-8 without control characters */
#define WIRE_MESSAGE_SIZE 320
#define WIRE_FIELD_SIZE 72
#define WIRE_INSTANT_SIZE 25            /* "2026-03-30T07:30:00.000Z" and its NUL */

/* Why a line was refused. */
struct wire_problem {
        const char *code;               /* a word for programs, static: "unknown-value", "bad-date", ... */
        char message[WIRE_MESSAGE_SIZE];        /* a sentence without a full stop; printable, whatever was sent */
        char field[WIRE_FIELD_SIZE];    /* the member it is about; "" when it is about the whole line */
        const char *nearest;            /* the valid word that was probably meant, or NULL; lives as the rule set */
};

/* What a line is read against. */
struct wire_reader {
        const struct ruleset *ruleset;
        int32_t last_day;               /* an event dated later is refused; CIVIL_MAX: no check */
        bool recorded_at;               /* whether a line may carry "recorded-at" (files may, clients may not) */
};

/* One line as understood. Texts live in the caller's arena. */
struct wire_line {
        bool is_retraction;
        const char *case_ref;           /* NULL for a retraction: its case is that of the target */
        struct record record;           /* without fact.seq and refers, which are the caller's;
                                           recorded_at is INSTANT_ALWAYS when the line has none */
        const char *id;                 /* client's id of this event, or NULL */
        bool force;
        const char *target_id;          /* what is retracted or replaced, by id ... */
        uint64_t target_seq;            /* ... or by number (0: none); neither: nothing is */
        const char *why;                /* NULL without; always there in a retraction */
};

/* Purpose: read one event or retraction.
 * Shape: {"case","event","on", "item"?, "id"?, "force"?: true|false, "replaces"?: id or number, "why"?,
 * "recorded-at"?} and the event's fields, all strings (a set: a list of strings), or
 * {"retract": id or number, "why", "recorded-at"?}. "replaces" wants "why". A duplicate member, null, an
 * unknown member or word, an item key where none belongs (or none where one does) are refused. An empty
 * list gives a set field of no bit at all: present and empty, which unsets what it carries.
 * Owns: texts and fields in arena. Errors: STATUS_INVALID with *ret_problem filled (the arena may
 * have grown: wind it back); STATUS_NO_MEMORY. Cost: linear; no allocation outside the arena.
 * Example: {"case":"C1","event":"released","on":"2026-02-30"} gives "bad-date", field "on". */
MUST_CHECK enum status wire_event_parse(const struct wire_reader *reader, const char *text, size_t length,
                                        struct arena *arena, struct wire_line *ret_line,
                                        struct wire_problem *ret_problem);

/* Purpose: the id of a line that wire_event_parse refused, NULL if it has none or is no object: a
 * repeated id is skipped whatever else the line says. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status wire_id_peek(const char *text, size_t length, struct arena *arena, const char **ret_id);

/* Purpose: say in a sentence why casefile_admit refused a line: code "state", "constraint",
 * "item-unknown", "item-kind", "item-taken" or "not-standing", field and message.
 * Shape: admission->code is neither REFUSAL_NONE nor REFUSAL_NO_MEMORY. */
void wire_refusal_describe(const struct ruleset *ruleset, const struct wire_line *line,
                           const struct admission *admission, struct wire_problem *ret_problem);
/* Purpose: a problem of the caller's own making, in the same form. */
void wire_problem_set(struct wire_problem *ret_problem, const char *code, const char *field, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* Purpose: say what would be right: the nearest of the words, or if none is near and they are few, all of them, behind
 * the sentence: "; possible are "1", "2"". Shape: to a problem that was set. */
void wire_problem_suggest(struct wire_problem *problem, const char *word, const char *const *words, size_t count);
/* Purpose: those few words as such a half sentence; "" if they are more than ten or longer than the room. */
void wire_possible(const char *const *words, size_t count, char *text, size_t size);

/* A text that grows on the heap. Once failed it takes nothing more and stays failed, so that
 * a caller asks once, at the end. */
struct wire_buffer {
        char *data;                     /* not NUL-terminated; NULL while empty */
        size_t length;
        size_t capacity;
        bool failed;                    /* memory ran out */
};

/* Purpose: make it empty; give its memory back; forget its text but keep the memory. */
void wire_buffer_init(struct wire_buffer *buffer);
void wire_buffer_fini(struct wire_buffer *buffer);
void wire_buffer_reset(struct wire_buffer *buffer);

/* Purpose: append bytes as they are; a NUL-terminated text as it is. */
void wire_put(struct wire_buffer *buffer, const char *bytes, size_t length);
void wire_put_text(struct wire_buffer *buffer, const char *text);
/* Purpose: append a JSON string with its quotes (NULL: null). What is not UTF-8 becomes U+FFFD. */
void wire_put_string(struct wire_buffer *buffer, const char *text);
/* Purpose: append "key": with a comma before it unless the last byte is an opening bracket. */
void wire_put_key(struct wire_buffer *buffer, const char *key);
/* Purpose: append a number; true or false; a quoted date (CIVIL_NONE: null); a quoted instant
 * (INSTANT_ALWAYS: null). */
void wire_put_number(struct wire_buffer *buffer, int64_t number);
void wire_put_bool(struct wire_buffer *buffer, bool truth);
void wire_put_date(struct wire_buffer *buffer, int32_t day);
void wire_put_instant(struct wire_buffer *buffer, int64_t ms);

/* Purpose: append an obligation as a compact JSON object, keys in the order of the contract:
 * case, rule, item, title, state, started, opens, due, plan_by, provisional, met_on, ended_on,
 * booked, booked_late, paused, used_days, limit_days, days_left, version, strength, missing,
 * done, needed. What has no value is null. Nothing is appended after it. */
void wire_obligation_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                           const struct obligation *obligation, int32_t as_of);
/* Purpose: append a stage: case, rule, item, started, due, stage, repeat, day, reached, quiet, to. */
void wire_stage_write(struct wire_buffer *buffer, const struct ruleset *ruleset, const char *case_ref,
                      const struct obligation *obligation, const struct ladder_stage *stage);
/* Purpose: append the fields of an event as one object, absent ones left out. */
void wire_fields_write(struct wire_buffer *buffer, const struct event_type *type, const struct value *fields);
/* Purpose: append {"code","message","field"?,"nearest"?,"line"?} for a problem (line 0: none). */
void wire_problem_write(struct wire_buffer *buffer, const struct wire_problem *problem, uint64_t line);

/* Purpose: the word for a strength: must, should, expected. */
const char *wire_strength_word(enum strength strength);

/* Purpose: read an RFC 3339 instant: date, T (or t), time with at most nine decimals (cut to
 * milliseconds), Z (or z) or an offset. A second of 60 counts as the first of the next minute.
 * Errors: false, *ret_ms untouched. Example: "2023-03-26T02:30:00+01:00" is 1679794200000. */
bool wire_instant_parse(const char *text, size_t length, int64_t *ret_ms);
/* Purpose: write an instant in UTC with milliseconds; saturated to the years 1583 .. 9999. */
void wire_instant_format(int64_t ms, char text[static WIRE_INSTANT_SIZE]);

/* Purpose: make untrusted bytes printable for a message or a terminal: at most size - 1 bytes;
 * control characters, C1 and bidirectional controls and what is not UTF-8 become '?'. */
void wire_clean(const char *bytes, size_t length, char *ret_text, size_t size);
/* Purpose: whether a character may stand in a message, a terminal or a log: no control, none that turns the
 * direction of writing, none that is invisible. */
bool wire_code_harmless(uint32_t code);
/* Purpose: whether a text that a person wrote is one line: 1 to so many bytes of UTF-8 without control characters. */
bool wire_is_line(const char *text, size_t most);
/* Purpose: whether a text is a reason: 1 to WIRE_WHY_MAX bytes that wire_clean leaves as they are, not blanks alone.
 * Errors: false with a problem of the field "why". */
bool wire_reason_check(const char *why, struct wire_problem *ret_problem);
/* Purpose: length in bytes of the UTF-8 character at bytes (at most length), or 0 if there is none. */
size_t wire_utf8_length(const char *bytes, size_t length, uint32_t *ret_code);

#endif
