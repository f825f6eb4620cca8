"""An SM2 world in memory: authorities, a seal maker, a signer, a time-stamping authority."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from PIL import Image

from keystore import Certificate, Credential, KeyUri, Seal, SealPicture, SealPlan, Signer, make_seal
from keystore.issuing_ca import CertificatePlan, IssuingCa, _extension, distinguished_name
from tests.fakes.seeded import chance, new_ec_key, new_rsa_key, new_sm2_signer, seeded

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CA_USES = frozenset({"key_cert_sign", "crl_sign"})
SIGNING_USES = frozenset({"digital_signature", "content_commitment"})
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
PIXELS = 24
SEAL_MM = 40


def name(common_name: str) -> x509.Name:
    return distinguished_name(country="CN", organization="Qianyin tests", common_name=common_name)


def ca_that_adds(ca: IssuingCa, *more: tuple[x509.ExtensionType, bool]) -> IssuingCa:
    """The authority with further extensions, and whether each is critical, in what it issues."""

    class Generous(IssuingCa):
        def _extensions(self, plan: CertificatePlan) -> list:
            added = [_extension(value, critical=critical) for value, critical in more]
            return [*IssuingCa._extensions(self, plan), *added]

    return Generous(ca.name, ca.signer, ca.random_bytes)


@dataclass(frozen=True)
class Person:
    """A certificate with its key and the authority above it."""

    certificate: Certificate
    signer: Signer
    above: tuple[Certificate, ...]

    @property
    def chain(self) -> tuple[Certificate, ...]:
        return (self.certificate, *self.above)

    @property
    def ca(self) -> IssuingCa:
        return IssuingCa(self.certificate.x509.subject, self.signer, chance)

    def issue(
        self,
        common_name: str,
        *,
        uses: frozenset[str] = SIGNING_USES,
        purposes: tuple[str, ...] = (),
        start: datetime = NOW - 100 * DAY,
        end: datetime = NOW + 1000 * DAY,
        path_length: int | None = None,
        signer: Signer | None = None,
        more: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    ) -> "Person":
        made = signer or new_sm2_signer()
        plan = CertificatePlan(
            subject=name(common_name),
            public_key=made.public_key,
            not_before=start,
            not_after=end,
            key_usage=uses,
            path_length=path_length,
            extended_key_usage=purposes,
        )
        return Person(ca_that_adds(self.ca, *more).issue(plan), made, self.chain)

    def crl(
        self,
        revoked: dict[int, datetime] | None = None,
        *,
        this_update: datetime = NOW - DAY,
        next_update: datetime = NOW + 30 * DAY,
    ) -> bytes:
        listing = self.ca.revoke(
            revoked or {}, number=1, this_update=this_update, next_update=next_update
        )
        return listing.der


def new_root(common_name: str = "Root") -> Person:
    signer = new_sm2_signer()
    plan = CertificatePlan(
        subject=name(common_name),
        public_key=signer.public_key,
        not_before=NOW - 1000 * DAY,
        not_after=NOW + 5000 * DAY,
        key_usage=CA_USES,
        path_length=2,
    )
    return Person(IssuingCa(name(common_name), signer, chance).issue(plan), signer, ())


@dataclass(frozen=True)
class World:
    root: Person
    ca: Person
    maker: Person
    signer: Person
    tsa: Person
    seal: Seal

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """What a file carries as evidence."""
        people = (self.root, self.ca, self.maker, self.signer, self.tsa)
        return tuple(one.certificate.der for one in people)

    def crls(self) -> tuple[bytes, ...]:
        return (self.root.crl(), self.ca.crl())


@lru_cache(maxsize=4)
def world(label: str = "") -> World:
    """The same people for the same label, in every process."""
    with seeded(f"world {label}"):
        return _new_world(label)


def _new_world(label: str) -> World:
    root = new_root(f"Root {label}")
    ca = root.issue(
        f"CA {label}", uses=CA_USES, path_length=0, start=NOW - 900 * DAY, end=NOW + 4000 * DAY
    )
    maker, signer = ca.issue("Seal maker"), ca.issue("示例市农业农村局")
    tsa = ca.issue("TSA", purposes=(TIME_STAMPING,))
    return World(root, ca, maker, signer, tsa, new_seal(maker, signer))


def new_seal(
    maker: Person,
    *signers: Person,
    picture: bytes | None = None,
    picture_format: str = "PNG",
    size_mm: int = SEAL_MM,
    created: datetime = NOW - 50 * DAY,
    start: datetime = NOW - 50 * DAY,
    end: datetime = NOW + 500 * DAY,
    name: str = "示例市农业农村局",
) -> Seal:
    plan = SealPlan(
        seal_id="11000000000001",
        name=name,
        type_code=3,
        picture=SealPicture(picture_format, picture or png(), size_mm, size_mm),
        signers=tuple(one.certificate for one in signers),
        created_at=created,
        valid_from=start,
        valid_until=end,
    )
    credential = Credential(KeyUri.parse("soft:path=none"), (maker.certificate,))
    return make_seal(plan, maker=credential, signer=maker.signer)


def picture(color: tuple[int, int, int] = (200, 0, 0)) -> Image.Image:
    """A ring: opaque outside, transparent inside."""
    image = Image.new("RGBA", (PIXELS, PIXELS), (*color, 255))
    image.paste((9, 9, 9, 0), (4, 4, PIXELS - 4, PIXELS - 4))
    return image


def png(image: Image.Image | None = None, form: str = "PNG") -> bytes:
    out = BytesIO()
    (image or picture()).save(out, form)
    return out.getvalue()


@dataclass(frozen=True)
class Foreigner:
    """A certificate and key of another kind than SM2, self-signed or under an issuer."""

    certificate: Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@lru_cache(maxsize=8)
def foreigner(kind: str = "p256") -> Foreigner:
    """The same one for the same kind, in every process."""
    with seeded(f"foreigner {kind}"):
        return _new_foreigner(kind)


def _new_foreigner(kind: str) -> Foreigner:
    keys: dict[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]] = {
        "p256": lambda: new_ec_key(ec.SECP256R1()),
        "plain": lambda: new_ec_key(ec.SECP256R1()),
        "k256": lambda: new_ec_key(ec.SECP256K1()),
        "rsa2048": lambda: new_rsa_key(2048),
        "rsa2048 maker": lambda: new_rsa_key(2048),
        "rsa1024": lambda: new_rsa_key(1024),
    }
    key = keys[kind]()
    subject = name(f"Foreigner {kind}")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(chance(16), "big") | 1)
        .not_valid_before(NOW - 10 * DAY)
        .not_valid_after(NOW + 100 * DAY)
    )
    if kind == "plain":
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    else:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    exact = True if isinstance(key, ec.EllipticCurvePrivateKey) else None
    built = builder.sign(key, hashes.SHA256(), ecdsa_deterministic=exact)
    from cryptography.hazmat.primitives.serialization import Encoding

    return Foreigner(Certificate.from_der(built.public_bytes(Encoding.DER)), key)
