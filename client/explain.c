/*
 * explain - why a date is what it is, or why nothing is owed: from the daemon,
 * or from files for whoever writes rules.
 */
#include "mappad/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duties.h"
#include "list.h"
#include "offline.h"
#include "output.h"
#include "steps.h"

/* ---- from the daemon ---- */

static enum outcome show(const json_t *explanation, enum format format)
{
        struct wire_buffer out;
        bool good = true;
        wire_buffer_init(&out);
        if (format == FORMAT_JSON) {
                good = json_write(explanation, &out);
                wire_put_text(&out, "\n");
        } else {
                steps_write(explanation, output_width(), &out);
        }
        return output_end(&out, good);
}

static void put_question(const struct arguments *arguments, const char *rule, struct wire_buffer *target)
{
        wire_put_text(target, "/v1/cases/");
        target_segment(target, arguments->words[0]);
        wire_put_text(target, "/explain");
        target_query(target, "rule", rule);
}

static enum outcome explain_rule(const struct arguments *arguments, enum format format)
{
        static const struct option_parameter parameters[] = {
                {"--item", "item"}, {"--started", "started"}, {NULL, NULL}};
        struct wire_buffer target;
        json_t *answer = NULL;
        wire_buffer_init(&target);
        put_question(arguments, arguments->words[1], &target);
        target_options(&target, arguments, parameters);
        enum outcome outcome =
                http_needs(axes_fetch(arguments, &target, &answer), (struct http_need){"steps", JSON_ARRAY}, &answer);
        if (outcome == OUTCOME_OK)
                outcome = show(answer, format);
        json_decref(answer);
        wire_buffer_fini(&target);
        return outcome;
}

/* Ask for a path of the case, along the axes; row NULL: the case itself, else why it is owed. */
static enum outcome ask_case(const struct arguments *arguments, struct http *http, const json_t *row,
                             json_t **ret_answer)
{
        struct wire_buffer target;
        wire_buffer_init(&target);
        if (row == NULL) {
                wire_put_text(&target, "/v1/cases/");
                target_segment(&target, arguments->words[0]);
        } else {
                put_question(arguments, member_text(row, "rule"), &target);
                if (member_text(row, "item")[0] != '\0')
                        target_query(&target, "item", member_text(row, "item"));
                if (member_text(row, "started")[0] != '\0')
                        target_query(&target, "started", member_text(row, "started"));
        }
        enum outcome outcome = axes_put(arguments, http, &target);
        if (outcome == OUTCOME_OK)
                outcome = target_end(&target) ? http_ask(http, target.data, NULL, ret_answer) : out_of_memory();
        wire_buffer_fini(&target);
        return http_needs(outcome, (struct http_need){row == NULL ? "obligations" : "steps", JSON_ARRAY}, ret_answer);
}

static enum outcome explain_each(const struct arguments *arguments, struct http *http, const json_t *rows)
{
        enum outcome outcome = OUTCOME_OK;
        for (size_t i = 0; outcome == OUTCOME_OK && i < json_array_size(rows); i++) {
                json_t *answer = NULL;
                outcome = ask_case(arguments, http, json_array_get(rows, i), &answer);
                if (outcome == OUTCOME_OK && i > 0)
                        fputs("\n\n", stdout);
                if (outcome == OUTCOME_OK)
                        outcome = show(answer, FORMAT_TABLE);
                json_decref(answer);
        }
        if (outcome == OUTCOME_OK && json_array_size(rows) == 0)
                printf("Nothing is owed by %s.\n", arguments->words[0]);
        return outcome;
}

/* For programs one list, which is written once it is whole. */
static enum outcome list_each(const struct arguments *arguments, struct http *http, const json_t *rows)
{
        json_t *list = json_array();
        enum outcome outcome = list != NULL ? OUTCOME_OK : out_of_memory();
        for (size_t i = 0; outcome == OUTCOME_OK && i < json_array_size(rows); i++) {
                json_t *answer = NULL;
                outcome = ask_case(arguments, http, json_array_get(rows, i), &answer);
                if (outcome == OUTCOME_OK && json_array_append_new(list, answer) != 0)
                        outcome = out_of_memory();
        }
        if (outcome == OUTCOME_OK)
                outcome = show(list, FORMAT_JSON);
        json_decref(list);
        return outcome;
}

/* Whoever looks at a list does not know what its rules are called: without one everything that is owed is explained. */
static enum outcome explain_owed(const struct arguments *arguments, enum format format)
{
        struct http *http;
        json_t *answer = NULL, *rows = NULL;
        enum outcome outcome = http_open(arguments, &http);
        if (outcome != OUTCOME_OK)
                return outcome;
        outcome = ask_case(arguments, http, NULL, &answer);
        if (outcome == OUTCOME_OK) {
                rows = duties_by_day(json_object_get(answer, "obligations"), false);
                outcome = rows == NULL            ? out_of_memory()
                          : format == FORMAT_JSON ? list_each(arguments, http, rows)
                                                  : explain_each(arguments, http, rows);
        }
        json_decref(rows);
        json_decref(answer);
        http_close(http);
        return outcome;
}

static enum outcome explain_online(const struct arguments *arguments, enum format format)
{
        if (arguments->count > 2)
                return usage_error(arguments, "it takes a case and a rule; a file of events comes with --rules DIR");
        if (!arguments_case(arguments, 0))
                return OUTCOME_USAGE;
        if (arguments_has(arguments, "--all"))
                return usage_error(arguments, "--all goes with --rules DIR and a file of events");
        if (arguments->count == 2)
                return explain_rule(arguments, format);
        if (arguments_has(arguments, "--item") || arguments_has(arguments, "--started"))
                return usage_error(arguments, "--item and --started need a rule");
        return explain_owed(arguments, format);
}

/* ---- from files ---- */

struct told {
        struct offline offline;
        const struct roll_case *one;
        struct explain_question question;
        enum format format;
        bool all;       /* every obligation, not the answers alone */
        uint64_t count; /* explanations written */
        struct arena arena;
        struct wire_buffer out;
        struct pair *pairs;
        size_t pair_count, pair_capacity;
        bool failed;
};

/* What is to be explained. */
struct pair {
        uint16_t rule;
        char item[ITEM_KEY_MAX + 1]; /* "": none */
        int32_t started;             /* CIVIL_NONE: the answer, or why there is none */
};

static void add_pair(struct told *told, uint16_t rule, const struct item *item, int32_t started)
{
        if (told->pair_count == told->pair_capacity) {
                size_t capacity = told->pair_capacity > 0 ? told->pair_capacity * 2 : 64;
                struct pair *pairs = reallocarray(told->pairs, capacity, sizeof(*pairs));
                if (pairs == NULL) {
                        told->failed = true;
                        return;
                }
                told->pairs = pairs;
                told->pair_capacity = capacity;
        }
        struct pair *pair = &told->pairs[told->pair_count++];
        pair->rule = rule;
        pair->started = started;
        snprintf(pair->item, sizeof(pair->item), "%s", item != NULL ? item->key : "");
}

static void take_row(void *context, const struct survey_row *row)
{
        struct told *told = context;
        if (!told->all || row->obligation == NULL)
                add_pair(told, row->rule, row->item, CIVIL_NONE);
}

static void take_obligation(void *context, const struct obligation *obligation)
{
        add_pair(context, obligation->rule, obligation->item, obligation->started);
}

/* The rules of the case, and with --all its obligations. */
static enum status gather(struct told *told)
{
        struct casefile casefile;
        const struct explain_question *question = &told->question;
        enum status status = casefile_stand(question->ruleset, told->one->records, told->one->count, question->known_at,
                                            question->as_of, &told->arena, &casefile);
        if (status == STATUS_OK)
                status = case_survey(question->ruleset, &casefile, question->as_of, &told->arena, take_row, told);
        if (status == STATUS_OK && told->all)
                status = obligation_derive(question->ruleset, &casefile, question->as_of, &told->arena, take_obligation,
                                           told);
        return told->failed ? STATUS_NO_MEMORY : status;
}

static enum outcome write_one(struct told *told)
{
        struct wire_buffer answer;
        struct wire_problem problem;
        enum outcome outcome = OUTCOME_OK;
        wire_buffer_init(&answer);
        enum status status = explain_write(&told->question, &told->arena, &answer, &problem);
        if (status == STATUS_INVALID) {
                complain("%s", problem.message);
                outcome = OUTCOME_REFUSED;
        } else if (status != STATUS_OK) {
                outcome = out_of_memory();
        } else if (told->format == FORMAT_JSON) {
                wire_put(&told->out, answer.data, answer.length);
                wire_put_text(&told->out, "\n");
        } else {
                json_t *explanation = json_loadb(answer.data, answer.length, 0, NULL);
                wire_put_text(&told->out, told->count > 0 ? "\n\n" : "");
                steps_write(explanation, output_width(), &told->out);
                json_decref(explanation);
        }
        told->count++;
        wire_buffer_fini(&answer);
        if (outcome == OUTCOME_OK && told->out.failed)
                outcome = out_of_memory();
        return outcome == OUTCOME_OK && !output_drain(&told->out, false) ? OUTCOME_REFUSED : outcome;
}

static enum outcome write_all(struct told *told)
{
        enum outcome outcome = gather(told) == STATUS_OK ? OUTCOME_OK : out_of_memory();
        for (size_t i = 0; outcome == OUTCOME_OK && i < told->pair_count; i++) {
                const struct pair *pair = &told->pairs[i];
                told->question.rule = pair->rule;
                told->question.item = pair->item[0] != '\0' ? pair->item : NULL;
                told->question.started = pair->started;
                outcome = write_one(told);
        }
        return outcome;
}

static enum outcome tell(struct told *told, const struct arguments *arguments)
{
        told->question.ruleset = told->offline.ruleset;
        enum outcome outcome = offline_case(&told->offline, arguments->words[1], &told->one);
        if (outcome != OUTCOME_OK)
                return outcome;
        if (told->one == NULL) {
                complain("%s: nothing is recorded of \"%s\"", told->offline.path, arguments->words[1]);
                return OUTCOME_REFUSED;
        }
        told->question.case_ref = told->one->ref;
        told->question.records = told->one->records;
        told->question.count = told->one->count;
        if (arguments->count == 2)
                return write_all(told);
        told->question.rule = ruleset_rule(told->question.ruleset, arguments->words[2]);
        return told->question.rule != VOCABULARY_NONE ? write_one(told)
                                                      : no_such_rule(told->question.ruleset, arguments->words[2]);
}

static enum outcome explain_offline(const struct arguments *arguments, enum format format)
{
        struct told told = {.format = format, .all = arguments_has(arguments, "--all")};
        told.question = (struct explain_question){.noun = "line",
                                                  .item = arguments_value(arguments, "--item"),
                                                  .started = arguments_day(arguments, "--started")};
        if (arguments->count < 2)
                return usage_error(arguments,
                                   "with --rules it takes a file of events, a case and, if you like, a rule");
        if (arguments->count == 2 && (told.question.started != CIVIL_NONE || told.question.item != NULL))
                return usage_error(arguments, "--item and --started need a rule");
        if (!offline_when(arguments, &told.question.as_of, &told.question.known_at))
                return OUTCOME_USAGE;
        arena_init(&told.arena, heap_grow, free);
        wire_buffer_init(&told.out);
        enum outcome outcome = offline_load(&told.offline, arguments, arguments->words[0]);
        if (outcome == OUTCOME_OK)
                outcome = tell(&told, arguments);
        if (outcome == OUTCOME_OK && !output_drain(&told.out, true))
                outcome = OUTCOME_REFUSED;
        if (outcome == OUTCOME_OK && docket_refused(told.offline.docket) > 0)
                outcome = OUTCOME_REFUSED;
        free(told.pairs);
        wire_buffer_fini(&told.out);
        arena_fini(&told.arena);
        offline_fini(&told.offline);
        return outcome;
}

static enum outcome run_explain(const struct arguments *arguments)
{
        enum format format = arguments_has(arguments, "--json") ? FORMAT_JSON : FORMAT_TABLE;
        /* A file comes before the case; rules without a file are those that the daemon is asked under. */
        bool file = arguments->count == 3 || !casefile_reference_valid(arguments->words[0]) ||
                    (arguments->count == 2 && casefile_reference_valid(arguments->words[1]));
        return arguments_has(arguments, "--rules") && file ? explain_offline(arguments, format)
                                                           : explain_online(arguments, format);
}

const struct command explain_commands[] = {
        {"explain",
         "CASE [RULE] | --rules DIR FILE.ndjson CASE [RULE]",
         "why a date is what it is, or why nothing is owed",
         1,
         3,
         run_explain,
         {{"--item", "KEY", "which item, where the rule is about each of a kind"},
          {"--started", "DATE", "the obligation that started on this day, not the most urgent"},
          {"--as-of", "DATE", "as of another day than today (needed with a file)"},
          {"--known-at", "INSTANT", "as the record was known then"},
          {"--rules", "DIGEST|DIR", "under other rules; with a file a folder, which may be repeated, and no daemon"},
          {"--all", NULL, "with a file and no RULE: every obligation, closed ones too"},
          {"--json", NULL, "JSON for programs"},
          SOCKET_OPTION}},
        {0},
};
