/*
 * feed - open obligations as a calendar to subscribe to (app_feed.h).
 *
 * Rows come from a list of obligations, words and layout of a date from the
 * messages, so that what a calendar can say is proved where that is proved of
 * them. Nothing is written down: what mailboxes were sent has a ledger of its own
 * (diary.c), and whoever subscribes reads the whole again.
 */
#include "mappad/app_feed.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mappad/digest.h"
#include "mappad/nearest.h"
#include "mappad/store_diary.h"

#define ROWS_A_STEP 200 /* rows passed over between two answers of APP_WORKING */

struct app_feed {
        struct app_query *query;
        const char *role; /* of the rules; NULL: whichever */
        uint8_t secret[STORE_DIARY_SECRET_SIZE];
        struct digest_options options;
        struct arena texts, work; /* for as long as it lasts; of one date */
};

static bool stage_names(const struct stage *stage, const char *role)
{
        for (size_t i = 0; i < stage->to_count; i++)
                if (strcmp(stage->to[i], role) == 0)
                        return true;
        return false;
}

static bool ladder_names(const struct rule_version *version, const char *role)
{
        for (size_t i = 0; i < version->stage_count; i++)
                if (stage_names(&version->stages[i], role))
                        return true;
        return false;
}

/* ---- the question ---- */

/* All words of all ladders, for the nearest to one that none has. Owns: the caller frees; NULL without memory. */
static const char **roles_of(const struct ruleset *ruleset, size_t *ret_count)
{
        size_t count = 0, at = 0;
        const char **roles;

        for (size_t r = 0; r < ruleset->rule_count; r++)
                for (size_t v = 0; v < ruleset->rules[r].version_count; v++)
                        for (size_t s = 0; s < ruleset->rules[r].versions[v].stage_count; s++)
                                count += ruleset->rules[r].versions[v].stages[s].to_count;
        roles = calloc(count + 1, sizeof *roles);
        for (size_t r = 0; roles != NULL && r < ruleset->rule_count; r++)
                for (size_t v = 0; v < ruleset->rules[r].version_count; v++)
                        for (size_t s = 0; s < ruleset->rules[r].versions[v].stage_count; s++) {
                                const struct stage *stage = &ruleset->rules[r].versions[v].stages[s];
                                for (size_t i = 0; i < stage->to_count; i++)
                                        if (stage->to[i][0] != '$')
                                                roles[at++] = stage->to[i];
                        }
        *ret_count = at;
        return roles;
}

static enum status take_role(struct app_feed *feed, const char *role, struct wire_problem *problem)
{
        size_t count = 0;
        const char **roles;
        enum status status = STATUS_INVALID;

        if (role == NULL)
                return STATUS_OK;
        roles = roles_of(app_query_ruleset(feed->query), &count);
        if (roles == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < count && status != STATUS_OK; i++)
                if (strcmp(roles[i], role) == 0) {
                        feed->role = roles[i];
                        status = STATUS_OK;
                }
        if (status != STATUS_OK) {
                char shown[80];

                wire_clean(role, strlen(role), shown, sizeof shown);
                wire_problem_set(problem, "unknown-value", "role", "no stage of the rules is told to \"%s\"", shown);
                problem->nearest = nearest_word(shown, roles, count);
        }
        free(roles);
        return status;
}

/* Settings are copied: a reload may change them while a slow reader takes the calendar. */
static enum status set_options(struct app_feed *feed, const struct app_settings *settings, struct moment moment)
{
        const char *marking = settings->marking == NULL ? "OFFICIAL-SENSITIVE" : settings->marking;
        const char *from = settings->mail_from;
        struct digest_options *options = &feed->options;

        options->today = moment.today;
        options->diary.at_ms = moment.ms;
        options->marking = arena_copy(&feed->texts, marking, strlen(marking));
        options->diary.organizer = from == NULL ? NULL : arena_copy(&feed->texts, from, strlen(from));
        return options->marking == NULL || (from != NULL && options->diary.organizer == NULL) ? STATUS_NO_MEMORY
                                                                                              : STATUS_OK;
}

enum status app_feed_begin(struct app *app, struct moment moment, const struct app_feed_question *question,
                           struct app_feed **ret_feed, struct wire_problem *ret_problem)
{
        struct app_feed *feed = calloc(1, sizeof *feed);
        enum status status;

        if (feed == NULL)
                return STATUS_NO_MEMORY;
        arena_init(&feed->texts, malloc, free);
        arena_init(&feed->work, malloc, free);
        status = app_query_obligations(app, moment, &question->filter, &feed->query, ret_problem);
        if (status == STATUS_OK)
                status = take_role(feed, question->role, ret_problem);
        if (status == STATUS_OK)
                status = store_diary_secret(app->store, feed->secret);
        if (status == STATUS_OK)
                status = set_options(feed, &app->settings, moment);
        if (status == STATUS_OK)
                *ret_feed = feed;
        else
                app_feed_free(feed);
        return status;
}

void app_feed_free(struct app_feed *feed)
{
        if (feed == NULL)
                return;
        app_query_free(feed->query);
        arena_fini(&feed->texts);
        arena_fini(&feed->work);
        free(feed);
}

/* ---- the answer ---- */

void app_feed_head(const struct app_feed *feed, struct wire_buffer *buffer)
{
        (void)feed;
        wire_put_text(buffer, "BEGIN:VCALENDAR\r\n"
                              "VERSION:2.0\r\n"
                              "PRODID:-//mappad//mappad//EN\r\n"
                              "CALSCALE:GREGORIAN\r\n"
                              "X-WR-CALNAME:mappad\r\n"
                              "REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n"
                              "X-PUBLISHED-TTL:PT6H\r\n");
}

/* The name of an obligation: what identifies it, keyed, so that nobody can guess a reference from it. */
static enum status name_row(const struct app_feed *feed, const struct app_obligation *row,
                            uint8_t ret_name[static DIGEST_NAME_SIZE])
{
        const struct obligation *obligation = &row->obligation;
        const char *rule = app_query_ruleset(feed->query)->rules[obligation->rule].id;
        const char *item = obligation->item == NULL ? "" : obligation->item->key;
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        char text[512];
        int used = snprintf(text, sizeof text, "%s %s %s %d", row->case_ref, rule, item, (int)obligation->started);

        /* References, identifiers and keys are shorter; a cut name would only be less distinct. */
        if (used < 0 || used >= (int)sizeof text)
                used = sizeof text - 1;
        if (HMAC(EVP_sha256(), feed->secret, (int)sizeof feed->secret, (const uint8_t *)text, (size_t)used, digest,
                 &length) == NULL)
                return STATUS_NO_MEMORY;
        memcpy(ret_name, digest, DIGEST_NAME_SIZE);
        return STATUS_OK;
}

static void put_lines(struct wire_buffer *buffer, const char *lines)
{
        for (size_t length = strcspn(lines, "\n"); lines[0] != '\0'; length = strcspn(lines, "\n")) {
                wire_put(buffer, lines, length);
                wire_put_text(buffer, "\r\n");
                lines += length + (lines[length] == '\n');
        }
}

static enum status put_row(struct app_feed *feed, const struct app_obligation *row, struct wire_buffer *buffer)
{
        struct digest_event event = {.reference = digest_reference_of(row->case_ref),
                                     .duty = row->obligation.version,
                                     .due = row->obligation.due,
                                     .plan_by = row->obligation.plan_by};
        enum status status = name_row(feed, row, event.name);
        const char *lines = NULL;

        if (status != STATUS_OK)
                return status;
        arena_reset(&feed->work);
        status = digest_write_date(&feed->options, &event, &feed->work, &lines);
        if (status == STATUS_OK)
                put_lines(buffer, lines);
        return status;
}

static bool is_asked_for(const struct app_feed *feed, const struct obligation *obligation)
{
        return obligation->due != CIVIL_NONE && !obligation_state_closed(obligation->state) &&
               (feed->role == NULL || ladder_names(obligation->version, feed->role));
}

enum status app_feed_next(struct app_feed *feed, struct wire_buffer *buffer, enum app_row *ret_row)
{
        for (int i = 0; i < ROWS_A_STEP; i++) {
                struct app_obligation row;
                enum app_row kind = APP_END;
                enum status status = app_query_next(feed->query, &kind, &row);

                if (status != STATUS_OK)
                        return status;
                if (kind == APP_ROW && !is_asked_for(feed, &row.obligation))
                        continue;
                *ret_row = kind;
                if (kind == APP_ROW)
                        return put_row(feed, &row, buffer);
                if (kind == APP_END)
                        wire_put_text(buffer, "END:VCALENDAR\r\n");
                return STATUS_OK;
        }
        *ret_row = APP_WORKING;
        return STATUS_OK;
}
