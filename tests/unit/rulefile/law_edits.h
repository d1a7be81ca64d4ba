/*
 * law_edits - what test_engine edits in the law of tests/rulefile/engine: each
 * pair is a text that stands there and what the first of it becomes, in every
 * way in which two laws may differ. Events and fields keep their places, so that
 * one history suits both.
 */
#ifndef MAPPAD_TEST_LAW_EDITS_H
#define MAPPAD_TEST_LAW_EDITS_H

/* clang-format off */
static const char *const edits[][2] = {
        {"16 weeks after", "12 weeks after"},
        {"to = \"unit\"; }, { at = \"4", "to = [\"unit\", \"$who\"]; }, { at = \"4"},
        {"{ at = \"due\"; to = [\"a\", \"$who\", \"$also\"]", "{ at = \"due\"; to = [\"$also\"]"},
        {"\"3 weeks after\"", "\"2 weeks after\""},
        {"10 days after", "2 weeks after"},
        {"5 working days before", "6 working days before"},
        {"{ at = \"opens\"; to = \"unit\"; }, ", ""},
        {"id = \"n-by\"", "id = \"n-near\""},
        {"values = [\"in\", \"out\"]", "values = [\"in\", \"out\", \"away\"]"},
        {"until = \"2029-12-31\"; };\n  holidays", "until = \"2030-12-31\"; };\n  holidays"},
        {"{ on = \"2023-04-07\"; name = \"Good Friday\"; }, ", "{ on = \"2023-05-01\"; name = \"May Day\"; }, { on = \"2023-12-25\"; name = \"Christmas\"; }, "},
        {"{ name = \"noticed\"; new-item = \"notice\"; },", "{ name = \"heard\"; new-item = \"notice\"; },"},
        {"needs = [\"who\", \"place\"]", "needs = [\"place\", \"who\"]"},
        {"2023-12-31\"; }; applies", "2023-11-30\"; }; applies"},
        {"from = \"2024-01-01\"; until", "from = \"2023-12-01\"; until"},
        {"opens = \"2 months before\"", "opens = \"3 months before\""},
        {"at-least = 2; in-each = \"quarter\"; year-starts = \"04-01\"; met-by = { event = \"met\"; }",
         "at-least = 2; in-each = \"quarter\"; year-starts = \"04-01\"; met-by = { event = \"moved\"; }"},
        {"at-least = 1; in-each = \"year\"", "at-least = 2; in-each = \"year\""},
        {"60 days after", "59 days after"},
        {"alerts = ( { at = \"due\"; to = \"unit\"; } )", "alerts = ( { at = \"1 week before\"; to = \"unit\"; }, { at = \"due\"; to = \"unit\"; } )"},
        {"{ at = \"due\"; to = \"a\"; }", "{ at = \"due\"; to = \"$who\"; }"},
        {"id = \"y-off\"", "id = \"zz-off\""},
        {"from = { change = \"level\"; }", "from = { change = \"place\"; }"},
        {"from = { change = \"ends\"; }", "from = { event = \"met\"; }"},
        {"every = \"4 weeks after\"; applies = { varied-often = \"unset\"; }", "every = \"5 weeks after\"; applies = { level = \"set\"; varied-often = \"unset\"; }"},
};
/* clang-format on */

#endif
