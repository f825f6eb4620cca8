"""What the key service refuses, whoever asks: replays, other callers, other keys and purposes."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from api.errors import BadSettings, KeyRequestRefused
from api.key_service import ledger as ledger_module
from api.key_service.desk import STATUSES, KeyDesk
from api.key_service.freshness import Freshness
from api.key_service.ledger import Ledger
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
        self.ledger = None
        self.start()

    def start(self, ahead=0):
        self.stop()
        self.ledger = Ledger(self.service.uses)
        freshness = Freshness(
            self.clock, window=30 * SECOND, ahead=ahead * SECOND, latest=self.ledger.latest
        )
        quotas = Quotas(self.ledger, self.clock, self.clock.seconds)
        self.desk = KeyDesk(self.service, self.keyring, self.log, freshness, quotas, self.clock)

    def stop(self):
        if self.ledger is not None:
            self.ledger.__exit__()
        self.ledger = None

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
        self.stop()
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


def test_a_days_number_holds_whoever_restarts_and_whatever_the_clock_says(tmp_path):
    desk = Desk(tmp_path / "zone", per_day=3)
    assert [desk.ask().status for _ in range(2)] == [200, 200]
    desk.start()
    assert [desk.ask().status for _ in range(2)] == [200, 429]
    desk.clock.now = NOW - timedelta(days=1)
    desk.start()
    assert refused(desk.ask()) == "stale"
    assert refused(desk.ask(time=NOW + SECOND)) == "stale"
    desk.clock.now = NOW + timedelta(days=1)
    desk.start()
    assert [desk.ask().status for _ in range(4)] == [200, 200, 200, 429]
    desk.close()


def test_a_clock_set_back_while_the_service_was_off_brings_no_request_back(desk):
    sent = desk.request().signed(desk.caller)
    assert desk.desk.answer(desk.certificate, *sent).status == 200
    desk.clock.pass_(-3600)
    desk.start(ahead=2)
    for _ in range(60):
        assert refused(desk.desk.answer(desk.certificate, *sent)) in ("just-started", "stale")
        desk.clock.pass_(90)


def test_the_last_uses_of_a_day_are_given_out_once_among_many(tmp_path):
    with Ledger(tmp_path / "uses") as ledger:
        quotas = Quotas(ledger, Clock(), lambda: 0.0)
        grant = Grant(purposes=["seal"], per_minute=1000, per_day=100)

        def take(_: int) -> int:
            try:
                quotas.take("a", "x", grant)
            except KeyRequestRefused:
                return 0
            return 1

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(150))) == 100
    assert len((tmp_path / "uses").read_text().splitlines()) == 100


def test_a_line_that_was_cut_off_is_no_use_and_the_next_stands_alone(tmp_path):
    path, now = tmp_path / "uses", Clock()()
    with Ledger(path) as ledger:
        ledger.add("a", "x", now)
    path.write_bytes(path.read_bytes() + b"2026-11-23T08")
    with Ledger(path) as ledger:
        assert ledger.used("a", "x", now) == 1
        ledger.add("a", "x", now)
    with Ledger(path) as ledger:
        assert ledger.used("a", "x", now) == 2
    path.write_bytes(b"2026-11-23T08")
    with Ledger(path) as ledger:
        assert (ledger.used("a", "x", now), ledger.latest) == (0, None)


def test_only_the_last_day_counts(tmp_path):
    path = tmp_path / "uses"
    lines = [f"2026-11-{day}T08:00:00.000000+00:00 a/x\n" for day in (22, 22, 23)]
    path.write_text("".join(lines))
    with Ledger(path) as ledger:
        assert ledger.used("a", "x", NOW) == 1
        ledger.add("a", "x", NOW + timedelta(days=1))
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.parametrize("content", ["no line\n", "2026-11-23T08:00:00+00:00\n", "é\n"])
def test_a_file_of_something_else_stops_the_start(tmp_path, content):
    path = tmp_path / "uses"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadSettings, match="no line"):
        Ledger(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_file_too_large_to_be_one_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_module, "MOST_BYTES", 3)
    (tmp_path / "uses").write_text("four")
    with pytest.raises(BadSettings, match="too large"):
        Ledger(tmp_path / "uses")


def test_two_services_do_not_count_in_one_file(tmp_path):
    with Ledger(tmp_path / "uses"), pytest.raises(BadSettings, match="another key service"):
        Ledger(tmp_path / "uses")


def test_a_use_that_cannot_be_noted_is_not_made(desk):
    desk.stop()
    desk.start()
    os.dup2(os.open("/dev/full", os.O_RDWR), desk.ledger._file)
    assert refused(desk.ask()) == "log-away"


def test_a_use_noted_in_part_leaves_no_half_line(tmp_path, monkeypatch):
    path, write = tmp_path / "uses", os.write
    with Ledger(path) as ledger:
        ledger.add("a", "x", NOW)
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:9]))
        with pytest.raises(OSError, match="whole"):
            ledger.add("a", "x", NOW)
        monkeypatch.undo()
        ledger.add("a", "x", NOW)
    with Ledger(path) as ledger:
        assert ledger.used("a", "x", NOW) == 2


def test_quotas_count_each_caller_and_key_alone(tmp_path):
    quotas = Quotas(Ledger(tmp_path / "uses"), Clock(), lambda: 0.0)
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
