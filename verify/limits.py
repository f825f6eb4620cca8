"""How much of a stranger's file is looked at: every limit named, with its unit."""

from dataclasses import dataclass, fields

__all__ = ["DEFAULT_LIMITS", "Limits"]

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one upload may ask of the reader; over any of them is `PdfTooLarge`."""

    file_bytes: int
    pages: int
    objects: int
    """Entries of all cross-reference sections together."""
    signed_objects: int
    """Entries as they stood at the end of each signed revision, all of these together."""
    revisions: int
    """Cross-reference sections in the chain."""
    nesting_depth: int
    """Dictionaries and arrays inside one another."""
    expansion_bytes: int
    """Cross-reference and object streams together, decompressed."""
    signatures: int
    digested_bytes: int
    """Read for the digests of all signatures together: signers times bytes."""
    contents_bytes: int
    """One signature's /Contents, decoded."""
    form_fields: int
    certificates: int
    """Certificates and revocation lists taken from one file."""
    evidence_bytes: int
    """One certificate, revocation list or OCSP response in the document security store."""
    all_evidence_bytes: int
    """All of that together, decompressed."""
    attachment_bytes: int
    """The attached licence file, decompressed."""
    picture_pixels: int
    """A seal's picture, decoded."""
    comparison_steps: int
    """Objects looked at to list what was changed since a signature."""
    changes_listed: int
    opinion_steps: int
    """Values the second opinion on later revisions looks at, for all signatures together."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a negative limit."""
        for one in fields(self):
            if getattr(self, one.name) < 0:
                raise ValueError(f"the limit {one.name} must not be negative")


DEFAULT_LIMITS = Limits(
    file_bytes=50 * MEBIBYTE,
    pages=2_000,
    objects=200_000,
    signed_objects=1_000_000,
    revisions=200,
    nesting_depth=100,
    expansion_bytes=64 * MEBIBYTE,
    signatures=100,
    digested_bytes=2048 * MEBIBYTE,
    contents_bytes=4 * MEBIBYTE,
    form_fields=10_000,
    certificates=200,
    evidence_bytes=4 * MEBIBYTE,
    all_evidence_bytes=24 * MEBIBYTE,
    attachment_bytes=MEBIBYTE,
    picture_pixels=4_000_000,
    comparison_steps=200_000,
    changes_listed=100,
    opinion_steps=500_000,  # about 6 s; a tagged report of 100 pages with links takes 170 000
)
"""What the service starts with."""
