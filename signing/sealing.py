"""Sealing a document: prepare, then seal. The key is touched in the second step only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from keystore import sm3_begun
from signing.appearance import SealAppearance
from signing.containers import SignatureContainer
from signing.documents import PreparedPdf, SealedPdf, SealPlacement, UnsignedPdf
from signing.errors import PlaceholderTooSmall
from signing.placing import (
    BYTE_RANGE_ROOM,
    Evidence,
    SignatureDictionary,
    add_evidence,
    add_field,
    with_entries,
)
from signing.update import Update, damage_reported, open_update

__all__ = ["Sealer"]


@dataclass(frozen=True, slots=True)
class Sealer:
    """Puts one kind of signature, with one appearance, on documents."""

    container: SignatureContainer
    appearance: SealAppearance
    revocation_lists: Callable[[], tuple[bytes, ...]]
    """Asked for each document: a list is worth what its age is."""

    def prepare(self, pdf: UnsignedPdf, placement: SealPlacement, *, now: datetime) -> PreparedPdf:
        """Add field, picture, evidence and room for the value; no key is used.

        Raises `UnsuitablePdf`, `PlacementError`, or `SealNotInForce` as of `now`.
        """
        signed_at = now.astimezone(UTC).replace(microsecond=0)
        dictionary = SignatureDictionary(
            filter=self.container.filter,
            sub_filter=self.container.sub_filter,
            signed_at=signed_at,
            reserved_bytes=self.container.reserved_bytes,
        )
        chain = tuple(one.der for one in self.container.chain)
        with damage_reported():
            update = open_update(pdf.data)
            signature = update.new_number()
            form = add_field(update, signature, self.appearance, placement)
            store = add_evidence(update, Evidence(chain, self.revocation_lists()))
            _replace_catalog(update, form, store)
            # Last, so that nearly all of the file stands before the gap and is digested once.
            update.objects[signature] = dictionary.body()
            prepared = _with_byte_range(update, signature, signed_at)
        self.container.require_in_force(prepared)
        return prepared

    def seal(self, prepared: PreparedPdf) -> SealedPdf:
        """Use the key once and put the value in its place.

        Raises what the key raises, and `PlaceholderTooSmall` for a value that does not fit.
        """
        self.container.require_in_force(prepared)
        value = self.container.value(prepared).hex().encode()
        start, end = prepared.gap
        room = end - start - 2
        if len(value) > room:
            raise PlaceholderTooSmall(f"the value takes {len(value) // 2} of {room // 2} bytes")
        contents = b"<%s>" % value.ljust(room, b"0")
        before, after = memoryview(prepared.data)[:start], memoryview(prepared.data)[end:]
        digest = prepared.head.copy()
        digest.update(contents)
        digest.update(after)
        return SealedPdf(b"".join((before, contents, after)), digest.finalize())


def _replace_catalog(update: Update, form: bytes, store: int) -> None:
    root = update.pdf.Root
    entries = {"/AcroForm": form, "/DSS": b"%d 0 R" % store}
    update.replace(root, with_entries(root, entries))


def _with_byte_range(update: Update, signature: int, signed_at: datetime) -> PreparedPdf:
    data, bodies = update.write()
    body = update.objects[signature]
    gap_start = bodies[signature] + body.rindex(b"<", 0, -2)
    gap_end = bodies[signature] + body.rindex(b">", 0, -2) + 1
    numbers = b"[0 %d %d %d]" % (gap_start, gap_end, len(data) - gap_end)
    place = bodies[signature] + body.index(BYTE_RANGE_ROOM)
    data[place : place + len(BYTE_RANGE_ROOM)] = numbers.ljust(len(BYTE_RANGE_ROOM))
    whole = memoryview(data)
    head = sm3_begun(whole[:gap_start])
    digest = head.copy()
    digest.update(whole[gap_end:])
    return PreparedPdf(bytes(data), (gap_start, gap_end), head, digest.finalize(), signed_at)
