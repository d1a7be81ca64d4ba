/*
 * mailboxes - who answers to a name on a day, and whether just those were told.
 *
 * The contacts of the simulation are never the same for long: two agencies are
 * away in turns, and a deputy is told for them; the chair changes hands. Who is
 * meant is worked out here from the number of the day, and written for the
 * application as entries with their days. At the end every alert must have been
 * in a letter to each mailbox that its names meant on the day it was written, and
 * to no other.
 */
#include "sim.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_DAY 19358 /* 2023-01-01, no later than any life begins */
#define AWAY_DAYS 17
#define AWAY_OF 4 /* one of so many such spans */
#define AWAY_TIMES 64
#define CHAIR_DAYS 50
#define CHAIRS 96

enum { NORTH_IS_AWAY = 1, SOUTH_IS_AWAY = 3 };

const char *const sim_mailboxes[] = {"north@sea.example", "north-deputy@sea.example", "south@sea.example", "south-deputy@sea.example",
                                     "unit@sea.example",  "chair0@sea.example",       "chair1@sea.example", "chair2@sea.example",
                                     NULL};

static bool is_away(int32_t day, int32_t turn)
{
        int32_t span = (day - FIRST_DAY) / AWAY_DAYS;

        return day >= FIRST_DAY && span % AWAY_OF == turn && span / AWAY_OF < AWAY_TIMES;
}

static int32_t chair_on(int32_t day)
{
        int32_t chair = day < FIRST_DAY ? 0 : (day - FIRST_DAY) / CHAIR_DAYS;

        return chair < CHAIRS ? chair : CHAIRS - 1;
}

bool sim_tells_apart(const struct sim *sim)
{
        return sim->temper->hours || sim->temper->clocks > 0;
}

bool sim_answers(const char *name, int32_t day, const char *mailbox)
{
        char expected[32];

        if (strcmp(name, "north") == 0)
                return strcmp(mailbox, is_away(day, NORTH_IS_AWAY) ? "north-deputy@sea.example" : "north@sea.example") == 0;
        if (strcmp(name, "south") == 0 && is_away(day, SOUTH_IS_AWAY))
                return strcmp(mailbox, "south-deputy@sea.example") == 0;
        if (strcmp(name, "south") == 0)
                return strcmp(mailbox, "south@sea.example") == 0 || strcmp(mailbox, "unit@sea.example") == 0;
        if (strcmp(name, "chair") != 0)
                return strcmp(name, "unit") == 0 && strcmp(mailbox, "unit@sea.example") == 0;
        snprintf(expected, sizeof expected, "chair%d@sea.example", chair_on(day) % 3);
        return strcmp(mailbox, expected) == 0;
}

/* ---- the same as a file ---- */

static void write_away(FILE *file, const char *deputy, int32_t turn)
{
        char from[CIVIL_TEXT_SIZE], until[CIVIL_TEXT_SIZE];

        fprintf(file, " deputy = [\"%s\"]; absent = (", deputy);
        for (int32_t i = 0; i < AWAY_TIMES; i++) {
                int32_t first = FIRST_DAY + (i * AWAY_OF + turn) * AWAY_DAYS;
                civil_format(first, from);
                civil_format(first + AWAY_DAYS - 1, until);
                fprintf(file, "%s { from = \"%s\"; until = \"%s\"; }", i == 0 ? "" : ",", from, until);
        }
        fprintf(file, " ); }");
}

static void write_chair(FILE *file, int32_t chair)
{
        char day[CIVIL_TEXT_SIZE];

        fputs(",\n  { name = \"chair\"; label = \"Chair\"; acknowledged-by = \"crew\";", file);
        fprintf(file, " mailboxes = [\"chair%d@sea.example\"];", chair % 3);
        civil_format(FIRST_DAY + chair * CHAIR_DAYS, day);
        if (chair > 0)
                fprintf(file, " from = \"%s\";", day);
        civil_format(FIRST_DAY + (chair + 1) * CHAIR_DAYS - 1, day);
        if (chair + 1 < CHAIRS)
                fprintf(file, " until = \"%s\";", day);
        fprintf(file, " }");
}

void sim_write_contacts(FILE *file)
{
        fputs("title = \"Sea office\"; watch = \"unit\"; heartbeat = [\"sun\"];\nagencies = (\n", file);
        fputs("  { name = \"north\"; label = \"North\"; acknowledged-by = \"crew\"; spoc = [\"north@sea.example\"];", file);
        write_away(file, "north-deputy@sea.example", NORTH_IS_AWAY);
        fputs(",\n  { name = \"south\"; label = \"South\"; acknowledged-by = \"crew\";"
              " spoc = [\"south@sea.example\", \"unit@sea.example\"];",
              file);
        write_away(file, "south-deputy@sea.example", SOUTH_IS_AWAY);
        fputs(" );\nroles = (\n  { name = \"unit\"; label = \"Unit\"; acknowledged-by = \"crew\";"
              " mailboxes = [\"unit@sea.example\"]; }",
              file);
        for (int32_t chair = 0; chair < CHAIRS; chair++)
                write_chair(file, chair);
        fputs(" );\n", file);
}

/* ---- the end ---- */

/* An alert in a letter, or a name that an alert was for. */
struct link {
        int64_t alert;
        int32_t day; /* of the letter */
        char text[64];
};
struct links {
        struct link *list;
        size_t count, capacity;
};

static void read_links(struct sim *sim, sqlite3 *db, const char *sql, struct links *links)
{
        sqlite3_stmt *stmt = NULL;

        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
                sim_fail(sim, "%s: %s", sql, sqlite3_errmsg(db));
        while (!sim->failed && sqlite3_step(stmt) == SQLITE_ROW) {
                if (links->count == links->capacity) {
                        links->capacity = links->capacity == 0 ? 256 : links->capacity * 2;
                        links->list = own_realloc(links->list, links->capacity * sizeof *links->list);
                        if (links->list == NULL)
                                exit(2);
                }
                struct link *link = &links->list[links->count++];
                *link = (struct link){.alert = sqlite3_column_int64(stmt, 0), .day = (int32_t)(sqlite3_column_int64(stmt, 2) / DAY_MS)};
                snprintf(link->text, sizeof link->text, "%s", (const char *)sqlite3_column_text(stmt, 1));
        }
        (void)sqlite3_finalize(stmt);
}

static bool meant(const struct links *names, const struct link *letter)
{
        for (size_t i = 0; i < names->count; i++)
                if (names->list[i].alert == letter->alert && sim_answers(names->list[i].text, letter->day, letter->text))
                        return true;
        return false;
}

/* Whether a mailbox that answers to a name on the day of a letter got one with that alert, written on that day. */
static bool reached(const struct links *letters, int64_t alert, int32_t day, const char *mailbox)
{
        for (size_t i = 0; i < letters->count; i++)
                if (letters->list[i].alert == alert && letters->list[i].day == day && strcmp(letters->list[i].text, mailbox) == 0)
                        return true;
        return false;
}

/* A mailbox that answers to a name on a day and was not told of its alert then; NULL: all were. */
static const char *not_told(const struct links *letters, const struct link *name, int32_t day)
{
        for (size_t k = 0; sim_mailboxes[k] != NULL; k++)
                if (sim_answers(name->text, day, sim_mailboxes[k]) && !reached(letters, name->alert, day, sim_mailboxes[k]))
                        return sim_mailboxes[k];
        return NULL;
}

static void compare_name(struct sim *sim, const struct links *letters, const struct link *name)
{
        const char *missing = "everybody";
        int32_t day = CIVIL_NONE;

        for (size_t i = 0; i < letters->count; i++) {
                if (letters->list[i].alert != name->alert)
                        continue;
                day = letters->list[i].day;
                missing = not_told(letters, name, day);
                if (missing == NULL)
                        return;
                if (!sim_tells_apart(sim)) /* names are told together */
                        break;
        }
        sim_fail(sim, "alert %lld was for %s; who was not told is %s, on day %d", (long long)name->alert, name->text,
                 missing, day);
}

/* Whether a mailbox answers to a name on a day of any letter about the alert. */
static bool ever_answers(const struct links *letters, const struct link *name, const char *mailbox)
{
        for (size_t i = 0; i < letters->count; i++)
                if (letters->list[i].alert == name->alert && sim_answers(name->text, letters->list[i].day, mailbox))
                        return true;
        return false;
}

/* A mailbox has an alert no more often than it answers to names of it. */
static void compare_times(struct sim *sim, const struct links *letters, const struct links *names, const struct link *letter)
{
        size_t times = 0, meant = 0;

        for (size_t i = 0; i < letters->count; i++)
                times += letters->list[i].alert == letter->alert && strcmp(letters->list[i].text, letter->text) == 0;
        if (times == 1)
                return;
        for (size_t i = 0; i < names->count; i++)
                meant += names->list[i].alert == letter->alert && ever_answers(letters, &names->list[i], letter->text);
        if (times > meant)
                sim_fail(sim, "alert %lld was told %zu times to %s, which answers to %zu names of it", (long long)letter->alert, times,
                         letter->text, meant);
}

void sim_compare_mailboxes(struct sim *sim, sqlite3 *db)
{
        struct links letters = {.count = 0}, names = {.count = 0};

        read_links(sim, db, "SELECT k.alert, o.recipient, o.created_ms FROM carried k JOIN outbox o ON o.id = k.message", &letters);
        read_links(sim, db, "SELECT alert, name, 0 FROM route", &names);
        for (size_t i = 0; i < letters.count && !sim->failed; i++)
                if (!meant(&names, &letters.list[i]))
                        sim_fail(sim, "%s was told of alert %lld on day %d, and was not meant", letters.list[i].text,
                                 (long long)letters.list[i].alert, letters.list[i].day);
        for (size_t i = 0; i < names.count && !sim->failed; i++)
                compare_name(sim, &letters, &names.list[i]);
        for (size_t i = 0; i < letters.count && !sim->failed; i++)
                compare_times(sim, &letters, &names, &letters.list[i]);
        for (size_t i = 0; i < letters.count; i++)
                sim->deputies += strstr(letters.list[i].text, "-deputy@") != NULL;
        own_free(letters.list);
        own_free(names.list);
}
