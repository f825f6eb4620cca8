"""Whatever is done to a value inside a seal or CMS, it no longer passes, or says what it said.

Some parts of a container are under nobody's signature, and anybody may take them away or write
them in another way that is also right: docs/verifying.md lists them. All others are bound.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keystore import der_length
from keystore.errors import MalformedAsn1
from keystore.tlv import OCTET_STRING, SEQUENCE, Tlv, encoded
from tests.attacks.how_often import tried
from tests.attacks.test_any_change import WHOLE
from tests.fuzz.bound import says_what_it_said
from tests.fuzz.targets import TARGETS
from tests.vectors.der_editing import (
    Change,
    Path,
    doubled,
    dropped,
    emptied,
    high_tag,
    indefinite,
    long_length,
    longer_integer,
    trailed,
)
from tests.vectors.judging import judged, verdict_of
from verify import Indication, SignatureReport, TimeSource

_CONTENTS = re.compile(rb"/Contents <([0-9a-f]+)>")
_BIT_STRING = 0x03
_CONSTRUCTED = 0x20
_OTHER_CLASSES = (0x40, 0x80, 0xC0)
_LONG = 400
"""Bytes of the longest node that is put in another's place."""


def inside(der: bytes) -> tuple[bytes, list[bytes]]:
    """What stands in a value before its parts, and the parts: of a string that wraps DER too."""
    one = Tlv.from_der(der)
    try:
        if one.tag & _CONSTRUCTED:
            return b"", [part.der for part in one.children()]
        skip = {_BIT_STRING: 1, OCTET_STRING: 0}[one.tag]
        Tlv.from_der(one.body[skip:]).expect(SEQUENCE, "what is wrapped").children()
    except (MalformedAsn1, KeyError):
        return b"", []
    return one.body[:skip], [one.body[skip:]]


def nodes(der: bytes, path: Path = ()) -> Iterator[tuple[Path, bytes]]:
    yield path, der
    for at, part in enumerate(inside(der)[1]):
        yield from nodes(part, (*path, at))


def changed(der: bytes, path: Path, change: Change) -> bytes:
    """Change the node at `path`; the lengths around it are put right."""
    if not path:
        return change(der)
    before, parts = inside(der)
    parts[path[0]] = changed(parts[path[0]], path[1:], change)
    return encoded(der[0], before, *parts)


def in_class(other: int) -> Change:
    return lambda der: bytes((der[0] ^ other,)) + der[1:]


def swapped(at: int, other: int) -> Change:
    def change(der: bytes) -> bytes:
        before, parts = inside(der)
        parts[at], parts[other] = parts[other], parts[at]
        return encoded(der[0], before, *parts)

    return change


SIMPLE = (dropped, doubled, emptied, trailed, long_length, indefinite, high_tag, longer_integer)
CHANGES: tuple[Change, ...] = (
    *SIMPLE,
    *map(in_class, (*_OTHER_CLASSES, _CONSTRUCTED, 1, 2)),
)


@st.composite
def mutations(draw: Callable, der: bytes) -> bytes:
    """Another value than `der`, one of whose nodes was changed, moved, or put elsewhere."""
    known = list(nodes(der))
    path, node = draw(st.sampled_from(known))
    siblings = len(inside(node)[1])
    kinds = ["change", "append", "replace"] + ["swap"] * (siblings > 1)
    kind = draw(st.sampled_from(kinds))
    if kind == "change":
        change = draw(st.sampled_from(CHANGES))
    elif kind == "append":
        more = draw(st.binary(min_size=1, max_size=8))
        change = lambda one: one + more  # noqa: E731
    elif kind == "replace":
        other = draw(st.sampled_from([one for _, one in known if len(one) <= _LONG]))
        change = lambda _: other  # noqa: E731
    else:
        change = swapped(*draw(st.permutations(range(siblings)))[:2])
    made = changed(der, path, change)
    assume(made != der)
    return made


@cache
def containers(label: str) -> tuple[tuple[int, int, bytes], ...]:
    """Where the digits of each value stand, and the value without its padding."""
    data = judged(label).data
    found = []
    for one in _CONTENTS.finditer(data):
        value = bytes.fromhex(one[1].decode())
        found.append((*one.span(1), value[: der_length(value)]))
    return tuple(found)


def time_is_no_other(before: SignatureReport, after: SignatureReport) -> bool:
    """Without its time-stamp, a signature only claims its time."""
    if after.signed_at_source is TimeSource.CLAIMED:
        return True
    return (before.signed_at, before.signed_at_source) == (after.signed_at, after.signed_at_source)


def require_refused_or_bound(label: str, which: int, made: bytes) -> None:
    start, end, der = containers(label)[which]
    digits = made.hex().encode()
    assume(len(digits) <= end - start)
    one = judged(label)
    data = one.data[:start] + digits.ljust(end - start, b"0") + one.data[end:]
    verdict, report = verdict_of(one.case, data)
    if report is None or verdict.indication != Indication.TOTAL_PASSED:
        return
    assert len(containers(label)) == which + 1, "a signature over this one still passes"
    assert says_what_it_said(der, made)
    assert all(map(time_is_no_other, one.report.signatures, report.signatures))


@tried(600)
@given(label=st.sampled_from(WHOLE), data=st.data())
def test_a_container_that_passes_says_what_it_said(label: str, data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(containers(label)) - 1))
    made = data.draw(mutations(containers(label)[which][2]))
    require_refused_or_bound(label, which, made)


READERS = ("tlv", "seal", "seal_signature", "cms", "certificate", "revocation_list", "ocsp")
SEEDS = {
    name: tuple(TARGETS[name].seeds()) for name in (*READERS, "token", "container", "contents")
}


@pytest.mark.parametrize("name", SEEDS)
@tried(60)
@given(data=st.data())
def test_a_changed_value_raises_only_our_errors(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(SEEDS[name]))
    TARGETS[name](data.draw(mutations(seed)))
