"""CMS: containers by the right person, wrong in one thing, and every value of one bent."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from keystore import sm3
from keystore.cms import CONTENT_TYPE, GM_DATA, MESSAGE_DIGEST, SIGNING_TIME, TIMESTAMP_TOKEN
from keystore.tlv import NULL, OCTET_STRING, SEQUENCE, SET, Tlv, encoded, encoded_oid
from tests.fakes.signature_values import (
    ECDSA_SHA256,
    GM,
    SHA256_OID,
    Cms,
    attribute,
    digest,
    ess_certificate,
)
from tests.fakes.signed_documents import sign
from tests.fakes.sm2_people import Foreigner, Person, foreigner, world
from tests.vectors.cases import CRYPTO, FORMAT, HASH, Case, Expected, Family, failed, unsure
from tests.vectors.der_editing import CMS, Change, edited, emptied, flipped
from tests.vectors.starting_points import base, cms_field, genuine_cms, signed_by_cms

UNFIT = failed("SIG_CONSTRAINTS_FAILURE")
DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
NO_SIGNER = unsure("NO_SIGNING_CERTIFICATE_FOUND")
NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")
UNKNOWN = failed("CRYPTO_CONSTRAINTS_FAILURE")
UNPROVEN = unsure("CERTIFICATE_CHAIN_GENERAL_FAILURE")

SHA1_OID, MD5_OID = "1.3.14.3.2.26", "1.2.840.113549.2.5"


class Twin(Cms):
    """Two signers: the right one, and one made as `other` says."""

    def _signer(self, document: bytes, person: Person | Foreigner) -> bytes:
        first = Cms._signer(Cms(), document, person)
        return first + self.second(document)

    def second(self, document: bytes) -> bytes:
        return b""


class WithStranger(Twin):
    def second(self, document: bytes) -> bytes:
        return Cms._signer(Cms(), document, world("other").signer)


class WithLiar(Twin):
    def second(self, document: bytes) -> bytes:
        return Cms._signer(Cms(stated_digest=sm3(b"x")), document, world().signer)


class WithForger(Twin):
    def second(self, document: bytes) -> bytes:
        return Cms._signer(Cms(bad_key=world().maker), document, world().tsa)


def _made(cms: Cms, **changes: object) -> bytes:
    return signed_by_cms(cms, **changes).data


def _without_evidence(cms: Cms) -> bytes:
    people = world()
    return _made(cms, dss=(people.root.certificate.der, people.ca.certificate.der))


def _changed(change: Change, path: str) -> bytes:
    signer = world().signer
    return sign(
        base(),
        cms_field(
            Cms(), value=lambda signed: edited(Cms().over(signed, signer), CMS[path], change)
        ),
    ).data


def _of_another_document() -> bytes:
    there = Cms().over(b"another document", world().signer)
    return sign(base(), cms_field(Cms(), value=lambda _: there)).data


def _of_the_first_signature() -> bytes:
    """The second signature's value is the first one's, byte for byte."""
    first = genuine_cms()
    value = next(body for body in first.objects.values() if b"/Contents <" in body)
    del value
    at = first.data.rindex(b"/Contents <") + len(b"/Contents <")
    digits = first.data[at : first.data.index(b">", at)]
    der = bytes.fromhex(digits.decode())
    length = 4 + int.from_bytes(der[2:4], "big")
    again = cms_field(Cms(), name=b"Again", value=lambda _: der[:length])
    return sign(first, again).data


def _attribute_set_as_content() -> bytes:
    """The attributes of a true signature offered as the content of one without attributes."""
    signer = world().signer
    honest = Cms().over(b"another document", signer)
    info = Tlv.from_der(honest).children()[1].children()[0].children()[4].children()[0].children()
    attributes = encoded(SET, info[3].body)
    forged = Cms(attributes=False, content=attributes, signature=info[5].body)
    return _made(forged)


def _digest_content(**changes: object) -> bytes:
    """The content is the digest of other bytes."""
    return _made(replace(Cms(content=sm3(b"x")), **changes))


TWICE_TYPE = attribute(CONTENT_TYPE, encoded_oid("1.2.3"))
TWICE_DIGEST = attribute(MESSAGE_DIGEST, encoded(OCTET_STRING, b"x" * 32))
TWO_VALUES = attribute(MESSAGE_DIGEST, encoded(OCTET_STRING, b"a"), encoded(OCTET_STRING, b"b"))

WRONG: tuple[tuple[str, str, Callable[[], bytes], Expected], ...] = (
    ("digest-of-others", "messageDigest is that of other bytes", lambda: _made(Cms(stated_digest=sm3(b"x"))), HASH),
    ("no-digest", "No messageDigest among the signed attributes", lambda: _made(Cms(left_out=frozenset({MESSAGE_DIGEST}))), HASH),
    ("no-content-type", "No contentType among the signed attributes", lambda: _made(Cms(left_out=frozenset({CONTENT_TYPE}))), FORMAT),
    ("no-attributes-but-set", "The set of signed attributes is there and empty", lambda: _made(Cms(left_out=frozenset({CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME}))), HASH),
    ("another-content-type", "contentType names another kind of content", lambda: _made(Cms(stated_type="1.2.3")), FORMAT),
    ("gm-content-type", "contentType is the GM name, the content's the other", lambda: _made(Cms(stated_type=GM_DATA)), FORMAT),
    ("content-type-twice", "contentType stands there twice", lambda: _made(Cms(more_attributes=(TWICE_TYPE,))), FORMAT),
    ("digest-twice", "messageDigest stands there twice", lambda: _made(Cms(more_attributes=(TWICE_DIGEST,))), FORMAT),
    ("two-digests", "One messageDigest with two values", lambda: _made(Cms(left_out=frozenset({MESSAGE_DIGEST}), more_attributes=(TWO_VALUES,))), HASH),
    ("content-of-others", "Embedded content is not the document", lambda: _made(Cms(content=b"x")), HASH),
    ("content-of-nobody", "Embedded content is empty", lambda: _made(Cms(content=b"")), HASH),
    ("content-digest-of-others", "The embedded digest is that of other bytes", lambda: _digest_content(), HASH),
    ("content-digest-without-attributes", "The same, without signed attributes", lambda: _digest_content(attributes=False), HASH),
    ("attributes-as-content", "Attributes of a true signature pose as content", _attribute_set_as_content, HASH),
    ("of-another-document", "A true signature of another document", _of_another_document, HASH),
    ("of-first-signature", "The first signature's value once more in a second field", _of_the_first_signature, HASH),
    ("key-of-another", "The value is another key's", lambda: _made(Cms(bad_key=world().maker)), CRYPTO),
    ("gm-key-of-another", "The value is another key's, in GM names", lambda: _made(replace(GM, bad_key=world().maker)), CRYPTO),
    ("signature-of-nobody", "The value is (1, 1)", lambda: _made(Cms(signature=b"\x30\x06\x02\x01\x01\x02\x01\x01")), CRYPTO),
    ("signature-empty", "The value is an empty sequence", lambda: _made(Cms(signature=b"\x30\x00")), CRYPTO),
    ("signature-raw", "The value is r and s side by side, which CMS does not know", lambda: _made(Cms(signature=bytes(range(1, 65)))), CRYPTO),
    ("bare-digest", "The value is over the bare digest, without the signer's ID", lambda: _made(Cms(attributes=False, bare_digest=True)), HASH),
    ("no-certificate", "The signer's certificate is nowhere", lambda: _without_evidence(Cms(certificates=())), NO_SIGNER),
    ("certificate-of-another", "Another certificate is carried in the signer's place", lambda: _without_evidence(Cms(certificates=(world().maker.certificate,))), NO_SIGNER),
    ("unknown-key-identifier", "The signer is named by a key identifier nobody has", lambda: _without_evidence(Cms(by_key=b"x" * 20)), NO_SIGNER),
    ("names-another-certificate", "The signed attributes name another certificate", lambda: _made(Cms(ess=ess_certificate(sm3(world().maker.certificate.der)))), UNFIT),
    ("names-by-unknown-digest", "The signed attributes name a certificate by an unknown digest", lambda: _made(Cms(ess=ess_certificate(bytes(32), oid="1.2.3"))), UNFIT),
    ("names-nobody", "The attribute that names the certificate is empty", lambda: _made(Cms(ess=encoded(SEQUENCE))), FORMAT),
    ("names-twin", "A twin certificate of the same issuer, serial and key is carried, another is named", lambda: _made(Cms(ess=ess_certificate(digest(SHA256_OID, b"twin"), oid=None))), UNFIT),
    ("version-2", "A version that is not defined", lambda: _made(Cms(version=2)), FORMAT),
    ("version-3", "A version for other contents", lambda: _made(Cms(version=3)), DOUBTFUL),
    ("version-5", "A version for other signers", lambda: _made(Cms(version=5)), FORMAT),
    ("signer-version-2", "A signer version that is not defined", lambda: _made(Cms(signer_version=2)), FORMAT),
    ("unknown-digest-announced", "An unknown digest is announced", lambda: _made(Cms(announced=("1.2.3.4",))), DOUBTFUL),
    ("two-digests-announced", "Two digests are announced, one is used", lambda: _made(Cms(announced=(SHA256_OID, "1.2.156.10197.1.401"))), DOUBTFUL),
    ("not-signed-data", "Data, not signed data", lambda: _made(Cms(signed_data="1.2.840.113549.1.7.1")), FORMAT),
    ("enveloped-data", "Enveloped data by name", lambda: _made(Cms(signed_data="1.2.840.113549.1.7.3")), FORMAT),
    ("stranger-beside", "A stranger's root is carried beside the signer", lambda: _made(Cms(certificates=(world().signer.certificate, world("other").root.certificate))), UNPROVEN),
    ("attribute-certificate", "A certificate of another form is carried", lambda: _made(Cms(other_certificates=(encoded(0xA1, b"x"),))), DOUBTFUL),
    ("unknown-unsigned-attribute", "Unsigned data of an unknown kind are carried", lambda: _made(Cms(unsigned=(attribute("1.2.3", encoded(NULL)),))), DOUBTFUL),
    ("token-of-junk", "What stands in the place of a time-stamp is none", lambda: _made(Cms(unsigned=(attribute(TIMESTAMP_TOKEN, encoded(NULL)),))), CRYPTO),
    ("list-of-junk", "What stands in the place of a revocation list is none", lambda: _made(Cms(crls=(encoded(SEQUENCE),))), UNPROVEN),
    ("second-signer-stranger", "A second signer beside the right one is a stranger", lambda: _made(WithStranger()), NO_SIGNER),
    ("second-signer-lies", "A second signer states another digest", lambda: _made(WithLiar()), HASH),
    ("second-signer-forged", "A second signer's value is another key's", lambda: _made(WithForger()), CRYPTO),
    ("ecdsa-forged", "An ECDSA value of another key", lambda: _foreign("p256", ECDSA_SHA256, signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"), CRYPTO),
    ("rsa-forged", "An RSA value of zeros", lambda: _foreign("rsa2048", "1.2.840.113549.1.1.1", signature=bytes(256)), CRYPTO),
    ("rsa-cube-root", "An RSA value of one: the cube root forgery's shape", lambda: _foreign("rsa2048", "1.2.840.113549.1.1.1", signature=bytes(255) + b"\x01"), CRYPTO),
    ("rsa-digest-of-others", "RSA over attributes that state another digest", lambda: _foreign("rsa2048", "1.2.840.113549.1.1.1", stated_digest=bytes(32)), HASH),
)  # fmt: skip

TRUST_FOREIGN = {
    "ecdsa-forged": "p256",
    "rsa-forged": "rsa2048",
    "rsa-cube-root": "rsa2048",
    "rsa-digest-of-others": "rsa2048",
}


def _foreign(kind: str, algorithm: str, **changes: object) -> bytes:
    cms = Cms(digest_oid=SHA256_OID, algorithm=algorithm, **changes)
    return signed_by_cms(cms, foreigner(kind)).data


FLIPPED: dict[str, Expected] = {
    "digest": DOUBTFUL,
    "certificate": NO_CHAIN,
    "issuer": NO_SIGNER,
    "serial": NO_SIGNER,
    "attribute-type": FORMAT,
    "attribute-digest": HASH,
    "signature": CRYPTO,
    "version": FORMAT,
    "signer-version": FORMAT,
    "encapsulated-type": FORMAT,
    "signature-algorithm": UNKNOWN,
    "signer-digest": UNKNOWN,
}
EMPTIED: dict[str, Expected] = {
    "digests": DOUBTFUL,
    "encapsulated": FORMAT,
    "signers": FORMAT,
    "signer": FORMAT,
    "issuer-and-serial": FORMAT,
    "attributes": HASH,
    "signed-data": FORMAT,
}


def _bent() -> Iterator[Case]:
    for name, expect in FLIPPED.items():
        yield Case(
            f"{name}-flipped",
            f"The last byte of `{name}` is flipped",
            lambda n=name: _changed(flipped, n),
            expect,
        )
    for name, expect in EMPTIED.items():
        yield Case(
            f"{name}-emptied", f"`{name}` is empty", lambda n=name: _changed(emptied, n), expect
        )


FAMILIES = (
    Family(
        "cms-tampering",
        "CMS by the right person, wrong in one thing",
        (
            *(
                Case(
                    id,
                    why,
                    build,
                    expect,
                    trust=("root", TRUST_FOREIGN[id]) if id in TRUST_FOREIGN else ("root",),
                )
                for id, why, build, expect in WRONG
            ),
            *_bent(),
        ),
    ),
)
