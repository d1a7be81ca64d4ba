/*
 * outbox - messages that wait, were sent or failed, and which alerts they carry.
 *
 * A message is written with the alerts it carries, in one transaction, and is
 * changed only by verdicts; its identifier stays the same over all attempts.
 * Whatever changes how many wait keeps count.
 */
#include "db.h"

#include "mappad/store_alert.h"

enum status store_message_add(struct store *store, const struct store_message *message, uint64_t *ret_id)
{
        struct query query = query_begin(store, SQL_MESSAGE_ADD);
        uint64_t id = 0;
        enum status status;

        query_text(&query, message->recipient);
        query_text(&query, message->message_id);
        query_text(&query, message->subject);
        query_int(&query, message->created_ms);
        query_int(&query, message->next_ms);
        query_int(&query, message->urgent);
        status = query_run(&query);
        if (status != STATUS_OK)
                return status;
        id = (uint64_t)sqlite3_last_insert_rowid(store->db);
        query = query_begin(store, SQL_LETTER_ADD);
        query_int(&query, (int64_t)id);
        query_text(&query, message->text);
        query_text(&query, message->html);
        query_text(&query, message->calendar);
        status = query_run(&query);
        if (status != STATUS_OK)
                return status;
        store->tail.waiting.messages++;
        *ret_id = id;
        return STATUS_OK;
}

enum status store_message_last(struct store *store, uint64_t *ret_id)
{
        struct query query = query_begin(store, SQL_MESSAGE_LAST);
        int64_t id = 0;
        enum status status = query_one_number(&query, 0, &id);

        if (status == STATUS_OK)
                *ret_id = (uint64_t)id;
        return status;
}

/* What a message carries. */
struct carrying {
        uint64_t message;
        const uint64_t *alerts;
};

static void bind_carried(struct query *query, const void *rows, size_t at)
{
        const struct carrying *carrying = rows;

        query_int(query, (int64_t)carrying->message);
        query_int(query, (int64_t)carrying->alerts[at]);
}

enum status store_message_carries(struct store *store, uint64_t message, const uint64_t *alerts, size_t count)
{
        const struct carrying carrying = {message, alerts};

        return rows_add(store, &(struct rows_sql){SQL_MESSAGE_CARRIES, SQL_MESSAGE_CARRIES_ALL}, count, bind_carried,
                        &carrying);
}

enum status store_message_shows(struct store *store, uint64_t message, uint64_t case_id)
{
        struct query query = query_begin(store, SQL_MESSAGE_SHOWS);

        query_int(&query, (int64_t)message);
        query_int(&query, (int64_t)case_id);
        return query_run(&query);
}

enum status store_message_cases(struct store *store, uint64_t message, store_case_id_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_MESSAGE_CASES);
        bool row = false;
        enum status status;

        query_int(&query, (int64_t)message);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                status = sink(context, column_id(&query, 0));
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}

/* Columns as in MESSAGE_COLUMNS of sql.c. */
static struct store_message read_message(const struct query *query)
{
        return (struct store_message){
                .id = column_id(query, 0),
                .state = (int)column_int(query, 1),
                .recipient = column_text(query, 2),
                .message_id = column_text(query, 3),
                .subject = column_text(query, 4),
                .answer = column_text(query, 5),
                .created_ms = column_int(query, 6),
                .next_ms = column_int(query, 7),
                .done_ms = column_int(query, 8),
                .attempts = (uint32_t)column_id(query, 9),
                .failures = (uint32_t)column_id(query, 10),
                .ambiguous = column_int(query, 11) != 0,
                .urgent = column_int(query, 12) != 0,
        };
}

static enum status give_messages(struct query *query, store_message_fn sink, void *context, bool *ret_any)
{
        bool row = false;
        enum status status = query_step(query, &row);

        *ret_any = row;
        while (status == STATUS_OK && row) {
                struct store_message message = read_message(query);
                status = sink(context, &message);
                if (status != STATUS_OK)
                        query_end(query);
                else
                        status = query_step(query, &row);
        }
        return status;
}

static int64_t bounded(uint64_t number)
{
        return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

enum status store_messages_due(struct store *store, const struct store_message_page *page, store_message_fn sink,
                               void *context)
{
        struct query query = query_begin(store, SQL_MESSAGES_DUE);
        bool any = false;

        query_int(&query, page->now_ms);
        query_int(&query, page->after_ms);
        query_int(&query, bounded(page->after));
        query_int(&query, bounded(page->limit));
        return give_messages(&query, sink, context, &any);
}

enum status store_message_get(struct store *store, uint64_t id, store_message_fn sink, void *context, bool *ret_found)
{
        struct query query = query_begin(store, SQL_MESSAGE_GET);

        query_int(&query, bounded(id));
        return give_messages(&query, sink, context, ret_found);
}

enum status store_message_under_way(struct store *store, uint64_t id)
{
        struct query query = query_begin(store, SQL_MESSAGE_UNDER_WAY);
        enum status status;

        query_int(&query, bounded(id));
        status = query_run(&query);
        if (status == STATUS_OK)
                store->tail.waiting.ambiguous += (uint64_t)sqlite3_changes64(store->db);
        return status;
}

/* Counts a message as one that waits (by 1), or no longer (by -1). */
static void count_waiting(struct store *store, bool ambiguous, int by)
{
        store->tail.waiting.messages += (uint64_t)by;
        store->tail.waiting.ambiguous += ambiguous ? (uint64_t)by : 0;
}

/* Takes a message out of the count, if it waits. */
static enum status uncount(struct store *store, uint64_t id)
{
        struct query query = query_begin(store, SQL_MESSAGE_WAITS);
        int64_t ambiguous = -1;
        enum status status;

        query_int(&query, bounded(id));
        status = query_one_number(&query, -1, &ambiguous);
        if (status == STATUS_OK && ambiguous >= 0)
                count_waiting(store, ambiguous != 0, -1);
        return status;
}

enum status store_message_update(struct store *store, const struct store_message *message)
{
        enum status status = uncount(store, message->id);

        if (status != STATUS_OK)
                return status;
        if (message->state == STORE_MESSAGE_WAITING)
                count_waiting(store, message->ambiguous, 1);
        struct query query = query_begin(store, SQL_MESSAGE_UPDATE);
        query_int(&query, bounded(message->id));
        query_int(&query, message->state);
        query_int(&query, message->attempts);
        query_int(&query, message->failures);
        query_int(&query, message->ambiguous);
        query_int(&query, message->next_ms);
        query_int(&query, message->done_ms);
        query_text(&query, message->answer);
        return query_run(&query);
}

enum status store_messages_hasten(struct store *store, int64_t now_ms)
{
        struct query query = query_begin(store, SQL_MESSAGES_HASTEN);

        query_int(&query, now_ms);
        return query_run(&query);
}

enum status store_messages_before(struct store *store, uint64_t before, bool unsent, store_message_walk_fn sink,
                                  void *context)
{
        struct query query = query_begin(store, unsent ? SQL_MESSAGES_UNSENT : SQL_MESSAGES_BEFORE);
        bool row = false, stop = false;
        enum status status;

        query_int(&query, bounded(before));
        status = query_step(&query, &row);
        while (status == STATUS_OK && row && !stop) {
                struct store_message message = read_message(&query);
                status = sink(context, &message, &stop);
                if (status != STATUS_OK || stop)
                        query_end(&query);
                else
                        status = query_step(&query, &row);
        }
        return status;
}

enum status store_message_told(struct store *store, uint64_t message, store_told_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_MESSAGE_TOLD);
        bool row = false;
        enum status status;

        query_int(&query, bounded(message));
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_told told = {column_id(&query, 0), column_id(&query, 1), column_text(&query, 2)};
                status = sink(context, &told);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}

static enum status count_all(struct store *store)
{
        struct query query = query_begin(store, SQL_OUTBOX_WAITING);
        bool row = false;
        enum status status = query_step(&query, &row);

        if (status == STATUS_OK && row) {
                store->tail.waiting = (struct waiting){true, column_id(&query, 0), column_id(&query, 1)};
                query_end(&query);
        }
        return status;
}

enum status store_outbox_count(struct store *store, struct store_outbox_counts *ret_counts)
{
        int64_t oldest_ms = INT64_MAX;
        enum status status = store->tail.waiting.known ? STATUS_OK : count_all(store);

        if (status == STATUS_OK && store->tail.waiting.messages > 0) {
                struct query query = query_begin(store, SQL_OUTBOX_OLDEST);
                status = query_one_number(&query, INT64_MAX, &oldest_ms);
        }
        if (status == STATUS_OK)
                *ret_counts = (struct store_outbox_counts){
                        .waiting = store->tail.waiting.messages,
                        .ambiguous = store->tail.waiting.ambiguous,
                        .oldest_ms = oldest_ms,
                };
        return status;
}

enum status store_outbox_failed(struct store *store, void (*sink)(void *context, const char *recipient), void *context)
{
        struct query query = query_begin(store, SQL_OUTBOX_FAILED);
        bool row = false;
        enum status status;

        query_int(&query, 0);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                sink(context, column_text(&query, 0));
                status = query_step(&query, &row);
        }
        return status;
}

enum status store_outbox_next(struct store *store, int64_t *ret_ms)
{
        struct query query = query_begin(store, SQL_OUTBOX_NEXT);

        return query_one_number(&query, INT64_MAX, ret_ms);
}
