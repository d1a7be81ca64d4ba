/*
 * Power is lost on a disk whose syncs take long or fail, while a thread copies the log back: at many moments of many lives
 * the disk is looked at as it is. Whatever was promised by then is there: what was answered (events, repeats,
 * acknowledgements, erasures, seals), alerts that were heard of, messages that were handed over and their marks, whatever
 * anybody could read, and heads that were given out, of copies too. What the disk has can be opened, and all of it hangs
 * together.
 */
#include "disk.h"
#include "promises.h"

#include "mappad/app_access.h"
#include "mappad/app_ack.h"
#include "mappad/app_backup.h"
#include "mappad/app_erase.h"
#include "mappad/app_sealed.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"
#include "../unit/app/sound.h"
#include "../unit/app/world.h"

#define CHOSEN 64
/* With so little the log is copied back within each second commit or so, with more by the thread, now and then. */
#define LITTLE_ROOM 100
#define SOME_ROOM 1040
#define MANY_LINES 120
#define LIVES 2        /* of a usual run: some 800 cuts */
#define CUTS_A_LIFE 25 /* that MAPPAD_FAULTS is taken for: there are more of them */

/* A buoy has two days more. */
#define OTHER_BUOY                                                                                                                       \
        WORLD_RULE("buoy-check",                                                                                                         \
                   "per = \"buoy\"; within = \"12 days after\"; from = { event = \"buoy-laid\"; };"                                         \
                   " met-by = { event = \"buoy-checked\"; }; alerts = ( { at = \"overdue\"; to = \"unit\"; urgent = true; } );")
static const char other_law[] = "rules = (" OTHER_BUOY "," WORLD_LICENCE ");";

struct life {
        struct world world;
        uint64_t chance, events;
        uint64_t chosen[CHOSEN];
        size_t chosen_count;
        struct app_verify *verify; /* somebody reads, ... */
        struct app_backup *backup; /* ... and somebody copies */
        bool other_law;
        uint64_t seals, shown; /* shown: the last line that anybody could read */
        int64_t us;
};

static struct life life;

static uint32_t chance(uint32_t below)
{
        life.chance = life.chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(life.chance >> 33) % below;
}

static int64_t stopwatch(void)
{
        life.us += 400;
        return life.us;
}

/* The number of the first line, and how many there were. */
static void *said(uint64_t number, uint64_t count)
{
        return (void *)(uintptr_t)(number << 8 | count);
}

static void told(void *context, const struct app_outcome *outcome)
{
        uint64_t number = (uint64_t)(uintptr_t)context >> 8, count = (uint64_t)(uintptr_t)context & 255;

        if (outcome->status == STATUS_OK && !outcome->dry_run)
                for (uint64_t i = 0; i < count; i++)
                        promise(PROMISED_EVENT, number + i);
}

static void heard(void *context, uint64_t first, uint64_t last)
{
        (void)context;
        (void)first;
        promise(PROMISED_ALERT, last);
}

/* ---- what people do ---- */

static const struct app_actor clerk = {.uid = 1000, .name = "clerk"};

static void put_line(char *line, size_t size, uint64_t number)
{
        char ends[CIVIL_TEXT_SIZE];

        civil_format(world_day("2023-01-02") + (int32_t)(number * 7 % 40), ends);
        if (number % 4 == 0)
                snprintf(line, size, "{'id':'e%u','case':'L-%u','event':'buoy-laid','item':'B%u','on':'2023-01-02'}\n", (unsigned)number,
                         (unsigned)(number % 9 + 1), (unsigned)number);
        else
                snprintf(line, size, "{'id':'e%u','case':'L-%u','event':'licensed','licence-ends':'%s','on':'2023-01-02'}\n",
                         (unsigned)number, (unsigned)(number % 30 + 10), ends);
}

static void record(uint64_t number, bool dry_run)
{
        char line[200];

        put_line(line, sizeof line, number);
        app_submit(life.world.app, world_batch(&life.world, line, dry_run), told, said(number, 1));
}

/* A body that takes a turn of its own, and more than one piece of the log. */
static void record_many(void)
{
        static char lines[MANY_LINES * 80];
        size_t used = 0;
        unsigned count = 0;

        for (; count < MANY_LINES && used + 160 < 8000; count++) {
                put_line(lines + used, sizeof lines - used, life.events + 1 + count);
                used += strlen(lines + used);
        }
        app_submit(life.world.app, world_batch(&life.world, lines, false), told, said(life.events + 1, count));
        life.events += count;
}

static void acknowledge(void)
{
        struct app_ack_request request = {.role = "unit", .why = "seen", .until = CIVIL_NONE, .by = clerk};
        struct wire_problem problem;
        uint64_t last = 0, id = 0;

        if (app_last_alert(life.world.app, &last) != STATUS_OK || last == 0)
                return;
        request.alert = 1 + chance((uint32_t)last);
        if (app_acknowledge(life.world.app, life.world.now, &request, &id, &problem) == STATUS_OK)
                promise(PROMISED_ACK, id);
}

/* A case that nothing was promised of is recorded and erased. */
static void erase(void)
{
        struct app_erase_request request = {.ref = "GONE-1", .by = clerk};
        struct app_erase_view view;
        struct wire_problem problem;
        char confirm[APP_CONFIRM_SIZE];

        app_submit(life.world.app, world_batch(&life.world, "{'case':'GONE-1','event':'lit','on':'2023-01-02'}\n", false), told,
                   said(0, 0));
        if (app_erase(life.world.app, life.world.now, &request, &view, &problem) != STATUS_OK)
                return;
        memcpy(confirm, view.confirm, sizeof confirm);
        request.why = "its time has come";
        request.confirm = confirm;
        if (app_erase(life.world.app, life.world.now, &request, &view, &problem) == STATUS_OK)
                promise(PROMISED_ERASURE, view.erasure);
}

static void seal(void)
{
        char period[16];
        struct app_sealing sealing = {.report = "yearly", .period = period, .content = "{}", .rules = "none", .adds_up = true, .by = clerk};
        struct wire_problem problem;
        uint64_t seq = 0;

        snprintf(period, sizeof period, "%u", (unsigned)++life.seals);
        if (app_seal_report(life.world.app, life.world.now, &sealing, &seq, &problem) == STATUS_OK)
                promise(PROMISED_SEAL, seq);
}

/* The change is taken in, and comes into force in steps. */
static void change_rules(void)
{
        const char *law = life.other_law ? WORLD_LAW : other_law;
        struct app_rules rules = world_rules(&life.world, law, world_contacts);

        if (app_reload(life.world.app, life.world.now, rules, life.world.problem) == STATUS_OK)
                life.other_law = !life.other_law;
        else
                world_release(rules);
}

static void read_something(void)
{
        struct app_access access = {.actor = clerk, .what = "cases", .rows = 1};

        assert_int_equal(app_access(life.world.app, &access, NULL, NULL), STATUS_OK);
}

/* Somebody begins to read everything, or comes to the end of it. */
static void read_long(void)
{
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;

        if (life.verify == NULL) {
                if (app_verify_begin(life.world.app, life.world.now, &(struct app_verify_heads){.events = NULL}, &life.verify, &problem) !=
                    STATUS_OK)
                        life.verify = NULL;
                return;
        }
        while (kind != APP_END && app_verify_next(life.verify, &kind, &finding, &wait) == STATUS_OK) {
                if (kind == APP_ROW)
                        fail_msg("%s %llu: %s", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(life.verify);
        }
        if (kind == APP_END) {
                promise_given(PROMISED_HEAD, app_verify_totals(life.verify)->events_head);
                promise_given(PROMISED_ACCESS_HEAD, app_verify_totals(life.verify)->accesses_head);
        }
        app_verify_free(life.verify);
        life.verify = NULL;
}

static void copy_some(void);

static void people(void)
{
        for (uint32_t i = chance(4); i > 0; i--)
                record(++life.events, false);
        if (life.events > 0 && chance(4) == 0)
                record(1 + chance((uint32_t)life.events), false); /* again */
        if (chance(5) == 0)
                record(100000 + life.events, true);
        if (chance(15) == 0)
                record_many();
        if (chance(3) == 0)
                read_something();
        if (chance(12) == 0)
                read_long();
        if (chance(10) == 0)
                app_flush(life.world.app, life.world.now);
        if (chance(12) == 0)
                acknowledge();
        if (chance(30) == 0)
                seal();
        if (chance(80) == 0)
                erase();
        if (chance(40) == 0)
                change_rules();
        copy_some();
}

/* ---- a turn of the loop, as daemon/turn.c has it ---- */

static void choose(void *context, const struct app_message *message)
{
        (void)context;
        if (life.chosen_count == CHOSEN)
                return;
        for (size_t i = 0; i < life.chosen_count; i++)
                if (life.chosen[i] == message->id)
                        return;
        life.chosen[life.chosen_count++] = message->id;
        assert_int_equal(app_outbox_report(life.world.app, (struct app_report){.id = message->id, .verdict = VERDICT_UNDER_WAY}),
                         STATUS_OK);
}

static void hand_over(void)
{
        bool marked = !app_waiting(life.world.app);

        for (size_t i = 0; i < life.chosen_count; i++) {
                /* A mark that cannot be written keeps nothing back: the message is perhaps sent twice. */
                promise(marked ? PROMISED_MARK : PROMISED_MESSAGE, life.chosen[i]);
                assert_int_equal(app_outbox_report(life.world.app, (struct app_report){.id = life.chosen[i], .verdict = VERDICT_SENT}),
                                 STATUS_OK);
        }
        life.chosen_count = 0;
}

static void look_for_due(struct app *app, struct moment now)
{
        struct sweep_slot last = app_last_sweep(app);
        struct app_sweep_result result;
        bool more = false;

        if (app_advance(app, now, &more) != STATUS_OK || more)
                return;
        if (last.day != now.today && app_sweep(app, now, (struct sweep_slot){now.today, 450}, &result) != STATUS_OK)
                return;
        (void)!app_turn_over(app, now, &more);
        (void)!app_speak(app, now);
}

/* What anybody can read now. */
static void promise_what_is_shown(struct app *app)
{
        struct app_status status;

        if (app_status(app, life.world.now, &status) != STATUS_OK)
                return;
        if (status.last_seq != 0 && status.last_seq != life.shown)
                promise_head(PROMISED_HEAD, status.last_seq, status.chain_head);
        if (status.alerts != 0 && status.last_seq != life.shown)
                promise(PROMISED_ALERT, status.last_alert_id);
        life.shown = status.last_seq;
}

static void turn(void)
{
        struct app *app = life.world.app;
        struct moment now = life.world.now;

        (void)!app_outbox_due(app, now, NULL, CHOSEN, choose, NULL);
        app_turn(app, now);
        (void)!app_sync(app, now);
        hand_over();
        look_for_due(app, now);
        promise_what_is_shown(app);
}

static void live(unsigned turns)
{
        for (unsigned i = 0; i < turns; i++) {
                uint32_t weather = chance(10);

                if (weather < 4)
                        disk_set(weather == 0, weather == 1 || weather == 2 ? 2 + chance(6) : 0);
                people();
                life.world.now.ms += 400;
                if (chance(14) == 0) {
                        life.world.now.today++;
                        life.world.now.ms += DAY_MS;
                }
                turn();
                if (chance(3) == 0)
                        (void)usleep(200); /* the thread has a chance, too */
        }
        disk_set(false, 0);
}

/* ---- what is left ---- */

static int64_t ask(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *stmt = NULL;

        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                fail_msg("%s: %s", sql, sqlite3_errmsg(db));
        int64_t answer = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
        sqlite3_finalize(stmt);
        return answer;
}

static void put_file(const char *directory, const char *name, const struct disk_bytes *content)
{
        char path[256];

        snprintf(path, sizeof path, "%s/%s", directory, name);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(content->bytes, 1, content->size, file), content->size);
        assert_int_equal(fclose(file), 0);
}

/* Somebody copies the record, a piece a turn; the heads that the copy has are given out with it. */
static void give_out_copy(void)
{
        static char bytes[65536];
        static const char *const heads[] = {"SELECT seq || ':' || lower(hex(hash)) FROM event ORDER BY seq DESC LIMIT 1",
                                            "SELECT seq || ':' || lower(hex(hash)) FROM access ORDER BY seq DESC LIMIT 1"};
        char directory[64], path[128];
        sqlite3 *db = NULL;
        size_t length = 1;

        world_directory(directory);
        snprintf(path, sizeof path, "%s/copy.db", directory);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        while (length > 0) {
                assert_int_equal(app_backup_read(life.backup, bytes, sizeof bytes, &length), STATUS_OK);
                assert_int_equal(fwrite(bytes, 1, length, file), length);
        }
        fclose(file);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        for (size_t i = 0; i < 2; i++) {
                sqlite3_stmt *stmt = NULL;
                assert_int_equal(sqlite3_prepare_v2(db, heads[i], -1, &stmt, NULL), SQLITE_OK);
                if (sqlite3_step(stmt) == SQLITE_ROW)
                        promise_given(i == 0 ? PROMISED_HEAD : PROMISED_ACCESS_HEAD, (const char *)sqlite3_column_text(stmt, 0));
                sqlite3_finalize(stmt);
        }
        sqlite3_close(db);
        world_remove(directory);
}

static void copy_some(void)
{
        bool done = false;

        if (life.backup == NULL) {
                if (chance(12) == 0 && app_backup_begin(life.world.app, life.world.now, &life.backup) != STATUS_OK)
                        life.backup = NULL;
                return;
        }
        enum status status = app_backup_step(life.backup, &done);
        if (status == STATUS_OK && done)
                give_out_copy();
        if (status == STATUS_OK && !done)
                return;
        app_backup_free(life.backup);
        life.backup = NULL;
}

/* The work goes on with what the disk has, and everything is verified. */
static void go_on(const char *directory)
{
        struct world world = life.world;

        snprintf(world.directory, sizeof world.directory, "%s", directory);
        world.settings.state_directory = world.directory;
        world_open(&world);
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-01-02'}\n");
        assert_sound(&world);
        app_close(world.app, world.now);
}

static void look_at(const struct disk_cut *cut, bool wholly)
{
        char directory[64], path[128];
        sqlite3 *db = NULL;

        world_directory(directory);
        put_file(directory, "mappad.db", &cut->files[DISK_DATABASE]);
        put_file(directory, "mappad.db-wal", &cut->files[DISK_LOG]);
        snprintf(path, sizeof path, "%s/mappad.db", directory);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
        assert_kept(db, cut);
        sqlite3_close(db);
        if (wholly) {
                put_file(directory, "mappad.db", &cut->files[DISK_DATABASE]);
                put_file(directory, "mappad.db-wal", &cut->files[DISK_LOG]);
                go_on(directory);
        }
        world_remove(directory);
}

static void look_at_all(unsigned seed)
{
        for (unsigned i = 0; i < disk.cut_count; i++) {
                struct disk_cut *cut = &disk.cuts[i];

                if (cut->files[DISK_DATABASE].size > 0)
                        look_at(cut, (i + seed) % 16 == 0);
        }
}

static void begin(unsigned seed)
{
        life = (struct life){.chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 3, .world = {.law = WORLD_LAW, .contacts = world_contacts}};
        struct world *world = &life.world;

        world_directory(world->directory);
        world->settings = (struct app_settings){.state_directory = world->directory,
                                                .test_clock = true,
                                                .sweeps = {{0, 450}},
                                                .sweep_count = 1,
                                                .mail_domain = "sea.example",
                                                .mail_from = "office@sea.example",
                                                .change = {.at_once = 1, .step = 2},
                                                .aside = true,
                                                .stopwatch_us = stopwatch};
        world_at(world, "2023-01-02", 9);
        disk.stride = 5 + seed % 7;
        disk.room = seed % 2 == 0 ? LITTLE_ROOM : SOME_ROOM;
        disk_set(false, 0);
        disk_begin(world->directory, seed);
        world_open(world);
        disk_forget_cuts(); /* of an empty record */
        app_listen(world->app, heard, NULL);
}

static unsigned number_of(const char *name, unsigned without)
{
        const char *text = getenv(name);

        return text == NULL ? without : (unsigned)strtoul(text, NULL, 10);
}

static void one_life(unsigned seed)
{
        begin(seed);
        live(120);
        app_verify_free(life.verify);
        app_backup_free(life.backup);
        world_crash(&life.world);
        disk.directory = NULL;
        look_at_all(seed);
        disk_end();
        world_remove(life.world.directory);
}

static void whatever_was_promised_is_on_the_disk_whenever_power_is_cut(void **state)
{
        unsigned first = number_of("MAPPAD_SEED", 1), lives = number_of("MAPPAD_FAULTS", LIVES * CUTS_A_LIFE) / CUTS_A_LIFE;
        unsigned cuts = 0, failed = 0;

        (void)state;
        for (unsigned seed = first; seed < first + (lives == 0 ? 1 : lives); seed++) {
                one_life(seed);
                cuts += disk.cut_count;
                failed += disk.failed;
                disk_forget_cuts();
        }
        printf("# %u faults: power is cut while syncs fail (%u of them; looked for were", cuts, failed);
        for (int kind = 0; kind < PROMISE_KINDS; kind++)
                printf(" %llu", (unsigned long long)kept[kind]);
        printf(")\n");
        assert_true(failed > 0);
        assert_true(lives < 2 || disk.beside > 0); /* the thread has copied */
        /* What people seldom do is not done in each life. */
        assert_true(kept[PROMISED_EVENT] > 0 && kept[PROMISED_ALERT] > 0 && kept[PROMISED_MARK] > 0 && kept[PROMISED_HEAD] > 0 &&
                    kept[PROMISED_ACCESS_HEAD] > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whatever_was_promised_is_on_the_disk_whenever_power_is_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
