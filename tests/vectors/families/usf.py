"""Universal signature forgery: a signature that is there in name, with nothing to check."""

from collections.abc import Callable

from tests.fakes.signature_values import Cms
from tests.fakes.signed_documents import sign
from tests.vectors.cases import FORMAT, Case, Family
from tests.vectors.starting_points import base, cms_field, with_field

Numbers = Callable[[int, int, int], bytes]

RANGES: tuple[tuple[str, str, Numbers], ...] = (
    ("range-null", "ByteRange is null: nothing would be digested", lambda a, b, c: b"null"),
    ("range-empty", "ByteRange is an empty array", lambda a, b, c: b"[]"),
    ("range-string", "ByteRange is a string", lambda a, b, c: b"(0 %d)" % a),
    ("range-reference", "ByteRange is a reference to nothing", lambda a, b, c: b"5 0 R"),
    ("range-partly-reference", "One number is a reference", lambda a, b, c: b"[5 0 R %d %d %d]" % (a, b, c)),
    ("range-nested", "ByteRange is an array in an array", lambda a, b, c: b"[[0 %d %d %d]]" % (a, b, c)),
    ("range-two-numbers", "ByteRange has one part only", lambda a, b, c: b"[0 %d]" % (a + b + c)),
    ("range-three-numbers", "ByteRange lacks its last length", lambda a, b, c: b"[0 %d %d]" % (a, b)),
    ("range-five-numbers", "ByteRange has a number too many", lambda a, b, c: b"[0 %d %d %d 0]" % (a, b, c)),
    ("range-six-numbers", "ByteRange has three parts", lambda a, b, c: b"[0 9 9 %d %d %d]" % (a - 9, b, c)),
    ("range-negative", "The last length is negative", lambda a, b, c: b"[0 %d %d -%d]" % (a, b, c)),
    ("range-negative-start", "The range begins before the file", lambda a, b, c: b"[-1 %d %d %d]" % (a, b, c)),
    ("range-all-zero", "Every number is zero: the digest of nothing", lambda a, b, c: b"[0 0 0 0]"),
    ("range-names", "Names in place of numbers", lambda a, b, c: b"[/0 /%d /%d /%d]" % (a, b, c)),
    ("range-real", "A real number where an integer belongs", lambda a, b, c: b"[0. %d %d %d]" % (a, b, c)),
    ("range-huge", "A length beyond the file", lambda a, b, c: b"[0 %d %d 99999999999]" % (a, b)),
    ("range-wraps", "A length of 2^32 for readers that count in 32 bits", lambda a, b, c: b"[0 %d %d 4294967296]" % (a, b)),
)  # fmt: skip

CONTENTS: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("contents-no-digits", "Contents holds white space only", lambda d: b"<" + b" " * len(d) + b">"),
    ("contents-zeros", "Contents holds zeros only", lambda d: b"<" + b"0" * len(d) + b">"),
    ("contents-null", "Contents is null", lambda d: b"null".ljust(len(d) + 2)),
    ("contents-empty", "Contents is an empty string", lambda d: b"<>".ljust(len(d) + 2)),
    ("contents-literal", "Contents is a literal string of escapes", lambda d: b"(" + b"\\000" * (len(d) // 4) + b")"),
    ("contents-name", "Contents is a name", lambda d: b"/Signed".ljust(len(d) + 2)),
    ("contents-number", "Contents is a number", lambda d: b"0".ljust(len(d) + 2)),
    ("contents-array", "Contents is an array around the value", lambda d: b"[<" + d[:-2] + b">]"),
    ("contents-one-byte", "Contents is a single byte", lambda d: b"<30>".ljust(len(d) + 2)),
)  # fmt: skip


def _cms(**changes: object) -> bytes:
    return sign(base(), cms_field(Cms(), **changes)).data


FAMILY = Family(
    "usf",
    "Universal signature forgery: what would be checked is missing or unusable",
    (
        *(
            Case(id, why, lambda numbers=numbers: with_field(byte_range=numbers), FORMAT)
            for id, why, numbers in RANGES
        ),
        *(
            Case(id, why, lambda token=token: with_field(contents=token), FORMAT)
            for id, why, token in CONTENTS
        ),
        *(
            Case(f"cms-{id}", f"{why}, in CMS", lambda token=token: _cms(contents=token), FORMAT)
            for id, why, token in CONTENTS[:4]
        ),
        *(
            Case(
                f"cms-{id}",
                f"{why}, in CMS",
                lambda numbers=numbers: _cms(byte_range=numbers),
                FORMAT,
            )
            for id, why, numbers in (RANGES[0], RANGES[1], RANGES[12])
        ),
    ),
)
