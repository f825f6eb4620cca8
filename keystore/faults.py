"""An answer that cannot be read is the fault of whoever gave it: said in one place."""

from collections.abc import Iterator
from contextlib import contextmanager

from keystore.errors import AdapterFault, MalformedKey, MalformedSignature

__all__ = ["answer_of"]


@contextmanager
def answer_of(who: str, what: str) -> Iterator[None]:
    """Read an answer inside; what is no `what` is an `AdapterFault` of `who`."""
    try:
        yield
    except (ValueError, MalformedKey, MalformedSignature) as error:
        raise AdapterFault(f"{who} answered with what is no {what}") from error
