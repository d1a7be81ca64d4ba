/*
 * refusal - the engine's answer "this may not be recorded" as a sentence.
 */
#include <stdio.h>
#include <string.h>

#include "mappad/ensure.h"
#include "mappad/wire.h"

#define WORDS_SIZE 160

/* "custody, hospital or unset": what a mask of an attribute allows. Cut to what fits. */
static void mask_words(const struct attribute *attribute, uint64_t mask, char text[static WORDS_SIZE])
{
        text[0] = '\0';
        if (mask == VALUE_ANY_SET || attribute->kind == VALUE_DATE) {
                snprintf(text, WORDS_SIZE, "%s", (mask & VALUE_UNSET) != 0 ? "unset" : "set");
                return;
        }
        uint64_t left = mask;
        for (size_t i = 0; i <= attribute->value_count; i++) {
                uint64_t bit = i < attribute->value_count ? VALUE_BIT(i) : VALUE_UNSET;
                if ((mask & bit) == 0)
                        continue;
                left &= ~bit;
                bool last = i == attribute->value_count ||
                            (left & (VALUE_UNSET | (VALUE_BIT(attribute->value_count) - 1))) == 0;
                const char *joint = text[0] == '\0' ? "" : last ? " or " : ", ";
                size_t length = strlen(text);
                snprintf(text + length, WORDS_SIZE - length, "%s%s", joint,
                         i < attribute->value_count ? attribute->values[i] : "unset");
        }
}

static void describe_state(const struct ruleset *ruleset, const struct event_type *type,
                           const struct admission *admission, struct wire_problem *problem)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        if (admission->attribute == VOCABULARY_NONE) {
                wire_problem_set(problem, "state", "event",
                                 "the state of the case excludes \"%s\" (force records it all the same)", type->name);
                return;
        }
        const struct attribute *attribute = &vocabulary->attributes[admission->attribute];
        char wanted[WORDS_SIZE] = "something else";
        for (size_t i = 0; i < type->needs.count; i++)
                if (type->needs.terms[i].subject == admission->attribute)
                        mask_words(attribute, type->needs.terms[i].mask, wanted);
        char found[WORDS_SIZE] = "unset";
        if (admission->found.bits != VALUE_UNSET)
                mask_words(attribute, admission->found.bits, found);
        wire_problem_set(problem, "state", "event",
                         "\"%s\" requires %s to be %s, and it is %s (force records it all the same)", type->name,
                         attribute->name, wanted, found);
}

static void describe_constraint(const struct ruleset *ruleset, const struct event_type *type,
                                const struct admission *admission, struct wire_problem *problem)
{
        const struct constraint *constraint = admission->constraint;
        (void)ruleset;
        const char *field = "event";
        char due[CIVIL_TEXT_SIZE] = "";
        if (constraint->kind == CONSTRAINT_NOT_AFTER_DUE)
                field = type->fields[constraint->date_field].name;
        if (admission->due != CIVIL_NONE)
                civil_format(admission->due, due);
        wire_problem_set(problem, "constraint", field, "%s: %s%s%s", constraint->id, constraint->says,
                         due[0] != '\0' ? "; due " : "", due);
}

void wire_refusal_describe(const struct ruleset *ruleset, const struct wire_line *line,
                           const struct admission *admission, struct wire_problem *ret_problem)
{
        const struct event_type *type =
                line->is_retraction ? NULL : &ruleset->vocabulary.events[line->record.fact.type];
        const char *item = line->record.fact.item != NULL ? line->record.fact.item : "";
        const char *kind = type != NULL && type->item_use != ITEM_USE_NONE
                                   ? ruleset->vocabulary.items[type->item_kind].name
                                   : "item";
        switch (admission->code) {
        case REFUSAL_STATE:
                describe_state(ruleset, type, admission, ret_problem);
                return;
        case REFUSAL_CONSTRAINT:
                describe_constraint(ruleset, type, admission, ret_problem);
                return;
        case REFUSAL_ITEM_UNKNOWN:
                wire_problem_set(ret_problem, "item-unknown", "item", "the case has no %s \"%s\" on that day", kind,
                                 item);
                return;
        case REFUSAL_ITEM_KIND:
                wire_problem_set(ret_problem, "item-kind", "item", "\"%s\" is not of the kind %s", item, kind);
                return;
        case REFUSAL_ITEM_TAKEN:
                wire_problem_set(ret_problem, "item-taken", "item", "the case has an item \"%s\" already", item);
                return;
        case REFUSAL_NOT_STANDING:
                wire_problem_set(ret_problem, "not-standing", line->is_retraction ? "retract" : "replaces",
                                 "the event that is %s does not stand", line->is_retraction ? "retracted" : "replaced");
                return;
        case REFUSAL_NONE:
        case REFUSAL_NO_MEMORY:
                break;
        }
        ENSURE(false);
}
