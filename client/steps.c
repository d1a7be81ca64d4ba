/*
 * steps - lays out an explanation (steps.h): numbers and kinds in columns of
 * their own, sentences wrapped beside them.
 */
#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output.h"
#include "table.h"

#define PAGE_WIDTH 100 /* columns where no terminal says otherwise */
#define NARROWEST 40   /* columns below which nothing is wrapped any tighter */
#define INDENT 17      /* number, kind and the space between them */
#define OTHERS_SHOWN 6
#define WORD_MAX 1000 /* bytes of one word; a basis has no longer one */

size_t output_width(void)
{
        struct winsize size;
        const char *columns = getenv("COLUMNS");
        long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
        if (width < NARROWEST && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
                width = size.ws_col;
        return width >= NARROWEST && width <= WORD_MAX ? (size_t)width : PAGE_WIDTH;
}

/* A text word by word; the next lines begin under the first. */
static void put_wrapped(struct wire_buffer *out, const char *text, size_t indent, size_t width)
{
        size_t at = indent;
        bool first = true;
        while (*text != '\0') {
                char word[WORD_MAX];
                size_t length = strcspn(text, " ");
                wire_clean(text, length, word, sizeof(word));
                size_t columns = display_width(word);
                if (!first && at + 1 + columns > width) {
                        wire_put_text(out, "\n");
                        for (size_t i = 0; i < indent; i++)
                                wire_put_text(out, " ");
                        at = indent;
                        first = true;
                }
                wire_put_text(out, first ? "" : " ");
                wire_put_text(out, word);
                at += columns + (first ? 0 : 1);
                first = false;
                text += length;
                text += strspn(text, " ");
        }
        wire_put_text(out, "\n");
}

static void put_headline(struct wire_buffer *out, const json_t *explanation)
{
        const char *item = member_text(explanation, "item");
        const json_t *obligation = json_object_get(explanation, "obligation");
        put_clean(out, member_text(explanation, "case"));
        wire_put_text(out, ", ");
        put_clean(out, member_text(explanation, "rule"));
        wire_put_text(out, item[0] != '\0' ? " of " : "");
        put_clean(out, item);
        wire_put_text(out, ", as of ");
        put_day(out, member_text(explanation, "as_of"));
        wire_put_text(out, ": ");
        put_clean(out, member_text(explanation, "answer"));
        if (json_is_object(obligation) && member_text(obligation, "due")[0] != '\0') {
                wire_put_text(out, ", due ");
                put_day(out, member_text(obligation, "due"));
        }
        wire_put_text(out, "\n\n");
}

static void put_step(struct wire_buffer *out, const json_t *step, size_t width)
{
        const char *said = member_text(step, "kind");
        char left[64], kind[11];
        wire_clean(said, strlen(said), kind, sizeof(kind));
        snprintf(left, sizeof(left), "%3lld  %-10s  ", (long long)json_integer_value(json_object_get(step, "n")), kind);
        wire_put_text(out, left);
        put_wrapped(out, member_text(step, "text"), INDENT, width);
}

static void put_others(struct wire_buffer *out, const json_t *others, size_t width)
{
        size_t count = json_array_size(others);
        size_t first = count > OTHERS_SHOWN ? count - OTHERS_SHOWN : 0;
        struct wire_buffer text;
        if (count == 0)
                return;
        wire_buffer_init(&text);
        wire_put_text(&text, "Others of this rule");
        wire_put_text(&text, first > 0 ? ", the latest of " : ": ");
        if (first > 0) {
                wire_put_number(&text, (int64_t)count);
                wire_put_text(&text, ": ");
        }
        for (size_t i = first; i < count; i++) {
                const json_t *other = json_array_get(others, i);
                wire_put_text(&text, i > first ? "; " : "");
                wire_put_text(&text, member_text(other, "state"));
                wire_put_text(&text, ", started ");
                wire_put_text(&text, member_text(other, "started"));
        }
        wire_put_text(&text, ". --started DATE explains one of them.");
        wire_put(&text, "", 1);
        wire_put_text(out, "\n");
        if (text.failed)
                out->failed = true;
        else
                put_wrapped(out, text.data, 0, width);
        wire_buffer_fini(&text);
}

void steps_write(const json_t *explanation, size_t width, struct wire_buffer *out)
{
        size_t index;
        const json_t *step;
        put_headline(out, explanation);
        json_array_foreach(json_object_get(explanation, "steps"), index, step) put_step(out, step, width);
        put_others(out, json_object_get(explanation, "others"), width);
}
