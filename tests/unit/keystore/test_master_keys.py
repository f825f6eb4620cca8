"""Master keys: from where they are said to be, refused where others could know them."""

import traceback
from dataclasses import replace

import pytest

from keystore import KeyUri, provider_for
from keystore.errors import (
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedUri,
    MasterKeyMissing,
    ReadableByOthers,
    UnknownScheme,
)
from keystore.isolation import IsolatedKeeper
from keystore.master_keys import MasterKeys, Places, Sources, make_master_key
from keystore.opening import keeper_of

HEX = b"00112233445566778899aabbccddeeff"


@pytest.fixture
def places(tmp_path):
    values = {
        "QIANYIN_MASTER_KEY_1": HEX,
        "SHORT": HEX[:-2],
        "WORDS": b"x" * 32,
        "WIDE": HEX + b"\n",
    }
    return Places(
        tmp_path, lambda name: bytearray(values[name]) if name in values else None, keeper_of
    )


def loaded(places, current, *earlier):
    return MasterKeys(Sources(current, earlier), places)


def test_a_key_is_made_once_and_is_the_same_from_then_on(places, tmp_path):
    first = make_master_key("file:keys/master.key", places)
    assert make_master_key("file:keys/master.key", places) == first
    assert make_master_key("file:other.key", places) != first
    assert (tmp_path / "keys/master.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_a_master_key_that_others_may_read_is_refused(places, tmp_path, mode):
    make_master_key("file:master.key", places)
    (tmp_path / "master.key").chmod(mode)
    with pytest.raises(ReadableByOthers):
        _ = loaded(places, "file:master.key").current


@pytest.mark.parametrize(
    "content", [b"", HEX[:-1], HEX + b"0", HEX[:-1] + b"g", "密钥".encode() * 6]
)
def test_a_file_that_holds_no_master_key_is_refused_and_not_repeated(places, tmp_path, content):
    (tmp_path / "master.key").touch(mode=0o600)
    (tmp_path / "master.key").write_bytes(content)
    with pytest.raises(KeyRefused, match="32 hexadecimal digits") as caught:
        _ = loaded(places, "file:master.key").current
    told = "".join(traceback.format_exception(caught.value))
    assert HEX.decode()[:20] not in told


def test_a_variable_holds_a_key_in_the_same_form(places):
    assert loaded(places, "env:QIANYIN_MASTER_KEY_1").current.key == bytes.fromhex(HEX.decode())
    assert loaded(places, "env:WIDE").current.id == make_master_key(
        "env:QIANYIN_MASTER_KEY_1", places
    )
    for name in ("SHORT", "WORDS"):
        with pytest.raises(KeyRefused, match=name):
            _ = loaded(places, f"env:{name}").current


def test_a_variable_that_is_not_set_is_not_made(places):
    with pytest.raises(MasterKeyMissing, match="NOBODY"):
        make_master_key("env:NOBODY", places)


@pytest.mark.parametrize(
    ("source", "kind"),
    [("soft:path=a", MalformedUri), ("nothing", MalformedUri), ("cloud:path=a", UnknownScheme)],
)
def test_a_device_that_keeps_no_master_key_is_refused(places, source, kind):
    with pytest.raises(kind):
        make_master_key(source, places)


def test_a_folder_that_cannot_be_written_is_reported(places, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KeyUnavailable, match="cannot be written"):
        make_master_key("file:file/master.key", places)


def test_the_keys_are_overwritten_at_the_end(places):
    with loaded(places, "env:QIANYIN_MASTER_KEY_1") as keys:
        held = keys.current
        assert held.key.hex() == HEX.decode()
    assert held.key == bytes(16)


def test_an_earlier_key_is_found_by_its_id(places):
    old = make_master_key("file:old.key", places)
    make_master_key("file:new.key", places)
    with loaded(places, "file:new.key", "file:old.key") as keys:
        assert keys.find(old).id == old
        assert keys.find(keys.current.id) is keys.current


def test_a_key_that_is_not_here_is_named_with_those_that_are(places):
    made = make_master_key("file:a.key", places)
    with loaded(places, "file:a.key", "file:gone.key") as keys:
        with pytest.raises(MasterKeyMissing, match=rf"0123456789abcdef.*{made}.*gone"):
            keys.find("0123456789abcdef")


def test_a_source_that_is_away_is_worth_another_try(places, tmp_path):
    (tmp_path / "folder").mkdir()
    with loaded(places, "file:folder") as keys, pytest.raises(KeyUnavailable):
        keys.find("0123456789abcdef")
    with loaded(places, "file:none") as keys, pytest.raises(KeyNotFound):
        _ = keys.current


def test_what_is_written_is_read_again(places):
    said = Sources('file:a "quoted" \\ name', ("env:B", "file:密钥"))
    said.write(places.file)
    assert Sources.read(places.file) == said
    assert b"0011" not in places.file.read_bytes()


def test_without_a_file_there_is_no_master_key(places):
    assert Sources.read(places.file) is None


@pytest.mark.parametrize(
    "text",
    [
        "current = 1",
        "earlier = []",
        'current = "file:a"\nearlier = "file:b"',
        "current",
        "[keys]",
        'current = "file:a"\nearlier = [1]',
        'current = "file:a"\nsecret = "x"',
    ],
)
def test_a_file_that_says_something_else_is_refused(places, text):
    places.file.write_text(text)
    with pytest.raises(KeystoreError):
        Sources.read(places.file)


def test_a_file_that_cannot_be_read_is_reported(places):
    places.file.mkdir()
    with pytest.raises(KeyUnavailable):
        Sources.read(places.file)


class Device:
    """Keeps what it is given, or gives something else."""

    def __init__(self):
        self.kept = {}

    def keep_master_key(self, uri, key):
        self.kept[uri.require("path")] = bytes(key)
        open(uri.require("path"), "wb").close()

    def give_master_key(self, uri):
        return bytearray(self.kept[uri.require("path")])


def test_a_device_makes_and_gives_a_key(places):
    device = Device()
    places = replace(places, keeper=lambda uri: device)
    made = make_master_key("box:path=m.box", places)
    assert make_master_key("box:path=m.box", places) == made
    assert loaded(places, "box:path=m.box").current.id == made
    device.kept[str(places.folder / "m.box")] = b"short"
    with pytest.raises(KeyRefused, match="16 bytes"):
        _ = loaded(places, "box:path=m.box").current


def test_a_device_is_asked_in_a_process_of_its_own_unless_told_otherwise():
    uri = "tpm2:path=m.tpm?isolated="
    assert isinstance(keeper_of(KeyUri.parse(f"{uri}yes")), IsolatedKeeper)
    assert keeper_of(KeyUri.parse(f"{uri}no")) is provider_for("tpm2")
