"""What is raced: sealing a given page, issuing a licence, verifying a licence."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count, islice
from pathlib import Path

from api.bench.pyhanko_stock import StockPyHanko
from api.bench.racing import Act, Contest
from api.demo.deployment import make_deployment
from api.issuing_parts import issuing, now
from api.settings import Settings
from api.trusting import open_anchors
from keystore import SealPicture
from licenses.issuing import LicenseIssuer
from licenses.issuing_requests import IssuingRequest
from licenses.seal_desk import placed
from signing import SealPlacement, UnsignedPdf
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Indication, verify_pdf
from verify import read_upload as read_pdf

__all__ = ["CONTESTS", "Ground", "Operation", "ground"]

LICENSE_TYPE = "animal_clinic"
"""A licence of one page."""
PAGE_HEIGHT_MM = 210.0
CLIENT = "bench"


class Operation(StrEnum):
    """What can be measured."""

    ISSUE = "issue"
    SIGN = "sign"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Ground:
    """A deployment of its own, and one rendered page with its place for the seal."""

    settings: Settings
    page: UnsignedPdf = field(repr=False)
    place: SealPlacement
    picture: SealPicture
    sealed: bytes = field(repr=False)
    together: int
    """Licences asked for at a time."""

    def stock(self) -> StockPyHanko:
        """Return the yardstick for this page."""
        return StockPyHanko.made(self.picture, self.place, page_height_mm=PAGE_HEIGHT_MM)


@contextmanager
def ground(*, together: int = 1) -> Iterator[Ground]:
    """Make the deployment; it is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="qianyin-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        make_deployment(settings.data_dir, now=now(), clients=(CLIENT,))
        with issuing(settings) as issuer:
            yield _prepared(settings, issuer, together)


def _prepared(settings: Settings, issuer: LicenseIssuer, together: int) -> Ground:
    sample = issuer.catalog.get(LICENSE_TYPE).sample
    made = issuer.issue(sample, client=CLIENT, idempotency_key="ground")
    page, place = placed(issuer.renderer.render(issuer.page(made.record)))
    return Ground(settings, page, place, issuer.desk.picture, made.pdf, together)


def _sign(on: Ground) -> Contest:
    sealer = _opened(on).desk.sealer

    def ours() -> int:
        sealer.seal(sealer.prepare(on.page, on.place, now=now()))
        return 1

    return ours, _stock_signs(on)


def _issue(on: Ground) -> Contest:
    issuer = _opened(on)
    sample = issuer.catalog.get(LICENSE_TYPE).sample
    keys = (f"{os.getpid()}-{number}" for number in count())

    def ours() -> int:
        company = [IssuingRequest(sample, CLIENT, key) for key in islice(keys, on.together)]
        return sum(end.answer().created for end in issuer.issue_all(company))

    return ours, _stock_signs(on)


def _verify(on: Ground) -> Contest:
    anchors, stock = open_anchors(on.settings.trust_dir), on.stock()
    signed = stock.sign(on.page.data)

    def ours() -> int:
        pdf = read_pdf(on.sealed, limits=DEFAULT_LIMITS)
        report = verify_pdf(pdf, anchors=anchors, policy=QIANYIN_DEFAULT, at=now())
        # A benchmark of refusals would mislead.
        assert report.indication is Indication.TOTAL_PASSED  # noqa: S101
        return 1

    def theirs() -> int:
        assert stock.validate(signed)  # noqa: S101 - see above
        return 1

    return ours, theirs


def _stock_signs(on: Ground) -> Act:
    stock = on.stock()

    def theirs() -> int:
        stock.sign(on.page.data)
        return 1

    return theirs


def _opened(on: Ground) -> LicenseIssuer:
    """Open the issuing path for the life of this process."""
    return issuing(on.settings).__enter__()


CONTESTS: dict[Operation, Callable[[Ground], Contest]] = {
    Operation.ISSUE: _issue,
    Operation.SIGN: _sign,
    Operation.VERIFY: _verify,
}
