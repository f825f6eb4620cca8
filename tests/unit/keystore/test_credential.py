"""A credential's chain holds together and fits its key."""

from datetime import timedelta

import pytest

from keystore import Credential, Sm2PublicKey
from keystore.errors import CertificateMismatch
from tests.fakes.foreign import rsa_certificate
from tests.fakes.pki import ANY_URI, CA_USES, NOW, new_signer, pki, plan


def test_a_chain_from_leaf_to_root_is_a_credential():
    party = pki().leaf
    assert party.credential.certificate == party.certificate
    assert party.credential.public_key == party.signer.public_key
    party.credential.require_key(party.signer.public_key)


def test_the_certificate_of_another_key_is_refused():
    with pytest.raises(CertificateMismatch, match="签章者 is not of the key soft:path=in-memory"):
        pki().leaf.credential.require_key(new_signer().public_key)


def test_no_chain_is_none():
    with pytest.raises(CertificateMismatch, match="needs a certificate"):
        Credential(ANY_URI, ())


def test_a_chain_in_the_wrong_order_or_with_a_gap_is_refused():
    leaf, issuing, root = pki().leaf.chain
    for chain in ((leaf, root), (root, issuing, leaf), (leaf, leaf)):
        with pytest.raises(CertificateMismatch):
            Credential(ANY_URI, chain)


def test_an_issuer_that_is_no_authority_is_refused():
    common = new_signer()
    posing = pki().root_ca.issue(plan("签发CA", common))
    with pytest.raises(CertificateMismatch, match="is no authority"):
        Credential(ANY_URI, (pki().leaf.certificate, posing))


def test_an_issuer_of_the_right_name_with_another_key_is_refused():
    namesake = new_signer()
    posing = pki().root_ca.issue(plan("签发CA", namesake, key_usage=CA_USES, path_length=0))
    with pytest.raises(CertificateMismatch, match="did not sign"):
        Credential(ANY_URI, (pki().leaf.certificate, posing))


def test_a_certificate_with_another_kind_of_key_cannot_sign_sm2():
    credential = Credential(ANY_URI, (rsa_certificate(),))
    with pytest.raises(CertificateMismatch, match="does not hold an SM2 key"):
        assert isinstance(credential.public_key, Sm2PublicKey)


def test_the_dates_are_not_the_credentials_business():
    signer = new_signer()
    old = pki().issuing_ca.issue(
        plan("旧", signer, not_before=NOW - timedelta(9), not_after=NOW - timedelta(8))
    )
    assert Credential(ANY_URI, (old, *pki().issuing.chain)).certificate == old
