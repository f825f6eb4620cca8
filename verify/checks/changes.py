"""Changes: what follows the signed revision is signature upkeep, or it is a change."""

from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.locks import Locks, UnclearLocks, locks_of
from verify.permissions import Forbidden, certification_fault, require_permitted
from verify.report import CheckName, CheckResult, Coverage, Outcome, SubIndication
from verify.revisions import Structure
from verify.second_opinion import TooEntangled
from verify.subject import Subject
from verify.upkeep import NotUpkeep, review_upkeep

_CHECK = CheckName.CHANGES


def check(subject: Subject) -> CheckResult:
    """Say whether the file was changed after it was signed, and whether that was allowed."""
    revision = subject.signed.revision
    if revision is None:
        return not_reached(_CHECK)
    locks, fault = _locks(subject)
    answer = _later(subject, revision, locks)
    if fault is None or answer.outcome is not Outcome.PASSED:
        return answer
    return unsure(_CHECK, fault[0], SubIndication.SIG_CONSTRAINTS_FAILURE, fault[1])


def _locks(subject: Subject) -> tuple[Locks, tuple[Code, str] | None]:
    """Return what the signature locks, and what is unclear about that."""
    try:
        locks = locks_of(subject.found)
    except UnclearLocks as error:
        return Locks(), (error.code, str(error))
    peers = subject.demands.peers
    return locks, certification_fault(subject.readable, locks, subject.signed.end, peers)


def _later(subject: Subject, revision: Structure, locks: Locks) -> CheckResult:
    if subject.signed.covers is Coverage.ENTIRE_FILE:
        return passed(_CHECK, Code.NO_LATER_CHANGES, "nothing follows the signed bytes")
    try:
        review_upkeep(subject.readable, revision)
        require_permitted(locks, revision, subject.demands.peers)
        subject.demands.opinion.require_upkeep(len(revision.sections) - 1, locks)
    except NotUpkeep as error:
        why = SubIndication.HASH_FAILURE
        return failed(_CHECK, Code.CHANGED_AFTER_SEALING, why, str(error))
    except Forbidden as error:
        return failed(_CHECK, error.code, SubIndication.HASH_FAILURE, str(error))
    except TooEntangled as error:
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return unsure(_CHECK, Code.CHANGES_ENTANGLED, why, str(error))
    return passed(_CHECK, Code.ONLY_UPKEEP_LATER, "only signatures and evidence were added later")
