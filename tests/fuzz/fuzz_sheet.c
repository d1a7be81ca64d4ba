/*
 * fuzz_sheet - can the bytes of a spreadsheet, or of the file that says what its columns mean, hurt us?
 *
 * fuzz-layer: client
 * Input: a mapping file, a NUL byte and a CSV file; without a NUL byte a CSV file under a mapping with everything.
 * Every event must be one JSON object with its names in order and without a member twice; what was wrong must have been said;
 * rows without a problem, written with every cell in quotes, must be read again as the same.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The client is no archive: what is looked at is compiled in. */
#include "../../client/csv.c"
#include "../../client/sheet.c"
#include "../../client/sheet_hints.c"

static const char mapping_text[] =
        "dates = [\"DD/MM/YYYY\", \"D/M/YY hh:mm\", \"D-MON-YY\"]; codes = ( { name = \"l\"; values = ( { code = [\"L1\", \"one\"]; is = \"1\"; }, { code = \"L2\"; is = \"2\"; } ); } );\n"
        "events = ( { event = \"a\"; case = \"Ref\"; on = \"On\"; item = { column = \"Item\"; optional = true; }; duplicates = \"once\";\n"
        "    fields = ( { field = \"level\"; column = \"Level\"; codes = \"l\"; }, { field = \"who\"; value = \"x\"; },\n"
        "      { field = \"list\"; column = \"List\"; split = \";\"; codes = \"l\"; optional = true; } ); },\n"
        "  { event = { column = \"Kind\"; }; case = \"Ref\"; on = { column = \"Late\"; date = \"D MON YYYY\"; }; id = \"Id\"; only-if = [\"Late\", \"Id\"]; } );\n";

static struct mapping *usual;
static uint64_t said; /* problems, counted again beside the list */

static void must(bool right)
{
        if (!right)
                abort();
}

void complain(const char *format, ...)
{
        must(format != NULL);
}

void problems_add(struct problems *problems, struct problems_place place, const char *format, ...)
{
        must(format != NULL && (place.column == PROBLEMS_NO_COLUMN || place.column < CSV_COLUMNS_MAX));
        problems->count++;
        said++;
}

/* ---- bytes from memory, in small pieces ---- */

struct bytes {
        const char *at, *end;
};

static int64_t give_bytes(void *context, char *to, size_t size)
{
        struct bytes *bytes = context;
        size_t left = (size_t)(bytes->end - bytes->at), piece = size < 2 ? size : 2;

        piece = piece < left ? piece : left;
        if (piece > 0)
                memcpy(to, bytes->at, piece);
        bytes->at += piece;
        return (int64_t)piece;
}

static bool take_event_text(void *context, const struct spool_line *line)
{
        json_t *object = json_loadb(line->text, line->length, JSON_REJECT_DUPLICATES, NULL);
        const char *key, *before = "";
        json_t *value;

        (void)context;
        /* A mapping may state a field twice; the record refuses that. */
        if (object == NULL)
                return true;
        json_object_foreach(object, key, value)
        {
                must(strcmp(before, key) <= 0 && (json_is_string(value) || json_is_array(value)));
                before = key;
        }
        must(line->number > 0 && line->event < MAPPING_EVENTS_MAX);
        json_decref(object);
        return true;
}

static void read_sheet_text(const struct mapping *mapping, const char *text, size_t length)
{
        struct bytes bytes = {text, text + length};
        struct problems problems = {.path = "fuzz.csv", .rows = true};
        struct sheet_order order = {.mapping = mapping,
                                    .problems = &problems,
                                    .read = give_bytes,
                                    .read_context = &bytes,
                                    .sink = take_event_text};
        struct sheet *sheet = sheet_new(&order);

        must(sheet != NULL);
        said = 0;
        bool good = sheet_read(sheet);
        must(good && said == problems.count);
        sheet_say_remarks(sheet);
        sheet_free(sheet);
}

/* ---- rows written and read again ---- */

static void no_trouble(void *context, uint64_t row, size_t column, const char *sentence)
{
        (void)context;
        must(row > 0 && column <= CSV_COLUMNS_MAX && sentence != NULL);
}

static void put_quoted(struct wire_buffer *out, const char *cell, bool first)
{
        wire_put_text(out, first ? "\"" : ",\"");
        for (; *cell != '\0'; cell++)
                wire_put(out, *cell == '"' ? "\"\"" : cell, *cell == '"' ? 2 : 1);
        wire_put_text(out, "\"");
}

/* The sound rows of a text with every cell in quotes. */
static void rewrite(const char *text, size_t length, struct wire_buffer *out)
{
        struct bytes bytes = {text, text + length};
        struct csv_source source = {give_bytes, no_trouble, &bytes, ',', false};
        struct csv csv;

        must(csv_init(&csv, &source));
        while (csv_next(&csv) == CSV_ROW) {
                if (csv.bad || csv.count == 0)
                        continue;
                for (size_t i = 0; i < csv.count; i++)
                        put_quoted(out, csv.cells[i], i == 0);
                wire_put_text(out, "\r\n");
        }
        csv_fini(&csv);
}

static void read_twice(const char *text, size_t length)
{
        struct wire_buffer once, twice;

        wire_buffer_init(&once);
        wire_buffer_init(&twice);
        rewrite(text, length, &once);
        rewrite(once.length > 0 ? once.data : "", once.length, &twice);
        must(once.length == twice.length && (once.length == 0 || memcmp(once.data, twice.data, once.length) == 0));
        wire_buffer_fini(&once);
        wire_buffer_fini(&twice);
}

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
        struct diagnostics diagnostics = {0};

        (void)count;
        (void)words;
        if (mapping_load_text("fuzz.cfg", mapping_text, sizeof mapping_text - 1, &diagnostics, &usual) != STATUS_OK) {
                diagnostics_print(&diagnostics, stderr);
                abort();
        }
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data, *end = size > 0 ? memchr(text, '\0', size) : NULL;
        struct diagnostics diagnostics = {0};
        struct mapping *mapping = NULL;

        if (end == NULL) {
                read_sheet_text(usual, text, size);
                read_twice(text, size);
                return 0;
        }
        enum status status = mapping_load_text("fuzz.cfg", text, (size_t)(end - text), &diagnostics, &mapping);
        must((status == STATUS_OK) == (mapping != NULL) && (status == STATUS_OK) == (diagnostics.error_count == 0));
        if (mapping != NULL)
                read_sheet_text(mapping, end + 1, size - (size_t)(end - text) - 1);
        mapping_free(mapping);
        diagnostics_fini(&diagnostics);
        return 0;
}
