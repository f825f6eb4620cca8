"""What a PKCS #11 token may do to us, and what becomes of it."""

import ctypes
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from hsm_adapters.pkcs11 import Pkcs11Provider, cryptoki, finding, provider
from keystore import SIGNER_ID_GM
from keystore.breaker import Breaker
from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyLost,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedUri,
    WrongPin,
)
from keystore.isolation import IsolatedProvider
from keystore.lasting_keys import LastingKey
from keystore.signer import sign_message
from keystore.suites import SuiteName, suite_of
from keystore.uri import KeyUri
from tests.fakes.c_devices import OTHER_INDEX
from tests.fakes.pkcs11_devices import PIN, SM2, new_softhsm, new_token

PROVIDER = Pkcs11Provider()


def pin(_name):
    return PIN


@pytest.fixture
def token(tmp_path):
    made = new_token(tmp_path / "token")
    yield made
    assert made.violations == ""


@pytest.fixture
def key(token):
    with PROVIDER.open(token.uri(), pin) as opened:
        yield opened


def sign(key):
    return sign_message(key, key.public_key, b"m", signer_id=SIGNER_ID_GM)


def without(uri: KeyUri, *names: str) -> KeyUri:
    kept = [
        tuple(one for one in part if one[0] not in names) for part in (uri.attributes, uri.query)
    ]
    return KeyUri(uri.scheme, *kept)


def test_a_key_is_found_by_the_bytes_of_its_id(token, key):
    text = str(without(token.uri(), "object")).replace("?", ";id=%01?")
    with PROVIDER.open(KeyUri.parse(text), pin) as other:
        assert other.public_key == key.public_key


@pytest.mark.parametrize("function", ["C_SignInit", "C_Sign"])
@pytest.mark.parametrize("kind", ["busy", "lost"])
def test_a_call_that_fails_fails_once_and_the_next_one_signs(token, key, kind, function):
    token.fail_once(kind, function)
    with pytest.raises(KeyBusy if kind == "busy" else KeyUnavailable) as caught:
        sign(key)
    assert caught.value.retry_after > 0
    assert sign(key)


def test_a_token_that_was_pulled_is_gone_and_a_new_opening_finds_it_again(token):
    gone = token.memory / "gone"
    with PROVIDER.open(token.uri(), pin) as key:
        gone.touch()
        with pytest.raises(KeyLost, match="gone"):
            sign(key)
        gone.unlink()
        with pytest.raises(KeyLost, match="forgot"):
            sign(key)
    gone.touch()
    with pytest.raises(KeyUnavailable, match="present"), PROVIDER.open(token.uri(), pin):
        pass
    gone.unlink()
    with PROVIDER.open(token.uri(), pin) as key:
        assert sign(key)


def test_a_lasting_key_comes_back_with_its_token_and_shows_the_pin_again(token):
    lasting = LastingKey("k", lambda: PROVIDER.open(token.uri(), pin), Breaker(time.monotonic))
    assert sign(lasting)
    (token.memory / "gone").touch()
    with pytest.raises(KeyLost):
        sign(lasting)
    (token.memory / "gone").unlink()
    assert sign(lasting)
    lasting.close()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("other-key", "not its own"),
        ("garbage", "no signature|not its own"),
        ("zero", "no signature"),
        ("short", "no signature"),
        ("overrun", "wrote past"),
    ],
)
def test_a_wrong_answer_is_the_adapters_fault(token, key, answer, complaint):
    token.answer(answer)
    with pytest.raises(AdapterFault, match=complaint):
        sign(key)
    token.answer("")
    assert sign(key)


@pytest.mark.parametrize(
    ("answer", "kind", "complaint"),
    [
        ("bad-point", AdapterFault, "no public key"),
        ("rsa-type", KeyRefused, "0x0000001F"),
        ("other-curve", KeyRefused, "neither SM2 nor P-256"),
    ],
)
def test_a_public_key_of_another_kind_is_refused(token, answer, kind, complaint):
    token.answer(answer)
    with pytest.raises(kind, match=complaint), PROVIDER.open(token.uri(), pin):
        pass


def test_a_public_key_that_changed_is_seen(token, key):
    token.answer("other-public-key")
    with PROVIDER.open(token.uri(), pin) as other, pytest.raises(AdapterFault, match="not its own"):
        sign(other)


def test_a_wrong_pin_reaches_the_token_once(token):
    with pytest.raises(WrongPin) as caught, PROVIDER.open(token.uri(), lambda _: "wrong-word"):
        pass
    assert token.wrong_tries == 1
    assert "wrong-word" not in str(caught.value)


@pytest.fixture
def always(token):
    """A token that wants the PIN for each signature (CKA_ALWAYS_AUTHENTICATE)."""
    (token.memory / "always-authenticate").touch()
    return token


def test_a_key_that_wants_the_pin_each_time_gets_it_each_time(always):
    with PROVIDER.open(always.uri(), pin) as key, ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: sign(key), range(24)))) == 24
        held = key._pin_for_each_use
    assert always.wrong_tries == 0
    with held.shown() as shown:
        assert shown.raw.strip(b"\0") == b""


def test_a_key_that_is_asked_once_keeps_no_pin(key):
    assert key._pin_for_each_use is None


def test_a_pin_changed_meanwhile_reaches_the_token_once_whoever_signs(always):
    lasting = LastingKey("k", lambda: PROVIDER.open(always.uri(), pin), Breaker(time.monotonic))
    assert sign(lasting)
    always.write("pin", "another word")

    def attempt(_: int) -> None:
        with pytest.raises(WrongPin):
            sign(lasting)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(16)))
    assert always.wrong_tries == 1
    lasting.close()


NEW = f"{SM2}&key-type=sm2&sm2-generation=0x80008001"


def test_a_key_is_made_in_the_token_and_stays_there(token):
    uri = token.uri(7, NEW)
    made = PROVIDER.generate(uri, pin)
    with PROVIDER.open(uri, pin) as key:
        assert key.public_key == made
        assert sign(key)
    assert made in PROVIDER.list_keys(uri).values()
    with pytest.raises(KeyRefused, match="already"):
        PROVIDER.generate(uri, pin)


def test_a_key_is_made_under_the_id_it_is_given(token):
    uri = KeyUri.parse(str(without(token.uri(1, NEW), "object")).replace("?", ";id=%00%feA?"))
    made = PROVIDER.generate(uri, pin)
    with PROVIDER.open(uri, pin) as key:
        assert key.public_key == made


@pytest.mark.parametrize("answer", ["extractable", "not-local"])
def test_a_key_that_could_be_taken_out_is_destroyed_at_once(token, answer):
    token.answer(answer)
    with pytest.raises(AdapterFault, match="destroyed"):
        PROVIDER.generate(token.uri(7, NEW), pin)
    assert not (token.memory / "key-2").exists()
    token.answer("")
    assert PROVIDER.generate(token.uri(7, NEW), pin)


@pytest.mark.parametrize(
    ("query", "kind", "complaint"),
    [
        (SM2, MalformedUri, "key-type"),
        (f"{SM2}&key-type=rsa", MalformedUri, "'sm2' or 'p256'"),
        (f"{SM2}&key-type=sm2", KeyRefused, "mechanism"),
        (NEW.replace("0x80000004", "0x80000005"), KeyRefused, "as it was described"),
        (NEW.replace("key-type=sm2&", "key-type=p256&"), KeyRefused, "mechanism"),
    ],
)
def test_a_key_nobody_could_make_is_not_made(token, query, kind, complaint):
    with pytest.raises(kind, match=complaint):
        PROVIDER.generate(token.uri(7, query), pin)


def test_a_wrong_pin_makes_no_key_after_one_try(token):
    with pytest.raises(WrongPin):
        PROVIDER.generate(token.uri(7, NEW), lambda _: "wrong-word")
    assert token.wrong_tries == 1


def test_a_library_that_makes_no_keys_signs_all_the_same(tmp_path):
    token = new_token(tmp_path / "token", None, "-DWITHOUT_GENERATION")
    with PROVIDER.open(token.uri(), pin) as key:
        assert sign(key)
    with pytest.raises(KeyRefused, match="no C_GenerateKeyPair"):
        PROVIDER.generate(token.uri(7, NEW), pin)


def test_a_token_that_fails_while_the_pin_is_shown_did_not_refuse_it(token):
    token.fail_once("busy", "C_Login")
    with pytest.raises(KeyBusy), PROVIDER.open(token.uri(), pin):
        pass
    assert token.wrong_tries == 0


@pytest.mark.parametrize(("flags", "complaint"), [("40000", "locked"), ("20000", "one try left")])
def test_a_pin_that_one_more_error_would_lock_is_not_shown(token, flags, complaint):
    token.write("flags", flags)
    with pytest.raises(KeyRefused, match=complaint), PROVIDER.open(token.uri(), lambda _: "no"):
        pass
    assert token.wrong_tries == 0


def test_a_vendors_sm2_is_named_by_its_numbers(token):
    uri = token.uri(1, "sm2-mechanism=0x80008200")
    with pytest.raises(KeyRefused, match=r"0x80000004.*sm2-key-type="), PROVIDER.open(uri, pin):
        pass
    uri = token.uri(1, "sm2-key-type=0x80000004")
    with pytest.raises(MalformedUri, match="sm2-mechanism"), PROVIDER.open(uri, pin):
        pass
    wrong = token.uri(1, "sm2-key-type=2147483652&sm2-mechanism=0x80008104")
    with PROVIDER.open(wrong, pin) as key, pytest.raises(KeyRefused, match="mechanism"):
        sign(key)


@pytest.mark.parametrize("number", ["x", "-1", "0x100000000"])
def test_a_number_that_is_none_is_refused(token, number):
    uri = token.uri(1, f"sm2-key-type={number}&sm2-mechanism=1")
    with pytest.raises(MalformedUri, match="0x80000004"), PROVIDER.open(uri, pin):
        pass


@pytest.mark.parametrize("names", [("token",), ("object",)])
def test_a_name_that_finds_nothing_in_particular_is_refused(token, names):
    with (
        pytest.raises(MalformedUri, match="needs"),
        PROVIDER.open(without(token.uri(), *names), pin),
    ):
        pass


def test_two_keys_of_one_name_are_not_chosen_between(token):
    """No label of the test token is given twice, so the search itself is asked."""
    with PROVIDER.open(token.uri(), pin) as key, key._sessions.one() as session:
        with pytest.raises(KeyRefused, match="several"):
            finding.only(key._module, session, {cryptoki.CLASS: cryptoki.PRIVATE_KEY})
        with pytest.raises(KeyRefused, match="public half"):
            provider._public_half(
                key._module, session, 299, replace(token.uri(), attributes=(("id", "x"),))
            )


@pytest.mark.parametrize("setting", ["NAME", "LD_PRELOAD:/x", "PYTHONPATH:/x", "1:x"])
def test_a_variable_that_is_no_configuration_is_not_set(token, setting):
    uri = token.uri(1, f"{SM2}&environment={setting}")
    with pytest.raises(MalformedUri, match="environment"), PROVIDER.open(uri, pin):
        pass


def test_the_librarys_configuration_is_set_for_it(token):
    PROVIDER.check_health(token.uri(1, f"{SM2}&environment=QIANYIN_TEST_TOKEN:/etc/token.conf"))
    seen = ctypes.CDLL(None).getenv
    seen.restype = ctypes.c_char_p
    assert seen(b"QIANYIN_TEST_TOKEN") == b"/etc/token.conf"
    os.unsetenv("QIANYIN_TEST_TOKEN")


@pytest.mark.parametrize(
    ("flag", "complaint"),
    [("-DWITHOUT_LIST", "no PKCS #11 library"), ("-DWITHOUT_SIGN", "lacks C_Sign")],
)
def test_a_library_that_lacks_a_function_is_refused_by_its_name(tmp_path, flag, complaint):
    token = new_token(tmp_path / "token", None, flag)
    with pytest.raises(KeyRefused, match=complaint), PROVIDER.open(token.uri(), pin):
        pass


def test_the_token_says_who_it_is(token):
    assert PROVIDER.check_health(token.uri()) == "Qianyin SM2 0001 Test token 一 firmware 1.3"


def test_the_keys_of_a_token_are_listed_without_a_pin(token):
    listed = PROVIDER.list_keys(token.uri())
    found = [KeyUri.parse(one).get("id") for one in listed]
    assert found == ["\x01", chr(OTHER_INDEX)]
    token.answer("rsa-type")
    assert PROVIDER.list_keys(token.uri()) == {}


def test_no_error_repeats_the_pin(token):
    for how in ("lost", "busy"):
        token.fail_once(how, "C_Login")
        with pytest.raises(KeystoreError) as caught, PROVIDER.open(token.uri(), pin):
            pass
        assert PIN not in repr(caught.value)


def test_the_suite_follows_the_key_in_softhsm(tmp_path):
    soft = new_softhsm(tmp_path / "hsm")
    isolated = IsolatedProvider(PROVIDER, call_seconds=30)
    for label, suite in (("signer", SuiteName.ECDSA_P256_SHA256), ("rsa", SuiteName.RSA_SHA256)):
        with isolated.open(soft.uri(label), pin) as key:
            assert suite_of(key.public_key).name is suite
            assert sign(key)


def test_a_softhsm_whose_token_is_away_is_unavailable_and_comes_back(tmp_path):
    soft = new_softhsm(tmp_path / "hsm")
    isolated = IsolatedProvider(PROVIDER, call_seconds=30)
    with isolated.open(soft.uri(), pin) as key:
        assert sign(key)
    away = soft.tokens.rename(tmp_path / "away")
    soft.tokens.mkdir()
    with pytest.raises(KeyUnavailable, match="present"), isolated.open(soft.uri(), pin):
        pass
    soft.tokens.rmdir()
    away.rename(soft.tokens)
    with isolated.open(soft.uri(), pin) as key:
        assert sign(key)
    with pytest.raises(KeyNotFound), isolated.open(soft.uri("nobody"), pin):
        pass


def test_the_pin_is_overwritten_once_a_key_was_made(token, monkeypatch):
    held = []

    class Kept(provider.Pin):
        def __init__(self, pin):
            super().__init__(pin)
            held.append(self)

    monkeypatch.setattr(provider, "Pin", Kept)
    PROVIDER.generate(token.uri(7, NEW), pin)
    (one,) = held
    with one.shown() as shown:
        assert shown.raw == bytes(len(shown.raw))
