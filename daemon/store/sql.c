/*
 * sql - the texts of the statements. What a column means is said in schema.c.
 *
 * Each statement must be answered from a primary key or an index whatever the
 * size of the tables; tests/unit/store/test_plan.c asks SQLite for its plan.
 */
#include "sql.h"

#include <stddef.h>

#include "mappad/ensure.h"

#define OBLIGATION_COLUMNS "case_id, ref, rule, item, started, state, due, rest, scope"
/* of a file before SCHEMA_SCOPE, which is only looked at */
#define OBLIGATION_COLUMNS_OLD "case_id, ref, rule, item, started, state, due, rest, 0"
#define LINE_COLUMNS "case_id, seq, type, on_day, item, fields, refers, recorded_ms"
#define CHAIN_COLUMNS LINE_COLUMNS ", person, forced, client, why, hash"
#define ALERT_COLUMNS                                                                                                  \
        "a.id, a.kind, a.raised_ms, a.case_id, c.ref, a.rule, a.item, a.started, a.due, a.old_due, a.plan_by,"         \
        " a.booked, a.day, a.stage, a.repeat, a.state, a.flags, a.says, a.subject, a.heard_by, a.seq, c.scope"
#define ALERT_FROM " FROM alert a LEFT JOIN casefile c ON c.id = a.case_id"
/* Of a case that was erased nothing is told. References are capitals, digits and hyphens. */
#define ALERT_STANDS " AND (a.case_id IS NULL OR c.ref < 'a')"
#define ERASURE_COLUMNS                                                                                                \
        "e.seq, e.at_ms, e.person, p.uid, p.name, e.why, e.case_id, e.lines, e.first_seq, e.last_seq, e.accesses,"     \
        " e.digest, e.access_digest, e.hash"
#define ERASURE_FROM " FROM erasure e LEFT JOIN person p ON p.id = e.person"
/* Alerts of a case, and messages that told of it. */
#define CASE_ALERTS "SELECT alert FROM mark WHERE case_id = ?1 AND alert IS NOT NULL"
#define CASE_CARRIED                                                                                                   \
        "SELECT k.message FROM mark m CROSS JOIN carried k INDEXED BY carried_alert ON k.alert = m.alert"              \
        " WHERE m.case_id = ?1 AND m.alert IS NOT NULL"
#define CASE_SHOWN "SELECT message FROM shown INDEXED BY shown_case WHERE case_id = ?1"
#define ACCESS_COLUMNS                                                                                                 \
        "a.seq, a.at_ms, a.person, p.uid, p.name, a.what, a.case_id, c.ref, a.detail, a.rows, a.purpose,"              \
        " a.recipients, a.hash"
#define ACCESS_FROM " FROM access a LEFT JOIN person p ON p.id = a.person LEFT JOIN casefile c ON c.id = a.case_id"
/* With the texts, or without them where they are not asked for. */
#define SEAL_COLUMNS(texts)                                                                                            \
        "s.seq, s.report, s.period, s.version, s.digest, s.rules, s.head, s.head_hash, s.known_ms, s.at_ms, s.person," \
        " p.uid, p.name, s.forced, s.why, s.hash, s.whole IS NOT NULL, " texts                                         \
        " FROM seal s LEFT JOIN person p ON p.id = s.person"
#define SEAL_TEXTS "s.content, s.salt, s.whole"
#define ACK_COLUMNS                                                                                                    \
        "k.id, k.alert, k.name, k.at_ms, k.until_day, k.why, k.case_id, k.rule, k.item, k.started, k.stage, k.repeat," \
        " k.due, p.uid, p.name, a.due"
#define ACK_JOIN " LEFT JOIN person p ON p.id = k.person LEFT JOIN alert a ON a.id = k.alert"
#define MESSAGE_COLUMNS                                                                                                \
        "o.id, o.state, o.recipient, o.message_id, o.subject, o.answer, o.created_ms, o.next_ms, o.done_ms,"           \
        " o.attempts, o.failures, o.ambiguous, o.urgent"
/* One statement a state, so that the lists of several states can be merged while each is being walked; and one for the
 * whole list, since SQLite compares each row with the place where a list is to go on. */
#define LIST(state)                                                                                                    \
        "SELECT case_id, ref, rule, item, started, " #state ", due, rest, scope FROM obligation"                       \
        " WHERE state = " #state " ORDER BY due, ref"
#define LIST_FROM(state)                                                                                               \
        "SELECT case_id, ref, rule, item, started, " #state ", due, rest, scope FROM obligation"                       \
        " WHERE state = " #state " AND (due, ref) >= (?1, ?2) ORDER BY due, ref"

/* Of one scope: its entries lie in the order of the list, and each leads to its row. */
#define LIST_WITHIN(state)                                                                                             \
        "SELECT o.case_id, o.ref, o.rule, o.item, o.started, " #state ", o.due, o.rest, o.scope FROM scoped s"         \
        " CROSS JOIN obligation o ON o.state = " #state " AND o.due = s.due AND o.ref = s.ref AND o.rule = s.rule"     \
        " AND o.item = s.item AND o.started = s.started"                                                               \
        " WHERE s.bit = ?3 AND s.state = " #state " AND (s.due, s.ref) >= (?1, ?2) ORDER BY s.due, s.ref"
#define SCOPED_KEY "bit = ? AND state = ? AND due = ? AND ref = ? AND rule = ? AND item = ? AND started = ?"

/* Of what a sweep raises and an import records STORE_TOGETHER rows go into a table at a time: a statement costs as much
 * as four rows do. */
#define ROWS_4(row) row ", " row ", " row ", " row
#define TOGETHER(row) ROWS_4(ROWS_4(row)) ", " ROWS_4(ROWS_4(row))
_Static_assert(STORE_TOGETHER == 32, "as many rows as TOGETHER says");
#define LINE_ADD "INSERT INTO event (" LINE_COLUMNS ", person, forced, client, why, hash) VALUES "
#define LINE_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define MARK_ADD "INSERT INTO mark (case_id, rule, item, started, stage, repeat, due, nominal, alert) VALUES "
#define MARK_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ALERT_ADD                                                                                                      \
        "INSERT INTO alert (id, kind, raised_ms, case_id, rule, item, started, due, old_due, plan_by, booked, day,"    \
        " stage, repeat, state, flags, says, subject, heard_by, seq) VALUES "
#define ALERT_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ROUTE_ADD "INSERT INTO route (alert, kind, name, pending) VALUES "
#define ROUTE_ROW "(?, ?, ?, ?)"
#define CARRIED_ADD "INSERT INTO carried (message, alert) VALUES "
#define CARRIED_ROW "(?, ?)"

static const char *const texts[SQL_COUNT] = {
        [SQL_BEGIN] = "BEGIN IMMEDIATE",
        [SQL_BEGIN_READ] = "BEGIN",
        [SQL_COMMIT] = "COMMIT",
        [SQL_ROLLBACK] = "ROLLBACK",
        [SQL_SAVEPOINT] = "SAVEPOINT request",
        [SQL_RELEASE] = "RELEASE request",
        [SQL_UNDO] = "ROLLBACK TO request",

        [SQL_META_GET] =
                "SELECT created_ms, test_clock, as_of, rules, contacts, seen_ms, orderly FROM meta WHERE id = 1",
        [SQL_META_PUT] = "INSERT INTO meta (id, created_ms, test_clock, as_of, rules, contacts, seen_ms, orderly)"
                         " VALUES (1, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET as_of = excluded.as_of,"
                         " rules = excluded.rules, contacts = excluded.contacts, seen_ms = excluded.seen_ms,"
                         " orderly = excluded.orderly",
        [SQL_SCOPES_GET] = "SELECT scopes FROM meta WHERE id = 1",
        [SQL_SCOPES_PUT] = "UPDATE meta SET scopes = ? WHERE id = 1",
        [SQL_TALLY_ALL] = "SELECT which, amount FROM tally",
        [SQL_TALLY_PUT] = "INSERT INTO tally (which, amount) VALUES (?, ?)"
                          " ON CONFLICT (which) DO UPDATE SET amount = excluded.amount",

        [SQL_WORD_ALL] = "SELECT id, text FROM word ORDER BY id",
        [SQL_WORD_ADD] = "INSERT INTO word (id, text) VALUES (?, ?)",

        [SQL_CASE_ID] = "SELECT id FROM casefile WHERE ref = ?",
        [SQL_CASE_ADD] = "INSERT INTO casefile (ref) VALUES (?)",
        [SQL_CASE_GET] = "SELECT id, ref, scope FROM casefile WHERE id = ?",
        [SQL_CASE_GET_OLD] = "SELECT id, ref, 0 FROM casefile WHERE id = ?",
        [SQL_CASES_BY_REF] = "SELECT id, ref, scope FROM casefile WHERE ref > ? AND ref < 'a' ORDER BY ref LIMIT ?",
        [SQL_CASES_BY_ID] = "SELECT id, ref, scope FROM casefile WHERE id > ? AND ref < 'a' ORDER BY id LIMIT ?",
        [SQL_CASES_BY_ID_OLD] = "SELECT id, ref, 0 FROM casefile WHERE id > ? AND ref < 'a' ORDER BY id LIMIT ?",
        [SQL_CASE_SCOPE] = "UPDATE casefile SET scope = ?2 WHERE id = ?1 AND scope <> ?2",
        [SQL_CASE_LAST] = "SELECT max(id) FROM casefile",
        /* what is counted densely, less what was erased of it, likewise */
        [SQL_CASE_STANDING] = "SELECT coalesce((SELECT max(id) FROM casefile), 0)"
                              " - coalesce((SELECT max(seq) FROM erasure), 0)",

        [SQL_PERSON_ID] = "SELECT id FROM person WHERE uid = ? AND name = ?",
        [SQL_PERSON_ADD] = "INSERT INTO person (uid, name) VALUES (?, ?)",
        [SQL_PERSON_GET] = "SELECT uid, name FROM person WHERE id = ?",
        [SQL_PERSON_ALL] = "SELECT id, uid, name FROM person ORDER BY id",

        [SQL_LINE_ADD] = LINE_ADD LINE_ROW,
        [SQL_LINES_ADD] = LINE_ADD TOGETHER(LINE_ROW),
        [SQL_LINE_LAST] = "SELECT seq, hash FROM event WHERE seq = (SELECT max(seq) FROM event)",
        [SQL_WALK_CASE] = "SELECT " LINE_COLUMNS " FROM event WHERE case_id = ? ORDER BY seq",
        [SQL_WALK_FULL] =
                "SELECT " LINE_COLUMNS ", person, forced, client, why, hash FROM event WHERE case_id = ? ORDER BY seq",
        [SQL_LINES_EACH] =
                "SELECT 1 FROM event WHERE case_id > ? AND " EACH_LINE "(" LINE_COLUMNS ") ORDER BY case_id, seq",
        [SQL_WALK_LINES] = "SELECT " LINE_COLUMNS ", person, forced, client, why, hash FROM event INDEXED BY event_seq"
                           " WHERE seq > ? ORDER BY seq",
        [SQL_WALK_RAISING] = "SELECT e.case_id, e.seq, e.type, e.on_day, e.item, e.fields, e.refers, e.recorded_ms"
                             " FROM raising r CROSS JOIN event e ON e.case_id = r.case_id"
                             " WHERE r.case_id > ? AND r.case_id <= ? ORDER BY r.case_id, e.seq",
        [SQL_IDENTITY] = "SELECT case_id, client, hash FROM event WHERE seq = ?",
        [SQL_FIND_SEQ] = "SELECT case_id FROM event WHERE seq = ?",
        [SQL_FIND_CLIENT] = "SELECT case_id, seq, client FROM event WHERE client >= ? ORDER BY client LIMIT 1",

        [SQL_OBLIGATION_PUT] = "INSERT INTO obligation (" OBLIGATION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                               " ON CONFLICT (case_id, rule, item, started) DO UPDATE SET"
                               " state = excluded.state, due = excluded.due, rest = excluded.rest,"
                               " scope = excluded.scope",
        [SQL_OBLIGATION_REMOVE] = "DELETE FROM obligation WHERE case_id = ? AND rule = ? AND item = ? AND started = ?",
        /* what lies beside may change places with it, and takes its indexes along: none of these is named */
        [SQL_OBLIGATIONS_OF] = "SELECT " OBLIGATION_COLUMNS " FROM obligation"
                               " WHERE case_id = ? ORDER BY rule, item, started",
        [SQL_OBLIGATIONS_OF_OLD] = "SELECT " OBLIGATION_COLUMNS_OLD " FROM obligation"
                                   " WHERE case_id = ? ORDER BY rule, item, started",
        [SQL_OBLIGATION_GET] = "SELECT " OBLIGATION_COLUMNS " FROM obligation"
                               " WHERE case_id = ? AND rule = ? AND item = ? AND started = ?",
        [SQL_OBLIGATION_KINDS] = "SELECT rule, state FROM obligation WHERE case_id BETWEEN ? AND ?",
        [SQL_LIST_0] = LIST(0),
        [SQL_LIST_1] = LIST(1),
        [SQL_LIST_2] = LIST(2),
        [SQL_LIST_3] = LIST(3),
        [SQL_LIST_4] = LIST(4),
        [SQL_LIST_5] = LIST(5),
        [SQL_LIST_FROM_0] = LIST_FROM(0),
        [SQL_LIST_FROM_1] = LIST_FROM(1),
        [SQL_LIST_FROM_2] = LIST_FROM(2),
        [SQL_LIST_FROM_3] = LIST_FROM(3),
        [SQL_LIST_FROM_4] = LIST_FROM(4),
        [SQL_LIST_FROM_5] = LIST_FROM(5),
        [SQL_LIST_WITHIN_0] = LIST_WITHIN(0),
        [SQL_LIST_WITHIN_1] = LIST_WITHIN(1),
        [SQL_LIST_WITHIN_2] = LIST_WITHIN(2),
        [SQL_LIST_WITHIN_3] = LIST_WITHIN(3),
        [SQL_LIST_WITHIN_4] = LIST_WITHIN(4),
        [SQL_LIST_WITHIN_5] = LIST_WITHIN(5),
        [SQL_SCOPED_ADD] = "INSERT INTO scoped (bit, state, due, ref, rule, item, started) VALUES (?, ?, ?, ?, ?, ?, ?)"
                           " ON CONFLICT DO NOTHING",
        [SQL_SCOPED_REMOVE] = "DELETE FROM scoped WHERE " SCOPED_KEY,
        [SQL_SCOPED_FIND] = "SELECT 1 FROM scoped WHERE " SCOPED_KEY,
        [SQL_SCOPED_CASE_ADD] = "INSERT INTO scoped_case (bit, ref) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [SQL_SCOPED_CASE_REMOVE] = "DELETE FROM scoped_case WHERE bit = ? AND ref = ?",
        [SQL_SCOPED_CASE_FIND] = "SELECT 1 FROM scoped_case WHERE bit = ? AND ref = ?",
        [SQL_CASES_WITHIN] = "SELECT c.id, c.ref, c.scope FROM scoped_case s CROSS JOIN casefile c ON c.ref = s.ref"
                             " WHERE s.bit = ? AND s.ref > ? ORDER BY s.ref LIMIT ?",
        [SQL_CASE_WAKE] = "UPDATE casefile SET wake = ?2 WHERE id = ?1 AND wake IS NOT ?2",
        [SQL_WAKING] = "SELECT id FROM casefile WHERE wake <= ? ORDER BY wake LIMIT ?",
        [SQL_FIRST_WAKE] = "SELECT wake FROM casefile WHERE wake IS NOT NULL ORDER BY wake LIMIT 1",

        [SQL_BESIDE_GET] = "SELECT beside, beside_rules FROM meta WHERE id = 1",
        [SQL_BESIDE_SET] = "UPDATE meta SET beside = ?, beside_rules = ? WHERE id = 1",
        [SQL_BESIDE_PUT] = "INSERT INTO obligation_beside (" OBLIGATION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [SQL_BESIDE_OF] = "SELECT " OBLIGATION_COLUMNS " FROM obligation_beside"
                          " WHERE case_id = ? ORDER BY rule, item, started",
        [SQL_BESIDE_REMOVE] = "DELETE FROM obligation_beside WHERE case_id = ?",
        [SQL_BESIDE_CASE] = "UPDATE casefile SET wake_beside = ?2, scope_beside = ?3 WHERE id = ?1"
                            " AND (wake_beside IS NOT ?2 OR scope_beside <> ?3)",
        [SQL_BESIDE_CASE_GET] = "SELECT ref, scope, scope_beside FROM casefile WHERE id = ?",
        [SQL_BESIDE_TOUCH] = "UPDATE casefile SET wake_beside = -141349 WHERE id = ?",
        [SQL_BESIDE_WAKING] = "SELECT id FROM casefile WHERE wake_beside <= ? ORDER BY wake_beside LIMIT ?",
        [SQL_BESIDE_WAITS] = "INSERT INTO raising_beside (case_id) VALUES (?)",
        [SQL_BESIDE_WAITS_NOT] = "DELETE FROM raising_beside WHERE case_id = ?",
        [SQL_BESIDE_UNREAD_PUT] = "INSERT INTO unread_beside (case_id, lines) VALUES (?, ?)",
        [SQL_BESIDE_UNREAD_REMOVE] = "DELETE FROM unread_beside WHERE case_id = ?",
        [SQL_BESIDE_UNREAD] = "SELECT sum(lines) FROM unread_beside",
        /* an entry stays as long as a row in force is to be found by it */
        [SQL_BESIDE_SCOPED_REMOVE] =
                "DELETE FROM scoped WHERE bit = ?1 AND state = ?2 AND due = ?3 AND ref = ?4 AND rule = ?5 AND item = ?6"
                " AND started = ?7 AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.state = ?2 AND o.due = ?3"
                " AND o.ref = ?4 AND o.rule = ?5 AND o.item = ?6 AND o.started = ?7 AND (o.scope >> ?1 & 1) = 1)",
        [SQL_RAISING] = "SELECT count(*), max(case_id) FROM"
                        " (SELECT case_id FROM raising WHERE case_id > ? ORDER BY case_id LIMIT ?)",
        [SQL_RAISING_ANY] = "SELECT 1 FROM raising LIMIT 1",
        [SQL_RAISING_ADD] = "INSERT INTO raising (case_id) VALUES (?) ON CONFLICT DO NOTHING",
        [SQL_RAISING_REMOVE] = "DELETE FROM raising WHERE case_id = ?",
        [SQL_RAISING_DONE] = "DELETE FROM raising WHERE case_id > ? AND case_id <= ?",

        [SQL_MARKS_OF] = "SELECT stage, repeat, due, nominal, alert FROM mark"
                         " WHERE case_id = ? AND rule = ? AND item = ? AND started = ?",
        [SQL_MARKS_RAISING] =
                "SELECT m.stage, m.repeat, m.due, m.nominal, m.alert, m.case_id, m.rule, m.item, m.started"
                " FROM raising r CROSS JOIN mark m ON m.case_id = r.case_id"
                " WHERE r.case_id > ? AND r.case_id <= ? ORDER BY r.case_id",
        /* by the case: the key is found in the index alone, and the row only if something was raised of it */
        [SQL_MARKS_STANDING] =
                "SELECT o.case_id, o.ref, o.rule, o.item, o.started, o.state, o.due, o.rest, o.scope, m.stage,"
                " m.repeat, m.due, m.nominal, m.alert FROM obligation k CROSS JOIN mark m ON m.case_id = k.case_id"
                " AND m.rule = k.rule AND m.item = k.item AND m.started = k.started AND m.alert IS NOT NULL"
                " CROSS JOIN obligation o ON o.state = k.state AND o.due = k.due AND o.ref = k.ref AND o.rule = k.rule"
                " AND o.item = k.item AND o.started = k.started"
                " WHERE k.case_id BETWEEN ? AND ? ORDER BY k.case_id, k.rule, k.item, k.started",
        [SQL_MARKED] = "SELECT 1 FROM mark WHERE case_id = ? AND rule = ? AND item = ? AND started = ? AND stage = ?"
                       " AND repeat = ? AND due = ?",
        [SQL_MARK_ADD] = MARK_ADD MARK_ROW " ON CONFLICT DO NOTHING",
        [SQL_MARKS_ADD] = MARK_ADD TOGETHER(MARK_ROW) " ON CONFLICT DO NOTHING",

        [SQL_ALERT_ADD] = ALERT_ADD ALERT_ROW,
        [SQL_ALERTS_ADD] = ALERT_ADD TOGETHER(ALERT_ROW),
        [SQL_ALERT_LAST] = "SELECT max(id) FROM alert",
        [SQL_ALERTS_AFTER] = "SELECT " ALERT_COLUMNS ALERT_FROM " WHERE a.id > ?" ALERT_STANDS " ORDER BY a.id",
        [SQL_ALERTS_BEFORE] = "SELECT " ALERT_COLUMNS ALERT_FROM " WHERE a.id < ?" ALERT_STANDS " ORDER BY a.id DESC",
        [SQL_ALERT_GET] = "SELECT " ALERT_COLUMNS ALERT_FROM " WHERE a.id = ?" ALERT_STANDS,

        [SQL_ACK_ADD] = "INSERT INTO ack (alert, name, at_ms, until_day, person, why, case_id, rule, item, started,"
                        " stage, repeat, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [SQL_ACK_GET] = "SELECT " ACK_COLUMNS " FROM ack k" ACK_JOIN " WHERE k.id = ?",
        [SQL_ACKS_ALERT] =
                "SELECT " ACK_COLUMNS " FROM ack k INDEXED BY ack_alert" ACK_JOIN " WHERE k.alert = ? ORDER BY k.id",
        [SQL_ACKS_OF] = "SELECT " ACK_COLUMNS " FROM ack k INDEXED BY ack_of" ACK_JOIN
                        " WHERE k.case_id = ? AND k.rule = ? AND k.item = ? AND k.started = ? ORDER BY k.id",
        [SQL_ACKS_CASE] =
                "SELECT " ACK_COLUMNS " FROM ack k INDEXED BY ack_case" ACK_JOIN " WHERE k.case_id = ? ORDER BY k.id",
        [SQL_SILENCED_ADD] = "INSERT INTO silenced (alert, name, ack) VALUES (?, ?, ?)",
        [SQL_SILENCED_OF] = "SELECT name, ack FROM silenced WHERE alert = ? ORDER BY name",

        [SQL_ROUTE_ADD] = ROUTE_ADD ROUTE_ROW " ON CONFLICT DO NOTHING",
        [SQL_ROUTES_ADD] = ROUTE_ADD TOGETHER(ROUTE_ROW) " ON CONFLICT DO NOTHING",
        [SQL_ROUTE_NEXT] = "SELECT kind, name FROM route INDEXED BY route_pending"
                           " WHERE pending > 0 AND pending = ? AND (kind, name) > (?, ?) ORDER BY kind, name LIMIT 1",
        [SQL_ROUTE_ALERTS] =
                "SELECT alert FROM route INDEXED BY route_pending"
                " WHERE pending > 0 AND pending = ? AND kind = ? AND name = ? AND alert > ? ORDER BY alert LIMIT ?",
        [SQL_ROUTE_TOLD] = "UPDATE route INDEXED BY route_pending SET pending = 0"
                           " WHERE pending > 0 AND pending = ? AND kind = ? AND name = ?",
        [SQL_ROUTE_WAITS] = "UPDATE route SET pending = 1 WHERE alert = ? AND kind = ? AND name = ?",
        [SQL_ROUTES_OF] = "SELECT kind, name, pending FROM route WHERE alert = ? ORDER BY kind, name LIMIT ?",

        [SQL_MESSAGE_ADD] = "INSERT INTO outbox (state, recipient, message_id, subject, created_ms, next_ms, attempts,"
                            " failures, ambiguous, urgent) VALUES (0, ?, ?, ?, ?, ?, 0, 0, 0, ?)",
        [SQL_LETTER_ADD] = "INSERT INTO letter (message, body, html, calendar) VALUES (?, ?, ?, ?)",
        [SQL_MESSAGE_LAST] = "SELECT max(id) FROM outbox",
        [SQL_MESSAGE_CARRIES] = CARRIED_ADD CARRIED_ROW " ON CONFLICT DO NOTHING",
        [SQL_MESSAGE_CARRIES_ALL] = CARRIED_ADD TOGETHER(CARRIED_ROW) " ON CONFLICT DO NOTHING",
        [SQL_MESSAGE_SHOWS] = "INSERT INTO shown (message, case_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        /* UNION would make a table for each message that is asked about, the shortest too */
        [SQL_MESSAGE_CASES] = "SELECT a.case_id FROM carried k JOIN alert a ON a.id = k.alert"
                              " WHERE k.message = ?1 AND a.case_id IS NOT NULL"
                              " UNION ALL SELECT case_id FROM shown WHERE message = ?1",
        [SQL_MESSAGES_DUE] = "SELECT " MESSAGE_COLUMNS " FROM outbox o INDEXED BY outbox_waiting"
                             " WHERE o.state = 0 AND o.next_ms <= ?1 AND (o.next_ms, o.id) > (?2, ?3)"
                             " ORDER BY o.next_ms, o.id LIMIT ?4",
        [SQL_MESSAGE_GET] = "SELECT " MESSAGE_COLUMNS " FROM outbox o WHERE o.id = ?",
        /* names no column of an index, so that none is written */
        [SQL_MESSAGE_UNDER_WAY] = "UPDATE outbox SET ambiguous = 1 WHERE id = ? AND state = 0 AND ambiguous = 0",
        [SQL_MESSAGE_UPDATE] =
                "UPDATE outbox SET state = ?2, attempts = ?3, failures = ?4, ambiguous = ?5, next_ms = ?6,"
                " done_ms = ?7, answer = ?8 WHERE id = ?1",
        [SQL_MESSAGES_HASTEN] =
                "UPDATE outbox INDEXED BY outbox_waiting SET next_ms = ?1 WHERE state = 0 AND next_ms > ?1",
        [SQL_MESSAGES_BEFORE] = "SELECT " MESSAGE_COLUMNS " FROM outbox o WHERE o.id < ? ORDER BY o.id DESC",
        [SQL_MESSAGES_UNSENT] = "SELECT " MESSAGE_COLUMNS " FROM outbox o INDEXED BY outbox_unsent"
                                " WHERE o.state <> 1 AND o.id < ? ORDER BY o.id DESC",
        /* No index leads from an alert to its messages: looked through are those written since the first was raised. */
        [SQL_MESSAGE_TOLD] =
                "SELECT o.id, k.alert, o.recipient FROM outbox o CROSS JOIN carried k ON k.message = o.id"
                " WHERE o.id > coalesce((SELECT p.id FROM outbox p WHERE p.id < ?1 AND p.created_ms <"
                " (SELECT min(a.raised_ms) FROM carried c JOIN alert a ON a.id = c.alert WHERE c.message = ?1)"
                " ORDER BY p.id DESC LIMIT 1), 0)"
                " AND EXISTS (SELECT 1 FROM carried c WHERE c.message = ?1 AND c.alert = k.alert)"
                " ORDER BY o.id, k.alert",
        [SQL_OUTBOX_NEXT] =
                "SELECT next_ms FROM outbox INDEXED BY outbox_waiting WHERE state = 0 ORDER BY next_ms LIMIT 1",
        [SQL_OUTBOX_WAITING] = "SELECT count(*), sum(ambiguous) FROM outbox INDEXED BY outbox_waiting WHERE state = 0",
        [SQL_OUTBOX_OLDEST] = "SELECT created_ms FROM outbox INDEXED BY outbox_unsent"
                              " WHERE state <> 1 AND state = 0 ORDER BY id LIMIT 1",
        [SQL_MESSAGE_WAITS] = "SELECT ambiguous FROM outbox WHERE id = ? AND state = 0",
        [SQL_OUTBOX_FAILED] =
                "SELECT recipient FROM outbox INDEXED BY outbox_failed WHERE state = 2 AND id > ? ORDER BY id",

        [SQL_DIARY_SECRET] = "SELECT secret FROM diary_secret WHERE id = 1",
        [SQL_DIARY_GET] = "SELECT id, due, plan_by, sequence, gone FROM diary"
                          " WHERE case_id = ? AND rule = ? AND item = ? AND started = ?",
        [SQL_DIARY_ADD] = "INSERT INTO diary (case_id, rule, item, started, due, plan_by, sequence, gone)"
                          " VALUES (?, ?, ?, ?, ?, ?, 0, 0)",
        [SQL_DIARY_PUT] = "UPDATE diary SET due = ?2, plan_by = ?3, sequence = ?4, gone = ?5 WHERE id = ?1",
        [SQL_DIARY_REKEY] =
                "UPDATE diary SET started = ?4 WHERE id = (SELECT d.id FROM diary d"
                " WHERE d.case_id = ?1 AND d.rule = ?2 AND d.item = ?3 AND d.started <> ?4 AND d.due = ?5"
                " AND NOT EXISTS (SELECT 1 FROM obligation o"
                " WHERE o.case_id = d.case_id AND o.rule = d.rule AND o.item = d.item AND o.started = d.started)"
                " ORDER BY d.started DESC LIMIT 1)",
        [SQL_DIARY_COPY] = "INSERT INTO diary_copy (recipient, entry, sequence, gone) VALUES (?, ?, ?, ?)"
                           " ON CONFLICT (recipient, entry) DO UPDATE SET sequence = excluded.sequence,"
                           " gone = excluded.gone",
        [SQL_DIARY_COPIED] = "SELECT gone FROM diary_copy WHERE recipient = ? AND entry = ?",
        [SQL_DIARY_STALE] =
                "SELECT d.case_id, d.rule, d.item, d.started, f.ref FROM diary_copy c INDEXED BY diary_copy_there"
                " CROSS JOIN diary d ON d.id = c.entry CROSS JOIN casefile f ON f.id = d.case_id"
                " LEFT JOIN obligation o ON o.case_id = d.case_id AND o.rule = d.rule AND o.item = d.item"
                " AND o.started = d.started WHERE c.recipient = ?1 AND c.gone = 0 AND c.entry > ?2"
                " AND (o.due IS NULL OR o.due <> d.due OR c.sequence <> d.sequence) ORDER BY c.entry LIMIT ?3",
        [SQL_DIARY_BACK] =
                "SELECT d.case_id, d.rule, d.item, d.started, f.ref FROM diary_copy c"
                " CROSS JOIN diary d ON d.id = c.entry CROSS JOIN obligation o ON o.case_id = d.case_id"
                " AND o.rule = d.rule AND o.item = d.item AND o.started = d.started"
                " CROSS JOIN casefile f ON f.id = d.case_id"
                " WHERE c.recipient = ?1 AND c.entry > ?2 AND c.gone = 1 AND o.due >= ?4 ORDER BY c.entry LIMIT ?3",

        [SQL_SWEEP_ADD] = "INSERT INTO sweep (day, minute, at_ms, raised, messages, quiet) VALUES (?, ?, ?, ?, ?, ?)",
        [SQL_SWEEP_SPOKEN] = "SELECT day FROM sweep WHERE quiet = 0 ORDER BY day DESC, minute DESC LIMIT 1",
        [SQL_SWEEP_LAST] =
                "SELECT day, minute, at_ms, raised, messages FROM sweep ORDER BY day DESC, minute DESC LIMIT 1",
        [SQL_SWEEP_FORGET] = "DELETE FROM sweep WHERE day > ?",
        [SQL_DOWNTIME_ADD] = "INSERT INTO downtime (from_ms, until_ms, orderly, told) VALUES (?, ?, ?, ?)",
        [SQL_DOWNTIME_LATEST] = "SELECT from_ms, until_ms, orderly, told FROM downtime ORDER BY id DESC LIMIT ?",
        [SQL_DOWNTIME_UNTOLD] = "SELECT from_ms, until_ms, orderly, told FROM downtime INDEXED BY downtime_untold"
                                " WHERE told = 0 AND until_ms - from_ms >= ? ORDER BY id LIMIT ?",
        [SQL_DOWNTIME_TOLD] = "UPDATE downtime INDEXED BY downtime_untold SET told = 1 WHERE told = 0",
        [SQL_KEEP] = "INSERT INTO edition (digest, kind, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [SQL_IN_FORCE] = "INSERT INTO in_force (at_ms, rules, contacts, seal, way, person, accepted, effect)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [SQL_CHANGES] =
                "SELECT f.id, f.at_ms, f.rules, f.contacts, f.seal, f.way, f.accepted, f.effect, p.uid, p.name"
                " FROM in_force f LEFT JOIN person p ON p.id = f.person WHERE f.id < ? ORDER BY f.id DESC LIMIT ?",
        [SQL_EDITIONS] = "SELECT digest, kind, body FROM edition WHERE digest >= ?1 AND digest < ?1 || 'g'"
                         " ORDER BY digest LIMIT 2",
        [SQL_SEALED] = "SELECT rules, contacts FROM in_force WHERE seal = ? ORDER BY id DESC LIMIT 1",
        [SQL_ACCEPT] = "INSERT INTO accepted (seal, at_ms, person, since) VALUES (?, ?, ?,"
                       " coalesce((SELECT id FROM in_force ORDER BY id DESC LIMIT 1), 0))",
        [SQL_ACCEPTED] = "SELECT 1 FROM accepted a WHERE a.seal = ?1 AND NOT EXISTS"
                         " (SELECT 1 FROM in_force f WHERE f.seal = ?1 AND f.id > a.since) LIMIT 1",

        [SQL_ACCESS_ADD] =
                "INSERT INTO access (seq, at_ms, person, what, case_id, detail, rows, purpose, recipients, hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [SQL_ACCESS_LAST] = "SELECT seq, hash FROM access ORDER BY seq DESC LIMIT 1",
        [SQL_ACCESSES] = "SELECT " ACCESS_COLUMNS ACCESS_FROM " WHERE a.seq < ? ORDER BY a.seq DESC LIMIT ?",
        [SQL_ACCESSES_OF] =
                "SELECT " ACCESS_COLUMNS ACCESS_FROM " WHERE a.seq < ? AND a.case_id = ? ORDER BY a.seq DESC LIMIT ?",

        [SQL_SEAL_ADD] = "INSERT INTO seal (seq, report, period, version, digest, content, salt, whole, rules, head,"
                         " head_hash, known_ms, at_ms, person, forced, why, hash)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [SQL_SEAL_LAST] = "SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1",
        [SQL_SEAL_VERSION] = "SELECT max(version) FROM seal WHERE report = ? AND period = ?",
        [SQL_SEAL_GET] = "SELECT " SEAL_COLUMNS(SEAL_TEXTS) " WHERE s.seq = ?",
        [SQL_SEALS] = "SELECT " SEAL_COLUMNS("NULL, NULL, NULL") " WHERE s.seq < ? ORDER BY s.seq DESC LIMIT ?",
        [SQL_SEAL_OF] = "SELECT seq FROM seal WHERE report = ? AND period = ? AND version = ?",
        [SQL_SEAL_LATEST] = "SELECT max(seq) FROM seal WHERE report = ?",
        [SQL_SEAL_HASH] = "SELECT hash FROM seal WHERE seq = ?",
        /* of the same content, which a clock that stands can make, the last */
        [SQL_SEAL_DIGEST] = "SELECT max(seq) FROM seal INDEXED BY seal_digest WHERE digest >= ?1 AND digest < ?1 || 'g'"
                            " GROUP BY digest ORDER BY digest LIMIT 2",

        [SQL_HELD_ALERTS] = "SELECT alert FROM mark WHERE case_id = ? AND alert IS NOT NULL",
        [SQL_HELD_CARRIED] = "SELECT message FROM carried INDEXED BY carried_alert WHERE alert = ?",
        [SQL_HELD_CARRIES] = "SELECT alert FROM carried WHERE message = ?",
        [SQL_HELD_SHOWN] = "SELECT message FROM shown INDEXED BY shown_case WHERE case_id = ?",
        [SQL_LETTER_GET] = "SELECT body, html, calendar FROM letter WHERE message = ?",
        [SQL_HELD_DIARY] = "SELECT id, rule, item, started, due, plan_by, sequence, gone FROM diary"
                           " WHERE case_id = ? ORDER BY rule, item, started",
        [SQL_HELD_COPIES] = "SELECT recipient, sequence, gone FROM diary_copy INDEXED BY diary_copy_entry"
                            " WHERE entry = ? ORDER BY recipient",

        [SQL_ERASURE_ADD] =
                "INSERT INTO erasure (seq, at_ms, person, why, case_id, lines, first_seq, last_seq, accesses,"
                " digest, access_digest, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [SQL_ERASURE_LAST] = "SELECT seq, hash FROM erasure ORDER BY seq DESC LIMIT 1",
        [SQL_ERASURES] = "SELECT " ERASURE_COLUMNS ERASURE_FROM " WHERE e.seq < ? ORDER BY e.seq DESC LIMIT ?",
        [SQL_ERASURES_AFTER] = "SELECT " ERASURE_COLUMNS ERASURE_FROM " WHERE e.seq > ? ORDER BY e.seq LIMIT ?",
        [SQL_ERASE_LINES] = "SELECT e.seq, e.recorded_ms, p.uid, p.name, e.hash FROM event e"
                            " LEFT JOIN person p ON p.id = e.person WHERE e.case_id = ? ORDER BY e.seq",
        [SQL_ERASE_COUNTS] = "SELECT (SELECT count(alert) FROM mark WHERE case_id = ?1),"
                             " (SELECT count(*) FROM ack WHERE case_id = ?1),"
                             " (SELECT count(*) FROM outbox WHERE id IN (" CASE_CARRIED ") OR id IN (" CASE_SHOWN ")),"
                             " (SELECT count(*) FROM diary WHERE case_id = ?1),"
                             " (SELECT count(*) FROM access INDEXED BY access_case WHERE case_id = ?1),"
                             " (SELECT count(*) FROM outbox INDEXED BY outbox_waiting WHERE state = 0"
                             " AND (id IN (" CASE_CARRIED ") OR id IN (" CASE_SHOWN ")))",
        [SQL_ERASE_ACCESSES] = "SELECT seq FROM access INDEXED BY access_case WHERE case_id = ? ORDER BY seq",
        [SQL_ERASE_NAMED] = "SELECT seq FROM access WHERE instr(detail, ?1) > 0 OR instr(purpose, ?1) > 0",
        [SQL_ACCESS_GET] = "SELECT " ACCESS_COLUMNS ACCESS_FROM " WHERE a.seq = ?",
        [SQL_REDACTED_ADD] = "INSERT INTO redacted (access, erasure, hash) VALUES (?, ?, ?)",
        [SQL_REDACTED_OF] = "SELECT access, hash FROM redacted INDEXED BY redacted_erasure WHERE erasure = ?"
                            " ORDER BY access",
        [SQL_REDACTED_GET] = "SELECT r.hash FROM redacted r JOIN erasure e ON e.seq = r.erasure AND e.seq > 0"
                             " WHERE r.access = ? ORDER BY r.erasure DESC LIMIT 1",
        [SQL_ERASED_SAID] = "SELECT 1 FROM access INDEXED BY access_case WHERE case_id = ? AND what = 'erase'"
                            " AND detail = ? LIMIT 1",
        [SQL_ERASE_REF] = "UPDATE casefile SET ref = ?2, wake = NULL WHERE id = ?1",
        [SQL_ERASE_EVENTS] = "UPDATE event SET type = ?2, on_day = 0, item = NULL, fields = NULL, refers = NULL,"
                             " forced = 0, client = NULL, why = NULL WHERE case_id = ?1",
        [SQL_ERASE_ROUTES] = "UPDATE route SET pending = 0 WHERE alert IN (" CASE_ALERTS ") AND pending > 0",
        [SQL_ERASE_ALERTS] = "UPDATE alert SET rule = NULL, item = '', started = NULL, due = NULL, old_due = NULL,"
                             " plan_by = NULL, booked = NULL, stage = NULL, repeat = 0, state = 0, says = NULL,"
                             " subject = NULL, seq = NULL WHERE id IN (" CASE_ALERTS ")",
        [SQL_ERASE_CARRIED] = "UPDATE letter SET body = '(erased)', html = NULL, calendar = NULL"
                              " WHERE message IN (" CASE_CARRIED ")",
        [SQL_ERASE_SHOWN] = "UPDATE letter SET body = '(erased)', html = NULL, calendar = NULL"
                            " WHERE message IN (" CASE_SHOWN ")",
        [SQL_ERASE_MARKS] = "DELETE FROM mark WHERE case_id = ?1",
        [SQL_ERASE_ACKS] = "UPDATE ack SET why = '(erased)', rule = 0, item = '', started = 2932897, stage = 0,"
                           " repeat = 0, due = 2932897 WHERE case_id = ?1",
        [SQL_ERASE_COPIES] = "DELETE FROM diary_copy WHERE entry IN (SELECT id FROM diary WHERE case_id = ?1)",
        [SQL_ERASE_DIARY] = "DELETE FROM diary WHERE case_id = ?1",
        [SQL_REDACT] = "UPDATE access SET detail = ?2, purpose = ?3 WHERE seq = ?1",

        [SQL_LINE_COUNT] = "SELECT count(*) FROM event INDEXED BY event_seq",
        [SQL_CASE_COUNT] = "SELECT count(*) FROM casefile",
        [SQL_CASES_IDLE] = "SELECT id FROM casefile c WHERE NOT EXISTS"
                           " (SELECT 1 FROM event e WHERE e.case_id = c.id) LIMIT 100",
        [SQL_RAISING_STRAY] = "SELECT case_id FROM raising r WHERE NOT EXISTS"
                              " (SELECT 1 FROM casefile c WHERE c.id = r.case_id) LIMIT 100",
        [SQL_CASE_KEPT] = "SELECT wake, EXISTS (SELECT 1 FROM raising r WHERE r.case_id = c.id) FROM casefile c"
                          " WHERE c.id = ?",
        [SQL_CASE_KEPT_OLD] = "SELECT wake, waits FROM casefile WHERE id = ?",
        [SQL_TALLY_GET] = "SELECT amount FROM tally WHERE which = ?",
        [SQL_VERIFY_HASHES] = "SELECT seq, hash FROM event",
        [SQL_VERIFY_LINES] = "SELECT " CHAIN_COLUMNS " FROM event ORDER BY case_id, seq",
        [SQL_VERIFY_LINE] = "SELECT " CHAIN_COLUMNS " FROM event WHERE seq = ?",
        [SQL_VERIFY_ACCESSES] = "SELECT " ACCESS_COLUMNS ACCESS_FROM " ORDER BY a.seq",
        [SQL_VERIFY_SEALS] = "SELECT " SEAL_COLUMNS(SEAL_TEXTS) " ORDER BY s.seq",
};

const char *sql_text(enum sql sql)
{
        ENSURE(sql >= 0 && sql < SQL_COUNT && texts[sql] != NULL);
        return texts[sql];
}
