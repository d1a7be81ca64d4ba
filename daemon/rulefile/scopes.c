/*
 * scopes - see scopes.h.
 *
 * The digest is over what was written, not over bits: it says whether what is
 * kept of the cases was found by the same questions. That the rules are the same
 * is said by their own.
 */
#include "mappad/scopes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "cfg.h"
#include "mappad/arena.h"

#define SENTENCE_SIZE 512

_Static_assert(SETTINGS_SCOPES_MAX == SIGHT_SCOPES_MAX, "a bit for each scope");

/* The scopes and what they live in; scopes first, so that one pointer is both. */
struct scopes_box {
        struct scopes scopes;
        struct arena arena;
};

struct making {
        const struct settings *settings;
        const struct vocabulary *vocabulary;
        struct diagnostics *diagnostics;
        struct scopes_box *box;
        bool out_of_memory, wrong;
};

__attribute__((format(printf, 3, 4))) static void wrong(struct making *making, int line, const char *format, ...)
{
        char sentence[SENTENCE_SIZE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(sentence, sizeof sentence, format, arguments);
        va_end(arguments);
        diagnostics_add(making->diagnostics, DIAGNOSTIC_ERROR, making->settings->file, line, "%s", sentence);
        making->wrong = true;
}

/* Whether a scope can ask about an attribute: words that events set, of cases or of items as wanted. */
static bool can_be_asked(const struct attribute *attribute, bool of_items)
{
        return !attribute->derived && (attribute->kind == VALUE_ENUM || attribute->kind == VALUE_SET) &&
               (attribute->scope != VOCABULARY_NONE) == of_items;
}

static void report_unknown(struct making *making, int line, const char *name, bool of_items)
{
        const struct vocabulary *vocabulary = making->vocabulary;
        const char **names = arena_array(&making->box->arena, vocabulary->attribute_count, sizeof *names);
        char hint[CFG_HINT_SIZE] = "";
        size_t count = 0;

        for (size_t i = 0; names != NULL && i < vocabulary->attribute_count; i++)
                if (can_be_asked(&vocabulary->attributes[i], of_items))
                        names[count++] = vocabulary->attributes[i].name;
        if (names != NULL)
                cfg_hint(making->diagnostics, name, names, count, hint);
        wrong(making, line, "the rules have no attribute \"%s\"%s", name, hint);
}

/* The index of an attribute, or VOCABULARY_NONE after reporting. */
static uint16_t find_attribute(struct making *making, int line, const char *name, bool of_items)
{
        uint16_t index = vocabulary_attribute(making->vocabulary, name);
        const struct attribute *attribute = index == VOCABULARY_NONE ? NULL : &making->vocabulary->attributes[index];

        if (attribute == NULL)
                report_unknown(making, line, name, of_items);
        else if (can_be_asked(attribute, of_items))
                return index;
        else if (attribute->derived)
                wrong(making, line,
                      "\"%s\" is derived and may change by the passing of a day; who sees a case is decided by what "
                      "events set",
                      name);
        else if (attribute->kind == VALUE_DATE)
                wrong(making, line, "\"%s\" is a date; who sees a case is decided by attributes that hold words", name);
        else if (of_items)
                wrong(making, line, "\"%s\" belongs to cases; \"items\" names attributes of items", name);
        else
                wrong(making, line, "\"%s\" belongs to items of kind \"%s\"; attributes of cases are expected here",
                      name, making->vocabulary->items[attribute->scope].name);
        return VOCABULARY_NONE;
}

/* The bits of one word; none, after reporting, when the attribute has no such value. */
static uint64_t find_value(struct making *making, int line, const struct attribute *attribute, const char *word)
{
        int index = vocabulary_word(attribute->values, attribute->value_count, word);
        char hint[CFG_HINT_SIZE];

        if (index >= 0)
                return VALUE_BIT(index);
        wrong(making, line, "\"%s\" is no value of \"%s\"%s", word, attribute->name,
              cfg_hint(making->diagnostics, word, attribute->values, attribute->value_count, hint));
        return 0;
}

static uint64_t state_bits(const char *word)
{
        return strcmp(word, "unset") == 0 ? VALUE_UNSET : strcmp(word, "set") == 0 ? VALUE_ANY_SET : 0;
}

static struct term *room(struct making *making, size_t count)
{
        struct term *terms = arena_array(&making->box->arena, count, sizeof *terms);

        making->out_of_memory |= terms == NULL;
        return terms;
}

static struct condition make_when(struct making *making, const struct settings_scope *from)
{
        struct term *terms = room(making, from->when_count);

        for (size_t i = 0; terms != NULL && i < from->when_count; i++) {
                const struct settings_term *term = &from->when[i];
                uint16_t index = find_attribute(making, term->line, term->name, false);

                terms[i] = (struct term){.subject = index};
                for (size_t v = 0; index != VOCABULARY_NONE && v < term->values.count; v++) {
                        const char *word = term->values.items[v];
                        uint64_t bits = state_bits(word);
                        terms[i].mask |= bits != 0 ? bits
                                                   : find_value(making, term->line,
                                                                &making->vocabulary->attributes[index], word);
                }
        }
        return (struct condition){terms, terms == NULL ? 0 : from->when_count};
}

/* Attributes of which one holds the agency's word. */
static const struct term *make_names(struct making *making, const struct settings_names *from, const char *agency,
                                     bool of_items)
{
        struct term *terms = room(making, from->names.count);

        for (size_t i = 0; terms != NULL && i < from->names.count; i++) {
                uint16_t index = find_attribute(making, from->line, from->names.items[i], of_items);

                terms[i] = (struct term){.subject = index};
                if (index != VOCABULARY_NONE)
                        terms[i].mask = find_value(making, from->line, &making->vocabulary->attributes[index], agency);
        }
        return terms;
}

static void make_scope(struct making *making, const struct settings_scope *from, struct scope *to)
{
        const char *name = from->kind == SETTINGS_AGENCY ? from->agency : from->group;

        to->name = arena_copy(&making->box->arena, name, strlen(name));
        making->out_of_memory |= to->name == NULL;
        switch (from->kind) {
        case SETTINGS_COMPARTMENT:
                to->all = make_when(making, from);
                break;
        case SETTINGS_AGENCY:
                to->any = make_names(making, &from->cases, from->agency, false);
                to->any_count = from->cases.names.count;
                to->items = make_names(making, &from->items, from->agency, true);
                to->item_count = from->items.names.count;
                making->box->scopes.items |= to->item_count > 0;
                break;
        }
}

/* ---- the digest ---- */

/* A text and its NUL, so that no two lists of texts are the same bytes. */
static bool add(EVP_MD_CTX *context, const char *text)
{
        return EVP_DigestUpdate(context, text, strlen(text) + 1) == 1;
}

static bool add_list(EVP_MD_CTX *context, const struct settings_texts *texts)
{
        bool good = true;

        for (size_t i = 0; good && i < texts->count; i++)
                good = add(context, texts->items[i]);
        return good && add(context, "");
}

static bool add_scope(EVP_MD_CTX *context, const struct settings_scope *scope)
{
        bool good = add(context, scope->kind == SETTINGS_COMPARTMENT ? "compartment" : "agency");

        for (size_t i = 0; good && i < scope->when_count; i++)
                good = add(context, scope->when[i].name) && add_list(context, &scope->when[i].values);
        return good && add(context, scope->agency == NULL ? "" : scope->agency) &&
               add_list(context, &scope->cases.names) && add_list(context, &scope->items.names);
}

static enum status digest(const struct settings *settings, char ret_hex[static 65])
{
        unsigned char sum[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

        for (size_t i = 0; good && i < settings->scope_count; i++)
                good = add_scope(context, &settings->scopes[i]);
        good = good && EVP_DigestFinal_ex(context, sum, &size) == 1;
        EVP_MD_CTX_free(context);
        for (unsigned int i = 0; good && i < size; i++)
                snprintf(ret_hex + (size_t)2 * i, 3, "%02x", sum[i]);
        return good ? STATUS_OK : STATUS_NO_MEMORY;
}

/* ---- the door ---- */

static enum status make_all(struct making *making)
{
        const struct settings *settings = making->settings;
        struct scope *list = arena_array(&making->box->arena, settings->scope_count, sizeof *list);

        if (list == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < settings->scope_count; i++)
                make_scope(making, &settings->scopes[i], &list[i]);
        if (making->out_of_memory)
                return STATUS_NO_MEMORY;
        if (making->wrong)
                return STATUS_INVALID;
        making->box->scopes.list = list;
        making->box->scopes.count = settings->scope_count;
        return settings->scope_count == 0 ? STATUS_OK : digest(settings, making->box->scopes.digest);
}

enum status scopes_make(const struct settings *settings, const struct ruleset *ruleset, struct diagnostics *diagnostics,
                        struct scopes **ret_scopes)
{
        struct making making = {.settings = settings,
                                .vocabulary = &ruleset->vocabulary,
                                .diagnostics = diagnostics,
                                .box = calloc(1, sizeof *making.box)};

        if (making.box == NULL)
                return STATUS_NO_MEMORY;
        arena_init(&making.box->arena, malloc, free);
        enum status status = make_all(&making);
        if (status == STATUS_OK)
                *ret_scopes = &making.box->scopes;
        else
                scopes_free(&making.box->scopes);
        return status;
}

void scopes_free(struct scopes *scopes)
{
        /* scopes is the first member of its box, so the addresses are one. */
        struct scopes_box *box = (struct scopes_box *)(void *)scopes;

        if (box == NULL)
                return;
        arena_fini(&box->arena);
        free(box);
}
