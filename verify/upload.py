"""Takes the bytes of a stranger and makes them readable, inside every limit, or refuses."""

import logging
import re
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf

from verify.digests import WholeFile
from verify.errors import EncryptedPdf, NotAPdf, PdfTooLarge
from verify.expansion import Budget, decoded_stream
from verify.limits import Limits
from verify.object_streams import ObjectStream, object_streams
from verify.page_tree import Page, pages_of
from verify.revisions import BrokenStructure, Structure, read_structure, root_of
from verify.scanning import name_pattern
from verify.tokens import Dictionary, MalformedObject, read_object

__all__ = ["ReadablePdf", "read_upload"]

log = logging.getLogger(__name__)

_HEADER = re.compile(rb"%PDF-[12]\.\d")
_HEADER_SEARCH_BYTES = 1024  # readers accept a header this far in
_EXPANDING = name_pattern("ObjStm", "XRef")
_OBJECT = re.compile(rb"\d[\x00\t\n\f\r ]+obj(?=[\x00\t\n\f\r <])")
_OBJECT_SEARCH_BYTES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class ReadablePdf:
    """A file that two parsers could open; `fault` says why its structure cannot be believed."""

    data: bytes = field(repr=False)
    pdf: pikepdf.Pdf = field(repr=False)
    structure: Structure | None = field(repr=False)
    streams: dict[int, ObjectStream] = field(repr=False)
    fault: str | None
    pages: tuple[Page, ...] = field(repr=False)
    limits: Limits = field(repr=False)

    @property
    def page_count(self) -> int:
        """How many pages the file shows."""
        return len(self.pages)

    whole: WholeFile = field(init=False, repr=False)
    """The file's digests, computed once."""

    def __post_init__(self) -> None:
        """Nothing is digested yet."""
        object.__setattr__(self, "whole", WholeFile(self.data))

    @property
    def digest(self) -> bytes:
        """SM3 of the whole file."""
        return self.whole.digest


def read_upload(data: bytes, *, limits: Limits) -> ReadablePdf:
    """Open what a stranger sent; raise `NotAPdf`, `EncryptedPdf` or `PdfTooLarge`.

    A damaged file that readers would mend is opened too, with its `fault` named: no signature
    in it can pass.
    """
    if len(data) > limits.file_bytes:
        raise PdfTooLarge(f"the file has more than {limits.file_bytes} bytes")
    header = _HEADER.search(data, 0, _HEADER_SEARCH_BYTES)
    if header is None:
        raise NotAPdf("the file has no PDF header")
    if header.start():
        return _mended(data, "bytes stand before the header", limits)
    budget = Budget(limits.expansion_bytes)
    try:
        structure = read_structure(data, len(data), limits, budget)
        root_of(structure)
        _refuse_encryption(structure)
        streams = object_streams(data, structure, limits, budget)
    except BrokenStructure as error:
        return _mended(data, str(error), limits)
    try:
        pdf = _opened(data, recover=False)
    except NotAPdf as error:
        return _mended(data, str(error), limits)
    return ReadablePdf(data, pdf, structure, streams, None, pages_of(pdf, limits), limits)


def _refuse_encryption(structure: Structure) -> None:
    if any(section.trailer.get(b"Encrypt") is not None for section in structure.sections):
        raise EncryptedPdf("the file is encrypted")


def _mended(data: bytes, fault: str, limits: Limits) -> ReadablePdf:
    """Open a damaged file the way lenient readers do, so that a report can say what is in it."""
    log.info("the structure of an upload is damaged: %s", fault)
    _bound_expansion(data, limits)
    pdf = _opened(data, recover=True)
    return ReadablePdf(data, pdf, None, {}, fault, pages_of(pdf, limits), limits)


def _bound_expansion(data: bytes, limits: Limits) -> None:
    """Decompress, within the budget, whatever a lenient reader might take for an object stream."""
    budget = Budget(limits.expansion_bytes)
    for found in _EXPANDING.finditer(data):
        before = max(0, found.start() - _OBJECT_SEARCH_BYTES)
        starts = [one.end() for one in _OBJECT.finditer(data, before, found.start())]
        if starts:
            _spend_on_stream(data, starts[-1], budget, limits)


def _spend_on_stream(data: bytes, offset: int, budget: Budget, limits: Limits) -> None:
    try:
        dictionary, _ = read_object(data, offset, depth=limits.nesting_depth)
    except MalformedObject:
        return
    if not isinstance(dictionary, Dictionary):
        return
    # A lenient reader looks for `endstream` itself, so a wrong /Length must not hide a bomb.
    end = data.find(b"endstream", dictionary.end)
    length = (end if end >= 0 else len(data)) - dictionary.end
    try:
        decoded_stream(data, dictionary, max(0, length - len(b"\nstream\r\n")), len(data), budget)
    except NotAPdf as error:
        log.debug("a stream of a damaged file is not decoded: %s", error)


def _opened(data: bytes, *, recover: bool) -> pikepdf.Pdf:
    try:
        pdf = pikepdf.Pdf.open(
            BytesIO(data), attempt_recovery=recover, inherit_page_attributes=False
        )
    except pikepdf.PasswordError as error:
        raise EncryptedPdf("the file is encrypted") from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError) as error:
        raise NotAPdf("the file cannot be read as a PDF") from error
    if pdf.is_encrypted:
        raise EncryptedPdf("the file is encrypted")
    return pdf
