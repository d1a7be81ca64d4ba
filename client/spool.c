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
#define PART_MAX ((uint64_t)16 << 20) /* of a shelf that is read as one part; a larger one is divided once more */

/* A retraction, until the event that it names turns up. */
struct pending {
        struct spool_line line; /* texts are owned */
        size_t next;            /* another one that names the same event; SIZE_MAX: none */
        bool claimed;
};

struct spool {
        struct scratch *shelves; /* the only one is all in memory */
        size_t shelf_count;
        bool may_grow;          /* nobody knows how much there is: many shelves once it is more than goes on one */
        size_t next;            /* shelf to read next; shelf_count: the retractions that are left */
        struct scratch *pieces; /* of the shelf in hand, which is a large one */
        size_t piece_count, piece_next;
        uint64_t lines;
        struct pending *pending;
        size_t pending_count, pending_capacity;
        json_t *named; /* id -> place of its first retraction */
};

/* How a line lies in a shelf, followed by case, id and text, each with a NUL. */
struct head {
        uint64_t number;
        uint32_t event, case_length, id_length, length;
        uint32_t has_id, place;
        uint8_t name[SPOOL_NAME_SIZE];
};

static struct scratch *new_shelves(size_t count, size_t piece)
{
        struct scratch *shelves = calloc(count, sizeof(*shelves));
        for (size_t i = 0; shelves != NULL && i < count; i++)
                scratch_init(&shelves[i], piece);
        return shelves;
}

struct spool *spool_new(uint64_t bytes)
{
        struct spool *spool = calloc(1, sizeof(*spool));
        uint64_t parts = bytes / PART_BYTES + 1;
        if (spool == NULL)
                return NULL;
        spool->may_grow = bytes == 0;
        spool->shelf_count = parts > PARTS_MAX ? PARTS_MAX : (size_t)parts;
        spool->shelves = new_shelves(spool->shelf_count, spool->shelf_count == 1 ? SIZE_MAX : FLUSH_SIZE);
        spool->named = json_object();
        if (spool->shelves == NULL || spool->named == NULL) {
                spool_free(spool);
                return NULL;
        }
        return spool;
}

static void drop_pieces(struct spool *spool)
{
        for (size_t i = 0; i < spool->piece_count; i++)
                scratch_fini(&spool->pieces[i]);
        free(spool->pieces);
        spool->pieces = NULL;
        spool->piece_count = spool->piece_next = 0;
}

void spool_free(struct spool *spool)
{
        if (spool == NULL)
                return;
        drop_pieces(spool);
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

/* FNV-1a, and the last mix of MurmurHash3: without it references that count up would lie side by side. */
uint32_t spool_place(const char *case_ref)
{
        uint64_t hash = UINT64_C(14695981039346656037);
        for (const char *c = case_ref; *c != '\0'; c++)
                hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
        hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
        hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
        return (uint32_t)(hash >> 32);
}

/* Which shelf a place is on: each has a stretch of them. */
static size_t shelf_of(const struct spool *spool, uint32_t place)
{
        return (size_t)((uint64_t)place * spool->shelf_count >> 32);
}

/* Which piece of its shelf, by how far along it is there. */
static size_t piece_of(const struct spool *spool, uint32_t place)
{
        uint64_t along = (uint64_t)place * spool->shelf_count & UINT32_MAX;
        return (size_t)(along * spool->piece_count >> 32);
}

static bool no_memory(void)
{
        errno = ENOMEM;
        return false;
}

static size_t size_of(const struct head *head)
{
        return sizeof(*head) + head->case_length + 1 + head->id_length + 1 + head->length + 1;
}

/* Deals the lines of one scratch out to others, by their places; a case goes to one. */
typedef size_t (*spool_which_fn)(const struct spool *spool, uint32_t place);
static bool deal(const struct spool *spool, const struct scratch *from, struct scratch *to, spool_which_fn which)
{
        struct scratch_reader reader;
        const char *line = NULL;
        bool good = true;
        scratch_read(&reader, from, 0, scratch_size(from), SCRATCH_PIECE);
        while (good && (line = scratch_peek(&reader, sizeof(struct head))) != NULL) {
                struct head head;
                memcpy(&head, line, sizeof(head));
                size_t size = size_of(&head);
                line = scratch_peek(&reader, size);
                good = line != NULL && scratch_put(&to[which(spool, head.place)], line, size);
                if (good)
                        scratch_skip(&reader, size);
        }
        int error = reader.error != 0 ? reader.error : good ? 0 : errno;
        scratch_read_end(&reader);
        errno = error;
        return error == 0 && good;
}

/* What was on one shelf goes on many. */
static bool grow(struct spool *spool)
{
        struct scratch *shelves = new_shelves(PARTS_MAX / 4, FLUSH_SIZE), *one = spool->shelves;
        if (shelves == NULL)
                return no_memory();
        spool->may_grow = false;
        spool->shelves = shelves;
        spool->shelf_count = PARTS_MAX / 4;
        bool good = deal(spool, one, shelves, shelf_of);
        int error = errno;
        scratch_fini(one);
        free(one);
        errno = error;
        return good;
}

static bool add_event(struct spool *spool, const struct spool_line *line)
{
        uint32_t place = spool_place(line->case_ref);
        if (spool->may_grow && scratch_size(spool->shelves) > PART_BYTES && !grow(spool))
                return false;
        struct scratch *shelf = &spool->shelves[shelf_of(spool, place)];
        struct head head = {.number = line->number,
                            .event = line->event,
                            .case_length = (uint32_t)strlen(line->case_ref),
                            .id_length = (uint32_t)strlen(line->id),
                            .length = (uint32_t)line->length,
                            .has_id = line->has_id,
                            .place = place};
        memcpy(head.name, line->name, sizeof(head.name));
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
        pending->line.place = UINT32_MAX; /* behind all cases, until it is claimed by one */
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

bool spool_is_one(const struct spool *spool)
{
        return spool->shelf_count == 1;
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
                                        .has_id = head.has_id != 0,
                                        .place = head.place};
        memcpy(ret_line->name, head.name, sizeof(head.name));
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
                        to[count].place = line->place;
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

/* ---- shelves that are too large ---- */

static bool divide(struct spool *spool, const struct scratch *shelf)
{
        uint64_t count = scratch_size(shelf) / (PART_MAX / 2) + 1;
        size_t pieces = count > PARTS_MAX ? PARTS_MAX : (size_t)count;
        spool->pieces = new_shelves(pieces, FLUSH_SIZE);
        if (spool->pieces == NULL)
                return no_memory();
        spool->piece_count = pieces;
        return deal(spool, shelf, spool->pieces, piece_of);
}

/* ---- part by part ---- */

void spool_rewind(struct spool *spool)
{
        drop_pieces(spool);
        spool->next = 0;
}

/* The next part, or none: then the answer has no lines. */
static bool next_part(struct spool *spool, struct spool_part *part)
{
        if (spool->piece_next == spool->piece_count && spool->next < spool->shelf_count) {
                const struct scratch *shelf = &spool->shelves[spool->next++];
                drop_pieces(spool);
                if (spool->shelf_count == 1 || scratch_size(shelf) <= PART_MAX)
                        return read_shelf(spool, shelf, part);
                if (!divide(spool, shelf))
                        return false;
        }
        if (spool->piece_next < spool->piece_count)
                return read_shelf(spool, &spool->pieces[spool->piece_next++], part);
        bool rest = spool->shelf_count > 1 && spool->next == spool->shelf_count;
        spool->next += rest;
        return !rest || read_rest(spool, part);
}

bool spool_next(struct spool *spool, struct spool_part *ret_part)
{
        *ret_part = (struct spool_part){.lines = NULL};
        if (next_part(spool, ret_part))
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
