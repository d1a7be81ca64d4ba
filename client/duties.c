/*
 * duties - see duties.h. An answer has them by rule, for programs; people read them
 * by day, as every other list is.
 */
#include "duties.h"

#include <stdlib.h>
#include <string.h>

#define NO_DAY "9999-12-32" /* after every other */

struct duty {
        const char *day;
        size_t place; /* in the answer */
        json_t *row;
};

static const char *closing_day(const json_t *row)
{
        const char *met = member_text(row, "met_on");
        return met[0] != '\0' ? met : member_text(row, "ended_on");
}

bool duty_closed(const json_t *row)
{
        return closing_day(row)[0] != '\0';
}

static int by_day(const void *a, const void *b)
{
        const struct duty *one = a, *other = b;
        int order = strcmp(one->day, other->day);
        return order != 0 ? order : (one->place > other->place) - (one->place < other->place);
}

json_t *duties_by_day(const json_t *obligations, bool closed)
{
        size_t all = json_array_size(obligations), count = 0;
        struct duty *duties = calloc(all + 1, sizeof(*duties));
        json_t *rows = json_array();
        bool good = duties != NULL && rows != NULL;
        for (size_t i = 0; good && i < all; i++) {
                json_t *row = json_array_get(obligations, i);
                const char *day = closed ? closing_day(row) : member_text(row, "due");
                if (duty_closed(row) == closed)
                        duties[count++] = (struct duty){day[0] != '\0' ? day : NO_DAY, i, row};
        }
        if (good)
                qsort(duties, count, sizeof(*duties), by_day);
        for (size_t i = 0; good && i < count; i++)
                good = json_array_append(rows, duties[i].row) == 0;
        free(duties);
        if (good)
                return rows;
        json_decref(rows);
        return NULL;
}
