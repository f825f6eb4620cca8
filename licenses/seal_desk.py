"""The seal a deployment issues under: which alias, which key, and the press that applies it."""

from dataclasses import dataclass

from keystore import SealPicture
from licenses.records import UsedKey, UsedSeal
from licenses.rendering import RenderedPage
from signing import Sealer, SealPlacement, UnsignedPdf

__all__ = ["SealDesk", "placed"]


@dataclass(frozen=True, slots=True)
class SealDesk:
    """One seal ready for use, and the key under it."""

    alias: str
    key: UsedKey
    certificate: str
    """SM3 of the signer's certificate, hex."""
    picture: SealPicture
    sealer: Sealer
    at_once: int
    """Documents it is worth sealing at the same time: what the key's device keeps apart."""

    @property
    def used(self) -> UsedSeal:
        """The seal in the register's words."""
        return UsedSeal(self.alias, self.key)


def placed(page: RenderedPage) -> tuple[UnsignedPdf, SealPlacement]:
    """Return what the renderer made in the words of the press (pages from 0)."""
    x, y = page.seal_center_mm
    return UnsignedPdf(page.pdf), SealPlacement(page.seal_page - 1, x, y)
