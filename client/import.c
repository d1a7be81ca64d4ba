/*
 * import - a file of events or a spreadsheet into the running daemon (import.h).
 *
 * The file is read once, into a spool; then everything is tried, and only if nothing
 * would be refused it is recorded. What fits into one request is recorded as a whole
 * or not at all, and needs no trial unless it is a spreadsheet.
 */
#include "import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batches.h"
#include "lines.h"
#include "list.h"
#include "mappad/fingerprint.h"
#include "plain.h"
#include "scratch.h"
#include "sheet.h"
#include "spool.h"

struct import {
        const struct arguments *arguments;
        const char *path;
        struct http *http;
        struct problems problems;
        struct mapping *mapping; /* NULL: lines of JSON */
        struct sheet *sheet;
        struct spool *spool;
        struct fingerprinter fingerprinter;
        struct wire_buffer text, words; /* of the line in hand: as it is sent; case and id */
        struct progress progress;
        uint64_t file_size, taken; /* bytes; 0: not known */
        int fd;
        size_t body_max;
        struct batches_sums sums;
        bool no_room;   /* it is the spool that failed, not the file */
        bool recording; /* what is refused from now on may leave something recorded */
};

static enum outcome failed(const struct import *import)
{
        if (errno == ENOMEM)
                return out_of_memory();
        complain("%s: %s", import->problems.path, strerror(errno));
        return OUTCOME_REFUSED;
}

/* ---- what is kept ---- */

/* A line without an id is known by where its case, or what it retracts, has its place, and by what it says. */
static bool name_line(struct import *import, struct spool_line *line)
{
        uint8_t print[FINGERPRINT_SIZE];
        uint32_t place = spool_place(line->retraction ? line->id : line->case_ref);
        if (line->has_id)
                return true;
        if (fingerprint(&import->fingerprinter, line->text, line->length, print) != STATUS_OK) {
                errno = ENOMEM;
                return false;
        }
        for (size_t i = 0; i < sizeof(place); i++)
                line->name[i] = (uint8_t)(place >> (24 - 8 * i));
        memcpy(line->name + sizeof(place), print, SPOOL_NAME_SIZE - sizeof(place));
        return true;
}

static bool keep(struct import *import, struct spool_line *line)
{
        return name_line(import, line) && spool_add(import->spool, line);
}

/* ---- lines of JSON ---- */

/* A number means a line in a file and an event in the daemon: it is refused rather than guessed at. */
static void refuse_number(struct import *import, const json_t *object, const char *key, uint64_t number)
{
        if (json_is_number(json_object_get(object, key)))
                problems_add(&import->problems, (struct problems_place){number, PROBLEMS_NO_COLUMN, NULL},
                             "\"%s\" is a number, which means a line here and an event in the daemon: use an id", key);
}

static const char *text_or_empty(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));
        return text != NULL ? text : "";
}

/* The value of a member as a text of its own, behind those that are there already; "" if there is none. */
static void put_word(struct import *import, const struct plain_text *word)
{
        wire_put(&import->words, word != NULL ? word->at : "", word != NULL ? word->length : 0);
        wire_put(&import->words, "", 1);
}

/* A line of plain texts alone: as keep_json, but without making objects of it. */
static bool keep_plain(struct import *import, const struct plain *plain, struct spool_line line)
{
        const struct plain_text *retracted = plain_find(plain, "retract"), *id = plain_find(plain, "id");
        line.retraction = retracted != NULL && retracted->length > 0;
        wire_buffer_reset(&import->text);
        wire_buffer_reset(&import->words);
        put_word(import, plain_find(plain, "case"));
        size_t second = import->words.length;
        put_word(import, line.retraction ? retracted : id);
        line.has_id = id != NULL || (second == 1 && !line.retraction);
        if (!line.has_id)
                plain_write(plain, &import->text);
        if (import->words.failed || import->text.failed) {
                errno = ENOMEM;
                return false;
        }
        line.case_ref = import->words.data;
        line.id = import->words.data + second;
        if (!line.has_id) {
                line.text = import->text.data;
                line.length = import->text.length;
        }
        return keep(import, &line);
}

/* What is not understood is kept as it is: the daemon says what is wrong with it. */
static bool keep_json(struct import *import, const char *text, size_t length, uint64_t number)
{
        json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        const char *retracted = text_or_empty(object, "retract");
        struct spool_line line = {.number = number,
                                  .case_ref = text_or_empty(object, "case"),
                                  .id = retracted[0] != '\0' ? retracted : text_or_empty(object, "id"),
                                  .text = text,
                                  .length = length,
                                  .retraction = retracted[0] != '\0'};
        char *plain = NULL;
        refuse_number(import, object, "retract", number);
        refuse_number(import, object, "replaces", number);
        /* The id that a line without one gets is of what it says, not of how it is written. */
        line.has_id = json_object_get(object, "id") != NULL || (line.case_ref[0] == '\0' && !line.retraction);
        if (!line.has_id) {
                plain = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
                line.text = plain;
                line.length = plain != NULL ? strlen(plain) : 0;
        }
        bool good = line.text != NULL && keep(import, &line);
        if (line.text == NULL)
                errno = ENOMEM;
        free(plain);
        json_decref(object);
        return good;
}

static bool take_line(struct import *import, const char *text, size_t length, uint64_t number)
{
        while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == ' '))
                length--;
        if (number == 1 && length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                length -= 3;
        }
        if (line_blank(text, length))
                return true;
        if (length > WIRE_LINE_MAX) {
                problems_add(&import->problems, (struct problems_place){number, PROBLEMS_NO_COLUMN, NULL},
                             "the line is longer than %d bytes", WIRE_LINE_MAX);
                return true;
        }
        progress_to(&import->progress, spool_lines(import->spool));
        struct plain plain;
        if (plain_read(text, length, &plain))
                return keep_plain(import, &plain,
                                  (struct spool_line){.number = number, .text = text, .length = length});
        return keep_json(import, text, length, number);
}

/* A program, an archive or a spreadsheet as its program keeps it is no text, and its lines are nobody's mistakes to be
 * named one by one. */
static bool is_text(struct import *import, const char *text, size_t length, uint64_t number)
{
        if (memchr(text, '\0', length) == NULL)
                return true;
        problems_add(&import->problems, (struct problems_place){number, PROBLEMS_NO_COLUMN, NULL},
                     "there is a NUL byte, which no file of events has: one JSON object a line, in UTF-8; "
                     "a spreadsheet is saved as CSV and comes with --mapping FILE");
        return false;
}

static enum outcome read_lines(struct import *import)
{
        struct lines lines;
        const char *text;
        size_t length;
        bool good = true, readable = true;
        if (!lines_open(&lines, import->path))
                return failed(import);
        import->progress = progress_begin("reading", "lines", 0);
        while (good && readable && lines_next(&lines, &text, &length)) {
                readable = is_text(import, text, length, lines.number);
                good = !readable || take_line(import, text, length, lines.number);
        }
        int error = good ? lines.error : errno;
        lines_close(&lines);
        progress_clear(&import->progress);
        errno = error;
        if (!good)
                return scratch_failed();
        if (error != 0)
                return failed(import);
        return readable ? OUTCOME_OK : OUTCOME_REFUSED;
}

/* ---- spreadsheets ---- */

static int64_t read_bytes(void *context, char *bytes, size_t size)
{
        struct import *import = context;
        ssize_t got;
        do
                got = read(import->fd, bytes, size);
        while (got < 0 && errno == EINTR);
        import->taken += got > 0 ? (uint64_t)got : 0;
        progress_to(&import->progress, import->taken / 1024);
        return got;
}

static bool take_event(void *context, const struct spool_line *line)
{
        struct import *import = context;
        struct spool_line kept = *line;
        import->no_room = !keep(import, &kept);
        return !import->no_room;
}

static enum outcome read_sheet(struct import *import)
{
        struct sheet_order order = {.mapping = import->mapping,
                                    .problems = &import->problems,
                                    .read = read_bytes,
                                    .read_context = import,
                                    .sink = take_event,
                                    .context = import};
        bool standard = strcmp(import->path, "-") == 0;
        import->fd = standard ? STDIN_FILENO : open(import->path, O_RDONLY | O_CLOEXEC);
        if (import->fd < 0)
                return failed(import);
        import->sheet = sheet_new(&order);
        import->progress = progress_begin("reading", "KiB", import->file_size / 1024);
        bool good = import->sheet != NULL && sheet_read(import->sheet);
        int error = errno;
        if (!standard)
                close(import->fd);
        errno = error;
        progress_clear(&import->progress);
        if (import->no_room)
                return scratch_failed();
        return good ? OUTCOME_OK : failed(import);
}

static enum outcome load_mapping(struct import *import)
{
        const char *path = arguments_value(import->arguments, "--mapping");
        struct diagnostics diagnostics;
        size_t length = strlen(import->path);
        if (path == NULL && length > 4 && strcmp(import->path + length - 4, ".csv") == 0)
                return usage_error(import->arguments,
                                   "a spreadsheet comes with --mapping FILE, which says what its columns mean");
        if (path == NULL)
                return OUTCOME_OK;
        diagnostics_init(&diagnostics);
        enum status status = mapping_load(path, &diagnostics, &import->mapping);
        if (diagnostics.error_count > 0)
                diagnostics_print(&diagnostics, stderr);
        else if (status != STATUS_OK)
                (void)out_of_memory();
        diagnostics_fini(&diagnostics);
        import->problems.rows = true;
        return status == STATUS_OK ? OUTCOME_OK : OUTCOME_REFUSED;
}

/* ---- on its way ---- */

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

static enum outcome send_next(struct import *import, struct batches *batches, bool *ret_more)
{
        struct spool_part part;
        *ret_more = false;
        if (!spool_next(import->spool, &part))
                return scratch_failed();
        *ret_more = part.lines != NULL;
        if (part.lines == NULL)
                return OUTCOME_OK;
        enum outcome outcome = batches_take(batches, &part);
        if (outcome == OUTCOME_OK)
                outcome = batches_send(batches);
        batches_drop(batches);
        spool_part_free(&part);
        return outcome;
}

/* Whether there is anything more to send; a trial goes on after a refusal. */
static bool goes_on(enum outcome outcome, bool trial)
{
        return outcome == OUTCOME_OK || (trial && outcome != OUTCOME_UNREACHABLE);
}

/* Sends everything once. */
static enum outcome send_all(struct import *import, bool trial)
{
        bool dry = arguments_has(import->arguments, "--dry-run");
        struct batches batches = {.http = import->http,
                                  .problems = &import->problems,
                                  .sheet = import->sheet,
                                  .mapping = import->mapping,
                                  .body_max = import->body_max,
                                  .trial = trial,
                                  .dry = dry,
                                  .whole = trial == dry && spool_is_one(import->spool),
                                  .tells_warnings = trial == dry,
                                  .progress = &import->progress,
                                  .sums.changed = json_object()};
        enum outcome outcome = batches.sums.changed != NULL ? OUTCOME_OK : out_of_memory();
        import->progress = progress_begin(trial ? "checking" : "recording", "events", spool_lines(import->spool));
        bool more = true;
        spool_rewind(import->spool);
        while (more && goes_on(outcome, trial)) {
                enum outcome one = send_next(import, &batches, &more);
                outcome = outcome == OUTCOME_OK || one == OUTCOME_UNREACHABLE ? one : outcome;
        }
        enum outcome last = batches_finish(&batches, goes_on(outcome, trial));
        outcome = outcome == OUTCOME_OK || last == OUTCOME_UNREACHABLE ? last : outcome;
        progress_clear(&import->progress);
        if (!trial)
                problems_say(&import->problems);
        if (!trial && outcome == OUTCOME_UNREACHABLE)
                complain("%llu event%s recorded, and perhaps more; import the file again, which records none twice",
                         (unsigned long long)batches.sums.recorded, batches.sums.recorded == 1 ? " is" : "s are");
        else if (!trial && outcome != OUTCOME_OK && batches.sums.recorded > 0)
                complain("%llu event%s recorded; import the file again once it is mended",
                         (unsigned long long)batches.sums.recorded, batches.sums.recorded == 1 ? " is" : "s are");
        json_decref(import->sums.changed);
        import->sums = batches.sums;
        return outcome;
}

/* Whether everything has to be tried before anything is recorded. */
static enum outcome needs_trial(struct import *import, bool *ret_needs)
{
        struct batches batches = {
                .mapping = import->mapping, .problems = &import->problems, .body_max = import->body_max};
        struct spool_part part;
        *ret_needs = true;
        if (arguments_has(import->arguments, "--dry-run") || import->mapping != NULL || import->problems.count > 0 ||
            !spool_is_one(import->spool))
                return OUTCOME_OK;
        spool_rewind(import->spool);
        if (!spool_next(import->spool, &part))
                return scratch_failed();
        enum outcome outcome = batches_take(&batches, &part);
        *ret_needs = outcome == OUTCOME_OK && !batches_fit_one(&batches);
        batches_drop(&batches);
        spool_part_free(&part);
        return outcome;
}

/* ---- what became of it ---- */

static void tell_json(const struct import *import, struct wire_buffer *out, bool dry)
{
        wire_put_text(out, "{");
        wire_put_key(out, "recorded");
        wire_put_number(out, (int64_t)import->sums.recorded);
        wire_put_key(out, "repeated");
        wire_put_number(out, (int64_t)import->sums.repeated);
        wire_put_key(out, "warnings");
        wire_put_number(out, (int64_t)import->sums.warnings);
        wire_put_key(out, "changed");
        (void)json_write(import->sums.changed, out);
        wire_put_key(out, "dry_run");
        wire_put_bool(out, dry);
        wire_put_text(out, "}\n");
}

static void tell_words(const struct import *import, struct wire_buffer *out, bool dry)
{
        const char *state;
        json_t *count;
        bool first = true;
        wire_put_number(out, (int64_t)import->sums.recorded);
        wire_put_text(out, import->sums.recorded == 1 ? " event" : " events");
        wire_put_text(out, dry ? " would be recorded, " : " recorded, ");
        wire_put_number(out, (int64_t)import->sums.repeated);
        wire_put_text(out, import->sums.repeated == 1 ? (dry ? " is" : " was") : (dry ? " are" : " were"));
        wire_put_text(out, " known already, ");
        wire_put_number(out, (int64_t)import->sums.warnings);
        wire_put_text(out, import->sums.warnings == 1 ? " warning" : " warnings");
        wire_put_text(out, import->sums.warnings > WARNINGS_SHOWN_MAX ? ", the first of which were shown.\n" : ".\n");
        json_object_foreach(import->sums.changed, state, count)
        {
                wire_put_text(out, first ? "Obligations that change: " : ", ");
                wire_put_number(out, json_integer_value(count));
                wire_put_text(out, " ");
                put_clean(out, state);
                first = false;
        }
        wire_put_text(out, first ? "" : ".\n");
}

static enum outcome tell(const struct import *import)
{
        struct wire_buffer out;
        bool dry = arguments_has(import->arguments, "--dry-run");
        wire_buffer_init(&out);
        if (arguments_has(import->arguments, "--json"))
                tell_json(import, &out, dry);
        else
                tell_words(import, &out, dry);
        return output_end(&out, true);
}

/* Nothing is recorded of a file of which something is refused, unless that shows in the middle. */
static void tell_refused(struct import *import)
{
        bool dry = arguments_has(import->arguments, "--dry-run");
        problems_say(&import->problems);
        if (import->problems.count > 0 && (!import->recording || import->sums.recorded == 0))
                complain("%s: nothing %s recorded", import->problems.path, dry ? "would be" : "was");
}

/* ---- the command ---- */

static enum outcome send(struct import *import)
{
        bool dry = arguments_has(import->arguments, "--dry-run"), trial = true;
        enum outcome outcome = ask_limit(import);
        if (outcome == OUTCOME_OK)
                outcome = needs_trial(import, &trial);
        if (outcome == OUTCOME_OK && trial)
                outcome = send_all(import, true);
        if (outcome == OUTCOME_OK && import->problems.count > 0)
                outcome = OUTCOME_REFUSED;
        import->recording = outcome == OUTCOME_OK && !dry;
        if (import->recording)
                outcome = send_all(import, false);
        return outcome == OUTCOME_OK ? tell(import) : outcome;
}

static void measure_file(struct import *import)
{
        struct stat file;
        bool known = strcmp(import->path, "-") == 0 ? fstat(STDIN_FILENO, &file) == 0 : stat(import->path, &file) == 0;
        import->file_size = known && S_ISREG(file.st_mode) && file.st_size > 0 ? (uint64_t)file.st_size : 0;
}

enum outcome run_import(const struct arguments *arguments)
{
        struct import import = {.arguments = arguments, .path = arguments->words[0]};
        wire_buffer_init(&import.text);
        wire_buffer_init(&import.words);
        import.problems.path = strcmp(import.path, "-") == 0 ? "standard input" : import.path;
        enum outcome outcome = load_mapping(&import);
        if (outcome != OUTCOME_OK)
                return outcome;
        measure_file(&import);
        outcome = http_open(arguments, &import.http);
        import.spool = outcome == OUTCOME_OK ? spool_new(import.file_size) : NULL;
        if (outcome == OUTCOME_OK && (import.spool == NULL || fingerprinter_init(&import.fingerprinter) != STATUS_OK))
                outcome = out_of_memory();
        else if (outcome == OUTCOME_OK)
                outcome = import.mapping != NULL ? read_sheet(&import) : read_lines(&import);
        if (outcome == OUTCOME_OK)
                outcome = send(&import);
        tell_refused(&import);
        if (outcome != OUTCOME_UNREACHABLE && import.sheet != NULL && arguments_has(arguments, "--dry-run"))
                sheet_say_remarks(import.sheet);
        http_close(import.http);
        json_decref(import.sums.changed);
        sheet_free(import.sheet);
        spool_free(import.spool);
        fingerprinter_fini(&import.fingerprinter);
        wire_buffer_fini(&import.text);
        wire_buffer_fini(&import.words);
        mapping_free(import.mapping);
        return outcome;
}
