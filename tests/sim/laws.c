/*
 * laws - other laws come into force, at once or in steps between which everything
 * else goes on under the old one.
 */
#include "sim.h"

#include <string.h>

#include "mappad/app_change.h"
#include "mappad/app_turn.h"

void sim_expect(struct sim *sim, int law)
{
        sim->coming = law;
        for (sim->law = 0; strcmp(sim->laws[sim->law]->digest, app_ruleset(sim->app)->digest) != 0;)
                sim->law++;
}

void sim_change_law(struct sim *sim)
{
        char problem[APP_PROBLEM_SIZE];
        enum status status = STATUS_IO;
        int law = (sim->law + 1 + (int)sim_chance(sim, SIM_LAWS - 1)) % SIM_LAWS;

        if (sim->coming >= 0 && sim_one_in(sim, 3))
                law = sim->law; /* after all not */
        sim_log(sim, "  law %c", 'a' + law);
        for (int tries = 0; status != STATUS_OK && !sim->failed && tries < 5; tries++) {
                if (tries == 0)
                        sim_tempt_fate(sim, 60);
                status = app_reload(sim->app, sim->now, (struct app_rules){.ruleset = sim->laws[law], .contacts = sim->contacts}, problem);
                if (sim_dying())
                        sim->law = law; /* the next start is under the new one */
                if (sim_died(sim))
                        status = STATUS_OK;
        }
        if (status != STATUS_OK)
                sim_fail(sim, "a law never comes into force: %s", problem);
        sim->coming = -1;
        if (status == STATUS_OK && app_coming(sim->app) != NULL) {
                sim_expect(sim, law);
                return;
        }
        if (sim->laws[law] == sim->model.ruleset)
                return;
        sim->law = law;
        model_ruled(&sim->model, sim->laws[law], sim_today(sim));
        sim_compare(sim);
}

/* What it moved is told in steps, too, and only then compared. Whoever dies on the way finds the files of the new law. */
static void tell_of_law(struct sim *sim)
{
        bool more = true;

        sim_log(sim, "  law %c is in force", 'a' + sim->law);
        for (int tries = 0; more && !sim->failed && tries < 200; tries++) {
                sim_tempt_fate(sim, 200);
                if (app_turn_over(sim->app, sim->now, &more) != STATUS_OK)
                        more = true;
                (void)sim_died(sim);
        }
        if (more)
                sim_fail(sim, "the change of a law is never over");
        model_ruled(&sim->model, sim->laws[sim->law], sim_today(sim));
        sim->in_steps++;
        sim_compare(sim);
}

void sim_turn_over(struct sim *sim)
{
        int coming = sim->coming, law = sim->law;
        bool more = true;

        if (coming < 0 || sim->failed || !sim_one_in(sim, 3)) /* so that days and nights go by on the way */
                return;
        sim_begin_day(sim);
        model_advance(&sim->model, sim_today(sim));
        sim_tempt_fate(sim, 60);
        for (uint32_t steps = 1 + sim_chance(sim, 2); more && steps > 0 && app_ruleset(sim->app) != sim->laws[coming]; steps--)
                if (app_turn_over(sim->app, sim->now, &more) != STATUS_OK)
                        break;
        sim->law = coming; /* the next start is under the new one */
        if (!sim_died(sim) && app_ruleset(sim->app) != sim->laws[coming])
                sim->law = law;
        if (sim->law != coming)
                return;
        sim->coming = -1;
        tell_of_law(sim);
}
