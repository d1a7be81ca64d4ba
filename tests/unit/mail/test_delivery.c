/*
 * test_delivery - the mail room against real servers.
 *
 * Without arguments this runs tests/mail/delivery.py, which starts SMTP servers
 * of every kind and calls this program back. With arguments it is the mail room
 * with an outbox in memory and a clock that jumps to the next attempt, so that
 * nothing waits. It prints one line of JSON for each attempt; of long letters, at the
 * end, how many were read and how many were in the room's hands at once.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mappad/mail.h"

#define MESSAGES_MAX 256
#define LONG_LETTER (256 * 1024)
#define START_MS INT64_C(1679470200000) /* 2023-03-22 07:30 UTC */

struct row {
        char recipient[300], message_id[64];
        uint32_t attempts;
        int64_t next_ms;
        bool done, ambiguous, hold;     /* hold: no further attempt in this run */
        bool marked;    /* as the record would say, were this the end */
};

struct outbox {
        struct row rows[MESSAGES_MAX];
        size_t count;
        struct moment now;
        uint32_t attempts_max;
        bool multipart, lengthy;
        unsigned letters, marked, marked_most;
        char long_text[LONG_LETTER + 1];
};

/* Lines of 63 letters. */
static void write_long_text(struct outbox *outbox)
{
        for (size_t i = 0; i < LONG_LETTER; i++)
                outbox->long_text[i] = i % 64 == 63 ? '\n' : (char)('a' + i / 64 % 26);
}

static enum status due(void *context, struct moment moment, struct app_outbox_place after, app_message_fn sink, void *sink_context)
{
        struct outbox *outbox = context;

        for (size_t i = after.id, sunk = 0; i < outbox->count && sunk < 8; i++) {
                struct row *row = &outbox->rows[i];
                struct app_message message = {
                        .id = i + 1, .recipient = row->recipient, .message_id = row->message_id,
                        .subject = "[OFFICIAL-SENSITIVE] MAPPA unit \342\200\223 caf\303\251: 1 overdue, 2 due soon, 1 moved, 2 to check",
                        .created_ms = START_MS, .next_ms = row->next_ms, .attempts = row->attempts, .ambiguous = row->ambiguous,
                };

                if (row->done || row->hold || row->next_ms > moment.ms)
                        continue;
                sink(sink_context, &message);
                sunk++;
        }
        return STATUS_OK;
}

static enum status letter(void *context, const struct app_message *message, app_message_fn sink, void *sink_context)
{
        struct outbox *outbox = context;
        struct app_message whole = *message;

        outbox->letters++;
        whole.text = outbox->lengthy ? outbox->long_text
                                     : "OFFICIAL-SENSITIVE\n\n  DBY-7K3Q  Review meeting\n.\nFrom here\n\nEnd of caf\303\251 \n";
        whole.html = outbox->multipart ? "<p>1 overdue &mdash; caf\303\251</p>\n" : NULL;
        whole.calendar = outbox->multipart ? "BEGIN:VCALENDAR\nEND:VCALENDAR\n" : NULL;
        sink(sink_context, &whole);
        return STATUS_OK;
}

static enum status report(void *context, struct app_report told)
{
        struct outbox *outbox = context;
        struct row *row = &outbox->rows[told.id - 1];

        if (told.verdict == VERDICT_UNDER_WAY) {
                row->marked = true;
                outbox->marked++;
                if (outbox->marked > outbox->marked_most)
                        outbox->marked_most = outbox->marked;
        } else {
                outbox->marked--;
        }
        if (told.verdict == VERDICT_UNDER_WAY)
                return STATUS_OK;
        if (told.clears || told.verdict == VERDICT_AMBIGUOUS)
                row->marked = told.verdict == VERDICT_AMBIGUOUS;
        if (told.verdict == VERDICT_UNTRIED)
                return STATUS_OK;
        row->attempts++;
        row->next_ms = told.retry_ms;
        row->done = told.verdict == VERDICT_SENT || told.verdict == VERDICT_PERMANENT;
        row->ambiguous |= told.verdict == VERDICT_AMBIGUOUS;
        row->hold = row->attempts >= outbox->attempts_max;
        return STATUS_OK;
}

static void print_escaped(const char *text)
{
        for (const char *c = text; *c != '\0'; c++)
                printf("%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
}

static void tell(void *context, const struct mail_attempt *attempt)
{
        static const char *const words[] = { [VERDICT_SENT] = "sent", [VERDICT_RETRY] = "retry", [VERDICT_AMBIGUOUS] = "ambiguous",
                                             [VERDICT_PERMANENT] = "permanent" };
        const struct outbox *outbox = context;
        const struct app_report *told = attempt->report;

        printf("{\"recipient\": \"");
        for (const char *c = attempt->recipient; *c != '\0'; c++)
                printf(*c < ' ' || *c == '"' || *c == '\\' ? "?" : "%c", *c);
        printf("\", \"id\": \"%s\", \"attempts\": %u, \"verdict\": \"%s\", \"wait\": %lld, \"answer\": \"", attempt->message_id,
               attempt->attempts, words[told->verdict], told->retry_ms == 0 ? 0 : (long long)(told->retry_ms - outbox->now.ms));
        print_escaped(told->answer);
        printf("\"}\n");
        fflush(stdout);
}

/* Jumps to the next attempt when nothing is under way. False when nothing is left to do. */
static bool jump(struct outbox *outbox)
{
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < outbox->count; i++)
                if (!outbox->rows[i].done && !outbox->rows[i].hold && outbox->rows[i].next_ms < next)
                        next = outbox->rows[i].next_ms;
        if (next == INT64_MAX)
                return false;
        if (next > outbox->now.ms)
                outbox->now.ms = next;
        return true;
}

static void read_rows(struct outbox *outbox)
{
        char line[300];

        while (outbox->count < MESSAGES_MAX && fgets(line, sizeof(line), stdin) != NULL) {
                struct row *row = &outbox->rows[outbox->count++];

                line[strcspn(line, "\n")] = '\0';
                /* A vertical bar stands for CR LF, so that a list of lines can hold an attack. */
                for (const char *c = line; *c != '\0'; c++)
                        snprintf(row->recipient + strlen(row->recipient), 3, "%s", *c == '|' ? "\r\n" : (char[]){ *c, '\0' });
                snprintf(row->message_id, sizeof(row->message_id), "%zu.2023-03-22@mappad.example.police.uk", outbox->count);
        }
}

static void stop(evutil_socket_t fd, short what, void *context)
{
        (void)fd;
        (void)what;
        *(bool *)context = true;
}

static void run(struct outbox *outbox, struct mail *mail, struct event_base *base, long cut_after_ms)
{
        struct timeval after = { cut_after_ms / 1000, cut_after_ms % 1000 * 1000 };
        bool cut = false;
        struct event *timer = evtimer_new(base, stop, &cut);

        if (cut_after_ms > 0)
                evtimer_add(timer, &after);
        while (!cut) {
                mail_kick(mail, outbox->now);
                mail_go(mail);
                if (mail_under_way(mail) == 0 && mail_next_wake(mail, outbox->now, INT64_MAX) == INT64_MAX && !jump(outbox))
                        break;
                if (mail_under_way(mail) > 0)
                        event_base_loop(base, EVLOOP_ONCE);
        }
        event_free(timer);
}

static int serve(char **arguments)
{
        static const char *const domains[] = { "police.uk" };
        static struct outbox outbox;
        struct mail_options options = {
                .url = arguments[1], .tls = strcmp(arguments[2], "none") == 0 ? MAIL_TLS_NONE : MAIL_TLS_REQUIRED,
                .ca_file = arguments[3], .connections = (uint32_t)strtoul(arguments[4], NULL, 10),
                .timeout_ms = (uint32_t)strtoul(arguments[5], NULL, 10),
                .user = arguments[7], .password_credential = arguments[7][0] == '\0' ? "" : "smtp-password",
                .credentials_directory = arguments[8], .from = "mappa-unit@example.police.uk", .from_name = "MAPPA unit",
                .allow_domains = domains, .allow_domain_count = 1, .tell = tell, .tell_context = &outbox, .seed = 7,
        };
        struct event_base *base = event_base_new();
        char problem[MAIL_PROBLEM_SIZE] = "";
        struct mail *mail = NULL;

        outbox.now.ms = START_MS;
        outbox.attempts_max = (uint32_t)strtoul(arguments[6], NULL, 10);
        outbox.multipart = strcmp(arguments[9], "multipart") == 0;
        outbox.lengthy = strcmp(arguments[9], "long") == 0;
        write_long_text(&outbox);
        read_rows(&outbox);
        if (mail_open(&options, base, (struct mail_outbox){ &outbox, due, letter, report }, &mail, problem) != STATUS_OK) {
                printf("{\"problem\": \"");
                print_escaped(problem);
                printf("\"}\n");
                event_base_free(base);
                return 1;
        }
        run(&outbox, mail, base, strtol(arguments[10], NULL, 10));
        mail_close(mail, outbox.now);
        event_base_free(base);
        if (outbox.lengthy)
                printf("{\"letters\": %u, \"at_once\": %u}\n", outbox.letters, outbox.marked_most);
        for (size_t i = 0; i < outbox.count; i++)
                if (outbox.rows[i].marked != outbox.rows[i].ambiguous)
                        printf("{\"problem\": \"the mark of message %zu is not what came of it\"}\n", i + 1);
        return 0;
}

int main(int count, char **arguments)
{
        if (count == 11)
                return serve(arguments);
        execl("/usr/bin/python3", "python3", "tests/mail/delivery.py", arguments[0], (char *)NULL);
        perror("/usr/bin/python3");
        return 1;
}
