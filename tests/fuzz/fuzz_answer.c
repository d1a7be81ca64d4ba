/*
 * fuzz_answer - can the bytes of an answer hurt whoever asks?
 *
 * fuzz-layer: client
 * fuzz-with: client
 * Input: one byte that says which call of mappactl is made, then answers divided by NUL: of each the first byte says its status.
 * The whole of mappactl runs, libcurl alone is played: each question gets the next answer, in small pieces where one is taken as
 * it comes; after the last there is none, and from the third on a refusal. A sanitizer's report, a call that asks without end, an exit
 * status that is none, or a byte on standard output that a terminal would obey is a finding.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not called: this file has a main of its own. */
#define main mappactl_main
#include "../../client/main.c"
#undef main

#define WORDS_MAX 16

/* Each reads answers in its own way. At the end, so that the numbers of those before stay as they are in the corpus. */
static const char *const calls[] = {
        "overdue", "due --csv", "show M-1", "show M-1 --html", "cases", "cases --csv", "history M-1", "history M-1 --html",
        "export events", "export obligations", "export access", "export seals", "record M-1 level-set --on 2023-01-02 level=2",
        "retract 1 --why x", "alerts", "alerts --csv", "ack 1 --why x", "routes test M-1 level-2-review overdue", "outbox", "outbox retry 1", "rules",
        "rules history", "rules show 0123abcd",
        "rules accept 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "status", "reload", "certificate", "certificate --csv", "health", "metrics",
        "verify", "access-log", "access-log M-1 --csv", "report annual 2022-23", "report annual 2022-23 --csv",
        "report annual 2022-23 --html", "report annual 2022-23 --cases", "report annual --from 2022-01-01 --to 2022-12-31 --plot",
        "report annual 2022-23 --against 2023-01-01T00:00:00Z", "report annual 2022-23 --as-sealed",
        "report annual 2022-23 --against-sealed", "report annual 2022-23 --against-sealed --csv", "report annual --seal 2022-23",
        "forecast", "forecast --csv", "forecast --html", "forecast --cases", "forecast --closed 2023-01-01..2023-02-01", "calendar",
        "subject-access M-1", "erase M-1 --why x", "erase M-1 --why x --confirm M-1", "erasures", "seals", "retention due", "retention due --as-of 2023-01-01", "explain M-1",
        "explain M-1 level-2-review", "explain M-1 level-2-review --json", "alerts --follow", "alerts --follow --csv --after 1"};
#define CALL_COUNT (sizeof calls / sizeof calls[0])

static const long statuses[] = {200, 201, 200, 400, 403, 404, 409, 422, 500, 503, 507, 302};

#include "played_curl.h"

/* ---- a call ---- */

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

int LLVMFuzzerInitialize(int *count, char ***words)
{
        (void)count;
        (void)words;
        must(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
        keep_what_is_said();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        play(data + 1, size - 1);
        rewind(stdout);
        call(calls[data[0] % CALL_COUNT]);
        must(fflush(stdout) == 0);
        look_at_what_was_said();
        return 0;
}
