"""The vendor's library: loaded by its whole path, its functions probed, its answers measured.

ctypes lets go of the interpreter's lock while a function runs. What a function fills in has room
behind it, so that a library which writes too much is caught and not believed.
"""

from ctypes import POINTER, byref, c_char_p, c_int, c_uint32, c_void_p, sizeof
from pathlib import Path
from typing import TypeVar

from hsm_adapters.libraries import Room, load_library
from hsm_adapters.sdf.structures import (
    CODE_MASK,
    SDR_OK,
    DeviceInfo,
    EccPublicKey,
    EccSignature,
    failure,
    is_away,
)
from hsm_adapters.sessions import ShownPin
from keystore.errors import AdapterFault, KeyRefused, WrongPin

__all__ = ["SdfLibrary"]

_OUT = POINTER(c_void_p)
_NEEDED: dict[str, tuple[object, ...]] = {
    "SDF_OpenDevice": (_OUT,),
    "SDF_CloseDevice": (c_void_p,),
    "SDF_OpenSession": (c_void_p, _OUT),
    "SDF_CloseSession": (c_void_p,),
    "SDF_GetPrivateKeyAccessRight": (c_void_p, c_uint32, c_char_p, c_uint32),
    "SDF_ReleasePrivateKeyAccessRight": (c_void_p, c_uint32),
    "SDF_ExportSignPublicKey_ECC": (c_void_p, c_uint32, c_void_p),
    "SDF_InternalSign_ECC": (c_void_p, c_uint32, c_char_p, c_uint32, c_void_p),
}
_OPTIONAL: dict[str, tuple[object, ...]] = {
    "SDF_GetDeviceInfo": (c_void_p, c_void_p),
    "SDF_GenerateRandom": (c_void_p, c_uint32, c_void_p),
}

_Filled = TypeVar("_Filled", EccPublicKey, EccSignature, DeviceInfo)


class SdfLibrary:
    """The functions of one library; handles are plain numbers, and every code is looked at."""

    def __init__(self, path: Path) -> None:
        """Load; raises as `load_library`, and `KeyRefused` for one that lacks a function."""
        self._library = load_library(path)
        missing = [name for name in _NEEDED if not hasattr(self._library, name)]
        if missing:
            raise KeyRefused(f"{path} is no SDF library: it lacks {', '.join(missing)}")
        for name, arguments in {**_NEEDED, **_OPTIONAL}.items():
            if hasattr(self._library, name):
                function = getattr(self._library, name)
                function.restype, function.argtypes = c_int, arguments

    def offers(self, name: str) -> bool:
        """Say whether an optional function is there."""
        return hasattr(self._library, name)

    def open_device(self) -> int:
        """Return a device's handle."""
        return self._opened("SDF_OpenDevice")

    def close_device(self, device: int) -> None:
        """Close; a device that is gone cannot be closed, and nobody minds."""
        self._library.SDF_CloseDevice(device)

    def open_session(self, device: int) -> int:
        """Return a session's handle; one thread uses it at a time."""
        return self._opened("SDF_OpenSession", device)

    def close_session(self, session: int) -> None:
        """Close, as `close_device`; rights the session holds end with it."""
        self._library.SDF_CloseSession(session)

    def take_right(self, session: int, index: int, pin: ShownPin) -> None:
        """Take the right to a private key: one try. Raises `WrongPin` and its kin.

        Vendors answer a wrong password with codes of their own, so whatever is not plainly about
        the device counts as one: a try too few locks nothing.
        """
        code = self._library.SDF_GetPrivateKeyAccessRight(session, index, pin, len(pin))
        if code != SDR_OK and not is_away(code):
            raise WrongPin(
                f"the device refused the password of key {index} (0x{code & CODE_MASK:08X})"
            )
        _require_ok("SDF_GetPrivateKeyAccessRight", code)

    def release_right(self, session: int, index: int) -> None:
        """Give the right back."""
        self._call("SDF_ReleasePrivateKeyAccessRight", session, index)

    def export_public_key(self, session: int, index: int) -> EccPublicKey:
        """Return the public half of the signing key of an index."""
        return self._fill(EccPublicKey, "SDF_ExportSignPublicKey_ECC", session, index)

    def sign(self, session: int, index: int, digest: bytes) -> EccSignature:
        """Sign e with the key of an index."""
        arguments = (session, index, digest, len(digest))
        return self._fill(EccSignature, "SDF_InternalSign_ECC", *arguments)

    def device_info(self, session: int) -> DeviceInfo:
        """Return maker, model and versions."""
        return self._fill(DeviceInfo, "SDF_GetDeviceInfo", session)

    def random(self, session: int, length: int) -> bytes:
        """Return random bytes of the device."""
        room = Room(length)
        self._call("SDF_GenerateRandom", session, length, room.place)
        return room.taken("SDF_GenerateRandom")

    def _opened(self, name: str, *arguments: object) -> int:
        handle = c_void_p()
        self._call(name, *arguments, byref(handle))
        if not handle.value:
            raise AdapterFault(f"{name} succeeded and gave no handle")
        return handle.value

    def _fill(self, kind: type[_Filled], name: str, *arguments: object) -> _Filled:
        room = Room(sizeof(kind))
        self._call(name, *arguments, room.place)
        return kind.from_buffer_copy(room.taken(name))

    def _call(self, name: str, *arguments: object) -> None:
        _require_ok(name, getattr(self._library, name)(*arguments))


def _require_ok(name: str, code: int) -> None:
    if code != SDR_OK:
        raise failure(name, code)
