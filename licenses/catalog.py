"""The licence types that are installed, each read from its folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from licenses.errors import BadLicenseType, UnknownLicenseType
from licenses.license_types import FieldLabel, HolderKind, LicenseType, SealPlace
from licenses.type_folders import read_type

__all__ = ["Catalog", "FieldLabel", "HolderKind", "LicenseType", "SealPlace"]

SHIPPED_TYPES = Path(__file__).parent / "types"


class Catalog:
    """Licence types by slug; adding one is adding a folder."""

    def __init__(self, types: Mapping[str, LicenseType]) -> None:
        """`types` are keyed by slug, in the order they are to be shown."""
        self._types = dict(types)

    @classmethod
    def from_directory(cls, path: Path) -> "Catalog":
        """Every folder in `path` whose name does not begin with `_` or `.`.

        Raises `BadLicenseType` naming the folder that is wrong, or if there is none.
        """
        folders = sorted(p for p in path.glob("[!_.]*") if p.is_dir())
        if not folders:
            raise BadLicenseType(f"no licence type in {path}")
        types = {folder.name: read_type(folder) for folder in folders}
        _refuse_shared_codes(types)
        return cls(types)

    @classmethod
    def shipped(cls) -> "Catalog":
        """The types that come with the product."""
        return cls.from_directory(SHIPPED_TYPES)

    def get(self, slug: str) -> LicenseType:
        """Raises `UnknownLicenseType`."""
        found = self._types.get(slug)
        if found is None:
            raise UnknownLicenseType(f"no licence type {slug!r}")
        return found

    def __iter__(self) -> Iterator[LicenseType]:
        """Types in order of their slugs."""
        return iter(self._types.values())

    def __len__(self) -> int:
        """How many types there are."""
        return len(self._types)


def _refuse_shared_codes(types: Mapping[str, LicenseType]) -> None:
    owners: dict[str, str] = {}
    for slug, license_type in types.items():
        first = owners.setdefault(license_type.code, slug)
        if first != slug:
            raise BadLicenseType(f"{slug} and {first} share the type code {license_type.code}")
