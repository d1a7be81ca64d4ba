/*
 * history_erased - what is left of a case that was erased: of each line when and by
 * whom it was recorded, and its hash. What it said, and of which day, is gone.
 */
#include "history.h"

#include <string.h>

#include "list.h"

#define ERASED "erased-"
#define HASH_SHOWN 12 /* digits of a hash in a table */

bool history_is_erased(const char *word)
{
        return strncmp(word, ERASED, strlen(ERASED)) == 0 && is_number(word + strlen(ERASED));
}

static enum colour happened_cell(const json_t *row, struct wire_buffer *cell)
{
        (void)row;
        wire_put_text(cell, "erased");
        return COLOUR_DIM;
}

static enum colour recorded_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "recorded_at"));
        return COLOUR_NONE;
}

static enum colour hash_cell(const json_t *row, struct wire_buffer *cell)
{
        wire_put(cell, member_text(row, "hash"), strnlen(member_text(row, "hash"), HASH_SHOWN));
        return COLOUR_NONE;
}

static const struct column columns[] = {
        {"No.", cell_seq}, {"Happened", happened_cell}, {"Recorded", recorded_cell},
        {"By", cell_user}, {"Hash", hash_cell},         {NULL, NULL},
};

static const char *const keys[] = {"seq", "recorded_at", "uid", "user", "hash", NULL};

static bool write_left(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *lines = json_object_get(answer, "lines");

        if (format == FORMAT_CSV) {
                put_csv_rows(keys, lines, out);
                return true;
        }
        wire_put_text(out, ERASED);
        put_member(out, answer, "seq");
        wire_put_text(out, ": erased ");
        put_time(out, member_text(answer, "at"));
        wire_put_text(out, " by ");
        put_member(out, answer, member_text(answer, "user")[0] != '\0' ? "user" : "uid");
        wire_put_text(out, ": ");
        put_member(out, answer, "why");
        wire_put_text(out, "\n");
        return put_table(columns, lines, out);
}

enum outcome history_erased_run(const struct arguments *arguments)
{
        struct wire_buffer target;

        if (arguments_has(arguments, "--known-at"))
                return usage_error(arguments,
                                   "what was known of an erased case is gone: --known-at shows nothing of it");
        if (arguments_has(arguments, "--html"))
                return usage_error(arguments, "of an erased case there is no page: no days are left to be drawn");
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/erasures/");
        target_segment(&target, arguments->words[0] + strlen(ERASED));
        enum outcome outcome = target_end(&target) ? show_answer(arguments, target.data, NULL,
                                                                 (struct http_need){"lines", JSON_ARRAY}, write_left)
                                                   : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}
