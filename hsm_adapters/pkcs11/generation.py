"""Making a key in a token: described so that it can never be taken out, and looked at afterwards.

What a vendor's SM2 wants in a template is written nowhere: type and mechanism are the vendor's
numbers, the curve is told as for any EC key, and a device that wants it otherwise says so.
"""

import secrets
from dataclasses import dataclass

from hsm_adapters.pkcs11 import cryptoki
from hsm_adapters.pkcs11.cryptoki import FALSE, TRUE
from hsm_adapters.pkcs11.finding import named
from hsm_adapters.pkcs11.module import Pkcs11Module, Template
from hsm_adapters.pkcs11.public_keys import P256_CURVE, SM2_CURVE
from hsm_adapters.uri_numbers import number_in
from keystore.errors import AdapterFault, KeyRefused, MalformedUri
from keystore.uri import KeyUri

__all__ = ["Recipe", "make_pair"]

ID_BYTES = 8
_CURVES = {"sm2": SM2_CURVE, "p256": P256_CURVE}
_KEPT_INSIDE: dict[int, tuple[bytes, str]] = {
    cryptoki.TOKEN: (TRUE, "kept in the token"),
    cryptoki.PRIVATE: (TRUE, "private"),
    cryptoki.SENSITIVE: (TRUE, "sensitive"),
    cryptoki.ALWAYS_SENSITIVE: (TRUE, "sensitive from the beginning"),
    cryptoki.EXTRACTABLE: (FALSE, "not extractable"),
    cryptoki.NEVER_EXTRACTABLE: (TRUE, "not extractable from the beginning"),
    cryptoki.LOCAL: (TRUE, "made inside"),
}
"""What a token must say of a key that was made in it and stays there (PKCS #11, 4.9)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the URI asks for: the mechanism, and both halves described."""

    mechanism: int
    name: Template
    public: Template
    private: Template

    @classmethod
    def of(cls, uri: KeyUri) -> "Recipe":
        """Raise `MalformedUri` unless the URI names the key and its type."""
        name, kind = named(uri), uri.require("key-type")
        if kind not in _CURVES:
            raise MalformedUri("key-type is 'sm2' or 'p256'")
        key_type, mechanism = _numbers(uri, kind)
        both: Template = {
            cryptoki.TOKEN: TRUE,
            cryptoki.KEY_TYPE: key_type,
            cryptoki.ID: secrets.token_bytes(ID_BYTES),
            **name,
        }
        public = {
            **both,
            cryptoki.PRIVATE: FALSE,
            cryptoki.VERIFY: TRUE,
            cryptoki.EC_PARAMS: _CURVES[kind],
        }
        private = {
            **both,
            cryptoki.PRIVATE: TRUE,
            cryptoki.SENSITIVE: TRUE,
            cryptoki.EXTRACTABLE: FALSE,
            cryptoki.SIGN: TRUE,
        }
        return cls(mechanism, name, public, private)


def _numbers(uri: KeyUri, kind: str) -> tuple[int, int]:
    """Return key type and mechanism: the vendor's for SM2 where they are given."""
    key_type, mechanism = cryptoki.TYPE_EC, cryptoki.MECHANISM_EC_KEY_PAIR_GEN
    if kind == "sm2" and uri.get("sm2-key-type") is not None:
        key_type = number_in(uri, "sm2-key-type")
    if kind == "sm2" and uri.get("sm2-generation") is not None:
        mechanism = number_in(uri, "sm2-generation")
    return key_type, mechanism


def make_pair(module: Pkcs11Module, session: int, recipe: Recipe) -> int:
    """Make the pair and return its public object; raises `KeyRefused` where the name is taken.

    A device that made a key which could be taken out loses it again (`AdapterFault`).
    """
    if module.find(session, recipe.name):
        raise KeyRefused("the token holds something of this name already")
    public, private = module.generate_pair(session, recipe.mechanism, recipe.public, recipe.private)
    for number, (expected, words) in _KEPT_INSIDE.items():
        if module.attribute(session, private, number) != expected:
            for thing in (private, public):
                module.destroy(session, thing)
            raise AdapterFault(f"the device does not say that the new key is {words}: destroyed")
    return public
