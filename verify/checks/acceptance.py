"""Acceptance: algorithms, key sizes and deviations are ones that the policy allows."""

from collections.abc import Iterator

from keystore import Certificate
from verify.anchor_rules import Purpose
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.cms_value import digest_name
from verify.codes import Code
from verify.report import CheckName, CheckResult, SubIndication
from verify.strength import is_weak
from verify.subject import Subject
from verify.warnings import deviations_of

_CHECK = CheckName.ACCEPTANCE


def check(subject: Subject) -> CheckResult:
    """Say whether everything that was found is allowed."""
    if subject.container is None:
        return not_reached(_CHECK)
    policy = subject.demands.policy
    refused = sorted(set(_algorithms(subject)) - policy.signature_algorithms)
    refused += sorted(set(_of_seal(subject)) - policy.seal_algorithms)
    refused += sorted(set(_digests(subject)) - policy.digests)
    if refused:
        detail = f"not accepted: {', '.join(refused)}"
        why = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.ALGORITHM_NOT_ACCEPTED, why, detail)
    if any(is_weak(one, policy) for one in _certificates(subject)):
        detail = "a key is smaller, or on another curve, than the policy allows"
        why = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.KEY_TOO_SMALL, why, detail)
    strange = sorted(set(deviations_of(subject)) - policy.accepted_deviations)
    if strange:
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return unsure(_CHECK, Code.DEVIATION_NOT_ACCEPTED, why, ", ".join(strange))
    return passed(_CHECK, Code.POLICY_SATISFIED, f"the policy {policy.name} is satisfied")


def _of_seal(subject: Subject) -> Iterator[str]:
    if subject.container is not None and subject.container.seal is not None:
        yield subject.container.seal.algorithm
        yield subject.container.seal.seal.algorithm


def _algorithms(subject: Subject) -> Iterator[str]:
    if subject.cms is not None:
        yield from (one.signature_algorithm for one in subject.cms.signers)
    for certificate in _certificates(subject):
        if not certificate.is_self_issued:
            yield certificate.algorithm


def _digests(subject: Subject) -> Iterator[str]:
    if subject.cms is not None:
        for signer in subject.cms.signers:
            yield digest_name(signer) or signer.digest_algorithm


def _certificates(subject: Subject) -> Iterator[Certificate]:
    """Yield the signers' paths and the seal maker's."""
    for search in subject.paths:
        if search.path is not None:
            yield from search.path.certificates
    yield from (one for one in subject.certificates if one is not None)
    if subject.container is not None and subject.container.seal is not None:
        maker = subject.container.seal.seal.maker
        path = subject.path_of(maker, Purpose.MAKERS).path
        yield from (maker,) if path is None else path.certificates
