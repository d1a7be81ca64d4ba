/*
 * query - lists of obligations (app_query.h).
 *
 * Open ones of today come from the cached rows, five or six lists by due date
 * merged as they are read. Any other question is derived from the record, case
 * by case, and sorted. Both give the same order, so that a cursor is only the
 * last row's place in it.
 */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_A_STEP 200 /* cases derived between two answers of APP_WORKING */

struct app_obligation_filter app_obligation_filter_all(void)
{
        return (struct app_obligation_filter){.due_before = CIVIL_NONE,
                                              .due_after = CIVIL_NONE,
                                              .booked = -1,
                                              .as_of = CIVIL_NONE,
                                              .known_at = INSTANT_LATEST};
}

const struct ruleset *query_rules(const struct app_query *query)
{
        return query->book->rules.ruleset;
}

/* ---- order ---- */

static int compare_due(int32_t a, int32_t b)
{
        if (a == b)
                return 0;
        if (a == CIVIL_NONE || b == CIVIL_NONE)
                return a == CIVIL_NONE ? 1 : -1;
        return a < b ? -1 : 1;
}

static int compare_words(uint32_t a, uint32_t b)
{
        return a < b ? -1 : a > b;
}

/* A rule against that of the cursor: kept rows of one case and day lie in the order in which the names of their rules
 * were first met, derived ones are ordered by the names. */
static int compare_rule(const struct app_query *query, uint16_t rule)
{
        if (query->cached)
                return compare_words(query->book->lexicon->rule_words[rule],
                                     store_word(query->reader, query->place_rule));
        return strcmp(query_rules(query)->rules[rule].id, query->place_rule);
}

/* A row as it is looked at: its case, its item ("" without) and what is owed. */
struct candidate {
        const char *ref, *key;
        const struct obligation *obligation;
};

/* Whether a row lies at or before the place of the cursor. */
static bool passed(const struct app_query *query, const struct candidate *row)
{
        const struct obligation *x = row->obligation, *y = &query->place.duty.obligation;
        int order;

        if (!query->has_place)
                return false;
        order = compare_due(x->due, y->due);
        if (order == 0)
                order = strcmp(row->ref, query->place.ref);
        if (order == 0)
                order = compare_rule(query, x->rule);
        if (order == 0)
                order = strcmp(row->key, query->place.key);
        if (order == 0)
                order = x->started < y->started ? -1 : x->started > y->started;
        return order <= 0;
}

/* ---- whether a row is asked for ---- */

static bool dates_fit(const struct app_query *query, const struct obligation *obligation)
{
        const struct app_obligation_filter *filter = &query->filter;

        if (filter->due_before != CIVIL_NONE &&
            (obligation->due == CIVIL_NONE || obligation->due >= filter->due_before))
                return false;
        if (filter->due_after != CIVIL_NONE && (obligation->due == CIVIL_NONE || obligation->due <= filter->due_after))
                return false;
        return filter->booked < 0 || (obligation->booked != CIVIL_NONE) == (filter->booked == 1);
}

static bool plain_fit(const struct app_query *query, const struct candidate *row)
{
        const struct obligation *obligation = row->obligation;

        if ((query->states & APP_STATE_BIT(obligation->state)) == 0 || !dates_fit(query, obligation))
                return false;
        if (query->rule_wanted != NULL && !query->rule_wanted[obligation->rule])
                return false;
        if (query->case_ref[0] != '\0' && strcmp(query->case_ref, row->ref) != 0)
                return false;
        return !passed(query, row);
}

/* Whether any attribute of the case holds one of the words: for "agency". */
static bool names_agency(const struct app_query *query, const char *words, const struct value *state)
{
        const struct vocabulary *vocabulary = &query_rules(query)->vocabulary;
        char word[128];

        while (query_next_word(&words, word, sizeof word)) {
                for (size_t a = 0; a < vocabulary->attribute_count; a++) {
                        const struct attribute *attribute = &vocabulary->attributes[a];
                        int value = vocabulary_word(attribute->values, attribute->value_count, word);
                        if (query->routes[a] && value >= 0 && (state[a].bits & VALUE_BIT(value)) != 0)
                                return true;
                }
        }
        return false;
}

static bool attributes_fit(const struct app_query *query, const struct value *state)
{
        for (size_t i = 0; i < query->filter.attribute_count; i++) {
                uint16_t attribute = query->attributes[i];
                bool fits = attribute == VOCABULARY_NONE
                                    ? names_agency(query, query->filter.attributes[i].values, state)
                                    : (state[attribute].bits & query->masks[i]) != 0;
                if (!fits)
                        return false;
        }
        return true;
}

/* Whether a row's case itself is in sight: what its attributes are is not for whoever sees an item of it alone. */
static enum status case_seen(struct app_query *query, const struct store_obligation *row, bool *ret_seen)
{
        struct store_case casefile = {0};
        bool found = false;
        enum status status = STATUS_OK;

        *ret_seen = true;
        if (query->filter.sight.within == 0)
                return STATUS_OK;
        status = store_case_get(query->reader, row->case_id, &casefile, &found);
        *ret_seen = sight_sees(query->filter.sight, casefile.scope);
        return status;
}

/* The state of a row's case, for attribute filters. */
static enum status row_state(struct app_query *query, const struct store_obligation *row, const struct item *item,
                             const struct value **ret_state)
{
        struct dossier dossier = {.arena = &query->rows, .ref = row->ref};
        struct casefile casefile;

        arena_reset(&query->rows);
        arena_reset(&query->work);
        enum status status = dossier_load(query->reader, query->book->lexicon, row->case_id, &dossier);
        if (status == STATUS_OK)
                status = casefile_stand(query_rules(query), dossier.records, dossier.count, INSTANT_LATEST,
                                        query->as_of, &query->work, &casefile);
        if (status != STATUS_OK)
                return status;
        const struct item *found = NULL;
        for (size_t i = 0; item != NULL && i < casefile.item_count; i++)
                if (strcmp(casefile.items[i].key, item->key) == 0)
                        found = &casefile.items[i];
        *ret_state = casefile_state(query_rules(query), &casefile, found, query->as_of, &query->work);
        return *ret_state == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- cached answers ---- */

static enum status pull_head(struct app_query *query, int state)
{
        if (!query->listed[state]) {
                struct store_place place = {.due = query->has_place ? query->place.duty.obligation.due : CIVIL_MIN,
                                            .within = sight_one(query->filter.sight)};
                if (query->has_place)
                        memcpy(place.ref, query->place.ref, sizeof place.ref);
                enum status status = store_list_begin(query->reader, state, &place);
                if (status != STATUS_OK)
                        return status;
                query->listed[state] = true;
        }
        return store_list_next(query->reader, state, &query->heads[state], &query->has_head[state]);
}

static int compare_heads(const struct store_obligation *a, const struct store_obligation *b)
{
        int order = compare_due(a->due, b->due);

        if (order == 0)
                order = strcmp(a->ref, b->ref);
        if (order == 0)
                order = compare_words(a->rule, b->rule);
        if (order == 0)
                order = strcmp(a->item, b->item);
        return order != 0 ? order : a->started < b->started ? -1 : a->started > b->started;
}

static int first_head(const struct app_query *query)
{
        int first = -1;

        for (int s = 0; s < APP_OPEN_STATES; s++)
                if (query->has_head[s] && (first < 0 || compare_heads(&query->heads[s], &query->heads[first]) < 0))
                        first = s;
        return first;
}

static void fill_current(struct app_query *query, const struct store_obligation *row)
{
        memcpy(query->current.ref, row->ref, sizeof query->current.ref);
        memcpy(query->current.key, row->item, sizeof query->current.key);
        if (query->current.duty.obligation.item != NULL) {
                query->current.duty.item.key = query->current.key;
                query->current.duty.obligation.item = &query->current.duty.item;
        }
}

static enum status next_cached(struct app_query *query, enum app_row *ret_row)
{
        for (unsigned tried = 0; tried < CASES_A_STEP * 5; tried++) {
                int state = first_head(query);
                if (state < 0) {
                        *ret_row = APP_END;
                        return STATUS_OK;
                }
                struct store_obligation row = query->heads[state];
                enum status status = pull_head(query, state);
                if (status != STATUS_OK)
                        return status;
                if (!sight_sees(query->filter.sight, row.scope))
                        continue;
                if (!duty_from_row(query->book->lexicon, &row, query->as_of, &query->current.duty))
                        continue;
                fill_current(query, &row);
                if (!plain_fit(query, &(struct candidate){query->current.ref, query->current.key,
                                                          &query->current.duty.obligation}))
                        continue;
                *ret_row = APP_ROW;
                if (query->filter.attribute_count == 0)
                        return STATUS_OK;
                const struct value *values = NULL;
                bool seen = true;
                status = case_seen(query, &row, &seen);
                if (status == STATUS_OK && seen)
                        status = row_state(query, &row, query->current.duty.obligation.item, &values);
                if (status != STATUS_OK || (seen && attributes_fit(query, values)))
                        return status;
        }
        *ret_row = APP_WORKING;
        return STATUS_OK;
}

/* ---- derived answers ---- */

/* An empty dossier of a case; the one before it is forgotten. */
static struct dossier open_dossier(struct app_query *query, const struct store_case *casefile)
{
        arena_reset(&query->rows);
        arena_reset(&query->work);
        return (struct dossier){.arena = &query->rows, .ref = casefile->ref, .case_id = casefile->id};
}

/* Whether the attributes of a derived case fit; memory may run out. */
static enum status attributes_asked(struct app_query *query, const struct duties *duties, const struct item *item,
                                    bool *ret_fit)
{
        *ret_fit = true;
        if (query->filter.attribute_count == 0)
                return STATUS_OK;
        const struct value *state =
                casefile_state(query_rules(query), &duties->casefile, item, query->as_of, &query->work);
        if (state == NULL)
                return STATUS_NO_MEMORY;
        *ret_fit = attributes_fit(query, state);
        return STATUS_OK;
}

static enum status derive_one(struct app_query *query, const struct dossier *dossier)
{
        struct derive_input input = {.ruleset = query_rules(query),
                                     .dossier = dossier,
                                     .known_at = query->filter.known_at,
                                     .as_of = query->as_of,
                                     .open_only = (query->states & ~APP_STATES_OPEN) == 0};
        struct duties duties;
        enum status status = duties_derive(&input, &query->work, &query->rows, &duties);

        if (status == STATUS_OK && !gathering_case(&query->gathering, dossier->ref))
                status = STATUS_NO_MEMORY;
        for (size_t i = 0; status == STATUS_OK && i < duties.count; i++) {
                const struct obligation *obligation = &duties.list[i].obligation;
                const struct candidate candidate = {dossier->ref, obligation->item == NULL ? "" : obligation->item->key,
                                                    obligation};
                bool fit = horizon_reaches(&query->horizon, obligation->due) && plain_fit(query, &candidate);
                if (fit)
                        status = attributes_asked(query, &duties, obligation->item, &fit);
                if (status != STATUS_OK || !fit)
                        continue;
                horizon_note(&query->horizon, obligation->due);
                if (!gathering_keep(&query->gathering, query_rules(query), obligation))
                        status = STATUS_NO_MEMORY;
        }
        return status;
}

static enum status gather_one(struct app_query *query)
{
        struct store_case casefile = {0};
        enum status status = store_case_find(query->reader, query->case_ref, &casefile);

        query->gathered = true;
        if (status != STATUS_OK || casefile.id == 0 || !sight_sees(query->filter.sight, casefile.scope))
                return status;
        struct dossier dossier = open_dossier(query, &casefile);
        status = dossier_load(query->reader, query->book->lexicon, casefile.id, &dossier);
        return status == STATUS_OK ? derive_one(query, &dossier) : status;
}

/* Some cases, and which of them the lines that are handed over have come to. */
struct page {
        struct app_query *query;
        struct store_case cases[CASES_A_STEP];
        size_t count, at;
        struct dossier dossier; /* of the case at hand */
        enum status status;
};

/* The case at hand has all its lines; the next one begins. */
static void finish_case(struct page *page)
{
        if (sight_sees(page->query->filter.sight, page->cases[page->at].scope))
                page->status = derive_one(page->query, &page->dossier);
        if (++page->at < page->count)
                page->dossier = open_dossier(page->query, &page->cases[page->at]);
}

/* A line of a case that is not on the page is what is left of one that was erased. */
static bool take_line(void *context, const struct store_line *line)
{
        struct page *page = context;

        while (page->status == STATUS_OK && page->at < page->count && page->cases[page->at].id < line->case_id)
                finish_case(page);
        if (page->status == STATUS_OK && page->at < page->count && page->cases[page->at].id == line->case_id)
                page->status = dossier_add_line(&page->dossier, page->query->book->lexicon, line);
        return page->status == STATUS_OK && page->at < page->count;
}

/* The next cases in the order in which their lines lie in the file: one walk for all of them. */
static enum status gather_step(struct app_query *query)
{
        struct page page = {.query = query, .status = STATUS_OK};
        enum status status = store_cases_by_id(query->reader, query->after, page.cases, CASES_A_STEP, &page.count);

        query->gathered = page.count < CASES_A_STEP;
        if (status != STATUS_OK || page.count == 0)
                return status;
        page.dossier = open_dossier(query, &page.cases[0]);
        status = store_lines_each(query->reader, query->after, take_line, &page);
        while (status == STATUS_OK && page.status == STATUS_OK && page.at < page.count)
                finish_case(&page);
        query->after = page.cases[page.count - 1].id;
        return status == STATUS_OK ? page.status : status;
}

static enum status gather(struct app_query *query)
{
        enum status status = query->case_ref[0] != '\0' ? gather_one(query) : gather_step(query);

        if (status == STATUS_OK && query->gathered && !gathering_order(&query->gathering, query->in_order))
                status = STATUS_NO_MEMORY;
        return status;
}

static enum status next_derived(struct app_query *query, enum app_row *ret_row)
{
        if (!query->gathered) {
                *ret_row = APP_WORKING;
                return gather(query);
        }
        if (query->next == query->gathering.count) {
                *ret_row = APP_END;
                return STATUS_OK;
        }
        gathering_row(&query->gathering, query_rules(query), query->next++, &query->current);
        *ret_row = APP_ROW;
        return STATUS_OK;
}

/* ---- the door ---- */

static void write_cursor(struct app_query *query)
{
        const struct obligation *obligation = &query->current.duty.obligation;

        snprintf(query->cursor, sizeof query->cursor, "%d_%d_%s_%s_%s", obligation->due, obligation->started,
                 query->current.ref, query_rules(query)->rules[obligation->rule].id, query->current.key);
}

enum status app_query_next(struct app_query *query, enum app_row *ret_row, struct app_obligation *ret_obligation)
{
        bool full = query->page != 0 && query->given == query->page; /* one more only tells that there is a next page */
        struct answer_row before;
        enum status status;

        if (full)
                before = query->current;
        status = query->cached ? next_cached(query, ret_row) : next_derived(query, ret_row);

        if (status != STATUS_OK || *ret_row != APP_ROW)
                return status;
        if (full) {
                query->current = before;
                write_cursor(query);
                *ret_row = APP_END;
                return STATUS_OK;
        }
        query->given++;
        *ret_obligation = (struct app_obligation){
                .case_ref = query->current.ref, .obligation = query->current.duty.obligation, .as_of = query->as_of};
        return STATUS_OK;
}

bool app_query_kept(const struct app_query *query)
{
        return query->cached;
}

enum status app_stamp(struct app *app, struct moment moment, struct app_stamp *ret_stamp)
{
        enum status status = advance_all(app, moment);

        if (status == STATUS_OK)
                *ret_stamp = (struct app_stamp){store_written(app->store), app->book->number, app_day(app, moment)};
        return status;
}

const char *app_query_cursor(const struct app_query *query)
{
        return query->cursor;
}

int64_t app_query_known_at(const struct app_query *query)
{
        return query->filter.known_at;
}

const struct ruleset *app_query_ruleset(const struct app_query *query)
{
        return query_rules(query);
}

int32_t app_query_as_of(const struct app_query *query)
{
        return query->as_of;
}

void app_query_free(struct app_query *query)
{
        if (query == NULL)
                return;
        struct app *app = query->app;
        for (int s = 0; s < APP_OPEN_STATES; s++)
                if (query->listed[s])
                        store_list_end(query->reader, s);
        reader_give(app, query->reader);
        gathering_fini(&query->gathering);
        horizon_fini(&query->horizon);
        arena_fini(&query->arena);
        arena_fini(&query->work);
        arena_fini(&query->rows);
        book_drop(query->book);
        free(query);
}

static const char *copy_text(struct app_query *query, const char *text, bool *failed)
{
        const char *copy = text == NULL ? NULL : arena_copy(&query->arena, text, strlen(text));

        *failed = *failed || (text != NULL && copy == NULL);
        return copy;
}

static bool copy_filter(struct app_query *query, const struct app_obligation_filter *filter)
{
        struct app_obligation_filter *to = &query->filter;
        bool failed = false;

        *to = *filter;
        to->states = copy_text(query, filter->states, &failed);
        to->rule = copy_text(query, filter->rule, &failed);
        to->cursor = copy_text(query, filter->cursor, &failed);
        for (size_t i = 0; i < filter->attribute_count; i++) {
                to->attributes[i].name = copy_text(query, filter->attributes[i].name, &failed);
                to->attributes[i].values = copy_text(query, filter->attributes[i].values, &failed);
        }
        if (filter->case_ref != NULL)
                snprintf(query->case_ref, sizeof query->case_ref, "%s", filter->case_ref);
        return !failed;
}

static enum status query_new(struct app *app, const struct app_obligation_filter *filter, struct app_query **ret_query)
{
        struct app_query *query = calloc(1, sizeof *query);

        if (query == NULL)
                return STATUS_NO_MEMORY;
        query->app = app;
        query->book = book_hold(filter->law == NULL ? app->book : filter->law);
        gathering_init(&query->gathering);
        arena_init(&query->arena, malloc, free);
        arena_init(&query->work, malloc, free);
        arena_init(&query->rows, malloc, free);
        *ret_query = query;
        if (!copy_filter(query, filter))
                return STATUS_NO_MEMORY;
        return reader_take(app, &query->reader);
}

/* Whether the kept rows answer the question, or it has to be derived, and then how much of it at once. */
static enum status choose_way(struct app_query *query, int32_t today)
{
        const struct app_obligation_filter *filter = &query->filter;
        uint64_t most = filter->derived_limit;

        query->as_of = filter->as_of == CIVIL_NONE ? today : filter->as_of;
        query->cached = query->book == query->app->book && query->as_of == today &&
                        filter->known_at == INSTANT_LATEST && (query->states & ~APP_STATES_OPEN) == 0 &&
                        query->case_ref[0] == '\0';
        query->page = filter->limit;
        if (query->cached || query->case_ref[0] != '\0')
                return STATUS_OK;
        if (most != 0 && (query->page == 0 || query->page > most))
                query->page = most;
        /* One row more tells whether there is a next page. */
        return horizon_init(&query->horizon, query->page == 0 ? 0 : query->page + 1) ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status app_query_obligations(struct app *app, struct moment moment, const struct app_obligation_filter *filter,
                                  struct app_query **ret_query, struct wire_problem *ret_problem)
{
        struct app_query *query = NULL;
        enum status status = advance_all(app, moment);

        if (status == STATUS_OK)
                status = query_new(app, filter, &query);
        if (status == STATUS_OK && !query_understand(query, ret_problem))
                status = STATUS_INVALID;
        if (status == STATUS_OK)
                status = choose_way(query, app_day(app, moment));
        for (int s = 0; status == STATUS_OK && query->cached && s < APP_OPEN_STATES; s++)
                if ((query->states & APP_STATE_BIT(s)) != 0)
                        status = pull_head(query, s);
        if (status != STATUS_OK) {
                app_query_free(query);
                return status;
        }
        *ret_query = query;
        return STATUS_OK;
}

enum status app_query_case_obligations(struct app *app, struct moment moment, const struct app_axes *axes,
                                       const char *case_ref, struct app_query **ret_query,
                                       struct wire_problem *ret_problem)
{
        struct app_obligation_filter filter = app_obligation_filter_all();
        struct store_case casefile = {0};
        enum status status = store_case_find(app->store, case_ref, &casefile);

        if (status == STATUS_OK && (casefile.id == 0 || !sight_sees(axes->sight, casefile.scope))) {
                wire_problem_set(ret_problem, "unknown-case", "case", "nothing was ever recorded of \"%s\"", case_ref);
                return STATUS_INVALID;
        }
        filter.states = "all";
        filter.case_ref = case_ref;
        filter.as_of = axes->as_of;
        filter.known_at = axes->known_at;
        filter.law = axes->law;
        filter.sight = axes->sight;
        if (status == STATUS_OK)
                status = app_query_obligations(app, moment, &filter, ret_query, ret_problem);
        if (status == STATUS_OK)
                (*ret_query)->in_order = true;
        return status;
}
