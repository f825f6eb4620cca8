"""What the signatures of a document still allow: no seal may break one that is there.

A seal is a new visible field, which a certification forbids whatever its P says (the reading of
pyHanko and of our own verifier), and which a field lock forbids by its name (ISO 32000-2, 12.8.2).
"""

from collections.abc import Iterator

import pikepdf

from signing.errors import UnsuitablePdf
from signing.update import array_of, dictionary_of

__all__ = ["require_open_to_seal"]

_NO_CHANGES = 1
_FIELDS_MAX = 10_000


def require_open_to_seal(pdf: pikepdf.Pdf, field_name: str) -> None:
    """Raise `UnsuitablePdf` if a field of this name would break a signature of the document."""
    certification = dictionary_of(dictionary_of(pdf.Root.get("/Perms")).get("/DocMDP"))
    _require(certification, pikepdf.Dictionary(), field_name)
    for value, field in _signed_fields(pdf):
        _require(value, field, field_name)


def _require(value: pikepdf.Dictionary, field: pikepdf.Dictionary, field_name: str) -> None:
    references = [dictionary_of(one) for one in array_of(value.get("/Reference"))]
    locks = [dictionary_of(one.get("/TransformParams")) for one in references]
    locks.append(dictionary_of(field.get("/Lock")))
    if any(one.get("/P") == _NO_CHANGES for one in locks):
        raise UnsuitablePdf("the document is certified against any change, a seal included")
    certifies = any(one.get("/TransformMethod") == pikepdf.Name.DocMDP for one in references)
    if certifies or any("/P" in one for one in locks):
        raise UnsuitablePdf("the document is certified: a seal would break the certification")
    if any(_locks(one, field_name) for one in locks):
        raise UnsuitablePdf("a signature of the document locks the field that the seal would need")


def _locks(lock: pikepdf.Dictionary, field_name: str) -> bool:
    if "/Action" not in lock:
        return False
    names = {str(one) for one in array_of(lock.get("/Fields"))}
    match lock["/Action"]:
        case "/Include":
            return field_name in names
        case "/Exclude":
            return field_name not in names
        case _:
            return True


def _signed_fields(pdf: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Dictionary, pikepdf.Dictionary]]:
    """Yield the values and the fields of all signatures in the form."""
    form = dictionary_of(pdf.Root.get("/AcroForm"))
    pending = list(array_of(form.get("/Fields")))
    visits = 0
    while pending:
        visits += 1
        if visits + len(pending) > _FIELDS_MAX:
            raise UnsuitablePdf("the document's form has too many fields")
        field = dictionary_of(pending.pop())
        pending.extend(array_of(field.get("/Kids")))
        value = field.get("/V")
        if isinstance(value, pikepdf.Dictionary):
            yield value, field
