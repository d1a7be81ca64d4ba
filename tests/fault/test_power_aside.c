/*
 * Power is lost while a thread brings commits to the disk, whose syncs are held or fail: at many moments of many lives the
 * disk is looked at as it is. Whatever was promised by then is there: batches that were told, repeats, alerts that were
 * heard of, and the marks of messages that were handed over. What the disk has can be opened, and all of it hangs
 * together.
 */
#include "disk.h"

#include <sqlite3.h>

#include "mappad/app_access.h"
#include "mappad/app_turn.h"
#include "mappad/app_verify.h"
#include "../unit/app/world.h"

#define PROMISES 4000
#define CASES 400
#define CHOSEN 64

enum promise_kind { PROMISED_EVENT, PROMISED_ALERT, PROMISED_MESSAGE, PROMISED_MARK, PROMISE_KINDS };
struct promise {
        enum promise_kind kind;
        uint64_t id;
};

static struct promise promises[PROMISES];
static uint64_t kept[PROMISE_KINDS]; /* how many promises were looked for, by kind */

struct life {
        struct world world;
        uint64_t chance, events;
        uint64_t chosen[CHOSEN];
        size_t chosen_count;
        struct app_verify *verify; /* somebody reads */
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

static void promise(enum promise_kind kind, uint64_t id)
{
        assert_true(disk.promised < PROMISES);
        promises[disk.promised] = (struct promise){kind, id};
        __atomic_add_fetch(&disk.promised, 1, __ATOMIC_SEQ_CST);
}

static void told(void *context, const struct app_outcome *outcome)
{
        if (outcome->status == STATUS_OK && !outcome->dry_run)
                promise(PROMISED_EVENT, (uint64_t)(uintptr_t)context);
}

static void heard(void *context, uint64_t first, uint64_t last)
{
        (void)context;
        (void)first;
        promise(PROMISED_ALERT, last);
}

/* ---- what people do ---- */

static void record(uint64_t number, bool dry_run)
{
        char line[200], on[CIVIL_TEXT_SIZE], ends[CIVIL_TEXT_SIZE];

        civil_format(life.world.now.today, on);
        civil_format(world_day("2023-01-02") + (int32_t)(number * 7 % 40), ends);
        if (number % 4 == 0)
                snprintf(line, sizeof line, "{'id':'e%u','case':'L-%u','event':'buoy-laid','item':'B%u','on':'2023-01-02'}\n",
                         (unsigned)number, (unsigned)(number % 9 + 1), (unsigned)number);
        else
                snprintf(line, sizeof line, "{'id':'e%u','case':'L-%u','event':'licensed','licence-ends':'%s','on':'2023-01-02'}\n",
                         (unsigned)number, (unsigned)(number % 30 + 10), ends);
        app_submit(life.world.app, world_batch(&life.world, line, dry_run), told, (void *)(uintptr_t)number);
}

static void read_something(void)
{
        struct app_access access = {.actor = {.uid = 1000, .name = "clerk"}, .what = "cases", .rows = 1};

        assert_int_equal(app_access(life.world.app, &access, NULL, NULL), STATUS_OK);
}

/* Somebody begins to read everything, or has read enough. */
static void read_long(void)
{
        struct wire_problem problem;

        if (life.verify != NULL) {
                app_verify_free(life.verify);
                life.verify = NULL;
                return;
        }
        if (app_verify_begin(life.world.app, life.world.now, &(struct app_verify_heads){.events = NULL}, &life.verify, &problem) !=
            STATUS_OK)
                life.verify = NULL;
}

static void people(void)
{
        for (uint32_t i = chance(4); i > 0; i--)
                record(++life.events, false);
        if (life.events > 0 && chance(4) == 0)
                record(1 + chance((uint32_t)life.events), false); /* again */
        if (chance(5) == 0)
                record(100000 + life.events, true);
        if (chance(3) == 0)
                read_something();
        if (chance(12) == 0)
                read_long();
        if (chance(10) == 0)
                app_flush(life.world.app, life.world.now);
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
        (void)!app_speak(app, now);
}

static void turn(void)
{
        struct app *app = life.world.app;
        struct moment now = life.world.now;
        struct pollfd settled = {.fd = app_settle_fd(app), .events = POLLIN};

        if (poll(&settled, 1, 0) == 1)
                app_settle(app, now);
        (void)!app_outbox_due(app, now, NULL, CHOSEN, choose, NULL);
        app_turn(app, now);
        (void)!app_sync(app, now);
        if (app_outbox_may_go(app))
                hand_over();
        look_for_due(app, now);
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

static int64_t ask(sqlite3 *db, const char *sql, uint64_t about)
{
        sqlite3_stmt *stmt = NULL;

        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                fail_msg("%s: %s", sql, sqlite3_errmsg(db));
        if (sqlite3_bind_parameter_count(stmt) > 0)
                assert_int_equal(sqlite3_bind_int64(stmt, 1, (int64_t)about), SQLITE_OK);
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

static void assert_kept(sqlite3 *db, const struct disk_cut *cut)
{
        static const char *const questions[] = {"SELECT count(*) FROM event WHERE client = 'e' || ?1",
                                                "SELECT count(*) FROM alert WHERE id = ?1",
                                                "SELECT count(*) FROM outbox WHERE id = ?1",
                                                "SELECT count(*) FROM outbox WHERE id = ?1 AND (ambiguous = 1 OR state <> 0)"};

        for (unsigned i = 0; i < cut->promised; i++) {
                if (ask(db, questions[promises[i].kind], promises[i].id) != 1)
                        fail_msg("promise %u (kind %d, %llu) of %u is lost", i, (int)promises[i].kind, (unsigned long long)promises[i].id,
                                 cut->promised);
                kept[promises[i].kind]++;
        }
}

/* The work goes on with what the disk has, and everything is verified. */
static void go_on(const char *directory)
{
        struct world world = life.world;
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;

        snprintf(world.directory, sizeof world.directory, "%s", directory);
        world.settings.state_directory = world.directory;
        world_open(&world);
        world_recorded(&world, "{'case':'L-1','event':'lit','on':'2023-01-02'}\n");
        assert_int_equal(app_verify_begin(world.app, world.now, &(struct app_verify_heads){.events = NULL}, &verify, &problem), STATUS_OK);
        while (kind != APP_END) {
                assert_int_equal(app_verify_next(verify, &kind, &finding, &wait), STATUS_OK);
                if (kind == APP_ROW)
                        fail_msg("%s %llu: %s", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(verify);
        }
        app_verify_free(verify);
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
        assert_int_equal(ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0), 0);
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
                for (int file = 0; file < DISK_FILES; file++)
                        free(cut->files[file].bytes);
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
                                                .aside = true,
                                                .settles_aside = true,
                                                .stopwatch_us = stopwatch};
        world_at(world, "2023-01-02", 9);
        disk.stride = 5 + seed % 7;
        disk_set(false, 0);
        disk_begin(world->directory, seed);
        world_open(world);
        disk.cut_count = 0; /* of an empty record */
        app_listen(world->app, heard, NULL);
}

static unsigned number_of(const char *name, unsigned without)
{
        const char *text = getenv(name);

        return text == NULL ? without : (unsigned)strtoul(text, NULL, 10);
}

static void whatever_was_promised_is_on_the_disk_whenever_power_is_cut(void **state)
{
        unsigned first = number_of("MAPPAD_SEED", 1), lives = number_of("MAPPAD_FAULTS", 0) / 25, cuts = 0, failed = 0;

        (void)state;
        if (lives == 0)
                skip(); /* what it is about is not in use yet: `make torture` asks for it */
        for (unsigned seed = first; seed < first + lives; seed++) {
                begin(seed);
                live(120);
                app_verify_free(life.verify);
                world_crash(&life.world);
                disk.directory = NULL;
                cuts += disk.cut_count;
                failed += disk.failed;
                look_at_all(seed);
                disk_end();
                world_remove(life.world.directory);
        }
        printf("# %u cuts of power, %u syncs failed; %llu batches, %llu alerts, %llu messages were kept\n", cuts, failed,
               (unsigned long long)kept[PROMISED_EVENT], (unsigned long long)kept[PROMISED_ALERT],
               (unsigned long long)kept[PROMISED_MARK]);
        assert_true(failed > 0 && kept[PROMISED_EVENT] > 0 && kept[PROMISED_ALERT] > 0 && kept[PROMISED_MARK] > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whatever_was_promised_is_on_the_disk_whenever_power_is_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
