/* The word that somebody probably meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mappad/nearest.h"

static const char *const words[] = {"applies",   "runs",   "every",   "within", "met-by",
                                    "booked-by", "sooner", "follows", "at", "1"};
#define WORD_COUNT (sizeof words / sizeof words[0])

static const struct {
        const char *why, *word, *near;
} table[] = {
        {"a letter too few", "aplies", "applies"},
        {"a letter too many", "runns", "runs"},
        {"a wrong letter", "evory", "every"},
        {"neighbours swapped", "wihtin", "within"},
        {"an underscore", "met_by", "met-by"},
        {"the word itself", "sooner", "sooner"},
        {"a short word swapped", "ta", "at"},
        {"nothing near", "medication", NULL},
        {"nothing at all", "", NULL},
        {"half of it is a hint", "foll", "follows"},
        {"less is none", "fol", NULL},
        {"a beginning of four letters", "book", "booked-by"},
        {"one of three is too short", "boo", NULL},
        {"two neighbours swapped twice", "fololsw", "follows"},
        {"another letter is no hint", "7", NULL},
};

static void a_typing_error_finds_its_word(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                const char *near = nearest_word(table[i].word, words, WORD_COUNT);

                if ((near == NULL) != (table[i].near == NULL) || (near && strcmp(near, table[i].near) != 0))
                        fail_msg("%s: \"%s\" gives \"%s\"", table[i].why, table[i].word, near ? near : "nothing");
        }
}

static void ties_go_to_the_earlier_word(void **state)
{
        static const char *const twins[] = {"level-2", "level-3"};

        (void)state;
        assert_ptr_equal(nearest_word("level-1", twins, 2), twins[0]);
        assert_ptr_equal(nearest_word("level-3", twins, 2), twins[1]);
}

static void words_beyond_64_bytes_are_near_nothing(void **state)
{
        char longest[65], longer[66];
        const char *candidates[2] = {longest, longer};

        (void)state;
        memset(longest, 'a', 64);
        longest[64] = '\0';
        memset(longer, 'a', 65);
        longer[65] = '\0';
        assert_ptr_equal(nearest_word(longest, candidates, 2), longest);
        assert_null(nearest_word(longer, candidates, 2));
        longest[0] = 'b';
        assert_ptr_equal(nearest_word(longest, &candidates[1], 1), NULL);
        assert_null(nearest_word("a", NULL, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_typing_error_finds_its_word),
                cmocka_unit_test(ties_go_to_the_earlier_word),
                cmocka_unit_test(words_beyond_64_bytes_are_near_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
