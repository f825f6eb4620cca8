"""What is fetched is kept only when a known authority signed it, for now, and not backwards."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from api.errors import RevocationUnavailable
from api.evidence_watch import EvidenceWatch
from api.revocation_refresh import Refresher, RefreshResult, make_refresher, refresh_and_tell
from api.settings import Settings
from keystore import RevocationList
from tests.fakes.sm2_people import DAY, NOW, world
from verify import QIANYIN_DEFAULT, Evidence

PEOPLE = world()
URL, ELSEWHERE = "http://crl.example/ca.crl", "http://elsewhere.example/ca.crl"


class Fetched:
    """Has one list, on one host."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def may_ask(self, url: str) -> bool:
        return url == URL

    def fetch(self, url: str) -> bytes:
        if not self.content:
            raise RevocationUnavailable(f"{url} does not answer")
        return self.content


def pointing(*urls: str):
    names = [x509.UniformResourceIdentifier(one) for one in urls]
    directory = x509.DirectoryName(PEOPLE.ca.certificate.x509.subject)
    points = [
        x509.DistributionPoint([*names, directory], None, None, None),
        x509.DistributionPoint(None, PEOPLE.ca.certificate.x509.subject.rdns[0], None, None),
    ]
    leaf = PEOPLE.ca.issue("Pointing", more=((x509.CRLDistributionPoints(points), False),))
    return leaf.certificate


def refresher(folder: Path, content: bytes) -> Refresher:
    known = (pointing(URL, ELSEWHERE), PEOPLE.ca.certificate, PEOPLE.root.certificate)
    fetched = Fetched(content)
    return Refresher(known, (folder / "cache",), fetched, QIANYIN_DEFAULT, lambda: NOW)  # type: ignore[arg-type]


def test_a_list_of_a_known_authority_is_kept(tmp_path: Path) -> None:
    made = refresher(tmp_path, PEOPLE.ca.crl())
    assert made.urls() == (URL, ELSEWHERE)
    assert made.refresh() == (RefreshResult(URL, None),)
    (kept,) = Evidence.from_directory(tmp_path / "cache").revocation_lists
    assert kept.issuer_der == PEOPLE.ca.certificate.subject_der
    assert made.refresh() == (RefreshResult(URL, None),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        world("other").ca.crl(),
        PEOPLE.ca.crl(this_update=NOW + DAY),
        PEOPLE.ca.crl(this_update=NOW - 2 * DAY, next_update=NOW - DAY),
    ],
)
def test_nothing_else_is_kept(tmp_path: Path, content: bytes) -> None:
    (result,) = refresher(tmp_path, content).refresh()
    assert result.fault
    assert list(tmp_path.glob("cache/*")) == []


def test_an_older_list_never_replaces_a_newer_one(tmp_path: Path) -> None:
    newer = PEOPLE.ca.crl({7: NOW - DAY}, this_update=NOW - timedelta(hours=1))
    assert refresher(tmp_path, newer).refresh()[0].fault is None
    (result,) = refresher(tmp_path, PEOPLE.ca.crl()).refresh()
    assert result.fault == "the list is older than the one in the cache"
    (path,) = tmp_path.glob("cache/*")
    assert RevocationList.from_der(path.read_bytes()).revoked == {7: NOW - DAY}


def test_the_known_authorities_are_those_of_the_deployment(tmp_path: Path) -> None:
    for folder, person in (("trust", PEOPLE.root), ("certificates", PEOPLE.ca)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.pem").write_bytes(person.certificate.to_pem())
    (tmp_path / "trust" / "trust.toml").write_text("")
    made = make_refresher(Settings(data_dir=tmp_path), lambda: NOW)
    assert made.certificates == (PEOPLE.root.certificate, PEOPLE.ca.certificate)
    assert made.refresh() == ()


def test_a_list_that_was_not_refreshed_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    of_answer = RefreshResult(URL, "unknown", "Asked\u202e")
    refresh_and_tell(lambda: (RefreshResult(URL, "no answer"), RefreshResult(URL, None), of_answer))
    assert [one.getMessage() for one in caplog.records] == [
        "a revocation list was not refreshed: no answer",
        "the OCSP answer on Asked〔U+202E〕 was not refreshed: unknown",
    ]


def test_a_change_on_disk_is_seen_once(tmp_path: Path) -> None:
    renewed: list[int] = []
    watch = EvidenceWatch((tmp_path, tmp_path / "none"), lambda: renewed.append(1))
    watch.look()
    (tmp_path / "note.txt").write_text("nothing")
    watch.look()
    assert renewed == []
    (tmp_path / "a.crl").write_bytes(b"1")
    watch.look()
    watch.look()
    assert renewed == [1]
    (tmp_path / "a.crl").unlink()
    (tmp_path / "gone.ocsp").symlink_to(tmp_path / "nowhere")
    watch.look()
    assert renewed == [1, 1]
