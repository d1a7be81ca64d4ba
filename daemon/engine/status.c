/*
 * status - the words for a failing world.
 *
 * Only the log and the command line show these phrases; nothing parses them.
 */
#include "mappad/status.h"
#include "mappad/ensure.h"

#include <stdbool.h>

const char *status_phrase(enum status status)
{
        switch (status) {
        case STATUS_OK:
                return "ok";
        case STATUS_NO_MEMORY:
                return "out of memory";
        case STATUS_IO:
                return "input or output failed";
        case STATUS_DISK_FULL:
                return "the disk is full";
        case STATUS_CORRUPT:
                return "stored data is corrupt";
        case STATUS_INVALID:
                return "invalid input";
        case STATUS_LIMIT:
                return "a limit was reached";
        }
        ENSURE(false);
}
