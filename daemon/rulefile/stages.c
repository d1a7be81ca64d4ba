/*
 * stages - the ladder of a rule: when whom to tell.
 */
#include "build.h"

#include <string.h>

#include "text.h"

enum { STAGE_AT, STAGE_TO, STAGE_AGAIN, STAGE_TIMES, STAGE_URGENT, STAGE_KEYS };
static const struct cfg_key stage_keys[STAGE_KEYS] = {
        [STAGE_AT] = {"at", CFG_TEXT, CFG_REQUIRED}, [STAGE_TO] = {"to", CFG_TEXTS, CFG_REQUIRED},
        [STAGE_AGAIN] = {"again", CFG_TEXT, 0},      [STAGE_TIMES] = {"times", CFG_INT, 0},
        [STAGE_URGENT] = {"urgent", CFG_BOOL, 0},
};

#define STAGE_TIMES_MAX 1000 /* a daily reminder for nearly three years */

/* Only fixed dates and quotas have an opening day of their own. */
static bool may_open(const struct cfg_file *file, const struct cfg_node *node, const struct rule_version *version,
                     const struct stage *stage)
{
        if (stage->at == NULL || stage->kind != STAGE_OPENS)
                return true;
        if (version->clock != CLOCK_EVERY && version->clock != CLOCK_WITHIN)
                return true;
        cfg_error(file, node, "a rule with \"%s\" has no opening day, so no stage \"opens\"",
                  version->clock == CLOCK_EVERY ? "every" : "within");
        return false;
}

static bool at_read(const struct cfg_file *file, const struct cfg_node *node, struct stage *stage)
{
        static const char *const words[] = {"opens", "due", "overdue"};
        static const enum stage_kind kinds[] = {STAGE_OPENS, STAGE_DUE, STAGE_OVERDUE};
        const char *text = cfg_text(node);

        for (size_t i = 0; i < 3; i++) {
                if (strcmp(text, words[i]) != 0)
                        continue;
                stage->kind = kinds[i];
                return true;
        }
        if (strchr(text, ' ') == NULL) {
                char hint[CFG_HINT_SIZE];

                cfg_error(
                        file, node,
                        "no stage is called \"%s\"; it is \"opens\", \"due\", \"overdue\" or \"PERIOD before\" or \"after\"%s",
                        text, cfg_hint(file->diagnostics, text, words, 3, hint));
                return false;
        }
        if (!period_read(file, node, PERIOD_USE_STAGE, &stage->period))
                return false;
        stage->kind = stage->period.phrase == PERIOD_AFTER ? STAGE_AFTER : STAGE_BEFORE;
        return true;
}

/* "$attribute": the agencies it names. */
static bool route_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                       const struct view *view)
{
        const char *name = cfg_text(node) + 1;
        uint16_t index = view_attribute(build, file, node, name, view);

        if (index == VOCABULARY_NONE)
                return false;
        if (build->attribute_list[index].kind != VALUE_DATE)
                return true;
        cfg_error(file, node, "\"$%s\" is a date; a route names an attribute whose words are agencies", name);
        return false;
}

static bool to_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                    const struct view *view, struct stage *stage)
{
        size_t count = cfg_count(node);
        const char **routes = build_array(build, count, sizeof(*routes));
        bool clean = true;

        stage->to = routes;
        stage->to_count = count;
        for (size_t i = 0; routes != NULL && i < count; i++) {
                const struct cfg_node *element = cfg_element(node, i);
                const char *text = cfg_text(element);

                routes[i] = build_copy(build, text);
                if (routes[i] == NULL)
                        return false;
                if (vocabulary_word(routes, i, text) >= 0) {
                        cfg_error(file, element, "\"%s\" is listed twice in this stage", text);
                        clean = false;
                } else if (text[0] == '$') {
                        clean &= route_read(build, file, element, view);
                } else {
                        clean &= build_word(file, element, "role", text, false);
                }
        }
        return clean && routes != NULL;
}

static bool again_read(const struct cfg_file *file, const struct cfg_node *const *found, struct stage *stage)
{
        const struct cfg_node *alone = found[STAGE_AGAIN] != NULL ? found[STAGE_AGAIN] : found[STAGE_TIMES];

        if (alone == NULL)
                return true;
        if (found[STAGE_AGAIN] == NULL || found[STAGE_TIMES] == NULL) {
                cfg_error(file, alone, "\"again\" and \"times\" go together: how far apart, and how often");
                return false;
        }
        if (!period_read(file, found[STAGE_AGAIN], PERIOD_USE_BARE, &stage->again))
                return false;
        return cfg_int(file, found[STAGE_TIMES], 1, STAGE_TIMES_MAX, &stage->times);
}

static bool stage_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                       const struct view *view, struct stage *stage)
{
        const struct cfg_node *found[STAGE_KEYS];
        bool clean = cfg_group(file, node, stage_keys, STAGE_KEYS, found);

        stage->file = file->name;
        stage->line = cfg_line(node);
        stage->urgent = cfg_bool(found[STAGE_URGENT], false);
        if (found[STAGE_AT] != NULL) {
                stage->at = build_text(build, found[STAGE_AT]);
                clean &= at_read(file, found[STAGE_AT], stage);
        }
        if (found[STAGE_TO] != NULL)
                clean &= to_read(build, file, found[STAGE_TO], view, stage);
        return again_read(file, found, stage) && clean;
}

/* Two stages at one point would be one alert with two contents. */
static bool stages_differ(const struct cfg_file *file, const struct cfg_node *node, const struct stage *stages,
                          size_t count)
{
        const struct stage *last = &stages[count];

        for (size_t i = 0; i < count; i++) {
                const struct stage *stage = &stages[i];

                if (last->at == NULL || stage->at == NULL || stage->kind != last->kind ||
                    stage->period.count != last->period.count || stage->period.unit != last->period.unit ||
                    stage->period.phrase != last->period.phrase)
                        continue;
                cfg_error(file, node, "the stage \"%s\" is there already, on line %d: name all who are told in one",
                          last->at, stage->line);
                return false;
        }
        return true;
}

#define STAGES_MAX 64

bool stages_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node, const struct view *view,
                 struct rule_version *version)
{
        size_t count = cfg_count(node);
        struct stage *stages;
        bool clean = true;

        if (count > STAGES_MAX) {
                cfg_error(file, node, "a ladder has at most %d stages; this one has %zu", STAGES_MAX, count);
                return false;
        }
        stages = build_array(build, count, sizeof(*stages));
        if (stages == NULL)
                return false;
        for (size_t i = 0; i < count; i++) {
                bool sound = stage_read(build, file, cfg_element(node, i), view, &stages[i]);

                sound = sound && may_open(file, cfg_element(node, i), version, &stages[i]);
                clean = sound && stages_differ(file, cfg_element(node, i), stages, i) && clean;
        }
        version->stages = stages;
        version->stage_count = count;
        return clean;
}
