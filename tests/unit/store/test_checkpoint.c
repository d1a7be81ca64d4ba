/*
 * The log is copied back by a thread while commits go on: nothing is missing at
 * any moment, the log begins anew and so stays bounded, and neither a snapshot
 * that is held nor the end of the store has anybody wait for long.
 */
#include "shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "../../../daemon/store/checkpoint.h"
#include "mappad/store_erase.h"

static uint64_t added;
static bool no_threads;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context)
{
        return no_threads ? EAGAIN : __real_pthread_create(thread, attributes, start, context);
}

/* A pass of the thread that stands still at the first page it writes into the file, and whether it brought the file to the disk after. */
enum { OPEN, CLOSED, STANDING, GONE_ON };
static atomic_int gate;
static atomic_bool brought;
static pthread_t writer;
static ino_t inode;

/* These take the place of the C library's for SQLite, too. */
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset);
int fdatasync(int fd);

static bool is_the_threads(int fd)
{
        struct stat file;

        return !pthread_equal(pthread_self(), writer) && fstat(fd, &file) == 0 && file.st_ino == inode;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
        const struct timespec nap = {.tv_nsec = 1000000};

        if (atomic_load(&gate) == CLOSED && is_the_threads(fd)) {
                atomic_store(&gate, STANDING);
                while (atomic_load(&gate) == STANDING)
                        (void)nanosleep(&nap, NULL);
        }
        return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

int fdatasync(int fd)
{
        if (atomic_load(&gate) == GONE_ON && is_the_threads(fd))
                atomic_store(&brought, true);
        return (int)syscall(SYS_fdatasync, fd);
}

/* So does this; a disk may refuse to be given something back. */
static bool no_cutting;

int ftruncate64(int fd, off64_t length);
int ftruncate64(int fd, off64_t length)
{
        if (no_cutting) {
                errno = EIO;
                return -1;
        }
        return (int)syscall(SYS_ftruncate, fd, length);
}

/* A commit of about `pages` pages. */
static void commit_pages(struct shelf *shelf, size_t pages)
{
        struct store_line line = {.on = 19000, .recorded_ms = 1, .case_id = 1, .person = 1};
        static char why[3001];

        memset(why, 'y', sizeof why - 1);
        line.why = why;
        assert_int_equal(store_begin_lightly(shelf->store), STATUS_OK);
        assert_int_equal(store_intern(shelf->store, "lit", &line.type), STATUS_OK);
        for (size_t i = 0; i < pages; i++)
                assert_int_equal(store_line_add(shelf->store, &line, &(struct store_origin){"L-1", 1000, "clerk"}), STATUS_OK);
        assert_int_equal(store_commit(shelf->store), STATUS_OK);
        added += pages;
}

/* In memory where there is such a place: tens of thousands of pages are written. */
static void shelf_beside(struct shelf *shelf)
{
        const char *where = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";

        *shelf = (struct shelf){.store = NULL};
        snprintf(shelf->directory, sizeof shelf->directory, "%s/mappad-test-XXXXXX", where);
        assert_non_null(mkdtemp(shelf->directory));
        snprintf(shelf->path, sizeof shelf->path, "%s/mappad.db", shelf->directory);
        shelf_open(shelf);
        shelf_record(shelf, "L-1", NULL);
        added = 1;
        assert_int_equal(store_checkpoint_aside(shelf->store), STATUS_OK);
}

static void copy_file(const char *from, const char *to)
{
        static char bytes[1 << 16];
        int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ssize_t length;

        assert_true(in >= 0 && out >= 0);
        while ((length = read(in, bytes, sizeof bytes)) > 0)
                assert_int_equal(write(out, bytes, (size_t)length), length);
        close(in);
        close(out);
}

static int64_t ask(const char *path, const char *sql)
{
        sqlite3 *db = NULL;
        sqlite3_stmt *stmt = NULL;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        int64_t answer = sqlite3_column_int64(stmt, 0);
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
        sqlite3_close(db);
        return answer;
}

/* What a killed process leaves, whatever the thread was about: both files as they are, the log first, which only this
 * thread of the test writes. */
static void assert_whole_after_a_kill(const struct shelf *shelf)
{
        char log[160], copy[160], copied_log[176];

        snprintf(log, sizeof log, "%s-wal", shelf->path);
        snprintf(copy, sizeof copy, "%s.killed", shelf->path);
        snprintf(copied_log, sizeof copied_log, "%s-wal", copy);
        copy_file(log, copied_log);
        copy_file(shelf->path, copy);
        assert_int_equal(ask(copy, "SELECT count(*) FROM event"), added);
        assert_int_equal(ask(copy, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

static void commits_go_on_and_the_log_begins_anew(void **state)
{
        struct shelf shelf;
        uint64_t bad = 1;
        int anew = 0, longest = 0, before = 0;

        (void)state;
        shelf_beside(&shelf);
        for (int turn = 0; turn < 700; turn++) {
                commit_pages(&shelf, 5 + (size_t)turn % 20);
                anew += shelf.store->log_pages < before;
                before = shelf.store->log_pages;
                longest = before > longest ? before : longest;
                if (turn % 100 == 50)
                        assert_whole_after_a_kill(&shelf);
        }
        assert_in_range(anew, 1, 4); /* 18,284 pages; the slower the disk, the longer a log */
        assert_true(longest >= LOG_PAGES);
        assert_int_equal(shelf_verify(&shelf, &bad), STATUS_OK);
        assert_int_equal(bad, 0);
        shelf_close(&shelf);
        assert_int_equal(ask(shelf.path, "SELECT count(*) FROM event"), added);
        shelf_fini(&shelf);
}

/* A snapshot keeps the log from beginning anew, and from nothing else; once it is let go it does. */
static void a_snapshot_that_is_held_keeps_its_view(void **state)
{
        struct shelf shelf;
        struct store *reader = NULL;
        uint64_t case_id = 0;

        (void)state;
        shelf_beside(&shelf);
        commit_pages(&shelf, 10);
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        while (shelf.store->log_pages < 2 * LOG_PAGES)
                commit_pages(&shelf, 40);
        assert_int_equal(store_find_seq(reader, 11, &case_id), STATUS_OK);
        assert_int_equal(case_id, 1);
        case_id = 0;
        assert_int_equal(store_find_seq(reader, 12, &case_id), STATUS_OK);
        assert_int_equal(case_id, 0);
        store_reader_end(reader);
        for (int turn = 0; turn < 2000 && shelf.store->log_pages >= LOG_PAGES; turn++)
                commit_pages(&shelf, 1);
        assert_true(shelf.store->log_pages < LOG_PAGES);
        store_close(reader);
        shelf_fini(&shelf);
}

/* Of a log that a snapshot has kept back for long the writer copies nothing itself: it would have everybody wait for all
 * of it. What it waits for, it waits for in short looks, between which others are served. */
static void a_long_log_is_waited_for_in_looks(void **state)
{
        struct shelf shelf;
        struct store *reader = NULL;
        int looks = 0;

        (void)state;
        shelf_beside(&shelf);
        assert_int_equal(store_log_times(shelf.store), 0);
        assert_false(store_log_await(shelf.store));
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        while (store_log_times(shelf.store) < 6)
                commit_pages(&shelf, 60);
        checkpoint_wait(shelf.store);
        store_reader_end(reader);
        for (int turn = 0; turn < 2000 && store_log_times(shelf.store) > 0; turn++) {
                while (store_log_await(shelf.store))
                        looks++;
                commit_pages(&shelf, 1);
        }
        assert_true(shelf.store->log_pages < LOG_PAGES);
        assert_false(store_log_await(shelf.store));
        assert_in_range(looks, 1, 60000); /* 24,000 pages are not copied within one look of two milliseconds */
        store_close(reader);
        shelf_fini(&shelf);
}

/* SQLite brings what it copied to the disk only if nothing was committed meanwhile; else all of it was left to the writer. */
static void the_thread_brings_what_it_copied_to_the_disk(void **state)
{
        const struct timespec nap = {.tv_nsec = 1000000};
        struct shelf shelf;
        struct stat file;

        (void)state;
        shelf_beside(&shelf);
        assert_int_equal(stat(shelf.path, &file), 0);
        writer = pthread_self();
        inode = file.st_ino;
        atomic_store(&gate, CLOSED);
        while (shelf.store->log_pages < LOG_PAGES)
                commit_pages(&shelf, 60);
        for (int naps = 0; naps < 30000 && atomic_load(&gate) != STANDING; naps++)
                (void)nanosleep(&nap, NULL);
        assert_int_equal(atomic_load(&gate), STANDING);
        commit_pages(&shelf, 60);
        atomic_store(&gate, GONE_ON);
        checkpoint_wait(shelf.store);
        atomic_store(&gate, OPEN);
        assert_true(atomic_load(&brought));
        shelf_fini(&shelf);
}

/* Where no thread can be made the writer copies, and the log stays as short. */
static void without_a_thread_the_writer_copies(void **state)
{
        struct shelf shelf;
        int longest = 0;

        (void)state;
        shelf_beside(&shelf);
        no_threads = true;
        for (int turn = 0; turn < 300; turn++) {
                commit_pages(&shelf, 60);
                longest = shelf.store->log_pages > longest ? shelf.store->log_pages : longest;
        }
        no_threads = false;
        assert_in_range(longest, LOG_PAGES, LOG_PAGES + 200);
        shelf_fini(&shelf);
}

/* In the middle of a pass, or between two: nothing is lost, and what was erased is out of both files. */
static void the_end_and_the_scrubbing_wait_for_the_thread(void **state)
{
        (void)state;
        for (int turn = 0; turn < 4; turn++) {
                struct shelf shelf;
                bool done = false;
                char log[160];
                struct stat file;

                shelf_beside(&shelf);
                while (shelf.store->log_pages < LOG_PAGES)
                        commit_pages(&shelf, 60);
                for (int more = 0; more < turn; more++)
                        commit_pages(&shelf, 60);
                if (turn % 2 == 0) {
                        assert_int_equal(store_scrub(shelf.store, &done), STATUS_OK);
                        assert_true(done);
                        snprintf(log, sizeof log, "%s-wal", shelf.path);
                        assert_int_equal(stat(log, &file), 0);
                        assert_int_equal(file.st_size, 0);
                }
                shelf_close(&shelf);
                assert_int_equal(ask(shelf.path, "SELECT count(*) FROM event"), added);
                shelf_fini(&shelf);
        }
}

static void a_log_takes_a_quarter_of_a_small_disk(void **state)
{
        /* In pages of 4,096 bytes, of which 64 are a MiB's quarter and 4,000 one of 62.5 MiB. */
        static const struct { uint64_t free; int pages; } table[] = {
                {0, 64}, {1, 64}, {1048576, 64}, {1048576 + 16383, 64}, {1048576 + 16384, 65}, {8388608, 512}, {10000000, 610},
                {65536000 - 1, 3999}, {65536000, 4000}, {1099511627776, 4000}, {UINT64_MAX, 4000},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (checkpoint_pages(table[i].free) != table[i].pages)
                        fail_msg("%d pages of %llu bytes", checkpoint_pages(table[i].free), (unsigned long long)table[i].free);
        assert_int_equal(checkpoint_free("/proc"), 0); /* has no room at all */
        assert_true(checkpoint_free("/nowhere/at/all") == UINT64_MAX);
}

static void what_remains_of_its_file_is_a_sixteenth_of_a_large_disk(void **state)
{
        /* The log's own limit is more than that beside less than 256 MiB; 32,000 pages are one of 2,097,152,000 bytes. All in MiB. */
        static const struct { uint64_t free; int pages; } table[] = {
                {0, 64}, {8388608, 512}, {65536000, 4000}, {262144000, 4000}, {268435456 - 1, 4000}, {268435456, 4096},
                {1000000000, 15104}, {2097152000 - 1, 31744}, {2097152000, 32000}, {UINT64_MAX, 32000},
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (checkpoint_kept(table[i].free) != table[i].pages)
                        fail_msg("%d pages of %llu bytes", checkpoint_kept(table[i].free), (unsigned long long)table[i].free);
}

/* A log that a snapshot let grow begins anew in the file that it has: cutting it off would hold up the commit. */
static void a_long_log_begins_anew_in_its_file(void **state)
{
        struct store *reader = NULL;
        struct shelf shelf;
        struct stat before, after;
        char log[160];

        (void)state;
        shelf_beside(&shelf);
        snprintf(log, sizeof log, "%s-wal", shelf.path);
        if (checkpoint_kept(checkpoint_free(shelf.directory)) < 3 * LOG_PAGES) {
                shelf_fini(&shelf);
                skip(); /* there is too little room to keep it */
        }
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        while (shelf.store->log_pages < 2 * LOG_PAGES)
                commit_pages(&shelf, 60);
        store_reader_end(reader);
        store_close(reader);
        assert_int_equal(stat(log, &before), 0);
        for (int turn = 0; turn < 2000 && shelf.store->log_pages >= LOG_PAGES; turn++)
                commit_pages(&shelf, 60);
        assert_true(shelf.store->log_pages < LOG_PAGES);
        assert_int_equal(stat(log, &after), 0);
        assert_true(after.st_size >= before.st_size);
        shelf_fini(&shelf);
}

/* What a log that was too long to be kept leaves of its file goes some megabytes at a time, with each commit and while nothing
 * happens: cutting it off at once held up a commit for half a second. */
static void what_is_not_kept_is_cut_off_in_pieces(void **state)
{
        const int64_t piece = 4194304, page = 4096 + 24;
        struct store *reader = NULL;
        struct shelf shelf;
        struct stat before, after;
        char log[160];
        int kept;

        (void)state;
        shelf_beside(&shelf);
        snprintf(log, sizeof log, "%s-wal", shelf.path);
        if (checkpoint_free(shelf.directory) < 16U * 32000 * 4096 + 40000 * 4120U) { /* while the log is there, too */
                shelf_fini(&shelf);
                skip();
        }
        assert_int_equal(store_reader_open(shelf.store, &reader), STATUS_OK);
        while (shelf.store->log_pages < 32000 + 6 * 1024)
                commit_pages(&shelf, 600);
        store_reader_end(reader);
        store_close(reader);
        for (int turn = 0; turn < 2000 && shelf.store->log_pages >= LOG_PAGES; turn++) {
                assert_int_equal(stat(log, &before), 0);
                commit_pages(&shelf, 60);
        }
        assert_true(shelf.store->log_pages < LOG_PAGES);
        kept = shelf.store->log_kept;
        assert_int_equal(kept, 32000);
        assert_int_equal(stat(log, &after), 0);
        assert_int_equal(before.st_size - after.st_size, piece); /* by the commit that began it anew */
        before = after;
        commit_pages(&shelf, 60);
        assert_int_equal(stat(log, &after), 0);
        assert_int_equal(before.st_size - after.st_size, piece);
        before = after;
        shelf.store->doubted = true; /* what of it is on the disk is not known */
        assert_false(store_rest(shelf.store));
        shelf.store->doubted = false;
        no_cutting = true;
        assert_false(store_rest(shelf.store));
        no_cutting = false;
        assert_int_equal(stat(log, &after), 0);
        assert_int_equal(before.st_size, after.st_size);
        for (int rest = 0; rest < 10; rest++) {
                before = after;
                bool more = store_rest(shelf.store);
                assert_int_equal(stat(log, &after), 0);
                assert_true(before.st_size - after.st_size <= piece);
                assert_int_equal(more, after.st_size > 32 + kept * page);
        }
        assert_int_equal(after.st_size, 32 + kept * page);
        shelf_fini(&shelf);
}

/* What a transaction wrote that is still under way lies beyond the last commit, and is no tail. */
static void nothing_is_cut_off_under_a_transaction(void **state)
{
        struct shelf shelf;
        struct stat before, after;
        char log[160];

        (void)state;
        shelf_beside(&shelf);
        snprintf(log, sizeof log, "%s-wal", shelf.path);
        commit_pages(&shelf, 100);
        shelf.store->log_kept = 64;
        assert_int_equal(sqlite3_exec(shelf.store->db, "PRAGMA cache_size = 10; BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(shelf.store->db,
                                      "CREATE TABLE heap(bytes BLOB);"
                                      "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
                                      "INSERT INTO heap SELECT randomblob(2000) FROM n", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(stat(log, &before), 0);
        assert_true(before.st_size > 1000 * 4120); /* it did not fit the cache */
        assert_false(store_rest(shelf.store));
        assert_int_equal(stat(log, &after), 0);
        assert_int_equal(before.st_size, after.st_size);
        assert_int_equal(sqlite3_exec(shelf.store->db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        shelf_fini(&shelf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(commits_go_on_and_the_log_begins_anew),
                cmocka_unit_test(a_snapshot_that_is_held_keeps_its_view),
                cmocka_unit_test(a_long_log_is_waited_for_in_looks),
                cmocka_unit_test(the_thread_brings_what_it_copied_to_the_disk),
                cmocka_unit_test(without_a_thread_the_writer_copies),
                cmocka_unit_test(the_end_and_the_scrubbing_wait_for_the_thread),
                cmocka_unit_test(a_log_takes_a_quarter_of_a_small_disk),
                cmocka_unit_test(what_remains_of_its_file_is_a_sixteenth_of_a_large_disk),
                cmocka_unit_test(a_long_log_begins_anew_in_its_file),
                cmocka_unit_test(what_is_not_kept_is_cut_off_in_pieces),
                cmocka_unit_test(nothing_is_cut_off_under_a_transaction),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
