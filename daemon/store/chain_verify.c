/*
 * chain_verify - a chain whose lines lie in the order of their numbers, computed again.
 */
#include <string.h>

#include "verify.h"

const uint8_t *verify_hash_of(const struct query *query, int column)
{
        const uint8_t *hash = sqlite3_column_blob(query->stmt, column);

        return sqlite3_column_bytes(query->stmt, column) == STORE_HASH_SIZE ? hash : NULL;
}

bool verify_head_met(const struct store_head *known, uint64_t seq, const uint8_t *hash)
{
        return known->seq != 0 && known->seq == seq && memcmp(known->hash, hash, STORE_HASH_SIZE) == 0;
}

/* Lines that should lie before this one. */
static void find_gap(struct store_verify *verify, struct verify_chain *chain, int64_t seq)
{
        uint64_t expected = chain->last.seq + 1;

        chain->gap = seq != (int64_t)expected;
        if (seq > (int64_t)expected)
                verify_find(verify, chain->table, expected,
                            seq - (int64_t)expected > 1 ? "this line and some after it are gone" : "this line is gone");
        else if (seq < (int64_t)expected)
                verify_find(verify, chain->table, 0, "a line has a number that no line has");
}

enum status verify_chain_fit(struct store_verify *verify, struct verify_chain *chain, const struct verify_link *link)
{
        static const uint8_t none[STORE_HASH_SIZE];
        const uint8_t *stored = link->hash == NULL ? none : link->hash;
        uint8_t hash[STORE_HASH_SIZE], other[STORE_HASH_SIZE];
        enum status status = link->hash_after(verify->store, chain->last.hash, link->line, hash);
        bool fits = status == STATUS_OK && memcmp(hash, stored, STORE_HASH_SIZE) == 0;

        find_gap(verify, chain, link->seq);
        if (status == STATUS_OK && !fits && chain->misfit) {
                status = link->hash_after(verify->store, chain->ought, link->line, other);
                fits = status == STATUS_OK && memcmp(other, stored, STORE_HASH_SIZE) == 0;
        }
        if (status != STATUS_OK)
                return status;
        if (!fits && !chain->gap)
                verify_find(verify, chain->table, (uint64_t)link->seq, "this line is not what was recorded");
        chain->misfit = !fits && !chain->gap;
        memcpy(chain->ought, hash, STORE_HASH_SIZE);
        memcpy(chain->last.hash, stored, STORE_HASH_SIZE);
        chain->last.seq = link->seq < 0 ? 0 : (uint64_t)link->seq;
        return STATUS_OK;
}

static void end_walk(struct store_verify *verify, struct verify_chain *chain)
{
        chain->walking = false;
        if (chain->counted < 0)
                return;
        if (chain->last.seq < (uint64_t)chain->counted)
                verify_find(verify, chain->table, chain->last.seq + 1, "this line is gone, or some after it are");
        if (chain->last.seq > (uint64_t)chain->counted)
                verify_find(verify, chain->table, (uint64_t)chain->counted + 1,
                            "this line was never counted as recorded");
}

enum status verify_chain_walk(struct store_verify *verify, struct verify_chain *chain, unsigned rows,
                              verify_look_fn look, bool *ret_more)
{
        struct query query = {.store = verify->store};
        bool row = true;
        enum status status = STATUS_OK;

        if (!chain->walking)
                query = query_begin(verify->store, chain->walk);
        else
                query.stmt = verify->store->statements[chain->walk];
        chain->walking = true;
        for (unsigned i = 0; status == STATUS_OK && row && i < rows; i++) {
                status = query_step(&query, &row);
                if (status == STATUS_OK && row)
                        status = look(verify, &query);
        }
        *ret_more = status == STATUS_OK && row;
        if (status == STATUS_OK && !row)
                end_walk(verify, chain);
        return status;
}
