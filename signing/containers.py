"""What goes into /Contents: the port that the profiles implement."""

from typing import Protocol

from keystore import Certificate
from signing.documents import PreparedPdf

__all__ = ["SignatureContainer"]


class SignatureContainer(Protocol):
    """One form of signature value, bound to a key."""

    @property
    def filter(self) -> str:
        """The /Filter name."""
        ...

    @property
    def sub_filter(self) -> str:
        """The /SubFilter name."""
        ...

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The signer's certificate and those above it, for the document's evidence."""
        ...

    @property
    def reserved_bytes(self) -> int:
        """How large a value can become."""
        ...

    def require_in_force(self, prepared: PreparedPdf) -> None:
        """Raise `SealNotInForce` unless the signer may sign at the document's time."""
        ...

    def value(self, prepared: PreparedPdf) -> bytes:
        """Use the key once and return the DER value. Raises what the key raises."""
        ...
