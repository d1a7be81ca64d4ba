/*
 * letters - a mail server of the simulation, and what it was given: each letter by
 * its Message-ID, with the text that every further attempt must have.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

static struct sim_letter *letter_of(struct sim *sim, const struct app_message *message)
{
        for (size_t i = sim->letter_count; i > 0; i--)
                if (strcmp(sim->letters[i - 1].message_id, message->message_id) == 0)
                        return &sim->letters[i - 1];
        if (sim->letter_count == sim->letter_capacity) {
                sim->letter_capacity = sim->letter_capacity == 0 ? 64 : sim->letter_capacity * 2;
                sim->letters = own_realloc(sim->letters, sim->letter_capacity * sizeof *sim->letters);
                if (sim->letters == NULL)
                        exit(2);
        }
        struct sim_letter *letter = &sim->letters[sim->letter_count++];
        *letter = (struct sim_letter){.text = own_strdup(message->text)};
        snprintf(letter->message_id, sizeof letter->message_id, "%s", message->message_id);
        snprintf(letter->recipient, sizeof letter->recipient, "%s", message->recipient);
        return letter;
}

/* A mail server: it takes most, asks for patience, breaks off, refuses; and sometimes what it said is lost. */
static void carry(void *context, const struct app_message *message)
{
        struct sim *sim = context;
        struct sim_letter *letter = letter_of(sim, message);
        uint32_t luck = sim->draining ? 0 : sim_chance(sim, 40);
        struct app_report report = {.id = message->id, .verdict = VERDICT_SENT, .answer = "250 taken"};

        if (letter->done)
                sim_fail(sim, "%s was sent and reported, and is offered again", letter->message_id);
        if (strcmp(letter->recipient, message->recipient) != 0 || strcmp(letter->text, message->text) != 0)
                sim_fail(sim, "%s is another message at another attempt", letter->message_id);
        if (luck >= 28 && luck < 34)
                report = (struct app_report){.id = message->id, .verdict = VERDICT_RETRY, .answer = "450 later",
                                             .retry_ms = sim->now.ms + 3600000 * (1 + (int64_t)sim_chance(sim, 40))};
        if (luck >= 34 && luck < 37)
                report = (struct app_report){.id = message->id, .verdict = VERDICT_AMBIGUOUS, .retry_ms = sim->now.ms + 1800000};
        if (luck == 37)
                report = (struct app_report){.id = message->id, .verdict = VERDICT_PERMANENT, .answer = "550 unknown"};
        letter->seen += report.verdict == VERDICT_SENT;
        sim_log(sim, "    mail %s to %s: %d", letter->message_id, letter->recipient, luck > 37 ? -1 : (int)report.verdict);
        if (luck > 37)
                return;
        if (app_outbox_report(sim->app, report) != STATUS_OK)
                sim_fail(sim, "no report");
        letter->done = report.verdict == VERDICT_SENT || report.verdict == VERDICT_PERMANENT;
}

void sim_open_letter(void *context, const struct app_message *message)
{
        if (app_outbox_letter(((struct sim *)context)->app, message, carry, context) != STATUS_OK)
                sim_fail(context, "no letter");
}
