"""Opening a key by its name: the provider of its scheme, in a process of its own where it must be.

Two settings of a key stand in its URI, for whatever adapter:
    isolated=yes|no         a process of its own; else yes where a vendor's code is run
    call-timeout=10s        how long a call may take there; 100ms … 60s
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from keystore.errors import MalformedUri
from keystore.isolation import IsolatedKeeper, IsolatedProvider
from keystore.ports import GeneratesKeys, KeepsMasterKeys, RunsForeignCode, SecretSource, SigningKey
from keystore.public_keys import PublicKey
from keystore.refused_pins import shown_once
from keystore.registry import provider_for
from keystore.uri import KeyUri
from keystore.vault import Vault

__all__ = ["generate_key", "keeper_of", "open_key"]

DEFAULT_TIMEOUT = "10s"
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 60.0
_TIMEOUT = re.compile(r"([0-9]{1,6})(ms|s)")
_UNITS = {"ms": 0.001, "s": 1.0}
_CHOICES = {"yes": True, "no": False}


def open_key(uri: KeyUri, secrets: SecretSource) -> AbstractContextManager[SigningKey]:
    """Open a key; see `KeyProvider.open`, and `UnknownScheme`, `MalformedUri`.

    Of a deployment (`secrets` is its `Vault`), a PIN from a file is shown once: see `shown_once`.
    """
    provider = provider_for(uri.scheme)
    if is_isolated(uri, provider):
        provider = IsolatedProvider(provider, call_seconds=call_seconds(uri))
    return _opened(provider.open(uri, secrets), _showing_once(uri, secrets))


def generate_key(provider: GeneratesKeys, uri: KeyUri, secrets: SecretSource) -> PublicKey:
    """Make a key; see `GeneratesKeys`. A PIN is shown once as in `open_key`."""
    with _showing_once(uri, secrets):
        return provider.generate(uri, secrets)


def _showing_once(uri: KeyUri, secrets: SecretSource) -> AbstractContextManager[None]:
    if isinstance(secrets, Vault) and uri.get("pin-source") is not None:
        return shown_once(uri, secrets)
    return nullcontext()


@contextmanager
def _opened(
    opening: AbstractContextManager[SigningKey], showing: AbstractContextManager[None]
) -> Iterator[SigningKey]:
    with ExitStack() as closing:
        with showing:
            key = closing.enter_context(opening)
        yield key


def keeper_of(uri: KeyUri) -> KeepsMasterKeys:
    """Return the device that keeps a master key; `MalformedUri` where this kind keeps none."""
    provider = provider_for(uri.scheme)
    if not isinstance(provider, KeepsMasterKeys):
        raise MalformedUri(f"{uri.scheme}: devices keep no master key; see docs/operations.md")
    if is_isolated(uri, provider):
        return IsolatedKeeper(provider, call_seconds=call_seconds(uri))
    return provider


def is_isolated(uri: KeyUri, provider: object) -> bool:
    """Say whether the key gets a process of its own."""
    chosen = uri.get("isolated")
    if chosen is None:
        return isinstance(provider, RunsForeignCode) and provider.runs_foreign_code
    if chosen not in _CHOICES:
        raise MalformedUri("isolated is 'yes' or 'no'")
    return _CHOICES[chosen]


def call_seconds(uri: KeyUri) -> float:
    """Return how long a call may take, in seconds."""
    found = _TIMEOUT.fullmatch(uri.get("call-timeout") or DEFAULT_TIMEOUT)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0.0
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise MalformedUri("call-timeout is a time from 100ms to 60s, such as 10s or 500ms")
    return seconds
