"""Licence identifiers of GB/T 36904 and their check character."""

import re
from dataclasses import dataclass

from licenses.errors import InvalidIdentifier

__all__ = ["ROOT", "LicenseIdentifier", "check_character"]

ROOT = "1.2.156.3005.2"
TYPE_CODE = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}[0-9]{3}")
ISSUER_CODE = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}|[0-9]{6}")
SERIAL = re.compile(r"[0-9A-Z]{1,40}")
_VERSION = re.compile(r"(?!000)[0-9]{3}")
_CHECK = re.compile(r"[0-9A-Z]")
MAX_VERSION = 999
MAX_IDENTIFIER_CHARS = 104
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_MODULUS = 36


def check_character(text: str) -> str:
    """The ISO/IEC 7064 MOD 37,36 check character of `text` over 0-9 and A-Z.

    Raises `InvalidIdentifier` for any other character.
    """
    remainder = _MODULUS
    for character in text:
        value = _VALUE.get(character)
        if value is None:
            raise InvalidIdentifier(f"{character!r} cannot stand in a licence identifier")
        remainder = ((remainder + value) % _MODULUS or _MODULUS) * 2 % (_MODULUS + 1)
    return _ALPHABET[(_MODULUS + 1 - remainder) % _MODULUS]


@dataclass(frozen=True, slots=True)
class LicenseIdentifier:
    """One licence, named for good: type, issuer, serial, version and a check character.

    `check` is as it was read; `has_valid_check` says whether it fits, because some deployments
    compute it differently and their licences are none the less genuine.
    """

    type_code: str
    issuer_code: str
    serial: str
    version: int
    check: str

    @classmethod
    def build(
        cls, *, type_code: str, issuer_code: str, serial: str, version: int
    ) -> "LicenseIdentifier":
        """A new identifier with its check character. Raises `InvalidIdentifier`."""
        if not 1 <= version <= MAX_VERSION:
            raise InvalidIdentifier(f"version {version} is not in 1 to {MAX_VERSION}")
        for form, part in ((TYPE_CODE, type_code), (ISSUER_CODE, issuer_code), (SERIAL, serial)):
            if not form.fullmatch(part):
                raise InvalidIdentifier(f"{part!r} cannot be part of a licence identifier")
        check = check_character(f"{type_code}{issuer_code}{serial}{version:03d}")
        return cls(type_code, issuer_code, serial, version, check)

    @classmethod
    def parse(cls, text: str, *, tolerate_wrong_check: bool) -> "LicenseIdentifier":
        """Read `text` strictly; with `tolerate_wrong_check` look at `has_valid_check` after.

        Raises `InvalidIdentifier`.
        """
        parts = text[len(ROOT) + 1 :].split(".") if len(text) <= MAX_IDENTIFIER_CHARS else []
        forms = (TYPE_CODE, ISSUER_CODE, SERIAL, _VERSION, _CHECK)
        if (
            not text.startswith(ROOT + ".")
            or len(parts) != len(forms)
            or not all(form.fullmatch(part) for form, part in zip(forms, parts, strict=True))
        ):
            raise InvalidIdentifier("this is not a licence identifier of GB/T 36904")
        identifier = cls(parts[0], parts[1], parts[2], int(parts[3]), parts[4])
        if not tolerate_wrong_check and not identifier.has_valid_check:
            raise InvalidIdentifier("the identifier's check character is wrong: a typing error?")
        return identifier

    @property
    def has_valid_check(self) -> bool:
        """Whether the check character is that of ISO/IEC 7064 MOD 37,36."""
        body = f"{self.type_code}{self.issuer_code}{self.serial}{self.version:03d}"
        return check_character(body) == self.check

    def __str__(self) -> str:
        """The identifier with its root, as it is printed and signed."""
        return (
            f"{ROOT}.{self.type_code}.{self.issuer_code}.{self.serial}"
            f".{self.version:03d}.{self.check}"
        )
