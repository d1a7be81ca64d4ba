/*
 * settings - what /etc/mappad/mappad.conf says.
 *
 * Read once at start and once at each reload into one immutable value. Every
 * setting has a default except those marked required; what is unknown, of the
 * wrong type or impossible is an error with its line, and all are reported.
 * docs/mappad.conf.5 describes each setting for the operator.
 */
#ifndef MAPPAD_SETTINGS_H
#define MAPPAD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/diagnostics.h"
#include "mappad/status.h"

#define SETTINGS_SWEEPS_MAX 24          /* hours of a day at which to sweep */

/* A list of texts; none is NULL. */
struct settings_texts {
        const char *const *items;
        size_t count;
        const int *lines;               /* of the file, one for each text; NULL: they are a default */
};

#define SETTINGS_SCOPES_MAX 62          /* compartments and agencies together: SIGHT_SCOPES_MAX */

/* Who sees which cases, as it was written; held against the rules' words by scopes_make (scopes.h). */
enum settings_scope_kind { SETTINGS_COMPARTMENT, SETTINGS_AGENCY };
struct settings_term { const char *name; struct settings_texts values; int line; };
struct settings_names { struct settings_texts names; int line; };
struct settings_scope {
        enum settings_scope_kind kind;
        const char *group;              /* name of a Unix group */
        bool hides_counts;              /* COMPARTMENT */
        const struct settings_term *when; size_t when_count;    /* COMPARTMENT: all of it holds of its cases */
        const char *agency;             /* AGENCY: the word that one of these attributes holds ... */
        struct settings_names cases;    /* ... of its cases */
        struct settings_names items;    /* ... of items that it sees in cases of others */
        int line;
};

enum settings_tls {
        SETTINGS_TLS_REQUIRED,          /* encrypted and verified, or no mail leaves */
        SETTINGS_TLS_NONE               /* for a relay on this very machine: refused for any other host */
};

struct settings_mail {
        bool enabled;                   /* false: the file has no `mail`, alerts reach the socket alone */
        const char *url;                /* smtp:// or smtps://; required */
        const char *from;               /* required; its grammar is the mail room's business */
        enum settings_tls tls;
        const char *ca_file;            /* "": the system's */
        const char *user;               /* "": no login */
        const char *password_credential;        /* name of a systemd credential; "": none */
        struct settings_texts allow_domains;    /* empty: nobody may be written to */
        uint32_t connections;           /* 1 .. 16; default 2 */
        bool counts_only;
        const char *marking;            /* of each message; default "OFFICIAL-SENSITIVE", "": none */
        /* Minutes of the day between which only breaches are written of, over midnight if until is less; equal: never,
         * the default. At least one sweep lies outside. */
        uint16_t quiet_from, quiet_until;
        bool working_days;              /* what can wait is written on working days alone; default false */
};

struct settings_acknowledge {
        uint32_t days;                  /* how long one holds unless it says otherwise; 1 .. days_max; default 14 */
        uint32_t days_max;              /* and at most; 1 .. 92; default 28 */
};

struct settings_limits {
        uint32_t connections;           /* 1 .. 4000; default 64 */
        uint32_t per_user;              /* 1 .. connections; default 16, or connections where that is less */
        uint64_t body_size_max;         /* 1 KiB .. 64 MiB; default 1 MiB */
        uint64_t header_size_max;       /* 1 KiB .. 64 KiB; default 8 KiB */
        uint64_t idle_ms;               /* 1 s .. 1 day; default 60 s */
        uint64_t request_ms;            /* 1 s .. 10 minutes; default 10 s */
};

struct settings {
        const char *file;               /* where it was read from, for diagnostics */
        const char *state_directory;    /* default "/var/lib/mappad"; STATE_DIRECTORY is main's business */
        const char *socket;             /* default "/run/mappad/mappad.sock"; fits a socket address */
        struct settings_texts rules;    /* default "/etc/mappad/rules" */
        const char *contacts;           /* default "/etc/mappad/contacts.cfg" */
        const char *watch_file;         /* time of the last sweep; a bare name lies in the state directory; "": none;
                                           default "last-sweep" */
        int time_zone_line;             /* 0: a default */
        const char *time_zone;          /* default "Europe/London"; shape checked, existence is the wall clock's */
        uint16_t sweep_minutes[SETTINGS_SWEEPS_MAX];    /* minutes after midnight, rising; default 07:30 */
        size_t sweep_count;             /* >= 1 */
        struct settings_texts readers, writers, admins; /* names of Unix groups; default none */
        const struct settings_scope *scopes; size_t scope_count;        /* compartments, then agencies */
        struct settings_mail mail;
        const int *mail_lines;          /* see settings_mail_line */
        struct settings_acknowledge acknowledge;
        struct settings_limits limits;
};

/* Purpose: read a configuration file.
 * Owns: *ret_settings, for the caller to free with settings_free.
 * Errors: STATUS_INVALID: every reason is in diagnostics; STATUS_NO_MEMORY. */
MUST_CHECK enum status settings_load(const char *path, struct diagnostics *diagnostics, struct settings **ret_settings);
/* Purpose: the same from text; name is what diagnostics call it. */
MUST_CHECK enum status settings_load_text(const char *name, const char *text, size_t length,
                                          struct diagnostics *diagnostics, struct settings **ret_settings);
/* Purpose: release settings. NULL is nothing. */
void settings_free(struct settings *settings);

/* Purpose: the line of a setting of mail, by its name; that of the group where it is a default; 0 without mail. */
int settings_mail_line(const struct settings *settings, const char *name);

/* Purpose: whether going from one to the other needs a restart: the first of state-directory,
 * socket, watch-file, time-zone, sweep-at and mail that differs, or NULL. */
const char *settings_needs_restart(const struct settings *before, const struct settings *after);

/* Purpose: read a size: digits, a space or none, and B, KiB, MiB or GiB. Example: "1 MiB" is 1048576.
 * Errors: false, *ret_bytes untouched; also past 2^63 - 1. */
bool settings_parse_size(const char *text, uint64_t *ret_bytes);
/* Purpose: read a duration: digits and ms, s, min, h or d. Example: "60 s" is 60000. */
bool settings_parse_duration(const char *text, uint64_t *ret_ms);
/* Purpose: read a time of day "HH:MM" as minutes after midnight. Example: "07:30" is 450. */
bool settings_parse_time(const char *text, uint16_t *ret_minutes);

#endif
