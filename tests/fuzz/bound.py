"""What a container says under somebody's signature; all else may be written in another way."""

from keystore import SealSignature
from keystore.cms import CmsSignature
from verify.containers import read_container


def bound(der: bytes) -> object:
    """What the container says under somebody's signature; of CMS, by whom it is signed."""
    container = read_container(der)
    if container.seal is not None:
        return _of_seal(container.seal)
    assert container.cms is not None
    return _of_cms(container.cms)


def _of_seal(one: SealSignature) -> object:
    return one.signed_bytes, one.certificate, one.signature, one.seal.der


def _of_cms(one: CmsSignature) -> object:
    signers = (
        (by.issuer_der, by.serial, by.key_id, by.signed_attributes_der, by.signature)
        for by in one.signers
    )
    return one.content, frozenset(signers)


def says_what_it_said(der: bytes, made: bytes) -> bool:
    """Say whether nothing was added or altered; a signer beside others may be gone."""
    before, after = bound(der), bound(made)
    if None in (read_container(der).cms, read_container(made).cms):
        return before == after
    return before[0] == after[0] and after[1] <= before[1]
