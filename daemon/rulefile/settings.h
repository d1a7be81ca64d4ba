/*
 * settings - what the files share that read the configuration. Private to daemon/rulefile.
 */
#ifndef RULEFILE_SETTINGS_H
#define RULEFILE_SETTINGS_H

#include "cfg.h"
#include "keep.h"
#include "mappad/settings.h"

struct reading {
        const struct cfg_file *file;
        struct keep *keep;              /* the settings, and what their texts live in */
        struct settings *settings;
};

/* Purpose: the text of a node of 1 to size_max bytes, else what is given; reports otherwise. */
const char *settings_text(struct reading *reading, const struct cfg_node *node, size_t size_max, const char *otherwise);
/* Purpose: the texts of a node, each of 1 to size_max bytes. */
struct settings_texts settings_list(struct reading *reading, const struct cfg_node *node, size_t size_max);

/* Purpose: read the group `access` (settings_access.c); NULL gives none. */
void settings_read_access(struct reading *reading, const struct cfg_node *group);

#endif
