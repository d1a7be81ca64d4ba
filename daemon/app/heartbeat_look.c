/*
 * heartbeat_look - for whom an obligation stands.
 *
 * It stands for a mailbox while it is open and a stage of it was raised, under the date
 * that it has now or an earlier one that paused days alone moved here, for a role or an
 * agency that means the mailbox today: absences count, and so does a deputy who was not
 * told then. Whoever acknowledged it still has it, and reads that. That a date moved is
 * news, not a standing; where it moved to is told by the stages of the new date. What an
 * alert that waits for the mailbox brings as new does not stand beside it.
 */
#include <string.h>

#include "ack.h"
#include "heartbeat_inside.h"
#include "mappad/mailbox.h"

/* ---- what was raised of an obligation ---- */

static enum heartbeat_ground ground_of(struct heartbeat *heartbeat, const struct store_mark *mark)
{
        const uint32_t *words = heartbeat->book->lexicon->words;
        struct heartbeat_look *look = &heartbeat->look;
        const struct store_obligation *row = &look->row;
        bool unevaluable = row->state == (int32_t)OBLIGATION_UNEVALUABLE;

        if (mark->stage == words[WORD_MOVED] || mark->stage == words[WORD_MISSED])
                return GROUND_NONE;
        if (mark->stage == words[WORD_UNEVALUABLE])
                return unevaluable ? GROUND_STAGE : GROUND_NONE;
        if (mark->stage == words[WORD_BOOKING_PASSED]) {
                if (row->booked != CIVIL_NONE)
                        return GROUND_NONE;
                if (look->passed == CIVIL_NONE || look->passed < (int32_t)mark->repeat)
                        look->passed = (int32_t)mark->repeat;
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

static enum status take_mark(struct heartbeat *heartbeat, const struct store_mark *mark)
{
        struct heartbeat_look *look = &heartbeat->look;

        if (look->raised_count == look->raised_capacity) {
                size_t capacity = look->raised_capacity == 0 ? 64 : look->raised_capacity * 2;
                struct heartbeat_raised *list = arena_array(&heartbeat->arena, capacity, sizeof *list);
                if (list == NULL)
                        return STATUS_NO_MEMORY;
                if (look->raised_count > 0)
                        memcpy(list, look->raised, look->raised_count * sizeof *list);
                look->raised = list;
                look->raised_capacity = capacity;
        }
        struct heartbeat_raised *raised = &look->raised[look->raised_count++];
        *raised = (struct heartbeat_raised){mark->alert, ground_of(heartbeat, mark)};
        if (raised->ground != GROUND_NONE && mark->alert > look->latest.alert)
                look->latest = *mark;
        return STATUS_OK;
}

/* An acknowledgement is of a stage under a date: of what was raised last, or nothing is acknowledged. */
static enum status take_ack(void *context, const struct store_ack *ack)
{
        struct heartbeat *heartbeat = context;
        struct heartbeat_look *look = &heartbeat->look;
        const struct store_mark *latest = &look->latest;
        const struct ack_matter matter = {latest->alert, latest->stage, latest->due, heartbeat->today};
        size_t length = strlen(ack->name);

        if (!ack_holds(ack, &matter) || look->seen_count == HEARTBEAT_ROUTES_MAX ||
            length >= sizeof look->seen_by[0].name)
                return STATUS_OK;
        memcpy(look->seen_by[look->seen_count++].name, ack->name, length + 1);
        return STATUS_OK;
}

static bool acknowledged(const struct heartbeat_look *look, const char *name)
{
        for (size_t i = 0; i < look->seen_count; i++)
                if (strcmp(look->seen_by[i].name, name) == 0)
                        return true;
        return false;
}

/* ---- whom a route means today ---- */

size_t heartbeat_mailbox_of(const struct heartbeat *heartbeat, const char *mailbox)
{
        size_t i = 0;

        while (i < heartbeat->mailbox_count && !mailbox_same(heartbeat->mailboxes[i].mailbox, mailbox))
                i++;
        return i;
}

/* false: to nobody, and so to whoever watches. */
static bool resolve(struct heartbeat *heartbeat, const struct store_route *route)
{
        struct recipients *recipients = &heartbeat->look.recipients;
        const struct contacts *contacts = heartbeat->book->rules.contacts;
        enum contact_kind kind = route->kind == CONTACT_AGENCY ? CONTACT_AGENCY : CONTACT_ROLE;

        recipients->count = 0;
        if (contacts_resolve(contacts, kind, route->name, heartbeat->today, recipients))
                return true;
        (void)contacts_resolve(contacts, CONTACT_ROLE, contacts_watch(contacts), heartbeat->today, recipients);
        return false;
}

static enum status new_lead(struct heartbeat *heartbeat, const struct store_route *route)
{
        const struct recipients *recipients = &heartbeat->look.recipients;
        struct heartbeat_lead lead = {.kind = route->kind, .gap = !resolve(heartbeat, route)};

        if (heartbeat->lead_count == heartbeat->lead_capacity) {
                size_t capacity = heartbeat->lead_capacity == 0 ? 32 : heartbeat->lead_capacity * 2;
                struct heartbeat_lead *leads = arena_array(&heartbeat->arena, capacity, sizeof *leads);
                if (leads == NULL)
                        return STATUS_NO_MEMORY;
                if (heartbeat->lead_count > 0)
                        memcpy(leads, heartbeat->leads, heartbeat->lead_count * sizeof *leads);
                heartbeat->leads = leads;
                heartbeat->lead_capacity = capacity;
        }
        lead.name = arena_copy(&heartbeat->arena, route->name, strlen(route->name));
        lead.mailboxes = arena_array(&heartbeat->arena, recipients->count, sizeof *lead.mailboxes);
        if (lead.name == NULL || lead.mailboxes == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < recipients->count; i++) {
                size_t mailbox = heartbeat_mailbox_of(heartbeat, recipients->list[i].mailbox);
                if (mailbox < heartbeat->mailbox_count)
                        lead.mailboxes[lead.count++] = mailbox;
        }
        heartbeat->leads[heartbeat->lead_count++] = lead;
        return STATUS_OK;
}

/* Each route is looked up in the contacts once. */
static enum status lead_of(struct heartbeat *heartbeat, const struct store_route *route, size_t *ret_lead)
{
        size_t i = 0;

        while (i < heartbeat->lead_count &&
               (heartbeat->leads[i].kind != route->kind || strcmp(heartbeat->leads[i].name, route->name) != 0))
                i++;
        *ret_lead = i;
        return i < heartbeat->lead_count ? STATUS_OK : new_lead(heartbeat, route);
}

/* ---- rows ---- */

static enum status add_way(struct heartbeat *heartbeat, struct heartbeat_way way)
{
        struct heartbeat_look *look = &heartbeat->look;

        if (look->way_count == look->way_capacity) {
                size_t capacity = look->way_capacity == 0 ? 64 : look->way_capacity * 2;
                struct heartbeat_way *ways = arena_array(&heartbeat->arena, capacity, sizeof *ways);
                if (ways == NULL)
                        return STATUS_NO_MEMORY;
                if (look->way_count > 0)
                        memcpy(ways, look->ways, look->way_count * sizeof *ways);
                look->ways = ways;
                look->way_capacity = capacity;
        }
        look->ways[look->way_count++] = way;
        return STATUS_OK;
}

/* The ways by which an alert led to somebody; what waits for a mailbox comes to it as new. */
static enum status look_at_alert(struct heartbeat *heartbeat, const struct heartbeat_raised *raised)
{
        struct heartbeat_look *look = &heartbeat->look;
        size_t count = 0;
        enum status status =
                store_routes_of(heartbeat->app->store, raised->alert, look->routes, HEARTBEAT_ROUTES_MAX, &count);

        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
                size_t lead = 0;

                if (raised->ground == GROUND_NONE && look->routes[i].pending != STORE_WAITS)
                        continue;
                status = lead_of(heartbeat, &look->routes[i], &lead);
                if (status != STATUS_OK)
                        return status;
                for (size_t m = 0; look->routes[i].pending == STORE_WAITS && m < heartbeat->leads[lead].count; m++)
                        heartbeat->mailboxes[heartbeat->leads[lead].mailboxes[m]].fresh = look->number;
                if (raised->ground != GROUND_NONE)
                        status = add_way(heartbeat, (struct heartbeat_way){lead, raised->ground});
        }
        return status;
}

/* Gives a row to everybody whom a way means, each once a look, or takes it away. */
static enum status follow(struct heartbeat *heartbeat, const struct heartbeat_way *way,
                          const struct heartbeat_kept *kept, int sign)
{
        struct heartbeat_lead *lead = &heartbeat->leads[way->lead];
        struct heartbeat_kept named = *kept;
        enum status status = STATUS_OK;

        lead->uses += sign;
        named.row.acknowledged = acknowledged(&heartbeat->look, lead->name);
        for (size_t i = 0; status == STATUS_OK && i < lead->count; i++) {
                struct heartbeat_mailbox *mailbox = &heartbeat->mailboxes[lead->mailboxes[i]];
                if (mailbox->seen == heartbeat->look.number || mailbox->fresh == heartbeat->look.number)
                        continue;
                mailbox->seen = heartbeat->look.number;
                if (sign < 0)
                        heartbeat_take(mailbox, &named);
                else
                        status = heartbeat_give(mailbox, &named);
        }
        return status;
}

static enum status follow_all(struct heartbeat *heartbeat, enum heartbeat_ground ground,
                              const struct heartbeat_kept *kept, int sign)
{
        const struct heartbeat_look *look = &heartbeat->look;
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < look->way_count; i++)
                if (look->ways[i].ground == ground)
                        status = follow(heartbeat, &look->ways[i], kept, sign);
        return status;
}

const enum obligation_state heartbeat_states[HEARTBEAT_STATES] = {OBLIGATION_OVERDUE, OBLIGATION_DUE_SOON,
                                                                  OBLIGATION_OPEN,    OBLIGATION_PAUSED,
                                                                  OBLIGATION_PENDING, OBLIGATION_UNEVALUABLE};

static int32_t urgency_of(int32_t state)
{
        int32_t urgency = 0;

        while (urgency < HEARTBEAT_STATES && (int32_t)heartbeat_states[urgency] != state)
                urgency++;
        return urgency;
}

static struct heartbeat_kept kept_of(const struct heartbeat *heartbeat)
{
        const struct store_obligation *row = &heartbeat->look.row;
        struct heartbeat_kept kept = {.place = {.urgency = urgency_of(row->state),
                                                .due = row->due,
                                                .rule = row->rule,
                                                .started = row->started},
                                      .row = letter_row(heartbeat->app, row)};

        memcpy(kept.place.item, row->item, sizeof kept.place.item);
        if (heartbeat->look.passed != CIVIL_NONE) {
                kept.row.booked = heartbeat->look.passed;
                if (kept.row.doubt == DIGEST_DOUBT_NONE)
                        kept.row.doubt = DIGEST_DOUBT_BOOKING_PASSED;
        }
        return kept;
}

static void begin(struct heartbeat_look *look, const struct store_obligation *row)
{
        look->row = *row;
        look->raised_count = look->way_count = look->seen_count = 0;
        look->latest.alert = 0;
        look->passed = CIVIL_NONE;
}

/* The obligation of which all that was raised is known, if that is of any account now. */
static enum status tell(struct heartbeat *heartbeat, int sign)
{
        struct heartbeat_look *look = &heartbeat->look;
        const struct store_obligation *row = &look->row;
        struct store_mark key = {
                .case_id = row->case_id, .rule = row->rule, .item = row->item, .started = row->started};
        enum status status;

        if (look->latest.alert == 0)
                return STATUS_OK;
        look->number++;
        status = store_acks_of(heartbeat->app->store, &key, take_ack, heartbeat);
        for (size_t i = 0; status == STATUS_OK && i < look->raised_count; i++)
                status = look_at_alert(heartbeat, &look->raised[i]);
        if (status != STATUS_OK)
                return status;
        struct heartbeat_kept kept = kept_of(heartbeat);
        status = follow_all(heartbeat, GROUND_STAGE, &kept, sign);
        kept.row.group = DIGEST_DATA;
        return status == STATUS_OK ? follow_all(heartbeat, GROUND_BOOKING, &kept, sign) : status;
}

/* The next mark. *ret_more false: the walk is at its end. */
static enum status walk_on(struct heartbeat *heartbeat, struct store_standing *walk, int sign, bool *ret_more)
{
        struct heartbeat_look *look = &heartbeat->look;
        bool found = false;
        enum status status = store_standing_next(walk, &found);

        *ret_more = found;
        if (status == STATUS_OK && (!found || walk->begins)) {
                status = tell(heartbeat, sign);
                begin(look, &walk->row);
        }
        if (status != STATUS_OK || !found)
                return status;
        walk->mark.item = look->row.item;
        return take_mark(heartbeat, &walk->mark);
}

enum status heartbeat_look_at(struct heartbeat *heartbeat, struct heartbeat_span span, int sign)
{
        struct store_standing walk;
        bool more = true;
        enum status status = store_standing_begin(heartbeat->app->store, span.first, span.last, &walk);

        heartbeat->look.latest.alert = 0;
        while (status == STATUS_OK && more)
                status = walk_on(heartbeat, &walk, sign, &more);
        store_standing_end(&walk);
        return status;
}

/* ---- what is about no obligation ---- */

static void add_doubt(struct heartbeat_part *part, enum digest_doubt doubt)
{
        if (part->count >= DIGEST_ROWS_SHOWN) {
                part->left_out[DIGEST_DATA]++;
                return;
        }
        part->rows[part->count++] = (struct digest_row){.group = DIGEST_DATA,
                                                        .due = CIVIL_NONE,
                                                        .plan_by = CIVIL_NONE,
                                                        .was_due = CIVIL_NONE,
                                                        .booked = CIVIL_NONE,
                                                        .doubt = doubt,
                                                        .standing = true};
}

static bool leads_to_nobody(const struct heartbeat *heartbeat)
{
        for (size_t i = 0; i < heartbeat->lead_count; i++)
                if (heartbeat->leads[i].gap && heartbeat->leads[i].uses > 0)
                        return true;
        return false;
}

enum status heartbeat_watch(struct heartbeat *heartbeat, struct heartbeat_part *parts)
{
        const struct app *app = heartbeat->app;
        struct store_route watch = {.kind = CONTACT_ROLE};
        const struct {
                enum digest_doubt doubt;
                bool stands;
        } doubts[HEARTBEAT_DOUBTS] = {
                {DIGEST_DOUBT_UNKNOWN_WORD, store_tally(app->store, TALLY_UNKNOWN) > 0},
                {DIGEST_DOUBT_CALENDAR, calendar_short(app, heartbeat->today)},
                {DIGEST_DOUBT_NO_ROUTE, leads_to_nobody(heartbeat)},
        };
        const char *name = contacts_watch(heartbeat->book->rules.contacts);
        size_t lead = 0;
        enum status status;

        memcpy(watch.name, name, strnlen(name, sizeof watch.name - 1));
        status = lead_of(heartbeat, &watch, &lead);
        if (status != STATUS_OK)
                return status;
        for (size_t i = 0; i < HEARTBEAT_DOUBTS; i++)
                for (size_t m = 0; doubts[i].stands && m < heartbeat->leads[lead].count; m++)
                        add_doubt(&parts[heartbeat->leads[lead].mailboxes[m]], doubts[i].doubt);
        return STATUS_OK;
}
