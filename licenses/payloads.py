"""What is proposed, field by field: the forms of the payloads, and the one way they are written."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from keystore import sm3
from licenses.client_secrets import read_enrolment
from licenses.errors import BadProposal
from licenses.grant_records import NewGrant
from licenses.roles import Act, Role

__all__ = ["MAX_CHARACTERS", "canonical", "checked", "grant_of", "payload_sm3", "shown"]

MAX_CHARACTERS = 2_000_000
"""Of a payload: a picture of a megabyte, in base64."""
_SHOWN_CHARACTERS = 300
_MOST_NAME, _MOST_FAULTS = 40, 10
_ALIAS = re.compile(r"[a-z][a-z0-9-]{0,63}")
_NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")
_MOST = 10**9
_PEM = "-----BEGIN CERTIFICATE-----"

Check = Callable[[Any], bool]


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()  # noqa: PLR2004


def _alias(value: object) -> bool:
    return isinstance(value, str) and _ALIAS.fullmatch(value) is not None


def _name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _positive(value: object) -> bool:
    return type(value) is int and 0 < value <= _MOST


def _moment(value: object) -> bool:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        # What UTC has no year for cannot be stored.
        return moment is not None and moment.tzinfo is not None and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def _file(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return False


def _pem(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.startswith(_PEM)


def _digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def _types(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, str) and re.fullmatch(r"\*|[a-z][a-z0-9_]*", one) for one in value)
    )


def _enrolment(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(read_enrolment(value).id)
    except BadProposal:
        return False


def _role(value: object) -> bool:
    return isinstance(value, str) and value in {one.value for one in Role}


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


_MAKE_OR_IMPORT: Mapping[str, Check] = {
    "seal": _alias,
    "key": _alias,
    "certificate_sm3": _digest,
    "renews": _maybe(_alias),
}
FORMS: Mapping[Act, Mapping[str, Check]] = {
    Act.PERSON_ADD: {"name": _name, "full_name": _text, "role": _role, "enrolment": _enrolment},
    Act.PERSON_SECRET: {"name": _name, "enrolment": _enrolment},
    Act.SEAL_MAKE: {
        **_MAKE_OR_IMPORT,
        "maker": _alias,
        "seal_id": _text,
        "seal_name": _text,
        "picture": _file,
        "width_mm": _positive,
        "height_mm": _positive,
        "valid_from": _moment,
        "valid_until": _moment,
    },
    Act.SEAL_IMPORT: {**_MAKE_OR_IMPORT, "file": _file, "maker_chain": _pem},
    Act.SEAL_GRANT: {
        "seal": _alias,
        "client": _name,
        "license_types": _types,
        "per_day": _maybe(_positive),
        "in_all": _maybe(_positive),
        "valid_from": _moment,
        "valid_until": _moment,
    },
    Act.SEAL_RESUME: {"seal": _alias, "reason": _text},
    Act.SEAL_DESTROY: {"seal": _alias, "reason": _text},
}
"""What a payload holds; a field that may be None may be left out."""


def checked(act: Act, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole payload, absent fields as None; raises `BadProposal`."""
    form = FORMS[act]
    unknown = sorted(set(payload) - set(form))
    whole = {name: payload.get(name) for name in form}
    wrong = sorted(name for name, fits in form.items() if not fits(whole[name]))
    if unknown or wrong:
        raise BadProposal(
            f"{act}: "
            + "; ".join(
                [f"no field {one[:_MOST_NAME]!a}" for one in unknown[:_MOST_FAULTS]]
                + [f"{one} is missing or not of its form" for one in wrong]
            )
        )
    if len(canonical(whole)) > MAX_CHARACTERS:
        raise BadProposal(f"{act}: the payload is over {MAX_CHARACTERS} characters")
    if act is Act.SEAL_GRANT and grant_of(whole).valid_until <= grant_of(whole).valid_from:
        raise BadProposal("a grant must end after it begins")
    return whole


def canonical(payload: Mapping[str, Any]) -> str:
    """Return the payload's one text, which is stored, shown by digest and executed."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def payload_sm3(act: str, text: str) -> str:
    """Return SM3 (hex) of the act and its payload: what both people must have seen."""
    return sm3(f"{act}\n{text}".encode("utf-8", "backslashreplace")).hex()


def shown(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the payload for people: what is too long to read by its length and digest."""
    texts = {name: _shown(value) for name, value in payload.items()}
    return {name: text for name, text in texts.items() if text}


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, list) else str(value)
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    data = base64.b64decode(text) if _file(text) else text.encode()
    return f"{len(data)} bytes, SM3 {sm3(data).hex()}"


def grant_of(payload: Mapping[str, Any]) -> NewGrant:
    """Return what a payload of `seal.grant` gives."""
    moments = {
        name: datetime.fromisoformat(payload[name]) for name in ("valid_from", "valid_until")
    }
    return NewGrant(**{**payload, **moments, "license_types": tuple(payload["license_types"])})
