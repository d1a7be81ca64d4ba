/*
 * cases - what is known of cases: their attributes, what is open, until when they
 * are kept, and where the whole stands (app_query.h).
 */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/retention.h"

#define CASES_A_STEP 50 /* cases between two answers of APP_WORKING: some milliseconds */
#define PAGES_A_STEP 20 /* of these, while none of them is in sight: each costs a twentieth of a millisecond */

/* A caseload asked about, or one case of it. */
struct app_cases {
        struct app *app;
        struct book *book;
        struct store *reader;
        struct arena *work, *rows; /* one case at a time */
        struct arena own_work, own_rows;
        int64_t known_at;
        int32_t as_of;
        struct sight sight;
        bool cached; /* what is open is counted from the cache */
        uint64_t left;
        struct store_case page[CASES_A_STEP];
        size_t count, at;
        char after[33];
        bool last, more;
        struct period idle; /* count 0: whether or not anything happened of late */
        bool by_class;      /* those that are due by their class of retention */
        uint16_t attributes[APP_FILTERS_MAX];
        uint64_t masks[APP_FILTERS_MAX];
        size_t attribute_count;
        bool fits;  /* whether the attributes of the case in hand are those asked for */
        bool items; /* what is known of items is wanted, too */
};

struct tally_open {
        uint32_t *open;
};

static enum status count_open(void *context, const struct store_obligation *row)
{
        struct tally_open *tally = context;

        if (row->state >= 0 && row->state < APP_OPEN_STATES)
                tally->open[row->state]++;
        return STATUS_OK;
}

static bool fill_attribute(const struct attribute *attribute, const struct value *value, struct arena *arena,
                           struct app_attribute *ret_attribute)
{
        const char **words = arena_array(arena, attribute->value_count, sizeof *words);

        if (words == NULL)
                return false;
        *ret_attribute = (struct app_attribute){.name = attribute->name,
                                                .kind = attribute->kind,
                                                .values = words,
                                                .day = value->day,
                                                .derived = attribute->derived};
        for (size_t v = 0; v < attribute->value_count; v++)
                if ((value->bits & VALUE_BIT(v)) != 0)
                        words[ret_attribute->value_count++] = attribute->values[v];
        return true;
}

static bool fits(const struct app_cases *cases, const struct value *state)
{
        for (size_t i = 0; i < cases->attribute_count; i++)
                if ((state[cases->attributes[i]].bits & cases->masks[i]) == 0)
                        return false;
        return true;
}

/* The day on which nothing has happened for as long as is asked, or until which the rules say that a case is kept. */
static void settle_due(const struct app_cases *cases, const struct value *state, struct app_case *to)
{
        const struct ruleset *ruleset = cases->book->rules.ruleset;

        if (cases->by_class) {
                struct retention_answer answer = retention_of(ruleset, state, to->last_on);
                to->class = answer.class;
                to->due_on = answer.until;
                to->missing =
                        answer.missing == VOCABULARY_NONE ? NULL : ruleset->vocabulary.attributes[answer.missing].name;
        } else if (cases->idle.count != 0 && to->last_on != CIVIL_NONE) {
                to->due_on = period_from(cases->idle, &ruleset->calendar, to->last_on);
        }
}

/* Whether a case is in the list: of those that are due, also where the date on which that hangs is missing. */
static bool is_listed(const struct app_cases *cases, const struct app_case *casefile)
{
        if (!cases->fits)
                return false;
        if (cases->idle.count == 0 && !cases->by_class)
                return true;
        return casefile->missing != NULL || (casefile->due_on != CIVIL_NONE && casefile->due_on <= cases->as_of);
}

/* Those of a state that are set: of a kind of item, or VOCABULARY_NONE: of the case. NULL: no memory. */
static const struct app_attribute *set_ones(const struct app_cases *cases, const struct value *state, uint16_t scope,
                                            size_t *ret_count)
{
        const struct vocabulary *vocabulary = &cases->book->rules.ruleset->vocabulary;
        struct app_attribute *attributes = arena_array(cases->rows, vocabulary->attribute_count, sizeof *attributes);

        *ret_count = 0;
        for (size_t i = 0; attributes != NULL && i < vocabulary->attribute_count; i++) {
                if (vocabulary->attributes[i].scope != scope || state[i].bits == VALUE_UNSET)
                        continue;
                if (!fill_attribute(&vocabulary->attributes[i], &state[i], cases->rows, &attributes[(*ret_count)++]))
                        return NULL;
        }
        return attributes;
}

static enum status fill_attributes(struct app_cases *cases, const struct casefile *casefile, struct app_case *to)
{
        const struct ruleset *ruleset = cases->book->rules.ruleset;
        const struct value *state = casefile_state(ruleset, casefile, NULL, cases->as_of, cases->work);

        if (state == NULL)
                return STATUS_NO_MEMORY;
        cases->fits = fits(cases, state);
        if (cases->fits)
                settle_due(cases, state, to);
        to->attributes = set_ones(cases, state, VOCABULARY_NONE, &to->attribute_count);
        return to->attributes == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status fill_items(const struct app_cases *cases, const struct casefile *casefile, struct app_case *to)
{
        const struct ruleset *ruleset = cases->book->rules.ruleset;
        struct app_case_item *items = arena_array(cases->rows, casefile->item_count, sizeof *items);

        if (items == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < casefile->item_count; i++) {
                const struct item *item = &casefile->items[i];
                struct arena_mark mark = arena_mark(cases->work);
                const struct value *state = casefile_state(ruleset, casefile, item, cases->as_of, cases->work);

                items[i] = (struct app_case_item){
                        .key = item->key, .kind = ruleset->vocabulary.items[item->kind].name, .since = item->begins};
                if (state != NULL)
                        items[i].attributes = set_ones(cases, state, item->kind, &items[i].attribute_count);
                arena_rewind(cases->work, mark);
                if (items[i].attributes == NULL)
                        return STATUS_NO_MEMORY;
        }
        to->items = items;
        to->item_count = casefile->item_count;
        return STATUS_OK;
}

/* Counts what was known of a case; gives whether it had begun by the day. Lines that the rules cannot read have no
 * day and count as begun. */
static bool extent(const struct app_cases *cases, const struct dossier *dossier, struct app_case *to)
{
        bool begun = false;

        for (size_t i = 0; i < dossier->count; i++) {
                const struct record *record = &dossier->records[i];
                if (record->recorded_at > cases->known_at)
                        continue;
                to->events++;
                to->last_seq = record->fact.seq;
                begun = begun ||
                        (record->is_retraction ? record->fact.on == CIVIL_MIN : record->fact.on <= cases->as_of);
        }
        return begun;
}

/* Counts what is open of a case whose obligations nobody keeps. */
static enum status derive_open(struct app_cases *cases, const struct dossier *dossier, struct app_case *to)
{
        struct derive_input input = {.ruleset = cases->book->rules.ruleset,
                                     .dossier = dossier,
                                     .known_at = cases->known_at,
                                     .as_of = cases->as_of,
                                     .open_only = true};
        struct duties duties;
        enum status status = duties_derive(&input, cases->work, cases->rows, &duties);

        for (size_t i = 0; status == STATUS_OK && i < duties.count; i++)
                if ((unsigned)duties.list[i].obligation.state < APP_OPEN_STATES)
                        to->open[duties.list[i].obligation.state]++;
        return status;
}

static enum status take_case(struct app_cases *cases, const struct store_case *row, struct app_case *to,
                             bool *ret_begun)
{
        struct dossier dossier = {.arena = cases->rows, .ref = row->ref, .case_id = row->id};
        struct casefile casefile;

        *to = (struct app_case){.ref = row->ref, .since = CIVIL_NONE, .last_on = CIVIL_NONE, .due_on = CIVIL_NONE};
        arena_reset(cases->rows);
        arena_reset(cases->work);
        enum status status = dossier_load(cases->reader, cases->book->lexicon, row->id, &dossier);
        if (status != STATUS_OK)
                return status;
        *ret_begun = extent(cases, &dossier, to);
        status = casefile_stand(cases->book->rules.ruleset, dossier.records, dossier.count, cases->known_at,
                                cases->as_of, cases->work, &casefile);
        if (status == STATUS_OK && casefile.fact_count > 0) {
                to->since = casefile.facts[0].on;
                to->last_on = casefile.facts[casefile.fact_count - 1].on;
        }
        if (status == STATUS_OK)
                status = fill_attributes(cases, &casefile, to);
        if (status == STATUS_OK && cases->items)
                status = fill_items(cases, &casefile, to);
        if (status == STATUS_OK && cases->cached)
                status = store_obligations_of(cases->reader, row->id, count_open, &(struct tally_open){to->open});
        else if (status == STATUS_OK)
                status = derive_open(cases, &dossier, to);
        return status;
}

static void cases_init(struct app_cases *cases, struct app *app, struct moment moment, const struct app_axes *axes)
{
        int32_t today = app_day(app, moment);

        cases->app = app;
        cases->book = book_hold(axes->law == NULL ? app->book : axes->law);
        cases->as_of = axes->as_of == CIVIL_NONE ? today : axes->as_of;
        cases->known_at = axes->known_at;
        cases->sight = axes->sight;
        cases->cached = cases->as_of == today && cases->known_at == INSTANT_LATEST && cases->book == app->book;
}

enum status app_cases_begin(struct app *app, struct moment moment, const struct app_axes *axes,
                            const struct app_page *page, struct app_cases **ret_cases)
{
        struct app_cases *cases = NULL;
        enum status status = advance_all(app, moment);

        if (status != STATUS_OK)
                return status;
        cases = calloc(1, sizeof *cases);
        if (cases == NULL)
                return STATUS_NO_MEMORY;
        cases_init(cases, app, moment, axes);
        arena_init(&cases->own_work, malloc, free);
        arena_init(&cases->own_rows, malloc, free);
        cases->work = &cases->own_work;
        cases->rows = &cases->own_rows;
        cases->left = page->limit;
        snprintf(cases->after, sizeof cases->after, "%s", page->after);
        status = reader_take(app, &cases->reader);
        if (status == STATUS_OK)
                *ret_cases = cases;
        else
                app_cases_free(cases);
        return status;
}

static bool class_enabled(const struct ruleset *ruleset)
{
        bool enabled = false;

        for (size_t i = 0; i < ruleset->retention_count; i++)
                enabled = enabled || ruleset->retention[i].enabled;
        return enabled;
}

enum status app_cases_where(struct app_cases *cases, const struct app_attribute_filter *filters, size_t count,
                            struct wire_problem *ret_problem)
{
        const struct vocabulary *vocabulary = &cases->book->rules.ruleset->vocabulary;

        for (size_t i = 0; i < count; i++) {
                uint16_t *attribute = &cases->attributes[i];
                if (!query_mask(vocabulary, &filters[i], attribute, &cases->masks[i], ret_problem))
                        return STATUS_INVALID;
                if (vocabulary->attributes[*attribute].scope == VOCABULARY_NONE)
                        continue;
                wire_problem_set(ret_problem, "unknown-filter", filters[i].name, "%s is of items, not of cases",
                                 filters[i].name);
                return STATUS_INVALID;
        }
        cases->attribute_count = count;
        return STATUS_OK;
}

enum status app_cases_idle(struct app_cases *cases, const char *period, struct wire_problem *ret_problem)
{
        cases->by_class = period == NULL;
        if (cases->by_class && !class_enabled(cases->book->rules.ruleset)) {
                wire_problem_set(ret_problem, "missing", "idle",
                                 "no class of retention is enabled in the rules: enable one (\"retention\" in "
                                 "mappad-rules(5)), or say for how long nothing has happened, \"6 years after\"");
                return STATUS_INVALID;
        }
        if (!cases->by_class &&
            (period_parse(period, &cases->idle) != PERIOD_FINE || cases->idle.phrase != PERIOD_AFTER)) {
                wire_problem_set(ret_problem, "bad-period", "idle", "\"idle\" is a period such as \"6 years after\"");
                return STATUS_INVALID;
        }
        return STATUS_OK;
}

static enum status next_page(struct app_cases *cases)
{
        enum status status =
                scope_cases(cases->reader, cases->sight, cases->after, cases->page, CASES_A_STEP, &cases->count);

        cases->at = 0;
        cases->last = cases->count < CASES_A_STEP;
        if (cases->count > 0)
                memcpy(cases->after, cases->page[cases->count - 1].ref, sizeof cases->after);
        return status;
}

static void skip_hidden(struct app_cases *cases)
{
        while (cases->at < cases->count && !sight_sees(cases->sight, cases->page[cases->at].scope))
                cases->at++;
}

/* The next page that has a case in sight, or one of the next. */
static enum status next_pages(struct app_cases *cases)
{
        enum status status = next_page(cases);

        skip_hidden(cases);
        for (int i = 1; status == STATUS_OK && i < PAGES_A_STEP && !cases->last && cases->at == cases->count; i++) {
                status = next_page(cases);
                skip_hidden(cases);
        }
        return status;
}

enum status app_cases_next(struct app_cases *cases, enum app_row *ret_kind, struct app_case *ret_case)
{
        skip_hidden(cases);
        for (; cases->at < cases->count; skip_hidden(cases)) {
                const struct store_case *row = &cases->page[cases->at++];
                bool begun = false;
                enum status status = take_case(cases, row, ret_case, &begun);
                if (status != STATUS_OK)
                        return status;
                if (!begun || !is_listed(cases, ret_case))
                        continue;
                cases->more = cases->left == 0;
                *ret_kind = cases->more ? APP_END : APP_ROW;
                cases->left -= !cases->more;
                return STATUS_OK;
        }
        *ret_kind = cases->last ? APP_END : APP_WORKING;
        return cases->last ? STATUS_OK : next_pages(cases);
}

bool app_cases_more(const struct app_cases *cases)
{
        return cases->more;
}

int32_t app_cases_as_of(const struct app_cases *cases)
{
        return cases->as_of;
}

const struct ruleset *app_cases_ruleset(const struct app_cases *cases)
{
        return cases->book->rules.ruleset;
}

void app_cases_free(struct app_cases *cases)
{
        if (cases == NULL)
                return;
        reader_give(cases->app, cases->reader);
        arena_fini(&cases->own_work);
        arena_fini(&cases->own_rows);
        book_drop(cases->book);
        free(cases);
}

enum status app_case_one(struct app *app, struct moment moment, const struct app_axes *axes, const char *ref,
                         struct app_case *ret_case)
{
        struct app_cases one = {.reader = app->store, .work = &app->work, .rows = &app->rows, .items = true};
        struct store_case row = {0};
        bool begun = false;
        enum status status = advance_all(app, moment);

        ret_case->ref = NULL;
        if (status == STATUS_OK)
                status = store_case_find(app->store, ref, &row);
        if (status != STATUS_OK || row.id == 0 || !sight_sees(axes->sight, row.scope))
                return status;
        cases_init(&one, app, moment, axes);
        status = take_case(&one, &row, ret_case, &begun);
        ret_case->ref = ref;
        book_drop(one.book);
        return status;
}

enum status app_case_hidden(struct app *app, const char *ref, struct sight sight, bool *ret_hidden)
{
        struct store_case row = {0};
        enum status status = sight_whole(sight) ? STATUS_OK : store_case_find(app->store, ref, &row);

        *ret_hidden = row.id != 0 && !sight_sees(sight, row.scope);
        return status;
}

/* ---- status ---- */

/* What was given up to a mailbox that the contacts name no more is nothing to be mended now, and would be alarmed about
 * for ever; it stays in the list of the outbox. */
struct given_up {
        const struct contacts *contacts; /* NULL: none */
        uint64_t count;
};

static void count_given_up(void *context, const char *recipient)
{
        struct given_up *given_up = context;

        given_up->count += given_up->contacts == NULL || contacts_name_mailbox(given_up->contacts, recipient);
}

static enum status fill_ledgers(struct app *app, struct app_status *status)
{
        struct given_up given_up = {.contacts = app_contacts(app)};
        struct store_sweep sweep = {.day = CIVIL_NONE};
        struct store_outbox_counts counts = {.oldest_ms = INT64_MAX};
        struct store_downtime rows[8];
        size_t count = 0;
        enum status result = store_sweep_last(app->store, &sweep);

        if (result == STATUS_OK)
                result = store_outbox_count(app->store, &counts);
        if (result == STATUS_OK)
                result = store_outbox_failed(app->store, count_given_up, &given_up);
        if (result == STATUS_OK)
                result = store_downtime_latest(app->store, rows, 8, &count);
        if (result != STATUS_OK)
                return result;
        status->last_sweep = (struct sweep_slot){sweep.day, sweep.minute};
        status->last_sweep_ms = sweep.at_ms;
        status->outbox_waiting = counts.waiting;
        status->outbox_failed = given_up.count;
        status->outbox_ambiguous = counts.ambiguous;
        status->outbox_oldest_ms = counts.oldest_ms;
        status->downtime_count = count;
        for (size_t i = 0; i < count; i++)
                status->downtime[i] = (struct app_downtime){rows[i].from_ms, rows[i].until_ms, rows[i].orderly};
        return STATUS_OK;
}

enum status app_status(struct app *app, struct moment moment, struct app_status *ret_status)
{
        struct app_status to = {.as_of = CIVIL_NONE};
        enum status status = advance_all(app, moment);

        /* A day that cannot begin for want of space is something to tell: as_of stays behind. */
        if (status == STATUS_OK || status == STATUS_DISK_FULL)
                status = store_case_count(app->store, &to.cases);
        if (status == STATUS_OK)
                status = store_alert_last(app->store, &to.last_alert_id);
        if (status == STATUS_OK)
                status = fill_ledgers(app, &to);
        if (status != STATUS_OK)
                return status;
        to.as_of = app->meta.as_of;
        to.last_seq = store_next_seq(app->store) - 1;
        to.events = to.last_seq;
        to.alerts = to.last_alert_id;
        for (unsigned i = 0; i < APP_OPEN_STATES; i++)
                to.open[i] = (uint64_t)store_tally(app->store, i);
        to.unknown_events = (uint64_t)store_tally(app->store, TALLY_UNKNOWN);
        to.created_ms = app->meta.created_ms;
        to.test_clock = app->meta.test_clock;
        to.disk_full = app->disk_full;
        to.gathering = heartbeat_now(app);
        to.importing = import_now(app, moment);
        to.database_bytes = store_bytes(app->store);
        store_chain_head(app->store, to.chain_head);
        *ret_status = to;
        return STATUS_OK;
}
