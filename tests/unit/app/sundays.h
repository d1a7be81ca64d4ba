/*
 * sundays - what tests of heartbeats in steps share: a sweep of a Sunday that is taken step by step, and the letters
 * that come of it.
 */
#ifndef TEST_SUNDAYS_H
#define TEST_SUNDAYS_H

#include "world.h"

/* What was told in the end. */
struct letters {
        uint64_t hash;
        size_t count, used, shown;
        char subjects[2048];
};

static inline uint64_t hashed(uint64_t hash, const char *text)
{
        for (; *text != '\0'; text++)
                hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
        return hash;
}

static inline void take(void *context, const struct app_message *message)
{
        struct letters *letters = context;

        if (message->urgent)
                return;
        letters->count++;
        letters->hash = hashed(hashed(hashed(letters->hash, message->recipient), message->text), message->html);
        letters->used += (size_t)snprintf(letters->subjects + letters->used, sizeof letters->subjects - letters->used, "%s: %s\n",
                                          message->recipient, message->subject);
        assert_true(letters->used < sizeof letters->subjects);
        for (const char *at = message->text; (at = strstr(at, "  C-")) != NULL; at++)
                letters->shown++;
}

static inline void stepping(struct world *world, uint64_t at_once)
{
        world->settings.change = (struct app_stepping){.at_once = at_once, .step = 1};
        world_open(world);
}

static inline void begin(struct world *world, const char *day)
{
        world_init(world, WORLD_LAW, day);
        app_close(world->app, world->now);
        stepping(world, 1);
}

static inline void next_day(struct world *world, const char *sunday)
{
        world_live(world, sunday);
        (void)world_post(world);
        world->now.today += 1;
        world->now.ms += DAY_MS;
        world->now.minute = 540;
}

static inline enum status a_step(struct world *world, bool *ret_more)
{
        struct app_sweep_result result = {.more = false};
        enum status status = app_sweep(world->app, world->now, (struct sweep_slot){world->now.today, 450}, &result);

        *ret_more = result.more;
        return status;
}

static inline struct app_gathering gathered(struct world *world)
{
        struct app_status status;

        assert_int_equal(app_status(world->app, world->now, &status), STATUS_OK);
        return status.gathering;
}

/* So many buoys, laid on 5 January: due in ten days, and told of as due soon. */
static inline void lay(struct world *world, unsigned count)
{
        char line[128];

        for (unsigned i = 0; i < count; i++) {
                snprintf(line, sizeof line, "{'case':'C-%03u','event':'buoy-laid','item':'B1','on':'2023-01-05'}\n", i);
                world_recorded(world, line);
        }
}

#define assert_unit_told(letters, what) \
        assert_non_null(strstr((letters).subjects, "unit@sea.example: [OFFICIAL-SENSITIVE] Sea office: " what "\n"))

/* ---- what goes on between steps ---- */

static inline void say(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void say(struct world *world, const char *format, ...)
{
        char line[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        /* What does not fit the record is refused in both worlds alike. */
        (void)world_record(world, line);
}

/* A start after it would read the new files, too. */
static inline void contacts_come(struct world *world, const char *contacts)
{
        world->contacts = contacts;
        assert_int_equal(app_reload(world->app, world->now, world_rules(world, world->law, contacts), world->problem), STATUS_OK);
}

/* What one world is to do with the sweep of a Sunday. */
struct play {
        const char *sunday;
        bool at_once;                                       /* what stands is found by one pass, after all deeds */
        void (*deed)(struct world *world, unsigned number); /* between the steps, one after each */
        unsigned deeds;
        unsigned after; /* so many steps */
        unsigned calls; /* that the sweep took */
};

/* Sunday comes, and its sweep raises, gathers and writes, with deeds in between. */
static inline struct letters sunday(struct world *world, struct play *play)
{
        struct letters letters = {.hash = 0};
        unsigned done = 0;
        bool more = true;

        next_day(world, play->sunday);
        for (play->calls = 0; more; play->calls++) {
                assert_int_equal(a_step(world, &more), STATUS_OK);
                assert_true(more || play->calls > 0);
                while (more && done < play->deeds && (play->at_once || done + play->after < play->calls))
                        play->deed(world, done++);
                if (play->at_once && play->calls == 0) {
                        world_crash(world);
                        stepping(world, 1000);
                }
        }
        assert_int_equal(done, play->deeds);
        assert_int_equal(world_letters(world->app, world->now, 5000, take, &letters), STATUS_OK);
        return letters;
}

#endif
