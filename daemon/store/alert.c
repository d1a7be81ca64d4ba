/*
 * alert - rows of marks, alerts and routes.
 *
 * A mark's key is the identity of what was raised: adding it twice changes
 * nothing, so that raising twice is impossible whatever the caller does.
 */
#include "db.h"

#include <string.h>

#include "mappad/ensure.h"
#include "mappad/store_alert.h"

enum { FLAG_URGENT = 1, FLAG_PROVISIONAL = 2 };

static void bind_obligation(struct query *query, const struct store_mark *key)
{
        query_int(query, (int64_t)key->case_id);
        query_int(query, key->rule);
        query_text(query, key->item);
        query_key_day(query, key->started);
}

void mark_read(const struct query *query, int column, struct store_mark *ret_mark)
{
        ret_mark->stage = (uint32_t)column_id(query, column);
        ret_mark->repeat = column_int(query, column + 1);
        ret_mark->due = column_key_day(query, column + 2);
        ret_mark->nominal = column_day(query, column + 3);
        ret_mark->alert = column_id(query, column + 4);
}

enum status store_marks_of(struct store *store, const struct store_mark *key, store_mark_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_MARKS_OF);
        struct store_mark mark = *key;
        bool row = false;
        enum status status;

        bind_obligation(&query, key);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                mark_read(&query, 0, &mark);
                status = sink(context, &mark);
                if (status != STATUS_OK) {
                        query_end(&query);
                        return status;
                }
                status = query_step(&query, &row);
        }
        return status;
}

enum status store_marks_raising(struct store *store, uint64_t after, uint64_t last)
{
        struct query query;

        store_marks_end(store);
        query = query_begin(store, SQL_MARKS_RAISING);
        query_int(&query, (int64_t)after);
        query_int(&query, (int64_t)last);
        return query.rc == SQLITE_OK ? STATUS_OK : store_failed(store, query.rc, "marks");
}

enum status store_marks_next(struct store *store, struct store_mark *ret_mark, bool *ret_row)
{
        struct query query = {.store = store, .stmt = store->statements[SQL_MARKS_RAISING]};
        enum status status = query_step(&query, ret_row);

        if (status != STATUS_OK || !*ret_row)
                return status;
        mark_read(&query, 0, ret_mark);
        ret_mark->case_id = column_id(&query, 5);
        ret_mark->rule = (uint32_t)column_id(&query, 6);
        ret_mark->item = column_text(&query, 7);
        ret_mark->started = column_key_day(&query, 8);
        return STATUS_OK;
}

void store_marks_end(struct store *store)
{
        struct query query = {.store = store, .stmt = store->statements[SQL_MARKS_RAISING]};

        query_end(&query);
}

enum status store_marked(struct store *store, const struct store_mark *key, bool *ret_marked)
{
        struct query query = query_begin(store, SQL_MARKED);
        enum status status;

        bind_obligation(&query, key);
        query_int(&query, key->stage);
        query_int(&query, key->repeat);
        query_key_day(&query, key->due);
        status = query_step(&query, ret_marked);
        if (status == STATUS_OK && *ret_marked)
                query_end(&query);
        return status;
}

static void bind_mark(struct query *query, const struct store_mark *mark)
{
        bind_obligation(query, mark);
        query_int(query, mark->stage);
        query_int(query, mark->repeat);
        query_key_day(query, mark->due);
        query_day(query, mark->nominal);
        query_id(query, mark->alert);
}

static void bind_mark_at(struct query *query, const void *rows, size_t at)
{
        bind_mark(query, (const struct store_mark *)rows + at);
}

enum status store_marks_add(struct store *store, const struct store_mark *marks, size_t count)
{
        return rows_add(store, &(struct rows_sql){SQL_MARK_ADD, SQL_MARKS_ADD}, count, bind_mark_at, marks);
}

enum status store_mark_add(struct store *store, const struct store_mark *mark)
{
        return store_marks_add(store, mark, 1);
}

/* ---- alerts ---- */

static void bind_alert(struct query *query, const struct store_alert *alert)
{
        query_id(query, alert->id);
        query_int(query, alert->kind);
        query_int(query, alert->raised_ms);
        query_id(query, alert->case_id);
        query_id(query, alert->rule);
        query_text(query, alert->item);
        query_day(query, alert->started);
        query_day(query, alert->due);
        query_day(query, alert->old_due);
        query_day(query, alert->plan_by);
        query_day(query, alert->booked);
        query_day(query, alert->day);
        query_id(query, alert->stage);
        query_int(query, alert->repeat);
        query_int(query, alert->state);
        query_int(query, (alert->urgent ? FLAG_URGENT : 0) | (alert->provisional ? FLAG_PROVISIONAL : 0));
        query_text(query, alert->says);
        query_text(query, alert->subject_id);
        query_text(query, alert->to);
        query_id(query, alert->seq);
}

static void bind_alert_at(struct query *query, const void *rows, size_t at)
{
        bind_alert(query, (const struct store_alert *)rows + at);
}

enum status store_alert_add(struct store *store, const struct store_alert *alert, uint64_t *ret_id)
{
        struct store_alert unnumbered = *alert;
        struct query query = query_begin(store, SQL_ALERT_ADD);
        enum status status;

        unnumbered.id = 0;
        bind_alert(&query, &unnumbered);
        status = query_run(&query);
        if (status == STATUS_OK)
                *ret_id = (uint64_t)sqlite3_last_insert_rowid(store->db);
        return status;
}

enum status store_alerts_add(struct store *store, const struct store_alert *alerts, size_t count)
{
        return rows_add(store, &(struct rows_sql){SQL_ALERT_ADD, SQL_ALERTS_ADD}, count, bind_alert_at, alerts);
}

enum status store_alert_last(struct store *store, uint64_t *ret_id)
{
        struct query query = query_begin(store, SQL_ALERT_LAST);
        int64_t id = 0;
        enum status status = query_one_number(&query, 0, &id);

        if (status == STATUS_OK)
                *ret_id = (uint64_t)id;
        return status;
}

static struct store_alert read_alert(const struct query *query)
{
        int64_t flags = column_int(query, 16);
        const char *item = column_text(query, 6);

        return (struct store_alert){
                .id = column_id(query, 0),
                .kind = (int)column_int(query, 1),
                .raised_ms = column_int(query, 2),
                .case_id = column_id(query, 3),
                .ref = column_text(query, 4),
                .rule = (uint32_t)column_id(query, 5),
                .item = item == NULL ? "" : item,
                .started = column_day(query, 7),
                .due = column_day(query, 8),
                .old_due = column_day(query, 9),
                .plan_by = column_day(query, 10),
                .booked = column_day(query, 11),
                .day = column_day(query, 12),
                .stage = (uint32_t)column_id(query, 13),
                .repeat = (int32_t)column_int(query, 14),
                .state = (int)column_int(query, 15),
                .urgent = (flags & FLAG_URGENT) != 0,
                .provisional = (flags & FLAG_PROVISIONAL) != 0,
                .says = column_text(query, 17),
                .subject_id = column_text(query, 18),
                .to = column_text(query, 19),
                .seq = column_id(query, 20),
                .scope = column_id(query, 21),
        };
}

static enum status give_alerts(struct query *query, store_alert_fn sink, void *context, bool *ret_any)
{
        bool row = false;
        bool stop = false;
        enum status status = query_step(query, &row);

        *ret_any = row;
        while (status == STATUS_OK && row && !stop) {
                struct store_alert alert = read_alert(query);
                status = sink(context, &alert, &stop);
                if (status != STATUS_OK || stop)
                        query_end(query);
                else
                        status = query_step(query, &row);
        }
        return status;
}

enum status store_alerts_after(struct store *store, uint64_t after, store_alert_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ALERTS_AFTER);
        bool any = false;

        query_int(&query, after > INT64_MAX ? INT64_MAX : (int64_t)after);
        return give_alerts(&query, sink, context, &any);
}

enum status store_alerts_before(struct store *store, uint64_t before, store_alert_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_ALERTS_BEFORE);
        bool any = false;

        query_int(&query, before > INT64_MAX ? INT64_MAX : (int64_t)before);
        return give_alerts(&query, sink, context, &any);
}

enum status store_alert_get(struct store *store, uint64_t id, store_alert_fn sink, void *context, bool *ret_found)
{
        struct query query = query_begin(store, SQL_ALERT_GET);

        query_int(&query, id > INT64_MAX ? 0 : (int64_t)id);
        return give_alerts(&query, sink, context, ret_found);
}

/* ---- routes ---- */

static void bind_route(struct query *query, const struct store_routing *routing)
{
        query_int(query, (int64_t)routing->alert);
        query_int(query, routing->route.kind);
        query_text(query, routing->route.name);
        query_int(query, (int64_t)routing->pending);
}

static void bind_route_at(struct query *query, const void *rows, size_t at)
{
        bind_route(query, (const struct store_routing *)rows + at);
}

enum status store_routes_add(struct store *store, const struct store_routing *routings, size_t count)
{
        return rows_add(store, &(struct rows_sql){SQL_ROUTE_ADD, SQL_ROUTES_ADD}, count, bind_route_at, routings);
}

enum status store_route_add(struct store *store, uint64_t alert, const struct store_route *route,
                            enum store_pending pending)
{
        const struct store_routing routing = {.alert = alert, .route = *route, .pending = pending};
        struct query query = query_begin(store, SQL_ROUTE_ADD);

        bind_route(&query, &routing);
        return query_run(&query);
}

/* Steps through a statement that gives routes, at most capacity. */
static enum status read_routes(struct query *query, struct store_route *ret_routes, size_t capacity, size_t *ret_count)
{
        bool row = false;
        size_t count = 0;
        enum status status = query_step(query, &row);

        while (status == STATUS_OK && row) {
                ENSURE(count < capacity);
                ret_routes[count].kind = (int)column_int(query, 0);
                column_copy(query, 1, ret_routes[count].name, sizeof ret_routes[count].name);
                ret_routes[count].pending = (enum store_pending)column_int(query, 2);
                count++;
                status = query_step(query, &row);
        }
        *ret_count = count;
        return status;
}

enum status store_route_next(struct store *store, enum store_pending pending, struct store_route *route,
                             bool *ret_found)
{
        struct query query = query_begin(store, SQL_ROUTE_NEXT);
        struct store_route next;
        size_t count = 0;

        query_int(&query, (int64_t)pending);
        query_int(&query, route->kind);
        query_text(&query, route->name);
        enum status status = read_routes(&query, &next, 1, &count);
        *ret_found = status == STATUS_OK && count > 0;
        if (*ret_found)
                *route = next;
        return status;
}

enum status store_routes_of(struct store *store, uint64_t alert, struct store_route *ret_routes, size_t capacity,
                            size_t *ret_count)
{
        struct query query = query_begin(store, SQL_ROUTES_OF);

        query_int(&query, (int64_t)alert);
        query_int(&query, (int64_t)capacity);
        return read_routes(&query, ret_routes, capacity, ret_count);
}

enum status store_route_alerts(struct store *store, const struct store_route *route, enum store_pending pending,
                               struct store_id_page *page)
{
        struct query query = query_begin(store, SQL_ROUTE_ALERTS);
        bool row = false;
        enum status status;

        query_int(&query, (int64_t)pending);
        query_int(&query, route->kind);
        query_text(&query, route->name);
        query_int(&query, (int64_t)page->after);
        query_int(&query, STORE_ID_PAGE);
        page->count = 0;
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                page->ids[page->count++] = column_id(&query, 0);
                status = query_step(&query, &row);
        }
        if (page->count > 0)
                page->after = page->ids[page->count - 1];
        return status;
}

enum status store_route_told(struct store *store, const struct store_route *route, enum store_pending pending)
{
        struct query query = query_begin(store, SQL_ROUTE_TOLD);

        query_int(&query, (int64_t)pending);
        query_int(&query, route->kind);
        query_text(&query, route->name);
        return query_run(&query);
}

enum status store_route_waits(struct store *store, uint64_t alert, const struct store_route *route)
{
        struct query query = query_begin(store, SQL_ROUTE_WAITS);

        query_int(&query, (int64_t)alert);
        query_int(&query, route->kind);
        query_text(&query, route->name);
        return query_run(&query);
}
