"""Chain: a path from the signer to an anchor, valid at the time that counts."""

from verify.carried import carries_only_proven
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.paths import PathSearch
from verify.report import CheckName, CheckResult, SubIndication
from verify.subject import Subject
from verify.validity import Bounds, bounds_of

_CHECK = CheckName.CHAIN


def check(subject: Subject) -> CheckResult:
    """Say whether every signer's certificate leads to an anchor."""
    if subject.container is None or not subject.paths:
        return not_reached(_CHECK)
    found = (_of_search(subject, one) for one in subject.paths)
    fault = next((one for one in found if one is not None), None) or _of_others(subject)
    if fault is not None:
        return fault
    return passed(_CHECK, Code.CHAIN_TRUSTED, "a path leads to a trusted root")


def _of_search(subject: Subject, search: PathSearch) -> CheckResult | None:
    if search.path is None and search.broken is not None:
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.CHAIN_INVALID, why, search.broken)
    if search.path is None:
        detail = "no path leads from the signer's certificate to a trusted root"
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(_CHECK, Code.CHAIN_UNKNOWN, why, detail)
    match bounds_of(search.path, subject.times):
        case Bounds.BEFORE:
            detail = "it was signed before a certificate of the path became valid"
            why = SubIndication.NOT_YET_VALID
            return failed(_CHECK, Code.CERTIFICATE_NOT_YET_VALID, why, detail)
        case Bounds.AFTER:
            detail = "it was signed after a certificate of the path had expired"
            return failed(_CHECK, Code.CERTIFICATE_EXPIRED, SubIndication.EXPIRED, detail)
        case Bounds.UNPROVEN:
            detail = "a certificate is not valid now, and nothing proves an earlier time"
            why = SubIndication.OUT_OF_BOUNDS_NO_POE
            return unsure(_CHECK, Code.CERTIFICATE_OUT_OF_BOUNDS, why, detail)
    return None


def _of_others(subject: Subject) -> CheckResult | None:
    """Ask that certificates which are carried along unused hold together as well."""
    if subject.cms is None or carries_only_proven(subject, subject.cms, subject.embedded):
        return None
    detail = "the container carries a certificate or list that no trusted root answers for"
    why = SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    return unsure(_CHECK, Code.EXTRA_CERTIFICATE_UNPROVEN, why, detail)
