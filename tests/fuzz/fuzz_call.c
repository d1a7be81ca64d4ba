/*
 * fuzz_call - can the words of a call, the environment or the files that a call names hurt whoever makes it?
 *
 * fuzz-layer: client
 * fuzz-with: client
 * Input: words divided by blanks up to the first line feed, NAME=VALUE of the environment first; then the file that the word "@" stands
 * for, and after a NUL the one that "@@" stands for; where "." is named they are rules and tests there. The whole of mappactl runs in a
 * folder of its own, which is emptied after each input; libcurl alone is played, and the daemon says nothing but how much it takes at
 * once. Calls that name another place are left out. A sanitizer's report, a failing ENSURE, an exit status that is none, or a byte on
 * standard output that a terminal would obey is a finding.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

/* Not called: this file has a main of its own. */
#define main mappactl_main
#include "../../client/main.c"
#undef main

#define WORDS_MAX 24
#define TEXT_MAX 1024
#define ANSWERS 6

static const long statuses[] = {200};

#include "played_curl.h"

static const char *const environment[] = {"COLUMNS", "MAPPAD_PURPOSE", "MAPPAD_SOCKET", "NO_COLOR", "TERM"};
#define NAME_COUNT (sizeof environment / sizeof environment[0])

static const char facts[] = "\x30{\"now\":\"2023-03-01T09:00:00.000Z\",\"today\":\"2023-03-01\",\"body_limit\":4096,"
                             "\"recorded\":1,\"events\":[],\"problems\":[]}";

static char folder[] = "/tmp/fuzz-call-XXXXXX";
static char paths[2][32];
static int files[2];

/* What a call may do is left in its own folder. */
static bool stays_here(const char *word)
{
        return strchr(word, '/') == NULL && strstr(word, "..") == NULL;
}

/* Sets what a word says of the environment, and says whether it does. */
static bool is_environment(char *word)
{
        char *equals = strchr(word, '=');

        for (size_t i = 0; equals != NULL && i < NAME_COUNT; i++)
                if (strlen(environment[i]) == (size_t)(equals - word) && strncmp(word, environment[i], (size_t)(equals - word)) == 0) {
                        must(setenv(environment[i], equals + 1, 1) == 0);
                        return true;
                }
        return false;
}

static char *file_or_word(char *word)
{
        if (strcmp(word, "@") == 0)
                return paths[0];
        return strcmp(word, "@@") == 0 ? paths[1] : word;
}

/* The folder that "." is: rules, and tests of them. */
static void fill_folder(void)
{
        static const char *const names[] = {"a.cfg", "a.test"};

        for (size_t i = 0; i < 2; i++) {
                off_t size = lseek(files[i], 0, SEEK_END), from = 0;
                int file = open(names[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

                must(file >= 0 && size >= 0 && sendfile(file, files[i], &from, (size_t)size) == size && close(file) == 0);
        }
}

static void make_call(char *text)
{
        char *words[WORDS_MAX], *rest = NULL;
        int count = 0;

        for (char *word = strtok_r(text, " ", &rest); word != NULL && count < WORDS_MAX; word = strtok_r(NULL, " ", &rest)) {
                if (!stays_here(word))
                        return;
                if (strcmp(word, ".") == 0)
                        fill_folder();
                if (count > 0 || !is_environment(word))
                        words[count++] = file_or_word(word);
        }
        enum outcome outcome = run(count, words);
        must(outcome >= OUTCOME_OK && outcome <= OUTCOME_UNREACHABLE);
}

static void empty_folder(void)
{
        DIR *here = opendir(".");
        const struct dirent *entry;

        must(here != NULL);
        while ((entry = readdir(here)) != NULL)
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        must(unlink(entry->d_name) == 0 || rmdir(entry->d_name) == 0);
        closedir(here);
}

static void fill_file(size_t which, const char *bytes, size_t length)
{
        must(ftruncate(files[which], 0) == 0 && pwrite(files[which], bytes, length, 0) == (ssize_t)length);
}

static void leave(void)
{
        (void)rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
        (void)count;
        (void)words;
        must(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
        for (size_t i = 0; i < 2; i++) {
                files[i] = memfd_create("file", MFD_CLOEXEC);
                must(files[i] >= 0);
                snprintf(paths[i], sizeof paths[i], "/proc/self/fd/%d", files[i]);
        }
        must(mkdtemp(folder) != NULL && atexit(leave) == 0);
        keep_what_is_said();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static int before = -1;
        const char *text = (const char *)data, *end = text + size;
        const char *feed = size > 0 ? memchr(text, '\n', size) : NULL;
        const char *file = feed != NULL ? feed + 1 : end;
        const char *gap = file < end ? memchr(file, '\0', (size_t)(end - file)) : NULL;
        size_t length = (size_t)((feed != NULL ? feed : end) - text);
        char call[TEXT_MAX], answers[ANSWERS * sizeof facts];

        /* The corpus is named from where the fuzzer was started; calls run elsewhere. */
        if (before < 0)
                before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (length >= sizeof call || memchr(text, '\0', length) != NULL)
                return 0;
        memcpy(call, text, length);
        call[length] = '\0';
        fill_file(0, file, (size_t)((gap != NULL ? gap : end) - file));
        fill_file(1, gap != NULL ? gap + 1 : "", gap != NULL ? (size_t)(end - gap - 1) : 0);
        for (size_t i = 0; i < ANSWERS; i++)
                memcpy(answers + i * sizeof facts, facts, sizeof facts);
        play(answers, sizeof answers - 1);
        rewind(stdout);
        must(chdir(folder) == 0);
        make_call(call);
        must(fflush(stdout) == 0);
        look_at_what_was_said();
        empty_folder();
        must(fchdir(before) == 0);
        for (size_t i = 0; i < NAME_COUNT; i++)
                must(unsetenv(environment[i]) == 0);
        return 0;
}
