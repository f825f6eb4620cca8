import pytest

from licenses.errors import BadLicenseType
from licenses.numbering import NumberStyle


def test_a_number_is_written_as_its_style_says() -> None:
    style = NumberStyle("动诊证({province}){year}第{sequence:04d}号")
    assert style.format(year=2026, sequence=7, province="湘") == "动诊证(湘)2026第0007号"


def test_a_number_never_wraps() -> None:
    assert (
        NumberStyle("A{sequence:04d}").format(year=2026, sequence=10_000, province="湘") == "A10000"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "第{year}号",
        "{sequence",
        "{sequence:x}",
        "{sequence!r}",
        "{sequence.real}",
        "{sequence}{other}",
        "{sequence}{year:99999999}",
        "{sequence}{0}",
        "{sequence:0{year}d}",
    ],
)
def test_a_style_that_asks_for_anything_else_is_refused(pattern: str) -> None:
    with pytest.raises(BadLicenseType, match="number style"):
        NumberStyle(pattern)
