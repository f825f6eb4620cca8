"""What an SDF device may do to us, and what becomes of it."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from hsm_adapters import sessions
from hsm_adapters.sdf import SdfProvider
from keystore import SIGNER_ID_GM, Signer
from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedUri,
    WrongPin,
)
from keystore.uri import KeyUri
from tests.fakes.sdf_devices import OTHER_INDEX, PIN, new_device

PROVIDER = SdfProvider()
DIGEST = b"\x11" * 32


def pin(_name):
    return PIN


@pytest.fixture
def device(tmp_path):
    made = new_device(tmp_path / "device")
    yield made
    assert made.violations == ""


@pytest.fixture
def key(device):
    with PROVIDER.open(device.uri(), pin) as opened:
        yield opened


def sign(key):
    return Signer.of(key).sign(b"m", signer_id=SIGNER_ID_GM)


def test_the_password_comes_from_the_file_the_uri_names(device, tmp_path):
    (tmp_path / "pin").write_text(f"{PIN}\n", encoding="utf-8")
    with PROVIDER.open(device.uri(1, f"?pin-source={tmp_path}/pin"), None) as key:
        assert sign(key)


@pytest.mark.parametrize("kind", ["busy", "lost"])
@pytest.mark.parametrize(
    "query", ["", "?access-right=use"], ids=["right held", "right for each use"]
)
def test_a_call_that_fails_fails_once_and_the_next_one_signs(device, kind, query):
    with PROVIDER.open(device.uri(1, query), pin) as key:
        device.fail_once(kind, "InternalSign_ECC")
        with pytest.raises(KeyBusy if kind == "busy" else KeyUnavailable) as caught:
            sign(key)
        assert caught.value.retry_after > 0
        assert sign(key)


def test_a_device_that_is_gone_is_away_and_closing_it_hurts_nobody(device):
    with PROVIDER.open(device.uri(), pin) as key:
        (device.memory / "gone").touch()
        with pytest.raises(KeyUnavailable):
            sign(key)
    with pytest.raises(KeyUnavailable, match="cannot be opened"), PROVIDER.open(device.uri(), pin):
        pass
    (device.memory / "gone").unlink()
    with PROVIDER.open(device.uri(), pin) as key:
        assert sign(key)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("other-key", "not its own"),
        ("garbage", "right-aligned"),
        ("left", "right-aligned"),
        ("zero", "no signature"),
        ("overrun", "wrote past"),
    ],
)
def test_a_wrong_answer_is_the_adapters_fault(device, key, answer, complaint):
    device.answer(answer)
    with pytest.raises(AdapterFault, match=complaint):
        sign(key)
    device.answer("")
    assert sign(key)


def test_a_public_key_that_changed_is_seen(device, key):
    device.answer("other-public-key")
    with PROVIDER.open(device.uri(), pin) as other:
        assert other.public_key != key.public_key
        with pytest.raises(AdapterFault, match="not its own"):
            sign(other)


def test_a_wrong_password_reaches_the_device_once(device):
    with pytest.raises(WrongPin) as caught, PROVIDER.open(device.uri(), lambda _: "wrong-word"):
        pass
    assert device.wrong_tries == 1
    assert "wrong-word" not in str(caught.value)


@pytest.mark.parametrize("query", ["?sessions=9&access-right=use", "?sessions=9"])
def test_a_password_changed_meanwhile_reaches_the_device_once_whoever_signs(device, query):
    """Eight threads want a right, or a further session with one, at once."""

    def attempt(_: int) -> None:
        with pytest.raises(WrongPin):
            sign(key)

    with PROVIDER.open(device.uri(1, query), pin) as key, key._sessions.one():
        device.write("pin-1", "another word")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(attempt, range(16)))
    assert device.wrong_tries == 1


@pytest.mark.parametrize("kind", ["busy", "lost"])
def test_a_device_that_fails_while_the_password_is_shown_did_not_refuse_it(device, kind):
    device.fail_once(kind, "GetPrivateKeyAccessRight")
    with pytest.raises(KeyUnavailable), PROVIDER.open(device.uri(), pin):
        pass
    assert device.wrong_tries == 0


def test_sessions_are_shared_by_more_threads_than_there_are(device):
    with (
        PROVIDER.open(device.uri(1, "?sessions=2"), pin) as key,
        ThreadPoolExecutor(8) as pool,
    ):
        assert len(set(pool.map(lambda _: sign(key), range(40)))) == 40


def test_a_session_that_does_not_come_free_is_not_waited_for_long(device, monkeypatch):
    monkeypatch.setattr(sessions, "WAIT_SECONDS", 0.01)
    with (
        PROVIDER.open(device.uri(1, "?sessions=1"), pin) as key,
        key._sessions.one(),
        pytest.raises(KeyBusy, match="in use"),
    ):
        sign(key)


def test_a_library_that_is_not_there_is_named(tmp_path):
    uri = KeyUri.parse(f"sdf:module-path={tmp_path}/libnone.so;index=1")
    with pytest.raises(KeyUnavailable, match="libnone"), PROVIDER.open(uri, pin):
        pass


def test_a_file_that_is_no_library_is_refused(tmp_path):
    (tmp_path / "libtext.so").write_text("text", encoding="ascii")
    uri = KeyUri.parse(f"sdf:module-path={tmp_path}/libtext.so;index=1")
    with pytest.raises(KeyUnavailable, match="cannot be loaded"), PROVIDER.open(uri, pin):
        pass


def test_a_library_that_lacks_a_function_is_refused_by_its_name(tmp_path):
    device = new_device(tmp_path / "device", None, "-DWITHOUT_RELEASE")
    with (
        pytest.raises(KeyRefused, match=r"lacks SDF_ReleasePrivateKeyAccessRight$"),
        PROVIDER.open(device.uri(), pin),
    ):
        pass


def test_a_function_nobody_needs_may_be_missing(tmp_path):
    device = new_device(tmp_path / "device", None, "-DWITHOUT_RANDOM", "-DWITHOUT_INFO")
    with PROVIDER.open(device.uri(), pin) as key:
        assert sign(key)
    assert "nothing of itself" in PROVIDER.check_health(device.uri())


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_library_others_can_change_is_not_loaded(device, mode):
    device.module.chmod(mode)
    with pytest.raises(KeyRefused, match="others can change"), PROVIDER.open(device.uri(), pin):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_library_of_somebody_else_is_not_loaded(device):
    shutil.chown(device.module, 65534)
    with pytest.raises(KeyRefused, match="others can change"), PROVIDER.open(device.uri(), pin):
        pass


def test_a_library_is_never_looked_for(device, monkeypatch):
    monkeypatch.chdir(device.module.parent)
    uri = KeyUri.parse(f"sdf:module-path={device.module.name};index=1")
    with pytest.raises(KeyRefused, match="whole path"), PROVIDER.open(uri, pin):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "index=0",
        "index=x",
        "index=-1",
        "index=65536",
        "index=1?sessions=0",
        "index=1?access-right=no",
    ],
)
def test_a_setting_out_of_range_is_refused(device, text):
    uri = KeyUri.parse(f"sdf:module-path={device.module};{text}")
    with pytest.raises(MalformedUri), PROVIDER.open(uri, pin):
        pass


def test_the_device_says_who_it_is_even_where_its_texts_have_no_end(device):
    assert PROVIDER.check_health(device.uri()) == (
        f"{'Q' * 40} TEST-DEVICE 2026110100000001 version 0x103 standard 1"
    )


def test_a_device_whose_random_numbers_repeat_is_no_device_for_keys(device):
    (device.memory / "answer").write_text("repeating", encoding="ascii")
    with pytest.raises(AdapterFault, match="repeat"):
        PROVIDER.check_health(device.uri())


def test_the_keys_of_a_device_are_listed(device):
    listed = PROVIDER.list_keys(device.uri(1, "?sessions=2"))
    assert [KeyUri.parse(one).get("index") for one in listed] == ["1", str(OTHER_INDEX)]


def test_an_index_without_a_key_is_not_found(device):
    with pytest.raises(KeyNotFound), PROVIDER.open(device.uri(9), pin):
        pass


def test_the_password_is_overwritten_when_the_key_is_closed(device):
    with PROVIDER.open(device.uri(1, "?access-right=use"), pin) as key:
        held = key._pin_for_each_use
        with held.shown() as shown:
            assert shown.raw == PIN.encode()
    with held.shown() as shown:
        assert shown.raw == bytes(len(PIN.encode()))


def test_no_error_repeats_the_password(device):
    for how in ("lost", "busy"):
        device.fail_once(how)
        with pytest.raises(KeystoreError) as caught, PROVIDER.open(device.uri(), pin):
            pass
        assert PIN not in repr(caught.value)
