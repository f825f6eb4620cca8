"""Files made by others: published forgeries never pass, damaged files end in an answer."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from keystore import Certificate, Seal
from keystore.cms import CmsSignature
from keystore.errors import KeystoreError
from tests.fakes.sm2_people import world
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    Indication,
    NotAPdf,
    TrustAnchors,
    VerificationReport,
    VerifyError,
    read_metadata,
    read_upload,
    verify_pdf,
)

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
ATTACKS = sorted((CORPUS / "attacks").rglob("*.pdf"))
MALFORMED = sorted((CORPUS / "malformed").rglob("*.pdf"))
SEALS = sorted((CORPUS / "seals").glob("*.esl"))
SECONDS_MAX = 10  # far above what any of them takes; a hang is longer
SIGNED_THEN = datetime(2018, 6, 1, tzinfo=UTC)

needs_corpus = pytest.mark.skipif(not ATTACKS, reason="the shared corpus is not here")


def _contained(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"<((?:[0-9A-Fa-f]{2}){100,})[0-9A-Fa-f]?>", data):
        value = bytes.fromhex(found[1].decode("ascii"))
        if len(value) > 4 and value[:2] == b"\x30\x82":
            yield value[: 4 + int.from_bytes(value[2:4], "big")]


@cache
def signers_anchors() -> TrustAnchors:
    """Trust the forgeries' own signers, so that nothing but integrity stands in their way."""
    found = [world().root.certificate]
    for path in ATTACKS:
        for value in _contained(path.read_bytes()):
            try:
                encodings = CmsSignature.from_der(value).certificates
                found += [Certificate.from_der(one) for one in encodings]
            except KeystoreError:
                continue
    return TrustAnchors(tuple(dict.fromkeys(found)))


def verified(path: Path, at: datetime = SIGNED_THEN) -> VerificationReport:
    readable = read_upload(path.read_bytes(), limits=DEFAULT_LIMITS)
    read_metadata(readable)
    return verify_pdf(readable, anchors=signers_anchors(), policy=QIANYIN_DEFAULT, at=at)


@needs_corpus
def test_the_forgeries_signers_are_trusted_in_these_tests() -> None:
    assert len(signers_anchors().certificates) > 1


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("year", [2018, 2019, 2026])
def test_a_published_forgery_never_passes(path: Path, year: int) -> None:
    try:
        report = verified(path, SIGNED_THEN.replace(year=year))
    except NotAPdf:
        return
    assert report.indication is Indication.TOTAL_FAILED
    assert report.signatures


@pytest.mark.parametrize(
    "path", [p for p in ATTACKS if "usf" in p.stem], ids=lambda path: path.stem
)
def test_an_unusable_signature_is_failed_and_never_missing(path: Path) -> None:
    assert verified(path).indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.stem)
def test_a_damaged_file_ends_in_an_answer(path: Path) -> None:
    begun = time.monotonic()
    try:
        passed = verified(path).indication is Indication.TOTAL_PASSED
    except VerifyError:
        passed = False
    assert not passed
    assert time.monotonic() - begun < SECONDS_MAX


@pytest.mark.parametrize("path", SEALS, ids=lambda path: path.stem)
def test_a_seal_of_every_version_is_read_and_its_makers_signature_holds(path: Path) -> None:
    seal = Seal.from_der(path.read_bytes())
    seal.verify_maker_signature(signer_id=QIANYIN_DEFAULT.signer_id)
    assert seal.name
