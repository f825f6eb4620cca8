"""What is raced: sealing a given page, issuing a licence, verifying a licence."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path

from api.bench.pyhanko_stock import StockPyHanko
from api.bench.racing import Contest
from api.demo.deployment import make_deployment
from api.issuing_parts import issuing, now
from api.migrating import upgrade
from api.settings import Settings
from keystore import SealPicture
from licenses.database import open_database
from licenses.issuing import LicenseIssuer
from licenses.seal_desk import placed
from signing import SealPlacement, UnsignedPdf
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Indication, TrustAnchors, verify_pdf
from verify import read_upload as read_pdf

__all__ = ["CONTESTS", "Operation"]

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
class _Ground:
    """A deployment of its own, and one rendered page with its place for the seal."""

    settings: Settings
    page: UnsignedPdf = field(repr=False)
    place: SealPlacement
    picture: SealPicture
    sealed: bytes = field(repr=False)

    def stock(self) -> StockPyHanko:
        return StockPyHanko.made(self.picture, self.place, page_height_mm=PAGE_HEIGHT_MM)


Make = Callable[[int], Contest]


@contextmanager
def _ground() -> Iterator[_Ground]:
    with tempfile.TemporaryDirectory(prefix="qianyin-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        make_deployment(settings.data_dir, now=now())
        engine = open_database(settings.resolved_database_url)
        upgrade(engine)
        engine.dispose()
        with issuing(settings) as issuer:
            yield _prepared(settings, issuer)


def _prepared(settings: Settings, issuer: LicenseIssuer) -> _Ground:
    sample = issuer.catalog.get(LICENSE_TYPE).sample
    made = issuer.issue(sample, client=CLIENT, idempotency_key="ground")
    page, place = placed(issuer.renderer.render(issuer.page(made.record)))
    picture = issuer.desk.picture
    return _Ground(settings, page, place, picture, made.pdf)


@contextmanager
def _sign() -> Iterator[Make]:
    with _ground() as ground:

        def make(_: int) -> Contest:
            opened = issuing(ground.settings)
            sealer = opened.__enter__().desk.sealer
            stock = ground.stock()

            def ours() -> bytes:
                prepared = sealer.prepare(ground.page, ground.place, now=now())
                return sealer.seal(prepared).data

            return ours, lambda: stock.sign(ground.page.data)

        yield make


@contextmanager
def _issue() -> Iterator[Make]:
    with _ground() as ground:

        def make(index: int) -> Contest:
            opened = issuing(ground.settings)
            issuer = opened.__enter__()
            sample, numbers, stock = (
                issuer.catalog.get(LICENSE_TYPE).sample,
                count(),
                ground.stock(),
            )

            def ours() -> object:
                key = f"{index}-{next(numbers)}"
                return issuer.issue(sample, client=CLIENT, idempotency_key=key)

            return ours, lambda: stock.sign(ground.page.data)

        yield make


@contextmanager
def _verify() -> Iterator[Make]:
    with _ground() as ground:

        def make(_: int) -> Contest:
            anchors = TrustAnchors.from_directory(ground.settings.trust_dir)
            stock = ground.stock()
            signed = stock.sign(ground.page.data)

            def ours() -> None:
                pdf = read_pdf(ground.sealed, limits=DEFAULT_LIMITS)
                report = verify_pdf(pdf, anchors=anchors, policy=QIANYIN_DEFAULT, at=now())
                assert report.indication is Indication.TOTAL_PASSED  # noqa: S101 - a benchmark of refusals would mislead

            return ours, lambda: stock.validate(signed)

        yield make


CONTESTS: dict[Operation, Callable[[], AbstractContextManager[Make]]] = {
    Operation.ISSUE: _issue,
    Operation.SIGN: _sign,
    Operation.VERIFY: _verify,
}
