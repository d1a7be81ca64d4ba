/*
 * heartbeat - on some days of the week everybody is told what stands, so that
 * "nothing due" is never said to somebody who was told of something that is still open.
 *
 * An obligation stands for a mailbox while it is open and a stage of it was raised,
 * under the date that it has now or an earlier one that paused days alone moved here,
 * for a role or an agency that means the mailbox today: absences count, and so does a
 * deputy who was not told then. Whoever acknowledged it still has it, and reads that. That a date moved
 * is news, not a standing; where it moved to is told by the stages of the new date.
 */
#include "heartbeat.h"

#include <string.h>

#include "ack.h"
#include "mappad/mailbox.h"

#define ROUTES_OF_MAX 128 /* an announcement has fewer */

/* Why an obligation stands for somebody. */
enum ground {
        GROUND_NONE,   /* raised, and of no account now */
        GROUND_STAGE,  /* it was reached, or booked late, or lacks a fact */
        GROUND_BOOKING /* the booked day passed */
};

struct standing_told {
        uint64_t alert;
        enum ground ground;
};

/* Where a route leads today: indexes of parts. */
struct lead {
        int kind;
        const char *name;
        size_t *parts;
        size_t count;
};

struct gathering {
        struct heartbeat *heartbeat;
        struct store_obligation row;  /* being looked at */
        struct standing_told *raised; /* of it */
        size_t raised_count, raised_capacity;
        struct store_mark latest;                  /* what was raised of it last and is so today; alert 0: nothing */
        struct store_route seen_by[ROUTES_OF_MAX]; /* who acknowledged that; kind unused */
        size_t seen_count;
        int32_t passed; /* the booked day that passed; CIVIL_NONE: none */
        struct lead *leads;
        size_t lead_count, lead_capacity;
        struct recipients recipients;
        struct store_route routes[ROUTES_OF_MAX];
        uint64_t look;
        bool gap; /* a route leads to nobody */
};

/* ---- what was raised of an obligation ---- */

static enum ground ground_of(struct gathering *gathering, const struct store_mark *mark)
{
        const uint32_t *words = gathering->heartbeat->app->book->lexicon->words;
        const struct store_obligation *row = &gathering->row;
        bool unevaluable = row->state == (int32_t)OBLIGATION_UNEVALUABLE;

        if (mark->stage == words[WORD_MOVED] || mark->stage == words[WORD_MISSED])
                return GROUND_NONE;
        if (mark->stage == words[WORD_UNEVALUABLE])
                return unevaluable ? GROUND_STAGE : GROUND_NONE;
        if (mark->stage == words[WORD_BOOKING_PASSED]) {
                if (row->booked != CIVIL_NONE)
                        return GROUND_NONE;
                if (gathering->passed == CIVIL_NONE || gathering->passed < (int32_t)mark->repeat)
                        gathering->passed = (int32_t)mark->repeat;
                return GROUND_BOOKING;
        }
        if (mark->stage == words[WORD_BOOKED_LATE] && !row->booked_late)
                return GROUND_NONE;
        /* Without the missing fact it has no date, and is open all the same. */
        if (unevaluable || announced_for((struct announced_date){mark->due, mark->nominal},
                                         (struct announced_date){row->due, row->nominal}))
                return GROUND_STAGE;
        return GROUND_NONE;
}

static enum status take_mark(struct gathering *gathering, const struct store_mark *mark)
{
        if (gathering->raised_count == gathering->raised_capacity) {
                size_t capacity = gathering->raised_capacity == 0 ? 64 : gathering->raised_capacity * 2;
                struct standing_told *list = arena_array(gathering->heartbeat->arena, capacity, sizeof *list);
                if (list == NULL)
                        return STATUS_NO_MEMORY;
                if (gathering->raised_count > 0)
                        memcpy(list, gathering->raised, gathering->raised_count * sizeof *list);
                gathering->raised = list;
                gathering->raised_capacity = capacity;
        }
        struct standing_told *raised = &gathering->raised[gathering->raised_count++];
        *raised = (struct standing_told){mark->alert, ground_of(gathering, mark)};
        if (raised->ground != GROUND_NONE && mark->alert > gathering->latest.alert)
                gathering->latest = *mark;
        return STATUS_OK;
}

/* An acknowledgement is of a stage under a date: of what was raised last, or nothing is acknowledged. */
static enum status take_ack(void *context, const struct store_ack *ack)
{
        struct gathering *gathering = context;
        const struct store_mark *latest = &gathering->latest;
        const struct ack_matter matter = {latest->alert, latest->stage, latest->due, gathering->heartbeat->today};
        size_t length = strlen(ack->name);

        if (!ack_holds(ack, &matter) || gathering->seen_count == ROUTES_OF_MAX ||
            length >= sizeof gathering->seen_by[0].name)
                return STATUS_OK;
        memcpy(gathering->seen_by[gathering->seen_count++].name, ack->name, length + 1);
        return STATUS_OK;
}

static bool acknowledged(const struct gathering *gathering, const char *name)
{
        for (size_t i = 0; i < gathering->seen_count; i++)
                if (strcmp(gathering->seen_by[i].name, name) == 0)
                        return true;
        return false;
}

/* ---- whom a route means today ---- */

static size_t part_of(const struct heartbeat *heartbeat, const char *mailbox)
{
        size_t i = 0;

        while (i < heartbeat->part_count && !mailbox_same(heartbeat->parts[i].mailbox, mailbox))
                i++;
        return i;
}

static void resolve(struct gathering *gathering, const struct store_route *route)
{
        const struct heartbeat *heartbeat = gathering->heartbeat;
        const struct contacts *contacts = app_contacts(heartbeat->app);
        enum contact_kind kind = route->kind == CONTACT_AGENCY ? CONTACT_AGENCY : CONTACT_ROLE;

        gathering->recipients.count = 0;
        if (contacts_resolve(contacts, kind, route->name, heartbeat->today, &gathering->recipients))
                return;
        gathering->gap = true;
        (void)contacts_resolve(contacts, CONTACT_ROLE, contacts_watch(contacts), heartbeat->today,
                               &gathering->recipients);
}

static struct lead *new_lead(struct gathering *gathering, const struct store_route *route)
{
        struct heartbeat *heartbeat = gathering->heartbeat;
        struct lead *lead;

        resolve(gathering, route);
        if (gathering->lead_count == gathering->lead_capacity) {
                size_t capacity = gathering->lead_capacity == 0 ? 32 : gathering->lead_capacity * 2;
                struct lead *leads = arena_array(heartbeat->arena, capacity, sizeof *leads);
                if (leads == NULL)
                        return NULL;
                if (gathering->lead_count > 0)
                        memcpy(leads, gathering->leads, gathering->lead_count * sizeof *leads);
                gathering->leads = leads;
                gathering->lead_capacity = capacity;
        }
        lead = &gathering->leads[gathering->lead_count];
        *lead = (struct lead){.kind = route->kind,
                              .name = arena_copy(heartbeat->arena, route->name, strlen(route->name)),
                              .parts = arena_array(heartbeat->arena, gathering->recipients.count, sizeof(size_t))};
        if (lead->name == NULL || lead->parts == NULL)
                return NULL;
        for (size_t i = 0; i < gathering->recipients.count; i++) {
                size_t part = part_of(heartbeat, gathering->recipients.list[i].mailbox);
                if (part < heartbeat->part_count)
                        lead->parts[lead->count++] = part;
        }
        gathering->lead_count++;
        return lead;
}

/* Each route is looked up in the contacts once. NULL: no memory. */
static const struct lead *lead_of(struct gathering *gathering, const struct store_route *route)
{
        for (size_t i = 0; i < gathering->lead_count; i++)
                if (gathering->leads[i].kind == route->kind && strcmp(gathering->leads[i].name, route->name) == 0)
                        return &gathering->leads[i];
        return new_lead(gathering, route);
}

/* ---- rows ---- */

static bool carries(const struct heartbeat_part *part, uint64_t alert)
{
        size_t low = 0, high = part->fresh.count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (part->fresh.ids[middle] == alert)
                        return true;
                if (part->fresh.ids[middle] < alert)
                        low = middle + 1;
                else
                        high = middle;
        }
        return false;
}

static bool is_new_to(const struct gathering *gathering, const struct heartbeat_part *part)
{
        for (size_t i = 0; i < gathering->raised_count; i++)
                if (carries(part, gathering->raised[i].alert))
                        return true;
        return false;
}

static enum status add_row(const struct heartbeat *heartbeat, struct heartbeat_part *part, const struct digest_row *row)
{
        if (part->count == DIGEST_ROWS_SHOWN) {
                part->left_out[row->group]++;
                return STATUS_OK;
        }
        if (part->count == part->capacity) {
                size_t capacity = part->capacity == 0 ? 8 : part->capacity * 2;
                struct digest_row *rows = arena_array(heartbeat->arena, capacity, sizeof *rows);
                if (rows == NULL)
                        return STATUS_NO_MEMORY;
                if (part->count > 0)
                        memcpy(rows, part->rows, part->count * sizeof *rows);
                part->rows = rows;
                part->capacity = capacity;
        }
        part->rows[part->count++] = *row;
        return STATUS_OK;
}

/* Adds a row for everybody whom a route means, each once a look. */
static enum status add_for(struct gathering *gathering, const struct lead *lead, const struct digest_row *row)
{
        struct heartbeat *heartbeat = gathering->heartbeat;
        struct digest_row named = *row;
        enum status status = STATUS_OK;

        named.acknowledged = acknowledged(gathering, lead->name);
        for (size_t i = 0; status == STATUS_OK && i < lead->count; i++) {
                struct heartbeat_part *part = &heartbeat->parts[lead->parts[i]];
                if (part->seen == gathering->look)
                        continue;
                part->seen = gathering->look;
                if (!is_new_to(gathering, part))
                        status = add_row(heartbeat, part, &named);
        }
        return status;
}

static enum status add_by(struct gathering *gathering, enum ground ground, const struct digest_row *row)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < gathering->raised_count; i++) {
                size_t count = 0;
                if (gathering->raised[i].ground != ground)
                        continue;
                status = store_routes_of(gathering->heartbeat->app->store, gathering->raised[i].alert,
                                         gathering->routes, ROUTES_OF_MAX, &count);
                for (size_t r = 0; status == STATUS_OK && r < count; r++) {
                        const struct lead *lead = lead_of(gathering, &gathering->routes[r]);
                        status = lead == NULL ? STATUS_NO_MEMORY : add_for(gathering, lead, row);
                }
        }
        return status;
}

static void begin(struct gathering *gathering, const struct store_obligation *row)
{
        gathering->row = *row;
        gathering->raised_count = 0;
        gathering->latest.alert = 0;
        gathering->seen_count = 0;
        gathering->passed = CIVIL_NONE;
}

/* Tells of the obligation of which all that was raised is known, if that is of any account now. */
static enum status tell(struct gathering *gathering)
{
        struct app *app = gathering->heartbeat->app;
        const struct store_obligation *row = &gathering->row;
        struct store_mark key = {
                .case_id = row->case_id, .rule = row->rule, .item = row->item, .started = row->started};
        struct digest_row digest_row;
        enum status status;

        if (gathering->latest.alert == 0)
                return STATUS_OK;
        status = store_acks_of(app->store, &key, take_ack, gathering);
        if (status != STATUS_OK)
                return status;
        gathering->look++;
        digest_row = letter_row(app, row);
        if (gathering->passed != CIVIL_NONE) {
                digest_row.booked = gathering->passed;
                if (digest_row.doubt == DIGEST_DOUBT_NONE)
                        digest_row.doubt = DIGEST_DOUBT_BOOKING_PASSED;
        }
        status = add_by(gathering, GROUND_STAGE, &digest_row);
        digest_row.group = DIGEST_DATA;
        return status == STATUS_OK ? add_by(gathering, GROUND_BOOKING, &digest_row) : status;
}

static enum status take_standing(void *context, const struct store_obligation *row, bool begins,
                                 const struct store_mark *mark)
{
        struct gathering *gathering = context;
        enum status status = begins ? tell(gathering) : STATUS_OK;

        if (begins)
                begin(gathering, row);
        return status == STATUS_OK ? take_mark(gathering, mark) : status;
}

static enum status look_at_state(struct gathering *gathering, enum obligation_state state)
{
        enum status status;

        gathering->latest.alert = 0;
        status = store_standing(gathering->heartbeat->app->store, (int)state, take_standing, gathering);
        return status == STATUS_OK ? tell(gathering) : status;
}

/* ---- what is about no obligation ---- */

static enum status tell_watch(struct gathering *gathering)
{
        struct heartbeat *heartbeat = gathering->heartbeat;
        const struct app *app = heartbeat->app;
        struct store_route watch = {.kind = CONTACT_ROLE};
        const struct {
                enum digest_doubt doubt;
                bool stands;
        } doubts[] = {
                {DIGEST_DOUBT_UNKNOWN_WORD, store_tally(app->store, TALLY_UNKNOWN) > 0},
                {DIGEST_DOUBT_CALENDAR, calendar_short(app, heartbeat->today)},
                {DIGEST_DOUBT_NO_ROUTE, gathering->gap},
        };
        const char *name = contacts_watch(app_contacts(app));
        const struct lead *lead;
        enum status status = STATUS_OK;

        memcpy(watch.name, name, strnlen(name, sizeof watch.name - 1));
        lead = lead_of(gathering, &watch);
        if (lead == NULL)
                return STATUS_NO_MEMORY;
        gathering->raised_count = gathering->seen_count = 0;
        for (size_t i = 0; status == STATUS_OK && i < sizeof doubts / sizeof *doubts; i++) {
                const struct digest_row row = {.group = DIGEST_DATA,
                                               .due = CIVIL_NONE,
                                               .plan_by = CIVIL_NONE,
                                               .was_due = CIVIL_NONE,
                                               .booked = CIVIL_NONE,
                                               .doubt = doubts[i].doubt,
                                               .standing = true};
                gathering->look++;
                if (doubts[i].stands)
                        status = add_for(gathering, lead, &row);
        }
        return status;
}

enum status heartbeat_gather(struct heartbeat *heartbeat)
{
        /* The most urgent first, since there may be no room for all. */
        static const enum obligation_state states[] = {OBLIGATION_OVERDUE, OBLIGATION_DUE_SOON, OBLIGATION_OPEN,
                                                       OBLIGATION_PAUSED,  OBLIGATION_PENDING,  OBLIGATION_UNEVALUABLE};
        struct gathering *gathering = arena_alloc(heartbeat->arena, sizeof *gathering);
        enum status status = gathering == NULL ? STATUS_NO_MEMORY : STATUS_OK;

        if (status != STATUS_OK)
                return status;
        gathering->heartbeat = heartbeat;
        for (size_t i = 0; status == STATUS_OK && i < sizeof states / sizeof *states; i++)
                status = look_at_state(gathering, states[i]);
        return status == STATUS_OK ? tell_watch(gathering) : status;
}
