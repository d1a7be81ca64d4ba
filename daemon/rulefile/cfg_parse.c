/*
 * cfg_parse - a file becomes a tree of settings; libconfig's only home.
 *
 * The scan before (cfg_scan.c) has found everything that libconfig would misread.
 * What libconfig makes of the rest is copied into one arena and let go.
 */
#include "cfg.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

#define NAMES_KNOWN 64 /* a rule file has a few dozen names, thousands of times each */

/* Copies a name unless the same one was copied lately. */
static const char *copy_name(struct cfg_file *file, const char *known[static NAMES_KNOWN], const char *name)
{
        size_t length = name == NULL ? 0 : strlen(name);
        size_t slot;

        if (length == 0)
                return "";
        slot = (length * 7 + (unsigned char)name[0] * 3 + (unsigned char)name[length - 1]) % NAMES_KNOWN;
        if (known[slot] == NULL || strcmp(known[slot], name) != 0)
                known[slot] = arena_copy(&file->arena, name, length);
        return known[slot];
}

/* One setting of libconfig's becomes a node of ours; members of a group or list are made room for. */
static bool copy_node(struct cfg_file *file, const char *known[static NAMES_KNOWN], const config_setting_t *from,
                      struct cfg_node *to)
{
        bool good = true;

        to->line = (int)from->line;
        to->name = copy_name(file, known, from->name);
        if (from->type == CONFIG_TYPE_STRING) {
                /* libconfig 1.5 keeps an empty text as NULL. */
                const char *text = from->value.sval == NULL ? "" : from->value.sval;

                to->type = CFG_NODE_TEXT;
                to->text = arena_copy(&file->arena, text, strlen(text));
                good = to->text != NULL;
        } else if (config_setting_is_aggregate(from)) {
                to->type = from->type == CONFIG_TYPE_GROUP ? CFG_NODE_GROUP : CFG_NODE_LIST;
                to->count = from->value.list == NULL ? 0 : from->value.list->length;
                to->members = arena_array(&file->arena, to->count, sizeof(*to->members));
                good = to->members != NULL;
        } else {
                to->type = from->type == CONFIG_TYPE_BOOL ? CFG_NODE_TRUTH : CFG_NODE_NUMBER;
                to->number = from->value.ival;
        }
        return good && to->name != NULL;
}

/* Copies what libconfig read, so that its many small pieces are given back before the next file is read: they
 * take three times the room and scatter it. The scan has seen that nothing lies deeper than the frames reach. */
static enum status copy_tree(struct cfg_file *file, const config_setting_t *root)
{
        struct {
                const config_setting_t *from;
                struct cfg_node *to;
                unsigned int next;
        } frames[CFG_DEPTH_MAX + 2] = {{root, &file->root, 0}};
        const char *known[NAMES_KNOWN] = {NULL};
        size_t depth = 1;

        if (!copy_node(file, known, root, &file->root))
                return STATUS_NO_MEMORY;
        while (depth > 0) {
                const config_setting_t *from = frames[depth - 1].from;
                struct cfg_node *to = frames[depth - 1].to;
                unsigned int next = frames[depth - 1].next++;

                if (next == to->count) {
                        depth--;
                        continue;
                }
                if (!copy_node(file, known, from->value.list->elements[next], &to->members[next]))
                        return STATUS_NO_MEMORY;
                if (to->members[next].type == CFG_NODE_GROUP || to->members[next].type == CFG_NODE_LIST) {
                        frames[depth].from = from->value.list->elements[next];
                        frames[depth].to = &to->members[next];
                        frames[depth++].next = 0;
                }
        }
        return STATUS_OK;
}

static enum status parse(struct cfg_file *file, bool *ret_usable)
{
        enum status status;
        bool sound = false;
        config_t config;

        if (file->length > CFG_SIZE_MAX) {
                cfg_error(file, NULL, "this file is larger than %zu MiB", CFG_SIZE_MAX >> 20);
                return STATUS_OK;
        }
        status = cfg_scan(file, &sound);
        if (status != STATUS_OK || !sound)
                return status;
        config_init(&config);
        if (config_read_string(&config, file->text) == CONFIG_TRUE) {
                status = copy_tree(file, config_root_setting(&config));
                *ret_usable = status == STATUS_OK;
        } else {
                diagnostics_add(file->diagnostics, DIAGNOSTIC_ERROR, file->name, config_error_line(&config), "%s",
                                config_error_text(&config));
        }
        config_destroy(&config);
        return status;
}

static enum status copy_text(struct cfg_file *file, const struct rulefile_text *text)
{
        file->text = malloc(text->length + 1);
        if (file->text == NULL)
                return STATUS_NO_MEMORY;
        memcpy(file->text, text->text, text->length);
        file->text[text->length] = '\0';
        file->length = text->length;
        return STATUS_OK;
}

enum status cfg_open(struct cfg_file *file, const char *path, const struct rulefile_text *text,
                     struct diagnostics *diagnostics, bool *ret_usable)
{
        enum status status;
        bool was_read = text != NULL;

        *file = (struct cfg_file){.name = text != NULL ? text->name : path, .diagnostics = diagnostics};
        arena_init(&file->arena, malloc, free);
        *ret_usable = false;
        status = text != NULL ? copy_text(file, text) : read_file(file, path, &was_read);
        if (status != STATUS_OK || !was_read)
                return status;
        return parse(file, ret_usable);
}

void cfg_close(struct cfg_file *file)
{
        arena_fini(&file->arena);
        free(file->text);
        *file = (struct cfg_file){0};
}
