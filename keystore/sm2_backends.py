"""Which native SM2 this process uses: the first that passes the self-test, or none at all."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Protocol

from keystore.errors import NoSm2Backend

__all__ = [
    "BackendRefused",
    "Sm2Backend",
    "backend",
    "installed_backends",
    "require_scalar",
    "self_test",
]

ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
FIELD_BYTES = 32
_ZERO, _TOO_LARGE = bytes(FIELD_BYTES), (ORDER - 1).to_bytes(FIELD_BYTES, "big")

log = logging.getLogger(__name__)


class BackendRefused(Exception):
    """The native library refused a key."""


def require_scalar(scalar: bytes | bytearray) -> bytes | bytearray:
    """Return a private key of 32 bytes in 1 … n-2 (GB/T 32918.2, 5.4); raise `BackendRefused`.

    libcrypto 3.0 loads 0 and signs with it, and loops for ever with n-1, where 1 + d is 0.
    """
    # Compared as bytes, big end first: a number would be a copy that nobody can overwrite.
    if len(scalar) != FIELD_BYTES or not _ZERO < scalar < _TOO_LARGE:
        raise BackendRefused("the private key is out of range")
    return scalar


class Sm2Backend(Protocol):
    """One native SM2 library; private handles are its own and never printed."""

    @property
    def name(self) -> str:
        """The library and its version."""
        ...

    def generate(self) -> tuple[bytes, bytes]:
        """Return a new private key (32 bytes, in 1 … n-2) and its point 04‖X‖Y."""
        ...

    def load_private(self, scalar: bytes | bytearray, point: bytes) -> object:
        """Take a key pair, still the caller's; `BackendRefused` when out of range or no pair."""
        ...

    def load_public(self, point: bytes) -> object:
        """Take 04‖X‖Y; raise `BackendRefused` when it is not on the curve."""
        ...

    def sign(self, private: object, digest: bytes) -> bytes:
        """Return the DER signature over the 32-byte e."""
        ...

    def verify(self, public: object, digest: bytes, signature: bytes) -> bool:
        """Say whether the DER signature is over the 32-byte e."""
        ...


def _libcrypto() -> Sm2Backend:
    from keystore.libcrypto import Libcrypto  # noqa: PLC0415 - a library that may be absent

    return Libcrypto()


def _gmssl() -> Sm2Backend:
    from keystore.gmssl_native import GmsslNative  # noqa: PLC0415 - a library that may be absent

    return GmsslNative()


CANDIDATES: tuple[tuple[str, Callable[[], Sm2Backend]], ...] = (
    ("libcrypto", _libcrypto),
    ("gmssl-pyx", _gmssl),
)

# GB/T 32918.5-2017, annex A: key, e of "message digest" under the usual ID, and (r, s) in DER.
_SCALAR = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
_POINT = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
_DIGEST = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
_R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
_S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
_SIGNATURE = bytes.fromhex(f"3046022100{_R}022100{_S}")
_ZERO_R = bytes.fromhex(f"3026020100022100{_S}")


def self_test(candidate: Sm2Backend) -> None:
    """Raise `NoSm2Backend` unless the standard's vector holds and bad input is refused."""
    private, public = candidate.load_private(_SCALAR, _POINT), candidate.load_public(_POINT)
    facts = (
        ("accepts the standard's signature", candidate.verify(public, _DIGEST, _SIGNATURE)),
        ("rejects another digest", not candidate.verify(public, bytes(32), _SIGNATURE)),
        ("rejects r = 0", not candidate.verify(public, _DIGEST, _ZERO_R)),
        ("signs for itself", _signs(candidate, private, public)),
        ("refuses a pair that is none", _refuses_pair(candidate)),
        ("rejects a point off the curve", _refuses_point(candidate)),
    )
    for claim, holds in facts:
        if not holds:
            raise NoSm2Backend(f"{candidate.name} fails its self-test: {claim}")


def _signs(candidate: Sm2Backend, private: object, public: object) -> bool:
    first, second = candidate.sign(private, _DIGEST), candidate.sign(private, _DIGEST)
    return first != second and candidate.verify(public, _DIGEST, first)


def _refuses_point(candidate: Sm2Backend) -> bool:
    try:
        candidate.load_public(_POINT[:-1] + bytes([_POINT[-1] ^ 1]))
    except BackendRefused:
        return True
    return False


def _refuses_pair(candidate: Sm2Backend) -> bool:
    try:
        candidate.load_private(bytes(31) + b"\x02", _POINT)
    except BackendRefused:
        return True
    return False


def installed_backends() -> dict[str, Sm2Backend | str]:
    """Return every candidate that passes its self-test, or the sentence why it does not."""
    found: dict[str, Sm2Backend | str] = {}
    for name, load in CANDIDATES:
        try:
            candidate = load()
            self_test(candidate)
            found[name] = candidate
        except (ImportError, OSError, AttributeError, BackendRefused, NoSm2Backend) as error:
            found[name] = str(error)
    return found


@cache
def backend() -> Sm2Backend:
    """Return this process's SM2; raise `NoSm2Backend` with each candidate's reason."""
    reasons = []
    for name, load in CANDIDATES:
        try:
            candidate = load()
            self_test(candidate)
        except (ImportError, OSError, AttributeError, BackendRefused, NoSm2Backend) as error:
            reasons.append(f"{name}: {error}")
            continue
        log.info("SM2 by %s", candidate.name)
        return candidate
    raise NoSm2Backend(
        "no native SM2 passed its self-test; install an OpenSSL 3 built with SM2 or gmssl-pyx"
        f" ({'; '.join(reasons)})"
    )
