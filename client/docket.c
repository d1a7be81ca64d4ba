/*
 * docket - reading a file, and giving out its cases (docket.h).
 *
 * What is heard is heard again until nothing changes: which of several lines with
 * one id counts hangs on whether the first was accepted, and that on its own case.
 * With the first taken to be accepted one hearing is nearly always enough. Each
 * hearing settles at least one line more, because a line hangs on earlier ones alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docket_parts.h"
#include "lines.h"
#include "output.h"

#define LINES_MEMORY ((size_t)6 << 20) /* for sorting the lines; other sorters get a part of it */
#define READ_SIZE ((size_t)256 << 10)

/* ---- keys and marks ---- */

void docket_put_number(struct wire_buffer *key, uint64_t number)
{
        char bytes[8];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (char)(number >> (56 - 8 * i));
        wire_put(key, bytes, sizeof(bytes));
}

uint64_t docket_number(const char *end)
{
        uint64_t number = 0;

        for (const char *byte = end - 8; byte < end; byte++)
                number = number << 8 | (unsigned char)*byte;
        return number;
}

bool docket_file(struct docket *docket, struct sorter *sorter, const char *case_ref, uint64_t number,
                 const struct sorter_record *text)
{
        struct sorter_record record = *text;

        wire_buffer_reset(&docket->key);
        wire_put(&docket->key, case_ref, strlen(case_ref) + 1);
        docket_put_number(&docket->key, number);
        if (docket->key.failed) {
                errno = ENOMEM;
                return false;
        }
        record.key = docket->key.data;
        record.key_length = docket->key.length;
        return sorter_add(sorter, &record);
}

bool docket_mark(const struct docket *docket, uint64_t number, struct mark *ret_mark)
{
        return scratch_get(&docket->marks, (number - 1) * sizeof(*ret_mark), ret_mark, sizeof(*ret_mark));
}

bool docket_set_mark(struct docket *docket, uint64_t number, const struct mark *mark)
{
        return scratch_set(&docket->marks, (number - 1) * sizeof(*mark), mark, sizeof(*mark));
}

/* A mark for each line up to one; a blank line has one, too, so that they are found by number. */
static bool add_marks(struct docket *docket, uint64_t number, const char *case_ref)
{
        struct mark mark;

        memset(&mark, 0, sizeof(mark));
        for (uint64_t have = scratch_size(&docket->marks) / sizeof(mark); have + 1 < number; have++)
                if (!scratch_put(&docket->marks, &mark, sizeof(mark)))
                        return false;
        strncpy(mark.case_ref, case_ref, CASE_REF_MAX);
        return scratch_put(&docket->marks, &mark, sizeof(mark));
}

/* ---- reading ---- */

/* The case of a retraction that names a line: that of an event before it. */
static bool case_of_target(const struct docket *docket, uint64_t target, uint64_t number, struct mark *ret_mark)
{
        memset(ret_mark, 0, sizeof(*ret_mark));
        return target >= number || target > scratch_size(&docket->marks) / sizeof(*ret_mark) ||
               docket_mark(docket, target, ret_mark);
}

/* A line that is not understood belongs to no case; it is heard with what has none, where it is refused. */
static bool take_wrong_line(struct docket *docket, uint64_t number, const struct sorter_record *text)
{
        static const struct sorter_record nothing = {.value = ""};
        const char *id = NULL;

        if (wire_id_peek(text->value, text->length, &docket->arena, &id) != STATUS_OK) {
                errno = ENOMEM;
                return false;
        }
        return add_marks(docket, number, "") && docket_file(docket, docket->lines, "", number, text) &&
               (id == NULL || !casefile_id_valid(id) || docket_note_id(docket, id, number, ID_OF_NOTHING, &nothing));
}

static bool take_retraction(struct docket *docket, uint64_t number, const struct sorter_record *text,
                            const struct wire_line *line)
{
        static const struct sorter_record nothing = {.value = ""};
        struct mark target;

        if (line->id != NULL && !docket_note_id(docket, line->id, number, ID_OF_RETRACTION, &nothing))
                return false;
        if (line->target_id != NULL)
                return docket_note_id(docket, line->target_id, number, ID_NAMED, text);
        return case_of_target(docket, line->target_seq, number, &target) &&
               docket_file(docket, docket->lines, target.case_ref, number, text);
}

static bool take_line(struct docket *docket, uint64_t number, const struct sorter_record *text)
{
        struct wire_problem problem;
        struct wire_line line;

        arena_reset(&docket->arena);
        enum status status =
                wire_event_parse(&docket->reader, text->value, text->length, &docket->arena, &line, &problem);
        if (status == STATUS_INVALID)
                return take_wrong_line(docket, number, text);
        if (status != STATUS_OK) {
                errno = ENOMEM;
                return false;
        }
        if (line.is_retraction)
                return add_marks(docket, number, "") && take_retraction(docket, number, text, &line);
        struct sorter_record of = {.value = line.case_ref, .length = strlen(line.case_ref)};
        return add_marks(docket, number, line.case_ref) &&
               docket_file(docket, docket->lines, line.case_ref, number, text) &&
               (line.id == NULL || docket_note_id(docket, line.id, number, ID_OF_EVENT, &of));
}

static bool read_lines(struct docket *docket, struct lines *lines)
{
        const char *text;
        size_t length;

        while (lines_next(lines, &text, &length)) {
                struct sorter_record record = {.value = text, .length = length};

                if (!line_blank(text, length) && !take_line(docket, lines->number, &record))
                        return false;
        }
        return true;
}

/* ---- hearing ---- */

/* Forget what came of a hearing. */
static bool renew(struct docket *docket)
{
        sorter_free(docket->retractions);
        sorter_free(docket->said);
        docket->retractions = sorter_new(LINES_MEMORY / 4);
        docket->said = sorter_new(LINES_MEMORY / 4);
        scratch_clear(&docket->accepted);
        docket->unsettled = false;
        docket->refused = 0;
        docket->last_day = CIVIL_NONE;
        errno = ENOMEM;
        return docket->retractions != NULL && docket->said != NULL;
}

static bool hear_all(struct docket *docket)
{
        do {
                if (!renew(docket) || !docket_settle_ids(docket) || !docket_hear(docket))
                        return false;
                docket->rehearing = true;
        } while (docket->unsettled);
        sorter_free(docket->lines);
        sorter_free(docket->ids);
        docket->lines = docket->ids = NULL;
        scratch_clear(&docket->marks);
        if (!docket_tell(docket))
                return false;
        scratch_read(&docket->giving, &docket->accepted, 0, scratch_size(&docket->accepted), READ_SIZE);
        return true;
}

static struct docket *docket_new(const struct ruleset *ruleset, const struct docket_sink *sink)
{
        struct docket *docket = calloc(1, sizeof(*docket));

        if (docket == NULL)
                return NULL;
        docket->ruleset = ruleset;
        docket->sink = sink;
        docket->reader = (struct wire_reader){.ruleset = ruleset, .last_day = CIVIL_MAX, .recorded_at = true};
        arena_init(&docket->arena, heap_grow, free);
        wire_buffer_init(&docket->key);
        scratch_init(&docket->marks, SCRATCH_PIECE);
        scratch_init(&docket->accepted, SCRATCH_PIECE);
        docket->roll = roll_new(ruleset);
        docket->lines = sorter_new(LINES_MEMORY);
        docket->ids = sorter_new(LINES_MEMORY / 2);
        if (docket->roll != NULL && docket->lines != NULL && docket->ids != NULL)
                return docket;
        docket_close(docket);
        return NULL;
}

enum outcome docket_open(const struct ruleset *ruleset, const char *path, const char *name,
                         const struct docket_sink *sink, struct docket **ret_docket)
{
        struct docket *docket = docket_new(ruleset, sink);
        struct lines lines;

        *ret_docket = docket;
        if (docket == NULL)
                return out_of_memory();
        if (!lines_open(&lines, path)) {
                complain("%s: %s", name, strerror(errno));
                return OUTCOME_REFUSED;
        }
        bool good = read_lines(docket, &lines);
        int failed = errno, error = lines.error;
        lines_close(&lines);
        errno = failed;
        if (!good || !hear_all(docket))
                return scratch_failed();
        if (error != 0)
                complain("%s: %s", name, strerror(error));
        return error == 0 ? OUTCOME_OK : OUTCOME_REFUSED;
}

void docket_close(struct docket *docket)
{
        if (docket == NULL)
                return;
        scratch_read_end(&docket->giving);
        roll_free(docket->roll);
        sorter_free(docket->lines);
        sorter_free(docket->ids);
        sorter_free(docket->retractions);
        sorter_free(docket->said);
        scratch_fini(&docket->marks);
        scratch_fini(&docket->accepted);
        wire_buffer_fini(&docket->key);
        arena_fini(&docket->arena);
        free(docket->given.records);
        free(docket);
}

uint64_t docket_refused(const struct docket *docket)
{
        return docket->refused;
}

int32_t docket_last_day(const struct docket *docket)
{
        return docket->last_day;
}

/* ---- giving out ---- */

/* The next accepted line, if it is of the case in hand. Errors: false, errno set. */
static bool take_accepted(struct docket *docket, bool *ret_taken)
{
        struct scratch_reader *giving = &docket->giving;
        struct roll_case *given = &docket->given;
        const char *at = scratch_peek(giving, sizeof(struct accepted));
        struct accepted head;

        *ret_taken = false;
        errno = giving->error;
        if (at == NULL)
                return giving->error == 0;
        memcpy(&head, at, sizeof(head));
        at = scratch_peek(giving, sizeof(head) + head.case_length + head.length);
        errno = giving->error;
        if (at == NULL)
                return false;
        const char *ref = at + sizeof(head), *text = ref + head.case_length;
        if (given->count == 0) {
                memcpy(docket->given_ref, ref, head.case_length);
                docket->given_ref[head.case_length] = '\0';
        } else if (strlen(given->ref) != head.case_length || memcmp(given->ref, ref, head.case_length) != 0) {
                return true;
        }
        struct wire_problem problem;
        struct wire_line line;
        if (given->count == given->capacity) {
                size_t capacity = given->capacity > 0 ? given->capacity * 2 : 64;
                struct record *records = reallocarray(given->records, capacity, sizeof(*records));

                if (records == NULL)
                        return false;
                given->records = records;
                given->capacity = capacity;
        }
        errno = ENOMEM;
        if (wire_event_parse(&docket->reader, text, head.length, &docket->arena, &line, &problem) != STATUS_OK)
                return false;
        line.record.fact.seq = head.number;
        line.record.refers = head.refers;
        given->records[given->count++] = line.record;
        scratch_skip(giving, sizeof(head) + head.case_length + head.length);
        *ret_taken = true;
        return true;
}

enum outcome docket_next(struct docket *docket, const struct roll_case **ret_case)
{
        bool taken = true;

        arena_reset(&docket->arena);
        docket->given.count = 0;
        docket->given.ref = docket->given_ref;
        while (taken)
                if (!take_accepted(docket, &taken))
                        return scratch_failed();
        *ret_case = docket->given.count > 0 ? &docket->given : NULL;
        return OUTCOME_OK;
}
