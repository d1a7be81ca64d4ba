#!/bin/sh
# Brings promtool and Alertmanager of Debian's packages into a folder without installing anything:
# neither service must start on this machine only because the tests want to be read by them.
#   fetch.sh DIR     DIR/promtool can be run afterwards, and DIR/prometheus-alertmanager where DIR/usr/share is seen
#                    as a part of /usr/share, whose templates it insists on
set -eu
mkdir -p "$1" && cd "$1"
[ ! -x promtool ] || [ ! -x prometheus-alertmanager ] || exit 0
for package in prometheus prometheus-alertmanager; do
        apt-get download -q "$package" >/dev/null 2>&1 || { echo "fetch: $package cannot be downloaded" >&2; exit 1; }
        dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -f - ./usr/bin ./usr/share/prometheus 2>/dev/null ||
                dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -f - ./usr/bin
        rm -f "$package"_*.deb
done
mv usr/bin/promtool usr/bin/prometheus-alertmanager .
rm -rf usr/bin
