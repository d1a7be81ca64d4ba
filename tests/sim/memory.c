/*
 * memory - whether what the application keeps in memory is bounded.
 *
 * Once in a simulated year it rests, and what the process has taken and not given
 * back, the simulation's own apart, must be what a caseload of this size needs: years
 * that go by add to the record, not to memory. Whenever it has ended, in good order or
 * not, no more is left than before.
 */
#include "sim.h"

#include "mappad/app_turn.h"

/* Rules and contacts are 0.6 MB of it, statements that were prepared most of the rest. */
#define WEIGHT_MAX (2 * 1024 * 1024)
#define LEFT_SLACK 64
#define RISES_MAX 2 /* libraries take what they keep when something is first asked of them */

void sim_weigh(struct sim *sim)
{
        long long bytes;

        sim->weighed = sim->now.today;
        sim_look_away(sim);
        (void)app_rest(sim->app);
        bytes = own_others();
        if (bytes > sim->weight)
                sim->weight = bytes;
        if (bytes > WEIGHT_MAX)
                sim_fail(sim, "%lld bytes are kept at rest", bytes);
}

void sim_weigh_rest(struct sim *sim)
{
        long long bytes = own_others();

        if (sim->weight == 0)
                return;
        if (sim->left != 0 && bytes <= sim->left + LEFT_SLACK)
                return;
        if (sim->rises++ > RISES_MAX)
                sim_fail(sim, "%lld bytes are left behind by an application that has ended, %lld before", bytes, sim->left);
        sim->left = bytes;
}
