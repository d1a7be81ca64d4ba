#!/bin/bash
# Boots a real systemd on a throw-away copy of this machine's root and runs a
# test inside it.
#
#   boot.sh BUILD TEST      TEST is a script; its exit status is this one's
#
# The copy is an overlay whose upper side is memory: nothing that happens inside
# reaches the machine. mappad is put into it by `make install`. There is no
# network but lo. Needs root, systemd-nspawn and dbus; exit status 77 with the
# reason on standard output when something of that is missing.
set -eu
build=$1 test=$2
here=$(cd "$(dirname "$0")/../../.." && pwd)

missing() { echo "skipped: $*"; exit 77; }

[ "$(id -u)" = 0 ] || missing "booting systemd needs root"
for tool in systemd-nspawn dbus-daemon systemd-sysusers; do
        command -v $tool >/dev/null || missing "there is no $tool"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/mappad-systemd.XXXXXX")
root=$work/root
# shellcheck disable=SC2317 # called by the trap
cleanup() {
        mountpoint -q "$root" && umount -l "$root"
        mountpoint -q "$work" && umount -l "$work"
        rmdir "$work" 2>/dev/null || true
        # systemd-nspawn leaves its empty control groups behind.
        find /sys/fs/cgroup -depth -type d \( -name payload -o -name supervisor \) -exec rmdir {} \; 2>/dev/null || true
}
trap cleanup EXIT
mount -t tmpfs -o size=1g tmpfs "$work" 2>/dev/null || missing "this machine lets nobody mount"
mkdir "$work"/{upper,scratch,root,out}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/scratch" "$root" 2>/dev/null ||
        missing "this machine has no overlay file system"

rm -f "$root/.dockerenv" "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/rc?.d/* "$root"/etc/systemd/system/mappad* "$root/etc/mappad"
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer dpkg-db-backup.timer fstrim.timer man-db.timer \
        getty.target console-getty.service systemd-logind.service systemd-timesyncd.service systemd-update-utmp.service \
        systemd-update-utmp-runlevel.service systemd-binfmt.service; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
: >"$root/etc/machine-id"
mkdir -p "$root/var/log/journal" "$root/etc/systemd/system/multi-user.target.wants"

make --no-print-directory -s -C "$here" BUILD="$build" install DESTDIR="$root" >"$work/out/install" 2>&1 || { cat "$work/out/install"; exit 1; }
install -m 0755 "$test" "$root/usr/local/bin/mappad-inside"
install -m 0644 "$(dirname "$test")/probe.py" "$root/usr/local/lib/mappad-probe.py"
cat >"$root/etc/systemd/system/mappad-inside.service" <<'UNIT'
[Unit]
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/bin/bash -c '/usr/local/bin/mappad-inside >/mappad-out/log 2>&1; echo $$? >/mappad-out/status; journalctl -b --no-pager -o short-precise >/mappad-out/journal; systemctl poweroff --force --no-block'
UNIT
ln -s ../mappad-inside.service "$root/etc/systemd/system/multi-user.target.wants/"

timeout 180 systemd-nspawn -q -D "$root" --register=no --keep-unit --private-network --console=pipe \
        --kill-signal=SIGRTMIN+3 --bind="$work/out:/mappad-out" --boot >"$work/out/console" 2>&1 </dev/null || true
if [ ! -e "$work/out/status" ]; then
        [ ! -e "$work/out/log" ] || cat "$work/out/log"
        if grep -q "Operation not permitted" "$work/out/console" && [ ! -e "$work/out/log" ]; then
                missing "systemd-nspawn may not run here: $(grep -m1 'Operation not permitted' "$work/out/console")"
        fi
        tail -30 "$work/out/console"
        exit 1
fi
cat "$work/out/log"
status=$(cat "$work/out/status")
[ "$status" = 0 ] || grep -E 'mappad|systemd\[1\]' "$work/out/journal" | tail -60
exit "$status"
