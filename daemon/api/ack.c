/*
 * ack - somebody says that they have seen an alert.
 */
#include <jansson.h>
#include <string.h>

#include "mappad/app_ack.h"
#include "room.h"

void api_put_ack(struct wire_buffer *buffer, const struct app_ack *ack)
{
        wire_put_text(buffer, "{");
        api_put_number(buffer, "id", (int64_t)ack->id);
        api_put_number(buffer, "alert", (int64_t)ack->alert);
        api_put_text(buffer, "role", ack->role);
        api_put_instant(buffer, "at", ack->at_ms, INSTANT_ALWAYS);
        api_put_date(buffer, "until", ack->until);
        api_put_bool(buffer, "in_force", ack->in_force);
        api_put_number(buffer, "uid", ack->uid);
        api_put_text(buffer, "user", ack->user);
        api_put_text(buffer, "why", ack->why);
        wire_put_text(buffer, "}");
}

/* A peer's groups are known by their places among those that the contacts name. */
static bool is_member(void *context, const char *group)
{
        const struct api_call *call = context;
        const struct contacts *contacts = app_contacts(call->api->app);
        const struct peer *peer = http_request_peer(call->request);
        const char *name;

        for (size_t n = 0; contacts != NULL && n < CONTACTS_GROUPS_MAX; n++) {
                name = contacts_group(contacts, n);
                if (name == NULL)
                        return false;
                if (strcmp(name, group) == 0)
                        return (peer->acknowledges >> n & 1) != 0;
        }
        return false;
}

static const struct api_word_code codes[] = {
        {"unknown-alert", 404}, {"forbidden", 403}, {"closed", 409}, {"already-acknowledged", 409}, {NULL, 422}};

static bool take_text(const json_t *root, const char *name, const char **ret_text, struct wire_problem *problem)
{
        const json_t *value = json_object_get(root, name);

        *ret_text = json_string_value(value);
        if (value == NULL || *ret_text != NULL)
                return true;
        wire_problem_set(problem, "wrong-type", name, "\"%s\" must be a text", name);
        return false;
}

static bool take_request(const struct api_call *call, const json_t *root, struct app_ack_request *request,
                         struct wire_problem *problem)
{
        const char *until = NULL;

        if (!query_number(call->parameter, &request->alert) || request->alert == 0 || request->alert > INT64_MAX) {
                wire_problem_set(problem, "bad-number", "id", "the path names no alert: its number is expected there");
                return false;
        }
        if (!take_text(root, "why", &request->why, problem) || !take_text(root, "role", &request->role, problem) ||
            !take_text(root, "until", &until, problem))
                return false;
        if (request->why == NULL) {
                wire_problem_set(problem, "missing-field", "why", "an acknowledgement must have \"why\"");
                return false;
        }
        if (until == NULL || civil_parse(until, strlen(until), &request->until))
                return true;
        wire_problem_set(problem, "bad-date", "until", "\"until\" must be a date YYYY-MM-DD");
        return false;
}

static void put_given(void *context, const struct app_ack *ack)
{
        api_put_ack(context, ack);
}

static void answer(const struct api_call *call, uint64_t id)
{
        struct wire_buffer buffer;

        wire_buffer_init(&buffer);
        wire_put_text(&buffer, "{\"ack\":");
        enum status status = app_ack_one(call->api->app, call->now, id, put_given, &buffer);
        wire_put_text(&buffer, "}");
        if (status == STATUS_OK)
                api_reply(call->request, 201, &buffer);
        else
                api_failed(call->request, status, NULL);
        wire_buffer_fini(&buffer);
}

/* An alert of a case out of sight is answered as one that there is not, and noted. */
static void answer_refused(const struct api_call *call, uint64_t alert, const struct wire_problem *problem)
{
        bool hidden = false;

        if (strcmp(problem->code, "unknown-alert") == 0 &&
            app_alert_hidden(call->api->app, alert, api_sight(call), &hidden) == STATUS_OK && hidden)
                api_denied(call->api, call->request, API_DENIED_CASE, NULL);
        api_refuse(call->request, api_code_of(problem, codes), problem);
}

void api_ack(const struct api_call *call)
{
        static const char *const names[] = {"why", "role", "until"};
        struct api_call asked = *call;
        struct app_ack_request request = {
                .until = CIVIL_NONE, .by = api_actor(call), .member = is_member, .context = &asked};
        struct wire_problem problem;
        json_t *root = api_read_body(call, names, 3);
        uint64_t id = 0;

        if (root == NULL)
                return;
        if (!take_request(call, root, &request, &problem)) {
                api_refuse(call->request, strcmp(problem.code, "bad-number") == 0 ? 400 : 422, &problem);
                json_decref(root);
                return;
        }
        enum status status = app_acknowledge(call->api->app, call->now, &request, &id, &problem);
        json_decref(root);
        if (status == STATUS_OK)
                answer(call, id);
        else if (status == STATUS_INVALID)
                answer_refused(call, request.alert, &problem);
        else
                api_failed(call->request, status, NULL);
}
