/*
 * model_circle - who hears of what, and the lines in which that is compared.
 */
#include "model_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

static const char *date(int32_t day, char text[static CIVIL_TEXT_SIZE])
{
        snprintf(text, CIVIL_TEXT_SIZE, "-");
        if (day != CIVIL_NONE)
                civil_format(day, text);
        return text;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_names(const char *before, const char *const *names, size_t count, char text[static MODEL_LINE])
{
        const char *sorted[MODEL_NAMES];
        size_t used = strlen(text);

        memcpy(sorted, names, count * sizeof *names);
        qsort(sorted, count, sizeof *sorted, by_name);
        for (size_t i = 0; i < count; i++)
                used += (size_t)snprintf(text + used, MODEL_LINE - used, "%s%s", i == 0 ? before : ", ", sorted[i]);
}

void model_write(const struct model_telling *telling, char text[static MODEL_LINE])
{
        char started[CIVIL_TEXT_SIZE], due[CIVIL_TEXT_SIZE], was[CIVIL_TEXT_SIZE], booked[CIVIL_TEXT_SIZE];

        snprintf(text, MODEL_LINE, "%s %s %s%s%s started %s due %s%s%s%s%s%s%s%s*%lld", telling->kind, telling->ref, telling->rule,
                 telling->item[0] != '\0' ? "/" : "", telling->item, date(telling->started, started), date(telling->due, due),
                 telling->what != NULL ? " \"" : "", telling->what != NULL ? telling->what : "", telling->what != NULL ? "\"" : "",
                 telling->was_due != CIVIL_NONE ? " was " : "", telling->was_due != CIVIL_NONE ? date(telling->was_due, was) : "",
                 telling->booked != CIVIL_NONE ? " booked " : "", telling->booked != CIVIL_NONE ? date(telling->booked, booked) : "",
                 (long long)telling->repeat);
        write_names(" > ", telling->circle.told, telling->circle.told_count, text);
        write_names(" not ", telling->circle.silenced, telling->circle.silenced_count, text);
}

/* ---- who hears ---- */

static bool among(const char *const *names, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

static void put(const char **names, size_t *count, const char *name)
{
        if (!among(names, *count, name))
                names[(*count)++] = name;
}

/* Whether somebody has acknowledged an earlier alert of this stage and date. */
static bool acknowledged(const struct model *model, const struct model_case *casefile, const struct model_mark *mark, const char *name)
{
        for (size_t i = 0; i < model->ack_count; i++) {
                const struct model_ack *ack = &model->acks[i];
                if (strcmp(ack->ref, casefile->ref) == 0 && strcmp(ack->rule, mark->rule) == 0 && strcmp(ack->item, mark->item) == 0 &&
                    strcmp(ack->what, mark->what) == 0 && strcmp(ack->role, name) == 0 && ack->started == mark->started &&
                    (ack->due == mark->due || ack->told_due == mark->due) && ack->repeat < mark->repeat && ack->until >= model->as_of)
                        return true;
        }
        return false;
}

/* Adds whom a stage names; mark NULL: whatever was acknowledged. */
void model_add_circle(struct derivation *derivation, const struct obligation *obligation, const struct stage *stage,
                       const struct model_mark *mark, struct model_circle *circle)
{
        const struct model *model = derivation->model;
        const struct vocabulary *vocabulary = &model->ruleset->vocabulary;
        const struct value *state = model_must((void *)(uintptr_t)casefile_state(model->ruleset, &derivation->standing, obligation->item,
                                                                           model->as_of, &derivation->model->work));

        for (size_t i = 0; i < stage->to_count; i++) {
                const char *names[MODEL_NAMES] = {stage->to[i]};
                size_t count = 1;
                if (stage->to[i][0] == '$') {
                        uint16_t index = vocabulary_attribute(vocabulary, stage->to[i] + 1);
                        count = 0;
                        for (size_t v = 0; v < vocabulary->attributes[index].value_count; v++)
                                if (state[index].bits & VALUE_BIT(v))
                                        names[count++] = vocabulary->attributes[index].values[v];
                        if (count == 0)
                                names[count++] = MODEL_WATCH;
                }
                for (size_t n = 0; n < count; n++) {
                        bool quiet = mark != NULL && acknowledged(model, derivation->casefile, mark, names[n]);
                        put(quiet ? circle->silenced : circle->told, quiet ? &circle->silenced_count : &circle->told_count, names[n]);
                }
        }
}

/* Whoever is told by one stage is not silenced by another; where there is nobody at all, somebody watches. */
void model_close_circle(struct model_circle *circle)
{
        size_t kept = 0;

        for (size_t i = 0; i < circle->silenced_count; i++)
                if (!among(circle->told, circle->told_count, circle->silenced[i]))
                        circle->silenced[kept++] = circle->silenced[i];
        circle->silenced_count = kept;
        if (circle->told_count == 0 && kept == 0)
                put(circle->told, &circle->told_count, MODEL_WATCH);
}

/* All whom the ladder names, escalations apart. */
struct model_circle model_whole_circle(struct derivation *derivation, const struct obligation *obligation)
{
        struct model_circle circle = {.told_count = 0};

        for (size_t i = 0; i < obligation->version->stage_count; i++)
                if (obligation->version->stages[i].kind != STAGE_AFTER)
                        model_add_circle(derivation, obligation, &obligation->version->stages[i], NULL, &circle);
        model_close_circle(&circle);
        return circle;
}
