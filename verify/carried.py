"""What a container carries along unsigned must hold together, or its bytes could be changed."""

from keystore import Certificate
from keystore.cms import CmsSignature
from verify.evidence import are_lists
from verify.subject import Subject

__all__ = ["carries_only_proven"]


def carries_only_proven(
    subject: Subject, cms: CmsSignature, certificates: tuple[Certificate, ...]
) -> bool:
    """Say whether every certificate leads to an anchor and every list is its issuer's."""
    if len(certificates) < len(cms.certificates):
        return False
    issuers = (*subject.demands.anchors.certificates, *subject.evidence.certificates)
    return all(subject.path_of(one, None).path is not None for one in certificates) and are_lists(
        cms.crls, issuers, subject.demands.policy.signer_id
    )
