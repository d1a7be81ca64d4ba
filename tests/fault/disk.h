/*
 * disk - what the disk has of a record while the files in memory go on.
 *
 * It stands between SQLite and the kernel: what is written is on the disk when a sync has brought it there. A sync of
 * another thread may take long, and any may fail: then some of what it should have written is on the disk and some is
 * not, nobody tries it again, and each descriptor is told once, as on Linux. At any of these calls power may be cut: the
 * disk is kept as it is then, with some of what was not synced.
 */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DISK_CUTS 400
#define DISK_DESCRIPTORS 256
#define DISK_HELD_NS 20000000 /* at most */

struct disk_bytes {
        unsigned char *bytes;
        size_t size;
};

/* Of what is not synced yet, oldest first. */
struct disk_change {
        off_t offset;
        size_t length;
        unsigned char *bytes; /* NULL: the file was cut there */
        uint64_t number;
        struct disk_change *next;
};

enum { DISK_DATABASE, DISK_LOG, DISK_FILES };

struct disk_file {
        struct disk_bytes synced;
        struct disk_change *changes, **end;
        uint64_t written; /* number of the last change */
        unsigned errors, told[DISK_DESCRIPTORS];
};

struct disk_cut {
        struct disk_bytes files[DISK_FILES];
        unsigned promised;
};

static struct {
        pthread_mutex_t lock;
        pthread_cond_t moved;
        const char *directory; /* NULL: nothing is looked at */
        struct disk_file files[DISK_FILES];
        struct disk_cut cuts[DISK_CUTS];
        unsigned cut_count, calls, stride;
        unsigned promised; /* how much was told by now: the test counts */
        unsigned room;     /* blocks of 4 KiB that are free */
        bool held;         /* syncs of other threads than the test's wait */
        unsigned failing;  /* of so many syncs, one fails; 0: none */
        unsigned failed, beside; /* beside: syncs of other threads */
        pthread_t test;
        uint64_t chance;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

static inline uint32_t disk_chance(uint32_t below)
{
        disk.chance = disk.chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(disk.chance >> 33) % below;
}

/* Which file a descriptor is of; NULL: of none that counts. Shape: locked. */
static inline struct disk_file *disk_file_of(int descriptor)
{
        static const char *const names[] = {"mappad.db", "mappad.db-wal"};
        char link[32], path[256];

        if (disk.directory == NULL || descriptor >= DISK_DESCRIPTORS)
                return NULL;
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length < 0)
                return NULL;
        path[length] = '\0';
        size_t directory = strlen(disk.directory);
        if (strncmp(path, disk.directory, directory) != 0 || path[directory] != '/')
                return NULL;
        for (int i = 0; i < DISK_FILES; i++)
                if (strcmp(path + directory + 1, names[i]) == 0)
                        return &disk.files[i];
        return NULL;
}

static inline void disk_apply(struct disk_bytes *to, const struct disk_change *change, size_t length)
{
        size_t end = (size_t)change->offset + length;

        if (change->bytes == NULL ? end != to->size : end > to->size) {
                to->bytes = realloc(to->bytes, end + 1);
                if (to->bytes == NULL)
                        abort();
                if (end > to->size)
                        memset(to->bytes + to->size, 0, end - to->size);
                to->size = end;
        }
        if (change->bytes != NULL)
                memcpy(to->bytes + change->offset, change->bytes, length);
}

/* Applies changes: all of them, or by chance some, one of them perhaps in part. */
static inline void disk_apply_all(struct disk_bytes *to, const struct disk_change *from, const struct disk_change *until,
                                  bool all)
{
        for (const struct disk_change *change = from; change != until; change = change->next) {
                uint32_t chance = all ? 3 : disk_chance(4); /* 0, 1: lost; 2: torn; 3: there */
                if (chance >= 2)
                        disk_apply(to, change,
                                   chance == 2 && change->bytes != NULL ? disk_chance((uint32_t)change->length) : change->length);
        }
}

static inline void disk_forget(struct disk_file *file, const struct disk_change *until)
{
        while (file->changes != until) {
                struct disk_change *change = file->changes;
                file->changes = change->next;
                free(change->bytes);
                free(change);
        }
        if (file->changes == NULL)
                file->end = &file->changes;
}

/* Power is cut here, perhaps: the disk is kept as somebody would find it. Shape: locked. */
static inline void disk_moment(void)
{
        if (++disk.calls % disk.stride != 0 || disk.cut_count == DISK_CUTS)
                return;
        struct disk_cut *cut = &disk.cuts[disk.cut_count++];
        cut->promised = __atomic_load_n(&disk.promised, __ATOMIC_SEQ_CST);
        for (int i = 0; i < DISK_FILES; i++) {
                struct disk_bytes *to = &cut->files[i];
                to->size = disk.files[i].synced.size;
                to->bytes = malloc(to->size + 1);
                if (to->bytes == NULL)
                        abort();
                if (to->size > 0)
                        memcpy(to->bytes, disk.files[i].synced.bytes, to->size);
                disk_apply_all(to, disk.files[i].changes, NULL, false);
        }
}

static inline void disk_note(int descriptor, const void *bytes, size_t length, off_t offset)
{
        struct disk_file *file = disk_file_of(descriptor);
        struct disk_change *change;

        if (file == NULL)
                return;
        disk_moment();
        change = calloc(1, sizeof *change);
        if (change == NULL)
                abort();
        *change = (struct disk_change){.offset = offset, .length = length, .number = ++file->written};
        if (bytes != NULL) {
                change->bytes = malloc(length + 1);
                if (change->bytes == NULL)
                        abort();
                memcpy(change->bytes, bytes, length);
        }
        *file->end = change;
        file->end = &change->next;
}

static inline ssize_t disk_write(int descriptor, const void *bytes, size_t length, off_t offset)
{
        pthread_mutex_lock(&disk.lock);
        ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, length, offset);
        int error = errno;
        if (written > 0)
                disk_note(descriptor, bytes, (size_t)written, offset);
        pthread_mutex_unlock(&disk.lock);
        errno = error;
        return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
        return disk_write(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset)
{
        return disk_write(descriptor, bytes, length, offset);
}

static inline int disk_cut_file(int descriptor, off_t length)
{
        pthread_mutex_lock(&disk.lock);
        int result = (int)syscall(SYS_ftruncate, descriptor, length);
        int error = errno;
        if (result == 0)
                disk_note(descriptor, NULL, 0, length);
        pthread_mutex_unlock(&disk.lock);
        errno = error;
        return result;
}

int ftruncate(int descriptor, off_t length)
{
        return disk_cut_file(descriptor, length);
}

int ftruncate64(int descriptor, off_t length)
{
        return disk_cut_file(descriptor, length);
}

/* A sync takes long, but not for ever: the test may be waiting for the thread itself. Shape: locked. */
static inline void disk_hold(bool own)
{
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += DISK_HELD_NS;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        while (disk.held && !own && pthread_cond_timedwait(&disk.moved, &disk.lock, &until) == 0)
                ;
}

/* What was written before it began is on the disk, or an error is told: of this sync, or of one that this descriptor has
 * not heard of. Shape: locked. */
static inline bool disk_bring(struct disk_file *file, int descriptor)
{
        const struct disk_change *until;
        uint64_t written = file->written; /* what is written while it is held is not part of it */
        bool own = pthread_equal(pthread_self(), disk.test);
        disk.beside += !own;

        disk_hold(own);
        disk_moment();
        for (until = file->changes; until != NULL && until->number <= written; until = until->next)
                ;
        if (disk.failing != 0 && disk_chance(disk.failing) == 0) {
                disk_apply_all(&file->synced, file->changes, until, false);
                file->errors++;
                disk.failed++;
        } else {
                disk_apply_all(&file->synced, file->changes, until, true);
        }
        disk_forget(file, until);
        bool told = file->told[descriptor] == file->errors;
        file->told[descriptor] = file->errors;
        return told;
}

static inline int disk_sync(int descriptor)
{
        pthread_mutex_lock(&disk.lock);
        struct disk_file *file = disk_file_of(descriptor);
        bool done = file == NULL || disk_bring(file, descriptor);
        pthread_mutex_unlock(&disk.lock);
        errno = done ? 0 : EIO;
        return done ? 0 : -1;
}

int fdatasync(int descriptor)
{
        return disk_sync(descriptor);
}

int fsync(int descriptor)
{
        return disk_sync(descriptor);
}

/* The less room there is, the oftener the log is copied back. */
int statvfs(const char *path, struct statvfs *ret_disk)
{
        (void)path;
        *ret_disk = (struct statvfs){.f_bsize = 4096, .f_frsize = 4096, .f_bavail = disk.room, .f_bfree = disk.room, .f_blocks = 100000};
        return 0;
}

static inline void disk_set(bool held, unsigned failing)
{
        pthread_mutex_lock(&disk.lock);
        disk.held = held;
        disk.failing = failing;
        pthread_cond_broadcast(&disk.moved);
        pthread_mutex_unlock(&disk.lock);
}

static inline void disk_begin(const char *directory, uint64_t seed)
{
        pthread_mutex_lock(&disk.lock);
        disk.directory = directory;
        disk.chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        disk.test = pthread_self();
        disk.calls = disk.cut_count = disk.promised = disk.failed = 0;
        for (int i = 0; i < DISK_FILES; i++) {
                disk.files[i] = (struct disk_file){.changes = NULL};
                disk.files[i].end = &disk.files[i].changes;
        }
        pthread_mutex_unlock(&disk.lock);
}

static inline void disk_forget_cuts(void)
{
        for (unsigned i = 0; i < disk.cut_count; i++)
                for (int file = 0; file < DISK_FILES; file++)
                        free(disk.cuts[i].files[file].bytes);
        disk.cut_count = 0;
}

static inline void disk_end(void)
{
        pthread_mutex_lock(&disk.lock);
        disk.directory = NULL;
        for (int i = 0; i < DISK_FILES; i++) {
                disk_forget(&disk.files[i], NULL);
                free(disk.files[i].synced.bytes);
                disk.files[i].synced = (struct disk_bytes){NULL, 0};
        }
        pthread_mutex_unlock(&disk.lock);
}

#endif
