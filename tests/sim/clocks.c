/*
 * clocks - the clock of the machine is set while the daemon lives: by minutes, by
 * days, by a year, back and ahead, and put right again, or not.
 *
 * What is promised: a step back of no more than a day, over midnight, undoes
 * nothing; after one of more days every case stands as of the day that the clock
 * shows, sweeps of days that have not been come again, and what was told stays told
 * and is told no second time. A start is refused while the clock shows a day long
 * before the last that was lived through. No message waits for a time that the
 * clock is not near any more.
 */
#include "sim.h"

#include <sqlite3.h>

/* No mail server of the simulation asks for more patience than 40 hours; a step by a day hastens nothing. */
#define LONGEST_MS (65 * INT64_C(3600000))

static void hold_outbox(struct sim *sim)
{
        sqlite3_stmt *statement = sim->failed ? NULL : sim_ask(sim, SIM_WAITING);

        if (statement == NULL)
                return;
        if (sqlite3_bind_int64(statement, 1, sim->now.ms + LONGEST_MS) != SQLITE_OK)
                sim_fail(sim, "the outbox cannot be read");
        else if (sqlite3_step(statement) == SQLITE_ROW)
                sim_fail(sim, "%s waits until long after the clock", (const char *)sqlite3_column_text(statement, 0));
        (void)sqlite3_reset(statement);
}

/* The clock shows another day: the daemon's next turn brings it, or dies of it. */
static void show(struct sim *sim, int32_t astray)
{
        int32_t days = astray - sim->astray;
        bool more = true;

        sim_log(sim, "  the clock is set by %d days", days);
        sim->astray = astray;
        sim->now.today += days;
        sim->now.ms = sim->now.today * DAY_MS + sim->now.ms % DAY_MS;
        sim->steps++;
        sim->steps_back += days < 0;
        sim->stepping = true;
        for (int times = days < -1 ? 8 : 1; times > 0; times--)
                sim_tempt_fate(sim, 20);
        while (more && app_advance(sim->app, sim->now, &more) == STATUS_OK)
                ;
        if (!sim_died(sim) && more)
                sim_log(sim, "    which is not brought at once");
        sim_begin_day(sim);
        sim->stepping = false;
        model_advance(&sim->model, sim_today(sim));
        sim->spoken = model_swept_until(&sim->model);
        sim_compare(sim);
        if (!sim->failed && sim_one_in(sim, 3))
                sim_compare_cache(sim);
}

/* So many minutes back or ahead within a day: the hour of the sweep may come again, and nothing is said again. */
static void step_by_minutes(struct sim *sim)
{
        int64_t minutes = 1 + sim_chance(sim, 200);

        sim_log(sim, "  the clock is set by minutes");
        sim->now.ms += (sim_one_in(sim, 2) ? minutes : -minutes) * 60000;
        sim_sweep(sim, app_last_sweep(sim->app).day, app_last_sweep(sim->app).minute);
        if (!sim->failed)
                sim_post(sim);
}

void sim_set_clock(struct sim *sim)
{
        static const int32_t spans[] = {1, 25, 400};
        uint32_t kind = sim_chance(sim, 5);

        if (kind < 2 && app_last_sweep(sim->app).day != CIVIL_NONE) {
                step_by_minutes(sim);
                return;
        }
        int32_t days = 1 + (int32_t)sim_chance(sim, (uint32_t)spans[kind % 3]);
        show(sim, sim_one_in(sim, 2) ? -days : days);
        if (!sim->failed)
                hold_outbox(sim);
}

/* Somebody sees that the clock is wrong. */
void sim_put_right(struct sim *sim)
{
        show(sim, 0);
        if (!sim->failed)
                hold_outbox(sim);
}
