/*
 * settings_access - the group `access` of the configuration: roles, compartments, agencies.
 *
 * What a compartment asks of a case is kept as it was written: which attributes
 * there are is known only once the rules have been read (scopes.h).
 */
#include "settings.h"

#define GROUP_NAME_MAX 32 /* of a Unix group */
#define WORD_MAX 64       /* of an attribute, a value, an agency */

enum { ACCESS_READERS, ACCESS_WRITERS, ACCESS_ADMINS, ACCESS_COMPARTMENTS, ACCESS_AGENCIES, ACCESS_COUNT };
static const struct cfg_key access_keys[ACCESS_COUNT] = {
        [ACCESS_READERS] = {"readers", CFG_TEXTS, 0},    [ACCESS_WRITERS] = {"writers", CFG_TEXTS, 0},
        [ACCESS_ADMINS] = {"admins", CFG_TEXTS, 0},      [ACCESS_COMPARTMENTS] = {"compartments", CFG_GROUPS, 0},
        [ACCESS_AGENCIES] = {"agencies", CFG_GROUPS, 0},
};

enum { COMPARTMENT_GROUP, COMPARTMENT_WHEN, COMPARTMENT_HIDES, COMPARTMENT_COUNT };
static const struct cfg_key compartment_keys[COMPARTMENT_COUNT] = {
        [COMPARTMENT_GROUP] = {"group", CFG_TEXT, CFG_REQUIRED},
        [COMPARTMENT_WHEN] = {"when", CFG_GROUP, CFG_REQUIRED},
        [COMPARTMENT_HIDES] = {"hides-counts", CFG_BOOL, 0},
};

enum { AGENCY_GROUP, AGENCY_AGENCY, AGENCY_CASES, AGENCY_ITEMS, AGENCY_COUNT };
static const struct cfg_key agency_keys[AGENCY_COUNT] = {
        [AGENCY_GROUP] = {"group", CFG_TEXT, CFG_REQUIRED},
        [AGENCY_AGENCY] = {"agency", CFG_TEXT, CFG_REQUIRED},
        [AGENCY_CASES] = {"cases", CFG_TEXTS, 0},
        [AGENCY_ITEMS] = {"items", CFG_TEXTS, 0},
};

/* What a compartment asks for: any number of attributes, each with one value or several. */
static void read_when(struct reading *reading, const struct cfg_node *group, struct settings_scope *scope)
{
        size_t count = group == NULL ? 0 : cfg_member_count(group);
        struct settings_term *terms = keep_room(reading->keep, count, sizeof *terms);

        if (group == NULL)
                return;
        if (count == 0)
                cfg_error(reading->file, group,
                          "\"when\" asks for nothing: a compartment names at least one attribute");
        for (size_t i = 0; terms != NULL && i < count; i++) {
                const struct cfg_node *node = cfg_member(group, i);

                terms[i] = (struct settings_term){.name = keep_text(reading->keep, cfg_name(node)),
                                                  .line = cfg_line(node)};
                if (!cfg_is(node, CFG_TEXTS))
                        cfg_error(reading->file, node, "\"%s\" is %s; it must be a text or a list of texts",
                                  cfg_name(node), cfg_kind(node));
                else if (cfg_count(node) == 0)
                        cfg_error(reading->file, node, "\"%s\" lists no value, so no case lies in this compartment",
                                  cfg_name(node));
                else
                        terms[i].values = settings_list(reading, node, WORD_MAX);
        }
        scope->when = terms;
        scope->when_count = terms == NULL ? 0 : count;
}

static void read_compartment(struct reading *reading, const struct cfg_node *node, struct settings_scope *scope)
{
        const struct cfg_node *found[COMPARTMENT_COUNT];

        (void)cfg_group(reading->file, node, compartment_keys, COMPARTMENT_COUNT, found);
        *scope = (struct settings_scope){.kind = SETTINGS_COMPARTMENT, .line = cfg_line(node)};
        scope->group = settings_text(reading, found[COMPARTMENT_GROUP], GROUP_NAME_MAX, "");
        scope->hides_counts = cfg_bool(found[COMPARTMENT_HIDES], false);
        read_when(reading, found[COMPARTMENT_WHEN], scope);
}

static struct settings_names read_names(struct reading *reading, const struct cfg_node *node)
{
        if (node == NULL)
                return (struct settings_names){.line = 0};
        if (cfg_count(node) == 0)
                cfg_error(reading->file, node, "\"%s\" must name at least one attribute", cfg_name(node));
        return (struct settings_names){settings_list(reading, node, WORD_MAX), cfg_line(node)};
}

static void read_agency(struct reading *reading, const struct cfg_node *node, struct settings_scope *scope)
{
        const struct cfg_node *found[AGENCY_COUNT];
        bool sound = cfg_group(reading->file, node, agency_keys, AGENCY_COUNT, found);

        *scope = (struct settings_scope){.kind = SETTINGS_AGENCY, .line = cfg_line(node)};
        scope->group = settings_text(reading, found[AGENCY_GROUP], GROUP_NAME_MAX, "");
        scope->agency = settings_text(reading, found[AGENCY_AGENCY], WORD_MAX, "");
        scope->cases = read_names(reading, found[AGENCY_CASES]);
        scope->items = read_names(reading, found[AGENCY_ITEMS]);
        if (sound && found[AGENCY_CASES] == NULL && found[AGENCY_ITEMS] == NULL)
                cfg_error(
                        reading->file, node,
                        "an agency needs \"cases\" or \"items\": the attributes by which a case, or an item of one, is "
                        "its own");
}

static void read_scopes(struct reading *reading, const struct cfg_node *compartments, const struct cfg_node *agencies)
{
        struct settings *settings = reading->settings;
        size_t first = cfg_count(compartments), count = first + cfg_count(agencies);
        struct settings_scope *scopes;

        if (count > SETTINGS_SCOPES_MAX) {
                cfg_error(reading->file, first > 0 ? compartments : agencies,
                          "there are %zu compartments and agencies; at most %d are possible", count,
                          SETTINGS_SCOPES_MAX);
                return;
        }
        scopes = keep_room(reading->keep, count, sizeof *scopes);
        if (scopes == NULL)
                return;
        for (size_t i = 0; i < first; i++)
                read_compartment(reading, cfg_element(compartments, i), &scopes[i]);
        for (size_t i = first; i < count; i++)
                read_agency(reading, cfg_element(agencies, i - first), &scopes[i]);
        settings->scopes = scopes;
        settings->scope_count = count;
}

void settings_read_access(struct reading *reading, const struct cfg_node *group)
{
        struct settings *settings = reading->settings;
        const struct cfg_node *found[ACCESS_COUNT];

        if (group == NULL)
                return;
        (void)cfg_group(reading->file, group, access_keys, ACCESS_COUNT, found);
        settings->readers = settings_list(reading, found[ACCESS_READERS], GROUP_NAME_MAX);
        settings->writers = settings_list(reading, found[ACCESS_WRITERS], GROUP_NAME_MAX);
        settings->admins = settings_list(reading, found[ACCESS_ADMINS], GROUP_NAME_MAX);
        read_scopes(reading, found[ACCESS_COMPARTMENTS], found[ACCESS_AGENCIES]);
}
