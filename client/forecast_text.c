/*
 * forecast_text - see forecast.h.
 */
#include "forecast.h"

#include <string.h>

#include "report.h"

/* ---- weeks ---- */

static enum colour week_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "from"));
        return COLOUR_NONE;
}

/* 0 is nothing to read. */
static enum colour number_cell(const json_t *row, const char *key, struct wire_buffer *cell)
{
        if (json_integer_value(json_object_get(row, key)) == 0)
                wire_put_text(cell, "-");
        else
                put_member(cell, row, key);
        return COLOUR_NONE;
}

#define NUMBER_CELL(name)                                                                                              \
        static enum colour name##_cell(const json_t *row, struct wire_buffer *cell)                                    \
        {                                                                                                              \
                return number_cell(row, #name, cell);                                                                  \
        }
NUMBER_CELL(due)
NUMBER_CELL(booked)
NUMBER_CELL(booked_late)
NUMBER_CELL(unbooked)
NUMBER_CELL(projected)
NUMBER_CELL(cases)
NUMBER_CELL(held)
NUMBER_CELL(due_plain)
NUMBER_CELL(held_plain)
NUMBER_CELL(overdue)
NUMBER_CELL(paused)
NUMBER_CELL(unevaluable)
NUMBER_CELL(later)

const struct column forecast_week_columns[] = {{"Week of", week_cell},
                                               {"Due", due_cell},
                                               {"Booked", booked_cell},
                                               {"Booked late", booked_late_cell},
                                               {"Unbooked", unbooked_cell},
                                               {"Projected", projected_cell},
                                               {"Cases", cases_cell},
                                               {"Held", held_cell},
                                               {NULL, NULL}};
const struct column forecast_if_columns[] = {{"Week of", week_cell},
                                             {"Due", due_cell},
                                             {"otherwise", due_plain_cell},
                                             {"Booked", booked_cell},
                                             {"Booked late", booked_late_cell},
                                             {"Unbooked", unbooked_cell},
                                             {"Projected", projected_cell},
                                             {"Cases", cases_cell},
                                             {"Held", held_cell},
                                             {"otherwise", held_plain_cell},
                                             {NULL, NULL}};

bool forecast_add_plain(const json_t *weeks, const json_t *plain)
{
        static const char *const keys[][2] = {{"due", "due_plain"}, {"held", "held_plain"}};
        size_t index;
        json_t *week;
        bool good = true;

        json_array_foreach(weeks, index, week) for (size_t i = 0; i < 2; i++)
        {
                const json_t *other = json_array_get(json_object_get(plain, "weeks"), index);
                json_int_t number = json_integer_value(json_object_get(other, keys[i][0]));

                good = good && json_object_set_new(week, keys[i][1], json_integer(number)) == 0;
        }
        return good;
}

/* ---- duties ---- */

static enum colour title_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "title");
        return COLOUR_NONE;
}

const struct column forecast_rule_columns[] = {{"Duty", title_cell},
                                               {"Due", due_cell},
                                               {"Booked", booked_cell},
                                               {"Booked late", booked_late_cell},
                                               {"Unbooked", unbooked_cell},
                                               {"Projected", projected_cell},
                                               {"Overdue", overdue_cell},
                                               {"Paused", paused_cell},
                                               {"No date", unevaluable_cell},
                                               {"Later", later_cell},
                                               {NULL, NULL}};

/* Whether a duty has something to say. */
static bool tells(const json_t *rule)
{
        static const char *const keys[] = {"due", "overdue", "paused", "unevaluable", "later"};
        json_int_t sum = 0;

        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                sum += json_integer_value(json_object_get(rule, keys[i]));
        return sum > 0;
}

json_t *forecast_told_rules(const json_t *rules)
{
        json_t *told = json_array();
        size_t index;
        json_t *rule;

        json_array_foreach(rules, index, rule) if (tells(rule) && json_array_append(told, rule) != 0)
        {
                json_decref(told);
                return NULL;
        }
        return told;
}

/* ---- appointments ---- */

static enum colour case_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "case");
        return COLOUR_NONE;
}

static enum colour rule_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "rule");
        return COLOUR_NONE;
}

static enum colour kind_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "kind");
        return strcmp(member_text(row, "kind"), "overdue") == 0 ? COLOUR_RED : COLOUR_NONE;
}

static enum colour due_day_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "due"));
        return COLOUR_NONE;
}

static enum colour booked_day_cell(const json_t *row, struct wire_buffer *cell)
{
        put_day(cell, member_text(row, "booked"));
        return json_is_true(json_object_get(row, "booked_late")) ? COLOUR_RED : COLOUR_NONE;
}

/* The day, and whether the days taken out moved it there. */
static enum colour held_day_cell(const json_t *row, struct wire_buffer *cell)
{
        bool late = json_is_true(json_object_get(row, "too_late"));

        put_day(cell, member_text(row, "held"));
        if (late)
                wire_put_text(cell, ", too late");
        else if (json_is_true(json_object_get(row, "moved")))
                wire_put_text(cell, ", moved");
        return late ? COLOUR_RED : COLOUR_NONE;
}

const struct column forecast_appointment_columns[] = {
        {"Case", case_cell},         {"Rule", rule_cell},     {"Kind", kind_cell}, {"Due", due_day_cell},
        {"Booked", booked_day_cell}, {"Held", held_day_cell}, {NULL, NULL}};

/* What falls due later is a number for people, and a line for programs; but of the few cases of --if it is what was
 * asked about. */
json_t *forecast_told_appointments(const struct arguments *arguments, const json_t *appointments)
{
        bool few = arguments_has(arguments, "--if");
        json_t *told = json_array();
        size_t index;
        json_t *appointment;

        json_array_foreach(appointments, index, appointment)
        {
                if (!few && strcmp(member_text(appointment, "kind"), "later") == 0)
                        continue;
                if (json_array_append(told, appointment) != 0) {
                        json_decref(told);
                        return NULL;
                }
        }
        return told;
}

/* ---- all of it ---- */

static void put_sentence(struct wire_buffer *out, const json_t *forecast, const char *key, const char *words)
{
        if (json_integer_value(json_object_get(forecast, key)) == 0)
                return;
        put_member(out, forecast, key);
        wire_put_text(out, words);
}

static void put_headline(const struct arguments *arguments, const json_t *forecast, struct wire_buffer *out)
{
        wire_put_text(out, "Appointments that fall due from ");
        put_day(out, member_text(forecast, "from"));
        wire_put_text(out, " to ");
        put_day(out, member_text(forecast, "until"));
        axes_put_words(out, arguments, forecast);
        wire_put_text(out, "\n\n");
}

void forecast_put_remarks(const json_t *forecast, struct wire_buffer *out)
{
        put_sentence(out, forecast, "overdue", " overdue today, which no week counts.\n");
        put_sentence(out, forecast, "paused", " whose clock stands still.\n");
        put_sentence(out, forecast, "unevaluable", " without a fact that says when.\n");
        put_sentence(out, forecast, "later", " owed today that fall due later.\n");
        put_sentence(out, forecast, "moved", " on another day because of the closed days.\n");
        put_sentence(out, forecast, "too_late", " of these too late: no day is left in time.\n");
        put_sentence(out, forecast, "cut", " cases with more appointments than are projected.\n");
        put_sentence(out, forecast, "unknown_lines",
                     " recorded events have words that the rules do not know, and count for nothing.\n");
}

static void put_assumptions(const json_t *forecast, struct wire_buffer *out)
{
        size_t index;
        json_t *sentence;

        wire_put_text(out, "\nAssumed\n");
        json_array_foreach(json_object_get(forecast, "assumptions"), index, sentence)
        {
                wire_put_text(out, "- ");
                report_put_wrapped(value_text(sentence), 2, out);
        }
}

bool forecast_text(const struct arguments *arguments, const json_t *forecast, const json_t *plain,
                   struct wire_buffer *out)
{
        const json_t *weeks = json_object_get(forecast, "weeks");
        json_t *rules = forecast_told_rules(json_object_get(forecast, "rules")),
               *appointments = forecast_told_appointments(arguments, json_object_get(forecast, "appointments"));
        bool good = rules != NULL && appointments != NULL && (plain == NULL || forecast_add_plain(weeks, plain));

        put_headline(arguments, forecast, out);
        good = good && put_table(plain == NULL ? forecast_week_columns : forecast_if_columns, weeks, out);
        wire_put_text(out, "\n");
        if (json_array_size(rules) > 0)
                good = good && put_table(forecast_rule_columns, rules, out);
        wire_put_text(out, "\n");
        forecast_put_remarks(forecast, out);
        if (json_array_size(appointments) > 0) {
                wire_put_text(out, "\n");
                good = good && put_table(forecast_appointment_columns, appointments, out);
        } else if (arguments_has(arguments, "--if")) {
                wire_put_text(out, "\nThe cases of --if then have no appointment.\n");
        }
        put_assumptions(forecast, out);
        json_decref(rules);
        json_decref(appointments);
        return good;
}

void forecast_csv(const json_t *forecast, struct wire_buffer *out)
{
        static const char *const week_keys[] = {"from",      "until", "due",  "booked", "booked_late", "unbooked",
                                                "projected", "cases", "held", "moved",  NULL};
        static const char *const appointment_keys[] = {"case",  "rule",     "item",   "kind",        "started",
                                                       "due",   "plan_by",  "booked", "booked_late", "held",
                                                       "moved", "too_late", NULL};
        const json_t *appointments = json_object_get(forecast, "appointments");

        if (json_is_array(appointments))
                put_csv_rows(appointment_keys, appointments, out);
        else
                put_csv_rows(week_keys, json_object_get(forecast, "weeks"), out);
}
