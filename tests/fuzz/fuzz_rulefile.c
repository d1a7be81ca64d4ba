/*
 * fuzz_rulefile - can the bytes of a rule file hurt us?
 *
 * fuzz-layer: rulefile
 * Input: one rule file, read alone and then beside the words of a small sound
 * file, so that conditions and rules find names to speak of. What loads is
 * checked too. A failing ENSURE, a sanitizer's report, a leak, an error without a
 * diagnostic or a rule set beside an error is a finding.
 */
#include <stdlib.h>
#include <string.h>

#include "mappad/rulefile.h"

static const char words[] =
        "items = ( { name = \"order\"; } );\n"
        "attributes = ( { name = \"level\"; values = [\"1\", \"2\"]; }, { name = \"ends\"; type = \"date\"; },\n"
        "  { name = \"who\"; type = \"set\"; values = [\"a\", \"b\"]; }, { name = \"order-ends\"; type = \"date\"; scope = \"order\"; } );\n"
        "events = ( { name = \"put\"; fields = ( { name = \"level\"; }, { name = \"ends\"; }, { name = \"who\"; } ); },\n"
        "  { name = \"met\"; fields = ( { name = \"kind\"; values = [\"full\", \"paper\"]; } ); },\n"
        "  { name = \"order\"; new-item = \"order\"; fields = ( { name = \"order-ends\"; } ); }, { name = \"varied\"; item = \"order\"; } );\n";

static void load(const struct rulefile_text *texts, size_t count)
{
        struct diagnostics diagnostics;
        struct ruleset *ruleset = NULL;
        enum status status;

        diagnostics_init(&diagnostics);
        status = rulefile_load_text(texts, count, &diagnostics, &ruleset);
        if ((status == STATUS_OK) != (ruleset != NULL) || (status == STATUS_OK) != (diagnostics.error_count == 0))
                abort();
        if (status == STATUS_OK && rulefile_check(ruleset, &diagnostics) != STATUS_OK)
                abort();
        diagnostics_sort(&diagnostics);
        ruleset_free(ruleset);
        diagnostics_fini(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct rulefile_text texts[2] = { { "words.cfg", words, sizeof(words) - 1 }, { "input.cfg", (const char *)data, size } };

        load(texts + 1, 1);
        load(texts, 2);
        return 0;
}
