"""Judges every test vector and prints the score: python -m scripts.score_vectors [--write].

Ends with 1 when anything is accepted that must not be, or any verdict is another than expected.
"""

import argparse
import logging
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.judges.disagreements import EXPLAINED
from tests.vectors.cases import PASSED, REFUSED, Case
from tests.vectors.catalog import FAMILIES
from tests.vectors.judging import Judged, every_case, judged, verdict_of
from verify import Indication

__all__ = ["DOCUMENT", "Score", "document", "scores"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "vectors.md"
GOOD = "good"

_HEAD = """\
# Test vectors

Files made to be misjudged, and genuine ones that must pass, with the verdict each must get. \
The code that makes them is `tests/vectors/families`, one module a kind of attack; they come out \
the same byte for byte every time, for their keys, nonces and times follow from seeds. \
`tests/vectors/index.json` lists all of them with the SM3 of each file.

    python -m tests.vectors.make --out DIR      # writes the files and the index
    python -m scripts.score_vectors             # judges them all and prints the table below
    python -m scripts.score_vectors --write     # and writes this page
    python -m scripts.score_vectors --corpus D  # and judges every file under D, none of it good

A case is *failed* when the report says TOTAL_FAILED, *unsure* when it says INDETERMINATE, and \
*not read* when the upload itself is turned away. *Accepted* counts files that pass and must not; \
*unexpected* counts every verdict whose indication or sub-indication is not the one written down \
beside the case.

## Score

"""

_OTHERS = """
## Two more opinions

`tests/judges/test_differential.py` takes every signature out of every vector and asks OpenSSL's \
libcrypto and BouncyCastle four things of it: does the signature value hold, is the digest that of \
the signed bytes, does a path lead to the anchor at the times that count, does the seal maker's \
value hold. Their answers are compared with ours; one that differs fails the test unless this \
table says why. A judge's *holds* of one aspect is not a verdict on the file.

"""


@dataclass(frozen=True, slots=True)
class Score:
    """How the cases of one family were judged."""

    name: str
    about: str
    cases: int
    passed: int
    failed: int
    unsure: int
    not_read: int
    unexpected: int

    @property
    def accepted(self) -> int:
        """Return how many pass that must not."""
        return 0 if self.name == GOOD else self.passed


def scores() -> tuple[Score, ...]:
    """Judge every case; return one score for each family."""
    by_family: dict[str, list[Judged]] = {}
    for label in every_case():
        by_family.setdefault(judged(label).family.name, []).append(judged(label))
    return tuple(_score(one.name, one.about, by_family[one.name]) for one in FAMILIES)


def _score(name: str, about: str, rows: list[Judged]) -> Score:
    found = Counter(one.verdict.indication for one in rows)
    return Score(
        name=name,
        about=about,
        cases=len(rows),
        passed=found[Indication.TOTAL_PASSED],
        failed=found[Indication.TOTAL_FAILED],
        unsure=found[Indication.INDETERMINATE],
        not_read=found[REFUSED],
        unexpected=sum(not one.is_as_expected for one in rows),
    )


def _total(rows: tuple[Score, ...]) -> Score:
    columns = ("cases", "passed", "failed", "unsure", "not_read", "unexpected")
    sums = {name: sum(getattr(one, name) for one in rows) for name in columns}
    return Score(name="all", about="", **sums)


def table(rows: tuple[Score, ...]) -> str:
    """Return the score as a Markdown table."""
    lines = [
        "| family | cases | passed | failed | unsure | not read | accepted | unexpected |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    accepted = sum(one.accepted for one in rows)
    for one in rows:
        lines.append(_line(one, one.accepted))
    lines.append(_line(_total(rows), accepted))
    return "\n".join(lines) + "\n"


def _line(one: Score, accepted: int) -> str:
    cells = (one.cases, one.passed, one.failed, one.unsure, one.not_read, accepted, one.unexpected)
    return f"| {one.name} | " + " | ".join(map(str, cells)) + " |"


def document() -> str:
    """Return docs/vectors.md."""
    rows = scores()
    families = "".join(f"* **{one.name}**: {one.about}.\n" for one in rows)
    return f"{_HEAD}{table(rows)}\n## Families\n\n{families}{_OTHERS}{_explained()}"


def _explained() -> str:
    """Return the table of disagreements with other judges."""
    lines = ["| judge | aspect | we say | they say | where | why |", "|---|---|---|---|---|---|"]
    for one in EXPLAINED:
        where = ", ".join(f"`{name}…`" for name in one.where)
        cells = (", ".join(one.judges), ", ".join(one.aspects), one.ours, one.theirs, where)
        lines.append(f"| {' | '.join(cells)} | {one.why} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/vectors.md as well")
    parser.add_argument("--corpus", type=Path, help="a folder of others' files, none of them good")
    asked = parser.parse_args()
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    rows = scores()
    print(table(rows))
    for label in every_case():
        if not judged(label).is_as_expected:
            print(f"{label}: {judged(label).verdict}, expected {judged(label).case.expect}")
    if asked.write:
        DOCUMENT.write_text(document(), encoding="utf-8")
    passing = [] if asked.corpus is None else _passing(asked.corpus)
    return int(bool(passing) or any(one.accepted or one.unexpected for one in rows))


def _passing(folder: Path) -> list[Path]:
    """Judge every file of a folder under the vectors' own root; return those that pass."""
    files = sorted(folder.rglob("*.pdf"))
    judge = Case("of others", "", lambda: b"", PASSED)
    found = {file: verdict_of(judge, file.read_bytes())[0] for file in files}
    passing = [file for file in files if found[file] == PASSED]
    counts = Counter(f"{one.indication} {one.sub_indication or ''}" for one in found.values())
    print(f"{len(files)} files of others, {len(passing)} accepted: {dict(counts)}")
    return passing


if __name__ == "__main__":
    sys.exit(main())
