/*
 * case_record - the record of one case, line by line, with what undid each
 * (app_query.h).
 */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
