"""What a stolen daemon could do: tried inside the sandbox of mappad.service, by its user. Prints "ok NAME" or "FAILED NAME" for each."""

import ctypes
import errno
import mmap
import os
import socket
import stat
import time

libc = ctypes.CDLL(None, use_errno=True)
SYSCALLS = {"mount": 165, "umount2": 166, "ptrace": 101, "keyctl": 250, "reboot": 169, "init_module": 175, "bpf": 321, "perf_event_open": 298,
            "unshare": 272, "setns": 308, "chroot": 161, "swapon": 167, "kexec_load": 246, "clock_settime": 227, "settimeofday": 164,
            "sethostname": 170, "personality": 135}
NEW_USER_NAMESPACE, ADDR_NO_RANDOMIZE = 0x10000000, 0x0040000
ARGUMENTS = {"unshare": (NEW_USER_NAMESPACE, 0, 0), "personality": (ADDR_NO_RANDOMIZE, 0, 0)}
REFUSALS = (errno.EPERM, errno.EACCES, errno.EROFS, errno.EAFNOSUPPORT, errno.ENOENT, errno.ENOSYS)


def refused(name, deed):
    """deed must be refused."""
    try:
        deed()
    except OSError as error:
        if error.errno in REFUSALS:
            print(f"ok the sandbox refuses {name}")
            return
        print(f"FAILED the sandbox refuses {name}: {error}")
        return
    print(f"FAILED the sandbox refuses {name}")


def call(name):
    def deed():
        if libc.syscall(SYSCALLS[name], *ARGUMENTS.get(name, (0, 0, 0))) == -1:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return deed


def write_to(path):
    return lambda: open(path, "w", encoding="ascii").close()


def setuid_file():
    path = "/var/lib/mappad/probe"
    open(path, "w", encoding="ascii").close()
    try:
        os.chmod(path, 0o755 | stat.S_ISUID)
    finally:
        os.unlink(path)


for folder in ("/etc/mappad", "/etc", "/usr/sbin", "/var/lib", "/var/backups/mappad", "/home", "/root", "/run/systemd", "/proc/sys/kernel",
               "/sys/fs/cgroup", "/boot"):
    refused(f"writing to {folder}", write_to(f"{folder}/probe"))
for family in ("AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG", "AF_BLUETOOTH", "AF_CAN"):
    refused(f"a socket of {family}", lambda family=family: socket.socket(getattr(socket, family), socket.SOCK_RAW).close())
for name in SYSCALLS:
    refused(f"the system call {name}", call(name))
refused("becoming root", lambda: os.setuid(0))
refused("memory that can be written and executed", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC))
refused("a file that runs as its owner", setuid_file)
refused("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
refused("setting the clock", lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))
refused("the memory of the machine", lambda: open("/dev/mem", "rb").close())
refused("other people's processes", lambda: open("/proc/1/environ", "rb").close())
write_to("/var/lib/mappad/probe")()
os.unlink("/var/lib/mappad/probe")
print("ok the sandbox lets the daemon write to its own folder")
