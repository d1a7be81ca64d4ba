/*
 * sound - verify finds nothing in the record of a world.
 */
#ifndef TESTS_UNIT_APP_SOUND_H
#define TESTS_UNIT_APP_SOUND_H

#include "world.h"

#include "mappad/app_verify.h"

static inline void assert_sound(struct world *world)
{
        struct app_verify *verify = NULL;
        struct wire_problem problem;
        struct app_finding finding;
        enum app_row kind = APP_WORKING;
        bool wait = false;

        assert_int_equal(app_verify_begin(world->app, world->now, &(struct app_verify_heads){.events = NULL}, &verify, &problem),
                         STATUS_OK);
        while (kind != APP_END) {
                assert_int_equal(app_verify_next(verify, &kind, &finding, &wait), STATUS_OK);
                if (kind == APP_ROW)
                        fail_msg("%s %llu: %s", finding.table, (unsigned long long)finding.row, finding.what);
                if (wait)
                        app_verify_wait(verify);
        }
        app_verify_free(verify);
}

#endif
