/*
 * cfg - the table-driven walk over the settings of one configuration file.
 *
 * Refuses what is not in the table. The sentences about settings, as opposed to
 * their meaning, are written here, so that rule files, contacts and settings
 * complain in one voice.
 */
#include "cfg.h"

#include <stdarg.h>
#include <string.h>

#include "mappad/nearest.h"

__attribute__((format(printf, 4, 0))) static void add(const struct cfg_file *file, enum diagnostic_severity severity,
                                                      int line, const char *format, va_list arguments)
{
        char sentence[DIAGNOSTIC_SENTENCE_MAX + 1];

        vsnprintf(sentence, sizeof(sentence), format, arguments);
        diagnostics_add(file->diagnostics, severity, file->name, line, "%s", sentence);
}

void cfg_error(const struct cfg_file *file, const struct cfg_node *node, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(file, DIAGNOSTIC_ERROR, cfg_line(node), format, arguments);
        va_end(arguments);
}

void cfg_warning(const struct cfg_file *file, const struct cfg_node *node, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(file, DIAGNOSTIC_WARNING, cfg_line(node), format, arguments);
        va_end(arguments);
}

const struct cfg_node *cfg_root(const struct cfg_file *file)
{
        return &file->root;
}

int cfg_line(const struct cfg_node *node)
{
        return node == NULL ? 0 : node->line;
}

const char *cfg_name(const struct cfg_node *node)
{
        return node->name;
}

static bool is_list(const struct cfg_node *node)
{
        return node->type == CFG_NODE_LIST;
}

/* Whether all elements of a list are of a type. */
static bool all_are(const struct cfg_node *node, enum cfg_node_type type)
{
        for (size_t i = 0; i < cfg_count(node); i++)
                if (cfg_element(node, i)->type != type)
                        return false;
        return true;
}

static bool is_groups(const struct cfg_node *node)
{
        return node->type == CFG_NODE_GROUP || (is_list(node) && all_are(node, CFG_NODE_GROUP));
}

bool cfg_is(const struct cfg_node *node, enum cfg_type type)
{
        switch (type) {
        case CFG_TEXT:
                return node->type == CFG_NODE_TEXT;
        case CFG_TEXTS:
                return node->type == CFG_NODE_TEXT || (is_list(node) && all_are(node, CFG_NODE_TEXT));
        case CFG_INT:
                return node->type == CFG_NODE_NUMBER;
        case CFG_BOOL:
                return node->type == CFG_NODE_TRUTH;
        case CFG_GROUP:
                return node->type == CFG_NODE_GROUP;
        case CFG_GROUPS:
                return is_groups(node);
        case CFG_TEXT_OR_GROUPS:
                return node->type == CFG_NODE_TEXT || is_groups(node);
        case CFG_ANY:
                return true;
        }
        return false;
}

const char *cfg_kind(const struct cfg_node *node)
{
        switch (node->type) {
        case CFG_NODE_GROUP:
                return "a group";
        case CFG_NODE_NUMBER:
                return "a whole number";
        case CFG_NODE_TEXT:
                return "a text";
        case CFG_NODE_TRUTH:
                return "true or false";
        case CFG_NODE_LIST:
                break;
        }
        if (cfg_count(node) == 0)
                return "an empty list";
        if (all_are(node, CFG_NODE_TEXT))
                return "a list of texts";
        if (all_are(node, CFG_NODE_GROUP))
                return "a list of groups";
        return all_are(node, CFG_NODE_NUMBER) ? "a list of numbers" : "a mixed list";
}

static const char *type_words(enum cfg_type type)
{
        switch (type) {
        case CFG_TEXT:
                return "a text";
        case CFG_TEXTS:
                return "a text or a list of texts";
        case CFG_INT:
                return "a whole number";
        case CFG_BOOL:
                return "true or false";
        case CFG_GROUP:
                return "a group";
        case CFG_GROUPS:
                return "a list of groups";
        case CFG_TEXT_OR_GROUPS:
                return "a text or a list of groups";
        case CFG_ANY:
                return "anything";
        }
        return "something else";
}

const char *cfg_hint(const struct diagnostics *diagnostics, const char *word, const char *const *candidates,
                     size_t count, char hint[static CFG_HINT_SIZE])
{
        const char *nearest = diagnostics_has_room(diagnostics) ? nearest_word(word, candidates, count) : NULL;

        size_t used;

        hint[0] = '\0';
        if (nearest != NULL)
                snprintf(hint, CFG_HINT_SIZE, "; did you mean \"%s\"?", nearest);
        if (nearest != NULL || count == 0 || count > CFG_HINT_LISTED_MAX)
                return hint;
        used = (size_t)snprintf(hint, CFG_HINT_SIZE, "; possible %s", count == 1 ? "is" : "are");
        for (size_t i = 0; i < count && used < CFG_HINT_SIZE; i++)
                used += (size_t)snprintf(hint + used, CFG_HINT_SIZE - used, "%s \"%s\"", i == 0 ? "" : ",",
                                         candidates[i]);
        if (used >= CFG_HINT_SIZE)
                hint[0] = '\0';
        return hint;
}

/* Index of a name in a table, or count. */
static size_t key_index(const struct cfg_key *keys, size_t count, const char *name)
{
        size_t i = 0;

        while (i < count && strcmp(keys[i].name, name) != 0)
                i++;
        return i;
}

#define SURE_LENGTH 4 /* letters: nearly everything is near to a shorter name */

/* The setting that was probably meant counts as named: it is not reported as missing besides, and what it says is taken
 * for its value, so that a misspelt "name" still declares one. */
static void report_unknown(const struct cfg_file *file, const struct cfg_node *node, const struct cfg_key *keys,
                           size_t count, const struct cfg_node **found, bool *named)
{
        const char *names[CFG_NAMES_MAX];
        char hint[CFG_HINT_SIZE];
        const char *nearest;

        for (size_t i = 0; i < count; i++)
                names[i] = keys[i].name;
        nearest = nearest_word(cfg_name(node), names, count);
        if (nearest != NULL) {
                size_t key = key_index(keys, count, nearest);

                named[key] = true;
                if (found[key] == NULL && cfg_is(node, keys[key].type) &&
                    ((keys[key].flags & CFG_REQUIRED) != 0 || strlen(nearest) >= SURE_LENGTH))
                        found[key] = node;
        }
        cfg_error(file, node, "unknown setting \"%s\"%s", cfg_name(node),
                  cfg_hint(file->diagnostics, cfg_name(node), names, count, hint));
}

/* Which keys a group named, whether rightly typed or not, so that a wrong one is not called missing too. */
static bool sort_members(const struct cfg_file *file, const struct cfg_node *group, const struct cfg_key *keys,
                         size_t count, const struct cfg_node **found, bool *named)
{
        bool clean = true;

        for (size_t i = 0; i < cfg_member_count(group); i++) {
                const struct cfg_node *node = cfg_member(group, i);
                size_t key = key_index(keys, count, cfg_name(node));

                if (key == count) {
                        report_unknown(file, node, keys, count, found, named);
                        clean = false;
                        continue;
                }
                named[key] = true;
                if (cfg_is(node, keys[key].type)) {
                        found[key] = node;
                        continue;
                }
                cfg_error(file, node, "\"%s\" is %s; it must be %s", keys[key].name, cfg_kind(node),
                          type_words(keys[key].type));
                clean = false;
        }
        return clean;
}

bool cfg_group(const struct cfg_file *file, const struct cfg_node *group, const struct cfg_key *keys, size_t count,
               const struct cfg_node **found)
{
        bool named[CFG_NAMES_MAX] = {false};
        bool clean;

        for (size_t i = 0; i < count; i++)
                found[i] = NULL;
        clean = sort_members(file, group, keys, count, found, named);
        for (size_t i = 0; i < count; i++) {
                if ((keys[i].flags & CFG_REQUIRED) == 0 || named[i])
                        continue;
                cfg_error(file, group, "the setting \"%s\" is missing", keys[i].name);
                clean = false;
        }
        return clean;
}

const char *cfg_text(const struct cfg_node *node)
{
        if (node == NULL || node->type != CFG_NODE_TEXT)
                return NULL;
        return node->text;
}

bool cfg_bool(const struct cfg_node *node, bool otherwise)
{
        return node == NULL ? otherwise : node->number != 0;
}

bool cfg_int(const struct cfg_file *file, const struct cfg_node *node, int32_t min, int32_t max, int32_t *ret_value)
{
        int32_t value = node->number;

        if (value < min || value > max) {
                cfg_error(file, node, "\"%s\" is %d; %d to %d is possible", cfg_name(node), value, min, max);
                return false;
        }
        *ret_value = value;
        return true;
}

size_t cfg_member_count(const struct cfg_node *group)
{
        return group->count;
}

const struct cfg_node *cfg_member(const struct cfg_node *group, size_t index)
{
        return &group->members[index];
}

size_t cfg_count(const struct cfg_node *node)
{
        if (node == NULL)
                return 0;
        return is_list(node) ? cfg_member_count(node) : 1;
}

const struct cfg_node *cfg_element(const struct cfg_node *node, size_t index)
{
        return is_list(node) ? cfg_member(node, index) : node;
}

const char *cfg_text_at(const struct cfg_node *node, size_t index)
{
        return cfg_text(cfg_element(node, index));
}
