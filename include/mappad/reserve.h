/*
 * reserve - memory for libevent when the system has none.
 *
 * libevent 2.1 does not survive each failing allocation of its own: taking a connection it writes through a watermark
 * that it did not get, making a request it clears headers that it did not get. So what the system refuses it is lent
 * from here, in small pieces; whoever takes connections asks whether much is lent, and takes none until it is back.
 */
#ifndef MAPPAD_RESERVE_H
#define MAPPAD_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESERVE_SIZE ((size_t)256 * 1024)       /* some 60 connections with a request; touched only when needed */
#define RESERVE_PIECE_MAX ((size_t)8 * 1024)    /* libevent does survive the absence of long buffers */

/* Purpose: have libevent allocate as below from now on. Shape: called before anything else of libevent, which one
 * thread uses alone. */
void reserve_keep(void);
/* Purpose: malloc, realloc and free, of the system and else of the reserve. Errors: NULL when neither has it. */
void *reserve_get(size_t size);
void *reserve_change(void *piece, size_t size);
void reserve_give_back(void *piece);
/* Purpose: whether so much is lent (an eighth) that the rest should be left to those who are connected. */
bool reserve_scarce(void);
/* Purpose: how often neither had it. */
uint64_t reserve_refusals(void);

#endif
