/*
 * backup - a copy of the record beside it, without a name (app_backup.h).
 */
#include "mappad/app_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "inside.h"
#include "mappad/store_backup.h"

#define PAGES_A_STEP 256

struct app_backup {
        struct app *app;
        struct store_backup *copying;
        int file;                /* the copy, or -1 */
        off_t at;                /* read so far */
        char path[APP_PATH_MAX]; /* "" once it has no name any more */
};

static enum status failed_by(int error)
{
        return error == ENOSPC || error == EDQUOT ? STATUS_DISK_FULL : STATUS_IO;
}

/* Made here, so that nobody else can read it at any moment. */
static enum status make_file(struct app *app, struct app_backup *backup)
{
        if (snprintf(backup->path, sizeof backup->path, "%s/backup.part", app->settings.state_directory) >=
            (int)sizeof backup->path)
                return STATUS_LIMIT;
        /* One that a crash left behind. */
        if (unlink(backup->path) != 0 && errno != ENOENT)
                return failed_by(errno);
        backup->file = open(backup->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        return backup->file >= 0 ? STATUS_OK : failed_by(errno);
}

enum status app_backup_begin(struct app *app, struct moment moment, struct app_backup **ret_backup)
{
        struct app_backup *backup = calloc(1, sizeof *backup);
        enum status status;

        if (backup == NULL)
                return STATUS_NO_MEMORY;
        backup->file = -1;
        backup->app = app;
        app_flush(app, moment);
        status = make_file(app, backup);
        if (status == STATUS_OK)
                status = store_backup_begin(app->store, backup->path, &backup->copying);
        if (status != STATUS_OK) {
                app_backup_free(backup);
                return status;
        }
        *ret_backup = backup;
        return STATUS_OK;
}

enum status app_backup_step(struct app_backup *backup, bool *ret_done)
{
        enum status status = store_backup_step(backup->copying, PAGES_A_STEP, ret_done);

        if (status != STATUS_OK || !*ret_done)
                return status;
        store_backup_free(backup->copying);
        backup->copying = NULL;
        status = sync_all(backup->app); /* a copy is not to know more than the disk */
        if (status != STATUS_OK)
                return status;
        if (fsync(backup->file) != 0)
                return failed_by(errno);
        if (unlink(backup->path) != 0)
                return failed_by(errno);
        backup->path[0] = '\0';
        return STATUS_OK;
}

enum status app_backup_read(struct app_backup *backup, char *bytes, size_t size, size_t *ret_length)
{
        ssize_t length = pread(backup->file, bytes, size, backup->at);

        if (length < 0)
                return STATUS_IO;
        backup->at += length;
        *ret_length = (size_t)length;
        return STATUS_OK;
}

void app_backup_free(struct app_backup *backup)
{
        if (backup == NULL)
                return;
        store_backup_free(backup->copying);
        if (backup->file >= 0 && backup->path[0] != '\0')
                (void)unlink(backup->path);
        if (backup->file >= 0)
                (void)close(backup->file);
        free(backup);
}
