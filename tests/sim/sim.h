/*
 * sim - one run of the simulation: what its files share.
 *
 * A run is a function of its seed: chance comes from one generator, the clock
 * is a number, nothing else is asked. So the same seed gives the same log.
 */
#ifndef SIM_H
#define SIM_H

#include <stdarg.h>
#include <stdio.h>

#include "mappad/app.h"
#include "mappad/app_alert.h"
#include "mappad/app_query.h"
#include "model.h"

#define SIM_LAWS 3
#define DAY_MS INT64_C(86400000)

/* How much happens in a life. Numbers are of days: on one of so many, by chance. */
struct sim_temper {
        const char *name;
        uint32_t cases;
        uint32_t records, small_hours; /* something is recorded: in the day, before the sweep */
        uint32_t laws[2];              /* another law comes: at once, in steps */
        uint32_t crashes, outages;
        bool hours;      /* days go by the hour */
        uint32_t clocks; /* the clock is set on one of so many days that are lived; 0: never */
        uint32_t sleeps, slept; /* the machine sleeps for up to so many days; 0: never */
        uint32_t looks, checks; /* what is derived is held against the model; one look in so many verifies everything */
};

/* What the judges ask of the record again and again. */
enum sim_question { SIM_LETTERS, SIM_CALENDARS, SIM_BROUGHT, SIM_WAITING, SIM_WRITTEN, SIM_PENDING, SIM_QUESTIONS };

/* An event that was recorded, by the id its client gave it. */
struct sim_event {
        char id[16], ref[33];
        uint64_t seq;
};
struct sim_item {
        char ref[33], key[16];
        bool order;
};
/* A stage that was told, so that it can be acknowledged; roles are those told and those silenced. */
struct sim_told {
        uint64_t id;
        struct model_ack as; /* role and until are left open */
        char roles[MODEL_NAMES][33];
        size_t role_count;
        bool breach;
        bool reached; /* it tells of a milestone on its day */
};
/* A message as the mail server saw it. */
struct sim_letter {
        char message_id[96], recipient[64];
        char *text;
        unsigned seen;
        bool done;
};

/* A date in the diary of somebody, as the latest calendar has it. */
struct sim_entry {
        char recipient[64], uid[96], content[288];
        char held[288];  /* what it said before it was taken out */
        int32_t started; /* of the obligation that it was of then, if but one read so */
        long sequence; /* -1: nothing was said yet */
        bool gone;
};

/* An alert about a duty, as it was heard: what of it, under which dates, and to whom. */
struct sim_heard {
        enum alert_kind kind;
        char ref[33], rule[48], item[33], to[128];
        int32_t started, due, nominal;
};

/* What became of the batch handed over last. */
struct sim_answer {
        enum status status;
        bool told;
        uint64_t recorded, repeated;
};

struct sim {
        uint64_t seed, chance;
        int32_t days;
        const struct sim_temper *temper;
        FILE *log;     /* or NULL */
        uint64_t hash; /* of every line of the log */
        bool failed;
        bool plant; /* the model makes a mistake */

        const struct ruleset *laws[SIM_LAWS];
        const struct contacts *contacts;
        int law, coming; /* coming: is on its way in steps; -1: none is */
        char directory[64];
        struct app_settings settings;
        struct app *app;
        struct sqlite3 *reader; /* see sim_ask; NULL: nobody looked since the app was opened */
        struct sqlite3_stmt *asked[SIM_QUESTIONS];
        struct moment now;
        struct model model;
        struct arena texts;

        struct sim_event *events;
        size_t event_count, event_capacity;
        struct sim_item items[4096];
        size_t item_count;
        uint64_t lines_made, last_alert;
        struct sim_answer answer;
        struct sim_told told[64]; /* the latest, in turn */
        size_t told_count;
        struct sim_letter *letters;
        size_t letter_count, letter_capacity;
        struct sim_entry *entries;
        size_t entry_count, entry_capacity;
        int64_t last_written; /* by the hour: whose hour was looked at */
        uint64_t turns, in_quiet, withheld;
        int64_t last_message; /* whose calendar was looked at */
        struct sim_heard *heard;
        size_t heard_count, heard_capacity;
        int32_t spoken;         /* day of the last sweep */
        int64_t last_heartbeat; /* the last letter that was held against what stands */
        uint64_t heartbeats, all_clears;
        int32_t astray;        /* by so many days the clock is wrong */
        bool stepping;         /* the clock was just set: a start may be refused */
        uint64_t steps, steps_back, starts_refused;
        int32_t weighed;        /* day on which its memory was looked at last */
        long long weight, left; /* bytes: the most of it at rest, and what was left of one that ended */
        unsigned rises;         /* how often more was left than before */
        uint64_t meanwhile; /* deeds between the steps of a sweep */
        bool draining; /* every message is taken now */
        uint64_t in_steps; /* laws that came into force so */
        uint64_t starts, starts_died; /* a start that died was followed by another */
        uint64_t lived; /* days that were not slept or missed */
        uint64_t alerts, crashes, refused, told_twice, acks, silenced;
        uint64_t deputies; /* alerts that a deputy was told of */
};

/* ---- sim.c ---- */

uint32_t sim_chance(struct sim *sim, uint32_t below);
bool sim_one_in(struct sim *sim, uint32_t n);
/* Purpose: a line of the log; the run has failed, with the reason. */
void sim_log(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Purpose: it is that minute of the day. */
void sim_at(struct sim *sim, int32_t minute);
/* Purpose: what each turn of the daemon does first; with nothing to send, nothing else of a post would bring the day. */
void sim_begin_day(struct sim *sim);

/* ---- deeds.c: what happens ---- */

/* Purpose: a disk that is full for a moment, or a process that dies at one of some writes; usually nothing. Whether it
 * died of that: then it was opened again. A disk that was full is not any more. */
void sim_tempt_fate(struct sim *sim, uint32_t writes);
int32_t sim_today(const struct sim *sim); /* the day that counts for the application */
bool sim_dying(void); /* it will be dead when it is asked */
bool sim_died(struct sim *sim);

enum status sim_open(struct sim *sim);
void sim_crash(struct sim *sim);
void sim_record(struct sim *sim, size_t line_count);
void sim_import(struct sim *sim);
void sim_sweep(struct sim *sim, int32_t day, int32_t minute);
void sim_meanwhile(struct sim *sim, int32_t day); /* between two steps of one of that day that has raised what it will */
void sim_outage(struct sim *sim);
void sim_sleep(struct sim *sim); /* the process is there all the while, and no clock of its own tells it */
/* Purpose: a letter is opened and carried, whatever becomes of it. context: the simulation. */
void sim_open_letter(void *context, const struct app_message *message);
void sim_post(struct sim *sim);
void sim_acknowledge(struct sim *sim);

/* ---- clocks.c: the clock of the machine is set ---- */

void sim_set_clock(struct sim *sim);
void sim_put_right(struct sim *sim);

/* ---- hours.c: by the hour ---- */

/* Purpose: sweeps and quiet times of such a life; whether now is quiet; one day of it. */
void sim_settle_hours(struct sim *sim);
bool sim_quiet(const struct sim *sim);
void sim_live_by_the_hour(struct sim *sim);

/* ---- memory.c: what the application keeps ---- */

/* Purpose: of an application that is open, now and then; of one that has ended, and nothing of it is there any more. */
void sim_weigh(struct sim *sim);
void sim_weigh_rest(struct sim *sim);

/* ---- laws.c: other laws ---- */

void sim_change_law(struct sim *sim);
/* Purpose: a law is on its way; the one in force is whatever the application says. */
void sim_expect(struct sim *sim, int law);
/* Purpose: a law that is on its way goes on, by a step or two. */
void sim_turn_over(struct sim *sim);

/* ---- judge.c: whether it was right ---- */

/* Purpose: what was raised since the last look is what the model says, no more, no less. */
void sim_compare(struct sim *sim);
/* Purpose: after a sweep: names and sequences of dates in diaries are right, and whoever got a digest has no date in the
 * diary that is not due. (diary.c) */
void sim_compare_diaries(struct sim *sim);
/* Purpose: an alert was heard; after the sweep of a day: letters of heartbeats tell what stands, and an all-clear is one.
 * (heartbeat.c) */
void sim_remember(struct sim *sim, const struct app_alert *alert);
void sim_compare_heartbeats(struct sim *sim, int32_t day);
/* Purpose: the cached obligations and the counters are those of a fresh derivation. */
void sim_compare_cache(struct sim *sim);
/* Purpose: the certificate reconciles, and its open answers are the open obligations. (certificate.c) */
void sim_compare_certificate(struct sim *sim);
/* Purpose: all mailboxes, NULL at the end; whether a role or agency means one on a day; the contacts as a file; at the
 * end: every alert was in letters to just those whom its names meant. (mailboxes.c) */
extern const char *const sim_mailboxes[];
bool sim_answers(const char *name, int32_t day, const char *mailbox);
/* Whether names of one alert may be told at different times: of quiet times, or a clock that shows days again. */
bool sim_tells_apart(const struct sim *sim);
void sim_write_contacts(FILE *file);
struct sqlite3;
void sim_compare_mailboxes(struct sim *sim, struct sqlite3 *db);
/* Purpose: a question over a connection of the judges' own to the record, both kept until the app ends, since reading the
 * schema costs more than what they ask; NULL: the run has failed. All of it closed, before the app ends in whatever way. */
struct sqlite3_stmt *sim_ask(struct sim *sim, enum sim_question question);
void sim_look_away(struct sim *sim);
/* Purpose: at the end: everything was delivered or reported, once, and the chain holds. The app is closed. */
void sim_reckon(struct sim *sim);

#endif
