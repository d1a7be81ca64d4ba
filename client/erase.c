/*
 * erase - takes the content of a case out of the record, in two steps: what would
 * go, with a word that names it; and with that word, gone.
 */
#include <stdio.h>
#include <string.h>

#include "list.h"

static void put_line(struct wire_buffer *out, const char *label, const char *text)
{
        wire_put_text(out, label);
        for (size_t column = strlen(label); column < 17; column++)
                wire_put_text(out, " ");
        put_clean(out, text);
        wire_put_text(out, "\n");
}

static void put_count(struct wire_buffer *out, const char *label, const json_t *answer, const char *key)
{
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(json_object_get(answer, key)));
        put_line(out, label, number);
}

static void put_numbers(struct wire_buffer *out, const json_t *answer)
{
        put_line(out, "Case", member_text(answer, "case"));
        put_count(out, "Events", answer, "events");
        wire_put_text(out, "First recorded   ");
        put_time(out, member_text(answer, "first_recorded_at"));
        wire_put_text(out, "\nLast recorded    ");
        put_time(out, member_text(answer, "last_recorded_at"));
        wire_put_text(out, "\n");
        put_count(out, "Alerts", answer, "alerts");
        put_count(out, "Acknowledgements", answer, "acks");
        put_count(out, "Messages", answer, "messages");
        put_count(out, "Diary dates", answer, "dates");
        put_count(out, "Accesses", answer, "accesses");
}

static void put_obstacles(struct wire_buffer *out, const json_t *answer)
{
        json_int_t must = json_integer_value(json_object_get(answer, "must"));
        json_int_t waiting = json_integer_value(json_object_get(answer, "waiting"));
        if (must > 0) {
                wire_put_number(out, must);
                wire_put_text(out,
                              must == 1 ? " duty that is a \"must\" is open" : " duties that are a \"must\" are open");
                wire_put_text(out, ": it is refused without --force.\n");
        }
        if (waiting > 0) {
                wire_put_number(out, waiting);
                wire_put_text(out,
                              waiting == 1
                                      ? " message that tells of it is not sent yet: it is refused until it is.\n"
                                      : " messages that tell of it are not sent yet: it is refused until they are.\n");
        }
}

static bool write_erasing(const json_t *answer, enum format format, struct wire_buffer *out)
{
        (void)format;
        if (json_is_true(json_object_get(answer, "erased"))) {
                wire_put_text(out, "The case was erased, as erasure ");
                put_member(out, answer, "erasure");
                wire_put_text(out, ".\n");
                wire_put_text(out,
                              json_is_true(json_object_get(answer, "scrubbed"))
                                      ? "Nothing of it is left in the daemon's files.\n"
                                      : "It leaves the daemon's files when those who read an older view are done.\n");
                wire_put_text(out,
                              "Backups made before, files it was imported from, and reasons elsewhere that name it "
                              "still hold it.\n");
                return true;
        }
        put_numbers(out, answer);
        put_obstacles(out, answer);
        wire_put_text(out, "Nothing was erased. To erase this: --confirm ");
        put_member(out, answer, "confirm");
        wire_put_text(out, "\n");
        return true;
}

static enum outcome run_erase(const struct arguments *arguments)
{
        const char *ref = arguments->words[0];
        struct wire_buffer target, body;
        if (!arguments_case(arguments, 0))
                return OUTCOME_USAGE;
        if (arguments_value(arguments, "--why") == NULL)
                return usage_error(arguments, "--why is missing: an erasure says why");
        wire_buffer_init(&target);
        wire_buffer_init(&body);
        wire_put_text(&target, "/v1/cases/");
        target_segment(&target, ref);
        wire_put_text(&target, "/erase");
        wire_put_text(&body, "{");
        body_put(&body, "why", arguments_value(arguments, "--why"));
        body_put(&body, "confirm", arguments_value(arguments, "--confirm"));
        wire_put_text(&body, arguments_has(arguments, "--force") ? ",\"force\":true}\n" : "}\n");
        enum outcome outcome = target_end(&target) && !body.failed
                                       ? show_answer(arguments, target.data, &body,
                                                     (struct http_need){"erased", JSON_TRUE}, write_erasing)
                                       : out_of_memory();
        wire_buffer_fini(&target);
        wire_buffer_fini(&body);
        return outcome;
}

/* ---- the log of erasures ---- */

static enum colour when_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "at"));
        return COLOUR_NONE;
}

static enum colour events_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "events");
        return COLOUR_NONE;
}

static enum colour lines_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "first_seq");
        wire_put_text(cell, " to ");
        put_member(cell, row, "last_seq");
        return COLOUR_NONE;
}

static enum colour why_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "why");
        return COLOUR_NONE;
}

static const struct column columns[] = {
        {"No.", cell_seq},       {"Erased", when_cell}, {"By", cell_user}, {"Events", events_cell},
        {"Numbers", lines_cell}, {"Why", why_cell},     {NULL, NULL},
};

static const char *const keys[] = {"seq",       "at",       "uid",      "user", "why", "events",
                                   "first_seq", "last_seq", "accesses", "hash", NULL};

static bool write_erasures(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *rows = json_object_get(answer, "erasures");
        if (format == FORMAT_CSV)
                put_csv_rows(keys, rows, out);
        else if (json_array_size(rows) == 0)
                wire_put_text(out, "Nothing was erased.\n");
        else
                return put_table(columns, rows, out);
        return true;
}

static enum outcome run_erasures(const struct arguments *arguments)
{
        struct wire_buffer target;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/erasures");
        target_options(&target, arguments,
                       (const struct option_parameter[]){{"--before", "before"}, {"--limit", "limit"}, {NULL, NULL}});
        enum outcome outcome = target_end(&target)
                                       ? show_answer(arguments, target.data, NULL,
                                                     (struct http_need){"erasures", JSON_ARRAY}, write_erasures)
                                       : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

const struct command erase_commands[] = {
        {"erase",
         "CASE",
         "say what erasing a case would take, or erase it",
         1,
         1,
         run_erase,
         {{"--why", "TEXT", "the reason, which stays: it may not name the case"},
          {"--confirm", "WORD", "erase what was looked at under this word"},
          {"--force", NULL, "although duties that are a \"must\" are open"},
          {"--json", NULL, "JSON for programs"},
          SOCKET_OPTION}},
        {"erasures",
         "",
         "what was erased, when, by whom and why, newest first",
         0,
         0,
         run_erasures,
         {{"--before", "N", "only those with lower numbers"},
          {"--limit", "N", "so many at most (default 100)"},
          FORMAT_OPTIONS,
          SOCKET_OPTION}},
        {0},
};
