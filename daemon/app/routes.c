/*
 * routes - who would hear of a stage, and why (app_routes.h).
 *
 * The same questions are asked of the state and of the contacts as when an alert
 * is raised and its message written; here the answers are told instead.
 */
#include "mappad/app_routes.h"

#include <string.h>

#include "ack.h"
#include "mappad/nearest.h"

static const char *const how_words[] = {
        [APP_ROUTE_NAMED] = "named",
        [APP_ROUTE_UNSET] = "unset",
        [APP_ROUTE_UNKNOWN] = "unknown",
        [APP_ROUTE_GONE] = "gone",
};

const char *app_route_how_word(enum app_route_how how)
{
        return how_words[how];
}

struct routing {
        struct app *app;
        const struct app_route_question *question;
        const struct app_route_sink *sink;
        struct wire_problem *problem;
        struct dossier dossier;
        struct duties duties;
        int32_t day;
        uint16_t rule;
        const struct item *item;
        const struct obligation *owed; /* NULL: nothing is */
        const struct rule_version *version;
        const struct stage *stage;
        const struct value *state;
        struct ack_list acks;
        struct app_route_row row; /* being made */
};

static enum status load_case(struct routing *routing)
{
        struct app *app = routing->app;
        struct derive_input input = {.ruleset = app_ruleset(app),
                                     .dossier = &routing->dossier,
                                     .known_at = INSTANT_LATEST,
                                     .as_of = routing->day,
                                     .open_only = true};
        struct store_case casefile = {0};
        enum status status = store_case_find(app->store, routing->question->case_ref, &casefile);

        routing->dossier.case_id = sight_sees(routing->question->sight, casefile.scope) ? casefile.id : 0;
        if (status == STATUS_OK && routing->dossier.case_id == 0) {
                wire_problem_set(routing->problem, "unknown-case", "case", "nothing was ever recorded of \"%s\"",
                                 routing->question->case_ref);
                return STATUS_INVALID;
        }
        if (status == STATUS_OK)
                status = dossier_load(app->store, app->book->lexicon, routing->dossier.case_id, &routing->dossier);
        return status == STATUS_OK ? duties_derive(&input, &app->work, &app->rows, &routing->duties) : status;
}

/* ---- which item, which obligation ---- */

static enum status refuse_item(struct routing *routing, const char *key)
{
        const struct casefile *casefile = &routing->duties.casefile;
        const char **keys = arena_array(&routing->app->work, casefile->item_count + 1, sizeof *keys);
        char shown[80];

        if (keys == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < casefile->item_count; i++)
                keys[i] = casefile->items[i].key;
        wire_clean(key, strlen(key), shown, sizeof shown);
        wire_problem_set(routing->problem, "unknown-value", "item", "the case has no such item for this rule: \"%s\"",
                         shown);
        routing->problem->nearest = nearest_word(shown, keys, casefile->item_count);
        return STATUS_INVALID;
}

static bool owed_of(const struct routing *routing, const struct item *item)
{
        for (size_t i = 0; i < routing->duties.count; i++) {
                const struct obligation *obligation = &routing->duties.list[i].obligation;
                if (obligation->rule == routing->rule && obligation->item != NULL &&
                    strcmp(obligation->item->key, item->key) == 0)
                        return true;
        }
        return false;
}

/* The item that was named; else the only one, or the only one of which something is owed. */
static enum status choose_item(struct routing *routing)
{
        const struct casefile *casefile = &routing->duties.casefile;
        uint16_t kind = app_ruleset(routing->app)->rules[routing->rule].per;
        const char *key = routing->question->item;
        const struct item *only = NULL, *only_owed = NULL;
        size_t all = 0, owed = 0;

        for (size_t i = 0; kind != VOCABULARY_NONE && i < casefile->item_count; i++) {
                const struct item *item = &casefile->items[i];
                if (item->kind != kind || (key != NULL && strcmp(item->key, key) != 0))
                        continue;
                only = item;
                all++;
                if (!owed_of(routing, item))
                        continue;
                only_owed = item;
                owed++;
        }
        if (key != NULL && all == 0)
                return refuse_item(routing, key);
        routing->item = all == 1 ? only : owed == 1 ? only_owed : NULL;
        if (routing->item != NULL || all == 0)
                return STATUS_OK;
        wire_problem_set(routing->problem, "missing-field", "item",
                         "say which item: the case has %zu of the kind that this rule is about", all);
        return STATUS_INVALID;
}

/* The open obligation that is due first. */
static void choose_owed(struct routing *routing)
{
        for (size_t i = 0; i < routing->duties.count; i++) {
                const struct obligation *obligation = &routing->duties.list[i].obligation;
                if (obligation->rule != routing->rule || obligation_state_closed(obligation->state))
                        continue;
                if (routing->item != NULL &&
                    (obligation->item == NULL || strcmp(obligation->item->key, routing->item->key) != 0))
                        continue;
                if (routing->owed == NULL || (obligation->due != CIVIL_NONE && obligation->due < routing->owed->due))
                        routing->owed = obligation;
        }
}

/* The version that the obligation is owed under; without one, the one in force on the day, else the latest. */
static void choose_version(struct routing *routing)
{
        const struct rule *rule = &app_ruleset(routing->app)->rules[routing->rule];

        routing->version = &rule->versions[rule->version_count - 1];
        for (size_t i = 0; i < rule->version_count; i++)
                if (rule->versions[i].in_force_from <= routing->day && routing->day <= rule->versions[i].in_force_until)
                        routing->version = &rule->versions[i];
        if (routing->owed != NULL)
                routing->version = routing->owed->version;
}

static enum status choose_stage(struct routing *routing)
{
        const struct rule_version *version = routing->version;
        const char *asked = routing->question->stage;
        const char **words = arena_array(&routing->app->work, version->stage_count + 1, sizeof *words);
        char shown[80];

        if (words == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < version->stage_count; i++) {
                words[i] = version->stages[i].at;
                if (strcmp(words[i], asked) == 0)
                        routing->stage = &version->stages[i];
        }
        if (routing->stage != NULL)
                return STATUS_OK;
        wire_clean(asked, strlen(asked), shown, sizeof shown);
        wire_problem_set(routing->problem, "unknown-value", "stage", "this rule has no stage \"%s\"%s%s", shown,
                         version->stage_count > 0 ? "; its first is " : " and no other",
                         version->stage_count > 0 ? words[0] : "");
        routing->problem->nearest = nearest_word(shown, words, version->stage_count);
        return STATUS_INVALID;
}

/* ---- what is told ---- */

struct finding {
        const struct stage *stage;
        int32_t day;
        bool quiet;
};

static void find_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct finding *finding = context;

        (void)obligation;
        if (stage->stage != finding->stage || stage->repeat > 0)
                return;
        finding->day = stage->day;
        finding->quiet = stage->quiet;
}

static void give_head(const struct routing *routing)
{
        const struct ruleset *ruleset = app_ruleset(routing->app);
        const struct obligation *owed = routing->owed;
        struct finding finding = {.stage = routing->stage, .day = CIVIL_NONE};
        struct app_route_head head = {.rule = ruleset->rules[routing->rule].id,
                                      .title = routing->version->title,
                                      .stage = routing->stage->at,
                                      .item = routing->item == NULL ? NULL : routing->item->key,
                                      .day = routing->day,
                                      .owed = owed != NULL,
                                      .due = CIVIL_NONE,
                                      .stage_day = CIVIL_NONE,
                                      .urgent = routing->version->urgent || routing->stage->urgent,
                                      .mail = app_contacts(routing->app) != NULL};

        if (owed != NULL) {
                ladder_stages(ruleset, owed, routing->day, find_stage, &finding);
                head.state = owed->state;
                head.due = owed->due;
                head.stage_day = finding.day;
                head.quiet = finding.quiet;
        }
        routing->sink->head(routing->sink->context, &head);
}

static void give_step(void *context, const struct contact_step *step)
{
        struct routing *routing = context;

        routing->row.step = step;
        routing->sink->row(routing->sink->context, &routing->row);
        routing->row.step = NULL;
}

/* Notes what keeps repeats of the stage from a name, as of the day. */
static void note_ack(struct routing *routing, const char *name)
{
        const struct ack_matter matter = {.stage = store_word(routing->app->store, routing->stage->at),
                                          .due = routing->owed == NULL ? CIVIL_NONE : routing->owed->due,
                                          .today = routing->day};

        routing->row.ack = 0;
        for (size_t i = 0; i < routing->acks.count; i++) {
                const struct store_ack *ack = &routing->acks.list[i];
                if (!ack_holds(ack, &matter) || strcmp(ack->name, name) != 0)
                        continue;
                routing->row.ack = ack->id;
                routing->row.ack_until = ack->until;
        }
}

/* Whoever watches hears in place of those who cannot be found; if nobody does, that is said. */
static void give_watch(struct routing *routing, enum app_route_how how)
{
        const struct contacts *contacts = app_contacts(routing->app);

        routing->row.how = how;
        routing->row.step = NULL;
        note_ack(routing, contacts == NULL ? "" : contacts_watch(contacts));
        if (contacts == NULL ||
            !contacts_trace(contacts, CONTACT_ROLE, contacts_watch(contacts), routing->day, give_step, routing))
                routing->sink->row(routing->sink->context, &routing->row);
}

static void give_name(struct routing *routing, enum contact_kind kind, const char *name)
{
        const struct contacts *contacts = app_contacts(routing->app);

        routing->row.name = name;
        routing->row.kind = kind;
        routing->row.how = APP_ROUTE_NAMED;
        note_ack(routing, name);
        if (contacts == NULL)
                routing->sink->row(routing->sink->context, &routing->row);
        else if (!contacts_trace(contacts, kind, name, routing->day, give_step, routing))
                give_watch(routing, contacts_named(contacts, kind, name) ? APP_ROUTE_GONE : APP_ROUTE_UNKNOWN);
}

static void give_attribute(struct routing *routing, const char *word)
{
        const struct vocabulary *vocabulary = &app_ruleset(routing->app)->vocabulary;
        uint16_t index = vocabulary_attribute(vocabulary, word + 1);
        const struct attribute *attribute = index == VOCABULARY_NONE ? NULL : &vocabulary->attributes[index];
        bool any = false;

        for (size_t i = 0; attribute != NULL && i < attribute->value_count; i++) {
                if ((routing->state[index].bits & VALUE_BIT(i)) == 0)
                        continue;
                any = true;
                give_name(routing, CONTACT_AGENCY, attribute->values[i]);
        }
        if (any)
                return;
        routing->row.name = NULL;
        give_watch(routing, APP_ROUTE_UNSET);
}

static void give_rows(struct routing *routing)
{
        for (size_t i = 0; i < routing->stage->to_count; i++) {
                const char *word = routing->stage->to[i];

                routing->row = (struct app_route_row){.to = word};
                if (word[0] == '$')
                        give_attribute(routing, word);
                else
                        give_name(routing, CONTACT_ROLE, word);
        }
}

static enum status load_acks(struct routing *routing)
{
        const struct obligation *owed = routing->owed;
        struct store_mark key = {.case_id = routing->dossier.case_id,
                                 .rule = routing->app->book->lexicon->rule_words[routing->rule]};

        if (owed == NULL)
                return STATUS_OK;
        key.item = owed->item == NULL ? "" : owed->item->key;
        key.started = owed->started;
        return store_acks_of(routing->app->store, &key, ack_keep, &routing->acks);
}

enum status app_routes(struct app *app, struct moment moment, const struct app_route_question *question,
                       const struct app_route_sink *sink, struct wire_problem *ret_problem)
{
        struct routing routing = {.app = app,
                                  .question = question,
                                  .sink = sink,
                                  .problem = ret_problem,
                                  .dossier = {.arena = &app->work, .ref = question->case_ref},
                                  .day = question->day == CIVIL_NONE ? app_day(app, moment) : question->day,
                                  .rule = ruleset_rule(app_ruleset(app), question->rule),
                                  .acks = {.arena = &app->rows}};
        enum status status;

        arena_reset(&app->work);
        arena_reset(&app->rows);
        if (routing.rule == VOCABULARY_NONE)
                return refuse_rule(app, app_ruleset(app), question->rule, ret_problem);
        status = load_case(&routing);
        if (status == STATUS_OK)
                status = choose_item(&routing);
        if (status != STATUS_OK)
                return status;
        choose_owed(&routing);
        choose_version(&routing);
        status = choose_stage(&routing);
        if (status == STATUS_OK)
                status = load_acks(&routing);
        if (status != STATUS_OK)
                return status;
        routing.state =
                casefile_state(app_ruleset(app), &routing.duties.casefile, routing.item, routing.day, &app->work);
        if (routing.state == NULL)
                return STATUS_NO_MEMORY;
        give_head(&routing);
        give_rows(&routing);
        return STATUS_OK;
}
