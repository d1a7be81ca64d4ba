/*
 * check_reach - which states a case can come into, as far as can be told cheaply.
 *
 * A condition is tried against supposed states: every combination of the plain
 * attributes it hangs on, through decision tables down to what events set. What
 * a table makes of a supposed state is a set of values, since dates may have
 * passed or not and events been counted or not. So "impossible" is certain and
 * "possible" is not.
 */
#include "check.h"

#include "mappad/civil.h"

#define COMBINATIONS_MAX 1024 /* supposed states tried for one question; beyond, attributes are left open */

static uint64_t all_values(const struct attribute *attribute)
{
        uint64_t bits = attribute->kind == VALUE_DATE ? VALUE_BIT(0) : 0;

        for (size_t i = 0; i < attribute->value_count; i++)
                bits |= VALUE_BIT(i);
        return bits;
}

static uint64_t effect_bits(const struct effect *effect, const struct attribute *attribute)
{
        if (effect->kind == EFFECT_CLEAR || effect->kind == EFFECT_REMOVE)
                return VALUE_UNSET;
        return effect->from_field == VOCABULARY_NONE ? effect->constant.bits : all_values(attribute);
}

void reach_learn(struct check *check)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;

        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                const struct attribute *attribute = &vocabulary->attributes[i];

                check->reachable[i] = VALUE_UNSET;
                for (size_t j = 0; j < attribute->row_count; j++)
                        check->reachable[i] |= VALUE_BIT(attribute->rows[j].is);
        }
        for (size_t i = 0; i < vocabulary->event_count; i++)
                for (size_t j = 0; j < vocabulary->events[i].effect_count; j++) {
                        const struct effect *effect = &vocabulary->events[i].effects[j];

                        check->reachable[effect->attribute] |=
                                effect_bits(effect, &vocabulary->attributes[effect->attribute]);
                }
}

static bool may_hold(const struct check *check, const struct condition *condition)
{
        for (size_t i = 0; i < condition->count; i++)
                if ((check->may[condition->terms[i].subject] & condition->terms[i].mask) == 0)
                        return false;
        return true;
}

static bool must_hold(const struct check *check, const struct condition *condition)
{
        for (size_t i = 0; i < condition->count; i++)
                if ((check->may[condition->terms[i].subject] & ~condition->terms[i].mask) != 0)
                        return false;
        return true;
}

/* An empty `unless` excludes nothing. */
static bool must_exclude(const struct check *check, const struct condition *unless)
{
        return unless->count > 0 && must_hold(check, unless);
}

static uint64_t table_values(const struct check *check, const struct attribute *attribute)
{
        uint64_t bits = 0;

        for (size_t i = 0; i < attribute->row_count; i++) {
                const struct derived_row *row = &attribute->rows[i];
                bool certain = row->threshold == THRESHOLD_NONE && row->count.event == VOCABULARY_NONE &&
                               row->in_force_from == CIVIL_MIN && row->in_force_until == CIVIL_MAX;

                if (!may_hold(check, &row->when) || must_exclude(check, &row->unless))
                        continue;
                if (row->threshold != THRESHOLD_NONE && (check->may[row->threshold_date] & VALUE_ANY_SET) == 0)
                        continue;
                bits |= VALUE_BIT(row->is);
                if (certain && must_hold(check, &row->when) &&
                    (row->unless.count == 0 || !may_hold(check, &row->unless)))
                        return bits;
        }
        return bits | VALUE_UNSET;
}

static void reset(struct check *check)
{
        for (size_t i = 0; i < check->ruleset->vocabulary.attribute_count; i++)
                check->involved[i] = false;
}

static void involve(struct check *check, const struct condition *condition)
{
        for (size_t i = 0; i < condition->count; i++)
                check->involved[condition->terms[i].subject] = true;
}

/* Marks what the marked attributes hang on; a table uses what stands before it, so one pass backwards is enough. */
static void involve_causes(struct check *check)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;

        for (size_t i = vocabulary->attribute_count; i-- > 0;) {
                const struct attribute *attribute = &vocabulary->attributes[i];

                for (size_t j = 0; check->involved[i] && j < attribute->row_count; j++) {
                        involve(check, &attribute->rows[j].when);
                        involve(check, &attribute->rows[j].unless);
                        if (attribute->rows[j].threshold != THRESHOLD_NONE)
                                check->involved[attribute->rows[j].threshold_date] = true;
                }
        }
}

static unsigned int bit_count(uint64_t bits)
{
        unsigned int count = 0;

        for (; bits != 0; bits &= bits - 1)
                count++;
        return count;
}

/* Sets `may` of every involved plain attribute: one value of it, as the number of the combination says, or all
 * when it is a set or there is no more room. Returns how many combinations there are. */
static uint64_t suppose(struct check *check, uint64_t number)
{
        const struct vocabulary *vocabulary = &check->ruleset->vocabulary;
        uint64_t combinations = 1;

        for (size_t i = 0; i < vocabulary->attribute_count; i++) {
                uint64_t bits = check->reachable[i];
                unsigned int choices = bit_count(bits);

                if (!check->involved[i] || vocabulary->attributes[i].derived)
                        continue;
                check->may[i] = bits;
                if (vocabulary->attributes[i].kind == VALUE_SET || choices == 0 ||
                    combinations * choices > COMBINATIONS_MAX)
                        continue;
                for (uint64_t skip = number / combinations % choices; skip > 0; skip--)
                        bits &= bits - 1;
                check->may[i] = bits & (~bits + 1);
                combinations *= choices;
        }
        for (size_t i = 0; i < vocabulary->attribute_count; i++)
                if (check->involved[i] && vocabulary->attributes[i].derived)
                        check->may[i] = table_values(check, &vocabulary->attributes[i]);
        return combinations;
}

/* Both conditions at once: of an attribute with one value at a time both must allow the same one. */
static bool both_may_hold(const struct check *check, const struct condition *first, const struct condition *second)
{
        const struct attribute *attributes = check->ruleset->vocabulary.attributes;

        if (!may_hold(check, first) || !may_hold(check, second))
                return false;
        for (size_t i = 0; i < first->count; i++)
                for (size_t j = 0; j < second->count; j++) {
                        const struct term *one = &first->terms[i], *other = &second->terms[j];

                        if (one->subject == other->subject && attributes[one->subject].kind != VALUE_SET &&
                            (check->may[one->subject] & one->mask & other->mask) == 0)
                                return false;
                }
        return true;
}

bool reach_possible(struct check *check, const struct condition *first, const struct condition *unless,
                    const struct condition *second)
{
        size_t attribute_count = check->ruleset->vocabulary.attribute_count;
        uint64_t combinations = 1;

        reset(check);
        involve(check, first);
        involve(check, unless);
        involve(check, second);
        involve_causes(check);
        for (uint64_t number = 0; number < combinations; number++) {
                if (check->budget < 2 * attribute_count)
                        return true;
                check->budget -= 2 * attribute_count;
                combinations = suppose(check, number);
                if (both_may_hold(check, first, second) && !must_exclude(check, unless))
                        return true;
        }
        return false;
}

/* Whether the last of some rows may decide in the supposed state: none before it surely fits first. */
static bool may_decide(const struct check *check, const struct reach_row *rows, size_t count)
{
        const struct reach_row *last = &rows[count - 1];

        if (!may_hold(check, last->when) || must_exclude(check, last->unless))
                return false;
        if (last->date != VOCABULARY_NONE && (check->may[last->date] & VALUE_ANY_SET) == 0)
                return false;
        for (size_t i = 0; i + 1 < count; i++)
                if (rows[i].certain && rows[i].from <= last->from && rows[i].until >= last->until &&
                    must_hold(check, rows[i].when) && (rows[i].unless->count == 0 || !may_hold(check, rows[i].unless)))
                        return false;
        return true;
}

bool reach_row(struct check *check, const struct reach_row *rows, size_t count, const struct condition *applies,
               const struct condition *unless)
{
        const struct condition *when = rows[count - 1].when;
        uint64_t cost = 2 * check->ruleset->vocabulary.attribute_count + count, combinations = 1;

        reset(check);
        involve(check, applies);
        involve(check, unless);
        for (size_t i = 0; i < count; i++) {
                involve(check, rows[i].when);
                involve(check, rows[i].unless);
                if (rows[i].date != VOCABULARY_NONE)
                        check->involved[rows[i].date] = true;
        }
        involve_causes(check);
        for (uint64_t number = 0; number < combinations; number++) {
                if (check->budget < cost)
                        return true;
                check->budget -= cost;
                combinations = suppose(check, number);
                if (both_may_hold(check, applies, when) && !must_exclude(check, unless) &&
                    may_decide(check, rows, count))
                        return true;
        }
        return false;
}
