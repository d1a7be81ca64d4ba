/*
 * changes - the ledger of what was in force, and what was in force as it stood
 * (app_change.h).
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

#include "mappad/app_change.h"

const char *app_way_word(enum app_way way)
{
        switch (way) {
        case APP_WAY_START:
                return "start";
        case APP_WAY_RELOAD:
                return "reload";
        case APP_WAY_SIGNAL:
                return "signal";
        case APP_WAY_FIRST:
                return "first";
        }
        return "start";
}

/* A change is told when the one before it is known. */
struct telling_change {
        app_change_fn sink;
        void *context;
        struct app_change held;
        char seal[65], rules[65], contacts[65], user[64];
        struct wire_buffer effect;
        bool holds;
        uint64_t left;
};

static void give_held(struct telling_change *telling, const char *before)
{
        if (!telling->holds || telling->left == 0)
                return;
        telling->left--;
        telling->held.before = before;
        telling->sink(telling->context, &telling->held);
        telling->holds = false;
}

static enum status take_change(void *context, const struct store_change *change)
{
        struct telling_change *telling = context;

        give_held(telling, change->seal);
        snprintf(telling->seal, sizeof telling->seal, "%s", change->seal);
        snprintf(telling->rules, sizeof telling->rules, "%s", change->rules);
        snprintf(telling->contacts, sizeof telling->contacts, "%s", change->contacts);
        snprintf(telling->user, sizeof telling->user, "%s", change->has_person ? change->name : "");
        wire_buffer_reset(&telling->effect);
        wire_put_text(&telling->effect, change->effect == NULL ? "" : change->effect);
        wire_put(&telling->effect, "", 1);
        telling->held = (struct app_change){.id = change->id,
                                            .at_ms = change->at_ms,
                                            .after = telling->seal,
                                            .rules = telling->rules,
                                            .contacts = telling->contacts,
                                            .way = (enum app_way)change->way,
                                            .has_person = change->has_person,
                                            .uid = change->uid,
                                            .user = telling->user,
                                            .accepted = change->accepted,
                                            .effect = change->effect == NULL ? NULL : telling->effect.data};
        telling->holds = true;
        return telling->effect.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status app_changes(struct app *app, uint64_t limit, app_change_fn sink, void *context)
{
        struct telling_change telling = {.sink = sink, .context = context, .left = limit};
        enum status status;

        wire_buffer_init(&telling.effect);
        status = store_changes(app->store, UINT64_MAX, limit + 1, take_change, &telling);
        if (status == STATUS_OK)
                give_held(&telling, NULL);
        wire_buffer_fini(&telling.effect);
        return status;
}

/* ---- editions ---- */

struct finding_edition {
        app_edition_fn sink;
        void *context;
        size_t count;
};

static enum status count_edition(void *context, const struct store_edition *edition)
{
        struct finding_edition *finding = context;

        (void)edition;
        finding->count++;
        return STATUS_OK;
}

static enum status give_edition(void *context, const struct store_edition *edition)
{
        struct finding_edition *finding = context;
        struct app_edition one = {edition->kind, edition->digest, edition->text};

        finding->sink(finding->context, &one);
        return STATUS_OK;
}

/* The rules and the contacts that a seal stood for. */
static enum status give_sealed(struct app *app, const char *seal, struct finding_edition *finding)
{
        struct store_sealed sealed;
        bool found = false;
        enum status status = store_sealed_get(app->store, seal, &sealed, &found);

        if (status == STATUS_OK && found)
                status = store_editions(app->store, sealed.rules, give_edition, finding);
        if (status == STATUS_OK && found && sealed.contacts[0] != '\0')
                status = store_editions(app->store, sealed.contacts, give_edition, finding);
        return status;
}

enum status app_editions(struct app *app, const char *digest, app_edition_fn sink, void *context, bool *ret_ambiguous)
{
        struct finding_edition finding = {sink, context, 0};
        enum status status = store_editions(app->store, digest, count_edition, &finding);

        *ret_ambiguous = finding.count > 1;
        if (status != STATUS_OK || *ret_ambiguous)
                return status;
        if (finding.count == 1)
                return store_editions(app->store, digest, give_edition, &finding);
        return give_sealed(app, digest, &finding);
}
