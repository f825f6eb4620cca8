"""Changes: what follows the signed revision is signature upkeep, or it is a change."""

from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.locks import locks_of
from verify.report import CheckName, CheckResult, Coverage, SubIndication
from verify.second_opinion import TooEntangled
from verify.subject import Subject
from verify.upkeep import NotUpkeep, review_upkeep

_CHECK = CheckName.CHANGES
_NO_CHANGES = 1  # P of DocMDP (ISO 32000-1, table 254)


def check(subject: Subject) -> CheckResult:
    """Say whether the file was changed after it was signed."""
    signed = subject.signed
    if signed.revision is None:
        return not_reached(_CHECK)
    if signed.covers is Coverage.ENTIRE_FILE:
        return passed(_CHECK, Code.NO_LATER_CHANGES, "nothing follows the signed bytes")
    locks = locks_of(subject)
    if locks is None or locks.permission == _NO_CHANGES:
        detail = "the signature forbids any later change, or locks in a way that is not understood"
        return failed(_CHECK, Code.CHANGE_NOT_PERMITTED, SubIndication.HASH_FAILURE, detail)
    try:
        review_upkeep(subject.readable, signed.revision)
        since = len(signed.revision.sections) - 1
        subject.demands.opinion.require_upkeep(since, locks.permission, locks.fields)
    except NotUpkeep as error:
        why = SubIndication.HASH_FAILURE
        return failed(_CHECK, Code.CHANGED_AFTER_SEALING, why, str(error))
    except TooEntangled as error:
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return unsure(_CHECK, Code.CHANGES_ENTANGLED, why, str(error))
    return passed(_CHECK, Code.ONLY_UPKEEP_LATER, "only signatures and evidence were added later")
