"""What OpenSSL says of a signature taken out of a file; asn1crypto takes the container apart."""

from base64 import b64encode

from asn1crypto import cms as asn1_cms
from asn1crypto import x509
from asn1crypto.core import BitString, ObjectIdentifier, OctetString
from asn1crypto.parser import parse

from tests.judges import system_openssl as openssl
from tests.judges.taken_out import ASPECTS, TakenOut

__all__ = ["verdicts"]

UNREADABLE = dict.fromkeys(ASPECTS, "unreadable")
SM2_WITH_SM3 = {"1.2.156.10197.1.501", "1.2.156.10197.1.301", "1.2.156.10197.1.301.1"}
RSA_OR_ECDSA = {"1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"}
DIGESTS = {
    "1.2.156.10197.1.401": "sm3",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "1.3.14.3.2.26": "sha1",
}
RAW_BYTES = 64


def verdicts(one: TakenOut) -> dict[str, str]:
    """Return `holds`, `fails`, `unknown`, `none` or `unreadable` for each aspect."""
    try:
        return _of_seal(one) if one.kind == "seal" else _of_cms(one)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return UNREADABLE


def _said(holds: bool) -> str:
    return "holds" if holds else "fails"


def _sequence(value: bytes) -> bytes:
    """r and s side by side become the sequence that OpenSSL asks for."""
    if len(value) != RAW_BYTES:
        return value
    parts = []
    for half in (value[:32], value[32:]):
        number = half.lstrip(b"\0") or b"\0"
        number = b"\0" + number if number[0] & 0x80 else number
        parts.append(bytes((2, len(number))) + number)
    body = b"".join(parts)
    return bytes((0x30, len(body))) + body


def _sm2(certificate: bytes, message: bytes, value: bytes) -> bool:
    return openssl.value_holds(certificate, "sm3", message, _sequence(value), sm2=True)


def _chain(one: TakenOut, leaf: bytes, others: tuple[bytes, ...]) -> bool:
    return all(openssl.chain_holds(leaf, others, one.anchors, time) for time in one.times)


def _parts(der: bytes) -> list[bytes]:
    """Return the values inside a sequence, without a schema."""
    _, _, _, header, content, _ = parse(der, strict=False)
    del header
    found = []
    while content:
        _, _, _, head, body, trailer = parse(content, strict=False)
        found.append(head + body + trailer)
        content = content[len(found[-1]) :]
    return found


def _of_seal(one: TakenOut) -> dict[str, str]:
    whole = _parts(one.container)
    signed = _parts(whole[0])
    old = len(whole) == 2
    signer = OctetString.load(signed[5] if old else whole[1]).native
    value = BitString.load(whole[1] if old else whole[3])
    stated = bytes(BitString.load(signed[3]).contents[1:])
    return {
        "value": _said(
            _is_sm2(signed[6] if old else whole[2])
            and _sm2(signer, whole[0], bytes(value.contents[1:]))
        ),
        "digest": _said(stated == openssl.digest("sm3", one.document)),
        "chain": _said(_chain(one, signer, one.certificates)),
        "maker": _said(_maker(signed[1])),
    }


def _is_sm2(algorithm: bytes) -> bool:
    return ObjectIdentifier.load(algorithm).dotted in SM2_WITH_SM3


def _maker(seal: bytes) -> bool:
    parts = _parts(seal)
    old = len(parts) == 2
    about = _parts(parts[1]) if old else parts
    certificate = OctetString.load(about[0 if old else 1]).native
    value = bytes(BitString.load(about[2 if old else 3]).contents[1:])
    message = parts[0]
    if old:
        message = _joined(parts[0], *about[:2])
    return _is_sm2(about[1 if old else 2]) and _sm2(certificate, message, value)


def _joined(*parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    length = size if len(body) < 128 else bytes((0x80 | len(size),)) + size
    return b"\x30" + length + body


def _of_cms(one: TakenOut) -> dict[str, str]:
    whole = _parts(one.container)
    data = asn1_cms.SignedData.load(_parts(whole[1])[0])
    carried = tuple(
        item.chosen.dump() for item in data["certificates"] or () if item.name == "certificate"
    )
    known = (*carried, *one.certificates)
    judged = [_of_signer(one, data, signer, known) for signer in data["signer_infos"]]
    if not judged:
        return {**dict.fromkeys(ASPECTS, "fails"), "maker": "none"}
    worst = {
        aspect: next((j[aspect] for j in judged if j[aspect] != "holds"), "holds")
        for aspect in ASPECTS[:3]
    }
    return {**worst, "maker": "none"}


def _of_signer(
    one: TakenOut, data: object, signer: object, known: tuple[bytes, ...]
) -> dict[str, str]:
    person = _named(signer["sid"], known)
    if person is None:
        return {"value": "fails", "digest": "unknown", "chain": "fails"}
    content = _content(data)
    attributes = signer["signed_attrs"]
    has_attributes = bool(attributes.contents)
    message = (
        attributes.untag().dump()
        if has_attributes
        else one.document
        if content is None
        else content
    )
    value = _value(person, signer, message)
    name = DIGESTS[signer["digest_algorithm"]["algorithm"].dotted]
    actual = openssl.digest(name, one.document)
    return {
        "value": _said(value),
        "digest": _said(_matches(content, attributes if has_attributes else None, actual, value)),
        "chain": _said(_chain(one, person, known)),
    }


def _value(person: bytes, signer: object, message: bytes) -> bool:
    algorithm = signer["signature_algorithm"]["algorithm"].dotted
    value = signer["signature"].native
    digest = DIGESTS[signer["digest_algorithm"]["algorithm"].dotted]
    if algorithm in SM2_WITH_SM3:
        return digest == "sm3" and openssl.value_holds(person, "sm3", message, value, sm2=True)
    if algorithm not in RSA_OR_ECDSA:
        return False
    return openssl.value_holds(person, digest, message, value, sm2=False)


def _matches(content: bytes | None, attributes: object, actual: bytes, value: bool) -> bool:
    if content is not None:
        return content == actual or content == b64encode(actual)
    if attributes is None:
        return value
    for attribute in attributes:
        if attribute["type"].dotted == "1.2.840.113549.1.9.4":
            return attribute["values"][0].native == actual
    return False


def _content(data: object) -> bytes | None:
    inside = _parts(data["encap_content_info"].dump())
    return None if len(inside) == 1 else OctetString.load(_parts(inside[1])[0]).native


def _named(sid: object, known: tuple[bytes, ...]) -> bytes | None:
    for der in known:
        try:
            certificate = x509.Certificate.load(der)
            if sid.name == "issuer_and_serial_number":
                same = sid.chosen["issuer"].dump() == certificate.issuer.dump()
                if same and sid.chosen["serial_number"].native == certificate.serial_number:
                    return der
            elif certificate.key_identifier == sid.chosen.native:
                return der
        except (ValueError, TypeError):
            continue
    return None
