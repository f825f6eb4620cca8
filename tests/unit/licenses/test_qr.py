import re

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from licenses.errors import InvalidDraft
from licenses.qr import MAX_QR_CHARS, drawn_code


def modules_of(operators: bytes) -> tuple[int, list[str]]:
    found = re.search(rb"/W ([0-9]+)/H \1/BPC 1/D\[1 0\]/F/AHx ID\n([0-9a-f]+)>", operators)
    assert found is not None
    size = int(found[1])
    digits = len(found[2]) // size
    rows = [found[2][at : at + digits] for at in range(0, len(found[2]), digits)]
    return size, [f"{int(row, 16):0{digits * 4}b}"[:size] for row in rows]


@given(
    st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=MAX_QR_CHARS
    )
)
def test_what_is_drawn_can_be_scanned(text: str) -> None:
    size, rows = modules_of(drawn_code(text, 10, 20, 70))
    picture = Image.new("L", (size + 8, size + 8), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if module == "1" else 255)
    [read] = zxingcpp.read_barcodes(
        picture.resize((picture.width * 4,) * 2, Image.Resampling.NEAREST)
    )
    assert read.text == text


def test_it_is_drawn_where_it_was_asked_for() -> None:
    assert b" 70.000 0 0 70.000 10.000 20.000 cm" in drawn_code("x", 10, 20, 70)


@pytest.mark.parametrize("text", ["", "x" * (MAX_QR_CHARS + 1)])
def test_texts_that_would_make_modules_too_small_to_scan_are_refused(text: str) -> None:
    with pytest.raises(InvalidDraft, match="QR code"):
        drawn_code(text, 0, 0, 70)
