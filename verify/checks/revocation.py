"""Revocation: whether a certificate of the path was withdrawn, or distrusted, before it signed."""

from dataclasses import replace

from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.evidence import Evidence
from verify.paths import Path
from verify.report import CheckName, CheckResult, SubIndication
from verify.revocation import Standing, standing_of_path
from verify.subject import Subject

_CHECK = CheckName.REVOCATION
_GOOD = {
    Standing.GOOD: (Code.NOT_REVOKED, "lists or OCSP answers speak for every certificate"),
    Standing.REVOKED_LATER: (Code.REVOKED_LATER, "revoked only after the proven time"),
    Standing.UNKNOWN_ACCEPTED: (
        Code.REVOCATION_UNKNOWN_ACCEPTED,
        "no revocation list is at hand, and the certificate names none",
    ),
}


def check(subject: Subject) -> CheckResult:
    """Say what is known about revocation at the time that counts."""
    paths = [search.path for search in subject.paths if search.path is not None]
    if not paths or len(paths) < len(subject.certificates):
        return not_reached(_CHECK)
    standing, is_ca = _worst(paths, subject, subject.evidence)
    if standing in _GOOD:
        return passed(_CHECK, *_GOOD[standing])
    others = replace(subject.evidence, distrusted=())
    if subject.evidence.distrusted and standing > _worst(paths, subject, others)[0]:
        return _distrusted(standing, is_ca=is_ca)
    return _bad(standing, is_ca=is_ca)


def _worst(paths: list[Path], subject: Subject, evidence: Evidence) -> tuple[Standing, bool]:
    policy = subject.demands.policy
    return max(standing_of_path(one, evidence, subject.times, policy) for one in paths)


def _distrusted(standing: Standing, *, is_ca: bool) -> CheckResult:
    if standing is Standing.REVOKED:
        detail = "a key was not trusted any more when the signature was made"
        return failed(_CHECK, Code.KEY_DISTRUSTED, SubIndication.REVOKED, detail)
    detail = "a key is not trusted any more, and nothing proves that the signature is older"
    why = SubIndication.REVOKED_CA_NO_POE if is_ca else SubIndication.REVOKED_NO_POE
    return unsure(_CHECK, Code.KEY_DISTRUSTED_NO_PROOF, why, detail)


def _bad(standing: Standing, *, is_ca: bool) -> CheckResult:
    if standing is Standing.REVOKED:
        detail = "a certificate was revoked before the signature was made"
        return failed(_CHECK, Code.REVOKED, SubIndication.REVOKED, detail)
    if standing is Standing.REVOKED_NO_PROOF:
        detail = "a certificate is revoked, and nothing proves that the signature is older"
        why = SubIndication.REVOKED_CA_NO_POE if is_ca else SubIndication.REVOKED_NO_POE
        return unsure(_CHECK, Code.REVOKED_NO_PROOF, why, detail)
    detail = "the certificate names a revocation list, and no fresh one is at hand"
    return unsure(_CHECK, Code.REVOCATION_UNKNOWN, SubIndication.TRY_LATER, detail)
