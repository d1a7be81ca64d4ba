/*
 * held_sync - a disk that takes as long as a test wants, or refuses: fdatasync of every thread but the test's own waits
 * until it is let go. What the test's thread syncs itself is not held.
 */
#ifndef TEST_HELD_SYNC_H
#define TEST_HELD_SYNC_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
        pthread_mutex_t lock;
        pthread_cond_t moved;
        pthread_t test;
        bool held, fails;
        int begun, ended, own;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

int fdatasync(int descriptor)
{
        pthread_mutex_lock(&disk.lock);
        bool own = pthread_equal(pthread_self(), disk.test), fails = disk.fails;
        if (own) {
                disk.own++;
        } else {
                disk.begun++;
                pthread_cond_broadcast(&disk.moved);
                while (disk.held)
                        pthread_cond_wait(&disk.moved, &disk.lock);
                fails = disk.fails;
                disk.ended++;
        }
        pthread_mutex_unlock(&disk.lock);
        if (!fails)
                return (int)syscall(SYS_fdatasync, descriptor);
        errno = EIO;
        return -1;
}

static inline void disk_set(bool held, bool fails)
{
        pthread_mutex_lock(&disk.lock);
        disk.test = pthread_self();
        disk.held = held;
        disk.fails = fails;
        pthread_cond_broadcast(&disk.moved);
        pthread_mutex_unlock(&disk.lock);
}

/* Until so many syncs of the thread have begun in all. */
static inline void disk_await_begun(int count)
{
        pthread_mutex_lock(&disk.lock);
        while (disk.begun < count)
                pthread_cond_wait(&disk.moved, &disk.lock);
        pthread_mutex_unlock(&disk.lock);
}

/* Until the thread says that a sync has ended. */
static inline bool disk_await_told(int descriptor)
{
        struct pollfd told = {.fd = descriptor, .events = POLLIN};

        return poll(&told, 1, 60000) == 1;
}

#endif
