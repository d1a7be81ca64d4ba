/*
 * plain - see plain.h.
 */
#include "plain.h"

#include <string.h>

/* What is still to be read. */
struct rest {
        const char *at, *end;
};

static void pass_blanks(struct rest *rest)
{
        while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
                rest->at++;
}

static bool take_mark(struct rest *rest, char mark)
{
        pass_blanks(rest);
        bool there = rest->at < rest->end && *rest->at == mark;
        rest->at += there;
        return there;
}

static bool take_text(struct rest *rest, struct plain_text *ret_text)
{
        if (!take_mark(rest, '"'))
                return false;
        const char *begin = rest->at;
        while (rest->at < rest->end && *rest->at >= ' ' && *rest->at <= '~' && *rest->at != '"' && *rest->at != '\\')
                rest->at++;
        *ret_text = (struct plain_text){begin, (size_t)(rest->at - begin)};
        return rest->at < rest->end && *rest->at++ == '"';
}

static int order(const struct plain_text *x, const struct plain_text *y)
{
        int order = memcmp(x->at, y->at, x->length < y->length ? x->length : y->length);
        return order != 0 ? order : x->length < y->length ? -1 : x->length > y->length;
}

/* Puts a member where it belongs. False: there is one of that name, or no room. */
static bool put_in(struct plain *plain, const struct plain_member *member)
{
        size_t at = plain->count;
        if (plain->count == PLAIN_MEMBERS_MAX)
                return false;
        while (at > 0 && order(&member->key, &plain->members[at - 1].key) < 0)
                at--;
        if (at > 0 && order(&member->key, &plain->members[at - 1].key) == 0)
                return false;
        memmove(&plain->members[at + 1], &plain->members[at], (plain->count - at) * sizeof(*member));
        plain->members[at] = *member;
        plain->count++;
        return true;
}

bool plain_read(const char *text, size_t length, struct plain *ret_plain)
{
        struct rest rest = {text, text + length};
        bool more = true;
        ret_plain->count = 0;
        if (!take_mark(&rest, '{'))
                return false;
        while (more) {
                struct plain_member member;
                if (!take_text(&rest, &member.key) || !take_mark(&rest, ':') || !take_text(&rest, &member.value) ||
                    !put_in(ret_plain, &member))
                        return false;
                more = take_mark(&rest, ',');
        }
        bool ended = take_mark(&rest, '}');
        pass_blanks(&rest);
        return ended && rest.at == rest.end;
}

const struct plain_text *plain_find(const struct plain *plain, const char *key)
{
        size_t length = strlen(key);
        for (size_t i = 0; i < plain->count; i++)
                if (plain->members[i].key.length == length && memcmp(plain->members[i].key.at, key, length) == 0)
                        return &plain->members[i].value;
        return NULL;
}

void plain_write(const struct plain *plain, struct wire_buffer *to)
{
        for (size_t i = 0; i < plain->count; i++) {
                const struct plain_member *member = &plain->members[i];
                wire_put_text(to, i == 0 ? "{\"" : ",\"");
                wire_put(to, member->key.at, member->key.length);
                wire_put_text(to, "\":\"");
                wire_put(to, member->value.at, member->value.length);
                wire_put_text(to, "\"");
        }
        wire_put_text(to, "}");
}
