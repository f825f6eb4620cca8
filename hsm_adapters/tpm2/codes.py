"""What the response codes of a TPM mean (TPM 2.0 Library, part 2, 6.6)."""

from keystore.errors import (
    KeyBusy,
    KeyLost,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    WrongPin,
)

__all__ = ["NOT_BEGUN", "OK", "PARAMETER_SIZE", "base_code", "failure"]

OK = 0
PARAMETER_SIZE = 0x095
NOT_BEGUN = (0x908, 0x922)
"""Yielded, retry: the command is sent again as it was, and no PIN was looked at."""
OF_A_PARAMETER = 0x080
NUMBERED_MASK, PLAIN_MASK = 0x0BF, 0x97F
"""Codes with bit 7 carry the number of the handle, session or parameter; others do not."""

_BUSY = (KeyBusy, "the TPM is busy")
_GONE = (KeyLost, "the TPM has forgotten the key; it was started anew")
_MEANINGS: dict[int, tuple[type[KeystoreError], str]] = {
    0x08B: (KeyNotFound, "the TPM holds no key under this handle"),
    0x08E: (WrongPin, "the TPM refused the PIN"),
    0x0A2: (WrongPin, "the TPM refused the PIN"),
    0x092: (KeyRefused, "the TPM does not know the signature scheme"),
    0x09F: (KeyRefused, "the key file is damaged or of another TPM"),
    0x0A6: (KeyRefused, "the TPM does not know the curve"),
    0x100: (KeyUnavailable, "the TPM was not started"),
    0x101: (KeyUnavailable, "the TPM has failed its own test"),
    0x14C: (KeyRefused, "there is a key already under this handle"),
    0x902: _BUSY,
    0x903: _BUSY,
    0x904: _BUSY,
    0x908: _BUSY,
    0x90A: _BUSY,
    0x910: _GONE,
    0x920: _BUSY,
    0x921: (KeyRefused, "the TPM is in lockout after wrong PINs; see tpm2_dictionarylockout"),
    0x922: _BUSY,
    0x923: _BUSY,
}
_NOT_ACCEPTED = (KeyRefused, "the TPM does not accept the command")
_AWAY = (KeyUnavailable, "the TPM does not answer as it should")


def base_code(code: int) -> int:
    """Return the code without what it is about, and without the layer it came through."""
    return code & (NUMBERED_MASK if code & OF_A_PARAMETER else PLAIN_MASK)


def failure(command: str, code: int) -> KeystoreError:
    """Return the error a code stands for."""
    base = base_code(code)
    unknown = _NOT_ACCEPTED if base & OF_A_PARAMETER else _AWAY
    kind, sentence = _MEANINGS.get(base, unknown)
    return kind(f"{sentence} ({command}: 0x{code:03X})")
