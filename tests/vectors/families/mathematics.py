"""Keys, points, values, identifiers and encodings that a strict verifier refuses."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from keystore import Signer, Sm2Signature, sm3
from keystore.sm2 import _A, _B
from keystore.sm2_backends import ORDER
from keystore.tlv import OCTET_STRING, SEQUENCE, Tlv, encoded, encoded_integer, encoded_oid
from tests.fakes.seals import RsaParty, SignatureRecipe, certificate_list
from tests.fakes.seeded import PRIME, SeededKey, added, affine, times_generator
from tests.fakes.signature_values import GM, SHA256_OID, SM3_OID, Cms, digest, ses_value
from tests.fakes.signed_documents import sign
from tests.fakes.sm2_people import NOW, Foreigner, Person, foreigner, world
from tests.vectors.cases import CRYPTO, FORMAT, Case, Expected, Family, Importance, failed, unsure
from tests.vectors.certificates import CURVE, POINT, recertified, sealed_under
from tests.vectors.der_editing import (
    CMS,
    SES,
    Change,
    _bits,
    dropped,
    edited,
    high_tag,
    in_pieces,
    indefinite,
    long_length,
    longer_integer,
    resealed,
    resigned,
    trailed,
    value_with,
)
from tests.vectors.families.good import seal_recipe
from tests.vectors.families.ses import value_changed
from tests.vectors.starting_points import base, cms_field, signed_by_cms, with_field

NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")
REFUSED_ALGORITHM = failed("CRYPTO_CONSTRAINTS_FAILURE")
LOW = Importance.LOW
Row = tuple[str, str, Callable[[], bytes], Expected]


def _cms_value(change: Change) -> bytes:
    """CMS whose value is changed afterwards."""
    signer = world().signer
    path = CMS["signature"]

    def octets(der: bytes) -> bytes:
        return encoded(OCTET_STRING, change(Tlv.from_der(der).body))

    return _cms_edited(lambda der: edited(der, path, octets), signer)


def _cms_edited(change: Change, signer: Person | None = None) -> bytes:
    by = signer or world().signer
    return sign(base(), cms_field(Cms(), value=lambda signed: change(Cms().over(signed, by)))).data


def _ses_value(change: Change) -> bytes:
    """A seal whose value is changed afterwards."""

    def octets(der: bytes) -> bytes:
        return _bits(change(Tlv.from_der(der).body[1:]))

    return value_changed(lambda der: edited(der, SES["value"], octets))


def _seal_value(change: Change) -> bytes:
    """A seal whose maker's value is changed; the document's own value holds."""

    def octets(der: bytes) -> bytes:
        return _bits(change(Tlv.from_der(der).body[1:]))

    seal = edited(world().seal.der, (3,), octets)
    return with_field(value=lambda signed: value_with(seal, signed))


def _numbers(change: Callable[[int, int], tuple[int, int]]) -> Change:
    def made(der: bytes) -> bytes:
        value = Sm2Signature.from_der(der)
        return encoded(SEQUENCE, *(encoded_integer(one) for one in change(value.r, value.s)))

    return made


def _raw(change: Change) -> Change:
    return lambda der: change(Sm2Signature.from_der(der).to_raw())


def _negative(der: bytes) -> bytes:
    value = Sm2Signature.from_der(der)
    return encoded(SEQUENCE, asn1.encode_der(value.r - ORDER), asn1.encode_der(value.s))


N = ORDER.to_bytes(32, "big")
VALUES: dict[str, tuple[str, Change]] = {
    "r-zero": ("r is zero", _numbers(lambda _, s: (0, s))),
    "s-zero": ("s is zero", _numbers(lambda r, _: (r, 0))),
    "both-zero": ("r and s are zero", _numbers(lambda _r, _s: (0, 0))),
    "r-order": ("r is the order", _numbers(lambda _, s: (ORDER, s))),
    "s-plus-order": ("s has the order added", _numbers(lambda r, s: (r, s + ORDER))),
    "r-plus-order": ("r has the order added", _numbers(lambda r, s: (r + ORDER, s))),
    "s-negated": ("s is negated, as ECDSA would allow", _numbers(lambda r, s: (r, ORDER - s))),
    "exchanged": ("r and s are exchanged", _numbers(lambda r, s: (s, r))),
    "r-negative": ("r is written as a negative number", _negative),
    "third-number": ("A third number follows r and s", lambda der: encoded(SEQUENCE, Tlv.from_der(der).body, encoded_integer(1))),
    "trailing-byte": ("A byte follows the value", lambda der: der + b"\0"),
    "leading-zero": ("r has a zero that it does not need", lambda der: edited(der, (0,), longer_integer)),
    "long-length": ("The length of the value is in the long form", long_length),
    "indefinite": ("The length of the value is indefinite", indefinite),
    "raw-tail": ("r and s side by side, and a byte more", _raw(lambda raw: raw + b"\0")),
    "raw-short": ("r and s side by side, and a byte less", _raw(lambda raw: raw[:-1])),
    "raw-zero": ("Sixty-four zeros", _raw(lambda _: bytes(64))),
    "raw-order": ("The order, twice", _raw(lambda _: N + N)),
    "raw-exchanged": ("s and r side by side", _raw(lambda raw: raw[32:] + raw[:32])),
    "raw-little-endian": ("r and s with their lowest byte first", _raw(lambda raw: raw[31::-1] + raw[:31:-1])),
    "empty": ("The value is empty", lambda _: b""),
    "ones": ("Sixty-four bytes of one", lambda _: b"\1" * 64),
}  # fmt: skip
RAW_IN_CMS = ("raw", "r and s side by side, in CMS", _raw(lambda raw: raw))
UNREADABLE_IN_SES = {"raw-zero", "raw-order"}


def _value_cases() -> Iterator[Case]:
    for id, (why, change) in VALUES.items():
        of_ses = FORMAT if id in UNREADABLE_IN_SES else CRYPTO
        yield Case(id, why, lambda c=change: _ses_value(c), of_ses)
        yield Case(f"cms-{id}", f"{why}, in CMS", lambda c=change: _cms_value(c), CRYPTO)
    for id in (
        "s-plus-order",
        "s-negated",
        "leading-zero",
        "trailing-byte",
        "indefinite",
        "raw-zero",
    ):
        why, change = VALUES[id]
        of_seal = FORMAT if id in UNREADABLE_IN_SES else CRYPTO
        yield Case(
            f"maker-{id}",
            f"{why}, in the maker's signature",
            lambda c=change: _seal_value(c),
            of_seal,
        )
    id, why, change = RAW_IN_CMS
    yield Case(f"cms-{id}", why, lambda: _cms_value(change), CRYPTO, LOW)


# The signer's ID, which enters every SM2 signature


def _with_id(signer_id: bytes) -> bytes:
    def value(signed: bytes) -> bytes:
        der = ses_value(world(), signed)
        to_sign = Tlv.from_der(der).children()[0].der
        made = world().signer.signer.sign(to_sign, signer_id=signer_id)
        return edited(der, SES["value"], lambda _: _bits(made.to_der()))

    return with_field(value=value)


def _seal_with_id(signer_id: bytes) -> bytes:
    parts = [one.der for one in Tlv.from_der(world().seal.der).children()]
    made = world().maker.signer.sign(parts[0], signer_id=signer_id)
    seal = encoded(SEQUENCE, *parts[:3], _bits(made.to_der()))
    return with_field(value=lambda signed: value_with(seal, signed))


def _cms_with_id(signer_id: bytes) -> bytes:
    class Other(Cms):
        def _value(self, message: bytes, person: Person | Foreigner) -> bytes:
            return person.signer.sign(message, signer_id=signer_id).to_der()

    return signed_by_cms(Other()).data


def _certificate_with_id(signer_id: bytes) -> bytes:
    signer = world().ca.issue("Somebody")
    parts = [one.der for one in Tlv.from_der(signer.certificate.der).children()]
    made = world().ca.signer.sign(parts[0], signer_id=signer_id)
    return sealed_under(encoded(SEQUENCE, *parts[:2], _bits(made.to_der())), signer)


def _ses_bare_digest() -> bytes:
    """The value is over the digest of toSign, without the ID."""

    def value(signed: bytes) -> bytes:
        der = ses_value(world(), signed)
        to_sign = Tlv.from_der(der).children()[0].der
        made = world().signer.signer.key.sign_digest(sm3(to_sign))
        return edited(der, SES["value"], lambda _: _bits(made.to_der()))

    return with_field(value=value)


IDS: tuple[Row, ...] = (
    ("empty", "The signer's ID is empty, as OpenSSL's default was", lambda: _with_id(b""), CRYPTO),
    ("other", "The signer's ID is another", lambda: _with_id(b"8765432187654321"), CRYPTO),
    ("name", "The signer's ID is his own name", lambda: _with_id("示例市农业农村局".encode()), CRYPTO),
    ("standard-example", "The signer's ID is that of the standard's example", lambda: _with_id(b"ALICE123@YAHOO.COM"), CRYPTO),
    ("none", "No signer's ID at all: the bare digest is signed", _ses_bare_digest, CRYPTO),
    ("maker-empty", "The maker used an empty ID", lambda: _seal_with_id(b""), CRYPTO),
    ("maker-other", "The maker used another ID", lambda: _seal_with_id(b"8765432187654321"), CRYPTO),
    ("cms-empty", "CMS with an empty ID", lambda: _cms_with_id(b""), CRYPTO),
    ("cms-other", "CMS with another ID", lambda: _cms_with_id(b"8765432187654321"), CRYPTO),
    ("certificate-empty", "The CA used an empty ID", lambda: _certificate_with_id(b""), NO_CHAIN),
    ("certificate-other", "The CA used another ID", lambda: _certificate_with_id(b"8765432187654321"), NO_CHAIN),
)  # fmt: skip


# Curves and points


def _with_point(point: bytes) -> bytes:
    der = recertified(world().signer.certificate.der, POINT, lambda _: _bits(point))
    return sealed_under(der, world().signer)


def _with_curve(oid: str) -> bytes:
    der = recertified(world().signer.certificate.der, CURVE, lambda _: encoded_oid(oid))
    return sealed_under(der, world().signer)


def _own_point() -> bytes:
    return world().signer.signer.public_key.point


def _compressed() -> bytes:
    point = _own_point()
    return bytes((2 + (point[-1] & 1),)) + point[1:33]


def _hybrid_form() -> bytes:
    point = _own_point()
    return bytes((6 + (point[-1] & 1),)) + point[1:]


def _beyond_prime() -> bytes:
    """A point of the curve whose x is written with the field's prime added."""
    a, b = (int.from_bytes(one, "big") for one in (_A, _B))
    for x in range(1, 100):
        y = pow(x**3 + a * x + b, (PRIME + 1) // 4, PRIME)
        if y * y % PRIME == (x**3 + a * x + b) % PRIME:
            return b"\x04" + (x + PRIME).to_bytes(32, "big") + y.to_bytes(32, "big")
    raise AssertionError


def _p256_point() -> bytes:
    numbers = foreigner("p256").key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def _p256_key_sm2_curve() -> bytes:
    """An ECDSA value by a P-256 key that a certificate calls SM2."""
    der = recertified(world().signer.certificate.der, POINT, lambda _: _bits(_p256_point()))

    def by_ecdsa(value: bytes) -> bytes:
        to_sign = Tlv.from_der(value).children()[0].der
        exact = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return edited(
            value, SES["value"], lambda _: _bits(foreigner("p256").key.sign(to_sign, exact))
        )

    octets = asn1.encode_der(der)
    return value_changed(lambda one: edited(by_ecdsa(one), SES["signer"], lambda _: octets))


def _small_private_key(d: int) -> bytes:
    """A key whose private half anybody guesses, under a certificate that is real."""
    key = SeededKey(d)
    person = world().ca.issue("Somebody", signer=Signer(key, key.public_key))
    other = replace(person, signer=world().maker.signer)
    return sealed_under(person.certificate.der, other)


def _cms_curve(oid: str) -> bytes:
    der = recertified(world().signer.certificate.der, CURVE, lambda _: encoded_oid(oid))
    return _cms_edited(lambda one: edited(one, CMS["certificate"], lambda _: der))


def _twice_generator() -> bytes:
    x, y = affine(added(times_generator(5), times_generator(7)))
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


POINTS: tuple[Row, ...] = (
    ("off-curve", "The key is no point of the curve", lambda: _with_point(_own_point()[:-1] + bytes((_own_point()[-1] ^ 1,))), FORMAT),
    ("infinity", "The key is the point at infinity", lambda: _with_point(b"\0"), FORMAT),
    ("all-zero", "The key is (0, 0)", lambda: _with_point(b"\x04" + bytes(64)), FORMAT),
    ("x-beyond-prime", "A coordinate is written with the field's prime added", lambda: _with_point(_beyond_prime()), FORMAT),
    ("y-is-prime", "A coordinate is the field's prime itself", lambda: _with_point(_own_point()[:33] + PRIME.to_bytes(32, "big")), FORMAT),
    ("compressed", "The key is written as x and a sign", lambda: _with_point(_compressed()), FORMAT),
    ("hybrid", "The key is written in the hybrid form", lambda: _with_point(_hybrid_form()), FORMAT),
    ("short", "The key lacks its last byte", lambda: _with_point(_own_point()[:-1]), FORMAT),
    ("another-point", "The key is another point of the curve", lambda: _with_point(_twice_generator()), CRYPTO),
    ("one", "Another's value under a certificate whose private key is 1", lambda: _small_private_key(1), CRYPTO),
    ("sm2-as-p256", "An SM2 key that the certificate calls P-256", lambda: _with_curve("1.2.840.10045.3.1.7"), FORMAT),
    ("sm2-as-k256", "An SM2 key that the certificate calls secp256k1", lambda: _with_curve("1.3.132.0.10"), FORMAT),
    ("sm2-as-unknown", "A curve nobody knows", lambda: _with_curve("1.2.3.4"), FORMAT),
    ("p256-as-sm2", "A P-256 key and an ECDSA value that the certificate calls SM2", _p256_key_sm2_curve, FORMAT),
    ("cms-sm2-as-p256", "The same key called P-256, in CMS", lambda: _cms_curve("1.2.840.10045.3.1.7"), unsure("CERTIFICATE_CHAIN_GENERAL_FAILURE")),
    ("cms-sm2-as-unknown", "A curve nobody knows, in CMS", lambda: _cms_curve("1.2.3.4"), unsure("CERTIFICATE_CHAIN_GENERAL_FAILURE")),
)  # fmt: skip


# Algorithms: what is named is not what was done, or no longer believed


def _cms(**how: object) -> bytes:
    return signed_by_cms(Cms(**how)).data


def _foreign(kind: str, **how: object) -> bytes:
    return signed_by_cms(Cms(**how), foreigner(kind)).data


def _v15_called_pss() -> bytes:
    honest = Cms(digest_oid=SHA256_OID, algorithm=RSA)

    def value(signed: bytes) -> bytes:
        der = honest.over(signed, foreigner("rsa2048"))
        return edited(der, CMS["signature-algorithm"], lambda _: encoded_oid(PSS))

    return sign(base(), cms_field(honest, value=value)).data


RSA, RSA_SHA256, RSA_SHA1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5"
PSS, ECDSA, ECDSA_SHA1 = "1.2.840.113549.1.1.10", "1.2.840.10045.4.3.2", "1.2.840.10045.4.1"
SHA1 = "1.3.14.3.2.26"
RSA_KEYS = "rsa2048+rsa2048 maker"


def rsa_seal(version: int, *, algorithm: str = RSA_SHA256, digest_oid: str = SM3_OID) -> bytes:
    """A seal made and used with RSA keys."""
    signer, maker = (
        RsaParty(foreigner(one).certificate, foreigner(one).key) for one in RSA_KEYS.split("+")
    )
    listed = certificate_list(signer.certificate)
    seal = seal_recipe(version=version, maker=maker, signers=listed, algorithm=algorithm)
    recipe = SignatureRecipe(
        version=version, seal=seal.der(), signer=signer, signed_at=NOW, algorithm=algorithm
    )
    return with_field(value=lambda signed: recipe.but(data_hash=digest(digest_oid, signed)).der())


ALGORITHMS: tuple[tuple[str, str, Callable[[], bytes], Expected, str], ...] = (
    ("sm2-called-rsa", "RSA by name, SM2 in truth", lambda: _cms(algorithm=RSA), CRYPTO, "root"),
    ("sm2-called-ecdsa", "ECDSA by name, SM2 in truth", lambda: _cms(algorithm=ECDSA), CRYPTO, "root"),
    ("sm2-called-ed25519", "Ed25519 by name, SM2 in truth", lambda: _cms(algorithm="1.3.101.112"), REFUSED_ALGORITHM, "root"),
    ("sm2-called-sm9", "SM9 by name, SM2 in truth", lambda: _cms(algorithm="1.2.156.10197.1.302.1"), REFUSED_ALGORITHM, "root"),
    ("seal-v1-rsa", "A seal of 2014 by RSA keys, over SM3", lambda: rsa_seal(1), REFUSED_ALGORITHM, RSA_KEYS),
    ("seal-v1-rsa-sha256", "A seal of 2014 by RSA keys, over SHA-256", lambda: rsa_seal(1, digest_oid=SHA256_OID), REFUSED_ALGORITHM, RSA_KEYS),
    ("seal-v1-rsa-sha1", "A seal of 2014 by RSA keys, over SHA-1", lambda: rsa_seal(1, digest_oid=SHA1), REFUSED_ALGORITHM, RSA_KEYS),
    ("seal-v1-rsa-digest-elsewhere", "A seal of 2014 by RSA keys whose algorithm names no digest", lambda: rsa_seal(1, algorithm=RSA), CRYPTO, RSA_KEYS),
    ("seal-v4-rsa", "A seal of GB/T 38540-2020 by RSA keys", lambda: rsa_seal(4), REFUSED_ALGORITHM, RSA_KEYS),
    ("seal-v5-rsa", "A seal of GM/T 0031-2025 by RSA keys", lambda: rsa_seal(5), REFUSED_ALGORITHM, RSA_KEYS),
    ("sm2-with-sha256", "SM2 over attributes with SHA-256", lambda: _cms(digest_oid=SHA256_OID), CRYPTO, "root"),
    ("sm2-with-sha1", "The digest of the document is SHA-1", lambda: _cms(digest_oid=SHA1), CRYPTO, "root"),
    ("gm-with-sha1", "The same with GM names", lambda: signed_by_cms(replace(GM, digest_oid=SHA1)).data, CRYPTO, "root"),
    ("parameters", "The signature algorithm has parameters", lambda: _cms(parameters=b"\x02\x01\x01"), unsure("CRYPTO_CONSTRAINTS_FAILURE"), "root"),
    ("rsa1024", "An RSA key of 1024 bits", lambda: _foreign("rsa1024", digest_oid=SHA256_OID, algorithm=RSA), REFUSED_ALGORITHM, "rsa1024"),
    ("k256", "An ECDSA key on secp256k1", lambda: _foreign("k256", digest_oid=SHA256_OID, algorithm=ECDSA), REFUSED_ALGORITHM, "k256"),
    ("rsa-sha1", "RSA with SHA-1", lambda: _foreign("rsa2048", digest_oid=SHA1, algorithm=RSA), REFUSED_ALGORITHM, "rsa2048"),
    ("rsa-called-sha1", "RSA with SHA-256 that is called SHA-1", lambda: _foreign("rsa2048", digest_oid=SHA256_OID, algorithm=RSA_SHA1), CRYPTO, "rsa2048"),
    ("rsa-called-pss", "PKCS #1 v1.5 that is called PSS", _v15_called_pss, CRYPTO, "rsa2048"),
    ("rsa-called-ecdsa", "RSA that is called ECDSA", lambda: _foreign("rsa2048", digest_oid=SHA256_OID, algorithm=ECDSA), CRYPTO, "rsa2048"),
    ("ecdsa-called-rsa", "ECDSA that is called RSA", lambda: _foreign("p256", digest_oid=SHA256_OID, algorithm=RSA_SHA256), CRYPTO, "p256"),
    ("ecdsa-called-sm2", "ECDSA that is called SM2", lambda: _foreign("p256", digest_oid=SHA256_OID, algorithm="1.2.156.10197.1.501"), CRYPTO, "p256"),
    ("ecdsa-called-sha1", "ECDSA with SHA-256 that is called SHA-1", lambda: _foreign("p256", digest_oid=SHA256_OID, algorithm=ECDSA_SHA1), CRYPTO, "p256"),
    ("ecdsa-called-sha384", "ECDSA with SHA-256 that is called SHA-384", lambda: _foreign("p256", digest_oid=SHA256_OID, algorithm="1.2.840.10045.4.3.3"), CRYPTO, "p256"),
)  # fmt: skip


# DER is one encoding; BER, which readers of other products may accept, is many


def _anew(path: str, change: Change) -> bytes:
    """The signer wrote BER himself; his signature is over it."""
    inside = SES[path][1:]
    people = world()
    return with_field(
        value=lambda signed: resigned(
            ses_value(people, signed), lambda one: edited(one, inside, change)
        )
    )


def _made(path: str, change: Change) -> bytes:
    """The seal's maker wrote BER himself; his signature is over it."""
    inside = SES[path][3:]
    seal = resealed(world().seal.der, lambda info: edited(info, inside, change))
    return with_field(value=lambda signed: value_with(seal, signed))


def _after(path: str, change: Change) -> bytes:
    return value_changed(lambda der: edited(der, SES[path], change))


def _in_cms(path: str, change: Change) -> bytes:
    return _cms_edited(lambda der: edited(der, CMS[path], change))


BER: tuple[Row, ...] = (
    ("whole-indefinite", "The whole value in indefinite length", lambda: value_changed(indefinite), FORMAT),
    ("whole-long-length", "The whole value's length with a zero too many", lambda: value_changed(long_length), FORMAT),
    ("whole-high-tag", "The whole value's tag in the long form", lambda: value_changed(high_tag), FORMAT),
    ("value-in-pieces", "The signature value in two pieces", lambda: _after("value", in_pieces), FORMAT),
    ("value-long-length", "The signature value's length in the long form", lambda: _after("value", long_length), FORMAT),
    ("signer-in-pieces", "The signer's certificate in two pieces", lambda: _after("signer", in_pieces), FORMAT),
    ("extra-element", "An element too many at the end", lambda: value_changed(trailed), FORMAT),
    ("element-missing", "The algorithm is left out", lambda: _after("algorithm", dropped), FORMAT),
    ("digest-unused-bits", "The digest has unused bits that are not zero", lambda: _anew("digest", lambda der: der[:2] + b"\3" + der[3:]), FORMAT),
    ("digest-in-pieces", "The digest in two pieces, signed so", lambda: _anew("digest", in_pieces), FORMAT),
    ("time-not-utc", "The claimed time has an offset, signed so", lambda: _anew("time", lambda _: b"\x18\x1320260601200000+0800"), FORMAT),
    ("time-fraction-zero", "The claimed time has a fraction of zero, signed so", lambda: _anew("time", lambda _: b"\x18\x1120260601120000.0Z"), FORMAT),
    ("time-no-seconds", "The claimed time has no seconds, signed so", lambda: _anew("time", lambda _: b"\x18\x0d202606011200Z"), FORMAT),
    ("time-impossible", "The claimed time is a thirtieth of February", lambda: _anew("time", lambda _: b"\x18\x0f20260230120000Z"), FORMAT),
    ("version-padded", "The version has a zero too many, signed so", lambda: _anew("version", longer_integer), FORMAT),
    ("to-sign-trailed", "An element too many inside what is signed", lambda: _anew("to-sign", trailed), FORMAT),
    ("seal-indefinite", "The seal in indefinite length, signed so", lambda: _anew("seal", indefinite), FORMAT),
    ("info-trailed", "An element too many in the seal, made so", lambda: _made("seal-info", trailed), FORMAT),
    ("info-name-bytes", "The seal's name is no UTF-8, made so", lambda: _made("property-name", lambda _: b"\x0c\x02\xff\xfe"), FORMAT),
    ("info-width-negative", "The picture's width is negative, made so", lambda: _made("picture-width", lambda _: b"\x02\x01\xd8"), failed("SIG_CONSTRAINTS_FAILURE")),
    ("info-id-no-ascii", "The seal's number is no ASCII, made so", lambda: _made("seal-id", lambda _: b"\x16\x02\xff\xfe"), FORMAT),
    ("info-list-indefinite", "The list of signers in indefinite length, made so", lambda: _made("list", indefinite), FORMAT),
    ("cms-indefinite", "CMS in indefinite length, which RFC 5652 allows and PDF does not", lambda: _cms_edited(indefinite), FORMAT),
    ("cms-long-length", "CMS with a length too long", lambda: _cms_edited(long_length), FORMAT),
    ("cms-inner-indefinite", "Signed data in indefinite length", lambda: _in_cms("signed-data", indefinite), FORMAT),
    ("cms-attributes-indefinite", "Signed attributes in indefinite length", lambda: _in_cms("attributes", indefinite), FORMAT),
    ("cms-signature-in-pieces", "The signature value in two pieces, in CMS", lambda: _in_cms("signature", in_pieces), FORMAT),
    ("cms-certificate-indefinite", "The certificate in indefinite length", lambda: _in_cms("certificate", indefinite), FORMAT),
    ("cms-serial-padded", "The serial number has a zero too many", lambda: _in_cms("serial", longer_integer), FORMAT),
    ("cms-trailed", "An element too many behind the signers", lambda: _in_cms("signed-data", trailed), FORMAT),
    ("cms-signer-trailed", "An element too many in the signer info", lambda: _in_cms("signer", trailed), FORMAT),
    ("cms-wrapped", "A second content beside the signed data", lambda: _in_cms("explicit", trailed), FORMAT),
)  # fmt: skip


def _cases(rows: tuple[Row, ...]) -> tuple[Case, ...]:
    return tuple(Case(id, why, build, expect) for id, why, build, expect in rows)


FAMILIES = (
    Family(
        "values",
        "Signature values out of range, in another order, or written twice",
        tuple(_value_cases()),
    ),
    Family("signer-ids", "The signer's ID that enters Z_A is another, or none", _cases(IDS)),
    Family(
        "points",
        "Keys that are no point of their curve, or on another curve than they say",
        _cases(POINTS),
    ),
    Family(
        "algorithms",
        "What is named is not what was done, or is no longer believed",
        tuple(
            Case(id, why, build, expect, trust=tuple(dict.fromkeys(("root", *who.split("+")))))
            for id, why, build, expect, who in ALGORITHMS
        ),
    ),
    Family("der-ber", "Encodings that BER allows and DER does not", _cases(BER)),
)
