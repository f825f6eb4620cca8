"""Writes docs/schemas/*.json from `api.report_models`."""

import json
from pathlib import Path

from api.report_models import report_schemas

__all__ = ["FOLDER", "schema_files"]

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def schema_files() -> dict[str, str]:
    """Return every file's name and text."""
    return {
        f"{name}.json": json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        for name, schema in report_schemas().items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in schema_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
