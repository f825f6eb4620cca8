"""Finds what later signatures draw over a page that was signed before."""

from collections.abc import Iterator

import pikepdf

from verify.containers import BadContainer, read_container
from verify.page_tree import Widget, get, is_visible, rect_of
from verify.report import SignatureKind
from verify.subject import Subject

__all__ = ["drawings_since", "is_drawn_by_readers"]

_PAINTED = ("/BG", "/BC", "/CA", "/I")  # of /MK (ISO 32000-1, table 189)


def drawings_since(subject: Subject) -> Iterator[SignatureKind]:
    """Yield the kind of every visible signature that is not the same as when this one was made."""
    then, now = subject.signed.revision, subject.readable.structure
    if then is None or now is None or then.end == now.end:
        return
    for page in subject.readable.pages:
        annotations = get(page.dictionary, "/Annots")
        for one in annotations if isinstance(annotations, pikepdf.Array) else ():
            number = one.objgen[0] if isinstance(one, pikepdf.Dictionary) else 0
            is_same = then.places.get(number) == now.places.get(number)
            widget = Widget(one, page.index, rect_of(one))
            if not is_same and _is_drawn(one) and is_visible(widget):
                yield _kind(get(one, "/V"))


def is_drawn_by_readers(annotation: pikepdf.Object) -> bool:
    """Say whether a widget has no look of its own and tells readers to paint one.

    Poppler then paints even a signature's background, over whatever stands on the page.
    """
    if get(annotation, "/Subtype") != "/Widget" or get(annotation, "/AP") is not None:
        return False
    return any(get(get(annotation, "/MK"), key) is not None for key in _PAINTED)


def _is_drawn(annotation: pikepdf.Object) -> bool:
    return get(annotation, "/AP") is not None or is_drawn_by_readers(annotation)


def _kind(value: pikepdf.Object | None) -> SignatureKind:
    contents = get(value, "/Contents")
    try:
        container = read_container(bytes(contents) if isinstance(contents, pikepdf.String) else b"")
    except BadContainer:
        return SignatureKind.CMS
    if container.seal is not None:
        return SignatureKind.SEAL
    return SignatureKind.TIMESTAMP if container.is_timestamp else SignatureKind.CMS
