/*
 * sealed - sealing a report, and finding one that was sealed (app_sealed.h).
 */
#include "mappad/app_sealed.h"

#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "mappad/nearest.h"
#include "mappad/report.h"

#define NAME_MAX_BYTES 200 /* of a report and its period */
#define NAMES_MAX 64       /* candidates of a hint */

/* ---- sealing ---- */

static bool refuse(struct wire_problem *problem, const char *code, const char *field, const char *sentence)
{
        wire_problem_set(problem, code, field, "%s", sentence);
        return false;
}

static bool reason_given(const struct app_sealing *sealing, struct wire_problem *problem)
{
        if (sealing->why == NULL)
                return !sealing->force ||
                       refuse(problem, "missing-field", "why", "whoever seals what does not add up must say \"why\"");
        return wire_reason_check(sealing->why, problem);
}

/* Whether it may be sealed, beside what others sealed before. */
static bool may_seal(const struct app_sealing *sealing, uint64_t versions, struct wire_problem *problem)
{
        if (!reason_given(sealing, problem))
                return false;
        if (!sealing->adds_up && !sealing->force)
                return refuse(problem, "does-not-add-up", "",
                              "this report does not add up, and is not sealed; \"force\" seals it as it is");
        if (versions == 0 || sealing->why != NULL)
                return true;
        wire_problem_set(problem, "already-sealed", "why",
                         "%s %s was sealed before; to seal it again makes version %llu and needs \"why\"",
                         sealing->report, sealing->period, (unsigned long long)versions + 1);
        return false;
}

static enum status write_seal(struct app *app, struct moment moment, const struct app_sealing *sealing,
                              uint64_t *ret_seq)
{
        struct store_seal seal = {.report = sealing->report,
                                  .period = sealing->period,
                                  .content = sealing->content,
                                  .whole = sealing->whole,
                                  .rules = sealing->rules,
                                  .head = sealing->head,
                                  .known_ms = sealing->known_ms,
                                  .at_ms = moment.ms,
                                  .uid = sealing->by.uid,
                                  .user = sealing->by.name,
                                  .forced = !sealing->adds_up,
                                  .why = sealing->why};
        enum status status = store_person(app->store, seal.uid, seal.user, &seal.person);

        return status == STATUS_OK ? store_seal_add(app->store, &seal, ret_seq) : status;
}

enum status app_seal_report(struct app *app, struct moment moment, const struct app_sealing *sealing, uint64_t *ret_seq,
                            struct wire_problem *ret_problem)
{
        uint64_t versions = 0, seq = 0;
        enum status status;

        app_flush(app, moment);
        status = store_seal_versions(app->store, sealing->report, sealing->period, &versions);
        if (status == STATUS_OK && !may_seal(sealing, versions, ret_problem))
                return STATUS_INVALID;
        if (status == STATUS_OK)
                status = app_begin(app);
        if (status == STATUS_OK)
                status = write_seal(app, moment, sealing, &seq);
        status = status == STATUS_OK ? app_commit(app) : app_rollback(app, status);
        if (status == STATUS_OK)
                *ret_seq = seq;
        return status;
}

/* ---- finding ---- */

static bool is_digest(const char *name)
{
        size_t digits = strspn(name, "0123456789abcdef");

        return digits >= APP_SEALED_DIGITS_MIN && digits < STORE_DIGEST_SIZE && name[digits] == '\0';
}

/* "v2" is 2; 0 if it is no version. */
static uint64_t version_of(const char *text)
{
        size_t digits = text[0] == 'v' ? strspn(text + 1, "0123456789") : 0;
        uint64_t number = 0;

        if (digits == 0 || digits > 9 || text[1 + digits] != '\0')
                return 0;
        for (size_t i = 1; i <= digits; i++)
                number = number * 10 + (uint64_t)(text[i] - '0');
        return number;
}

static enum status unknown_seal(const struct app *app, const char *report, struct wire_problem *problem)
{
        const struct ruleset *ruleset = app_ruleset(app);
        const char *names[NAMES_MAX];
        size_t count = 0;
        char shown[NAME_MAX_BYTES + 1];

        wire_clean(report, strlen(report), shown, sizeof shown);
        wire_problem_set(problem, "unknown-seal", "seal", "no such seal of \"%s\" was ever made", shown);
        for (; count < ruleset->report_count && count < NAMES_MAX; count++)
                names[count] = ruleset->reports[count].name;
        const char *nearest = nearest_word(report, names, count);
        problem->nearest = nearest != NULL && strcmp(nearest, report) != 0 ? nearest : NULL;
        return STATUS_INVALID;
}

static enum status find_digest(struct app *app, const char *name, uint64_t *ret_seq, struct wire_problem *problem)
{
        uint64_t seqs[2];
        enum status status = store_seal_find(app->store, name, seqs);

        if (status != STATUS_OK)
                return status;
        *ret_seq = seqs[0];
        if (seqs[0] != 0 && seqs[1] == 0)
                return STATUS_OK;
        if (seqs[0] == 0)
                wire_problem_set(problem, "unknown-seal", "seal", "no seal has a hash that begins with %s", name);
        else
                wire_problem_set(problem, "ambiguous-seal", "seal",
                                 "the hashes of several seals begin with %s: give more digits", name);
        return STATUS_INVALID;
}

/* "REPORT", "REPORT:PERIOD", "REPORT:PERIOD:v2". */
static enum status find_named(struct app *app, const char *name, uint64_t *ret_seq, struct wire_problem *problem)
{
        char text[NAME_MAX_BYTES + 1];
        char *period, *version;
        uint64_t number = 0;
        enum status status = STATUS_OK;

        (void)snprintf(text, sizeof text, "%s", name);
        period = strchr(text, ':');
        if (period == NULL) {
                status = store_seal_latest(app->store, text, ret_seq);
                return status == STATUS_OK && *ret_seq == 0 ? unknown_seal(app, text, problem) : status;
        }
        *period++ = '\0';
        version = strchr(period, ':');
        if (version != NULL)
                *version++ = '\0';
        number = version == NULL ? 0 : version_of(version);
        if (version != NULL && number == 0) {
                refuse(problem, "bad-seal", "seal", "a version of a seal is v1, v2 ...");
                return STATUS_INVALID;
        }
        if (version == NULL)
                status = store_seal_versions(app->store, text, period, &number);
        if (status == STATUS_OK)
                status = store_seal_of(app->store, text, period, number, ret_seq);
        return status == STATUS_OK && *ret_seq == 0 ? unknown_seal(app, text, problem) : status;
}

/* Nothing is shown that is not what was sealed. */
struct checking {
        struct store *store;
        store_seal_fn sink;
        void *context;
        bool damaged;
};

static enum status check_and_give(void *context, const struct store_seal *seal)
{
        struct checking *checking = context;
        bool sound = false;
        enum status status = store_seal_sound(checking->store, seal, &sound);

        checking->damaged = status == STATUS_OK && !sound;
        if (checking->damaged)
                return STATUS_INVALID;
        return status == STATUS_OK ? checking->sink(checking->context, seal) : status;
}

static enum status give(struct app *app, uint64_t seq, struct checking *checking, struct wire_problem *problem)
{
        bool found = false;
        enum status status = store_seal_get(app->store, seq, check_and_give, checking, &found);

        if (status == STATUS_OK && !found)
                return STATUS_CORRUPT;
        if (status == STATUS_INVALID && checking->damaged)
                wire_problem_set(problem, "damaged-seal", "seal",
                                 "seal %llu is not what was sealed: it does not have its hash",
                                 (unsigned long long)seq);
        return status;
}

enum status app_sealed_find(struct app *app, const char *name, store_seal_fn sink, void *context,
                            struct wire_problem *ret_problem)
{
        struct checking checking = {.store = app->store, .sink = sink, .context = context};
        uint64_t seq = 0;
        enum status status;

        if (strlen(name) > NAME_MAX_BYTES) {
                refuse(ret_problem, "bad-seal", "seal", "a seal has no such name");
                return STATUS_INVALID;
        }
        status = is_digest(name) ? find_digest(app, name, &seq, ret_problem) : find_named(app, name, &seq, ret_problem);
        return status == STATUS_OK ? give(app, seq, &checking, ret_problem) : status;
}

enum status app_sealed_get(struct app *app, uint64_t seq, store_seal_fn sink, void *context)
{
        bool found = false;
        enum status status = store_seal_get(app->store, seq, sink, context, &found);

        return status == STATUS_OK && !found ? STATUS_CORRUPT : status;
}

enum status app_sealed_list(struct app *app, uint64_t before, uint64_t limit, store_seal_fn sink, void *context)
{
        return store_seals(app->store, before, limit, sink, context);
}
