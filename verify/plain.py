"""Values of our reader without their positions, so that two revisions can be compared."""

from verify.tokens import Dictionary, Keyword, Reference

__all__ = ["Plain", "plain", "references"]

Plain = object


def plain(value: object) -> Plain:
    """Return dictionaries as dicts and arrays as tuples; nulls in dictionaries drop out.

    A key that stands twice makes the value unequal to every other.
    """
    if isinstance(value, Dictionary):
        if value.has_duplicates:
            return object()
        kept = {entry.key: plain(entry.value) for entry in value.entries}
        return {key: one for key, one in kept.items() if one != Keyword(b"null")}
    if isinstance(value, list):
        return tuple(plain(one) for one in value)
    return value


def references(value: Plain) -> list[int]:
    """Return the numbers of all objects that a plain value refers to."""
    if isinstance(value, Reference):
        return [value.number]
    if isinstance(value, dict):
        return [number for one in value.values() for number in references(one)]
    if isinstance(value, tuple):
        return [number for one in value for number in references(one)]
    return []
