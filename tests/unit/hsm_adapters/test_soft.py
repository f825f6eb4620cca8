"""Key files on disk: whole or absent, the owner's alone, and no secret beside them."""

import logging
import os
import stat
import traceback
from pathlib import Path

import pytest

from hsm_adapters import soft
from hsm_adapters.soft import SoftKey, SoftProvider
from keystore import pkcs8, private_files
from keystore.errors import (
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedKey,
    MalformedUri,
)
from keystore.pkcs8 import PrivateKey, encrypt_private_key
from keystore.sm2_backends import BackendRefused, backend
from keystore.uri import KeyUri

PIN = "天下为公-1912"


@pytest.fixture
def provider():
    return SoftProvider()


def uri_of(path: Path) -> KeyUri:
    return KeyUri.parse(f"soft:path={path}")


def pin(name: str) -> str:
    assert name == "pin"
    return PIN


def test_a_key_file_is_its_owners_alone(provider, tmp_path):
    previous = os.umask(0)
    try:
        provider.generate(uri_of(tmp_path / "new/a.key"), pin)
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "new/a.key").stat().st_mode) == 0o600
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["a.key"]


def test_a_name_without_a_path_is_refused(provider):
    with pytest.raises(MalformedUri, match="needs path="):
        provider.generate(KeyUri.parse("soft:token=a"), pin)


def test_a_folder_that_cannot_be_written_is_reported(provider, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KeyUnavailable, match="cannot be written"):
        provider.generate(uri_of(tmp_path / "file/a.key"), pin)


def test_a_full_disk_leaves_no_half_key(provider, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_files.os, "fsync", full)
    with pytest.raises(KeyUnavailable):
        provider.generate(uri_of(tmp_path / "a.key"), pin)
    assert list(tmp_path.iterdir()) == []


def test_a_key_without_a_passphrase_is_not_made(provider, tmp_path):
    with pytest.raises(KeyRefused):
        provider.generate(uri_of(tmp_path / "a.key"), lambda name: "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nmore lines\n"])
def test_the_passphrase_is_the_first_line_of_its_file(provider, tmp_path, ending):
    (tmp_path / "pass").write_bytes(f" {PIN} {ending}".encode())
    uri = KeyUri.parse(f"soft:path={tmp_path}/a.key?pin-source={tmp_path}/pass")
    public = provider.generate(uri, pytest.fail)
    with provider.open(uri_of(tmp_path / "a.key"), lambda name: f" {PIN} ") as key:
        assert key.public_key == public


def test_a_passphrase_a_terminal_could_not_decode_is_the_bytes_it_was(provider, tmp_path):
    (tmp_path / "pass").write_bytes(b"\xff\xfe\n")
    uri = KeyUri.parse(f"soft:path={tmp_path}/a.key?pin-source={tmp_path}/pass")
    public = provider.generate(uri, pytest.fail)
    with provider.open(uri_of(tmp_path / "a.key"), lambda name: "\udcff\udcfe") as key:
        assert key.public_key == public


def test_what_cannot_be_opened_says_why(provider, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage").write_bytes(b"garbage")
    (tmp_path / "large").write_bytes(bytes(10_000))
    for name, kind in {
        "absent": KeyNotFound,
        "folder": KeyUnavailable,
        "garbage": MalformedKey,
        "large": MalformedKey,
    }.items():
        with pytest.raises(kind), provider.open(uri_of(tmp_path / name), pin):
            pytest.fail("opened")
    uri = KeyUri.parse(f"soft:path={tmp_path}/garbage?pin-source={tmp_path}/absent")
    with pytest.raises(KeyUnavailable, match="PIN file"), provider.open(uri, pin):
        pytest.fail("opened")


@pytest.mark.parametrize("scalar", [bytes(32), b"\xff" * 32, bytes(31) + b"\x02", bytes(40)])
def test_a_file_whose_halves_do_not_fit_is_malformed(provider, tmp_path, scalar):
    _, point = backend().generate()
    data = encrypt_private_key(PrivateKey(scalar, point), PIN.encode())
    (tmp_path / "a.key").write_bytes(data)
    with pytest.raises(MalformedKey, match="no SM2 key pair"):
        with provider.open(uri_of(tmp_path / "a.key"), pin):
            pytest.fail("opened")


def test_a_library_that_does_not_sign_makes_the_key_unavailable(provider, tmp_path, monkeypatch):
    class Refusing:
        def sign(self, private, digest):
            raise BackendRefused("libcrypto did not sign")

    provider.generate(uri_of(tmp_path / "a.key"), pin)
    with provider.open(uri_of(tmp_path / "a.key"), pin) as key:
        monkeypatch.setattr(soft, "backend", Refusing)
        with pytest.raises(KeyUnavailable):
            key.sign_digest(bytes(32))
        monkeypatch.undo()


class Witness:
    """All forms in which known secrets could leak."""

    def __init__(self, *secrets: bytes) -> None:
        self.forms = [
            form
            for secret in secrets
            for form in (
                secret,
                secret.hex().encode(),
                secret.hex().upper().encode(),
                repr(secret)[2:-1].encode(),
                str(int.from_bytes(secret, "big")).encode(),
                __import__("base64").b64encode(secret)[:-4],
            )
        ]

    def in_(self, data: bytes) -> list[bytes]:
        return [form for form in self.forms if form in data]


def test_no_secret_is_on_disk_in_a_log_in_an_error_or_in_a_repr(
    provider, tmp_path, caplog, capfd, monkeypatch
):
    pair = PrivateKey(*backend().generate())
    monkeypatch.setattr(soft, "backend", lambda: KnownPair(pair))
    witness = Witness(pair.scalar, PIN.encode())
    uri, seen = uri_of(tmp_path / "a.key"), []
    with caplog.at_level(logging.DEBUG):
        provider.generate(uri, pin)
        with provider.open(uri, pin) as key:
            key.sign_digest(bytes(32))
            seen += [repr(key), str(key), repr(provider), repr(vars(provider))]
            seen += [f"{getattr(key, slot)!r}" for slot in SoftKey.__slots__]
            seen.append(failure(lambda: key.sign_digest(b"short")))
        seen.append(failure(lambda: provider.generate(uri, pin)))
        seen.append(failure(lambda: enter(provider.open(uri, lambda name: PIN + "x"))))
        seen.append(failure(lambda: enter(provider.open(uri_of(tmp_path / "b"), pin))))
        monkeypatch.setattr(pkcs8, "decode", raise_value_error)
        seen.append(failure(lambda: enter(provider.open(uri, pin))))
    files = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    out = "".join(capfd.readouterr())
    assert witness.in_(files + "".join([*seen, caplog.text, out]).encode()) == []
    assert len(files) > 300
    assert all(seen)


class KnownPair:
    """The process's backend with a key pair the test knows."""

    def __init__(self, pair):
        self.generate = lambda: (pair.scalar, pair.point)

    def __getattr__(self, name):
        return getattr(backend(), name)


def failure(act) -> str:
    with pytest.raises(KeystoreError) as caught:
        act()
    return "".join(traceback.format_exception(caught.value)) + repr(caught.value.args)


def enter(context) -> None:
    with context:
        pytest.fail("opened")


def raise_value_error(der: bytes):
    raise ValueError(f"unexpected bytes {der!r}")


def test_pin_and_scalar_are_overwritten_once_the_library_has_the_key(
    provider, tmp_path, monkeypatch
):
    uri, held = uri_of(tmp_path / "a.key"), []
    provider.generate(uri, pin)

    def kept(act):
        def call(*arguments):
            held.append(act(*arguments))
            return held[-1]

        return call

    monkeypatch.setattr(soft, "pin_for", kept(soft.pin_for))
    monkeypatch.setattr(soft, "decrypt_private_key", kept(soft.decrypt_private_key))
    with provider.open(uri, pin) as key:
        assert key.sign_digest(bytes(32))
    pin_held, pair = held
    assert pin_held == bytes(len(PIN.encode()))
    assert pair.scalar == bytes(32)
    provider.generate(uri_of(tmp_path / "b.key"), pin)
    assert held[-1] == bytes(len(PIN.encode()))
