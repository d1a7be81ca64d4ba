/*
 * plan - what SQLite means to do for each statement, for the test that reads it.
 */
#include "db.h"

#include <stdio.h>
#include <string.h>

static enum status explain(struct store *store, const char *sql, store_plan_fn sink, void *context)
{
        char text[4096];
        sqlite3_stmt *stmt = NULL;
        int rc;

        (void)snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", sql);
        rc = sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL);
        while (rc == SQLITE_OK || rc == SQLITE_ROW) {
                rc = sqlite3_step(stmt);
                if (rc == SQLITE_ROW)
                        sink(context, sql, (const char *)sqlite3_column_text(stmt, 3));
        }
        (void)sqlite3_finalize(stmt);
        return rc == SQLITE_DONE ? STATUS_OK : store_failed(store, rc, sql);
}

enum status store_plans(struct store *store, store_plan_fn sink, void *context)
{
        enum status status = STATUS_OK;

        for (int i = SQL_META_GET; status == STATUS_OK && i < SQL_COUNT; i++)
                status = explain(store, sql_text((enum sql)i), sink, context);
        return status;
}
