"""What goes over the border of an SDF library: structures and codes of GM/T 0018."""

from ctypes import Structure, c_ubyte, c_uint32

from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
)

__all__ = [
    "PADDED_BYTES",
    "SGD_SM2_BITS",
    "DeviceInfo",
    "EccPublicKey",
    "EccSignature",
    "failure",
    "is_away",
]

PADDED_BYTES = 64
"""ECCref_MAX_LEN: numbers are right-aligned in 64 bytes, so for SM2 the first 32 are zero."""
SGD_SM2_BITS = 256
SDR_OK = 0
SDR_BASE = 0x01000000
CODE_MASK = 0xFFFFFFFF


class EccPublicKey(Structure):
    """ECCrefPublicKey, 132 bytes."""

    _fields_ = (("bits", c_uint32), ("x", c_ubyte * PADDED_BYTES), ("y", c_ubyte * PADDED_BYTES))


class EccSignature(Structure):
    """ECCSignature, 128 bytes."""

    _fields_ = (("r", c_ubyte * PADDED_BYTES), ("s", c_ubyte * PADDED_BYTES))


class DeviceInfo(Structure):
    """DEVICEINFO; the texts fill their fields, with or without an end."""

    _fields_ = (
        ("issuer", c_ubyte * 40),
        ("name", c_ubyte * 16),
        ("serial", c_ubyte * 16),
        ("version", c_uint32),
        ("standard", c_uint32),
        ("asymmetric", c_uint32 * 2),
        ("symmetric", c_uint32),
        ("hash", c_uint32),
        ("buffer", c_uint32),
    )


_AWAY = (KeyUnavailable, "the device does not answer")
_MEANINGS: dict[int, tuple[type[KeystoreError], str]] = {
    SDR_BASE + 0x02: (KeyRefused, "the device does not support this"),
    SDR_BASE + 0x03: (KeyUnavailable, "the communication with the device failed"),
    SDR_BASE + 0x04: (KeyUnavailable, "the device's hardware failed"),
    SDR_BASE + 0x05: (KeyUnavailable, "the device cannot be opened"),
    SDR_BASE + 0x06: (KeyUnavailable, "a session cannot be opened"),
    # The right is taken before it is needed: without it, the session is no longer what it was.
    SDR_BASE + 0x07: (KeyUnavailable, "the session lost its right to the private key"),
    SDR_BASE + 0x08: (KeyNotFound, "the device holds no key of this index"),
    SDR_BASE + 0x09: (KeyRefused, "the device does not support the algorithm"),
    SDR_BASE + 0x14: (KeyRefused, "the key is of another type"),
    SDR_BASE + 0x1C: (KeyBusy, "the device is busy"),
    SDR_BASE + 0x1D: (AdapterFault, "the device does not accept an input"),
    SDR_BASE + 0x1E: (AdapterFault, "the device does not accept an output"),
}


def failure(function: str, code: int) -> KeystoreError:
    """Return the error a code stands for; a vendor's own codes may pass with time."""
    kind, sentence = _MEANINGS.get(code & CODE_MASK, _AWAY)
    return kind(f"{sentence} ({function}: 0x{code & CODE_MASK:08X})")


def is_away(code: int) -> bool:
    """Say whether the code is about the device and not about what was asked of it."""
    kind, _ = _MEANINGS.get(code & CODE_MASK, (KeyRefused, ""))
    return issubclass(kind, KeyUnavailable | KeyNotFound)
