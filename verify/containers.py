"""What stands in /Contents, decided by its ASN.1: an electronic seal, CMS, or a time-stamp."""

from dataclasses import dataclass, field

from keystore import SealSignature, der_length
from keystore.cms import TST_INFO, CmsSignature
from keystore.errors import KeystoreError, MalformedAsn1
from verify.codes import Code

__all__ = ["BadContainer", "Container", "read_container"]

_SEQUENCE, _OID = 0x30, 0x06
_LONG_FORM = 0x80
_SHORT_HEADER = 2


class BadContainer(Exception):
    """The bytes are no container that can be read; `code` says why. Stays in this package."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep the code for the report."""
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Container:
    """One of `seal` and `cms` is there."""

    der: bytes = field(repr=False)
    seal: SealSignature | None
    cms: CmsSignature | None

    @property
    def is_timestamp(self) -> bool:
        """Whether it is an RFC 3161 token."""
        return self.cms is not None and self.cms.content_type == TST_INFO


def read_container(contents: bytes) -> Container:
    """Read the value at the front of `contents`; what follows must be zeros.

    Raises `BadContainer`.
    """
    if not any(contents):
        raise BadContainer(Code.CONTENTS_MISSING, "/Contents is empty or all zeros")
    try:
        length = der_length(contents)
    except MalformedAsn1 as error:
        raise BadContainer(Code.CONTAINER_MALFORMED, str(error)) from error
    if any(contents[length:]):
        raise BadContainer(Code.CONTENTS_PADDING, "bytes other than zeros follow the value")
    return _read(contents[:length])


def _read(der: bytes) -> Container:
    header = _SHORT_HEADER + (der[1] - _LONG_FORM if der[1] >= _LONG_FORM else 0)
    inner = der[header] if len(der) > header else None
    if der[0] != _SEQUENCE or inner not in {_OID, _SEQUENCE}:
        raise BadContainer(Code.CONTAINER_UNKNOWN, "neither an electronic seal nor CMS")
    try:
        if inner == _OID:
            return Container(der, None, CmsSignature.from_der(der))
        return Container(der, SealSignature.from_der(der), None)
    except KeystoreError as error:
        raise BadContainer(Code.CONTAINER_MALFORMED, str(error)) from error
