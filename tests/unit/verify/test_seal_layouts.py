"""Whole documents under seals of every edition, as other vendors write them."""

import pytest

from keystore import sm3
from keystore.algorithms import digest_of_bytes
from tests.fakes import sm2_people
from tests.fakes.pdf_documents import document
from tests.fakes.pki import NOW, pki
from tests.fakes.seals import (
    RsaParty,
    SealRecipe,
    SignatureRecipe,
    certificate_list,
    digest_list,
    extension,
)
from tests.fakes.signed_documents import Field, code_of, report_on, sign
from tests.fakes.sm2_people import foreigner
from verify import Code, Indication, SubIndication, TrustAnchors, VerificationReport
from verify.report import CheckName

CERTIFICATES = tuple(one.der for one in (*pki().leaf.chain, *pki().maker.chain))


def report_of(seal: SealRecipe, signature: SignatureRecipe) -> VerificationReport:
    def value(signed: bytes) -> bytes:
        return signature.but(version=seal.version, seal=seal.der(), data_hash=sm3(signed)).der()

    how = Field(
        value=value, dss=CERTIFICATES, crls=(pki().crl().der,), image=None, rect=b"[0 0 0 0]"
    )
    anchors = TrustAnchors((pki().root.certificate,))
    return report_on(sign(document(), how), anchors=anchors, at=NOW)


EXPECTED = frozenset({"SES_SEAL_INVISIBLE", "SES_SEAL_MAKER_UNNAMED", "SES_SEAL_NAME_OTHER"})
V1, V4, V5 = (SealRecipe(version=one) for one in (1, 4, 5))
PLAIN = SignatureRecipe()
RSA_SHA256 = "1.2.840.113549.1.1.11"
LAYOUTS: dict[str, tuple[SealRecipe, SignatureRecipe, tuple[str, ...]]] = {
    "GM/T 0031-2014": (V1, PLAIN, ()),
    "GB/T 38540-2020": (V4, PLAIN, ()),
    "GM/T 0031-2025": (V5, PLAIN, ()),
    "GM/T 0031-2025 with a time-stamp in the seal": (V5.but(timestamp=b"token"), PLAIN, ()),
    "a raw value in the seal": (V4.but(raw_value=True), PLAIN, ("SES_RAW_SEAL_SIGNATURE",)),
    "a raw value in the seal of 2014": (
        V1.but(raw_value=True),
        PLAIN,
        ("SES_RAW_SEAL_SIGNATURE",),
    ),
    "a raw value in the signature": (V4, PLAIN.but(raw_value=True), ("SES_RAW_SIGNATURE",)),
    "raw values in both": (
        V5.but(raw_value=True),
        PLAIN.but(raw_value=True),
        ("SES_RAW_SIGNATURE", "SES_RAW_SEAL_SIGNATURE"),
    ),
    "a list of digests": (
        V4.but(list_type=2, signers=digest_list(pki().leaf.certificate)),
        PLAIN,
        (),
    ),
    "a list of digests named by OID": (
        V4.but(
            list_type=2, signers=digest_list(pki().leaf.certificate, kind="1.2.156.10197.1.401")
        ),
        PLAIN,
        (),
    ),
    "untagged extensions in the seal": (V4.but(untagged=[extension()]), PLAIN, ()),
    "tagged extensions in the seal": (
        V4.but(tagged=[extension()]),
        PLAIN,
        ("SES_EXTENSION_TAG",),
    ),
    "tagged extensions in the seal of 2014": (V1.but(tagged=[extension()]), PLAIN, ()),
    "a default written out": (
        V4.but(untagged=[extension(critical=False)]),
        PLAIN,
        ("SES_EXPLICIT_DEFAULT",),
    ),
    "tagged extensions in the signature": (V4, PLAIN.but(tagged=[extension()]), ()),
    "untagged extensions in the signature": (
        V4,
        PLAIN.but(untagged=[extension()]),
        ("SES_EXTENSION_TAG",),
    ),
    "a time-stamp in place of the time of 2014": (
        V1,
        PLAIN.but(time_info=b"\x30\x03\x02\x01\x00"),
        ("SES_STAMP_AS_TIME",),
    ),
    "times of another edition": (V4.but(utc_time=True), PLAIN, ("SES_TIME_FORM",)),
}


@pytest.mark.parametrize("version", [1, 4, 5])
@pytest.mark.parametrize(
    ("name", "integrity"),
    [("sm3", Code.DIGEST_MATCHES), ("sha256", Code.DIGEST_ALGORITHM_UNSUPPORTED)],
)
def test_a_seal_made_with_rsa_is_refused_as_that_and_not_called_changed(
    version: int, name: str, integrity: Code
) -> None:
    maker, signer = (
        RsaParty(one.certificate, one.key) for one in map(foreigner, ("rsa2048 maker", "rsa2048"))
    )
    listed = certificate_list(signer.certificate)
    now = sm2_people.NOW
    seal = SealRecipe(version, maker=maker, signers=listed, times=(now, now, now))
    recipe = SignatureRecipe(version, signer=signer, signed_at=now, algorithm=RSA_SHA256)
    recipe = recipe.but(seal=seal.but(algorithm=RSA_SHA256).der())

    def value(signed: bytes) -> bytes:
        return recipe.but(data_hash=digest_of_bytes(name, signed)).der()

    anchors = TrustAnchors((maker.certificate, signer.certificate))
    how = Field(value=value, image=None, rect=b"[0 0 0 0]")
    report = report_on(sign(document(), how), anchors=anchors, at=now)
    assert report.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert code_of(report, CheckName.INTEGRITY) == integrity
    assert code_of(report, CheckName.VALUE) == Code.VALUE_HOLDS
    assert code_of(report, CheckName.ACCEPTANCE) == Code.ALGORITHM_NOT_ACCEPTED


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_of_the_field_holds_and_says_what_is_unusual(name: str) -> None:
    seal, signature, deviations = LAYOUTS[name]
    report = report_of(seal, signature)
    (found,) = report.signatures
    assert report.indication is Indication.TOTAL_PASSED, found.decisive
    assert [one for one in found.warnings if one not in EXPECTED] == list(deviations)
