/*
 * build - what the rooms of the rule loader share.
 *
 * Names, dates, choices and hints are read here, so that they are read alike in
 * every list of every file.
 */
#include "build.h"

#include <stdio.h>
#include <string.h>

#include "mappad/civil.h"
#include "mappad/nearest.h"
#include "text.h"

/* A comparison of two words of twenty letters takes about half a microsecond. */
#define HINT_COMPARISONS_MAX 400000
#define SLIP_MAX 2        /* letters that a slip inserts, leaves out, replaces or exchanges */
#define SLIP_LENGTH_MIN 5 /* of the name in which it is made */

void *build_array(struct build *build, size_t count, size_t size)
{
        void *array = arena_array(build->arena, count, size);

        if (array == NULL)
                build->status = STATUS_NO_MEMORY;
        return array;
}

void *build_scratch(struct build *build, size_t count, size_t size)
{
        void *array = arena_array(&build->scratch, count, size);

        if (array == NULL)
                build->status = STATUS_NO_MEMORY;
        return array;
}

char *build_copy(struct build *build, const char *text)
{
        char *copy = arena_copy(build->arena, text, strlen(text));

        if (copy == NULL)
                build->status = STATUS_NO_MEMORY;
        return copy;
}

char *build_text(struct build *build, const struct cfg_node *node)
{
        return node == NULL ? NULL : build_copy(build, cfg_text(node));
}

size_t build_total(const struct build *build, enum top top)
{
        size_t total = 0;

        for (size_t i = 0; i < build->source_count; i++)
                total += cfg_count(build->sources[i].top[top]);
        return total;
}

void build_each(struct build *build, enum top top,
                void (*visit)(struct build *build, const struct cfg_file *file, const struct cfg_node *node))
{
        for (size_t i = 0; i < build->source_count; i++) {
                const struct source *source = &build->sources[i];

                for (size_t j = 0; j < cfg_count(source->top[top]) && build->status == STATUS_OK; j++)
                        visit(build, &source->file, cfg_element(source->top[top], j));
        }
}

bool build_room(struct build *build, struct words *words, const char *what, size_t total)
{
        if (total > INDEX_MAX) {
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, NULL, 0,
                                "there are %zu %s; at most %d are possible", total, what, INDEX_MAX);
                build->status = STATUS_INVALID;
        } else if (build->status == STATUS_OK && !words_init(words, total, &build->scratch)) {
                build->status = STATUS_NO_MEMORY;
        }
        return build->status == STATUS_OK;
}

bool build_word(const struct cfg_file *file, const struct cfg_node *node, const char *what, const char *text,
                bool digit_first)
{
        if (text_word(text, digit_first))
                return true;
        if (strlen(text) > TEXT_WORD_MAX)
                cfg_error(file, node, "the %s is longer than %d letters", what, TEXT_WORD_MAX);
        else
                cfg_error(file, node, "\"%s\" is no %s: lower-case words and numbers joined by single hyphens%s", text,
                          what, digit_first ? "" : ", a letter first");
        return false;
}

bool build_free_word(const struct cfg_file *file, const struct cfg_node *node, const char *what, const char *text)
{
        static const char *const reserved[] = {"case",    "event",       "on",  "item", "id",    "force", "replaces",
                                               "retract", "recorded-at", "why", "when", "unset", "set"};

        if (!build_word(file, node, what, text, false))
                return false;
        for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
                if (strcmp(reserved[i], text) != 0)
                        continue;
                cfg_error(file, node, "\"%s\" cannot be the name of an %s: events use that word themselves", text,
                          strcmp(what, "field name") == 0 ? "event's field" : "attribute");
                return false;
        }
        return true;
}

int build_choice(const struct cfg_file *file, const struct cfg_node *node, const char *const *words, size_t count)
{
        const char *text = cfg_text(node);
        char hint[CFG_HINT_SIZE];

        for (size_t i = 0; i < count; i++)
                if (strcmp(words[i], text) == 0)
                        return (int)i;
        cfg_error(file, node, "\"%s\" cannot be \"%s\"%s", cfg_name(node), text,
                  cfg_hint(file->diagnostics, text, words, count, hint));
        return -1;
}

bool build_day(const struct cfg_file *file, const struct cfg_node *node, int32_t *ret_day)
{
        const char *text = cfg_text(node);

        if (civil_parse(text, strlen(text), ret_day))
                return true;
        cfg_error(file, node, "\"%s\" is no date: write YYYY-MM-DD, a day that exists", text);
        return false;
}

bool build_in_force(const struct cfg_file *file, const struct cfg_node *node, int32_t *ret_from, int32_t *ret_until)
{
        enum { FROM, UNTIL, COUNT };
        static const struct cfg_key keys[COUNT] = {[FROM] = {"from", CFG_TEXT, 0}, [UNTIL] = {"until", CFG_TEXT, 0}};
        const struct cfg_node *found[COUNT];

        *ret_from = CIVIL_MIN;
        *ret_until = CIVIL_MAX;
        if (node == NULL)
                return true;
        if (!cfg_group(file, node, keys, COUNT, found))
                return false;
        if (found[FROM] == NULL && found[UNTIL] == NULL) {
                cfg_error(file, node, "\"%s\" says neither \"from\" nor \"until\"", cfg_name(node));
                return false;
        }
        if (found[FROM] != NULL && !build_day(file, found[FROM], ret_from))
                return false;
        if (found[UNTIL] != NULL && !build_day(file, found[UNTIL], ret_until))
                return false;
        if (*ret_from <= *ret_until)
                return true;
        cfg_error(file, found[UNTIL], "\"until\" %s lies before \"from\" %s", cfg_text(found[UNTIL]),
                  cfg_text(found[FROM]));
        return false;
}

const char *build_hint(struct build *build, const char *word, const char *const *candidates, size_t count,
                       char hint[static CFG_HINT_SIZE])
{
        hint[0] = '\0';
        if (build->comparisons + count > HINT_COMPARISONS_MAX)
                return hint;
        build->comparisons += count;
        return cfg_hint(build->diagnostics, word, candidates, count, hint);
}

static void note_lost(struct build *build, const char *file, int line)
{
        if (build->lost_file != NULL)
                return;
        build->lost_file = file;
        build->lost_line = line;
}

void build_lose(struct build *build, struct words *words, const char *file, int line)
{
        if (words == NULL)
                build->unread = true;
        else
                words->incomplete = true;
        note_lost(build, file, line);
}

void build_hold_back(struct build *build, const char *file, int line)
{
        build->held_back++;
        note_lost(build, file, line);
}

/* Names of a series, "level-2-review" and "level-3-review", differ on purpose. */
static bool same_but_for_digits(const char *one, const char *other)
{
        for (;; one++, other++) {
                one += strspn(one, "0123456789");
                other += strspn(other, "0123456789");
                if (*one != *other)
                        return false;
                if (*one == '\0')
                        return true;
        }
}

/* Whether a name is a declared one but for a slip of the key; of short ones nearly all are. */
static bool is_slip(struct build *build, const struct words *words, const char *name)
{
        const char *nearest;

        if (strlen(name) < SLIP_LENGTH_MIN || build->comparisons + words->count > HINT_COMPARISONS_MAX)
                return false;
        build->comparisons += words->count;
        nearest = nearest_word(name, words->names, words->count);
        return nearest != NULL && nearest_distance(name, nearest) <= SLIP_MAX && !same_but_for_digits(name, nearest);
}

bool build_holds_back(struct build *build, const struct words *words, const char *name)
{
        if (!build->unread && !words->incomplete)
                return false;
        if (is_slip(build, words, name))
                return false;
        build->held_back++;
        return true;
}

bool build_declare(struct build *build, struct words *words, const char *what, const struct word_entry *entry)
{
        const struct word_entry *first = words_find(words, entry->name);

        (void)build;
        if (first == NULL) {
                words_enter(words, entry);
                return true;
        }
        if (first->file == entry->file)
                cfg_error(entry->file, entry->node, "the %s \"%s\" is declared twice; the first is on line %d", what,
                          entry->name, cfg_line(first->node));
        else
                cfg_error(entry->file, entry->node, "the %s \"%s\" is declared twice; the first is at %s:%d", what,
                          entry->name, first->file->name, cfg_line(first->node));
        return false;
}

uint16_t build_find(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                    const struct words *words, const char *what)
{
        const char *text = cfg_text(node);
        const struct word_entry *entry = words_find(words, text);
        char hint[CFG_HINT_SIZE];

        if (entry != NULL)
                return entry->index;
        if (build_holds_back(build, words, text))
                return VOCABULARY_NONE;
        cfg_error(file, node, "no %s is called \"%s\"%s", what, text,
                  build_hint(build, text, words->names, words->count, hint));
        return VOCABULARY_NONE;
}
