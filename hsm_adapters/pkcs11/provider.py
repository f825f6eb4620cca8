"""Keys of a PKCS #11 token: found by label or ID, opened with the PIN, signing digests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from hsm_adapters.libraries import readable
from hsm_adapters.pkcs11 import cryptoki
from hsm_adapters.pkcs11.finding import (
    found_token,
    named,
    only,
    opened_session,
    require_tries_left,
)
from hsm_adapters.pkcs11.generation import Recipe, make_pair
from hsm_adapters.pkcs11.module import Pkcs11Module, Template
from hsm_adapters.pkcs11.public_keys import Form, form_of, read_public_key
from hsm_adapters.sessions import Pin, Sessions
from hsm_adapters.uri_numbers import DEFAULT_SESSIONS, MOST_SESSIONS, count_in
from keystore.errors import KeyNotFound, KeyRefused
from keystore.faults import answer_of
from keystore.pins import pin_for
from keystore.ports import (
    ChecksHealth,
    GeneratesKeys,
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


@dataclass(frozen=True, slots=True)
class Pkcs11Key(SigningKey):
    """A private key of a token that knows the PIN."""

    public: PublicKey
    _form: Form
    _handle: int
    _module: Pkcs11Module = field(repr=False)
    _sessions: Sessions = field(repr=False)
    _pin_for_each_use: Pin | None = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """The key's public half."""
        return self.public

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign; see the port for what is raised."""
        form, data = self._form, self._form.prefix + require_digest(digest)
        with self._sessions.one() as session:
            self._module.begin_signing(session, form.mechanism, self._handle)
            if self._pin_for_each_use is not None:
                with self._pin_for_each_use.shown() as pin:
                    self._module.log_in(session, pin, cryptoki.CONTEXT_SPECIFIC)
            answer = self._module.sign(session, data, form.answer_bytes)
        with answer_of("the device", "signature"):
            return form.read(answer)


class Pkcs11Provider(KeyProvider, GeneratesKeys, ListsKeys, ChecksHealth, RunsForeignCode):
    """Opens `pkcs11:` keys, makes and lists them, and asks the token how it is."""

    runs_foreign_code = True

    @contextmanager
    def open(self, uri: KeyUri, secrets: SecretSource) -> Iterator[Pkcs11Key]:
        """Log in once; the session that did stays open, for the login lasts as long as one is."""
        most = count_in(uri, "sessions", default=DEFAULT_SESSIONS, most=MOST_SESSIONS)
        wanted = named(uri)
        with ExitStack() as closing:
            module, slot, info = found_token(uri, closing)
            require_tries_left(info)
            session = opened_session(module, slot, closing)
            pin = Pin(pin_for(uri, secrets))
            closing.callback(pin.forget)
            with pin.shown() as shown:
                module.log_in(session, shown)
            handle = only(module, session, {cryptoki.CLASS: cryptoki.PRIVATE_KEY, **wanted})
            public = _public_half(module, session, handle, uri)
            sessions = Sessions(partial(module.open_session, slot), module.close_session, most)
            closing.callback(sessions.close)
            always = module.attribute(session, handle, cryptoki.ALWAYS_AUTHENTICATE)
            for_each_use = pin if always == cryptoki.TRUE else None
            form = form_of(public, uri)
            yield Pkcs11Key(public, form, handle, module, sessions, for_each_use)

    def generate(self, uri: KeyUri, secrets: SecretSource) -> PublicKey:
        """Have the token make a key of `key-type` that never leaves it."""
        recipe = Recipe.of(uri)
        with ExitStack() as closing:
            module, slot, info = found_token(uri, closing)
            require_tries_left(info)
            flags = cryptoki.SERIAL_SESSION | cryptoki.RW_SESSION
            session = opened_session(module, slot, closing, flags)
            pin = Pin(pin_for(uri, secrets))
            closing.callback(pin.forget)
            with pin.shown() as shown:
                module.log_in(session, shown)
            return read_public_key(module, session, make_pair(module, session, recipe), uri)

    def list_keys(self, uri: KeyUri) -> dict[str, PublicKey]:
        """Return the token's public keys of the suites there are, by their IDs."""
        found: dict[str, PublicKey] = {}
        with ExitStack() as closing:
            module, slot, _ = found_token(uri, closing)
            session = opened_session(module, slot, closing)
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
            _, _, info = found_token(uri, closing)
        require_tries_left(info)
        texts = (info.manufacturer, info.model, info.serial, info.label)
        major, minor = info.firmware
        return f"{' '.join(readable(one) for one in texts)} firmware {major}.{minor}"


def _public_half(module: Pkcs11Module, session: int, private: int, uri: KeyUri) -> PublicKey:
    """The public key object with the private one's ID, or with its name where it has no ID."""
    identifier = module.attribute(session, private, cryptoki.ID)
    wanted: Template = {cryptoki.ID: identifier} if identifier else named(uri)
    try:
        thing = only(module, session, {cryptoki.CLASS: cryptoki.PUBLIC_KEY, **wanted})
    except KeyNotFound as error:
        raise KeyRefused("the token does not hold the public half beside the key") from error
    return read_public_key(module, session, thing, uri)


def _with_id(uri: KeyUri, identifier: bytes) -> str:
    others = tuple(pair for pair in uri.attributes if pair[0] not in ("object", "id"))
    text = identifier.decode("utf-8", "surrogateescape")
    return str(replace(uri, attributes=(*others, ("id", text))))
