/*
 * failing_sync - a disk that refuses as long as a test wants, and counts how often it was asked.
 */
#ifndef TEST_FAILING_SYNC_H
#define TEST_FAILING_SYNC_H

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
        atomic_bool fails;
        atomic_int syncs;
} disk;

int fdatasync(int descriptor)
{
        atomic_fetch_add(&disk.syncs, 1);
        if (!atomic_load(&disk.fails))
                return (int)syscall(SYS_fdatasync, descriptor);
        errno = EIO;
        return -1;
}

#endif
