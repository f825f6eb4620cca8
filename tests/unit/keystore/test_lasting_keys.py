"""A key is opened again when it was lost, not before; a PIN is shown once; devices take turns."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest

from keystore import SIGNER_ID_GM, Signer
from keystore.breaker import Breaker
from keystore.errors import (
    CertificateMismatch,
    KeyBusy,
    KeyLost,
    KeyNotFound,
    KeyUnavailable,
    WrongPin,
)
from keystore.lasting_keys import LastingKey, PooledKey
from tests.fakes.pki import new_signer

REAL = new_signer().key
DIGEST = b"\x01" * 32


class Device:
    """Opens and signs as the test tells it to, and counts."""

    public_key = REAL.public_key

    def __init__(self):
        self.openings = self.sessions = self.signatures = 0
        self.on_open, self.on_sign = [], []
        self.now = 0.0
        self.key = LastingKey("a", self.open, Breaker(lambda: self.now))

    @contextmanager
    def open(self):
        self.openings += 1
        if self.on_open:
            raise self.on_open.pop(0)
        self.sessions += 1
        try:
            yield self
        finally:
            self.sessions -= 1

    def sign_digest(self, digest):
        if self.on_sign:
            raise self.on_sign.pop(0)
        self.signatures += 1
        return REAL.sign_digest(digest)


@pytest.fixture
def device():
    return Device()


def test_nothing_is_opened_before_it_is_used(device):
    assert device.openings == 0
    assert device.key.public_key == REAL.public_key
    assert Signer.of(device.key).sign(b"m", signer_id=SIGNER_ID_GM)
    assert (device.openings, device.sessions) == (1, 1)
    device.key.close()
    device.key.close()
    assert device.sessions == 0
    device.key.require_open()
    assert (device.openings, device.sessions) == (2, 1)


def test_a_busy_device_stays_open_and_is_not_left_alone(device):
    for _ in range(5):
        device.on_sign = [KeyBusy("later")]
        with pytest.raises(KeyBusy):
            device.key.sign_digest(DIGEST)
    assert device.key.sign_digest(DIGEST)
    assert device.openings == 1


def test_a_first_failure_is_left_to_the_adapter_and_a_second_one_opens_the_key_again(device):
    device.on_sign = [KeyUnavailable("session lost")]
    with pytest.raises(KeyUnavailable):
        device.key.sign_digest(DIGEST)
    assert device.key.sign_digest(DIGEST)
    assert device.openings == 1
    device.on_sign = [KeyUnavailable("device lost"), KeyUnavailable("device lost")]
    for _ in range(2):
        with pytest.raises(KeyUnavailable):
            device.key.sign_digest(DIGEST)
    assert device.sessions == 0
    with pytest.raises(KeyUnavailable, match="2 times in a row"):
        device.key.sign_digest(DIGEST)
    device.now += 1
    assert device.key.sign_digest(DIGEST)
    assert (device.openings, device.sessions) == (2, 1)


def test_a_lost_key_is_opened_again_by_the_next_call(device):
    device.on_sign = [KeyLost("the process died")]
    with pytest.raises(KeyLost):
        device.key.sign_digest(DIGEST)
    assert device.key.sign_digest(DIGEST)
    assert (device.openings, device.sessions) == (2, 1)


def test_a_device_that_stays_away_is_asked_less_and_less(device):
    device.on_open = [KeyUnavailable("away")] * 1000
    for _ in range(1000):
        with pytest.raises(KeyUnavailable):
            device.key.sign_digest(DIGEST)
        device.now += 0.1
    assert device.openings < 12
    device.on_open = []
    device.now += 30
    assert device.key.sign_digest(DIGEST)


def test_a_wrong_pin_is_shown_once_whoever_asks(device):
    device.on_open = [WrongPin("no")]
    for _ in range(5):
        with pytest.raises(WrongPin):
            device.key.sign_digest(DIGEST)
        with pytest.raises(WrongPin):
            device.key.require_open()
        device.now += 3600
    assert device.openings == 1


@pytest.mark.parametrize("error", [CertificateMismatch("another key"), KeyNotFound("none")])
def test_what_an_operator_mends_is_looked_at_each_time(device, error):
    device.on_open = [error]
    with pytest.raises(type(error)):
        device.key.sign_digest(DIGEST)
    assert device.key.sign_digest(DIGEST)


def test_a_session_is_not_closed_under_a_thread_that_is_signing(device):
    signing, lost = Event(), Event()
    seen = []

    class Slow(Device):
        def sign_digest(self, digest):
            if digest == DIGEST:
                signing.set()
                lost.wait(10)
                seen.append(self.sessions)
                return REAL.sign_digest(digest)
            raise KeyLost("gone")

    slow = Slow()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(slow.key.sign_digest, DIGEST)
        assert signing.wait(10)
        with pytest.raises(KeyLost):
            slow.key.sign_digest(b"\x02" * 32)
        lost.set()
        assert under_way.result()
    assert seen == [1]
    assert slow.sessions == 0


def test_threads_that_lose_one_session_together_count_one_failure():
    meeting = Barrier(4)

    class Together(Device):
        def sign_digest(self, digest):
            if self.openings == 1:
                meeting.wait(10)
                raise KeyLost("gone")
            return super().sign_digest(digest)

    device = Together()

    def one(_):
        with pytest.raises(KeyLost):
            device.key.sign_digest(DIGEST)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert device.key.sign_digest(DIGEST)
    assert (device.openings, device.sessions) == (2, 1)


def test_the_name_is_all_that_is_printed(device):
    assert repr(device.key) == "LastingKey(a)"


def pool_of(*devices):
    return PooledKey(tuple(device.key for device in devices))


def test_devices_take_turns():
    devices = [Device() for _ in range(3)]
    pool = pool_of(*devices)
    for _ in range(9):
        pool.sign_digest(DIGEST)
    assert [device.signatures for device in devices] == [3, 3, 3]
    pool.close()
    assert [device.sessions for device in devices] == [0, 0, 0]


def test_a_pin_refused_in_use_is_not_shown_again_by_opening_anew(device):
    device.on_sign = [WrongPin("changed")]
    with pytest.raises(WrongPin, match="changed"):
        device.key.sign_digest(DIGEST)
    for _ in range(2):
        with pytest.raises(WrongPin, match="not tried again"):
            device.key.sign_digest(DIGEST)
    assert (device.openings, device.sessions) == (1, 0)


@pytest.mark.parametrize("error", [KeyUnavailable("away"), WrongPin("no")])
def test_a_device_that_is_away_is_passed_over_and_comes_back(error):
    away, good = Device(), Device()
    away.on_open = [error] * 2
    pool = pool_of(away, good)
    assert pool.public_key == REAL.public_key
    for _ in range(8):
        pool.require_open()
        assert pool.sign_digest(DIGEST)
    assert good.signatures >= 4


def test_a_call_fails_when_all_devices_do_and_says_later_where_one_may_come_back():
    first, second = Device(), Device()
    first.on_open, second.on_open = [WrongPin("no")], [KeyUnavailable("away")]
    with pytest.raises(KeyUnavailable):
        pool_of(first, second).sign_digest(DIGEST)
    third = Device()
    third.on_open = [WrongPin("no")]
    with pytest.raises(WrongPin):
        pool_of(third).sign_digest(DIGEST)
