"""The few states that a reader is told of, and their tones."""

from enum import StrEnum

__all__ = ["State", "Tone"]


class Tone(StrEnum):
    """The colour of a state; every tone has an icon and a word as well."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"
    OPEN = "open"


class State(StrEnum):
    """What the page says in one sentence; `since` in a sentence is a day of the register."""

    IN_FORCE = "in-force"
    GENUINE = "genuine"
    NOT_YET = "not-yet-in-force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    NOT_ISSUED = "not-issued"
    DIFFERENT = "different-from-register"
    CHANGED = "changed"
    FORGED = "forged"
    SEAL_INVALID = "seal-invalid"
    IMPOSTOR = "impostor"
    ACTIVE = "active-content"
    UNDECIDED = "undecided"
    UNKNOWN_ISSUER = "unknown-issuer"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"
