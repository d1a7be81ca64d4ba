/*
 * steps - an explanation as a person reads it.
 */
#ifndef MAPPACTL_STEPS_H
#define MAPPACTL_STEPS_H

#include <jansson.h>

#include "command.h"
#include "mappad/wire.h"

/* Purpose: append an explanation: a headline, the numbered steps wrapped to a width in columns, and which other
 * obligations of the rule there are. Shape: the object of explain.h. */
void steps_write(const json_t *explanation, size_t width, struct wire_buffer *out);
/* Purpose: columns of the terminal, or of a page where there is none. */
size_t output_width(void);

#endif
