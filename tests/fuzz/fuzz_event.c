/*
 * fuzz_event - can the bytes of an event line hurt us?
 *
 * fuzz-layer: client
 * Input: lines of JSON, taken for the record of one case under a small rule set
 * with every clock. Each line is parsed, refused or admitted; after the last the
 * case is derived as of three days, with its ladders. A failing ENSURE, a
 * sanitizer's report or a second that never ends is a finding.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/diagnostics.h"
#include "mappad/obligation.h"
#include "mappad/rulefile.h"
#include "mappad/wire.h"

#define RECORDS_MAX 64          /* lines taken of one input; derivations grow with their square */

static const char rules[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\", \"3\"]; }, { name = \"location\"; values = [\"in\", \"out\"]; },\n"
        "  { name = \"ends\"; type = \"date\"; }, { name = \"booked\"; type = \"date\"; }, { name = \"who\"; type = \"set\"; values = [\"a\", \"b\"]; },\n"
        "  { name = \"order-ends\"; type = \"date\"; scope = \"order\"; } );\n"
        "derived = ( { name = \"status\"; values = [\"gone\", \"here\"]; cases = (\n"
        "  { is = \"gone\"; when = { level = \"1\"; }; after = \"ends\"; }, { is = \"here\"; when = { level = \"set\"; }; } ); } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; }, { name = \"location\"; }, { name = \"ends\"; }, { name = \"booked\"; }, { name = \"who\"; } ); },\n"
        "  { name = \"out\"; requires = { location = \"in\"; }; sets = { location = \"out\"; }; clears = [\"ends\"]; },\n"
        "  { name = \"met\"; item = \"order?\"; fields = ( { name = \"note\"; type = \"token\"; } ); clears = [\"booked\"]; },\n"
        "  { name = \"order\"; new-item = \"order\"; fields = ( { name = \"order-ends\"; } ); },\n"
        "  { name = \"varied\"; item = \"order\"; fields = ( { name = \"order-ends\"; } ); } );\n"
        "rules = (\n"
        "  { id = \"e\"; title = \"e\"; source = \"e\"; basis = \"e\"; strength = \"must\"; applies = { level = \"2\"; }; runs = { location = \"out\"; };\n"
        "    on-pause = \"continue\"; every = \"16 weeks after\"; met-by = { event = \"met\"; }; booked-by = \"booked\"; follows = [\"f\"];\n"
        "    needs = [\"location\"]; sooner = \"ends\"; alerts = ( { at = \"2 weeks before\"; to = \"x\"; }, { at = \"overdue\"; to = \"x\"; again = \"1 week\"; times = 3; } ); },\n"
        "  { id = \"f\"; title = \"f\"; source = \"f\"; basis = \"f\"; strength = \"must\"; applies = { level = \"3\"; }; runs = { location = \"out\"; };\n"
        "    on-pause = \"carry\"; grace = \"3 days after\"; every = \"8 weeks after\"; met-by = { event = \"met\"; }; alerts = ( { at = \"due\"; to = \"x\"; } ); },\n"
        "  { id = \"w\"; title = \"w\"; source = \"w\"; basis = \"w\"; strength = \"should\"; applies = { status = \"here\"; };\n"
        "    within = \"6 months beginning with\"; from = { change = \"level\"; }; met-by = { event = \"met\"; }; alerts = ( { at = \"1 week after\"; to = \"x\"; } ); },\n"
        "  { id = \"b\"; title = \"b\"; source = \"b\"; basis = \"b\"; strength = \"must\"; applies = { location = \"in\"; }; by = \"ends\"; opens = \"6 months before\";\n"
        "    needs = [\"ends\"]; met-by = { event = \"met\"; }; alerts = ( { at = \"opens\"; to = \"x\"; } ); },\n"
        "  { id = \"p\"; title = \"p\"; source = \"p\"; basis = \"p\"; strength = \"must\"; per = \"order\"; applies = { level = \"set\"; }; by = \"order-ends\";\n"
        "    lead = \"28 days before\"; opens = \"3 months before\"; met-by = { event = \"varied\"; }; alerts = ( { at = \"due\"; to = \"x\"; } ); } );\n";

static struct ruleset *ruleset;

static void *grow(size_t size)
{
        return malloc(size);
}

static void climb(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        (void)context;
        if (obligation->due == CIVIL_NONE || stage->repeat < 0)
                abort();
}

static void take(void *context, const struct obligation *obligation)
{
        (void)context;
        ladder_stages(ruleset, obligation, obligation->started, climb, NULL);
        if (obligation_state_word(obligation->state) == NULL)
                abort();
}

static void derive(const struct record *records, size_t count, struct arena *arena)
{
        static const int32_t days[] = { CIVIL_MIN, 19000, CIVIL_MAX };
        for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
                struct casefile casefile;
                int32_t wake;
                if (casefile_stand(ruleset, records, count, INSTANT_LATEST, days[i], arena, &casefile) != STATUS_OK)
                        return;
                if (obligation_derive_wake(ruleset, &casefile, days[i], arena, take, NULL, &wake) != STATUS_OK)
                        return;
                if (wake != CIVIL_NONE && wake <= days[i])
                        abort();
        }
}

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
        (void)count;
        (void)words;
        struct diagnostics diagnostics = {0};
        const struct rulefile_text text = { "fuzz.cfg", rules, sizeof(rules) - 1 };
        if (rulefile_load_text(&text, 1, &diagnostics, &ruleset) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                abort();
        }
        diagnostics_fini(&diagnostics);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena arena;
        arena_init(&arena, grow, free);
        struct record records[RECORDS_MAX];
        size_t count = 0;
        const struct wire_reader reader = { .ruleset = ruleset, .last_day = CIVIL_MAX, .recorded_at = true };
        const char *text = (const char *)data, *end = text + size;
        while (text < end && count < RECORDS_MAX) {
                const char *stop = memchr(text, '\n', (size_t)(end - text));
                size_t length = (size_t)((stop != NULL ? stop : end) - text);
                struct wire_line line;
                struct wire_problem problem;
                if (wire_event_parse(&reader, text, length, &arena, &line, &problem) == STATUS_OK) {
                        line.record.fact.seq = count + 1;
                        line.record.refers = line.target_seq;
                        struct admission admission = casefile_admit(ruleset, records, count, &line.record, line.force, &arena);
                        if (admission.code == REFUSAL_NONE)
                                records[count++] = line.record;
                        else if (admission.code != REFUSAL_NO_MEMORY)
                                wire_refusal_describe(ruleset, &line, &admission, &problem);
                }
                text += length + 1;
        }
        derive(records, count, &arena);
        arena_fini(&arena);
        return 0;
}
