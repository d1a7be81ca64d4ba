/*
 * daemon - what the files of the wiring share. Private to the daemon folder.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>

#include "mappad/access.h"
#include "mappad/api.h"
#include "mappad/app.h"
#include "mappad/contacts.h"
#include "mappad/listener.h"
#include "mappad/loop.h"
#include "mappad/mail.h"
#include "mappad/rulefile.h"
#include "mappad/scopes.h"
#include "mappad/settings.h"
#include "mappad/wallclock.h"

struct options {
        const char *config;
        const char *test_clock;         /* NULL: the real one */
        bool check;
        bool help;
        bool version;
};

/* Purpose: read the command line. False, with a sentence on standard error, when it is wrong. */
bool options_read(int count, char **arguments, struct options *ret_options);
void options_help(void);

/* Everything that files say, checked together. */
struct material {
        struct settings *settings;
        struct ruleset *ruleset;
        struct contacts *contacts;      /* NULL without mail */
        struct scopes *scopes;          /* of compartments and agencies, over ruleset */
        struct access_policy policy;
};

/* What texts are held against: the settings, and the rules and contacts in force. */
struct material_ground {
        const struct settings *settings;
        const struct ruleset *ruleset;
        const struct contacts *contacts;
        int32_t today;
};

/* Purpose: read rules and contacts as settings name them, and what depends on the system: groups, mail's files.
 * Shape: material->settings is there; the rest is empty. allow_domains are those of the running mail room.
 * Errors: STATUS_INVALID, every reason in problems; STATUS_NO_MEMORY. material may be partly filled. */
MUST_CHECK enum status material_load(struct material *material, int32_t today, struct diagnostics *problems);
/* Purpose: the same of rules and contacts that somebody sent; what was not sent is what is in force. */
MUST_CHECK enum status material_load_texts(struct material *material, const struct api_texts *texts,
                                           const struct material_ground *ground, struct diagnostics *problems);
/* Purpose: release what is still in it. */
void material_fini(struct material *material);
/* Purpose: the options of the mail room as settings have them. */
struct mail_options material_mail(const struct settings *settings, const struct contacts *contacts);

#define RELOAD_FAILURE_SIZE 512
#define DAEMON_STATUS_SIZE 192

/* Of rules that are to come: what takes effect with them. */
struct coming { struct access_policy policy; char digest[65]; };

struct daemon {
        struct options options;
        struct settings *settings;      /* as at start: whatever needs a restart is read from here */
        struct access_policy policy;
        struct coming coming;
        struct wallclock *clock;
        struct loop *loop;
        struct listener listener;
        struct app *app;
        struct mail *mail;              /* NULL without mail */
        struct api *api;
        struct wallclock_schedule sweeps;
        struct wallclock_slot latest, next;     /* of the sweeps, around the moment of the last turn */
        int64_t started_ms, loaded_ms;
        int64_t sweeping_us;            /* work of the sweep in hand so far ... */
        struct app_sweep_result swept;  /* ... and what it raised and wrote; of more than one, if one was begun anew */
        int64_t sweep_us;               /* of the last one; -1: none since the start */
        uint64_t mail_attempts[APP_VERDICTS];
        char watch_file[APP_PATH_MAX];  /* "": none */
        bool watch_file_failed;         /* it was said that it cannot be written */
        bool beat;                      /* the watchdog waits for a ping */
        bool stop;
        enum status trouble;            /* of the last turn, so that it is said once */
        int64_t turn_ms, turn_us;       /* of the last turn: the time, and a clock that stands in a sleep */
        struct http_times turns;
        bool stirred;                   /* something was written since the last pause */
        int64_t working_us;             /* when the service manager was last told that long work goes on */
        int64_t worked_us;              /* processor time up to the end of the last turn; 0: none has ended */
        int64_t noted_ms;               /* when app_watching was last told */
        char reload_failure[RELOAD_FAILURE_SIZE];       /* "": the last reload went well */
        char awaiting[65];              /* seal of what the files said at the last reload, not accepted; "": none */
};

/* Purpose: the end of each turn: deliver, commit, answer, advance, sweep, arm, ping. */
void daemon_turn(void *context);
/* Purpose: bring today and the sweeps up to date before the first client is served. */
void daemon_catch_up(struct daemon *daemon);
/* Purpose: read everything anew and put it in force, or keep everything (api.h, struct api_host). */
MUST_CHECK enum status daemon_reload(void *context, struct api_reload *reload, struct diagnostics *problems);
/* Purpose: read rules and contacts for a comparison (api.h, struct api_host). */
MUST_CHECK enum status daemon_read(void *context, const struct api_texts *texts, struct app_rules *ret_rules,
                                   struct diagnostics *problems);
/* Purpose: rules and contacts of a material as the app takes them; on its STATUS_OK they are the material's no more. */
struct app_rules daemon_give_rules(struct material *material);
void daemon_gave_rules(struct material *material);
/* Purpose: note whose policy it is that takes effect when rules come into force, at once or in steps, and say so in the
 * log; say that they come in steps, if they do. */
void daemon_expect_rules(struct daemon *daemon, const struct access_policy *policy, struct app_rules *rules);
void daemon_tell_coming(struct daemon *daemon);
/* Purpose: nothing may have been asked for a while: give back memory. */
void daemon_pause(void *context);
/* Purpose: the same by SIGHUP, told to the service manager and the log. */
void daemon_reload_signalled(void *context);
/* Purpose: put the time of the last sweep, if there was one, into the file that settings name. */
void daemon_tell_watch_file(struct daemon *daemon);
/* Purpose: `latest` and `next` as of now. Finding them searches the time zone database, which costs more than a whole
 * answer: they are kept until the next has come or the clock was set back before the latest. */
void daemon_find_slots(struct daemon *daemon, struct moment now);
/* Purpose: the line that `systemctl status` shows. */
void daemon_tell_status(struct daemon *daemon, char ret_line[static DAEMON_STATUS_SIZE]);
/* Purpose: say every problem in the log. */
void daemon_log_problems(const struct diagnostics *problems);

#endif
