"""What a TPM may do to us, and what becomes of it; the TPM is swtpm, or answers made up here."""

import subprocess
import time

import pytest
from gmssl import sm2 as gmssl_sm2

from hsm_adapters.tpm2 import Tpm2Provider, key_files, objects, provider, transport
from hsm_adapters.tpm2.codes import base_code, failure
from hsm_adapters.tpm2.tpm import OWNER, Tpm
from hsm_adapters.tpm2.wire import Reader, build, read_answer, sized, u16, u32
from keystore import SIGNER_ID_GM
from keystore.breaker import Breaker
from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyLost,
    KeyNotFound,
    KeyRefused,
    KeyUnavailable,
    MalformedKey,
    MalformedUri,
    WrongPin,
)
from keystore.isolation import IsolatedProvider
from keystore.lasting_keys import LastingKey
from keystore.signer import sign_message
from keystore.uri import KeyUri
from tests.fakes.swtpms import PIN, running_swtpm

PROVIDER = Tpm2Provider()
DIGEST = b"\x11" * 32


def pin(_name):
    return PIN


@pytest.fixture
def tpm(tmp_path):
    with running_swtpm(tmp_path / "tpm") as running:
        yield running


@pytest.fixture
def uri(tpm):
    PROVIDER.generate(tpm.file_uri(), pin)
    return tpm.file_uri()


def sign(key):
    return sign_message(key, key.public_key, b"m", signer_id=SIGNER_ID_GM)


def test_gmssl_verifies_what_the_tpm_signs(uri):
    with PROVIDER.open(uri, pin) as key:
        raw, public = key.sign_digest(DIGEST).to_raw(), key.public_key
    judge = gmssl_sm2.CryptSM2(private_key="", public_key=public.point[1:].hex())
    assert judge.verify(raw.hex(), DIGEST)
    assert not judge.verify(raw.hex(), bytes(32))


def test_a_key_made_by_tpm2_tools_signs_and_ours_loads_there(tpm, tmp_path):
    def run(*command):
        environment = {"TPM2TOOLS_TCTI": tpm.tcti, "PATH": "/usr/bin:/bin"}
        try:
            subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("tpm2-tools is not installed")

    run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx")
    run("tpm2_evictcontrol", "-Q", "-c", "p.ctx", "0x81000001")
    run("tpm2_flushcontext", "-t")
    made = ("-G", "ecc_sm2", "-u", "k.pub", "-r", "k.priv", "-p", "hex:" + PIN.encode().hex())
    run("tpm2_create", "-Q", "-C", "0x81000001", *made)
    run("tpm2_encodeobject", "-C", "0x81000001", "-u", "k.pub", "-r", "k.priv", "-o", "k.pem", "-p")
    with PROVIDER.open(tpm.uri(f"path={tmp_path}/k.pem"), pin) as key:
        assert sign(key)
    ours = tpm.uri("handle=0x81010009", "&key-type=sm2&parent=0x81000001")
    PROVIDER.generate(ours, pin)
    run("tpm2_readpublic", "-c", "0x81010009")
    with PROVIDER.open(ours, pin) as key:
        assert sign(key)


def test_a_key_with_a_scheme_of_its_own_signs_in_it(tpm, tmp_path):
    environment = {"TPM2TOOLS_TCTI": tpm.tcti, "PATH": "/usr/bin:/bin"}
    commands = (
        "tpm2_createprimary -Q -C o -G ecc -c p.ctx",
        "tpm2_create -Q -C p.ctx -G ecc_sm2:sm2-sha256 -u k.pub -r k.priv -p str:abc",
        "tpm2_flushcontext -t",
        "tpm2_load -Q -C p.ctx -u k.pub -r k.priv -c k.ctx",
        "tpm2_evictcontrol -Q -c k.ctx 0x81010003",
        "tpm2_flushcontext -t",
    )
    for command in commands:
        try:
            subprocess.run(
                command.split(), cwd=tmp_path, env=environment, check=True, capture_output=True
            )
        except FileNotFoundError:
            pytest.skip("tpm2-tools is not installed")
    with PROVIDER.open(tpm.uri("handle=0x81010003"), lambda _: "abc") as key:
        assert sign(key)
    with pytest.raises(KeyRefused, match="key already"):
        PROVIDER.generate(tpm.uri("handle=0x81010003", "&key-type=p256"), pin)


def test_a_tpm_that_was_killed_is_unavailable_and_a_lasting_key_comes_back(tpm, uri):
    lasting = LastingKey("k", lambda: PROVIDER.open(uri, pin), Breaker(time.monotonic))
    assert sign(lasting)
    tpm.stop()
    with pytest.raises(KeyLost, match="gone") as caught:
        sign(lasting)
    assert caught.value.retry_after > 0
    with pytest.raises(KeyUnavailable, match="cannot be opened"):
        sign(lasting)
    tpm.start()
    lasting._breaker.succeeded()  # its wait is another test's
    assert sign(lasting)
    lasting.close()


def test_a_process_of_its_own_changes_nothing(tpm, uri):
    provider = IsolatedProvider(PROVIDER, call_seconds=30)
    with provider.open(uri, pin) as key, provider.open(uri, pin) as other:
        assert sign(key)
        assert sign(other)
    with pytest.raises(WrongPin), provider.open(uri, lambda _: "wrong-word"):
        pass


def test_wrong_pins_lock_the_tpm_and_are_told_from_the_lockout(uri):
    for _ in range(32):
        with pytest.raises(KeyRefused) as caught, PROVIDER.open(uri, lambda _: "wrong-word"):
            pass
        assert "wrong-word" not in str(caught.value)
        if not isinstance(caught.value, WrongPin):
            break
    assert "lockout" in str(caught.value)
    with pytest.raises(KeyRefused, match="lockout"), PROVIDER.open(uri, pin):
        pass


def test_a_pin_refused_after_the_key_was_opened_is_not_shown_again(uri):
    with PROVIDER.open(uri, pin) as key:
        asked = Answering(key._tpm._transport, refused())
        key._tpm._transport = asked
        for _ in range(3):
            with pytest.raises(WrongPin):
                sign(key)
        assert asked.count == 1


def test_the_pin_is_overwritten_when_the_key_is_closed(uri):
    with PROVIDER.open(uri, pin) as key:
        held = key._pin
        with held.shown() as shown:
            assert shown.raw == PIN.encode()
        assert PIN not in repr(key)
    with held.shown() as shown:
        assert shown.raw == bytes(len(PIN.encode()))


def test_nothing_is_left_in_the_tpm_when_a_key_is_closed(uri):
    for _ in range(8):  # swtpm has room for three
        with PROVIDER.open(uri, pin) as key:
            sign(key)


def test_a_file_of_another_tpm_is_refused(tpm, uri, tmp_path):
    with running_swtpm(tmp_path / "other") as other:
        text = str(uri).split("?")[0].removeprefix("tpm2:")
        with pytest.raises(KeyRefused, match="another TPM"), PROVIDER.open(other.uri(text), pin):
            pass


def test_the_tpm_says_who_it_is(tpm):
    assert PROVIDER.check_health(tpm.uri("handle=0x81010001")).startswith("TPM 2.0 IBM firmware 0x")


def test_a_way_that_leads_nowhere_is_unavailable():
    uri = KeyUri.parse("tpm2:handle=0x81010001?tcti=device:/dev/no-tpm-here")
    with pytest.raises(KeyUnavailable, match="no-tpm-here"), PROVIDER.open(uri, pin):
        pass


def test_a_missing_library_is_named_when_a_key_is_opened(monkeypatch):
    monkeypatch.setattr(transport, "LIBRARY", "libtss2-none.so.0")
    with pytest.raises(KeyUnavailable, match=r"libtss2-none\.so\.0 is not installed"):
        with PROVIDER.open(KeyUri.parse("tpm2:handle=0x81010001"), pin):
            pass


@pytest.mark.parametrize("name", ["handle=1", "handle=0x80000001", "handle=x", "token=a"])
def test_a_handle_of_no_persistent_key_is_refused(tpm, name):
    with pytest.raises(MalformedUri), PROVIDER.open(tpm.uri(name), pin):
        pass


@pytest.mark.parametrize("query", ["", "&key-type=rsa"])
def test_the_kind_of_a_new_key_has_no_default(tpm, query):
    with pytest.raises(MalformedUri, match="key-type"):
        PROVIDER.generate(tpm.file_uri(query=query), pin)


@pytest.mark.parametrize("word", ["", "x" * 33])
def test_a_pin_no_tpm_takes_makes_no_key(tpm, word):
    with pytest.raises(KeyRefused, match="1 to 32 bytes"):
        PROVIDER.generate(tpm.file_uri(), lambda _: word)
    assert not (tpm.folder / "a.tpm").exists()


def test_a_key_file_is_its_owners_and_is_not_overwritten(tpm, uri):
    file = tpm.folder / "a.tpm"
    before = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert before.startswith(key_files.BEGIN)
    with pytest.raises(KeyRefused, match="key already"):
        PROVIDER.generate(uri, pin)
    with pytest.raises(KeyRefused, match="key already"):
        key_files.write_key_file(file, key_files.WrappedKey(OWNER, b"", b""))
    assert file.read_bytes() == before
    with pytest.raises(KeyUnavailable, match="cannot be written"):
        key_files.write_key_file(file / "under", key_files.WrappedKey(OWNER, b"", b""))


@pytest.mark.parametrize("text", [b"", b"garbage", key_files.BEGIN + b"MAA=" + key_files.END])
def test_a_file_that_is_no_key_is_malformed(tmp_path, text):
    (tmp_path / "k").write_bytes(text)
    with pytest.raises(MalformedKey):
        key_files.read_key_file(tmp_path / "k")


def test_a_key_of_another_purpose_is_malformed(tmp_path):
    made = key_files.WrappedKey(OWNER, b"a", b"b")
    key_files.write_key_file(tmp_path / "k", made, key_files.SEALED_DATA)
    with pytest.raises(MalformedKey, match="something else"):
        key_files.read_key_file(tmp_path / "k")


def test_a_key_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(KeyNotFound):
        key_files.read_key_file(tmp_path / "k")
    with pytest.raises(KeyUnavailable):
        key_files.read_key_file(tmp_path)


# Answers no good TPM gives


class Answering:
    """A transport that answers the same to everything."""

    def __init__(self, _, *answers: bytes) -> None:
        self.answers, self.count = answers, 0

    def exchange(self, command: bytes) -> bytes:
        self.count += 1
        return self.answers[min(self.count, len(self.answers)) - 1]


def answer(code: int, parameters: bytes = b"", tag: int = 0x8001) -> bytes:
    return u16(tag) + u32(10 + len(parameters), code) + parameters


def refused() -> bytes:
    return answer(0x98E)


def signed(r: bytes, s: bytes) -> bytes:
    body = u16(0x1B, 0xB) + sized(r) + sized(s)
    return answer(0, u32(len(body)) + body, 0x8002)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x98E, WrongPin),
        (0x9A2, WrongPin),
        (0x921, KeyRefused),
        (0x922, KeyBusy),
        (0x90A, KeyBusy),
        (0x902, KeyBusy),
        (0x910, KeyLost),
        (0x18B, KeyNotFound),
        (0x1DF, KeyRefused),
        (0x2D2, KeyRefused),
        (0x100, KeyUnavailable),
        (0xB0902, KeyBusy),
        (0x97F, KeyUnavailable),
        (0x084, KeyRefused),
    ],
)
def test_a_code_means_what_the_standard_says(code, kind):
    assert type(failure("TPM2_Sign", code)) is kind


def test_a_code_is_known_whatever_it_is_about():
    assert {base_code(code) for code in (0x08E, 0x18E, 0x98E, 0xB098E)} == {0x08E}


def test_a_tpm_that_has_not_begun_is_asked_again_and_not_for_ever():
    asked = Answering(None, answer(0x922), answer(0x922), signed(b"\1", b"\2"))
    assert (
        Tpm(asked).sign(1, b"p", DIGEST, objects.Alg.SM2) == bytes(31) + b"\1" + bytes(31) + b"\2"
    )
    assert asked.count == 3
    asked = Answering(None, answer(0x922))
    with pytest.raises(KeyBusy):
        Tpm(asked).sign(1, b"p", DIGEST, objects.Alg.SM2)
    assert asked.count == 5


def test_a_signature_too_long_is_the_adapters_fault():
    with pytest.raises(AdapterFault, match="no signature"):
        Tpm(Answering(None, signed(b"1" * 33, b"2"))).sign(1, b"p", DIGEST, objects.Alg.SM2)


def test_a_signature_of_zero_is_the_adapters_fault(uri):
    with PROVIDER.open(uri, pin) as key:
        key._tpm._transport = Answering(None, signed(b"", b""))
        with pytest.raises(AdapterFault, match="no signature"):
            key.sign_digest(DIGEST)


@pytest.mark.parametrize("data", [b"", answer(0)[:-1], answer(0) + b"x", answer(0, b"abc")[:9]])
def test_an_answer_cut_short_or_too_long_is_the_adapters_fault(data):
    with pytest.raises(AdapterFault, match=r"short|long"):
        read_answer(data, has_handle=False)
    with pytest.raises(AdapterFault):
        Reader(b"\0\4abc").sized()


def test_a_command_carries_the_pin_in_a_password_session():
    assert build(0x15D, u32(1), b"pin", b"rest").hex() == (
        "8002000000220000015d000000010000000c40000009000000000370696e72657374"
    )


def test_an_owner_with_a_password_asks_for_another_parent():
    with pytest.raises(KeyRefused, match="parent="), Tpm(Answering(None, refused())).parent(OWNER):
        pass


def described(kind=0x23, attributes=0x40072, symmetric=0x10, curve=0x20, x=b"\1" * 32) -> bytes:
    head = u16(kind, 0xB) + u32(attributes) + sized(b"") + u16(symmetric, 0x10, curve, 0x10)
    return head + sized(x) + sized(x)


@pytest.mark.parametrize(
    ("area", "kind"),
    [
        (described(kind=1), KeyRefused),
        (described(attributes=0x50072), KeyRefused),
        (described(attributes=0x20072), KeyRefused),
        (described(symmetric=6), AdapterFault),
        (described(curve=4), KeyRefused),
        (described(), AdapterFault),
        (described(curve=3), AdapterFault),
        (described(x=b""), AdapterFault),
        (described()[:-1], AdapterFault),
    ],
)
def test_a_key_that_does_not_sign_digests_for_us_is_refused(area, kind):
    with pytest.raises(kind):
        objects.read_described(area)


@pytest.mark.parametrize("word", [PIN, "x" * 33])
def test_the_pin_is_overwritten_once_a_key_was_made_or_refused(tpm, monkeypatch, word):
    held = []
    real = provider.pin_for
    monkeypatch.setattr(provider, "pin_for", lambda *asked: held.append(real(*asked)) or held[-1])
    try:
        PROVIDER.generate(tpm.file_uri(), lambda _: word)
    except KeyRefused:
        assert len(word) > provider.PIN_MAX_BYTES
    assert held == [bytes(len(word.encode()))]
