"""ByteRanges that lie about the gap or the end, each with a digest right for a lenient reader."""

from collections.abc import Callable

from tests.vectors.cases import FORMAT, Case, Family, Importance
from tests.vectors.starting_points import with_field

LIES: tuple[tuple[str, str, Callable[[int, int, int], bytes]], ...] = (
    ("starts-later", "The first nine bytes are left out", lambda a, b, c: b"[9 %d %d %d]" % (a - 9, b, c)),
    ("gap-begins-earlier", "A byte before Contents is left out", lambda a, b, c: b"[0 %d %d %d]" % (a - 1, b, c)),
    ("gap-ends-later", "A byte after Contents is left out", lambda a, b, c: b"[0 %d %d %d]" % (a, b + 1, c - 1)),
    ("gap-much-later", "Forty bytes after Contents are left out", lambda a, b, c: b"[0 %d %d %d]" % (a, b + 40, c - 40)),
    ("gap-inside-digits", "The angle brackets are signed, only digits left out", lambda a, b, c: b"[0 %d %d %d]" % (a + 1, b - 1, c + 1)),
    ("gap-inside-value", "Part of the value's own digits is signed", lambda a, b, c: b"[0 %d %d %d]" % (a, b - 100, c + 100)),
    ("overlapping", "The two parts overlap", lambda a, b, c: b"[0 %d %d %d]" % (b, a, c + b - a)),
    ("no-gap", "No gap at all", lambda a, b, c: b"[0 %d %d %d]" % (a, a, b - a + c)),
    ("ends-early", "The last seven bytes are not signed", lambda a, b, c: b"[0 %d %d %d]" % (a, b, c - 7)),
    ("ends-one-early", "The last byte is not signed", lambda a, b, c: b"[0 %d %d %d]" % (a, b, c - 1)),
    ("ends-late", "The range ends behind the file", lambda a, b, c: b"[0 %d %d %d]" % (a, b, c + 7)),
    ("second-part-empty", "Nothing after Contents is signed", lambda a, b, c: b"[0 %d %d 0]" % (a, b)),
    ("first-part-empty", "Nothing before Contents is signed", lambda a, b, c: b"[0 0 %d %d]" % (b, c)),
    ("parts-exchanged", "The parts stand in the wrong order", lambda a, b, c: b"[%d %d 0 %d]" % (b, c, a)),
    ("swallows-file", "The gap is the whole file", lambda a, b, c: b"[0 0 %d 0]" % (b + c)),
    ("minus-zero", "Zero is written -0, a length as a real", lambda a, b, c: b"[-0 %d %d %d.0]" % (a, b, c)),
    ("leading-zeros-hex", "A number is written as a hex string", lambda a, b, c: b"[<30> %d %d %d]" % (a, b, c)),
)  # fmt: skip

FAMILY = Family(
    "byte-ranges",
    "The ByteRange leaves out more, less or something else than its own Contents",
    tuple(
        Case(
            id,
            why,
            lambda lie=lie: with_field(byte_range=lie),
            FORMAT,
            Importance.LOW if id in {"minus-zero", "gap-inside-digits"} else Importance.HIGH,
        )
        for id, why, lie in LIES
    ),
)
