/*
 * docket_hear - every case by itself, in the order of its lines.
 *
 * Two orders are read side by side: the lines whose case was plain when they were
 * read, and the retractions that were given one since. What is to be told is kept,
 * because it is told in the order of the file.
 */
#include <errno.h>
#include <string.h>

#include "docket_parts.h"

/* A sorter and the record it stands at. */
struct queue {
        struct sorter *sorter;
        struct sorter_record record;
        bool ended;
};

static bool start(struct queue *queue, struct sorter *sorter)
{
        *queue = (struct queue){.sorter = sorter};
        if (!sorter_begin(sorter))
                return false;
        queue->ended = !sorter_next(sorter, &queue->record);
        errno = sorter_error(sorter);
        return errno == 0;
}

static bool move_on(struct queue *queue)
{
        queue->ended = !sorter_next(queue->sorter, &queue->record);
        errno = sorter_error(queue->sorter);
        return errno == 0;
}

/* By case, then number: a number has eight bytes, so that keys of one case are equally long. */
static bool comes_first(const struct queue *x, const struct queue *y)
{
        int order = strcmp(x->record.key, y->record.key);

        return order != 0 ? order < 0
                          : docket_number(x->record.key + x->record.key_length) <
                                    docket_number(y->record.key + y->record.key_length);
}

/* ---- what is told ---- */

static bool keep_word(struct docket *docket, uint64_t number, const struct wire_buffer *words)
{
        struct sorter_record record = {.key_length = 8};

        wire_buffer_reset(&docket->key);
        docket_put_number(&docket->key, number);
        errno = ENOMEM;
        if (docket->key.failed || words->failed)
                return false;
        record.key = docket->key.data;
        record.value = words->data;
        record.length = words->length;
        return sorter_add(docket->said, &record);
}

/* Words that a problem points to, and constraints that flag, live as the rule set. */
static bool keep_refusal(struct docket *docket, uint64_t number, const struct wire_problem *problem)
{
        struct wire_buffer words;

        wire_buffer_init(&words);
        wire_put(&words, "r", 1);
        wire_put(&words, (const char *)&problem->code, sizeof(problem->code));
        wire_put(&words, (const char *)&problem->nearest, sizeof(problem->nearest));
        wire_put(&words, problem->message, strlen(problem->message) + 1);
        wire_put(&words, problem->field, strlen(problem->field) + 1);
        bool good = keep_word(docket, number, &words);
        wire_buffer_fini(&words);
        return good;
}

static bool keep_flags(struct docket *docket, uint64_t number, const struct admission *admission)
{
        struct wire_buffer words;

        if (admission->flag_count == 0 || docket->sink->flagged == NULL)
                return true;
        wire_buffer_init(&words);
        wire_put(&words, "f", 1);
        wire_put(&words, (const char *)admission->flags, admission->flag_count * sizeof(admission->flags[0]));
        bool good = keep_word(docket, number, &words);
        wire_buffer_fini(&words);
        return good;
}

static void tell_refusal(const struct docket *docket, uint64_t number, const char *words)
{
        struct wire_problem problem;

        memcpy(&problem.code, words, sizeof(problem.code));
        words += sizeof(problem.code);
        memcpy(&problem.nearest, words, sizeof(problem.nearest));
        words += sizeof(problem.nearest);
        memcpy(problem.message, words, strlen(words) + 1);
        words += strlen(words) + 1;
        memcpy(problem.field, words, strlen(words) + 1);
        docket->sink->refused(docket->sink->context, number, &problem);
}

static void tell_flags(const struct docket *docket, uint64_t number, const char *words, size_t length)
{
        struct admission admission = {.code = REFUSAL_NONE};

        admission.flag_count = length / sizeof(admission.flags[0]);
        memcpy(admission.flags, words, length);
        docket->sink->flagged(docket->sink->context, number, &admission);
}

bool docket_tell(struct docket *docket)
{
        struct sorter_record record;

        if (!sorter_begin(docket->said))
                return false;
        while (sorter_next(docket->said, &record)) {
                uint64_t number = docket_number(record.key + record.key_length);

                if (record.value[0] == 'r')
                        tell_refusal(docket, number, record.value + 1);
                else
                        tell_flags(docket, number, record.value + 1, record.length - 1);
        }
        errno = sorter_error(docket->said);
        return errno == 0;
}

/* ---- one line ---- */

static bool keep_accepted(struct docket *docket, const struct sorter_record *line)
{
        const struct record *record = roll_last(docket->roll);
        size_t count;
        struct roll_case *const *cases = roll_cases(docket->roll, &count);
        struct accepted head = {.number = record->fact.seq,
                                .refers = record->refers,
                                .case_length = (uint32_t)strlen(cases[0]->ref),
                                .length = (uint32_t)line->length};

        if (!record->is_retraction && record->fact.on > docket->last_day)
                docket->last_day = record->fact.on;
        return scratch_put(&docket->accepted, &head, sizeof(head)) &&
               scratch_put(&docket->accepted, cases[0]->ref, head.case_length) &&
               scratch_put(&docket->accepted, line->value, line->length);
}

/* Whether those who hang on a line were told right. */
static bool compare_mark(struct docket *docket, uint64_t number, struct mark *mark, enum roll_answer answer)
{
        bool refused = answer != ROLL_ACCEPTED;

        if (!mark->asked || mark->refused == refused)
                return true;
        mark->refused = refused;
        docket->unsettled = true;
        return docket_set_mark(docket, number, mark);
}

/* A line that repeats an id counts for nothing. Once it turned out that somebody who was taken to have an id has it
 * not, it is asked whether this one would, so that not each line of one id needs a hearing of its own. */
static bool try_repeat(struct docket *docket, const struct sorter_record *line, uint64_t number, struct mark *mark)
{
        enum roll_answer answer;

        if (!docket->rehearing)
                return true;
        errno = ENOMEM;
        if (roll_try(docket->roll, number, line->value, line->length, &answer) != STATUS_OK)
                return false;
        if (mark->refused == (answer != ROLL_ACCEPTED))
                return true;
        mark->refused = !mark->refused;
        return docket_set_mark(docket, number, mark);
}

static bool hear_line(struct docket *docket, const struct sorter_record *line)
{
        uint64_t number = docket_number(line->key + line->key_length);
        struct mark mark = {.repeat = false};
        enum roll_answer answer;
        struct wire_problem problem;
        struct admission admission;

        if (docket->contested && !docket_mark(docket, number, &mark))
                return false;
        if (mark.repeat)
                return try_repeat(docket, line, number, &mark);
        errno = ENOMEM;
        if (roll_add(docket->roll, number, line->value, line->length, &answer, &problem, &admission) != STATUS_OK ||
            !compare_mark(docket, number, &mark, answer))
                return false;
        switch (answer) {
        case ROLL_ACCEPTED:
                return keep_flags(docket, number, &admission) && keep_accepted(docket, line);
        case ROLL_REFUSED:
                docket->refused++;
                return keep_refusal(docket, number, &problem);
        case ROLL_REPEATED:
                break;
        }
        return true;
}

/* ---- all of them ---- */

bool docket_hear(struct docket *docket)
{
        struct queue lines, retractions;
        char hearing[CASE_REF_MAX + 1] = "";

        if (!start(&lines, docket->lines) || !start(&retractions, docket->retractions))
                return false;
        roll_clear(docket->roll);
        while (!lines.ended || !retractions.ended) {
                bool first = !lines.ended && (retractions.ended || comes_first(&lines, &retractions));
                struct queue *next = first ? &lines : &retractions;

                if (strcmp(hearing, next->record.key) != 0) {
                        roll_clear(docket->roll);
                        strncpy(hearing, next->record.key, CASE_REF_MAX);
                }
                if (!hear_line(docket, &next->record) || !move_on(next))
                        return false;
        }
        return true;
}
