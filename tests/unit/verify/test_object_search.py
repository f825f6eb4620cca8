"""A key that stands twice and a name that acts are found wherever they stand, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.pdf_documents import document, object_stream, stream
from verify import DEFAULT_LIMITS, object_search, read_upload

PIECES = [b"<<", b">>", b"[", b"]", b"(", b")", b"/A", b"/S /URI /URI (https:", b"1 ", b"%", b"\\"]

SOUND = {
    "names and strings": b"<< /Type /XObject /XObject << /A (a\\)b) /B (/A /B) >> >>",
    "values alike": b"<< /A /X /B /X /C [/X /X] >>",
    "keys alike in different dictionaries": b"<< /A << /K 1 >> /B << /K 2 >> >>",
    "a number": b"7",
    "a comment": b"<< /A 1 % /A 2\n /B 2 >>",
    "a word in a string": b"<< /A (endobj stream) /B 1 >>",
    "a stream": stream(b"/A 1 /A 2", b"/A 1"),
}
TWICE = {
    "plainly": b"<< /A 1 /A 2 >>",
    "in disguise": b"<< /A 1 /#41 2 >>",
    "behind a string": b"<< /A (endobj) /A 2 >>",
    "behind a name": b"<< /A /endobj /A 2 >>",
    "behind a word": b"<< /A (x) /stream 1 /A 2 >>",
    "behind a comment": b"<< /A 1 % (\n /A 2 % )\n >>",
    "inside": b"<< /B [ << /A 1 /A 2 >> ] >>",
    "in a stream's dictionary": stream(b"x", b"/A 1 /A 2"),
    "as two types": b"<< /Type /A /Type /B >>",
    "behind the name of a type that is a value": b"<< /X /Type /A 1 /A 2 >>",
    "behind a type in a string": b"<< /S (<<) /X /Type /A 1 /A 2 >>",
    "behind a type of a strange name": b"<< /Type /A-- /Type 2 >>",
    "behind a string of digits": b"<< /A <00> /A 2 >>",
    "too deep to read": b"<< /A %s%s >>" % (b"[" * 500, b"]" * 500),
    "unreadable": b"<< /A ( >>",
    "unreadable for its digits": b"<< /A <(> /JS 2 0 R /B )</C 1>> >>",
}


def repeats(body: bytes) -> bool:
    return repeats_in({5: body})


def repeats_in(objects: dict[int, bytes]) -> bool:
    return read_upload(document(objects).data, limits=DEFAULT_LIMITS).search.repeats_a_key


@pytest.mark.parametrize("name", SOUND)
def test_what_means_one_thing_is_left_alone(name: str) -> None:
    assert not repeats(SOUND[name])


@pytest.mark.parametrize("name", TWICE)
def test_a_key_that_stands_twice_is_found(name: str) -> None:
    assert repeats(TWICE[name])


@pytest.mark.parametrize("name", SOUND.keys() - {"a stream"})
def test_objects_in_streams_are_looked_at_alike(name: str) -> None:
    data = document().update_compressed({5: SOUND[name], 6: b"<< /B 1 >>"}).data
    assert not read_upload(data, limits=DEFAULT_LIMITS).search.repeats_a_key


@pytest.mark.parametrize("position", [5, 6])
def test_a_key_twice_in_an_object_stream_is_found(position: int) -> None:
    objects = {5: b"<< /C 1 >>", 6: b"<< /C 1 >>", position: TWICE["plainly"]}
    data = document().update_compressed(objects).data
    assert read_upload(data, limits=DEFAULT_LIMITS).search.repeats_a_key


def test_an_index_that_cuts_an_object_short_hides_nothing() -> None:
    packed, first = object_stream({5: b"<< /A 1 /A 2 >>", 6: b"null"})
    content = packed[:first].replace(b"6 16", b"6 06") + packed[first:]
    entries = b"/Type /ObjStm /N 2 /First %d" % first
    made = document().update_compressed(
        {5: b"null", 6: b"null"}, dictionary=entries, content=content
    )
    assert read_upload(made.data, limits=DEFAULT_LIMITS).search.repeats_a_key


@pytest.mark.parametrize("content", [b"5 0\n", b"5 0 6 999\nnull null", b"6 0 5 5\nnull null"])
def test_an_object_outside_its_stream_cannot_be_read_in_one_way(content: bytes) -> None:
    first = content.index(b"\n") + 1
    entries = b"/Type /ObjStm /N %d /First %d" % (content[:first].count(b" ") // 2 + 1, first)
    made = document().update_compressed(
        {5: b"null", 6: b"null"}, dictionary=entries, content=content
    )
    assert read_upload(made.data, limits=DEFAULT_LIMITS).search.repeats_a_key


def test_a_file_whose_structure_is_damaged_is_not_searched() -> None:
    readable = read_upload(b"\n" + document({5: TWICE["plainly"]}).data, limits=DEFAULT_LIMITS)
    assert readable.fault is not None
    assert not readable.search.repeats_a_key


def test_an_odd_object_among_very_many_is_read_and_the_others_are_looked_at() -> None:
    crowd = {number: b"<< /A /B%s >>" % (b" /C 1" * 400) for number in range(10, 60)}
    usual = {number: b"<< /A %d /B [ /A ] >>" % number for number in range(60, 1200)}
    objects = {5: b"<< /A (a (b) c) >>", 6: b"<< /A <(> /B )>>", **usual}
    assert not repeats_in({5: objects[5], **usual})
    assert repeats_in(objects)
    assert repeats_in({**usual, **crowd})
    assert repeats_in({**usual, 1200: TWICE["plainly"]})


ACTIVE = {
    "plainly": b"<< /S /Launch >>",
    "in disguise": b"<< /S /L#61unch >>",
    "as a key": b"<< /JS (1) >>",
    "in a list": b"[ << /A 1 /B << /A 2 >> >> [ /Launch#20 /JavaScript ] ]",
    "behind a word": b"<< /A (x) /stream 1 /S /Launch >>",
    "behind a bracket that closes nothing": b"[ /A /endobj /JS ] ]",
    "as a value after a value": b"<< /A (x)/B/C/S/Launch >>",
}
CUT_SHORT = {
    "by a word in a string": b"<< /A (x endobj) /S /Launch >>",
    "by a word behind an escape": b"<< /A (x\\endobj) /S /Launch >>",
    "by the word of a stream": b"<< /A (x stream) /S /Launch >>",
    "by a word in a link": b"<< /S /URI /URI (https:x endobj) /S /Launch >>",
}
"""What stands behind the word in these is seen only when they are read."""
PASSIVE = {
    "a string with brackets": b"<< /S (/Launch (/JS) /JS) >>",
    "a longer name": b"<< /S /Launches >>",
    "a string": b"<< /S (/Launch) >>",
    "a stream's own bytes": stream(b"/S /Launch /JS 1", b""),
}


@pytest.mark.parametrize("name", ACTIVE)
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_name_that_acts_is_found(name: str, is_packed: bool) -> None:
    objects = {5: ACTIVE[name]}
    made = document().update_compressed(objects) if is_packed else document(objects)
    assert read_upload(made.data, limits=DEFAULT_LIMITS).search.has_active_names


@pytest.mark.parametrize("name", CUT_SHORT)
def test_no_other_object_ends_what_an_object_began(name: str) -> None:
    made = document({5: CUT_SHORT[name], 6: b") >>"})
    assert read_upload(made.data, limits=DEFAULT_LIMITS).search.has_active_names


@given(st.binary(max_size=60) | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_no_byte_is_gone_over_again_and_again(written: bytes) -> None:
    ends = [0, *(found.end() for found in object_search.PIECE.finditer(written))]
    starts = [found.start() for found in object_search.PIECE.finditer(written)]
    assert starts == ends[:-1]
    assert ends[-1] == len(written)


@pytest.mark.parametrize("name", PASSIVE)
def test_what_names_no_action_is_left_alone(name: str) -> None:
    made = document({5: PASSIVE[name]})
    assert not read_upload(made.data, limits=DEFAULT_LIMITS).search.has_active_names


LINKS = {
    "plain": (b"/S /URI /URI (https://example.org)", False),
    "of another program": (b"/S /URI /URI (irc://example.org)", True),
    "behind a good one": (b"/S /URI /URI (https:x) /B << /URI (irc:x) >>", True),
    "behind a comment": (b"/S 1 % /S/URI/URI(https:\n/URI (irc:x) /C 2 %)\n", True),
    "twice": (b"/URI (https:x) /URI (irc:x)", True),
}


@pytest.mark.parametrize("name", LINKS)
def test_where_links_lead_is_seen_without_reading_the_good_ones(name: str) -> None:
    body, is_odd = LINKS[name]
    readable = read_upload(document({5: b"<< %s >>" % body}).data, limits=DEFAULT_LIMITS)
    assert bool(readable.search.oddities) is is_odd
