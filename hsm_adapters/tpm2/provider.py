"""Keys of a TPM 2.0: opened by handle or file, used with the PIN, made inside."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hsm_adapters.libraries import readable
from hsm_adapters.sessions import Pin
from hsm_adapters.tpm2.key_files import SEALED_DATA, WrappedKey, read_key_file, write_key_file
from hsm_adapters.tpm2.objects import Alg, Curve, Described, read_described
from hsm_adapters.tpm2.tpm import FIRMWARE, MANUFACTURER, OWNER, Tpm
from hsm_adapters.tpm2.transport import opened_transport
from hsm_adapters.tpm2.wire import Reader, u32
from hsm_adapters.uri_numbers import number_in
from keystore.erasing import erase
from keystore.errors import KeyNotFound, KeyRefused, MalformedUri
from keystore.faults import answer_of
from keystore.pins import pin_for
from keystore.ports import (
    ChecksHealth,
    GeneratesKeys,
    KeepsMasterKeys,
    KeyProvider,
    RunsForeignCode,
    SecretSource,
    SigningKey,
)
from keystore.public_keys import PublicKey
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.suites import ForeignSignature, Signature, require_digest
from keystore.uri import KeyUri

__all__ = ["Tpm2Key", "Tpm2Provider"]

DEFAULT_TCTI = "device:/dev/tpmrm0"
PIN_MAX_BYTES = 32
"""Of the key's name algorithm, SHA-256."""
PERSISTENT = range(0x81000000, 0x82000000)
_CURVES = {"sm2": Curve.SM2, "p256": Curve.P256}


@dataclass(frozen=True, slots=True)
class Tpm2Key(SigningKey):
    """A key loaded in a TPM, with its PIN, which each signature shows anew."""

    public: PublicKey
    _scheme: Alg
    _handle: int
    _tpm: Tpm = field(repr=False)
    _pin: Pin = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """The key's public half."""
        return self.public

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign; see the port for what is raised."""
        require_digest(digest)
        with self._pin.shown() as pin:
            raw = self._tpm.sign(self._handle, pin.raw, digest, self._scheme)
        with answer_of("the TPM", "signature"):
            if isinstance(self.public, Sm2PublicKey):
                return Sm2Signature.from_raw(raw)
            return ForeignSignature.ecdsa_from_raw(raw)


class Tpm2Provider(KeyProvider, GeneratesKeys, KeepsMasterKeys, ChecksHealth, RunsForeignCode):
    """Opens `tpm2:` keys, makes them, keeps master keys, and asks the TPM how it is."""

    runs_foreign_code = True

    @contextmanager
    def open(self, uri: KeyUri, secrets: SecretSource) -> Iterator[Tpm2Key]:
        """Load the key and show the PIN once."""
        with ExitStack() as closing:
            tpm = _opened(uri, closing)
            handle = _loaded(tpm, uri, closing)
            found = read_described(tpm.read_public(handle))
            pin = Pin(pin_for(uri, secrets))
            closing.callback(pin.forget)
            scheme = _scheme(found)
            with pin.shown() as shown:
                tpm.try_pin(handle, shown.raw, scheme)
            yield Tpm2Key(found.public, scheme, handle, tpm, pin)

    def generate(self, uri: KeyUri, secrets: SecretSource) -> PublicKey:
        """Make a key of `key-type` in the TPM; into the file `path`, or under `handle`."""
        curve = _curve(uri)
        with ExitStack() as closing:
            pin = pin_for(uri, secrets)
            closing.callback(erase, pin)
            if not 0 < len(pin) <= PIN_MAX_BYTES:
                raise KeyRefused(f"the PIN of a TPM key has 1 to {PIN_MAX_BYTES} bytes")
            tpm = _opened(uri, closing)
            parent = _parent(uri)
            _require_free(tpm, uri)
            with tpm.parent(parent) as storage:
                made = WrappedKey(parent, *tpm.create(storage, pin, curve))
            path = uri.get("path")
            if path is not None:
                write_key_file(Path(path), made)
            else:
                with tpm.loaded(parent, made.public, made.private) as handle:
                    tpm.make_persistent(handle, _persistent(uri))
        return read_described(Reader(made.public).sized()).public

    def keep_master_key(self, uri: KeyUri, key: bytearray) -> None:
        """Seal it in the TPM, into the file `path`; it has no PIN of its own."""
        with ExitStack() as closing:
            tpm, parent = _opened(uri, closing), _parent(uri)
            with tpm.parent(parent) as storage:
                made = WrappedKey(parent, *tpm.seal(storage, key))
        write_key_file(Path(uri.require("path")), made, SEALED_DATA)

    def give_master_key(self, uri: KeyUri) -> bytearray:
        """Have the TPM open the file `path`."""
        kept = read_key_file(Path(uri.require("path")), SEALED_DATA)
        with ExitStack() as closing:
            tpm = _opened(uri, closing)
            with tpm.loaded(kept.parent, kept.public, kept.private) as handle:
                return tpm.unseal(handle)

    def check_health(self, uri: KeyUri) -> str:
        """Return the maker and the version of the TPM."""
        with ExitStack() as closing:
            told = _opened(uri, closing).properties()
        maker = readable(u32(told.get(MANUFACTURER, 0)))
        return f"TPM 2.0 {maker} firmware 0x{told.get(FIRMWARE, 0):08X}"


def _opened(uri: KeyUri, closing: ExitStack) -> Tpm:
    return Tpm(closing.enter_context(opened_transport(uri.get("tcti") or DEFAULT_TCTI)))


def _parent(uri: KeyUri) -> int:
    return number_in(uri, "parent") if uri.get("parent") else OWNER


def _loaded(tpm: Tpm, uri: KeyUri, closing: ExitStack) -> int:
    path = uri.get("path")
    if path is None:
        return _persistent(uri)
    key = read_key_file(Path(path))
    return closing.enter_context(tpm.loaded(key.parent, key.public, key.private))


def _require_free(tpm: Tpm, uri: KeyUri) -> None:
    path = uri.get("path")
    try:
        if path is None:
            tpm.read_public(_persistent(uri))
        elif not Path(path).exists():
            return
    except KeyNotFound:
        return
    raise KeyRefused(f"there is a key already: {uri}")


def _persistent(uri: KeyUri) -> int:
    handle = number_in(uri, "handle")
    if handle not in PERSISTENT:
        raise MalformedUri("handle is one of a persistent key, such as 0x81010001")
    return handle


def _curve(uri: KeyUri) -> Curve:
    try:
        return _CURVES[uri.require("key-type")]
    except KeyError:
        raise MalformedUri("key-type is 'sm2' or 'p256'") from None


def _scheme(found: Described) -> Alg:
    if found.has_scheme:
        return Alg.NULL
    return Alg.SM2 if isinstance(found.public, Sm2PublicKey) else Alg.ECDSA
