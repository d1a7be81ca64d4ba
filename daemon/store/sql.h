/*
 * sql - every statement that this room runs, by name. Texts are in sql.c.
 *
 * Statements are prepared when first used and kept. A statement is reset before
 * it is used again, so one that a walk still holds must not be run by others.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

enum sql {
        SQL_BEGIN, SQL_BEGIN_READ, SQL_COMMIT, SQL_ROLLBACK, SQL_SAVEPOINT, SQL_RELEASE, SQL_UNDO,
        SQL_META_GET, SQL_META_PUT, SQL_TALLY_ALL, SQL_TALLY_PUT,
        SQL_WORD_ALL, SQL_WORD_ADD,
        SQL_CASE_ID, SQL_CASE_ADD, SQL_CASE_GET, SQL_CASES_BY_REF, SQL_CASES_BY_ID, SQL_CASE_LAST,
        SQL_PERSON_ID, SQL_PERSON_ADD, SQL_PERSON_GET,
        SQL_LINE_ADD, SQL_LINE_LAST, SQL_WALK_CASE, SQL_WALK_FULL, SQL_WALK_ALL, SQL_WALK_CHAIN,
        SQL_FIND_SEQ, SQL_FIND_CLIENT, SQL_ANSWER_PUT, SQL_ANSWER_GET,
        SQL_OBLIGATION_PUT, SQL_OBLIGATION_REMOVE, SQL_OBLIGATIONS_OF, SQL_OBLIGATION_CLEAR, SQL_WAKE_CLEAR,
        SQL_LIST_0, SQL_LIST_1, SQL_LIST_2, SQL_LIST_3, SQL_LIST_4, SQL_LIST_5,
        SQL_CASE_WAKE, SQL_WAKING, SQL_RAISING, SQL_FIRST_WAKE,
        SQL_MARKS_OF, SQL_MARKED, SQL_MARK_ADD,
        SQL_ALERT_ADD, SQL_ALERT_LAST, SQL_ALERTS_AFTER, SQL_ALERTS_BEFORE, SQL_ALERT_GET,
        SQL_ROUTE_ADD, SQL_ROUTES_PENDING, SQL_ROUTE_ALERTS, SQL_ROUTE_TOLD,
        SQL_MESSAGE_ADD, SQL_MESSAGE_LAST, SQL_MESSAGE_CARRIES, SQL_MESSAGES_DUE, SQL_MESSAGES_AFTER, SQL_MESSAGE_GET,
        SQL_MESSAGE_UPDATE,
        SQL_RETRY_WAITING, SQL_RETRY_FAILED, SQL_OUTBOX_NEXT, SQL_OUTBOX_WAITING, SQL_OUTBOX_FAILED,
        SQL_SWEEP_ADD, SQL_SWEEP_LAST, SQL_SWEEP_FORGET, SQL_DOWNTIME_ADD, SQL_DOWNTIME_LATEST, SQL_DOWNTIME_TOLD,
        SQL_KEEP, SQL_IN_FORCE, SQL_CHANGES, SQL_EDITIONS, SQL_SEALED, SQL_ACCEPT, SQL_ACCEPTED,
        SQL_COUNT
};

/* Purpose: the text of a statement. Owns: static storage. */
const char *sql_text(enum sql sql);
/* Purpose: number of schema steps, and the scripts (ended by NULL) of step n that lead to version n, from 1. */
int schema_steps(void);
const char *const *schema_step(int n);

#endif
