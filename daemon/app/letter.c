/*
 * letter - from the alerts of one letter to its rows.
 *
 * An alert may have waited since it was raised: for the morning, or for somebody
 * who can be told. Meanwhile the duty may have been met, booked or moved, and
 * other stages of it raised. So a row is made of each obligation, not of each
 * alert, and of the obligation as it is at the time of writing; the alert says
 * only which obligation, and what it was that had to be told. What was settled
 * meanwhile is said to be so, never listed as overdue, and never left out: every
 * alert a letter carries can be found in it.
 */
#include "letter.h"

#include <stdlib.h>
#include <string.h>

/* One alert and what is to be said of it. */
struct entry {
        uint64_t case_id;
        uint32_t rule; /* word; 0: about no duty, and a row of its own */
        const char *item;
        int32_t started;
        uint64_t alert;
        bool open;
        struct digest_row row;
};

struct writing {
        struct app *app;
        struct arena *arena;
        struct entry *entry;                /* being made */
        int kind;                           /* of its alert */
        int state;                          /* of the obligation when it was raised */
        bool missed;                        /* it is of an obligation that closed as missed, and so it is still */
        const struct store_obligation *now; /* NULL: it is not open any more */
        struct store_obligation found;
        bool failed;
};

static const char *keep(struct writing *writing, const char *text)
{
        const char *copy = text == NULL ? NULL : arena_copy(writing->arena, text, strlen(text));

        writing->failed = writing->failed || (text != NULL && copy == NULL);
        return copy;
}

static enum status take_alert(void *context, const struct store_alert *alert, bool *stop)
{
        struct writing *writing = context;
        struct entry *entry = writing->entry;

        *stop = true;
        entry->case_id = alert->case_id;
        entry->rule = alert->rule;
        entry->item = keep(writing, alert->item == NULL ? "" : alert->item);
        entry->started = alert->started;
        entry->alert = alert->id;
        entry->open = false;
        entry->row = (struct digest_row){.reference = digest_reference_of(alert->ref),
                                         .due = alert->due,
                                         .plan_by = alert->plan_by,
                                         .was_due = alert->old_due,
                                         .booked = alert->booked,
                                         .provisional = alert->provisional};
        writing->kind = alert->kind;
        writing->state = alert->state;
        return writing->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status take_open(void *context, const struct store_obligation *row)
{
        struct writing *writing = context;
        const struct entry *entry = writing->entry;

        if (row->rule == entry->rule && row->started == entry->started && strcmp(row->item, entry->item) == 0) {
                writing->found = *row;
                writing->now = &writing->found;
        }
        return STATUS_OK;
}

/* Where an obligation that is open belongs by its state alone. */
static void group_by_state(const struct store_obligation *now, struct digest_row *row)
{
        row->group = DIGEST_DUE_SOON;
        if (now->booked_late)
                row->group = DIGEST_BOOKED_LATE;
        if (now->state == (int32_t)OBLIGATION_OVERDUE)
                row->group = DIGEST_OVERDUE;
        if (now->state == (int32_t)OBLIGATION_UNEVALUABLE) {
                row->group = DIGEST_DATA;
                row->doubt = DIGEST_DOUBT_MISSING;
        }
}

/* What had to be told of an open obligation, if it is still so; else how the obligation stands. */
static void group_open(const struct writing *writing, struct digest_row *row)
{
        const struct store_obligation *now = writing->now;

        group_by_state(now, row);
        if (writing->kind == ALERT_BOOKED_LATE && now->booked_late)
                row->group = DIGEST_BOOKED_LATE;
        if (writing->kind == ALERT_MOVED)
                row->group = DIGEST_MOVED;
        if (writing->kind == ALERT_BOOKING_PASSED && now->booked == CIVIL_NONE) {
                row->group = DIGEST_DATA;
                row->doubt = DIGEST_DOUBT_BOOKING_PASSED;
        }
}

/* A milestone is closed on the very day that it is told of. */
static bool is_reached(const struct writing *writing)
{
        return writing->kind == ALERT_STAGE && writing->state == (int)OBLIGATION_REACHED;
}

/* Closed obligations are not kept, and the record may have been corrected since: the case is asked again. */
static enum status ask_missed(struct writing *writing)
{
        struct app *app = writing->app;
        const struct entry *entry = writing->entry;
        struct dossier dossier = {.arena = &app->work};
        struct derive_input input = {.ruleset = app->book->lexicon->ruleset,
                                     .dossier = &dossier,
                                     .known_at = INSTANT_LATEST,
                                     .as_of = app->meta.as_of};
        struct duties duties = {.count = 0};

        arena_reset(&app->work);
        arena_reset(&app->rows);
        enum status status = dossier_load(app->store, app->book->lexicon, entry->case_id, &dossier);
        if (status == STATUS_OK)
                status = duties_derive(&input, &app->work, &app->rows, &duties);
        for (size_t i = 0; status == STATUS_OK && i < duties.count; i++) {
                const struct obligation *duty = &duties.list[i].obligation;
                const char *item = duty->item == NULL ? "" : duties.list[i].item.key;

                writing->missed =
                        writing->missed ||
                        (duty->state == OBLIGATION_MISSED && duty->started == entry->started &&
                         app->book->lexicon->rule_words[duty->rule] == entry->rule && strcmp(item, entry->item) == 0);
        }
        return status;
}

static void say_obligation(const struct writing *writing, struct digest_row *row)
{
        const struct store_obligation *now = writing->now;

        if (now == NULL) {
                row->group = is_reached(writing) ? DIGEST_DUE_SOON : DIGEST_SETTLED;
                row->missed = writing->missed;
                if (row->missed) {
                        row->group = DIGEST_OVERDUE;
                        row->plan_by = CIVIL_NONE; /* nobody plans it any more */
                }
                return;
        }
        writing->entry->open = true;
        row->due = now->due;
        row->plan_by = now->plan_by;
        row->provisional = now->provisional;
        group_open(writing, row);
        /* Of a booking that passed the day is said, if there is no other. */
        if (row->doubt != DIGEST_DOUBT_BOOKING_PASSED)
                row->booked = now->booked;
}

static enum digest_doubt doubt_of(int kind)
{
        switch ((enum alert_kind)kind) {
        case ALERT_CONSTRAINT:
                return DIGEST_DOUBT_FLAGGED;
        case ALERT_UNKNOWN_WORD:
                return DIGEST_DOUBT_UNKNOWN_WORD;
        case ALERT_CALENDAR:
                return DIGEST_DOUBT_CALENDAR;
        case ALERT_NO_CONTACT:
                return DIGEST_DOUBT_NO_ROUTE;
        case ALERT_DELIVERY:
                return DIGEST_DOUBT_MAIL_FAILED;
        case ALERT_RULES:
                return DIGEST_DOUBT_RULES;
        case ALERT_STAGE:
        case ALERT_BOOKED_LATE:
        case ALERT_MOVED:
        case ALERT_BOOKING_PASSED:
        case ALERT_UNEVALUABLE:
        case ALERT_MISSED:
                break;
        }
        return DIGEST_DOUBT_NONE;
}

/* The title of the version that the obligation is owed under; of one that is closed, of the latest. */
static void name_duty(const struct writing *writing, struct digest_row *row)
{
        const struct app *app = writing->app;
        uint16_t rule = lexicon_rule(app->book->lexicon, writing->entry->rule);
        struct duty duty;

        if (rule == VOCABULARY_NONE)
                return;
        const struct rule *found = &app_ruleset(app)->rules[rule];
        const struct rule_version *version = &found->versions[found->version_count - 1];
        if (writing->now != NULL && duty_from_row(app->book->lexicon, writing->now, writing->now->as_of, &duty))
                version = duty.obligation.version;
        row->duty = version;
}

static enum status make_entry(struct writing *writing, uint64_t alert, bool *ret_found)
{
        struct entry *entry = writing->entry;
        enum status status = store_alert_get(writing->app->store, alert, take_alert, writing, ret_found);

        writing->now = NULL;
        writing->missed = false;
        if (status != STATUS_OK || !*ret_found)
                return status;
        if (entry->rule == 0) {
                entry->row.group = DIGEST_DATA;
                entry->row.doubt = doubt_of(writing->kind);
                if (writing->kind == ALERT_CALENDAR)
                        entry->row.due = CIVIL_NONE; /* how far holidays are published, not when something is due */
                return STATUS_OK;
        }
        status = store_obligations_of(writing->app->store, entry->case_id, take_open, writing);
        if (status == STATUS_OK && writing->kind == ALERT_MISSED && writing->now == NULL)
                status = ask_missed(writing);
        if (status != STATUS_OK)
                return status;
        say_obligation(writing, &entry->row);
        name_duty(writing, &entry->row);
        return status;
}

/* ---- one row for each obligation ---- */

static bool same_series(const struct entry *a, const struct entry *b)
{
        return a->rule != 0 && a->case_id == b->case_id && a->rule == b->rule && strcmp(a->item, b->item) == 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
        return a < b ? -1 : a > b;
}

static int compare_entries(const void *one, const void *other)
{
        const struct entry *a = one, *b = other;
        int order = compare_numbers(a->case_id, b->case_id);

        if (order == 0)
                order = compare_numbers(a->rule, b->rule);
        if (order == 0)
                order = strcmp(a->item, b->item);
        if (order == 0 && a->started != b->started)
                order = a->started < b->started ? -1 : 1;
        return order != 0 ? order : compare_numbers(a->alert, b->alert);
}

/* Adds to a row what another alert of the same obligation had to tell: the most urgent group has it; what it was due
 * before the first of its moves, and what is doubtful, is said in any. */
static void merge(struct digest_row *row, const struct digest_row *other)
{
        int32_t was_due = row->was_due != CIVIL_NONE ? row->was_due : other->was_due;
        enum digest_doubt doubt = row->doubt != DIGEST_DOUBT_NONE ? row->doubt : other->doubt;

        if (other->group < row->group)
                *row = *other;
        row->was_due = was_due;
        row->doubt = doubt;
}

static struct letter_duty duty_of(const struct entry *entry)
{
        return (struct letter_duty){
                .key = {.case_id = entry->case_id, .rule = entry->rule, .item = entry->item, .started = entry->started},
                .open = entry->open};
}

/* Rows of a run of entries of one case, rule and item; what was settled is said if nothing of it stands. */
static void merge_run(const struct entry *entries, size_t count, struct letter_rows *rows)
{
        size_t first = rows->count;

        for (size_t i = 0; i < count; i++) {
                bool same = rows->count > first && rows->duties[rows->count - 1].key.started == entries[i].started;

                if (entries[i].row.group == DIGEST_SETTLED)
                        continue;
                if (same) {
                        merge(&rows->rows[rows->count - 1], &entries[i].row);
                        continue;
                }
                rows->rows[rows->count] = entries[i].row;
                rows->duties[rows->count++] = duty_of(&entries[i]);
        }
        if (rows->count == first) {
                rows->rows[rows->count] = entries[count - 1].row;
                rows->duties[rows->count++] = duty_of(&entries[count - 1]);
        }
        for (size_t i = first; i < rows->count; i++)
                if (rows->rows[i].was_due == rows->rows[i].due)
                        rows->rows[i].was_due = CIVIL_NONE; /* there and back again */
}

/* What is to be said of the service itself is said once, however often it was raised: fifty messages that wait for one
 * relay are one thing to look into. mappactl alerts lists them. */
static bool is_said(const struct letter_rows *rows, const struct entry *entry)
{
        for (size_t i = 0; entry->case_id == 0 && i < rows->count; i++)
                if (rows->duties[i].key.case_id == 0 && rows->rows[i].doubt == entry->row.doubt)
                        return true;
        return false;
}

enum status letter_rows(struct app *app, struct letter_alerts alerts, struct arena *arena, struct letter_rows *ret_rows)
{
        struct entry *entries = arena_array(arena, alerts.count, sizeof *entries);
        struct letter_rows rows = {.rows = arena_array(arena, alerts.count, sizeof *rows.rows),
                                   .duties = arena_array(arena, alerts.count, sizeof *rows.duties)};
        struct writing writing = {.app = app, .arena = arena};
        size_t count = 0;
        bool room = entries != NULL && rows.rows != NULL && rows.duties != NULL;
        enum status status = room ? STATUS_OK : STATUS_NO_MEMORY;

        for (size_t i = 0; status == STATUS_OK && i < alerts.count; i++) {
                bool found = false;
                writing.entry = &entries[count];
                status = make_entry(&writing, alerts.ids[i], &found);
                count += found;
        }
        if (status != STATUS_OK)
                return status;
        if (count > 0)
                qsort(entries, count, sizeof *entries, compare_entries);
        for (size_t i = 0, next; i < count; i = next) {
                for (next = i + 1; next < count && same_series(&entries[i], &entries[next]);)
                        next++;
                if (!is_said(&rows, &entries[i]))
                        merge_run(&entries[i], next - i, &rows);
        }
        *ret_rows = rows;
        return STATUS_OK;
}

enum status letter_standing(struct app *app, const struct store_diary_key *key, const char *ref, struct arena *arena,
                            struct letter_standing *ret_standing)
{
        struct entry entry = {.case_id = key->case_id, .rule = key->rule, .item = key->item, .started = key->started};
        struct writing writing = {.app = app, .arena = arena, .entry = &entry, .kind = ALERT_STAGE};
        enum status status = store_obligations_of(app->store, key->case_id, take_open, &writing);

        if (status != STATUS_OK)
                return status;
        entry.row = (struct digest_row){.reference = digest_reference_of(ref),
                                        .due = CIVIL_NONE,
                                        .plan_by = CIVIL_NONE,
                                        .was_due = CIVIL_NONE,
                                        .booked = CIVIL_NONE};
        say_obligation(&writing, &entry.row);
        name_duty(&writing, &entry.row);
        *ret_standing = (struct letter_standing){entry.row, entry.open};
        return STATUS_OK;
}

struct digest_row letter_row(struct app *app, const struct store_obligation *now)
{
        struct entry entry = {.rule = now->rule};
        struct writing writing = {.app = app, .entry = &entry, .kind = ALERT_STAGE, .now = now};

        entry.row = (struct digest_row){.reference = digest_reference_of(now->ref),
                                        .was_due = CIVIL_NONE,
                                        .booked = CIVIL_NONE,
                                        .standing = true};
        say_obligation(&writing, &entry.row);
        name_duty(&writing, &entry.row);
        return entry.row;
}
