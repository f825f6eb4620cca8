"""Pictures and changed pages as they arrive from an examining process: checked, never believed."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from api.errors import ExaminationDied
from api.examination.frames import Frame
from api.examination.page_changes import CHANGED_PAGE, ChangedPage
from api.examination.page_pictures import Mark, PagePicture

__all__ = ["changed_pages_in", "pictures_in"]

_MOST_PIXELS_A_SIDE = 20_000
_MOST_REGIONS = 100
_PICTURE_SIZES = ("page", "width", "height")
_NO_PICTURE = "the examining process sent something that is no picture"

_Number = Annotated[int, Field(ge=0, lt=_MOST_PIXELS_A_SIDE, strict=True)]
_Point = Annotated[float, Field(allow_inf_nan=False)]


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="ignore"))
class _ChangedPage:
    before: _Number | None
    after: _Number | None
    regions: Annotated[
        tuple[tuple[_Point, _Point, _Point, _Point], ...], Field(max_length=_MOST_REGIONS)
    ]
    pictures: Annotated[
        tuple[tuple[_Number, _Number, _Number, Annotated[int, Field(ge=0)]], ...],
        Field(max_length=2),
    ]


_CHANGED_PAGE = TypeAdapter(_ChangedPage)


def pictures_in(frames: list[Frame]) -> tuple[PagePicture, ...]:
    """Return the pages as signed; raises `ExaminationDied` for what is no picture."""
    return tuple(_picture(one) for one in frames if one.header.get("kind") != CHANGED_PAGE)


def changed_pages_in(frames: list[Frame]) -> tuple[ChangedPage, ...]:
    """Return the pages that look different; raises `ExaminationDied` for anything else."""
    return tuple(_changed_page(one) for one in frames if one.header.get("kind") == CHANGED_PAGE)


def _changed_page(frame: Frame) -> ChangedPage:
    try:
        found = _CHANGED_PAGE.validate_python(dict(frame.header))
    except ValidationError as error:
        raise ExaminationDied("the examining process sent something that is no page") from error
    pictures, start = [], 0
    for page, width, height, length in found.pictures:
        pictures.append(PagePicture(page, width, height, frame.blob[start : start + length]))
        start += length
    return ChangedPage(found.before, found.after, found.regions, tuple(pictures))


def _picture(frame: Frame) -> PagePicture:
    page, width, height = _numbers([frame.header.get(one) for one in _PICTURE_SIZES], 3)
    marks = frame.header.get("marks", [])
    if not isinstance(marks, list):
        raise ExaminationDied(_NO_PICTURE)
    found = tuple(Mark(*_numbers(one, 5)) for one in marks)
    return PagePicture(page, width, height, frame.blob, found)


def _numbers(values: Any, count: int) -> list[int]:  # noqa: ANN401 - what JSON brought
    """Take what should be whole numbers of pixels, and not absurd ones."""
    sane = isinstance(values, list) and len(values) == count
    if not sane or not all(type(one) is int and 0 <= one < _MOST_PIXELS_A_SIDE for one in values):
        raise ExaminationDied(_NO_PICTURE)
    return list(values)
