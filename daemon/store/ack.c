/*
 * ack - rows of acknowledgements, and of what they kept from whom.
 */
#include "db.h"

#include "mappad/store_ack.h"

enum status store_ack_add(struct store *store, const struct store_ack *ack, uint64_t *ret_id)
{
        struct query query = query_begin(store, SQL_ACK_ADD);
        enum status status;

        query_int(&query, (int64_t)ack->alert);
        query_text(&query, ack->name);
        query_int(&query, ack->at_ms);
        query_day(&query, ack->until);
        query_int(&query, ack->person);
        query_text(&query, ack->why);
        query_int(&query, (int64_t)ack->key.case_id);
        query_int(&query, ack->key.rule);
        query_text(&query, ack->key.item);
        query_key_day(&query, ack->key.started);
        query_int(&query, ack->key.stage);
        query_int(&query, ack->key.repeat);
        query_key_day(&query, ack->key.due);
        status = query_run(&query);
        if (status == STATUS_OK)
                *ret_id = (uint64_t)sqlite3_last_insert_rowid(store->db);
        return status;
}

/* No text is missing, unless the file was damaged. */
static const char *text(const struct query *query, int column)
{
        const char *found = column_text(query, column);

        return found == NULL ? "" : found;
}

static struct store_ack read_ack(const struct query *query)
{
        return (struct store_ack){
                .id = column_id(query, 0),
                .alert = column_id(query, 1),
                .name = text(query, 2),
                .at_ms = column_int(query, 3),
                .until = column_day(query, 4),
                .why = text(query, 5),
                .key = {.case_id = column_id(query, 6),
                        .rule = (uint32_t)column_id(query, 7),
                        .item = text(query, 8),
                        .started = column_key_day(query, 9),
                        .stage = (uint32_t)column_id(query, 10),
                        .repeat = column_int(query, 11),
                        .due = column_key_day(query, 12),
                        .nominal = CIVIL_NONE},
                .uid = (uint32_t)column_id(query, 13),
                .user = text(query, 14),
                .told_due = column_day(query, 15),
        };
}

static enum status give_acks(struct query *query, store_ack_fn sink, void *context, bool *ret_any)
{
        bool row = false;
        enum status status = query_step(query, &row);

        *ret_any = row;
        while (status == STATUS_OK && row) {
                struct store_ack ack = read_ack(query);
                status = sink(context, &ack);
                if (status != STATUS_OK)
                        query_end(query);
                else
                        status = query_step(query, &row);
        }
        return status;
}

enum status store_ack_get(struct store *store, uint64_t id, store_ack_fn sink, void *context, bool *ret_found)
{
        struct query query = query_begin(store, SQL_ACK_GET);

        query_int(&query, id > INT64_MAX ? 0 : (int64_t)id);
        return give_acks(&query, sink, context, ret_found);
}

enum status store_acks_of_alert(struct store *store, uint64_t alert, store_ack_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ACKS_ALERT);
        bool any = false;

        query_int(&query, (int64_t)alert);
        return give_acks(&query, sink, context, &any);
}

enum status store_acks_of(struct store *store, const struct store_mark *key, store_ack_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ACKS_OF);
        bool any = false;

        query_int(&query, (int64_t)key->case_id);
        query_int(&query, key->rule);
        query_text(&query, key->item);
        query_key_day(&query, key->started);
        return give_acks(&query, sink, context, &any);
}

enum status store_acks_of_case(struct store *store, uint64_t case_id, store_ack_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ACKS_CASE);
        bool any = false;

        query_int(&query, (int64_t)case_id);
        return give_acks(&query, sink, context, &any);
}

enum status store_silenced_add(struct store *store, uint64_t alert, const char *name, uint64_t ack)
{
        struct query query = query_begin(store, SQL_SILENCED_ADD);

        query_int(&query, (int64_t)alert);
        query_text(&query, name);
        query_int(&query, (int64_t)ack);
        return query_run(&query);
}

enum status store_silenced_of(struct store *store, uint64_t alert, store_silenced_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_SILENCED_OF);
        bool row = false;
        enum status status;

        query_int(&query, (int64_t)alert);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                status = sink(context, text(&query, 0), column_id(&query, 1));
                if (status != STATUS_OK)
                        query_end(&query);
                else
                        status = query_step(&query, &row);
        }
        return status;
}
