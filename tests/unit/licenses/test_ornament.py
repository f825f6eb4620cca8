import re
import zlib

import pytest

from licenses.errors import BadLicenseType
from licenses.ornament import Colour, drawn_border

GREEN = Colour.parse("#1f6b45")


def test_a_colour_is_read_printed_and_mixed_with_white() -> None:
    assert GREEN.hex == "#1f6b45"
    assert GREEN.paler(0) == GREEN
    assert str(GREEN.paler(1)) == "1.000 1.000 1.000"


@pytest.mark.parametrize("text", ["", "green", "#1F6B45", "#1f6b4", "#1f6b45\n", "1f6b45"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(BadLicenseType, match="colour"):
        Colour.parse(text)


@pytest.mark.parametrize("size", [(297.0, 210.0), (210.0, 297.0)])
def test_a_border_is_small_balanced_and_marked_as_decoration(size: tuple[float, float]) -> None:
    packed = drawn_border(GREEN, *size)
    assert len(packed) < 10_000
    drawn = zlib.decompress(packed).decode()
    assert drawn.startswith("/Artifact BMC q\n")
    assert drawn.endswith("Q EMC")
    assert len(re.findall(r"\bq\b", drawn)) == len(re.findall(r"\bQ\b", drawn))


def test_a_border_is_drawn_once() -> None:
    assert drawn_border(GREEN, 297.0, 210.0) is drawn_border(GREEN, 297.0, 210.0)
    assert drawn_border(GREEN, 297.0, 210.0) != drawn_border(GREEN, 210.0, 297.0)
