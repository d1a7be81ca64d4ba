/*
 * test_word_html - every kind of message, held against what Outlook can show.
 *
 * Without arguments this runs tests/mail/word_html.py, which calls this program back
 * with the name of a folder: it writes the two parts of each kind of message there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mappad/civil.h"
#include "mappad/digest.h"

#define TODAY "2023-03-22"

static const struct rule_version review = {.title = "Level 2 review meeting", .booked_by = 1};
static const struct rule_version minutes = {.title = "Minutes of the meeting sent to those who were there, caf\303\251 & co <\"quoted\">"};

static int32_t today(void)
{
        int32_t day = CIVIL_NONE;

        (void)civil_parse(TODAY, strlen(TODAY), &day);
        return day;
}

static struct digest_row row_of(enum digest_group group, const char *reference, int32_t due)
{
        return (struct digest_row){.group = group,
                                   .reference = digest_reference_of(reference),
                                   .duty = &review,
                                   .due = due,
                                   .plan_by = due == CIVIL_NONE ? CIVIL_NONE : due - 2,
                                   .was_due = CIVIL_NONE,
                                   .booked = CIVIL_NONE};
}

static void write_part(const char *folder, const char *kind, const char *ending, const char *text)
{
        char path[512];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s.%s", folder, kind, ending);
        file = fopen(path, "w");
        if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
                exit(1);
}

static void write_kind(const char *folder, const char *kind, const struct digest_options *options, const struct digest_row *rows,
                       size_t count)
{
        struct arena arena;
        struct digest_message message;

        arena_init(&arena, malloc, free);
        if (digest_write(options, rows, count, &arena, &message) != STATUS_OK)
                exit(1);
        write_part(folder, kind, "html", message.html);
        write_part(folder, kind, "txt", message.text);
        arena_fini(&arena);
}

/* Of everything that a message can hold, one. */
static size_t fill(struct digest_row rows[static 32])
{
        size_t count = 0;

        rows[count++] = row_of(DIGEST_OVERDUE, "DBY-7K3Q", today() - 1);
        rows[count] = row_of(DIGEST_OVERDUE, "M-AAA1", today() - 30);
        rows[count].missed = true;
        rows[count++].duty = &minutes;
        rows[count] = row_of(DIGEST_OVERDUE, "A1234567-89012345-67890123456789", today() - 3);
        rows[count].booked = today() + 3;
        rows[count++].acknowledged = true;
        rows[count] = row_of(DIGEST_BOOKED_LATE, "M-AAA2", today() + 20);
        rows[count++].booked = today() + 25;
        rows[count++] = row_of(DIGEST_DUE_SOON, "M-AAA3", today() + 1);
        rows[count] = row_of(DIGEST_DUE_SOON, "M-AAA4", today() + 14);
        rows[count].provisional = true;
        rows[count++].booked = today() + 10;
        rows[count] = row_of(DIGEST_MOVED, "M-AAA5", today() + 40);
        rows[count++].was_due = today() + 12;
        for (int doubt = DIGEST_DOUBT_MISSING; doubt <= DIGEST_DOUBT_RULES; doubt++) {
                rows[count] = row_of(DIGEST_DATA, doubt >= DIGEST_DOUBT_CALENDAR ? NULL : "M-AAA6", CIVIL_NONE);
                rows[count].duty = doubt <= DIGEST_DOUBT_BOOKING_PASSED ? &review : NULL;
                rows[count++].doubt = (enum digest_doubt)doubt;
        }
        rows[count++] = row_of(DIGEST_SETTLED, "M-AAA7", today() - 1);
        return count;
}

static void write_groups(const char *folder, struct digest_options options, const struct digest_row *rows, size_t count)
{
        static const char *const names[] = {"overdue", "booked-late", "due-soon", "moved", "data-quality", "settled"};

        for (int group = 0; group < DIGEST_GROUP_COUNT; group++) {
                struct digest_row some[32];
                size_t found = 0;

                for (size_t i = 0; i < count; i++)
                        if ((int)rows[i].group == group)
                                some[found++] = rows[i];
                write_kind(folder, names[group], &options, some, found);
        }
}

static int write_all(const char *folder)
{
        const struct digest_downtime down = {INT64_C(1679385600000), INT64_C(1679460000000)};
        struct digest_options plain = {.title = "Derbyshire MAPPA unit", .marking = "OFFICIAL-SENSITIVE", .today = today()};
        struct digest_options options = plain;
        static struct digest_row rows[32], many[300];
        size_t count = fill(rows);

        write_groups(folder, plain, rows, count);
        write_kind(folder, "all", &plain, rows, count);
        options.downtimes = &down;
        options.downtime_count = 1;
        options.downtimes_more = true;
        write_kind(folder, "downtime", &options, rows, count);
        options = plain;
        options.counts_only = true;
        write_kind(folder, "counts-only", &options, rows, count);
        options = plain;
        options.urgent = true;
        write_kind(folder, "urgent", &options, rows, 2);
        options = plain;
        options.heartbeat = true;
        write_kind(folder, "heartbeat-nothing", &options, NULL, 0);
        for (size_t i = 0; i < count; i++)
                rows[i].standing = rows[i].group != DIGEST_MOVED && rows[i].group != DIGEST_SETTLED;
        write_kind(folder, "heartbeat", &options, rows, count);
        for (size_t i = 0; i < sizeof many / sizeof *many; i++)
                many[i] = row_of(DIGEST_DUE_SOON, "M-BBB1", plain.today + (int32_t)(i % 20));
        write_kind(folder, "many", &plain, many, sizeof many / sizeof *many);
        return 0;
}

int main(int count, char **arguments)
{
        if (count == 2)
                return write_all(arguments[1]);
        execl("/usr/bin/python3", "python3", "tests/mail/word_html.py", arguments[0], (char *)NULL);
        perror("/usr/bin/python3");
        return 1;
}
