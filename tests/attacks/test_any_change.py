"""Whatever is done to the bytes of a sealed file, of any layout, it no longer passes.

The same for longer: `pytest tests/attacks --hypothesis-profile=long`.
"""

import re
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.attacks.how_often import tried
from tests.vectors.judging import Judged, every_case, judged, verdict_of
from verify import Coverage, Indication, VerificationReport

Draw = Callable[[st.SearchStrategy], object]
_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)")
_MARK = re.compile(
    rb"\d+ 0 obj|endobj|endstream|stream\n|xref|trailer|startxref\n|%%EOF\n?|<<|>>|"
    rb"/(?:ByteRange|Contents|Type|Annots|Fields|Root|Prev|Size|DSS|Rect|AP)\b|\n"
)


def ends(data: bytes) -> list[int]:
    """Where the signed bytes of each signature end."""
    return sorted(int(one[2]) + int(one[3]) for one in _RANGE.finditer(data))


def is_signed_to_its_end(one: Judged) -> bool:
    return any(found.covers is Coverage.ENTIRE_FILE for found in one.report.signatures)


GOOD = [one for one in every_case() if one.startswith("good/")]
WITH_LATER_UPKEEP = {"evidence-added", "version-raised", "object-nobody-uses"}
WHOLE = [one for one in GOOD if one.removeprefix("good/") not in WITH_LATER_UPKEEP]
TWICE = [one for one in WHOLE if len(judged(one).report.signatures) > 1]


@cache
def genuine(label: str) -> frozenset[bytes]:
    """The file as it was after each of its signatures."""
    data = judged(label).data
    return frozenset(data[:end] for end in ends(data))


@cache
def marks(label: str) -> tuple[int, ...]:
    """Where something begins or ends in the file."""
    data = judged(label).data
    found = {at for one in _MARK.finditer(data) for at in one.span()}
    return tuple(sorted(found | set(ends(data))))


@st.composite
def places(draw: Draw, label: str, first: int = 0) -> int:
    size = len(judged(label).data)
    known = [one for one in marks(label) if one >= first]
    return draw(st.one_of(st.integers(first, size), st.sampled_from(known or [size])))


@st.composite
def chunks(draw: Draw, label: str, first: int = 0) -> tuple[int, int]:
    begin = draw(places(label, first))
    some = st.integers(begin, min(begin + 64, len(judged(label).data)))
    return begin, draw(st.one_of(some, places(label, begin)))


def report_on(label: str, data: bytes) -> VerificationReport | None:
    """The report, none for what is turned away; any error but ours comes out of here."""
    return verdict_of(judged(label).case, data)[1]


def passes(label: str, data: bytes) -> bool:
    report = report_on(label, data)
    return report is not None and report.indication is Indication.TOTAL_PASSED


def require_refused(label: str, data: bytes) -> None:
    assert data in genuine(label) or not passes(label, data)


def flipped(draw: Draw, data: bytes, most: int) -> bytes:
    place = draw(st.integers(0, most - 1))
    return data[:place] + bytes((data[place] ^ draw(st.integers(1, 255)),)) + data[place + 1 :]


def test_all_of_them_pass_and_are_signed_to_their_ends() -> None:
    assert all(passes(one, judged(one).data) for one in GOOD)
    assert [one for one in GOOD if is_signed_to_its_end(judged(one))] == WHOLE


@tried(400)
@given(label=st.sampled_from(WHOLE), data=st.data())
def test_a_changed_byte_never_passes(label: str, data: st.DataObject) -> None:
    whole = judged(label).data
    assert not passes(label, flipped(data.draw, whole, len(whole)))


@pytest.mark.parametrize("label", sorted(set(GOOD) - set(WHOLE)))
@tried(40)
@given(data=st.data())
def test_a_changed_byte_before_later_upkeep_never_passes(label: str, data: st.DataObject) -> None:
    whole = judged(label).data
    assert not passes(label, flipped(data.draw, whole, ends(whole)[-1]))


@tried(100)
@given(label=st.sampled_from(TWICE), data=st.data())
def test_a_changed_byte_of_the_first_revision_fails_every_signature(
    label: str, data: st.DataObject
) -> None:
    whole = judged(label).data
    report = report_on(label, flipped(data.draw, whole, ends(whole)[0]))
    found = () if report is None else report.signatures
    assert all(one.indication is not Indication.TOTAL_PASSED for one in found)


@tried(100)
@given(label=st.sampled_from(TWICE), data=st.data())
def test_a_changed_byte_of_the_last_revision_fails_the_file(
    label: str, data: st.DataObject
) -> None:
    whole = judged(label).data
    begin = ends(whole)[-2]
    tail = flipped(data.draw, whole[begin:], len(whole) - begin)
    assert not passes(label, whole[:begin] + tail)


@tried(100)
@given(label=st.sampled_from(WHOLE), data=st.data())
def test_a_file_that_was_cut_off_never_passes(label: str, data: st.DataObject) -> None:
    require_refused(label, judged(label).data[: data.draw(places(label))])


@tried(200)
@given(label=st.sampled_from(WHOLE), data=st.data(), new=st.binary(min_size=1, max_size=40))
def test_bytes_put_in_never_pass(label: str, data: st.DataObject, new: bytes) -> None:
    whole, at = judged(label).data, data.draw(places(label))
    require_refused(label, whole[:at] + new + whole[at:])


@tried(200)
@given(label=st.sampled_from(WHOLE), data=st.data(), new=st.binary(max_size=40))
def test_a_chunk_taken_out_or_exchanged_never_passes(
    label: str, data: st.DataObject, new: bytes
) -> None:
    whole, (begin, end) = judged(label).data, data.draw(chunks(label))
    require_refused(label, whole[:begin] + new + whole[end:])


@tried(200)
@given(label=st.sampled_from(WHOLE), data=st.data())
def test_a_chunk_that_stands_there_again_never_passes(label: str, data: st.DataObject) -> None:
    whole, (begin, end) = judged(label).data, data.draw(chunks(label))
    at = data.draw(places(label))
    assume(begin < end)
    require_refused(label, whole[:at] + whole[begin:end] + whole[at:])


@tried(200)
@given(label=st.sampled_from(WHOLE), data=st.data())
def test_chunks_that_change_places_never_pass(label: str, data: st.DataObject) -> None:
    whole = judged(label).data
    a, b = data.draw(chunks(label))
    c, d = data.draw(chunks(label, b))
    require_refused(label, whole[:a] + whole[c:d] + whole[b:c] + whole[a:b] + whole[d:])


@pytest.mark.parametrize("label", [f"good/{one}" for one in ("seal-stamped", "cms", "cms-gm")])
def test_a_changed_bit_of_the_container_never_passes(label: str) -> None:
    content = bytearray(judged(label).data)
    start = content.index(b"/Contents <30") + len(b"/Contents <")
    used = len(content[start : content.index(b">", start)].rstrip(b"0"))
    for position in range(start, start + used, 7):
        content[position] ^= 1
        assert not passes(label, bytes(content)), position
        content[position] ^= 1
