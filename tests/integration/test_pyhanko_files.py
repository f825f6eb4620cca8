"""Files that another implementation signed, as they come: pyHanko, ECDSA P-256 and RSA."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import keys
from asn1crypto import x509 as foreign_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm
from pyhanko_certvalidator.registry import SimpleCertificateStore

from keystore import Certificate
from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import code_of, report_on
from tests.fakes.sm2_people import NOW, name
from verify import Code, Coverage, Indication, TrustAnchors, VerificationReport
from verify.report import CheckName


@pytest.fixture(scope="module")
def signer() -> signers.SimpleSigner:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name("pyHanko signer"))
        .issuer_name(name("pyHanko signer"))
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(NOW - timedelta(days=3000))
        .not_valid_after(NOW + timedelta(days=3000))
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signing_cert=foreign_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(pkcs8),
        cert_registry=SimpleCertificateStore(),
    )


def signed(
    data: bytes, signer: signers.SimpleSigner, field: str, *, visible: bool = False, **options
) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    if visible:
        place = fields.SigFieldSpec(field, box=(50, 50, 150, 100))
        fields.append_signature_field(writer, place)
    metadata = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", **options)
    out = BytesIO()
    signers.PdfSigner(metadata, signer=signer).sign_pdf(writer, output=out)
    return out.getvalue()


def judged(data: bytes, signer: signers.SimpleSigner) -> VerificationReport:
    from datetime import UTC, datetime

    anchor = Certificate.from_der(signer.signing_cert.dump())
    return report_on(data, anchors=TrustAnchors((anchor,)), at=datetime.now(UTC))


def _bases() -> dict[str, bytes]:
    plain = document().data
    made = {"plain": plain}
    for mode in ("disable", "generate"):
        for linear in (False, True):
            out = BytesIO()
            with pikepdf.open(BytesIO(plain)) as pdf:
                streams = getattr(pikepdf.ObjectStreamMode, mode)
                pdf.save(out, linearize=linear, object_stream_mode=streams)
            made[f"{mode} {linear}"] = out.getvalue()
    return made


BASES = _bases()


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("visible", [False, True])
def test_a_signature_on_any_kind_of_file_passes(name, visible, signer) -> None:
    report = judged(signed(BASES[name], signer, "Sig1", visible=visible), signer)
    assert report.indication is Indication.TOTAL_PASSED, [
        c.detail for c in report.signatures[0].checks
    ]
    assert report.signatures[0].covers is Coverage.ENTIRE_FILE
    assert report.signatures[0].kind == "cms"


@pytest.mark.parametrize("name", BASES)
def test_two_signatures_pass(name, signer) -> None:
    once = signed(BASES[name], signer, "Sig1")
    twice = signed(once, signer, "Sig2", visible=True)
    report = judged(twice, signer)
    assert report.indication is Indication.TOTAL_PASSED, [
        c.detail for c in report.signatures[0].checks
    ]
    assert code_of(report, CheckName.CHANGES) == Code.ONLY_UPKEEP_LATER


@pytest.mark.parametrize("name", BASES)
def test_pades_passes_too(name, signer) -> None:
    data = signed(BASES[name], signer, "Sig1", subfilter=fields.SigSeedSubFilter.PADES)
    report = judged(data, signer)
    assert report.indication is Indication.TOTAL_PASSED, [
        c.detail for c in report.signatures[0].checks
    ]
    assert report.signatures[0].sub_filter == "ETSI.CAdES.detached"


def test_a_certified_file_may_be_approved_and_no_more(signer) -> None:
    options = {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS}
    once = signed(BASES["plain"], signer, "Sig1", **options)
    assert judged(once, signer).indication is Indication.TOTAL_PASSED
    twice = signed(once, signer, "Sig2")
    assert judged(twice, signer).indication is Indication.TOTAL_PASSED


def test_a_changed_page_after_a_pyhanko_signature_fails(signer) -> None:
    once = signed(BASES["plain"], signer, "Sig1")
    writer = IncrementalPdfFileWriter(BytesIO(once))
    from pyhanko.pdf_utils import generic

    stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 500 500 re f")
    writer.add_stream_to_page(0, writer.add_object(stream))
    out = BytesIO()
    writer.write(out)
    assert judged(out.getvalue(), signer).indication is Indication.TOTAL_FAILED
