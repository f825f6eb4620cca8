"""pyHanko as judge: CMS and chain by its validator, coverage and changes by its reader."""

import io
from datetime import timedelta

import pikepdf
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    SigFieldSpec,
    enumerate_sig_fields,
)
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.registry import SimpleCertificateStore

from keystore import SIGNER_ID_GM, SealSignature, der_length, sm3
from signing import RFC_5652, CmsContainer, SealPlacement, UnsignedPdf
from signing.errors import UnsuitablePdf
from tests.fakes.foreign import ec_key, foreign_der
from tests.fakes.pki import NOW, page_pdf, pki, saved, sealer
from tests.fakes.pyhanko_sm2 import EmbeddedSeal, teach, trusting
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Code, TrustAnchors, read_upload, verify_pdf

pytestmark = pytest.mark.judge

STREAMS = pytest.mark.parametrize("streams", [False, True], ids=["table", "streams"])


@pytest.fixture(autouse=True, scope="module")
def _taught():
    teach()


def cms_press():
    leaf = pki().leaf
    return sealer(
        CmsContainer(leaf.credential, leaf.signer, RFC_5652, "Adobe.PPKLite", "adbe.pkcs7.detached")
    )


def sealed(data: bytes, place=(100, 100), press=None) -> bytes:
    press = press or sealer()
    placement = SealPlacement(0, *place)
    return press.seal(press.prepare(UnsignedPdf(data), placement, now=NOW)).data


def context(**changes):
    return trusting(
        pki().root.certificate.der,
        moment=NOW + timedelta(minutes=1),
        **changes,
    )


def seals_of(data: bytes) -> list[EmbeddedSeal]:
    reader = PdfFileReader(io.BytesIO(data))
    found = []
    for full_name, value, sig_field in enumerate_sig_fields(reader, filled_status=True):
        if value.get_object()["/SubFilter"] == "/GM.sm2seal":
            found.append(EmbeddedSeal(reader, sig_field, full_name))
    return found


def judge_seal(seal: EmbeddedSeal) -> None:
    """The digest pyHanko computes is the one the seal signature carries."""
    seal.compute_integrity_info()
    value = bytes(seal.pkcs7_content)
    read = SealSignature.from_der(value[: der_length(value)])
    read.verify_value(signer_id=SIGNER_ID_GM)
    assert seal.compute_digest() == read.data_hash


@STREAMS
def test_our_rfc_5652_signature_is_intact_valid_and_trusted(streams):
    data = sealed(page_pdf(streams=streams), press=cms_press())
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    status = validate_pdf_signature(signature, context())
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.md_algorithm == "sm3"
    assert status.signing_cert.dump() == pki().leaf.certificate.der
    assert status.signer_reported_dt == NOW


def test_another_root_does_not_make_it_trusted():
    data = sealed(page_pdf(), press=cms_press())
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    status = validate_pdf_signature(signature, trusting(foreign_der(ec_key(), hashes.SHA256())))
    assert status.intact
    assert not status.trusted


def test_a_changed_byte_is_seen():
    data = bytearray(sealed(page_pdf(), press=cms_press()))
    place = data.index(b"/MediaBox [ 0 0 595") + 13
    data[place] = ord("1")
    (signature,) = PdfFileReader(io.BytesIO(bytes(data))).embedded_signatures
    status = validate_pdf_signature(signature, context())
    assert not status.intact


def test_the_chain_holds_with_our_list_required():
    leaf_list, root_list = (
        pki().crl(),
        pki().root_ca.revoke({}, number=1, this_update=NOW, next_update=NOW + timedelta(days=1)),
    )
    data = sealed(page_pdf(), press=cms_press())
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    status = validate_pdf_signature(signature, context(crls=(leaf_list.der, root_list.der)))
    assert status.bottom_line


def test_a_revoked_signer_is_not_trusted():
    revoking = pki().crl(pki().leaf.certificate.serial)
    root_list = pki().root_ca.revoke(
        {}, number=1, this_update=NOW, next_update=NOW + timedelta(days=1)
    )
    data = sealed(page_pdf(), press=cms_press())
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    status = validate_pdf_signature(signature, context(crls=(revoking.der, root_list.der)))
    assert not status.trusted
    assert status.revoked


@STREAMS
def test_a_seal_covers_the_file_by_pyhankos_reading(streams):
    (seal,) = seals_of(sealed(page_pdf(streams=streams)))
    judge_seal(seal)
    assert seal.coverage is SignatureCoverageLevel.ENTIRE_FILE


@STREAMS
@pytest.mark.parametrize("form", [None, "direct", "indirect"])
def test_a_second_seal_is_no_suspicious_change_of_the_first(streams, form):
    data = page_pdf(streams=streams)
    if form:
        pdf = pikepdf.open(io.BytesIO(data))
        made = pikepdf.Dictionary(Fields=pikepdf.Array())
        pdf.Root.AcroForm = pdf.make_indirect(made) if form == "indirect" else made
        data = saved(pdf, streams=streams)
    data = sealed(sealed(sealed(data), (60, 200)), (150, 200))
    first, second, third = sorted(seals_of(data), key=lambda one: one.signed_revision)
    for seal in (first, second, third):
        judge_seal(seal)
    assert third.coverage is SignatureCoverageLevel.ENTIRE_FILE
    for seal in (first, second):
        assert seal.coverage is SignatureCoverageLevel.ENTIRE_REVISION
        assert seal.diff_result.modification_level is ModificationLevel.FORM_FILLING


def p256_signer() -> signers.SimpleSigner:
    der = foreign_der(ec_key(), hashes.SHA256())
    private = ec_key().private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(der),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def signed_by_pyhanko(data: bytes, field_name: str) -> bytes:
    out = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(data)),
        signers.PdfSignatureMetadata(field_name=field_name),
        signer=p256_signer(),
        new_field_spec=SigFieldSpec(field_name, on_page=0, box=(10, 10, 90, 60)),
    )
    return bytes(out.getbuffer())


@STREAMS
def test_a_signature_by_pyhanko_on_top_leaves_our_seal_intact(streams):
    ours = sealed(page_pdf(streams=streams))
    both = signed_by_pyhanko(ours, "Counterpart")
    assert both.startswith(ours)
    (seal,) = seals_of(both)
    judge_seal(seal)
    assert seal.coverage is SignatureCoverageLevel.ENTIRE_REVISION
    assert seal.diff_result.modification_level is ModificationLevel.FORM_FILLING
    (signature,) = PdfFileReader(io.BytesIO(both)).embedded_signatures
    status = validate_pdf_signature(signature, trusting(foreign_der(ec_key(), hashes.SHA256())))
    assert status.intact
    assert status.valid
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


@STREAMS
def test_our_seal_on_top_leaves_a_signature_by_pyhanko_intact(streams):
    theirs = signed_by_pyhanko(page_pdf(streams=streams), "Counterpart")
    both = sealed(theirs)
    assert both.startswith(theirs)
    (signature,) = PdfFileReader(io.BytesIO(both)).embedded_signatures
    status = validate_pdf_signature(signature, trusting(foreign_der(ec_key(), hashes.SHA256())))
    assert status.intact
    assert status.valid
    assert status.coverage is SignatureCoverageLevel.ENTIRE_REVISION
    assert status.modification_level is ModificationLevel.FORM_FILLING
    assert status.docmdp_ok
    (seal,) = seals_of(both)
    judge_seal(seal)
    assert seal.coverage is SignatureCoverageLevel.ENTIRE_FILE


@pytest.mark.parametrize(
    ("names", "is_sealed"), [(["Amount"], True), (["Seal2"], False), (None, False)]
)
def test_our_seal_is_put_only_where_it_leaves_a_locking_signature_valid(names, is_sealed):
    action = FieldMDPAction.ALL if names is None else FieldMDPAction.INCLUDE
    writer = IncrementalPdfFileWriter(io.BytesIO(page_pdf()))
    spec = SigFieldSpec(
        "Theirs", on_page=0, box=(10, 10, 90, 60), field_mdp_spec=FieldMDPSpec(action, names)
    )
    metadata = signers.PdfSignatureMetadata(field_name="Theirs")
    out = signers.sign_pdf(writer, metadata, signer=p256_signer(), new_field_spec=spec)
    theirs = bytes(out.getbuffer())
    if not is_sealed:
        with pytest.raises(UnsuitablePdf, match="locks"):
            sealed(theirs)
        return
    both = sealed(theirs)
    (signature,) = PdfFileReader(io.BytesIO(both)).embedded_signatures
    status = validate_pdf_signature(signature, trusting(foreign_der(ec_key(), hashes.SHA256())))
    assert status.bottom_line or (status.intact and status.docmdp_ok)
    readable = read_upload(both, limits=DEFAULT_LIMITS)
    report = verify_pdf(readable, anchors=TrustAnchors.nobody(), policy=QIANYIN_DEFAULT, at=NOW)
    codes = [one.code for sig in report.signatures for one in sig.checks if one.check == "changes"]
    assert codes == [Code.ONLY_UPKEEP_LATER, Code.NO_LATER_CHANGES]


def test_pyhankos_digest_is_sm3_of_the_byte_range():
    data = sealed(page_pdf())
    (seal,) = seals_of(data)
    start, first, second, last = (int(one) for one in seal.byte_range)
    assert seal.compute_digest() == sm3(data[start:first] + data[second : second + last])
