/*
 * report_behind - see report_behind.h.
 */
#include "report_behind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "sorter.h"

#define SORTER_MEMORY ((size_t)4 << 20)
#define READ_SIZE ((size_t)64 << 10)
#define KEY_SIZE (3 * sizeof(uint16_t) + sizeof(uint64_t))

enum { HIT_TABLE, HIT_ROW, HIT_COLUMN, HIT_CASE, HIT_ON, HIT_PARTS };
static const char *const hit_keys[HIT_PARTS] = {"table", "row", "column", "case", "on"};

struct report_behind {
        struct scratch came; /* each as its length and its five texts, as it came */
        struct sorter *sorter;
        uint64_t count;
        bool waiting; /* `next` was not given out yet */
        struct report_hit next;
};

struct report_behind *report_behind_new(void)
{
        struct report_behind *behind = calloc(1, sizeof *behind);

        if (behind == NULL)
                return NULL;
        scratch_init(&behind->came, SCRATCH_PIECE);
        behind->sorter = sorter_new(SORTER_MEMORY);
        if (behind->sorter != NULL)
                return behind;
        report_behind_free(behind);
        return NULL;
}

void report_behind_free(struct report_behind *behind)
{
        if (behind == NULL)
                return;
        scratch_fini(&behind->came);
        sorter_free(behind->sorter);
        free(behind);
}

bool report_behind_take(void *context, const json_t *row)
{
        struct report_behind *behind = context;
        uint32_t length = 0;
        bool good = true;

        for (size_t i = 0; i < HIT_PARTS; i++)
                length += (uint32_t)strlen(member_text(row, hit_keys[i])) + 1;
        good = scratch_put(&behind->came, &length, sizeof length);
        for (size_t i = 0; good && i < HIT_PARTS; i++)
                good = scratch_put(&behind->came, member_text(row, hit_keys[i]),
                                   strlen(member_text(row, hit_keys[i])) + 1);
        return good;
}

/* ---- sorting ---- */

/* Where a name stands in a list; REPORT_IN_NO_CELL where it does not. */
static uint16_t index_of(const json_t *list, const char *key, const char *name)
{
        size_t index;
        json_t *one;

        json_array_foreach(list, index, one) if (strcmp(member_text(one, key), name) == 0) return (uint16_t)index;
        return REPORT_IN_NO_CELL;
}

static struct report_place place_of(const json_t *report, const char *const texts[HIT_PARTS])
{
        const json_t *tables = json_object_get(report, "tables");
        uint16_t index = index_of(tables, "table", texts[HIT_TABLE]);
        const json_t *table = json_array_get(tables, index);

        uint16_t row = index_of(json_object_get(table, "rows"), "row", texts[HIT_ROW]);
        uint16_t column = index_of(json_object_get(table, "columns"), "column", texts[HIT_COLUMN]);
        if (row == REPORT_IN_NO_CELL || column == REPORT_IN_NO_CELL)
                row = column = REPORT_IN_NO_CELL; /* one place, behind the cells, where it is asked for */
        return (struct report_place){index, row, column};
}

static void put_number(unsigned char *at, uint64_t number, size_t bytes)
{
        for (size_t i = 0; i < bytes; i++)
                at[i] = (unsigned char)(number >> (8 * (bytes - 1 - i)));
}

/* One that came goes to the sorter: its place, then case and day. */
static bool sort_one(struct report_behind *behind, const json_t *report, bool by_cell, const char *bytes,
                     uint32_t length)
{
        const char *texts[HIT_PARTS];
        unsigned char key[KEY_SIZE];
        struct wire_buffer value;
        const char *at = bytes;

        for (size_t i = 0; i < HIT_PARTS; i++, at += strlen(at) + 1)
                texts[i] = at;
        struct report_place place = place_of(report, texts);
        put_number(key, place.table, 2);
        put_number(key + 2, by_cell ? place.row : 0, 2);
        put_number(key + 4, by_cell ? place.column : 0, 2);
        put_number(key + 6, behind->count++, 8);
        wire_buffer_init(&value);
        wire_put(&value, (const char *)&place, sizeof place);
        wire_put(&value, texts[HIT_CASE], length - (size_t)(texts[HIT_CASE] - bytes));
        bool good = !value.failed && sorter_add(behind->sorter, &(struct sorter_record){(const char *)key, sizeof key,
                                                                                        value.data, value.length});
        if (value.failed)
                errno = ENOMEM;
        wire_buffer_fini(&value);
        return good;
}

/* Goes to the next one in order, if there is one. */
static void advance(struct report_behind *behind)
{
        struct sorter_record record;

        behind->waiting = sorter_next(behind->sorter, &record);
        if (!behind->waiting)
                return;
        memcpy(&behind->next.place, record.value, sizeof behind->next.place);
        behind->next.case_ref = record.value + sizeof behind->next.place;
        behind->next.on = behind->next.case_ref + strlen(behind->next.case_ref) + 1;
}

bool report_behind_sort(struct report_behind *behind, const json_t *report, bool by_cell)
{
        struct scratch_reader reader;
        const char *at;
        bool good = true;

        scratch_read(&reader, &behind->came, 0, scratch_size(&behind->came), READ_SIZE);
        while (good && (at = scratch_peek(&reader, sizeof(uint32_t)), at != NULL)) {
                uint32_t length;

                memcpy(&length, at, sizeof length);
                scratch_skip(&reader, sizeof length);
                at = scratch_peek(&reader, length);
                good = at != NULL && sort_one(behind, report, by_cell, at, length);
                scratch_skip(&reader, good ? length : 0);
        }
        if (reader.error != 0) {
                errno = reader.error;
                good = false;
        }
        scratch_read_end(&reader);
        scratch_clear(&behind->came);
        good = good && sorter_begin(behind->sorter);
        if (good)
                advance(behind);
        return good;
}

/* ---- reading ---- */

/* Gives out the next one. Its texts are the sorter's until it goes on, which is when the one after it is asked for. */
static bool give(struct report_behind *behind, struct report_hit *ret_hit)
{
        *ret_hit = behind->next;
        behind->waiting = false;
        return true;
}

static bool is_next(struct report_behind *behind, uint16_t table)
{
        if (!behind->waiting && behind->next.case_ref != NULL)
                advance(behind);
        return behind->waiting && behind->next.place.table == table;
}

bool report_behind_of_table(struct report_behind *behind, uint16_t table, struct report_hit *ret_hit)
{
        return is_next(behind, table) && give(behind, ret_hit);
}

bool report_behind_of_cell(struct report_behind *behind, struct report_place place, struct report_hit *ret_hit)
{
        return is_next(behind, place.table) && behind->next.place.row == place.row &&
               behind->next.place.column == place.column && give(behind, ret_hit);
}

int report_behind_error(const struct report_behind *behind)
{
        return sorter_error(behind->sorter);
}
