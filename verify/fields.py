"""Finds the signature fields of a file: the form's tree and every widget on a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

from verify.errors import PdfTooLarge
from verify.limits import Limits
from verify.page_tree import Page, Widget, ancestors, get, rect_of

__all__ = ["SignatureField", "signature_fields"]

_TREE_DEPTH = 32  # levels of form fields; the names would be 32 parts long
_NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class SignatureField:
    """A field of type /Sig; `line` is the field and what it inherits from, nearest first."""

    name: str | None
    line: tuple[pikepdf.Object, ...] = field(repr=False)
    widgets: tuple[Widget, ...] = field(repr=False)
    is_in_form: bool

    @property
    def value(self) -> pikepdf.Object | None:
        """The field's /V as qpdf reads it; a null one is none."""
        return next((v for v in (get(one, "/V") for one in self.line) if v is not None), None)


@dataclass(frozen=True, slots=True)
class _Node:
    line: tuple[pikepdf.Object, ...]
    name: str | None
    type: object

    @property
    def dictionary(self) -> pikepdf.Object:
        return self.line[0]


def signature_fields(
    catalog: pikepdf.Object | None, pages: tuple[Page, ...], limits: Limits
) -> tuple[SignatureField, ...]:
    """Return every signature field, empty ones included; raise `PdfTooLarge`."""
    widgets = _widgets(pages, limits)
    found = []
    seen: set[tuple[int, int]] = set()
    for node in _form_nodes(catalog, limits, seen):
        kids = _kids(node.dictionary)
        if node.type == "/Sig" and not any(get(kid, "/T") is not None for kid in kids):
            mine = [widgets.get(_identity(one)) for one in (node.dictionary, *kids)]
            shown = tuple(widget for widget in mine if widget is not None)
            found.append(SignatureField(node.name, node.line, shown, is_in_form=True))
    found.extend(_strays(widgets, seen))
    return tuple(found)


def _form_nodes(
    catalog: pikepdf.Object | None, limits: Limits, seen: set[tuple[int, int]]
) -> Iterator[_Node]:
    form = get(catalog, "/AcroForm")
    pending = [_Node((one,), _name(one), get(one, "/FT")) for one in _array(form, "/Fields")]
    pending.reverse()
    visits = limits.form_fields
    while pending:
        node = pending.pop()
        visits -= 1
        if visits < 0:
            raise PdfTooLarge(f"more than {limits.form_fields} form fields")
        identity = _identity(node.dictionary)
        if identity in seen:
            continue
        if identity != (0, 0):
            seen.add(identity)
        yield node
        if len(node.line) < _TREE_DEPTH:
            pending.extend(reversed([_below(node, kid) for kid in _kids(node.dictionary)]))


def _below(node: _Node, kid: pikepdf.Object) -> _Node:
    own = _name(kid)
    name = node.name if own is None else own if node.name is None else f"{node.name}.{own}"
    short = None if name is None else name[:_NAME_MAX]
    return _Node((kid, *node.line), short, get(kid, "/FT") or node.type)


def _strays(
    widgets: dict[tuple[int, int], Widget], seen: set[tuple[int, int]]
) -> Iterator[SignatureField]:
    """Yield signature widgets that no form lists: a reader may show them all the same."""
    for identity, widget in widgets.items():
        if identity in seen:
            continue
        line = tuple(ancestors(widget.dictionary))
        kind = next((t for t in (get(one, "/FT") for one in line) if t is not None), None)
        if kind == "/Sig":
            name = next((n for n in map(_name, line) if n is not None), None)
            yield SignatureField(name, line, (widget,), is_in_form=False)


def _widgets(pages: tuple[Page, ...], limits: Limits) -> dict[tuple[int, int], Widget]:
    """Return the widgets by object number; one given directly gets a negative number."""
    found: dict[tuple[int, int], Widget] = {}
    budget = limits.objects
    for page in pages:
        for annotation in _array(page.dictionary, "/Annots"):
            budget -= 1
            if budget < 0:
                raise PdfTooLarge("the pages list too many annotations")
            if get(annotation, "/Subtype") == "/Widget":
                identity = _identity(annotation)
                key = identity if identity != (0, 0) else (-1 - len(found), 0)
                found.setdefault(key, Widget(annotation, page.index, rect_of(annotation)))
    return found


def _array(holder: pikepdf.Object | None, key: str) -> list[pikepdf.Object]:
    value = get(holder, key)
    return list(value) if isinstance(value, pikepdf.Array) else []


def _kids(dictionary: pikepdf.Object) -> list[pikepdf.Object]:
    return [kid for kid in _array(dictionary, "/Kids") if isinstance(kid, pikepdf.Dictionary)]


def _identity(dictionary: pikepdf.Object) -> tuple[int, int]:
    number, generation = dictionary.objgen if isinstance(dictionary, pikepdf.Object) else (0, 0)
    return number, generation


def _name(dictionary: pikepdf.Object) -> str | None:
    value = get(dictionary, "/T")
    return str(value)[:_NAME_MAX] if isinstance(value, pikepdf.String) else None
