/*
 * load - files become sources, sources become a rule set.
 *
 * Every file is opened and parsed even when another is wrong, and every pass runs
 * over all that could be parsed. The rule set is given out only if not one error
 * was found; else it dies here, with everything in it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build.h"
#include "digest.h"
#include "mappad/civil.h"

/* A file to read; dev and ino are 0 if there is none. */
struct listed {
        char *path;
        dev_t dev;
        ino_t ino;
};

struct listing {
        struct listed files[RULEFILE_FILES_MAX]; /* in the order in which they are read */
        size_t count;
};

/* A file named twice, perhaps as part of a folder, would declare everything twice. */
static bool is_listed(struct build *build, const struct listing *listing, const struct listed *file)
{
        for (size_t i = 0; i < listing->count && file->ino != 0; i++) {
                const struct listed *first = &listing->files[i];
                bool alike = strcmp(file->path, first->path) == 0;

                if (first->ino != file->ino || first->dev != file->dev)
                        continue;
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, file->path, 0, "this file is named twice%s%s",
                                alike ? "" : ", first as ", alike ? "" : first->path);
                return true;
        }
        return false;
}

static bool list_name(struct build *build, struct listing *listing, const char *folder, const char *name)
{
        size_t size = strlen(folder) + strlen(name) + 2;
        size_t length = strlen(folder);
        struct listed file = {0};
        struct stat facts;
        char *path;

        if (listing->count == RULEFILE_FILES_MAX) {
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, folder, 0, "a rule set has at most %d files",
                                RULEFILE_FILES_MAX);
                return false;
        }
        path = build_array(build, size, 1);
        if (path == NULL)
                return false;
        snprintf(path, size, "%s%s%s", folder, length == 0 || folder[length - 1] == '/' ? "" : "/", name);
        file.path = path;
        if (stat(path, &facts) == 0) {
                file.dev = facts.st_dev;
                file.ino = facts.st_ino;
        }
        if (!is_listed(build, listing, &file))
                listing->files[listing->count++] = file;
        return true;
}

static bool is_rule_file(const char *name)
{
        size_t length = strlen(name);

        return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".cfg") == 0;
}

static int by_bytes(const void *a, const void *b)
{
        return strcmp(((const struct listed *)a)->path, ((const struct listed *)b)->path);
}

static void list_folder(struct build *build, struct listing *listing, const char *folder)
{
        size_t first = listing->count;
        DIR *directory = opendir(folder);
        const struct dirent *entry;
        bool found = false;

        if (directory == NULL) {
                build_lose(build, NULL, folder, 0);
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, folder, 0, "cannot read this folder: %s",
                                strerror(errno));
                return;
        }
        for (entry = readdir(directory); entry != NULL; entry = readdir(directory))
                if (is_rule_file(entry->d_name)) {
                        found = true;
                        if (!list_name(build, listing, folder, entry->d_name))
                                break;
                }
        closedir(directory);
        if (!found)
                build_lose(build, NULL, folder, 0);
        if (!found && build->status == STATUS_OK)
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, folder, 0, "this folder holds no *.cfg file");
        if (listing->count > first)
                qsort(listing->files + first, listing->count - first, sizeof(*listing->files), by_bytes);
}

static void list_path(struct build *build, struct listing *listing, const char *path)
{
        struct stat facts;

        if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
                list_folder(build, listing, path);
        else
                list_name(build, listing, "", path);
}

static const struct cfg_key top_keys[TOP_COUNT] = {
        [TOP_ITEMS] = {"items", CFG_GROUPS, 0},
        [TOP_ATTRIBUTES] = {"attributes", CFG_GROUPS, 0},
        [TOP_DERIVED] = {"derived", CFG_GROUPS, 0},
        [TOP_EVENTS] = {"events", CFG_GROUPS, 0},
        [TOP_CONSTRAINTS] = {"constraints", CFG_GROUPS, 0},
        [TOP_CALENDAR] = {"calendar", CFG_GROUP, 0},
        [TOP_AUTHORITIES] = {"authorities", CFG_GROUPS, 0},
        [TOP_RULES] = {"rules", CFG_GROUPS, 0},
        [TOP_REPORTS] = {"reports", CFG_GROUPS, 0},
        [TOP_RETENTION] = {"retention", CFG_GROUPS, 0},
};

/* Written as \n in the source: a list, a log or a subject of which a title makes two lines would tell another story.
 * The scan has seen that nothing lies deeper than the frames reach. */
static void refuse_lines(const struct cfg_file *file)
{
        struct {
                const struct cfg_node *node;
                size_t next;
        } frames[CFG_DEPTH_MAX + 2] = {{cfg_root(file), 0}};
        size_t depth = 1;

        while (depth > 0) {
                const struct cfg_node *node = frames[depth - 1].node;
                size_t next = frames[depth - 1].next++;

                if (next == cfg_member_count(node)) {
                        depth--;
                        continue;
                }
                node = cfg_member(node, next);
                if (cfg_text(node) != NULL && strpbrk(cfg_text(node), "\n\r\t\f") != NULL)
                        cfg_error(file, node, "this text holds a line break or a tab; it must be one line of words");
                if (cfg_text(node) == NULL && cfg_member_count(node) > 0) {
                        frames[depth].node = node;
                        frames[depth++].next = 0;
                }
        }
}

/* Opens one source; a file that cannot be used says so and adds nothing. */
static void open_source(struct build *build, const char *name, const struct rulefile_text *text)
{
        struct source *source = &build->sources[build->source_count++];
        size_t before = build->diagnostics->count;
        bool usable = false;

        build->status = cfg_open(&source->file, name, text, build->diagnostics, &usable);
        if (usable)
                refuse_lines(&source->file);
        before = usable ? build->diagnostics->count : before;
        if (usable && cfg_group(&source->file, cfg_root(&source->file), top_keys, TOP_COUNT, source->top))
                return;
        build_lose(build, NULL, name,
                   build->diagnostics->count > before ? build->diagnostics->entries[before].line : 0);
}

static void open_sources(struct build *build, const struct rulefile_input *input)
{
        struct listing *listing = build_scratch(build, 1, sizeof(*listing));
        size_t count = input->count;

        if (listing == NULL)
                return;
        for (size_t i = 0; input->paths != NULL && i < input->count && build->status == STATUS_OK; i++)
                list_path(build, listing, input->paths[i]);
        if (input->paths != NULL)
                count = listing->count;
        build->sources = build_scratch(build, count, sizeof(*build->sources));
        for (size_t i = 0; i < count && build->status == STATUS_OK; i++) {
                const struct rulefile_text *text = input->texts == NULL ? NULL : &input->texts[i];
                const char *name = text == NULL ? listing->files[i].path : build_copy(build, text->name);

                if (name != NULL)
                        open_source(build, name, text);
        }
        if (count == 0 && build->diagnostics->error_count == 0)
                diagnostics_add(build->diagnostics, DIAGNOSTIC_ERROR, NULL, 0, "no rule file is named");
}

static void run_passes(struct build *build)
{
        static void (*const passes[])(struct build *) = {
                declare_items,       declare_attributes, declare_events,       declare_authorities, declare_rules,
                resolve_effects,     resolve_derived,    resolve_requirements, resolve_calendar,    resolve_rules,
                resolve_constraints, resolve_reports,    resolve_retention,
        };

        for (size_t i = 0; i < sizeof(passes) / sizeof(*passes) && build->status == STATUS_OK; i++)
                passes[i](build);
        build->ruleset->vocabulary = (struct vocabulary){
                .items = build->item_list,
                .item_count = build->items.count,
                .attributes = build->attribute_list,
                .attribute_count = build->attributes.count,
                .events = build->event_list,
                .event_count = build->events.count,
        };
}

/* One line in place of all that may be declared where nothing could be read. */
static void tell_held_back(const struct build *build)
{
        if (build->held_back > 0)
                diagnostics_add(build->diagnostics, DIAGNOSTIC_WARNING, build->lost_file, build->lost_line,
                                "what could not be read here may declare names: %zu use%s of names that nothing else "
                                "declares %s not reported until it is put right",
                                build->held_back, build->held_back == 1 ? "" : "s",
                                build->held_back == 1 ? "is" : "are");
}

static void take_digest(struct build *build)
{
        const struct cfg_file **files = build_scratch(build, build->source_count, sizeof(*files));

        if (files == NULL)
                return;
        for (size_t i = 0; i < build->source_count; i++)
                files[i] = &build->sources[i].file;
        build->status = digest_files(files, build->source_count, build->ruleset->digest);
        build->ruleset->text = digest_bind(files, build->source_count, build->arena);
        if (build->ruleset->text == NULL)
                build->status = STATUS_NO_MEMORY;
}

enum status build_ruleset(const struct rulefile_input *input, struct diagnostics *diagnostics, arena_grow_fn grow,
                          struct ruleset **ret_ruleset)
{
        size_t errors = diagnostics->error_count;
        struct build build = {.diagnostics = diagnostics};
        struct ruleset *ruleset = grow(sizeof(*ruleset));

        if (ruleset == NULL)
                return STATUS_NO_MEMORY;
        *ruleset = (struct ruleset){.calendar = calendar_plain};
        arena_init(&ruleset->arena, grow, free);
        arena_init(&build.scratch, grow, free);
        build.ruleset = ruleset;
        build.arena = &ruleset->arena;
        open_sources(&build, input);
        if (build.status == STATUS_OK)
                run_passes(&build);
        tell_held_back(&build);
        if (build.status == STATUS_OK)
                take_digest(&build);
        for (size_t i = 0; i < build.source_count; i++)
                cfg_close(&build.sources[i].file);
        arena_fini(&build.scratch);
        if (build.status == STATUS_OK && diagnostics->error_count != errors)
                build.status = STATUS_INVALID;
        if (build.status == STATUS_OK)
                build.status = ruleset_prepare(ruleset);
        if (build.status != STATUS_OK) {
                ruleset_free(ruleset);
                return build.status;
        }
        *ret_ruleset = ruleset;
        return STATUS_OK;
}

enum status rulefile_load(const char *const *paths, size_t count, struct diagnostics *diagnostics,
                          struct ruleset **ret_ruleset)
{
        struct rulefile_input input = {.paths = paths, .count = count};

        return build_ruleset(&input, diagnostics, malloc, ret_ruleset);
}

enum status rulefile_load_text(const struct rulefile_text *texts, size_t count, struct diagnostics *diagnostics,
                               struct ruleset **ret_ruleset)
{
        struct rulefile_input input = {.texts = texts, .count = count};

        return build_ruleset(&input, diagnostics, malloc, ret_ruleset);
}

void ruleset_free(struct ruleset *ruleset)
{
        struct arena arena;

        if (ruleset == NULL)
                return;
        arena = ruleset->arena;
        arena_fini(&arena);
        free(ruleset);
}
