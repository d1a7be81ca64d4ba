/*
 * hours - lives that go by the hour, and on some days by the minute: the turns of the
 * daemon, as its loop takes them, with several sweeps a day and quiet times.
 *
 * What is promised of the hours: a sweep comes in the first turn at or after its
 * minute. What is not urgent is written by a sweep. In a quiet time nobody is written
 * to but of a breach, and then at once or by the sweep; with the first turn after it
 * nothing that is urgent waits any more, and nothing at all after the first sweep.
 */
#include "sim.h"

#include <sqlite3.h>

#include "mappad/app_turn.h"

static const int32_t sweeps[] = {450, 780, 1290};
#define SWEEPS (sizeof sweeps / sizeof *sweeps)

void sim_settle_hours(struct sim *sim)
{
        sim->settings.sweep_count = SWEEPS;
        for (size_t i = 0; i < SWEEPS; i++)
                sim->settings.sweeps[i] = (struct sweep_slot){0, sweeps[i]};
        sim->settings.quiet = (struct app_quiet){.from = 1260, .until = 420, .working_days = sim->seed % 3 != 0};
}

bool sim_quiet(const struct sim *sim)
{
        const struct app_quiet *quiet = &sim->settings.quiet;

        if (quiet->working_days && !calendar_works(&sim->laws[sim->law]->calendar, sim->now.today))
                return true;
        return quiet->from != quiet->until && (sim->now.minute >= quiet->from || sim->now.minute < quiet->until);
}

/* ---- what was written, and what waits ---- */

static void judge_written(struct sim *sim, bool quiet, bool swept)
{
        sqlite3_stmt *statement = sim_ask(sim, SIM_WRITTEN);

        if (statement == NULL)
                return;
        if (sqlite3_bind_int64(statement, 1, sim->last_written) != SQLITE_OK)
                sim_fail(sim, "the outbox cannot be read");
        while (!sim->failed && sqlite3_step(statement) == SQLITE_ROW) {
                const char *subject = (const char *)sqlite3_column_text(statement, 2);
                bool urgent = sqlite3_column_int(statement, 1) != 0, breach = sqlite3_column_int(statement, 3) != 0;

                sim->last_written = sqlite3_column_int64(statement, 0);
                if (quiet && !breach)
                        sim_fail(sim, "written in a quiet time, and of no breach: %s", subject);
                if (!urgent && !swept)
                        sim_fail(sim, "a digest without a sweep: %s", subject);
                sim->in_quiet += quiet;
        }
        (void)sqlite3_reset(statement);
}

/* Of what is pending on routes nothing waits after a sweep, and nothing urgent ever, but for the end of a quiet time what is no
 * breach. */
static void judge_waiting(struct sim *sim, bool quiet, bool swept)
{
        sqlite3_stmt *statement = sim_ask(sim, SIM_PENDING);

        if (statement == NULL)
                return;
        while (!sim->failed && sqlite3_step(statement) == SQLITE_ROW) {
                const char *name = (const char *)sqlite3_column_text(statement, 1);
                bool urgent = sqlite3_column_int(statement, 2) == 2, breach = sqlite3_column_int(statement, 3) != 0;

                if ((swept || urgent) && (breach || !quiet))
                        sim_fail(sim, "alert %lld waits for %s to be told%s", (long long)sqlite3_column_int64(statement, 0), name,
                                 quiet ? ", a breach" : "");
                sim->withheld += quiet && urgent;
        }
        (void)sqlite3_reset(statement);
}

static void judge_hour(struct sim *sim, bool quiet, bool swept)
{
        if (!sim->failed)
                judge_written(sim, quiet, swept);
        if (!sim->failed)
                judge_waiting(sim, quiet, swept);
}

/* ---- turns ---- */

/* The latest slot at or before now. */
static struct sweep_slot latest_slot(const struct sim *sim)
{
        struct sweep_slot slot = {sim->now.today - 1, sweeps[SWEEPS - 1]};

        for (size_t i = 0; i < SWEEPS; i++)
                if (sweeps[i] <= sim->now.minute)
                        slot = (struct sweep_slot){sim->now.today, sweeps[i]};
        return slot;
}

static bool sweep_if_due(struct sim *sim)
{
        struct sweep_slot slot = latest_slot(sim), last = app_last_sweep(sim->app);

        if (last.day > slot.day || (last.day == slot.day && last.minute >= slot.minute))
                return false;
        sim_sweep(sim, slot.day, slot.minute);
        return true;
}

static void speak(struct sim *sim)
{
        sim_tempt_fate(sim, 20);
        enum status status = app_speak(sim->app, sim->now);
        bool died = sim_died(sim);

        if (!sim->failed && (died || status != STATUS_OK) && app_speak(sim->app, sim->now) != STATUS_OK)
                sim_fail(sim, "what is urgent cannot be said");
}

/* As the daemon's own turn: the day, the sweep, the law, what is urgent, the mail. */
static void turn(struct sim *sim)
{
        struct app_wake wake = {.outbox_ms = INT64_MAX};
        bool swept, quiet = sim_quiet(sim);

        sim->turns++;
        sim_begin_day(sim);
        model_advance(&sim->model, sim_today(sim));
        sim_compare(sim);
        swept = !sim->failed && sweep_if_due(sim);
        if (swept)
                judge_hour(sim, quiet, true);
        if (!sim->failed)
                sim_turn_over(sim);
        if (!sim->failed)
                speak(sim);
        judge_hour(sim, quiet, false);
        if (!sim->failed && app_next_wake(sim->app, &wake) != STATUS_OK)
                sim_fail(sim, "the next wake is not known");
        if (!sim->failed && wake.outbox_ms <= sim->now.ms)
                sim_post(sim);
        judge_hour(sim, quiet, false);
}

static void deed(struct sim *sim, uint32_t turns)
{
        const struct sim_temper *temper = sim->temper;

        if (sim_one_in(sim, temper->records * turns))
                sim_record(sim, 1 + sim_chance(sim, 3));
        if (!sim->failed && sim_one_in(sim, 4 * turns))
                sim_acknowledge(sim);
        if (!sim->failed && sim_one_in(sim, temper->laws[sim->seed % 2 == 0] * turns))
                sim_change_law(sim);
        if (!sim->failed && sim_one_in(sim, temper->crashes * turns))
                sim_crash(sim);
}

void sim_live_by_the_hour(struct sim *sim)
{
        int32_t step = sim_one_in(sim, 25) ? 7 : 60, first = (int32_t)sim_chance(sim, (uint32_t)step);
        char text[CIVIL_TEXT_SIZE];

        sim->lived++;
        civil_format(sim->now.today, text);
        sim_log(sim, "%s, by %d minutes", text, step);
        for (int32_t minute = first; minute < 1440 && !sim->failed; minute += step) {
                sim_at(sim, minute);
                deed(sim, 1440U / (uint32_t)step);
                if (!sim->failed)
                        turn(sim);
        }
        if (!sim->failed && sim_one_in(sim, sim->temper->looks))
                sim_compare_cache(sim);
}
