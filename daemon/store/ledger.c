/*
 * ledger - when sweeps ran, when nobody watched.
 */
#include "db.h"

#include "mappad/ensure.h"
#include "mappad/store_alert.h"

enum status store_sweep_add(struct store *store, const struct store_sweep *sweep)
{
        struct query query = query_begin(store, SQL_SWEEP_ADD);

        query_int(&query, sweep->day);
        query_int(&query, sweep->minute);
        query_int(&query, sweep->at_ms);
        query_int(&query, (int64_t)sweep->raised);
        query_int(&query, (int64_t)sweep->messages);
        query_int(&query, sweep->quiet);
        return query_run(&query);
}

enum status store_sweep_last(struct store *store, struct store_sweep *ret_sweep)
{
        struct query query = query_begin(store, SQL_SWEEP_LAST);
        bool row = false;
        enum status status = query_step(&query, &row);

        if (status != STATUS_OK)
                return status;
        *ret_sweep = (struct store_sweep){.day = CIVIL_NONE};
        if (row) {
                ret_sweep->day = column_day(&query, 0);
                ret_sweep->minute = (int32_t)column_int(&query, 1);
                ret_sweep->at_ms = column_int(&query, 2);
                ret_sweep->raised = column_id(&query, 3);
                ret_sweep->messages = column_id(&query, 4);
                query_end(&query);
        }
        return STATUS_OK;
}

enum status store_sweep_spoken(struct store *store, int32_t *ret_day)
{
        struct query query = query_begin(store, SQL_SWEEP_SPOKEN);

        return query_one_day(&query, ret_day);
}

enum status store_sweeps_forget(struct store *store, int32_t day)
{
        struct query query = query_begin(store, SQL_SWEEP_FORGET);

        query_int(&query, day);
        return query_run(&query);
}

enum status store_downtime_add(struct store *store, const struct store_downtime *downtime)
{
        struct query query = query_begin(store, SQL_DOWNTIME_ADD);

        query_int(&query, downtime->from_ms);
        query_int(&query, downtime->until_ms);
        query_int(&query, downtime->orderly);
        query_int(&query, downtime->told);
        return query_run(&query);
}

static enum status take_downtimes(struct query *query, struct store_downtime *ret_rows, size_t capacity,
                                  size_t *ret_count)
{
        bool row = false;
        size_t count = 0;
        enum status status = query_step(query, &row);

        while (status == STATUS_OK && row) {
                ENSURE(count < capacity);
                ret_rows[count++] = (struct store_downtime){.from_ms = column_int(query, 0),
                                                            .until_ms = column_int(query, 1),
                                                            .orderly = column_int(query, 2) != 0,
                                                            .told = column_int(query, 3) != 0};
                status = query_step(query, &row);
        }
        *ret_count = count;
        return status;
}

enum status store_downtime_latest(struct store *store, struct store_downtime *ret_rows, size_t capacity,
                                  size_t *ret_count)
{
        struct query query = query_begin(store, SQL_DOWNTIME_LATEST);

        query_int(&query, (int64_t)capacity);
        return take_downtimes(&query, ret_rows, capacity, ret_count);
}

enum status store_downtime_untold(struct store *store, int64_t least_ms, struct store_downtime *ret_rows,
                                  size_t capacity, size_t *ret_count)
{
        struct query query = query_begin(store, SQL_DOWNTIME_UNTOLD);

        query_int(&query, least_ms);
        query_int(&query, (int64_t)capacity);
        return take_downtimes(&query, ret_rows, capacity, ret_count);
}

enum status store_downtime_told(struct store *store)
{
        struct query query = query_begin(store, SQL_DOWNTIME_TOLD);

        return query_run(&query);
}
