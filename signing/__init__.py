"""The press: puts an electronic seal on a PDF."""

from signing.appearance import SealAppearance, appearance_of
from signing.containers import SignatureContainer
from signing.documents import PreparedPdf, SealedPdf, SealPlacement, UnsignedPdf
from signing.seal_container import SealContainer
from signing.sealing import Sealer

__all__ = [
    "PreparedPdf",
    "SealAppearance",
    "SealContainer",
    "SealPlacement",
    "SealedPdf",
    "Sealer",
    "SignatureContainer",
    "UnsignedPdf",
    "appearance_of",
]
