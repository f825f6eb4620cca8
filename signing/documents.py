"""A document's stages, a type each so that none is skipped: unsigned, prepared, sealed."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.hashes import Hash

__all__ = ["PreparedPdf", "SealPlacement", "SealedPdf", "UnsignedPdf"]

MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class UnsignedPdf:
    """A document that is to be sealed; it may carry earlier signatures."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealPlacement:
    """Where the seal's centre goes: page from 0, mm from the page's top left corner."""

    page: int
    center_x_mm: float
    center_y_mm: float


@dataclass(frozen=True, slots=True)
class PreparedPdf:
    """A document with room for the signature; `digest` is SM3 of all but that room."""

    data: bytes = field(repr=False)
    gap: tuple[int, int]
    """Offsets of the `<` of /Contents and of the byte after its `>`."""
    head: Hash = field(repr=False, compare=False)
    """An SM3 that has read what stands before the gap: most of the file, and never read twice."""
    digest: bytes
    signed_at: datetime
    """The claimed time, whole seconds, in UTC."""

    @property
    def byte_range(self) -> tuple[int, int, int, int]:
        """The four numbers of /ByteRange."""
        start, end = self.gap
        return 0, start, end, len(self.data) - end


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """The finished document, and SM3 of all its bytes."""

    data: bytes = field(repr=False)
    sm3: bytes
