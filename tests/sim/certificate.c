/*
 * certificate - whether every case, rule and item has its one answer: the certificate
 * reconciles, and what it calls open is open, and the other way round.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "mappad/app_report.h"

#define KEY_SIZE 128
#define KEYS_MAX 4096

/* Cases, rules and items of which something is open, each once. */
struct keys {
        const struct ruleset *ruleset;
        char list[KEYS_MAX][KEY_SIZE];
        size_t count;
};

static void add_key(struct keys *keys, const char *ref, const struct obligation *obligation)
{
        if (keys->count == KEYS_MAX)
                exit(2);
        snprintf(keys->list[keys->count++], KEY_SIZE, "%s %s/%s", ref, keys->ruleset->rules[obligation->rule].id,
                 obligation->item == NULL ? "" : obligation->item->key);
}

static void take_open(void *context, const char *ref, const struct obligation *obligation)
{
        add_key(context, ref, obligation);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(a, b);
}

static void sort_once(struct keys *keys)
{
        size_t kept = 0;

        qsort(keys->list, keys->count, KEY_SIZE, by_text);
        for (size_t i = 0; i < keys->count; i++)
                if (kept == 0 || strcmp(keys->list[kept - 1], keys->list[i]) != 0)
                        memmove(keys->list[kept++], keys->list[i], KEY_SIZE);
        keys->count = kept;
}

/* Every answer that is an open obligation; the sums are checked by whoever makes them. */
static void read_certificate(struct sim *sim, struct app_certificate *certificate, struct keys *keys)
{
        const struct app_certificate_totals *totals;
        struct app_certificate_row row;
        enum app_row kind = APP_WORKING;

        while (kind != APP_END && !sim->failed) {
                if (app_certificate_next(certificate, &kind, &row) != STATUS_OK)
                        sim_fail(sim, "the certificate cannot be read");
                else if (kind == APP_ROW && row.survey.obligation != NULL && !obligation_state_closed(row.survey.obligation->state))
                        add_key(keys, row.case_ref, row.survey.obligation);
        }
        totals = app_certificate_totals(certificate);
        if (totals->problem[0] != '\0')
                sim_fail(sim, "%s", totals->problem);
        if (totals->cases + totals->not_begun != sim->model.case_count)
                sim_fail(sim, "the certificate is of %llu cases and %llu that have not begun; there are %zu",
                         (unsigned long long)totals->cases, (unsigned long long)totals->not_begun, sim->model.case_count);
}

void sim_compare_certificate(struct sim *sim)
{
        static struct keys certified, model;
        struct app_certificate_question question = {.as_of = CIVIL_NONE, .known_at = INSTANT_LATEST, .answers = "all"};
        struct app_certificate *certificate = NULL;
        struct wire_problem problem;

        if (app_certificate_begin(sim->app, sim->now, &question, &certificate, &problem) != STATUS_OK) {
                sim_fail(sim, "no certificate");
                return;
        }
        certified.ruleset = model.ruleset = sim->laws[sim->law];
        certified.count = model.count = 0;
        read_certificate(sim, certificate, &certified);
        app_certificate_free(certificate);
        qsort(certified.list, certified.count, KEY_SIZE, by_text); /* one that is there twice is not taken out */
        model_open(&sim->model, take_open, &model);
        sort_once(&model);
        for (size_t i = 0; !sim->failed && (i < model.count || i < certified.count); i++) {
                const char *c = i < certified.count ? certified.list[i] : "nothing", *m = i < model.count ? model.list[i] : "nothing";
                if (strcmp(c, m) != 0)
                        sim_fail(sim, "open by the certificate: %s\n    open: %s", c, m);
        }
}
