"""The suite every key adapter passes; pytest collects it where a class inherits it.

    class TestMyHsm(KeyProviderContract):
        def make_stand(self, folder: Path) -> AdapterStand: ...

pytest is not imported here: `tmp_path` is its fixture by name only.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keystore.errors import (
    AdapterFault,
    InvalidSignature,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    WrongPin,
)
from keystore.ports import ChecksHealth, GeneratesKeys, KeyProvider, ListsKeys, SigningKey
from keystore.signer import sign_message
from keystore.sm2 import DIGEST_BYTES, SIGNER_ID_GM
from keystore.suites import Signature, SuiteName, suite_of, verify_message
from keystore.uri import KeyUri

__all__ = ["AdapterStand", "KeyProviderContract"]

MESSAGE_SIZES = (0, 31, 32, 33, 4096)
WRONG_DIGEST_SIZES = (0, 31, 33, 64)
THREADS = 8
SESSIONS_IN_A_ROW = 6
SIGNATURES_A_THREAD = 8
PIN_NAME = "pin"


@dataclass(frozen=True, slots=True)
class AdapterStand:
    """A provider with one key in it. `secret_texts` must appear nowhere (hex, raw, the PIN)."""

    provider: KeyProvider
    key: KeyUri
    """The key that is there; it is opened by asking for its PIN."""
    absent_key: KeyUri
    """The name of a key that is not there; a provider that generates may be asked to."""
    pin: str
    wrong_pin: str
    secret_texts: tuple[str, ...] = field(default=(), repr=False)
    garble: Callable[[], object] | None = None
    """Makes the device answer wrongly from now on, where a test device can."""
    lose: Callable[[], object] | None = None
    """Makes the next signature fail for want of a session or device, where it can."""


class KeyProviderContract(ABC):
    """What an adapter must do; each test makes a stand of its own."""

    @abstractmethod
    def make_stand(self, folder: Path) -> AdapterStand:
        """Return a provider holding one key; `folder` is empty and thrown away afterwards."""

    def test_a_signature_verifies_whatever_the_size_of_the_message(self, tmp_path: Path) -> None:
        """Sizes around one digest, none and many blocks; in the suite of the key."""
        with _opened(self.make_stand(tmp_path)) as key:
            for size in MESSAGE_SIZES:
                _sign(key, bytes(size))

    def test_a_signature_is_not_of_another_message(self, tmp_path: Path) -> None:
        """The digest handed in is the digest signed."""
        with _opened(self.make_stand(tmp_path)) as key:
            signature = _sign(key, b"granted")
            with _raising(InvalidSignature):
                verify_message(key.public_key, b"refused", signature, signer_id=SIGNER_ID_GM)

    def test_two_signatures_of_one_message_differ(self, tmp_path: Path) -> None:
        """A nonce that repeats gives the private key away; PKCS #1 v1.5 has none."""
        with _opened(self.make_stand(tmp_path)) as key:
            expected = 1 if suite_of(key.public_key).name is SuiteName.RSA_SHA256 else THREADS
            digest = b"\1" * DIGEST_BYTES
            made = {key.sign_digest(digest).to_der() for _ in range(THREADS)}
            _require(len(made) == expected, "the nonce of a signature repeats")

    def test_the_public_key_stays_the_same(self, tmp_path: Path) -> None:
        """Within a session and when the key is opened again."""
        stand = self.make_stand(tmp_path)
        with _opened(stand) as key:
            first = key.public_key
            _require(key.public_key == first, "the public key changed")
        with _opened(stand) as key:
            _require(key.public_key == first, "the key opened again is another")

    def test_only_a_digest_of_32_bytes_is_signed(self, tmp_path: Path) -> None:
        """A device that pads or cuts would sign something nobody asked for."""
        with _opened(self.make_stand(tmp_path)) as key:
            for size in WRONG_DIGEST_SIZES:
                with _raising(KeyRefused):
                    key.sign_digest(bytes(size))

    def test_no_secret_is_printed(self, tmp_path: Path) -> None:
        """Neither by the key, nor the provider, nor the name."""
        stand = self.make_stand(tmp_path)
        with _opened(stand) as key:
            things = (key, stand.provider, stand.key)
            printed = " ".join(f"{one!r} {one!s}" for one in things)
        for secret in (stand.pin, *stand.secret_texts):
            _require(secret not in printed, "a secret is printed")

    def test_threads_share_a_key(self, tmp_path: Path) -> None:
        """Eight at once, each signature checked as it comes."""
        with _opened(self.make_stand(tmp_path)) as key, ThreadPoolExecutor(THREADS) as pool:

            def sign_some(number: int) -> int:
                for turn in range(SIGNATURES_A_THREAD):
                    _sign(key, b"%d/%d" % (number, turn))
                return SIGNATURES_A_THREAD

            done = sum(pool.map(sign_some, range(THREADS)))
        _require(done == THREADS * SIGNATURES_A_THREAD, "a thread did not finish")

    def test_a_wrong_pin_is_refused_after_one_try(self, tmp_path: Path) -> None:
        """Three tries lock a token, so a PIN is asked for once and never tried again."""
        stand = self.make_stand(tmp_path)
        asked: list[str] = []

        def wrong(name: str) -> str:
            asked.append(name)
            return stand.wrong_pin

        with _raising(WrongPin) as caught, stand.provider.open(stand.key, wrong):
            pass  # pragma: no cover - a wrong PIN opens nothing
        _require(asked == [PIN_NAME], f"asked for {asked}, not once for the PIN")
        _require(stand.wrong_pin not in str(caught[0]), "the refusal repeats the PIN")

    def test_an_unknown_key_is_not_found(self, tmp_path: Path) -> None:
        """Mend the configuration, says `KeyNotFound`; try again, says `KeyUnavailable`."""
        stand = self.make_stand(tmp_path)
        opening = stand.provider.open(stand.absent_key, lambda name: stand.pin)
        with _raising(KeyNotFound), opening:
            pass  # pragma: no cover - there is no such key

    def test_a_key_opens_again_after_it_was_closed(self, tmp_path: Path) -> None:
        """Sessions are few; one that is not given back is missed soon."""
        stand = self.make_stand(tmp_path)
        for _ in range(SESSIONS_IN_A_ROW):
            with _opened(stand) as key:
                _sign(key, b"again")

    def test_a_wrong_answer_never_passes_for_a_signature(self, tmp_path: Path) -> None:
        """Only for stands that can garble; the adapter says so, or the check of the answer does."""
        stand = self.make_stand(tmp_path)
        if stand.garble is None:
            return
        with _opened(stand) as key:
            _sign(key, b"before")
            stand.garble()
            with _raising(AdapterFault):
                _sign(key, b"after")

    def test_a_lost_device_is_unavailable_and_the_key_opens_again(self, tmp_path: Path) -> None:
        """Only for stands that can lose; callers are told when to come back."""
        stand = self.make_stand(tmp_path)
        if stand.lose is None:
            return
        with _opened(stand) as key:
            stand.lose()
            with _raising(KeyUnavailable) as caught:
                _sign(key, b"lost")
            waits = [one.retry_after for one in caught if isinstance(one, KeyUnavailable)]
            _require(min(waits) > 0, "nobody is told when to come back")
        with _opened(stand) as key:
            _sign(key, b"found")

    def test_one_key_is_opened_twice_at_once(self, tmp_path: Path) -> None:
        """Two processes or two aliases may name it; closing one leaves the other."""
        stand = self.make_stand(tmp_path)
        with _opened(stand) as key:
            with _opened(stand) as other:
                _sign(other, b"other")
            _sign(key, b"one")

    def test_the_device_says_how_it_is(self, tmp_path: Path) -> None:
        """Only for providers that ask their device; a secret is not among what they say."""
        stand = self.make_stand(tmp_path)
        if not isinstance(stand.provider, ChecksHealth):
            return
        said = stand.provider.check_health(stand.key)
        _require(bool(said) and said.isprintable(), "the device says nothing")
        _require(stand.pin not in said, "a secret is printed")

    def test_the_key_is_among_those_listed(self, tmp_path: Path) -> None:
        """Only for providers that list; what they list opens."""
        stand = self.make_stand(tmp_path)
        if not isinstance(stand.provider, ListsKeys):
            return
        with _opened(stand) as key:
            expected = key.public_key
        listed = stand.provider.list_keys(stand.key)
        _require(expected in listed.values(), "the key is not listed")
        for uri, public_key in listed.items():
            opening = stand.provider.open(KeyUri.parse(uri), lambda name: stand.pin)
            with opening as key:
                _require(key.public_key == public_key, "a listed key is another when opened")

    def test_a_new_key_never_replaces_one(self, tmp_path: Path) -> None:
        """Only for providers that generate."""
        stand = self.make_stand(tmp_path)
        provider = stand.provider
        if not isinstance(provider, GeneratesKeys):
            return
        with _opened(stand) as key:
            before = key.public_key
        with _raising(KeyRefused):
            provider.generate(stand.key, lambda name: stand.pin)
        with _opened(stand) as key:
            _require(key.public_key == before, "a key was overwritten")
        made = provider.generate(stand.absent_key, lambda name: stand.pin)
        with provider.open(stand.absent_key, lambda name: stand.pin) as key:
            _require(key.public_key == made != before, "the new key is not the one announced")


@contextmanager
def _opened(stand: AdapterStand) -> Iterator[SigningKey]:
    with stand.provider.open(stand.key, lambda name: stand.pin) as key:
        yield key


def _sign(key: SigningKey, message: bytes) -> Signature:
    """Sign and check, as `keystore.Signer` does for each licence."""
    return sign_message(key, key.public_key, message, signer_id=SIGNER_ID_GM)


@contextmanager
def _raising(kind: type[KeystoreError]) -> Iterator[list[KeystoreError]]:
    caught: list[KeystoreError] = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
    _require(bool(caught), f"{kind.__name__} was expected: {inspect.cleandoc(kind.__doc__ or '')}")


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)
