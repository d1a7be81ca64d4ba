/*
 * fuzz_files - can the bytes of the configuration, of a contacts file, of an address or of kept rules hurt us?
 *
 * fuzz-layer: rulefile
 * Input: one byte that says which of the four, and the file. A refusal without a diagnostic, settings or
 * contacts beside an error, a value outside what its door promises, a mailbox that could end a line, a
 * sanitizer's report or a failing ENSURE is a finding.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mappad/arena.h"
#include "mappad/contacts.h"
#include "mappad/mailbox.h"
#include "mappad/rulefile.h"
#include "mappad/settings.h"

static const char *const domains[] = {"police.uk", "gov.uk"};

static void must(bool right)
{
        if (!right)
                abort();
}

static void read_settings(const char *text, size_t length)
{
        struct diagnostics diagnostics;
        struct settings *settings = NULL;

        diagnostics_init(&diagnostics);
        enum status status = settings_load_text("fuzz.conf", text, length, &diagnostics, &settings);
        must((status == STATUS_OK) == (settings != NULL) && (status == STATUS_OK) == (diagnostics.error_count == 0));
        if (settings != NULL) {
                const struct settings_limits *limits = &settings->limits;

                must(limits->per_user >= 1 && limits->per_user <= limits->connections && limits->connections <= 4000);
                must(limits->body_size_max >= 1024 && limits->header_size_max <= 65536 && limits->request_ms >= 1000);
                must(settings->sweep_count >= 1 && settings->sweep_count <= SETTINGS_SWEEPS_MAX);
                for (size_t i = 0; i < settings->sweep_count; i++)
                        must(settings->sweep_minutes[i] < 1440 && (i == 0 || settings->sweep_minutes[i - 1] < settings->sweep_minutes[i]));
                must(settings_needs_restart(settings, settings) == NULL);
        }
        diagnostics_sort(&diagnostics);
        settings_free(settings);
        diagnostics_fini(&diagnostics);
}

static void look_at(void *context, const struct contact_step *step)
{
        (void)context;
        must(mailbox_valid(step->mailbox) && mailbox_allowed(step->mailbox, domains, 2));
}

static void read_contacts(const char *text, size_t length)
{
        static int fd = -1;
        struct diagnostics diagnostics;
        struct contacts *contacts = NULL;
        char path[32];

        if (fd < 0)
                fd = memfd_create("contacts", MFD_CLOEXEC);
        must(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, length, 0) == (ssize_t)length);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        diagnostics_init(&diagnostics);
        enum status status = contacts_load(path, domains, 2, &diagnostics, &contacts);
        must((status == STATUS_OK) == (contacts != NULL) && (status == STATUS_OK) == (diagnostics.error_count == 0));
        for (int32_t day = 19000; contacts != NULL && day < 21000; day += 500) {
                contacts_everybody(contacts, day, look_at, NULL);
                (void)contacts_heartbeat(contacts, day);
        }
        diagnostics_sort(&diagnostics);
        contacts_free(contacts);
        diagnostics_fini(&diagnostics);
}

/* What passes for a mailbox can be put into an SMTP command and a header as it is. */
static void read_mailbox(const char *text, size_t length)
{
        enum mailbox_problem problem = mailbox_examine(text, length);
        char *copy = malloc(length + 1);

        must(copy != NULL && mailbox_problem_sentence(problem) != NULL);
        memcpy(copy, text, length);
        copy[length] = '\0';
        if (problem == MAILBOX_FINE) {
                must(strlen(copy) == length && length <= MAILBOX_MAX && mailbox_valid(copy) && mailbox_same(copy, copy));
                must(strchr(mailbox_domain(copy), '@') == NULL && mailbox_domain_valid(mailbox_domain(copy)));
                for (size_t i = 0; i < length; i++)
                        must(copy[i] > ' ' && copy[i] <= '~' && strchr("<>\"\\()[]:;,", copy[i]) == NULL);
                (void)mailbox_allowed(copy, domains, 2);
        }
        free(copy);
}

/* Rules as the record keeps them come apart into files that lie one behind the other, and nothing is left over. */
static void take_apart(const char *bytes, size_t length)
{
        struct arena arena;
        struct rulefile_text *files = NULL;
        size_t count = 0, whole = 0;
        char *text = malloc(length + 1);

        must(text != NULL);
        memcpy(text, bytes, length);
        text[length] = '\0';
        arena_init(&arena, malloc, free);
        if (rulefile_unbind(text, &arena, &files, &count) == STATUS_OK) {
                must(count <= RULEFILE_FILES_MAX);
                for (size_t i = 0; i < count; i++)
                        whole += strlen(files[i].name) + strlen(files[i].text) + 4;     /* each with its length, "0:" at least */
                must(whole <= strlen(text));
        }
        arena_fini(&arena);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        const char *text = (const char *)data + 1;
        switch (data[0] % 4) {
        case 0:
                read_settings(text, size - 1);
                break;
        case 1:
                read_contacts(text, size - 1);
                break;
        case 2:
                read_mailbox(text, size - 1);
                break;
        default:
                take_apart(text, size - 1);
                break;
        }
        return 0;
}
