"""Writes every case as a file, with an index: python -m tests.vectors.make --out DIR."""

import argparse
import json
from pathlib import Path

from tests.vectors.judging import every_case, judged

INDEX = Path(__file__).with_name("index.json")


def index() -> str:
    """Return the index of all cases as JSON, one case a line."""
    rows = [json.dumps(judged(one).entry(), ensure_ascii=False) for one in every_case()]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def write(folder: Path) -> int:
    """Write the files and the index; return how many files there are."""
    for label in every_case():
        file = folder / f"{label}.pdf"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(judged(label).data)
    (folder / "index.json").write_text(index(), encoding="utf-8")
    return len(every_case())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a folder for the files")
    parser.add_argument("--index", action="store_true", help="write the checked-in index anew")
    asked = parser.parse_args()
    if asked.index:
        INDEX.write_text(index(), encoding="utf-8")
    if asked.out is not None:
        print(f"{write(asked.out)} files in {asked.out}")


if __name__ == "__main__":
    main()
