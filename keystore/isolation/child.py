"""The process of one key: opens it, signs what it is handed, and may die without hurting anybody.

Started by `IsolatedProvider` as `main(MODULE:PROVIDER, FD, …)`. The first socket carries the
opening, with the PIN if a person was asked for it, and ends the process when it closes; on each
of the others one signature is made at a time.
"""

import importlib
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from keystore.errors import KeystoreError, KeyUnavailable
from keystore.isolation.frames import BrokenConversation, Message, receive, send, text_of
from keystore.ports import KeepsMasterKeys, KeyProvider, SigningKey
from keystore.process_memory import guard_memory
from keystore.suites import suite_of, to_spki
from keystore.uri import KeyUri

__all__ = ["main"]

CRASHED = 70


def main(provider_name: str, *descriptors: str) -> None:
    """Live until the service hangs up."""
    guard_memory()  # a vendor's library may have the PIN and parts of keys in it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which hangs up then
    threading.excepthook = lambda _: os._exit(CRASHED)
    control, *lanes = (socket.socket(fileno=int(one)) for one in descriptors)
    provider = _provider(provider_name)
    try:
        _live(provider, control, lanes)
    except KeystoreError as error:
        send(control, _told(error))


def _live(provider: KeyProvider, control: socket.socket, lanes: list[socket.socket]) -> None:
    asked = receive(control, None)
    uri = KeyUri.parse(text_of(asked, "uri"))
    if "wanted" in asked and isinstance(provider, KeepsMasterKeys):
        send(control, {"kind": "given", "key": provider.give_master_key(uri).hex()})
        return
    with provider.open(uri, _asking(control)) as key:
        for lane in lanes:
            threading.Thread(target=_serve, args=(key, lane), daemon=True).start()
        send(control, {"kind": "opened", "spki": to_spki(key.public_key).hex()})
        try:
            receive(control, None)
        except BrokenConversation:
            return


def _asking(control: socket.socket) -> Callable[[str], str]:
    def ask(name: str) -> str:
        send(control, {"kind": "ask", "name": name})
        return text_of(receive(control, None), "secret")

    return ask


def _serve(key: SigningKey, lane: socket.socket) -> None:
    suite = suite_of(key.public_key).name
    while True:
        try:
            asked = receive(lane, None)
        except BrokenConversation:
            return
        send(lane, _signed(key, suite, bytes.fromhex(text_of(asked, "digest"))))


def _signed(key: SigningKey, suite: str, digest: bytes) -> Message:
    try:
        return {"kind": "signed", "suite": suite, "value": key.sign_digest(digest).to_der().hex()}
    except KeystoreError as error:
        return _told(error)


def _told(error: KeystoreError) -> dict[str, Any]:
    told = {"kind": "failed", "error": type(error).__name__, "message": str(error)}
    if isinstance(error, KeyUnavailable):
        return {**told, "retry_after": error.retry_after}
    return told


def _provider(name: str) -> KeyProvider:
    module, _, kind = name.partition(":")
    provider: KeyProvider = getattr(importlib.import_module(module), kind)()
    return provider
