/*
 * played_curl - libcurl as far as mappactl uses it, and its standard output, for fuzzers that run the whole of mappactl.
 *
 * Included once, behind a table `statuses` of the statuses that answers have. Each question gets the next of the answers that lie one
 * behind the other, divided by NUL, in small pieces. Who asks on has none, and is refused after MISSED_MAX of those: what is followed for
 * ever comes to an end so. Nobody sleeps.
 */
#include <curl/curl.h>
#include <stdarg.h>

#include "mappad/wire.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define QUESTIONS_MAX 400       /* beside one for each byte: a list has as many pages as there are answers */
#define MISSED_MAX 2
#define REFUSED 403
#define PIECE 7                 /* bytes of an answer at a time */

static void must(bool right)
{
        if (!right)
                abort();
}

static struct {
        const uint8_t *at, *end;
        size_t asked, missed, allowed; /* questions; those without an answer; how many there can be if every byte is one */
        long status;
        size_t (*take)(char *, size_t, size_t, void *);
        void *context;
        CURLcode apart; /* of a question that is not waited for at once ... */
        bool told;      /* ... and whether that was said */
} line;

/* The answers that are to come. */
static void play(const void *answers, size_t size)
{
        line.at = answers;
        line.end = line.at + size;
        line.asked = line.missed = 0;
        line.allowed = QUESTIONS_MAX + size;
}

unsigned int sleep(unsigned int seconds)
{
        (void)seconds;
        return 0;
}

CURL *curl_easy_init(void)
{
        return &line;
}

void curl_easy_cleanup(CURL *curl)
{
        (void)curl;
}

void curl_easy_reset(CURL *curl)
{
        (void)curl;
        line.take = NULL;
}

CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
        va_list values;

        (void)curl;
        va_start(values, option);
        if (option == CURLOPT_WRITEFUNCTION)
                line.take = va_arg(values, size_t(*)(char *, size_t, size_t, void *));
        else if (option == CURLOPT_WRITEDATA)
                line.context = va_arg(values, void *);
        va_end(values);
        return CURLE_OK;
}

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
        va_list values;

        (void)curl;
        va_start(values, info);
        *va_arg(values, long *) = info == CURLINFO_RESPONSE_CODE ? line.status : 0;
        va_end(values);
        return CURLE_OK;
}

CURLcode curl_easy_perform(CURL *curl)
{
        (void)curl;
        must(++line.asked < line.allowed);
        line.status = 0;
        if (line.at == line.end && line.missed++ < MISSED_MAX)
                return CURLE_GOT_NOTHING;
        if (line.at == line.end) {
                line.status = REFUSED;
                return CURLE_OK;
        }
        const uint8_t *gap = memchr(line.at, '\0', (size_t)(line.end - line.at));
        const uint8_t *stop = gap != NULL ? gap : line.end;
        if (line.at < stop)
                line.status = statuses[*line.at++ % (sizeof statuses / sizeof statuses[0])];
        CURLcode code = CURLE_OK;
        while (code == CURLE_OK && line.at < stop) {
                char bytes[PIECE];
                size_t length = (size_t)(stop - line.at) < PIECE ? (size_t)(stop - line.at) : PIECE;

                memcpy(bytes, line.at, length);
                line.at += length;
                code = line.take(bytes, 1, length, line.context) == length ? CURLE_OK : CURLE_WRITE_ERROR;
        }
        line.at = gap != NULL ? gap + 1 : line.end;
        return code;
}

CURLM *curl_multi_init(void)
{
        return &line;
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
        (void)multi;
        return CURLM_OK;
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *curl)
{
        (void)multi;
        line.told = false;
        line.apart = curl_easy_perform(curl);
        return CURLM_OK;
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *curl)
{
        (void)multi;
        (void)curl;
        return CURLM_OK;
}

CURLMcode curl_multi_perform(CURLM *multi, int *ret_under_way)
{
        (void)multi;
        *ret_under_way = 0;
        return CURLM_OK;
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *ret_left)
{
        static CURLMsg over;

        (void)multi;
        *ret_left = 0;
        over.data.result = line.apart;
        if (line.told)
                return NULL;
        line.told = true;
        return &over;
}

/* ---- what was said ---- */

static char *said;
static size_t said_length;

/* What is asked for as it is, under a hash or for another program, is handed on as it is: but nothing else is. */
static void look_at_what_was_said(void)
{
        for (size_t i = 0, size; i < said_length; i += size) {
                uint32_t code = 0;

                size = wire_utf8_length(said + i, said_length - i, &code);
                must(size > 0);
                must(code >= ' ' || code == '\n' || code == '\t' || (code == '\r' && i + 1 < said_length && said[i + 1] == '\n'));
                must(code < 0x7f || code > 0x9f);
        }
}

/* What people would read is kept; what is said of mistakes is not: the fuzzer itself has its own way to standard error. */
static void keep_what_is_said(void)
{
        stdout = open_memstream(&said, &said_length);
        stderr = fopen("/dev/null", "w");
        must(stdout != NULL && stderr != NULL);
}
