/*
 * diary - entries that were published, and who has which of them (store_diary.h).
 *
 * Written in the transaction that puts the message into the outbox, so that what
 * is believed to be in a diary is what some message says, and nothing else.
 */
#include "db.h"

#include <string.h>

#include "mappad/store_diary.h"

enum status store_diary_secret(struct store *store, uint8_t ret_secret[static STORE_DIARY_SECRET_SIZE])
{
        struct query query = query_begin(store, SQL_DIARY_SECRET);
        bool row = false;
        enum status status = query_step(&query, &row);

        if (status != STATUS_OK)
                return status;
        if (!row)
                return STATUS_CORRUPT;
        const void *bytes = sqlite3_column_blob(query.stmt, 0);
        bool whole = bytes != NULL && sqlite3_column_bytes(query.stmt, 0) == STORE_DIARY_SECRET_SIZE;
        if (whole)
                memcpy(ret_secret, bytes, STORE_DIARY_SECRET_SIZE);
        query_end(&query);
        return whole ? STATUS_OK : STATUS_NO_MEMORY;
}

static void bind_key(struct query *query, const struct store_diary_key *key)
{
        query_int(query, (int64_t)key->case_id);
        query_int(query, key->rule);
        query_text(query, key->item);
        query_key_day(query, key->started);
}

enum status store_diary_get(struct store *store, const struct store_diary_key *key, struct store_diary_entry *ret_entry,
                            bool *ret_found)
{
        struct query query = query_begin(store, SQL_DIARY_GET);
        enum status status;

        bind_key(&query, key);
        status = query_step(&query, ret_found);
        if (status != STATUS_OK || !*ret_found)
                return status;
        *ret_entry = (struct store_diary_entry){.id = column_id(&query, 0),
                                                .due = column_day(&query, 1),
                                                .plan_by = column_day(&query, 2),
                                                .sequence = (uint32_t)column_id(&query, 3),
                                                .gone = column_int(&query, 4) != 0};
        query_end(&query);
        return STATUS_OK;
}

enum status store_diary_add(struct store *store, const struct store_diary_key *key, struct store_diary_entry *entry)
{
        struct query query = query_begin(store, SQL_DIARY_ADD);
        enum status status;

        bind_key(&query, key);
        query_int(&query, entry->due);
        query_day(&query, entry->plan_by);
        status = query_run(&query);
        if (status == STATUS_OK)
                entry->id = (uint64_t)sqlite3_last_insert_rowid(store->db);
        return status;
}

enum status store_diary_put(struct store *store, const struct store_diary_entry *entry)
{
        struct query query = query_begin(store, SQL_DIARY_PUT);

        query_int(&query, (int64_t)entry->id);
        query_int(&query, entry->due);
        query_day(&query, entry->plan_by);
        query_int(&query, entry->sequence);
        query_int(&query, entry->gone);
        return query_run(&query);
}

enum status store_diary_rekey(struct store *store, const struct store_diary_key *key, int32_t was_due)
{
        struct query query = query_begin(store, SQL_DIARY_REKEY);

        bind_key(&query, key);
        query_int(&query, was_due);
        return query_run(&query);
}

enum status store_diary_copy(struct store *store, const char *recipient, const struct store_diary_entry *entry)
{
        struct query query = query_begin(store, SQL_DIARY_COPY);

        query_text(&query, recipient);
        query_int(&query, (int64_t)entry->id);
        query_int(&query, entry->sequence);
        query_int(&query, entry->gone);
        return query_run(&query);
}

enum status store_diary_copied(struct store *store, const char *recipient, uint64_t entry, bool *ret_copied)
{
        struct query query = query_begin(store, SQL_DIARY_COPIED);
        bool row = false;
        enum status status;

        query_text(&query, recipient);
        query_int(&query, (int64_t)entry);
        status = query_step(&query, &row);
        *ret_copied = status == STATUS_OK && row && column_int(&query, 0) == 0;
        if (status == STATUS_OK && row)
                query_end(&query);
        return status;
}

/* Tells the obligations that a question finds, and their cases. */
static enum status tell_keys(struct query *query, store_diary_fn sink, void *context)
{
        bool row = false;
        enum status status = query_step(query, &row);

        while (status == STATUS_OK && row) {
                struct store_diary_key key = {.case_id = column_id(query, 0),
                                              .rule = (uint32_t)column_id(query, 1),
                                              .item = column_text(query, 2),
                                              .started = column_key_day(query, 3)};

                status = sink(context, &key, column_text(query, 4));
                if (status != STATUS_OK)
                        query_end(query);
                else
                        status = query_step(query, &row);
        }
        return status;
}

static struct query ask_page(struct store *store, enum sql sql, const struct store_diary_page *page)
{
        struct query query = query_begin(store, sql);

        query_text(&query, page->recipient);
        query_int(&query, (int64_t)page->after);
        query_int(&query, (int64_t)page->limit);
        return query;
}

enum status store_diary_stale(struct store *store, const struct store_diary_page *page, store_diary_fn sink,
                              void *context)
{
        struct query query = ask_page(store, SQL_DIARY_STALE, page);

        return tell_keys(&query, sink, context);
}

enum status store_diary_back(struct store *store, const struct store_diary_page *page, store_diary_fn sink,
                             void *context)
{
        struct query query = ask_page(store, SQL_DIARY_BACK, page);

        query_int(&query, page->today);
        return tell_keys(&query, sink, context);
}
