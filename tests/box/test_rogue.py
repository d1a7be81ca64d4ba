#!/usr/bin/python3
"""Somebody with a login on the machine, of no role or of one, who tries what is beside the socket: files, links, the process.

What the unit adds (its sandbox, ProtectProc, the folders of systemd) is tests/box/systemd; here is what the programs see to themselves,
under a mask that takes nothing away.
"""

import contextlib
import ctypes
import os
import signal
import socket
import stat
import unittest

from harness import BoxTest, as_user, main

STRANGER = 61001


@unittest.skipUnless(os.geteuid() == 0, "only root can be several people")
class Rogue(BoxTest):
    def begin(self):
        """A daemon of root's whose mask takes nothing away, in a folder that everybody may enter."""
        os.chmod(self.directory, 0o755)
        daemon = self.start(wrapper=["sh", "-c", 'umask 0; exec "$0" "$@"'])
        daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        daemon.get("/v1/cases/M-1")
        return daemon

    @staticmethod
    def tried(work):
        return as_user(STRANGER, STRANGER, [], work)

    def test_no_file_of_the_record_is_readable_or_writable_by_others(self):
        daemon = self.begin()
        copy = self.directory / "copy.db"
        self.assertEqual(daemon.ctl("backup", copy).returncode, 0)
        files = [path for path in (daemon.dir / "state").iterdir()]
        self.assertGreaterEqual({path.name for path in files}, {"last-sweep", "mappad.db", "mappad.db-wal", "mappad.db-shm", "mappad.db-lock", "watching"})
        for path in files + [copy]:
            mode = stat.S_IMODE(path.stat().st_mode)
            with self.subTest(path.name, mode=oct(mode)):
                if path.name == "last-sweep":           # a time, for whoever watches the service; nobody else writes it
                    self.assertEqual(mode, 0o644)
                else:
                    self.assertEqual(mode & 0o027, 0)

        def open_all():
            opened = []
            for path in map(str, files + [copy]):
                for how in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_TRUNC):
                    with contextlib.suppress(OSError):
                        os.close(os.open(path, how))
                        opened.append((os.path.basename(path), how))
            return opened
        self.assertEqual(self.tried(open_all), [["last-sweep", os.O_RDONLY]])

    def test_nobody_else_reaches_the_process(self):
        daemon = self.begin()
        pid = daemon.process.pid

        def reach():
            reached = []
            for number in (0, signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL, signal.SIGHUP):
                with contextlib.suppress(PermissionError):
                    os.kill(pid, number)
                    reached.append(f"signal {number}")
            for name in ("environ", "mem", "maps", "fd", "cwd", "exe", "root", "syscall", "stack", "auxv"):
                path = f"/proc/{pid}/{name}"
                with contextlib.suppress(OSError):
                    if name == "fd":
                        os.listdir(path)
                    elif name in ("cwd", "exe", "root"):
                        os.readlink(path)
                    else:
                        with open(path, "rb") as file:
                            file.read(1)
                    reached.append(name)
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.ptrace(16, pid, None, None) == 0:     # PTRACE_ATTACH
                reached.append("ptrace")
            return reached
        self.assertEqual(self.tried(reach), [])
        self.well()

    def test_a_link_in_the_place_of_a_file_is_not_followed_to_another(self):
        """Who could put links into the folder could do worse; yet what the daemon makes anew is made anew."""
        daemon = self.begin()
        state = daemon.dir / "state"
        victim = self.directory / "victim"
        victim.write_text("mine\n")
        daemon.stop()
        for name in ("last-sweep", "last-sweep.new"):
            with contextlib.suppress(FileNotFoundError):
                (state / name).unlink()
            (state / name).symlink_to(victim)
        daemon.set_clock("2023-03-02T09:00:00Z")
        daemon.start()
        self.well()
        daemon.stop()
        self.assertEqual(victim.read_text(), "mine\n")

    def test_a_socket_is_not_taken_from_one_who_listens_and_nothing_else_is_removed(self):
        daemon = self.begin()
        daemon.stop()
        for kind, made in (("a file", lambda path: path.write_text("mine\n")), ("a link", lambda path: path.symlink_to("/etc/passwd")),
                           ("a folder", lambda path: path.mkdir())):
            with self.subTest(kind):
                made(daemon.socket)
                self.assertFalse(daemon.start(must=False))
                daemon.kill()
                self.assertTrue(os.path.lexists(daemon.socket))
                daemon.socket.rmdir() if daemon.socket.is_dir() else daemon.socket.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
            other.bind(str(daemon.socket))
            other.listen()
            self.assertFalse(daemon.start(must=False))
            daemon.kill()
        daemon.start()      # what nobody listens at any more is taken
        self.well()

    def test_paths_that_lead_elsewhere_lead_nowhere(self):
        daemon = self.begin()
        for path in ("/v1/cases/../../../etc/passwd", "/v1/cases/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/v1/cases/..", "/v1/cases/.", "/v1/cases/%00", "/v1/cases/M-1%00",
                     "/v1/cases/M-1/", "/v1//cases/M-1", "//v1/cases/M-1", "/v1/cases/M-1;a", "/v1/cases/M%2d1", "/v1/cases/M-1%20", "/v1/seals/../cases/M-1",
                     "/v1/cases/" + "a" * 5000, "/v1/cases/%ff%fe", "/v1/cases/M-1?a=../../x", "/v1/rules/..%2f..%2fetc", "http://mappad/v1/cases/M-2"):
            with self.subTest(path[:60]):
                answer = daemon.ask("GET", path)
                self.assertIn(answer.status, (400, 404) if path != "/v1/cases/M%2d1" else (200,))
                self.assertNotIn(b"root:", answer.body)
        self.well()


if __name__ == "__main__":
    main()
