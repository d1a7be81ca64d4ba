/*
 * test_records - which records stand, in which order, and what is refused or
 * flagged, where no test file can say it: numbers that are missing, keys begun
 * twice, more warnings than there is room for. The law is that of
 * tests/rulefile/engine, found from the top of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mappad/report.h"
#include "mappad/rulefile.h"
#include "mappad/survey.h"

static struct ruleset *law;

static int load_once(void **state)
{
        static const char *const folder = "tests/rulefile/engine";
        struct diagnostics diagnostics;

        (void)state;
        diagnostics_init(&diagnostics);
        if (rulefile_load(&folder, 1, &diagnostics, &law) != STATUS_OK)
                diagnostics_print(&diagnostics, stderr);
        diagnostics_fini(&diagnostics);
        return law == NULL ? -1 : 0;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(law);
        return 0;
}

/* The record of a meeting on a day of 2023. */
static struct record meeting(uint64_t seq, int month, int day)
{
        static const struct value none[2] = {{VALUE_UNSET, CIVIL_NONE, NULL}, {VALUE_UNSET, CIVIL_NONE, NULL}};

        return (struct record){.fact = {.type = vocabulary_event(&law->vocabulary, "met"),
                                        .on = civil_from_date((struct civil){2023, month, day}),
                                        .fields = none,
                                        .seq = seq},
                               .recorded_at = INSTANT_ALWAYS};
}

/* Records come in the order in which they were made; two are of one day. */
static void what_does_not_stand_is_neither_retracted_nor_replaced(void **state)
{
        static const struct row { uint64_t refers; enum refusal_code code; } rows[] = {
                {1, REFUSAL_NOT_STANDING},      /* was retracted */
                {2, REFUSAL_NOT_STANDING},      /* is a retraction */
                {4, REFUSAL_NOT_STANDING},      /* is missing */
                {5, REFUSAL_NONE},
                {9, REFUSAL_NOT_STANDING},      /* never was */
        };
        struct record records[3] = {meeting(1, 1, 9), meeting(2, 1, 9), meeting(5, 1, 8)};
        struct arena arena;

        (void)state;
        records[1].is_retraction = true;
        records[1].refers = 1;
        arena_init(&arena, malloc, free);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                for (int retracts = 0; retracts < 2; retracts++) {
                        struct record candidate = meeting(6, 1, 10);

                        candidate.is_retraction = retracts != 0;
                        candidate.refers = rows[i].refers;
                        assert_int_equal(casefile_admit(law, records, 3, &candidate, true, &arena).code, rows[i].code);
                }
        arena_fini(&arena);
}

/* What was recorded on 2 February is not known on the first. */
static void what_is_not_known_yet_does_not_stand(void **state)
{
        struct record records[2] = {meeting(1, 1, 9), meeting(2, 1, 8)};
        struct casefile casefile;
        struct arena arena;

        (void)state;
        records[0].recorded_at = 1;
        records[1].recorded_at = 2;
        arena_init(&arena, malloc, free);
        assert_int_equal(casefile_stand(law, records, 2, 1, CIVIL_MAX, &arena, &casefile), STATUS_OK);
        assert_int_equal(casefile.fact_count, 1);
        assert_int_equal(casefile.facts[0].seq, 1);
        assert_int_equal(casefile_stand(law, records, 2, 2, CIVIL_MAX, &arena, &casefile), STATUS_OK);
        assert_int_equal(casefile.facts[0].seq, 2);
        arena_fini(&arena);
}

/* No record begins a key twice; of a file that says so all the same the first beginning counts. */
static void a_key_begun_twice_keeps_its_first_beginning(void **state)
{
        static const struct value none[2] = {{VALUE_UNSET, CIVIL_NONE, NULL}, {VALUE_UNSET, CIVIL_NONE, NULL}};
        struct record records[3] = {meeting(1, 1, 9), meeting(2, 1, 10), meeting(3, 1, 11)};
        static const char *const keys[] = {"B", "A", "B"};
        struct casefile casefile;
        struct arena arena;

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                records[i].fact.type = vocabulary_event(&law->vocabulary, "ordered");
                records[i].fact.item = keys[i];
                records[i].fact.fields = none;
        }
        arena_init(&arena, malloc, free);
        assert_int_equal(casefile_stand(law, records, 3, INSTANT_LATEST, CIVIL_MAX, &arena, &casefile), STATUS_OK);
        assert_int_equal(casefile.item_count, 2);
        assert_string_equal(casefile.items[0].key, "A");
        assert_int_equal(casefile.items[1].begins, civil_from_date((struct civil){2023, 1, 9}));
        arena_fini(&arena);
}

/* Of more warnings than there is room for the first are given. */
static void warnings_are_bounded(void **state)
{
        static char text[8192];
        struct rulefile_text file = {"many.cfg", text, 0};
        struct record candidate = {.fact = {.seq = 1}, .recorded_at = INSTANT_ALWAYS};
        struct diagnostics diagnostics;
        struct ruleset *many = NULL;
        struct arena arena;
        size_t used = (size_t)snprintf(text, sizeof text, "attributes = ( { name = \"level\"; values = [\"1\"]; } );\n"
                                       "events = ( { name = \"put\"; sets = { level = \"1\"; }; } );\nconstraints = (");

        (void)state;
        for (int i = 0; i <= ADMISSION_FLAGS_MAX; i++)
                used += (size_t)snprintf(text + used, sizeof text - used,
                                         "%s { id = \"c%d\"; severity = \"flag\"; says = \"no\"; never = { level = \"1\"; }; }",
                                         i == 0 ? "" : ",", i);
        file.length = used + (size_t)snprintf(text + used, sizeof text - used, " );\n");
        diagnostics_init(&diagnostics);
        assert_int_equal(rulefile_load_text(&file, 1, &diagnostics, &many), STATUS_OK);
        diagnostics_fini(&diagnostics);
        arena_init(&arena, malloc, free);
        struct admission admission = casefile_admit(many, NULL, 0, &candidate, false, &arena);
        assert_int_equal(admission.code, REFUSAL_NONE);
        assert_int_equal(admission.flag_count, ADMISSION_FLAGS_MAX);
        assert_string_equal(admission.flags[0]->id, "c0");
        arena_fini(&arena);
        ruleset_free(many);
}

/* Of two that cannot be evaluated and have no date, the later comes first. */
static void without_a_date_the_later_beginning_is_more_urgent(void **state)
{
        struct obligation a = {.state = OBLIGATION_UNEVALUABLE, .due = CIVIL_NONE, .started = 10}, b = a;

        (void)state;
        b.started = 20;
        assert_true(obligation_urgency(&b, &a) < 0);
        b.due = 100;
        assert_true(obligation_urgency(&b, &a) < 0);
}

static void words_are_found_by_name(void **state)
{
        (void)state;
        assert_int_equal(vocabulary_item(&law->vocabulary, "order"), 0);
        assert_int_equal(vocabulary_item(&law->vocabulary, "notice"), 1);
        assert_int_equal(vocabulary_item(&law->vocabulary, "duty"), VOCABULARY_NONE);
        assert_int_equal(report_input(&law->reports[0], "people"), 0);
        assert_int_equal(report_input(&law->reports[0], "cats"), VOCABULARY_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_does_not_stand_is_neither_retracted_nor_replaced),
                cmocka_unit_test(what_is_not_known_yet_does_not_stand),
                cmocka_unit_test(a_key_begun_twice_keeps_its_first_beginning),
                cmocka_unit_test(warnings_are_bounded),
                cmocka_unit_test(without_a_date_the_later_beginning_is_more_urgent),
                cmocka_unit_test(words_are_found_by_name),
        };

        return cmocka_run_group_tests(tests, load_once, unload);
}
