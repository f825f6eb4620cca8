"""What the key service refuses, whoever asks: replays, other callers, other keys and purposes."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from api.errors import BadSettings, KeyRequestRefused
from api.key_service.desk import STATUSES, KeyDesk
from api.key_service.freshness import Freshness
from api.key_service.quotas import Quotas
from api.key_service.request_log import RequestLog
from api.key_service.service_file import Grant, ServiceFile
from keystore import Keyring, KeyUri, Signer, no_secrets
from keystore.errors import AdapterFault, KeyBusy, KeyUnavailable, WrongPin
from keystore.opening import open_key
from keystore.remote_requests import Operation, RemoteRequest
from tests.fakes.key_zones import ALIAS, CALLER, PURPOSE, new_zone
from tests.fakes.pki import new_signer

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def seconds(self):
        return (self.now - NOW).total_seconds()

    def pass_(self, seconds):
        self.now += seconds * SECOND


class Desk:
    """A desk and the caller who stands before it."""

    def __init__(self, folder, **grant):
        self.zone, self.clock, self.count = new_zone(folder, **grant), Clock(), 0
        self.service = ServiceFile.read(self.zone.callers_file)
        self.keyring = Keyring.from_file(self.zone.there / "keys.toml", secrets=no_secrets)
        self.log = RequestLog(self.service.log)
        here = self.zone.here
        uri = KeyUri.parse(f"soft:path={here}/request.sm2?pin-source={here}/request.pass")
        self._opened = open_key(uri, no_secrets)
        self.caller = Signer.of(self._opened.__enter__())
        pem = (here / "caller.pem").read_bytes()
        from cryptography.x509 import load_pem_x509_certificate

        self.certificate = load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        self.start()

    def start(self, ahead=0):
        freshness = Freshness(self.clock, window=30 * SECOND, ahead=ahead * SECOND)
        quotas = Quotas(self.clock, self.clock.seconds)
        self.desk = KeyDesk(self.service, self.keyring, self.log, freshness, quotas, self.clock)

    def request(self, **changes):
        self.count += 1
        made = RemoteRequest(
            operation=Operation.SIGN,
            service="zone-1",
            caller=CALLER,
            key=ALIAS,
            purpose=PURPOSE,
            nonce=f"{self.count:032x}",
            time=self.clock.now,
            suite="SM2_SM3",
            digest="ab" * 32,
        )
        return replace(made, **changes)

    def ask(self, **changes):
        return self.desk.answer(self.certificate, *self.request(**changes).signed(self.caller))

    @property
    def last(self):
        return self.zone.log[-1]

    def close(self):
        self.keyring.close()
        self._opened.__exit__(None, None, None)


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path / "zone")
    yield made
    made.close()


def refused(answer):
    assert set(answer.members) == {"error"}
    assert answer.status == STATUSES[answer.members["error"]]
    return answer.members["error"]


def test_a_granted_request_is_signed_and_noted(desk):
    answer = desk.ask()
    assert answer.status == 200
    assert (answer.members["digest"], answer.members["nonce"]) == ("ab" * 32, f"{1:032x}")
    told = {name: desk.last[name] for name in ("caller", "key", "purpose", "digest", "outcome")}
    assert told == {
        "caller": CALLER,
        "key": ALIAS,
        "purpose": PURPOSE,
        "digest": "ab" * 32,
        "outcome": "done",
    }
    assert answer.members["signature"] not in (desk.zone.there / "requests.log").read_text()


def test_a_replay_is_refused(desk):
    sent = desk.request().signed(desk.caller)
    assert desk.desk.answer(desk.certificate, *sent).status == 200
    desk.clock.pass_(20)
    assert refused(desk.desk.answer(desk.certificate, *sent)) == "replayed"
    desk.clock.pass_(20)
    assert refused(desk.desk.answer(desk.certificate, *sent)) == "stale"
    assert [one["outcome"] for one in desk.zone.log] == ["done", "replayed", "stale"]


def test_a_nonce_is_used_once_whatever_stands_beside_it(desk):
    assert desk.ask(nonce="5" * 32).status == 200
    assert refused(desk.ask(nonce="5" * 32, digest="cd" * 32)) == "replayed"


@pytest.mark.parametrize("ahead", [0, 5])
def test_a_restart_forgets_no_nonce(desk, ahead):
    """A request may be from the future, as far as clocks differ; it is not taken twice."""
    desk.start(ahead)
    desk.clock.pass_(ahead)
    sent = desk.request(time=desk.clock.now + ahead * SECOND).signed(desk.caller)
    assert desk.desk.answer(desk.certificate, *sent).status == 200
    desk.clock.pass_(1)
    desk.start(ahead)
    for _ in range(40):
        reason = refused(desk.desk.answer(desk.certificate, *sent))
        assert reason in ("just-started", "stale")
        desk.clock.pass_(1)
    assert reason == "stale"
    assert desk.ask().status == 200


def test_a_service_that_just_started_says_when_to_come_back(desk):
    desk.start(ahead=5)
    answer = desk.ask()
    assert refused(answer) == "just-started"
    desk.clock.pass_(answer.retry_after)
    assert desk.ask().status == 200


@pytest.mark.parametrize("seconds", [-31, 1, 3600, -86400])
def test_a_time_outside_the_window_is_refused(desk, seconds):
    assert refused(desk.ask(time=desk.clock.now + seconds * SECOND)) == "stale"


def test_a_clock_set_back_brings_no_request_back(desk):
    sent = desk.request().signed(desk.caller)
    assert desk.desk.answer(desk.certificate, *sent).status == 200
    desk.clock.pass_(300)
    assert desk.ask().status == 200
    desk.clock.pass_(-300)
    assert refused(desk.desk.answer(desk.certificate, *sent)) == "stale"


def test_the_memory_of_nonces_is_bounded_and_empties():
    clock = Clock()
    memory = Freshness(clock, window=30 * SECOND, ahead=0 * SECOND, most=3)
    for number in range(3):
        memory.claim("one", str(number), clock.now)
    with pytest.raises(KeyRequestRefused) as caught:
        memory.claim("one", "3", clock.now)
    assert (caught.value.reason, caught.value.retry_after) == ("busy", 30)
    memory.claim("two", "0", clock.now)  # one caller takes no other's room
    clock.pass_(31)
    memory.claim("one", "3", clock.now)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": "nobody"}, "no-such-key"),
        ({"purpose": "report"}, "purpose"),
        ({"suite": "RSA_SHA256"}, "suite"),
        ({"caller": "licences-2"}, "unknown-caller"),
        ({"service": "zone-2"}, "unknown-caller"),
    ],
)
def test_what_was_not_granted_is_refused(desk, change, reason):
    assert refused(desk.ask(**change)) == reason
    assert desk.last["outcome"] == reason


@pytest.mark.parametrize(
    ("old", "new"), [("ab" * 32, "cd" * 32), (ALIAS, "other-key"), (PURPOSE, "leak")]
)
def test_a_changed_digest_key_or_purpose_is_refused(desk, old, new):
    body, signature = desk.request().signed(desk.caller)
    changed = body.replace(old.encode(), new.encode())
    assert changed != body
    assert refused(desk.desk.answer(desk.certificate, changed, signature)) == "bad-signature"
    assert new not in json.dumps(desk.last)


def test_another_callers_signature_is_refused(desk):
    answer = desk.desk.answer(desk.certificate, *desk.request().signed(new_signer()))
    assert refused(answer) == "bad-signature"


def test_another_certificate_is_nobody_even_with_a_good_signature(desk):
    answer = desk.desk.answer(b"another certificate", *desk.request().signed(desk.caller))
    assert refused(answer) == "unknown-caller"
    assert desk.last["caller"] == ""


@pytest.mark.parametrize("digest", ["ab" * 31, "ab" * 33, ""])
def test_a_digest_that_has_not_32_bytes_is_refused(desk, digest):
    body = signed_body(desk, digest=digest)
    assert refused(desk.desk.answer(desk.certificate, *body)) == "malformed"


def test_a_name_that_stands_twice_is_refused(desk):
    body = desk.request().to_bytes()
    twice = body.replace(b'{"', b'{"key": "other", "', 1)
    assert refused(desk.desk.answer(desk.certificate, *sign(desk, twice))) == "malformed"


def signed_body(desk, **changes):
    return sign(desk, json.dumps(json.loads(desk.request().to_bytes()) | changes).encode())


def sign(desk, body):
    class Anything(RemoteRequest):
        def to_bytes(self):
            return body

    values = {name: getattr(desk.request(), name) for name in RemoteRequest.__slots__}
    return Anything(**values).signed(desk.caller)


def test_a_rate_and_a_days_number_are_kept(tmp_path):
    desk = Desk(tmp_path / "zone", per_minute=2, per_day=3)
    assert [desk.ask().status for _ in range(3)] == [200, 200, 429]
    desk.clock.pass_(60)
    assert [desk.ask().status for _ in range(2)] == [200, 429]
    answer = desk.ask()
    assert timedelta(seconds=answer.retry_after) > timedelta(hours=15)
    desk.clock.now = NOW + timedelta(days=1)
    assert desk.ask().status == 200
    desk.close()


def test_quotas_count_each_caller_and_key_alone():
    quotas = Quotas(Clock(), lambda: 0.0)
    grant = Grant(purposes=["seal"], per_minute=1, per_day=1)
    for caller, key in (("a", "x"), ("a", "y"), ("b", "x")):
        quotas.take(caller, key, grant)
    with pytest.raises(KeyRequestRefused, match="quota"):
        quotas.take("a", "x", grant)


class _Keyring:
    """Whose key does one thing."""

    def __init__(self, signer, deed):
        self._signer, self._deed = signer, deed

    def signer(self, alias):
        return Signer(self, self._signer.public_key)

    def sign_digest(self, digest):
        return self._deed(digest)

    def close(self):
        pass


def _raise(error):
    def deed(_):
        raise error

    return deed


@pytest.mark.parametrize(
    ("deed", "reason", "retry_after"),
    [
        (_raise(KeyUnavailable("away", retry_after=7)), "key-away", 7),
        (_raise(KeyBusy("busy", retry_after=2)), "key-away", 2),
        (_raise(WrongPin("the PIN was refused")), "key-refused", None),
        (_raise(AdapterFault("odd")), "key-fault", None),
        (new_signer().key.sign_digest, "key-fault", None),
        (lambda digest: b"no signature", "key-fault", None),
    ],
)
def test_a_key_that_fails_is_told_by_a_word_and_a_wrong_signature_never_leaves(
    desk, deed, reason, retry_after
):
    desk.keyring = _Keyring(new_signer(), deed)
    desk.start()
    answer = desk.ask()
    assert (refused(answer), answer.retry_after) == (reason, retry_after)


def test_what_cannot_be_noted_is_not_answered(desk):
    class Full:
        def add(self, at, line):
            raise OSError("disk full")

    desk.log = Full()
    desk.start()
    assert refused(desk.ask()) == "log-away"


def test_a_line_that_is_cut_off_is_an_error(tmp_path, monkeypatch):
    with RequestLog(tmp_path / "log") as log:
        monkeypatch.setattr("os.write", lambda file, data: 1)
        with pytest.raises(OSError, match="whole"):
            log.add(NOW, {})


def test_the_log_is_only_added_to_and_its_owners_alone(tmp_path):
    for number in range(2):
        with RequestLog(tmp_path / "log") as log:
            log.add(NOW, {"number": str(number)})
    assert (tmp_path / "log").read_text().count("\n") == 2
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name =", "nmae ="),
        ('purposes = ["seal"]', "purposes = []"),
        ("per_day = 1000000", "per_day = 0"),
        ("per_day = 1000000", 'per_day = "many"'),
        ("per_day = 1000000", ""),
        ('request_key = "30', 'request_key = "31'),
        ('request_key = "30', 'request_key = "zz'),
        ('certificate_sha256 = "', 'certificate_sha256 = "0'),
        ('log = "requests.log"', "log = 3"),
        ("name =", "name"),
    ],
)
def test_a_slip_in_the_service_file_stops_the_start(tmp_path, old, new):
    zone = new_zone(tmp_path / "zone")
    text = zone.callers_file.read_text()
    assert old in text
    zone.callers_file.write_text(text.replace(old, new, 1))
    with pytest.raises(BadSettings):
        ServiceFile.read(zone.callers_file)


def test_two_callers_with_one_certificate_stop_the_start(tmp_path):
    zone = new_zone(tmp_path / "zone")
    text = zone.callers_file.read_text()
    again = text[text.index("[callers.") :].replace(CALLER, "licences-2")
    zone.callers_file.write_text(text + again)
    with pytest.raises(BadSettings, match="one certificate"):
        ServiceFile.read(zone.callers_file)


def test_a_request_key_of_another_kind_stops_the_start(tmp_path):
    from cryptography.hazmat.primitives.asymmetric import ec

    from keystore.suites import to_spki

    zone = new_zone(tmp_path / "zone")
    other = to_spki(ec.generate_private_key(ec.SECP256R1()).public_key()).hex()
    text = zone.callers_file.read_text().splitlines()
    lines = [f'request_key = "{other}"' if one.startswith("request_key") else one for one in text]
    zone.callers_file.write_text("\n".join(lines))
    with pytest.raises(BadSettings, match="SM2"):
        ServiceFile.read(zone.callers_file)
