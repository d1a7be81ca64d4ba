/*
 * forecast - the appointments of the weeks to come, as text and as CSV.
 */
#ifndef MAPPACTL_FORECAST_H
#define MAPPACTL_FORECAST_H

#include "list.h"

/* Purpose: append a forecast as text. plain is the same without what is asked "what if" (NULL: nothing is). False: no
 * memory. Shape: objects of /v1/reports/forecast. */
bool forecast_text(const struct arguments *arguments, const json_t *forecast, const json_t *plain,
                   struct wire_buffer *out);
/* Purpose: a line a week, or a line an appointment where the answer has them. */
void forecast_csv(const json_t *forecast, struct wire_buffer *out);
/* Purpose: put beside each week, as due_plain and held_plain, what it is without what is supposed. False: no
 * memory. */
bool forecast_add_plain(const json_t *weeks, const json_t *plain);
/* Purpose: what no week counts, a sentence a line. */
void forecast_put_remarks(const json_t *forecast, struct wire_buffer *out);
/* Purpose: the duties that have something to say; the appointments that are listed for people: of all cases without
 * those that fall due later. Owns: the caller. NULL: no memory. */
json_t *forecast_told_rules(const json_t *rules);
json_t *forecast_told_appointments(const struct arguments *arguments, const json_t *appointments);

/* Columns of weeks, of weeks with what is supposed, of duties and of appointments. */
extern const struct column forecast_week_columns[];
extern const struct column forecast_if_columns[];
extern const struct column forecast_rule_columns[];
extern const struct column forecast_appointment_columns[];

#endif
