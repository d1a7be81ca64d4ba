/*
 * mapping_code - what a cell means by a list of codes. Whoever fills in a sheet by hand writes "cat 1" below "Cat 1",
 * and copies blanks of another kind from elsewhere; nothing more than that is overlooked.
 */
#include <string.h>

#include "mappad/mapping.h"

/* How many bytes of blanks a text begins with; the blank that does not break a line is two. */
static size_t blanks_at(const char *text)
{
        size_t length = 0;

        for (;;) {
                length += strspn(text + length, " \t\r\n");
                if (text[length] != '\xc2' || text[length + 1] != '\xa0')
                        return length;
                length += 2;
        }
}

static char lower(char byte)
{
        return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool is_much_the_same(const char *one, const char *other)
{
        while (*one != '\0' && *other != '\0') {
                size_t blanks = blanks_at(one), others = blanks_at(other);
                if ((blanks > 0) != (others > 0) || (blanks == 0 && lower(*one) != lower(*other)))
                        return false;
                one += blanks > 0 ? blanks : 1;
                other += blanks > 0 ? others : 1;
        }
        return *one == *other;
}

bool mapping_states_code(const char *text, const struct mapping_code *code)
{
        return is_much_the_same(code->code, text);
}

const struct mapping_code *mapping_find_code(const struct mapping_codes *codes, const char *text)
{
        const struct mapping_code *found = NULL;

        for (size_t i = 0; i < codes->count; i++)
                if (strcmp(codes->list[i].code, text) == 0)
                        return &codes->list[i];
        for (size_t i = 0; i < codes->count; i++) {
                if (!mapping_states_code(text, &codes->list[i]))
                        continue;
                if (found != NULL && strcmp(found->is, codes->list[i].is) != 0)
                        return NULL;
                found = &codes->list[i];
        }
        return found;
}
