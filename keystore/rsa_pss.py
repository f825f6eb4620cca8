"""The parameters of an RSASSA-PSS signature (RFC 4055, 3.1), one form of them only."""

from cryptography.hazmat.primitives.asymmetric import padding

from keystore.algorithms import DIGEST_NAMES, RSA_PSS, digest_of
from keystore.errors import InvalidSignature, MalformedAsn1
from keystore.tlv import CONTEXT_0, CONTEXT_1, NULL, SEQUENCE, Tlv, only

__all__ = ["pss_parameters", "pss_parameters_of_frame"]

_MGF1 = "1.2.840.113549.1.1.8"
_CONTEXT_2, _CONTEXT_3 = 0xA2, 0xA3
_WEAK = frozenset({"sha1", "sm3"})
_SALT_DEFAULT, _SALT_MAX = 20, 64


def pss_parameters(der: bytes | None) -> tuple[str, padding.PSS]:
    """Return the digest's name and the padding; the mask takes the same digest.

    Raises `InvalidSignature` for anything else, the SHA-1 of the defaults included.
    """
    try:
        return _parameters({} if der is None else _fields(der))
    except (MalformedAsn1, KeyError, ValueError) as error:
        raise InvalidSignature("the parameters of RSASSA-PSS are not supported") from error


def pss_parameters_of_frame(der: bytes) -> bytes | None:
    """Return the outer algorithm's parameters where a certificate or list is signed with PSS."""
    algorithm = Tlv.from_der(der).children()[1].children()
    return algorithm[1].der if algorithm[0].oid() == RSA_PSS and len(algorithm) > 1 else None


def _fields(der: bytes) -> dict[int, Tlv]:
    parts = Tlv.from_der(der).expect(SEQUENCE, "RSASSA-PSS-params").children()
    found = {part.tag: only(part.children(), "a parameter") for part in parts}
    if [part.tag for part in parts] != sorted(found) or not found.keys() <= {
        CONTEXT_0,
        CONTEXT_1,
        _CONTEXT_2,
        _CONTEXT_3,
    }:
        raise MalformedAsn1("the parameters are not in their order")
    return found


def _parameters(fields: dict[int, Tlv]) -> tuple[str, padding.PSS]:
    name = _digest(fields[CONTEXT_0])
    mask, inner = fields[CONTEXT_1].expect(SEQUENCE, "the mask").children()
    salt = fields[_CONTEXT_2].integer() if _CONTEXT_2 in fields else _SALT_DEFAULT
    trailer = fields[_CONTEXT_3].integer() if _CONTEXT_3 in fields else 1
    is_usual = mask.oid() == _MGF1 and _digest(inner) == name and trailer == 1
    if name in _WEAK or not is_usual or not 0 <= salt <= _SALT_MAX:
        raise MalformedAsn1("the parameters are unusual")
    return name, padding.PSS(mgf=padding.MGF1(digest_of(name)), salt_length=salt)


def _digest(part: Tlv) -> str:
    oid, *rest = part.expect(SEQUENCE, "a digest").children()
    if any(one.der != bytes((NULL, 0)) for one in rest):
        raise MalformedAsn1("a digest has parameters")
    return DIGEST_NAMES[oid.oid()]
