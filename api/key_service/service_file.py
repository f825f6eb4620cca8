"""Who may use which key for what: the key service's own strict TOML file.

name = "zone-1"
certificate = "zone/server.pem"            # for TLS, chain included
certificate_key = "zone/server.key"
pin_source = "zone/server.pass"            # where the key is encrypted
client_ca = "zone/ca.pem"                  # who certifies callers
log = "zone/requests.log"
uses = "zone/uses.log"                     # the uses of the day; this name unless another is said

[callers.licences-1]
certificate_sha256 = "…"                   # openssl x509 -fingerprint -sha256, colons or not
request_key = "3059…"                      # SubjectPublicKeyInfo, as `qianyin key generate` prints

[callers.licences-1.keys.seal-signer]
purposes = ["seal"]
per_minute = 600
per_day = 50000
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from api.errors import BadSettings
from keystore.errors import MalformedKey
from keystore.sm2 import Sm2PublicKey
from keystore.suites import from_spki

__all__ = ["Caller", "Grant", "ServiceFile"]

_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class Grant(BaseModel):
    """What one caller may do with one key."""

    model_config = _STRICT

    purposes: Annotated[list[_Name], Field(min_length=1)]
    per_minute: Annotated[int, Field(ge=1, le=1_000_000)]
    per_day: Annotated[int, Field(ge=1)]
    """Signatures between two midnights, UTC."""


class Caller(BaseModel):
    """One caller: its TLS certificate, the key its requests are signed with, its grants."""

    model_config = _STRICT

    certificate_sha256: str
    request_key: Sm2PublicKey
    keys: Annotated[dict[_Name, Grant], Field(min_length=1)]

    @field_validator("certificate_sha256")
    @classmethod
    def _fingerprint(cls, value: str) -> str:
        plain = value.replace(":", "").lower()
        if re.fullmatch("[0-9a-f]{64}", plain) is None:
            raise ValueError("a SHA-256 fingerprint has 64 hex digits")
        return plain

    @field_validator("request_key", mode="before")
    @classmethod
    def _key(cls, value: object) -> Sm2PublicKey:
        try:
            key = from_spki(bytes.fromhex(str(value)))
        except MalformedKey as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, Sm2PublicKey):
            raise ValueError("requests are signed with an SM2 key")
        return key


class ServiceFile(BaseModel):
    """The whole file; file names are absolute after `read`."""

    model_config = _STRICT

    name: _Name
    certificate: Path
    certificate_key: Path
    pin_source: Path | None = None
    client_ca: Path
    log: Path
    uses: Path = Path("uses.log")
    window_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    """How old a request may be."""
    ahead_seconds: Annotated[int, Field(ge=0, le=60)] = 2
    """How far a caller's clock may be ahead; for so long after its start the service waits."""
    callers: Annotated[dict[_Name, Caller], Field(min_length=1)]

    @field_validator(
        "certificate", "certificate_key", "pin_source", "client_ca", "log", "uses", mode="before"
    )
    @classmethod
    def _path(cls, value: object) -> Path:
        if not isinstance(value, str):
            raise ValueError("a file's name is a text")
        return Path(value)

    @classmethod
    def read(cls, path: Path) -> "ServiceFile":
        """Raise `BadSettings`, naming what is wrong, or `OSError`."""
        try:
            found = cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
            )
            raise BadSettings(f"{path}: {faults}") from error
        except ValueError as error:
            raise BadSettings(f"{path} is not TOML: {error}") from error
        certificates = [one.certificate_sha256 for one in found.callers.values()]
        if len(set(certificates)) != len(certificates):
            raise BadSettings(f"{path}: two callers have one certificate")
        return found.model_copy(update=_absolute(found, path.parent.absolute()))


def _absolute(found: ServiceFile, folder: Path) -> dict[str, Any]:
    named = {name: value for name, value in found if isinstance(value, Path)}
    return {name: folder / value for name, value in named.items()}
