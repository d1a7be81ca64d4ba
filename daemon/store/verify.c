/*
 * verify - the chains, computed again (store_verify.h).
 *
 * Lines of events are kept by case, so walking them by number would seek for
 * each. They are walked as they lie instead, twice: the first time their hashes
 * are noted by number, the second time each line is hashed after the one noted
 * before it. A line that does not fit is named; whether the one after it
 * suffers only from a hash that was altered is settled in the end.
 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/ensure.h"

#define WINDOW ((uint64_t)1 << 20) /* lines whose hashes are noted at a time */
#define GONE_MAX 10000000          /* lines that may be gone before the count itself is not believed */

void verify_find(struct store_verify *verify, const char *table, uint64_t row, const char *what)
{
        verify->result.findings++;
        verify->sink(verify->context, &(struct store_finding){table, row, what});
}

const char *verify_text_problem(const struct query *query, int column)
{
        const char *text = column_text(query, column);

        if (text != NULL && strlen(text) != (size_t)sqlite3_column_bytes(query->stmt, column))
                return "a text holds a byte that no text holds";
        return NULL;
}

/* ---- people, by number ---- */

static enum status load_people(struct store_verify *verify)
{
        struct query query = query_begin(verify->store, SQL_PERSON_ALL);
        bool row = false;
        enum status status = query_step(&query, &row);

        while (status == STATUS_OK && row) {
                const char *name = column_text(&query, 2);
                struct verify_person *grown =
                        realloc(verify->people, (verify->person_count + 1) * sizeof *verify->people);
                if (grown == NULL || name == NULL) {
                        query_end(&query);
                        verify->people = grown == NULL ? verify->people : grown;
                        return name == NULL ? STATUS_CORRUPT : STATUS_NO_MEMORY;
                }
                verify->people = grown;
                struct verify_person *person = &verify->people[verify->person_count];
                *person = (struct verify_person){.id = column_int(&query, 0), .uid = column_int(&query, 1)};
                person->name = strdup(name);
                if (person->name == NULL) {
                        query_end(&query);
                        return STATUS_NO_MEMORY;
                }
                verify->person_count++;
                if (verify_text_problem(&query, 2) != NULL || person->uid < 0 || person->uid > UINT32_MAX)
                        verify_find(verify, "person", (uint64_t)person->id, "this is nobody who could have called");
                status = query_step(&query, &row);
        }
        return status;
}

static const struct verify_person *find_person(const struct store_verify *verify, int64_t id)
{
        size_t low = 0, high = verify->person_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (verify->people[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < verify->person_count && verify->people[low].id == id ? &verify->people[low] : NULL;
}

/* ---- one line ---- */

/* Whether fields are what packing them gives: other bytes could say the same. */
static bool fields_canonical(const uint8_t *bytes, size_t size)
{
        struct store_field field;
        uint8_t packed[STORE_FIELD_PACKED_MAX];
        size_t at = 0;

        while (at < size) {
                size_t length = store_field_unpack(bytes + at, size - at, &field);
                if (length == 0 || length > sizeof packed || store_field_pack(&field, packed) != length ||
                    memcmp(packed, bytes + at, length) != 0)
                        return false;
                at += length;
        }
        return true;
}

static bool null_or_within(const struct query *query, int column, int64_t low, int64_t high)
{
        int64_t value = column_int(query, column);

        return sqlite3_column_type(query->stmt, column) == SQLITE_NULL || (value >= low && value <= high);
}

/* What the hash would not show: values that read the same as others. Columns as in CHAIN_COLUMNS of sql.c. */
static const char *line_problem(const struct query *query, const struct store_line *line)
{
        const char *problem = NULL;
        int64_t forced = column_int(query, 9);

        for (int column = 4; problem == NULL && column <= 11; column = column == 4 ? 10 : column + 1)
                problem = verify_text_problem(query, column);
        if (problem != NULL)
                return problem;
        if (!null_or_within(query, 2, 1, UINT32_MAX) || !null_or_within(query, 3, CIVIL_MIN, CIVIL_MAX) ||
            !null_or_within(query, 6, 1, INT64_MAX) || forced < 0 || forced > 1)
                return "a value lies outside what is ever recorded";
        if ((sqlite3_column_type(query->stmt, 5) != SQLITE_NULL && line->fields_size == 0) ||
            !fields_canonical(line->fields, line->fields_size))
                return "its fields are not as they are ever written";
        return NULL;
}

static struct store_line read_line(const struct query *query)
{
        struct store_line line = {
                .case_id = column_id(query, 0),
                .seq = column_id(query, 1),
                .type = (uint32_t)column_id(query, 2),
                .on = column_day(query, 3),
                .item = column_text(query, 4),
                .fields = sqlite3_column_blob(query->stmt, 5),
                .fields_size = (size_t)sqlite3_column_bytes(query->stmt, 5),
                .refers = column_id(query, 6),
                .recorded_ms = column_int(query, 7),
                .forced = column_int(query, 9) != 0,
                .client = column_text(query, 10),
                .why = column_text(query, 11),
                .hash = sqlite3_column_blob(query->stmt, 12),
        };

        if (sqlite3_column_bytes(query->stmt, 12) != STORE_HASH_SIZE)
                line.hash = NULL;
        return line;
}

/* The reference of the case in hand, "" when there is none; lines of one case lie together. */
static enum status find_case(struct store_verify *verify, uint64_t id)
{
        struct query query;
        bool row = false;
        enum status status;

        if (verify->case_id == id && verify->case_seen)
                return STATUS_OK;
        if (verify->windows == 0)
                verify->cases++;
        verify->case_id = id;
        verify->case_seen = true;
        verify->ref[0] = '\0';
        verify->case_covered = erasure_covers(verify, id);
        query = query_begin(verify->store, SQL_CASE_GET_OLD);
        query_int(&query, (int64_t)id);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status;
        if (verify_text_problem(&query, 1) == NULL && sqlite3_column_bytes(query.stmt, 1) < (int)sizeof verify->ref)
                column_copy(&query, 1, verify->ref, sizeof verify->ref);
        query_end(&query);
        return STATUS_OK;
}

static enum status hash_line(struct store_verify *verify, const struct query *query, const struct store_line *line,
                             const uint8_t *before, uint8_t ret_hash[static STORE_HASH_SIZE])
{
        const struct verify_person *person = find_person(verify, column_int(query, 8));
        enum status status = find_case(verify, line->case_id);

        if (status != STATUS_OK)
                return status;
        if (verify->case_covered && line_is_erased(verify, line)) {
                memcpy(ret_hash, line->hash, STORE_HASH_SIZE); /* linked: what it said cannot be hashed again */
                return STATUS_OK;
        }
        return chain_hash(verify->store, before, line,
                          &(struct store_origin){.ref = verify->ref,
                                                 .uid = person == NULL ? 0 : (uint32_t)person->uid,
                                                 .user = person == NULL ? NULL : person->name},
                          ret_hash);
}

/* ---- the two walks ---- */

static bool in_window(const struct store_verify *verify, int64_t seq)
{
        return seq > 0 && (uint64_t)seq >= verify->base && (uint64_t)seq - verify->base < verify->size;
}

/* The hash that a line was hashed after; NULL: the line before it is gone. */
static const uint8_t *hash_before(const struct store_verify *verify, uint64_t seq)
{
        if (seq == verify->base)
                return verify->edge_there ? verify->edge : NULL;
        return verify->there[seq - verify->base - 1] ? verify->hashes + (seq - verify->base - 1) * STORE_HASH_SIZE
                                                     : NULL;
}

/* First walk: notes a hash. */
static enum status note_row(struct store_verify *verify, const struct query *query)
{
        int64_t seq = column_int(query, 0);
        const void *hash = sqlite3_column_blob(query->stmt, 1);

        if (verify->windows == 0 && (seq <= 0 || (uint64_t)seq > verify->last))
                verify_find(verify, "event", seq <= 0 ? 0 : (uint64_t)seq, "this line was never counted as recorded");
        if (!in_window(verify, seq))
                return STATUS_OK;
        size_t at = (size_t)((uint64_t)seq - verify->base);
        if (verify->there[at])
                verify_find(verify, "event", (uint64_t)seq, "there are two lines of this number");
        if (sqlite3_column_bytes(query->stmt, 1) != STORE_HASH_SIZE) {
                verify_find(verify, "event", (uint64_t)seq, "its hash is none");
                return STATUS_OK;
        }
        memcpy(verify->hashes + at * STORE_HASH_SIZE, hash, STORE_HASH_SIZE);
        verify->there[at] = 1;
        return STATUS_OK;
}

static void note_misfit(struct store_verify *verify, uint64_t seq, const uint8_t hash[static STORE_HASH_SIZE])
{
        if (verify->misfit_count == VERIFY_MISFITS_MAX) {
                verify_find(verify, "event", seq, "this line is not what was recorded");
                return;
        }
        struct verify_misfit *misfit = &verify->misfits[verify->misfit_count++];
        misfit->seq = seq;
        memcpy(misfit->hash, hash, STORE_HASH_SIZE);
}

/* Second walk: hashes a line. */
static enum status check_row(struct store_verify *verify, const struct query *query)
{
        struct store_line line = read_line(query);
        uint8_t hash[STORE_HASH_SIZE];

        if (!in_window(verify, column_int(query, 1)) || line.hash == NULL)
                return STATUS_OK;
        verify->result.lines++;
        const char *problem = line_problem(query, &line);
        if (problem != NULL)
                verify_find(verify, "event", line.seq, problem);
        if (verify_head_met(&verify->known.events, line.seq, line.hash))
                verify->result.events_known = true;
        const uint8_t *before = hash_before(verify, line.seq);
        if (before == NULL)
                return STATUS_OK;
        enum status status = hash_line(verify, query, &line, before, hash);
        if (status == STATUS_OK && memcmp(hash, line.hash, STORE_HASH_SIZE) != 0)
                note_misfit(verify, line.seq, hash);
        return status;
}

static enum status walk(struct store_verify *verify, enum sql sql, unsigned rows, bool *ret_end)
{
        struct query query = {.store = verify->store};
        bool row = true;
        enum status status = STATUS_OK;

        if (!verify->walking)
                query = query_begin(verify->store, sql);
        else
                query.stmt = verify->store->statements[sql];
        verify->walking = true;
        for (unsigned i = 0; status == STATUS_OK && row && i < rows; i++) {
                status = query_step(&query, &row);
                if (status == STATUS_OK && row)
                        status = sql == SQL_VERIFY_HASHES ? note_row(verify, &query) : check_row(verify, &query);
        }
        *ret_end = status == STATUS_OK && !row;
        if (*ret_end)
                verify->walking = false;
        return status;
}

/* ---- what the walks leave open ---- */

/* Lines that should be there and are not; those in a row are one finding. */
static void find_gaps(struct store_verify *verify)
{
        char sentence[80];
        uint64_t first = 0;

        for (uint64_t i = 0; i <= verify->size; i++) {
                bool there = i == verify->size || verify->there[i];
                if (!there && first == 0)
                        first = verify->base + i;
                if (!there || first == 0)
                        continue;
                uint64_t last = verify->base + i - 1;
                if (last > first)
                        (void)snprintf(sentence, sizeof sentence, "this line and those up to %llu are gone",
                                       (unsigned long long)last);
                verify_find(verify, "event", first, last > first ? sentence : "this line is gone");
                first = 0;
        }
}

static int by_number(const void *a, const void *b)
{
        const struct verify_misfit *x = a, *y = b;

        return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Whether a line fits after what the one before it ought to have as its hash: then only that hash was altered. */
static enum status fits_after(struct store_verify *verify, const struct verify_misfit *before, uint64_t seq,
                              bool *ret_fits)
{
        struct query query = query_begin(verify->store, SQL_VERIFY_LINE);
        uint8_t hash[STORE_HASH_SIZE];
        bool row = false;
        enum status status;

        *ret_fits = false;
        query_int(&query, (int64_t)seq);
        status = query_step(&query, &row);
        if (status != STATUS_OK || !row)
                return status;
        struct store_line line = read_line(&query);
        status = hash_line(verify, &query, &line, before->hash, hash);
        *ret_fits = status == STATUS_OK && line.hash != NULL && memcmp(hash, line.hash, STORE_HASH_SIZE) == 0;
        query_end(&query);
        return status;
}

static enum status settle_misfits(struct store_verify *verify)
{
        enum status status = STATUS_OK;

        if (verify->misfit_count == 0)
                return STATUS_OK;
        qsort(verify->misfits, verify->misfit_count, sizeof *verify->misfits, by_number);
        for (size_t i = 0; status == STATUS_OK && i < verify->misfit_count; i++) {
                bool fits = false;
                if (i > 0 && verify->misfits[i].seq == verify->misfits[i - 1].seq + 1)
                        status = fits_after(verify, &verify->misfits[i - 1], verify->misfits[i].seq, &fits);
                if (status == STATUS_OK && !fits)
                        verify_find(verify, "event", verify->misfits[i].seq, "this line is not what was recorded");
        }
        verify->misfit_count = 0;
        return status;
}

/* ---- windows ---- */

static enum status begin_window(struct store_verify *verify)
{
        uint64_t left = verify->last - verify->base + 1;
        uint64_t window = verify->known.window == 0 ? WINDOW : verify->known.window;

        verify->size = left < window ? left : window;
        verify->case_seen = false;
        if (verify->hashes == NULL) {
                verify->hashes = malloc(((size_t)verify->size + 1) * STORE_HASH_SIZE);
                verify->there = malloc((size_t)verify->size + 1);
        }
        if (verify->hashes == NULL || verify->there == NULL)
                return STATUS_NO_MEMORY;
        memset(verify->there, 0, (size_t)verify->size);
        return STATUS_OK;
}

static enum status end_window(struct store_verify *verify)
{
        enum status status = settle_misfits(verify);

        find_gaps(verify);
        verify->windows++;
        if (verify->size == 0)
                return status;
        verify->edge_there = verify->there[verify->size - 1] != 0;
        memcpy(verify->edge, verify->hashes + (verify->size - 1) * STORE_HASH_SIZE, STORE_HASH_SIZE);
        if (verify->edge_there) {
                verify->result.events_head.seq = verify->base + verify->size - 1;
                memcpy(verify->result.events_head.hash, verify->edge, STORE_HASH_SIZE);
        }
        verify->base += verify->size;
        return status;
}

/* Cases that nothing was ever recorded of. */
static enum status find_each(struct store_verify *verify, enum sql sql, const char *table, const char *what)
{
        struct query query = query_begin(verify->store, sql);
        bool row = false;
        enum status status = query_step(&query, &row);

        while (status == STATUS_OK && row) {
                verify_find(verify, table, column_id(&query, 0), what);
                status = query_step(&query, &row);
        }
        return status;
}

static enum status find_idle_cases(struct store_verify *verify)
{
        struct query query = query_begin(verify->store, SQL_CASE_COUNT);
        bool row = false;
        uint64_t count = 0;
        enum status status = query_step(&query, &row);

        if (status == STATUS_OK && row) {
                count = column_id(&query, 0);
                query_end(&query);
        }
        if (status != STATUS_OK || count == verify->cases)
                return status;
        return find_each(verify, SQL_CASES_IDLE, "casefile", "nothing was ever recorded of this case");
}

/* The one table of cases that refers to no other. */
static enum status find_strays(struct store_verify *verify)
{
        if (verify->store->version < SCHEMA_RAISING)
                return STATUS_OK;
        return find_each(verify, SQL_RAISING_STRAY, "raising", "there is no case of this number");
}

static enum status read_number(struct store *store, enum sql sql, int64_t which, int64_t *ret_number)
{
        struct query query = query_begin(store, sql);

        if (which >= 0)
                query_int(&query, which);
        return query_one_number(&query, -1, ret_number);
}

enum status store_tally_kept(struct store *store, unsigned which, int64_t *ret_amount)
{
        int64_t amount = 0;
        enum status status = read_number(store, SQL_TALLY_GET, which, &amount);

        if (status == STATUS_OK)
                *ret_amount = amount < 0 ? 0 : amount;
        return status;
}

/* A count that a file of this schema keeps. */
static enum status read_count(struct store_verify *verify, int schema, int64_t which, int64_t *ret_count)
{
        enum status status = STATUS_OK;

        *ret_count = -1;
        if (verify->store->version < schema)
                return STATUS_OK;
        status = read_number(verify->store, SQL_TALLY_GET, which, ret_count);
        if (status == STATUS_OK && *ret_count < 0)
                verify_find(verify, "tally", 0, "the count of what was recorded is gone or cannot be");
        return status;
}

/* How many lines there should be: as they were counted when they were recorded, else as many as there are. */
static enum status find_last(struct store_verify *verify)
{
        int64_t rows = 0, counted = -1;
        enum status status = read_number(verify->store, SQL_LINE_COUNT, -1, &rows);

        if (status == STATUS_OK)
                status = read_count(verify, SCHEMA_ACCESS, TALLY_LINES, &counted);
        if (status == STATUS_OK)
                status = read_count(verify, SCHEMA_ACCESS, TALLY_ACCESSES, &verify->accesses.counted);
        if (status == STATUS_OK)
                status = read_count(verify, SCHEMA_SEAL, TALLY_SEALS, &verify->seals.counted);
        if (status == STATUS_OK && counted > rows + GONE_MAX)
                verify_find(verify, "tally", 0, "the count of what was recorded is gone or cannot be");
        verify->last = (uint64_t)(counted < 0 || counted > rows + GONE_MAX ? rows : counted);
        return status;
}

/* ---- the door ---- */

enum status store_verify_new(struct store *store, const struct store_verify_known *known, store_finding_fn sink,
                             void *context, struct store_verify **ret_verify)
{
        struct store_verify *verify = calloc(1, sizeof *verify);
        enum status status;

        if (verify == NULL)
                return STATUS_NO_MEMORY;
        *verify = (struct store_verify){.store = store,
                                        .known = *known,
                                        .sink = sink,
                                        .context = context,
                                        .base = 1,
                                        .edge_there = true,
                                        .accesses = {.table = "access", .walk = SQL_VERIFY_ACCESSES},
                                        .seals = {.table = "seal", .walk = SQL_VERIFY_SEALS}};
        status = load_people(verify);
        if (status == STATUS_OK)
                status = find_last(verify);
        if (status != STATUS_OK) {
                store_verify_free(verify);
                return status;
        }
        *ret_verify = verify;
        return STATUS_OK;
}

static enum status events_step(struct store_verify *verify, unsigned rows)
{
        bool end = false;
        enum status status = STATUS_OK;

        if (!verify->walking && !verify->noted)
                status = begin_window(verify);
        if (status == STATUS_OK)
                status = walk(verify, verify->noted ? SQL_VERIFY_LINES : SQL_VERIFY_HASHES, rows, &end);
        if (status != STATUS_OK || !end)
                return status;
        verify->noted = !verify->noted;
        return verify->noted ? STATUS_OK : end_window(verify);
}

/* A line that is not there any more is another alarm than one that was altered. */
static void find_unknown_head(struct store_verify *verify, const char *table, uint64_t noted, bool met, uint64_t last)
{
        if (noted == 0 || met)
                return;
        verify_find(verify, table, noted,
                    noted > last ? "the chain ends before this line, whose hash was noted: what came last is gone"
                                 : "this line is not the one whose hash was noted");
}

static void find_unknown_heads(struct store_verify *verify)
{
        const struct store_verify_known *known = &verify->known;
        const struct store_verify_result *result = &verify->result;

        find_unknown_head(verify, "event", known->events.seq, result->events_known, verify->base - 1);
        find_unknown_head(verify, "access", known->accesses.seq, result->accesses_known, verify->accesses.last.seq);
        find_unknown_head(verify, "seal", known->seals.seq, result->seals_known, verify->seals.last.seq);
}

enum status store_verify_step(struct store_verify *verify, unsigned rows, bool *ret_more)
{
        enum status status;
        bool more = false;

        *ret_more = true;
        if (!verify->erasures_done)
                return erasures_verify_step(verify);
        if (verify->base <= verify->last || verify->windows == 0)
                return events_step(verify, rows);
        if (!verify->cases_done) {
                verify->cases_done = true;
                status = find_idle_cases(verify);
                return status == STATUS_OK ? find_strays(verify) : status;
        }
        if (!verify->accesses_done) {
                status = access_verify_step(verify, rows, &more);
                verify->accesses_done = !more;
                return status;
        }
        status = seal_verify_step(verify, rows, &more);
        if (status != STATUS_OK || more)
                return status;
        find_unknown_heads(verify);
        *ret_more = false;
        return STATUS_OK;
}

const struct store_verify_result *store_verify_result(const struct store_verify *verify)
{
        return &verify->result;
}

void store_verify_free(struct store_verify *verify)
{
        if (verify == NULL)
                return;
        for (int sql = SQL_VERIFY_HASHES; sql <= SQL_VERIFY_SEALS; sql++) {
                struct query query = {.store = verify->store, .stmt = verify->store->statements[sql]};
                query_end(&query);
        }
        for (size_t i = 0; i < verify->person_count; i++)
                free(verify->people[i].name);
        free(verify->people);
        free(verify->covered);
        free(verify->hashes);
        free(verify->there);
        free(verify);
}
