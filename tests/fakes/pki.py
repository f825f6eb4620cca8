"""A small SM2 PKI and its seal in memory, made once a process: root, issuing CA, maker, signer."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pikepdf
from cryptography import x509
from PIL import Image, ImageDraw

from hsm_adapters.soft import SoftKey
from keystore.certificates import Certificate
from keystore.credential import Credential
from keystore.issuing_ca import CertificatePlan, IssuingCa, distinguished_name
from keystore.pictures import SealPicture
from keystore.revocation_lists import RevocationList
from keystore.seal_making import SealPlan, make_seal
from keystore.seals import Seal
from keystore.signer import Signer
from keystore.sm2 import Sm2PublicKey
from keystore.sm2_backends import backend
from keystore.uri import KeyUri
from signing import SealContainer, Sealer, appearance_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CA_USES = frozenset({"key_cert_sign", "crl_sign"})
SIGNER_USES = frozenset({"digital_signature", "content_commitment"})
ANY_URI = KeyUri.parse("soft:path=in-memory")


def new_signer() -> Signer:
    scalar, point = backend().generate()
    key = SoftKey(Sm2PublicKey(point), backend().load_private(scalar, point))
    return Signer(key, key.public_key)


def name(common_name: str) -> x509.Name:
    return distinguished_name(country="CN", organization="示例农业农村局", common_name=common_name)


def plan(common_name: str, signer: Signer, **changes: object) -> CertificatePlan:
    values: dict[str, object] = {
        "subject": changes.get("subject") or name(common_name),
        "public_key": signer.public_key,
        "not_before": NOW - timedelta(days=1),
        "not_after": NOW + timedelta(days=365),
        "key_usage": SIGNER_USES,
    }
    return CertificatePlan(**(values | changes))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Party:
    signer: Signer
    chain: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        return self.chain[0]

    @property
    def credential(self) -> Credential:
        return Credential(ANY_URI, self.chain)


@dataclass(frozen=True, slots=True)
class Pki:
    root_ca: IssuingCa
    issuing_ca: IssuingCa
    root: Party
    issuing: Party
    maker: Party
    leaf: Party

    def party(self, common_name: str, **changes: object) -> Party:
        signer = new_signer()
        certificate = self.issuing_ca.issue(plan(common_name, signer, **changes))
        return Party(signer, (certificate, *self.issuing.chain))

    def crl(self, *serials: int, number: int = 1) -> RevocationList:
        return self.issuing_ca.revoke(
            {serial: NOW for serial in serials},
            number=number,
            this_update=NOW,
            next_update=NOW + timedelta(days=30),
        )


@cache
def pki() -> Pki:
    root_signer, issuing_signer = new_signer(), new_signer()
    root_ca = IssuingCa(name("根CA"), root_signer)
    issuing_ca = IssuingCa(name("签发CA"), issuing_signer)
    ten_years = {"not_after": NOW + timedelta(days=3650), "key_usage": CA_USES}
    root = root_ca.issue(plan("根CA", root_signer, path_length=1, **ten_years))
    issuing = root_ca.issue(plan("签发CA", issuing_signer, path_length=0, **ten_years))
    bare = Pki(
        root_ca,
        issuing_ca,
        Party(root_signer, (root,)),
        Party(issuing_signer, (issuing, root)),
        Party(root_signer, (root,)),
        Party(root_signer, (root,)),
    )
    maker, leaf = bare.party("制章者"), bare.party("签章者")
    return Pki(root_ca, issuing_ca, bare.root, bare.issuing, maker, leaf)


@cache
def png() -> bytes:
    drawn = Image.new("RGBA", (496, 496), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((4, 4, 492, 492), outline=(214, 0, 15, 255), width=14)
    out = io.BytesIO()
    drawn.quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def picture() -> SealPicture:
    return SealPicture("PNG", png(), 42, 42)


def seal_plan(**changes: object) -> SealPlan:
    values: dict[str, object] = {
        "seal_id": "44010000000001",
        "name": "示例农业农村局",
        "type_code": 3,
        "picture": picture(),
        "signers": (pki().leaf.certificate,),
        "created_at": NOW - timedelta(hours=1),
        "valid_from": NOW - timedelta(hours=1),
        "valid_until": NOW + timedelta(days=300),
    }
    return SealPlan(**(values | changes))  # type: ignore[arg-type]


def new_seal(**changes: object) -> Seal:
    maker = pki().maker
    return make_seal(seal_plan(**changes), maker=maker.credential, signer=maker.signer)


@cache
def seal() -> Seal:
    return new_seal()


def seal_container(**changes: object) -> SealContainer:
    values: dict[str, object] = {
        "seal": seal(),
        "credential": pki().leaf.credential,
        "maker_chain": pki().issuing.chain,
        "signer": pki().leaf.signer,
        "filter": "Qianyin.GMPkiLite",
        "sub_filter": "GM.sm2seal",
    }
    return SealContainer(**(values | changes))  # type: ignore[arg-type]


def sealer(container: object = None) -> Sealer:
    lists = (pki().crl().der,)
    used = container or seal_container()
    return Sealer(used, appearance_of(picture()), lambda: lists)  # type: ignore[arg-type]


def page_pdf(*, streams: bool = False, pages: int = 1) -> bytes:
    """A PDF with a classic cross-reference table, or with streams."""
    made = pikepdf.Pdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    return saved(made, streams=streams)


def saved(made: pikepdf.Pdf, *, streams: bool = False) -> bytes:
    mode = pikepdf.ObjectStreamMode
    out = io.BytesIO()
    made.save(
        out,
        object_stream_mode=mode.generate if streams else mode.disable,
        deterministic_id=True,
    )
    return out.getvalue()


def raw_pdf(*bodies: bytes) -> bytes:
    """A PDF of these objects, numbered from 1, the first its catalog; nothing is tidied up."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(bodies) + 1)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start
