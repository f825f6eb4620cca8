"""One signature and everything known about it, each fact found out once and never judged here."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from keystore import Certificate
from keystore.cms import SIGNING_TIME, TIMESTAMP_TOKEN, CmsSignature, CmsSigner
from keystore.errors import KeystoreError, MalformedAsn1
from verify.anchor_rules import Need, Purpose
from verify.authority import authority_fault
from verify.claimed_time import pdf_date, utc_time
from verify.cms_value import ValueFault, signer_certificate, verify_signer
from verify.codes import Code
from verify.containers import BadContainer, Container, read_container
from verify.coverage import SignedBytes, signed_bytes
from verify.digests import digest_of_parts
from verify.evidence import Evidence, archived_evidence, readable_certificates, readable_lists
from verify.finding import FoundSignature
from verify.license_record import LicenseRecord
from verify.locks import certifies
from verify.page_tree import is_visible
from verify.paths import Index, Path, PathSearch, issuers_by_name, search_path
from verify.permissions import Peer
from verify.policy import VerificationPolicy
from verify.report import SignatureKind
from verify.second_opinion import SecondOpinion
from verify.times import Times
from verify.timestamps import BadToken, TokenFacts, read_token
from verify.tokens import Token
from verify.trust import TrustAnchors
from verify.upload import ReadablePdf

__all__ = ["Demands", "Subject"]


@dataclass(frozen=True, slots=True)
class Demands:
    """By what every signature of a file is judged."""

    anchors: TrustAnchors
    policy: VerificationPolicy
    at: datetime
    evidence: Evidence = field(repr=False)
    proofs: tuple[tuple[int, datetime], ...] = field(repr=False)
    """Document time-stamps that hold: how many bytes of the file each covers, and its time."""
    opinion: SecondOpinion = field(repr=False)
    record: LicenseRecord = field(repr=False)
    """Whether the file's record is what is printed."""
    peers: tuple[Peer, ...] = field(repr=False)
    """Every signature of the file."""


class Subject:
    """A signature under examination; its properties raise nothing of their own."""

    def __init__(self, readable: ReadablePdf, found: FoundSignature, demands: Demands) -> None:
        """Remember; nothing is read before it is asked for."""
        self.readable = readable
        self.found = found
        self.demands = demands
        self._searches: dict[tuple[Certificate, Purpose | None], PathSearch] = {}

    @cached_property
    def signed(self) -> SignedBytes:
        """Which bytes are signed."""
        return signed_bytes(self.readable, self.found)

    @cached_property
    def contents(self) -> Token | None:
        """The /Contents string, None when there is none."""
        dictionary = self.found.dictionary
        value = None if dictionary is None else dictionary.get(b"Contents")
        return value if isinstance(value, Token) else None

    @cached_property
    def _container(self) -> Container | BadContainer:
        contents = self.contents
        if contents is None:
            return BadContainer(Code.CONTENTS_MISSING, "there is no /Contents string")
        if len(contents.value) > self.readable.limits.contents_bytes:
            return BadContainer(Code.CONTAINER_MALFORMED, "/Contents is over the limit")
        try:
            return read_container(contents.value)
        except BadContainer as error:
            return error

    @cached_property
    def container(self) -> Container | None:
        """The parsed value, None when it cannot be read."""
        return self._container if isinstance(self._container, Container) else None

    @cached_property
    def container_fault(self) -> BadContainer | None:
        """Why the value cannot be read."""
        return self._container if isinstance(self._container, BadContainer) else None

    @cached_property
    def kind(self) -> SignatureKind:
        """What it is; a value that cannot be read counts as CMS."""
        container = self.container
        if container is not None and container.seal is not None:
            return SignatureKind.SEAL
        is_timestamp = container is not None and container.is_timestamp
        return SignatureKind.TIMESTAMP if is_timestamp else SignatureKind.CMS

    @cached_property
    def cms(self) -> CmsSignature | None:
        """The CMS, if it is one."""
        return None if self.container is None else self.container.cms

    def as_peer(self) -> Peer:
        """Return what the other signatures of the file must know of this one."""
        field = self.found.field
        return Peer(
            end=self.signed.end,
            kind=self.kind,
            field_name=self.found.field_name or "",
            field_number=0 if field is None else field.line[0].objgen[0],
            at=self.found.at,
            is_shown=any(map(is_visible, self.found.widgets)),
            certifies=certifies(self.found),
        )

    def digest(self, name: str, prefix: bytes = b"") -> bytes:
        """Return the digest over `prefix` and the signed bytes, none if the ByteRange is unsound.

        Raises `PdfTooLarge` when the signatures of the file are over too much.
        """
        is_sound = self.signed.revision is not None
        gap, end = (self.signed.gap, self.signed.end) if is_sound else ((0, 0), 0)
        return self.readable.whole.digest_without(gap, end, name, prefix)

    @cached_property
    def embedded(self) -> tuple[Certificate, ...]:
        """The certificates inside the container."""
        return () if self.cms is None else readable_certificates(self.cms.certificates)

    @cached_property
    def evidence(self) -> Evidence:
        """What is known from everywhere: the container, the file, and beside it."""
        if self.cms is None:
            return self.demands.evidence
        inside = Evidence(self.embedded, readable_lists(self.cms.crls))
        return inside.joined(archived_evidence(self.cms)).joined(self.demands.evidence)

    @cached_property
    def pool(self) -> Index:
        """Every certificate that may stand in a path, by subject."""
        return issuers_by_name(self.evidence.certificates)

    @cached_property
    def certificates(self) -> tuple[Certificate | None, ...]:
        """The signers' certificates, one for each signer; None where it is missing."""
        if self.container is not None and self.container.seal is not None:
            return (self.container.seal.certificate,)
        if self.cms is None:
            return ()
        known = self.evidence.certificates
        return tuple(signer_certificate(one, known) for one in self.cms.signers)

    @property
    def certificate(self) -> Certificate | None:
        """The first signer's certificate."""
        return next(iter(self.certificates), None)

    @cached_property
    def paths(self) -> tuple[PathSearch, ...]:
        """A path for each signer whose certificate is there."""
        is_stamp = self.kind is SignatureKind.TIMESTAMP
        purpose = Purpose.TIMESTAMPS if is_stamp else Purpose.SIGNERS
        found = (one for one in self.certificates if one is not None)
        return tuple(self.path_of(one, purpose) for one in found)

    def path_of(self, certificate: Certificate, purpose: Purpose | None) -> PathSearch:
        """Look for a path to an anchor for this purpose (None: for any), once for each."""
        key = certificate, purpose
        if key not in self._searches:
            need, demands = Need(purpose, self.times), self.demands
            self._searches[key] = search_path(
                certificate, self.pool, demands.anchors, demands.policy, need
            )
        return self._searches[key]

    @cached_property
    def value_faults(self) -> tuple[ValueFault | None, ...]:
        """For each CMS signer, why its value does not hold."""
        return tuple(fault for fault, _ in self._values)

    @property
    def layout_deviations(self) -> tuple[str, ...]:
        """What is unusual about the layouts of the CMS signers."""
        return tuple(dict.fromkeys(one for _, seen in self._values for one in seen))

    @cached_property
    def _values(self) -> tuple[tuple[ValueFault | None, tuple[str, ...]], ...]:
        if self.cms is None:
            return ()
        return tuple(
            self._value(self.cms, signer, certificate)
            for signer, certificate in zip(self.cms.signers, self.certificates, strict=True)
        )

    def _value(
        self, cms: CmsSignature, signer: CmsSigner, certificate: Certificate | None
    ) -> tuple[ValueFault | None, tuple[str, ...]]:
        if certificate is None:
            return ValueFault(Code.SIGNER_CERTIFICATE_MISSING, "no certificate to verify with"), ()
        try:
            policy = self.demands.policy
            return None, verify_signer(cms, signer, certificate, self.digest, policy.signer_id)
        except ValueFault as error:
            # A traceback would keep the whole document in memory, once for every signer.
            return ValueFault(error.code, str(error)), ()

    @cached_property
    def claimed(self) -> datetime | None:
        """The signer's own claim, as far as it is signed: in the container, else the /M."""
        if self.container is not None and self.container.seal is not None:
            return self.container.seal.signed_at
        if self.cms is None:
            return None
        if self.kind is SignatureKind.TIMESTAMP:
            return self.token.time if isinstance(self.token, TokenFacts) else None
        try:
            value = self.cms.signers[0].signed_value(SIGNING_TIME)
        except MalformedAsn1:
            return None
        return self._date_of_dictionary() if value is None else utc_time(value)

    def _date_of_dictionary(self) -> datetime | None:
        dictionary = self.found.dictionary
        value = None if dictionary is None else dictionary.get(b"M")
        return pdf_date(value.value) if isinstance(value, Token) else None

    @cached_property
    def token(self) -> TokenFacts | BadToken | None:
        """The time-stamp over this signature, or over the file if it is one itself."""
        policy, known = self.demands.policy, self.demands.evidence.certificates
        try:
            if self.cms is not None and self.kind is SignatureKind.TIMESTAMP:
                return read_token(self.cms, self.digest, policy, known)
            found = self._token_inside()
            if found is None:
                return None
            der, stamped = found
            cms = CmsSignature.from_der(der)
            return read_token(cms, lambda name: digest_of_parts(name, [stamped]), policy, known)
        except BadToken as error:
            return error
        except KeystoreError as error:
            return BadToken(Code.TIMESTAMP_INVALID, str(error))

    def _token_inside(self) -> tuple[bytes, bytes] | None:
        """Return the token's DER and the bytes it is over."""
        if self.container is not None and self.container.seal is not None:
            seal = self.container.seal
            return None if seal.timestamp is None else (seal.timestamp, seal.signature_octets)
        if self.cms is None or len(self.cms.signers) != 1:
            # A token is over one signer's value: it proves nothing of the others.
            return None
        signer = self.cms.signers[0]
        value = signer.unsigned_value(TIMESTAMP_TOKEN)
        return None if value is None else (value, signer.signature)

    def authority_path(self, token: TokenFacts) -> Path | None:
        """Return the path of a token's authority to an anchor that serves time-stamps."""
        return self._path_in_token(token, token.certificate, Purpose.TIMESTAMPS)

    def _path_in_token(
        self, token: TokenFacts, certificate: Certificate, purpose: Purpose | None
    ) -> Path | None:
        demands = self.demands
        pool = issuers_by_name(token.others + demands.evidence.certificates)
        need = Need(purpose, Times(token.time, None, demands.at))
        return search_path(certificate, pool, demands.anchors, demands.policy, need).path

    @cached_property
    def authority_fault(self) -> str | None:
        """Why the token's authority cannot be relied on; None when it can, or there is none."""
        token, demands = self.token, self.demands
        if not isinstance(token, TokenFacts):
            return None
        if any(self._path_in_token(token, one, None) is None for one in token.others):
            return "the token carries a certificate that no trusted root answers for"
        return authority_fault(
            token, self.authority_path(token), self.evidence, demands.at, demands.policy
        )

    @property
    def token_is_trusted(self) -> bool:
        """Whether there is a token whose authority is trusted."""
        return isinstance(self.token, TokenFacts) and self.authority_fault is None

    @cached_property
    def proven(self) -> datetime | None:
        """The earliest time at which the signature existed, as trusted authorities say."""
        if self.kind is SignatureKind.TIMESTAMP:
            return None
        proofs = [time for end, time in self.demands.proofs if end >= self.signed.end]
        if isinstance(self.token, TokenFacts) and self.token_is_trusted:
            proofs.append(self.token.time)
        return min(proofs, default=None)

    @cached_property
    def times(self) -> Times:
        """The times that certificates and seals are judged by."""
        return Times(self.claimed, self.proven, self.demands.at)
