/*
 * lens - running days of one rule version, counted by segments (clock.h).
 */
#include "clock.h"

#include "mappad/ensure.h"

static uint8_t flags_in(const struct lens *lens, size_t segment)
{
        const uint64_t *words = lens->view->segments[segment].words;
        if (!guard_holds(&lens->asks->applies, words))
                return 0;
        return guard_holds(&lens->asks->runs, words) ? LENS_APPLIES | LENS_RUNNING : LENS_APPLIES;
}

bool lens_init(struct lens *lens, struct arena *arena)
{
        size_t count = lens->view->segment_count;
        uint8_t *flags = arena_array(arena, count, sizeof *flags);
        if (flags == NULL)
                return false;
        lens->flags = flags;
        for (size_t i = 0; i < count; i++)
                flags[i] = flags_in(lens, i);
        return true;
}

bool lens_init_from(struct lens *lens, size_t first, struct arena *arena)
{
        size_t count = lens->view->segment_count;
        uint8_t *flags = arena_alloc(arena, count);
        if (flags == NULL)
                return false;
        lens->flags = flags;
        for (size_t i = first; i < count; i++)
                flags[i] = flags_in(lens, i);
        return true;
}

bool lens_applies(const struct lens *lens, int32_t day)
{
        const struct view *view = lens->view;
        ENSURE(view->segment_count > 0 && day >= view->segments[0].first && day <= view->as_of);
        return (lens->flags[view_segment(view, day)] & LENS_APPLIES) != 0;
}

int32_t lens_ends(const struct lens *lens, int32_t day)
{
        const struct view *view = lens->view;
        for (size_t i = view_segment(view, day) + 1; i < view->segment_count; i++)
                if ((lens->flags[i] & LENS_APPLIES) == 0)
                        return view->segments[i].first;
        return CIVIL_NONE;
}

bool lens_running(const struct lens *lens, int32_t day)
{
        return (lens->flags[view_segment(lens->view, day)] & LENS_RUNNING) != 0;
}

int32_t lens_first_running(const struct lens *lens, int32_t day, int32_t asked)
{
        const struct view *view = lens->view;
        if (day > asked)
                return day;
        for (size_t i = view_segment(view, day); i < view->segment_count && view->segments[i].first <= asked; i++)
                if ((lens->flags[i] & LENS_RUNNING) != 0)
                        return view->segments[i].first > day ? view->segments[i].first : day;
        return civil_add_days(asked, 1);
}

int32_t lens_count_running(const struct lens *lens, int32_t first, int32_t last, int32_t asked)
{
        const struct view *view = lens->view;
        int32_t count = 0;
        if (last < first)
                return 0;
        if (last > asked) {
                count = last - (first > asked ? first - 1 : asked);
                last = asked;
        }
        if (last < first)
                return count;
        for (size_t i = view_segment(view, first); i < view->segment_count && view->segments[i].first <= last; i++) {
                if ((lens->flags[i] & LENS_RUNNING) == 0)
                        continue;
                int32_t from = view->segments[i].first > first ? view->segments[i].first : first;
                int32_t until = view_segment_last(view, i) < last ? view_segment_last(view, i) : last;
                count += until - from + 1;
        }
        return count;
}
