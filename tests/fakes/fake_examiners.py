"""Examiners that do what a hostile file would make a real one do."""

import os
import socket
import time

from api.examination.frames import Frame

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


def _write(job):
    with open("/tmp/should-not-be-written", "wb") as file:
        file.write(b"x")


def _fork(job):
    os.fork()


def _call(job):
    socket.create_connection(("127.0.0.1", job.header["port"]), timeout=2)


MISDEEDS = {
    "fine": lambda job: None,
    "hang": _hang,
    "spin": _spin,
    "abort": _abort,
    "raise": _raise,
    "eat": _eat,
    "write": _write,
    "fork": _fork,
    "call": _call,
}


def build(**options):
    """Return an examiner; the header's `op` says what it does after its first answer."""

    def examine(job):
        yield Frame({"kind": "report", "pid": os.getpid(), **options}, job.blob[::-1])
        MISDEEDS[job.header["op"]](job)
        yield Frame({"kind": "more"})

    return examine


def build_silent(deed):
    """Return an examiner that does one thing to every file and never says anything."""

    def examine(job):
        MISDEEDS[deed](job)
        yield from ()

    return examine
