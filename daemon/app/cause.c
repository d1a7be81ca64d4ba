/*
 * cause - which lines of the record gave rise to what is being raised.
 *
 * Said by number, type and day, so that whoever reads that a date moved can see
 * which fact did it; what the fields of an event say is for those who may read the case.
 */
#include "inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CAUSES_SHOWN 3 /* lines of one batch about one case; more are counted */
#define CAUSE_SIZE 512

struct sentence {
        char text[CAUSE_SIZE];
        size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct sentence *sentence, const char *format, ...)
{
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(sentence->text + sentence->used, sizeof sentence->text - sentence->used, format, arguments);
        va_end(arguments);
        if (length > 0)
                sentence->used += (size_t)length;
        if (sentence->used >= sizeof sentence->text)
                sentence->used = sizeof sentence->text - 1;
}

/* "event 12 (visited, 2023-02-01)"; of a line that the rules cannot read its number alone. */
static void say_event(const struct refresh *refresh, struct sentence *sentence, const struct record *record)
{
        const struct vocabulary *vocabulary = &app_ruleset(refresh->app)->vocabulary;
        char day[CIVIL_TEXT_SIZE];

        say(sentence, "event %llu", (unsigned long long)record->fact.seq);
        if (record->is_retraction)
                return;
        civil_format(record->fact.on, day);
        say(sentence, " (%s, %s)", vocabulary->events[record->fact.type].name, day);
}

static const struct record *find(const struct refresh *refresh, uint64_t seq)
{
        for (size_t i = 0; i < refresh->dossier->count; i++)
                if (refresh->dossier->records[i].fact.seq == seq)
                        return &refresh->dossier->records[i];
        return NULL;
}

static void say_line(const struct refresh *refresh, struct sentence *sentence, const struct record *record)
{
        const struct record *target = record->refers == 0 ? NULL : find(refresh, record->refers);

        say_event(refresh, sentence, record);
        if (target == NULL)
                return;
        say(sentence, record->is_retraction ? " retracts " : " in place of ");
        say_event(refresh, sentence, target);
}

const char *cause_of(const struct refresh *refresh)
{
        const struct dossier *dossier = refresh->dossier;
        struct sentence sentence = {.used = 0};
        size_t shown = 0;

        for (size_t i = refresh->lines_before; i < dossier->count && shown < CAUSES_SHOWN; i++, shown++) {
                say(&sentence, shown == 0 ? "" : "; ");
                say_line(refresh, &sentence, &dossier->records[i]);
        }
        if (dossier->count - refresh->lines_before > shown)
                say(&sentence, "; and %zu more", dossier->count - refresh->lines_before - shown);
        return arena_copy(&refresh->app->work, sentence.text, sentence.used);
}
