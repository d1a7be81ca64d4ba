/*
 * heartbeat - whether the letters of heartbeat days tell what stands, held against
 * everything that was ever told and the obligations that are open: an all-clear to
 * somebody who was told of something that is open is a fault, and so is a duty that is
 * said to stand and does not.
 */
#include "sim.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { STILL_OVERDUE, STILL_BOOKED_LATE, STILL_DUE_SOON, STILL_DATA, STILL_COUNT };
static const char *const still_words[STILL_COUNT] = {" overdue", " booked late", " due soon", " to check in the record"};

static const char *const names[] = {"north", "south", "unit", "chair"};

/* ---- what was told ---- */

static int32_t nominal_of(struct sim *sim, const struct app_alert *alert, const char *item)
{
        const struct model_case *casefile = model_case_of(&sim->model, alert->case_ref);
        const char *what = alert->kind == ALERT_STAGE ? alert->stage : alert_kind_word(alert->kind);

        for (size_t i = casefile->mark_count; i > 0; i--) {
                const struct model_mark *mark = &casefile->marks[i - 1];
                if (mark->told && mark->started == alert->started && mark->due == alert->due && strcmp(mark->what, what) == 0 &&
                    strcmp(mark->rule, alert->rule) == 0 && strcmp(mark->item, item) == 0)
                        return mark->nominal;
        }
        return CIVIL_NONE;
}

void sim_remember(struct sim *sim, const struct app_alert *alert)
{
        const char *item = alert->item == NULL ? "" : alert->item;
        struct sim_heard *told;

        if (alert->rule == NULL)
                return;
        if (sim->heard_count == sim->heard_capacity) {
                sim->heard_capacity = sim->heard_capacity == 0 ? 256 : sim->heard_capacity * 2;
                sim->heard = own_realloc(sim->heard, sim->heard_capacity * sizeof *sim->heard);
                if (sim->heard == NULL)
                        exit(2);
        }
        told = &sim->heard[sim->heard_count++];
        *told = (struct sim_heard){.kind = alert->kind, .started = alert->started, .due = alert->due};
        told->nominal = nominal_of(sim, alert, item);
        snprintf(told->ref, sizeof told->ref, "%s", alert->case_ref);
        snprintf(told->rule, sizeof told->rule, "%s", alert->rule);
        snprintf(told->item, sizeof told->item, "%s", item);
        snprintf(told->to, sizeof told->to, "%s", alert->to == NULL ? "" : alert->to);
}

/* Whether one of those whom it was told to means a mailbox today. */
static bool told_to(const struct sim *sim, const struct sim_heard *told, const char *mailbox)
{
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strstr(told->to, names[i]) != NULL && sim_answers(names[i], sim_today(sim), mailbox))
                        return true;
        return false;
}

/* ---- what stands ---- */

struct letter {
        struct sim *sim;
        const char *mailbox, *text, *html;
        char (*brought)[MODEL_LINE]; /* obligations that it brings as new */
        size_t brought_count, brought_capacity;
        unsigned standing[STILL_COUNT];
        bool all_clear;
};

static void write_key(char key[static MODEL_LINE], const char *ref, const char *rule, const char *item, int32_t started)
{
        snprintf(key, MODEL_LINE, "%s %s/%s %d", ref, rule, item, started);
}

static bool brings(const struct letter *letter, const char *key)
{
        for (size_t i = 0; i < letter->brought_count; i++)
                if (strcmp(letter->brought[i], key) == 0)
                        return true;
        return false;
}

/* Whether what was told of an obligation that is open is so today: 0 no, 1 the obligation, 2 only that its booking passed. */
static int stands(const struct sim_heard *told, const struct obligation *now)
{
        bool dateless = now->state == OBLIGATION_UNEVALUABLE;

        if (told->kind == ALERT_UNEVALUABLE)
                return dateless;
        if (told->kind == ALERT_BOOKING_PASSED)
                return now->booked == CIVIL_NONE ? 2 : 0;
        if (told->kind != ALERT_STAGE && told->kind != ALERT_BOOKED_LATE)
                return 0;
        if (told->kind == ALERT_BOOKED_LATE && !now->booked_late)
                return 0;
        return dateless || told->due == now->due ||
               (told->due < now->due && told->nominal != CIVIL_NONE && told->nominal == now->nominal);
}

static int group_of(const struct obligation *now)
{
        if (now->state == OBLIGATION_UNEVALUABLE)
                return STILL_DATA;
        if (now->state == OBLIGATION_OVERDUE)
                return STILL_OVERDUE;
        return now->booked_late ? STILL_BOOKED_LATE : STILL_DUE_SOON;
}

static void take_open(void *context, const char *ref, const struct obligation *obligation)
{
        struct letter *letter = context;
        const struct sim *sim = letter->sim;
        const char *rule = sim->laws[sim->law]->rules[obligation->rule].id;
        const char *item = obligation->item == NULL ? "" : obligation->item->key;
        char key[MODEL_LINE];
        int why = 0;

        for (size_t i = 0; i < sim->heard_count && why != 1; i++) {
                const struct sim_heard *told = &sim->heard[i];
                if (told->started != obligation->started || strcmp(told->ref, ref) != 0 || strcmp(told->rule, rule) != 0 ||
                    strcmp(told->item, item) != 0 || !told_to(sim, told, letter->mailbox))
                        continue;
                int this = stands(told, obligation);
                why = this != 0 ? this : why;
        }
        if (why == 0)
                return;
        write_key(key, ref, rule, item, obligation->started);
        if (letter->all_clear)
                sim_fail(letter->sim, "an all-clear to %s, who was told of %s, which is %s", letter->mailbox, key,
                         obligation_state_word(obligation->state));
        else if (strstr(letter->text, ref) == NULL || strstr(letter->html, ref) == NULL)
                sim_fail(letter->sim, "%s is not told that %s stands", letter->mailbox, key);
        if (!brings(letter, key))
                letter->standing[why == 1 ? group_of(obligation) : STILL_DATA]++;
}

/* ---- letters ---- */

static void read_brought(struct letter *letter, int64_t message)
{
        sqlite3_stmt *statement = sim_ask(letter->sim, SIM_BROUGHT);

        if (statement == NULL)
                return;
        if (sqlite3_bind_int64(statement, 1, message) != SQLITE_OK)
                sim_fail(letter->sim, "what a letter brings cannot be asked for");
        while (!letter->sim->failed && sqlite3_step(statement) == SQLITE_ROW) {
                if (letter->brought_count == letter->brought_capacity) {
                        letter->brought_capacity = letter->brought_capacity == 0 ? 64 : letter->brought_capacity * 2;
                        letter->brought = own_realloc(letter->brought, letter->brought_capacity * sizeof *letter->brought);
                        if (letter->brought == NULL)
                                exit(2);
                }
                write_key(letter->brought[letter->brought_count++], (const char *)sqlite3_column_text(statement, 0),
                          (const char *)sqlite3_column_text(statement, 1), (const char *)sqlite3_column_text(statement, 2),
                          sqlite3_column_int(statement, 3));
        }
        (void)sqlite3_reset(statement);
}

/* The number before a word of the part of the subject that speaks of what stands. */
static unsigned said(const char *still, const char *word)
{
        const char *at = still == NULL ? NULL : strstr(still, word);

        if (at == NULL)
                return 0;
        while (at > still && at[-1] >= '0' && at[-1] <= '9')
                at--;
        return (unsigned)strtoul(at, NULL, 10);
}

static void judge_letter(struct letter *letter, const char *subject)
{
        const char *still = strstr(subject, "; still ");
        struct sim *sim = letter->sim;

        letter->all_clear = strstr(subject, ": nothing due") != NULL;
        if (letter->all_clear != (strstr(letter->text, "For you nothing is") != NULL) ||
            letter->all_clear != (strstr(letter->html, "For you nothing is") != NULL))
                sim_fail(sim, "subject, text and HTML for %s differ on whether nothing is due: %s", letter->mailbox, subject);
        model_open(&sim->model, take_open, letter);
        for (int i = 0; i < STILL_COUNT && !sim->failed; i++) {
                unsigned found = said(still, still_words[i]), wanted = letter->standing[i];
                /* Words that other laws do not know, and what else is about no duty, come on top. */
                if (found < wanted || found > wanted + (i == STILL_DATA ? 3u : 0u))
                        sim_fail(sim, "%s: of %u still%s %u are told: %s", letter->mailbox, wanted, still_words[i], found, subject);
        }
}

/* Sundays since the last sweep, at most a week back. */
static bool heartbeat_due(const struct sim *sim, int32_t day)
{
        int32_t first = sim->spoken == CIVIL_NONE ? day : sim->spoken + 1;

        for (int32_t d = first < day - 7 ? day - 7 : first; d <= day; d++)
                if (civil_weekday(d) == 6)
                        return true;
        return false;
}

/* Who is meant on a day, a bit for each mailbox. */
static unsigned everybody(int32_t day)
{
        unsigned all = 0;

        for (size_t i = 0; sim_mailboxes[i] != NULL; i++)
                for (size_t k = 0; k < sizeof names / sizeof *names; k++)
                        all |= sim_answers(names[k], day, sim_mailboxes[i]) ? 1u << i : 0;
        return all;
}

static void judge_outbox(struct sim *sim, bool due)
{
        sqlite3_stmt *statement = sim_ask(sim, SIM_LETTERS);
        unsigned heard = 0;

        if (statement == NULL)
                return;
        if (sqlite3_bind_int64(statement, 1, sim->last_heartbeat) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, sim->now.ms) != SQLITE_OK)
                sim_fail(sim, "the outbox cannot be read");
        while (!sim->failed && sqlite3_step(statement) == SQLITE_ROW) {
                const char *subject = (const char *)sqlite3_column_text(statement, 2);
                struct letter letter = {.sim = sim,
                                        .mailbox = (const char *)sqlite3_column_text(statement, 1),
                                        .text = (const char *)sqlite3_column_text(statement, 3),
                                        .html = (const char *)sqlite3_column_text(statement, 4)};

                sim->last_heartbeat = sqlite3_column_int64(statement, 0);
                if (!due && (strstr(subject, "; still ") != NULL || strstr(subject, ": nothing ") != NULL))
                        sim_fail(sim, "what stands is told on a day that is none for it: %s", subject);
                if (due) {
                        read_brought(&letter, sim->last_heartbeat);
                        judge_letter(&letter, subject);
                        sim->heartbeats++;
                        sim->all_clears += letter.all_clear;
                }
                for (size_t i = 0; sim_mailboxes[i] != NULL; i++)
                        heard |= strcmp(sim_mailboxes[i], letter.mailbox) == 0 ? 1u << i : 0;
                own_free(letter.brought);
        }
        (void)sqlite3_reset(statement);
        if (!sim->failed && due && heard != everybody(sim_today(sim)))
                sim_fail(sim, "not everybody was written to on a day of heartbeats");
}

void sim_compare_heartbeats(struct sim *sim, int32_t day)
{
        bool quiet = sim_quiet(sim), due = !quiet && heartbeat_due(sim, day);

        if (!quiet)
                sim->spoken = day;
        if (!sim->failed)
                judge_outbox(sim, due);
}
