/*
 * docket_ids - which lines repeat an id, and which case a retraction is about.
 *
 * The uses of one id come together in the order of the file. The first event or
 * retraction that was accepted has it: all later ones repeat it. Until cases were
 * heard the first is taken to be accepted, and where something hangs on that it is
 * asked.
 */
#include <errno.h>
#include <string.h>

#include "docket_parts.h"

/* Who has the id in hand. */
struct owner {
        uint64_t number; /* 0: nobody yet */
        bool is_event, asked;
        char case_ref[CASE_REF_MAX + 1];
};

bool docket_note_id(struct docket *docket, const char *id, uint64_t number, enum id_use use,
                    const struct sorter_record *value)
{
        struct sorter_record record = *value;

        wire_buffer_reset(&docket->key);
        wire_put(&docket->key, id, strlen(id) + 1);
        docket_put_number(&docket->key, number);
        wire_put(&docket->key, &(char){(char)use}, 1);
        if (docket->key.failed) {
                errno = ENOMEM;
                return false;
        }
        record.key = docket->key.data;
        record.key_length = docket->key.length;
        return sorter_add(docket->ids, &record);
}

static bool ask(struct docket *docket, struct owner *owner)
{
        struct mark mark;

        docket->contested = true;
        if (owner->asked)
                return true;
        owner->asked = true;
        if (!docket_mark(docket, owner->number, &mark))
                return false;
        mark.asked = true;
        return docket_set_mark(docket, owner->number, &mark);
}

/* Whether a line that would take an id comes too late for it. */
static bool mark_repeat(struct docket *docket, uint64_t number, struct owner *owner)
{
        bool repeat = owner->number != 0;
        struct mark mark;

        if (!repeat && !docket->rehearing)
                return true;
        if ((repeat && !ask(docket, owner)) || !docket_mark(docket, number, &mark))
                return false;
        if (mark.repeat == repeat)
                return true;
        mark.repeat = repeat;
        return docket_set_mark(docket, number, &mark);
}

/* The id goes to a line unless that was refused, which is held against what comes of it now. */
static bool give_id(struct docket *docket, uint64_t number, const struct sorter_record *record, bool is_event,
                    struct owner *owner)
{
        struct mark mark = {.refused = false};

        if (docket->rehearing && !docket_mark(docket, number, &mark))
                return false;
        if (mark.refused) {
                docket->contested = true;
                mark.asked = true;
                return docket_set_mark(docket, number, &mark);
        }
        *owner = (struct owner){.number = number, .is_event = is_event};
        memcpy(owner->case_ref, record->value, record->length);
        return true;
}

/* A retraction is heard in the case of the event that it names; one that names none, with what has no case. */
static bool place_retraction(struct docket *docket, uint64_t number, const struct sorter_record *record,
                             const struct owner *owner)
{
        return docket_file(docket, docket->retractions, owner->is_event ? owner->case_ref : "", number, record);
}

static bool settle_use(struct docket *docket, const struct sorter_record *record, struct owner *owner)
{
        const char *end = record->key + record->key_length - 1;
        uint64_t number = docket_number(end);
        enum id_use use = (enum id_use) * end;

        switch (use) {
        case ID_NAMED:
                return place_retraction(docket, number, record, owner);
        case ID_OF_EVENT:
        case ID_OF_RETRACTION:
                if (!mark_repeat(docket, number, owner))
                        return false;
                return owner->number != 0 || give_id(docket, number, record, use == ID_OF_EVENT, owner);
        case ID_OF_NOTHING:
                break;
        }
        return mark_repeat(docket, number, owner);
}

bool docket_settle_ids(struct docket *docket)
{
        struct owner owner = {.number = 0};
        struct sorter_record record;
        char id[EVENT_ID_MAX + 1] = "";

        if (!sorter_begin(docket->ids))
                return false;
        while (sorter_next(docket->ids, &record)) {
                if (strcmp(id, record.key) != 0) {
                        owner = (struct owner){.number = 0};
                        strncpy(id, record.key, EVENT_ID_MAX);
                }
                if (!settle_use(docket, &record, &owner))
                        return false;
        }
        errno = sorter_error(docket->ids);
        return errno == 0;
}
