#!/bin/bash
# Runs as root inside the booted copy: the installed thing, started for real.
# Prints "ok NAME" or "FAILED NAME" for each promise; the exit status is the number that failed.
# shellcheck disable=SC2317 # functions here are called by name
set -u
failed=0 noted=

ok() { echo "ok $1"; }
bad() { echo "FAILED $1"; shift; printf '    %s\n' "$@"; failed=$((failed + 1)); }

# Purpose: judge a promise by a command.
that() {
        local name=$1 output
        shift
        if output=$("$@" 2>&1); then ok "$name"; else bad "$name" "$output"; fi
}

# Purpose: ask again and again until a command succeeds; ten seconds at most, or as many as patience says.
eventually() {
        local left=$((${patience:-10} * 20))
        until "$@" >/dev/null 2>&1; do
                left=$((left - 1))
                [ "$left" -gt 0 ] || { echo "never true: $*"; return 1; }
                sleep 0.05
        done
}

main_pid() { systemctl show -P MainPID mappad.service; }
show() { systemctl show -P "$1" mappad.service; }
as() { local user=$1; shift; setpriv --reuid "$user" --regid "$user" --init-groups "$@"; }
not() { ! "$@"; }
journal_says() { journalctl -u mappad --no-pager | grep -q -i "$1"; }
is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }

# Purpose: the commands of a section of the document for administrators, as they stand there.
commands() {
        awk -v "title=## $1" '/^## /{inside = ($0 == title)} inside' /usr/share/doc/mappad/docs/operations.md |
                awk '/^ *```sh$/{shell = 1; next} /^ *```$/{shell = 0} shell' | sed 's/^ *//'
}

# Purpose: follow commands word for word, but for the names of a backup and of a head, which each has of its own.
follow() {
        local title=$1 line
        while IFS= read -r line; do
                line=${line//\/var\/backups\/mappad\/mappad-20260330T023000Z.db/$backup}
                line=${line//28144:b8fd.../$noted}
                that "$title: $line" bash -c "$line"
        done
}

# People of the test: one in each group, one in none.
printf 'u t-reader - - -\nu t-writer - - -\nu t-admin - - -\nu t-nobody - - -\nm t-reader mappa-read\nm t-writer mappa\nm t-admin mappa-admin\n' \
        >/usr/lib/sysusers.d/zz-mappad-test.conf
that "sysusers makes the daemon's user and the groups" systemd-sysusers
that "the installed configuration passes --check" /usr/sbin/mappad --check --config /etc/mappad/mappad.conf

mkdir -p /etc/systemd/system/mappad.service.d
printf '[Service]\nWatchdogSec=2\nRestartSec=100ms\n' >/etc/systemd/system/mappad.service.d/test.conf
systemctl daemon-reload
that "the socket unit starts" systemctl start mappad.socket
that "the socket belongs to group mappa, mode 0660 as seen by its owner" is "$(stat -c '%U:%G' /run/mappad/mappad.sock)" "root:mappa"
that "nothing runs before somebody calls" is "$(show ActiveState)" inactive
that "the first call starts the daemon and is answered" mappactl status
that "it is active" is "$(show ActiveState)" active
that "it says what it does" test -n "$(show StatusText)"
that "its state directory is its own" is "$(stat -c '%U:%a' /var/lib/mappad)" "mappad:700"

that "a reader may ask" as t-reader mappactl status
that "a reader may not record" not as t-reader mappactl record M-BOX01 sentenced --on 2026-01-05 disposal=custody
that "a writer may record" as t-writer mappactl record M-BOX01 sentenced --on 2026-01-05 disposal=custody
mappactl record M-BOX01 category-set --on 2026-01-05 category=1 >/dev/null && mappactl record M-BOX01 level-set --on 2026-01-05 level=2 >/dev/null
mappactl record M-BOX01 released --on 2026-01-06 --force >/dev/null
that "an administrator may ask" as t-admin mappactl status
that "a stranger does not even connect" not as t-nobody mappactl status

pid=$(main_pid)
that "it holds no capability" is "$(awk '/^CapEff/ {print $2}' "/proc/$pid/status")" 0000000000000000
that "it cannot gain privileges" is "$(awk '/^NoNewPrivs/ {print $2}' "/proc/$pid/status")" 1
that "its system calls are filtered" is "$(awk '/^Seccomp:/ {print $2}' "/proc/$pid/status")" 2
that "its view of the files can be entered" nsenter -t "$pid" -m -- true
that "it cannot write to /etc" not nsenter -t "$pid" -m -- touch /etc/mappad/written
that "it cannot see /home" is "$(nsenter -t "$pid" -m -- stat -c %a /home 2>/dev/null)" 0
that "it runs as its own user" is "$(stat -c %U "/proc/$pid")" mappad

# A program of our own in the place of the daemon, under the same unit: what is refused to it is refused to whoever takes the daemon over.
sed -e 's|^ExecStart=.*|ExecStart=/usr/bin/python3 /usr/local/lib/mappad-probe.py|' -e 's|^Type=notify|Type=oneshot|' -e '/^ExecStartPre=\|^ExecReload=\|^WatchdogSec=\|^Restart/d' \
        -e 's|^Requires=.*||' -e 's|^After=.*||' /lib/systemd/system/mappad.service >/etc/systemd/system/mappad-probe.service
echo 'StandardOutput=append:/run/mappad-probe.log' | sed -i '/^\[Service\]/r /dev/stdin' /etc/systemd/system/mappad-probe.service
systemctl daemon-reload
systemctl start mappad-probe.service
that "the probe of the sandbox ran to its end" grep -q 'lets the daemon write' /run/mappad-probe.log
while read -r line; do
        case $line in ok*) ok "${line#ok }" ;; *) bad "${line#FAILED }" ;; esac
done </run/mappad-probe.log
rm -f /etc/systemd/system/mappad-probe.service
systemctl daemon-reload

structured() { journalctl --no-pager -o json MAPPA_CASE=M-BOX01 | grep -q '"MAPPA_RULE"'; }
that "the journal is asked for a case, and knows rules" eventually structured
that "which says what was raised, fields or no fields" grep -Eq '^alert [0-9]+ was raised: .+ of [a-z0-9-]+ about M-BOX01' <(journalctl --no-pager -o cat MAPPA_CASE=M-BOX01)
that "and of another case it knows nothing" not grep -q . <(journalctl --no-pager -o cat MAPPA_CASE=M-BOX02)
that "the password reaches it as a credential, and it alone" is "$(nsenter -t "$pid" -m -- cat /run/credentials/mappad.service/smtp-password)" "$(cat /etc/mappad/smtp-password 2>/dev/null)"
that "others cannot read it" not as t-admin cat /run/credentials/mappad.service/smtp-password

kill -9 "$pid"
that "a call while it is dead is answered once it is back" mappactl show M-BOX01
that "it is another process" not is "$(main_pid)" "$pid"
that "what was recorded is there" grep -q sentenced <(mappactl show M-BOX01)

pid=$(main_pid)
kill -STOP "$pid"
that "the watchdog ends one that hangs" eventually not test -d "/proc/$pid"
that "and it is started again" eventually mappactl status
that "the journal says why" eventually journal_says watchdog

# An upgrade: the program is replaced and restarted while people ask.
calls() { for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do mappactl show M-BOX01 >/dev/null || return 1; done; }
calls & asking=$!
cp /usr/sbin/mappad /usr/sbin/mappad.new && mv /usr/sbin/mappad.new /usr/sbin/mappad
systemctl restart mappad.service
kill -9 "$(main_pid)"
wait "$asking"
lost=$?
that "of those who call while it is upgraded and killed none is lost" test "$lost" = 0

digest() { mappactl rules --json | sha256sum; }
before=$(digest)
pid=$(main_pid)
echo 'rules = ( { id = "broken"; } );' >/etc/mappad/rules/99-broken.cfg
systemctl reload mappad.service
that "a reload of wrong rules is told in the journal" eventually journal_says 99-broken.cfg
that "and changes nothing" is "$(digest)" "$before"
rm /etc/mappad/rules/99-broken.cfg
cp /etc/mappad/rules/10-reviews.cfg /tmp/reviews.cfg
sed -i 's/"16 weeks after"/"15 weeks after"/' /etc/mappad/rules/10-reviews.cfg
systemctl reload mappad.service
that "a reload of changed rules waits to be accepted, and the journal says so" eventually journal_says 'a reload waits'
that "and changes nothing" is "$(digest)" "$before"
accepted=$(mappactl reload 2>/dev/null | sed -n 's/^Digest //p')
that "only an administrator accepts it" not as t-writer mappactl reload --accept "$accepted"
mappactl rules accept "$accepted"
systemctl reload mappad.service
changed() { [ "$(digest)" != "$before" ]; }
that "once it is accepted a reload takes effect" eventually changed
that "in the same process" is "$(main_pid)" "$pid"

# A backup of a caseload that is being derived anew: what is to come of it lies beside what holds. The watchdog is the unit's own again.
rm /etc/systemd/system/mappad.service.d/test.conf
systemctl daemon-reload && systemctl restart mappad.service
pid=$(main_pid)
for event in '"category-set","category":"1"' '"level-set","level":"2"'; do # of so many cases other rules come in steps
        seq -f "{\"case\":\"M-%.0f\",\"on\":\"2026-01-05\",\"event\":$event}" 10000 19999
done >/tmp/caseload.ndjson
that "a caseload is imported" mappactl import /tmp/caseload.ndjson
cp /tmp/reviews.cfg /etc/mappad/rules/10-reviews.cfg
accepted=$(mappactl reload 2>/dev/null | sed -n 's/^Digest //p')
no_change() { mappactl status --json | grep -q '"change": *null'; }
mappactl reload --accept "$accepted" >/dev/null &
changing=$!
that "a change of the rules is under way" eventually not no_change
systemctl start mappad-backup.service
wait "$changing"
backup=$(find /var/backups/mappad -name 'mappad-*.db' | head -1)
that "the backup service makes one that only its own user reads" is "$(stat -c '%U:%a' "$backup")" "mappad-backup:600"
that "it is verified" mappactl verify "$backup"
beside() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(f"file:{sys.argv[1]}?immutable=1", uri=True).execute("SELECT beside FROM meta").fetchone()[0])' "$1"; }
that "it has what is to come, or was, beside what holds" test "$(beside "$backup")" -gt 0
that "who made it is in the log of accesses" grep -q 'mappad-backup' <(mappactl access-log mappad-backup)
that "the daemon cannot reach the backups" not nsenter -t "$pid" -m -- setpriv --reuid mappad --regid mappad --clear-groups cat "$backup"
that "a reader may not make one" not as t-reader mappactl backup /tmp/reader.db
that "a restore while it runs is refused" not mappactl restore "$backup"
score=$(systemd-analyze security --no-pager mappad-backup.service | sed -n 's/.*level for mappad-backup.service: \([0-9.]*\).*/\1/p')
that "the backup service is exposed at 1.2 or less ($score)" awk "BEGIN { exit !($score <= 1.2) }"

started=$(date +%s%N)
systemctl stop mappad.service
took=$((($(date +%s%N) - started) / 1000000))
that "it stops within a second (took $took ms)" test $took -lt 1000
that "and ends well" is "$(show Result)" success

systemctl stop mappad.socket
printf 'destroyed' >/var/lib/mappad/mappad.db
that "a destroyed record is not started" not systemctl start mappad.service
systemctl stop mappad.service mappad.socket
rm -r /var/lib/mappad # as on another machine, where it never ran
follow "restoring" < <(commands "Restore")
that "what was restored is the daemon's own user's" is "$(stat -c '%U:%a' /var/lib/mappad/mappad.db)" "mappad:600"
that "and has what was recorded" grep -q sentenced <(mappactl show M-BOX01)
patience=60
that "a change of the rules that the backup was made in is brought to its end" eventually no_change
patience=
that "and nothing changed since" mappactl verify

# Moving: the same machine is the old one until its record is taken away, and then the new one.
mkdir /root/moving && cd /root/moving || exit 1
mappactl record M-BOX02 sentenced --on 2026-01-05 disposal=custody >/dev/null
steps=$(commands "Moving to another machine")
here=${steps%%mappactl restore*} there=mappactl\ restore${steps#*mappactl restore}
follow "moving, here" <<<"${here%$'\n'}"
noted=$(mappactl verify /var/lib/mappad/mappad.db | grep -o '[0-9][0-9]*:[0-9a-f]\{64\}' | head -1)
that "a daemon that was stopped in order leaves its log empty" test ! -s /var/lib/mappad/mappad.db-wal
cp /var/lib/mappad/mappad.db . && rm -r /var/lib/mappad
follow "moving, there" <<<"$there"
that "what was recorded last has moved too" grep -q sentenced <(mappactl show M-BOX02)
that "backups go on" systemctl -q is-active mappad-backup.timer
systemctl stop mappad.service

echo 'unknown-setting = 1;' >>/etc/mappad/mappad.conf
that "a wrong configuration is not started" not systemctl start mappad.service
that "and the journal names it" eventually journal_says unknown-setting

score=$(systemd-analyze security --no-pager mappad.service | sed -n 's/.*level for mappad.service: \([0-9.]*\).*/\1/p')
that "systemd itself scores the exposure at 1.2 or less ($score)" awk "BEGIN { exit !($score <= 1.2) }"
exit $failed
