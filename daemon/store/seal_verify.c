/*
 * seal_verify - the chain of sealed reports, computed again.
 *
 * Each has its content, and the name that is the content's hash, in its own hash.
 * It also says how the record ended when it was counted: that line must be there.
 */
#include <string.h>

#include "seal.h"
#include "verify.h"

/* What the hash would not show. */
static const char *row_problem(const struct query *query, const struct store_seal *seal)
{
        static const int texts[] = {1, 2, 4, 5, 12, 14, 17, 19};
        int64_t forced = column_int(query, SEAL_COLUMN_FORCED), version = column_int(query, SEAL_COLUMN_VERSION);
        const char *problem = NULL;

        for (size_t i = 0; problem == NULL && i < sizeof texts / sizeof *texts; i++)
                problem = verify_text_problem(query, texts[i]);
        if (problem != NULL)
                return problem;
        if (sqlite3_column_type(query->stmt, SEAL_COLUMN_PERSON) == SQLITE_NULL || seal->user == NULL)
                return "it is about somebody or something that is not there";
        if (forced < 0 || forced > 1 || version < 1 || version > UINT32_MAX ||
            (seal->salt == NULL) != (seal->whole == NULL))
                return "a value lies outside what is ever recorded";
        return NULL;
}

/* Whether the seal bears the name of what it holds. */
static enum status check_name(struct store_verify *verify, const struct store_seal *seal)
{
        char digest[STORE_DIGEST_SIZE];
        enum status status = store_seal_digest(seal->content == NULL ? "" : seal->content, digest);

        if (status == STATUS_OK && (seal->digest == NULL || strcmp(digest, seal->digest) != 0))
                verify_find(verify, "seal", seal->seq, "its name is not the hash of what it holds");
        return status;
}

/* Whether the record has the line that it had then. */
static enum status check_record(struct store_verify *verify, const struct store_seal *seal)
{
        struct query query = query_begin(verify->store, SQL_IDENTITY);
        bool row = false, same = seal->head.seq == 0;
        enum status status;

        query_int(&query, (int64_t)seal->head.seq);
        status = query_step(&query, &row);
        if (status == STATUS_OK && row) {
                const uint8_t *hash = verify_hash_of(&query, 2);
                same = hash != NULL && memcmp(hash, seal->head.hash, STORE_HASH_SIZE) == 0;
                query_end(&query);
        }
        if (status == STATUS_OK && !same)
                verify_find(verify, "seal", seal->seq, "the record that it was counted from is not the one there is");
        return status;
}

static enum status hash_after(struct store *store, const uint8_t before[static STORE_HASH_SIZE], const void *line,
                              uint8_t ret_hash[static STORE_HASH_SIZE])
{
        return seal_hash(store, before, line, ret_hash);
}

static enum status look(struct store_verify *verify, const struct query *query)
{
        struct store_seal seal = seal_read(query);
        struct verify_link link = {column_int(query, 0), verify_hash_of(query, SEAL_COLUMN_HASH), &seal, hash_after};
        const char *problem = row_problem(query, &seal);
        enum status status = check_name(verify, &seal);

        verify->result.seals++;
        if (problem != NULL)
                verify_find(verify, "seal", seal.seq, problem);
        if (link.hash != NULL && verify_head_met(&verify->known.seals, seal.seq, link.hash))
                verify->result.seals_known = true;
        if (status == STATUS_OK)
                status = check_record(verify, &seal);
        return status == STATUS_OK ? verify_chain_fit(verify, &verify->seals, &link) : status;
}

enum status seal_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more)
{
        enum status status;

        *ret_more = false;
        if (verify->store->version < SCHEMA_SEAL)
                return STATUS_OK;
        status = verify_chain_walk(verify, &verify->seals, rows, look, ret_more);
        verify->result.seals_head = verify->seals.last;
        return status;
}
