/*
 * The shipped law: it loads without a word of complaint, its calendar is the
 * published one, its routes lead somewhere, and the worked dates of the report
 * come out of it. A row is a sentence, a history, a day and the answer that a
 * practitioner would give from paper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../engine/bank_holidays.h"
#include "mappad/contacts.h"
#include "mappad/rulefile.h"
#include "mappad/wire.h"

#define RECORDS_MAX 64
#define JSON_MAX 1024

static struct ruleset *rules;

static void *grow(size_t size)
{
        return malloc(size);
}

static int load(void **state)
{
        static const char *const paths[] = {"rules"};
        struct diagnostics diagnostics = {0};

        (void)state;
        if (rulefile_load(paths, 1, &diagnostics, &rules) != STATUS_OK ||
            rulefile_check(rules, &diagnostics) != STATUS_OK ||
            diagnostics.error_count + diagnostics.warning_count > 0) {
                diagnostics_print(&diagnostics, stderr);
                return 1;
        }
        diagnostics_fini(&diagnostics);
        return 0;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(rules);
        return 0;
}

/* What stands of one history, written as "event date [@item] [field=value]...", events parted by ';'. */
struct history {
        struct arena arena;
        struct record records[RECORDS_MAX];
        size_t count;
        struct admission last; /* the answer to the last event */
};

/* One event of the notation as an event line. */
static void event_json(char *text, char json[JSON_MAX])
{
        char *rest = NULL, *word = strtok_r(text, " ", &rest);
        size_t at = (size_t)snprintf(json, JSON_MAX, "{\"case\":\"T-1\",\"event\":\"%s\"", word);

        word = strtok_r(NULL, " ", &rest);
        at += (size_t)snprintf(json + at, JSON_MAX - at, ",\"on\":\"%s\"", word);
        while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
                char *equals = strchr(word, '=');

                if (*word == '@')
                        at += (size_t)snprintf(json + at, JSON_MAX - at, ",\"item\":\"%s\"", word + 1);
                else
                        at += (size_t)snprintf(json + at, JSON_MAX - at, ",\"%.*s\":\"%s\"", (int)(equals - word), word,
                                               equals + 1);
        }
        snprintf(json + at, JSON_MAX - at, "}");
}

static void history_add(struct history *history, char *text)
{
        struct wire_reader reader = {.ruleset = rules, .last_day = CIVIL_MAX};
        struct wire_problem problem;
        struct wire_line line;
        char json[JSON_MAX];

        event_json(text, json);
        if (wire_event_parse(&reader, json, strlen(json), &history->arena, &line, &problem) != STATUS_OK)
                fail_msg("%s: %s", json, problem.message);
        line.record.fact.seq = history->count + 1;
        history->last = casefile_admit(rules, history->records, history->count, &line.record, false, &history->arena);
        if (history->last.code == REFUSAL_NONE)
                history->records[history->count++] = line.record;
}

static void history_read(struct history *history, const char *text)
{
        char copy[4096], *rest = NULL;

        memset(history, 0, sizeof *history);
        arena_init(&history->arena, grow, free);
        snprintf(copy, sizeof copy, "%s", text);
        for (char *event = strtok_r(copy, ";", &rest); event; event = strtok_r(NULL, ";", &rest))
                history_add(history, event);
}

/* The answer of a rule that began last, for the item if one is named. */
struct wanted {
        const char *rule, *item;
        struct obligation found;
        size_t count;
};

static void keep_latest(void *context, const struct obligation *obligation)
{
        struct wanted *wanted = context;

        if (strcmp(rules->rules[obligation->rule].id, wanted->rule) != 0)
                return;
        if (wanted->item && (!obligation->item || strcmp(obligation->item->key, wanted->item) != 0))
                return;
        wanted->found = *obligation;
        wanted->count++;
}

static struct wanted ask(const char *text, const char *as_of, const char *rule, const char *item)
{
        struct wanted wanted = {.rule = rule, .item = item};
        struct history history;
        struct casefile casefile;

        history_read(&history, text);
        assert_int_not_equal(ruleset_rule(rules, rule), VOCABULARY_NONE);
        assert_int_equal(casefile_stand(rules, history.records, history.count, INSTANT_LATEST, on(as_of),
                                        &history.arena, &casefile),
                         STATUS_OK);
        assert_int_equal(obligation_derive(rules, &casefile, on(as_of), &history.arena, keep_latest, &wanted),
                         STATUS_OK);
        arena_fini(&history.arena);
        return wanted;
}

#define MANAGED(category, level)                                                                                       \
        "category-set 2022-06-01 category=" category ";level-set 2022-06-01 level=" level " grounds=high-risk;"
#define OUTSIDE MANAGED("2", "2") "sentenced 2022-06-01 disposal=suspended sentence-ends=2030-01-01;"
#define INSIDE MANAGED("2", "1") "sentenced 2022-06-01 disposal=custody sentence-ends=2030-01-01 release-date="
#define HELD(day, level)                                                                                               \
        "meeting-held " day " meeting-level=" level " disclosure=disclose risk=assessed plan=four-pillars actions=none;"
#define ORDER(kind, day, ends) "order-made " day " @O1 order-kind=" kind " order-ends=" ends ";"
#define UNIT "unit-opened 2022-04-01;"

static const struct row {
        const char *why, *history, *as_of, *rule, *item, *state, *opens, *due, *plan_by;
} table[] = {
        /* Reviews: section 4.2 and 4.6 of the reference. */
        {"16 weeks from a Tuesday", OUTSIDE HELD("2022-12-06", "2"), "2022-12-07", "level-2-review", NULL, "open", NULL,
         "2023-03-28", "2023-03-28"},
        {"16 weeks end on Boxing Day and are planned before Christmas", OUTSIDE HELD("2022-09-05", "2"), "2022-12-26",
         "level-2-review", NULL, "due-soon", NULL, "2022-12-26", "2022-12-23"},
        {"day 113 is overdue", OUTSIDE HELD("2022-09-05", "2"), "2022-12-27", "level-2-review", NULL, "overdue", NULL,
         "2022-12-26", NULL},
        {"8 weeks end on Easter Monday and are planned for Maundy Thursday",
         MANAGED("1", "3") "located 2022-06-01 location=community;" HELD("2023-02-13", "3"), "2023-03-01",
         "level-3-review", NULL, "open", NULL, "2023-04-10", "2023-04-06"},
        {"8 weeks end on Boxing Day",
         MANAGED("1", "3") "located 2022-06-01 location=community;" HELD("2022-10-31", "3"), "2022-11-01",
         "level-3-review", NULL, "open", NULL, "2022-12-26", "2022-12-23"},
        {"two weeks of custody put 16 weeks off by two",
         OUTSIDE HELD("2023-01-09", "2") "recalled 2023-03-20;released 2023-04-03", "2023-04-03", "level-2-review",
         NULL, "due-soon", NULL, "2023-05-15", "2023-05-15"},
        {"in custody the clock stands", OUTSIDE HELD("2023-01-09", "2") "recalled 2023-03-20", "2023-03-25",
         "level-2-review", NULL, "paused", NULL, NULL, NULL},
        {"raising the level pulls the review in",
         OUTSIDE HELD("2023-01-09", "2") "level-set 2023-02-06 level=3 grounds=high-risk", "2023-02-06",
         "level-3-review", NULL, "open", NULL, "2023-04-03", "2023-04-03"},
        {"raised late it keeps the earlier date",
         OUTSIDE HELD("2023-01-09", "2") "level-set 2023-04-10 level=3 grounds=high-risk", "2023-04-10",
         "level-3-review", NULL, "due-soon", NULL, "2023-05-01", "2023-04-28"},
        {"the chair's earlier date holds", OUTSIDE "meeting-held 2023-01-09 meeting-level=2 chair-review-by=2023-02-20",
         "2023-01-10", "level-2-review", NULL, "due-soon", NULL, "2023-02-20", "2023-02-20"},
        {"a level 3 case is not reviewed at a level 2 meeting",
         MANAGED("1", "3") "located 2022-06-01 location=community;" HELD("2022-07-01", "2"), "2022-07-28",
         "level-3-review", NULL, "overdue", NULL, "2022-07-27", NULL},
        {"nobody knows where the person is", MANAGED("1", "2"), "2022-06-02", "level-2-review", NULL, "unevaluable",
         NULL, NULL, NULL},
        {"an exit ends the reviews", OUTSIDE HELD("2022-12-06", "2") "exited 2023-02-01", "2023-02-02",
         "level-2-review", NULL, "lapsed", NULL, "2023-03-28", NULL},
        {"and so does a death", OUTSIDE HELD("2022-12-06", "2") "died 2023-02-01", "2023-02-02", "level-2-review", NULL,
         "lapsed", NULL, NULL, NULL},
        {"but none escapes a breach by leaving", OUTSIDE HELD("2022-09-05", "2") "transferred-out 2023-02-01",
         "2023-02-02", "level-2-review", NULL, "missed", NULL, "2022-12-26", NULL},

        /* First meetings: section 4.2 and 4.3. */
        {"4 weeks end on the early May holiday and stay there",
         MANAGED("1", "1") "sentenced 2023-04-03 disposal=community", "2023-04-04", "community-initial-meeting", NULL,
         "open", NULL, "2023-05-01", "2023-04-28"},
        {"a meeting on the last day is in time",
         MANAGED("1", "1") "sentenced 2023-04-03 disposal=community;" HELD("2023-05-01", "1"), "2023-05-02",
         "community-initial-meeting", NULL, "met", NULL, "2023-05-01", NULL},
        {"a quashed sentence owes nothing",
         MANAGED("1", "1") "sentenced 2023-04-03 disposal=community;sentence-quashed 2023-04-20", "2023-05-02",
         "community-initial-meeting", NULL, "lapsed", NULL, "2023-05-01", NULL},
        {"a suspended sentence is heard in 4 weeks too",
         MANAGED("2", "1") "sentenced 2023-04-03 disposal=suspended sentence-ends=2025-04-02", "2023-04-04",
         "suspended-initial-meeting", NULL, "open", NULL, "2023-05-01", "2023-04-28"},
        {"no 31 February: the window opens on the 28th", INSIDE "2023-08-31", "2023-02-28", "pre-release-meeting", NULL,
         "open", "2023-02-28", "2023-08-31", "2023-08-31"},
        {"the day before it is closed", INSIDE "2023-08-31", "2023-02-27", "pre-release-meeting", NULL, "pending",
         "2023-02-28", "2023-08-31", NULL},
        {"in a leap year on the 29th", INSIDE "2024-08-31", "2024-02-29", "pre-release-meeting", NULL, "open",
         "2024-02-29", "2024-08-31", "2024-08-30"},
        {"31 March gives 30 September", INSIDE "2023-03-31", "2022-09-30", "pre-release-meeting", NULL, "open",
         "2022-09-30", "2023-03-31", NULL},
        {"31 December gives 30 June", INSIDE "2023-12-31", "2023-07-01", "pre-release-meeting", NULL, "open",
         "2023-06-30", "2023-12-31", "2023-12-29"},
        {"a meeting before the window is none", INSIDE "2023-08-31;" HELD("2023-02-27", "1"), "2023-03-01",
         "pre-release-meeting", NULL, "open", NULL, NULL, NULL},
        {"a meeting in the window meets", INSIDE "2023-08-31;" HELD("2023-02-28", "1"), "2023-03-01",
         "pre-release-meeting", NULL, "met", NULL, NULL, NULL},
        {"released on the day without a meeting is missed", INSIDE "2023-08-31;released 2023-08-31", "2023-09-01",
         "pre-release-meeting", NULL, "missed", NULL, "2023-08-31", NULL},
        {"refused release leaves a date to be found", INSIDE "2023-08-31;release-refused 2023-06-01", "2023-06-02",
         "pre-release-meeting", NULL, "unevaluable", NULL, NULL, NULL},
        {"a moved release date moves the window",
         INSIDE "2023-08-31;release-planned 2023-05-01 release-date=2023-07-15", "2023-05-01", "pre-release-meeting",
         NULL, "due-soon", "2023-01-15", "2023-07-15", "2023-07-14"},
        {"an expected discharge has the same window",
         MANAGED("2", "1") "sentenced 2022-06-01 disposal=hospital discharge-date=2023-08-31", "2023-02-28",
         "pre-discharge-meeting", NULL, "open", "2023-02-28", "2023-08-31", NULL},
        {"once it has passed the date itself is asked for",
         MANAGED("2", "1") "sentenced 2022-06-01 disposal=hospital discharge-date=2023-08-31", "2023-09-01",
         "pre-discharge-meeting", NULL, "unevaluable", NULL, NULL, NULL},
        {"discharged unheard is missed",
         MANAGED("2", "1") "sentenced 2022-06-01 disposal=hospital discharge-date=2023-08-31;"
                           "hospital-discharged 2023-08-01 discharged-to=community",
         "2023-08-02", "pre-discharge-meeting", NULL, "missed", NULL, NULL, NULL},
        {"a listed tribunal opens a window",
         MANAGED("2", "1") "sentenced 2022-06-01 disposal=hospital;"
                           "tribunal-listed 2023-01-01 tribunal-date=2023-03-31",
         "2023-01-02", "pre-tribunal-meeting", NULL, "open", "2022-09-30", "2023-03-31", NULL},

        /* Orders and categories: section 4.4. */
        {"3 days beginning with a Friday end on Sunday", ORDER("risk", "2023-03-31", "2025-03-30"), "2023-03-31",
         "risk-order-notification", "O1", "due-soon", NULL, "2023-04-02", "2023-03-31"},
        {"the fourth day is overdue", ORDER("risk", "2023-03-31", "2025-03-30"), "2023-04-03",
         "risk-order-notification", "O1", "overdue", NULL, "2023-04-02", NULL},
        {"a change over Easter",
         ORDER("risk", "2023-03-31", "2025-03-30") "details-changed 2023-04-06 @O1;notified 2023-04-08 @O1",
         "2023-04-09", "risk-order-change-notification", "O1", "met", NULL, "2023-04-08", NULL},
        {"a notification order counts from its receipt",
         ORDER("notification", "2023-01-01", "2028-01-01") "order-received 2023-03-31 @O1 order-kind=notification",
         "2023-04-01", "notification-order-notification", "O1", "due-soon", NULL, "2023-04-02", NULL},
        {"a prevention order is decided before its end", ORDER("prevention", "2022-11-09", "2027-11-08"), "2027-05-08",
         "prevention-order-end", "O1", "open", "2027-05-08", "2027-11-08", "2027-11-08"},
        {"a travel restriction ends by itself",
         "order-made 2023-04-01 @O1 order-kind=risk order-ends=2030-03-31 travel-ends=2025-03-31", "2025-03-01",
         "risk-order-travel-end", "O1", "due-soon", "2024-09-30", "2025-03-31", NULL},
        {"its order later", "order-made 2023-04-01 @O1 order-kind=risk order-ends=2030-03-31 travel-ends=2025-03-31",
         "2025-03-01", "risk-order-end", "O1", "pending", "2029-09-30", "2030-03-31", NULL},
        {"breach is registered on the day",
         ORDER("risk", "2023-03-31",
               "2025-03-30") "order-breached 2023-05-02 @O1 order-kind=risk result=convicted;"
                             "registered 2023-05-02 registration-term=fixed registration-ends=2028-05-01",
         "2023-05-03", "risk-order-breach", NULL, "met", NULL, "2023-05-02", NULL},
        {"after 15 years a review may be sought",
         "category-set 2008-05-01 category=1;registered 2008-05-01 registration-term=indefinite "
         "age-class=adult;first-notified 2008-05-03",
         "2023-05-02", "lifetime-review", NULL, "due-soon", NULL, "2023-05-03", NULL},
        {"on that day it is reached",
         "category-set 2008-05-01 category=1;registered 2008-05-01 registration-term=indefinite "
         "age-class=adult;first-notified 2008-05-03",
         "2023-05-03", "lifetime-review", NULL, "reached", NULL, "2023-05-03", NULL},
        {"after 8 for a child",
         "category-set 2008-05-01 category=1;registered 2008-05-01 registration-term=indefinite age-class=youth;"
         "first-notified 2008-05-03",
         "2016-05-03", "lifetime-review", NULL, "reached", NULL, "2016-05-03", NULL},
        {"category 2 ends with the licence", OUTSIDE, "2030-01-01", "sentence-category-end", NULL, "reached", NULL,
         "2030-01-01", NULL},
        {"a case that falls out undecided is missed", OUTSIDE, "2030-01-02", "sentence-end-decision", NULL, "missed",
         "2029-07-01", "2030-01-01", NULL},
        {"registration that runs out ends category 1",
         "category-set 2020-06-15 category=1;registered 2020-06-15 registration-term=fixed "
         "registration-ends=2030-06-14",
         "2030-06-14", "registration-category-end", NULL, "reached", NULL, "2030-06-14", NULL},
        {"category 3 leaves by its level", MANAGED("3", "2") "level-set 2023-03-09 level=1 grounds=risk-reduced",
         "2023-03-09", "level-exit", NULL, "reached", NULL, "2023-03-09", NULL},

        /* Meetings, referrals, actions. */
        {"a meeting that decides disclosure owes nothing; one that does not owes it that day",
         OUTSIDE "meeting-held 2023-01-09 meeting-level=2", "2023-01-10", "disclosure-decision", NULL, "overdue", NULL,
         "2023-01-09", NULL},
        {"risk", OUTSIDE "meeting-held 2023-01-09 meeting-level=2;risk-assessed 2023-01-09", "2023-01-10",
         "risk-assessment", NULL, "met", NULL, "2023-01-09", NULL},
        {"plan", OUTSIDE "meeting-held 2023-01-09 meeting-level=2;plan-agreed 2023-01-11", "2023-01-12",
         "management-plan", NULL, "met-late", NULL, "2023-01-09", NULL},
        {"actions", OUTSIDE "meeting-held 2023-01-09 meeting-level=2", "2023-01-09", "actions-status", NULL, "due-soon",
         NULL, "2023-01-09", NULL},
        {"two of three accept",
         "referral-made 2023-01-03 @R1;panel-voted 2023-01-04 @R1 member=coordinator-1 vote=accept;"
         "panel-voted 2023-01-05 @R1 member=coordinator-2 vote=refuse;"
         "panel-voted 2023-01-09 @R1 member=detective-inspector vote=accept",
         "2023-01-09", "referral-accepted", "R1", "reached", NULL, "2023-01-09", NULL},
        {"an action has its own date", "action-set 2023-01-09 @A1 action-owner=housing action-due=2023-02-06",
         "2023-02-07", "action-due", "A1", "overdue", NULL, "2023-02-06", NULL},
        {"a dropped action owes nothing",
         "action-set 2023-01-09 @A1 action-owner=housing action-due=2023-02-06;action-dropped 2023-02-01 @A1",
         "2023-02-07", "action-due", "A1", "lapsed", NULL, NULL, NULL},
        {"a chair's date in custody is kept",
         MANAGED("2", "2") "sentenced 2022-06-01 disposal=custody sentence-ends=2030-01-01 "
                           "release-date=2025-01-01;meeting-held 2023-01-09 meeting-level=2 chair-review-by=2023-03-01",
         "2023-03-02", "chair-review-inside", NULL, "overdue", NULL, "2023-03-01", NULL},
        {"a child is handed over by the birthday",
         MANAGED("1", "1") "lead-agency-set 2022-06-01 lead-agency=youth-offending;"
                           "birthday-noted 2022-06-01 eighteenth-birthday=2023-02-28",
         "2023-03-01", "youth-handover", NULL, "overdue", "2022-08-28", "2023-02-28", NULL},
        {"grounds of a level", "category-set 2022-06-01 category=1;level-set 2022-06-01 level=1", "2022-06-02",
         "level-grounds", NULL, "overdue", NULL, "2022-06-01", NULL},

        /* The unit, and victims. */
        {"two boards are one too few", UNIT "board-met 2022-05-10;board-met 2022-10-10", "2023-04-01", "board-meetings",
         NULL, "open", NULL, "2024-03-31", "2024-03-28"},
        {"three are enough", UNIT "board-met 2022-05-10;board-met 2022-10-10;board-met 2023-03-31", "2023-03-31",
         "board-meetings", NULL, "met", NULL, "2023-03-31", NULL},
        {"a quarter without a youth meeting is missed", UNIT, "2022-06-30", "youth-meetings", NULL, "due-soon",
         "2022-04-01", "2022-06-30", NULL},
        {"the snapshot of the end of 31 March is due on the day after", UNIT "snapshot-sealed 2023-04-01", "2023-04-01",
         "snapshot", NULL, "met", "2023-03-31", "2023-04-01", NULL},
        {"a vacant seat is overdue the day after", UNIT, "2022-04-02", "lay-adviser-1", NULL, "overdue", NULL,
         "2022-04-01", NULL},
        {"an agency without a contact too", UNIT "agency-joined 2022-04-01 @housing", "2022-04-02", "agency-contact",
         "housing", "overdue", NULL, NULL, NULL},
        {"figures are ready when the board meets", UNIT "board-booked 2023-01-10 next-board=2023-05-10", "2023-05-11",
         "performance-pack", NULL, "overdue", "2023-03-29", "2023-05-10", NULL},
        {"the victim's officer hears of a changed date",
         INSIDE "2023-08-31;victim-answered 2022-06-02 victim-contact=accepted;"
                "release-planned 2023-05-01 release-date=2023-07-15",
         "2023-05-01", "victim-release-date", NULL, "reached", NULL, "2023-05-01", NULL},
};

static int wrong_answers;

/* All wrong rows are told in one run. */
static void wrong(const struct row *row, const char *what, const char *expected, const char *found)
{
        print_error("%s: %s: %s is %s, not %s\n", row->rule, row->why, what, found, expected);
        wrong_answers++;
}

static void same_day(const struct row *row, const char *what, const char *expected, int32_t found)
{
        char text[CIVIL_TEXT_SIZE] = "none";

        if (!expected)
                return;
        if (found != CIVIL_NONE)
                civil_format(found, text);
        if (strcmp(expected, text) != 0)
                wrong(row, what, expected, text);
}

static void the_worked_dates_come_out(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                const struct row *row = &table[i];
                struct wanted wanted = ask(row->history, row->as_of, row->rule, row->item);

                if (wanted.count == 0) {
                        wrong(row, "the answer", row->state, "none");
                        continue;
                }
                if (strcmp(obligation_state_word(wanted.found.state), row->state) != 0)
                        wrong(row, "the state", row->state, obligation_state_word(wanted.found.state));
                same_day(row, "opens", row->opens, wanted.found.opens);
                same_day(row, "due", row->due, wanted.found.due);
                same_day(row, "plan-by", row->plan_by, wanted.found.plan_by);
        }
        assert_int_equal(wrong_answers, 0);
}

static const struct {
        const char *why, *history, *constraint;
        bool refused;
} guards[] = {
        {"category 3 is never at level 1",
         "level-set 2022-06-01 level=1 grounds=other;category-set 2022-06-01 category=3", "category-3-at-level-1",
         true},
        {"nor is category 4 by discretion",
         "level-set 2022-06-01 level=1 grounds=other;category-set 2022-06-01 category=4 inclusion=discretionary",
         "discretionary-4-at-level-1", true},
        {"5 years less a day is no prevention order",
         "order-made 2022-11-09 @O1 order-kind=prevention order-ends=2027-11-07", "prevention-order-minimum", true},
        {"5 years are", "order-made 2022-11-09 @O1 order-kind=prevention order-ends=2027-11-08", NULL, false},
        {"an interim order may be shorter",
         "order-made 2022-11-09 @O1 order-kind=interim-prevention order-ends=2023-01-08", NULL, false},
        {"2 years less a day is no risk order", "order-made 2023-03-31 @O1 order-kind=risk order-ends=2025-03-29",
         "risk-order-minimum", true},
        {"travel is restricted for 5 years at most", "order-made 2023-03-31 @O1 order-kind=risk travel-ends=2028-03-31",
         "travel-maximum", true},
        {"and for 5 years", "order-made 2023-03-31 @O1 order-kind=risk travel-ends=2028-03-30", NULL, false},
        {"the chair does not put a review off",
         OUTSIDE "meeting-held 2023-01-09 meeting-level=2 chair-review-by=2023-05-02", "chair-ceiling-2", true},
        {"day 112 is the last", OUTSIDE "meeting-held 2023-01-09 meeting-level=2 chair-review-by=2023-05-01", NULL,
         false},
        {"nor at level 3", OUTSIDE "meeting-held 2023-01-09 meeting-level=3 chair-review-by=2023-03-07",
         "chair-ceiling-3", true},
        {"a booking behind the due date is told",
         OUTSIDE HELD("2023-01-09", "2") "meeting-booked 2023-02-01 next-meeting=2023-05-02", "booked-late", false},
        {"one on it is not", OUTSIDE HELD("2023-01-09", "2") "meeting-booked 2023-02-01 next-meeting=2023-05-01", NULL,
         false},
};

static void what_cannot_be_meant_is_refused_or_told(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
                struct history history;
                const struct constraint *found = NULL;

                history_read(&history, guards[i].history);
                if (history.last.code == REFUSAL_CONSTRAINT)
                        found = history.last.constraint;
                else if (history.last.flag_count > 0)
                        found = history.last.flags[0];
                if ((history.last.code == REFUSAL_CONSTRAINT) != guards[i].refused ||
                    (found == NULL) != (guards[i].constraint == NULL) ||
                    (found && strcmp(found->id, guards[i].constraint) != 0))
                        fail_msg("%s: %s", guards[i].why, found ? found->id : "no constraint");
                arena_fini(&history.arena);
        }
}

static void the_calendar_is_the_published_one(void **state)
{
        struct calendar published = england_and_wales();

        (void)state;
        assert_int_equal(rules->calendar.holiday_count, published.holiday_count);
        assert_int_equal(rules->calendar.working_week, published.working_week);
        assert_int_equal(rules->calendar.covers_from, published.covers_from);
        assert_int_equal(rules->calendar.covers_until, published.covers_until);
        for (size_t i = 0; i < published.holiday_count; i++)
                assert_int_equal(rules->calendar.holidays[i].on, published.holidays[i].on);
}

/* Gregorian Easter Sunday by the method of Meeus, Jones and Butcher. */
static int32_t easter(int year)
{
        int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
        int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
        int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;

        return civil_from_date((struct civil){year, n / 31, n % 31 + 1});
}

static void holidays_are_called_what_they_are(void **state)
{
        (void)state;
        for (int year = 2012; year <= 2028; year++) {
                assert_string_equal(calendar_holiday(&rules->calendar, easter(year) - 2)->name, "Good Friday");
                assert_string_equal(calendar_holiday(&rules->calendar, easter(year) + 1)->name, "Easter Monday");
        }
        assert_string_equal(calendar_holiday(&rules->calendar, on("2022-12-26"))->name, "Boxing Day");
        assert_string_equal(calendar_holiday(&rules->calendar, on("2022-12-27"))->name,
                            "Christmas Day (substitute day)");
        assert_string_equal(calendar_holiday(&rules->calendar, on("2021-12-28"))->name, "Boxing Day (substitute day)");
}

static void every_rule_says_where_it_comes_from(void **state)
{
        (void)state;
        for (size_t i = 0; i < rules->rule_count; i++)
                for (size_t j = 0; j < rules->rules[i].version_count; j++) {
                        const struct rule_version *version = &rules->rules[i].versions[j];

                        if (!version->authority || !*version->title || !*version->basis)
                                fail_msg("%s says too little", rules->rules[i].id);
                        if (version->enabled &&
                            (!*version->source || (version->authority[0] != 'S' && version->authority[0] != 'R')))
                                fail_msg("%s is switched on and not from the report", rules->rules[i].id);
                }
}

static void every_route_leads_to_somebody_in_the_example(void **state)
{
        static const char *const domains[] = {"police.uk", "gov.uk", "nhs.net"};
        struct diagnostics diagnostics = {0};
        struct contacts *contacts = NULL;

        (void)state;
        assert_int_equal(contacts_load("contrib/contacts.example.cfg", domains, 3, &diagnostics, &contacts), STATUS_OK);
        assert_true(contacts_check(contacts, rules, on("2026-08-05"), &diagnostics));
        assert_int_equal(diagnostics.error_count + diagnostics.warning_count, 0);
        contacts_free(contacts);
        diagnostics_fini(&diagnostics);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_worked_dates_come_out),
                cmocka_unit_test(what_cannot_be_meant_is_refused_or_told),
                cmocka_unit_test(the_calendar_is_the_published_one),
                cmocka_unit_test(holidays_are_called_what_they_are),
                cmocka_unit_test(every_rule_says_where_it_comes_from),
                cmocka_unit_test(every_route_leads_to_somebody_in_the_example),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
