/*
 * each - lines of many cases, one after another.
 *
 * A function of ours stands in the condition of the statement: SQLite hands it each line while it walks, and a row
 * comes out where the walk is to end, if at all. Stepping from row to row and asking for the columns one by one costs a
 * quarter of what reading a line does.
 */
#include "db.h"

#include "mappad/store_record.h"

#define LINE_VALUES 8

/* A walk in hand. */
struct each {
        store_line_fn sink;
        void *context;
};

static uint64_t id_of(sqlite3_value *value)
{
        int64_t id = sqlite3_value_int64(value);

        return id < 0 ? 0 : (uint64_t)id;
}

/* Null is 0, and a number out of range no day. */
static int32_t day_of(sqlite3_value *value)
{
        int64_t day = sqlite3_value_int64(value);

        return day < CIVIL_MIN || day > CIVIL_MAX ? CIVIL_NONE : (int32_t)day;
}

static void hand_over(sqlite3_context *call, int count, sqlite3_value **values)
{
        struct store *store = sqlite3_user_data(call);
        struct each *each = store->each;

        if (each == NULL || count != LINE_VALUES) {
                sqlite3_result_error(call, "lines are handed to nobody", -1);
                return;
        }
        struct store_line line = {
                .case_id = id_of(values[0]),
                .seq = id_of(values[1]),
                .type = (uint32_t)id_of(values[2]),
                .on = CIVIL_NONE,
                .item = (const char *)sqlite3_value_text(values[4]),
                .fields = sqlite3_value_blob(values[5]),
                .refers = id_of(values[6]),
                .recorded_ms = sqlite3_value_int64(values[7]),
        };
        if (line.type != 0)
                line.on = day_of(values[3]);
        if (line.fields != NULL)
                line.fields_size = (size_t)sqlite3_value_bytes(values[5]);
        sqlite3_result_int(call, !each->sink(each->context, &line));
}

enum status each_register(struct store *store)
{
        int rc = sqlite3_create_function_v2(store->db, EACH_LINE, LINE_VALUES, SQLITE_UTF8 | SQLITE_DIRECTONLY, store,
                                            hand_over, NULL, NULL, NULL);

        return rc == SQLITE_OK ? STATUS_OK : store_failed(store, rc, "functions");
}

enum status store_lines_each(struct store *store, uint64_t after_case, store_line_fn sink, void *context)
{
        struct each each = {.sink = sink, .context = context};
        struct query query = query_begin(store, SQL_LINES_EACH);

        query_int(&query, (int64_t)after_case);
        store->each = &each;
        enum status status = query_run(&query);
        store->each = NULL;
        return status;
}
