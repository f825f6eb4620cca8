"""The parent of the examining processes: loads everything once, then forks on request.

Run as `python -m api.examination.zygote CONFIG` by the pool, with a control socket as
descriptor `control`. One message is one command: `spawn` comes with the new process's socket and
is answered with its process id; `kill PID` ends a process. Only this process reaps its children,
so a process id it is told to kill cannot have become somebody else's.
"""

import gc
import importlib
import json
import logging
import os
import select
import signal
import socket
import sys
from typing import Any, Protocol, runtime_checkable

from api.examination.confinement import ProcessLimits, leave_network, standing_walls
from api.examination.worker import Examiner, live
from verify.errors import VerifyError

__all__ = ["Renewable", "Zygote", "main"]

_LOG = logging.getLogger(__name__)
_REAP_MILLISECONDS = 1000
_MOST_COMMAND_BYTES = 64


@runtime_checkable
class Renewable(Protocol):
    """An examiner that can load anew what it knows besides the file."""

    def renewed(self) -> Examiner:
        """Return one that knows what is on disk now."""


class Zygote:
    """Forks, kills and reaps."""

    def __init__(self, control: socket.socket, examiner: Examiner, limits: ProcessLimits) -> None:
        """`examiner` is what every child will do."""
        self._control = control
        self._examiner = examiner
        self._limits = limits
        self._children: set[int] = set()

    def run(self) -> None:
        """Obey until the service hangs up, then end the children."""
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        while True:
            ready = waiting.poll(_REAP_MILLISECONDS)
            self._reap()
            if ready and not self._obey():
                break
        for child in self._children:
            os.kill(child, signal.SIGKILL)

    def _obey(self) -> bool:
        command, descriptors, _, _ = socket.recv_fds(self._control, _MOST_COMMAND_BYTES, 1)
        verb, _, argument = command.decode("ascii").partition(" ")
        if verb == "spawn":
            self._spawn(descriptors[0])
        elif verb == "renew":
            self._renew()
        elif verb == "kill" and int(argument) in self._children:
            os.kill(int(argument), signal.SIGKILL)
        return bool(command)

    def _renew(self) -> None:
        """Have later children know what is on disk now; an examiner that cannot say stays."""
        if isinstance(self._examiner, Renewable):
            try:
                self._examiner = self._examiner.renewed()
            except VerifyError as error:
                _LOG.warning("the examiner stays as it is: %s", error)
        self._control.send(b"renewed")

    def _spawn(self, descriptor: int) -> None:
        child = os.fork()
        if child == 0:
            self._control.close()
            live(socket.socket(fileno=descriptor), self._examiner, self._limits)
        os.close(descriptor)
        self._children.add(child)
        self._control.send(str(child).encode("ascii"))

    def _reap(self) -> None:
        for child in tuple(self._children):
            if os.waitpid(child, os.WNOHANG)[0] == child:
                self._children.remove(child)


def load_examiner(name: str, options: dict[str, Any]) -> Examiner:
    """Import `package.module:factory` and let it make the examiner."""
    module, _, factory = name.partition(":")
    examiner: Examiner = getattr(importlib.import_module(module), factory)(**options)
    return examiner


def main(config_json: str) -> None:
    """Start as the pool asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which hangs up then
    config = json.loads(config_json)
    limits = ProcessLimits(**config["limits"])
    leave_network()
    control = socket.socket(fileno=config["control"])
    examiner = load_examiner(config["factory"], config["options"])
    gc.collect()
    gc.freeze()  # what is shared with the children stays shared
    control.send(" ".join(["ready", *standing_walls(limits)]).encode("ascii"))
    Zygote(control, examiner, limits).run()


if __name__ == "__main__":
    main(sys.argv[1])
