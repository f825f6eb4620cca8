"""The way to a TPM: a TCTI of the TSS libraries, one command at a time.

A TCTI opens a TPM for one user, so keys of one process share it.
"""

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

from keystore.errors import KeyLost, KeyUnavailable

__all__ = ["Transport", "opened_transport"]

LIBRARY = "libtss2-tctildr.so.0"
"""Of the system, from where the loader finds it: Debian's package libtss2-tctildr0."""
ANSWER_BYTES = 4096
FOREVER = -1


class _Tcti(ctypes.Structure):
    """TSS2_TCTI_CONTEXT_COMMON_V1."""

    _fields_ = (
        ("magic", c_uint64),
        ("version", c_uint32),
        ("transmit", ctypes.CFUNCTYPE(c_uint32, c_void_p, c_size_t, c_char_p)),
        (
            "receive",
            ctypes.CFUNCTYPE(c_uint32, c_void_p, POINTER(c_size_t), c_char_p, c_int32),
        ),
    )


class Transport:
    """One open TCTI; after a failure it is dead, and the next opening makes another."""

    def __init__(self, tcti: str) -> None:
        """`tcti` is as tpm2-tools take it: device:/dev/tpmrm0, swtpm:path=/run/x.sock."""
        self._library, self._context = _library(), c_void_p()
        self.users, self.is_dead, self._lock = 0, False, threading.Lock()
        code = self._library.Tss2_TctiLdr_Initialize(os.fsencode(tcti), byref(self._context))
        if code or not self._context.value:
            raise KeyUnavailable(f"the TPM cannot be opened: {tcti} (0x{code:08X})")

    def exchange(self, command: bytes) -> bytes:
        """Send a command and return the answer; raises `KeyLost` once the TPM is gone."""
        functions = _Tcti.from_address(self._context.value or 0)
        answer, size = ctypes.create_string_buffer(ANSWER_BYTES), c_size_t(ANSWER_BYTES)
        with self._lock:
            if self.is_dead:
                raise KeyLost("the TPM is gone")
            code = functions.transmit(self._context, len(command), command)
            code = code or functions.receive(self._context, byref(size), answer, FOREVER)
            self.is_dead = bool(code)
        if code:
            raise KeyLost(f"the TPM is gone (0x{code:08X})")
        return answer.raw[: size.value]

    def close(self) -> None:
        """Close; the kernel's resource manager then forgets the keys loaded this way."""
        self._library.Tss2_TctiLdr_Finalize(byref(self._context))


_open: dict[str, Transport] = {}
_lock = threading.Lock()


@contextmanager
def opened_transport(tcti: str) -> Iterator[Transport]:
    """Lend the way to a TPM; the last to leave closes it."""
    with _lock:
        transport = _open.get(tcti)
        if transport is None or transport.is_dead:
            transport = _open[tcti] = Transport(tcti)
        transport.users += 1
    try:
        yield transport
    finally:
        with _lock:
            transport.users -= 1
            if not transport.users:
                transport.close()
                if _open.get(tcti) is transport:
                    del _open[tcti]


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise KeyUnavailable(f"{LIBRARY} is not installed (libtss2-tctildr0)") from error
    library.Tss2_TctiLdr_Initialize.argtypes = (c_char_p, c_void_p)
    library.Tss2_TctiLdr_Initialize.restype = c_uint32
    library.Tss2_TctiLdr_Finalize.argtypes = (c_void_p,)
    library.Tss2_TctiLdr_Finalize.restype = None
    return library
