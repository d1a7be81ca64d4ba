/*
 * verify - everything that is kept, checked a piece at a time (app_verify.h).
 *
 * In this order: the chains; each case derived anew and compared with its rows;
 * the counters; the database's own check, which has run beside all that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mappad/app_verify.h"
#include "mappad/rulefile.h"
#include "mappad/store_verify.h"

#define ROWS_A_STEP 4000  /* lines hashed between two answers of APP_WORKING: some 5 ms */
#define CASES_A_STEP 50   /* cases derived: some 5 ms */
#define FINDINGS_MAX 1000 /* findings that are given out one by one; they are kept until they are asked for */
#define DAY_MS INT64_C(86400000)

enum phase { PHASE_CHAINS, PHASE_CASES, PHASE_TALLIES, PHASE_CHECK, PHASE_END };

struct app_verify {
        struct app *app;         /* NULL: of a file */
        struct book *book;       /* of an app */
        struct ruleset *ruleset; /* of a file, kept with it */
        struct lexicon *own;     /* of that */
        struct store *reader;
        struct store_verify *chains;
        struct store_check *check;
        struct lexicon *lexicon; /* one of the two */
        enum phase phase;
        struct app looking;     /* no more of an application than what tells which cases wait for a sweep ... */
        struct book looking_at; /* ... and its rules */
        uint64_t after;         /* the last case that was compared */
        int64_t states[APP_OPEN_STATES], unknown;
        struct app_finding queue[FINDINGS_MAX];
        size_t queued, given;
        struct app_verify_totals totals;
};

static void find(void *context, const struct store_finding *finding)
{
        struct app_verify *verify = context;
        struct app_finding *place;

        verify->totals.findings++;
        if (verify->totals.findings > FINDINGS_MAX)
                return;
        place = &verify->queue[verify->queued++];
        (void)snprintf(place->table, sizeof place->table, "%s", finding->table);
        (void)snprintf(place->what, sizeof place->what, "%s", finding->what);
        place->row = finding->row;
}

/* ---- cases ---- */

struct kept_rows {
        struct app_verify *verify;
        struct store_obligation *list;
        size_t count, capacity;
};

static enum status keep_row(void *context, const struct store_obligation *row)
{
        struct kept_rows *kept = context;

        if (kept->count == kept->capacity) {
                size_t capacity = kept->capacity == 0 ? 16 : kept->capacity * 2;
                struct store_obligation *list = arena_array(&kept->verify->looking.rows, capacity, sizeof *list);
                if (list == NULL)
                        return STATUS_NO_MEMORY;
                if (kept->count > 0)
                        memcpy(list, kept->list, kept->count * sizeof *list);
                kept->list = list;
                kept->capacity = capacity;
        }
        kept->list[kept->count] = *row;
        /* Which scopes there are is said by the configuration, which a file does not hold. */
        kept->list[kept->count++].scope = kept->verify->book == NULL ? 0 : row->scope;
        if (row->state >= 0 && row->state < APP_OPEN_STATES)
                kept->verify->states[row->state]++;
        kept->verify->totals.obligations++;
        return STATUS_OK;
}

static bool is_kept(const struct kept_rows *kept, const struct store_obligation *derived)
{
        for (size_t i = 0; i < kept->count; i++) {
                const struct store_obligation *row = &kept->list[i];
                if (row->rule == derived->rule && row->started == derived->started &&
                    strcmp(row->item, derived->item) == 0)
                        return strcmp(row->ref, derived->ref) == 0 && refresh_same_row(row, derived);
        }
        return false;
}

static enum status compare(struct app_verify *verify, const struct dossier *dossier,
                           const struct scope_subject *subject, uint64_t scope, const struct kept_rows *kept)
{
        const struct duties *duties = subject->duties;
        size_t open = 0;
        bool same = true;
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < duties->count; i++) {
                struct store_obligation row;
                if (obligation_state_closed(duties->list[i].obligation.state))
                        continue;
                open++;
                duty_to_row(verify->lexicon, dossier, &duties->list[i], duties->as_of, &row);
                status = scope_of_item(subject, row.item, &verify->looking.work, &row.scope);
                row.scope |= scope;
                same = same && is_kept(kept, &row);
                bool missing = false;
                if (status == STATUS_OK && row.scope != 0)
                        status = store_scoped_missing(verify->reader, &row, &missing);
                same = same && !missing;
        }
        if (!same || open != kept->count)
                find(verify, &(struct store_finding){"obligation", dossier->case_id,
                                                     "what is kept of this case is not what follows from its record"});
        return status;
}

/* A day on which it does not wake, or a stage that no sweep looks for, is a breach that nobody is told of. That a case
 * is said to wait and does not costs a look, and may be so: a sweep made up for leaves what is of the next. */
static enum status compare_wakes(struct app_verify *verify, const struct dossier *dossier, const struct duties *duties)
{
        const struct refresh refresh = {
                .app = &verify->looking, .mode = REFRESH_LOOK, .dossier = dossier, .duties = duties};
        struct store_waking kept = {.wake = CIVIL_NONE};
        bool waits = false;
        enum status status = store_case_waking(verify->reader, dossier->case_id, &kept);

        if (status == STATUS_OK)
                status = raise_duties(&refresh, &waits);
        if (status != STATUS_OK)
                return status;
        if (kept.wake != duties->wake)
                find(verify, &(struct store_finding){"casefile", dossier->case_id,
                                                     "the day on which this case wakes is not the one that follows"});
        if (waits && !kept.waits)
                find(verify,
                     &(struct store_finding){"casefile", dossier->case_id,
                                             "stages of this case wait to be raised, and no sweep looks for them"});
        return STATUS_OK;
}

/* Who sees a case, and whether the lists of those who see one scope alone have it. */
static enum status compare_scope(struct app_verify *verify, const struct store_case *casefile, uint64_t scope)
{
        bool missing = false;
        enum status status = store_scoped_case_missing(verify->reader, casefile->ref, scope, &missing);

        if (status == STATUS_OK && (scope != casefile->scope || missing))
                find(verify, &(struct store_finding){"casefile", casefile->id,
                                                     "who sees this case is not decided by what was recorded of it"});
        return status;
}

static enum status compare_case(struct app_verify *verify, const struct store_case *casefile)
{
        struct dossier dossier = {.arena = &verify->looking.work, .ref = casefile->ref};
        struct kept_rows kept = {.verify = verify};
        struct derive_input input = {.ruleset = verify->lexicon->ruleset,
                                     .dossier = &dossier,
                                     .known_at = INSTANT_LATEST,
                                     .as_of = verify->looking.meta.as_of};
        struct duties duties;
        struct scope_subject subject = {.ruleset = verify->lexicon->ruleset, .duties = &duties};
        uint64_t scope = 0;

        arena_reset(&verify->looking.work);
        arena_reset(&verify->looking.rows);
        enum status status = dossier_load(verify->reader, verify->lexicon, casefile->id, &dossier);
        if (status == STATUS_OK)
                status = duties_derive(&input, &verify->looking.work, &verify->looking.rows, &duties);
        if (status == STATUS_OK)
                status = store_obligations_of(verify->reader, casefile->id, keep_row, &kept);
        subject.scopes = verify->book == NULL ? NULL : verify->book->rules.scopes;
        if (status == STATUS_OK)
                status = scope_of_case(&subject, &verify->looking.work, &scope);
        if (status == STATUS_OK)
                status = compare(verify, &dossier, &subject, scope, &kept);
        if (status != STATUS_OK)
                return status;
        verify->unknown += (int64_t)dossier.unknown_count;
        verify->totals.cases++;
        if (verify->book != NULL)
                status = compare_scope(verify, casefile, scope);
        return status == STATUS_OK ? compare_wakes(verify, &dossier, &duties) : status;
}

static enum status compare_cases(struct app_verify *verify)
{
        struct store_case page[CASES_A_STEP];
        size_t count = 0;
        enum status status;

        if (!verify->totals.derived) {
                verify->phase = PHASE_CHECK;
                return STATUS_OK;
        }
        status = store_cases_by_id(verify->reader, verify->after, page, CASES_A_STEP, &count);
        for (size_t i = 0; status == STATUS_OK && i < count; i++)
                status = compare_case(verify, &page[i]);
        if (status == STATUS_OK && count > 0)
                verify->after = page[count - 1].id;
        if (count < CASES_A_STEP)
                verify->phase = PHASE_TALLIES;
        return status;
}

static enum status compare_tallies(struct app_verify *verify)
{
        for (unsigned which = 0; which <= TALLY_UNKNOWN; which++) {
                int64_t counted = which == TALLY_UNKNOWN ? verify->unknown : verify->states[which], kept = 0;
                enum status status = store_tally_kept(verify->reader, which, &kept);
                if (status != STATUS_OK)
                        return status;
                if (counted != kept)
                        find(verify, &(struct store_finding){"tally", which, "this counter is not what was counted"});
        }
        verify->phase = PHASE_CHECK;
        return STATUS_OK;
}

/* ---- the end ---- */

static void put_head(const struct store_head *head, char ret_text[static APP_HEAD_SIZE])
{
        int at = snprintf(ret_text, APP_HEAD_SIZE, "%llu:", (unsigned long long)head->seq);

        if (head->seq == 0) {
                ret_text[0] = '\0';
                return;
        }
        for (size_t i = 0; i < STORE_HASH_SIZE; i++)
                at += snprintf(ret_text + at, APP_HEAD_SIZE - (size_t)at, "%02x", head->hash[i]);
}

static enum status finish_chains(struct app_verify *verify)
{
        const struct store_verify_result *result = store_verify_result(verify->chains);

        verify->totals.lines = result->lines;
        verify->totals.erased = result->erased;
        verify->totals.accesses = result->accesses;
        put_head(&result->events_head, verify->totals.events_head);
        verify->totals.seals = result->seals;
        put_head(&result->accesses_head, verify->totals.accesses_head);
        put_head(&result->seals_head, verify->totals.seals_head);
        /* What it noted of a million lines is not needed any more. */
        store_verify_free(verify->chains);
        verify->chains = NULL;
        verify->phase = PHASE_CASES;
        return STATUS_OK;
}

static enum status step(struct app_verify *verify, bool *ret_wait)
{
        bool more = false;
        enum status status = STATUS_OK;

        switch (verify->phase) {
        case PHASE_CHAINS:
                status = store_verify_step(verify->chains, ROWS_A_STEP, &more);
                return status == STATUS_OK && !more ? finish_chains(verify) : status;
        case PHASE_CASES:
                return compare_cases(verify);
        case PHASE_TALLIES:
                return compare_tallies(verify);
        case PHASE_CHECK:
                *ret_wait = !store_check_done(verify->check);
                if (*ret_wait)
                        return STATUS_OK;
                verify->phase = PHASE_END;
                return store_check_tell(verify->check, find, verify);
        case PHASE_END:
                break;
        }
        return STATUS_OK;
}

/* Damage that keeps rows from being read is something found, and the end of what can be looked at. */
static enum status broken_off(struct app_verify *verify)
{
        find(verify, &(struct store_finding){"database", 0, "the rest cannot be read: the file is damaged"});
        verify->phase = PHASE_END;
        return STATUS_OK;
}

enum status app_verify_next(struct app_verify *verify, enum app_row *ret_kind, struct app_finding *ret_finding,
                            bool *ret_wait)
{
        enum status status = STATUS_OK;

        *ret_wait = false;
        if (verify->given == verify->queued) {
                verify->given = verify->queued = 0;
                if (verify->phase == PHASE_END) {
                        *ret_kind = APP_END;
                        return STATUS_OK;
                }
                status = step(verify, ret_wait);
                if (status == STATUS_CORRUPT)
                        status = broken_off(verify);
        }
        *ret_kind = APP_WORKING;
        if (status == STATUS_OK && verify->given < verify->queued) {
                *ret_finding = verify->queue[verify->given++];
                *ret_kind = APP_ROW;
        }
        return status;
}

const struct app_verify_totals *app_verify_totals(const struct app_verify *verify)
{
        return &verify->totals;
}

void app_verify_wait(struct app_verify *verify)
{
        store_check_wait(verify->check);
}

void app_verify_free(struct app_verify *verify)
{
        if (verify == NULL)
                return;
        store_check_free(verify->check);
        store_verify_free(verify->chains);
        if (verify->app != NULL)
                reader_give(verify->app, verify->reader);
        else
                store_close(verify->reader);
        lexicon_free(verify->own);
        ruleset_free(verify->ruleset);
        book_drop(verify->book);
        arena_fini(&verify->looking.work);
        arena_fini(&verify->looking.rows);
        free(verify);
}

/* ---- the beginning ---- */

static int digit_of(char character)
{
        static const char digits[] = "0123456789abcdef";
        const char *found = character == '\0' ? NULL : strchr(digits, character);

        return found == NULL ? -1 : (int)(found - digits);
}

static bool parse_head(const char *text, struct store_head *ret_head)
{
        uint64_t seq = 0;
        size_t length = 0;

        *ret_head = (struct store_head){.seq = 0};
        if (text == NULL)
                return true;
        for (; *text >= '0' && *text <= '9' && length < 18; text++, length++)
                seq = seq * 10 + (uint64_t)(*text - '0');
        if (seq == 0 || *text++ != ':')
                return false;
        for (size_t i = 0; i < STORE_HASH_SIZE; i++) {
                int high = digit_of(text[2 * i]), low = high < 0 ? -1 : digit_of(text[2 * i + 1]);
                if (high < 0 || low < 0)
                        return false;
                ret_head->hash[i] = (uint8_t)(high * 16 + low);
        }
        ret_head->seq = seq;
        return text[2 * STORE_HASH_SIZE] == '\0';
}

static bool parse_heads(const struct app_verify_heads *heads, struct store_verify_known *ret_known,
                        const char **ret_wrong)
{
        *ret_wrong = "head";
        if (!parse_head(heads->events, &ret_known->events))
                return false;
        *ret_wrong = "access-head";
        if (!parse_head(heads->accesses, &ret_known->accesses))
                return false;
        *ret_wrong = "seal-head";
        return parse_head(heads->seals, &ret_known->seals);
}

static struct app_verify *verify_new(void)
{
        struct app_verify *verify = calloc(1, sizeof *verify);

        if (verify == NULL)
                return NULL;
        arena_init(&verify->looking.work, malloc, free);
        arena_init(&verify->looking.rows, malloc, free);
        return verify;
}

/* What a sweep would ask, of the snapshot. What closed before the record began is past, also when the first sweep made
 * up for one of the day before. */
static enum status be_ready_to_look(struct app_verify *verify)
{
        struct app *looking = &verify->looking;
        struct store_sweep sweep = {.day = CIVIL_NONE};
        enum status status = store_sweep_last(verify->reader, &sweep);
        int32_t began = (int32_t)(looking->meta.created_ms / DAY_MS);

        verify->looking_at = (struct book){.rules = {.ruleset = verify->lexicon->ruleset}, .lexicon = verify->lexicon};
        looking->store = verify->reader;
        looking->book = &verify->looking_at;
        looking->raise_until = CIVIL_MAX;
        looking->told_until = sweep.day != CIVIL_NONE && sweep.day < began ? began : sweep.day;
        return status;
}

/* Whatever is read from here on is one snapshot; the database's own check sees the file as it is then. */
static enum status begin(struct app_verify *verify, const struct store_verify_known *known)
{
        bool found = false;
        enum status status = store_meta_get(verify->reader, &verify->looking.meta, &found);

        if (status == STATUS_OK)
                status = store_verify_new(verify->reader, known, find, verify, &verify->chains);
        if (status == STATUS_OK)
                status = store_check_start(verify->reader, &verify->check);
        verify->totals.as_of = found ? verify->looking.meta.as_of : CIVIL_NONE;
        verify->totals.derived = found && verify->looking.meta.as_of != CIVIL_NONE && verify->lexicon != NULL;
        return status == STATUS_OK && verify->totals.derived ? be_ready_to_look(verify) : status;
}

enum status app_verify_begin(struct app *app, struct moment moment, const struct app_verify_heads *heads,
                             struct app_verify **ret_verify, struct wire_problem *ret_problem)
{
        struct store_verify_known known = {.window = 0};
        const char *wrong;
        struct app_verify *verify;

        if (!parse_heads(heads, &known, &wrong)) {
                wire_problem_set(ret_problem, "bad-head", wrong,
                                 "a head is the number of a line, a colon and the 64 hex digits of its hash");
                return STATUS_INVALID;
        }
        if (app_snapshot_room(app) == APP_ROOM_CHOKED)
                return STATUS_LIMIT;
        app_flush(app, moment);
        enum status status = advance_all(app, moment);
        if (status == STATUS_OK)
                status = sync_all(app); /* heads that are noted are not to lie beyond the disk */
        verify = status == STATUS_OK ? verify_new() : NULL;
        if (verify == NULL)
                return status == STATUS_OK ? STATUS_NO_MEMORY : status;
        verify->app = app;
        verify->book = book_hold(app->book);
        verify->lexicon = verify->book->lexicon;
        /* The latest view of the record may lack the latest lines of the log of accesses. */
        reader_disturb(app);
        status = reader_take(app, &verify->reader);
        if (status == STATUS_OK)
                status = begin(verify, &known);
        if (status != STATUS_OK) {
                app_verify_free(verify);
                return status;
        }
        *ret_verify = verify;
        return STATUS_OK;
}

/* The rules that a file was derived under were kept in it. */
static enum status load_rules(struct app_verify *verify)
{
        bool found = false;
        struct store_meta meta;
        enum status status = store_meta_get(verify->reader, &meta, &found);

        if (status == STATUS_OK && found)
                status = change_kept_rules(verify->reader, meta.rules_digest, &verify->ruleset);
        if (status == STATUS_OK && verify->ruleset != NULL)
                status = lexicon_peek(verify->reader, verify->ruleset, &verify->own);
        verify->lexicon = verify->own;
        return status;
}

enum status app_verify_file(const char *path, const struct app_verify_heads *heads, struct app_verify **ret_verify,
                            char ret_problem[static APP_PROBLEM_SIZE])
{
        struct store_verify_known known = {.window = 0};
        const char *wrong;
        struct app_verify *verify;
        enum status status;

        ret_problem[0] = '\0';
        if (!parse_heads(heads, &known, &wrong)) {
                (void)snprintf(ret_problem, APP_PROBLEM_SIZE,
                               "--%s takes the number of a line, a colon and the 64 hex digits of its hash", wrong);
                return STATUS_INVALID;
        }
        verify = verify_new();
        if (verify == NULL)
                return STATUS_NO_MEMORY;
        status = store_inspect(path, &verify->reader, ret_problem);
        if (status == STATUS_OK)
                status = load_rules(verify);
        if (status == STATUS_OK)
                status = begin(verify, &known);
        if (status != STATUS_OK) {
                if (ret_problem[0] == '\0')
                        (void)snprintf(ret_problem, APP_PROBLEM_SIZE, "%s",
                                       verify->reader == NULL ? status_phrase(status) : store_problem(verify->reader));
                app_verify_free(verify);
                return status;
        }
        *ret_verify = verify;
        return STATUS_OK;
}
