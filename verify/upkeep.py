"""Says whether what follows a signed revision is signature upkeep and nothing else.

Allowed are another signature with its own new field, evidence in the DSS, and the catalog, form
and page entries that these need. Every object of the signed revision that a later one touches must
be one of these, changed in nothing else; new objects matter only where something old points to.
"""

from verify.appended import NotUpkeep, review_appended
from verify.plain import Plain, references
from verify.revisions import Structure
from verify.tokens import MalformedObject, Name, Reference
from verify.two_states import STREAM, State, TwoStates
from verify.upload import ReadablePdf
from verify.xmp import same_but_dates

__all__ = ["NotUpkeep", "review_upkeep"]

_OF_CATALOG = frozenset({b"AcroForm", b"DSS", b"Extensions", b"Perms", b"Version"})
_OF_FORM = frozenset({b"Fields", b"SigFlags"})
_OF_PAGE = frozenset({b"Annots"})
_OF_EMPTY_FIELD = frozenset({b"V", b"AP", b"F", b"M"})
_OF_INFO = frozenset({b"ModDate", b"Producer"})
_OF_TRAILER = frozenset(
    {b"Prev", b"Size", b"XRefStm", b"Info", b"ID", b"Type", b"W", b"Index", b"Length"}
    | {b"Filter", b"DecodeParms"}
)
_STORES = (b"Certs", b"CRLs", b"OCSPs", b"VRI")
_REACHABLE_MAX = 20_000  # objects followed to prove that a store is nothing else as well
_TREE_DEPTH = 64
_CORNERS = 4
_WIDGET_MAX_PT = 80 / 25.4 * 72  # 80 mm: no official seal is larger than 60 mm

_Object = dict[object, Plain]


def review_upkeep(readable: ReadablePdf, then: Structure) -> None:
    """Raise `NotUpkeep` unless everything after `then` is signature upkeep; judged once."""
    if then.end not in readable.faults:
        try:
            _review(readable, then)
            readable.faults[then.end] = None
        except NotUpkeep as error:
            readable.faults[then.end] = str(error)
    fault = readable.faults[then.end]
    if fault is not None:
        raise NotUpkeep(fault)


def _review(readable: ReadablePdf, then: Structure) -> None:
    now = readable.structure
    review_appended(readable, then)
    if now is None:  # pragma: no cover - the review above has refused it
        raise NotUpkeep("the file has no structure")
    states = TwoStates(State(readable, then), State(readable, now))
    try:
        strange = sorted(states.touched() - _explained(states))
    except MalformedObject as error:
        raise NotUpkeep(f"a changed object cannot be read: {error}") from error
    if strange:
        raise NotUpkeep(f"a later revision changes object {strange[0]}, which is no upkeep")


def _explained(states: TwoStates) -> set[int]:
    """Return the objects that upkeep may touch, each one checked for what it touches."""
    before, after = states.then.structure.trailer, states.now.structure.trailer
    root = before.get(b"Root")
    if not isinstance(root, Reference) or after.get(b"Root") != root:
        raise NotUpkeep("a later revision has another catalog")
    then, now = _object(states.then, root), _object(states.now, root)
    _require_same(then, now, _OF_CATALOG, "the catalog")
    explained = {root.number} | _form(states, then, now) | _store(states, then)
    explained |= _info(states, before.get(b"Info"), after.get(b"Info"))
    explained |= _metadata(states, then.get(b"Metadata"))
    for number in _pages(states.then, then.get(b"Pages")):
        explained |= _page(states, number)
    return explained


def _object(state: State, value: Plain) -> _Object:
    found = state.follow(value)
    if not isinstance(found, dict) or STREAM in found:
        raise NotUpkeep("an object that must be a dictionary is none")
    return found


def _array(state: State, value: Plain) -> tuple[Plain, ...]:
    found = () if value is None else state.follow(value)
    if not isinstance(found, tuple):
        raise NotUpkeep("an object that must be an array is none")
    return found


def _require_same(then: _Object, now: _Object, but: frozenset[bytes], what: str) -> None:
    if any(then.get(key) != now.get(key) for key in (then.keys() | now.keys()) - but):
        raise NotUpkeep(f"a later revision changes {what}")


def _numbers(*values: Plain) -> set[int]:
    """Return the numbers of those values that are references themselves."""
    return {value.number for value in values if isinstance(value, Reference)}


def _form(states: TwoStates, then: _Object, now: _Object) -> set[int]:
    """Check the form: fields are only added at the end, empty ones only signed."""
    old = _object(states.then, then.get(b"AcroForm", {}))
    new = _object(states.now, now.get(b"AcroForm", {}))
    _require_same(old, new, _OF_FORM, "the form")
    fields = _array(states.then, old.get(b"Fields"))
    _require_appended(states, fields, _array(states.now, new.get(b"Fields")), "the form")
    signed = {number for number in references(fields) if _is_signed_later(states, number)}
    return _numbers(then.get(b"AcroForm"), old.get(b"Fields")) | signed


def _require_appended(
    states: TwoStates, old: tuple[Plain, ...], new: tuple[Plain, ...], what: str
) -> None:
    if new[: len(old)] != old:
        raise NotUpkeep(f"a later revision takes something out of {what}")
    for added in new[len(old) :]:
        if not isinstance(added, Reference) or not states.is_new(added.number):
            raise NotUpkeep(f"a later revision adds something old to {what}")
        field = _object(states.now, added)
        if field.get(b"FT") != Name(b"Sig") or b"V" not in field or b"Kids" in field:
            raise NotUpkeep(f"a later revision adds something else than a signature to {what}")
        if b"Rect" in field and field.get(b"Subtype") != Name(b"Widget"):
            raise NotUpkeep("a later signature is shown by another annotation than a widget")
        _require_small(field)


def _require_small(field: _Object) -> None:
    """Refuse a signature that could cover what was sealed before it."""
    rect = field.get(b"Rect", (0, 0, 0, 0))
    if not isinstance(rect, tuple) or not all(isinstance(one, int | float) for one in rect):
        raise NotUpkeep("a later signature has no usable place on the page")
    left, bottom, right, top = map(float, rect) if len(rect) == _CORNERS else (0, 0, 1e9, 0)
    if max(abs(right - left), abs(top - bottom)) > _WIDGET_MAX_PT:
        raise NotUpkeep("a later signature covers a large part of the page")


def _is_signed_later(states: TwoStates, number: int) -> bool:
    """Say whether this was an empty signature field and is signed now."""
    reference = Reference(number, 0)
    if states.then.structure.places[number] == states.now.structure.places[number]:
        return False
    then, now = _object(states.then, reference), _object(states.now, reference)
    if then.get(b"FT") != Name(b"Sig") or b"V" in then:
        return False
    _require_same(then, now, _OF_EMPTY_FIELD, "a signature field")
    _require_small(now)
    return True


def _store(states: TwoStates, then: _Object) -> set[int]:
    """Return the objects of the evidence store, if they are nothing else besides."""
    if b"DSS" not in then:
        return set()
    store = _object(states.then, then[b"DSS"])
    numbers = _numbers(then[b"DSS"], *(store.get(key) for key in _STORES))
    if not numbers & states.touched():
        return set()
    others = {key: value for key, value in then.items() if key != b"DSS"}
    elsewhere = states.then.reachable(others, _REACHABLE_MAX)
    if elsewhere is None or numbers & elsewhere:
        raise NotUpkeep("the evidence store is used for something else as well")
    return numbers


def _info(states: TwoStates, then: object, now: object) -> set[int]:
    """Check the document's properties: only the date of change and the program's name differ."""
    if then is None and now is None:
        return set()
    old = {} if not isinstance(then, Reference) else _object(states.then, then)
    new = {} if not isinstance(now, Reference) else _object(states.now, now)
    _require_same(old, new, _OF_INFO, "the document's properties")
    return _numbers(then)


def _metadata(states: TwoStates, reference: Plain) -> set[int]:
    """Check the XMP packet: a licence's record stands in it, so only its dates may differ."""
    if not isinstance(reference, Reference) or reference.number not in states.touched():
        return set()
    if not same_but_dates(states.then.content(reference), states.now.content(reference)):
        raise NotUpkeep("a later revision changes the document's metadata")
    return {reference.number}


def _pages(state: State, tree: Plain) -> list[int]:
    """Return the numbers of the signed pages."""
    numbers: list[int] = []
    pending = [(number, 0) for number in references(tree)]
    while pending and len(numbers) <= state.readable.limits.pages:
        number, depth = pending.pop()
        node = state.follow(Reference(number, 0))
        if isinstance(node, dict) and b"Kids" not in node:
            numbers.append(number)
        elif isinstance(node, dict) and depth < _TREE_DEPTH:
            kids = references(_array(state, node[b"Kids"]))
            pending.extend((kid, depth + 1) for kid in kids)
    return numbers


def _page(states: TwoStates, number: int) -> set[int]:
    """Check one page: annotations are only added at the end, and only signatures' widgets."""
    reference = Reference(number, 0)
    then, now = _object(states.then, reference), _object(states.now, reference)
    _require_same(then, now, _OF_PAGE, "a page")
    old = _array(states.then, then.get(b"Annots"))
    _require_appended(states, old, _array(states.now, now.get(b"Annots")), "a page")
    return {number} | _numbers(then.get(b"Annots"))
