"""Form fields: what each says (/V) is what its widget shows, from the beginning.

Some readers draw the value, others the appearance stream that stands beside it: a signed form in
which the two differ says one thing here and another there (ISO 32000-1, 12.7.3.3).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import pikepdf

from verify.codes import Code
from verify.drawings import Unclear
from verify.field_looks import Look, look_of
from verify.object_search import ObjectSearch
from verify.page_tree import Page, Widget, get, inherited, is_visible, rect_of

__all__ = ["FormValues"]

Fault = tuple[Code, str]

_LOOKS_MAX = 200  # some 3 ms each
_COMB, _PASSWORD, _COMBO = 1 << 24, 1 << 13, 1 << 17  # bits of /Ff (ISO 32000-1, 12.7.4)
_PUSH = 1 << 16
_OFF = "/Off"
_UNSEEN = frozenset(map(ord, "\x02\xad\u200b\ufeff"))  # what readers put in where lines break


@dataclass(frozen=True, slots=True)
class _Shown:
    """One widget of a field that holds a value, with what it inherits."""

    widget: Widget
    size: tuple[float, float]
    kind: str
    value: pikepdf.Object | None
    flags: int
    room: Iterator[int]
    """Ends when as many appearances were drawn as one file may have drawn."""

    @property
    def look(self) -> pikepdf.Object | None:
        """The normal appearance: a stream, or a dictionary of one stream for each state."""
        return get(get(self.widget.dictionary, "/AP"), "/N")

    def drawn(self, form: pikepdf.Object | None) -> Look:
        """Return how a form looks in this widget; raise `Unclear`."""
        if next(self.room, None) is None:
            raise Unclear("there are more fields than are compared")
        return look_of(form, *self.size)


@dataclass(eq=False)
class FormValues:
    """The fields of a file, looked at once for all of its signatures, when first asked for."""

    pages: tuple[Page, ...] = field(repr=False)
    search: ObjectSearch = field(repr=False)

    @cached_property
    def fault(self) -> Fault | None:
        """What shows something else than it says, or may; None as well without such fields."""
        if not self.search.has_form_fields:
            return None
        room = iter(range(_LOOKS_MAX))
        faults = [found for one in _shown(self.pages, room) if (found := _fault(one)) is not None]
        return min(faults, key=lambda fault: fault[0] is Code.FIELD_UNCLEAR, default=None)


def _shown(pages: tuple[Page, ...], room: Iterator[int]) -> Iterator[_Shown]:
    for page in pages:
        annotations = get(page.dictionary, "/Annots")
        for one in annotations if isinstance(annotations, pikepdf.Array) else ():
            widget = Widget(one, page.index, rect_of(one))
            kind = str(inherited(one, "/FT"))
            if kind in _JUDGES and widget.rect is not None and is_visible(widget):
                flags = inherited(one, "/Ff")
                left, bottom, right, top = widget.rect
                size = right - left, top - bottom
                bits = flags if isinstance(flags, int) else 0
                yield _Shown(widget, size, kind, inherited(one, "/V"), bits, room)


def _fault(one: _Shown) -> Fault | None:
    try:
        return _JUDGES[one.kind](one)
    except Unclear as error:
        return Code.FIELD_UNCLEAR, str(error)


def _of_text(one: _Shown) -> Fault | None:
    if one.flags & _PASSWORD or get(one.widget.dictionary, "/RV") is not None:
        raise Unclear("a field's value is shown as stars, or with letters of several kinds")
    return _compared(one, _words(one.value))


def _of_choice(one: _Shown) -> Fault | None:
    if one.value is not None and not one.flags & _COMBO:
        raise Unclear("which lines of a list are chosen is seen by their colour alone")
    said = _words(one.value)
    options = inherited(one.widget.dictionary, "/Opt")
    for pair in options if isinstance(options, pikepdf.Array) else ():
        if isinstance(pair, pikepdf.Array) and len(pair) > 1 and _words(pair[0]) == said:
            return _compared(one, _words(pair[1]))
    return _compared(one, said)


def _compared(one: _Shown, said: str) -> Fault | None:
    """Compare with what the widget shows; a field without value or look shows nothing."""
    if one.look is None and not said:
        return None
    states = one.look
    if isinstance(states, pikepdf.Dictionary):
        states = get(states, str(get(one.widget.dictionary, "/AS")))
    look = one.drawn(states)
    shown = _plain(look.text)
    if shown and shown != _plain(said):
        return Code.FIELD_SHOWS_OTHER, "a field's value is another than what its widget shows"
    is_plain = look.is_plain or (look.is_comb and one.flags & _COMB)
    if shown != _plain(said) or not look.is_legible or not is_plain:
        raise Unclear("a field shows something that is not, or not only, letters to be read")
    return None


def _of_button(one: _Shown) -> Fault | None:
    if one.flags & _PUSH:
        return _of_push_button(one)
    states = one.look
    said = _OFF if one.value is None else str(one.value)
    if not isinstance(states, pikepdf.Dictionary):
        if said == _OFF and states is None:
            return None
        raise Unclear("a button has no look for each of its states")
    chosen = said if said in states else _OFF
    state = get(one.widget.dictionary, "/AS")
    if (_OFF if state is None or str(state) not in states else str(state)) != chosen:
        return Code.FIELD_SHOWS_OTHER, "a button is marked on the page and not in the form"
    return _of_marks(one, states)


def _of_marks(one: _Shown, states: pikepdf.Object) -> Fault | None:
    """A button that is on must look marked beside one that is off."""
    off = get(states, _OFF)
    blank = 0 if off is None else one.drawn(off).darkness
    marked = [one.drawn(get(states, key)).darkness for key in states.keys() if key != _OFF]
    if any(one <= blank for one in marked):
        raise Unclear("a button does not look marked when it is")
    return None


def _of_push_button(one: _Shown) -> Fault | None:
    caption = get(get(one.widget.dictionary, "/MK"), "/CA")
    if caption is None or one.look is None:
        return None
    shown = _plain(one.drawn(one.look).text)
    if shown and shown != _plain(_words(caption)):
        return Code.FIELD_SHOWS_OTHER, "a button's caption is another than what it shows"
    return None


_JUDGES = {"/Tx": _of_text, "/Ch": _of_choice, "/Btn": _of_button}


def _words(value: pikepdf.Object | None) -> str:
    """Return a text value; raise `Unclear` for one that is none, such as a stream."""
    if value is None:
        return ""
    if not isinstance(value, pikepdf.String):
        raise Unclear("a field's value is no text")
    return str(value)


def _plain(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text).translate(dict.fromkeys(_UNSEEN))
    return "".join(kept.split())
