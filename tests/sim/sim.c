/*
 * sim - years in the life of the application on a clock that is a number.
 *
 *     sim [--runs N] [--first SEED] [--days N] [--seconds N] [--temper TEMPER] [--seed SEED] [--plant]
 *
 * Runs N seeds (20) from a first one (1), each for so many days (400), under
 * three laws of lighthouses (tests/sim/rules), which come into force at once or, in
 * every second run, in steps. Everything that is raised is held
 * against a model that keeps nothing but the records (model.h). A temper says how
 * much happens: "busy" (6 cases, something on most days), "quiet" (2 cases, a sweep
 * every morning and little else) or "drowsy" (the machine sleeps for weeks and months
 * between a few days of work). --seed runs one
 * and prints its log. --plant proves that a mistake is found: the model leaves the
 * due date out of what tells one alert from another, and a seed passes if that
 * shows. The first seed is run twice: its log must be the same, byte for byte.
 */
#include "sim.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mappad/rulefile.h"

uint32_t sim_chance(struct sim *sim, uint32_t below)
{
        sim->chance = sim->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return below == 0 ? 0 : (uint32_t)(sim->chance >> 33) % below;
}

bool sim_one_in(struct sim *sim, uint32_t n)
{
        return sim_chance(sim, n) == 0;
}

void sim_log(struct sim *sim, const char *format, ...)
{
        char line[1024];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        for (const char *c = line; *c != '\0'; c++)
                sim->hash = (sim->hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
        if (sim->log != NULL)
                fprintf(sim->log, "%s\n", line);
}

void sim_fail(struct sim *sim, const char *format, ...)
{
        char line[1024], day[CIVIL_TEXT_SIZE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        civil_format(sim->now.today, day);
        if (!sim->failed)
                printf("seed %llu, %s, law %c (sim --seed %llu --days %d --temper %s shows the way there):\n",
                       (unsigned long long)sim->seed, day, 'a' + sim->law, (unsigned long long)sim->seed, sim->days, sim->temper->name);
        printf("    %s\n", line);
        sim->failed = true;
}

void sim_begin_day(struct sim *sim)
{
        bool more = true;

        while (more && !sim->failed)
                if (app_advance(sim->app, sim->now, &more) != STATUS_OK)
                        sim_fail(sim, "the day cannot be begun");
}

/* ---- how lives differ ---- */

/* "busy" is a caseload that nobody would wish for. Other rules in steps, a start, and verifying everything cost as much as weeks of
 * mornings on which nothing happens: where years are to be many, these are fewer. What was raised is held against the model after
 * every turn all the same; and all is verified at the end, when a record or a hash that was wrong before is still wrong. */
static const struct sim_temper tempers[] = {
        {.name = "busy", .cases = 6, .records = 3, .small_hours = 12, .laws = {90, 30}, .crashes = 40, .outages = 50, .looks = 5, .checks = 8},
        {.name = "quiet", .cases = 2, .records = 15, .small_hours = 60, .laws = {500, 400}, .crashes = 400, .outages = 400, .looks = 25, .checks = 30},
        {.name = "drowsy", .cases = 3, .records = 2, .small_hours = 6, .laws = {40, 25}, .crashes = 40, .outages = 40, .sleeps = 5, .slept = 200,
         .looks = 6, .checks = 20},
        {.name = "light", .cases = 2, .records = 3, .small_hours = 8, .laws = {40, 100}, .crashes = 45, .outages = 45, .sleeps = 3, .slept = 400,
         .looks = 6, .checks = 100},
        {.name = "clocks", .cases = 2, .records = 2, .small_hours = 8, .laws = {40, 100}, .crashes = 30, .outages = 60, .clocks = 6,
         .sleeps = 4, .slept = 200, .looks = 5, .checks = 60},
        {.name = "hours", .cases = 2, .records = 2, .laws = {40, 100}, .crashes = 30, .outages = 40, .sleeps = 3, .slept = 200, .looks = 8,
         .checks = 60, .hours = true},
};
#define TEMPERS (sizeof tempers / sizeof *tempers)

static const struct sim_temper *temper_of(const char *name)
{
        for (size_t i = 0; i < TEMPERS; i++)
                if (strcmp(tempers[i].name, name) == 0)
                        return &tempers[i];
        return NULL;
}

/* ---- material ---- */

static const struct ruleset *load_law(char letter)
{
        char law[64];
        const char *paths[] = {"tests/sim/rules/words.cfg", law};
        struct diagnostics problems;
        struct ruleset *ruleset = NULL;

        snprintf(law, sizeof law, "tests/sim/rules/law-%c.cfg", letter);
        diagnostics_init(&problems);
        if (rulefile_load(paths, 2, &problems, &ruleset) != STATUS_OK) {
                diagnostics_print(&problems, stderr);
                exit(2);
        }
        diagnostics_fini(&problems);
        return ruleset;
}

static const struct contacts *load_contacts(const char *directory)
{
        static const char *const domains[] = {"sea.example"};
        struct contacts *contacts = NULL;
        struct diagnostics problems;
        char path[128];

        snprintf(path, sizeof path, "%s/contacts.cfg", directory);
        FILE *file = fopen(path, "w");
        if (file == NULL)
                exit(2);
        sim_write_contacts(file);
        fclose(file);
        diagnostics_init(&problems);
        if (contacts_load(path, domains, 1, &problems, &contacts) != STATUS_OK) {
                diagnostics_print(&problems, stderr);
                exit(2);
        }
        diagnostics_fini(&problems);
        return contacts;
}

/* ---- a run ---- */

static void begin(struct sim *sim)
{
        snprintf(sim->directory, sizeof sim->directory, "%s/mappad-sim-XXXXXX",
                 access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
        if (mkdtemp(sim->directory) == NULL)
                exit(2);
        sim->contacts = load_contacts(sim->directory);
        sim->settings = (struct app_settings){.state_directory = sim->directory,
                                              .test_clock = true,
                                              .sweeps = {{0, 450}},
                                              .sweep_count = 1,
                                              .mail_domain = "sea.example"};
        if (sim->seed % 2 == 0) /* laws come into force in steps */
                sim->settings.change.at_once = sim->settings.change.step = 1;
        if (sim->temper->hours)
                sim_settle_hours(sim);
        sim->now.today = 19359 + (int32_t)sim_chance(sim, 365); /* some day of 2023 */
        sim->now.ms = sim->now.today * DAY_MS;
        arena_init(&sim->texts, own_malloc, own_free);
        model_init(&sim->model, sim->laws[sim->law], sim->now.today);
        sim->model.planted = sim->plant;
        sim->spoken = CIVIL_NONE;
        sim->weighed = sim->now.today;
}

static void end(struct sim *sim)
{
        char path[512];
        DIR *folder = opendir(sim->directory);

        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
                snprintf(path, sizeof path, "%s/%s", sim->directory, entry->d_name);
                if (entry->d_name[0] != '.')
                        (void)unlink(path);
        }
        closedir(folder);
        (void)rmdir(sim->directory);
        for (size_t i = 0; i < sim->letter_count; i++)
                own_free(sim->letters[i].text);
        own_free(sim->letters);
        own_free(sim->entries);
        own_free(sim->heard);
        own_free(sim->events);
        model_fini(&sim->model);
        arena_fini(&sim->texts);
        contacts_free((struct contacts *)(uintptr_t)sim->contacts);
}

void sim_at(struct sim *sim, int32_t minute)
{
        sim->now.minute = minute;
        sim->now.ms = sim->now.today * DAY_MS + minute * INT64_C(60000);
}

/* The start brings the day, if nothing else did. */
static void crash(struct sim *sim)
{
        sim_crash(sim);
        if (sim->failed)
                return;
        model_advance(&sim->model, sim_today(sim));
        sim_compare(sim);
}

/* Whether the clock was set; a clock that is wrong is seen to be sooner or later. */
static bool live_with_clocks(struct sim *sim)
{
        if (sim->astray != 0 && sim_one_in(sim, 8))
                sim_put_right(sim);
        else if (sim_one_in(sim, sim->temper->clocks))
                sim_set_clock(sim);
        else
                return false;
        return true;
}

/* One day: perhaps a record in the small hours, the sweep (or none until after midnight), the day's work, the mail. */
static void live_a_day(struct sim *sim, int32_t *late)
{
        const struct sim_temper *temper = sim->temper;
        char text[CIVIL_TEXT_SIZE];

        sim->lived++;
        civil_format(sim->now.today, text);
        sim_log(sim, "%s", text);
        sim_at(sim, 20);
        if (*late != CIVIL_NONE && sim_one_in(sim, 2))
                sim_record(sim, 1);
        if (*late != CIVIL_NONE && !sim->failed)
                sim_sweep(sim, *late, 450);
        *late = CIVIL_NONE;
        sim_turn_over(sim);
        if (sim_one_in(sim, temper->small_hours))
                sim_record(sim, 1);
        sim_turn_over(sim);
        sim_at(sim, 450);
        if (sim_one_in(sim, 30))
                *late = sim->now.today;
        else if (!sim->failed)
                sim_sweep(sim, sim->now.today, 450);
        sim_at(sim, 600);
        sim_turn_over(sim);
        if (!sim->failed && sim_one_in(sim, temper->records))
                sim_record(sim, 1 + sim_chance(sim, 3));
        if (!sim->failed && sim_one_in(sim, temper->laws[sim->seed % 2 == 0]))
                sim_change_law(sim);
        sim_turn_over(sim);
        if (!sim->failed && *late == CIVIL_NONE && sim_one_in(sim, 20)) {
                sim_at(sim, 800);
                sim_sweep(sim, sim->now.today, 780);
        }
        sim_at(sim, 850);
        if (!sim->failed && sim_one_in(sim, 4))
                sim_acknowledge(sim);
        sim_at(sim, 900);
        sim_turn_over(sim);
        if (!sim->failed && !sim_one_in(sim, 4))
                sim_post(sim);
        if (!sim->failed && sim_one_in(sim, temper->crashes))
                crash(sim);
        if (!sim->failed && temper->clocks > 0 && live_with_clocks(sim))
                *late = CIVIL_NONE;
        if (!sim->failed && sim_one_in(sim, temper->looks))
                sim_compare_cache(sim);
}

static void run(struct sim *sim)
{
        int32_t late = CIVIL_NONE, last;

        begin(sim);
        last = sim->now.today + sim->days;
        if (sim_open(sim) == STATUS_OK && sim_one_in(sim, 2))
                sim_import(sim);
        while (!sim->failed && sim->now.today - sim->astray < last) {
                if (sim->temper->hours)
                        sim_live_by_the_hour(sim);
                else
                        live_a_day(sim, &late);
                if (!sim->failed && sim_one_in(sim, sim->temper->outages)) {
                        sim_outage(sim);
                        late = CIVIL_NONE;
                } else if (!sim->failed && sim->temper->slept > 0 && sim_one_in(sim, sim->temper->sleeps)) {
                        sim_sleep(sim);
                        late = CIVIL_NONE;
                }
                if (!sim->failed && sim->now.today >= sim->weighed + 365)
                        sim_weigh(sim);
                sim->now.today++;
        }
        sim->draining = true;
        if (!sim->failed && sim->astray != 0)
                sim_put_right(sim);
        sim_at(sim, 452);
        while (sim_quiet(sim))
                sim->now.today++;
        sim_at(sim, 452);
        if (!sim->failed)
                sim_sweep(sim, sim->now.today, 451);
        for (int rounds = 0; !sim->failed && rounds < 10; rounds++) {
                sim->now.ms += 10 * DAY_MS; /* every message is due again */
                sim_post(sim);
        }
        if (!sim->failed)
                sim_sweep(sim, sim->now.today, 452); /* what failing mail raised */
        if (!sim->failed)
                sim_post(sim);
        sim_compare_cache(sim);
        sim_look_away(sim);
        if (sim->app != NULL)
                app_close(sim->app, sim->now);
        if (!sim->failed)
                sim_reckon(sim);
        end(sim);
}

struct options {
        uint64_t runs, first, days, seconds; /* seconds: then no life is begun; 0: no end */
        const struct sim_temper *temper;
        bool one, plant;
};

static void print_life(const struct sim *sim)
{
        const struct {
                uint64_t number;
                const char *what;
        } counts[] = {{sim->lived, "days lived"},
                      {sim->event_count, "events"},
                      {sim->refused, "refused"},
                      {sim->alerts, "alerts"},
                      {sim->acks, "acknowledged"},
                      {sim->silenced, "silenced"},
                      {sim->deputies, "to deputies"},
                      {sim->letter_count, "messages"},
                      {sim->heartbeats, "heartbeats"},
                      {sim->all_clears, "all-clear"},
                      {sim->meanwhile, "amid sweeps"},
                      {sim->crashes, "crashes"},
                      {sim->starts, "starts"},
                      {sim->starts_died, "that died"},
                      {sim->in_steps, "laws in steps"},
                      {sim->steps, "clocks set"},
                      {sim->turns, "turns"},
                      {sim->in_quiet, "messages in quiet times"},
                      {sim->withheld, "urgent ones withheld"},
                      {sim->starts_refused, "starts refused"},
                      {(uint64_t)sim->weight / 1024, "KiB at rest"}};

        printf("%s seed %llu: ", sim->failed ? "not ok" : "ok", (unsigned long long)sim->seed);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
                printf("%llu %s, ", (unsigned long long)counts[i].number, counts[i].what);
        printf("log %016llx\n", (unsigned long long)sim->hash);
}

static uint64_t run_seed(const struct options *options, const struct ruleset *const laws[SIM_LAWS], uint64_t seed, bool *ret_failed)
{
        static struct sim sim;

        memset(&sim, 0, sizeof sim);
        sim.seed = seed;
        sim.chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        sim.hash = UINT64_C(14695981039346656037);
        sim.days = (int32_t)options->days;
        sim.temper = options->temper;
        sim.log = options->one ? stdout : NULL;
        memcpy(sim.laws, laws, sizeof sim.laws);
        sim.law = (int)(seed % SIM_LAWS);
        sim.plant = options->plant;
        run(&sim);
        print_life(&sim);
        fflush(stdout);
        *ret_failed = sim.failed;
        return sim.hash;
}

static bool is_over(const struct options *options, time_t began)
{
        return options->seconds > 0 && (uint64_t)(time(NULL) - began) >= options->seconds;
}

/* Takes one option, and moves *at to its value if it has one. */
static bool read_option(int argc, char **argv, int *at, struct options *options)
{
        const char *name = argv[*at], *value = *at + 1 < argc ? argv[*at + 1] : NULL;
        bool seed = strcmp(name, "--seed") == 0;
        uint64_t *number = strcmp(name, "--runs") == 0            ? &options->runs
                           : strcmp(name, "--first") == 0 || seed ? &options->first
                           : strcmp(name, "--days") == 0          ? &options->days
                           : strcmp(name, "--seconds") == 0       ? &options->seconds
                                                                  : NULL;

        if (strcmp(name, "--plant") == 0) {
                options->plant = true;
                return true;
        }
        if (value == NULL)
                return false;
        (*at)++;
        if (strcmp(name, "--temper") == 0) {
                options->temper = temper_of(value);
                return options->temper != NULL;
        }
        if (number == NULL)
                return false;
        *number = strtoull(value, NULL, 10);
        if (seed) {
                options->one = true;
                options->runs = 1;
        }
        return true;
}

static bool read_options(int argc, char **argv, struct options *options)
{
        for (int i = 1; i < argc; i++)
                if (!read_option(argc, argv, &i, options))
                        return false;
        return true;
}

int main(int argc, char **argv)
{
        struct options options = {.runs = 20, .first = 1, .days = 400, .temper = &tempers[0]};
        const struct ruleset *laws[SIM_LAWS];
        uint64_t passed = 0, failed = 0;
        time_t began = time(NULL);

        if (!read_options(argc, argv, &options)) {
                fputs("usage: sim [--runs N] [--first SEED] [--days N] [--seconds N]\n"
                      "    [--temper busy|quiet|drowsy|light|clocks|hours] [--seed SEED] [--plant]\n", stderr);
                return 2;
        }
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody asks, and a lock for each allocation is a twelfth of a life */
        for (int i = 0; i < SIM_LAWS; i++)
                laws[i] = load_law((char)('a' + i));
        for (uint64_t seed = options.first; seed < options.first + options.runs && !is_over(&options, began); seed++) {
                bool bad = false, wanted = options.plant;
                uint64_t hash = run_seed(&options, laws, seed, &bad);
                if (!bad && !options.one && seed == options.first && run_seed(&options, laws, seed, &bad) != hash) {
                        printf("    the same seed gave another log\n");
                        bad = !wanted;
                }
                passed += bad == wanted;
                failed += bad != wanted;
        }
        for (int i = 0; i < SIM_LAWS; i++)
                ruleset_free((struct ruleset *)(uintptr_t)laws[i]);
        if (options.plant) { /* not every life comes to where the mistake shows */
                printf("the planted mistake was found in %llu of %llu lives\n", (unsigned long long)passed,
                       (unsigned long long)(passed + failed));
                failed = passed == 0;
                passed = passed > 0;
        }
        printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
        return failed == 0 ? 0 : 1;
}
