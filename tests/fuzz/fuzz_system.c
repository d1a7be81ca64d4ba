/*
 * fuzz_system - can what the system hands to the daemon hurt it: a time zone file, the file of a test clock, a credential, what the
 * service manager puts into the environment, or a text that goes to the log?
 *
 * fuzz-layer: daemon
 * Input: one byte that says which, and the bytes of it; of the environment the values, divided by NUL. A sanitizer's report, a failing
 * ENSURE, a zone that is taken and gives a day or a minute that is none, time that goes backwards, a credential that is taken and is
 * no line of 1 to 511 bytes, a descriptor that was never handed over, or a byte in the log that a terminal would obey is a finding.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The zone is read from where the fuzzer says, so its room is taken in under other names. */
#define wallclock_zone zone_fuzzed
#define wallclock_minute zone_fuzzed_minute
#define wallclock_day zone_fuzzed_day
#define wallclock_instant zone_fuzzed_instant
#define wallclock_next zone_fuzzed_next
#define wallclock_previous zone_fuzzed_previous
#include "../../daemon/service/zone.c"
#undef wallclock_zone
#undef wallclock_minute
#undef wallclock_day
#undef wallclock_instant
#undef wallclock_next
#undef wallclock_previous

#include "../../daemon/mail/relay.h"
#include "mappad/log.h"
#include "mappad/systemd.h"
#include "mappad/wire.h"

#define VALUES_MAX 4
#define VALUE_SIZE 200
#define SECRET_MAX 511

static char folder[] = "/tmp/fuzz-system-XXXXXX";

static void must(bool right)
{
        if (!right)
                abort();
}

/* A file of that name in our folder, with these bytes. */
static void write_file(const char *name, const uint8_t *bytes, size_t size, char ret_path[static 64])
{
        snprintf(ret_path, 64, "%s/%s", folder, name);
        int fd = open(ret_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
}

/* ---- a time zone: what is taken for whole goes to the C library, and days and minutes are asked of it ---- */

static void read_zone(const uint8_t *bytes, size_t size)
{
        static const uint16_t minutes[] = {0, 450, 1439};
        static const struct wallclock_schedule schedule = {minutes, 3};
        char path[64], value[72];

        if (!zone_whole(bytes, size))
                return;
        write_file("zone", bytes, size, path);
        snprintf(value, sizeof value, ":%s", path);
        must(setenv("TZ", value, 1) == 0);
        tzset();
        for (int64_t ms = INT64_C(-2208988800000); ms < INT64_C(7258118400000); ms += INT64_C(473040000000)) {
                int32_t day = zone_fuzzed_day(ms), minute = zone_fuzzed_minute(ms);

                must(day >= CIVIL_MIN && day <= CIVIL_MAX && minute >= 0 && minute < 1440);
                struct wallclock_slot next = zone_fuzzed_next(&schedule, ms), last = zone_fuzzed_previous(&schedule, ms);
                must(next.ms > ms && last.ms <= ms);
        }
        must(unsetenv("TZ") == 0);
        tzset();
}

/* ---- the file of a test clock ---- */

static void read_clock(const uint8_t *bytes, size_t size)
{
        struct wallclock *clock = NULL;
        char path[64];
        bool changed = false;

        write_file("clock", bytes, size, path);
        if (wallclock_new(path, &clock) == STATUS_OK) {
                struct moment now = wallclock_now(clock);

                must(now.today >= CIVIL_MIN && now.today <= CIVIL_MAX && now.minute < 1440);
                write_file("clock", bytes, size, path);
                must(wallclock_read(clock, &changed) == STATUS_OK && !changed);
        }
        wallclock_free(clock);
}

/* ---- a credential ---- */

static void read_credential(const uint8_t *bytes, size_t size)
{
        static const char *const domains[] = {"police.uk"};
        const struct mail_options options = {.url = "smtps://relay.police.uk", .from = "a@x.police.uk",
                                             .tls = MAIL_TLS_REQUIRED, .user = "a",
                                             .password_credential = "secret", .credentials_directory = folder, .allow_domains = domains,
                                             .allow_domain_count = 1, .connections = 1};
        char path[64], problem[MAIL_PROBLEM_SIZE] = "";
        struct relay relay;

        write_file("secret", bytes, size, path);
        if (relay_init(&relay, &options, problem) == STATUS_OK) {
                size_t length = strlen(relay.secret);

                must(length >= 1 && length <= SECRET_MAX && length <= size && memcmp(relay.secret, bytes, length) == 0);
                must(size - length <= 2 && (size == length || bytes[size - 1] == '\n' || bytes[size - 1] == '\r'));
        } else {
                must(problem[0] != '\0');
        }
        relay_fini(&relay);
}

/* ---- the environment ---- */

/* By putenv and in place: setenv keeps every value for ever. */
static void read_environment(const uint8_t *bytes, size_t size)
{
        static const char *const names[VALUES_MAX] = {"LISTEN_FDS", "WATCHDOG_USEC", "JOURNAL_STREAM", "LISTEN_FDNAMES"};
        static char values[VALUES_MAX][VALUE_SIZE], processes[2][32];
        int fd = -1;

        snprintf(processes[0], sizeof processes[0], "LISTEN_PID=%d", (int)getpid());
        snprintf(processes[1], sizeof processes[1], "WATCHDOG_PID=%d", (int)getpid());
        must(putenv(processes[0]) == 0 && putenv(processes[1]) == 0);
        for (size_t i = 0; i < VALUES_MAX; i++) {
                size_t length = strnlen((const char *)bytes, size);

                snprintf(values[i], VALUE_SIZE, "%s=%.*s", names[i], (int)length, (const char *)bytes);
                must(putenv(values[i]) == 0);
                bytes += length + (length < size);
                size -= length + (length < size);
        }
        log_open();
        (void)systemd_watchdog_ms();
        must(systemd_listener(&fd) != STATUS_OK || fd == -1);
        for (size_t i = 0; i < VALUES_MAX; i++)
                must(unsetenv(names[i]) == 0);
        log_open();
}

/* ---- what goes to the log ---- */

static void write_log(const uint8_t *bytes, size_t size)
{
        static const size_t sizes[] = {1, 7, 300};
        char *text = malloc(size + 1), clean[300];

        must(text != NULL);
        memcpy(text, bytes, size);
        text[size] = '\0';
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                log_escape(text, clean, sizes[i]);
                size_t length = strnlen(clean, sizes[i]), at = 0;

                must(length < sizes[i]);
                while (at < length) {
                        uint32_t code = 0;
                        size_t of = wire_utf8_length(clean + at, length - at, &code);

                        must(of > 0 && code >= ' ' && (code < 0x7f || code > 0x9f));
                        at += of;
                }
        }
        free(text);
}

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void leave(void)
{
        static const char *const names[] = {"zone", "clock", "secret"};
        char path[64];

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                snprintf(path, sizeof path, "%s/%s", folder, names[i]);
                (void)unlink(path);
        }
        (void)rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
        (void)count;
        (void)words;
        must(mkdtemp(folder) != NULL && atexit(leave) == 0);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        switch (data[0] % 5) {
        case 0:
                read_zone(data + 1, size - 1);
                break;
        case 1:
                read_clock(data + 1, size - 1);
                break;
        case 2:
                read_credential(data + 1, size - 1);
                break;
        case 3:
                write_log(data + 1, size - 1);
                break;
        default:
                read_environment(data + 1, size - 1);
                break;
        }
        return 0;
}
