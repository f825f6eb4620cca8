"""QR codes (ISO/IEC 18004), drawn with one sample for one module: sharp at every size."""

from typing import Any

import zxingcpp

from licenses.errors import InvalidDraft

__all__ = ["MAX_QR_CHARS", "drawn_code"]

# At 26 mm this many characters still give modules of 0.4 mm, which a phone reads from paper.
MAX_QR_CHARS = 300
# Of the eight masks one is as legible as another for a code that ends in random characters, and
# trying them all, as ISO/IEC 18004 8.8 advises, takes seven times as long as all the rest.
MASK = 3
_BITS = bytes(b"0"[0] if sample else b"1"[0] for sample in range(256))


def drawn_code(text: str, left: float, bottom: float, side: float) -> bytes:
    """PDF operators for the code of `text` in a square without quiet zone; lengths in points.

    Error correction M, for a page may be creased. Raises `InvalidDraft` above `MAX_QR_CHARS`.
    """
    if not 0 < len(text) <= MAX_QR_CHARS:
        raise InvalidDraft(
            f"the QR code's text has {len(text)} characters, not 1 to {MAX_QR_CHARS}"
        )
    symbol = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=MASK
    )
    image: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    modules = bytes(memoryview(image)).translate(_BITS)
    size = image.shape[0]
    # An inline image of one bit a module, hexadecimal so that no sample reads as its end.
    return (
        f"/Artifact BMC q 0 0 0 rg {side:.3f} 0 0 {side:.3f} {left:.3f} {bottom:.3f} cm\n"
        f"BI/IM true/W {size}/H {size}/BPC 1/D[1 0]/F/AHx ID\n"
        f"{_packed(modules, size)}>\nEI Q EMC\n"
    ).encode("ascii")


def _packed(modules: bytes, size: int) -> str:
    """Rows of bits, each filled up to whole bytes, as hexadecimal digits."""
    digits = (size + 7) // 8 * 2
    spare = digits * 4 - size
    return "".join(
        f"{int(modules[at : at + size], 2) << spare:0{digits}x}"
        for at in range(0, len(modules), size)
    )
