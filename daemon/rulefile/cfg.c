/*
 * cfg - reading one configuration file; the table-driven walk over its settings.
 *
 * Refuses what is not in the table, and everything the scan before (cfg_scan.c)
 * found. All sentences about form, as opposed to meaning, are written here, so
 * that rule files, contacts and settings complain in one voice.
 */
#include "cfg.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Reads everything, one byte past the limit at most, whatever the size was said to be. */
static enum status read_all(struct cfg_file *file, int fd, bool *ret_read)
{
        size_t room = 0;
        ssize_t got;

        do {
                if (file->length + 1 >= room) {
                        char *text = realloc(file->text, room + ((size_t)64 << 10));

                        if (text == NULL)
                                return STATUS_NO_MEMORY;
                        file->text = text;
                        room += (size_t)64 << 10;
                }
                got = read(fd, file->text + file->length, room - file->length - 1);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0) {
                        cfg_error(file, NULL, "cannot read this file: %s", strerror(errno));
                        return STATUS_OK;
                }
                file->length += (size_t)got;
        } while (got != 0 && file->length <= CFG_SIZE_MAX);
        file->text[file->length] = '\0';
        *ret_read = true;
        return STATUS_OK;
}

/* A directory, a device or a pipe in the place of a file would hang or surprise: only regular files are read. */
static enum status read_file(struct cfg_file *file, const char *path, bool *ret_read)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        enum status status = STATUS_OK;
        struct stat facts;

        if (fd < 0 || fstat(fd, &facts) < 0)
                cfg_error(file, NULL, "cannot read this file: %s", strerror(errno));
        else if (!S_ISREG(facts.st_mode))
                cfg_error(file, NULL, "this is no regular file");
        else
                status = read_all(file, fd, ret_read);
        if (fd >= 0)
                close(fd);
        return status;
}

static enum status parse(struct cfg_file *file, bool *ret_usable)
{
        enum status status;
        bool sound = false;
        config_t *config;

        if (file->length > CFG_SIZE_MAX) {
                cfg_error(file, NULL, "this file is larger than %zu MiB", CFG_SIZE_MAX >> 20);
                return STATUS_OK;
        }
        status = cfg_scan(file, &sound);
        if (status != STATUS_OK || !sound)
                return status;
        config = malloc(sizeof(*config));
        if (config == NULL)
                return STATUS_NO_MEMORY;
        config_init(config);
        file->config = config;
        if (config_read_string(config, file->text) == CONFIG_TRUE) {
                *ret_usable = true;
                return STATUS_OK;
        }
        diagnostics_add(file->diagnostics, DIAGNOSTIC_ERROR, file->name, config_error_line(config), "%s",
                        config_error_text(config));
        return STATUS_OK;
}

enum status cfg_open(struct cfg_file *file, const char *path, struct diagnostics *diagnostics, bool *ret_usable)
{
        enum status status;
        bool was_read = false;

        *file = (struct cfg_file){.name = path, .diagnostics = diagnostics};
        *ret_usable = false;
        status = read_file(file, path, &was_read);
        if (status != STATUS_OK || !was_read)
                return status;
        return parse(file, ret_usable);
}

enum status cfg_open_text(struct cfg_file *file, const char *name, const char *text, size_t length,
                          struct diagnostics *diagnostics, bool *ret_usable)
{
        *file = (struct cfg_file){.name = name, .diagnostics = diagnostics, .length = length};
        *ret_usable = false;
        file->text = malloc(length + 1);
        if (file->text == NULL)
                return STATUS_NO_MEMORY;
        memcpy(file->text, text, length);
        file->text[length] = '\0';
        return parse(file, ret_usable);
}

void cfg_close(struct cfg_file *file)
{
        if (file->config != NULL) {
                config_destroy(file->config);
                free(file->config);
        }
        free(file->text);
        *file = (struct cfg_file){0};
}

const struct cfg_node *cfg_root(const struct cfg_file *file)
{
        const config_t *config = file->config;

        return config->root;
}

int cfg_line(const struct cfg_node *node)
{
        return node == NULL ? 0 : (int)node->line;
}

const char *cfg_name(const struct cfg_node *node)
{
        return node->name == NULL ? "" : node->name;
}

static bool is_list(const struct cfg_node *node)
{
        return node->type == CONFIG_TYPE_LIST || node->type == CONFIG_TYPE_ARRAY;
}

/* Whether all elements of a list have a libconfig type. */
static bool all_are(const struct cfg_node *node, int type)
{
        for (size_t i = 0; i < cfg_count(node); i++)
                if (cfg_element(node, i)->type != type)
                        return false;
        return true;
}

static bool is_groups(const struct cfg_node *node)
{
        return node->type == CONFIG_TYPE_GROUP || (is_list(node) && all_are(node, CONFIG_TYPE_GROUP));
}

bool cfg_is(const struct cfg_node *node, enum cfg_type type)
{
        switch (type) {
        case CFG_TEXT:
                return node->type == CONFIG_TYPE_STRING;
        case CFG_TEXTS:
                return node->type == CONFIG_TYPE_STRING || (is_list(node) && all_are(node, CONFIG_TYPE_STRING));
        case CFG_INT:
                return node->type == CONFIG_TYPE_INT;
        case CFG_BOOL:
                return node->type == CONFIG_TYPE_BOOL;
        case CFG_GROUP:
                return node->type == CONFIG_TYPE_GROUP;
        case CFG_GROUPS:
                return is_groups(node);
        case CFG_TEXT_OR_GROUPS:
                return node->type == CONFIG_TYPE_STRING || is_groups(node);
        case CFG_ANY:
                return true;
        }
        return false;
}

const char *cfg_kind(const struct cfg_node *node)
{
        switch (node->type) {
        case CONFIG_TYPE_GROUP:
                return "a group";
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
                return "a whole number";
        case CONFIG_TYPE_STRING:
                return "a text";
        case CONFIG_TYPE_BOOL:
                return "true or false";
        default:
                break;
        }
        if (cfg_count(node) == 0)
                return "an empty list";
        if (all_are(node, CONFIG_TYPE_STRING))
                return "a list of texts";
        if (all_are(node, CONFIG_TYPE_GROUP))
                return "a list of groups";
        return all_are(node, CONFIG_TYPE_INT) ? "a list of numbers" : "a mixed list";
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

/* The setting that was probably meant counts as named: it is not reported as missing besides. */
static void report_unknown(const struct cfg_file *file, const struct cfg_node *node, const struct cfg_key *keys,
                           size_t count, bool *named)
{
        const char *names[CFG_NAMES_MAX];
        char hint[CFG_HINT_SIZE];
        const char *nearest;

        for (size_t i = 0; i < count; i++)
                names[i] = keys[i].name;
        nearest = nearest_word(cfg_name(node), names, count);
        if (nearest != NULL)
                named[key_index(keys, count, nearest)] = true;
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
                        report_unknown(file, node, keys, count, named);
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

/* libconfig 1.5 keeps an empty text as NULL. */
const char *cfg_text(const struct cfg_node *node)
{
        if (node == NULL || node->type != CONFIG_TYPE_STRING)
                return NULL;
        return node->value.sval == NULL ? "" : node->value.sval;
}

bool cfg_bool(const struct cfg_node *node, bool otherwise)
{
        return node == NULL ? otherwise : node->value.ival != 0;
}

bool cfg_int(const struct cfg_file *file, const struct cfg_node *node, int32_t min, int32_t max, int32_t *ret_value)
{
        int32_t value = node->value.ival;

        if (value < min || value > max) {
                cfg_error(file, node, "\"%s\" is %d; %d to %d is possible", cfg_name(node), value, min, max);
                return false;
        }
        *ret_value = value;
        return true;
}

size_t cfg_member_count(const struct cfg_node *group)
{
        return group->value.list == NULL ? 0 : group->value.list->length;
}

const struct cfg_node *cfg_member(const struct cfg_node *group, size_t index)
{
        return group->value.list->elements[index];
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
