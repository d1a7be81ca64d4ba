/*
 * fuzz_answer - can the bytes of an answer hurt whoever asks?
 *
 * fuzz-layer: client
 * fuzz-with: client
 * Input: one byte that says which call of mappactl is made, then answers divided by NUL: of each the first byte says its status.
 * The whole of mappactl runs, libcurl alone is played: each question gets the next answer, in small pieces where one is taken as
 * it comes, and none after the last. A sanitizer's report, a call that asks without end, an exit status that is none, or
 * a byte on standard output that a terminal would obey is a finding.
 */
#include <curl/curl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* Not called: this file has a main of its own. */
#define main mappactl_main
#include "../../client/main.c"
#undef main

#define WORDS_MAX 16
#define QUESTIONS_MAX 400       /* a list has as many pages as there are answers, and a few questions beside */
#define PIECE 7                 /* bytes of an answer at a time */

static void must(bool right)
{
        if (!right)
                abort();
}

/* Each reads answers in its own way. At the end, so that the numbers of those before stay as they are in the corpus. */
static const char *const calls[] = {
        "overdue", "due --csv", "show M-1", "show M-1 --html", "cases", "cases --csv", "history M-1", "history M-1 --html",
        "export events", "export obligations", "export access", "export seals", "record M-1 level-set --on 2023-01-02 level=2",
        "retract 1 --why x", "alerts", "alerts --csv", "ack 1 --why x", "routes test M-1 level-2-review overdue", "outbox", "outbox retry 1", "rules",
        "rules history", "rules show abc", "rules accept abc", "status", "reload", "certificate", "certificate --csv", "health", "metrics",
        "verify", "access-log", "access-log M-1 --csv", "report annual 2022-23", "report annual 2022-23 --csv",
        "report annual 2022-23 --html", "report annual 2022-23 --cases", "report annual --from 2022-01-01 --to 2022-12-31 --plot",
        "report annual 2022-23 --against 2023-01-01T00:00:00Z", "report annual 2022-23 --as-sealed",
        "report annual 2022-23 --against-sealed", "report annual 2022-23 --against-sealed --csv", "report annual --seal 2022-23",
        "forecast", "forecast --csv", "forecast --html", "forecast --cases", "forecast --closed 2023-01-01..2023-02-01", "calendar",
        "subject-access M-1", "erase M-1 --why x", "erase M-1 --why x --confirm M-1", "erasures", "seals", "retention due", "retention due --idle 5y", "explain M-1",
        "explain M-1 level-2-review", "explain M-1 level-2-review --json"};
#define CALL_COUNT (sizeof calls / sizeof calls[0])

static const long statuses[] = {200, 201, 200, 400, 403, 404, 409, 422, 500, 503, 507, 302};

/* ---- libcurl, as far as mappactl uses it ---- */

static struct {
        const uint8_t *at, *end;
        size_t asked;
        long status;
        size_t (*take)(char *, size_t, size_t, void *);
        void *context;
        CURLcode apart; /* of a question that is not waited for at once ... */
        bool told;      /* ... and whether that was said */
} line;

CURL *curl_easy_init(void)
{
        return &line;
}

void curl_easy_cleanup(CURL *curl)
{
        (void)curl;
}

void curl_easy_reset(CURL *curl)
{
        (void)curl;
        line.take = NULL;
}

CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
        va_list values;

        (void)curl;
        va_start(values, option);
        if (option == CURLOPT_WRITEFUNCTION)
                line.take = va_arg(values, size_t(*)(char *, size_t, size_t, void *));
        else if (option == CURLOPT_WRITEDATA)
                line.context = va_arg(values, void *);
        va_end(values);
        return CURLE_OK;
}

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
        va_list values;

        (void)curl;
        va_start(values, info);
        *va_arg(values, long *) = info == CURLINFO_RESPONSE_CODE ? line.status : 0;
        va_end(values);
        return CURLE_OK;
}

CURLcode curl_easy_perform(CURL *curl)
{
        (void)curl;
        must(++line.asked < QUESTIONS_MAX + (size_t)(line.end - line.at));
        line.status = 0;
        if (line.at == line.end)
                return CURLE_GOT_NOTHING;
        const uint8_t *gap = memchr(line.at, '\0', (size_t)(line.end - line.at));
        const uint8_t *stop = gap != NULL ? gap : line.end;
        if (line.at < stop)
                line.status = statuses[*line.at++ % (sizeof statuses / sizeof statuses[0])];
        CURLcode code = CURLE_OK;
        while (code == CURLE_OK && line.at < stop) {
                char bytes[PIECE];
                size_t length = (size_t)(stop - line.at) < PIECE ? (size_t)(stop - line.at) : PIECE;

                memcpy(bytes, line.at, length);
                line.at += length;
                code = line.take(bytes, 1, length, line.context) == length ? CURLE_OK : CURLE_WRITE_ERROR;
        }
        line.at = gap != NULL ? gap + 1 : line.end;
        return code;
}

CURLM *curl_multi_init(void)
{
        return &line;
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
        (void)multi;
        return CURLM_OK;
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *curl)
{
        (void)multi;
        line.told = false;
        line.apart = curl_easy_perform(curl);
        return CURLM_OK;
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *curl)
{
        (void)multi;
        (void)curl;
        return CURLM_OK;
}

CURLMcode curl_multi_perform(CURLM *multi, int *ret_under_way)
{
        (void)multi;
        *ret_under_way = 0;
        return CURLM_OK;
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *ret_left)
{
        static CURLMsg over;

        (void)multi;
        *ret_left = 0;
        over.data.result = line.apart;
        if (line.told)
                return NULL;
        line.told = true;
        return &over;
}

/* ---- a call ---- */

static char *said;
static size_t said_length;

/* What is asked for as it is, under a hash or for another program, is handed on as it is: but nothing else is. */
static void look_at_what_was_said(void)
{
        for (size_t i = 0, size; i < said_length; i += size) {
                uint32_t code = 0;

                size = wire_utf8_length(said + i, said_length - i, &code);
                must(size > 0);
                must(code >= ' ' || code == '\n' || code == '\t' || (code == '\r' && i + 1 < said_length && said[i + 1] == '\n'));
                must(code < 0x7f || code > 0x9f);
        }
}

static void call(const char *command)
{
        char text[256], *words[WORDS_MAX], *rest = NULL;
        int count = 0;

        snprintf(text, sizeof text, "%s", command);
        for (char *word = strtok_r(text, " ", &rest); word != NULL && count < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
                words[count++] = word;
        enum outcome outcome = run(count, words);
        must(outcome >= OUTCOME_OK && outcome <= OUTCOME_UNREACHABLE);
        must(outcome != OUTCOME_USAGE || strcmp(command, "health") == 0); /* which has a plugin's: 2 is critical */
}

int LLVMFuzzerInitialize(int *count, char ***words);

/* What people would read is kept; what is said of mistakes is not: the fuzzer itself has its own way to standard error. */
int LLVMFuzzerInitialize(int *count, char ***words)
{
        (void)count;
        (void)words;
        must(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
        stdout = open_memstream(&said, &said_length);
        stderr = fopen("/dev/null", "w");
        must(stdout != NULL && stderr != NULL);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        line.at = data + 1;
        line.end = data + size;
        line.asked = 0;
        rewind(stdout);
        call(calls[data[0] % CALL_COUNT]);
        must(fflush(stdout) == 0);
        look_at_what_was_said();
        return 0;
}
