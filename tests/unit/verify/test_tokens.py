import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.tokens import (
    Dictionary,
    Keyword,
    MalformedObject,
    Name,
    Reference,
    Token,
    header_end,
    object_header,
    read_object,
    repeats_a_key,
)

DEPTH = 10


def value_of(text: bytes) -> object:
    return read_object(text, 0, depth=DEPTH)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"12 ", 12),
        (b"-7", -7),
        (b"+.5]", 0.5),
        (b"3. ", 3.0),
        (b" % a comment\n true", Keyword(b"true")),
        (b"/Na#6De ", Name(b"Name")),
        (b"/", Name(b"")),
        (b"10 0 R>>", Reference(10, 0)),
        (b"<4a4B>", Token(b"JK", is_hex=True)),
        (b"< 4a 4B >", Token(b"JK", is_hex=True)),
        (b"<4a5>", Token(b"JP", is_hex=True)),
        (b"(a(b)c)", Token(b"a(b)c", is_hex=False)),
        (b"(\\(\\n\\101\\7\\\nx\\q)", Token(b"(\nA\x07xq", is_hex=False)),
        (b"(a\r\nb\rc)", Token(b"a\nb\nc", is_hex=False)),
        (b"[1 [2] /A]", [1, [2], Name(b"A")]),
        (b"[1 0 1 0 R]", [1, 0, Reference(1, 0)]),
    ],
)
def test_an_object_is_read_as_iso_32000_says(text: bytes, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"   ",
        b">>",
        b"]",
        b"{",
        b"endobj",
        b"12abc",
        b"<4g>",
        b"<4",
        b"(open",
        b"(open\\",
        b"[1",
        b"[1 }",
        b"<< /A 1",
        b"<< 1 /A >>",
        b"<< /A >>",
        b"<< /A",
        b"<< /A }",
        b"[" * 11 + b"]" * 11,
        b"<</A" * 11 + b">>" * 11,
    ],
)
def test_what_is_not_one_object_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedObject):
        value_of(text)


def test_a_dictionary_keeps_where_each_value_stands() -> None:
    text = b"xx<< /A /B /Contents <00> /C#6fntents (x) >>"
    found, end = read_object(text, 2, depth=DEPTH)
    assert isinstance(found, Dictionary)
    assert end == len(text) == found.end
    first, second, third = found.entries
    assert text[first.start : first.end] == b"/B"
    assert text[second.start : second.end] == b"<00>"
    assert text[third.start : third.end] == b"(x)"
    assert [one.is_plain for one in found.entries] == [True, True, False]
    assert found.has_duplicates
    assert found.keys == (b"A", b"Contents", b"Contents")
    assert found.get(b"A") == Name(b"B")
    assert found.get(b"Z") is None


def test_a_repeated_key_is_found_at_any_depth() -> None:
    assert repeats_a_key(value_of(b"<< /A [1 << /B 1 /B 2 >>] >>"))
    assert not repeats_a_key(value_of(b"<< /A [1 << /B 1 >>] /B 2 >>"))
    assert not repeats_a_key(1)


def test_a_header_is_found_only_right_where_it_is_looked_for() -> None:
    assert object_header(b"12 0 obj<<", 0) == (12, 0, 8)
    assert object_header(b" 12 0 obj", 0) is None
    assert object_header(b"12 0 object", 0) is None
    assert header_end(b"12 0 obj<<", 0) == 8
    with pytest.raises(MalformedObject):
        header_end(b"x", 0)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_end_in_an_object_or_a_refusal(data: bytes) -> None:
    try:
        _, end = read_object(data, 0, depth=DEPTH)
    except MalformedObject:
        return
    assert 0 < end <= len(data)
