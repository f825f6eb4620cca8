"""Value: the signature is the signer's key's, over what the container says it is over."""

from keystore.errors import InvalidSignature
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.report import CheckName, CheckResult, SignatureKind, SubIndication
from verify.subject import Subject
from verify.timestamps import BadToken

_CHECK = CheckName.VALUE
_SUB_INDICATIONS = {
    Code.VALUE_INVALID: SubIndication.SIG_CRYPTO_FAILURE,
    Code.VALUE_NONCONFORMING: SubIndication.SIG_CRYPTO_FAILURE,
    Code.ATTRIBUTES_INVALID: SubIndication.FORMAT_FAILURE,
    Code.DIGEST_MISMATCH: SubIndication.HASH_FAILURE,
    Code.SIGNER_CERTIFICATE_NOT_NAMED: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Code.TIMESTAMP_INVALID: SubIndication.SIG_CRYPTO_FAILURE,
}
_DOUBTS = {
    Code.SIGNER_CERTIFICATE_MISSING: SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    Code.TIMESTAMP_UNTRUSTED: SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    Code.ALGORITHM_UNSUPPORTED: SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
}


def check(subject: Subject) -> CheckResult:
    """Say whether every signature value in the container holds."""
    fault = _fault(subject)
    if subject.container is None:
        return not_reached(_CHECK)
    if fault is None:
        return passed(_CHECK, Code.VALUE_HOLDS, "the value holds under the signer's key")
    code, detail = fault
    if code in _DOUBTS:
        return unsure(_CHECK, code, _DOUBTS[code], detail)
    return failed(_CHECK, code, _SUB_INDICATIONS[code], detail)


def _fault(subject: Subject) -> tuple[Code, str] | None:
    if subject.container is not None and subject.container.seal is not None:
        try:
            subject.container.seal.verify_value(signer_id=subject.demands.policy.signer_id)
        except InvalidSignature as error:
            return Code.VALUE_INVALID, str(error)
        return None
    if subject.kind is SignatureKind.TIMESTAMP and isinstance(subject.token, BadToken):
        return subject.token.code, str(subject.token)
    if subject.kind is SignatureKind.TIMESTAMP:
        return None
    first = next((one for one in subject.value_faults if one is not None), None)
    return None if first is None else (first.code, str(first))
