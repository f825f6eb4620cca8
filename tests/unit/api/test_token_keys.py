"""The token key is made once, kept encrypted, and refused when others could read it."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.errors import BadSettings
from api.token_keys import KEY_FILE, PASSPHRASE_FILE, open_token_key
from keystore.errors import ReadableByOthers
from keystore.rotation import name_master_key, rewrap, wrap_file
from keystore.wrapping import Purpose
from tests.fakes.vaults import clear_vault, new_vault


def test_the_second_start_opens_the_key_of_the_first(tmp_path):
    assert open_token_key(clear_vault(tmp_path / "secrets")) == open_token_key(
        clear_vault(tmp_path / "secrets")
    )


def test_processes_that_start_together_end_up_with_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: open_token_key(clear_vault(tmp_path)).key_id, range(16)))
    assert len(keys) == 1
    assert {path.name for path in tmp_path.iterdir()} == {KEY_FILE, PASSPHRASE_FILE}


def test_the_key_is_never_on_disk_in_clear(tmp_path):
    open_token_key(clear_vault(tmp_path))
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / KEY_FILE).read_bytes()


def test_only_the_owner_can_read_the_files(tmp_path):
    open_token_key(clear_vault(tmp_path))
    for name in (KEY_FILE, PASSPHRASE_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("name", [KEY_FILE, PASSPHRASE_FILE])
def test_a_file_others_can_read_is_refused(tmp_path, name):
    open_token_key(clear_vault(tmp_path))
    (tmp_path / name).chmod(0o644)
    with pytest.raises(ReadableByOthers, match="chmod 600"):
        open_token_key(clear_vault(tmp_path))


def test_a_wrong_passphrase_is_refused(tmp_path):
    open_token_key(clear_vault(tmp_path))
    (tmp_path / PASSPHRASE_FILE).write_bytes(b"wrong")
    with pytest.raises(BadSettings, match="passphrase"):
        open_token_key(clear_vault(tmp_path))


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-384", "RSA"],
)
def test_a_key_of_another_kind_is_refused(tmp_path, key):
    open_token_key(clear_vault(tmp_path))
    passphrase = (tmp_path / PASSPHRASE_FILE).read_bytes()
    (tmp_path / KEY_FILE).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        )
    )
    with pytest.raises(BadSettings, match="P-256"):
        open_token_key(clear_vault(tmp_path))


def test_the_private_key_is_never_printed(tmp_path):
    key = open_token_key(clear_vault(tmp_path))
    assert "PRIVATE" not in repr(key)


def test_under_a_master_key_the_passphrase_is_wrapped_and_the_key_stays_the_same(tmp_path):
    vault = new_vault(tmp_path)
    key = open_token_key(vault)
    assert (vault.folder / PASSPHRASE_FILE).read_bytes().startswith(b"qianyin-wrapped-1 ")
    assert open_token_key(vault) == key
    name_master_key(vault, "file:master-2.key")
    assert rewrap(vault) == [PASSPHRASE_FILE]
    assert open_token_key(vault) == key


def test_a_passphrase_in_clear_is_wrapped_later_and_opens_the_same_key(tmp_path):
    vault = clear_vault(tmp_path / "secrets")
    key = open_token_key(vault)
    name_master_key(vault, "file:master.key")
    assert wrap_file(vault, vault.folder / PASSPHRASE_FILE, Purpose.TOKEN_KEY)
    assert open_token_key(vault) == key
