"""Which token and which key a URI names (RFC 7512), found with nothing left to choose."""

import os
import re
from contextlib import ExitStack
from pathlib import Path

from hsm_adapters.libraries import readable
from hsm_adapters.pkcs11 import cryptoki
from hsm_adapters.pkcs11.cryptoki import TokenInfo
from hsm_adapters.pkcs11.module import Pkcs11Module, Template, opened_module
from keystore.errors import KeyNotFound, KeyRefused, KeyUnavailable, MalformedUri
from keystore.uri import KeyUri

__all__ = ["found_token", "named", "only", "opened_session", "require_tries_left"]

_ENVIRONMENT = re.compile(r"(?!LD_|PYTHON)([A-Za-z][A-Za-z0-9_]*):(.+)")
_TOKEN_NAMES = {"token": "label", "serial": "serial", "model": "model"}
_MANUFACTURER = "manufacturer"


def found_token(uri: KeyUri, closing: ExitStack) -> tuple[Pkcs11Module, int, TokenInfo]:
    """Return library, slot and token; raises `KeyUnavailable` where it is not present now."""
    _take_environment(uri)
    module = closing.enter_context(opened_module(Path(uri.require("module-path"))))
    wanted = {name: uri.get(name) for name in (*_TOKEN_NAMES, _MANUFACTURER)}
    wanted = {_TOKEN_NAMES.get(name, name): text for name, text in wanted.items() if text}
    if not wanted:
        raise MalformedUri("the pkcs11: URI needs token=… or serial=…")
    found = [
        (slot, info)
        for slot, info in module.tokens().items()
        if all(readable(getattr(info, name)) == text for name, text in wanted.items())
    ]
    if not found:
        raise KeyUnavailable(f"no such token is present: {uri}")
    if len(found) > 1:
        raise KeyRefused(f"several tokens have this name; say serial=… too: {uri}")
    return module, *found[0]


def _take_environment(uri: KeyUri) -> None:
    """Set the variable a vendor's library looks for its configuration in."""
    setting = uri.get("environment")
    if setting is None:
        return
    parts = _ENVIRONMENT.fullmatch(setting)
    if parts is None:
        raise MalformedUri("environment is NAME:VALUE, and no variable of the loader's")
    os.putenv(parts[1], parts[2])  # for the library alone: no code of ours reads it


def require_tries_left(info: TokenInfo) -> None:
    """Raise `KeyRefused` where one more wrong PIN would lock the token, or did."""
    if info.flags & cryptoki.PIN_LOCKED:
        raise KeyRefused("the token's PIN is locked; its security officer can set a new one")
    if info.flags & cryptoki.PIN_FINAL_TRY:
        raise KeyRefused("the token's PIN has one try left; show it once by hand, then start again")


def opened_session(
    module: Pkcs11Module, slot: int, closing: ExitStack, flags: int = cryptoki.SERIAL_SESSION
) -> int:
    """Return a session that `closing` closes."""
    session = module.open_session(slot, flags)
    closing.callback(module.close_session, session)
    return session


def named(uri: KeyUri) -> Template:
    """Return the attributes a key is found by."""
    label, identifier = uri.get("object"), uri.get("id")
    found: Template = {}
    if label is not None:
        found[cryptoki.LABEL] = label.encode()
    if identifier is not None:
        found[cryptoki.ID] = identifier.encode("utf-8", "surrogateescape")
    if not found:
        raise MalformedUri("the pkcs11: URI needs object=… or id=…")
    return found


def only(module: Pkcs11Module, session: int, template: Template) -> int:
    """Return the one object that has these attributes; raises `KeyNotFound`, `KeyRefused`."""
    found = module.find(session, template)
    if not found:
        raise KeyNotFound("the token holds no such key")
    if len(found) > 1:
        raise KeyRefused("several keys have this name; say id=… too")
    return found[0]
