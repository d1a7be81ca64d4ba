/*
 * access_verify - the chain of the log of accesses, computed again.
 *
 * Its lines lie in the order of their numbers, so one walk is enough.
 */
#include <string.h>

#include "access.h"
#include "verify.h"

/* What the hash would not show. Columns as in ACCESS_COLUMNS of sql.c. */
static const char *row_problem(const struct query *query, const struct store_access *access)
{
        static const int texts[] = {4, 5, 7, 8, 10, 11};
        const char *problem = NULL;

        for (size_t i = 0; problem == NULL && i < sizeof texts / sizeof *texts; i++)
                problem = verify_text_problem(query, texts[i]);
        if (problem != NULL)
                return problem;
        if ((sqlite3_column_type(query->stmt, 2) != SQLITE_NULL && access->user == NULL) ||
            (sqlite3_column_type(query->stmt, 6) != SQLITE_NULL && access->ref == NULL))
                return "it is about somebody or something that is not there";
        if (sqlite3_column_type(query->stmt, 9) != SQLITE_NULL && access->rows < 0)
                return "a value lies outside what is ever recorded";
        return NULL;
}

/* Lines that should lie before this one. */
static void find_gap(struct store_verify *verify, int64_t seq)
{
        uint64_t expected = verify->access.seq + 1;

        verify->access_gap = seq != (int64_t)expected;
        if (seq > (int64_t)expected)
                verify_find(verify, "access", expected,
                            seq - (int64_t)expected > 1 ? "this line and some after it are gone" : "this line is gone");
        else if (seq < (int64_t)expected)
                verify_find(verify, "access", 0, "a line has a number that no line has");
}

static enum status check_access(struct store_verify *verify, const struct query *query)
{
        struct store_access access = access_read(query);
        const uint8_t *stored = sqlite3_column_blob(query->stmt, 12);
        uint8_t hash[STORE_HASH_SIZE];
        const char *problem = row_problem(query, &access);
        bool fits = false;
        enum status status = STATUS_OK;

        verify->result.accesses++;
        find_gap(verify, column_int(query, 0));
        if (problem != NULL)
                verify_find(verify, "access", access.seq, problem);
        if (stored == NULL || sqlite3_column_bytes(query->stmt, 12) != STORE_HASH_SIZE)
                stored = (const uint8_t[STORE_HASH_SIZE]){0};
        status = access_hash(verify->store, verify->access.hash, &access, hash);
        fits = memcmp(hash, stored, STORE_HASH_SIZE) == 0;
        /* After a line whose own hash was altered, what that ought to be is tried as well. */
        if (status == STATUS_OK && !fits && verify->access_misfit) {
                uint8_t other[STORE_HASH_SIZE];
                status = access_hash(verify->store, verify->access_ought, &access, other);
                fits = memcmp(other, stored, STORE_HASH_SIZE) == 0;
        }
        if (!fits && !verify->access_gap)
                verify_find(verify, "access", access.seq, "this line is not what was recorded");
        verify->access_misfit = !fits && !verify->access_gap;
        memcpy(verify->access_ought, hash, STORE_HASH_SIZE);
        memcpy(verify->access.hash, stored, STORE_HASH_SIZE);
        verify->access.seq = access.seq;
        if (verify_head_met(&verify->known.accesses, access.seq, stored))
                verify->result.accesses_known = true;
        return status;
}

static void end_walk(struct store_verify *verify)
{
        int64_t counted = verify->counted_accesses;

        verify->access_walking = false;
        verify->result.accesses_head = verify->access;
        if (counted < 0)
                return;
        if (verify->access.seq < (uint64_t)counted)
                verify_find(verify, "access", verify->access.seq + 1, "this line is gone, or some after it are");
        if (verify->access.seq > (uint64_t)counted)
                verify_find(verify, "access", (uint64_t)counted + 1, "this line was never counted as recorded");
}

enum status access_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more)
{
        struct query query = {.store = verify->store};
        bool row = true;
        enum status status = STATUS_OK;

        *ret_more = false;
        if (verify->store->version < SCHEMA_ACCESS)
                return STATUS_OK;
        if (!verify->access_walking)
                query = query_begin(verify->store, SQL_VERIFY_ACCESSES);
        else
                query.stmt = verify->store->statements[SQL_VERIFY_ACCESSES];
        verify->access_walking = true;
        for (unsigned i = 0; status == STATUS_OK && row && i < rows; i++) {
                status = query_step(&query, &row);
                if (status == STATUS_OK && row)
                        status = check_access(verify, &query);
        }
        *ret_more = status == STATUS_OK && row;
        if (status == STATUS_OK && !row)
                end_walk(verify);
        return status;
}
