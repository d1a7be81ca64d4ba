/*
 * docket_parts - what the parts of the docket know of each other.
 */
#ifndef MAPPACTL_DOCKET_PARTS_H
#define MAPPACTL_DOCKET_PARTS_H

#include "docket.h"
#include "scratch.h"
#include "sorter.h"

/* What is remembered of a line by its number. */
struct mark {
        char case_ref[CASE_REF_MAX + 1];        /* of an event that was understood; otherwise "" */
        bool asked;                             /* others hang on whether it was accepted */
        bool refused;                           /* it was, or would have been, when its case was heard last */
        bool repeat;                            /* its id was used before */
};

struct docket {
        const struct ruleset *ruleset;
        const struct docket_sink *sink;
        struct wire_reader reader;
        struct roll *roll;              /* of the case that is being heard */
        struct arena arena;             /* of one line; of the case given out */
        struct wire_buffer key;

        struct sorter *lines;           /* by case and number */
        struct sorter *ids;             /* uses of ids, by id, number and use (docket_ids.c) */
        struct scratch marks;           /* one for each line of the file */
        bool rehearing;                 /* cases were heard before: marks say what was refused */

        /* Of one hearing of all cases. */
        struct sorter *retractions;     /* by id, now that the case is known; by case and number */
        struct sorter *said;            /* what is to be told, by number */
        struct scratch accepted;        /* lines by case, in the order they are given out */
        bool contested;                 /* some id is used by several lines */
        bool unsettled;                 /* a line that others hang on fared otherwise than they were told */
        uint64_t refused;
        int32_t last_day;

        struct scratch_reader giving;   /* of what was accepted */
        struct roll_case given;         /* the case given out last */
        char given_ref[CASE_REF_MAX + 1];
};

/* A line that was accepted, in front of its case and its text. */
struct accepted {
        uint64_t number, refers;
        uint32_t case_length, length;
};

/* How a line uses an id. An event or a retraction may take it, a retraction may name it; a line that is not
 * understood takes nothing, but is passed over when the id was taken. Of one line what is named comes first. */
enum id_use { ID_NAMED, ID_OF_EVENT, ID_OF_RETRACTION, ID_OF_NOTHING };

/* Purpose: the mark of a line, and changing it. Shape: number from 1 to the last line. Errors: false, errno set. */
bool docket_mark(const struct docket *docket, uint64_t number, struct mark *ret_mark);
bool docket_set_mark(struct docket *docket, uint64_t number, const struct mark *mark);

/* Purpose: keep a line by its case ("": it has none) and number. Errors: false, errno set. */
bool docket_file(struct docket *docket, struct sorter *sorter, const char *case_ref, uint64_t number,
                 const struct sorter_record *text);
/* Purpose: the number at the end of a key. */
uint64_t docket_number(const char *end);
void docket_put_number(struct wire_buffer *key, uint64_t number);

/* Purpose: note a use of an id; value is the case of an event, the text of a retraction that names one. */
bool docket_note_id(struct docket *docket, const char *id, uint64_t number, enum id_use use,
                    const struct sorter_record *value);
/* Purpose: settle which lines repeat an id, and to which cases retractions belong, as far as is known.
 * Errors: false, errno set. */
bool docket_settle_ids(struct docket *docket);
/* Purpose: hear every case. Errors: false, errno set. */
bool docket_hear(struct docket *docket);
/* Purpose: tell what was to be said. Errors: false, errno set. */
bool docket_tell(struct docket *docket);

#endif
