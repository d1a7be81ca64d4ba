/*
 * settings_restart - what a running daemon cannot change.
 *
 * The first setting that differs is named, so that whoever reloads knows which
 * of the changes waits for a restart.
 */
#include <string.h>

#include "mappad/settings.h"

static bool texts_same(const struct settings_texts *one, const struct settings_texts *other)
{
        if (one->count != other->count)
                return false;
        for (size_t i = 0; i < one->count; i++)
                if (strcmp(one->items[i], other->items[i]) != 0)
                        return false;
        return true;
}

static bool mail_same(const struct settings_mail *one, const struct settings_mail *other)
{
        return one->enabled == other->enabled && one->tls == other->tls && one->connections == other->connections &&
               one->counts_only == other->counts_only && one->quiet_from == other->quiet_from &&
               one->quiet_until == other->quiet_until && one->working_days == other->working_days &&
               strcmp(one->url, other->url) == 0 && strcmp(one->from, other->from) == 0 &&
               strcmp(one->ca_file, other->ca_file) == 0 && strcmp(one->user, other->user) == 0 &&
               strcmp(one->marking, other->marking) == 0 &&
               strcmp(one->password_credential, other->password_credential) == 0 &&
               texts_same(&one->allow_domains, &other->allow_domains);
}

const char *settings_needs_restart(const struct settings *before, const struct settings *after)
{
        if (strcmp(before->state_directory, after->state_directory) != 0)
                return "state-directory";
        if (strcmp(before->socket, after->socket) != 0)
                return "socket";
        if (strcmp(before->watch_file, after->watch_file) != 0)
                return "watch-file";
        if (strcmp(before->time_zone, after->time_zone) != 0)
                return "time-zone";
        if (before->sweep_count != after->sweep_count ||
            memcmp(before->sweep_minutes, after->sweep_minutes,
                   before->sweep_count * sizeof before->sweep_minutes[0]) != 0)
                return "sweep-at";
        return mail_same(&before->mail, &after->mail) ? NULL : "mail";
}
