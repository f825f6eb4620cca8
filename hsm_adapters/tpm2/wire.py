"""The form of TPM 2.0 commands and answers: big-endian numbers, texts with their length."""

import struct
from dataclasses import dataclass

from keystore.errors import AdapterFault

__all__ = ["Answer", "Reader", "build", "read_answer", "sized", "u16", "u32"]

WITHOUT_SESSIONS, WITH_SESSIONS = 0x8001, 0x8002
PASSWORD_SESSION = 0x40000009
HEADER = struct.Struct(">HII")


def u16(*numbers: int) -> bytes:
    """Return each number in two bytes."""
    return b"".join(number.to_bytes(2) for number in numbers)


def u32(*numbers: int) -> bytes:
    """Return each number in four bytes."""
    return b"".join(number.to_bytes(4) for number in numbers)


def sized(value: bytes) -> bytes:
    """Return a TPM2B: two bytes of length, then the value."""
    return u16(len(value)) + value


def build(code: int, handles: bytes, pin: bytes | None, parameters: bytes) -> bytes:
    """Return a command; with a `pin`, a password session goes with it for the first handle."""
    body, tag = handles, WITHOUT_SESSIONS
    if pin is not None:
        session = u32(PASSWORD_SESSION) + u16(0) + b"\0" + sized(pin)
        body, tag = handles + u32(len(session)) + session, WITH_SESSIONS
    body += parameters
    return HEADER.pack(tag, HEADER.size + len(body), code) + body


class Reader:
    """Takes what it is asked for from the front; a short answer is an `AdapterFault`."""

    def __init__(self, data: bytes) -> None:
        """`data` is all there is."""
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise AdapterFault("the TPM's answer is cut short")
        self._at += size
        return taken

    def number(self, size: int) -> int:
        """Return a number of so many bytes."""
        return int.from_bytes(self.take(size))

    def sized(self) -> bytes:
        """Return the value of a TPM2B."""
        return self.take(self.number(2))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its code, the handle where one was asked for, and the parameters."""

    code: int
    handle: int
    parameters: Reader


def read_answer(data: bytes, *, has_handle: bool) -> Answer:
    """Read an answer; one that is not as long as it says is an `AdapterFault`."""
    reader = Reader(data)
    tag, size, code = HEADER.unpack(reader.take(HEADER.size))
    if size != len(data):
        raise AdapterFault("the TPM's answer is not as long as it says")
    if code:
        return Answer(code, 0, reader)
    handle = reader.number(4) if has_handle else 0
    if tag == WITH_SESSIONS:
        reader = Reader(reader.take(reader.number(4)))
    return Answer(code, handle, reader)
