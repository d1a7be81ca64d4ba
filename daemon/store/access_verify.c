/*
 * access_verify - the chain of the log of accesses, computed again.
 * Its lines lie in order (chain_verify.c).
 */
#include "erase.h"
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

/* A line, and the hash that it is stored with: one from which an erasure took the case is hashed as it then read. */
struct accessed {
        const struct store_access *access;
        const uint8_t *stored;
};

static enum status hash_after(struct store *store, const uint8_t before[static STORE_HASH_SIZE], const void *line,
                              uint8_t ret_hash[static STORE_HASH_SIZE])
{
        const struct accessed *accessed = line;

        return access_ought(store, before, accessed->access, accessed->stored, ret_hash);
}

static enum status look(struct store_verify *verify, const struct query *query)
{
        struct store_access access = access_read(query);
        static const uint8_t none[STORE_HASH_SIZE] = {0};
        const uint8_t *stored = verify_hash_of(query, 12);
        const struct accessed accessed = {&access, stored == NULL ? none : stored};
        struct verify_link link = {column_int(query, 0), stored, &accessed, hash_after};
        const char *problem = row_problem(query, &access);

        verify->result.accesses++;
        if (problem != NULL)
                verify_find(verify, "access", access.seq, problem);
        if (link.hash != NULL && verify_head_met(&verify->known.accesses, access.seq, link.hash))
                verify->result.accesses_known = true;
        return verify_chain_fit(verify, &verify->accesses, &link);
}

enum status access_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more)
{
        enum status status;

        *ret_more = false;
        if (verify->store->version < SCHEMA_ACCESS)
                return STATUS_OK;
        status = verify_chain_walk(verify, &verify->accesses, rows, look, ret_more);
        verify->result.accesses_head = verify->accesses.last;
        return status;
}
