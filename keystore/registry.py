"""Scheme → provider, found by entry point at run time."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from keystore.errors import UnknownScheme
from keystore.ports import KeyProvider

__all__ = ["installed_schemes", "provider_for"]

GROUP = "qianyin.key_providers"


def installed_schemes() -> tuple[str, ...]:
    """Return the schemes some installed distribution answers to."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@cache
def provider_for(scheme: str) -> KeyProvider:
    """Return the one provider of `scheme`; two are an error, never a race (`UnknownScheme`)."""
    return provider_among(tuple(entry_points(group=GROUP)), scheme)


def provider_among(points: tuple[EntryPoint, ...], scheme: str) -> KeyProvider:
    """Choose and load the provider of `scheme` among entry points."""
    found = [point for point in points if point.name == scheme]
    if len(found) != 1:
        installed = ", ".join(sorted({point.name for point in points})) or "none"
        raise UnknownScheme(
            f"{len(found)} key providers for '{scheme}:', one is needed; installed: {installed}"
        )
    try:
        provider: KeyProvider = found[0].load()()
    except (ImportError, AttributeError) as error:
        raise UnknownScheme(f"the provider of '{scheme}:' cannot be loaded: {error}") from error
    return provider
