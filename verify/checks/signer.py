"""Signer: whose certificate it is, whether it may sign, and whether the seal lists it."""

from keystore import Certificate
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.report import CheckName, CheckResult, SignatureKind, SubIndication
from verify.subject import Subject
from verify.timestamps import TokenFacts, is_timestamping_certificate

_CHECK = CheckName.SIGNER
_SIGNING_USES = frozenset({"digital_signature", "content_commitment"})


def check(subject: Subject) -> CheckResult:
    """Say whether the signer is known and allowed to sign documents."""
    if subject.container is None:
        return not_reached(_CHECK)
    certificates = [one for one in subject.certificates if one is not None]
    if not certificates or len(certificates) < len(subject.certificates):
        detail = "a signer's certificate is neither in the file nor known here"
        why = SubIndication.NO_SIGNING_CERTIFICATE_FOUND
        return unsure(_CHECK, Code.SIGNER_CERTIFICATE_MISSING, why, detail)
    seal = subject.container.seal
    if seal is not None and not seal.seal.lists(seal.certificate):
        detail = "the seal does not list the certificate that used it"
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.SIGNER_NOT_IN_SEAL, why, detail)
    if subject.kind is SignatureKind.TIMESTAMP:
        return _of_authority(subject)
    found = (_of_certificate(subject, one) for one in certificates)
    return next(
        (one for one in found if one is not None),
        passed(_CHECK, Code.SIGNER_FOUND, "the signer's certificate is there and may sign"),
    )


def _of_certificate(subject: Subject, certificate: Certificate) -> CheckResult | None:
    if certificate.key_usage and not certificate.key_usage & _SIGNING_USES:
        detail = "the certificate's key is not for signatures"
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return failed(_CHECK, Code.SIGNER_KEY_USAGE, why, detail)
    purposes = certificate.extended_key_usage
    if purposes and not purposes & subject.demands.policy.signer_purposes:
        detail = "the certificate is for other purposes than signing documents"
        why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return unsure(_CHECK, Code.SIGNER_EXTENDED_KEY_USAGE, why, detail)
    return None


def _of_authority(subject: Subject) -> CheckResult:
    token = subject.token
    if isinstance(token, TokenFacts) and is_timestamping_certificate(token.certificate):
        return passed(_CHECK, Code.SIGNER_FOUND, "the authority's certificate is for time-stamps")
    detail = "the certificate is not for time-stamps alone"
    why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
    return unsure(_CHECK, Code.SIGNER_EXTENDED_KEY_USAGE, why, detail)
