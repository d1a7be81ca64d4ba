/*
 * change - other rules, calendar and contacts: what they would do, what was
 * accepted, putting them in force, and what was in force before.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/app_change.h"
#include "room.h"

#define HISTORY_LIMIT 50
#define HISTORY_MAX 1000
#define LIMIT_MAX 1000000
#define SEAL_DIGITS 64

void api_put_problems(struct wire_buffer *buffer, const struct diagnostics *problems)
{
        wire_put_key(buffer, "problems");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < problems->count; i++) {
                const struct diagnostic *problem = &problems->entries[i];

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "severity", problem->severity == DIAGNOSTIC_ERROR ? "error" : "warning");
                api_put_text(buffer, "file", problem->file);
                api_put_number(buffer, "line", problem->line);
                api_put_text(buffer, "message", problem->sentence);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

void api_release(struct app_rules *rules)
{
        if (rules->release != NULL)
                rules->release(*rules);
        *rules = (struct app_rules){.ruleset = NULL};
}

/* ---- refusals ---- */

/* The first error stands for all where there is room for one alone. */
static const struct diagnostic *first_error(const struct diagnostics *problems)
{
        for (size_t i = 0; i < problems->count; i++)
                if (problems->entries[i].severity == DIAGNOSTIC_ERROR)
                        return &problems->entries[i];
        return NULL;
}

static void answer_invalid(const struct api_call *call, const struct diagnostics *problems)
{
        const struct diagnostic *first = first_error(problems);
        struct wire_problem problem;
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_problem_set(&problem, "invalid-configuration", "", "the old rules stay in force: %s",
                         first == NULL ? "the new ones cannot be used" : first->sentence);
        wire_put_text(&buffer, "{\"error\":");
        wire_problem_write(&buffer, &problem, 0);
        api_put_problems(&buffer, problems);
        wire_put_text(&buffer, "}");
        api_reply(call->request, 422, &buffer);
        wire_buffer_fini(&buffer);
}

/* ---- bodies ---- */

json_t *api_read_body(const struct api_call *call, const char *const *names, size_t count)
{
        size_t length;
        const char *body = http_request_body(call->request, &length);
        json_t *root = length == 0 ? json_object() : json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
        const char *key;
        json_t *value;

        if (!json_is_object(root)) {
                json_decref(root);
                api_error(call->request, (struct api_fault){400, "not-json", NULL}, "the body must be a JSON object");
                return NULL;
        }
        json_object_foreach(root, key, value)
        {
                if (vocabulary_word(names, count, key) >= 0)
                        continue;
                char shown[WIRE_FIELD_SIZE];
                wire_clean(key, strlen(key), shown, sizeof shown);
                api_error(call->request, (struct api_fault){400, "unknown-field", shown},
                          "there is no member \"%s\" here", shown);
                json_decref(root);
                return NULL;
        }
        return root;
}

/* The digest that a body accepts. False after answering; NULL when none is given. */
static bool read_accept(const struct api_call *call, const json_t *root, const char **ret_accept)
{
        const json_t *accept = json_object_get(root, "accept");
        const char *text = json_string_value(accept);

        *ret_accept = text;
        if (accept == NULL ||
            (text != NULL && strlen(text) == SEAL_DIGITS && strspn(text, "0123456789abcdef") == SEAL_DIGITS))
                return true;
        api_error(call->request, (struct api_fault){400, "bad-digest", "accept"},
                  "\"accept\" takes a digest of %d digits 0-9 and a-f, as a comparison shows it", SEAL_DIGITS);
        return false;
}

struct app_actor api_actor(const struct api_call *call)
{
        const struct peer *peer = http_request_peer(call->request);

        return (struct app_actor){.uid = (uint32_t)peer->uid, .name = peer->name, .sight = peer->sight};
}

/* ---- reload ---- */

static void put_effect(void *context, const struct app_change *change)
{
        struct wire_buffer *buffer = context;

        wire_put_key(buffer, "counts");
        wire_put_text(buffer, change->effect == NULL ? "null" : change->effect);
}

static void answer_reloaded(const struct api_call *call, bool changed, const struct diagnostics *problems)
{
        struct app *app = call->api->app;
        struct wire_buffer buffer;
        enum status status = STATUS_OK;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"reloaded\":true");
        api_put_text(&buffer, "digest", app_ruleset(app)->digest);
        api_put_text(&buffer, "in_force", app_seal(app));
        api_put_text(&buffer, "coming", app_coming(app));
        api_put_bool(&buffer, "changed", changed);
        if (changed)
                status = app_changes(app, 1, put_effect, &buffer);
        api_put_problems(&buffer, problems);
        wire_put_text(&buffer, "}");
        if (status == STATUS_OK)
                api_reply(call->request, 200, &buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&buffer);
}

/* Says what a change that nobody accepted would do. Owns what was read. */
static void answer_waits(const struct api_call *call, struct api_reload *reload, const struct diagnostics *problems)
{
        struct app_preview_request request = {.after = reload->rules, .as_of = CIVIL_NONE};
        struct api_preview_order order = {.form = API_PREVIEW_REFUSAL, .outdated = reload->accept != NULL};

        reload->rules = (struct app_rules){.ruleset = NULL};
        wire_buffer_init(&order.problems);
        api_put_problems(&order.problems, problems);
        api_preview(call, &request, &order);
}

static void reload(const struct api_call *call, const char *accept)
{
        struct api *api = call->api;
        struct api_reload reload = {.accept = accept, .by = api_actor(call)};
        struct diagnostics problems;
        char before[65];

        memcpy(before, app_seal(api->app), sizeof before);
        diagnostics_init(&problems);
        enum status status = api->host.reload(api->host.context, &reload, &problems);
        if (status == STATUS_OK && reload.waits)
                answer_waits(call, &reload, &problems);
        else if (status == STATUS_OK)
                answer_reloaded(call, strcmp(before, app_seal(api->app)) != 0, &problems);
        else if (status == STATUS_INVALID)
                answer_invalid(call, &problems);
        else
                api_failed(call->request, status, NULL);
        diagnostics_fini(&problems);
}

void api_reload(const struct api_call *call)
{
        static const char *const names[] = {"accept"};
        json_t *root = api_read_body(call, names, 1);
        const char *accept = NULL;

        if (root != NULL && read_accept(call, root, &accept))
                reload(call, accept);
        json_decref(root);
}

void api_rules_accept(const struct api_call *call)
{
        static const char *const names[] = {"accept"};
        json_t *root = api_read_body(call, names, 1);
        const char *accept = NULL;
        struct wire_buffer buffer;

        if (root == NULL || !read_accept(call, root, &accept)) {
                json_decref(root);
                return;
        }
        if (accept == NULL) {
                api_error(call->request, (struct api_fault){400, "missing-field", "accept"},
                          "\"accept\" is missing: the digest that is accepted");
                json_decref(root);
                return;
        }
        enum status status = app_accept(call->api->app, call->now, accept, api_actor(call));
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        api_put_text(&buffer, "accepted", accept);
        wire_put_text(&buffer, "}");
        if (status == STATUS_OK)
                api_reply(call->request, 200, &buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&buffer);
        json_decref(root);
}

/* ---- diff ---- */

/* One side of the body, as the host takes it. */
struct side {
        struct rulefile_text *files;
        struct rulefile_text contacts;
        struct api_texts texts;
};

static bool bad_side(const struct api_call *call, const char *field, const char *message)
{
        api_error(call->request, (struct api_fault){400, "bad-value", field}, "%s", message);
        return false;
}

static bool read_files(const struct api_call *call, const json_t *rules, struct side *side)
{
        size_t count = json_array_size(rules);

        if (!json_is_array(rules) || count == 0 || count > RULEFILE_FILES_MAX)
                return bad_side(call, "rules", "\"rules\" takes a list of files, each {\"name\", \"text\"}");
        side->files = calloc(count, sizeof *side->files);
        if (side->files == NULL) {
                api_failed(call->request, STATUS_NO_MEMORY, NULL);
                return false;
        }
        for (size_t i = 0; i < count; i++) {
                const json_t *file = json_array_get(rules, i);
                const json_t *name = json_object_get(file, "name"), *text = json_object_get(file, "text");

                if (!json_is_string(name) || !json_is_string(text) || strchr(json_string_value(name), '/') != NULL)
                        return bad_side(call, "rules", "a file has a \"name\" without folders, and a \"text\"");
                side->files[i] = (struct rulefile_text){json_string_value(name), json_string_value(text),
                                                        json_string_length(text)};
        }
        side->texts.rules = side->files;
        side->texts.rule_count = count;
        return true;
}

static bool read_side(const struct api_call *call, const json_t *value, struct side *side)
{
        const json_t *rules = json_object_get(value, "rules"), *contacts = json_object_get(value, "contacts");
        size_t known = (rules != NULL) + (size_t)(contacts != NULL);

        if (!json_is_object(value) || known == 0 || json_object_size(value) != known)
                return bad_side(call, "", "\"before\" and \"after\" take {\"rules\", \"contacts\"}, or one of them");
        if (rules != NULL && !read_files(call, rules, side))
                return false;
        if (contacts != NULL && !json_is_string(contacts))
                return bad_side(call, "contacts", "\"contacts\" takes the text of a contacts file");
        if (contacts != NULL) {
                side->contacts = (struct rulefile_text){"contacts.cfg", json_string_value(contacts),
                                                        json_string_length(contacts)};
                side->texts.contacts = &side->contacts;
        }
        return true;
}

/* What one side of the comparison is: what was sent; of `after`, without it, what the files say now. */
static enum status take_side(const struct api_call *call, const json_t *root, const char *name,
                             struct app_rules *ret_rules, struct diagnostics *problems)
{
        const struct api_host *host = &call->api->host;
        const json_t *value = json_object_get(root, name);
        struct side side = {0};
        enum status status = STATUS_LIMIT;

        if (value == NULL && strcmp(name, "before") == 0)
                return STATUS_OK;
        if (value == NULL)
                return host->read(host->context, NULL, ret_rules, problems);
        if (read_side(call, value, &side))
                status = host->read(host->context, &side.texts, ret_rules, problems);
        free(side.files);
        /* STATUS_LIMIT: answered already. */
        return status;
}

static void diff(const struct api_call *call, const json_t *root, struct app_preview_request *request,
                 struct api_preview_order *order)
{
        struct diagnostics problems;
        enum status status;

        diagnostics_init(&problems);
        status = take_side(call, root, "before", &request->before, &problems);
        if (status == STATUS_OK)
                status = take_side(call, root, "after", &request->after, &problems);
        if (status == STATUS_OK) {
                api_put_problems(&order->problems, &problems);
                api_preview(call, request, order);
        } else {
                api_release(&request->before);
                if (status == STATUS_INVALID)
                        answer_invalid(call, &problems);
                else if (status != STATUS_LIMIT)
                        api_failed(call->request, status, NULL);
        }
        diagnostics_fini(&problems);
}

void api_rules_diff(const struct api_call *call)
{
        static const char *const names[] = {"before", "after"};
        struct app_preview_request request = {.as_of = CIVIL_NONE};
        struct api_preview_order order = {.form = API_PREVIEW_LINES};
        struct wire_problem problem;
        json_t *root;

        if (!query_take_day(call->query, "as-of", &request.as_of, &problem) ||
            !query_take_limit(call->query, LIMIT_MAX, &order.limit, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&order.problems);
        root = api_read_body(call, names, 2);
        if (root != NULL)
                diff(call, root, &request, &order);
        json_decref(root);
        wire_buffer_fini(&order.problems);
}

/* ---- rules to ask under ---- */

static void hand_over(const struct api_call *call, struct app_rules *rules, const struct diagnostics *problems)
{
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{");
        api_put_text(&buffer, "digest", rules->ruleset->digest);
        api_put_problems(&buffer, problems);
        wire_put_text(&buffer, "}");
        enum status status = app_law_hand_over(call->api->app, *rules);
        if (status == STATUS_OK)
                api_reply(call->request, 200, &buffer);
        else
                api_failed(call->request, status, NULL);
        if (status != STATUS_OK)
                api_release(rules);
        wire_buffer_fini(&buffer);
}

void api_rules_hand_over(const struct api_call *call)
{
        static const char *const names[] = {"rules"};
        const struct api_host *host = &call->api->host;
        json_t *root = api_read_body(call, names, 1);
        struct side side = {0};
        struct app_rules rules = {.ruleset = NULL};
        struct diagnostics problems;

        if (root == NULL)
                return;
        diagnostics_init(&problems);
        if (read_files(call, json_object_get(root, "rules"), &side)) {
                enum status status = host->read(host->context, &side.texts, &rules, &problems);
                if (status == STATUS_OK)
                        hand_over(call, &rules, &problems);
                else if (status == STATUS_INVALID)
                        answer_invalid(call, &problems);
                else
                        api_failed(call->request, status, NULL);
        }
        free(side.files);
        diagnostics_fini(&problems);
        json_decref(root);
}

/* ---- the ledger ---- */

static void put_change(void *context, const struct app_change *change)
{
        struct wire_buffer *buffer = context;

        wire_put_text(buffer, buffer->data[buffer->length - 1] == '[' ? "{" : ",{");
        api_put_instant(buffer, "at", change->at_ms, INT64_MIN);
        wire_put_key(buffer, "uid");
        if (change->has_person)
                wire_put_number(buffer, change->uid);
        else
                wire_put_text(buffer, "null");
        api_put_text(buffer, "user", change->has_person ? change->user : NULL);
        api_put_text(buffer, "how", app_way_word(change->way));
        api_put_bool(buffer, "accepted", change->accepted);
        api_put_text(buffer, "before", change->before);
        api_put_text(buffer, "after", change->after);
        api_put_text(buffer, "rules", change->rules);
        api_put_text(buffer, "contacts", change->contacts[0] == '\0' ? NULL : change->contacts);
        wire_put_key(buffer, "counts");
        wire_put_text(buffer, change->effect == NULL ? "null" : change->effect);
        wire_put_text(buffer, "}");
}

void api_rules_history(const struct api_call *call)
{
        struct wire_problem problem;
        struct wire_buffer buffer;
        uint64_t limit = HISTORY_LIMIT;

        if (!query_take_limit(call->query, HISTORY_MAX, &limit, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"changes\":[");
        enum status status = buffer.failed ? STATUS_NO_MEMORY : app_changes(call->api->app, limit, put_change, &buffer);
        wire_put_text(&buffer, "]}");
        if (status == STATUS_OK)
                api_reply(call->request, 200, &buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&buffer);
}

/* ---- editions ---- */

struct putting {
        struct wire_buffer *buffer;
        size_t count;
        enum status status;
};

static void put_file(struct wire_buffer *buffer, const char *name, const char *text)
{
        wire_put_text(buffer, buffer->data[buffer->length - 1] == '[' ? "{" : ",{");
        api_put_text(buffer, "name", name);
        api_put_text(buffer, "text", text);
        wire_put_text(buffer, "}");
}

static void put_files(struct putting *putting, const struct app_edition *edition)
{
        struct arena arena;
        struct rulefile_text *files = NULL;
        size_t count = 0;
        enum status status;

        if (strcmp(edition->kind, "rules") != 0) {
                put_file(putting->buffer, "contacts.cfg", edition->text);
                return;
        }
        arena_init(&arena, malloc, free);
        status = rulefile_unbind(edition->text, &arena, &files, &count);
        for (size_t i = 0; status == STATUS_OK && i < count && !putting->buffer->failed; i++)
                put_file(putting->buffer, files[i].name, files[i].text);
        arena_fini(&arena);
        if (status != STATUS_OK)
                putting->status = status == STATUS_INVALID ? STATUS_CORRUPT : status;
}

static void put_edition(void *context, const struct app_edition *edition)
{
        struct putting *putting = context;
        struct wire_buffer *buffer = putting->buffer;

        if (buffer->failed)
                return;
        wire_put_text(buffer, putting->count++ == 0 ? "{" : ",{");
        api_put_text(buffer, "kind", edition->kind);
        api_put_text(buffer, "digest", edition->digest);
        wire_put_key(buffer, "files");
        wire_put_text(buffer, "[");
        if (edition->text != NULL && !buffer->failed)
                put_files(putting, edition);
        wire_put_text(buffer, "]}");
}

void api_editions(const struct api_call *call)
{
        const char *digest = call->parameter;
        size_t digits = strspn(digest, "0123456789abcdef");
        struct wire_buffer buffer;
        struct putting putting = {.buffer = &buffer};
        bool ambiguous = false;

        if (digest[digits] != '\0' || digits < APP_DIGEST_BEGINNING_MIN || digits > SEAL_DIGITS) {
                api_error(call->request, (struct api_fault){400, "bad-digest", NULL},
                          "a digest is %d digits 0-9 and a-f, or at least the first %d of them", SEAL_DIGITS,
                          APP_DIGEST_BEGINNING_MIN);
                return;
        }
        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"editions\":[");
        enum status status = app_editions(call->api->app, digest, put_edition, &putting, &ambiguous);
        wire_put_text(&buffer, "]}");
        if (status == STATUS_OK)
                status = putting.status;
        if (status != STATUS_OK)
                api_failed(call->request, status, NULL);
        else if (ambiguous)
                api_error(call->request, (struct api_fault){400, "ambiguous-digest", NULL},
                          "several digests begin so; more digits are needed");
        else if (putting.count == 0)
                api_error(call->request, (struct api_fault){404, "unknown-digest", NULL},
                          "nothing of this digest was ever in force");
        else
                api_reply(call->request, 200, &buffer);
        wire_buffer_fini(&buffer);
}
