"""Builds the path from a certificate to an anchor (RFC 5280, 6, as far as names and keys go)."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509

from keystore import Certificate
from keystore.errors import InvalidSignature
from verify.anchor_rules import Need, Refusal
from verify.policy import VerificationPolicy
from verify.trust import TrustAnchors

__all__ = ["Path", "PathSearch", "is_understood", "issuers_by_name", "search_path"]

_LINKS_TRIED_MAX = 64
_CACHED = 2048
_UNDERSTOOD = frozenset(
    {
        x509.OID_BASIC_CONSTRAINTS,
        x509.OID_KEY_USAGE,
        x509.OID_EXTENDED_KEY_USAGE,
        x509.OID_SUBJECT_ALTERNATIVE_NAME,
        x509.OID_CERTIFICATE_POLICIES,
        x509.OID_CRL_DISTRIBUTION_POINTS,
        x509.OID_AUTHORITY_KEY_IDENTIFIER,
        x509.OID_SUBJECT_KEY_IDENTIFIER,
    }
)

Index = dict[bytes, list[Certificate]]


@dataclass(frozen=True, slots=True)
class Path:
    """From the certificate in question to the anchor, both included."""

    certificates: tuple[Certificate, ...]


@dataclass(slots=True)
class PathSearch:
    """The outcome of a search: a path, or why the one there was does not count."""

    path: Path | None = None
    broken: str | None = None
    """The constraint that broke a path."""
    refused: Refusal | None = None
    """Why an anchor that was reached is not for this."""
    tried: int = 0


def issuers_by_name(certificates: tuple[Certificate, ...]) -> Index:
    """Return the certificates under their subject names."""
    index: Index = {}
    for one in dict.fromkeys(certificates):
        index.setdefault(one.subject_der, []).append(one)
    return index


def search_path(
    certificate: Certificate,
    pool: Index,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    need: Need,
) -> PathSearch:
    """Look for a path whose signatures and constraints hold, to an anchor that is for this.

    The periods of its certificates are judged elsewhere.
    """
    climb = _Climb(pool, anchors, policy, need, PathSearch())
    found = climb.up((certificate,))
    if found is not None:
        return PathSearch(Path(found))
    return climb.search


@dataclass(frozen=True, slots=True)
class _Climb:
    pool: Index
    anchors: TrustAnchors
    policy: VerificationPolicy
    need: Need
    search: PathSearch

    def up(self, below: tuple[Certificate, ...]) -> tuple[Certificate, ...] | None:
        last, search = below[-1], self.search
        if self.anchors.holds(last):
            refusal = self.anchors.refusal(last, self.need)
            search.refused = search.refused or refusal
            # What the operator says of an anchor counts, whoever else vouches for it.
            return below if refusal is None else None
        if len(below) >= self.policy.path_length:
            return None
        name = last.issuer_der
        for issuer in (*self.anchors.by_subject.get(name, ()), *self.pool.get(name, ())):
            search.tried += 1
            if search.tried > _LINKS_TRIED_MAX or issuer in below:
                continue
            if _links(issuer, below, self.policy, search):
                found = self.up((*below, issuer))
                if found is not None:
                    return found
        return None


def _links(
    issuer: Certificate,
    below: tuple[Certificate, ...],
    policy: VerificationPolicy,
    search: PathSearch,
) -> bool:
    try:
        issuer.verify_issued(below[-1], signer_id=policy.signer_id)
    except InvalidSignature:
        return False
    fault = _constraint_fault(issuer, below)
    search.broken = search.broken or fault
    return fault is None


def _constraint_fault(issuer: Certificate, below: tuple[Certificate, ...]) -> str | None:
    if not issuer.is_ca:
        return "a certificate was issued by one that is no CA"
    if issuer.key_usage and "key_cert_sign" not in issuer.key_usage:
        return "a certificate was issued with a key that may not sign certificates"
    intermediates = sum(not one.is_self_issued for one in below[1:])
    if issuer.path_length is not None and intermediates > issuer.path_length:
        return "the path is longer than one of its CAs allows"
    if not (is_understood(below[-1]) and is_understood(issuer)):
        return "a certificate has a critical extension, or a form, that is not understood"
    return None


@lru_cache(maxsize=_CACHED)
def is_understood(certificate: Certificate) -> bool:
    """Say whether no critical extension is unknown.

    A CA's name constraints are not honoured here, so they count as critical where they are not.
    """
    limits = {x509.OID_NAME_CONSTRAINTS} if certificate.is_ca else set()
    return not any(
        (one.critical or one.oid in limits) and one.oid not in _UNDERSTOOD
        for one in certificate.x509.extensions
    )
