"""The press: puts an electronic seal on a PDF."""

from signing.appearance import SealAppearance, appearance_of
from signing.cms_container import CmsContainer
from signing.containers import SignatureContainer
from signing.documents import PreparedPdf, SealedPdf, SealPlacement, UnsignedPdf
from signing.seal_container import SealContainer
from signing.sealing import Sealer
from signing.signed_data import GBT_35275, RFC_5652, CmsDialect, signed_message

__all__ = [
    "GBT_35275",
    "RFC_5652",
    "CmsContainer",
    "CmsDialect",
    "PreparedPdf",
    "SealAppearance",
    "SealContainer",
    "SealPlacement",
    "SealedPdf",
    "Sealer",
    "SignatureContainer",
    "UnsignedPdf",
    "appearance_of",
    "signed_message",
]
