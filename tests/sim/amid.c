/*
 * amid - what happens between two steps of a sweep: somebody records or acknowledges, the process dies, the clock is
 * set back.
 */
#include "sim.h"

/* The clock is set back for a turn, and put right: a sweep that is not to be yet is forgotten, and begun anew. */
static void set_back_for_a_turn(struct sim *sim)
{
        struct moment then = sim->now;
        int32_t minutes = 1 + (int32_t)sim_chance(sim, 200);
        bool more = true;

        sim_log(sim, "  the clock is set back amid the sweep, by %d minutes", minutes);
        sim->now.ms -= minutes * INT64_C(60000);
        sim->now.minute -= minutes < sim->now.minute ? minutes : sim->now.minute;
        while (more && app_advance(sim->app, sim->now, &more) == STATUS_OK)
                ;
        sim->now = then;
}

/* What happens between two steps of a sweep that has raised what it will and gathers what stands. */
void sim_meanwhile(struct sim *sim, int32_t day)
{
        if (sim_dying() || !sim_one_in(sim, 12))
                return;
        sim->meanwhile++;
        model_advance(&sim->model, sim_today(sim));
        model_raised(&sim->model, day);
        switch (sim_chance(sim, 8)) {
        case 0:
        case 1:
                sim_acknowledge(sim);
                break;
        case 2:
                set_back_for_a_turn(sim);
                break;
        case 3:
                sim_crash(sim);
                break;
        default:
                sim_record(sim, 1);
        }
}
