/*
 * pages - lists of today that were asked for lately, as text, for as long as they are true. Private to daemon/api.
 */
#ifndef API_PAGES_H
#define API_PAGES_H

#include "room.h"

#define PAGES_MAX 8                     /* so many, each of */
#define PAGE_SIZE_MAX (64 * 1024)       /* at most so many bytes: half a megabyte in all */
#define PAGE_QUESTION_MAX 511

/* By what a page is found: whoever gives a page out has the very same of all three. */
struct page_key {
        struct app_stamp stamp;         /* written 0: no key */
        struct sight sight;             /* of whoever asks */
        char question[PAGE_QUESTION_MAX + 1];   /* as it was sent */
};

/* From the first row to the line feed at the end of the answer. It lives as long as anybody holds it: the page, and
 * answers that are on their way. */
struct page_text {
        unsigned holders;
        uint64_t rows;
        size_t length;
        char bytes[];
};
struct page_text *page_text_hold(struct page_text *text);
void page_text_drop(struct page_text *text);    /* NULL is nothing */

struct page {
        struct page_key key;
        struct page_text *text;
        uint64_t used;                  /* the last one that was given out has the highest */
};

/* Purpose: the key of a call. Shape: written is 0 where no page is kept, for other rules than those in force, a long
 * question, or when the application cannot say what it stands on. */
void pages_key(const struct api_call *call, struct page_key *ret_key);
/* Purpose: the text of the page of a key, or NULL. Pages of another stamp than the key's are let go. Owns: it lives
 * until the next call on pages, or is held. */
struct page_text *pages_find(struct api *api, const struct page_key *key);
/* Purpose: keep a copy of what a list says from its first row on, with the line feed that it will end with, for a key,
 * in the place of the page that was not asked for longest. A key without number, a longer text and want of memory keep
 * nothing. */
struct page_rows { const char *bytes; size_t length; uint64_t rows; };
void pages_keep(struct api *api, const struct page_key *key, struct page_rows rows);
/* Purpose: answer with a page, once the log says so, else refuse. Owns: what beginning, the answer's head, holds. */
void api_show_page(const struct api_call *call, struct page_text *text, struct wire_buffer *beginning);
/* Purpose: answer with it. Owns: what beginning holds, and a hold on the text. */
void api_reply_page(struct http_request *request, struct wire_buffer *beginning, struct page_text *text);
void pages_close(struct api *api);

#endif
