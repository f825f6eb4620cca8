"""How long a DER value is, and nothing but DER."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore import der_length
from keystore.der import read_der
from keystore.errors import MalformedAsn1
from keystore.ses import SES_Header
from keystore.tlv import encoded


@given(st.integers(0, 70_000), st.binary(max_size=9))
def test_the_length_is_that_of_the_first_value_whatever_follows(size, padding):
    value = encoded(0x30, bytes(size))
    assert der_length(value + padding) == len(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x1f\x01\x00",  # a tag of several bytes
        b"\xbf\x01\x00",
        b"\x30\x80\x00\x00",  # indefinite
        b"\x30\x81\x7f" + bytes(127),  # long form of a short length
        b"\x30\x82\x00\x80" + bytes(128),  # a zero too many
        b"\x30\x85\x00\x00\x00\x00\x01\x00",
        b"\x30\x85\x01\x00\x00\x00\x00",
        b"\x30\x82\x01",  # the length itself is cut off
        b"\x30\x05\x02\x01\x01",
        b"\x30\xff" + bytes(127),
    ],
)
def test_ber_and_cut_values_are_refused(data):
    with pytest.raises(MalformedAsn1):
        der_length(data)


@given(st.binary(max_size=40))
def test_arbitrary_bytes_have_a_length_inside_them_or_none(data):
    try:
        assert 2 <= der_length(data) <= len(data)
    except MalformedAsn1:
        pass


def test_what_was_expected_is_named():
    with pytest.raises(MalformedAsn1, match="the bytes are not a header in DER"):
        read_der(SES_Header, b"\x30\x00", what="a header")
