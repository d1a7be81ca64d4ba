/*
 * ladder - the days of an obligation's stages (obligation.h).
 *
 * Every day is counted from the due date, repeats from their stage; nothing is
 * chained. Only warnings move off days that are not worked, and only back.
 */
#include "mappad/obligation.h"
#include "mappad/ensure.h"

static int32_t stage_day(const struct ruleset *ruleset, const struct obligation *obligation, const struct stage *stage)
{
        const struct calendar *calendar = &ruleset->calendar;
        switch (stage->kind) {
        case STAGE_OPENS:
                return obligation->opens;
        case STAGE_BEFORE:
                return calendar_on_or_before(calendar, period_from(stage->period, calendar, obligation->due));
        case STAGE_DUE:
                return obligation->due;
        case STAGE_OVERDUE:
                return civil_add_days(obligation->due, 1);
        case STAGE_AFTER:
                return period_from(stage->period, calendar, obligation->due);
        }
        ENSURE(false);
}

/* The first day whose stages are no longer reached. A milestone is there to be told of: the stage
 * of the day that closes it counts. */
static int32_t end_of_ladder(const struct obligation *obligation)
{
        if (obligation->state == OBLIGATION_REACHED)
                return civil_add_days(obligation->ended_on, 1);
        return obligation->met_on != CIVIL_NONE ? obligation->met_on : obligation->ended_on;
}

void ladder_stages(const struct ruleset *ruleset, const struct obligation *obligation, int32_t as_of, ladder_fn sink,
                   void *context)
{
        if (obligation->due == CIVIL_NONE)
                return;
        bool closed = obligation_state_closed(obligation->state);
        bool booked_in_time = obligation->booked != CIVIL_NONE && !obligation->booked_late;
        for (size_t i = 0; i < obligation->version->stage_count; i++) {
                const struct stage *stage = &obligation->version->stages[i];
                int32_t first = stage_day(ruleset, obligation, stage);
                int32_t times = stage->again.count > 0 ? stage->times : 0;
                for (int32_t repeat = 0; repeat <= times; repeat++) {
                        int32_t day = period_repeated(stage->again, &ruleset->calendar, first, repeat);
                        struct ladder_stage answer = {.stage = stage,
                                                      .repeat = repeat,
                                                      .day = day,
                                                      .reached = day <= as_of &&
                                                                 (!closed || day < end_of_ladder(obligation)),
                                                      .quiet = stage->kind == STAGE_BEFORE && booked_in_time};
                        sink(context, obligation, &answer);
                }
        }
}
