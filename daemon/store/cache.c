/*
 * cache - rows of open obligations, and the day on which each case wakes.
 *
 * A row's key and what lists are ordered by are columns; the rest is one blob,
 * since nobody asks for it by itself.
 */
#include <string.h>

#include "mappad/ensure.h"
#include "mappad/store_cache.h"
#include "pack.h"
#include "row.h"
#include "scoped.h"

enum { FLAG_PROVISIONAL = 1, FLAG_BOOKED_LATE = 2, FLAG_PAUSED = 4, FLAG_COUNTING = 8 };

/* Days are packed as the difference from the day the obligation started, 0 for none. */
static size_t pack_day(uint8_t *bytes, int32_t day, int32_t base)
{
        int64_t difference = (int64_t)day - base;
        uint64_t folded = difference < 0 ? ~((uint64_t)difference << 1) : (uint64_t)difference << 1;

        return pack_number(bytes, day == CIVIL_NONE ? 0 : folded + 1);
}

static int32_t unpack_day(struct pack_reader *reader, int32_t base)
{
        uint64_t number = unpack_number(reader);
        uint64_t folded = number - 1;
        int64_t day = 0;

        if (number == 0)
                return CIVIL_NONE;
        if (folded <= UINT32_MAX)
                day = base + ((folded & 1) != 0 ? (int64_t) ~(folded >> 1) : (int64_t)(folded >> 1));
        if (folded > UINT32_MAX || day < CIVIL_MIN || day > CIVIL_MAX) {
                reader->failed = true;
                return CIVIL_NONE;
        }
        return (int32_t)day;
}

static int32_t base_of(const struct store_obligation *row)
{
        return row->started == CIVIL_NONE ? 0 : row->started;
}

static size_t pack_rest(const struct store_obligation *row, uint8_t *bytes)
{
        const int32_t days[] = {row->opens,    row->nominal, row->plan_by, row->met_on,
                                row->ended_on, row->booked,  row->version, row->as_of};
        const int32_t numbers[] = {row->used_days, row->limit_days, row->done, row->needed};
        unsigned flags = (row->provisional ? FLAG_PROVISIONAL : 0u) | (row->booked_late ? FLAG_BOOKED_LATE : 0u) |
                         (row->paused ? FLAG_PAUSED : 0u) | (row->counting ? FLAG_COUNTING : 0u);
        size_t length = pack_number(bytes, flags);

        for (size_t i = 0; i < sizeof days / sizeof *days; i++)
                length += pack_day(bytes + length, days[i], base_of(row));
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
                length += pack_signed(bytes + length, numbers[i]);
        return length + pack_number(bytes + length, row->missing);
}

static void unpack_rest(struct pack_reader *reader, struct store_obligation *row)
{
        uint64_t flags = unpack_number(reader);
        int32_t base = base_of(row);

        row->opens = unpack_day(reader, base);
        row->nominal = unpack_day(reader, base);
        row->plan_by = unpack_day(reader, base);
        row->met_on = unpack_day(reader, base);
        row->ended_on = unpack_day(reader, base);
        row->booked = unpack_day(reader, base);
        row->version = unpack_day(reader, base);
        row->as_of = unpack_day(reader, base);
        row->used_days = unpack_int(reader);
        row->limit_days = unpack_int(reader);
        row->done = unpack_int(reader);
        row->needed = unpack_int(reader);
        row->missing = (uint32_t)unpack_number(reader);
        row->provisional = (flags & FLAG_PROVISIONAL) != 0;
        row->booked_late = (flags & FLAG_BOOKED_LATE) != 0;
        row->paused = (flags & FLAG_PAUSED) != 0;
        row->counting = (flags & FLAG_COUNTING) != 0;
}

size_t store_obligation_pack(const struct store_obligation *row, uint8_t *bytes)
{
        size_t length = pack_text(bytes, row->ref);

        length += pack_number(bytes + length, row->rule);
        length += pack_text(bytes + length, row->item);
        length += pack_day(bytes + length, row->started, 0);
        length += pack_number(bytes + length, (uint64_t)row->state);
        length += pack_day(bytes + length, row->due, 0);
        return length + pack_rest(row, bytes + length);
}

size_t store_obligation_unpack(const uint8_t *bytes, size_t length, struct store_obligation *ret_row)
{
        struct pack_reader reader = {.bytes = bytes, .length = length};

        ret_row->case_id = ret_row->scope = 0;
        unpack_text(&reader, ret_row->ref, sizeof ret_row->ref);
        ret_row->rule = (uint32_t)unpack_number(&reader);
        unpack_text(&reader, ret_row->item, sizeof ret_row->item);
        ret_row->started = unpack_day(&reader, 0);
        ret_row->state = (int32_t)(unpack_number(&reader) & 0xff);
        ret_row->due = unpack_day(&reader, 0);
        unpack_rest(&reader, ret_row);
        return reader.failed ? 0 : reader.at;
}

static void bind_key(struct query *query, const struct store_obligation *row)
{
        query_int(query, row->rule);
        query_text(query, row->item);
        query_key_day(query, row->started);
}

enum status row_put(struct store *store, enum sql sql, const struct store_obligation *row)
{
        struct query query = query_begin(store, sql);
        uint8_t rest[STORE_OBLIGATION_PACKED_MAX];
        size_t size = pack_rest(row, rest);

        query_int(&query, (int64_t)row->case_id);
        query_text(&query, row->ref);
        bind_key(&query, row);
        query_int(&query, row->state);
        query_key_day(&query, row->due);
        query_blob(&query, rest, size);
        query_int(&query, (int64_t)row->scope);
        return query_run(&query);
}

enum status store_obligation_put(struct store *store, const struct store_obligation *row,
                                 const struct store_obligation *old)
{
        enum status status = row_put(store, SQL_OBLIGATION_PUT, row);

        return status == STATUS_OK ? scoped_move(store, old, row) : status;
}

enum status store_obligation_remove(struct store *store, const struct store_obligation *row)
{
        struct query query = query_begin(store, SQL_OBLIGATION_REMOVE);

        query_int(&query, (int64_t)row->case_id);
        bind_key(&query, row);
        enum status status = query_run(&query);
        return status == STATUS_OK ? scoped_move(store, row, NULL) : status;
}

enum status row_read(const struct query *query, struct store_obligation *row)
{
        struct pack_reader reader = {.bytes = sqlite3_column_blob(query->stmt, 7),
                                     .length = (size_t)sqlite3_column_bytes(query->stmt, 7)};

        row->case_id = column_id(query, 0);
        column_copy(query, 1, row->ref, sizeof row->ref);
        row->rule = (uint32_t)column_id(query, 2);
        column_copy(query, 3, row->item, sizeof row->item);
        row->started = column_key_day(query, 4);
        row->state = (int32_t)column_int(query, 5);
        row->due = column_key_day(query, 6);
        row->scope = column_id(query, 8);
        unpack_rest(&reader, row);
        return reader.failed ? STATUS_CORRUPT : STATUS_OK;
}

enum status store_obligation_get(struct store *store, const struct store_obligation *key,
                                 struct store_obligation *ret_row, bool *ret_found)
{
        struct query query = query_begin(store, SQL_OBLIGATION_GET);
        enum status status;

        query_int(&query, (int64_t)key->case_id);
        query_int(&query, key->rule);
        query_text(&query, key->item);
        query_key_day(&query, key->started);
        status = query_step(&query, ret_found);
        if (status != STATUS_OK || !*ret_found)
                return status;
        status = row_read(&query, ret_row);
        query_end(&query);
        return status;
}

enum status store_obligations_of(struct store *store, uint64_t case_id, store_obligation_fn sink, void *context)
{
        return rows_of(store, store->version < SCHEMA_SCOPE ? SQL_OBLIGATIONS_OF_OLD : SQL_OBLIGATIONS_OF, case_id,
                       (struct row_sink){sink, context});
}

enum status rows_of(struct store *store, enum sql sql, uint64_t case_id, struct row_sink sink)
{
        struct query query = query_begin(store, sql);
        struct store_obligation row;
        bool found = false;
        enum status status;

        query_int(&query, (int64_t)case_id);
        status = query_step(&query, &found);
        while (status == STATUS_OK && found) {
                status = row_read(&query, &row);
                if (status == STATUS_OK)
                        status = sink.give(sink.context, &row);
                if (status != STATUS_OK) {
                        query_end(&query);
                        return status;
                }
                status = query_step(&query, &found);
        }
        return status;
}

enum status store_obligation_kinds(struct store *store, const struct store_cases *cases, store_kind_fn sink,
                                   void *context)
{
        struct query query = query_begin(store, SQL_OBLIGATION_KINDS);
        bool found = false;
        enum status status;

        query_int(&query, (int64_t)cases->first);
        query_int(&query, (int64_t)cases->last);
        status = query_step(&query, &found);
        while (status == STATUS_OK && found) {
                status = sink(context, (uint32_t)column_id(&query, 0), (int32_t)column_int(&query, 1));
                if (status != STATUS_OK)
                        query_end(&query);
                else
                        status = query_step(&query, &found);
        }
        return status;
}

/* ---- lists ---- */

/* The statement that walks the list of a state. */
static enum sql list_sql(const struct store *store, int state)
{
        static const enum sql first[] = {
                [LIST_ALL] = SQL_LIST_0, [LIST_FROM] = SQL_LIST_FROM_0, [LIST_WITHIN] = SQL_LIST_WITHIN_0};

        ENSURE(state >= 0 && state < STORE_LISTS);
        return (enum sql)((int)first[store->list_kind[state]] + state);
}

enum status store_list_begin(struct store *store, int state, const struct store_place *from)
{
        bool placed = from->due != CIVIL_MIN || from->ref[0] != '\0' || from->within != 0;
        struct query query;

        store_list_end(store, state);
        store->list_kind[state] = from->within != 0 ? LIST_WITHIN : placed ? LIST_FROM : LIST_ALL;
        query = query_begin(store, list_sql(store, state));
        if (placed)
                query_key_day(&query, from->due);
        /* The place may die before the list does. */
        if (placed && query.rc == SQLITE_OK)
                query.rc = sqlite3_bind_text(query.stmt, ++query.index, from->ref, -1, SQLITE_TRANSIENT);
        if (from->within != 0)
                query_int(&query, __builtin_ctzll(from->within));
        return query.rc == SQLITE_OK ? STATUS_OK : store_failed(store, query.rc, "list");
}

enum status store_list_next(struct store *store, int state, struct store_obligation *ret_row, bool *ret_found)
{
        struct query query = {.store = store, .stmt = store->statements[list_sql(store, state)]};
        enum status status = query_step(&query, ret_found);

        if (status != STATUS_OK || !*ret_found)
                return status;
        status = row_read(&query, ret_row);
        if (status != STATUS_OK)
                query_end(&query);
        return status;
}

void store_list_end(struct store *store, int state)
{
        struct query query = {.store = store, .stmt = store->statements[list_sql(store, state)]};

        query_end(&query);
}

/* ---- wakes ---- */

static enum status note_wake(struct store *store, uint64_t case_id, int32_t wake)
{
        struct query query = query_begin(store, SQL_CASE_WAKE);

        query_int(&query, (int64_t)case_id);
        query_day(&query, wake);
        return query_run(&query);
}

/* On most days nothing waits between one sweep and the next, and no row is looked for. */
static enum status note_waits(struct store *store, uint64_t case_id, bool waits)
{
        struct query query;

        if (!waits && !store->tail.raising)
                return STATUS_OK;
        query = query_begin(store, waits ? SQL_RAISING_ADD : SQL_RAISING_REMOVE);
        store->tail.raising = true;
        query_int(&query, (int64_t)case_id);
        return query_run(&query);
}

enum status store_case_wake(struct store *store, uint64_t case_id, struct store_waking waking)
{
        enum status status = note_wake(store, case_id, waking.wake);

        return status == STATUS_OK ? note_waits(store, case_id, waking.waits) : status;
}

enum status collect_ids(struct query *query, uint64_t *ret_ids, size_t capacity, size_t *ret_count)
{
        bool row = false;
        size_t count = 0;
        enum status status = query_step(query, &row);

        while (status == STATUS_OK && row) {
                ENSURE(count < capacity);
                ret_ids[count++] = column_id(query, 0);
                status = query_step(query, &row);
        }
        *ret_count = count;
        return status;
}

enum status store_case_waking(struct store *store, uint64_t case_id, struct store_waking *ret_waking)
{
        struct query query = query_begin(store, store->version < SCHEMA_RAISING ? SQL_CASE_KEPT_OLD : SQL_CASE_KEPT);
        bool row = false;
        enum status status;

        query_int(&query, (int64_t)case_id);
        status = query_step(&query, &row);
        *ret_waking = (struct store_waking){.wake = CIVIL_NONE};
        if (status == STATUS_OK && row) {
                *ret_waking = (struct store_waking){column_day(&query, 0), column_int(&query, 1) != 0};
                query_end(&query);
        }
        return status;
}

enum status store_waking(struct store *store, int32_t day, uint64_t *ret_ids, size_t capacity, size_t *ret_count)
{
        struct query query = query_begin(store, SQL_WAKING);

        query_int(&query, day);
        query_int(&query, (int64_t)capacity);
        return collect_ids(&query, ret_ids, capacity, ret_count);
}

enum status store_raising_add(struct store *store, uint64_t case_id)
{
        return note_waits(store, case_id, true);
}

enum status raising_load(struct store *store)
{
        struct query query = query_begin(store, SQL_RAISING_ANY);
        enum status status = query_step(&query, &store->tail.raising);

        if (status == STATUS_OK && store->tail.raising)
                query_end(&query);
        return status;
}

enum status store_raising(struct store *store, struct store_raising *raising, size_t limit)
{
        struct query query;
        bool row = false;
        enum status status;

        raising->count = 0;
        raising->last = raising->after;
        if (!store->tail.raising)
                return STATUS_OK;
        query = query_begin(store, SQL_RAISING);
        query_int(&query, (int64_t)raising->after);
        query_int(&query, (int64_t)limit);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status;
        raising->count = (size_t)column_id(&query, 0);
        if (raising->count > 0)
                raising->last = column_id(&query, 1);
        store->tail.raising = raising->count > 0 || raising->after > 0;
        query_end(&query);
        return STATUS_OK;
}

enum status store_raised(struct store *store, const struct store_raising *raising)
{
        struct query query = query_begin(store, SQL_RAISING_DONE);

        query_int(&query, (int64_t)raising->after);
        query_int(&query, (int64_t)raising->last);
        return query_run(&query);
}

enum status store_first_wake(struct store *store, int32_t *ret_day)
{
        struct query query = query_begin(store, SQL_FIRST_WAKE);

        return query_one_day(&query, ret_day);
}
