"""What a service, or whoever stands before it, may do to the remote adapter."""

import http.client
import json
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread

import pytest

from api.key_service import listening
from api.key_service.listening import tls_context
from api.key_service.service_file import ServiceFile
from hsm_adapters.remote import RemoteProvider, channels, trust
from hsm_adapters.remote.service_file import ServiceFile as CallersServiceFile
from keystore import SIGNER_ID_GM, KeyUri, Sm2PublicKey, no_secrets
from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyNotFound,
    KeyRefused,
    KeyUnavailable,
    MalformedUri,
    WrongPin,
)
from keystore.remote_requests import PATH, SIGNATURE_HEADER
from keystore.signer import sign_message
from keystore.suites import to_spki
from tests.fakes.key_zones import CALLER, CLIENT, PIN, SERVER, TlsAuthority, new_zone, pem, serving
from tests.fakes.pki import new_signer

PROVIDER = RemoteProvider()
DIGEST = b"\x11" * 32


@pytest.fixture
def zone(tmp_path):
    return new_zone(tmp_path / "zone")


def opened(zone, query="", **what):
    return PROVIDER.open(zone.uri(query=query, **what), lambda _: PIN)


def sign(key, message=b"message"):
    return sign_message(key, key.public_key, message, signer_id=SIGNER_ID_GM)


# The real service, on a thread


def test_a_key_elsewhere_signs_and_every_request_is_noted(zone):
    with serving(zone), opened(zone) as key:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: sign(key), range(40)))
    assert [one["outcome"] for one in zone.log] == ["done"] * 41
    assert {one["caller"] for one in zone.log} == {CALLER}
    assert PIN not in repr(key)


def test_a_service_that_was_away_is_used_again_by_itself(zone):
    with ExitStack() as stack:
        with serving(zone):
            key = stack.enter_context(opened(zone))
            sign(key)
        with pytest.raises(KeyUnavailable) as caught:
            sign(key)
        assert caught.value.retry_after > 0
        with serving(zone):
            sign(key)


def test_a_kept_connection_that_was_closed_costs_nothing(zone, monkeypatch):
    monkeypatch.setattr(listening, "IDLE_SECONDS", 0.05)
    with serving(zone), opened(zone) as key:
        Event().wait(0.3)
        sign(key)


@pytest.mark.parametrize(
    ("key", "purpose", "error"),
    [("nobody", "seal", KeyNotFound), ("seal-signer", "leak", KeyRefused)],
)
def test_what_was_not_granted_is_not_opened(zone, key, purpose, error):
    with serving(zone), pytest.raises(error), opened(zone, key=key, purpose=purpose):
        pass


def test_a_key_whose_name_nobody_could_send_is_a_mistake_in_the_uri(zone):
    with serving(zone), pytest.raises(MalformedUri), opened(zone, key="seal signer"):
        pass


def test_a_used_up_quota_is_busy_with_a_time(tmp_path):
    zone = new_zone(tmp_path / "zone", per_minute=1)
    with serving(zone), opened(zone) as key:
        sign(key)
        with pytest.raises(KeyBusy) as caught:
            sign(key)
        assert caught.value.retry_after > 1


def test_another_callers_request_key_is_refused(zone, tmp_path):
    other = new_zone(tmp_path / "other")
    for name in ("request.sm2", "request.pass"):
        (zone.here / name).write_bytes((other.here / name).read_bytes())
    with serving(zone), pytest.raises(KeyRefused), opened(zone):
        pass


def test_a_service_of_another_authority_is_not_believed(zone):
    (zone.here / "ca.pem").write_bytes(pem(TlsAuthority("another").certificate))
    with serving(zone), pytest.raises(KeyRefused, match="not believed"), opened(zone):
        pass


def test_a_service_of_another_name_is_not_believed(zone):
    zone.authority.issue(zone.there / "server", names=("other.example",), use=SERVER["use"])
    with serving(zone), pytest.raises(KeyRefused, match="not believed"), opened(zone):
        pass


def test_a_callers_certificate_is_no_services(zone):
    zone.authority.issue(zone.there / "server", names=("127.0.0.1",), use=CLIENT["use"])
    with serving(zone), pytest.raises(KeyRefused, match="not believed"), opened(zone):
        pass


def test_an_old_version_of_tls_is_not_spoken(zone):
    old = tls_context(ServiceFile.read(zone.callers_file), no_secrets)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with serving(zone, context=old), pytest.raises(KeyRefused, match="TLS"), opened(zone):
        pass


def test_a_certificate_of_another_authority_gets_no_further_than_the_handshake(zone):
    TlsAuthority("another").issue(zone.here / "caller", passphrase=PIN, **CLIENT)
    with serving(zone), pytest.raises((KeyRefused, KeyUnavailable)), opened(zone):
        pass
    assert zone.log == []


def test_a_certificate_nobody_registered_is_refused(zone):
    zone.authority.issue(zone.here / "caller", passphrase=PIN, **CLIENT)
    with serving(zone), pytest.raises(KeyRefused), opened(zone):
        pass
    assert [one["outcome"] for one in zone.log] == ["unknown-caller"]


# Talking to the real service without the adapter


def raw(zone, *, certificate=True):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(zone.here / "ca.pem")
    if certificate:
        context.load_cert_chain(zone.here / "caller.pem", zone.here / "caller.key", PIN)
    plain = socket.create_connection(("127.0.0.1", zone.port), 20)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def answered(zone, **how):
    """Ask whether the service is there; nothing where it hangs up."""
    try:
        with raw(zone, **how) as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
            return sock.recv(100)
    except OSError:
        return b""


def is_hung_up(sock):
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def said(zone, request):
    with raw(zone) as sock:
        sock.sendall(request)
        sock.settimeout(20)
        return b"".join(iter(lambda: sock.recv(4096), b""))


def test_without_a_certificate_nothing_is_answered(zone):
    with serving(zone):
        assert answered(zone, certificate=False) == b""
        assert b'{"status": "ok"}' in said(zone, b"GET /healthz HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /other HTTP/1.1\r\n\r\n", 404),
        (b"POST /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
        (b"DELETE / HTTP/1.1\r\nConnection: close\r\n\r\n", 501),
        (b"POST %s HTTP/1.1\r\n\r\n", 411),
        (b"POST %s HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", 411),
        (b"POST %s HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 411),
        (b"POST %s HTTP/1.1\r\nContent-Length: -2\r\n\r\n{}", 400),
        (b"POST %s HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 400),
        (b"POST %s HTTP/1.1\r\nContent-Length: 4097\r\n\r\n{}", 413),
        (b"POST %s HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n{}", 413),
    ],
)
def test_other_http_is_refused(zone, request_, status):
    request_ = request_ % PATH.encode() if b"%s" in request_ else request_
    with serving(zone):
        assert said(zone, request_).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize("start", [b"", b"POST /v1", b"POST /v1/key-requests HTTP/1.1\r\nA: "])
def test_a_slow_caller_is_hung_up_on(zone, start, monkeypatch):
    monkeypatch.setattr(listening, "REQUEST_SECONDS", 0.4)
    monkeypatch.setattr(listening, "IDLE_SECONDS", 0.4)
    begun = time.monotonic()
    with serving(zone), raw(zone) as sock:
        sock.sendall(start)
        sock.settimeout(0.05)
        while not is_hung_up(sock):
            assert time.monotonic() < begun + 15
            with suppress(OSError):
                sock.sendall(b"." if start else b"")


def test_one_who_never_shakes_hands_is_hung_up_on_and_holds_nobody_up(zone, monkeypatch):
    monkeypatch.setattr(listening, "HANDSHAKE_SECONDS", 0.5)
    with serving(zone), socket.create_connection(("127.0.0.1", zone.port), 20) as silent:
        with opened(zone) as key:
            sign(key)
        assert silent.recv(1) == b""


def test_more_connections_than_there_is_room_for_are_closed(zone, monkeypatch):
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 1)
    with serving(zone), raw(zone) as first:
        assert answered(zone) == b""
        first.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert first.recv(12) == b"HTTP/1.1 200"


# A service that is not what it says


class Impostor:
    """Has the service's certificate, and answers as it is told."""

    def __init__(self, zone, answer):
        self._answer, self.requests = answer, []
        self._context = tls_context(ServiceFile.read(zone.callers_file), no_secrets)
        self._listening = socket.create_server(("127.0.0.1", 0))
        zone.point_at(self._listening.getsockname()[1])

    def serve(self):
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            try:
                plain.settimeout(10)
                with self._context.wrap_socket(plain, server_side=True) as tls:
                    tls.until = time.monotonic() + 10
                    self._converse(tls)
            except OSError:
                continue

    def _converse(self, tls):
        with tls.makefile("rb") as stream:
            while stream.readline():
                headers = http.client.parse_headers(stream)
                body = json.loads(stream.read(int(headers["Content-Length"])))
                assert len(headers[SIGNATURE_HEADER]) == 128
                self.requests.append(body)
                if self._answer(tls, body) is False:
                    return

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@contextmanager
def impostor(zone, answer):
    one = Impostor(zone, answer)
    thread = Thread(target=one.serve)
    thread.start()
    try:
        yield one
    finally:
        one.close()
        thread.join()


def reply(tls, members, status=200, headers=""):
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    tls.sendall(head.encode() + body)


OURS, OTHER = new_signer(), new_signer()


def well(body, signer=OURS, digest=None):
    echo = {"nonce": body["nonce"], "digest": body["digest"]}
    if body["operation"] == "open":
        return echo | {"public_key": to_spki(OURS.public_key).hex()}
    signature = signer.key.sign_digest(digest or bytes.fromhex(body["digest"]))
    return echo | {"signature": signature.to_der().hex()}


def then(answer):
    """Open well, then answer so."""

    def answered(tls, body):
        if body["operation"] == "open":
            return reply(tls, well(body))
        return answer(tls, body)

    return answered


LIES = {
    "by another key": lambda tls, body: reply(tls, well(body, signer=OTHER)),
    "of another digest": lambda tls, body: reply(tls, well(body, digest=bytes(32))),
    "to another nonce": lambda tls, body: reply(tls, well(body) | {"nonce": "0" * 32}),
    "to another digest": lambda tls, body: reply(tls, well(body) | {"digest": "00" * 32}),
    "with another member": lambda tls, body: reply(tls, well(body) | {"more": ""}),
    "without a signature": lambda tls, body: reply(tls, {"nonce": body["nonce"]}),
    "with a number": lambda tls, body: reply(tls, well(body) | {"signature": 1}),
    "with no hex": lambda tls, body: reply(tls, well(body) | {"signature": "zz"}),
    "with no DER": lambda tls, body: reply(tls, well(body) | {"signature": "00"}),
    "a list": lambda tls, body: reply(tls, []),
    "no JSON": lambda tls, body: reply(tls, b"<html>"),
    "deep": lambda tls, body: reply(tls, b"[" * 4000),
    "too long": lambda tls, body: reply(tls, b" " * 5000),
    "not HTTP": lambda tls, body: tls.sendall(b"SSH-2.0-\r\n\r\n") or False,
    "a redirection": lambda tls, body: reply(tls, {}, 302, "Location: https://127.0.0.1/\r\n"),
    "an error of its own": lambda tls, body: reply(tls, {}, 500),
}


@pytest.mark.parametrize("answer", LIES.values(), ids=LIES)
def test_a_false_answer_is_a_fault_and_never_a_signature(zone, answer):
    with impostor(zone, then(answer)), opened(zone) as key, pytest.raises(AdapterFault):
        sign(key)


@pytest.mark.parametrize("spki", ["", "zz", "3059", "00" * 91])
def test_what_is_no_public_key_opens_nothing(zone, spki):
    def answer(tls, body):
        reply(tls, well(body) | {"public_key": spki})

    with impostor(zone, answer), pytest.raises(AdapterFault), opened(zone):
        pass


REFUSALS = {
    400: AdapterFault,
    401: KeyRefused,
    403: KeyRefused,
    404: KeyNotFound,
    409: KeyRefused,
    429: KeyBusy,
    408: KeyUnavailable,
    502: KeyUnavailable,
    503: KeyUnavailable,
    504: KeyUnavailable,
}


@pytest.mark.parametrize(("status", "error"), REFUSALS.items(), ids=str)
def test_each_refusal_is_the_error_that_says_what_to_do(zone, status, error):
    def answer(tls, body):
        reply(tls, {"error": "PIN=1234"}, status)

    with impostor(zone, then(answer)), opened(zone) as key, pytest.raises(error) as caught:
        sign(key)
    assert type(caught.value) is error
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "waited"), [("7", 7), ("0", 1), ("99999999999", 3600), ("soon", 5), ("-1", 5)]
)
def test_the_time_to_come_back_is_taken_within_bounds(zone, told, waited):
    def answer(tls, body):
        reply(tls, {}, 503, f"Retry-After: {told}\r\n")

    with impostor(zone, then(answer)), opened(zone) as key, pytest.raises(KeyUnavailable) as caught:
        sign(key)
    assert caught.value.retry_after == waited


def drip(tls, body):
    for one in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
        tls.sendall(bytes([one]))
        Event().wait(0.02)
    return False


LONG = 20.0


def until_hung_up(tls):
    tls.settimeout(LONG)
    with suppress(OSError):
        tls.recv(1)
    return False


ENDLESS = {
    "silence": lambda tls, body: until_hung_up(tls),
    "a drip": drip,
    "headers without end": lambda tls, body: (
        tls.sendall(b"HTTP/1.1 100 C\r\n\r\n") or drip(tls, body)
    ),
    "half a body": lambda tls, body: (
        tls.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\n{") or until_hung_up(tls)
    ),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_end_ends_in_time(zone, answer):
    begun = time.monotonic()
    with impostor(zone, then(answer)), opened(zone, "?call-timeout=1s") as key:
        begun = time.monotonic()
        with pytest.raises(KeyUnavailable):
            sign(key)
        took = time.monotonic() - begun
    assert took < LONG / 2


def test_a_service_killed_while_it_answers_is_away_and_nothing_is_asked_twice(zone):
    def answer(tls, body):
        tls.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\n{")
        return False

    with impostor(zone, then(answer)) as other, opened(zone) as key:
        with pytest.raises(KeyUnavailable):
            sign(key)
        assert len(other.requests) == 2


def test_a_kept_connection_that_breaks_is_asked_once_more_with_the_same_nonce(zone):
    """The service answers a nonce once: what it did before the break it does not do again."""
    answers = iter([lambda *_: False, lambda tls, body: reply(tls, {}, 409)])

    def answer(tls, body):
        return next(answers)(tls, body)

    with impostor(zone, then(answer)) as other, opened(zone) as key:
        with pytest.raises(KeyUnavailable):
            sign(key)
        assert len(other.requests) == 3
        assert other.requests[1] == other.requests[2]


def test_callers_wait_their_turn_and_no_longer(zone, monkeypatch):
    monkeypatch.setattr(channels, "MOST_CONNECTIONS", 1)
    entered, leave = Event(), Event()

    def answer(tls, body):
        entered.set()
        leave.wait(10)
        reply(tls, well(body))

    with (
        impostor(zone, then(answer)),
        opened(zone, "?call-timeout=500ms") as key,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(key.sign_digest, DIGEST)
        assert entered.wait(10)
        with pytest.raises((KeyBusy, KeyUnavailable)):
            key.sign_digest(DIGEST)
        leave.set()
        first.exception()


# What stands in files


def test_without_a_service_there_is_no_key(zone):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    zone.point_at(port)
    with pytest.raises(KeyUnavailable), opened(zone):
        pass


def test_a_wrong_passphrase_is_asked_for_once(zone):
    zone.point_at(1)
    asked = []
    with pytest.raises(WrongPin), PROVIDER.open(zone.uri(), lambda one: asked.append(one) or "no"):
        pass
    assert asked == ["pin"]


def test_a_passphrase_longer_than_any_is_wrong(zone):
    zone.point_at(1)
    with pytest.raises(WrongPin), PROVIDER.open(zone.uri(), lambda _: "x" * 2000):
        pass


def test_the_key_of_another_certificate_is_refused(zone):
    zone.point_at(1)
    kept = (zone.here / "caller.pem").read_bytes()
    zone.authority.issue(zone.here / "caller", passphrase=PIN, **CLIENT)
    (zone.here / "caller.pem").write_bytes(kept)
    with pytest.raises(KeyRefused), opened(zone):
        pass


@pytest.mark.parametrize(
    ("name", "error"), [("service.toml", KeyNotFound), ("caller.pem", KeyNotFound)]
)
def test_a_missing_file_is_named_as_such(zone, name, error):
    zone.point_at(1)
    (zone.here / name).unlink()
    with pytest.raises(error), opened(zone):
        pass


@pytest.mark.parametrize("name", ["service.toml", "ca.pem"])
def test_a_file_that_cannot_be_read_is_away(zone, name):
    zone.point_at(1)
    (zone.here / name).unlink()
    (zone.here / name).mkdir()
    with pytest.raises((KeyUnavailable, KeyRefused)), opened(zone):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "",
        "port",
        'name = "a"',
        'port = "8443"',
    ],
)
def test_a_service_file_has_its_names_and_no_others(zone, text):
    zone.point_at(1)
    (zone.here / "service.toml").write_text(text)
    with pytest.raises(MalformedUri), opened(zone):
        pass


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_is_one(zone, port):
    zone.point_at(port)
    with pytest.raises(MalformedUri), opened(zone):
        pass


def test_requests_are_not_signed_by_a_remote_key(zone):
    zone.point_at(1, request_key="remote:service=service.toml;key=a;purpose=b")
    with pytest.raises(MalformedUri), opened(zone):
        pass


def test_the_names_in_a_uri_are_resolved(tmp_path):
    uri = KeyUri.parse("remote:service=zone/service.toml;key=a;purpose=seal?pin-source=zone/pass")
    assert uri.resolved(tmp_path).require("service") == str(tmp_path / "zone/service.toml")


def test_the_key_that_is_announced_is_kept(zone):
    with impostor(zone, lambda tls, body: reply(tls, well(body))), opened(zone) as key:
        assert isinstance(key.public_key, Sm2PublicKey)
        sign(key)


@pytest.mark.parametrize("side", [trust, listening])
def test_the_passphrase_of_a_tls_key_is_overwritten_once_it_is_open(zone, monkeypatch, side):
    held = []
    real = side.pin_for
    monkeypatch.setattr(side, "pin_for", lambda *asked: held.append(real(*asked)) or held[-1])
    with serving(zone):
        here = CallersServiceFile.read(zone.here / "service.toml")
    held.clear()
    if side is trust:
        trust.tls_context(here, zone.uri(), lambda _: PIN)
    else:
        pin = zone.there / "tls.pass"
        pin.write_text(PIN, encoding="utf-8")
        encrypted = {"certificate": here.certificate, "certificate_key": here.certificate_key}
        service = ServiceFile.read(zone.callers_file)
        service = service.model_copy(update={**encrypted, "pin_source": pin})
        listening.tls_context(service, no_secrets)
    assert held
    assert all(one == bytes(len(PIN.encode())) for one in held)
