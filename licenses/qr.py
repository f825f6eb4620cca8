"""QR codes (ISO/IEC 18004) as matrices of modules."""

from typing import Any

import zxingcpp

from licenses.errors import InvalidDraft

__all__ = ["MAX_QR_CHARS", "module_matrix"]

# At 26 mm this many characters still give modules of 0.4 mm, which a phone reads from paper.
MAX_QR_CHARS = 300


def module_matrix(text: str) -> list[int]:
    """The square symbol for `text` row by row, 0 for dark and 255 for light, no quiet zone.

    Error correction M: the page may be creased. Raises `InvalidDraft` above `MAX_QR_CHARS`.
    """
    if not 0 < len(text) <= MAX_QR_CHARS:
        raise InvalidDraft(
            f"the QR code's text has {len(text)} characters, not 1 to {MAX_QR_CHARS}"
        )
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    return list(bytes(memoryview(image)))
