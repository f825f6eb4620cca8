"""Content: the page means one thing, whoever opens it, whenever, in whatever reader."""

from collections.abc import Iterable, Iterator

import pikepdf

from verify.checks.answers import not_reached, passed, unsure
from verify.codes import Code
from verify.drawn_later import drawings_since, is_drawn_by_readers
from verify.object_rules import ELSEWHERE
from verify.page_tree import get
from verify.report import CheckName, CheckResult, SignatureKind, SubIndication
from verify.subject import Subject
from verify.upload import ReadablePdf

_CHECK = CheckName.CONTENT
_HARMLESS_ACTIONS = frozenset({"/GoTo", "/URI", "/Named"})
_HIDDEN, _PRINT, _NO_VIEW, _TOGGLE = 2, 4, 32, 256  # bits of /F (ISO 32000-1, table 165)
_TYPED = frozenset({"/Tx", "/Ch"})
_DRAWN_BY_READERS = frozenset(
    {"/FreeText", "/Stamp", "/Square", "/Circle", "/Line", "/Ink", "/Polygon", "/PolyLine"}
    | {"/Caret", "/Redact", "/Watermark"}
)
_MOVING = frozenset({"/RichMedia", "/Screen", "/3D", "/Movie", "/Sound", "/Projection"})
_OF_PRINTERS = frozenset({"/TrapNet", "/PrinterMark"})


def check(subject: Subject) -> CheckResult:
    """Say whether what is seen can change, and whether the file's own record says the same."""
    if subject.signed.revision is None:
        return not_reached(_CHECK)
    found = sorted(set(_active(subject)))
    why = SubIndication.SIG_CONSTRAINTS_FAILURE
    if found:
        code = Code.CONTENT_OUTSIDE if ELSEWHERE in found else Code.CONTENT_ACTIVE
        return unsure(_CHECK, code, why, f"the file has {', '.join(found)}")
    # The signature holds and is the authority's own, only what it is over contradicts itself: by
    # ETSI EN 319 102-1, table 6, a constraint that is not met leaves the verdict open.
    demands = subject.demands
    fault = subject.readable.forms.fault
    if fault is None and demands.policy.compares_record:
        fault = demands.record.fault
    if fault is not None:
        return unsure(_CHECK, fault[0], why, fault[1])
    return passed(_CHECK, Code.CONTENT_PLAIN, "nothing in the file can change what it shows")


def _active(subject: Subject) -> Iterator[str]:
    yield from _of_catalog(subject.readable.catalog)
    for page in _different_pages(subject):
        yield from _of_page(page)
    yield from _of_objects(subject.readable)
    if any(_may_not_draw(subject, one) for one in drawings_since(subject)):
        yield "a later signature that draws on the page and shows no seal"


def _of_catalog(root: pikepdf.Object | None) -> Iterator[str]:
    form = get(root, "/AcroForm")
    rows = (
        ("additional actions", get(root, "/AA")),
        ("scripts", get(get(root, "/Names"), "/JavaScript")),
        ("a dynamic form (XFA)", get(form, "/XFA")),
        ("layers", get(root, "/OCProperties")),
        ("a portfolio in place of its pages", get(root, "/Collection")),
        ("demands on the reader", get(root, "/Requirements")),
    )
    yield from (name for name, value in rows if value is not None)
    if get(form, "/NeedAppearances") not in (None, False):
        yield "form values that readers draw anew"
    if _is_active(get(root, "/OpenAction")):
        yield "an action on opening"


def _of_objects(readable: ReadablePdf) -> Iterator[str]:
    """Name what was found in any object of the file, wherever it stands."""
    if readable.search.has_active_names:
        yield "names of actions or of contents that take turns"
    yield from readable.search.oddities
    if readable.search.repeats_a_key:
        yield "entries that stand there twice"
    if readable.has_unread_objects:
        yield "an object that not every reader can read"


def _may_not_draw(subject: Subject, later: SignatureKind) -> bool:
    """Say whether a later signature may not be seen: a seal's own picture is compared elsewhere."""
    if subject.kind is SignatureKind.SEAL:
        return later is not SignatureKind.SEAL
    return later is SignatureKind.TIMESTAMP


def _different_pages(subject: Subject) -> Iterable[pikepdf.Object]:
    """Return each page once: one may stand in the tree many times."""
    pages = [one.dictionary for one in subject.readable.pages]
    return {
        one.objgen if one.is_indirect else (-at, 0): one for at, one in enumerate(pages)
    }.values()


def _of_page(page: pikepdf.Object) -> Iterator[str]:
    if get(page, "/AA") is not None:
        yield "additional actions"
    if _is_elsewhere(get(page, "/Contents")):
        yield ELSEWHERE
    annotations = get(page, "/Annots")
    for annotation in annotations if isinstance(annotations, pikepdf.Array) else ():
        yield from _of_annotation(annotation)
        yield from _of_looks(annotation)


def _of_annotation(annotation: pikepdf.Object) -> Iterator[str]:
    if get(annotation, "/AA") is not None:
        yield "additional actions"
    if _is_active(get(annotation, "/A")):
        yield "an action on a click"
    kind = get(annotation, "/Subtype")
    if kind in _MOVING:
        yield "moving content"
    if kind in _OF_PRINTERS or get(annotation, "/FixedPrint") is not None:
        yield "an annotation that is another on paper"


def _of_looks(annotation: pikepdf.Object) -> Iterator[str]:
    """Name what makes an annotation look different at another time, or in another reader."""
    looks, kind = get(annotation, "/AP"), get(annotation, "/Subtype")
    if get(annotation, "/OC") is not None:
        yield "layers"
    if get(looks, "/R") is not None or (kind != "/Widget" and get(looks, "/D") is not None):
        yield "an annotation that changes under the mouse"
    flags = get(annotation, "/F")
    if isinstance(flags, int) and _is_shown_at_times(flags):
        yield "an annotation that is not always shown"
    is_filled = get(annotation, "/FT") in _TYPED and get(annotation, "/V") is not None
    is_drawn = is_drawn_by_readers(annotation)
    if looks is None and (kind in _DRAWN_BY_READERS or is_filled or is_drawn):
        yield "an annotation that each reader draws in its own way"


def _is_shown_at_times(flags: int) -> bool:
    """Say whether it is seen on paper only, or under the mouse only."""
    if flags & _HIDDEN:
        return False
    return bool(flags & _TOGGLE) or flags & (_PRINT | _NO_VIEW) == _PRINT | _NO_VIEW


def _is_elsewhere(content: pikepdf.Object | None) -> bool:
    """Say whether part of a page's content lies in another file."""
    parts = list(content) if isinstance(content, pikepdf.Array) else [content]
    return any(get(one, "/F") is not None for one in parts)


def _is_active(action: pikepdf.Object | None) -> bool:
    """Say whether it does more than go somewhere; a destination is an array, a name or a string.

    Where a link leads is looked at in every object of the file (`object_rules`).
    """
    if not isinstance(action, pikepdf.Dictionary):
        return False
    return str(get(action, "/S")) not in _HARMLESS_ACTIONS or get(action, "/Next") is not None
