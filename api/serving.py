"""Running the application under uvicorn, in one process or several."""

import logging
import os
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.bounded_http import KEEP_ALIVE_SECONDS
from api.issuing_parts import now
from api.logs import start_logging
from api.migrating import open_current
from api.secrets_at_rest import secret_files, warn_of_clear
from api.settings import Settings
from keystore.process_memory import guard_memory
from licenses.register import Register

__all__ = ["run", "worker_app"]

_LOG = logging.getLogger(__name__)
_SHUTDOWN_SECONDS = 20
_HEALTHCHECK_SECONDS = 30
"""A worker that is silent for so long is replaced: a busy machine takes seconds to start one."""


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve until told to stop; outside production the database is brought up to date first."""
    start_logging(settings.log_level)
    guard_memory()
    engine = open_current(settings)
    _report_abandoned(Register(engine))
    engine.dispose()
    warn_of_clear(secret_files(settings))
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "http": "api.bounded_http:BoundedHttp",
        "timeout_worker_healthcheck": _HEALTHCHECK_SECONDS,
        "ws": "none",
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": _SHUTDOWN_SECONDS,
    }
    if settings.http_workers == 1:
        uvicorn.run(create_app(settings), **options)
        return
    os.environ.update(settings.as_environment())
    uvicorn.run("api.serving:worker_app", factory=True, workers=settings.http_workers, **options)


def _report_abandoned(register: Register) -> None:
    """Say which announced uses of a key have no outcome: a process died between two steps."""
    for intent in register.abandoned(before=now()):
        _LOG.warning(
            "announced and without outcome: licence %s, key %s, since %s; send the request again",
            intent.identifier,
            intent.key,
            intent.at.isoformat(),
        )


def worker_app() -> FastAPI:
    """Return the application of one of several processes, its settings handed down to it."""
    settings = Settings()
    start_logging(settings.log_level)
    guard_memory()
    return create_app(settings)
