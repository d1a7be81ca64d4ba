/*
 * digest_calendar.c - the calendar part of a digest, by libical.
 *
 * One event for each obligation, all day, from the last working day for it to
 * the legal date: a week of working days shows it in time, and the legal date is
 * never said to be another. METHOD is PUBLISH, the only one under which several
 * events may stand together (RFC 5546 3.2); what was met or ended is published
 * once more with a higher SEQUENCE as CANCELLED, and its title says so to
 * programs that do not look.
 *
 * libical 3.0 does not survive an allocation that fails. Before each event, which
 * is made, written out and freed by itself, it is seen that there is more memory
 * than one can need; this program is the only one to use it.
 */
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#include "digest_model.h"
#include "mappad/civil.h"

#define EVENT_MEMORY 65536 /* of one event in libical: 20 KiB, and 8 times its words, which have less than 2 KiB */
#define SECOND_MS 1000
#define DAY_S 86400
#define NAME_DIGITS (2 * DIGEST_NAME_SIZE)

struct issue {
        struct digest_writer *writer;
        const struct digest_model *model;
        struct arena *arena;
};

static bool memory_is_there(void)
{
        /* What the compiler cannot see through is not left out. */
        void *volatile block = malloc(EVENT_MEMORY);

        if (block == NULL)
                return false;
        free(block);
        return true;
}

static struct icaltimetype day_time(int32_t day)
{
        struct civil date = civil_to_date(day);
        struct icaltimetype time = icaltime_null_date();

        time.year = date.year;
        time.month = date.month;
        time.day = date.day;
        return time;
}

static struct icaltimetype instant_time(int64_t ms)
{
        int64_t seconds = ms / SECOND_MS - (ms % SECOND_MS < 0);
        int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
        int of_day = (int)(seconds - days * DAY_S);
        struct icaltimetype time = day_time(civil_add_days(0, days));

        time.is_date = 0;
        time.hour = of_day / 3600;
        time.minute = of_day / 60 % 60;
        time.second = of_day % 60;
        time.zone = icaltimezone_get_utc_timezone();
        return time;
}

/* "0123...@example.org": the name in hex and the domain that the message comes from. */
static const char *uid_of(const struct issue *issue, const struct digest_event *event)
{
        static const char digits[] = "0123456789abcdef";
        struct digest_writer uid = {.arena = issue->arena};
        const char *organizer = issue->model->options->diary.organizer;
        const char *domain = organizer == NULL ? NULL : strchr(organizer, '@');

        for (size_t i = 0; i < NAME_DIGITS; i++)
                digest_repeat(&uid, digits[event->name[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15], 1);
        digest_put(&uid, domain == NULL ? "@mappad.invalid" : domain);
        return digest_finish(&uid);
}

static const char *description_of(const struct issue *issue, const struct digest_scope *scope, bool gone)
{
        struct digest_writer text = {.arena = issue->arena};

        if (issue->model->marking[0] != '\0') {
                digest_say(&text, SAY_MARKING, scope);
                digest_raw(&text, "\n");
        }
        digest_say(&text, gone ? SAY_EVENT_GONE_TEXT : SAY_EVENT_TEXT, scope);
        if (!gone && scope->row->plan_by != CIVIL_NONE && scope->row->plan_by < scope->row->due) {
                digest_raw(&text, "\n");
                digest_say(&text, SAY_EVENT_PLAN, scope);
        }
        return digest_finish(&text);
}

/* "" without anybody who could be asked. */
static const char *address_of(const struct issue *issue)
{
        struct digest_writer address = {.arena = issue->arena};

        if (issue->model->options->diary.organizer == NULL)
                return "";
        digest_raw(&address, "mailto:");
        digest_put(&address, issue->model->options->diary.organizer);
        return digest_finish(&address);
}

/* What is said of an event, made before libical is asked for anything. */
struct words {
        const char *uid, *summary, *description, *address;
        int32_t first, last;
};

static bool find_words(const struct issue *issue, const struct digest_event *event, struct words *words)
{
        const struct digest_row row = {
                .reference = event->reference, .duty = event->duty, .due = event->due, .plan_by = event->plan_by};
        const struct digest_scope scope = {.model = issue->model, .row = &row};

        words->uid = uid_of(issue, event);
        words->summary = digest_said(issue->arena, event->gone ? SAY_EVENT_GONE : SAY_EVENT, &scope);
        words->description = description_of(issue, &scope, event->gone);
        words->address = address_of(issue);
        words->last = event->due;
        words->first = event->plan_by != CIVIL_NONE && event->plan_by < event->due ? event->plan_by : event->due;
        return words->uid != NULL && words->summary != NULL && words->description != NULL && words->address != NULL;
}

static icalcomponent *make_event(const struct issue *issue, const struct digest_event *event, const struct words *words)
{
        icalcomponent *made = icalcomponent_new(ICAL_VEVENT_COMPONENT);

        icalcomponent_add_property(made, icalproperty_new_uid(words->uid));
        icalcomponent_add_property(made, icalproperty_new_dtstamp(instant_time(issue->model->options->diary.at_ms)));
        if (words->address[0] != '\0')
                icalcomponent_add_property(made, icalproperty_new_organizer(words->address));
        icalcomponent_add_property(made, icalproperty_new_sequence((int)event->sequence));
        icalcomponent_add_property(
                made, icalproperty_new_status(event->gone ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
        icalcomponent_add_property(made, icalproperty_new_dtstart(day_time(words->first)));
        icalcomponent_add_property(made, icalproperty_new_dtend(day_time(civil_add_days(words->last, 1))));
        icalcomponent_add_property(made, icalproperty_new_summary(words->summary));
        icalcomponent_add_property(made, icalproperty_new_description(words->description));
        /* Nobody is busy because a date is due. Private entries are hidden from those who share a mailbox. */
        icalcomponent_add_property(made, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
        icalcomponent_add_property(made, icalproperty_new_class(ICAL_CLASS_CONFIDENTIAL));
        return made;
}

/* Adds what libical wrote, with "\n" for the ends of lines. */
static void take_lines(struct digest_writer *writer, const char *lines)
{
        size_t start = 0, at = 0;

        for (; lines[at] != '\0'; at++)
                if (lines[at] == '\r') {
                        digest_bytes(writer, lines + start, at - start);
                        start = at + 1;
                }
        digest_bytes(writer, lines + start, at - start);
}

static bool put_component(const struct issue *issue, icalcomponent *component)
{
        char *lines = icalcomponent_as_ical_string_r(component);

        icalcomponent_free(component);
        if (lines == NULL)
                return false;
        take_lines(issue->writer, lines);
        icalmemory_free_buffer(lines);
        return true;
}

static bool put_event(const struct issue *issue, const struct digest_event *event)
{
        struct words words;

        return find_words(issue, event, &words) && memory_is_there() &&
               put_component(issue, make_event(issue, event, &words));
}

/* The object around the events is written by libical as well, and opened before its end. */
static bool open_object(const struct issue *issue, const char **ret_end)
{
        static const char end[] = "END:VCALENDAR\n";
        icalcomponent *object;

        if (!memory_is_there())
                return false;
        object = icalcomponent_new(ICAL_VCALENDAR_COMPONENT);
        icalcomponent_add_property(object, icalproperty_new_prodid("-//mappad//mappad//EN"));
        icalcomponent_add_property(object, icalproperty_new_version("2.0"));
        icalcomponent_add_property(object, icalproperty_new_method(ICAL_METHOD_PUBLISH));
        if (!put_component(issue, object) || issue->writer->failed)
                return false;
        issue->writer->used -= sizeof end - 1;
        *ret_end = end;
        return true;
}

const char *digest_calendar(const struct digest_model *model, struct arena *arena)
{
        struct digest_writer writer = {.arena = arena};
        const struct issue issue = {&writer, model, arena};
        const struct digest_diary *diary = &model->options->diary;
        const char *end = NULL;
        bool whole = open_object(&issue, &end);

        for (size_t i = 0; whole && i < diary->count; i++)
                whole = put_event(&issue, &diary->events[i]);
        if (!whole)
                return NULL;
        digest_raw(&writer, end);
        return digest_finish(&writer);
}

enum status digest_write_date(const struct digest_options *options, const struct digest_event *event,
                              struct arena *arena, const char **ret_lines)
{
        const struct digest_model model = {.options = options, .marking = digest_bare_marking(options->marking, arena)};
        struct digest_writer writer = {.arena = arena};
        const struct issue issue = {&writer, &model, arena};

        if (model.marking == NULL || !put_event(&issue, event))
                return STATUS_NO_MEMORY;
        *ret_lines = digest_finish(&writer);
        return *ret_lines == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}
