"""Judges every test vector and prints the score: python -m scripts.score_vectors [--write].

Ends with 1 when anything is accepted that must not be, or any verdict is another than expected.
"""

import argparse
import logging
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.vectors.cases import REFUSED
from tests.vectors.catalog import FAMILIES
from tests.vectors.judging import Judged, every_case, judged
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

A case is *failed* when the report says TOTAL_FAILED, *unsure* when it says INDETERMINATE, and \
*not read* when the upload itself is turned away. *Accepted* counts files that pass and must not; \
*unexpected* counts every verdict whose indication or sub-indication is not the one written down \
beside the case.

## Score

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
    return f"{_HEAD}{table(rows)}\n## Families\n\n{families}"


def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/vectors.md as well")
    asked = parser.parse_args()
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    rows = scores()
    print(table(rows))
    for label in every_case():
        if not judged(label).is_as_expected:
            print(f"{label}: {judged(label).verdict}, expected {judged(label).case.expect}")
    if asked.write:
        DOCUMENT.write_text(document(), encoding="utf-8")
    return int(any(one.accepted or one.unexpected for one in rows))


if __name__ == "__main__":
    sys.exit(main())
