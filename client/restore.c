/*
 * restore - a backup in the place of the record.
 *
 * Nobody may serve the record meanwhile: the lock that the daemon holds is taken.
 * The backup is checked first and copied beside; what it replaces is kept under
 * another name, with its log. Between the two renamings there is no record, which
 * the daemon refuses to start with: it never begins an empty one where one was.
 * A restore that fails leaves the folder as it found it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "list.h"
#include "mappad/app_verify.h"
#include "verify.h"

#define STATE_DIRECTORY "/var/lib/mappad"
#define SERVICE_USER "mappad"
#define REPLACED_MAX 1000 /* names tried for what is replaced */

struct restore {
        const char *folder;
        char record[PATH_SIZE], fresh[PATH_SIZE], replaced[PATH_SIZE];
        struct stat owner; /* of the folder: the daemon's user */
        char lock_path[PATH_SIZE];
        int lock;
        bool lock_made; /* by this restore */
        bool placed;    /* the record is the copy */
};

static void beside(const char *path, const char *suffix, char *ret_path)
{
        snprintf(ret_path, PATH_SIZE, "%.4000s%s", path, suffix);
}

static bool lock_failed(const struct restore *restore, const char *what)
{
        complain("cannot %s %s: %s", what, restore->lock_path, strerror(errno));
        return false;
}

/* The daemon's own lock. What it says is not touched until there is a record to put in place. */
static bool take_lock(struct restore *restore)
{
        beside(restore->record, "-lock", restore->lock_path);
        restore->lock = open(restore->lock_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        restore->lock_made = restore->lock >= 0;
        if (restore->lock < 0 && errno == EEXIST)
                restore->lock = open(restore->lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (restore->lock < 0)
                return lock_failed(restore, "open");
        if (flock(restore->lock, LOCK_EX | LOCK_NB) != 0) {
                complain("the record in %s is being served: stop the daemon first (systemctl stop mappad.socket "
                         "mappad.service)",
                         restore->folder);
                restore->lock_made = false;
                return false;
        }
        return fchown(restore->lock, restore->owner.st_uid, restore->owner.st_gid) == 0 ||
               lock_failed(restore, "change the owner of");
}

/* Removed while it is held, so that whoever has it open already is refused (store.c compares names and files). */
static void give_lock_back(struct restore *restore, bool restored)
{
        if (!restored && restore->lock_made)
                (void)unlink(restore->lock_path);
        if (restore->lock >= 0)
                (void)close(restore->lock);
}

/* From here on a record is kept here, so that an empty file is no beginning. */
static bool note_made(const struct restore *restore)
{
        static const char made[] = "made\n";
        return pwrite(restore->lock, made, sizeof(made) - 1, 0) == (ssize_t)(sizeof(made) - 1) ||
               lock_failed(restore, "write");
}

/* A name that nothing has yet: mappad.db.replaced, mappad.db.replaced.1, ... */
static bool name_replaced(struct restore *restore)
{
        struct stat there;
        char log[PATH_SIZE];
        for (int i = 0; i < REPLACED_MAX; i++) {
                char suffix[32] = ".replaced";
                if (i > 0)
                        snprintf(suffix, sizeof(suffix), ".replaced.%d", i);
                beside(restore->record, suffix, restore->replaced);
                beside(restore->replaced, "-wal", log);
                if (lstat(restore->replaced, &there) != 0 && lstat(log, &there) != 0)
                        return true;
        }
        complain("%s holds too many replaced records; remove some", restore->folder);
        return false;
}

static bool move_if_there(const char *from, const char *to)
{
        struct stat there;
        return lstat(from, &there) != 0 || file_move(from, to);
}

/* The record goes first: without its log it would lack what was acknowledged last, and the daemon would not notice. */
static bool set_aside(const struct restore *restore)
{
        char log[PATH_SIZE], replaced_log[PATH_SIZE], shared[PATH_SIZE];
        beside(restore->record, "-wal", log);
        beside(restore->replaced, "-wal", replaced_log);
        beside(restore->record, "-shm", shared);
        if (!move_if_there(restore->record, restore->replaced) || !move_if_there(log, replaced_log))
                return false;
        if (unlink(shared) != 0 && errno != ENOENT) {
                complain("cannot remove %s: %s", shared, strerror(errno));
                return false;
        }
        return folder_sync(restore->folder);
}

/* The way back: the log first, since a record without it must not be found. Nothing had the names of what is moved. */
static void put_back(const struct restore *restore, bool was_made)
{
        char log[PATH_SIZE], replaced_log[PATH_SIZE];
        beside(restore->record, "-wal", log);
        beside(restore->replaced, "-wal", replaced_log);
        if (restore->placed)
                (void)unlink(restore->record);
        (void)unlink(restore->fresh);
        if (!move_if_there(replaced_log, log) || !move_if_there(restore->replaced, restore->record))
                complain("what was there is kept as %s", restore->replaced);
        else if (!was_made && ftruncate(restore->lock, 0) != 0)
                (void)lock_failed(restore, "empty");
        (void)folder_sync(restore->folder);
}

/* The copy in the place of the record, or everything as it was. */
static bool put_in_place(struct restore *restore)
{
        struct stat lock;
        bool was_made = fstat(restore->lock, &lock) == 0 && lock.st_size > 0;
        if (note_made(restore) && set_aside(restore)) {
                restore->placed = file_move(restore->fresh, restore->record);
                if (restore->placed && folder_sync(restore->folder))
                        return true;
        }
        put_back(restore, was_made);
        complain("nothing was restored");
        return false;
}

static bool check(const struct restore *restore, const char *backup, json_t **ret_answer)
{
        if (verify_file(restore->fresh, &(struct app_verify_heads){.events = NULL}, ret_answer) != OUTCOME_OK) {
                complain("%s cannot be restored; the record is left as it was", backup);
                return false;
        }
        if (json_is_true(json_object_get(*ret_answer, "verified")))
                return true;
        complain("%s is not what was recorded: it is not restored, and the record is left as it was; "
                 "\"mappactl verify\" "
                 "says what is wrong with it",
                 backup);
        return false;
}

/* What is checked is the copy: nothing can change it between the check and its use. */
static bool copy_and_check(struct restore *restore, const char *backup, json_t **ret_answer)
{
        char log[PATH_SIZE];
        struct stat there;
        beside(backup, "-wal", log);
        if (stat(log, &there) == 0 && there.st_size > 0) {
                complain("%s has a log beside it, so it is a record that is or was served: make a backup", backup);
                return false;
        }
        (void)unlink(restore->fresh); /* of a restore that was cut short: the lock is ours */
        if (!file_copy(backup, restore->fresh))
                return false;
        bool good = check(restore, backup, ret_answer);
        if (good && chown(restore->fresh, restore->owner.st_uid, restore->owner.st_gid) != 0) {
                complain("cannot give %s to the owner of its folder: %s", restore->fresh, strerror(errno));
                good = false;
        }
        if (!good)
                (void)unlink(restore->fresh);
        return good;
}

static bool swap(struct restore *restore, const char *backup, json_t **ret_answer)
{
        struct stat there;
        bool replaces = lstat(restore->record, &there) == 0;
        if (!name_replaced(restore) || !copy_and_check(restore, backup, ret_answer) || !put_in_place(restore))
                return false;
        verify_say_copy(restore->record, *ret_answer);
        if (replaces)
                printf("What was there is kept as %s.\n", restore->replaced);
        return true;
}

/* Where the daemon never ran its folder is not there yet. What systemd would make is made: else nobody could follow the
 * manual to the letter, and the daemon would begin an empty record. Whether it was made. */
static bool make_folder(void)
{
        const struct passwd *user = getpwnam(SERVICE_USER);

        if (mkdir(STATE_DIRECTORY, 0700) != 0)
                return false;
        if (user != NULL && chown(STATE_DIRECTORY, user->pw_uid, user->pw_gid) != 0)
                complain("%s: %s", STATE_DIRECTORY, strerror(errno));
        return true;
}

static enum outcome run_restore(const struct arguments *arguments)
{
        struct restore restore = {.folder = arguments->count > 1 ? arguments->words[1] : STATE_DIRECTORY, .lock = -1};
        json_t *answer = NULL;
        if (strlen(restore.folder) > PATH_SIZE - 100)
                return usage_error(arguments, "this path is too long");
        if (access(arguments->words[0], R_OK) != 0) {
                complain("cannot open %s: %s", arguments->words[0], strerror(errno));
                return OUTCOME_REFUSED;
        }
        bool made = arguments->count <= 1 && make_folder();
        if (stat(restore.folder, &restore.owner) != 0 || !S_ISDIR(restore.owner.st_mode)) {
                complain("%s is no folder", restore.folder);
                return OUTCOME_REFUSED;
        }
        snprintf(restore.record, PATH_SIZE, "%.3900s/mappad.db", restore.folder);
        beside(restore.record, ".restoring", restore.fresh);
        bool good = take_lock(&restore) && swap(&restore, arguments->words[0], &answer);
        give_lock_back(&restore, good);
        if (made && !good)
                (void)rmdir(STATE_DIRECTORY);
        json_decref(answer);
        return good ? OUTCOME_OK : OUTCOME_REFUSED;
}

const struct command restore_commands[] = {
        {"restore",
         "BACKUP [STATE-DIRECTORY]",
         "put a backup in the place of the record; the daemon must be stopped",
         1,
         2,
         run_restore,
         {{0}}},
        {0},
};
