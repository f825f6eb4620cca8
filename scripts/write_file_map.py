"""Writes docs/files.md: every file of the six packages and the one thing it knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["DOCUMENT", "PACKAGES", "file_map"]

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "files.md"
PACKAGES = ("api", "licenses", "signing", "verify", "hsm_adapters", "keystore")

_HEAD = """\
# What each file knows

The first line of every file, written by `python -m scripts.write_file_map`; a test compares it \
with the code. The rooms and who may import whom: [architecture](architecture.md).
"""


def file_map() -> str:
    """Return the whole document."""
    return _HEAD + "".join(part for package in PACKAGES for part in _folders(ROOT / package))


def _folders(package: Path) -> Iterator[str]:
    """Yield one table for each folder with Python files in it, the package first."""
    for folder in sorted({file.parent for file in package.rglob("*.py")}):
        rows = [
            f"| `{file.name}` | {_first_line(file)} |\n" for file in sorted(folder.glob("*.py"))
        ]
        told = [row for row in rows if not row.endswith("|  |\n")]
        if told:
            title = f"\n## {folder.relative_to(ROOT)}\n\n| file | knows |\n|---|---|\n"
            yield title + "".join(told)


def _first_line(file: Path) -> str:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(file_map(), encoding="utf-8")
