/*
 * rules_change - putting other rules in force, and what was in force before.
 *
 * Nobody changes the law of a caseload unseen: the effect is shown first, and
 * what is put in force is named by the digest that was shown with it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "comparison.h"
#include "list.h"
#include "output.h"

#define SHOWN "50"

/* ---- reload ---- */

static bool put_accept(struct wire_buffer *body, const char *digest)
{
        wire_put_text(body, "{");
        if (digest != NULL) {
                wire_put_key(body, "accept");
                wire_put_string(body, digest);
        }
        wire_put_text(body, "}");
        return !body->failed;
}

/* What it does, and the digest that it is called by. */
static void say_counts(const json_t *answer, const char *label, const char *key)
{
        struct wire_buffer out;

        wire_buffer_init(&out);
        if (json_is_object(json_object_get(answer, "counts")))
                (void)comparison_put_counts(answer, &out);
        wire_put_text(&out, label);
        put_member(&out, answer, key);
        wire_put_text(&out, "\n");
        (void)output_drain(&out, true);
        wire_buffer_fini(&out);
}

/* What the daemon answered to a reload. Warnings that the comparison before it showed are not said twice. */
static enum outcome say_answer(const json_t *answer, long status, bool shown)
{
        if (status < 400) {
                if (!shown && json_array_size(json_object_get(answer, "problems")) > 0)
                        http_say_refusal(answer, NULL, NULL);
                say_counts(answer, "In force: ", "in_force");
                if (member_text(answer, "coming")[0] != '\0')
                        say_counts(answer,
                                   "Being derived, and in force when that is done (mappactl status): ", "coming");
                return OUTCOME_OK;
        }
        if (status == 409) {
                complain("%s", member_text(json_object_get(answer, "error"), "message"));
                say_counts(answer, "Digest ", "digest");
        } else {
                http_say_refusal(answer, NULL, NULL);
        }
        complain("nothing was changed");
        return OUTCOME_REFUSED;
}

static enum outcome reload(struct http *http, const char *digest, bool shown)
{
        struct wire_buffer body;
        json_t *answer = NULL;
        long status = 0;
        enum outcome outcome;

        wire_buffer_init(&body);
        outcome = put_accept(&body, digest) ? http_try(http, "/v1/reload", &body, &status, &answer) : out_of_memory();
        if (status < 400)
                outcome = http_needs(outcome, (struct http_need){"in_force", JSON_STRING}, &answer);
        if (outcome == OUTCOME_OK)
                outcome = say_answer(answer, status, shown);
        json_decref(answer);
        wire_buffer_fini(&body);
        return outcome;
}

static bool agreed(void)
{
        char line[16] = "";

        printf("Put this in force? [y/N] ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
                return false;
        return strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0;
}

static enum outcome show_and_ask(struct http *http, struct comparison *comparison)
{
        struct wire_buffer nothing;
        enum outcome outcome;

        wire_buffer_init(&nothing);
        outcome = http_pour(http, "/v1/rules/diff?limit=" SHOWN, &nothing, comparison_take, comparison);
        if (outcome == OUTCOME_OK)
                outcome = comparison_end(comparison);
        if (outcome != OUTCOME_OK)
                complain("nothing was changed");
        if (outcome != OUTCOME_OK)
                return outcome;
        if (comparison_same(comparison))
                return reload(http, NULL, true);
        if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && agreed())
                return reload(http, comparison_digest(comparison), true);
        complain("nothing was changed; to put it in force: mappactl reload --accept %s", comparison_digest(comparison));
        return OUTCOME_REFUSED;
}

static enum outcome run_reload(const struct arguments *arguments)
{
        const char *digest = arguments_value(arguments, "--accept");
        struct http *http;
        struct comparison *comparison = NULL;
        enum outcome outcome = http_open(arguments, &http);

        if (outcome != OUTCOME_OK)
                return outcome;
        if (digest == NULL)
                comparison = comparison_new(FORMAT_TABLE);
        if (digest != NULL)
                outcome = reload(http, digest, false);
        else
                outcome = comparison == NULL ? out_of_memory() : show_and_ask(http, comparison);
        comparison_free(comparison);
        http_close(http);
        return outcome;
}

/* ---- accept ---- */

static enum outcome run_accept(const struct arguments *arguments)
{
        struct http *http;
        struct wire_buffer body;
        json_t *answer = NULL;

        if (!arguments_word(arguments, 0, "DIGEST", "digest"))
                return OUTCOME_USAGE;
        enum outcome outcome = http_open(arguments, &http);

        if (outcome != OUTCOME_OK)
                return outcome;
        wire_buffer_init(&body);
        outcome = put_accept(&body, arguments->words[0]) ? http_ask(http, "/v1/rules/accept", &body, &answer)
                                                         : out_of_memory();
        outcome = http_needs(outcome, (struct http_need){"accepted", JSON_STRING}, &answer);
        if (outcome == OUTCOME_OK)
                printf("Accepted. Once the files say this, a reload by signal or a restart puts it in force.\n");
        json_decref(answer);
        wire_buffer_fini(&body);
        http_close(http);
        return outcome;
}

/* ---- show ---- */

/* A file as it was written, with its tabs and ends of lines; other bytes that a terminal obeys are shown as "?". */
static void put_source(struct wire_buffer *out, const char *text)
{
        bool ended = true;

        while (*text != '\0') {
                size_t size = strcspn(text, "\t\n");
                bool both = size > 0 && text[size] == '\n' && text[size - 1] == '\r';

                put_clean_whole(out, text, both ? size - 1 : size);
                text += size;
                ended = *text == '\n';
                if (*text == '\0')
                        break;
                wire_put_text(out, *text == '\t' ? "\t" : both ? "\r\n" : "\n");
                text++;
        }
        wire_put_text(out, ended ? "" : "\n");
}

static void put_files(struct wire_buffer *out, const json_t *edition)
{
        const json_t *files = json_object_get(edition, "files");

        wire_put_text(out, "# ");
        put_member(out, edition, "kind");
        wire_put_text(out, " ");
        put_member(out, edition, "digest");
        wire_put_text(out, "\n");
        for (size_t i = 0; i < json_array_size(files); i++) {
                wire_put_text(out, "\n# file ");
                put_member(out, json_array_get(files, i), "name");
                wire_put_text(out, "\n");
                put_source(out, member_text(json_array_get(files, i), "text"));
        }
}

static enum outcome write_editions(const json_t *answer, const struct arguments *arguments)
{
        const json_t *editions = json_object_get(answer, "editions");
        struct wire_buffer out;
        bool good = true;

        wire_buffer_init(&out);
        if (arguments_has(arguments, "--json")) {
                good = json_write(answer, &out);
                wire_put_text(&out, "\n");
        }
        for (size_t i = 0; !arguments_has(arguments, "--json") && i < json_array_size(editions); i++) {
                wire_put_text(&out, i == 0 ? "" : "\n");
                put_files(&out, json_array_get(editions, i));
        }
        return output_end(&out, good);
}

static enum outcome run_show(const struct arguments *arguments)
{
        struct wire_buffer target;
        json_t *answer = NULL;

        if (!arguments_word(arguments, 0, "BEGINNING", "digest"))
                return OUTCOME_USAGE;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/rules/editions/");
        target_segment(&target, arguments->words[0]);
        enum outcome outcome = http_needs(http_fetch(arguments, &target, &answer),
                                          (struct http_need){"editions", JSON_ARRAY}, &answer);
        if (outcome == OUTCOME_OK)
                outcome = write_editions(answer, arguments);
        json_decref(answer);
        wire_buffer_fini(&target);
        return outcome;
}

/* ---- history ---- */

static enum colour when_cell(const json_t *row, struct wire_buffer *cell)
{
        put_time(cell, member_text(row, "at"));
        return COLOUR_NONE;
}

static enum colour who_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *name = member_text(row, "user");

        if (name[0] != '\0')
                put_clean(cell, name);
        else if (json_is_integer(json_object_get(row, "uid")))
                put_member(cell, row, "uid");
        else
                wire_put_text(cell, "-");
        return COLOUR_NONE;
}

static enum colour how_cell(const json_t *row, struct wire_buffer *cell)
{
        bool accepted = json_is_true(json_object_get(row, "accepted"));

        put_member(cell, row, "how");
        wire_put_text(cell, accepted ? "" : ", not accepted");
        return accepted ? COLOUR_NONE : COLOUR_YELLOW;
}

static void put_short(struct wire_buffer *cell, const char *digest)
{
        char text[17];

        snprintf(text, sizeof text, "%.16s", digest);
        put_clean(cell, text[0] == '\0' ? "-" : text);
}

static enum colour from_cell(const json_t *row, struct wire_buffer *cell)
{
        put_short(cell, member_text(row, "before"));
        return COLOUR_NONE;
}

static enum colour to_cell(const json_t *row, struct wire_buffer *cell)
{
        put_short(cell, member_text(row, "after"));
        return COLOUR_NONE;
}

static enum colour effect_cell(const json_t *row, struct wire_buffer *cell)
{
        static const char *const keys[] = {"due",     "appears", "vanishes",  "overdue", "no-longer-overdue",
                                           "plan-by", "state",   "recipients"};
        const json_t *counts = json_object_get(row, "counts");
        bool first = true;

        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
                if (json_integer_value(json_object_get(counts, keys[i])) == 0)
                        continue;
                wire_put_text(cell, first ? "" : ", ");
                wire_put_text(cell, keys[i]);
                wire_put_text(cell, " ");
                wire_put_number(cell, json_integer_value(json_object_get(counts, keys[i])));
                first = false;
        }
        wire_put_text(cell, first ? "-" : "");
        return COLOUR_NONE;
}

static const struct column history_columns[] = {
        {"When", when_cell}, {"Who", who_cell},       {"How", how_cell}, {"From", from_cell},
        {"To", to_cell},     {"Effect", effect_cell}, {NULL, NULL},
};

static bool write_history(const json_t *answer, enum format format, struct wire_buffer *out)
{
        static const char *const keys[] = {"at",    "uid",   "user",     "how",    "accepted", "before",
                                           "after", "rules", "contacts", "counts", NULL};

        if (format == FORMAT_TABLE)
                return put_table(history_columns, json_object_get(answer, "changes"), out);
        put_csv_rows(keys, json_object_get(answer, "changes"), out);
        return true;
}

static enum outcome run_history(const struct arguments *arguments)
{
        return show_answer(arguments, "/v1/rules/history", NULL, (struct http_need){"changes", JSON_ARRAY},
                           write_history);
}

const struct command change_commands[] = {
        {"reload",
         "",
         "let the daemon read its files anew; what changes is shown first",
         0,
         0,
         run_reload,
         {{"--accept", "DIGEST", "what was seen of a change of rules, calendar or contacts"}, SOCKET_OPTION}},
        {"rules accept",
         "DIGEST",
         "let a later reload by signal, or a restart, put this in force",
         1,
         1,
         run_accept,
         {SOCKET_OPTION}},
        {"rules show",
         "DIGEST",
         "rules or contacts as they stood when they came into force",
         1,
         1,
         run_show,
         {{"--json", NULL, "JSON for programs"}, SOCKET_OPTION}},
        {"rules history",
         "",
         "what was in force when, who changed it, and the effect",
         0,
         0,
         run_history,
         {FORMAT_OPTIONS, SOCKET_OPTION}},
        {0},
};
