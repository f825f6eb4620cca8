"""Providers that run in a process of their own and misbehave there; the URI says how."""

import ctypes
import sys
import time
from contextlib import contextmanager

from keystore.errors import KeyBusy, KeyNotFound, KeyRefused, KeyUnavailable, WrongPin
from keystore.pins import pin_for
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.sm2_backends import backend
from keystore.suites import require_digest


class Key:
    def __init__(self, handle, public_key, how):
        self._handle, self.public_key, self._how = handle, public_key, how

    def sign_digest(self, digest):
        require_digest(digest)
        DEEDS.get((self._how or {}).get(digest[0]), lambda: None)()
        return Sm2Signature.from_der(backend().sign(self._handle, digest))


def _hang():
    time.sleep(3600)


def _crash():
    ctypes.string_at(0)


def _busy():
    raise KeyBusy("busy", retry_after=7)


def _away():
    raise KeyUnavailable("away")


def _bug():
    raise ZeroDivisionError


def _chatter():
    sys.stdout.write("noise")
    sys.stderr.write("noise")


DEEDS = {
    "hang": _hang,
    "crash": _crash,
    "busy": _busy,
    "away": _away,
    "bug": _bug,
    "chatter": _chatter,
}
BY_DIGEST = dict(enumerate(DEEDS, start=1))
"""The first byte of a digest says what the device does with it; 0 is nothing."""


class Provider:
    runs_foreign_code = True

    @contextmanager
    def open(self, uri, secrets):
        how = uri.require("object")
        if how == "nobody":
            raise KeyNotFound("there is no such key")
        if how in DEEDS:
            DEEDS[how]()
        if pin_for(uri, secrets) != b"1234":
            raise WrongPin("no")
        yield Key(*_pair(), BY_DIGEST)


def _pair():
    native = backend()
    scalar, point = native.generate()
    return native.load_private(scalar, point), Sm2PublicKey(point)


class Keeper:
    """Keeps a master key, or does not answer."""

    def keep_master_key(self, uri, key):
        raise KeyRefused("kept in this process")

    def give_master_key(self, uri):
        how = uri.require("object")
        if how == "away":
            raise KeyUnavailable("away")
        DEEDS.get(how, lambda: None)()
        return bytearray.fromhex("00112233445566778899aabbccddeeff")
