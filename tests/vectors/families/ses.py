"""Electronic seals: every value in SES_Signature bent, and seals that are real in all but one."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from cryptography.hazmat import asn1

from keystore import sm3
from keystore.tlv import encoded, encoded_oid
from tests.fakes.signature_values import ses_value
from tests.fakes.signed_documents import sealing, sign
from tests.fakes.sm2_people import DAY, NOW, new_seal, picture, png, world
from tests.vectors.cases import (
    CRYPTO,
    FORMAT,
    HASH,
    Case,
    Expected,
    Family,
    failed,
    unsure,
)
from tests.vectors.der_editing import (
    SES,
    Change,
    edited,
    flipped,
    resealed,
    resigned,
    retagged,
    value_with,
)
from tests.vectors.starting_points import base, genuine, sealed_again, with_field, with_seal

UNFIT = failed("SIG_CONSTRAINTS_FAILURE")
DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")


def value_changed(change: Change) -> bytes:
    """Seal, and change the value afterwards."""
    people = world()
    return with_field(value=lambda signed: change(ses_value(people, signed)))


_ENDS_WITH_A_PART = {"whole", "to-sign", "seal", "seal-info", "header", "property", "picture"}


def _nodes() -> Iterator[Case]:
    for name, path in SES.items():
        for how, change in (("flipped", flipped), ("retagged", retagged)):
            if how == "flipped" and name in _ENDS_WITH_A_PART:
                continue
            made = lambda p=path, c=change: value_changed(lambda der: edited(der, p, c))
            why = (
                f"The last byte of `{name}` is flipped"
                if how == "flipped"
                else f"The tag of `{name}` is another"
            )
            yield Case(f"{name}-{how}", why, made, _expected_of_node(name, how))


# The last byte of these is a time's Z, or says of what kind something is.
_UNREADABLE = {"header-id", "list-type", "created", "valid-from", "valid-until", "time"}
_FIRST = {"whole", "to-sign"}


def _expected_of_node(name: str, how: str) -> Expected:
    if how == "retagged":
        return unsure("FORMAT_FAILURE") if name in _FIRST else FORMAT
    special = {"digest": HASH, "signer": UNFIT} | dict.fromkeys(_UNREADABLE, FORMAT)
    return special.get(name, CRYPTO)


def _signed_anew(path: str, change: Change) -> bytes:
    """The signer himself writes it wrong: his signature holds, the content does not."""
    people = world()
    inside = SES[path][1:]

    def value(signed: bytes) -> bytes:
        return resigned(ses_value(people, signed), lambda to_sign: edited(to_sign, inside, change))

    return with_field(value=value)


def _made_anew(path: str, change: Change) -> bytes:
    """The seal's maker himself writes it wrong."""
    inside = SES[path][3:]
    seal = resealed(world().seal.der, lambda info: edited(info, inside, change))
    return with_field(value=lambda signed: value_with(seal, signed))


def _framed(change: Change, path: str) -> bytes:
    return value_changed(lambda der: edited(der, SES[path], change))


def _other_document() -> bytes:
    """The whole value of another sealed document."""
    there = ses_value(world(), b"another document")
    return with_field(value=lambda _: there)


def _picture(color: tuple[int, int, int]) -> bytes:
    return png(picture(color))


GAMES: tuple[tuple[str, str, Callable[[], bytes], Expected], ...] = (
    ("another-deployment", "Signer, maker and root are strangers", lambda: sign(base(), sealing(world("other"))).data, NO_CHAIN),
    ("another-deployment-our-evidence", "Strangers carry our certificates and lists", lambda: sign(base(), replace(sealing(world("other")), dss=world().certificates, crls=world().crls())).data, NO_CHAIN),
    ("stranger-uses-our-seal", "A stranger signs with our seal", lambda: with_seal(signer=world("other").signer), UNFIT),
    ("unlisted-signer", "A signer of our own CA whom the seal does not list", lambda: with_seal(signer=world().ca.issue("Stranger")), UNFIT),
    ("maker-signs", "The seal's maker signs the document", lambda: with_seal(signer=world().maker), UNFIT),
    ("tsa-signs", "The time-stamping authority signs with our seal", lambda: with_seal(signer=world().tsa), UNFIT),
    ("renewed-certificate", "The signer's key under another certificate than the listed one", lambda: with_seal(signer=world().ca.issue("示例市农业农村局", signer=world().signer.signer)), UNFIT),
    ("their-seal", "Our signer uses a stranger's seal", lambda: with_seal(world("other").seal), UNFIT),
    ("their-maker", "A stranger made a seal that lists our signer", lambda: with_seal(new_seal(world("other").maker, world().signer)), NO_CHAIN),
    ("key-of-another", "The value is another key's", lambda: with_seal(key=world().maker), CRYPTO),
    ("key-of-stranger", "The value is a stranger's", lambda: with_seal(key=world("other").signer), CRYPTO),
    ("digest-of-nothing", "The digest is that of no bytes", lambda: with_seal(data_hash=sm3(b"")), HASH),
    ("digest-of-other-bytes", "The digest is that of other bytes", lambda: with_seal(data_hash=sm3(b"x")), HASH),
    ("digest-empty", "The digest is empty", lambda: with_seal(data_hash=b""), HASH),
    ("digest-short", "The digest is cut to 20 bytes", lambda: with_seal(data_hash=bytes(20)), HASH),
    ("digest-of-whole-file", "The value of another document", _other_document, HASH),
    ("version-1", "A version that this structure does not have", lambda: with_seal(version=1), FORMAT),
    ("version-3", "A version that never was", lambda: with_seal(version=3), DOUBTFUL),
    ("version-huge", "A version of 2^64", lambda: with_seal(version=2**64), DOUBTFUL),
    ("unused-bits", "Three bits of the value are said to be unused", lambda: with_seal(unused_bits=3), CRYPTO),
    ("algorithm-rsa", "RSA by name, SM2 in truth", lambda: with_seal(algorithm="1.2.840.113549.1.1.11"), CRYPTO),
    ("algorithm-ecdsa", "ECDSA by name, SM2 in truth", lambda: with_seal(algorithm="1.2.840.10045.4.3.2"), CRYPTO),
    ("algorithm-sm3", "A digest where a signature algorithm belongs", lambda: with_seal(algorithm="1.2.156.10197.1.401"), CRYPTO),
    ("algorithm-unknown", "An algorithm nobody knows", lambda: _framed(lambda _: encoded_oid("1.2.3.4"), "algorithm"), CRYPTO),
    ("seal-algorithm-unknown", "The seal's algorithm is unknown", lambda: _signed_anew("seal-algorithm", lambda _: encoded_oid("1.2.3.4")), CRYPTO),
    ("broken-token", "What stands in the place of a time-stamp is none", lambda: with_seal(bad_stamp=b"\x30\x03\x02\x01\x01"), CRYPTO),
    ("maker-certificate-beside", "The maker's certificate stands where the signer's belongs", lambda: _framed(lambda _: asn1.encode_der(world().maker.certificate.der), "signer"), CRYPTO),
    ("ca-certificate-beside", "The CA's certificate stands where the signer's belongs", lambda: _framed(lambda _: asn1.encode_der(world().ca.certificate.der), "signer"), CRYPTO),
    ("header-id", "The header does not say ES", lambda: _made_anew("header-id", lambda _: b"\x16\x02es"), FORMAT),
    ("list-empty", "A seal that lists nobody", lambda: _made_anew("list", lambda _: encoded(0x30)), UNFIT),
    ("list-type", "A list of certificates that is said to hold digests", lambda: _made_anew("list-type", lambda _: b"\x02\x01\x02"), FORMAT),
    ("list-type-unknown", "A kind of list that is not defined", lambda: _made_anew("list-type", lambda _: b"\x02\x01\x03"), FORMAT),
    ("list-swapped", "The signer's list is altered without the maker", lambda: _signed_anew("list", lambda _: encoded(0x30, asn1.encode_der(world("other").signer.certificate.der))), UNFIT),
    ("list-altered-for-him", "A stranger writes himself into the list", lambda: _stranger_in_list(), CRYPTO),
    ("name-altered", "The signer renames the seal", lambda: _signed_anew("property-name", lambda _: asn1.encode_der("另一个机关")), CRYPTO),
    ("picture-altered", "The signer exchanges the seal's picture", lambda: _signed_anew("picture-data", lambda _: asn1.encode_der(_picture((0, 0, 200)))), CRYPTO),
    ("validity-altered", "The signer prolongs the seal", lambda: _signed_anew("valid-until", lambda _: b"\x18\x0f20990101000000Z"), CRYPTO),
    ("maker-exchanged", "The maker's certificate is exchanged for the CA's", lambda: _signed_anew("maker", lambda _: asn1.encode_der(world().ca.certificate.der)), CRYPTO),
    ("maker-twin", "The maker's certificate is exchanged for a twin's of the same name", lambda: _signed_anew("maker", lambda _: asn1.encode_der(world().ca.issue("Seal maker").certificate.der)), CRYPTO),
    ("seal-value-of-signer", "The seal is signed by its user, not its maker", lambda: with_field(value=lambda signed: value_with(resealed(world().seal.der, lambda info: info, by=world().signer), signed)), CRYPTO),
    ("seal-twice", "A second seal inside the first", lambda: _signed_anew("seal", lambda der: der + der), FORMAT),
    ("out-of-force", "The seal is out of force when it is used", lambda: with_seal(new_seal(world().maker, world().signer, end=NOW - DAY)), UNFIT),
    ("not-yet-in-force", "The seal is not yet in force", lambda: with_seal(new_seal(world().maker, world().signer, start=NOW + DAY)), UNFIT),
    ("used-before-made", "The seal is used before it was made", lambda: with_seal(new_seal(world().maker, world().signer, created=NOW + DAY, start=NOW - DAY)), UNFIT),
    ("ends-before-it-begins", "A seal that ends before it begins", lambda: _made_anew("valid-until", lambda _: b"\x18\x0f20200101000000Z"), UNFIT),
    ("picture-other", "Another picture in the seal than on the page", lambda: with_seal(new_seal(world().maker, world().signer, picture=_picture((0, 0, 200)))), UNFIT),
    ("size-other", "Another size in the seal than on the page", lambda: with_seal(new_seal(world().maker, world().signer, size_mm=58)), UNFIT),
    ("picture-not-a-picture", "The picture is no picture", lambda: with_seal(new_seal(world().maker, world().signer, picture=b"GIF89a")), DOUBTFUL),
    ("second-of-two-by-stranger", "The second of two seals is a stranger's", lambda: sealed_again(genuine(), value=sealing(world("other")).value).data, NO_CHAIN),
    ("second-of-two-wrong-digest", "The second of two seals is over other bytes", lambda: sealed_again(genuine(), value=sealing(world(), data_hash=sm3(b"x")).value).data, HASH),
)  # fmt: skip


def _stranger_in_list() -> bytes:
    stranger = world().ca.issue("Stranger")
    mine = encoded(0x30, asn1.encode_der(stranger.certificate.der))

    def value(signed: bytes) -> bytes:
        der = ses_value(world(), signed, signer=stranger)
        inside = SES["list"][1:]
        return resigned(der, lambda one: edited(one, inside, lambda _: mine), by=stranger)

    return with_field(value=value)


FAMILIES = (
    Family(
        "ses-tampering",
        "Every value of an electronic seal signature, bent in two ways",
        tuple(_nodes()),
    ),
    Family(
        "seal-games", "Seals that are real in all but one thing", tuple(Case(*row) for row in GAMES)
    ),
)
