/*
 * spool - see spool.h.
 */
#include "spool.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#define PART_BYTES ((uint64_t)2 << 20) /* of the file to a part; JSON is some times longer than CSV */
#define PARTS_MAX 256                  /* open files */
#define FLUSH_SIZE ((size_t)32 << 10)

/* A retraction, until the event that it names turns up. */
struct pending {
        struct spool_line line; /* texts are owned */
        size_t next;            /* another one that names the same event; SIZE_MAX: none */
        bool claimed;
};

struct spool {
        struct scratch *shelves; /* the only one is all in memory */
        size_t shelf_count;
        uint64_t lines;
        struct pending *pending;
        size_t pending_count, pending_capacity;
        json_t *named; /* id -> place of its first retraction */
};

/* How a line lies in a shelf, followed by case, id and text, each with a NUL. */
struct head {
        uint64_t number;
        uint32_t event, case_length, id_length, length;
        uint32_t has_id;
};

struct spool *spool_new(uint64_t bytes)
{
        struct spool *spool = calloc(1, sizeof(*spool));
        uint64_t parts = bytes == 0 ? PARTS_MAX / 4 : bytes / PART_BYTES + 1;
        if (spool == NULL)
                return NULL;
        spool->shelf_count = parts > PARTS_MAX ? PARTS_MAX : (size_t)parts;
        spool->shelves = calloc(spool->shelf_count, sizeof(*spool->shelves));
        spool->named = json_object();
        for (size_t i = 0; spool->shelves != NULL && i < spool->shelf_count; i++)
                scratch_init(&spool->shelves[i], spool->shelf_count == 1 ? SIZE_MAX : FLUSH_SIZE);
        if (spool->shelves == NULL || spool->named == NULL) {
                spool_free(spool);
                return NULL;
        }
        return spool;
}

void spool_free(struct spool *spool)
{
        if (spool == NULL)
                return;
        for (size_t i = 0; spool->shelves != NULL && i < spool->shelf_count; i++)
                scratch_fini(&spool->shelves[i]);
        for (size_t i = 0; i < spool->pending_count; i++) {
                free((void *)(uintptr_t)spool->pending[i].line.id);
                free((void *)(uintptr_t)spool->pending[i].line.text);
        }
        json_decref(spool->named);
        free(spool->pending);
        free(spool->shelves);
        free(spool);
}

/* ---- adding ---- */

static struct scratch *shelf_of(struct spool *spool, const char *case_ref)
{
        uint64_t hash = UINT64_C(14695981039346656037);
        for (const char *c = case_ref; *c != '\0'; c++)
                hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
        return &spool->shelves[(hash >> 32) % spool->shelf_count];
}

static bool no_memory(void)
{
        errno = ENOMEM;
        return false;
}

static bool add_event(struct spool *spool, const struct spool_line *line)
{
        struct scratch *shelf = shelf_of(spool, line->case_ref);
        struct head head = {.number = line->number,
                            .event = line->event,
                            .case_length = (uint32_t)strlen(line->case_ref),
                            .id_length = (uint32_t)strlen(line->id),
                            .length = (uint32_t)line->length,
                            .has_id = line->has_id};
        return scratch_put(shelf, &head, sizeof(head)) && scratch_put(shelf, line->case_ref, head.case_length + 1) &&
               scratch_put(shelf, line->id, head.id_length + 1) && scratch_put(shelf, line->text, line->length) &&
               scratch_put(shelf, "", 1);
}

static bool add_retraction(struct spool *spool, const struct spool_line *line)
{
        if (spool->pending_count == spool->pending_capacity) {
                size_t capacity = spool->pending_capacity > 0 ? spool->pending_capacity * 2 : 64;
                struct pending *pending = reallocarray(spool->pending, capacity, sizeof(*pending));
                if (pending == NULL)
                        return no_memory();
                spool->pending = pending;
                spool->pending_capacity = capacity;
        }
        const json_t *first = json_object_get(spool->named, line->id);
        struct pending *pending = &spool->pending[spool->pending_count];
        *pending = (struct pending){.line = *line, .next = SIZE_MAX};
        pending->line.case_ref = "";
        pending->line.id = strdup(line->id);
        pending->line.text = strndup(line->text, line->length);
        bool good = pending->line.id != NULL && pending->line.text != NULL;
        if (first != NULL)
                pending->next = (size_t)json_integer_value(first);
        good = good && json_object_set_new(spool->named, line->id, json_integer((json_int_t)spool->pending_count)) == 0;
        spool->pending_count++;
        return good || no_memory();
}

bool spool_add(struct spool *spool, const struct spool_line *line)
{
        spool->lines++;
        return line->retraction ? add_retraction(spool, line) : add_event(spool, line);
}

size_t spool_parts(const struct spool *spool)
{
        return spool->shelf_count == 1 ? 1 : spool->shelf_count + 1;
}

uint64_t spool_lines(const struct spool *spool)
{
        return spool->lines;
}

/* ---- reading ---- */

static bool load(const struct scratch *shelf, char **ret_bytes, size_t *ret_size)
{
        *ret_size = (size_t)scratch_size(shelf);
        *ret_bytes = malloc(*ret_size + 1);
        return *ret_bytes != NULL ? scratch_get(shelf, 0, *ret_bytes, *ret_size) : no_memory();
}

static const char *take_line(const char *at, struct spool_line *ret_line)
{
        struct head head;
        memcpy(&head, at, sizeof(head));
        const char *case_ref = at + sizeof(head), *id = case_ref + head.case_length + 1;
        *ret_line = (struct spool_line){.number = head.number,
                                        .event = head.event,
                                        .case_ref = case_ref,
                                        .id = id,
                                        .text = id + head.id_length + 1,
                                        .length = head.length,
                                        .has_id = head.has_id != 0};
        return ret_line->text + head.length + 1;
}

/* How many retractions name an event; with to, they are given the event's case and put there. */
static size_t claim(struct spool *spool, const struct spool_line *line, struct spool_line *to)
{
        const json_t *first = line->id[0] != '\0' ? json_object_get(spool->named, line->id) : NULL;
        size_t count = 0;
        for (size_t i = first != NULL ? (size_t)json_integer_value(first) : SIZE_MAX; i != SIZE_MAX;
             i = spool->pending[i].next) {
                spool->pending[i].claimed = true;
                if (to != NULL) {
                        to[count] = spool->pending[i].line;
                        to[count].case_ref = line->case_ref;
                }
                count++;
        }
        return count;
}

int spool_order(const struct spool_line *x, const struct spool_line *y)
{
        if (x->number != y->number)
                return x->number < y->number ? -1 : 1;
        return x->event < y->event ? -1 : x->event > y->event;
}

static int by_place(const void *a, const void *b)
{
        return spool_order(a, b);
}

/* Retractions of one event come once, with the first event of its id. */
static void drop_twice(struct spool_part *part)
{
        size_t kept = 0;
        for (size_t i = 0; i < part->count; i++)
                if (kept == 0 || !part->lines[i].retraction || part->lines[kept - 1].number != part->lines[i].number)
                        part->lines[kept++] = part->lines[i];
        part->count = kept;
}

/* Retractions of events that were recorded earlier. Shape: every shelf was read before. */
static void add_unclaimed(const struct spool *spool, struct spool_part *part)
{
        for (size_t i = 0; i < spool->pending_count; i++)
                if (!spool->pending[i].claimed)
                        part->lines[part->count++] = spool->pending[i].line;
}

static void fill_part(struct spool *spool, struct spool_part *part, size_t size)
{
        struct spool_line line;
        for (const char *at = part->bytes; at < part->bytes + size;) {
                at = take_line(at, &line);
                part->lines[part->count++] = line;
                if (spool->pending_count > 0)
                        part->count += claim(spool, &line, &part->lines[part->count]);
        }
        if (spool->pending_count == 0)
                return;
        if (spool->shelf_count == 1)
                add_unclaimed(spool, part);
        qsort(part->lines, part->count, sizeof(*part->lines), by_place);
        drop_twice(part);
}

static bool read_shelf(struct spool *spool, const struct scratch *shelf, struct spool_part *part)
{
        struct spool_line line;
        size_t size = 0, count = spool->shelf_count == 1 ? spool->pending_count : 0;
        if (!load(shelf, &part->bytes, &size))
                return false;
        for (const char *at = part->bytes; at < part->bytes + size; count++) {
                at = take_line(at, &line);
                count += spool->pending_count > 0 ? claim(spool, &line, NULL) : 0;
        }
        part->lines = calloc(count + 1, sizeof(*part->lines));
        if (part->lines == NULL)
                return no_memory();
        fill_part(spool, part, size);
        return true;
}

static bool read_rest(const struct spool *spool, struct spool_part *part)
{
        part->lines = calloc(spool->pending_count + 1, sizeof(*part->lines));
        if (part->lines == NULL)
                return no_memory();
        add_unclaimed(spool, part);
        return true;
}

bool spool_part(struct spool *spool, size_t part, struct spool_part *ret_part)
{
        *ret_part = (struct spool_part){.lines = NULL};
        bool good = part < spool->shelf_count ? read_shelf(spool, &spool->shelves[part], ret_part)
                                              : read_rest(spool, ret_part);
        if (good)
                return true;
        int error = errno;
        spool_part_free(ret_part);
        errno = error;
        return false;
}

void spool_part_free(struct spool_part *part)
{
        free(part->lines);
        free(part->bytes);
        *part = (struct spool_part){.lines = NULL};
}
