/*
 * schema - the tables, as numbered steps.
 *
 * PRAGMA user_version says how many steps a file has gone; each further step
 * runs in a transaction of its own. A step that was released is never changed:
 * what is wrong with it is mended by another one. Days are numbers (days since
 * 1970-01-01), so their CHECKs are ranges; 2932897, one more than the last
 * day, stands for "none" where a column takes part in a key or an order.
 */
#include "sql.h"

#include <stddef.h>

#include "mappad/ensure.h"
#include "mappad/store.h"

#define DAY(column) "CHECK (" column " BETWEEN -141349 AND 2932896)"
#define KEY_DAY(column) "CHECK (" column " BETWEEN -141349 AND 2932897)"
#define FLAG(column) "CHECK (" column " IN (0, 1))"
/* SQL is laid out as SQL. */
/* clang-format off */
#define APPEND_ONLY(table) \
        "CREATE TRIGGER " table "_no_update BEFORE UPDATE ON " table \
        " BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;" \
        "CREATE TRIGGER " table "_no_delete BEFORE DELETE ON " table \
        " BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;"

/* The record, and who wrote it. */
static const char record_tables[] =
        "CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1),"
        " created_ms INTEGER NOT NULL,"
        " test_clock INTEGER NOT NULL " FLAG("test_clock") ","
        " as_of INTEGER " DAY("as_of") ","
        " rules TEXT NOT NULL,"
        " contacts TEXT NOT NULL,"
        " seen_ms INTEGER NOT NULL,"
        " orderly INTEGER NOT NULL " FLAG("orderly") ") STRICT;"

        "CREATE TABLE tally (which INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;"

        "CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
        APPEND_ONLY("word")

        "CREATE TABLE person (id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, name TEXT NOT NULL,"
        " UNIQUE (uid, name)) STRICT;"
        APPEND_ONLY("person")

        /* wake: first day on which something of the case changes; waits: stages of it wait for a sweep */
        "CREATE TABLE casefile (id INTEGER PRIMARY KEY,"
        " ref TEXT NOT NULL UNIQUE CHECK (length(ref) BETWEEN 2 AND 32),"
        " wake INTEGER " DAY("wake") ","
        " waits INTEGER NOT NULL DEFAULT 0 " FLAG("waits") ") STRICT;"
        "CREATE INDEX casefile_wake ON casefile (wake) WHERE wake IS NOT NULL;"
        "CREATE INDEX casefile_raise ON casefile (waits) WHERE waits = 1;"
        "CREATE TRIGGER casefile_ref BEFORE UPDATE OF id, ref ON casefile"
        " BEGIN SELECT RAISE(ABORT, 'casefile.ref is fixed'); END;"
        "CREATE TRIGGER casefile_no_delete BEFORE DELETE ON casefile"
        " BEGIN SELECT RAISE(ABORT, 'casefile is append-only'); END;"

        /* A line of the record; without type and day it is a retraction of the line it refers to. */
        "CREATE TABLE event (case_id INTEGER NOT NULL REFERENCES casefile (id),"
        " seq INTEGER NOT NULL CHECK (seq > 0),"
        " type INTEGER REFERENCES word (id),"
        " on_day INTEGER " DAY("on_day") ","
        " item TEXT CHECK (length(item) BETWEEN 1 AND 32),"
        " fields BLOB,"
        " refers INTEGER CHECK (refers > 0 AND refers < seq),"
        " recorded_ms INTEGER NOT NULL,"
        " person INTEGER NOT NULL REFERENCES person (id),"
        " forced INTEGER NOT NULL " FLAG("forced") ","
        " client TEXT,"
        " why TEXT,"
        " hash BLOB NOT NULL CHECK (length(hash) = 32),"
        " CHECK ((type IS NULL) = (on_day IS NULL)),"
        " CHECK (type IS NOT NULL OR (refers IS NOT NULL AND why IS NOT NULL)),"
        " PRIMARY KEY (case_id, seq)) STRICT, WITHOUT ROWID;"
        "CREATE UNIQUE INDEX event_seq ON event (seq);"
        "CREATE UNIQUE INDEX event_client ON event (client) WHERE client IS NOT NULL;"
        APPEND_ONLY("event")

        "CREATE TABLE answer (seq INTEGER PRIMARY KEY, changed BLOB NOT NULL) STRICT;";

/* What is derived: may be deleted at any time and is made anew. */
static const char cache_tables[] =
        "CREATE TABLE obligation (case_id INTEGER NOT NULL REFERENCES casefile (id),"
        " rule INTEGER NOT NULL,"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
        " due INTEGER NOT NULL " KEY_DAY("due") ","
        " ref TEXT NOT NULL,"
        " rest BLOB NOT NULL,"
        " PRIMARY KEY (case_id, rule, item, started)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX obligation_list ON obligation (state, due, ref);";

/* What was raised, who hears of it, and the ledgers. */
static const char alert_tables[] =
        "CREATE TABLE alert (id INTEGER PRIMARY KEY,"
        " kind INTEGER NOT NULL,"
        " raised_ms INTEGER NOT NULL,"
        " case_id INTEGER REFERENCES casefile (id),"
        " rule INTEGER REFERENCES word (id),"
        " item TEXT NOT NULL,"
        " started INTEGER,"
        " due INTEGER,"
        " old_due INTEGER,"
        " plan_by INTEGER,"
        " booked INTEGER,"
        " day INTEGER NOT NULL " DAY("day") ","
        " stage INTEGER REFERENCES word (id),"
        " repeat INTEGER NOT NULL,"
        " state INTEGER NOT NULL,"
        " flags INTEGER NOT NULL,"
        " says TEXT,"
        " subject TEXT,"
        " heard_by TEXT,"
        " seq INTEGER) STRICT;"
        APPEND_ONLY("alert")

        /* case_id and rule 0: not about one; alert NULL: the stage was passed, not raised */
        "CREATE TABLE mark (case_id INTEGER NOT NULL,"
        " rule INTEGER NOT NULL,"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " stage INTEGER NOT NULL,"
        " repeat INTEGER NOT NULL,"
        " due INTEGER NOT NULL " KEY_DAY("due") ","
        " nominal INTEGER,"
        " alert INTEGER REFERENCES alert (id),"
        " PRIMARY KEY (case_id, rule, item, started, stage, repeat, due)) STRICT, WITHOUT ROWID;"
        APPEND_ONLY("mark")

        /* pending: 0 told, 1 waits for the next digest, 2 goes at once */
        "CREATE TABLE route (alert INTEGER NOT NULL REFERENCES alert (id),"
        " kind INTEGER NOT NULL,"
        " name TEXT NOT NULL,"
        " pending INTEGER NOT NULL CHECK (pending BETWEEN 0 AND 2),"
        " PRIMARY KEY (alert, kind, name)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX route_pending ON route (pending, kind, name, alert) WHERE pending > 0;"

        /* state: 0 waiting, 1 sent, 2 failed for good */
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY,"
        " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
        " recipient TEXT NOT NULL,"
        " message_id TEXT NOT NULL UNIQUE,"
        " subject TEXT NOT NULL,"
        " body TEXT NOT NULL,"
        " html TEXT,"
        " calendar TEXT,"
        " answer TEXT,"
        " created_ms INTEGER NOT NULL,"
        " next_ms INTEGER NOT NULL,"
        " done_ms INTEGER,"
        " attempts INTEGER NOT NULL,"
        " failures INTEGER NOT NULL,"
        " ambiguous INTEGER NOT NULL " FLAG("ambiguous") ","
        " urgent INTEGER NOT NULL " FLAG("urgent") ") STRICT;"
        "CREATE INDEX outbox_waiting ON outbox (next_ms, id) WHERE state = 0;"
        "CREATE INDEX outbox_failed ON outbox (id) WHERE state = 2;"

        "CREATE TABLE carried (message INTEGER NOT NULL REFERENCES outbox (id),"
        " alert INTEGER NOT NULL REFERENCES alert (id),"
        " PRIMARY KEY (message, alert)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE sweep (day INTEGER NOT NULL " DAY("day") ","
        " minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),"
        " at_ms INTEGER NOT NULL,"
        " raised INTEGER NOT NULL,"
        " messages INTEGER NOT NULL,"
        " PRIMARY KEY (day, minute)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE downtime (id INTEGER PRIMARY KEY,"
        " from_ms INTEGER NOT NULL,"
        " until_ms INTEGER NOT NULL,"
        " orderly INTEGER NOT NULL " FLAG("orderly") ","
        " told INTEGER NOT NULL " FLAG("told") ") STRICT;"
        "CREATE INDEX downtime_untold ON downtime (id) WHERE told = 0;";

/* What was in force when, and as it stood. */
static const char change_tables[] =
        "CREATE TABLE edition (digest TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT) STRICT, WITHOUT ROWID;"
        APPEND_ONLY("edition")

        /* seal names rules, calendar and contacts together; person NULL: nobody asked for it; effect: counts as JSON */
        "CREATE TABLE in_force (id INTEGER PRIMARY KEY,"
        " at_ms INTEGER NOT NULL,"
        " rules TEXT NOT NULL,"
        " contacts TEXT NOT NULL,"
        " seal TEXT NOT NULL,"
        " way INTEGER NOT NULL,"
        " person INTEGER REFERENCES person (id),"
        " accepted INTEGER NOT NULL " FLAG("accepted") ","
        " effect TEXT) STRICT;"
        "CREATE INDEX in_force_seal ON in_force (seal, id);"
        APPEND_ONLY("in_force")

        /* What may come into force without being asked about again, once: until it did so after row `since`. */
        "CREATE TABLE accepted (id INTEGER PRIMARY KEY,"
        " seal TEXT NOT NULL,"
        " at_ms INTEGER NOT NULL,"
        " person INTEGER NOT NULL REFERENCES person (id),"
        " since INTEGER NOT NULL) STRICT;"
        "CREATE INDEX accepted_seal ON accepted (seal);"
        APPEND_ONLY("accepted");

/* Dates that were put into diaries. secret: what turns the number of an entry into a name that tells nothing; due,
 * plan_by, sequence, gone: as they were published last, by whatever message; a copy says which of it a mailbox has. */
static const char diary_tables[] =
        "CREATE TABLE diary_secret (id INTEGER PRIMARY KEY CHECK (id = 1),"
        " secret BLOB NOT NULL CHECK (length(secret) = 32)) STRICT;"
        "INSERT INTO diary_secret (id, secret) VALUES (1, randomblob(32));"
        APPEND_ONLY("diary_secret")

        "CREATE TABLE diary (id INTEGER PRIMARY KEY,"
        " case_id INTEGER NOT NULL REFERENCES casefile (id),"
        " rule INTEGER NOT NULL REFERENCES word (id),"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " due INTEGER NOT NULL " DAY("due") ","
        " plan_by INTEGER " DAY("plan_by") ","
        " sequence INTEGER NOT NULL CHECK (sequence >= 0),"
        " gone INTEGER NOT NULL " FLAG("gone") ","
        " UNIQUE (case_id, rule, item, started)) STRICT;"

        "CREATE TABLE diary_copy (recipient TEXT NOT NULL,"
        " entry INTEGER NOT NULL REFERENCES diary (id),"
        " sequence INTEGER NOT NULL,"
        " gone INTEGER NOT NULL " FLAG("gone") ","
        " PRIMARY KEY (recipient, entry)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX diary_copy_there ON diary_copy (recipient, entry) WHERE gone = 0;"

        /* quiet: nothing but breaches was written at it */
        "ALTER TABLE sweep ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0 " FLAG("quiet") ";";

/* Who has seen an alert and why it need not be repeated to them; and of each repeat, whom that kept from being told. */
static const char ack_tables[] =
        /* name: the role or agency that it speaks for; until_day: the last day on which it holds; case_id to due: what
         * was raised, so that its repeats are found by the obligation alone (0 and none where it was about none) */
        "CREATE TABLE ack (id INTEGER PRIMARY KEY,"
        " alert INTEGER NOT NULL REFERENCES alert (id),"
        " name TEXT NOT NULL,"
        " at_ms INTEGER NOT NULL,"
        " until_day INTEGER NOT NULL " DAY("until_day") ","
        " person INTEGER NOT NULL REFERENCES person (id),"
        " why TEXT NOT NULL CHECK (length(why) > 0),"
        " case_id INTEGER NOT NULL,"
        " rule INTEGER NOT NULL,"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " stage INTEGER NOT NULL,"
        " repeat INTEGER NOT NULL,"
        " due INTEGER NOT NULL " KEY_DAY("due") ") STRICT;"
        "CREATE INDEX ack_alert ON ack (alert);"
        "CREATE INDEX ack_case ON ack (case_id);"
        "CREATE INDEX ack_of ON ack (case_id, rule, item, started);"
        APPEND_ONLY("ack")

        "CREATE TABLE silenced (alert INTEGER NOT NULL REFERENCES alert (id),"
        " name TEXT NOT NULL,"
        " ack INTEGER NOT NULL REFERENCES ack (id),"
        " PRIMARY KEY (alert, name)) STRICT, WITHOUT ROWID;"
        APPEND_ONLY("silenced")

        /* what was not sent, whether it waits or was given up, by number */
        "CREATE INDEX outbox_unsent ON outbox (id) WHERE state <> 1;";

/* Who read what and who was written to; and how many lines each chain has, so that a last one that is gone shows. */
static const char access_tables[] =
        /* person NULL: the service itself; rows NULL: not known when the answer began */
        "CREATE TABLE access (seq INTEGER PRIMARY KEY CHECK (seq > 0),"
        " at_ms INTEGER NOT NULL,"
        " person INTEGER REFERENCES person (id),"
        " what TEXT NOT NULL,"
        " case_id INTEGER REFERENCES casefile (id),"
        " detail TEXT,"
        " rows INTEGER,"
        " purpose TEXT,"
        " recipients TEXT,"
        " hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
        "CREATE INDEX access_case ON access (case_id, seq) WHERE case_id IS NOT NULL;"
        APPEND_ONLY("access")

        /* of what stands and was raised earlier, whom a message tells of beside the alerts that it carries */
        "CREATE TABLE shown (message INTEGER NOT NULL REFERENCES outbox (id),"
        " case_id INTEGER NOT NULL REFERENCES casefile (id),"
        " PRIMARY KEY (message, case_id)) STRICT, WITHOUT ROWID;"

        "INSERT INTO tally (which, amount) SELECT 100, count(*) FROM event;"
        "INSERT INTO tally (which, amount) VALUES (101, 0);";

/* The cache in the order of its list, so that a page of the list is one walk through neighbouring rows. The case's own
 * rows, which are few, are found by the second key. What was cached is carried over along the old list: nothing has to be
 * derived anew, nothing sorted. */
static const char list_tables[] =
        "ALTER TABLE obligation RENAME TO obligation_by_case;"
        "CREATE TABLE obligation (state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
        " due INTEGER NOT NULL " KEY_DAY("due") ","
        " ref TEXT NOT NULL,"
        " case_id INTEGER NOT NULL REFERENCES casefile (id),"
        " rule INTEGER NOT NULL,"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " rest BLOB NOT NULL,"
        " PRIMARY KEY (state, due, ref, rule, item, started)) STRICT, WITHOUT ROWID;"
        "INSERT INTO obligation (state, due, ref, case_id, rule, item, started, rest)"
        " SELECT state, due, ref, case_id, rule, item, started, rest"
        " FROM obligation_by_case INDEXED BY obligation_list ORDER BY state, due, ref;"
        "DROP TABLE obligation_by_case;"
        "CREATE UNIQUE INDEX obligation_case ON obligation (case_id, rule, item, started);";

/* The texts of messages, which never change, apart from what is noted of each attempt: a row of the outbox is small, so
 * that a transaction that tells of many of them writes few pages. */
static const char letter_tables[] =
        "CREATE TABLE letter (message INTEGER PRIMARY KEY REFERENCES outbox (id),"
        " body TEXT NOT NULL,"
        " html TEXT,"
        " calendar TEXT) STRICT;"
        "INSERT INTO letter (message, body, html, calendar) SELECT id, body, html, calendar FROM outbox ORDER BY id;"
        "ALTER TABLE outbox DROP COLUMN body;"
        "ALTER TABLE outbox DROP COLUMN html;"
        "ALTER TABLE outbox DROP COLUMN calendar;"
        /* what was answered to whoever recorded is derived again, and was never kept */
        "DROP TABLE answer;"
        APPEND_ONLY("letter");

/* Who sees what. scopes: digest of what was asked of the cases when their bits were found, "" for none. scope: a bit for
 * each compartment and agency that a case lies in; of an obligation, those of its item too. Derived, as the rest is. */
static const char scope_tables[] =
        "ALTER TABLE meta ADD COLUMN scopes TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE casefile ADD COLUMN scope INTEGER NOT NULL DEFAULT 0 CHECK (scope >= 0);"
        "ALTER TABLE obligation ADD COLUMN scope INTEGER NOT NULL DEFAULT 0 CHECK (scope >= 0);"

        /* what lies in a scope, in the order of its lists: a row for each bit of an obligation, and of a case */
        "CREATE TABLE scoped (bit INTEGER NOT NULL CHECK (bit BETWEEN 0 AND 62),"
        " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
        " due INTEGER NOT NULL " KEY_DAY("due") ","
        " ref TEXT NOT NULL,"
        " rule INTEGER NOT NULL,"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " PRIMARY KEY (bit, state, due, ref, rule, item, started)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE scoped_case (bit INTEGER NOT NULL CHECK (bit BETWEEN 0 AND 62),"
        " ref TEXT NOT NULL,"
        " PRIMARY KEY (bit, ref)) STRICT, WITHOUT ROWID;";

/* Reports as they stood when they were sealed. */
static const char seal_tables[] =
        /* digest: SHA-256 of content, as hex. whole: the same with nothing hidden; salt: beside it in the hash, so that
         * what is hidden cannot be tried out. head: the last line of the record that was counted; 0: there was none */
        "CREATE TABLE seal (seq INTEGER PRIMARY KEY CHECK (seq > 0),"
        " report TEXT NOT NULL,"
        " period TEXT NOT NULL,"
        " version INTEGER NOT NULL CHECK (version > 0),"
        " digest TEXT NOT NULL CHECK (length(digest) = 64),"
        " content TEXT NOT NULL,"
        " salt BLOB CHECK (length(salt) = 32),"
        " whole TEXT,"
        " rules TEXT NOT NULL,"
        " head INTEGER NOT NULL CHECK (head >= 0),"
        " head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),"
        " known_ms INTEGER NOT NULL,"
        " at_ms INTEGER NOT NULL,"
        " person INTEGER NOT NULL REFERENCES person (id),"
        " forced INTEGER NOT NULL " FLAG("forced") ","
        " why TEXT,"
        " hash BLOB NOT NULL CHECK (length(hash) = 32),"
        " CHECK ((salt IS NULL) = (whole IS NULL)),"
        " UNIQUE (report, period, version)) STRICT;"
        "CREATE INDEX seal_digest ON seal (digest);"
        APPEND_ONLY("seal")

        "INSERT INTO tally (which, amount) VALUES (102, 0);";

/* What is kept about a case apart from its record, found by the case: which messages carried an alert or showed the
 * case, and in whose diary an entry is. */
static const char held_indexes[] =
        "CREATE INDEX carried_alert ON carried (alert);"
        "CREATE INDEX shown_case ON shown (case_id);"
        "CREATE INDEX diary_copy_entry ON diary_copy (entry);";

/* What is left of cases that were erased (store_erase.h). */
static const char erasure_tables[] =
        /* digest: of what is left of the lines; access_digest: of the hashes of redacted */
        "CREATE TABLE erasure (seq INTEGER PRIMARY KEY CHECK (seq > 0),"
        " at_ms INTEGER NOT NULL,"
        " person INTEGER NOT NULL REFERENCES person (id),"
        " why TEXT NOT NULL CHECK (length(why) > 0),"
        " case_id INTEGER NOT NULL UNIQUE REFERENCES casefile (id),"
        " lines INTEGER NOT NULL,"
        " first_seq INTEGER NOT NULL,"
        " last_seq INTEGER NOT NULL,"
        " accesses INTEGER NOT NULL,"
        " digest BLOB NOT NULL CHECK (length(digest) = 32),"
        " access_digest BLOB NOT NULL CHECK (length(access_digest) = 32),"
        " hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
        APPEND_ONLY("erasure")

        /* lines of the log of accesses that read otherwise since an erasure; hash: of the line as it reads now */
        "CREATE TABLE redacted (access INTEGER NOT NULL REFERENCES access (seq),"
        " erasure INTEGER NOT NULL REFERENCES erasure (seq),"
        " hash BLOB NOT NULL CHECK (length(hash) = 32),"
        " PRIMARY KEY (access, erasure)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX redacted_erasure ON redacted (erasure, access);"
        APPEND_ONLY("redacted");

/* A row may change once its case has an erasure, and only into what is left of it then. */
static const char erasure_guards[] =
        "DROP TRIGGER casefile_ref;"
        "CREATE TRIGGER casefile_ref BEFORE UPDATE OF id, ref ON casefile"
        " WHEN NEW.id <> OLD.id"
        " OR NEW.ref IS NOT (SELECT 'erased-' || seq FROM erasure WHERE case_id = OLD.id)"
        " BEGIN SELECT RAISE(ABORT, 'casefile.ref is fixed'); END;"

        "DROP TRIGGER event_no_update;"
        "CREATE TRIGGER event_no_update BEFORE UPDATE ON event"
        " WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE case_id = OLD.case_id)"
        " OR (NEW.case_id, NEW.seq, NEW.recorded_ms, NEW.person, NEW.hash)"
        " <> (OLD.case_id, OLD.seq, OLD.recorded_ms, OLD.person, OLD.hash)"
        " OR NEW.type IS NOT (SELECT id FROM word WHERE text = '(erased)') OR NEW.on_day <> 0 OR NEW.forced <> 0"
        " OR coalesce(NEW.item, NEW.fields, NEW.refers, NEW.client, NEW.why) IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;"

        "DROP TRIGGER alert_no_update;"
        "CREATE TRIGGER alert_no_update BEFORE UPDATE ON alert"
        " WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE case_id = OLD.case_id)"
        " OR (NEW.id, NEW.kind, NEW.raised_ms, NEW.case_id, NEW.day, NEW.flags)"
        " <> (OLD.id, OLD.kind, OLD.raised_ms, OLD.case_id, OLD.day, OLD.flags)"
        " OR NEW.heard_by IS NOT OLD.heard_by"
        " OR (NEW.item, NEW.repeat, NEW.state) <> ('', 0, 0)"
        " OR coalesce(NEW.rule, NEW.started, NEW.due, NEW.old_due, NEW.plan_by, NEW.booked, NEW.stage, NEW.says,"
        " NEW.subject, NEW.seq) IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'alert is append-only'); END;"

        "DROP TRIGGER mark_no_delete;"
        "CREATE TRIGGER mark_no_delete BEFORE DELETE ON mark"
        " WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE case_id = OLD.case_id)"
        " BEGIN SELECT RAISE(ABORT, 'mark is append-only'); END;"

        "DROP TRIGGER ack_no_update;"
        "CREATE TRIGGER ack_no_update BEFORE UPDATE ON ack"
        " WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE case_id = OLD.case_id)"
        " OR (NEW.id, NEW.alert, NEW.name, NEW.at_ms, NEW.until_day, NEW.person, NEW.case_id)"
        " <> (OLD.id, OLD.alert, OLD.name, OLD.at_ms, OLD.until_day, OLD.person, OLD.case_id)"
        " OR (NEW.why, NEW.rule, NEW.item, NEW.started, NEW.stage, NEW.repeat, NEW.due)"
        " <> ('(erased)', 0, '', 2932897, 0, 0, 2932897)"
        " BEGIN SELECT RAISE(ABORT, 'ack is append-only'); END;"

        "DROP TRIGGER letter_no_update;"
        "CREATE TRIGGER letter_no_update BEFORE UPDATE ON letter"
        " WHEN NEW.message <> OLD.message OR NEW.body <> '(erased)' OR coalesce(NEW.html, NEW.calendar) IS NOT NULL"
        " OR NOT (EXISTS (SELECT 1 FROM shown s JOIN erasure e ON e.case_id = s.case_id WHERE s.message = OLD.message)"
        " OR EXISTS (SELECT 1 FROM carried k JOIN alert a ON a.id = k.alert JOIN erasure e ON e.case_id = a.case_id"
        " WHERE k.message = OLD.message))"
        " BEGIN SELECT RAISE(ABORT, 'letter is append-only'); END;"

        "DROP TRIGGER access_no_update;"
        "CREATE TRIGGER access_no_update BEFORE UPDATE ON access"
        " WHEN NOT EXISTS (SELECT 1 FROM redacted WHERE access = OLD.seq)"
        " OR (NEW.seq, NEW.at_ms, NEW.what, NEW.hash) <> (OLD.seq, OLD.at_ms, OLD.what, OLD.hash)"
        " OR NEW.person IS NOT OLD.person OR NEW.case_id IS NOT OLD.case_id OR NEW.rows IS NOT OLD.rows"
        " OR NEW.recipients IS NOT OLD.recipients"
        " BEGIN SELECT RAISE(ABORT, 'access is append-only'); END;";

/* Cases of which something waits to be raised, by themselves: whoever raises it takes them off without writing to the
 * cases. */
static const char raising_tables[] =
        "CREATE TABLE raising (case_id INTEGER PRIMARY KEY) STRICT;"
        "INSERT INTO raising (case_id) SELECT id FROM casefile INDEXED BY casefile_raise WHERE waits = 1 ORDER BY id;"
        "DROP INDEX casefile_raise;"
        "ALTER TABLE casefile DROP COLUMN waits;";

/* Whatever is derived a second time (store_beside.h): under rules that are to come into force, or under those that were
 * before them. beside: 0 nothing lies there, 1 what is to come, 2 what was; beside_rules: the digest of the rules that it
 * was derived under. unread: lines of a case that those rules do not read. */
static const char beside_tables[] =
        "CREATE TABLE obligation_beside (state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),"
        " due INTEGER NOT NULL " KEY_DAY("due") ","
        " ref TEXT NOT NULL,"
        " case_id INTEGER NOT NULL REFERENCES casefile (id),"
        " rule INTEGER NOT NULL,"
        " item TEXT NOT NULL,"
        " started INTEGER NOT NULL " KEY_DAY("started") ","
        " rest BLOB NOT NULL,"
        " scope INTEGER NOT NULL DEFAULT 0 CHECK (scope >= 0),"
        " PRIMARY KEY (state, due, ref, rule, item, started)) STRICT, WITHOUT ROWID;"
        "CREATE UNIQUE INDEX obligation_beside_case ON obligation_beside (case_id, rule, item, started);"
        "CREATE TABLE raising_beside (case_id INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE unread_beside (case_id INTEGER PRIMARY KEY, lines INTEGER NOT NULL) STRICT;"
        "ALTER TABLE casefile ADD COLUMN wake_beside INTEGER " DAY("wake_beside") ";"
        "ALTER TABLE casefile ADD COLUMN scope_beside INTEGER NOT NULL DEFAULT 0 CHECK (scope_beside >= 0);"
        "CREATE INDEX casefile_wake_beside ON casefile (wake_beside) WHERE wake_beside IS NOT NULL;"
        "ALTER TABLE meta ADD COLUMN beside INTEGER NOT NULL DEFAULT 0 CHECK (beside BETWEEN 0 AND 2);"
        "ALTER TABLE meta ADD COLUMN beside_rules TEXT NOT NULL DEFAULT '';";

#define CHANGE_TABLES(table) \
        "ALTER TABLE " table " RENAME TO changing;" \
        "ALTER TABLE " table "_beside RENAME TO " table ";" \
        "ALTER TABLE changing RENAME TO " table "_beside;"
#define CHANGE_COLUMNS(column) \
        "ALTER TABLE casefile RENAME COLUMN " column " TO changing;" \
        "ALTER TABLE casefile RENAME COLUMN " column "_beside TO " column ";" \
        "ALTER TABLE casefile RENAME COLUMN changing TO " column "_beside;"

/* By their names alone: not a row is touched. Indexes go with their tables, under the names that they have, so no
 * statement names one of these. */
const char schema_change_places[] =
        CHANGE_TABLES("obligation") CHANGE_TABLES("raising") CHANGE_COLUMNS("wake") CHANGE_COLUMNS("scope");

/* clang-format on */

/* The scripts of all steps, in order; a step is several scripts, ended by NULL. */
static const char *const step_1[] = {record_tables, cache_tables, alert_tables, change_tables, NULL};
static const char *const step_diary[] = {diary_tables, NULL};
static const char *const step_ack[] = {ack_tables, NULL};
static const char *const step_access[] = {access_tables, NULL};
static const char *const step_list[] = {list_tables, NULL};
static const char *const step_letter[] = {letter_tables, NULL};
static const char *const step_scope[] = {scope_tables, NULL};
static const char *const step_seal[] = {seal_tables, NULL};
static const char *const step_held[] = {held_indexes, erasure_tables, erasure_guards, NULL};
static const char *const step_raising[] = {raising_tables, NULL};
static const char *const step_beside[] = {beside_tables, NULL};
static const char *const *const steps[] = {
        [SCHEMA_RECORD - 1] = step_1,        [SCHEMA_DIARY - 1] = step_diary,   [SCHEMA_ACK - 1] = step_ack,
        [SCHEMA_ACCESS - 1] = step_access,   [SCHEMA_LIST - 1] = step_list,     [SCHEMA_LETTER - 1] = step_letter,
        [SCHEMA_SCOPE - 1] = step_scope,     [SCHEMA_SEAL - 1] = step_seal,     [SCHEMA_HELD - 1] = step_held,
        [SCHEMA_RAISING - 1] = step_raising, [SCHEMA_BESIDE - 1] = step_beside,
};
_Static_assert(sizeof steps / sizeof *steps == STORE_SCHEMA, "as many steps as the door says");

int schema_steps(void)
{
        return (int)(sizeof steps / sizeof *steps);
}

const char *const *schema_step(int n)
{
        ENSURE(n >= 1 && n <= schema_steps());
        return steps[n - 1];
}
