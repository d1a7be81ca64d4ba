/*
 * trial_parts - what the files of the trial share.
 */
#ifndef MAPPACTL_TRIAL_PARTS_H
#define MAPPACTL_TRIAL_PARTS_H

#include "trial.h"

/* Purpose: a text that lives as long as the differences. NULL without memory, which the trial then knows. */
__attribute__((format(printf, 2, 3))) const char *trial_keep(struct trial *trial, const char *format, ...);
/* Purpose: add a difference. NULL without memory. */
struct difference *trial_differ(struct trial *trial, enum difference_kind kind, int line);

/* Purpose: admit an entry of the history and judge the answer (trial_history.c). */
void trial_admit_entry(struct trial *trial, struct roll *roll, size_t entry);
/* Purpose: read an instant, or a day that stands for all that was recorded on it, UTC. */
bool trial_read_instant(const char *text, bool end_of_day, int64_t *ret_ms);

/* Purpose: hold what is owed on the day in hand against what was expected (trial_compare.c). */
void trial_compare_day(struct trial *trial);
/* Purpose: note what an expected obligation that was there has covered. */
void trial_note_coverage(struct trial *trial, const struct suite_expectation *expected,
                         const struct obligation *obligation);
/* Purpose: whether an obligation agrees with a field of an expectation, or the field is not named. */
bool trial_field_agrees(const struct trial *trial, const struct suite_expectation *expected,
                        const struct obligation *obligation, enum suite_field field);

#endif
