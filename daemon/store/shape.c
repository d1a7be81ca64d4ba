/*
 * shape - whether tables, indexes and triggers are those that the schema makes.
 *
 * The steps of the schema are run on an empty database in memory, and the two
 * lists are compared: a guard that somebody dropped shows as well as a table.
 * What is derived may have changed places with what lies beside it; then the
 * model changes them, too.
 */
#include "db.h"

#include <string.h>

#include "shape.h"

#define LIST                                                                                                           \
        "SELECT name, sql FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_' AND sql IS NOT NULL ORDER BY name"

/* Whether tables have changed places: then an index made for one lies on the other. */
#define CHANGED                                                                                                        \
        "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'obligation_case' AND tbl_name <> 'obligation'"

static int changed_places(struct store *store, bool *ret_changed)
{
        sqlite3_stmt *stmt = NULL;
        int rc = sqlite3_prepare_v2(store->db, CHANGED, -1, &stmt, NULL);

        if (rc == SQLITE_OK)
                rc = sqlite3_step(stmt);
        *ret_changed = rc == SQLITE_ROW;
        (void)sqlite3_finalize(stmt);
        return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum status build(struct store *model, int version, bool changed)
{
        int rc = sqlite3_open_v2(":memory:", &model->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

        for (int step = 1; rc == SQLITE_OK && step <= version; step++)
                for (const char *const *script = schema_step(step); rc == SQLITE_OK && *script != NULL; script++)
                        rc = sqlite3_exec(model->db, *script, NULL, NULL, NULL);
        if (rc == SQLITE_OK && changed)
                rc = sqlite3_exec(model->db, schema_change_places, NULL, NULL, NULL);
        return rc == SQLITE_OK ? STATUS_OK : store_failed(model, rc, "the schema in memory");
}

static const char *text_of(sqlite3_stmt *stmt, int column)
{
        const char *text = (const char *)sqlite3_column_text(stmt, column);

        return text == NULL ? "" : text;
}

/* Blanks, and the quotes in which SQLite puts a table's new name. */
static const char *past_blanks(const char *text)
{
        while (*text == ' ' || *text == '\n' || *text == '"')
                text++;
        return text;
}

/* How a statement is laid out, and so the text that is kept of it, may differ between versions of this program. */
static bool same_statement(const char *a, const char *b)
{
        for (;; a++, b++) {
                a = past_blanks(a);
                b = past_blanks(b);
                if (*a != *b)
                        return false;
                if (*a == '\0')
                        return true;
        }
}

/* Walks two lists in the order of names and tells what stands in one of them alone, or otherwise. */
static int compare(sqlite3_stmt *there, sqlite3_stmt *meant, shape_fn sink, void *context)
{
        int a = sqlite3_step(there), b = sqlite3_step(meant);

        while (a == SQLITE_ROW || b == SQLITE_ROW) {
                int order = a != SQLITE_ROW ? 1 : b != SQLITE_ROW ? -1 : strcmp(text_of(there, 0), text_of(meant, 0));
                if (order < 0)
                        sink(context, text_of(there, 0), "is no part of the schema");
                else if (order > 0)
                        sink(context, text_of(meant, 0), "is gone from the schema");
                else if (!same_statement(text_of(there, 1), text_of(meant, 1)))
                        sink(context, text_of(meant, 0), "is not as the schema has it");
                if (order <= 0)
                        a = sqlite3_step(there);
                if (order >= 0)
                        b = sqlite3_step(meant);
        }
        return a != SQLITE_DONE ? a : b;
}

static enum status look(struct store *store, int version, shape_fn sink, void *context)
{
        struct store model = {.lock = -1};
        sqlite3_stmt *there = NULL, *meant = NULL;
        bool changed = false;
        int rc = version < SCHEMA_BESIDE ? SQLITE_OK : changed_places(store, &changed);
        enum status status = rc == SQLITE_OK ? build(&model, version, changed) : store_failed(store, rc, "the schema");

        if (status == STATUS_OK)
                rc = sqlite3_prepare_v2(store->db, LIST, -1, &there, NULL);
        if (status == STATUS_OK && rc == SQLITE_OK)
                rc = sqlite3_prepare_v2(model.db, LIST, -1, &meant, NULL);
        if (status == STATUS_OK && rc == SQLITE_OK)
                rc = compare(there, meant, sink, context);
        if (status == STATUS_OK && rc != SQLITE_DONE)
                status = store_failed(store, rc, "the schema");
        (void)sqlite3_finalize(there);
        (void)sqlite3_finalize(meant);
        (void)sqlite3_close(model.db);
        return status;
}

/* In one view of the file: tables may change places while this goes on. */
enum status shape_check(struct store *store, int version, shape_fn sink, void *context)
{
        int rc = sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL);
        enum status status =
                rc == SQLITE_OK ? look(store, version, sink, context) : store_failed(store, rc, "the schema");

        if (rc == SQLITE_OK)
                (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        return status;
}
