/*
 * digest - SHA-256 over the files of a rule set. Private to daemon/rulefile.
 */
#ifndef RULEFILE_DIGEST_H
#define RULEFILE_DIGEST_H

#include "cfg.h"
#include "mappad/arena.h"

/* Purpose: the hex digest over count files, in order: of each its base name and its content, each preceded by its
 * length, so that no two different lists of files give the same bytes. Folders do not count: the
 * same files elsewhere are the same rules. Errors: STATUS_NO_MEMORY. */
MUST_CHECK enum status digest_files(const struct cfg_file *const *files, size_t count, char ret_hex[static 65]);
/* Purpose: the bytes that digest_files hashes, as one text, so that the files can be kept as they stood. Owns:
 * arena. NULL when memory ran out. */
const char *digest_bind(const struct cfg_file *const *files, size_t count, struct arena *arena);

#endif
