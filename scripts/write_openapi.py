"""Writes docs/openapi.json: the description that the service gives of itself."""

import json
from pathlib import Path

from api.app import description

__all__ = ["DOCUMENT", "openapi"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"


def openapi() -> str:
    """Return the whole document."""
    return json.dumps(description(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(openapi(), encoding="utf-8")
