/*
 * digest.c - rows are put in order and counted; the subject; the parts together.
 */
#include "mappad/digest.h"

#include <stdlib.h>
#include <string.h>

#include "digest_model.h"
#include "mappad/casefile.h"
#include "mappad/civil.h"

struct digest_reference digest_reference_of(const char *text)
{
        struct digest_reference reference = {.text = ""};

        _Static_assert(sizeof reference.text == CASE_REF_MAX + 1, "a reference and its end");
        if (text != NULL && casefile_reference_valid(text))
                memcpy(reference.text, text, strlen(text));
        return reference;
}

size_t digest_columns(const char *text)
{
        size_t columns = 0;

        /* A byte 10xxxxxx continues a character of UTF-8. */
        for (; *text != '\0'; text++)
                columns += ((unsigned char)*text & 0xc0) != 0x80;
        return columns;
}

bool digest_booking_say(const struct digest_row *row, enum digest_say *ret_say)
{
        if (row->booked != CIVIL_NONE)
                *ret_say = SAY_BOOKED;
        else if (row->duty != NULL && row->duty->booked_by != VOCABULARY_NONE && !row->missed)
                *ret_say = SAY_NOT_BOOKED;
        else
                return false;
        return true;
}

/* Whether a row that is shown hangs on holidays that are not published. */
static bool any_provisional(const struct digest_model *model)
{
        for (size_t i = 0; i < model->count && i < DIGEST_ROWS_SHOWN; i++)
                if (model->rows[i]->provisional && model->rows[i]->due != CIVIL_NONE)
                        return true;
        return false;
}

static bool any_gone(const struct digest_diary *diary)
{
        for (size_t i = 0; i < diary->count; i++)
                if (diary->events[i].gone)
                        return true;
        return false;
}

static bool any_new(const struct digest_model *model)
{
        for (size_t group = 0; group < DIGEST_GROUP_COUNT; group++)
                if (model->counts[group] > 0)
                        return true;
        return false;
}

bool digest_foot_say(const struct digest_model *model, size_t index, enum digest_say *ret_say)
{
        const struct digest_options *options = model->options;
        bool diary = !options->counts_only && options->diary.count > 0;
        const struct {
                enum digest_say say;
                bool said;
        } foot[] = {
                {SAY_PROVISIONAL, !options->counts_only && any_provisional(model)},
                {SAY_DETAILS, !options->counts_only && model->count > 0},
                {SAY_DIARY, diary},
                {SAY_DIARY_GONE, diary && any_gone(&options->diary)},
                {SAY_REPLIES, true},
        };

        for (size_t i = 0; i < sizeof foot / sizeof *foot; i++)
                if (foot[i].said && index-- == 0) {
                        *ret_say = foot[i].say;
                        return true;
                }
        return false;
}

bool digest_lead_say(const struct digest_model *model, size_t index, enum digest_say *ret_say)
{
        const struct digest_options *options = model->options;
        const struct {
                enum digest_say say;
                bool said;
        } lead[] = {
                {SAY_NOTHING, options->heartbeat && model->counted == 0},
                {SAY_WATCHING, options->heartbeat && model->counted == 0},
                {SAY_NOTHING_NEW, model->counted > 0 && !any_new(model)},
        };

        for (size_t i = 0; i < sizeof lead / sizeof *lead; i++)
                if (lead[i].said && index-- == 0) {
                        *ret_say = lead[i].say;
                        return true;
                }
        return false;
}

bool digest_part(const struct digest_model *model, size_t index, struct digest_scope *ret_scope)
{
        size_t group = index % DIGEST_GROUP_COUNT;

        if (index >= DIGEST_PARTS)
                return false;
        *ret_scope = (struct digest_scope){
                .model = model, .group = (enum digest_group)group, .standing = index >= DIGEST_GROUP_COUNT};
        return true;
}

bool digest_begins(const struct digest_row *row, const struct digest_scope *scope)
{
        return scope->row == NULL || row->group != scope->group || row->standing != scope->standing;
}

/* What concerns no duty stands at the head of its group. */
static int compare_duties(const struct rule_version *one, const struct rule_version *other)
{
        if (one == NULL || other == NULL)
                return (one != NULL) - (other != NULL);
        return strcmp(one->title, other->title);
}

static int compare_rows(const void *one, const void *other)
{
        const struct digest_row *a = *(const struct digest_row *const *)one,
                                *b = *(const struct digest_row *const *)other;
        int order;

        if (a->standing != b->standing)
                return a->standing ? 1 : -1;
        if (a->group != b->group)
                return a->group < b->group ? -1 : 1;
        if (a->due != b->due)
                return a->due < b->due ? -1 : 1;
        order = strcmp(a->reference.text, b->reference.text);
        if (order == 0)
                order = compare_duties(a->duty, b->duty);
        if (order == 0 && a->doubt != b->doubt)
                order = a->doubt < b->doubt ? -1 : 1;
        /* Equal in all that is printed but for these: the order is then that of the caller's array. */
        return order != 0 ? order : (a > b) - (a < b);
}

const char *digest_bare_marking(const char *marking, struct arena *arena)
{
        size_t length = marking == NULL ? 0 : strlen(marking);

        if (length >= 2 && marking[0] == '[' && marking[length - 1] == ']')
                return arena_copy(arena, marking + 1, length - 2);
        return marking == NULL ? "" : marking;
}

static const char *write_subject(const struct digest_model *model, struct arena *arena)
{
        struct digest_writer writer = {.arena = arena};
        struct digest_scope scope = {.model = model};

        if (model->marking[0] != '\0')
                digest_say(&writer, SAY_SUBJECT_MARKING, &scope);
        digest_say(&writer, model->options->urgent ? SAY_SUBJECT_URGENT : SAY_SUBJECT, &scope);
        return digest_finish(&writer);
}

static enum status write_parts(const struct digest_model *model, struct arena *arena,
                               struct digest_message *ret_message)
{
        bool calendar = !model->options->counts_only && model->options->diary.count > 0;
        struct digest_message message = {.subject = write_subject(model, arena)};

        if (message.subject == NULL)
                return STATUS_NO_MEMORY;
        message.text = digest_text(model, arena);
        message.html = digest_html(model, message.subject, arena);
        message.calendar = calendar ? digest_calendar(model, arena) : NULL;
        if (message.text == NULL || message.html == NULL || (calendar && message.calendar == NULL))
                return STATUS_NO_MEMORY;
        *ret_message = message;
        return STATUS_OK;
}

enum status digest_write(const struct digest_options *options, const struct digest_row *rows, size_t count,
                         struct arena *arena, struct digest_message *ret_message)
{
        struct digest_model model = {.options = options, .count = count};

        model.marking = digest_bare_marking(options->marking, arena);
        model.rows = arena_array(arena, count, sizeof(*model.rows));
        if (model.rows == NULL || model.marking == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < count; i++) {
                model.rows[i] = &rows[i];
                (rows[i].standing ? model.standing : model.counts)[rows[i].group]++;
        }
        model.counted = count;
        for (size_t group = 0; group < DIGEST_GROUP_COUNT; group++) {
                model.standing[group] += options->left_out[group];
                model.counted += options->left_out[group];
        }
        qsort(model.rows, count, sizeof(*model.rows), compare_rows);
        return write_parts(&model, arena, ret_message);
}
