"""The page's style, script and mark: a few files, read once."""

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from api.errors import PageNotFound

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {
    one.name: (one.read_bytes(), _TYPES["." + one.name.rpartition(".")[2]])
    for one in files("api.pages").joinpath("static").iterdir()
}
# The pages name them with a digest of their content.
_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/static/{name}")
def static(name: str) -> Response:
    """Serve one file."""
    if name not in _FILES:
        raise PageNotFound("there is no such file")
    content, media_type = _FILES[name]
    return Response(content, media_type=media_type, headers=_FOR_A_YEAR)


@router.get("/robots.txt")
def robots() -> Response:
    """Keep licences out of search engines."""
    return Response("User-agent: *\nDisallow: /l/\nDisallow: /v1/\n", media_type="text/plain")
