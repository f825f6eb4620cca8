"""A key in a process of its own: whatever happens there, a call ends in bounded time."""

import json
import os
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsm_adapters.soft import SoftProvider
from keystore import SIGNER_ID_GM, Signer, isolation, opening
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
from keystore.isolation import IsolatedKeeper, IsolatedProvider, child
from keystore.isolation.answers import master_key_in, public_key_in, signature_in
from keystore.isolation.frames import BrokenConversation, receive, send
from keystore.lasting_keys import LastingKey
from keystore.suites import SuiteName
from keystore.uri import KeyUri
from tests.fakes import isolated_keys as fakes
from tests.fakes.isolated_keys import BY_DIGEST, Provider
from tests.fakes.pki import new_signer

SECONDS = 5.0
URI = KeyUri.parse("fake:object=good")
PIN = "1234"


def pin(_name):
    return PIN


def digest(deed):
    first = {name: number for number, name in BY_DIGEST.items()}.get(deed, 0)
    return bytes([first]) + b"\x01" * 31


def sign(key):
    return Signer.of(key).sign(b"m", signer_id=SIGNER_ID_GM)


@pytest.fixture(scope="module")
def key():
    provider = IsolatedProvider(Provider(), call_seconds=SECONDS)
    lasting = LastingKey("fake", lambda: provider.open(URI, pin), Breaker(time.monotonic))
    # Each opening makes a new key: that it is the same is the keyring's to say.
    yield lasting
    lasting.close()


@pytest.mark.parametrize("deed", ["crash", "bug"])
def test_a_library_that_crashes_takes_its_own_process_only_and_the_next_call_signs(key, deed):
    assert sign(key)
    with pytest.raises(KeyLost, match="died"):
        key.sign_digest(digest(deed))
    assert sign(key)


def test_a_library_that_hangs_is_ended_in_time():
    provider = IsolatedProvider(Provider(), call_seconds=0.3)
    with provider.open(URI, pin) as key:
        begun = time.monotonic()
        with pytest.raises(KeyLost, match=r"within 0\.3 s"):
            key.sign_digest(digest("hang"))
        assert time.monotonic() - begun < SECONDS
        with pytest.raises(KeyLost):
            key.sign_digest(digest("good"))


def test_calls_that_were_under_way_beside_a_crash_end_too():
    provider = IsolatedProvider(Provider(), call_seconds=SECONDS)
    with provider.open(URI, pin) as key, ThreadPoolExecutor(4) as pool:
        hanging = [pool.submit(key.sign_digest, digest("hang")) for _ in range(3)]
        with pytest.raises(KeyLost):
            key.sign_digest(digest("crash"))
        for one in hanging:
            with pytest.raises(KeyLost):
                one.result()


def test_more_callers_than_lanes_wait_no_longer_than_a_call_may_take(monkeypatch):
    monkeypatch.setattr(isolation, "LANES", 1)
    provider = IsolatedProvider(Provider(), call_seconds=0.5)
    with provider.open(URI, pin) as key, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(key.sign_digest, digest("hang")) for _ in range(2)]
        kinds = {type(one.exception()) for one in calls}
    assert kinds <= {KeyLost, KeyBusy}
    assert KeyLost in kinds


def test_a_caller_who_gets_no_lane_is_told_that_the_device_is_busy(monkeypatch):
    monkeypatch.setattr(isolation, "LANES", 0)
    provider = IsolatedProvider(Provider(), call_seconds=0.1)
    with provider.open(URI, pin) as key, pytest.raises(KeyBusy, match="lanes"):
        key.sign_digest(digest("good"))


def test_what_the_device_says_comes_through_with_its_time_to_wait(key):
    with pytest.raises(KeyBusy, match="busy") as caught:
        key.sign_digest(digest("busy"))
    assert caught.value.retry_after == 7
    with pytest.raises(KeyUnavailable, match="away"):
        key.sign_digest(digest("away"))
    with pytest.raises(KeyRefused, match="32 bytes"):
        key.sign_digest(b"short")
    key.sign_digest(digest("chatter"))
    assert sign(key)


@pytest.mark.parametrize(
    ("name", "answer", "error"),
    [
        ("nobody", PIN, KeyNotFound),
        ("good", "wrong", WrongPin),
        ("crash", PIN, KeyLost),
        ("bug", PIN, KeyLost),
        ("busy", PIN, KeyBusy),
    ],
)
def test_a_key_that_does_not_open_says_why_and_leaves_no_process(name, answer, error):
    provider = IsolatedProvider(Provider(), call_seconds=SECONDS)
    children = set(_children())
    with (
        pytest.raises(error) as caught,
        provider.open(KeyUri.parse(f"fake:object={name}"), lambda _: answer),
    ):
        pass
    assert type(caught.value) is error
    assert "wrong" not in str(caught.value)
    assert set(_children()) <= children


def _children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()


def test_a_pin_of_any_bytes_reaches_the_process_unchanged(tmp_path):
    uri, odd = KeyUri.parse(f"soft:path={tmp_path}/a.key"), "四季-\udcff"
    SoftProvider().generate(uri, lambda _: odd)
    with IsolatedProvider(SoftProvider(), call_seconds=SECONDS).open(uri, lambda _: odd) as key:
        assert sign(key)


def test_the_process_sees_neither_the_pin_nor_our_environment_in_its_own(monkeypatch):
    monkeypatch.setenv("QIANYIN_TEST_SECRET", "in the environment")
    provider = IsolatedProvider(Provider(), call_seconds=SECONDS)
    children = set(_children())
    with provider.open(URI, lambda _: PIN) as key:
        (process,) = set(_children()) - children
        assert sign(key)
        for name in ("environ", "cmdline"):
            try:
                seen = Path(f"/proc/{process}/{name}").read_bytes()
            except PermissionError:
                continue  # nobody but root may look
            assert b"QIANYIN_TEST_SECRET" not in seen
            assert PIN.encode() not in seen.split(b"\0")
        limits = Path(f"/proc/{process}/limits").read_text(encoding="ascii")
        assert "Max core file size        0 " in limits
    assert set(_children()) <= children


def test_a_process_that_cannot_be_started_is_a_lost_key(monkeypatch):
    monkeypatch.setattr(isolation.sys, "executable", "/nowhere/python")
    provider = IsolatedProvider(Provider(), call_seconds=SECONDS)
    with pytest.raises(KeyLost, match="cannot be started"), provider.open(URI, pin):
        pass


def test_a_process_that_does_not_hear_us_hang_up_is_ended(monkeypatch):
    monkeypatch.setattr(isolation, "FAREWELL_SECONDS", 0.1)
    children = set(_children())
    provider = IsolatedProvider(Provider(), call_seconds=SECONDS)
    with provider.open(URI, pin):
        (process,) = set(_children()) - children
        os.kill(int(process), 19)  # stopped: it hears nothing
    assert set(_children()) <= children


# What is said, and what is made of it


def pair():
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS)
    return ours, theirs


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        struct.pack("!H", 5) + b"{}",
        struct.pack("!H", 2) + b"[]",
        struct.pack("!H", 3) + b"{]}",
        struct.pack("!H", 2) + b"\xff\xff",
        struct.pack("!H", 0xFFFF),
        struct.pack("!H", 4000) + b"[" * 4000,
    ],
)
def test_what_is_no_frame_is_no_frame(raw):
    ours, theirs = pair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.close()
        with pytest.raises(BrokenConversation):
            receive(ours, time.monotonic() + SECONDS)


def test_a_frame_that_comes_slowly_is_not_waited_for():
    ours, theirs = pair()
    with ours, theirs:
        theirs.sendall(b"\x00")
        with pytest.raises(TimeoutError):
            receive(ours, time.monotonic() + 0.05)
        with pytest.raises(TimeoutError):
            receive(ours, time.monotonic() - 1)


REAL = new_signer()
SIGNED = REAL.key.sign_digest(b"\x01" * 32)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"kind": "signed", "suite": "SM2_SM3", "value": "00"}, AdapterFault),
        ({"kind": "signed", "suite": "SM2_SM3", "value": "zz"}, AdapterFault),
        ({"kind": "signed", "suite": "SM9", "value": "00"}, AdapterFault),
        ({"kind": "signed", "suite": "SM2_SM3"}, BrokenConversation),
        ({"kind": "opened", "spki": "00"}, BrokenConversation),
        ({"kind": 3}, BrokenConversation),
        ({}, BrokenConversation),
        ({"kind": "failed", "error": "SystemExit", "message": "m"}, AdapterFault),
        ({"kind": "failed", "error": "KeyRefused", "message": "m"}, KeyRefused),
        ({"kind": "failed", "error": "KeyBusy", "message": "m"}, BrokenConversation),
        (
            {"kind": "failed", "error": "KeyBusy", "message": "m", "retry_after": 0},
            BrokenConversation,
        ),
        ({"kind": "failed", "error": "KeyBusy", "message": "m", "retry_after": 3}, KeyBusy),
        ({"kind": "failed", "error": "KeyLost"}, BrokenConversation),
    ],
)
def test_an_answer_is_read_strictly(message, error):
    with pytest.raises(error) as caught:
        signature_in(message)
    assert type(caught.value) is error


def test_a_right_answer_is_a_signature_of_its_suite():
    told = {"kind": "signed", "suite": "SM2_SM3", "value": SIGNED.to_der().hex()}
    assert signature_in(told) == SIGNED
    foreign = signature_in({"kind": "signed", "suite": "RSA_SHA256", "value": "0102"})
    assert (foreign.suite, foreign.value) == (SuiteName.RSA_SHA256, b"\x01\x02")


@pytest.mark.parametrize(
    "spki", ["zz", "00", "3059301306072a8648ce3d020106082a811ccf5501822d034200"]
)
def test_what_is_no_public_key_is_the_adapters_fault(spki):
    with pytest.raises(AdapterFault):
        public_key_in({"kind": "opened", "spki": spki})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    st.lists,
    max_leaves=3,
)


@given(
    st.dictionaries(
        st.sampled_from(["kind", "suite", "value", "error", "message", "retry_after", "spki"]),
        json_values | st.sampled_from(["signed", "failed", "opened", "KeyBusy", "SM2_SM3"]),
    )
)
def test_whatever_is_answered_there_is_a_name_for_it(message):
    for read in (signature_in, public_key_in):
        try:
            read(json.loads(json.dumps(message)))
        except (KeystoreError, BrokenConversation):
            pass


# The child's side, in this process


def test_the_child_opens_signs_and_ends_when_the_service_hangs_up(monkeypatch):
    monkeypatch.setattr(child, "guard_memory", lambda: None)
    monkeypatch.setattr(child.signal, "signal", lambda *_: None)
    monkeypatch.setattr(child.threading, "excepthook", child.threading.excepthook)
    (control, their_control), (lane, their_lane) = pair(), pair()
    descriptors = [str(one.detach()) for one in (their_control, their_lane)]
    with ThreadPoolExecutor(1) as pool, control, lane:
        life = pool.submit(child.main, "tests.fakes.isolated_keys:Provider", *descriptors)
        send(control, {"uri": str(URI)})
        assert receive(control, None) == {"kind": "ask", "name": "pin"}
        send(control, {"secret": PIN})
        public_key = public_key_in(receive(control, None))
        send(lane, {"digest": digest("good").hex()})
        public_key.verify_digest(digest("good"), signature_in(receive(lane, None)))
        send(lane, {"digest": digest("away").hex()})
        with pytest.raises(KeyUnavailable):
            signature_in(receive(lane, None))
        lane.close()
        control.close()
        assert life.result(10) is None


def test_the_child_tells_what_kept_it_from_opening(monkeypatch):
    monkeypatch.setattr(child, "guard_memory", lambda: None)
    monkeypatch.setattr(child.signal, "signal", lambda *_: None)
    monkeypatch.setattr(child.threading, "excepthook", child.threading.excepthook)
    exits = []
    monkeypatch.setattr(child.os, "_exit", exits.append)
    control, theirs = pair()
    with control:
        send(control, {"uri": "fake:object=nobody"})
        child.main("tests.fakes.isolated_keys:Provider", str(theirs.detach()))
        assert receive(control, None)["error"] == "KeyNotFound"
        child.threading.excepthook(None)
    assert exits == [child.CRASHED]


# The choice


@pytest.mark.parametrize(
    ("query", "provider", "expected"),
    [
        ("", Provider(), True),
        ("?isolated=no", Provider(), False),
        ("", SoftProvider(), False),
        ("?isolated=yes", SoftProvider(), True),
    ],
)
def test_who_runs_a_vendors_code_gets_a_process_unless_told_otherwise(query, provider, expected):
    assert opening.is_isolated(KeyUri.parse(f"x:a=b{query}"), provider) is expected


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(MalformedUri, match="'yes' or 'no'"):
        opening.is_isolated(KeyUri.parse("x:a=b?isolated=maybe"), Provider())


@pytest.mark.parametrize(("text", "seconds"), [("", 10), ("500ms", 0.5), ("60s", 60), ("2s", 2)])
def test_a_time_has_a_unit(text, seconds):
    query = f"?call-timeout={text}" if text else ""
    assert opening.call_seconds(KeyUri.parse(f"x:a=b{query}")) == seconds


@pytest.mark.parametrize("text", ["10", "0s", "61s", "99ms", "1m", "-1s", "1.5s", "１s"])
def test_a_time_without_a_unit_or_out_of_range_is_refused(text):
    with pytest.raises(MalformedUri, match="call-timeout"):
        opening.call_seconds(KeyUri.parse(f"x:a=b?call-timeout={text}"))


def test_a_key_is_opened_by_its_name_in_a_process_where_one_is_wanted(tmp_path):
    uri = KeyUri.parse(f"soft:path={tmp_path}/a.key?isolated=yes&call-timeout=5s")
    SoftProvider().generate(uri, pin)
    with opening.open_key(uri, pin) as isolated:
        assert sign(isolated)
    uri = KeyUri.parse(f"soft:path={tmp_path}/a.key")
    with opening.open_key(uri, pin) as plain:
        assert plain.public_key == isolated.public_key


@pytest.fixture
def keeper():
    return IsolatedKeeper(fakes.Keeper(), call_seconds=SECONDS)


def test_a_master_key_comes_from_a_process_that_ends_with_it(keeper):
    assert keeper.give_master_key(URI).hex() == "00112233445566778899aabbccddeeff"
    with pytest.raises(KeyUnavailable, match="away"):
        keeper.give_master_key(KeyUri.parse("fake:object=away"))
    with pytest.raises(KeyRefused, match="in this process"):
        keeper.keep_master_key(URI, bytearray(16))


def test_a_device_that_hangs_over_a_master_key_is_ended_in_time(monkeypatch):
    monkeypatch.setattr(isolation, "START_SECONDS", 0.5)
    slow = IsolatedKeeper(fakes.Keeper(), call_seconds=0.1)
    with pytest.raises(KeyLost, match="did not answer"):
        slow.give_master_key(KeyUri.parse("fake:object=hang"))


def test_a_provider_that_keeps_no_master_key_gives_none():
    with pytest.raises(KeyLost):
        IsolatedKeeper(Provider(), call_seconds=SECONDS).give_master_key(
            KeyUri.parse("fake:object=crash")
        )


@pytest.mark.parametrize("told", [{"key": "xyz"}, {"key": "0"}])
def test_a_master_key_that_is_none_is_a_fault_and_not_repeated(told):
    with pytest.raises(AdapterFault) as caught:
        master_key_in({"kind": "given", **told})
    assert told["key"] not in str(caught.value).split()


def test_the_child_gives_a_master_key_and_ends(monkeypatch):
    monkeypatch.setattr(child, "guard_memory", lambda: None)
    monkeypatch.setattr(child.signal, "signal", lambda *_: None)
    monkeypatch.setattr(child.threading, "excepthook", child.threading.excepthook)
    control, theirs = pair()
    send(control, {"uri": str(URI), "wanted": "master-key"})
    child.main("tests.fakes.isolated_keys:Keeper", str(theirs.detach()))
    key = master_key_in(receive(control, None))
    assert key.hex() == "00112233445566778899aabbccddeeff"
    control.close()
