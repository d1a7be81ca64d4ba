/*
 * denied - who was refused, counted and logged.
 *
 * Somebody who asks for a case out of their sight is answered as if there were
 * none; that they asked is told here, to whoever reads the log, and nowhere else.
 */
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include <event2/event.h>

#include "room.h"

/* Lines about refused peers in one minute: enough to see who tries what, too few to drown everything else. */
#define DENIED_LINES_MAX 60
#define DENIED_MINUTE_S 60

void api_minute_ended(evutil_socket_t fd, short what, void *arg)
{
        struct api *api = arg;
        char line[96];

        (void)fd;
        (void)what;
        if (api->denied_untold > 0) {
                snprintf(line, sizeof line, "%u further request%s refused for want of a role or of sight in a minute",
                         api->denied_untold, api->denied_untold == 1 ? " was" : "s were");
                api->host.log(api->host.log_context, LOG_LEVEL_WARNING, NULL, 0, line);
        }
        api->denied_told = api->denied_untold = 0;
}

static bool may_tell(struct api *api)
{
        struct timeval minute = {.tv_sec = DENIED_MINUTE_S};

        if (api->denied_told == 0 && event_add(api->hush, &minute) != 0)
                return true;
        if (api->denied_told < DENIED_LINES_MAX) {
                api->denied_told++;
                return true;
        }
        api->denied_untold++;
        return false;
}

void api_denied(struct api *api, const struct http_request *request, enum api_denial denial, const char *case_ref)
{
        static const char *const sentences[] = {
                [API_DENIED_STRANGER] = "a peer without any role was turned away",
                [API_DENIED_ROLE] = "a peer asked for something that its role does not allow",
                [API_DENIED_SIGHT] = "a peer asked for something that tells of cases it does not see",
                [API_DENIED_CASE] = "a peer asked for a case that it does not see"};
        const struct peer *peer = http_request_peer(request);
        char uid[16], pid[16];
        struct log_field fields[] = {
                {"UID", uid}, {"PID", pid}, {"USER", peer->name}, {"ROLE", role_word(peer->role)}, {"CASE", case_ref}};
        size_t count = sizeof fields / sizeof fields[0] - (case_ref == NULL);

        api->denied[denial]++;
        if (!may_tell(api))
                return;
        snprintf(uid, sizeof uid, "%u", (unsigned int)peer->uid);
        snprintf(pid, sizeof pid, "%d", (int)peer->pid);
        api->host.log(api->host.log_context, LOG_LEVEL_WARNING, fields, count, sentences[denial]);
}

void api_refuse_peer(struct api *api, struct http_request *request, enum permit_verdict verdict, enum role needed)
{
        const struct peer *peer = http_request_peer(request);

        switch (verdict) {
        case PERMIT_GRANTED:
                return;
        case PERMIT_STRANGER:
                api_denied(api, request, API_DENIED_STRANGER, NULL);
                api_error(request, (struct api_fault){403, "forbidden", NULL}, "you have no role here");
                return;
        case PERMIT_ROLE:
                api_denied(api, request, API_DENIED_ROLE, NULL);
                api_error(request, (struct api_fault){403, "forbidden", NULL}, "this needs the role %s; yours is %s",
                          role_word(needed), role_word(peer->role));
                return;
        case PERMIT_SIGHT:
                api_denied(api, request, API_DENIED_SIGHT, NULL);
                api_error(request, (struct api_fault){403, "out-of-scope", NULL}, "%s",
                          peer->sight.within != 0 ? "your access is limited to the cases of an agency, and this is not"
                                                  : "this is for those who are in every compartment");
                return;
        }
}

uint64_t api_denied_count(const struct api *api)
{
        uint64_t count = 0;

        for (size_t i = 0; i < API_DENIALS; i++)
                count += api->denied[i];
        return count;
}

void api_failed_about(const struct api_call *call, enum status status, const struct wire_problem *problem,
                      const char *case_ref)
{
        if (status == STATUS_INVALID && strcmp(problem->code, "unknown-case") == 0)
                api_note_case(call, case_ref);
        api_failed(call->request, status, problem);
}

void api_note_case(const struct api_call *call, const char *case_ref)
{
        bool hidden = false;

        if (case_ref != NULL && app_case_hidden(call->api->app, case_ref, api_sight(call), &hidden) == STATUS_OK &&
            hidden)
                api_denied(call->api, call->request, API_DENIED_CASE, case_ref);
}
