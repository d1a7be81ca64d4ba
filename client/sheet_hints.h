/*
 * sheet_hints - what whoever saved a spreadsheet probably has to change.
 */
#ifndef MAPPACTL_SHEET_HINTS_H
#define MAPPACTL_SHEET_HINTS_H

#include <stddef.h>
#include <stdint.h>

#include "mappad/mapping.h"

#define SHEET_HINT_SIZE 160
#define SHEET_FORMATS_SIZE (MAPPING_FORMATS_MAX * (MAPPING_FORMAT_MAX + 4) + 1) /* with " or " between them */

/* Purpose: the formats of a column as a sentence names them. Example: "DD/MM/YYYY or D MON YYYY". */
void sheet_formats_text(const struct mapping_formats *formats, char text[static SHEET_FORMATS_SIZE]);

/* Purpose: half a sentence that goes on behind "... is no date as DD/MM/YYYY"; "" if there is nothing to say.
 * Shape: other_way is the date with day and month exchanged, CIVIL_NONE if that is none either.
 * Example: "44927" gives "; as a spreadsheet's number it is 2023-01-01: give the column a format of dates". */
void sheet_date_hint(const char *text, const struct mapping_formats *formats, int32_t other_way,
                     char hint[static SHEET_HINT_SIZE]);
/* Purpose: the same behind "... is no code of the list": the codes that it could be, the
 * one that was probably meant, or all if they are few. */
void sheet_code_hint(const char *text, const struct mapping_codes *codes, char hint[static SHEET_HINT_SIZE]);

#endif
