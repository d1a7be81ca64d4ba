/*
 * cfg - reading one configuration file.
 *
 * To read a new kind of file:
 *
 *   1. Number its settings and write a table, one line each:
 *
 *          enum { MAIL_URL, MAIL_CONNECTIONS, MAIL_DOMAINS, MAIL_COUNT };
 *          static const struct cfg_key mail_keys[MAIL_COUNT] = {
 *                  [MAIL_URL]         = { "url", CFG_TEXT, CFG_REQUIRED },
 *                  [MAIL_CONNECTIONS] = { "connections", CFG_INT, 0 },
 *                  [MAIL_DOMAINS]     = { "allow-domains", CFG_TEXTS, 0 },
 *          };
 *
 *   2. struct cfg_file file; cfg_open() it. When *ret_usable is false every reason is in the diagnostics.
 *   3. const struct cfg_node *found[MAIL_COUNT]; cfg_group(&file, cfg_root(&file), mail_keys, MAIL_COUNT, found)
 *      reports settings that are unknown, of the wrong type or missing; found[i] is NULL for what is absent or wrong.
 *   4. cfg_text(), cfg_int(), cfg_bool(), cfg_count() and cfg_element() read what was found. CFG_TEXTS
 *      takes one text or a list of them: cfg_count() and cfg_text_at() treat both alike.
 *   5. Report what is wrong in meaning by cfg_error(&file, node, "...") and go on; when all is read,
 *      diagnostics->error_count says whether the file stands. cfg_close(). Texts die with the file: copy them.
 *
 * Numbers: libconfig 1.5 wraps a whole number that does not fit 32 bits and reads 010 as eight, so each
 * number of the source is looked at before libconfig sees it; what reaches cfg_int() is what was written.
 * Names and texts are well-formed UTF-8 without control characters. @include is refused.
 */
#ifndef RULEFILE_CFG_H
#define RULEFILE_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappad/arena.h"
#include "mappad/diagnostics.h"
#include "mappad/rulefile.h"
#include "mappad/status.h"

#define CFG_SIZE_MAX ((size_t)32 << 20) /* bytes of a file: 20,000 rules of 1,500 bytes are 30 million */
#define CFG_DEPTH_MAX 16                /* groups and lists within each other; the rule language needs 8 */
#define CFG_NAMES_MAX 128               /* settings in one group */

enum cfg_node_type { CFG_NODE_GROUP, CFG_NODE_LIST, CFG_NODE_TEXT, CFG_NODE_NUMBER, CFG_NODE_TRUTH };

/* A setting, or an element of a list. Only cfg*.c look inside. */
struct cfg_node {
        const char *name;               /* "" for an element of a list */
        union {
                const char *text;
                struct cfg_node *members;       /* of a group or a list */
                int32_t number;                 /* and truth */
        };
        uint32_t count;                 /* of members */
        int32_t line;
        enum cfg_node_type type;
};

enum cfg_type {
        CFG_TEXT,       /* "..." */
        CFG_TEXTS,      /* "..." or [ "...", ... ] or ( "...", ... ) */
        CFG_INT,        /* whole number of 32 bits */
        CFG_BOOL,       /* true or false */
        CFG_GROUP,      /* { ... } */
        CFG_GROUPS,     /* ( { ... }, ... ), or one { ... } alone */
        CFG_TEXT_OR_GROUPS, /* "..." or as CFG_GROUPS */
        CFG_ANY         /* left to whoever reads it */
};

#define CFG_REQUIRED 1U

struct cfg_key {
        const char *name;
        enum cfg_type type;
        unsigned int flags;     /* CFG_REQUIRED */
};

struct cfg_file {
        struct cfg_node root;
        struct arena arena;             /* owns all nodes below the root, and their texts */
        const char *name;               /* for diagnostics; the caller's */
        char *text;                     /* the source, NUL-terminated */
        size_t length;
        struct diagnostics *diagnostics;
};

/* Purpose: read and parse a file, or, if text is given, that in its place. *ret_usable is false when it could not be
 * read or parsed; why is in the diagnostics. Owns: the file, even when not usable: cfg_close it. Shape: name and
 * diagnostics outlive it. Errors: STATUS_NO_MEMORY alone; a file that cannot be read is a diagnostic. */
MUST_CHECK enum status cfg_open(struct cfg_file *file, const char *path, const struct rulefile_text *text,
                                struct diagnostics *diagnostics, bool *ret_usable);
/* Purpose: release a file. A zeroed one is left alone. */
void cfg_close(struct cfg_file *file);

/* Purpose: the group of all settings of a file. */
const struct cfg_node *cfg_root(const struct cfg_file *file);

/* Purpose: sort the settings of a group into a table: found[i] is that of keys[i], or NULL. Reports
 * unknown, wrongly typed and missing ones. Returns whether there was nothing to report. */
bool cfg_group(const struct cfg_file *file, const struct cfg_node *group, const struct cfg_key *keys, size_t count,
               const struct cfg_node **found);

/* Purpose: the line a node begins on; 0 for NULL. */
int cfg_line(const struct cfg_node *node);
/* Purpose: the name of a setting; "" for an element of a list. */
const char *cfg_name(const struct cfg_node *node);
/* Purpose: the text of a CFG_TEXT node (never NULL for one; "" is possible); NULL for NULL and for other types. */
const char *cfg_text(const struct cfg_node *node);
/* Purpose: the truth of a CFG_BOOL node, otherwise for NULL. */
bool cfg_bool(const struct cfg_node *node, bool otherwise);
/* Purpose: a CFG_INT node's number if it lies in min .. max, else report and return false. */
bool cfg_int(const struct cfg_file *file, const struct cfg_node *node, int32_t min, int32_t max, int32_t *ret_value);
/* Purpose: elements of a list or settings of a group; 1 for a single value; 0 for NULL. */
size_t cfg_count(const struct cfg_node *node);
/* Purpose: the nth of those: a single value (and a group that stands for a list) is its own first element. */
const struct cfg_node *cfg_element(const struct cfg_node *node, size_t index);
/* Purpose: the nth text of a CFG_TEXTS node. */
const char *cfg_text_at(const struct cfg_node *node, size_t index);
/* Purpose: settings of a group, and the nth of them, for groups whose names are not known beforehand. */
size_t cfg_member_count(const struct cfg_node *group);
const struct cfg_node *cfg_member(const struct cfg_node *group, size_t index);
/* Purpose: whether a node is of a type; a CFG_TEXTS also when it is a single text. */
bool cfg_is(const struct cfg_node *node, enum cfg_type type);
/* Purpose: what a node is, for sentences: "a whole number". */
const char *cfg_kind(const struct cfg_node *node);

/* Purpose: add a diagnostic about a node (NULL: about the file as a whole). */
__attribute__((format(printf, 3, 4)))
void cfg_error(const struct cfg_file *file, const struct cfg_node *node, const char *format, ...);
__attribute__((format(printf, 3, 4)))
void cfg_warning(const struct cfg_file *file, const struct cfg_node *node, const char *format, ...);

/* Purpose: "; did you mean "x"?" for the candidate nearest to word; when none is near, "; possible are a, b" if they
 * are few; else, and when the list of diagnostics is full, "". Owns: hint. */
#define CFG_HINT_SIZE 160
#define CFG_HINT_LISTED_MAX 7
const char *cfg_hint(const struct diagnostics *diagnostics, const char *word, const char *const *candidates,
                     size_t count, char hint[static CFG_HINT_SIZE]);

/* Purpose: look at a file's text before libconfig does (cfg_scan.c). Returns whether it may be parsed. */
MUST_CHECK enum status cfg_scan(const struct cfg_file *file, bool *ret_sound);

#endif
