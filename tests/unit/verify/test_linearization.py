"""Readers of linearized files begin where `startxref` begins, or the file is damaged."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.fakes.pdf_documents import Document, document
from verify import DEFAULT_LIMITS, read_upload

DAMAGED = "readers of linearized files begin at another section"


def with_first(entries: bytes, header: bytes = b"", closing: bytes = b"endobj") -> Document:
    return document(header=header + b"90 0 obj\n<< %s >>\n%s\n" % (entries, closing))


def fault(made: Document) -> str | None:
    return read_upload(made.data, limits=DEFAULT_LIMITS).fault


def of_its_length(more: bytes = b"", **options: bytes) -> Document:
    length = len(with_first(b"/Linearized 1 /L 1000 " + more, **options).data)
    return with_first(b"/Linearized 1 /L %04d " % length + more, **options)


def test_a_length_that_is_another_is_believed_by_nobody() -> None:
    assert fault(with_first(b"/Linearized 1 /L 17")) is None
    assert fault(document()) is None


@pytest.mark.parametrize("header", [b"", b"% a comment\n", b"%" + b"x" * 3000 + b"\n"])
def test_another_section_than_the_newest_is_damage(header: bytes) -> None:
    assert fault(of_its_length(header=header)) == DAMAGED


def test_an_object_behind_the_version_is_read_by_some() -> None:
    made = of_its_length()
    joined = made.data.replace(b"\n%\xe2\xe3\xcf\xd3\n90 0 obj", b" 90 0 obj   \n  ", 1)
    assert len(joined) == len(made.data)
    assert fault(made.raw(joined)) == DAMAGED


@pytest.mark.parametrize("entries", [b"/Linearized 1 /L 17 /L 18", b"/Linearized 1 /L (x)"])
def test_a_length_that_is_unclear_counts_as_its_own(entries: bytes) -> None:
    assert fault(with_first(entries)) == DAMAGED


def test_an_object_that_does_not_end_leads_nowhere() -> None:
    assert fault(of_its_length(closing=b"")) == DAMAGED


def test_a_first_object_that_cannot_be_read_is_damage() -> None:
    assert (
        fault(document(header=b"90 0 obj << /A\n")) == "the first object of the file cannot be read"
    )


@pytest.mark.skipif(which("qpdf") is None, reason="qpdf linearizes")
def test_a_file_that_was_linearized_is_sound(tmp_path: Path) -> None:
    plain, made = tmp_path / "plain.pdf", tmp_path / "made.pdf"
    plain.write_bytes(document().data)
    subprocess.run(["qpdf", "--linearize", plain, made], check=True)
    assert read_upload(made.read_bytes(), limits=DEFAULT_LIMITS).fault is None
