"""The checks, one module each: `check(subject) -> CheckResult`, none of which ever raises."""

from collections.abc import Callable

from verify.checks import (
    acceptance,
    appearance,
    chain,
    changes,
    content,
    coverage,
    form,
    integrity,
    revocation,
    seal,
    signer,
    timestamp,
    value,
)
from verify.report import CheckName, CheckResult, SignatureKind
from verify.subject import Subject

__all__ = ["CHECKS", "Check"]

Check = Callable[[Subject], CheckResult]

_OF_EVERY_KIND: dict[CheckName, Check] = {
    CheckName.FORMAT: form.check,
    CheckName.COVERAGE: coverage.check,
    CheckName.INTEGRITY: integrity.check,
    CheckName.CHANGES: changes.check,
    CheckName.CONTENT: content.check,
    CheckName.VALUE: value.check,
    CheckName.TIMESTAMP: timestamp.check,
    CheckName.SIGNER: signer.check,
    CheckName.CHAIN: chain.check,
    CheckName.REVOCATION: revocation.check,
}
_OF_SEALS: dict[CheckName, Check] = {
    CheckName.SEAL: seal.check,
    CheckName.APPEARANCE: appearance.check,
}
_LAST: dict[CheckName, Check] = {CheckName.ACCEPTANCE: acceptance.check}

CHECKS: dict[SignatureKind, dict[CheckName, Check]] = {
    SignatureKind.SEAL: {**_OF_EVERY_KIND, **_OF_SEALS, **_LAST},
    SignatureKind.CMS: {**_OF_EVERY_KIND, **_LAST},
    SignatureKind.TIMESTAMP: {**_OF_EVERY_KIND, **_LAST},
}
"""What is checked of each kind, in the order in which it is made and shown."""
