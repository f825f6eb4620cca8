"""The picture of a seal: drawn from a name, or read from an uploaded PNG."""

from dataclasses import dataclass, field

__all__ = ["SealPicture"]


@dataclass(frozen=True, slots=True)
class SealPicture:
    """What the seal looks like and how large it is on paper (GB/T 38540 SES_ESPictrueInfo)."""

    format: str
    data: bytes = field(repr=False)
    width_mm: int
    height_mm: int
