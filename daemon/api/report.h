/*
 * report - what an answer about a report is made of. Private to daemon/api.
 */
#ifndef API_REPORT_H
#define API_REPORT_H

#include "listing.h"
#include "mappad/app_figures.h"

/* Purpose: the parameters of a question about figures. False with *ret_problem. */
bool report_take_question(const struct api_call *call, struct app_figures_question *ret_question,
                          struct wire_problem *ret_problem);
/* Purpose: append "{" and what the figures are about: axes, report, year, inputs. */
void report_put_head(struct wire_buffer *buffer, const struct app_figures *figures);
/* Purpose: append tables, rates, notes and checks of complete figures, and "}". */
void report_put_tail(struct wire_buffer *buffer, const struct app_figures_answer *answer);
/* Purpose: append where something is counted: table, row, column; null of what is in no cell. */
void report_put_place(struct wire_buffer *buffer, const struct report *report, struct report_cell cell);

#endif
