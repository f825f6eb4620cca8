"""The yardstick: stock pyHanko with ECDSA P-256, the same page and the same seal picture."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from keystore import SealPicture
from signing import SealPlacement
from signing.documents import MM_PER_POINT

__all__ = ["StockPyHanko"]

VALIDITY = timedelta(days=365)
FIELD_NAME = "Seal1"


@dataclass(frozen=True, slots=True)
class StockPyHanko:
    """pyHanko's own way of signing and validating, as its documentation shows it."""

    signer: PdfSigner
    roots: tuple[asn1_x509.Certificate, ...]

    @classmethod
    def made(
        cls, picture: SealPicture, placement: SealPlacement, *, page_height_mm: float
    ) -> "StockPyHanko":
        """Make a P-256 root, issuing CA and signer, and a visible signature with the picture."""
        chain, key = _chain()
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple(chain[1:])
        simple = SimpleSigner(signing_cert=chain[0], signing_key=key, cert_registry=registry)
        with Image.open(io.BytesIO(picture.data)) as image:
            background = PdfImage(image.convert("RGBA"))
        style = StaticStampStyle(background=background, border_width=0, background_opacity=1)
        metadata = PdfSignatureMetadata(field_name=FIELD_NAME, md_algorithm="sha256")
        box = _box(picture, placement, page_height_mm)
        field = SigFieldSpec(FIELD_NAME, on_page=placement.page, box=box)
        signer = PdfSigner(metadata, signer=simple, stamp_style=style, new_field_spec=field)
        return cls(signer, (chain[-1],))

    def sign(self, page: bytes) -> bytes:
        """Sign a rendered page."""
        out = self.signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page)))
        return bytes(out.getbuffer())

    def validate(self, pdf: bytes) -> bool:
        """Validate one signature: integrity, later changes and path."""
        signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
        context = ValidationContext(trust_roots=list(self.roots))
        status = validate_pdf_signature(signature, context)
        return bool(status.bottom_line)


def _box(
    picture: SealPicture, placement: SealPlacement, page_height_mm: float
) -> tuple[int, int, int, int]:
    x, y = placement.center_x_mm, page_height_mm - placement.center_y_mm
    half_width, half_height = picture.width_mm / 2, picture.height_mm / 2
    edges = (x - half_width, y - half_height, x + half_width, y + half_height)
    left, bottom, right, top = (round(edge / MM_PER_POINT) for edge in edges)
    return left, bottom, right, top


def _chain() -> tuple[list[asn1_x509.Certificate], asn1_keys.PrivateKeyInfo]:
    names = ("bench root", "bench issuing", "bench signer")
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in names]
    made = [
        _certificate(names[i], keys[i], names[max(i - 1, 0)], keys[max(i - 1, 0)], ca=i < 2)  # noqa: PLR2004 - the third is the leaf
        for i in range(len(names))
    ]
    key = asn1_keys.PrivateKeyInfo.load(
        keys[-1].private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return [asn1_x509.Certificate.load(one) for one in reversed(made)], key


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> bytes:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuer_key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
