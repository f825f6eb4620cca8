"""A process of its own for a key whose adapter runs a vendor's code.

A library that crashes, hangs or scribbles over its memory takes this process with it and nothing
else: the call that was under way ends as `KeyLost`, in bounded time.
"""

import logging
import queue
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TypeVar

from keystore.erasing import erase
from keystore.errors import KeyBusy, KeyLost
from keystore.isolation.answers import master_key_in, public_key_in, signature_in
from keystore.isolation.frames import BrokenConversation, receive, send, text_of
from keystore.pins import pin_for
from keystore.ports import KeepsMasterKeys, KeyProvider, SecretSource, SigningKey
from keystore.public_keys import PublicKey
from keystore.suites import Signature, require_digest
from keystore.uri import KeyUri

__all__ = ["IsolatedKeeper", "IsolatedProvider"]

log = logging.getLogger(__name__)

LANES = 8
"""Signatures under way at once; more callers wait their turn."""
START_SECONDS = 30.0
"""For the interpreter to start, besides what the device is given."""
FAREWELL_SECONDS = 2.0
_CHILD = "import sys; from keystore.isolation.child import main; main(*sys.argv[1:])"
# Nothing of the service's own environment, which may name secrets, goes to the child.
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}

_Answer = TypeVar("_Answer")


class IsolatedProvider(KeyProvider):
    """Any provider, its keys each in a process of their own."""

    def __init__(self, provider: KeyProvider, *, call_seconds: float) -> None:
        """A call that takes longer than `call_seconds` ends with the process."""
        self._name, self._seconds = _name_of(provider), call_seconds

    @contextmanager
    def open(self, uri: KeyUri, secrets: SecretSource) -> Iterator[SigningKey]:
        """Start the process and open the key there; closed, or killed, at the end."""
        with ExitStack() as closing:
            pairs = [socket.socketpair() for _ in range(1 + LANES)]
            control, *lanes = (closing.enter_context(ours) for ours, _ in pairs)
            process = _started(self._name, [theirs for _, theirs in pairs])
            closing.callback(_end, process, control)
            key = _IsolatedKey(process, lanes, self._seconds)
            key.public = key.kept(lambda: _opened(control, uri, secrets, self._seconds))
            yield key


class IsolatedKeeper(KeepsMasterKeys):
    """Any keeper of master keys, asked in a process that ends with the answer."""

    def __init__(self, keeper: KeepsMasterKeys, *, call_seconds: float) -> None:
        """An answer that takes longer than `call_seconds` ends with the process."""
        self._keeper, self._name, self._seconds = keeper, _name_of(keeper), call_seconds

    def keep_master_key(self, uri: KeyUri, key: bytearray) -> None:
        """Entrust a key, in this process: an operator's command, once."""
        self._keeper.keep_master_key(uri, key)

    def give_master_key(self, uri: KeyUri) -> bytearray:
        """Return it; see the port for what is raised, and `KeyLost` in bounded time."""
        with ExitStack() as closing:
            ours, theirs = socket.socketpair()
            control = closing.enter_context(ours)
            process = _started(self._name, [theirs])
            closing.callback(_end, process, control)
            return _IsolatedKey(process, [], self._seconds).kept(
                lambda: _given(control, uri, self._seconds)
            )


class _IsolatedKey(SigningKey):
    """One key in one process; once that is dead, every call says `KeyLost`."""

    public: PublicKey

    def __init__(
        self, process: subprocess.Popen[bytes], lanes: list[socket.socket], seconds: float
    ) -> None:
        self._process, self._seconds = process, seconds
        self._lanes: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        for lane in lanes:
            self._lanes.put(lane)

    @property
    def public_key(self) -> PublicKey:
        """The key's public half, as it was when the key was opened."""
        return self.public

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign in the other process; see the port for what is raised."""
        require_digest(digest)
        until = time.monotonic() + self._seconds
        try:
            lane = self._lanes.get(timeout=self._seconds)
        except queue.Empty:
            raise KeyBusy("all lanes to the key's process are in use") from None
        try:
            return self.kept(lambda: _asked(lane, digest, until))
        finally:
            self._lanes.put(lane)

    def kept(self, converse: Callable[[], _Answer]) -> _Answer:
        """Converse; a process that dies, overstays or talks nonsense is ended (`KeyLost`)."""
        try:
            return converse()
        except (BrokenConversation, OSError) as error:
            self._process.kill()
            is_late = isinstance(error, TimeoutError)
            what = f"did not answer within {self._seconds:g} s" if is_late else "died"
            raise KeyLost(f"the key's process {what}") from error


def _started(name: str, sockets: list[socket.socket]) -> subprocess.Popen[bytes]:
    descriptors = [one.fileno() for one in sockets]
    try:
        return subprocess.Popen(  # noqa: S603  (every argument is ours)
            [sys.executable, "-P", "-c", _CHILD, name, *map(str, descriptors)],
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a vendor's library may say anything there
            env={**_ENVIRONMENT, "PYTHONPATH": ":".join(filter(None, sys.path))},
        )
    except OSError as error:
        raise KeyLost(f"the key's process cannot be started: {error.strerror}") from error
    finally:
        for one in sockets:
            one.close()


def _opened(
    control: socket.socket, uri: KeyUri, secrets: SecretSource, seconds: float
) -> PublicKey:
    bare = tuple(pair for pair in uri.query if pair[0] != "pin-source")
    send(control, {"uri": str(replace(uri, query=bare))})
    until = time.monotonic() + START_SECONDS + seconds
    while (answer := receive(control, until)).get("kind") == "ask":
        # The process has no master key and opens no file of ours: it is told this key's PIN only.
        is_pin = text_of(answer, "name") == "pin"
        secret = _pin_text(uri, secrets) if is_pin else secrets(text_of(answer, "name"))
        send(control, {"secret": secret})
        until = time.monotonic() + START_SECONDS + seconds  # a person may take a while
    return public_key_in(answer)


def _given(control: socket.socket, uri: KeyUri, seconds: float) -> bytearray:
    send(control, {"uri": str(uri), "wanted": "master-key"})
    return master_key_in(receive(control, time.monotonic() + START_SECONDS + seconds))


def _name_of(provider: object) -> str:
    kind = type(provider)
    return f"{kind.__module__}:{kind.__qualname__}"


def _pin_text(uri: KeyUri, secrets: SecretSource) -> str:
    pin = pin_for(uri, secrets)
    try:
        return pin.decode("utf-8", "surrogateescape")
    finally:
        erase(pin)


def _asked(lane: socket.socket, digest: bytes, until: float) -> Signature:
    send(lane, {"digest": digest.hex()})
    return signature_in(receive(lane, until))


def _end(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()  # it hears us hang up and closes its sessions
    try:
        process.wait(FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode:
        log.warning("the process of a key ended with status %d", process.returncode)
