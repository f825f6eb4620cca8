"""What two readers of JSON could read differently is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore import clear_json

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS.filter(lambda one: one not in {float("inf"), float("-inf")}),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_ordinary_json_is_read_as_ever(value) -> None:
    assert clear_json(json.dumps(value).encode()) == value
    assert clear_json(json.dumps(value, indent=1).encode()) == value


def test_a_whole_number_within_a_double_is_read_exactly() -> None:
    for value in (2**1023, -(2**1023) + 1, 2**53 + 1, 0):
        assert clear_json(str(value).encode()) == value


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 1}',
        b'[{"b": {"a": 1, "\\u0061": 2}}]',
        b"NaN",
        b"[-Infinity]",
        b"1e999",
        b'{"a": -1e999}',
        b"9" * 5000,
        b'{"a": [-1' + b"0" * 400 + b"]}",
        str(2**1024).encode(),
        b"[" * 100_000 + b"]" * 100_000,
        '{"a": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": 1}',
        b'"\xed\xa0\x80"',
        b"",
        b"{} {}",
    ],
)
def test_what_could_be_read_in_two_ways_or_in_none_is_refused(content) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what it says is for nobody
        clear_json(content)
