"""What the verifier says about each case, found out once a process."""

from dataclasses import dataclass, field
from functools import cache

from keystore import sm3
from tests.vectors.cases import REFUSED, Case, Expected, Family
from tests.vectors.catalog import FAMILIES
from tests.vectors.trust import anchors, evidence
from verify import (
    DEFAULT_LIMITS,
    POLICIES,
    VerificationReport,
    VerifyError,
    read_upload,
    verify_pdf,
)

__all__ = ["Judged", "every_case", "judged", "verdict_of"]


@dataclass(frozen=True)
class Judged:
    """A case with its file and the verdict it got; no report when the upload was refused."""

    family: Family
    case: Case
    data: bytes = field(repr=False)
    verdict: Expected
    report: VerificationReport | None = field(repr=False)

    @property
    def label(self) -> str:
        return f"{self.family.name}/{self.case.id}"

    @property
    def is_as_expected(self) -> bool:
        return self.verdict == self.case.expect

    def entry(self) -> dict[str, object]:
        """Return the case's entry in the index."""
        return {
            "id": self.case.id,
            "family": self.family.name,
            "why": self.case.why,
            "importance": self.case.importance.value,
            "at": self.case.at.isoformat(),
            "trust": list(self.case.trust),
            "policy": self.case.policy,
            "expect": {
                "indication": str(self.case.expect.indication),
                "sub_indication": self.case.expect.sub_indication,
            },
            "sm3": sm3(self.data).hex(),
        }


def verdict_of(case: Case, data: bytes) -> tuple[Expected, VerificationReport | None]:
    try:
        report = verify_pdf(
            read_upload(data, limits=DEFAULT_LIMITS),
            anchors=anchors(case.trust),
            policy=POLICIES[case.policy],
            at=case.at,
            evidence=evidence(case.trust),
        )
    except VerifyError as error:
        return Expected(REFUSED, type(error).__name__), None
    return Expected(report.indication, report.sub_indication), report


@cache
def judged(label: str) -> Judged:
    """Judge the case `family/id`."""
    family, case = _BY_LABEL[label]
    data = case.make(family.name)
    return Judged(family, case, data, *verdict_of(case, data))


def every_case() -> tuple[str, ...]:
    """Return the labels of all cases, in the order of the catalog."""
    return tuple(_BY_LABEL)


_BY_LABEL = {
    f"{family.name}/{case.id}": (family, case) for family in FAMILIES for case in family.cases
}
