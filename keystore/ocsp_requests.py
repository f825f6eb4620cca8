"""OCSP requests as written (RFC 6960): about one certificate, by its issuer and number."""

from dataclasses import dataclass, field

from keystore.algorithms import DIGEST_NAMES, digest_of_bytes
from keystore.certificates import Certificate
from keystore.errors import MalformedAsn1
from keystore.ocsp import OCSP_NONCE, OcspResponse
from keystore.tlv import (
    NULL,
    OCTET_STRING,
    SEQUENCE,
    encoded,
    encoded_integer,
    encoded_oid,
)

__all__ = ["OcspRequest"]

_CONTEXT_2 = 0xA2
_OID_OF = {name: oid for oid, name in DIGEST_NAMES.items()}


@dataclass(frozen=True, slots=True)
class OcspRequest:
    """Asks about `certificate`; `digest`, of `DIGEST_NAMES`, hashes its issuer's name and key."""

    certificate: Certificate
    issuer: Certificate
    digest: str
    nonce: bytes = field(repr=False)
    """32 octets of chance: what both RFC 8954 and RFC 9654 take."""

    def to_der(self) -> bytes:
        """Return the request, unsigned, with its nonce."""
        algorithm = encoded(SEQUENCE, encoded_oid(_OID_OF[self.digest]), encoded(NULL))
        identity = encoded(
            SEQUENCE,
            algorithm,
            encoded(OCTET_STRING, digest_of_bytes(self.digest, self.issuer.subject_der)),
            encoded(OCTET_STRING, digest_of_bytes(self.digest, self.issuer.key_bits)),
            encoded_integer(self.certificate.serial),
        )
        nonce = encoded(SEQUENCE, encoded_oid(OCSP_NONCE), encoded(OCTET_STRING, self._nonce_der()))
        asked = encoded(SEQUENCE, encoded(SEQUENCE, identity))
        return encoded(
            SEQUENCE, encoded(SEQUENCE, asked, encoded(_CONTEXT_2, encoded(SEQUENCE, nonce)))
        )

    def require_echo(self, response: OcspResponse) -> None:
        """Raise `MalformedAsn1` where the response has a nonce, and another one."""
        if response.nonce not in {None, self._nonce_der()}:
            raise MalformedAsn1("the OCSP response answers another request")

    def _nonce_der(self) -> bytes:
        return encoded(OCTET_STRING, self.nonce)
