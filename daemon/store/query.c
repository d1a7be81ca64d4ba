/*
 * query - binding, stepping and reading of statements, in one place.
 *
 * Every failure of SQLite passes through store_failed, which turns its codes
 * into the few kinds of trouble that a caller can act upon.
 */
#include "db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mappad/ensure.h"

static enum status write_failed(int system_errno)
{
        return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG ? STATUS_DISK_FULL : STATUS_IO;
}

static enum status classify(struct store *store, int rc)
{
        switch (rc & 0xff) {
        case SQLITE_NOMEM:
                return STATUS_NO_MEMORY;
        case SQLITE_FULL:
                return STATUS_DISK_FULL;
        case SQLITE_IOERR:
                if (rc == SQLITE_IOERR_SHMSIZE) /* the index cannot be made; SQLite keeps no errno of that */
                        return STATUS_DISK_FULL;
                return rc == SQLITE_IOERR_NOMEM ? STATUS_NO_MEMORY : write_failed(sqlite3_system_errno(store->db));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
                return STATUS_CORRUPT;
        case SQLITE_TOOBIG:
                return STATUS_LIMIT;
        default:
                return STATUS_IO;
        }
}

enum status store_failed(struct store *store, int rc, const char *what)
{
        enum status status = classify(store, rc);
        const char *said = store->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(store->db);

        (void)snprintf(store->problem, sizeof store->problem, "%s: %s (%d)", what,
                       status == STATUS_DISK_FULL ? status_phrase(status) : said, rc);
        return status;
}

struct query query_begin(struct store *store, enum sql sql)
{
        struct query query = {.store = store, .stmt = store->statements[sql], .rc = SQLITE_OK};

        if (query.stmt == NULL) {
                query.rc = sqlite3_prepare_v3(store->db, sql_text(sql), -1, SQLITE_PREPARE_PERSISTENT,
                                              &store->statements[sql], NULL);
                query.stmt = store->statements[sql];
        }
        return query;
}

static void bound(struct query *query, int rc)
{
        if (query->rc == SQLITE_OK)
                query->rc = rc;
}

void query_int(struct query *query, int64_t value)
{
        query->index++;
        if (query->stmt != NULL)
                bound(query, sqlite3_bind_int64(query->stmt, query->index, value));
}

/* What is not bound is null: the end of a query clears what was. */
static void query_null(struct query *query)
{
        query->index++;
}

void query_text(struct query *query, const char *text)
{
        if (text == NULL) {
                query_null(query);
                return;
        }
        query->index++;
        if (query->stmt != NULL)
                bound(query, sqlite3_bind_text(query->stmt, query->index, text, -1, SQLITE_STATIC));
}

void query_blob(struct query *query, const void *bytes, size_t size)
{
        if (bytes == NULL) {
                query_null(query);
                return;
        }
        query->index++;
        if (query->stmt != NULL)
                bound(query, sqlite3_bind_blob64(query->stmt, query->index, bytes, size, SQLITE_STATIC));
}

void query_day(struct query *query, int32_t day)
{
        if (day == CIVIL_NONE)
                query_null(query);
        else
                query_int(query, day);
}

void query_key_day(struct query *query, int32_t day)
{
        query_int(query, day == CIVIL_NONE ? STORE_NO_DAY : day);
}

void query_id(struct query *query, uint64_t id)
{
        if (id == 0)
                query_null(query);
        else
                query_int(query, (int64_t)id);
}

/* Whether the row's texts can be had: SQLite ends them with a NUL when they are asked for, which may want memory, and
 * has no other way to say that there is none than NULL, which an absent text is, too. */
static bool texts_there(sqlite3_stmt *stmt)
{
        int count = sqlite3_data_count(stmt);

        for (int i = 0; i < count; i++)
                if (sqlite3_column_type(stmt, i) == SQLITE_TEXT && sqlite3_column_text(stmt, i) == NULL)
                        return false;
        return true;
}

enum status query_step(struct query *query, bool *ret_row)
{
        int rc = query->rc == SQLITE_OK ? sqlite3_step(query->stmt) : query->rc;
        enum status status = STATUS_OK;

        if (rc == SQLITE_ROW && !texts_there(query->stmt))
                rc = SQLITE_NOMEM;

        if (rc == SQLITE_ROW) {
                *ret_row = true;
                return STATUS_OK;
        }
        *ret_row = false;
        if (rc != SQLITE_DONE)
                status = store_failed(query->store, rc, query->stmt == NULL ? "prepare" : sqlite3_sql(query->stmt));
        query_end(query);
        return status;
}

enum status query_one_number(struct query *query, int64_t without, int64_t *ret_number)
{
        bool row = false;
        enum status status = query_step(query, &row);

        if (status != STATUS_OK)
                return status;
        bool known = row && sqlite3_column_type(query->stmt, 0) != SQLITE_NULL;
        *ret_number = known ? column_int(query, 0) : without;
        if (row)
                query_end(query);
        return STATUS_OK;
}

enum status query_one_day(struct query *query, int32_t *ret_day)
{
        bool row = false;
        enum status status = query_step(query, &row);

        if (status != STATUS_OK)
                return status;
        *ret_day = row ? column_day(query, 0) : CIVIL_NONE;
        if (row)
                query_end(query);
        return STATUS_OK;
}

enum status query_run(struct query *query)
{
        bool row = false;
        enum status status = query_step(query, &row);

        if (status == STATUS_OK && row)
                query_end(query);
        return status;
}

enum status rows_add(struct store *store, const struct rows_sql *sql, size_t count, row_bind_fn bind, const void *rows)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < count;) {
                bool together = count - i >= STORE_TOGETHER;
                size_t until = together ? i + STORE_TOGETHER : i + 1;
                struct query query = query_begin(store, together ? sql->together : sql->one);

                while (i < until)
                        bind(&query, rows, i++);
                status = query_run(&query);
        }
        return status;
}

enum status query_run_aside(struct query *query)
{
        struct store *store = query->store;
        sqlite3_int64 before = sqlite3_total_changes64(store->db);
        enum status status;

        ENSURE(query->stmt == store->statements[SQL_ACCESS_ADD] || query->stmt == store->statements[SQL_TALLY_PUT]);
        status = query_run(query);
        store->aside += sqlite3_total_changes64(store->db) - before;
        return status;
}

void query_end(struct query *query)
{
        if (query->stmt == NULL)
                return;
        /* The error, if any, was reported by the step; bindings point into the caller's memory and go. */
        (void)sqlite3_reset(query->stmt);
        (void)sqlite3_clear_bindings(query->stmt);
}

int64_t column_int(const struct query *query, int column)
{
        return sqlite3_column_int64(query->stmt, column);
}

uint64_t column_id(const struct query *query, int column)
{
        int64_t id = sqlite3_column_int64(query->stmt, column);

        return id < 0 ? 0 : (uint64_t)id;
}

const char *column_text(const struct query *query, int column)
{
        return (const char *)sqlite3_column_text(query->stmt, column);
}

int32_t column_known_day(const struct query *query, int column)
{
        int64_t day = sqlite3_column_int64(query->stmt, column);

        return day < CIVIL_MIN || day > CIVIL_MAX ? CIVIL_NONE : (int32_t)day;
}

int32_t column_day(const struct query *query, int column)
{
        return sqlite3_column_type(query->stmt, column) == SQLITE_NULL ? CIVIL_NONE : column_known_day(query, column);
}

int32_t column_key_day(const struct query *query, int column)
{
        return column_known_day(query, column); /* STORE_NO_DAY is out of range */
}

void column_copy(const struct query *query, int column, char *ret_text, size_t size)
{
        const char *text = column_text(query, column);
        size_t length = text == NULL ? 0 : strnlen(text, size - 1);

        ENSURE(size > 0);
        if (length > 0)
                memcpy(ret_text, text, length);
        ret_text[length] = '\0';
}
