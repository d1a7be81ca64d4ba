/*
 * rules - each element of `rules` becomes a version of a rule.
 *
 * First all identifiers are collected, so that rules may name each other over all
 * files; then each version is read. Elements of one id are its versions: their
 * spans in force are disjoint and they share `per`.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/civil.h"
#include "rule_keys.h"

static const struct cfg_key rule_keys[RULE_KEYS] = {
        [RULE_ID] = {"id", CFG_TEXT, CFG_REQUIRED},
        [RULE_TITLE] = {"title", CFG_TEXT, 0},
        [RULE_SOURCE] = {"source", CFG_TEXT, 0},
        [RULE_BASIS] = {"basis", CFG_TEXT, 0},
        [RULE_AUTHORITY] = {"authority", CFG_TEXT, 0},
        [RULE_STRENGTH] = {"strength", CFG_TEXT, 0},
        [RULE_ENABLED] = {"enabled", CFG_BOOL, 0},
        [RULE_IN_FORCE] = {"in-force", CFG_GROUP, 0},
        [RULE_PER] = {"per", CFG_TEXT, 0},
        [RULE_APPLIES] = {"applies", CFG_GROUP, 0},
        [RULE_UNLESS] = {"unless", CFG_GROUP, 0},
        [RULE_RUNS] = {"runs", CFG_GROUP, 0},
        [RULE_ON_PAUSE] = {"on-pause", CFG_TEXT, 0},
        [RULE_GRACE] = {"grace", CFG_TEXT, 0},
        [RULE_NEEDS] = {"needs", CFG_TEXTS, 0},
        [RULE_EVERY] = {"every", CFG_TEXT_OR_GROUPS, 0},
        [RULE_WITHIN] = {"within", CFG_TEXT_OR_GROUPS, 0},
        [RULE_BY] = {"by", CFG_TEXT, 0},
        [RULE_AT_LEAST] = {"at-least", CFG_INT, 0},
        [RULE_FROM] = {"from", CFG_ANY, 0},
        [RULE_LEAD] = {"lead", CFG_TEXT, 0},
        [RULE_OPENS] = {"opens", CFG_TEXT, 0},
        [RULE_TENTATIVE] = {"tentative", CFG_BOOL, 0},
        [RULE_MILESTONE] = {"milestone", CFG_BOOL, 0},
        [RULE_IN_EACH] = {"in-each", CFG_TEXT, 0},
        [RULE_YEAR_STARTS] = {"year-starts", CFG_TEXT, 0},
        [RULE_MET_BY] = {"met-by", CFG_GROUPS, 0},
        [RULE_MISSED_IF] = {"missed-if", CFG_GROUP, 0},
        [RULE_BOOKED_BY] = {"booked-by", CFG_TEXT, 0},
        [RULE_SOONER] = {"sooner", CFG_TEXT, 0},
        [RULE_FOLLOWS] = {"follows", CFG_TEXTS, 0},
        [RULE_ALERTS] = {"alerts", CFG_GROUPS, 0},
        [RULE_URGENT] = {"urgent", CFG_BOOL, 0},
};

static void declare_rule(struct build *build, const struct cfg_file *file, const struct cfg_node *node)
{
        struct rule_draft *draft = &build->drafts[build->draft_count];
        struct rule_version *version = &draft->version;

        *draft = (struct rule_draft){.file = file, .node = node, .order = build->draft_count, .per = VOCABULARY_NONE};
        draft->clean = cfg_group(file, node, rule_keys, RULE_KEYS, draft->found);
        if (draft->found[RULE_ID] == NULL ||
            !build_word(file, draft->found[RULE_ID], "rule id", cfg_text(draft->found[RULE_ID]), false)) {
                build_lose(build, &build->rules, file->name, cfg_line(node));
                return;
        }
        draft->id = build_text(build, draft->found[RULE_ID]);
        if (draft->id == NULL)
                return;
        version->file = file->name;
        version->line = cfg_line(node);
        version->dated = draft->found[RULE_IN_FORCE] != NULL;
        draft->clean &=
                build_in_force(file, draft->found[RULE_IN_FORCE], &version->in_force_from, &version->in_force_until);
        if (draft->found[RULE_PER] != NULL) {
                draft->per = build_find(build, file, draft->found[RULE_PER], &build->items, "item kind");
                draft->clean &= draft->per != VOCABULARY_NONE;
        }
        draft->view = (struct view){.scope = draft->per,
                                    .any_scope = draft->found[RULE_PER] != NULL && draft->per == VOCABULARY_NONE,
                                    .limit = (uint16_t)build->attributes.count,
                                    .only_possible = true,
                                    .sees = draft->per == VOCABULARY_NONE ? "a rule without \"per\"" : "this rule"};
        build->draft_count++;
}

static int by_id(const void *a, const void *b)
{
        const struct rule_draft *left = a, *right = b;
        int order = strcmp(left->id, right->id);

        if (order != 0)
                return order;
        if (left->version.in_force_from != right->version.in_force_from)
                return left->version.in_force_from < right->version.in_force_from ? -1 : 1;
        return left->order < right->order ? -1 : 1;
}

/* Two neighbours of one id must be two versions of one rule. */
static void compare_versions(const struct rule_draft *before, const struct rule_draft *after)
{
        const struct rule_draft *later = before->order < after->order ? after : before;
        const struct rule_draft *earlier = later == after ? before : after;

        char place[256];

        if (!before->clean || !after->clean)
                return;
        if (earlier->file == later->file)
                snprintf(place, sizeof(place), "line %d", cfg_line(earlier->node));
        else
                snprintf(place, sizeof(place), "%s:%d", earlier->file->name, cfg_line(earlier->node));
        if (!before->version.dated || !after->version.dated)
                cfg_error(later->file, later->node,
                          "the rule \"%s\" is declared twice, first at %s; versions of a rule each have \"in-force\"",
                          later->id, place);
        else if (after->version.in_force_from <= before->version.in_force_until)
                cfg_error(later->file, later->node, "this version of \"%s\" is in force on days when that at %s is too",
                          later->id, place);
        else if (before->per != after->per)
                cfg_error(later->file, later->node, "all versions of \"%s\" have the same \"per\"; that at %s differs",
                          later->id, place);
}

void declare_rules(struct build *build)
{
        size_t total = build_total(build, TOP_RULES);
        struct rule *rules;

        build->drafts = build_scratch(build, total, sizeof(*build->drafts));
        if (build->status != STATUS_OK || !build_room(build, &build->rules, "rules", total))
                return;
        build_each(build, TOP_RULES, declare_rule);
        rules = build_array(build, build->draft_count, sizeof(*rules));
        if (build->status != STATUS_OK)
                return;
        if (build->draft_count > 1)
                qsort(build->drafts, build->draft_count, sizeof(*build->drafts), by_id);
        for (size_t i = 0; i < build->draft_count; i++) {
                const struct rule_draft *draft = &build->drafts[i];
                struct word_entry entry = {draft->id, (uint16_t)build->rules.count, draft->file, draft->node};

                if (i > 0 && strcmp(draft->id, draft[-1].id) == 0) {
                        compare_versions(&draft[-1], draft);
                        continue;
                }
                rules[entry.index] = (struct rule){.id = draft->id, .per = draft->per};
                words_enter(&build->rules, &entry);
        }
        build->rule_list = rules;
        build->ruleset->rules = rules;
        build->ruleset->rule_count = build->rules.count;
}

/* What the rule says of itself. */
static bool read_texts(struct build *build, struct rule_draft *draft)
{
        static const char *const strengths[] = {"must", "should", "expected"};
        struct rule_version *version = &draft->version;
        const struct cfg_node *authority = draft->found[RULE_AUTHORITY];
        int strength = STRENGTH_SHOULD;

        version->title = draft->found[RULE_TITLE] == NULL ? draft->id : build_text(build, draft->found[RULE_TITLE]);
        version->source = draft->found[RULE_SOURCE] == NULL ? "" : build_text(build, draft->found[RULE_SOURCE]);
        version->basis = draft->found[RULE_BASIS] == NULL ? "" : build_text(build, draft->found[RULE_BASIS]);
        version->authority = build_text(build, authority);
        if (draft->found[RULE_STRENGTH] != NULL)
                strength = build_choice(draft->file, draft->found[RULE_STRENGTH], strengths, 3);
        version->strength = strength < 0 ? STRENGTH_SHOULD : (enum strength)strength;
        version->enabled = cfg_bool(draft->found[RULE_ENABLED], true);
        version->urgent = cfg_bool(draft->found[RULE_URGENT], false);
        if (build->authorities_declared && authority != NULL &&
            words_find(&build->authorities, version->authority) == NULL) {
                (void)build_find(build, draft->file, authority, &build->authorities, "authority");
                return false;
        }
        return strength >= 0;
}

/* A rule that does not say where it comes from is taken, but not in silence. */
static void warn_of_gaps(const struct rule_draft *draft)
{
        static const enum rule_key keys[] = {RULE_TITLE, RULE_SOURCE, RULE_BASIS, RULE_STRENGTH};
        char gaps[96] = "";

        for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
                const struct cfg_node *node = draft->found[keys[i]];

                if (node != NULL && (cfg_text(node)[0] != '\0' || !draft->version.enabled))
                        continue;
                strncat(gaps, gaps[0] == '\0' ? "" : ", ", sizeof(gaps) - strlen(gaps) - 1);
                strncat(gaps, rule_keys[keys[i]].name, sizeof(gaps) - strlen(gaps) - 1);
        }
        if (gaps[0] != '\0')
                cfg_warning(draft->file, draft->node, "the rule \"%s\" states no %s%s", draft->id, gaps,
                            draft->found[RULE_STRENGTH] == NULL ? "; its strength is taken as \"should\"" : "");
}

static bool read_needs(struct build *build, struct rule_draft *draft)
{
        const struct cfg_node *node = draft->found[RULE_NEEDS];
        uint16_t *needs = build_array(build, cfg_count(node), sizeof(*needs));
        struct rule_version *version = &draft->version;
        bool clean = true;

        version->needs = needs;
        for (size_t i = 0; needs != NULL && i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                uint16_t index = view_attribute(build, draft->file, element, cfg_text(element), &draft->view);

                clean &= index != VOCABULARY_NONE;
                for (size_t j = 0; index != VOCABULARY_NONE && j < version->need_count; j++) {
                        if (needs[j] != index)
                                continue;
                        cfg_error(draft->file, element, "\"%s\" is needed twice", cfg_text(element));
                        clean = false;
                }
                if (index != VOCABULARY_NONE)
                        needs[version->need_count++] = index;
        }
        return clean && needs != NULL;
}

static bool is_needed(const struct rule_version *version, uint16_t attribute)
{
        for (size_t i = 0; i < version->need_count; i++)
                if (version->needs[i] == attribute)
                        return true;
        return false;
}

/* The strict reading: a day on which it is not known whether the clock runs counts. */
static bool read_runs(struct build *build, struct rule_draft *draft)
{
        struct rule_version *version = &draft->version;
        struct condition runs;
        struct term *terms;

        version->has_runs = draft->found[RULE_RUNS] != NULL;
        if (!condition_read(build, draft->file, draft->found[RULE_RUNS], &draft->view, &runs))
                return false;
        terms = build_array(build, runs.count, sizeof(*terms));
        if (terms == NULL)
                return false;
        for (size_t i = 0; i < runs.count; i++) {
                terms[i] = runs.terms[i];
                if (is_needed(version, terms[i].subject))
                        terms[i].mask |= VALUE_UNSET;
        }
        version->runs = (struct condition){terms, runs.count};
        return true;
}

static bool read_pause(struct rule_draft *draft)
{
        static const char *const pauses[] = {"continue", "carry", "restart"};
        static const enum on_pause kinds[] = {PAUSE_CONTINUE, PAUSE_CARRY, PAUSE_RESTART};
        const struct cfg_node *pause = draft->found[RULE_ON_PAUSE], *grace = draft->found[RULE_GRACE];
        int kind;

        if (draft->version.clock != CLOCK_EVERY && draft->version.clock != CLOCK_WITHIN)
                return true;
        if (pause != NULL && draft->found[RULE_RUNS] == NULL) {
                cfg_error(draft->file, pause, "\"on-pause\" needs \"runs\": without it the clock never pauses");
                return false;
        }
        if (pause == NULL && draft->found[RULE_RUNS] != NULL) {
                cfg_error(draft->file, draft->found[RULE_RUNS],
                          "\"runs\" needs \"on-pause\": \"continue\", \"carry\" or \"restart\"");
                return false;
        }
        kind = pause == NULL ? 0 : build_choice(draft->file, pause, pauses, 3);
        if (kind < 0)
                return false;
        draft->version.on_pause = kinds[kind];
        if (grace == NULL)
                return true;
        if (pause == NULL || draft->version.on_pause != PAUSE_CARRY) {
                cfg_error(draft->file, grace, "\"grace\" goes with on-pause = \"carry\" only");
                return false;
        }
        return period_read(draft->file, grace, PERIOD_USE_ONWARD, &draft->version.grace);
}

static bool read_conditions(struct build *build, struct rule_draft *draft)
{
        struct rule_version *version = &draft->version;
        struct view excluding = draft->view;
        bool clean = read_needs(build, draft);

        excluding.only_possible = false;
        clean &= condition_read(build, draft->file, draft->found[RULE_APPLIES], &draft->view, &version->applies);
        clean &= condition_read(build, draft->file, draft->found[RULE_UNLESS], &excluding, &version->applies_unless);
        clean &= condition_read(build, draft->file, draft->found[RULE_MISSED_IF], &draft->view, &version->missed_if);
        if (draft->found[RULE_MISSED_IF] != NULL && cfg_member_count(draft->found[RULE_MISSED_IF]) == 0) {
                cfg_error(draft->file, draft->found[RULE_MISSED_IF], "\"missed-if\" names no attribute");
                clean = false;
        }
        clean &= read_runs(build, draft);
        return read_pause(draft) && clean;
}

/* An event that begins an item happens once to it: one that started the clock cannot stop it too. */
static bool can_be_met(const struct rule_draft *draft, const struct build *build)
{
        const struct rule_version *version = &draft->version;

        if (draft->per == VOCABULARY_NONE || version->clock != CLOCK_WITHIN || version->trigger != TRIGGER_EVENT ||
            version->milestone)
                return true;
        for (size_t i = 0; i < version->met_by_count; i++)
                if (version->met_by[i].event != version->from.event ||
                    build->event_list[version->from.event].item_use != ITEM_USE_BEGINS)
                        return true;
        cfg_error(draft->file, draft->found[RULE_MET_BY],
                  "this rule can never be met: \"%s\" begins the item and happens to it once",
                  build->event_list[version->from.event].name);
        return false;
}

static bool read_ends(struct build *build, struct rule_draft *draft)
{
        struct rule_version *version = &draft->version;
        const struct cfg_node *met_by = draft->found[RULE_MET_BY];

        version->milestone = cfg_bool(draft->found[RULE_MILESTONE], false);
        if (!version->milestone && met_by == NULL) {
                if (draft->clean)
                        cfg_error(draft->file, draft->node, "the rule \"%s\" can never be met: \"met-by\" is missing",
                                  draft->id);
                return false;
        }
        if (!version->milestone)
                return matches_read(build, draft->file, met_by, draft->per, version);
        for (enum rule_key key = 0; key < RULE_KEYS; key++) {
                if (draft->found[key] == NULL || (key != RULE_MET_BY && key != RULE_TENTATIVE && key != RULE_MISSED_IF))
                        continue;
                if (key == RULE_TENTATIVE && !version->tentative)
                        continue;
                cfg_error(draft->file, draft->found[key], "\"%s\" does not go with a milestone, which is only told of",
                          cfg_name(draft->found[key]));
                return false;
        }
        return true;
}

static bool read_dates(struct build *build, struct rule_draft *draft)
{
        struct rule_version *version = &draft->version;
        const struct cfg_node *booked = draft->found[RULE_BOOKED_BY], *sooner = draft->found[RULE_SOONER];

        version->booked_by = view_date(build, draft->file, booked, &draft->view);
        version->sooner = view_date(build, draft->file, sooner, &draft->view);
        return (booked == NULL || version->booked_by != VOCABULARY_NONE) &&
               (sooner == NULL || version->sooner != VOCABULARY_NONE);
}

static void read_version(struct build *build, struct rule_draft *draft)
{
        bool clean = read_texts(build, draft);
        bool timed = rule_choose_clock(draft);

        if (draft->clean)
                warn_of_gaps(draft);
        clean &= read_conditions(build, draft);
        if (timed)
                clean &= rule_read_clock(build, draft);
        clean &= read_ends(build, draft);
        clean &= read_dates(build, draft);
        if (timed)
                clean &= stages_read(build, draft->file, draft->found[RULE_ALERTS], &draft->view, &draft->version);
        if (clean && timed && draft->clean)
                (void)can_be_met(draft, build);
        draft->clean &= clean && timed;
}

bool rule_per_lost(const struct build *build, uint16_t rule)
{
        const struct cfg_node *node = words_find(&build->rules, build->rule_list[rule].id)->node;
        bool says = false;

        for (size_t i = 0; i < cfg_member_count(node); i++)
                says |= strcmp(cfg_name(cfg_member(node, i)), "per") == 0;
        return says && build->rule_list[rule].per == VOCABULARY_NONE;
}

/* Whether a rule that another follows has the same series and a recurring clock, in all versions. */
static bool may_be_followed(const struct build *build, const struct rule_draft *draft, const struct cfg_node *node,
                            uint16_t index)
{
        const struct rule *rule = &build->ruleset->rules[index];

        if (strcmp(rule->id, draft->id) == 0) {
                cfg_error(draft->file, node, "every rule follows itself; name others only");
                return false;
        }
        if (rule->per != draft->per && !rule_per_lost(build, index)) {
                cfg_error(draft->file, node, "\"%s\" has another \"per\", so its series cannot be followed", rule->id);
                return false;
        }
        for (size_t i = 0; i < rule->version_count; i++) {
                if (rule->versions[i].clock == CLOCK_EVERY)
                        continue;
                cfg_error(draft->file, node, "\"%s\" has no \"every\", so there is nothing to follow", rule->id);
                return false;
        }
        return true;
}

static void read_follows(struct build *build, struct rule_draft *draft)
{
        const struct cfg_node *node = draft->found[RULE_FOLLOWS];
        uint16_t *follows = build_array(build, cfg_count(node), sizeof(*follows));
        struct rule_version *version = &draft->version;

        version->follows = follows;
        for (size_t i = 0; follows != NULL && i < cfg_count(node); i++) {
                const struct cfg_node *element = cfg_element(node, i);
                uint16_t index = build_find(build, draft->file, element, &build->rules, "rule");
                bool again = false;

                for (size_t j = 0; j < version->follow_count; j++)
                        again |= follows[j] == index;
                if (again)
                        cfg_error(draft->file, element, "\"%s\" is followed twice", cfg_text(element));
                else if (index != VOCABULARY_NONE && may_be_followed(build, draft, element, index))
                        follows[version->follow_count++] = index;
        }
}

/* Versions stand in the order of the drafts, those of one rule beside each other. */
static void attach_versions(struct build *build, struct rule_version *versions)
{
        struct rule *rules = build->rule_list;
        size_t rule = 0;

        for (size_t i = 0; i < build->draft_count; i++) {
                versions[i] = build->drafts[i].version;
                if (i > 0 && strcmp(build->drafts[i].id, build->drafts[i - 1].id) != 0)
                        rule++;
                if (rules[rule].versions == NULL)
                        rules[rule].versions = &versions[i];
                rules[rule].version_count++;
        }
}

/* Whom a rule follows can be judged only when all clocks are known. */
void resolve_rules(struct build *build)
{
        struct rule_version *versions = build_array(build, build->draft_count, sizeof(*versions));

        for (size_t i = 0; i < build->draft_count && build->status == STATUS_OK; i++)
                read_version(build, &build->drafts[i]);
        if (build->status != STATUS_OK)
                return;
        attach_versions(build, versions);
        for (size_t i = 0; i < build->draft_count && build->status == STATUS_OK; i++) {
                struct rule_draft *draft = &build->drafts[i];

                if (!draft->clean || draft->version.clock != CLOCK_EVERY)
                        continue;
                read_follows(build, draft);
                versions[i].follows = draft->version.follows;
                versions[i].follow_count = draft->version.follow_count;
        }
}
