/*
 * import - a file of events into the running daemon.
 */
#ifndef MAPPACTL_IMPORT_H
#define MAPPACTL_IMPORT_H

#include "command.h"

enum outcome run_import(const struct arguments *arguments);

#endif
