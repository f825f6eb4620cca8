"""A responder is asked on a named host only, and its answer kept only when it would count."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from api.ocsp_asking import OcspAsker, Question, questions
from api.revocation_fetching import ListFetcher
from api.revocation_refresh import Refresher, RefreshResult
from keystore import OcspResponse, OcspStatus
from keystore.errors import MalformedAsn1
from tests.fakes.ocsp import OCSP_SIGNING, SM3, Answer, Ocsp, extensions
from tests.fakes.ocsp_responder import Responder, nonce_of, responding
from tests.fakes.sm2_people import DAY, NOW, Person, foreigner, world
from verify import QIANYIN_DEFAULT, Evidence

PEOPLE, OTHER = world(), world("other")
HOUR = timedelta(hours=1)


@pytest.fixture
def responder() -> Iterator[Responder]:
    with responding() as made:
        yield made


def naming(url: str, issuer: Person = PEOPLE.ca, **options: object) -> Person:
    places = [
        (AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url)),
        (AuthorityInformationAccessOID.OCSP, x509.DNSName("ocsp.example")),
        (AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(f"{url}/ca")),
    ]
    access = x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, place) for method, place in places]
    )
    return issuer.issue("Asked", more=((access, False),), **options)


class Desk:
    """A deployment that knows one certificate, its authorities, and a responder's host."""

    def __init__(self, folder: Path, responder: Responder, *hosts: str, **limits: float) -> None:
        self.asked = naming(responder.url).certificate
        self.responder, self.cache = responder, folder / "cache"
        known = (self.asked, PEOPLE.ca.certificate, PEOPLE.root.certificate)
        limits = {"most_bytes": 10_000_000, "seconds": 5.0} | limits
        fetcher = ListFetcher(frozenset(hosts or (responder.host,)), **limits)  # type: ignore[arg-type]
        folders = (folder / "crl", self.cache)
        self.refresher = Refresher(known, folders, fetcher, QIANYIN_DEFAULT, lambda: NOW)

    def answer(self, **changes: object) -> Answer:
        about = {"certificate": self.asked, "issuer": PEOPLE.ca.certificate, "hash_oid": SM3}
        return Answer(**(about | changes))  # type: ignore[arg-type]

    def good(self, **changes: object) -> Ocsp:
        return Ocsp((self.answer(**changes),), PEOPLE.ca)

    def refresh(self, response: Ocsp | bytes) -> str | None:
        """What was wrong."""
        made = response if isinstance(response, bytes) else response.der()
        self.responder.answer = lambda _: made
        (result,) = self.refresher.refresh()
        assert (result.url, result.about) == (self.responder.url, "Asked")
        return result.fault

    def kept(self) -> list[OcspResponse]:
        return list(Evidence.from_directory(self.cache).ocsp_responses)


@pytest.fixture
def desk(tmp_path: Path, responder: Responder) -> Desk:
    return Desk(tmp_path, responder)


def test_a_good_answer_is_kept_where_evidence_is_read(desk: Desk, responder: Responder) -> None:
    assert desk.refresher.urls() == (responder.url,)
    assert desk.refresh(desk.good()) is None
    ((answer,),) = [one.answers for one in desk.kept()]
    assert answer.is_about(desk.asked, PEOPLE.ca.certificate)
    assert answer.status is OcspStatus.GOOD
    assert desk.refresh(desk.good()) is None, "the same again"
    assert len(desk.kept()) == 1
    assert {(path, kind) for path, kind, _ in responder.asked} == {
        ("/ocsp", "application/ocsp-request")
    }


@pytest.mark.parametrize("until", [NOW + DAY, None])
def test_a_revocation_is_kept_with_an_end_and_without(desk: Desk, until: object) -> None:
    assert desk.refresh(desk.good(revoked_at=NOW - DAY, next_update=until)) is None
    assert desk.kept()[0].answers[0].revoked_at == NOW - DAY


def test_a_delegate_of_the_authority_may_answer(desk: Desk, tmp_path: Path) -> None:
    delegate = PEOPLE.ca.issue("Delegate", purposes=(OCSP_SIGNING,))
    by_delegate = desk.good().but(responder=delegate)
    fault = "nobody whom the certificate's issuer lets answer has signed this"
    assert desk.refresh(by_delegate) == fault, "nothing says that it is in force"
    (tmp_path / "crl").mkdir()
    (tmp_path / "crl" / "ca.crl").write_bytes(PEOPLE.ca.crl())
    assert desk.refresh(by_delegate) is None
    (tmp_path / "crl" / "ca.crl").write_bytes(b"junk")
    assert "no usable revocation data" in (desk.refresh(by_delegate) or "")


def test_a_clock_a_little_ahead_is_forgiven(desk: Desk) -> None:
    assert desk.refresh(desk.good(this_update=NOW + timedelta(seconds=2))) is None


STRANGE: dict[str, tuple[Callable[[Desk], Ocsp | bytes], str]] = {
    "unknown": (lambda it: it.good(status=b"\x82\x00"), "does not know the certificate"),
    "of a wrong signer": (lambda it: it.good().but(key=OTHER.ca), "nobody whom"),
    "of another authority": (lambda it: it.good().but(responder=OTHER.ca), "nobody whom"),
    "of the certificate's own": (lambda it: it.good().but(responder=PEOPLE.signer), "nobody whom"),
    "about another number": (lambda it: it.good(serial=7), "about another certificate"),
    "about another authority's": (
        lambda it: it.good(issuer=OTHER.ca.certificate),
        "about another certificate",
    ),
    "stale": (
        lambda it: it.good(this_update=NOW - 9 * DAY, next_update=NOW - DAY),
        "not for now",
    ),
    "a stale revocation": (
        lambda it: it.good(revoked_at=NOW - DAY, next_update=NOW - HOUR),
        "not for now",
    ),
    "of tomorrow": (lambda it: it.good(this_update=NOW + DAY), "not for now"),
    "good without an end": (lambda it: it.good(next_update=None), "not for now"),
    "to another request": (lambda it: it.good().but(more=extensions()), "another request"),
    "a refusal": (lambda it: it.good().but(status=6), "did not answer"),
    "junk": (lambda _: b"junk", "cut off"),
    "nothing": (lambda _: b"", "no DER value"),
    "oversize": (lambda _: bytes(256 * 1024 + 1), "over the limit"),
}


@pytest.mark.parametrize("what", STRANGE)
def test_nothing_else_is_kept(desk: Desk, what: str) -> None:
    make, said = STRANGE[what]
    assert said in (desk.refresh(make(desk)) or "")
    assert list(desk.cache.glob("*")) == []


def test_the_echo_of_the_nonce_is_taken(desk: Desk, responder: Responder) -> None:
    responder.answer = lambda request: (
        desk.good().but(more=extensions(value=nonce_of(request))).der()
    )
    assert [one.fault for one in desk.refresher.refresh()] == [None]
    first = responder.asked[0][2]
    desk.refresher.refresh()
    assert nonce_of(first) != nonce_of(responder.asked[1][2]), "every request has its own"
    responder.answer = lambda _: desk.good().but(more=extensions(value=nonce_of(first))).der()
    assert "another request" in (desk.refresher.refresh()[0].fault or "")


def test_an_older_answer_never_replaces_a_newer_one(desk: Desk) -> None:
    older = desk.good(this_update=NOW - 2 * DAY)
    assert desk.refresh(older) is None
    assert desk.refresh(desk.good(revoked_at=NOW - DAY, this_update=NOW - HOUR)) is None
    assert desk.refresh(older) == "the answer is older than the one in the cache"
    assert desk.kept()[0].answers[0].status is OcspStatus.REVOKED


def test_a_smaller_limit_of_the_operator_holds_as_well(
    tmp_path: Path, responder: Responder
) -> None:
    desk = Desk(tmp_path, responder, most_bytes=100)
    assert "over the limit" in (desk.refresh(desk.good()) or "")


def test_a_host_that_is_not_named_is_not_asked(tmp_path: Path, responder: Responder) -> None:
    desk = Desk(tmp_path, responder, "ocsp.example")
    assert desk.refresher.refresh() == ()
    assert desk.refresher.urls() == (responder.url,)
    assert responder.asked == []


def test_a_responder_leads_nowhere_else(desk: Desk, responder: Responder) -> None:
    responder.location = f"{responder.url}/other"
    assert "leads elsewhere" in (desk.refresh(b"") or "")
    assert len(responder.asked) == 1


def test_an_answer_that_drips_ends_at_its_time(tmp_path: Path) -> None:
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
            while not over.wait(0.02):
                connection.sendall(b"1")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        there = Responder(f"127.0.0.1:{listening.getsockname()[1]}")
        (result,) = Desk(tmp_path, there, seconds=0.5).refresher.refresh()
        over.set()
        thread.join(30)
    assert "does not answer" in (result.fault or "")


def test_only_certificates_in_force_whose_issuer_is_known_are_asked_about() -> None:
    url = "http://ocsp.example/"
    good, ended = naming(url).certificate, naming(url, end=NOW - DAY).certificate
    stranger = naming(url, OTHER.ca).certificate
    namesake = replace(OTHER.ca.certificate, subject_der=PEOPLE.ca.certificate.subject_der)
    known = (good, ended, stranger, namesake, PEOPLE.ca.certificate, PEOPLE.root.certificate)
    (question,) = questions(known, NOW)
    assert (question.certificate, question.issuer) == (good, PEOPLE.ca.certificate)
    assert questions((good, namesake), NOW) == ()


def test_an_issuer_of_another_kind_of_key_is_named_by_sha1(responder: Responder) -> None:
    stranger = foreigner("p256").certificate
    fetcher = ListFetcher(frozenset({responder.host}), most_bytes=1000, seconds=5.0)
    question = Question(responder.url, stranger, stranger)
    with pytest.raises(MalformedAsn1):
        OcspAsker(fetcher, QIANYIN_DEFAULT).fetch(question, NOW, Evidence((), ()), None)
    ((_, _, request),) = responder.asked
    assert ocsp.load_der_ocsp_request(request).hash_algorithm.name == "sha1"


def test_every_result_says_about_whom(desk: Desk, responder: Responder) -> None:
    desk.responder.answer = lambda _: desk.good().der()
    assert desk.refresher.refresh() == (RefreshResult(responder.url, None, "Asked"),)
