/*
 * promises - what was promised of a record, and whether a disk that power was cut from still has it.
 *
 * A promise is made when somebody is told something; disk.promised counts them, so that a cut knows which came before it.
 */
#ifndef TEST_PROMISES_H
#define TEST_PROMISES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "disk.h"

#define PROMISES 8000

enum promise_kind {
        PROMISED_EVENT,
        PROMISED_ALERT,
        PROMISED_MESSAGE,
        PROMISED_MARK,
        PROMISED_ACK,
        PROMISED_ERASURE,
        PROMISED_SEAL,
        PROMISED_HEAD, /* of the record */
        PROMISED_ACCESS_HEAD,
        PROMISE_KINDS
};
struct promise {
        enum promise_kind kind;
        uint64_t id;
        char hash[65]; /* of a head */
};

static struct promise promises[PROMISES];
static uint64_t kept[PROMISE_KINDS]; /* how many promises were looked for, by kind */

static inline void promise_head(enum promise_kind kind, uint64_t id, const char *hash)
{
        assert_true(disk.promised < PROMISES);
        struct promise *made = &promises[disk.promised];
        *made = (struct promise){.kind = kind, .id = id};
        snprintf(made->hash, sizeof made->hash, "%s", hash);
        __atomic_add_fetch(&disk.promised, 1, __ATOMIC_SEQ_CST);
}

static inline void promise(enum promise_kind kind, uint64_t id)
{
        promise_head(kind, id, "");
}

/* A head as it is given out: number and hash. */
static inline void promise_given(enum promise_kind kind, const char *head)
{
        const char *colon = strchr(head, ':');

        if (colon != NULL)
                promise_head(kind, strtoull(head, NULL, 10), colon + 1);
}

/* Purpose: whatever was promised before a cut is in the record that is left. */
static inline void assert_kept(sqlite3 *db, const struct disk_cut *cut)
{
        static const char *const questions[] = {
                [PROMISED_EVENT] = "SELECT count(*) FROM event WHERE client = 'e' || ?1",
                [PROMISED_ALERT] = "SELECT count(*) FROM alert WHERE id = ?1",
                [PROMISED_MESSAGE] = "SELECT count(*) FROM outbox WHERE id = ?1",
                [PROMISED_MARK] = "SELECT count(*) FROM outbox WHERE id = ?1 AND (ambiguous = 1 OR state <> 0)",
                [PROMISED_ACK] = "SELECT count(*) FROM ack WHERE id = ?1",
                [PROMISED_ERASURE] = "SELECT count(*) FROM erasure WHERE seq = ?1",
                [PROMISED_SEAL] = "SELECT count(*) FROM seal WHERE seq = ?1",
                [PROMISED_HEAD] = "SELECT count(*) FROM event WHERE seq = ?1 AND lower(hex(hash)) = ?2",
                [PROMISED_ACCESS_HEAD] = "SELECT count(*) FROM access WHERE seq = ?1 AND lower(hex(hash)) = ?2",
        };
        sqlite3_stmt *asked[PROMISE_KINDS] = {NULL};

        for (int kind = 0; kind < PROMISE_KINDS; kind++)
                if (sqlite3_prepare_v2(db, questions[kind], -1, &asked[kind], NULL) != SQLITE_OK)
                        fail_msg("%s: %s", questions[kind], sqlite3_errmsg(db));
        for (unsigned i = 0; i < cut->promised; i++) {
                const struct promise *made = &promises[i];
                sqlite3_stmt *stmt = asked[made->kind];

                sqlite3_reset(stmt);
                assert_int_equal(sqlite3_bind_int64(stmt, 1, (int64_t)made->id), SQLITE_OK);
                if (made->hash[0] != '\0')
                        assert_int_equal(sqlite3_bind_text(stmt, 2, made->hash, -1, SQLITE_STATIC), SQLITE_OK);
                if (sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_int64(stmt, 0) != 1)
                        fail_msg("promise %u (kind %d, %llu) of %u is lost", i, (int)made->kind, (unsigned long long)made->id,
                                 cut->promised);
                kept[made->kind]++;
        }
        for (int kind = 0; kind < PROMISE_KINDS; kind++)
                sqlite3_finalize(asked[kind]);
}

#endif
