/*
 * files - writing files that must be whole and synced: private and never over another, or in the place of one.
 */
#ifndef MAPPACTL_FILES_H
#define MAPPACTL_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_SIZE 4096

/* Purpose: make a new file that only its owner reads. Errors: -1 after saying why, also when it is there. */
int file_make(const char *path);
/* Purpose: make a file that only its owner reads, in the place of what an earlier call left that was cut short. Whoever
 * has it open holds it, so that two never write into one. Shape: of a name that nothing else uses.
 * Errors: -1 after saying why: also when another holds it, or what is there is no such file. */
int file_claim(const char *path);
/* Purpose: write all of it. Errors: false after saying why. */
bool file_write(int file, const char *path, const char *bytes, size_t length);
/* Purpose: bring a file, or the names in a folder, to the disk. Errors: false after saying why. */
bool file_sync(int file, const char *path);
bool folder_sync(const char *folder);
/* Purpose: give a file another name that none has yet. Errors: false after saying why. */
bool file_move(const char *from, const char *to);
/* Purpose: put a file that everybody may read in the place of another, whole or not at all: it is written beside it
 * first. Errors: false after saying why. */
bool file_replace(const char *path, const char *bytes, size_t length);
/* Purpose: copy a file into a new one, synced. Errors: false after saying why; nothing is left then. */
bool file_copy(const char *from, const char *to);
/* Purpose: the folder that a path lies in. Shape: PATH_SIZE of room. */
void path_folder(const char *path, char *ret_folder);

#endif
