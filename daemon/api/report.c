/*
 * report - the reports that rule files declare: figures, and who is behind them.
 *
 * There are two routes, so that who may ask for cases, and that it is noted who
 * did, is a matter of the route's row: figures alone name nobody.
 */
#include <stdio.h>
#include <stdlib.h>

#include "report.h"
#include "report_parts.h"

struct reporting {
        struct app_figures *figures;
        bool cases;
        uint64_t rows;
};

/* A year's figures of one table, while they are written. */
struct sheet {
        const struct report *report;
        const struct report_table *table;
        uint16_t index;
        const struct app_figures_year *year;
};

static void put_year(struct wire_buffer *buffer, const char *key, const struct app_figures_year *year)
{
        wire_put_key(buffer, key);
        wire_put_text(buffer, "{");
        api_put_text(buffer, "year", year->year);
        api_put_date(buffer, "from", year->first);
        api_put_date(buffer, "until", year->until);
        api_put_date(buffer, "counted_until", year->last);
        wire_put_text(buffer, "}");
}

static void put_inputs(struct wire_buffer *buffer, const struct app_figures_answer *answer)
{
        const struct report *report = answer->report;

        wire_put_key(buffer, "inputs");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < report->input_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "input", report->inputs[i].name);
                api_put_text(buffer, "label", report->inputs[i].label);
                api_put_seq(buffer, "number", answer->inputs[i].given ? answer->inputs[i].number : 0);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

void report_put_head(struct wire_buffer *buffer, const struct app_figures *figures)
{
        const struct app_figures_answer *answer = app_figures_answer(figures);
        const struct report *report = answer->report;

        wire_put_text(buffer, "{");
        api_put_axes(buffer, answer->now.last, app_figures_known_at(figures), app_figures_ruleset(figures));
        api_put_text(buffer, "report", report->name);
        api_put_text(buffer, "title", report->title);
        api_put_text(buffer, "source", report->source);
        api_put_text(buffer, "basis", report->basis);
        put_year(buffer, "period", &answer->now);
        put_year(buffer, "previous", &answer->before);
        put_inputs(buffer, answer);
}

static void put_head(void *context, struct wire_buffer *buffer)
{
        struct reporting *reporting = context;

        report_put_head(buffer, reporting->figures);
        if (!reporting->cases)
                return;
        wire_put_key(buffer, "cases");
        wire_put_text(buffer, "[");
}

void report_put_place(struct wire_buffer *buffer, const struct report *report, struct report_cell cell)
{
        const struct report_table *table = &report->tables[cell.table];
        bool placed = cell.row != REPORT_ALL;

        api_put_text(buffer, "table", table->name);
        api_put_text(buffer, "row", placed ? table->rows[cell.row].name : NULL);
        api_put_text(buffer, "column", placed ? table->columns[cell.column].name : NULL);
}

static void put_row(struct reporting *reporting, struct wire_buffer *buffer, const struct app_figures_row *row)
{
        wire_put_text(buffer, reporting->rows++ == 0 ? "{" : ",{");
        report_put_place(buffer, app_figures_answer(reporting->figures)->report, row->cell);
        api_put_text(buffer, "case", row->case_ref);
        api_put_date(buffer, "on", row->day);
        wire_put_text(buffer, "}");
}

/* ---- figures ---- */

static bool measures(const struct report_table *table, uint8_t column)
{
        return column != REPORT_ALL && column >= table->counted;
}

/* A number; null where there can be none; "suppressed" where it is too small to be given out. */
static void put_figure(struct wire_buffer *buffer, const struct sheet *sheet, uint8_t row, uint8_t column)
{
        struct report_cell cell = {sheet->index, row, column};
        uint32_t bit = column < 32 ? UINT32_C(1) << column : 0; /* none for a sum */
        bool never = row != REPORT_ALL && (sheet->table->never[row] & bit) != 0;

        if (never && report_figure(sheet->report, sheet->year->sums, cell) == 0)
                wire_put_text(buffer, "null");
        else if (report_is_hidden(&sheet->year->hidden[sheet->index], cell))
                wire_put_text(buffer, "\"suppressed\"");
        else if (measures(sheet->table, column) && report_measured(sheet->report, sheet->year->sums, cell) == 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, (int64_t)report_figure(sheet->report, sheet->year->sums, cell));
}

static void put_row_sum(struct wire_buffer *buffer, const struct sheet *sheet, uint8_t row)
{
        if (!report_has_row_sums(sheet->table))
                return;
        wire_put_text(buffer, ",");
        put_figure(buffer, sheet, row, REPORT_ALL);
}

/* A line of figures: those that count, their sum where there is one, then the measures. */
static void put_line(struct wire_buffer *buffer, const char *key, const struct sheet *sheet, uint8_t row)
{
        wire_put_key(buffer, key);
        if (sheet->year->cases == 0) {
                wire_put_text(buffer, "null");
                return;
        }
        wire_put_text(buffer, "[");
        for (size_t column = 0; column < sheet->table->column_count; column++) {
                if (column == sheet->table->counted)
                        put_row_sum(buffer, sheet, row);
                if (column > 0)
                        wire_put_text(buffer, ",");
                put_figure(buffer, sheet, row, (uint8_t)column);
        }
        if (sheet->table->counted == sheet->table->column_count)
                put_row_sum(buffer, sheet, row);
        wire_put_text(buffer, "]");
}

void report_put_notes(struct wire_buffer *buffer, const struct report_notes *notes)
{
        wire_put_key(buffer, "notes");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < notes->count; i++) {
                if (i > 0)
                        wire_put_text(buffer, ",");
                wire_put_string(buffer, notes->names[i]);
        }
        wire_put_text(buffer, "]");
}

static void put_band(struct wire_buffer *buffer, const char *key, const struct report_band *band)
{
        api_put_text(buffer, key, band->name);
        api_put_text(buffer, "label", band->label);
        report_put_notes(buffer, &band->notes);
}

static void put_columns(struct wire_buffer *buffer, const struct report_table *table)
{
        static const char *const words[] = {
                [REPORT_COUNT] = NULL, [REPORT_MEDIAN] = "median", [REPORT_WORST] = "worst"};

        wire_put_key(buffer, "columns");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i <= table->column_count; i++) {
                if (i == table->counted && report_has_row_sums(table))
                        wire_put_text(buffer,
                                      ",{\"column\":\"total\",\"label\":\"Total\",\"notes\":[],\"measure\":null}");
                if (i == table->column_count)
                        break;
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_band(buffer, "column", &table->columns[i]);
                api_put_text(buffer, "measure", words[table->columns[i].measure]);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

static void put_rows(struct wire_buffer *buffer, const struct sheet *now, const struct sheet *before)
{
        const struct report_table *table = now->table;

        wire_put_key(buffer, "rows");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < table->row_count; i++) {
                uint8_t part = table->rows[i].part_of;

                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_band(buffer, "row", &table->rows[i]);
                api_put_text(buffer, "part_of", part == REPORT_ALL ? NULL : table->rows[part].name);
                put_line(buffer, "figures", now, (uint8_t)i);
                put_line(buffer, "previous", before, (uint8_t)i);
                wire_put_text(buffer, "}");
        }
        if (report_has_column_sums(table)) {
                wire_put_text(buffer, ",{\"row\":\"total\",\"label\":\"Total\",\"notes\":[],\"part_of\":null");
                put_line(buffer, "figures", now, REPORT_ALL);
                put_line(buffer, "previous", before, REPORT_ALL);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

static void put_tables(struct wire_buffer *buffer, const struct app_figures_answer *answer)
{
        const struct report *report = answer->report;

        wire_put_key(buffer, "tables");
        wire_put_text(buffer, "[");
        for (size_t t = 0; t < report->table_count; t++) {
                const struct report_table *table = &report->tables[t];
                struct sheet now = {report, table, (uint16_t)t, &answer->now};
                struct sheet before = {report, table, (uint16_t)t, &answer->before};

                wire_put_text(buffer, t == 0 ? "{" : ",{");
                api_put_text(buffer, "table", table->name);
                api_put_text(buffer, "title", table->title);
                report_put_notes(buffer, &table->notes);
                put_columns(buffer, table);
                put_rows(buffer, &now, &before);
                wire_put_key(buffer, "outside");
                if (now.year->sums[t].outside > 0 && now.year->sums[t].outside < answer->suppressed_below)
                        wire_put_text(buffer, "\"suppressed\"");
                else
                        wire_put_number(buffer, (int64_t)now.year->sums[t].outside);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

/* ---- rates ---- */

void report_put_quotient(struct wire_buffer *buffer, uint64_t of, uint64_t over, int32_t per)
{
        char text[40];
        uint64_t tenths = (of * (uint64_t)per * 10 + over / 2) / over;

        snprintf(text, sizeof text, "\"%llu.%llu\"", (unsigned long long)(tenths / 10),
                 (unsigned long long)(tenths % 10));
        wire_put_text(buffer, text);
}

static void put_rate(struct wire_buffer *buffer, const struct app_figures_answer *answer,
                     const struct report_rate *rate)
{
        const struct report *report = answer->report;
        const struct report_sums *sums = answer->now.sums;
        const struct app_figures_input *input = rate->by_input ? &answer->inputs[rate->input] : NULL;
        uint64_t of = report_figure(report, sums, rate->of);
        uint64_t over = input != NULL ? input->number : report_figure(report, sums, rate->over);
        bool hidden = report_is_hidden(&answer->now.hidden[rate->of.table], rate->of) ||
                      (input == NULL && report_is_hidden(&answer->now.hidden[rate->over.table], rate->over));

        api_put_text(buffer, "rate", rate->name);
        api_put_text(buffer, "label", rate->label);
        report_put_notes(buffer, &rate->notes);
        api_put_number(buffer, "per", rate->per);
        api_put_text(buffer, "input", input != NULL ? report->inputs[rate->input].name : NULL);
        api_put_text(buffer, "input_label", input != NULL ? report->inputs[rate->input].label : NULL);
        wire_put_key(buffer, "of");
        if (hidden)
                wire_put_text(buffer, "\"suppressed\"");
        else
                wire_put_number(buffer, (int64_t)of);
        wire_put_key(buffer, "over");
        if (hidden || (input != NULL && !input->given))
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, (int64_t)over);
        wire_put_key(buffer, "value");
        if (hidden || over == 0 || of > UINT32_MAX)
                wire_put_text(buffer, "null");
        else
                report_put_quotient(buffer, of, over, rate->per);
}

static void put_rates(struct wire_buffer *buffer, const struct app_figures_answer *answer)
{
        wire_put_key(buffer, "rates");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < answer->report->rate_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                put_rate(buffer, answer, &answer->report->rates[i]);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
}

/* ---- the end ---- */

void report_put_tail(struct wire_buffer *buffer, const struct app_figures_answer *answer)
{
        const struct report *report = answer->report;

        put_tables(buffer, answer);
        put_rates(buffer, answer);
        report_put_trends(buffer, answer);
        wire_put_key(buffer, "notes");
        wire_put_text(buffer, "[");
        for (size_t i = 0; i < report->note_count; i++) {
                wire_put_text(buffer, i == 0 ? "{" : ",{");
                api_put_text(buffer, "note", report->notes[i].name);
                api_put_text(buffer, "text", report->notes[i].text);
                wire_put_text(buffer, "}");
        }
        wire_put_text(buffer, "]");
        api_put_number(buffer, "cases_counted", (int64_t)answer->now.cases);
        api_put_number(buffer, "unknown_lines", (int64_t)answer->unknown_lines);
        wire_put_key(buffer, "suppressed_below");
        if (answer->suppressed_below == 0)
                wire_put_text(buffer, "null");
        else
                wire_put_number(buffer, (int64_t)answer->suppressed_below);
        wire_put_key(buffer, "problems");
        wire_put_text(buffer, "[");
        /* Sentences about what does not add up have numbers in them. */
        for (size_t i = 0; answer->suppressed_below == 0 && i < answer->problem_count; i++) {
                wire_put_text(buffer, i > 0 ? "," : "");
                wire_put_string(buffer, answer->problems[i]);
        }
        wire_put_text(buffer, "]");
        api_put_number(buffer, "problems_found", (int64_t)answer->problems_found);
        api_put_bool(buffer, "adds_up", answer->problems_found == 0);
        wire_put_text(buffer, "}");
}

static enum status next(void *context, struct wire_buffer *buffer, enum app_row *ret_kind)
{
        struct reporting *reporting = context;
        struct app_figures_row row;
        enum status status = app_figures_next(reporting->figures, ret_kind, &row);

        if (status != STATUS_OK)
                return status;
        switch (*ret_kind) {
        case APP_ROW:
                put_row(reporting, buffer, &row);
                break;
        case APP_WORKING:
                break;
        case APP_END:
                if (reporting->cases)
                        wire_put_text(buffer, "]");
                report_put_tail(buffer, app_figures_answer(reporting->figures));
                break;
        }
        return STATUS_OK;
}

static void release(void *context)
{
        struct reporting *reporting = context;

        app_figures_free(reporting->figures);
        free(reporting);
}

bool report_take_question(const struct api_call *call, struct app_figures_question *ret_question,
                          struct wire_problem *ret_problem)
{
        *ret_question = (struct app_figures_question){.report = call->parameter,
                                                      .year = query_value(call->query, "year"),
                                                      .from = CIVIL_NONE,
                                                      .to = CIVIL_NONE};
        return query_take_day(call->query, "from", &ret_question->from, ret_problem) &&
               query_take_day(call->query, "to", &ret_question->to, ret_problem) &&
               query_take_list(call->query, "input", &ret_question->inputs, ret_problem) &&
               query_take_number(call->query, "suppress-below", 1000000, &ret_question->suppress_below, ret_problem) &&
               api_take_axes(call, &ret_question->axes, ret_problem);
}

static void begin(const struct api_call *call, bool cases)
{
        struct app_figures_question question;
        struct wire_problem problem = {.code = "internal"};

        if (!report_take_question(call, &question, &problem)) {
                api_refuse(call->request, 400, &problem);
                return;
        }
        question.cases = cases;
        struct reporting *reporting = calloc(1, sizeof *reporting);
        enum status status = reporting == NULL ? STATUS_NO_MEMORY
                                               : app_figures_begin(call->api->app, call->now, &question,
                                                                   &reporting->figures, &problem);
        if (status != STATUS_OK) {
                free(reporting);
                api_failed(call->request, status, &problem);
                return;
        }
        reporting->cases = cases;
        listing_begin(call, (struct listing_maker){put_head, next, release, NULL}, reporting);
}

void api_report(const struct api_call *call)
{
        begin(call, false);
}

void api_report_cases(const struct api_call *call)
{
        begin(call, true);
}
