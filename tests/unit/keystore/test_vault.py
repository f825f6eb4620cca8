"""A deployment's wrapped secrets: each under its own name, in one folder, during a rotation too."""

import os
import shutil
from pathlib import Path

import pytest

from hsm_adapters.soft import SoftProvider
from keystore import KeyUri, no_secrets, vault
from keystore.errors import (
    KeyRefused,
    KeyUnavailable,
    MasterKeyMissing,
    ReadableByOthers,
    SecretDamaged,
    WrongPin,
)
from keystore.isolation import IsolatedProvider
from keystore.master_keys import Sources
from keystore.opening import open_key
from keystore.pins import pin_for
from keystore.rotation import drop_earlier, name_master_key, rewrap, wrap_file, wrap_secret
from keystore.wrapping import Purpose, is_wrapped
from tests.fakes.isolated_keys import Provider
from tests.fakes.vaults import clear_vault, new_vault

PIN = "天下为公-1912".encode()


def uri_of(path, key="a.key"):
    return KeyUri.parse(f"soft:path={path.parent / key}?pin-source={path}")


def with_pin(vault, name="hsm.pin", pin=PIN):
    path = vault.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pin + b"\n")
    assert wrap_file(vault, path, Purpose.PIN)
    return path


def test_a_wrapped_pin_opens_like_one_in_clear(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    assert is_wrapped(path.read_bytes())
    assert PIN not in path.read_bytes()
    assert pin_for(uri_of(path), vault) == PIN
    assert not wrap_file(vault, path, Purpose.PIN)
    assert [vault.name_of(one) for one in vault.wrapped()] == ["hsm.pin"]


def test_a_key_file_is_made_and_opened_with_a_wrapped_passphrase(tmp_path):
    vault = new_vault(tmp_path)
    uri = uri_of(with_pin(vault))
    public = SoftProvider().generate(uri, vault)
    with open_key(uri, vault) as key:
        assert key.public_key == public
    with pytest.raises(MasterKeyMissing), open_key(uri, no_secrets):
        pass


def test_a_process_of_its_own_is_told_the_pin_and_sees_no_master_key(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault, pin=b"1234")
    provider = IsolatedProvider(Provider(), call_seconds=5)
    with provider.open(KeyUri.parse(f"fake:object=good?pin-source={path}"), vault) as key:
        assert key.sign_digest(b"\0" * 32)
    wrong = with_pin(vault, "wrong.pin", b"4321")
    with pytest.raises(WrongPin):
        with provider.open(KeyUri.parse(f"fake:object=good?pin-source={wrong}"), vault):
            pass


def test_a_person_is_still_asked_where_no_file_is_named(tmp_path):
    vault = new_vault(tmp_path, ask=lambda name: f"typed {name}")
    assert pin_for(KeyUri.parse("soft:path=a"), vault) == b"typed pin"


def test_swapped_files_open_nothing(tmp_path):
    vault = new_vault(tmp_path)
    one, other = with_pin(vault, "a.pin", b"1111"), with_pin(vault, "b.pin", b"2222")
    shutil.copy(other, one)
    with pytest.raises(SecretDamaged, match=r"is 'b\.pin'"):
        pin_for(uri_of(one), vault)


def test_a_secret_of_the_tokens_is_no_pin(tmp_path):
    vault = new_vault(tmp_path)
    path = vault.folder / "token-key.passphrase"
    path.write_bytes(vault.closed(b"x", path, Purpose.TOKEN_KEY))
    with pytest.raises(SecretDamaged, match="token-key"):
        pin_for(uri_of(path), vault)


def test_a_secret_of_another_deployment_opens_nothing(tmp_path):
    ours, theirs = new_vault(tmp_path / "a"), new_vault(tmp_path / "b")
    path = with_pin(ours)
    shutil.copy(with_pin(theirs), path)
    with pytest.raises(MasterKeyMissing):
        pin_for(uri_of(path), ours)


def test_a_damaged_file_is_named(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    path.write_bytes(path.read_bytes()[:-20])
    for act in (lambda: pin_for(uri_of(path), vault), vault.wrapped):
        with pytest.raises(SecretDamaged, match=r"hsm\.pin"):
            act()


def test_a_wrapped_secret_without_master_keys_opens_nothing(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    vault.places.file.unlink()
    with pytest.raises(MasterKeyMissing, match="no master key is named"):
        pin_for(uri_of(path), vault)
    with pytest.raises(MasterKeyMissing):
        rewrap(vault)


def test_a_master_key_that_others_may_read_opens_nothing(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    (tmp_path / "master.key").chmod(0o644)
    with pytest.raises(MasterKeyMissing, match="chmod 600"):
        pin_for(uri_of(path), vault)
    with pytest.raises(ReadableByOthers):
        wrap_secret(vault, path, bytearray(b"new"), Purpose.PIN)


@pytest.mark.parametrize("outside", ["../hsm.pin", "../secrets-2/hsm.pin", "../../hsm.pin"])
def test_a_secret_outside_the_folder_has_no_name_and_is_not_wrapped(tmp_path, outside):
    vault = new_vault(tmp_path / "data")
    path = vault.folder / outside
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(PIN)
    with pytest.raises(SecretDamaged, match="belong into"):
        wrap_file(vault, path, Purpose.PIN)
    assert path.read_bytes() == PIN


def test_without_a_master_key_a_secret_stays_as_it_is(tmp_path):
    vault = clear_vault(tmp_path / "secrets")
    assert vault.closed(PIN, vault.folder / "a", Purpose.PIN) == PIN


def test_what_a_crash_left_under_a_dot_is_no_secret(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    shutil.copy(path, path.with_name(".hsm.pin-x.whole"))
    assert list(vault.wrapped()) == [path]


def test_a_secret_under_a_dot_is_not_wrapped_so_no_master_key_is_given_up_too_early(tmp_path):
    vault = new_vault(tmp_path)
    path = vault.folder / ".hsm.pin"
    path.write_bytes(PIN)
    secret = bytearray(PIN)
    with pytest.raises(SecretDamaged, match="begins with a dot"):
        wrap_file(vault, path, Purpose.PIN)
    with pytest.raises(SecretDamaged, match="begins with a dot"):
        wrap_secret(vault, path, secret, Purpose.PIN)
    assert secret == bytes(len(PIN))
    assert path.read_bytes() == PIN
    link = vault.folder / "hsm.pin"
    link.symlink_to(path)
    with pytest.raises(SecretDamaged, match="begins with a dot"):
        wrap_file(vault, link, Purpose.PIN)
    assert vault.files() == ()


def test_through_a_link_the_file_itself_is_wrapped_and_the_link_stays(tmp_path):
    vault = new_vault(tmp_path)
    link, real = vault.folder / "a.pin", vault.folder / "b.pin"
    real.write_bytes(PIN)
    link.symlink_to(real)
    assert wrap_file(vault, link, Purpose.PIN)
    assert is_wrapped(real.read_bytes())
    assert link.is_symlink()
    assert not wrap_file(vault, real, Purpose.PIN)
    assert list(vault.wrapped()) == [real]
    name_master_key(vault, "file:master-2.key")
    assert rewrap(vault) == ["b.pin"]
    assert drop_earlier(vault) == ("file:master.key",)
    assert link.is_symlink()
    assert [pin_for(uri_of(one), vault) for one in (link, real)] == [PIN, PIN]


def test_a_link_that_leads_out_of_the_folder_is_no_secret_of_it(tmp_path):
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    shutil.copy(path, tmp_path / "elsewhere.pin")
    (vault.folder / "away.pin").symlink_to(tmp_path / "elsewhere.pin")
    assert list(vault.wrapped()) == [path]


def test_a_pin_file_that_is_a_folder_cannot_be_read(tmp_path):
    vault = new_vault(tmp_path)
    with pytest.raises(KeyUnavailable):
        pin_for(uri_of(vault.folder), vault)


def test_a_rotation_wraps_everything_anew_and_both_keys_open_meanwhile(tmp_path):
    vault = new_vault(tmp_path)
    paths = [with_pin(vault, f"{name}.pin", name.encode()) for name in "abc"]
    passphrase = vault.folder / "token-key.passphrase"
    passphrase.write_bytes(vault.closed(b"t", passphrase, Purpose.TOKEN_KEY))
    before = {one.master for one in vault.wrapped().values()}
    made = name_master_key(vault, "file:master-2.key")
    assert [pin_for(uri_of(one), vault) for one in paths] == [b"a", b"b", b"c"]
    with pytest.raises(KeyRefused, match="still wrapped"):
        drop_earlier(vault)
    assert rewrap(vault) == ["a.pin", "b.pin", "c.pin", "token-key.passphrase"]
    assert {one.master for one in vault.wrapped().values()} == {made} != before
    assert rewrap(vault) == []
    assert drop_earlier(vault) == ("file:master.key",)
    assert Sources.read(vault.places.file) == Sources("file:master-2.key")
    (tmp_path / "master.key").unlink()
    assert [pin_for(uri_of(one), vault) for one in paths] == [b"a", b"b", b"c"]
    assert vault.opened(passphrase, Purpose.TOKEN_KEY) == b"t"


def test_a_file_put_back_from_before_the_rotation_opens_nothing(tmp_path):
    """A roll-back: an old PIN, or one that somebody knows, under the master key of then."""
    vault = new_vault(tmp_path)
    path = with_pin(vault)
    old = path.read_bytes()
    name_master_key(vault, "file:master-2.key")
    rewrap(vault)
    drop_earlier(vault)
    path.write_bytes(old)
    with pytest.raises(MasterKeyMissing, match="is wrapped under the master key"):
        pin_for(uri_of(path), vault)


def test_naming_the_current_master_key_again_changes_nothing(tmp_path):
    vault = new_vault(tmp_path)
    name_master_key(vault, "file:master.key")
    assert Sources.read(vault.places.file) == Sources("file:master.key")
    name_master_key(vault, "file:master-2.key")
    name_master_key(vault, "file:master.key")
    assert Sources.read(vault.places.file) == Sources("file:master.key", ("file:master-2.key",))


def test_a_reader_between_two_looks_of_which_a_rotation_ends_finds_its_secret(
    tmp_path, monkeypatch
):
    vault_ = new_vault(tmp_path)
    path = with_pin(vault_)
    old = path.read_bytes()
    name_master_key(vault_, "file:master-2.key")
    rewrap(vault_)
    drop_earlier(vault_)
    looks = [bytearray(old)]
    real = vault.read_secret_file
    monkeypatch.setattr(vault, "read_secret_file", lambda one: looks.pop() if looks else real(one))
    assert vault_.opened(path, Purpose.PIN).rstrip() == PIN
    assert looks == []


def test_a_buffer_is_overwritten_once_its_secret_is_wrapped(tmp_path):
    vault = new_vault(tmp_path)
    secret = bytearray(PIN)
    wrap_secret(vault, vault.folder / "a.pin", secret, Purpose.PIN)
    assert secret == bytes(len(PIN))
    assert vault.opened(vault.folder / "a.pin", Purpose.PIN) == PIN


KILLED = 9


def test_a_rotation_that_dies_at_any_write_leaves_every_secret_readable(tmp_path):
    deaths = 0
    while _dies(new_folder := tmp_path / str(deaths), deaths):
        deaths += 1
        assert deaths < 200
    assert deaths > 12
    assert Sources.read(new_folder / "master-keys.toml").earlier == ()


def _dies(folder: Path, step: int) -> bool:
    """Rotate in a process that dies at its `step`th write; then finish what it began."""
    vault = new_vault(folder)
    paths = [with_pin(vault, f"{name}.pin", name.encode()) for name in "ab"]
    child = os.fork()
    if child == 0:
        _rotate_and_die(vault, step)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    assert [pin_for(uri_of(one), vault) for one in paths] == [b"a", b"b"]
    _rotate(vault)
    assert [pin_for(uri_of(one), vault) for one in paths] == [b"a", b"b"]
    return code == KILLED


def _rotate(vault) -> None:
    name_master_key(vault, "file:master-2.key")
    rewrap(vault)
    drop_earlier(vault)


def _rotate_and_die(vault, steps: int) -> None:
    left = iter(range(steps))

    def counted(real):
        return lambda *arguments: os._exit(KILLED) if next(left, None) is None else real(*arguments)

    code = 1
    try:
        for name in ("link", "replace", "fsync", "open"):
            setattr(os, name, counted(getattr(os, name)))
        _rotate(vault)
        code = 0
    finally:
        os._exit(code)


def test_a_deployment_in_clear_is_given_its_first_master_key(tmp_path):
    vault = clear_vault(tmp_path / "secrets")
    assert not vault.has_master_key
    made = name_master_key(vault, "file:master.key")
    assert vault.has_master_key
    path, other = with_pin(vault), vault.folder / "key.pem"
    other.write_bytes(b"not wrapped, and not ours to wrap")
    assert {one: found.master for one, found in vault.wrapped().items()} == {path: made}
