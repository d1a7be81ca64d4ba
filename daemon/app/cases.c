/*
 * cases - what is known of cases: their attributes, their record, and where the
 * whole stands (app_query.h).
 */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        uint16_t attributes[APP_FILTERS_MAX];
        uint64_t masks[APP_FILTERS_MAX];
        size_t attribute_count;
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

static enum status fill_attributes(struct app_cases *cases, const struct casefile *casefile, struct app_case *to)
{
        const struct ruleset *ruleset = cases->book->rules.ruleset;
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        const struct value *state = casefile_state(ruleset, casefile, NULL, cases->as_of, cases->work);
        struct app_attribute *attributes = arena_array(cases->rows, vocabulary->attribute_count, sizeof *attributes);

        if (state == NULL || attributes == NULL)
                return STATUS_NO_MEMORY;
        to->attributes = attributes;
        for (size_t i = 0; i < cases->attribute_count; i++)
                to->due_on = (state[cases->attributes[i]].bits & cases->masks[i]) == 0 ? CIVIL_NONE : to->due_on;
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                if (vocabulary->attributes[i].scope != VOCABULARY_NONE || state[i].bits == VALUE_UNSET)
                        continue;
                if (!fill_attribute(&vocabulary->attributes[i], &state[i], cases->rows,
                                    &attributes[to->attribute_count++]))
                        return STATUS_NO_MEMORY;
        }
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

/* The day on which nothing has happened for as long as is asked; CIVIL_NONE: it is not asked. */
static int32_t idle_until(const struct app_cases *cases, int32_t last_on)
{
        return cases->idle.count == 0 ? CIVIL_NONE
                                      : period_from(cases->idle, &cases->book->rules.ruleset->calendar, last_on);
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
                to->due_on = idle_until(cases, to->last_on);
        }
        if (status == STATUS_OK)
                status = fill_attributes(cases, &casefile, to);
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

enum status app_cases_idle(struct app_cases *cases, const struct app_idle *idle, struct wire_problem *ret_problem)
{
        const struct vocabulary *vocabulary = &cases->book->rules.ruleset->vocabulary;

        if (period_parse(idle->period, &cases->idle) != PERIOD_FINE || cases->idle.phrase != PERIOD_AFTER) {
                wire_problem_set(ret_problem, "bad-period", "idle", "\"idle\" is a period such as \"6 years after\"");
                return STATUS_INVALID;
        }
        for (size_t i = 0; i < idle->attribute_count; i++) {
                const struct app_attribute_filter *filter = &idle->attributes[i];
                uint16_t *attribute = &cases->attributes[i];
                if (!query_mask(vocabulary, filter, attribute, &cases->masks[i], ret_problem))
                        return STATUS_INVALID;
                if (vocabulary->attributes[*attribute].scope == VOCABULARY_NONE)
                        continue;
                wire_problem_set(ret_problem, "unknown-filter", filter->name, "%s is of items, not of cases",
                                 filter->name);
                return STATUS_INVALID;
        }
        cases->attribute_count = idle->attribute_count;
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
                if (!begun ||
                    (cases->idle.count != 0 && (ret_case->due_on == CIVIL_NONE || ret_case->due_on > cases->as_of)))
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
        struct app_cases one = {.reader = app->store, .work = &app->work, .rows = &app->rows};
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

/* ---- the record of one case ---- */

static void hex(const uint8_t *bytes, char text[65])
{
        for (int i = 0; i < STORE_HASH_SIZE; i++)
                snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* What the rules cannot read, as it was recorded. */
static const char *raw_fields(struct app *app, const struct store_line *line)
{
        char text[2048] = "";
        size_t used = 0, at = 0;

        while (at < line->fields_size) {
                struct store_field field;
                size_t length = store_field_unpack(line->fields + at, line->fields_size - at, &field);
                char day[CIVIL_TEXT_SIZE] = "";
                if (length == 0)
                        break;
                at += length;
                const char *value = field.kind == STORE_TOKEN ? field.token : day;
                if (field.kind == STORE_DAY)
                        civil_format(field.day, day);
                if (field.kind == STORE_WORD && field.word_count == 1)
                        value = store_text(app->store, field.words[0]);
                int written = snprintf(text + used, sizeof text - used, "%s%s=%s", used > 0 ? " " : "",
                                       store_text(app->store, field.name), value);
                if (written < 0 || (size_t)written >= sizeof text - used)
                        break;
                used += (size_t)written;
                for (size_t w = 0; field.kind == STORE_WORDS && w < field.word_count; w++) {
                        written = snprintf(text + used, sizeof text - used, "%s%s", w > 0 ? "," : "",
                                           store_text(app->store, field.words[w]));
                        if (written < 0 || (size_t)written >= sizeof text - used)
                                break;
                        used += (size_t)written;
                }
        }
        return arena_copy(&app->rows, text, used);
}

static const char *kept(struct app *app, const char *text)
{
        return text == NULL ? NULL : arena_copy(&app->rows, text, strlen(text));
}

static enum status read_event(struct app *app, const struct store_line *line, struct app_event *event)
{
        const struct lexicon *lexicon = app->book->lexicon;
        uint16_t type = line->type == 0 ? VOCABULARY_NONE : lexicon_type(lexicon, line->type);
        uint32_t unknown = 0;
        enum status status = STATUS_OK;

        *event = (struct app_event){.seq = line->seq,
                                    .is_retraction = line->type == 0,
                                    .on = line->on,
                                    .recorded_at = line->recorded_ms,
                                    .forced = line->forced,
                                    .refers = line->refers};
        event->type = line->type == 0 ? NULL : store_text(app->store, line->type);
        event->item = kept(app, line->item);
        event->id = kept(app, line->client);
        event->why = kept(app, line->why);
        if (line->hash != NULL)
                hex(line->hash, event->hash);
        event->uid = line->person; /* the number of the person; turned into uid and name when the walk is over */
        if (type != VOCABULARY_NONE)
                status = lexicon_unpack(lexicon, type, line, &app->rows, &event->fields, &unknown);
        if (status == STATUS_OK && type != VOCABULARY_NONE && unknown == 0)
                event->event_type = &app_ruleset(app)->vocabulary.events[type];
        else if (status == STATUS_OK && line->type != 0)
                event->raw_fields = raw_fields(app, line);
        return status;
}

struct event_list {
        struct app_event *events;
        size_t count, capacity;
};

static bool add_event(struct app *app, struct event_list *list, const struct app_event *event)
{
        if (list->count == list->capacity) {
                size_t capacity = list->capacity == 0 ? 32 : list->capacity * 2;
                struct app_event *events = arena_array(&app->rows, capacity, sizeof *events);
                if (events == NULL)
                        return false;
                if (list->count > 0)
                        memcpy(events, list->events, list->count * sizeof *events);
                list->events = events;
                list->capacity = capacity;
        }
        list->events[list->count++] = *event;
        return true;
}

static enum status read_events(struct app *app, uint64_t case_id, int64_t known_at, struct event_list *list)
{
        struct store_line line;
        bool row = false;
        enum status status = store_walk_case(app->store, case_id, true);

        while (status == STATUS_OK) {
                struct app_event event;
                status = store_walk_next(app->store, STORE_WALK_FULL, &line, &row);
                if (status != STATUS_OK || !row)
                        break;
                if (line.recorded_ms > known_at)
                        continue;
                status = read_event(app, &line, &event);
                if (status == STATUS_OK && !add_event(app, list, &event))
                        status = STATUS_NO_MEMORY;
        }
        store_walk_end(app->store, STORE_WALK_FULL);
        return status;
}

/* Names of the people behind the numbers; asked when the walk is over, since one question at a time is open. */
static enum status name_people(struct app *app, struct event_list *list)
{
        uint32_t before = 0;

        for (size_t i = 0; i < list->count; i++) {
                struct app_event *event = &list->events[i];
                uint32_t person = event->uid;
                const char *name = "";
                if (i > 0 && person == before) {
                        event->uid = event[-1].uid;
                        event->user = event[-1].user;
                        continue;
                }
                before = person;
                enum status status = store_person_get(app->store, person, &event->uid, &name);
                event->user = kept(app, name);
                if (status != STATUS_OK || event->user == NULL)
                        return status == STATUS_OK ? STATUS_NO_MEMORY : status;
        }
        return STATUS_OK;
}

static int compare_seq(const void *key, const void *event)
{
        uint64_t seq = *(const uint64_t *)key, other = ((const struct app_event *)event)->seq;

        return seq < other ? -1 : seq > other;
}

/* Marks what later lines undid: the first of them counts. */
static void link_events(struct event_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct app_event *by = &list->events[i];
                struct app_event *target = NULL;
                if (by->refers != 0)
                        target = bsearch(&by->refers, list->events, i, sizeof *by, compare_seq);
                if (target == NULL || target->undone_by != 0)
                        continue;
                target->undone_by = by->seq;
                target->undone_why = by->why;
                target->undone_replaced = !by->is_retraction;
                target->undone_at = by->recorded_at;
                target->undone_uid = by->uid;
                target->undone_user = by->user;
        }
}

enum status app_case_events(struct app *app, const char *ref, int64_t known_at, const struct app_event_sink *sink,
                            bool *ret_found)
{
        struct event_list list = {0};
        uint64_t id = 0;
        enum status status = store_case_id(app->store, ref, false, &id);

        *ret_found = id != 0;
        if (status != STATUS_OK || id == 0)
                return status;
        arena_reset(&app->rows);
        status = read_events(app, id, known_at, &list);
        if (status == STATUS_OK)
                status = name_people(app, &list);
        if (status != STATUS_OK)
                return status;
        link_events(&list);
        for (size_t i = 0; i < list.count; i++) {
                list.events[i].case_ref = ref;
                sink->sink(sink->context, &list.events[i]);
        }
        return STATUS_OK;
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
        to.database_bytes = store_bytes(app->store);
        store_chain_head(app->store, to.chain_head);
        *ret_status = to;
        return STATUS_OK;
}
