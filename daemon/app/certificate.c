/*
 * certificate - every case, every rule, one answer each (app_report.h).
 *
 * Answers are counted as they are made, by rule and as a whole, and items by
 * kind from the cases themselves. In the end the counts must agree with each
 * other and with the number of cases in the store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "mappad/app_report.h"
#include "mappad/nearest.h"
#include "query.h"

#define CASES_A_STEP 100 /* cases between two answers of APP_WORKING: some 10 ms */
#define ANSWERS_ALL ((1u << APP_ANSWERS) - 1)

struct app_certificate {
        struct app *app;
        struct book *book;
        struct store *reader;
        struct arena arena;      /* counts; lives as long as the certificate */
        struct arena work, rows; /* one case at a time */
        struct sight sight;
        unsigned listed; /* answers to be given out, a bit each */
        int64_t known_at;
        int32_t as_of;

        struct store_case page[CASES_A_STEP]; /* cases in hand */
        size_t page_count, page_at;
        bool last_page;
        char after[33];
        uint64_t all_cases; /* as the store counts them; of those in sight, as they were met */

        struct kept_row {
                struct survey_row survey;
                struct obligation obligation;
        } * kept; /* rows of the case in hand that are to be given out; in rows */
        size_t kept_count, kept_capacity, kept_at;
        bool failed;

        struct app_certificate_rule *by_rule;
        uint64_t *extra_items; /* by kind: items after the first of a case */
        struct app_certificate_totals totals;
        bool complete;
};

const char *app_answer_word(unsigned answer)
{
        return answer == APP_NOT_APPLICABLE ? "not-applicable" : obligation_state_word((enum obligation_state)answer);
}

static const struct ruleset *rules_of(const struct app_certificate *certificate)
{
        return certificate->book->rules.ruleset;
}

/* ---- understanding the question ---- */

static bool refuse_answer(const char *word, struct wire_problem *problem)
{
        const char *words[APP_ANSWERS + 2] = {"all", "none"};

        for (unsigned i = 0; i < APP_ANSWERS; i++)
                words[i + 2] = app_answer_word(i);
        wire_problem_set(problem, "unknown-value", "answer", "no answer is called \"%s\"", word);
        problem->nearest = nearest_word(word, words, APP_ANSWERS + 2);
        return false;
}

static bool parse_answers(const char *list, unsigned *ret_listed, struct wire_problem *problem)
{
        char word[64];
        unsigned listed = 0;

        if (list == NULL) {
                *ret_listed = 1u << OBLIGATION_UNEVALUABLE;
                return true;
        }
        while (query_next_word(&list, word, sizeof word)) {
                unsigned found = strcmp(word, "all") == 0 ? ANSWERS_ALL : 0;
                for (unsigned i = 0; i < APP_ANSWERS; i++)
                        if (strcmp(word, app_answer_word(i)) == 0)
                                found |= 1u << i;
                if (found == 0 && strcmp(word, "none") != 0)
                        return refuse_answer(word, problem);
                listed |= found;
        }
        *ret_listed = listed;
        return true;
}

/* ---- one case ---- */

static bool keep_row(struct app_certificate *certificate, const struct survey_row *row)
{
        if (certificate->kept_count == certificate->kept_capacity) {
                size_t capacity = certificate->kept_capacity == 0 ? 64 : certificate->kept_capacity * 2;
                struct kept_row *kept = arena_array(&certificate->rows, capacity, sizeof *kept);
                if (kept == NULL)
                        return false;
                if (certificate->kept_count > 0)
                        memcpy(kept, certificate->kept, certificate->kept_count * sizeof *kept);
                certificate->kept = kept;
                certificate->kept_capacity = capacity;
        }
        struct kept_row *kept = &certificate->kept[certificate->kept_count++];
        kept->survey = *row;
        if (row->obligation != NULL)
                kept->obligation = *row->obligation;
        return true;
}

static unsigned answer_of(const struct survey_row *row)
{
        return row->obligation != NULL ? (unsigned)row->obligation->state : APP_NOT_APPLICABLE;
}

static void count_row(void *context, const struct survey_row *row)
{
        struct app_certificate *certificate = context;
        struct app_certificate_rule *rule = &certificate->by_rule[row->rule];
        unsigned answer = answer_of(row);

        rule->rows++;
        rule->answers[answer]++;
        if (row->obligation == NULL)
                rule->reasons[row->why.absence]++;
        certificate->totals.rows++;
        certificate->totals.answers[answer]++;
        if ((certificate->listed & (1u << answer)) != 0 && !keep_row(certificate, row))
                certificate->failed = true;
}

/* Counts the items after the first of each kind, from the case and not from its answers. */
static bool count_items(struct app_certificate *certificate, const struct casefile *casefile)
{
        size_t kinds = rules_of(certificate)->vocabulary.item_count;
        uint64_t *found = arena_array(&certificate->work, kinds, sizeof *found);

        if (found == NULL)
                return false;
        for (size_t i = 0; i < casefile->item_count; i++)
                if (casefile->items[i].begins <= certificate->as_of)
                        found[casefile->items[i].kind]++;
        for (size_t k = 0; k < kinds; k++)
                if (found[k] > 1)
                        certificate->extra_items[k] += found[k] - 1;
        return true;
}

static enum status take_case(struct app_certificate *certificate, const struct store_case *row)
{
        struct dossier dossier = {.arena = &certificate->rows, .ref = row->ref};
        struct casefile casefile;

        arena_reset(&certificate->rows);
        arena_reset(&certificate->work);
        certificate->kept = NULL;
        certificate->kept_count = certificate->kept_capacity = certificate->kept_at = 0;
        if (!sight_sees(certificate->sight, row->scope))
                return STATUS_OK;
        certificate->all_cases += !sight_whole(certificate->sight);
        enum status status = dossier_load(certificate->reader, certificate->book->lexicon, row->id, &dossier);
        if (status == STATUS_OK)
                status = casefile_stand(rules_of(certificate), dossier.records, dossier.count, certificate->known_at,
                                        certificate->as_of, &certificate->work, &casefile);
        if (status != STATUS_OK)
                return status;
        certificate->totals.unknown_lines += dossier.unknown_count;
        if (casefile.fact_count == 0) {
                certificate->totals.not_begun++;
                return STATUS_OK;
        }
        certificate->totals.cases++;
        if (!count_items(certificate, &casefile))
                return STATUS_NO_MEMORY;
        status = case_survey(rules_of(certificate), &casefile, certificate->as_of, &certificate->work, count_row,
                             certificate);
        return certificate->failed ? STATUS_NO_MEMORY : status;
}

/* ---- the sums ---- */

static uint64_t sum(const uint64_t *counts, size_t count)
{
        uint64_t total = 0;

        for (size_t i = 0; i < count; i++)
                total += counts[i];
        return total;
}

static bool expect(struct app_certificate *certificate, uint64_t counted, uint64_t expected, const char *what)
{
        if (counted == expected)
                return true;
        snprintf(certificate->totals.problem, sizeof certificate->totals.problem,
                 "the certificate does not reconcile: %s: counted %llu, expected %llu", what,
                 (unsigned long long)counted, (unsigned long long)expected);
        return false;
}

static bool reconcile_rule(struct app_certificate *certificate, size_t index)
{
        const struct app_certificate_rule *rule = &certificate->by_rule[index];
        uint16_t kind = rules_of(certificate)->rules[index].per;
        uint64_t extra = kind == VOCABULARY_NONE ? 0 : certificate->extra_items[kind];

        certificate->totals.more_items += extra;
        return expect(certificate, rule->rows, certificate->totals.cases + extra,
                      rules_of(certificate)->rules[index].id) &&
               expect(certificate, sum(rule->answers, APP_ANSWERS), rule->rows, "answers of a rule") &&
               expect(certificate, sum(rule->reasons, ABSENCE_COUNT), rule->answers[APP_NOT_APPLICABLE],
                      "reasons of a rule");
}

/* Rows, columns and the whole, each counted by a way of its own. */
static void reconcile(struct app_certificate *certificate)
{
        struct app_certificate_totals *totals = &certificate->totals;
        uint64_t columns[APP_ANSWERS] = {0};
        bool good = expect(certificate, totals->cases + totals->not_begun, certificate->all_cases, "cases");

        totals->rules = rules_of(certificate)->rule_count;
        totals->pairs = totals->cases * totals->rules;
        for (size_t r = 0; good && r < totals->rules; r++) {
                good = reconcile_rule(certificate, r);
                for (size_t a = 0; a < APP_ANSWERS; a++)
                        columns[a] += certificate->by_rule[r].answers[a];
        }
        for (size_t a = 0; good && a < APP_ANSWERS; a++)
                good = expect(certificate, columns[a], totals->answers[a], app_answer_word((unsigned)a));
        if (good)
                (void)expect(certificate, totals->rows, totals->pairs + totals->more_items, "answers");
        certificate->complete = true;
}

/* ---- the door ---- */

static enum status next_page(struct app_certificate *certificate)
{
        enum status status = scope_cases(certificate->reader, certificate->sight, certificate->after, certificate->page,
                                         CASES_A_STEP, &certificate->page_count);

        certificate->page_at = 0;
        certificate->last_page = certificate->page_count < CASES_A_STEP;
        if (certificate->page_count > 0)
                memcpy(certificate->after, certificate->page[certificate->page_count - 1].ref,
                       sizeof certificate->after);
        return status;
}

static void give_row(struct app_certificate *certificate, struct app_certificate_row *ret_row)
{
        struct kept_row *kept = &certificate->kept[certificate->kept_at++];

        if (kept->survey.obligation != NULL)
                kept->survey.obligation = &kept->obligation;
        *ret_row = (struct app_certificate_row){.case_ref = certificate->page[certificate->page_at - 1].ref,
                                                .answer = answer_of(&kept->survey),
                                                .survey = kept->survey};
}

enum status app_certificate_next(struct app_certificate *certificate, enum app_row *ret_kind,
                                 struct app_certificate_row *ret_row)
{
        enum status status = STATUS_OK;

        for (;;) {
                if (certificate->kept_at < certificate->kept_count) {
                        give_row(certificate, ret_row);
                        *ret_kind = APP_ROW;
                        return STATUS_OK;
                }
                if (certificate->page_at == certificate->page_count)
                        break;
                status = take_case(certificate, &certificate->page[certificate->page_at++]);
                if (status != STATUS_OK)
                        return status;
        }
        *ret_kind = APP_WORKING;
        if (!certificate->last_page)
                return next_page(certificate);
        if (!certificate->complete)
                reconcile(certificate);
        *ret_kind = APP_END;
        return STATUS_OK;
}

const struct ruleset *app_certificate_ruleset(const struct app_certificate *certificate)
{
        return rules_of(certificate);
}

int64_t app_certificate_known_at(const struct app_certificate *certificate)
{
        return certificate->known_at;
}

int32_t app_certificate_as_of(const struct app_certificate *certificate)
{
        return certificate->as_of;
}

const struct app_certificate_totals *app_certificate_totals(const struct app_certificate *certificate)
{
        return &certificate->totals;
}

void app_certificate_free(struct app_certificate *certificate)
{
        if (certificate == NULL)
                return;
        reader_give(certificate->app, certificate->reader);
        arena_fini(&certificate->arena);
        arena_fini(&certificate->work);
        arena_fini(&certificate->rows);
        book_drop(certificate->book);
        free(certificate);
}

static enum status make(struct app *app, struct book *book, struct app_certificate **ret_certificate)
{
        struct app_certificate *certificate = calloc(1, sizeof *certificate);

        if (certificate == NULL)
                return STATUS_NO_MEMORY;
        *ret_certificate = certificate;
        certificate->app = app;
        certificate->book = book_hold(book == NULL ? app->book : book);
        arena_init(&certificate->arena, malloc, free);
        arena_init(&certificate->work, malloc, free);
        arena_init(&certificate->rows, malloc, free);
        const struct ruleset *ruleset = rules_of(certificate);
        certificate->by_rule = arena_array(&certificate->arena, ruleset->rule_count, sizeof *certificate->by_rule);
        certificate->extra_items =
                arena_array(&certificate->arena, ruleset->vocabulary.item_count, sizeof *certificate->extra_items);
        if (certificate->by_rule == NULL || certificate->extra_items == NULL)
                return STATUS_NO_MEMORY;
        certificate->totals.by_rule = certificate->by_rule;
        return reader_take(app, &certificate->reader);
}

enum status app_certificate_begin(struct app *app, struct moment moment,
                                  const struct app_certificate_question *question,
                                  struct app_certificate **ret_certificate, struct wire_problem *ret_problem)
{
        struct app_certificate *certificate = NULL;
        unsigned listed = 0;

        if (!parse_answers(question->answers, &listed, ret_problem))
                return STATUS_INVALID;
        enum status status = make(app, question->law, &certificate);
        /* Of cases in sight nobody keeps the number. */
        if (status == STATUS_OK && sight_whole(question->sight))
                status = store_case_count(certificate->reader, &certificate->all_cases);
        if (status != STATUS_OK) {
                app_certificate_free(certificate);
                return status;
        }
        certificate->listed = listed;
        certificate->sight = question->sight;
        certificate->known_at = question->known_at;
        certificate->as_of = question->as_of == CIVIL_NONE ? app_day(app, moment) : question->as_of;
        *ret_certificate = certificate;
        return STATUS_OK;
}
