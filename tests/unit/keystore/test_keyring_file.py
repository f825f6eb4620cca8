"""A seal from elsewhere enters the keyring whole, or leaves it as it was."""

import fcntl
from pathlib import Path

import pytest

from keystore import Keyring, no_secrets
from keystore.errors import CertificateMismatch, InvalidSeal, InvalidSignature, KeyNotFound
from keystore.keyring_file import append_seal, sole_writer
from tests.fakes.pki import new_seal, pki
from tests.fakes.seals import SealRecipe


@pytest.fixture
def file(tmp_path) -> Path:
    """A keyring of one key and no line end."""
    pem = b"".join(one.to_pem() for one in pki().leaf.chain)
    (tmp_path / "signer.pem").write_bytes(pem)
    path = tmp_path / "keys.toml"
    path.write_text(
        '[keys.signer]\nuri = "soft:path=a.key"\nchain = "signer.pem"', encoding="utf-8"
    )
    return path


def read(file: Path) -> Keyring:
    return Keyring.from_file(file, secrets=no_secrets)


def append(file: Path, **changes: object) -> None:
    values = {
        "alias": "authority",
        "seal": new_seal(),
        "key": "signer",
        "maker_chain": pki().maker.chain,
    }
    append_seal(file, read(file), **(values | changes))


def test_an_appended_seal_is_in_the_keyring_read_again(file):
    append(file)
    append(file, alias="second", seal=SealRecipe(version=1).seal())
    ring = read(file)
    assert [one.alias for one in ring.seals] == ["authority", "second"]
    assert ring.seal("authority").key == "signer"
    assert ring.seal("authority").maker_chain == pki().maker.chain
    assert ring.seal("second").seal.version == 1


BROKEN = SealRecipe(value=b"\x30\x06\x02\x01\x01\x02\x01\x01")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"alias": "Authority"}, InvalidSeal),
        ({"alias": ""}, InvalidSeal),
        ({"alias": "../../x"}, InvalidSeal),
        ({"alias": 'a"]\n[keys.b]'}, InvalidSeal),
        ({"maker_chain": pki().leaf.chain}, InvalidSeal),
        ({"maker_chain": ()}, CertificateMismatch),
        (
            {"maker_chain": (pki().maker.certificate, pki().root.certificate)},
            CertificateMismatch,
        ),
        ({"seal": BROKEN.seal()}, InvalidSignature),
        ({"key": "other"}, KeyNotFound),
        ({"seal": new_seal(signers=(pki().issuing.certificate,))}, InvalidSeal),
    ],
)
def test_a_seal_that_does_not_fit_changes_nothing(file, changes, error):
    before = sorted(file.parent.rglob("*")), file.read_bytes()
    with pytest.raises(error):
        append(file, **changes)
    assert (sorted(file.parent.rglob("*")), file.read_bytes()) == before


def test_an_alias_is_taken_once(file):
    append(file)
    with pytest.raises(InvalidSeal, match="already"):
        append(file)
    assert len(read(file).seals) == 1


def test_a_file_that_is_missing_has_no_writer(tmp_path: Path) -> None:
    with pytest.raises(KeyNotFound, match=r"keys\.toml"), sole_writer(tmp_path / "keys.toml"):
        pytest.fail("it went on")


def test_a_second_writer_waits_for_the_first(file: Path) -> None:
    def take() -> None:
        with file.open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    with sole_writer(file), pytest.raises(BlockingIOError):
        take()
    take()
