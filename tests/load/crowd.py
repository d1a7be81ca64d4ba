"""Those who ask at once, each kind in a process of its own: whatever a process hands back is put into a queue
under its name when the end is rung."""

import collections
import datetime
import http.client
import json
import os
import random
import re
import selectors
import socket
import subprocess
import time

from harness import MAPPACTL, SocketConnection, ask

WRITERS, BULK, HEADERS, READERS = 48, 8, 4, 4           # 64 connections
EVENTS_A_CASE = 12
PAGE = "/v1/obligations?state=overdue&limit=50"


def give_way(nice, function, *arguments):
    os.nice(nice)
    function(*arguments)


def connect(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(str(path))
    sock.setblocking(False)
    return sock


def request(method, path, body=b"", head=b""):
    return b"%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n%sContent-Length: %d\r\n\r\n%s" % (
        method, path, head, len(body), body)


class Asker:
    """One connection that sends a request, waits for the answer, and sends the next."""

    def __init__(self, path, following):
        self.path, self.following = path, following
        self.answered, self.lost, self.refused = 0, 0, collections.Counter()
        self.open()

    def open(self):
        self.sock, self.input, self.output = connect(self.path), b"", b""

    def next(self):
        self.output, self.then = self.following()

    def take(self):
        """Takes what has come; whether the answer is whole."""
        piece = self.sock.recv(1 << 18)
        if not piece:
            raise ConnectionResetError
        self.input += piece
        head, blank, rest = self.input.partition(b"\r\n\r\n")
        if not blank:
            return False
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if length is not None and len(rest) < int(length.group(1)):
            return False
        if length is None and not rest.endswith(b"0\r\n\r\n"):
            return False
        self.answered += 1
        code = int(head[9:12])
        if code >= 400:
            self.refused[code] += 1
        elif self.then is not None:
            self.then()
        self.input = b""
        return True


def push(asker, selector):
    """Sends what can be sent; waits for the rest, or for the answer."""
    try:
        asker.output = asker.output[asker.sock.send(asker.output):]
    except BlockingIOError:
        pass
    selector.modify(asker.sock, selectors.EVENT_WRITE if asker.output else selectors.EVENT_READ, asker)


def serve(asker, what, selector):
    try:
        if what & selectors.EVENT_WRITE:
            push(asker, selector)
        elif asker.take():
            asker.next()
            push(asker, selector)
    except ConnectionError:
        selector.unregister(asker.sock)
        asker.sock.close()
        asker.lost += 1
        asker.open()
        selector.register(asker.sock, selectors.EVENT_WRITE, asker)
        asker.next()


class Lines:
    """What one of them records: cases of a dozen events, each line with an id; some of the cases are late from the first."""

    def __init__(self, name, today):
        self.name, self.today, self.number, self.acknowledged = name, today, 0, []

    def line(self):
        case, step = divmod(self.number, EVENTS_A_CASE)
        self.number += 1
        today = datetime.date.fromordinal(self.today.value)
        event = {"case": f"M-{self.name}{case:06}", "id": f"load-{self.name}-{self.number}"}
        if step == 0:
            day = today - datetime.timedelta(days=40 if case % 25 == 0 else 1)
            event |= {"event": "sentenced", "on": str(day), "disposal": "community"}
        elif step == 1:
            event |= {"event": "level-set", "on": str(today), "level": "2", "lead-agency": "police"}
        else:
            event |= {"event": "meeting-held", "on": str(today)}
        return json.dumps(event), event["id"]

    def request(self, count):
        """A request of so many lines, and what to do once it was acknowledged."""
        lines = [self.line() for _ in range(count)]
        body = "".join(text + "\n" for text, _ in lines).encode()
        return request(b"POST", b"/v1/events", body), lambda: self.acknowledged.extend(each for _, each in lines)


def sixty_four(path, today, end, results):
    """At once, each as fast as it is answered: single events, bodies of 50, heads of nearly 8 KiB, readers."""
    lines = [Lines(f"W{number:02}", today) for number in range(WRITERS + BULK)]
    askers = [Asker(path, lambda mine=mine: mine.request(1)) for mine in lines[:WRITERS]]
    askers += [Asker(path, lambda mine=mine: mine.request(50)) for mine in lines[WRITERS:]]
    askers += [Asker(path, lambda: (request(b"GET", b"/v1/status", head=b"X-A: " + b"a" * 7900 + b"\r\n"), None)) for _ in range(HEADERS)]
    askers += [Asker(path, lambda: (request(b"GET", PAGE.encode() + b"&case=M-B%04d" % random.randrange(3000)), None)) for _ in range(READERS - 2)]
    askers += [Asker(path, lambda: (request(b"GET", b"/v1/cases/M-B%04d" % random.randrange(3000)), None)) for _ in range(2)]
    selector = selectors.DefaultSelector()
    for asker in askers:
        asker.next()
        selector.register(asker.sock, selectors.EVENT_WRITE, asker)
    while not end.is_set():
        for key, what in selector.select(0.2):
            serve(key.data, what, selector)
    finish(askers, selector)
    results.put(("sixty-four", {"acknowledged": [each for mine in lines for each in mine.acknowledged],
                                "sent": {mine.name: mine.number for mine in lines},
                                "answered": sum(asker.answered for asker in askers), "lost": sum(asker.lost for asker in askers),
                                "refused": dict(sum((asker.refused for asker in askers), collections.Counter()))}))


def finish(askers, selector):
    """Answers that are under way are taken; nothing new is sent."""
    waiting, deadline = set(askers), time.monotonic() + 60
    while waiting and time.monotonic() < deadline:
        for key, what in selector.select(0.2):
            asker = key.data
            try:
                if what & selectors.EVENT_WRITE:
                    push(asker, selector)
                    continue
                if not asker.take():
                    continue
            except ConnectionError:
                pass
            waiting.discard(asker)
            selector.unregister(asker.sock)


class Follower:
    """One that follows alerts, and comes back where it was when it is dropped."""

    def __init__(self, path, last):
        self.path, self.last, self.first, self.heard, self.wrong, self.returns = path, last, last, 0, 0, -1
        self.open()

    def open(self):
        self.returns += 1
        self.rest = b""
        self.sock = connect(self.path)
        self.sock.setblocking(True)
        self.sock.sendall(b"GET /v1/alerts/stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: %d\r\n\r\n" % self.last)
        self.sock.setblocking(False)

    def take(self):
        piece = self.sock.recv(1 << 16)
        if not piece:
            raise ConnectionResetError
        whole, newline, self.rest = (self.rest + piece).rpartition(b"\n")
        for number in re.findall(rb"^id: (\d+)", whole + newline, re.M):
            self.wrong += int(number) != self.last + 1      # numbers of alerts are dense
            self.last = int(number)
            self.heard += 1


def thousand(path, count, last, end, results, final):
    """Followers of the stream of alerts. Each must hear all up to the last one, which is told when nothing more comes."""
    selector = selectors.DefaultSelector()
    followers = [Follower(path, last) for _ in range(count)]
    for follower in followers:
        selector.register(follower.sock, selectors.EVENT_READ, follower)
    results.put(("following", None))
    deadline = None
    while deadline is None or time.monotonic() < deadline:
        for key, _ in selector.select(0.2):
            follower = key.data
            try:
                follower.take()
            except ConnectionError:
                selector.unregister(follower.sock)
                follower.sock.close()
                follower.open()
                selector.register(follower.sock, selectors.EVENT_READ, follower)
        if final.value and deadline is None:
            deadline = time.monotonic() + 120
        if final.value and all(follower.last >= final.value for follower in followers):
            break
    results.put(("thousand", {"last": [follower.last for follower in followers], "wrong": sum(follower.wrong for follower in followers),
                              "heard": sum(follower.heard for follower in followers),
                              "returns": sum(follower.returns for follower in followers)}))
    end.wait()


def slow_reader(path, end, results):
    """Asks for everything and takes it in drops."""
    taken = asked = 0
    while not end.is_set():
        sock = connect(path)
        sock.settimeout(1)
        asked += 1
        try:
            sock.sendall(request(b"GET", b"/v1/obligations?state=open,pending,due-soon,overdue&limit=100000"))
            while not end.wait(0.2):
                piece = sock.recv(4096)
                taken += len(piece)
                if not piece:
                    break
        except OSError:
            pass
        sock.close()
    results.put(("slow-reader", {"asked": asked, "taken": taken}))


def slow_writer(path, end, results):
    """Sends a body in drops, until it is dropped for it."""
    dropped = 0
    while not end.is_set():
        sock = connect(path)
        sock.settimeout(1)
        try:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n")
            while not end.wait(0.1):
                sock.sendall(b" " * 50)
        except OSError:
            dropped += 1
        sock.close()
    results.put(("slow-writer", {"dropped": dropped}))


def flood(path, end, results):
    """Connections without end: questions in a row that nobody waits for, garbage, hanging up in the middle."""
    sent, turn = 0, 0
    texts = (request(b"GET", b"/v1/status") * 200, b"\x00\xff" * 3000, b"POST /v1/events HTTP/1.1\r\nContent-Length: 900\r\n\r\n{",
             request(b"GET", b"/v1/cases?limit=1000") * 20, b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n")
    while not end.is_set():
        sock = connect(path)
        try:
            sent += sock.send(texts[turn % len(texts)])
            sock.setblocking(True)
            sock.settimeout(0.02)
            sock.recv(1 << 16)
        except OSError:
            pass
        sock.close()
        turn += 1
    results.put(("flood", {"connections": turn, "bytes": sent}))


def imports(path, folder, today, end, results):
    """Files of 2,000 events, one after another, as an operator imports them."""
    names, number = [], 0
    while not end.is_set():
        lines = Lines(f"I{number:03}", today)
        made = [lines.line() for _ in range(2000)]
        file = folder / "import.ndjson"
        file.write_text("".join(text + "\n" for text, _ in made))
        done = subprocess.run([MAPPACTL, "import", "--socket", path, file], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            results.put(("imports", {"failed": done.stderr, "acknowledged": names, "sent": {}}))
            return
        names += [each for _, each in made]
        number += 1
    results.put(("imports", {"files": number, "acknowledged": names}))


def quiet(path, end, results):
    """Asks for a page once in a while: first when nobody else is there, then under load."""
    def once():
        began = time.perf_counter()
        answer = ask(connection, "GET", PAGE)
        if answer.status != 200:
            refused.append(answer.status)
        return time.perf_counter() - began

    connection, refused = SocketConnection(path), []
    for _ in range(20):
        once()
    idle = []
    for _ in range(300):
        time.sleep(0.01)
        idle.append(once())
    results.put(("idle", idle))
    times = []
    try:
        while not end.wait(0.1):
            times.append(once())    # a refusal's too, and the run has failed then
    except (OSError, http.client.HTTPException) as error:
        refused.append(repr(error))
    results.put(("refused", refused))
    results.put(("quiet", times))
