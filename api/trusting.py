"""What this deployment believes: its anchors, and the policies it offers to judge by."""

from collections.abc import Iterable
from functools import reduce
from pathlib import Path

from api.errors import BadSettings, UnknownPolicy
from api.settings import Settings
from licenses.catalog import Catalog
from licenses.errors import UnknownLicenseType
from verify import NO_EVIDENCE, POLICIES, Evidence, TrustAnchors, VerificationPolicy

__all__ = ["chosen_policy", "open_anchors", "open_evidence", "require_known_policies"]


def open_anchors(folder: Path) -> TrustAnchors:
    """Load the anchors of a folder and what `trust.toml` says of them; raises `BadTrustAnchor`."""
    return TrustAnchors.from_directory(folder, type_code=_type_code)


def open_evidence(folders: Iterable[Path]) -> Evidence:
    """Load the lists and OCSP responses of several folders; raises `BadTrustAnchor`."""
    return reduce(Evidence.joined, map(Evidence.from_directory, folders), NO_EVIDENCE)


def _type_code(slug: str) -> str | None:
    try:
        return Catalog.shipped().get(slug).code
    except UnknownLicenseType:
        return None


def chosen_policy(settings: Settings, name: str | None) -> VerificationPolicy:
    """Return the policy of this name, the default one for None; raises `UnknownPolicy`."""
    chosen = settings.policy if name is None else name
    if chosen not in settings.policies or chosen not in POLICIES:
        raise UnknownPolicy(f"the policies offered are {', '.join(sorted(settings.policies))}")
    return POLICIES[chosen]


def require_known_policies(settings: Settings) -> None:
    """Raise `BadSettings` unless every policy offered exists and the default is among them."""
    unknown = sorted(settings.policies - POLICIES.keys())
    if unknown:
        raise BadSettings(f"no such policies: {', '.join(unknown)}")
    if settings.policy not in settings.policies:
        raise BadSettings(f"the default policy {settings.policy} is not among those offered")
