/*
 * service - the daemon itself: its rules, where it stands, reading its files anew.
 */
#include <stdio.h>
#include <string.h>

#include "list.h"

/* ---- rules ---- */

static const json_t *current_version(const json_t *rule)
{
        const json_t *versions = json_object_get(rule, "versions");
        size_t count = json_array_size(versions);
        return count > 0 ? json_array_get(versions, count - 1) : NULL;
}

static enum colour rule_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, row, "id");
        return COLOUR_NONE;
}

static enum colour per_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *per = member_text(row, "per");
        put_clean(cell, per[0] != '\0' ? per : "case");
        return COLOUR_NONE;
}

static enum colour clock_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, current_version(row), "clock");
        return COLOUR_NONE;
}

static enum colour strength_cell(const json_t *row, struct wire_buffer *cell)
{
        const json_t *version = current_version(row);
        if (json_is_false(json_object_get(version, "enabled"))) {
                wire_put_text(cell, "not applied");
                return COLOUR_DIM;
        }
        put_member(cell, version, "strength");
        return COLOUR_NONE;
}

static enum colour from_cell(const json_t *row, struct wire_buffer *cell)
{
        const char *from = member_text(current_version(row), "from");
        const char *until = member_text(current_version(row), "until");
        put_day(cell, from);
        if (until[0] != '\0') {
                wire_put_text(cell, " until ");
                put_day(cell, until);
        }
        return COLOUR_NONE;
}

static enum colour authority_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, current_version(row), "authority");
        return COLOUR_NONE;
}

static enum colour title_cell(const json_t *row, struct wire_buffer *cell)
{
        put_member(cell, current_version(row), "title");
        return COLOUR_NONE;
}

static const struct column rule_columns[] = {
        {"Rule", rule_cell},     {"Per", per_cell},
        {"Clock", clock_cell},   {"Strength", strength_cell},
        {"In force", from_cell}, {"Authority", authority_cell},
        {"Title", title_cell},   {NULL, NULL},
};

/* One CSV line a version. */
static const char *const version_keys[] = {"title",     "strength", "enabled", "from", "until", "clock",
                                           "authority", "source",   "basis",   "file", "line",  NULL};

static void write_rules_csv(const json_t *rules, struct wire_buffer *out)
{
        wire_put_text(out, "id,per,");
        csv_write(version_keys, NULL, out);
        for (size_t i = 0; i < json_array_size(rules); i++) {
                const json_t *rule = json_array_get(rules, i), *versions = json_object_get(rule, "versions");
                for (size_t j = 0; j < json_array_size(versions); j++) {
                        put_clean(out, member_text(rule, "id"));
                        wire_put_text(out, ",");
                        put_clean(out, member_text(rule, "per"));
                        wire_put_text(out, ",");
                        csv_write(version_keys, json_array_get(versions, j), out);
                }
        }
}

static bool write_rules(const json_t *answer, enum format format, struct wire_buffer *out)
{
        const json_t *rules = json_object_get(answer, "rules");
        if (format == FORMAT_CSV) {
                write_rules_csv(rules, out);
                return true;
        }
        struct table *table = table_new(rule_columns);
        bool good = table != NULL;
        for (size_t i = 0; good && i < json_array_size(rules); i++)
                good = table_add(table, json_array_get(rules, i));
        if (good)
                table_write(table, output_coloured(), out);
        table_free(table);
        wire_put_text(out, "Digest ");
        put_clean(out, member_text(answer, "digest"));
        wire_put_text(out, "\n");
        return good;
}

/* ---- status ---- */

static void put_label(struct wire_buffer *out, const char *label)
{
        char text[32];
        snprintf(text, sizeof(text), "%-16s ", label);
        wire_put_text(out, text);
}

static void status_line(struct wire_buffer *out, const char *label, const json_t *object, const char *key)
{
        struct wire_buffer text;
        wire_buffer_init(&text);
        const char *value = member_text(object, key);
        int64_t ms;
        if (json_is_boolean(json_object_get(object, key)))
                wire_put_text(&text, json_is_true(json_object_get(object, key)) ? "yes" : "no");
        else if (wire_instant_parse(value, strlen(value), &ms))
                put_time(&text, value);
        else if (value[0] != '\0')
                put_day(&text, value);
        else
                put_member(&text, object, key);
        wire_put(&text, "", 1);
        put_label(out, label);
        put_clean(out, text.failed || text.data[0] == '\0' ? "-" : text.data);
        wire_put_text(out, "\n");
        wire_buffer_fini(&text);
}

static void status_counts(struct wire_buffer *out, const char *label, const json_t *object)
{
        const char *key;
        json_t *value;
        bool first = true;
        put_label(out, label);
        json_object_foreach((json_t *)(uintptr_t)object, key, value)
        {
                if (!json_is_integer(value))
                        continue;
                wire_put_text(out, first ? "" : ", ");
                wire_put_number(out, json_integer_value(value));
                wire_put_text(out, " ");
                put_clean(out, key);
                first = false;
        }
        wire_put_text(out, first ? "-\n" : "\n");
}

/* How many cases were looked at, for whoever may know. */
static void put_so_far(struct wire_buffer *out, const json_t *work)
{
        const json_t *cases = json_object_get(work, "cases");

        if (!json_is_integer(cases))
                return;
        wire_put_text(out, ", ");
        wire_put_number(out, json_integer_value(cases));
        wire_put_text(out, " of ");
        wire_put_number(out, json_integer_value(json_object_get(work, "all")));
        wire_put_text(out, json_integer_value(json_object_get(work, "all")) == 1 ? " case" : " cases");
}

static void put_seconds_left(struct wire_buffer *out, const json_t *work)
{
        const json_t *left = json_object_get(work, "seconds_left");

        if (!json_is_integer(left))
                return;
        wire_put_text(out, ", some ");
        wire_put_number(out, json_integer_value(left));
        wire_put_text(out, " s left");
}

/* What stands is gathered in steps, to be told. */
static void status_heartbeat(struct wire_buffer *out, const json_t *heartbeat)
{
        if (!json_is_object(heartbeat))
                return;
        put_label(out, "Heartbeat");
        wire_put_text(out, "gathering");
        put_so_far(out, heartbeat);
        put_seconds_left(out, heartbeat);
        wire_put_text(out, "\n");
        status_line(out, "  since", heartbeat, "since");
}

/* An import in pieces. */
static void status_import(struct wire_buffer *out, const json_t *import)
{
        const json_t *events = json_object_get(import, "events"), *repeated = json_object_get(import, "repeated");

        if (!json_is_object(import))
                return;
        put_label(out, "Import");
        wire_put_text(out, "under way");
        if (json_is_integer(events)) {
                wire_put_text(out, ", ");
                wire_put_number(out, json_integer_value(events));
                wire_put_text(out, json_integer_value(events) == 1 ? " event recorded" : " events recorded");
        }
        if (json_integer_value(repeated) > 0) {
                wire_put_text(out, ", ");
                wire_put_number(out, json_integer_value(repeated));
                wire_put_text(out, " there before");
        }
        wire_put_text(out, "\n");
        status_line(out, "  since", import, "since");
}

/* Rules that come into force in steps: what is done, how far it is, and how long it will take. */
static void status_change(struct wire_buffer *out, const json_t *change)
{
        if (!json_is_object(change))
                return;
        put_label(out, "Change");
        put_clean(out, member_text(change, "doing"));
        put_so_far(out, change);
        put_seconds_left(out, change);
        wire_put_text(out, "\n");
        status_line(out, "  since", change, "since");
        status_line(out, "  from rules", change, "before");
        status_line(out, "  to rules", change, "after");
}

static void status_downtime(struct wire_buffer *out, const json_t *downtime)
{
        for (size_t i = 0; i < json_array_size(downtime); i++) {
                const json_t *one = json_array_get(downtime, i);
                put_label(out, i == 0 ? "Down" : "");
                put_time(out, member_text(one, "from"));
                wire_put_text(out, " to ");
                put_time(out, member_text(one, "until"));
                wire_put_text(out, json_is_true(json_object_get(one, "orderly")) ? "\n" : " (not orderly)\n");
        }
}

static void write_status(const json_t *answer, struct wire_buffer *out)
{
        static const struct {
                const char *label, *key;
        } lines[] = {
                {"Version", "version"},
                {"Now", "now"},
                {"Today", "today"},
                {"Up to", "as_of"},
                {"Running since", "started_at"},
                {"Time zone", "time_zone"},
                {"Cases", "cases"},
                {"Events", "events"},
                {"Alerts", "alerts"},
                {"Last sweep", "last_sweep"},
                {"Next sweep", "next_sweep"},
                {"Unknown words", "unknown_events"},
                {"Connections", "connections"},
                {"Database bytes", "database_bytes"},
                {"Disk full", "disk_full"},
                {"Trouble", "trouble"},
                {"Test clock", "test_clock"},
        };
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                status_line(out, lines[i].label, answer, lines[i].key);
        if (json_is_null(json_object_get(answer, "cases")))
                wire_put_text(out, "Counts are not shown: there are cases that you do not see, or may not count.\n");
        status_counts(out, "Owed", json_object_get(answer, "open"));
        status_counts(out, "Outbox", json_object_get(answer, "outbox"));
        status_heartbeat(out, json_object_get(answer, "heartbeat"));
        status_import(out, json_object_get(answer, "import"));
        const json_t *rules = json_object_get(answer, "rules");
        status_line(out, "Rules", rules, "count");
        status_line(out, "Rules digest", rules, "digest");
        status_line(out, "In force", rules, "in_force");
        status_change(out, json_object_get(rules, "change"));
        if (member_text(rules, "awaiting")[0] != '\0')
                status_line(out, "Not accepted", rules, "awaiting");
        if (member_text(rules, "reload_failure")[0] != '\0')
                status_line(out, "Reload failed", rules, "reload_failure");
        status_downtime(out, json_object_get(answer, "downtime"));
}

/* ---- asking ---- */

static bool write_status_as(const json_t *answer, enum format format, struct wire_buffer *out)
{
        (void)format;
        write_status(answer, out);
        return true;
}

static enum outcome run_rules(const struct arguments *arguments)
{
        return show_answer(arguments, "/v1/rules", NULL, (struct http_need){"rules", JSON_ARRAY}, write_rules);
}

static enum outcome run_status(const struct arguments *arguments)
{
        return show_answer(arguments, "/v1/status", NULL, (struct http_need){"now", JSON_STRING}, write_status_as);
}

const struct command service_commands[] = {
        {"rules", "", "the rules in force", 0, 0, run_rules, {FORMAT_OPTIONS, SOCKET_OPTION}},
        {"status",
         "",
         "where everything stands",
         0,
         0,
         run_status,
         {{"--json", NULL, "JSON for programs"}, SOCKET_OPTION}},
        {0},
};
