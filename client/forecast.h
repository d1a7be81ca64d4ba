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

#endif
