/*
 * http_target - targets and bodies of questions (http.h).
 *
 * What comes from a caller is escaped, so that it stays the one parameter or segment that it is.
 */
#include "http.h"

#include <string.h>

static void put_escaped(struct wire_buffer *target, const char *text)
{
        static const char hex[] = "0123456789ABCDEF";
        for (; *text != '\0'; text++) {
                unsigned char c = (unsigned char)*text;
                bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                             c == '.' || c == '_' || c == '~';
                char escape[] = {'%', hex[c >> 4], hex[c & 15]};
                wire_put(target, plain ? text : escape, plain ? 1 : 3);
        }
}

void target_query(struct wire_buffer *target, const char *name, const char *value)
{
        bool first = target->length == 0 || memchr(target->data, '?', target->length) == NULL;
        wire_put_text(target, first ? "?" : "&");
        put_escaped(target, name);
        wire_put_text(target, "=");
        put_escaped(target, value);
}

void target_segment(struct wire_buffer *target, const char *segment)
{
        put_escaped(target, segment);
}

void body_put(struct wire_buffer *body, const char *key, const char *value)
{
        if (value == NULL)
                return;
        wire_put_text(body, body->length > 1 ? "," : "");
        wire_put_string(body, key);
        wire_put_text(body, ":");
        wire_put_string(body, value);
}

bool target_end(struct wire_buffer *target)
{
        wire_put(target, "", 1);
        return !target->failed;
}

void target_options(struct wire_buffer *target, const struct arguments *arguments, const struct option_parameter *table)
{
        for (; table->option != NULL; table++) {
                const char *value = arguments_value(arguments, table->option);
                if (value != NULL)
                        target_query(target, table->parameter, value);
        }
}
