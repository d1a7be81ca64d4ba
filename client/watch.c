/*
 * watch - for whoever watches the watcher: one line for monitoring plugins, and
 * the numbers that Prometheus reads.
 *
 * `health` keeps to the convention of those plugins and not to ours: its exit
 * status is 0 well, 1 warning, 2 critical, 3 unknown, and what it has to say is
 * one line on standard output, whatever happened.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "list.h"
#include "mappad/settings.h"

#define LINE_SIZE 1024
#define ANSWER_MS 8000        /* what runs plugins gives them ten seconds, and takes what it had to end for unknown */
#define TIMEOUT_MAX_MS 300000 /* as for any other question; beyond it nothing would be waited for */

enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL, HEALTH_UNKNOWN };

static const char *const health_words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* From when on something that has lasted is worth a warning, or worse. */
struct patience {
        uint64_t warning_ms, critical_ms;
};

/* What was found: the worst of it, the sentences of all that is not well, and the numbers. */
struct finding {
        enum health worst;
        char sentences[LINE_SIZE];
        char numbers[LINE_SIZE];
};

__attribute__((format(printf, 3, 4))) static void find(struct finding *finding, enum health health, const char *format,
                                                       ...)
{
        size_t used = strlen(finding->sentences);
        va_list arguments;

        if (health > finding->worst)
                finding->worst = health;
        if (used > 0 && used + 2 < sizeof finding->sentences)
                used += (size_t)snprintf(finding->sentences + used, sizeof finding->sentences - used, ", ");
        va_start(arguments, format);
        vsnprintf(finding->sentences + used, sizeof finding->sentences - used, format, arguments);
        va_end(arguments);
}

/* One number with the limits that were applied: 'label'=value[unit];warning;critical;minimum */
__attribute__((format(printf, 2, 3))) static void measure(struct finding *finding, const char *format, ...)
{
        size_t used = strlen(finding->numbers);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(finding->numbers + used, sizeof finding->numbers - used, format, arguments);
        va_end(arguments);
}

static bool instant_of(const json_t *object, const char *key, int64_t *ret_ms)
{
        const char *text = member_text(object, key);

        return text[0] != '\0' && wire_instant_parse(text, strlen(text), ret_ms);
}

static enum health judge(uint64_t ms, const struct patience *patience)
{
        return ms >= patience->critical_ms ? HEALTH_CRITICAL : ms >= patience->warning_ms ? HEALTH_WARNING : HEALTH_OK;
}

/* "26 h", "3 min": the largest unit that leaves something to say. */
static const char *span_text(uint64_t ms, char text[static 32])
{
        static const struct {
                uint64_t ms;
                const char *name;
        } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}};
        size_t i = 0;

        while (i < 3 && ms < 2 * units[i].ms)
                i++;
        snprintf(text, 32, "%" PRIu64 " %s", ms / units[i].ms, units[i].name);
        return text;
}

static int64_t number_of(const json_t *object, const char *key)
{
        return (int64_t)json_integer_value(json_object_get(object, key));
}

static void look_at_sweeps(struct finding *finding, const json_t *status, const struct patience *patience)
{
        int64_t now = 0, last = 0;
        char span[32];

        if (!instant_of(status, "now", &now)) {
                find(finding, HEALTH_UNKNOWN, "what answers does not speak as the daemon does");
                return;
        }
        if (!instant_of(status, "last_sweep", &last)) {
                find(finding, HEALTH_WARNING, "there was no sweep so far");
                return;
        }
        uint64_t age = now > last ? (uint64_t)(now - last) : 0;
        enum health health = judge(age, patience);
        find(finding, health, "last sweep %s ago", span_text(age, span));
        measure(finding, "sweep_age=%" PRIu64 "s;%" PRIu64 ";%" PRIu64 ";0", age / 1000, patience->warning_ms / 1000,
                patience->critical_ms / 1000);
        if (strcmp(member_text(status, "as_of"), member_text(status, "today")) < 0)
                find(finding, HEALTH_CRITICAL, "the day %s could not be begun", member_text(status, "today"));
}

static void look_at_mail(struct finding *finding, const json_t *status, const struct patience *patience)
{
        const json_t *outbox = json_object_get(status, "outbox");
        int64_t now = 0, oldest = 0, waiting = number_of(outbox, "waiting"), failed = number_of(outbox, "failed");
        uint64_t age = 0;
        char span[32];

        if (json_is_null(outbox)) {
                find(finding, HEALTH_WARNING,
                     "this user is not shown how mail does: it must be in every compartment that hides counts");
                return;
        }
        if (waiting > 0 && instant_of(status, "now", &now) && instant_of(outbox, "oldest", &oldest) && now > oldest)
                age = (uint64_t)(now - oldest);
        if (waiting > 0)
                find(finding, judge(age, patience), "%" PRId64 " message%s wait%s, the oldest for %s", waiting,
                     waiting == 1 ? "" : "s", waiting == 1 ? "s" : "", span_text(age, span));
        if (failed > 0)
                find(finding, HEALTH_WARNING, "%" PRId64 " message%s could not be delivered", failed,
                     failed == 1 ? "" : "s");
        measure(finding,
                " outbox_age=%" PRIu64 "s;%" PRIu64 ";%" PRIu64 ";0 outbox_waiting=%" PRId64
                ";;;0 outbox_failed=%" PRId64 ";0;;0 outbox_ambiguous=%" PRId64 ";;;0",
                age / 1000, patience->warning_ms / 1000, patience->critical_ms / 1000, waiting, failed,
                number_of(outbox, "ambiguous"));
}

static void look_at_service(struct finding *finding, const json_t *status)
{
        const json_t *rules = json_object_get(status, "rules"), *open = json_object_get(status, "open");

        if (json_is_true(json_object_get(status, "disk_full")))
                find(finding, HEALTH_CRITICAL, "no space is left and nothing can be recorded");
        else if (member_text(status, "trouble")[0] != '\0')
                find(finding, HEALTH_CRITICAL, "the day, the sweep or the outbox cannot be dealt with: %s",
                     member_text(status, "trouble"));
        if (member_text(rules, "reload_failure")[0] != '\0')
                find(finding, HEALTH_WARNING, "the last reload was refused");
        if (member_text(rules, "awaiting")[0] != '\0')
                find(finding, HEALTH_WARNING, "changed files wait for somebody to accept what they do");
        if (json_is_true(json_object_get(status, "test_clock")))
                find(finding, HEALTH_OK, "time is that of a test clock");
        if (json_is_object(open))
                measure(finding, " overdue=%" PRId64 ";;;0 unevaluable=%" PRId64 ";;;0", number_of(open, "overdue"),
                        number_of(open, "unevaluable"));
        measure(finding, " connections=%" PRId64 ";;;0", number_of(status, "connections"));
}

/* What could not be told is not known. */
static enum outcome tell(const struct finding *finding)
{
        char sentences[LINE_SIZE];

        wire_clean(finding->sentences, strlen(finding->sentences), sentences, sizeof sentences);
        printf("MAPPAD %s - %s%s%s\n", health_words[finding->worst], sentences,
               finding->numbers[0] != '\0' ? " | " : "", finding->numbers);
        return fflush(stdout) == 0 ? (enum outcome)finding->worst : (enum outcome)HEALTH_UNKNOWN;
}

static bool read_span(const struct arguments *arguments, const char *name, uint64_t *ret_ms)
{
        const char *text = arguments_value(arguments, name);

        return text == NULL || settings_parse_duration(text, ret_ms);
}

static bool read_patience(const struct arguments *arguments, const char *const names[static 2],
                          struct patience *patience, struct finding *finding)
{
        if (read_span(arguments, names[0], &patience->warning_ms) &&
            read_span(arguments, names[1], &patience->critical_ms) && patience->warning_ms <= patience->critical_ms)
                return true;
        find(finding, HEALTH_UNKNOWN, "%s and %s take durations like \"26 h\", the second no less than the first",
             names[0], names[1]);
        return false;
}

static bool read_timeout(const struct arguments *arguments, uint64_t *ret_ms, struct finding *finding)
{
        if (read_span(arguments, "--timeout", ret_ms) && *ret_ms > 0 && *ret_ms <= TIMEOUT_MAX_MS)
                return true;
        find(finding, HEALTH_UNKNOWN, "--timeout takes a duration like \"10 s\", of at most 5 minutes");
        return false;
}

/* No answer is the worst, unless it is this user who gets none. */
static void find_silence(struct finding *finding, enum outcome outcome, const struct http *http)
{
        if (outcome == OUTCOME_UNREACHABLE && http_forbidden(http))
                find(finding, HEALTH_UNKNOWN, "this user may not use the daemon's socket");
        else
                find(finding, outcome == OUTCOME_UNREACHABLE ? HEALTH_CRITICAL : HEALTH_UNKNOWN,
                     "the daemon does not answer");
}

/* What the daemon says of itself, or why it says nothing: refused is not to be known. */
static bool ask_status(const struct arguments *arguments, uint64_t timeout_ms, struct finding *finding,
                       json_t **ret_status)
{
        long code = 0;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);

        *ret_status = NULL;
        if (outcome != OUTCOME_OK) {
                find(finding, HEALTH_UNKNOWN,
                     outcome == OUTCOME_USAGE ? "the purpose cannot be sent" : "there is no memory to ask");
                return false;
        }
        http_hurry(http, timeout_ms);
        outcome = http_try(http, "/v1/status", NULL, &code, ret_status);
        if (outcome != OUTCOME_OK)
                find_silence(finding, outcome, http);
        else if (code == 403)
                find(finding, HEALTH_UNKNOWN, "the daemon refuses this user: it must be in a group of readers");
        else if (code >= 400)
                find(finding, HEALTH_CRITICAL, "the daemon cannot say where it stands (status %ld)", code);
        http_close(http);
        return outcome == OUTCOME_OK && code < 400;
}

static enum outcome run_health(const struct arguments *arguments)
{
        static const char *const sweep_names[2] = {"--sweep-warning", "--sweep-critical"};
        static const char *const mail_names[2] = {"--mail-warning", "--mail-critical"};
        struct patience sweep = {UINT64_C(26) * 3600000, UINT64_C(50) * 3600000};
        struct patience mail = {UINT64_C(3600000), UINT64_C(4) * 3600000};
        struct finding finding = {.worst = HEALTH_OK};
        uint64_t timeout_ms = ANSWER_MS;
        json_t *status = NULL;

        if (read_patience(arguments, sweep_names, &sweep, &finding) &&
            read_patience(arguments, mail_names, &mail, &finding) && read_timeout(arguments, &timeout_ms, &finding) &&
            ask_status(arguments, timeout_ms, &finding, &status)) {
                look_at_sweeps(&finding, status, &sweep);
                look_at_mail(&finding, status, &mail);
                look_at_service(&finding, status);
        }
        json_decref(status);
        return tell(&finding);
}

enum outcome wrong_call(const struct command *command)
{
        static const struct finding wrong = {.worst = HEALTH_UNKNOWN, .sentences = "mappactl was called wrongly"};

        return command->run == run_health ? tell(&wrong) : OUTCOME_USAGE;
}

/* ---- metrics ---- */

static enum outcome run_metrics(const struct arguments *arguments)
{
        const char *path = arguments_value(arguments, "--output");
        struct wire_buffer buffer;
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);

        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = http_text(http, "/metrics", "# ", &buffer);
        if (outcome == OUTCOME_OK &&
            !(path != NULL ? file_replace(path, buffer.data, buffer.length) : output_drain(&buffer, true)))
                outcome = OUTCOME_REFUSED;
        wire_buffer_fini(&buffer);
        http_close(http);
        return outcome;
}

const struct command watch_commands[] = {
        {"health",
         "",
         "one line for monitoring plugins",
         0,
         0,
         run_health,
         {{"--sweep-warning", "TIME", "warn when the last sweep is so old (default 26 h)"},
          {"--sweep-critical", "TIME", "critical when it is so old (default 50 h)"},
          {"--mail-warning", "TIME", "warn when a message has waited so long (default 1 h)"},
          {"--mail-critical", "TIME", "critical when one has waited so long (default 4 h)"},
          {"--timeout", "TIME", "critical when the daemon has not answered in that time (default 8 s)"},
          SOCKET_OPTION}},
        {"metrics",
         "",
         "numbers for monitoring, as Prometheus reads them",
         0,
         0,
         run_metrics,
         {{"--output", "FILE", "write them into a file, which is replaced as a whole"}, SOCKET_OPTION}},
        {0},
};
