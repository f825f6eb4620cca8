"""Examining one key, from opening it to its speed: what is wrong, and how to mend it.

No finding repeats a PIN; the key's URI never holds one.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.bench.keys import measure_key
from api.endings import days_left, step_reached
from keystore import SIGNER_ID_GM, Certificate, KeyUri
from keystore.credential import require_chain
from keystore.errors import (
    AdapterFault,
    CertificateMismatch,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedUri,
    UnknownScheme,
    WrongPin,
)
from keystore.opening import is_isolated, open_key
from keystore.ports import ChecksHealth, SecretSource, SigningKey
from keystore.registry import provider_for
from keystore.signer import sign_message
from keystore.suites import suite_of

__all__ = ["Examined", "Finding", "examine_key"]

THREADS = 8
CLOCK_TOLERANCE = timedelta(minutes=1)
SPEED_SECONDS = 2.0
CONCURRENT_SIGNATURES = 16
SIGNING_USES = frozenset({"digital_signature", "content_commitment"})
MILLISECONDS = 1000.0

_MENDING: dict[type[KeystoreError], str] = {
    WrongPin: "write the right PIN into the pin-source file, and ask again once: tokens lock",
    KeyNotFound: "compare the URI's index, label or path with what the device holds",
    KeyUnavailable: "is the device on, reachable, and its library and PIN file readable?",
    KeyRefused: "look at the device's rights and at the library's owner",
    AdapterFault: "the device or its library answers wrongly: do not use it; ask its vendor",
    CertificateMismatch: "import the chain of this very key: qianyin key import",
    UnknownScheme: "install the adapter of this scheme",
    MalformedUri: "correct the URI; docs/operations.md has examples",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is well, and a sentence with what to do."""

    title: str
    is_well: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A key to be examined; without a chain its certificate is not judged."""

    uri: KeyUri
    secrets: SecretSource
    chain: tuple[Certificate, ...]
    files: tuple[Path, ...]
    """Files whose times the clock is compared with."""
    now: Callable[[], datetime]


def examine_key(one: Examined) -> Iterator[Finding]:
    """Yield findings until one makes the rest pointless."""
    yield _clock(one)
    try:
        yield _device(one)
        with open_key(one.uri, one.secrets) as key:
            yield Finding("opens", True, f"{suite_of(key.public_key).name} ({one.uri})")
            for examine in (_signs, _threads, _speed):
                yield examine(key)
            yield from _certificate(one, key)
    except KeystoreError as error:
        yield Finding(type(error).__name__, False, f"{error} → {_mending(error)}")


def _mending(error: KeystoreError) -> str:
    return next((_MENDING[kind] for kind in type(error).__mro__ if kind in _MENDING), "see the log")


def _clock(one: Examined) -> Finding:
    newest = max((file.stat().st_mtime for file in one.files), default=0.0)
    is_well = newest <= (one.now() + CLOCK_TOLERANCE).timestamp()
    mend = "" if is_well else " → files here are from the future: set the clock, and use NTP"
    return Finding("clock", is_well, f"{one.now():%Y-%m-%d %H:%M:%S} UTC{mend}")


def _device(one: Examined) -> Finding:
    provider = provider_for(one.uri.scheme)
    where = "in a process of its own" if is_isolated(one.uri, provider) else "in this process"
    if not isinstance(provider, ChecksHealth):
        return Finding("device", True, f"{one.uri.scheme}: {where}")
    return Finding("device", True, f"{provider.check_health(one.uri)}, {where}")


def _signs(key: SigningKey) -> Finding:
    begun = time.perf_counter()
    sign_message(key, key.public_key, b"qianyin doctor", signer_id=SIGNER_ID_GM)
    milliseconds = (time.perf_counter() - begun) * MILLISECONDS
    return Finding("signs", True, f"and the signature verifies, {milliseconds:.1f} ms")


def _threads(key: SigningKey) -> Finding:
    def sign(number: int) -> None:
        sign_message(key, key.public_key, b"%d" % number, signer_id=SIGNER_ID_GM)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(sign, range(THREADS * CONCURRENT_SIGNATURES)))
    made = THREADS * CONCURRENT_SIGNATURES
    return Finding("threads", True, f"{THREADS} at once, {made} signatures, each verified")


def _speed(key: SigningKey) -> Finding:
    speed = measure_key(key, threads=THREADS, seconds=SPEED_SECONDS)
    return Finding(
        "speed", True, f"{speed.per_second:,.0f}/s, median {speed.median_milliseconds:.1f} ms"
    )


def _certificate(one: Examined, key: SigningKey) -> Iterator[Finding]:
    if not one.chain:
        yield Finding("chain", True, "no certificate yet: qianyin key request, then key import")
        return
    leaf = one.chain[0]
    if leaf.public_key != key.public_key:
        raise CertificateMismatch(f"the certificate of {leaf.common_name} is of another key")
    require_chain(one.chain)
    yield Finding("chain", True, " ← ".join(each.common_name for each in one.chain))
    for each in one.chain:
        left = each.not_after - one.now()
        is_well = each.not_before <= one.now() and step_reached(left) is None
        mend = "" if is_well else " → request another: qianyin key request"
        dates = f"{each.not_before:%Y-%m-%d} to {each.not_after:%Y-%m-%d}"
        yield Finding("dates", is_well, f"{each.common_name}: {dates}, {days_left(left)}{mend}")
    uses = leaf.key_usage
    is_well = not uses or bool(uses & SIGNING_USES)
    mend = "" if is_well else " → ask the CA for a signing certificate, not an encryption one"
    yield Finding("usage", is_well, f"{', '.join(sorted(uses)) or 'any'}{mend}")
