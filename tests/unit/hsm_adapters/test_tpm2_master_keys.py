"""A master key in a TPM: swtpm keeps it, gives it back, and no other TPM does."""

import subprocess
from pathlib import Path

import pytest

from hsm_adapters.soft import SoftProvider
from hsm_adapters.tpm2 import Tpm2Provider
from keystore import KeyUri
from keystore.errors import KeyNotFound, KeyRefused, KeyUnavailable, MalformedKey
from keystore.opening import keeper_of, open_key
from keystore.rotation import drop_earlier, name_master_key, rewrap, wrap_secret
from keystore.wrapping import Purpose
from tests.fakes.swtpms import PIN, running_swtpm
from tests.fakes.vaults import new_vault

PROVIDER = Tpm2Provider()
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.fixture
def tpm(tmp_path):
    with running_swtpm(tmp_path / "tpm") as running:
        yield running


@pytest.fixture
def kept(tpm):
    uri = tpm.file_uri("master.tpm", "")
    PROVIDER.keep_master_key(uri, bytearray(KEY))
    return uri


def test_the_tpm_gives_back_what_it_was_given(tpm, kept):
    assert PROVIDER.give_master_key(kept) == KEY
    file = tpm.folder / "master.tpm"
    assert file.stat().st_mode & 0o777 == 0o600
    assert KEY.hex() not in file.read_bytes().hex()
    with pytest.raises(KeyRefused, match="already"):
        PROVIDER.keep_master_key(kept, bytearray(KEY))


def test_a_process_of_its_own_asks_the_tpm(kept):
    assert type(keeper_of(kept)).__name__ == "IsolatedKeeper"
    assert keeper_of(kept).give_master_key(kept) == KEY


def test_a_tpm_started_anew_still_gives_it_and_one_that_is_gone_may_come_back(tpm, kept):
    tpm.stop()
    with pytest.raises(KeyUnavailable):
        keeper_of(kept).give_master_key(kept)
    tpm.start()
    assert keeper_of(kept).give_master_key(kept) == KEY


def test_another_tpm_gives_nothing(tpm, kept, tmp_path):
    with running_swtpm(tmp_path / "other") as other:
        stolen = other.uri(f"path={tpm.folder}/master.tpm")
        with pytest.raises(KeyRefused, match="of another TPM"):
            PROVIDER.give_master_key(stolen)


def test_a_signing_key_is_no_master_key_and_a_master_key_signs_nothing(tpm, kept):
    PROVIDER.generate(tpm.file_uri(), lambda name: PIN)
    with pytest.raises(MalformedKey, match="something else"):
        PROVIDER.give_master_key(tpm.file_uri())
    with pytest.raises(MalformedKey), PROVIDER.open(kept, lambda name: PIN):
        pass
    with pytest.raises(KeyNotFound):
        PROVIDER.give_master_key(tpm.file_uri("none.tpm", ""))


def test_tpm2_tools_unseals_it(tpm, kept, tmp_path):
    def run(*command):
        environment = {"TPM2TOOLS_TCTI": tpm.tcti, "PATH": "/usr/bin:/bin"}
        try:
            return subprocess.run(
                command, cwd=tmp_path, env=environment, check=True, capture_output=True
            ).stdout
        except FileNotFoundError:
            pytest.skip("tpm2-tools is not installed")

    from hsm_adapters.tpm2.key_files import SEALED_DATA, read_key_file

    made = read_key_file(tpm.folder / "master.tpm", SEALED_DATA)
    (tmp_path / "m.pub").write_bytes(made.public)
    (tmp_path / "m.priv").write_bytes(made.private)
    storage = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt"
    run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-a", storage, "-c", "p.ctx")
    run("tpm2_flushcontext", "-t")
    run("tpm2_load", "-Q", "-C", "p.ctx", "-u", "m.pub", "-r", "m.priv", "-c", "m.ctx")
    run("tpm2_flushcontext", "-t")
    assert run("tpm2_unseal", "-c", "m.ctx") == KEY


def test_a_vault_goes_over_from_a_file_to_the_tpm(tpm, tmp_path):
    vault = new_vault(tmp_path / "data")
    pin = vault.folder / "a.pass"
    wrap_secret(vault, pin, bytearray(b"passphrase"), Purpose.PIN)
    uri = KeyUri.parse(f"soft:path={tmp_path}/a.key?pin-source={pin}")
    public = SoftProvider().generate(uri, vault)
    source = f"tpm2:path=secrets/master.tpm?tcti={tpm.tcti}"
    name_master_key(vault, source)
    assert rewrap(vault) == ["a.pass"]
    assert drop_earlier(vault) == ("file:master.key",)
    Path(tmp_path / "data/master.key").unlink()
    with open_key(uri, vault) as key:
        assert key.public_key == public
    tpm.stop()
    with pytest.raises(KeyUnavailable), open_key(uri, vault):
        pass
