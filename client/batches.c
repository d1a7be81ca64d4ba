/*
 * batches - see batches.h.
 *
 * An event that has no id gets one of what it says and how often the file says so:
 * the same event has the same id wherever in the file it stands, so that rows put
 * in above it, and the file imported twice, record nothing twice.
 */
#include "batches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/fingerprint.h"
#include "output.h"

#define ID_ROOM 64 /* bytes of an id that is added to a line */
/* What need not go as one goes in pieces of some 1,200 events, 20 ms: the daemon takes each at once, and answers nobody
 * else meanwhile. */
#define PIECE_BYTES (128 * 1024)

struct batch_entry {
        const struct spool_line *line;
        char print[FINGERPRINT_SIZE]; /* "": the line has an id, or none can be given */
        uint32_t occurrence;          /* from 1 */
        bool left_out;
};

static int by_print(const void *a, const void *b)
{
        const struct batch_entry *x = a, *y = b;
        int order = strcmp(x->print, y->print);
        return order != 0 ? order : spool_order(x->line, y->line);
}

static int by_case(const void *a, const void *b)
{
        const struct batch_entry *x = a, *y = b;
        int order = strcmp(x->line->case_ref, y->line->case_ref);
        return order != 0 ? order : spool_order(x->line, y->line);
}

static int by_line(const void *a, const void *b)
{
        const struct batch_entry *x = a, *y = b;
        return spool_order(x->line, y->line);
}

/* ---- ids ---- */

static enum outcome name_entries(struct batches *batches)
{
        for (size_t i = 0; i < batches->count; i++) {
                struct batch_entry *entry = &batches->entries[i];
                const struct spool_line *line = entry->line;
                if (line->has_id)
                        continue;
                if (fingerprint(line->text, line->length, entry->print) != STATUS_OK)
                        return out_of_memory();
        }
        return OUTCOME_OK;
}

static enum mapping_duplicates policy_of(const struct batches *batches, const struct batch_entry *entry)
{
        return batches->mapping == NULL ? MAPPING_EACH : batches->mapping->events[entry->line->event].duplicates;
}

/* Counts those that say the same; a spreadsheet that states a thing twice is asked about unless the mapping says. */
static void count_occurrences(struct batches *batches)
{
        qsort(batches->entries, batches->count, sizeof(*batches->entries), by_print);
        for (size_t i = 0; i < batches->count; i++) {
                struct batch_entry *entry = &batches->entries[i];
                bool again = i > 0 && entry->print[0] != '\0' && strcmp(entry->print, entry[-1].print) == 0;
                entry->occurrence = again ? entry[-1].occurrence + 1 : 1;
                if (!again || policy_of(batches, entry) == MAPPING_EACH)
                        continue;
                entry->left_out = true;
                if (policy_of(batches, entry) == MAPPING_REFUSE && batches->trial)
                        problems_add(batches->problems,
                                     (struct problems_place){entry->line->number, PROBLEMS_NO_COLUMN, NULL},
                                     "this row says the same as row %llu; \"duplicates\" of the mapping decides",
                                     (unsigned long long)entry[-1].line->number);
        }
}

enum outcome batches_take(struct batches *batches, const struct spool_part *part)
{
        batches->entries = calloc(part->count + 1, sizeof(*batches->entries));
        batches->count = part->count;
        if (batches->entries == NULL)
                return out_of_memory();
        for (size_t i = 0; i < part->count; i++)
                batches->entries[i].line = &part->lines[i];
        enum outcome outcome = name_entries(batches);
        if (outcome == OUTCOME_OK) {
                count_occurrences(batches);
                qsort(batches->entries, batches->count, sizeof(*batches->entries), by_case);
        }
        return outcome;
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

/* ---- one batch ---- */

static void put_line(const struct batch_entry *entry, struct wire_buffer *body)
{
        const struct spool_line *line = entry->line;
        char id[ID_ROOM];
        if (entry->print[0] == '\0') {
                wire_put(body, line->text, line->length);
        } else {
                wire_put(body, line->text, line->length - 1);
                if (entry->occurrence == 1)
                        snprintf(id, sizeof(id), ",\"id\":\"import-%s\"}", entry->print);
                else
                        snprintf(id, sizeof(id), ",\"id\":\"import-%s-%u\"}", entry->print, entry->occurrence);
                wire_put_text(body, id);
        }
        wire_put_text(body, "\n");
}

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

static void count_answer(struct batches *batches, const json_t *answer, uint64_t sent)
{
        uint64_t repeated = (uint64_t)json_integer_value(json_object_get(answer, "repeated"));
        batches->sums.recorded += sent - repeated;
        batches->sums.repeated += repeated;
        batches->sums.warnings += json_array_size(json_object_get(answer, "warnings"));
        count_changed(batches, answer);
}

/* The nth line that was sent of a batch. */
static const struct spool_line *nth_line(const struct batch_entry *first, size_t count, uint64_t nth)
{
        for (size_t i = 0; i < count; i++)
                if (!first[i].left_out && --nth == 0)
                        return first[i].line;
        return NULL;
}

static void say_refusal(struct batches *batches, const json_t *answer, const struct batch_entry *first, size_t count)
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
                const struct spool_line *line =
                        nth_line(first, count, (uint64_t)json_integer_value(json_object_get(problem, "line")));
                struct problems_place place = {line == NULL ? 0 : line->number, PROBLEMS_NO_COLUMN, NULL};
                if (line != NULL && batches->sheet != NULL)
                        place = sheet_place(batches->sheet, line->number, line->event, field);
                bool named = field != NULL && place.heading == NULL;
                problems_add(batches->problems, place, "%s%s%s%s%s%s%s",
                             message != NULL ? message : "refused without a reason",
                             nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                             nearest != NULL ? "\"?" : "", named ? " (" : "", named ? field : "", named ? ")" : "");
        }
        if (total > (json_int_t)json_array_size(problems))
                batches->problems->count += (uint64_t)total - json_array_size(problems);
}

static enum outcome send_batch(struct batches *batches, struct batch_entry *first, size_t count)
{
        struct wire_buffer body;
        json_t *answer = NULL;
        long status = 0;
        uint64_t sent = 0;
        wire_buffer_init(&body);
        qsort(first, count, sizeof(*first), by_line);
        for (size_t i = 0; i < count; i++) {
                if (first[i].left_out)
                        continue;
                put_line(&first[i], &body);
                sent++;
        }
        enum outcome outcome = OUTCOME_OK;
        if (body.failed)
                outcome = out_of_memory();
        else if (body.length > 0)
                outcome = http_try(batches->http,
                                   batches->trial ? "/v1/events?changed=counts&dry-run=1" : "/v1/events?changed=counts",
                                   &body, &status, &answer);
        progress_clear(batches->progress);
        if (outcome == OUTCOME_OK && status >= 400) {
                outcome = OUTCOME_REFUSED;
                say_refusal(batches, answer, first, count);
        } else if (outcome == OUTCOME_OK) {
                count_answer(batches, answer, sent);
        }
        batches->done += count;
        progress_to(batches->progress, batches->done);
        json_decref(answer);
        wire_buffer_fini(&body);
        return outcome;
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
        struct problems_place place = {batches->entries[at].line->number, PROBLEMS_NO_COLUMN, NULL};
        problems_add(batches->problems, place,
                     "here begins a case with more than %zu bytes of events, which cannot be recorded as a whole; "
                     "limits.body in mappad.conf allows no more",
                     batches->body_max);
        return true;
}

enum outcome batches_send(struct batches *batches)
{
        bool whole = batches->whole && batches_fit_one(batches);
        size_t most = whole || batches->body_max < PIECE_BYTES ? batches->body_max : PIECE_BYTES;
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
                enum outcome one = too_large(batches, first, used)
                                           ? OUTCOME_REFUSED
                                           : send_batch(batches, &batches->entries[first], end - first);
                outcome = outcome == OUTCOME_OK ? one : outcome;
                /* A trial goes on to tell everything that is wrong; recording stops at once. */
                if (one == OUTCOME_UNREACHABLE || (one != OUTCOME_OK && !batches->trial))
                        return one;
        }
        return outcome;
}
