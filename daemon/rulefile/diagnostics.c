/*
 * diagnostics - the bounded list of what is wrong with files.
 *
 * Sentences quote the files, and the files are untrusted: every byte that is not
 * printable text is escaped on its way in, so that whoever prints or logs a
 * diagnostic need not think about it. An entry that finds no memory is lost as
 * text but never as a count.
 */
#include "mappad/diagnostics.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void diagnostics_init(struct diagnostics *diagnostics)
{
        *diagnostics = (struct diagnostics){0};
}

void diagnostics_fini(struct diagnostics *diagnostics)
{
        for (size_t i = 0; i < diagnostics->count; i++) {
                free(diagnostics->entries[i].file);
                free(diagnostics->entries[i].sentence);
        }
        free(diagnostics->entries);
        diagnostics_init(diagnostics);
}

bool diagnostics_has_room(const struct diagnostics *diagnostics)
{
        return diagnostics->count < DIAGNOSTICS_KEPT_MAX;
}

/* Copies text with everything escaped that is neither printable ASCII nor well-formed UTF-8. */
static char *copy_printable(const char *text)
{
        static const char hex[] = "0123456789abcdef";
        size_t length = strlen(text);
        char *copy = malloc(4 * length + 1); /* the longest form of a byte is "\xNN" */
        size_t used = 0, step;

        if (copy == NULL)
                return NULL;
        for (size_t i = 0; i < length; i += step) {
                step = text_printable(text + i, length - i);
                if (step > 0) {
                        memcpy(copy + used, text + i, step);
                        used += step;
                        continue;
                }
                memcpy(copy + used, "\\x", 2);
                copy[used + 2] = hex[(unsigned char)text[i] >> 4];
                copy[used + 3] = hex[text[i] & 15];
                used += 4;
                step = 1;
        }
        copy[used] = '\0';
        return copy;
}

static bool make_room(struct diagnostics *diagnostics)
{
        size_t capacity = diagnostics->capacity == 0 ? 16 : 2 * diagnostics->capacity;
        struct diagnostic *entries;

        if (diagnostics->count == DIAGNOSTICS_KEPT_MAX)
                return false;
        if (diagnostics->count < diagnostics->capacity)
                return true;
        entries = realloc(diagnostics->entries, capacity * sizeof(*entries));
        if (entries == NULL)
                return false;
        diagnostics->entries = entries;
        diagnostics->capacity = capacity;
        return true;
}

void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity, const char *file, int line,
                     const char *format, ...)
{
        char sentence[DIAGNOSTIC_SENTENCE_MAX + 1];
        struct diagnostic entry = {.severity = severity, .line = line};
        va_list arguments;

        if (severity == DIAGNOSTIC_ERROR)
                diagnostics->error_count++;
        else
                diagnostics->warning_count++;
        if (!make_room(diagnostics))
                return;
        va_start(arguments, format);
        vsnprintf(sentence, sizeof(sentence), format, arguments);
        va_end(arguments);
        entry.file = copy_printable(file == NULL ? "" : file);
        entry.sentence = copy_printable(sentence);
        if (entry.file == NULL || entry.sentence == NULL) {
                free(entry.file);
                free(entry.sentence);
                return;
        }
        diagnostics->entries[diagnostics->count++] = entry;
}

/* The position at which a file was first mentioned. */
static size_t first_mention(const struct diagnostics *diagnostics, const char *file)
{
        size_t i = 0;

        while (strcmp(diagnostics->entries[i].file, file) != 0)
                i++;
        return i;
}

/* At most DIAGNOSTICS_KEPT_MAX entries, so insertion is quick enough and keeps equals in their order. */
void diagnostics_sort(struct diagnostics *diagnostics)
{
        size_t ranks[DIAGNOSTICS_KEPT_MAX];

        for (size_t i = 0; i < diagnostics->count; i++)
                ranks[i] = first_mention(diagnostics, diagnostics->entries[i].file);
        for (size_t i = 1; i < diagnostics->count; i++) {
                struct diagnostic entry = diagnostics->entries[i];
                size_t rank = ranks[i], at = i;

                while (at > 0 && (ranks[at - 1] > rank ||
                                  (ranks[at - 1] == rank && diagnostics->entries[at - 1].line > entry.line))) {
                        diagnostics->entries[at] = diagnostics->entries[at - 1];
                        ranks[at] = ranks[at - 1];
                        at--;
                }
                diagnostics->entries[at] = entry;
                ranks[at] = rank;
        }
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream)
{
        size_t total = diagnostics->error_count + diagnostics->warning_count;

        for (size_t i = 0; i < diagnostics->count; i++) {
                const struct diagnostic *entry = &diagnostics->entries[i];

                if (entry->file[0] != '\0')
                        fprintf(stream, "%s:", entry->file);
                if (entry->line > 0)
                        fprintf(stream, "%d:", entry->line);
                fprintf(stream, "%s%s: %s\n", entry->file[0] != '\0' ? " " : "",
                        entry->severity == DIAGNOSTIC_ERROR ? "error" : "warning", entry->sentence);
        }
        if (total > diagnostics->count)
                fprintf(stream, "and %zu more\n", total - diagnostics->count);
}
