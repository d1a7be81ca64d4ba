/*
 * mapping - reads a mapping file (mapping.h).
 *
 * Tables say which settings there are; what is left here is meaning: that a value
 * comes from one place, that code lists exist, that formats are formats.
 */
#include "mappad/mapping.h"

#include <string.h>

#include "cfg.h"
#include "keep.h"

struct reading {
        const struct cfg_file *file;
        struct keep *keep;
        struct mapping *mapping;
        const struct mapping_codes *codes;
        size_t code_count;
        struct mapping_formats dates; /* of `on` unless it says others */
        bool bad_dates;               /* and something was wrong with them */
};

enum { TOP_SEPARATOR, TOP_ENCODING, TOP_HEADER, TOP_DATES, TOP_CODES, TOP_EVENTS, TOP_COUNT };
static const struct cfg_key top_keys[TOP_COUNT] = {
        [TOP_SEPARATOR] = {"separator", CFG_TEXT, 0}, [TOP_ENCODING] = {"encoding", CFG_TEXT, 0},
        [TOP_HEADER] = {"header-row", CFG_INT, 0},    [TOP_DATES] = {"dates", CFG_TEXTS, 0},
        [TOP_CODES] = {"codes", CFG_GROUPS, 0},       [TOP_EVENTS] = {"events", CFG_GROUPS, CFG_REQUIRED},
};

enum { LIST_NAME, LIST_VALUES, LIST_COUNT };
static const struct cfg_key list_keys[LIST_COUNT] = {
        [LIST_NAME] = {"name", CFG_TEXT, CFG_REQUIRED},
        [LIST_VALUES] = {"values", CFG_GROUPS, CFG_REQUIRED},
};

enum { CODE_CODE, CODE_IS, CODE_COUNT };
static const struct cfg_key code_keys[CODE_COUNT] = {
        [CODE_CODE] = {"code", CFG_TEXTS, CFG_REQUIRED},
        [CODE_IS] = {"is", CFG_TEXT, CFG_REQUIRED},
};

enum {
        EVENT_EVENT,
        EVENT_CASE,
        EVENT_ON,
        EVENT_ITEM,
        EVENT_ID,
        EVENT_WHY,
        EVENT_FIELDS,
        EVENT_ONLY_IF,
        EVENT_DUPLICATES,
        EVENT_COUNT
};
static const struct cfg_key event_keys[EVENT_COUNT] = {
        [EVENT_EVENT] = {"event", CFG_TEXT_OR_GROUPS, CFG_REQUIRED},
        [EVENT_CASE] = {"case", CFG_TEXT_OR_GROUPS, CFG_REQUIRED},
        [EVENT_ON] = {"on", CFG_TEXT_OR_GROUPS, CFG_REQUIRED},
        [EVENT_ITEM] = {"item", CFG_TEXT_OR_GROUPS, 0},
        [EVENT_ID] = {"id", CFG_TEXT_OR_GROUPS, 0},
        [EVENT_WHY] = {"why", CFG_TEXT_OR_GROUPS, 0},
        [EVENT_FIELDS] = {"fields", CFG_GROUPS, 0},
        [EVENT_ONLY_IF] = {"only-if", CFG_TEXTS, 0},
        [EVENT_DUPLICATES] = {"duplicates", CFG_TEXT, 0},
};

enum {
        SOURCE_FIELD,
        SOURCE_COLUMN,
        SOURCE_VALUE,
        SOURCE_DATE,
        SOURCE_CODES,
        SOURCE_SPLIT,
        SOURCE_OPTIONAL,
        SOURCE_COUNT
};
static const struct cfg_key source_keys[SOURCE_COUNT] = {
        [SOURCE_FIELD] = {"field", CFG_TEXT, 0},       [SOURCE_COLUMN] = {"column", CFG_TEXT, 0},
        [SOURCE_VALUE] = {"value", CFG_TEXT, 0},       [SOURCE_DATE] = {"date", CFG_TEXTS, 0},
        [SOURCE_CODES] = {"codes", CFG_TEXT, 0},       [SOURCE_SPLIT] = {"split", CFG_TEXT, 0},
        [SOURCE_OPTIONAL] = {"optional", CFG_BOOL, 0},
};

/* One of several words; first when it is not given. */
static int word_of(struct reading *reading, const struct cfg_node *node, const char *const *words, size_t count)
{
        char hint[CFG_HINT_SIZE];
        const char *text = cfg_text(node);

        if (text == NULL)
                return 0;
        for (size_t i = 0; i < count; i++)
                if (strcmp(text, words[i]) == 0)
                        return (int)i;
        cfg_error(reading->file, node, "\"%s\" is no value of %s%s", text, cfg_name(node),
                  cfg_hint(reading->file->diagnostics, text, words, count, hint));
        return 0;
}

/* ---- codes ---- */

static void read_code(struct reading *reading, const struct cfg_node *node, struct mapping_code *list, size_t *count)
{
        const struct cfg_node *found[CODE_COUNT];

        if (!cfg_group(reading->file, node, code_keys, CODE_COUNT, found))
                return;
        const char *is = keep_text(reading->keep, cfg_text(found[CODE_IS]));
        for (size_t i = 0; i < cfg_count(found[CODE_CODE]); i++) {
                const char *code = cfg_text_at(found[CODE_CODE], i);
                for (size_t k = 0; k < *count; k++)
                        if (list[k].code != NULL && strcmp(list[k].code, code) == 0)
                                cfg_error(reading->file, node, "the code \"%s\" stands in this list twice", code);
                if (*count == MAPPING_CODES_MAX) {
                        cfg_error(reading->file, node, "a list has at most %d codes", MAPPING_CODES_MAX);
                        return;
                }
                list[(*count)++] = (struct mapping_code){keep_text(reading->keep, code), is};
        }
}

static void read_list(struct reading *reading, const struct cfg_node *node, struct mapping_codes *to)
{
        const struct cfg_node *found[LIST_COUNT];
        size_t most = 0;

        to->name = "";
        if (!cfg_group(reading->file, node, list_keys, LIST_COUNT, found))
                return;
        for (size_t i = 0; i < cfg_count(found[LIST_VALUES]); i++)
                for (size_t k = 0; k < cfg_member_count(cfg_element(found[LIST_VALUES], i)); k++)
                        most += cfg_count(cfg_member(cfg_element(found[LIST_VALUES], i), k));
        struct mapping_code *list =
                keep_room(reading->keep, most < MAPPING_CODES_MAX ? most : MAPPING_CODES_MAX, sizeof *list);
        for (size_t i = 0; list != NULL && i < cfg_count(found[LIST_VALUES]); i++)
                read_code(reading, cfg_element(found[LIST_VALUES], i), list, &to->count);
        to->name = keep_text(reading->keep, cfg_text(found[LIST_NAME]));
        to->list = list;
}

static void read_codes(struct reading *reading, const struct cfg_node *node)
{
        size_t count = cfg_count(node);
        struct mapping_codes *codes = keep_room(reading->keep, count, sizeof *codes);

        for (size_t i = 0; codes != NULL && i < count; i++) {
                read_list(reading, cfg_element(node, i), &codes[i]);
                for (size_t k = 0; k < i; k++)
                        if (!reading->keep->out_of_memory && strcmp(codes[k].name, codes[i].name) == 0)
                                cfg_error(reading->file, cfg_element(node, i), "there is another list \"%s\"",
                                          codes[i].name);
        }
        reading->codes = codes;
        reading->code_count = codes == NULL ? 0 : count;
}

static const struct mapping_codes *find_codes(struct reading *reading, const struct cfg_node *node)
{
        const char *name = cfg_text(node), *nearest = NULL;

        if (name == NULL || reading->keep->out_of_memory)
                return NULL;
        for (size_t i = 0; i < reading->code_count; i++) {
                if (strcmp(reading->codes[i].name, name) == 0)
                        return &reading->codes[i];
                nearest = reading->codes[i].name;
        }
        cfg_error(reading->file, node, "there is no list of codes \"%s\"%s%s%s", name,
                  nearest == NULL ? "" : "; there is \"", nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"");
        return NULL;
}

/* ---- sources ---- */

static bool format_is_good(struct reading *reading, const struct cfg_node *node, const char *format,
                           const struct mapping_formats *before)
{
        if (!mapping_format_valid(format)) {
                cfg_error(reading->file, node,
                          "\"%s\" is no date format: it has DD or D, MM, M or MON, and YYYY or YY, each once, as in "
                          "DD/MM/YYYY",
                          format);
                return false;
        }
        for (size_t i = 0; i < before->count; i++) {
                if (mapping_formats_agree(before->list[i], format))
                        continue;
                cfg_error(reading->file, node,
                          "a date could be one by \"%s\" and another by \"%s\": a column has one of the two",
                          before->list[i], format);
                return false;
        }
        return true;
}

/* False: something is wrong with them. */
static bool read_formats(struct reading *reading, const struct cfg_node *node, struct mapping_formats *to)
{
        size_t count = cfg_count(node);

        if (node == NULL)
                return true;
        if (count == 0 || count > MAPPING_FORMATS_MAX) {
                cfg_error(reading->file, node, "a column has 1 to %d formats of dates", MAPPING_FORMATS_MAX);
                return false;
        }
        const char **list = keep_room(reading->keep, count, sizeof *list);
        struct mapping_formats formats = {list, 0};
        for (; list != NULL && formats.count < count; formats.count++) {
                const char *format = cfg_text_at(node, formats.count);
                if (!format_is_good(reading, node, format, &formats))
                        return false;
                list[formats.count] = keep_text(reading->keep, format);
                if (reading->keep->out_of_memory)
                        return true;
        }
        *to = formats;
        return true;
}

static void read_split(struct reading *reading, const struct cfg_node *node, struct mapping_source *to)
{
        const char *split = cfg_text(node);

        if (split == NULL)
                return;
        if (strlen(split) == 1)
                to->split = split[0];
        else
                cfg_error(reading->file, node, "\"split\" takes the one character that stands between the elements");
}

/* The settings of a source that is a group; gives the field's name. */
static const char *read_source_group(struct reading *reading, const struct cfg_node *node, struct mapping_source *to)
{
        const struct cfg_node *found[SOURCE_COUNT];

        if (!cfg_group(reading->file, node, source_keys, SOURCE_COUNT, found))
                return NULL;
        to->column = keep_text(reading->keep, cfg_text(found[SOURCE_COLUMN]));
        to->value = keep_text(reading->keep, cfg_text(found[SOURCE_VALUE]));
        reading->bad_dates = !read_formats(reading, found[SOURCE_DATE], &to->dates) || reading->bad_dates;
        to->codes = find_codes(reading, found[SOURCE_CODES]);
        to->optional = cfg_bool(found[SOURCE_OPTIONAL], false);
        read_split(reading, found[SOURCE_SPLIT], to);
        if ((to->column == NULL) == (to->value == NULL))
                cfg_error(reading->file, node, "a value comes from a \"column\" or is a \"value\": one of the two");
        if (to->value != NULL && (to->dates.count > 0 || to->codes != NULL || to->optional))
                cfg_error(reading->file, node, "a \"value\" is taken as it is: no date, no codes, not optional");
        if (to->dates.count > 0 && (to->codes != NULL || to->split != 0))
                cfg_error(reading->file, node, "a date has neither codes nor a \"split\"");
        return keep_text(reading->keep, cfg_text(found[SOURCE_FIELD]));
}

/* A source that is no field: a text alone is a column, of the event's name the name itself. */
static void read_source(struct reading *reading, const struct cfg_node *node, bool constant, struct mapping_source *to)
{
        if (node == NULL)
                return;
        to->line = cfg_line(node);
        if (cfg_text(node) != NULL && constant)
                to->value = keep_text(reading->keep, cfg_text(node));
        else if (cfg_text(node) != NULL)
                to->column = keep_text(reading->keep, cfg_text(node));
        else if (cfg_count(node) != 1)
                cfg_error(reading->file, node, "\"%s\" takes one source", cfg_name(node));
        else if (read_source_group(reading, cfg_element(node, 0), to) != NULL)
                cfg_error(reading->file, node, "\"field\" stands in \"fields\" only");
        if (to->split != 0)
                cfg_error(reading->file, node, "\"%s\" is no list", cfg_name(node));
}

static void read_fields(struct reading *reading, const struct cfg_node *node, struct mapping_event *to)
{
        size_t count = cfg_count(node);
        struct mapping_field *fields = keep_room(reading->keep, count, sizeof *fields);

        if (count > MAPPING_FIELDS_MAX) {
                cfg_error(reading->file, node, "an event has at most %d fields", MAPPING_FIELDS_MAX);
                return;
        }
        for (size_t i = 0; fields != NULL && i < count; i++) {
                const struct cfg_node *one = cfg_element(node, i);
                fields[i].source.line = cfg_line(one);
                fields[i].name = read_source_group(reading, one, &fields[i].source);
                if (fields[i].name == NULL && !reading->keep->out_of_memory)
                        cfg_error(reading->file, one, "\"field\" is missing: the name of the event's field");
        }
        to->fields = fields;
        to->field_count = fields == NULL ? 0 : count;
}

static void read_only_if(struct reading *reading, const struct cfg_node *node, struct mapping_event *to)
{
        size_t count = cfg_count(node);
        const char **columns = keep_room(reading->keep, count, sizeof *columns);

        for (size_t i = 0; columns != NULL && i < count; i++)
                columns[i] = keep_text(reading->keep, cfg_text_at(node, i));
        to->only_if = columns;
        to->only_if_count = columns == NULL ? 0 : count;
}

static void read_event(struct reading *reading, const struct cfg_node *node, struct mapping_event *to)
{
        static const char *const duplicates[] = {"refuse", "once", "each"};
        const struct cfg_node *found[EVENT_COUNT];

        (void)cfg_group(reading->file, node, event_keys, EVENT_COUNT, found);
        read_source(reading, found[EVENT_EVENT], true, &to->event);
        read_source(reading, found[EVENT_CASE], false, &to->case_ref);
        read_source(reading, found[EVENT_ON], false, &to->on);
        read_source(reading, found[EVENT_ITEM], false, &to->item);
        read_source(reading, found[EVENT_ID], false, &to->id);
        read_source(reading, found[EVENT_WHY], false, &to->why);
        read_fields(reading, found[EVENT_FIELDS], to);
        read_only_if(reading, found[EVENT_ONLY_IF], to);
        to->duplicates = (enum mapping_duplicates)word_of(reading, found[EVENT_DUPLICATES], duplicates, 3);
        if (to->on.column != NULL && to->on.dates.count == 0)
                to->on.dates = reading->dates;
        if (to->on.column != NULL && to->on.dates.count == 0 && !reading->bad_dates)
                cfg_error(reading->file, found[EVENT_ON],
                          "the format of the date is missing: \"dates\" for all, or \"date\" of this column");
}

static void read_events(struct reading *reading, const struct cfg_node *node)
{
        size_t count = cfg_count(node);
        struct mapping_event *events = keep_room(reading->keep, count, sizeof *events);

        if (count == 0 || count > MAPPING_EVENTS_MAX) {
                cfg_error(reading->file, node, "a row becomes 1 to %d events", MAPPING_EVENTS_MAX);
                return;
        }
        for (size_t i = 0; events != NULL && i < count; i++)
                read_event(reading, cfg_element(node, i), &events[i]);
        reading->mapping->events = events;
        reading->mapping->event_count = events == NULL ? 0 : count;
}

/* ---- the file ---- */

static void read_separator(struct reading *reading, const struct cfg_node *node)
{
        const char *text = cfg_text(node);

        reading->mapping->separator = ',';
        if (text == NULL)
                return;
        if (strcmp(text, "tab") == 0)
                reading->mapping->separator = '\t';
        else if (strlen(text) == 1 && text[0] != '"' && (unsigned char)text[0] >= ' ')
                reading->mapping->separator = text[0];
        else
                cfg_error(reading->file, node, "\"separator\" takes one character, or \"tab\"");
}

static void read_all(struct reading *reading)
{
        static const char *const encodings[] = {"utf-8", "windows-1252"};
        const struct cfg_node *found[TOP_COUNT];
        int32_t header = 1;

        (void)cfg_group(reading->file, cfg_root(reading->file), top_keys, TOP_COUNT, found);
        read_separator(reading, found[TOP_SEPARATOR]);
        reading->mapping->encoding = (enum mapping_encoding)word_of(reading, found[TOP_ENCODING], encodings, 2);
        if (found[TOP_HEADER] != NULL)
                (void)cfg_int(reading->file, found[TOP_HEADER], 1, 1000, &header);
        reading->mapping->header_row = (uint32_t)header;
        reading->bad_dates = !read_formats(reading, found[TOP_DATES], &reading->dates);
        read_codes(reading, found[TOP_CODES]);
        if (found[TOP_EVENTS] != NULL)
                read_events(reading, found[TOP_EVENTS]);
}

static void read_mapping(struct keep *keep, const struct cfg_file *file, void *context)
{
        struct reading reading = {.file = file, .keep = keep, .mapping = (struct mapping *)(void *)keep->value};

        (void)context;
        read_all(&reading);
}

static enum status load(const struct keep_source *source, struct mapping **ret_mapping)
{
        void *value = NULL;
        enum status status = keep_load(source, sizeof **ret_mapping, read_mapping, NULL, &value);

        if (status == STATUS_OK)
                *ret_mapping = value;
        return status;
}

enum status mapping_load(const char *path, struct diagnostics *diagnostics, struct mapping **ret_mapping)
{
        return load(&(struct keep_source){.path = path, .diagnostics = diagnostics}, ret_mapping);
}

enum status mapping_load_text(const char *name, const char *text, size_t length, struct diagnostics *diagnostics,
                              struct mapping **ret_mapping)
{
        const struct rulefile_text source = {name, text, length};

        return load(&(struct keep_source){.text = &source, .diagnostics = diagnostics}, ret_mapping);
}

void mapping_free(struct mapping *mapping)
{
        keep_free(mapping);
}
