/*
 * log - lines for the operator, to the journal or to standard error.
 *
 * The journal takes fields, so that `journalctl MAPPA_CASE=...` finds what
 * concerned a case; standard error takes the sentence and the fields after it.
 * Whatever arrives here is escaped: no client can write a line of its own.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "mappad/log.h"
#include "mappad/wire.h"

#define FIELD_NAME_MAX 32
#define FIELD_PREFIX "MAPPA_"
/* NAME=value of a field of the journal. */
#define FIELD_TEXT_MAX (sizeof FIELD_PREFIX + FIELD_NAME_MAX + LOG_LINE_MAX)

enum destination { DESTINATION_PLAIN, DESTINATION_PREFIXED, DESTINATION_JOURNAL };

/* Where lines go is a property of the process, as standard error is. */
static enum destination destination = DESTINATION_PLAIN;

/* JOURNAL_STREAM names the socket that standard error was at start: device:inode. */
static bool stderr_is_journal(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        char *end = NULL;
        struct stat file;

        if (stream == NULL || fstat(STDERR_FILENO, &file) != 0)
                return false;
        return strtoull(stream, &end, 10) == (unsigned long long)file.st_dev && *end == ':' &&
               strtoull(end + 1, NULL, 10) == (unsigned long long)file.st_ino;
}

void log_open(void)
{
        if (stderr_is_journal())
                destination = DESTINATION_JOURNAL;
        else if (getenv("INVOCATION_ID") != NULL && getenv("NOTIFY_SOCKET") != NULL)
                destination = DESTINATION_PREFIXED;
        else
                destination = DESTINATION_PLAIN;
}

/* Bytes of the printable character at text, or 0. */
static size_t printable(const char *text, size_t length)
{
        uint32_t code = 0;

        if (text[0] >= ' ' && text[0] <= '~' && text[0] != '\\')
                return 1;
        size_t bytes = wire_utf8_length(text, length, &code);

        return bytes > 0 && wire_code_harmless(code) && code != '\\' ? bytes : 0;
}

void log_escape(const char *text, char *ret_text, size_t size)
{
        size_t length = strlen(text), used = 0;

        for (size_t at = 0; at < length;) {
                if (text[at] >= ' ' && text[at] <= '~' && text[at] != '\\') { /* nearly all */
                        if (used + 1 >= size)
                                break;
                        ret_text[used++] = text[at++];
                        continue;
                }
                size_t bytes = printable(text + at, length - at);
                char piece[5];

                if (bytes > 0)
                        memcpy(piece, text + at, bytes);
                else if (text[at] == '\\')
                        bytes = 2, memcpy(piece, "\\\\", 2);
                else
                        bytes = 4, snprintf(piece, sizeof piece, "\\x%02x", (unsigned char)text[at]);
                if (used + bytes >= size)
                        break;
                memcpy(ret_text + used, piece, bytes);
                used += bytes;
                at += piece[0] == '\\' ? 1 : bytes;
        }
        ret_text[used] = '\0';
}

static void write_journal(enum log_level level, const struct log_field *fields, size_t count, const char *message)
{
        char texts[LOG_FIELDS_MAX + 2][FIELD_TEXT_MAX];
        struct iovec parts[LOG_FIELDS_MAX + 2];

        snprintf(texts[0], FIELD_TEXT_MAX, "PRIORITY=%d", (int)level);
        snprintf(texts[1], FIELD_TEXT_MAX, "MESSAGE=%s", message);
        for (size_t i = 0; i < count; i++) {
                char value[LOG_LINE_MAX];

                log_escape(fields[i].value, value, sizeof value);
                snprintf(texts[i + 2], FIELD_TEXT_MAX, FIELD_PREFIX "%.*s=%s", FIELD_NAME_MAX, fields[i].name, value);
        }
        for (size_t i = 0; i < count + 2; i++)
                parts[i] = (struct iovec){.iov_base = texts[i], .iov_len = strlen(texts[i])};
        (void)sd_journal_sendv(parts, (int)(count + 2));
}

/* One write for one line, so that lines of several processes do not mix. */
static void write_stderr(enum log_level level, const struct log_field *fields, size_t count, const char *message)
{
        char line[2 * LOG_LINE_MAX];
        size_t used = 0;

        if (destination == DESTINATION_PREFIXED)
                used = (size_t)snprintf(line, sizeof line, "<%d>", (int)level);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s", message);
        for (size_t i = 0; i < count && used < sizeof line; i++) {
                char value[LOG_LINE_MAX];

                log_escape(fields[i].value, value, sizeof value);
                used += (size_t)snprintf(line + used, sizeof line - used, " " FIELD_PREFIX "%.*s=%s", FIELD_NAME_MAX,
                                         fields[i].name, value);
        }
        if (used > sizeof line - 2)
                used = sizeof line - 2;
        line[used++] = '\n';
        /* Nobody could be told that telling failed. */
        ssize_t ignored = write(STDERR_FILENO, line, used);
        (void)ignored;
}

void log_write(void *context, enum log_level level, const struct log_field *fields, size_t count, const char *message)
{
        char sound[LOG_LINE_MAX];

        (void)context;
        if (count > LOG_FIELDS_MAX)
                count = LOG_FIELDS_MAX;
        log_escape(message, sound, sizeof sound);
        if (destination == DESTINATION_JOURNAL)
                write_journal(level, fields, count, sound);
        else
                write_stderr(level, fields, count, sound);
}

void log_line(enum log_level level, const char *format, ...)
{
        char message[LOG_LINE_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        log_write(NULL, level, NULL, 0, message);
}
