/*
 * import - a file of events into the running daemon (import.h).
 *
 * A file that fits into one request is recorded as a whole or not at all. A
 * larger one is cut into batches that never divide a case: what one case's
 * lines say to each other is then decided within a batch, so that a trial run
 * of all batches, made first, finds what the real one would refuse.
 */
#include "import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "list.h"

#define LAST SIZE_MAX
#define ID_ROOM 64 /* bytes of an id that is added to a line */

struct import_line {
        size_t start, length; /* in the text of the file */
        uint64_t number;
        size_t group; /* lines of one group stay together: the first line of the same case */
        size_t batch; /* from 0 */
        size_t next;  /* the next line of the batch, LAST at its end */
        bool needs_id;
};

struct import {
        const struct arguments *arguments;
        struct http *http;
        struct wire_buffer text;
        struct import_line *lines;
        size_t count, capacity;
        size_t body_max; /* bytes that the daemon takes at once; a batch is half of it, one case may be all */
        size_t batch_count;
        size_t *heads;  /* first line of each batch */
        json_t *groups; /* "C" case or "I" id -> group */
        size_t in_hand; /* the batch whose lines are being named */
        uint64_t recorded, repeated, warnings;
        int64_t first_seq, last_seq;
};

/* The group of a key such as "CA-123", made if it is new. */
static bool group_of(struct import *import, char kind, const char *name, size_t fallback, size_t *ret_group)
{
        struct wire_buffer key;
        wire_buffer_init(&key);
        wire_put(&key, &kind, 1);
        wire_put_text(&key, name);
        bool good = target_end(&key);
        const json_t *found = good ? json_object_get(import->groups, key.data) : NULL;
        *ret_group = found != NULL ? (size_t)json_integer_value(found) : fallback;
        if (good && found == NULL)
                good = json_object_set_new(import->groups, key.data, json_integer((json_int_t)fallback)) == 0;
        wire_buffer_fini(&key);
        return good;
}

/* A number means a line in a file and an event in the daemon: it is refused rather than guessed at. */
static bool refuse_number(const json_t *object, const char *key, uint64_t number)
{
        if (!json_is_number(json_object_get(object, key)))
                return false;
        complain("line %llu: \"%s\" is a number, which means a line here and an event in the daemon: use an id",
                 (unsigned long long)number, key);
        return true;
}

/* Which case a line is about. What is not understood is sent as it is: the daemon says what is wrong with it. */
static enum outcome classify(struct import *import, const char *text, struct import_line *line)
{
        json_t *object = json_loadb(text, line->length, JSON_REJECT_DUPLICATES, NULL);
        const char *ref = json_string_value(json_object_get(object, "case"));
        const char *id = json_string_value(json_object_get(object, "id"));
        const char *retracted = json_string_value(json_object_get(object, "retract"));
        size_t index = import->count, same;
        bool good = true;
        line->group = index;
        line->needs_id = ref != NULL && json_object_get(object, "id") == NULL && text[line->length - 1] == '}';
        bool refused =
                refuse_number(object, "retract", line->number) || refuse_number(object, "replaces", line->number);
        if (!refused && ref != NULL)
                good = group_of(import, 'C', ref, index, &line->group);
        if (!refused && good && ref != NULL && id != NULL)
                good = group_of(import, 'I', id, line->group, &same);
        if (!refused && good && retracted != NULL)
                good = group_of(import, 'I', retracted, index, &line->group);
        json_decref(object);
        if (!good)
                return out_of_memory();
        return refused ? OUTCOME_REFUSED : OUTCOME_OK;
}

static enum outcome take_line(struct import *import, const char *text, size_t length, uint64_t number)
{
        while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == ' '))
                length--;
        if (line_blank(text, length))
                return OUTCOME_OK;
        if (length > WIRE_LINE_MAX) {
                complain("line %llu is longer than %d bytes", (unsigned long long)number, WIRE_LINE_MAX);
                return OUTCOME_REFUSED;
        }
        if (import->count == import->capacity) {
                size_t capacity = import->capacity > 0 ? import->capacity * 2 : 1024;
                struct import_line *lines = reallocarray(import->lines, capacity, sizeof(*lines));
                if (lines == NULL)
                        return out_of_memory();
                import->lines = lines;
                import->capacity = capacity;
        }
        struct import_line *line = &import->lines[import->count];
        *line = (struct import_line){.start = import->text.length, .length = length, .number = number};
        enum outcome outcome = classify(import, text, line);
        wire_put(&import->text, text, length);
        import->count++;
        return outcome == OUTCOME_OK && import->text.failed ? out_of_memory() : outcome;
}

static enum outcome read_file(struct import *import)
{
        struct lines lines;
        const char *text, *path = import->arguments->words[0];
        size_t length;
        enum outcome outcome = OUTCOME_OK;
        if (!lines_open(&lines, path)) {
                complain("%s: %s", path, strerror(errno));
                return OUTCOME_REFUSED;
        }
        while (lines_next(&lines, &text, &length)) {
                enum outcome line = take_line(import, text, length, lines.number);
                outcome = outcome == OUTCOME_OK ? line : outcome;
        }
        if (lines.error != 0) {
                complain("%s: %s", path, strerror(lines.error));
                outcome = OUTCOME_REFUSED;
        }
        lines_close(&lines);
        return outcome;
}

/* String the lines of each batch together, so that sending one does not look at the others. */
static enum outcome link_batches(struct import *import)
{
        import->heads = calloc(import->batch_count + 1, sizeof(*import->heads));
        if (import->heads == NULL)
                return out_of_memory();
        for (size_t i = 0; i < import->batch_count; i++)
                import->heads[i] = LAST;
        for (size_t i = import->count; i > 0; i--) {
                struct import_line *line = &import->lines[i - 1];
                line->next = import->heads[line->batch];
                import->heads[line->batch] = i - 1;
        }
        return OUTCOME_OK;
}

/* Give every group to a batch, in the order in which groups begin. */
static enum outcome cut_batches(struct import *import)
{
        size_t *sizes = calloc(import->count + 1, sizeof(*sizes));
        if (sizes == NULL)
                return out_of_memory();
        bool one = import->text.length + import->count * ID_ROOM <= import->body_max;
        size_t used = 0, batch = 0;
        enum outcome outcome = OUTCOME_OK;
        for (size_t i = 0; i < import->count; i++)
                sizes[import->lines[i].group] += import->lines[i].length + ID_ROOM;
        for (size_t i = 0; i < import->count && !one; i++) {
                struct import_line *line = &import->lines[i];
                if (line->group != i) {
                        line->batch = import->lines[line->group].batch;
                        continue;
                }
                if (sizes[i] > import->body_max) {
                        complain("line %llu begins a case with more than %zu bytes of events, which cannot be recorded "
                                 "as a whole; limits.body in mappad.conf allows no more",
                                 (unsigned long long)line->number, import->body_max);
                        outcome = OUTCOME_REFUSED;
                }
                if (used > 0 && used + sizes[i] > import->body_max / 2) {
                        batch++;
                        used = 0;
                }
                used += sizes[i];
                line->batch = batch;
        }
        import->batch_count = import->count > 0 ? batch + 1 : 0;
        free(sizes);
        return outcome == OUTCOME_OK ? link_batches(import) : outcome;
}

/* The line of the file that is the nth of the batch in hand. */
static uint64_t name_line(const void *context, uint64_t nth)
{
        const struct import *import = context;
        for (size_t i = import->heads[import->in_hand]; i != LAST; i = import->lines[i].next)
                if (--nth == 0)
                        return import->lines[i].number;
        return 0;
}

/* A line that has no id gets one that a second run gives it too, so that the second run is harmless. */
static void put_line(const struct import *import, const struct import_line *line, struct wire_buffer *body)
{
        const char *text = import->text.data + line->start;
        if (!line->needs_id) {
                wire_put(body, text, line->length);
                wire_put_text(body, "\n");
                return;
        }
        uint64_t hash = UINT64_C(14695981039346656037);
        for (size_t i = 0; i < line->length; i++)
                hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
        char id[ID_ROOM];
        snprintf(id, sizeof(id), ",\"id\":\"import-%llu-%016llx\"}\n", (unsigned long long)line->number,
                 (unsigned long long)hash);
        wire_put(body, text, line->length - 1);
        wire_put_text(body, id);
}

/* How much the daemon takes at once. One that does not say takes what is usual. */
static enum outcome ask_limit(struct import *import)
{
        json_t *status = NULL;
        enum outcome outcome = http_ask(import->http, "/v1/status", NULL, &status);
        json_int_t limit = json_integer_value(json_object_get(status, "body_limit"));
        import->body_max = limit > 0 ? (size_t)limit : BODY_MAX;
        json_decref(status);
        return outcome;
}

static void say_progress(const struct import *import, bool trial, size_t done)
{
        if (import->batch_count > 1 && isatty(STDERR_FILENO) == 1)
                fprintf(stderr, "\r%s: batch %zu of %zu%s", trial ? "checking" : "recording", done, import->batch_count,
                        done == import->batch_count ? "\n" : "");
}

static void count_answer(struct import *import, const json_t *answer)
{
        int64_t first = json_integer_value(json_object_get(answer, "first_seq"));
        int64_t last = json_integer_value(json_object_get(answer, "last_seq"));
        uint64_t repeated = (uint64_t)json_integer_value(json_object_get(answer, "repeated"));
        /* The daemon answers a repeat as it did the first time; here it is no line that this run recorded. */
        import->recorded += (uint64_t)json_integer_value(json_object_get(answer, "recorded")) - repeated;
        import->repeated += repeated;
        import->warnings += json_array_size(json_object_get(answer, "warnings"));
        import->first_seq = import->first_seq == 0 ? first : import->first_seq;
        import->last_seq = last != 0 ? last : import->last_seq;
}

static enum outcome send_batch(struct import *import, size_t batch, bool trial)
{
        struct wire_buffer body;
        json_t *answer = NULL;
        long status = 0;
        wire_buffer_init(&body);
        for (size_t i = import->heads[batch]; i != LAST; i = import->lines[i].next)
                put_line(import, &import->lines[i], &body);
        import->in_hand = batch;
        enum outcome outcome = body.failed ? out_of_memory()
                                           : http_try(import->http, trial ? "/v1/events?dry-run=1" : "/v1/events",
                                                      &body, &status, &answer);
        if (outcome == OUTCOME_OK && status >= 400) {
                outcome = OUTCOME_REFUSED;
                if (answer != NULL)
                        http_say_refusal(answer, name_line, import);
                else
                        complain("the daemon refused with status %ld", status);
        } else if (outcome == OUTCOME_OK && !trial) {
                count_answer(import, answer);
        } else if (outcome == OUTCOME_OK && arguments_has(import->arguments, "--dry-run")) {
                count_answer(import, answer);
        }
        json_decref(answer);
        wire_buffer_fini(&body);
        return outcome;
}

static enum outcome send_all(struct import *import, size_t from, bool trial)
{
        enum outcome outcome = OUTCOME_OK;
        for (size_t batch = from; batch < import->batch_count; batch++) {
                say_progress(import, trial, batch + 1);
                enum outcome one = send_batch(import, batch, trial);
                outcome = outcome == OUTCOME_OK ? one : outcome;
                /* A trial goes on to tell everything that is wrong; recording stops at once. */
                if (one == OUTCOME_UNREACHABLE || (one != OUTCOME_OK && !trial)) {
                        if (!trial && import->batch_count > 1)
                                complain("%llu events are recorded, those of batches 1 to %zu; once mended, go on with "
                                         "--from-batch %zu",
                                         (unsigned long long)import->recorded, batch, batch + 1);
                        return one;
                }
        }
        return outcome;
}

static enum outcome tell(const struct import *import)
{
        struct wire_buffer out;
        bool dry = arguments_has(import->arguments, "--dry-run");
        wire_buffer_init(&out);
        if (arguments_has(import->arguments, "--json")) {
                wire_put_text(&out, "{");
                wire_put_key(&out, "recorded");
                wire_put_number(&out, (int64_t)import->recorded);
                wire_put_key(&out, "repeated");
                wire_put_number(&out, (int64_t)import->repeated);
                wire_put_key(&out, "warnings");
                wire_put_number(&out, (int64_t)import->warnings);
                wire_put_key(&out, "dry_run");
                wire_put_bool(&out, dry);
                wire_put_text(&out, "}\n");
        } else {
                wire_put_number(&out, (int64_t)import->recorded);
                wire_put_text(&out, dry ? " events would be recorded, " : " events recorded, ");
                wire_put_number(&out, (int64_t)import->repeated);
                wire_put_text(&out, dry ? " are known already, " : " were known already, ");
                wire_put_number(&out, (int64_t)import->warnings);
                wire_put_text(&out, " warnings.\n");
        }
        bool good = output_drain(&out, true);
        wire_buffer_fini(&out);
        return good ? OUTCOME_OK : OUTCOME_REFUSED;
}

static bool read_from(const struct arguments *arguments, size_t *ret_from)
{
        const char *from = arguments_value(arguments, "--from-batch");
        *ret_from = 0;
        if (from == NULL)
                return true;
        if (from[0] < '1' || from[0] > '9' || strlen(from) > 9 || strspn(from, "0123456789") != strlen(from)) {
                usage_error(arguments, "--from-batch takes a number from 1, not \"%s\"", from);
                return false;
        }
        *ret_from = (size_t)strtoul(from, NULL, 10) - 1;
        return true;
}

enum outcome run_import(const struct arguments *arguments)
{
        struct import import = {.arguments = arguments};
        bool dry = arguments_has(arguments, "--dry-run");
        enum outcome outcome = OUTCOME_REFUSED;
        size_t from;
        if (!read_from(arguments, &from))
                return OUTCOME_USAGE;
        import.groups = json_object();
        import.http = http_open(arguments);
        if (import.http == NULL || import.groups == NULL)
                goto out;
        outcome = read_file(&import);
        if (outcome == OUTCOME_OK)
                outcome = ask_limit(&import);
        if (outcome == OUTCOME_OK)
                outcome = cut_batches(&import);
        /* One request is all or nothing by itself. */
        if (outcome == OUTCOME_OK && (dry || import.batch_count > 1))
                outcome = send_all(&import, from, true);
        if (outcome == OUTCOME_OK && !dry)
                outcome = send_all(&import, from, false);
        if (outcome == OUTCOME_OK)
                outcome = tell(&import);
out:
        http_close(import.http);
        json_decref(import.groups);
        wire_buffer_fini(&import.text);
        free(import.lines);
        free(import.heads);
        return outcome;
}
