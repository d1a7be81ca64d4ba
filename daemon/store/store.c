/*
 * store - opening and closing the database, readers, the one row about everything.
 *
 * A file is opened for writing by one process at a time (a lock beside it), is
 * brought up to this program's schema step by step, and is refused when a
 * newer program wrote it or when it is not ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint.h"
#include "hasher.h"
#include "mappad/store_record.h"
#include "mappad/store_verify.h"
#include "rewrite.h"
#include "wal.h"

#define STORE_PATH_MAX 4096
/* SQLite empties the log at the end only if some limit is set; at work it is cut off in pieces (checkpoint.c), never by
 * a limit. */
#define SET_UP_WRITER                                                                                                  \
        "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF;"                       \
        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;"                          \
        "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 9223372036854775807"
#define SET_UP_READER                                                                                                  \
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY"

const char *store_problem(const struct store *store)
{
        return store->problem;
}

/* Puts into words what is wrong with a file that SQLite cannot make sense of. Nothing was written to it. */
static enum status spoilt(struct store *store, enum status status)
{
        char said[STORE_PROBLEM_SIZE];

        if (status != STATUS_CORRUPT)
                return status;
        (void)snprintf(said, sizeof said, "%s", store->problem);
        (void)snprintf(store->problem, sizeof store->problem,
                       "%.200s is damaged, or is no database (%.200s): it is left as it is; restore a backup",
                       store->path, said);
        return status;
}

static enum status execute(struct store *store, const char *script)
{
        int rc = sqlite3_exec(store->db, script, NULL, NULL, NULL);

        return rc == SQLITE_OK ? STATUS_OK : store_failed(store, rc, "set-up");
}

/* A pragma that answers with one number. */
static enum status ask_number(struct store *store, const char *sql, int64_t *ret_number)
{
        sqlite3_stmt *stmt = NULL;
        int rc = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);

        if (rc == SQLITE_OK)
                rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
                *ret_number = sqlite3_column_int64(stmt, 0);
        if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
                (void)sqlite3_finalize(stmt);
                return store_failed(store, rc, sql);
        }
        rc = sqlite3_finalize(stmt);
        return rc == SQLITE_OK ? STATUS_OK : store_failed(store, rc, sql);
}

static enum status migrate_step(struct store *store, int step)
{
        char mark[96];
        enum status status = store_begin(store);

        for (const char *const *script = schema_step(step); status == STATUS_OK && *script != NULL; script++)
                status = execute(store, *script);
        (void)snprintf(mark, sizeof mark, "PRAGMA user_version = %d; PRAGMA application_id = %d", step, APPLICATION_ID);
        if (status == STATUS_OK)
                status = execute(store, mark);
        if (status == STATUS_OK)
                status = store_commit(store);
        if (status != STATUS_OK)
                store_rollback(store);
        return status;
}

/* How many steps a file has gone, and that it is ours. */
static enum status read_version(struct store *store, int64_t *ret_version)
{
        int64_t application = 0;
        int64_t tables = 0;
        enum status status = ask_number(store, "PRAGMA user_version", ret_version);

        if (status == STATUS_OK)
                status = ask_number(store, "PRAGMA application_id", &application);
        if (status == STATUS_OK)
                status = ask_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
        if (status != STATUS_OK)
                return status;
        if (tables > 0 && application != APPLICATION_ID) {
                (void)snprintf(store->problem, sizeof store->problem, "%s is a database, but not one of mappad",
                               store->path);
                return STATUS_INVALID;
        }
        if (*ret_version <= schema_steps())
                return STATUS_OK;
        (void)snprintf(store->problem, sizeof store->problem,
                       "%s was written by a newer mappad (schema %lld, this one knows %d): install that version, "
                       "or restore a backup made before the upgrade",
                       store->path, (long long)*ret_version, schema_steps());
        return STATUS_INVALID;
}

static enum status migrate(struct store *store)
{
        int64_t version = 0;
        enum status status = read_version(store, &version);

        store->version = schema_steps();
        for (int step = (int)version + 1; status == STATUS_OK && step <= schema_steps(); step++)
                status = migrate_step(store, step);
        return status;
}

/* Whether the lock has its name still: a restore that failed takes away the one that it made. */
static bool lock_stands(const struct store *store, const char *path)
{
        struct stat held, named;

        return fstat(store->lock, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
               held.st_ino == named.st_ino;
}

/* One process at a time: SQLite would let two write in turns, each with its own idea of the chain's head. */
static enum status take_lock(struct store *store)
{
        char *path = NULL;
        enum status status = STATUS_OK;

        if (asprintf(&path, "%s-lock", store->path) < 0)
                return STATUS_NO_MEMORY;
        store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (store->lock < 0) {
                (void)snprintf(store->problem, sizeof store->problem, "cannot open %s: %s%s", path, strerror(errno),
                               errno == ENOENT ? "; the state directory must be there" : "");
                status = errno == ENOSPC ? STATUS_DISK_FULL : STATUS_IO;
        } else if (flock(store->lock, LOCK_EX | LOCK_NB) != 0 || !lock_stands(store, path)) {
                (void)snprintf(store->problem, sizeof store->problem, "%s is in use by another process", store->path);
                status = STATUS_IO;
        }
        free(path);
        return status;
}

static int log_grew(void *context, sqlite3 *db, const char *name, int pages)
{
        struct store *store = context;

        (void)db;
        (void)name;
        store->log_pages = pages;
        checkpoint_grew(store, pages);
        return SQLITE_OK;
}

bool store_log_full(const struct store *store)
{
        int most = store->log_limit == 0 ? LOG_PAGES : store->log_limit;

        return store->log_pages >= (most > 2 * LOG_MARGIN ? most - LOG_MARGIN : most / 2);
}

bool store_rest(struct store *store)
{
        (void)sqlite3_db_release_memory(store->db);
        return checkpoint_cut(store);
}

static enum status connect_writer(struct store *store)
{
        struct stat file, lock;
        int rc, stays = 1;
        int descriptor = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* not readable by others */

        if (descriptor < 0) {
                (void)snprintf(store->problem, sizeof store->problem, "cannot open %s: %s", store->path,
                               strerror(errno));
                return errno == ENOSPC ? STATUS_DISK_FULL : STATUS_IO;
        }
        if (fstat(descriptor, &file) != 0 || fstat(store->lock, &lock) != 0) {
                (void)snprintf(store->problem, sizeof store->problem, "cannot ask about %s: %s", store->path,
                               strerror(errno));
                (void)close(descriptor);
                return STATUS_IO;
        }
        (void)close(descriptor);
        if (file.st_size == 0 && lock.st_size > 0) {
                (void)snprintf(
                        store->problem, sizeof store->problem,
                        "%.200s is empty, although a record was kept in it: restore a backup, or remove %.200s-lock to "
                        "begin a new record",
                        store->path, store->path);
                return STATUS_CORRUPT;
        }
        /* Counting its memory costs SQLite a lock at each allocation. Once it is at work it keeps what it was told. */
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        rc = sqlite3_open_v2(store->path, &store->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, wal_vfs());
        if (rc != SQLITE_OK)
                return store_failed(store, rc, "open");
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
        /* On a full disk the next start could not make log and index anew: an end leaves both, the log empty. */
        (void)sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &stays);
        (void)sqlite3_wal_hook(store->db, log_grew, store);
        return STATUS_OK;
}

/* A path as SQLite takes it with options; whatever has a meaning there is escaped. */
static void path_to_uri(const char *path, bool unmoving, char *ret_uri)
{
        static const char scheme[] = "file:", digits[] = "0123456789abcdef";
        char *to = ret_uri + sizeof scheme - 1;

        memcpy(ret_uri, scheme, sizeof scheme - 1);
        for (; *path != '\0'; path++) {
                if (*path != '%' && *path != '?' && *path != '#') {
                        *to++ = *path;
                        continue;
                }
                *to++ = '%';
                *to++ = digits[(unsigned char)*path >> 4];
                *to++ = digits[(unsigned char)*path & 15];
        }
        (void)snprintf(to, sizeof "?immutable=1", "%s", unmoving ? "?immutable=1" : "");
}

static enum status load_tallies(struct store *store)
{
        struct query query = query_begin(store, SQL_TALLY_ALL);
        bool row = false;
        enum status status = query_step(&query, &row);

        while (status == STATUS_OK && row) {
                uint64_t which = column_id(&query, 0);
                if (which < STORE_TALLIES)
                        store->tail.tally[which] = column_int(&query, 1);
                status = query_step(&query, &row);
        }
        return status;
}

/* What is kept of the file: its words, its counters, the ends of its chains. */
static enum status load_tail(struct store *store)
{
        enum status status = words_load(store);

        if (status == STATUS_OK)
                status = load_tallies(store);
        if (status == STATUS_OK)
                status = chain_load(store);
        if (status == STATUS_OK && store->version >= SCHEMA_RAISING)
                status = raising_load(store);
        store->committed = store->tail;
        return status;
}

/* From now on a file without a byte is a loss, not a beginning: the lock beside it says so. */
static enum status note_made(struct store *store)
{
        static const char made[] = "made\n";
        struct stat lock;

        if (fstat(store->lock, &lock) == 0 && lock.st_size > 0)
                return STATUS_OK;
        if (pwrite(store->lock, made, sizeof made - 1, 0) == (ssize_t)(sizeof made - 1))
                return STATUS_OK;
        (void)snprintf(store->problem, sizeof store->problem, "cannot write %.200s-lock: %s", store->path,
                       strerror(errno));
        return errno == ENOSPC ? STATUS_DISK_FULL : STATUS_IO;
}

/* A process that was killed between its last write and the sync leaves a log that is whole and read as committed, but
 * need not be on the disk, also where a sync says so (rewrite.c): whoever is told of it now must not lose it. What it
 * erased is cut off with the log; on a disk without room for its copy that stays, and is cut when there is some. */
static enum status settle_log(struct store *store)
{
        enum status status = rewrite_log(store);

        if (status == STATUS_OK)
                status = execute(store, "PRAGMA wal_checkpoint(TRUNCATE)");
        if (status != STATUS_DISK_FULL)
                return status;
        store->log_stays = true;
        return store_sync(store);
}

bool store_log_stays(const struct store *store)
{
        return store->log_stays;
}

static enum status set_up(struct store *store)
{
        enum status status = connect_writer(store);

        if (status == STATUS_OK)
                status = execute(store, SET_UP_WRITER);
        if (status == STATUS_OK)
                status = each_register(store);
        if (status == STATUS_OK)
                status = transaction_prepare(store);
        if (status == STATUS_OK)
                status = execute(store, "PRAGMA journal_mode = WAL");
        if (status == STATUS_OK)
                status = settle_log(store);
        if (status == STATUS_OK)
                status = migrate(store);
        /* A new index makes each statement that was there before it ask for memory once more, at its next use. */
        if (status == STATUS_OK)
                status = transaction_prepare(store);
        if (status == STATUS_OK)
                status = load_tail(store);
        if (status == STATUS_OK)
                status = note_made(store);
        return status == STATUS_OK || store->db == NULL ? status : spoilt(store, status);
}

static void tell_problem(const struct store *store, enum status status, char ret_problem[static STORE_PROBLEM_SIZE])
{
        (void)snprintf(ret_problem, STORE_PROBLEM_SIZE, "%s",
                       store != NULL && store->problem[0] != '\0' ? store->problem : status_phrase(status));
}

enum status store_open(const char *path, struct store **ret_store, char ret_problem[static STORE_PROBLEM_SIZE])
{
        struct store *store = calloc(1, sizeof *store);
        enum status status = STATUS_NO_MEMORY;

        if (store == NULL)
                goto out;
        store->lock = -1;
        store->path = strdup(path);
        if (store->path == NULL)
                goto out;
        status = take_lock(store);
        if (status == STATUS_OK)
                status = set_up(store);
out:
        if (status == STATUS_OK) {
                *ret_store = store;
                return STATUS_OK;
        }
        tell_problem(store, status, ret_problem);
        store_close(store);
        return status;
}

/* ---- a file that is only looked at ---- */

/* Whether somebody serves the file, and whether it has a log: without either it can be read as it lies. */
static enum status look_at_file(struct store *store)
{
        char beside[STORE_PATH_MAX + 16];
        struct stat file;
        int lock;

        if (strlen(store->path) > STORE_PATH_MAX)
                return STATUS_LIMIT;
        if (stat(store->path, &file) != 0) {
                (void)snprintf(store->problem, sizeof store->problem, "cannot open %.300s: %s", store->path,
                               strerror(errno));
                return STATUS_IO;
        }
        if (!S_ISREG(file.st_mode)) {
                (void)snprintf(store->problem, sizeof store->problem, "%.300s is no file", store->path);
                return STATUS_IO;
        }
        if (file.st_size == 0) {
                (void)snprintf(store->problem, sizeof store->problem, "%.300s is empty", store->path);
                return STATUS_CORRUPT;
        }
        (void)snprintf(beside, sizeof beside, "%s-wal", store->path);
        store->unmoving = stat(beside, &file) != 0 || file.st_size == 0;
        (void)snprintf(beside, sizeof beside, "%s-lock", store->path);
        lock = open(beside, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) != 0)
                store->unmoving = false;
        if (lock >= 0)
                (void)close(lock);
        return STATUS_OK;
}

static enum status inspect(struct store *store)
{
        int64_t version = 0;
        enum status status = look_at_file(store);

        if (status == STATUS_OK)
                status = store_connect_reader(store, store);
        if (status == STATUS_OK)
                status = transaction_prepare(store);
        if (status == STATUS_OK)
                status = read_version(store, &version);
        if (status == STATUS_OK && version == 0) {
                (void)snprintf(store->problem, sizeof store->problem, "%.300s holds no record", store->path);
                status = STATUS_INVALID;
        }
        store->version = (int)version;
        if (status == STATUS_OK)
                status = store_reader_begin(store);
        if (status == STATUS_OK)
                status = load_tail(store);
        return status == STATUS_OK || store->db == NULL ? status : spoilt(store, status);
}

enum status store_inspect(const char *path, struct store **ret_store, char ret_problem[static STORE_PROBLEM_SIZE])
{
        struct store *store = calloc(1, sizeof *store);
        enum status status = STATUS_NO_MEMORY;

        if (store != NULL) {
                store->lock = -1;
                store->inspected = true;
                store->path = strdup(path);
        }
        if (store != NULL && store->path != NULL)
                status = inspect(store);
        if (status == STATUS_OK) {
                *ret_store = store;
                return STATUS_OK;
        }
        tell_problem(store, status, ret_problem);
        store_close(store);
        return status;
}

int store_version(const struct store *store)
{
        return store->version;
}

void store_close(struct store *store)
{
        if (store == NULL)
                return;
        checkpoint_stop(store);
        if (store->db != NULL && store->doubted) /* the next start has to find the log */
                (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        for (int i = 0; i < SQL_COUNT; i++)
                (void)sqlite3_finalize(store->statements[i]);
        (void)sqlite3_close(store->db); /* rolls back whatever is in hand */
        hasher_free(store);
        words_free(&store->words);
        if (store->lock >= 0)
                (void)close(store->lock);
        free(store->path);
        free(store);
}

enum status store_connect_reader(struct store *store, const struct store *of)
{
        int mode = of->inspected ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
        char uri[3 * STORE_PATH_MAX + 32];
        int rc;

        if (strlen(of->path) > STORE_PATH_MAX)
                return STATUS_LIMIT;
        path_to_uri(of->path, of->unmoving, uri);
        rc = sqlite3_open_v2(uri, &store->db, mode | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             NULL);
        enum status status =
                rc == SQLITE_OK ? execute(store, SET_UP_READER) : store_failed(store, rc, "open for reading");
        return status == STATUS_OK ? each_register(store) : status;
}

enum status store_reader_open(struct store *writer, struct store **ret_reader)
{
        struct store *reader = calloc(1, sizeof *reader);
        enum status status;

        if (reader == NULL)
                return STATUS_NO_MEMORY;
        reader->lock = -1;
        reader->writer = writer;
        reader->version = writer->version;
        status = store_connect_reader(reader, writer);
        if (status == STATUS_OK)
                status = transaction_prepare(reader);
        if (status == STATUS_OK)
                status = store_reader_begin(reader);
        if (status != STATUS_OK) {
                (void)snprintf(writer->problem, sizeof writer->problem, "%.*s", (int)sizeof writer->problem - 1,
                               reader->problem);
                store_close(reader);
                return status;
        }
        *ret_reader = reader;
        return STATUS_OK;
}

enum status store_reader_begin(struct store *reader)
{
        struct store_meta meta;
        bool found = false;
        struct query query = query_begin(reader, SQL_BEGIN_READ);
        enum status status = query_run(&query);

        /* The snapshot is taken by the first read, not by BEGIN. */
        if (status == STATUS_OK)
                status = store_meta_get(reader, &meta, &found);
        if (status != STATUS_OK)
                store_reader_end(reader);
        return status;
}

void store_reader_end(struct store *reader)
{
        for (int i = 0; i < SQL_COUNT; i++)
                if (reader->statements[i] != NULL)
                        (void)sqlite3_reset(reader->statements[i]);
        store_rollback(reader);
}

enum status store_meta_get(struct store *store, struct store_meta *ret_meta, bool *ret_found)
{
        struct query query = query_begin(store, SQL_META_GET);
        enum status status = query_step(&query, ret_found);

        if (status != STATUS_OK || !*ret_found)
                return status;
        ret_meta->created_ms = column_int(&query, 0);
        ret_meta->test_clock = column_int(&query, 1) != 0;
        ret_meta->as_of = column_day(&query, 2);
        column_copy(&query, 3, ret_meta->rules_digest, sizeof ret_meta->rules_digest);
        column_copy(&query, 4, ret_meta->contacts_digest, sizeof ret_meta->contacts_digest);
        ret_meta->seen_ms = column_int(&query, 5);
        ret_meta->orderly = column_int(&query, 6) != 0;
        query_end(&query);
        return STATUS_OK;
}

enum status store_meta_put(struct store *store, const struct store_meta *meta)
{
        struct query query = query_begin(store, SQL_META_PUT);

        query_int(&query, meta->created_ms);
        query_int(&query, meta->test_clock);
        query_day(&query, meta->as_of);
        query_text(&query, meta->rules_digest);
        query_text(&query, meta->contacts_digest);
        query_int(&query, meta->seen_ms);
        query_int(&query, meta->orderly);
        return query_run(&query);
}

enum status store_scopes_get(struct store *store, char ret_digest[static 65])
{
        struct query query = query_begin(store, SQL_SCOPES_GET);
        bool found = false;
        enum status status = query_step(&query, &found);

        ret_digest[0] = '\0';
        if (status != STATUS_OK || !found)
                return status;
        column_copy(&query, 0, ret_digest, 65);
        query_end(&query);
        return STATUS_OK;
}

enum status store_scopes_put(struct store *store, const char *digest)
{
        struct query query = query_begin(store, SQL_SCOPES_PUT);

        query_text(&query, digest);
        return query_run(&query);
}

int64_t store_bytes(struct store *store)
{
        char wal[4096];
        struct stat file;
        int64_t bytes = 0;

        if (stat(store->path, &file) == 0)
                bytes += file.st_size;
        (void)snprintf(wal, sizeof wal, "%s-wal", store->path);
        if (stat(wal, &file) == 0)
                bytes += file.st_size;
        return bytes;
}
