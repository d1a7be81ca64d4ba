/*
 * text - which bytes are printable text. Private to daemon/rulefile.
 */
#ifndef RULEFILE_TEXT_H
#define RULEFILE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Purpose: length in bytes of the well-formed UTF-8 character at text, or 0 when there is
 * none: overlong forms, surrogates, values past U+10FFFF, and anything cut short.
 * Shape: length >= 1. */
size_t text_character(const char *text, size_t length);

/* Purpose: as text_character, but 0 for control characters too (C0, DEL, C1), and for the characters
 * that turn the direction of writing or end a line unseen (U+2028 to U+202E, U+2066 to U+2069, U+FEFF). */
size_t text_printable(const char *text, size_t length);

/* Purpose: whether text is a word: [a-z][a-z0-9]* parts joined by single hyphens; digits may
 * also come first when digit_first. Shape: at most TEXT_WORD_MAX bytes. */
bool text_word(const char *text, bool digit_first);

#define TEXT_WORD_MAX 64

#endif
