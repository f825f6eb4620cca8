"""The uses of a seal as a file that a spreadsheet opens and does not calculate."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.use_lists import use_csv
from licenses.seal_uses import SealUse

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


def read(*uses: SealUse) -> list[dict[str, str]]:
    text = b"".join(use_csv(uses)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def use(client: str) -> SealUse:
    return SealUse(7, AT, client, 1, "document:ab", "ab", "soft:x", "completed", None)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_as_a_formula(first: str) -> None:
    assert read(use(f"{first}cmd|' /C calc'!A0"))[0]["client"].startswith("'")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")))
def test_whatever_a_cell_holds_is_one_cell(text: str) -> None:
    (row,) = read(use(text))
    assert row["client"].removeprefix("'") == text.removeprefix("'")
    assert (row["line"], row["at"], row["ended_at"]) == ("7", AT.isoformat(), "")


def test_the_file_says_that_it_is_utf_8() -> None:
    assert next(use_csv(())).startswith(b"\xef\xbb\xbfline,at,client,")
