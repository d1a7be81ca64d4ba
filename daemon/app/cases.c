/*
 * cases - what is known of cases: their attributes, their record, and where the
 * whole stands (app_query.h).
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

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

static enum status fill_attributes(struct app *app, const struct casefile *casefile, int32_t today, struct app_case *to)
{
        const struct vocabulary *vocabulary = &app_ruleset(app)->vocabulary;
        const struct value *state = casefile_state(app_ruleset(app), casefile, NULL, today, &app->work);
        struct app_attribute *attributes = arena_array(&app->rows, vocabulary->attribute_count, sizeof *attributes);

        if (state == NULL || attributes == NULL)
                return STATUS_NO_MEMORY;
        to->attributes = attributes;
        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                if (vocabulary->attributes[i].scope != VOCABULARY_NONE || state[i].bits == VALUE_UNSET)
                        continue;
                if (!fill_attribute(&vocabulary->attributes[i], &state[i], &app->rows,
                                    &attributes[to->attribute_count++]))
                        return STATUS_NO_MEMORY;
        }
        return STATUS_OK;
}

static enum status give_case(struct app *app, struct moment moment, const struct store_case *row, app_case_fn sink,
                             void *context)
{
        struct dossier dossier = {.arena = &app->rows, .ref = row->ref};
        struct app_case to = {.ref = row->ref, .since = CIVIL_NONE};
        struct casefile casefile;
        int32_t today = app_day(app, moment);

        arena_reset(&app->rows);
        arena_reset(&app->work);
        enum status status = dossier_load(app->store, app->book->lexicon, row->id, &dossier);
        if (status == STATUS_OK)
                status = casefile_stand(app_ruleset(app), dossier.records, dossier.count, INSTANT_LATEST, today,
                                        &app->work, &casefile);
        if (status == STATUS_OK)
                status = fill_attributes(app, &casefile, today, &to);
        if (status == STATUS_OK)
                status = store_obligations_of(app->store, row->id, count_open, &(struct tally_open){to.open});
        if (status != STATUS_OK)
                return status;
        to.events = dossier.count;
        to.last_seq = dossier.count > 0 ? dossier.records[dossier.count - 1].fact.seq : 0;
        if (casefile.fact_count > 0)
                to.since = casefile.facts[0].on;
        sink(context, &to);
        return STATUS_OK;
}

enum status app_cases(struct app *app, struct moment moment, const char *after, uint64_t limit, app_case_fn sink,
                      void *context, bool *ret_more)
{
        char last[33];
        uint64_t given = 0;
        enum status status = advance_all(app, moment);

        snprintf(last, sizeof last, "%s", after);
        *ret_more = false;
        while (status == STATUS_OK) {
                struct store_case page[50];
                size_t count = 0;
                status = store_cases_by_ref(app->store, last, page, 50, &count);
                for (size_t i = 0; status == STATUS_OK && i < count; i++) {
                        if (given == limit) {
                                *ret_more = true;
                                return STATUS_OK;
                        }
                        status = give_case(app, moment, &page[i], sink, context);
                        given++;
                        memcpy(last, page[i].ref, sizeof last);
                }
                if (count < 50)
                        return status;
        }
        return status;
}

enum status app_case_one(struct app *app, struct moment moment, const char *ref, app_case_fn sink, void *context,
                         bool *ret_found)
{
        struct store_case row = {0};
        enum status status = advance_all(app, moment);

        *ret_found = false;
        if (status == STATUS_OK)
                status = store_case_id(app->store, ref, false, &row.id);
        if (status != STATUS_OK || row.id == 0)
                return status;
        *ret_found = true;
        snprintf(row.ref, sizeof row.ref, "%s", ref);
        return give_case(app, moment, &row, sink, context);
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

static enum status read_events(struct app *app, uint64_t case_id, struct event_list *list)
{
        struct store_line line;
        bool row = false;
        enum status status = store_walk_case(app->store, case_id, true);

        while (status == STATUS_OK) {
                struct app_event event;
                status = store_walk_next(app->store, STORE_WALK_FULL, &line, &row);
                if (status != STATUS_OK || !row)
                        break;
                status = read_event(app, &line, &event);
                if (status == STATUS_OK && !add_event(app, list, &event))
                        status = STATUS_NO_MEMORY;
        }
        store_walk_end(app->store, STORE_WALK_FULL);
        return status;
}

/* Marks what later lines undid. */
static void link_events(struct event_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                if (list->events[i].refers == 0)
                        continue;
                for (size_t t = 0; t < i; t++) {
                        if (list->events[t].seq != list->events[i].refers || list->events[t].undone_by != 0)
                                continue;
                        list->events[t].undone_by = list->events[i].seq;
                        list->events[t].undone_why = list->events[i].why;
                }
        }
}

enum status app_case_events(struct app *app, const char *ref, app_event_fn sink, void *context, bool *ret_found)
{
        struct event_list list = {0};
        uint64_t id = 0;
        enum status status = store_case_id(app->store, ref, false, &id);

        *ret_found = id != 0;
        if (status != STATUS_OK || id == 0)
                return status;
        arena_reset(&app->rows);
        status = read_events(app, id, &list);
        link_events(&list);
        for (size_t i = 0; status == STATUS_OK && i < list.count; i++) {
                struct app_event *event = &list.events[i];
                uint32_t uid = 0;
                const char *name = "";
                status = store_person_get(app->store, event->uid, &uid, &name);
                event->uid = uid;
                event->user = kept(app, name);
                event->case_ref = ref;
                if (status == STATUS_OK)
                        sink(context, event);
        }
        return status;
}

/* ---- status ---- */

static enum status fill_ledgers(struct app *app, struct app_status *status)
{
        struct store_sweep sweep = {.day = CIVIL_NONE};
        struct store_outbox_counts counts = {.oldest_ms = INT64_MAX};
        struct store_downtime rows[8];
        size_t count = 0;
        enum status result = store_sweep_last(app->store, &sweep);

        if (result == STATUS_OK)
                result = store_outbox_count(app->store, &counts);
        if (result == STATUS_OK)
                result = store_downtime_latest(app->store, rows, 8, &count);
        if (result != STATUS_OK)
                return result;
        status->last_sweep = (struct sweep_slot){sweep.day, sweep.minute};
        status->last_sweep_ms = sweep.at_ms;
        status->outbox_waiting = counts.waiting;
        status->outbox_failed = counts.failed;
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
