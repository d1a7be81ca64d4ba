/*
 * export - see app_export.h.
 */
#include "mappad/app_export.h"

#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "line_key.h"

#define LINES_A_STEP 1000 /* lines out of sight, or erased, between two answers of APP_WORKING */

struct app_export {
        struct app *app;
        struct store *reader;
        struct sight sight;
        uint64_t left, last, erased;
        uint32_t word; /* the type of an erased line; 0: there is none */
        bool begun, more;
        struct store_case casefile; /* that of the line before */
        uint32_t person;
        struct wire_buffer user;
        uint32_t uid;
};

enum status app_export_begin(struct app *app, const struct app_export_question *question,
                             struct app_export **ret_export)
{
        struct app_export *export = calloc(1, sizeof *export);
        enum status status;

        if (export == NULL)
                return STATUS_NO_MEMORY;
        export->app = app;
        export->sight = question->sight;
        export->left = question->limit;
        export->last = question->after;
        wire_buffer_init(&export->user);
        export->word = store_word(app->store, STORE_ERASED_WORD);
        status = reader_take(app, &export->reader);
        if (status == STATUS_OK)
                status = store_walk_lines(export->reader, question->after);
        export->begun = status == STATUS_OK;
        if (status == STATUS_OK)
                *ret_export = export;
        else
                app_export_free(export);
        return status;
}

void app_export_free(struct app_export *export)
{
        if (export == NULL)
                return;
        if (export->begun)
                store_walk_end(export->reader, STORE_WALK_LINES);
        reader_give(export->app, export->reader);
        wire_buffer_fini(&export->user);
        free(export);
}

uint64_t app_export_erased(const struct app_export *export)
{
        return export->erased;
}

uint64_t app_export_more(const struct app_export *export)
{
        return export->more ? export->last : 0;
}

static void put_text(struct wire_buffer *out, const char *key, const char *text)
{
        wire_put_key(out, key);
        wire_put_string(out, text);
}

static void put_number(struct wire_buffer *out, const char *key, uint64_t number)
{
        wire_put_key(out, key);
        if (number == 0)
                wire_put_text(out, "null");
        else
                wire_put_number(out, (int64_t)number);
}

static void put_words(const struct app_export *export, const struct store_field *field, struct wire_buffer *out)
{
        wire_put_text(out, "[");
        for (size_t i = 0; i < field->word_count; i++) {
                wire_put_text(out, i > 0 ? "," : "");
                wire_put_string(out, store_text(export->reader, field->words[i]));
        }
        wire_put_text(out, "]");
}

static void put_field(const struct app_export *export, const struct store_field *field, struct wire_buffer *out)
{
        wire_put_key(out, store_text(export->reader, field->name));
        switch (field->kind) {
        case STORE_WORD:
                wire_put_string(out, field->word_count == 1 ? store_text(export->reader, field->words[0]) : "");
                break;
        case STORE_WORDS:
                put_words(export, field, out);
                break;
        case STORE_DAY:
                wire_put_date(out, field->day);
                break;
        case STORE_TOKEN:
                wire_put_string(out, field->token);
                break;
        }
}

static enum status put_fields(const struct app_export *export, const struct store_line *line, struct wire_buffer *out)
{
        struct store_field field;
        size_t at = 0;

        wire_put_key(out, "fields");
        wire_put_text(out, "{");
        while (at < line->fields_size) {
                size_t length = store_field_unpack(line->fields + at, line->fields_size - at, &field);
                if (length == 0)
                        return STATUS_CORRUPT;
                put_field(export, &field, out);
                at += length;
        }
        wire_put_text(out, "}");
        return STATUS_OK;
}

/* Whose line it is; that seldom changes from one line to the next. */
static enum status look_up_case(struct app_export *export, const struct store_line *line)
{
        bool found = false;

        if (export->casefile.id == line->case_id)
                return STATUS_OK;
        return store_case_get(export->reader, line->case_id, &export->casefile, &found);
}

/* Who recorded it; nor does that. */
static enum status look_up_person(struct app_export *export, const struct store_line *line)
{
        const char *name = "";
        enum status status = STATUS_OK;

        if (export->person == line->person)
                return STATUS_OK;
        export->person = line->person;
        status = store_person_get(export->reader, line->person, &export->uid, &name);
        wire_buffer_reset(&export->user);
        wire_put(&export->user, name, strlen(name) + 1);
        return export->user.failed ? STATUS_NO_MEMORY : status;
}

static enum status put_refers(struct app_export *export, const struct store_line *line, struct wire_buffer *out)
{
        struct store_identity identity = {.case_id = 0};
        char key[LINE_KEY_SIZE];
        enum status status = STATUS_OK;

        put_number(out, "retracts", line->type == 0 ? line->refers : 0);
        put_number(out, "replaces", line->type != 0 ? line->refers : 0);
        if (line->refers != 0)
                status = store_identity_get(export->reader, line->refers, &identity);
        if (identity.case_id != 0)
                line_key(line->refers, identity.client[0] != '\0' ? identity.client : NULL, identity.hash, key);
        put_text(out, "refers_key", identity.case_id != 0 ? key : NULL);
        return status;
}

static void put_hash(struct wire_buffer *out, const uint8_t *hash)
{
        static const char digits[] = "0123456789abcdef";
        char text[2 * STORE_HASH_SIZE + 1];

        for (size_t i = 0; i < STORE_HASH_SIZE; i++) {
                text[2 * i] = digits[hash[i] >> 4];
                text[2 * i + 1] = digits[hash[i] & 15];
        }
        text[2 * STORE_HASH_SIZE] = '\0';
        put_text(out, "hash", text);
}

static enum status put_line(struct app_export *export, const struct store_line *line, struct wire_buffer *out)
{
        char key[LINE_KEY_SIZE];
        enum status status = look_up_person(export, line);

        if (status != STATUS_OK)
                return status;
        line_key(line->seq, line->client, line->hash, key);
        wire_put_text(out, "{");
        put_number(out, "seq", line->seq);
        put_text(out, "case", export->casefile.ref);
        put_text(out, "event", line->type == 0 ? NULL : store_text(export->reader, line->type));
        wire_put_key(out, "on");
        wire_put_date(out, line->on);
        put_text(out, "item", line->item);
        status = put_fields(export, line, out);
        put_text(out, "id", line->client);
        put_text(out, "key", key);
        wire_put_key(out, "recorded_at");
        wire_put_instant(out, line->recorded_ms);
        wire_put_key(out, "uid");
        wire_put_number(out, export->uid);
        put_text(out, "user", export->user.data);
        wire_put_key(out, "forced");
        wire_put_bool(out, line->forced);
        put_text(out, "why", line->why);
        if (status == STATUS_OK)
                status = put_refers(export, line, out);
        put_hash(out, line->hash);
        wire_put_text(out, "}");
        return status;
}

/* Of what was erased there is nothing to be written; whoever sees everything is told how much it was. */
static bool pass_over(struct app_export *export, const struct store_line *line)
{
        if (line->type == 0 || line->type != export->word)
                return false;
        if (sight_whole(export->sight)) {
                export->erased++;
                export->last = line->seq;
        }
        return true;
}

/* The next line in sight. Those out of it pass by and say nothing, not even that there are more; *ret_row and not
 * *ret_seen: some of them did, and enough for one turn of the loop. */
static enum status next_line(struct app_export *export, struct store_line *line, bool *ret_row, bool *ret_seen)
{
        enum status status = STATUS_OK;

        *ret_row = true;
        *ret_seen = false;
        for (unsigned i = 0; status == STATUS_OK && *ret_row && !*ret_seen && i < LINES_A_STEP; i++) {
                status = store_walk_next(export->reader, STORE_WALK_LINES, line, ret_row);
                if (status == STATUS_OK && *ret_row && pass_over(export, line))
                        continue;
                if (status == STATUS_OK && *ret_row)
                        status = look_up_case(export, line);
                *ret_seen = *ret_row && sight_sees(export->sight, export->casefile.scope);
        }
        return status;
}

enum status app_export_next(struct app_export *export, struct wire_buffer *out, enum app_row *ret_kind)
{
        struct store_line line;
        bool row, seen;
        enum status status = next_line(export, &line, &row, &seen);

        *ret_kind = APP_WORKING;
        if (status != STATUS_OK || (row && !seen))
                return status;
        if (!row || export->left == 0) {
                export->more = row;
                *ret_kind = APP_END;
                return STATUS_OK;
        }
        export->left--;
        export->last = line.seq;
        *ret_kind = APP_ROW;
        return put_line(export, &line, out);
}
