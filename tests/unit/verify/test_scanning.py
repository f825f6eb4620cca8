import pytest

from verify.scanning import name_pattern

PATTERN = name_pattern("ByteRange", "XFA")


@pytest.mark.parametrize(
    "text", [b"/ByteRange [", b"/Byte#52ange[", b"/#42yteRa#6eg#65 ", b"/#42yteRa#6Eg#65", b"/XFA"]
)
def test_a_name_is_found_however_it_is_spelt(text: bytes) -> None:
    assert PATTERN.search(text)


@pytest.mark.parametrize("text", [b"/ByteRanges ", b"ByteRange", b"/Byte#53ange ", b"/XFA#20"])
def test_another_name_is_not_found(text: bytes) -> None:
    assert not PATTERN.search(text)
