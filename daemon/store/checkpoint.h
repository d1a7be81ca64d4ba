/*
 * checkpoint - when the write-ahead log is copied back into the file, and by whom.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "db.h"

/* The log is copied back when it holds 4,000 pages, 16 MB; or a quarter of what is free on its disk, if that is less,
 * but no fewer than 64. A snapshot that is let go when there is room for some commits yet lets it begin anew. */
#define LOG_PAGES 4000
#define LOG_PAGES_FEW 64
#define LOG_PAGE_SIZE 4096 /* SQLite's, which nobody changes */
#define LOG_HEADER_SIZE 32 /* of the log's file, and of each page in it; sqlite.org/fileformat2.html, 4.1 */
#define LOG_FRAME_SIZE 24
#define LOG_MARGIN 100
/* What remains of its file when it begins anew: as much as it may hold; or a sixteenth of what is free, if that is
 * more, but no more than so many pages, 128 MB. To write it anew makes each sync dear. */
#define LOG_KEPT_PAGES (8 * LOG_PAGES)
#define LOG_KEPT_STEP 256 /* beyond the limit in whole megabytes */

/* Purpose: how many pages the log may hold beside so many bytes that are free.
 * Example: 8 MiB leave it 512, 2 MiB. */
int checkpoint_pages(uint64_t free_bytes);
/* Purpose: how many pages of its file remain beside so many bytes that are free. */
int checkpoint_kept(uint64_t free_bytes);
/* Purpose: how many bytes are free where it lies. Errors: a disk that says nothing of itself has room: UINT64_MAX. */
uint64_t checkpoint_free(const char *path);
/* Purpose: a commit of the writer has ended, and the log holds so many pages: have it copied back if it is time. A
 * failure shows in the commit that has no room. */
void checkpoint_grew(struct store *store, int pages);
/* Purpose: give back 4 MB of what the log's file has beyond the log and what is kept. Returns whether there is more. */
bool checkpoint_cut(struct store *store);
/* Purpose: whether the log, which snapshots keep from being copied back, leaves the file hardly any room to take it up:
 * what is written besides might never be copied back on this disk. Tries to copy it, and gives up what its file has
 * beyond the log. Shape: no transaction is under way. Cost: nothing while the log is not too long. */
bool checkpoint_cramped(struct store *store);
/* Purpose: the whole log is to be copied again: what was copied of it is in doubt. Shape: nothing is being copied. */
void checkpoint_forget(struct store *store);
/* Purpose: wait until nothing is being copied. */
void checkpoint_wait(struct store *store);
/* Purpose: break off whatever is being copied, which harms nothing, and let go of the thread's connection. */
void checkpoint_stop(struct store *store);

#endif
