/*
 * forecast - the appointments that fall due in the weeks to come (app_forecast.h).
 *
 * One case after another is read, laid over with what is supposed of it, and given
 * to the engine; what it says is counted by week and by rule. Cases that are
 * supposed and not recorded come last.
 */
#include "mappad/app_forecast.h"

#include <stdlib.h>
#include <string.h>

#include "supposed.h"

#define CASES_A_STEP 100 /* cases between two answers of APP_WORKING: some 10 ms */
#define WEEK 7

struct app_forecast {
        struct app *app;
        struct book *book;
        struct store *reader;
        struct arena arena;      /* what lives as long as the forecast */
        struct arena work, rows; /* one case at a time */
        struct arena entries_arena;
        int64_t known_at;
        struct sight sight;
        bool cases;
        struct supposed supposed;
        struct app_forecast_answer answer;
        uint16_t *places; /* by rule: its place among those of the answer */

        struct store_case page[CASES_A_STEP]; /* cases in hand */
        size_t page_count, page_at;
        bool last_page;
        char after[33];
        size_t supposed_at; /* of those that are not recorded */

        bool given; /* what is told of the case in hand is given out */
        struct forecast_entry *entries;
        size_t entry_count, entry_capacity, entry_at;
        const char *entry_ref;
        bool week_seen[APP_FORECAST_WEEKS_MAX]; /* by the case in hand */
        bool failed;
};

static const struct ruleset *rules_of(const struct app_forecast *forecast)
{
        return forecast->book->rules.ruleset;
}

/* ---- counting ---- */

static void add(struct app_forecast_counts *counts, const struct forecast_entry *entry)
{
        counts->due++;
        counts->projected += entry->kind == FORECAST_PROJECTED && entry->booked == CIVIL_NONE;
        counts->unbooked += entry->kind == FORECAST_OWED && entry->booked == CIVIL_NONE;
        counts->booked += entry->booked != CIVIL_NONE && !entry->booked_late;
        counts->booked_late += entry->booked != CIVIL_NONE && entry->booked_late;
}

/* What is supposed may be late from its first day on: it is of the first week. */
static struct app_forecast_week *week_of(struct app_forecast *forecast, int32_t day)
{
        int32_t first = forecast->answer.first;

        return &forecast->answer.weeks[((day < first ? first : day) - forecast->answer.weeks[0].first) / WEEK];
}

static void count_due(struct app_forecast *forecast, const struct forecast_entry *entry)
{
        struct app_forecast_week *week = week_of(forecast, entry->due);
        size_t number = (size_t)(week - forecast->answer.weeks);

        add(&week->counts, entry);
        week->cases += !forecast->week_seen[number];
        forecast->week_seen[number] = true;
}

static void count_rule(struct app_forecast_rule *rule, const struct forecast_entry *entry)
{
        switch (entry->kind) {
        case FORECAST_OWED:
        case FORECAST_PROJECTED:
                add(&rule->counts, entry);
                break;
        case FORECAST_OVERDUE:
                rule->overdue++;
                break;
        case FORECAST_LATER:
                rule->later++;
                break;
        case FORECAST_PAUSED:
                rule->paused++;
                break;
        case FORECAST_UNEVALUABLE:
                rule->unevaluable++;
                break;
        }
}

static void keep_entry(struct app_forecast *forecast, const struct forecast_entry *entry)
{
        if (forecast->entry_count == forecast->entry_capacity) {
                size_t capacity = forecast->entry_capacity * 2 + 8;
                struct forecast_entry *entries = arena_array(&forecast->entries_arena, capacity, sizeof *entries);

                forecast->failed |= entries == NULL;
                if (entries == NULL)
                        return;
                if (forecast->entry_count > 0)
                        memcpy(entries, forecast->entries, forecast->entry_count * sizeof *entries);
                forecast->entries = entries;
                forecast->entry_capacity = capacity;
        }
        forecast->entries[forecast->entry_count++] = *entry;
}

static void take_entry(void *context, const struct forecast_entry *entry)
{
        struct app_forecast *forecast = context;
        struct app_forecast_answer *answer = &forecast->answer;

        answer->kinds[entry->kind]++;
        answer->overdue_booked += entry->kind == FORECAST_OVERDUE && entry->booked != CIVIL_NONE;
        answer->moved += entry->moved;
        answer->too_late += entry->too_late;
        count_rule(&answer->rules[forecast->places[entry->rule]], entry);
        if (entry->kind == FORECAST_OWED || entry->kind == FORECAST_PROJECTED)
                count_due(forecast, entry);
        if (entry->held != CIVIL_NONE) {
                week_of(forecast, entry->held)->held++;
                week_of(forecast, entry->held)->moved += entry->moved;
        }
        if (forecast->given)
                keep_entry(forecast, entry);
}

/* ---- one case ---- */

static enum status count_case(struct app_forecast *forecast, const struct dossier *dossier,
                              struct supposed_case *supposed)
{
        const struct app_forecast_answer *answer = &forecast->answer;
        const struct forecast_question question = {.ruleset = rules_of(forecast),
                                                   .known_at = forecast->known_at,
                                                   .first = answer->first,
                                                   .last = answer->last,
                                                   .gaps = answer->gaps,
                                                   .gap_count = answer->gap_count};
        const struct forecast_history history = {.records = dossier->records,
                                                 .count = dossier->count,
                                                 .supposed = supposed == NULL ? NULL : supposed->records,
                                                 .supposed_count = supposed == NULL ? 0 : supposed->count};
        const struct forecast_outlet outlet = {&forecast->work, &forecast->rows, take_entry, forecast};
        bool cut = false;

        arena_reset(&forecast->entries_arena);
        forecast->entries = NULL;
        forecast->entry_count = forecast->entry_capacity = forecast->entry_at = 0;
        forecast->entry_ref = dossier->ref;
        forecast->given = forecast->cases || supposed != NULL;
        memset(forecast->week_seen, 0, sizeof forecast->week_seen);
        if (supposed != NULL)
                supposed->seen = true;
        forecast->answer.cases++;
        enum status status = forecast_case(&question, &history, &outlet, &cut);
        forecast->answer.cut += cut;
        return forecast->failed ? STATUS_NO_MEMORY : status;
}

static enum status take_case(struct app_forecast *forecast, const struct store_case *row)
{
        struct dossier dossier = {.arena = &forecast->rows, .ref = row->ref};

        arena_reset(&forecast->rows);
        if (forecast->cases ? !sight_sees(forecast->sight, row->scope) : !sight_counts(forecast->sight, row->scope))
                return STATUS_OK;
        enum status status = dossier_load(forecast->reader, forecast->book->lexicon, row->id, &dossier);
        if (status != STATUS_OK)
                return status;
        forecast->answer.unknown_lines += dossier.unknown_count;
        /* Of a case out of sight something may be supposed as of one that there is not: it comes last. */
        return count_case(forecast, &dossier,
                          sight_sees(forecast->sight, row->scope) ? supposed_of(&forecast->supposed, row->ref) : NULL);
}

/* ---- the door ---- */

static enum status next_page(struct app_forecast *forecast)
{
        enum status status = scope_cases(forecast->reader, forecast->sight, forecast->after, forecast->page,
                                         CASES_A_STEP, &forecast->page_count);

        forecast->page_at = 0;
        forecast->last_page = forecast->page_count < CASES_A_STEP;
        if (forecast->page_count > 0)
                memcpy(forecast->after, forecast->page[forecast->page_count - 1].ref, sizeof forecast->after);
        return status;
}

/* The next case that is supposed and was not met; whether there was one. */
static bool take_unrecorded(struct app_forecast *forecast, enum status *ret_status)
{
        while (forecast->supposed_at < forecast->supposed.case_count) {
                struct supposed_case *supposed = &forecast->supposed.cases[forecast->supposed_at++];
                struct dossier dossier = {.arena = &forecast->rows, .ref = supposed->ref};

                if (supposed->seen)
                        continue;
                arena_reset(&forecast->rows);
                *ret_status = count_case(forecast, &dossier, supposed);
                return true;
        }
        return false;
}

enum status app_forecast_next(struct app_forecast *forecast, enum app_row *ret_kind, struct app_forecast_row *ret_row)
{
        enum status status = STATUS_OK;

        while (status == STATUS_OK) {
                if (forecast->entry_at < forecast->entry_count) {
                        *ret_row = (struct app_forecast_row){forecast->entry_ref,
                                                             &forecast->entries[forecast->entry_at++]};
                        *ret_kind = APP_ROW;
                        return STATUS_OK;
                }
                if (forecast->page_at < forecast->page_count) {
                        status = take_case(forecast, &forecast->page[forecast->page_at++]);
                } else if (!forecast->last_page) {
                        *ret_kind = APP_WORKING;
                        return next_page(forecast);
                } else if (!take_unrecorded(forecast, &status)) {
                        *ret_kind = APP_END;
                        return STATUS_OK;
                }
        }
        return status;
}

const struct app_forecast_answer *app_forecast_answer(const struct app_forecast *forecast)
{
        return &forecast->answer;
}

const struct ruleset *app_forecast_ruleset(const struct app_forecast *forecast)
{
        return rules_of(forecast);
}

int64_t app_forecast_known_at(const struct app_forecast *forecast)
{
        return forecast->known_at;
}

void app_forecast_free(struct app_forecast *forecast)
{
        if (forecast == NULL)
                return;
        reader_give(forecast->app, forecast->reader);
        arena_fini(&forecast->arena);
        arena_fini(&forecast->work);
        arena_fini(&forecast->rows);
        arena_fini(&forecast->entries_arena);
        book_drop(forecast->book);
        free(forecast);
}

/* ---- the question ---- */

static void name_weeks(struct app_forecast_answer *answer, int32_t day, size_t weeks)
{
        int32_t monday = day - (int32_t)civil_weekday(day);

        answer->first = day;
        answer->last = monday + (int32_t)weeks * WEEK - 1;
        answer->week_count = weeks;
        for (size_t i = 0; i < weeks; i++) {
                answer->weeks[i].first = monday + (int32_t)i * WEEK;
                answer->weeks[i].last = answer->weeks[i].first + WEEK - 1;
        }
}

/* "2026-08-01..2026-08-31" */
static bool gap_parse(const char *word, struct forecast_gap *ret_gap)
{
        struct forecast_gap gap;

        if (strlen(word) != 22 || memcmp(word + 10, "..", 2) != 0 || !civil_parse(word, 10, &gap.first) ||
            !civil_parse(word + 12, 10, &gap.last) || gap.first > gap.last)
                return false;
        *ret_gap = gap;
        return true;
}

static bool take_gaps(struct app_forecast_answer *answer, const char *list, struct wire_problem *problem)
{
        while (list != NULL && *list != '\0') {
                size_t length = strcspn(list, ",");
                char word[24] = "";

                memcpy(word, list, length < sizeof word - 1 ? length : sizeof word - 1);
                if (!gap_parse(word, &answer->gaps[answer->gap_count % FORECAST_GAPS_MAX]) ||
                    answer->gap_count++ == FORECAST_GAPS_MAX) {
                        wire_problem_set(
                                problem, "bad-days", "closed",
                                "closed days are written YYYY-MM-DD..YYYY-MM-DD, the earlier first, at most %d "
                                "times",
                                FORECAST_GAPS_MAX);
                        return false;
                }
                list += length + (list[length] == ',');
        }
        return true;
}

/* Those rules whose appointments can be booked, in their order. */
static bool take_rules(struct app_forecast *forecast)
{
        const struct ruleset *ruleset = rules_of(forecast);
        struct app_forecast_rule *rules = arena_array(&forecast->arena, ruleset->rule_count, sizeof *rules);
        uint16_t *places = arena_array(&forecast->arena, ruleset->rule_count, sizeof *places);

        if (rules == NULL || places == NULL)
                return false;
        for (size_t i = 0; i < ruleset->rule_count; i++) {
                if (!forecast_rule(&ruleset->rules[i]))
                        continue;
                places[i] = (uint16_t)forecast->answer.rule_count;
                rules[forecast->answer.rule_count++].rule = (uint16_t)i;
        }
        forecast->answer.rules = rules;
        forecast->places = places;
        return true;
}

static enum status understand(struct app_forecast *forecast, const struct app_forecast_question *question, int32_t day,
                              struct app_forecast_refusal *refusal)
{
        struct supposing supposing = {.arena = &forecast->arena, .work = &forecast->work};

        if (civil_to_date(day).year > 9900 || civil_to_date(day).year < 1600) {
                wire_problem_set(&refusal->problem, "bad-days", "as-of", "forecasts are of the years 1600 to 9900");
                return STATUS_INVALID;
        }
        name_weeks(&forecast->answer, day, (size_t)question->weeks);
        forecast->known_at = question->axes.known_at;
        forecast->cases = question->cases;
        forecast->sight = question->axes.sight;
        if (!take_gaps(&forecast->answer, question->closed, &refusal->problem))
                return STATUS_INVALID;
        if (!take_rules(forecast))
                return STATUS_NO_MEMORY;
        enum status status = reader_take(forecast->app, &forecast->reader);
        if (status != STATUS_OK || question->supposed == NULL)
                return status;
        supposing.reader = forecast->reader;
        supposing.lexicon = forecast->book->lexicon;
        supposing.sight = forecast->sight;
        status = supposed_read(&supposing, question->supposed, question->supposed_length, &forecast->supposed, refusal);
        forecast->answer.supposed = forecast->supposed.count;
        return status;
}

enum status app_forecast_begin(struct app *app, struct moment moment, const struct app_forecast_question *question,
                               struct app_forecast **ret_forecast, struct app_forecast_refusal *ret_refusal)
{
        struct app_forecast *forecast = calloc(1, sizeof *forecast);
        int32_t day = question->axes.as_of == CIVIL_NONE ? app_day(app, moment) : question->axes.as_of;

        if (forecast == NULL)
                return STATUS_NO_MEMORY;
        forecast->app = app;
        forecast->book = book_hold(question->axes.law == NULL ? app->book : question->axes.law);
        arena_init(&forecast->arena, malloc, free);
        arena_init(&forecast->work, malloc, free);
        arena_init(&forecast->rows, malloc, free);
        arena_init(&forecast->entries_arena, malloc, free);
        ret_refusal->line = 0;
        ret_refusal->out_of_sight[0] = '\0';
        enum status status = understand(forecast, question, day, ret_refusal);
        if (status != STATUS_OK) {
                app_forecast_free(forecast);
                return status;
        }
        *ret_forecast = forecast;
        return STATUS_OK;
}

/* ---- what is assumed ---- */

static void put_gaps(const struct app_forecast_answer *answer, struct wire_buffer *out)
{
        char text[CIVIL_TEXT_SIZE];

        wire_put_text(out, "Closed from ");
        for (size_t i = 0; i < answer->gap_count; i++) {
                wire_put_text(out, i == 0 ? "" : ", from ");
                civil_format(answer->gaps[i].first, text);
                wire_put_text(out, text);
                wire_put_text(out, " to ");
                civil_format(answer->gaps[i].last, text);
                wire_put_text(out, text);
        }
        wire_put_text(out,
                      ": what would be held then is held on the last working day before, a booking for then is void, "
                      "and what has no day left in time is held after it.");
}

static void put_supposed(const struct app_forecast_answer *answer, struct wire_buffer *out)
{
        wire_put_number(out, (int64_t)answer->supposed);
        wire_put_text(out, answer->supposed == 1 ? " event is supposed; it is" : " events are supposed; they are");
        wire_put_text(out, " recorded nowhere.");
}

bool app_forecast_assumption(const struct app_forecast *forecast, size_t n, struct wire_buffer *out)
{
        static const char *const always[] = {
                "Appointments are what can be booked. Each counts in the week in which it falls due, under the rules "
                "that are named; one that several duties of a case ask for counts for each of them.",
                "Nothing else happens: no other event is recorded, and dates stay as they are. What ends by itself "
                "before its day is not counted.",
                "A clock that runs goes on running. One that stands still today is listed apart, since nobody can say "
                "when it will run.",
                "An appointment is held on the day it is booked for, otherwise on the last working day in time; one "
                "that is overdue is held today. It meets every duty of the case that one such event can.",
                "What recurs begins anew when it is held: those appointments are projected.",
        };
        size_t count = sizeof always / sizeof *always;

        if (n < count) {
                wire_put_text(out, always[n]);
                return true;
        }
        n -= count;
        if (forecast->answer.gap_count > 0 && n-- == 0) {
                put_gaps(&forecast->answer, out);
                return true;
        }
        if (forecast->answer.supposed > 0 && n-- == 0) {
                put_supposed(&forecast->answer, out);
                return true;
        }
        return false;
}
