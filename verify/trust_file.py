"""Reads `trust.toml`, what the operator says of each anchor file beside it."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from keystore import Certificate
from verify.anchor_rules import AnchorRule, IssuingRight, Purpose
from verify.errors import BadTrustAnchor

__all__ = ["TRUST_FILE", "TypeCode", "read_rules"]

TRUST_FILE = "trust.toml"
TypeCode = Callable[[str], str | None]
"""Gives the type code of a licence type's slug, None for an unknown one."""

_FILE_MAX_BYTES = 256 * 1024
_SM3 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[0-9A-Z]{21}")  # unified code of the body that defines it, and a serial
_UNIFIED_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_ANCHOR_KEYS: Mapping[str, type] = {
    "file": str,
    "source": str,
    "obtained": date,
    "sm3": str,
    "sha256": str,
    "serves": list,
    "trusted_from": datetime,
    "trusted_until": datetime,
    "may_issue": list,
    "makers": list,
}
_ANCHOR_NEEDS = ("file", "source", "obtained", "serves")
_RIGHT_KEYS: Mapping[str, type] = {"unified_code": str, "organization": str, "types": list}


def read_rules(
    folder: Path, files: Mapping[str, tuple[Certificate, ...]], type_code: TypeCode
) -> dict[Certificate, AnchorRule]:
    """Return the rule of every anchor that has one; `files` are the anchors by file name.

    No `trust.toml`, no rules. Raises `BadTrustAnchor` for anything that is not understood.
    """
    rules: dict[Certificate, AnchorRule] = {}
    for row in _rows(folder / TRUST_FILE):
        _require(row, _ANCHOR_KEYS, _ANCHOR_NEEDS)
        certificate = _certificate(row, files.get(row["file"], ()))
        if certificate in rules:
            raise BadTrustAnchor(f"{TRUST_FILE}: {row['file']} has two entries")
        rules[certificate] = _rule(row, type_code)
    return rules


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_MAX_BYTES + 1)
        if len(content) > _FILE_MAX_BYTES:
            raise BadTrustAnchor(f"{path} is larger than 256 KiB")
        read = tomllib.loads(content.decode("utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise BadTrustAnchor(f"{path} cannot be read: {error}") from error
    rows = read.pop("anchor", [])
    if read or not isinstance(rows, list):
        raise BadTrustAnchor(f"{path} may hold [[anchor]] tables only")
    return rows


def _require(row: object, keys: Mapping[str, type], needs: tuple[str, ...]) -> None:
    if not isinstance(row, dict):
        raise BadTrustAnchor(f"{TRUST_FILE}: an entry is no table")
    name = f"{TRUST_FILE}: {row.get('file', 'an entry')}"
    unknown, missing = sorted(row.keys() - keys.keys()), sorted(set(needs) - row.keys())
    if unknown or missing:
        raise BadTrustAnchor(f"{name} has unknown keys {unknown} and lacks {missing}")
    for key, value in row.items():
        if not isinstance(value, keys[key]) or (isinstance(value, str) and not value):
            raise BadTrustAnchor(f"{name}: {key} is empty or of the wrong kind")


def _certificate(row: dict[str, Any], found: tuple[Certificate, ...]) -> Certificate:
    name = row["file"]
    if len(found) != 1:
        raise BadTrustAnchor(f"{TRUST_FILE}: {name} does not hold exactly one certificate")
    actual = {"sm3": found[0].fingerprint, "sha256": hashlib.sha256(found[0].der).hexdigest()}
    stated = {key: _hex(row[key]) for key in actual if key in row}
    if not stated or any(actual[key] != value for key, value in stated.items()):
        raise BadTrustAnchor(f"{TRUST_FILE}: {name} is not the certificate whose digest is named")
    return found[0]


def _hex(text: str) -> str:
    return re.sub(r"[\s:]", "", text).lower()


def _rule(row: dict[str, Any], type_code: TypeCode) -> AnchorRule:
    name = row["file"]
    since, until = _window(name, row)
    if isinstance(row["obtained"], datetime):
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: obtained is a day, without a time")
    if row.get("may_issue") == []:
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: may_issue is empty, which forbids nothing")
    serves = _purposes(name, row["serves"])
    return AnchorRule(
        source=row["source"],
        obtained=row["obtained"],
        serves=serves,
        trusted_from=since,
        trusted_until=until,
        may_issue=tuple(_right(name, one, type_code) for one in row.get("may_issue", [])),
        makers=_makers(name, row.get("makers"), serves),
    )


def _window(name: str, row: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    since, until = row.get("trusted_from"), row.get("trusted_until")
    if any(one is not None and one.tzinfo is None for one in (since, until)):
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: a time has no zone")
    if since is not None and until is not None and until <= since:
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: trusted_until is not after trusted_from")
    return since, until


def _purposes(name: str, words: list[Any]) -> frozenset[Purpose]:
    try:
        found = frozenset(map(Purpose, words))
    except ValueError as error:
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: {error}") from error
    if not found:
        raise BadTrustAnchor(f"{TRUST_FILE}: {name} serves nobody: take the file away")
    return found


def _makers(name: str, row: list[Any] | None, serves: frozenset[Purpose]) -> frozenset[str]:
    if row is None:
        return frozenset()
    found = frozenset(_hex(str(one)) for one in row)
    if not found or not all(map(_SM3.fullmatch, found)):
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: makers holds SM3 digests of certificates")
    if Purpose.MAKERS not in serves:
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: makers are named, but it serves none")
    return found


def _right(name: str, row: Any, type_code: TypeCode) -> IssuingRight:  # noqa: ANN401 - TOML
    _require(row, _RIGHT_KEYS, ("types",))
    unified_code, organization = row.get("unified_code"), row.get("organization")
    if (unified_code is None) == (organization is None):
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: one of unified_code and organization")
    if unified_code is not None and not _UNIFIED_CODE.fullmatch(unified_code):
        raise BadTrustAnchor(f"{TRUST_FILE}: {name}: {unified_code} is no unified code")
    return IssuingRight(unified_code, organization, frozenset(_types(name, row, type_code)))


def _types(name: str, row: dict[str, Any], type_code: TypeCode) -> list[str]:
    found = []
    for one in row["types"]:
        code = one if _CODE.fullmatch(str(one)) else type_code(str(one))
        if code is None:
            raise BadTrustAnchor(f"{TRUST_FILE}: {name}: there is no licence type {one}")
        found.append(code)
    return found
