"""The template engine: values in, HTML out, everything escaped, nothing missing silently."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.pages.language import Language
from api.pages.texts import texts_for

__all__ = ["PageRenderer", "Site", "asset_version"]

_VERSION_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Site:
    """What every page says about who runs it."""

    authority_name: str
    authority_code: str
    is_demo: bool


class PageRenderer:
    """Renders a template for one reader."""

    def __init__(self, site: Site) -> None:
        """Load the templates of this package."""
        self._environment = Environment(
            loader=PackageLoader("api.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._site = site
        self._assets = asset_version()

    def render(self, template: str, language: Language, **values: Any) -> str:  # noqa: ANN401
        """Return the page; raises whatever jinja2 does for a template that is wrong."""
        return self._environment.get_template(template).render(
            t=texts_for(language),
            language=language,
            site=self._site,
            assets=self._assets,
            **values,
        )


def asset_version() -> str:
    """Return a short digest of the static files, so that a changed one is fetched anew."""
    digest = sha256()
    for one in sorted(files("api.pages").joinpath("static").iterdir(), key=lambda one: one.name):
        digest.update(one.read_bytes())
    return digest.hexdigest()[:_VERSION_CHARACTERS]
