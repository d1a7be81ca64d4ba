/*
 * record - cases, people and the lines recorded: adding, finding, walking.
 *
 * Nothing here changes or removes a line; triggers would refuse it.
 */
#include "db.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"
#include "mappad/store_record.h"

static enum status find_id(struct query *query, uint64_t *ret_id)
{
        int64_t id = 0;
        enum status status = query_one_number(query, 0, &id);

        if (status == STATUS_OK)
                *ret_id = (uint64_t)id;
        return status;
}

enum status store_case_id(struct store *store, const char *ref, bool make, uint64_t *ret_id)
{
        struct query query = query_begin(store, SQL_CASE_ID);
        enum status status;

        query_text(&query, ref);
        status = find_id(&query, ret_id);
        if (status != STATUS_OK || *ret_id != 0 || !make)
                return status;
        query = query_begin(store, SQL_CASE_ADD);
        query_text(&query, ref);
        status = query_run(&query);
        if (status == STATUS_OK)
                *ret_id = (uint64_t)sqlite3_last_insert_rowid(store->db);
        return status;
}

/* Rows of (id, ref, scope), up to capacity; the statement has its first binding. */
static enum status read_cases(struct query *query, struct store_case *ret_cases, size_t capacity, size_t *ret_count)
{
        bool row = false;
        size_t count = 0;
        enum status status;

        query_int(query, (int64_t)capacity);
        status = query_step(query, &row);
        while (status == STATUS_OK && row) {
                ENSURE(count < capacity);
                ret_cases[count].id = column_id(query, 0);
                column_copy(query, 1, ret_cases[count].ref, sizeof ret_cases[count].ref);
                ret_cases[count].scope = column_id(query, 2);
                count++;
                status = query_step(query, &row);
        }
        *ret_count = count;
        return status;
}

enum status store_cases_by_ref(struct store *store, const char *after, struct store_case *ret_cases, size_t capacity,
                               size_t *ret_count)
{
        struct query query = query_begin(store, SQL_CASES_BY_REF);

        query_text(&query, after);
        return read_cases(&query, ret_cases, capacity, ret_count);
}

enum status store_cases_within(struct store *store, uint64_t bit, const char *after, struct store_case *ret_cases,
                               size_t capacity, size_t *ret_count)
{
        struct query query = query_begin(store, SQL_CASES_WITHIN);

        query_int(&query, __builtin_ctzll(bit));
        query_text(&query, after);
        return read_cases(&query, ret_cases, capacity, ret_count);
}

enum status store_cases_by_id(struct store *store, uint64_t after, struct store_case *ret_cases, size_t capacity,
                              size_t *ret_count)
{
        struct query query = query_begin(store, store->version < SCHEMA_SCOPE ? SQL_CASES_BY_ID_OLD : SQL_CASES_BY_ID);

        query_int(&query, (int64_t)after);
        return read_cases(&query, ret_cases, capacity, ret_count);
}

enum status store_case_get(struct store *store, uint64_t id, struct store_case *ret_case, bool *ret_found)
{
        struct query query = query_begin(store, store->version < SCHEMA_SCOPE ? SQL_CASE_GET_OLD : SQL_CASE_GET);
        enum status status;

        query_int(&query, (int64_t)id);
        status = query_step(&query, ret_found);
        if (status != STATUS_OK || !*ret_found)
                return status;
        ret_case->id = id;
        column_copy(&query, 1, ret_case->ref, sizeof ret_case->ref);
        ret_case->scope = column_id(&query, 2);
        query_end(&query);
        return STATUS_OK;
}

enum status store_case_find(struct store *store, const char *ref, struct store_case *ret_case)
{
        bool found = false;
        enum status status = store_case_id(store, ref, false, &ret_case->id);

        if (status == STATUS_OK && ret_case->id != 0)
                status = store_case_get(store, ret_case->id, ret_case, &found);
        return status;
}

/* Ids are dense: none is ever removed. */
enum status store_case_last(struct store *store, uint64_t *ret_id)
{
        struct query query = query_begin(store, SQL_CASE_LAST);

        return find_id(&query, ret_id);
}

enum status store_case_count(struct store *store, uint64_t *ret_count)
{
        struct query query = query_begin(store, SQL_CASE_STANDING);

        return find_id(&query, ret_count);
}

/* References begin with a capital or a digit; what an erased case is called does not. */
bool store_case_erased(const struct store_case *casefile)
{
        return casefile->ref[0] == 'e';
}

static void remember_person(struct store *store, uint32_t id, uint32_t uid, const char *name)
{
        struct person_met *met = &store->met;

        met->id = 0;
        if (strlen(name) >= sizeof met->name)
                return;
        *met = (struct person_met){.id = id, .uid = uid};
        memcpy(met->name, name, strlen(name) + 1);
}

enum status store_person(struct store *store, uint32_t uid, const char *name, uint32_t *ret_person)
{
        struct query query;
        uint64_t id = 0;
        enum status status;

        if (store->met.id != 0 && store->met.uid == uid && strcmp(store->met.name, name) == 0) {
                *ret_person = store->met.id;
                return STATUS_OK;
        }
        query = query_begin(store, SQL_PERSON_ID);
        query_int(&query, uid);
        query_text(&query, name);
        status = find_id(&query, &id);
        if (status == STATUS_OK && id == 0) {
                query = query_begin(store, SQL_PERSON_ADD);
                query_int(&query, uid);
                query_text(&query, name);
                status = query_run(&query);
                id = (uint64_t)sqlite3_last_insert_rowid(store->db);
        }
        if (status == STATUS_OK) {
                *ret_person = (uint32_t)id;
                remember_person(store, (uint32_t)id, uid, name);
        }
        return status;
}

enum status store_person_get(struct store *store, uint32_t person, uint32_t *ret_uid, const char **ret_name)
{
        struct query query = query_begin(store, SQL_PERSON_GET);
        bool row = false;
        enum status status;

        query_int(&query, person);
        status = query_step(&query, &row);
        if (status != STATUS_OK)
                return status;
        store->person[0] = '\0';
        *ret_uid = row ? (uint32_t)column_id(&query, 0) : 0;
        *ret_name = store->person;
        if (row) {
                column_copy(&query, 1, store->person, sizeof store->person);
                query_end(&query);
        }
        return STATUS_OK;
}

/* ---- lines ---- */

static void bind_line(struct query *query, const struct store_line *line)
{
        query_int(query, (int64_t)line->case_id);
        query_int(query, (int64_t)line->seq);
        query_id(query, line->type);
        query_day(query, line->on);
        query_text(query, line->item);
        query_blob(query, line->fields, line->fields_size);
        query_id(query, line->refers);
        query_int(query, line->recorded_ms);
        query_int(query, line->person);
        query_int(query, line->forced);
        query_text(query, line->client);
        query_text(query, line->why);
}

/* Lines that follow one another, with what they are chained by. */
struct chained {
        const struct store_line *lines;
        uint64_t first_seq;
        uint8_t hashes[STORE_TOGETHER][STORE_HASH_SIZE];
};

static void bind_chained(struct query *query, const void *rows, size_t at)
{
        const struct chained *chained = rows;
        struct store_line numbered = chained->lines[at];

        numbered.seq = chained->first_seq + at;
        bind_line(query, &numbered);
        query_blob(query, chained->hashes[at], STORE_HASH_SIZE);
}

/* STORE_TOGETHER lines at most. */
static enum status add_together(struct store *store, const struct store_line *lines, const struct store_origin *origins,
                                size_t count)
{
        struct chained chained = {.lines = lines, .first_seq = store->tail.next_seq};
        const uint8_t *head = store->tail.head;
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
                struct store_line numbered = lines[i];
                numbered.seq = chained.first_seq + i;
                status = chain_hash(store, head, &numbered, &origins[i], chained.hashes[i]);
                head = chained.hashes[i];
        }
        if (status != STATUS_OK)
                return status;
        status = rows_add(store, &(struct rows_sql){SQL_LINE_ADD, SQL_LINES_ADD}, count, bind_chained, &chained);
        if (status != STATUS_OK)
                return sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE ? STATUS_INVALID : status;
        store->tail.next_seq += count;
        memcpy(store->tail.head, head, STORE_HASH_SIZE);
        return STATUS_OK;
}

enum status store_lines_add(struct store *store, const struct store_line *lines, const struct store_origin *origins,
                            size_t count)
{
        enum status status = STATUS_OK;

        ENSURE(store_in_transaction(store));
        for (size_t i = 0, some = 0; status == STATUS_OK && i < count; i += some) {
                some = count - i < STORE_TOGETHER ? count - i : STORE_TOGETHER;
                status = add_together(store, lines + i, origins + i, some);
        }
        return status;
}

enum status store_line_add(struct store *store, const struct store_line *line, const struct store_origin *origin)
{
        return store_lines_add(store, line, origin, 1);
}

static enum sql walk_sql(enum store_walk walk)
{
        switch (walk) {
        case STORE_WALK_CASE:
                return SQL_WALK_CASE;
        case STORE_WALK_FULL:
                return SQL_WALK_FULL;
        case STORE_WALK_LINES:
                return SQL_WALK_LINES;
        case STORE_WALK_RAISING:
                return SQL_WALK_RAISING;
        }
        return SQL_WALK_CASE;
}

static enum status walk_begin(struct store *store, enum store_walk walk, uint64_t case_id)
{
        struct query query;

        store_walk_end(store, walk);
        query = query_begin(store, walk_sql(walk));
        query_int(&query, (int64_t)case_id);
        return query.rc == SQLITE_OK ? STATUS_OK : store_failed(store, query.rc, "walk");
}

enum status store_walk_case(struct store *store, uint64_t case_id, bool full)
{
        return walk_begin(store, full ? STORE_WALK_FULL : STORE_WALK_CASE, case_id);
}

enum status store_walk_lines(struct store *store, uint64_t after)
{
        return walk_begin(store, STORE_WALK_LINES, after);
}

enum status store_walk_raising(struct store *store, uint64_t after, uint64_t last)
{
        struct query query;

        store_walk_end(store, STORE_WALK_RAISING);
        query = query_begin(store, SQL_WALK_RAISING);
        query_int(&query, (int64_t)after);
        query_int(&query, (int64_t)last);
        return query.rc == SQLITE_OK ? STATUS_OK : store_failed(store, query.rc, "walk");
}

void store_walk_end(struct store *store, enum store_walk walk)
{
        struct query query = {.store = store, .stmt = store->statements[walk_sql(walk)]};

        query_end(&query);
}

enum status store_walk_next(struct store *store, enum store_walk walk, struct store_line *ret_line, bool *ret_row)
{
        struct query query = {.store = store, .stmt = store->statements[walk_sql(walk)]};
        enum status status = query_step(&query, ret_row);

        if (status != STATUS_OK || !*ret_row)
                return status;
        *ret_line = (struct store_line){
                .case_id = column_id(&query, 0),
                .seq = column_id(&query, 1),
                .type = (uint32_t)column_id(&query, 2),
                .on = CIVIL_NONE,
                .item = column_text(&query, 4),
                .fields = sqlite3_column_blob(query.stmt, 5),
                .refers = column_id(&query, 6),
                .recorded_ms = column_int(&query, 7),
        };
        /* Asking for a column costs as much as reading a line does: not for what cannot be there. */
        if (ret_line->type != 0)
                ret_line->on = column_known_day(&query, 3);
        if (ret_line->fields != NULL)
                ret_line->fields_size = (size_t)sqlite3_column_bytes(query.stmt, 5);
        if (walk != STORE_WALK_FULL && walk != STORE_WALK_LINES)
                return STATUS_OK;
        ret_line->person = (uint32_t)column_id(&query, 8);
        ret_line->forced = column_int(&query, 9) != 0;
        ret_line->client = column_text(&query, 10);
        ret_line->why = column_text(&query, 11);
        ret_line->hash = sqlite3_column_blob(query.stmt, 12);
        return STATUS_OK;
}

enum status store_find_seq(struct store *store, uint64_t seq, uint64_t *ret_case_id)
{
        struct query query = query_begin(store, SQL_FIND_SEQ);

        query_int(&query, seq > INT64_MAX ? 0 : (int64_t)seq);
        return find_id(&query, ret_case_id);
}

static bool lies_in(const struct store_gap *gap, const char *client)
{
        return gap->from[0] != '\0' && strcmp(client, gap->from) >= 0 &&
               (gap->until[0] == '\0' || strcmp(client, gap->until) < 0);
}

/* Nothing was found from an id up to the next, and before it perhaps what was known. */
static void widen(struct store_gap *gap, const char *client, const char *next)
{
        if (strlen(client) >= sizeof gap->from || strlen(next) >= sizeof gap->until)
                return;
        memcpy(gap->from, client, strlen(client) + 1);
        memcpy(gap->until, next, strlen(next) + 1);
}

enum status store_find_client(struct store *store, const char *client, struct store_gap *gap, uint64_t *ret_case_id,
                              uint64_t *ret_seq)
{
        struct query query;
        bool row = false;
        enum status status;

        *ret_case_id = *ret_seq = 0;
        if (lies_in(gap, client))
                return STATUS_OK;
        query = query_begin(store, SQL_FIND_CLIENT);
        query_text(&query, client);
        status = query_step(&query, &row);
        if (status != STATUS_OK)
                return status;
        const char *next = row ? column_text(&query, 2) : NULL;
        if (next != NULL && strcmp(next, client) == 0) {
                *ret_case_id = column_id(&query, 0);
                *ret_seq = column_id(&query, 1);
        } else if (next != NULL || !row) {
                widen(gap, client, next != NULL ? next : "");
        }
        if (row)
                query_end(&query);
        return STATUS_OK;
}

enum status store_identity_get(struct store *store, uint64_t seq, struct store_identity *ret_identity)
{
        struct query query = query_begin(store, SQL_IDENTITY);
        bool row = false;
        enum status status;

        *ret_identity = (struct store_identity){.case_id = 0};
        query_int(&query, seq > INT64_MAX ? 0 : (int64_t)seq);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status;
        const char *client = column_text(&query, 1);
        if (client != NULL)
                memcpy(ret_identity->client, client, strnlen(client, sizeof ret_identity->client - 1));
        if (sqlite3_column_bytes(query.stmt, 2) == STORE_HASH_SIZE) {
                memcpy(ret_identity->hash, sqlite3_column_blob(query.stmt, 2), STORE_HASH_SIZE);
                ret_identity->case_id = column_id(&query, 0);
        }
        query_end(&query);
        return STATUS_OK;
}
