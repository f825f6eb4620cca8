"""The first thing a reader sees: which of the states a file is in."""

from api.pages.states import State
from licenses.checking import RegisterWord
from licenses.lifecycle import StandingKind
from verify.report import CheckName, Indication, SignatureReport, SubIndication, VerificationReport

__all__ = ["STATE_BY_STANDING", "decide", "decisive_signature"]

# Which check failed decides what a reader is told; the codes below it say exactly why.
_FAILED: dict[CheckName, State] = {
    CheckName.FORMAT: State.FORGED,
    CheckName.COVERAGE: State.FORGED,
    CheckName.INTEGRITY: State.CHANGED,
    CheckName.CHANGES: State.CHANGED,
    CheckName.CONTENT: State.ACTIVE,
    CheckName.VALUE: State.FORGED,
    CheckName.TIMESTAMP: State.SEAL_INVALID,
    CheckName.SIGNER: State.FORGED,
    CheckName.CHAIN: State.SEAL_INVALID,
    CheckName.REVOCATION: State.SEAL_INVALID,
    CheckName.SEAL: State.SEAL_INVALID,
    CheckName.APPEARANCE: State.FORGED,
    CheckName.ACCEPTANCE: State.SEAL_INVALID,
}
STATE_BY_STANDING: dict[StandingKind, State] = {
    StandingKind.IN_FORCE: State.IN_FORCE,
    StandingKind.NOT_YET_IN_FORCE: State.NOT_YET,
    StandingKind.SUSPENDED: State.SUSPENDED,
    StandingKind.REVOKED: State.REVOKED,
    StandingKind.EXPIRED: State.EXPIRED,
    StandingKind.REPLACED: State.REPLACED,
    StandingKind.NOT_ISSUED: State.NOT_ISSUED,
    StandingKind.UNKNOWN: State.GENUINE,
}


def decisive_signature(report: VerificationReport) -> SignatureReport | None:
    """Return the signature that decided the file's verdict; None when there is none."""
    matching = (one for one in report.signatures if one.indication is report.indication)
    return next(matching, None)


def decide(report: VerificationReport, word: RegisterWord) -> State:
    """Return the one state of a file: what its seals say first, then what the register says."""
    if report.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND:
        return State.UNSIGNED  # nothing at all, or only time-stamps
    if report.indication is Indication.TOTAL_PASSED:
        differs = word.has_register_data is False
        return State.DIFFERENT if differs else STATE_BY_STANDING[word.standing.kind]
    decisive = decisive_signature(report)
    check = None if decisive is None else decisive.decisive
    if report.indication is Indication.TOTAL_FAILED:
        return State.FORGED if check is None else _FAILED[check.check]
    if check is not None and check.check is CheckName.CONTENT:
        return State.ACTIVE
    if report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND:
        # An unknown issuer is no forger, unless what it sealed calls itself one of ours.
        return State.IMPOSTOR if word.is_known else State.UNKNOWN_ISSUER
    return State.UNDECIDED
