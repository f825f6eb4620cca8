"""Keys of an SDF device: opened by library and index, signing e, public half exported.

GM/T 0018 makes no key inside a device (SDF_GenerateKeyPair_ECC hands the private key out), so
none is made here: that is the work of the device's own management tool.
"""

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from hsm_adapters.libraries import readable
from hsm_adapters.sdf.structures import PADDED_BYTES, SGD_SM2_BITS
from hsm_adapters.sdf.vendor import SdfLibrary
from hsm_adapters.sessions import Pin, Sessions
from hsm_adapters.uri_numbers import DEFAULT_SESSIONS, MOST_SESSIONS, count_in
from keystore.errors import (
    AdapterFault,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    MalformedUri,
)
from keystore.faults import answer_of
from keystore.pins import pin_for
from keystore.ports import (
    ChecksHealth,
    KeyProvider,
    ListsKeys,
    RunsForeignCode,
    SecretSource,
    SigningKey,
)
from keystore.public_keys import PublicKey
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.suites import require_digest
from keystore.uri import KeyUri

__all__ = ["SdfKey", "SdfProvider"]

LISTED_INDEXES = 32
RANDOM_BYTES = 32
MOST_INDEX = 0xFFFF
FIELD_BYTES = 32
UNCOMPRESSED = b"\x04"


@dataclass(frozen=True, slots=True)
class SdfKey(SigningKey):
    """The signing key of one index of an open device."""

    public: Sm2PublicKey
    _index: int
    _library: SdfLibrary = field(repr=False)
    _sessions: Sessions = field(repr=False)
    _pin_for_each_use: Pin | None = field(repr=False)

    @property
    def public_key(self) -> Sm2PublicKey:
        """The key's public half."""
        return self.public

    def sign_digest(self, digest: bytes) -> Sm2Signature:
        """Sign e; see the port for what is raised."""
        require_digest(digest)
        with self._sessions.one() as session, self._right(session):
            answer = self._library.sign(session, self._index, digest)
        with answer_of("the device", "signature"):
            return Sm2Signature.from_raw(_number(answer.r) + _number(answer.s))

    @contextmanager
    def _right(self, session: int) -> Iterator[None]:
        if self._pin_for_each_use is None:
            yield
            return
        with self._pin_for_each_use.shown() as pin:
            self._library.take_right(session, self._index, pin)
        yield
        # After a failure the session is closed, and its rights with it.
        self._library.release_right(session, self._index)


class SdfProvider(KeyProvider, ListsKeys, ChecksHealth, RunsForeignCode):
    """Opens `sdf:` keys, lists them and asks the device how it is."""

    runs_foreign_code = True

    @contextmanager
    def open(self, uri: KeyUri, secrets: SecretSource) -> Iterator[SdfKey]:
        """Open the device and a first session, with the right to the key."""
        holds_right = _holds_right(uri)
        index = count_in(uri, "index", default=None, most=MOST_INDEX)
        most = count_in(uri, "sessions", default=DEFAULT_SESSIONS, most=MOST_SESSIONS)
        with ExitStack() as closing:
            library, device = _opened_device(uri, closing)
            pin = Pin(pin_for(uri, secrets))
            closing.callback(pin.forget)
            held = pin if holds_right else None
            opening = partial(_session_with_right, library, device, index, held)
            sessions = Sessions(opening, library.close_session, most)
            closing.callback(sessions.close)
            with sessions.one() as session:
                public = _public_key(library, session, index)
            key = SdfKey(public, index, library, sessions, None if holds_right else pin)
            with sessions.one() as session, key._right(session):
                pass  # a wrong password is told now, not at the first licence
            yield key

    def list_keys(self, uri: KeyUri) -> dict[str, PublicKey]:
        """Return the signing keys of the first indexes that hold one."""
        found: dict[str, PublicKey] = {}
        with ExitStack() as closing:
            library, device = _opened_device(uri, closing)
            session = _opened_session(library, device, closing)
            for index in range(1, LISTED_INDEXES + 1):
                try:
                    found[_with_index(uri, index)] = _public_key(library, session, index)
                except (KeyNotFound, KeyRefused):
                    continue
        return found

    def check_health(self, uri: KeyUri) -> str:
        """Return maker, model, serial number and versions; the device's randomness is tried."""
        with ExitStack() as closing:
            library, device = _opened_device(uri, closing)
            session = _opened_session(library, device, closing)
            if library.offers("SDF_GenerateRandom"):
                drawn = {library.random(session, RANDOM_BYTES) for _ in range(2)}
                if len(drawn) != 2 or bytes(RANDOM_BYTES) in drawn:  # noqa: PLR2004 - a pair
                    raise AdapterFault("the device's random numbers repeat")
            if not library.offers("SDF_GetDeviceInfo"):
                return "the device says nothing of itself"
            info = library.device_info(session)
        texts = " ".join(readable(bytes(one)) for one in (info.issuer, info.name, info.serial))
        return f"{texts} version {info.version:#x} standard {info.standard}"


def _opened_device(uri: KeyUri, closing: ExitStack) -> tuple[SdfLibrary, int]:
    library = SdfLibrary(Path(uri.require("module-path")))
    device = library.open_device()
    closing.callback(library.close_device, device)
    return library, device


def _session_with_right(library: SdfLibrary, device: int, index: int, pin: Pin | None) -> int:
    session = library.open_session(device)
    try:
        if pin is not None:
            with pin.shown() as shown:
                library.take_right(session, index, shown)
    except KeystoreError:
        library.close_session(session)
        raise
    return session


def _opened_session(library: SdfLibrary, device: int, closing: ExitStack) -> int:
    session = library.open_session(device)
    closing.callback(library.close_session, session)
    return session


def _public_key(library: SdfLibrary, session: int, index: int) -> Sm2PublicKey:
    answer = library.export_public_key(session, index)
    if answer.bits != SGD_SM2_BITS:
        raise KeyRefused(f"the key of index {index} is not an SM2 key")
    with answer_of("the device", "public key"):
        return Sm2PublicKey(UNCOMPRESSED + _number(answer.x) + _number(answer.y))


def _number(padded: "ctypes.Array[ctypes.c_ubyte]") -> bytes:
    value = bytes(padded)
    if any(value[: PADDED_BYTES - FIELD_BYTES]):
        raise AdapterFault("the device's number is not right-aligned in its 64 bytes")
    return value[PADDED_BYTES - FIELD_BYTES :]


def _holds_right(uri: KeyUri) -> bool:
    try:
        return {"session": True, "use": False}[uri.get("access-right") or "session"]
    except KeyError:
        raise MalformedUri("access-right is 'session' or 'use'") from None


def _with_index(uri: KeyUri, index: int) -> str:
    others = tuple(pair for pair in uri.attributes if pair[0] != "index")
    return str(replace(uri, attributes=(*others, ("index", str(index)))))
