"""Certificates that no authority would issue: every part of one changed, then signed again."""

from cryptography.hazmat import asn1

from keystore import SIGNER_ID_GM
from keystore.tlv import SEQUENCE, Tlv, encoded
from tests.fakes.signed_documents import sealing, sign
from tests.fakes.sm2_people import Person, world
from tests.vectors.der_editing import SES, Change, Path, _bits, edited, resealed, value_with
from tests.vectors.starting_points import base, replace

SERIAL: Path = (1,)
ALGORITHM: Path = (2,)
SUBJECT: Path = (5,)
CURVE: Path = (6, 0, 1)
POINT: Path = (6, 1)
EXTENSIONS: Path = (7, 0)


def recertified(der: bytes, path: Path, change: Change, *, by: Person | None = None) -> bytes:
    """Change a part of a certificate; its CA signs what came of it."""
    whole = Tlv.from_der(der).children()
    tbs = edited(whole[0].der, path, change)
    made = (by or world().ca).signer.sign(tbs, signer_id=SIGNER_ID_GM)
    return encoded(SEQUENCE, tbs, whole[1].der, _bits(made.to_der()))


def revalued(der: bytes, change: Change) -> bytes:
    """Change the CA's signature value on a certificate."""
    parts = [one.der for one in Tlv.from_der(der).children()]
    value = Tlv.from_der(parts[2]).body[1:]
    return encoded(SEQUENCE, parts[0], parts[1], _bits(change(value)))


def sealed_under(certificate: bytes, key: Person, *, dss: tuple[bytes, ...] = ()) -> bytes:
    """A seal that lists this certificate and is used with it, whatever it is."""
    octets = asn1.encode_der(certificate)
    listing = SES["list"][3:]
    seal = resealed(
        world().seal.der,
        lambda info: edited(info, listing, lambda _: encoded(SEQUENCE, octets)),
    )
    how = sealing(world())

    def value(signed: bytes) -> bytes:
        return edited(value_with(seal, signed, by=key), SES["signer"], lambda _: octets)

    return sign(base(), replace(how, value=value, dss=(*how.dss, *dss))).data


def made_by(certificate: bytes, key: Person) -> bytes:
    """A seal whose maker has this certificate."""
    seal = resealed(world().seal.der, lambda info: info, by=key)
    swapped = edited(seal, (1,), lambda _: asn1.encode_der(certificate))
    how = sealing(world())
    return sign(base(), replace(how, value=lambda signed: value_with(swapped, signed))).data
