/*
 * axes - the three axes of a question (axes.h).
 */
#include "axes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mappad/rulefile.h"
#include "offline.h"
#include "output.h"
#include "table.h"

#define DIGEST_SHOWN 12 /* digits of a digest that people are shown */

bool axes_put_rules(struct wire_buffer *body, const struct ruleset *ruleset)
{
        struct arena arena;
        struct rulefile_text *files = NULL;
        size_t count = 0;
        enum status status;

        arena_init(&arena, heap_grow, free);
        status = rulefile_unbind(ruleset->text, &arena, &files, &count);
        wire_put_key(body, "rules");
        wire_put_text(body, "[");
        for (size_t i = 0; status == STATUS_OK && i < count; i++) {
                wire_put_text(body, i == 0 ? "{" : ",{");
                wire_put_key(body, "name");
                wire_put_string(body, files[i].name);
                wire_put_key(body, "text");
                wire_put_string(body, files[i].text);
                wire_put_text(body, "}");
        }
        wire_put_text(body, "]");
        arena_fini(&arena);
        return status == STATUS_OK;
}

/* Hands rules over and appends the digest by which they can be asked under. */
static enum outcome hand_over(struct http *http, const struct ruleset *ruleset, struct wire_buffer *target)
{
        struct wire_buffer body;
        json_t *answer = NULL;
        enum outcome outcome;

        wire_buffer_init(&body);
        wire_put_text(&body, "{");
        bool good = axes_put_rules(&body, ruleset);
        wire_put_text(&body, "}");
        outcome = good && !body.failed ? http_ask(http, "/v1/rules/editions", &body, &answer) : out_of_memory();
        if (outcome == OUTCOME_OK)
                target_query(target, "rules", member_text(answer, "digest"));
        json_decref(answer);
        wire_buffer_fini(&body);
        return outcome;
}

/* Whether a word names rules that the daemon has. A folder that is called like a digest is a folder. */
static bool is_edition(const char *rules)
{
        bool digest = rules[0] != '\0' && strspn(rules, "0123456789abcdef") == strlen(rules);

        return strcmp(rules, "then") == 0 || (digest && access(rules, F_OK) != 0);
}

static enum outcome put_rules(const struct arguments *arguments, struct http *http, struct wire_buffer *target)
{
        const char *edition = NULL, *rules;
        struct ruleset *ruleset = NULL;
        size_t count = 0;

        for (; (rules = arguments_nth(arguments, "--rules", count)) != NULL; count++)
                if (is_edition(rules))
                        edition = rules;
        if (edition != NULL && count > 1)
                return usage_error(arguments, "--rules %s stands alone; folders may be several, and are one rule set",
                                   edition);
        if (edition != NULL)
                target_query(target, "rules", edition);
        if (edition != NULL || count == 0)
                return OUTCOME_OK;
        if (!offline_rules(arguments, &ruleset))
                return OUTCOME_REFUSED;
        enum outcome outcome = hand_over(http, ruleset, target);
        ruleset_free(ruleset);
        return outcome;
}

enum outcome axes_put(const struct arguments *arguments, struct http *http, struct wire_buffer *target)
{
        static const struct option_parameter parameters[] = {
                {"--as-of", "as-of"}, {"--known-at", "known-at"}, {NULL, NULL}};

        target_options(target, arguments, parameters);
        return put_rules(arguments, http, target);
}

bool axes_given(const struct arguments *arguments)
{
        return arguments_has(arguments, "--as-of") || arguments_has(arguments, "--known-at") ||
               arguments_has(arguments, "--rules");
}

enum outcome axes_fetch(const struct arguments *arguments, struct wire_buffer *target, json_t **ret_answer)
{
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = axes_put(arguments, http, target);
        if (outcome == OUTCOME_OK)
                outcome = target_end(target) ? http_ask(http, target->data, NULL, ret_answer) : out_of_memory();
        http_close(http);
        return outcome;
}

enum outcome axes_pour(const struct arguments *arguments, struct wire_buffer *target, stream_fn sink, void *context)
{
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = axes_put(arguments, http, target);
        if (outcome == OUTCOME_OK)
                outcome = target_end(target) ? http_pour(http, target->data, NULL, sink, context) : out_of_memory();
        http_close(http);
        return outcome;
}

void axes_put_words(struct wire_buffer *out, const struct arguments *arguments, const json_t *answer)
{
        const char *digest = member_text(answer, "under");
        char shown[DIGEST_SHOWN + 1];

        if (arguments_has(arguments, "--known-at")) {
                wire_put_text(out, ", as known at ");
                put_time(out, member_text(answer, "known_at"));
        }
        if (arguments_has(arguments, "--rules")) {
                wire_put_text(out, ", under rules ");
                wire_clean(digest, strnlen(digest, DIGEST_SHOWN), shown, sizeof shown);
                wire_put_text(out, shown);
        }
}
