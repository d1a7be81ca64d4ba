/*
 * diary - the diaries of everybody who gets messages, kept by the rules of
 * RFC 5546 from nothing but the calendars of the messages, and held against the
 * obligations that are open.
 */
#include "sim.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The value of a property of the event at text, unfolded and without escapes. */
static void property(const char *text, const char *name, char *value, size_t size)
{
        const char *end = strstr(text, "END:VEVENT"), *at = strstr(text, name);
        size_t used = 0;

        value[0] = '\0';
        if (at == NULL || at > end)
                return;
        for (at += strlen(name); used + 1 < size && (*at != '\n' || at[1] == ' '); at++) {
                if (*at == '\n')
                        at++;
                else if (*at != '\\')
                        value[used++] = *at;
        }
        value[used] = '\0';
}

static struct sim_entry *entry_of(struct sim *sim, const char *recipient, const char *uid)
{
        for (size_t i = 0; i < sim->entry_count; i++)
                if (strcmp(sim->entries[i].recipient, recipient) == 0 && strcmp(sim->entries[i].uid, uid) == 0)
                        return &sim->entries[i];
        if (sim->entry_count == sim->entry_capacity) {
                sim->entry_capacity = sim->entry_capacity == 0 ? 64 : sim->entry_capacity * 2;
                sim->entries = own_realloc(sim->entries, sim->entry_capacity * sizeof *sim->entries);
                if (sim->entries == NULL)
                        exit(2);
        }
        struct sim_entry *entry = &sim->entries[sim->entry_count++];
        *entry = (struct sim_entry){.sequence = -1};
        snprintf(entry->recipient, sizeof entry->recipient, "%s", recipient);
        snprintf(entry->uid, sizeof entry->uid, "%s", uid);
        return entry;
}

/* What one diary holds under a name and a sequence no other holds differently; what is said later is no older. */
static void hold_against_others(struct sim *sim, const struct sim_entry *said)
{
        for (size_t i = 0; i < sim->entry_count; i++) {
                const struct sim_entry *other = &sim->entries[i];

                if (other->sequence < 0 || strcmp(other->uid, said->uid) != 0)
                        continue;
                if (other->sequence > said->sequence)
                        sim_fail(sim, "a sequence fell: %s", said->content);
                if (other->sequence == said->sequence && strcmp(other->content, said->content) != 0)
                        sim_fail(sim, "a date changed and its sequence did not: %s, was %s", said->content, other->content);
        }
}

struct open_dates {
        char (*lines)[sizeof((struct sim_entry *)NULL)->content];
        int32_t (*days)[2]; /* due, started */
        size_t count, capacity;
};

/* The day on which the one open obligation that reads so started; CIVIL_NONE if none or several do. */
static int32_t started_of(const struct open_dates *open, const char *content)
{
        int32_t started = CIVIL_NONE;

        for (size_t k = 0; k < open->count; k++) {
                if (strcmp(open->lines[k], content) != 0)
                        continue;
                if (started != CIVIL_NONE)
                        return CIVIL_NONE;
                started = open->days[k][1];
        }
        return started;
}

static void take_event(struct sim *sim, const struct open_dates *open, const char *recipient, const char *text)
{
        char uid[96], sequence[16], status[16], first[16], end[16], summary[256];

        property(text, "\nUID:", uid, sizeof uid);
        property(text, "\nSEQUENCE:", sequence, sizeof sequence);
        property(text, "\nSTATUS:", status, sizeof status);
        property(text, "\nDTSTART;VALUE=DATE:", first, sizeof first);
        property(text, "\nDTEND;VALUE=DATE:", end, sizeof end);
        property(text, "\nSUMMARY:", summary, sizeof summary);
        struct sim_entry said = {.sequence = strtol(sequence, NULL, 10), .gone = strcmp(status, "CANCELLED") == 0};
        snprintf(said.recipient, sizeof said.recipient, "%s", recipient);
        snprintf(said.uid, sizeof said.uid, "%s", uid);
        snprintf(said.content, sizeof said.content, "%s %s-%s", said.gone ? "gone" : summary, first, end);
        hold_against_others(sim, &said);
        struct sim_entry *entry = entry_of(sim, recipient, uid);
        /* What was taken out since the clock was set back is not looked for. */
        snprintf(said.held, sizeof said.held, "%s",
                 said.gone && !entry->gone ? (sim->steps_back == 0 ? entry->content : "") : entry->held);
        said.started = said.gone ? entry->started : started_of(open, said.content);
        *entry = said;
}

/* ---- what is open ---- */

static void add_open(struct open_dates *open, const char *ref, const struct obligation *obligation)
{
        static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        struct civil due = civil_to_date(obligation->due), end = civil_to_date(obligation->due + 1);
        struct civil first = civil_to_date(obligation->plan_by != CIVIL_NONE ? obligation->plan_by : obligation->due);

        if (open->count == open->capacity) {
                open->capacity = open->capacity == 0 ? 64 : open->capacity * 2;
                open->lines = own_realloc(open->lines, open->capacity * sizeof *open->lines);
                open->days = own_realloc(open->days, open->capacity * sizeof *open->days);
                if (open->lines == NULL || open->days == NULL)
                        exit(2);
        }
        open->days[open->count][0] = obligation->due;
        open->days[open->count][1] = obligation->started;
        snprintf(open->lines[open->count++], sizeof *open->lines, "%s %s: due %s %d %s %d %04d%02d%02d-%04d%02d%02d", ref,
                 obligation->version->title, weekdays[civil_weekday(obligation->due)], due.day, months[due.month - 1], due.year,
                 first.year, first.month, first.day, end.year, end.month, end.day);
}

static void read_open(struct sim *sim, struct open_dates *open)
{
        struct app_obligation_filter filter = app_obligation_filter_all();
        struct app_query *query = NULL;
        struct wire_problem problem;
        struct app_obligation found;
        enum app_row row = APP_WORKING;

        if (app_query_obligations(sim->app, sim->now, &filter, &query, &problem) != STATUS_OK) {
                sim_fail(sim, "obligations cannot be asked for");
                return;
        }
        while (row != APP_END && !sim->failed) {
                if (app_query_next(query, &row, &found) != STATUS_OK)
                        sim_fail(sim, "obligations cannot be read");
                else if (row == APP_ROW && found.obligation.due != CIVIL_NONE)
                        add_open(open, found.case_ref, &found.obligation);
        }
        app_query_free(query);
}

static bool in_diary(const struct sim *sim, const char *recipient, const char *content)
{
        for (size_t i = 0; i < sim->entry_count; i++)
                if (!sim->entries[i].gone && strcmp(sim->entries[i].recipient, recipient) == 0 &&
                    strcmp(sim->entries[i].content, content) == 0)
                        return true;
        return false;
}

/* A date that was taken out of a diary, and is to come after all as it stood there, is back. */
static void hold_against_taken(struct sim *sim, const struct open_dates *open, const char *recipient)
{
        for (size_t i = 0; i < sim->entry_count && !sim->failed; i++) {
                const struct sim_entry *entry = &sim->entries[i];

                if (!entry->gone || strcmp(entry->recipient, recipient) != 0)
                        continue;
                for (size_t k = 0; k < open->count; k++)
                        if (open->days[k][0] >= sim_today(sim) && open->days[k][1] == entry->started &&
                            strcmp(entry->held, open->lines[k]) == 0 && !in_diary(sim, recipient, entry->held))
                                sim_fail(sim, "the diary of %s lacks what was taken from it and is so after all: %s", recipient,
                                         entry->held);
        }
}

/* Every date in the diary of somebody who has just got a digest is one that is open, at that date. */
static void hold_against_open(struct sim *sim, const struct open_dates *open, const char *recipient)
{
        for (size_t i = 0; i < sim->entry_count && !sim->failed; i++) {
                const struct sim_entry *entry = &sim->entries[i];
                bool found = entry->gone || strcmp(entry->recipient, recipient) != 0;

                for (size_t k = 0; !found && k < open->count; k++)
                        found = strcmp(entry->content, open->lines[k]) == 0;
                if (!found)
                        sim_fail(sim, "the diary of %s has what is not so: %s", recipient, entry->content);
        }
}

void sim_compare_diaries(struct sim *sim)
{
        struct open_dates open = {.count = 0};
        sqlite3_stmt *statement = sim->failed ? NULL : sim_ask(sim, SIM_CALENDARS);
        bool read = false;

        if (statement == NULL)
                return;
        if (sqlite3_bind_int64(statement, 1, sim->last_message) != SQLITE_OK)
                sim_fail(sim, "the outbox cannot be read");
        while (!sim->failed && sqlite3_step(statement) == SQLITE_ROW) {
                if (!read)
                        read_open(sim, &open);
                read = true;
                const char *recipient = (const char *)sqlite3_column_text(statement, 1);
                const char *subject = (const char *)sqlite3_column_text(statement, 3);
                const char *at = (const char *)sqlite3_column_text(statement, 4);

                sim->last_message = sqlite3_column_int64(statement, 0);
                while (at != NULL && (at = strstr(at, "BEGIN:VEVENT")) != NULL)
                        take_event(sim, &open, recipient, at++);
                if (sqlite3_column_int64(statement, 2) == sim->now.ms && strstr(subject, ", urgent: ") == NULL) {
                        hold_against_open(sim, &open, recipient);
                        hold_against_taken(sim, &open, recipient);
                }
        }
        (void)sqlite3_reset(statement);
        own_free(open.lines);
        own_free(open.days);
}
