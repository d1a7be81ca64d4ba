/*
 * rules - the law in force, as it was read. Another in its place is change.c.
 */
#include "room.h"

static const char *clock_word(enum clock_kind clock)
{
        switch (clock) {
        case CLOCK_EVERY:
                return "every";
        case CLOCK_WITHIN:
                return "within";
        case CLOCK_BY_DATE:
        case CLOCK_BY_DAY:
                return "by";
        case CLOCK_QUOTA:
                return "quota";
        }
        return "every";
}

static void put_stages(struct wire_buffer *buffer, const struct rule_version *version)
{
        wire_put_key(buffer, "stages");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < version->stage_count; i++) {
                const struct stage *stage = &version->stages[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "at", stage->at);
                wire_put_key(buffer, "to");
                wire_put_text(buffer, "[");
                for (size_t k = 0; k < stage->to_count; k++) {
                        if (k > 0)
                                wire_put_text(buffer, ",");
                        wire_put_string(buffer, stage->to[k]);
                }
                wire_put_text(buffer, "]}");
        }
        wire_put_text(buffer, "]");
}

static void put_version(struct wire_buffer *buffer, const struct rule_version *version)
{
        wire_put_text(buffer, "{");
        api_put_text(buffer, "title", version->title);
        api_put_text(buffer, "source", version->source);
        api_put_text(buffer, "basis", version->basis);
        api_put_text(buffer, "authority", version->authority);
        api_put_text(buffer, "strength", wire_strength_word(version->strength));
        api_put_bool(buffer, "enabled", version->enabled);
        api_put_date(buffer, "from", version->in_force_from == CIVIL_MIN ? CIVIL_NONE : version->in_force_from);
        api_put_date(buffer, "until", version->in_force_until == CIVIL_MAX ? CIVIL_NONE : version->in_force_until);
        api_put_text(buffer, "clock", clock_word(version->clock));
        put_stages(buffer, version);
        api_put_text(buffer, "file", version->file);
        api_put_number(buffer, "line", version->line);
        wire_put_text(buffer, "}");
}

void api_rules(const struct api_call *call)
{
        const struct ruleset *ruleset = app_ruleset(call->api->app);
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        api_put_text(&buffer, "digest", ruleset->digest);
        wire_put_key(&buffer, "rules");
        wire_put_text(&buffer, "[");
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                const struct rule *rule = &ruleset->rules[i];

                wire_put_text(&buffer, i == 0 ? "{" : ",{");
                api_put_text(&buffer, "id", rule->id);
                api_put_text(&buffer, "per",
                             rule->per == VOCABULARY_NONE ? NULL : ruleset->vocabulary.items[rule->per].name);
                wire_put_key(&buffer, "versions");
                wire_put_text(&buffer, "[");
                for (size_t k = 0; k < rule->version_count; k++) {
                        if (k > 0)
                                wire_put_text(&buffer, ",");
                        put_version(&buffer, &rule->versions[k]);
                }
                wire_put_text(&buffer, "]}");
        }
        wire_put_text(&buffer, "]}");
        api_reply(call->request, 200, &buffer);
        wire_buffer_fini(&buffer);
}
