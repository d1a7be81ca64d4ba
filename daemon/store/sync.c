/*
 * sync - a thread that brings the write-ahead log to the disk (store_sync.h).
 *
 * A sync takes as long as the disk likes, 0.2 ms or 20: within a commit everybody waits for it, whatever they want. The
 * thread has a descriptor of its own for the log, which stays the same file as long as the connection is open, and is
 * told of errors by it as SQLite is by its own.
 *
 * Invariant: what a number stands for was committed before the sync began that brings it to the disk. Asker and thread
 * share three values and two descriptors and no lock: a thread that waits for a core while it holds one would have the
 * loop wait with it.
 */
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "checkpoint.h"
#include "mappad/ensure.h"
#include "mappad/store_sync.h"
#include "rewrite.h"

struct sync {
        pthread_t thread;
        int log;               /* descriptors: of the log, ... */
        int wanted, told;      /* ... of what wakes the thread, and of what wakes the loop */
        atomic_ullong asked;   /* by the asker */
        atomic_ullong reached; /* by the thread, and by store_make_sure: right, and not always rising */
        atomic_bool failed;    /* likewise */
        atomic_bool stop;
};

static int sync_log(int descriptor)
{
        int result;

        do
                result = fdatasync(descriptor);
        while (result != 0 && errno == EINTR);
        return result;
}

/* Without the thread nobody would ever be told: what cannot happen ends the process. */
static void await_wanted(const struct sync *sync)
{
        eventfd_t count;
        int result;

        do
                result = eventfd_read(sync->wanted, &count);
        while (result != 0 && errno == EINTR);
        ENSURE(result == 0);
}

static void *work(void *context)
{
        struct sync *sync = context;

        for (await_wanted(sync); !atomic_load(&sync->stop); await_wanted(sync)) {
                unsigned long long number = atomic_load(&sync->asked);

                if (sync_log(sync->log) != 0)
                        atomic_store(&sync->failed, true);
                else if (!atomic_load(&sync->failed))
                        atomic_store(&sync->reached, number);
                (void)eventfd_write(sync->told, 1);
        }
        return NULL;
}

/* Signals are for the loop. */
static bool begin(struct sync *sync)
{
        sigset_t all, before;

        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        bool begun = pthread_create(&sync->thread, NULL, work, sync) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return begun;
}

static void release(struct sync *sync)
{
        const int descriptors[] = {sync->log, sync->wanted, sync->told};

        for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
                if (descriptors[i] >= 0)
                        (void)close(descriptors[i]);
        free(sync);
}

static int open_log(const struct store *store)
{
        char *path = NULL;
        int descriptor;

        if (asprintf(&path, "%s-wal", store->path) < 0)
                return -1;
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        free(path);
        return descriptor;
}

enum status store_sync_aside(struct store *store, int *ret_fd)
{
        struct sync *sync = calloc(1, sizeof *sync);

        if (sync == NULL)
                return STATUS_NO_MEMORY;
        sync->log = open_log(store);
        sync->wanted = eventfd(0, EFD_CLOEXEC);
        sync->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (sync->log < 0 || sync->wanted < 0 || sync->told < 0 || !begin(sync)) {
                (void)snprintf(store->problem, sizeof store->problem,
                               "the thread that syncs the log of %.300s cannot be begun", store->path);
                release(sync);
                return STATUS_IO;
        }
        store->sync = sync;
        *ret_fd = sync->told;
        return STATUS_OK;
}

uint64_t store_sync_ask(struct store *store)
{
        uint64_t number = atomic_fetch_add(&store->sync->asked, 1) + 1;

        (void)eventfd_write(store->sync->wanted, 1);
        return number;
}

struct store_synced store_synced(struct store *store)
{
        struct sync *sync = store->sync;
        eventfd_t count;

        (void)eventfd_read(sync->told, &count); /* or there was nothing new */
        return (struct store_synced){.number = atomic_load(&sync->reached), .failed = atomic_load(&sync->failed)};
}

bool store_doubted(const struct store *store)
{
        return store->doubted || (store->sync != NULL && atomic_load(&store->sync->failed));
}

enum status store_make_sure(struct store *store)
{
        enum status status;

        checkpoint_wait(store);
        status = rewrite_log(store);
        /* The error that the thread was told of is told SQLite as well, by its own descriptor: once. */
        if (status != STATUS_OK)
                status = rewrite_log(store);
        if (status != STATUS_OK)
                return status;
        store->doubted = false;
        if (store->sync != NULL) {
                atomic_store(&store->sync->failed, false);
                atomic_store(&store->sync->reached, atomic_load(&store->sync->asked));
        }
        return STATUS_OK;
}

void sync_stop(struct store *store)
{
        struct sync *sync = store->sync;

        if (sync == NULL)
                return;
        atomic_store(&sync->stop, true);
        (void)eventfd_write(sync->wanted, 1);
        (void)pthread_join(sync->thread, NULL);
        store->doubted = store_doubted(store);
        release(sync);
        store->sync = NULL;
}
