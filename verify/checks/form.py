"""Format: one dictionary with one meaning, read alike by two parsers, holding one container."""

from binascii import hexlify

import pikepdf

from verify.checks.answers import failed, passed, unsure
from verify.codes import Code
from verify.finding import reads_one_way
from verify.page_tree import get
from verify.report import CheckName, CheckResult, SubIndication
from verify.subject import Subject
from verify.tokens import Dictionary, Keyword, Name, Reference, Token

_CHECK = CheckName.FORMAT
_TYPES = (None, Name(b"Sig"), Name(b"DocTimeStamp"))
_COMPARED = (b"Type", b"Filter", b"SubFilter")
_FAULTS = {
    Code.STRUCTURE_DAMAGED: "the file's structure is damaged",
    Code.SIGNATURE_VALUE_UNUSABLE: "the field's value is no signature dictionary",
    Code.SIGNATURE_NOT_IN_FORM: "no field of the form answers for the signature",
    Code.SIGNATURE_REPLACED: "a later revision took the signature away or put another in its place",
    Code.SIGNATURE_SHARED: "several fields show the same signature",
    Code.PARSERS_DISAGREE: "two readers see different things in the signature field",
}


def check(subject: Subject) -> CheckResult:
    """Say whether there is one readable signature here and nothing that could be read otherwise."""
    code, detail = _fault(subject)
    if code is None:
        return passed(_CHECK, Code.FORMAT_SOUND, detail)
    if code is Code.CONTAINER_UNKNOWN:
        return unsure(_CHECK, code, SubIndication.FORMAT_FAILURE, detail)
    return failed(_CHECK, code, SubIndication.FORMAT_FAILURE, detail)


def _fault(subject: Subject) -> tuple[Code | None, str]:
    if subject.readable.fault is not None:
        return Code.STRUCTURE_DAMAGED, subject.readable.fault
    if subject.found.fault is not None:
        return subject.found.fault, _FAULTS[subject.found.fault]
    dictionary = subject.found.dictionary
    if dictionary is None:  # pragma: no cover - a signature without a fault has a dictionary
        return Code.SIGNATURE_VALUE_UNUSABLE, "there is no signature dictionary"
    return _dictionary_fault(subject, dictionary) or _container_fault(subject)


def _dictionary_fault(subject: Subject, dictionary: Dictionary) -> tuple[Code, str] | None:
    if dictionary.has_duplicates or not all(one.is_plain for one in dictionary.entries):
        return Code.SIGNATURE_DICTIONARY_AMBIGUOUS, "a key stands there twice, or is disguised"
    if dictionary.get(b"Type") not in _TYPES:
        return Code.SIGNATURE_DICTIONARY_AMBIGUOUS, "the dictionary is of another type"
    numbers = dictionary.get(b"ByteRange")
    if not isinstance(numbers, list) or not numbers:
        return Code.BYTE_RANGE_MISSING, "there is no /ByteRange array"
    return _contents_fault(subject, dictionary)


def _contents_fault(subject: Subject, dictionary: Dictionary) -> tuple[Code, str] | None:
    contents = subject.contents
    if contents is None or not contents.value:
        return Code.CONTENTS_MISSING, "there is no /Contents string, or an empty one"
    if not _is_plain_hex(subject, dictionary, contents):
        return Code.CONTENTS_NOT_HEX, "/Contents is not one run of hex digits in one case"
    if not reads_one_way(subject.readable, dictionary) and not _agrees(
        subject.found.foreign, dictionary, contents
    ):
        return Code.PARSERS_DISAGREE, "two readers see different things in the signature dictionary"
    return None


def _is_plain_hex(subject: Subject, dictionary: Dictionary, contents: Token) -> bool:
    entry = dictionary.find(b"Contents")
    if entry is None or not contents.is_hex:
        return False
    written = subject.readable.data[entry.start + 1 : entry.end - 1]
    digits = hexlify(contents.value)
    return written == digits or written == digits.upper()


def _agrees(foreign: pikepdf.Object | None, own: Dictionary, contents: Token) -> bool:
    """Compare qpdf's reading with ours, key for key."""
    if not isinstance(foreign, pikepdf.Dictionary):
        return False
    theirs = {key.encode("utf-8", "surrogateescape") for key in foreign.keys()}
    ours = {b"/" + one.key: one.value for one in own.entries}
    if not theirs <= ours.keys() or not all(
        _may_be_null(ours[one]) for one in ours.keys() - theirs
    ):
        return False
    numbers = get(foreign, "/ByteRange")
    covered = list(numbers) if isinstance(numbers, pikepdf.Array) else None
    value = get(foreign, "/Contents")
    return (
        covered == own.get(b"ByteRange")
        and isinstance(value, pikepdf.String)
        and bytes(value) == contents.value
        and all(_name(foreign, key) == own.get(key) for key in _COMPARED)
    )


def _may_be_null(value: object) -> bool:
    """Say whether qpdf leaves the entry out: null, or a reference that may lead nowhere."""
    return isinstance(value, Reference) or value == Keyword(b"null")


def _name(foreign: pikepdf.Object, key: bytes) -> object:
    value = get(foreign, "/" + key.decode("ascii"))
    return Name(str(value)[1:].encode()) if isinstance(value, pikepdf.Name) else value


def _container_fault(subject: Subject) -> tuple[Code | None, str]:
    fault = subject.container_fault
    if fault is None:
        return None, "one dictionary, one container"
    return fault.code, str(fault)
