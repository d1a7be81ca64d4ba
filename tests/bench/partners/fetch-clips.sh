#!/bin/sh
# Brings CLIPS 6.30 of Debian's packages into a folder without installing anything.
#   fetch-clips.sh DIR     DIR/usr/include/clips/clips.h and DIR/usr/lib/libclips.a are there afterwards
set -eu
mkdir -p "$1" && cd "$1"
[ ! -e usr/lib/libclips.a ] || exit 0
apt-get download -q libclips-dev >/dev/null 2>&1 || { echo "fetch-clips: libclips-dev cannot be downloaded" >&2; exit 1; }
dpkg -x libclips-dev_*.deb .
rm -f libclips-dev_*.deb
