/*
 * backup - a copy of the record, from the daemon that serves it, into a file.
 *
 * The copy is checked as a whole before it gets its name, so that whatever bears
 * the name of a backup is one. A folder keeps the latest of many.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "http.h"
#include "list.h"
#include "mappad/app_verify.h"
#include "verify.h"

#define TWO_DIGITS "[0-9][0-9]"
#define NAME_PATTERN "mappad-" TWO_DIGITS TWO_DIGITS TWO_DIGITS TWO_DIGITS "T" TWO_DIGITS TWO_DIGITS TWO_DIGITS "Z.db"
#define PART_PATTERN NAME_PATTERN ".part"
#define NAMES_MAX 100000
#define NAME_SIZE 32 /* of "mappad-20230301T090000Z.db" */

struct backup {
        char path[PATH_SIZE], part[PATH_SIZE], folder[PATH_SIZE], name[NAME_SIZE];
        int file;
        bool in_folder; /* the name was made here */
};

static bool take_piece(void *context, const char *bytes, size_t length)
{
        struct backup *backup = context;
        return file_write(backup->file, backup->part, bytes, length);
}

/* What a backup that is begun now is called, after the daemon's clock: mappad-20230301T090000Z.db. */
static enum outcome name_of_now(struct http *http, char ret_name[NAME_SIZE])
{
        json_t *status = NULL;
        char instant[16] = "";
        enum outcome outcome = http_ask(http, "/v1/status", NULL, &status);
        if (outcome != OUTCOME_OK)
                return outcome;
        size_t length = 0;
        for (const char *c = member_text(status, "now"); *c != '\0' && *c != '.' && length < 15; c++)
                if (*c != '-' && *c != ':')
                        instant[length++] = *c;
        json_decref(status);
        if (length != 15) {
                complain("the daemon does not say what time it is");
                return OUTCOME_REFUSED;
        }
        snprintf(ret_name, NAME_SIZE, "mappad-%sZ.db", instant);
        return OUTCOME_OK;
}

static enum outcome name_in_folder(struct http *http, const char *folder, struct backup *backup)
{
        enum outcome outcome = name_of_now(http, backup->name);
        if (outcome != OUTCOME_OK)
                return outcome;
        snprintf(backup->path, PATH_SIZE, "%.3990s/%s", folder, backup->name);
        backup->in_folder = true;
        return OUTCOME_OK;
}

static enum outcome choose_name(struct http *http, const char *path, struct backup *backup)
{
        struct stat there;
        bool found = stat(path, &there) == 0;
        if (strlen(path) > PATH_SIZE - 100) {
                complain("this path is too long");
                return OUTCOME_USAGE;
        }
        if (found && S_ISDIR(there.st_mode)) {
                enum outcome outcome = name_in_folder(http, path, backup);
                if (outcome != OUTCOME_OK)
                        return outcome;
        } else {
                snprintf(backup->path, PATH_SIZE, "%.3990s", path);
        }
        snprintf(backup->part, PATH_SIZE, "%.4000s.part", backup->path);
        path_folder(backup->path, backup->folder);
        if (lstat(backup->path, &there) != 0)
                return OUTCOME_OK;
        complain("%s is there, and nothing is written over it", backup->path);
        return OUTCOME_REFUSED;
}

/* ---- the latest of a folder ---- */

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t read_names(DIR *folder, char **names)
{
        size_t count = 0;
        for (struct dirent *entry = readdir(folder); entry != NULL && count < NAMES_MAX; entry = readdir(folder)) {
                if (fnmatch(NAME_PATTERN, entry->d_name, 0) != 0)
                        continue;
                names[count] = strdup(entry->d_name);
                if (names[count] != NULL)
                        count++;
        }
        return count;
}

/* What backups that were cut short left. One that is held is on its way. */
static void remove_parts(DIR *folder)
{
        rewinddir(folder);
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
                if (fnmatch(PART_PATTERN, entry->d_name, 0) != 0)
                        continue;
                int file = openat(dirfd(folder), entry->d_name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
                if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
                        (void)unlinkat(dirfd(folder), entry->d_name, 0);
                if (file >= 0)
                        (void)close(file);
        }
}

/* Of sorted names: how many are of no later instant than the clock says, or than the backup that was just made has.
 * What lies behind was made while a clock was ahead, or by nobody: it says nothing of what is latest. */
static size_t count_past(const char *path, char *const *names, size_t count, const char *made, const char *now)
{
        const char *last = strcmp(made, now) > 0 ? made : now;
        size_t past = count;
        while (past > 0 && strcmp(names[past - 1], last) > 0)
                past--;
        if (past < count)
                complain("%s: %zu %s named for an instant that is still to come, the first %s: neither counted nor "
                         "removed",
                         path, count - past, count - past == 1 ? "backup is" : "backups are", names[past]);
        return past;
}

/* Names are instants, so the oldest come first. The one that was just made is one of those kept, whatever the others
 * are called. */
static bool remove_names(DIR *folder, const struct backup *backup, char *const *names, size_t past, size_t keep)
{
        bool good = true;
        size_t kept = 1;
        for (size_t i = past; i > 0; i--) {
                const char *name = names[i - 1];
                if (strcmp(name, backup->name) == 0 || kept++ < keep || unlinkat(dirfd(folder), name, 0) == 0)
                        continue;
                complain("cannot remove %s/%s: %s", backup->folder, name, strerror(errno));
                good = false;
        }
        return good;
}

static bool remove_old(const struct backup *backup, const char *now, size_t keep)
{
        char **names = calloc(NAMES_MAX, sizeof(*names));
        DIR *folder = names != NULL ? opendir(backup->folder) : NULL;
        bool good = folder != NULL;
        size_t count = good ? read_names(folder, names) : 0;
        if (count > 1)
                qsort(names, count, sizeof(*names), by_name);
        size_t past = count_past(backup->folder, names, count, backup->name, now);
        good = good && remove_names(folder, backup, names, past, keep);
        for (size_t i = 0; i < count; i++)
                free(names[i]);
        if (good)
                remove_parts(folder);
        if (folder != NULL)
                (void)closedir(folder);
        free(names);
        return good && folder_sync(backup->folder);
}

/* The clock is asked again: while this backup was made another may have been begun and ended. */
static enum outcome keep_latest(struct http *http, const struct backup *backup, size_t keep)
{
        char now[NAME_SIZE];
        enum outcome outcome = name_of_now(http, now);
        if (outcome == OUTCOME_OK && !remove_old(backup, now, keep))
                outcome = OUTCOME_REFUSED;
        return outcome;
}

/* ---- the command ---- */

/* Checks the copy. Whatever is found in it is wrong in the record, too. */
static enum outcome check(const struct backup *backup, json_t **ret_answer)
{
        enum outcome outcome = verify_file(backup->part, &(struct app_verify_heads){.events = NULL}, ret_answer);
        if (outcome != OUTCOME_OK || json_is_true(json_object_get(*ret_answer, "verified")))
                return outcome;
        complain("the copy is not what was recorded, and is thrown away: see what \"mappactl verify\" says");
        return OUTCOME_REFUSED;
}

static enum outcome fetch(struct http *http, struct backup *backup, json_t **ret_answer)
{
        struct wire_buffer nothing;
        wire_buffer_init(&nothing);
        backup->file = file_claim(backup->part);
        if (backup->file < 0)
                return OUTCOME_REFUSED;
        enum outcome outcome = http_pour(http, "/v1/backup", &nothing, take_piece, backup);
        if (outcome == OUTCOME_OK && !file_sync(backup->file, backup->part))
                outcome = OUTCOME_REFUSED;
        if (outcome == OUTCOME_OK)
                outcome = check(backup, ret_answer);
        if (outcome == OUTCOME_OK && !(file_move(backup->part, backup->path) && folder_sync(backup->folder)))
                outcome = OUTCOME_REFUSED;
        if (outcome != OUTCOME_OK)
                (void)unlink(backup->part);
        (void)close(backup->file); /* held until it has its name */
        wire_buffer_fini(&nothing);
        return outcome;
}

static enum outcome run_backup(const struct arguments *arguments)
{
        struct backup backup = {.in_folder = false};
        json_t *answer = NULL;
        uint64_t keep = arguments_number(arguments, "--keep", 0);
        if (keep > NAMES_MAX)
                return usage_error(arguments, "--keep takes a number up to %d", NAMES_MAX);
        struct http *http;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = choose_name(http, arguments->words[0], &backup);
        if (outcome == OUTCOME_OK && keep > 0 && !backup.in_folder)
                outcome = usage_error(arguments, "--keep needs a folder");
        if (outcome == OUTCOME_OK)
                outcome = fetch(http, &backup, &answer);
        if (outcome == OUTCOME_OK)
                verify_say_copy(backup.path, answer);
        if (outcome == OUTCOME_OK && keep > 0)
                outcome = keep_latest(http, &backup, (size_t)keep);
        json_decref(answer);
        http_close(http);
        return outcome;
}

const struct command backup_commands[] = {
        {"backup",
         "FILE | FOLDER",
         "a checked copy of the record, made while it is served",
         1,
         1,
         run_backup,
         {{"--keep", "N", "of a folder: afterwards remove all but the latest N backups"}, SOCKET_OPTION}},
        {0},
};
