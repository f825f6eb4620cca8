"""Our own word on a key: from a moment on, what it signed no longer counts."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from keystore import Certificate, clear_json, sm3
from keystore.public_keys import PublicKey
from keystore.suites import to_spki
from verify.errors import BadTrustAnchor

__all__ = ["Distrust", "key_sm3"]

_SM3_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Distrust:
    """A key that may be in other hands since `since`, whatever certificate it stands in.

    Unlike a revocation it is nobody's signed statement: it counts because whoever verifies put
    it beside the anchors.
    """

    key_sm3: str
    since: datetime

    @classmethod
    def from_json(cls, content: bytes) -> "Distrust":
        """Read what `to_json` wrote; raise `BadTrustAnchor` for anything else."""
        try:
            row = clear_json(content)
            found = cls(row["key_sm3"], datetime.fromisoformat(row["from"]))
            if found.since.tzinfo is None or not _SM3_HEX.fullmatch(found.key_sm3):
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            raise BadTrustAnchor("a word of distrust names a key_sm3 and a time 'from'") from error
        return found

    def to_json(self) -> bytes:
        """Return the two facts as one JSON object."""
        row = {"key_sm3": self.key_sm3, "from": self.since.isoformat()}
        return (json.dumps(row, indent=2) + "\n").encode()

    def is_about(self, certificate: Certificate) -> bool:
        """Say whether the certificate is of this key."""
        return key_sm3(certificate.public_key) == self.key_sm3


def key_sm3(key: PublicKey) -> str:
    """Return SM3 (hex) of the key's SubjectPublicKeyInfo: its name across certificates."""
    return sm3(to_spki(key)).hex()
