/*
 * gaps - roles and agencies to whom a rule may lead, and who mean nobody any more.
 *
 * Contacts are proved when they are loaded, for that day; an entry that ends
 * later without one to follow leaves a gap. Whoever watches hears of it on the
 * first sweep that finds it, before any alert is on its way there, and once a month
 * after that.
 */
#include "inside.h"

#include <stdio.h>

struct gaps {
        struct app *app;
        struct moment moment;
        int32_t today;
        enum status status;
};

/* Whether something is about to go that way: then the writing of letters says what is wrong. */
static bool is_pending(struct gaps *gaps, enum contact_kind kind, const char *name)
{
        struct store_id_page page = {.after = 0};
        struct store_route route = {.kind = (int)kind};

        if (snprintf(route.name, sizeof route.name, "%s", name) >= (int)sizeof route.name)
                return false;
        gaps->status = store_route_alerts(gaps->app->store, &route, STORE_WAITS, &page);
        return page.count > 0;
}

static void pass_over(void *context, const struct contact_step *step)
{
        (void)context;
        (void)step;
}

static void look_at_name(struct gaps *gaps, enum contact_kind kind, const char *name)
{
        struct civil date = civil_to_date(gaps->today);

        if (gaps->status != STATUS_OK ||
            contacts_trace(app_contacts(gaps->app), kind, name, gaps->today, pass_over, NULL) ||
            is_pending(gaps, kind, name) || gaps->status != STATUS_OK)
                return;
        /* Months are told from the days on which a letter could not be addressed by their sign. */
        gaps->status = raise_service(gaps->app, gaps->moment,
                                     &(struct service_alert){.kind = ALERT_NO_CONTACT,
                                                             .word = WORD_NO_CONTACT,
                                                             .about = name,
                                                             .repeat = -((int64_t)date.year * 12 + date.month),
                                                             .due = CIVIL_NONE});
}

static void look_at_stage(struct gaps *gaps, const struct stage *stage)
{
        const struct vocabulary *vocabulary = &app_ruleset(gaps->app)->vocabulary;

        for (size_t i = 0; i < stage->to_count; i++) {
                uint16_t index;
                if (stage->to[i][0] != '$') {
                        look_at_name(gaps, CONTACT_ROLE, stage->to[i]);
                        continue;
                }
                index = vocabulary_attribute(vocabulary, stage->to[i] + 1);
                for (size_t v = 0; index != VOCABULARY_NONE && v < vocabulary->attributes[index].value_count; v++)
                        look_at_name(gaps, CONTACT_AGENCY, vocabulary->attributes[index].values[v]);
        }
}

static void look_at_rules(struct gaps *gaps)
{
        const struct ruleset *ruleset = app_ruleset(gaps->app);

        for (size_t r = 0; r < ruleset->rule_count; r++)
                for (size_t v = 0; v < ruleset->rules[r].version_count; v++) {
                        const struct rule_version *version = &ruleset->rules[r].versions[v];
                        for (size_t s = 0; version->enabled && s < version->stage_count; s++)
                                look_at_stage(gaps, &version->stages[s]);
                }
}

enum status gaps_raise(struct app *app, struct moment moment)
{
        struct gaps gaps = {.app = app, .moment = moment, .today = app_day(app, moment)};

        if (app_contacts(app) != NULL)
                look_at_rules(&gaps);
        return gaps.status;
}
