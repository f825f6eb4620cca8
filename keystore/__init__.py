"""The cellar: keys, certificates and seals, and what they are. Imports nothing of ours."""

from keystore.certificates import Certificate
from keystore.clear_json import clear_json
from keystore.credential import Credential
from keystore.der import der_length
from keystore.deviations import Deviation
from keystore.keyring import Keyring, SealEntry, no_secrets
from keystore.ocsp import OCSP_MAX_BYTES, OcspAnswer, OcspResponse, OcspStatus
from keystore.ocsp_requests import OcspRequest
from keystore.pictures import SealPicture
from keystore.public_keys import DigestAfter, PublicKey, digests_of, verify_with_key
from keystore.registry import installed_schemes, provider_for
from keystore.revocation_lists import RevocationList
from keystore.seal_making import SealPlan, make_seal
from keystore.seal_signatures import SealSignature
from keystore.seals import Seal
from keystore.signer import Signer
from keystore.sm2 import SIGNER_ID_GM, Sm2PublicKey, Sm2Signature, sm3, sm3_begun
from keystore.uri import KeyUri

__all__ = [
    "OCSP_MAX_BYTES",
    "SIGNER_ID_GM",
    "Certificate",
    "Credential",
    "Deviation",
    "DigestAfter",
    "KeyUri",
    "Keyring",
    "OcspAnswer",
    "OcspRequest",
    "OcspResponse",
    "OcspStatus",
    "PublicKey",
    "RevocationList",
    "Seal",
    "SealEntry",
    "SealPicture",
    "SealPlan",
    "SealSignature",
    "Signer",
    "Sm2PublicKey",
    "Sm2Signature",
    "clear_json",
    "der_length",
    "digests_of",
    "installed_schemes",
    "make_seal",
    "no_secrets",
    "provider_for",
    "sm3",
    "sm3_begun",
    "verify_with_key",
]
