"""A signer believes no adapter."""

import pytest

from keystore import SIGNER_ID_GM, Signer, Sm2Signature
from keystore.errors import AdapterFault
from tests.fakes.pki import new_signer


class KeyThatAnswers:
    """An adapter whose answer is made up."""

    def __init__(self, answer, public_key):
        self.answer, self.public_key = answer, public_key

    def sign_digest(self, digest):
        return self.answer(digest)


def test_a_signature_is_over_the_message_with_the_signer_id():
    signer = new_signer()
    signature = signer.sign(b"m", signer_id=SIGNER_ID_GM)
    signer.public_key.verify(b"m", signature, signer_id=SIGNER_ID_GM)


@pytest.mark.parametrize(
    "answer",
    [
        lambda digest: Sm2Signature(1, 1),
        new_signer().key.sign_digest,
        lambda digest: STALE,
    ],
    ids=["made up", "of another key", "of an earlier message"],
)
def test_an_answer_that_does_not_verify_is_the_adapters_fault(answer):
    with pytest.raises(AdapterFault):
        Signer(KeyThatAnswers(answer, REAL.public_key), REAL.public_key).sign(
            b"m", signer_id=SIGNER_ID_GM
        )


REAL = new_signer()
STALE = REAL.sign(b"earlier", signer_id=SIGNER_ID_GM)
