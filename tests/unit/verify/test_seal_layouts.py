"""Whole documents under seals of every edition, as other vendors write them."""

import pytest

from keystore import sm3
from tests.fakes.pdf_documents import document
from tests.fakes.pki import NOW, pki
from tests.fakes.seals import SealRecipe, SignatureRecipe, digest_list, extension
from tests.fakes.signed_documents import Field, report_on, sign
from verify import Indication, TrustAnchors, VerificationReport

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
    "times of another edition": (V4.but(utc_time=True), PLAIN, ("SES_TIME_FORM",)),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_of_the_field_holds_and_says_what_is_unusual(name: str) -> None:
    seal, signature, deviations = LAYOUTS[name]
    report = report_of(seal, signature)
    (found,) = report.signatures
    assert report.indication is Indication.TOTAL_PASSED, found.decisive
    assert [one for one in found.warnings if one not in EXPECTED] == list(deviations)
