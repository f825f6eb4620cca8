"""Signatures taken out of the vectors, for judges that know no PDF: container, document, helpers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from tests.vectors.judging import Judged, every_case, judged
from tests.vectors.trust import anchors
from verify import (
    DEFAULT_LIMITS,
    CheckName,
    Code,
    SignatureKind,
    SignatureReport,
    TimeSource,
    read_upload,
)
from verify.coverage import signed_bytes
from verify.evidence import evidence_in
from verify.finding import find_signatures
from verify.tokens import Token

__all__ = ["TakenOut", "taken_out"]


@dataclass(frozen=True)
class TakenOut:
    """One signature with a readable container and a sound ByteRange, and what we say of it."""

    label: str
    kind: str
    container: bytes = field(repr=False)
    document: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    anchors: tuple[bytes, ...] = field(repr=False)
    times: tuple[int, ...]
    ours: dict[str, str]
    """`holds`, `fails` or `unknown` for value, digest, chain and maker."""


_VALUE = {"VALUE_HOLDS": "holds", "VALUE_INVALID": "fails", "VALUE_NONCONFORMING": "fails"}
_DIGEST = {"DIGEST_MATCHES": "holds", "DIGEST_MISMATCH": "fails"}
_CHAIN = {
    "CHAIN_TRUSTED": "holds",
    "NOT_REACHED": "unasked",
    "EXTRA_CERTIFICATE_UNPROVEN": "unasked",
}
_MAKER = {"SEAL_SIGNATURE_INVALID": "fails", "NOT_REACHED": "unasked"}
UNASKED, REFUSED = "unasked", "refused"
ASPECTS = ("value", "digest", "chain", "maker")


@cache
def taken_out() -> tuple[TakenOut, ...]:
    """Return every signature whose bytes and container can be told apart from the file."""
    return tuple(one for label in every_case() for one in _of_case(judged(label)))


def _of_case(one: Judged) -> Iterator[TakenOut]:
    if one.report is None:
        return
    readable = read_upload(one.data, limits=DEFAULT_LIMITS)
    known = evidence_in(readable).certificates
    roots = anchors(one.case.trust).certificates
    for position, found in enumerate(find_signatures(readable)):
        contents = None if found.dictionary is None else found.dictionary.get(b"Contents")
        signed = signed_bytes(readable, found)
        if not isinstance(contents, Token) or signed.revision is None:
            continue
        begin, end = signed.gap
        said = one.report.signatures[position]
        yield TakenOut(
            label=f"{one.label}#{position}",
            kind=_kind(contents.value),
            container=contents.value,
            document=one.data[:begin] + one.data[end : signed.end],
            certificates=tuple(certificate.der for certificate in known),
            anchors=tuple(anchor.der for anchor in roots),
            times=_times(said, one.case.at),
            ours=_ours(said),
        )


def _kind(contents: bytes) -> str:
    """CMS begins with an object identifier, a seal with a sequence."""
    return "cms" if b"\x06" in contents[2:7] else "seal"


def _times(said: SignatureReport, at: datetime) -> tuple[int, ...]:
    """The time of signing, and the time of looking where nothing proves the first."""
    is_proven = said.signed_at_source is TimeSource.TIMESTAMP
    moments = {said.signed_at or at} | (set() if is_proven else {at})
    return tuple(sorted(int(one.timestamp()) for one in moments))


def _ours(said: SignatureReport) -> dict[str, str]:
    codes = {check.check: check.code for check in said.checks}
    if codes[CheckName.VALUE] == Code.NOT_REACHED:
        return dict.fromkeys(ASPECTS, REFUSED)
    is_stamp = said.kind is SignatureKind.TIMESTAMP
    return {
        "value": _VALUE.get(codes[CheckName.VALUE], UNASKED),
        "digest": UNASKED if is_stamp else _DIGEST.get(codes[CheckName.INTEGRITY], UNASKED),
        "chain": _CHAIN.get(codes[CheckName.CHAIN], "fails"),
        "maker": _MAKER.get(codes.get(CheckName.SEAL, Code.NOT_REACHED), "holds"),
    }
