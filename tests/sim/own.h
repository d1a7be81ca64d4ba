/*
 * own - memory of the simulation itself, counted apart from what the application has.
 */
#ifndef SIM_OWN_H
#define SIM_OWN_H

#include <stddef.h>

/* Purpose: as malloc, calloc, realloc, strdup and free. Errors: NULL. */
void *own_malloc(size_t size);
void *own_calloc(size_t count, size_t size);
void *own_realloc(void *block, size_t size);
char *own_strdup(const char *text);
void own_free(void *block);

/* Purpose: bytes that the process has taken and not given back, but for those of the simulation. */
long long own_others(void);

#endif
