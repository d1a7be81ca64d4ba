/*
 * http_needs - whether an answer is one: of what was asked for it has the member that
 * each such answer has, and as what it should be. Whoever reads on may rely on no more
 * than that; what else is in it is shown as far as it can be.
 */
#include "http.h"
#include "output.h"

/* What a value is, in words. */
static const char *type_phrase(json_type type)
{
        switch (type) {
        case JSON_OBJECT:
                return "an object";
        case JSON_ARRAY:
                return "a list";
        case JSON_STRING:
                return "a text";
        case JSON_INTEGER:
                return "a whole number";
        case JSON_REAL:
                return "a number with a fraction";
        case JSON_TRUE:
        case JSON_FALSE:
                return "true or false";
        case JSON_NULL:
                return "null";
        }
        return "unknown";
}

static bool is_of_type(const json_t *value, json_type type)
{
        return type == JSON_TRUE ? json_is_boolean(value) : value != NULL && json_typeof(value) == type;
}

enum outcome http_needs(enum outcome outcome, struct http_need need, json_t **answer)
{
        const json_t *value = json_object_get(*answer, need.member);

        if (outcome != OUTCOME_OK || is_of_type(value, need.type))
                return outcome;
        if (value == NULL)
                complain("the daemon's answer is not understood: it has no \"%s\"", need.member);
        else
                complain("the daemon's answer is not understood: \"%s\" is %s and not %s", need.member,
                         type_phrase(json_typeof(value)), type_phrase(need.type));
        json_decref(*answer);
        *answer = NULL;
        return OUTCOME_UNREACHABLE;
}
