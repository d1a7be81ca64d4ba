/*
 * turning - a world in which other rules come into force in steps, and what is kept of it.
 */
#ifndef TESTS_UNIT_APP_TURNING_H
#define TESTS_UNIT_APP_TURNING_H

#include "sound.h"
#include "world.h"

#include <sqlite3.h>

#include "mappad/app_change.h"
#include "mappad/app_turn.h"

#define INSPECTION_EVERY(weeks)                                                                                          \
        WORLD_RULE("inspection", "applies = { class = [\"1\", \"2\"]; }; runs = { lamp = \"lit\"; }; on-pause = \"continue\";" \
                                 " needs = [\"lamp\"]; every = \"" weeks " weeks after\"; met-by = { event = \"visited\"; };"  \
                                 " booked-by = \"next-visit\"; alerts = ( { at = \"3 weeks before\"; to = \"chair\"; },"       \
                                 " { at = \"overdue\"; to = [\"unit\", \"$keeper\"]; } );")
#define BUOY_SOON                                                                                          \
        WORLD_RULE("buoy-check", "per = \"buoy\"; within = \"5 days after\"; from = { event = \"buoy-laid\"; };" \
                                 " met-by = { event = \"buoy-checked\"; }; alerts = ( { at = \"overdue\"; to = \"unit\"; urgent = true; } );")
/* Dates move, a duty goes, another comes. */
static const char *const laws[] = {WORLD_LAW, "rules = (" INSPECTION_EVERY("6") "," BUOY_SOON "," WORLD_FEAST ");",
                                   "rules = (" INSPECTION_EVERY("10") "," WORLD_BUOY "," WORLD_LICENCE ");"};
enum { LAWS = sizeof laws / sizeof *laws };

static inline struct app_rules law(struct world *world, int number)
{
        return world_rules(world, laws[number], world->contacts);
}

static inline void reload(struct world *world, int number)
{
        assert_int_equal(app_reload(world->app, world->now, law(world, number), world->problem), STATUS_OK);
}

static inline bool step(struct world *world)
{
        bool more = false;

        assert_int_equal(app_turn_over(world->app, world->now, &more), STATUS_OK);
        return more;
}

static inline struct app_turnover standing(struct world *world)
{
        struct app_turnover now;

        assert_int_equal(app_turnover_now(world->app, &now), STATUS_OK);
        return now;
}

static inline void begin_in_steps(struct world *world, const char *text, const char *day)
{
        world_init(world, text, day);
        app_close(world->app, world->now);
        world->settings.change.at_once = 1;
        world->settings.change.step = 1;
        world_open(world);
}

static inline void in_steps(struct world *world, const char *day)
{
        begin_in_steps(world, laws[0], day);
}

/* ---- what is kept ---- */

static inline char *dump(const struct world *world, const char *sql)
{
        char path[128], *text = calloc(1, 1 << 20);
        sqlite3_stmt *stmt = NULL;
        sqlite3 *db = NULL;
        size_t used = 0;

        snprintf(path, sizeof path, "%s/mappad.db", world->directory);
        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW)
                for (int i = 0; i < sqlite3_column_count(stmt); i++) {
                        const unsigned char *value = sqlite3_column_text(stmt, i);
                        used += (size_t)snprintf(text + used, (1u << 20) - used, "%s%c", value == NULL ? "-" : (const char *)value,
                                                 i + 1 == sqlite3_column_count(stmt) ? '\n' : ' ');
                }
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        return text;
}

/* Nothing of this is left when a change is over. */
static const char rest[] = "SELECT 'row', ref FROM obligation_beside UNION ALL SELECT 'waits', case_id FROM raising_beside"
                           " UNION ALL SELECT 'unread', case_id FROM unread_beside"
                           " UNION ALL SELECT 'case', ref FROM casefile WHERE wake_beside IS NOT NULL OR scope_beside <> 0"
                           " UNION ALL SELECT 'note', beside || beside_rules FROM meta WHERE beside <> 0 OR beside_rules <> ''"
                           " UNION ALL SELECT 'tally', which FROM tally WHERE which BETWEEN 7 AND 12 AND amount <> 0";

static inline void assert_dump(const struct world *world, const char *sql, const char *expected)
{
        char *text = dump(world, sql);

        assert_string_equal(text, expected);
        free(text);
}

#endif
