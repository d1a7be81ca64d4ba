/*
 * explain - from a question to one JSON object (mappad/explain.h).
 *
 * The case is derived twice: once to find the answer among the rule's
 * obligations, once to tell its steps while the engine holds its ingredients.
 */
#include <string.h>

#include "room.h"

/* The obligations of the rule, as they come by. */
struct choice {
        struct explainer *explainer;
        uint64_t count;
        uint64_t chosen; /* from 1; 0: none */
        struct obligation best;
        uint64_t at; /* second time: which one comes now */
        struct wire_buffer others;
};

static void consider(void *context, const struct trace *trace)
{
        struct choice *choice = context;
        int32_t started = choice->explainer->question->started;

        choice->count++;
        if (started != CIVIL_NONE && trace->obligation->started != started)
                return;
        if (choice->chosen != 0 && obligation_urgency(&choice->best, trace->obligation) <= 0)
                return;
        choice->best = *trace->obligation;
        choice->chosen = choice->count;
}

static void tell(void *context, const struct trace *trace)
{
        struct choice *choice = context;
        struct explainer *explainer = choice->explainer;

        if (++choice->at == choice->chosen) {
                tell_owed(explainer, trace);
                return;
        }
        if (choice->others.length > 0)
                wire_put_text(&choice->others, ",");
        wire_obligation_write(&choice->others, explainer->ruleset, explainer->question->case_ref, trace->obligation,
                              explainer->question->as_of);
}

/* ---- the item ---- */

void item_keys(const struct explainer *explainer, char ret_keys[static ITEM_KEYS_SIZE])
{
        const struct casefile *casefile = &explainer->casefile;
        size_t used = 0;

        ret_keys[0] = '\0';
        for (size_t i = 0; i < casefile->item_count; i++) {
                const char *key = casefile->items[i].key;
                size_t length = strlen(key);
                if (casefile->items[i].kind != explainer->rule->per ||
                    casefile->items[i].begins > explainer->question->as_of)
                        continue;
                if (used + length + 8 > ITEM_KEYS_SIZE) {
                        memcpy(ret_keys + used, " ...", 5);
                        return;
                }
                ret_keys[used] = ' ';
                memcpy(ret_keys + used + 1, key, length + 1);
                used += length + 1;
        }
}

static bool refuse_several(const struct explainer *explainer, struct wire_problem *problem)
{
        char keys[ITEM_KEYS_SIZE];

        item_keys(explainer, keys);
        wire_problem_set(problem, "item-needed", "item", "the rule is about each %s; name one of:%s",
                         explainer->vocabulary->items[explainer->rule->per].name, keys);
        return false;
}

/* Finds the item that the question is about. *ret_none: the rule is per a kind, and there is no such item. */
static bool find_item(struct explainer *explainer, bool *ret_none, struct wire_problem *problem)
{
        const struct explain_question *question = explainer->question;
        const struct item *found = NULL;
        size_t count = 0;

        *ret_none = false;
        if (explainer->rule->per == VOCABULARY_NONE) {
                if (question->item == NULL)
                        return true;
                wire_problem_set(problem, "unwanted-item", "item",
                                 "the rule \"%s\" is about the case, not about an item", explainer->rule->id);
                return false;
        }
        if (question->item != NULL && !casefile_key_valid(question->item)) {
                wire_problem_set(problem, "bad-item", "item",
                                 "the item is no key: 1 to 32 letters, digits and hyphens");
                return false;
        }
        for (size_t i = 0; i < explainer->casefile.item_count; i++) {
                const struct item *item = &explainer->casefile.items[i];
                if (item->kind != explainer->rule->per || item->begins > question->as_of)
                        continue;
                if (question->item != NULL && strcmp(item->key, question->item) != 0)
                        continue;
                found = item;
                count++;
        }
        if (count > 1)
                return refuse_several(explainer, problem);
        explainer->subject.item = found;
        *ret_none = found == NULL;
        return true;
}

/* ---- the object ---- */

static void put_text(struct wire_buffer *out, const char *key, const char *text)
{
        wire_put_key(out, key);
        wire_put_string(out, text);
}

static void put_head(struct explainer *explainer, const struct choice *choice, const struct absence_answer *why)
{
        const struct explain_question *question = explainer->question;
        struct wire_buffer *out = explainer->out;
        const struct rule *rule = explainer->rule;
        const struct rule_version *version = choice->chosen != 0    ? choice->best.version
                                             : why->version != NULL ? why->version
                                                                    : &rule->versions[rule->version_count - 1];

        wire_put_text(out, "{");
        put_text(out, "case", question->case_ref);
        put_text(out, "rule", rule->id);
        put_text(out, "item", explainer->subject.item != NULL ? explainer->subject.item->key : question->item);
        put_text(out, "title", version->title);
        wire_put_key(out, "as_of");
        wire_put_date(out, question->as_of);
        wire_put_key(out, "known_at");
        wire_put_instant(out, question->known_at == INSTANT_LATEST ? INSTANT_ALWAYS : question->known_at);
        put_text(out, "answer", choice->chosen != 0 ? obligation_state_word(choice->best.state) : "not-applicable");
        put_text(out, "why", choice->chosen != 0 ? NULL : absence_word(why->absence));
        wire_put_key(out, "obligation");
        if (choice->chosen != 0)
                wire_obligation_write(out, explainer->ruleset, question->case_ref, &choice->best, question->as_of);
        else
                wire_put_text(out, "null");
        wire_put_key(out, "steps");
        wire_put_text(out, "[");
}

static void put_tail(struct explainer *explainer, const struct choice *choice)
{
        struct wire_buffer *out = explainer->out;

        step_end(explainer);
        wire_put_text(out, "]");
        wire_put_key(out, "others");
        wire_put_text(out, "[");
        wire_put(out, choice->others.length > 0 ? choice->others.data : "", choice->others.length);
        wire_put_text(out, "]}");
        out->failed = out->failed || choice->others.failed;
}

static enum status absence_of(struct explainer *explainer, bool no_item, struct absence_answer *why)
{
        *why = (struct absence_answer){.absence = ABSENCE_NO_ITEM, .attribute = VOCABULARY_NONE};
        if (no_item && explainer->casefile.fact_count > 0)
                return STATUS_OK;
        return rule_absence(&explainer->subject, explainer->question->rule, explainer->question->as_of,
                            explainer->arena, why);
}

static enum status explain_rule(struct explainer *explainer, struct choice *choice, struct wire_problem *problem)
{
        const struct explain_question *question = explainer->question;
        struct absence_answer why = {.absence = ABSENCE_NONE};
        bool no_item;
        enum status status = STATUS_OK;

        if (!find_item(explainer, &no_item, problem))
                return STATUS_INVALID;
        if (!no_item)
                status = obligation_trace(&explainer->subject, question->rule, question->as_of, explainer->arena,
                                          consider, choice);
        if (status == STATUS_OK && choice->chosen == 0 && question->started != CIVIL_NONE) {
                wire_problem_set(problem, "unknown-obligation", "started",
                                 "no obligation of this rule started on %s; %s", day_text(question->started).text,
                                 choice->count == 0 ? "there is none at all" : "ask without it to see when they did");
                return STATUS_INVALID;
        }
        if (status == STATUS_OK && choice->chosen == 0)
                status = absence_of(explainer, no_item, &why);
        if (status != STATUS_OK)
                return status;
        put_head(explainer, choice, &why);
        if (choice->chosen != 0)
                status = obligation_trace(&explainer->subject, question->rule, question->as_of, explainer->arena, tell,
                                          choice);
        else
                tell_absent(explainer, &why);
        put_tail(explainer, choice);
        return status == STATUS_OK ? explainer->status : status;
}

enum status explain_write(const struct explain_question *question, struct arena *arena, struct wire_buffer *out,
                          struct wire_problem *ret_problem)
{
        struct explainer explainer = {.question = question,
                                      .ruleset = question->ruleset,
                                      .vocabulary = &question->ruleset->vocabulary,
                                      .rule = &question->ruleset->rules[question->rule],
                                      .arena = arena,
                                      .out = out,
                                      .date = CIVIL_NONE};
        struct choice choice = {.explainer = &explainer};
        struct arena_mark mark = arena_mark(arena);

        wire_buffer_init(&explainer.text);
        wire_buffer_init(&explainer.operands);
        wire_buffer_init(&choice.others);
        explainer.subject = (struct trace_subject){question->ruleset, &explainer.casefile, NULL};
        enum status status = casefile_stand(question->ruleset, question->records, question->count, question->known_at,
                                            question->as_of, arena, &explainer.casefile);
        if (status == STATUS_OK)
                status = explain_rule(&explainer, &choice, ret_problem);
        if (status == STATUS_OK && out->failed)
                status = STATUS_NO_MEMORY;
        wire_buffer_fini(&choice.others);
        wire_buffer_fini(&explainer.operands);
        wire_buffer_fini(&explainer.text);
        arena_rewind(arena, mark);
        return status;
}
