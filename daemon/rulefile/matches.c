/*
 * matches - "{ event = "meeting-held"; where = {...}; }": which events count.
 */
#include "build.h"

enum { MATCH_EVENT, MATCH_WHERE, MATCH_COUNT };
static const struct cfg_key match_keys[MATCH_COUNT] = {
        [MATCH_EVENT] = {"event", CFG_TEXT, CFG_REQUIRED},
        [MATCH_WHERE] = {"where", CFG_GROUP, 0},
};

bool match_read(struct build *build, const struct cfg_file *file, const struct cfg_node *group, uint16_t item_kind,
                struct event_match *ret_match)
{
        const struct cfg_node *found[MATCH_COUNT];
        struct view view = {.only_possible = true};
        bool clean = cfg_group(file, group, match_keys, MATCH_COUNT, found);
        const struct event_type *event;

        if (found[MATCH_EVENT] == NULL)
                return false;
        ret_match->event = build_find(build, file, found[MATCH_EVENT], &build->events, "event");
        if (ret_match->event == VOCABULARY_NONE)
                return false;
        event = &build->event_list[ret_match->event];
        view.event = event;
        view.event_broken = build->event_marks[ret_match->event].broken;
        if (item_kind != VOCABULARY_NONE && !view.event_broken &&
            (event->item_use == ITEM_USE_NONE || event->item_kind != item_kind)) {
                cfg_error(file, found[MATCH_EVENT], "\"%s\" names no item of kind \"%s\", and this rule is per \"%s\"",
                          event->name, build->item_list[item_kind].name, build->item_list[item_kind].name);
                clean = false;
        }
        return condition_read(build, file, found[MATCH_WHERE], &view, &ret_match->where) && clean;
}

bool matches_read(struct build *build, const struct cfg_file *file, const struct cfg_node *node, uint16_t item_kind,
                  struct rule_version *version)
{
        size_t count = cfg_count(node);
        struct event_match *matches;
        bool clean = true;

        if (count == 0) {
                cfg_error(file, node, "\"met-by\" lists no event, so the rule can never be met");
                return false;
        }
        matches = build_array(build, count, sizeof(*matches));
        if (matches == NULL)
                return false;
        for (size_t i = 0; i < count; i++)
                clean &= match_read(build, file, cfg_element(node, i), item_kind, &matches[i]);
        version->met_by = matches;
        version->met_by_count = count;
        return clean;
}
