"""Takes the bytes of a stranger and makes them readable, inside every limit, or refuses."""

import logging
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf

from verify.digests import WholeFile
from verify.errors import EncryptedPdf, NotAPdf, PdfTooLarge
from verify.expansion import Budget, decoded_stream
from verify.form_values import FormValues
from verify.limits import Limits
from verify.linearization import require_one_beginning
from verify.object_search import ObjectSearch
from verify.object_streams import ObjectStream, object_streams
from verify.page_tree import Page, get, pages_of
from verify.revisions import BrokenStructure, Structure, read_structure, root_of
from verify.scanning import name_pattern
from verify.tokens import Dictionary, MalformedObject, read_object

__all__ = ["ReadablePdf", "read_upload"]

log = logging.getLogger(__name__)

_HEADER = re.compile(rb"%PDF-[12]\.\d")
_HEADER_SEARCH_BYTES = 1024  # readers accept a header this far in
_EXPANDING = name_pattern("ObjStm", "XRef")
_OBJECT = re.compile(rb"\d[\x00\t\n\f\r ]+obj(?=[\x00\t\n\f\r <])")
_TAKEN_AS_NULL = "treating object as null"
_STREAM_END = re.compile(b"endstream")


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
    states: dict[int, Structure | None] = field(init=False, repr=False, default_factory=dict)
    """The file as it stood at an end of a revision, kept once it was read."""
    faults: dict[int, str | None] = field(init=False, repr=False, default_factory=dict)
    """What is wrong with all that follows such an end; None when it is signature upkeep."""
    references: dict[int, int] = field(init=False, repr=False, default_factory=dict)
    """Where each object is first referred to, once that was looked for."""
    catalog: pikepdf.Object | None = field(init=False, repr=False)
    """The dictionary that leads to everything else, as qpdf reads it."""
    whole: WholeFile = field(init=False, repr=False)
    """The file's digests, computed once."""
    search: ObjectSearch = field(init=False, repr=False)
    """What its objects say when every one of them is looked at."""
    complaints: list[str] = field(init=False, repr=False, default_factory=list)
    """What qpdf was heard to say; it says each thing once."""
    forms: FormValues = field(init=False, repr=False)
    """Whether its form fields show what they say."""

    def __post_init__(self) -> None:
        """Nothing is digested or searched yet."""
        depth = self.limits.nesting_depth
        searched = ObjectSearch(self.data, self.structure, self.streams, depth)
        object.__setattr__(self, "catalog", get(self.pdf.trailer, "/Root"))
        object.__setattr__(self, "whole", WholeFile(self.data, self.limits.digested_bytes))
        object.__setattr__(self, "search", searched)
        object.__setattr__(self, "forms", FormValues(self.pages, searched))

    @property
    def page_count(self) -> int:
        """How many pages the file shows."""
        return len(self.pages)

    @property
    def has_unread_objects(self) -> bool:
        """Whether qpdf took an object that it was asked for as null because it cannot read it."""
        self.complaints.extend(self.pdf.get_warnings())
        return any(_TAKEN_AS_NULL in one for one in self.complaints)

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
        require_one_beginning(data, structure, depth=limits.nesting_depth)
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
    objects = [found.end() for found in _OBJECT.finditer(data)]
    ends = [found.start() for found in _STREAM_END.finditer(data)]
    holders = {bisect_right(objects, found.start()) - 1 for found in _EXPANDING.finditer(data)}
    if max(len(objects), len(ends)) > limits.objects:
        raise PdfTooLarge(f"more than {limits.objects} objects")
    for holder in sorted(holders - {-1}):
        _spend_on_stream(data, objects[holder], ends, budget, limits)


def _spend_on_stream(
    data: bytes, offset: int, ends: list[int], budget: Budget, limits: Limits
) -> None:
    try:
        dictionary, _ = read_object(data, offset, depth=limits.nesting_depth)
    except MalformedObject:
        return
    if not isinstance(dictionary, Dictionary):
        return
    # A lenient reader looks for `endstream` itself, so a wrong /Length must not hide a bomb.
    following = bisect_right(ends, dictionary.end)
    end = ends[following] if following < len(ends) else len(data)
    length = max(0, end - dictionary.end - len(b"\nstream\r\n"))
    try:
        decoded_stream(data, dictionary, length, len(data), budget)
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
