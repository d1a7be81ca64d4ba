/*
 * difference - two lists of obligations of one case laid side by side
 * (difference.h).
 */
#include "difference.h"

#include <string.h>
#include "mappad/ensure.h"

#define ALONE SIZE_MAX

const char *change_word(enum change change)
{
        static const char *const words[CHANGE_COUNT] = {
                [CHANGE_APPEARS] = "appears", [CHANGE_VANISHES] = "vanishes",
                [CHANGE_DUE] = "due",         [CHANGE_PLAN_BY] = "plan-by",
                [CHANGE_OVERDUE] = "overdue", [CHANGE_NOT_OVERDUE] = "no-longer-overdue",
                [CHANGE_STATE] = "state",     [CHANGE_RECIPIENTS] = "recipients",
                [CHANGE_HISTORY] = "history",
        };

        return words[change];
}

/* Obligations of one rule and item on both sides. */
struct group {
        const struct obligation *const *before;
        size_t before_count;
        const struct obligation *const *after;
        size_t after_count;
};

struct finding {
        const struct difference_question *question;
        struct arena *arena;
        difference_fn sink;
        void *context;
        enum status status;
};

static bool is_open(const struct obligation *obligation)
{
        return obligation != NULL && !obligation_state_closed(obligation->state);
}

static const char *key_of(const struct obligation *obligation)
{
        return obligation->item == NULL ? "" : obligation->item->key;
}

/* ---- one pair ---- */

/* Of what is closed on both sides the due date alone is no difference: it is only shown. */
static unsigned changes_of_ending(const struct obligation *before, const struct obligation *after)
{
        bool same = before != NULL && after != NULL && before->state == after->state &&
                    before->met_on == after->met_on && before->ended_on == after->ended_on;

        return same ? 0 : CHANGE_BIT(CHANGE_HISTORY);
}

/* Both are there and one at least is open. */
static unsigned changes_of_open(const struct difference_question *question, const struct obligation *before,
                                const struct obligation *after)
{
        const struct vocabulary *old = &question->before.ruleset->vocabulary;
        const struct vocabulary *new = &question->after.ruleset->vocabulary;
        const char *old_missing = before->missing == VOCABULARY_NONE ? "" : old->attributes[before->missing].name;
        const char *new_missing = after->missing == VOCABULARY_NONE ? "" : new->attributes[after->missing].name;
        unsigned changes = 0;

        if (before->due != after->due)
                changes |= CHANGE_BIT(CHANGE_DUE);
        else if (before->plan_by != after->plan_by)
                changes |= CHANGE_BIT(CHANGE_PLAN_BY);
        if (after->state == OBLIGATION_OVERDUE && before->state != OBLIGATION_OVERDUE)
                changes |= CHANGE_BIT(CHANGE_OVERDUE);
        else if (before->state == OBLIGATION_OVERDUE && after->state != OBLIGATION_OVERDUE)
                changes |= CHANGE_BIT(CHANGE_NOT_OVERDUE);
        else if (before->state != after->state || before->opens != after->opens || before->started != after->started ||
                 before->provisional != after->provisional || before->needed != after->needed ||
                 before->done != after->done || strcmp(old_missing, new_missing) != 0)
                changes |= CHANGE_BIT(CHANGE_STATE);
        return changes;
}

static unsigned changes_of(const struct difference_question *question, const struct obligation *before,
                           const struct obligation *after)
{
        if (!is_open(before) && !is_open(after))
                return changes_of_ending(before, after);
        if (before == NULL)
                return CHANGE_BIT(CHANGE_APPEARS) |
                       (after->state == OBLIGATION_OVERDUE ? CHANGE_BIT(CHANGE_OVERDUE) : 0);
        if (after == NULL)
                return CHANGE_BIT(CHANGE_VANISHES) |
                       (before->state == OBLIGATION_OVERDUE ? CHANGE_BIT(CHANGE_NOT_OVERDUE) : 0);
        return changes_of_open(question, before, after);
}

/* Of a pair at least one is there. */
static const struct obligation *either(const struct obligation *before, const struct obligation *after)
{
        ENSURE(before != NULL || after != NULL);
        return after != NULL ? after : before;
}

static void compare_pair(struct finding *finding, const struct obligation *before, const struct obligation *after)
{
        const struct difference_side *side = after != NULL ? &finding->question->after : &finding->question->before;
        const struct obligation *one = either(before, after);
        struct difference difference = {.rule = side->ruleset->rules[one->rule].id,
                                        .item = one->item == NULL ? NULL : one->item->key,
                                        .title = one->version->title,
                                        .changes = changes_of(finding->question, before, after),
                                        .before = before,
                                        .after = after};

        if (is_open(before) && is_open(after))
                finding->status = difference_routes(finding->question, finding->arena, &difference);
        if (finding->status == STATUS_OK && difference.changes != 0)
                finding->sink(finding->context, &difference);
}

/* ---- who is whose partner ---- */

/* Those that started on the same day, then open ones that are left over, in order. partners is by index of
 * before; taken by index of after. */
static void pair_up(const struct group *group, size_t *partners, bool *taken)
{
        size_t b = 0;

        for (size_t a = 0; a < group->before_count; a++) {
                partners[a] = ALONE;
                while (b < group->after_count && group->after[b]->started < group->before[a]->started)
                        b++;
                if (b == group->after_count || group->after[b]->started != group->before[a]->started)
                        continue;
                partners[a] = b;
                taken[b++] = true;
        }
        b = 0;
        for (size_t a = 0; a < group->before_count; a++) {
                if (partners[a] != ALONE || !is_open(group->before[a]))
                        continue;
                while (b < group->after_count && (taken[b] || !is_open(group->after[b])))
                        b++;
                if (b == group->after_count)
                        return;
                partners[a] = b;
                taken[b++] = true;
        }
}

static void compare_group(struct finding *finding, const struct group *group)
{
        size_t *partners = arena_array(finding->arena, group->before_count, sizeof *partners);
        bool *taken = arena_array(finding->arena, group->after_count, sizeof *taken);

        if (partners == NULL || taken == NULL) {
                finding->status = STATUS_NO_MEMORY;
                return;
        }
        pair_up(group, partners, taken);
        for (size_t a = 0; a < group->before_count && finding->status == STATUS_OK; a++)
                compare_pair(finding, group->before[a], partners[a] == ALONE ? NULL : group->after[partners[a]]);
        for (size_t b = 0; b < group->after_count && finding->status == STATUS_OK; b++)
                if (!taken[b])
                        compare_pair(finding, NULL, group->after[b]);
}

/* ---- groups ---- */

static int compare_keys(const struct difference_question *question, const struct obligation *before,
                        const struct obligation *after)
{
        const char *old = question->before.ruleset->rules[before->rule].id;
        const char *new = question->after.ruleset->rules[after->rule].id;
        int order = strcmp(old, new);

        return order != 0 ? order : strcmp(key_of(before), key_of(after));
}

/* How many from first on are of the same rule and item. */
static size_t run_length(const struct difference_side *side, size_t first)
{
        size_t end = first + 1;

        while (end < side->count && side->list[end]->rule == side->list[first]->rule &&
               strcmp(key_of(side->list[end]), key_of(side->list[first])) == 0)
                end++;
        return end - first;
}

enum status difference_find(const struct difference_question *question, struct arena *arena, difference_fn sink,
                            void *context)
{
        const struct difference_side *before = &question->before, *after = &question->after;
        struct finding finding = {.question = question, .arena = arena, .sink = sink, .context = context};
        size_t a = 0, b = 0;

        while ((a < before->count || b < after->count) && finding.status == STATUS_OK) {
                int order = a == before->count  ? 1
                            : b == after->count ? -1
                                                : compare_keys(question, before->list[a], after->list[b]);
                struct group group = {.before_count = order <= 0 ? run_length(before, a) : 0,
                                      .after_count = order >= 0 ? run_length(after, b) : 0};

                group.before = before->list + a;
                group.after = after->list + b;
                compare_group(&finding, &group);
                a += group.before_count;
                b += group.after_count;
        }
        return finding.status;
}

/* ---- deriving a side ---- */

struct collecting {
        struct arena *rows;
        struct obligation *list;
        size_t count, capacity;
        bool failed;
};

static void collect(void *context, const struct obligation *obligation)
{
        struct collecting *collecting = context;

        if (collecting->count == collecting->capacity) {
                size_t capacity = collecting->capacity == 0 ? 32 : collecting->capacity * 2;
                struct obligation *list = arena_array(collecting->rows, capacity, sizeof *list);

                if (list == NULL) {
                        collecting->failed = true;
                        return;
                }
                if (collecting->count > 0)
                        memcpy(list, collecting->list, collecting->count * sizeof *list);
                collecting->list = list;
                collecting->capacity = capacity;
        }
        collecting->list[collecting->count++] = *obligation;
}

/* The items of a derivation live as long as its casefile, so a copied obligation may go on pointing at one. */
static const struct item *own_item(const struct casefile *casefile, const struct obligation *obligation)
{
        size_t i = 0;

        if (obligation->item == NULL)
                return NULL;
        while (strcmp(casefile->items[i].key, obligation->item->key) != 0) {
                i++;
                ENSURE(i < casefile->item_count);
        }
        return &casefile->items[i];
}

enum status difference_derive(struct difference_side *ret_side, int32_t as_of, struct arena *work, struct arena *rows)
{
        struct collecting collecting = {.rows = rows};
        const struct obligation **list;
        enum status status =
                obligation_derive(ret_side->ruleset, ret_side->casefile, as_of, work, collect, &collecting);

        if (status == STATUS_OK && collecting.failed)
                status = STATUS_NO_MEMORY;
        if (status != STATUS_OK)
                return status;
        list = arena_array(rows, collecting.count, sizeof *list);
        if (list == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < collecting.count; i++) {
                collecting.list[i].item = own_item(ret_side->casefile, &collecting.list[i]);
                list[i] = &collecting.list[i];
        }
        ret_side->list = list;
        ret_side->count = collecting.count;
        return STATUS_OK;
}
