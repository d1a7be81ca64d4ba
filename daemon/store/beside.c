/*
 * beside - what is derived a second time lies in tables like those in force
 * (store_beside.h), and changes places with them by the names alone.
 */
#include "mappad/store_beside.h"

#include <string.h>

#include "mappad/ensure.h"
#include "row.h"
#include "scoped.h"

enum status store_beside_get(struct store *store, struct store_beside *ret_beside)
{
        struct query query = query_begin(store, SQL_BESIDE_GET);
        bool found = false;
        enum status status = query_step(&query, &found);

        *ret_beside = (struct store_beside){.lies = STORE_LIES_NOTHING};
        if (status != STATUS_OK || !found)
                return status;
        ret_beside->lies = (enum store_lies)column_int(&query, 0);
        column_copy(&query, 1, ret_beside->rules, sizeof ret_beside->rules);
        query_end(&query);
        return STATUS_OK;
}

enum status store_beside_set(struct store *store, const struct store_beside *beside)
{
        struct query query = query_begin(store, SQL_BESIDE_SET);

        query_int(&query, beside->lies);
        query_text(&query, beside->rules);
        return query_run(&query);
}

/* ---- one case ---- */

enum status store_beside_put(struct store *store, const struct store_obligation *row)
{
        enum status status = row_put(store, SQL_BESIDE_PUT, row);

        return status == STATUS_OK ? scoped_move(store, NULL, row) : status;
}

enum status store_beside_of(struct store *store, uint64_t case_id, store_obligation_fn sink, void *context)
{
        return rows_of(store, SQL_BESIDE_OF, case_id, (struct row_sink){sink, context});
}

/* Runs a statement about one case. */
static enum status run_of(struct store *store, enum sql sql, uint64_t case_id)
{
        struct query query = query_begin(store, sql);

        query_int(&query, (int64_t)case_id);
        return query_run(&query);
}

/* The scopes of a case, under the rules in force and beside. */
struct both {
        char ref[33];
        uint64_t scope, beside;
        bool found;
};

static enum status scopes_of(struct store *store, uint64_t case_id, struct both *ret_both)
{
        struct query query = query_begin(store, SQL_BESIDE_CASE_GET);
        enum status status;

        *ret_both = (struct both){.found = false};
        query_int(&query, (int64_t)case_id);
        status = query_step(&query, &ret_both->found);
        if (status != STATUS_OK || !ret_both->found)
                return status;
        column_copy(&query, 0, ret_both->ref, sizeof ret_both->ref);
        ret_both->scope = column_id(&query, 1);
        ret_both->beside = column_id(&query, 2);
        query_end(&query);
        return STATUS_OK;
}

static enum status note_case(struct store *store, uint64_t case_id, int32_t wake, uint64_t scope)
{
        struct query query = query_begin(store, SQL_BESIDE_CASE);

        query_int(&query, (int64_t)case_id);
        query_day(&query, wake);
        query_int(&query, (int64_t)scope);
        return query_run(&query);
}

static enum status note_unread(struct store *store, uint64_t case_id, uint64_t lines)
{
        struct query query = query_begin(store, SQL_BESIDE_UNREAD_PUT);

        query_int(&query, (int64_t)case_id);
        query_int(&query, (int64_t)lines);
        return query_run(&query);
}

enum status store_beside_case(struct store *store, uint64_t case_id, const struct store_beside_case *kept)
{
        struct both both = {.found = false};
        enum status status = note_case(store, case_id, kept->wake, kept->scope);

        if (status == STATUS_OK && kept->waits)
                status = run_of(store, SQL_BESIDE_WAITS, case_id);
        if (status == STATUS_OK && kept->unread > 0)
                status = note_unread(store, case_id, kept->unread);
        if (status != STATUS_OK || kept->scope == 0)
                return status;
        status = scopes_of(store, case_id, &both);
        return status == STATUS_OK ? scoped_cases(store, SQL_SCOPED_CASE_ADD, both.ref, kept->scope) : status;
}

struct forgetting {
        struct store *store;
        store_obligation_fn sink;
        void *context;
        bool any;
};

static enum status forget_row(void *context, const struct store_obligation *row)
{
        struct forgetting *forgetting = context;
        enum status status = scoped_each(forgetting->store, SQL_BESIDE_SCOPED_REMOVE, row, row->scope);

        forgetting->any = true;
        return status == STATUS_OK ? forgetting->sink(forgetting->context, row) : status;
}

enum status store_beside_forget(struct store *store, uint64_t case_id, store_obligation_fn sink, void *context)
{
        struct forgetting forgetting = {store, sink, context, false};
        struct both both = {.found = false};
        enum status status = store_beside_of(store, case_id, forget_row, &forgetting);

        if (status == STATUS_OK && forgetting.any)
                status = run_of(store, SQL_BESIDE_REMOVE, case_id);
        if (status == STATUS_OK)
                status = run_of(store, SQL_BESIDE_WAITS_NOT, case_id);
        if (status == STATUS_OK)
                status = run_of(store, SQL_BESIDE_UNREAD_REMOVE, case_id);
        if (status == STATUS_OK)
                status = scopes_of(store, case_id, &both);
        if (status == STATUS_OK && (both.beside & ~both.scope) != 0)
                status = scoped_cases(store, SQL_SCOPED_CASE_REMOVE, both.ref, both.beside & ~both.scope);
        return status == STATUS_OK ? note_case(store, case_id, CIVIL_NONE, 0) : status;
}

enum status store_beside_touch(struct store *store, uint64_t case_id)
{
        return run_of(store, SQL_BESIDE_TOUCH, case_id);
}

enum status store_beside_waking(struct store *store, int32_t day, uint64_t *ret_ids, size_t capacity, size_t *ret_count)
{
        struct query query = query_begin(store, SQL_BESIDE_WAKING);

        query_int(&query, day);
        query_int(&query, (int64_t)capacity);
        return collect_ids(&query, ret_ids, capacity, ret_count);
}

/* ---- all of them ---- */

enum status store_beside_unread(struct store *store, uint64_t *ret_lines)
{
        struct query query = query_begin(store, SQL_BESIDE_UNREAD);
        int64_t lines = 0;
        enum status status = query_one_number(&query, 0, &lines);

        *ret_lines = (uint64_t)lines;
        return status;
}

enum status store_beside_change_places(struct store *store)
{
        int rc = sqlite3_exec(store->db, schema_change_places, NULL, NULL, NULL);

        store->tail.raising = true; /* or not: whoever looks will know */
        return rc == SQLITE_OK ? STATUS_OK : store_failed(store, rc, "changing places");
}
