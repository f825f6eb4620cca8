import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystore.cms import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    CmsDeviation,
    CmsSignature,
    digest_attribute,
    oid_attribute,
)
from keystore.errors import MalformedAsn1
from keystore.tlv import (
    CONTEXT_0,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Tlv,
    encoded,
    encoded_integer,
    encoded_oid,
)
from tests.fakes.signature_values import GM, SHA256_OID, Cms, attribute
from tests.fakes.sm2_people import world

DOCUMENT = b"some signed bytes"
SIGNER = world().signer
GOOD = Cms().over(DOCUMENT, SIGNER)


@pytest.mark.parametrize("cms", [Cms(), GM])
def test_both_forms_are_read(cms: Cms) -> None:
    found = CmsSignature.from_der(cms.over(DOCUMENT, SIGNER))
    assert (found.outer_type, found.content_type) == (cms.signed_data, cms.content_type)
    assert found.content is None
    assert found.certificates == (SIGNER.certificate.der,)
    (signer,) = found.signers
    assert (signer.issuer_der, signer.serial) == (
        SIGNER.certificate.issuer_der,
        SIGNER.certificate.serial,
    )
    assert signer.signature_parameters is None
    content_type = signer.signed_value(CONTENT_TYPE)
    assert content_type is not None
    assert oid_attribute(content_type) == cms.content_type
    digest = signer.signed_value(MESSAGE_DIGEST)
    assert digest is not None
    assert len(digest_attribute(digest)) == 32
    assert signer.unsigned_value(CONTENT_TYPE) is None
    assert signer.signed_value("1.2.3") is None
    assert found.deviations == ()


def test_content_certificates_and_lists_are_kept_as_they_are() -> None:
    crl = world().ca.crl()
    cms = Cms(content=b"digest", attributes=False, crls=(crl,), certificates=())
    found = CmsSignature.from_der(cms.over(DOCUMENT, SIGNER))
    assert (found.content, found.crls, found.certificates) == (b"digest", (crl,), ())
    assert found.signers[0].signed_attributes is None


@pytest.mark.parametrize(
    ("cms", "deviation"),
    [
        (Cms(unsorted=True), CmsDeviation.ATTRIBUTES_UNSORTED),
        (Cms(announced=(SHA256_OID,)), CmsDeviation.DIGEST_ALGORITHMS),
        (Cms(other_certificates=(encoded(0xA0),)), CmsDeviation.OTHER_CERTIFICATE_FORM),
        (Cms(version=3), CmsDeviation.VERSION),
        (Cms(signer_version=3), CmsDeviation.VERSION),
        (Cms(by_key=b"x", version=1), CmsDeviation.VERSION),
        (Cms(unsigned=(attribute("1.2.3"),)), CmsDeviation.UNSIGNED_ATTRIBUTES),
    ],
)
def test_a_departure_from_the_standard_is_named(cms: Cms, deviation: CmsDeviation) -> None:
    assert CmsSignature.from_der(cms.over(DOCUMENT, SIGNER)).deviations == (deviation,)


def test_a_signer_named_by_key_keeps_its_key() -> None:
    found = CmsSignature.from_der(Cms(by_key=b"key").over(DOCUMENT, SIGNER))
    assert (found.signers[0].key_id, found.signers[0].serial) == (b"key", None)
    assert found.deviations == ()


def _with(position: int, value: bytes) -> bytes:
    """Return the good SignedData with one part of it replaced, or taken out."""
    outer = Tlv.from_der(GOOD).children()
    parts = [one.der for one in outer[1].children()[0].children()]
    parts[position : position + 1] = [value] if value else []
    body = encoded(SEQUENCE, *parts)
    return encoded(SEQUENCE, outer[0].der, encoded(CONTEXT_0, body))


def _with_signer(position: int, value: bytes) -> bytes:
    parts = Tlv.from_der(GOOD).children()[1].children()[0].children()
    inside = [one.der for one in parts[-1].children()[0].children()]
    inside[position : position + 1] = [value] if value else []
    return _with(-1, encoded(SET, encoded(SEQUENCE, *inside))) if False else _replaced_last(inside)


def _replaced_last(inside: list[bytes]) -> bytes:
    outer = Tlv.from_der(GOOD).children()
    parts = [one.der for one in outer[1].children()[0].children()]
    parts[-1] = encoded(SET, encoded(SEQUENCE, *inside))
    return encoded(SEQUENCE, outer[0].der, encoded(CONTEXT_0, encoded(SEQUENCE, *parts)))


NULL_DER = encoded(NULL)
MALFORMED = {
    "no sequence": encoded_integer(1),
    "one part": encoded(SEQUENCE, encoded_oid("1.2")),
    "another type": encoded(SEQUENCE, encoded_oid("1.2.3"), encoded(CONTEXT_0, NULL_DER)),
    "no content": GOOD.replace(GOOD[:4], GOOD[:4])[:0]
    + encoded(SEQUENCE, Tlv.from_der(GOOD).children()[0].der, NULL_DER),
    "bytes after it": GOOD + b"\x00",
    "too few parts": _with(1, b"")[:0]
    + encoded(
        SEQUENCE,
        Tlv.from_der(GOOD).children()[0].der,
        encoded(CONTEXT_0, encoded(SEQUENCE, NULL_DER)),
    ),
    "a version of its own": _with(0, encoded_integer(9)),
    "digests in a sequence": _with(1, encoded(SEQUENCE)),
    "an algorithm without OID": _with(1, encoded(SET, encoded(SEQUENCE))),
    "an algorithm of three": _with(
        1, encoded(SET, encoded(SEQUENCE, encoded_oid("1.2"), NULL_DER, NULL_DER))
    ),
    "a digest with parameters": _with(
        1, encoded(SET, encoded(SEQUENCE, encoded_oid("1.2"), encoded_integer(1)))
    ),
    "empty content": _with(2, encoded(SEQUENCE)),
    "two contents": _with(
        2, encoded(SEQUENCE, encoded_oid("1.2"), encoded(CONTEXT_0, NULL_DER, NULL_DER))
    ),
    "content that is no string": _with(
        2, encoded(SEQUENCE, encoded_oid("1.2"), encoded(CONTEXT_0, NULL_DER))
    ),
    "a strange part": _with(3, NULL_DER),
    "too many certificates": _with(3, encoded(CONTEXT_0, *[encoded(SEQUENCE)] * 101)),
    "no signer": _with(4, encoded(SET)),
    "too many signers": _with(4, encoded(SET, *[encoded(SEQUENCE)] * 17)),
    "an empty signer": _with(4, encoded(SET, encoded(SEQUENCE))),
    "a signer of another version": _with_signer(0, encoded_integer(2)),
    "half an identifier": _with_signer(1, encoded(SEQUENCE, encoded(SEQUENCE))),
    "an identifier that is none": _with_signer(1, NULL_DER),
    "no value": _with_signer(5, b""),
    "a value that is no string": _with_signer(5, NULL_DER),
    "an attribute of one part": _with_signer(
        3, encoded(CONTEXT_0, encoded(SEQUENCE, encoded_oid("1.2")))
    ),
    "values that are no set": _with_signer(
        3, encoded(CONTEXT_0, encoded(SEQUENCE, encoded_oid("1.2"), NULL_DER))
    ),
    "an attribute twice": _with_signer(
        3, encoded(CONTEXT_0, attribute("1.2", NULL_DER), attribute("1.2", NULL_DER))
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_signed_data_is_refused(name: str) -> None:
    with pytest.raises(MalformedAsn1):
        CmsSignature.from_der(MALFORMED[name])


def test_an_attribute_with_two_values_is_refused_when_it_is_asked_for() -> None:
    twice = attribute("1.2.3", NULL_DER, NULL_DER)
    cms = Cms(more_attributes=(twice,), unsigned=(twice,))
    (signer,) = CmsSignature.from_der(cms.over(DOCUMENT, SIGNER)).signers
    for ask in (signer.signed_value, signer.unsigned_value):
        with pytest.raises(MalformedAsn1, match="exactly one"):
            ask("1.2.3")


def test_parameters_are_kept_when_they_are_not_null() -> None:
    cms = Cms(parameters=encoded(OCTET_STRING, b"x"))
    (signer,) = CmsSignature.from_der(cms.over(DOCUMENT, SIGNER)).signers
    assert signer.signature_parameters == encoded(OCTET_STRING, b"x")


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_changed_byte_raises_only_what_is_announced(position: int, value: int) -> None:
    data = bytearray(GOOD)
    data[position] = value
    try:
        CmsSignature.from_der(bytes(data))
    except MalformedAsn1:
        pass


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_what_is_announced(data: bytes) -> None:
    with pytest.raises(MalformedAsn1):
        CmsSignature.from_der(data)
