"""The keyring opens what `keys.toml` says and refuses what does not fit together."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from hsm_adapters.soft import SoftProvider
from keystore import Keyring, SealEntry, no_secrets, opening
from keystore.errors import (
    CertificateMismatch,
    InvalidSeal,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedCertificate,
    UnknownScheme,
)
from keystore.sm2 import SIGNER_ID_GM
from keystore.uri import KeyUri
from tests.fakes.pki import Party, new_seal, new_signer, pki, plan

PIN = "通行-4711"

KEYS = """
[keys.seal-signer]
uri = "soft:path=keys/signer.key?pin-source=secrets/pass"
chain = "certificates/signer.pem"

[seals.authority]
file = "seals/authority.esl"
key = "seal-signer"
maker_chain = "certificates/maker.pem"
"""


def pem_of(chain):
    return b"".join(one.to_pem() for one in chain)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with a key, its chain, a seal that lists it, and keys.toml."""
    folder = tmp_path_factory.mktemp("deployment")
    for name in ("secrets", "certificates", "seals"):
        (folder / name).mkdir()
    (folder / "secrets/pass").write_text(PIN + "\n", encoding="utf-8")
    uri = KeyUri.parse("soft:path=keys/signer.key?pin-source=secrets/pass").resolved(folder)
    public = SoftProvider().generate(uri, no_secrets)
    with SoftProvider().open(uri, no_secrets) as key:
        signer = type(pki().leaf.signer)(key, public)
    leaf = Party(signer, (pki().issuing_ca.issue(plan("盖章人", signer)), *pki().issuing.chain))
    (folder / "certificates/signer.pem").write_bytes(pem_of(leaf.chain))
    (folder / "certificates/maker.pem").write_bytes(pem_of(pki().maker.chain))
    seal = new_seal(signers=(leaf.certificate,))
    (folder / "seals/authority.esl").write_bytes(seal.der)
    (folder / "keys.toml").write_text(KEYS, encoding="utf-8")
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """A copy that a test may spoil."""
    for path in made.rglob("*"):
        target = tmp_path / path.relative_to(made)
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    return tmp_path


def opened(folder: Path) -> Keyring:
    return Keyring.from_file(folder / "keys.toml", secrets=no_secrets)


def configure(folder: Path, old: str, new: str) -> None:
    text = (folder / "keys.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "keys.toml").write_text(text.replace(old, new), encoding="utf-8")


def test_keys_and_seals_are_found_by_their_alias(made):
    with opened(made) as ring:
        assert ring.aliases == ("seal-signer",)
        entry = ring.seal("authority")
        assert ring.seals == (entry,)
        assert entry.key == "seal-signer"
        assert entry.maker_chain == pki().maker.chain
        assert ring.credential("seal-signer").certificate.common_name == "盖章人"
        signer = ring.signer("seal-signer")
        signature = signer.sign(b"m", signer_id=SIGNER_ID_GM)
        ring.credential("seal-signer").public_key.verify(b"m", signature, signer_id=SIGNER_ID_GM)


def test_a_key_is_opened_once_and_again_after_closing(made, caplog):
    with opened(made) as ring, caplog.at_level("INFO", logger="keystore.lasting_keys"):
        assert ring.signer("seal-signer") is ring.signer("seal-signer")
        assert caplog.text.count("opened key seal-signer") == 1
        ring.close()
        ring.signer("seal-signer")
        assert caplog.text.count("opened key seal-signer") == 2
    assert PIN not in caplog.text


def test_what_is_not_configured_is_not_found(made):
    ring = opened(made)
    for ask in (ring.credential, ring.seal, ring.signer):
        with pytest.raises(KeyNotFound, match="'other'"):
            ask("other")


def test_an_empty_keyring_is_a_keyring(tmp_path):
    (tmp_path / "keys.toml").write_text("", encoding="utf-8")
    assert opened(tmp_path).aliases == ()


@pytest.mark.parametrize(
    "path",
    ["keys.toml", "certificates/signer.pem", "certificates/maker.pem", "seals/authority.esl"],
)
def test_a_missing_file_is_named(folder, path):
    (folder / path).unlink()
    with pytest.raises(KeyNotFound, match=Path(path).name):
        opened(folder)


def test_a_file_that_cannot_be_read_is_named(folder):
    (folder / "seals/authority.esl").unlink()
    (folder / "seals/authority.esl").mkdir()
    with pytest.raises(KeyUnavailable, match="authority"):
        opened(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("chain = ", "chains = "),
        ('key = "seal-signer"\n', 'key = "seal-signer"\npin = "1234"\n'),
        ('chain = "certificates/signer.pem"', "chain = 3"),
        ("[keys.seal-signer]", "[kees.seal-signer]"),
        (KEYS, "keys = 3"),
        (KEYS, "keys.a = 3"),
        (KEYS, '[keys]\na = "soft:path=x"'),
        (KEYS, "not toml"),
        ("[seals.authority]", "[seals.authority"),
    ],
)
def test_an_unknown_or_missing_field_is_refused(folder, old, new):
    configure(folder, old, new)
    with pytest.raises(KeystoreError, match="keyring"):
        opened(folder)


def test_a_keyring_that_is_not_text_is_refused(folder):
    (folder / "keys.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(KeystoreError, match="cannot be read"):
        opened(folder)


def test_a_pin_in_the_uri_is_refused_and_not_repeated(folder):
    configure(folder, "?pin-source=secrets/pass", f"?pin-value={PIN}")
    with pytest.raises(KeystoreError) as caught:
        opened(folder)
    assert PIN not in repr(caught.value)


def test_a_chain_that_does_not_hold_together_is_refused(folder):
    chain = pki().leaf.chain
    (folder / "certificates/signer.pem").write_bytes(pem_of((chain[0], chain[2])))
    with pytest.raises(CertificateMismatch, match="根CA is not the issuer of 签章者"):
        opened(folder)


def test_a_chain_that_is_no_certificate_is_refused(folder):
    (folder / "certificates/signer.pem").write_bytes(b"-----BEGIN NOTHING-----")
    with pytest.raises(MalformedCertificate):
        opened(folder)


def test_a_seal_that_does_not_list_its_key_is_refused(folder):
    (folder / "certificates/signer.pem").write_bytes(pem_of(pki().leaf.chain))
    with pytest.raises(InvalidSeal, match="'authority' does not list the certificate"):
        opened(folder)


def test_a_seal_of_a_key_that_is_not_there_is_refused(folder):
    configure(folder, 'key = "seal-signer"', 'key = "other"')
    with pytest.raises(KeyNotFound, match="other"):
        opened(folder)


def test_a_maker_chain_of_somebody_else_is_refused(folder):
    (folder / "certificates/maker.pem").write_bytes(pem_of(pki().leaf.chain))
    with pytest.raises(InvalidSeal, match="not its maker's"):
        opened(folder)
    chain = pki().maker.chain
    (folder / "certificates/maker.pem").write_bytes(pem_of((chain[0], chain[2])))
    with pytest.raises(CertificateMismatch):
        opened(folder)


def test_a_broken_seal_is_refused(folder):
    (folder / "seals/authority.esl").write_bytes(b"0\x00")
    with pytest.raises(InvalidSeal):
        opened(folder)


def test_a_device_with_another_key_is_refused(folder):
    (folder / "keys/signer.key").unlink()
    uri = KeyUri.parse("soft:path=keys/signer.key?pin-source=secrets/pass").resolved(folder)
    SoftProvider().generate(uri, no_secrets)
    with pytest.raises(CertificateMismatch, match="is not of the key"):
        opened(folder).signer("seal-signer")


class CountingProvider:
    """A device that counts its sessions and answers with a key of its own."""

    def __init__(self, key):
        self.key, self.sessions = key, 0

    @contextmanager
    def open(self, uri, secrets):
        self.sessions += 1
        try:
            yield self.key
        finally:
            self.sessions -= 1


def test_a_refused_device_is_closed_at_once(made, monkeypatch):
    device = CountingProvider(new_signer().key)
    monkeypatch.setattr(opening, "provider_for", lambda scheme: device)
    ring = opened(made)
    for _ in range(3):
        with pytest.raises(CertificateMismatch):
            ring.signer("seal-signer")
    assert device.sessions == 0


def test_the_session_of_a_key_ends_with_the_keyring(monkeypatch):
    leaf = pki().leaf
    device = CountingProvider(leaf.signer.key)
    monkeypatch.setattr(opening, "provider_for", lambda scheme: device)
    with Keyring({"a": leaf.credential}, {}, no_secrets) as ring:
        assert ring.signer("a").public_key == leaf.signer.public_key
        assert device.sessions == 1
    assert device.sessions == 0


def test_threads_that_ask_at_once_share_one_session(monkeypatch):
    leaf = pki().leaf
    device = CountingProvider(leaf.signer.key)
    monkeypatch.setattr(opening, "provider_for", lambda scheme: device)
    with (
        Keyring({"a": leaf.credential}, {}, no_secrets) as ring,
        ThreadPoolExecutor(8) as pool,
    ):
        signers = set(map(id, pool.map(ring.signer, ["a"] * 64)))
        assert len(signers) == device.sessions == 1


def test_a_key_of_an_unknown_kind_of_device_is_refused(folder):
    configure(folder, "soft:path", "nodevice:path")
    with pytest.raises(UnknownScheme, match="nodevice"):
        opened(folder).signer("seal-signer")


def test_nobody_is_asked_for_a_pin(folder):
    configure(folder, "?pin-source=secrets/pass", "")
    with pytest.raises(KeyRefused, match="name a pin-source"):
        opened(folder).signer("seal-signer")


def test_a_missing_passphrase_file_is_named(folder):
    os.unlink(folder / "secrets/pass")
    with pytest.raises(KeyUnavailable, match="secrets/pass"):
        opened(folder).signer("seal-signer")


def test_an_entry_made_in_memory_is_held_to_the_same_rule():
    other = pki().party("别人")
    entry = SealEntry("s", new_seal(), "a", pki().maker.chain)
    with pytest.raises(InvalidSeal):
        Keyring({"a": other.credential}, {"s": entry}, no_secrets)


def test_a_key_with_mirrors_signs_while_one_device_answers(folder, caplog):
    shutil.copy(folder / "keys/signer.key", folder / "keys/mirror.key")
    configure(
        folder,
        'chain = "certificates/signer.pem"',
        'chain = "certificates/signer.pem"\n'
        'mirrors = ["soft:path=keys/mirror.key?pin-source=secrets/pass"]',
    )
    (folder / "keys/signer.key").unlink()
    (folder / "keys/signer.key").mkdir()  # a file that cannot be read: the device is away
    with opened(folder) as ring:
        (mirror,) = ring.credential("seal-signer").mirrors
        assert mirror.get("path") == str(folder / "keys/mirror.key")
        for _ in range(4):
            signer = ring.signer("seal-signer")
            signer.public_key.verify(
                b"m", signer.sign(b"m", signer_id=SIGNER_ID_GM), signer_id=SIGNER_ID_GM
            )
        ring.require_open()
    assert "cannot be opened" in caplog.text


@pytest.mark.parametrize("mirrors", ["3", '"soft:path=x"', "[3]"])
def test_mirrors_are_a_list_of_names(folder, mirrors):
    chain = 'chain = "certificates/signer.pem"'
    configure(folder, chain, f"{chain}\nmirrors = {mirrors}")
    with pytest.raises(KeystoreError, match="mirrors"):
        opened(folder)
