"""`qianyin verify` with stored evidence: what a verdict rests on, kept and used again."""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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

__all__ = ["Basis", "open_bundle", "require_same_report"]

_SAME = "与存储的报告逐字节相同 · The report is the stored one, byte for byte"


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
    """Read a bundle; raises `BadEvidenceBundle` and `OSError`."""
    with path.open("rb") as opened:
        return read_bundle(opened.read(BUNDLE_BYTES + 1), POLICIES)


def require_same_report(bundle: EvidenceBundle, again: VerificationReport) -> None:
    """Say that the report is the same, or raise `BadEvidenceBundle` with what differs."""
    found = differences(bundle, again)
    if found:
        raise BadEvidenceBundle("; ".join(found))
    sys.stderr.write(f"{_SAME}\n")
