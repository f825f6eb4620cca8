from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import document, flate, stream
from verify import ATTACHMENT_NAME, DEFAULT_LIMITS, read_metadata, read_upload

NAME = ATTACHMENT_NAME.encode()
TREE = b"/Names << /EmbeddedFiles << /Names [%s] >> >>"
FILE = b"<< /Type /Filespec /F (%s) /EF << /F 6 0 R >> >>"
RECORD = b'{"ZZBS": "1.2.156.3005.2", "KZ": {"a": 1}}'


def metadata_of(content: bytes, *, tree: bytes | None = None, name: bytes = NAME, **limits: int):
    named = b"(%s) 5 0 R" % name if tree is None else tree
    objects = {5: FILE % name, 6: content}
    catalog = named if named.startswith(b"/") else TREE % named
    limits = replace(DEFAULT_LIMITS, **limits)
    return read_metadata(read_upload(document(objects, catalog=catalog).data, limits=limits))


@pytest.mark.parametrize("content", [stream(RECORD), flate(RECORD)])
def test_the_attached_record_is_read(content: bytes) -> None:
    assert metadata_of(content) == {"ZZBS": "1.2.156.3005.2", "KZ": {"a": 1}}


def test_the_unicode_name_counts_first() -> None:
    renamed = FILE.replace(b"/F (%s)", b"/F (other) /UF (%s)") % NAME
    objects = {5: renamed, 6: stream(RECORD)}
    data = document(objects, catalog=TREE % b"(x) 5 0 R").data
    assert read_metadata(read_upload(data, limits=DEFAULT_LIMITS)) is not None


def test_names_in_a_tree_are_followed() -> None:
    tree = b"/Names << /EmbeddedFiles << /Kids [<< /Names [(x) 5 0 R] >>] >> >>"
    assert metadata_of(stream(RECORD), tree=tree) is not None


@pytest.mark.parametrize(
    "tree",
    [
        b"",
        b"(x) 5 0 R (y) 5 0 R",
        b"(x) 7",
        b"(x)",
        b"/Names 7",
        b"/Names << /EmbeddedFiles << /Kids 7 /Names 7 >> >>",
    ],
)
def test_none_or_two_records_are_no_record(tree: bytes) -> None:
    assert metadata_of(stream(RECORD), tree=tree) is None


def test_a_tree_that_never_ends_is_cut() -> None:
    objects = {5: b"<< /Kids [5 0 R 5 0 R] >>"}
    data = document(objects, catalog=b"/Names << /EmbeddedFiles 5 0 R >>").data
    assert read_metadata(read_upload(data, limits=DEFAULT_LIMITS)) is None


@pytest.mark.parametrize(
    "content",
    [
        stream(b"not json"),
        stream(b"[1]"),
        stream(b'{"a": 1, "a": 2}'),
        stream(b"[" * 100_000),
        stream(b"\xff"),
        b"17",
        flate(bytes(3_000_000)),
        flate(RECORD).replace(b"stream\nx", b"stream\ny"),
        stream(RECORD, b"/Filter [/FlateDecode /FlateDecode]"),
        stream(RECORD, b"/F (elsewhere)"),
        flate(RECORD, b"/DecodeParms << /Predictor 12 >> "),
        flate(RECORD)[:60],
    ],
)
def test_a_record_that_cannot_be_read_is_none(content: bytes) -> None:
    assert metadata_of(content) is None


def test_a_record_over_the_limit_is_none() -> None:
    assert metadata_of(stream(RECORD), attachment_bytes=10) is None
    assert metadata_of(flate(RECORD), attachment_bytes=10) is None


def test_another_name_is_another_file() -> None:
    assert metadata_of(stream(RECORD), name=b"other.json") is None
