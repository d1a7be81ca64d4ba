/*
 * rewrite - the write-ahead log is written once more, where it is (rewrite.h, store.h).
 *
 * A page that Linux could not write counts as written from then on: a later sync succeeds without it. What is written
 * again has to be brought to the disk again, and the sync after that says whether it was. Copying the log into the file
 * would not do instead: a power cut would have what is left of the log on the disk played over newer pages.
 *
 * A page of the log that was not written may have been dropped from memory, and is read as the disk has it. So what is
 * read is checked as SQLite does when it opens a log: each page has a checksum over all before it.
 *
 * The same may have happened to the file: SQLite syncs it when all of the log is copied, and after an error copies only
 * what it had not copied before. So all of it is to be copied once more.
 */
#include "rewrite.h"

#include <endian.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"

/* Of the log (https://www.sqlite.org/fileformat2.html#walformat). */
#define LOG_MAGIC 0x377f0682U
#define PAGE_SIZE_MAX 65536U
/* Of its index in memory (https://www.sqlite.org/walformat.html): the piece that is mapped, and which word counts. */
#define INDEX_SIZE 32768
#define INDEX_PAGES 4
#define INDEX_COPIED 24
#define INDEX_BEGUN 12     /* a byte: 1, it is filled */
#define INDEX_PAGE_SIZE 14 /* two bytes; 1: 65,536 */

struct log {
        sqlite3_file *file;
        unsigned char head[LOG_HEADER_SIZE];
        unsigned char *page; /* with its head */
        size_t page_size;
        bool big;         /* checksums are of words whose first byte counts most */
        uint32_t sums[2]; /* over all that was read */
        int rc;
};

static uint32_t word_of(const unsigned char *bytes, bool big)
{
        uint32_t word;

        memcpy(&word, bytes, sizeof word);
        return big ? be32toh(word) : le32toh(word);
}

static void add(struct log *log, const unsigned char *bytes, size_t size)
{
        for (size_t i = 0; i < size; i += 8) {
                log->sums[0] += word_of(bytes + i, log->big) + log->sums[1];
                log->sums[1] += word_of(bytes + i + 4, log->big) + log->sums[0];
        }
}

static bool sums_are(const struct log *log, const unsigned char *kept)
{
        return word_of(kept, true) == log->sums[0] && word_of(kept + 4, true) == log->sums[1];
}

/* Whether there are so many bytes; else there are none, or log->rc says why. */
static bool read_bytes(struct log *log, void *bytes, size_t size, sqlite3_int64 offset)
{
        log->rc = log->file->pMethods->xRead(log->file, bytes, (int)size, offset);
        if (log->rc != SQLITE_IOERR_SHORT_READ)
                return log->rc == SQLITE_OK;
        log->rc = SQLITE_OK;
        return false;
}

static bool head_holds(struct log *log)
{
        uint32_t magic = word_of(log->head, true);

        log->big = (magic & 1U) != 0;
        log->page_size = word_of(log->head + 8, true);
        if ((magic | 1U) != (LOG_MAGIC | 1U) || log->page_size > PAGE_SIZE_MAX || log->page_size % 8 != 0)
                return false;
        add(log, log->head, LOG_HEADER_SIZE - 8);
        return sums_are(log, log->head + LOG_HEADER_SIZE - 8);
}

static bool page_holds(struct log *log)
{
        if (memcmp(log->page + 8, log->head + 16, 8) != 0)
                return false;
        add(log, log->page, 8);
        add(log, log->page + LOG_FRAME_SIZE, log->page_size);
        return sums_are(log, log->page + 16);
}

static void write_bytes(struct log *log, const void *bytes, size_t size, sqlite3_int64 offset)
{
        log->rc = log->file->pMethods->xWrite(log->file, bytes, (int)size, offset);
}

/* How many pages were written again. */
static uint32_t rewrite_pages(struct log *log, uint32_t pages)
{
        size_t size = LOG_FRAME_SIZE + log->page_size;
        sqlite3_int64 offset = LOG_HEADER_SIZE;
        uint32_t count = 0;

        for (; count < pages && read_bytes(log, log->page, size, offset) && page_holds(log); count++) {
                write_bytes(log, log->page, size, offset);
                if (log->rc != SQLITE_OK)
                        return count;
                offset += (sqlite3_int64)size;
        }
        return count;
}

static enum status rewrite(struct store *store, struct log *log, uint32_t pages)
{
        uint32_t count = 0;

        if (read_bytes(log, log->head, LOG_HEADER_SIZE, 0) && head_holds(log)) {
                log->page = malloc(LOG_FRAME_SIZE + log->page_size);
                if (log->page == NULL)
                        return STATUS_NO_MEMORY;
                write_bytes(log, log->head, LOG_HEADER_SIZE, 0);
                if (log->rc == SQLITE_OK)
                        count = rewrite_pages(log, pages);
                free(log->page);
        }
        if (log->rc != SQLITE_OK)
                return store_failed(store, log->rc, "writing the log again");
        if (count == pages)
                return STATUS_OK;
        (void)snprintf(store->problem, sizeof store->problem,
                       "of the log of %.300s %u pages of %u are as they were written: only a start takes what there is",
                       store->path, count, pages);
        return STATUS_IO;
}

static int map_index(const struct store *store, volatile void **ret_index)
{
        sqlite3_file *file = NULL;
        int rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

        *ret_index = NULL;
        return rc == SQLITE_OK ? file->pMethods->xShmMap(file, 0, INDEX_SIZE, 0, ret_index) : rc;
}

int64_t rewrite_log_bytes(const struct store *store, int *ret_pages)
{
        volatile void *index = NULL;
        int rc = map_index(store, &index);

        if (rc != SQLITE_OK || index == NULL || ((volatile unsigned char *)index)[INDEX_BEGUN] != 1)
                return -1;
        uint16_t size = ((volatile uint16_t *)index)[INDEX_PAGE_SIZE / sizeof(uint16_t)];
        int64_t page_size = size == 1 ? PAGE_SIZE_MAX : size;
        *ret_pages = (int)((volatile uint32_t *)index)[INDEX_PAGES];
        return LOG_HEADER_SIZE + *ret_pages * (LOG_FRAME_SIZE + page_size);
}

/* How many pages are committed, as SQLite's index of the log has it; that some are copied is taken back. After a log
 * has begun anew it is none, whatever was written for a commit that failed. Shape: nobody copies. */
static int look_at_index(const struct store *store, uint32_t *ret_pages)
{
        volatile void *index = NULL;
        int rc = map_index(store, &index);

        *ret_pages = 0;
        if (rc != SQLITE_OK || index == NULL)
                return rc;
        ((volatile uint32_t *)index)[INDEX_COPIED] = 0;
        *ret_pages = ((volatile uint32_t *)index)[INDEX_PAGES];
        return SQLITE_OK;
}

enum status rewrite_log(struct store *store)
{
        struct log log = {.file = NULL};
        uint32_t pages = 0;
        int rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log.file);
        enum status status;

        if (rc == SQLITE_OK)
                rc = look_at_index(store, &pages);
        if (rc != SQLITE_OK)
                return store_failed(store, rc, "the log");
        if (pages == 0)
                return STATUS_OK; /* all of it is in the file */
        status = rewrite(store, &log, pages);
        return status == STATUS_OK ? store_sync(store) : status;
}

enum status store_make_sure(struct store *store)
{
        enum status status;

        checkpoint_wait(store);
        checkpoint_forget(store);
        status = rewrite_log(store);
        /* An error that the thread of the checkpoint was told of is told this descriptor as well: once. */
        if (status != STATUS_OK)
                status = rewrite_log(store);
        if (status == STATUS_OK)
                store->doubted = false;
        return status;
}
