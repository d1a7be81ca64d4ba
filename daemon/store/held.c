/*
 * held - what is kept about one case apart from its record (store_held.h).
 *
 * An alert of a case has a mark of that case, which is how it is found.
 */
#include "db.h"

#include "mappad/store_held.h"

static int64_t bounded(uint64_t number)
{
        return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static enum status give_ids(struct store *store, enum sql sql, uint64_t of, store_id_fn sink, void *context)
{
        struct query query = query_begin(store, sql);
        bool row = false;
        enum status status;

        query_int(&query, bounded(of));
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

enum status store_held_alerts(struct store *store, uint64_t case_id, store_id_fn sink, void *context)
{
        return give_ids(store, SQL_HELD_ALERTS, case_id, sink, context);
}

enum status store_held_carried(struct store *store, uint64_t alert, store_id_fn sink, void *context)
{
        return give_ids(store, SQL_HELD_CARRIED, alert, sink, context);
}

enum status store_held_carries(struct store *store, uint64_t message, store_id_fn sink, void *context)
{
        return give_ids(store, SQL_HELD_CARRIES, message, sink, context);
}

enum status store_held_shown(struct store *store, uint64_t case_id, store_id_fn sink, void *context)
{
        return give_ids(store, SQL_HELD_SHOWN, case_id, sink, context);
}

enum status store_letter_get(struct store *store, uint64_t message, store_letter_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_LETTER_GET);
        bool row = false;
        enum status status;

        query_int(&query, bounded(message));
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status;
        struct store_letter letter = {column_text(&query, 0), column_text(&query, 1), column_text(&query, 2)};
        status = letter.body == NULL ? STATUS_CORRUPT : sink(context, &letter);
        query_end(&query);
        return status;
}

enum status store_held_diary(struct store *store, uint64_t case_id, store_diary_row_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_HELD_DIARY);
        bool row = false;
        enum status status;

        query_int(&query, bounded(case_id));
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_diary_row given = {.key = {.case_id = case_id,
                                                        .rule = (uint32_t)column_id(&query, 1),
                                                        .item = column_text(&query, 2),
                                                        .started = column_key_day(&query, 3)},
                                                .entry = {.id = column_id(&query, 0),
                                                          .due = column_day(&query, 4),
                                                          .plan_by = column_day(&query, 5),
                                                          .sequence = (uint32_t)column_id(&query, 6),
                                                          .gone = column_int(&query, 7) != 0}};
                status = sink(context, &given);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}

enum status store_held_copies(struct store *store, uint64_t entry, store_diary_sent_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_HELD_COPIES);
        bool row = false;
        enum status status;

        query_int(&query, bounded(entry));
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_diary_sent sent = {.recipient = column_text(&query, 0),
                                                .sequence = (uint32_t)column_id(&query, 1),
                                                .gone = column_int(&query, 2) != 0};
                status = sink(context, &sent);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}
