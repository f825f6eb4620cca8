"""Examiners that do what a hostile file would make a real one do."""

import ctypes
import os
import platform
import signal
import socket
import time
from pathlib import Path

from api.examination import file_access
from api.examination.frames import Frame
from verify.errors import BadTrustAnchor

HOARD = []


def _hang(job):
    while True:
        time.sleep(60)


def _spin(job):
    while True:
        pass


def _abort(job):
    os.abort()


def _raise(job):
    raise ValueError("the holder is 张三")


def _eat(job):
    while True:
        HOARD.append(bytearray(16 * 1024 * 1024))


def _segfault(job):
    ctypes.string_at(0)


def _fork_bomb(job):
    while True:
        os.fork()


def _open_all(job):
    while True:
        HOARD.append(open("/usr/bin/env", "rb"))


def _write(job):
    with open("/tmp/should-not-be-written", "wb") as file:
        file.write(b"x")


def _call(job):
    socket.create_connection(("127.0.0.1", job.header["port"]), timeout=2)


LIBC = ctypes.CDLL(None, use_errno=True)


def _native(name, *arguments):
    """Call libc itself, as code that has taken over the process would."""
    ctypes.set_errno(0)
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


SECRET = "/etc/passwd"
TRIES = {
    "socket": socket.socket,
    "local socket": lambda: socket.socket(socket.AF_UNIX),
    "pair of sockets": socket.socketpair,
    "native socket": lambda: _native("socket", 2, 1, 0),
    "connect": lambda: _native("connect", 0, b"\0" * 16, 16),
    "fork": lambda: os._exit(0) if os.fork() == 0 else None,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "open to write": lambda: os.close(os.open("/tmp/should-not-be-written", 0o101)),
    "open to append": lambda: os.close(os.open("/dev/null", os.O_APPEND)),
    "open to read and write": lambda: os.close(os.open("/dev/null", os.O_RDWR)),
    "nameless file": lambda: os.close(os.open("/tmp", os.O_TMPFILE | os.O_RDWR)),
    "old open": lambda: _native("syscall", 2, b"/dev/null", 1, 0),
    "remove": lambda: os.unlink("/tmp/not-there-at-all"),
    "rename": lambda: os.rename("/tmp/not-there-at-all", "/tmp/neither"),
    "make a folder": lambda: os.mkdir("/tmp/should-not-be-made"),
    "truncate": lambda: os.truncate("/dev/null", 0),
    "trace": lambda: _native("ptrace", 0, 0, 0, 0),
    "kill another": lambda: os.kill(1, 0),
    "kill itself": lambda: os.kill(os.getpid(), signal.SIGCONT),
    "read another's memory": lambda: open("/proc/1/mem", "rb").close(),
    "its own environment": lambda: open("/proc/self/environ", "rb").close(),
    "a file of the machine": lambda: open(SECRET, "rb").close(),
    "mount": lambda: _native("mount", b"x", b"/mnt", b"tmpfs", 0, 0),
    "unshare": lambda: _native("unshare", 0x10000000),
    "own limits": lambda: _native("prlimit", 0, 1, (ctypes.c_ulong * 2)(9, 9), None),
    "another's limits": lambda: _native("prlimit", os.getpid(), 0, None, None),
    "shared memory": lambda: os.close(os.memfd_create("x")),
    "dump itself": lambda: _native("prctl", 4, 1, 0, 0, 0),
}


def _outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def build_prober():
    """Return an examiner that tries everything and says what came of it."""

    def examine(job):
        outcomes = {name: _outcome(attempt) for name, attempt in TRIES.items()}
        yield Frame({"kind": "report", "outcomes": outcomes})

    return examine


def build_reader():
    """Return an examiner that opens what it is told and says what came of it."""

    def examine(job):
        paths = [*job.header["paths"], Path(os.__file__)]
        outcomes = [_outcome(lambda path=path: open(path, "rb").close()) for path in paths]
        yield Frame({"kind": "report", "outcomes": outcomes})

    return examine


class Renewing:
    """Says what stood in a file when it was last loaded."""

    def __init__(self, path):
        self.path = path
        self.word = Path(path).read_text()

    def __call__(self, job):
        yield Frame({"kind": "report", "word": self.word, "pid": os.getpid()})

    def renewed(self):
        if not Path(self.path).exists():
            raise BadTrustAnchor("the file is gone")
        return Renewing(self.path)


class Rehearsing:
    """Says how often this process has rehearsed."""

    rehearsed = 0

    def __call__(self, job):
        yield Frame({"kind": "report", "rehearsed": self.rehearsed})

    def rehearse(self):
        self.rehearsed += 1


class Unrehearsed(Rehearsing):
    """Cannot."""

    def rehearse(self):
        raise ValueError("stage fright")


MISDEEDS = {
    "fine": lambda job: None,
    "hang": _hang,
    "spin": _spin,
    "abort": _abort,
    "raise": _raise,
    "eat": _eat,
    "segfault": _segfault,
    "fork bomb": _fork_bomb,
    "open all": _open_all,
    "write": _write,
    "call": _call,
}


def build(**options):
    """Return an examiner; the header's `op` says what it does after its first answer."""

    def examine(job):
        yield Frame({"kind": "report", "pid": os.getpid(), **options}, job.blob[::-1])
        MISDEEDS[job.header["op"]](job)
        yield Frame({"kind": "more"})

    return examine


def build_on_a_weak_kernel():
    """Return an examiner as on another machine, whose kernel has no Landlock."""
    platform.machine = lambda: "abacus"
    file_access._CREATE_RULESET = 100_000  # no such call
    return build()


def build_silent(deed):
    """Return an examiner that does one thing to every file and never says anything."""

    def examine(job):
        MISDEEDS[deed](job)
        yield from ()

    return examine
