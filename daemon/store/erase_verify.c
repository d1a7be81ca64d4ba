/*
 * erase_verify - erasures: their chain, and what they say is left.
 *
 * A line that was erased cannot be hashed again. It counts as erased by an
 * erasure that is sound: it fits in its chain, the log of accesses tells of it,
 * and what is left of the case's lines is what it says; anything else is a line
 * that is not what was recorded.
 */
#include "erase.h"
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#define ERASURES_A_STEP 20

static enum status is_said(struct store_verify *verify, const struct store_erasure *erasure, bool *ret_said)
{
        char detail[ERASED_DETAIL_SIZE];
        struct query query = query_begin(verify->store, SQL_ERASED_SAID);
        enum status status;

        erased_detail(erasure, detail);
        query_int(&query, (int64_t)erasure->case_id);
        query_text(&query, detail);
        status = query_step(&query, ret_said);
        if (status == STATUS_OK && *ret_said)
                query_end(&query);
        return status;
}

static enum status is_called(struct store_verify *verify, const struct store_erasure *erasure, bool *ret_called)
{
        char ref[STORE_ERASED_SIZE];
        struct store_case casefile = {.ref = ""};
        bool found = false;
        enum status status = store_case_get(verify->store, erasure->case_id, &casefile, &found);

        erased_ref(erasure->seq, ref);
        *ret_called = found && strcmp(casefile.ref, ref) == 0;
        return status;
}

/* Whether what is left of a case is what its erasure says. */
static enum status check_rest(struct store_verify *verify, const struct store_erasure *erasure, bool *ret_good)
{
        struct erased_lines lines;
        struct redacted_digest accesses;
        bool said = false, called = false;
        enum status status = erased_digest(verify->store, erasure->case_id, &lines);

        if (status == STATUS_OK)
                status = redacted_of(verify->store, erasure->seq, &accesses);
        if (status == STATUS_OK)
                status = is_said(verify, erasure, &said);
        if (status == STATUS_OK)
                status = is_called(verify, erasure, &called);
        if (status != STATUS_OK)
                return status;
        if (!said)
                verify_find(verify, "erasure", erasure->seq, "the log of accesses does not tell of this erasure");
        if (!called)
                verify_find(verify, "erasure", erasure->seq, "the case is not called as this erasure left it");
        bool whole = lines.lines == erasure->lines && lines.first == erasure->first && lines.last == erasure->last &&
                     memcmp(lines.digest, erasure->digest, STORE_HASH_SIZE) == 0;
        if (!whole)
                verify_find(verify, "erasure", erasure->seq, "what is left of the lines is not what this erasure left");
        if (accesses.count != erasure->accesses ||
            memcmp(accesses.digest, erasure->access_digest, STORE_HASH_SIZE) != 0)
                verify_find(verify, "erasure", erasure->seq,
                            "the lines of accesses that this erasure changed are not those");
        *ret_good = said && called && whole;
        return STATUS_OK;
}

static enum status cover(struct store_verify *verify, uint64_t case_id)
{
        if (verify->covered_count == verify->covered_capacity) {
                size_t capacity = verify->covered_capacity == 0 ? 16 : verify->covered_capacity * 2;
                uint64_t *covered = realloc(verify->covered, capacity * sizeof *covered);
                if (covered == NULL)
                        return STATUS_NO_MEMORY;
                verify->covered = covered;
                verify->covered_capacity = capacity;
        }
        verify->covered[verify->covered_count++] = case_id;
        return STATUS_OK;
}

static enum status check_erasure(struct store_verify *verify, struct query *query)
{
        struct store_erasure erasure;
        uint8_t hash[STORE_HASH_SIZE] = {0};
        bool whole = erasure_read(query, &erasure), good = false;
        enum status status = STATUS_OK;

        if (whole && erasure.user != NULL)
                status = erasure_hash(verify->store, verify->erasure.hash, &erasure, hash);
        bool fits = whole && erasure.seq == verify->erasure.seq + 1 && memcmp(hash, erasure.hash, sizeof hash) == 0;
        if (status == STATUS_OK && !fits)
                verify_find(verify, "erasure", erasure.seq, "this erasure is not what was recorded");
        verify->erasure.seq = erasure.seq;
        memcpy(verify->erasure.hash, erasure.hash, STORE_HASH_SIZE);
        if (status == STATUS_OK)
                status = check_rest(verify, &erasure, &good);
        if (status != STATUS_OK || !fits || !good)
                return status;
        verify->result.erased += erasure.lines;
        return cover(verify, erasure.case_id);
}

static int by_id(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

static void end_erasures(struct store_verify *verify)
{
        verify->erasures_done = true;
        verify->erased = store_word(verify->store, STORE_ERASED_WORD);
        if (verify->covered_count > 0)
                qsort(verify->covered, verify->covered_count, sizeof *verify->covered, by_id);
}

enum status erasures_verify_step(struct store_verify *verify)
{
        struct query query;
        bool row = false;
        int rows = 0;
        enum status status;

        if (verify->store->version < SCHEMA_HELD) {
                end_erasures(verify);
                return STATUS_OK;
        }
        query = query_begin(verify->store, SQL_ERASURES_AFTER);
        query_int(&query, (int64_t)verify->erasure.seq);
        query_int(&query, ERASURES_A_STEP);
        status = query_step(&query, &row);
        while (status == STATUS_OK && row) {
                rows++;
                status = check_erasure(verify, &query);
                if (status == STATUS_OK)
                        status = query_step(&query, &row);
                else
                        query_end(&query);
        }
        if (rows < ERASURES_A_STEP)
                end_erasures(verify);
        return status;
}

bool erasure_covers(const struct store_verify *verify, uint64_t case_id)
{
        return verify->covered_count > 0 &&
               bsearch(&case_id, verify->covered, verify->covered_count, sizeof case_id, by_id) != NULL;
}

bool line_is_erased(const struct store_verify *verify, const struct store_line *line)
{
        return line->type != 0 && line->type == verify->erased && line->hash != NULL && line->on == 0 &&
               line->item == NULL && line->fields == NULL && line->refers == 0 && !line->forced &&
               line->client == NULL && line->why == NULL;
}

/* ---- lines of accesses ---- */

enum status access_ought(struct store *store, const uint8_t before[static STORE_HASH_SIZE],
                         const struct store_access *access, const uint8_t *stored,
                         uint8_t ret_hash[static STORE_HASH_SIZE])
{
        uint8_t hash[STORE_HASH_SIZE];
        struct query query;
        bool row = false;
        enum status status = access_hash(store, before, access, ret_hash);

        if (status != STATUS_OK || stored == NULL || store->version < SCHEMA_HELD ||
            memcmp(ret_hash, stored, STORE_HASH_SIZE) == 0)
                return status;
        query = query_begin(store, SQL_REDACTED_GET);
        query_int(&query, (int64_t)access->seq);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status;
        status = access_hash(store, stored, access, hash);
        if (status == STATUS_OK && sqlite3_column_bytes(query.stmt, 0) == STORE_HASH_SIZE &&
            memcmp(hash, sqlite3_column_blob(query.stmt, 0), STORE_HASH_SIZE) == 0)
                memcpy(ret_hash, stored, STORE_HASH_SIZE);
        query_end(&query);
        return status;
}
