/*
 * test_casefile - which references, keys, tokens and ids are well formed, and in which order facts stand (casefile.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bank_holidays.h"
#include "mappad/casefile.h"

#define LETTERS_32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

static void each_kind_of_name_has_its_letters_and_length(void **state)
{
        static const struct row { const char *text; bool reference, key, token, id; } rows[] = {
                {"", false, false, false, false},
                {"A", false, true, true, true},
                {"AB", true, true, true, true},
                {"A-1", true, true, true, true},
                {"-A", false, false, true, true},
                {"9Z", true, true, true, true},
                {"Ab", false, true, true, true},
                {"az", false, true, true, true},
                {"A{", false, false, false, true},
                {"A`", false, false, false, true},
                {"A@", false, false, false, true},
                {"A:", false, false, false, true},
                {"A/", false, false, false, true},
                {"A b", false, false, false, false},
                {"A\x7f", false, false, false, false},
                {"A~", false, false, false, true},
                {"\xc3\xa9", false, false, false, false},
                {LETTERS_32, true, true, true, true},
                {LETTERS_32 "6", false, false, false, true},
                {LETTERS_32 LETTERS_32, false, false, false, true},
                {LETTERS_32 LETTERS_32 "6", false, false, false, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                const struct row *row = &rows[i];

                if (casefile_reference_valid(row->text) != row->reference || casefile_key_valid(row->text) != row->key ||
                    casefile_token_valid(row->text) != row->token || casefile_id_valid(row->text) != row->id)
                        fail_msg("\"%s\"", row->text);
        }
}

#define RECORDS_MAX 300

/* A record a day, but for some that come late, by up to so many places. */
static void draw_records(struct record *records, size_t count, uint64_t *seed, unsigned one_in, unsigned late)
{
        for (size_t i = 0; i < count; i++) {
                int32_t on = 20000 + (int32_t)(i / 2);
                if (chance(seed) % one_in == 0)
                        on -= (int32_t)(chance(seed) % late);
                records[i] = (struct record){.fact = {.on = on, .seq = i + 1}, .recorded_at = (int64_t)i};
        }
}

static void check_order(const struct casefile *casefile, size_t count)
{
        assert_int_equal(casefile->fact_count, count);
        for (size_t i = 1; i < count; i++) {
                const struct fact *before = &casefile->facts[i - 1], *fact = &casefile->facts[i];
                assert_true(before->on < fact->on || (before->on == fact->on && before->position < fact->position));
        }
}

/* One late by a place or two, many very late, and some that are not known yet. */
static void facts_stand_by_day_then_as_they_were_recorded(void **state)
{
        static const struct { unsigned one_in, late; } manners[] = {{20, 2}, {4, 6}, {2, 40}, {1, 300}};
        static struct record records[RECORDS_MAX];
        static const struct event_type types[] = {{.name = "told"}};
        struct ruleset ruleset = {.vocabulary = {.events = types, .event_count = 1}, .calendar = calendar_plain};
        uint64_t seed = seeded("casefile");

        (void)state;
        arena_init(&ruleset.arena, malloc, free);
        assert_int_equal(ruleset_prepare(&ruleset), STATUS_OK);
        for (int round = 0; round < 800; round++) {
                size_t count = chance(&seed) % (RECORDS_MAX + 1), known = chance(&seed) % (RECORDS_MAX + 1);
                struct casefile casefile;
                struct arena arena;

                arena_init(&arena, malloc, free);
                draw_records(records, count, &seed, manners[round % 4].one_in, manners[round % 4].late);
                assert_int_equal(casefile_stand(&ruleset, records, count, INSTANT_LATEST, 30000, &arena, &casefile), STATUS_OK);
                check_order(&casefile, count);
                assert_int_equal(casefile_stand(&ruleset, records, count, (int64_t)known - 1, 30000, &arena, &casefile), STATUS_OK);
                check_order(&casefile, known < count ? known : count);
                arena_fini(&arena);
        }
        arena_fini(&ruleset.arena);
}

static int blocks_left; /* that memory is got for */

static void *grow_some(size_t size)
{
        return blocks_left-- > 0 ? malloc(size) : NULL;
}

/* Records that each come before the last take a second list to be sorted in. */
static void facts_that_find_no_memory_are_no_facts(void **state)
{
        static struct record records[RECORDS_MAX];
        static const struct event_type types[] = {{.name = "told"}};
        struct ruleset ruleset = {.vocabulary = {.events = types, .event_count = 1}, .calendar = calendar_plain};
        enum status status = STATUS_NO_MEMORY;
        int tried = 0;

        (void)state;
        arena_init(&ruleset.arena, malloc, free);
        assert_int_equal(ruleset_prepare(&ruleset), STATUS_OK);
        for (int i = 0; i < RECORDS_MAX; i++)
                records[i] = (struct record){.fact = {.on = 20000 - i, .seq = (uint64_t)i + 1}};
        while (status == STATUS_NO_MEMORY) {
                struct casefile casefile;
                struct arena arena;

                blocks_left = tried++;
                arena_init(&arena, grow_some, free);
                status = casefile_stand(&ruleset, records, RECORDS_MAX, INSTANT_LATEST, 30000, &arena, &casefile);
                if (status == STATUS_OK)
                        check_order(&casefile, RECORDS_MAX);
                arena_fini(&arena);
        }
        assert_int_equal(status, STATUS_OK);
        assert_true(tried > 2);
        arena_fini(&ruleset.arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind_of_name_has_its_letters_and_length),
                cmocka_unit_test(facts_stand_by_day_then_as_they_were_recorded),
                cmocka_unit_test(facts_that_find_no_memory_are_no_facts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
