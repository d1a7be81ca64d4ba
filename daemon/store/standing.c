/*
 * standing - a walk along open obligations and the marks of what was raised of them.
 *
 * A row is read once, with the first of its marks: the others repeat it.
 */
#include "mappad/store_standing.h"

#include <string.h>

#include "row.h"

static struct query query_of(const struct store_standing *standing)
{
        return (struct query){.store = standing->store, .stmt = standing->store->statements[SQL_MARKS_STANDING]};
}

enum status store_standing_begin(struct store *store, uint64_t first, uint64_t last,
                                 struct store_standing *ret_standing)
{
        struct query query = query_begin(store, SQL_MARKS_STANDING);

        *ret_standing = (struct store_standing){.store = store};
        query_int(&query, (int64_t)first);
        query_int(&query, (int64_t)last);
        return query.rc == SQLITE_OK ? STATUS_OK : store_failed(store, query.rc, "standing");
}

/* Whether the row that was found is of another obligation than the one in hand. */
static bool another(const struct query *query, const struct store_obligation *row)
{
        const char *item = column_text(query, 3);

        return row->case_id != column_id(query, 0) || row->rule != (uint32_t)column_id(query, 2) ||
               row->started != column_key_day(query, 4) || strcmp(row->item, item == NULL ? "" : item) != 0;
}

enum status store_standing_next(struct store_standing *standing, bool *ret_found)
{
        struct query query = query_of(standing);
        struct store_obligation *row = &standing->row;
        enum status status = query_step(&query, ret_found);

        if (status != STATUS_OK || !*ret_found)
                return status;
        standing->begins = another(&query, row);
        status = standing->begins ? row_read(&query, row) : STATUS_OK;
        standing->mark = (struct store_mark){
                .case_id = row->case_id, .rule = row->rule, .item = row->item, .started = row->started};
        mark_read(&query, 9, &standing->mark);
        return status;
}

void store_standing_end(struct store_standing *standing)
{
        struct query query = query_of(standing);

        query_end(&query);
}
