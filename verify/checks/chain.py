"""Chain: a path from the signer to an anchor, valid at the time that counts."""

from verify.carried import carries_only_proven
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.metadata import UnclearRecord, claimed_type
from verify.paths import Path, PathSearch
from verify.report import CheckName, CheckResult, SignatureKind, SubIndication
from verify.subject import Subject
from verify.validity import Bounds, bounds_of

_CHECK = CheckName.CHAIN


def check(subject: Subject) -> CheckResult:
    """Say whether every signer's certificate leads to an anchor."""
    if subject.container is None or not subject.paths:
        return not_reached(_CHECK)
    found = (_of_search(subject, one) for one in subject.paths)
    fault = next((one for one in found if one is not None), None)
    fault = fault or _of_others(subject) or _of_license_type(subject)
    if fault is not None:
        return fault
    return passed(_CHECK, Code.CHAIN_TRUSTED, "a path leads to a trusted root")


def _of_search(subject: Subject, search: PathSearch) -> CheckResult | None:
    return _without_path(search) if search.path is None else _of_period(subject, search.path)


def _without_path(search: PathSearch) -> CheckResult:
    if search.refused is not None:
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(_CHECK, search.refused.code, why, search.refused.detail)
    if search.broken is not None:
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.CHAIN_INVALID, why, search.broken)
    detail = "no path leads from the signer's certificate to a trusted root"
    why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    return unsure(_CHECK, Code.CHAIN_UNKNOWN, why, detail)


def _of_period(subject: Subject, path: Path) -> CheckResult | None:
    match bounds_of(path, subject.times):
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


def _of_license_type(subject: Subject) -> CheckResult | None:
    """Ask that the authority may issue what the file says it is, where an anchor limits that."""
    paths = [one.path.certificates for one in subject.paths if one.path is not None]
    rules = subject.demands.anchors.rules
    limited = [(rules[one[-1]], one[0]) for one in paths if one[-1] in rules]
    if subject.kind is SignatureKind.TIMESTAMP or not any(rule.may_issue for rule, _ in limited):
        return None
    try:
        claimed = claimed_type(subject.readable)
    except UnclearRecord as error:
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return unsure(_CHECK, Code.LICENSE_TYPE_UNCLEAR, why, str(error))
    if claimed is None or all(rule.allows(signer, claimed) for rule, signer in limited):
        return None
    detail = "the authority may not issue licences of the type that the file says it is"
    why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
    return unsure(_CHECK, Code.LICENSE_TYPE_OUT_OF_SCOPE, why, detail)
