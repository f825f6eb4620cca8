"""A PKCS #11 library: its function list, called with exact lengths, its answers measured.

By ctypes: python-pkcs11 knows key types and mechanisms as enumerations that no vendor's SM2 is
in, and this way a library that writes too much is caught as an SDF one is. A library is
initialized once a process, whatever the number of keys.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_ubyte, c_ulong, c_void_p
from pathlib import Path
from typing import Any

from hsm_adapters.libraries import Room, load_library
from hsm_adapters.pkcs11 import cryptoki
from hsm_adapters.pkcs11.cryptoki import (
    Attribute,
    InitializeArguments,
    Mechanism,
    TokenInfo,
    failure,
    is_away,
)
from hsm_adapters.sessions import ShownPin
from keystore.errors import AdapterFault, KeyRefused, WrongPin

__all__ = ["Pkcs11Module", "opened_module"]

FIRST_FUNCTION_BYTES = ctypes.sizeof(c_void_p)
"""CK_FUNCTION_LIST begins with a version of two bytes; then come pointers, aligned."""
MOST_SLOTS = 256
MOST_OBJECTS = 1024
FOUND_AT_ONCE = 16
MOST_ATTRIBUTE_BYTES = 16 * 1024

_NUMBER, _NUMBERS = c_ulong, POINTER(c_ulong)
_FUNCTIONS: dict[str, tuple[int, tuple[Any, ...]]] = {
    "C_Initialize": (0, (c_void_p,)),
    "C_Finalize": (1, (c_void_p,)),
    "C_GetSlotList": (4, (c_ubyte, _NUMBERS, _NUMBERS)),
    "C_GetTokenInfo": (6, (_NUMBER, c_void_p)),
    "C_OpenSession": (12, (_NUMBER, _NUMBER, c_void_p, c_void_p, _NUMBERS)),
    "C_CloseSession": (13, (_NUMBER,)),
    "C_Login": (18, (_NUMBER, _NUMBER, c_char_p, _NUMBER)),
    "C_DestroyObject": (22, (_NUMBER, _NUMBER)),
    "C_GetAttributeValue": (24, (_NUMBER, _NUMBER, c_void_p, _NUMBER)),
    "C_FindObjectsInit": (26, (_NUMBER, c_void_p, _NUMBER)),
    "C_FindObjects": (27, (_NUMBER, _NUMBERS, _NUMBER, _NUMBERS)),
    "C_FindObjectsFinal": (28, (_NUMBER,)),
    "C_SignInit": (42, (_NUMBER, c_void_p, _NUMBER)),
    "C_Sign": (43, (_NUMBER, c_char_p, _NUMBER, c_void_p, _NUMBERS)),
    "C_GenerateKeyPair": (
        59,
        (_NUMBER, c_void_p, c_void_p, _NUMBER, c_void_p, _NUMBER, _NUMBERS, _NUMBERS),
    ),
}
"""Each function's place in the list, and its arguments."""
_OPTIONAL = frozenset({"C_DestroyObject", "C_GenerateKeyPair"})
"""Signing needs neither."""

Template = dict[int, int | bytes]


class Pkcs11Module:
    """The functions of one library; handles are plain numbers, and every code is looked at."""

    def __init__(self, path: Path) -> None:
        """Load; raises as `load_library`, and `KeyRefused` for what is no PKCS #11 library."""
        library, start = load_library(path), c_void_p()
        self.users = 0
        if not hasattr(library, "C_GetFunctionList"):
            raise KeyRefused(f"{path} is no PKCS #11 library: it lacks C_GetFunctionList")
        library.C_GetFunctionList.restype = c_ulong
        _require_ok("C_GetFunctionList", library.C_GetFunctionList(byref(start)))
        self._functions = {}
        for name, (place, arguments) in _FUNCTIONS.items():
            at = (start.value or 0) + FIRST_FUNCTION_BYTES + place * FIRST_FUNCTION_BYTES
            address = c_void_p.from_address(at).value if start.value else None
            if address:
                self._functions[name] = ctypes.CFUNCTYPE(c_ulong, *arguments)(address)
            elif name not in _OPTIONAL:
                raise KeyRefused(f"{path} lacks {name}")

    def initialize(self) -> None:
        """Once a process."""
        self._call("C_Initialize", byref(InitializeArguments(flags=cryptoki.OS_LOCKING_OK)))

    def finalize(self) -> None:
        """End; a library that does not want to is left alone."""
        self._functions["C_Finalize"](None)

    def tokens(self) -> dict[int, TokenInfo]:
        """Return what is in each slot that holds a token now."""
        count, slots = c_ulong(MOST_SLOTS), (c_ulong * MOST_SLOTS)()
        self._call("C_GetSlotList", 1, slots, byref(count))
        return {slot: self._token(slot) for slot in slots[: count.value]}

    def open_session(self, slot: int, flags: int = cryptoki.SERIAL_SESSION) -> int:
        """Return a session's handle, read-only without RW_SESSION; for one thread at a time."""
        session = c_ulong()
        self._call("C_OpenSession", slot, flags, None, None, byref(session))
        return session.value

    def close_session(self, session: int) -> None:
        """Close; a session that is gone cannot be closed, and nobody minds."""
        self._functions["C_CloseSession"](session)

    def log_in(self, session: int, pin: ShownPin, user: int = cryptoki.USER) -> None:
        """Show the PIN: one try, for all sessions of this process. Raises `WrongPin` and its kin.

        As CONTEXT_SPECIFIC it is for the signature begun in this session alone.
        Vendors have codes of their own, so whatever is not plainly about the device counts as a
        wrong PIN: a try too few locks nothing.
        """
        code = self._functions["C_Login"](session, user, pin, len(pin))
        if code == cryptoki.USER_ALREADY_LOGGED_IN:
            return
        if code != cryptoki.OK and not is_away(code):
            raise WrongPin(f"the token refused the PIN (C_Login: 0x{code:08X})")
        _require_ok("C_Login", code)

    def find(self, session: int, template: Template) -> list[int]:
        """Return the objects that have all of these attributes."""
        described = _Described(template)
        self._call("C_FindObjectsInit", session, described.attributes, len(template))
        found: list[int] = []
        objects, count = (c_ulong * FOUND_AT_ONCE)(), c_ulong(1)
        while count.value and len(found) < MOST_OBJECTS:
            self._call("C_FindObjects", session, objects, FOUND_AT_ONCE, byref(count))
            found += objects[: count.value]
        self._call("C_FindObjectsFinal", session)
        return found

    def attribute(self, session: int, thing: int, number: int) -> bytes | None:
        """Return an attribute of an object; None where it has none or does not tell."""
        asked = Attribute(number, None, 0)
        code = self._functions["C_GetAttributeValue"](session, thing, byref(asked), 1)
        if code in (cryptoki.ATTRIBUTE_SENSITIVE, cryptoki.ATTRIBUTE_TYPE_INVALID):
            return None
        _require_ok("C_GetAttributeValue", code)
        if asked.length == cryptoki.UNAVAILABLE_INFORMATION:
            return None
        if asked.length > MOST_ATTRIBUTE_BYTES:
            raise AdapterFault("the device announced an attribute too long to be one")
        room = Room(asked.length)
        asked.value = ctypes.addressof(room.place)
        self._call("C_GetAttributeValue", session, thing, byref(asked), 1)
        return room.taken("C_GetAttributeValue")[: asked.length]

    def generate_pair(
        self, session: int, mechanism: int, public: Template, private: Template
    ) -> tuple[int, int]:
        """Have a key pair made; returns the public and the private object."""
        descriptions = _Described(public), _Described(private)
        of_public, of_private = ((one.attributes, len(one.attributes)) for one in descriptions)
        made = c_ulong(), c_ulong()
        how = byref(Mechanism(mechanism, None, 0))
        handles = (byref(one) for one in made)
        self._call("C_GenerateKeyPair", session, how, *of_public, *of_private, *handles)
        return made[0].value, made[1].value

    def destroy(self, session: int, thing: int) -> None:
        """Destroy an object."""
        self._call("C_DestroyObject", session, thing)

    def begin_signing(self, session: int, mechanism: int, key: int) -> None:
        """Begin the one signature that this session makes at a time."""
        self._call("C_SignInit", session, byref(Mechanism(mechanism, None, 0)), key)

    def sign(self, session: int, data: bytes, size: int) -> bytes:
        """Sign `data` as it is with what was begun; the signature has `size` bytes."""
        room, length = Room(size), c_ulong(size)
        self._call("C_Sign", session, data, len(data), room.place, byref(length))
        return room.taken("C_Sign")[: length.value]

    def _token(self, slot: int) -> TokenInfo:
        room = Room(ctypes.sizeof(TokenInfo))
        self._call("C_GetTokenInfo", slot, room.place)
        return TokenInfo.from_buffer_copy(room.taken("C_GetTokenInfo"))

    def _call(self, name: str, *arguments: object) -> None:
        if name not in self._functions:
            raise KeyRefused(f"the device's library has no {name}")
        _require_ok(name, self._functions[name](*arguments))


_modules: dict[Path, Pkcs11Module] = {}
_lock = threading.Lock()


@contextmanager
def opened_module(path: Path) -> Iterator[Pkcs11Module]:
    """Lend the library, initialized; the last to leave shuts it down."""
    with _lock:
        module = _modules.get(path) or Pkcs11Module(path)
        if not module.users:
            module.initialize()
        module.users += 1
        _modules[path] = module
    try:
        yield module
    finally:
        with _lock:
            module.users -= 1
            if not module.users:
                del _modules[path]
                module.finalize()


class _Described:
    """A template in C's form, its values kept for as long as it is used."""

    def __init__(self, template: Template) -> None:
        values = [_bytes_of(value) for value in template.values()]
        self._places = [ctypes.create_string_buffer(value, len(value) or 1) for value in values]
        self.attributes = (Attribute * len(values))(
            *(
                Attribute(number, ctypes.addressof(place), len(value))
                for number, place, value in zip(template, self._places, values, strict=True)
            )
        )


def _bytes_of(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else bytes(c_ulong(value))


def _require_ok(name: str, code: int) -> None:
    if code != cryptoki.OK:
        raise failure(name, code)
