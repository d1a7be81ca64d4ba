/*
 * fuzz_http - can the bytes of a client hurt us?
 *
 * fuzz-layer: api
 * Input: one byte for the role, the rest is what a client writes on its connection, from the first byte to the
 * last, before it half-closes. It goes through the real wrapper and the real routes to an application with a
 * record of its own; the loop turns until nothing is left to do. A sanitizer's report, a failing ENSURE, an answer
 * that is no HTTP or whose JSON is none, or a connection that is never let go of is a finding.
 */
#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mappad/api.h"
#include "mappad/rulefile.h"

#define INPUTS_A_RECORD 500     /* then a fresh one, so that an input's effect does not hang on a thousand others */
#define TURNS_MAX 400
#define ANSWER_MAX (1 << 20)

static const char rules_text[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; }, { name = \"ends\"; type = \"date\"; },\n"
        "  { name = \"agency\"; type = \"set\"; values = [\"a\", \"b\"]; } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; }, { name = \"ends\"; }, { name = \"agency\"; } ); },\n"
        "  { name = \"met\"; }, { name = \"order\"; new-item = \"order\"; } );\n"
        "rules = ( { id = \"e\"; title = \"e\"; source = \"e\"; basis = \"e\"; strength = \"must\"; applies = { level = \"2\"; };\n"
        "    every = \"4 weeks after\"; met-by = { event = \"met\"; }; alerts = ( { at = \"overdue\"; to = \"x\"; again = \"1 week\"; times = 2; } ); } );\n";

static struct {
        struct event_base *base;
        struct app *app;
        struct api *api;
        char folder[64];
        struct sockaddr_un address;
        enum role role;
        unsigned int inputs;
} box;

static const struct moment now = {.ms = INT64_C(1677661200000), .today = 19417};      /* 2023-03-01 09:00 UTC */

static struct moment tell_now(void *context)
{
        (void)context;
        return now;
}

static void tell_facts(void *context, struct api_facts *ret_facts)
{
        (void)context;
        *ret_facts = (struct api_facts){.version = "fuzz", .time_zone = "UTC", .started_ms = now.ms, .loaded_ms = now.ms,
                                        .last_sweep_ms = INT64_MIN, .next_sweep_ms = now.ms};
}

static void release(struct app_rules rules)
{
        ruleset_free((struct ruleset *)(uintptr_t)rules.ruleset);
}

static enum status refuse_reload(void *context, struct api_reload *reload, struct diagnostics *problems)
{
        (void)context;
        (void)reload;
        diagnostics_add(problems, DIAGNOSTIC_ERROR, "rules.cfg", 1, "a test reloads nothing");
        return STATUS_INVALID;
}

/* Rules that a client sent are read as they are; contacts are none here. */
static enum status read_sent(void *context, const struct api_texts *texts, struct app_rules *ret_rules, struct diagnostics *problems)
{
        const struct rulefile_text own = {"fuzz.cfg", rules_text, sizeof rules_text - 1};
        struct ruleset *ruleset = NULL;
        enum status status = STATUS_OK;

        (void)context;
        if (texts == NULL)
                status = rulefile_load_text(&own, 1, problems, &ruleset);
        else if (texts->rule_count > 0)
                status = rulefile_load_text(texts->rules, texts->rule_count, problems, &ruleset);
        if (status == STATUS_OK)
                *ret_rules = (struct app_rules){.ruleset = ruleset, .release = release};
        return status;
}

static enum status identify(void *context, int fd, struct peer *ret_peer)
{
        (void)context;
        (void)fd;
        *ret_peer = (struct peer){.uid = 1000, .pid = 1, .role = box.role, .name = "fuzz"};
        return box.role == ROLE_NONE ? STATUS_IO : STATUS_OK;
}

static void keep_quiet(void *context, enum log_level level, const struct log_field *fields, size_t count, const char *message)
{
        (void)context;
        (void)level;
        (void)message;
        for (size_t i = 0; i < count; i++)
                if (fields[i].value == NULL)
                        abort();
}

static void must(int right)
{
        if (!right)
                abort();
}

static void empty_folder(void)
{
        DIR *folder = opendir(box.folder);
        struct dirent *entry;

        while (folder != NULL && (entry = readdir(folder)) != NULL)
                if (entry->d_name[0] != '.')
                        unlinkat(dirfd(folder), entry->d_name, 0);
        if (folder != NULL)
                closedir(folder);
}

static void open_box(void)
{
        const struct http_limits limits = {.connections = 8, .per_user = 8, .body_size_max = 16384, .header_size_max = 8192,
                                           .idle_ms = 3600000, .request_ms = 3600000};
        const struct api_host host = {.now = tell_now, .facts = tell_facts, .reload = refuse_reload, .read = read_sent,
                                      .identify = identify, .log = keep_quiet};
        const struct rulefile_text text = {"fuzz.cfg", rules_text, sizeof rules_text - 1};
        struct app_settings settings = {.state_directory = box.folder, .test_clock = true, .sweeps = {{.minute = 450}}, .sweep_count = 1};
        struct ruleset *ruleset = NULL;
        struct diagnostics diagnostics;
        char problem[APP_PROBLEM_SIZE] = "";

        empty_folder();
        diagnostics_init(&diagnostics);
        must(rulefile_load_text(&text, 1, &diagnostics, &ruleset) == STATUS_OK);
        diagnostics_fini(&diagnostics);
        must(app_open(&settings, (struct app_rules){.ruleset = ruleset, .release = release}, now, &box.app, problem) == STATUS_OK);
        bool more = true;
        while (more)
                must(app_advance(box.app, now, &more) == STATUS_OK);
        must(api_new(box.base, box.app, &host, &limits, &box.api) == STATUS_OK);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        must(fd >= 0 && bind(fd, (struct sockaddr *)&box.address, sizeof box.address) == 0 && listen(fd, 8) == 0);
        must(http_listen(api_server(box.api), fd) == STATUS_OK);
}

static void close_box(void)
{
        api_free(box.api);
        app_abandon(box.app);
}

static void turn(void)
{
        event_base_loop(box.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
        app_flush(box.app, now);
}

/* The body of an answer that says how long it is must be that long, and JSON if it says so. */
static void check_answer(const char *answer, size_t length)
{
        const char *end = memmem(answer, length, "\r\n\r\n", 4);
        const char *named = end == NULL ? NULL : memmem(answer, (size_t)(end - answer), "Content-Length: ", 16);

        must(length < 9 || memcmp(answer, "HTTP/1.", 7) == 0);
        if (named == NULL || memmem(answer, (size_t)(end - answer), "application/json", 16) == NULL)
                return;
        size_t size = strtoul(named + 16, NULL, 10);
        if (size == 0 || end + 4 + size > answer + length)
                return;
        json_t *json = json_loadb(end + 4, size, JSON_REJECT_DUPLICATES, NULL);
        must(json != NULL);
        json_decref(json);
}

/* Writes what there is to write while the loop turns, reads what comes; until there is no more of either. */
static size_t converse(int fd, const uint8_t *data, size_t size, char *answer)
{
        size_t sent = 0, length = 0;
        int idle = 0;

        for (int turns = 0; turns < TURNS_MAX && idle < 6; turns++) {
                ssize_t put = sent < size ? send(fd, data + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

                sent = put > 0 ? sent + (size_t)put : sent;
                if (put > 0 && sent == size)
                        shutdown(fd, SHUT_WR);
                turn();
                ssize_t got = recv(fd, answer + length, ANSWER_MAX - length, MSG_DONTWAIT);
                length += got > 0 ? (size_t)got : 0;
                idle = put > 0 || got > 0 ? 0 : idle + 1;
                if (got == 0)
                        break;
        }
        return length;
}

static void one_client(const uint8_t *data, size_t size)
{
        static char answer[ANSWER_MAX];
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        must(fd >= 0 && connect(fd, (struct sockaddr *)&box.address, sizeof box.address) == 0);
        check_answer(answer, converse(fd, data, size, answer));
        close(fd);
        for (int turns = 0; turns < TURNS_MAX && http_connections(api_server(box.api)) > 0; turns++)
                turn();
        must(http_connections(api_server(box.api)) == 0);
}

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
        (void)count;
        (void)words;
        (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
        snprintf(box.folder, sizeof box.folder, "%s/fuzz-http-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        must(mkdtemp(box.folder) != NULL);
        box.address.sun_family = AF_UNIX;
        snprintf(box.address.sun_path, sizeof box.address.sun_path, "%s/sock", box.folder);
        box.base = event_base_new();
        must(box.base != NULL);
        open_box();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        box.role = (enum role)(data[0] % (ROLE_ADMIN + 1));
        one_client(data + 1, size - 1);
        if (++box.inputs % INPUTS_A_RECORD == 0) {
                close_box();
                open_box();
        }
        return 0;
}
