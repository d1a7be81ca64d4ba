/*
 * words - values, conditions and events as a person says them.
 *
 * Words are those of the rule files, so that a reader finds them again there.
 */
#include <string.h>

#include "room.h"

void say_count(struct explainer *explainer, int64_t count, const char *singular, const char *plural)
{
        say(explainer, "%lld %s", (long long)count, count == 1 ? singular : plural);
}

/* The words of bits among an attribute's or a field's; `last` joins the last two. */
static void say_words(struct explainer *explainer, const char *const *values, size_t count, struct term bits,
                      const char *last)
{
        size_t all = 0, said = 0;

        for (size_t i = 0; i < count; i++)
                all += (bits.mask & VALUE_BIT(i)) != 0;
        for (size_t i = 0; i < count; i++) {
                if ((bits.mask & VALUE_BIT(i)) == 0)
                        continue;
                say(explainer, "%s%s", said == 0 ? "" : said + 1 == all ? last : ", ", values[i]);
                said++;
        }
}

void say_mask(struct explainer *explainer, const struct attribute *attribute, uint64_t mask)
{
        if ((mask & VALUE_ANY_SET) == VALUE_ANY_SET) {
                say(explainer, (mask & VALUE_UNSET) != 0 ? "anything" : "set");
                return;
        }
        say_words(explainer, attribute->values, attribute->value_count, (struct term){0, mask}, " or ");
        if ((mask & VALUE_UNSET) != 0)
                say(explainer, (mask & VALUE_ANY_SET) != 0 ? " or not set" : "not set");
}

void say_value(struct explainer *explainer, uint16_t index, struct value value)
{
        const struct attribute *attribute = &explainer->vocabulary->attributes[index];

        if ((value.bits & VALUE_UNSET) != 0)
                say(explainer, "not set");
        else if (attribute->kind == VALUE_DATE)
                say(explainer, "%s", day_text(value.day).text);
        else
                say_words(explainer, attribute->values, attribute->value_count, (struct term){0, value.bits}, " and ");
}

void say_term(struct explainer *explainer, const struct term *term)
{
        const struct attribute *attribute = &explainer->vocabulary->attributes[term->subject];

        say(explainer, "%s is ", attribute->name);
        say_mask(explainer, attribute, term->mask);
}

void say_condition(struct explainer *explainer, struct condition condition)
{
        for (size_t i = 0; i < condition.count; i++) {
                say(explainer, "%s", i == 0 ? "" : i + 1 == condition.count ? " and " : ", ");
                say_term(explainer, &condition.terms[i]);
        }
}

static void say_field_term(struct explainer *explainer, const struct event_type *type, const struct term *term)
{
        const struct field *field = &type->fields[term->subject];
        bool any = (term->mask & VALUE_ANY_SET) == VALUE_ANY_SET;

        if (any) {
                say(explainer, "%s", (term->mask & VALUE_UNSET) != 0 ? "any " : "some ");
                say(explainer, "%s", field->name);
                return;
        }
        if (term->mask == VALUE_UNSET) {
                say(explainer, "no %s", field->name);
                return;
        }
        say(explainer, "%s ", field->name);
        say_words(explainer, field->values, field->value_count, *term, " or ");
        if ((term->mask & VALUE_UNSET) != 0)
                say(explainer, " or none");
}

void say_match(struct explainer *explainer, const struct event_match *match)
{
        const struct event_type *type = &explainer->vocabulary->events[match->event];

        say(explainer, "%s", type->name);
        for (size_t i = 0; i < match->where.count; i++) {
                say(explainer, "%s", i == 0 ? " with " : " and ");
                say_field_term(explainer, type, &match->where.terms[i]);
        }
}
