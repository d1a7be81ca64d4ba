#!/bin/sh
# Brings smtp-sink, the test server of the postfix package, into a folder without installing anything:
# a mail server must not start on this machine only because its tests are wanted.
#   fetch-sink.sh DIR     DIR/smtp-sink can be run afterwards
set -eu
mkdir -p "$1" && cd "$1"
[ ! -x smtp-sink ] || exit 0
root=$PWD/root
# The second and later ones are libraries that postfix needs and that may be missing here.
for package in postfix libdb5.3 libicu72 libnsl2 libsasl2-2; do
        if [ "$package" != postfix ] && dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then continue; fi
        apt-get download -q "$package" >/dev/null 2>&1 || { echo "fetch-sink: $package cannot be downloaded" >&2; exit 1; }
        dpkg -x "$package"_*.deb "$root"
done
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$root/usr/lib/postfix:$root/usr/lib/x86_64-linux-gnu:$root/usr/lib/aarch64-linux-gnu" \
        "$root/usr/sbin/smtp-sink" >smtp-sink.new
chmod +x smtp-sink.new
mv smtp-sink.new smtp-sink
