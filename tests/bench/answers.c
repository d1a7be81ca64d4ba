/* answers - see answers.h. */
#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caseload.h"
#include "mappad/civil.h"

void answers_clear(struct answers *answers)
{
        answers->count = 0;
}

void answers_add(struct answers *answers, struct answer answer)
{
        if (answers->count == answers->capacity) {
                size_t capacity = answers->capacity == 0 ? 1 << 16 : answers->capacity * 2;
                struct answer *list = realloc(answers->list, capacity * sizeof *list);
                if (list == NULL) {
                        fprintf(stderr, "bench: no memory for answers\n");
                        exit(1);
                }
                answers->list = list;
                answers->capacity = capacity;
        }
        answers->list[answers->count++] = answer;
}

void answers_free(struct answers *answers)
{
        free(answers->list);
        *answers = (struct answers){0};
}

static int order(const void *left, const void *right)
{
        const struct answer *a = left, *b = right;
        if (a->casefile != b->casefile)
                return a->casefile < b->casefile ? -1 : 1;
        if (a->rule != b->rule)
                return a->rule < b->rule ? -1 : 1;
        return a->due < b->due ? -1 : a->due > b->due;
}

static void sort(struct answers *answers)
{
        for (size_t i = 1; i < answers->count; i++)
                if (order(&answers->list[i - 1], &answers->list[i]) > 0) {
                        qsort(answers->list, answers->count, sizeof *answers->list, order);
                        return;
                }
}

static void format(const struct answer *answer, char *text, size_t size)
{
        char ref[LOAD_REF_SIZE], due[CIVIL_TEXT_SIZE];
        caseload_ref(answer->casefile, ref);
        civil_format(answer->due, due);
        snprintf(text, size, "%s,R%02d,%s,%c", ref, answer->rule, due, answer->state);
}

int answers_differ(struct answers *a, const char *a_name, struct answers *b, const char *b_name)
{
        char left[64] = "nothing", right[64] = "nothing";
        size_t i = 0;

        sort(a);
        sort(b);
        while (i < a->count && i < b->count && memcmp(&a->list[i], &b->list[i], sizeof *a->list) == 0)
                i++;
        if (i == a->count && i == b->count)
                return 0;
        if (i < a->count)
                format(&a->list[i], left, sizeof left);
        if (i < b->count)
                format(&b->list[i], right, sizeof right);
        fprintf(stderr, "answers differ (%zu and %zu): %s says %s where %s says %s\n", a->count, b->count, a_name, left,
                b_name, right);
        return 1;
}

void answers_write(struct answers *answers, const char *path)
{
        FILE *file = fopen(path, "w");
        char text[64];

        sort(answers);
        for (size_t i = 0; file != NULL && i < answers->count; i++) {
                format(&answers->list[i], text, sizeof text);
                fprintf(file, "%s\n", text);
        }
        if (file == NULL || ferror(file) != 0 || fclose(file) != 0) {
                fprintf(stderr, "bench: cannot write %s\n", path);
                exit(1);
        }
}
