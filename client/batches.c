/*
 * batches - see batches.h.
 *
 * An event that has no id gets one of what it says and how often the file says so:
 * the same event has the same id wherever in the file it stands, so that rows put
 * in above it, and the file imported twice, record nothing twice. Ids of a case begin
 * alike, and batches come in their order: the daemon puts one behind the other.
 */
#include "batches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

#define ID_ROOM 64 /* bytes of an id that is added to a line */
/* What need not go as one goes in pieces of some 900 events, 10 ms: the daemon takes each at once, and answers nobody
 * else meanwhile. A trial takes a quarter of that for an event, and nothing waits for the disk but its line in the log:
 * some 4,800. */
#define PIECE_BYTES ((size_t)96 * 1024)
#define TRIAL_BYTES ((size_t)512 * 1024)

struct batch_entry {
        const struct spool_line *line;
        uint32_t occurrence; /* from 1 */
        bool left_out;
};

/* Where a line that was sent comes from. */
struct batch_place {
        uint64_t number;
        uint32_t event;
};

/* Those without an id by their names; the others before them. */
static int by_name(const void *a, const void *b)
{
        const struct spool_line *x = ((const struct batch_entry *)a)->line, *y = ((const struct batch_entry *)b)->line;
        int order = x->has_id != y->has_id ? y->has_id - x->has_id : 0;
        if (order == 0 && !x->has_id)
                order = memcmp(x->name, y->name, sizeof(x->name));
        return order != 0 ? order : spool_order(x, y);
}

static int by_case(const void *a, const void *b)
{
        const struct spool_line *x = ((const struct batch_entry *)a)->line, *y = ((const struct batch_entry *)b)->line;
        return x->place != y->place ? (x->place < y->place ? -1 : 1) : strcmp(x->case_ref, y->case_ref);
}

static int by_line(const void *a, const void *b)
{
        const struct batch_entry *x = a, *y = b;
        return spool_order(x->line, y->line);
}

/* ---- ids ---- */

static enum mapping_duplicates policy_of(const struct batches *batches, const struct batch_entry *entry)
{
        return batches->mapping == NULL ? MAPPING_EACH : batches->mapping->events[entry->line->event].duplicates;
}

/* Another one that says the same as the one before it. A spreadsheet that states a thing twice is asked about unless
 * the mapping says. */
static void take_again(struct batches *batches, struct batch_entry *entry)
{
        enum mapping_duplicates policy = policy_of(batches, entry);
        entry->occurrence = entry[-1].occurrence + 1;
        entry->left_out = policy != MAPPING_EACH;
        if (policy == MAPPING_REFUSE && batches->trial)
                problems_add(batches->problems, (struct problems_place){entry->line->number, PROBLEMS_NO_COLUMN, NULL},
                             "this row says the same as row %llu; \"duplicates\" of the mapping decides: "
                             "\"once\" takes both for one event, \"each\" for two",
                             (unsigned long long)entry[-1].line->number);
}

/* Counts those of a case that say the same: what does so names the same case. */
static void count_occurrences(struct batches *batches, struct batch_entry *first, size_t count)
{
        qsort(first, count, sizeof(*first), by_name);
        for (size_t i = 0; i < count; i++) {
                struct batch_entry *entry = &first[i];
                entry->occurrence = 1;
                if (i > 0 && !entry[-1].line->has_id &&
                    memcmp(entry->line->name, entry[-1].line->name, SPOOL_NAME_SIZE) == 0)
                        take_again(batches, entry);
        }
        qsort(first, count, sizeof(*first), by_line);
}

enum outcome batches_take(struct batches *batches, const struct spool_part *part)
{
        batches->entries = calloc(part->count + 1, sizeof(*batches->entries));
        batches->count = part->count;
        if (batches->entries == NULL)
                return out_of_memory();
        for (size_t i = 0; i < part->count; i++)
                batches->entries[i].line = &part->lines[i];
        qsort(batches->entries, batches->count, sizeof(*batches->entries), by_case);
        for (size_t first = 0, end = 0; first < batches->count; first = end) {
                while (end < batches->count && by_case(&batches->entries[first], &batches->entries[end]) == 0)
                        end++;
                count_occurrences(batches, &batches->entries[first], end - first);
        }
        return OUTCOME_OK;
}

void batches_drop(struct batches *batches)
{
        free(batches->entries);
        batches->entries = NULL;
        batches->count = 0;
}

static size_t size_of(const struct batch_entry *entry)
{
        return entry->left_out ? 0 : entry->line->length + ID_ROOM;
}

bool batches_fit_one(const struct batches *batches)
{
        size_t size = 0;
        for (size_t i = 0; i < batches->count; i++)
                size += size_of(&batches->entries[i]);
        return size <= batches->body_max;
}

/* ---- making one ready ---- */

static void put_id(const struct batch_entry *entry, struct wire_buffer *body)
{
        static const char digits[] = "0123456789abcdef";
        char hex[2 * SPOOL_NAME_SIZE];
        for (size_t i = 0; i < SPOOL_NAME_SIZE; i++) {
                hex[2 * i] = digits[entry->line->name[i] >> 4];
                hex[2 * i + 1] = digits[entry->line->name[i] & 15];
        }
        wire_put_text(body, ",\"id\":\"import-");
        wire_put(body, hex, sizeof(hex));
        if (entry->occurrence > 1) {
                wire_put_text(body, "-");
                wire_put_number(body, entry->occurrence);
        }
        wire_put_text(body, "\"");
}

static void put_line(const struct batch_entry *entry, struct wire_buffer *body)
{
        const struct spool_line *line = entry->line;
        wire_put(body, line->text, line->has_id ? line->length : line->length - 1);
        if (!line->has_id) {
                put_id(entry, body);
                wire_put_text(body, "}");
        }
        wire_put_text(body, "\n");
}

/* Makes a batch of entries; it needs none of them afterwards. Of nothing none is made. */
static enum outcome make_ready(struct batches *batches, struct batch_entry *first, size_t count)
{
        struct batch *batch = &batches->ring[batches->made % BATCHES_RING];
        if (count > batch->capacity) {
                free(batch->places);
                batch->places = calloc(count, sizeof(*batch->places));
                batch->capacity = batch->places != NULL ? count : 0;
        }
        if (batch->places == NULL)
                return out_of_memory();
        wire_buffer_reset(&batch->body);
        batch->taken = count;
        batch->sent = 0;
        qsort(first, count, sizeof(*first), by_line);
        for (size_t i = 0; i < count; i++) {
                if (first[i].left_out)
                        continue;
                put_line(&first[i], &batch->body);
                batch->places[batch->sent++] = (struct batch_place){first[i].line->number, first[i].line->event};
        }
        if (batch->body.failed)
                return out_of_memory();
        batches->made += batch->sent > 0;
        batches->done += batch->sent > 0 ? 0 : count;
        return OUTCOME_OK;
}

/* ---- what became of one ---- */

static void count_changed(struct batches *batches, const json_t *answer)
{
        const char *state;
        json_t *value;
        json_object_foreach(json_object_get(answer, "changed_counts"), state, value)
        {
                json_int_t count =
                        json_integer_value(value) + json_integer_value(json_object_get(batches->sums.changed, state));
                if (count > 0)
                        json_object_set_new(batches->sums.changed, state, json_integer(count));
        }
}

/* Whether an answer can be one to so many lines. */
static bool is_answer(const json_t *answer, uint64_t sent)
{
        json_int_t repeated = json_integer_value(json_object_get(answer, "repeated"));
        return json_is_integer(json_object_get(answer, "recorded")) && repeated >= 0 && (uint64_t)repeated <= sent;
}

static void count_answer(struct batches *batches, const json_t *answer, uint64_t sent)
{
        uint64_t repeated = (uint64_t)json_integer_value(json_object_get(answer, "repeated"));
        batches->sums.recorded += sent - repeated;
        batches->sums.repeated += repeated;
        batches->sums.warnings += json_array_size(json_object_get(answer, "warnings"));
        count_changed(batches, answer);
}

/* The place of what was the nth line of a batch, from 1, and in it of a field. */
static struct problems_place place_of(const struct batches *batches, const struct batch *batch, json_int_t nth,
                                      const char *field)
{
        if (nth < 1 || (uint64_t)nth > batch->sent)
                return (struct problems_place){0, PROBLEMS_NO_COLUMN, NULL};
        const struct batch_place *from = &batch->places[nth - 1];
        if (batches->sheet != NULL)
                return sheet_place(batches->sheet, from->number, from->event, field);
        return (struct problems_place){from->number, PROBLEMS_NO_COLUMN, NULL};
}

static void say_refusal(struct batches *batches, const json_t *answer, const struct batch *batch)
{
        const json_t *problems = json_object_get(answer, "problems"), *problem;
        json_int_t total = json_integer_value(json_object_get(answer, "problem_total"));
        size_t index;
        if (json_array_size(problems) == 0) {
                batches->problems->count++;
                http_say_refusal(answer, NULL, NULL);
                return;
        }
        json_array_foreach(problems, index, problem)
        {
                const char *message = json_string_value(json_object_get(problem, "message"));
                const char *field = json_string_value(json_object_get(problem, "field"));
                const char *nearest = json_string_value(json_object_get(problem, "nearest"));
                json_int_t nth = json_integer_value(json_object_get(problem, "line"));
                struct problems_place place = place_of(batches, batch, nth, field);
                bool named = field != NULL && place.heading == NULL;
                problems_add(batches->problems, place, "%s%s%s%s%s%s%s",
                             message != NULL ? message : "refused without a reason",
                             nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                             nearest != NULL ? "\"?" : "", named ? " (" : "", named ? field : "", named ? ")" : "");
        }
        if (total > (json_int_t)json_array_size(problems))
                batches->problems->count += (uint64_t)total - json_array_size(problems);
}

/* What was let in all the same, the first of it: the record has it as alerts, which say no row. Where something is
 * refused, that is to be mended first. */
static void say_warnings(const struct batches *batches, const json_t *answer, const struct batch *batch)
{
        const json_t *warnings = json_object_get(answer, "warnings"), *warning;
        size_t index;
        json_array_foreach(warnings, index, warning)
        {
                if (!batches->tells_warnings || batches->problems->count > 0 ||
                    batches->sums.warnings + index >= WARNINGS_SHOWN_MAX)
                        return;
                json_int_t nth = json_integer_value(json_object_get(warning, "line"));
                const char *message = json_string_value(json_object_get(warning, "message"));
                if (nth >= 1 && (uint64_t)nth <= batch->sent && message != NULL)
                        complain("%s: %s %llu: warning: %s", batches->problems->path,
                                 batches->problems->rows ? "row" : "line",
                                 (unsigned long long)batch->places[nth - 1].number, message);
        }
}

/* ---- under way ---- */

/* Waits for the answer to what is under way, if anything is. */
static enum outcome hear(struct batches *batches)
{
        struct batch *batch = &batches->ring[batches->heard % BATCHES_RING];
        json_t *answer = NULL;
        long status = 0;
        if (batches->heard == batches->begun)
                return OUTCOME_OK;
        batches->heard++;
        enum outcome outcome = http_end(batches->http, &status, &answer);
        progress_clear(batches->progress);
        if (outcome == OUTCOME_OK && status >= 400) {
                outcome = OUTCOME_REFUSED;
                say_refusal(batches, answer, batch);
        } else if (outcome == OUTCOME_OK && !is_answer(answer, batch->sent)) {
                outcome = http_not_understood();
        } else if (outcome == OUTCOME_OK) {
                say_warnings(batches, answer, batch);
                count_answer(batches, answer, batch->sent);
        }
        batches->done += batch->taken;
        progress_to(batches->progress, batches->done);
        json_decref(answer);
        return outcome;
}

/* Whether nothing is to be sent after this: a trial goes on to tell everything that is wrong. */
static bool is_end(const struct batches *batches, enum outcome outcome)
{
        return outcome == OUTCOME_UNREACHABLE || (outcome != OUTCOME_OK && !batches->trial);
}

static const char *target_of(const struct batches *batches, bool more)
{
        if (!batches->trial)
                return more ? "/v1/events?conflicts=refuse&changed=counts&more=1"
                            : "/v1/events?conflicts=refuse&changed=counts";
        return batches->dry ? "/v1/events?conflicts=refuse&changed=counts&dry-run=1"
                            : "/v1/events?conflicts=refuse&changed=none&dry-run=1";
}

/* Sends the oldest that is ready once the one before is answered, so that they are recorded in their order. */
static enum outcome send_next(struct batches *batches, bool more)
{
        enum outcome outcome = hear(batches);
        if (is_end(batches, outcome))
                return outcome;
        const struct batch *batch = &batches->ring[batches->begun % BATCHES_RING];
        enum outcome begun = http_begin(batches->http, target_of(batches, more), &batch->body);
        batches->begun++;
        batches->heard += begun != OUTCOME_OK;
        return outcome == OUTCOME_OK ? begun : outcome;
}

enum outcome batches_finish(struct batches *batches, bool all)
{
        enum outcome outcome = OUTCOME_OK;
        if (all && batches->begun < batches->made)
                outcome = send_next(batches, false);
        enum outcome last = hear(batches);
        for (size_t i = 0; i < BATCHES_RING; i++) {
                wire_buffer_fini(&batches->ring[i].body);
                free(batches->ring[i].places);
        }
        return outcome == OUTCOME_OK || last == OUTCOME_UNREACHABLE ? last : outcome;
}

/* ---- cutting ---- */

/* Where the case that begins at an entry ends, and how many bytes it has. */
static size_t case_end(const struct batches *batches, size_t at, size_t *ret_size)
{
        const char *ref = batches->entries[at].line->case_ref;
        *ret_size = size_of(&batches->entries[at++]);
        while (at < batches->count && ref[0] != '\0' && strcmp(ref, batches->entries[at].line->case_ref) == 0)
                *ret_size += size_of(&batches->entries[at++]);
        return at;
}

static bool too_large(struct batches *batches, size_t at, size_t size)
{
        if (size <= batches->body_max)
                return false;
        const struct spool_line *line = batches->entries[at].line;
        struct problems_place place = {line->number, PROBLEMS_NO_COLUMN, NULL};
        if (line->case_ref[0] == '\0')
                problems_add(batches->problems, place,
                             "the line names no case and is longer than limits.body in mappad.conf allows, %zu bytes",
                             batches->body_max);
        else
                problems_add(batches->problems, place,
                             "here begins a case with more than %zu bytes of events, which cannot be recorded as a "
                             "whole; limits.body in mappad.conf allows no more",
                             batches->body_max);
        return true;
}

/* How many bytes are sent at once. */
static size_t piece_size(const struct batches *batches)
{
        size_t most = batches->trial ? TRIAL_BYTES : PIECE_BYTES;
        bool whole = batches->whole && batches_fit_one(batches);
        return whole || batches->body_max < most ? batches->body_max : most;
}

enum outcome batches_send(struct batches *batches)
{
        size_t most = piece_size(batches);
        enum outcome outcome = OUTCOME_OK;
        for (size_t first = 0, end = 0; first < batches->count; first = end) {
                size_t used = 0, size = 0, next = first;
                while (next < batches->count) {
                        size_t after = case_end(batches, next, &size);
                        if (next > first && used + size > most)
                                break;
                        used += size;
                        next = after;
                }
                end = next;
                enum outcome one = OUTCOME_REFUSED;
                if (!too_large(batches, first, used))
                        one = make_ready(batches, &batches->entries[first], end - first);
                if (one == OUTCOME_OK && batches->made - batches->begun > 1)
                        one = send_next(batches, true);
                outcome = outcome == OUTCOME_OK ? one : outcome;
                if (is_end(batches, one))
                        return one;
        }
        return outcome;
}
