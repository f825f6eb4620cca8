"""What an adapter asks of a signing service in another zone, and the signature under it.

The signature is over the very bytes that are sent, so nobody on the way (whoever ends the TLS,
say) can change or make a request, and there is no second form of it to agree on.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from keystore.clear_json import clear_json
from keystore.errors import MalformedRequest
from keystore.signer import Signer
from keystore.sm2 import SIGNER_ID_GM, Sm2PublicKey, Sm2Signature

__all__ = ["MOST_BYTES", "PATH", "SIGNATURE_HEADER", "Operation", "RemoteRequest", "require_signed"]

PATH = "/v1/key-requests"
SIGNATURE_HEADER = "Qianyin-Signature"
MOST_BYTES = 4096
"""Of a request, and of an answer."""
FORM = "qianyin-key-request-1"
_DOMAIN = FORM.encode("ascii") + b"\n"
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FORMS = {
    "form": re.compile(FORM),
    "operation": re.compile("open|sign"),
    "service": _NAME,
    "caller": _NAME,
    "key": _NAME,
    "purpose": _NAME,
    "nonce": re.compile("[0-9a-f]{32}"),
    "time": re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}Z"),
    "suite": re.compile("[A-Z0-9_]{0,40}"),
    "digest": re.compile("([0-9a-f]{64})?"),
}


class Operation(StrEnum):
    """`open` asks for the public key, `sign` for a signature of a digest."""

    OPEN = "open"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """One request; `suite` and `digest` (hex) are empty where a key is only opened."""

    operation: Operation
    service: str
    """The service it is for: none else answers it."""
    caller: str
    key: str
    purpose: str
    nonce: str
    """128 random bits, hex."""
    time: datetime
    suite: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        """Raise `MalformedRequest` for what the other side would not read."""
        for name, value in self._members().items():
            if _FORMS[name].fullmatch(value) is None:
                raise MalformedRequest(f"the request's {name} has not its form")
        is_signing = self.operation is Operation.SIGN
        if bool(self.digest) is not is_signing or bool(self.suite) is not is_signing:
            raise MalformedRequest(
                "a digest and its suite stand in a request to sign, and only there"
            )

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Read what `to_bytes` writes; a name that stands twice is refused (`MalformedRequest`)."""
        try:
            members = clear_json(body)
        except ValueError as error:
            raise MalformedRequest("the request is not JSON, each name once") from error
        if not isinstance(members, dict) or set(members) != set(_FORMS):
            raise MalformedRequest("the request has not the members it must have")
        for name, value in members.items():
            if not isinstance(value, str) or _FORMS[name].fullmatch(value) is None:
                raise MalformedRequest(f"the request's {name} has not its form")
        del members["form"]
        try:
            time = datetime.strptime(members.pop("time"), _TIME).replace(tzinfo=UTC)
        except ValueError as error:
            raise MalformedRequest("the request's time is none") from error
        return cls(operation=Operation(members.pop("operation")), time=time, **members)

    def to_bytes(self) -> bytes:
        """Return the body that is sent and signed."""
        return json.dumps(self._members()).encode("ascii")

    def signed(self, caller: Signer) -> tuple[bytes, str]:
        """Return the body and the caller's signature of it, 64 bytes r‖s in hex."""
        body = self.to_bytes()
        return body, caller.sign(_DOMAIN + body, signer_id=SIGNER_ID_GM).to_raw().hex()

    def _members(self) -> dict[str, str]:
        members: dict[str, Any] = asdict(self)
        return members | {"form": FORM, "time": self.time.astimezone(UTC).strftime(_TIME)}


def require_signed(body: bytes, signature: str, caller: Sm2PublicKey) -> None:
    """Raise `InvalidSignature` unless `signature` (hex) is the caller's under these bytes."""
    value = bytes.fromhex(signature) if re.fullmatch("[0-9a-f]{128}", signature) else b""
    caller.verify(_DOMAIN + body, Sm2Signature.from_raw(value), signer_id=SIGNER_ID_GM)
