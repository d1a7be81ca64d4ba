/*
 * test_difference - what was edited is named as a person would name it, what it
 * does to a case comes from paper, and whatever allocation fails is passed up.
 *
 * Dates: a review every 16 weeks from 20 January 2023 is due 112 days later, on
 * 12 May; every 12 weeks 84 days later, on 14 April.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/contacts.h"
#include "mappad/difference.h"
#include "mappad/rulefile.h"

static const char words_text[] =
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; }, { name = \"lead\"; values = [\"police\", \"prison\"]; },\n"
        "  { name = \"place\"; values = [\"in\", \"out\"]; }, { name = \"ends\"; type = \"date\"; } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; }, { name = \"lead\"; }, { name = \"ends\"; } ); },\n"
        "  { name = \"moved\"; fields = ( { name = \"place\"; required = true; } ); }, { name = \"met\"; } );\n";
static const char calendar_text[] =
        "calendar = { name = \"paper\"; working-week = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"];\n"
        "  covers = { from = \"2020-01-01\"; until = \"2030-12-31\"; }; holidays = ( { on = \"2023-04-07\"; name = \"Friday\"; } ); };\n";
#define HEAD(id) "{ id = \"" id "\"; title = \"T\"; source = \"S\"; basis = \"B\"; strength = \"must\"; "
#define REVIEW \
        HEAD("review") "applies = { level = \"2\"; }; every = \"16 weeks after\"; met-by = { event = \"met\"; };" \
                       " alerts = ( { at = \"due\"; to = \"unit\"; }, { at = \"overdue\"; to = [\"unit\", \"$lead\"]; } ); }"
static const char rules_text[] = "rules = ( " REVIEW " );\n";

/* A text with one part of it replaced; NULL from: as it is. */
struct edit { const char *text, *from, *to; };

static char *edited(struct edit edit)
{
        const char *at = edit.from == NULL ? NULL : strstr(edit.text, edit.from);
        size_t size = strlen(edit.text) + (edit.to == NULL ? 0 : strlen(edit.to)) + 1;
        char *text = malloc(size);

        assert_non_null(text);
        if (edit.from == NULL) {
                memcpy(text, edit.text, strlen(edit.text) + 1);
                return text;
        }
        assert_non_null(at);
        (void)snprintf(text, size, "%.*s%s%s", (int)(at - edit.text), edit.text, edit.to, at + strlen(edit.from));
        return text;
}

/* The rules above, in three files, with one of them edited. */
static struct ruleset *load(const char *from, const char *to)
{
        const char *texts[3] = {words_text, calendar_text, rules_text};
        const char *names[3] = {"words.cfg", "calendar.cfg", "rules.cfg"};
        struct rulefile_text files[3];
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        bool found = from == NULL;

        for (size_t i = 0; i < 3; i++) {
                bool here = !found && strstr(texts[i], from) != NULL;

                found = found || here;
                files[i].name = names[i];
                files[i].text = edited((struct edit){texts[i], here ? from : NULL, to});
                files[i].length = strlen(files[i].text);
        }
        assert_true(found);
        diagnostics_init(&diagnostics);
        if (rulefile_load_text(files, 3, &diagnostics, &ruleset) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                fail_msg("the rules do not load");
        }
        diagnostics_fini(&diagnostics);
        for (size_t i = 0; i < 3; i++)
                free((char *)(uintptr_t)files[i].text);
        return ruleset;
}

/* ---- what was edited ---- */

#define VERSIONS \
        HEAD("review") "in-force = { until = \"2023-04-30\"; }; applies = { level = \"2\"; }; every = \"16 weeks after\";" \
                       " met-by = { event = \"met\"; }; },\n" \
        HEAD("review") "in-force = { from = \"2023-05-01\"; }; every = \"12 weeks after\"; met-by = { event = \"met\"; }; }"

static const struct row {
        const char *says, *from, *to;
        const char *amendment;          /* "what name setting: before -> after [day]" of the first one */
        size_t count;
        const char *reason;             /* why a date of the review within 2023-01-20 .. 2023-05-12 moved; NULL: not asked */
} rows[] = {
        {"nothing edited is nothing", NULL, NULL, NULL, 0, NULL},
        {"a period", "16 weeks after", "12 weeks after", "rule-changed review every: 16 weeks after -> 12 weeks after", 1,
         "rule changed: 16 weeks after -> 12 weeks after"},
        {"a period that becomes a table", "\"16 weeks after\"",
         "( { is = \"8 weeks after\"; when = { level = \"1\"; }; }, { is = \"12 weeks after\"; } )",
         "rule-changed review every: 16 weeks after -> 8 weeks after when level = 1; 12 weeks after", 1, NULL},
        {"another clock", "every = \"16 weeks after\"", "within = \"4 weeks after\"; from = { event = \"moved\"; where = { place = \"out\"; }; }",
         "rule-changed review clock: every 16 weeks after -> within 4 weeks after", 2,
         "rule changed: clock every 16 weeks after -> within 4 weeks after"},
        {"to whom it applies", "level = \"2\"; }; every", "level = [\"1\", \"2\"]; }; every",
         "rule-changed review applies: level = 2 -> level = 1|2", 1, "rule changed: applies level = 2 -> level = 1|2"},
        {"a title", "title = \"T\"", "title = \"U\"", "rule-changed review title: T -> U", 1, NULL},
        {"a ladder", "to = \"unit\"", "to = [\"unit\", \"chair\"]",
         "rule-changed review alerts: due to unit; overdue to unit, $lead -> due to unit, chair; overdue to unit, $lead", 1, NULL},
        {"pauses", "every = \"16", "runs = { place = \"out\"; }; on-pause = \"carry\"; grace = \"5 days after\"; every = \"16",
         "rule-changed review grace:  -> 5 days after", 3, "rule changed: grace (none) -> 5 days after"},
        {"a rule switched off", "every = \"16", "enabled = false; every = \"16", "rule-changed review enabled: yes -> no", 1, NULL},
        {"a rule that is new", REVIEW, REVIEW ", " HEAD("visit") "by = \"ends\"; lead = \"2 weeks before\"; met-by = { event = \"met\"; }; }",
         "rule-added visit :  -> by ends", 1, NULL},
        {"a rule under another id", "\"review\"", "\"hearing\"", "rule-added hearing :  -> every 16 weeks after", 2, NULL},
        {"versions", REVIEW, VERSIONS, "rule-changed review in-force:  -> until 2023-04-30", 3, NULL},
        {"a holiday", "holidays = (", "holidays = ( { on = \"2023-04-24\"; name = \"Monday\"; },", "holiday-added Monday :  ->  [2023-04-24]", 1,
         "calendar: 2023-04-24 added"},
        {"a holiday on another day", "2023-04-07", "2023-04-10", "holiday-removed Friday :  ->  [2023-04-07]", 2,
         "calendar: 2023-04-07 removed, 2023-04-10 added"},
        {"a holiday of another year moved no date of this one", "2023-04-07", "2024-04-07", "holiday-removed Friday :  ->  [2023-04-07]", 2,
         "calendar: 2023-04-07 removed"},
        {"the span", "until = \"2030-12-31\"", "until = \"2031-12-31\"",
         "calendar-changed paper covers: 2020-01-01 to 2030-12-31 -> 2020-01-01 to 2031-12-31", 1, "covers changed"},
        {"the week", "\"thu\", \"fri\"", "\"thu\"", "calendar-changed paper working-week: mon, tue, wed, thu, fri -> mon, tue, wed, thu", 1,
         "working-week changed"},
        {"a word", "{ name = \"met\"; }", "{ name = \"met\"; clears = \"ends\"; }", "word-changed met event:  -> clears ends", 1,
         "what events and attributes mean changed"},
        {"a value", "[\"police\", \"prison\"]", "[\"police\", \"prison\", \"youth\"]",
         "word-changed lead attribute: one of police|prison -> one of police|prison|youth", 2, NULL},
        {"an event that is new", "{ name = \"met\"; }", "{ name = \"met\"; }, { name = \"note\"; }", "word-added note event:  -> ", 1, NULL},
};

static void check_row(const struct row *row, struct ruleset *before)
{
        struct ruleset *after = load(row->from, row->to);
        struct amendments amendments;
        struct arena arena;
        char text[512], day[CIVIL_TEXT_SIZE + 3] = "";
        int32_t first = civil_from_date((struct civil){2023, 1, 20}), last = civil_from_date((struct civil){2023, 5, 12});

        arena_init(&arena, malloc, free);
        assert_int_equal(amendments_find(before, after, &arena, &amendments), STATUS_OK);
        if (amendments.count != row->count)
                fail_msg("%s: %zu amendments, not %zu", row->says, amendments.count, row->count);
        if (row->count > 0) {
                const struct amendment *one = &amendments.list[0];

                if (one->day != CIVIL_NONE && one->day != CIVIL_MIN) {
                        char date[CIVIL_TEXT_SIZE];

                        civil_format(one->day, date);
                        (void)snprintf(day, sizeof day, " [%s]", date);
                }
                (void)snprintf(text, sizeof text, "%s %s %s: %s -> %s%.13s", amendment_word(one->kind), one->name,
                               one->setting == NULL ? "" : one->setting, one->before == NULL ? "" : one->before,
                               one->after == NULL ? "" : one->after, day);
                if (strcmp(text, row->amendment) != 0)
                        fail_msg("%s: \"%s\", not \"%s\"", row->says, text, row->amendment);
        }
        if (row->reason != NULL)
                assert_string_equal(amendments_reason(&amendments, "review", first, last, &arena), row->reason);
        arena_fini(&arena);
        ruleset_free(before);
        ruleset_free(after);
}

static void an_edit_is_named_as_a_person_would(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                check_row(&rows[i], load(NULL, NULL));
}

#define VERSION(id, span) \
        HEAD(id) "in-force = { " span " }; applies = { level = \"2\"; }; every = \"16 weeks after\"; met-by = { event = \"met\"; }; }"
#define UNTIL_MAY VERSION("review", "until = \"2023-04-30\";")
#define FROM_MAY VERSION("review", "from = \"2023-05-01\";")
#define NEXT_HOLIDAYS \
        "holidays = ( { on = \"2023-01-02\"; name = \"January\"; }, { on = \"2023-02-01\"; name = \"A\"; }, { on = \"2023-02-02\"; name = \"B\"; }, " \
        "{ on = \"2023-02-03\"; name = \"C\"; }, { on = \"2023-02-06\"; name = \"D\"; }, { on = \"2023-06-01\"; name = \"June\"; }, "

/* The laws before, each with an edit of its own that has been made. */
static const struct from_row {
        const char *from, *to; /* of the law before */
        struct row row;
} from_rows[] = {
        {REVIEW, UNTIL_MAY ", " FROM_MAY,
         {"a version that goes", REVIEW, UNTIL_MAY, "version-removed review : every 16 weeks after ->  [2023-05-01]", 1,
          "versions of the rule changed"}},
        {REVIEW, UNTIL_MAY,
         {"a version that comes", REVIEW, UNTIL_MAY ", " FROM_MAY, "version-added review :  -> every 16 weeks after [2023-05-01]", 1,
          "versions of the rule changed"}},
        {REVIEW, VERSION("hearing", "until = \"2023-04-30\";") ", " REVIEW,
         {"a version of another rule", REVIEW,
          VERSION("hearing", "until = \"2023-04-30\";") ", " VERSION("hearing", "from = \"2023-05-01\";") ", " REVIEW,
          "version-added hearing :  -> every 16 weeks after [2023-05-01]", 1, "other rules changed"}},
        {REVIEW, UNTIL_MAY ", " FROM_MAY,
         {"a version that begins later", REVIEW, UNTIL_MAY ", " VERSION("review", "from = \"2023-06-01\";"),
          "version-removed review : every 16 weeks after ->  [2023-05-01]", 2, "versions of the rule changed"}},
        {REVIEW, UNTIL_MAY ", " VERSION("review", "from = \"2023-06-01\";"),
         {"a version that begins sooner", REVIEW, UNTIL_MAY ", " FROM_MAY, "version-added review :  -> every 16 weeks after [2023-05-01]", 2,
          "versions of the rule changed"}},
        {REVIEW, UNTIL_MAY,
         {"a law without its end", REVIEW, HEAD("review") "applies = { level = \"2\"; }; every = \"16 weeks after\"; met-by = { event = \"met\"; }; }", "rule-changed review in-force: until 2023-04-30 -> ", 1,
          "rule changed: in-force until 2023-04-30 -> (none)"}},
        {"holidays = (", NEXT_HOLIDAYS,
         {"holidays that go: those within the days that count, the first three of them", NULL, NULL,
          "holiday-removed January :  ->  [2023-01-02]", 6,
          "calendar: 2023-02-01 removed, 2023-02-02 removed, 2023-02-03 removed and 1 more"}},
        {"attributes = (", "attributes = ( { name = \"age\"; values = [\"old\"]; },",
         {"a word that goes from before the others", NULL, NULL, "word-removed age attribute:  -> ", 1, "what events and attributes mean changed"}},
};

static void what_was_edited_may_have_been_edited_before(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof from_rows / sizeof from_rows[0]; i++)
                check_row(&from_rows[i].row, load(from_rows[i].from, from_rows[i].to));
}


/* ---- what it does to a case ---- */

static struct value level_two[3], place_out[1];

/* Level 2 under the police since 2 January, heard on 20 January. */
static size_t make_records(const struct ruleset *ruleset, struct record *records)
{
        const struct vocabulary *vocabulary = &ruleset->vocabulary;
        struct fact facts[] = {
                {.type = vocabulary_event(vocabulary, "put"), .on = civil_from_date((struct civil){2023, 1, 2}), .fields = level_two},
                {.type = vocabulary_event(vocabulary, "moved"), .on = civil_from_date((struct civil){2023, 1, 2}), .fields = place_out},
                {.type = vocabulary_event(vocabulary, "met"), .on = civil_from_date((struct civil){2023, 1, 20})},
        };

        level_two[0] = (struct value){.bits = VALUE_BIT(1), .day = CIVIL_NONE};
        level_two[1] = (struct value){.bits = VALUE_BIT(0), .day = CIVIL_NONE};
        level_two[2] = (struct value){.bits = VALUE_UNSET, .day = CIVIL_NONE};
        place_out[0] = (struct value){.bits = VALUE_BIT(1), .day = CIVIL_NONE};
        for (size_t i = 0; i < 3; i++) {
                facts[i].seq = i + 1;
                records[i] = (struct record){.fact = facts[i], .recorded_at = INSTANT_ALWAYS};
        }
        return 3;
}

struct told { char text[4096]; };

static void tell(void *context, const struct difference *difference)
{
        struct told *told = context;
        size_t used = strlen(told->text);
        char before[CIVIL_TEXT_SIZE] = "-", after[CIVIL_TEXT_SIZE] = "-";

        if (difference->before != NULL && difference->before->due != CIVIL_NONE)
                civil_format(difference->before->due, before);
        if (difference->after != NULL && difference->after->due != CIVIL_NONE)
                civil_format(difference->after->due, after);
        used += (size_t)snprintf(told->text + used, sizeof told->text - used, "%s %s>%s", difference->rule, before, after);
        for (unsigned i = 0; i < CHANGE_COUNT; i++)
                if ((difference->changes & CHANGE_BIT(i)) != 0)
                        used += (size_t)snprintf(told->text + used, sizeof told->text - used, " %s", change_word((enum change)i));
        for (size_t i = 0; i < difference->stage_count; i++)
                used += (size_t)snprintf(told->text + used, sizeof told->text - used, " [%s: %s>%s]", difference->stages[i].at,
                                         difference->stages[i].before, difference->stages[i].after);
        (void)snprintf(told->text + used, sizeof told->text - used, "\n");
}

static int allocations_left = -1;

static void *grow_or_fail(size_t size)
{
        if (allocations_left == 0)
                return NULL;
        if (allocations_left > 0)
                allocations_left--;
        return malloc(size);
}

/* The whole comparison of that case, with arenas that may fail. */
static enum status compare(const struct ruleset *before, const struct ruleset *after, int32_t as_of, struct told *told)
{
        struct arena work, rows_arena, whole;
        struct record old_records[3], new_records[3];
        struct casefile old, new;
        struct amendments amendments;
        struct difference_tally tally;
        struct difference_question question = {.before = {.ruleset = before, .casefile = &old},
                                               .after = {.ruleset = after, .casefile = &new},
                                               .as_of = as_of};
        struct difference_sink sink = {tell, told};

        arena_init(&work, grow_or_fail, free);
        arena_init(&rows_arena, grow_or_fail, free);
        arena_init(&whole, grow_or_fail, free);
        enum status status = amendments_find(before, after, &whole, &amendments);
        if (status == STATUS_OK)
                status = difference_tally_init(&tally, before, after, &whole);
        if (status == STATUS_OK)
                status = casefile_stand(before, old_records, make_records(before, old_records), INSTANT_LATEST, as_of, &work, &old);
        if (status == STATUS_OK)
                status = casefile_stand(after, new_records, make_records(after, new_records), INSTANT_LATEST, as_of, &work, &new);
        if (status == STATUS_OK)
                status = difference_derive(&question.before, as_of, &work, &rows_arena);
        if (status == STATUS_OK)
                status = difference_derive(&question.after, as_of, &work, &rows_arena);
        if (status == STATUS_OK) {
                question.words = amendments.words;
                status = difference_count(&tally, &question, &rows_arena, &sink);
        }
        if (status == STATUS_OK)
                assert_int_equal(tally.counts.cases_changed, told->text[0] != '\0');
        arena_fini(&work);
        arena_fini(&rows_arena);
        arena_fini(&whole);
        return status;
}

static const struct case_row { const char *says, *from, *to; struct civil as_of; const char *told; } case_rows[] = {
        {"the same rules do nothing", NULL, NULL, {2023, 4, 20}, ""},
        {"a shorter period moves the date and makes it overdue", "16 weeks after", "12 weeks after", {2023, 4, 20},
         "review 2023-05-12>2023-04-14 due overdue\n"},
        {"on the old due date's eve a longer period is only a move", "16 weeks after", "17 weeks after", {2023, 5, 12},
         "review 2023-05-12>2023-05-19 due\n"},
        {"on the day after it is no longer overdue", "16 weeks after", "17 weeks after", {2023, 5, 13},
         "review 2023-05-12>2023-05-19 due no-longer-overdue\n"},
        {"a level that is left out ends the duty", "level = \"2\"; }; every", "level = \"1\"; }; every", {2023, 4, 20},
         "review 2023-04-24>- history\nreview 2023-05-12>- vanishes\n"},
        {"an old rule under a new name vanishes and appears", "\"review\"", "\"hearing\"", {2023, 4, 20},
         "hearing ->2023-04-24 history\nhearing ->2023-05-12 appears\nreview 2023-04-24>- history\nreview 2023-05-12>- vanishes\n"},
        {"another recipient of one stage", "to = \"unit\"", "to = \"chair\"", {2023, 4, 20},
         "review 2023-05-12>2023-05-12 recipients [due: unit>chair]\n"},
        {"an agency instead of a role", "\"unit\", \"$lead\"", "\"$lead\"", {2023, 4, 20},
         "review 2023-05-12>2023-05-12 recipients [overdue: police, unit>police]\n"},
        /* Without a warning it is due soon from 28 days before, 14 April; with one from that day, 5 May. */
        {"a stage that goes, and one that comes", "at = \"due\"", "at = \"1 week before\"", {2023, 4, 20},
         "review 2023-05-12>2023-05-12 state recipients [1 week before: >unit] [due: unit>]\n"},
        {"names in another order are the same people", "\"unit\", \"$lead\"", "\"$lead\", \"unit\"", {2023, 4, 20}, ""},
        {"a holiday on the due date moves the day to plan by", "2023-04-07", "2023-05-12", {2023, 4, 20},
         "review 2023-05-12>2023-05-12 plan-by\n"},
        {"a met review is judged anew", "16 weeks after", "2 weeks after", {2023, 1, 21},
         "review 2023-04-24>2023-01-16 history\nreview 2023-05-12>2023-02-03 due state\n"},
};

static void what_it_does_to_a_case_comes_from_paper(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof case_rows / sizeof case_rows[0]; i++) {
                const struct case_row *row = &case_rows[i];
                struct ruleset *before = load(NULL, NULL), *after = load(row->from, row->to);
                struct told told = {""};

                assert_int_equal(compare(before, after, civil_from_date(row->as_of), &told), STATUS_OK);
                if (strcmp(told.text, row->told) != 0)
                        fail_msg("%s:\n%s, not\n%s", row->says, told.text, row->told);
                ruleset_free(before);
                ruleset_free(after);
        }
}

static void any_allocation_that_fails_is_passed_up(void **state)
{
        struct ruleset *before = load(NULL, NULL), *after = load("to = \"unit\"", "to = \"chair\"");
        enum status status = STATUS_NO_MEMORY;
        int tried = 0;

        (void)state;
        for (; status != STATUS_OK; tried++) {
                struct told told = {""};

                allocations_left = tried;
                status = compare(before, after, civil_from_date((struct civil){2023, 4, 20}), &told);
                allocations_left = -1;
                assert_true(status == STATUS_OK || status == STATUS_NO_MEMORY);
        }
        assert_true(tried > 2);
        ruleset_free(before);
        ruleset_free(after);
}

/* More names than are told apart: the first 128 are told, in order. */
static void of_very_many_names_the_first_are_told(void **state)
{
        static char names[4096];
        struct ruleset *before = load(NULL, NULL), *after;
        size_t used = (size_t)snprintf(names, sizeof names, "to = [");
        struct told told = {""};

        (void)state;
        for (int i = 0; i < 130; i++)
                used += (size_t)snprintf(names + used, sizeof names - used, "%s\"role-%03d\"", i == 0 ? "" : ", ", i);
        (void)snprintf(names + used, sizeof names - used, "]");
        after = load("to = \"unit\"", names);
        assert_int_equal(compare(before, after, civil_from_date((struct civil){2023, 4, 20}), &told), STATUS_OK);
        assert_non_null(strstr(told.text, "[due: unit>role-000, role-001, "));
        assert_non_null(strstr(told.text, ", role-127]"));
        ruleset_free(before);
        ruleset_free(after);
}

/* ---- digests, texts ---- */

static void rules_come_apart_into_the_files_they_were_made_of(void **state)
{
        struct ruleset *ruleset = load(NULL, NULL), *again = NULL;
        struct rulefile_text *files = NULL;
        struct diagnostics diagnostics;
        struct arena arena;
        size_t count = 0;

        (void)state;
        arena_init(&arena, malloc, free);
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_unbind(ruleset->text, &arena, &files, &count), STATUS_OK);
        assert_int_equal(count, 3);
        assert_string_equal(files[1].name, "calendar.cfg");
        assert_string_equal(files[1].text, calendar_text);
        assert_int_equal(rulefile_load_text(files, count, &diagnostics, &again), STATUS_OK);
        assert_string_equal(again->digest, ruleset->digest);
        static const char *const broken[] = {"x", "5:abc", "3:abc", "3:abc9", "999999999:a3:abc", "3:abc40:short", ":", "-1:a1:b"};
        for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
                assert_int_equal(rulefile_unbind(broken[i], &arena, &files, &count), STATUS_INVALID);
        diagnostics_fini(&diagnostics);
        arena_fini(&arena);
        ruleset_free(ruleset);
        ruleset_free(again);
}

static void the_seal_is_what_sha256sum_says(void **state)
{
        char seal[65];

        (void)state;
        /* printf 'rules a\ncontacts b\n' | sha256sum; printf 'rules a\ncontacts \n' | sha256sum */
        assert_int_equal(rulefile_seal_digests("a", "b", seal), STATUS_OK);
        assert_string_equal(seal, "5c89cf87f08efc6b6c282c88b9fcd768aa39dc22d7194ab5eed9cbee59aa8827");
        assert_int_equal(rulefile_seal_digests("a", "", seal), STATUS_OK);
        assert_string_equal(seal, "786e82c15d3863c7015924de5e81f6282f0008427c3dca93903315b576a2eb2f");
}

/* ---- mailboxes ---- */

static const char contacts_text_[] =
        "watch = \"unit\";\n"
        "agencies = ( { name = \"police\"; spoc = [\"p@example.org\"]; } );\n"
        "roles = ( { name = \"unit\"; mailboxes = [\"u@example.org\"]; }, { name = \"board\"; agencies = [\"police\"]; } );\n";

static const struct mail_row { const char *says, *from, *to, *told; } mail_rows[] = {
        {"the same file", NULL, NULL, ""},
        {"a label is no mailbox", "name = \"unit\";", "name = \"unit\"; label = \"The unit\";", ""},
        {"an agency's mailbox reaches the role that names it", "p@example.org", "q@example.org",
         "role board 2023-04-20 p@example.org>q@example.org\nagency police 2023-04-20 p@example.org>q@example.org\n"},
        {"a mailbox more", "[\"u@example.org\"]", "[\"u@example.org\", \"v@example.org\"]",
         "role unit 2023-04-20 u@example.org>u@example.org, v@example.org\n"},
        {"an entry that ends later", "name = \"police\";", "name = \"police\"; until = \"2023-06-30\";",
         "role board 2023-07-01 p@example.org>\nagency police 2023-07-01 p@example.org>\n"},
};

static struct contacts *load_contacts(const char *from, const char *to)
{
        static const char *const domains[] = {"example.org"};
        char *text = edited((struct edit){contacts_text_, from, to});
        struct rulefile_text source = {"contacts.cfg", text, strlen(text)};
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;

        diagnostics_init(&diagnostics);
        if (contacts_load_text(&source, domains, 1, &diagnostics, &contacts) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                fail_msg("the contacts do not load");
        }
        diagnostics_fini(&diagnostics);
        free(text);
        return contacts;
}

static void mailboxes_that_differ_are_told_with_the_first_day(void **state)
{
        int32_t day = civil_from_date((struct civil){2023, 4, 20});

        (void)state;
        for (size_t i = 0; i < sizeof mail_rows / sizeof mail_rows[0]; i++) {
                const struct mail_row *row = &mail_rows[i];
                struct contacts *before = load_contacts(NULL, NULL), *after = load_contacts(row->from, row->to);
                struct readdressed_list list;
                struct arena arena;
                char text[512] = "";
                size_t used = 0;

                arena_init(&arena, malloc, free);
                assert_int_equal(contacts_differences(before, after, day, &arena, &list), STATUS_OK);
                for (size_t k = 0; k < list.count; k++) {
                        char date[CIVIL_TEXT_SIZE];

                        civil_format(list.list[k].from, date);
                        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s %s %s>%s\n",
                                                 list.list[k].agency ? "agency" : "role", list.list[k].name, date,
                                                 list.list[k].before, list.list[k].after);
                }
                if (strcmp(text, row->told) != 0)
                        fail_msg("%s:\n%s, not\n%s", row->says, text, row->told);
                arena_fini(&arena);
                contacts_free(before);
                contacts_free(after);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_edit_is_named_as_a_person_would),
                cmocka_unit_test(what_was_edited_may_have_been_edited_before),
                cmocka_unit_test(what_it_does_to_a_case_comes_from_paper),
                cmocka_unit_test(of_very_many_names_the_first_are_told),
                cmocka_unit_test(any_allocation_that_fails_is_passed_up),
                cmocka_unit_test(rules_come_apart_into_the_files_they_were_made_of),
                cmocka_unit_test(the_seal_is_what_sha256sum_says),
                cmocka_unit_test(mailboxes_that_differ_are_told_with_the_first_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
