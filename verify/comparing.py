"""Lists what was changed since a file was signed, page by page and beside the pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from verify.appended import NotUpkeep, review_appended
from verify.differing import Comparison, TooMuchToCompare
from verify.later import ChangeKind, LaterChange, PagePair
from verify.plain import Plain, plain
from verify.revisions import Structure
from verify.tokens import Name, Reference
from verify.two_states import State, TwoStates
from verify.upload import ReadablePdf

__all__ = ["changes_since"]

_Dict = dict[object, Plain]
_TREE_DEPTH = 64
_INHERITED = (b"Resources", b"MediaBox", b"CropBox", b"Rotate")
_OF_CATALOG = (
    (ChangeKind.ACTION, (b"OpenAction", b"AA")),
    (ChangeKind.LAYERS, (b"OCProperties",)),
    (ChangeKind.METADATA, (b"Metadata",)),
    (ChangeKind.ATTACHMENT, (b"AF", b"Collection")),
)
_OF_NAMES = ((ChangeKind.JAVASCRIPT, b"JavaScript"), (ChangeKind.ATTACHMENT, b"EmbeddedFiles"))
_OF_FORM = frozenset({b"Fields", b"SigFlags", b"XFA"})
_OF_PAGE = (
    (ChangeKind.PAGE_SHAPE, (b"MediaBox", b"CropBox", b"Rotate", b"UserUnit")),
    (ChangeKind.ACTION, (b"AA",)),
    (ChangeKind.PAGE_CONTENT, (b"Contents", b"Group")),
    (ChangeKind.ATTACHMENT, (b"AF",)),
)
_SIGNATURE, _LINK = Name(b"Sig"), Name(b"Link")
_BY_SUBTYPE: dict[bytes, ChangeKind] = {
    Name(b"FileAttachment"): ChangeKind.ATTACHMENT,
    Name(b"RichMedia"): ChangeKind.ACTION,
    Name(b"Screen"): ChangeKind.ACTION,
}


def changes_since(
    readable: ReadablePdf, then: Structure
) -> tuple[tuple[LaterChange, ...], tuple[PagePair, ...]]:
    """Return the changes and the pages they are on; bounded, so a long list may be cut off."""
    now = readable.structure
    if now is None:
        return (), ()
    states = TwoStates(State(readable, then), State(readable, now))
    walk = _Walk(Comparison(states, readable.limits.comparison_steps), readable.limits.pages)
    found: dict[LaterChange, None] = {}
    try:
        for one in islice(walk.changes(), readable.limits.changes_listed):
            found[one] = None
    except TooMuchToCompare:
        found[LaterChange(ChangeKind.OTHER, None)] = None
    if _is_hidden(readable, then):
        found[LaterChange(ChangeKind.HIDDEN_OBJECTS, None)] = None
    changes = tuple(found) or (LaterChange(ChangeKind.OTHER, None),)
    return changes, tuple(dict.fromkeys(walk.pairs))


def _is_hidden(readable: ReadablePdf, then: Structure) -> bool:
    try:
        review_appended(readable, then)
    except NotUpkeep:
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    index: int
    entries: _Dict


class _Walk:
    """Goes through both states once; `pairs` are the pages on which something was found."""

    def __init__(self, both: Comparison, pages: int) -> None:
        self._both = both
        self._most_pages = pages
        self.pairs: list[PagePair] = []
        self._on_pages: set[Reference] = set()

    def changes(self) -> Iterator[LaterChange]:
        both, states = self._both, self._both.states
        before, after = states.then.structure.trailer, states.now.structure.trailer
        old = _entries(both.then(before.get(b"Root")))
        new = _entries(both.now(after.get(b"Root")))
        yield from self._pages(old, new)
        yield from self._catalog(old, new)
        if self._info(before.get(b"Info"), after.get(b"Info")):
            yield LaterChange(ChangeKind.PROPERTIES, None)

    def _info(self, then: object, now: object) -> bool:
        kept = [_entries(self._both.then(plain(then))), _entries(self._both.now(plain(now)))]
        for one in kept:
            for key in (b"ModDate", b"Producer"):
                one.pop(key, None)
        return kept[0] != kept[1]

    def _catalog(self, old: _Dict, new: _Dict) -> Iterator[LaterChange]:
        both = self._both
        for kind, keys in _OF_CATALOG:
            if any(both.differ(old.get(key), new.get(key)) for key in keys):
                yield LaterChange(kind, None)
        names = _entries(both.then(old.get(b"Names"))), _entries(both.now(new.get(b"Names")))
        for kind, key in _OF_NAMES:
            if both.differ(names[0].get(key), names[1].get(key)):
                yield LaterChange(kind, None)
        yield from self._form(
            _entries(both.then(old.get(b"AcroForm"))), _entries(both.now(new.get(b"AcroForm")))
        )

    def _form(self, old: _Dict, new: _Dict) -> Iterator[LaterChange]:
        both = self._both
        if both.differ(old.get(b"XFA"), new.get(b"XFA")):
            yield LaterChange(ChangeKind.XFA, None)
        if any(both.differ(old.get(k), new.get(k)) for k in (old.keys() | new.keys()) - _OF_FORM):
            yield LaterChange(ChangeKind.FORM, None)
        fields = _items(both.then(old.get(b"Fields"))), _items(both.now(new.get(b"Fields")))
        for gone in [one for one in fields[0] if one not in fields[1]]:
            is_signature = _entries(both.then(gone)).get(b"FT") == _SIGNATURE
            yield LaterChange(
                ChangeKind.SIGNATURE_REMOVED if is_signature else ChangeKind.FORM, None
            )
        for one in [one for one in fields[1] if one not in self._on_pages]:
            if one in fields[0]:
                yield from self._field(_entries(both.then(one)), _entries(both.now(one)), None)
            else:
                yield LaterChange(_kind_of(_entries(both.now(one)), ChangeKind.FORM), None)

    def _field(self, old: _Dict, new: _Dict, page: int | None) -> Iterator[LaterChange]:
        both = self._both
        if both.differ(old.get(b"V"), new.get(b"V")):
            is_signature = old.get(b"FT") == _SIGNATURE
            was_empty = is_signature and b"V" not in old
            kind = ChangeKind.SIGNATURE_REMOVED if is_signature else ChangeKind.FORM_VALUE
            yield LaterChange(ChangeKind.SIGNATURE_ADDED if was_empty else kind, page)
        if any(both.differ(old.get(key), new.get(key)) for key in (b"AP", b"MK", b"Rect", b"F")):
            yield LaterChange(ChangeKind.FORM_APPEARANCE, page)
        if any(both.differ(old.get(key), new.get(key)) for key in (b"A", b"AA")):
            yield LaterChange(ChangeKind.ACTION, page)

    def _pages(self, old: _Dict, new: _Dict) -> Iterator[LaterChange]:
        both = self._both
        was = {one.number: one for one in self._leaves(both.states.then, old.get(b"Pages"))}
        today = {one.number: one for one in self._leaves(both.states.now, new.get(b"Pages"))}
        for page in was.values():
            if page.number not in today:
                self.pairs.append(PagePair(page.index, None))
                yield LaterChange(ChangeKind.PAGE_REMOVED, page.index)
        for page in today.values():
            if page.number not in was:
                self.pairs.append(PagePair(None, page.index))
                yield LaterChange(ChangeKind.PAGE_ADDED, page.index)
        common = [number for number in was if number in today]
        if common != [number for number in today if number in was]:
            yield LaterChange(ChangeKind.PAGES_REORDERED, None)
        for number in common:
            for change in self._page(was[number], today[number]):
                self.pairs.append(PagePair(was[number].index, today[number].index))
                yield change

    def _page(self, old: _Page, new: _Page) -> Iterator[LaterChange]:
        both = self._both
        for kind, keys in _OF_PAGE:
            if any(both.differ(old.entries.get(key), new.entries.get(key)) for key in keys):
                yield LaterChange(kind, new.index)
        resources = (
            _entries(both.then(old.entries.get(b"Resources"))),
            _entries(both.now(new.entries.get(b"Resources"))),
        )
        for key in resources[0].keys() | resources[1].keys():
            if both.differ(resources[0].get(key), resources[1].get(key)):
                kind = ChangeKind.FONT if key == b"Font" else ChangeKind.PAGE_CONTENT
                yield LaterChange(kind, new.index)
        yield from self._annotations(old, new)

    def _annotations(self, old: _Page, new: _Page) -> Iterator[LaterChange]:
        both = self._both
        was = _items(both.then(old.entries.get(b"Annots")))
        today = _items(both.now(new.entries.get(b"Annots")))
        self._on_pages.update(one for one in today if isinstance(one, Reference))
        for one in [one for one in was if one not in today]:
            is_signature = _entries(both.then(one)).get(b"FT") == _SIGNATURE
            gone = ChangeKind.SIGNATURE_REMOVED if is_signature else ChangeKind.ANNOTATION
            yield LaterChange(gone, new.index)
        for one in [one for one in today if one not in was]:
            kind = _kind_of(_entries(both.now(one)), ChangeKind.ANNOTATION)
            yield LaterChange(kind, new.index)
        for one in [one for one in was if one in today and both.differ(one, one)]:
            before, after = _entries(both.then(one)), _entries(both.now(one))
            if before.get(b"Subtype") == Name(b"Widget"):
                yield from self._field(before, after, new.index)
            else:
                yield LaterChange(_kind_of(after, ChangeKind.ANNOTATION), new.index)

    def _leaves(self, state: State, tree: Plain) -> Iterator[_Page]:
        """Yield the pages in order, each with what it inherits; one met again is left out."""
        follow = self._both.then if state is self._both.states.then else self._both.now
        pending: list[tuple[Plain, _Dict, int]] = [(tree, {}, 0)]
        seen: set[int] = set()
        index = 0
        while pending and index < self._most_pages:
            node, inherited, depth = pending.pop()
            if not isinstance(node, Reference) or node.number in seen or depth > _TREE_DEPTH:
                continue
            seen.add(node.number)
            entries: _Dict = {**inherited, **_entries(follow(node))}
            kids = entries.pop(b"Kids", None)
            if kids is None:
                yield _Page(node.number, index, entries)
                index += 1
            passed: _Dict = {key: entries[key] for key in _INHERITED if key in entries}
            pending.extend((kid, passed, depth + 1) for kid in reversed(_items(follow(kids))))


def _kind_of(annotation: _Dict, otherwise: ChangeKind) -> ChangeKind:
    if annotation.get(b"FT") == _SIGNATURE and b"V" in annotation:
        return ChangeKind.SIGNATURE_ADDED
    if annotation.get(b"Subtype") == _LINK and b"A" in annotation:
        return ChangeKind.ACTION
    subtype = annotation.get(b"Subtype")
    return _BY_SUBTYPE.get(subtype, otherwise) if isinstance(subtype, bytes) else otherwise


def _entries(value: Plain) -> _Dict:
    return dict(value) if isinstance(value, dict) else {}


def _items(value: Plain) -> tuple[Plain, ...]:
    return value if isinstance(value, tuple) else ()
