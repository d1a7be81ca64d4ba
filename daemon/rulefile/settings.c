/*
 * settings - the configuration file as one value.
 *
 * A table per group says which settings there are; the walker reports what is
 * unknown, wrongly typed or missing. What is left here is meaning: sizes,
 * durations, hours, and the few settings that must agree with each other.
 */
#include <string.h>
#include <sys/un.h>

#include "mappad/ensure.h"
#include "settings.h"

#define PATH_SIZE_MAX 4095
#define ZONE_NAME_MAX 64
#define KIB UINT64_C(1024)
#define SECOND_MS UINT64_C(1000)

enum {
        TOP_STATE,
        TOP_SOCKET,
        TOP_RULES,
        TOP_CONTACTS,
        TOP_WATCH,
        TOP_ZONE,
        TOP_SWEEP,
        TOP_ACCESS,
        TOP_MAIL,
        TOP_ACKNOWLEDGE,
        TOP_LIMITS,
        TOP_COUNT
};
static const struct cfg_key top_keys[TOP_COUNT] = {
        [TOP_STATE] = {"state-directory", CFG_TEXT, 0},
        [TOP_SOCKET] = {"socket", CFG_TEXT, 0},
        [TOP_RULES] = {"rules", CFG_TEXTS, 0},
        [TOP_CONTACTS] = {"contacts", CFG_TEXT, 0},
        [TOP_ZONE] = {"time-zone", CFG_TEXT, 0},
        [TOP_SWEEP] = {"sweep-at", CFG_TEXTS, 0},
        [TOP_ACCESS] = {"access", CFG_GROUP, 0},
        [TOP_MAIL] = {"mail", CFG_GROUP, 0},
        [TOP_LIMITS] = {"limits", CFG_GROUP, 0},
        [TOP_WATCH] = {"watch-file", CFG_TEXT, 0},
        [TOP_ACKNOWLEDGE] = {"acknowledge", CFG_GROUP, 0},
};

enum {
        MAIL_URL,
        MAIL_FROM,
        MAIL_TLS,
        MAIL_CA,
        MAIL_USER,
        MAIL_PASSWORD,
        MAIL_DOMAINS,
        MAIL_CONNECTIONS,
        MAIL_COUNTS,
        MAIL_MARKING,
        MAIL_QUIET,
        MAIL_WORKING,
        MAIL_COUNT
};
static const struct cfg_key mail_keys[MAIL_COUNT] = {
        [MAIL_URL] = {"url", CFG_TEXT, CFG_REQUIRED},
        [MAIL_FROM] = {"from", CFG_TEXT, CFG_REQUIRED},
        [MAIL_TLS] = {"tls", CFG_TEXT, 0},
        [MAIL_CA] = {"ca-file", CFG_TEXT, 0},
        [MAIL_USER] = {"user", CFG_TEXT, 0},
        [MAIL_PASSWORD] = {"password-credential", CFG_TEXT, 0},
        [MAIL_DOMAINS] = {"allow-domains", CFG_TEXTS, CFG_REQUIRED},
        [MAIL_CONNECTIONS] = {"connections", CFG_INT, 0},
        [MAIL_COUNTS] = {"counts-only", CFG_BOOL, 0},
        [MAIL_MARKING] = {"marking", CFG_TEXT, 0},
        [MAIL_QUIET] = {"quiet-hours", CFG_TEXT, 0},
        [MAIL_WORKING] = {"working-days", CFG_BOOL, 0},
};

enum { ACKNOWLEDGE_DAYS, ACKNOWLEDGE_MAX, ACKNOWLEDGE_COUNT };
static const struct cfg_key acknowledge_keys[ACKNOWLEDGE_COUNT] = {
        [ACKNOWLEDGE_DAYS] = {"days", CFG_INT, 0},
        [ACKNOWLEDGE_MAX] = {"days-max", CFG_INT, 0},
};
#define ACKNOWLEDGE_DAYS_MAX 92 /* what nobody need look at for a quarter of a year is no alert */

enum { LIMIT_CONNECTIONS, LIMIT_USER, LIMIT_BODY, LIMIT_HEADER, LIMIT_IDLE, LIMIT_REQUEST, LIMIT_COUNT };
static const struct cfg_key limit_keys[LIMIT_COUNT] = {
        [LIMIT_CONNECTIONS] = {"connections", CFG_INT, 0},
        [LIMIT_USER] = {"per-user", CFG_INT, 0},
        [LIMIT_BODY] = {"body", CFG_TEXT, 0},
        [LIMIT_HEADER] = {"header", CFG_TEXT, 0},
        [LIMIT_IDLE] = {"idle", CFG_TEXT, 0},
        [LIMIT_REQUEST] = {"request", CFG_TEXT, 0},
};

struct unit {
        const char *word;
        uint64_t factor;
};

/* Digits, at most one space, a unit. Leading zeros would look octal to some: refused. */
static bool parse_quantity(const char *text, const struct unit *units, size_t count, uint64_t *ret_value)
{
        uint64_t number = 0;
        const char *at = text;

        if (*at == '0' && at[1] >= '0' && at[1] <= '9')
                return false;
        for (; *at >= '0' && *at <= '9'; at++) {
                if (number > (INT64_MAX - 9) / 10)
                        return false;
                number = number * 10 + (uint64_t)(*at - '0');
        }
        if (at == text)
                return false;
        if (*at == ' ')
                at++;
        for (size_t i = 0; i < count; i++)
                if (strcmp(at, units[i].word) == 0) {
                        if (number > (uint64_t)INT64_MAX / units[i].factor)
                                return false;
                        *ret_value = number * units[i].factor;
                        return true;
                }
        return false;
}

bool settings_parse_size(const char *text, uint64_t *ret_bytes)
{
        static const struct unit units[] = {{"B", 1}, {"KiB", KIB}, {"MiB", KIB * KIB}, {"GiB", KIB * KIB * KIB}};

        return parse_quantity(text, units, sizeof units / sizeof units[0], ret_bytes);
}

bool settings_parse_duration(const char *text, uint64_t *ret_ms)
{
        static const struct unit units[] = {{"ms", 1},
                                            {"s", SECOND_MS},
                                            {"min", 60 * SECOND_MS},
                                            {"h", 3600 * SECOND_MS},
                                            {"d", 86400 * SECOND_MS}};

        return parse_quantity(text, units, sizeof units / sizeof units[0], ret_ms);
}

static bool two_digits(const char *text, int max, int *ret_number)
{
        if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
                return false;
        *ret_number = (text[0] - '0') * 10 + (text[1] - '0');
        return *ret_number <= max;
}

bool settings_parse_time(const char *text, uint16_t *ret_minutes)
{
        int hours, minutes;

        if (strlen(text) != 5 || text[2] != ':' || !two_digits(text, 23, &hours) || !two_digits(text + 3, 59, &minutes))
                return false;
        *ret_minutes = (uint16_t)(hours * 60 + minutes);
        return true;
}

const char *settings_text(struct reading *reading, const struct cfg_node *node, size_t size_max, const char *otherwise)
{
        const char *text = cfg_text(node);

        if (text == NULL)
                return otherwise;
        if (text[0] == '\0' || strlen(text) > size_max) {
                cfg_error(reading->file, node, "\"%s\" must have 1 to %zu bytes", cfg_name(node), size_max);
                return otherwise;
        }
        return keep_text(reading->keep, text);
}

/* A text that may be empty, which is also what it is when it is absent. */
static const char *text_or_empty(struct reading *reading, const struct cfg_node *node)
{
        const char *text = cfg_text(node);

        return text == NULL || text[0] == '\0' ? "" : settings_text(reading, node, PATH_SIZE_MAX, "");
}

struct settings_texts settings_list(struct reading *reading, const struct cfg_node *node, size_t size_max)
{
        struct settings_texts list = {0};
        size_t count = cfg_count(node);
        const char **items = keep_room(reading->keep, count, sizeof *items);
        int *lines = keep_room(reading->keep, count, sizeof *lines);

        if (items == NULL || lines == NULL)
                return list;
        for (size_t i = 0; i < count; i++) {
                const char *text = cfg_text_at(node, i);

                if (text[0] == '\0' || strlen(text) > size_max)
                        cfg_error(reading->file, cfg_element(node, i), "each text of \"%s\" must have 1 to %zu bytes",
                                  cfg_name(node), size_max);
                items[i] = keep_text(reading->keep, text);
                lines[i] = cfg_line(cfg_element(node, i));
        }
        list.items = items;
        list.count = count;
        list.lines = lines;
        return list;
}

static struct settings_texts rules_or_default(struct reading *reading, const struct cfg_node *node)
{
        static const char *const standard[] = {"/etc/mappad/rules"};

        if (node == NULL)
                return (struct settings_texts){.items = standard, .count = 1};
        if (cfg_count(node) == 0)
                cfg_error(reading->file, node, "\"rules\" must name at least one directory or file");
        return settings_list(reading, node, PATH_SIZE_MAX);
}

/* Puts a time of day into its place among those before it. */
static void insert_minutes(struct settings *settings, uint16_t minutes)
{
        size_t at = settings->sweep_count++;

        for (; at > 0 && settings->sweep_minutes[at - 1] > minutes; at--)
                settings->sweep_minutes[at] = settings->sweep_minutes[at - 1];
        settings->sweep_minutes[at] = minutes;
}

static bool has_minutes(const struct settings *settings, uint16_t minutes)
{
        for (size_t i = 0; i < settings->sweep_count; i++)
                if (settings->sweep_minutes[i] == minutes)
                        return true;
        return false;
}

static void read_sweeps(struct reading *reading, const struct cfg_node *node)
{
        struct settings *settings = reading->settings;
        size_t count = cfg_count(node);

        if (node == NULL) {
                insert_minutes(settings, 7 * 60 + 30);
                return;
        }
        if (count == 0 || count > SETTINGS_SWEEPS_MAX) {
                cfg_error(reading->file, node, "\"sweep-at\" must have 1 to %d times of day", SETTINGS_SWEEPS_MAX);
                return;
        }
        for (size_t i = 0; i < count; i++) {
                uint16_t minutes;

                if (!settings_parse_time(cfg_text_at(node, i), &minutes))
                        cfg_error(reading->file, cfg_element(node, i),
                                  "\"%s\" is no time of day; write HH:MM, as in \"07:30\"", cfg_text_at(node, i));
                else if (has_minutes(settings, minutes))
                        cfg_error(reading->file, cfg_element(node, i), "\"sweep-at\" has %s twice",
                                  cfg_text_at(node, i));
                else
                        insert_minutes(settings, minutes);
        }
}

static bool starts(const char *text, const char *prefix)
{
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether the host of an smtp URL is this machine by its own number or name. */
static bool is_local(const char *url)
{
        static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
        const char *host = strstr(url, "://");

        host = host == NULL ? url : host + 3;
        for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
                size_t length = strlen(hosts[i]);

                if (strncmp(host, hosts[i], length) == 0 &&
                    (host[length] == '\0' || strchr(":/", host[length]) != NULL))
                        return true;
        }
        return false;
}

/* libcurl would take user and password from the URL, and its log would have them. */
static void check_url(struct reading *reading, const struct cfg_node *node)
{
        const char *url = cfg_text(node);

        if (url == NULL)
                return;
        if (!starts(url, "smtp://") && !starts(url, "smtps://"))
                cfg_error(reading->file, node, "\"url\" must begin with smtp:// or smtps://");
        else if (strpbrk(url, "@?# ") != NULL)
                cfg_error(reading->file, node,
                          "\"url\" is a host and a port alone: user and password have settings of their own");
}

static void read_tls(struct reading *reading, const struct cfg_node *node, struct settings_mail *mail)
{
        static const char *const words[] = {"required", "none"};
        const char *word = cfg_text(node);
        char hint[CFG_HINT_SIZE];

        mail->tls = SETTINGS_TLS_REQUIRED;
        if (word == NULL || strcmp(word, "required") == 0)
                return;
        if (strcmp(word, "none") != 0)
                cfg_error(reading->file, node, "\"tls\" is \"required\" or \"none\", not \"%s\"%s", word,
                          cfg_hint(reading->file->diagnostics, word, words, 2, hint));
        else if (mail->url != NULL && !is_local(mail->url))
                cfg_error(reading->file, node,
                          "\"tls\" may be \"none\" only for a relay on this machine (localhost, 127.0.0.1, [::1])");
        mail->tls = SETTINGS_TLS_NONE;
}

static bool is_quiet(const struct settings_mail *mail, uint16_t minutes)
{
        if (mail->quiet_from <= mail->quiet_until)
                return minutes >= mail->quiet_from && minutes < mail->quiet_until;
        return minutes >= mail->quiet_from || minutes < mail->quiet_until;
}

/* "HH:MM-HH:MM". A morning's message that no sweep may write would never be written. */
static void read_quiet(struct reading *reading, const struct cfg_node *node, struct settings_mail *mail)
{
        const struct settings *settings = reading->settings;
        const char *text = cfg_text(node);
        char first[6] = "";
        bool any = settings->sweep_count == 0;

        if (text == NULL || text[0] == '\0')
                return;
        if (strlen(text) == 11 && text[5] == '-')
                memcpy(first, text, 5);
        if (first[0] == '\0' || !settings_parse_time(first, &mail->quiet_from) ||
            !settings_parse_time(text + 6, &mail->quiet_until) || mail->quiet_from == mail->quiet_until) {
                cfg_error(reading->file, node, "\"%s\" are no hours; write HH:MM-HH:MM, as in \"19:00-07:00\"", text);
                return;
        }
        for (size_t i = 0; i < settings->sweep_count; i++)
                any = any || !is_quiet(mail, settings->sweep_minutes[i]);
        if (!any)
                cfg_error(reading->file, node,
                          "every hour of \"sweep-at\" lies in \"quiet-hours\": what can wait would wait for ever");
}

/* By number of the setting; last that of the group. */
static const int *lines_of_mail(struct reading *reading, const struct cfg_node *group,
                                const struct cfg_node *const *found)
{
        int *lines = keep_room(reading->keep, MAIL_COUNT + 1, sizeof *lines);

        for (size_t i = 0; lines != NULL && i < MAIL_COUNT; i++)
                lines[i] = cfg_line(found[i]);
        if (lines != NULL)
                lines[MAIL_COUNT] = cfg_line(group);
        return lines;
}

int settings_mail_line(const struct settings *settings, const char *name)
{
        for (size_t i = 0; settings->mail_lines != NULL && i < MAIL_COUNT; i++)
                if (strcmp(mail_keys[i].name, name) == 0 && settings->mail_lines[i] > 0)
                        return settings->mail_lines[i];
        return settings->mail_lines == NULL ? 0 : settings->mail_lines[MAIL_COUNT];
}

static void read_mail(struct reading *reading, const struct cfg_node *group)
{
        struct settings_mail *mail = &reading->settings->mail;
        const struct cfg_node *found[MAIL_COUNT];
        int32_t connections = 2;

        mail->marking = "OFFICIAL-SENSITIVE";
        mail->url = mail->from = mail->ca_file = mail->user = mail->password_credential = "";
        if (group == NULL)
                return;
        (void)cfg_group(reading->file, group, mail_keys, MAIL_COUNT, found);
        mail->enabled = true;
        reading->settings->mail_lines = lines_of_mail(reading, group, found);
        check_url(reading, found[MAIL_URL]);
        mail->url = settings_text(reading, found[MAIL_URL], PATH_SIZE_MAX, "");
        mail->from = settings_text(reading, found[MAIL_FROM], PATH_SIZE_MAX, "");
        read_tls(reading, found[MAIL_TLS], mail);
        mail->ca_file = text_or_empty(reading, found[MAIL_CA]);
        mail->user = text_or_empty(reading, found[MAIL_USER]);
        mail->password_credential = text_or_empty(reading, found[MAIL_PASSWORD]);
        if (mail->password_credential != NULL && strchr(mail->password_credential, '/') != NULL)
                cfg_error(reading->file, found[MAIL_PASSWORD],
                          "\"password-credential\" is the name of a systemd credential, not a path");
        mail->allow_domains = settings_list(reading, found[MAIL_DOMAINS], 253);
        if (found[MAIL_CONNECTIONS] != NULL)
                (void)cfg_int(reading->file, found[MAIL_CONNECTIONS], 1, 16, &connections);
        mail->connections = (uint32_t)connections;
        mail->counts_only = cfg_bool(found[MAIL_COUNTS], false);
        mail->marking = found[MAIL_MARKING] == NULL ? mail->marking : text_or_empty(reading, found[MAIL_MARKING]);
        read_quiet(reading, found[MAIL_QUIET], mail);
        mail->working_days = cfg_bool(found[MAIL_WORKING], false);
}

static void read_acknowledge(struct reading *reading, const struct cfg_node *group)
{
        struct settings_acknowledge *acknowledge = &reading->settings->acknowledge;
        const struct cfg_node *found[ACKNOWLEDGE_COUNT] = {NULL};
        int32_t days = 14, most = 28;

        if (group != NULL)
                (void)cfg_group(reading->file, group, acknowledge_keys, ACKNOWLEDGE_COUNT, found);
        if (found[ACKNOWLEDGE_MAX] != NULL &&
            !cfg_int(reading->file, found[ACKNOWLEDGE_MAX], 1, ACKNOWLEDGE_DAYS_MAX, &most))
                return;
        days = days < most ? days : most;
        if (found[ACKNOWLEDGE_DAYS] != NULL && !cfg_int(reading->file, found[ACKNOWLEDGE_DAYS], 1, most, &days))
                return;
        acknowledge->days = (uint32_t)days;
        acknowledge->days_max = (uint32_t)most;
}

/* A quantity within bounds, or a diagnostic with an example. */
struct quantity {
        bool (*parse)(const char *text, uint64_t *ret_value);
        uint64_t min, max;
        const char *range;
};

static void read_quantity(struct reading *reading, const struct cfg_node *node, const struct quantity *quantity,
                          uint64_t *ret_value)
{
        const char *text = cfg_text(node);
        uint64_t value = 0;

        if (text == NULL)
                return;
        if (!quantity->parse(text, &value) || value < quantity->min || value > quantity->max)
                cfg_error(reading->file, node, "\"%s\" must be %s, not \"%s\"", cfg_name(node), quantity->range, text);
        else
                *ret_value = value;
}

static void read_connections(struct reading *reading, const struct cfg_node *const *found)
{
        struct settings_limits *limits = &reading->settings->limits;
        int32_t connections = 64, per_user = 16;

        if (found[LIMIT_CONNECTIONS] != NULL &&
            !cfg_int(reading->file, found[LIMIT_CONNECTIONS], 1, 4000, &connections))
                return;
        if (per_user > connections)
                per_user = connections;
        if (found[LIMIT_USER] != NULL && !cfg_int(reading->file, found[LIMIT_USER], 1, connections, &per_user))
                return;
        limits->connections = (uint32_t)connections;
        limits->per_user = (uint32_t)per_user;
}

static void read_limits(struct reading *reading, const struct cfg_node *group)
{
        static const struct quantity body = {settings_parse_size, KIB, 64 * KIB * KIB,
                                             "a size from \"1 KiB\" to \"64 MiB\""};
        static const struct quantity header = {settings_parse_size, KIB, 64 * KIB,
                                               "a size from \"1 KiB\" to \"64 KiB\""};
        static const struct quantity idle = {settings_parse_duration, SECOND_MS, 86400 * SECOND_MS,
                                             "a duration from \"1 s\" to \"1 d\""};
        static const struct quantity request = {settings_parse_duration, SECOND_MS, 600 * SECOND_MS,
                                                "a duration from \"1 s\" to \"10 min\""};
        struct settings_limits *limits = &reading->settings->limits;
        const struct cfg_node *found[LIMIT_COUNT] = {NULL};

        *limits = (struct settings_limits){.connections = 64,
                                           .per_user = 16,
                                           .body_size_max = KIB * KIB,
                                           .header_size_max = 8 * KIB,
                                           .idle_ms = 60 * SECOND_MS,
                                           .request_ms = 10 * SECOND_MS};
        if (group == NULL)
                return;
        (void)cfg_group(reading->file, group, limit_keys, LIMIT_COUNT, found);
        read_connections(reading, found);
        read_quantity(reading, found[LIMIT_BODY], &body, &limits->body_size_max);
        read_quantity(reading, found[LIMIT_HEADER], &header, &limits->header_size_max);
        read_quantity(reading, found[LIMIT_IDLE], &idle, &limits->idle_ms);
        read_quantity(reading, found[LIMIT_REQUEST], &request, &limits->request_ms);
}

/* Names of what the daemon keeps in its state directory: the record with all that SQLite lays beside it, and when the
 * service last watched. */
static bool is_kept_name(const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;

        return strncmp(name, "mappad.db", 9) == 0 || strcmp(name, "watching") == 0;
}

/* A relative path would hang on where the daemon was started; a bare name does not. */
static void read_watch_file(struct reading *reading, const struct cfg_node *node)
{
        struct settings *settings = reading->settings;

        settings->watch_file = "last-sweep";
        if (node == NULL || cfg_text(node) == NULL)
                return;
        const char *text = cfg_text(node);
        settings->watch_file = text_or_empty(reading, node);
        if (text[0] != '/' && (strchr(text, '/') != NULL || text[0] == '.'))
                cfg_error(reading->file, node,
                          "\"watch-file\" must be a path that begins with \"/\", or the name of a file in the state "
                          "directory, not \"%s\"",
                          text);
        else if (is_kept_name(text))
                cfg_error(reading->file, node,
                          "\"watch-file\" must not be \"%s\": the daemon keeps something else under that name; "
                          "the default is \"last-sweep\"",
                          text);
}

static void read_all(struct reading *reading)
{
        struct settings *settings = reading->settings;
        const struct cfg_node *found[TOP_COUNT];

        (void)cfg_group(reading->file, cfg_root(reading->file), top_keys, TOP_COUNT, found);
        settings->file = keep_text(reading->keep, reading->file->name);
        settings->state_directory = settings_text(reading, found[TOP_STATE], PATH_SIZE_MAX, "/var/lib/mappad");
        settings->socket = settings_text(reading, found[TOP_SOCKET], sizeof((struct sockaddr_un *)NULL)->sun_path - 1,
                                         "/run/mappad/mappad.sock");
        settings->rules = rules_or_default(reading, found[TOP_RULES]);
        settings->contacts = settings_text(reading, found[TOP_CONTACTS], PATH_SIZE_MAX, "/etc/mappad/contacts.cfg");
        read_watch_file(reading, found[TOP_WATCH]);
        settings->time_zone_line = cfg_line(found[TOP_ZONE]);
        settings->time_zone = settings_text(reading, found[TOP_ZONE], ZONE_NAME_MAX, "Europe/London");
        read_sweeps(reading, found[TOP_SWEEP]);
        settings_read_access(reading, found[TOP_ACCESS]);
        read_mail(reading, found[TOP_MAIL]);
        read_acknowledge(reading, found[TOP_ACKNOWLEDGE]);
        read_limits(reading, found[TOP_LIMITS]);
}

static void read_settings(struct keep *keep, const struct cfg_file *file, void *context)
{
        struct reading reading = {.file = file, .keep = keep, .settings = (struct settings *)(void *)keep->value};

        (void)context;
        read_all(&reading);
}

static enum status load(const struct keep_source *source, struct settings **ret_settings)
{
        void *value = NULL;
        enum status status = keep_load(source, sizeof **ret_settings, read_settings, NULL, &value);

        if (status == STATUS_OK)
                *ret_settings = value;
        return status;
}

enum status settings_load(const char *path, struct diagnostics *diagnostics, struct settings **ret_settings)
{
        return load(&(struct keep_source){.path = path, .diagnostics = diagnostics}, ret_settings);
}

enum status settings_load_text(const char *name, const char *text, size_t length, struct diagnostics *diagnostics,
                               struct settings **ret_settings)
{
        const struct rulefile_text source = {name, text, length};

        return load(&(struct keep_source){.text = &source, .diagnostics = diagnostics}, ret_settings);
}

void settings_free(struct settings *settings)
{
        keep_free(settings);
}
