"""Running the application under uvicorn, in one process or several."""

import os
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.logs import start_logging
from api.migrating import upgrade
from api.settings import Environment, Settings
from licenses.database import open_database

__all__ = ["run", "worker_app"]

_KEEP_ALIVE_SECONDS = 15
_SHUTDOWN_SECONDS = 20


def run(settings: Settings, *, host: str, port: int) -> None:
    """Serve until told to stop; outside production the database is brought up to date first."""
    if settings.environment is not Environment.PRODUCTION:
        engine = open_database(settings.resolved_database_url)
        upgrade(engine)
        engine.dispose()
    start_logging(settings.log_level)
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": _SHUTDOWN_SECONDS,
    }
    if settings.http_workers == 1:
        uvicorn.run(create_app(settings), **options)
        return
    os.environ.update(settings.as_environment())
    uvicorn.run("api.serving:worker_app", factory=True, workers=settings.http_workers, **options)


def worker_app() -> FastAPI:
    """Return the application of one of several processes, its settings handed down to it."""
    settings = Settings()
    start_logging(settings.log_level)
    return create_app(settings)
