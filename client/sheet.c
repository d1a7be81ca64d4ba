/*
 * sheet - see sheet.h.
 *
 * The members of an event are written in byte order of their names, so that the same
 * event has the same text whatever file and mapping it comes from.
 */
#include "sheet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "mappad/casefile.h"
#include "mappad/civil.h"
#include "mappad/nearest.h"
#include "sheet_hints.h"

#define OWN_SLOTS 6 /* case, event, on, item, id, why */
#define MONTHS 12

/* Where a member of an event comes from. */
struct slot {
        const char *key;
        const struct mapping_source *source;
        size_t column; /* PROBLEMS_NO_COLUMN: a constant */
        bool field;
};

struct plan {
        struct slot *slots;
        size_t count;
        size_t *only_if;
};

/* Of dates: those that could be read with day and month exchanged, and those that could not, for their day is none of
 * the first twelve. */
struct order_counts {
        uint64_t both, clear;
};

/* What is known of a column. */
struct column {
        char *heading;
        bool used;
        uint64_t dates;
        struct order_counts orders[MAPPING_ORDERS]; /* one kind of date says nothing about another */
        uint64_t date_row;                          /* the last that was counted: several events may take a cell */
        uint64_t bad_row;                           /* the last in which something was wrong: each cell is named once */
};

struct sheet {
        struct sheet_order order;
        struct csv csv;
        struct plan *plans; /* one an event of the mapping */
        struct column *columns;
        size_t column_count;
        const char **missing; /* columns that the mapping names and that are not there, each once */
        size_t missing_count, missing_capacity;
        struct wire_buffer text;
        bool stopped;
};

static void hear_trouble(void *context, uint64_t row, size_t column, const char *sentence)
{
        struct sheet *sheet = context;
        const char *heading = NULL;
        size_t place = column == CSV_COLUMNS_MAX ? PROBLEMS_NO_COLUMN : column;
        if (column < sheet->column_count) {
                heading = sheet->columns[column].heading;
                sheet->columns[column].bad_row = row;
        }
        problems_add(sheet->order.problems, (struct problems_place){row, place, heading}, "%s", sentence);
}

static int64_t read_through(void *context, char *bytes, size_t size)
{
        const struct sheet *sheet = context;
        return sheet->order.read(sheet->order.read_context, bytes, size);
}

struct sheet *sheet_new(const struct sheet_order *order)
{
        struct sheet *sheet = calloc(1, sizeof(*sheet));
        if (sheet == NULL)
                return NULL;
        sheet->order = *order;
        wire_buffer_init(&sheet->text);
        struct csv_source source = {.read = read_through,
                                    .trouble = hear_trouble,
                                    .context = sheet,
                                    .separator = order->mapping->separator,
                                    .windows_1252 = order->mapping->encoding == MAPPING_WINDOWS_1252};
        sheet->plans = calloc(order->mapping->event_count + 1, sizeof(*sheet->plans));
        if (sheet->plans != NULL && csv_init(&sheet->csv, &source))
                return sheet;
        sheet_free(sheet);
        return NULL;
}

void sheet_free(struct sheet *sheet)
{
        if (sheet == NULL)
                return;
        for (size_t i = 0; sheet->plans != NULL && i < sheet->order.mapping->event_count; i++) {
                free(sheet->plans[i].slots);
                free(sheet->plans[i].only_if);
        }
        for (size_t i = 0; i < sheet->column_count; i++)
                free(sheet->columns[i].heading);
        free(sheet->columns);
        free(sheet->missing);
        free(sheet->plans);
        csv_fini(&sheet->csv);
        wire_buffer_fini(&sheet->text);
        free(sheet);
}

/* ---- the header ---- */

/* Notes a column that is not there; said when all were looked for. */
static bool miss_column(struct sheet *sheet, const char *name)
{
        for (size_t i = 0; i < sheet->missing_count; i++)
                if (strcmp(sheet->missing[i], name) == 0)
                        return true;
        if (sheet->missing_count == sheet->missing_capacity) {
                size_t capacity = sheet->missing_capacity > 0 ? sheet->missing_capacity * 2 : 16;
                const char **missing = reallocarray(sheet->missing, capacity, sizeof(*missing));
                if (missing == NULL)
                        return false;
                sheet->missing = missing;
                sheet->missing_capacity = capacity;
        }
        sheet->missing[sheet->missing_count++] = name;
        return true;
}

static void refuse_column(const struct sheet *sheet, const char *name)
{
        const char **names = calloc(sheet->column_count + 1, sizeof(*names));
        size_t count = 0;
        for (size_t i = 0; names != NULL && i < sheet->column_count; i++) {
                const char *heading = sheet->columns[i].heading;
                if (heading != NULL && heading[0] != '\0')
                        names[count++] = heading;
        }
        const char *nearest = names != NULL ? nearest_word(name, names, count) : NULL;
        problems_add(sheet->order.problems,
                     (struct problems_place){sheet->order.mapping->header_row, PROBLEMS_NO_COLUMN, NULL},
                     "there is no column \"%s\"%s%s%s", name, nearest != NULL ? "; did you mean \"" : "",
                     nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
        free(names);
}

/* What stands between the columns of a row that is read as one, if it is not what the mapping says; NULL: nothing. */
static const char *other_separator(const struct sheet *sheet)
{
        static const char *const words[] = {";", ",", "tab"};
        const char *heading = sheet->column_count == 1 ? sheet->columns[0].heading : "";
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
                char byte = words[i][0] == 't' ? '\t' : words[i][0];
                if (byte != sheet->order.mapping->separator && heading != NULL && strchr(heading, byte) != NULL)
                        return words[i];
        }
        return NULL;
}

/* Where none of the columns is there, it is not they that are wrong. */
static void refuse_missing(const struct sheet *sheet)
{
        struct problems_place place = {sheet->order.mapping->header_row, PROBLEMS_NO_COLUMN, NULL};
        const char *separator = other_separator(sheet);
        bool any = false;
        for (size_t i = 0; i < sheet->column_count; i++)
                any = any || sheet->columns[i].used;
        if (any || sheet->missing_count < 2) {
                for (size_t i = 0; i < sheet->missing_count; i++)
                        refuse_column(sheet, sheet->missing[i]);
                return;
        }
        if (separator != NULL)
                problems_add(sheet->order.problems, place,
                             "the headings are one column; if it is \"%s\" that stands between them, say separator = "
                             "\"%s\" in the mapping",
                             separator, separator);
        else
                problems_add(
                        sheet->order.problems, place,
                        "none of the %zu columns that the mapping names is here, \"%.80s\" for one; if the headings "
                        "are in another row, say header-row in the mapping",
                        sheet->missing_count, sheet->missing[0]);
}

static size_t find_column(struct sheet *sheet, const char *name)
{
        size_t found = PROBLEMS_NO_COLUMN;
        for (size_t i = 0; i < sheet->column_count; i++) {
                if (strcmp(sheet->columns[i].heading, name) != 0)
                        continue;
                if (found != PROBLEMS_NO_COLUMN)
                        problems_add(sheet->order.problems,
                                     (struct problems_place){sheet->order.mapping->header_row, i, name},
                                     "another column has the same heading: rename one of them in the file");
                sheet->columns[i].used = true;
                found = i;
        }
        if (found == PROBLEMS_NO_COLUMN && !miss_column(sheet, name))
                sheet->stopped = true;
        return found;
}

static void add_slot(struct sheet *sheet, struct plan *plan, const char *key, const struct mapping_source *source)
{
        struct slot slot = {.key = key, .source = source, .column = PROBLEMS_NO_COLUMN};
        size_t at = plan->count;
        if (source->column == NULL && source->value == NULL)
                return;
        if (source->column != NULL)
                slot.column = find_column(sheet, source->column);
        for (; at > 0 && plan->slots[at - 1].key != NULL && strcmp(plan->slots[at - 1].key, key) > 0; at--)
                plan->slots[at] = plan->slots[at - 1];
        plan->slots[at] = slot;
        plan->count++;
}

static bool make_plan(struct sheet *sheet, const struct mapping_event *event, struct plan *plan)
{
        plan->slots = calloc(event->field_count + OWN_SLOTS, sizeof(*plan->slots));
        plan->only_if = calloc(event->only_if_count + 1, sizeof(*plan->only_if));
        if (plan->slots == NULL || plan->only_if == NULL)
                return false;
        add_slot(sheet, plan, "case", &event->case_ref);
        add_slot(sheet, plan, "event", &event->event);
        add_slot(sheet, plan, "on", &event->on);
        add_slot(sheet, plan, "item", &event->item);
        add_slot(sheet, plan, "id", &event->id);
        add_slot(sheet, plan, "why", &event->why);
        for (size_t i = 0; i < event->field_count; i++)
                add_slot(sheet, plan, event->fields[i].name, &event->fields[i].source);
        for (size_t i = 0; i < plan->count; i++)
                for (size_t k = 0; k < event->field_count; k++)
                        plan->slots[i].field |= plan->slots[i].source == &event->fields[k].source;
        for (size_t i = 0; i < event->only_if_count; i++)
                plan->only_if[i] = find_column(sheet, event->only_if[i]);
        return true;
}

static bool take_header(struct sheet *sheet)
{
        const struct mapping *mapping = sheet->order.mapping;
        sheet->columns = calloc(sheet->csv.count + 1, sizeof(*sheet->columns));
        if (sheet->columns == NULL)
                return false;
        for (; sheet->column_count < sheet->csv.count; sheet->column_count++) {
                char *heading = strdup(sheet->csv.cells[sheet->column_count]);
                if (heading == NULL)
                        return false;
                sheet->columns[sheet->column_count].heading = heading;
        }
        for (size_t i = 0; i < mapping->event_count; i++)
                if (!make_plan(sheet, &mapping->events[i], &sheet->plans[i]))
                        return false;
        refuse_missing(sheet);
        return !sheet->stopped;
}

/* ---- cells ---- */

static const char *cell_of(const struct sheet *sheet, size_t column)
{
        return column < sheet->csv.count ? sheet->csv.cells[column] : "";
}

static struct problems_place place_of(const struct sheet *sheet, const struct slot *slot)
{
        return (struct problems_place){sheet->csv.row, slot->column, slot->source->column};
}

/* Whether what is wrong with a cell is still to be said. */
static bool is_news(struct sheet *sheet, const struct slot *slot)
{
        struct column *column = &sheet->columns[slot->column];
        bool news = column->bad_row != sheet->csv.row;
        column->bad_row = sheet->csv.row;
        return news;
}

static bool refuse_code(struct sheet *sheet, const struct slot *slot, const char *text)
{
        const struct mapping_codes *codes = slot->source->codes;
        char hint[SHEET_HINT_SIZE];
        if (!is_news(sheet, slot))
                return false;
        sheet_code_hint(text, codes, hint);
        problems_add(sheet->order.problems, place_of(sheet, slot), "\"%.80s\" is no code of the list \"%s\"%s", text,
                     codes->name, hint);
        return false;
}

/* One word, through its list of codes. */
static bool put_word(struct sheet *sheet, const struct slot *slot, const char *text)
{
        const struct mapping_codes *codes = slot->source->codes;
        if (codes == NULL) {
                wire_put_string(&sheet->text, text);
                return true;
        }
        const struct mapping_code *code = mapping_find_code(codes, text);
        if (code == NULL)
                return refuse_code(sheet, slot, text);
        wire_put_string(&sheet->text, code->is);
        return true;
}

static bool refuse_date(struct sheet *sheet, const struct slot *slot, const char *text, int32_t other_way)
{
        const struct mapping_formats *dates = &slot->source->dates;
        char formats[SHEET_FORMATS_SIZE], hint[SHEET_HINT_SIZE];
        if (!is_news(sheet, slot))
                return false;
        sheet_formats_text(dates, formats);
        sheet_date_hint(text, dates, other_way, hint);
        problems_add(sheet->order.problems, place_of(sheet, slot), "\"%.40s\" is no date as %s%s", text, formats, hint);
        return false;
}

static void count_date(struct sheet *sheet, const struct slot *slot, enum mapping_order order, bool both, bool clear)
{
        struct column *column = &sheet->columns[slot->column];
        if (column->date_row == sheet->csv.row)
                return;
        column->date_row = sheet->csv.row;
        column->dates++;
        column->orders[order].both += both;
        column->orders[order].clear += clear;
}

static bool put_date(struct sheet *sheet, const struct slot *slot, const char *text)
{
        int32_t day = CIVIL_NONE;
        const char *format = NULL;
        enum mapping_reading reading = mapping_read_any(&slot->source->dates, text, &day, &format);
        switch (reading) {
        case MAPPING_DATE:
        case MAPPING_DATE_BOTH:
                count_date(sheet, slot, mapping_order_of(format), reading == MAPPING_DATE_BOTH,
                           civil_to_date(day).day > MONTHS);
                wire_put_date(&sheet->text, day);
                return true;
        case MAPPING_OTHER_WAY:
                return refuse_date(sheet, slot, text, day);
        case MAPPING_NO_DATE:
                break;
        }
        return refuse_date(sheet, slot, text, CIVIL_NONE);
}

static bool put_list(struct sheet *sheet, const struct slot *slot, const char *text)
{
        char *copy = strdup(text), *rest = copy;
        const char separators[] = {slot->source->split, '\0'};
        bool good = copy != NULL, first = true;
        sheet->stopped = sheet->stopped || copy == NULL;
        wire_put_text(&sheet->text, "[");
        for (char *element; good && (element = strsep(&rest, separators)) != NULL;) {
                size_t length = strlen(element);
                while (length > 0 && element[length - 1] == ' ')
                        element[--length] = '\0';
                element += strspn(element, " ");
                if (element[0] == '\0')
                        continue;
                wire_put_text(&sheet->text, first ? "" : ",");
                good = put_word(sheet, slot, element);
                first = false;
        }
        wire_put_text(&sheet->text, "]");
        free(copy);
        return good;
}

/* What the daemon refuses in the same words: said here, it is also said of an event that does not get there for another
 * of its cells. */
static bool is_reference(struct sheet *sheet, const struct slot *slot, const char *text)
{
        if (slot->field || slot->source->codes != NULL)
                return true;
        if (strcmp(slot->key, "case") == 0 && !casefile_reference_valid(text)) {
                if (is_news(sheet, slot))
                        problems_add(sheet->order.problems, place_of(sheet, slot),
                                     "\"%.80s\" is no case reference: 2 to %d capital letters, digits and hyphens, not "
                                     "beginning with a hyphen, were expected",
                                     text, CASE_REF_MAX);
                return false;
        }
        if (strcmp(slot->key, "item") == 0 && !casefile_key_valid(text)) {
                if (is_news(sheet, slot))
                        problems_add(
                                sheet->order.problems, place_of(sheet, slot),
                                "\"%.80s\" is no item key: 1 to %d letters, digits and hyphens, not beginning with a "
                                "hyphen, were expected",
                                text, ITEM_KEY_MAX);
                return false;
        }
        return true;
}

/* One member. False: something is wrong with its cell. */
static bool put_member_of(struct sheet *sheet, const struct slot *slot)
{
        const struct mapping_source *source = slot->source;
        const char *text = source->value != NULL ? source->value : cell_of(sheet, slot->column);
        if (text[0] == '\0' && source->value == NULL) {
                if (!source->optional && is_news(sheet, slot))
                        problems_add(sheet->order.problems, place_of(sheet, slot), "the cell is empty");
                return source->optional;
        }
        if (source->value == NULL && !is_reference(sheet, slot, text))
                return false;
        /* The name of a field is the mapping's, and is written as a string, not as one of our own keys. */
        wire_put_text(&sheet->text, sheet->text.length > 1 ? "," : "");
        wire_put_string(&sheet->text, slot->key);
        wire_put_text(&sheet->text, ":");
        if (source->value != NULL && source->split == 0)
                wire_put_string(&sheet->text, source->value);
        else if (source->split != 0)
                return put_list(sheet, slot, text);
        else
                return source->dates.count > 0 ? put_date(sheet, slot, text) : put_word(sheet, slot, text);
        return true;
}

/* ---- rows ---- */

/* Whether the row states an event. */
static bool is_stated(const struct sheet *sheet, const struct mapping_event *event, const struct plan *plan)
{
        bool any = false, asked = false;
        for (size_t i = 0; i < event->only_if_count; i++)
                if (cell_of(sheet, plan->only_if[i])[0] == '\0')
                        return false;
        if (event->only_if_count > 0)
                return true;
        for (size_t i = 0; i < plan->count; i++) {
                const struct slot *slot = &plan->slots[i];
                if (slot->column == PROBLEMS_NO_COLUMN || (!slot->field && slot->source != &event->on))
                        continue;
                asked = true;
                any = any || cell_of(sheet, slot->column)[0] != '\0';
        }
        return any || !asked;
}

static const char *text_of(const struct sheet *sheet, const struct mapping_source *source, const struct plan *plan)
{
        for (size_t i = 0; i < plan->count; i++)
                if (plan->slots[i].source == source)
                        return source->value != NULL ? source->value : cell_of(sheet, plan->slots[i].column);
        return "";
}

static bool take_event(struct sheet *sheet, uint32_t index)
{
        const struct mapping_event *event = &sheet->order.mapping->events[index];
        const struct plan *plan = &sheet->plans[index];
        bool good = true;
        if (!is_stated(sheet, event, plan))
                return true;
        wire_buffer_reset(&sheet->text);
        wire_put_text(&sheet->text, "{");
        for (size_t i = 0; i < plan->count; i++)
                good = put_member_of(sheet, &plan->slots[i]) && good;
        wire_put_text(&sheet->text, "}");
        if (!good || sheet->csv.bad)
                return true;
        struct spool_line line = {.number = sheet->csv.row,
                                  .event = index,
                                  .case_ref = text_of(sheet, &event->case_ref, plan),
                                  .id = text_of(sheet, &event->id, plan),
                                  .text = sheet->text.data,
                                  .length = sheet->text.length};
        line.has_id = line.id[0] != '\0';
        return !sheet->text.failed && sheet->order.sink(sheet->order.context, &line);
}

/* Whether a row has as many cells as there are headings. Empty ones behind the last heading are none: a spreadsheet
 * writes them down to wherever something once stood. Where cells are missing the row may have been cut off. */
static bool is_as_wide(const struct sheet *sheet)
{
        size_t count = sheet->csv.count;
        while (count > sheet->column_count && sheet->csv.cells[count - 1][0] == '\0')
                count--;
        return count == sheet->column_count;
}

static bool take_row(struct sheet *sheet)
{
        if (sheet->csv.count == 0)
                return true;
        if (!sheet->csv.bad && !is_as_wide(sheet)) {
                bool few = sheet->csv.count < sheet->column_count;
                problems_add(sheet->order.problems, (struct problems_place){sheet->csv.row, PROBLEMS_NO_COLUMN, NULL},
                             "the row has %zu columns where the headings are %zu%s", sheet->csv.count,
                             sheet->column_count,
                             few ? "; if its empty ones were left out, fill the last column of every row" : "");
                return true;
        }
        for (uint32_t i = 0; i < sheet->order.mapping->event_count; i++)
                if (!take_event(sheet, i))
                        return false;
        return !sheet->stopped;
}

/* Row by row. False: as sheet_read. */
static bool read_rows(struct sheet *sheet, enum csv_answer *ret_answer)
{
        uint64_t header = sheet->order.mapping->header_row;
        errno = 0;
        while ((*ret_answer = csv_next(&sheet->csv)) == CSV_ROW) {
                if (sheet->csv.row < header)
                        continue;
                bool good = sheet->csv.row == header ? take_header(sheet) : take_row(sheet);
                if (!good)
                        return false;
                /* Without its columns no row can be understood. */
                if (sheet->csv.row == header && sheet->order.problems->count > 0)
                        return true;
        }
        return *ret_answer == CSV_END || *ret_answer == CSV_BROKEN;
}

bool sheet_read(struct sheet *sheet)
{
        enum csv_answer answer;
        bool good = read_rows(sheet, &answer);
        if (!good && errno == 0)
                errno = ENOMEM;
        if (good && answer == CSV_BROKEN && sheet->csv.error != 0) {
                errno = sheet->csv.error;
                return false;
        }
        if (good && sheet->columns == NULL && sheet->order.problems->count == 0)
                problems_add(sheet->order.problems, (struct problems_place){0, PROBLEMS_NO_COLUMN, NULL},
                             "the file has no row %u, which should have the headings",
                             (unsigned int)sheet->order.mapping->header_row);
        return good;
}

/* Of one date nothing is said. */
static void say_exchanged(const struct sheet *sheet, const struct column *column)
{
        const char *path = sheet->order.problems->path;
        uint64_t doubtful = 0;
        for (size_t i = 0; i < MAPPING_ORDERS; i++)
                if (column->orders[i].both > 1 && column->orders[i].clear == 0)
                        doubtful += column->orders[i].both;
        if (doubtful == 0)
                return;
        if (doubtful == column->dates)
                complain("%s: column \"%.80s\": every date can be read with day and month exchanged as well", path,
                         column->heading);
        else
                complain("%s: column \"%.80s\": %" PRIu64 " of %" PRIu64 " dates can be read with day and month "
                         "exchanged as well, and no other says which it is",
                         path, column->heading, doubtful, column->dates);
}

void sheet_say_remarks(const struct sheet *sheet)
{
        for (size_t i = 0; i < sheet->column_count; i++) {
                const struct column *column = &sheet->columns[i];
                say_exchanged(sheet, column);
                if (!column->used && column->heading[0] != '\0')
                        complain("%s: column \"%.80s\" is not used", sheet->order.problems->path, column->heading);
        }
}

struct problems_place sheet_place(const struct sheet *sheet, uint64_t row, uint32_t event, const char *member)
{
        struct problems_place place = {row, PROBLEMS_NO_COLUMN, NULL};
        if (event >= sheet->order.mapping->event_count || member == NULL)
                return place;
        for (size_t i = 0; i < sheet->plans[event].count; i++) {
                const struct slot *slot = &sheet->plans[event].slots[i];
                if (strcmp(slot->key, member) != 0)
                        continue;
                place.column = slot->column;
                place.heading = slot->source->column;
        }
        return place;
}
