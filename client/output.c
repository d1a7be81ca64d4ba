/*
 * output - writes what was gathered to standard output (output.h).
 */
#include "output.h"

#include <stdio.h>

bool output_drain(struct wire_buffer *buffer, bool everything)
{
        if (buffer->failed || ferror(stdout) != 0) /* what was lost once stays lost, though later bytes get through */
                return false;
        if (buffer->length == 0 || (!everything && buffer->length < OUTPUT_PIECE))
                return true;
        bool written = fwrite(buffer->data, 1, buffer->length, stdout) == buffer->length;
        wire_buffer_reset(buffer);
        return written && (!everything || fflush(stdout) == 0);
}

enum outcome out_of_memory(void)
{
        complain("out of memory");
        return OUTCOME_REFUSED;
}

enum outcome output_end(struct wire_buffer *buffer, bool good)
{
        enum outcome outcome = OUTCOME_OK;
        if (!good || buffer->failed)
                outcome = out_of_memory();
        else if (!output_drain(buffer, true))
                outcome = OUTCOME_REFUSED;
        wire_buffer_fini(buffer);
        return outcome;
}
