/*
 * retention - the class of a case, and until when it is kept (retention.h).
 *
 * The first class that fits decides, as in every table of the language. A date that is missing is said, never guessed:
 * a case whose class hangs on it is neither due nor kept for ever in silence.
 */
#include "mappad/retention.h"

static bool fits(const struct retention *class, const struct value *state)
{
        return class->enabled && condition_holds(class->applies, state) && !condition_excludes(class->unless, state);
}

struct retention_answer retention_of(const struct ruleset *ruleset, const struct value *state, int32_t last_on)
{
        struct retention_answer answer = {NULL, CIVIL_NONE, VOCABULARY_NONE};
        int32_t from = last_on;

        for (size_t i = 0; answer.class == NULL && i < ruleset->retention_count; i++)
                if (fits(&ruleset->retention[i], state))
                        answer.class = &ruleset->retention[i];
        if (answer.class == NULL)
                return answer;
        if (answer.class->from != VOCABULARY_NONE) {
                from = state[answer.class->from].day;
                if (from == CIVIL_NONE)
                        answer.missing = answer.class->from;
        }
        if (from != CIVIL_NONE)
                answer.until = period_from(answer.class->keep, &ruleset->calendar, from);
        return answer;
}
