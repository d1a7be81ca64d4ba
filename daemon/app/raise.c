/*
 * raise - what was reached and nobody was told of becomes an alert.
 *
 * Of one obligation only the highest stage reached is raised, the lower ones are
 * marked as passed; but whoever a passed "overdue" or "after" stage would have
 * told hears of the alert that stands for it, so that downtime cannot swallow an
 * escalation. A stage counts as raised under the same due date, or under an
 * earlier one that moved by paused days alone.
 */
#include "ack.h"

#include <string.h>

struct reached {
        struct ladder_stage *list;
        size_t count, capacity;
        struct arena *arena;
        int32_t until; /* stages of later days wait for their own sweep */
        bool later;
        bool failed;
};

/* One obligation being looked at. */
struct subject {
        const struct refresh *refresh;
        const struct duty *duty;
        struct store_mark key;
        struct known_marks marks;
        bool marks_read;
        struct ack_list acks;
        bool acks_read;
        const struct value *state; /* of the case, once it was asked for */
};

enum status known_marks_add(struct known_marks *known, const struct store_mark *mark)
{
        if (known->count == known->capacity) {
                size_t capacity = known->capacity == 0 ? 4 : known->capacity * 2;
                struct store_mark *list = arena_array(known->arena, capacity, sizeof *list);
                if (list == NULL)
                        return STATUS_NO_MEMORY;
                if (known->count > 0)
                        memcpy(list, known->list, known->count * sizeof *list);
                known->list = list;
                known->capacity = capacity;
        }
        known->list[known->count++] = *mark;
        return STATUS_OK;
}

static enum status take_mark(void *context, const struct store_mark *mark)
{
        return known_marks_add(context, mark);
}

static void take_stage(void *context, const struct obligation *obligation, const struct ladder_stage *stage)
{
        struct reached *reached = context;

        (void)obligation;
        if (!stage->reached || stage->quiet)
                return;
        if (stage->day > reached->until) {
                reached->later = true;
                return;
        }
        if (reached->count == reached->capacity) {
                size_t capacity = reached->capacity == 0 ? 4 : reached->capacity * 2;
                struct ladder_stage *list = arena_array(reached->arena, capacity, sizeof *list);
                if (list == NULL) {
                        reached->failed = true;
                        return;
                }
                if (reached->count > 0)
                        memcpy(list, reached->list, reached->count * sizeof *list);
                reached->list = list;
                reached->capacity = capacity;
        }
        reached->list[reached->count++] = *stage;
}

static struct subject subject_of(const struct refresh *refresh, const struct duty *duty)
{
        const struct obligation *obligation = &duty->obligation;

        return (struct subject){
                .refresh = refresh,
                .duty = duty,
                .key = {.case_id = refresh->dossier->case_id,
                        .rule = refresh->app->book->lexicon->rule_words[obligation->rule],
                        .item = obligation->item == NULL ? "" : obligation->item->key,
                        .started = obligation->started,
                        .due = obligation->due,
                        .nominal = obligation->nominal},
                .marks = {.arena = &refresh->app->rows},
                .acks = {.arena = &refresh->app->rows},
        };
}

/* Of all that is known of the case, the marks of the obligation. */
static enum status pick_marks(struct subject *subject, const struct known_marks *known)
{
        const struct store_mark *key = &subject->key;
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < known->count; i++) {
                const struct store_mark *mark = &known->list[i];

                if (mark->rule == key->rule && mark->started == key->started && strcmp(mark->item, key->item) == 0)
                        status = known_marks_add(&subject->marks, mark);
        }
        return status;
}

static enum status read_marks(struct subject *subject)
{
        if (subject->marks_read)
                return STATUS_OK;
        subject->marks_read = true;
        if (subject->refresh->known != NULL)
                return pick_marks(subject, subject->refresh->known);
        return store_marks_of(subject->refresh->app->store, &subject->key, take_mark, &subject->marks);
}

bool announced_for(struct announced_date before, struct announced_date now)
{
        if (before.due == now.due)
                return true;
        return before.due != CIVIL_NONE && before.nominal != CIVIL_NONE && before.nominal == now.nominal &&
               before.due < now.due;
}

/* Whether a mark of this stage, repeat and date is there. Once overdue a date does not move later by paused days: if
 * a breach was told of under an earlier date, the record was corrected since, and a breach of this date is another. */
static bool marked(const struct subject *subject, const struct store_mark *key, bool breach)
{
        struct announced_date now = {key->due, key->nominal};

        for (size_t i = 0; i < subject->marks.count; i++) {
                const struct store_mark *mark = &subject->marks.list[i];

                if (mark->stage == key->stage && mark->repeat == key->repeat &&
                    (breach ? mark->due == now.due
                            : announced_for((struct announced_date){mark->due, mark->nominal}, now)))
                        return true;
        }
        return false;
}

/* What is announced of an obligation only after its marks were looked through. */
static void begin(const struct subject *subject, enum alert_kind kind, struct announcement *announcement)
{
        const struct refresh *refresh = subject->refresh;
        const struct obligation *obligation = &subject->duty->obligation;

        announcement_begin(announcement, refresh->app);
        announcement->unmarked = true;
        announcement->mark = subject->key;
        announcement->alert = (struct store_alert){.kind = kind,
                                                   .raised_ms = refresh->moment.ms,
                                                   .case_id = refresh->dossier->case_id,
                                                   .rule = subject->key.rule,
                                                   .item = subject->key.item,
                                                   .started = obligation->started,
                                                   .due = obligation->due,
                                                   .old_due = CIVIL_NONE,
                                                   .plan_by = obligation->plan_by,
                                                   .booked = obligation->booked,
                                                   .day = app_day(refresh->app, refresh->moment),
                                                   .state = (int)obligation->state,
                                                   .urgent = obligation->version->urgent,
                                                   .provisional = obligation->provisional,
                                                   .seq = refresh->seq};
}

/* Without the state nobody can be told who is concerned, so running out of memory here is no "nobody". */
static enum status read_state(struct subject *subject)
{
        const struct refresh *refresh = subject->refresh;

        if (subject->state == NULL)
                subject->state =
                        casefile_state(refresh->app->book->rules.ruleset, &refresh->duties->casefile,
                                       subject->duty->obligation.item, refresh->duties->as_of, &refresh->app->work);
        return subject->state == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Whoever is told of an obligation by its ladder, escalations apart. */
static enum status announce_to_ladder(struct announcement *announcement, struct subject *subject)
{
        const struct rule_version *version = subject->duty->obligation.version;
        enum status status = read_state(subject);

        for (size_t i = 0; status == STATUS_OK && i < version->stage_count; i++)
                if (version->stages[i].kind != STAGE_AFTER)
                        announce_to(announcement, &version->stages[i], subject->state);
        return status;
}

/* ---- stages ---- */

static uint32_t stage_word(const struct refresh *refresh, const struct stage *stage)
{
        return store_word(refresh->app->store, stage->at);
}

static struct store_mark stage_mark(const struct subject *subject, const struct ladder_stage *stage)
{
        struct store_mark mark = subject->key;

        mark.stage = stage_word(subject->refresh, stage->stage);
        mark.repeat = stage->repeat;
        return mark;
}

static bool breach(const struct ladder_stage *stage)
{
        return stage->stage->kind == STAGE_OVERDUE || stage->stage->kind == STAGE_AFTER;
}

static bool later(const struct ladder_stage *a, const struct ladder_stage *b)
{
        return a->day >= b->day; /* of one day, the one written later */
}

static bool names_attribute(const struct stage *stage)
{
        for (size_t i = 0; i < stage->to_count; i++)
                if (stage->to[i][0] == '$')
                        return true;
        return false;
}

/* Adds those whom a stage names; those who acknowledged it, of a repeat, are left out. */
static enum status announce_stage(struct announcement *announcement, struct subject *subject,
                                  const struct ladder_stage *stage)
{
        struct app *app = subject->refresh->app;
        enum status status = names_attribute(stage->stage) ? read_state(subject) : STATUS_OK;

        if (status == STATUS_OK && stage->repeat > 0 && !subject->acks_read) {
                status = store_acks_of(app->store, &subject->key, ack_keep, &subject->acks);
                subject->acks_read = true;
        }
        if (stage->repeat > 0)
                announcement->hush = (struct hush){.list = subject->acks.list,
                                                   .count = subject->acks.count,
                                                   .stage = stage_word(subject->refresh, stage->stage),
                                                   .repeat = stage->repeat,
                                                   .due = subject->key.due,
                                                   .today = app_day(app, subject->refresh->moment)};
        if (status == STATUS_OK)
                announce_to(announcement, stage->stage, subject->state);
        announcement->hush = (struct hush){.repeat = 0};
        return status;
}

/* Marks the lower stages as passed. Those whom they would have told of a breach hear of the alert that stands for
 * it, and so do those of a stage that falls on the very same day: it was not passed over. */
static enum status pass_lower(struct subject *subject, const struct reached *reached, const struct ladder_stage *best,
                              struct announcement *announcement)
{
        enum status status = STATUS_OK;

        for (size_t i = 0; status == STATUS_OK && i < reached->count; i++) {
                const struct ladder_stage *stage = &reached->list[i];
                struct store_mark mark;

                if (stage == best)
                        continue;
                mark = stage_mark(subject, stage);
                if (marked(subject, &mark, breach(stage)))
                        continue;
                if (breach(stage) || stage->day == best->day)
                        status = announce_stage(announcement, subject, stage);
                if (status == STATUS_OK)
                        status = raised_mark(subject->refresh->app, &mark);
        }
        return status;
}

static enum status raise_stage(struct subject *subject, const struct reached *reached, const struct ladder_stage *best)
{
        struct announcement announcement;
        bool raised = false;
        enum status status;

        begin(subject, ALERT_STAGE, &announcement);
        announcement.mark = stage_mark(subject, best);
        announcement.alert.stage = announcement.mark.stage;
        announcement.alert.repeat = best->repeat;
        announcement.alert.day = best->day;
        announcement.alert.urgent = announcement.alert.urgent || best->stage->urgent;
        status = announce_stage(&announcement, subject, best);
        if (status == STATUS_OK)
                status = pass_lower(subject, reached, best, &announcement);
        return status == STATUS_OK ? announce(&announcement, &raised) : status;
}

static enum status look_at_stages(struct subject *subject, bool *ret_waits)
{
        const struct refresh *refresh = subject->refresh;
        struct reached reached = {.arena = &refresh->app->rows,
                                  .until = refresh->mode == REFRESH_RAISE ? refresh->app->raise_until : CIVIL_MAX};
        const struct ladder_stage *best = NULL;
        struct store_mark mark;
        enum status status;

        ladder_stages(refresh->app->book->rules.ruleset, &subject->duty->obligation, refresh->duties->as_of, take_stage,
                      &reached);
        if (reached.failed)
                return STATUS_NO_MEMORY;
        refresh->app->raise_stays = refresh->app->raise_stays || reached.later;
        for (size_t i = 0; i < reached.count; i++)
                if (best == NULL || later(&reached.list[i], best))
                        best = &reached.list[i];
        if (best == NULL)
                return STATUS_OK;
        mark = stage_mark(subject, best);
        status = read_marks(subject);
        if (status != STATUS_OK || marked(subject, &mark, breach(best)))
                return status;
        *ret_waits = true;
        return refresh->mode == REFRESH_RAISE ? raise_stage(subject, &reached, best) : STATUS_OK;
}

/* ---- what is no stage ---- */

/* Raises an alert of another kind unless its mark is there. Unless it is for whoever watches, it goes to the
 * ladder's. */
static enum status look_at(struct subject *subject, struct announcement *announcement, bool *ret_waits)
{
        bool raised = false;
        enum status status = read_marks(subject);

        if (status != STATUS_OK || marked(subject, &announcement->mark, false))
                return status;
        *ret_waits = true;
        if (subject->refresh->mode != REFRESH_RAISE)
                return STATUS_OK;
        if (!announcement->watch)
                status = announce_to_ladder(announcement, subject);
        return status == STATUS_OK ? announce(announcement, &raised) : status;
}

static enum status look_at_booking(struct subject *subject, bool *ret_waits)
{
        struct announcement announcement;

        begin(subject, ALERT_BOOKED_LATE, &announcement);
        announcement.mark.stage = subject->refresh->app->book->lexicon->words[WORD_BOOKED_LATE];
        announcement.mark.repeat = subject->duty->obligation.booked;
        return look_at(subject, &announcement, ret_waits);
}

/* A booked day that lies behind while the obligation is still open: nothing was recorded of it. A sweep of an
 * earlier day leaves it to the sweep of the day after the booking. */
static enum status look_at_passed_booking(struct subject *subject, bool *ret_waits)
{
        const struct obligation *obligation = &subject->duty->obligation;
        struct app *app = subject->refresh->app;
        struct announcement announcement;
        enum status status;
        int32_t day;

        if (obligation->version->booked_by == VOCABULARY_NONE || obligation->booked != CIVIL_NONE)
                return STATUS_OK;
        status = read_state(subject);
        if (status != STATUS_OK)
                return status;
        day = subject->state[obligation->version->booked_by].day;
        if (day == CIVIL_NONE || day >= subject->refresh->duties->as_of || day < obligation->started ||
            day < obligation->opens)
                return STATUS_OK;
        if (subject->refresh->mode == REFRESH_RAISE && day >= app->raise_until) {
                app->raise_stays = true;
                return STATUS_OK;
        }
        begin(subject, ALERT_BOOKING_PASSED, &announcement);
        announcement.mark.stage = app->book->lexicon->words[WORD_BOOKING_PASSED];
        announcement.mark.repeat = day;
        announcement.mark.due = CIVIL_NONE;
        announcement.alert.booked = day;
        return look_at(subject, &announcement, ret_waits);
}

static enum status look_at_missing(struct subject *subject, bool *ret_waits)
{
        const struct obligation *obligation = &subject->duty->obligation;
        const struct lexicon *lexicon = subject->refresh->app->book->lexicon;
        struct announcement announcement;

        begin(subject, ALERT_UNEVALUABLE, &announcement);
        announcement.watch = true;
        announcement.mark.stage = lexicon->words[WORD_UNEVALUABLE];
        announcement.mark.due = CIVIL_NONE;
        if (obligation->missing != VOCABULARY_NONE) {
                announcement.mark.repeat = lexicon->attribute_words[obligation->missing];
                announcement.alert.says = lexicon->ruleset->vocabulary.attributes[obligation->missing].name;
        }
        return look_at(subject, &announcement, ret_waits);
}

/* ---- what closed ---- */

/* Whether a stage that tells of a breach was raised, or passed over, under the date that was missed. */
static bool breach_told(const struct subject *subject)
{
        const struct rule_version *version = subject->duty->obligation.version;

        for (size_t i = 0; i < version->stage_count; i++) {
                const struct stage *stage = &version->stages[i];
                uint32_t word = stage_word(subject->refresh, stage);

                if (stage->kind != STAGE_OVERDUE && stage->kind != STAGE_AFTER)
                        continue;
                for (size_t m = 0; m < subject->marks.count; m++)
                        if (subject->marks.list[m].stage == word && subject->marks.list[m].due == subject->key.due)
                                return true;
        }
        return false;
}

/* Those of breaches that were reached before the end and that nobody was there to raise hear of it, too. */
static enum status add_breaches(struct subject *subject, struct announcement *announcement)
{
        const struct refresh *refresh = subject->refresh;
        struct reached reached = {.arena = &refresh->app->rows, .until = CIVIL_MAX};
        enum status status = read_state(subject);

        if (status != STATUS_OK)
                return status;
        ladder_stages(refresh->app->book->rules.ruleset, &subject->duty->obligation, refresh->duties->as_of, take_stage,
                      &reached);
        if (reached.failed)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < reached.count; i++)
                if (breach(&reached.list[i]))
                        announce_to(announcement, reached.list[i].stage, subject->state);
        return STATUS_OK;
}

/* An obligation that closed unmet and late, or too early to be met at all, and of which no stage could tell: a quota
 * closes on the day after its period, a release may come before its date. It is as urgent as the stages from its due
 * date on. */
static enum status look_at_missed(struct subject *subject, bool *ret_waits)
{
        struct app *app = subject->refresh->app;
        const struct obligation *obligation = &subject->duty->obligation;
        const struct rule_version *version = obligation->version;
        struct announcement announcement;
        enum status status;

        if (subject->refresh->mode == REFRESH_RAISE && obligation->ended_on > app->raise_until) {
                app->raise_stays = true;
                return STATUS_OK;
        }
        status = read_marks(subject);
        if (status != STATUS_OK || breach_told(subject))
                return status;
        begin(subject, ALERT_MISSED, &announcement);
        announcement.mark.stage = app->book->lexicon->words[WORD_MISSED];
        for (size_t i = 0; i < version->stage_count; i++)
                if (version->stages[i].kind != STAGE_OPENS && version->stages[i].kind != STAGE_BEFORE)
                        announcement.alert.urgent = announcement.alert.urgent || version->stages[i].urgent;
        status = add_breaches(subject, &announcement);
        return status == STATUS_OK ? look_at(subject, &announcement, ret_waits) : status;
}

static enum status look_at_duty(const struct refresh *refresh, const struct duty *duty, bool *ret_waits)
{
        struct subject subject = subject_of(refresh, duty);
        const struct obligation *obligation = &duty->obligation;

        if (obligation->state == OBLIGATION_MISSED)
                return look_at_missed(&subject, ret_waits);
        enum status status = look_at_stages(&subject, ret_waits);
        if (obligation_state_closed(obligation->state))
                return status;
        if (status == STATUS_OK && obligation->booked_late)
                status = look_at_booking(&subject, ret_waits);
        if (status == STATUS_OK)
                status = look_at_passed_booking(&subject, ret_waits);
        if (status == STATUS_OK && obligation->state == OBLIGATION_UNEVALUABLE)
                status = look_at_missing(&subject, ret_waits);
        return status;
}

#define DAY_MS INT64_C(86400000)

#define LATE_DAYS 28 /* what is recorded so much later is still news: a recall of Friday, on Monday */

/* Whether an obligation was closed in this way before the lines were recorded that the refresh is about. */
static bool stood_before(const struct refresh *refresh, const struct duty *duty)
{
        for (size_t i = 0; i < refresh->before->count; i++) {
                const struct duty *before = &refresh->before->list[i];

                if (duty_order(before, duty) == 0 && before->obligation.state == duty->obligation.state)
                        return true;
        }
        return false;
}

/* A milestone is closed on the very day that it is to be told of, and what was missed is past when it is seen. Of
 * those since the last sweep all are worth a look; of those before it, what somebody recorded late, and not what lies
 * before anything was kept here: that is history that was imported, and nobody need act on it. */
static bool worth_a_look(const struct refresh *refresh, const struct duty *duty)
{
        const struct app *app = refresh->app;
        const struct obligation *obligation = &duty->obligation;
        int32_t began = (int32_t)(app->meta.created_ms / DAY_MS), as_of = refresh->duties->as_of;

        if (!obligation_state_closed(obligation->state))
                return true;
        if (obligation->state != OBLIGATION_REACHED && obligation->state != OBLIGATION_MISSED)
                return false;
        if (obligation->state == OBLIGATION_MISSED && obligation->version->stage_count == 0)
                return false; /* its author asked for silence */
        if (obligation->ended_on >= (app->told_until != CIVIL_NONE ? app->told_until : began))
                return true;
        return refresh->before != NULL && obligation->ended_on >= began &&
               obligation->ended_on >= civil_add_days(as_of, -LATE_DAYS) && !stood_before(refresh, duty);
}

static enum status look_at_unknown(const struct refresh *refresh, const struct unknown_line *line, bool *ret_waits)
{
        struct app *app = refresh->app;
        const char *word = line->word == UINT32_MAX ? "" : store_text(app->store, line->word);
        struct announcement announcement = {
                .app = app,
                .watch = true,
                .mark = {.case_id = refresh->dossier->case_id,
                         .item = "",
                         .started = CIVIL_NONE,
                         .due = CIVIL_NONE,
                         .nominal = CIVIL_NONE,
                         .stage = app->book->lexicon->words[WORD_UNKNOWN],
                         .repeat = (int64_t)line->seq},
                .alert = {.kind = ALERT_UNKNOWN_WORD,
                          .raised_ms = refresh->moment.ms,
                          .case_id = refresh->dossier->case_id,
                          .item = "",
                          .started = CIVIL_NONE,
                          .due = CIVIL_NONE,
                          .old_due = CIVIL_NONE,
                          .plan_by = CIVIL_NONE,
                          .booked = CIVIL_NONE,
                          .day = app_day(app, refresh->moment),
                          .seq = line->seq,
                          .says = "a recorded line has words that the rules no longer know",
                          .subject_id = word},
        };
        bool marked_before = false;
        bool raised = false;
        enum status status = store_marked(app->store, &announcement.mark, &marked_before);

        if (status != STATUS_OK || marked_before)
                return status;
        *ret_waits = true;
        return refresh->mode == REFRESH_RAISE ? announce(&announcement, &raised) : STATUS_OK;
}

enum status raise_duties(const struct refresh *refresh, bool *ret_waits)
{
        bool waits = false;
        enum status status = STATUS_OK;

        refresh->app->raise_stays = false;
        for (size_t i = 0; status == STATUS_OK && i < refresh->duties->count; i++)
                if (worth_a_look(refresh, &refresh->duties->list[i]))
                        status = look_at_duty(refresh, &refresh->duties->list[i], &waits);
        for (size_t i = 0; status == STATUS_OK && i < refresh->dossier->unknown_count; i++)
                status = look_at_unknown(refresh, &refresh->dossier->unknown[i], &waits);
        *ret_waits = (waits && refresh->mode == REFRESH_LOOK) || refresh->app->raise_stays;
        return status;
}
