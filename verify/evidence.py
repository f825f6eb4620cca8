"""Certificates, revocation lists, OCSP answers, distrust: from the DSS, or beside it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pikepdf

from keystore import Certificate, OcspResponse, RevocationList
from keystore.cms import ARCHIVED_REVOCATION, CmsSignature, archived_revocation
from keystore.errors import InvalidSignature, KeystoreError, MalformedAsn1, MalformedCertificate
from verify.distrust import Distrust
from verify.errors import BadTrustAnchor
from verify.expansion import Budget
from verify.limits import Limits
from verify.page_tree import get
from verify.streams import bounded_content
from verify.upload import ReadablePdf

__all__ = [
    "NO_EVIDENCE",
    "Evidence",
    "archived_evidence",
    "are_lists",
    "evidence_in",
    "is_issued_by",
    "readable_certificates",
    "readable_lists",
    "readable_responses",
]

T = TypeVar("T")
_CACHED_LISTS = 64
_CACHED_VERDICTS = 256


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known besides the anchors; only distrust is believed for being here.

    `distrusted` therefore comes from the deployment's own folder, never out of a file.
    """

    certificates: tuple[Certificate, ...] = field(repr=False)
    revocation_lists: tuple[RevocationList, ...] = field(repr=False)
    ocsp_responses: tuple[OcspResponse, ...] = field(default=(), repr=False)
    distrusted: tuple[Distrust, ...] = ()

    @classmethod
    def from_directory(cls, folder: Path) -> "Evidence":
        """Load the .crl and .ocsp (DER) and .distrust files of a folder, none where it is missing.

        Raises `BadTrustAnchor` naming a file that is none of them.
        """
        return cls(
            (),
            tuple(_loaded(one, RevocationList.from_der) for one in sorted(folder.glob("*.crl"))),
            tuple(_loaded(one, OcspResponse.from_der) for one in sorted(folder.glob("*.ocsp"))),
            tuple(_loaded(one, Distrust.from_json) for one in sorted(folder.glob("*.distrust"))),
        )

    def joined(self, other: "Evidence") -> "Evidence":
        """Return both together."""
        return Evidence(
            self.certificates + other.certificates,
            self.revocation_lists + other.revocation_lists,
            self.ocsp_responses + other.ocsp_responses,
            self.distrusted + other.distrusted,
        )

    def distrusted_since(self, certificate: Certificate) -> datetime | None:
        """Return from when on the certificate's key is not trusted, None where it is."""
        moments = (one.since for one in self.distrusted if one.is_about(certificate))
        return min(moments, default=None)


NO_EVIDENCE = Evidence((), (), ())


def _loaded(path: Path, read: Callable[[bytes], T]) -> T:
    try:
        return read(path.read_bytes())
    except (KeystoreError, BadTrustAnchor, OSError) as error:
        raise BadTrustAnchor(f"{path} holds no usable revocation data") from error


def evidence_in(readable: ReadablePdf) -> Evidence:
    """Return what the document security store holds (ISO 32000-2, 12.8.4.3); damage is left out.

    Raises `PdfTooLarge` when all of it together is over its limit.
    """
    store = get(readable.catalog, "/DSS")
    if store is None:
        return NO_EVIDENCE
    limits = readable.limits
    budget = Budget(limits.all_evidence_bytes, "the evidence for its signatures expands too far")
    return Evidence(
        readable_certificates(_streams(store, ("/Certs", "/Cert"), limits, budget)),
        readable_lists(_streams(store, ("/CRLs", "/CRL"), limits, budget)),
        readable_responses(_streams(store, ("/OCSPs", "/OCSP"), limits, budget)),
    )


def archived_evidence(cms: CmsSignature) -> Evidence:
    """Return what the signers' attributes archive of revocation; damage is left out."""
    found = NO_EVIDENCE
    for signer in cms.signers:
        try:
            value = signer.signed_value(ARCHIVED_REVOCATION)
            lists, responses = ((), ()) if value is None else archived_revocation(value)
        except MalformedAsn1:
            continue
        here = Evidence((), readable_lists(lists), readable_responses(responses))
        found = found.joined(here)
    return found


def readable_certificates(encodings: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Return those that can be read."""
    return tuple(one for one in map(_certificate, encodings) if one is not None)


def _streams(
    store: pikepdf.Object, keys: tuple[str, str], limits: Limits, budget: Budget
) -> Iterator[bytes]:
    """Yield the store's own and those for single signatures (VRI), a shared stream once."""
    found = list(_entries(get(store, keys[0]), limits))
    seen = {one.objgen for one in found}
    for one in _of_single_signatures(store, keys[1], limits):
        if one.objgen not in seen:
            seen.add(one.objgen)
            found.append(one)
    for one in found[: limits.certificates]:
        content = bounded_content(one, limits.evidence_bytes)
        if content is not None:
            budget.spend(len(content))
            yield content


def _of_single_signatures(
    store: pikepdf.Object, key: str, limits: Limits
) -> Iterator[pikepdf.Object]:
    named = get(store, "/VRI")
    if isinstance(named, pikepdf.Dictionary):
        for name in list(named.keys())[: limits.certificates]:
            yield from _entries(get(get(named, name), key), limits)


def _entries(array: pikepdf.Object | None, limits: Limits) -> Iterator[pikepdf.Object]:
    if isinstance(array, pikepdf.Array):
        found = (array[at] for at in range(min(len(array), limits.certificates)))
        yield from (one for one in found if isinstance(one, pikepdf.Stream))


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


def readable_responses(encodings: Iterable[bytes]) -> tuple[OcspResponse, ...]:
    """Return the OCSP responses that can be read; a responder's refusal is none."""
    return tuple(one for one in map(_response_or_none, encodings) if one is not None)


@lru_cache(maxsize=_CACHED_LISTS)
def _response_or_none(der: bytes) -> OcspResponse | None:
    try:
        return OcspResponse.from_der(der)
    except MalformedAsn1:
        return None


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
