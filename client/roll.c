/*
 * roll - the record of lines (roll.h): a hash table of cases, one of ids, and for
 * every accepted event the case that it belongs to.
 *
 * Of an accepted line only its record is kept, in one arena; of any other line
 * nothing but its number.
 */
#include "roll.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64 /* a power of two */

/* A text and what it leads to; a slot without a text is free. */
struct slot {
        const char *text;
        uint64_t hash;
        uint64_t value;
};

/* The case that an accepted event belongs to. */
struct place {
        uint64_t number;
        uint32_t index;
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
        struct place *places; /* of accepted events, by number */
        size_t place_count, place_capacity;
        const struct record *last;
        bool trying; /* nothing is kept */
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
        free(roll->places);
        free(roll->cases.slots);
        free(roll->ids.slots);
        arena_fini(&roll->kept);
        arena_fini(&roll->scratch);
        free(roll);
}

/* Without entries; one that became large for a large case is not emptied for each small one. */
static void table_clear(struct table *table)
{
        if (table->size > FIRST_SLOTS) {
                free(table->slots);
                table->slots = NULL;
                table->size = 0;
        } else if (table->count > 0) {
                memset(table->slots, 0, table->size * sizeof(*table->slots));
        }
        table->count = 0;
}

void roll_clear(struct roll *roll)
{
        for (size_t i = 0; i < roll->count; i++) {
                free(roll->list[i]->records);
                free(roll->list[i]);
        }
        roll->count = roll->place_count = 0;
        roll->last = NULL;
        table_clear(&roll->cases);
        table_clear(&roll->ids);
        arena_reset(&roll->kept);
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

/* Where the event that a line names is: NULL when no accepted event is named so. */
static const struct place *target_of(const struct roll *roll, const struct wire_line *line)
{
        uint64_t number = line->target_seq;
        size_t low = 0, high = roll->place_count;
        if (line->target_id != NULL) {
                const uint64_t *found = table_find(&roll->ids, line->target_id);
                number = found != NULL ? *found : 0;
        }
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (roll->places[middle].number < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < roll->place_count && roll->places[low].number == number ? &roll->places[low] : NULL;
}

static enum roll_answer refuse_target(const struct wire_line *line, struct wire_problem *problem)
{
        const char *field = line->is_retraction ? "retract" : "replaces";
        const char *of_what = line->is_retraction ? "" : " of the case";
        if (line->target_id != NULL)
                wire_problem_set(problem, "not-standing", field, "no event%s stands that has the id \"%s\"", of_what,
                                 line->target_id);
        else
                wire_problem_set(problem, "not-standing", field, "no event%s stands that line %llu recorded", of_what,
                                 (unsigned long long)line->target_seq);
        return ROLL_REFUSED;
}

static bool keep(struct roll *roll, struct roll_case *casefile, uint32_t index, const struct wire_line *line)
{
        void *records = casefile->records, *places = roll->places;
        uint64_t number = line->record.fact.seq;
        bool room = reserve(&records, &casefile->capacity, casefile->count + 1, sizeof(*casefile->records));
        casefile->records = records;
        room = room && reserve(&places, &roll->place_capacity, roll->place_count + 1, sizeof(*roll->places));
        roll->places = places;
        if (!room || (line->id != NULL && !table_grow(&roll->ids)))
                return false;
        if (!line->is_retraction)
                roll->places[roll->place_count++] = (struct place){number, index};
        casefile->records[casefile->count] = line->record;
        roll->last = &casefile->records[casefile->count++];
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
        const struct place *target = targets ? target_of(roll, line) : NULL;
        uint32_t index = (uint32_t)roll->count;
        if (!line->is_retraction) {
                const uint64_t *found = table_find(&roll->cases, line->case_ref);
                index = found != NULL ? (uint32_t)*found : index;
        } else if (target != NULL) {
                index = target->index;
        }
        if (targets && (target == NULL || target->index != index)) {
                *ret_answer = refuse_target(line, ret_problem);
                return STATUS_OK;
        }
        casefile = index < roll->count ? roll->list[index] : &none;
        line->record.refers = target != NULL ? target->number : 0;
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
        *ret_answer = ROLL_ACCEPTED;
        if (roll->trying)
                return STATUS_OK;
        if (casefile == &none && !add_case(roll, line->case_ref, &casefile))
                return STATUS_NO_MEMORY;
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
        if (status != STATUS_OK || *ret_answer != ROLL_ACCEPTED || roll->trying)
                arena_rewind(&roll->kept, mark);
        return status;
}

enum status roll_try(struct roll *roll, uint64_t number, const char *text, size_t length, enum roll_answer *ret_answer)
{
        struct wire_problem problem;
        struct admission admission;
        roll->trying = true;
        enum status status = roll_add(roll, number, text, length, ret_answer, &problem, &admission);
        roll->trying = false;
        return status;
}

const struct record *roll_last(const struct roll *roll)
{
        return roll->last;
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
