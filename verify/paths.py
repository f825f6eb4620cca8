"""Builds the path from a certificate to an anchor (RFC 5280, 6, as far as names and keys go)."""

from dataclasses import dataclass, field
from functools import lru_cache

from cryptography import x509

from keystore import Certificate
from keystore.errors import InvalidSignature
from verify.policy import VerificationPolicy
from verify.trust import TrustAnchors

__all__ = ["Names", "Path", "PathSearch", "issuers_by_name", "names_of", "search_path"]

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
class Names:
    """A certificate's names in DER."""

    subject: bytes
    issuer: bytes

    @property
    def is_self_issued(self) -> bool:
        """Whether both are the same."""
        return self.subject == self.issuer


@dataclass(frozen=True, slots=True)
class Path:
    """From the certificate in question to the anchor, both included."""

    certificates: tuple[Certificate, ...]


@dataclass(slots=True)
class PathSearch:
    """The outcome of a search: a path, or the constraint that broke the one there was."""

    path: Path | None = None
    broken: str | None = None
    tried: int = 0
    dead: set[Certificate] = field(default_factory=set)


def issuers_by_name(certificates: tuple[Certificate, ...]) -> Index:
    """Return the certificates under their subject names."""
    index: Index = {}
    for one in dict.fromkeys(certificates):
        index.setdefault(names_of(one).subject, []).append(one)
    return index


def search_path(
    certificate: Certificate, pool: Index, anchors: TrustAnchors, policy: VerificationPolicy
) -> PathSearch:
    """Look for a path whose signatures and constraints hold; times are judged elsewhere."""
    search = PathSearch()
    found = _climb((certificate,), pool, anchors, policy, search)
    if found is not None:
        search.path, search.broken = Path(found), None
    return search


def _climb(
    below: tuple[Certificate, ...],
    pool: Index,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    search: PathSearch,
) -> tuple[Certificate, ...] | None:
    last = below[-1]
    if last in anchors.by_subject.get(names_of(last).subject, ()):
        return below
    if len(below) >= policy.path_length:
        return None
    name = names_of(last).issuer
    for issuer in (*anchors.by_subject.get(name, ()), *pool.get(name, ())):
        search.tried += 1
        if search.tried > _LINKS_TRIED_MAX or issuer in below:
            continue
        if _links(issuer, below, policy, search):
            found = _climb((*below, issuer), pool, anchors, policy, search)
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
    intermediates = sum(not names_of(one).is_self_issued for one in below[1:])
    if issuer.path_length is not None and intermediates > issuer.path_length:
        return "the path is longer than one of its CAs allows"
    if not (_is_understood(below[-1]) and _is_understood(issuer)):
        return "a certificate has a critical extension, or a form, that is not understood"
    return None


@lru_cache(maxsize=_CACHED)
def _is_understood(certificate: Certificate) -> bool:
    """Say whether no critical extension is unknown, and its signature is whole octets."""
    extensions = certificate.x509.extensions
    whole = certificate.der.endswith(b"\0" + certificate.x509.signature)
    return whole and not any(one.critical and one.oid not in _UNDERSTOOD for one in extensions)


@lru_cache(maxsize=_CACHED)
def names_of(certificate: Certificate) -> Names:
    """Return the encoded names; those of the last 2048 certificates are kept."""
    return Names(certificate.subject_der, certificate.issuer_der)
