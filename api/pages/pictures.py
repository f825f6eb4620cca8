"""Pictures as a page shows them: drawn pages with the seals marked on them, and seals."""

from base64 import b64encode
from dataclasses import dataclass, field

from api.examination.page_pictures import Mark, PagePicture
from api.pages.saying import Speaker
from api.pages.states import Tone

__all__ = ["PageView", "SealMark", "data_uri", "page_view"]

_MARGIN = 0.008  # of the page's longer side: the outline stands clear of the seal
_TAG = 0.03  # the same, radius of the number's disc


@dataclass(frozen=True, slots=True)
class SealMark:
    """An outline around a seal, in the picture's pixels; `number` counts from 1."""

    number: int
    tone: Tone
    place: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageView:
    """A page's picture as the template shows it; `number` counts from 1, `tag` in pixels."""

    number: int
    width: int
    height: int
    tag: int
    marks: tuple[SealMark, ...]
    source: str = field(repr=False)


def page_view(picture: PagePicture, tones: tuple[Tone, ...], say: Speaker) -> PageView:
    """`tones` are those of the file's signatures, in order."""
    marks = tuple(
        _seal_mark(one, picture, tones[one.signature], say)
        for one in picture.marks
        if one.signature < len(tones)
    )
    longer = max(picture.width, picture.height)
    source = data_uri(picture.png)
    return PageView(
        picture.page + 1, picture.width, picture.height, round(longer * _TAG), marks, source
    )


def data_uri(png: bytes) -> str:
    """Return a picture that travels inside the page: nothing is kept to be fetched later."""
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _seal_mark(mark: Mark, picture: PagePicture, tone: Tone, say: Speaker) -> SealMark:
    margin = round(max(picture.width, picture.height) * _MARGIN)
    return SealMark(
        number=mark.signature + 1,
        tone=tone,
        place=say.pick(_place(mark, picture)),
        left=mark.left - margin,
        top=mark.top - margin,
        width=mark.width + 2 * margin,
        height=mark.height + 2 * margin,
    )


_PLACES = (
    (("左上方", "top left"), ("上方", "top"), ("右上方", "top right")),
    (("左侧", "left"), ("中部", "middle"), ("右侧", "right")),
    (("左下方", "bottom left"), ("下方", "bottom"), ("右下方", "bottom right")),
)


def _place(mark: Mark, picture: PagePicture) -> tuple[str, str]:
    """Say in which ninth of the page the middle of the mark lies."""
    across = (2 * mark.left + mark.width) * 3 // (2 * picture.width)
    down = (2 * mark.top + mark.height) * 3 // (2 * picture.height)
    return _PLACES[min(down, 2)][min(across, 2)]
