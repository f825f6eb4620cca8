"""The work itself, done in an examining process: verify, read the record, draw the pages."""

from collections import deque
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
from PIL import Image

from api.examination.findings import REFUSALS, Findings, to_json
from api.examination.frames import Frame
from api.examination.page_changes import (
    CHANGED_PAGE,
    ChangedPage,
    ComparisonRules,
    changed_pages,
)
from api.examination.page_pictures import Place, pictures_of_pages
from api.trusting import open_anchors, open_evidence
from verify import (
    POLICIES,
    QIANYIN_DEFAULT,
    Coverage,
    Evidence,
    Limits,
    ReadablePdf,
    TrustAnchors,
    VerificationReport,
    read_metadata,
    read_upload,
    verify_pdf,
    verify_with_facts,
)
from verify.coverage import signed_bytes
from verify.errors import VerifyError
from verify.finding import find_signatures

__all__ = ["PdfExaminer", "build"]

_WHOLE = frozenset({Coverage.ENTIRE_FILE, Coverage.ENTIRE_REVISION})
_REHEARSED_AT = datetime(2026, 1, 1, tzinfo=UTC)  # no time is judged: nothing is signed
MOST_PICTURES = 2  # the first page, and the one with the first seal if that is another


@dataclass(frozen=True, slots=True)
class PdfExaminer:
    """Examines one PDF after another against the same anchors."""

    anchors: TrustAnchors
    evidence_dirs: tuple[Path, ...]
    evidence: Evidence
    limits: Limits
    comparison: ComparisonRules

    def __call__(self, job: Frame) -> Iterator[Frame]:
        """Yield the report first, so that a page that cannot be drawn never costs it."""
        at, policy = datetime.fromisoformat(job.header["at"]), POLICIES[job.header["policy"]]
        try:
            readable = read_upload(job.blob, limits=self.limits)
            judge = verify_with_facts if job.header["facts"] else verify_pdf
            report = judge(
                readable, anchors=self.anchors, policy=policy, at=at, evidence=self.evidence
            )
            record = read_metadata(readable)
        except VerifyError as error:
            yield _refusal(error)
            return
        yield Frame({"kind": "findings"}, to_json(Findings(report, record)))
        if job.header["pictures"]:
            yield from _pictures(readable, report)
        for page in self._changed(readable, report):
            yield _changed_page(page, with_pictures=job.header["pictures"])

    def _changed(self, readable: ReadablePdf, report: VerificationReport) -> Iterator[ChangedPage]:
        """Compare with what the earliest signature saw that the changes break."""
        changes = report.changes
        if changes is None:
            return
        pairs = tuple((one.before, one.after) for one in changes.pages)
        signed = readable.data[: changes.signed_bytes]
        yield from changed_pages(signed, readable.data, pairs, self.comparison)

    def rehearse(self, *, pictures: bool = False) -> None:
        """Examine a blank page of ours: what a first file would load or copy is there then."""
        with pikepdf.new() as blank, BytesIO() as sink:
            blank.add_blank_page()
            blank.save(sink)
            asked = {
                "at": _REHEARSED_AT.isoformat(),
                "policy": QIANYIN_DEFAULT.name,
                "pictures": pictures,
                "facts": True,
            }
            deque(self(Frame(asked, sink.getvalue())), maxlen=0)

    def renewed(self) -> "PdfExaminer":
        """Return it with the revocation data that are there now; raises `BadTrustAnchor`."""
        return replace(self, evidence=open_evidence(self.evidence_dirs))


def build(
    trust_dir: str,
    evidence_dirs: list[str],
    limits: dict[str, int],
    comparison_pages: int,
    comparison_seconds: float,
) -> PdfExaminer:
    """Load the anchors once; raises `BadTrustAnchor`."""
    Image.preinit()
    folders = tuple(map(Path, evidence_dirs))
    examiner = PdfExaminer(
        anchors=open_anchors(Path(trust_dir)),
        evidence_dirs=folders,
        evidence=open_evidence(folders),
        limits=Limits(**limits),
        comparison=ComparisonRules(comparison_pages, comparison_seconds),
    )
    examiner.rehearse(pictures=True)
    return examiner


def _refusal(error: VerifyError) -> Frame:
    name = next(cls.__name__ for cls in type(error).__mro__ if cls.__name__ in REFUSALS)
    return Frame({"kind": "refused", "error": name, "detail": str(error)})


def _pictures(readable: ReadablePdf, report: VerificationReport) -> Iterator[Frame]:
    sealed = [one.page for one in report.signatures if one.page is not None]
    pages = tuple(dict.fromkeys([0, *sealed]))[:MOST_PICTURES]
    for picture in pictures_of_pages(_as_signed(readable), pages, _places(report)):
        size = {"page": picture.page, "width": picture.width, "height": picture.height}
        marks = [astuple(mark) for mark in picture.marks]
        yield Frame({"kind": "picture", **size, "marks": marks}, picture.png)


def _changed_page(page: ChangedPage, *, with_pictures: bool) -> Frame:
    pictures = page.pictures if with_pictures else ()
    header = {
        "kind": CHANGED_PAGE,
        "before": page.before,
        "after": page.after,
        "regions": page.regions,
        "pictures": [[one.page, one.width, one.height, len(one.png)] for one in pictures],
    }
    return Frame(header, b"".join(one.png for one in pictures))


def _places(report: VerificationReport) -> tuple[Place, ...]:
    return tuple(
        Place(number, one.page, one.rect)
        for number, one in enumerate(report.signatures)
        if one.page is not None and one.rect is not None
    )


def _as_signed(readable: ReadablePdf) -> bytes:
    """Return the file up to where its last whole revision that was signed ends, or all of it."""
    signed = (signed_bytes(readable, found) for found in find_signatures(readable))
    ends = [one.end for one in signed if one.covers in _WHOLE]
    return readable.data[: max(ends)] if ends else readable.data
