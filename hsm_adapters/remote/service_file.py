"""Where a signing service is and who we are there: a TOML file that the key's URI names.

name = "zone-1"                        # as the service calls itself
host = "keys.zone.example"             # as its certificate says
port = 8443
ca = "ca.pem"                          # the only authority whose certificate it may show
certificate = "caller.pem"             # ours, for TLS
certificate_key = "caller.key"         # encrypted; its passphrase is the key URI's pin-source
caller = "licences-1"                  # who we are there
request_key = "soft:path=caller.sm2?pin-source=caller.pass"   # signs every request
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from keystore.errors import KeyNotFound, KeyUnavailable, MalformedUri
from keystore.uri import KeyUri

__all__ = ["ServiceFile"]

FILE_MAX_BYTES = 16 * 1024
MOST_PORT = 0xFFFF
_FILES = ("ca", "certificate", "certificate_key")


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """One service; the files it names are absolute, from the folder it stands in."""

    name: str
    host: str
    port: int
    ca: Path
    certificate: Path
    certificate_key: Path
    caller: str
    request_key: KeyUri

    @classmethod
    def read(cls, path: Path) -> "ServiceFile":
        """Raise `KeyNotFound`, `KeyUnavailable`, or `MalformedUri` for anything but those names."""
        try:
            with path.open("rb") as file:
                members = tomllib.loads(file.read(FILE_MAX_BYTES).decode("utf-8"))
        except FileNotFoundError as error:
            raise KeyNotFound(f"there is no service file: {path}") from error
        except OSError as error:
            raise KeyUnavailable(f"the service file cannot be read: {path}") from error
        except ValueError as error:
            raise MalformedUri(f"the service file is not TOML: {path}") from error
        _require_members(members, path)
        for name in _FILES:
            members[name] = path.parent / members[name]
        members["request_key"] = KeyUri.parse(members["request_key"]).resolved(path.parent)
        return cls(**members)


def _require_members(members: dict[str, Any], path: Path) -> None:
    kinds = {one.name: int if one.name == "port" else str for one in fields(ServiceFile)}
    if (
        set(members) != set(kinds)
        or not all(type(members[name]) is kind for name, kind in kinds.items())
        or not 0 < members["port"] <= MOST_PORT
    ):
        raise MalformedUri(f"the service file has exactly {', '.join(kinds)}: {path}")
