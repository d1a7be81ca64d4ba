/*
 * bench_smtp - what libcurl alone reaches: messages of one size to a relay over a number of connections.
 *
 * Usage: bench_smtp URL COUNT CONNECTIONS BYTES. Nothing is read, nothing is kept, nothing is durable; each message has
 * one recipient, and connections are used again, as in the daemon.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define CONNECTIONS_MAX 16
#define BYTES_MAX 1000000

struct message {
        CURL *easy;
        struct curl_slist *recipients;
        size_t given;
};

struct sender {
        CURLM *multi;
        const char *url;
        struct message messages[CONNECTIONS_MAX];
        long begun, ended, count;
};

static char text[BYTES_MAX];
static size_t text_size;

static size_t give(char *buffer, size_t size, size_t count, void *context)
{
        struct message *message = context;
        size_t left = text_size - message->given, length = size * count < left ? size * count : left;

        memcpy(buffer, text + message->given, length);
        message->given += length;
        return length;
}

static void begin_next(struct sender *sender, struct message *message)
{
        char recipient[64];

        if (sender->begun == sender->count)
                return;
        snprintf(recipient, sizeof recipient, "r%ld@example.police.uk", sender->begun++);
        curl_slist_free_all(message->recipients);
        message->recipients = curl_slist_append(NULL, recipient);
        message->given = 0;
        curl_easy_setopt(message->easy, CURLOPT_URL, sender->url);
        curl_easy_setopt(message->easy, CURLOPT_MAIL_FROM, "mappa-unit@example.police.uk");
        curl_easy_setopt(message->easy, CURLOPT_MAIL_RCPT, message->recipients);
        curl_easy_setopt(message->easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(message->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)text_size);
        curl_easy_setopt(message->easy, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(message->easy, CURLOPT_READDATA, message);
        curl_easy_setopt(message->easy, CURLOPT_PRIVATE, message);
        curl_easy_setopt(message->easy, CURLOPT_NOSIGNAL, 1L);
        if (curl_multi_add_handle(sender->multi, message->easy) != CURLM_OK)
                measure_fail("libcurl takes no message");
}

static void collect(struct sender *sender)
{
        const struct CURLMsg *ended;
        int left;

        while ((ended = curl_multi_info_read(sender->multi, &left)) != NULL) {
                char *context = NULL;

                if (ended->msg != CURLMSG_DONE)
                        continue;
                if (ended->data.result != CURLE_OK)
                        measure_fail("a message was not taken: %s", curl_easy_strerror(ended->data.result));
                curl_easy_getinfo(ended->easy_handle, CURLINFO_PRIVATE, &context);
                sender->ended++;
                curl_multi_remove_handle(sender->multi, ended->easy_handle);
                begin_next(sender, (struct message *)(void *)context);
        }
}

int main(int argc, char **argv)
{
        struct measure whole = {.name = "smtp"};
        struct sender sender = {.url = argc == 5 ? argv[1] : ""};
        long connections = argc == 5 ? strtol(argv[3], NULL, 10) : 0;
        int running = 0;

        if (connections < 1 || connections > CONNECTIONS_MAX)
                measure_fail("usage: bench_smtp URL COUNT CONNECTIONS BYTES");
        sender.count = strtol(argv[2], NULL, 10);
        text_size = (size_t)strtol(argv[4], NULL, 10) % BYTES_MAX;
        for (size_t i = 0; i < text_size; i++)
                text[i] = i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' : 'x';
        curl_global_init(CURL_GLOBAL_DEFAULT);
        sender.multi = curl_multi_init();
        curl_multi_setopt(sender.multi, CURLMOPT_MAXCONNECTS, connections);
        double start = measure_now();
        for (long i = 0; i < connections; i++) {
                sender.messages[i].easy = curl_easy_init();
                begin_next(&sender, &sender.messages[i]);
        }
        while (sender.ended < sender.count) {
                long before = sender.ended;

                if (curl_multi_perform(sender.multi, &running) != CURLM_OK)
                        measure_fail("libcurl failed");
                collect(&sender);
                if (sender.ended == before)
                        curl_multi_poll(sender.multi, NULL, 0, 1000, NULL);
        }
        measure_add(&whole, measure_now() - start);
        measure_print(&whole);
        return 0;
}
