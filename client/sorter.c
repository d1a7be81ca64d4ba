/*
 * sorter - see sorter.h.
 *
 * Records lie one after another, each behind its lengths. An index of key
 * beginnings is sorted, not the records; runs are merged by a heap of readers.
 */
#include "sorter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#define RUNS_MAX 1024 /* that are merged at once; with so many, what is there becomes one */
#define READ_MIN ((size_t)16 << 10)
#define READ_MAX ((size_t)256 << 10)

/* How long the parts of a record are, in front of them. */
struct lengths {
        uint32_t key, value;
};

/* A record of the block: its first eight bytes of key, and where it lies. */
struct entry {
        uint64_t prefix;
        size_t at;
};

struct run {
        uint64_t begin, end;
};

/* A run that is being read, and the record it stands at. */
struct cursor {
        struct scratch_reader reader;
        struct sorter_record record;
};

struct sorter {
        size_t memory;
        struct wire_buffer block; /* what was added since the last run */
        struct entry *entries;
        size_t count, capacity;
        bool in_order; /* the block's records came in the order of their keys */

        struct scratch stored;
        struct run *runs;
        size_t run_count;

        size_t at; /* in the block, when there are no runs */
        struct cursor *cursors;
        struct cursor **heap; /* the least record first */
        size_t heap_count;
        int error;
};

struct sorter *sorter_new(size_t memory)
{
        struct sorter *sorter = calloc(1, sizeof(*sorter));

        if (sorter == NULL)
                return NULL;
        sorter->memory = memory;
        sorter->in_order = true;
        wire_buffer_init(&sorter->block);
        scratch_init(&sorter->stored, SCRATCH_PIECE);
        return sorter;
}

static void close_cursors(struct sorter *sorter)
{
        for (size_t i = 0; sorter->cursors != NULL && i < sorter->run_count; i++)
                scratch_read_end(&sorter->cursors[i].reader);
        free(sorter->cursors);
        free(sorter->heap);
        sorter->cursors = NULL;
        sorter->heap = NULL;
        sorter->heap_count = 0;
}

static void drop_block(struct sorter *sorter)
{
        wire_buffer_fini(&sorter->block);
        free(sorter->entries);
        sorter->entries = NULL;
        sorter->count = sorter->capacity = 0;
        sorter->in_order = true;
}

void sorter_free(struct sorter *sorter)
{
        if (sorter == NULL)
                return;
        close_cursors(sorter);
        drop_block(sorter);
        scratch_fini(&sorter->stored);
        free(sorter->runs);
        free(sorter);
}

bool sorter_empty(const struct sorter *sorter)
{
        return sorter->count == 0 && sorter->run_count == 0;
}

/* ---- the block ---- */

static struct sorter_record record_at(const char *at)
{
        struct lengths lengths;

        memcpy(&lengths, at, sizeof(lengths));
        return (struct sorter_record){.key = at + sizeof(lengths),
                                      .key_length = lengths.key,
                                      .value = at + sizeof(lengths) + lengths.key,
                                      .length = lengths.value};
}

static size_t size_of(const struct sorter_record *record)
{
        return sizeof(struct lengths) + record->key_length + record->length;
}

static int compare_records(const struct sorter_record *x, const struct sorter_record *y)
{
        size_t shorter = x->key_length < y->key_length ? x->key_length : y->key_length;
        int order = memcmp(x->key, y->key, shorter);

        if (order != 0)
                return order;
        return x->key_length < y->key_length ? -1 : x->key_length > y->key_length;
}

static int compare_entries(const void *a, const void *b, void *block)
{
        const struct entry *x = a, *y = b;

        if (x->prefix != y->prefix)
                return x->prefix < y->prefix ? -1 : 1;
        struct sorter_record left = record_at((const char *)block + x->at);
        struct sorter_record right = record_at((const char *)block + y->at);

        return compare_records(&left, &right);
}

static void sort_block(struct sorter *sorter)
{
        if (!sorter->in_order)
                qsort_r(sorter->entries, sorter->count, sizeof(*sorter->entries), compare_entries, sorter->block.data);
        sorter->in_order = true;
}

static uint64_t prefix_of(const struct sorter_record *record)
{
        uint64_t prefix = 0;

        for (size_t i = 0; i < sizeof(prefix); i++)
                prefix = prefix << 8 | (i < record->key_length ? (unsigned char)record->key[i] : 0);
        return prefix;
}

static bool no_memory(void)
{
        errno = ENOMEM;
        return false;
}

static bool reserve_entry(struct sorter *sorter)
{
        if (sorter->count < sorter->capacity)
                return true;
        size_t capacity = sorter->capacity > 0 ? sorter->capacity * 2 : 64;
        struct entry *entries = reallocarray(sorter->entries, capacity, sizeof(*entries));

        if (entries == NULL)
                return no_memory();
        sorter->entries = entries;
        sorter->capacity = capacity;
        return true;
}

static bool put_record(struct scratch *scratch, const struct sorter_record *record)
{
        struct lengths lengths = {(uint32_t)record->key_length, (uint32_t)record->length};

        return scratch_put(scratch, &lengths, sizeof(lengths)) &&
               scratch_put(scratch, record->key, record->key_length) &&
               scratch_put(scratch, record->value, record->length);
}

/* ---- runs ---- */

static bool merge_runs(struct sorter *sorter);

/* What the block holds becomes a run. */
static bool spill(struct sorter *sorter)
{
        if (sorter->run_count == RUNS_MAX && !merge_runs(sorter))
                return false;
        struct run *runs = reallocarray(sorter->runs, sorter->run_count + 1, sizeof(*runs));

        if (runs == NULL)
                return no_memory();
        sorter->runs = runs;
        sort_block(sorter);
        uint64_t begin = scratch_size(&sorter->stored);
        for (size_t i = 0; i < sorter->count; i++) {
                const char *at = sorter->block.data + sorter->entries[i].at;
                struct sorter_record record = record_at(at);

                if (!scratch_put(&sorter->stored, at, size_of(&record)))
                        return false;
        }
        sorter->runs[sorter->run_count++] = (struct run){begin, scratch_size(&sorter->stored)};
        wire_buffer_reset(&sorter->block);
        sorter->count = 0;
        return true;
}

bool sorter_add(struct sorter *sorter, const struct sorter_record *record)
{
        struct lengths lengths = {(uint32_t)record->key_length, (uint32_t)record->length};
        struct entry entry = {.prefix = prefix_of(record), .at = sorter->block.length};

        if (!reserve_entry(sorter))
                return false;
        wire_put(&sorter->block, (const char *)&lengths, sizeof(lengths));
        wire_put(&sorter->block, record->key, record->key_length);
        wire_put(&sorter->block, record->value, record->length);
        if (sorter->block.failed)
                return no_memory();
        sorter->entries[sorter->count++] = entry;
        if (sorter->count > 1 && sorter->in_order)
                sorter->in_order = compare_entries(&entry, &sorter->entries[sorter->count - 2], sorter->block.data) > 0;
        if (sorter->block.length + sorter->count * sizeof(entry) < sorter->memory)
                return true;
        return spill(sorter);
}

/* ---- merging ---- */

/* The next record of a run. False at its end, and when it cannot be read. */
static bool advance(struct cursor *cursor)
{
        struct scratch_reader *reader = &cursor->reader;
        const char *at = scratch_peek(reader, sizeof(struct lengths));

        if (at == NULL)
                return false;
        struct sorter_record record = record_at(at);
        at = scratch_peek(reader, size_of(&record));
        if (at == NULL)
                return false;
        cursor->record = record_at(at);
        return true;
}

static bool comes_first(const struct cursor *x, const struct cursor *y)
{
        return compare_records(&x->record, &y->record) < 0;
}

/* The cursor at a place of the heap goes down to where it belongs. */
static void sink(struct sorter *sorter, size_t at)
{
        for (;;) {
                size_t child = 2 * at + 1;

                if (child >= sorter->heap_count)
                        return;
                if (child + 1 < sorter->heap_count && comes_first(sorter->heap[child + 1], sorter->heap[child]))
                        child++;
                if (!comes_first(sorter->heap[child], sorter->heap[at]))
                        return;
                struct cursor *upper = sorter->heap[at];
                sorter->heap[at] = sorter->heap[child];
                sorter->heap[child] = upper;
                at = child;
        }
}

static bool open_cursors(struct sorter *sorter)
{
        size_t size = sorter->memory / sorter->run_count;

        close_cursors(sorter);
        size = size < READ_MIN ? READ_MIN : size > READ_MAX ? READ_MAX : size;
        sorter->cursors = calloc(sorter->run_count, sizeof(*sorter->cursors));
        sorter->heap = calloc(sorter->run_count, sizeof(struct cursor *));
        if (sorter->cursors == NULL || sorter->heap == NULL)
                return no_memory();
        for (size_t i = 0; i < sorter->run_count; i++) {
                struct cursor *cursor = &sorter->cursors[i];

                scratch_read(&cursor->reader, &sorter->stored, sorter->runs[i].begin, sorter->runs[i].end, size);
                if (advance(cursor))
                        sorter->heap[sorter->heap_count++] = cursor;
                if (cursor->reader.error != 0) {
                        errno = cursor->reader.error;
                        return false;
                }
        }
        for (size_t i = sorter->heap_count / 2; i-- > 0;)
                sink(sorter, i);
        return true;
}

/* The least record of all runs is first in the heap; it is left when the next one is asked for. */
static bool leave_first(struct sorter *sorter)
{
        struct cursor *first = sorter->heap[0];

        scratch_skip(&first->reader, size_of(&first->record));
        if (!advance(first)) {
                sorter->error = first->reader.error;
                sorter->heap[0] = sorter->heap[--sorter->heap_count];
        }
        sink(sorter, 0);
        return sorter->error == 0;
}

/* All runs become one, in a file of its own. */
static bool merge_runs(struct sorter *sorter)
{
        struct scratch merged;
        bool good = open_cursors(sorter);

        scratch_init(&merged, SCRATCH_PIECE);
        while (good && sorter->heap_count > 0)
                good = put_record(&merged, &sorter->heap[0]->record) && leave_first(sorter);
        if (!good && sorter->error != 0)
                errno = sorter->error;
        close_cursors(sorter);
        if (!good) {
                scratch_fini(&merged);
                return false;
        }
        scratch_fini(&sorter->stored);
        sorter->stored = merged;
        sorter->runs[0] = (struct run){0, scratch_size(&merged)};
        sorter->run_count = 1;
        return true;
}

/* ---- reading ---- */

bool sorter_begin(struct sorter *sorter)
{
        sorter->at = 0;
        sorter->error = 0;
        if (sorter->run_count == 0) {
                sort_block(sorter);
                return true;
        }
        if (sorter->count > 0 && !spill(sorter))
                return false;
        drop_block(sorter);
        return open_cursors(sorter);
}

bool sorter_next(struct sorter *sorter, struct sorter_record *ret_record)
{
        if (sorter->run_count == 0) {
                if (sorter->at == sorter->count)
                        return false;
                *ret_record = record_at(sorter->block.data + sorter->entries[sorter->at++].at);
                return true;
        }
        if (sorter->at > 0 && sorter->heap_count > 0 && !leave_first(sorter))
                return false;
        if (sorter->heap_count == 0)
                return false;
        sorter->at = 1; /* the first was given out */
        *ret_record = sorter->heap[0]->record;
        return true;
}

int sorter_error(const struct sorter *sorter)
{
        return sorter->error;
}
