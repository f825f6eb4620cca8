"""The few commands of a TPM that signing takes, each with its answer looked at."""

from collections.abc import Iterator
from contextlib import contextmanager

from hsm_adapters.tpm2.codes import NOT_BEGUN, OK, PARAMETER_SIZE, base_code, failure
from hsm_adapters.tpm2.objects import PRIMARY, SEALED, Alg, Curve, describe_new
from hsm_adapters.tpm2.transport import Transport
from hsm_adapters.tpm2.wire import Answer, Reader, build, read_answer, sized, u16, u32
from keystore.errors import AdapterFault, KeyRefused, KeystoreError, WrongPin

__all__ = ["OWNER", "Tpm"]

OWNER = 0x40000001
NOBODY = 0x40000007
HASH_CHECK = 0x8024
FIXED_PROPERTIES = 6
MANUFACTURER, FIRMWARE = 0x105, 0x10B
FIELD_BYTES = 32

_CODES = {
    "TPM2_EvictControl": 0x120,
    "TPM2_CreatePrimary": 0x131,
    "TPM2_Create": 0x153,
    "TPM2_Load": 0x157,
    "TPM2_Sign": 0x15D,
    "TPM2_Unseal": 0x15E,
    "TPM2_FlushContext": 0x165,
    "TPM2_ReadPublic": 0x173,
    "TPM2_GetCapability": 0x17A,
}
_NAMING = ("TPM2_CreatePrimary", "TPM2_Load")
"""The commands whose answer begins with a handle."""

NO_PIN = b""
MOST_SUBMISSIONS = 5
"""As the TSS libraries: a TPM says RETRY before it first uses a key that counts towards lockout."""


class Tpm:
    """One TPM behind a transport."""

    def __init__(self, transport: Transport) -> None:
        """The transport may be shared."""
        self._transport = transport

    def read_public(self, handle: int) -> bytes:
        """Return TPMT_PUBLIC of a loaded or persistent key; raises `KeyNotFound`."""
        return self._ask("TPM2_ReadPublic", u32(handle), None, b"").parameters.sized()

    def sign(self, handle: int, pin: bytes, digest: bytes, scheme: Alg) -> bytes:
        """Return r‖s, 32 bytes each. `Alg.NULL` where the key has its own scheme."""
        answer = self._ask("TPM2_Sign", u32(handle), pin, _signing(digest, scheme))
        answer.parameters.take(4)  # the scheme and its hash: what was signed is verified anyway
        halves = [answer.parameters.sized() for _ in "rs"]
        if any(len(half) > FIELD_BYTES for half in halves):
            raise AdapterFault("the TPM answered with what is no signature")
        return b"".join(half.rjust(FIELD_BYTES, b"\0") for half in halves)

    def try_pin(self, handle: int, pin: bytes, scheme: Alg) -> None:
        """Show the PIN without signing: authority is looked at before a digest of no bytes is."""
        answer = self._answer("TPM2_Sign", u32(handle), pin, _signing(b"", scheme))
        if base_code(answer.code) != PARAMETER_SIZE:
            raise failure("TPM2_Sign", answer.code)

    @contextmanager
    def parent(self, handle: int) -> Iterator[int]:
        """Lend the storage key: the one under a handle, or the owner's primary one."""
        if handle != OWNER:
            yield handle
            return
        parameters = sized(sized(b"") + sized(b"")) + sized(PRIMARY) + sized(b"") + u32(0)
        try:
            primary = self._ask("TPM2_CreatePrimary", u32(OWNER), NO_PIN, parameters).handle
        except WrongPin as error:
            raise KeyRefused(
                "the TPM's owner has a password: name a persistent storage key as parent="
            ) from error
        try:
            yield primary
        finally:
            self._flush(primary)

    def create(self, parent: int, pin: bytearray, curve: Curve) -> tuple[bytes, bytes]:
        """Make a key; return TPM2B_PUBLIC and TPM2B_PRIVATE, wrapped for this TPM alone."""
        return self._create(parent, sized(bytes(pin)) + sized(b""), describe_new(curve))

    def seal(self, parent: int, data: bytearray) -> tuple[bytes, bytes]:
        """Return data as `create` returns a key; `unseal` gives them back."""
        return self._create(parent, sized(NO_PIN) + sized(bytes(data)), SEALED)

    def unseal(self, handle: int) -> bytearray:
        """Return what was sealed and loaded."""
        return bytearray(self._ask("TPM2_Unseal", u32(handle), NO_PIN, b"").parameters.sized())

    def _create(self, parent: int, sensitive: bytes, public: bytes) -> tuple[bytes, bytes]:
        parameters = sized(sensitive) + sized(public) + sized(b"") + u32(0)
        made = self._ask("TPM2_Create", u32(parent), NO_PIN, parameters).parameters
        private = made.sized()
        return sized(made.sized()), sized(private)

    @contextmanager
    def loaded(self, parent: int, public: bytes, private: bytes) -> Iterator[int]:
        """Lend the handle of a wrapped key."""
        with self.parent(parent) as storage:
            handle = self._ask("TPM2_Load", u32(storage), NO_PIN, private + public).handle
        try:
            yield handle
        finally:
            self._flush(handle)

    def make_persistent(self, handle: int, persistent: int) -> None:
        """Keep a loaded key under a handle; raises `KeyRefused` where that is taken."""
        self._ask("TPM2_EvictControl", u32(OWNER, handle), NO_PIN, u32(persistent))

    def properties(self) -> dict[int, int]:
        """Return fixed properties by number."""
        count = FIRMWARE - MANUFACTURER + 2
        parameters = u32(FIXED_PROPERTIES, MANUFACTURER, count)
        told: Reader = self._ask("TPM2_GetCapability", b"", None, parameters).parameters
        told.take(5)  # more data, and the capability again
        return {told.number(4): told.number(4) for _ in range(told.number(4))}

    def _flush(self, handle: int) -> None:
        try:
            self._ask("TPM2_FlushContext", b"", None, u32(handle))
        except KeystoreError:
            return  # a TPM that is gone has forgotten it

    def _ask(self, name: str, handles: bytes, pin: bytes | None, parameters: bytes) -> Answer:
        answer = self._answer(name, handles, pin, parameters)
        if answer.code != OK:
            raise failure(name, answer.code)
        return answer

    def _answer(self, name: str, handles: bytes, pin: bytes | None, parameters: bytes) -> Answer:
        command = build(_CODES[name], handles, pin, parameters)
        for _ in range(MOST_SUBMISSIONS):
            data = self._transport.exchange(command)
            answer = read_answer(data, has_handle=name in _NAMING)
            if base_code(answer.code) not in NOT_BEGUN:
                break
        return answer


def _signing(digest: bytes, scheme: Alg) -> bytes:
    # The hash only labels the 32 bytes: a TPM without SM3 signs e as well.
    named = u16(scheme) if scheme is Alg.NULL else u16(scheme, Alg.SHA256)
    return sized(digest) + named + u16(HASH_CHECK) + u32(NOBODY) + sized(b"")
