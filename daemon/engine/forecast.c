/*
 * forecast - see mappad/forecast.h.
 *
 * The day moves from one appointment or supposed event to the next; on each the case is
 * derived anew, so that an appointment is only taken as held if it is still owed then.
 */
#include "mappad/forecast.h"

#include <string.h>

#include "appointment.h"
#include "mappad/ensure.h"

/* An obligation that was met on the way: by rule, item and first day, it is the same on every day. */
struct known {
        uint16_t rule;
        const char *item;
        int32_t started;
        bool owed;     /* on the first day */
        bool told;     /* to the sink */
        bool held;     /* though it may be owed all the same */
        bool moved;    /* by the gaps */
        bool too_late; /* they left no day in time */
        int32_t booked;
        bool booked_late;
        bool apart; /* nobody could say when on the first day; this is told if nobody can later */
        struct forecast_entry first;
};

struct outlook {
        const struct forecast_question *question;
        const struct forecast_outlet *outlet;
        const bool *rules;      /* whose appointments can be booked */
        struct record *records; /* what stands, what is supposed, and what was held */
        size_t count, capacity;
        int32_t day;
        struct obligation *open; /* appointments owed on the day */
        size_t open_count, open_capacity;
        struct known *known;
        size_t known_count, known_capacity;
        bool failed;
};

bool forecast_rule(const struct rule *rule)
{
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].enabled && rule->versions[i].booked_by != VOCABULARY_NONE)
                        return true;
        return false;
}

/* Room for one more in an array of the outlook; NULL when memory ran out. */
static void *room(struct outlook *outlook, void *list, size_t count, size_t *capacity, size_t size)
{
        if (count < *capacity)
                return list;
        size_t more = *capacity * 2 + 8;
        void *bigger = arena_array(outlook->outlet->rows, more, size);
        outlook->failed |= bigger == NULL;
        if (bigger == NULL)
                return NULL;
        if (count > 0)
                memcpy(bigger, list, count * size);
        *capacity = more;
        return bigger;
}

/* ---- what is owed on a day ---- */

static const char *key_of(const struct obligation *obligation)
{
        return obligation->item == NULL ? NULL : obligation->item->key;
}

/* Of one rule: all are about an item, or none is. */
static bool same_item(const char *a, const char *b)
{
        if (a == NULL)
                return true;
        ENSURE(b != NULL);
        return strcmp(a, b) == 0;
}

static struct known *find_known(struct outlook *outlook, const struct obligation *obligation)
{
        for (size_t i = 0; i < outlook->known_count; i++) {
                struct known *known = &outlook->known[i];

                if (known->rule == obligation->rule && known->started == obligation->started &&
                    same_item(known->item, key_of(obligation)))
                        return known;
        }
        return NULL;
}

/* The place of an obligation among those known, made if it is new. NULL: no memory. */
static struct known *know(struct outlook *outlook, const struct obligation *obligation)
{
        struct known *known = find_known(outlook, obligation);

        if (known != NULL)
                return known;
        known = room(outlook, outlook->known, outlook->known_count, &outlook->known_capacity, sizeof *known);
        if (known == NULL)
                return NULL;
        outlook->known = known;
        known = &outlook->known[outlook->known_count++];
        *known = (struct known){.rule = obligation->rule,
                                .item = key_of(obligation),
                                .started = obligation->started,
                                .booked = CIVIL_NONE};
        return known;
}

static void keep_open(void *context, const struct obligation *obligation)
{
        struct outlook *outlook = context;

        if (obligation->version->booked_by == VOCABULARY_NONE || outlook->failed)
                return;
        struct obligation *open =
                room(outlook, outlook->open, outlook->open_count, &outlook->open_capacity, sizeof *open);
        if (open == NULL)
                return;
        outlook->open = open;
        open[outlook->open_count++] = *obligation;
}

/* ---- when it is held ---- */

static bool in_gap(const struct forecast_question *question, int32_t day, struct forecast_gap *ret_gap)
{
        for (size_t i = 0; i < question->gap_count; i++)
                if (day >= question->gaps[i].first && day <= question->gaps[i].last) {
                        *ret_gap = question->gaps[i];
                        return true;
                }
        return false;
}

/* The last working day in time, but not before today. What begins with one meeting is not met by another on that day:
 * where no working day is left after it there is the due day. */
static int32_t last_day(const struct outlook *outlook, const struct obligation *obligation)
{
        bool none = obligation->version->clock == CLOCK_EVERY && obligation->plan_by <= obligation->started;
        int32_t day = none ? obligation->due : obligation->plan_by;

        return day < outlook->day ? outlook->day : day;
}

/* The day without any gaps. */
static int32_t plain_day(const struct outlook *outlook, const struct obligation *obligation)
{
        return obligation->booked != CIVIL_NONE ? obligation->booked : last_day(outlook, obligation);
}

/* The first working day after the gaps that a day lies in; without one, the day after the last that there is. */
static int32_t after_gaps(const struct forecast_question *question, int32_t day)
{
        struct forecast_gap gap;

        while (in_gap(question, day, &gap))
                day = gap.last == CIVIL_MAX ? CIVIL_MAX + 1
                                            : calendar_nth_after(&question->ruleset->calendar, gap.last, 1);
        return day;
}

/* The last working day before the gaps that a day lies in; without one, the day before the first that there is. */
static int32_t before_gaps(const struct forecast_question *question, int32_t day)
{
        struct forecast_gap gap;

        while (in_gap(question, day, &gap))
                day = gap.first == CIVIL_MIN ? CIVIL_MIN - 1
                                             : calendar_on_or_before(&question->ruleset->calendar, gap.first - 1);
        return day;
}

/* The day on which it is taken as held. A booking in a gap is void. What would be held in a gap is held before it, if
 * there is a day left, which there never is once it is overdue; else after it. */
static int32_t held_day(const struct outlook *outlook, const struct obligation *obligation, bool *ret_too_late)
{
        struct forecast_gap gap;
        int32_t plain = plain_day(outlook, obligation);
        if (in_gap(outlook->question, plain, &gap))
                plain = last_day(outlook, obligation);
        int32_t day = before_gaps(outlook->question, plain);
        int32_t least = outlook->day > obligation->opens ? outlook->day : obligation->opens;

        *ret_too_late = false;
        if (day == plain)
                return plain;
        if (day >= least && day > obligation->started)
                return day;
        *ret_too_late = obligation->due >= outlook->day;
        return after_gaps(outlook->question, plain);
}

/* What is known of an obligation by now: a booking that has passed was one, and what was moved stays so. */
static struct forecast_entry entry_of(const struct outlook *outlook, const struct obligation *obligation,
                                      const struct known *known)
{
        return (struct forecast_entry){.kind = !known->owed                                ? FORECAST_PROJECTED
                                               : obligation->due > outlook->question->last ? FORECAST_LATER
                                                                                           : FORECAST_OWED,
                                       .rule = obligation->rule,
                                       .item = key_of(obligation),
                                       .started = obligation->started,
                                       .due = obligation->due,
                                       .plan_by = obligation->plan_by,
                                       .held = CIVIL_NONE,
                                       .booked = known->booked,
                                       .booked_late = known->booked_late,
                                       .moved = known->moved,
                                       .too_late = known->too_late};
}

/* What can has a due date, and a day planned by; what cannot has that of a clock that ran from tomorrow on. */
static bool can_be_held(const struct obligation *obligation)
{
        return obligation->state != OBLIGATION_PAUSED && obligation->state != OBLIGATION_UNEVALUABLE;
}

/* Remembers what is seen of the appointments of the day. */
static bool know_all(struct outlook *outlook)
{
        for (size_t i = 0; i < outlook->open_count; i++) {
                const struct obligation *obligation = &outlook->open[i];
                struct known *known = know(outlook, obligation);

                if (known == NULL)
                        return false;
                if (obligation->booked != CIVIL_NONE) {
                        known->booked = obligation->booked;
                        known->booked_late = obligation->booked_late;
                }
                if (known->held || !can_be_held(obligation))
                        continue;
                bool too_late;
                known->moved |= held_day(outlook, obligation, &too_late) != plain_day(outlook, obligation);
                known->too_late |= too_late;
        }
        return true;
}

/* Derives the case as of the day. Texts of items live as the records; the items themselves until the next look. */
static enum status look(struct outlook *outlook)
{
        const struct forecast_question *question = outlook->question;
        const struct obligation_wish wish = {outlook->day, true, outlook->rules};
        struct casefile casefile;

        arena_reset(outlook->outlet->work);
        outlook->open_count = 0;
        enum status status = casefile_stand(question->ruleset, outlook->records, outlook->count, INSTANT_LATEST,
                                            outlook->day, outlook->outlet->work, &casefile);
        if (status == STATUS_OK)
                status = obligation_derive_some(question->ruleset, &casefile, &wish, outlook->outlet->work, keep_open,
                                                outlook);
        if (status == STATUS_OK && !outlook->failed)
                (void)know_all(outlook);
        return outlook->failed ? STATUS_NO_MEMORY : status;
}

/* ---- telling ---- */

/* What is not owed yet is told of only if it falls due by the last day. */
static void tell(const struct outlook *outlook, struct known *known, const struct forecast_entry *entry)
{
        if (known->told || (entry->kind == FORECAST_PROJECTED && entry->due > outlook->question->last))
                return;
        known->told = true;
        outlook->outlet->sink(outlook->outlet->context, entry);
}

static enum forecast_kind first_kind(const struct obligation *obligation)
{
        return obligation->state == OBLIGATION_OVERDUE  ? FORECAST_OVERDUE
               : obligation->state == OBLIGATION_PAUSED ? FORECAST_PAUSED
               : can_be_held(obligation)                ? FORECAST_OWED
                                                        : FORECAST_UNEVALUABLE;
}

/* What is owed on the first day. Of it the overdue are told at once: no week has them. */
static void take_first(struct outlook *outlook)
{
        for (size_t i = 0; i < outlook->open_count; i++) {
                const struct obligation *obligation = &outlook->open[i];
                struct known *known = find_known(outlook, obligation);
                bool too_late;

                ENSURE(known != NULL); /* what is open was noted when the day was derived */
                known->owed = true;
                known->first = entry_of(outlook, obligation, known);
                known->first.kind = first_kind(obligation);
                known->apart = !can_be_held(obligation);
                if (known->first.kind != FORECAST_OVERDUE)
                        continue;
                known->first.held = held_day(outlook, obligation, &too_late);
                if (known->first.held > outlook->question->last)
                        known->first.held = CIVIL_NONE;
                tell(outlook, known, &known->first);
        }
}

/* What is owed on the first day, and of which by now nobody can say when. */
static struct forecast_entry apart_entry(const struct obligation *obligation, const struct known *known)
{
        struct forecast_entry entry = known->first;

        entry.kind = obligation->state == OBLIGATION_PAUSED ? FORECAST_PAUSED : FORECAST_UNEVALUABLE;
        return entry;
}

/* What is still to be told at the end: what is owed and was not held, and what nobody could say a day of. */
static void tell_rest(struct outlook *outlook)
{
        for (size_t i = 0; i < outlook->open_count; i++) {
                struct known *known = find_known(outlook, &outlook->open[i]);
                bool apart = !can_be_held(&outlook->open[i]);
                struct forecast_entry entry =
                        apart ? apart_entry(&outlook->open[i], known) : entry_of(outlook, &outlook->open[i], known);

                if (!apart || known->owed)
                        tell(outlook, known, &entry);
        }
        for (size_t i = 0; i < outlook->known_count; i++)
                if (outlook->known[i].apart)
                        tell(outlook, &outlook->known[i], &outlook->known[i].first);
}

/* ---- the way ---- */

/* The appointment that is held next, and when; NULL: none is. */
static const struct obligation *next_appointment(struct outlook *outlook, int32_t *ret_day)
{
        const struct obligation *next = NULL;

        for (size_t i = 0; i < outlook->open_count; i++) {
                bool too_late;

                if (find_known(outlook, &outlook->open[i])->held || !can_be_held(&outlook->open[i]))
                        continue;
                int32_t day = held_day(outlook, &outlook->open[i], &too_late);
                if (next == NULL || day < *ret_day) {
                        next = &outlook->open[i];
                        *ret_day = day;
                }
        }
        return next;
}

/* The day of the first supposed event after the day in hand; CIVIL_MAX + 1 without. */
static int32_t next_supposed(const struct outlook *outlook, const struct forecast_history *history)
{
        int32_t next = CIVIL_MAX + 1;

        for (size_t i = 0; i < history->supposed_count; i++) {
                int32_t on = history->supposed[i].fact.on;
                if (on > outlook->day && on < next)
                        next = on;
        }
        return next;
}

/* Adds an appointment that meets an obligation to what has happened, if one can be made up. */
static bool add_appointment(struct outlook *outlook, const struct obligation *obligation)
{
        struct appointment appointment = {outlook->question->ruleset, obligation, outlook->open, outlook->open_count,
                                          outlook->day};
        struct fact fact;

        outlook->failed |= !appointment_make(&appointment, outlook->outlet->rows, &fact);
        if (outlook->failed || fact.type == VOCABULARY_NONE)
                return !outlook->failed;
        struct record *records = room(outlook, outlook->records, outlook->count, &outlook->capacity, sizeof *records);
        if (records == NULL)
                return false;
        outlook->records = records;
        fact.seq = outlook->count + 1;
        records[outlook->count++] = (struct record){.fact = fact, .recorded_at = INSTANT_ALWAYS};
        return true;
}

static bool is_open(struct outlook *outlook, size_t place)
{
        for (size_t i = 0; i < outlook->open_count; i++)
                if (find_known(outlook, &outlook->open[i]) == &outlook->known[place])
                        return true;
        return false;
}

/* An obligation that may be met today; what began on the way and has no date is due on no day that is told of. */
static struct forecast_entry met_entry(const struct outlook *outlook, const struct obligation *obligation,
                                       const struct known *known)
{
        struct forecast_entry entry = entry_of(outlook, obligation, known);

        if (!can_be_held(obligation) && known->owed)
                entry = apart_entry(obligation, known);
        else if (!can_be_held(obligation))
                entry.due = CIVIL_MAX;
        entry.held = outlook->day;
        return entry;
}

/* Holds an appointment today, and tells of it and of all others that it met. */
static enum status hold(struct outlook *outlook, const struct obligation *next)
{
        size_t count = outlook->open_count, held = (size_t)(find_known(outlook, next) - outlook->known);
        struct forecast_entry *entries = arena_array(outlook->outlet->rows, count, sizeof *entries);
        size_t *places = arena_array(outlook->outlet->rows, count, sizeof *places);

        if (entries == NULL || places == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < count; i++) {
                places[i] = (size_t)(find_known(outlook, &outlook->open[i]) - outlook->known);
                entries[i] = met_entry(outlook, &outlook->open[i], &outlook->known[places[i]]);
        }
        outlook->known[held].held = true;
        if (!add_appointment(outlook, next))
                return STATUS_NO_MEMORY;
        enum status status = look(outlook);
        for (size_t i = 0; status == STATUS_OK && i < count; i++)
                if (places[i] == held || !is_open(outlook, places[i]))
                        tell(outlook, &outlook->known[places[i]], &entries[i]);
        return status;
}

/* From one appointment, or supposed event, to the next. Each step goes to a later day, or holds one that is known. */
static enum status go(struct outlook *outlook, const struct forecast_history *history, bool *ret_cut)
{
        enum status status = STATUS_OK;

        while (status == STATUS_OK) {
                int32_t day = CIVIL_MAX + 1, supposed = next_supposed(outlook, history);
                const struct obligation *next = next_appointment(outlook, &day);

                *ret_cut = outlook->known_count > FORECAST_APPOINTMENTS_MAX;
                if ((day > outlook->question->last && supposed > outlook->question->last) || *ret_cut)
                        break;
                if (next != NULL && day <= outlook->day) {
                        status = hold(outlook, next);
                } else {
                        outlook->day = supposed <= day ? supposed : day;
                        status = look(outlook);
                }
        }
        if (status == STATUS_OK)
                tell_rest(outlook);
        return status;
}

/* What stands on the first day, in its order, and what is supposed after it. */
static enum status take_history(struct outlook *outlook, const struct forecast_history *history)
{
        const struct forecast_question *question = outlook->question;
        struct casefile casefile;
        enum status status = casefile_stand(question->ruleset, history->records, history->count, question->known_at,
                                            question->first, outlook->outlet->work, &casefile);

        if (status != STATUS_OK)
                return status;
        outlook->count = casefile.fact_count + history->supposed_count;
        outlook->capacity = outlook->count;
        outlook->records = arena_array(outlook->outlet->rows, outlook->count, sizeof *outlook->records);
        if (outlook->records == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < outlook->count; i++) {
                struct record *record = &outlook->records[i];

                *record = (struct record){.recorded_at = INSTANT_ALWAYS};
                record->fact =
                        i < casefile.fact_count ? casefile.facts[i] : history->supposed[i - casefile.fact_count].fact;
                record->fact.seq = i + 1;
        }
        return STATUS_OK;
}

static const bool *wanted_rules(const struct ruleset *ruleset, struct arena *arena)
{
        bool *rules = arena_array(arena, ruleset->rule_count, sizeof *rules);

        for (size_t i = 0; rules != NULL && i < ruleset->rule_count; i++)
                rules[i] = forecast_rule(&ruleset->rules[i]);
        return rules;
}

enum status forecast_case(const struct forecast_question *question, const struct forecast_history *history,
                          const struct forecast_outlet *outlet, bool *ret_cut)
{
        struct outlook outlook = {.question = question, .outlet = outlet, .day = question->first};
        struct arena_mark mark = arena_mark(outlet->rows);

        *ret_cut = false;
        arena_reset(outlet->work);
        outlook.rules = wanted_rules(question->ruleset, outlet->rows);
        enum status status = outlook.rules == NULL ? STATUS_NO_MEMORY : take_history(&outlook, history);
        if (status == STATUS_OK && outlook.count > 0)
                status = look(&outlook);
        if (status == STATUS_OK)
                take_first(&outlook);
        if (status == STATUS_OK && (outlook.open_count > 0 || history->supposed_count > 0))
                status = go(&outlook, history, ret_cut);
        arena_rewind(outlet->rows, mark);
        return status;
}
