/*
 * app_export - the record line by line, as it was recorded, whatever the rules
 * know of its words by now.
 */
#ifndef MAPPAD_APP_EXPORT_H
#define MAPPAD_APP_EXPORT_H

#include "mappad/app_query.h"

struct app_export;

struct app_export_question {
        uint64_t after, limit;          /* lines after a number (0: from the first), at most so many */
        struct sight sight;             /* of the cases in it */
};
/* Purpose: begin. The record is read as it stands now. Owns: the caller frees it. Errors: as app_query_obligations. */
MUST_CHECK enum status app_export_begin(struct app *app, const struct app_export_question *question,
                                        struct app_export **ret_export);
/* Purpose: append the next line as a JSON object: seq, case, event, on, item, fields, id, key, recorded_at, uid, user,
 * forced, why, retracts, replaces, refers_key, hash. A key is the id of a line, or if it was given none
 * "line-NUMBER-HASH", by which the record that it comes from knows it again. APP_WORKING: nothing was written, call
 * again in another turn. */
MUST_CHECK enum status app_export_next(struct app_export *export, struct wire_buffer *out, enum app_row *ret_kind);
/* Purpose: after APP_END: the number to go on after, 0 when there is nothing more. */
uint64_t app_export_more(const struct app_export *export);
/* Purpose: lines that were erased, and are left out. */
uint64_t app_export_erased(const struct app_export *export);
void app_export_free(struct app_export *export);

#endif
