/*
 * retention - classes of cases and how long each is kept (retention.h).
 */
#include "build.h"

#include <string.h>

#include "mappad/retention.h"

enum { K_ID, K_TITLE, K_SOURCE, K_BASIS, K_APPLIES, K_UNLESS, K_KEEP, K_FROM, K_ENABLED, K_KEYS };
static const struct cfg_key class_keys[K_KEYS] = {
        [K_ID] = {"id", CFG_TEXT, CFG_REQUIRED},         [K_TITLE] = {"title", CFG_TEXT, CFG_REQUIRED},
        [K_SOURCE] = {"source", CFG_TEXT, CFG_REQUIRED}, [K_BASIS] = {"basis", CFG_TEXT, CFG_REQUIRED},
        [K_APPLIES] = {"applies", CFG_GROUP, 0},         [K_UNLESS] = {"unless", CFG_GROUP, 0},
        [K_KEEP] = {"keep", CFG_TEXT, CFG_REQUIRED},     [K_FROM] = {"from", CFG_TEXT, 0},
        [K_ENABLED] = {"enabled", CFG_BOOL, 0},
};

/* Conditions are on attributes of cases: an item is erased with its case. */
static void conditions_read(struct build *build, const struct cfg_file *file, const struct cfg_node *const *found,
                            struct retention *class)
{
        struct view view = {.scope = VOCABULARY_NONE,
                            .limit = (uint16_t)build->attributes.count,
                            .only_possible = true,
                            .sees = "a class of retention"};

        (void)condition_read(build, file, found[K_APPLIES], &view, &class->applies);
        (void)condition_read(build, file, found[K_UNLESS], &view, &class->unless);
        class->from = view_date(build, file, found[K_FROM], &view);
}

/* Whoever keeps or erases by it must be able to say on whose word. */
static void check_source(const struct cfg_file *file, const struct cfg_node *const *found,
                         const struct retention *class)
{
        const struct cfg_node *source = found[K_SOURCE];

        if (class->enabled && source != NULL && cfg_text(source)[0] == '\0')
                cfg_error(file, source,
                          "a class that is enabled names its source: the schedule, and the place in it, that says how "
                          "long it is kept");
}

static void class_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        struct word_entry entry = {.index = (uint16_t)build->retention_words.count, .file = file, .node = node};
        const struct cfg_node *found[K_KEYS];
        struct retention class = {.file = file->name, .line = cfg_line(node)};

        cfg_group(file, node, class_keys, K_KEYS, found);
        class.enabled = cfg_bool(found[K_ENABLED], true);
        class.title = build_text(build, found[K_TITLE]);
        class.source = build_text(build, found[K_SOURCE]);
        class.basis = build_text(build, found[K_BASIS]);
        conditions_read(build, file, found, &class);
        check_source(file, found, &class);
        if (found[K_KEEP] != NULL)
                (void)period_read(file, found[K_KEEP], PERIOD_USE_ONWARD, &class.keep);
        if (found[K_ID] == NULL || !build_word(file, found[K_ID], "retention id", cfg_text(found[K_ID]), false))
                return;
        class.id = build_text(build, found[K_ID]);
        entry.name = class.id;
        if (build->status == STATUS_OK && build_declare(build, &build->retention_words, "class of retention", &entry))
                build->retention_list[entry.index] = class;
}

void resolve_retention(struct build *build)
{
        size_t total = build_total(build, TOP_RETENTION);

        build->retention_list = build_array(build, total, sizeof(*build->retention_list));
        if (build->status != STATUS_OK || !build_room(build, &build->retention_words, "classes of retention", total))
                return;
        build_each(build, TOP_RETENTION, class_read);
        build->ruleset->retention = build->retention_list;
        build->ruleset->retention_count = build->retention_words.count;
}
