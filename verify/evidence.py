"""Certificates and revocation lists that may help: from the file's DSS, or supplied beside it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pikepdf

from keystore import Certificate, RevocationList
from keystore.errors import InvalidSignature, KeystoreError, MalformedCertificate
from verify.errors import BadTrustAnchor
from verify.limits import Limits
from verify.page_tree import get
from verify.streams import bounded_content
from verify.upload import ReadablePdf

__all__ = [
    "NO_EVIDENCE",
    "Evidence",
    "are_lists",
    "evidence_in",
    "is_issued_by",
    "readable_certificates",
    "readable_lists",
]

_CACHED_LISTS = 64
_CACHED_VERDICTS = 256


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known besides the anchors; nothing in here is believed for being here."""

    certificates: tuple[Certificate, ...] = field(repr=False)
    revocation_lists: tuple[RevocationList, ...] = field(repr=False)

    @classmethod
    def from_directory(cls, folder: Path) -> "Evidence":
        """Load the .crl files (DER) of a folder, none where there is no such folder.

        Raises `BadTrustAnchor` naming a file that is no revocation list.
        """
        found = []
        for path in sorted(folder.glob("*.crl")):
            try:
                found.append(RevocationList.from_der(path.read_bytes()))
            except (KeystoreError, OSError) as error:
                raise BadTrustAnchor(f"{path} holds no usable revocation list") from error
        return cls((), tuple(found))

    def joined(self, other: "Evidence") -> "Evidence":
        """Return both together."""
        return Evidence(
            self.certificates + other.certificates,
            self.revocation_lists + other.revocation_lists,
        )


NO_EVIDENCE = Evidence((), ())


def evidence_in(readable: ReadablePdf) -> Evidence:
    """Return what the document security store holds (ISO 32000-2, 12.8.4.3); damage is left out."""
    store = get(get(readable.pdf.trailer, "/Root"), "/DSS")
    if store is None:
        return NO_EVIDENCE
    limits = readable.limits
    return Evidence(
        readable_certificates(_streams(store, "/Certs", limits)),
        readable_lists(_streams(store, "/CRLs", limits)),
    )


def readable_certificates(encodings: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Return those that can be read."""
    return tuple(one for one in map(_certificate, encodings) if one is not None)


def _streams(store: pikepdf.Object, key: str, limits: Limits) -> Iterator[bytes]:
    entries = get(store, key)
    if not isinstance(entries, pikepdf.Array):
        return
    for index in range(min(len(entries), limits.certificates)):
        content = bounded_content(entries[index], limits.evidence_bytes)
        if content is not None:
            yield content


def _certificate(der: bytes) -> Certificate | None:
    try:
        return Certificate.from_der(der)
    except MalformedCertificate:
        return None


def readable_lists(encodings: Iterable[bytes]) -> tuple[RevocationList, ...]:
    """Return those that can be read."""
    return tuple(one for one in map(_list_or_none, encodings) if one is not None)


def _list_or_none(der: bytes) -> RevocationList | None:
    try:
        return _revocation_list(der)
    except MalformedCertificate:
        return None


@lru_cache(maxsize=_CACHED_LISTS)
def _revocation_list(der: bytes) -> RevocationList:
    return RevocationList.from_der(der)


def is_issued_by(listing: RevocationList, ca: Certificate, signer_id: bytes) -> bool:
    """Say whether `ca` signed this list; the last 256 answers are kept."""
    return _is_issued_by(listing.der, ca, signer_id)


@lru_cache(maxsize=_CACHED_VERDICTS)
def _is_issued_by(der: bytes, ca: Certificate, signer_id: bytes) -> bool:
    listing = _revocation_list(der)
    try:
        listing.verify_issued_by(ca, signer_id=signer_id)
    except InvalidSignature:
        return False
    return True


def are_lists(
    encodings: tuple[bytes, ...], issuers: Iterable[Certificate], signer_id: bytes
) -> bool:
    """Say whether all of these are revocation lists that one of `issuers` signed."""
    lists = readable_lists(encodings)
    known = tuple(issuers)
    return len(lists) == len(encodings) and all(
        any(is_issued_by(listing, one, signer_id) for one in known) for listing in lists
    )
