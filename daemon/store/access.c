/*
 * access - lines of the log of accesses: adding, reading (store_access.h).
 *
 * The parts of a line's canonical text: hash before, number, instant, uid, user
 * (neither for the service itself), what, case, detail, rows, purpose, recipients.
 */
#include "access.h"

#include <stdio.h>
#include <string.h>

#include "hasher.h"
#include "mappad/ensure.h"

enum status access_hash(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                        const struct store_access *access, uint8_t ret_hash[static STORE_HASH_SIZE])
{
        struct hasher hasher;

        if (!hasher_begin(&hasher, store))
                return STATUS_NO_MEMORY;
        hash_part(&hasher, before, STORE_HASH_SIZE);
        hash_number(&hasher, (int64_t)access->seq);
        hash_number(&hasher, access->at_ms);
        if (access->user == NULL)
                hash_text(&hasher, NULL);
        else
                hash_number(&hasher, access->uid);
        hash_text(&hasher, access->user);
        hash_text(&hasher, access->what);
        hash_text(&hasher, access->ref);
        hash_text(&hasher, access->detail);
        if (access->rows < 0)
                hash_text(&hasher, NULL);
        else
                hash_number(&hasher, access->rows);
        hash_text(&hasher, access->purpose);
        hash_text(&hasher, access->recipients);
        return hasher_end(&hasher, ret_hash);
}

static void bind_rows(struct query *query, int64_t rows)
{
        if (rows < 0)
                query_id(query, 0);
        else
                query_int(query, rows);
}

enum status store_access_add(struct store *store, const struct store_access *access)
{
        struct store_access numbered = *access;
        struct query query;
        uint8_t hash[STORE_HASH_SIZE];
        enum status status;

        ENSURE(store_in_transaction(store));
        numbered.seq = store->tail.next_access;
        status = access_hash(store, store->tail.access_head, &numbered, hash);
        if (status != STATUS_OK)
                return status;
        query = query_begin(store, SQL_ACCESS_ADD);
        query_int(&query, (int64_t)numbered.seq);
        query_int(&query, access->at_ms);
        query_id(&query, access->person);
        query_text(&query, access->what);
        query_id(&query, access->case_id);
        query_text(&query, access->detail);
        bind_rows(&query, access->rows);
        query_text(&query, access->purpose);
        query_text(&query, access->recipients);
        query_blob(&query, hash, sizeof hash);
        status = query_run_aside(&query);
        if (status != STATUS_OK)
                return status;
        store->tail.next_access++;
        memcpy(store->tail.access_head, hash, sizeof hash);
        return STATUS_OK;
}

struct store_access access_read(const struct query *query)
{
        return (struct store_access){
                .seq = column_id(query, 0),
                .at_ms = column_int(query, 1),
                .person = (uint32_t)column_id(query, 2),
                .uid = (uint32_t)column_id(query, 3),
                .user = column_text(query, 4),
                .what = column_text(query, 5),
                .case_id = column_id(query, 6),
                .ref = column_text(query, 7),
                .detail = column_text(query, 8),
                .rows = sqlite3_column_type(query->stmt, 9) == SQLITE_NULL ? -1 : column_int(query, 9),
                .purpose = column_text(query, 10),
                .recipients = column_text(query, 11),
        };
}

static int64_t bounded(uint64_t number)
{
        return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

enum status store_accesses(struct store *store, const struct store_access_page *page, store_access_fn sink,
                           void *context)
{
        struct query query = query_begin(store, page->case_id == 0 ? SQL_ACCESSES : SQL_ACCESSES_OF);
        bool row = false;
        enum status status;

        query_int(&query, bounded(page->before));
        if (page->case_id != 0)
                query_int(&query, bounded(page->case_id));
        query_int(&query, bounded(page->limit));
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_access access = access_read(&query);
                status = sink(context, &access);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}
