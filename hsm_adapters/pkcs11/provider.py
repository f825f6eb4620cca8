"""Keys of a PKCS #11 token: found by label or ID, opened with the PIN, signing digests.

Keys are made with the vendor's own tool, as for SDF devices: what a vendor's SM2 wants in a
template is written nowhere.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from hsm_adapters.libraries import readable
from hsm_adapters.pkcs11 import cryptoki
from hsm_adapters.pkcs11.cryptoki import TokenInfo
from hsm_adapters.pkcs11.module import Pkcs11Module, Template, opened_module
from hsm_adapters.pkcs11.public_keys import Form, form_of, read_public_key
from hsm_adapters.sessions import Sessions
from hsm_adapters.uri_numbers import DEFAULT_SESSIONS, MOST_SESSIONS, count_in
from keystore.errors import (
    AdapterFault,
    KeyNotFound,
    KeyRefused,
    KeyUnavailable,
    MalformedSignature,
    MalformedUri,
)
from keystore.pins import pin_for
from keystore.ports import (
    ChecksHealth,
    KeyProvider,
    ListsKeys,
    RunsForeignCode,
    SecretSource,
    SigningKey,
)
from keystore.public_keys import PublicKey
from keystore.suites import Signature, require_digest, suite_of
from keystore.uri import KeyUri

__all__ = ["Pkcs11Key", "Pkcs11Provider"]

_ENVIRONMENT = re.compile(r"(?!LD_|PYTHON)([A-Za-z][A-Za-z0-9_]*):(.+)")
_TOKEN_NAMES = {"token": "label", "serial": "serial", "model": "model"}
_MANUFACTURER = "manufacturer"


@dataclass(frozen=True, slots=True)
class Pkcs11Key(SigningKey):
    """A private key of a token that knows the PIN."""

    public: PublicKey
    _form: Form
    _handle: int
    _module: Pkcs11Module = field(repr=False)
    _sessions: Sessions = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """The key's public half."""
        return self.public

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign; see the port for what is raised."""
        form, data = self._form, self._form.prefix + require_digest(digest)
        with self._sessions.one() as session:
            answer = self._module.sign(
                session, form.mechanism, self._handle, data, form.answer_bytes
            )
        try:
            return form.read(answer)
        except MalformedSignature as error:
            raise AdapterFault("the device answered with what is no signature") from error


class Pkcs11Provider(KeyProvider, ListsKeys, ChecksHealth, RunsForeignCode):
    """Opens `pkcs11:` keys, lists them and asks the token how it is."""

    runs_foreign_code = True

    @contextmanager
    def open(self, uri: KeyUri, secrets: SecretSource) -> Iterator[Pkcs11Key]:
        """Log in once; the session that did stays open, for the login lasts as long as one is."""
        most = count_in(uri, "sessions", default=DEFAULT_SESSIONS, most=MOST_SESSIONS)
        named = _named(uri)
        with ExitStack() as closing:
            module, slot, info = _found_token(uri, closing)
            _require_tries_left(info)
            session = _opened_session(module, slot, closing)
            module.log_in(session, pin_for(uri, secrets))
            handle = _only(module, session, {cryptoki.CLASS: cryptoki.PRIVATE_KEY, **named})
            public = _public_half(module, session, handle, uri)
            sessions = Sessions(partial(module.open_session, slot), module.close_session, most)
            closing.callback(sessions.close)
            yield Pkcs11Key(public, form_of(public, uri), handle, module, sessions)

    def list_keys(self, uri: KeyUri) -> dict[str, PublicKey]:
        """Return the token's public keys of the suites there are, by their IDs."""
        found: dict[str, PublicKey] = {}
        with ExitStack() as closing:
            module, slot, _ = _found_token(uri, closing)
            session = _opened_session(module, slot, closing)
            for thing in module.find(session, {cryptoki.CLASS: cryptoki.PUBLIC_KEY}):
                identifier = module.attribute(session, thing, cryptoki.ID)
                try:
                    public = read_public_key(module, session, thing, uri)
                    suite_of(public)
                except KeyRefused:
                    continue
                if identifier:
                    found[_with_id(uri, identifier)] = public
        return found

    def check_health(self, uri: KeyUri) -> str:
        """Return maker, model, serial number and version of the token."""
        with ExitStack() as closing:
            _, _, info = _found_token(uri, closing)
        _require_tries_left(info)
        texts = (info.manufacturer, info.model, info.serial, info.label)
        major, minor = info.firmware
        return f"{' '.join(readable(one) for one in texts)} firmware {major}.{minor}"


def _found_token(uri: KeyUri, closing: ExitStack) -> tuple[Pkcs11Module, int, TokenInfo]:
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


def _require_tries_left(info: TokenInfo) -> None:
    if info.flags & cryptoki.PIN_LOCKED:
        raise KeyRefused("the token's PIN is locked; its security officer can set a new one")
    if info.flags & cryptoki.PIN_FINAL_TRY:
        raise KeyRefused("the token's PIN has one try left; show it once by hand, then start again")


def _opened_session(module: Pkcs11Module, slot: int, closing: ExitStack) -> int:
    session = module.open_session(slot)
    closing.callback(module.close_session, session)
    return session


def _named(uri: KeyUri) -> Template:
    label, identifier = uri.get("object"), uri.get("id")
    named: Template = {}
    if label is not None:
        named[cryptoki.LABEL] = label.encode()
    if identifier is not None:
        named[cryptoki.ID] = identifier.encode("utf-8", "surrogateescape")
    if not named:
        raise MalformedUri("the pkcs11: URI needs object=… or id=…")
    return named


def _only(module: Pkcs11Module, session: int, template: Template) -> int:
    found = module.find(session, template)
    if not found:
        raise KeyNotFound("the token holds no such key")
    if len(found) > 1:
        raise KeyRefused("several keys have this name; say id=… too")
    return found[0]


def _public_half(module: Pkcs11Module, session: int, private: int, uri: KeyUri) -> PublicKey:
    """The public key object with the private one's ID, or with its name where it has no ID."""
    identifier = module.attribute(session, private, cryptoki.ID)
    named: Template = {cryptoki.ID: identifier} if identifier else _named(uri)
    try:
        thing = _only(module, session, {cryptoki.CLASS: cryptoki.PUBLIC_KEY, **named})
    except KeyNotFound as error:
        raise KeyRefused("the token does not hold the public half beside the key") from error
    return read_public_key(module, session, thing, uri)


def _with_id(uri: KeyUri, identifier: bytes) -> str:
    others = tuple(pair for pair in uri.attributes if pair[0] not in ("object", "id"))
    text = identifier.decode("utf-8", "surrogateescape")
    return str(replace(uri, attributes=(*others, ("id", text))))
