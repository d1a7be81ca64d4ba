/*
 * derived - decision tables that make attributes of attributes.
 *
 * A row may use what is declared before its attribute, and may ask whether a date
 * has passed or how many events there were.
 */
#include "build.h"

#include <string.h>

#include "mappad/civil.h"

enum { ROW_IS, ROW_WHEN, ROW_UNLESS, ROW_AFTER, ROW_FROM, ROW_IN_FORCE, ROW_COUNT, ROW_KEYS };
static const struct cfg_key row_keys[ROW_KEYS] = {
        [ROW_IS] = {"is", CFG_TEXT, CFG_REQUIRED}, [ROW_WHEN] = {"when", CFG_GROUP, 0},
        [ROW_UNLESS] = {"unless", CFG_GROUP, 0},   [ROW_AFTER] = {"after", CFG_TEXT, 0},
        [ROW_FROM] = {"from", CFG_TEXT, 0},        [ROW_IN_FORCE] = {"in-force", CFG_GROUP, 0},
        [ROW_COUNT] = {"count", CFG_GROUP, 0},
};

enum { COUNT_EVENT, COUNT_LATEST, COUNT_WHERE, COUNT_AT_LEAST, COUNT_KEYS };
static const struct cfg_key count_keys[COUNT_KEYS] = {
        [COUNT_EVENT] = {"event", CFG_TEXT, CFG_REQUIRED},
        [COUNT_LATEST] = {"latest", CFG_TEXT, 0},
        [COUNT_WHERE] = {"where", CFG_GROUP, 0},
        [COUNT_AT_LEAST] = {"at-least", CFG_INT, 0},
};

static bool latest_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node,
                        const struct event_type *event, uint16_t *ret_field)
{
        const char *names[64];
        char hint[CFG_HINT_SIZE];
        size_t count = 0;

        *ret_field = vocabulary_field(event, cfg_text(node));
        if (*ret_field != VOCABULARY_NONE && event->fields[*ret_field].kind != VALUE_SET)
                return true;
        if (*ret_field != VOCABULARY_NONE) {
                cfg_error(file, node, "\"%s\" may hold several words at once; \"latest\" goes by a field with one",
                          cfg_text(node));
                return false;
        }
        while (count < event->field_count && count < 64) {
                names[count] = event->fields[count].name;
                count++;
        }
        if (!build->event_marks[event - build->event_list].broken)
                cfg_error(file, node, "the event \"%s\" has no field \"%s\"%s", event->name, cfg_text(node),
                          build_hint(build, cfg_text(node), names, count, hint));
        return false;
}

static bool count_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node, uint16_t scope,
                       struct event_count *count)
{
        const struct cfg_node *found[COUNT_KEYS];
        struct view view = {.only_possible = true};
        int32_t at_least = 1;
        bool clean;

        *count = (struct event_count){VOCABULARY_NONE, VOCABULARY_NONE, {NULL, 0}, 1};
        if (node == NULL)
                return true;
        clean = cfg_group(file, node, count_keys, COUNT_KEYS, found);
        if (found[COUNT_AT_LEAST] != NULL)
                clean &= cfg_int(file, found[COUNT_AT_LEAST], 1, 1000000, &at_least);
        count->at_least = (uint32_t)at_least;
        if (found[COUNT_EVENT] == NULL)
                return false;
        count->event = build_find(build, file, found[COUNT_EVENT], &build->events, "event");
        if (count->event == VOCABULARY_NONE)
                return false;
        view.event = &build->event_list[count->event];
        view.event_broken = build->event_marks[count->event].broken;
        if (scope != VOCABULARY_NONE && !view.event_broken &&
            (view.event->item_use == ITEM_USE_NONE || view.event->item_kind != scope)) {
                cfg_error(file, found[COUNT_EVENT], "no \"%s\" is ever counted: it names no item of kind \"%s\"",
                          view.event->name, build->item_list[scope].name);
                clean = false;
        }
        if (found[COUNT_LATEST] != NULL)
                clean &= latest_read(build, file, found[COUNT_LATEST], view.event, &count->latest);
        return condition_read(build, file, found[COUNT_WHERE], &view, &count->where) && clean;
}

static bool threshold_read(struct build *build, const struct cfg_file *file, const struct cfg_node *const *found,
                           const struct view *view, struct derived_row *row)
{
        const struct cfg_node *node = found[ROW_AFTER] != NULL ? found[ROW_AFTER] : found[ROW_FROM];

        row->threshold_date = VOCABULARY_NONE;
        if (node == NULL)
                return true;
        if (found[ROW_AFTER] != NULL && found[ROW_FROM] != NULL) {
                cfg_error(file, found[ROW_FROM], "a row has \"after\" or \"from\", not both");
                return false;
        }
        row->threshold_date = view_date(build, file, node, view);
        row->threshold = node == found[ROW_AFTER] ? THRESHOLD_AFTER : THRESHOLD_FROM;
        if (row->threshold_date == VOCABULARY_NONE)
                return false;
        if ((build->attribute_marks[row->threshold_date].reachable & VALUE_ANY_SET) != 0)
                return true;
        cfg_error(file, node, "this row never fits: no event makes \"%s\" set", cfg_text(node));
        return false;
}

static void row_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node, uint16_t index,
                     struct derived_row *row)
{
        struct attribute *attribute = &build->attribute_list[index];
        struct mark *mark = &build->attribute_marks[index];
        struct view view = {.scope = attribute->scope,
                            .any_scope = mark->scope_lost,
                            .limit = index,
                            .only_possible = true,
                            .sees = attribute->scope == VOCABULARY_NONE ? "an attribute without \"scope\""
                                                                        : "this attribute"};
        struct value_words allowed = {attribute->name, attribute->values, attribute->value_count, false};
        const struct cfg_node *found[ROW_KEYS];
        bool clean = cfg_group(file, node, row_keys, ROW_KEYS, found);
        uint64_t bits = 0;

        row->file = file->name;
        row->line = cfg_line(node);
        if (found[ROW_IS] != NULL && !mark->broken)
                clean &= values_read(file, found[ROW_IS], &allowed, &bits);
        for (size_t i = 0; i < attribute->value_count; i++)
                if (bits == VALUE_BIT(i))
                        row->is = (uint8_t)i;
        mark->reachable |= bits;
        clean &= condition_read(build, file, found[ROW_WHEN], &view, &row->when);
        clean &= threshold_read(build, file, found, &view, row);
        clean &= build_in_force(file, found[ROW_IN_FORCE], &row->in_force_from, &row->in_force_until);
        clean &= count_read(build, file, found[ROW_COUNT], attribute->scope, &row->count);
        view.only_possible = false;
        clean &= condition_read(build, file, found[ROW_UNLESS], &view, &row->unless);
        if (!clean)
                mark->reachable = UINT64_MAX;
}

void resolve_derived(struct build *build)
{
        for (size_t i = 0; i < build->attributes.count && build->status == STATUS_OK; i++) {
                struct attribute *attribute = &build->attribute_list[i];
                const struct mark *mark = &build->attribute_marks[i];
                const struct cfg_node *cases = NULL;
                struct derived_row *rows;

                for (size_t j = 0; attribute->derived && j < cfg_member_count(mark->node); j++)
                        if (strcmp(cfg_name(cfg_member(mark->node, j)), "cases") == 0)
                                cases = cfg_member(mark->node, j);
                if (cases == NULL || !cfg_is(cases, CFG_GROUPS))
                        continue;
                rows = build_array(build, cfg_count(cases), sizeof(*rows));
                if (rows == NULL)
                        return;
                for (size_t j = 0; j < cfg_count(cases); j++)
                        row_read(build, mark->file, cfg_element(cases, j), (uint16_t)i, &rows[j]);
                attribute->rows = rows;
                attribute->row_count = cfg_count(cases);
                if (attribute->row_count == 0)
                        cfg_error(mark->file, cases, "\"cases\" has no row, so \"%s\" is never set", attribute->name);
        }
}
