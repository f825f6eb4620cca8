"""`qianyin verify` with stored evidence: what a verdict rests on, kept and used again."""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.cli.bounds import bounded
from api.cli.exits import Exit, exit_of
from api.cli.terminal import plain
from keystore import Certificate
from verify import (
    POLICIES,
    Evidence,
    EvidenceBundle,
    ReadablePdf,
    TrustAnchors,
    VerificationPolicy,
    VerificationReport,
    differences,
    read_bundle,
    verify_with_facts,
    write_bundle,
)
from verify.bundle_zip import BUNDLE_BYTES
from verify.errors import BadEvidenceBundle

__all__ = ["Basis", "exit_of_stored", "open_bundle", "require_same_report"]

BUNDLE_SECONDS = 20.0
_SAME = "与存储的报告逐字节相同 · The report is the stored one, byte for byte"
_AS_OF = "按存储资料的时间和根证书判断 · Judged as of the stored time, by the stored roots"
_YOURS = "在你信任之列 · one of yours"
_STRANGE = "不在你信任之列 · NOT one of yours"
_ONLY_ITS_WORD = (
    "信任仅来自这份资料，任何人都可以制作，不作为通过 · "
    "The trust comes from the stored evidence alone, which anybody can make: this is no pass"
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a file is judged by."""

    anchors: TrustAnchors
    policy: VerificationPolicy
    at: datetime
    evidence: Evidence

    @classmethod
    def of(cls, bundle: EvidenceBundle) -> "Basis":
        """Return what the stored verdict rested on."""
        return cls(bundle.anchors, bundle.policy, bundle.at, bundle.evidence)

    def judge(self, readable: ReadablePdf) -> VerificationReport:
        """Raise what `verify_with_facts` raises."""
        return verify_with_facts(
            readable,
            anchors=self.anchors,
            policy=self.policy,
            at=self.at,
            evidence=self.evidence,
        )

    def save(self, path: Path, report: VerificationReport) -> None:
        """Write the bundle."""
        made = write_bundle(
            report, anchors=self.anchors, policy=self.policy, evidence=self.evidence
        )
        path.write_bytes(made)


def open_bundle(path: Path) -> EvidenceBundle:
    """Read a bundle; raises `BadEvidenceBundle`, `PdfTooLarge` and `OSError`."""
    with path.open("rb") as opened, bounded(seconds=BUNDLE_SECONDS, memory_bytes=4 * BUNDLE_BYTES):
        return read_bundle(opened.read(BUNDLE_BYTES + 1), POLICIES)


def require_same_report(bundle: EvidenceBundle, again: VerificationReport) -> None:
    """Say that the report is the same, or raise `BadEvidenceBundle` with what differs."""
    found = differences(bundle, again)
    if found:
        raise BadEvidenceBundle("; ".join(found))
    sys.stderr.write(f"{_SAME}\n")


def exit_of_stored(report: VerificationReport, bundle: EvidenceBundle, own: TrustAnchors) -> Exit:
    """Say when and by which roots it was judged; what only foreign roots vouch for is no pass."""
    sys.stderr.write(f"{_AS_OF}: {bundle.at.isoformat()}\n")
    strange = [one for one in bundle.anchors.certificates if not _counts(one, bundle.anchors, own)]
    for one in bundle.anchors.certificates:
        whose = _STRANGE if one in strange else _YOURS
        sys.stderr.write(f"  SM3 {one.fingerprint} {plain(one.common_name)} · {whose}\n")
    code = exit_of(report)
    if code is not Exit.PASSED or not strange:
        return code
    sys.stderr.write(f"✘ {_ONLY_ITS_WORD}\n")
    return Exit.INDETERMINATE


def _counts(root: Certificate, stored: TrustAnchors, own: TrustAnchors) -> bool:
    """Say whether we trust the root ourselves, and for no less than the bundle says."""
    return own.holds(root) and own.rules.get(root) in {None, stored.rules.get(root)}
