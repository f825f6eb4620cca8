"""A keyring that cannot be written or found is told as such, and stays as it was."""

import base64
from pathlib import Path
from typing import Any

import pytest

from keystore import Keyring, no_secrets, sm3
from keystore.errors import KeyNotFound
from licenses.errors import SealNotInstalled
from licenses.roles import Act
from licenses.seal_workshop import SealWorkshop
from tests.fakes.pki import new_seal, pki
from tests.fakes.registers import NOW

SEAL = new_seal()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "signer.pem").write_bytes(b"".join(one.to_pem() for one in pki().leaf.chain))
    path = tmp_path / "keys.toml"
    path.write_text('[keys.signer]\nuri = "soft:path=a.key"\nchain = "signer.pem"\n')
    return path


def _install(file: Path) -> str:
    chain = b"".join(one.to_pem() for one in pki().maker.chain)
    payload: dict[str, Any] = {
        "seal": "authority",
        "key": "signer",
        "certificate_sm3": pki().leaf.certificate.fingerprint,
        "file": base64.b64encode(SEAL.der).decode(),
        "maker_chain": chain.decode(),
    }
    workshop = SealWorkshop(file, lambda: Keyring.from_file(file, secrets=no_secrets))
    return workshop.install(Act.SEAL_IMPORT, payload, now=NOW)


def test_a_sent_seal_is_taken_once_however_often_it_is_asked(file: Path) -> None:
    assert _install(file) == _install(file) == sm3(SEAL.der).hex()
    assert [one.alias for one in Keyring.from_file(file, secrets=no_secrets).seals] == ["authority"]


def test_a_keyring_that_cannot_be_written_is_told_to_the_approver(file: Path) -> None:
    before = file.read_bytes()
    (file.parent / "seals").write_bytes(b"where the folder should be")
    with pytest.raises(SealNotInstalled, match=r"keys\.toml cannot be written: File exists"):
        _install(file)
    assert file.read_bytes() == before
    (file.parent / "seals").unlink()
    assert _install(file) == sm3(SEAL.der).hex()


def test_a_keyring_that_cannot_be_opened_is_told_to_the_approver(file: Path) -> None:
    file.unlink()
    file.mkdir()
    with pytest.raises(SealNotInstalled, match=r"keys\.toml cannot be written: Is a directory"):
        _install(file)


def test_a_keyring_that_is_missing_is_not_found(file: Path) -> None:
    file.unlink()
    with pytest.raises(KeyNotFound):
        _install(file)
