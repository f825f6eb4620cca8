"""A PostgreSQL server of a test's own: a socket in a temporary folder, no port, gone at the end."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

DEBIAN = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The URL of an empty database, or None where the server's programs are not installed."""
    programs = _programs()
    if programs is None:
        yield None
        return
    with TemporaryDirectory(prefix="qianyin-postgresql-", dir="/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, ACCOUNT)
        data = str(folder / "data")
        initdb, pg_ctl = str(programs / "initdb"), str(programs / "pg_ctl")
        _run(initdb, "-D", data, "-U", "qianyin", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-c listen_addresses='' -k {folder}"
        _run(pg_ctl, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://qianyin@/postgres?host={folder}"
        finally:
            _run(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop")


def _programs() -> Path | None:
    found = sorted(DEBIAN.glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _run(*command: str) -> None:
    account = ("runuser", "-u", ACCOUNT, "--") if os.geteuid() == 0 else ()
    subprocess.run((*account, *command), check=True, stdout=subprocess.DEVNULL, cwd="/")
