"""Taking an upload from a form without ever putting it on a disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.errors import MalformedUpload

__all__ = ["Upload", "receive_upload"]

FIELD = "file"
_MOST_FIELDS = 4
_MOST_FIELD_BYTES = 1024
_MOST_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came, what its sender calls it, and the form's other fields.

    `charge` is told how many seconds it took to examine.
    """

    name: str
    data: bytes = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    charge: Callable[[float], None] = field(default=lambda _seconds: None, repr=False)


class _InMemoryParser(MultiPartParser):
    # Starlette would write what is larger than this to a temporary file; the body's own limit
    # is far below.
    spool_max_size = 1 << 40


async def receive_upload(request: Request) -> Upload:
    """Read the form; a form without a file gives an empty upload. Raises `MalformedUpload`."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise MalformedUpload("send multipart/form-data with the PDF in the field `file`")
    parser = _InMemoryParser(
        request.headers,
        request.stream(),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=_MOST_FIELD_BYTES,
    )
    try:
        form = await parser.parse()
    except MultiPartException as e:
        raise MalformedUpload("the form cannot be read, or has more than one file") from e
    except UnicodeError as e:
        raise MalformedUpload("the form's headers cannot be read") from e
    try:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get(FIELD)
        if not isinstance(file, UploadFile):
            return Upload("", b"", texts)
        return Upload(_printable(file.filename), await file.read(), texts)
    finally:
        await form.close()


def _printable(name: str | None) -> str:
    """What is shown of a file's name: its last part, without control characters."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:_MOST_NAME_CHARACTERS]
