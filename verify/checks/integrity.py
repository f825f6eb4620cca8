"""Integrity: the digest in the container is the digest of the signed bytes."""

from keystore import SealSignature
from keystore.cms import MESSAGE_DIGEST, CmsSignature, CmsSigner, digest_attribute
from keystore.errors import MalformedAsn1
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.cms_value import content_deviations, digest_name
from verify.codes import Code
from verify.report import CheckName, CheckResult, SignatureKind, SubIndication
from verify.subject import Subject
from verify.timestamps import BadToken

_CHECK = CheckName.INTEGRITY


def check(subject: Subject) -> CheckResult:
    """Say whether the signed bytes are those that were signed."""
    if subject.signed.revision is None or subject.container is None:
        return not_reached(_CHECK)
    if subject.container.seal is not None:
        return _of_seal(subject, subject.container.seal)
    if subject.kind is SignatureKind.TIMESTAMP:
        return _answer(not isinstance(subject.token, BadToken))
    return _of_cms(subject, subject.container.cms)


def _answer(matches: bool) -> CheckResult:
    if matches:
        return passed(_CHECK, Code.DIGEST_MATCHES, "the digest is that of the signed bytes")
    detail = "the digest is not that of the signed bytes"
    return failed(_CHECK, Code.DIGEST_MISMATCH, SubIndication.HASH_FAILURE, detail)


def _of_seal(subject: Subject, seal: SealSignature) -> CheckResult:
    """Compare SM3, the only digest of a seal; one made with another algorithm may mean another."""
    matches = seal.data_hash == subject.digest("sm3")
    if matches or seal.algorithm in subject.demands.policy.seal_algorithms:
        return _answer(matches)
    detail = f"nothing says which digest goes with {seal.algorithm}"
    why = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    return unsure(_CHECK, Code.DIGEST_ALGORITHM_UNSUPPORTED, why, detail)


def _of_cms(subject: Subject, cms: CmsSignature | None) -> CheckResult:
    if cms is None:  # pragma: no cover - a container is a seal or CMS
        return not_reached(_CHECK)
    for position, signer in enumerate(cms.signers):
        name = digest_name(signer)
        if name is None:
            detail = f"the digest {signer.digest_algorithm} is not supported"
            why = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
            return unsure(_CHECK, Code.DIGEST_ALGORITHM_UNSUPPORTED, why, detail)
        if not _is_about(subject, cms, signer, position, name):
            return _answer(matches=False)
    return _answer(matches=True)


def _is_about(
    subject: Subject, cms: CmsSignature, signer: CmsSigner, position: int, name: str
) -> bool:
    if cms.content is None and signer.signed_attributes is None:
        # The value is over the bytes themselves: there is no digest to compare.
        return subject.value_faults[position] is None
    digest = subject.digest(name)
    if cms.content is not None:
        return content_deviations(cms.content, digest) is not None
    try:
        stated = signer.signed_value(MESSAGE_DIGEST)
        return stated is not None and digest_attribute(stated) == digest
    except MalformedAsn1:
        return False
