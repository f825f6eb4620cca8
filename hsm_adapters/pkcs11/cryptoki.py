"""What goes over the border of a PKCS #11 library: structures and codes of version 2.40."""

from ctypes import Structure, c_char, c_ubyte, c_ulong, c_void_p

from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyLost,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    WrongPin,
)

__all__ = [
    "Attribute",
    "InitializeArguments",
    "Mechanism",
    "TokenInfo",
    "failure",
    "is_away",
]

OK = 0x00
ATTRIBUTE_SENSITIVE, ATTRIBUTE_TYPE_INVALID = 0x11, 0x12
USER_ALREADY_LOGGED_IN = 0x100
UNAVAILABLE_INFORMATION = c_ulong(-1).value

PUBLIC_KEY, PRIVATE_KEY = 2, 3
CLASS, TOKEN, PRIVATE, LABEL = 0x000, 0x001, 0x002, 0x003
KEY_TYPE, ID, SENSITIVE, SIGN, VERIFY = 0x100, 0x102, 0x103, 0x108, 0x10A
EXTRACTABLE, LOCAL, NEVER_EXTRACTABLE, ALWAYS_SENSITIVE = 0x162, 0x163, 0x164, 0x165
ALWAYS_AUTHENTICATE = 0x202
FALSE, TRUE = b"\0", b"\1"
MODULUS, PUBLIC_EXPONENT, EC_PARAMS, EC_POINT = 0x120, 0x122, 0x180, 0x181
TYPE_RSA, TYPE_EC = 0x0, 0x3
MECHANISM_RSA_PKCS, MECHANISM_EC_KEY_PAIR_GEN, MECHANISM_ECDSA = 0x0001, 0x1040, 0x1041
OS_LOCKING_OK = 0x2
RW_SESSION, SERIAL_SESSION = 0x2, 0x4
USER, CONTEXT_SPECIFIC = 1, 2
PIN_FINAL_TRY, PIN_LOCKED = 0x20000, 0x40000


class InitializeArguments(Structure):
    """CK_C_INITIALIZE_ARGS; the library may use the system's locks."""

    _fields_ = (("functions", c_void_p * 4), ("flags", c_ulong), ("reserved", c_void_p))


class Mechanism(Structure):
    """CK_MECHANISM."""

    _fields_ = (("number", c_ulong), ("parameter", c_void_p), ("parameter_length", c_ulong))


class Attribute(Structure):
    """CK_ATTRIBUTE."""

    _fields_ = (("type", c_ulong), ("value", c_void_p), ("length", c_ulong))


class TokenInfo(Structure):
    """CK_TOKEN_INFO; its texts are padded with blanks."""

    _fields_ = (
        ("label", c_char * 32),
        ("manufacturer", c_char * 32),
        ("model", c_char * 16),
        ("serial", c_char * 16),
        ("flags", c_ulong),
        ("counts", c_ulong * 10),
        ("hardware", c_ubyte * 2),
        ("firmware", c_ubyte * 2),
        ("time", c_char * 16),
    )


_AWAY = (KeyUnavailable, "the device does not answer")
_GONE = (KeyLost, "the token is gone")
_OTHERWISE = (KeyRefused, "the device does not make a key as it was described")
_MEANINGS: dict[int, tuple[type[KeystoreError], str]] = {
    0x00A: (KeyRefused, "the library cannot be used by several threads"),
    0x010: _OTHERWISE,
    0x012: _OTHERWISE,
    0x013: _OTHERWISE,
    0x020: (AdapterFault, "the device does not accept the digest"),
    0x021: (AdapterFault, "the device does not accept the digest"),
    0x030: (KeyLost, "the device failed"),
    0x031: (KeyBusy, "the device is busy"),
    0x032: _GONE,
    0x054: (KeyRefused, "the device does not support this"),
    0x060: (KeyLost, "the key is no longer where it was"),
    0x062: (KeyRefused, "the key's size is not for this"),
    0x063: (KeyRefused, "the key is of another type than the mechanism"),
    0x068: (KeyRefused, "the key may not sign"),
    0x070: (KeyRefused, "the device does not know the mechanism"),
    0x071: (KeyRefused, "the device does not accept the mechanism"),
    0x082: (KeyLost, "the key is no longer where it was"),
    0x0A0: (WrongPin, "the token refused the PIN"),
    0x0A1: (WrongPin, "the token refused the PIN"),
    0x0A2: (WrongPin, "the token refused the PIN"),
    0x0A3: (WrongPin, "the token's PIN has run out"),
    0x0A4: (WrongPin, "the token's PIN is locked"),
    0x0B0: (KeyUnavailable, "the session is closed"),
    0x0B1: (KeyBusy, "the device gives no further session"),
    0x0B3: (KeyUnavailable, "the session is lost"),
    0x0D0: _OTHERWISE,
    0x0D1: _OTHERWISE,
    0x0E0: _GONE,
    0x0E1: _GONE,
    0x0E2: (KeyRefused, "the token may not be written to"),
    # Somebody logged in before: without that, the session is no longer what it was.
    0x101: (KeyLost, "the token forgot that the PIN was given"),
    0x150: (AdapterFault, "the answer is longer than a signature of this key"),
    0x190: (KeyLost, "the library was shut down"),
}


def failure(function: str, code: int) -> KeystoreError:
    """Return the error a code stands for; a vendor's own codes may pass with time."""
    kind, sentence = _MEANINGS.get(code, _AWAY)
    return kind(f"{sentence} ({function}: 0x{code:08X})")


def is_away(code: int) -> bool:
    """Say whether the code is plainly about the device and not about what was asked of it."""
    kind, _ = _MEANINGS.get(code, (KeyRefused, ""))
    return issubclass(kind, KeyUnavailable)
