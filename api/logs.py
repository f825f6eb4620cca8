"""Structured logs: one JSON object a line, each with the request it belongs to."""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

__all__ = ["REQUEST_ID", "JsonLines", "start_logging"]

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

# uvicorn's own access lines carry query strings (an access code may be in one): ours do not.
_SILENCED = ("uvicorn.access",)


# What JSON leaves as it is and a terminal does not: DEL, C1, line and direction marks, halves.
_STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; what `extra={"event": {...}}` holds becomes members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its line feed."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
        }
        line.update(getattr(record, "event", {}))
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return _STEERING.sub(_escaped, json.dumps(line, ensure_ascii=False, default=str))


def start_logging(level: str, stream: TextIO | None = None) -> None:
    """Send every log of this process to `stream` (stderr) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name not in _SILENCED
