/*
 * change - what was in force when, and as it stood (store_change.h).
 */
#include "db.h"

#include "mappad/store_change.h"

enum status store_keep(struct store *store, const char *kind, const char *digest, const char *text)
{
        struct query query = query_begin(store, SQL_KEEP);

        query_text(&query, digest);
        query_text(&query, kind);
        query_text(&query, text);
        return query_run(&query);
}

enum status store_editions(struct store *store, const char *beginning, store_edition_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_EDITIONS);
        bool row = false;
        enum status status;

        query_text(&query, beginning);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_edition edition = {.digest = column_text(&query, 0),
                                                .kind = column_text(&query, 1),
                                                .text = column_text(&query, 2)};

                status = sink(context, &edition);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}

enum status store_change_add(struct store *store, const struct store_change *change)
{
        struct query query = query_begin(store, SQL_IN_FORCE);

        query_int(&query, change->at_ms);
        query_text(&query, change->rules);
        query_text(&query, change->contacts);
        query_text(&query, change->seal);
        query_int(&query, change->way);
        query_id(&query, change->person);
        query_int(&query, change->accepted);
        query_text(&query, change->effect);
        return query_run(&query);
}

static struct store_change read_change(const struct query *query)
{
        return (struct store_change){
                .id = column_id(query, 0),
                .at_ms = column_int(query, 1),
                .rules = column_text(query, 2),
                .contacts = column_text(query, 3),
                .seal = column_text(query, 4),
                .way = (int)column_int(query, 5),
                .accepted = column_int(query, 6) != 0,
                .effect = column_text(query, 7),
                .uid = (uint32_t)column_int(query, 8),
                .name = column_text(query, 9),
                .has_person = column_text(query, 9) != NULL,
        };
}

enum status store_changes(struct store *store, uint64_t before, uint64_t limit, store_change_fn sink, void *context)
{
        struct query query = query_begin(store, SQL_CHANGES);
        bool row = false;
        enum status status;

        query_int(&query, before > INT64_MAX ? INT64_MAX : (int64_t)before);
        query_int(&query, (int64_t)limit);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                struct store_change change = read_change(&query);

                status = sink(context, &change);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        return status;
}

enum status store_sealed_get(struct store *store, const char *seal, struct store_sealed *ret_sealed, bool *ret_found)
{
        struct query query = query_begin(store, SQL_SEALED);
        enum status status;

        query_text(&query, seal);
        status = query_step(&query, ret_found);
        if (status != STATUS_OK || !*ret_found)
                return status;
        column_copy(&query, 0, ret_sealed->rules, sizeof ret_sealed->rules);
        column_copy(&query, 1, ret_sealed->contacts, sizeof ret_sealed->contacts);
        query_end(&query);
        return STATUS_OK;
}

enum status store_accept(struct store *store, const char *seal, int64_t at_ms, uint32_t person)
{
        struct query query = query_begin(store, SQL_ACCEPT);

        query_text(&query, seal);
        query_int(&query, at_ms);
        query_id(&query, person);
        return query_run(&query);
}

enum status store_accepted(struct store *store, const char *seal, bool *ret_accepted)
{
        struct query query = query_begin(store, SQL_ACCEPTED);
        enum status status;

        query_text(&query, seal);
        status = query_step(&query, ret_accepted);
        if (status == STATUS_OK && *ret_accepted)
                query_end(&query);
        return status;
}
