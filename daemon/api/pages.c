/*
 * pages - lists of today that were asked for lately, as text (pages.h).
 *
 * The same list is asked for again and again, and most of the time nothing has
 * happened in between. Nobody tells this room when something has: a page bears the
 * stamp under which it was made, and is given out under that stamp alone, to that
 * question, for that sight. So none can be forgotten to be taken back.
 */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

static bool same_stamp(const struct app_stamp *a, const struct app_stamp *b)
{
        return a->written == b->written && a->book == b->book && a->day == b->day;
}

static bool same_sight(struct sight a, struct sight b)
{
        return a.within == b.within && a.hidden == b.hidden && a.uncounted == b.uncounted;
}

struct page_text *page_text_hold(struct page_text *text)
{
        text->holders++;
        return text;
}

void page_text_drop(struct page_text *text)
{
        if (text != NULL && --text->holders == 0)
                free(text);
}

static void let_go(struct page *page)
{
        page_text_drop(page->text);
        page->text = NULL;
        page->used = 0;
}

void pages_key(const struct api_call *call, struct page_key *ret_key)
{
        const char *question = http_request_query(call->request);
        size_t length = question == NULL ? 0 : strlen(question);

        ret_key->stamp.written = 0;
        if (call->law != NULL || length > PAGE_QUESTION_MAX ||
            app_stamp(call->api->app, call->now, &ret_key->stamp) != STATUS_OK)
                return;
        ret_key->sight = api_sight(call);
        memcpy(ret_key->question, question == NULL ? "" : question, length + 1);
}

static uint64_t last_used(const struct page *pages)
{
        uint64_t last = 0;

        for (size_t i = 0; i < PAGES_MAX; i++)
                last = pages[i].used > last ? pages[i].used : last;
        return last;
}

struct page_text *pages_find(struct api *api, const struct page_key *key)
{
        struct page_text *found = NULL;

        if (api->pages == NULL || key->stamp.written == 0)
                return NULL;
        for (struct page *page = api->pages; page < api->pages + PAGES_MAX; page++) {
                if (page->text == NULL)
                        continue;
                if (!same_stamp(&page->key.stamp, &key->stamp)) {
                        let_go(page);
                } else if (same_sight(page->key.sight, key->sight) && strcmp(page->key.question, key->question) == 0) {
                        page->used = last_used(api->pages) + 1;
                        found = page->text;
                }
        }
        return found;
}

/* A free place, or that of the page which was not asked for longest. */
static struct page *oldest(struct page *pages)
{
        struct page *oldest = pages;

        for (size_t i = 1; i < PAGES_MAX; i++)
                if (pages[i].used < oldest->used)
                        oldest = &pages[i];
        return oldest;
}

static struct page_text *copy(struct page_rows rows)
{
        struct page_text *text = malloc(sizeof *text + rows.length + 1);

        if (text == NULL)
                return NULL;
        *text = (struct page_text){.holders = 1, .rows = rows.rows, .length = rows.length + 1};
        memcpy(text->bytes, rows.bytes, rows.length);
        text->bytes[rows.length] = '\n';
        return text;
}

void pages_keep(struct api *api, const struct page_key *key, struct page_rows rows)
{
        struct page *page;

        if (key->stamp.written == 0 || rows.length > PAGE_SIZE_MAX)
                return;
        if (api->pages == NULL)
                api->pages = calloc(PAGES_MAX, sizeof *api->pages);
        if (api->pages == NULL)
                return;
        page = oldest(api->pages);
        let_go(page);
        page->text = copy(rows);
        if (page->text == NULL)
                return;
        page->key = *key;
        page->used = last_used(api->pages) + 1;
}

void pages_close(struct api *api)
{
        for (size_t i = 0; api->pages != NULL && i < PAGES_MAX; i++)
                page_text_drop(api->pages[i].text);
        free(api->pages);
        api->pages = NULL;
}
