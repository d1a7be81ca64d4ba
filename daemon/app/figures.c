/*
 * figures - the reports that rule files declare, counted over the record
 * (app_figures.h).
 *
 * Each case is read once and stands twice: as of the last day of the year, and as
 * of that of the year before. What is counted is then gone over by the checks, and
 * what is too small to be given out is marked last.
 */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#define CASES_A_STEP 100 /* cases between two answers of APP_WORKING: some 10 ms */

struct app_figures {
        struct app *app;
        struct book *book;
        struct store *reader;
        struct arena arena;      /* sums and sentences; lives as long as the report */
        struct arena work, rows; /* one case at a time */
        int64_t known_at;
        bool cases;
        struct sight sight;
        uint64_t since_seq, *since; /* since NULL: later lines are not asked for */
        struct store_head head;
        struct report_sums *now, *before;
        struct app_figures_year trend[REPORT_TREND_MAX];
        struct report_span spans[REPORT_TREND_MAX]; /* the same, to be counted into */
        struct app_figures_answer answer;
        struct report_shown *shown; /* the year, the one before, the quarters */
        size_t shown_count;
        struct report_hidden *hidden; /* of each, by table */
        struct report_hiding *hiding; /* NULL before all is counted */

        struct store_case page[CASES_A_STEP]; /* cases in hand */
        size_t page_count, page_at;
        bool last_page;
        char after[33];

        struct figures_reading hits; /* of the case in hand, to be given out; in rows */
        size_t hit_at;
        struct app_figures_later later, given; /* of it; without changes once it was given out */
        bool failed, complete;
};

static const struct ruleset *rules_of(const struct app_figures *figures)
{
        return figures->book->rules.ruleset;
}

/* ---- one case ---- */

/* One reading of a case in one year: so many of its lines, counted where. */
struct counting {
        const struct dossier *dossier;
        size_t count;
        struct app_figures_year *year;
        struct report_sums *sums;
        struct figures_hits *hits; /* NULL: nobody asks who is in a cell */
};

/* Counts a case into one year; into that asked for with its trends. */
static enum status count_year(struct app_figures *figures, const struct counting *counting)
{
        const struct app_figures_year *year = counting->year;
        const struct report_period period = {.ruleset = rules_of(figures),
                                             .report = figures->answer.report,
                                             .first = year->first,
                                             .last = year->last,
                                             .spans = figures->spans,
                                             .span_count =
                                                     counting->sums == figures->now ? figures->answer.trend_count : 0};
        struct casefile casefile;

        arena_reset(&figures->work);
        enum status status = casefile_stand(rules_of(figures), counting->dossier->records, counting->count,
                                            figures->known_at, year->last, &figures->work, &casefile);
        if (status != STATUS_OK || casefile.fact_count == 0)
                return status;
        counting->year->cases++;
        for (size_t i = 0; i < period.span_count; i++)
                figures->trend[i].cases += casefile.facts[0].on <= figures->trend[i].last;
        return report_count(&period, &casefile, &figures->work, counting->sums,
                            counting->hits == NULL ? NULL : figures_hit, counting->hits);
}

/* Counts a case into the year and into the one before. */
static enum status count_case(struct app_figures *figures, const struct dossier *dossier,
                              struct figures_reading *reading)
{
        struct counting now = {.dossier = dossier,
                               .count = dossier->count,
                               .year = &figures->answer.now,
                               .sums = figures->now,
                               .hits = reading == NULL ? NULL : &reading->year};
        struct counting before = {.dossier = dossier,
                                  .count = dossier->count,
                                  .year = &figures->answer.before,
                                  .sums = figures->before,
                                  .hits = reading == NULL || figures->since == NULL ? NULL : &reading->before};
        enum status status = count_year(figures, &now);

        return status == STATUS_OK ? count_year(figures, &before) : status;
}

/* What a case was counted into before its later lines; the sums of that are not wanted. */
static enum status recount_case(struct app_figures *figures, const struct dossier *dossier, size_t count,
                                struct figures_reading *reading)
{
        struct app_figures_year year = figures->answer.now, before = figures->answer.before;
        struct report_sums *sums = report_sums_new(figures->answer.report, false, &figures->rows);
        enum status status = sums == NULL ? STATUS_NO_MEMORY : STATUS_OK;

        if (status == STATUS_OK)
                status = count_year(figures, &(struct counting){dossier, count, &year, sums, &reading->year});
        if (status == STATUS_OK)
                status = count_year(figures, &(struct counting){dossier, count, &before, sums, &reading->before});
        return status;
}

/* A case whose later lines are asked for: counted with them, and compared with what it was counted into without. */
static enum status compare_case(struct app_figures *figures, const struct dossier *dossier)
{
        struct figures_reading then = {{.arena = &figures->rows}, {.arena = &figures->rows}}, now = then;
        struct figures_changes changes = {NULL, 0};
        size_t first = dossier->count;

        while (first > 0 && dossier->records[first - 1].fact.seq > *figures->since)
                first--;
        if (first == dossier->count)
                return count_case(figures, dossier, NULL);
        enum status status = count_case(figures, dossier, &now);
        if (status == STATUS_OK)
                status = recount_case(figures, dossier, first, &then);
        if (status != STATUS_OK)
                return status;
        if (then.year.failed || then.before.failed || now.year.failed || now.before.failed ||
            !figures_compare(&then, &now, &figures->rows, &changes))
                return STATUS_NO_MEMORY;
        figures->later =
                (struct app_figures_later){changes.list, changes.count, dossier->records, dossier->count, first};
        return STATUS_OK;
}

static enum status take_case(struct app_figures *figures, const struct store_case *row)
{
        struct dossier dossier = {.arena = &figures->rows, .ref = row->ref};
        enum status status;

        arena_reset(&figures->rows);
        figures->hits = (struct figures_reading){{.arena = &figures->rows}, {.arena = &figures->rows}};
        figures->hit_at = 0;
        figures->later.change_count = 0;
        if (figures->cases ? !sight_sees(figures->sight, row->scope) : !sight_counts(figures->sight, row->scope))
                return STATUS_OK;
        status = dossier_load(figures->reader, figures->book->lexicon, row->id, &dossier);
        if (status != STATUS_OK)
                return status;
        figures->answer.unknown_lines += dossier.unknown_count;
        if (figures->since != NULL)
                status = compare_case(figures, &dossier);
        else
                status = count_case(figures, &dossier, figures->cases ? &figures->hits : NULL);
        return status == STATUS_OK && figures->hits.year.failed ? STATUS_NO_MEMORY : status;
}

/* ---- the end ---- */

struct problem_list {
        struct app_figures *figures;
        const char *sentences[APP_FIGURES_PROBLEMS];
};

static void keep_problem(void *context, const struct report_problem *problem)
{
        struct problem_list *list = context;
        struct app_figures *figures = list->figures;
        struct wire_buffer sentence;

        if (figures->answer.problems_found++ >= APP_FIGURES_PROBLEMS)
                return;
        wire_buffer_init(&sentence);
        app_figures_sentence(figures->answer.report, problem, &sentence);
        const char *text = sentence.failed ? NULL : arena_copy(&figures->arena, sentence.data, sentence.length);
        wire_buffer_fini(&sentence);
        figures->failed |= text == NULL;
        if (text != NULL)
                list->sentences[figures->answer.problem_count++] = text;
}

static enum status check(struct app_figures *figures)
{
        struct problem_list list = {.figures = figures};

        report_check(figures->answer.report, figures->now, keep_problem, &list);
        const char **sentences = arena_array(&figures->arena, figures->answer.problem_count, sizeof *sentences);
        if (sentences == NULL || figures->failed)
                return STATUS_NO_MEMORY;
        memcpy(sentences, list.sentences, figures->answer.problem_count * sizeof *sentences);
        figures->answer.problems = sentences;
        return STATUS_OK;
}

/* Everything that is given out together: the year, the one before, the quarters. */
static bool shown_new(struct app_figures *figures)
{
        struct app_figures_answer *answer = &figures->answer;
        size_t tables = answer->report->table_count;

        figures->shown_count = 2 + answer->trend_count;
        figures->shown = arena_array(&figures->arena, figures->shown_count, sizeof *figures->shown);
        figures->hidden = arena_array(&figures->arena, figures->shown_count * tables, sizeof *figures->hidden);
        if (figures->shown == NULL || figures->hidden == NULL)
                return false;
        for (size_t i = 0; i < figures->shown_count; i++) {
                struct app_figures_year *year = i == 0   ? &answer->now
                                                : i == 1 ? &answer->before
                                                         : &figures->trend[i - 2];

                year->hidden = &figures->hidden[i * tables];
                figures->shown[i] =
                        (struct report_shown){year->first, year->last, year->sums, &figures->hidden[i * tables]};
        }
        return true;
}

/* The checks, and then as much of the hiding as goes into a turn. */
static enum status complete_some(struct app_figures *figures)
{
        struct app_figures_answer *answer = &figures->answer;
        enum status status = STATUS_OK;

        if (figures->hiding == NULL) {
                status = check(figures);
                if (status != STATUS_OK || !shown_new(figures))
                        return status == STATUS_OK ? STATUS_NO_MEMORY : status;
                figures->hiding = report_hide_begin(&rules_of(figures)->vocabulary, answer->report, figures->shown,
                                                    figures->shown_count, answer->suppressed_below, &figures->arena);
                if (figures->hiding == NULL)
                        return STATUS_NO_MEMORY;
        }
        return report_hide_next(figures->hiding, &figures->complete);
}

/* ---- the door ---- */

static enum status next_page(struct app_figures *figures)
{
        enum status status = scope_cases(figures->reader, figures->sight, figures->after, figures->page, CASES_A_STEP,
                                         &figures->page_count);

        figures->page_at = 0;
        figures->last_page = figures->page_count < CASES_A_STEP;
        if (figures->page_count > 0)
                memcpy(figures->after, figures->page[figures->page_count - 1].ref, sizeof figures->after);
        return status;
}

/* A row of the case in hand that was not yet given out. */
static bool give_row(struct app_figures *figures, struct app_figures_row *ret_row)
{
        if (figures->hit_at < figures->hits.year.count) {
                const struct report_hit *hit = &figures->hits.year.list[figures->hit_at++];

                *ret_row = (struct app_figures_row){
                        .case_ref = figures->page[figures->page_at - 1].ref, .cell = hit->cell, .day = hit->day};
                return true;
        }
        if (figures->later.change_count == 0)
                return false;
        figures->given = figures->later;
        figures->later.change_count = 0;
        *ret_row = (struct app_figures_row){
                .case_ref = figures->page[figures->page_at - 1].ref, .day = CIVIL_NONE, .later = &figures->given};
        return true;
}

enum status app_figures_next(struct app_figures *figures, enum app_row *ret_kind, struct app_figures_row *ret_row)
{
        enum status status = STATUS_OK;

        *ret_kind = APP_ROW;
        while (!give_row(figures, ret_row)) {
                if (figures->page_at < figures->page_count) {
                        status = take_case(figures, &figures->page[figures->page_at++]);
                        if (status != STATUS_OK)
                                return status;
                        continue;
                }
                if (!figures->last_page)
                        status = next_page(figures);
                else if (!figures->complete)
                        status = complete_some(figures);
                *ret_kind = figures->complete ? APP_END : APP_WORKING;
                return status;
        }
        return STATUS_OK;
}

const struct app_figures_answer *app_figures_answer(const struct app_figures *figures)
{
        return &figures->answer;
}

const struct ruleset *app_figures_ruleset(const struct app_figures *figures)
{
        return rules_of(figures);
}

int64_t app_figures_known_at(const struct app_figures *figures)
{
        return figures->known_at;
}

const struct store_head *app_figures_head(const struct app_figures *figures)
{
        return &figures->head;
}

void app_figures_unhide(struct app_figures *figures)
{
        figures->answer.suppressed_below = 0;
        memset(figures->hidden, 0,
               figures->shown_count * figures->answer.report->table_count * sizeof *figures->hidden);
}

void app_figures_free(struct app_figures *figures)
{
        if (figures == NULL)
                return;
        reader_give(figures->app, figures->reader);
        arena_fini(&figures->arena);
        arena_fini(&figures->work);
        arena_fini(&figures->rows);
        book_drop(figures->book);
        free(figures);
}

static bool understand(struct app_figures *figures, const struct app_figures_question *question, int32_t day,
                       struct wire_problem *problem)
{
        struct app_figures_answer *answer = &figures->answer;

        if (!figures_report(rules_of(figures), question->report, &answer->report, problem) ||
            !figures_period(question, day, answer, problem))
                return false;
        figures_trend(answer->report, answer->now.last, figures->trend);
        answer->trend = figures->trend;
        answer->trend_count = answer->report->trend_quarters;
        figures->known_at = question->axes.known_at;
        figures->sight = question->axes.sight;
        figures->cases = question->cases;
        figures->since_seq = question->since;
        figures->since = question->later ? &figures->since_seq : NULL;
        answer->suppressed_below = question->cases                ? 0
                                   : question->suppress_below > 0 ? question->suppress_below
                                                                  : answer->report->suppress_below;
        if (!question->cases || question->suppress_below == 0)
                return true;
        wire_problem_set(problem, "contradiction", "suppress-below",
                         "small numbers cannot be hidden from an answer that names the cases");
        return false;
}

static bool spans_new(struct app_figures *figures)
{
        bool good = true;

        for (size_t i = 0; good && i < figures->answer.trend_count; i++) {
                struct report_sums *sums = report_sums_new(figures->answer.report, true, &figures->arena);

                figures->trend[i].sums = sums;
                figures->spans[i] = (struct report_span){figures->trend[i].first, figures->trend[i].last, sums};
                good = sums != NULL;
        }
        return good;
}

static enum status make_room(struct app_figures *figures, const char *inputs, struct wire_problem *problem)
{
        const struct report *report = figures->answer.report;
        struct app_figures_input *numbers = arena_array(&figures->arena, report->input_count, sizeof *numbers);

        figures->now = report_sums_new(report, false, &figures->arena);
        figures->before = report_sums_new(report, false, &figures->arena);
        if (numbers == NULL || figures->now == NULL || figures->before == NULL || !spans_new(figures))
                return STATUS_NO_MEMORY;
        figures->answer.now.sums = figures->now;
        figures->answer.before.sums = figures->before;
        figures->answer.inputs = numbers;
        return figures_inputs(report, inputs, numbers, problem) ? STATUS_OK : STATUS_INVALID;
}

enum status app_figures_begin(struct app *app, struct moment moment, const struct app_figures_question *question,
                              struct app_figures **ret_figures, struct wire_problem *ret_problem)
{
        struct app_figures *figures = calloc(1, sizeof *figures);
        int32_t day = question->axes.as_of == CIVIL_NONE ? app_day(app, moment) : question->axes.as_of;

        if (figures == NULL)
                return STATUS_NO_MEMORY;
        figures->app = app;
        figures->book = book_hold(question->axes.law == NULL ? app->book : question->axes.law);
        arena_init(&figures->arena, malloc, free);
        arena_init(&figures->work, malloc, free);
        arena_init(&figures->rows, malloc, free);
        enum status status = understand(figures, question, day, ret_problem) ? STATUS_OK : STATUS_INVALID;
        if (status == STATUS_OK)
                status = make_room(figures, question->inputs, ret_problem);
        if (status == STATUS_OK)
                status = reader_take(app, &figures->reader);
        if (status == STATUS_OK)
                status = store_last_line(figures->reader, &figures->head);
        if (status != STATUS_OK) {
                app_figures_free(figures);
                return status;
        }
        *ret_figures = figures;
        return STATUS_OK;
}
