"""pyHanko taught SM2 through its own hooks, with GmSSL's arithmetic: a judge, not our verifier."""

import gmssl_pyx
from asn1crypto import algos, crl, keys, x509
from cryptography.exceptions import InvalidSignature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidator,
)

SIGNATURES = {"1.2.156.10197.1.501": "sm3_sm2"}
DIGESTS = {"1.2.156.10197.1.401": "sm3"}


def teach() -> None:
    """Register names of the curve, the digest and the signature; may be called again."""
    if "1.2.156.10197.1.301" not in keys.NamedCurve._map:
        keys.NamedCurve.register("sm2p256v1", "1.2.156.10197.1.301", 32)
    for kind, names in (
        (algos.DigestAlgorithmId, DIGESTS),
        (algos.SignedDigestAlgorithmId, SIGNATURES),
    ):
        kind._map.update(names)
        if kind._reverse_map is not None:
            kind._reverse_map.update({name: oid for oid, name in names.items()})


class Sm2SignatureValidator(SignatureValidator):
    def validate_signature(
        self,
        signature,
        signed_data,
        public_key_info,
        signature_algorithm,
        context=DEFAULT_VALIDATION_CONTEXT,
    ):
        if signature_algorithm["algorithm"].dotted not in SIGNATURES:
            DefaultSignatureValidator().validate_signature(
                signature, signed_data, public_key_info, signature_algorithm, context
            )
            return
        point = public_key_info["public_key"].native
        if not gmssl_pyx.sm2_verify(point[1:], bytes(signed_data), signature):
            raise InvalidSignature


def trusting(*roots: bytes, moment=None, crls: tuple[bytes, ...] = ()) -> ValidationContext:
    teach()
    return ValidationContext(
        trust_roots=[x509.Certificate.load(one) for one in roots],
        crls=[crl.CertificateList.load(one) for one in crls],
        moment=moment,
        allow_fetching=False,
        revocation_mode="require" if crls else "soft-fail",
        signature_validator=Sm2SignatureValidator(),
    )


class EmbeddedSeal(EmbeddedPdfSignature):
    """A signature whose value is no CMS: pyHanko's reading of coverage, digest and changes."""

    def __init__(self, reader, sig_field, fq_name):
        self.reader, self.fq_name = reader, fq_name
        self.sig_field = sig_field = sig_field.get_object()
        reference = sig_field.raw_get("/V")
        self.sig_object = reference.get_object()
        self.byte_range = self.sig_object.raw_get("/ByteRange")
        self.pkcs7_content = self.sig_object.raw_get("/Contents")
        self.external_md_algorithm = self.md_algorithm = "sm3"
        self.signed_revision = reader.xrefs.get_last_change(reference.reference)
        self.coverage = self.diff_result = self.tst_signature_digest = None
        self.external_digests = {}
        self._docmdp = self._fieldmdp = None
        self._docmdp_queried = self._fieldmdp_queried = self._integrity_checked = False
