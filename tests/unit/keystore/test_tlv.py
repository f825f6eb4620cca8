import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore.errors import MalformedAsn1
from keystore.tlv import (
    SEQUENCE,
    SET,
    Tlv,
    dotted,
    encoded,
    encoded_integer,
    encoded_oid,
    encoded_set,
    only,
)


@given(st.integers(-(2**200), 2**200))
def test_an_integer_comes_back(value: int) -> None:
    assert Tlv.from_der(encoded_integer(value)).integer() == value


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**70), max_size=5))
def test_an_object_identifier_comes_back(first: int, second: int, rest: list[int]) -> None:
    text = ".".join(map(str, (first, second, *rest)))
    assert Tlv.from_der(encoded_oid(text)).oid() == text


def test_a_second_arc_above_39_belongs_to_the_third_root() -> None:
    assert Tlv.from_der(encoded_oid("2.999.1")).oid() == "2.999.1"


@given(st.binary(max_size=70_000))
def test_a_value_of_any_length_comes_back(body: bytes) -> None:
    found = Tlv.from_der(encoded(SEQUENCE, body))
    assert (found.tag, found.body) == (SEQUENCE, body)


@pytest.mark.parametrize("der", [b"", b"\x02", b"\x02\x01\x01\x00", b"\x30\x80\x00\x00"])
def test_anything_but_one_value_is_refused(der: bytes) -> None:
    with pytest.raises(MalformedAsn1):
        Tlv.from_der(der)


@pytest.mark.parametrize(
    "der", [b"\x02\x00", b"\x02\x02\x00\x01", b"\x02\x02\xff\xff", b"\x04\x01\x01"]
)
def test_an_integer_not_in_its_shortest_form_is_refused(der: bytes) -> None:
    with pytest.raises(MalformedAsn1):
        Tlv.from_der(der).integer()


@pytest.mark.parametrize("body", [b"", b"\x2a\x86", b"\x2a\x80\x01", b"\x01" * 65])
def test_a_damaged_identifier_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedAsn1):
        dotted(body)


def test_children_stand_in_their_order() -> None:
    der = encoded(SEQUENCE, encoded_integer(2), encoded_integer(1))
    assert [one.integer() for one in Tlv.from_der(der).children()] == [2, 1]
    with pytest.raises(MalformedAsn1):
        Tlv.from_der(encoded(SEQUENCE, b"\x02\x05\x01")).children()


def test_a_set_is_written_sorted() -> None:
    values = [encoded_integer(2), encoded_integer(1)]
    assert encoded_set(values, SET) == encoded(SET, *reversed(values))


def test_only_one_means_one() -> None:
    one = Tlv.from_der(encoded_integer(1))
    assert only((one,), "it") is one
    with pytest.raises(MalformedAsn1, match="2 values"):
        only((one, one), "it")
