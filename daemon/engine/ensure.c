/*
 * ensure - the last words of a program that found its own mistake.
 *
 * The only file of the engine that calls the operating system: everything else
 * may be linted for purity without exceptions. It allocates nothing and uses no
 * stdio, since it may run when both are already broken.
 */
#include "mappad/ensure.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_DIGITS 12 /* ten of an int, rounded up */

/* What cannot be written is lost: the process is about to die anyway. */
static void say(const char *text, size_t length)
{
        while (length > 0) {
                ssize_t written = write(STDERR_FILENO, text, length);

                if (written <= 0)
                        return;
                text += written;
                length -= (size_t)written;
        }
}

_Noreturn void ensure_failed(const char *file, int line, const char *text)
{
        char digits[LINE_DIGITS];
        size_t at = LINE_DIGITS;
        unsigned rest = line > 0 ? (unsigned)line : 0;

        do {
                digits[--at] = (char)('0' + rest % 10);
                rest /= 10;
        } while (rest > 0);
        say(file, strlen(file));
        say(":", 1);
        say(digits + at, LINE_DIGITS - at);
        say(": ensure failed: ", 17);
        say(text, strlen(text));
        say("\n", 1);
        abort();
}
