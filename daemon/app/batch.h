/*
 * batch - lines that wait to be recorded together, and what became of them.
 */
#ifndef APP_BATCH_H
#define APP_BATCH_H

#include "inside.h"

/* One line as it came in. */
struct batch_line {
        uint64_t number;                /* line of the body, from 1 */
        const char *text;               /* NULL: a retraction by number */
        size_t length;
        uint64_t retract;
        const char *why;
};

/* A case that the batch touches. */
struct touched {
        struct dossier dossier;
        size_t before;                  /* records it had */
        uint64_t last_seq;              /* last line recorded by this batch */
        struct touched *next;           /* in order of first touch */
};

struct app_batch {
        struct app *app;
        struct moment moment;
        struct app_actor actor;
        bool dry_run;
        bool more;                      /* of the same follows */
        bool conflicts_refused;         /* a repeat that says something else is no repeat */
        enum app_changed wanted;
        bool guarded;                   /* there is a savepoint to go back to */
        struct batch_line *lines; size_t line_count, line_capacity;
        uint64_t next_number;
        struct arena arena;             /* everything of the batch */

        struct touched *touched, **touched_end;
        struct touched **slots;         /* by id of the case, open addressing; NULL: free */
        size_t slot_count, touched_count;       /* a power of two, at least twice as many; or 0 */
        struct touched *latest;         /* of the line before, or NULL */
        uint32_t person;                /* number of the actor; 0: not looked up yet */
        uint64_t next_seq;              /* of the record when the batch began */
        struct accepted_line *accepted; size_t accepted_count;
        uint32_t *id_slots; size_t id_slot_count; /* of these by id, open addressing; 0: free; a power of two, or 0 */
        struct store_gap gap;           /* of the ids in the record */
        struct store_line *held; struct store_origin *held_origins; size_t held_count; /* accepted, not written yet */
        struct app_line_result *results;
        struct app_obligation *changed; size_t changed_count, changed_capacity; /* if they are wanted */
        struct app_changed_sum sum;
        struct app_warning *warnings; size_t warning_count, warning_capacity;
        struct app_conflict *conflicts; size_t conflict_count, conflict_total;
        struct app_problem *problems; size_t problem_count;
        const char *out_of_sight;       /* a case that a line was taken for none of, though there is one */
        uint64_t problem_total;
        uint64_t recorded, repeated, first_seq, last_seq;

        app_done_fn done;
        void *context;
        uint64_t settles;               /* number of the sync that makes it durable */
        struct book *book;              /* while it waits for that: under which it was recorded; else NULL */
        struct app_batch *next;
};

/* Purpose: call the completion with what became of a batch. */
void batch_tell(struct app_batch *batch, enum status status, const struct ruleset *ruleset);
/* Purpose: a problem of a line. false: no memory. */
bool batch_problem(struct app_batch *batch, uint64_t line, const struct wire_problem *problem);
/* Purpose: a repeat that says something else. false: no memory. */
bool batch_conflict(struct app_batch *batch, const struct app_conflict *conflict);
/* Purpose: a warning; an obligation that changed, as far as that is wanted. false: no memory. */
bool batch_warning(struct app_batch *batch, const struct app_warning *warning);
bool batch_changed(struct app_batch *batch, const char *ref, const struct duty *duty, int32_t as_of, bool vanished);
/* Purpose: FNV-1a of a text. */
uint64_t text_hash(const char *text);
/* Purpose: keep in mind a line that was accepted, with its id or NULL. false: no memory. */
bool accepted_add(struct app_batch *batch, uint64_t case_id, const char *id);
/* Purpose: the number that the next line gets, or would get. */
uint64_t accepted_next_seq(const struct app_batch *batch);
/* Purpose: find a line that was accepted, by its number or its id. false: there is none. */
bool accepted_find_seq(const struct app_batch *batch, uint64_t seq, uint64_t *ret_case);
bool accepted_find_id(const struct app_batch *batch, const char *id, uint64_t *ret_case, uint64_t *ret_seq);
/* Purpose: hold a line, whose record.refers says what it retracts or replaces (0: nothing that there is), against the
 * one that has its id, of that case and number. *ret_field: as in struct app_conflict, NULL when it says the same (why
 * and force are not asked). Owns: texts of the batch and of the rules. Errors: of the store. Cost: one line read. */
MUST_CHECK enum status repeat_compare(struct app_batch *batch, const struct wire_line *line, uint64_t case_id,
                                      uint64_t seq, const char **ret_field);
/* Purpose: say of a line that its id is that of another, which differs in a field. seq: its number; 0: the other is of
 * the same batch, and has none yet. */
void repeat_refuse(const struct wire_line *line, uint64_t seq, const char *field, struct wire_problem *ret_problem);
/* Purpose: the number, which no case of the record has, by which a dry run knows a case that it would begin. */
uint64_t batch_case_tried(const struct app_batch *batch, const char *ref);
/* Purpose: the dossier of a case that the batch touches, loaded at first touch. */
MUST_CHECK enum status batch_touch(struct app_batch *batch, uint64_t case_id, const char *ref,
                                   struct touched **ret_touched);

#endif
