/*
 * roll - the record of a file (roll.h): a hash table of cases, one of ids, and
 * for every line the case that it belongs to.
 *
 * Of an accepted line only its record is kept, in one arena; of any other line
 * nothing but its number.
 */
#include "roll.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024 /* a power of two */

/* A text and what it leads to; a slot without a text is free. */
struct slot {
        const char *text;
        uint64_t hash;
        uint64_t value;
};

struct table {
        struct slot *slots;
        size_t size, count;
};

struct roll {
        struct wire_reader reader;
        struct arena kept;    /* texts and fields of what was accepted */
        struct arena scratch; /* of one admission */
        struct table cases;   /* reference -> index of the case */
        struct table ids;     /* id -> line number */
        struct roll_case **list;
        size_t count, capacity;
        uint32_t *lines; /* line number - 1 -> index of its case + 1; 0: no accepted event */
        size_t line_capacity;
};

void *heap_grow(size_t size)
{
        return malloc(size);
}

static uint64_t hash_text(const char *text)
{
        uint64_t hash = UINT64_C(14695981039346656037);
        for (; *text != '\0'; text++)
                hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
        return hash ^ (hash >> 29);
}

/* The slot of a text, or the free one where it belongs. */
static struct slot *table_slot(const struct table *table, const char *text, uint64_t hash)
{
        size_t at = hash & (table->size - 1);
        while (table->slots[at].text != NULL &&
               (table->slots[at].hash != hash || strcmp(table->slots[at].text, text) != 0))
                at = (at + 1) & (table->size - 1);
        return &table->slots[at];
}

/* Room for one more, at most half full. */
static bool table_grow(struct table *table)
{
        if (table->count * 2 < table->size)
                return true;
        struct table larger = {.size = table->size > 0 ? table->size * 2 : FIRST_SLOTS, .count = table->count};
        larger.slots = calloc(larger.size, sizeof(*larger.slots));
        if (larger.slots == NULL)
                return false;
        for (size_t i = 0; i < table->size; i++)
                if (table->slots[i].text != NULL)
                        *table_slot(&larger, table->slots[i].text, table->slots[i].hash) = table->slots[i];
        free(table->slots);
        *table = larger;
        return true;
}

static const uint64_t *table_find(const struct table *table, const char *text)
{
        if (table->size == 0)
                return NULL;
        const struct slot *slot = table_slot(table, text, hash_text(text));
        return slot->text != NULL ? &slot->value : NULL;
}

struct roll *roll_new(const struct ruleset *ruleset)
{
        struct roll *roll = calloc(1, sizeof(*roll));
        if (roll == NULL)
                return NULL;
        roll->reader = (struct wire_reader){.ruleset = ruleset, .last_day = CIVIL_MAX, .recorded_at = true};
        arena_init(&roll->kept, heap_grow, free);
        arena_init(&roll->scratch, heap_grow, free);
        return roll;
}

void roll_free(struct roll *roll)
{
        if (roll == NULL)
                return;
        for (size_t i = 0; i < roll->count; i++) {
                free(roll->list[i]->records);
                free(roll->list[i]);
        }
        free(roll->list);
        free(roll->lines);
        free(roll->cases.slots);
        free(roll->ids.slots);
        arena_fini(&roll->kept);
        arena_fini(&roll->scratch);
        free(roll);
}

/* Twice the room when there is none; false when memory ran out. */
static bool reserve(void **array, size_t *capacity, size_t needed, size_t size)
{
        if (needed <= *capacity)
                return true;
        size_t larger = *capacity > 0 ? *capacity : 4;
        while (larger < needed)
                larger *= 2;
        void *moved = reallocarray(*array, larger, size);
        if (moved == NULL)
                return false;
        *array = moved;
        *capacity = larger;
        return true;
}

static bool add_case(struct roll *roll, const char *ref, struct roll_case **ret_case)
{
        void *list = roll->list;
        bool room = reserve(&list, &roll->capacity, roll->count + 1, sizeof(*roll->list));
        roll->list = list;
        struct roll_case *casefile = room && table_grow(&roll->cases) ? calloc(1, sizeof(*casefile)) : NULL;
        if (casefile == NULL)
                return false;
        casefile->ref = ref;
        uint64_t hash = hash_text(ref);
        *table_slot(&roll->cases, ref, hash) = (struct slot){ref, hash, roll->count};
        roll->cases.count++;
        roll->list[roll->count++] = casefile;
        *ret_case = casefile;
        return true;
}

/* The number of the event that a line names: 0 when no accepted event is named so. */
static uint64_t target_of(const struct roll *roll, const struct wire_line *line)
{
        uint64_t number = line->target_seq;
        if (line->target_id != NULL) {
                const uint64_t *found = table_find(&roll->ids, line->target_id);
                number = found != NULL ? *found : 0;
        }
        return number >= 1 && number <= roll->line_capacity && roll->lines[number - 1] != 0 ? number : 0;
}

static enum roll_answer refuse_target(const struct wire_line *line, struct wire_problem *problem)
{
        const char *field = line->is_retraction ? "retract" : "replaces";
        if (line->target_id != NULL)
                wire_problem_set(problem, "not-standing", field, "no event stands that has the id \"%s\"",
                                 line->target_id);
        else
                wire_problem_set(problem, "not-standing", field, "no event stands that line %llu recorded",
                                 (unsigned long long)line->target_seq);
        return ROLL_REFUSED;
}

static bool keep(struct roll *roll, struct roll_case *casefile, uint32_t index, const struct wire_line *line)
{
        void *records = casefile->records, *lines = roll->lines;
        size_t number = (size_t)line->record.fact.seq, before = roll->line_capacity;
        bool room = reserve(&records, &casefile->capacity, casefile->count + 1, sizeof(*casefile->records));
        casefile->records = records;
        room = room && reserve(&lines, &roll->line_capacity, number, sizeof(*roll->lines));
        roll->lines = lines;
        if (!room || (line->id != NULL && !table_grow(&roll->ids)))
                return false;
        memset(roll->lines + before, 0, (roll->line_capacity - before) * sizeof(*roll->lines));
        if (!line->is_retraction)
                roll->lines[number - 1] = index + 1;
        casefile->records[casefile->count++] = line->record;
        if (line->id != NULL) {
                uint64_t hash = hash_text(line->id);
                *table_slot(&roll->ids, line->id, hash) = (struct slot){line->id, hash, number};
                roll->ids.count++;
        }
        return true;
}

/* Ask the engine, with the case that the line is about. */
static enum status admit(struct roll *roll, struct wire_line *line, enum roll_answer *ret_answer,
                         struct wire_problem *ret_problem, struct admission *ret_admission)
{
        struct roll_case *casefile = NULL;
        struct roll_case none = {0};
        bool targets = line->target_id != NULL || line->target_seq != 0;
        uint64_t target = targets ? target_of(roll, line) : 0;
        uint32_t index = (uint32_t)roll->count;
        if (targets && target == 0) {
                *ret_answer = refuse_target(line, ret_problem);
                return STATUS_OK;
        }
        if (line->is_retraction) {
                index = roll->lines[target - 1] - 1;
        } else {
                const uint64_t *found = table_find(&roll->cases, line->case_ref);
                index = found != NULL ? (uint32_t)*found : index;
        }
        casefile = index < roll->count ? roll->list[index] : &none;
        line->record.refers = target;
        arena_reset(&roll->scratch);
        *ret_admission = casefile_admit(roll->reader.ruleset, casefile->records, casefile->count, &line->record,
                                        line->force, &roll->scratch);
        if (ret_admission->code == REFUSAL_NO_MEMORY)
                return STATUS_NO_MEMORY;
        if (ret_admission->code != REFUSAL_NONE) {
                wire_refusal_describe(roll->reader.ruleset, line, ret_admission, ret_problem);
                *ret_answer = ROLL_REFUSED;
                return STATUS_OK;
        }
        if (casefile == &none && !add_case(roll, line->case_ref, &casefile))
                return STATUS_NO_MEMORY;
        *ret_answer = ROLL_ACCEPTED;
        return keep(roll, casefile, index, line) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* A repeated id is skipped, whatever else its line says. */
static enum status is_repeat(struct roll *roll, const char *text, size_t length, bool *ret_repeat)
{
        const char *id = NULL;
        enum status status = wire_id_peek(text, length, &roll->scratch, &id);
        *ret_repeat = status == STATUS_OK && id != NULL && table_find(&roll->ids, id) != NULL;
        return status;
}

enum status roll_add_line(struct roll *roll, struct wire_line *line, enum roll_answer *ret_answer,
                          struct wire_problem *ret_problem, struct admission *ret_admission)
{
        ret_admission->flag_count = 0;
        if (line->id != NULL && table_find(&roll->ids, line->id) != NULL) {
                *ret_answer = ROLL_REPEATED;
                return STATUS_OK;
        }
        return admit(roll, line, ret_answer, ret_problem, ret_admission);
}

enum status roll_add(struct roll *roll, uint64_t number, const char *text, size_t length, enum roll_answer *ret_answer,
                     struct wire_problem *ret_problem, struct admission *ret_admission)
{
        struct arena_mark mark = arena_mark(&roll->kept);
        struct wire_line line;
        ret_admission->flag_count = 0;
        enum status status = wire_event_parse(&roll->reader, text, length, &roll->kept, &line, ret_problem);
        if (status == STATUS_INVALID) {
                bool repeat;
                *ret_answer = ROLL_REFUSED;
                status = is_repeat(roll, text, length, &repeat);
                if (repeat)
                        *ret_answer = ROLL_REPEATED;
        } else if (status == STATUS_OK) {
                line.record.fact.seq = number;
                status = roll_add_line(roll, &line, ret_answer, ret_problem, ret_admission);
        }
        if (status != STATUS_OK || *ret_answer != ROLL_ACCEPTED)
                arena_rewind(&roll->kept, mark);
        return status;
}

static int compare_refs(const void *left, const void *right)
{
        struct roll_case *const *a = left, *const *b = right;
        return strcmp((*a)->ref, (*b)->ref);
}

struct roll_case *const *roll_cases(struct roll *roll, size_t *ret_count)
{
        if (roll->count > 1)
                qsort(roll->list, roll->count, sizeof(*roll->list), compare_refs);
        *ret_count = roll->count;
        return roll->list;
}
