#!/usr/bin/python3
"""A mail server for the demonstration: takes every message over TLS and writes it into a folder.

    mailsink.py FOLDER CERTIFICATE KEY      prints the port it listens on, then serves until it is ended
"""

import pathlib
import socket
import ssl
import sys
import threading

from aiosmtpd.controller import Controller


class Sink:
    def __init__(self, folder):
        self.folder, self.count = pathlib.Path(folder), 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        (self.folder / f"{self.count:04}-{envelope.rcpt_tos[0]}.eml").write_bytes(envelope.content)
        return "250 taken"


def main():
    folder, certificate, key = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    Controller(Sink(folder), hostname="127.0.0.1", port=port, server_hostname="localhost", tls_context=context,
               require_starttls=True).start()
    print(port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
