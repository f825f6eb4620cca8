"""The software adapter passes the suite, and broken adapters do not."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from hsm_adapters.soft import SoftProvider
from keystore.errors import KeyNotFound, KeyRefused, WrongPin
from keystore.pkcs8 import decrypt_private_key
from keystore.sm2 import SIGNER_ID_GM
from keystore.testing import AdapterStand, KeyProviderContract
from keystore.uri import KeyUri

PIN = "四季平安-1949"


class TestSoft(KeyProviderContract):
    def make_stand(self, folder: Path) -> AdapterStand:
        provider, path = SoftProvider(), folder / "a.key"
        uri = KeyUri.parse(f"soft:path={path}")
        provider.generate(uri, lambda name: PIN)
        scalar = decrypt_private_key(path.read_bytes(), PIN.encode()).scalar
        return AdapterStand(
            provider=provider,
            key=uri,
            absent_key=KeyUri.parse(f"soft:path={folder / 'b.key'}"),
            pin=PIN,
            wrong_pin="not the pin",
            secret_texts=(scalar.hex(), repr(scalar)[2:-1], str(int.from_bytes(scalar))),
        )


class Wrapped:
    """A key or provider with some behaviour replaced."""

    def __init__(self, inner: object, **changes: object) -> None:
        self._inner = inner
        vars(self).update(changes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


def with_key(change: Callable[[object], object]) -> Callable[[AdapterStand], AdapterStand]:
    """Break the key: `change` gets the real one and returns a broken one."""

    def broken(stand: AdapterStand) -> AdapterStand:
        @contextmanager
        def opening(uri, secrets):
            with stand.provider.open(uri, secrets) as key:
                yield change(key)

        return dataclasses.replace(stand, provider=Wrapped(stand.provider, open=opening))

    return broken


def repeated_nonce(key):
    answers = {}
    return Wrapped(
        key, sign_digest=lambda digest: answers.setdefault(digest, key.sign_digest(digest))
    )


def pads_digests(key):
    return Wrapped(key, sign_digest=lambda digest: key.sign_digest(digest[:32].ljust(32, b"\0")))


def talkative(stand: AdapterStand) -> AdapterStand:
    provider = Wrapped(stand.provider)
    provider.__class__ = type("Talkative", (Wrapped,), {"__repr__": lambda self: f"pin={PIN}"})
    return dataclasses.replace(stand, provider=provider)


def retries(stand: AdapterStand) -> AdapterStand:
    @contextmanager
    def opening(uri, secrets):
        try:
            with stand.provider.open(uri, secrets) as key:
                yield key
        except KeyRefused:
            with stand.provider.open(uri, secrets) as key:
                yield key

    return dataclasses.replace(stand, provider=Wrapped(stand.provider, open=opening))


def repeats_the_pin(stand: AdapterStand) -> AdapterStand:
    @contextmanager
    def opening(uri, secrets):
        raise WrongPin(f"{secrets('pin')} does not open the key")
        yield

    return dataclasses.replace(stand, provider=Wrapped(stand.provider, open=opening))


def overwrites(stand: AdapterStand) -> AdapterStand:
    def generate(uri, secrets):
        Path(uri.require("path")).unlink(missing_ok=True)
        return stand.provider.generate(uri, secrets)

    return dataclasses.replace(stand, provider=Wrapped(stand.provider, generate=generate))


def makes_up_keys(stand: AdapterStand) -> AdapterStand:
    @contextmanager
    def opening(uri, secrets):
        try:
            with stand.provider.open(uri, secrets) as key:
                yield key
        except KeyNotFound:
            with stand.provider.open(stand.key, secrets) as key:
                yield key

    return dataclasses.replace(stand, provider=Wrapped(stand.provider, open=opening))


def another_key_each_time(stand: AdapterStand) -> AdapterStand:
    @contextmanager
    def opening(uri, secrets):
        path = Path(uri.require("path"))
        other = KeyUri.parse(f"soft:path={path}-{len(list(path.parent.iterdir()))}")
        stand.provider.generate(other, secrets)
        with stand.provider.open(other, secrets) as key:
            yield key

    return dataclasses.replace(stand, provider=Wrapped(stand.provider, open=opening))


@pytest.mark.parametrize(
    ("broken", "test", "complaint"),
    [
        (with_key(repeated_nonce), "test_two_signatures_of_one_message_differ", "nonce"),
        (with_key(pads_digests), "test_only_a_digest_of_32_bytes_is_signed", "KeyRefused"),
        (talkative, "test_no_secret_is_printed", "secret is printed"),
        (retries, "test_a_wrong_pin_is_refused_after_one_try", "not once"),
        (repeats_the_pin, "test_a_wrong_pin_is_refused_after_one_try", "repeats the PIN"),
        (overwrites, "test_a_new_key_never_replaces_one", "KeyRefused"),
        (makes_up_keys, "test_an_unknown_key_is_not_found", "KeyNotFound"),
        (another_key_each_time, "test_the_public_key_stays_the_same", "is another"),
    ],
)
def test_the_suite_catches_an_adapter_that(broken, test, complaint, tmp_path):
    class Suite(TestSoft):
        def make_stand(self, folder: Path) -> AdapterStand:
            return broken(super().make_stand(folder))

    with pytest.raises(AssertionError, match=complaint):
        getattr(Suite(), test)(tmp_path)


def test_a_provider_that_cannot_generate_is_not_asked_to(tmp_path):
    class OpensOnly:
        def __init__(self, provider):
            self.open = provider.open

    class Suite(TestSoft):
        def make_stand(self, folder: Path) -> AdapterStand:
            stand = super().make_stand(folder)
            return dataclasses.replace(stand, provider=OpensOnly(stand.provider))

    Suite().test_a_new_key_never_replaces_one(tmp_path)


def test_the_suite_does_not_need_pytest_to_be_imported():
    code = "import sys, keystore.testing; sys.exit('pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_signer_id_is_part_of_what_is_signed(tmp_path):
    stand = TestSoft().make_stand(tmp_path)
    with stand.provider.open(stand.key, lambda name: PIN) as key:
        assert key.public_key.message_digest(b"m", signer_id=SIGNER_ID_GM) != (
            key.public_key.message_digest(b"m", signer_id=b"")
        )
